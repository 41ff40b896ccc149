"""The path terms: what they say, what they equal, and what they cost."""

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from rnn_demo.backprop import bptt, immediate_terms
from rnn_demo.matrices import random_params
from rnn_demo.network import loss
from rnn_demo.symbolic import (
    Factor,
    Quantity,
    UnrolledNetwork,
    backpropagate,
    dphi,
    expansion_latex,
    factor_arrays,
    nested_latex,
    path_terms,
    phi,
    sigma,
    sum_over_paths,
)

ACTIVATIONS = ("tanh", "logistic", "identity")


@pytest.fixture(scope="module")
def pair():
    """Two units, two inputs, two outputs, three steps."""
    return UnrolledNetwork(3, n=2, m=2, p=2)


# Against sympy.diff ---------------------------------------------------------


@pytest.mark.parametrize("wrt", ["U", "W", "b", "V", "c"])
@pytest.mark.parametrize("t", range(1, 7))
def test_terms_equal_diff_for_scalars(t, wrt):
    assert UnrolledNetwork(t).difference(t, wrt).is_zero_matrix


@pytest.mark.parametrize("wrt", ["U", "W", "b", "V", "c"])
@pytest.mark.parametrize("t", range(1, 5))
def test_terms_equal_diff_entry_by_entry(t, wrt):
    assert UnrolledNetwork(t, n=2, p=2).difference(t, wrt).is_zero_matrix


def test_terms_equal_diff_for_a_single_loss_inside_of_a_longer_network():
    assert UnrolledNetwork(4).difference(2, "W").is_zero_matrix


@pytest.mark.parametrize("wrt", ["U", "W", "b"])
def test_recursion_equals_diff_of_the_total_loss(pair, wrt):
    gradient = pair.gradient([1, 2, 3], wrt)
    recursion, _ = backpropagate(3, wrt, pair.value)
    assert (recursion.reshape(*gradient.shape) - gradient).expand().is_zero_matrix


def test_terms_equal_diff_for_tanh_without_any_symbolic_function():
    """The undefined φ is not a way around the check: here tanh is differentiated."""
    U, W, b, V, c, h, *xs = sympy.symbols("U W b V c h x1:4")
    target = sympy.Symbol("target")
    for x in xs:
        h = sympy.tanh(U * x + W * h + b)
    y = 1 / (1 + sympy.exp(-(V * h + c)))
    direct = sympy.diff((y - target) ** 2 / 2, W)
    net = UnrolledNetwork(3)
    rows = net.sum_of_terms(path_terms(3, "W"))
    point = dict(zip((U, W, b, V, c, *xs), np.linspace(-0.8, 0.9, 8), strict=True))
    h0, goal = 0.4, 0.7
    symbols = {s: point[q] for q, s in zip((U, W, b, V, c), "UWbVc", strict=True)}
    params = random_params(1, 1, 1, seed=0).replace(
        **{
            k: np.full((1, 1) if k in "UWV" else 1, float(v))
            for k, v in symbols.items()
        }
    )
    x = np.array([[float(point[s])] for s in xs])
    got = net.lambdify(rows)(params, x, np.full((3, 1), goal), np.array([h0]))
    point |= {sympy.Symbol("h"): h0, target: goal}
    assert got[0, 0] == pytest.approx(float(direct.subs(point)), rel=1e-12)


# What the factors are -------------------------------------------------------


def test_immediate_derivative_holds_the_previous_state(pair):
    value = pair.value(Factor(Quantity("h", 2), Quantity("W"), immediate=True))
    slopes = pair.z(2).applyfunc(dphi)
    for i in range(2):
        for j in range(2):
            column = value[:, 2 * i + j]
            assert column[i] == slopes[i] * pair.h[1][j]
            assert column[1 - i] == 0


def test_total_derivative_obeys_its_recursion(pair):
    def total(k):
        return pair.value(Factor(Quantity("h", k), Quantity("W")))

    for k in (2, 3):
        immediate = Factor(Quantity("h", k), Quantity("W"), immediate=True)
        step = Factor(Quantity("h", k), Quantity("h", k - 1))
        right = pair.value(immediate) + pair.value(step) * total(k - 1)
        assert (total(k) - right).expand().is_zero_matrix


def test_jacobian_is_diag_slope_times_w_in_this_order(pair):
    J = pair.value(Factor(Quantity("h", 2), Quantity("h", 1)))
    slopes, W = sympy.diag(*pair.z(2).applyfunc(dphi)), pair.parameters["W"]
    assert slopes * W == J
    assert W * slopes != J


def test_total_derivative_in_the_sum_counts_paths_again():
    net = UnrolledNetwork(4)
    wrong = net.sum_of_terms(path_terms(4, "W", immediate=False))
    excess = sum((4 - term.k) * net.value(term)[0] for term in path_terms(4, "W"))
    assert sympy.expand(wrong[0] - net.gradient(4, "W")[0] - excess) == 0
    assert sympy.expand(excess) != 0


def test_unroll_and_roll_up_are_inverse(pair):
    rolled = pair.value(path_terms(3, "W")[-1])
    unrolled = pair.unroll(rolled)
    states = {s for k in (1, 2, 3) for s in (*pair.h[k], *pair.y[k])}
    assert not states & unrolled.free_symbols
    assert states & rolled.free_symbols
    assert pair.roll_up(unrolled) == rolled


def test_exact_values_stay_rational(pair):
    half = sympy.Rational(1, 2)
    values = {
        "W": [[1, 1], [-1, 2]],
        "U": [[1, 0], [0, 1]],
        "b": [0, half],
        "x": [[1, 0], [0, 1], [half, -1]],
        "h0": [half, -half],
    }
    at = pair.at(values, lambda z: z / (1 + abs(z)), lambda z: 1 / (1 + abs(z)) ** 2)
    entries = at(pair.value(Factor(Quantity("h", 3), Quantity("h", 2))))
    assert all(e.is_Rational for e in entries)
    assert list(at(pair.h[1])) == [half, -half]


# Against numbers ------------------------------------------------------------


@pytest.fixture(scope="module")
def compiled_terms(pair):
    return {
        (wrt, activation): [
            (term.k, pair.lambdify(pair.value(term), activation))
            for term in path_terms(3, wrt)
        ]
        for wrt in ("W", "U", "b")
        for activation in ACTIVATIONS
    }


@given(
    seed=st.integers(0, 2**32 - 1),
    rho=st.floats(0.0, 2.0),
    wrt=st.sampled_from(["W", "U", "b"]),
    activation=st.sampled_from(ACTIVATIONS),
)
@settings(max_examples=60, deadline=None)
def test_terms_equal_immediate_terms(compiled_terms, seed, rho, wrt, activation):
    rng = np.random.default_rng(seed)
    params = random_params(2, 2, 2, rho=rho, seed=rng)
    x, target, h0 = rng.normal(size=(3, 2)), rng.normal(size=(3, 2)), rng.normal(size=2)
    expected = immediate_terms(params, x, target, 3, wrt, h0, activation)
    for k, function in compiled_terms[wrt, activation]:
        got = function(params, x, target, h0).reshape(expected[k - 1].shape)
        np.testing.assert_allclose(got, expected[k - 1], rtol=1e-11, atol=1e-13)


@given(
    seed=st.integers(0, 2**32 - 1),
    sizes=st.tuples(*[st.integers(1, 4)] * 3),
    T=st.integers(1, 7),
    wrt=st.sampled_from(["W", "U", "b"]),
    activation=st.sampled_from((*ACTIVATIONS, "relu")),
)
@settings(max_examples=60, deadline=None)
def test_arrays_of_factors_give_the_gradient(seed, sizes, T, wrt, activation):
    rng = np.random.default_rng(seed)
    n, m, p = sizes
    params = random_params(n, m, p, rho=1.1, seed=rng)
    x, target = rng.normal(size=(T, m)), rng.normal(size=(T, p))
    h0 = rng.normal(size=n)
    value = factor_arrays(params, x, target, h0, activation)
    for t in (None, T):
        steps = range(1, T + 1) if t is None else [t]
        terms = [term for s in steps for term in path_terms(s, wrt)]
        expected = getattr(bptt(params, x, target, h0, activation, t=t), wrt).ravel()
        for row, _ in (
            sum_over_paths(terms, value),
            backpropagate(T, wrt, value, t=t),
        ):
            np.testing.assert_allclose(row[0], expected, rtol=1e-10, atol=1e-12)


def test_compiled_loss_equals_model():
    net = UnrolledNetwork(3, n=2, m=1, p=2)
    params = random_params(2, 1, 2, seed=1)
    rng = np.random.default_rng(2)
    x, target = rng.normal(size=(3, 1)), rng.normal(size=(3, 2))
    got = [net.lambdify(net.one_step("L", k)[0])(params, x, target) for k in (1, 2, 3)]
    np.testing.assert_allclose(got, loss(params, x, target).per_step, rtol=1e-13)


# What it costs --------------------------------------------------------------


@pytest.mark.parametrize("T", [1, 2, 3, 5, 12])
def test_number_of_products(T):
    params = random_params(2, 1, 1, seed=0)
    value = factor_arrays(params, np.ones((T, 1)), np.zeros((T, 1)))
    every = [term for t in range(1, T + 1) for term in path_terms(t)]
    assert sum_over_paths(path_terms(T), value)[1] == T * (T + 3) // 2
    assert backpropagate(T, "W", value, t=T)[1] == 2 * T
    assert sum_over_paths(every, value)[1] == T * (T + 1) * (T + 5) // 6
    assert backpropagate(T, "W", value)[1] == 3 * T - 1
    assert len(every) == T * (T + 1) // 2
    assert sum(len(term.chain) for term in every) == T * (T**2 - 1) // 6


# What is printed ------------------------------------------------------------


def test_expansion_prints_each_path_under_its_brace():
    lines = expansion_latex(3, "W").split(r"\\[1ex]")
    assert len(lines) == 3
    for line, term in zip(lines, path_terms(3, "W"), strict=True):
        assert r"}_{" + term.path.replace("→", r"\to") + "}" in line
        for factor in term.factors:
            assert factor.latex() in line
    assert r"\frac{\partial h_{3}}{\partial h_{2}}" not in lines[0]
    third = (
        r"\frac{\partial h_{3}}{\partial h_{2}}\,\frac{\partial h_{2}}{\partial h_{1}}"
    )
    assert r"\underbrace{" + third + r"}_{3 \to 2 \to 1}" in lines[2]


def test_expansion_of_output_parameters_has_one_term():
    text = expansion_latex(3, "V")
    assert r"\\" not in text
    assert r"\partial h" not in text


def test_expansion_of_total_loss():
    text = expansion_latex(range(1, 4), "U")
    assert text.count(r"\\[1ex]") == 5
    assert r"\frac{\partial L}{\partial U}" in text


def test_nested_form_names_each_factor_once():
    text = nested_latex(4, "W")
    for factor in {f for term in path_terms(4, "W") for f in term.factors}:
        assert text.count(factor.latex()) == 1


def test_braces_balance():
    texts = [expansion_latex(t, w) for t in (1, 3) for w in "UWbVc"]
    texts += [nested_latex(t, w) for t in (1, 3) for w in "UWbVc"]
    texts.append(UnrolledNetwork(3).equations_latex(unrolled=True))
    for text in texts:
        assert text.count("{") == text.count("}")
        assert text.count(r"\left") == text.count(r"\right")


def test_powers_of_the_undefined_functions_are_typeset():
    s = sympy.Symbol("s")
    assert sympy.latex(dphi(s) ** 2) == r"\phi'^{2}\left(s\right)"
    assert sympy.latex(phi(s)) == r"\phi\left(s\right)"


def test_plain_names():
    term = path_terms(3, "W")[1]
    assert [str(f) for f in term.factors] == [
        "∂L₃/∂y₃",
        "∂y₃/∂h₃",
        "∂h₃/∂h₂",
        "∂⁺h₂/∂W",
    ]
    assert term.path == "3 → 2"


def test_derivatives_of_the_undefined_functions():
    s = sympy.Symbol("s")
    assert phi(2 * s).diff(s) == 2 * dphi(2 * s)
    assert sigma(s).diff(s).func.__name__ == "dsigma"


# Bad input ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: path_terms(0), "t must be at least 1, but is 0"),
        (lambda: path_terms(1.5), "t must be an integer, but is 1.5"),
        (lambda: path_terms(3, "Q"), "wrt must be one of .*'V', 'c', but is 'Q'"),
        (lambda: nested_latex(0), "t must be at least 1"),
        (lambda: sum_over_paths([], None), "terms must hold at least one"),
        (lambda: UnrolledNetwork(0), "T must be at least 1, but is 0"),
        (lambda: UnrolledNetwork(2, n=0), "n must be at least 1, but is 0"),
        (lambda: UnrolledNetwork(2, m=1.5), "m must be an integer, but is 1.5"),
        (lambda: UnrolledNetwork(2).gradient(3), "t must be between 1 and 2"),
        (lambda: UnrolledNetwork(2).gradient(1, "Q"), "wrt must be one of"),
        (lambda: UnrolledNetwork(2).difference(9), "t must be between 1 and 2"),
        (lambda: UnrolledNetwork(2).one_step("k", 1), "name must be one of"),
        (lambda: UnrolledNetwork(2).one_step("h", 9), "k must be between 0 and 2"),
        (lambda: UnrolledNetwork(2).unrolled("y", 0), "k must be between 1 and 2"),
        (lambda: UnrolledNetwork(2).z(0), "k must be between 1 and 2"),
        (lambda: UnrolledNetwork(2).sum_of_terms([]), "terms must hold at least one"),
        (lambda: UnrolledNetwork(2).value("h"), "factor must be Factor or PathTerm"),
        (
            lambda: UnrolledNetwork(2).value(Factor(Quantity("h", 9), Quantity("W"))),
            "factor must be .* this network of 2 steps, but is ∂h₉/∂W",
        ),
        (
            lambda: UnrolledNetwork(2).value(path_terms(3)[0]),
            "factor must be .* but is ∂L₃/∂y₃",
        ),
        (
            lambda: UnrolledNetwork(2).value(
                Factor(Quantity("h", 2), Quantity("h", 9))
            ),
            "factor must be .* but is ∂h₂/∂h₉",
        ),
        (lambda: UnrolledNetwork(2).at({}, None, None), r"values\['W'\] must hold 1"),
        (lambda: backpropagate(0, "W", None), "T must be at least 1, but is 0"),
        (lambda: backpropagate(2, "V", None), "wrt must be one of 'W', 'U', 'b'"),
        (lambda: backpropagate(2, "W", None, t=3), "t must be between 1 and 2"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_wrong_number_of_numbers_is_named():
    net = UnrolledNetwork(2)
    function = net.lambdify(net.gradient(2))
    params = random_params(1, 1, 1, seed=0)
    with pytest.raises(ValueError, match="this network"):
        function(params, np.ones((3, 1)), np.ones((3, 1)))


def test_arrays_have_no_total_derivative():
    params = random_params(1, 1, 1, seed=0)
    value = factor_arrays(params, np.ones((2, 1)), np.ones((2, 1)))
    with pytest.raises(ValueError, match="no array"):
        value(Factor(Quantity("h", 2), Quantity("W")))
    with pytest.raises(ValueError, match="no array"):
        value(Factor(Quantity("h", 2), Quantity("V"), immediate=True))


def test_arrays_are_those_of_the_steps_that_are_named():
    """Row −1 is not that of step 0, and one step leads to h_{k-1} only."""
    params = random_params(1, 1, 1, seed=0)
    value = factor_arrays(params, np.ones((2, 1)), np.ones((2, 1)))
    for step in (0, 3):
        with pytest.raises(ValueError, match=f"between 1 and 2, but is {step}"):
            value(Factor(Quantity("L", step), Quantity("y", step)))
    with pytest.raises(ValueError, match="no array"):
        value(Factor(Quantity("h", 2), Quantity("h", 0)))


# The picture ----------------------------------------------------------------


def test_path_explorer_says_what_it_lights():
    from rnn_demo.explorers.paths import path_explorer

    explorer = path_explorer()
    terms = {f"W: {term.path}": term for term in path_terms(3, "W")}
    terms["V"] = path_terms(3, "V")[0]
    for label, term in terms.items():
        explorer.value = {"path": label}
        assert " · ".join(map(str, term.factors)) in explorer.sentence
