"""The network that three explorers share, and the grid of its controls."""

from typing import Any

import numpy as np

from rnn_demo._checks import integer
from rnn_demo._types import ActivationName, Floats
from rnn_demo.many import sweep
from rnn_demo.matrices import random_params
from rnn_demo.network import RNNParams
from rnn_demo.words import _, options

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
    x, last = rng.normal(size=(steps, 8)), rng.normal(size=n)
    return params, x, last / np.linalg.norm(last)


def controls() -> dict[str, Any]:
    """Return the controls of the explorers: spectral radius, activation and input.

    Returns
    -------
    dict
        From the label of each to its values.
    """
    return {
        _("ρ(W)"): RHOS,
        _("activation"): options(ACTIVATIONS),
        _("input"): options(INPUTS),
    }


def grid_norms(
    params: RNNParams, x: Floats, last: Floats
) -> dict[tuple[ActivationName, str], Floats]:
    """Return log10 ‖∂L_T/∂h_k‖₂ for the explorers' whole grid.

    Parameters
    ----------
    params, x, last
        As made by `network`; x is multiplied by the strengths in `INPUTS`.

    Returns
    -------
    dict
        From (activation, key of `INPUTS`) to an array of shape (len(RHOS), T), whose
        axes are ρ and the lag T − k = 0, …, T − 1.
    """
    norms = {}
    for activation in ACTIVATIONS:
        for strength, factor in INPUTS.items():
            by_step = sweep(
                RHOS, params, factor * x, activation=activation, final_gradient=last
            )
            norms[activation, strength] = by_step[:, ::-1]
    return norms


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
