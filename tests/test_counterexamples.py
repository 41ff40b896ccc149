"""The counterexamples: what the spectral radius of W does and does not decide."""

import numpy as np
import pytest

from rnn_demo.backprop import jacobian
from rnn_demo.bounds import matrix_power_norms
from rnn_demo.counterexamples import (
    nilpotent_chaos,
    nilpotent_matrix,
    saturated_network,
    saturating_drive,
    saturation_threshold,
)
from rnn_demo.explorers.matrix_powers import DIALS, power_norms
from rnn_demo.explorers.saturation import fixed_point_jacobian
from rnn_demo.lyapunov import lyapunov_exponents
from rnn_demo.matrices import random_params, spectral_norm, spectral_radius
from rnn_demo.network import RNNParams, forward
from rnn_demo.norms import gradient_norms, jacobian_product_norms


def one_unit(w, b=0.0):
    return RNNParams(U=[[0.0]], W=[[w]], b=[b], V=[[1.0]], c=[0.0])


def test_nilpotent_matrix_has_spectral_radius_zero():
    W = nilpotent_matrix(2.0)
    np.testing.assert_array_equal(W @ W, np.zeros((2, 2)))
    # The eigenvalues are the roots of λ² − tr(W) λ + det(W), and both are 0.
    assert np.trace(W) == 0
    assert W[0, 0] * W[1, 1] - W[0, 1] * W[1, 0] == 0


def test_gradients_explode_although_the_spectral_radius_is_zero():
    params, h_star = saturated_network(a=2.0, h2=0.9)
    trajectory = forward(params, np.zeros((41, 1)), h_star)
    np.testing.assert_allclose(
        trajectory.h, np.tile(h_star, (41, 1)), rtol=1e-6, atol=1e-6
    )
    J = jacobian(params, trajectory, 1)
    np.testing.assert_allclose(np.sort(np.linalg.eigvals(J)), [0, 1.62], atol=1e-12)
    # With T = 41, row 0 is ∂h_41/∂h_1: forty factors, like ∂h_40/∂h_0.
    norm = 10 ** jacobian_product_norms(params, np.zeros((41, 1)), h_star)[0]
    assert norm == pytest.approx(4.3e8, rel=0.01)
    closed_form = 2 * np.sqrt(2) * np.sqrt(1 + (1 - 0.9**2) ** 2) * 1.62**39
    assert norm == pytest.approx(closed_form, rel=1e-6)


@pytest.mark.parametrize("a", [1.2, 2.0, 3.0])
def test_eigenvalue_crosses_one_where_derived(a):
    threshold = saturation_threshold(a)
    for h2, sign in ((threshold - 1e-6, -1), (threshold + 1e-6, 1)):
        params, h_star = saturated_network(a, h2)
        J = jacobian(params, forward(params, np.zeros((1, 1)), h_star), 1)
        assert np.sign(spectral_radius(J) - 1) == sign
    assert saturation_threshold(2.0) == pytest.approx(1 / np.sqrt(2))


def test_unsaturated_fixed_point_forgets_in_two_steps():
    params, h_star = saturated_network(a=2.0, h2=0.0)
    norms = jacobian_product_norms(params, np.zeros((4, 1)), h_star)
    np.testing.assert_array_equal(norms[:2], -np.inf)


def test_the_explosive_fixed_point_repels():
    params, h_star = saturated_network(a=2.0, h2=0.9)
    start = h_star + np.array([1e-3, -1e-3])
    end = forward(params, np.zeros((200, 1)), start).h[-1]
    assert np.abs(end - h_star).max() > 0.05
    assert (
        lyapunov_exponents(params, np.zeros((400, 1)), start, burn_in=200).exponents[0]
        < 0
    )


@pytest.mark.parametrize("noise", [0.0, 0.1])
def test_nilpotent_network_with_a_positive_exponent_from_every_start(noise):
    params = nilpotent_chaos()
    assert not (params.W @ params.W).any()
    rng = np.random.default_rng(0)
    for _ in range(5):
        x, h0 = noise * rng.normal(size=(1500, 2)), rng.uniform(-1, 1, size=2)
        assert lyapunov_exponents(params, x, h0, burn_in=100).exponents[0] > 0.3


def test_gradients_vanish_at_spectral_radius_1_4_under_strong_input():
    for seed in range(3):
        rng = np.random.default_rng(seed)
        params = random_params(64, 64, 1, rho=1.4, seed=rng)
        x = rng.normal(size=(400, 64))
        assert spectral_radius(params.W) == pytest.approx(1.4)
        exponent = lyapunov_exponents(params, x, burn_in=100).exponents[0]
        assert -0.4 < exponent < -0.15
        assert jacobian_product_norms(params, x[:200])[0] < -10
        norms = gradient_norms(params, x[:200], final_gradient=np.ones(64))
        assert norms[0] - norms[-1] < -10


def test_one_unit_above_one_vanishes_without_any_input():
    params = one_unit(1.4)
    norms = jacobian_product_norms(params, np.zeros((100, 1)), [0.5])
    assert norms[0] < -20
    # At h = 0, exactly, the same network explodes.
    stuck = jacobian_product_norms(params, np.zeros((100, 1)), [0.0])
    assert stuck[0] == pytest.approx(99 * np.log10(1.4))


def test_saturating_drive_beats_any_spectral_radius():
    params = random_params(20, 1, 1, rho=50.0, seed=0)
    params = params.replace(b=saturating_drive(params.W))
    norms = jacobian_product_norms(params, np.zeros((50, 1)))
    assert norms[0] < -49 * np.log10(2)


def test_explorer_of_matrix_powers_shows_a_hundredfold_hump():
    norms, _ = power_norms()
    row = norms[DIALS.tolist().index(3.5)] + np.arange(norms.shape[1]) * np.log10(0.9)
    assert 80 < 10 ** row.max() < 200
    assert row[-1] < -2
    np.testing.assert_allclose(norms[0], 0, atol=1e-12)


@pytest.mark.parametrize("h2", [0.0, 0.4, 0.9])
def test_explorer_of_saturation_uses_the_derived_jacobian(h2):
    J = fixed_point_jacobian(2.0, h2)
    expected = 2 * np.array([[1, -1], [1 - h2**2, h2**2 - 1]])
    np.testing.assert_allclose(J, expected, atol=1e-12)


def test_norm_above_one_is_not_sufficient_for_exploding():
    W = np.array([[0.0, 2.0], [0.0, 0.0]])
    assert spectral_norm(W) == 2
    assert matrix_power_norms(W, 2)[-1] == -np.inf


def test_at_gamma_sigma_equal_to_one_tanh_decays_like_a_power():
    """h_t = tanh(h_{t−1}): ∂h_t/∂h_0 falls like t^{−3/2}, not exponentially."""
    norms = jacobian_product_norms(one_unit(1.0), np.zeros((20001, 1)), [1.0])
    lags = np.array([2000, 20000])
    rng = [norms[0] - norms[lag] for lag in lags]
    # norms[k − 1] is ∂h_T/∂h_k; the difference is ∂h_{lag+1}/∂h_1.
    slope = (rng[1] - rng[0]) / np.log10(lags[1] / lags[0])
    assert slope == pytest.approx(-1.5, abs=0.02)


def test_logistic_units_need_a_norm_above_four_even_to_have_a_chance():
    rng = np.random.default_rng(0)
    params = random_params(16, 4, 1, seed=rng)
    params = params.replace(W=4 * params.W / spectral_norm(params.W))
    norms = jacobian_product_norms(params, rng.normal(size=(50, 4)), None, "logistic")
    assert norms[0] < 0
    # With σ_max = w > 4 and z = 0 at the fixed point h = ½ the product is (w/4)^k.
    unit = one_unit(5.0, b=-2.5)
    grown = jacobian_product_norms(unit, np.zeros((11, 1)), [0.5], "logistic")
    assert grown[0] == pytest.approx(10 * np.log10(5 / 4))
