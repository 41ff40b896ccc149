"""The figures speak another language when they are told how."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.text import Text

from rnn_demo import figures, words
from rnn_demo.laboratory.panel import laboratory
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
def test_slider_figure_is_translated(tmp_path, monkeypatch):
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
    assert '<html lang="en">' in page
    monkeypatch.setattr(words, "LANGUAGE", "de")
    explorer.save_html(tmp_path / "figure.html")
    assert '<html lang="de">' in (tmp_path / "figure.html").read_text()


@pytest.mark.usefixtures("german")
def test_texts_that_move_are_translated():
    fig, _ = plot()
    label = fig.axes[0].text(0, 0, "")
    explorer = SliderFigure(
        fig, {label: {"text": ["weak", "strong"]}}, {"ρ": [1, 2]}, ["a", "b"], "A line."
    )
    assert explorer.moving[0]["table"] == ["schwach", "strong"]
    assert "schwach" in explorer.svg


LABORATORY = {
    "activation": "Aktivierung",
    "identity": "Identität",
    "your own W": "eigenes W",
    "[0.5, -0.5]   (empty: random, of the size above)": "[0.5, -0.5]   (leer: Zufall)",
    "ρ(W)": "Spektralradius",
    "Export": "Speichern",
    "slope φ′(z)": "Ableitung φ′(z)",
    "The eigenvalues of W in the complex plane, with the unit circle.": "Die Zahlen.",
    "One step: there is nothing to carry the gradient back through.": "Ein Schritt.",
    "Mean slope {}; {} of the slopes are below a tenth of the largest possible: "
    "saturated.": "Mittlere Steigung {}, {} gesättigt.",
    "Not measured:": "Nicht gemessen:",
    "Stored result.": "Ergebnis.",
    "n = {}, T = {}, {}": "n = {}, {} Schritte, {}",
    "0.25": "0,25",
    "Saved in {}.": "In {} gespeichert.",
}


@pytest.fixture
def laboratory_in_german(monkeypatch):
    monkeypatch.setattr(words, "TRANSLATIONS", LABORATORY)
    return laboratory(n=3, steps=1, activation="identity")


def test_laboratory_is_translated(laboratory_in_german, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    panel = laboratory_in_german.panel()
    controls = panel.controls
    assert controls["activation"].description == "Aktivierung"
    assert "Identität" in controls["activation"]._options_labels
    assert controls["W"].description == "eigenes W"
    assert controls["h0"].placeholder == "[0.5, -0.5]   (leer: Zufall)"
    assert controls["rho"].description == "Spektralradius"
    norms, eigenvalues, slopes, _ = panel.pictures
    assert norms.sentences == ["Ein Schritt."]
    assert eigenvalues.alt == "Die Zahlen."
    assert 'aria-label="Die Zahlen."' in eigenvalues.svg
    assert "Ableitung φ′(z)" in slopes.svg
    assert slopes.sentences == ["Mittlere Steigung 1.00, 0% gesättigt."]
    # What a move sends is translated, too, and code speaks its own language.
    controls["n"].value = 4
    assert slopes.sentences == ["Mittlere Steigung 1.00, 0% gesättigt."]
    assert "0,25" in [line for m in slopes.moving for line in m.get("table", ())]
    assert laboratory_in_german.trial.activation == "identity"
    controls["W"].value = "[["
    assert "Nicht gemessen:" in panel.message.value
    assert panel.button.description == "Speichern"
    panel.button.click()
    assert panel.links.value.startswith(f"In {tmp_path / 'laboratory'} gespeichert.")


def test_pictures_of_the_laboratory_are_translated(laboratory_in_german):
    page = laboratory_in_german.snapshot()._repr_html_()
    for told in ("Ergebnis.", "n = 3, 1 Schritte", "Ein Schritt.", "Ableitung", "0,25"):
        assert told in page
    texts = [t.get_text() for t in laboratory_in_german.figure().findobj(Text)]
    assert {"Ableitung φ′(z)", "0,25"} <= set(texts)
    assert any(text.startswith("n = 3, 1 Schritte") for text in texts)


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
