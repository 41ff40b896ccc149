"""What the pages say about learning, memory and gradients, each with its number.

Every test names the section whose sentence it holds; the numbers that a cell of a
notebook asserts are not repeated here.
"""

import numpy as np
import pytest

from rnn_demo import (
    Adam,
    batch_gradient,
    first_symbol,
    gated,
    gradient_norms,
    learn,
    log_shares,
    matrix_power_norms,
    mean_field_exponent,
    random_matrix,
    random_params,
    spectral_radius,
    surface,
    wall,
)
from rnn_demo.explorers.example import network
from rnn_demo.laboratory import laboratory
from rnn_demo.laboratory.trial import Trial
from rnn_demo.learning import runs
from rnn_demo.learning.training import Batch


def unit(n, seed):
    v = np.random.default_rng(seed).normal(size=n)
    return v / np.linalg.norm(v)


def at_the_end(run, size=400):
    """Return the part of the variance of h_T between the symbols, and their means."""
    batch = next(first_symbol(run.lag, size, seed=run.seed))
    h = batch_gradient(run.after, batch).h[-1]
    symbol = batch.x[0].argmax(axis=1)
    means = np.array([h[symbol == s].mean(axis=0) for s in range(4)])
    within = np.var(h - means[symbol], axis=0).sum()
    return 1 - within / np.var(h, axis=0).sum(), means


def test_growth_of_the_identity_network_swings_for_ever():
    """Section 3: the leading pair is complex, so only the root tends to 1."""
    params, _, last = network()
    W = params.W / spectral_radius(params.W)
    leading = sorted(np.linalg.eigvals(W), key=abs)[-2:]
    assert np.allclose(np.abs(leading), 1)
    assert np.isclose(leading[0], np.conj(leading[1]))
    g, logs = last, []
    for _ in range(6000):
        g = W.T @ g
        logs.append(np.log(np.linalg.norm(g)))
        # Kept at length 1, as rounding would grow with it.
        g /= np.exp(logs[-1])
    steps = np.exp(logs[5000:])
    assert steps.min() == pytest.approx(0.856, abs=1e-3)
    assert steps.max() == pytest.approx(1.168, abs=1e-3)
    ratio = np.exp(np.cumsum(logs))
    assert 0.15 < ratio.min() < ratio.max() < 1.05
    assert ratio[-1] ** (1 / 6000) == pytest.approx(1, abs=1e-3)


def test_a_small_bias_may_slow_vanishing_and_a_large_one_does_not():
    """Section 3, the exercise on a dial of your own."""
    more = {bias: [] for bias in (0.1, 0.5, 1.0)}
    for seed in range(8):
        params = random_params(64, 8, 4, rho=1.4, seed=seed)
        x = np.random.default_rng(100 + seed).normal(size=(100, 8))
        last = unit(64, seed)
        rest = gradient_norms(params, x, final_gradient=last)[0]
        for bias, changes in more.items():
            with_bias = gradient_norms(
                params.replace(b=params.b + bias), x, final_gradient=last
            )
            changes.append(with_bias[0] - rest)
    assert min(more[0.1]) < 0 < max(more[0.1])
    assert max(more[0.5]) < 0
    assert max(more[1.0]) < -1


def test_the_norm_bounds_the_start_and_decides_the_first_step_only():
    """Section 4: equal norms, and already W² differs."""
    shear = np.array([[0.0, 2.0], [0.0, 0.0]])
    for W, second in ((shear, 0.0), (2 * np.eye(2), 4.0)):
        assert np.linalg.norm(W, 2) == 2
        assert np.linalg.norm(W @ W, 2) == second
    W = 0.9 * random_matrix(32, "nonnormal", seed=0, nonnormality=3.5)
    powers = matrix_power_norms(W, 10)
    assert np.all(powers[2:] < np.arange(2, 11) * powers[1])


@pytest.mark.parametrize(("strength", "border"), [(0, 1.0), (1, 1.856)])
def test_border_of_chaos_for_infinitely_many_units(strength, border):
    """Section 5, summary."""
    below, above = (
        mean_field_exponent(border + step, strength) for step in (-5e-3, 5e-3)
    )
    assert below < 0 < above


def test_saturation_needs_an_activation_that_saturates():
    """Section 5, summary: no drive changes the Jacobians of the identity network."""
    params, x, last = network()
    driven = params.replace(b=params.b + 5)
    identity = {"activation": "identity", "final_gradient": last}
    assert np.allclose(
        gradient_norms(params, x, **identity), gradient_norms(driven, x, **identity)
    )


def test_adam_rescales_each_coordinate_while_it_is_not_below_epsilon():
    """Section 6."""
    for g, step in ((1e-6, 0.990), (1e-8, 0.5), (1e-10, 0.0099)):
        first = Adam(1.0).update([g, 1.0, 0.0, 0.0, 0.0])
        assert -first[0] == pytest.approx(step, rel=1e-2)
        assert -first[1] == pytest.approx(1)


def test_a_latched_network_has_a_vanished_gradient_and_a_perfect_memory():
    """Section 6: seed 3 at lag 80 keeps two states apart, and nothing else."""
    run = learn("ρ = 1.2", 80, seed=3)
    assert log_shares(run.after, run)[0] < -20
    known, means = at_the_end(run)
    assert known > 0.95
    near = [np.linalg.norm(means[i] - means[j]) for i, j in ((0, 1), (0, 3), (1, 3))]
    far = [np.linalg.norm(means[2] - means[j]) for j in (0, 1, 3)]
    assert max(near) < 0.1 < 5 < min(far)
    assert 0.4 < run.scores[-1] < 0.7


def test_a_forgetful_network_has_a_vanished_gradient_too():
    """Section 6: seed 0, at the larger step."""
    run = learn("ρ = 1.2", 80, seed=0)
    assert log_shares(run.after, run)[0] < -8
    assert at_the_end(run)[0] < 0.05
    assert run.scores[-1] < 0.35


def test_averaging_over_sequences_brings_the_symbol_out():
    """Section 6: share 1.6 to 2.5 %, and half of the mean gradient."""
    params = random_params(32, 4, 4, rho=0.9, seed=0)
    batch = next(first_symbol(20, 8000, seed=5))
    dz = batch_gradient(params, batch).dz
    sizes = (np.linalg.norm(dz, axis=2) * np.linalg.norm(batch.x, axis=2)).sum(axis=1)
    terms = np.einsum("kbi,kbj->kij", dz, batch.x)
    symbol, noise = np.linalg.norm([terms[0], terms[1:].sum(axis=0)], axis=(1, 2))
    assert sizes[0] / sizes.sum() < 0.05
    assert symbol / (symbol + noise) > 0.3


def test_the_lstm_loses_its_gradient_at_the_entrance_of_a_full_cell():
    """Section 7: with all W = 0 the curve of the explorer still drops at lag 1."""
    rng = np.random.default_rng(0)
    x, last = rng.normal(size=(200, 8)), rng.normal(size=64)
    last /= np.linalg.norm(last)
    lstm = gated.random_gated("lstm", 64, 8, 1, rho=1.0, keep_bias=8.0, seed=1)
    shown = gated.gradient_norms(lstm, x, final_gradient=last)[::-1]
    assert shown[5] < -1.2
    still = lstm.replace(W=0 * lstm.W)
    drop = gated.gradient_norms(still, x, final_gradient=last)[::-1]
    assert drop[1] == pytest.approx(-0.86, abs=0.01)
    assert drop[100] - drop[1] > -0.05
    cell = np.abs(gated.forward(lstm, x).state[-1, :64])
    assert np.median(cell) == pytest.approx(12.5, abs=0.1)


def test_state_gradients_stay_and_parameter_gradients_grow():
    """Section 7: W orthogonal, the identity; ∂(v·h_T)/∂W grows like T^1.5."""
    n, found = 32, {}
    W = random_matrix(n, "orthogonal", seed=0)
    v = unit(n, seed=1)
    for steps in (10, 100, 1000):
        x = np.random.default_rng(steps).normal(size=(steps, n))
        h = [np.zeros(n)]
        for x_t in x:
            h.append(W @ h[-1] + x_t)
        g, by_W = v, np.zeros((n, n))
        for before in h[-2::-1]:
            by_W += np.outer(g, before)
            g = W.T @ g
        assert np.linalg.norm(g) == pytest.approx(1)
        found[steps] = np.linalg.norm(by_W)
        # The mean square over white input: the terms k and k + m share k - 1 inputs,
        # which m steps of W have turned against each other, as they have turned v.
        power, square = np.eye(n), n * steps * (steps - 1) / 2
        for m in range(1, steps):
            power = power @ W
            pairs = (steps - m) * (steps - m - 1)
            square += pairs * (v @ power @ v) * np.trace(power)
        assert 0.5 < found[steps] / np.sqrt(square) < 2
    assert np.sqrt(square) == pytest.approx(1000**1.5 / np.sqrt(3), rel=0.01)
    assert found[10] < found[100] / 5 < found[1000] / 25


@pytest.mark.parametrize(("decay", "rms"), [(0.9, 14.4), (0.99, 501)])
def test_derivative_by_the_decay_of_a_linear_unit(decay, rms):
    """Section 7: for h_t = λ h_{t-1} + x_t with white x, as in the table."""
    formula = np.sqrt((1 + decay**2) / (1 - decay**2) ** 3)
    assert formula == pytest.approx(rms, rel=0.3)
    # ∂h_t/∂λ = Σ_j j λ^{j-1} x_{t-j}.
    j = np.arange(1, 20_000)
    assert np.linalg.norm(j * decay ** (j - 1.0)) == pytest.approx(formula)


def test_a_residual_layer_may_lose_everything():
    """Section 7: F = −x has ‖F′‖ = 1, and I + F′ = 0."""
    assert np.linalg.norm(np.eye(3) + -np.eye(3), 2) == 0
    F = 0.9 * random_matrix(8, "orthogonal", seed=0)
    assert np.linalg.svd(np.eye(8) + F, compute_uv=False).min() >= 0.1 - 1e-12


def test_the_shift_grows_by_half_at_first_only():
    """Section 8: a row of units that pass on 1.5 times their state."""
    shift = np.diag(np.full(19, 1.5), k=1)
    measured = laboratory(W=shift, activation="identity", steps=40).measurement
    log_norms = measured.log_norms[::-1]
    factors = 10 ** np.diff(log_norms[:20])
    assert np.all(np.abs(factors[:5] - 1.5) < 0.03)
    assert factors[15:19].round(2).tolist() == [1.13, 1.35, 0.89, 1.2]
    assert np.all(np.isneginf(log_norms[20:]))


@pytest.mark.parametrize("seed", range(5))
def test_scaling_the_units_is_below_both_bounds(seed):
    """Section 5: the scaling of the proof attains ρ(|W|)."""
    W = np.random.default_rng(seed).normal(size=(12, 12))
    right, left = (np.linalg.eig(A) for A in (np.abs(W), np.abs(W).T))
    u, v = (
        np.abs(vectors[:, values.real.argmax()].real)
        for values, vectors in (right, left)
    )
    D = np.sqrt(u / v)
    rho = spectral_radius(np.abs(W))
    assert np.linalg.norm(np.abs(W) * D / D[:, None], 2) == pytest.approx(rho)
    assert np.linalg.norm(W * D / D[:, None], 2) <= rho * (1 + 1e-12)


@pytest.mark.parametrize("decay", [0.99, 0.9999])
def test_normalized_exponential_parametrization_bounds_the_derivative(decay):
    """Section 7: the root mean square by ν tends to one half."""
    j = np.arange(300_000)
    scale = np.sqrt(1 - decay**2)

    def weights(nu):
        kept = np.exp(-np.exp(nu))
        return np.sqrt(1 - kept**2) * kept**j

    nu, step = np.log(-np.log(decay)), 1e-5
    by_nu = (weights(nu + step) - weights(nu - step)) / (2 * step)
    assert np.linalg.norm(weights(nu)) == pytest.approx(1)
    assert weights(nu)[0] == pytest.approx(scale)
    assert np.linalg.norm(by_nu) == pytest.approx(0.5, abs=1e-3)


def test_products_of_diagonals_have_the_norm_of_their_largest_entry():
    """Section 7, selective state spaces."""
    a = np.random.default_rng(0).uniform(-1, 1, size=(7, 5))
    product = np.linalg.multi_dot([np.diag(row) for row in a])
    largest = np.abs(a.prod(axis=0)).max()
    assert np.linalg.norm(product, 2) == pytest.approx(largest)
    assert largest <= 1


@pytest.mark.parametrize(("rho", "right"), [(1.4, 20), (2.2, 11)])
def test_five_steps_tell_the_sign_of_the_exponent_unless_it_is_near_zero(rho, right):
    """Section 8: of the first twenty seeds."""
    running = [Trial(rho=rho, seed=seed).run().running for seed in range(20)]
    assert sum(r[4] * r[-1] > 0 for r in running) == right


def early_marks(steps, size, *, seed):
    """Yield batches of the adding problem with both marks in the first half."""
    rng, half, every = np.random.default_rng(seed), steps // 2, np.arange(size)
    while True:
        x = np.zeros((steps, size, 2))
        x[:, :, 0] = rng.uniform(size=(steps, size))
        first = rng.integers(half, size=size)
        second = (first + 1 + rng.integers(half - 1, size=size)) % half
        x[first, every, 1] = x[second, every, 1] = 1
        target = np.zeros((steps, size, 1))
        target[-1, :, 0] = (x[:, :, 0] * x[:, :, 1]).sum(axis=0) / 2
        yield Batch(x, target, np.eye(steps)[-1])


def test_the_adding_problem_is_learned_by_its_short_lags(monkeypatch):
    """Section 6: without them no seed beats the best constant."""
    task = runs.TASKS["adding"]._replace(batches=early_marks)
    monkeypatch.setitem(runs.TASKS, "early", task)
    for name, best in (("adding", 0.8), ("early", 0.05)):
        scores = [
            learn("ρ = 0.5", 18, seed, name, updates=600, learning_rate=1e-2).scores[-1]
            for seed in range(3)
        ]
        assert (max(scores) > best) == (name == "adding")


def test_a_shorter_step_helps_one_seed_only():
    """Section 6: ρ = 1.2 at lag 80, with the scores at the longer step."""
    for seed, longer in ((1, 1.0), (2, 0.27), (3, 0.56)):
        score = learn("ρ = 1.2", 80, seed, learning_rate=1e-3).scores[-1]
        assert score < longer - 0.03


def test_averaging_has_a_limit():
    """Section 6: at ρ = 0.5 the other summands have means of their own."""
    before = learn("ρ = 0.5", 20, 0, updates=1).before
    terms, parts = 0, []
    for count, batch in zip(range(50), first_symbol(20, 2000, seed=7), strict=False):
        dz = batch_gradient(before, batch).dz
        terms = terms + np.einsum("kbi,kbj->kij", dz, batch.x)
        if count in (9, 49):
            symbol, rest = np.linalg.norm(
                [terms[0], terms[1:].sum(axis=0)], axis=(1, 2)
            )
            parts.append(symbol / (symbol + rest))
    # Still growing like the root of the number it would be 2.2 times as large.
    assert parts[1] < 1.3 * parts[0]
    assert parts[1] == pytest.approx(6.5e-5, rel=0.1)


def test_a_norm_after_the_sum_halves_the_square_of_the_direct_path():
    """Section 7: x + F with equal and independent parts, twelve times."""

    def norm(x):
        return (x - x.mean()) / x.std()

    rng = np.random.default_rng(0)
    x, carried = norm(rng.normal(size=512)), norm(rng.normal(size=512))
    for _ in range(12):
        branch = norm(rng.normal(size=512))
        up, down = (norm(x + s * carried + branch) for s in (1e-6, -1e-6))
        x, carried = (up + down) / 2, (up - down) / 2e-6
    assert np.linalg.norm(carried) / np.sqrt(512) == pytest.approx(1 / 64, rel=0.1)


def test_the_wall_leaves_the_line_where_two_fixed_points_meet():
    """Section 6: w = 1.2, where μ = 0.9 on the line."""
    w = np.array([1.2])
    on_line = np.hypot(*(g[0] for g in surface(w, wall(w))[1:]))
    assert on_line == pytest.approx(0.44, abs=0.01)
    b = np.linspace(-0.3, 0.1, 40_001)
    slopes = np.hypot(*surface(np.full_like(b, 1.2), b)[1:])
    assert slopes.max() == pytest.approx(149, abs=1)
    # Just below the fold, where the slope of the map at its fixed point is 1.
    h = np.sqrt(1 - 1 / 1.2)
    assert 0 < np.arctanh(h) - 1.2 * h - b[slopes.argmax()] < 0.01


def test_a_logistic_network_without_its_mean_is_a_tanh_network():
    """Section 5: the bias -W/2 in every unit; a quarter of W, and half of U."""
    params = random_params(16, 1, 1, rho=8.0, seed=0)
    h0, x = np.full(16, 0.1), np.random.default_rng(0).normal(size=(20, 1))
    logistic = params.replace(b=-params.W.sum(axis=1) / 2)
    options = {"final_gradient": unit(16, seed=0)}
    shown = gradient_norms(
        logistic, x, h0=(1 + h0) / 2, activation="logistic", **options
    )
    as_tanh = params.replace(W=params.W / 4, U=params.U / 2)
    assert np.allclose(shown, gradient_norms(as_tanh, x, h0=h0, **options))
