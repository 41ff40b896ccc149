"""The notebooks are committed clean, and the build ran each from top to bottom."""

import ast
import json
import re
import sys

import pytest
from conftest import ROOT
from IPython.core.inputtransformer2 import TransformerManager

sys.path.insert(0, str(ROOT / "scripts"))
import executed

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def source(cell):
    return "".join(cell["source"])


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def notebook(request):
    return request.param, json.loads(request.param.read_text())


def test_there_are_notebooks():
    assert NOTEBOOKS


def test_committed_without_outputs(notebook):
    _, content = notebook
    for cell in content["cells"]:
        if cell["cell_type"] == "code":
            assert cell["outputs"] == []
            assert cell["execution_count"] is None


def test_cell_ids_are_present_and_unique(notebook):
    _, content = notebook
    ids = [cell["id"] for cell in content["cells"]]
    assert len(set(ids)) == len(ids)


def test_visible_cells_are_short(notebook):
    """A visible cell shows one idea; what is longer hides its input."""
    _, content = notebook
    for cell in content["cells"]:
        hidden = {"hide-input", "remove-cell"} & set(cell["metadata"].get("tags", []))
        if cell["cell_type"] == "code" and not hidden:
            lines = [line for line in source(cell).splitlines() if line.strip()]
            assert len(lines) <= 16, source(cell)


def test_every_import_is_used(notebook):
    _, content = notebook
    code = "\n".join(
        source(cell) for cell in content["cells"] if cell["cell_type"] == "code"
    )
    tree = ast.parse(TransformerManager().transform_cell(code))
    imported = {
        (alias.asname or alias.name).split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert imported <= used


FOLDED = re.compile(r"^(:{3,})\{.*\n:class: dropdown\n(?:.*\n)*?\1$", re.MULTILINE)


def minutes_of_the_path(content):
    """Return how long the prose of the path of one hour takes, at 230 words a minute.

    What is folded and the exercises are not on it; a formula counts like its source.
    """
    words = 0
    for cell in content["cells"]:
        on_it = "path-60" in cell["metadata"].get("tags", [])
        if on_it and cell["cell_type"] == "markdown":
            read = source(cell).split("\n## Exercises")[0]
            words += len(FOLDED.sub("", read).split())
    return words / 230


def test_a_section_of_the_path_takes_twelve_minutes_at_most(notebook):
    path, content = notebook
    if path.stem[:2] in ("02", "08"):
        assert minutes_of_the_path(content) == 0
    else:
        assert 1 < minutes_of_the_path(content) <= 12


def test_the_path_of_one_hour_takes_no_longer():
    contents = [json.loads(path.read_text()) for path in NOTEBOOKS]
    assert sum(map(minutes_of_the_path, contents)) <= 60


def test_each_section_says_what_is_for_a_second_reading(notebook):
    _, content = notebook
    opening = source(content["cells"][0])
    assert "{ref}`path of one hour <sec-path>`" in opening
    assert opening.count("for a second reading") == 1


def test_the_path_is_written_down_where_it_starts():
    """Every section that has cells on it is in the list of the first page."""
    index = (ROOT / "book" / "index.md").read_text(encoding="utf-8")
    path = index.split("(sec-path)=")[1].split("\n## Map")[0]
    for notebook in NOTEBOOKS:
        content = json.loads(notebook.read_text())
        label = re.search(r"\((sec-\w+)\)=", source(content["cells"][0]))[1]
        assert (label in path) == (minutes_of_the_path(content) > 0)


def test_the_build_ran_it_from_top_to_bottom(notebook):
    path, content = notebook
    built = executed.notebook(path)
    cells = [cell for cell in built["cells"] if cell["cell_type"] == "code"]
    wanted = [cell for cell in content["cells"] if cell["cell_type"] == "code"]
    assert [source(cell) for cell in cells] == [source(cell) for cell in wanted]
    counts = [cell["execution_count"] for cell in cells]
    assert counts == list(range(1, len(counts) + 1))
    for cell in cells:
        assert all(output["output_type"] != "error" for output in cell["outputs"])
