"""Gradients of small recurrent networks, computed exactly.

One module per idea.  Importing the package loads NumPy only; SymPy, matplotlib
and the widgets are loaded by the modules that need them.
"""

__version__ = "0.1.0"
