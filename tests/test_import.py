"""The computing modules load NumPy and nothing heavier."""

import subprocess
import sys

HEAVY = ("sympy", "mpmath", "matplotlib", "ipywidgets", "anywidget", "scipy", "jax")


def test_core_modules_load_numpy_only():
    code = (
        "import sys, rnn_demo\n"
        "import rnn_demo.model, rnn_demo.bptt, rnn_demo.norms\n"
        "import rnn_demo.spectral, rnn_demo.numerical\n"
        f"print([name for name in {HEAVY} if name in sys.modules])\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "[]"


def test_everything_in_all_exists():
    import rnn_demo

    assert all(hasattr(rnn_demo, name) for name in rnn_demo.__all__)
    assert rnn_demo.bptt.bptt  # the module is not hidden by its function
