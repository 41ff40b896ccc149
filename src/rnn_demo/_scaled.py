"""Vectors and matrices as mantissas of ordinary size and the log10 of their scales.

What leaves the float range keeps its digits so: ‖g‖₂ = ‖mantissas‖₂ · 10^log_scale.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from rnn_demo._checks import in_range, real_array, targets
from rnn_demo._types import Floats, Output
from rnn_demo.network import LOGISTIC, Activation

# Below this, a product with φ' is formed from logarithms, lest it underflow.
_SATURATED = 1e-100


def unit(W: Floats) -> tuple[Floats, float]:
    """Return W over a power of two, and log10 of that: products with it are tame."""
    exponent = np.frexp(np.abs(W).max())[1]
    return np.ldexp(W, -exponent), exponent * np.log10(2)


def times_slope(
    phi: Activation, z: Floats, g: Floats, axis: int | None
) -> tuple[Floats, Any]:
    """Return φ'(z) ∘ g as mantissas, and log10 of their scales along the axis."""
    slope = phi.derivative(z)
    if phi.log_derivative is None or slope.min() > _SATURATED:
        return slope * g, 0.0
    return _exp(np.sign(g), np.log(np.abs(g)) + phi.log_derivative(z), axis)


def last_gradient(
    params: Output,
    x: Floats,
    target: ArrayLike | None,
    final_gradient: ArrayLike | None,
) -> Callable[[Floats], tuple[Floats, Any]]:
    """Check the two ways to say where gradients start; return how to start there.

    Parameters
    ----------
    params : RNNParams
    x : (T, m) ndarray
    target : (T, p) array_like, optional
    final_gradient : (n,) array_like, optional

    Returns
    -------
    callable
        From h_T, (..., n), to mantissas of ∂L_T/∂h_T and log10 of their scales.

    Raises
    ------
    ValueError
        If both are given, or one has the wrong shape.
    """
    if final_gradient is None:
        goals = np.zeros((len(x), params.p)) if target is None else target
        return partial(_loss_gradient, params, targets(params, goals, len(x))[-1])
    if target is not None:
        raise ValueError(
            "target and final_gradient must not both be given: the final gradient "
            "takes the place of the loss"
        )
    v = real_array(final_gradient, "final_gradient", (params.n,), "(n,)")
    return lambda h: (np.broadcast_to(v, h.shape), 0.0)


def _loss_gradient(params: Output, target: Floats, h: Floats) -> tuple[Floats, Any]:
    """Return Vᵀ diag(σ'(a)) (y − target) by rows, as mantissas and log10 of scales.

    With s = σ(−|a|), and q the distance of the target from the end of [0, 1] that y is
    closer to, |y − target| = |q − s|. Logarithms exist however far y saturates.
    """
    with np.errstate(all="ignore"):
        a = in_range(h @ params.V.T + params.c, "the output V h_T + c")
        side = np.where(a >= 0, 1.0, -1.0)
        q = np.where(a >= 0, 1 - target, target)
        s = LOGISTIC.phi(-np.abs(a))
        log_s = -np.abs(a) - np.log1p(np.exp(-np.abs(a)))
        sign = np.where(q == 0, -side, side * np.sign(q - s))
        log_error = np.where(q == 0, log_s, np.log(np.abs(q - s)))
        da, log_scale = _exp(
            sign, log_error + 2 * log_s + np.abs(a), -1
        )  # σ' = s (1 − s)
    return da @ params.V, log_scale


def _exp(sign: Floats, logs: Floats, axis: int | None) -> tuple[Floats, Floats]:
    """Return sign · exp(logs), over its largest entry along axis, and log10 of that."""
    largest = logs.max(axis=axis, keepdims=True)
    largest[~np.isfinite(largest)] = 0
    return sign * np.exp(logs - largest), largest / np.log(10)
