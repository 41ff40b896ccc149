"""Clipping by norm: one factor for all parameters, at any size."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnn_demo.backprop import Gradients, bptt, immediate_terms
from rnn_demo.learning.training import clip_by_norm
from rnn_demo.matrices import random_params


def flat(gradients):
    return np.concatenate([np.ravel(g) for g in gradients])


@settings(max_examples=50, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    log_size=st.floats(-290, 290),
    log_ratio=st.floats(-5, 5),
)
def test_norm_is_capped_and_direction_kept(seed, log_size, log_ratio):
    rng = np.random.default_rng(seed)
    unit = [rng.normal(size=(3, 2)), rng.normal(size=4), rng.normal(size=())]
    length = np.linalg.norm(flat(unit))
    given_norm = 10.0**log_size
    gradients = [g / length * given_norm for g in unit]
    max_norm = 10.0 ** (log_size + log_ratio)

    clipped, norm = clip_by_norm(gradients, max_norm)

    assert norm == pytest.approx(given_norm, rel=1e-12)
    wanted = min(norm, max_norm)
    np.testing.assert_allclose(flat(clipped) / wanted, flat(unit) / length, rtol=1e-12)
    assert [g.shape for g in clipped] == [(3, 2), (4,), ()]


def test_below_the_threshold_nothing_changes_and_nothing_is_shared():
    gradients = (np.array([0.3, -0.4]), np.zeros((2, 2)))
    clipped, norm = clip_by_norm(gradients, 0.5)
    assert norm == pytest.approx(0.5, rel=1e-15)
    for before, after in zip(gradients, clipped, strict=True):
        np.testing.assert_array_equal(before, after)
        assert not np.shares_memory(before, after)


def test_norm_beyond_the_float_range():
    clipped, norm = clip_by_norm([np.full(4, 1.7e308)], 1.0)
    assert norm == np.inf
    np.testing.assert_allclose(clipped[0], 0.5, rtol=1e-15)


def test_zero_gradient_stays_zero():
    clipped, norm = clip_by_norm([np.zeros(3), np.zeros((0, 2))], 1.0)
    assert norm == 0
    assert not clipped[0].any()


def test_named_tuple_stays_one():
    params = random_params(3, 2, 1, seed=0)
    gradients = bptt(params, np.ones((5, 2)), np.zeros((5, 1)))
    clipped = clip_by_norm(gradients, 1e-3).gradients
    assert isinstance(clipped, Gradients)
    assert np.linalg.norm(flat(clipped)) == pytest.approx(1e-3, rel=1e-12)


def test_clipping_leaves_the_share_of_each_path_as_it_was():
    params = random_params(6, 2, 2, rho=0.5, seed=1)
    x, target = np.random.default_rng(2).normal(size=(20, 2)), np.zeros((20, 2))
    terms = immediate_terms(params, x, target, 20)
    (total,), norm = clip_by_norm([terms.sum(axis=0)], 1e-4)
    factor = 1e-4 / norm
    np.testing.assert_allclose(total, (factor * terms).sum(axis=0), rtol=1e-9)


@pytest.mark.parametrize(
    ("gradients", "max_norm", "message"),
    [
        (np.ones((2, 2)), 1.0, "sequence of arrays"),
        ("text", 1.0, "sequence of arrays"),
        ([], 1.0, "at least one array"),
        ([[1.0], [np.nan]], 1.0, r"gradients\[1\] must be finite"),
        ([[1.0 + 2j]], 1.0, r"gradients\[0\] must be real"),
        ([[1.0]], 0.0, "max_norm must be above 0"),
        ([[1.0]], -1.0, "max_norm must be above 0"),
        ([[1.0]], np.inf, "max_norm must be finite"),
        ([[1.0]], [1.0, 2.0], "max_norm"),
    ],
)
def test_bad_input_is_named(gradients, max_norm, message):
    with pytest.raises(ValueError, match=message):
        clip_by_norm(gradients, max_norm)
