"""Exercises that check themselves."""

import re

import numpy as np
import pytest

from rnn_demo.exercises import EXERCISES, check

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
