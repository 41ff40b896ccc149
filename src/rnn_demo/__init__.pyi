# The flat face of the package, one name a line: `__init__.py` reads it, and so do
# type checkers and editors.

from rnn_demo.backprop import bptt as bptt
from rnn_demo.backprop import immediate_terms as immediate_terms
from rnn_demo.backprop import jacobian as jacobian
from rnn_demo.backprop import jacobian_product as jacobian_product
from rnn_demo.bounds import kreiss_constant as kreiss_constant
from rnn_demo.bounds import matrix_power_norms as matrix_power_norms
from rnn_demo.bounds import product_bounds as product_bounds
from rnn_demo.counterexamples import bias_for_fixed_point as bias_for_fixed_point
from rnn_demo.counterexamples import nilpotent_chaos as nilpotent_chaos
from rnn_demo.counterexamples import nilpotent_matrix as nilpotent_matrix
from rnn_demo.counterexamples import saturated_network as saturated_network
from rnn_demo.counterexamples import saturating_drive as saturating_drive
from rnn_demo.counterexamples import saturation_threshold as saturation_threshold
from rnn_demo.derivation import GRU as GRU
from rnn_demo.derivation import LSTM as LSTM
from rnn_demo.derivation import Factor as Factor
from rnn_demo.derivation import PathGraph as PathGraph
from rnn_demo.derivation import PathTerm as PathTerm
from rnn_demo.derivation import Quantity as Quantity
from rnn_demo.derivation import UnrolledNetwork as UnrolledNetwork
from rnn_demo.derivation import backpropagate as backpropagate
from rnn_demo.derivation import dphi as dphi
from rnn_demo.derivation import dsigma as dsigma
from rnn_demo.derivation import expansion_latex as expansion_latex
from rnn_demo.derivation import factor_arrays as factor_arrays
from rnn_demo.derivation import gru_graph as gru_graph
from rnn_demo.derivation import lstm_graph as lstm_graph
from rnn_demo.derivation import nested_latex as nested_latex
from rnn_demo.derivation import path_terms as path_terms
from rnn_demo.derivation import phi as phi
from rnn_demo.derivation import sigma as sigma
from rnn_demo.derivation import sum_over_paths as sum_over_paths
from rnn_demo.differences import check_gradient as check_gradient
from rnn_demo.differences import numerical_gradient as numerical_gradient
from rnn_demo.differences import numerical_gradient_loop as numerical_gradient_loop
from rnn_demo.exercises import check as check
from rnn_demo.explorers.cliff_walk import cliff_walk_explorer as cliff_walk_explorer
from rnn_demo.explorers.every_unit import every_unit_explorer as every_unit_explorer
from rnn_demo.explorers.gates import gates_explorer as gates_explorer
from rnn_demo.explorers.gradient_norm import (
    gradient_norm_explorer as gradient_norm_explorer,
)
from rnn_demo.explorers.guess import guess_explorer as guess_explorer
from rnn_demo.explorers.lag_task import lag_task_explorer as lag_task_explorer
from rnn_demo.explorers.lag_task import log_shares as log_shares
from rnn_demo.explorers.lyapunov_map import (
    lyapunov_map_explorer as lyapunov_map_explorer,
)
from rnn_demo.explorers.matrix_powers import (
    matrix_powers_explorer as matrix_powers_explorer,
)
from rnn_demo.explorers.paths import path_explorer as path_explorer
from rnn_demo.explorers.saturation import saturation_explorer as saturation_explorer
from rnn_demo.explorers.three_terms import three_terms_explorer as three_terms_explorer
from rnn_demo.explorers.truncation import truncation_explorer as truncation_explorer
from rnn_demo.explorers.two_units import two_units_explorer as two_units_explorer
from rnn_demo.explorers.where import where_explorer as where_explorer
from rnn_demo.laboratory.trial import Trial as Trial
from rnn_demo.learning.cliff import OneUnit as OneUnit
from rnn_demo.learning.cliff import descend as descend
from rnn_demo.learning.cliff import surface as surface
from rnn_demo.learning.cliff import wall as wall
from rnn_demo.learning.cliff import wall_slope as wall_slope
from rnn_demo.learning.runs import STARTS as STARTS
from rnn_demo.learning.runs import TASKS as TASKS
from rnn_demo.learning.runs import learn as learn
from rnn_demo.learning.shares import step_shares as step_shares
from rnn_demo.learning.shares import term_sizes as term_sizes
from rnn_demo.learning.tasks import accuracy as accuracy
from rnn_demo.learning.tasks import adding as adding
from rnn_demo.learning.tasks import explained_variance as explained_variance
from rnn_demo.learning.tasks import first_symbol as first_symbol
from rnn_demo.learning.training import Adam as Adam
from rnn_demo.learning.training import Batch as Batch
from rnn_demo.learning.training import batch_gradient as batch_gradient
from rnn_demo.learning.training import clip_by_norm as clip_by_norm
from rnn_demo.learning.training import cut_every as cut_every
from rnn_demo.learning.training import global_norm as global_norm
from rnn_demo.learning.training import predict as predict
from rnn_demo.learning.training import train as train
from rnn_demo.learning.truncation import bias as bias
from rnn_demo.learning.truncation import chunk_gradients as chunk_gradients
from rnn_demo.learning.truncation import echo as echo
from rnn_demo.learning.truncation import lag_terms as lag_terms
from rnn_demo.learning.truncation import random_cuts as random_cuts
from rnn_demo.learning.truncation import window_gradients as window_gradients
from rnn_demo.lyapunov import lyapunov_exponents as lyapunov_exponents
from rnn_demo.lyapunov import lyapunov_map as lyapunov_map
from rnn_demo.lyapunov import mean_field_exponent as mean_field_exponent
from rnn_demo.many import sweep as sweep
from rnn_demo.matrices import random_matrix as random_matrix
from rnn_demo.matrices import random_params as random_params
from rnn_demo.matrices import scale_to_spectral_radius as scale_to_spectral_radius
from rnn_demo.matrices import spectral_norm as spectral_norm
from rnn_demo.matrices import spectral_radius as spectral_radius
from rnn_demo.network import ACTIVATIONS as ACTIVATIONS
from rnn_demo.network import RNNParams as RNNParams
from rnn_demo.network import forward as forward
from rnn_demo.network import get_activation as get_activation
from rnn_demo.network import loss as loss
from rnn_demo.norms import gradient_norms as gradient_norms
from rnn_demo.norms import jacobian_product_norms as jacobian_product_norms

__version__: str
