"""Time a move of a control in the laboratory.

Run ``python benchmarks/laboratory.py``. A move is measuring the new setting and
sending what changed in the four pictures. The other contestant measures, too, and lets
matplotlib draw the four pictures as SVG again.
"""

import statistics
import time

from rnn_demo.laboratory._charts import CHARTS
from rnn_demo.laboratory.panel import _figure, laboratory
from rnn_demo.laboratory.trial import Trial
from slider_figure import svg_of


def laboratory_row(n=64, steps=100, moves=40):
    """Return the name of the row and the median seconds of each contestant."""
    panel = laboratory(n=n, steps=steps).panel()
    drawn = [(figure := _figure(), chart(figure)) for chart in CHARTS]
    trials = [Trial(n=n, steps=steps, rho=0.5 + k / moves) for k in range(moves)]

    def redraw(trial):
        measurement = trial.run()
        for figure, chart in drawn:
            chart.show(trial, measurement)
            svg_of(figure, chart.alt)

    def move(trial):
        panel.controls["rho"].value = trial.rho

    times = {"rnn_demo": [], "matplotlib": []}
    for k, trial in enumerate(trials):
        contestants = (
            {"rnn_demo": move} if k % 4 else {"rnn_demo": move, "matplotlib": redraw}
        )
        for name, run in contestants.items():
            before = time.perf_counter()
            run(trial)
            times[name].append(time.perf_counter() - before)
    medians = {name: statistics.median(seconds) for name, seconds in times.items()}
    return f"a move in the laboratory, n = {n}, T = {steps}", medians


def rows():
    """Return the rows of the table: work, measured, compared with, wanted, reached."""
    found = []
    for size, limit in (((64, 100), 50), ((128, 400), None)):
        work, seconds = laboratory_row(*size)
        own, redrawn = (seconds[name] * 1e3 for name in ("rnn_demo", "matplotlib"))
        peer = f"redrawn by matplotlib {redrawn:.0f} ms ({own / redrawn:.2g} ×)"
        wanted = "" if limit is None else f"≤ {limit} ms"
        reached = "" if limit is None else "yes" if own <= limit else "no"
        found.append((work, f"{own:.1f} ms", peer, wanted, reached))
    return found


if __name__ == "__main__":
    for row in rows():
        print(*row[:3], sep=": ")
