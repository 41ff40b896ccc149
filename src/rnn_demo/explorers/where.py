"""Explorer (c): where gradients vanish or explode, and the eigenvalues of W."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.image import AxesImage

from rnn_demo._types import ActivationName
from rnn_demo.explorers._words import change, norm_label
from rnn_demo.explorers.example import RHOS, controls, grid_norms, nearest, network
from rnn_demo.words import _
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

    fig, (ax, plane) = plt.subplots(2, 1, figsize=(4.8, 6.6), height_ratios=(1, 1.25))
    image = _draw_map(ax, steps)
    # Black in white is seen on every color of the map, in light and dark pages.
    white = ax.axvline(1.0, color="#fefefe", lw=4, gid="marker")
    black = ax.axvline(1.0, color="#010101", lw=1.6, gid="marker")
    angle = np.linspace(0, 2 * np.pi, 200)
    plane.plot(np.cos(angle), np.sin(angle), color=colors.FOREGROUND, lw=1)
    points = plane.scatter([], [], s=14, color=colors.VERMILION, lw=0)
    points.set_gid("eigenvalues")
    plane.set(aspect="equal", title=_("eigenvalues of W and the unit circle"))
    plane.set(xlabel=_("real part"), ylabel=_("imaginary part"))
    plane.set(xlim=(-2.1, 2.1), ylim=(-2.1, 2.1))
    shown = None

    def update(rho: float, activation: ActivationName, strength: str) -> None:
        nonlocal shown
        if shown != (activation, strength):
            shown = activation, strength
            image.set_data(norms[shown].T)
        for marker in (white, black):
            marker.set_xdata([rho, rho])
        points.set_offsets(rho * np.column_stack([eigenvalues.real, eigenvalues.imag]))

    def sentence(rho: float, activation: ActivationName, strength: str) -> str:
        i = nearest(RHOS, rho)
        changed = change(norms[activation, strength][i, -1])
        names = {"activation": _(activation), "strength": _(strength)}
        return _(
            "ρ = {rho:.2f}: {inside} of {n} eigenvalues lie inside the unit circle; "
            "with {activation} and {strength} input the gradient norm {change}."
        ).format(rho=rho, inside=inside[i], n=n, **names, change=changed)

    alt = _(
        "Two pictures. Above, a map with the spectral radius across and the lag "
        "upward: blue where the gradient norm has fallen, red where it has grown, and "
        "a vertical line at the chosen spectral radius. Below, the eigenvalues of W as "
        "points in the complex plane with the unit circle; they spread out as the "
        "spectral radius grows."
    )
    # The line in the map, and the eigenvalue that is farthest from 0.
    far = eigenvalues[np.argmax(abs(eigenvalues))]
    handles = [
        (_("ρ(W)"), lambda rho, *_: (ax, rho, steps / 2)),
        (_("ρ(W)"), lambda rho, *_: (plane, rho * far.real, rho * far.imag)),
    ]
    grid, start = controls(), {_("ρ(W)"): 1.0}
    return SliderFigure(
        fig, update, grid, sentences=sentence, alt=alt, start=start, handles=handles
    )


def _draw_map(ax: Axes, steps: int) -> AxesImage:
    """Draw an empty map over ρ and the lag, and the bar of its colors."""
    half = (RHOS[1] - RHOS[0]) / 2
    where = (RHOS[0] - half, RHOS[-1] + half, -0.5, steps - 0.5)
    image = ax.imshow(
        np.zeros((steps, len(RHOS))), "RdBu_r", vmin=-20, vmax=20, origin="lower"
    )
    image.set(extent=where, interpolation="nearest")
    ax.set(aspect="auto", xlim=where[:2], ylim=where[2:])
    ax.figure.colorbar(image, ax=ax, label=norm_label(), extend="both")
    ax.grid(False)
    ax.set(xlabel=_("spectral radius ρ(W)"), ylabel=_("lag $T-k$"))
    return image
