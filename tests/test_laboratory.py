"""The laboratory: what it exports reproduces it, and the last of many moves wins."""

import asyncio
import csv
import re
import xml.etree.ElementTree as ET

import matplotlib as mpl

mpl.use("Agg")
import numpy as np
import pytest

from rnn_demo import forward, get_activation
from rnn_demo.laboratory.panel import (
    CHARTS,
    LARGEST_N,
    _chart_figure,
    _Latest,
    is_live,
    laboratory,
    nice_limits,
    read_array,
)
from rnn_demo.laboratory.trial import Trial
from rnn_demo.live_figure import LiveFigure
from rnn_demo.matrices import spectral_radius
from rnn_demo.norms import jacobian_product_norms

RNG = np.random.default_rng(0)
SETTINGS = {
    "default": {},
    "everything else": {
        "n": 7,
        "steps": 12,
        "seed": 3,
        "activation": "logistic",
        "family": "nonnormal",
        "rho": 1.7,
        "input_strength": 0.3,
        "h0": 2.0,
    },
    "own W as it is": {"W": RNG.normal(size=(5, 5)), "h0": RNG.normal(size=5)},
    "own W rescaled": {"W": RNG.normal(size=(40, 40)), "rho": 0.7, "steps": 20},
    "exact zeros": {"W": [[0, 1], [0, 0]], "activation": "relu"},
    "one unit, one step": {"n": 1, "steps": 1},
}


@pytest.fixture(params=SETTINGS.values(), ids=SETTINGS)
def trial(request):
    return Trial(**request.param)


# -- trial ---------------------------------------------------------------------------


def test_exported_code_computes_the_same_numbers(trial):
    measured, again = trial.run(), {}
    exec(trial.code(), again)
    for name in measured._fields:
        np.testing.assert_array_equal(again[name], getattr(measured, name), name)


def test_exported_tables_hold_all_digits(trial):
    measured = trial.run()
    tables = trial.tables(measured)
    rows = list(csv.DictReader(tables["steps"].splitlines()))
    for column, name in (
        ("log10_gradient_norm", "log_norms"),
        ("slope_mean", "slope_mean"),
        ("lyapunov_running", "running"),
    ):
        read = [float(row[column]) for row in rows]
        np.testing.assert_array_equal(read, getattr(measured, name))
    parts = np.loadtxt(tables["eigenvalues"].splitlines(), delimiter=",", skiprows=1)
    np.testing.assert_array_equal(np.atleast_2d(parts) @ [1, 1j], measured.eigenvalues)


def test_numbers_are_those_of_the_network():
    trial = Trial(n=10, steps=30, rho=1.3, activation="tanh")
    params, x, h0, last = trial.network()
    measured = trial.run()
    assert spectral_radius(params.W) == pytest.approx(1.3)
    assert np.abs(measured.eigenvalues).max() == pytest.approx(1.3)
    assert np.linalg.norm(last) == pytest.approx(1)
    z = forward(params, x, h0).z
    slopes = get_activation("tanh").derivative(z)
    np.testing.assert_allclose(measured.slope_mean, slopes.mean(axis=1))
    assert measured.saturated == np.mean(slopes < 0.1)
    # The norm of one product with a unit vector is at most the spectral norm.
    products = jacobian_product_norms(params, x, h0)
    assert (measured.log_norms <= products + 1e-12).all()
    assert measured.running[-1] <= np.log(10) * (products[0] + 1) / 29 + 0.2


def test_settings_change_only_what_they_name():
    a, b = (Trial(steps=s).network() for s in (10, 20))
    np.testing.assert_array_equal(a[1], b[1][:10])
    np.testing.assert_array_equal(a[0].W, b[0].W)
    c = Trial(steps=10, rho=2.0, input_strength=3.0, family="gaussian").network()
    np.testing.assert_allclose(c[0].W, 2 * a[0].W)
    np.testing.assert_allclose(c[0].U, 3 * a[0].U)
    np.testing.assert_array_equal(c[2], a[2])


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"steps": 0}, "steps must be at least 1"),
        ({"n": 0}, "n must be at least 1"),
        ({"seed": -1}, "seed must be at least 0"),
        ({"seed": 1.5}, "seed must be an integer"),
        ({"input_strength": -1}, "input_strength must be at least 0"),
        ({"activation": "sine"}, "activation must be one of"),
        ({"family": "random"}, "family must be one of"),
        ({"W": [[1, 2]]}, "W must be square"),
        ({"h0": [1.0]}, "h0 must have shape"),
        ({"h0": -1}, "h0 must be at least 0"),
        ({"rho": -1.0}, "rho must be at least 0"),
        ({"W": [[0, 1], [0, 0]], "rho": 1.0}, "spectral radius"),
        ({"activation": "relu", "rho": 1e9, "steps": 100}, "float range"),
    ],
)
def test_bad_settings_are_explained(settings, words):
    with pytest.raises(ValueError, match=words):
        Trial(**settings).run()


# -- typed arrays --------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "[[0, 1], [-1, 0]]",
        " [[0., 1.],\n  [-1., 0.]] ",
        "np.array([[0, 1], [-1, 0]])",
        "array([[ 0.,  1.],\n       [-1.,  0.]])",
    ],
)
def test_typed_matrices_are_read(text):
    np.testing.assert_array_equal(read_array(text, "W"), [[0, 1], [-1, 0]])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[[1 2]]", "W must be lists of numbers"),
        ("W", "W must be lists of numbers"),
        ("__import__('os')", "W must be lists of numbers"),
        ("[[1, 2", "W must be lists of numbers"),
        ("[" * 300, "W must be lists of numbers"),
        ("1" * 5000, "W must be lists of numbers"),
        ("[[1, 2], [3]]", "W .* rows have unequal lengths"),
        ("['a']", "W must hold real numbers"),
        ("{1: 2}", "W must hold real numbers"),
        ("[[1j]]", "W must be real"),
        ("[[1e999]]", "W must be finite"),
        ("1" * 401, "W must hold real numbers that fit float64"),
    ],
)
def test_anything_else_is_refused_and_not_executed(text, words):
    with pytest.raises(ValueError, match=words):
        read_array(text, "W")


# -- pictures ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("low", "high"), [(-21.4, 0.3), (0, 1), (-1e-3, 1e-3), (-3e5, 7), (3, 3)]
)
def test_limits_are_round_and_cover_the_data(low, high):
    start, step = nice_limits(low, high)
    assert start <= low + 1e-9 * step
    assert start + 4 * step >= high - 1e-9 * step
    assert f"{step:.2e}"[0] in "125"
    assert 4 * step <= 8 * max(high - low, 1e-12)


def test_pictures_show_every_kind_of_trial(trial):
    measured = trial.run()
    for chart in CHARTS:
        figure, drawn = _chart_figure(chart)
        rows = drawn.rows(trial, measured)
        assert all(
            np.isfinite(values[key]).all()
            for values in rows.values()
            for key in "xy"
            if key in values
        )
        assert drawn.sentence(trial, measured)
        LiveFigure(figure, rows, "s", chart.alt, capacity=LARGEST_N)


def test_the_drawn_curve_is_the_measured_one():
    lab = laboratory(n=16, rho=1.2)
    figure, drawn = _chart_figure(CHARTS[0])
    rows = drawn.rows(lab.trial, lab.measurement)
    norms = lab.measurement.log_norms
    y = nice_limits(min(norms.min(), -1), max(norms.max(), 1))
    back = y[0] + y[1] * rows[drawn.curve]["y"]
    np.testing.assert_allclose(back, norms[::-1], atol=1e-12)
    labels = [float(rows[t]["text"].replace("−", "-")) for t in drawn.y_texts]
    np.testing.assert_allclose(labels, y[0] + y[1] * np.arange(5))
    live = LiveFigure(figure, rows, "s", "a", capacity=LARGEST_N)
    svg = ET.fromstring(live.svg)
    assert "−" in "".join(svg.itertext()) or min(labels) >= 0


# -- live figure ---------------------------------------------------------------------


def stored(live, k):
    """Return the rows of an entry as the page would read them."""
    from rnn_demo.slider_figure import _rows

    entry = live.moving[k]
    return entry, _rows(live.data, entry["rows"], (0,))


@pytest.fixture
def live():
    figure = mpl.figure.Figure(figsize=(4, 2), layout="none")
    ax = figure.add_axes((0, 0, 1, 1), xlim=(0, 4), ylim=(0, 2))
    (line,) = ax.plot([0], [0])
    dots, text = ax.scatter([0], [0]), ax.text(1, 1, "a")
    artists = line, dots, text

    def rows(points, word="a", visible=True):
        x = np.linspace(0, 4, points)
        return {
            line: {"x": x, "y": x / 2, "visible": visible},
            dots: {"x": x, "y": x / 2},
            text: {"text": word},
        }

    return LiveFigure(figure, rows(3), "one", "alt", capacity=10), rows, artists


def test_update_replaces_coordinates_words_and_visibility(live):
    figure, rows, _ = live
    figure.update(rows(5, "b", visible=False), "two")
    line, numbers = stored(figure, 0)
    assert line["kind"] == "line"
    np.testing.assert_allclose(numbers["x"] / 720, np.linspace(0, 4, 5), atol=1e-3)
    np.testing.assert_allclose(numbers["y"] / 720, 2 - np.linspace(0, 2, 5), atol=1e-3)
    assert stored(figure, 1)[1]["row"] == [0]
    dots, numbers = stored(figure, 2)
    assert dots["kind"] == "points"
    assert len(numbers["x"]) == 10
    assert (numbers["x"][5:] == numbers["x"][4]).all()
    assert stored(figure, 3)[0]["table"] == ["b"]
    assert figure.sentences == ["two"]


class Comm:
    """What ipywidgets sends to the page."""

    comm_id = "test"

    def __init__(self):
        self.messages = []

    def send(self, data, buffers):
        self.messages.append((data, buffers))

    def on_msg(self, callback):
        pass

    def close(self):
        pass


def test_an_update_is_one_message_and_always_new_to_the_page(live):
    figure, rows, _ = live
    figure.comm = comm = Comm()
    before = figure.data
    figure.update(rows(3), "one")
    assert figure.data != before
    figure.update(rows(4), "two")
    assert [len(buffers) for _, buffers in comm.messages] == [1, 1]
    assert comm.messages[-1][0]["state"].keys() == {"moving", "sentences"}
    figure.comm = None


def test_identifiers_stay(live):
    figure, rows, _ = live
    ids = [entry["ids"] for entry in figure.moving]
    figure.update(rows(7), "two")
    assert [entry["ids"] for entry in figure.moving] == ids


@pytest.mark.parametrize("points", [0, 11])
def test_too_few_or_too_many_dots_are_refused(live, points):
    figure, rows, _ = live
    with pytest.raises(ValueError, match="it must have"):
        figure.update(rows(points), "no")
    assert figure.sentences == ["one"]


def test_bad_updates_leave_the_picture(live):
    figure, rows, (line, _, text) = live
    before = figure.data
    with pytest.raises(ValueError, match="the figure has"):
        figure.update({text: {"text": "b"}}, "no")
    bad = rows(3)
    bad[line]["y"] = np.array([0, np.nan, 1])
    with pytest.raises(ValueError, match="finite"):
        figure.update(bad, "no")
    assert figure.data == before


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"figure": None}, "figure must be Figure"),
        ({"rows": None}, "rows must be Mapping"),
        ({"sentence": None}, "sentence must be str"),
        ({"alt": ""}, "alt is"),
        ({"capacity": -1}, "capacity must be at least 0, but is -1"),
        ({"capacity": 1.5}, "capacity must be an integer"),
    ],
)
def test_bad_arguments_are_named(change, message):
    figure = mpl.figure.Figure()
    (line,) = figure.add_subplot().plot([0])
    rows = {line: {"x": [0, 1], "y": [0, 1]}}
    arguments = {"figure": figure, "rows": rows, "sentence": "s", "alt": "a"}
    with pytest.raises(ValueError, match=message):
        LiveFigure(**arguments | change)


def bad_rows(rows, line, dots, text):
    three = np.arange(3.0)
    return [
        (None, "rows must be Mapping"),
        (rows | {line: {**rows[line], "y": three[:2]}}, "3 points in x and 2 in y"),
        (rows | {dots: {"x": three, "y": three[:2]}}, "3 points in x and 2 in y"),
        (rows | {dots: {"x": three, "y": 1j * three}}, "'y' of .* must be real"),
        (
            rows | {dots: {"x": three, "y": np.ma.masked_equal(three, 1)}},
            "'y' of .* must have a value everywhere",
        ),
        (rows | {dots: {"x": 1.0, "y": 1.0}}, "'x' of .* must have shape"),
        (rows | {text: {"text": None}}, "'text' of .* must be str"),
        (rows | {text: {"text": "$x$"}}, "one plain line"),
    ]


@pytest.mark.parametrize("case", range(8))
def test_bad_rows_are_named_and_leave_the_picture(live, case):
    figure, rows, artists = live
    bad, message = bad_rows(rows(3), *artists)[case]
    before = figure.data
    with pytest.raises(ValueError, match=message):
        figure.update(bad, "no")
    with pytest.raises(ValueError, match="sentence must be str"):
        figure.update(rows(3), None)
    assert (figure.data, figure.sentences) == (before, ["one"])


def test_values_off_the_scale_are_refused():
    figure = mpl.figure.Figure()
    ax = figure.add_subplot(yscale="log", ylim=(1, 10))
    (line,) = ax.plot([0, 1], [1, 2], label="norm")
    live = LiveFigure(figure, {line: {"x": [0, 1], "y": [1, 2]}}, "s", "a")
    message = r"y of Line2D 'norm' is 0.0 at \(1,\), which the axis's log scale"
    with pytest.raises(ValueError, match=message):
        live.update({line: {"x": [0, 1], "y": [1, 0]}}, "s")


def test_what_cannot_move_is_refused():
    figure = mpl.figure.Figure()
    ax = figure.add_subplot()
    (dotted,) = ax.plot([0, 1], [0, 1], "o-")
    with pytest.raises(ValueError, match="cannot move"):
        LiveFigure(figure, {ax: {"visible": True}}, "s", "a")
    with pytest.raises(ValueError, match="it needs x and y"):
        LiveFigure(figure, {ax.plot([0])[0]: {"y": [0, 1]}}, "s", "a")
    with pytest.raises(ValueError, match="has markers"):
        LiveFigure(figure, {dotted: {"x": [0, 1], "y": [0, 1]}}, "s", "a")


# -- panel ---------------------------------------------------------------------------


@pytest.fixture
def lab():
    return laboratory(n=6, steps=8)


def test_controls_start_at_the_trial():
    settings = SETTINGS["everything else"]
    assert vars(laboratory(**settings).panel().trial()) == vars(Trial(**settings))
    own = laboratory(**SETTINGS["own W as it is"])
    again = own.panel().trial()
    np.testing.assert_array_equal(again.W, own.trial.W)
    np.testing.assert_array_equal(again.h0, own.trial.h0)
    assert again.rho is None
    assert own.panel().controls["n"].disabled
    assert laboratory(**SETTINGS["own W rescaled"]).panel().trial().rho == 0.7


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("n", 9),
        ("steps", 20),
        ("seed", 5),
        ("activation", "identity"),
        ("family", "orthogonal"),
        ("rho", 0.4),
        ("input_strength", 2.0),
        ("h0_size", 1.5),
        ("h0", "[1, 2, 3, 4, 5, 6]"),
        ("W", "[[0, 1], [-1, 0]]"),
    ],
)
def test_every_control_measures_anew(lab, name, value):
    panel = lab.panel()
    before, data = lab.measurement, [picture.data for picture in panel.pictures]
    panel.controls[name].value = value
    assert lab.measurement is not before
    assert not panel.message.value
    assert all(p.data != d for p, d in zip(panel.pictures, data, strict=True))
    fresh = panel.trial().run()
    np.testing.assert_array_equal(lab.measurement.log_norms, fresh.log_norms)


def test_errors_are_shown_and_taken_back(lab):
    panel = lab.panel()
    before = lab.measurement
    panel.controls["W"].value = "[[0, 1], [0, <b>"
    assert "W must be lists of numbers" in panel.message.value
    assert "<b>" not in panel.message.value
    assert lab.measurement is before
    assert "sf-stale" in panel.shown._dom_classes
    panel.controls["W"].value = "[[0, 1], [0, 0]]"
    assert not panel.message.value
    assert "sf-stale" not in panel.shown._dom_classes
    panel.controls["W"].value = f"[[1{'0' * 400}]]"
    assert "W must hold real numbers that fit float64" in panel.message.value
    panel.controls["W"].value = "[[0, 1], [0, 0]]"
    panel.controls["rescale"].value = True
    assert "spectral radius above 0" in panel.message.value
    panel.controls["W"].value = ""
    panel.controls["h0"].value = "[1, 2]"
    assert "h0 must have shape" in panel.message.value


def test_a_matrix_too_large_is_refused(lab):
    n = LARGEST_N + 1
    with pytest.raises(ValueError, match=f"n must be at most {LARGEST_N}"):
        laboratory(n=n)


def test_the_last_of_many_moves_wins():
    done = []

    async def moves():
        state = {}
        work = _Latest(lambda: done.append(state["value"]))
        for value in range(50):
            state["value"] = value
            work()
        assert done == []
        await asyncio.sleep(0.1)
        state["value"] = "later"
        work()
        await asyncio.sleep(0.1)

    asyncio.run(moves())
    assert done == [49, "later"]


def test_export_writes_figure_numbers_and_code(lab, tmp_path):
    paths = lab.export(tmp_path / "out")
    kinds = {path.suffix: path.read_bytes() for path in paths}
    assert len(paths) == 6
    assert kinds[".pdf"].startswith(b"%PDF")
    assert kinds[".png"].startswith(b"\x89PNG")
    text = "".join(ET.fromstring(kinds[".svg"]).itertext())
    assert text
    again = {}
    exec(kinds[".py"], again)
    np.testing.assert_array_equal(again["log_norms"], lab.measurement.log_norms)
    assert lab.files() == {path.name: path.read_bytes() for path in paths}


def test_the_button_saves_and_offers_downloads(lab, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    panel = lab.panel()
    panel.button.click()
    names = set(re.findall(r'download="([^"]+)"', panel.links.value))
    assert names == {path.name for path in (tmp_path / "laboratory").iterdir()}
    panel.controls["rho"].value = 0.5
    assert panel.links.value == ""


# -- with and without a kernel -------------------------------------------------------


def test_with_a_kernel_it_is_a_widget(lab, monkeypatch):
    monkeypatch.delenv("RNN_DEMO_STATIC", raising=False)
    assert is_live()
    assert "application/vnd.jupyter.widget-view+json" in lab._repr_mimebundle_()


def test_in_the_book_it_is_a_picture_without_controls(lab, monkeypatch):
    monkeypatch.setenv("RNN_DEMO_STATIC", "1")
    assert not is_live()
    bundle = lab._repr_mimebundle_()
    assert set(bundle) == {"text/html", "text/plain"}
    page = bundle["text/html"]
    assert page.count("<svg") == 4
    assert "Stored result" in page
    assert not re.search(r"<(script|input|button)", page)
    assert lab._panel is None
