"""Norms of gradients through time, as log10, for any number of steps.

The gradient of the last loss by the hidden states obeys::

    g_T = Vᵀ ∂L_T/∂a_T,    g_{k-1} = Wᵀ diag(φ'(z_k)) g_k,    g_k = ∂L_T/∂h_k,

with a_T = V h_T + c. ‖g_k‖₂ leaves the float range after some hundred steps, so
every vector is kept as a mantissa of ordinary size and the log10 of its scale.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from rnn_demo._checks import logs_in_float_range, real_array, targets
from rnn_demo._types import ActivationName, Floats
from rnn_demo.matrices import scale_to_spectral_radius
from rnn_demo.network import (
    Activation,
    RNNParams,
    get_activation,
    hidden_states,
    inputs,
)

# Vectors are rescaled once a square of their norm leaves this range.
_SMALL, _LARGE = 1e-290, 1e290
# Below this, 1 − tanh² has lost ten digits to cancellation.
_CANCELLED = 1e-6
# Below this, a product with φ' is formed from logarithms, lest it underflow.
_SATURATED = 1e-100
# Floats in the states of one chunk of radii (256 MB). With fewer radii in a chunk, the
# products of long sequences get too thin to be fast.
_CHUNK = 32_000_000


@logs_in_float_range
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
    target, final_gradient = _ends(params, x, target, final_gradient)
    if phi.name == "identity" and final_gradient is not None:
        h = np.zeros((x.shape[0], params.n))  # φ' = 1 needs no state
    else:
        _, h = hidden_states(params, x, h0, phi.phi)
    W, scale = _split_scale(params.W)
    drive = x @ params.U.T + params.b
    g, log_scale = _last_gradient(params, h[-1][:, None], target, final_gradient)
    return _carry_back(W, scale, drive, phi, h[:, :, None], g, log_scale)[:, 0]


@logs_in_float_range
def sweep(
    rhos: ArrayLike,
    params: RNNParams,
    x: ArrayLike,
    target: ArrayLike | None = None,
    h0: ArrayLike | None = None,
    activation: ActivationName = "tanh",
    *,
    final_gradient: ArrayLike | None = None,
) -> Floats:
    """Return `gradient_norms` for W rescaled to each spectral radius of a grid.

    Parameters
    ----------
    rhos : (R,) array_like
        Spectral radii, at least 0.
    params : RNNParams
        The network; only the direction of its W counts, not the scale.
    x, target, h0, activation, final_gradient
        As for `gradient_norms`.

    Returns
    -------
    (R, T) ndarray
        Row r holds log10 ‖∂L_T/∂h_k‖₂, k = 1, …, T, for the spectral radius
        ``rhos[r]``.

    Raises
    ------
    ValueError
        As `gradient_norms`; and if `rhos` is empty, not one-dimensional or
        negative somewhere, or the spectral radius of W is 0.

    Notes
    -----
    All radii advance together: a step is one product of W / ρ(W) with an (n, R)
    matrix. On the way back the factor ρ^(T−k) is left out of the vectors and
    added to the logarithms at the end.
    """
    rhos = real_array(rhos, "rhos", (None,), "(R,)")
    if rhos.size == 0 or rhos.min() < 0:
        raise ValueError(
            "rhos must hold at least one spectral radius and none below 0, but is "
            f"{rhos}"
        )
    phi = get_activation(activation)
    x, h0 = inputs(params, x, h0)
    target, final_gradient = _ends(params, x, target, final_gradient)
    W = scale_to_spectral_radius(params.W, 1)
    drive = x @ params.U.T + params.b
    norms = np.empty((rhos.size, x.shape[0]))
    columns = max(1, _CHUNK // (x.shape[0] * params.n))
    for start in range(0, rhos.size, columns):
        rho = rhos[start : start + columns]
        if phi.name == "identity" and final_gradient is not None:
            h = np.zeros((x.shape[0], params.n, rho.size))
        else:
            h = _states(W, rho, drive, h0, phi)
        g, log_scale = _last_gradient(params, h[-1], target, final_gradient)
        logs = _carry_back(W, rho, drive, phi, h, g, log_scale)
        norms[start : start + columns] = logs.T
    return norms


@logs_in_float_range
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
    if phi.name == "identity":
        z = np.zeros((x.shape[0], params.n))
    else:
        z, _ = hidden_states(params, x, h0, phi.phi)
    W, (scale,) = _split_scale(params.W)
    slope = phi.derivative(z)
    product, log_scale = np.eye(params.n), 0.0
    norms = np.full(x.shape[0], -np.inf)
    norms[-1] = 0
    for k in range(x.shape[0] - 1, 0, -1):
        # ∂h_T/∂h_k = ∂h_T/∂h_{k+1} diag(φ'(z_{k+1})) W
        if slope[k].min() < _SATURATED and phi.name in _LOG_DERIVATIVES:
            product, shift = _product_from_logs(
                product, _LOG_DERIVATIVES[phi.name](z[k]), axis=None
            )
            log_scale += shift.item()
        else:
            product = product * slope[k]
        product = product @ W
        log_scale += np.log10(scale)
        size = np.abs(product).max()
        if size == 0:
            break
        product /= size
        log_scale += np.log10(size)
        norms[k - 1] = np.log10(np.linalg.norm(product, 2)) + log_scale
    return norms


def _split_scale(W: Floats) -> tuple[Floats, Floats]:
    """Return W over a power of two, and that power: products with it are tame."""
    size = np.abs(W).max()
    scale = 2.0 ** np.floor(np.log2(size)) if size > 0 else 1.0
    return W / scale, np.array([scale])


def _ends(
    params: RNNParams,
    x: Floats,
    target: ArrayLike | None,
    final_gradient: ArrayLike | None,
) -> tuple[Floats, None] | tuple[None, Floats]:
    """Check the two ways to say where the gradient starts; return the last target."""
    if final_gradient is not None:
        if target is not None:
            raise ValueError(
                "target and final_gradient must not both be given: the final "
                "gradient takes the place of the loss"
            )
        return None, real_array(final_gradient, "final_gradient", (params.n,), "(n,)")
    if target is None:
        return np.zeros(params.p), None
    return targets(params, target, x.shape[0])[-1], None


def _states(
    W: Floats, rho: Floats, drive: Floats, h0: Floats, phi: Activation
) -> Floats:
    """Return h_t = φ(ρ W h_{t-1} + drive_t) for every ρ, as columns: (T, n, R)."""
    n = h0.size
    states = np.empty((drive.shape[0], n, rho.size))
    # A last row of ones lets the product with [W drive_t] add the drive.
    W_drive = np.column_stack([W, h0])
    scaled = np.ones((n + 1, rho.size))
    np.multiply(h0[:, None], rho, out=scaled[:n])
    z = np.empty((n, rho.size))
    scaled_h = scaled[:n]
    for h, drive_t in zip(states, drive, strict=True):
        W_drive[:, n] = drive_t
        np.dot(W_drive, scaled, out=z)
        phi.phi(z, out=h)
        np.multiply(h, rho, out=scaled_h)
    # A bounded φ can only pass on NaN, which stays to the end.
    check = states[-1:] if phi.name in ("tanh", "logistic") else states
    finite = np.isfinite(check).all(axis=(1, 2))
    if not finite.all():
        t = f" at t = {finite.argmin() + 1}" if len(check) > 1 else ""
        raise ValueError(
            f"the hidden state left the float range{t}; use a smaller spectral "
            "radius, fewer steps or a bounded activation, or, with identity, "
            "jacobian_product_norms or final_gradient, which need no state"
        )
    return states


def _last_gradient(
    params: RNNParams,
    h: Floats,
    target: Floats | None,
    final_gradient: Floats | None,
) -> tuple[Floats, Floats | float]:
    """Return ∂L_T/∂h_T for each column of h, and log10 scales.

    That is Vᵀ diag(σ'(a)) (y − target) unless `final_gradient` takes its place.

    With e = exp(−|a|), and q the distance of the target from the end of [0, 1]
    that y is closer to, |y − target| = |q − e/(1+e)| and σ'(a) = e/(1+e)².
    Their logarithms exist however far y saturates.
    """
    if final_gradient is not None:
        return np.repeat(final_gradient[:, None], h.shape[1], axis=1), 0.0
    a = params.V @ h + params.c[:, None]
    assert target is not None  # `_ends` gives one of the two
    target = target[:, None]
    if not np.isfinite(a).all():
        raise ValueError(
            "the output V h_T + c left the float range; use a smaller spectral "
            "radius, fewer steps or a bounded activation"
        )
    e = np.exp(-np.abs(a))
    q = np.where(a >= 0, 1 - target, target)
    difference = np.where(a >= 0, 1, -1) * (q - e / (1 + e))
    sign = np.sign(difference)
    log_error = np.log(np.abs(difference))
    # q = 0: the error is −e/(1+e) to σ's full depth.
    exact = q == 0
    sign[exact] = np.where(a >= 0, -1, 1)[exact]
    log_error[exact] = -np.abs(a[exact]) - np.log1p(e[exact])
    logs = log_error + _log_logistic_derivative(a)
    output_gradient, log_scale = _product_from_logs(sign, logs, axis=0)
    return params.V.T @ output_gradient, log_scale


def _carry_back(
    W: Floats,
    rho: Floats,
    drive: Floats,
    phi: Activation,
    states: Floats,
    g: Floats,
    log_scale: Floats | float,
) -> Floats:
    """Return log10 ‖g_k‖₂, shape (T, R), for g_{k-1} = ρ Wᵀ diag(φ'(z_k)) g_k."""
    steps = drive.shape[0]
    squares, scales = np.empty((2, steps, rho.size))
    log_scale = np.zeros(rho.size) + log_scale
    slope = np.empty_like(g)
    saturates = phi.name in _LOG_DERIVATIVES
    # The ufuncs' own reductions: for arrays this small, half of x.min() is dispatch.
    least, greatest = np.minimum.reduce, np.maximum.reduce
    for t in range(steps - 1, -1, -1):
        np.einsum("ir,ir->r", g, g, out=squares[t])
        if not (least(squares[t]) > _SMALL and greatest(squares[t]) < _LARGE):
            log_scale = log_scale + _rescale(g)
            np.einsum("ir,ir->r", g, g, out=squares[t])
        scales[t] = log_scale
        if t == 0:
            break
        if phi.name in _SLOPES:
            _SLOPES[phi.name](states[t], slope)
        else:
            slope[:] = phi.derivative(W @ (rho * states[t - 1]) + drive[t][:, None])
        if saturates and least(slope, axis=None) < _CANCELLED:
            columns = (slope < _CANCELLED).any(axis=0)
            before = rho[columns] * states[t - 1][:, columns]
            z = W @ before + drive[t][:, None]
            slope[:, columns] = phi.derivative(z)
            if slope.min() < _SATURATED:
                log_slope = _LOG_DERIVATIVES[phi.name](z)
                g[:, columns], shift = _product_from_logs(
                    g[:, columns], log_slope, axis=0
                )
                log_scale = log_scale.copy()
                log_scale[columns] += shift
                slope[:, columns] = 1
        np.multiply(slope, g, out=slope)
        np.dot(W.T, slope, out=g)
    # The factor ρ^(T−k), left out of g; k = T is left alone even by ρ = 0.
    scales[:-1] += np.arange(steps - 1, 0, -1)[:, None] * np.log10(rho)
    return np.log10(squares) / 2 + scales


def _rescale(g: Floats) -> Floats:
    """Divide each column by its largest entry, in place; return log10 of those.

    A column of zeros becomes ones of scale 10^−∞, so that it stays 0 at no cost.
    """
    size: Floats = np.abs(g).max(axis=0)
    g /= np.where(size > 0, size, 1)
    g[:, size == 0] = 1
    log_size: Floats = np.log10(size)
    return log_size


def _product_from_logs(
    factor: Floats, logs: Floats, axis: int | None
) -> tuple[Floats, Floats]:
    """Return factor · exp(logs), over its largest entry along axis, and log10 of that.

    `logs` are natural logarithms, of any size.
    """
    logs = np.log(np.abs(factor)) + logs
    largest = logs.max(axis=axis, keepdims=True)
    largest[~np.isfinite(largest)] = 0
    product = np.sign(factor) * np.exp(logs - largest)
    return product, np.squeeze(largest, axis=axis) / np.log(10)


def _log_logistic_derivative(z: Floats) -> Floats:
    """Return ln σ'(z)."""
    logs: Floats = -np.abs(z) - 2 * np.log1p(np.exp(-np.abs(z)))
    return logs


# ln φ'(z) of the activations that saturate; sech² z = 4 σ'(2z).
_LOG_DERIVATIVES: dict[str, Callable[[Floats], Floats]] = {
    "tanh": lambda z: np.log(4) + _log_logistic_derivative(2 * z),
    "logistic": _log_logistic_derivative,
}


def _tanh_slope(h: Floats, out: Floats) -> None:
    np.multiply(h, h, out=out)
    np.subtract(1, out, out=out)


def _logistic_slope(h: Floats, out: Floats) -> None:
    np.subtract(1, h, out=out)
    np.multiply(h, out, out=out)


# φ' from the state h = φ(z): one pass without an exponential, but with the
# cancellation that `_carry_back` mends.
_SLOPES: dict[str, Callable[[Floats, Floats], object]] = {
    "tanh": _tanh_slope,
    "logistic": _logistic_slope,
    "relu": lambda h, out: np.greater(h, 0, out=out),
    "identity": lambda h, out: out.fill(1),
}
