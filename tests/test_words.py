"""The figures speak another language when they are told how."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from rnn_demo import figures, words
from rnn_demo.slider_figure import SliderFigure


@pytest.fixture
def german(monkeypatch):
    table = {
        "lag": "Abstand",
        "weak": "schwach",
        "input": "Eingabe",
        "A line.": "Eine Linie.",
        "{} input at ρ = {}.": "Eingabe {} bei ρ = {}.",
    }
    monkeypatch.setattr(words, "TRANSLATIONS", table)


def plot():
    fig, ax = plt.subplots()
    (line,) = ax.plot([0, 1], [0, 1])
    ax.set(xlabel="lag", ylabel="norm")
    return fig, line


@pytest.mark.usefixtures("german")
def test_slider_figure_is_translated(tmp_path):
    fig, line = plot()
    explorer = SliderFigure(
        fig,
        {line: {"y": np.zeros((2, 2, 2))}},
        {"ρ": [0.5, 1.0], "input": ["weak", "strong"]},
        lambda rho, strength: f"{strength} input at ρ = {rho}.",
        "A line.",
    )
    assert "Abstand" in explorer.svg
    assert "norm" in explorer.svg
    assert explorer.alt == "Eine Linie."
    assert "Eingabe schwach bei ρ = 0.5." in explorer.sentences
    assert "Eingabe strong bei ρ = 1.0." in explorer.sentences
    buttons = explorer.panel().children[1]
    assert buttons.description == "Eingabe"
    assert buttons.options == ("schwach", "strong")
    # Code goes on to speak its own language.
    explorer.value = {"input": "strong"}
    assert explorer.value == {"ρ": explorer.value["ρ"], "input": "strong"}
    explorer.save_html(tmp_path / "figure.html")
    page = (tmp_path / "figure.html").read_text()
    assert "schwach" in page
    assert "weak" not in page


@pytest.mark.usefixtures("german")
def test_static_figure_is_translated():
    picture = figures.show(plot()[0], alt="A line.")
    assert picture.alt == "Eine Linie."
    assert "Abstand" in picture.svg
    assert 'aria-label="Eine Linie."' in picture.svg


def test_without_a_table_nothing_changes():
    assert words.TRANSLATIONS == {}
    assert words.translate("weak input at ρ = 1.") == "weak input at ρ = 1."


def test_unequal_braces_are_named(monkeypatch):
    monkeypatch.setattr(words, "TRANSLATIONS", {"{} of {}": "{}"})
    with pytest.raises(ValueError, match="pairs of braces"):
        words.translate("one of two")
