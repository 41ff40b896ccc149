"""The network that three explorers share, and the grid of its controls."""

from __future__ import annotations

import numpy as np

from rnn_demo._checks import integer
from rnn_demo._types import ActivationName, Floats
from rnn_demo.many import sweep
from rnn_demo.matrices import random_params
from rnn_demo.network import RNNParams

#: Spectral radii, activations, and the factors of the inputs.
RHOS = np.round(np.arange(0.10, 2.001, 0.01), 2)
ACTIVATIONS: tuple[ActivationName, ...] = ("tanh", "logistic", "identity")
INPUTS = {"weak": 0.1, "strong": 1.0}


def network(
    n: int = 64, steps: int = 100, seed: int = 0
) -> tuple[RNNParams, Floats, Floats]:
    """Return the network, unit-strength input and last gradient of the explorers.

    Parameters
    ----------
    n : int
        Number of hidden units.
    steps : int
        Length T of the sequence.
    seed : int
        Seed of everything random.

    Returns
    -------
    params : RNNParams
        Gaussian W with spectral radius 1, m = 8 inputs, p = 4 outputs.
    x : ndarray, shape (T, 8)
        Independent standard normal inputs.
    last : ndarray, shape (n,)
        ∂L_T/∂h_T as a column of length 1, in a random direction.  It is the same for
        every network, so that the pictures compare products of Jacobians and nothing
        else.

    Raises
    ------
    ValueError
        If a size or the seed is out of range.
    """
    steps = integer(steps, "steps", 1)
    rng = np.random.default_rng(integer(seed, "seed", 0))
    params = random_params(n, 8, 4, rho=1.0, seed=rng)
    x = rng.normal(size=(steps, 8))
    last = rng.normal(size=n)
    return params, x, last / np.linalg.norm(last)


def grid_norms(params: RNNParams, x: Floats, last: Floats) -> Floats:
    """Return log10 ‖∂L_T/∂h_k‖₂ for the explorers' whole grid.

    Parameters
    ----------
    params, x, last
        As made by `network`; x is multiplied by the strengths in `INPUTS`.

    Returns
    -------
    ndarray, shape (len(RHOS), 3, 2, T)
        Axes: ρ, activation, input strength, lag T − k = 0, …, T − 1.
    """
    out = np.empty((len(RHOS), len(ACTIVATIONS), len(INPUTS), len(x)))
    for i, activation in enumerate(ACTIVATIONS):
        for j, strength in enumerate(INPUTS.values()):
            log_norms = sweep(
                RHOS, params, strength * x, activation=activation, final_gradient=last
            )
            out[:, i, j] = log_norms[:, ::-1]
    return out


def grid_index(
    rho: float, activation: ActivationName, strength: str
) -> tuple[int, int, int]:
    """Return the index of a position in the first three axes of `grid_norms`.

    Parameters
    ----------
    rho : float
        The nearest of `RHOS` is taken.
    activation : str
        One of `ACTIVATIONS`.
    strength : str
        Key of `INPUTS`.

    Returns
    -------
    tuple of three int
    """
    return (
        nearest(RHOS, rho),
        ACTIVATIONS.index(activation),
        [*INPUTS].index(strength),
    )


def nearest(grid: Floats, value: float) -> int:
    """Return the index of the entry of a grid that is nearest to a value.

    Parameters
    ----------
    grid : ndarray
    value : float

    Returns
    -------
    int
    """
    return int(np.argmin(abs(grid - value)))
