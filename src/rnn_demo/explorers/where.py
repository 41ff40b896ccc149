"""Explorer (c): where gradients vanish or explode, and the eigenvalues of W."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np

from rnn_demo._types import ActivationName
from rnn_demo.explorers._axes import frame
from rnn_demo.explorers._words import change
from rnn_demo.explorers.example import (
    ACTIVATIONS,
    INPUTS,
    RHOS,
    grid_index,
    grid_norms,
    network,
)
from rnn_demo.words import _, options
from slider_figure import SliderFigure, colors


def where_explorer(n: int = 64, steps: int = 100, seed: int = 0) -> SliderFigure:
    """Return the map of the gradient norm over ρ and lag, with W's eigenvalues.

    Parameters
    ----------
    n, steps, seed
        As in `rnn_demo.explorers.example.network`.

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
    inside = np.count_nonzero(RHOS[:, None] * abs(eigenvalues) < 1 - 1e-9, axis=1)

    fig, (ax, plane) = plt.subplots(
        2, 1, figsize=(4.8, 6.6), gridspec_kw={"height_ratios": [1, 1.25]}
    )
    half = (RHOS[1] - RHOS[0]) / 2
    image = ax.imshow(
        norms[:, 0, 0].T,
        origin="lower",
        extent=(RHOS[0] - half, RHOS[-1] + half, -0.5, steps - 0.5),
        aspect="auto",
        cmap="RdBu_r",
        vmin=-20,
        vmax=20,
        interpolation="nearest",
    )
    fig.colorbar(
        image, ax=ax, label=_(r"$\log_{10}$ of the gradient norm"), extend="both"
    )
    # Black in white is seen on every color of the map, in light and dark pages.
    markers = [
        ax.axvline(1.0, color=color, lw=width, gid="marker")
        for color, width in (("#fefefe", 4), ("#010101", 1.6))
    ]
    ax.grid(False)
    ax.set(xlabel=_("spectral radius ρ(W)"), ylabel=_("lag $T-k$"))

    angle = np.linspace(0, 2 * np.pi, 200)
    plane.plot(np.cos(angle), np.sin(angle), color=colors.FOREGROUND, lw=1)
    points = plane.scatter([], [], s=14, color=colors.VERMILION, lw=0)
    points.set_gid("eigenvalues")
    plane.set(aspect="equal", title=_("eigenvalues of W and the unit circle"))
    real, imaginary, reach = _("real part"), _("imaginary part"), (-2.1, 2.1)
    frame(plane, reach, reach, real, imaginary, zero=False)
    shown = None

    def update(rho: float, activation: ActivationName, strength: str) -> None:
        nonlocal shown
        if shown != (activation, strength):
            shown = activation, strength
            image.set_data(norms[:, *grid_index(rho, *shown)[1:]].T)
        for marker in markers:
            marker.set_xdata([rho, rho])
        points.set_offsets(rho * np.column_stack([eigenvalues.real, eigenvalues.imag]))

    def sentence(rho: float, activation: ActivationName, strength: str) -> str:
        index = grid_index(rho, activation, strength)
        return _(
            "ρ = {rho:.2f}: {inside} of {n} eigenvalues lie inside the unit circle; "
            "with {activation} and {strength} input the gradient norm {change}."
        ).format(
            rho=rho,
            inside=inside[index[0]],
            n=n,
            activation=_(activation),
            strength=_(strength),
            change=change(norms[index][-1]),
        )

    return SliderFigure(
        fig,
        update,
        {
            _("ρ(W)"): RHOS,
            _("activation"): options(ACTIVATIONS),
            _("input"): options(INPUTS),
        },
        sentences=sentence,
        alt=_(
            "Two pictures. Above, a map with the spectral radius across and the lag "
            "upward: blue where the gradient norm has fallen, red where it has grown, "
            "and a vertical line at the chosen spectral radius. Below, the eigenvalues "
            "of W as points in the complex plane with the unit circle; they spread out "
            "as the spectral radius grows."
        ),
        start={_("ρ(W)"): 1.0},
    )
