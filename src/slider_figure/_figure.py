"""A matplotlib figure that moves with sliders, without a kernel."""

import base64
import html
import itertools
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from os import PathLike
from pathlib import Path
from string import Template
from typing import Any, NamedTuple, Self

import ipywidgets
import numpy as np
import traitlets
from IPython.display import display
from matplotlib.figure import Figure

from slider_figure import _controls, _files, _handles
from slider_figure._packing import Packer, Row, merged, svg
from slider_figure._sources import Drawn, Updated, recorded
from slider_figure._still import Shown

MAX_BYTES = 2_000_000
Sentences = Callable[..., str] | Sequence[Any] | np.ndarray | None


class Size(NamedTuple):
    """What a figure takes.

    Attributes
    ----------
    positions : int
    bytes : int
        The picture, and what changes, compressed.
    per_position : float
        Bytes of what changes, over the positions.
    """

    positions: int
    bytes: int
    per_position: float


class SliderFigure(Shown):
    """A figure that is drawn in advance, for every position of its controls.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        The figure.  It is closed, and the layout that it has at the first position is
        kept for every one.
    update : callable
        Is given the values of the controls, in their order, and moves the artists of
        the figure with their own setters.  What it prints is the sentence below the
        figure, unless `sentences` are given.
    controls : mapping of str to sequence
        One to four controls: label and values.  Numbers become a slider, strings or
        booleans buttons, a mapping buttons with its keys as labels.
    alt : str
        Text alternative of the picture.
    sentences : callable or array_like of str, optional
        The sentence below the figure: a function of the controls' values, or an
        array of strings, one for each position, with an axis for each control.
    start : mapping of str to value, optional
        Where the controls start; numbers by default in the middle, others at the
        first.
    handles : sequence of tuple, optional
        What the reader can drag in the picture, and move with the arrow keys: pairs of
        the label of a control and a function of the controls' values, which returns
        axes, x and y, where the handle lies in them.  With two labels in place of one
        it moves both, the first by the keys left and right, the second by up and down.
        Axes may be given by their index in ``figure.axes``.

    Attributes
    ----------
    value : dict
        Label of each control, and its current value.
    sentence : str
        The sentence of the current position.
    size : Size
    name : str
        What links call the figure, see `link`; none at first.

    Raises
    ------
    ValueError
        If an argument is of another type, a control, sentence or `alt` is bad, there
        are more than 20 000 positions or 2 MB, `update` takes another number of values,
        changes the size of the figure or makes a new one, or a handle leaves the
        picture or has one place for two values that it sets.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> import numpy as np
    >>> from slider_figure import SliderFigure
    >>> x = np.linspace(0, 2 * np.pi, 100)
    >>> fig, ax = plt.subplots()
    >>> (wave,) = ax.plot(x, np.sin(x))
    >>> def update(frequency):
    ...     wave.set_ydata(np.sin(frequency * x))
    ...     print(f"The wave has frequency {frequency:.1f}.")
    >>> explorer = SliderFigure(
    ...     fig,
    ...     update,
    ...     {"frequency": np.linspace(1, 3, 21)},
    ...     alt="A sine wave over one period of the base frequency.",
    ... )
    >>> explorer.value, explorer.sentence
    ({'frequency': 2.0}, 'The wave has frequency 2.0.')
    """

    data = traitlets.Bytes(help="All that changes, packed.").tag(sync=True)
    value = traitlets.Dict(help="Label of each control and its current value.")
    name = traitlets.Unicode(help="What links call the figure.").tag(sync=True)
    # Of each control its label, those of its values, and its kind.
    controls: Any = traitlets.List().tag(sync=True)
    i0, i1, i2, i3 = (traitlets.Int().tag(sync=True) for _ in range(4))

    def __init__(
        self,
        figure: Figure,
        update: Callable[..., Any],
        controls: Mapping[str, Any],
        *,
        alt: str,
        sentences: Sentences = None,
        start: Mapping[str, Any] | None = None,
        handles: Sequence[_handles.Handle] = (),
    ) -> None:
        source = Updated(figure, update)
        self._record(source, controls, alt, sentences, start, handles)

    @classmethod
    def from_function(
        cls,
        function: Callable[..., Any],
        controls: Mapping[str, Any],
        *,
        alt: str,
        sentences: Sentences = None,
        start: Mapping[str, Any] | None = None,
        handles: Sequence[_handles.Handle] = (),
    ) -> Self:
        """Return a figure that a function draws, anew at every position.

        Parameters
        ----------
        function : callable
            Is given the values of the controls, in their order, and draws one figure
            with pyplot, or returns one.
        controls, alt, sentences, start, handles
            As for `SliderFigure`.

        Returns
        -------
        SliderFigure

        Raises
        ------
        ValueError
            As `SliderFigure`; also if the function draws no figure, or several.
        """
        new = cls.__new__(cls)
        new._record(Drawn(function), controls, alt, sentences, start, handles)
        return new

    def _record(
        self,
        source: Drawn,
        given: Mapping[str, Any],
        alt: str,
        told: Any,
        start: Any,
        handles: Sequence[_handles.Handle],
    ) -> None:
        controls, shape = _controls.checked(given)
        _controls.check_alt(alt)
        self._source, self._controls, self.alt = source, controls, alt
        self._last = {f"i{k}": n - 1 for k, n in enumerate(shape)}
        self._start = self._indices("start", start or {}, [c.start for c in controls])
        source.labels = [control.label for control in controls]
        moves = _handles.moves(handles, controls)
        source.handles = handles
        grid = [*itertools.product(*(control.values for control in controls))]
        drawn, printed, places = zip(*recorded(source, grid, shape), strict=True)
        sentences = printed if told is None else _sentences(told, grid, shape)
        self._picture, *others = drawn
        for other in others:
            self._picture.definitions |= other.definitions
        self._order, rows = merged([one.fragments for one in drawn])
        frames: Iterable[tuple[Row, str]] = zip(rows, sentences, strict=True)
        self._frames = dict(zip(np.ndindex(*shape), frames, strict=True))
        packer, moving = Packer(shape), set()
        for key, *column in zip(self._order, *rows, strict=True):
            if any(fragment != column[0] for fragment in column):
                packer.add(column)
                moving.add(key)
        for (labels, _), moved, *column in zip(handles, moves, *places, strict=True):
            _handles.check_apart(column, shape, moved, labels)
            packer.add(column)  # behind the slots of the picture
        data = packer.packed(sentences=sentences, handles=moves)
        first = dict(zip(self._order, self._frames[self._start][0], strict=True))
        shown = svg(self._picture, alt, first, moving)
        total = len(shown.encode()) + len(data)
        self.size = Size(len(grid), total, len(data) / len(grid))
        if total > MAX_BYTES:
            raise ValueError(
                f"the figure takes {total:,} bytes, {self.size.per_position:,.0f} for "
                f"each of {len(grid)} positions; at most {MAX_BYTES:,} can be stored: "
                "draw fewer points, set_rasterized what has many, or give fewer values"
            )
        value = self._value_at(self._start)
        shown_as = [[c.label, c.labels, c.kind] for c in controls]
        super().__init__(svg=shown, data=data, controls=shown_as, value=value)

    # -- position ----------------------------------------------------------------

    @property
    def position(self) -> tuple[int, ...]:
        """Index of each control's current value."""
        return tuple(getattr(self, name) for name in self._last)

    def _value_at(self, position: Iterable[int]) -> dict[str, Any]:
        pairs = zip(self._controls, position, strict=True)
        return {control.label: control.values[i] for control, i in pairs}

    def _indices(self, name: str, value: Any, others: Iterable[int]) -> tuple[int, ...]:
        """Return the position of values, and of `others` where none is named."""
        _controls.require(value, name, Mapping)
        _controls.check_labels(name, value, self._controls)
        return tuple(
            control.index(name, value[control.label]) if control.label in value else i
            for control, i in zip(self._controls, others, strict=True)
        )

    @traitlets.validate("i0", "i1", "i2", "i3")
    def _valid_position(self, proposal: Any) -> int:
        name, i = proposal.trait.name, proposal.value
        last = self._last.get(name, 0)
        if not 0 <= i <= last:
            raise ValueError(f"{name} is {i}; it must be from 0 to {last}")
        return int(i)

    @traitlets.validate("value")
    def _valid_value(self, proposal: Any) -> dict[str, Any]:
        return self._value_at(self._indices("value", proposal.value, self.position))

    @traitlets.observe("i0", "i1", "i2", "i3")
    def _follow_position(self, _: Any) -> None:
        self.value = self._value_at(self.position)

    @traitlets.observe("value")
    def _follow_value(self, _: Any) -> None:
        position = self._indices("value", self.value, self.position)
        # Indices tell that they are new when all of them are.
        with self.hold_sync(), self.hold_trait_notifications():
            for name, i in zip(self._last, position, strict=True):
                setattr(self, name, i)
            _, self.sentence = self._frames[position]

    def svg_at(self, **changes: Any) -> str:
        """Return the picture at a position as an ``<svg>`` element.

        Parameters
        ----------
        **changes
            Label and value of the controls that are not as they are now.

        Returns
        -------
        str
        """
        row, _ = self._frames[self._indices("changes", changes, self.position)]
        return svg(self._picture, self.alt, dict(zip(self._order, row, strict=True)))

    def sentence_at(self, **changes: Any) -> str:
        """Return the sentence of a position.

        Parameters
        ----------
        **changes
            Label and value of the controls that are not as they are now.

        Returns
        -------
        str
        """
        return self._frames[self._indices("changes", changes, self.position)][1]

    def link(self, values: Mapping[str, Any] | None = None) -> str:
        """Return the address, within its page, of the figure at a position.

        Parameters
        ----------
        values : mapping of str to value, optional
            Label and value of the controls that are not as they are now.

        Returns
        -------
        str
            Such as ``#wave?frequency=2.0``.

        Raises
        ------
        ValueError
            If the figure has no name, or a label or value is unknown.
        """
        if not self.name:
            raise ValueError('name is ""; set it to what links shall call the figure')
        position = self._indices("values", values or {}, self.position)
        pairs = zip(self._controls, position, strict=True)
        query = "&".join(f"{control.label}={control.labels[i]}" for control, i in pairs)
        return f"#{self.name}?{query}".replace("−", "-")  # as it is typed

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
        _controls.check_labels("play", [play], self._controls)
        children: list[ipywidgets.Widget] = []
        for name, control in zip(self._last, self._controls, strict=True):
            widget = control.widget(getattr(self, name))
            # The figure comes first: its position wins when the page wakes up.
            ipywidgets.jslink((self, name), (widget, "index"))
            if control.label == play:
                last = self._last[name]
                # Few positions are each worth a look.
                pace = max(80, 6000 // (last + 1))
                timer = ipywidgets.Play(widget.index, max=last, interval=pace)
                ipywidgets.jslink((widget, "index"), (timer, "value"))
                children.append(timer)
            children.append(widget)
        layout = {"width": "100%", "max_width": "36rem"}
        return _Panel([*children, self], figure=self, layout=layout)

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
        # This is the picture as it was made; one that moves is the page's.
        _, sentence = self._frames[self._start]
        return _files.still(self.svg, sentence, _files.style_sheet() if style else "")

    def save_html(self, path: str | PathLike[str], language: str = "en") -> None:
        """Write the figure and its controls as one file.

        The file needs no server, no network and no kernel; a double click opens it.

        Parameters
        ----------
        path : path-like
            Name of the file.
        language : str
            Language of the labels and sentences, for browsers and screen readers.
        """
        page = Template(_files.read("page.html")).substitute(
            language=html.escape(language),
            title=html.escape(self.alt),
            css=self._css,
            figure=self.static_html(style=False),
            script=self._script(),
        )
        Path(path).write_text(page, encoding="utf-8")

    def save_myst(self, path: str | PathLike[str]) -> None:
        """Write the figure and its controls as one module for MyST and Jupyter Book 2.

        A page shows it with the directive ``{anywidget}``, and no kernel::

            :::{anywidget} figure.mjs
            :::

        Parameters
        ----------
        path : path-like
            Name of the file, which ends in ``.mjs``.

        Raises
        ------
        ValueError
            If the name ends in anything else.
        """
        if Path(path).suffix != ".mjs":
            raise ValueError(f"path is {str(path)!r}; it must end in .mjs")
        module = self._script(svg=self.svg, css=self._css) + _files.read("module.js")
        Path(path).write_text(module, encoding="utf-8")

    def _script(self, **more: Any) -> str:
        """Return JavaScript with controls of its own, and the state of the figure."""
        data = base64.b64encode(self.data).decode("ascii")
        state = {"data": data, **self.get_state(["controls", *self._last]), **more}
        text = json.dumps(state, ensure_ascii=False, separators=(",", ":"))
        # Inside of a script element only this could end it.
        text = text.replace("</", "<\\/").replace("<!--", "<\\!--")
        core = self._esm.replace("export default { render };\n", "")
        return f"const STATE = {text};\n{core}{_files.read('controls.js')}"

    def save_frames(
        self,
        path: str | PathLike[str],
        at: Mapping[str, Any] | None = None,
        along: str | None = None,
        *,
        dpi: float = 200,
        interval: float = 0.08,
    ) -> list[Path]:
        """Write pictures of single positions, for slides and papers.

        Parameters
        ----------
        path : path-like
            Name of the file.  Its ending, ``.png``, ``.pdf`` or ``.svg``, is that of
            the pictures; ``.gif`` and ``.apng`` are animations.
        at : mapping of str to value, optional
            The position; controls that are not named are as they are now.
        along : str, optional
            Label of a control which runs through all its values: in an animation, or
            with a picture for each, whose number is added to the name of the file.
        dpi : float
            Dots per inch of pixels.
        interval : float
            Seconds from one picture of an animation to the next.

        Returns
        -------
        list of pathlib.Path
            The files.

        Raises
        ------
        ValueError
            If the file has another ending, a control or value is unknown, or an
            animation has no `along`.
        """
        _controls.check_labels("along", [along], self._controls)
        at = self._value_at(self._indices("at", at or {}, self.position))
        runs = [c.values if c.label == along else [at[c.label]] for c in self._controls]
        values, path = [*itertools.product(*runs)], Path(path)
        if path.suffix.lower() not in (".gif", ".apng"):
            return _files.pictures(path, self._source, values, dpi)
        if along is None:
            raise ValueError(f"along is None; {path} needs a control that runs")
        return _files.animation(path, self._source, values, dpi, 1000 * interval)

    def __repr__(self) -> str:
        return f"SliderFigure({', '.join(repr(c.label) for c in self._controls)})"


class _Panel(ipywidgets.VBox):  # type: ignore[misc] # ipywidgets has no types
    """A panel whose output holds the picture at rest beside the live widgets."""

    figure = traitlets.Instance(SliderFigure)

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        own = {"text/plain": repr(self.figure), "text/html": self.figure.static_html()}
        return {**super()._repr_mimebundle_(**kwargs), **own}


def interact(
    function: Callable[..., Any] | None = None, /, **controls: Any
) -> Callable[..., Any]:
    """Show a function's figure with controls, as ``ipywidgets.interact`` does.

    The figure is drawn in advance for every position, so it moves in a page without a
    kernel as well.  Like the original this is a function or a decorator.

    Parameters
    ----------
    function : callable
        Draws one figure with pyplot, or returns one.  Its docstring is the text
        alternative of the picture; what it prints stands below.
    **controls
        For each parameter ``(min, max)``, ``(min, max, step)``, a list, a dict or a
        list of pairs, a bool, a number, ``fixed(value)``, or a widget, with the meaning
        that ipywidgets gives them.  Without one the parameter's default is taken.

    Returns
    -------
    callable
        The function.  Its attribute ``widget`` is the panel that is shown, and
        ``widget.figure`` the `SliderFigure`.

    Raises
    ------
    ValueError
        As `SliderFigure.from_function`; also if the function has no docstring, or a
        control has no end of values.
    """
    if function is None:
        return lambda decorated: interact(decorated, **controls)
    _controls.require(function, "function", Callable)
    name = getattr(function, "__name__", "function")
    alt = " ".join((function.__doc__ or "").split())
    _controls.check_alt(alt, f"{name} has no docstring; say in one")
    made, fixed = _controls.of_abbreviations(function, name, controls)

    def at(*values: Any) -> Any:
        return function(**fixed, **dict(zip(made, values, strict=True)))

    at.__name__ = name
    function.widget = SliderFigure.from_function(at, made, alt=alt).panel()  # type: ignore[attr-defined]
    display(function.widget)  # type: ignore[attr-defined, no-untyped-call]
    return function


def _sentences(given: Any, grid: list[Any], shape: tuple[int, ...]) -> list[str]:
    """Return the sentence of every position, in the order of the grid."""
    if callable(given):
        given, shape = [given(*values) for values in grid], (len(grid),)
    told = np.array(given, dtype=object)
    if told.shape != shape:
        raise ValueError(f"sentences has shape {told.shape}, the controls {shape}")
    for sentence in told.flat:
        _controls.require(sentence, "a sentence", str)
    return [*told.flat]
