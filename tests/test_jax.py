"""Gradients against JAX, an autodiff that knows nothing of this package."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import Problem, activations, problem

from rnn_demo.backprop import bptt
from rnn_demo.matrices import FAMILIES
from rnn_demo.norms import gradient_norms

jax.config.update("jax_enable_x64", True)


# JAX's own derivatives of tanh and of the logistic function, 1 − h² and y (1 − y), lose
# digits where these saturate. Those that it finds for the formulas below do not.
def tanh(z):
    side = jnp.where(z >= 0, 1.0, -1.0)
    e = jnp.exp(-2 * side * z)
    return side * (1 - e) / (1 + e)


def logistic(z):
    return 1 / (1 + jnp.exp(-z))


PHI = {
    "tanh": tanh,
    "logistic": logistic,
    "relu": jax.nn.relu,
    "identity": lambda z: z,
}


def per_step_losses(U, W, b, V, c, x, h0, target, name):
    def step(h, inputs):
        x_t, target_t = inputs
        h = PHI[name](U @ x_t + W @ h + b)
        y = logistic(V @ h + c)
        return h, 0.5 * jnp.sum((y - target_t) ** 2)

    return jax.lax.scan(step, h0, (x, target))[1]


# JAX compiles once for each activation and each shape of a network.
@partial(jax.jit, static_argnames="name")
def compiled_gradients(arrays, target, weight, name):
    def loss(arrays):
        return weight @ per_step_losses(*arrays, target, name)

    return jax.grad(loss)(arrays)


def jax_gradients(problem, name, t):
    params, x, target, h0 = problem
    weight = np.ones(len(x)) if t is None else np.eye(len(x))[t - 1]
    arrays = [getattr(params, field) for field in "UWbVc"] + [x, h0]
    return compiled_gradients(arrays, target, weight, name)


def assert_gradients_equal(problem, name, t):
    ours = bptt(*problem, name, t)
    for field, theirs in zip(
        ("U", "W", "b", "V", "c", "x", "h0"),
        jax_gradients(problem, name, t),
        strict=True,
    ):
        theirs = np.asarray(theirs)
        assert theirs.dtype == np.float64
        error = np.linalg.norm(getattr(ours, field) - theirs)
        assert error <= 1e-10 * np.linalg.norm(theirs), field


@settings(max_examples=40)
@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from([{}, {"n": 2, "m": 5, "p": 3, "steps": 1}]),
    st.one_of(st.just(0.0), st.floats(0.01, 2.0)),
    st.sampled_from(FAMILIES),
    activations,
    st.data(),
)
def test_random_networks(seed, shape, rho, family, name, data):
    drawn = problem(seed, rho=rho, family=family, **shape)
    t = data.draw(st.one_of(st.none(), st.integers(1, len(drawn.x))), label="t")
    assert_gradients_equal(drawn, name, t)


def test_a_saturated_output():
    """V h + c ≈ 21 leaves y (1 − y) six correct digits, and ours all of them."""
    params, x, target, h0 = problem(5)
    saturated = params.replace(c=[21.0, -21.0]), x, target, h0
    for name in PHI:
        assert_gradients_equal(Problem(*saturated), name, None)


@pytest.mark.parametrize("name", PHI)
@pytest.mark.parametrize("t", [None, 60])
def test_a_long_sequence(name, t):
    assert_gradients_equal(problem(2, n=16, m=5, p=3, steps=60, rho=0.95), name, t)


@pytest.mark.parametrize("name", PHI)
def test_gradient_norms_by_reverse_mode(name):
    """Add 0 to every h_k and differentiate by those zeros."""
    params, x, target, h0 = problem(4, n=8, steps=40, rho=0.9)

    def last_loss(shifts):
        def step(h, inputs):
            x_t, shift = inputs
            h = PHI[name](params.U @ x_t + params.W @ h + params.b) + shift
            return h, None

        h, _ = jax.lax.scan(step, jnp.asarray(h0), (jnp.asarray(x), shifts))
        y = logistic(params.V @ h + params.c)
        return 0.5 * jnp.sum((y - target[-1]) ** 2)

    theirs = jax.jit(jax.grad(last_loss))(jnp.zeros((len(x), params.n)))
    np.testing.assert_allclose(
        gradient_norms(params, x, target, h0, name),
        np.log10(np.linalg.norm(theirs, axis=1)),
        rtol=1e-9,
    )
