"""Imports go one way: the network, its mathematics, learning, what is shown."""

import ast
from pathlib import Path

import pytest

import rnn_demo

HERE = Path(rnn_demo.__file__).parent
#: From the bottom up. A module imports its own layer and those below it.
LAYERS = (
    {"_types"},
    {"_checks", "_maps"},
    {"network"},
    {
        "_perturbed",
        "_scaled",
        "backprop",
        "bounds",
        "counterexamples",
        "derivation",
        "differences",
        "gated",
        "lyapunov",
        "many",
        "matrices",
        "norms",
    },
    {"learning"},
    {"exercises", "explorers", "laboratory", "words"},
)
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}


def top(module):
    """Return what stands behind `rnn_demo.` at the beginning of a module's name."""
    return module.removeprefix("rnn_demo.").partition(".")[0]


def imported(path):
    """Yield the modules of the package that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module == "rnn_demo":
            yield from (f"rnn_demo.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            yield node.module


FILES = [path for path in HERE.rglob("*.py") if path != HERE / "__init__.py"]


def name_of(path):
    return path.relative_to(HERE).with_suffix("").as_posix().replace("/", ".")


def test_every_module_has_its_layer():
    assert {top(name_of(path)) for path in FILES} == set(LEVEL)


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_imports_go_down(path):
    own = LEVEL[top(name_of(path))]
    for module in imported(path):
        if module.startswith("rnn_demo"):
            assert LEVEL[top(module)] <= own, module


def test_the_lowest_know_no_model():
    assert LEVEL["_checks"] < LEVEL["network"]
    for module in imported(HERE / "network.py"):
        assert not module.startswith("rnn_demo") or LEVEL[top(module)] < 2, module
