"""A figure that a running kernel moves: new rows travel to the page in one message.

The page's side is that of `rnn_demo.slider_figure`: matplotlib draws the figure once,
and from then on only coordinates and words travel.  A `SliderFigure` holds the rows of
all its positions from the start.  Here there is one position, and `LiveFigure.update`
replaces what belongs to it, which takes a millisecond where drawing takes a hundred.

Nothing here knows about recurrent networks.
"""

from collections.abc import Mapping
from typing import Any

import anywidget
import numpy as np
import traitlets
from matplotlib.artist import Artist
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text

from rnn_demo import figures
from rnn_demo._checks import instance, integer, real_array
from rnn_demo.slider_figure import _check_plain, _drawn, _name, _Store, _units
from rnn_demo.words import translate

__all__ = ["LiveFigure", "put"]

_NO_MARKER = ("None", "none", "", " ", None)
_OWN: dict[type[Artist], tuple[str, ...]] = {
    Line2D: ("x", "y"),
    PathCollection: ("x", "y"),
    Text: ("text",),
}


def put(rows: Mapping[Artist, Mapping[str, Any]]) -> None:
    """Give matplotlib's artists what `LiveFigure.update` would send to the page.

    Parameters
    ----------
    rows : mapping of artist to mapping of property to value
        As for `LiveFigure`.

    Raises
    ------
    ValueError
        If an artist or a property is not among those that can move.
    """
    for artist, properties in rows.items():
        _kind(artist, properties)
        if "visible" in properties:
            artist.set_visible(bool(properties["visible"]))
        if isinstance(artist, Line2D) and "x" in properties:
            artist.set_data(properties["x"], properties["y"])
        elif isinstance(artist, PathCollection) and "x" in properties:
            artist.set_offsets(np.column_stack([properties["x"], properties["y"]]))
        elif isinstance(artist, Text) and "text" in properties:
            artist.set_text(properties["text"])


class LiveFigure(anywidget.AnyWidget):
    """A figure whose lines, points and texts the kernel moves.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        The figure, with its limits and layout, which stay as they are.  From here on
        it belongs to the widget.
    rows : mapping of artist to mapping of property to value
        What moves, and its values at the start: ``"x"`` and ``"y"`` of a line without
        markers or of a scatter plot, ``"text"`` of a text (plain, one line), and
        ``"visible"`` of each of these.  Coordinates are those of the artist's axes.
    sentence : str
        The sentence below the figure.
    alt : str
        Text alternative of the picture.
    capacity : int
        Largest number of points of a scatter plot.

    Raises
    ------
    ValueError
        If an argument is of another type, an artist or property cannot move, x and y
        have unequal lengths, a coordinate is not finite or not on its axis's scale, or
        `alt` is empty.
    """

    _esm = figures.read("slider_figure.js")
    _css = figures.read("slider_figure.css")

    svg = traitlets.Unicode().tag(sync=True)
    prefix = traitlets.Unicode().tag(sync=True)
    data = traitlets.Bytes().tag(sync=True)
    moving: traitlets.List[Any] = traitlets.List().tag(sync=True)
    shape = traitlets.List(traitlets.Int()).tag(sync=True)
    sentences = traitlets.List(traitlets.Unicode()).tag(sync=True)
    alt = traitlets.Unicode().tag(sync=True)
    i0 = traitlets.Int(0).tag(sync=True)

    def __init__(
        self,
        figure: Figure,
        rows: Mapping[Artist, Mapping[str, Any]],
        sentence: str,
        alt: str,
        capacity: int = 0,
    ) -> None:
        instance(figure, "figure", Figure)
        instance(rows, "rows", Mapping)
        instance(sentence, "sentence", str)
        figures.check_alt(alt)
        alt = translate(alt)
        self._capacity = integer(capacity, "capacity", 0)
        for artist, properties in rows.items():
            _kind(artist, properties)
        # Dots are drawn at the start in their largest number.
        full = {a: self._full(a, properties) for a, properties in rows.items()}
        put({a: p for a, p in full.items() if isinstance(a, PathCollection)})
        gridded = {
            artist: {key: np.asarray(values)[None] for key, values in p.items()}
            for artist, p in full.items()
        }
        svg, prefix, drawn = _drawn(figure, gridded, _Store((1,)), (0,), alt)
        # Coordinates are units of the SVG, 1/72 inch, from now on.
        figure.dpi = 72
        self._height = figure.get_size_inches()[1] * 72
        self._properties = {a: tuple(properties) for a, properties in rows.items()}
        self._ids = [entry["ids"] for entry in drawn]
        self._updates = 0
        data, moving = self._packed(rows)
        super().__init__(
            svg=svg,
            prefix=prefix,
            data=data,
            moving=moving,
            shape=[1],
            sentences=[translate(sentence)],
            alt=alt,
        )

    def update(self, rows: Mapping[Artist, Mapping[str, Any]], sentence: str) -> None:
        """Send new rows and a new sentence to the page, in one message.

        Parameters
        ----------
        rows : mapping of artist to mapping of property to value
            New values of everything that moves.  The number of points is free, for a
            scatter plot up to its capacity.
        sentence : str
            The new sentence.

        Raises
        ------
        ValueError
            If `rows` does not name what the constructor was given, x and y have
            unequal lengths, a coordinate is not finite or not on its axis's scale, or
            a text or the sentence is not a string; the picture stays as it was.
        """
        instance(sentence, "sentence", str)
        data, moving = self._packed(rows)
        with self.hold_sync():
            self.sentences = [translate(sentence)]
            self.moving = moving
            self.data = data

    def _packed(
        self, rows: Mapping[Artist, Mapping[str, Any]]
    ) -> tuple[bytes, list[dict[str, Any]]]:
        instance(rows, "rows", Mapping)
        given = {artist: tuple(properties) for artist, properties in rows.items()}
        if given != self._properties:
            raise ValueError(f"rows moves {given}; the figure has {self._properties}")
        self._updates += 1
        store = _Store((1,))
        # The page takes notice of new bytes only: no two updates have the same.
        store.add(np.array([[self._updates]]))
        # Every text comes from a table of its own, with one line.
        first = store.add(np.array([[0]]))
        entries = []
        for artist, properties in rows.items():
            entries += self._entries(artist, properties, store, first)
        entries = [
            entry | {"ids": ids} for entry, ids in zip(entries, self._ids, strict=True)
        ]
        words = {"kind": "sentence", "rows": {"row": first}}
        return store.bytes(), [*entries, words | {"ids": []}]

    def _entries(
        self,
        artist: Artist,
        properties: Mapping[str, Any],
        store: _Store,
        first: dict[str, Any],
    ) -> list[dict[str, Any]]:
        out: list[dict[str, Any]] = []
        if "x" in properties:
            kind = "line" if isinstance(artist, Line2D) else "points"
            x, y = self._pixels(artist, properties)
            rows = {"x": store.add(x[None]), "y": store.add(y[None])}
            out.append({"kind": kind, "rows": rows})
        if "text" in properties:
            what, text = f"'text' of {_name(artist)}", properties["text"]
            instance(text, what, str)
            text = translate(text)
            _check_plain(what, text)
            out.append({"kind": "text", "rows": {"row": first}, "table": [text]})
        if "visible" in properties:
            row = {"row": store.add(np.array([[int(bool(properties["visible"]))]]))}
            out.append({"kind": "visible", "rows": row})
        return out

    def _full(self, artist: Artist, properties: Mapping[str, Any]) -> dict[str, Any]:
        """Return checked properties; the dots that are too many lie on the last one."""
        out = dict(properties)
        if "x" not in properties:
            return out
        name = _name(artist)
        for key in "xy":
            out[key] = real_array(properties[key], f"{key!r} of {name}", (None,))
        n, m = len(out["x"]), len(out["y"])
        if n != m:
            raise ValueError(f"{name} has {n} points in x and {m} in y")
        dots = isinstance(artist, PathCollection)
        if n < 1 or (dots and n > self._capacity):
            limit = f"1 to {self._capacity}" if dots else "at least 1"
            raise ValueError(f"{name} has {n} points; it must have {limit}")
        if dots:
            for key in "xy":
                out[key] = np.pad(out[key], (0, self._capacity - n), mode="edge")
        return out

    def _pixels(
        self, artist: Artist, properties: Mapping[str, Any]
    ) -> tuple[np.ndarray, np.ndarray]:
        full = self._full(artist, properties)
        transform = artist.get_transform()
        if isinstance(artist, PathCollection):
            transform = artist.get_offset_transform()
        return _units(
            _name(artist), artist.axes, transform, self._height, full["x"], full["y"]
        )


def _kind(artist: Artist, properties: Mapping[str, Any]) -> type:
    instance(properties, f"rows[{artist}]", Mapping)
    kind = next((k for k in _OWN if isinstance(artist, k)), None)
    if kind is None:
        raise ValueError(f"{artist} cannot move; lines, scatter plots and texts can")
    if isinstance(artist, Line2D) and artist.get_marker() not in _NO_MARKER:
        raise ValueError(f"{artist} has markers; use a scatter plot for them")
    wanted = [set(_OWN[kind]), {"visible"}, {*_OWN[kind], "visible"}]
    if set(properties) not in wanted:
        raise ValueError(
            f"{artist} moves in {sorted(properties)}; it needs "
            f"{' and '.join(_OWN[kind])}, or visible, or all of these"
        )
    return kind
