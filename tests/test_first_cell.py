"""The notebooks are tidy, and their first cell installs the package on Colab only."""

import io
import json
import subprocess
import sys
import urllib.request
from importlib import util
from types import ModuleType

import pytest
from conftest import ROOT

sys.path.insert(0, str(ROOT / "scripts"))
import notebooks

PATHS = sorted(notebooks.NOTEBOOKS.glob("*.ipynb"))


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_every_notebook_is_tidy(path):
    text = path.read_text(encoding="utf-8")
    assert notebooks.tidied(text) == text, "run: python scripts/notebooks.py --write"
    cells = json.loads(text)["cells"]
    first = next(cell for cell in cells if cell["cell_type"] == "code")
    assert "".join(first["source"]) == notebooks.FIRST_CELL
    assert "remove-cell" in first["metadata"]["tags"]


def messy():
    code = {"cell_type": "code", "metadata": {"tags": ["x"], "jupyter": {}}}
    run = code | {"source": ["a = 1\n", "a\n"], "outputs": [], "execution_count": 3}
    note = {"cell_type": "markdown", "metadata": {}, "source": "# Title"}
    cells = [note | {"id": "kept"}, run, run | {"id": "kept"}]
    metadata = {"language_info": {"version": "3.11.9"}, "widgets": {}}
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 4}


def test_tidying_keeps_what_is_there_and_settles():
    once = notebooks.tidied(json.dumps(messy()))
    assert notebooks.tidied(once) == once
    content = json.loads(once)
    title, first, a, b = content["cells"]
    assert title["id"] == "kept"
    assert len({cell["id"] for cell in content["cells"]}) == 4
    assert "".join(first["source"]) == notebooks.FIRST_CELL
    assert a["source"] == b["source"] == ["a = 1\n", "a"]
    assert a["metadata"] == {"tags": ["x"]}
    assert a["execution_count"] is None
    assert content["metadata"] == notebooks.METADATA


def test_tidying_brings_an_older_first_cell_up_to_date():
    content = json.loads(notebooks.tidied(json.dumps(messy())))
    content["cells"][1]["source"] = notebooks.FIRST_LINE + "\nolder()"
    again = json.loads(notebooks.tidied(json.dumps(content)))
    assert len(again["cells"]) == 4
    assert "".join(again["cells"][1]["source"]) == notebooks.FIRST_CELL


def test_first_cell_is_short():
    lines = [line for line in notebooks.FIRST_CELL.splitlines() if line.strip()]
    assert len(lines) <= 15


GITHUB = (
    "fileId=https%3A%2F%2Fgithub.com%2Fowner%2Fsome.book%2Fblob%2Fdev%2Fn%2F1.ipynb"
)
TYPED = "https://example.org/me/book"


@pytest.fixture
def colab(monkeypatch):
    """Run the first cell as on Colab; return what it would install."""

    def run(session, variable=None, installed=False):
        commands = []
        monkeypatch.setitem(sys.modules, "google.colab", ModuleType("google.colab"))
        monkeypatch.setattr(util, "find_spec", lambda name: installed or None)
        monkeypatch.setattr(subprocess, "run", lambda c, check: commands.append(c))
        monkeypatch.setattr("builtins.input", lambda question: TYPED)
        monkeypatch.delenv("BOOK_REPOSITORY", raising=False)
        if variable:
            monkeypatch.setenv("BOOK_REPOSITORY", variable)

        def urlopen(address):
            assert address.endswith(":9000/api/sessions")
            if session is None:
                raise OSError("nobody answers")
            return io.BytesIO(json.dumps([{"path": session}]).encode())

        monkeypatch.setattr(urllib.request, "urlopen", urlopen)
        exec(notebooks.FIRST_CELL, {})
        return [command[-1] for command in commands]

    return run


@pytest.mark.parametrize(
    ("session", "variable", "source"),
    [
        (GITHUB, None, "https://github.com/owner/some.book@dev"),
        (GITHUB, "https://github.com/fork/book", "https://github.com/fork/book"),
        ("fileId=1a2b3c", None, TYPED),
        (None, None, TYPED),
    ],
)
def test_on_colab_it_installs_from_the_repository(colab, session, variable, source):
    (package,) = colab(session, variable)
    name, _, address = package.partition(" @ ")
    assert name == "rnn-demo[symbolic,widgets]"
    assert address == f"git+{source}"


def test_on_colab_it_does_not_install_twice(colab):
    assert colab(GITHUB, installed=True) == []


def test_elsewhere_it_does_nothing(monkeypatch):
    monkeypatch.delitem(sys.modules, "google.colab", raising=False)
    monkeypatch.setattr(util, "find_spec", lambda name: None)
    monkeypatch.setattr(subprocess, "run", lambda *a, **k: pytest.fail("installs"))
    exec(notebooks.FIRST_CELL, {})
