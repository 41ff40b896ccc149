"""What a reader can drag: which controls it moves, and where in the picture it lies."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from slider_figure._controls import Control, check_labels, require
from slider_figure._fragments import NUMBER, UNITS, Fragment

Place = tuple[Axes | int, Any, Any]
Handle = tuple[str | Sequence[str], Callable[..., Place]]


def place(figure: Figure, axes: Axes | int, x: Any, y: Any) -> Fragment:
    """Return where a point of some axes lies: percent from the left and the top."""
    axes = figure.axes[axes] if isinstance(axes, int) else axes
    point = axes.convert_xunits(x), axes.convert_yunits(y)  # type: ignore[no-untyped-call]
    pixels = axes.transData.transform(point)
    across, up = figure.transFigure.inverted().transform(pixels)
    if not (0 <= across <= 1 and 0 <= up <= 1):
        raise ValueError(f"a handle is at ({x}, {y}), which is outside of the picture")
    percent = np.rint(np.multiply([across, 1 - up], 100 * UNITS))
    return Fragment(2 * NUMBER, (), percent.astype(np.int32).tobytes())


def moves(handles: Sequence[Handle], controls: list[Control]) -> list[list[int]]:
    """Return which controls each handle moves."""
    require(handles, "handles", Sequence)
    known, moved = [control.label for control in controls], []
    for pair in handles:
        require(pair, "a handle", tuple)
        given, where = pair
        labels = [given] if isinstance(given, str) else [*given]
        check_labels("handles", labels, controls)
        require(where, f"the place of the handle of {given!r}", Callable)
        if len(labels) not in (1, 2):
            raise ValueError(f"handles has {labels}; a handle moves one control or two")
        moved.append([known.index(label) for label in labels])
    return moved


def check_apart(
    column: Sequence[Fragment], shape: Sequence[int], moved: Sequence[int], labels: Any
) -> None:
    """Raise ValueError where a handle is in one place for two values that it sets."""
    places = {fragment: k for k, fragment in enumerate(dict.fromkeys(column))}
    grid = np.array([places[fragment] for fragment in column]).reshape(shape)
    grid = np.moveaxis(grid, moved, range(len(moved)))
    count = int(np.prod(grid.shape[: len(moved)]))
    for at in grid.reshape(count, -1).T:
        if len(set(at.tolist())) < count:
            raise ValueError(
                f"the handle of {labels!r} is in the same place for two of its "
                "values, so it could not set one of them"
            )
