"""The derivation as data: sums over paths that are typeset and checked with SymPy.

A network is a graph of equations, each in quantities that come before it: h_3 in
h_2 and the parameters, or an LSTM's c_t in its gates. The derivative of one quantity
by another is a sum over the paths that lead from the second to the first, each the
product of the Jacobians on its edges. :class:`PathGraph` finds these paths, for the
plain network unrolled over T steps (:class:`UnrolledNetwork`) as for one step of an
LSTM or a GRU (:func:`lstm_graph`, :func:`gru_graph`). A path is a
:class:`PathTerm`, a tuple of :class:`Factor` objects. The same tuple is rendered as
LaTeX, evaluated as a product of matrices, and compared with ``sympy.diff``, so that
what the reader sees is what was checked.

The functions φ and σ stay undefined: :class:`phi` and :class:`sigma` know nothing
but that their derivatives are :class:`dphi` and :class:`dsigma`. An identity shown
with them therefore holds for every differentiable activation.

Derivatives are in numerator layout, and taken entry by entry. The entries of a
matrix W are put in one row, W_11, W_12, ..., W_nn (NumPy's order), so that ∂⁺h_k/∂W
is the n × n² Jacobian whose column (i, j) is φ'(z_k)_i h_{k-1,j} e_i, and a gradient
is a 1 × n² row.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, reduce
from operator import add, matmul
from textwrap import shorten
from typing import Any, NamedTuple

import numpy as np
import sympy
from numpy.typing import ArrayLike

from rnn_demo._checks import choice, instance, integer, real_array, targets, unmasked
from rnn_demo._types import ActivationName, Floats
from rnn_demo.network import RNNParams, forward, get_activation, inputs

# Parameters inside of the recurrence: many paths lead to them.
RECURRENT = ("W", "U", "b")
# Parameters of the output: one path leads to them.
OUTPUT = ("V", "c")
# Steps of a network, and of one whose states are substituted away: SymPy works by
# recursion, and Python's stack holds no deeper expression.
MOST_STEPS, MOST_UNROLLED_STEPS = 64, 32
# Units, and n ** T: with every step back, an unrolled state names n times as many.
MOST_UNITS, MOST_STATES = 9, 256


# --------------------------------------------------------------------------
# φ, σ and their derivatives, left undefined
# --------------------------------------------------------------------------


class _Undefined(sympy.Function):  # type: ignore[misc] # SymPy has no types
    nargs = 1
    symbol = ""

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        power = "" if exp is None else f"^{{{exp}}}"
        argument = printer.doprint(self.args[0])
        return rf"{self.symbol}{power}\left({argument}\right)"


class dphi(_Undefined):
    """The derivative φ' of the undefined activation φ."""

    symbol = r"\phi'"


class dsigma(_Undefined):
    """The derivative σ' of the undefined output function σ."""

    symbol = r"\sigma'"


class _Activation(_Undefined):
    slope: type[_Undefined]

    def fdiff(self, argindex: int = 1) -> sympy.Expr:
        """Return the derivative at the same argument.

        Parameters
        ----------
        argindex : int
            SymPy's number of the argument; there is one.

        Returns
        -------
        sympy.Expr
        """
        return self.slope(self.args[0])


class phi(_Activation):
    """The undefined activation φ of the hidden units."""

    symbol, slope = r"\phi", dphi


class sigma(_Activation):
    """The undefined output function σ."""

    symbol, slope = r"\sigma", dsigma


# --------------------------------------------------------------------------
# Paths as data
# --------------------------------------------------------------------------

_SUBSCRIPTS = str.maketrans("0123456789t-", "₀₁₂₃₄₅₆₇₈₉ₜ₋")


class Quantity(NamedTuple):
    """A variable of a network: ("h", 3) is h_3, ("W", None) the parameter W.

    In a cell the steps are "t" and "t-1", and ("W", "f") is the W of the gate f.
    """

    name: str
    step: Any = None

    def latex(self) -> str:
        """Return the quantity as LaTeX, such as ``h_{3}``."""
        return self.name if self.step is None else f"{self.name}_{{{self.step}}}"

    def __str__(self) -> str:
        """Return the quantity as plain text, such as ``h₃``."""
        step = "" if self.step is None else str(self.step)
        return self.name + step.translate(_SUBSCRIPTS)


@dataclass(frozen=True)
class Factor:
    """One factor ∂numerator/∂denominator of a path term.

    Parameters
    ----------
    numerator, denominator : Quantity
        What is differentiated, and by what.
    immediate : bool
        Whether this is ∂⁺, the derivative with all other quantities held fixed.
    """

    numerator: Quantity
    denominator: Quantity
    immediate: bool = False

    def latex(self) -> str:
        r"""Return the factor as LaTeX, ``\frac{\partial h_{3}}{\partial h_{2}}``."""
        d = r"\partial^{+}" if self.immediate else r"\partial"
        top, bottom = self.numerator.latex(), self.denominator.latex()
        return rf"\frac{{{d} {top}}}{{\partial {bottom}}}"

    def __str__(self) -> str:
        """Return the factor as plain text, such as ``∂h₃/∂h₂``."""
        d = "∂⁺" if self.immediate else "∂"
        return f"{d}{self.numerator}/∂{self.denominator}"


@dataclass(frozen=True)
class PathTerm:
    """The summand of a derivative that belongs to one path, a product of factors.

    Parameters
    ----------
    factors : tuple of Factor
        In the order in which they are multiplied, the end of the path first: for a
        gradient, the loss.
    """

    factors: tuple[Factor, ...]

    @property
    def nodes(self) -> tuple[Quantity, ...]:
        """The quantities visited, in the order of the factors."""
        return (self.factors[0].numerator, *(f.denominator for f in self.factors))

    @property
    def k(self) -> Any:
        """The step at which the path leaves the recurrence."""
        return self.factors[-1].numerator.step

    @property
    def chain(self) -> tuple[Factor, ...]:
        """The factors ∂h_j/∂h_{j-1}, from j = t down to j = k + 1."""
        return tuple(
            f for f in self.factors if f.numerator.name == f.denominator.name == "h"
        )

    @property
    def path(self) -> str:
        """The hidden steps that the path visits, such as ``"3 → 2 → 1"``."""
        return " → ".join(str(q.step) for q in self.nodes if q.name == "h")

    @property
    def through(self) -> tuple[str, ...]:
        """Names of the gates between the two ends."""
        return tuple(q.name for q in self.nodes[1:-1] if q.name not in ("c", "h"))

    def latex(self) -> str:
        """Return the product of the factors as LaTeX."""
        return r"\,".join(f.latex() for f in self.factors)

    def __str__(self) -> str:
        """Return the path forward in time, such as ``cₜ₋₁ → hₜ₋₁ → fₜ → cₜ``."""
        return " → ".join(map(str, reversed(self.nodes)))


def sum_over_paths(
    terms: Iterable[PathTerm], value: Callable[[Factor], Any]
) -> tuple[Any, int]:
    """Multiply out each path term from the left, add them, and count the products.

    Parameters
    ----------
    terms : iterable of PathTerm
        What is added.
    value : callable
        Gives the matrix of a factor: ``PathGraph.value`` for symbols,
        ``factor_arrays(...)`` for numbers.

    Returns
    -------
    total : matrix
        The sum; with one row where the terms belong to a loss.
    products : int
        How often a row was multiplied by a matrix.

    Raises
    ------
    ValueError
        If there are no terms: the shape of their sum is unknown.
    """
    rows, products = [], 0
    for term in terms:
        first, *rest = map(value, term.factors)
        rows.append(reduce(matmul, rest, first))
        products += len(rest)
    if not rows:
        raise ValueError("terms must hold at least one path term, but is empty")
    return reduce(add, rows), products


# --------------------------------------------------------------------------
# The graph of the equations
# --------------------------------------------------------------------------


class PathGraph:
    """Equations between quantities, in symbols, and the paths along them.

    It is written down like the network itself, each quantity after those that its
    equation names: first `give` what is given, then `define` the rest.

    Attributes
    ----------
    symbols : dict of Quantity to sympy.Matrix
        The symbols of every quantity.
    equations : dict of Quantity to sympy.Matrix
        The columns that define quantities, in the symbols of others.
    """

    def __init__(self) -> None:
        self.symbols: dict[Quantity, sympy.Matrix] = {}
        self.equations: dict[Quantity, sympy.Matrix] = {}
        self._owner: dict[sympy.Symbol, Quantity] = {}
        self._edges: dict[Quantity, list[Factor]] = {}
        self._values: dict[Factor, sympy.Matrix] = {}

    def give(
        self, quantity: Quantity, rows: int, columns: int | None = None
    ) -> sympy.Matrix:
        """Add a quantity that is given.

        Parameters
        ----------
        quantity : Quantity
            Its name.
        rows, columns : int
            Its shape, at most 9 of each; without columns, it is a column.

        Returns
        -------
        sympy.Matrix
            Its symbols.

        Raises
        ------
        ValueError
            If the name is no quantity, or a number is out of range.
        """
        instance(quantity, "quantity", Quantity)
        rows = integer(rows, "rows", 1, MOST_UNITS)
        if columns is not None:
            columns = integer(columns, "columns", 1, MOST_UNITS)
        symbols = self.symbols[quantity] = _symbols(quantity, rows, columns)
        self._owner |= dict.fromkeys(symbols, quantity)
        return symbols

    def define(self, quantity: Quantity, column: sympy.Matrix) -> sympy.Matrix:
        """Add a quantity with its equation.

        Parameters
        ----------
        quantity : Quantity
            Its name.
        column : sympy.Matrix
            What it equals, in the symbols of quantities that were added before.

        Returns
        -------
        sympy.Matrix
            Its symbols.

        Raises
        ------
        ValueError
            If the column has symbols of other quantities.
        """
        if unknown := column.free_symbols - self._owner.keys():
            raise ValueError(f"column must be in known symbols, but has {unknown}")
        named = {self._owner[s] for s in column.free_symbols}
        edges = [self._edge(quantity, q) for q in self.symbols if q in named]
        self._edges[quantity] = edges
        self.equations[quantity] = column
        return self.give(quantity, len(column))

    # Paths and their values ------------------------------------------------

    def paths(
        self, top: Quantity, bottom: Quantity, hold: Iterable[Quantity] = ()
    ) -> tuple[PathTerm, ...]:
        """Return all paths from `bottom` to `top`, shortest first.

        Parameters
        ----------
        top, bottom : Quantity
            The derivative is that of `top` by `bottom`.
        hold : iterable of Quantity
            Quantities that are held fixed: no path leads through them.

        Returns
        -------
        tuple of PathTerm

        Raises
        ------
        ValueError
            If `top` has no equation or `bottom` no symbol.
        """
        self._check(top, bottom)
        inner = self.equations.keys() - set(hold) - {bottom}

        def walk(q: Quantity) -> Iterator[tuple[Factor, ...]]:
            for edge in self._edges[q]:
                if edge.denominator == bottom:
                    yield (edge,)
                elif edge.denominator in inner:
                    yield from ((edge, *rest) for rest in walk(edge.denominator))

        return tuple(PathTerm(path) for path in sorted(walk(top), key=len))

    def _edge(self, top: Quantity, bottom: Quantity) -> Factor:
        return Factor(top, bottom, immediate=True)

    def value(self, factor: Factor | PathTerm) -> sympy.Matrix:
        """Return the Jacobian of a factor, or the product of a path term.

        With ∂⁺ all other quantities in the numerator's equation are held fixed;
        without, this is the total derivative through all of them.

        Parameters
        ----------
        factor : Factor or PathTerm
            Of quantities of this graph.

        Returns
        -------
        sympy.Matrix
            Rows belong to the numerator, columns to the denominator; a matrix in the
            denominator is read row by row.

        Raises
        ------
        ValueError
            If a numerator has no equation or a denominator no symbol.
        """
        instance(factor, "factor", Factor, PathTerm)
        if isinstance(factor, PathTerm):
            return sum_over_paths([factor], self.value)[0]
        if factor not in self._values:
            top, bottom = factor.numerator, factor.denominator
            self._check(top, bottom, ("numerator of factor", "denominator of factor"))
            if factor.immediate or factor in self._edges[top]:
                value = _jacobian(self.equations[top], self.symbols[bottom])
            else:
                value = self.derivative(top, bottom)
            self._values[factor] = value
        return self._values[factor]

    def sum_of_terms(self, terms: Iterable[PathTerm]) -> sympy.Matrix:
        """Return the sum of path terms between the same two quantities.

        Parameters
        ----------
        terms : iterable of PathTerm
            At least one.

        Returns
        -------
        sympy.Matrix

        Raises
        ------
        ValueError
            If there are no terms, or one has a quantity that is not in this graph.
        """
        return sum_over_paths(terms, self.value)[0]

    def _check(
        self, top: Quantity, bottom: Quantity, names: Sequence[str] = ("top", "bottom")
    ) -> None:
        known = (self.equations, self.symbols)
        for q, name, quantities in zip((top, bottom), names, known, strict=True):
            instance(q, name, Quantity)
            if q not in quantities:
                listed = shorten(", ".join(k.latex() for k in quantities), 300)
                raise ValueError(f"{name} must be one of {listed}, but is {q.latex()}")

    # Against sympy.diff ----------------------------------------------------

    def derivative(
        self, top: Quantity, bottom: Quantity, hold: Iterable[Quantity] = ()
    ) -> sympy.Matrix:
        """Differentiate with ``sympy.diff``; nothing of the paths enters.

        All quantities between the two are substituted away, except those held fixed;
        then `top` is differentiated, and the symbols are put back in.

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
        keep = {bottom, *hold}
        full = self.unroll(self.equations[top], keep)
        return self.roll_up(_jacobian(full, self.symbols[bottom]), keep)

    def difference(
        self, top: Quantity, bottom: Quantity, hold: Iterable[Quantity] = ()
    ) -> sympy.Matrix:
        """Return Σ path terms − ``sympy.diff``, expanded. It should be exactly 0.

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
        hold = {bottom, *hold}
        difference = -self.derivative(top, bottom, hold)
        if terms := self.paths(top, bottom, hold):
            difference += self.sum_of_terms(terms)
        # One side may name a c_t that the other spells out, as `roll_up` says.
        hold |= {q for q, c in self.equations.items() if isinstance(c[0], _Activation)}
        return self.unroll(difference, hold).applyfunc(sympy.expand)

    def unroll(self, expression: Any, keep: Iterable[Quantity] = ()) -> Any:
        """Substitute the equations for their quantities: what is given remains.

        Parameters
        ----------
        expression : sympy.Expr or sympy.Matrix
            In the symbols of this graph.
        keep : iterable of Quantity
            These stay symbols, too.

        Returns
        -------
        sympy.Expr or sympy.Matrix
        """
        return expression.xreplace(self._unrolled(set(keep)))

    def _unrolled(self, keep: set[Quantity]) -> dict[sympy.Symbol, sympy.Expr]:
        """Return each symbol that has an equation with its unrolled expression."""
        known: dict[sympy.Symbol, sympy.Expr] = {}
        for q, column in self.equations.items():
            if q not in keep:
                known.update(zip(self.symbols[q], column.xreplace(known), strict=True))
        return known

    def roll_up(self, expression: Any, keep: Iterable[Quantity] = ()) -> Any:
        """Put the symbols back in: the inverse of `unroll`.

        Only φ, σ and their derivatives are looked for: a quantity such as c_t, whose
        equation is a sum, stays substituted where it stands outside of them.

        Parameters
        ----------
        expression : sympy.Expr or sympy.Matrix
            As `unroll` returns it, or a derivative of that.
        keep : iterable of Quantity
            As for `unroll`.

        Returns
        -------
        sympy.Expr or sympy.Matrix
            In the symbols of this graph.
        """
        known = self._unrolled(set(keep))
        symbol = {
            entry: s
            for q, column in self.equations.items()
            for s, entry in zip(self.symbols[q], column, strict=True)
        }
        rolled: dict[sympy.Expr, sympy.Expr] = {}
        for entry in symbol:
            for f in entry.atoms(_Activation):
                full = f.args[0].xreplace(known)
                rolled[f.func(full)] = symbol.get(f, f)
                rolled[f.slope(full)] = f.slope(f.args[0])
        return expression.xreplace(rolled)

    # To LaTeX and to numbers -----------------------------------------------

    def compact(self, expression: Any) -> Any:
        """Write z_k for the arguments of φ and φ', and a_k for those of σ and σ'.

        Those of a gate f_t are written z^f_t.

        Parameters
        ----------
        expression : sympy.Expr or sympy.Matrix
            In the symbols of this graph.

        Returns
        -------
        sympy.Expr or sympy.Matrix
            The same with the short names; for display.
        """
        short: dict[sympy.Expr, sympy.Expr] = {}
        for q, column in self.equations.items():
            letter = {"h": "z", "y": "a"}.get(q.name, f"z^{{{q.name}}}")
            names = _symbols(Quantity(letter, q.step), len(column))
            for f, name in zip(column, names, strict=True):
                if isinstance(f, _Activation):
                    short[f] = f.func(name)
                    short[f.slope(f.args[0])] = f.slope(name)
        return expression.xreplace(short)

    def sum_latex(
        self, top: Quantity, bottom: Quantity, hold: Iterable[Quantity] = ()
    ) -> str:
        """Return the derivative as LaTeX: a line for each path, its value below it.

        The values are typeset for networks of one unit, where they are plain
        products.

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
        lines = [
            rf"\underbrace{{{term.latex()}}}"
            rf"_{{{_latex(self.compact(self.value(term)))}}}"
            for term in self.paths(top, bottom, hold)
        ]
        return _aligned_sum(Factor(top, bottom), lines)

    def lambdify(
        self, expression: Any, activation: ActivationName = "tanh"
    ) -> Callable[[Mapping[Any, ArrayLike]], Floats]:
        """Turn an expression into a NumPy function.

        Parameters
        ----------
        expression : sympy.Expr or sympy.Matrix
            In the symbols of this graph; equations are substituted for quantities.
        activation : str
            The name of the φ to use; σ is the logistic function.

        Returns
        -------
        callable
            Takes a dict with the array of each quantity that has no equation; for an
            `UnrolledNetwork`, of U, W, b, V, c, x, target and h0. It raises
            ValueError if an array is missing, not finite or of another size.

        Raises
        ------
        ValueError
            If the activation is unknown.
        """
        functions: dict[str, Callable[[Any], Any]] = {}
        pairs = {phi: get_activation(activation), sigma: get_activation("logistic")}
        for f, known in pairs.items():
            functions |= {f.__name__: known.phi, f.slope.__name__: known.derivative}
        given = self._given()
        compiled = sympy.lambdify(
            [s for symbols in given.values() for s in symbols],
            self.unroll(expression),
            modules=[functions, "numpy"],
            cse=True,
        )

        def function(values: Mapping[Any, ArrayLike]) -> Floats:
            numbers = self._numbers(values, given)
            flat = real_array(list(numbers.values()), "values")
            return np.asarray(compiled(*flat), dtype=float)

        return function

    def _argument(self, given: Quantity) -> Hashable:
        """Return under which name `lambdify` takes the numbers of what is given."""
        return given

    def _given(self) -> dict[Hashable, list[sympy.Symbol]]:
        given: dict[Hashable, list[sympy.Symbol]] = {}
        for q, symbols in self.symbols.items():
            if q not in self.equations:
                given.setdefault(self._argument(q), []).extend(symbols)
        return given

    def _numbers(
        self, values: Mapping[Any, Any], names: Iterable[Hashable]
    ) -> dict[sympy.Symbol, Any]:
        """Return the symbols of what is given under these names with their numbers."""
        instance(values, "values", dict)
        given = self._given()
        numbers: dict[sympy.Symbol, Any] = {}
        for name in names:
            unmasked(values.get(name), f"values[{name!r}]")
            found = np.ravel(np.asarray(values.get(name, []), dtype=object))
            if len(found) != len(given[name]):
                raise ValueError(
                    f"values[{name!r}] must hold {len(given[name])} numbers, but holds "
                    f"{len(found)}"
                )
            numbers.update(zip(given[name], found, strict=True))
        return numbers


def _symbols(quantity: Quantity, rows: int, columns: int | None = None) -> sympy.Matrix:
    """Return a matrix of symbols; a single entry carries no unit index."""
    name, mark = quantity.name, ""
    if name == "target":
        # The star comes last, so that SymPy sorts it behind y_k: y_k - y_k*.
        name, mark = "y", r"^{\ast}"

    def entry(i: int, j: int) -> sympy.Symbol:
        below = [] if quantity.step is None else [str(quantity.step)]
        if rows * (columns or 1) > 1:
            below.append(f"{i + 1}" if columns is None else f"{i + 1}{j + 1}")
        lower = f"_{{{','.join(below)}}}" if below else ""
        return sympy.Symbol(name + lower + mark)

    return sympy.Matrix(rows, columns or 1, entry)


def _jacobian(column: sympy.Matrix, symbols: Iterable[sympy.Symbol]) -> sympy.Matrix:
    return sympy.Matrix([[sympy.diff(e, s) for s in symbols] for e in column])


def _latex(value: sympy.Matrix) -> str:
    return str(sympy.latex(value[0] if value.shape == (1, 1) else value))


def _aligned(body: str) -> str:
    return f"\\begin{{aligned}}\n{body}\n\\end{{aligned}}"


def _aligned_sum(left: Factor, lines: Iterable[str]) -> str:
    body = " \\\\[1ex]\n  &+ ".join(lines) or "0"
    return _aligned(f"{left.latex()} ={{}}& {body}")


# --------------------------------------------------------------------------
# The plain network
# --------------------------------------------------------------------------


class UnrolledNetwork(PathGraph):
    """An RNN unrolled over T steps, in symbols.

    Its equations are in *one-step* form: each refers to the symbols of the step
    before, h_3 = φ(U x_3 + W h_2 + b), where h_2 is a symbol. In the *unrolled* form
    the states are substituted away. Differentiating the one-step form by W gives ∂⁺,
    the immediate partial derivative, because the symbol h_2 is held fixed;
    differentiating the unrolled form gives the total derivative.

    Given are the parameters ("U", None), ..., ("c", None), the state ("h", 0), and for
    k = 1, ..., T the input ("x", k) and ("target", k). ("h", k), ("y", k) and the
    losses ("L", k) have equations, and so has their sum ("L", None).

    Parameters
    ----------
    T : int
        Number of steps, at most 64. Up to 32 can be unrolled.
    n, m, p : int
        Sizes of h, x and y, at most 9. With all three 1 the symbols carry no unit
        index.

    Raises
    ------
    ValueError
        If T or a size is out of range, or n ** T above 256: an unrolled state names
        so many.
    """

    def __init__(self, T: int, n: int = 1, m: int = 1, p: int = 1) -> None:
        super().__init__()
        self.T = T = integer(T, "T", 1, MOST_STEPS)
        n, m = integer(n, "n", 1, MOST_UNITS), integer(m, "m", 1, MOST_UNITS)
        p = integer(p, "p", 1, MOST_UNITS)
        if n**T > MOST_STATES:
            raise ValueError(
                f"n ** T must be at most {MOST_STATES}, as the unrolled form grows "
                f"with it, but n is {n} and T is {T}"
            )
        shapes = {"U": (n, m), "W": (n, n), "b": (n,), "V": (p, n), "c": (p,)}
        U, W, b, V, c = (self.give(Quantity(q), *size) for q, size in shapes.items())
        h = self.give(Quantity("h", 0), n)
        total = sympy.zeros(1)
        for k in range(1, T + 1):
            x = self.give(Quantity("x", k), m)
            h = self.define(Quantity("h", k), (U * x + W * h + b).applyfunc(phi))
            y = self.define(Quantity("y", k), (V * h + c).applyfunc(sigma))
            error = y - self.give(Quantity("target", k), p)
            total += self.define(Quantity("L", k), error.T * error / 2)
        self.define(Quantity("L"), total)

    def _edge(self, top: Quantity, bottom: Quantity) -> Factor:
        # ∂⁺ is written only where ∂ may be something else.
        return Factor(top, bottom, immediate=bottom.name in RECURRENT)

    def _argument(self, given: Quantity) -> str:
        return "h0" if given == ("h", 0) else given.name

    def _unrolled(self, keep: set[Quantity]) -> dict[sympy.Symbol, sympy.Expr]:
        integer(self.T, "T of a network that is unrolled", 1, MOST_UNROLLED_STEPS)
        return super()._unrolled(keep)

    def equations_latex(self, names: str = "hyL", unrolled: bool = False) -> str:
        """Return the network's equations as LaTeX, one to a line.

        Parameters
        ----------
        names : str
            Letters of the quantities, from h, y and L.
        unrolled : bool
            Whether the states are substituted away.

        Returns
        -------
        str
            An ``aligned`` environment without dollar signs.

        Raises
        ------
        ValueError
            If a letter is another one.
        """
        lines = []
        for name in names:
            choice(name, "a letter of names", ("h", "y", "L"))
            for k in range(1, self.T + 1):
                right = self.equations[Quantity(name, k)]
                right = self.unroll(right) if unrolled else right
                lines.append(f"{Quantity(name, k).latex()} &= {_latex(right)}")
        return _aligned(" \\\\\n".join(lines))

    def at(
        self, values: dict[str, Any], f: Callable[[Any], Any], df: Callable[[Any], Any]
    ) -> Callable[[Any], Any]:
        """Return a function that evaluates expressions at exact numbers.

        The states are computed one step at a time with the given φ and φ', so that
        rational numbers stay rational when φ maps rationals to rationals. Outputs
        and losses are not evaluated here.

        Parameters
        ----------
        values : dict
            ``"U"``, ``"W"``, ``"b"`` and ``"h0"`` as nested lists, and ``"x"`` as a
            list with the input of each step.
        f, df : callable
            φ and φ' of one exact number.

        Returns
        -------
        callable
            Expression or matrix in state symbols to its exact value.

        Raises
        ------
        ValueError
            If `values` lacks a name, or holds more or fewer numbers than the network.
        """
        known = self._numbers(values, (*RECURRENT, "x", "h0"))

        def evaluate(expression: Any) -> Any:
            return expression.xreplace(known).replace(phi, f).replace(dphi, df)

        for k in range(1, self.T + 1):
            h = Quantity("h", k)
            state = evaluate(self.equations[h])
            known.update(zip(self.symbols[h], state, strict=True))
        return evaluate


_scalar_network = cache(UnrolledNetwork)


def path_terms(
    t: int, wrt: str = "W", *, immediate: bool = True
) -> tuple[PathTerm, ...]:
    """Return the path terms of ∂L_t/∂wrt, shortest path first.

    For W, U and b these are the t summands::

        ∂L_t/∂y_t ∂y_t/∂h_t (∂h_t/∂h_{t-1} ... ∂h_{k+1}/∂h_k) ∂⁺h_k/∂wrt

    with k = t, t-1, ..., 1. For V and c there is one, ∂L_t/∂y_t ∂y_t/∂wrt.

    Parameters
    ----------
    t : int
        The step of the loss, from 1 to 64.
    wrt : {"W", "U", "b", "V", "c"}
        The parameter.
    immediate : bool
        ``False`` puts the total derivative ∂h_k/∂wrt in place of the immediate one.
        The sum is then wrong: it serves to show by how much.

    Returns
    -------
    tuple of PathTerm

    Raises
    ------
    ValueError
        If t is out of range or the parameter is unknown.
    """
    t = integer(t, "t", 1, MOST_STEPS)
    choice(wrt, "wrt", RECURRENT + OUTPUT)
    terms = _scalar_network(t).paths(Quantity("L", t), Quantity(wrt))
    if immediate:
        return terms
    return tuple(
        PathTerm((*term.factors[:-1], replace(term.factors[-1], immediate=False)))
        for term in terms
    )


def expansion_latex(t: int | Iterable[int], wrt: str = "W") -> str:
    """Return the expansion of ∂L_t/∂wrt as LaTeX, one path term on each line.

    The chain of each is under a brace that names the path. The empty chain of the
    path that never leaves step t is printed as I.

    Parameters
    ----------
    t : int or iterable of int
        The step of the loss; several steps give the expansion of the sum of their
        losses, ∂L/∂wrt.
    wrt : {"W", "U", "b", "V", "c"}
        The parameter.

    Returns
    -------
    str
        An ``aligned`` environment without dollar signs.

    Raises
    ------
    ValueError
        As `path_terms`.
    """
    steps, which = (t, None) if isinstance(t, Iterable) else ([t], t)
    lines = [_braced(term) for step in steps for term in path_terms(step, wrt)]
    return _aligned_sum(Factor(Quantity("L", which), Quantity(wrt)), lines)


def _braced(term: PathTerm) -> str:
    if term.nodes[-1].name in OUTPUT:
        return term.latex()
    head, chain = PathTerm(term.factors[:2]), PathTerm(term.chain)
    middle = chain.latex() or r"\vphantom{\frac{1}{1}}I"
    path, end = term.path.replace("→", r"\to"), term.factors[-1]
    return rf"{head.latex()}\;\underbrace{{{middle}}}_{{{path}}}\;{end.latex()}"


def nested_latex(t: int, wrt: str = "W") -> str:
    """Return ∂L_t/∂wrt as LaTeX with the common left factors pulled out.

    This is Horner's scheme for the sum over paths. Read from the left it is
    backpropagation through time.

    Parameters
    ----------
    t : int
        The step of the loss, from 1 to 64.
    wrt : {"W", "U", "b", "V", "c"}
        The parameter.

    Returns
    -------
    str
        A formula without dollar signs.

    Raises
    ------
    ValueError
        As `path_terms`.
    """
    terms = path_terms(t, wrt)
    if wrt in OUTPUT:
        return expansion_latex(t, wrt)
    inner = terms[-1].factors[-1].latex()
    for shorter, longer in zip(terms[-2::-1], terms[:0:-1], strict=True):
        end, jacobian = shorter.factors[-1].latex(), longer.chain[-1].latex()
        inner = rf"\left({end} + {jacobian}\,{inner}\right)"
    left, head = Factor(Quantity("L", t), Quantity(wrt)), PathTerm(terms[0].factors[:2])
    return rf"{left.latex()} = {head.latex()}\,{inner}"


def backpropagate(
    T: int, wrt: str, value: Callable[[Factor], Any], t: int | None = None
) -> tuple[Any, int]:
    """Compute the sum over paths by the recursion over δ, and count the products.

    The row δ_kᵀ = dL/dh_k runs once from k = T down to 1::

        δ_{k-1}ᵀ = δ_kᵀ ∂h_k/∂h_{k-1} + ∂L_{k-1}/∂y_{k-1} ∂y_{k-1}/∂h_{k-1}

    and on its way collects Σ_k δ_kᵀ ∂⁺h_k/∂wrt [1]_.

    Parameters
    ----------
    T : int
        The number of steps.
    wrt : {"W", "U", "b"}
        The parameter.
    value : callable
        Gives the matrix of a factor, as in `sum_over_paths`.
    t : int, optional
        Take the gradient of the single loss L_t. By default of L = L_1 + ... + L_T.

    Returns
    -------
    total : matrix with one row
        The gradient.
    products : int
        How often a row was multiplied by a matrix.

    Raises
    ------
    ValueError
        If a step is out of range, or `wrt` is not a parameter of the recurrence.

    References
    ----------
    .. [1] P. J. Werbos, "Backpropagation through time: what it does and how to do
       it", Proceedings of the IEEE 78(10), 1990.
    """
    T = integer(T, "T", 1)
    choice(wrt, "wrt", RECURRENT)
    last = T if t is None else integer(t, "t", 1, T)
    rows, products = [], 0
    delta: Any = None
    for k in range(last, 0, -1):
        h, y = Quantity("h", k), Quantity("y", k)
        arriving = []
        if delta is not None:
            arriving.append(delta @ value(Factor(Quantity("h", k + 1), h)))
        if t is None or k == last:
            arriving.append(value(Factor(Quantity("L", k), y)) @ value(Factor(y, h)))
        delta = reduce(add, arriving)
        rows.append(delta @ value(Factor(h, Quantity(wrt), immediate=True)))
        products += len(arriving) + 1
    return reduce(add, rows), products


def factor_arrays(
    params: RNNParams,
    x: ArrayLike,
    target: ArrayLike,
    h0: ArrayLike | None = None,
    activation: ActivationName = "tanh",
) -> Callable[[Factor], Floats]:
    """Return a function that gives the float64 array of a factor.

    The arrays are written down from the formulas, without SymPy:
    ∂L_t/∂y_t = (y_t - target_t)ᵀ, ∂y_t/∂h_t = diag(σ') V,
    ∂h_t/∂h_{t-1} = diag(φ'(z_t)) W, and ∂⁺h_t/∂W = diag(φ'(z_t)) ⊗ h_{t-1}ᵀ
    (Kronecker product; the same with x_t for U and with 1 for b).

    Parameters
    ----------
    params : RNNParams
        The network.
    x : (T, m) array
        Inputs.
    target : (T, p) array
        Targets.
    h0 : (n,) array, optional
        Initial state, by default 0.
    activation : str
        Name of φ.

    Returns
    -------
    callable
        Factor to array. Total derivatives are not available here: it raises
        ValueError for a factor that is not one of the above.

    Raises
    ------
    ValueError
        If a shape is wrong, an entry is not finite, the activation is unknown, or the
        hidden state leaves the float range.
    """
    run = forward(params, x, h0, activation)
    slope = get_activation(activation).derivative(run.z)
    before = np.vstack([run.h0, run.h[:-1]])
    x, target = inputs(params, x)[0], targets(params, target, len(run.y))

    def value(factor: Factor) -> Any:
        instance(factor, "factor", Factor)
        (top, k), bottom = factor.numerator, factor.denominator
        row = integer(k, f"the step of {factor.numerator} in factor", 1, len(x)) - 1
        match top:
            case "L" if bottom == ("y", k):
                return (run.y - target)[[row]]
            case "y" if bottom == ("h", k):
                return (run.y * (1 - run.y))[row][:, np.newaxis] * params.V
            case "h" if bottom == ("h", k - 1):
                return slope[row][:, np.newaxis] * params.W
            case "h" if factor.immediate and bottom.name in RECURRENT:
                held = {"W": before[row], "U": x[row], "b": np.ones(1)}[bottom.name]
                return np.kron(np.diag(slope[row]), held)
        raise ValueError(f"no array is written down for {factor}")

    return value


# --------------------------------------------------------------------------
# One step of an LSTM and of a GRU
# --------------------------------------------------------------------------

NOW, BEFORE = "t", "t-1"


class LSTM:
    """Names of the quantities of an LSTM step."""

    c_before, h_before = Quantity("c", BEFORE), Quantity("h", BEFORE)
    o_before = Quantity("o", BEFORE)
    f, i, o, g = (Quantity(name, NOW) for name in "fiog")
    c, h, x = Quantity("c", NOW), Quantity("h", NOW), Quantity("x", NOW)


class GRU:
    """Names of the quantities of a GRU step."""

    h_before = Quantity("h", BEFORE)
    u, r, g = (Quantity(name, NOW) for name in "urg")
    h, x = Quantity("h", NOW), Quantity("x", NOW)


def lstm_graph(n: int = 1, m: int = 1) -> PathGraph:
    """Return the graph of an LSTM step.

    The equations are those of `rnn_demo.gated`, with φ in place of tanh. They start
    at c_{t-1} and o_{t-1}, which are given, and contain h_{t-1} = o_{t-1} ∘ φ(c_{t-1}):
    hold h_{t-1} fixed to get the derivatives with respect to the two parts of the
    state as if they were independent.

    Parameters
    ----------
    n, m : int
        Numbers of units and of inputs, at most 9.

    Returns
    -------
    PathGraph
        Its parameters are the quantities ("U", "f"), ("W", "f"), ("b", "f"), and so
        on for each gate.

    Raises
    ------
    ValueError
        If a number is not an integer from 1 to 9.
    """
    graph, at = PathGraph(), LSTM
    gate = _gates(graph, "fiog", n, m)
    c_before, o_before = graph.give(at.c_before, n), graph.give(at.o_before, n)
    h_before = graph.define(at.h_before, _times(o_before, c_before.applyfunc(phi)))
    f, i, o = (gate(q, sigma, h_before) for q in (at.f, at.i, at.o))
    g = gate(at.g, phi, h_before)
    c = graph.define(at.c, _times(f, c_before) + _times(i, g))
    graph.define(at.h, _times(o, c.applyfunc(phi)))
    return graph


def gru_graph(n: int = 1, m: int = 1) -> PathGraph:
    """Return the graph of a GRU step, with the reset gate before the matrix.

    Parameters
    ----------
    n, m : int
        Numbers of units and of inputs, at most 9.

    Returns
    -------
    PathGraph
        As `lstm_graph`.

    Raises
    ------
    ValueError
        If a number is not an integer from 1 to 9.
    """
    graph, at = PathGraph(), GRU
    gate = _gates(graph, "urg", n, m)
    h_before = graph.give(at.h_before, n)
    u, r = (gate(q, sigma, h_before) for q in (at.u, at.r))
    g = gate(at.g, phi, _times(r, h_before))
    graph.define(at.h, _times(u, h_before) + _times(u.applyfunc(lambda e: 1 - e), g))
    return graph


def _gates(
    graph: PathGraph, names: str, n: int, m: int
) -> Callable[[Quantity, type[_Activation], sympy.Matrix], sympy.Matrix]:
    """Give the input and the parameters; return what defines φ(U x_t + W … + b)."""
    n, m = integer(n, "n", 1, MOST_UNITS), integer(m, "m", 1, MOST_UNITS)
    x = graph.give(Quantity("x", NOW), m)
    shapes = {"U": (n, m), "W": (n, n), "b": (n,)}
    parameters = {
        gate: [graph.give(Quantity(q, gate), *shape) for q, shape in shapes.items()]
        for gate in names
    }

    def define(
        gate: Quantity, activation: type[_Activation], source: sympy.Matrix
    ) -> sympy.Matrix:
        U, W, b = parameters[gate.name]
        return graph.define(gate, (U * x + W * source + b).applyfunc(activation))

    return define


def _times(a: sympy.Matrix, b: sympy.Matrix) -> sympy.Matrix:
    return a.multiply_elementwise(b)
