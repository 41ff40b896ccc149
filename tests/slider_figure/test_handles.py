"""What can be dragged: it lies where Python says, and leads to every position."""

import itertools
import re

import matplotlib as mpl

mpl.use("Agg")
import browser
import matplotlib.pyplot as plt
import numpy as np
import pytest
from test_outlets import HOST, Strict

from slider_figure import SliderFigure

A, B, KIND = np.round(np.geomspace(0.1, 10, 7), 3), [0, 1, 2, 4], ["plain", "wide"]
CONTROLS = {"a": A, "b": B, "kind": KIND}


def say(a, b, kind):
    return f"a = {a}, b = {b}, {kind}."


def make(**more):
    """A map with a point that moves two controls, and a line that moves one."""
    fig, (ax, below) = plt.subplots(2, layout="constrained")
    (point,) = ax.plot([], [], "o", gid="point")
    line = below.axvline(0)
    ax.set(xscale="log", ylim=(-1, 5), ylabel="b")
    below.set(xlim=(0, 11))

    def update(a, b, kind):
        ax.set_xlim(*{"plain": (0.05, 20), "wide": (0.001, 50)}[kind])
        point.set_data([a], [b])
        line.set_xdata([a, a])

    made = {
        "sentences": say,
        "start": {"b": 1},
        "alt": "A point and a line.",
        "handles": [
            (("a", "b"), lambda a, b, kind: (ax, a, b)),
            ("a", lambda a, b, kind: (1, a, 0.5)),
        ],
    }
    return SliderFigure(fig, update, CONTROLS, **made | more)


@pytest.fixture(scope="module")
def figure():
    yield make()
    plt.close("all")


def opened(chromium, path, **options):
    page = chromium.new_context(offline=True, **options).new_page()
    page.goto(path.as_uri())
    page.wait_for_selector("[data-ready]")
    return page


@pytest.fixture
def page(figure, tmp_path, chromium):
    figure.save_html(tmp_path / "figure.html")
    yield (page := opened(chromium, tmp_path / "figure.html", has_touch=True))
    page.context.close()


def middle(locator):
    box = locator.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def mouse(page, to, handle):
    page.mouse.move(*middle(handle))
    page.mouse.down()
    page.mouse.move(*to, steps=2)
    page.mouse.up()


def touch(page, to, start):
    """Drag with a finger from a point, or from the middle of a handle."""
    start = start if isinstance(start, tuple) else middle(start)
    session = page.context.new_cdp_session(page)
    half = [(p + q) / 2 for p, q in zip(start, to, strict=True)]
    for kind, at in (("Start", start), ("Move", half), ("Move", to), ("End", None)):
        points = [{"x": at[0], "y": at[1]}] if at else []
        session.send(
            "Input.dispatchTouchEvent",
            {"type": f"touch{kind}", "touchPoints": points},
        )


def places(page, handle, keys):
    """Return the middle of a handle at each position that keys lead through."""
    found = {}
    for key in keys:
        handle.press(key)
        found[page.inner_text(".sf-sentence")] = middle(handle)
    return found


# Through all of a map, row by row, and along a line.
ROW = ["Home", *["ArrowRight"] * (len(A) - 1)]
ROWS = [
    *["ArrowDown"] * len(B),
    *ROW,
    *[k for _ in B[1:] for k in ("ArrowUp", *ROW)],
]


@pytest.mark.browser
@pytest.mark.parametrize("drag", [mouse, touch])
def test_every_position_is_reached_by_pointer_and_keys(page, drag):
    point, line = page.locator(".sf-handle").all()
    page.get_by_text("wide").check()
    found = places(page, point, ROWS)
    assert {say(a, b, "wide") for a in A for b in B} <= found.keys()
    for told, place in found.items():
        drag(page, place, point)
        assert page.inner_text(".sf-sentence") == told
    found = places(page, line, ROW)
    assert found.keys() == {say(a, 4, "wide") for a in A}
    for told, (x, y) in found.items():
        drag(page, (x, y - 20), line)  # only a is far from it
        assert page.inner_text(".sf-sentence") == told
        a = re.match(r"a = ([\d.]+)", told)[1]
        assert float(page.inner_text(".sf-controls label span >> nth=0")) == float(a)


@pytest.mark.browser
def test_a_handle_lies_upon_what_was_drawn(page):
    """On axes with logarithms, and limits that change."""
    point = page.locator(".sf-handle").first
    for kind, width in itertools.product(KIND, (640, 360)):
        page.set_viewport_size({"width": width, "height": 700})
        page.get_by_label(kind, exact=True).check()
        for key in ("Home", "ArrowRight", "End", "ArrowUp"):
            point.press(key)
            drawn = middle(page.locator("[data-gid=point] use"))
            assert middle(point) == pytest.approx(drawn, abs=0.5)


@pytest.mark.browser
def test_a_handle_says_what_it_moves(page):
    point, line = page.locator(".sf-handle").all()
    assert point.get_attribute("role") == "slider"
    assert point.get_attribute("aria-label") == "a, b"
    assert point.get_attribute("aria-valuetext") == "1.000, 1"
    line.press("End")
    assert line.get_attribute("aria-label") == "a"
    assert line.get_attribute("aria-valuenow") == line.get_attribute("aria-valuemax")
    assert point.get_attribute("aria-valuetext") == "10.000, 1"
    assert page.inner_text(".sf-controls label span >> nth=0") == "10.000"
    box = line.bounding_box()
    assert min(box["width"], box["height"]) >= 24
    line.press("Control+Home")  # is the page's
    assert line.get_attribute("aria-valuetext") == "10.000"
    page.emulate_media(media="print")
    assert line.is_hidden()


@pytest.mark.browser
def test_a_finger_scrolls_unless_it_holds_the_handle(page):
    page.set_viewport_size({"width": 360, "height": 300})
    point = page.locator(".sf-handle").first
    point.scroll_into_view_if_needed()
    before, (x, y) = page.evaluate("scrollY"), middle(point)
    touch(page, (x - 40, y - 60), point)
    assert page.evaluate("scrollY") == before
    told, (x, y) = page.inner_text(".sf-sentence"), middle(point)
    touch(page, (x + 70, y), (x + 20, y))  # it is wider than the ring
    assert page.inner_text(".sf-sentence") != told
    told, (x, y) = page.inner_text(".sf-sentence"), middle(point)
    touch(page, (x + 40, y - 80), (x + 40, y))
    page.wait_for_function("before => scrollY > before", arg=before)
    assert page.inner_text(".sf-sentence") == told


@pytest.mark.browser
def test_a_module_has_the_same_handle(figure, tmp_path, chromium):
    """In a shadow root, under a policy, and with a model that offers little."""
    figure.save_myst(tmp_path / "figure.mjs")
    (tmp_path / "index.html").write_text(HOST)
    with browser.served(tmp_path, Strict) as address:
        page = chromium.new_context().new_page()
        page.goto(address)
        page.wait_for_selector("[data-ready]")
        point, line = page.locator(".sf-handle").all()
        for told, place in places(page, point, ROWS).items():
            mouse(page, place, point)
            assert page.inner_text(".sf-sentence") == told
        line.press("Home")
        assert page.inner_text(".sf-sentence") == say(0.1, 4, "plain")
        page.context.close()


LIVE = """async ({ source, state, data }) => {
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const { default: { render } } = await import(url);
  state.data = new DataView(new Uint8Array(data).buffer);
  const listeners = {};
  window.saved = [];
  const model = {
    get: (name) => state[name],
    set: (name, value) => { state[name] = value; listeners[`change:${name}`]?.(); },
    on: (event, f) => { listeners[event] = f; },
    save_changes: () => saved.push([state.i0, state.i1, state.i2]),
  };
  await render({ model, el: document.body });
}"""


@pytest.mark.browser
def test_a_kernel_hears_of_what_is_dragged(figure, chromium):
    page = chromium.new_context(offline=True).new_page()
    names = ("svg", "controls", "name", "i0", "i1", "i2")
    state = {name: getattr(figure, name) for name in names}
    given = {"source": figure._esm, "data": list(figure.data), "state": state}
    page.evaluate(LIVE, given)
    page.add_style_tag(content=figure._css)
    point = page.locator(".sf-handle").first
    point.press("ArrowUp")
    point.press("End")
    assert page.evaluate("saved") == [[3, 2, 0], [6, 2, 0]]
    assert page.inner_text(".sf-sentence") == say(10.0, 2, "plain")
    page.context.close()


def test_a_figure_made_by_a_function_has_handles():
    def draw(a):
        plt.plot([a], [0], "o")

    handles = [("a", lambda a: (0, a, 0))]
    controls = {"a": [1, 2, 3]}
    with pytest.raises(ValueError, match="same place for two"):
        # Each position has limits of its own, with the point in their middle.
        SliderFigure.from_function(draw, controls, alt="A point.", handles=handles)

    def at(a):
        draw(a)
        plt.xlim(0, 4)

    SliderFigure.from_function(at, controls, alt="A point.", handles=handles)


@pytest.mark.parametrize(
    ("handles", "message"),
    [
        ([("c", lambda *_: (0, 1, 1))], "handles names the control 'c'"),
        ([("a", 3)], "the place of the handle of 'a' must be Callable"),
        (["a"], "a handle must be tuple"),
        (3, "handles must be Sequence"),
        ([((), lambda *_: (0, 1, 1))], r"handles has \[\]; a handle moves one"),
        ([("a", lambda *_: (0, 1, 1))], "the handle of 'a' is in the same place"),
        ([("a", lambda a, *_: (0, a, 99))], r"at \(0.1, 99\), .* outside"),
        ([("a", lambda a, *_: (0, np.nan, 1))], "outside of the picture"),
        (
            [(("a", "b"), lambda a, b, kind: (0, a, 1))],
            r"the handle of \('a', 'b'\) is in the same place",
        ),
    ],
)
def test_bad_handles_are_refused(handles, message):
    with pytest.raises(ValueError, match=message):
        make(handles=handles)
