"""Gradients of small recurrent networks, computed exactly.

One module per idea.  Importing the package loads NumPy only; SymPy, matplotlib
and the widgets are loaded by the modules that need them.

The names below are those used most. `rnn_demo.bptt` stays the module: import its
functions from there.
"""

from rnn_demo.model import (
    ACTIVATIONS,
    RNNParams,
    forward,
    get_activation,
    loss,
    random_params,
)
from rnn_demo.norms import gradient_norms, jacobian_product_norms, sweep
from rnn_demo.numerical import check_gradient, numerical_gradient
from rnn_demo.spectral import (
    random_matrix,
    scale_to_spectral_radius,
    spectral_norm,
    spectral_radius,
)

__version__ = "0.1.0"

__all__ = [
    "ACTIVATIONS",
    "RNNParams",
    "check_gradient",
    "forward",
    "get_activation",
    "gradient_norms",
    "jacobian_product_norms",
    "loss",
    "numerical_gradient",
    "random_matrix",
    "random_params",
    "scale_to_spectral_radius",
    "spectral_norm",
    "spectral_radius",
    "sweep",
]
