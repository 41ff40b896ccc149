"""The laboratory: every setting of a trial free, measured anew as a control moves.

With a running kernel `laboratory` shows controls and four pictures, which Python draws
anew for each setting.  Where no kernel will be there for the reader, in the built book,
it shows the pictures alone.
"""

from __future__ import annotations

import ast
import asyncio
import base64
import html
import io
import mimetypes
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ipywidgets
import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from IPython.display import HTML
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from rnn_demo._checks import real_array
from rnn_demo._types import Floats
from rnn_demo.laboratory._charts import CHARTS, Chart
from rnn_demo.laboratory.trial import Trial
from rnn_demo.matrices import FAMILIES
from rnn_demo.network import ACTIVATIONS
from rnn_demo.words import _, options
from slider_figure import LiveFigure, style_sheet, svg_of

__all__ = ["Laboratory", "is_live", "laboratory", "read_array"]

LARGEST_N = 256
DELAY = 0.005  # seconds in which further moves may arrive before one is answered

# Two columns where there is room, one on a phone.
_GRID = "repeat(auto-fit, minmax(min(100%, 20rem), 1fr))"
_WIDTH = "56rem"
_styled = plt.style.context("rnn_demo.book")


def is_live() -> bool:
    """Return whether the reader will have a kernel.

    The book's build sets the environment variable ``RNN_DEMO_STATIC``: its kernel is
    gone when somebody reads the page.
    """
    return not os.environ.get("RNN_DEMO_STATIC")


def laboratory(**settings: Any) -> Laboratory:
    """Return a laboratory, to be the last value of a cell.

    Parameters
    ----------
    **settings
        Of `rnn_demo.laboratory.trial.Trial`, where the controls start: ``n``,
        ``steps``, ``seed``, ``activation``, ``family``, ``rho``, ``input_strength``,
        ``h0``, and ``W`` for a matrix of your own.

    Returns
    -------
    Laboratory

    Raises
    ------
    ValueError
        If a setting is out of range.
    """
    return Laboratory(Trial(**settings))


def read_array(text: str, name: str) -> Floats:
    """Return the array that a reader typed.

    Parameters
    ----------
    text : str
        Nested lists of numbers as in Python; ``array(...)`` around them is allowed.
        Nothing is executed.
    name : str
        What the array is called in messages.

    Returns
    -------
    ndarray of float64

    Raises
    ------
    ValueError
        If the text is anything else, or a number in it is not finite.
    """
    inner = re.fullmatch(r"\s*(?:(?:np|numpy)\.)?array\((.*)\)\s*", text, re.DOTALL)
    try:
        value = ast.literal_eval((inner[1] if inner else text).strip())
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError) as error:
        start = text.strip()[:40]
        raise ValueError(
            f"{name} must be lists of numbers such as [[0, 1], [-1, 0]], with commas "
            f"and rows of equal length, but starts with {start!r}"
        ) from error
    return real_array(value, name)


class Laboratory:
    """A trial, its measurement, and the ways to look at them.

    Parameters
    ----------
    trial : Trial

    Attributes
    ----------
    trial : Trial
        The settings, as the controls are now.
    measurement : Measurement
        What was measured with them.
    """

    def __init__(self, trial: Trial) -> None:
        self._measure(trial)
        self._panel: _Panel | None = None

    def _measure(self, trial: Trial) -> None:
        if trial.n > LARGEST_N:
            raise ValueError(f"n must be at most {LARGEST_N} here, but is {trial.n}")
        measurement = trial.run()
        self.trial, self.measurement = trial, measurement

    # -- pictures at rest and export ---------------------------------------------------

    @_styled
    def figure(self) -> Figure:
        """Return the four pictures as one matplotlib figure.

        Returns
        -------
        matplotlib.figure.Figure
        """
        figure = Figure(figsize=(9.6, 7.0), layout="none")  # type: ignore[arg-type] # not in the stubs
        figure.text(0.5, 0.975, self.trial.describe(), ha="center", va="center")
        rows = figure.subfigures(3, 1, squeeze=False, height_ratios=[0.4, 3.3, 3.3])
        parts = [part for row in rows[1:, 0] for part in row.subfigures(1, 2)]
        for chart, part in zip(CHARTS, parts, strict=True):
            chart(part).show(self.trial, self.measurement)
        return figure

    @_styled
    def snapshot(self) -> HTML:
        """Return the pictures and their sentences for a page without a kernel.

        Returns
        -------
        IPython.display.HTML
            It needs no script.
        """
        page = (
            f"{style_sheet()}<p><strong>{html.escape(_('Stored result.'))}</strong> "
            f"{html.escape(self.trial.describe())}.</p>"
            f'<div style="display: grid; gap: 1rem; max-width: {_WIDTH}; '
            f'grid-template-columns: {_GRID}">'
        )
        for chart in CHARTS:
            figure = _figure()
            told = html.escape(chart(figure).show(self.trial, self.measurement))
            svg = svg_of(figure, _(chart.alt))
            page += (
                f'<div class="sf-figure">{svg}<p class="sf-sentence">{told}</p></div>'
            )
        return HTML(f"{page}</div>")  # type: ignore[no-untyped-call] # IPython has none

    def code(self) -> str:
        """Return the program that computes the numbers anew."""
        return self.trial.code()

    def files(self) -> dict[str, bytes]:
        """Return name and content of everything that `export` writes.

        Returns
        -------
        dict of str to bytes
            The figure as SVG, PDF and PNG, the numbers as two CSV files, the code.
        """
        out = {
            f"laboratory.{kind}": self._saved(kind) for kind in ("svg", "pdf", "png")
        }
        for name, table in self.trial.tables(self.measurement).items():
            out[f"laboratory-{name}.csv"] = table.encode()
        return out | {"laboratory.py": self.code().encode()}

    def _saved(self, kind: str) -> bytes:
        date = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}.get(kind)
        with mpl.rc_context({"svg.hashsalt": "rnn_demo"}), io.BytesIO() as out:
            self.figure().savefig(
                out, format=kind, dpi=200, facecolor="white", metadata=date
            )
            return out.getvalue()

    def export(self, folder: str | os.PathLike[str] = "laboratory") -> list[Path]:
        """Write the figure, the numbers and the code.

        Parameters
        ----------
        folder : path-like
            Made if it is not there.

        Returns
        -------
        list of pathlib.Path
            The files.
        """
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        files = {folder / name: content for name, content in self.files().items()}
        for path, content in files.items():
            path.write_bytes(content)
        return [*files]

    # -- with a kernel -----------------------------------------------------------------

    def panel(self) -> _Panel:
        """Return the controls and the pictures that follow them.

        Returns
        -------
        ipywidgets.VBox
        """
        if self._panel is None:
            self._panel = _Panel(self)
        return self._panel

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        text = f"Laboratory: {self.trial.describe()}"
        if not is_live():
            return {"text/html": self.snapshot().data, "text/plain": text}
        return {**self.panel()._repr_mimebundle_(**kwargs), "text/plain": text}


@_styled
def _figure() -> Figure:
    return Figure(figsize=(4.8, 3.3), layout="none")  # type: ignore[arg-type] # not in the stubs


# -- controls ------------------------------------------------------------------------


class _Latest:
    """Does some work soon after it is called, once for all calls until then."""

    def __init__(self, work: Callable[[], None]) -> None:
        self._work = work
        self._handle: asyncio.TimerHandle | None = None

    def __call__(self, _: object = None) -> None:
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # no kernel: nothing would come in between
            self._work()
            return
        if self._handle is None:
            self._handle = loop.call_later(DELAY, self._run)

    def _run(self) -> None:
        self._handle = None
        self._work()


class _Panel(ipywidgets.VBox):  # type: ignore[misc] # ipywidgets has no types
    """Controls above, pictures below."""

    @_styled
    def __init__(self, lab: Laboratory) -> None:
        self.lab, self.controls = lab, _controls(lab.trial)
        self.message = ipywidgets.HTML()
        self.charts: list[Chart] = []
        self.pictures: list[LiveFigure] = []
        for kind in CHARTS:
            chart = kind(figure := _figure())
            told = chart.show(lab.trial, lab.measurement)
            self.charts.append(chart)
            self.pictures.append(LiveFigure(figure, alt=_(kind.alt), sentence=told))
        columns = {"grid_template_columns": _GRID, "grid_gap": "0.25rem 1rem"}
        self.shown = ipywidgets.GridBox(self.pictures, layout=columns)
        self.button = ipywidgets.Button(description=_("Export"), icon="download")
        self.links = ipywidgets.HTML()
        self.button.on_click(lambda _: self.export())
        self.follow = _Latest(self.measure)
        for control in self.controls.values():
            control.observe(self.follow, "value")
        own = [self.controls[name] for name in ("W", "rescale", "h0")]
        sliders = [c for c in self.controls.values() if c not in own]
        self._enable()
        top = [ipywidgets.GridBox(sliders, layout=columns), *own, self.message]
        export = ipywidgets.VBox([self.button, self.links])
        layout = {"width": "100%", "max_width": _WIDTH}
        super().__init__([*top, self.shown, export], layout=layout)

    def trial(self) -> Trial:
        """Return the trial that the controls stand for."""
        value = {name: control.value for name, control in self.controls.items()}
        size, rescale = value.pop("h0_size"), value.pop("rescale")
        W, h0 = value["W"].strip(), value["h0"].strip()
        value["W"] = read_array(W, "W") if W else None
        value["h0"] = read_array(h0, "h0") if h0 else size
        if W and not rescale:
            value["rho"] = None
        return Trial(**value)

    @_styled
    def measure(self) -> None:
        """Measure what the controls say now, and show it or say why not."""
        self._enable()
        try:
            self.lab._measure(self.trial())
        except (ValueError, np.linalg.LinAlgError) as error:
            why = html.escape(_("Not measured:")), html.escape(str(error))
            still = html.escape(_("The pictures below show the last setting that was."))
            self.shown.add_class("sf-stale")
            self.message.value = (
                f'<p role="alert"><strong>{why[0]}</strong> {why[1]}. {still}</p>'
            )
            return
        self.shown.remove_class("sf-stale")
        for chart, picture in zip(self.charts, self.pictures, strict=True):
            picture.refresh(chart.show(self.lab.trial, self.lab.measurement))
        self.message.value = ""
        self.links.value = ""  # they belong to another setting

    def _enable(self) -> None:
        """Switch off the controls that another one overrules."""
        own = bool(self.controls["W"].value.strip())
        self.controls["n"].disabled = own
        self.controls["family"].disabled = own
        self.controls["rescale"].disabled = not own
        self.controls["rho"].disabled = own and not self.controls["rescale"].value
        self.controls["h0_size"].disabled = bool(self.controls["h0"].value.strip())

    def export(self) -> None:
        """Write the files next to the notebook, and offer them for download."""
        try:
            folder = self.lab.export()[0].parent.resolve()
            where = _("Saved in {folder}.").format(folder=folder)
        except OSError as error:
            where = _("Not saved beside the notebook ({reason}).")
            where = where.format(reason=error.strerror)
        links = []
        for name, content in self.lab.files().items():
            kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
            address = f"data:{kind};base64,{base64.b64encode(content).decode()}"
            links.append(f'<a download="{name}" href="{address}">{name}</a>')
        told = html.escape(f"{where} {_('Download:')}")
        self.links.value = f"{told} {', '.join(links)}"


def _controls(trial: Trial) -> dict[str, ipywidgets.Widget]:
    """Return the controls by name, set to a trial."""

    def slider(label: str, value: Any) -> ipywidgets.FloatSlider:
        top = max(3.0, np.ceil(value))
        return ipywidgets.FloatSlider(
            value, min=0, max=top, step=0.01, description=label
        )

    own_start = np.ndim(trial.h0) > 0
    n, steps = trial.n, trial.steps
    controls = {
        "activation": ipywidgets.ToggleButtons(
            options=options(ACTIVATIONS), description=_("activation")
        ),
        "family": ipywidgets.ToggleButtons(
            options=options(FAMILIES), description=_("matrix")
        ),
        "rho": slider(_("ρ(W)"), 1.0 if trial.rho is None else trial.rho),
        "input_strength": slider(_("input strength"), trial.input_strength),
        "n": ipywidgets.IntSlider(n, 1, max(128, n), description=_("units n")),
        "steps": ipywidgets.IntSlider(
            steps, 4, max(400, steps), 4, description=_("steps T")
        ),
        "h0_size": slider(_("size of h₀"), 0.5 if own_start else trial.h0),
        "seed": ipywidgets.BoundedIntText(
            trial.seed, 0, 2**31 - 1, description=_("seed")
        ),
        "W": ipywidgets.Textarea(
            "" if trial.W is None else _typed(trial.W),
            description=_("your own W"),
            placeholder=_("[[0, 1], [-1, 0]]   (empty: a random matrix)"),
            continuous_update=False,
        ),
        "h0": ipywidgets.Text(
            _typed(trial.h0) if own_start else "",
            description=_("your own h₀"),
            placeholder=_("[0.5, -0.5]   (empty: random, of the size above)"),
            continuous_update=False,
        ),
    }
    for control in controls.values():
        control.style.description_width = control.layout.width = "auto"
    for name in ("activation", "family"):
        controls[name].value = getattr(trial, name)
        controls[name].style.button_width = controls[name].layout.height = "auto"
    controls["rescale"] = ipywidgets.Checkbox(
        trial.W is not None and trial.rho is not None,
        description=_("scale your W to the spectral radius above"),
        indent=False,
    )
    return controls


def _typed(array: ArrayLike) -> str:
    """Return an array as text that `read_array` reads back exactly."""
    return str(np.asarray(array).tolist())
