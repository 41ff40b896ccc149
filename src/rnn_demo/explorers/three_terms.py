"""Explorer (b): the three summands of ∂L_3/∂W, under the same slider."""

import matplotlib.pyplot as plt
import numpy as np

from rnn_demo._types import ActivationName
from rnn_demo.backprop import immediate_terms
from rnn_demo.explorers._words import power_of_ten
from rnn_demo.explorers.example import ACTIVATIONS, RHOS, nearest, network
from rnn_demo.matrices import scale_to_spectral_radius
from rnn_demo.words import _, options
from slider_figure import SliderFigure, colors

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
    params, x, __ = network(n, 3, seed)
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
    hues = [colors.BLUE, colors.ORANGE, colors.GREEN]
    bars = ax.bar(PATHS, norms[0, 0], color=hues, width=0.6)
    height = _("Frobenius norm of the summand")
    ax.set(
        yscale="log", ylim=(1e-5, 30), xlabel=_("path of the summand"), ylabel=height
    )

    def update(rho: float, activation: ActivationName) -> None:
        heights = norms[nearest(RHOS, rho), ACTIVATIONS.index(activation)]
        for bar, height in zip(bars, heights, strict=True):
            bar.set(height=height, gid="bar")

    def sentence(rho: float, activation: ActivationName) -> str:
        i, j = nearest(RHOS, rho), ACTIVATIONS.index(activation)
        last, first = np.log10(norms[i, j, [0, -1]])
        return _(
            "ρ = {rho:.2f}, {activation}: the longest path contributes {ratio} times "
            "what the shortest does."
        ).format(rho=rho, activation=_(activation), ratio=power_of_ten(first - last))

    alt = _(
        "Three bars on a logarithmic axis, one for each summand of the gradient of the "
        "third loss: path 3, path 3 to 2, and path 3 to 2 to 1. Each further step of "
        "the path multiplies the bar by about the same factor."
    )
    controls = {_("ρ(W)"): RHOS, _("activation"): options(ACTIVATIONS)}
    start = {_("ρ(W)"): 1.0}
    return SliderFigure(fig, update, controls, sentences=sentence, alt=alt, start=start)
