"""Spectral radius, spectral norm, and the random families."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnn_demo.matrices import (
    FAMILIES,
    random_matrix,
    random_params,
    scale_to_spectral_radius,
    spectral_norm,
    spectral_radius,
)

seeds = st.integers(0, 2**32 - 1)


@given(st.integers(1, 20), st.sampled_from(FAMILIES), seeds)
def test_families_have_spectral_radius_one(n, family, seed):
    W = random_matrix(n, family, seed=seed)
    assert W.shape == (n, n)
    assert spectral_radius(W) == pytest.approx(1, rel=1e-9)
    np.testing.assert_array_equal(W, random_matrix(n, family, seed=seed))


@given(st.integers(1, 20), st.sampled_from(FAMILIES), seeds, st.floats(0, 1e6))
def test_scaling_reaches_the_spectral_radius(n, family, seed, rho):
    W = random_matrix(n, family, seed=seed)
    scaled = scale_to_spectral_radius(3.7 * W, rho)
    assert spectral_radius(scaled) == pytest.approx(rho, rel=1e-9, abs=1e-300)


@given(st.integers(1, 20), seeds)
def test_norms_bound_one_another(n, seed):
    W = np.random.default_rng(seed).normal(size=(n, n))
    assert spectral_radius(W) <= spectral_norm(W) * (1 + 1e-12)
    # σ_max² is the largest eigenvalue of WᵀW.
    assert spectral_norm(W) ** 2 == pytest.approx(np.linalg.eigvalsh(W.T @ W)[-1])


@given(st.integers(1, 15), seeds)
def test_orthogonal_and_symmetric_are_what_they_say(n, seed):
    Q = random_matrix(n, "orthogonal", seed=seed)
    np.testing.assert_allclose(Q @ Q.T, np.eye(n), atol=1e-13)
    S = random_matrix(n, "symmetric", seed=seed)
    np.testing.assert_array_equal(S, S.T)


@given(st.integers(1, 12), seeds, st.floats(0, 3))
def test_the_dial_changes_normality_and_no_eigenvalue(n, seed, dial):
    normal = random_matrix(n, "nonnormal", seed=seed, nonnormality=0)
    np.testing.assert_allclose(normal @ normal.T, normal.T @ normal, atol=1e-13)
    assert spectral_norm(normal) == pytest.approx(1)
    W = random_matrix(n, "nonnormal", seed=seed, nonnormality=dial)
    # Traces of powers determine the eigenvalues, and are well conditioned.
    for power in range(1, 4):
        np.testing.assert_allclose(
            np.trace(np.linalg.matrix_power(W, power)),
            np.trace(np.linalg.matrix_power(normal, power)),
            atol=1e-10,
        )
    stronger = random_matrix(n, "nonnormal", seed=seed, nonnormality=2 * dial)
    assert np.linalg.norm(stronger) >= np.linalg.norm(W) - 1e-12


def test_a_generator_is_advanced():
    rng = np.random.default_rng(0)
    assert not np.array_equal(random_matrix(3, seed=rng), random_matrix(3, seed=rng))


def rotated(W, seed=0):
    Q = random_matrix(len(W), "orthogonal", seed=seed)
    return Q @ W @ Q.T


def weak_cycle(n=30):
    """Return a matrix with zeros below the diagonal but one, its units shuffled."""
    rng = np.random.default_rng(0)
    W = np.triu(rng.normal(size=(n, n)), 1)
    W[-1, 0] = 1e-3
    order = rng.permutation(n)
    return W[np.ix_(order, order)]


@pytest.mark.parametrize("n", [2, 3, 5, 10, 32, 64])
@pytest.mark.parametrize("scale", [1e-200, 1, 1e200])
def test_nilpotent_matrices_are_refused(n, scale):
    jordan = np.diag(np.ones(n - 1), 1)
    random = np.triu(np.random.default_rng(n).normal(size=(n, n)), 1)
    for nilpotent in (np.zeros((n, n)), jordan, jordan.T, random):
        for W in (nilpotent, rotated(nilpotent)):
            with pytest.raises(ValueError, match="spectral radius above 0"):
                scale_to_spectral_radius(scale * W, 0.9)


@pytest.mark.parametrize(
    "W",
    [
        [[1, 1], [0, 1]],  # defective, and well away from nilpotent
        [[1e-9, 1], [0, 1e-9]],
        [[2, 0], [1e9, 1]],
        [[-3]],
        1e-300 * np.eye(3),
        rotated(np.eye(6) + np.diag(np.ones(5), 1)),
        np.roll(np.eye(5), 1, axis=0),
        # A cycle through ten units, and one among thirty of no order, both weak.
        np.diag(np.ones(9), -1) + np.diag([1e-20], 9),
        weak_cycle(),
    ],
)
def test_matrices_with_a_spectral_radius_are_not_refused(W):
    W = np.array(W, dtype=float)
    scaled = scale_to_spectral_radius(W, 0.5)
    assert spectral_radius(scaled) == pytest.approx(0.5, rel=1e-2)
    np.testing.assert_allclose(scaled * np.abs(W).max(), W * np.abs(scaled).max())


@pytest.mark.parametrize(
    ("W", "message"),
    [
        (np.ones((2, 3)), "W must be square"),
        (np.ones((0, 0)), "W must be square with at least one row"),
        (np.ones(4), r"W must have shape \(n, n\)"),
        ([[1, np.inf], [0, 1]], "W must be finite"),
        ([[1j]], "W must be real"),
        ([["x"]], "W must hold real numbers"),
    ],
)
def test_matrices_refused(W, message):
    for call in (
        spectral_radius,
        spectral_norm,
        lambda W: scale_to_spectral_radius(W, 1),
    ):
        with pytest.raises(ValueError, match=message):
            call(W)


@pytest.mark.parametrize(
    ("rho", "message"),
    [
        (-1e-9, "rho must be at least 0"),
        (np.nan, "rho must be finite"),
        (None, "rho must"),
        (1 + 1j, "rho must be real"),
        ([1.0, 2.0], "rho must have shape"),
    ],
)
def test_radii_refused(rho, message):
    with pytest.raises(ValueError, match=message):
        scale_to_spectral_radius(np.eye(2), rho)


def test_scaling_out_of_range_is_refused():
    with pytest.raises(ValueError, match="left the float range"):
        scale_to_spectral_radius([[1, 1e10], [0, 1]], 1e305)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n": 0}, "n must be at least 1"),
        ({"n": 2.0}, "n must be an integer"),
        ({"family": "wishart"}, "family must be one of 'gaussian'.*'wishart'"),
        ({"nonnormality": -1}, "nonnormality must be at least 0"),
        ({"seed": 1.5}, "seed .* must be an integer"),
    ],
)
def test_random_matrix_refusals(change, message):
    with pytest.raises(ValueError, match=message):
        random_matrix(**({"n": 3, "seed": 0} | change))


def test_random_params_follow_their_arguments():
    params = random_params(30, 400, 3, rho=1.3, input_scale=2, seed=4)
    assert spectral_radius(params.W) == pytest.approx(1.3)
    assert params.U.std() == pytest.approx(2 / 20, rel=0.05)
    assert params.V.shape == (3, 30)
    assert not params.b.any()
    assert not params.c.any()
    again = random_params(30, 400, 3, rho=1.3, input_scale=2, seed=4)
    np.testing.assert_array_equal(params.W, again.W)
    np.testing.assert_array_equal(
        random_params(5, 2, 1, seed=np.random.default_rng(9)).U,
        random_params(5, 2, 1, seed=9).U,
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n": 0}, "n must be at least 1, but is 0"),
        ({"m": 1.5}, "m must be an integer, but is 1.5"),
        ({"p": True}, "p must be an integer"),
        ({"rho": -0.1}, "rho must be at least 0, but is -0.1"),
        ({"rho": [1, 2]}, "rho must have shape"),
        ({"input_scale": -1}, "input_scale must be at least 0"),
        ({"family": "cauchy"}, "family must be one of"),
        ({"seed": None}, "seed"),
        ({"seed": -1}, "seed"),
    ],
)
def test_random_params_refuse(change, message):
    with pytest.raises(ValueError, match=message):
        random_params(**({"n": 2, "m": 2, "p": 2, "seed": 0} | change))
