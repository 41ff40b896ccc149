"""The wheel holds all it needs: alone it computes, with its extras it shows.

This asks the package index, as making the environment of the tests does.
"""

import shutil
import subprocess
import sys
import venv

import pytest
from conftest import ROOT

COMPUTES = """
import sys
import numpy as np
from rnn_demo import check_gradient, random_params
params = random_params(5, 3, 2, seed=0)
rng = np.random.default_rng(0)
x, target = rng.normal(size=(7, 3)), rng.uniform(size=(7, 2))
assert check_gradient(params, x, target, wrt="W").max_relative_error < 1e-5
assert "matplotlib" not in sys.modules
"""
SHOWS = """
import sys
from pathlib import Path
import matplotlib
matplotlib.use("agg")
import matplotlib.pyplot as plt
from rnn_demo import matrix_powers_explorer, path_terms
plt.style.use("rnn_demo.book")
figure = matrix_powers_explorer()
figure.save_html("figure.html")
page = Path("figure.html").read_text(encoding="utf-8")
assert "<svg" in page and "<script" in page and "<style" in page
assert path_terms(3)
"""


@pytest.fixture(scope="module")
def python(tmp_path_factory):
    """Return the interpreter of an environment with the wheel and NumPy, elsewhere."""
    source = tmp_path_factory.mktemp("source")
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
    shutil.copytree(ROOT / "src", source / "src", ignore=ignored)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copyfile(ROOT / name, source / name)
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", source]
    subprocess.run([*pip, source], check=True)
    (wheel,) = source.glob("rnn_demo-*.whl")
    venv.create(source / "environment")
    python = source / "environment" / "bin" / "python"
    install(python, wheel)
    return python, wheel


def install(python, wheel):
    pins = ["-c", ROOT / "constraints.txt"]
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet"]
    subprocess.run([*pip, "--no-compile", *pins, wheel], check=True)


def run(python, code, folder):
    # Isolated from this repository: no PYTHONPATH, and another working directory.
    done = subprocess.run(
        [python, "-I", "-c", code], cwd=folder, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_alone_it_computes_and_with_its_extras_it_shows(python, tmp_path):
    python, wheel = python
    run(python, COMPUTES, tmp_path)
    install(python, f"{wheel}[symbolic,widgets]")
    run(python, SHOWS, tmp_path)
