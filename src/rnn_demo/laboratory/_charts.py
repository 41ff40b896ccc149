"""The four pictures of the laboratory."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np
from matplotlib.figure import FigureBase
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from rnn_demo.explorers._words import change
from rnn_demo.laboratory.trial import Measurement, Trial
from rnn_demo.words import _
from slider_figure import colors

__all__ = ["CHARTS", "Chart"]


def round_limits(low: float, high: float) -> tuple[float, float]:
    """Return round numbers around an interval: few moves change them."""
    ticks = MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
    return ticks[0], ticks[-1]


class Chart(ABC):
    """Axes in a figure, and what a measurement shows in them.

    Parameters
    ----------
    figure : matplotlib.figure.FigureBase
        A figure, or a part of one, without a layout engine.
    """

    alt: ClassVar[str]
    box = (0.15, 0.16, 0.80, 0.70)

    def __init__(self, figure: FigureBase) -> None:
        self.ax = figure.add_axes(self.box)
        self.axis = self.ax.axhline(0, color=colors.FOREGROUND, lw=0.6)
        self.ax.xaxis.set_major_locator(MaxNLocator(5))
        self.ax.yaxis.set_major_locator(MaxNLocator(5))
        self.prepare()
        self.ax.legend(
            loc="lower left",
            bbox_to_anchor=(0, 1.01),
            borderaxespad=0,
            ncols=3,
            columnspacing=1.2,
            handlelength=1.6,
        )

    def line(self, label: str, color: str, **style: Any) -> Line2D:
        """Return a line without points."""
        return self.ax.plot([], [], color=color, label=label, **style)[0]

    def reach(self, x: tuple[float, float], y: tuple[float, float]) -> None:
        """Set limits; those that stay need no new ticks."""
        if (*self.ax.get_xlim(), *self.ax.get_ylim()) != (*x, *y):
            self.ax.set(xlim=x, ylim=y)

    @abstractmethod
    def prepare(self) -> None:
        """Add the artists to the axes."""

    @abstractmethod
    def show(self, trial: Trial, m: Measurement) -> str:
        """Move the artists to a measurement, and return the sentence below."""


class Norms(Chart):
    """The gradient norm against the lag."""

    alt = (
        "Line chart of the logarithm of the gradient norm against the lag, with two "
        "straight lines: the growth that the Lyapunov exponent gives, and the spectral "
        "radius to the power of the lag."
    )

    def prepare(self) -> None:
        self.ax.set(
            xlabel=_("lag $T-k$ (steps back in time)"),
            ylabel=_(r"$\log_{10}$ of the gradient norm"),
        )
        self.curve = self.line(_("measured"), colors.BLUE, lw=2.2, gid="measured")
        self.growth = self.line("$e^{λ(T-k)}$", colors.VERMILION, ls="--")
        self.power = self.line("$ρ(W)^{T-k}$", colors.GREEN, ls=":")

    def show(self, trial: Trial, m: Measurement) -> str:
        lag, norms = np.arange(trial.steps), m.log_norms[::-1]
        seen = norms[np.isfinite(norms)]
        self.reach((0, trial.steps), round_limits(min([*seen, -1]), max([*seen, 1])))
        self.curve.set_data(lag, np.where(np.isfinite(norms), norms, np.nan))
        with np.errstate(divide="ignore"):
            power = np.log10(np.abs(m.eigenvalues).max())
        rates = ((self.growth, m.running[-1] / np.log(10)), (self.power, power))
        for line, rate in rates:
            line.set_data(lag, lag * (rate if np.isfinite(rate) else np.nan))
        if trial.steps == 1:
            return _("One step: there is nothing to carry the gradient back through.")
        if np.isfinite(norms[-1]):
            return _("Over {steps} steps back the gradient norm {change}.").format(
                steps=trial.steps - 1, change=change(norms[-1])
            )
        first = int(np.argmin(np.isfinite(norms)))
        return _("From lag {lag} on the gradient is exactly 0.").format(lag=first)


class Eigenvalues(Chart):
    """The eigenvalues of W and the unit circle."""

    alt = "The eigenvalues of W in the complex plane, with the unit circle."
    box = (0.26, 0.16, 2.31 / 4.8, 0.70)  # 2.31 inches each way

    def prepare(self) -> None:
        self.ax.set(xlabel=_("real part"), ylabel=_("imaginary part"))
        self.axis.remove()
        circle = np.exp(2j * np.pi * np.linspace(0, 1, 121))
        unit = self.line(_("unit circle"), colors.VERMILION, ls="--", lw=1.4)
        unit.set_data(circle.real, circle.imag)
        self.dots = self.ax.scatter(
            [], [], s=14, color=colors.BLUE, label=_("eigenvalues of $W$")
        )

    def show(self, trial: Trial, m: Measurement) -> str:
        size = np.abs(m.eigenvalues)
        reach = 1.06 * max(size.max(), 1)
        power = 10.0 ** np.floor(np.log10(reach))
        reach = next(f * power for f in (1.5, 2, 3, 4, 6, 8, 10) if f * power >= reach)
        self.reach((-reach, reach), (-reach, reach))
        self.dots.set_offsets(np.column_stack([m.eigenvalues.real, m.eigenvalues.imag]))
        outside = int((size > 1 + 1e-9).sum())
        return _(
            "ρ(W) = {rho:.3g}; of the {n} eigenvalues {outside} lie outside of the "
            "unit circle."
        ).format(rho=size.max(), outside=outside or _("none"), n=len(size))


class Slopes(Chart):
    """The slopes of the activation against time."""

    alt = (
        "Line chart of the slopes of the activation at the hidden states against time: "
        "their mean, and the 10th and 90th percentile over the units."
    )

    def prepare(self) -> None:
        self.ax.set(xlabel=_("time $t$"), ylabel=_("slope φ′(z)"))
        self.low = self.line(_("10 % and 90 %"), colors.SKY, lw=1.2)
        self.high = self.line("", colors.SKY, lw=1.2)
        self.mean = self.line(_("mean over units"), colors.BLUE)

    def show(self, trial: Trial, m: Measurement) -> str:
        t = np.arange(1, trial.steps + 1)
        self.reach((0, trial.steps), (0, 1))
        for line, values in (
            (self.low, m.slope_low),
            (self.high, m.slope_high),
            (self.mean, m.slope_mean),
        ):
            line.set_data(t, values)
        return _(
            "Mean slope {mean:.2f}; {saturated:.0%} of the slopes are below a tenth of "
            "the largest possible: saturated."
        ).format(mean=m.slope_mean.mean(), saturated=m.saturated)


class Lyapunov(Chart):
    """The estimate of the Lyapunov exponent."""

    alt = (
        "Line chart of the estimate of the largest Lyapunov exponent against the "
        "number of steps that it is taken from, with a line at zero."
    )

    def prepare(self) -> None:
        self.ax.set(xlabel=_("steps $t$"), ylabel=_("Lyapunov exponent $λ$"))
        self.axis.set_label(_("border at 0"))
        self.curve = self.line(_("estimate from $t$ steps"), colors.BLUE)

    def show(self, trial: Trial, m: Measurement) -> str:
        running: NDArray[np.float64] = np.where(
            np.isfinite(m.running), m.running, np.nan
        )
        settled = running[min(len(running) - 1, trial.steps // 20) :]
        settled = settled[np.isfinite(settled)]
        y = round_limits(min([-0.1, *settled]), max([0.1, *settled]))
        self.reach((0, trial.steps), y)
        self.curve.set_data(np.arange(1, trial.steps + 1), running)
        last = m.running[-1]
        if not np.isfinite(last):
            return _("λ = −∞: the product of Jacobians takes a vector to exactly 0.")
        return _(
            "λ ≈ {value} per step, estimated over {steps} steps; at this rate "
            "gradients {verdict}."
        ).format(
            value=f"{last:+.3f}".replace("-", "−"),
            steps=trial.steps,
            verdict=_("grow") if last > 0 else _("shrink"),
        )


CHARTS: tuple[type[Chart], ...] = (Norms, Eigenvalues, Slopes, Lyapunov)
