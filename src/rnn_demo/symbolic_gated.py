"""The one-step derivatives of LSTM and GRU as sums over paths, checked with SymPy.

A cell is a small graph: each quantity, such as f_t or c_t, is given by an equation in
quantities before it. The derivative of one by another is the sum, over all paths that
lead from the second to the first, of the product of the edges' Jacobians. As in
`rnn_demo.symbolic` a path is data, a tuple of :class:`~rnn_demo.symbolic.Factor`; the
same tuple is typeset, evaluated, and compared with ``sympy.diff``. φ and σ stay
undefined, so that what is shown holds for all differentiable functions.

The equations are those of `rnn_demo.gated`, with φ in place of tanh.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy

from rnn_demo._checks import instance, integer
from rnn_demo._types import Floats
from rnn_demo.network import get_activation
from rnn_demo.symbolic import Factor, Quantity, dphi, dsigma, phi, sigma

__all__ = ["GRU", "LSTM", "CellGraph", "CellPath", "gru_graph", "lstm_graph"]

NOW, BEFORE = "t", "t-1"


@dataclass(frozen=True)
class CellPath:
    """One path from a quantity to another, and the factors along it.

    Parameters
    ----------
    factors : tuple of Factor
        In the order in which they are multiplied, the end of the path first.
    """

    factors: tuple[Factor, ...]

    @property
    def nodes(self) -> tuple[Quantity, ...]:
        """The quantities visited, in the order of the factors."""
        return (self.factors[0].numerator, *(f.denominator for f in self.factors))

    @property
    def through(self) -> tuple[str, ...]:
        """Names of the gates between the two ends."""
        return tuple(q.name for q in self.nodes[1:-1] if q.name not in ("c", "h"))

    def latex(self) -> str:
        """Return the product of the factors as LaTeX."""
        return r"\,".join(f.latex() for f in self.factors)

    def __str__(self) -> str:
        """Return the path forward in time, such as ``cₜ₋₁ → hₜ₋₁ → fₜ → cₜ``."""
        below = str.maketrans("t-1", "ₜ₋₁")
        return " → ".join(
            q.name + str(q.step).translate(below) for q in reversed(self.nodes)
        )


class CellGraph:
    """The equations of one step of a cell, in symbols.

    Parameters
    ----------
    equations : dict of Quantity to sympy.Matrix
        Columns, each in the symbols of quantities that come earlier in the dict or
        are given.
    symbols : dict of Quantity to sympy.Matrix
        Column of symbols of every quantity, also of those that are given.
    arguments : dict of str to sympy.Matrix
        The parameters and the input.
    short : dict of sympy.Expr to sympy.Symbol
        Names for the arguments of φ and σ, used by `compact`.
    """

    def __init__(
        self,
        equations: dict[Quantity, sympy.Matrix],
        symbols: dict[Quantity, sympy.Matrix],
        arguments: dict[str, sympy.Matrix],
        short: dict[sympy.Expr, sympy.Symbol],
    ) -> None:
        self.equations, self.symbols = equations, symbols
        self.arguments, self._short = arguments, short
        self._owner = {s: q for q, column in symbols.items() for s in column}

    def paths(
        self, top: Quantity, bottom: Quantity, hold: Iterable[Quantity] = ()
    ) -> tuple[CellPath, ...]:
        """Return all paths from `bottom` to `top`, shortest first.

        Parameters
        ----------
        top, bottom : Quantity
            The derivative is that of `top` by `bottom`.
        hold : iterable of Quantity
            Quantities that are held fixed: no path leads through them.

        Returns
        -------
        tuple of CellPath

        Raises
        ------
        ValueError
            If `top` has no equation or `bottom` no symbol.
        """
        self._check(top, bottom)
        found = self._search(top, bottom, frozenset(hold))
        return tuple(sorted(map(CellPath, found), key=lambda path: len(path.factors)))

    def _search(
        self, top: Quantity, bottom: Quantity, hold: frozenset[Quantity]
    ) -> list[tuple[Factor, ...]]:
        found: list[tuple[Factor, ...]] = []
        for q in self._inputs(top):
            factor = Factor(top, q, immediate=True)
            if q == bottom:
                found.append((factor,))
            elif q in self.equations and q not in hold:
                found += [(factor, *rest) for rest in self._search(q, bottom, hold)]
        return found

    def _inputs(self, quantity: Quantity) -> list[Quantity]:
        """Return the quantities that its equation names, in the order of `symbols`."""
        named = {self._owner.get(s) for s in self.equations[quantity].free_symbols}
        return [q for q in self.symbols if q in named]

    def value(self, term: Factor | CellPath) -> sympy.Matrix:
        """Return the Jacobian of an edge, or the product along a path.

        An edge's Jacobian holds all other quantities fixed: it is ∂⁺.

        Parameters
        ----------
        term : Factor or CellPath
            Of quantities of this cell.

        Returns
        -------
        sympy.Matrix

        Raises
        ------
        ValueError
            If a numerator has no equation or a denominator no symbol.
        """
        instance(term, "term", Factor, CellPath)
        if isinstance(term, CellPath):
            product = self.value(term.factors[0])
            for factor in term.factors[1:]:
                product = product * self.value(factor)
            return product
        self._check(
            term.numerator,
            term.denominator,
            ("numerator of term", "denominator of term"),
        )
        column, by = self.equations[term.numerator], self.symbols[term.denominator]
        return column.jacobian(by)

    def sum_of_paths(self, paths: Sequence[CellPath]) -> sympy.Matrix:
        """Return the sum of the products along the paths.

        Parameters
        ----------
        paths : sequence of CellPath
            Paths between the same two quantities, at least one.

        Returns
        -------
        sympy.Matrix

        Raises
        ------
        ValueError
            If there are no paths: the shape of their sum is unknown.
        """
        if not paths:
            raise ValueError("paths must hold at least one path, but is empty")
        total = self.value(paths[0])
        for path in paths[1:]:
            total = total + self.value(path)
        return total

    def derivative(
        self, top: Quantity, bottom: Quantity, hold: Iterable[Quantity] = ()
    ) -> sympy.Matrix:
        """Differentiate with ``sympy.diff``; nothing of the paths enters.

        All quantities between the two are substituted away, except those held fixed.

        Parameters
        ----------
        top, bottom, hold
            As for `paths`.

        Returns
        -------
        sympy.Matrix
            Rows belong to `top`, columns to `bottom`.

        Raises
        ------
        ValueError
            As `paths`.
        """
        self._check(top, bottom)
        full = self.unroll(self.equations[top], bottom, hold)
        return full.jacobian(self.symbols[bottom])

    def unroll(
        self, expression: Any, bottom: Quantity, hold: Iterable[Quantity] = ()
    ) -> Any:
        """Substitute equations for all quantities but `bottom` and those held fixed.

        Parameters
        ----------
        expression : sympy.Expr or sympy.Matrix
            In the symbols of this cell.
        bottom : Quantity
            Stays a symbol.
        hold : iterable of Quantity
            Stay symbols, too.

        Returns
        -------
        sympy.Expr or sympy.Matrix
        """
        kept = {bottom, *hold}
        known: dict[sympy.Symbol, sympy.Expr] = {}
        for q, column in self.equations.items():
            if q not in kept:
                known.update(zip(self.symbols[q], column.xreplace(known), strict=True))
        return expression.xreplace(known)

    def difference(
        self, top: Quantity, bottom: Quantity, hold: Iterable[Quantity] = ()
    ) -> sympy.Matrix:
        """Return Σ paths − ``sympy.diff``, expanded. It should be exactly 0.

        Parameters
        ----------
        top, bottom, hold
            As for `paths`.

        Returns
        -------
        sympy.Matrix

        Raises
        ------
        ValueError
            As `paths`.
        """
        hold = tuple(hold)
        difference = -self.derivative(top, bottom, hold)
        if paths := self.paths(top, bottom, hold):
            difference += self.unroll(self.sum_of_paths(paths), bottom, hold)
        return difference.applyfunc(sympy.expand)

    def compact(self, expression: Any) -> Any:
        """Write z^f_t and so on for the arguments of the gates' φ and σ.

        Parameters
        ----------
        expression : sympy.Expr or sympy.Matrix
            In the symbols of this cell.

        Returns
        -------
        sympy.Expr or sympy.Matrix
            The same with the short names; for display.
        """
        return expression.xreplace(self._short)

    def sum_latex(
        self, top: Quantity, bottom: Quantity, hold: Iterable[Quantity] = ()
    ) -> str:
        """Return the derivative as LaTeX: a line for each path, its value below it.

        The values are typeset for cells of one unit, where they are plain products.

        Parameters
        ----------
        top, bottom, hold
            As for `paths`.

        Returns
        -------
        str
            An ``aligned`` environment without dollar signs.

        Raises
        ------
        ValueError
            As `paths`.
        """
        lines = []
        for path in self.paths(top, bottom, hold):
            value = self.compact(self.value(path))
            shown = sympy.latex(value[0] if value.shape == (1, 1) else value)
            lines.append(rf"\underbrace{{{path.latex()}}}_{{{shown}}}")
        left = Factor(top, bottom).latex()
        body = " \\\\[1ex]\n  &+ ".join(lines) or "0"
        return f"\\begin{{aligned}}\n{left} ={{}}& {body}\n\\end{{aligned}}"

    def evaluate(self, expression: sympy.Matrix, values: dict[Any, Any]) -> Floats:
        """Return an expression as numbers, with φ = tanh and σ logistic.

        Parameters
        ----------
        expression : sympy.Matrix
            In the symbols of this cell.
        values : dict
            An array for each name in `arguments` and each quantity, by `Quantity`,
            that has no equation. Others are computed from their equations; a value
            given for one of them takes the place of its equation.

        Returns
        -------
        ndarray

        Raises
        ------
        ValueError
            If `values` lacks what is needed, or an array has another size.
        """
        numbers: dict[sympy.Symbol, float] = {}
        for key, column in (*self.arguments.items(), *self.symbols.items()):
            if key in values:
                given = np.ravel(values[key])
                if len(given) != len(column):
                    raise ValueError(
                        f"values[{key!r}] must hold {len(column)} numbers, but holds "
                        f"{len(given)}"
                    )
                numbers.update(zip(column, given, strict=True))
        functions: dict[str, Callable[[Any], Any]] = {}
        tanh, logistic = get_activation("tanh"), get_activation("logistic")
        for f, df, known in ((phi, dphi, tanh), (sigma, dsigma, logistic)):
            functions |= {f.__name__: known.phi, df.__name__: known.derivative}

        def compute(matrix: sympy.Matrix) -> Floats:
            free = sorted(matrix.free_symbols, key=str)
            if missing := [str(s) for s in free if s not in numbers]:
                raise ValueError(f"values must give numbers for {', '.join(missing)}")
            function = sympy.lambdify(free, matrix, modules=[functions, "numpy"])
            return np.asarray(function(*(numbers[s] for s in free)), dtype=float)

        for q, column in self.equations.items():
            if q not in values:
                numbers.update(
                    zip(self.symbols[q], compute(column).ravel(), strict=True)
                )
        return compute(expression)

    def _check(
        self, top: Quantity, bottom: Quantity, names: Sequence[str] = ("top", "bottom")
    ) -> None:
        known = (self.equations, self.symbols)
        for q, name, quantities in zip((top, bottom), names, known, strict=True):
            instance(q, name, Quantity)
            if q not in quantities:
                listed = ", ".join(k.latex() for k in quantities)
                raise ValueError(f"{name} must be one of {listed}, but is {q.latex()}")


class LSTM:
    """Names of the quantities of an LSTM step."""

    c_before, h_before = Quantity("c", BEFORE), Quantity("h", BEFORE)
    o_before = Quantity("o", BEFORE)
    f, i, o, g = (Quantity(name, NOW) for name in "fiog")
    c, h = Quantity("c", NOW), Quantity("h", NOW)


class GRU:
    """Names of the quantities of a GRU step."""

    h_before = Quantity("h", BEFORE)
    u, r, g = (Quantity(name, NOW) for name in "urg")
    h = Quantity("h", NOW)


def lstm_graph(n: int = 1, m: int = 1) -> CellGraph:
    """Return the graph of an LSTM step.

    It starts at c_{t-1} and o_{t-1}, which are given, and contains
    h_{t-1} = o_{t-1} ∘ φ(c_{t-1}): hold h_{t-1} fixed to get the derivatives with
    respect to the two parts of the state as if they were independent.

    Parameters
    ----------
    n, m : int
        Numbers of units and of inputs.

    Returns
    -------
    CellGraph

    Raises
    ------
    ValueError
        If a number is not an integer above 0.
    """
    n, m = integer(n, "n", 1), integer(m, "m", 1)
    names = LSTM
    given = (names.c_before, names.o_before)
    inner = (names.h_before, names.f, names.i, names.o, names.g, names.c, names.h)
    symbols = {q: _column(q, n) for q in (*given, *inner)}
    arguments = _arguments("fiog", n, m)
    h0 = symbols[names.h_before]
    gates = {
        q: (sigma if q != names.g else phi, h0)
        for q in (names.f, names.i, names.o, names.g)
    }
    equations = {
        names.h_before: _times(
            symbols[names.o_before], symbols[names.c_before].applyfunc(phi)
        )
    }
    short = _add_gates(equations, gates, arguments)
    equations[names.c] = _times(symbols[names.f], symbols[names.c_before]) + _times(
        symbols[names.i], symbols[names.g]
    )
    equations[names.h] = _times(symbols[names.o], symbols[names.c].applyfunc(phi))
    return CellGraph(equations, symbols, arguments, short)


def gru_graph(n: int = 1, m: int = 1) -> CellGraph:
    """Return the graph of a GRU step, with the reset gate before the matrix.

    Parameters
    ----------
    n, m : int
        Numbers of units and of inputs.

    Returns
    -------
    CellGraph

    Raises
    ------
    ValueError
        If a number is not an integer above 0.
    """
    n, m = integer(n, "n", 1), integer(m, "m", 1)
    names = GRU
    order = (names.h_before, names.u, names.r, names.g, names.h)
    symbols = {q: _column(q, n) for q in order}
    arguments = _arguments("urg", n, m)
    h0, u, r, g = (symbols[q] for q in order[:-1])
    gates = {
        names.u: (sigma, h0),
        names.r: (sigma, h0),
        names.g: (phi, _times(r, h0)),
    }
    equations: dict[Quantity, sympy.Matrix] = {}
    short = _add_gates(equations, gates, arguments)
    equations[names.h] = _times(u, h0) + _times(u.applyfunc(lambda e: 1 - e), g)
    return CellGraph(equations, symbols, arguments, short)


def _add_gates(
    equations: dict[Quantity, sympy.Matrix],
    gates: Mapping[Quantity, tuple[type[phi] | type[sigma], sympy.Matrix]],
    arguments: Mapping[str, sympy.Matrix],
) -> dict[sympy.Expr, sympy.Symbol]:
    """Add each gate's equation, and return short names for their arguments."""
    short = {}
    for q, (function, source) in gates.items():
        z = (
            arguments[f"U_{q.name}"] * arguments["x"]
            + arguments[f"W_{q.name}"] * source
            + arguments[f"b_{q.name}"]
        )
        equations[q] = z.applyfunc(function)
        derivative = dphi if function is phi else dsigma
        names = _column(Quantity(f"z^{{{q.name}}}", q.step), len(z))
        for full, name in zip(z, names, strict=True):
            short[function(full)] = function(name)
            short[derivative(full)] = derivative(name)
    return short


def _arguments(gates: str, n: int, m: int) -> dict[str, sympy.Matrix]:
    arguments = {"x": _column(Quantity("x", NOW), m)}
    for gate in gates:
        for name, columns in (("U", m), ("W", n), ("b", None)):
            arguments[f"{name}_{gate}"] = _parameter(name, gate, n, columns)
    return arguments


def _parameter(name: str, gate: str, rows: int, columns: int | None) -> sympy.Matrix:
    def entry(i: int, j: int) -> sympy.Symbol:
        if rows * (columns or 1) == 1:
            return sympy.Symbol(f"{name}_{{{gate}}}")
        unit = f"{i + 1}" if columns is None else f"{i + 1}{j + 1}"
        return sympy.Symbol(f"{name}_{{{gate},{unit}}}")

    return sympy.Matrix(rows, columns or 1, entry)


def _column(quantity: Quantity, size: int) -> sympy.Matrix:
    def entry(i: int, _: int) -> sympy.Symbol:
        unit = f",{i + 1}" if size > 1 else ""
        return sympy.Symbol(f"{quantity.name}_{{{quantity.step}{unit}}}")

    return sympy.Matrix(size, 1, entry)


def _times(a: sympy.Matrix, b: sympy.Matrix) -> sympy.Matrix:
    return a.multiply_elementwise(b)
