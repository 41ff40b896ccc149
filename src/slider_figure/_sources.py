"""Where the picture of a position comes from: an update of a figure, or a function."""

from __future__ import annotations

import inspect
import io
import itertools
import os
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stdout
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from slider_figure._controls import Control, require
from slider_figure._recorder import SETTINGS, Renderer, Repeater, whole

# Positions that are drawn whole, and drawn again in the end.
GUARDS, AGAIN = 8, 2


class Drawn:
    """A function that draws the whole figure, anew at any position.

    Parameters
    ----------
    call : callable
        Is given the values of the controls.
    name : str
        What it is called in messages.
    """

    def __init__(self, call: Callable[..., Any], name: str = "") -> None:
        require(call, name or "function", Callable)
        self.call, self.name = call, name or getattr(call, "__name__", "function")
        self._settings: dict[Any, Any] = {**mpl.rcParams}
        self._size = ""

    def figure(self, values: Sequence[Any]) -> Figure:
        """Return the figure at a position, as matplotlib has it."""
        # What is drawn without asking for a figure is drawn here.
        blank = plt.figure()
        try:
            returned, made = self._called(values)
        finally:
            plt.close(blank)
        if isinstance(returned, Figure):
            return returned
        if blank.get_children() != [blank.patch]:
            made.append(blank)
        if len(made) != 1:
            raise ValueError(
                f"{self.name} draws {len(made) or 'no'} figures; it must draw one"
            )
        return made[0]

    def _called(self, values: Sequence[Any]) -> tuple[Any, list[Figure]]:
        """Return what the function returns, and the figures that it made, closed."""
        before = {*plt.get_fignums()}
        made = []
        try:
            returned = self.call(*values)
        finally:
            for number in sorted({*plt.get_fignums()} - before):
                made.append(plt.figure(number))
                plt.close(number)
        return returned, made

    def draw(self, figure: Figure, everything: bool) -> Renderer:
        """Return what the figure draws now."""
        return whole(figure)

    def mistaken(self) -> bool:
        """Return whether something changed that was not drawn, since the last call."""
        return False

    def save(self, out: Any, values: Sequence[Any], **options: Any) -> None:
        """Save the figure at a position on white, as matplotlib does."""
        own = {"svg.hashsalt": "slider_figure", "savefig.transparent": False}
        settings = self._settings | SETTINGS | own | {"backend": mpl.get_backend()}
        with mpl.rc_context(settings), redirect_stdout(io.StringIO()):
            self.figure(values).savefig(out, facecolor="white", **options)

    def at(
        self, controls: Sequence[Control], values: Sequence[Any], everything: bool
    ) -> tuple[Renderer, str]:
        """Return what is drawn, and what is printed, at a position."""
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
        except Exception as error:
            pairs = zip(controls, values, strict=True)
            where = ", ".join(f"{control.label} = {v}" for control, v in pairs)
            error.add_note(f"{self.name} was called at {where}")
            raise
        return drawn, " ".join(told.getvalue().split())


class Updated(Drawn):
    """A figure, and a function that moves its artists."""

    def __init__(self, figure: Figure, update: Callable[..., Any]) -> None:
        super().__init__(update, "update")
        require(figure, "figure", Figure)
        if mpl.rcParams["savefig.transparent"]:
            for part in (figure, *figure.subfigs, *figure.axes):
                part.patch.set(facecolor="none", edgecolor="none")  # type: ignore[attr-defined]
        self._figure, self._repeater = figure, Repeater(figure)
        self.mistaken = self._repeater.mistaken  # type: ignore[method-assign]

    def _settle(self) -> None:
        """Let a layout place everything; there it stays."""
        # Where it does depends on what was drawn before; twice it settles.
        for _ in range(2):
            whole(self._figure)
        self._figure._layout_engine = None  # type: ignore[attr-defined]

    def figure(self, values: Sequence[Any]) -> Figure:
        if self._called(values)[1]:
            raise ValueError(
                "update makes a new figure; it must move what is in the first, or use "
                "SliderFigure.from_function"
            )
        if self._figure.get_layout_engine():
            self._settle()
        return self._figure

    def draw(self, figure: Figure, everything: bool) -> Renderer:
        return self._repeater.draw(everything)


def recorded(source: Drawn, controls: list[Control]) -> tuple[list[Any], list[str]]:
    """Return what is drawn, and what is printed, at every position of the controls."""
    positions = list(itertools.product(*(control.values for control in controls)))
    # The first control runs fastest: what the others move then stays as it was.
    shape = [len(control.values) for control in controls]
    order = np.arange(len(positions)).reshape(shape).T.ravel().tolist()
    try:
        inspect.signature(source.call).bind(*positions[0])
    except TypeError as error:
        raise ValueError(
            f"{source.name} does not take {len(controls)} values, one for each of "
            f"{[control.label for control in controls]}: {error}"
        ) from error
    guards = np.random.default_rng(0).permutation(len(positions))[:GUARDS].tolist()
    with mpl.rc_context(SETTINGS):
        # What changed without notice is drawn at every position from then on.
        while True:
            found = {
                k: source.at(controls, positions[k], k in guards)
                for k in _progress(order)
            }
            if not source.mistaken():
                break
        for k in guards[:AGAIN]:
            again, _ = source.at(controls, positions[k], True)
            if again.fragments != found[k][0].fragments:
                at = ", ".join(map(str, positions[k]))
                warnings.warn(
                    f"{source.name} draws another figure when it is called at {at} "
                    "again: that depends on chance, or on what was drawn before",
                    stacklevel=3,
                )
                break
    renderers, told = zip(*(found[k] for k in range(len(positions))), strict=True)
    return list(renderers), list(told)


def _progress(order: Sequence[int]) -> Iterator[int]:
    """Go through positions; say how many are done, once that has taken a second.

    In a terminal, or in a notebook; the environment variable SLIDER_FIGURE_QUIET
    turns it off, for notebooks that are executed for a book.
    """
    watched = sys.stderr.isatty() or "ipykernel" in sys.modules
    loud = watched and "SLIDER_FIGURE_QUIET" not in os.environ
    begun = shown = time.monotonic()
    for done, k in enumerate(order):
        now = time.monotonic()
        if loud and now - begun > 1 and now - shown > 0.2:
            shown = now
            sys.stderr.write(f"\r{done} of {len(order)} positions ")
        yield k
    if shown > begun:
        sys.stderr.write("\r" + " " * 40 + "\r")
