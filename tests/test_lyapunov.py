"""Lyapunov exponents against exact values and independent computations."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnn_demo.backprop import jacobian_product
from rnn_demo.counterexamples import nilpotent_chaos
from rnn_demo.lyapunov import lyapunov_exponents, lyapunov_map, mean_field_exponent
from rnn_demo.matrices import random_params
from rnn_demo.network import RNNParams, forward
from rnn_demo.norms import jacobian_product_norms


@settings(max_examples=20, deadline=None)
@given(rho=st.floats(0.2, 3.0), seed=st.integers(0, 10**6))
def test_identity_network_has_exponent_log_rho(rho, seed):
    params = random_params(8, 2, 1, rho=rho, seed=seed)
    x = np.ones((2000, 2))
    estimate = lyapunov_exponents(params, x, activation="identity", burn_in=500)
    # A complex pair makes the running mean oscillate with an amplitude like 1/T.
    assert estimate.exponents[0] == pytest.approx(np.log(rho), abs=0.02)


def test_whole_spectrum_of_an_identity_network_is_log_of_the_eigenvalue_moduli():
    rng = np.random.default_rng(3)
    basis = rng.normal(size=(5, 5))
    moduli = np.array([1.3, 0.9, 0.5, 0.2, 0.05])
    W = basis @ np.diag(moduli * [1, -1, 1, 1, -1]) @ np.linalg.inv(basis)
    params = random_params(5, 1, 1, seed=0).replace(W=W)
    x = np.zeros((600, 1))
    result = lyapunov_exponents(params, x, activation="identity", count=5, burn_in=200)
    np.testing.assert_allclose(result.exponents, np.log(moduli), atol=1e-6)


@settings(max_examples=20, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    rho=st.floats(0.3, 2.5),
    activation=st.sampled_from(["tanh", "logistic"]),
)
def test_sum_of_all_exponents_is_the_mean_log_determinant(seed, rho, activation):
    rng = np.random.default_rng(seed)
    params = random_params(4, 3, 1, rho=rho, seed=rng)
    x = rng.normal(size=(50, 3))
    result = lyapunov_exponents(params, x, activation=activation, count=4)
    trajectory = forward(params, x, activation=activation)
    logs = [
        np.linalg.slogdet(jacobian_product(params, trajectory, t, t - 1, activation))[1]
        for t in range(1, 51)
    ]
    np.testing.assert_allclose(result.exponents.sum(), np.mean(logs), rtol=1e-9)


def test_growth_of_the_vector_is_that_of_the_jacobian_product():
    rng = np.random.default_rng(1)
    params = random_params(16, 4, 1, rho=1.5, seed=rng)
    x = rng.normal(size=(400, 4))
    exponent = lyapunov_exponents(params, x).exponents[0]
    # Row 0 is log10 ‖∂h_T/∂h_1‖₂, a product of T − 1 factors.
    rate = jacobian_product_norms(params, x)[0] * np.log(10) / 399
    assert exponent == pytest.approx(rate, abs=0.02)


def test_running_mean_ends_at_the_estimate_and_skips_the_burn_in():
    params = random_params(6, 2, 1, seed=0)
    x = np.random.default_rng(0).normal(size=(90, 2))
    result = lyapunov_exponents(params, x, count=2, burn_in=30)
    assert result.running.shape == (60, 2)
    np.testing.assert_array_equal(result.running[-1], result.exponents)


def test_fixed_point_of_one_unit():
    # h = tanh(2h) has a positive solution; there J = 2 (1 − h²).
    params = RNNParams(U=[[0.0]], W=[[2.0]], b=[0.0], V=[[0.0]], c=[0.0])
    h = forward(params, np.zeros((200, 1)), [0.5]).h[-1, 0]
    result = lyapunov_exponents(params, np.zeros((400, 1)), [0.5], burn_in=200)
    assert result.exponents[0] == pytest.approx(np.log(2 * (1 - h**2)), rel=1e-10)


def test_rank_one_jacobians_of_the_nilpotent_network():
    params = nilpotent_chaos()
    x = 0.1 * np.random.default_rng(0).normal(size=(2000, 2))
    z = forward(params, x).z[100:-1]
    slope = 1 / np.cosh(z) ** 2
    exact = np.log(3 * np.abs(slope[:, 0] - slope[:, 1])).mean()
    result = lyapunov_exponents(params, x, burn_in=100)
    assert result.exponents[0] == pytest.approx(exact, abs=0.01)


def test_exponent_of_a_relu_network_without_input_is_log_rho_plus_a_constant():
    sample, h0 = (
        random_params(20, 1, 1, seed=4),
        np.random.default_rng(5).normal(size=20),
    )
    rhos = np.array([0.5, 1.0, 3.0])
    rest = np.zeros((200, 1)), h0
    exponents = lyapunov_map(rhos, [0.0], sample, *rest, "relu", burn_in=50)[:, 0]
    np.testing.assert_allclose(np.diff(exponents - np.log(rhos)), 0, atol=1e-9)


def test_dead_relu_network_has_exponent_minus_infinity():
    params = RNNParams(U=[[1.0]], W=[[0.5]], b=[-1.0], V=[[0.0]], c=[0.0])
    result = lyapunov_exponents(params, np.zeros((5, 1)), activation="relu")
    assert result.exponents[0] == -np.inf


@pytest.mark.parametrize("W", [[[0.3, 0.1], [0.6, 0.2]], [[0, 1], [0, 0]]])
def test_rank_one_matrices_have_one_exponent_minus_infinity(W):
    params = RNNParams(U=np.zeros((2, 1)), W=W, b=[0, 0], V=[[0, 0]], c=[0])
    result = lyapunov_exponents(
        params, np.zeros((50, 1)), activation="identity", count=2
    )
    assert result.exponents[1] == -np.inf
    # The eigenvalues of the first are 0.5 and 0; the second is nilpotent.
    largest = np.log(0.5) if W[0][0] else -np.inf
    assert result.exponents[0] == pytest.approx(largest, abs=0.05)


def test_map_agrees_with_single_networks():
    rng = np.random.default_rng(2)
    params = random_params(12, 3, 1, seed=rng)
    x, h0 = rng.normal(size=(300, 3)), rng.normal(size=12)
    rhos, strengths = [0.7, 1.6], [0.0, 0.5, 2.0]
    table = lyapunov_map(rhos, strengths, params, x, h0, burn_in=50)
    assert table.shape == (2, 3)
    for i, rho in enumerate(rhos):
        for j, strength in enumerate(strengths):
            single = lyapunov_exponents(
                params.replace(W=rho * params.W), strength * x, h0, burn_in=50
            )
            assert table[i, j] == pytest.approx(single.exponents[0], abs=0.02)


def test_exponent_crosses_zero_later_under_strong_input():
    exponents = []
    for seed in range(3):
        rng = np.random.default_rng(seed)
        params = random_params(64, 64, 1, seed=rng)
        x, h0 = rng.normal(size=(600, 64)), rng.normal(size=64)
        args = params, x, h0
        exponents.append(
            [
                *lyapunov_map([0.95, 1.0, 1.1], [0.0], *args, burn_in=200)[:, 0],
                *lyapunov_map([1.4, 1.7, 2.3], [1.0], *args, burn_in=200)[:, 0],
            ]
        )
    mean = np.mean(exponents, axis=0)
    # No input: negative below ρ = 1, zero to within 0.03 just above.
    assert mean[0] == pytest.approx(np.log(0.95), abs=0.01)
    assert mean[1] == pytest.approx(0, abs=0.01)
    assert mean[2] > -0.05
    # Input strength 1: the crossing lies between ρ = 1.7 and 2.3.
    assert mean[3] < -0.2
    assert mean[4] < -0.05
    assert mean[5] > 0.02


def test_mean_field_theory_agrees_with_a_larger_network():
    n = 256
    rng = np.random.default_rng(0)
    params = random_params(n, n, 1, rho=1.5, seed=rng)
    gain = np.linalg.norm(params.W) / np.sqrt(n)
    x = rng.normal(size=(300, n))
    measured = lyapunov_exponents(params, x, burn_in=50).exponents[0]
    assert measured == pytest.approx(mean_field_exponent(gain, 1.0), abs=0.03)


def test_mean_field_without_input_below_the_transition_is_log_gain():
    assert mean_field_exponent(0.8, 0.0) == pytest.approx(np.log(0.8), abs=1e-6)


@pytest.mark.parametrize(
    ("kwargs", "match"),
    [
        ({"count": 0}, "count"),
        ({"count": 4}, "count"),
        ({"burn_in": 10}, "burn_in"),
        ({"activation": "sine"}, "activation"),
        ({"h0": [1.0]}, "h0"),
        ({"seed": "x"}, "seed"),
    ],
)
def test_bad_arguments_are_named(kwargs, match):
    params = random_params(3, 2, 1, seed=0)
    with pytest.raises(ValueError, match=match):
        lyapunov_exponents(params, np.zeros((10, 2)), **kwargs)


def test_bad_arguments_of_the_map_and_of_the_mean_field():
    params = random_params(3, 2, 1, seed=0)
    x = np.zeros((10, 2))
    with pytest.raises(ValueError, match="rhos"):
        lyapunov_map([-1.0], [1.0], params, x)
    with pytest.raises(ValueError, match="strengths"):
        lyapunov_map([1.0], [], params, x)
    with pytest.raises(ValueError, match="gain"):
        mean_field_exponent(0.0, 1.0)
    with pytest.raises(ValueError, match="activation"):
        mean_field_exponent(1.0, 1.0, "relu")
