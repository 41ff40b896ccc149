"""Explorer: learning curves at each lag, and where their gradient comes from."""

from collections.abc import Sequence
from itertools import product

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from rnn_demo._types import Floats
from rnn_demo.explorers._axes import line
from rnn_demo.explorers._words import power_of_ten
from rnn_demo.learning.runs import STARTS, TASKS, Run
from rnn_demo.learning.shares import step_shares
from rnn_demo.learning.tasks import first_symbol
from rnn_demo.network import RNNParams
from rnn_demo.words import _, options
from slider_figure import SliderFigure, colors

#: Lower edge of the second panel, as log10.
FLOOR = -20.0
SOLVED = TASKS["first symbol"].solved


def log_shares(params: RNNParams, run: Run) -> Floats:
    """Return log10 of `step_shares` on 100 fresh sequences of a run's task.

    Parameters
    ----------
    params : RNNParams
        ``run.before`` or ``run.after``, as a rule.
    run : Run
        A run of the first-symbol task.

    Returns
    -------
    (T,) ndarray
        Entry k − 1 belongs to step k; a share that underflows counts as 1e-300.
    """
    batch = next(first_symbol(run.lag, 100, seed=10_000 + run.seed))
    logs: Floats = np.log10(np.maximum(step_shares(params, batch), 1e-300))
    return logs


def lag_task_explorer(runs: Sequence[Run], chance: float = 0.25) -> SliderFigure:
    """Return the figure of learning curves and step shares for the lags of `runs`.

    Parameters
    ----------
    runs : sequence of Run
        Runs of the first-symbol task: for every lag and every start in
        `rnn_demo.learning.runs.STARTS` that occurs, the same number of seeds.
    chance : float
        Score of guessing, drawn as a line.

    Returns
    -------
    SliderFigure
        Controls: the lag, which starts in the middle, and the start.

    Raises
    ------
    ValueError
        If a lag lacks a start, or the number of seeds differs.
    """
    groups = _grouped(runs)
    lags, starts = ([*dict.fromkeys(of)] for of in zip(*groups, strict=True))
    # From the answer back to the symbol, where the line ends; before and after, for
    # each seed.
    shares = {
        at: [log_shares(p, run)[::-1] for run in group for p in (run.before, run.after)]
        for at, group in groups.items()
    }
    seeds = len(groups[lags[0], starts[0]])

    fig, (top, bottom) = plt.subplots(2, 1, figsize=(4.8, 5.8))
    curves = [line(top, colors.BLUE, lw=1.4, alpha=0.8) for _seed in range(seeds)]
    curves[0].set_label(_("each seed"))
    top.axhline(chance, color=colors.MUTED, ls=":", label=_("guessing"))
    top.set(xlim=(0, max(run.updates[-1] for run in runs)), ylim=(0, 1.05))
    top.set(xlabel=_("updates"), ylabel=_("held-out accuracy"))
    top.legend(loc="lower right")
    lines = _share_lines(bottom, seeds)
    bottom.set(xlim=(0, lags[-1] + 1), ylim=(FLOOR, 1))

    def update(lag: int, start: str) -> None:
        for curve, run in zip(curves, groups[lag, start], strict=True):
            curve.set_data(run.updates, run.scores)
        for (curve, dot), logs in zip(lines, shares[lag, start], strict=True):
            seen = np.maximum(logs, 2 * FLOOR)
            curve.set_data(np.arange(lag + 1), seen)
            dot.set_data([lag], seen[-1:])

    def sentence(lag: int, start: str) -> str:
        solved = sum(run.scores[-1] >= SOLVED for run in groups[lag, start])
        ends = [logs[-1] for logs in shares[lag, start]]
        before, after = (
            _("{low} to {high}").format(
                low=power_of_ten(min(of)), high=power_of_ten(max(of))
            )
            for of in (ends[::2], ends[1::2])
        )
        numbers = {"solved": solved, "seeds": seeds, "before": before, "after": after}
        return _(
            "Lag {lag}, {start}: {solved} of {seeds} seeds learn it. The symbol's step "
            "makes up {before} of the summed sizes at the start of training and "
            "{after} at its end."
        ).format(lag=lag, start=_(start), **numbers)

    alt = _(
        "Two charts. Above, held-out accuracy against the number of updates, one line "
        "for each seed, with a dotted line for guessing. Below, the logarithm of each "
        "step's share of the gradient against its distance from the answer, at the "
        "start and at the end of training; dots mark the step of the symbol."
    )
    controls = {_("lag"): lags, _("start"): options(starts)}
    return SliderFigure(fig, update, controls, sentences=sentence, alt=alt)


def _grouped(runs: Sequence[Run]) -> dict[tuple[int, str], list[Run]]:
    """Return the runs of every lag and start, or raise."""
    lags = sorted({run.lag for run in runs})
    starts = [name for name in STARTS if any(run.start == name for run in runs)]
    groups = {
        at: [run for run in runs if (run.lag, run.start) == at]
        for at in product(lags, starts)
    }
    counts = {len(group) for group in groups.values()}
    if len(counts) != 1 or 0 in counts:
        raise ValueError(
            "runs must hold the same number of seeds for every lag and start, but "
            f"holds {sorted(counts)}"
        )
    return groups


def _share_lines(ax: Axes, seeds: int) -> list[tuple[Line2D, Line2D]]:
    """Draw a line and a dot before and after the training of each seed."""
    looks = [
        (colors.BLUE, _("at the start"), "--"),
        (colors.VERMILION, _("at the end"), "-"),
    ]
    lines = []
    for color, label, style in looks * seeds:
        curve = line(ax, color, label, style, lw=1.2, gid="shares")
        lines.append((curve, line(ax, color, "", "o")))
    ax.set(
        xlabel=_("steps before the answer; dots: the symbol"),
        ylabel=_(r"$\log_{10}$ of the step's share"),
    )
    ax.legend(handles=[curve for curve, _dot in lines[:2]], loc="lower left")
    return lines
