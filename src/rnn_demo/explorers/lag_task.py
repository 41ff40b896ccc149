"""Explorer: learning curves at each lag, and where their gradient comes from."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np

from rnn_demo._types import Floats
from rnn_demo.explorers._axes import frame, line
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
    lags = sorted({run.lag for run in runs})
    starts = [name for name in STARTS if any(run.start == name for run in runs)]
    groups = {
        (lag, start): [r for r in runs if (r.lag, r.start) == (lag, start)]
        for lag in lags
        for start in starts
    }
    counts = {len(group) for group in groups.values()}
    if len(counts) != 1 or 0 in counts:
        raise ValueError(
            "runs must hold the same number of seeds for every lag and start, but "
            f"holds {sorted(counts)}"
        )
    (seeds,) = counts
    last = max(run.updates[-1] for run in runs)
    # From the answer back to the symbol, where the line ends.
    shares = {
        at: [
            log_shares(params, run)[::-1]
            for run in group
            for params in (run.before, run.after)
        ]
        for at, group in groups.items()
    }

    fig, (top, bottom) = plt.subplots(2, 1, figsize=(4.8, 5.8))
    curves = [line(top, colors.BLUE, lw=1.4, alpha=0.8) for _run in range(seeds)]
    curves[0].set_label(_("each seed"))
    top.axhline(chance, color=colors.MUTED, ls=":", label=_("guessing"))
    frame(top, (0, last), (0, 1.05), _("updates"), _("held-out accuracy"), zero=False)
    top.legend(loc="lower right")
    looks = (
        (_("at the start"), "--", colors.BLUE),
        (_("at the end"), "-", colors.VERMILION),
    )
    lines = []
    for seed in range(seeds):
        for label, style, color in looks:
            back = line(bottom, color, "", style, lw=1.2, gid="shares")
            lines.append((back, line(bottom, color, "", "o")))
            if seed == 0:
                back.set_label(label)
    back_to = _("steps before the answer; dots: the symbol")
    share = _(r"$\log_{10}$ of the step's share")
    frame(bottom, (0, lags[-1] + 1), (FLOOR, 1), back_to, share, zero=False)
    bottom.legend(loc="lower left")

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
        return _(
            "Lag {lag}, {start}: {solved} of {seeds} seeds learn it. The symbol's step "
            "makes up {before} of the summed sizes at the start of training and "
            "{after} at its end."
        ).format(
            lag=lag,
            start=_(start),
            solved=solved,
            seeds=seeds,
            before=before,
            after=after,
        )

    return SliderFigure(
        fig,
        update,
        {_("lag"): lags, _("start"): options(starts)},
        sentences=sentence,
        alt=_(
            "Two charts. Above, held-out accuracy against the number of updates, one "
            "line for each seed, with a dotted line for guessing. Below, the "
            "logarithm of each step's share of the gradient against its distance from "
            "the answer, at the start and at the end of training; dots mark the step "
            "of the symbol."
        ),
    )
