"""Exact gradients by backpropagation through time, whole and term by term.

With δ_t = (∂L/∂h_t)ᵀ and dz_t = (∂L/∂z_t)ᵀ::

    δ_t = Vᵀ diag(σ'(a_t)) (y_t − target_t) + Wᵀ dz_{t+1},   dz_t = φ'(z_t) ∘ δ_t,

where a_t = V h_t + c and dz_{T+1} = 0 (Werbos, Proceedings of the IEEE 78, 1990).
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from rnn_demo._checks import (
    choice,
    in_float_range,
    instance,
    integer,
    real_array,
    targets,
)
from rnn_demo._types import ActivationName, Floats
from rnn_demo.network import (
    RNNParams,
    Trajectory,
    get_activation,
    hidden_states,
    inputs,
)

_logistic = get_activation("logistic")


class Gradients(NamedTuple):
    """Gradients of the loss, each of the shape of what it is taken by.

    Attributes
    ----------
    U, W, b, V, c : ndarray
        By the parameters: (n, m), (n, n), (n,), (p, n), (p,).
    x : (T, m) ndarray
        By the inputs.
    h0 : (n,) ndarray
        By the given first state.
    h : (T, n) ndarray
        Row k − 1 is the total derivative by h_k, along every path.
    """

    U: Floats
    W: Floats
    b: Floats
    V: Floats
    c: Floats
    x: Floats
    h0: Floats
    h: Floats


@in_float_range
def bptt(
    params: RNNParams,
    x: ArrayLike,
    target: ArrayLike,
    h0: ArrayLike | None = None,
    activation: ActivationName = "tanh",
    t: int | None = None,
) -> Gradients:
    """Return the gradients of L, or of the single loss L_t.

    Parameters
    ----------
    params : RNNParams
    x : (T, m) array_like
        Inputs.
    target : (T, p) array_like
        Targets.
    h0 : (n,) array_like, optional
        State before the first step; zeros if not given.
    activation : {"tanh", "logistic", "relu", "identity"}
    t : int, optional
        Time, 1 ≤ t ≤ T, of the single loss L_t; the whole L if not given.

    Returns
    -------
    Gradients

    Raises
    ------
    ValueError
        As `rnn_demo.network.loss`, and if t is out of range.
    """
    phi = get_activation(activation)
    x, h0 = inputs(params, x, h0)
    target = targets(params, target, x.shape[0])
    if t is not None:
        integer(t, "t", 1, x.shape[0])
    z, h = hidden_states(params, x, h0, phi.phi)
    # ∂L_t/∂a_t = σ'(a_t) ∘ (y_t − target_t), with a_t = V h_t + c
    a = h @ params.V.T + params.c
    da = _logistic.derivative(a) * (_logistic.phi(a) - target)
    if t is not None:
        da[np.arange(x.shape[0]) != t - 1] = 0
    delta, dz, delta_0 = _backward(params.W, params.V, phi.derivative(z), da)
    return Gradients(
        U=dz.T @ x,
        W=dz.T @ np.vstack([h0, h[:-1]]),
        b=dz.sum(axis=0),
        V=da.T @ h,
        c=da.sum(axis=0),
        x=dz @ params.U,
        h0=delta_0,
        h=delta,
    )


def _backward(
    W: Floats, V: Floats, slope: Floats, da: Floats
) -> tuple[Floats, Floats, Floats]:
    """Run δ_t = Vᵀ ∂L_t/∂a_t + Wᵀ dz_{t+1}, dz_t = φ'(z_t) ∘ δ_t; return δ, dz, δ_0."""
    (steps, n), p = slope.shape, V.shape[0]
    # δ_t = [Wᵀ Vᵀ] (dz_{t+1}, ∂L_t/∂a_t): one product, as in `recurrence`.
    WV_T = np.vstack([W, V]).T
    columns = np.zeros((steps + 1, n + p))
    columns[1:, n:] = da
    delta = np.empty((steps + 1, n))
    dz = columns[:-1, :n]
    for column, delta_t, dz_t, slope_t in zip(
        columns[:0:-1], delta[:0:-1], dz[::-1], slope[::-1], strict=True
    ):
        WV_T.dot(column, delta_t)
        np.multiply(slope_t, delta_t, dz_t)
    WV_T.dot(columns[0], delta[0])
    return delta[1:], dz, delta[0]


@in_float_range
def immediate_terms(
    params: RNNParams,
    x: ArrayLike,
    target: ArrayLike,
    t: int,
    wrt: Literal["W", "U", "b"] = "W",
    h0: ArrayLike | None = None,
    activation: ActivationName = "tanh",
) -> Floats:
    """Return the summands of ∂L_t/∂W, ∂L_t/∂U or ∂L_t/∂b, one for each k ≤ t.

    The summand k is ∂L_t/∂h_t (Π_{j=k+1}^{t} ∂h_j/∂h_{j-1}) ∂⁺h_k/∂W, where ∂⁺
    holds h_{k-1} fixed. Summed over k = 1, …, t they give the gradient of L_t.

    Parameters
    ----------
    params : RNNParams
    x : (T, m) array_like
        Inputs.
    target : (T, p) array_like
        Targets.
    t : int
        Time of the loss, 1 ≤ t ≤ T.
    wrt : {"W", "U", "b"}
        The parameter.
    h0 : (n,) array_like, optional
        State before the first step; zeros if not given.
    activation : {"tanh", "logistic", "relu", "identity"}

    Returns
    -------
    (t, ...) ndarray
        Entry k − 1 is the summand k, of the shape of the parameter.

    Raises
    ------
    ValueError
        As `bptt`, and if `wrt` is another parameter: V and c act only after the
        last hidden state, so their gradients have no such sum.
    """
    choice(wrt, "wrt", ("W", "U", "b"))
    phi = get_activation(activation)
    x, h0 = inputs(params, x, h0)
    target = targets(params, target, x.shape[0])
    t = integer(t, "t", 1, x.shape[0])
    gradients_h = bptt(params, x, target, h0, activation, t=t).h[:t]
    z, h = hidden_states(params, x[:t], h0, phi.phi)
    dz = phi.derivative(z) * gradients_h
    if wrt == "b":
        return dz
    # ∂⁺h_k/∂W_ij = φ'(z_k)_i h_{k-1,j} e_i, and with x_k in place of h_{k-1} for U
    source = x[:t] if wrt == "U" else np.vstack([h0, h[:-1]])
    return dz[:, :, None] * source[:, None, :]


@in_float_range
def jacobian(
    params: RNNParams,
    trajectory: Trajectory,
    t: int,
    activation: ActivationName = "tanh",
) -> Floats:
    """Return ∂h_t/∂h_{t-1} = diag(φ'(z_t)) W.

    Parameters
    ----------
    params : RNNParams
    trajectory : Trajectory
        From `rnn_demo.network.forward` with the same parameters and activation.
    t : int
        Time, 1 ≤ t ≤ T.
    activation : {"tanh", "logistic", "relu", "identity"}

    Returns
    -------
    (n, n) ndarray
        Entry (i, j) is ∂h_{t,i}/∂h_{t-1,j}.

    Raises
    ------
    ValueError
        If t is out of range, the activation is unknown, or the trajectory is of
        a network of another size.
    """
    phi = get_activation(activation)
    z = _pre_activations(params, trajectory)
    t = integer(t, "t", 1, z.shape[0])
    return phi.derivative(z[t - 1])[:, None] * params.W


@in_float_range
def jacobian_product(
    params: RNNParams,
    trajectory: Trajectory,
    t: int,
    k: int,
    activation: ActivationName = "tanh",
) -> Floats:
    """Return ∂h_t/∂h_k = ∂h_t/∂h_{t-1} ∂h_{t-1}/∂h_{t-2} ⋯ ∂h_{k+1}/∂h_k.

    Parameters
    ----------
    params : RNNParams
    trajectory : Trajectory
        From `rnn_demo.network.forward` with the same parameters and activation.
    t, k : int
        Times, 0 ≤ k ≤ t ≤ T.
    activation : {"tanh", "logistic", "relu", "identity"}

    Returns
    -------
    (n, n) ndarray
        The identity if k = t. It may overflow or vanish over long spans;
        `rnn_demo.norms.jacobian_product_norms` carries logarithms instead.

    Raises
    ------
    ValueError
        If t or k is out of range, the activation is unknown, or the trajectory
        is of a network of another size.
    """
    phi = get_activation(activation)
    z = _pre_activations(params, trajectory)
    t = integer(t, "t", 0, z.shape[0])
    k = integer(k, "k", 0, t)
    product = np.eye(params.n)
    for z_j in z[k:t]:
        product = phi.derivative(z_j)[:, None] * (params.W @ product)
    return product


def _pre_activations(params: RNNParams, trajectory: Trajectory) -> Floats:
    instance(params, "params", RNNParams)
    instance(trajectory, "trajectory", Trajectory)
    z = real_array(trajectory.z, "trajectory.z")
    if z.ndim != 2 or z.shape[1] != params.n:
        raise ValueError(
            f"trajectory.z must have shape (T, n) = (any, {params.n}), but has "
            f"{z.shape}; run forward with the same parameters"
        )
    return z
