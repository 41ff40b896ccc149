"""Exact gradients against arithmetic that shares nothing with them."""

import mpmath
import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st
from strategies import activations, parameters, problem, problems

from rnn_demo.backprop import bptt, immediate_terms, jacobian, jacobian_product
from rnn_demo.differences import numerical_gradient
from rnn_demo.network import forward

NAMES = ("U", "W", "b", "V", "c", "h0", "x")


def maybe_t(data, steps):
    return data.draw(st.one_of(st.none(), st.integers(1, steps)), label="t")


@given(problems(), activations, parameters, st.data())
def test_equals_the_complex_step(problem, name, wrt, data):
    t = maybe_t(data, len(problem.x))
    exact = getattr(bptt(*problem, name, t), wrt)
    params, x, target, h0 = problem
    numeric = numerical_gradient(params, x, target, wrt, h0, name, t, "complex")
    assert exact.shape == numeric.shape
    np.testing.assert_allclose(
        exact, numeric, rtol=1e-9, atol=1e-12 * np.abs(exact).max()
    )


@given(problems(), activations, parameters, st.data())
def test_equals_central_differences(problem, name, wrt, data):
    t = maybe_t(data, len(problem.x))
    params, x, target, h0 = problem
    # A difference across the kink of relu is no derivative.
    if name == "relu" and np.abs(forward(params, x, h0, name).z).min() < 1e-2:
        name = "logistic"
    exact = getattr(bptt(*problem, name, t), wrt)
    numeric = numerical_gradient(
        params, x, target, wrt, h0, name, t, "central", step=1e-5
    )
    np.testing.assert_allclose(
        exact, numeric, rtol=1e-4, atol=1e-6 * (1 + np.abs(exact).max())
    )


@pytest.mark.parametrize("name", ["tanh", "logistic", "identity"])
def test_equals_sympy(name):
    """Differentiate the unrolled network with n = 2, m = p = 1, T = 3 by SymPy."""
    params, x, target, h0 = problem(5, n=2, m=1, p=1, steps=3)
    phi = {
        "tanh": sp.tanh,
        "logistic": lambda z: 1 / (1 + sp.exp(-z)),
        "identity": lambda z: z,
    }[name]
    values = {n: getattr(params, n) for n in "UWbVc"} | {"h0": h0, "x": x}
    symbols = {
        n: np.reshape(sp.symbols(f"{n}_:{a.size}"), a.shape) for n, a in values.items()
    }
    h, loss = symbols["h0"], sp.Integer(0)
    for t in range(3):
        z = symbols["U"] @ symbols["x"][t] + symbols["W"] @ h + symbols["b"]
        h = np.array([phi(z_i) for z_i in z])
        a = (symbols["V"] @ h + symbols["c"])[0]
        loss += (1 / (1 + sp.exp(-a)) - target[t, 0]) ** 2 / 2
    flat = [s for n in NAMES for s in symbols[n].ravel()]
    at = [v for n in NAMES for v in values[n].ravel()]
    derivatives = sp.lambdify(flat, [sp.diff(loss, s) for s in flat], "math", cse=True)
    ours = bptt(params, x, target, h0, name)
    ours = np.concatenate([np.ravel(getattr(ours, n)) for n in NAMES])
    np.testing.assert_allclose(ours, derivatives(*at), rtol=1e-11, atol=1e-14)


def test_equals_mpmath_where_tanh_saturates():
    """One step with h within 1e-12 of 1: 1 − h² would keep four digits."""
    params, x, target, h0 = problem(1, n=1, m=1, p=1, steps=1)
    params = params.replace(U=[[14.0]], W=[[0.5]], b=[0.0])
    x = np.array([[1.0]])

    def loss(b):
        with mpmath.workdps(40):
            z = 14 + mpmath.mpf(0.5) * h0[0] + b
            a = params.V[0, 0] * mpmath.tanh(z) + params.c[0]
            return (1 / (1 + mpmath.exp(-a)) - target[0, 0]) ** 2 / 2

    with mpmath.workdps(60):
        exact = float(mpmath.diff(loss, 0))
    assert bptt(params, x, target, h0).b[0] == pytest.approx(exact, rel=1e-12)


@given(problems(), activations)
def test_single_losses_add_up_to_the_whole(problem, name):
    whole = bptt(*problem, name)
    parts = [bptt(*problem, name, t) for t in range(1, len(problem.x) + 1)]
    for field in whole._fields:
        total = sum(getattr(part, field) for part in parts)
        np.testing.assert_allclose(getattr(whole, field), total, rtol=1e-9, atol=1e-12)


@given(problems(), activations, st.sampled_from(["W", "U", "b"]), st.data())
def test_immediate_terms_sum_to_the_gradient(problem, name, wrt, data):
    params, x, target, h0 = problem
    t = data.draw(st.integers(1, len(x)))
    terms = immediate_terms(params, x, target, t, wrt, h0, name)
    gradient = getattr(bptt(*problem, name, t), wrt)
    assert terms.shape == (t, *gradient.shape)
    np.testing.assert_allclose(terms.sum(axis=0), gradient, rtol=1e-9, atol=1e-12)


@given(problems(), activations, st.data())
def test_each_term_is_the_written_product(problem, name, data):
    """∂L_t/∂y_t ∂y_t/∂h_t (Π ∂h_j/∂h_{j-1}) ∂⁺h_k/∂W, factor by factor."""
    params, x, target, h0 = problem
    t = data.draw(st.integers(1, len(x)))
    k = data.draw(st.integers(1, t))
    trajectory = forward(params, x, h0, name)
    y = trajectory.y[t - 1]
    row = (y - target[t - 1]) @ np.diag(y * (1 - y)) @ params.V
    for j in range(t, k, -1):
        row = row @ jacobian(params, trajectory, j, name)
    before = h0 if k == 1 else trajectory.h[k - 2]
    # diag(φ'(z_k)), from the Jacobian by h_{k-1} of a network with W = I
    slope = np.diag(jacobian(params.replace(W=np.eye(params.n)), trajectory, k, name))
    immediate = np.zeros((params.n, params.n, params.n))  # ∂⁺h_k[i] / ∂W[i, j]
    for i in range(params.n):
        immediate[i, i] = slope[i] * before
    term = immediate_terms(params, x, target, t, "W", h0, name)[k - 1]
    np.testing.assert_allclose(
        term, np.tensordot(row, immediate, 1), rtol=1e-8, atol=1e-12
    )


@given(problems(), activations, st.data())
def test_products_are_the_chain_of_jacobians(problem, name, data):
    params, x, _, h0 = problem
    t = data.draw(st.integers(0, len(x)))
    k = data.draw(st.integers(0, t))
    trajectory = forward(params, x, h0, name)
    chain = np.eye(params.n)
    for j in range(t, k, -1):
        chain = chain @ jacobian(params, trajectory, j, name)
    np.testing.assert_allclose(
        jacobian_product(params, trajectory, t, k, name), chain, rtol=1e-8, atol=1e-12
    )


def test_jacobian_is_the_derivative_of_one_step():
    params, x, _, h0 = problem(3)
    before = forward(params, x, h0)
    columns = []
    for j in range(params.n):
        ends = [
            forward(params, x[1:2], before.h[0] + sign * 1e-6 * np.eye(params.n)[j]).h
            for sign in (1, -1)
        ]
        columns.append((ends[0] - ends[1])[0] / 2e-6)
    np.testing.assert_allclose(
        jacobian(params, before, 2), np.array(columns).T, atol=1e-8
    )


def test_states_after_the_loss_have_no_gradient():
    gradients = bptt(*problem(2), t=3)
    assert not gradients.h[3:].any()
    assert not gradients.x[3:].any()
    assert gradients.h[:3].all()


@pytest.mark.parametrize("t", [0, 7, 2.0, "1", True])
def test_times_out_of_range_are_refused(t):
    params, x, target, h0 = problem(0)
    trajectory = forward(params, x, h0)
    for call in (
        lambda: bptt(params, x, target, h0, t=t),
        lambda: immediate_terms(params, x, target, t),
        lambda: jacobian(params, trajectory, t),
    ):
        with pytest.raises(ValueError, match="t must be"):
            call()


def test_jacobian_product_refuses_k_after_t():
    params, x, _, h0 = problem(0)
    trajectory = forward(params, x, h0)
    with pytest.raises(ValueError, match="k must be between 0 and 3, but is 4"):
        jacobian_product(params, trajectory, 3, 4)
    with pytest.raises(ValueError, match="t must be between 0 and 6, but is 7"):
        jacobian_product(params, trajectory, 7, 4)


def test_a_trajectory_of_another_network_is_refused():
    params, x, _, h0 = problem(0)
    trajectory = forward(params, x, h0)
    with pytest.raises(ValueError, match="from forward with the same parameters"):
        jacobian(problem(0, n=3).params, trajectory, 1)


@pytest.mark.parametrize("wrt", ["V", "c", "w", None])
def test_immediate_terms_refuse_other_parameters(wrt):
    params, x, target, _ = problem(0)
    with pytest.raises(ValueError, match="wrt must be one of 'W', 'U', 'b'"):
        immediate_terms(params, x, target, 2, wrt)
