"""The notebooks are committed clean, and the build ran each from top to bottom."""

import ast
import json
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
