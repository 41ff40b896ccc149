"""Questions before figures, and links that set a figure: what Python says of them."""

import html
import json
import re

import matplotlib.pyplot as plt
import pytest

from slider_figure import Prediction, SliderFigure

OPTIONS = {"up": "It tempts.", "down": "As it is."}


@pytest.fixture
def figure():
    fig, ax = plt.subplots()
    (line,) = ax.plot([0, 1], [0, 1])
    controls = {"slope": [-1.0, 0.0, 1.5], "kind": ["a", "b"]}
    made = SliderFigure(
        fig,
        lambda slope, kind: line.set_ydata([0, slope]),
        controls,
        sentences=lambda slope, kind: f"Slope {slope}, {kind}.",
        alt="A line.",
    )
    made.name = "line"
    return made


def test_links_name_figure_and_values(figure):
    assert figure.link() == "#line?slope=0.0&kind=a"
    assert figure.link({"slope": 1.5, "kind": "b"}) == "#line?slope=1.5&kind=b"
    figure.value = {"slope": -1}
    assert figure.link() == "#line?slope=-1.0&kind=a"
    with pytest.raises(ValueError, match=r"nearest value is 1\.5"):
        figure.link({"slope": 1.4})
    figure.name = ""
    with pytest.raises(ValueError, match="name"):
        figure.link()


def test_each_option_has_its_feedback_and_the_sentence_of_the_figure(figure):
    asked = Prediction(
        "Where <to>?",
        OPTIONS,
        right="down",
        figure=figure,
        show={"slope": 1.5},
        run={"slope": -1},
    )
    page = asked._repr_html_()
    found = re.findall(
        r"<summary>(\w+)</summary><p><strong>(.*?)</strong> (.*?)</p>", page
    )
    assert found == [
        ("up", "Not so.", "It tempts. Slope 1.5, a."),
        ("down", "Right.", "As it is. Slope 1.5, a."),
    ]
    assert "Where &lt;to&gt;?" in page
    (then,) = re.findall(r'data-then="(.*?)"', page)
    assert json.loads(html.unescape(then)) == {
        "to": "#line?slope=1.5&kind=a",
        "from": "#line?slope=-1.0&kind=a",
    }
    assert repr(asked).splitlines()[1] == "- up: Not so. It tempts. Slope 1.5, a."


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"right": "sideways"}, "right is 'sideways'"),
        ({"options": {"down": "x"}}, "two options"),
        ({"options": {"down": "", "up": "x"}}, "feedback"),
        ({"options": ["up", "down"]}, "options"),
        ({"show": {"slope": 7}}, "nearest value"),
        ({"show": {"slop": 0}}, "slop"),
        ({"run": {"kind": "c"}}, "choose one of"),
    ],
)
def test_bad_questions_are_refused(figure, changes, message):
    good = {"options": OPTIONS, "right": "down", "figure": figure}
    with pytest.raises(ValueError, match=message):
        Prediction("Where to?", **good | changes)
