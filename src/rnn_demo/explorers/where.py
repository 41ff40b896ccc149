"""Explorer (c): where gradients vanish or explode, and the eigenvalues of W."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np

from rnn_demo import colors
from rnn_demo._types import ActivationName
from rnn_demo.explorers._words import change
from rnn_demo.explorers.gradient_norm import (
    ACTIVATIONS,
    INPUTS,
    RHOS,
    grid_index,
    grid_norms,
    network,
)
from rnn_demo.slider_figure import SliderFigure


def where_explorer(n: int = 64, steps: int = 100, seed: int = 0) -> SliderFigure:
    """Return the map of the gradient norm over ρ and lag, with W's eigenvalues.

    Parameters
    ----------
    n, steps, seed
        As in `rnn_demo.explorers.gradient_norm.network`.

    Returns
    -------
    SliderFigure

    Raises
    ------
    ValueError
        If a size or the seed is out of range.
    """
    params, x, last = network(n, steps, seed)
    norms = grid_norms(params, x, last)
    eigenvalues = np.linalg.eigvals(params.W)
    moved = RHOS[:, None] * eigenvalues
    inside = np.count_nonzero(abs(moved) < 1 - 1e-9, axis=1)

    fig, (ax, plane) = plt.subplots(
        2, 1, figsize=(4.8, 6.6), gridspec_kw={"height_ratios": [1, 1.25]}
    )
    half = (RHOS[1] - RHOS[0]) / 2
    extent = (RHOS[0] - half, RHOS[-1] + half, -0.5, steps - 0.5)
    maps, rows = [], {}
    for i in range(len(ACTIVATIONS)):
        for j in range(len(INPUTS)):
            image = ax.imshow(
                norms[:, i, j].T,
                origin="lower",
                extent=extent,
                aspect="auto",
                cmap="RdBu_r",
                vmin=-20,
                vmax=20,
                interpolation="nearest",
            )
            shown = np.zeros((1, len(ACTIVATIONS), len(INPUTS)), dtype=bool)
            shown[0, i, j] = True
            rows[image] = {"visible": shown}
            maps.append(image)
    fig.colorbar(
        maps[0], ax=ax, label=r"$\log_{10}$ of the gradient norm", extend="both"
    )
    # Black in white is seen on every color of the map, in light and dark pages.
    for color, width in (("#fefefe", 4), ("#010101", 1.6)):
        marker = ax.axvline(1.0, color=color, lw=width)
        rows[marker] = {"x": RHOS[:, None, None, None]}
    ax.grid(False)
    ax.set(xlabel="spectral radius ρ(W)", ylabel="lag $T-k$", xlim=extent[:2])

    angle = np.linspace(0, 2 * np.pi, 200)
    plane.plot(np.cos(angle), np.sin(angle), color=colors.FOREGROUND, lw=1)
    points = plane.scatter(
        eigenvalues.real, eigenvalues.imag, s=14, color=colors.VERMILION, lw=0
    )
    rows[points] = {
        "x": moved.real[:, None, None, :],
        "y": moved.imag[:, None, None, :],
    }
    plane.set(
        aspect="equal",
        xlim=(-2.1, 2.1),
        ylim=(-2.1, 2.1),
        xlabel="real part",
        ylabel="imaginary part",
        title="eigenvalues of W and the unit circle",
    )

    def sentence(rho: float, activation: ActivationName, strength: str) -> str:
        index = grid_index(rho, activation, strength)
        return (
            f"ρ = {rho:.2f}: {inside[index[0]]} of {n} eigenvalues lie inside the unit "
            f"circle; with {activation} and {strength} input the gradient norm "
            f"{change(norms[index][-1])}."
        )

    return SliderFigure(
        fig,
        rows,
        controls={"ρ(W)": RHOS, "activation": ACTIVATIONS, "input": list(INPUTS)},
        sentences=sentence,
        alt=(
            "Two pictures. Above, a map with the spectral radius across and the lag "
            "upward: blue where the gradient norm has fallen, red where it has grown, "
            "and a vertical line at the chosen spectral radius. Below, the eigenvalues "
            "of W as points in the complex plane with the unit circle; they spread out "
            "as the spectral radius grows."
        ),
        start={"ρ(W)": 1.0},
    )
