"""Gradients of small recurrent networks, computed exactly.

One module per idea, and one flat face: ``from rnn_demo import forward, bptt`` finds
each name in its module when it is asked for. Importing the package loads NumPy only;
SymPy, matplotlib and the widgets are loaded by what needs them.

Import goes one way: the network, the mathematics of its gradients, learning, and what
is shown. LSTM and GRU repeat the names of the plain network in `rnn_demo.gated`.
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_NAMES = {
    "network": "ACTIVATIONS RNNParams forward get_activation loss",
    "backprop": "bptt immediate_terms jacobian jacobian_product",
    "differences": "check_gradient numerical_gradient numerical_gradient_loop",
    "matrices": "random_matrix random_params scale_to_spectral_radius spectral_norm"
    " spectral_radius",
    "norms": "gradient_norms jacobian_product_norms",
    "many": "sweep",
    "derivation": "Factor GRU LSTM PathGraph PathTerm Quantity UnrolledNetwork"
    " backpropagate dphi dsigma expansion_latex factor_arrays gru_graph lstm_graph"
    " nested_latex path_terms phi sigma sum_over_paths",
    "bounds": "kreiss_constant matrix_power_norms product_bounds",
    "counterexamples": "bias_for_fixed_point nilpotent_chaos nilpotent_matrix"
    " saturated_network saturating_drive saturation_threshold",
    "lyapunov": "lyapunov_exponents lyapunov_map mean_field_exponent",
    "learning.tasks": "accuracy adding explained_variance first_symbol",
    "learning.training": "Adam Batch batch_gradient clip_by_norm cut_every"
    " global_norm predict train",
    "learning.truncation": "bias chunk_gradients echo lag_terms random_cuts"
    " window_gradients",
    "learning.cliff": "OneUnit descend surface wall wall_slope",
    "learning.shares": "step_shares term_sizes",
    "learning.runs": "STARTS TASKS learn",
    "exercises": "check",
    "explorers.cliff_walk": "cliff_walk_explorer",
    "explorers.gates": "gates_explorer",
    "explorers.gradient_norm": "gradient_norm_explorer",
    "explorers.lag_task": "lag_task_explorer log_shares",
    "explorers.lyapunov_map": "lyapunov_map_explorer",
    "explorers.matrix_powers": "matrix_powers_explorer",
    "explorers.paths": "path_explorer",
    "explorers.saturation": "saturation_explorer",
    "explorers.three_terms": "three_terms_explorer",
    "explorers.truncation": "truncation_explorer",
    "explorers.where": "where_explorer",
    "laboratory.trial": "Trial",
}
_MODULES = {name: module for module, names in _NAMES.items() for name in names.split()}

__all__ = sorted(_MODULES)


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = import_module(f"{__name__}.{_MODULES[name]}")
    value = globals()[name] = getattr(module, name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES})
