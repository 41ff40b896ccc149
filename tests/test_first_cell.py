"""The notebooks are tidy, and their first cell installs the package on Colab only."""

import json
import sys
from types import ModuleType

import pytest
from IPython.core.inputtransformer2 import TransformerManager

import notebooks


def first_cell(address):
    return notebooks.FIRST_CELL.replace("ADDRESS", address)


PATHS = sorted(notebooks.NOTEBOOKS.glob("*.ipynb"))


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_every_notebook_is_tidy(path):
    text = path.read_text(encoding="utf-8")
    assert notebooks.tidied(text) == text, "run: make tidy"
    cells = json.loads(text)["cells"]
    first = next(cell for cell in cells if cell["cell_type"] == "code")
    source = "".join(first["source"])
    assert source == first_cell(notebooks.ADDRESS.search(source)[1])
    assert "remove-cell" in first["metadata"]["tags"]


def messy():
    code = {"cell_type": "code", "metadata": {"tags": ["x"], "jupyter": {}}}
    shown = {"output_type": "stream", "name": "stdout", "text": "1"}
    run = code | {"source": ["a = 1\n", "a"], "outputs": [shown], "execution_count": 3}
    note = {"cell_type": "markdown", "metadata": {}, "source": "# Title"}
    metadata = {"language_info": {"version": "3.11.9", "name": "python"}, "widgets": {}}
    cells = {"cells": [note, run, run], "metadata": metadata}
    return json.dumps(cells | {"nbformat": 4, "nbformat_minor": 4})


def test_tidying_keeps_what_is_there_and_settles():
    once = notebooks.tidied(messy())
    assert notebooks.tidied(once) == once
    content = json.loads(once)
    _, first, a, b = content["cells"]
    assert len({cell["id"] for cell in content["cells"]}) == 4
    assert "".join(first["source"]) == first_cell(notebooks.UNKNOWN)
    assert a["source"] == b["source"] == ["a = 1\n", "a"]
    assert a["metadata"] == {"tags": ["x"]}
    assert a["execution_count"] is None
    assert a["outputs"] == []
    assert content["metadata"] == notebooks.METADATA


def test_the_address_follows_the_repository_where_it_has_one():
    mine, fork = "https://github.com/me/book", "https://example.org/fork/book"
    text = notebooks.tidied(messy(), mine)
    assert first_cell(mine) == "".join(json.loads(text)["cells"][1]["source"])
    assert notebooks.tidied(text) == text
    text = notebooks.tidied(text, fork)
    assert first_cell(fork) == "".join(json.loads(text)["cells"][1]["source"])
    assert mine not in text


def test_tidying_brings_an_older_first_cell_up_to_date():
    content = json.loads(notebooks.tidied(messy()))
    content["cells"][1]["source"] = 'import sys\nif "google.colab" in sys.modules: 1'
    again = json.loads(notebooks.tidied(json.dumps(content)))
    assert len(again["cells"]) == 4
    assert "".join(again["cells"][1]["source"]) == first_cell(notebooks.UNKNOWN)


def test_who_installs_from_elsewhere_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(notebooks, "NOTEBOOKS", tmp_path)
    for name, address in (
        ("a", "https://example.org/x"),
        ("b", "https://example.org/y"),
    ):
        (tmp_path / f"{name}.ipynb").write_text(notebooks.tidied(messy(), address))
    assert notebooks.elsewhere("https://example.org/x") == ["b.ipynb"]


class Shell:
    """Notes what the first cell asks of IPython."""

    def __init__(self):
        self.asked = []

    def run_line_magic(self, *asked):
        self.asked.append(asked)


@pytest.mark.parametrize("on_colab", [True, False])
def test_it_installs_on_colab_and_nowhere_else(monkeypatch, on_colab):
    monkeypatch.setitem(sys.modules, "google.colab", None)
    del sys.modules["google.colab"]
    if on_colab:
        monkeypatch.setitem(sys.modules, "google.colab", ModuleType("google.colab"))
    code = TransformerManager().transform_cell(first_cell("https://example.org/book"))
    shell = Shell()
    exec(code, {"get_ipython": lambda: shell})
    package = '"rnn-demo[symbolic,widgets] @ git+https://example.org/book"'
    assert shell.asked == ([("pip", f"install -q {package}")] if on_colab else [])
