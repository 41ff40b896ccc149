"""Norms of gradients through time, as log10, for any number of steps.

The gradient of the last loss by the hidden states obeys::

    g_T = Vᵀ ∂L_T/∂a_T,    g_{k-1} = Wᵀ diag(φ'(z_k)) g_k,    g_k = ∂L_T/∂h_k,

with a_T = V h_T + c. ‖g_k‖₂ leaves the float range after some hundred steps, so
every vector is kept as a mantissa of ordinary size and the log10 of its scale.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from rnn_demo._scaled import last_gradient, times_slope, unit
from rnn_demo._types import ActivationName, Floats
from rnn_demo.network import (
    Activation,
    RNNParams,
    get_activation,
    hidden_states,
    inputs,
)

# Vectors are rescaled once their squared norm leaves this range.
_SMALL, _LARGE = 1e-280, 1e280


def gradient_norms(
    params: RNNParams,
    x: ArrayLike,
    target: ArrayLike | None = None,
    h0: ArrayLike | None = None,
    activation: ActivationName = "tanh",
    *,
    final_gradient: ArrayLike | None = None,
) -> Floats:
    """Return log10 ‖∂L_T/∂h_k‖₂ for k = 1, …, T.

    Parameters
    ----------
    params : RNNParams
    x : (T, m) array_like
        Inputs.
    target : (T, p) array_like, optional
        Targets, of which only the last counts; zeros if not given.
    h0 : (n,) array_like, optional
        State before the first step; zeros if not given.
    activation : {"tanh", "logistic", "relu", "identity"}
    final_gradient : (n,) array_like, optional
        Vector to carry back in place of ∂L_T/∂h_T. With it the output layer
        plays no part: the result is log10 ‖(∂h_T/∂h_k)ᵀ v‖₂ for this v.

    Returns
    -------
    (T,) ndarray
        Entry k − 1 belongs to k. A gradient that is exactly 0 gives −inf.

    Raises
    ------
    ValueError
        If a shape is wrong, T is 0, an entry is not finite, the activation is
        unknown, both `target` and `final_gradient` are given, or the hidden
        state leaves the float range, as it may with relu and identity. With
        identity and `final_gradient` no state is needed, and none is computed.

    Notes
    -----
    A growing state of an identity or relu network saturates the logistic
    output: then log10 ‖∂L_T/∂h_T‖ is itself of the order −‖V h_T‖, and the
    differences along k drown in it. `final_gradient` avoids that.
    """
    phi = get_activation(activation)
    x, h0 = inputs(params, x, h0)
    start = last_gradient(params, x, target, final_gradient)
    z, h = hidden_states(params, x, h0, phi, final_gradient is None)
    W, log_size = unit(params.W)
    return carried_back(W, log_size, phi, z, *start(h[-1]))


def jacobian_product_norms(
    params: RNNParams,
    x: ArrayLike,
    h0: ArrayLike | None = None,
    activation: ActivationName = "tanh",
) -> Floats:
    """Return log10 ‖∂h_T/∂h_k‖₂ for k = 1, …, T.

    Parameters
    ----------
    params : RNNParams
    x : (T, m) array_like
        Inputs.
    h0 : (n,) array_like, optional
        State before the first step; zeros if not given.
    activation : {"tanh", "logistic", "relu", "identity"}

    Returns
    -------
    (T,) ndarray
        Entry k − 1 is the log10 of the spectral norm (largest singular value)
        of the product ∂h_T/∂h_{T-1} ⋯ ∂h_{k+1}/∂h_k; the last entry is 0. A
        product that is exactly 0 gives −inf.

    Raises
    ------
    ValueError
        As `gradient_norms`. With identity no state is needed, so that none can
        leave the float range.
    """
    phi = get_activation(activation)
    x, h0 = inputs(params, x, h0)
    z, _ = hidden_states(params, x, h0, phi, False)
    W, log_size = unit(params.W)
    # Row i of the product is the gradient of h_{T,i}: e_i, carried back.
    e = np.eye(params.n)
    return carried_back(W, log_size, phi, z, e, 0.0, whole=True)[:, 0]


def log_norms(
    T: int,
    g: Floats,
    pull: Callable[[int, Floats], tuple[Floats, Any]],
    log_scale: Floats | float = 0.0,
    whole: bool = False,
) -> Floats:
    """Return log10 ‖g_k‖₂ for k = 1, …, T, where `pull` makes g_{k-1} of g_k.

    Parameters
    ----------
    T : int
    g : (..., n) ndarray
        Mantissas of g_T: a vector, one in each row, or a matrix.
    pull : callable
        ``pull(k, g_k)`` returns g_{k-1} as mantissas and log10 of their scales.
    log_scale : (..., 1) ndarray or float
        log10 of the scales of g_T.
    whole : bool
        Whether g is a matrix, with one scale and the spectral norm.

    Returns
    -------
    (T, ...) ndarray
        Entry k − 1 belongs to k; −inf for a gradient that is exactly 0.
    """
    squares, scales = [], []
    # The ufuncs' own reductions: of arrays this small, half of x.min() is dispatch.
    least, greatest = np.minimum.reduce, np.maximum.reduce
    with np.errstate(all="ignore"):
        square = _square(g, whole)
        log_scale = log_scale + np.zeros_like(square)
        for k in range(T, 0, -1):
            if not _SMALL < least(square) <= greatest(square) < _LARGE:
                size = np.abs(g).max(axis=None if whole else -1, keepdims=True)
                log_scale = log_scale + np.log10(size)
                g = g / np.where(size > 0, size, 1)
                square = _square(g, whole)
            squares.append(square)
            scales.append(log_scale)
            if k > 1:
                g, shift = pull(k, g)
                square, log_scale = _square(g, whole), log_scale + shift
        return np.array((np.log10(squares) / 2 + np.array(scales))[::-1, ..., 0])


def _square(g: Floats, whole: bool) -> Floats:
    if whole:
        return np.full((1, 1), np.linalg.norm(g, 2) ** 2)
    square: Floats = np.vecdot(g, g)[..., None]
    return square


def carried_back(
    W: Floats,
    log_rho: Floats | float,
    phi: Activation,
    z: Sequence[Floats] | Floats,
    g: Floats,
    log_scale: Floats | float,
    whole: bool = False,
) -> Floats:
    """Return log10 ‖g_k‖₂, k = 1, …, T, for g_{k-1} = ρ Wᵀ diag(φ'(z_k)) g_k.

    Parameters
    ----------
    W : (n, n) ndarray
        Of ordinary size.
    log_rho : (..., 1) ndarray or float
        log10 ρ.
    phi : Activation
    z : sequence of (..., n) ndarray
        Pre-activations.
    g : (..., n) ndarray
        Mantissas of g_T.
    log_scale : (..., 1) ndarray or float
        log10 of their scales.
    whole : bool
        As for `log_norms`.

    Returns
    -------
    (T, ...) ndarray
        −inf for a gradient that is exactly 0.
    """

    def pull(k: int, g: Floats) -> tuple[Floats, Any]:
        dz, shift = times_slope(phi, z[k - 1], g, None if whole else -1)
        return dz @ W, shift + log_rho

    return log_norms(len(z), g, pull, log_scale, whole)
