"""Every explorer, small: the same bytes each time, and a sentence for each position."""

import importlib
import inspect
import pkgutil

import matplotlib.pyplot as plt
import pytest

from rnn_demo import explorers
from rnn_demo.experiments import learn

SMALL = {"n": 6, "units": 3, "steps": 12, "lags": 8, "delay": 2, "burn_in": 2}


def made():
    """Yield a function that makes the explorer of each module, small."""
    for info in pkgutil.iter_modules(explorers.__path__):
        if info.name.startswith("_"):
            continue
        module = importlib.import_module(f"rnn_demo.explorers.{info.name}")
        (make,) = (f for name, f in vars(module).items() if name.endswith("_explorer"))
        yield pytest.param(make, id=info.name)


def small(make):
    sizes = {k: SMALL[k] for k in inspect.signature(make).parameters if k in SMALL}
    if "runs" in inspect.signature(make).parameters:
        sizes["runs"] = [
            learn(start, lag, 0, updates=2, units=3, size=2, score_every=1)
            for start in ("ρ = 0.9", "orthogonal")
            for lag in (3, 20)
        ]
    with plt.style.context("rnn_demo.book"):
        return make(**sizes)


@pytest.mark.parametrize("make", list(made()))
def test_the_same_bytes_each_time(make):
    one, other = small(make), small(make)
    for name in ("svg", "prefix", "data", "moving", "sentences", "alt"):
        assert getattr(one, name) == getattr(other, name), name
    assert one.static_html() == other.static_html()


@pytest.mark.parametrize("make", list(made()))
def test_a_sentence_at_both_ends_of_every_control(make):
    explorer = small(make)
    for end in (0, -1):
        explorer.value = {k: v[end] for k, v in explorer._controls.items()}
        assert explorer.sentence.endswith(".")
        assert "nan" not in explorer.sentence
