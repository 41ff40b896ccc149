"""The computing modules load NumPy and nothing heavier, and the flat face is whole."""

import subprocess
import sys

import pytest

import rnn_demo

HEAVY = ("sympy", "mpmath", "matplotlib", "ipywidgets", "anywidget", "scipy", "jax")


def loaded_by(code):
    run = subprocess.run(
        [sys.executable, "-c", f"import sys\n{code}\nprint(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(run.stdout.split())


def test_core_modules_load_numpy_only():
    loaded = loaded_by(
        "from rnn_demo import bptt, gradient_norms, numerical_gradient, random_params\n"
        "from rnn_demo import Trial, learn, lyapunov_exponents, product_bounds, check\n"
        "import rnn_demo.gated"
    )
    assert "numpy" in loaded
    assert loaded.isdisjoint(HEAVY)


def test_every_name_is_there():
    assert set(rnn_demo.__all__) <= set(dir(rnn_demo))
    for name in rnn_demo.__all__:
        assert getattr(rnn_demo, name) is not None
    assert callable(rnn_demo.bptt)  # not a module
    with pytest.raises(AttributeError, match="nonsense"):
        rnn_demo.nonsense  # noqa: B018


def test_the_laboratory_is_found_in_its_package():
    from rnn_demo import laboratory
    from rnn_demo.laboratory import panel

    assert laboratory.laboratory is panel.laboratory
    assert laboratory.is_live is panel.is_live
    with pytest.raises(AttributeError, match="nonsense"):
        laboratory.nonsense  # noqa: B018
