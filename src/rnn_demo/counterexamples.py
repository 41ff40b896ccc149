"""Networks that show what the spectral radius of W leaves open.

Gradients explode although it is 0, and vanish however large it is.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from rnn_demo._checks import in_range, real_array, real_number, square_matrix
from rnn_demo._types import Floats
from rnn_demo.matrices import spectral_norm
from rnn_demo.network import RNNParams


def bias_for_fixed_point(W: ArrayLike, h: ArrayLike) -> Floats:
    """Return the b that makes h a fixed point of h ↦ tanh(W h + b).

    Parameters
    ----------
    W : (n, n) array_like
    h : (n,) array_like
        State with all entries strictly between −1 and 1.

    Returns
    -------
    (n,) ndarray
        b = artanh(h) − W h.

    Raises
    ------
    ValueError
        If a shape is wrong or an entry of h is not strictly between −1 and 1.
    """
    W = square_matrix(W)
    h = real_array(h, "h", (W.shape[0],), "(n,)")
    if not (np.abs(h) < 1).all():
        raise ValueError(f"h must lie strictly between -1 and 1, but is {h}")
    return np.arctanh(h) - W @ h


def nilpotent_matrix(a: float) -> Floats:
    """Return a [[1, −1], [1, −1]], whose square is 0 and whose eigenvalues are 0.

    Parameters
    ----------
    a : float

    Returns
    -------
    (2, 2) ndarray
    """
    return real_number(a, "a") * np.array([[1.0, -1.0], [1.0, -1.0]])


def saturated_network(a: float = 2.0, h2: float = 0.9) -> tuple[RNNParams, Floats]:
    """Return a tanh network with ρ(W) = 0 and the fixed point h* = (0, h2).

    Its Jacobian at h* has the eigenvalues 0 and a h2², so that
    ‖∂h_t/∂h_0‖₂ = a √2 √(1 + (1 − h2²)²) (a h2²)^{t−1} along h_t = h*.

    Parameters
    ----------
    a : float
        Size of W = a [[1, −1], [1, −1]].
    h2 : float
        Second entry of the fixed point, −1 < h2 < 1.

    Returns
    -------
    params : RNNParams
        U = 0, V = 0, c = 0, m = p = 1.
    h_star : (2,) ndarray
        The fixed point.

    Raises
    ------
    ValueError
        If h2 is not strictly between −1 and 1.
    """
    W = nilpotent_matrix(a)
    h_star = np.array([0.0, real_number(h2, "h2")])
    b = bias_for_fixed_point(W, h_star)
    params = RNNParams(U=np.zeros((2, 1)), W=W, b=b, V=np.zeros((1, 2)), c=[0.0])
    return params, h_star


def saturation_threshold(a: float) -> float:
    """Return the h2 at which the eigenvalue a h2² of `saturated_network` is 1.

    Parameters
    ----------
    a : float
        Above 1; for a ≤ 1 the eigenvalue stays below 1 for every h2 between −1 and 1.

    Returns
    -------
    float
        1/√a.

    Raises
    ------
    ValueError
        If a ≤ 1.
    """
    a = real_number(a, "a")
    if a <= 1:
        raise ValueError(f"a must be above 1, but is {a}: the eigenvalue stays below 1")
    return float(a**-0.5)


def nilpotent_chaos(a: float = 3.0, b: ArrayLike = (-1.5, -4.5)) -> RNNParams:
    """Return a tanh network with ρ(W) = 0 and a positive Lyapunov exponent.

    U is the identity: the two inputs are added to the biases. They may be 0 or
    weak noise; from every start that was tried the state stays chaotic.

    Parameters
    ----------
    a : float
        Size of W = a [[1, −1], [1, −1]].
    b : (2,) array_like
        Biases.

    Returns
    -------
    RNNParams

    Notes
    -----
    J_t = a d_t [1, −1] with d_t = φ'(z_t), so the products have rank 1 and their
    largest Lyapunov exponent is the mean of ``log(a |d_{t,1} − d_{t,2}|)``.
    """
    W = nilpotent_matrix(a)
    return RNNParams(U=np.eye(2), W=W, b=b, V=np.zeros((1, 2)), c=[0.0])


def saturating_drive(W: ArrayLike) -> Floats:
    """Return a constant input that makes tanh gradients vanish, whatever ρ(W) is.

    With drive_i = ‖W_i‖₁ + κ for every unit, z_{t,i} ≥ κ at all times, since the
    states lie in [−1, 1]. So φ'(z_{t,i}) ≤ φ'(κ), and the smallest κ ≥ 0 is chosen
    that makes φ'(κ) σ_max(W) ≤ ½: then ‖∂h_t/∂h_k‖₂ ≤ 2^{−(t−k)}. The start must
    lie in [−1, 1], too.

    Parameters
    ----------
    W : (n, n) array_like

    Returns
    -------
    (n,) ndarray
        The constant value of U x_t + b.

    Raises
    ------
    ValueError
        If W is not a finite, real, square matrix.
    """
    W = square_matrix(W)
    # sech²(κ) σ_max = ½  ⇔  cosh(κ) = √(2 σ_max)
    twice = in_range(2 * spectral_norm(W), "2 σ_max(W)")
    kappa = np.arccosh(max(1.0, np.sqrt(twice)))
    drive: Floats = np.abs(W).sum(axis=1) + kappa
    return drive
