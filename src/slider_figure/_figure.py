"""A matplotlib figure that moves with sliders, without a kernel."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import ipywidgets
import matplotlib.pyplot as plt
import numpy as np
import traitlets
from IPython.display import display
from matplotlib.figure import Figure

from slider_figure import _files
from slider_figure._controls import (
    Control,
    check_alt,
    check_labels,
    checked,
    of_abbreviations,
    require,
)
from slider_figure._packing import Packer, merged, own, svg
from slider_figure._sources import Drawn, Updated, recorded
from slider_figure._still import Shown, picture_of

MAX_BYTES = 2_000_000
Sentences: TypeAlias = Callable[..., str] | Sequence[Any] | np.ndarray | None


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
        changes the size of the figure or makes a new one.

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
    # Label of each control, and of its values.
    controls: Any = traitlets.List().tag(sync=True)
    i0 = traitlets.Int(0).tag(sync=True)
    i1 = traitlets.Int(0).tag(sync=True)
    i2 = traitlets.Int(0).tag(sync=True)
    i3 = traitlets.Int(0).tag(sync=True)

    def __init__(
        self,
        figure: Figure,
        update: Callable[..., Any],
        controls: Mapping[str, Any],
        *,
        alt: str,
        sentences: Sentences = None,
        start: Mapping[str, Any] | None = None,
    ) -> None:
        source = Updated(figure, update)
        plt.close(figure)
        self._record(source, checked(controls, start), alt, sentences)

    @classmethod
    def from_function(
        cls,
        function: Callable[..., Any],
        controls: Mapping[str, Any],
        *,
        alt: str,
        sentences: Sentences = None,
        start: Mapping[str, Any] | None = None,
    ) -> SliderFigure:
        """Return a figure that a function draws, anew at every position.

        Parameters
        ----------
        function : callable
            Is given the values of the controls, in their order, and draws one figure
            with pyplot, or returns one.
        controls, alt, sentences, start
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
        new._record(Drawn(function), checked(controls, start), alt, sentences)
        return new

    def _record(
        self, source: Drawn, controls: list[Control], alt: str, sentences: Any
    ) -> None:
        check_alt(alt)
        self._source, self._controls, self.alt = source, controls, alt
        self._shape = shape = tuple(len(control.values) for control in controls)
        start = tuple(control.start for control in controls)
        drawn, told = recorded(source, controls)
        if sentences is not None:
            told = _sentences(controls, shape, sentences)
        order, frames = merged([renderer.fragments for renderer in drawn])
        self._told, self._frames = told, (picture_of(drawn, alt), order, frames)
        first = int(np.ravel_multi_index(start, shape))
        shown, data = self._packed(first)
        total = len(shown.encode()) + len(data)
        self.size = Size(len(told), total, len(data) / len(told))
        if total > MAX_BYTES:
            raise ValueError(
                f"the figure takes {total:,} bytes, {self.size.per_position:,.0f} for "
                f"each of {len(told)} positions, and at most {MAX_BYTES:,} can be "
                "stored: draw fewer points, rasterize what has many "
                "(set_rasterized), or give the controls fewer values"
            )
        indices = {f"i{k}": i for k, i in enumerate(start)}
        value = self._value_at(start)
        shown_as = [[control.label, control.labels] for control in controls]
        super().__init__(
            svg=shown,
            data=data,
            sentence=told[first],
            value=value,
            controls=shown_as,
            **indices,
        )

    def _packed(self, first: int) -> tuple[str, bytes]:
        """Return the picture at the start, and all that changes."""
        picture, order, frames = self._frames
        packer, moving = Packer(self._shape), []
        for key in order:
            column = [frame.get(key) for frame in frames]
            if any(fragment != column[0] for fragment in column):
                packer.add(column)
                moving.append(key)
        # What changes is part of the name, or two figures could share it.
        shown = svg(picture, order, frames[first], moving)
        shown, prefix = own(shown, packer.packed(""))
        texts = {text: k for k, text in enumerate(dict.fromkeys(self._told))}
        told = {"index": [texts[text] for text in self._told], "texts": [*texts]}
        return shown, packer.packed(prefix, sentences=told)

    # -- position ----------------------------------------------------------------

    @property
    def position(self) -> tuple[int, ...]:
        """Index of each control's current value."""
        return tuple(getattr(self, f"i{k}") for k in range(len(self._controls)))

    def _value_at(self, position: Iterable[int]) -> dict[str, Any]:
        pairs = zip(self._controls, position, strict=True)
        return {control.label: control.values[i] for control, i in pairs}

    @traitlets.validate("i0", "i1", "i2", "i3")
    def _valid_position(self, proposal: Any) -> int:
        k = int(proposal.trait.name[1])
        last = self._shape[k] - 1 if k < len(self._shape) else 0
        if not 0 <= proposal.value <= last:
            raise ValueError(f"i{k} is {proposal.value}; it must be from 0 to {last}")
        return int(proposal.value)

    @traitlets.validate("value")
    def _valid_value(self, proposal: Any) -> dict[str, Any]:
        return self._value_at(self._indices("value", proposal.value))

    def _indices(self, name: str, value: Mapping[str, Any]) -> tuple[int, ...]:
        """Return the position of values; what is not named stays as it is."""
        require(value, name, Mapping)
        check_labels(name, value, self._controls)
        return tuple(
            control.index(name, value[control.label]) if control.label in value else now
            for control, now in zip(self._controls, self.position, strict=True)
        )

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
                position = self._indices("value", self.value)
                for k, i in enumerate(position):
                    setattr(self, f"i{k}", i)
                self.sentence = self._told[np.ravel_multi_index(position, self._shape)]
        finally:
            self._setting = False

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
        picture, order, frames = self._frames
        position = self._indices("changes", changes)
        k = int(np.ravel_multi_index(position, self._shape))
        return own(svg(picture, order, frames[k]))[0]

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
        position = self._indices("changes", changes)
        return self._told[int(np.ravel_multi_index(position, self._shape))]

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
        pairs = zip(self.controls, self._indices("values", values or {}), strict=True)
        query = "&".join(f"{label}={labels[k]}" for (label, labels), k in pairs)
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
        check_labels("play", [play], self._controls)
        children: list[ipywidgets.Widget] = []
        for k, control in enumerate(self._controls):
            widget = control.widget(self.position[k])
            # The figure comes first: its position wins when the page wakes up.
            ipywidgets.jslink((self, f"i{k}"), (widget, "index"))
            if control.label == play:
                last = len(control.values) - 1
                player = ipywidgets.Play(max=last, value=widget.index, interval=80)
                ipywidgets.jslink((widget, "index"), (player, "value"))
                children.append(player)
            children.append(widget)
        panel = _Panel(
            [*children, self], layout={"width": "100%", "max_width": "36rem"}
        )
        panel.figure = self
        return panel

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
        start = [control.start for control in self._controls]
        told = self._told[int(np.ravel_multi_index(start, self._shape))]
        # This is the picture as it was made; one that moves is the page's.
        return _files.still(self.svg, told, _files.style_sheet() if style else "")

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
        page = _files.page(self, language)
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
        Path(path).write_text(_files.module(self), encoding="utf-8")

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
        check_labels("along", [along], self._controls)
        position = self._indices("at", {} if at is None else at)
        runs = {label: [value] for label, value in self._value_at(position).items()}
        runs |= {c.label: c.values for c in self._controls if c.label == along}
        values = [*itertools.product(*runs.values())]
        if Path(path).suffix.lower() not in (".gif", ".apng"):
            return _files.pictures(Path(path), self._source, values, dpi)
        if along is None:
            raise ValueError(f"along is None; {path} needs a control that runs")
        return _files.animation(Path(path), self._source, values, dpi, interval)

    def __repr__(self) -> str:
        return f"SliderFigure({', '.join(repr(c.label) for c in self._controls)})"


class _Panel(ipywidgets.VBox):  # type: ignore[misc] # ipywidgets has no types
    """A panel whose output holds the picture at rest beside the live widgets."""

    figure: SliderFigure

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        bundle: dict[str, Any] = super()._repr_mimebundle_(**kwargs)
        bundle["text/plain"] = repr(self.figure)
        return bundle | {"text/html": self.figure.static_html()}


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
    require(function, "function", Callable)
    name = getattr(function, "__name__", "function")
    alt = " ".join((function.__doc__ or "").split())
    if not alt:
        raise ValueError(
            f"{name} has no docstring; say in one what the picture shows, for readers "
            "who do not see it"
        )
    made, fixed = of_abbreviations(function, name, controls)

    def at(*values: Any) -> Any:
        return function(**fixed, **dict(zip(made, values, strict=True)))

    figure = SliderFigure.__new__(SliderFigure)
    figure._record(Drawn(at, name), [*made.values()], alt, None)
    function.widget = figure.panel()  # type: ignore[attr-defined]
    display(function.widget)  # type: ignore[attr-defined, no-untyped-call]
    return function


def _sentences(
    controls: list[Control], shape: tuple[int, ...], sentences: Any
) -> list[str]:
    """Return the sentence of every position, in the order of the grid."""
    if callable(sentences):
        positions = itertools.product(*(control.values for control in controls))
        told = [sentences(*values) for values in positions]
    else:
        given = np.array(sentences, dtype=object)
        if given.shape != shape:
            raise ValueError(
                f"sentences has shape {given.shape}; the controls have {shape} values"
            )
        told = given.ravel().tolist()
    for sentence in told:
        require(sentence, "a sentence", str)
    return told
