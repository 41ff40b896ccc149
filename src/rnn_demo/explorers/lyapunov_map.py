"""Explorer: the Lyapunov exponent over spectral radius and input strength."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import TwoSlopeNorm

from rnn_demo._checks import integer
from rnn_demo._types import Floats
from rnn_demo.explorers._axes import line, log_axes
from rnn_demo.explorers._words import lag_label, power_of_ten, signed
from rnn_demo.explorers.example import nearest
from rnn_demo.lyapunov import lyapunov_map
from rnn_demo.many import sweep
from rnn_demo.matrices import random_params
from rnn_demo.network import RNNParams
from rnn_demo.words import _
from slider_figure import SliderFigure, colors

#: Drawn on the colors of the map, which do not follow the theme of the page.
INK, MARKER = "#111111", "#FFE14D"

RHOS = np.round(np.arange(0.4, 3.01, 0.1), 1)
STRENGTHS = np.round(np.arange(0.0, 2.01, 0.125), 3)


# A network, its input and its state at the start.
Driven = tuple[RNNParams, Floats, Floats]


def driven_network(n: int = 64, steps: int = 1200, seed: int = 0) -> Driven:
    """Return a Gaussian tanh network with white noise as input.

    Parameters
    ----------
    n : int
        Number of hidden units, and of inputs.
    steps : int
        Length T of the input.
    seed : int
        Seed of everything random.

    Returns
    -------
    params : RNNParams
        W Gaussian with spectral radius 1.
    x : ndarray, shape (T, n)
        The input; each entry of U x_t has a variance of about 1.
    h0 : ndarray, shape (n,)
        A random state at the start.

    Raises
    ------
    ValueError
        If a size or the seed is out of range.
    """
    steps = integer(steps, "steps", 1)
    rng = np.random.default_rng(integer(seed, "seed", 0))
    params = random_params(n, n, 1, rho=1.0, seed=rng)
    return params, rng.normal(size=(steps, n)), rng.normal(size=n) / 2


def gradient_curves(
    network: Driven, rhos: Floats, strengths: Floats, lags: int, seed: int = 0
) -> Floats:
    """Return log10 ‖(∂h_T/∂h_{T−lag})ᵀ v‖₂ for a random unit vector v.

    Parameters
    ----------
    network : tuple
        As made by `driven_network`.
    rhos, strengths : array_like, shapes (R,) and (S,)
    lags : int
        Largest lag, below the length of the input.
    seed : int
        Seed of v.

    Returns
    -------
    ndarray, shape (R, S, lags + 1)

    Raises
    ------
    ValueError
        If `lags` is not below the length of the input.
    """
    params, x, h0 = network
    lags = integer(lags, "lags", 0, len(x) - 1)
    v = np.random.default_rng(seed).normal(size=params.n)
    v /= np.linalg.norm(v)
    curves = [
        sweep(rhos, params, strength * x, h0=h0, final_gradient=v)
        for strength in strengths
    ]
    return np.stack(curves, axis=1)[:, :, : -lags - 2 : -1]


def lyapunov_map_explorer(
    n: int = 64, steps: int = 1200, burn_in: int = 200, lags: int = 60, seed: int = 0
) -> SliderFigure:
    """Return the map of λ with its zero contour, and the gradient norm at a point.

    Parameters
    ----------
    n, steps
        As in `driven_network`.
    burn_in : int
        Steps that are run before the exponent is averaged.
    lags : int
        Largest lag of the curve in the second panel, below `steps`.
    seed
        As in `driven_network`.

    Returns
    -------
    SliderFigure
        Controls: ρ(W) and the input strength, the two axes of the map.

    Raises
    ------
    ValueError
        If a size or the seed is out of range, or `burn_in` or `lags` is not below
        `steps`.
    """
    steps = integer(steps, "steps", 2)
    lags = integer(lags, "lags", 1, steps - 1)
    params, x, h0 = driven_network(n, steps, seed)
    exponents = lyapunov_map(RHOS, STRENGTHS, params, x, h0, burn_in=burn_in)
    # The state is on its attractor after 2 burn-ins; the curve needs no more.
    short = x[: max(2 * burn_in, 1) + lags]
    curves = gradient_curves((params, short, h0), RHOS, STRENGTHS, lags)
    lag = np.arange(lags + 1)

    def at(rho: float, strength: float) -> tuple[int, int]:
        return nearest(RHOS, rho), nearest(STRENGTHS, strength)

    fig, (top, bottom) = plt.subplots(2, 1, figsize=(4.8, 6.2), height_ratios=[1.15, 1])
    _draw_map(top, exponents)
    looks = {"ms": 9, "mfc": MARKER, "mec": INK, "mew": 1.2, "clip_on": False}
    point = line(top, INK, "", "o", **looks)
    curve = line(bottom, colors.BLUE, _("measured gradient norm"), gid="measured")
    slope = line(bottom, colors.VERMILION, r"$e^{λ(T-k)}$", "--")
    norm = _(r"$\log_{10}$ of gradient norm")
    log_axes(bottom, lags, (-30, 12), lag_label(), norm)
    bottom.legend(loc="upper left")

    def update(rho: float, strength: float) -> None:
        point.set_data([rho], [strength])
        curve.set_data(lag, curves[at(rho, strength)])
        slope.set_data(lag, np.log10(np.e) * exponents[at(rho, strength)] * lag)

    def sentence(rho: float, strength: float) -> str:
        exponent = signed(exponents[at(rho, strength)], "+.3f")
        ratio = power_of_ten(curves[at(rho, strength)][-1])
        return _(
            "ρ = {rho:.1f}, input strength {strength:.3g}: λ = {exponent}. Over {lags} "
            "steps back the gradient norm is multiplied by {ratio}."
        ).format(rho=rho, strength=strength, exponent=exponent, lags=lags, ratio=ratio)

    alt = _(
        "Two charts. Above, a map of the Lyapunov exponent over the spectral radius "
        "and the input strength, with a dot for the chosen network. A black line, "
        "where the exponent is zero, leaves the lower edge, no input, between spectral "
        "radius 1 and 1.5 and bends to the right as the input grows stronger. Left of "
        "it gradients vanish, right of it they explode. Below, the logarithm of the "
        "gradient norm against the lag for the chosen network, next to a dashed "
        "straight line with the slope that the exponent gives."
    )
    controls = {_("ρ(W)"): RHOS, _("input strength"): STRENGTHS}
    start = {_("ρ(W)"): 1.4, _("input strength"): 1.0}
    labels = tuple(controls)
    handles = [(labels, lambda rho, strength: (top, rho, strength))]
    return SliderFigure(
        fig, update, controls, sentences=sentence, alt=alt, start=start, handles=handles
    )


def _draw_map(ax: Axes, exponents: Floats) -> None:
    # λ reaches much further below 0 than above: each side gets its own scale.
    levels = [-1.6, -1.2, -0.8, -0.4, -0.2, -0.1, 0, 0.1, 0.2, 0.3]
    norm = TwoSlopeNorm(0, levels[0], 0.4)
    over = RHOS, STRENGTHS, exponents.T
    filled = ax.contourf(*over, levels, cmap="RdBu_r", norm=norm, extend="both")
    filled.set_edgecolor("face")  # no hairlines between the bands
    ax.contour(*over, [0.0], colors=INK, linewidths=1.8)
    label = _("exponent $λ$ per step")
    ax.figure.colorbar(filled, ax=ax, label=label, ticks=levels, spacing="uniform")
    ax.set(xlabel=_("spectral radius $ρ(W)$"), ylabel=_("input strength"))
