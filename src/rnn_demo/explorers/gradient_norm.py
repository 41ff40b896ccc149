"""Explorer (a): the gradient norm against the lag, under a slider for ρ(W)."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np

from rnn_demo import colors
from rnn_demo._checks import integer
from rnn_demo._types import ActivationName, Floats
from rnn_demo.explorers._grid import nearest
from rnn_demo.explorers._words import change
from rnn_demo.matrices import random_params, spectral_norm
from rnn_demo.network import RNNParams, get_activation
from rnn_demo.norms import sweep
from rnn_demo.slider_figure import SliderFigure

#: The grid that this explorer and `where` share: ρ(W) from 0.10 to 2.00.
RHOS = np.round(np.arange(0.10, 2.001, 0.01), 2)
ACTIVATIONS: tuple[ActivationName, ...] = ("tanh", "logistic", "identity")
INPUTS = {"weak": 0.1, "strong": 1.0}
#: Vertical axis of the figure, in decades.
Y_LIMITS = (-45, 32)


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
    """Return the index of a grid point in the first three axes of `grid_norms`.

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

    Raises
    ------
    ValueError
        If the activation or the strength is not on the grid.
    """
    return (
        nearest(RHOS, rho),
        ACTIVATIONS.index(activation),
        list(INPUTS).index(strength),
    )


def gradient_norm_explorer(
    n: int = 64, steps: int = 100, seed: int = 0
) -> SliderFigure:
    """Return the figure of the gradient norm against the lag.

    The curve is log10 ‖∂L_T/∂h_k‖₂.  Beside it stand the bound
    ‖∂L_T/∂h_T‖₂ (γ σ_max(W))^{T−k}, which it never crosses, and the line
    ‖∂L_T/∂h_T‖₂ ρ(W)^{T−k}, which is often taken for the truth.

    Parameters
    ----------
    n, steps, seed
        As in `network`; `steps` is at least 2, so that there is a lag.

    Returns
    -------
    SliderFigure

    Raises
    ------
    ValueError
        If a size or the seed is out of range.
    """
    steps = integer(steps, "steps", 2)
    params, x, last = network(n, steps, seed)
    norms = grid_norms(params, x, last)
    lags = np.arange(steps)
    ends = lags[[0, -1]]
    sigma = spectral_norm(params.W) * RHOS
    gamma = np.array([get_activation(name).gamma for name in ACTIVATIONS])
    bound = np.log10(sigma[:, None] * gamma)[:, :, None, None] * ends
    power = np.log10(RHOS)[:, None, None, None] * ends

    fig, ax = plt.subplots(figsize=(4.8, 3.4))
    (curve,) = ax.plot(lags, lags * 0.0, color=colors.BLUE, lw=2.2, label="measured")
    (bound_line,) = ax.plot(
        ends, ends, color=colors.VERMILION, ls="--", label="bound $(γσ_{max})^{T-k}$"
    )
    (power_line,) = ax.plot(
        ends, ends, color=colors.GREEN, ls=":", label="$ρ(W)^{T-k}$"
    )
    ax.axhline(0, color=colors.FOREGROUND, lw=0.6)
    ax.set(
        xlim=(0, steps - 1),
        ylim=Y_LIMITS,
        xlabel="lag $T-k$ (steps back in time)",
        ylabel=r"$\log_{10}$ of the gradient norm",
    )
    # Above the axes: inside, some position of the slider draws through it.
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=3)

    def sentence(rho: float, activation: ActivationName, strength: str) -> str:
        last_norm = norms[grid_index(rho, activation, strength)][-1]
        return (
            f"ρ = {rho:.2f}, {activation}, {strength} input: over {steps - 1} steps "
            f"the gradient norm {change(last_norm)}."
        )

    return SliderFigure(
        fig,
        {
            curve: {"y": norms},
            bound_line: {"y": bound},
            power_line: {"y": power},
        },
        controls={"ρ(W)": RHOS, "activation": ACTIVATIONS, "input": list(INPUTS)},
        sentences=sentence,
        alt=(
            "Line chart of the logarithm of the gradient norm against the lag. The "
            "measured curve starts at zero and falls or rises with the lag; a dashed "
            "straight line above it is the bound, a dotted one the spectral radius to "
            "the power of the lag."
        ),
        start={"ρ(W)": 1.0},
    )
