"""The figures speak another language when they are told how."""

import ast
import gettext
import string
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.text import Text

import rnn_demo
from rnn_demo import words
from rnn_demo.explorers._words import power_of_ten
from rnn_demo.explorers.three_terms import three_terms_explorer
from rnn_demo.laboratory.panel import laboratory

GERMAN = {
    "path of the summand": "Pfad",
    "activation": "Aktivierung",
    "identity": "Identität",
    "ρ = {rho:.2f}, {activation}: the longest path contributes {ratio} times what the "
    "shortest does.": "Bei ρ = {rho:.2f} mit {activation}: {ratio}.",
    "your own W": "eigenes W",
    "[0.5, -0.5]   (empty: random, of the size above)": "[0.5, -0.5]   (leer: Zufall)",
    "ρ(W)": "Spektralradius",
    "Export": "Speichern",
    "slope φ′(z)": "Ableitung φ′(z)",
    "The eigenvalues of W in the complex plane, with the unit circle.": "Die Zahlen.",
    "One step: there is nothing to carry the gradient back through.": "Ein Schritt.",
    "Mean slope {mean:.2f}; {saturated:.0%} of the slopes are below a tenth of the "
    "largest possible: saturated.": "Steigung {mean:.2f}, {saturated:.0%} gesättigt.",
    "Not measured:": "Nicht gemessen:",
    "Stored result.": "Ergebnis.",
    "n = {n}, T = {steps}, seed {seed}, {activation}, {matrix}, input strength "
    "{strength:.3g}, {start}": "n = {n}, {steps} Schritte, {matrix}",
    "Saved in {folder}.": "In {folder} gespeichert.",
}


@pytest.fixture
def german():
    words.speak(GERMAN)
    yield
    words.speak({})


@pytest.mark.usefixtures("german")
def test_an_explorer_is_translated():
    with plt.style.context("rnn_demo.book"):
        explorer = three_terms_explorer(n=3)
    assert "Pfad" in explorer.svg
    explorer.value = {"Spektralradius": 0.5, "Aktivierung": "identity"}
    assert explorer.sentence.startswith("Bei ρ = 0.50 mit Identität: ")
    slider, buttons, _ = explorer.panel().children
    assert slider.description == "Spektralradius"
    assert buttons.options == ("tanh", "logistic", "Identität")
    # Code goes on to speak its own language.
    assert explorer.value["Aktivierung"] == "identity"


@pytest.mark.usefixtures("german")
def test_the_laboratory_is_translated(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    lab = laboratory(n=3, steps=1, activation="identity")
    panel = lab.panel()
    controls = panel.controls
    assert controls["activation"].description == "Aktivierung"
    assert "Identität" in controls["activation"]._options_labels
    assert controls["W"].description == "eigenes W"
    assert controls["h0"].placeholder == "[0.5, -0.5]   (leer: Zufall)"
    assert controls["rho"].description == "Spektralradius"
    norms, eigenvalues, slopes, _ = panel.pictures
    assert norms.sentence == "Ein Schritt."
    assert 'aria-label="Die Zahlen."' in eigenvalues.svg
    assert "Ableitung φ′(z)" in slopes.svg
    assert slopes.sentence == "Steigung 1.00, 0% gesättigt."
    # What a move sends is translated, too, and code speaks its own language.
    controls["n"].value = 4
    assert slopes.sentence == "Steigung 1.00, 0% gesättigt."
    assert lab.trial.activation == "identity"
    controls["W"].value = "[["
    assert "Nicht gemessen:" in panel.message.value
    assert panel.button.description == "Speichern"
    panel.button.click()
    assert panel.links.value.startswith(f"In {tmp_path / 'laboratory'} gespeichert.")
    page = lab.snapshot()._repr_html_()
    for told in ("Ergebnis.", "n = 4, 4 Schritte", "gesättigt.", "Ableitung"):
        assert told in page
    texts = [t.get_text() for t in lab.figure().findobj(Text)]
    assert "Ableitung φ′(z)" in texts
    assert any(text.startswith("n = 4, 4 Schritte") for text in texts)


def test_a_catalogue_of_gettext_serves_as_well(monkeypatch):
    catalogue = gettext.NullTranslations()
    monkeypatch.setattr(catalogue, "gettext", str.upper)
    words.speak(catalogue)
    assert words.options(["weak"]) == {"WEAK": "weak"}
    words.speak({})
    assert words.options(["weak"]) == {"weak": "weak"}


def test_every_label_of_a_figure_can_be_translated():
    """What is drawn or said is handed to `_`, and placeholders have names."""
    folder = Path(rnn_demo.__file__).parent
    files = [
        *(folder / "explorers").glob("*.py"),
        *(folder / "laboratory").glob("*.py"),
    ]
    said = 0
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            for name in ("xlabel", "ylabel", "title", "alt"):
                for keyword in node.keywords:
                    if keyword.arg == name:
                        assert not isinstance(keyword.value, ast.JoinedStr)
                        plain = isinstance(keyword.value, ast.Constant)
                        assert not plain or "$" in keyword.value.value, (file, name)
            if isinstance(node.func, ast.Name) and node.func.id == "_":
                said += 1
                assert not isinstance(node.args[0], ast.JoinedStr)
                if isinstance(node.args[0], ast.Constant):
                    parts = string.Formatter().parse(node.args[0].value)
                    names = [part[1] for part in parts if part[1] is not None]
                    # A translator may have to change the order.
                    assert len(set(names)) == len(names), node.args[0].value
    assert said > 80


@pytest.mark.parametrize(
    ("number", "written"),
    [
        (0.0, "0"),
        (1.234e-3, "1.2 × 10⁻³"),
        (0.0123, "0.012"),
        (0.0996, "0.10"),
        (1.0, "1.0"),
        (9.97, "10"),
        (184.0, "180"),
        (1846.0, "1 800"),
        (9960.0, "1.0 × 10⁴"),
        (18460.0, "1.8 × 10⁴"),
    ],
)
def test_numbers_are_written_as_by_hand(number, written):
    with np.errstate(divide="ignore"):
        assert power_of_ten(np.log10(number)).replace("\u202f", " ") == written


def test_powers_of_ten_may_leave_the_floats():
    assert power_of_ten(-1234.5).replace("\u202f", " ") == "3.2 × 10⁻¹²³⁵"
