"""The same figures in slider_figure and in other tools, as one file each.

Run ``python benchmarks/figures.py``; `make bench` does so with ``PEERS=bench,peers``,
and leaves out the tools that are not installed.  Each contestant computes the same 150
positions of a line, an image and a contour, and writes one file that needs no network.
The file is opened in Chromium and its slider moved.
"""

import gzip
import importlib.util
import sys
import tempfile
import time
from pathlib import Path

import matplotlib as mpl

mpl.use("agg")
import matplotlib.pyplot as plt
import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts"))
import browser as browsers  # noqa: E402

VALUES = np.round(np.linspace(0.5, 3.48, 150), 2)
X = np.linspace(0, 2 * np.pi, 100)
SIDE = {"image": 40, "contour": 60}
MOVES = 80


def data(kind, value):
    """Return what a figure shows."""
    if kind == "line":
        return np.sin(value * X)
    x = np.linspace(-2, 2, SIDE[kind])
    return np.sin(value * x)[:, None] * np.cos(x)[None, :]


def drawn(kind):
    """Return a function that draws a figure with pyplot."""

    def draw(value):
        fig, ax = plt.subplots()
        z = data(kind, value)
        if kind == "line":
            ax.plot(X, z)
        elif kind == "image":
            ax.imshow(z)
        else:
            ax.contour(z)
        return fig

    return draw


# -- contestants: each writes a file ---------------------------------------------------


def slider_figure(kind, path):
    from slider_figure import SliderFigure

    fig = drawn(kind)(VALUES[0])
    ax = fig.axes[0]

    def update(value):
        z = data(kind, value)
        if kind == "line":
            ax.lines[0].set_ydata(z)
        elif kind == "image":
            ax.images[0].set_data(z)
        else:
            ax.collections[0].remove()
            ax.contour(z)

    figure = SliderFigure(fig, update, {"a": VALUES}, alt=kind)
    figure.save_html(path)


def embedded(make, path):
    import panel
    from bokeh.resources import INLINE

    slider = panel.widgets.DiscreteSlider(name="a", options=VALUES.tolist())
    panel.Column(slider, panel.bind(make, slider)).save(
        str(path), embed=True, max_states=200, resources=INLINE, progress=False
    )


def panel_matplotlib(kind, path):
    import panel

    def make(value):
        figure = drawn(kind)(value)
        plt.close(figure)
        return panel.pane.Matplotlib(figure, format="svg")

    embedded(make, path)


def panel_bokeh(kind, path):
    from bokeh.plotting import figure

    def make(value):
        plot, z = figure(width=480, height=360), data(kind, value)
        if kind == "line":
            plot.line(X, z)
        elif kind == "image":
            plot.image([z], x=0, y=0, dw=1, dh=1)
        else:
            x = np.arange(len(z))
            levels = np.linspace(-1, 1, 9)
            plot.contour(x, x, z, levels, line_color="black")
        return plot

    embedded(make, path)


def holoviews(kind, path):
    import holoviews
    import panel
    from bokeh.resources import INLINE

    holoviews.extension("bokeh")

    def element(value):
        z = data(kind, value)
        if kind == "line":
            return holoviews.Curve((X, z))
        image = holoviews.Image(z)
        if kind == "image":
            return image
        return holoviews.operation.contours(image, levels=9)

    frames = holoviews.HoloMap({v: element(v) for v in VALUES.tolist()}, kdims="a")
    panel.panel(frames).save(
        str(path), embed=True, max_states=200, resources=INLINE, progress=False
    )


def plotly(kind, path):
    from plotly import graph_objects as go

    def trace(value):
        z = data(kind, value)
        if kind == "line":
            return go.Scatter(x=X, y=z)
        return (go.Heatmap if kind == "image" else go.Contour)(z=z)

    names = [str(value) for value in VALUES]
    still = {"frame": {"duration": 0}, "transition": {"duration": 0}}
    steps = [
        {"args": [[name], still | {"mode": "immediate"}], "method": "animate"}
        for name in names
    ]
    frames = [
        go.Frame(data=[trace(value)], name=name)
        for value, name in zip(VALUES, names, strict=True)
    ]
    figure = go.Figure(data=[trace(VALUES[0])], frames=frames)
    figure.update_layout(sliders=[{"steps": steps}])
    figure.write_html(path, include_plotlyjs=True, auto_play=False)


CONTESTANTS = {
    "slider_figure": (slider_figure, "slider_figure"),
    "Panel, Bokeh": (panel_bokeh, "panel"),
    "Panel, matplotlib": (panel_matplotlib, "panel"),
    "HoloViews": (holoviews, "holoviews"),
    "plotly": (plotly, "plotly"),
}

# Moves the slider to a position in the way of each tool, and returns for each move the
# milliseconds until whatever it sets has a new layout.  What a tool does in tasks of
# its own later, as Bokeh does with its canvas, is not counted.
READY = """() => document.querySelector("[data-ready]")
  || document.querySelector(".js-plotly-plot .slider-container")
  || (window.Bokeh?.documents?.length && Object.keys(Bokeh.index).length)"""
MOVE = """async (moves) => {
  const frame = () => new Promise(requestAnimationFrame);
  const range = document.querySelector("input[type=range]");
  const plot = document.querySelector(".js-plotly-plot");
  let move;
  if (range) move = (k) => {
    range.value = k;
    range.dispatchEvent(new Event("input", { bubbles: true }));
  };
  else if (plot) {
    const steps = plot.layout.sliders[0].steps;
    move = (k) => Plotly.animate(plot, ...steps[k].args);
  } else {
    const models = [...Bokeh.documents[0]._all_models.values()];
    const slider = models.find((model) => model.type === "Slider");
    move = (k) => { slider.value = k; };
  }
  const times = [];
  for (let i = 0; i < moves; i++) {
    const start = performance.now();
    await move((7 * i + 3) % 150);
    document.body.getBoundingClientRect();
    times.push(performance.now() - start);
    await frame();
    await frame();
  }
  return times;
}"""


def measured(started, name, kind, folder):
    """Return seconds to build, bytes, gzipped bytes, and p50 and p95 of a move."""
    write, module = CONTESTANTS[name]
    if importlib.util.find_spec(module) is None:
        return None
    path = folder / f"{module}-{kind}.html"
    begun = time.perf_counter()
    write(kind, path)
    seconds = time.perf_counter() - begun
    plt.close("all")
    raw = path.read_bytes()
    context = started.new_context(offline=True)
    page = context.new_page()
    page.goto(path.as_uri())
    page.wait_for_function(READY)
    page.wait_for_timeout(500)
    times = np.array(page.evaluate(MOVE, MOVES)[5:])
    context.close()
    return (
        seconds,
        len(raw),
        len(gzip.compress(raw)),
        *np.percentile(times, [50, 95]),
    )


def results():
    """Return what was measured, by kind of figure and contestant."""
    found = {}
    with tempfile.TemporaryDirectory() as folder, browsers.chromium() as started:
        for kind in ("line", "image", "contour"):
            for name in CONTESTANTS:
                if row := measured(started, name, kind, Path(folder)):
                    found[kind, name] = row
    return found


# Share of the smallest peer's bytes, of the fastest build, and milliseconds, at most.
TARGETS = {"line": (1 / 40, 1 / 10, 2), "image": (1 / 4, 1 / 2, 2)}
TARGETS["contour"] = (1 / 4, 1 / 2, 5)


def rows():
    """Return the rows of the table: work, measured, compared with, wanted, reached."""
    found, out = results(), []
    for kind, (small, fast, limit) in TARGETS.items():
        own = found[kind, "slider_figure"]
        peers = {
            n: row for (k, n), row in found.items() if k == kind and row is not own
        }
        slow = {n: row for n, row in peers.items() if n != "plotly"}

        def add(work, k, scale, unit, wanted, reached, own=own, peers=peers):
            others = ", ".join(f"{n} {row[k] / scale:.3g}" for n, row in peers.items())
            done = "" if not wanted else "yes" if reached else "no"
            out.append((work, f"{own[k] / scale:.3g} {unit}", others, wanted, done))

        work = f"{kind}, 150 positions: "
        share = own[2] / min((row[2] for row in peers.values()), default=np.inf)
        add(work + "bytes raw", 1, 1e3, "kB", "", False)
        add(work + "gzipped", 2, 1e3, "kB", f"≤ 1/{1 / small:.0f}", share <= small)
        share = own[0] / min((row[0] for row in slow.values()), default=np.inf)
        add(work + "build", 0, 1, "s", f"≤ 1/{1 / fast:.0f}", share <= fast)
        add(work + "event to layout, median", 3, 1, "ms", "", False)
        best = min((row[4] for row in peers.values()), default=np.inf)
        add(work + "95th percentile", 4, 1, "ms", f"≤ {limit} ms, and the fastest",
            own[4] <= min(limit, best))  # fmt: skip
    return out


if __name__ == "__main__":
    for row in rows():
        print(*row, sep=" | ")
