"""Explorer: gradient descent at the wall of an error surface, clipped or not."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import BoundaryNorm

from rnn_demo._types import Floats
from rnn_demo.explorers._axes import line
from rnn_demo.explorers._words import power_of_ten
from rnn_demo.learning.cliff import Path, descend, surface, wall
from rnn_demo.words import _, options
from slider_figure import SliderFigure, colors

#: Where the walks start, as (w, b).
STARTS = {"A": (1.5, 0.1), "B": (1.5, 0.0), "C": (1.7, 0.2), "D": (2.2, -0.2)}
LEARNING_RATE = 1.0
THRESHOLD = 0.1
W_RANGE, B_RANGE = (0.6, 2.4), (-0.7, 0.5)
#: Losses between the shades of the surface; most of it is one of two plateaus.
LEVELS = [0, 0.0005, 0.003, 0.01, 0.02, 0.028, 0.04, 0.08, 0.12, 0.16, 0.2]
#: Drawn on the shades, which do not follow the theme of the page.
INK = "#111111"


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
        (name, on): descend(start, learning_rate=LEARNING_RATE, steps=steps, clip=clip)
        for name, start in STARTS.items()
        for on, clip in (("off", None), ("on", THRESHOLD))
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
    shown = np.column_stack([path.w, path.b])
    for k in range(1, len(shown)):
        step = shown[k] - shown[k - 1]
        shown[k] = shown[k - 1] + step * min(1, reach / max(np.hypot(*step), 1e-9))
    return shown


def cliff_walk_explorer(steps: int = 40) -> SliderFigure:
    """Return the figure of gradient descent at the wall, step by step.

    Above, L(w, b) in shades with the walk so far; below, the norm of the gradient at
    the steps so far with the clipping threshold.

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
    shown = {at: _drawable(path) for at, path in paths.items()}

    fig, (top, bottom) = plt.subplots(2, 1, figsize=(4.8, 5.8), height_ratios=(3, 2))
    _draw_surface(top)
    trail = line(top, colors.VERMILION, lw=1.2)
    dots = line(top, colors.VERMILION, "", ".", ms=3.5)
    point = line(top, colors.VERMILION, "", "o", ms=7, gid="walk")
    threshold, label = np.log10(THRESHOLD), _("threshold $θ$")
    bottom.axhline(threshold, color=colors.GREEN, ls="--", label=label)
    curve = line(bottom, colors.MUTED, lw=1.2)
    here = line(bottom, colors.VERMILION, "", "o", ms=7)
    bottom.set(xlim=(0, steps), xlabel=_("step of gradient descent"))
    bottom.set(ylim=(-6.5, 3), ylabel=r"$\log_{10}\Vert g\Vert_2$")
    bottom.legend(loc="lower right")

    def update(step: int, clipping: str, start: str) -> None:
        walked = shown[start, clipping][: step + 1].T
        norms = np.maximum(np.log10(paths[start, clipping].norm), -12)
        trail.set_data(walked)
        dots.set_data(walked)
        point.set_data(walked[:, -1:])
        curve.set_data(np.arange(step + 1), norms[: step + 1])
        here.set_data([step], norms[step : step + 1])

    def sentence(step: int, clipping: str, start: str) -> str:
        w, b, loss, norm = (values[step] for values in paths[start, clipping])
        outside = "" if inside(w, b) else _(", outside of the picture")
        clipped = ""
        if clipping == "on" and norm > THRESHOLD:
            clipped = _(", clipped to {threshold}").format(threshold=THRESHOLD)
        text = _(
            "Step {step}: w = {w:.2f}, b = {b:.2f}{outside}. Loss {loss:.4f}, gradient "
            "norm {norm}{clipped}."
        ).format(
            step=step, w=w, b=b, outside=outside, loss=loss, clipped=clipped,
            norm=power_of_ten(np.log10(norm)),
        )  # fmt: skip
        return text.replace("-", "−")

    alt = _(
        "Two charts. Above, the loss over the recurrent weight w and the bias b, the "
        "darker the larger. On the left it changes smoothly; to the right a dark and a "
        "light plateau meet at a slanting line, the wall. A trail of dots is the walk "
        "of gradient descent. Below, the logarithm of the gradient norm against the "
        "step, up to the current one, which has a dot, with a dashed line at the "
        "clipping threshold."
    )
    controls = {
        _("step"): np.arange(steps + 1),
        _("clipping"): options(["off", "on"]),
        _("start"): options(STARTS),
    }
    start = {_("step"): 0}

    def on_curve(step: int, clipping: str, start: str) -> tuple[Axes, int, float]:
        return bottom, step, max(np.log10(paths[start, clipping].norm[step]), -6.5)

    # Above, several steps may be in one place; below, each has its own.
    handles = [
        (_("start"), lambda step, clipping, start: (top, *STARTS[start])),
        (_("step"), on_curve),
    ]
    return SliderFigure(
        fig, update, controls, sentences=sentence, alt=alt, start=start, handles=handles
    )


def _draw_surface(ax: Axes) -> None:
    w, b = np.linspace(*W_RANGE, 91), np.linspace(*B_RANGE, 91)
    loss = surface(w[None, :], b[:, None])[0]
    norm = BoundaryNorm(LEVELS, 200)  # the darkest blue would hide the wall
    shades = ax.contourf(w, b, loss, LEVELS, cmap="Blues", norm=norm, extend="max")
    shades.set_edgecolor("face")  # no hairlines between the shades
    ax.figure.colorbar(shades, ax=ax, label=_("loss $L$"), spacing="uniform")
    steep = np.array([4 / 3, W_RANGE[1]])
    ax.plot(steep, wall(steep), color=INK, lw=2.4)
    ax.text(0.64, -0.55, _("high\nplateau"), color="white")
    ax.text(1.85, 0.02, _("low plateau"), color=INK)
    ax.text(1.42, -0.34, _("wall"), color="white")
    ax.grid(False)
    ax.set(xlim=W_RANGE, ylim=B_RANGE)
    ax.set(xlabel=_("recurrent weight $w$"), ylabel=_("bias $b$"))
