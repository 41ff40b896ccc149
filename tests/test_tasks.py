"""The two tasks: what is asked, where, and that seeds decide everything."""

import itertools

import numpy as np
import pytest

from rnn_demo.learning.tasks import accuracy, adding, explained_variance, first_symbol
from rnn_demo.learning.training import predict
from rnn_demo.matrices import random_params


def test_first_symbol_is_the_target_of_the_last_step_only():
    batch = next(first_symbol(6, 50, symbols=3, noise=0.2, seed=0))
    assert batch.x.shape == batch.target.shape == (7, 50, 3)
    np.testing.assert_array_equal(np.sort(batch.x[0], axis=1), [[0, 0, 1]] * 50)
    np.testing.assert_array_equal(batch.target[-1], batch.x[0])
    np.testing.assert_array_equal(batch.weight, [0, 0, 0, 0, 0, 0, 1])
    assert set(batch.x[0].argmax(axis=1)) == {0, 1, 2}


def test_noise_has_the_asked_size_and_says_nothing():
    batch = next(first_symbol(40, 500, noise=0.3, seed=1))
    noise = batch.x[1:]
    assert noise.std() == pytest.approx(0.3, rel=0.02)
    correlation = np.corrcoef(noise.mean(axis=0)[:, 0], batch.x[0, :, 0])[0, 1]
    assert abs(correlation) < 0.15


@pytest.mark.parametrize("steps", [2, 3, 10, 11])
def test_adding_marks_one_number_in_each_half(steps):
    batch = next(adding(steps, 200, seed=2))
    value, mark = batch.x[:, :, 0], batch.x[:, :, 1]
    half = steps // 2
    np.testing.assert_array_equal(mark[:half].sum(axis=0), 1)
    np.testing.assert_array_equal(mark[half:].sum(axis=0), 1)
    np.testing.assert_allclose(2 * batch.target[-1, :, 0], (value * mark).sum(axis=0))
    assert batch.target.min() >= 0
    assert batch.target.max() < 1
    # The dial: the first marked number is at least T/2 before the answer.
    assert (steps - 1 - mark.argmax(axis=0)).min() >= steps / 2 - 0.5


@pytest.mark.parametrize(
    "make", [lambda s: first_symbol(4, 3, seed=s), lambda s: adding(5, 3, seed=s)]
)
def test_seeds_decide_and_batches_differ(make):
    one, two = (list(itertools.islice(make(7), 2)) for _ in range(2))
    for a, b in zip(one, two, strict=True):
        np.testing.assert_array_equal(a.x, b.x)
        np.testing.assert_array_equal(a.target, b.target)
    assert not np.array_equal(one[0].x, one[1].x)
    assert not np.array_equal(one[0].x, next(make(8)).x)


def test_scores_against_their_definitions():
    params = random_params(8, 4, 4, seed=0)
    batch = next(first_symbol(3, 400, seed=1))
    y = predict(params, batch.x)[-1]
    right = [a.argmax() == b.argmax() for a, b in zip(y, batch.target[-1], strict=True)]
    assert accuracy(params, batch) == pytest.approx(np.mean(right))

    params = random_params(8, 2, 1, seed=0)
    batch = next(adding(6, 400, seed=1))
    y, target = predict(params, batch.x)[-1], batch.target[-1]
    expected = 1 - ((y - target) ** 2).mean() / ((target - target.mean()) ** 2).mean()
    assert explained_variance(params, batch) == pytest.approx(expected)


def test_a_constant_answer_explains_nothing():
    batch = next(adding(6, 5000, seed=3))
    mean = batch.target[-1].mean()
    params = random_params(2, 2, 1, seed=0)
    params = params.replace(V=0 * params.V, c=[np.log(mean / (1 - mean))])
    assert explained_variance(params, batch) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: first_symbol(0, 3, seed=0), "lag"),
        (lambda: first_symbol(3, 0, seed=0), "size"),
        (lambda: first_symbol(3, 3, symbols=1, seed=0), "symbols"),
        (lambda: first_symbol(3, 3, noise=-1, seed=0), "noise"),
        (lambda: adding(1, 3, seed=0), "steps"),
        (lambda: adding(4, 3, seed=-1), "seed"),
    ],
)
def test_bad_input_raises_before_the_first_batch(call, message):
    with pytest.raises(ValueError, match=message):
        call()
