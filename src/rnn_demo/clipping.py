"""Gradient clipping by norm.

::

    g ← g · min(1, θ / ‖g‖₂),

where g is the gradient by all parameters, strung together into one vector. Its
direction stays, its length is at most θ.

This is algorithm 1 of Pascanu, Mikolov & Bengio, On the difficulty of training
recurrent neural networks, ICML 2013. Clipping each entry instead, which turns the
direction, is due to Mikolov, Statistical language models based on neural networks,
thesis, 2012.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from rnn_demo._types import Floats
from rnn_demo._validation import real_array, real_number

__all__ = ["Clipped", "clip_by_norm"]


class Clipped(NamedTuple):
    """Clipped gradients.

    Attributes
    ----------
    gradients : tuple of ndarray
        In the given order and shapes; a named tuple stays one.
    norm : float
        ‖g‖₂ before clipping.
    """

    gradients: tuple[Floats, ...]
    norm: float


def clip_by_norm(gradients: ArrayLike, max_norm: float) -> Clipped:
    """Scale all gradients by one factor, so that their common norm is at most θ.

    Parameters
    ----------
    gradients : sequence of array_like
        One array for each parameter, of any shapes.
    max_norm : float
        The threshold θ, above 0.

    Returns
    -------
    Clipped
        New arrays and the norm before; it is inf if it exceeds the float range,
        and the arrays are right even then.

    Raises
    ------
    ValueError
        If `gradients` is not a nonempty sequence of finite real arrays, or
        `max_norm` is not a finite number above 0. A NaN is an error to be found,
        not one to be clipped.
    """
    if not isinstance(gradients, Sequence) or isinstance(gradients, (str, bytes)):
        raise ValueError(
            "gradients must be a sequence of arrays, one for each parameter, but is "
            f"of type {type(gradients).__name__}"
        )
    if not gradients:
        raise ValueError("gradients must hold at least one array, but is empty")
    max_norm = real_number(max_norm, "max_norm")
    if max_norm <= 0:
        raise ValueError(f"max_norm must be above 0, but is {max_norm}")
    arrays = [real_array(g, f"gradients[{i}]") for i, g in enumerate(gradients)]
    size, root = joint_norm(arrays)
    norm = size * root
    if norm <= max_norm:
        return Clipped(_like(gradients, [g.copy() for g in arrays]), norm)
    clipped = [g / size * (max_norm / root) for g in arrays]
    return Clipped(_like(gradients, clipped), norm)


def joint_norm(arrays: Sequence[Floats]) -> tuple[float, float]:
    """Return a and b such that ‖g‖₂ of all arrays together is a b, which may overflow.

    Entries over the largest one, a, have squares that neither overflow nor all vanish.
    """
    size = max((float(np.abs(g).max(initial=0.0)) for g in arrays), default=0.0)
    squares = sum(float(np.sum((g / size) ** 2)) for g in arrays) if size else 0.0
    return size, squares**0.5


def _like(gradients: Sequence[ArrayLike], arrays: list[Floats]) -> tuple[Floats, ...]:
    """Return `arrays` as the named tuple that `gradients` is, or as a tuple."""
    make = getattr(type(gradients), "_make", tuple)
    return make(arrays)
