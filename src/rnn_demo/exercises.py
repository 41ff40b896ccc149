"""Exercises that check themselves.

``check("2.3", answer)`` says whether an answer to Exercise 2.3 is right, or gives a
hint. The answers are plain numbers here; the tests compute them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from rnn_demo._checks import choice, real_array
from rnn_demo._types import Floats


@dataclass(frozen=True)
class Verdict:
    """What `check` says; it is true if the answer is right.

    Parameters
    ----------
    right : bool
        Whether the answer is right.
    message : str
        A sentence for the reader.
    """

    right: bool
    message: str

    def __bool__(self) -> bool:
        return self.right

    def __repr__(self) -> str:
        return self.message


def check(number: str, answer: ArrayLike) -> Verdict:
    """Say whether an answer is right, or give a hint.

    Parameters
    ----------
    number : str
        Number of the exercise in the book, such as ``"2.3"``.
    answer : float or array_like of float
        The number, or the numbers, that the exercise asks for.

    Returns
    -------
    Verdict
        True or false, with a sentence that a notebook shows.

    Raises
    ------
    ValueError
        If there is no such exercise, it does not check itself, or the answer has
        another shape than what is asked for.
    """
    exercise = EXERCISES[choice(number, "number", EXERCISES)]
    value = real_array(answer, f"the answer to Exercise {number}")
    if value.shape != np.shape(exercise.answer):
        raise ValueError(
            f"the answer to Exercise {number} must be {exercise.asked}, but has shape "
            f"{value.shape}"
        )
    if exercise.accepts(value):
        return Verdict(True, f"Exercise {number}: right.")
    if exercise.accepts(-value):
        return Verdict(False, f"Exercise {number}: the size is right, the sign is not.")
    return Verdict(False, f"Exercise {number}: not yet. {exercise.hint}")


class _Exercise(NamedTuple):
    answer: ArrayLike
    asked: str
    hint: str
    tolerance: float = 0.01  # relative

    def accepts(self, value: Floats) -> bool:
        return np.allclose(value, self.answer, rtol=self.tolerance, atol=0)


EXERCISES = {
    "1.2": _Exercise(
        (1, 3),
        "two numbers, from L_3 and from L",
        "How often does x_1 enter the unrolled network, and how many losses does the "
        "total loss consist of?",
    ),
    "1.5": _Exercise(
        166_650,
        "one number",
        "The term of L_t that leaves at step k holds t − k Jacobians. Add them up over "
        "k and then over t.",
        tolerance=0,
    ),
    "2.1": _Exercise(
        1.49e-8,
        "one number, the step of the forward difference",
        "Set the derivative of ε/2 + u/ε by ε to zero, with u = 2⁻⁵³.",
    ),
    "2.3": _Exercise(
        1.476,
        "one number, the relative error",
        "The slope belongs into grad, but is missing in carry. Divide the largest "
        "difference by the largest entry of the right gradient.",
        tolerance=0.03,
    ),
    "3.1": _Exercise(
        -0.301,
        "one number, in decades per step",
        "The vertical axis is a logarithm to base 10. Divide the height of the curve "
        "at a large lag by the lag; a curve that falls has a negative slope.",
        tolerance=0.02,
    ),
    "3.2": _Exercise(
        4,
        "one number",
        "The largest slope of the logistic function is at 0. One factor of the product "
        "has at most that slope times σ_max(W) as its norm.",
    ),
    "3.3": _Exercise(
        13.81,
        "one number, in decades over 99 steps",
        "What is the state when there is no input and h_0 = 0, and what is the slope "
        "of tanh there? Use ρ(W) = 1.4 and the last gradient of the page.",
    ),
    "4.2": _Exercise(
        9,
        "one number, the k of the peak",
        "Compute the norm of every power up to the hundredth. The estimate −1/log ρ "
        "is close, but k is an integer.",
    ),
    "5.5": _Exercise(
        0.6931,
        "one number, per step",
        "The period is 2. Multiply the two matrices before you take eigenvalues, and "
        "use the natural logarithm.",
    ),
    "6.4": _Exercise(
        20.68,
        "one number, the lag",
        "Ten times the mean, which is 1, squared: the variance is 100.",
        tolerance=0.03,
    ),
    "7.2": _Exercise(
        4.968,
        "one number, the bias",
        "Solve σ(b)¹⁰⁰ = ½ for b. It lies between the values for lags 10 and 1000.",
    ),
    "7.4": _Exercise(
        19,
        "one number, of all paths",
        "Count the paths through the cell c_{t−1} first: four ways to it, four ways "
        "on. Then those that pass it by.",
    ),
}
