# What the lazy names of the package are, for type checkers and editors.

from rnn_demo.backprop import *
from rnn_demo.bounds import *
from rnn_demo.counterexamples import *
from rnn_demo.derivation import *
from rnn_demo.differences import *
from rnn_demo.exercises import *
from rnn_demo.explorers.cliff_walk import cliff_walk_explorer as cliff_walk_explorer
from rnn_demo.explorers.gates import gates_explorer as gates_explorer
from rnn_demo.explorers.gradient_norm import (
    gradient_norm_explorer as gradient_norm_explorer,
)
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
from rnn_demo.explorers.three_terms import (
    three_terms_explorer as three_terms_explorer,
)
from rnn_demo.explorers.truncation import truncation_explorer as truncation_explorer
from rnn_demo.explorers.where import where_explorer as where_explorer
from rnn_demo.laboratory.trial import *
from rnn_demo.learning.cliff import *
from rnn_demo.learning.runs import *
from rnn_demo.learning.shares import *
from rnn_demo.learning.tasks import *
from rnn_demo.learning.training import *
from rnn_demo.learning.truncation import *
from rnn_demo.lyapunov import *
from rnn_demo.many import *
from rnn_demo.matrices import *
from rnn_demo.network import *
from rnn_demo.norms import *

__version__: str
