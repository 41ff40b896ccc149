"""Every explorer, small: the same bytes each time, and a sentence for each position.

A teacher may choose other sizes: the smallest work, and others are refused by name.
"""

import importlib
import inspect
import pkgutil

import matplotlib.pyplot as plt
import numpy as np
import pytest

from rnn_demo import explorers, gradient_norms, scale_to_spectral_radius
from rnn_demo.explorers import example, guess
from rnn_demo.explorers.every_unit import log_entries
from rnn_demo.learning.runs import learn

SMALL = {"n": 6, "units": 3, "steps": 12, "lags": 8, "delay": 2, "burn_in": 2}
SMALLEST = {"n": 1, "units": 1, "steps": 2, "lags": 1, "delay": 1, "burn_in": 0}


def made():
    """Yield a function that makes the explorer of each module, small."""
    for info in pkgutil.iter_modules(explorers.__path__):
        if info.name.startswith("_") or info.name == "example":
            continue
        module = importlib.import_module(f"rnn_demo.explorers.{info.name}")
        (make,) = (f for name, f in vars(module).items() if name.endswith("_explorer"))
        yield pytest.param(make, id=info.name)


GRIDS = {"STRENGTHS": 4, "DIALS": 2, "BIASES": 4, "H2": 10, "HEIGHTS": 5}
RHO_STEPS = {"gates": 1, "matrix_powers": 4, "lyapunov_map": 5}
RHO_STEPS |= {"two_units": 2, "every_unit": 2}


@pytest.fixture(autouse=True)
def _coarse(monkeypatch):
    """Let the controls have few values; those at the start are among them."""
    monkeypatch.setattr(example, "RHOS", example.RHOS[::10])
    for parameter in made():
        module = importlib.import_module(parameter.values[0].__module__)
        steps = GRIDS | {"RHOS": RHO_STEPS.get(parameter.id, 10)}
        for name, step in steps.items():
            if hasattr(module, name):
                monkeypatch.setattr(module, name, getattr(module, name)[::step])


def small(make, sizes=SMALL, **changed):
    parameters = inspect.signature(make).parameters
    sizes = {k: v for k, v in sizes.items() if k in parameters} | changed
    if "runs" in parameters:
        sizes["runs"] = [
            learn(start, lag, 0, updates=2, units=3, size=2, score_every=1)
            for start in ("ρ = 0.9", "orthogonal")
            for lag in (3, 7)
        ]
    with plt.style.context("rnn_demo.book"):
        return make(**sizes)


@pytest.mark.parametrize("make", list(made()))
def test_the_same_bytes_each_time(make):
    one, other = small(make), small(make)
    for name in ("svg", "data", "sentence", "alt"):
        assert getattr(one, name) == getattr(other, name), name
    assert one.static_html() == other.static_html()


@pytest.mark.parametrize("sizes", [SMALL, SMALLEST], ids=["small", "smallest"])
@pytest.mark.parametrize("make", list(made()))
def test_a_sentence_at_both_ends_of_every_control(make, sizes):
    explorer = small(make, sizes)
    for end in (0, -1):
        explorer.value = {c.label: c.values[end] for c in explorer._controls}
        assert explorer.sentence.endswith(".")
        assert "nan" not in explorer.sentence


def refusals():
    """Yield each explorer with each of its sizes, out of range."""
    for parameter in made():
        (make,) = parameter.values
        for name in inspect.signature(make).parameters:
            for value in (-1, 1.5) if name in (*SMALL, "seed") else ():
                yield pytest.param(
                    make, name, value, id=f"{parameter.id}-{name}-{value}"
                )


@pytest.mark.parametrize(("make", "name", "value"), list(refusals()))
def test_other_sizes_are_refused_by_name(make, name, value):
    with pytest.raises(ValueError, match=rf"^{name}\b.* must be .*, but is {value}$"):
        small(make, **{name: value})


@pytest.mark.parametrize(
    ("module", "name", "value"),
    [
        ("gradient_norm", "steps", 1),
        ("truncation", "steps", 1),
        ("matrix_powers", "steps", 0),
        ("saturation", "steps", 0),
        ("two_units", "steps", 0),
        ("lyapunov_map", "lags", 0),
        ("lyapunov_map", "lags", 12),
        ("gates", "lags", 12),
    ],
)
def test_sizes_that_leave_nothing_to_draw_are_refused(module, name, value):
    (make,) = (p.values[0] for p in made() if p.id == module)
    with pytest.raises(ValueError, match=f"^{name} must be .*, but is {value}$"):
        small(make, **{name: value})


@pytest.mark.parametrize("rho", [0.1, 2.0])
@pytest.mark.parametrize("activation", ["tanh", "identity"])
def test_entries_of_the_gradient_have_its_norm_beyond_the_floats(rho, activation):
    params, x, last = example.network(n=5, steps=3000)
    params = params.replace(W=scale_to_spectral_radius(params.W, rho))
    entries = log_entries(params, x, last, activation)
    norms = gradient_norms(params, x, activation=activation, final_gradient=last)
    assert abs(norms[0]) > 300
    largest = entries.max(axis=1, keepdims=True)
    squares = (10 ** (2 * (entries - largest))).sum(axis=1)
    np.testing.assert_allclose(
        largest[:, 0] + np.log10(squares) / 2, norms, rtol=1e-10, atol=1e-10
    )


def test_a_drawing_is_as_far_off_as_is_said():
    assert guess.apart([0, 2, 4], [0, 2, 0], np.array([0, 0, 0, 5, 0])) == (4, 3)
    explorer = small(guess.guess_explorer)
    drawn = dict(zip(explorer.value, (0, -30, -60), strict=False))
    assert explorer.sentence_at(**drawn).startswith("Drawn: 0, −30, −60 decades")
    params, x, last = example.network(n=6, steps=12)
    scaled = params.replace(W=1.4 * params.W)
    norms = gradient_norms(scaled, x, activation="logistic", final_gradient=last)
    heights = np.interp(np.arange(12), np.linspace(0, 11, 4), [0, 0, -30, -60])
    gaps = abs(heights - norms[::-1])
    told = explorer.sentence_at(**drawn, **{"measured curve": "shown"})
    said = f"You are at most {gaps.max():.1f} decades off, at lag {gaps.argmax()}. "
    assert told.startswith(said)
