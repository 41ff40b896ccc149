"""Explorer: the norm of W^k against k, between ρ(W)^k and σ_max(W)^k."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np

from rnn_demo import colors
from rnn_demo._checks import integer
from rnn_demo._types import Floats
from rnn_demo.bounds import matrix_power_norms
from rnn_demo.explorers._grid import nearest
from rnn_demo.explorers._words import power_of_ten
from rnn_demo.matrices import random_matrix, spectral_norm
from rnn_demo.slider_figure import SliderFigure

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
    log_rho = np.log10(RHOS)[:, None, None]
    # ‖(ρM)^k‖ = ρ^k ‖M^k‖: axes are ρ, dial, k.
    norms = unit_norms + log_rho * k
    lower = log_rho * ends
    upper = (log_rho + np.log10(unit_sigmas)[None, :, None]) * ends

    fig, ax = plt.subplots(figsize=(4.8, 3.4))
    (curve,) = ax.plot(
        k, k * 0.0, color=colors.BLUE, lw=2.2, label=r"$\Vert W^k\Vert_2$"
    )
    (upper_line,) = ax.plot(
        ends, ends, color=colors.VERMILION, ls="--", label=r"$σ_{\mathrm{max}}(W)^k$"
    )
    (lower_line,) = ax.plot(ends, ends, color=colors.GREEN, ls=":", label=r"$ρ(W)^k$")
    ax.axhline(0, color=colors.FOREGROUND, lw=0.6)
    ax.set(
        xlim=(0, steps),
        ylim=(-10, 10),
        xlabel="power $k$",
        ylabel=r"$\log_{10}$ of the norm",
    )
    # Above the axes: inside, some position of the slider draws through it.
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=3)

    def sentence(rho: float, dial: float) -> str:
        i, j = nearest(RHOS, rho), nearest(DIALS, dial)
        row, sigma = norms[i, j], rho * unit_sigmas[j]
        peak = int(row.argmax())
        text = f"ρ = {rho:.2f}, largest singular value {sigma:.2f}: "
        if peak == 0:
            return text + (
                f"the norm never exceeds 1; at k = {steps} it is "
                f"{power_of_ten(row[-1])}."
            )
        if peak == steps:
            return text + (
                f"the norm is largest at the end, {power_of_ten(row[-1])} at "
                f"k = {steps}."
            )
        return text + (
            f"the norm peaks at {power_of_ten(row[peak])} for k = {peak}; at "
            f"k = {steps} it is {power_of_ten(row[-1])}."
        )

    return SliderFigure(
        fig,
        {curve: {"y": norms}, upper_line: {"y": upper}, lower_line: {"y": lower}},
        controls={"ρ(W)": RHOS, "non-normality": DIALS},
        sentences=sentence,
        alt=(
            "Line chart of the logarithm of the spectral norm of W to the power k "
            "against k. All lines start at zero. The measured curve runs between a "
            "dotted straight line, the spectral radius to the power k, and a dashed "
            "one, the largest singular value to the power k. With strong "
            "non-normality it first follows the dashed line, then bends and ends "
            "parallel to the dotted one."
        ),
        start={"ρ(W)": 0.9, "non-normality": 3.5},
    )
