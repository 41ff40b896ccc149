"""Gradients of small recurrent networks, computed exactly.

One module per idea, and one flat face: ``from rnn_demo import forward, bptt`` finds
each name in its module when it is asked for. Importing the package loads NumPy only;
SymPy, matplotlib and the widgets are loaded by what needs them.

Import goes one way: the network, the mathematics of its gradients, learning, and what
is shown. LSTM and GRU repeat the names of the plain network in `rnn_demo.gated`.
"""

import ast
from importlib import import_module
from pathlib import Path
from typing import Any

__version__ = "0.1.0"

# The stub is what type checkers read, too: a name stands in one place.
_STUB = ast.parse(Path(__file__).with_suffix(".pyi").read_text(encoding="utf-8"))
_MODULES = {
    alias.name: str(line.module)
    for line in _STUB.body
    if isinstance(line, ast.ImportFrom)
    for alias in line.names
}

__all__ = sorted(_MODULES)


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_MODULES[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES})
