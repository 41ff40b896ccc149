"""Where the picture of a position comes from: an update of a figure, or a function."""

from __future__ import annotations

import inspect
import io
import itertools
import os
import sys
import time
import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from slider_figure._controls import Control, require
from slider_figure._recorder import SETTINGS, Renderer, Repeater, whole

# Positions that are drawn whole, and drawn again in the end.
GUARDS, AGAIN = 8, 2


class Source(ABC):
    """Draws the figure at any position.

    Parameters
    ----------
    call : callable
        Is given the values of the controls.
    name : str
        What it is called in messages.
    """

    def __init__(self, call: Callable[..., Any], name: str) -> None:
        require(call, name, Callable)
        self.call, self.name = call, name
        self._settings: dict[Any, Any] = {**mpl.rcParams}
        self._size: tuple[float, ...] | None = None

    @abstractmethod
    def figure(self, values: Sequence[Any]) -> Figure:
        """Return the figure at a position, as matplotlib has it."""

    @abstractmethod
    def draw(self, figure: Figure, everything: bool) -> Renderer:
        """Return what the figure draws now."""

    def save(self, out: Any, values: Sequence[Any], **options: Any) -> None:
        """Save the figure at a position on white, as matplotlib does."""
        own = {"svg.hashsalt": "slider_figure", "savefig.transparent": False}
        own["backend"] = mpl.get_backend()
        with (
            mpl.rc_context(self._settings | SETTINGS | own),
            redirect_stdout(io.StringIO()),
        ):
            self.figure(values).savefig(out, facecolor="white", **options)

    def at(
        self, controls: Sequence[Control], values: Sequence[Any], everything: bool
    ) -> tuple[Renderer, str]:
        """Return what is drawn, and what is printed, at a position."""
        told = io.StringIO()
        try:
            with redirect_stdout(told):
                figure = self.figure(values)
            size = (*figure.get_size_inches(),)
            self._size = self._size or size
            if size != self._size:
                raise ValueError(
                    f"{self.name} makes a figure of {size[0]:g} by {size[1]:g} inches; "
                    f"it was {self._size[0]:g} by {self._size[1]:g}"
                )
            drawn = self.draw(figure, everything)
        except Exception as error:
            pairs = zip(controls, values, strict=True)
            where = ", ".join(f"{control.label} = {v}" for control, v in pairs)
            error.add_note(f"{self.name} was called at {where}")
            raise
        return drawn, " ".join(told.getvalue().split())


class Updated(Source):
    """A figure, and a function that moves its artists."""

    def __init__(self, figure: Figure, update: Callable[..., Any]) -> None:
        super().__init__(update, "update")
        require(figure, "figure", Figure)
        if mpl.rcParams["savefig.transparent"]:
            parts: list[Any] = [figure, *figure.subfigs, *figure.axes]
            for part in parts:
                part.patch.set(facecolor="none", edgecolor="none")
        self._figure, self._repeater = figure, Repeater(figure)

    def _settle(self) -> None:
        """Let a layout place everything; there it stays."""
        # Where it does depends on what was drawn before; twice it settles.
        for _ in range(2):
            whole(self._figure)
        self._figure._layout_engine = None  # type: ignore[attr-defined]

    def figure(self, values: Sequence[Any]) -> Figure:
        before = plt.get_fignums()
        self.call(*values)
        if self._figure.get_layout_engine():
            self._settle()
        if made := set(plt.get_fignums()) - set(before):
            for number in made:
                plt.close(number)
            raise ValueError(
                "update makes a new figure; it must move what is in the first, or use "
                "SliderFigure.from_function"
            )
        return self._figure

    def draw(self, figure: Figure, everything: bool) -> Renderer:
        return self._repeater.draw(everything)

    def mistaken(self) -> bool:
        """Return whether something changed that was not drawn, since the last call."""
        return self._repeater.mistaken()


class Still(Source):
    """A figure that does not move."""

    def __init__(self, figure: Figure) -> None:
        super().__init__(lambda: figure, "figure")

    def figure(self, values: Sequence[Any]) -> Figure:
        return self.call()  # type: ignore[no-any-return]

    def draw(self, figure: Figure, everything: bool) -> Renderer:
        return whole(figure)


class Drawn(Source):
    """A function that draws the whole figure."""

    def __init__(self, function: Callable[..., Any], name: str = "") -> None:
        super().__init__(function, name or getattr(function, "__name__", "function"))

    def figure(self, values: Sequence[Any]) -> Figure:
        before = set(plt.get_fignums())
        # What is drawn without asking for a figure is drawn here.
        blank = plt.figure()
        try:
            returned = self.call(*values)
            made = set(plt.get_fignums()) - before - {blank.number}
            figures = [plt.figure(number) for number in sorted(made)]
        finally:
            for number in set(plt.get_fignums()) - before:
                plt.close(number)
        if isinstance(returned, Figure):
            return returned
        if blank.get_children() != [blank.patch]:
            figures.append(blank)
        if len(figures) != 1:
            raise ValueError(
                f"{self.name} draws {len(figures) or 'no'} figures; it must draw one"
            )
        return figures[0]

    def draw(self, figure: Figure, everything: bool) -> Renderer:
        return whole(figure)


def recorded(
    source: Source, controls: Sequence[Control]
) -> tuple[list[Renderer], list[str]]:
    """Return what is drawn, and what is printed, at every position of the controls."""
    positions = list(itertools.product(*(control.values for control in controls)))
    try:
        inspect.signature(source.call).bind(*positions[0])
    except TypeError as error:
        raise ValueError(
            f"{source.name} does not take {len(controls)} values, one for each of "
            f"{[control.label for control in controls]}: {error}"
        ) from error
    # The first control, a slider as a rule, runs fastest: others change more at once.
    shape = [len(control.values) for control in controls]
    order = np.arange(len(positions)).reshape(shape).T.ravel().tolist()
    guards = np.random.default_rng(0).permutation(order)[:GUARDS].tolist()
    found: dict[int, tuple[Renderer, str]] = {}
    with mpl.rc_context(SETTINGS):
        while True:
            with _progress(len(positions)) as tell:
                for n, k in enumerate(order):
                    found[k] = source.at(controls, positions[k], k in guards)
                    tell(n)
            # What changed without notice is drawn at every position from now on.
            if not (isinstance(source, Updated) and source.mistaken()):
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


@contextmanager
def _progress(total: int) -> Iterator[Callable[[int], None]]:
    """Say how far it is, once it has taken a second.

    In a terminal, or in a notebook; the environment variable SLIDER_FIGURE_QUIET
    turns it off, for notebooks that are executed for a book.
    """
    begun, shown = time.monotonic(), 0.0
    handle: Any = None

    def tell(done: int) -> None:
        nonlocal shown, handle
        now = time.monotonic()
        if now - begun < 1 or now - shown < 0.2 or "SLIDER_FIGURE_QUIET" in os.environ:
            return
        shown = now
        text = f"{done + 1} of {total} positions"
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{text} ")
            handle = handle or sys.stderr
        elif "ipykernel" in sys.modules:
            from IPython.display import display

            if handle is None:
                handle = display({"text/plain": text}, raw=True, display_id=True)  # type: ignore[no-untyped-call]
            else:
                handle.update({"text/plain": text}, raw=True)

    yield tell
    if handle is sys.stderr:
        sys.stderr.write("\r" + " " * 40 + "\r")
    elif handle is not None:
        handle.update({"text/plain": ""}, raw=True)
