"""Where the picture of a position comes from: an update of a figure, or a function."""

import io
import os
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Sequence, Set
from contextlib import redirect_stdout
from inspect import signature
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from slider_figure._controls import require
from slider_figure._fragments import Fragment
from slider_figure._handles import Handle, place
from slider_figure._recorder import SETTINGS, Renderer, Repeater, whole

# Positions that are drawn whole, and drawn again in the end.
GUARDS, AGAIN = 8, 2


class Drawn:
    """A function that draws the whole figure, anew at any position.

    Parameters
    ----------
    call : callable
        Is given the values of the controls.
    kind : str
        What it is called in messages, unless it has a name.
    """

    # What was found to have changed without notice.
    silent: Set[Any] = frozenset()

    def __init__(self, call: Callable[..., Any], kind: str = "function") -> None:
        require(call, kind, Callable)
        self.call, self.name = call, getattr(call, "__name__", kind)
        self._settings: dict[Any, Any] = {**mpl.rcParams}
        self.labels: list[str] = []  # of the controls, for messages
        self.handles: Sequence[Handle] = ()
        self._size = ""

    def figure(self, values: Sequence[Any]) -> Figure:
        """Return the figure at a position, as matplotlib has it."""
        blank = plt.figure()  # for what is drawn without asking for one
        try:
            returned, made = self._called(values)
        finally:
            plt.close(blank)
        if isinstance(returned, Figure):
            return returned
        if blank.get_children() != [blank.patch]:
            made.append(blank)
        if len(made) != 1:
            count = len(made) or "no"
            raise ValueError(f"{self.name} draws {count} figures; it must draw one")
        return made[0]

    def _called(self, values: Sequence[Any]) -> tuple[Any, list[Figure]]:
        """Return what the function returns, and the figures that it made, closed."""
        before = plt.get_fignums()
        try:
            returned = self.call(*values)
        finally:
            made = [plt.figure(k) for k in plt.get_fignums() if k not in before]
            for figure in made:
                plt.close(figure)
        return returned, made

    def draw(self, figure: Figure, everything: bool) -> Renderer:
        """Return what the figure draws now."""
        return whole(figure)

    def save(self, values: Sequence[Any], kind: str, **more: Any) -> bytes:
        """Return a file of a position, on white, as matplotlib saves it."""
        own = {"savefig.facecolor": "white", "backend": mpl.get_backend()}
        settings = self._settings | SETTINGS | own
        out = io.BytesIO()
        with mpl.rc_context(settings), redirect_stdout(io.StringIO()):
            self.figure(values).savefig(out, format=kind, transparent=False, **more)
        return out.getvalue()

    def at(
        self, values: Sequence[Any], everything: bool
    ) -> tuple[Renderer, str, list[Fragment]]:
        """Return what is drawn and printed at a position, and where handles are."""
        told = io.StringIO()
        try:
            with redirect_stdout(told):
                figure = self.figure(values)
            size = "{:g} by {:g}".format(*figure.get_size_inches())
            self._size = self._size or size
            if size != self._size:
                raise ValueError(
                    f"{self.name} makes a figure of {size} inches; it was {self._size}"
                )
            drawn = self.draw(figure, everything)
            places = [place(figure, *handle(*values)) for _, handle in self.handles]
            return drawn, " ".join(told.getvalue().split()), places
        except Exception as error:
            where = ", ".join(map("{} = {}".format, self.labels, values))
            error.add_note(f"{self.name} was called at {where}")
            raise


class Updated(Drawn):
    """A figure, and a function that moves its artists."""

    def __init__(self, figure: Figure, update: Callable[..., Any]) -> None:
        super().__init__(update, "update")
        require(figure, "figure", Figure)
        if mpl.rcParams["savefig.transparent"]:
            for part in (figure, *figure.subfigs, *figure.axes):
                part.patch.set(facecolor="none", edgecolor="none")  # type: ignore[attr-defined]
        plt.close(figure)
        self.name, self._figure, repeater = "update", figure, Repeater(figure)
        self.silent, self.draw = repeater.silent, repeater.draw  # type: ignore[method-assign]

    def figure(self, values: Sequence[Any]) -> Figure:
        if self._called(values)[1]:
            raise ValueError(
                "update makes a new figure; it must move what is in the first, or use "
                "SliderFigure.from_function"
            )
        if self._figure.get_layout_engine():
            # Where a layout places everything depends on what was drawn before; twice
            # it settles, and there it stays.
            for _ in range(2):
                whole(self._figure)
            self._figure._layout_engine = None  # type: ignore[attr-defined]
        return self._figure


def recorded(source: Drawn, grid: list[Any], shape: Sequence[int]) -> list[Any]:
    """Return what is drawn, and what is printed, at every position of the grid."""
    try:
        signature(source.call).bind(*grid[0])
    except TypeError as error:
        raise ValueError(
            f"{source.name} does not take {len(shape)} values, one for each of "
            f"{source.labels}: {error}"
        ) from error
    # The first control runs fastest: what the others move then stays as it was.
    order = np.arange(len(grid)).reshape(shape).ravel("F").tolist()
    guards = np.random.default_rng(0).permutation(len(grid))[:GUARDS].tolist()
    with mpl.rc_context(SETTINGS):
        known = -1
        # What changed without notice is drawn at every position from then on.
        while known < len(source.silent):
            known = len(source.silent)
            found = {k: source.at(grid[k], k in guards) for k in _progress(order)}
        for k in guards[:AGAIN]:
            if source.at(grid[k], True)[0].fragments != found[k][0].fragments:
                at = ", ".join(map(str, grid[k]))
                warnings.warn(
                    f"{source.name} draws another figure when it is called at {at} "
                    "again: that depends on chance, or on what was drawn before",
                    stacklevel=4,
                )
                break
    return [found[k] for k in range(len(grid))]


def _progress(order: Sequence[int]) -> Iterator[int]:
    """Go through positions; say how many are done, once that has taken a second.

    In a terminal, or in a notebook; the environment variable SLIDER_FIGURE_QUIET
    turns it off, for notebooks that are executed for a book.
    """
    notebook = "ipykernel" in sys.modules
    # Jupyter shows in red what is written to stderr.
    out = sys.stdout if notebook else sys.stderr
    loud = (notebook or out.isatty()) and "SLIDER_FIGURE_QUIET" not in os.environ
    due = first = time.monotonic() + 1
    for done, k in enumerate(order):
        if loud and (now := time.monotonic()) > due:
            due = now + 0.2
            out.write(f"\r{done} of {len(order)} positions ")
        yield k
    if due > first:
        out.write("\r" + " " * 40 + "\r")
