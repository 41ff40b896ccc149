"""Exercises that check themselves.

``check("2.3", answer)`` says whether an answer to Exercise 2.3 is right, or gives a
hint.  Most answers are computed when they are asked for, with the code that the book
itself uses; those that are mere numbers are kept as salted hashes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from rnn_demo._checks import choice, real_array
from rnn_demo.backprop import bptt
from rnn_demo.matrices import random_params, scale_to_spectral_radius
from rnn_demo.network import forward
from rnn_demo.norms import gradient_norms

__all__ = ["Verdict", "check"]

SALT = "rnn_demo.exercises"


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
    if value.shape != ((exercise.size,) if exercise.size else ()):
        raise ValueError(
            f"the answer to Exercise {number} must be {exercise.asked}, but has shape "
            f"{value.shape}"
        )
    if exercise.accepts(value):
        return Verdict(True, f"Exercise {number}: right.")
    if exercise.accepts(-value):
        return Verdict(False, f"Exercise {number}: the size is right, the sign is not.")
    return Verdict(False, f"Exercise {number}: not yet. {exercise.hint}")


@dataclass(frozen=True)
class _Exercise:
    asked: str
    hint: str
    compute: Callable[[], float] | None = None
    digest: str = ""
    decimals: int = 0
    tolerance: float = 0.01
    size: int = 0

    def accepts(self, value: np.ndarray) -> bool:
        if self.compute is not None:
            right = self.compute()
            return bool(np.all(abs(value - right) <= self.tolerance * abs(right)))
        # A value near the border between two roundings may fall to either side.
        unit = 10.0**-self.decimals
        near = (value, value - unit / 10, value + unit / 10)
        return any(_digest(v, self.decimals) == self.digest for v in near)


def _digest(value: np.ndarray, decimals: int) -> str:
    """Return a salted SHA-256 of numbers rounded to a number of decimals."""
    rounded = np.round(np.atleast_1d(value), decimals) + 0.0
    text = ",".join(f"{v:.{decimals}f}" for v in rounded)
    return hashlib.sha256(f"{SALT}:{text}".encode()).hexdigest()


# The answers that are computed, each by the plainest way to it.


def _jacobians() -> int:
    return sum(t - k for t in range(1, 101) for k in range(1, t + 1))


def _best_step() -> float:
    steps = np.geomspace(1e-12, 1e-4, 20_001)
    return float(steps[np.argmin(steps / 2 + 2.0**-53 / steps)])


def _forgotten_slope() -> float:
    """Return the error of the gradient in Exercise 2.3, on the network of its page."""
    params = random_params(4, 2, 1, rho=1.1, seed=0)
    rng = np.random.default_rng(1)
    x, target = rng.normal(size=(5, 2)), rng.uniform(size=(5, 1))
    _, h, y, h0 = forward(params, x)
    h = np.vstack([h0, h])
    error = (y - target) * y * (1 - y)
    wrong, carry = np.zeros((4, 4)), np.zeros(4)
    for t in range(5, 0, -1):
        delta = params.V.T @ error[t - 1] + carry
        wrong += np.outer((1 - h[t] ** 2) * delta, h[t - 1])
        carry = params.W.T @ delta
    right = bptt(params, x, target).W
    return np.max(abs(wrong - right)) / np.max(abs(right))


def _without_input() -> float:
    """Return the decades of Exercise 3.3, on the network of its page."""
    rng = np.random.default_rng(0)
    params = random_params(64, 8, 4, rho=1.0, seed=rng)
    rng.normal(size=(100, 8))
    last = rng.normal(size=64)
    params = params.replace(W=scale_to_spectral_radius(params.W, 1.4))
    x, last = np.zeros((100, 8)), last / np.linalg.norm(last)
    log_norms = gradient_norms(params, x, final_gradient=last)
    return float(log_norms[0] - log_norms[-1])


def _peak() -> int:
    W = np.array([[0.9, 10.0], [0.0, 0.9]])
    powers = [np.linalg.matrix_power(W, k) for k in range(100)]
    return int(np.argmax([np.linalg.norm(power, 2) for power in powers]))


def _two_matrices() -> float:
    A, B = np.array([[0.0, 2.0], [0.0, 0.0]]), np.array([[0.0, 0.0], [2.0, 0.0]])
    return float(np.log(np.max(abs(np.linalg.eigvals(B @ A)))) / 2)


def _noisy_lag() -> float:
    lags = np.linspace(1, 100, 99_001)
    return float(lags[np.argmin(abs(0.8**-lags - 1 - 100))])


def _forget_bias() -> float:
    biases = np.linspace(0, 10, 100_001)
    kept = (1 / (1 + np.exp(-biases))) ** 100
    return float(biases[np.argmin(abs(kept - 0.5))])


EXERCISES = {
    "1.2": _Exercise(
        "two numbers, from L_3 and from L",
        "How often does x_1 enter the unrolled network, and how many losses does the "
        "total loss consist of?",
        digest="300c6e8fecd066390a53d8e524959945782a2072970956e37477275da091b874",
        size=2,
    ),
    "1.5": _Exercise(
        "one number",
        "The term of L_t that leaves at step k holds t − k Jacobians. Add them up over "
        "k and then over t.",
        compute=_jacobians,
        tolerance=0,
    ),
    "2.1": _Exercise(
        "one number, the step of the forward difference",
        "Set the derivative of ε/2 + u/ε by ε to zero, with u = 2⁻⁵³.",
        compute=_best_step,
    ),
    "2.3": _Exercise(
        "one number, the relative error",
        "The slope belongs into grad, but is missing in carry. Divide the largest "
        "difference by the largest entry of the right gradient.",
        compute=_forgotten_slope,
        tolerance=0.03,
    ),
    "3.1": _Exercise(
        "one number, in decades per step",
        "The vertical axis is a logarithm to base 10. Divide the height of the curve "
        "at a large lag by the lag; a curve that falls has a negative slope.",
        digest="3c79658f35e3509ab5e98b8a53c4cb24686e15e27fa9cbebb486272a382f9c6f",
        decimals=2,
    ),
    "3.2": _Exercise(
        "one number",
        "The largest slope of the logistic function is at 0. One factor of the product "
        "has at most that slope times σ_max(W) as its norm.",
        digest="f5564956a57ccb3d1db659509caccca41964230d91763704c54282f034e5fa68",
        decimals=1,
    ),
    "3.3": _Exercise(
        "one number, in decades over 99 steps",
        "What is the state when there is no input and h_0 = 0, and what is the slope "
        "of tanh there? Use ρ(W) = 1.4 and the last gradient of the page.",
        compute=_without_input,
    ),
    "4.2": _Exercise(
        "one number, the k of the peak",
        "Compute the norm of every power up to the hundredth. The estimate −1/log ρ "
        "is close, but k is an integer.",
        compute=_peak,
        tolerance=0,
    ),
    "5.5": _Exercise(
        "one number, per step",
        "The period is 2. Multiply the two matrices before you take eigenvalues, and "
        "use the natural logarithm.",
        compute=_two_matrices,
    ),
    "6.4": _Exercise(
        "one number, the lag",
        "Ten times the mean, which is 1, squared: the variance is 100.",
        compute=_noisy_lag,
        tolerance=0.03,
    ),
    "7.2": _Exercise(
        "one number, the bias",
        "Solve σ(b)¹⁰⁰ = ½ for b. It lies between the values for lags 10 and 1000.",
        compute=_forget_bias,
    ),
    "7.4": _Exercise(
        "one number, of all paths",
        "Count the paths through the cell c_{t−1} first: four ways to it, four ways "
        "on. Then those that pass it by.",
        digest="1316bbff1b3da6a02c0bfbfa9e19b01db437230c5e475ec93a7f0c017b976b78",
    ),
}
