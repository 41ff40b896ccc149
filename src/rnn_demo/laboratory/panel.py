"""The laboratory: every setting of a trial free, measured anew as a control moves.

With a running kernel `laboratory` shows controls and four pictures; Python measures
each new setting and sends coordinates to the page (`rnn_demo.live_figure`).  Where no
kernel will be there for the reader, in the built book, it shows the pictures alone.
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
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar, TypeAlias

import ipywidgets
import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure, FigureBase
from numpy.typing import ArrayLike, NDArray

from rnn_demo import colors, figures
from rnn_demo._checks import real_array, real_number
from rnn_demo._types import Floats
from rnn_demo.explorers._words import change
from rnn_demo.laboratory.trial import Measurement, Trial
from rnn_demo.live_figure import LiveFigure, put
from rnn_demo.matrices import FAMILIES
from rnn_demo.network import ACTIVATIONS
from rnn_demo.words import translate, translate_figure

__all__ = ["Laboratory", "is_live", "laboratory", "read_array"]

# What moves, and its values; see `rnn_demo.live_figure`.
Rows: TypeAlias = dict[Artist, dict[str, Any]]

LARGEST_N = 256
DELAY = 0.005  # seconds in which further moves may arrive before one is answered
INTERVALS = 4  # of each axis

# Two columns where there is room, one on a phone.
_GRID = "repeat(auto-fit, minmax(min(100%, 20rem), 1fr))"
_WIDTH = "56rem"


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

    def figure(self) -> Figure:
        """Return the four pictures as one matplotlib figure.

        Returns
        -------
        matplotlib.figure.Figure
        """
        with plt.style.context("rnn_demo.book"):
            figure = Figure(figsize=(9.6, 7.0), layout="none")  # type: ignore[arg-type] # not in the stubs
            figure.text(0.5, 0.975, self.trial.describe(), ha="center", va="center")
            rows = figure.subfigures(3, 1, squeeze=False, height_ratios=[0.4, 3.3, 3.3])
            parts = [part for row in rows[1:, 0] for part in row.subfigures(1, 2)]
            for chart, part in zip(CHARTS, parts, strict=True):
                put(chart(part).rows(self.trial, self.measurement))
        translate_figure(figure)
        return figure

    def snapshot(self) -> Snapshot:
        """Return the pictures and their sentences for a page without a kernel.

        Returns
        -------
        Snapshot
            Displays as HTML that needs no script.
        """
        parts = []
        for chart in CHARTS:
            figure, drawn = _chart_figure(chart)
            put(drawn.rows(self.trial, self.measurement))
            svg = figures.svg_of(figure, chart.alt)
            told = drawn.sentence(self.trial, self.measurement)
            told = figures.escape(translate(told))
            parts.append(
                f'<div class="sf-figure">{svg}<p class="sf-sentence">{told}</p></div>'
            )
        return Snapshot(translate(self.trial.describe()), parts)

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
        out = io.BytesIO()
        dates = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}
        with mpl.rc_context({"svg.hashsalt": "rnn_demo", "savefig.transparent": False}):
            self.figure().savefig(
                out, format=kind, dpi=200, facecolor="white", metadata=dates.get(kind)
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
        paths = []
        for name, content in self.files().items():
            paths.append(folder / name)
            paths[-1].write_bytes(content)
        return paths

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
            return {"text/html": self.snapshot()._repr_html_(), "text/plain": text}
        bundle: dict[str, Any] = self.panel()._repr_mimebundle_(**kwargs)
        return bundle | {"text/plain": text}


class Snapshot:
    """The pictures of a laboratory at rest."""

    def __init__(self, settings: str, parts: list[str]) -> None:
        self.settings = settings
        self.parts = parts

    def __repr__(self) -> str:
        return f"<stored result: {self.settings}>"

    def _repr_html_(self) -> str:
        return (
            f"{figures.style_sheet()}<p><strong>{_said('Stored result.')}</strong> "
            f"{figures.escape(self.settings)}.</p>"
            f'<div style="display: grid; gap: 1rem; max-width: {_WIDTH}; '
            f'grid-template-columns: {_GRID}">'
            f"{''.join(self.parts)}</div>"
        )


# -- pictures ------------------------------------------------------------------------


def _chart_figure(chart: type[_Chart]) -> tuple[Figure, _Chart]:
    with plt.style.context("rnn_demo.book"):
        figure = Figure(figsize=(4.8, 3.3), layout="none")  # type: ignore[arg-type] # not in the stubs
        return figure, chart(figure)


def nice_limits(low: float, high: float) -> tuple[float, float]:
    """Return a start and a round step whose `INTERVALS` steps cover [low, high].

    Parameters
    ----------
    low, high : float
        Smallest and largest value that an axis has to show.

    Returns
    -------
    start, step : float
        The lower end of the axis, and the distance of its ticks.
    """
    power = 10.0 ** np.floor(np.log10(max(high - low, 1e-12) / INTERVALS))
    for factor in (1, 2, 2.5, 5, 10, 20, 25):
        step = factor * power
        start = np.floor(low / step + 1e-9) * step
        if start + INTERVALS * step >= high - 1e-9 * step:
            break
    return start, step


class _Chart(ABC):
    """Axes of four intervals each; what they stand for is told by texts that move.

    A change of scale is then no more than a change of words, which is sent as fast as
    a change of coordinates.
    """

    alt: ClassVar[str]
    xlabel: ClassVar[str]
    ylabel: ClassVar[str]
    box = (0.15, 0.16, 0.80, 0.70)

    def __init__(self, figure: FigureBase) -> None:
        ax = self.ax = figure.add_axes(self.box)
        ticks = range(INTERVALS + 1)
        ax.set(xlim=(0, INTERVALS), ylim=(0, INTERVALS), xticks=ticks, yticks=ticks)
        ax.tick_params(labelbottom=False, labelleft=False)
        ax.set_xlabel(self.xlabel, labelpad=18)
        ax.set_ylabel(self.ylabel, labelpad=30)
        below, beside = ax.get_xaxis_transform(), ax.get_yaxis_transform()
        size = mpl.rcParams["xtick.labelsize"]
        gap = -0.016 / self.box[2]  # as many inches whatever the width
        self.x_texts = [
            ax.text(k, -0.04, "0", size=size, transform=below, ha="center", va="top")
            for k in ticks
        ]
        self.y_texts = [
            ax.text(gap, k, "0", size=size, transform=beside, ha="right", va="center")
            for k in ticks
        ]

    @abstractmethod
    def rows(self, trial: Trial, m: Measurement) -> Rows:
        """Return what moves, and where to."""

    @abstractmethod
    def sentence(self, trial: Trial, m: Measurement) -> str:
        """Return the sentence below the picture."""

    def legend(self) -> None:
        self.ax.legend(
            loc="lower left",
            bbox_to_anchor=(0, 1.01),
            borderaxespad=0,
            ncols=3,
            columnspacing=1.2,
            handlelength=1.6,
        )

    def scales(self, x: tuple[float, float], y: tuple[float, float]) -> Rows:
        """Return the rows of the axes' texts; x and y are (start, step)."""
        rows: Rows = {}
        for (start, step), texts in ((x, self.x_texts), (y, self.y_texts)):
            for k, text in enumerate(texts):
                value = start + k * step
                label = f"{0 if abs(value) < 1e-9 * step else value:.4g}"
                rows[text] = {"text": label.replace("-", "−")}
        return rows

    @staticmethod
    def place(values: NDArray[Any], scale: tuple[float, float]) -> Floats:
        """Return values in units of the axis, not far beyond its ends."""
        start, step = scale
        return np.clip((values - start) / step, -1, INTERVALS + 1)


class _Norms(_Chart):
    alt = (
        "Line chart of the logarithm of the gradient norm against the lag, with two "
        "straight lines: the growth that the Lyapunov exponent gives, and the spectral "
        "radius to the power of the lag."
    )
    xlabel = "lag $T-k$ (steps back in time)"
    ylabel = r"$\log_{10}$ of gradient norm"

    def __init__(self, figure: FigureBase) -> None:
        super().__init__(figure)
        plot = self.ax.plot
        (self.zero,) = plot([0], [0], color=colors.FOREGROUND, lw=0.8)
        (self.curve,) = plot([0], [0], color=colors.BLUE, lw=2.2, label="measured")
        (self.growth,) = plot(
            [0], [0], color=colors.VERMILION, ls="--", label="$e^{λ(T-k)}$"
        )
        (self.power,) = plot([0], [0], color=colors.GREEN, ls=":", label="$ρ(W)^{T-k}$")
        self.legend()

    def rows(self, trial: Trial, m: Measurement) -> Rows:
        lag = np.arange(trial.steps)
        norms = m.log_norms[::-1]
        seen = np.isfinite(norms)
        with np.errstate(divide="ignore"):
            power = np.log10(np.abs(m.eigenvalues).max())
        x = (0, trial.steps / INTERVALS)
        y = nice_limits(min(norms[seen].min(), -1), max(norms[seen].max(), 1))
        rows = self.scales(x, y)
        rows[self.zero] = {
            "x": np.array([0, INTERVALS]),
            "y": self.place(np.zeros(2), y),
        }
        rows[self.curve] = {
            "x": self.place(lag[seen], x),
            "y": self.place(norms[seen], y),
        }
        rates = {self.growth: m.running[-1] / np.log(10), self.power: power}
        for line, rate in rates.items():
            shown = np.isfinite(rate)
            rows[line] = {
                "x": self.place(lag, x),
                "y": self.place(lag * rate if shown else 0.0 * lag, y),
                "visible": shown,
            }
        return rows

    def sentence(self, trial: Trial, m: Measurement) -> str:
        if trial.steps == 1:
            return "One step: there is nothing to carry the gradient back through."
        if np.isfinite(m.log_norms[0]):
            told = change(m.log_norms[0])
            return f"Over {trial.steps - 1} steps back the gradient norm {told}."
        lag = int(np.argmin(np.isfinite(m.log_norms[::-1])))
        return f"From lag {lag} on the gradient is exactly 0."


class _Eigenvalues(_Chart):
    alt = "The eigenvalues of W in the complex plane, with the unit circle."
    box = (0.26, 0.16, 2.31 / 4.8, 0.70)  # 2.31 inches each way
    xlabel = "real part"
    ylabel = "imaginary part"

    def __init__(self, figure: FigureBase) -> None:
        super().__init__(figure)
        self.circle = np.exp(2j * np.pi * np.linspace(0, 1, 121))
        (self.unit,) = self.ax.plot(
            [0], [0], color=colors.VERMILION, ls="--", lw=1.4, label="unit circle"
        )
        self.dots = self.ax.scatter(
            [0], [0], s=14, color=colors.BLUE, label="eigenvalues of $W$"
        )
        self.legend()

    def rows(self, trial: Trial, m: Measurement) -> Rows:
        reach = 1.06 * max(np.abs(m.eigenvalues).max(), 1)
        power = 10.0 ** np.floor(np.log10(reach))
        reach = next(f * power for f in (1.5, 2, 3, 4, 6, 8, 10) if f * power >= reach)
        scale = (-reach, 2 * reach / INTERVALS)
        rows = self.scales(scale, scale)
        for artist, points in ((self.unit, self.circle), (self.dots, m.eigenvalues)):
            rows[artist] = {
                "x": self.place(points.real, scale),
                "y": self.place(points.imag, scale),
            }
        return rows

    def sentence(self, trial: Trial, m: Measurement) -> str:
        size = np.abs(m.eigenvalues)
        outside = int((size > 1 + 1e-9).sum())
        return (
            f"ρ(W) = {size.max():.3g}; of the {len(size)} eigenvalues "
            f"{outside or 'none'} {'lies' if outside < 2 else 'lie'} outside of the "
            "unit circle."
        )


class _Slopes(_Chart):
    alt = (
        "Line chart of the slopes of the activation at the hidden states against time: "
        "their mean, and the 10th and 90th percentile over the units."
    )
    xlabel = "time $t$"
    ylabel = "slope φ′(z)"

    def __init__(self, figure: FigureBase) -> None:
        super().__init__(figure)
        plot = self.ax.plot
        (self.low,) = plot([0], [0], color=colors.SKY, lw=1.2, label="10 % and 90 %")
        (self.high,) = plot([0], [0], color=colors.SKY, lw=1.2)
        (self.mean,) = plot([0], [0], color=colors.BLUE, label="mean over units")
        self.legend()

    def rows(self, trial: Trial, m: Measurement) -> Rows:
        x, y = (0, trial.steps / INTERVALS), (0, 1 / INTERVALS)
        rows = self.scales(x, y)
        t = self.place(np.arange(1, trial.steps + 1), x)
        lines = {
            self.low: m.slope_low,
            self.high: m.slope_high,
            self.mean: m.slope_mean,
        }
        return rows | {
            line: {"x": t, "y": self.place(values, y)} for line, values in lines.items()
        }

    def sentence(self, trial: Trial, m: Measurement) -> str:
        return (
            f"Mean slope {m.slope_mean.mean():.2f}; {m.saturated:.0%} of the slopes "
            "are below a tenth of the largest possible: saturated."
        )


class _Lyapunov(_Chart):
    alt = (
        "Line chart of the estimate of the largest Lyapunov exponent against the "
        "number of steps that it is taken from, with a line at zero."
    )
    xlabel = "steps $t$"
    ylabel = "Lyapunov exponent $λ$"

    def __init__(self, figure: FigureBase) -> None:
        super().__init__(figure)
        (self.zero,) = self.ax.plot(
            [0], [0], color=colors.FOREGROUND, lw=0.8, label="border at 0"
        )
        (self.curve,) = self.ax.plot(
            [0], [0], color=colors.BLUE, label="estimate from $t$ steps"
        )
        self.legend()

    def rows(self, trial: Trial, m: Measurement) -> Rows:
        t = np.arange(1, trial.steps + 1)
        seen = np.isfinite(m.running)
        if not seen.any():
            seen[0] = True
        values = np.nan_to_num(m.running[seen], neginf=0)
        settled = values[min(len(values) - 1, trial.steps // 20) :]
        x = (0, trial.steps / INTERVALS)
        y = nice_limits(min(settled.min(), -0.1), max(settled.max(), 0.1))
        rows = self.scales(x, y)
        rows[self.zero] = {
            "x": np.array([0, INTERVALS]),
            "y": self.place(np.zeros(2), y),
        }
        rows[self.curve] = {
            "x": self.place(t[seen], x),
            "y": self.place(values, y),
            "visible": np.isfinite(m.running[0]),
        }
        return rows

    def sentence(self, trial: Trial, m: Measurement) -> str:
        last = m.running[-1]
        if not np.isfinite(last):
            return "λ = −∞: the product of Jacobians takes a vector to exactly 0."
        value = f"{last:+.3f}".replace("-", "−")
        verdict = "grow" if last > 0 else "shrink"
        return (
            f"λ ≈ {value} per step, estimated over {trial.steps} steps; at this rate "
            f"gradients {verdict}."
        )


CHARTS: tuple[type[_Chart], ...] = (_Norms, _Eigenvalues, _Slopes, _Lyapunov)


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

    def __init__(self, lab: Laboratory) -> None:
        self.lab = lab
        self.controls = _controls(lab.trial)
        self.message = ipywidgets.HTML()
        self.charts, self.pictures = [], []
        for chart in CHARTS:
            figure, drawn = _chart_figure(chart)
            rows = drawn.rows(lab.trial, lab.measurement)
            told = drawn.sentence(lab.trial, lab.measurement)
            picture = LiveFigure(figure, rows, told, chart.alt, capacity=LARGEST_N)
            self.charts.append(drawn)
            self.pictures.append(picture)
        columns = {"grid_template_columns": _GRID, "grid_gap": "0.25rem 1rem"}
        self.shown = ipywidgets.GridBox(
            self.pictures, layout=ipywidgets.Layout(**columns)
        )
        self.button = ipywidgets.Button(
            description=translate("Export"), icon="download"
        )
        self.links = ipywidgets.HTML()
        self.button.on_click(lambda _: self.export())
        self.follow = _Latest(self.measure)
        for control in self.controls.values():
            control.observe(self.follow, "value")
        own = [self.controls[name] for name in ("W", "rescale", "h0")]
        sliders = [c for c in self.controls.values() if c not in own]
        self._enable()
        super().__init__(
            [
                ipywidgets.GridBox(sliders, layout=ipywidgets.Layout(**columns)),
                *own,
                self.message,
                self.shown,
                ipywidgets.VBox([self.button, self.links]),
            ],
            layout=ipywidgets.Layout(width="100%", max_width=_WIDTH),
        )

    def trial(self) -> Trial:
        """Return the trial that the controls stand for."""
        value = {name: control.value for name, control in self.controls.items()}
        W = read_array(value["W"], "W") if value["W"].strip() else None
        h0 = read_array(value["h0"], "h0") if value["h0"].strip() else value["h0_size"]
        return Trial(
            n=value["n"],
            steps=value["steps"],
            seed=value["seed"],
            activation=value["activation"],
            family=value["family"],
            rho=value["rho"] if W is None or value["rescale"] else None,
            input_strength=value["input_strength"],
            h0=h0,
            W=W,
        )

    def measure(self) -> None:
        """Measure what the controls say now, and show it or say why not."""
        self._enable()
        try:
            self.lab._measure(self.trial())
        except (ValueError, np.linalg.LinAlgError) as error:
            text = html.escape(str(error))
            still = "The pictures below show the last setting that was."
            self.shown.add_class("sf-stale")
            self.message.value = (
                f'<p role="alert"><strong>{_said("Not measured:")}</strong> {text}. '
                f"{_said(still)}</p>"
            )
            return
        trial, measurement = self.lab.trial, self.lab.measurement
        self.shown.remove_class("sf-stale")
        for chart, picture in zip(self.charts, self.pictures, strict=True):
            picture.update(
                chart.rows(trial, measurement), chart.sentence(trial, measurement)
            )
        if self.message.value:
            self.message.value = ""
        if self.links.value:
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
            where = f"Saved in {self.lab.export()[0].parent.resolve()}."
        except OSError as error:
            where = f"Not saved beside the notebook ({error.strerror})."
        links = []
        for name, content in self.lab.files().items():
            kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
            address = f"data:{kind};base64,{base64.b64encode(content).decode()}"
            links.append(f'<a download="{name}" href="{address}">{name}</a>')
        self.links.value = f"{_said(where)} {_said('Download:')} {', '.join(links)}"


def _controls(trial: Trial) -> dict[str, ipywidgets.Widget]:
    """Return the controls by name, set to a trial."""
    wide = {"style": {"description_width": "auto"}}
    slider = wide | {"layout": ipywidgets.Layout(width="auto")}
    buttons = wide | {"layout": ipywidgets.Layout(width="auto", height="auto")}
    buttons["style"] = {"description_width": "auto", "button_width": "auto"}
    area = wide | {
        "layout": ipywidgets.Layout(width="auto"),
        "continuous_update": False,
    }
    random_start = np.ndim(trial.h0) == 0
    controls = {
        "activation": ipywidgets.ToggleButtons(
            options=[(translate(name), name) for name in ACTIVATIONS],
            value=trial.activation,
            description="activation",
            **buttons,
        ),
        "family": ipywidgets.ToggleButtons(
            options=[(translate(name), name) for name in FAMILIES],
            value=trial.family,
            description="matrix",
            **buttons,
        ),
        "rho": _float_slider("ρ(W)", 1.0 if trial.rho is None else trial.rho, slider),
        "input_strength": _float_slider("input strength", trial.input_strength, slider),
        "n": ipywidgets.IntSlider(
            trial.n, 1, max(128, trial.n), description="units n", **slider
        ),
        "steps": ipywidgets.IntSlider(
            trial.steps, 4, max(400, trial.steps), 4, description="steps T", **slider
        ),
        "h0_size": _float_slider(
            "size of h₀", real_number(trial.h0, "h0") if random_start else 0.5, slider
        ),
        "seed": ipywidgets.BoundedIntText(
            trial.seed, 0, 2**31 - 1, description="seed", **slider
        ),
        "W": ipywidgets.Textarea(
            "" if trial.W is None else _typed(trial.W),
            description="your own W",
            placeholder="[[0, 1], [-1, 0]]   (empty: a random matrix)",
            **area,
        ),
        "rescale": ipywidgets.Checkbox(
            trial.W is not None and trial.rho is not None,
            description="scale your W to the spectral radius above",
            indent=False,
        ),
        "h0": ipywidgets.Text(
            "" if random_start else _typed(trial.h0),
            description="your own h₀",
            placeholder="[0.5, -0.5]   (empty: random, of the size above)",
            **area,
        ),
    }
    for control in controls.values():
        control.description = translate(control.description)
        if control.has_trait("placeholder"):
            control.placeholder = translate(control.placeholder)
    return controls


def _float_slider(
    label: str, value: float, shared: dict[str, Any]
) -> ipywidgets.FloatSlider:
    top = max(3.0, np.ceil(value))
    return ipywidgets.FloatSlider(
        value, min=0, max=top, step=0.01, description=label, **shared
    )


def _said(text: str) -> str:
    """Return what the reader sees in place of a text, for use in HTML."""
    return html.escape(translate(text))


def _typed(array: ArrayLike) -> str:
    """Return an array as text that `read_array` reads back exactly."""
    return str(np.asarray(array).tolist())
