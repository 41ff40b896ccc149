"""Glossary and sections point at each other, term by term."""

import json
import re

import pytest
from conftest import ROOT

GLOSSARY = (ROOT / "book" / "glossary.md").read_text(encoding="utf-8")
ENTRY = re.compile(r"^((?:\S.*\n)+)((?:  .*\n)+)", re.MULTILINE)
MARK = re.compile(r"\{term\}`(?:[^`<]*<)?([^`<>]+)>?`")
# What is no running prose: formulas, headings, options, labels, code, and roles.
NO_PROSE = re.compile(
    r"^\$\$.*?\$\$[^\n]*|^#[^\n]*|^[`:]{3,}[^\n]*|^:\w+:[^\n]*|^\(\S+\)=|"
    r"\{[\w:]+\}`[^`]*`|`[^`]*`|\$[^$]*\$",
    re.DOTALL | re.MULTILINE,
)


def entries():
    """Return names and definition of every entry of the glossary."""
    body = GLOSSARY.split(":sorted:\n\n")[1]
    return [
        ([name.lower() for name in names.splitlines()], text)
        for names, text in ENTRY.findall(body)
    ]


def sections():
    """Return the Markdown of every notebook by its label."""
    found = {}
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        text = "\n\n".join(
            "".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"
        )
        found[re.search(r"\((sec-\w+)\)=", text)[1]] = text
    return found


ENTRIES, SECTIONS = entries(), sections()


def test_every_entry_was_read():
    assert sum(len(names) for names, _ in ENTRIES) + len(ENTRIES) > 80
    assert GLOSSARY.count("{ref}`sec-") == len(ENTRIES) + 2


@pytest.mark.parametrize(("names", "text"), ENTRIES, ids=lambda value: value[0])
def test_terms_and_sections_link_to_each_other(names, text):
    (label,) = re.findall(r"See\s+\{ref\}`(sec-[\w-]+)`", text)
    section = next(name for name in SECTIONS if label.startswith(name))
    assert f"({label})=" in SECTIONS[section]
    marked = [name.lower() for name in MARK.findall(SECTIONS[section])]
    assert set(names) & set(marked), f"{section} does not mark {names[0]!r}"


@pytest.mark.parametrize("section", SECTIONS)
def test_each_section_marks_the_first_use_of_each_term_and_no_other(section):
    text = SECTIONS[section]
    plain = NO_PROSE.sub(lambda found: " " * len(found[0]), text)
    marks = {}
    for found in MARK.finditer(text):
        marks.setdefault(found[1].lower(), []).append(found.start())
    for names, _ in ENTRIES:
        places = [place for name in names for place in marks.get(name, [])]
        assert len(places) <= 1, f"{names[0]!r} is marked twice"
        words = "|".join(re.escape(name).replace(r"\ ", r"\s+") for name in names)
        used = re.search(rf"(?i)\b(?:{words})s?\b", plain)
        if used:
            assert places, f"{names[0]!r} is used and not marked"
            assert places[0] < used.start(), f"{names[0]!r} is used before its mark"
