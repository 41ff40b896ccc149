"""Explorer: gradient descent at the wall of an error surface, clipped or not."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from rnn_demo import colors
from rnn_demo._types import Floats
from rnn_demo.learning.cliff import Path, descend, surface, wall
from rnn_demo.slider_figure import SliderFigure

#: Where the walks start, as (w, b).
STARTS = {
    "A": (1.5, 0.1),
    "B": (1.5, 0.0),
    "C": (1.7, 0.2),
    "D": (2.2, -0.2),
}
LEARNING_RATE = 1.0
THRESHOLD = 0.1
W_RANGE, B_RANGE = (0.6, 2.4), (-0.7, 0.5)


def walks(steps: int = 40) -> dict[tuple[str, str], Path]:
    """Return the walks of the explorer: one `Path` for each start and clipping.

    Parameters
    ----------
    steps : int
        Steps of gradient descent, at least 1.

    Returns
    -------
    dict
        From (start, clipping) to `rnn_demo.learning.cliff.Path`; clipping is "off" or
        "on".

    Raises
    ------
    ValueError
        If `steps` is not an integer above 0.
    """
    return {
        (name, clipping): descend(
            start, learning_rate=LEARNING_RATE, steps=steps, clip=threshold
        )
        for name, start in STARTS.items()
        for clipping, threshold in (("off", None), ("on", THRESHOLD))
    }


def inside(w: float, b: float) -> bool:
    """Return whether the point (w, b) is in the picture.

    Parameters
    ----------
    w, b : float
        Recurrent weight and bias.

    Returns
    -------
    bool
    """
    return W_RANGE[0] <= w <= W_RANGE[1] and B_RANGE[0] <= b <= B_RANGE[1]


def _drawable(path: Path, reach: float = 8.0) -> Floats:
    """Return the positions of a walk with far ones pulled in, in their direction.

    A step that leads further than `reach` from the step before is shortened: it
    still leaves the picture where the true one does.
    """
    points = np.column_stack([path.w, path.b])
    shown = points[:1]
    for point in points[1:]:
        step = point - shown[-1]
        length = np.hypot(*step)
        shown = np.vstack([shown, shown[-1] + step * min(1, reach / max(length, 1e-9))])
        if not inside(*point) and length > reach:
            break
    rest = np.repeat(shown[-1:], len(points) - len(shown), axis=0)
    return np.vstack([shown, rest])


def cliff_walk_explorer(steps: int = 40) -> SliderFigure:
    """Return the figure of gradient descent at the wall, step by step.

    Above, contours of L(w, b) with the walk so far; below, the norm of the
    gradient at each step with the clipping threshold.

    Parameters
    ----------
    steps : int
        Steps of gradient descent, at least 1.

    Returns
    -------
    SliderFigure
        Controls: the step, clipping, and the start.

    Raises
    ------
    ValueError
        If `steps` is not an integer above 0.
    """
    paths = walks(steps)
    switch = ("off", "on")
    shape = (steps + 1, len(switch), len(STARTS))
    trail_x, trail_y = (np.empty((*shape, steps + 1)) for _ in range(2))
    norms = np.empty((1, *shape[1:], steps + 1))
    for i, clipping in enumerate(switch):
        for j, name in enumerate(STARTS):
            path = paths[name, clipping]
            shown = _drawable(path)
            norms[0, i, j] = np.maximum(np.log10(path.norm), -12)
            for s in range(steps + 1):
                # The part of the trail still to come waits at the current point.
                now = np.minimum(np.arange(steps + 1), s)
                trail_x[s, i, j], trail_y[s, i, j] = shown[now].T
    marker = np.moveaxis(norms[0], -1, 0)

    fig, (top, bottom) = plt.subplots(2, 1, figsize=(4.8, 5.8), height_ratios=(3, 2))
    _draw_surface(top)
    (trail,) = top.plot(
        trail_x[0, 0, 0], trail_y[0, 0, 0], "-", color=colors.VERMILION, lw=1.2
    )
    (dots,) = top.plot(
        trail_x[0, 0, 0], trail_y[0, 0, 0], ".", color=colors.VERMILION, ms=3.5
    )
    (point,) = top.plot([1], [0], "o", color=colors.VERMILION, ms=7, label="descent")
    top.legend(loc="upper right")
    bottom.axhline(
        np.log10(THRESHOLD), color=colors.GREEN, ls="--", label="threshold $θ$"
    )
    (curve,) = bottom.plot(
        np.arange(steps + 1), norms[0, 0, 0], color=colors.MUTED, lw=1.2
    )
    (here,) = bottom.plot([0], [0], "o", color=colors.VERMILION, ms=7)
    bottom.set(
        xlim=(0, steps),
        ylim=(-6.5, 3),
        xlabel="step of gradient descent",
        ylabel=r"$\log_{10}\Vert g\Vert_2$",
    )
    bottom.legend(loc="lower right")

    def sentence(step: int, clipping: str, start: str) -> str:
        path = paths[start, clipping]
        w, b = path.w[step], path.b[step]
        place = f"Step {step}: w = {w:.2f}, b = {b:.2f}"
        if not inside(w, b):
            place += ", outside of the picture"
        text = (
            f"{place}. Loss {path.loss[step]:.4f}, gradient norm {path.norm[step]:.2g}"
        )
        if clipping == "on" and path.norm[step] > THRESHOLD:
            text += f", clipped to {THRESHOLD}"
        return text.replace("-", "−") + "."

    return SliderFigure(
        fig,
        {
            trail: {"x": trail_x, "y": trail_y},
            dots: {"x": trail_x, "y": trail_y},
            point: {"x": trail_x[..., -1:], "y": trail_y[..., -1:]},
            curve: {"y": norms},
            here: {
                "x": np.arange(steps + 1.0)[:, None, None, None],
                "y": marker[..., None],
            },
        },
        controls={
            "step": np.arange(steps + 1),
            "clipping": switch,
            "start": list(STARTS),
        },
        sentences=sentence,
        alt=(
            "Two charts. Above, contour lines of the loss over the recurrent weight w "
            "and the bias b. On the left they fan out and the surface is smooth; to "
            "the right they run together into one slanting line, the wall. A trail "
            "of dots is the walk of gradient descent. Below, the logarithm of the "
            "gradient norm against the step, with a dashed line at the clipping "
            "threshold and a dot at the current step."
        ),
        start={"step": min(12, steps)},
    )


def _draw_surface(ax: Axes) -> None:
    w = np.linspace(*W_RANGE, 181)
    b = np.linspace(*B_RANGE, 181)
    loss, _, _ = surface(w[None, :], b[:, None])
    levels = [0.0005, 0.003, 0.01, 0.02, 0.028, 0.04, 0.08, 0.12, 0.16, 0.2]
    ax.contour(w, b, loss, levels=levels, colors=colors.SKY, linewidths=0.9)
    steep = np.array([4 / 3, W_RANGE[1]])
    ax.plot(steep, wall(steep), color=colors.FOREGROUND, lw=2.4, label="wall")
    ax.text(0.64, -0.55, "high\nplateau", color=colors.MUTED)
    ax.text(1.85, 0.02, "low plateau", color=colors.MUTED)
    ax.set(
        xlim=W_RANGE,
        ylim=B_RANGE,
        xlabel="recurrent weight $w$",
        ylabel="bias $b$",
    )
