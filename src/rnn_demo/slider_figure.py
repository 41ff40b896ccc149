"""A matplotlib figure that moves with sliders in a page without a kernel.

The figure is drawn once, as SVG.  For each artist that moves, Python hands over one
row of data per position of the controls.  The rows go through the artist's own
transform, so log axes and blended coordinates are matplotlib's business, and are
stored as small integers.  In the page a few lines of JavaScript put the current row
into the attributes of the SVG; they know neither axes nor formulas.

Nothing here knows about recurrent networks.
"""

from __future__ import annotations

import base64
import itertools
import json
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from string import Template
from typing import Any

import anywidget
import ipywidgets
import matplotlib.pyplot as plt
import numpy as np
import traitlets
from matplotlib.artist import Artist
from matplotlib.collections import PathCollection
from matplotlib.container import BarContainer, Container
from matplotlib.figure import Figure
from matplotlib.lines import AxLine, Line2D
from matplotlib.text import Annotation, Text
from matplotlib.transforms import IdentityTransform, Transform
from numpy.typing import NDArray

from rnn_demo import figures, words
from rnn_demo._checks import instance, real_array, unmasked
from rnn_demo.words import translate

__all__ = ["SliderFigure"]

MAX_CONTROLS = 4
UNITS = 10  # integers per SVG unit (1/72 inch)


_PAGE = """<!DOCTYPE html>
<html lang="$language">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<style>
body { font: 1rem/1.5 'DejaVu Sans', Verdana, sans-serif; margin: 1rem; }
.sf-dark { background: #14181E; color: #CED6DD; color-scheme: dark; }
.sf-controls { display: grid; gap: 0.5rem; max-width: 36rem; }
.sf-controls > label { display: flex; gap: 0.75rem; align-items: center; }
.sf-controls > label span { min-width: 3.5em; text-align: right; }
.sf-controls input[type="range"] { flex: 1; min-width: 0; min-height: 2.75rem; }
.sf-controls fieldset { border: 0; margin: 0; padding: 0; }
.sf-controls legend { float: left; margin-right: 0.75rem; padding: 0; }
.sf-controls fieldset label { display: inline-block; margin-right: 0.75rem; }
$css</style>
</head>
<body>
<main>
<div class="sf-controls"></div>
$figure
</main>
<script type="application/json" id="sf-state">$state</script>
<script type="module">
$script</script>
</body>
</html>
"""


class SliderFigure(anywidget.AnyWidget):
    """A figure with one stored state for every position of its controls.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        The figure, with all its artists, limits and labels.  It is closed, and the
        layout it has now is kept for every position.
    moving : mapping of artist to mapping of property to rows
        What moves.  Properties are ``"x"`` and ``"y"`` of a line, a scatter plot or a
        text, ``"text"`` of a text (plain, one line), ``"height"`` of the bars of a
        bar plot, and ``"visible"`` and ``"alpha"`` of any artist.  Rows have shape
        ``grid + (points,)``, or ``grid`` for one value per position; ``grid`` is
        ``(len(control 1), len(control 2), ...)``, and any of its axes may have
        length 1 where the artist does not depend on that control.  Values are in
        the artist's own coordinates (data coordinates, as a rule).
    controls : mapping of str to sequence
        One to four controls in the order of the grid's axes: label and values.
        Numbers become a slider, strings become buttons.
    sentences : callable or array_like of str
        The sentence below the figure: a function of the controls' values, or an
        array of strings of shape ``grid``.
    alt : str
        Text alternative of the picture.
    start : mapping of str to value, optional
        Where the controls start; numbers by default in the middle, strings at the
        first.

    Raises
    ------
    ValueError
        If an argument is of another type, an artist is not in the figure, a property
        is unknown, rows are ragged, masked or of the wrong shape, a coordinate is not
        finite or too far away to be stored, a value is not on its axis's scale, or a
        control, sentence or `alt` is bad.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> import numpy as np
    >>> x = np.linspace(0, 2 * np.pi, 100)
    >>> frequency = np.linspace(1, 3, 21)
    >>> fig, ax = plt.subplots()
    >>> (wave,) = ax.plot(x, np.sin(x))
    >>> explorer = SliderFigure(
    ...     fig,
    ...     moving={wave: {"y": np.sin(frequency[:, None] * x)}},
    ...     controls={"frequency": frequency},
    ...     sentences=lambda f: f"The wave has frequency {f:.1f}.",
    ...     alt="A sine wave over one period of the base frequency.",
    ... )
    >>> explorer.value
    {'frequency': 2.0}
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
    i1 = traitlets.Int(0).tag(sync=True)
    i2 = traitlets.Int(0).tag(sync=True)
    i3 = traitlets.Int(0).tag(sync=True)

    value = traitlets.Dict(help="Label of each control and its current value.")

    def __init__(
        self,
        figure: Figure,
        moving: Mapping[Any, Mapping[str, Any]],
        controls: Mapping[str, Sequence[Any] | NDArray[Any]],
        sentences: Callable[..., str] | Sequence[Any] | NDArray[Any],
        alt: str,
        start: Mapping[str, Any] | None = None,
    ) -> None:
        instance(figure, "figure", Figure)
        figures.check_alt(alt)
        alt = translate(alt)
        self._controls = _checked_controls(controls)
        shape = tuple(len(values) for values in self._controls.values())
        self._start = position = _start(self._controls, {} if start is None else start)
        store = _Store(shape)
        table, index = _strings(_sentences(self._controls, sentences))
        told = _Entry("sentence", {"row": store.add(index[..., None])})
        svg, prefix, entries = _drawn(figure, moving, store, position, alt)
        plt.close(figure)
        super().__init__(
            svg=svg,
            prefix=prefix,
            data=store.bytes(),
            moving=[*entries, told.as_dict({})],
            shape=list(shape),
            sentences=table,
            alt=alt,
            value=self._value_at(position),
            **{f"i{k}": i for k, i in enumerate(position)},
        )

    # -- position ----------------------------------------------------------------

    @property
    def position(self) -> tuple[int, ...]:
        """Index of each control's current value."""
        return tuple(getattr(self, f"i{k}") for k in range(len(self._controls)))

    @property
    def sentence(self) -> str:
        """The sentence of the current position."""
        return str(self.sentences[self.rows(len(self.moving) - 1)["row"][0]])

    def rows(
        self, entry: int, position: Sequence[int] | None = None
    ) -> dict[str, np.ndarray]:
        """Return the stored integers of one entry of ``moving`` at a position.

        Parameters
        ----------
        entry : int
            Index in ``moving``.
        position : sequence of int, optional
            Index of each control's value; the current one if not given.

        Returns
        -------
        dict of str to ndarray
            What ``moving`` calls the rows, and the integers.
        """
        at = self.position if position is None else position
        return _rows(self.data, self.moving[entry]["rows"], at)

    def _value_at(self, position: Iterable[int]) -> dict[str, Any]:
        return {
            label: values[i]
            for (label, values), i in zip(self._controls.items(), position, strict=True)
        }

    @traitlets.validate("i0", "i1", "i2", "i3")
    def _valid_position(self, proposal: Any) -> int:
        k = int(proposal.trait.name[1])
        size = [*(len(v) for v in self._controls.values()), 1, 1, 1, 1][k]
        if not 0 <= proposal.value < size:
            raise ValueError(
                f"{proposal.trait.name} is {proposal.value}; it must be from 0 to "
                f"{size - 1}"
            )
        return int(proposal.value)

    @traitlets.validate("value")
    def _valid_value(self, proposal: Any) -> dict[str, Any]:
        _check_labels("value", proposal.value, self._controls)
        return {
            label: values[_index_of("value", label, proposal.value[label], values)]
            if label in proposal.value
            else self.value[label]
            for label, values in self._controls.items()
        }

    @traitlets.observe("i0", "i1", "i2", "i3")
    def _follow_position(self, _: Any) -> None:
        # While a value of several controls is being set, only some indices are new.
        if not getattr(self, "_setting", False):
            self.value = self._value_at(self.position)

    @traitlets.observe("value")
    def _follow_value(self, _: Any) -> None:
        self._setting = True
        try:
            with self.hold_sync():
                for k, (label, values) in enumerate(self._controls.items()):
                    setattr(self, f"i{k}", values.index(self.value[label]))
        finally:
            self._setting = False

    # -- display -----------------------------------------------------------------

    def panel(self, play: str | None = None) -> ipywidgets.VBox:
        """Return the controls, linked to the figure, with the figure below.

        Parameters
        ----------
        play : str, optional
            Label of the control that gets a play button.

        Returns
        -------
        ipywidgets.VBox
            The panel.  Its links live in the page, so it works without a kernel.

        Raises
        ------
        ValueError
            If `play` is not the label of a control.
        """
        if play is not None:
            _check_labels("play", [play], self._controls)
        children: list[ipywidgets.Widget] = []
        for k, (label, values) in enumerate(self._controls.items()):
            control = _control(label, values, self.position[k])
            # The figure comes first: its position wins when the page wakes up.
            ipywidgets.jslink((self, f"i{k}"), (control, "index"))
            if label == play:
                player = ipywidgets.Play(
                    min=0, max=len(values) - 1, value=self.position[k], interval=80
                )
                ipywidgets.jslink((control, "index"), (player, "value"))
                children.append(player)
            children.append(control)
        layout = ipywidgets.Layout(width="100%", max_width="36rem")
        return _Panel([*children, self], layout=layout, figure=self)

    def static_html(self, style: bool = True) -> str:
        """Return the picture and its sentence for a page at rest, at the start.

        Parameters
        ----------
        style : bool
            Whether to put the style sheet of the figures in front.

        Returns
        -------
        str
            HTML that needs no script.
        """
        index = _row(self.data, self.moving[-1]["rows"]["row"], self._start)[0]
        return (
            f'<div class="sf-figure">{figures.style_sheet() if style else ""}{self.svg}'
            f'<p class="sf-sentence">{figures.escape(self.sentences[index])}</p></div>'
        )

    def save_html(self, path: str | PathLike[str]) -> None:
        """Write the figure and its controls as one file.

        The file needs no server, no network and no kernel; a double click opens it.

        Parameters
        ----------
        path : path-like
            Name of the file.
        """
        state = {
            "prefix": self.prefix,
            "data": base64.b64encode(self.data).decode("ascii"),
            "moving": self.moving,
            "shape": self.shape,
            "sentences": self.sentences,
            "controls": [
                {
                    "label": translate(label),
                    "kind": "buttons",
                    "labels": [translate(value) for value in values],
                }
                if isinstance(values[0], str)
                else {
                    "label": translate(label),
                    "kind": "slider",
                    "labels": _number_labels(values),
                }
                for label, values in self._controls.items()
            ],
            **{f"i{k}": i for k, i in enumerate(self.position)},
        }
        text = json.dumps(state, ensure_ascii=False, separators=(",", ":"))
        page = Template(_PAGE).substitute(
            language=figures.escape(words.LANGUAGE),
            title=figures.escape(self.alt),
            css=figures.read("slider_figure.css"),
            figure=self.static_html(style=False),
            # Inside of a script element only this could end it.
            state=text.replace("</", "<\\/"),
            script=figures.read("slider_figure.js") + figures.read("slider_page.js"),
        )
        Path(path).write_text(page, encoding="utf-8")

    def __repr__(self) -> str:
        return f"SliderFigure({', '.join(map(repr, self._controls))})"


class _Panel(ipywidgets.VBox):  # type: ignore[misc] # ipywidgets has no types
    """A panel whose output holds the picture at rest beside the live widgets."""

    def __init__(
        self, children: list[ipywidgets.Widget], *, figure: SliderFigure, **kwargs: Any
    ) -> None:
        super().__init__(children, **kwargs)
        self._figure = figure

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        bundle: dict[str, Any] = super()._repr_mimebundle_(**kwargs)
        bundle["text/plain"] = repr(self._figure)
        return bundle | {"text/html": self._figure.static_html()}


# -- controls and sentences ----------------------------------------------------------


def _checked_controls(
    controls: Mapping[str, Sequence[Any] | NDArray[Any]],
) -> dict[str, list[Any]]:
    instance(controls, "controls", Mapping)
    if not 1 <= len(controls) <= MAX_CONTROLS:
        raise ValueError(
            f"controls has {len(controls)} entries; give one to {MAX_CONTROLS}"
        )
    out = {}
    for label, given in controls.items():
        instance(label, "a label of controls", str)
        instance(given, f"controls[{label!r}]", Iterable)
        values = [v.item() if isinstance(v, np.generic) else v for v in given]
        strings = all(isinstance(v, str) for v in values)
        numbers = all(
            isinstance(v, int | float) and not isinstance(v, bool) and np.isfinite(v)
            for v in values
        )
        if not values or not (strings or numbers):
            raise ValueError(
                f"control {label!r} has values {values}; it needs finite numbers, or "
                "strings, at least one"
            )
        if len(set(values)) < len(values):
            raise ValueError(f"control {label!r} has the same value twice: {values}")
        out[label] = values
    return out


def _start(controls: dict[str, list[Any]], start: Mapping[str, Any]) -> tuple[int, ...]:
    instance(start, "start", Mapping)
    _check_labels("start", start, controls)
    return tuple(
        _index_of("start", label, start[label], values)
        if label in start
        else (0 if isinstance(values[0], str) else (len(values) - 1) // 2)
        for label, values in controls.items()
    )


def _check_labels(name: str, labels: Iterable[str], controls: Iterable[str]) -> None:
    for label in labels:
        if label not in controls:
            raise ValueError(
                f"{name} names the control {label!r}; there is {list(controls)}"
            )


def _index_of(name: str, label: str, value: Any, values: list[Any]) -> int:
    if value in values:
        return values.index(value)
    if not isinstance(values[0], str) and isinstance(value, int | float | np.number):
        distance = np.abs(np.subtract(values, float(value)))
        nearest = int(np.argmin(distance))
        if distance[nearest] <= 1e-9 * max(1.0, abs(float(value))):
            return nearest
        hint = f"the nearest value is {values[nearest]}"
    else:
        hint = f"choose one of {values}"
    raise ValueError(f"{name} sets {label!r} to {value!r}; {hint}")


def _sentences(
    controls: dict[str, list[Any]],
    sentences: Callable[..., str] | Sequence[Any] | NDArray[Any],
) -> np.ndarray:
    shape = tuple(len(values) for values in controls.values())
    if callable(sentences):
        told = [sentences(*values) for values in itertools.product(*controls.values())]
        given = np.empty(len(told), dtype=object)
        given[:] = told
        sentences = given.reshape(shape)
    return _string_grid("sentences", sentences, shape)


def _control(label: str, values: list[Any], index: int) -> ipywidgets.Widget:
    wide = {"width": "100%", "max_width": "36rem"}
    if isinstance(values[0], str):
        return ipywidgets.ToggleButtons(
            options=[translate(value) for value in values],
            index=index,
            description=translate(label),
            layout=ipywidgets.Layout(**wide, height="auto"),
            style={"description_width": "auto", "button_width": "auto"},
        )
    return ipywidgets.SelectionSlider(
        options=_number_labels(values),
        index=index,
        description=translate(label),
        continuous_update=True,
        layout=ipywidgets.Layout(**wide),
        style={"description_width": "auto"},
    )


def _number_labels(values: list[float]) -> list[str]:
    """Return the shortest labels that show the values, or at least tell them apart."""
    for spec in [*(f".{d}f" for d in range(5)), *(f".{d}g" for d in range(3, 18))]:
        labels = [f"{v:{spec}}" for v in values]
        exact = np.allclose([float(s) for s in labels], values, rtol=1e-9, atol=1e-12)
        if len(set(labels)) == len(values) and (exact or spec.endswith("g")):
            break
    return [s.replace("-", "−") for s in labels]


# -- rows as integers ----------------------------------------------------------------


class _Store:
    """Collects rows of integers in one buffer.

    Rows that are equal along an axis of the grid, and points that are equal within
    every row, are stored once.  Of smooth rows only the first point is stored in
    full, and for the others the step from the point before, in one byte.
    """

    def __init__(self, grid: tuple[int, ...]) -> None:
        self.grid = grid
        self._chunks: list[bytes] = []
        self._size = 0  # bytes, always a multiple of 4

    def add(self, rows: np.ndarray) -> dict[str, Any]:
        """Store integers of shape ``grid + (n,)`` and say where they are."""
        for axis in range(rows.ndim):
            first = rows.take([0], axis=axis)
            if (rows == first).all():
                rows = first
        if rows.shape[-1] > 2:
            steps = np.diff(rows)
            if np.abs(steps).max() <= np.iinfo(np.int8).max:
                start = self._append(rows[..., :1])
                return self._append(steps, 8) | {"first": start}
        return self._append(rows)

    def _append(self, rows: np.ndarray, bits: int = 0) -> dict[str, Any]:
        bits = bits or (16 if np.abs(rows).max() <= np.iinfo(np.int16).max else 32)
        chunk = rows.astype(f"<i{bits // 8}").tobytes()
        strides = [
            int(np.prod(rows.shape[k + 1 :])) if n > 1 else 0
            for k, n in enumerate(rows.shape[:-1])
        ]
        where = {
            "start": self._size * 8 // bits,
            "stride": strides,
            "length": rows.shape[-1],
            "bits": bits,
        }
        self._chunks.append(chunk + bytes(-len(chunk) % 4))
        self._size += len(self._chunks[-1])
        return where

    def bytes(self) -> bytes:
        """Return the buffer."""
        return b"".join(self._chunks)


def _row(data: bytes, where: dict[str, Any], position: Sequence[int]) -> np.ndarray:
    """Return the row of one position, as the JavaScript does."""
    begin = where["start"] + int(np.dot(where["stride"], position))
    buffer = np.frombuffer(data, f"<i{where['bits'] // 8}")
    row = buffer[begin : begin + where["length"]].astype(int)
    if "first" not in where:
        return row
    return np.cumsum(np.append(_row(data, where["first"], position), row))


def _rows(
    data: bytes, where: dict[str, dict[str, Any]], position: Sequence[int]
) -> dict[str, np.ndarray]:
    return {name: _row(data, w, position) for name, w in where.items()}


def _grid_of(
    what: str, rows: np.ndarray, grid: tuple[int, ...], trailing: int = 0
) -> np.ndarray:
    lead = rows.shape[: rows.ndim - trailing]
    if len(lead) != len(grid) or any(
        n not in (1, size) for n, size in zip(lead, grid, strict=True)
    ):
        raise ValueError(
            f"{what} has shape {rows.shape}; the controls' grid is {grid}, so its "
            f"first {len(grid)} axes must have these lengths or 1"
        )
    return rows


def _string_grid(what: str, rows: Any, grid: tuple[int, ...]) -> np.ndarray:
    """Return what the reader sees in place of an array of strings."""
    unmasked(rows, what)
    try:
        array = np.asarray(rows, dtype=object)
    except ValueError as error:
        raise ValueError(f"{what} is ragged: {error}") from error
    _grid_of(what, array, grid)
    for text in array.flat:
        if not isinstance(text, str):
            raise ValueError(f"{what} holds {text!r}; it must hold strings only")
    out = np.empty_like(array)
    out.flat[:] = [translate(text) for text in array.flat]
    return out


def _number_grid(
    what: str, rows: Any, grid: tuple[int, ...], points: bool
) -> np.ndarray:
    array: np.ndarray = real_array(rows, what)
    if array.ndim == len(grid):
        array = array[..., None]
    elif not points or array.ndim != len(grid) + 1:
        wanted = f"grid {grid}" + (" or grid + (points,)" if points else "")
        raise ValueError(f"{what} has shape {array.shape}; it must have shape {wanted}")
    _grid_of(what, array, grid, trailing=1)
    if array.size == 0:
        raise ValueError(f"{what} has shape {array.shape}: no points")
    return array


def _check_finite(what: str, array: np.ndarray, verb: str) -> None:
    bad = np.argwhere(~np.isfinite(array))
    if len(bad):
        where = tuple(int(i) for i in bad[0])
        raise ValueError(
            f"{what} {verb} {array[where]} at {where}; every value must be finite"
        )


def _check_plain(what: str, text: str) -> None:
    if "$" in text or "\n" in text:
        raise ValueError(
            f"{what} holds {text!r}; a text that moves is one plain line, without $"
        )


def _strings(rows: np.ndarray) -> tuple[list[str], np.ndarray]:
    """Return the distinct strings in order of appearance, and each one's index."""
    table: dict[str, int] = {}
    index = [table.setdefault(text, len(table)) for text in rows.flat]
    return list(table), np.array(index).reshape(rows.shape)


def _integers(what: str, pixels: np.ndarray) -> np.ndarray:
    units = np.round(pixels * UNITS)
    bad = np.argwhere(np.abs(units) > np.iinfo(np.int32).max)
    if len(bad):
        where = tuple(int(i) for i in bad[0])
        raise ValueError(
            f"{what} is {pixels[where]:.3g} px away from the figure's corner at "
            f"{where}, too far to be stored; plot logarithms or cut the data"
        )
    return units.astype(np.int64)


def _units(
    name: str,
    axes: Any,
    transform: Transform,
    height: float,
    x: np.ndarray,
    y: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Transform coordinates of an artist into units of the SVG of that height."""
    _check_scale(name, axes, transform, x, y)
    x, y = np.broadcast_arrays(x, y)
    points = np.column_stack([x.ravel(), y.ravel()])
    moved = np.asarray(transform.transform(points), dtype=float)
    for k, key in enumerate("xy"):
        _check_finite(f"{key} of {name}", moved[:, k].reshape(x.shape), "becomes")
    return (
        _integers(f"x of {name}", moved[:, 0].reshape(x.shape)),
        _integers(f"y of {name}", height - moved[:, 1].reshape(x.shape)),
    )


def _check_scale(
    name: str, axes: Any, transform: Transform, x: np.ndarray, y: np.ndarray
) -> None:
    # Matplotlib moves a zero on a log axis to 1e-1000 without a word.
    if axes is None:
        return
    scales = axes.xaxis.get_scale(), axes.yaxis.get_scale()
    limits = [{"log": np.inf, "logit": 1.0}.get(scale) for scale in scales]
    if limits == [None, None]:
        return
    contains = (
        getattr(
            transform,
            "contains_branch_separately",
            None,  # spelled "seperately" before matplotlib 3.11
        )
        or transform.contains_branch_seperately
    )
    for key, values, scale, upper, scaled in zip(
        "xy", (x, y), scales, limits, contains(axes.transData), strict=True
    ):
        if not scaled or upper is None:
            continue
        bad = np.argwhere((values <= 0) | (values >= upper))
        if len(bad):
            where = tuple(int(i) for i in bad[0])
            raise ValueError(
                f"{key} of {name} is {values[where]} at {where}, which the axis's "
                f"{scale} scale cannot show"
            )


# -- artists -------------------------------------------------------------------------


@dataclass
class _Entry:
    """One entry of the trait ``moving``: which rows go to which elements, and how."""

    kind: str
    rows: dict[str, dict[str, Any]]
    elements: list[ET.Element] = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)

    def as_dict(self, ids: Mapping[str, int]) -> dict[str, Any]:
        numbers = [ids[element.attrib["id"]] for element in self.elements]
        return {"kind": self.kind, "rows": self.rows, "ids": numbers, **self.extra}


def _drawn(
    figure: Figure,
    moving: Mapping[Any, Mapping[str, Any]],
    store: _Store,
    position: tuple[int, ...],
    alt: str,
) -> tuple[str, str, list[dict[str, Any]]]:
    """Draw the figure at `position` and put the rows of its artists into `store`.

    Returns the SVG, the prefix of its identifiers, and the trait ``moving``.
    """
    instance(moving, "moving", Mapping)
    present = {id(artist) for artist in figure.findobj()}
    movers = [
        _mover(figure, f"m{k}", artist, properties, store.grid, present)
        for k, (artist, properties) in enumerate(moving.items())
    ]
    for mover in movers:
        mover.set_start(position)
    with ExitStack() as undo:
        # SVG has 72 dots per inch: from here on a pixel is a unit of the SVG.
        undo.callback(setattr, figure, "dpi", figure.dpi)
        figure.dpi = 72
        # The layout is made while the figure is written; no later writing may
        # change it, or the axes would no longer be where the rows think they are.
        figures.render(figure)
        figure.set_layout_engine("none")
        for mover in movers:
            mover.measure()
        for mover in movers:
            mover.prepare(undo)
        root = figures.parse(figures.render(figure))
    elements = {e.attrib["id"]: e for e in root.iter() if "id" in e.attrib}
    entries = [e for mover in movers for e in mover.entries(elements, store)]

    # The picture at rest is put together from the stored rows by the rules of the
    # JavaScript, so both agree to the last digit.
    data = store.bytes()
    for entry in entries:
        _PUT[entry.kind](entry.elements, _rows(data, entry.rows, position), entry.extra)
    ids: dict[str, int] = {}
    for element in (element for entry in entries for element in entry.elements):
        ids.setdefault(element.attrib["id"], len(ids))
    dicts = [entry.as_dict(ids) for entry in entries]
    salt = data + json.dumps(dicts).encode()
    svg, prefix = figures.serialize(root, alt, tuple(ids), salt)
    return svg, prefix, dicts


class _Mover:
    """An artist that moves: its rows in pixels, and its elements in the SVG.

    This base class knows "visible" and "alpha", which any artist has.
    """

    own: tuple[str, ...] = ()

    def __init__(
        self,
        figure: Figure,
        gid: str,
        artist: Any,
        properties: Mapping[str, Any],
        grid: tuple[int, ...],
    ) -> None:
        self.figure = figure
        self.gid = gid
        self.artist = artist
        self.name = _name(artist)
        self.grid = grid
        self.rows: dict[str, np.ndarray] = {}
        self.flags: dict[str, np.ndarray] = {}
        instance(properties, f"moving[{self.name}]", Mapping)
        known = (*self.own, "visible", "alpha")
        for key, rows in properties.items():
            what = f"{key!r} of {self.name}"
            if key not in known:
                raise ValueError(f"{what} cannot move; what can is {', '.join(known)}")
            if key == "text":
                self.rows[key] = _string_grid(what, rows, grid)
            elif key in self.own:
                self.rows[key] = _number_grid(what, rows, grid, points=True)
            else:
                self.flags[key] = _number_grid(what, rows, grid, points=False)
        if not properties:
            raise ValueError(f"moving names no property of {self.name}")
        visible = self.flags.get("visible", np.zeros(1))
        if not np.isin(visible, (0, 1)).all():
            raise ValueError(f"'visible' of {self.name} must be true or false")
        alpha = self.flags.get("alpha", np.zeros(1))
        if alpha.min() < 0 or alpha.max() > 1:
            raise ValueError(
                f"'alpha' of {self.name} reaches from {alpha.min()} to {alpha.max()}; "
                "it must stay from 0 to 1"
            )

    @property
    def leaves(self) -> list[Artist]:
        """The artists that matplotlib draws for this one."""
        if isinstance(self.artist, Container):
            return [a for a in self.artist.get_children() if a is not None]
        arrow = getattr(self.artist, "arrow_patch", None)
        return [self.artist] if arrow is None else [self.artist, arrow]

    def set_start(self, position: tuple[int, ...]) -> None:
        """Set what the layout depends on to its starting value."""

    def measure(self) -> None:
        """Turn the rows into pixels."""

    def prepare(self, undo: ExitStack) -> None:
        """Make matplotlib draw each element of the artist, whatever the rows say."""
        for k, leaf in enumerate(self.leaves):
            _set(undo, leaf, "gid", f"{self.gid}-{k}")
            _set(undo, leaf, "visible", True)
            if "alpha" in self.flags:
                _set(undo, leaf, "alpha", None)

    def entries(self, elements: dict[str, ET.Element], store: _Store) -> list[_Entry]:
        """Return what moves in the SVG."""
        groups = []
        for k in range(len(self.leaves)):
            if f"{self.gid}-{k}" not in elements:
                raise ValueError(f"{self.name} draws nothing that could move")
            groups.append(elements[f"{self.gid}-{k}"])
        out = self.moved(groups, store)
        for key, values in self.flags.items():
            units = np.round(values * (1000 if key == "alpha" else 1))
            rows = {"row": store.add(units.astype(np.int64))}
            out.append(_Entry(key, rows, groups))
        return out

    def moved(self, groups: list[ET.Element], store: _Store) -> list[_Entry]:
        """Return the entries of the artist's own properties."""
        return []

    # Helpers of the subclasses.

    def center(self) -> tuple[float, float]:
        """Return the middle of the figure in pixels; nothing is clipped there."""
        width, height = self.figure.get_size_inches() * 72
        return width / 2, height / 2

    def pixels(
        self, transform: Transform, x: np.ndarray, y: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Transform rows, each of shape grid + (n,), into units of the SVG."""
        height = self.figure.get_figheight() * 72
        axes = getattr(self.artist, "axes", None) or getattr(
            self.leaves[0], "axes", None
        )
        return _units(self.name, axes, transform, height, x, y)

    def both(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the rows of x and y, taken from the artist where none are given."""
        still = (1,) * len(self.grid) + (-1,)
        out = []
        for key, drawn in (("x", x), ("y", y)):
            drawn = np.ma.filled(np.ma.asarray(drawn, dtype=float), np.nan)
            rows = self.rows.get(key)
            out.append(drawn.reshape(still) if rows is None else rows)
            _check_finite(f"{key} of {self.name}", out[-1], "is")
        n, m = (rows.shape[-1] for rows in out)
        if n != m and 1 not in (n, m):
            raise ValueError(f"{self.name} has {n} points in x and {m} in y")
        return out[0], out[1]


class _LineMover(_Mover):
    own = ("x", "y")

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        for trait, plain in (("drawstyle", "default"), ("markevery", None)):
            value = getattr(self.artist, f"get_{trait}")()
            if self.rows and value != plain:
                raise ValueError(f"{self.name} has {trait} {value!r} and cannot move")
        if self.rows and isinstance(self.artist, AxLine):
            raise ValueError(f"{self.name} is infinite and cannot move; use plot")

    def measure(self) -> None:
        if self.rows:
            x, y = self.both(
                self.artist.get_xdata(orig=False), self.artist.get_ydata(orig=False)
            )
            self.x, self.y = self.pixels(self.artist.get_transform(), x, y)

    def prepare(self, undo: ExitStack) -> None:
        super().prepare(undo)
        if self.rows:
            line, n = self.artist, self.x.shape[-1]
            undo.callback(line.set_data, *line.get_data(orig=True))
            undo.callback(line.set_transform, line.get_transform())
            line.set_transform(IdentityTransform())
            line.set_data(*([c] * n for c in self.center()))

    def moved(self, groups: list[ET.Element], store: _Store) -> list[_Entry]:
        if not self.rows:
            return []
        (group,) = groups
        paths = [e for e in group if e.tag == "path"]
        markers = list(group.iter("use"))
        if len(paths) > 1 or len(markers) not in (0, self.x.shape[-1]):
            raise ValueError(f"{self.name} has a style that cannot move")
        rows = {"x": store.add(self.x), "y": store.add(self.y)}
        out = []
        if paths:
            paths[0].set("id", f"{self.gid}-line")
            out.append(_Entry("line", rows, paths))
        if markers:
            out.append(_points(self.gid, group, markers, rows, self.center(), paths))
        if not out:
            raise ValueError(f"{self.name} has neither a line nor markers")
        return out


class _ScatterMover(_Mover):
    own = ("x", "y")

    def measure(self) -> None:
        if self.rows:
            offsets = self.artist.get_offsets()
            x, y = self.both(offsets[:, 0], offsets[:, 1])
            self.x, self.y = self.pixels(self.artist.get_offset_transform(), x, y)

    def prepare(self, undo: ExitStack) -> None:
        super().prepare(undo)
        if self.rows:
            dots, n = self.artist, self.x.shape[-1]
            undo.callback(dots.set_offsets, dots.get_offsets())
            undo.callback(dots.set_offset_transform, dots.get_offset_transform())
            dots.set_offset_transform(IdentityTransform())
            dots.set_offsets([self.center()] * n)

    def moved(self, groups: list[ET.Element], store: _Store) -> list[_Entry]:
        if not self.rows:
            return []
        (group,) = groups
        dots = [e for e in group.iter() if e.tag in ("use", "path")]
        if len(dots) != self.x.shape[-1]:
            raise ValueError(
                f"{self.name} has {self.x.shape[-1]} points, of which {len(dots)} are "
                "drawn"
            )
        rows = {"x": store.add(self.x), "y": store.add(self.y)}
        return [_points(self.gid, group, dots, rows, self.center())]


class _TextMover(_Mover):
    own = ("text", "x", "y")

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        for text in self.rows.get("text", np.empty(0)).flat:
            _check_plain(f"'text' of {self.name}", text)
        if "text" in self.rows:
            slanted = self.artist.get_rotation() and (
                self.artist.get_rotation_mode() != "anchor"
            )
            if self.artist.get_bbox_patch() is not None or slanted:
                raise ValueError(
                    f"{self.name} has a box or is rotated; such a text cannot change"
                )
        self.placed = bool({"x", "y"} & set(self.rows))
        if self.placed and isinstance(self.artist, Annotation):
            raise ValueError(f"{self.name} is an annotation; only texts change places")

    def set_start(self, position: tuple[int, ...]) -> None:
        rows = self.rows.get("text")
        if rows is not None:
            start = rows[_clipped(position, rows.shape)]
            # Matplotlib draws no element for an empty text.
            self.artist.set_text(start if start.strip() else "x")

    def measure(self) -> None:
        if self.placed:
            x, y = self.artist.get_unitless_position()
            self.x, self.y = self.pixels(
                self.artist.get_transform(), *self.both(np.array([x]), np.array([y]))
            )

    def prepare(self, undo: ExitStack) -> None:
        super().prepare(undo)
        if self.placed:
            undo.callback(self.artist.set_position, self.artist.get_position())
            undo.callback(self.artist.set_transform, self.artist.get_transform())
            self.artist.set_transform(IdentityTransform())
            self.artist.set_position(self.center())

    def moved(self, groups: list[ET.Element], store: _Store) -> list[_Entry]:
        group = groups[0]
        out = []
        if "text" in self.rows:
            texts = list(group.iter("text"))
            if len(texts) != 1:
                raise ValueError(f"{self.name} does not fit in one line")
            texts[0].set("id", f"{self.gid}-text")
            table, index = _strings(self.rows["text"])
            rows = {"row": store.add(index[..., None])}
            out.append(_Entry("text", rows, texts, {"table": table}))
        if self.placed:
            whole = ET.Element("g")
            whole.extend(group)
            rows = {"x": store.add(self.x), "y": store.add(self.y)}
            out.append(_points(self.gid, group, [whole], rows, self.center()))
        return out


class _BarsMover(_Mover):
    own = ("height",)

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        n = len(self.artist.patches)
        heights = self.rows.get("height")
        if heights is None:
            return
        if heights.shape[-1] not in (1, n):
            raise ValueError(
                f"'height' of {self.name} has shape {heights.shape}; it has {n} bars"
            )
        if self.artist.orientation == "horizontal":
            raise ValueError(f"{self.name} is horizontal; only upright bars can move")

    @property
    def leaves(self) -> list[Artist]:
        return list(self.artist.patches)

    def measure(self) -> None:
        if not self.rows:
            return
        bars = self.artist.patches
        transform = bars[0].get_data_transform()
        left = np.array([bar.get_x() for bar in bars])
        base = np.array([bar.get_y() for bar in bars])
        right = left + [bar.get_width() for bar in bars]
        self.left, self.top = self.pixels(transform, left, base + self.rows["height"])
        if (
            not transform.is_separable
            or (self.left != self.left.reshape(-1, len(bars))[0]).any()
        ):
            raise ValueError(f"{self.name} is not in rectangular axes and cannot move")
        # A bar from 0 starts far below a log axis, which is where matplotlib puts it.
        height = self.figure.get_figheight() * 72
        corners = transform.transform(np.column_stack([right, base]))
        self.right = _integers(f"x of {self.name}", corners[:, 0])
        self.base = _integers(f"base of {self.name}", height - corners[:, 1])

    def moved(self, groups: list[ET.Element], store: _Store) -> list[_Entry]:
        if not self.rows:
            return []
        paths = [path for group in groups for path in group.iter("path")]
        for k, path in enumerate(paths):
            path.set("id", f"{self.gid}-{k}-bar")
        extra = {
            "left": self.left.reshape(-1, len(paths))[0].tolist(),
            "right": self.right.tolist(),
            "base": self.base.tolist(),
        }
        return [_Entry("bars", {"y": store.add(self.top)}, paths, extra)]


def _mover(
    figure: Figure,
    gid: str,
    artist: Any,
    properties: Mapping[str, Any],
    grid: tuple[int, ...],
    present: set[int],
) -> _Mover:
    if not isinstance(artist, Artist | Container):
        raise ValueError(f"moving has the key {artist!r}, which is not an artist")
    kinds: dict[type, type[_Mover]] = {
        Line2D: _LineMover,
        PathCollection: _ScatterMover,
        Text: _TextMover,
        BarContainer: _BarsMover,
    }
    kind = next((m for t, m in kinds.items() if isinstance(artist, t)), _Mover)
    mover = kind(figure, gid, artist, properties, grid)
    parts = mover.leaves if isinstance(artist, Container) else [artist]
    if not parts or any(id(part) not in present for part in parts):
        raise ValueError(f"{mover.name} is not in the figure")
    return mover


def _name(artist: Any) -> str:
    label = getattr(artist, "get_label", lambda: "")() or ""
    if not label and isinstance(artist, Text):
        label = artist.get_text()
    kind = type(artist).__name__
    return kind if not label or label.startswith("_") else f"{kind} {label!r}"


def _set(undo: ExitStack, artist: Artist, name: str, value: Any) -> None:
    """Set a property of an artist until `undo` is closed."""
    setter = getattr(artist, f"set_{name}")
    undo.callback(setter, getattr(artist, f"get_{name}")())
    setter(value)


def _clipped(position: Sequence[int], shape: Sequence[int]) -> tuple[int, ...]:
    """Return a position on a grid some of whose axes have length 1."""
    return tuple(min(i, n - 1) for i, n in zip(position, shape, strict=True))


def _points(
    gid: str,
    group: ET.Element,
    marks: list[ET.Element],
    rows: dict[str, dict[str, Any]],
    center: tuple[float, float],
    keep: Sequence[ET.Element] = (),
) -> _Entry:
    """Put marks into a group as children which a ``translate`` moves into place.

    The marks are now at `center`.  Their clip path goes to the group: on an element
    with a transform it would travel along.
    """
    clips = [e.attrib["clip-path"] for e in group.iter() if "clip-path" in e.attrib]
    for child in list(group):
        if child not in keep:
            group.remove(child)
    around = ET.SubElement(group, "g", {"id": f"{gid}-points"})
    if clips:
        around.set("clip-path", clips[0])
    for mark in marks:
        for element in mark.iter():
            element.attrib.pop("clip-path", None)
        if mark.tag == "use":
            del mark.attrib["x"], mark.attrib["y"]
            around.append(mark)
        else:
            x, y = center
            shifted = ET.Element("g", {"transform": f"translate({-x:g} {-y:g})"})
            shifted.append(mark)
            ET.SubElement(around, "g").append(shifted)
    return _Entry("points", rows, [around])


# -- putting a row into the SVG, as slider_figure.js does -----------------------------


def _unit(value: int) -> str:
    """Return a stored integer as JavaScript prints ``value / 10``."""
    return f"{value / UNITS!r}".removesuffix(".0")


def _pairs(rows: dict[str, np.ndarray], n: int) -> list[tuple[str, str]]:
    x, y = (np.broadcast_to(rows[key], n).tolist() for key in "xy")
    return [(_unit(a), _unit(b)) for a, b in zip(x, y, strict=True)]


def _put_line(
    elements: list[ET.Element], rows: dict[str, np.ndarray], extra: dict[str, Any]
) -> None:
    pairs = _pairs(rows, max(map(len, rows.values())))
    d = "".join(f"{'L' if i else 'M'}{x} {y}" for i, (x, y) in enumerate(pairs))
    elements[0].set("d", d)


def _put_points(
    elements: list[ET.Element], rows: dict[str, np.ndarray], extra: dict[str, Any]
) -> None:
    marks = list(elements[0])
    for mark, (x, y) in zip(marks, _pairs(rows, len(marks)), strict=True):
        mark.set("transform", f"translate({x} {y})")


def _put_bars(
    elements: list[ET.Element], rows: dict[str, np.ndarray], extra: dict[str, Any]
) -> None:
    tops = np.broadcast_to(rows["y"], len(elements)).tolist()
    sides = (extra["left"], extra["base"], extra["right"], tops)
    for path, corner in zip(elements, zip(*sides, strict=True), strict=True):
        left, base, right, top = map(_unit, corner)
        path.set("d", f"M{left} {base}H{right}V{top}H{left}z")


def _put_text(
    elements: list[ET.Element], rows: dict[str, np.ndarray], extra: dict[str, Any]
) -> None:
    elements[0].text = extra["table"][rows["row"][0]]


def _put_visible(
    elements: list[ET.Element], rows: dict[str, np.ndarray], extra: dict[str, Any]
) -> None:
    for group in elements:
        group.set("display", "inline" if rows["row"][0] else "none")


def _put_alpha(
    elements: list[ET.Element], rows: dict[str, np.ndarray], extra: dict[str, Any]
) -> None:
    for group in elements:
        group.set("opacity", f"{rows['row'][0] / 1000:g}")


_PUT: dict[str, Callable[..., None]] = {
    "line": _put_line,
    "points": _put_points,
    "bars": _put_bars,
    "text": _put_text,
    "visible": _put_visible,
    "alpha": _put_alpha,
}
