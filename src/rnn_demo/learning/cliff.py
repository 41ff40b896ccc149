"""The error surface of one hidden unit, and the wall in it.

The network has one unit, no input, and is judged once, after T steps::

    h_t = tanh(w h_{t-1} + b),   y_T = σ(v h_T + c),   L = ½ (y_T − target)²,

with everything but (w, b) fixed. Pascanu, Mikolov & Bengio (2013, figure 6) draw
such a surface for a logistic unit.

On the line b = artanh(h_0) − w h_0 the state stays at h_0. There μ = w (1 − h_0²)
is the derivative of each step, and::

    ∂h_T/∂b = (1 − h_0²) (1 + μ + … + μ^{T−1}),   ∂h_T/∂w = h_0 ∂h_T/∂b.

Where μ > 1 the fixed point h_0 repels: on one side of the line the state leaves it
upward, on the other downward, and the surface has a wall as steep as μ^T.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from rnn_demo._checks import instance, integer, real_array, real_number
from rnn_demo._types import Floats
from rnn_demo.network import LOGISTIC, get_activation

_TANH = get_activation("tanh")


class OneUnit(NamedTuple):
    """What is fixed: steps T, first state h_0, output weight v and bias c, target."""

    steps: int = 50
    h0: float = 0.5
    v: float = 3.0
    c: float = 0.0
    target: float = 0.7


def surface(
    w: ArrayLike, b: ArrayLike, unit: OneUnit | None = None
) -> tuple[Floats, Floats, Floats]:
    """Return the loss and its gradient at every (w, b).

    Parameters
    ----------
    w, b : array_like
        Recurrent weight and bias; they broadcast against each other.
    unit : OneUnit, optional

    Returns
    -------
    loss, by_w, by_b : ndarray
        L, ∂L/∂w and ∂L/∂b, by running the derivatives forward beside the state.

    Raises
    ------
    ValueError
        If `w` or `b` holds something that is not a finite number.
    """
    unit = _checked(unit)
    w, b = np.broadcast_arrays(real_array(w, "w"), real_array(b, "b"))
    h = np.full(w.shape, unit.h0)
    h_by_w, h_by_b = np.zeros(w.shape), np.zeros(w.shape)
    for _ in range(unit.steps):
        z = w * h + b
        slope = _TANH.derivative(z)
        h_by_w = slope * (h + w * h_by_w)
        h_by_b = slope * (1 + w * h_by_b)
        h = np.tanh(z)
    a = unit.v * h + unit.c
    error = LOGISTIC.phi(a) - unit.target
    by_h = error * LOGISTIC.derivative(a) * unit.v
    return 0.5 * error**2, by_h * h_by_w, by_h * h_by_b


def wall(w: ArrayLike, unit: OneUnit | None = None) -> Floats:
    """Return the b for which the state stays at h_0: b = artanh(h_0) − w h_0.

    Parameters
    ----------
    w : array_like
        Recurrent weight.
    unit : OneUnit, optional

    Returns
    -------
    ndarray
        In the shape of `w`.

    Raises
    ------
    ValueError
        If `w` or a field of `unit` is out of range.
    """
    unit = _checked(unit)
    b: Floats = np.arctanh(unit.h0) - real_array(w, "w") * unit.h0
    return b


def wall_slope(w: ArrayLike, unit: OneUnit | None = None) -> Floats:
    """Return ∂h_T/∂b on the line of `wall`, from the geometric sum.

    Parameters
    ----------
    w : array_like
        Recurrent weight.
    unit : OneUnit, optional

    Returns
    -------
    ndarray
        In the shape of `w`.

    Raises
    ------
    ValueError
        If `w` or a field of `unit` is out of range, or the sum leaves the float range.
    """
    unit = _checked(unit)
    slope = 1 - unit.h0**2
    powers = (real_array(w, "w")[..., None] * slope) ** np.arange(unit.steps)
    total: Floats = slope * powers.sum(axis=-1)
    return total


def _checked(unit: OneUnit | None) -> OneUnit:
    unit = OneUnit() if unit is None else unit
    instance(unit, "unit", OneUnit)
    h0 = real_number(unit.h0, "h0")
    if not -1 < h0 < 1:
        raise ValueError(f"h0 must lie strictly between -1 and 1, but is {h0}")
    others = map(real_number, unit[2:], OneUnit._fields[2:])
    return OneUnit(integer(unit.steps, "steps", 1), h0, *others)


class Path(NamedTuple):
    """A walk of gradient descent, or several; row 0 is the start.

    Attributes
    ----------
    w, b : (S + 1, ...) ndarray
        The positions.
    loss, norm : (S + 1, ...) ndarray
        Loss and norm of the gradient there, before clipping.
    """

    w: Floats
    b: Floats
    loss: Floats
    norm: Floats


def descend(
    start: ArrayLike,
    *,
    learning_rate: float,
    steps: int,
    clip: float | None = None,
    unit: OneUnit | None = None,
) -> Path:
    """Walk down the surface by plain gradient descent.

    Parameters
    ----------
    start : (w, b)
        Two numbers, or two arrays of equal shape for several walks at once.
    learning_rate : float
        η in (w, b) ← (w, b) − η g.
    steps : int
        Updates, at least 1.
    clip : float, optional
        Threshold θ > 0: g is replaced by g · min(1, θ/‖g‖₂). No clipping if not
        given.
    unit : OneUnit, optional

    Returns
    -------
    Path

    Raises
    ------
    ValueError
        If a number is out of range.
    """
    position = real_array(start, "start")
    if position.ndim == 0 or len(position) != 2:
        raise ValueError(f"start must be a pair (w, b), but is {start!r}")
    learning_rate = real_number(learning_rate, "learning_rate", minimum=0)
    if clip is not None and (clip := real_number(clip, "clip")) <= 0:
        raise ValueError(f"clip must be above 0, but is {clip}")
    walk = []
    for _ in range(integer(steps, "steps", 1) + 1):
        loss, *gradient = surface(position[0], position[1], unit)
        norm = np.hypot(*gradient)
        walk.append((*position, loss, norm))
        scale = 1.0 if clip is None else clip / np.maximum(norm, clip)
        position = position - learning_rate * scale * np.array(gradient)
    return Path(*(np.array(column) for column in zip(*walk, strict=True)))
