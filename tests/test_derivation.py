"""The path terms: what they say, what they equal, and what they cost."""

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from rnn_demo import gated
from rnn_demo.backprop import bptt, immediate_terms
from rnn_demo.derivation import (
    GRU,
    LSTM,
    Factor,
    PathGraph,
    PathTerm,
    Quantity,
    UnrolledNetwork,
    backpropagate,
    dphi,
    expansion_latex,
    factor_arrays,
    gru_graph,
    lstm_graph,
    nested_latex,
    path_terms,
    phi,
    sigma,
    sum_over_paths,
)
from rnn_demo.matrices import random_params
from rnn_demo.network import loss

ACTIVATIONS = ("tanh", "logistic", "identity")


def L(t):
    return Quantity("L", t)


def values(params, x, target, h0):
    return vars(params) | {"x": x, "target": target, "h0": h0}


@pytest.fixture(scope="module")
def pair():
    """Two units, two inputs, two outputs, three steps."""
    return UnrolledNetwork(3, n=2, m=2, p=2)


# Against sympy.diff ---------------------------------------------------------


@pytest.mark.parametrize("wrt", ["U", "W", "b", "V", "c"])
@pytest.mark.parametrize("t", range(1, 7))
def test_terms_equal_diff_for_scalars(t, wrt):
    assert UnrolledNetwork(t).difference(L(t), Quantity(wrt)).is_zero_matrix


@pytest.mark.parametrize("wrt", ["U", "W", "b", "V", "c"])
@pytest.mark.parametrize("t", range(1, 5))
def test_terms_equal_diff_entry_by_entry(t, wrt):
    net = UnrolledNetwork(t, n=2, p=2)
    assert net.difference(L(t), Quantity(wrt)).is_zero_matrix


def test_terms_equal_diff_for_a_single_loss_inside_of_a_longer_network():
    assert UnrolledNetwork(4).difference(L(2), Quantity("W")).is_zero_matrix


@pytest.mark.parametrize("wrt", ["U", "W", "b"])
def test_recursion_equals_diff_of_the_total_loss(pair, wrt):
    total, each = Quantity("L"), [L(t) for t in (1, 2, 3)]
    gradient = pair.derivative(total, Quantity(wrt))
    recursion, _ = backpropagate(3, wrt, pair.value)
    assert (recursion - gradient).expand().is_zero_matrix
    assert pair.difference(total, Quantity(wrt)).is_zero_matrix
    gradient -= sum((pair.derivative(q, Quantity(wrt)) for q in each), 0 * gradient)
    assert gradient.expand().is_zero_matrix


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
    got = net.lambdify(rows)(values(params, x, np.full((3, 1), goal), [h0]))
    point |= {sympy.Symbol("h"): h0, target: goal}
    assert got[0, 0] == pytest.approx(float(direct.subs(point)), rel=1e-12)


# One graph --------------------------------------------------------------------


@pytest.mark.parametrize("wrt", ["U", "W", "b", "V", "c"])
def test_the_graph_finds_the_paths_that_the_derivation_writes(wrt):
    """Each summand as the formula has it, k = t, …, 1, written here by hand."""
    h, y = [Quantity("h", k) for k in range(4)], Quantity("y", 3)
    expected = [[Factor(L(3), y), Factor(y, Quantity(wrt))]]
    if wrt in "UWb":
        expected = [
            [Factor(L(3), y), Factor(y, h[3])]
            + [Factor(h[j], h[j - 1]) for j in range(3, k, -1)]
            + [Factor(h[k], Quantity(wrt), immediate=True)]
            for k in (3, 2, 1)
        ]
    expected = tuple(PathTerm(tuple(factors)) for factors in expected)
    assert path_terms(3, wrt) == expected
    longer = UnrolledNetwork(4, n=2, p=2)
    assert longer.paths(L(3), Quantity(wrt)) == expected
    assert [term.k for term in expected] == ([3, 2, 1] if wrt in "UWb" else [3])


def test_every_pair_of_quantities_obeys_the_sum_over_paths():
    for graph in (UnrolledNetwork(3), lstm_graph(), gru_graph()):
        for top in graph.equations:
            for bottom in graph.symbols:
                assert graph.difference(top, bottom).is_zero_matrix


def test_the_derivative_by_an_earlier_state_is_the_product_of_the_jacobians(pair):
    far = pair.value(Factor(Quantity("h", 3), Quantity("h", 1)))
    steps = [Factor(Quantity("h", k), Quantity("h", k - 1)) for k in (3, 2)]
    product = pair.value(steps[0]) * pair.value(steps[1])
    assert (far - product).expand().is_zero_matrix
    held = Factor(Quantity("h", 3), Quantity("h", 1), immediate=True)
    assert pair.value(held).is_zero_matrix


# What the factors are -------------------------------------------------------


def test_immediate_derivative_holds_the_previous_state(pair):
    value = pair.value(Factor(Quantity("h", 2), Quantity("W"), immediate=True))
    slopes = pair.equations["h", 2].applyfunc(lambda h: dphi(*h.args))
    for i in range(2):
        for j in range(2):
            column = value[:, 2 * i + j]
            assert column[i] == slopes[i] * pair.symbols["h", 1][j]
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
    slopes = sympy.diag(*(dphi(*h.args) for h in pair.equations["h", 2]))
    W = pair.symbols["W", None]
    assert slopes * W == J
    assert W * slopes != J


def test_total_derivative_in_the_sum_counts_paths_again():
    net = UnrolledNetwork(4)
    wrong = net.sum_of_terms(path_terms(4, "W", immediate=False))
    excess = sum((4 - term.k) * net.value(term)[0] for term in path_terms(4, "W"))
    assert sympy.expand(wrong[0] - net.derivative(L(4), Quantity("W"))[0] - excess) == 0
    assert sympy.expand(excess) != 0


def test_unroll_and_roll_up_are_inverse(pair):
    rolled = pair.value(path_terms(3, "W")[-1])
    unrolled = pair.unroll(rolled)
    states = {s for k in (1, 2, 3) for name in "hy" for s in pair.symbols[name, k]}
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
    assert list(at(pair.symbols["h", 1])) == [half, -half]


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
        got = function(values(params, x, target, h0)).reshape(expected[k - 1].shape)
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
    point = values(params, x, target, np.zeros(2))
    got = [net.lambdify(net.equations["L", k][0])(point) for k in (1, 2, 3)]
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


# LSTM and GRU -------------------------------------------------------------

LSTM_CASES = [
    (LSTM.c, LSTM.c_before, (), 4),
    (LSTM.c, LSTM.c_before, (LSTM.h_before,), 1),
    (LSTM.c, LSTM.h_before, (), 3),
    (LSTM.h, LSTM.c_before, (), 5),
    (LSTM.h, LSTM.c_before, (LSTM.h_before,), 1),
    (LSTM.h, LSTM.h_before, (), 4),
]


@pytest.mark.parametrize(("top", "bottom", "hold", "count"), LSTM_CASES)
@pytest.mark.parametrize("n", [1, 2])
def test_lstm_paths_add_up_to_sympy_diff(n, top, bottom, hold, count):
    graph = lstm_graph(n)
    assert len(graph.paths(top, bottom, hold)) == count
    assert graph.difference(top, bottom, hold).is_zero_matrix


@pytest.mark.parametrize("n", [1, 2])
def test_gru_paths_add_up_to_sympy_diff(n):
    graph = gru_graph(n)
    paths = graph.paths(GRU.h, GRU.h_before)
    assert {path.through for path in paths} == {(), ("u",), ("g",), ("g", "r")}
    assert graph.difference(GRU.h, GRU.h_before).is_zero_matrix


def test_a_missing_path_would_be_noticed():
    graph, ends = lstm_graph(1), (LSTM.c, LSTM.c_before)
    derivative = graph.derivative(*ends)
    for left_out in graph.paths(*ends):
        rest = [path for path in graph.paths(*ends) if path != left_out]
        wrong = graph.unroll(graph.sum_of_terms(rest) - derivative, [LSTM.c_before])
        assert sympy.expand(wrong[0]) != 0


def test_direct_paths_are_the_forget_and_the_update_gate():
    lstm, gru = lstm_graph(2), gru_graph(2)
    direct = lstm.paths(LSTM.c, LSTM.c_before)[0]
    assert lstm.value(direct) == sympy.diag(*lstm.symbols[LSTM.f])
    direct = gru.paths(GRU.h, GRU.h_before)[0]
    assert gru.value(direct) == sympy.diag(*gru.symbols[GRU.u])


def lstm_problem():
    rng = np.random.default_rng(0)
    params = gated.random_gated("lstm", 2, 1, 1, rho=1.5, keep_bias=0.4, seed=rng)
    params = params.replace(b=rng.normal(size=(4, 2)))
    x, state0 = rng.normal(size=(2, 1)), rng.normal(size=4)
    run = gated.forward(params, x, state0)
    point = {LSTM.x: x[1], LSTM.c_before: run.state[0, :2]}
    point[LSTM.o_before] = run.gates["o"][0]
    for j, gate in enumerate(params.GATES):
        point |= {(name, gate): getattr(params, name)[j] for name in "UWb"}
    return params, x, state0, point


def test_lstm_terms_in_symbols_are_those_in_numbers():
    params, x, state0, point = lstm_problem()
    graph, terms = lstm_graph(2), gated.path_terms(params, x, 2, state0)
    for path in graph.paths(LSTM.c, LSTM.c_before):
        name = "".join(path.through) or "keep"
        value = graph.lambdify(graph.value(path))(point)
        np.testing.assert_allclose(value, terms[name], rtol=1e-12)


def test_lstm_jacobian_in_symbols_is_that_in_numbers():
    params, x, state0, point = lstm_problem()
    graph = lstm_graph(2)
    hold = (LSTM.h_before,)
    rows = [
        [
            graph.lambdify(graph.derivative(top, LSTM.c_before, hold))(point),
            graph.lambdify(graph.derivative(top, LSTM.h_before))(point),
        ]
        for top in (LSTM.c, LSTM.h)
    ]
    expected = gated.step_jacobians(params, x, state0)[1]
    np.testing.assert_allclose(np.block(rows), expected, rtol=1e-12)


def test_gru_terms_in_symbols_are_those_in_numbers():
    rng = np.random.default_rng(1)
    params = gated.random_gated("gru", 2, 1, 1, rho=1.5, seed=rng)
    params = params.replace(b=rng.normal(size=(3, 2)))
    x, state0 = rng.normal(size=(1, 1)), rng.normal(size=2)
    point = {GRU.x: x[0], GRU.h_before: state0}
    for j, gate in enumerate(params.GATES):
        point |= {(name, gate): getattr(params, name)[j] for name in "UWb"}
    graph, terms = gru_graph(2), gated.path_terms(params, x, 1, state0)
    for path in graph.paths(GRU.h, GRU.h_before):
        name = path.through[-1] if path.through else "keep"
        value = graph.lambdify(graph.value(path))(point)
        np.testing.assert_allclose(value, terms[name], rtol=1e-12)


def test_latex_names_every_path_and_hides_the_arguments():
    graph = lstm_graph(1)
    latex = graph.sum_latex(LSTM.c, LSTM.c_before)
    assert latex.count(r"\underbrace") == 4
    assert r"z^{f}_{t}" in latex
    assert "x_{t}" not in latex
    assert str(graph.paths(LSTM.c, LSTM.c_before)[1]) == "cₜ₋₁ → hₜ₋₁ → fₜ → cₜ"


def test_where_no_path_leads_the_derivative_is_zero():
    ends = (LSTM.f, LSTM.o_before, (LSTM.h_before,))
    graph = lstm_graph(2)
    assert graph.paths(*ends) == ()
    assert graph.difference(*ends) == sympy.zeros(2, 2)
    assert "{}& 0" in graph.sum_latex(*ends)


# Bad input ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: path_terms(0), "t must be between 1 and 64, but is 0"),
        (lambda: path_terms(10**9), "t must be between 1 and 64, but is 1000000000"),
        (lambda: expansion_latex([1, 65]), "t must be between 1 and 64, but is 65"),
        (lambda: path_terms(1.5), "t must be an integer, but is 1.5"),
        (lambda: path_terms(3, "Q"), "wrt must be one of .*'V', 'c', but is 'Q'"),
        (lambda: nested_latex(0), "t must be between 1 and 64"),
        (lambda: sum_over_paths([], None), "terms must hold at least one"),
        (lambda: UnrolledNetwork(0), "T must be between 1 and 64, but is 0"),
        (lambda: UnrolledNetwork(10**9), "T must be between 1 and 64"),
        (lambda: UnrolledNetwork(2, n=0), "n must be between 1 and 9, but is 0"),
        (lambda: UnrolledNetwork(2, p=10), "p must be between 1 and 9, but is 10"),
        (lambda: UnrolledNetwork(9, n=2), r"n \*\* T .* 256, .* n is 2 and T is 9"),
        (
            lambda: UnrolledNetwork(33).derivative(L(33), Quantity("W")),
            "T of a network that is unrolled must be between 1 and 32, but is 33",
        ),
        (lambda: UnrolledNetwork(2, m=1.5), "m must be an integer, but is 1.5"),
        (
            lambda: UnrolledNetwork(2).derivative(L(3), Quantity("W")),
            r"top must be one of .*, but is L_\{3\}",
        ),
        (
            lambda: UnrolledNetwork(2).difference(L(1), Quantity("Q")),
            "bottom must be one of U, .*, but is Q",
        ),
        (
            lambda: UnrolledNetwork(2).equations_latex("hk"),
            "a letter of names must be one of 'h', 'y', 'L', but is 'k'",
        ),
        (lambda: UnrolledNetwork(2).sum_of_terms([]), "terms must hold at least one"),
        (lambda: UnrolledNetwork(2).value("h"), "factor must be Factor or PathTerm"),
        (
            lambda: UnrolledNetwork(2).value(Factor(Quantity("h", 9), Quantity("W"))),
            r"numerator of factor must be one of h_\{1\}, .*, but is h_\{9\}",
        ),
        (
            lambda: UnrolledNetwork(2).value(path_terms(3)[0]),
            r"numerator of factor must be one of .* but is L_\{3\}",
        ),
        (
            lambda: UnrolledNetwork(2).value(
                Factor(Quantity("h", 2), Quantity("h", 9))
            ),
            r"denominator of factor must be one of .* but is h_\{9\}",
        ),
        (lambda: UnrolledNetwork(2).at({}, None, None), r"values\['W'\] must hold 1"),
        (lambda: backpropagate(0, "W", None), "T must be at least 1, but is 0"),
        (lambda: backpropagate(2, "V", None), "wrt must be one of 'W', 'U', 'b'"),
        (lambda: backpropagate(2, "W", None, t=3), "t must be between 1 and 2"),
        (lambda: lstm_graph(0), "n must be between 1 and 9, but is 0"),
        (lambda: gru_graph(1, 0), "m must be between 1 and 9, but is 0"),
        (lambda: gru_graph(1.5), "n must be an integer, but is 1.5"),
        (
            lambda: gru_graph().paths(GRU.h_before, GRU.h),
            "top must be one of u_{t}, .*, but is h_{t-1}",
        ),
        (
            lambda: gru_graph().paths(GRU.h, Quantity("q_t")),
            "bottom must be one of .*, h_{t-1}, .*, but is q_t",
        ),
        (lambda: gru_graph().paths(GRU.h, "h"), "bottom must be Quantity"),
        (
            lambda: gru_graph().value(Factor(GRU.h, LSTM.c)),
            "denominator of factor must be one of",
        ),
        (lambda: gru_graph().value("h"), "factor must be Factor or PathTerm"),
        (lambda: gru_graph().sum_of_terms([]), "terms must hold at least one path"),
        (
            lambda: gru_graph().lambdify(sympy.Matrix([1]))({GRU.x: [1.0]}),
            r"values\[.*'U', .*'u'.*\] must hold 1 numbers, but holds 0",
        ),
        (
            lambda: gru_graph().lambdify(sympy.Matrix([1]))({GRU.x: [1.0, 2.0]}),
            r"values\[.*'x', .*'t'.*\] must hold 1 numbers, but holds 2",
        ),
        (
            lambda: PathGraph().define(L(1), sympy.Matrix([sympy.Symbol("q")])),
            "column must be in known symbols, but has {q}",
        ),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


NETWORK = UnrolledNetwork(2)
ARRAYS = factor_arrays(random_params(1, 1, 1, seed=0), [[1.0]] * 2, [[1.0]] * 2)


@pytest.mark.parametrize(
    "call",
    [
        lambda v: path_terms(v),
        lambda v: path_terms(3, v),
        lambda v: expansion_latex(v),
        lambda v: expansion_latex([v]),
        lambda v: nested_latex(v),
        lambda v: nested_latex(3, v),
        lambda v: UnrolledNetwork(v),
        lambda v: UnrolledNetwork(1, n=v),
        lambda v: UnrolledNetwork(1, m=v),
        lambda v: UnrolledNetwork(1, p=v),
        lambda v: lstm_graph(v),
        lambda v: lstm_graph(1, v),
        lambda v: gru_graph(v),
        lambda v: gru_graph(1, v),
        lambda v: PathGraph().give(L(1), v),
        lambda v: PathGraph().give(L(1), 1, v or 0),
        lambda v: PathGraph().give(v, 1),
        lambda v: backpropagate(v, "W", ARRAYS),
        lambda v: backpropagate(2, v, ARRAYS),
        lambda v: backpropagate(2, "W", ARRAYS, t=v or 0),
        lambda v: ARRAYS(v),
        lambda v: ARRAYS(Factor(L(v), Quantity("y", v))),
        lambda v: NETWORK.paths(v, Quantity("W")),
        lambda v: NETWORK.paths(L(v or 0), Quantity("W")),
        lambda v: NETWORK.derivative(L(2), v),
        lambda v: NETWORK.derivative(L(2), Quantity(v)),
        lambda v: NETWORK.difference(v, v),
        lambda v: NETWORK.value(v),
        lambda v: NETWORK.value(Factor(v, v)),
        lambda v: NETWORK.sum_latex(v, Quantity("W")),
        lambda v: NETWORK.lambdify(sympy.S.One, v),
        lambda v: NETWORK.lambdify(sympy.S.One)(v),
        lambda v: NETWORK.at(v, None, None),
        lambda v: NETWORK.at({"W": v}, None, None),
    ],
)
@pytest.mark.parametrize("value", [None, "one", 2.5, np.nan, -1, 0, 10**9, 10**400])
def test_anything_is_refused_and_soon(call, value):
    with pytest.raises(ValueError, match=r"must|no array"):
        call(value)


def test_wrong_number_of_numbers_is_named():
    net = UnrolledNetwork(2)
    function = net.lambdify(net.derivative(L(2), Quantity("W")))
    point = values(random_params(1, 1, 1, seed=0), [[1.0]] * 3, [[1.0]] * 2, [0.0])
    with pytest.raises(
        ValueError, match=r"values\['x'\] must hold 2 numbers.* holds 3"
    ):
        function(point)
    with pytest.raises(ValueError, match="values must be finite"):
        function(point | {"x": [1.0, np.nan]})
    with pytest.raises(ValueError, match=r"values\['x'\] .* masked"):
        function(point | {"x": np.ma.masked_array([1.0, 2.0], mask=[True, False])})
    with pytest.raises(ValueError, match="values must be dict"):
        function(point["x"])


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
