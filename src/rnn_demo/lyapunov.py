"""Lyapunov exponents: the rates at which products of Jacobians grow or shrink.

With J_t = diag(φ'(z_t)) W the largest Lyapunov exponent of a trajectory is::

    λ = lim_{t→∞} (1/t) log ‖J_t ⋯ J_1‖₂ ,

so that gradient norms go like e^{λ (t−k)} over long lags. Logarithms are natural.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from rnn_demo._checks import choice, generator, integer, radii, real_array, real_number
from rnn_demo._types import ActivationName, Floats, Seed
from rnn_demo.matrices import scale_to_spectral_radius
from rnn_demo.network import RNNParams, get_activation, hidden_states, inputs, steps


class LyapunovExponents(NamedTuple):
    """Estimates of the largest Lyapunov exponents of one trajectory.

    Attributes
    ----------
    exponents : (count,) ndarray
        Mean logarithmic growth per step, in the order in which the QR method
        finds them: largest first, up to the error of a finite trajectory.
    running : (T − burn_in, count) ndarray
        The same mean over the first 1, 2, 3, … steps after the burn-in.
    """

    exponents: Floats
    running: Floats


def lyapunov_exponents(
    params: RNNParams,
    x: ArrayLike,
    h0: ArrayLike | None = None,
    activation: ActivationName = "tanh",
    *,
    count: int = 1,
    burn_in: int = 0,
    seed: Seed = 0,
) -> LyapunovExponents:
    """Estimate the largest `count` Lyapunov exponents by the QR method.

    Parameters
    ----------
    params : RNNParams
    x : (T, m) array_like
        Inputs.
    h0 : (n,) array_like, optional
        State before the first step; zeros if not given.
    activation : {"tanh", "logistic", "relu", "identity"}
    count : int
        How many exponents, 1 ≤ count ≤ n.
    burn_in : int
        Steps at the start that are run but not counted, 0 ≤ burn_in < T.
    seed : int or numpy.random.Generator
        For the directions at the start.

    Returns
    -------
    LyapunovExponents
        An exponent is −inf where a product of Jacobians is singular, or cannot be told
        from a singular one in floats.

    Raises
    ------
    ValueError
        If an argument has the wrong shape or range, or the hidden state leaves
        the float range, as it may with relu.

    Notes
    -----
    Q_0 has `count` random orthonormal columns. Each step factorizes
    J_t Q_{t−1} = Q_t R_t; the exponents are the means of ``log |R_ii|`` (Benettin et
    al., Meccanica 15, 1980). For count = 1 this is a vector that is multiplied
    by J_t and set back to length 1. With the identity activation the Jacobians
    do not depend on the state, and none is computed.
    """
    phi = get_activation(activation)
    x, h0 = inputs(params, x, h0)
    count = integer(count, "count", 1, params.n)
    burn_in = integer(burn_in, "burn_in", 0, x.shape[0] - 1)
    slope = phi.derivative(hidden_states(params, x, h0, phi, False)[0])
    Q = np.linalg.qr(generator(seed).normal(size=(params.n, count)))[0]
    diagonals = []
    for slope_t in slope:
        JQ = slope_t[:, None] * (params.W @ Q)
        Q, R = np.linalg.qr(JQ)
        # Householder's R is that of a matrix whose columns differ by n² ε of their
        # lengths at most (Higham, section 19.3): what is smaller may as well be 0.
        known = params.n**2 * np.finfo(float).eps * np.linalg.norm(JQ, axis=0)
        lengths = np.abs(np.diagonal(R))
        diagonals.append(np.where(lengths > known, lengths, 0))
    with np.errstate(divide="ignore"):
        growth = np.log(diagonals[burn_in:])
    running = np.cumsum(growth, axis=0) / np.arange(1, len(growth) + 1)[:, None]
    return LyapunovExponents(running[-1].copy(), running)


def lyapunov_map(
    rhos: ArrayLike,
    strengths: ArrayLike,
    params: RNNParams,
    x: ArrayLike,
    h0: ArrayLike | None = None,
    activation: ActivationName = "tanh",
    *,
    burn_in: int = 0,
    seed: Seed = 0,
) -> Floats:
    """Estimate the largest Lyapunov exponent over a grid of networks.

    Every network of the grid sees the same x, so that the map changes smoothly.

    Parameters
    ----------
    rhos : (R,) array_like
        Spectral radii to which W is rescaled, at least 0.
    strengths : (S,) array_like
        Factors of the input U x_t.
    params : RNNParams
        The network; only the direction of its W counts, not the scale.
    x : (T, m) array_like
        Inputs.
    h0 : (n,) array_like, optional
        State before the first step; zeros if not given. With strength 0, b = 0
        and h0 = 0 the state would stay at 0.
    activation : {"tanh", "logistic", "relu", "identity"}
    burn_in : int
        Steps at the start that are run but not counted, 0 ≤ burn_in < T.
    seed : int or numpy.random.Generator
        For the direction at the start.

    Returns
    -------
    (R, S) ndarray
        Exponents, by renormalizing one tangent vector per network.

    Raises
    ------
    ValueError
        If an argument has the wrong shape or range, or the spectral radius of W
        is 0.
    """
    phi = get_activation(activation)
    x, h0 = inputs(params, x, h0)
    rhos = radii(rhos)
    strengths = real_array(strengths, "strengths", (None,), "(S,)")
    if strengths.size == 0:
        raise ValueError("strengths must hold at least one number, but is empty")
    burn_in = integer(burn_in, "burn_in", 0, x.shape[0] - 1)
    W_T = np.ascontiguousarray(scale_to_spectral_radius(params.W, 1).T)

    # Rows of h and v are the networks of the grid, ρ varying slowest.
    rho = np.repeat(rhos, strengths.size)[:, None]
    strength = np.tile(strengths, rhos.size)[:, None]
    drive = (strength * drive_t + params.b for drive_t in x @ params.U.T)
    direction = generator(seed).normal(size=params.n)
    v = np.tile(direction / np.linalg.norm(direction), (rho.size, 1))
    h = np.tile(h0, (rho.size, 1))
    total = np.zeros(rho.size)
    with np.errstate(divide="ignore"):
        states = steps(lambda h: rho * (h @ W_T), drive, h, phi.phi)
        for t, (z, _) in enumerate(states):
            v = phi.derivative(z) * (rho * (v @ W_T))
            norm = np.linalg.norm(v, axis=1)
            if t >= burn_in:
                total += np.log(norm)
            v /= np.where(norm > 0, norm, 1)[:, None]
    return (total / (len(x) - burn_in)).reshape(rhos.size, strengths.size)


def mean_field_exponent(
    gain: float, strength: float, activation: Literal["tanh", "logistic"] = "tanh"
) -> float:
    """Return the largest Lyapunov exponent that mean-field theory predicts.

    For W with independent entries of variance g²/n and inputs U x_t that are
    normal with variance s² and independent in time, n → ∞ makes the
    pre-activations normal, with a variance q that settles where::

        q = g² E[φ(√q ξ)²] + s²,    and    λ = ½ log(g² E[φ'(√q ξ)²]),

    ξ standard normal.

    Parameters
    ----------
    gain : float
        g > 0. The spectral radius of W tends to g as n → ∞.
    strength : float
        s ≥ 0.
    activation : {"tanh", "logistic"}
        A bounded activation.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If an argument is out of range or the activation is not bounded.

    Notes
    -----
    Molgedey, Schuchhardt and Schuster, Physical Review Letters 69, 3717 (1992);
    Sompolinsky, Crisanti and Sommers, Physical Review Letters 61, 259 (1988) for
    continuous time without input.
    """
    gain = real_number(gain, "gain", minimum=0)
    if gain == 0:
        raise ValueError("gain must be above 0, but is 0.0")
    strength = real_number(strength, "strength", minimum=0)
    phi = get_activation(choice(activation, "activation", ("tanh", "logistic")))
    # The trapezoidal rule converges fast for smooth integrands that decay.
    xi = np.linspace(-9, 9, 721)
    weight = np.exp(-(xi**2) / 2)
    weight /= weight.sum()
    q = gain**2 + strength**2
    for _ in range(5000):
        previous, q = q, gain**2 * (weight @ phi.phi(np.sqrt(q) * xi) ** 2)
        q += strength**2
        if abs(q - previous) <= 1e-13 * previous:
            break
    slope = phi.derivative(np.sqrt(q) * xi)
    return float(0.5 * np.log(gain**2 * (weight @ slope**2)))
