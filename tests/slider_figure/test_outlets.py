"""One recorded figure as a page, a module and pictures."""

import io
import re

import matplotlib as mpl

mpl.use("Agg")
import browser
import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image
from pypdf import PdfReader

from slider_figure import LiveFigure, SliderFigure, style_sheet

X = np.linspace(0, 6, 40)
LABEL = 'a</script><b>"ρ"'


def make():
    with plt.style.context("default"):
        figure, ax = plt.subplots()
        (line,) = ax.plot(X, X, "#0072B2", marker="o", gid="wave")
        image = ax.imshow(np.eye(4), extent=(0, 6, -3, -1), cmap="gray")
        ax.scatter(X, X / 6, c=X, cmap="viridis", gid="dots")
        ax.axvspan(4, 5, hatch="/", fc="none")
        ax.set(ylim=(-3, 3), aspect="auto")

    def update(a, kind, on):
        line.set_ydata(np.sin(a * X) if on else 0 * X)
        image.set_data(np.eye(4) * a)
        ax.set_title(f"{kind} <&>")
        print(f"{kind} </p> {a}")

    controls = {LABEL: [1, 2, 3], "kind": {"é": 1, "b": 2}, "on": [True, False]}
    return SliderFigure(figure, update, controls, alt="A wave, 'é' <b>.")


@pytest.fixture(scope="module")
def figure():
    yield make()
    plt.close("all")


@pytest.fixture
def pages(chromium):
    """Open pages offline; in the end nothing may have been complained of."""
    contexts, complaints = [], []

    def new(**options):
        context = chromium.new_context(offline=True, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: note(request.url))
        return page

    def note(address):
        if not address.startswith(("file:", "data:", "blob:", "http://127.0.0.1")):
            complaints.append(address)

    yield new
    for context in contexts:
        context.close()
    assert complaints == []


def opened(page, path):
    page.goto(path.as_uri())
    page.wait_for_selector("[data-ready]")
    return page


# -- a file --------------------------------------------------------------------------


@pytest.mark.browser
def test_a_file_moves_by_keyboard_without_network(figure, tmp_path, pages):
    figure.save_html(tmp_path / "figure.html", language="de")
    page = opened(pages(), tmp_path / "figure.html")
    assert page.evaluate("document.documentElement.lang") == "de"
    assert page.title() == figure.alt
    assert page.get_attribute("svg[role=img]", "aria-label") == figure.alt
    assert page.inner_text(".sf-controls label") == f"{LABEL}\n2"
    # Drawing changes nothing: the picture at rest is the picture of the start.
    at_rest = page.evaluate("document.querySelector('svg').outerHTML")
    page.focus("input[type=range]")
    page.keyboard.press("End")
    assert page.get_attribute("input[type=range]", "aria-valuetext") == "3"
    page.keyboard.press("ArrowLeft")
    assert page.evaluate("document.querySelector('svg').outerHTML") == at_rest
    page.keyboard.press("End")
    page.locator("input[type=radio]").nth(1).check()
    page.check("text=off")
    assert page.get_attribute(".sf-figure", "data-frame") == "11"
    assert page.inner_text(".sf-sentence") == "2 </p> 3"
    assert "2 <&>" in page.text_content("svg")
    drawn = page.get_attribute("[data-gid=wave] path", "d")
    svg = figure.svg_at(**{LABEL: 3, "kind": 2, "on": False})
    assert drawn == re.search(r'data-gid="wave">.*? d="([^"]+)"', svg)[1]


@pytest.mark.browser
def test_a_held_key_has_one_sentence_read_out(figure, tmp_path, pages):
    figure.save_html(tmp_path / "figure.html")
    page = opened(pages(), tmp_path / "figure.html")
    busy = page.locator(".sf-sentence[aria-busy=true]")
    assert busy.count() == 0
    for _ in range(5):
        page.locator("input[type=range]").first.press("ArrowRight")
    assert busy.count() == 1
    busy.wait_for(state="detached")


@pytest.mark.browser
def test_a_file_without_scripts_shows_the_start(figure, tmp_path, pages):
    figure.save_html(tmp_path / "figure.html")
    page = pages(java_script_enabled=False)
    page.goto((tmp_path / "figure.html").as_uri())
    assert page.locator("svg[role=img]").bounding_box()["width"] > 300
    assert page.locator(".sf-sentence").inner_text() == "1 </p> 2"


@pytest.mark.browser
def test_dark_pages_swap_ink_and_paper_but_not_maps(figure, tmp_path, pages):
    figure.save_html(tmp_path / "figure.html")

    def colors(page):
        return page.evaluate("""() => {
          const look = (selector, name) =>
            getComputedStyle(document.querySelector(selector))[name];
          const used = [...document.querySelectorAll("[data-gid=dots] use")].map(
            (use) => getComputedStyle(use).fill);
          return {
            paper: look(".sf-svg > g > path, .sf-svg > path", "fill"),
            ink: look(".sf-svg text", "fill"),
            line: look("[data-gid=wave] path", "stroke"),
            dots: used,
            text: look("body", "color"),
          };
        }""")

    light, dark = (
        colors(opened(pages(color_scheme=scheme), tmp_path / "figure.html"))
        for scheme in ("light", "dark")
    )
    assert light["paper"] == "rgb(255, 255, 255)"
    assert dark["paper"] == "rgb(20, 24, 30)"
    assert light["ink"] == light["text"] == "rgb(0, 0, 0)"
    assert dark["ink"] == dark["text"] == "rgb(206, 214, 221)"
    assert (light["line"], dark["line"]) == ("rgb(0, 114, 178)", "rgb(74, 163, 223)")
    assert len(set(light["dots"])) == len(X)
    assert light["dots"] == dark["dots"]


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_forced_colors_leave_it_readable(figure, tmp_path, pages, scheme):
    figure.save_html(tmp_path / "figure.html")
    page = pages(forced_colors="active", color_scheme=scheme)
    opened(page, tmp_path / "figure.html")
    shot = Image.open(io.BytesIO(page.locator("svg").screenshot())).convert("L")
    pixels = np.asarray(shot, dtype=int)
    paper = np.bincount(pixels.ravel()).argmax()
    ink = np.abs(pixels - paper) > 128  # text and axes stand out from the paper
    assert ink.mean() > 0.005


@pytest.mark.browser
def test_an_image_never_flashes(tmp_path, pages):
    """A new image is there in the first picture after the event."""

    def plot(a):
        plt.figure(facecolor="w").add_axes([0, 0, 1, 1]).imshow(
            np.random.default_rng(a).random((60, 80, 3)) / 3, aspect="auto"
        )

    SliderFigure.from_function(plot, {"a": range(9)}, alt="Noise.").save_html(
        tmp_path / "figure.html"
    )
    page = opened(pages(), tmp_path / "figure.html")
    page.focus("input[type=range]")
    page.keyboard.press("Home")
    for _ in range(8):
        page.keyboard.press("ArrowRight")
        shot = Image.open(io.BytesIO(page.locator("image").first.screenshot()))
        middle = np.asarray(shot.convert("L"))[20:-20, 20:-20]
        assert middle.max() < 128


# -- a model -------------------------------------------------------------------------

VIEWS = """async ({ source, state, data }) => {
  const type = "text/javascript";
  const url = URL.createObjectURL(new Blob([source], { type }));
  const { default: { render } } = await import(url);
  const bytes = new Uint8Array([0, 0, 0, ...data]);
  state.data = new DataView(bytes.buffer, 3);  // hosts may hand over a part
  const listeners = [];
  const model = {
    get: (name) => state[name],
    on: (...pair) => listeners.push(pair),
    off: (event, f) => listeners.splice(
      listeners.findIndex((pair) => pair[0] === event && pair[1] === f), 1),
  };
  const views = [1, 2].map(() => document.body.appendChild(
    document.createElement("div")));
  const ends = await Promise.all(views.map((el) => render({ model, el })));
  window.change = (changes) => {
    Object.assign(state, changes);
    listeners.forEach(([, f]) => f());
    return views.map((el) => el.dataset.frame ?? el.innerHTML);
  };
  window.end = () => { ends.forEach((end) => end()); return listeners.length; };
  return [[...document.querySelectorAll("[id]")].map((e) => e.id), listeners.length];
}"""


def views(page, figure, *names):
    return page.evaluate(
        VIEWS,
        {
            "source": figure._esm,
            "data": list(getattr(figure, "data", b"")),
            "state": {name: getattr(figure, name) for name in ("svg", *names)},
        },
    )


@pytest.mark.browser
def test_two_views_of_one_figure(figure, pages):
    """They have identifiers of their own, guard their range, and let go at the end."""
    page = pages()
    ids, listening = views(page, figure, "i0", "i1", "i2")
    assert len(ids) == len(set(ids)) > 4
    assert listening == 6  # each to its three controls
    for i0, i1, i2, frame in [
        (999, 0, 0, "8"),
        (-3, 1, 0, "2"),
        (None, 0, 1, "1"),
        (1.5, 9, 0, "6"),
    ]:
        moved = page.evaluate("s => change(s)", {"i0": i0, "i1": i1, "i2": i2})
        assert moved == [frame, frame]
    assert page.evaluate("() => end()") == 0


@pytest.mark.browser
def test_a_live_figure_follows_its_kernel(pages):
    figure, ax = plt.subplots()
    (line,) = ax.plot(X, X, gid="wave")
    live = LiveFigure(figure, alt="A line.", sentence="One.")
    names = ("svg", "changes", "sentence")
    page = pages()
    views(page, live, *names)

    def shown():
        page.evaluate("s => change(s)", {name: getattr(live, name) for name in names})
        return (
            page.get_attribute("[data-gid=wave] path >> nth=0", "d"),
            page.inner_text(".sf-sentence >> nth=1"),
        )

    first = shown()
    assert first[1] == "One."
    line.set_ydata(-X)
    live.refresh("Two.")
    second = shown()
    assert second[0] != first[0]
    assert second[1] == "Two."
    line.set_ydata(X)
    live.refresh("One.")
    assert shown() == first
    ax.plot(X, X / 2, gid="new")
    live.refresh()
    shown()
    assert page.locator("[data-gid=new]").count() == 2
    assert page.evaluate("() => end()") == 0


# -- a module ------------------------------------------------------------------------

HOST = """<!DOCTYPE html><div id="host"></div><script type="module" nonce="n">
import widget from "./figure.mjs";
const listeners = {};
const no = () => { throw Error("not offered"); };
const model = {
  get: () => undefined, set: () => {}, on: (name, f) => { listeners[name] = f; },
  off: no, save_changes: no, send: no,
};
const el = document.getElementById("host").attachShadow({ mode: "open" })
  .appendChild(document.createElement("div"));
window.end = await widget.render({ model, el });
</script>"""


class Strict(browser.Handler):
    """Allows scripts of its own, and no inline style."""

    def end_headers(self):
        policy = "default-src 'none'; script-src 'self' 'nonce-n'; img-src data:"
        self.send_header("Content-Security-Policy", policy)
        super().end_headers()


@pytest.mark.browser
def test_a_module_moves_in_a_shadow_root(figure, tmp_path, pages):
    figure.save_myst(tmp_path / "figure.mjs")
    (tmp_path / "index.html").write_text(HOST)
    with browser.served(tmp_path, Strict) as address:
        page = pages()
        page.route("**/favicon.ico", lambda route: route.fulfill(status=204))
        # Playwright's word `offline` is meant for the world, not for this server.
        page.context.set_offline(False)
        page.goto(address)
        page.wait_for_selector("[data-ready]")
        page.focus("input[type=range]")
        page.keyboard.press("End")
        page.check("text=off")
        assert page.get_attribute(".sf-figure", "data-frame") == "9"
        assert page.inner_text(".sf-sentence") == "1 </p> 3"
        assert page.locator("svg[role=img]").bounding_box()["width"] > 300
        page.evaluate("() => end()")
    with pytest.raises(ValueError, match=r"path is .*; it must end in \.mjs"):
        figure.save_myst(tmp_path / "figure.js")


# -- pictures ------------------------------------------------------------------------


def test_pictures_of_a_position(figure, tmp_path):
    before = figure.value
    at = {LABEL: 3, "on": False}
    for ending in ("png", "svg", "pdf"):
        path = tmp_path / "new" / f"figure.{ending}"
        assert figure.save_frames(path, at, dpi=50) == [path]
        first = path.read_bytes()
        figure.save_frames(path, at, dpi=50)
        assert path.read_bytes() == first
    with Image.open(tmp_path / "new" / "figure.png") as picture:
        assert picture.size == (320, 240)
    svg = (tmp_path / "new" / "figure.svg").read_text()
    assert "var(" not in svg
    (page,) = PdfReader(tmp_path / "new" / "figure.pdf").pages
    assert "1 <&>" in page.extract_text()
    assert figure.value == before


def test_a_picture_for_each_value(figure, tmp_path):
    made = figure.save_frames(tmp_path / "f.png", along=LABEL, dpi=20)
    assert [path.name for path in made] == ["f-0.png", "f-1.png", "f-2.png"]
    assert len({path.read_bytes() for path in made}) == 3


@pytest.mark.parametrize("ending", ["gif", "apng"])
def test_animations(figure, tmp_path, ending):
    (made,) = figure.save_frames(
        tmp_path / f"f.{ending}", along=LABEL, dpi=30, interval=0.2
    )
    with Image.open(made) as film:
        assert film.n_frames == 3
        assert film.info["duration"] == pytest.approx(200)
        frames = []
        for k in range(3):
            film.seek(k)
            frames.append(np.asarray(film.convert("RGB"), dtype=int))
    (last,) = figure.save_frames(tmp_path / "last.png", {LABEL: 3}, dpi=30)
    with Image.open(last) as picture:
        exact = np.asarray(picture.convert("RGB"), dtype=int)
    assert np.abs(frames[2] - exact).mean() < 3  # 256 colours
    assert np.abs(frames[0] - exact).mean() > np.abs(frames[2] - exact).mean()


@pytest.mark.parametrize(
    ("name", "more", "message"),
    [
        ("f.jpg", {}, r"it must end in .png, .pdf, .svg, .gif or .apng"),
        ("f.gif", {}, r"along is None; .*f\.gif needs a control that runs"),
        ("f.png", {"along": "x"}, "along names the control 'x'"),
        ("f.png", {"at": {LABEL: 9}}, "the nearest value is 3"),
        ("f.png", {"at": 3}, "at must be Mapping"),
    ],
)
def test_pictures_that_cannot_be(figure, tmp_path, name, more, message):
    with pytest.raises(ValueError, match=message):
        figure.save_frames(tmp_path / name, **more)


def test_style_sheet_is_one_element():
    assert re.fullmatch(r"<style>[^<]*</style>", style_sheet())
