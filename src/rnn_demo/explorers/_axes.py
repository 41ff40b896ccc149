"""What the axes of the explorers have in common."""

from typing import Any

from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from slider_figure import colors


def line(
    ax: Axes, color: str, label: str = "", style: str = "-", **more: Any
) -> Line2D:
    """Return a line without points; an update gives it some."""
    (made,) = ax.plot([], [], style, color=color, label=label, **more)
    return made


def frame(
    ax: Axes,
    x: tuple[float, float],
    y: tuple[float, float],
    xlabel: str,
    ylabel: str,
    zero: bool = True,
) -> None:
    """Set the limits of axes and their labels, and draw a line at zero."""
    if zero:
        ax.axhline(0, color=colors.FOREGROUND, lw=0.6)
    ax.set(xlim=x, ylim=y, xlabel=xlabel, ylabel=ylabel)
