"""Truncated BPTT: which terms are kept, and random cuts that are right in the mean."""

import itertools

import numpy as np
import pytest

from rnn_demo.backprop import immediate_terms
from rnn_demo.explorers.truncation import gradients, truncation_explorer
from rnn_demo.learning.training import Batch, batch_gradient
from rnn_demo.learning.truncation import (
    bias,
    chunk_gradients,
    echo,
    lag_terms,
    random_cuts,
    window_gradients,
)
from rnn_demo.matrices import random_params
from rnn_demo.network import ACTIVATIONS

STEPS, SIZE = 7, 3


@pytest.fixture
def problem():
    rng = np.random.default_rng(0)
    params = random_params(4, 2, 2, rho=1.2, seed=rng)
    params = params.replace(b=rng.normal(size=4))
    x = rng.normal(size=(STEPS, SIZE, 2))
    target = rng.uniform(size=(STEPS, SIZE, 2))
    return params, Batch(x, target, rng.uniform(size=STEPS))


def pair_terms(params, batch, activation="tanh"):
    """G[t, k] of the double sum, from the summands of single losses."""
    G = np.zeros((STEPS, STEPS, params.n, params.n))
    for s, t in itertools.product(range(SIZE), range(1, STEPS + 1)):
        terms = immediate_terms(
            params, batch.x[:, s], batch.target[:, s], t, activation=activation
        )
        G[t - 1, :t] += batch.weight[t - 1] * terms / SIZE
    return G


@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
def test_lag_terms_collect_the_double_sum_by_lag(problem, activation):
    params, batch = problem
    G = pair_terms(params, batch, activation)
    terms = lag_terms(params, batch, activation)
    for lag in range(STEPS):
        expected = sum(G[t, t - lag] for t in range(lag, STEPS))
        np.testing.assert_allclose(terms[lag], expected, rtol=1e-11, atol=1e-14)
    full = batch_gradient(params, batch, activation).gradients.W
    np.testing.assert_allclose(terms.sum(axis=0), full, rtol=1e-11, atol=1e-14)


def test_window_and_chunks_keep_the_terms_that_they_name(problem):
    params, batch = problem
    G = pair_terms(params, batch)
    window, chunks = window_gradients(params, batch), chunk_gradients(params, batch)
    t, k = np.indices((STEPS, STEPS))
    for tau in range(1, STEPS + 1):
        kept = G[t - k < tau].sum(axis=0)
        np.testing.assert_allclose(window[tau - 1], kept, rtol=1e-11, atol=1e-14)
        kept = G[t // tau == k // tau].sum(axis=0)
        np.testing.assert_allclose(chunks[tau - 1], kept, rtol=1e-11, atol=1e-14)


def test_random_cuts_are_exactly_unbiased(problem):
    params, batch = problem
    q = 0.3
    mean = np.zeros_like(params.W)
    # All 2^(T−1) patterns with their probabilities; the last factor has no effect.
    for cuts in itertools.product([True, False], repeat=STEPS - 1):
        cut = np.array([*cuts, False])
        probability = np.prod(np.where(cut[:-1], q, 1 - q))
        carry = np.where(cut, 0.0, 1 / (1 - q))
        mean += probability * batch_gradient(params, batch, carry=carry).gradients.W
    full = batch_gradient(params, batch).gradients.W
    np.testing.assert_allclose(mean, full, rtol=1e-11, atol=1e-14)


def test_random_cuts_draw_the_factors_they_promise():
    factors = random_cuts(20_000, 0.25, seed=0)
    np.testing.assert_allclose(np.unique(factors), [0, 4 / 3])
    assert np.mean(factors == 0) == pytest.approx(0.25, abs=0.01)
    np.testing.assert_array_equal(random_cuts(5, 0, seed=1), 1)
    np.testing.assert_array_equal(random_cuts(9, 0.5, seed=2), random_cuts(9, 0.5, 2))


def test_bias_against_its_definition():
    rng = np.random.default_rng(1)
    full, other = rng.normal(size=(2, 3, 3))
    got = bias([full, -2 * full, other, 0 * full], full)
    cosine = np.vdot(other, full) / np.linalg.norm(other) / np.linalg.norm(full)
    np.testing.assert_allclose(got.cosine, [1, -1, cosine, 0], atol=1e-14)
    ratio = np.linalg.norm(other) / np.linalg.norm(full)
    np.testing.assert_allclose(got.norm_ratio, [1, 2, ratio, 0])


def test_echo_asks_for_the_delayed_input():
    batch = echo(3, 8, 2, seed=0)
    np.testing.assert_array_equal(batch.weight, [0, 0, 0, 1, 1, 1, 1, 1])
    np.testing.assert_allclose(batch.target[3:], 1 / (1 + np.exp(-batch.x[:5])))


def test_what_the_page_says_about_the_networks():
    computed = gradients()
    cosine = {key: bias(g, g[-1]).cosine for key, g in computed.items()}
    window = cosine["window", "orthogonal"]
    assert window[9] > 0.99 > 0.95 > window[8]
    assert np.all(np.diff(window[:10]) > 0)
    assert window[9] > cosine["chunks", "orthogonal"][9]
    assert cosine["window", "ρ = 0.5"][0] > 0.95


def test_explorer_says_the_numbers():
    explorer = truncation_explorer(steps=12, delay=3, units=4)
    computed = gradients(steps=12, delay=3, units=4)["chunks", "ρ = 0.9"]
    explorer.value = {"τ": 4, "scheme": "chunks", "network": "ρ = 0.9"}
    expected = bias(computed[3], computed[-1])
    assert f"cosine {expected.cosine:.3f}" in explorer.sentence
    assert f"norm {expected.norm_ratio:.2f} times" in explorer.sentence
    explorer.value = {"τ": 12}
    assert "everything kept: cosine 1.000" in explorer.sentence


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: bias(np.ones((2, 2)), np.zeros((2, 2))), "gradient must not be 0"),
        (lambda: bias(np.ones((3, 3)), np.ones((2, 2))), "approximations"),
        (lambda: random_cuts(3, 1.0, seed=0), "probability"),
        (lambda: random_cuts(0, 0.1, seed=0), "steps"),
        (lambda: echo(5, 5, 1, seed=0), "steps"),
        (lambda: echo(-1, 5, 1, seed=0), "delay"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()
