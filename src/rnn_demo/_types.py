"""The types of arguments and results, for readers and for mypy."""

from collections.abc import Callable
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
# Float64, and complex128 where the complex step passes.
Numbers: TypeAlias = NDArray[Any]
Ints: TypeAlias = NDArray[np.intp]

ActivationName: TypeAlias = Literal["tanh", "logistic", "relu", "identity"]
Family: TypeAlias = Literal["gaussian", "orthogonal", "symmetric", "nonnormal"]
Seed: TypeAlias = int | np.random.Generator
# A function from one array to another.
Map: TypeAlias = Callable[[Numbers], Numbers]
