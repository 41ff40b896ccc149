"""The loss of a network with one entry moved, which differences are made of."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rnn_demo._checks import integer, targets
from rnn_demo._types import Floats, Map, Numbers
from rnn_demo.network import LOGISTIC, RNNParams, forward, get_activation, inputs, steps


class Run(NamedTuple):
    """All that the loss depends on."""

    arrays: dict[str, Numbers]  # U, W, b, V, c, h0 and x, in this order
    target: Floats  # of the steps that count
    rows: slice  # these steps
    phi: Map

    def beside(
        self, wrt: str, index: tuple[int, ...], delta: complex
    ) -> tuple[Any, NDArray[np.bool_]]:
        """Return the loss with one entry moved by delta, and which z_t are above 0."""
        theta = self.arrays[wrt] + np.zeros((), type(delta))  # complex where delta is
        theta[index] += delta
        U, W, b, V, c, h0, x = (self.arrays | {wrt: theta}).values()
        drive = (x @ U.T + b)[: self.rows.stop]
        start = h0 + 0 * drive[0]  # complex where the drive is
        z, h = map(np.array, zip(*steps(W.dot, drive, start, self.phi), strict=True))
        error = LOGISTIC.phi(h[self.rows] @ V.T + c) - self.target
        return 0.5 * np.sum(error**2), z > 0


def checked(
    params: RNNParams, x: ArrayLike, target: ArrayLike, h0: Any, activation: Any, t: Any
) -> Run:
    """Check the arguments of `rnn_demo.differences.numerical_gradient`."""
    x, h0 = inputs(params, x, h0)
    target = targets(params, target, len(x))
    stop = len(x) if t is None else integer(t, "t", 1, len(x))
    rows = slice(0 if t is None else stop - 1, stop)
    forward(params, x[:stop], h0, activation)  # raises if not finite
    arrays = vars(params) | {"h0": h0, "x": x}
    return Run(arrays, target[rows], rows, get_activation(activation).phi)
