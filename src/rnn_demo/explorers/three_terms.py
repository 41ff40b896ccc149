"""Explorer (b): the three summands of ∂L_3/∂W, under the same slider."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np

from rnn_demo import colors
from rnn_demo._types import ActivationName
from rnn_demo.backprop import immediate_terms
from rnn_demo.explorers._grid import nearest
from rnn_demo.explorers._words import power_of_ten
from rnn_demo.explorers.gradient_norm import ACTIVATIONS, RHOS, network
from rnn_demo.matrices import scale_to_spectral_radius
from rnn_demo.slider_figure import SliderFigure

PATHS = ("3", "3→2", "3→2→1")


def three_terms_explorer(n: int = 64, seed: int = 0) -> SliderFigure:
    """Return the figure of the summands k = 3, 2, 1 of ∂L_3/∂W.

    Each bar is the Frobenius norm of one summand, on a logarithmic axis.  h_0 is
    random: with h_0 = 0 the summand k = 1 would be zero whatever W is.

    Parameters
    ----------
    n : int
        Number of hidden units.
    seed : int
        Seed of the network, the inputs and h_0.

    Returns
    -------
    SliderFigure

    Raises
    ------
    ValueError
        If `n` or the seed is out of range.
    """
    params, x, _ = network(n, 3, seed)
    rng = np.random.default_rng(seed + 1)
    target, h0 = rng.uniform(size=(3, params.p)), rng.uniform(-1, 1, n)
    norms = np.empty((len(RHOS), len(ACTIVATIONS), 3))
    for i, rho in enumerate(RHOS):
        scaled = params.replace(W=scale_to_spectral_radius(params.W, rho))
        for j, activation in enumerate(ACTIVATIONS):
            terms = immediate_terms(
                scaled, x, target, t=3, wrt="W", h0=h0, activation=activation
            )
            norms[i, j] = np.linalg.norm(terms, axis=(1, 2))[::-1]

    fig, ax = plt.subplots(figsize=(4.8, 3.2))
    bars = ax.bar(
        PATHS, norms[0, 0], color=[colors.BLUE, colors.ORANGE, colors.GREEN], width=0.6
    )
    ax.set_yscale("log")
    ax.set(
        ylim=(1e-5, 30),
        xlabel="path of the summand",
        ylabel=r"Frobenius norm of the summand",
    )

    def sentence(rho: float, activation: ActivationName) -> str:
        i, j = nearest(RHOS, rho), ACTIVATIONS.index(activation)
        last, _, first = np.log10(norms[i, j])
        return (
            f"ρ = {rho:.2f}, {activation}: the longest path contributes "
            f"{power_of_ten(first - last)} times what the shortest does."
        )

    return SliderFigure(
        fig,
        {bars: {"height": norms}},
        controls={"ρ(W)": RHOS, "activation": ACTIVATIONS},
        sentences=sentence,
        alt=(
            "Three bars on a logarithmic axis, one for each summand of the gradient of "
            "the third loss: path 3, path 3 to 2, and path 3 to 2 to 1. Each further "
            "step of the path multiplies the bar by about the same factor."
        ),
        start={"ρ(W)": 1.0},
    )
