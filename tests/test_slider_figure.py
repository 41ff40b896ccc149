"""SliderFigure: what the page is given is what Python computed."""

import re
import xml.etree.ElementTree as ET
from itertools import product

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from matplotlib.patches import FancyArrowPatch

from rnn_demo.slider_figure import SliderFigure, _number_labels, _row, _Store

RHO = np.round(np.linspace(0.1, 2.0, 20), 10)
KIND = ["tanh", "identity"]
LAG = np.arange(1, 31)
CONTROLS = {"ρ(W)": RHO, "activation": KIND}


@pytest.fixture(autouse=True)
def _closed():
    with plt.style.context("rnn_demo.book"):
        yield
    plt.close("all")


def say(rho, kind):
    return f"{kind} at {rho:.1f}."


def build(ax, moving, controls=CONTROLS, sentences=say, **kwargs):
    kwargs = {"alt": "A test.", **kwargs}
    return SliderFigure(ax.figure, moving, controls, sentences, **kwargs)


def display_units(explorer, x, y):
    """Return what SVG coordinates are in matplotlib's pixels."""
    figure_height = float(re.search(r'viewBox="0 0 \S+ (\S+)"', explorer.svg)[1])
    return np.column_stack([x, figure_height - y])


def element(explorer, entry, k=0):
    identifier = f"{explorer.prefix}-{explorer.moving[entry]['ids'][k]}"
    (found,) = [
        e for e in ET.fromstring(explorer.svg).iter() if e.get("id") == identifier
    ]
    return found


def path_points(element):
    return np.array(re.findall(r"[ML](\S+?) ([^ML]+)", element.get("d")), dtype=float)


def mark_points(element):
    pattern = r"translate\((\S+) (\S+)\)"
    return np.array(
        [re.match(pattern, child.get("transform")).groups() for child in element],
        dtype=float,
    )


@pytest.mark.parametrize("yscale", ["linear", "log"])
def test_every_row_inverts_to_the_data(yscale):
    fig, ax = plt.subplots()
    y = RHO[:, None, None] ** np.linspace(0, 3, 30)
    y = y * np.array([1, 2])[:, None]
    (line,) = ax.plot(LAG, y[9, 0])
    ax.set(yscale=yscale, xlim=(0, 31), ylim=(1e-3, 20))
    explorer = build(ax, {line: {"y": y}})
    fig.dpi = 72
    inverse = ax.transData.inverted()
    for i, j in product(range(20), range(2)):
        rows = explorer.rows(0, (i, j))
        pixels = np.column_stack(
            [rows["x"] / 10, fig.get_figheight() * 72 - rows["y"] / 10]
        )
        exact = ax.transData.transform(np.column_stack([LAG, y[i, j]]))
        assert np.abs(pixels - exact).max() <= 0.0501
        if yscale == "log":
            back = inverse.transform(pixels)
            assert np.allclose(np.log10(back[:, 1]), np.log10(y[i, j]), atol=2e-3)


def test_picture_at_rest_is_the_start_and_true_in_matplotlib():
    fig, ax = plt.subplots()
    y = RHO[:, None, None] * LAG
    (line,) = ax.plot(LAG, 0 * LAG)
    ax.set(xlim=(0, 31), ylim=(0, 62))
    explorer = build(ax, {line: {"y": y}}, start={"ρ(W)": 1.4})
    assert explorer.value == {"ρ(W)": 1.4, "activation": "tanh"}
    drawn = path_points(element(explorer, 0))
    fig.dpi = 72
    exact = ax.transData.transform(np.column_stack([LAG, 1.4 * LAG]))
    assert np.allclose(display_units(explorer, *drawn.T), exact, atol=0.0501)
    # The axes stand where the rows think they do: the clip is the axes' box.
    root = ET.fromstring(explorer.svg)
    clip = next(e for e in root.iter() if e.tag.endswith("clipPath"))
    box = ax.bbox.bounds
    assert float(clip[0].get("x")) == pytest.approx(box[0], abs=1e-2)
    assert float(clip[0].get("height")) == pytest.approx(box[3], abs=1e-2)


def test_line_leaving_the_axes_keeps_its_slope():
    _fig, ax = plt.subplots()
    y = np.array([1.0, 1e4])[:, None] * [0.0, 1.0]
    (line,) = ax.plot([0, 1], [0, 1])
    ax.set(xlim=(0, 1), ylim=(0, 1))
    explorer = build(ax, {line: {"y": y}}, {"slope": [1, 10_000]}, ["a", "b"])
    rows = explorer.rows(0, (1,))
    steep = np.diff(rows["y"])[0] / np.diff(rows["x"])[0]
    flat = explorer.rows(0, (0,))
    gentle = np.diff(flat["y"])[0] / np.diff(flat["x"])[0]
    assert steep / gentle == pytest.approx(1e4, rel=1e-3)
    assert "clip-path" in element(explorer, 0).attrib
    assert explorer.moving[0]["rows"]["y"]["bits"] == 32


def test_vertical_marker_moves_in_blended_coordinates():
    fig, ax = plt.subplots()
    ax.set(xlim=(0, 2), ylim=(-5, 5))
    marker = ax.axvline(1)
    explorer = build(ax, {marker: {"x": RHO[:, None]}})
    fig.dpi = 72
    for i in (0, 19):
        rows = explorer.rows(0, (i, 1))
        assert len(rows["x"]) == 1
        assert rows["x"][0] / 10 == pytest.approx(
            ax.transData.transform((RHO[i], 0))[0], abs=0.06
        )
        assert np.ptp(rows["y"]) / 10 == pytest.approx(ax.bbox.height, abs=0.11)
    assert len(path_points(element(explorer, 0))) == 2


@pytest.mark.parametrize("style", ["o", "o-"])
def test_markers_travel_with_their_line(style):
    fig, ax = plt.subplots()
    y = RHO[:, None, None] * [1.0, 2.0, 3.0]
    (line,) = ax.plot([1, 2, 3], [1e6, 2e6, 3e6], style)  # far outside at first
    ax.set(xlim=(0, 4), ylim=(0, 6))
    explorer = build(ax, {line: {"y": y}})
    kinds = [m["kind"] for m in explorer.moving]
    assert kinds == ["line", "points", "sentence"][len(style) == 1 :]
    group = element(explorer, kinds.index("points"))
    assert "clip-path" in group.attrib
    marks = mark_points(group)
    fig.dpi = 72
    exact = ax.transData.transform(
        np.column_stack([[1, 2, 3], RHO[9] * np.arange(1, 4)])
    )
    assert np.allclose(display_units(explorer, *marks.T), exact, atol=0.0501)


@pytest.mark.parametrize("sizes", [20, [5, 50, 100]])
def test_scatter(sizes):
    fig, ax = plt.subplots()
    dots = ax.scatter([9, 9, 9], [9, 9, 9], s=sizes, c=["r", "g", "b"])
    ax.set(xlim=(-2, 2), ylim=(-2, 2))
    angle = np.array([0.0, 1.0, 2.0])
    x, y = RHO[:, None, None] * np.cos(angle), RHO[:, None, None] * np.sin(angle)
    explorer = build(ax, {dots: {"x": x, "y": y}})
    marks = mark_points(element(explorer, 0))
    fig.dpi = 72
    exact = ax.transData.transform(np.column_stack([x[9, 0], y[9, 0]]))
    assert np.allclose(display_units(explorer, *marks.T), exact, atol=0.0501)
    assert explorer.moving[0]["rows"]["x"]["stride"][1] == 0


def test_artists_are_as_before_afterwards():
    fig, ax = plt.subplots()
    (line,) = ax.plot([1, 2], [3, 4], "o-")
    dots = ax.scatter([1, 2], [3, 4])
    text = ax.text(1, 3, "here", alpha=0.5, visible=False)
    dpi = fig.dpi
    build(
        ax,
        {
            line: {"y": RHO[:, None, None] * [1, 2]},
            dots: {"x": RHO[:, None, None] * [1, 2]},
            text: {"x": RHO[:, None], "visible": np.ones((20, 1)), "alpha": [[1]]},
        },
    )
    assert line.get_xydata().tolist() == [[1, 3], [2, 4]]
    assert line.get_transform() == ax.transData
    assert dots.get_offsets().tolist() == [[1, 3], [2, 4]]
    assert dots.get_offset_transform() == ax.transData
    assert text.get_position() == (1, 3)
    assert (text.get_alpha(), text.get_visible(), text.get_gid()) == (0.5, False, None)
    assert fig.dpi == dpi


def test_text_changes_and_moves():
    fig, ax = plt.subplots()
    ax.set(xlim=(0, 2), ylim=(0, 1))
    label = ax.text(0, 0.5, "", ha="center")
    texts = np.array([f"ρ = {r:.1f} <&>" for r in RHO])[:, None]
    explorer = build(ax, {label: {"text": texts, "x": RHO[:, None]}})
    assert element(explorer, 0).text == "ρ = 1.0 <&>"
    assert element(explorer, 0).get("text-anchor") == "middle"
    (place,) = mark_points(element(explorer, 1))
    fig.dpi = 72
    exact = ax.transData.transform((RHO[9], 0.5))
    assert np.allclose(display_units(explorer, *place)[0], exact, atol=0.0501)
    table = explorer.moving[0]["table"]
    assert table[explorer.rows(0, (19, 0))["row"][0]] == "ρ = 2.0 <&>"


@pytest.mark.parametrize(("scale", "bottom"), [("linear", 0), ("log", 0), ("log", 0.1)])
def test_bars(scale, bottom):
    fig, ax = plt.subplots()
    bars = ax.bar(["a", "b", "c"], [1, 1, 1], bottom=bottom)
    ax.set(yscale=scale, ylim=(0.01, 100))
    heights = RHO[:, None, None] * [1, 2, 40]
    explorer = build(ax, {bars: {"height": heights}})
    fig.dpi = 72
    for k in range(3):
        numbers = re.fullmatch(
            r"M(\S+) (\S+)H(\S+)V(\S+)H(\S+)z", element(explorer, 0, k).get("d")
        ).groups()
        left, base, right, top, again = map(float, numbers)
        assert left == again
        (x0, y0), (x1, y1) = ax.transData.transform(
            [(k - 0.4, bottom), (k + 0.4, bottom + heights[9, 0, k])]
        )
        page = fig.get_figheight() * 72
        assert np.allclose([left, right], [x0, x1], atol=0.0501)
        assert np.allclose([page - base, page - top], [y0, y1], atol=0.0501)


def test_any_artist_can_be_hidden_and_faded():
    _fig, ax = plt.subplots()
    arrow = ax.add_patch(FancyArrowPatch((0, 0), (1, 1)))
    image = ax.imshow(np.eye(2))
    note = ax.annotate("n", (0, 0), (1, 1), arrowprops={"arrowstyle": "->"})
    bars = ax.bar([0, 1], [1, 1])
    legend = ax.legend([arrow], ["arrow"])
    shown = np.array([[True, False]])
    moving = {a: {"visible": shown} for a in (arrow, image, note, bars, legend)}
    moving[arrow] = {"visible": ~shown, "alpha": np.linspace(0, 1, 20)[:, None]}
    explorer = build(ax, moving)
    assert [len(m["ids"]) for m in explorer.moving[:-1]] == [1, 1, 1, 2, 2, 1]
    assert element(explorer, 0).get("display") == "none"
    assert element(explorer, 1).get("opacity") == "0.474"
    assert element(explorer, 2).get("display") == "inline"
    assert explorer.rows(2, (3, 1))["row"].tolist() == [0]


def test_images_at_one_place_stay_apart():
    _fig, ax = plt.subplots()
    a, b = (ax.imshow(m) for m in (np.eye(2), 1 - np.eye(2)))
    explorer = build(
        ax, {a: {"visible": [[True, False]]}, b: {"visible": [[False, True]]}}
    )
    assert explorer.svg.count("<image") == 2


# -- payload -------------------------------------------------------------------------


def test_what_does_not_move_is_stored_once():
    _fig, ax = plt.subplots()
    (line,) = ax.plot(LAG, LAG)
    y = np.broadcast_to(RHO[:, None, None] * LAG, (20, 2, 30))
    ax.set(ylim=(0, 60))
    explorer = build(ax, {line: {"y": y}})
    rows = explorer.moving[0]["rows"]
    assert rows["x"]["stride"] == [0, 0]
    assert rows["y"]["stride"] == [29, 0]
    assert rows["y"]["bits"] == 8


def test_payload_of_a_large_explorer():
    rho, lag = np.linspace(0.1, 2, 191), np.arange(1, 101)
    fig, ax = plt.subplots()
    lines = [ax.plot(lag, lag)[0] for _ in range(3)]
    ax.set(ylim=(-40, 40))
    log = lag * np.log10(rho)[:, None, None, None]
    y = log * np.array([1, 1.1, 1.2])[:, None, None] - np.array([0, 5])[:, None]
    explorer = SliderFigure(
        fig,
        {lines[0]: {"y": y}, lines[1]: {"y": log}, lines[2]: {"y": 1.3 * log}},
        {"ρ": rho, "activation": ["a", "b", "c"], "input": ["weak", "strong"]},
        lambda *v: f"{v}".ljust(80, "."),
        "Three lines.",
    )
    text = sum(len(s) for s in explorer.sentences)
    assert len(explorer.data) * 4 / 3 + len(explorer.svg) + text < 500_000


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_rows_survive_storage(data):
    grid = tuple(data.draw(st.lists(st.integers(1, 4), min_size=1, max_size=3)))
    store, wanted = _Store(grid), []
    for _ in range(data.draw(st.integers(1, 3))):
        lead = tuple(data.draw(st.sampled_from((1, n))) for n in grid)
        span = data.draw(st.sampled_from((5, 200, 40_000, 2**31 - 1)))
        rows = data.draw(
            hnp.arrays(
                np.int64,
                (*lead, data.draw(st.integers(1, 5))),
                elements=st.integers(-span, span),
            )
        )
        wanted.append((rows, store.add(rows)))
    buffer = store.bytes()
    for position in product(*(range(n) for n in grid)):
        for rows, where in wanted:
            at = tuple(
                min(i, n - 1) for i, n in zip(position, rows.shape, strict=False)
            )
            row = np.broadcast_to(_row(buffer, where, position), rows.shape[-1])
            assert (row == rows[at]).all()


def test_equal_figures_give_equal_bytes_and_others_other_ids():
    def one(shift):
        _fig, ax = plt.subplots()
        (line,) = ax.plot(LAG, LAG)
        return build(ax, {line: {"y": RHO[:, None, None] * LAG + shift}})

    a, b, c = one(0), one(0), one(1)
    assert (a.svg, a.data, a.moving) == (b.svg, b.data, b.moving)
    names = [set(re.findall(r' id="([^"]+)"', x.svg)) for x in (a, c)]
    assert names[0]
    assert not names[0] & names[1]


# -- position ------------------------------------------------------------------------


@pytest.fixture
def explorer():
    _, ax = plt.subplots()
    (line,) = ax.plot(LAG, LAG)
    return build(ax, {line: {"y": RHO[:, None, None] * LAG}})


def test_value_and_indices_follow_each_other(explorer):
    assert explorer.value == {"ρ(W)": RHO[9], "activation": "tanh"}
    seen = []
    explorer.observe(lambda change: seen.append(change.new), "value")
    explorer.value = {"ρ(W)": 1.4, "activation": "identity"}
    assert (explorer.i0, explorer.i1) == (13, 1)
    explorer.i0 = 0
    assert explorer.value == {"ρ(W)": 0.1, "activation": "identity"}
    explorer.value = {"activation": "tanh"}
    assert explorer.value == {"ρ(W)": 0.1, "activation": "tanh"}
    assert [v["ρ(W)"] for v in seen] == [1.4, 0.1, 0.1]
    assert explorer.sentence == "tanh at 0.1."


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


def test_panel_links_real_controls(explorer):
    explorer.value = {"ρ(W)": 1.4}
    panel = explorer.panel(play="ρ(W)")
    kinds = [type(child).__name__ for child in panel.children]
    assert kinds == ["Play", "SelectionSlider", "ToggleButtons", "SliderFigure"]
    _, slider, buttons, figure = panel.children
    assert (slider.label, slider.index, buttons.value) == ("1.4", 13, "tanh")
    assert figure is explorer
    bundle = panel._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert "<svg" in bundle["text/html"]
    assert "tanh at 1.0." in bundle["text/html"]  # the picture at rest is the start
    with pytest.raises(ValueError, match="play names the control"):
        explorer.panel(play="speed")


def test_labels_have_the_decimals_they_need():
    assert _number_labels([0.1, 0.25]) == ["0.10", "0.25"]
    assert _number_labels([1, 10, 100]) == ["1", "10", "100"]
    assert _number_labels([-0.5, 0.5]) == ["−0.5", "0.5"]
    assert _number_labels([1e-7, 1e-6]) == ["1e−07", "1e−06"]
    assert len(set(_number_labels(list(1 + 1e-9 * np.arange(3))))) == 3


# -- what is refused -----------------------------------------------------------------


def refusals():
    good = RHO[:, None, None] * LAG
    nan, far = good.copy(), good.copy()
    nan[3, 0, 7], far[3, 0, 7] = np.nan, 1e12
    masked = np.ma.masked_greater(good, 50)
    return {
        "not finite": ({"y": nan}, r"'y' of Line2D 'norm' .* nan at index \(3, 0, 7\)"),
        "masked": ({"y": masked}, "'y' of Line2D 'norm' must have a value everywhere"),
        "list of masked": ({"y": list(masked)}, "masked entries"),
        "complex": ({"y": good + 0j}, "'y' of Line2D 'norm' must be real"),
        "too far": ({"y": far}, "too far to be stored"),
        "ragged": ({"y": [[1, 2], [3]]}, "rows have unequal lengths"),
        "words": ({"y": "high"}, "must hold real numbers"),
        "wrong grid": ({"y": good[:7]}, r"has shape \(7, 1, 30\)"),
        "wrong axes": ({"y": good[0, 0]}, "must have shape grid"),
        "wrong points": ({"y": good[..., :9]}, "30 points in x and 9 in y"),
        "no points": ({"y": good[..., :0]}, "no points"),
        "unknown": ({"color": good}, "'color' of Line2D 'norm' cannot move"),
        "nothing": ({}, "names no property"),
        "no mapping": (None, r"moving\[Line2D 'norm'\] must be Mapping"),
        "half visible": ({"visible": np.full((20, 1), 0.5)}, "true or false"),
        "alpha": ({"alpha": np.full((20, 1), 1.5)}, "from 0 to 1"),
    }


@pytest.mark.parametrize("case", refusals())
def test_bad_rows_are_refused(case):
    properties, message = refusals()[case]
    _, ax = plt.subplots()
    (line,) = ax.plot(LAG, LAG, label="norm")
    with pytest.raises(ValueError, match=message):
        build(ax, {line: properties})


@pytest.mark.parametrize(
    ("scale", "value"), [("log", 0.0), ("log", -1.0), ("logit", 0.0), ("logit", 1.0)]
)
def test_values_off_the_scale_are_refused(scale, value):
    _, ax = plt.subplots()
    (line,) = ax.plot([1, 2], [0.5, 0.5], label="norm")
    bars = ax.bar([1, 2], [0.5, 0.5])
    ax.set_yscale(scale)
    rows = np.full((20, 1, 2), 0.5)
    rows[4, 0, 1] = value
    message = rf"is {value} at \(4, 0, 1\), which the axis's {scale} scale"
    with pytest.raises(ValueError, match=rf"y of Line2D 'norm' {message}"):
        build(ax, {line: {"y": rows}})
    with pytest.raises(ValueError, match=message):
        build(ax, {bars: {"height": rows}})
    build(ax, {ax.axvline(1): {"x": RHO[:, None]}})  # y is not on the scale


@pytest.mark.parametrize(
    ("text", "rows", "message"),
    [
        ({}, "$x$", "without \\$"),
        ({}, "two\nlines", "one plain line"),
        ({}, 3, "strings only"),
        ({"rotation": 45}, "x", "is rotated"),
        ({"bbox": {}}, "x", "has a box"),
    ],
)
def test_bad_texts_are_refused(text, rows, message):
    _, ax = plt.subplots()
    label = ax.text(0, 0, "label", **text)
    with pytest.raises(ValueError, match=message):
        build(ax, {label: {"text": [[rows]]}})


def other_artists(ax):
    note = ax.annotate("n", (0, 0))
    upright = ax.bar([0, 1], [1, 1])
    return {
        "no artist": ("line", {"y": [[1]]}, "is not an artist"),
        "other figure": (plt.figure().text(0, 0, "t"), {"text": [["a"]]}, "not in the"),
        "steps": (ax.step([0, 1], [0, 1])[0], {"y": [[1]]}, "drawstyle"),
        "some": (ax.plot([0, 1], "o", markevery=2)[0], {"y": [[1]]}, "markevery"),
        "infinite": (ax.axline((0, 0), (1, 1)), {"y": [[1]]}, "infinite"),
        "nothing": (ax.plot([0, 1], ls="")[0], {"y": [[1]]}, "neither a line nor"),
        "half": (
            ax.plot([0, 1], "o", fillstyle="left")[0],
            {"y": [[1]]},
            "style that cannot",
        ),
        "note": (note, {"x": [[1]]}, "annotation"),
        "barh": (ax.barh([0, 1], [1, 1]), {"height": [[1]]}, "horizontal"),
        "bars": (upright, {"height": np.ones((1, 1, 3))}, "it has 2 bars"),
        "empty": (ax.text(0, 0, ""), {"visible": [[1]]}, "draws nothing"),
    }


@pytest.mark.parametrize("case", other_artists(plt.figure().add_subplot()))
def test_artists_that_cannot_move_are_refused(case):
    _, ax = plt.subplots()
    artist, properties, message = other_artists(ax)[case]
    with pytest.raises(ValueError, match=message):
        build(ax, {artist: properties})


def test_polar_axes():
    _, ax = plt.subplots(subplot_kw={"projection": "polar"})
    (line,) = ax.plot([0, 1], [1, 1])
    explorer = build(ax, {line: {"y": RHO[:, None, None] * [1, 1]}})
    x = [explorer.rows(0, (i, 0))["x"][0] for i in range(20)]
    assert len(set(x)) == 20  # here y moves the pixel's x, too
    with pytest.raises(ValueError, match="rectangular"):
        build(ax, {ax.bar([0, 1], [1, 1]): {"height": RHO[:, None]}})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"alt": " "}, "alt is"),
        ({"figure": None}, "figure must be Figure, but is of type NoneType"),
        ({"moving": None}, "moving must be Mapping"),
        ({"controls": [1, 2]}, "controls must be Mapping"),
        ({"controls": {1: [1, 2]}}, "a label of controls must be str"),
        ({"controls": {"a": 3}}, r"controls\['a'\] must be Iterable"),
        ({"start": [7]}, "start must be Mapping"),
        ({"controls": {}}, "controls has 0 entries"),
        ({"controls": {"a": []}}, "at least one"),
        ({"controls": {"a": [1, np.nan]}}, "finite numbers"),
        ({"controls": {"a": [1, "b"]}}, "finite numbers"),
        ({"controls": {"a": [1, 1]}}, "same value twice"),
        ({"sentences": [["a"] * 3]}, "sentences has shape"),
        ({"sentences": lambda *_: 3}, "strings only"),
        ({"start": {"ρ(W)": 7}}, "start sets"),
        ({"start": {"rho": 1}}, "start names"),
    ],
)
def test_bad_arguments_are_refused(change, message):
    _, ax = plt.subplots()
    (line,) = ax.plot(LAG, LAG)
    arguments = {
        "figure": ax.figure,
        "moving": {line: {"y": [[1]]}},
        "controls": CONTROLS,
        "sentences": say,
        "alt": "A test.",
    }
    with pytest.raises(ValueError, match=message):
        SliderFigure(**arguments | change)


# -- in a browser --------------------------------------------------------------------


@pytest.mark.browser
def test_file_moves_without_network(chromium, tmp_path):
    fig, ax = plt.subplots()
    y = RHO[:, None, None] * LAG * np.array([1, 100])[:, None]
    (line,) = ax.plot(LAG, LAG)
    (smooth,) = ax.plot(LAG, LAG)
    dots = ax.scatter([1, 2], [1, 2])
    bars = ax.bar([5, 6], [1, 1])
    label = ax.text(0, 0, "</script>")
    ax.set(xlim=(0, 31), ylim=(-5, 60))
    explorer = build(
        ax,
        {
            line: {"y": y},
            smooth: {"y": y[:, :1] / 3, "visible": [[True, False]]},
            dots: {"x": RHO[:, None, None] * [1, 9]},
            bars: {"height": RHO[:, None, None] * [9, 20], "alpha": RHO[:, None] / 2},
            label: {"text": np.array([f"{r:.1f}</b>" for r in RHO])[:, None]},
        },
    )
    explorer.save_html(tmp_path / "figure.html")
    context = chromium.new_context(offline=True)
    page, errors = context.new_page(), []
    page.on("console", lambda message: errors.append(message.text))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto((tmp_path / "figure.html").as_uri())
    page.wait_for_selector("[data-ready]")

    def attributes():
        return page.evaluate(
            "[...document.querySelectorAll('.sf-svg *')].flatMap(e => [...e.attributes]"
            ".map(a => a.value.replace(/v1-/, '-'))).concat(document.querySelector"
            "('.sf-svg').textContent)"
        )

    def in_python():
        root = ET.fromstring(explorer.svg)
        values = [value for e in list(root.iter())[1:] for value in e.attrib.values()]
        return [*values, "".join(root.itertext())]

    # Drawing changes nothing: the picture at rest is the picture of the start.
    assert sorted(attributes()) == sorted(in_python())

    page.focus("input[type=range]")
    page.keyboard.press("End")
    page.click("text=identity")
    assert page.get_attribute(".sf-figure", "data-frame") == "39"
    assert page.inner_text(".sf-sentence") == say(2.0, "identity")
    path = f"#{explorer.prefix}v1-{explorer.moving[0]['ids'][0]}"
    points = re.findall(r"[ML](\S+?) ([^ML]+)", page.get_attribute(path, "d"))
    fig.dpi = 72
    exact = ax.transData.transform(np.column_stack([LAG, y[-1, -1]]))
    drawn = display_units(explorer, *np.array(points, dtype=float).T)
    assert np.allclose(drawn, exact, atol=0.0501)
    assert "2.0</b>" in page.text_content(".sf-svg")
    assert errors == []
    context.close()


@pytest.mark.browser
def test_file_without_scripts_still_shows_the_start(chromium, tmp_path, explorer):
    explorer.save_html(tmp_path / "figure.html")
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((tmp_path / "figure.html").as_uri())
    assert page.locator("svg[role=img]").bounding_box()["width"] > 300
    assert page.locator(".sf-sentence").inner_text() == "tanh at 1.0."
    context.close()


@pytest.mark.browser
def test_two_views_of_one_figure(chromium, explorer):
    """They have identifiers of their own, guard their range, and let go at the end."""
    page = chromium.new_page()
    seen = page.evaluate(
        """async ({ source, state, data }) => {
          const type = "text/javascript";
          const url = URL.createObjectURL(new Blob([source], { type }));
          const { default: { render } } = await import(url);
          const bytes = new Uint8Array([0, 0, 0, ...data]);
          state.data = new DataView(bytes.buffer, 3);  // hosts may hand over a part
          const listeners = new Set();
          const model = {
            get: (name) => state[name],
            on: (event, f) => listeners.add(f),
            off: (event, f) => listeners.delete(f),
          };
          const views = [1, 2].map(() => document.body.appendChild(
            document.createElement("div")));
          const ends = views.map((el) => render({ model, el }));
          const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
          const frames = [[999, 0], [-3, 1], [null, 0], [2.5, 1]].map(([i0, i1]) => {
            Object.assign(state, { i0, i1 });
            listeners.forEach((f) => f());
            return views.map((el) => el.dataset.frame);
          });
          const before = listeners.size;
          ends.forEach((end) => end());
          return { ids, frames, before, after: listeners.size };
        }""",
        {
            "source": explorer._esm,
            "data": list(explorer.data),
            "state": {
                name: getattr(explorer, name)
                for name in (
                    "svg",
                    "prefix",
                    "moving",
                    "shape",
                    "sentences",
                    "i0",
                    "i1",
                )
            },
        },
    )
    assert len(seen["ids"]) == len(set(seen["ids"])) > 2
    assert seen["frames"] == [[f, f] for f in ("38", "1", "0", "5")]
    # Each view listens to its one control and to new data.
    assert (seen["before"], seen["after"]) == (4, 0)
    page.close()
