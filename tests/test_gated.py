"""Gated networks against JAX, central differences, and each other."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnn_demo import norms
from rnn_demo.explorers import gates
from rnn_demo.gated import (
    CELLS,
    LeakyParams,
    LSTMParams,
    bptt,
    forward,
    gradient_norms,
    keep_bias_sweep,
    loss,
    path_terms,
    random_gated,
    step_jacobians,
    with_keep_bias,
)
from rnn_demo.matrices import random_params

NAMES = tuple(CELLS)


def problem(cell, n=5, m=3, p=2, steps=12, seed=0, rho=1.2):
    rng = np.random.default_rng(seed)
    params = random_gated(cell, n, m, p, rho=rho, keep_bias=0.7, seed=rng)
    noise = {name: rng.normal(size=getattr(params, name).shape) for name in ("b", "c")}
    if cell == "leaky":
        noise["a"] = rng.normal(size=n)
    params = params.replace(**noise)
    x, target = rng.normal(size=(steps, m)), rng.uniform(size=(steps, p))
    return params, x, target, rng.normal(size=params.size)


def parameter_names(params):
    leak = ("a",) if isinstance(params, LeakyParams) else ()
    return ("U", "W", "b", "V", "c", *leak)


# Written in jax.numpy from the papers' equations, gate by gate; shares nothing with
# the package.


def jax_step(cell):
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    import jax.numpy as jnp

    def sig(v):
        return 1 / (1 + jnp.exp(-v))

    def lstm(q, x_t, s):
        n = s.shape[0] // 2
        c, h = s[:n], s[n:]
        forget = sig(q["U"][0] @ x_t + q["W"][0] @ h + q["b"][0])
        enter = sig(q["U"][1] @ x_t + q["W"][1] @ h + q["b"][1])
        leave = sig(q["U"][2] @ x_t + q["W"][2] @ h + q["b"][2])
        cand = jnp.tanh(q["U"][3] @ x_t + q["W"][3] @ h + q["b"][3])
        c = forget * c + enter * cand
        h = leave * jnp.tanh(c)
        return jnp.concatenate([c, h]), h

    def gru(q, x_t, h):
        update = sig(q["U"][0] @ x_t + q["W"][0] @ h + q["b"][0])
        reset = sig(q["U"][1] @ x_t + q["W"][1] @ h + q["b"][1])
        cand = jnp.tanh(q["U"][2] @ x_t + q["W"][2] @ (reset * h) + q["b"][2])
        h = update * h + (1 - update) * cand
        return h, h

    def leaky(q, x_t, h):
        alpha = sig(q["a"])
        new = jnp.tanh(q["U"][0] @ x_t + q["W"][0] @ h + q["b"][0])
        h = alpha * h + (1 - alpha) * new
        return h, h

    return jax, {"lstm": lstm, "gru": gru, "leaky": leaky}[cell]


def jax_loss(cell):
    jax, step = jax_step(cell)

    def total(q, target, only=None):
        s, out = q["state0"], 0.0
        for t in range(q["x"].shape[0]):
            s, h = step(q, q["x"][t], s)
            if only is None or t == only - 1:
                y = 1 / (1 + jax.numpy.exp(-(q["V"] @ h + q["c"])))
                out += 0.5 * jax.numpy.sum((y - target[t]) ** 2)
        return out

    return jax, total


@pytest.mark.parametrize("t", [None, 7])
@pytest.mark.parametrize("cell", NAMES)
def test_gradients_agree_with_jax(cell, t):
    jax, total = jax_loss(cell)
    params, x, target, state0 = problem(cell)
    values = {name: getattr(params, name) for name in parameter_names(params)}
    values |= {"x": x, "state0": state0}
    expected = jax.grad(lambda q: total(q, target, t))(values)
    gradients = bptt(params, x, target, state0, t)
    per_step = loss(params, x, target, state0).per_step
    ours = per_step.sum() if t is None else per_step[t - 1]
    assert ours == pytest.approx(float(total(values, target, t)), rel=1e-13)
    assert set(gradients) == set(expected) | {"state"}
    for name, value in expected.items():
        value = np.asarray(value)
        assert gradients[name].shape == value.shape
        error = np.abs(gradients[name] - value).max() / np.abs(value).max()
        assert error < 1e-10, name


@pytest.mark.parametrize("cell", NAMES)
def test_gradients_agree_with_central_differences(cell):
    params, x, target, state0 = problem(cell, n=3, m=2, p=2, steps=8, seed=4)
    gradients = bptt(params, x, target, state0)

    def shifted(name, index, step):
        if name in ("x", "state0"):
            moved = {"x": x, "state0": state0}
            moved[name] = moved[name].copy()
            moved[name][index] += step
            return loss(params, moved["x"], target, moved["state0"]).total
        array = getattr(params, name).copy()
        array[index] += step
        return loss(params.replace(**{name: array}), x, target, state0).total

    for name in (*parameter_names(params), "x", "state0"):
        analytic = gradients[name]
        numeric = np.empty_like(analytic)
        for index in np.ndindex(analytic.shape):
            plus, minus = shifted(name, index, 1e-5), shifted(name, index, -1e-5)
            numeric[index] = (plus - minus) / 2e-5
        scale = np.abs(analytic).max()
        np.testing.assert_allclose(numeric / scale, analytic / scale, atol=1e-8)


@pytest.mark.parametrize("rho", [0.0, 1.2, 3.0])
@pytest.mark.parametrize("cell", NAMES)
def test_jacobians_agree_with_jax(cell, rho):
    jax, step = jax_step(cell)
    params, x, _, state0 = problem(cell, seed=2, rho=rho)
    values = {name: getattr(params, name) for name in parameter_names(params)}
    before = [state0, *forward(params, x, state0).state[:-1]]
    expected = [
        jax.jacobian(lambda s, x_t=x_t: step(values, x_t, s)[0])(s)
        for x_t, s in zip(x, before, strict=True)
    ]
    got = step_jacobians(params, x, state0)
    np.testing.assert_allclose(got, expected, rtol=1e-11, atol=1e-14)


@settings(max_examples=30, deadline=None)
@given(
    cell=st.sampled_from(NAMES),
    n=st.integers(1, 6),
    seed=st.integers(0, 10**6),
    rho=st.floats(0, 3),
)
def test_jacobians_are_those_of_the_backward_pass(cell, n, seed, rho):
    params, x, target, state0 = problem(cell, n=n, seed=seed, rho=rho)
    jacobians = step_jacobians(params, x, state0)
    states = bptt(params, x, target, state0, t=len(x))["state"]
    for k in range(len(x) - 1, 0, -1):
        carried = jacobians[k].T @ states[k]
        size = np.abs(states[k]).max()
        np.testing.assert_allclose(
            carried, states[k - 1], rtol=1e-10, atol=1e-13 * size
        )


@pytest.mark.parametrize("cell", NAMES)
def test_jacobian_of_a_step_agrees_with_differences(cell):
    params, x, _, state0 = problem(cell, steps=1)
    numeric = np.empty((params.size, params.size))
    for j in range(params.size):
        e = np.zeros(params.size)
        e[j] = 1e-6
        up, down = (forward(params, x, s).state[0] for s in (state0 + e, state0 - e))
        numeric[:, j] = (up - down) / 2e-6
    np.testing.assert_allclose(step_jacobians(params, x, state0)[0], numeric, atol=1e-9)


def test_first_block_of_the_lstm_jacobian_is_the_forget_gate():
    params, x, _, state0 = problem("lstm")
    n, gates = params.n, forward(params, x, state0).gates
    for J, f in zip(step_jacobians(params, x, state0), gates["f"], strict=True):
        np.testing.assert_array_equal(J[:n, :n], np.diag(f))


@pytest.mark.parametrize("t", [2, 3, 12])
def test_lstm_path_terms_add_up_to_the_derivative_with_the_output_gate_fixed(t):
    params, x, _, state0 = problem("lstm")
    n, run = params.n, forward(params, x, state0)
    c, o = run.state[t - 2, :n], run.gates["o"][t - 2]

    def cell(c_before):
        state = np.concatenate([c_before, o * np.tanh(c_before)])
        return forward(params, x[t - 1 : t], state).state[0, :n]

    numeric = np.column_stack(
        [(cell(c + 1e-6 * e) - cell(c - 1e-6 * e)) / 2e-6 for e in np.eye(n)]
    )
    total = sum(path_terms(params, x, t, state0).values())
    np.testing.assert_allclose(total, numeric, atol=1e-9)


def test_gru_path_terms_add_up_to_the_jacobian():
    params, x, _, state0 = problem("gru")
    terms = path_terms(params, x, 4, state0)
    assert set(terms) == {"keep", "u", "g", "r"}
    expected = step_jacobians(params, x, state0)[3]
    np.testing.assert_allclose(sum(terms.values()), expected, atol=1e-14)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), a=st.floats(-4, 8), rho=st.floats(0.1, 3))
def test_bounds_of_the_leaky_jacobian(seed, a, rho):
    rng = np.random.default_rng(seed)
    params = random_gated("leaky", 6, 2, 1, rho=rho, keep_bias=a, seed=rng)
    alpha, top = 1 / (1 + np.exp(-a)), np.linalg.norm(params.W[0], 2)
    for J in step_jacobians(params, rng.normal(size=(5, 2))):
        values = np.linalg.svd(J, compute_uv=False)
        assert values[0] <= (alpha + (1 - alpha) * top) * (1 + 1e-12)
        assert values[-1] >= alpha - (1 - alpha) * top - 1e-12


@pytest.mark.parametrize("cell", NAMES)
def test_norms_are_those_of_the_gradients(cell):
    params, x, target, state0 = problem(cell)
    expected = np.linalg.norm(bptt(params, x, target, state0, t=12)["state"], axis=1)
    got = gradient_norms(params, x, target, state0)
    np.testing.assert_allclose(got, np.log10(expected), rtol=1e-10)


@pytest.mark.parametrize("cell", NAMES)
def test_sweep_is_the_single_computation_repeated(cell):
    params, x, _, state0 = problem(cell)
    last = np.linspace(-1, 1, params.n)
    biases = [-3.0, 0.0, 5.0]
    rows = keep_bias_sweep(biases, params, x, state0=state0, final_gradient=last)
    for bias, row in zip(biases, rows, strict=True):
        one = with_keep_bias(params, bias)
        single = gradient_norms(one, x, state0=state0, final_gradient=last)
        np.testing.assert_allclose(row, single, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize(("bias", "below"), [(-40.0, True), (0.0, False)])
def test_norms_leave_the_float_range_without_harm(bias, below):
    # Without recurrent weights and input the LSTM's cell path is all there is.
    params = random_gated("lstm", 4, 2, 1, rho=0.0, keep_bias=bias, seed=0)
    x = np.zeros((3000, 2))
    last = np.ones(4)
    curve = gradient_norms(params, x, final_gradient=last)
    log_keep = -np.log10(1 + np.exp(-bias))
    slopes = np.diff(curve[:-2])
    np.testing.assert_allclose(slopes, -log_keep, rtol=1e-9)
    assert (curve[0] < -30000) == below
    assert np.isfinite(curve).all()


def test_exact_zero_gives_minus_infinity():
    params = random_gated("gru", 4, 2, 1, seed=0)
    curve = gradient_norms(params, np.ones((5, 2)), final_gradient=np.zeros(4))
    assert (curve == -np.inf).all()


def test_leaky_network_without_memory_is_the_plain_one():
    leaky = random_gated("leaky", 6, 3, 2, rho=1.1, keep_bias=-745.0, seed=7)
    plain = random_params(6, 3, 2, rho=1.1, seed=7)
    x = np.random.default_rng(0).normal(size=(30, 3))
    np.testing.assert_allclose(
        gradient_norms(leaky, x), norms.gradient_norms(plain, x), rtol=1e-9
    )


def test_jacobian_of_the_other_gru():
    """The GRU that resets W_g h + b_g: its reset gate scales rows, not columns."""
    rng = np.random.default_rng(0)
    n = 5
    W = {gate: rng.normal(size=(n, n)) / 2 for gate in "urg"}
    fixed = {gate: rng.normal(size=n) for gate in "urg"}  # U x + b, for g without b_g
    b_g, h = rng.normal(size=(2, n))

    def logistic(z):
        return 1 / (1 + np.exp(-z))

    def gates(h):
        u, r = (logistic(W[gate] @ h + fixed[gate]) for gate in "ur")
        return u, r, np.tanh(fixed["g"] + r * (W["g"] @ h + b_g))

    def step(h):
        u, _, g = gates(h)
        return u * h + (1 - u) * g

    u, r, g = gates(h)
    D = (1 - u) * (1 - g**2)
    formula = (
        np.diag(u)
        + ((h - g) * u * (1 - u))[:, None] * W["u"]
        + (D * r)[:, None] * W["g"]
        + (D * (W["g"] @ h + b_g) * r * (1 - r))[:, None] * W["r"]
    )
    numeric = np.array(
        [(step(h + 1e-6 * e) - step(h - 1e-6 * e)) / 2e-6 for e in np.eye(n)]
    ).T
    np.testing.assert_allclose(formula, numeric, atol=1e-9)


@pytest.mark.parametrize("cell", ["gru", "leaky"])
def test_a_shut_update_carries_the_gradient_unchanged(cell):
    params = random_gated(cell, 6, 3, 2, keep_bias=40.0, seed=1)
    x = np.random.default_rng(0).normal(size=(50, 3))
    curve = gradient_norms(params, x, final_gradient=np.eye(6)[0])
    np.testing.assert_allclose(curve, 0, atol=1e-12)


@pytest.fixture(scope="module")
def grid():
    return gates.grid_norms()


def cell_of(bias, rho):
    return list(gates.BIASES).index(bias), list(gates.RHOS).index(rho)


def test_explorer_shows_the_networks_it_says(grid):
    # A cell of the grid, computed through the Jacobians instead.
    rng = np.random.default_rng(0)
    x, last = rng.normal(size=(200, 8)), rng.normal(size=64)
    last /= np.linalg.norm(last)
    for k, cell in enumerate(gates.NETWORKS[1:], start=1):
        params = random_gated(cell, 64, 8, 1, rho=2.0, keep_bias=1.5, seed=1)
        g = np.zeros(params.size)
        g[-64:] = last
        for lag, J in enumerate(step_jacobians(params, x)[:-31:-1], start=1):
            g = J.T @ g
            shown = grid[(k, *cell_of(1.5, 2.0), lag)]
            assert shown == pytest.approx(np.log10(np.linalg.norm(g)), abs=1e-9)


def test_what_the_page_says_about_the_explorer(grid):
    vanilla, _, gru, lstm = (
        grid[k][cell_of(-2.0, 1.0)][-1] for k in range(len(gates.NETWORKS))
    )
    assert max(gru, lstm) < vanilla
    assert (np.ptp(grid[0], axis=0) == 0).all()
    for k in (1, 2, 3):
        assert abs(grid[k][cell_of(5.0, 1.0)][-1]) < 1.5
    assert (grid[(slice(None), *cell_of(-2.0, 6.0), -1)] > 3).all()


def test_bad_input_is_named():
    params, x, target, state0 = problem("lstm")
    last = np.ones(params.n)
    cases = [
        (lambda: random_gated("rnn", 2, 2, 1, seed=0), "cell must be one of"),
        (lambda: params.replace(W=np.zeros((3, 5, 5))), "W must have shape"),
        (lambda: params.replace(b=np.full((4, 5), np.nan)), "b must be finite"),
        (lambda: LSTMParams(*[np.zeros((4, 0, 0))] * 5), "V must have shape"),
        (lambda: forward(params, x[:0]), "x must hold at least one"),
        (lambda: forward(params, x, state0[:-1]), r"state0 must have shape \(2n,\)"),
        (lambda: forward(random_params(5, 3, 2, seed=0), x), "params must be LSTM"),
        (lambda: bptt(params, x, target, t=13), "t must be between 1 and 12"),
        (lambda: path_terms(params, x, 1), "t must be between 2 and 12"),
        (lambda: path_terms(problem("leaky")[0], x, 1), "LSTMParams or GRUParams"),
        (lambda: keep_bias_sweep([], params, x), "biases must hold at least one"),
        (lambda: with_keep_bias(params, np.inf), "bias must be finite"),
        (
            lambda: gradient_norms(params, x, target, final_gradient=last),
            "must not both",
        ),
    ]
    for call, message in cases:
        with pytest.raises(ValueError, match=message):
            call()


@pytest.mark.parametrize("cell", NAMES)
def test_parameters_are_read_only_copies(cell):
    params = problem(cell)[0]
    for name in parameter_names(params):
        with pytest.raises(ValueError, match="read-only"):
            getattr(params, name)[...] = 0
