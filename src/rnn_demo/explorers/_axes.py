"""What the axes of the explorers have in common."""

from typing import Any

from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from slider_figure import colors


def line(ax: Axes, color: str, label: str = "", style: str = "-", **kw: Any) -> Line2D:
    """Return a line without points; an update gives it some."""
    return ax.plot([], [], style, color=color, label=label, **kw)[0]


def log_axes(
    ax: Axes, last: int, y: tuple[float, float], xlabel: str, ylabel: str
) -> None:
    """Let axes go from step 0 to the last, with a line at the logarithm of 1."""
    ax.axhline(0, color=colors.FOREGROUND, lw=0.6)
    ax.set(xlim=(0, last), ylim=y, xlabel=xlabel, ylabel=ylabel)
