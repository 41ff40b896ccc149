"""The forward pass, the activations, and what they refuse."""

import math

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import activations, problem, problems

from rnn_demo.backprop import bptt
from rnn_demo.network import ACTIVATIONS, RNNParams, forward, get_activation, loss

SCALAR = {
    "tanh": math.tanh,
    "logistic": lambda z: float(1 / (1 + mpmath.exp(-z))),
    "relu": lambda z: max(z, 0.0),
    "identity": lambda z: z,
}


@given(problems(), activations)
def test_forward_is_the_recurrence_written_out(problem, name):
    params, x, target, h0 = problem
    trajectory = forward(params, x, h0, name)
    h, per_step = list(h0), []
    for t in range(len(x)):
        z = [
            sum(params.U[i, j] * x[t, j] for j in range(params.m))
            + sum(params.W[i, j] * h[j] for j in range(params.n))
            + params.b[i]
            for i in range(params.n)
        ]
        h = [SCALAR[name](z_i) for z_i in z]
        a = params.V @ h + params.c
        y = [SCALAR["logistic"](a_i) for a_i in a]
        per_step.append(0.5 * sum((y[i] - target[t, i]) ** 2 for i in range(params.p)))
        np.testing.assert_allclose(trajectory.z[t], z, rtol=1e-9, atol=1e-11)
        np.testing.assert_allclose(trajectory.h[t], h, rtol=1e-9, atol=1e-11)
        np.testing.assert_allclose(trajectory.y[t], y, rtol=1e-9, atol=1e-11)
    result = loss(params, x, target, h0, name)
    np.testing.assert_allclose(result.per_step, per_step, rtol=1e-8, atol=1e-12)
    assert result.total == pytest.approx(sum(per_step))
    np.testing.assert_array_equal(trajectory.h0, h0)


def test_h0_defaults_to_zeros():
    params, x, target, _ = problem(0)
    np.testing.assert_array_equal(
        forward(params, x).h, forward(params, x, np.zeros(params.n)).h
    )
    assert loss(params, x, target).total == loss(params, x, target, np.zeros(4)).total


@given(st.floats(-700, 700))
def test_derivatives_keep_their_digits_in_saturation(z):
    with mpmath.workdps(700):
        exact = {
            "tanh": mpmath.sech(z) ** 2,
            "logistic": mpmath.exp(-abs(z)) / (1 + mpmath.exp(-abs(z))) ** 2,
        }
        for name, value in exact.items():
            ours = float(get_activation(name).derivative(np.array(z)))
            assert ours == pytest.approx(float(value), rel=1e-13, abs=1e-300)


@given(st.floats(-1e4, 1e4))
def test_logistic_neither_overflows_nor_loses_small_values(z):
    exact = float(1 / (1 + mpmath.exp(-mpmath.mpf(z))))
    assert float(get_activation("logistic").phi(z)) == pytest.approx(
        exact, rel=1e-13, abs=1e-307
    )


@given(activations, st.floats(-800, 800), st.floats(1e-3, 1))
def test_complex_step_through_phi_is_the_derivative(name, z, other):
    activation = get_activation(name)
    both = np.array([z, other])
    numeric = activation.phi(both + 1e-100j).imag / 1e-100
    np.testing.assert_allclose(
        numeric, activation.derivative(both), rtol=1e-12, atol=1e-180
    )


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_gamma_is_the_supremum_of_the_derivative(name):
    activation = ACTIVATIONS[name]
    assert activation.name == name
    slopes = activation.derivative(np.linspace(-40, 40, 160_002))
    assert slopes.max() <= activation.gamma
    assert slopes.max() == pytest.approx(activation.gamma, rel=1e-6)


def test_relu_derivative_at_its_kink_is_zero():
    assert get_activation("relu").derivative(np.zeros(1)) == 0


def test_params_are_read_only_copies():
    W = np.eye(2)
    params = RNNParams(U=[[1], [2]], W=W, b=[0, 0], V=[[1, 1]], c=[0])
    W[0, 0] = 7
    assert params.W[0, 0] == 1
    assert params.U.dtype == np.float64
    with pytest.raises(ValueError, match="read-only"):
        params.W[0, 0] = 7
    assert (params.n, params.m, params.p) == (2, 1, 1)
    assert params.replace(W=2 * np.eye(2)).W[1, 1] == 2
    assert params.W[1, 1] == 1
    with pytest.raises(ValueError, match="W must have shape"):
        params.replace(W=np.eye(3))


GOOD = {
    "U": np.ones((3, 2)),
    "W": np.eye(3),
    "b": np.zeros(3),
    "V": np.ones((1, 3)),
    "c": np.zeros(1),
}


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("U", np.ones(3), r"U must have shape \(n, m\)"),
        ("U", np.ones((0, 2)), "n, m and p must be at least 1"),
        ("W", np.eye(2), r"W must have shape .*\(3, 3\), but has \(2, 2\)"),
        ("b", np.zeros(2), r"b must have shape .*\(3,\), but has \(2,\)"),
        ("V", np.ones((1, 2)), r"V must have shape .*\(1, 3\), but has \(1, 2\)"),
        ("c", np.zeros((1, 1)), r"c must have shape"),
        ("W", np.diag([1, np.nan, 1]), r"W must be finite, but holds nan at .*\(1, 1"),
        ("b", [0, np.inf, 0], "b must be finite, but holds inf"),
        ("U", np.ones((3, 2)) * 1j, "U must be real"),
        ("U", [["a", "b"]] * 3, "U must hold real numbers"),
        ("U", [[1, 2], [3]], "U must be an array of numbers"),
        ("b", None, "b must"),
        ("b", [0, 0, 10**400], "b must hold real numbers that fit float64"),
        ("b", [0, 0, {}], "b must hold real numbers"),
    ],
)
def test_params_refuse(name, value, message):
    with pytest.raises(ValueError, match=message):
        RNNParams(**(GOOD | {name: value}))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"x": np.ones((0, 3))}, "T is 0"),
        ({"x": np.ones((4, 2))}, r"x must have shape \(T, m\) = \(any, 3\)"),
        ({"x": np.ones(3)}, "x must have shape"),
        ({"x": np.full((6, 3), np.nan)}, "x must be finite"),
        ({"x": np.ones((6, 3)) + 1j}, "x must be real"),
        ({"target": np.ones((5, 2))}, r"target must have shape .*\(6, 2\)"),
        ({"target": np.full((6, 2), np.inf)}, "target must be finite"),
        ({"h0": np.ones(3)}, r"h0 must have shape .*\(4,\), but has \(3,\)"),
        ({"activation": "sine"}, "activation must be one of 'tanh'.*'sine'"),
        ({"activation": None}, "activation must be one of"),
    ],
)
@pytest.mark.parametrize("function", [loss, bptt])
def test_runs_refuse(function, change, message):
    params, x, target, h0 = problem(0)
    arguments = {"x": x, "target": target, "h0": h0, "activation": "tanh"} | change
    with pytest.raises(ValueError, match=message):
        function(params, **arguments)


@pytest.mark.parametrize("name", ["identity", "relu"])
def test_a_state_that_leaves_the_float_range_is_named(name):
    params = RNNParams(U=[[0]], W=[[10]], b=[0], V=[[1]], c=[0])
    with pytest.raises(ValueError, match="left the float range at t = 309"):
        forward(params, np.zeros((400, 1)), [1], name)
