"""Path terms of LSTM and GRU against sympy.diff and against `rnn_demo.gated`."""

import numpy as np
import pytest
import sympy

from rnn_demo.gated import forward, path_terms, random_gated, step_jacobians
from rnn_demo.symbolic import Factor, Quantity
from rnn_demo.symbolic_gated import GRU, LSTM, gru_graph, lstm_graph

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
        total = graph.unroll(graph.sum_of_paths(rest), LSTM.c_before)
        assert sympy.expand((total - derivative)[0]) != 0


def test_direct_paths_are_the_forget_and_the_update_gate():
    lstm, gru = lstm_graph(2), gru_graph(2)
    direct = lstm.paths(LSTM.c, LSTM.c_before)[0]
    assert lstm.value(direct) == sympy.diag(*lstm.symbols[LSTM.f])
    direct = gru.paths(GRU.h, GRU.h_before)[0]
    assert gru.value(direct) == sympy.diag(*gru.symbols[GRU.u])


def lstm_problem():
    rng = np.random.default_rng(0)
    params = random_gated("lstm", 2, 1, 1, rho=1.5, keep_bias=0.4, seed=rng)
    params = params.replace(b=rng.normal(size=(4, 2)))
    x, state0 = rng.normal(size=(2, 1)), rng.normal(size=4)
    run = forward(params, x, state0)
    values = {"x": x[1], LSTM.c_before: run.state[0, :2]}
    values[LSTM.o_before] = run.gates["o"][0]
    for j, gate in enumerate(params.GATES):
        values |= {f"{name}_{gate}": getattr(params, name)[j] for name in "UWb"}
    return params, x, state0, values


def test_lstm_terms_in_symbols_are_those_in_numbers():
    params, x, state0, values = lstm_problem()
    graph, terms = lstm_graph(2), path_terms(params, x, 2, state0)
    for path in graph.paths(LSTM.c, LSTM.c_before):
        name = "".join(path.through) or "keep"
        value = graph.evaluate(graph.value(path), values)
        np.testing.assert_allclose(value, terms[name], rtol=1e-12)


def test_lstm_jacobian_in_symbols_is_that_in_numbers():
    params, x, state0, values = lstm_problem()
    graph = lstm_graph(2)
    hold = (LSTM.h_before,)
    rows = [
        [
            graph.evaluate(graph.derivative(top, LSTM.c_before, hold), values),
            graph.evaluate(graph.derivative(top, LSTM.h_before), values),
        ]
        for top in (LSTM.c, LSTM.h)
    ]
    expected = step_jacobians(params, x, state0)[1]
    np.testing.assert_allclose(np.block(rows), expected, rtol=1e-12)


def test_gru_terms_in_symbols_are_those_in_numbers():
    rng = np.random.default_rng(1)
    params = random_gated("gru", 2, 1, 1, rho=1.5, seed=rng)
    params = params.replace(b=rng.normal(size=(3, 2)))
    x, state0 = rng.normal(size=(1, 1)), rng.normal(size=2)
    values = {"x": x[0], GRU.h_before: state0}
    for j, gate in enumerate(params.GATES):
        values |= {f"{name}_{gate}": getattr(params, name)[j] for name in "UWb"}
    graph, terms = gru_graph(2), path_terms(params, x, 1, state0)
    for path in graph.paths(GRU.h, GRU.h_before):
        name = path.through[-1] if path.through else "keep"
        value = graph.evaluate(graph.value(path), values)
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


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: lstm_graph(0), "n must be at least 1, but is 0"),
        (lambda: gru_graph(1, 0), "m must be at least 1, but is 0"),
        (lambda: gru_graph(1.5), "n must be an integer, but is 1.5"),
        (
            lambda: gru_graph().paths(GRU.h_before, GRU.h),
            "top must be one of u_{t}, .*, but is h_{t-1}",
        ),
        (
            lambda: gru_graph().paths(GRU.h, Quantity("q_t")),
            "bottom must be one of h_{t-1}, .*, but is q_t",
        ),
        (lambda: gru_graph().paths(GRU.h, "h"), "bottom must be Quantity"),
        (
            lambda: gru_graph().value(Factor(GRU.h, LSTM.c)),
            "denominator of term must be one of",
        ),
        (lambda: gru_graph().value("h"), "term must be Factor or CellPath"),
        (lambda: gru_graph().sum_of_paths([]), "paths must hold at least one path"),
        (
            lambda: gru_graph().evaluate(sympy.Matrix([1]), {"x": [1.0]}),
            "values must give numbers for U_{u}",
        ),
        (
            lambda: gru_graph().evaluate(sympy.Matrix([1]), {"x": [1.0, 2.0]}),
            r"values\['x'\] must hold 1 numbers, but holds 2",
        ),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
