"""Many networks that advance together, where a person would wait for one by one.

A sweep over spectral radii is `rnn_demo.norms.gradient_norms` for each of them, and all
differences by W are `~rnn_demo.differences.numerical_gradient_loop`, but for rounding.
A step is one product for all networks, which are the rows of a matrix.
"""

from __future__ import annotations

import os
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rnn_demo._checks import radii
from rnn_demo._perturbed import Run
from rnn_demo._scaled import last_gradient
from rnn_demo._types import ActivationName, Floats, Ints, Numbers, Quotient
from rnn_demo.matrices import scale_to_spectral_radius
from rnn_demo.network import (
    LOGISTIC,
    Activation,
    RNNParams,
    get_activation,
    inputs,
    out_of_range,
    steps,
)
from rnn_demo.norms import carried_back

# Floats in the states of one chunk of radii (256 MB). With fewer radii in a chunk, the
# products of long sequences get too thin to be fast.
_STATES = 32_000_000
# Bytes in one array of perturbed states. Small enough not to be handed back to the
# system when freed, which would clear its pages each time.
_BYTES = 128_000
# Multiplications in one product. Beyond 100³ OpenBLAS splits it over threads, which
# for products as short as these mostly wait for one another.
_PRODUCT = 1_000_000


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
    rhos = radii(rhos)
    phi = get_activation(activation)
    x, h0 = inputs(params, x, h0)
    start = last_gradient(params, x, target, final_gradient)
    W = scale_to_spectral_radius(params.W, 1)
    drive = (x @ params.U.T + params.b)[:, None]
    if phi.linear and final_gradient is not None:
        drive, h0 = np.zeros_like(drive), np.zeros_like(h0)
    swept = []
    for rho in _chunks(rhos[:, None], _STATES // (len(x) * params.n)):
        z, h = _states(rho, W, drive, h0, phi)
        g, log_scale = start(h)
        with np.errstate(divide="ignore"):
            log_rho = np.log10(rho)
        swept.append(carried_back(W, log_rho, phi, z, g, log_scale).T)
    return np.concatenate(swept)


def _states(
    rho: Floats, W: Floats, drive: Floats, h0: Floats, phi: Activation
) -> tuple[Floats, Floats]:
    """Return all z_t, (R, n), and h_T of networks with recurrent matrices ρ W."""
    W_T = np.ascontiguousarray(W.T)

    def times_W(h: Floats) -> Floats:
        product = h @ W_T
        product *= rho  # in place: memory that comes and goes costs more than sums
        return product

    with np.errstate(all="ignore"):
        start = np.tile(h0, (len(rho), 1))
        z, h = np.empty((len(drive), *start.shape)), start
        for t, both in enumerate(steps(times_W, drive, start, phi.phi)):
            z[t], h = both
    if not np.isfinite(z[-1]).all():  # what is not finite stays, unless φ is bounded
        raise out_of_range(z)
    return z, h


def by_all_of_W(run: Run, eps: Numbers, quotient: Quotient) -> Floats:
    """Return the difference quotients by every entry of W.

    Parameters
    ----------
    run : Run
        The network, and what it is run on.
    eps : (n, n) ndarray
        Steps, real or complex.
    quotient : callable
        From a loss as a function of steps, and steps, to derivatives.

    Returns
    -------
    (n, n) ndarray
    """

    def part(entries: Ints) -> Any:
        with np.errstate(all="ignore"):  # which each thread has for itself
            return quotient(partial(_losses, run, entries), eps.ravel()[entries])

    # Here, as it brings logging, which an import of the package need not wait for.
    from concurrent.futures import ThreadPoolExecutor

    n = len(eps)
    size = min(_BYTES // (n * eps.itemsize), _PRODUCT // n**2)
    # A chunk's time goes to functions of NumPy that let other threads run.
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        parts = pool.map(part, _chunks(np.arange(n * n), size))
        return np.concatenate(list(parts)).reshape(n, n)


def _losses(run: Run, entries: Ints, delta: Numbers) -> Numbers:
    """Return the losses with entry ``entries[r]`` of W moved by ``delta[r]``.

    Networks are columns here, to which a column U x_t + b is added in long rows.
    """
    U, W, b, V, c, h0, x = run.arrays.values()
    # Flat indices of the entries (i, r) and (j, r): twice as fast as pairs.
    i, j = np.array(np.divmod(entries, len(W))) * delta.size + np.arange(delta.size)

    def times(A: Floats, h: Numbers) -> Numbers:  # real, as A is: a quarter of the work
        product: Numbers = A @ h.view(float)
        return product.view(h.dtype)

    def times_W(h: Numbers) -> Numbers:  # (W + δ e_i e_jᵀ) h = W h + δ h_j e_i
        z = times(W, h)
        z.reshape(-1)[i] += delta * h.reshape(-1)[j]
        return z

    drive = (x @ U.T + b)[: run.rows.stop, :, None]
    h = h0[:, None] + np.zeros_like(delta)
    outputs = [times(V, h) for _, h in steps(times_W, drive, h, run.phi)]
    y = LOGISTIC.phi(np.array(outputs[run.rows]) + c[:, None])
    error = y - run.target[:, :, None]
    losses: Numbers = 0.5 * np.einsum("tpr,tpr->r", error, error)
    return losses


def _chunks(array: NDArray[Any], size: int) -> list[NDArray[Any]]:
    size = max(1, size)
    return np.split(array, range(size, len(array), size))
