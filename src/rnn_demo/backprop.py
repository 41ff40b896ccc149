"""Exact gradients by backpropagation through time, whole and term by term.

With δ_t = (∂L/∂h_t)ᵀ and dz_t = (∂L/∂z_t)ᵀ::

    δ_t = Vᵀ diag(σ'(a_t)) (y_t − target_t) + Wᵀ dz_{t+1},   dz_t = φ'(z_t) ∘ δ_t,

where a_t = V h_t + c and dz_{T+1} = 0 (Werbos, Proceedings of the IEEE 78, 1990).
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from rnn_demo import network
from rnn_demo._checks import choice, in_range, instance, integer, real_array, targets
from rnn_demo._types import ActivationName, Floats, Output
from rnn_demo.network import RNNParams, Trajectory


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
    phi = network.get_activation(activation)
    x, h0 = network.inputs(params, x, h0)
    target = targets(params, target, len(x))
    z, h = network.hidden_states(params, x, h0, phi)
    # ∂L_t/∂a_t = σ'(a_t) ∘ (y_t − target_t), with a_t = V h_t + c
    with np.errstate(all="ignore"):
        da = output_gradient(params, h, target)
        if t is not None:
            da[np.arange(len(x)) != integer(t, "t", 1, len(x)) - 1] = 0
        delta, dz = backward(params.W, phi.derivative(z), da @ params.V)
        before = np.vstack([h0, h[:-1]])
        by_hidden = dz.T @ x, dz.T @ before, dz.sum(axis=0)
        by_output = da.T @ h, da.sum(axis=0)
        by_start = dz @ params.U, params.W.T @ dz[0]
    return in_range(Gradients(*by_hidden, *by_output, *by_start, delta), "a gradient")


def output_gradient(params: Output, h: Floats, target: Floats) -> Floats:
    """Return ∂L_t/∂a_t = σ'(a_t) ∘ (y_t − target_t), with a_t = V h_t + c.

    Parameters
    ----------
    params : RNNParams
    h : (..., n) ndarray
    target : (..., p) ndarray

    Returns
    -------
    (..., p) ndarray
    """
    a = h @ params.V.T + params.c
    return network.LOGISTIC.derivative(a) * (network.LOGISTIC.phi(a) - target)


def backward(
    W: Floats, slope: Floats, direct: Floats, carry: Floats | None = None
) -> tuple[Floats, Floats]:
    """Run δ_t = direct_t + f_t Wᵀ dz_{t+1}, dz_t = φ'(z_t) ∘ δ_t from T to 1.

    Parameters
    ----------
    W : (n, n) ndarray
    slope : (T, ..., n) ndarray
        φ'(z_t), for one sequence or a batch. Becomes dz.
    direct : (T, ..., n) ndarray
        What the loss at t adds to δ_t: Vᵀ ∂L_t/∂a_t. Becomes δ.
    carry : (T,) ndarray, optional
        The factors f_t of truncated BPTT; 1 if not given.

    Returns
    -------
    delta, dz : (T, ..., n) ndarray
        Nothing is checked: they may hold infinities.
    """
    times_W_T = W.T.dot if direct.ndim == 2 else lambda dz: dz @ W
    later, times = np.zeros_like(direct[0]), range(len(direct))
    for t, delta_t, dz_t in zip(times[::-1], direct[::-1], slope[::-1], strict=True):
        delta_t += later if carry is None else carry[t] * later
        dz_t *= delta_t
        later = times_W_T(dz_t)
    return direct, slope


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
    delta = bptt(params, x, target, h0, activation, t).h[:t]
    z, h, _, h0 = network.forward(params, x, h0, activation)
    dz = network.get_activation(activation).derivative(z[:t]) * delta
    if wrt == "b":
        return dz
    # ∂⁺h_k/∂W_ij = φ'(z_k)_i h_{k-1,j} e_i, and with x_k in place of h_{k-1} for U
    source = np.asarray(x, float)[:t] if wrt == "U" else np.vstack([h0, h[: t - 1]])
    return dz[:, :, None] * source[:, None, :]


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
    t = integer(t, "t", 1)
    return jacobian_product(params, trajectory, t, t - 1, activation)


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
    phi = network.get_activation(activation)
    instance(params, "params", RNNParams)
    instance(trajectory, "trajectory", Trajectory)
    shape = "(T, n), from forward with the same parameters,"
    z = real_array(trajectory.z, "trajectory.z", (None, params.n), shape)
    t = integer(t, "t", 0, len(z))
    k = integer(k, "k", 0, t)
    product = np.eye(params.n)
    for z_j in z[k:t]:
        product = phi.derivative(z_j)[:, None] * (params.W @ product)
    return product
