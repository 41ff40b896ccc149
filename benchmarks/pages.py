"""Time the built pages and the build, beside what a reader would otherwise have.

Run ``python benchmarks/pages.py`` after ``make book``.  It needs a Chromium, the one
that `scripts/browser.py` finds.  ``--build`` also times ``make book`` in a copy of the
repository, which takes minutes.
"""

import argparse
import gzip
import io
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

import ipywidgets as w
import matplotlib.pyplot as plt
import numpy as np
from ipywidgets.embed import embed_data
from jupyter_cache import get_cache

from rnn_demo.explorers.gradient_norm import gradient_norm_explorer

ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / "_build" / "html"
PAGES = ["book/index.html", "notebooks/03_gradient_norms.html"]
RUNS = 5
EVENTS = 200
FRAMES = 40

sys.path.insert(0, str(ROOT / "scripts"))
import browser as browsers  # noqa: E402

# Asks for the figures as soon as they stand there, and notes when the first can be
# moved: milliseconds since the page was asked for.
WATCH = (
    f"""addEventListener("DOMContentLoaded", () =>
  setTimeout(() => {{ {browsers.WAKE} }}));
"""
    + """new MutationObserver((changes, observer) => {
  if (!document.querySelector("[data-ready]")) return;
  window.interactive = performance.now();
  observer.disconnect();
}).observe(document, { attributes: true, childList: true, subtree: true });"""
)

# Moves the first slider by key, one step in each animation frame, and returns for each
# step the milliseconds until the figure has its new layout.
MOVE = """(events) => new Promise((resolve) => {
  const handle = document.querySelector(".noUi-handle");
  const figure = document.querySelector(WHERE);
  handle.focus();
  const times = [];
  const step = () => {
    if (times.length === events) return resolve(times);
    const key = times.length < events / 2 ? "ArrowRight" : "ArrowLeft";
    const start = performance.now();
    handle.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    figure.getBoundingClientRect();
    times.push(performance.now() - start);
    requestAnimationFrame(step);
  };
  step();
})"""

# Jupyter's ready-made widget manager, @jupyter-widgets/html-manager 1.0.15, which the
# pages would otherwise fetch from a CDN: the bytes of its embed-amd.js, as they are and
# gzipped.  Measured once, because a benchmark fetches nothing.
DEFAULT_MANAGER = np.array([3_628_999, 915_926])
# What JupyterLite 0.8.6 fetches to open a notebook, with Pyodide 314.0.7 but without
# NumPy and matplotlib: bytes as they are and gzipped.  Measured once, as above.
JUPYTERLITE = np.array([21_780_000, 8_380_000])


def open_page(context, address):
    """Open a page; return it and the seconds until its first figure can be moved."""
    page = context.new_page()
    page.add_init_script(WATCH)
    page.goto(address, wait_until="commit")
    page.wait_for_selector("[data-ready]", state="attached")
    return page, page.evaluate("window.interactive") / 1e3


def visits(chromium, address):
    """Return median seconds until interactive: the first visit, and a later one."""
    first, later = [], []
    for _ in range(RUNS):
        context = chromium.new_context()
        for times in (first, later):
            page, seconds = open_page(context, address)
            page.wait_for_load_state("networkidle")
            times.append(seconds)
        context.close()
    return statistics.median(first), statistics.median(later)


def sizes(chromium, address):
    """Return bytes of all a page fetches, by file: as they are, and gzipped."""
    context = chromium.new_context()
    responses = []
    context.on("response", lambda response: responses.append(response))
    page, _ = open_page(context, address)
    page.wait_for_load_state("networkidle")
    found = {}
    for response in responses:
        if response.url.startswith("http"):
            body = response.body()
            name = response.url.partition("?")[0].rpartition("/")[2]
            found[name] = np.array([len(body), len(gzip.compress(body))])
    context.close()
    return found


def moves(chromium, address, where, slower):
    """Return median and 95th percentile of milliseconds from slider event to layout."""
    page = chromium.new_page()
    page.goto(address)
    browsers.wake(page)
    page.wait_for_selector(where, state="attached")
    page.wait_for_load_state("networkidle")
    browsers.reveal(page)
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": slower})
    times = page.evaluate(MOVE.replace("WHERE", repr(where)), EVENTS)
    page.close()
    return np.percentile(times, [50, 95])


def redraws(frames):
    """Return milliseconds to redraw a like figure in a kernel, and its PNG frames."""
    times, pictures = [], []
    with plt.style.context("rnn_demo.book"):
        figure, axes = plt.subplots()
        lags = np.arange(100)
        line, bound, _ = (axes.plot(lags, k * lags)[0] for k in (-0.1, 0.2, 0))
        axes.set(xlabel="lag", ylabel="log10 of the gradient norm")
        for k in range(frames):
            start = time.perf_counter()
            line.set_ydata(-0.2 * lags + 0.3 * k / frames * lags)
            bound.set_ydata(0.4 * k / frames * lags)
            file = io.BytesIO()
            figure.savefig(file, format="png", dpi=150)
            times.append((time.perf_counter() - start) * 1e3)
            pictures.append(file.getvalue())
        plt.close(figure)
    return times, pictures


def write_stack(folder, pictures):
    """Write a page with a slider over a stack of pictures."""
    images = [w.Image(value=picture, format="png") for picture in pictures]
    slider = w.SelectionSlider(options=range(len(images)), value=len(images) // 2)
    stack = w.Stack(images, selected_index=len(images) // 2)
    w.jslink((slider, "index"), (stack, "selected_index"))
    data = embed_data(views=[w.VBox([slider, stack])], drop_defaults=False)
    scripts = {"state": data["manager_state"], "view": data["view_specs"][0]}
    for name in ("widget-manager.js", "widget-manager.css"):
        shutil.copyfile(SITE / "_static" / "vendor" / name, folder / name)
    lines = [
        "<!DOCTYPE html><title>Stack</title><link rel='icon' href='data:,'>",
        "<link rel='stylesheet' href='widget-manager.css'>",
        "<script defer src='widget-manager.js'></script><body>",
    ]
    for kind, value in scripts.items():
        mime = f"application/vnd.jupyter.widget-{kind}+json"
        lines.append(f"<script type='{mime}'>{json.dumps(value)}</script>")
    (folder / "index.html").write_text("\n".join(lines))


def row(work, measured, unit, peer="", limit=None):
    """Return the cells of one row of the table."""
    wanted = "" if limit is None else f"≤ {limit:g} {unit}"
    reached = "" if limit is None else "yes" if measured <= limit else "no"
    return work, f"{measured:.3g} {unit}", peer, wanted, reached


def page_rows(chromium, address, name):
    """Return the rows of one page: times and bytes."""
    first, later = visits(chromium, address + name)
    files = sizes(chromium, address + name)
    ours = sum(files.values())
    icons = (SITE / "_static" / "scripts" / "fontawesome.js").read_bytes()
    default = ours - files["widget-manager.js"] - files["widget-manager.css"]
    default = default + DEFAULT_MANAGER + [len(icons), len(gzip.compress(icons))]
    peers = {"with the default scripts": default, "JupyterLite": JUPYTERLITE}
    peer = "; ".join(
        f"{peer} {packed / 1e6:.2f} MB (raw {raw / 1e6:.1f} MB)"
        for peer, (raw, packed) in peers.items()
    )
    raw, packed = ours / 1e6
    largest = sorted(files.items(), key=lambda file: -file[1][1])[:5]
    of_it = ", ".join(f"{file} {size[1] / 1e6:.2f}" for file, size in largest)
    return [
        row(f"{name}: interactive, first visit", first, "s", limit=1.2),
        row(f"{name}: interactive, cached", later, "s", limit=1.0),
        row(f"{name}: gzipped, in all (raw {raw:.1f} MB)", packed, "MB", peer, 1.5),
        (f"{name}: the largest of it, gzipped", of_it, "", "", ""),
    ]


def move_rows(chromium, address):
    """Return the rows about moving a slider."""
    redrawn, pictures = redraws(FRAMES)
    redraw = f"matplotlib in a kernel {statistics.median(redrawn):.0f} ms (median)"
    with tempfile.TemporaryDirectory() as folder:
        write_stack(Path(folder), pictures)
        with browsers.served(folder) as stack:
            where = ".widget-subarea .jupyter-widgets"
            stacks = [moves(chromium, stack, where, slower) for slower in (1, 4)]
    rows = []
    for slower, limit, (middle, high) in zip((1, 4), (4, 16), stacks, strict=True):
        own = moves(chromium, address + PAGES[0], "[data-frame]", slower)
        stack = f"Stack of {FRAMES} PNG frames {middle:.2g} and {high:.2g} ms"
        name = "slider event to layout" + (", CPU slowed 4 ×" if slower == 4 else "")
        peer = f"{redraw}; {stack}" if slower == 1 else stack
        rows.append(row(f"{name}, median", own[0], "ms"))
        rows.append(row(f"{name}, 95th percentile", own[1], "ms", peer, limit))
    explorer = gradient_norm_explorer()
    frames = explorer.size.positions
    own = len(explorer.svg.encode()) + len(explorer.data) * 4 / 3
    one = statistics.median(map(len, pictures)) * 4 / 3
    peer = f"as PNG frames {one * frames / 1e6:.0f} MB"
    work = f"one figure with {frames} positions, in the page"
    return [*rows, row(work, own / 1e6, "MB", peer, 0.5)]


def build_rows():
    """Return the rows about `make book`, timed in a copy of the repository."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "book"
        ignore = shutil.ignore_patterns("_build", ".venv", ".*_cache", "*.egg-info")
        shutil.copytree(ROOT, folder, ignore=ignore)

        def seconds():
            start = time.perf_counter()
            python = f"PYTHON={sys.executable}"
            subprocess.run(["make", "book", python], cwd=folder, check=True)
            return time.perf_counter() - start

        name = "`make book`"
        rows = [row(f"{name}, cold, with installation", seconds(), "s", limit=180)]
        cached = get_cache(folder / "_build" / ".jupyter_cache").list_cache_records()
        (training,) = (r.data for r in cached if "06_learning" in r.uri)
        training = training["execution_seconds"]
        rows.append(
            row("of it section 6, with all its training", training, "s", limit=90)
        )
        rows.append(row(f"{name}, nothing changed", seconds(), "s", limit=6))
        with (folder / "book" / "notation.md").open("a") as page:
            page.write("\nOne more sentence.\n")
        rows.append(row(f"{name}, one prose page changed", seconds(), "s", limit=10))
    return rows


def versions():
    """Return what draws and browses, in words."""
    names = {"matplotlib": "matplotlib", "Playwright": "playwright"}
    found = [f"{name} {version(module)}" for name, module in names.items()]
    browser = [browsers.find(), "--version"]
    said = subprocess.run(browser, stdout=subprocess.PIPE, text=True, check=True).stdout
    return ", ".join([said.strip(), *found])


def rows(build=False):
    """Return the rows of the table: work, measured, compared with, wanted, reached."""
    with browsers.served(SITE) as address, browsers.chromium() as chromium:
        found = [row for name in PAGES for row in page_rows(chromium, address, name)]
        found += move_rows(chromium, address)
    return found + (build_rows() if build else [])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", action="store_true", help="also time `make book`")
    print("| work | measured | compared with | wanted | reached |")
    print("| --- | ---: | --- | ---: | --- |")
    for cells in rows(parser.parse_args().build):
        print("| " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
