"""Explorer: the gradient norm of four networks under one bias that keeps the state."""

from typing import Any

import matplotlib.pyplot as plt
import numpy as np

from rnn_demo import norms
from rnn_demo._checks import integer
from rnn_demo._types import Floats
from rnn_demo.explorers._axes import line, log_axes
from rnn_demo.explorers._words import lag_label, norm_label, power_of_ten, signed
from rnn_demo.explorers.example import nearest
from rnn_demo.gated import CELLS, keep_bias_sweep, random_gated
from rnn_demo.matrices import random_params
from rnn_demo.network import get_activation
from rnn_demo.words import _
from slider_figure import SliderFigure, colors

BIASES = np.round(np.arange(-2.0, 8.01, 0.25), 2)
RHOS = np.array([0.5, 1.0, 2.0, 4.0, 6.0])
#: Names of the curves, in the order of the first axis of `grid_norms`.
NETWORKS = ("vanilla", *CELLS)
#: Vertical axis of the figure, in decades.
Y_LIMITS = (-30, 24)


def grid_norms(n: int = 64, steps: int = 200, lags: int = 100, seed: int = 0) -> Floats:
    """Return log10 ‖∂L_T/∂s_k‖₂ over the explorer's grid, s the whole state.

    All four networks read the same unit-strength input and begin the way back from
    the same vector ∂L_T/∂h_T of length 1. Their candidates share U and W, and each
    recurrent matrix, those of the gates included, has spectral radius ρ.

    Parameters
    ----------
    n : int
        Number of hidden units.
    steps : int
        Length T of the input; what comes before the largest lag is warm-up.
    lags : int
        Largest lag.
    seed : int
        Seed of everything random.

    Returns
    -------
    ndarray, shape (4, len(BIASES), len(RHOS), lags + 1)
        Axes: network, in the order of `NETWORKS`; bias; ρ; lag T − k. The rows of
        the vanilla network, which has no such bias, are equal for all biases.

    Raises
    ------
    ValueError
        If a size or the seed is out of range, or `lags` is not below `steps`.
    """
    n, steps = integer(n, "n", 1), integer(steps, "steps", 2)
    lags, seed = integer(lags, "lags", 1, steps - 1), integer(seed, "seed", 0)
    rng = np.random.default_rng(seed)
    x, last = rng.normal(size=(steps, 8)), rng.normal(size=n)
    last /= np.linalg.norm(last)
    out = np.empty((len(NETWORKS), len(BIASES), len(RHOS), lags + 1))
    back = slice(None, -lags - 2, -1)
    for j, rho in enumerate(RHOS):
        plain = random_params(n, 8, 1, rho=rho, seed=seed + 1)
        out[0, :, j] = norms.gradient_norms(plain, x, final_gradient=last)[back]
        for i, cell in enumerate(CELLS, start=1):
            params = random_gated(cell, n, 8, 1, rho=rho, seed=seed + 1)
            swept = keep_bias_sweep(BIASES, params, x, final_gradient=last)
            out[i, :, j] = swept[:, back]
    return out


def gates_explorer(
    n: int = 64, steps: int = 200, lags: int = 100, seed: int = 0
) -> SliderFigure:
    """Return the figure of the gradient norm against the lag for four networks.

    Parameters
    ----------
    n, steps, lags, seed
        As in `grid_norms`.

    Returns
    -------
    SliderFigure
        Controls: the bias, and the spectral radius of the recurrent matrices.

    Raises
    ------
    ValueError
        As `grid_norms`.
    """
    log_norms = grid_norms(n, steps, lags, seed)
    lag = np.arange(lags + 1)
    logistic: Any = get_activation("logistic").phi

    def curves(bias: float, rho: float) -> Floats:
        return log_norms[:, nearest(BIASES, bias), nearest(RHOS, rho)]

    fig, ax = plt.subplots(figsize=(4.8, 3.8))
    # The reference lies under the curves, and each has its own dashes.
    looks = [
        (colors.FOREGROUND, _("vanilla"), ":"),
        (colors.GREEN, _("leaky"), "-."),
        (colors.BLUE, "GRU", "--"),
        (colors.VERMILION, "LSTM", "-"),
    ]
    reference = line(ax, colors.MUTED, "$σ(b)^{T-k}$", lw=1)
    lines = [line(ax, *look, gid=look[1]) for look in looks]
    log_axes(ax, lags, Y_LIMITS, lag_label(), norm_label())
    ax.legend(loc="upper left", ncols=3)

    def update(bias: float, rho: float) -> None:
        reference.set_data(lag, np.log10(logistic(bias)) * lag)
        for curve, norms_of in zip(lines, curves(bias, rho), strict=True):
            curve.set_data(lag, norms_of)

    def sentence(bias: float, rho: float) -> str:
        ends = zip(looks, curves(bias, rho)[:, -1], strict=True)
        told = ", ".join(f"{name} {power_of_ten(end)}" for (_c, name, _s), end in ends)
        b, keep = signed(bias, "g"), logistic(bias)
        return _(
            "σ({bias}) = {keep:.4f}, ρ = {rho:g}. Norm at lag {lags}: {norms}."
        ).format(bias=b, keep=keep, rho=rho, lags=lags, norms=told)

    alt = _(
        "Line chart of the logarithm of the gradient norm against the lag for a "
        "vanilla network, a leaky network, a GRU and an LSTM, with a straight "
        "reference line. The vanilla curve does not move with the bias. With a small "
        "bias the others fall steeply; as the bias grows they flatten, and above a "
        "bias of about four they stay near zero over the whole range, unless the "
        "spectral radius is large: then they may rise."
    )
    controls = {_("bias b"): BIASES, _("ρ(W)"): RHOS}
    start = {_("bias b"): 1.0, _("ρ(W)"): 1.0}
    return SliderFigure(fig, update, controls, sentences=sentence, alt=alt, start=start)
