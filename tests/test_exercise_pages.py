"""Exercises in the notebooks: graded, numbered, solved; some check themselves."""

import json
import re
import sys

import pytest
from conftest import ROOT

from rnn_demo.exercises import EXERCISES, check

sys.path.insert(0, str(ROOT / "scripts"))
import executed
import handout

GRADES = {"Check", "Derive", "Compute", "Explore", "Open-ended"}
SECTIONS = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))


def exercises_of(path):
    found = handout.pieces(json.loads(path.read_text()))
    return [piece for piece in found if piece.kind == "exercise"]


ALL = {
    f"{int(path.name[:2])}.{i}": piece
    for path in SECTIONS
    for i, piece in enumerate(exercises_of(path), 1)
}


def test_there_are_enough_in_every_section_and_of_every_grade():
    assert len(ALL) >= 25
    for path in SECTIONS:
        assert len(exercises_of(path)) >= 3, path.name
    assert {piece.title.partition(" · ")[0] for piece in ALL.values()} == GRADES


def test_every_exercise_has_a_solution():
    for path in SECTIONS:
        found = handout.pieces(json.loads(path.read_text()))
        solved = {piece.label for piece in found if "solution" in piece.kind}
        assert {piece.label for piece in exercises_of(path)} == solved, path.name


def test_some_solutions_are_code_that_the_build_runs():
    found = [
        p for path in SECTIONS for p in handout.pieces(json.loads(path.read_text()))
    ]
    assert sum(piece.kind == "solution-code" for piece in found) >= 5


def test_checks_stand_in_the_exercise_with_their_number():
    mentioned = {
        (number, call)
        for number, piece in ALL.items()
        for call in re.findall(r'exercises\.check\("([\d.]+)"', piece.text)
    }
    assert mentioned == {(number, number) for number in EXERCISES}


@pytest.mark.parametrize(
    ("number", "printed"),
    [
        ("2.3", r"scale    1: error (\S+)"),
        ("3.3", r"tanh without input: (\S+) decades"),
        ("4.2", r"peak of \S+ at k = (\d+)"),
        ("5.5", r"λ = (\S+), measured over 100 steps"),
    ],
)
def test_what_the_solution_prints_is_right(number, printed):
    (path,) = (p for p in SECTIONS if p.name.startswith(f"0{number[0]}"))
    text = "".join(
        "".join(output.get("text", ""))
        for cell in executed.notebook(path)["cells"]
        for output in cell.get("outputs", [])
    )
    assert check(number, float(re.search(printed, text)[1]))
