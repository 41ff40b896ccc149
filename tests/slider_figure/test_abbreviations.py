"""`interact` reads what ipywidgets reads, and says what it cannot."""

import ipywidgets as w
import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import pytest

from slider_figure import SliderFigure, interact

ABBREVIATIONS = {
    "a range": (1, 5),
    "a range with a step": (0, 10, 3),
    "a range of floats": (0.1, 2.0, 0.05),
    "floats without a step": (0.0, 1.0),
    "a range that the step does not meet": (0.0, 1.0, 0.3),
    "negative": (-3, 3),
    "a number": 7,
    "a float": 2.5,
    "zero": 0,
    "a negative number": -4,
    "a list": ["b", "a"],
    "a list of numbers": [3, 1, 2],
    "a dict": {"one": 1, "two": 2},
    "pairs": [("one", 10), ("two", 20)],
    "a bool": True,
    "another bool": False,
    "a slider": w.IntSlider(min=2, max=8, step=2, value=4, description="size"),
    "a slider of floats": w.FloatSlider(min=0, max=1, step=0.25, value=0.5),
    "logarithms": w.FloatLogSlider(base=10, min=-2, max=2, step=1, value=10),
    "bounded text": w.BoundedIntText(min=0, max=3, value=2),
    "a menu": w.Dropdown(options=[("x", 1), ("y", 2)], value=2),
    "radio buttons": w.RadioButtons(options=["x", "y"], value="y"),
    "toggle buttons": w.ToggleButtons(options=["x", "y"], value="y"),
    "a slider of choices": w.SelectionSlider(options=[1, 10, 100], value=10),
    "a checkbox": w.Checkbox(value=True),
}


@pytest.fixture(autouse=True)
def _closed():
    yield
    plt.close("all")


@pytest.fixture
def shown(monkeypatch):
    found = []
    monkeypatch.setattr("slider_figure._figure.display", found.append)
    return found


def plot(a):
    """Paper, drawn in no time."""
    plt.figure()


def values_of(widget):
    """Return every value that a widget of ipywidgets can take."""
    if isinstance(widget, w.Checkbox):
        return [False, True]
    if hasattr(widget, "options"):
        return [value for _, value in widget._options_full]
    exponents = isinstance(widget, w.FloatLogSlider)
    out, k = [], 0
    while (value := widget.min + k * widget.step) <= widget.max + 1e-9:
        out.append(widget.base**value if exponents else value)
        k += 1
    return out


@pytest.mark.parametrize("kind", ABBREVIATIONS)
def test_abbreviations_mean_what_they_mean_to_ipywidgets(kind, shown):
    given = ABBREVIATIONS[kind]
    theirs = w.interactive(lambda a: None, a=given).children[0]
    figure = interact(plot, a=given).widget.figure
    (control,) = figure._controls
    assert np.array_equal(control.values, values_of(theirs)) or np.allclose(
        control.values, values_of(theirs)
    )
    (label,) = figure.value
    assert label == theirs.description
    assert figure.value[label] == pytest.approx(theirs.value)
    assert shown == [plot.widget]


def test_defaults_and_fixed_values(shown):
    seen = set()

    @interact(a=(0, 2), c=w.fixed("kept"))
    def draw(a, b=True, c=None, *, d=(1, 2), **rest):
        """Points."""
        seen.add((a, b, c, d, *rest))
        plt.plot([a, d])
        print(a, "and", b)

    figure = draw.widget.figure
    assert figure.value == {"a": 1, "b": True, "d": 1}
    assert {s[2] for s in seen} == {"kept"}
    assert figure.sentence == "1 and True"
    assert figure.size.positions == 12
    assert figure.alt == "Points."


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("free text", "a is a Text, which has no end of values; write the values"),
        (w.IntText(3), "a is a IntText, which has no end of values"),
        (w.FloatText(3), "a is a FloatText, which has no end of values"),
        (w.DatePicker(), "which has no end of values"),
        (w.IntRangeSlider(), "a control has one value at a time"),
        (w.SelectMultiple(options=[1, 2]), "a control has one value at a time"),
        (w.FloatSlider(step=None), "a has the step"),
        (None, "a of plot has no values: give "),
        (np.zeros, "a of plot has no values"),
        ((0, 30_000), "controls has 30001 = 30001 positions; at most 20000"),
        ([], "at least one"),
    ],
)
def test_what_cannot_be_a_control(given, message):
    with pytest.raises(ValueError, match=message):
        interact(plot, a=given)


def test_what_cannot_be_shown():
    with pytest.raises(ValueError, match="b is not a parameter of plot, which has"):
        interact(plot, a=1, b=2)
    with pytest.raises(ValueError, match="has no docstring; say in one what"):
        interact(lambda a: plt.plot([0]), a=1)
    with pytest.raises(ValueError, match="function must be Callable"):
        interact(3)
    with pytest.raises(ValueError, match="controls has 0 entries"):
        interact(plot, a=w.fixed(1))


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        ([0.1, 0.25], ["0.10", "0.25"]),
        ([1, 10, 100], ["1", "10", "100"]),
        ([-1, 0], ["−1", "0"]),
        ([1e-9, 1e-8], ["1e−09", "1e−08"]),
        ([1, 1 + 1e-9], ["1", "1.000000001"]),
    ],
)
def test_labels_have_the_decimals_they_need(values, labels):
    figure = SliderFigure.from_function(plot, {"a": values}, alt="A line.")
    assert list(figure.panel().children[0].options) == labels


def test_kinds_of_controls():
    def draw(a, b, c, d):
        plt.plot([a, 1])

    given = {"a": [1, 2, 3], "b": ["x", "y"], "c": [True, False], "d": {"é": np.sin}}
    figure = SliderFigure.from_function(draw, given, alt="A line.")
    kinds = [type(child).__name__ for child in figure.panel().children]
    assert kinds == [
        "SelectionSlider",
        "ToggleButtons",
        "ToggleButtons",
        "ToggleButtons",
        "SliderFigure",
    ]
    assert list(figure.panel().children[2].options) == ["on", "off"]
    assert figure.value == {"a": 2, "b": "x", "c": True, "d": np.sin}
    figure.value = {"d": "é", "a": 3.0}
    assert figure.value["a"] == 3
    assert figure.value["d"] is np.sin


@pytest.mark.parametrize(
    ("controls", "message"),
    [
        ([1, 2], "controls must be Mapping"),
        ({1: [1, 2]}, "a label of controls must be str"),
        ({"a": 3}, r"controls\['a'\] must be Iterable"),
        ({}, "controls has 0 entries; give one to 4"),
        ({label: [1] for label in "abcde"}, "controls has 5 entries"),
        ({"a": []}, "at least one"),
        ({"a": {}}, "at least one"),
        ({"a": {1: 2}}, "it needs strings"),
        ({"a": [1, np.nan]}, "finite numbers"),
        ({"a": [1, np.inf]}, "finite numbers"),
        ({"a": [1, "b"]}, "finite numbers"),
        ({"a": [None]}, "finite numbers"),
        ({"a": [1, 1.0]}, "same value twice"),
        (
            {"a": range(200), "b": range(101)},
            "controls has 200 × 101 = 20200 positions; at most 20000 can be stored: "
            "give fewer values, or a larger step",
        ),
    ],
)
def test_bad_controls_are_refused(controls, message):
    with pytest.raises(ValueError, match=message):
        SliderFigure.from_function(plot, controls, alt="A line.")
