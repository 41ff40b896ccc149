"""Notebooks for a class: without solutions, and with them."""

import ast
import json
import re

import executed
import handout
import nbformat
import pytest
from IPython.core.inputtransformer2 import TransformerManager
from nbclient import NotebookClient

SECTIONS = executed.sections()
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
@pytest.mark.parametrize("number", SECTIONS)
def test_written_notebooks_are_valid_and_complete(number, solutions):
    notebook = json.loads(SECTIONS[number].read_text())
    made = handout.handout(notebook, number, solutions)
    nbformat.validate(nbformat.from_dict(made))
    text = "\n".join(source for _, source in sources(made))
    assert "{solution" not in text
    assert "{exercise}" not in text
    found = handout.pieces(notebook)
    kept = [p.text in text for p in found if p.kind == "solution" and len(p.text) > 40]
    assert all(kept) if solutions else not any(kept)
    count = sum(piece.kind == "exercise" for piece in found)
    assert text.count("# Your answer to") == (0 if solutions else count)


@pytest.mark.parametrize("number", SECTIONS)
def test_checks_name_the_exercise_that_they_stand_in(number):
    """By its number in the book, so that a new order of the sections is noticed."""
    notebook = json.loads(SECTIONS[number].read_text())
    exercises = [p for p in handout.pieces(notebook) if p.kind == "exercise"]
    for k, exercise in enumerate(exercises, 1):
        named = re.findall(r'exercises\.check\("([\d.]+)"', exercise.text)
        assert set(named) <= {f"{number}.{k}"}


def names(codes):
    """Return the names that cells bind, and those that they use."""
    bound, used = set(), set()
    for code in codes:
        for node in ast.walk(ast.parse(TransformerManager().transform_cell(code))):
            if isinstance(node, ast.Name):
                (used if isinstance(node.ctx, ast.Load) else bound).add(node.id)
            elif isinstance(node, ast.alias):
                bound.add((node.asname or node.name).split(".")[0])
            elif isinstance(node, ast.FunctionDef | ast.ClassDef):
                bound.add(node.name)
    return bound, used


@pytest.mark.parametrize("number", SECTIONS)
def test_a_student_notebook_needs_nothing_from_the_solutions(number):
    """The build runs every notebook whole; what is left must not miss what is not."""
    notebook = json.loads(SECTIONS[number].read_text())
    codes = [p.text for p in handout.pieces(notebook) if p.kind == "solution-code"]
    taken_away, _ = names(codes)
    made = handout.handout(notebook, number, solutions=False)
    left, used = names(source for kind, source in sources(made) if kind == "code")
    assert (taken_away - left) & used == set()


def test_a_student_notebook_runs_with_its_exercises_empty(tmp_path):
    """Section 2, which takes seconds; test_jupyter.py runs another in a browser."""
    made = handout.handout(json.loads(SECTIONS[2].read_text()), 2, solutions=False)
    notebook = nbformat.from_dict(made)
    client = NotebookClient(notebook, resources={"metadata": {"path": str(tmp_path)}})
    client.execute()
    answers = [c for c in notebook.cells if c.source.startswith("# Your answer")]
    assert answers
    assert all(cell.execution_count for cell in answers)


def test_sections_are_numbered_by_the_table_of_contents(monkeypatch, tmp_path):
    (tmp_path / "_toc.yml").write_text(
        "format: jb-book\nroot: index\nparts:\n- chapters:\n  - file: b\n"
        "    sections:\n    - file: c\n  - file: words\n- chapters:\n  - file: a\n"
    )
    for name in "abc":
        (tmp_path / f"{name}.ipynb").touch()
    monkeypatch.setattr(executed, "ROOT", tmp_path)
    assert executed.pages() == ["index", "b", "c", "words", "a"]
    found = {number: path.stem for number, path in executed.sections().items()}
    assert found == {1: "b", 2: "c", 3: "a"}
