"""Every inequality of the chapter on bounds, over random matrices and activations."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnn_demo.backprop import jacobian_product
from rnn_demo.bounds import kreiss_constant, matrix_power_norms, product_bounds
from rnn_demo.counterexamples import (
    bias_for_fixed_point,
    saturating_drive,
    saturation_threshold,
)
from rnn_demo.matrices import (
    FAMILIES,
    random_matrix,
    random_params,
    spectral_norm,
    spectral_radius,
)
from rnn_demo.network import ACTIVATIONS, forward
from rnn_demo.norms import gradient_norms, jacobian_product_norms

SLACK = 1e-8
seeds = st.integers(0, 10**6)
activations = st.sampled_from(sorted(ACTIVATIONS))
families = st.sampled_from(FAMILIES)
sizes = st.integers(1, 7)


def network(seed, n, family, rho, strength=1.0, steps=12):
    rng = np.random.default_rng(seed)
    params = random_params(n, 3, 2, rho=rho, family=family, seed=rng)
    params = params.replace(b=rng.normal(size=n))
    return params, strength * rng.normal(size=(steps, 3)), rng.normal(size=n)


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_gamma_is_the_supremum_of_the_slope(name):
    activation = ACTIVATIONS[name]
    slope = np.abs(activation.derivative(np.linspace(-30, 30, 60001)))
    assert slope.max() == pytest.approx(activation.gamma, abs=1e-12)


@settings(max_examples=80, deadline=None)
@given(seeds, sizes, families, st.floats(0.05, 3), st.floats(0, 3), activations)
def test_product_norms_lie_between_the_bounds(
    seed, n, family, rho, strength, activation
):
    params, x, h0 = network(seed, n, family, rho, strength)
    norms = jacobian_product_norms(params, x, h0, activation)
    lower, along, upper = product_bounds(params, x, h0, activation)
    assert (lower <= norms + SLACK).all()
    assert (norms <= along + SLACK).all()
    assert (along <= upper + SLACK).all()
    assert lower[-1] == along[-1] == upper[-1] == 0


@settings(max_examples=60, deadline=None)
@given(seeds, sizes, families, st.floats(0.05, 3), activations)
def test_upper_and_lower_bound_of_the_theorem(seed, n, family, rho, activation):
    """(δ σ_min)^lag ≤ ‖∂h_T/∂h_k‖₂ ≤ (γ σ_max)^lag, δ over the visited states."""
    params, x, h0 = network(seed, n, family, rho)
    lag = np.arange(len(x))[::-1]
    norms = jacobian_product_norms(params, x, h0, activation)
    phi = ACTIVATIONS[activation]
    sigma = np.linalg.svd(params.W, compute_uv=False)
    delta = np.abs(phi.derivative(forward(params, x, h0, activation).z)).min()
    assert (norms <= lag * np.log10(phi.gamma * sigma[0]) + SLACK).all()
    if delta * sigma[-1] > 0:
        assert (norms >= lag * np.log10(delta * sigma[-1]) - SLACK).all()


@settings(max_examples=40, deadline=None)
@given(seeds, sizes, families, st.floats(0.05, 3), activations)
def test_gradient_of_the_loss_obeys_the_same_bounds(seed, n, family, rho, activation):
    params, x, h0 = network(seed, n, family, rho)
    v = np.random.default_rng(seed).normal(size=n)
    norms = gradient_norms(params, x, None, h0, activation, final_gradient=v)
    norms -= np.log10(np.linalg.norm(v))
    lower, along, _ = product_bounds(params, x, h0, activation)
    assert (lower <= norms + SLACK).all()
    assert (norms <= along + SLACK).all()


@settings(max_examples=60, deadline=None)
@given(seeds, sizes, families, st.floats(0.05, 3))
def test_powers_lie_between_spectral_radius_and_largest_singular_value(
    seed, n, family, rho
):
    W = rho * random_matrix(n, family, seed=seed)
    k = np.arange(31)
    norms = matrix_power_norms(W, 30)
    assert (norms >= k * np.log10(spectral_radius(W)) - 1e-6).all()
    assert (norms <= k * np.log10(spectral_norm(W)) + SLACK).all()
    assert norms[4] == pytest.approx(
        np.log10(np.linalg.norm(np.linalg.matrix_power(W, 4), 2)), abs=1e-9
    )


@settings(max_examples=30, deadline=None)
@given(seeds, sizes, st.sampled_from(["orthogonal", "symmetric"]), st.floats(0.05, 3))
def test_powers_of_normal_matrices_are_exact(seed, n, family, rho):
    W = rho * random_matrix(n, family, seed=seed)
    expected = np.arange(31) * np.log10(spectral_radius(W))
    np.testing.assert_allclose(matrix_power_norms(W, 30), expected, atol=1e-8)


def test_equal_radius_and_norm_do_not_need_a_normal_matrix():
    W = np.array([[1.0, 0, 0], [0, 0, 0.5], [0, 0, 0]])
    assert not np.array_equal(W @ W.T, W.T @ W)
    np.testing.assert_allclose(matrix_power_norms(W, 20), 0, atol=1e-12)


@settings(max_examples=20, deadline=None)
@given(seeds, st.integers(2, 7), families, st.floats(0.3, 2))
def test_gelfand_formula(seed, n, family, rho):
    W = rho * random_matrix(n, family, seed=seed)
    rate = 10 ** (matrix_power_norms(W, 4000)[-1] / 4000)
    assert rate == pytest.approx(spectral_radius(W), rel=0.01)


def test_powers_do_not_overflow_and_nilpotent_powers_are_exactly_zero():
    norms = matrix_power_norms(10 * np.eye(2), 1000)
    np.testing.assert_allclose(norms, np.arange(1001), rtol=1e-12)
    nilpotent = matrix_power_norms([[0.0, 2.0], [0.0, 0.0]], 3)
    np.testing.assert_array_equal(nilpotent, [0, np.log10(2), -np.inf, -np.inf])
    np.testing.assert_array_equal(matrix_power_norms(np.zeros((2, 2)), 1), [0, -np.inf])


@settings(max_examples=15, deadline=None)
@given(seeds, st.integers(1, 6), families, st.floats(0.1, 0.95), st.floats(0, 4))
def test_kreiss_matrix_theorem(seed, n, family, rho, dial):
    W = rho * random_matrix(n, family, seed=seed, nonnormality=dial)
    constant = kreiss_constant(W).value
    peak = 10 ** matrix_power_norms(W, 300).max()
    # The estimate is a lower bound on K(W); that makes the second line the harder.
    assert 1 <= constant <= peak * (1 + 1e-9)
    assert peak <= np.e * n * constant * 1.05


def test_kreiss_constant_of_a_jordan_block_by_brute_force():
    W = np.array([[0.9, 1.0], [0.0, 0.9]])
    # For this matrix the best z is real.
    z = 1 + np.logspace(-4, 2, 20001)
    values = [
        (t - 1) / np.linalg.svd(t * np.eye(2) - W, compute_uv=False)[-1] for t in z
    ]
    estimate = kreiss_constant(W)
    assert estimate.value == pytest.approx(max(values), rel=1e-4)
    assert estimate.z.imag == pytest.approx(0, abs=1e-3)
    with pytest.raises(ValueError, match="spectral radius below 1"):
        kreiss_constant(np.eye(2))


@settings(max_examples=30, deadline=None)
@given(seeds, sizes, families, st.floats(0.1, 10))
def test_every_matrix_has_an_input_that_makes_tanh_gradients_vanish(
    seed, n, family, rho
):
    params, x, h0 = network(seed, n, family, rho, strength=0.0)
    params = params.replace(b=saturating_drive(params.W))
    norms = jacobian_product_norms(params, x, np.tanh(h0))
    lag = np.arange(len(x))[::-1]
    assert (norms <= -lag * np.log10(2) + SLACK).all()


@settings(max_examples=40, deadline=None)
@given(seeds, sizes, families, st.floats(0.05, 2), activations)
def test_products_are_bounded_entry_by_entry_by_powers_of_absolute_values(
    seed, n, family, rho, activation
):
    """|∂h_t/∂h_k| ≤ γ^{t−k} |W|^{t−k}, so γ ρ(|W|) < 1 suffices for vanishing."""
    params, x, h0 = network(seed, n, family, rho, steps=8)
    trajectory = forward(params, x, h0, activation)
    gamma = ACTIVATIONS[activation].gamma
    for k in range(9):
        product = jacobian_product(params, trajectory, 8, k, activation)
        bound = np.linalg.matrix_power(gamma * np.abs(params.W), 8 - k)
        assert (np.abs(product) <= bound * (1 + 1e-9) + 1e-300).all()


@pytest.mark.parametrize(("size", "power"), [(1, 0), (2, 1), (3, 2)])
def test_at_spectral_radius_one_powers_grow_like_the_largest_jordan_block(size, power):
    """‖W^m‖₂ ~ m^{s−1} for a block of size s with |λ| = 1, and not exponentially."""
    block = np.eye(size) + np.eye(size, k=1)
    rng = np.random.default_rng(0)
    basis = random_matrix(size + 2, "orthogonal", seed=rng)
    W = np.zeros((size + 2, size + 2))
    W[:size, :size], W[-1, -1] = block, 0.5
    norms = matrix_power_norms(basis @ W @ basis.T, 4000)
    slope = (norms[4000] - norms[400]) / np.log10(10)
    assert slope == pytest.approx(power, abs=0.01)


@settings(max_examples=40, deadline=None)
@given(seeds, sizes, st.floats(0.1, 3), st.floats(0, 2), activations)
def test_a_positive_diagonal_change_of_norm_keeps_the_upper_bound(
    seed, n, rho, spread, activation
):
    """‖D⁻¹ ∂h_t/∂h_k D‖₂ ≤ (γ σ_max(D⁻¹ W D))^{t−k}, for a diagonal D > 0."""
    params, x, h0 = network(seed, n, "gaussian", rho, steps=6)
    d = np.exp(spread * np.random.default_rng(seed).normal(size=n))
    product = jacobian_product(
        params, forward(params, x, h0, activation), 6, 0, activation
    )
    gamma = ACTIVATIONS[activation].gamma
    bound = (gamma * spectral_norm(params.W * d / d[:, None])) ** 6
    assert spectral_norm(product * d / d[:, None]) <= bound * (1 + 1e-9)


@settings(max_examples=40, deadline=None)
@given(seeds, sizes, st.floats(0, 0.99), st.integers(1, 20))
def test_a_moved_orthogonal_matrix_keeps_lengths_for_a_while(seed, n, size, lag):
    """(1 − ε)^{t−k} ‖v‖ ≤ ‖(W + E)^{t−k} v‖ ≤ (1 + ε)^{t−k} ‖v‖ with ‖E‖₂ = ε."""
    rng = np.random.default_rng(seed)
    E = rng.normal(size=(n, n))
    moved = random_matrix(n, "orthogonal", seed=rng) + size * E / spectral_norm(E)
    v = rng.normal(size=n)
    length = np.linalg.norm(np.linalg.matrix_power(moved, lag) @ v) / np.linalg.norm(v)
    assert (1 - size) ** lag - 1e-9 <= length <= (1 + size) ** lag + 1e-9


def test_irnn_passes_gradients_through_units_that_stay_active():
    """With W = I and ReLU the product is diagonal: 1 where active throughout."""
    params, x, h0 = network(0, 30, "orthogonal", 1.0, strength=0.2, steps=15)
    params = params.replace(W=np.eye(30), b=np.zeros(30))
    trajectory = forward(params, x, h0, "relu")
    active = (trajectory.z[4:] > 0).all(axis=0)
    assert 0 < active.sum() < 30
    np.testing.assert_array_equal(
        jacobian_product(params, trajectory, 15, 4, "relu"),
        np.diag(active.astype(float)),
    )


@settings(max_examples=30, deadline=None)
@given(seeds, sizes, st.floats(0.1, 3))
def test_bias_for_fixed_point(seed, n, rho):
    rng = np.random.default_rng(seed)
    W = rho * random_matrix(n, "gaussian", seed=rng)
    h = rng.uniform(-0.99, 0.99, size=n)
    np.testing.assert_allclose(
        np.tanh(W @ h + bias_for_fixed_point(W, h)), h, atol=1e-12
    )


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match="h must"):
        bias_for_fixed_point(np.eye(2), [0.0, 1.0])
    with pytest.raises(ValueError, match="a must"):
        saturation_threshold(1.0)
    with pytest.raises(ValueError, match="steps"):
        matrix_power_norms(np.eye(2), -1)
    with pytest.raises(ValueError, match="W must be square"):
        matrix_power_norms(np.ones((2, 3)), 1)
    params, x, h0 = network(0, 3, "gaussian", 1.0)
    with pytest.raises(ValueError, match="x must"):
        product_bounds(params, x[:, :2], h0)
