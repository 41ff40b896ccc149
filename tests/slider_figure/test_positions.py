"""What a figure is told, what it tells, and what it refuses."""

import html
import re
import warnings

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import pytest

from slider_figure import LiveFigure, SliderFigure, _sources, show, svg_of

LAG = np.arange(1, 31)
RHO = np.round(np.linspace(0.1, 2.0, 20), 10)
KIND = ["tanh", "identity"]
CONTROLS = {"ρ(W)": RHO, "activation": KIND}


@pytest.fixture(autouse=True)
def _closed():
    yield
    plt.close("all")


def say(rho, kind):
    return f"{kind} at {rho:.1f}."


def build(shift=0, controls=CONTROLS, alt="A test.", **more):
    figure, ax = plt.subplots()
    (line,) = ax.plot(LAG, LAG, gid="curve")

    def update(rho, *_):
        line.set_ydata(rho * LAG + shift)

    return SliderFigure(figure, update, controls, alt=alt, **more)


@pytest.fixture(scope="module")
def recorded():
    return build(sentences=say)


@pytest.fixture
def explorer(recorded):
    recorded.value = {"ρ(W)": 1.0, "activation": "tanh"}
    return recorded


def ids(svg):
    return set(re.findall(r' id="([^"]+)"', svg))


def body(svg):
    """Return a picture without its definitions and the names of its artists."""
    svg = re.sub(r"\bsf[0-9a-f]{12}-", "", svg)
    return re.sub(r'<g data-gid="[^"]*">', "<g>", svg.partition("</defs>")[2])


# -- positions -----------------------------------------------------------------------


def test_value_and_indices_follow_each_other(explorer):
    assert (explorer.i0, explorer.i1, explorer.position) == (9, 0, (9, 0))
    seen = []

    def note(change):
        seen.append(change.new)

    explorer.observe(note, "value")
    explorer.value = {"ρ(W)": 1.4, "activation": "identity"}
    assert (explorer.i0, explorer.i1) == (13, 1)
    explorer.i0 = 0
    assert explorer.value == {"ρ(W)": 0.1, "activation": "identity"}
    explorer.value = {"activation": "tanh"}
    assert explorer.value == {"ρ(W)": 0.1, "activation": "tanh"}
    assert [v["ρ(W)"] for v in seen] == [1.4, 0.1, 0.1]
    assert explorer.sentence == "tanh at 0.1."
    explorer.unobserve(note, "value")


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"ρ(W)": 1.43}, "nearest value is 1.4"),
        ({"activation": "relu"}, "choose one of"),
        ({"size": 3}, "names the control 'size'"),
    ],
)
def test_bad_values_are_refused(explorer, value, message):
    before = explorer.value
    with pytest.raises(ValueError, match=message):
        explorer.value = value
    assert explorer.value == before


@pytest.mark.parametrize("index", [-1, 20])
def test_bad_indices_are_refused(explorer, index):
    with pytest.raises(ValueError, match="from 0 to 19"):
        explorer.i0 = index


def test_start():
    assert build(start={"ρ(W)": 1.4}).value == {"ρ(W)": 1.4, "activation": "tanh"}
    with pytest.raises(ValueError, match="start sets 'ρ\\(W\\)' to 7"):
        build(start={"ρ(W)": 7})
    with pytest.raises(ValueError, match="start names the control 'rho'"):
        build(start={"rho": 1})
    with pytest.raises(ValueError, match="start must be Mapping"):
        build(start=[7])


def test_every_position_inverts_to_the_data(explorer):
    figure, ax = plt.subplots()
    ax.plot(LAG, LAG)
    figure.dpi = 72
    figure.draw_without_rendering()
    for rho in (0.1, 0.7, 2.0):
        svg = explorer.svg_at(**{"ρ(W)": rho})
        d = re.search(r'data-gid="curve">.*? d="([^"]+)"', svg, re.S)[1]
        x, y = np.array(re.findall(r"[ML](\S+?) ([^MLz]+)", d), dtype=float).T
        pixels = np.column_stack([x, 72 * figure.get_figheight() - y])
        exact = ax.transData.transform(np.column_stack([LAG, rho * LAG]))
        assert np.abs(pixels - exact).max() <= 6e-4


def test_panel_links_real_controls(explorer):
    explorer.value = {"ρ(W)": 1.4}
    panel = explorer.panel(play="ρ(W)")
    kinds = [type(child).__name__ for child in panel.children]
    assert kinds == ["Play", "SelectionSlider", "ToggleButtons", "SliderFigure"]
    _, slider, buttons, figure = panel.children
    assert (slider.label, slider.index, buttons.value) == ("1.4", 13, "tanh")
    assert figure is panel.figure is explorer
    bundle = panel._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert "<svg" in bundle["text/html"]
    assert "tanh at 1.0." in bundle["text/html"]  # the picture at rest is the start
    assert bundle["text/plain"] == "SliderFigure('ρ(W)', 'activation')"
    with pytest.raises(ValueError, match="play names the control"):
        explorer.panel(play="speed")


# -- sentences -----------------------------------------------------------------------


def test_what_is_printed_is_the_sentence(capsys):
    def plot(a):
        plt.plot([a])
        print("value", a)
        print("  and more  ")

    figure = SliderFigure.from_function(plot, {"a": [1, 2]}, alt="A point.")
    assert figure.sentence == "value 1 and more"
    figure.i0 = 1
    assert figure.sentence == "value 2 and more"
    assert capsys.readouterr().out == ""


def test_sentences_are_an_array_or_a_function():
    controls = {"ρ(W)": [1, 2]}
    assert build(0, controls, sentences=["a", "b"]).sentence == "a"
    for bad in (["a"] * 3, [["a"], ["b"]]):
        with pytest.raises(ValueError, match="sentences has shape"):
            build(0, controls, sentences=bad)
    for bad in ([1, 2], lambda _: 3):
        with pytest.raises(ValueError, match="a sentence must be str"):
            build(0, controls, sentences=bad)


# -- bytes ---------------------------------------------------------------------------


def test_equal_figures_give_equal_bytes_and_others_other_ids():
    few = {"ρ(W)": RHO}
    a, b, c = build(0, few), build(0, few), build(1, few)
    assert (a.svg, a.data) == (b.svg, b.data)
    assert ids(a.svg)
    assert not ids(a.svg) & ids(c.svg)
    assert svg_of(plt.figure(), "A.") == svg_of(plt.figure(), "A.")


def test_size_is_known_and_limited(explorer):
    size = explorer.size
    assert size.positions == 40
    assert size.bytes == len(explorer.svg.encode()) + len(explorer.data)
    assert size.per_position == pytest.approx(len(explorer.data) / 40)
    noise = np.random.default_rng(0)

    def plot(a):
        plt.imshow(noise.random((500, 500)))

    with (
        pytest.warns(UserWarning, match="depends on chance"),
        pytest.raises(ValueError, match=r"takes [\d,]+ bytes, [\d,]+ for each of 9"),
    ):
        SliderFigure.from_function(plot, {"a": range(9)}, alt="Noise.")


# -- what is refused -----------------------------------------------------------------


def two_figures(a):
    plt.figure()
    plt.plot([1])
    plt.figure()


def other_sizes(a):
    plt.figure(figsize=(a, 2))


def raises_at_two(a):
    plt.plot([1])
    if a == 2:
        raise ZeroDivisionError("at last")


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda a: None, "draws no figures; it must draw one"),
        (two_figures, "two_figures draws 2 figures; it must draw one"),
        (other_sizes, "makes a figure of 2 by 2 inches; it was 1 by 2"),
        (lambda: plt.plot([1]), r"does not take 1 values, one for each of \['a'\]"),
        (lambda a, b: plt.plot([1]), "does not take 1 values"),
        (3, "function must be Callable"),
    ],
)
def test_bad_functions_are_refused(function, message):
    before = plt.get_fignums()
    with pytest.raises(ValueError, match=message):
        SliderFigure.from_function(function, {"a": [1, 2]}, alt="A figure.")
    assert plt.get_fignums() == before


def test_errors_say_where():
    with pytest.raises(ZeroDivisionError, match="at last") as raised:
        SliderFigure.from_function(raises_at_two, {"ä": [1, 2]}, alt="A figure.")
    assert raised.value.__notes__ == ["raises_at_two was called at ä = 2"]
    assert plt.get_fignums() == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"alt": " "}, "alt is ' '; say in a sentence what the picture shows"),
        ({"alt": None}, "alt is None"),
        ({"figure": None}, "figure must be Figure, but is of type NoneType"),
        ({"update": None}, "update must be Callable, but is of type NoneType"),
        ({"update": lambda a, b: None}, "update does not take 1 values"),
        ({"update": lambda: None}, "update does not take 1 values"),
        ({"update": lambda a: plt.figure()}, "update makes a new figure; it must"),
    ],
)
def test_bad_arguments_are_refused(change, message):
    arguments = {
        "figure": plt.figure(),
        "update": lambda a: None,
        "controls": {"a": [1, 2]},
        "alt": "A test.",
    }
    with pytest.raises(ValueError, match=message):
        SliderFigure(**arguments | change)


def test_another_size_is_refused():
    figure = plt.figure()
    with pytest.raises(ValueError, match=r"update makes a figure of 2 by 2 inches"):
        SliderFigure(
            figure, lambda a: figure.set_size_inches(a, a), {"a": [1, 2]}, alt="A."
        )


# -- unusual figures -----------------------------------------------------------------


def test_empty_figures_and_single_positions():
    figure = SliderFigure(plt.figure(), lambda a: None, {"a": [3]}, alt="Nothing.")
    assert figure.size.positions == 1
    assert figure.svg.count("<path") == 1  # the paper
    assert figure.panel().children[0].options == ("3",)


def test_four_controls():
    def plot(*values):
        plt.plot(values)

    controls = {"a": [1, 2, 3]} | {label: [1, 2] for label in "bcd"}
    figure = SliderFigure.from_function(plot, controls, alt="A line.")
    assert figure.size.positions == 24
    figure.value = {"a": 3, "b": 1, "c": 2, "d": 1}
    assert figure.position == (2, 0, 1, 0)
    plot(3, 1, 2, 1)
    assert body(figure.svg_at()) == body(svg_of(plt.gcf(), "A line."))


def test_labels_of_all_kinds_are_text():
    label = "</script><b>&\"' ρ→∞ 漢"

    def plot(a):
        plt.plot([a], label=label)
        plt.title(label)
        print(label)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # fonts do not have every letter
        figure = SliderFigure.from_function(plot, {label: [1, 2]}, alt=label)
    assert "<b>" not in figure.svg + figure.static_html()
    assert figure.sentence == label
    assert "漢" in figure.svg


def test_a_font_that_is_missing_is_still_named():
    def plot(a):
        plt.title("A title", family="No Such Font")

    figure = SliderFigure.from_function(plot, {"a": [1]}, alt="A title.")
    named = "font-family=\"'No Such Font', 'DejaVu Sans', Verdana"
    assert named in html.unescape(figure.svg)


# -- figures at rest, and live -------------------------------------------------------


def test_show_closes_the_figure_and_is_html():
    figure, ax = plt.subplots()
    ax.set_title("<a> & b")
    picture = show(figure, 'Rises "steeply" <fast>.')
    assert not plt.fignum_exists(figure.number)
    page = picture._repr_html_()
    assert "--sf-blue" in page
    assert 'aria-label="Rises &quot;steeply&quot; &lt;fast&gt;."' in page
    assert "&lt;a&gt; &amp; b" in page
    assert repr(picture) == '<figure: Rises "steeply" <fast>.>'
    with pytest.raises(ValueError, match="alt is ''"):
        show(plt.figure(), "")
    with pytest.raises(ValueError, match="figure must be Figure"):
        svg_of(None, "Nothing.")


def test_a_picture_keeps_to_itself():
    """It has no style sheet, no style attribute, and only identifiers of its own."""
    figure, ax = plt.subplots()
    ax.plot([0, 1], [0, 1], "o-", label=r"$\rho(W)^{T-k}$")
    ax.fill_between([0, 1], [1, 2], color="C1", alpha=0.3, hatch="//")
    ax.legend()
    svg = svg_of(figure, "A line.")
    assert "<style" not in svg
    assert " style=" not in svg
    assert "http" not in svg.replace('xmlns="http://www.w3.org/2000/svg"', "")
    used = set(re.findall(r'(?:url\(|href=")#([^)"]+)', svg))
    assert used == ids(svg)


def test_colors_follow_the_theme_and_those_of_maps_stay():
    with plt.style.context("default"):
        figure, ax = plt.subplots()
        ax.plot([0, 1], color="#0072B2")
        ax.text(0, 0, "on the map", color="white")
        ax.scatter([0, 1], [0, 1], color=["#D55E00", "#000000"])
        ax.scatter([0], [1], color="#009E73")
    svg = svg_of(figure, "A line.")
    assert "var(--sf-blue, #0072B2)" in svg
    assert "var(--sf-green, #009E73)" in svg
    assert "var(--sf-paper, #ffffff)" in svg
    assert "currentColor" in svg
    assert '"#d55e00"' in svg
    assert re.search(r'fill="#ffffff"[^>]*>on the map', svg)


def test_a_live_figure_sends_what_changed():
    figure, ax = plt.subplots()
    (line,) = ax.plot(LAG, LAG)
    live = LiveFigure(figure, alt="A line.", sentence="First.")
    assert not plt.fignum_exists(figure.number)
    first = live.svg
    live.refresh("Second.")
    assert (live.svg, live.sentence, live.changes) == (first, "Second.", {})
    line.set_ydata(LAG / 2)
    live.refresh()
    assert live.svg == first
    (changed,) = live.changes.values()
    assert changed.count("<path") == 1
    line.set_ydata(LAG)
    live.refresh()
    assert live.changes == {}
    ax.plot(LAG, -LAG)
    live.refresh()
    assert live.svg != first
    for bad in ({"alt": ""}, {"alt": "A.", "sentence": 3}):
        with pytest.raises(ValueError, match=r"alt is|sentence must be str"):
            LiveFigure(figure, **bad)
    with pytest.raises(ValueError, match="figure must be Figure"):
        LiveFigure(None, alt="A.")


# -- what changes without notice -----------------------------------------------------


def artists(ax):
    """Return artists of many kinds, each with a change that leaves nothing stale."""
    grid = np.arange(12.0).reshape(3, 4)
    line = ax.plot([0, 1, 2], [0, 1, 0])[0]
    slope = ax.axline((0, 0), slope=1)
    note = ax.annotate("n", (0, 0), (1, 1), arrowprops={"arrowstyle": "->"})
    text = ax.text(0, 0, "text", bbox={"fc": "w"})
    dots = ax.scatter([0, 1, 2], [0, 1, 2], c=[1, 2, 3])
    area = ax.fill_between([0, 1], [1, 2])
    field = ax.quiver([0, 1], [0, 1], [1, 1], [1, 2], scale=5)
    mesh = ax.pcolormesh(grid)
    image = ax.imshow(grid.copy(), extent=(0, 1, 0, 1), aspect="auto")
    shape = ax.add_patch(plt.Polygon([[0, 0], [1, 0], [1, 1]], hatch="/"))
    patch = mpl.patches.ConnectionPatch((0, 0), (1, 1), "data")
    ax.add_patch(patch)
    table = ax.table([["1", "2"]])
    return {
        "nothing": lambda k: None,
        "slope": lambda k: slope.set_slope(k),
        "point of a line": lambda k: slope.set_xy1((0, k)),
        "xy of a note": lambda k: setattr(note, "xy", (k / 9, 0)),
        "arrow of a note": lambda k: note.arrow_patch.set_color((k / 9, 0, 0)),
        "new box": lambda k: text.set_bbox({"fc": (k / 9, 0, 0)}),
        "box": lambda k: text.get_bbox_patch().set_facecolor((0, k / 9, 0)),
        "font": lambda k: text.get_fontproperties().set_size(k + 5),
        "array of dots": lambda k: dots.set_array([k, 2, 3]),
        "offsets": lambda k: dots.get_offsets().__setitem__((0, 0), k / 9),
        "caps": lambda k: dots.set_capstyle(["butt", "round"][k // 5]),
        "area": lambda k: area.get_paths()[0].vertices.__setitem__((1, 1), k / 9),
        "scale of arrows": lambda k: setattr(field, "scale", 3 + k),
        "array of a mesh": lambda k: mesh.set_array(grid * (k + 1) % 7),
        "pixels": lambda k: image.get_array().__setitem__((0, 0), k),
        "shape": lambda k: shape.get_xy().__setitem__((1, 1), k / 9),
        "width of hatches": lambda k: shape.set_hatch_linewidth(k),
        "connection": lambda k: setattr(patch, "xy1", (0, k / 9)),
        "rasterized": lambda k: line.set_rasterized(k % 2),
        "ticks": lambda k: ax.xaxis.get_major_locator().set_params(nbins=k + 1),
        "spine": lambda k: ax.spines["left"].set_position(("axes", k / 20)),
        "replaced": lambda k: (ax.texts[-1].remove(), ax.text(0, 0.5, f"{k}")),
        "cells": lambda k: table[0, 0].get_text().set_text(f"{k}"),
        "limits in place": lambda k: ax.viewLim.intervalx.__setitem__(1, k + 3),
        "background": lambda k: ax.figure.set_facecolor((1, 1, k / 9)),
        "title": lambda k: ax.figure.suptitle(f"{k}"),
        "aspect": lambda k: ax.set_aspect(1 + k),
        "place": lambda k: ax.set_position([0.1, 0.1, 0.5 + k / 30, 0.5]),
        "dash": lambda k: line.set_dashes([1 + k, 1]),
        "legend": lambda k: ax.legend([line], [f"{k}"]),
    }


def space(ax):
    dots = ax.scatter([0, 1], [0, 1], [0, 1])
    return {
        "turn": lambda k: ax.view_init(10 * k),
        "azimuth": lambda k: setattr(ax, "azim", 10 * k),
        "projection": lambda k: ax.set_proj_type(["persp", "ortho"][k % 2]),
        "dots": lambda k: setattr(dots, "_offsets3d", ([0, k / 9], [0, 1], [0, 1])),
    }


def round_axes(ax):
    ax.plot([0, 1, 2], [0, 1, 2])
    return {
        "zero": lambda k: ax.set_theta_zero_location("NESW"[k % 4]),
        "direction": lambda k: ax.set_theta_direction([1, -1][k % 2]),
        "labels": lambda k: ax.set_rlabel_position(10 * k),
    }


CHANGES = [
    (make, projection, kind)
    for make, projection in ((artists, None), (space, "3d"), (round_axes, "polar"))
    for kind in make(plt.figure().add_subplot(projection=projection))
]
plt.close("all")


@pytest.mark.parametrize(("make", "projection", "kind"), CHANGES)
def test_silent_changes_are_seen(make, projection, kind, monkeypatch):
    monkeypatch.setattr(_sources, "GUARDS", 2)  # at 6 and 4

    def start():
        figure = plt.figure()
        change = make(figure.add_subplot(projection=projection))[kind]
        figure.draw_without_rendering()
        return figure, change

    figure, change = start()
    explorer = SliderFigure(figure, change, {"k": [0, 2, 4, 6, 8, 9]}, alt="A.")
    for k in (0, 9):
        fresh, change = start()
        change(k)
        assert body(explorer.svg_at(k=k)) == body(svg_of(fresh, "A.")), k


def test_chance_is_told():
    noise = np.random.default_rng()

    def plot(a):
        plt.plot(noise.random(5))

    with pytest.warns(UserWarning, match="plot draws another figure when it is called"):
        SliderFigure.from_function(plot, {"a": [1, 2, 3]}, alt="Noise.")


def test_progress_is_told_after_a_second(monkeypatch, capsys):
    class Terminal:
        text = ""

        def write(self, text):
            self.text += text

        def isatty(self):
            return True

    terminal = Terminal()
    monkeypatch.delenv("SLIDER_FIGURE_QUIET", raising=False)
    clock = iter(np.arange(0, 1000, 0.7))
    monkeypatch.setattr(_sources.time, "monotonic", lambda: next(clock))
    monkeypatch.setattr(_sources.sys, "stderr", terminal)
    build()
    assert "\r3 of 40 positions" in terminal.text
    assert terminal.text.endswith(" \r")
