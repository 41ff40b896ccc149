"""Write the notebooks for a class.

    python scripts/handout.py student      _build/student: without solutions, with
                                           an empty cell below each exercise
    python scripts/handout.py solutions    _build/solutions: with them

Exercises are numbered as in the book, and are plain Markdown, so that they read well
in any notebook program.

nbconvert's `TagRemovePreprocessor` removes whole cells.  Here an exercise and its
solution are directives, often in one cell, and most of the work is to write them as
Markdown and to number them, which would stay.
"""

import argparse
import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import executed

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "_build"

EXERCISE = re.compile(
    r"^(?P<fence>`{3,}|:{3,})\{(?P<kind>exercise|solution|solution-start|solution-end)\}"
    r"(?P<rest>[^\n]*)\n(?P<body>.*?)^(?P=fence)[ ]*$\n?",
    re.DOTALL | re.MULTILINE,
)
OPTION = re.compile(r"^:(\w+):[ ]*(.*)\n", re.MULTILINE)
CHECK = re.compile(r'exercises\.check\("([\d.]+)", ([^`]*)\)`')


@dataclass
class Piece:
    """A part of a notebook: text, code, an exercise or (part of) a solution."""

    kind: str
    text: str
    label: str = ""
    title: str = ""
    cell: dict[str, Any] | None = None


def pieces(notebook: dict[str, Any]) -> list[Piece]:
    """Return a notebook as its parts, in order.

    Raises
    ------
    ValueError
        If a solution has no end, or an end no start.
    """
    found: list[Piece] = []
    within = ""  # label of the solution that a solution-start has opened

    def add_text(text: str, cell: dict[str, Any]) -> None:
        if text.strip():
            kind = "solution" if within else "text"
            found.append(Piece(kind, text.strip("\n"), within, cell=cell))

    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] != "markdown":
            kind = "solution-code" if within else "code"
            found.append(Piece(kind, source, within, cell=cell))
            continue
        position = 0
        for match in EXERCISE.finditer(source):
            add_text(source[position : match.start()], cell)
            position = match.end()
            rest, body = match["rest"].strip(), match["body"]
            options = dict(OPTION.findall(body))
            text = OPTION.sub("", body).strip("\n")
            if match["kind"] == "exercise":
                found.append(Piece("exercise", text, options["label"], rest, cell))
            elif match["kind"] == "solution":
                found.append(Piece("solution", text, rest, cell=cell))
            elif bool(within) == (match["kind"] == "solution-start"):
                raise ValueError(f"solutions are not well nested at {within or rest}")
            else:
                within = rest if match["kind"] == "solution-start" else ""
        add_text(source[position:], cell)
    if within:
        raise ValueError(f"the solution of {within} has no end")
    return found


def handout(notebook: dict[str, Any], section: int, solutions: bool) -> dict[str, Any]:
    """Return a notebook for the class.

    Parameters
    ----------
    notebook : dict
        The book's notebook.
    section : int
        Its number in the book, the first part of its exercises' numbers.
    solutions : bool
        Whether to keep the solutions.  Without them, each exercise is followed by an
        empty cell.
    """
    cells: list[dict[str, Any]] = []

    def add(kind: str, name: str, source: str, like: dict[str, Any] | None) -> None:
        metadata = like["metadata"] if like else {}
        cell = {"cell_type": kind, "id": name, "metadata": metadata, "source": source}
        if kind == "code":
            cell |= {"execution_count": None, "outputs": []}
        cells.append(cell)

    used: set[int] = set()
    count = 0
    headed = ""
    for piece in pieces(notebook):
        cell = piece.cell or {}
        # A cell that is taken apart hands its metadata to its first part only.
        name = cell["id"] if id(cell) not in used else f"{cell['id']}-{len(cells)}"
        like = cell if id(cell) not in used else None
        used.add(id(cell))
        if piece.kind == "text":
            add("markdown", name, piece.text, like)
        elif piece.kind == "code":
            add("code", name, piece.text, cell)
        elif piece.kind == "exercise":
            count += 1
            number = f"{section}.{count}"
            title = f" ({piece.title})" if piece.title else ""
            text = f"### Exercise {number}{title}\n\n{piece.text}"
            add("markdown", name, text, like)
            if not solutions:
                add("code", f"answer-{piece.label}", answer(number, piece.text), None)
        elif solutions:
            text = piece.text
            if piece.label != headed:
                text = f"**Solution.** {text}" if piece.kind == "solution" else text
                headed = piece.label
            kind = "code" if piece.kind == "solution-code" else "markdown"
            add(kind, name, text, like)
    return notebook | {"cells": cells}


def answer(number: str, text: str) -> str:
    """Return the source of the empty cell below an exercise."""
    lines = [f"# Your answer to Exercise {number}"]
    for name, argument in CHECK.findall(text):
        lines += [
            "from rnn_demo.exercises import check",
            "",
            f'# check("{name}", {argument})',
        ]
    return "\n".join(lines)


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kind", choices=["student", "solutions"])
    kind = parser.parse_args().kind
    folder = BUILD / kind
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.ipynb"):
        old.unlink()
    exercises = 0
    for number, path in executed.sections().items():
        notebook = json.loads(path.read_text(encoding="utf-8"))
        written = handout(notebook, number, kind == "solutions")
        exercises += sum(piece.kind == "exercise" for piece in pieces(notebook))
        text = json.dumps(written, indent=1, ensure_ascii=False, sort_keys=True)
        (folder / path.name).write_text(text + "\n", encoding="utf-8")
    print(f"{exercises} exercises: {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
