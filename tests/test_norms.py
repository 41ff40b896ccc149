"""Log norms against direct products, in floats and, beyond them, in mpmath."""

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import activations, problem, problems

import rnn_demo.many
from rnn_demo import network
from rnn_demo.backprop import bptt, jacobian_product
from rnn_demo.many import sweep
from rnn_demo.matrices import random_matrix, random_params, scale_to_spectral_radius
from rnn_demo.network import RNNParams, forward
from rnn_demo.norms import gradient_norms, jacobian_product_norms


def log10(values):
    with np.errstate(divide="ignore"):
        return np.log10(values)


def assert_logs_close(actual, desired, tolerance=1e-8):
    """Compare log10 norms; −inf must meet −inf."""
    np.testing.assert_allclose(actual, desired, rtol=tolerance, atol=tolerance)


def exact_norms(params, x, target, h0, name, digits=50):
    """Return log10 ‖∂L_T/∂h_k‖ and log10 ‖∂h_T/∂h_k‖_F by mpmath."""
    with mpmath.workdps(digits):
        U, W, V = (mpmath.matrix(getattr(params, n).tolist()) for n in "UWV")
        b, c, h = (mpmath.matrix(list(map(float, a))) for a in (params.b, params.c, h0))
        phi, slope = {
            "tanh": (mpmath.tanh, lambda z: mpmath.sech(z) ** 2),
            "logistic": (
                lambda z: 1 / (1 + mpmath.exp(-z)),
                lambda z: mpmath.exp(-z) / (1 + mpmath.exp(-z)) ** 2,
            ),
            "relu": (lambda z: max(z, 0), lambda z: mpmath.mpf(z > 0)),
            "identity": (lambda z: z, lambda z: mpmath.mpf(1)),
        }[name]
        jacobians = []
        for x_t in x:
            z = U * mpmath.matrix(x_t.tolist()) + W * h + b
            h = z.apply(phi)
            jacobians.append(mpmath.diag(list(z.apply(slope))) * W)
        a = V * h + c
        s = a.apply(lambda a: 1 / (1 + mpmath.exp(-a)))
        ds = a.apply(lambda a: mpmath.exp(-a) / (1 + mpmath.exp(-a)) ** 2)
        error = [ds[i] * (s[i] - mpmath.mpf(target[-1, i])) for i in range(len(s))]
        g, product = V.T * mpmath.matrix(error), mpmath.eye(params.n)
        gradients, products = [], []
        for J in [*reversed(jacobians)]:
            gradients.append(mpmath.norm(g))
            products.append(mpmath.norm(product))
            g, product = J.T * g, product * J
        return tuple(
            np.array([float(mpmath.log10(v)) if v else -np.inf for v in reversed(vs)])
            for vs in (gradients, products)
        )


@given(problems(), activations)
def test_gradient_norms_are_norms_of_bptt(problem, name):
    params, x, target, h0 = problem
    gradients = bptt(params, x, target, h0, name, t=len(x)).h
    # hypot does not square, so that only what underflows in bptt itself is left out.
    direct = np.hypot.reduce(gradients, axis=1)
    visible = direct > 1e-290
    # With relu and a symmetric W a step may cancel exactly, up to rounding; what
    # is carried back from there is noise.
    noise = direct[:-1] < 1e-9 * np.linalg.norm(params.W) * direct[1:]
    visible[:-1] &= ~np.logical_or.accumulate(noise[::-1])[::-1]
    assert_logs_close(
        gradient_norms(params, x, target, h0, name)[visible],
        log10(direct)[visible],
    )


@given(problems(), activations)
def test_target_defaults_to_zeros(problem, name):
    params, x, target, h0 = problem
    np.testing.assert_array_equal(
        gradient_norms(params, x, None, h0, name),
        gradient_norms(params, x, np.zeros_like(target), h0, name),
    )


@given(problems(), activations)
def test_jacobian_product_norms_are_norms_of_products(problem, name):
    params, x, _, h0 = problem
    trajectory = forward(params, x, h0, name)
    direct = [
        np.linalg.norm(jacobian_product(params, trajectory, len(x), k, name), 2)
        for k in range(1, len(x) + 1)
    ]
    ours = jacobian_product_norms(params, x, h0, name)
    assert ours[-1] == 0
    # Entries cancel to rounding in products of rank-deficient Jacobians.
    visible = np.array(direct) > 1e-13
    assert_logs_close(ours[visible], log10(direct)[visible], 1e-5)


@given(
    problems(),
    activations,
    st.lists(st.just(0.0) | st.floats(1e-3, 2.5), min_size=1, max_size=4),
    st.booleans(),
)
def test_sweep_is_gradient_norms_for_each_radius(problem, name, rhos, start_anywhere):
    params, x, target, h0 = problem
    params = params.replace(W=random_matrix(params.n, seed=params.m))
    extra = {"final_gradient": np.ones(params.n)} if start_anywhere else {}
    target = None if start_anywhere else target
    swept = sweep(rhos, params, x, target, h0, name, **extra)
    assert swept.shape == (len(rhos), len(x))
    for row, rho in zip(swept, rhos, strict=True):
        own = params.replace(W=scale_to_spectral_radius(params.W, rho))
        # W of rank 0, or relu units on the edge, may differ by rounding alone.
        assert_logs_close(row, gradient_norms(own, x, target, h0, name, **extra), 1e-6)


def test_sweep_at_the_size_of_the_book():
    params, x, target, h0 = problem(7, n=32, m=8, p=4, steps=100)
    rhos = np.linspace(0, 2, 21)
    W = params.W
    for name in ("tanh", "logistic", "identity"):
        swept = sweep(rhos, params, x, target, h0, name)
        rows = [
            gradient_norms(params.replace(W=rho * W), x, target, h0, name)
            for rho in rhos
        ]
        assert_logs_close(swept, rows, 1e-6)


def test_sweep_in_chunks(monkeypatch):
    params, x, target, h0 = problem(0)
    whole = sweep([0.1, 0.5, 1, 1.5, 2], params, x, target, h0)
    monkeypatch.setattr(rnn_demo.many, "_STATES", 2 * len(x) * params.n)
    assert_logs_close(sweep([0.1, 0.5, 1, 1.5, 2], params, x, target, h0), whole)


@pytest.mark.parametrize("name", ["tanh", "logistic", "relu", "identity"])
@pytest.mark.parametrize("scale", [1e-30, 1e-3, 3.0])
def test_against_mpmath_out_of_range(name, scale):
    """n = 3, T = 120: gradients down to 10^−3600, from products of 50 digits."""
    params, x, target, h0 = problem(11, n=3, m=2, p=2, steps=120)
    params = params.replace(W=scale * np.abs(params.W), U=np.abs(params.U))
    x = np.abs(x)
    gradients, products = exact_norms(params, x, target, h0, name)
    assert gradients.min() < -330 or scale == 3.0
    assert_logs_close(gradient_norms(params, x, target, h0, name), gradients)
    ours = jacobian_product_norms(params, x, h0, name)
    # ‖·‖₂ ≤ ‖·‖_F ≤ √3 ‖·‖₂
    assert (ours[:-1] <= products[:-1] + 1e-8 * np.abs(products[:-1])).all()
    assert (ours >= products - np.log10(3) / 2 - 1e-8 * np.abs(products)).all()


@pytest.mark.parametrize("name", ["tanh", "logistic"])
@pytest.mark.parametrize("drive", [10, 200, 1000])
def test_against_mpmath_where_the_slope_underflows(name, drive):
    """φ'(z) ≈ exp(−2·1000) is 0 as a float, but its logarithm is not."""
    params, x, target, h0 = problem(3, n=3, m=2, p=2, steps=12)
    params = params.replace(U=drive * params.U)
    gradients, products = exact_norms(params, x, target, h0, name, 3000)
    assert_logs_close(gradient_norms(params, x, target, h0, name), gradients, 1e-6)
    swept = sweep([1.0, 0.5], params, x, target, h0, name)[0]
    assert_logs_close(swept, gradients, 1e-6)
    ours = jacobian_product_norms(params, x, h0, name)
    assert (np.abs(ours - products)[:-1] < 0.3).all()


@pytest.mark.parametrize("goal", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("bias", [-2000.0, -30.0, 30.0, 2000.0])
def test_a_saturated_output_keeps_its_logarithm(goal, bias):
    params, x, target, h0 = problem(3, n=2, m=2, p=1, steps=3)
    params = params.replace(c=[bias])
    target = np.full_like(target, goal)
    gradients, _ = exact_norms(params, x, target, h0, "tanh", 4000)
    assert_logs_close(gradient_norms(params, x, target, h0), gradients)


def test_explosion_over_ten_thousand_steps_is_finite():
    steps = 10_000
    params, x, _, h0 = problem(1, n=3, m=1, p=1, steps=steps, family="orthogonal")
    params = params.replace(W=3 * params.W)
    expected = np.arange(steps - 1, -1, -1) * np.log10(3)
    assert_logs_close(jacobian_product_norms(params, x, h0, "identity"), expected)
    v = np.array([0.0, 3.0, 4.0])
    ours = gradient_norms(params, x, None, h0, "identity", final_gradient=v)
    assert_logs_close(ours, expected + np.log10(5))
    assert np.isfinite(gradient_norms(params, x, None, h0, "tanh")).all()


def test_a_norm_of_ten_to_the_minus_five_thousand():
    params = RNNParams(U=[[0]], W=[[1e-5]], b=[0], V=[[1]], c=[0])
    ours = jacobian_product_norms(params, np.zeros((1001, 1)), None, "identity")
    assert ours[0] == pytest.approx(-5000)
    extreme = RNNParams(U=[[0]], W=[[1e300]], b=[0], V=[[1]], c=[0])
    assert gradient_norms(extreme, np.zeros((101, 1)))[0] == pytest.approx(
        30_000 + np.log10(0.5 * 0.25)
    )


def test_an_activation_that_was_added(monkeypatch):
    """As the page on adapting says: one entry of a table is enough."""
    softsign = network.Activation(
        "softsign",
        lambda z: z / (1 + np.abs(z)),
        lambda z: 1 / (1 + np.abs(z)) ** 2,
        1.0,
    )
    monkeypatch.setattr(network, "ACTIVATIONS", {"softsign": softsign})
    params = random_params(5, 2, 1, rho=1.0, seed=0)
    x = np.random.default_rng(1).normal(size=(30, 2))
    radii = np.array([0.5, 1.3])
    logs = sweep(radii, params, x, activation="softsign")
    for rho, found in zip(radii, logs, strict=True):
        scaled = params.replace(W=scale_to_spectral_radius(params.W, rho))
        gradients = bptt(scaled, x, np.zeros((30, 1)), activation="softsign", t=30).h
        assert_logs_close(found, np.log10(np.linalg.norm(gradients, axis=1)))


@pytest.mark.parametrize("name", ["tanh", "logistic", "relu", "identity"])
def test_exact_zeros_are_minus_infinity(name):
    params, x, target, h0 = problem(0)
    dead = params.replace(W=np.zeros((4, 4)))
    norms = gradient_norms(dead, x, target, h0, name)
    assert (norms[:-1] == -np.inf).all()
    assert np.isfinite(norms[-1]) or name == "relu"
    assert (jacobian_product_norms(dead, x, h0, name)[:-1] == -np.inf).all()
    swept = sweep([0.0, 1.0], params, x, target, h0, name)
    assert_logs_close(swept[0], norms)
    silent = params.replace(V=np.zeros((2, 4)))
    assert (gradient_norms(silent, x, target, h0, name) == -np.inf).all()


def test_dead_relu_units():
    params, x, target, h0 = problem(0)
    params = params.replace(b=np.full(4, -1e3))
    norms = gradient_norms(params, x, target, h0, "relu")
    assert (norms[:-1] == -np.inf).all()
    assert np.isfinite(norms[-1])
    assert (jacobian_product_norms(params, x, h0, "relu")[:-1] == -np.inf).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"x": np.ones((0, 3))}, "T is 0"),
        ({"x": np.ones((6, 2))}, "x must have shape"),
        ({"target": np.ones((5, 2))}, "target must have shape"),
        ({"h0": np.full(4, np.nan)}, "h0 must be finite"),
        ({"activation": "gelu"}, "activation must be one of"),
        ({"final_gradient": np.ones(4)}, "must not both be given"),
        ({"final_gradient": np.ones(3), "target": None}, "final_gradient must have"),
    ],
)
def test_refusals(change, message):
    params, x, target, h0 = problem(0)
    arguments = {"x": x, "target": target, "h0": h0} | change
    with pytest.raises(ValueError, match=message):
        gradient_norms(params, **arguments)
    with pytest.raises(ValueError, match=message):
        sweep([1.0], params, **arguments)
    if not {"target", "final_gradient"} & set(change):
        del arguments["target"]
        with pytest.raises(ValueError, match=message):
            jacobian_product_norms(params, **arguments)


@pytest.mark.parametrize(
    ("rhos", "message"),
    [
        ([], "rhos must hold at least one"),
        ([0.5, -0.1], "none below 0"),
        (1.0, r"rhos must have shape \(R,\)"),
        ([[1.0]], "rhos must have shape"),
        ([np.inf], "rhos must be finite"),
        (["a"], "rhos must hold real numbers"),
    ],
)
def test_radii_refused(rhos, message):
    params, x, *_ = problem(0)
    with pytest.raises(ValueError, match=message):
        sweep(rhos, params, x)


def test_sweep_refuses_a_matrix_that_cannot_be_scaled():
    params, x, *_ = problem(0)
    params = params.replace(W=np.diag([1.0, 2.0, 3.0], 1))
    with pytest.raises(ValueError, match="spectral radius above 0"):
        sweep([1.0], params, x)


@pytest.mark.parametrize("name", ["identity", "relu"])
def test_states_out_of_range_are_refused(name):
    params = RNNParams(U=[[0]], W=[[10]], b=[0], V=[[1]], c=[0])
    x, h0 = np.zeros((400, 1)), [1.0]
    with pytest.raises(ValueError, match="left the float range at t = 309"):
        gradient_norms(params, x, None, h0, name)
    with pytest.raises(ValueError, match="left the float range at t = 309"):
        sweep([1.0, 10.0], params, x, None, h0, name)
    loud = params.replace(V=[[1e300]], W=[[1]])
    with pytest.raises(ValueError, match="output V h_T"):
        gradient_norms(loud, x, None, [1e10], name)
