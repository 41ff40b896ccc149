"""Each position is what matplotlib itself draws there, in a browser."""

import functools
import io
import re
import xml.etree.ElementTree as ET

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import pytest
from gallery import CASES, positions
from matplotlib.transforms import Affine2D
from PIL import Image

from slider_figure import SliderFigure, _sources

WIDTH = 576  # CSS pixels, which is the style sheet's 36rem
# The picture stands at a whole pixel, beside the controls.
PLACE = f"position: fixed; left: 0; top: 200px; width: {WIDTH}px; margin: 0"
DIFFERENT, SHARE = 16, 1e-3  # of 255; of all pixels
NEAR = 1e-3  # points
SEEN = (0, 1, 5)  # of six positions: each value of a control that has two or three


@pytest.fixture(scope="module")
def page(chromium):
    context = chromium.new_context(
        offline=True, viewport={"width": 600, "height": 700}, color_scheme="light"
    )
    opened = context.new_page()
    opened.complaints = []
    opened.on("console", lambda message: opened.complaints.append(message.text))
    opened.on("pageerror", lambda error: opened.complaints.append(str(error)))
    yield opened
    context.close()


@pytest.fixture(autouse=True)
def _few_guards(monkeypatch):
    """Let most positions be drawn by what changed alone."""
    monkeypatch.setattr(_sources, "GUARDS", 2)
    yield
    plt.close("all")


def pixels(page):
    box = page.evaluate("""() => {
      const box = document.querySelector("svg").getBoundingClientRect();
      return { x: box.x, y: box.y, width: box.width, height: Math.floor(box.height) };
    }""")
    shot = Image.open(io.BytesIO(page.screenshot(clip=box)))
    return np.asarray(shot.convert("RGB"), dtype=np.int16)


def own_pixels(figure):
    """Let matplotlib store the pixels of images as we do: as they are, if larger.

    The recorder leaves it to the browser to enlarge them, which is what matplotlib's
    own interpolation "none" does.
    """
    for image in (i for ax in figure.axes for i in ax.images):
        if image.get_interpolation() in ("auto", "antialiased", "nearest"):
            rows, columns = image.get_size()
            figure.canvas.draw()
            box = image.get_window_extent()
            if min(abs(box.width) / columns, abs(box.height) / rows) >= 3:
                image.set_interpolation("none")


@functools.cache
def reference(name, *values):
    """Return the SVG that matplotlib writes of a position."""
    case = CASES[name]
    opened = set(plt.get_fignums())
    returned = case.function(*values)
    made = plt.get_fignums()
    figure = returned if returned is not None else plt.figure(made[-1])
    own_pixels(figure)
    out = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "gallery"}):
        figure.savefig(out, format="svg")
    for number in set(plt.get_fignums()) - opened:
        plt.close(number)
    return re.sub(r"^.*?(?=<svg)", "", out.getvalue(), flags=re.S)


EXACT = {}


def exact(page, *at):
    """Return the pixels of a reference, which both entrances are held to."""
    if at not in EXACT:
        style = f"<style>svg {{ {PLACE}; height: auto }}</style>"
        page.set_content(f"<!DOCTYPE html>{style}{reference(*at)}")
        EXACT[at] = pixels(page)
    return EXACT[at]


def placed(svg):
    """Return the marks of a picture: tag, words, and numbers in points."""
    root = ET.fromstring(svg)
    found = []

    def visit(element, matrix):
        tag = element.tag.rpartition("}")[2]
        if tag in ("defs", "style", "metadata", "clipPath", "title"):
            return
        if given := element.get("transform"):
            matrix = transform(given) + matrix
        if d := element.get("d"):
            points = np.concatenate([outline(part) for part in d.split("M")[1:]])
        elif tag in ("use", "image", "tspan", "text", "rect"):
            x, y = (element.get(k, "0").split() for k in "xy")
            points = np.array([[float(a), float(b)] for a in x for b in y])
        else:
            points = None
        if points is not None:
            words = (element.text or "").strip() if tag in ("tspan", "text") else ""
            if len(points):
                points = matrix.transform(points)
            found.append((tag, words, points))
        for child in element:
            visit(child, matrix)

    visit(root, Affine2D())
    return found


def outline(d):
    """Return the points of a part of a path.

    Where matplotlib cuts it repeats points, and closes an outline by its first.
    """
    numbers = [float(n) for n in re.findall(r"-?[\d.]+(?:e-?\d+)?", d)]
    points = np.reshape(numbers, (-1, 2))
    again = (np.abs(np.diff(points, axis=0)) <= NEAR).all(axis=1)
    points = np.delete(points, 1 + np.flatnonzero(again), axis=0)
    closed = len(points) > 2 and (np.abs(points[0] - points[-1]) <= NEAR).all()
    return points[:-1] if closed else points


def transform(text):
    out = Affine2D()
    for name, inside in reversed(re.findall(r"(\w+)\(([^)]*)\)", text)):
        n = [float(x) for x in re.split(r"[ ,]+", inside.strip())]
        if name == "matrix":
            out += Affine2D.from_values(*n)
        elif name == "translate":
            out.translate(*[*n, 0][:2])
        elif name == "scale":
            out.scale(*[*n, *n][:2])
        elif name == "rotate":
            out.rotate_deg(n[0])
        else:
            raise AssertionError(name)
    return out


def inside(points, size):
    """Return the points within the canvas, where neither picture cuts strokes."""
    keep = (points > 1).all(axis=1) & (points < np.subtract(size, 1)).all(axis=1)
    return points[keep]


def assert_same_paths(ours, theirs):
    size = [float(n) for n in re.search(r'viewBox="0 0 (\S+) (\S+)"', ours).groups()]
    ours, theirs = (
        [(tag, words, inside(points, size)) for tag, words, points in placed(svg)]
        for svg in (ours, theirs)
    )
    ours, theirs = (
        [mark for mark in marks if len(mark[2])] for marks in (ours, theirs)
    )
    assert [mark[:2] for mark in ours] == [mark[:2] for mark in theirs]
    for (tag, words, a), (_, _, b) in zip(ours, theirs, strict=True):
        assert a.shape == b.shape, (tag, words, a, b)
        assert np.abs(a - b).max() <= NEAR, (tag, words)


def set_controls(page, position):
    """Set the page's own controls, as a reader does."""
    for control, index in zip(
        page.locator(".sf-controls > *").all(), position, strict=True
    ):
        if control.evaluate("element => element.tagName") == "LABEL":
            control.locator("input").fill(str(index))
        else:
            control.locator("input").nth(index).check()


@pytest.mark.browser
@pytest.mark.parametrize(
    ("name", "entrance"),
    [
        (name, entrance)
        for name, case in CASES.items()
        for entrance in (["function", "update"] if case.make else ["function"])
    ],
)
def test_every_position_is_what_matplotlib_draws(
    name, entrance, page, tmp_path, record_property
):
    case = CASES[name]
    looked_at = positions(case)
    controls = case.controls
    # What is drawn whole, each time anew, differs little from place to place.
    if entrance == "function":
        looked_at = [looked_at[k] for k in SEEN]
    if entrance == "update":
        figure = SliderFigure(*case.make(), controls, alt=name)
    else:  # only what is looked at, to be quick
        kept = [sorted({p[k] for p in looked_at}) for k in range(len(controls))]
        controls = {
            label: [values[i] for i in some]
            for (label, values), some in zip(controls.items(), kept, strict=True)
        }
        figure = SliderFigure.from_function(case.function, controls, alt=name)
        looked_at = [
            tuple(some.index(i) for some, i in zip(kept, p, strict=True))
            for p in looked_at
        ]
    # Marks and their places are compared at all, pixels at some.
    seen = looked_at if entrance == "function" else [looked_at[k] for k in SEEN]
    figure.save_html(tmp_path / "figure.html")
    page.complaints.clear()
    page.goto((tmp_path / "figure.html").as_uri())
    page.add_style_tag(content=f".sf-svg {{ {PLACE} }}")
    page.wait_for_selector("[data-ready]", state="attached")
    ours = []
    for position in looked_at:
        set_controls(page, position)
        svg = page.locator("svg").evaluate(
            "svg => new XMLSerializer().serializeToString(svg)"
        )
        ours.append((pixels(page) if position in seen else None, svg))
    assert page.complaints == []
    page.goto("about:blank")
    for position, (drawn, svg) in zip(looked_at, ours, strict=True):
        values = [v[i] for v, i in zip(controls.values(), position, strict=True)]
        assert_same_paths(svg, reference(name, *values))
        if drawn is None:
            continue
        different = np.abs(drawn - exact(page, name, *values)).max(axis=2) > DIFFERENT
        record_property("different", float(different.mean()))
        assert different.mean() <= SHARE, f"{different.mean():.3%} at {values}"
