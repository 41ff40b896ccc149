"""Exercises: graded, numbered, solved, and some that check themselves."""

import json
import re
import sys

import numpy as np
import pytest
from conftest import ROOT

from rnn_demo.exercises import EXERCISES, check

sys.path.insert(0, str(ROOT / "scripts"))
import executed
import handout

GRADES = {"Check", "Derive", "Compute", "Explore", "Open-ended"}
SECTIONS = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))

RIGHT = {
    "1.2": (1, 3),
    "1.5": 166_650,
    "2.1": np.sqrt(2 * 2.0**-53),
    "2.3": 1.476,
    "3.1": -0.301,
    "3.2": 4,
    "3.3": 13.81,
    "4.2": 9,
    "5.5": np.log(2),
    "6.4": np.log(101) / np.log(1.25),
    "7.2": -np.log(2 ** (1 / 100) - 1),
    "7.4": 19,
}


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


@pytest.mark.parametrize("number", EXERCISES)
def test_the_right_answer_is_right(number):
    verdict = check(number, RIGHT[number])
    assert verdict
    assert repr(verdict) == f"Exercise {number}: right."


@pytest.mark.parametrize("number", EXERCISES)
def test_another_answer_gets_a_hint(number):
    verdict = check(number, 2 * np.asarray(RIGHT[number]) + 1)
    assert not verdict
    assert EXERCISES[number].hint in repr(verdict)


def test_a_wrong_sign_is_told_apart():
    assert "sign" in repr(check("3.1", 0.301))
    assert "sign" in repr(check("5.5", -np.log(2)))


def test_rounded_answers_pass():
    assert check("3.1", -0.3)
    assert check("5.5", 0.69)
    assert check("2.1", 1.5e-8)


@pytest.mark.parametrize(
    ("number", "answer", "words"),
    [
        ("9.9", 1, "number must be one of"),
        (2.3, 1, "number must be one of"),
        ("1.2", 1, "two numbers"),
        ("3.2", (4, 4), "one number"),
        ("3.2", "four", "real numbers"),
        ("3.2", np.nan, "finite"),
    ],
)
def test_bad_calls_are_explained(number, answer, words):
    with pytest.raises(ValueError, match=words):
        check(number, answer)


def test_stored_answers_are_not_readable():
    stored = [e for e in EXERCISES.values() if e.compute is None]
    assert all(re.fullmatch(r"[0-9a-f]{64}", exercise.digest) for exercise in stored)


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
