"""The types of arguments and results, for readers and for mypy."""

from collections.abc import Callable
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
# A function from one array to another.
Map: TypeAlias = Callable[[Numbers], Numbers]
# From a step of a parameter, or many, to losses; and from that and steps to quotients.
Losses: TypeAlias = Callable[[Any], Any]
Quotient: TypeAlias = Callable[[Losses, Any], Any]


class Output(Protocol):
    """Parameters of any network whose outputs are y_t = σ(V h_t + c)."""

    @property
    def V(self) -> Floats:
        """Output weights."""

    @property
    def c(self) -> Floats:
        """Output bias."""

    @property
    def n(self) -> int:
        """Size of the hidden state."""

    @property
    def p(self) -> int:
        """Size of the output."""
