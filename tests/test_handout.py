"""Notebooks for a class: without solutions, and with them."""

import json
import sys

import nbformat
import pytest
from conftest import ROOT
from nbclient import NotebookClient

sys.path.insert(0, str(ROOT / "scripts"))
import handout

SECTIONS = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))
NOTEBOOK = {
    "cells": [
        {"cell_type": "code", "id": "a", "metadata": {}, "source": "x = 1"},
        {
            "cell_type": "markdown",
            "id": "b",
            "metadata": {"tags": ["t"]},
            "source": "## Exercises\n\n```{exercise} Sum\n:label: ex-sum\n\nAdd. "
            '`rnn_demo.exercises.check("1.1", number)` tells.\n```\n\n'
            "```{solution} ex-sum\n:class: dropdown\n\nTwo.\n```\n\n"
            ":::{exercise} Code\n:label: ex-code\n\nCompute.\n:::\n\n"
            ":::{solution-start} ex-code\n:class: dropdown\n:::\n\nLike this:",
        },
        {"cell_type": "code", "id": "c", "metadata": {}, "source": "print(x + 1)"},
        {
            "cell_type": "markdown",
            "id": "d",
            "metadata": {},
            "source": "That is all.\n\n:::{solution-end}\n:::\n\nAfter.",
        },
    ],
    "metadata": {},
    "nbformat": 4,
    "nbformat_minor": 5,
}


def sources(notebook):
    return [(cell["cell_type"], cell["source"]) for cell in notebook["cells"]]


def test_student_notebook_has_empty_cells_for_solutions():
    found = sources(handout.handout(NOTEBOOK, 1, solutions=False))
    assert found == [
        ("code", "x = 1"),
        ("markdown", "## Exercises"),
        (
            "markdown",
            "### Exercise 1.1 (Sum)\n\nAdd. "
            '`rnn_demo.exercises.check("1.1", number)` tells.',
        ),
        (
            "code",
            "# Your answer to Exercise 1.1\nfrom rnn_demo.exercises import check\n\n"
            '# check("1.1", number)',
        ),
        ("markdown", "### Exercise 1.2 (Code)\n\nCompute."),
        ("code", "# Your answer to Exercise 1.2"),
        ("markdown", "After."),
    ]


def test_solutions_are_kept_with_their_code():
    found = sources(handout.handout(NOTEBOOK, 1, solutions=True))
    assert found[2:] == [
        found[2],
        ("markdown", "**Solution.** Two."),
        ("markdown", "### Exercise 1.2 (Code)\n\nCompute."),
        ("markdown", "**Solution.** Like this:"),
        ("code", "print(x + 1)"),
        ("markdown", "That is all."),
        ("markdown", "After."),
    ]


def test_a_solution_without_end_is_named():
    cut = NOTEBOOK | {"cells": NOTEBOOK["cells"][:-1]}
    with pytest.raises(ValueError, match="ex-code has no end"):
        handout.pieces(cut)


@pytest.mark.parametrize("solutions", [False, True])
@pytest.mark.parametrize("path", SECTIONS, ids=lambda path: path.stem)
def test_written_notebooks_are_valid_and_complete(path, solutions):
    notebook = json.loads(path.read_text())
    made = handout.handout(notebook, int(path.name[:2]), solutions)
    nbformat.validate(nbformat.from_dict(made))
    text = "\n".join(source for _, source in sources(made))
    assert "{solution" not in text
    assert "{exercise}" not in text
    found = handout.pieces(notebook)
    kept = [p.text in text for p in found if p.kind == "solution" and len(p.text) > 40]
    assert all(kept) if solutions else not any(kept)
    count = sum(piece.kind == "exercise" for piece in found)
    assert text.count("# Your answer to") == (0 if solutions else count)


def test_a_student_notebook_runs_with_its_exercises_empty(tmp_path):
    path = ROOT / "notebooks" / "02_numerical_gradients.ipynb"
    made = handout.handout(json.loads(path.read_text()), 2, solutions=False)
    notebook = nbformat.from_dict(made)
    client = NotebookClient(notebook, resources={"metadata": {"path": str(tmp_path)}})
    client.execute()
    answers = [c for c in notebook.cells if c.source.startswith("# Your answer")]
    assert answers
    assert all(cell.execution_count for cell in answers)
