"""Numerical gradients: the batch against the plain loop, and their errors."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import activations, parameters, problem, problems

import rnn_demo.differences
import rnn_demo.many
from rnn_demo.backprop import bptt
from rnn_demo.differences import (
    check_gradient,
    numerical_gradient,
    numerical_gradient_loop,
)
from rnn_demo.matrices import random_params
from rnn_demo.network import RNNParams

METHODS = ("central", "forward", "complex")


@settings(max_examples=60)
@given(problems(4, 5), activations, parameters, st.sampled_from(METHODS), st.data())
def test_batch_equals_loop(problem, name, wrt, method, data):
    params, x, target, h0 = problem
    t = data.draw(st.one_of(st.none(), st.integers(1, len(x))), label="t")
    arguments = (params, x, target, wrt, h0, name, t, method)
    batch, loop = numerical_gradient(*arguments), numerical_gradient_loop(*arguments)
    assert batch.shape == loop.shape
    # Differences of losses near 1 with these steps carry rounding of 1e-16 / step.
    tolerance = {"central": 1e-9, "forward": 1e-6, "complex": 1e-13}[method]
    np.testing.assert_allclose(
        batch, loop, rtol=1e-9, atol=tolerance * (1 + np.abs(loop).max())
    )


@pytest.mark.parametrize("wrt", ["W", "V", "x", "h0"])
@pytest.mark.parametrize("method", METHODS)
def test_chunks_do_not_show(monkeypatch, wrt, method):
    params, x, target, h0 = problem(0)
    whole = numerical_gradient(params, x, target, wrt, h0, method=method)
    monkeypatch.setattr(rnn_demo.many, "_BYTES", 96)  # 3 copies at a time
    np.testing.assert_allclose(
        numerical_gradient(params, x, target, wrt, h0, method=method), whole, atol=1e-7
    )


def test_errors_shrink_with_the_step_as_the_theory_says():
    params, x, target, h0 = problem(0)
    exact = bptt(params, x, target, h0).W

    def error(method, step):
        numeric = numerical_gradient(
            params, x, target, "W", h0, method=method, step=step
        )
        return np.abs(numeric - exact).max()

    assert error("forward", 1e-3) / error("forward", 1e-4) == pytest.approx(10, rel=0.1)
    assert error("central", 1e-2) / error("central", 1e-3) == pytest.approx(
        100, rel=0.1
    )
    assert error("complex", 1e-2) / error("complex", 1e-3) == pytest.approx(
        100, rel=0.1
    )
    # Rounding takes over for differences, never for the complex step.
    assert error("central", 1e-12) > 1e3 * error("central", 1e-5)
    assert error("complex", 1e-200) < 1e-14


def test_inputs_after_a_single_loss_do_not_count():
    params, x, target, h0 = problem(0)
    gradient = numerical_gradient(params, x, target, "x", h0, t=2, method="complex")
    assert gradient.shape == x.shape
    assert gradient[:2].all()
    assert not gradient[2:].any()


@pytest.mark.parametrize("method", METHODS)
def test_check_gradient_is_content_with_bptt(method):
    params, x, target, h0 = problem(0)
    for wrt in ("U", "W", "b", "V", "c", "h0", "x"):
        check = check_gradient(params, x, target, wrt, h0, method=method)
        assert check.max_relative_error < {"complex": 1e-11}.get(method, 1e-3)


def test_check_gradient_finds_a_wrong_entry(monkeypatch):
    params, x, target, h0 = problem(0)

    def wrong(*arguments):
        gradients = bptt(*arguments)
        gradients.W[2, 1] *= 1.01
        return gradients

    monkeypatch.setattr(rnn_demo.differences, "bptt", wrong)
    check = check_gradient(params, x, target, "W", h0)
    assert check.index == (2, 1)
    assert check.analytic == pytest.approx(1.01 * check.numeric)
    assert check.max_relative_error == pytest.approx(0.01 / 1.01, rel=1e-4)


def test_check_gradient_where_relu_sits_on_its_kink():
    """z_1 = z_2 = z_3 = 0: a step of any bias switches a unit on, one way."""
    params = random_params(6, 3, 2, seed=0)
    rng = np.random.default_rng(0)
    x = rng.normal(size=(9, 3))
    x[:3] = 0
    target = rng.uniform(size=(9, 2))
    for method in ("central", "forward"):
        check = check_gradient(params, x, target, "b", activation="relu", method=method)
        assert check.kinks == 6
        assert check.max_relative_error < 1e-4
    # A wrong gradient is found beside the kinks, too.
    check = check_gradient(params, x, target, "W", activation="relu")
    assert check.kinks == 0
    # With z = b there is no side on which no unit switches: two have opposite weights.
    between = RNNParams(U=[[1], [-1]], W=np.eye(2), b=[0, 0], V=[[1, 2]], c=[0])
    check = check_gradient(between, [[0.0]], [[1.0]], "x", activation="relu")
    assert check == (0, (0, 0), 0, 0, 1)


def test_check_gradient_of_zeros():
    params, x, target, h0 = problem(0)
    check = check_gradient(params, x, target, "x", h0, t=1)
    assert check.max_relative_error < 1e-3
    silent = params.replace(V=np.zeros((2, 4)))
    assert check_gradient(silent, x, target, "W", h0).max_relative_error == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"wrt": "h"}, "wrt must be one of 'U', 'W', .* but is 'h'"),
        ({"wrt": ["W"]}, "wrt must be one of"),
        ({"method": "backward"}, "method must be one of 'central'.*'backward'"),
        ({"step": 0}, "step must be positive, but is 0"),
        ({"step": -1e-3}, "step must be positive"),
        ({"step": np.nan}, "step must be finite"),
        ({"step": "small"}, "step must hold real numbers"),
        ({"step": 1e-40}, "step must change every entry"),
        ({"t": 0}, "t must be between 1 and 6, but is 0"),
        ({"t": 7}, "t must be between 1 and 6, but is 7"),
        ({"activation": "sine"}, "activation must be one of"),
        ({"target": np.zeros((1, 1))}, "target must have shape"),
        ({"activation": "identity", "step": 1e300}, "left the float range"),
    ],
)
@pytest.mark.parametrize(
    "function", [numerical_gradient, numerical_gradient_loop, check_gradient]
)
def test_refusals(function, change, message):
    params, x, target, h0 = problem(0)
    arguments = {"target": target, "h0": h0} | change
    with pytest.raises(ValueError, match=message):
        function(params, x, **arguments)


@given(problems(4, 5), activations, st.sampled_from(METHODS))
def test_the_plain_loop_is_an_option(problem, name, method):
    params, x, target, h0 = problem
    options = {"h0": h0, "activation": name, "method": method}
    np.testing.assert_array_equal(
        numerical_gradient(params, x, target, loop=True, **options),
        numerical_gradient_loop(params, x, target, **options),
    )
