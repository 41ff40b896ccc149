"""Bounds on products of Jacobians and on powers of W.

The products are ∂h_t/∂h_k = J_t ⋯ J_{k+1} with J_s = diag(φ'(z_s)) W. Norms that
may leave the float range are carried as log10.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from rnn_demo._checks import integer, square_matrix
from rnn_demo._types import ActivationName, Floats
from rnn_demo.matrices import spectral_radius
from rnn_demo.network import RNNParams, get_activation, hidden_states, inputs
from rnn_demo.norms import log_norms


class ProductBounds(NamedTuple):
    """Bounds on log10 ‖∂h_T/∂h_k‖₂; entry k − 1 belongs to k = 1, …, T.

    Attributes
    ----------
    lower : (T,) ndarray
        ``Σ_s log10(min_i |φ'(z_{s,i})| σ_min(W))``, s = k + 1, …, T.
    along : (T,) ndarray
        ``Σ_s log10(max_i |φ'(z_{s,i})| σ_max(W))``: an upper bound that uses the
        visited states.
    upper : (T,) ndarray
        (T − k) log10(γ σ_max(W)): an upper bound for every trajectory.
    """

    lower: Floats
    along: Floats
    upper: Floats


def product_bounds(
    params: RNNParams,
    x: ArrayLike,
    h0: ArrayLike | None = None,
    activation: ActivationName = "tanh",
) -> ProductBounds:
    """Return lower and upper bounds on log10 ‖∂h_T/∂h_k‖₂ for k = 1, …, T.

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
    ProductBounds
        lower ≤ log10 ‖∂h_T/∂h_k‖₂ ≤ along ≤ upper, entry by entry; all are 0 for
        k = T. Where a factor is 0 the entry is −inf.

    Raises
    ------
    ValueError
        If a shape is wrong, the activation is unknown, or the hidden state leaves
        the float range. With identity no state is needed, and none is computed.

    Notes
    -----
    From ‖AB‖₂ ≤ ‖A‖₂ ‖B‖₂ and σ_min(AB) ≥ σ_min(A) σ_min(B) for square A, B
    (Horn and Johnson, Matrix Analysis). `upper` is the bound of Pascanu, Mikolov
    and Bengio (2013).
    """
    phi = get_activation(activation)
    x, h0 = inputs(params, x, h0)
    slope = np.abs(phi.derivative(hidden_states(params, x, h0, phi, False)[0]))
    singular_values = np.linalg.svd(params.W, compute_uv=False)
    with np.errstate(divide="ignore"):
        lower = np.log10(slope.min(axis=1)) + np.log10(singular_values[-1])
        along = np.log10(slope.max(axis=1)) + np.log10(singular_values[0])
        upper = np.log10(phi.gamma) + np.log10(singular_values[0])
    return ProductBounds(*map(_sums_after, (lower, along, np.full(len(x), upper))))


def _sums_after(terms: Floats) -> Floats:
    """Return Σ_{s>k} terms_s for every k; the empty sum comes last."""
    sums = np.zeros(terms.size)
    sums[:-1] = np.cumsum(terms[:0:-1])[::-1]
    return sums


def matrix_power_norms(W: ArrayLike, steps: int) -> Floats:
    """Return log10 ‖W^k‖₂ for k = 0, …, steps.

    Parameters
    ----------
    W : (n, n) array_like
    steps : int
        Highest power, at least 0.

    Returns
    -------
    (steps + 1,) ndarray
        A power that is exactly 0 gives −inf.

    Raises
    ------
    ValueError
        If W is not a finite, real, square matrix or `steps` is negative.
    """
    W = square_matrix(W)
    steps = integer(steps, "steps", 0)
    size = np.abs(W).max() or 1.0
    unit, log_size = W / size, np.log10(size)

    def times_W(_: int, power: Floats) -> tuple[Floats, float]:
        return power @ unit, log_size

    norms = log_norms(steps + 1, np.eye(len(W)), times_W, whole=True)
    return norms[::-1, 0]


class KreissEstimate(NamedTuple):
    """A lower estimate of the Kreiss constant, and where it was found.

    Attributes
    ----------
    value : float
        ``(|z| − 1) ‖(zI − W)⁻¹‖₂`` at the best z: a true lower bound on K(W).
    z : complex
    """

    value: float
    z: complex


def kreiss_constant(
    W: ArrayLike, *, radii: int = 20, angles: int = 40, rounds: int = 4
) -> KreissEstimate:
    """Estimate the Kreiss constant, which bounds the peak of the powers of W.

    It is the supremum of ``(|z| − 1) ‖(zI − W)⁻¹‖₂`` over all complex z outside of
    the unit circle, and K(W) ≤ sup_k ‖W^k‖₂ ≤ e n K(W), the Kreiss matrix theorem.

    Parameters
    ----------
    W : (n, n) array_like
        Matrix with spectral radius below 1.
    radii, angles : int
        Size of the grid of z in polar coordinates, at least 3 each.
    rounds : int
        How often the grid is laid again, finer, around its best point.

    Returns
    -------
    KreissEstimate
        From below: the supremum over the grid, at least 1, the value as
        z → ∞ (then `z` is infinite).

    Raises
    ------
    ValueError
        If W is not square or its spectral radius is 1 or more, where the constant
        may be infinite; or if a size of the grid is too small.

    Notes
    -----
    Kreiss, BIT 2 (1962); the factor e n is due to Spijker, BIT 31 (1991).
    """
    W = square_matrix(W)
    radii, angles = integer(radii, "radii", 3), integer(angles, "angles", 3)
    rounds = integer(rounds, "rounds", 0)
    if (rho := spectral_radius(W)) >= 1:
        raise ValueError(
            f"W must have a spectral radius below 1, but it is {rho:.6g}; the Kreiss "
            "constant may then be infinite"
        )
    # W is real: the resolvent norm at z and at its conjugate are the same.
    low, high = (-4.0, 0.0), (2.0, np.pi)
    best = KreissEstimate(1.0, complex(np.inf))
    for _ in range(rounds + 1):
        log_gap = np.linspace(low[0], high[0], radii)
        angle = np.linspace(low[1], high[1], angles)
        gap = 10 ** log_gap[:, None]
        z = (1 + gap) * np.exp(1j * angle)
        shifted = z[..., None, None] * np.eye(W.shape[0]) - W
        values = gap / np.linalg.svd(shifted, compute_uv=False)[..., -1]
        i, j = np.unravel_index(values.argmax(), values.shape)
        if values[i, j] > best.value:
            best = KreissEstimate(float(values[i, j]), complex(z[i, j]))
        step = log_gap[1] - log_gap[0], angle[1] - angle[0]
        low = log_gap[i] - step[0], angle[j] - step[1]
        high = log_gap[i] + step[0], angle[j] + step[1]
    return best
