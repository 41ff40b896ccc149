"""Explorer: draw the gradient norm against the lag first, and then see it measured."""

from typing import Any

import matplotlib.pyplot as plt
import numpy as np

from rnn_demo._checks import choice, integer
from rnn_demo._types import ActivationName, Floats
from rnn_demo.explorers._axes import line, log_axes
from rnn_demo.explorers._words import change, lag_label, norm_label, signed
from rnn_demo.explorers.example import INPUTS, network
from rnn_demo.matrices import scale_to_spectral_radius
from rnn_demo.norms import gradient_norms
from rnn_demo.words import _, options
from slider_figure import SliderFigure, colors

#: Heights that a point of the drawing can have, in decades.
HEIGHTS = np.arange(-60, 19, 6)


def apart(lags: Floats, heights: Floats, norms: Floats) -> tuple[float, int]:
    """Return how far a drawing is from a curve at most, and at which lag.

    Parameters
    ----------
    lags, heights : array_like, shape (P,)
        The points of the drawing, from the smallest lag on, with straight lines between
        them.
    norms : ndarray, shape (T,)
        The curve at the lags 0, …, T − 1.

    Returns
    -------
    decades : float
    lag : int
    """
    gaps = abs(np.interp(np.arange(len(norms)), lags, heights) - norms)
    return float(gaps.max()), int(gaps.argmax())


def guess_explorer(
    rho: float = 1.4,
    activation: ActivationName = "logistic",
    strength: str = "strong",
    n: int = 64,
    steps: int = 100,
    seed: int = 0,
) -> SliderFigure:
    """Return a figure with three points to drag, and a measured curve to be shown.

    Parameters
    ----------
    rho : float
        Spectral radius of W.
    activation : str
        Name of the activation.
    strength : {"weak", "strong"}
        Of the input.
    n, steps, seed
        As in `rnn_demo.explorers.example.network`; `steps` is at least 2, so that
        there is a lag.

    Returns
    -------
    SliderFigure
        Controls: the heights of the three points, and whether the measured curve is
        shown.

    Raises
    ------
    ValueError
        If a size or the seed is out of range, `rho` is not above 0, or there is no such
        activation or strength.
    """
    steps = integer(steps, "steps", 2)
    params, x, last = network(n, steps, seed)
    x = INPUTS[choice(strength, "strength", INPUTS)] * x
    params = params.replace(W=scale_to_spectral_radius(params.W, rho))
    backward = gradient_norms(params, x, activation=activation, final_gradient=last)
    norms, lags = backward[::-1], np.linspace(0, steps - 1, 4)

    fig, ax = plt.subplots(figsize=(4.8, 3.4))
    drawn = line(ax, colors.ORANGE, _("drawn by you"), "o-", ms=4, gid="drawn")
    curve = line(ax, colors.BLUE, _("measured"), lw=2.2, gid="measured")
    edges = HEIGHTS[0] - 5, HEIGHTS[-1] + 5
    log_axes(ax, steps - 1, edges, lag_label(), norm_label())
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2)
    # Room for the handle at the last lag.
    ax.set_xlim(0, 1.03 * (steps - 1))
    curve.set_data(np.arange(steps), norms)

    def update(*values: Any) -> None:
        drawn.set_data(lags, [0, *values[:3]])
        curve.set_visible(values[3] == "shown")

    def sentence(*values: Any) -> str:
        if values[3] != "shown":
            heights = ", ".join(signed(height, "d") for height in values[:3])
            return _(
                "Drawn: {heights} decades at the three lags. What is measured is "
                "hidden."
            ).format(heights=heights)
        decades, lag = apart(lags, np.array([0, *values[:3]]), norms)
        return _(
            "You are at most {decades:.1f} decades off, at lag {lag}. Over {steps} "
            "steps the measured norm {change}."
        ).format(decades=decades, lag=lag, steps=steps - 1, change=change(norms[-1]))

    alt = _(
        "Line chart of the logarithm of the gradient norm against the lag. Three "
        "points can be dragged up and down; straight lines join them to zero at lag "
        "zero. A second curve, the measured one, can be shown."
    )
    labels = [_("at lag {:.3g}").format(lag) for lag in lags[1:]]
    controls: dict[str, Any] = dict.fromkeys(labels, HEIGHTS)
    controls[_("measured curve")] = options(["hidden", "shown"])
    start = dict.fromkeys(labels, 0)
    handles = [
        (label, lambda *values, k=k: (ax, lags[k + 1], values[k]))
        for k, label in enumerate(labels)
    ]
    return SliderFigure(
        fig, update, controls, sentences=sentence, alt=alt, start=start, handles=handles
    )
