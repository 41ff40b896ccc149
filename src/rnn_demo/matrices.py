"""Spectral radius, spectral norm, and random matrices and networks."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from rnn_demo import _checks
from rnn_demo._checks import choice, generator, in_range, integer, real_number
from rnn_demo._types import Family, Floats, Seed
from rnn_demo.network import RNNParams

FAMILIES: tuple[Family, ...] = ("gaussian", "orthogonal", "symmetric", "nonnormal")


def spectral_radius(W: ArrayLike) -> float:
    """Return ρ(W), the largest modulus of an eigenvalue of W.

    Parameters
    ----------
    W : (n, n) array_like

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If W is not a finite, real, square matrix.
    """
    radius = float(np.abs(np.linalg.eigvals(_checks.square_matrix(W))).max())
    return in_range(radius, "the spectral radius")


def spectral_norm(W: ArrayLike) -> float:
    """Return ‖W‖₂ = σ_max(W), the largest singular value of W.

    Parameters
    ----------
    W : (n, n) array_like

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If W is not a finite, real, square matrix.
    """
    norm = np.linalg.norm(_checks.square_matrix(W), 2)
    return in_range(float(norm), "the spectral norm")


def scale_to_spectral_radius(W: ArrayLike, rho: float) -> Floats:
    """Return (ρ / ρ(W)) W, which has spectral radius ρ.

    Parameters
    ----------
    W : (n, n) array_like
        Matrix with a spectral radius that can be told from 0.
    rho : float
        Wanted spectral radius, at least 0.

    Returns
    -------
    (n, n) ndarray

    Raises
    ------
    ValueError
        If W is not a finite, real, square matrix, if ρ < 0, or if the spectral
        radius of W is 0 to within rounding (W = 0, or W nilpotent).

    Notes
    -----
    W is nilpotent if and only if tr W^k = 0 for k = 1, …, n. If the entries of W are
    known to 64 n ε of their own size, with ε = 2⁻⁵², the trace is to 64 k n ε tr M^k,
    with M the moduli of the entries; the rounding of the powers is far less (Higham,
    Accuracy and Stability of Numerical Algorithms, section 3.5). W is refused if no
    trace exceeds that. Where no cycle of entries other than 0 has length k, trace and
    bound are both 0, however W is permuted, and both stay when units are rescaled.
    """
    W = _checks.square_matrix(W)
    rho = real_number(rho, "rho", minimum=0)
    size = np.abs(W).max()
    if size == 0 or _may_be_nilpotent(W / size):
        raise ValueError(
            "W must have a spectral radius above 0 to be rescaled, but its spectral "
            "radius is 0 to within rounding (W is zero or nilpotent); choose a W with "
            "a nonzero eigenvalue"
        )
    # `eig`, not `eigvals`: the last bits of the book's networks come from it.
    radius = np.abs(np.linalg.eig(W / size)[0]).max() * size
    with np.errstate(all="ignore"):
        scaled = (W / radius) * rho
    return in_range(scaled, f"W scaled to rho = {rho:g}")


def _may_be_nilpotent(W: Floats) -> bool:
    """Return whether every tr W^k, k = 1, …, n, is 0 to within what W is known to."""
    power, bound = np.eye(len(W)), np.eye(len(W))
    for k in range(1, len(W) + 1):
        power, bound = power @ W, bound @ np.abs(W)
        error = 64 * k * len(W) * np.finfo(float).eps * np.trace(bound)
        if abs(np.trace(power)) > error:
            return False
        size = max(bound.max(), np.finfo(float).tiny)
        power, bound = power / size, bound / size
    return True


def random_matrix(
    n: int, family: Family = "gaussian", *, seed: Seed, nonnormality: float = 1.0
) -> Floats:
    """Return a random matrix of spectral radius 1.

    Parameters
    ----------
    n : int
        Size, at least 1.
    family : {"gaussian", "orthogonal", "symmetric", "nonnormal"}
        ``gaussian`` has independent normal entries. ``orthogonal`` is uniform on
        the orthogonal group (Mezzadri, Notices of the AMS 54, 2007).
        ``symmetric`` is (A + Aᵀ)/2 for Gaussian A. ``nonnormal`` is Q S Qᵀ with
        Q orthogonal and S in real Schur form.
    seed : int or numpy.random.Generator
    nonnormality : float
        The dial of the ``nonnormal`` family, at least 0: it multiplies the
        strictly upper part of S, whose entries are otherwise normal with
        variance 1/n. The eigenvalues do not depend on it. 0 gives a normal
        matrix, 1 is comparable to a Gaussian matrix.

    Returns
    -------
    (n, n) ndarray

    Raises
    ------
    ValueError
        If n < 1, the family is unknown, `nonnormality` is negative or not
        finite, or the seed is neither a nonnegative integer nor a Generator.

    Notes
    -----
    Families other than ``nonnormal`` ignore `nonnormality`. With a strong dial
    the eigenvalues are so ill conditioned that those computed from Q S Qᵀ
    differ visibly from those on the diagonal of S.
    """
    n = integer(n, "n", 1)
    choice(family, "family", FAMILIES)
    nonnormality = real_number(nonnormality, "nonnormality", minimum=0)
    rng = generator(seed)
    if family == "orthogonal":
        return _orthogonal(n, rng)
    if family == "nonnormal":
        return _nonnormal(n, nonnormality, rng)
    A = rng.normal(size=(n, n))
    if family == "symmetric":
        A = (A + A.T) / 2
    return scale_to_spectral_radius(A, 1)


def _orthogonal(n: int, rng: np.random.Generator) -> Floats:
    """Q of a QR factorization, with signs that make it uniformly distributed."""
    Q, R = np.linalg.qr(rng.normal(size=(n, n)))
    return Q * np.where(np.diag(R) < 0, -1.0, 1.0)


def _nonnormal(n: int, nonnormality: float, rng: np.random.Generator) -> Floats:
    """Q S Qᵀ; S has 2×2 blocks for complex pairs and one 1×1 block if n is odd."""
    pairs, odd = divmod(n, 2)
    modulus = np.sqrt(rng.uniform(size=pairs + odd))
    modulus /= modulus.max()
    angle = rng.uniform(0, np.pi, size=pairs + odd)
    S = nonnormality * np.triu(rng.normal(scale=n**-0.5, size=(n, n)), 1)
    for k in range(pairs):
        a, b = modulus[k] * np.cos(angle[k]), modulus[k] * np.sin(angle[k])
        S[2 * k : 2 * k + 2, 2 * k : 2 * k + 2] = [[a, -b], [b, a]]
    if odd:
        S[-1, -1] = modulus[-1]
    Q = _orthogonal(n, rng)
    return Q @ S @ Q.T


def random_params(
    n: int,
    m: int,
    p: int,
    *,
    rho: float = 1.0,
    family: Family = "gaussian",
    input_scale: float = 1.0,
    seed: Seed,
) -> RNNParams:
    """Return a random network.

    Entries of U are normal with variance input_scale²/m, those of V with
    variance 1/n; b and c are 0; W is `random_matrix` times ρ.

    Parameters
    ----------
    n, m, p : int
        Sizes of the hidden state, the input and the output.
    rho : float
        Spectral radius of W, at least 0.
    family : str
        Family of W; see `random_matrix`.
    input_scale : float
        Strength of the input weights, at least 0.
    seed : int or numpy.random.Generator

    Returns
    -------
    RNNParams

    Raises
    ------
    ValueError
        If a size is below 1, `rho` or `input_scale` is negative, the family is
        unknown or the seed is neither a nonnegative integer nor a Generator.
    """
    n, m, p = integer(n, "n", 1), integer(m, "m", 1), integer(p, "p", 1)
    rho = real_number(rho, "rho", minimum=0)
    input_scale = real_number(input_scale, "input_scale", minimum=0)
    rng = generator(seed)
    W = rho * random_matrix(n, family, seed=rng)
    U = input_scale * rng.normal(scale=m**-0.5, size=(n, m))
    V = rng.normal(scale=n**-0.5, size=(p, n))
    return RNNParams(U=U, W=W, b=np.zeros(n), V=V, c=np.zeros(p))
