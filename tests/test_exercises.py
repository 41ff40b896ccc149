"""Exercises that check themselves."""

import numpy as np
import pytest

from rnn_demo.backprop import bptt
from rnn_demo.derivation import PathGraph, Quantity, UnrolledNetwork
from rnn_demo.exercises import EXERCISES, check
from rnn_demo.matrices import random_params, scale_to_spectral_radius
from rnn_demo.network import forward, get_activation
from rnn_demo.norms import gradient_norms

# The answers, each by the plainest way to it.


def paths_to_the_first_input():
    network, x = UnrolledNetwork(3), Quantity("x", 1)
    return [len(network.paths(Quantity("L", t), x)) for t in (3, None)]


def jacobians():
    return sum(t - k for t in range(1, 101) for k in range(1, t + 1))


def best_step():
    steps = np.geomspace(1e-12, 1e-4, 20_001)
    return steps[np.argmin(steps / 2 + 2.0**-53 / steps)]


def forgotten_slope():
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


def without_input():
    """Return the decades of Exercise 3.3, on the network of its page."""
    rng = np.random.default_rng(0)
    params = random_params(64, 8, 4, rho=1.0, seed=rng)
    rng.normal(size=(100, 8))
    last = rng.normal(size=64)
    params = params.replace(W=scale_to_spectral_radius(params.W, 1.4))
    x, last = np.zeros((100, 8)), last / np.linalg.norm(last)
    log_norms = gradient_norms(params, x, final_gradient=last)
    return log_norms[0] - log_norms[-1]


def bound_for_logistic_units():
    z = np.linspace(-5, 5, 1001)
    return 1 / get_activation("logistic").derivative(z).max()


def peak():
    W = np.array([[0.9, 10.0], [0.0, 0.9]])
    powers = [np.linalg.matrix_power(W, k) for k in range(100)]
    return np.argmax([np.linalg.norm(power, 2) for power in powers])


def two_matrices():
    A, B = np.array([[0.0, 2.0], [0.0, 0.0]]), np.array([[0.0, 0.0], [2.0, 0.0]])
    return np.log(np.max(abs(np.linalg.eigvals(B @ A)))) / 2


def noisy_lag():
    lags = np.linspace(1, 100, 99_001)
    return lags[np.argmin(abs(0.8**-lags - 1 - 100))]


def forget_bias():
    biases = np.linspace(0, 10, 100_001)
    kept = (1 / (1 + np.exp(-biases))) ** 100
    return biases[np.argmin(abs(kept - 0.5))]


def paths_over_two_steps():
    graph = PathGraph()
    c, o = (graph.give(Quantity(name, 0), 1) for name in "co")
    for t in (1, 2):
        h = graph.define(Quantity("h", t - 1), o * c)
        f, i, o, g = (graph.define(Quantity(name, t), h) for name in "fiog")
        c = graph.define(Quantity("c", t), f * c + i * g)
    return len(graph.paths(Quantity("c", 2), Quantity("c", 0)))


RIGHT = {
    "1.2": paths_to_the_first_input(),
    "1.5": jacobians(),
    "2.1": best_step(),
    "2.3": forgotten_slope(),
    "3.1": np.log10(0.5),
    "3.2": bound_for_logistic_units(),
    "3.3": without_input(),
    "4.2": peak(),
    "5.5": two_matrices(),
    "6.4": noisy_lag(),
    "7.2": forget_bias(),
    "7.4": paths_over_two_steps(),
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


def test_the_numbers_are_known_to_more_digits_than_are_asked_for():
    for number, exercise in EXERCISES.items():
        right, digits = np.array(RIGHT[number]), max(exercise.tolerance / 10, 1e-9)
        np.testing.assert_allclose(exercise.answer, right, rtol=digits)
