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
from rnn_demo.laboratory._charts import CHARTS, round_limits
from rnn_demo.laboratory.panel import (
    LARGEST_N,
    _figure,
    _Latest,
    is_live,
    laboratory,
    read_array,
)
from rnn_demo.laboratory.trial import Trial
from rnn_demo.matrices import spectral_radius
from rnn_demo.norms import jacobian_product_norms
from slider_figure import svg_of

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
    start, end = round_limits(low, high)
    assert start <= low + 1e-9 * (end - start)
    assert end >= high - 1e-9 * (end - start)
    if low < high:
        assert end - start <= 3 * (high - low)


def test_pictures_show_every_kind_of_trial(trial):
    measured = trial.run()
    for chart in CHARTS:
        figure = _figure()
        told = chart(figure).show(trial, measured)
        assert told.endswith(".")
        assert "nan" not in told
        svg = svg_of(figure, chart.alt)
        assert "NaN" not in svg
        ET.fromstring(svg)


def test_the_legend_names_what_is_drawn_and_nothing_else():
    shift = laboratory(W=np.eye(4, k=1), activation="identity", steps=9)
    chart = CHARTS[0](_figure())
    for lab, count in ((laboratory(n=4), 3), (shift, 1), (laboratory(n=4), 3)):
        chart.show(lab.trial, lab.measurement)
        for parts in zip(*chart.entries, strict=True):
            assert sum(part.get_visible() for part in parts) == count


def test_the_drawn_curve_is_the_measured_one():
    lab = laboratory(n=16, rho=1.2)
    figure = _figure()
    CHARTS[0](figure).show(lab.trial, lab.measurement)
    root = ET.fromstring(svg_of(figure, "a"))
    (curve,) = (e for e in root.iter() if e.get("data-gid") == "measured")
    (path,) = curve
    numbers = re.findall(r"-?\d+(?:\.\d+)?", path.get("d"))
    drawn = np.array(numbers, dtype=float).reshape(-1, 2)
    ax = figure.axes[0]
    figure.dpi = 72
    exact = ax.transData.transform(
        np.column_stack([np.arange(100), lab.measurement.log_norms[::-1]])
    )
    height = figure.get_figheight() * 72
    np.testing.assert_allclose(drawn[:, 0], exact[:, 0], atol=6e-4)
    np.testing.assert_allclose(height - drawn[:, 1], exact[:, 1], atol=6e-4)
    assert (ax.get_ylim()[0] <= lab.measurement.log_norms).all()


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
    before = lab.measurement
    data = [(picture.svg, picture.changes) for picture in panel.pictures]
    panel.controls[name].value = value
    assert lab.measurement is not before
    assert not panel.message.value
    after = [(picture.svg, picture.changes) for picture in panel.pictures]
    assert after != data
    assert panel.pictures[0].sentence in panel.charts[0].show(
        lab.trial, lab.measurement
    )
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
