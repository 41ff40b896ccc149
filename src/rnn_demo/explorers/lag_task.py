"""Explorer: learning curves at each lag, and where their gradient comes from."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np

from rnn_demo import colors
from rnn_demo._types import Floats
from rnn_demo.explorers._words import power_of_ten
from rnn_demo.learning.runs import STARTS, TASKS, Run
from rnn_demo.learning.shares import step_shares
from rnn_demo.learning.tasks import first_symbol
from rnn_demo.network import RNNParams
from rnn_demo.slider_figure import SliderFigure

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
    updates = np.linspace(0, last, 101)
    longest = lags[-1]
    position = np.arange(longest + 1)

    curves = np.empty((seeds, len(lags), len(starts), updates.size))
    shares = np.empty((2, seeds, len(lags), len(starts), position.size))
    for i, lag in enumerate(lags):
        for j, start in enumerate(starts):
            for s, run in enumerate(groups[lag, start]):
                curves[s, i, j] = np.interp(updates, run.updates, run.scores)
                for w, params in enumerate((run.before, run.after)):
                    # From lag 0 back to the symbol; there the line ends.
                    back = log_shares(params, run)[::-1]
                    shares[w, s, i, j] = back[np.minimum(position, lag)]
    solved = (curves[..., -1] >= SOLVED).sum(axis=0)

    fig, (top, bottom) = plt.subplots(2, 1, figsize=(4.8, 5.8))
    lines = [
        top.plot(updates, curve[0, 0], color=colors.BLUE, lw=1.4, alpha=0.8)[0]
        for curve in curves
    ]
    lines[0].set_label("each seed")
    top.axhline(chance, color=colors.MUTED, ls=":", label="guessing")
    top.set(
        xlim=(0, last),
        ylim=(0, 1.05),
        xlabel="updates",
        ylabel="held-out accuracy",
    )
    top.legend(loc="lower right")
    moving = {line: {"y": y} for line, y in zip(lines, curves, strict=True)}
    back_to = np.minimum(position, np.array(lags)[:, None])[:, None, :]
    symbol = np.array(lags, dtype=float)[:, None, None]
    looks = [("at the start", colors.BLUE, "--"), ("at the end", colors.VERMILION, "-")]
    for (label, color, style), of_seeds in zip(looks, shares, strict=True):
        for s, rows in enumerate(np.maximum(of_seeds, 2 * FLOOR)):
            (line,) = bottom.plot(position, rows[0, 0], color=color, ls=style, lw=1.2)
            (dot,) = bottom.plot([0], [0], "o", color=color)
            if s == 0:
                line.set_label(label)
            moving[line] = {"x": back_to, "y": rows}
            moving[dot] = {"x": symbol, "y": rows[..., -1:]}
    bottom.set(
        xlim=(0, longest + 1),
        ylim=(FLOOR, 1),
        xlabel="steps before the answer; dots: the symbol",
        ylabel=r"$\log_{10}$ of the step's share",
    )
    bottom.legend(loc="lower left")

    def sentence(lag: int, start: str) -> str:
        i, j = lags.index(lag), starts.index(start)
        before, after = (
            " to ".join(power_of_ten(e) for e in (values.min(), values.max()))
            for values in shares[:, :, i, j, -1]
        )
        return (
            f"Lag {lag}, {start}: {solved[i, j]} of {seeds} seeds learn it. The "
            f"symbol's step supplies {before} of the gradient at the start of training "
            f"and {after} at its end."
        )

    return SliderFigure(
        fig,
        moving,
        controls={"lag": lags, "start": starts},
        sentences=sentence,
        alt=(
            "Two charts. Above, held-out accuracy against the number of updates, one "
            "line for each seed, with a dotted line for guessing. Below, the "
            "logarithm of each step's share of the gradient against its distance from "
            "the answer, at the start and at the end of training; dots mark the step "
            "of the symbol."
        ),
    )
