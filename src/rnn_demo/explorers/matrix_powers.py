"""Explorer: the norm of W^k against k, between ρ(W)^k and σ_max(W)^k."""

import matplotlib.pyplot as plt
import numpy as np

from rnn_demo._checks import integer
from rnn_demo._types import Floats
from rnn_demo.bounds import matrix_power_norms
from rnn_demo.explorers._axes import line, log_axes
from rnn_demo.explorers._words import power_of_ten
from rnn_demo.explorers.example import nearest
from rnn_demo.matrices import random_matrix, spectral_norm
from rnn_demo.words import _
from slider_figure import SliderFigure, colors

RHOS = np.round(np.arange(0.50, 1.201, 0.05), 2)
#: Values of the dial that multiplies the strictly upper part of the Schur form.
DIALS = np.arange(0.0, 4.01, 0.25)


def power_norms(
    n: int = 32, steps: int = 100, seed: int = 0, dials: Floats = DIALS
) -> tuple[Floats, Floats]:
    """Return log10 ‖M^k‖₂ and σ_max(M) of nonnormal matrices M with ρ(M) = 1.

    Parameters
    ----------
    n : int
        Size of the matrices.
    steps : int
        Highest power.
    seed : int
        Seed of `rnn_demo.matrices.random_matrix`: one matrix, turned by the dial.
    dials : array_like, shape (D,)
        Values of ``nonnormality``.

    Returns
    -------
    norms : ndarray, shape (D, steps + 1)
    sigmas : ndarray, shape (D,)
    """
    matrices = [
        random_matrix(n, "nonnormal", seed=seed, nonnormality=dial) for dial in dials
    ]
    norms = np.array([matrix_power_norms(M, steps) for M in matrices])
    return norms, np.array([spectral_norm(M) for M in matrices])


def matrix_powers_explorer(
    n: int = 32, steps: int = 100, seed: int = 0
) -> SliderFigure:
    """Return the figure of log10 ‖W^k‖₂ against k, with its two straight bounds.

    Parameters
    ----------
    n, steps, seed
        As in `power_norms`; `steps` is at least 1.

    Returns
    -------
    SliderFigure
        Controls: the spectral radius ρ of W, and its non-normality. The
        eigenvalues depend on the first only, the norms on both.

    Raises
    ------
    ValueError
        If a size or the seed is out of range.
    """
    steps = integer(steps, "steps", 1)
    unit_norms, unit_sigmas = power_norms(n, steps, seed)
    k = np.arange(steps + 1)
    ends = k[[0, -1]]

    def powers(rho: float, dial: float) -> tuple[Floats, float]:
        # ‖(ρM)^k‖ = ρ^k ‖M^k‖
        j = nearest(DIALS, dial)
        return unit_norms[j] + np.log10(rho) * k, rho * unit_sigmas[j]

    fig, ax = plt.subplots(figsize=(4.8, 3.4))
    curve = line(ax, colors.BLUE, r"$\Vert W^k\Vert_2$", lw=2.2, gid="norm")
    upper = line(ax, colors.VERMILION, r"$σ_{\mathrm{max}}(W)^k$", "--")
    lower = line(ax, colors.GREEN, r"$ρ(W)^k$", ":")
    log_axes(ax, steps, (-10, 10), _("power $k$"), _(r"$\log_{10}$ of the norm"))
    # Above the axes: inside, some position of the slider draws through it.
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=3)

    def update(rho: float, dial: float) -> None:
        norms, sigma = powers(rho, dial)
        curve.set_data(k, norms)
        upper.set_data(ends, np.log10(sigma) * ends)
        lower.set_data(ends, np.log10(rho) * ends)

    def sentence(rho: float, dial: float) -> str:
        norms, sigma = powers(rho, dial)
        peak = int(norms.argmax())
        last, most = power_of_ten(norms[-1]), power_of_ten(norms[peak])
        if peak == 0:
            told = _("the norm never exceeds 1; at k = {steps} it is {last}.")
        elif peak == steps:
            told = _("the norm is largest at the end, {last} at k = {steps}.")
        else:
            told = _(
                "the norm peaks at {most} for k = {peak}; at k = {steps} it is {last}."
            )
        told = told.format(steps=steps, last=last, most=most, peak=peak)
        text = _("ρ = {rho:.2f}, largest singular value {sigma:.2f}: {told}")
        return text.format(rho=rho, sigma=sigma, told=told)

    alt = _(
        "Line chart of the logarithm of the spectral norm of W to the power k against "
        "k. All lines start at zero. The measured curve runs between a dotted straight "
        "line, the spectral radius to the power k, and a dashed one, the largest "
        "singular value to the power k. With strong non-normality it first follows the "
        "dashed line, then bends and ends parallel to the dotted one."
    )
    controls = {_("ρ(W)"): RHOS, _("non-normality"): DIALS}
    start = {_("ρ(W)"): 0.9, _("non-normality"): 3.5}
    return SliderFigure(fig, update, controls, sentences=sentence, alt=alt, start=start)
