"""The four pictures of the laboratory."""

from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np
from matplotlib.figure import FigureBase
from matplotlib.ticker import MaxNLocator

from rnn_demo.explorers._axes import line
from rnn_demo.explorers._words import change, lag_label, norm_label, signed
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
        room = {"borderaxespad": 0, "columnspacing": 1.2, "handlelength": 1.6}
        place = (0, 1.01)
        legend = self.ax.legend(loc="lower left", bbox_to_anchor=place, ncols=3, **room)
        self.entries = [*zip(legend.legend_handles, legend.get_texts(), strict=True)]

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
        self.ax.set(xlabel=lag_label(), ylabel=norm_label())
        self.curve = line(self.ax, colors.BLUE, _("measured"), lw=2.2, gid="measured")
        self.growth = line(self.ax, colors.VERMILION, "$e^{λ(T-k)}$", "--")
        self.power = line(self.ax, colors.GREEN, "$ρ(W)^{T-k}$", ":")

    def show(self, trial: Trial, m: Measurement) -> str:
        lag, norms = np.arange(trial.steps), m.log_norms[::-1]
        finite = np.isfinite(norms)
        seen = norms[finite]
        self.reach((0, trial.steps), round_limits(min([*seen, -1]), max([*seen, 1])))
        self.curve.set_data(lag, np.where(finite, norms, np.nan))
        with np.errstate(divide="ignore"):
            power = np.log10(np.abs(m.eigenvalues).max())
        rates = {self.growth: m.running[-1] / np.log(10), self.power: power}
        for entry, (straight, rate) in zip(
            self.entries[1:], rates.items(), strict=True
        ):
            drawn = bool(np.isfinite(rate))
            straight.set_data(lag, lag * (rate if drawn else np.nan))
            for part in filter(None, entry):  # of the legend
                part.set_visible(drawn)
        if trial.steps == 1:
            return _("One step: there is nothing to carry the gradient back through.")
        if not finite[-1]:
            told = _("From lag {lag} on the gradient is exactly 0.")
            return told.format(lag=finite.argmin())
        told = _("Over {steps} steps back the gradient norm {change}.")
        return told.format(steps=trial.steps - 1, change=change(norms[-1]))


class Eigenvalues(Chart):
    """The eigenvalues of W and the unit circle."""

    alt = "The eigenvalues of W in the complex plane, with the unit circle."
    box = (0.26, 0.16, 2.31 / 4.8, 0.70)  # 2.31 inches each way

    def prepare(self) -> None:
        self.ax.set(xlabel=_("real part"), ylabel=_("imaginary part"))
        self.axis.remove()
        circle = np.exp(2j * np.pi * np.linspace(0, 1, 121))
        unit = line(self.ax, colors.VERMILION, _("unit circle"), "--", lw=1.4)
        unit.set_data(circle.real, circle.imag)
        label = _("eigenvalues of $W$")
        self.dots = self.ax.scatter([], [], s=14, color=colors.BLUE, label=label)

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
        self.low = line(self.ax, colors.SKY, _("10 % and 90 %"), lw=1.2)
        self.high = line(self.ax, colors.SKY, lw=1.2)
        self.mean = line(self.ax, colors.BLUE, _("mean over units"))

    def show(self, trial: Trial, m: Measurement) -> str:
        t = np.arange(1, trial.steps + 1)
        self.reach((0, trial.steps), (0, 1))
        self.low.set_data(t, m.slope_low)
        self.high.set_data(t, m.slope_high)
        self.mean.set_data(t, m.slope_mean)
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
        self.curve = line(self.ax, colors.BLUE, _("estimate from $t$ steps"))

    def show(self, trial: Trial, m: Measurement) -> str:
        running = np.where(np.isfinite(m.running), m.running, np.nan)
        settled = running[min(trial.steps - 1, trial.steps // 20) :]
        settled = settled[np.isfinite(settled)]
        y = round_limits(min([-0.1, *settled]), max([0.1, *settled]))
        self.reach((0, trial.steps), y)
        self.curve.set_data(np.arange(1, trial.steps + 1), running)
        last = m.running[-1]
        if not np.isfinite(last):
            return _("λ = −∞: the product of Jacobians takes a vector to exactly 0.")
        verdict = _("grow") if last > 0 else _("shrink")
        return _(
            "λ ≈ {value} per step, estimated over {steps} steps; at this rate "
            "gradients {verdict}."
        ).format(value=signed(last, "+.3f"), steps=trial.steps, verdict=verdict)


CHARTS: tuple[type[Chart], ...] = (Norms, Eigenvalues, Slopes, Lyapunov)
