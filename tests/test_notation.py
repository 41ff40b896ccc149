"""The notation page knows every letter that the sections use in formulas."""

import json
import re

import pytest
from conftest import ROOT

FORMULA = re.compile(r"\$\$(.+?)\$\$|\$([^$]+)\$", re.DOTALL)
# Words inside of formulas, and names of environments.
WORDS = re.compile(r"\\(?:text|operatorname|mathrm|begin|end)\{[^}]*\}")
GREEK = re.compile(
    r"\\((?:var)?(?:alpha|beta|gamma|delta|epsilon|zeta|eta|theta|kappa|lambda|mu|nu|xi|"
    r"pi|rho|sigma|tau|phi|chi|psi|omega)|Gamma|Delta|Theta|Lambda|Xi|Pi|Sigma|Phi|Psi|"
    r"Omega|ell)(?![A-Za-z])"
)
# Euler's number; the unit vectors have an index.
COMMON = {"e"}


def letters(text):
    """Return Latin and Greek letters of all formulas in a text."""
    found = set()
    for display, inline in FORMULA.findall(text):
        formula = WORDS.sub(" ", display or inline)
        found |= set(GREEK.findall(formula))
        found |= set(re.findall("[A-Za-z]", re.sub(r"\\[A-Za-z]+", " ", formula)))
    return found - COMMON


PAGE = (ROOT / "book" / "notation.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split(" | ")]
    for line in PAGE.splitlines()
    if line.startswith("| ") and not line.startswith(("| Symbol", "| ---"))
]


def test_every_row_says_shape_meaning_and_origin():
    for row in ROWS:
        assert len(row) == 4, row
        assert row[0]
        assert row[2]
        if not row[2].startswith("Constants"):
            assert "{ref}`" in row[3], row


@pytest.mark.parametrize(
    "path", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda path: path.stem
)
def test_every_letter_in_a_formula_is_on_the_page(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    prose = ["".join(c["source"]) for c in cells if c["cell_type"] == "markdown"]
    text = re.sub(r"`[^`]*`", "", "\n\n".join(prose))
    known = letters(" ".join(row[0] for row in ROWS))
    assert letters(text) - known == set()
