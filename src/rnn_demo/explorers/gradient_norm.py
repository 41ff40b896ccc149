"""Explorer (a): the gradient norm against the lag, under a slider for ρ(W)."""

import matplotlib.pyplot as plt
import numpy as np

from rnn_demo._checks import integer
from rnn_demo._types import ActivationName
from rnn_demo.explorers._axes import line, log_axes
from rnn_demo.explorers._words import change, lag_label, norm_label
from rnn_demo.explorers.example import RHOS, controls, grid_norms, nearest, network
from rnn_demo.matrices import spectral_norm
from rnn_demo.network import get_activation
from rnn_demo.words import _
from slider_figure import SliderFigure, colors

#: Vertical axis of the figure, in decades.
Y_LIMITS = (-45, 32)


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
        As in `rnn_demo.explorers.example.network`; `steps` is at least 2, so that
        there is a lag.

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
    sigma = spectral_norm(params.W)
    lags = np.arange(steps)
    ends = lags[[0, -1]]

    fig, ax = plt.subplots(figsize=(4.8, 3.4))
    curve = line(ax, colors.BLUE, _("measured"), lw=2.2, gid="measured")
    bound = line(ax, colors.VERMILION, _("bound $(γσ_{max})^{T-k}$"), "--")
    power = line(ax, colors.GREEN, "$ρ(W)^{T-k}$", ":")
    log_axes(ax, steps - 1, Y_LIMITS, lag_label(), norm_label())
    # Above the axes: inside, some position of the slider draws through it.
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=3)

    def update(rho: float, activation: ActivationName, strength: str) -> None:
        curve.set_data(lags, norms[activation, strength][nearest(RHOS, rho)])
        gamma = get_activation(activation).gamma
        bound.set_data(ends, np.log10(gamma * sigma * rho) * ends)
        power.set_data(ends, np.log10(rho) * ends)

    def sentence(rho: float, activation: ActivationName, strength: str) -> str:
        changed = change(norms[activation, strength][nearest(RHOS, rho), -1])
        names = {"activation": _(activation), "strength": _(strength)}
        return _(
            "ρ = {rho:.2f}, {activation}, {strength} input: over {steps} steps the "
            "gradient norm {change}."
        ).format(rho=rho, **names, steps=steps - 1, change=changed)

    alt = _(
        "Line chart of the logarithm of the gradient norm against the lag. The "
        "measured curve starts at zero and falls or rises with the lag; a dashed "
        "straight line above it is the bound, a dotted one the spectral radius to the "
        "power of the lag."
    )
    start = {_("ρ(W)"): 1.0}
    return SliderFigure(
        fig, update, controls(), sentences=sentence, alt=alt, start=start
    )
