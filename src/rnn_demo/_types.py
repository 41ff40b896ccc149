"""The types of arguments and results, for readers and for mypy."""

from typing import Any, Literal, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
# Float64, and complex128 where the complex step passes.
Numbers: TypeAlias = NDArray[Any]
Ints: TypeAlias = NDArray[np.intp]

ActivationName: TypeAlias = Literal["tanh", "logistic", "relu", "identity"]
Family: TypeAlias = Literal["gaussian", "orthogonal", "symmetric", "nonnormal"]
Seed: TypeAlias = int | np.random.Generator


class Map(Protocol):
    """A function that acts on every entry of an array, and can write into one."""

    def __call__(self, z: Numbers, /, out: Numbers | None = None) -> Numbers:
        """Return the values, in `out` if it is given."""
