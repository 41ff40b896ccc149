"""A matplotlib figure that is in a page, at rest or moved by a running kernel."""

from os import PathLike
from pathlib import Path
from typing import Any

import anywidget
import matplotlib as mpl
import matplotlib.pyplot as plt
import traitlets
from matplotlib.figure import Figure

from slider_figure import _files
from slider_figure._controls import check_alt, require
from slider_figure._packing import svg
from slider_figure._recorder import SETTINGS, whole
from slider_figure._sources import Drawn, Updated


class StaticFigure:
    """A picture for the page; a notebook shows it when it is a cell's last value.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        The figure.
    alt : str
        Text alternative of the picture.

    Attributes
    ----------
    svg : str
        The picture as an ``<svg>`` element for use inside HTML.
    """

    def __init__(self, figure: Figure, alt: str) -> None:
        self.svg, self.alt = svg_of(figure, alt), alt
        self._source = Drawn(lambda: figure)

    def save_frames(self, path: str | PathLike[str], *, dpi: float = 200) -> list[Path]:
        """Write the picture as ``.png``, ``.pdf`` or ``.svg``.

        Parameters
        ----------
        path : path-like
            Name of the file.
        dpi : float
            Dots per inch of pixels.

        Returns
        -------
        list of pathlib.Path
            The file.
        """
        return _files.pictures(Path(path), self._source, [()], dpi)

    def __repr__(self) -> str:
        return f"<figure: {self.alt}>"

    def _repr_html_(self) -> str:
        return _files.still(self.svg, "", _files.style_sheet())


def show(figure: Figure, alt: str) -> StaticFigure:
    """Close a figure and return it as a picture for the page.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        The figure.
    alt : str
        What the picture shows, for readers who do not see it.

    Returns
    -------
    StaticFigure
        Displays as inline SVG that follows light and dark.

    Raises
    ------
    ValueError
        If `alt` is empty.
    """
    picture = StaticFigure(figure, alt)
    plt.close(figure)
    return picture


def svg_of(figure: Figure, alt: str) -> str:
    """Return a figure as an ``<svg>`` element for use inside HTML.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        The figure.
    alt : str
        Its text alternative.

    Returns
    -------
    str
        The element; equal figures give equal strings.

    Raises
    ------
    ValueError
        If `alt` is empty.
    """
    require(figure, "figure", Figure)
    check_alt(alt)
    drawn = whole(figure)
    return svg(drawn, alt, drawn.fragments)


class Shown(anywidget.AnyWidget):
    """The page's side of a figure that moves: a picture and a sentence."""

    _esm = _files.read("slider_figure.js")
    _css = _files.read("slider_figure.css")

    svg = traitlets.Unicode().tag(sync=True)
    sentence = traitlets.Unicode(help="The sentence below the picture.").tag(sync=True)


class LiveFigure(Shown):
    """A figure that a running kernel moves: what it draws travels to the page.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        The figure.  The layout that it has now is kept.
    alt : str
        Text alternative of the picture.
    sentence : str
        The sentence below the picture.

    Raises
    ------
    ValueError
        If an argument is of another type, or `alt` is empty.
    """

    changes = traitlets.Dict(help="What is not as in `svg`, by slot.").tag(sync=True)

    def __init__(self, figure: Figure, *, alt: str, sentence: str = "") -> None:
        check_alt(alt)
        self.alt, self.figure = alt, figure
        self._source = Updated(figure, lambda: None)
        self._source.figure([])  # which lets the layout settle
        self._structure: Any = None
        super().__init__()
        self.refresh(sentence)

    def refresh(self, sentence: str = "") -> None:
        """Show the figure as it is now, in one message.

        Parameters
        ----------
        sentence : str
            The new sentence.
        """
        require(sentence, "sentence", str)
        with mpl.rc_context(SETTINGS):
            drawn = self._source.draw(self.figure, False)
        now, structure = drawn.fragments, ([*drawn.fragments], drawn.definitions)
        with self.hold_sync():
            self.sentence = sentence
            if structure != self._structure:
                self._structure, self._base = structure, now
                self.svg = svg(drawn, self.alt, now, moving=now.keys())
            pairs = enumerate(zip(now.values(), self._base.values(), strict=True))
            self.changes = {str(k): new.text() for k, (new, old) in pairs if new != old}
