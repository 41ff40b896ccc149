"""The derivation as data: path terms that are typeset and checked with SymPy.

A gradient of a recurrent network is a sum over paths through the unrolled graph.
Here each path is a :class:`PathTerm`, a tuple of :class:`Factor` objects. The same
tuple is rendered as LaTeX, evaluated as a product of matrices, and compared with
``sympy.diff`` on the unrolled network, so that what the reader sees is what was
checked.

The functions φ and σ stay undefined: :class:`phi` and :class:`sigma` know nothing
but that their derivatives are :class:`dphi` and :class:`dsigma`. An identity shown
with them therefore holds for every differentiable activation.

Derivatives with respect to a matrix are taken entry by entry. The entries of W are
put in one row, W_11, W_12, ..., W_nn (NumPy's order), so that ∂⁺h_k/∂W is the
n × n² Jacobian whose column (i, j) is φ'(z_k)_i h_{k-1,j} e_i; the 1 × n² result is
put back into the shape of W at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import sympy
from numpy.typing import ArrayLike

from rnn_demo._checks import choice, instance, integer, targets
from rnn_demo._types import ActivationName, Floats
from rnn_demo.network import RNNParams, forward, get_activation, inputs

__all__ = [
    "Factor",
    "PathTerm",
    "Quantity",
    "UnrolledNetwork",
    "backpropagate",
    "dphi",
    "dsigma",
    "expansion_latex",
    "factor_arrays",
    "nested_latex",
    "path_terms",
    "phi",
    "sigma",
    "sum_over_paths",
]

RECURRENT = ("W", "U", "b")
"""Parameters inside of the recurrence: many paths lead to them."""

OUTPUT = ("V", "c")
"""Parameters of the output: one path leads to them."""


# --------------------------------------------------------------------------
# φ, σ and their derivatives, left undefined
# --------------------------------------------------------------------------


class _Activation(sympy.Function):  # type: ignore[misc] # SymPy has no types
    nargs = 1
    symbol = ""

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        power = "" if exp is None else f"^{{{exp}}}"
        argument = printer.doprint(self.args[0])
        return rf"{self.symbol}{power}\left({argument}\right)"


class dphi(_Activation):
    """The derivative φ' of the undefined activation φ."""

    symbol = r"\phi'"


class phi(_Activation):
    """The undefined activation φ of the hidden units."""

    symbol = r"\phi"

    def fdiff(self, argindex: int = 1) -> sympy.Expr:
        """Return φ' at the same argument.

        Parameters
        ----------
        argindex : int
            SymPy's number of the argument; there is one.

        Returns
        -------
        sympy.Expr
        """
        return dphi(self.args[0])


class dsigma(_Activation):
    """The derivative σ' of the undefined output function σ."""

    symbol = r"\sigma'"


class sigma(_Activation):
    """The undefined output function σ."""

    symbol = r"\sigma"

    def fdiff(self, argindex: int = 1) -> sympy.Expr:
        """Return σ' at the same argument.

        Parameters
        ----------
        argindex : int
            SymPy's number of the argument; there is one.

        Returns
        -------
        sympy.Expr
        """
        return dsigma(self.args[0])


# --------------------------------------------------------------------------
# Paths as data
# --------------------------------------------------------------------------


class Quantity(NamedTuple):
    """A variable of the network: ("h", 3) is h_3, ("W", None) the parameter W."""

    name: str
    step: Any = None  # a number; "t" or "t-1" in `rnn_demo.symbolic_gated`

    def latex(self) -> str:
        """Return the quantity as LaTeX, such as ``h_{3}``."""
        return self.name if self.step is None else f"{self.name}_{{{self.step}}}"

    def __str__(self) -> str:
        """Return the quantity as plain text, such as ``h₃``."""
        return self.name + ("" if self.step is None else _subscript(self.step))


@dataclass(frozen=True)
class Factor:
    """One factor ∂numerator/∂denominator of a path term.

    Parameters
    ----------
    numerator, denominator : Quantity
        What is differentiated, and by what.
    immediate : bool
        Whether this is ∂⁺, the derivative with the previous state held fixed.
    """

    numerator: Quantity
    denominator: Quantity
    immediate: bool = False

    def latex(self) -> str:
        r"""Return the factor as LaTeX, ``\frac{\partial h_{3}}{\partial h_{2}}``."""
        d = r"\partial^{+}" if self.immediate else r"\partial"
        return (
            rf"\frac{{{d} {self.numerator.latex()}}}"
            rf"{{\partial {self.denominator.latex()}}}"
        )

    def __str__(self) -> str:
        """Return the factor as plain text, such as ``∂h₃/∂h₂``."""
        d = "∂⁺" if self.immediate else "∂"
        return f"{d}{self.numerator}/∂{self.denominator}"


@dataclass(frozen=True)
class PathTerm:
    """The summand of ∂L_t/∂parameter that belongs to the path t → t-1 → ... → k.

    Parameters
    ----------
    t, k : int
        The step of the loss, and the step at which the path leaves the recurrence.
    factors : tuple of Factor
        In the order in which they are multiplied, the loss first.
    """

    t: int
    k: int
    factors: tuple[Factor, ...]

    @property
    def chain(self) -> tuple[Factor, ...]:
        """The factors ∂h_j/∂h_{j-1}, from j = t down to j = k + 1."""
        return tuple(
            f for f in self.factors if f.numerator.name == f.denominator.name == "h"
        )

    @property
    def path(self) -> str:
        """The hidden steps that the path visits, such as ``"3 → 2 → 1"``."""
        return " → ".join(str(j) for j in range(self.t, self.k - 1, -1))

    def latex(self) -> str:
        """Return the product as LaTeX, its chain under a brace that names the path.

        The empty chain of the path that never leaves step t is printed as I.
        """
        if self.factors[-1].denominator.name in OUTPUT:
            return r"\,".join(f.latex() for f in self.factors)
        chain = r"\,".join(f.latex() for f in self.chain) or r"\vphantom{\frac{1}{1}}I"
        name = r" \to ".join(str(j) for j in range(self.t, self.k - 1, -1))
        head = r"\,".join(f.latex() for f in self.factors[:2])
        return rf"{head}\;\underbrace{{{chain}}}_{{{name}}}\;{self.factors[-1].latex()}"


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
        The step of the loss, at least 1.
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
        If t is below 1 or the parameter is unknown.
    """
    t = integer(t, "t", 1)
    choice(wrt, "wrt", RECURRENT + OUTPUT)
    loss = Factor(Quantity("L", t), Quantity("y", t))
    if wrt in OUTPUT:
        return (PathTerm(t, t, (loss, Factor(Quantity("y", t), Quantity(wrt)))),)
    output = Factor(Quantity("y", t), Quantity("h", t))
    terms = []
    for k in range(t, 0, -1):
        chain = (
            Factor(Quantity("h", j), Quantity("h", j - 1)) for j in range(t, k, -1)
        )
        end = Factor(Quantity("h", k), Quantity(wrt), immediate=immediate)
        terms.append(PathTerm(t, k, (loss, output, *chain, end)))
    return tuple(terms)


def expansion_latex(t: int | Iterable[int], wrt: str = "W") -> str:
    """Return the expansion of ∂L_t/∂wrt as LaTeX, one path term on each line.

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
    steps = [t] if isinstance(t, int) else list(t)
    loss = Quantity("L", t) if isinstance(t, int) else Quantity("L")
    lines = [term.latex() for step in steps for term in path_terms(step, wrt)]
    return _aligned(Factor(loss, Quantity(wrt)).latex(), lines)


def nested_latex(t: int, wrt: str = "W") -> str:
    """Return ∂L_t/∂wrt as LaTeX with the common left factors pulled out.

    This is Horner's scheme for the sum over paths. Read from the left it is
    backpropagation through time.

    Parameters
    ----------
    t : int
        The step of the loss, at least 1.
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
    head = r"\,".join(f.latex() for f in terms[0].factors[:2])
    return rf"{Factor(Quantity('L', t), Quantity(wrt)).latex()} = {head}\,{inner}"


def _subscript(number: int) -> str:
    return str(number).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))


def _aligned(left: str, lines: Sequence[str]) -> str:
    body = " \\\\[1ex]\n  &+ ".join(lines)
    return f"\\begin{{aligned}}\n{left} ={{}}& {body}\n\\end{{aligned}}"


# --------------------------------------------------------------------------
# Evaluating a sum over paths, and counting the products
# --------------------------------------------------------------------------


def sum_over_paths(
    terms: Iterable[PathTerm], value: Callable[[Factor], Any]
) -> tuple[Any, int]:
    """Multiply out each path term from the left, add them, and count the products.

    Parameters
    ----------
    terms : iterable of PathTerm
        What is added.
    value : callable
        Gives the matrix of a factor: ``UnrolledNetwork(...).value`` for symbols,
        ``factor_arrays(...)`` for numbers.

    Returns
    -------
    total : matrix with one row
        The sum.
    products : int
        How often a row was multiplied by a matrix.

    Raises
    ------
    ValueError
        If there are no terms: the shape of their sum is unknown.
    """
    total, products = None, 0
    for term in terms:
        row = value(term.factors[0])
        for factor in term.factors[1:]:
            row = row @ value(factor)
            products += 1
        total = row if total is None else total + row
    if total is None:
        raise ValueError("terms must hold at least one path term, but is empty")
    return total, products


def backpropagate(
    T: int, wrt: str, value: Callable[[Factor], Any], t: int | None = None
) -> tuple[Any, int]:
    """Compute the same sum by the recursion over δ, and count the products.

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
    if t is not None:
        t = integer(t, "t", 1, T)
    delta, total, products = None, None, 0
    for k in range(T if t is None else t, 0, -1):
        if delta is not None:
            delta = delta @ value(Factor(Quantity("h", k + 1), Quantity("h", k)))
            products += 1
        if t is None or k == t:
            arriving = value(Factor(Quantity("L", k), Quantity("y", k))) @ value(
                Factor(Quantity("y", k), Quantity("h", k))
            )
            products += 1
            delta = arriving if delta is None else delta + arriving
        leaving = delta @ value(Factor(Quantity("h", k), Quantity(wrt), immediate=True))
        products += 1
        total = leaving if total is None else total + leaving
    return total, products


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

    def value(factor: Factor) -> Floats:
        instance(factor, "factor", Factor)
        (top, step), bottom = factor.numerator, factor.denominator
        row = integer(step, f"the step of {factor.numerator} in factor", 1, len(x)) - 1
        array: Floats
        if (top, bottom) == ("L", ("y", step)):
            array = (run.y[row] - target[row])[np.newaxis]
            return array
        if (top, bottom) == ("y", ("h", step)):
            array = (run.y[row] * (1 - run.y[row]))[:, np.newaxis] * params.V
            return array
        if (top, bottom) == ("h", ("h", step - 1)):
            array = slope[row][:, np.newaxis] * params.W
            return array
        if top == "h" and factor.immediate and bottom.name in RECURRENT:
            held = {"W": before[row], "U": x[row], "b": np.ones(1)}[bottom.name]
            return np.kron(np.diag(slope[row]), held)
        raise ValueError(f"no array is written down for {factor.latex()}")

    return value


# --------------------------------------------------------------------------
# The unrolled network in symbols
# --------------------------------------------------------------------------


class UnrolledNetwork:
    """An RNN unrolled over T steps, in symbols.

    The network is kept in two forms. In the *one-step* form each equation refers to
    the symbols of the step before: h_3 = φ(U x_3 + W h_2 + b), where h_2 is a
    symbol. In the *unrolled* form the states are substituted away. Differentiating
    the one-step form by W gives ∂⁺, the immediate partial derivative, because the
    symbol h_2 is held fixed; differentiating the unrolled form gives the total
    derivative.

    Parameters
    ----------
    T : int
        Number of steps, at least 1.
    n, m, p : int
        Sizes of h, x and y. With all three 1 the symbols carry no unit index.

    Attributes
    ----------
    parameters : dict of str to sympy.Matrix
        U (n, m), W (n, n), b (n, 1), V (p, n), c (p, 1).
    x, y, target : dict of int to sympy.Matrix
        Columns of symbols for the steps 1, ..., T.
    h : dict of int to sympy.Matrix
        Columns of symbols for the steps 0, ..., T; h[0] is given.

    Raises
    ------
    ValueError
        If T or a size is below 1.
    """

    def __init__(self, T: int, n: int = 1, m: int = 1, p: int = 1) -> None:
        self.T = integer(T, "T", 1)
        self.n = n = integer(n, "n", 1)
        self.m = m = integer(m, "m", 1)
        self.p = p = integer(p, "p", 1)
        self.parameters = {
            "U": _symbols("U", n, m),
            "W": _symbols("W", n, n),
            "b": _symbols("b", n),
            "V": _symbols("V", p, n),
            "c": _symbols("c", p),
        }
        steps = range(1, T + 1)
        self.x = {k: _symbols("x", m, step=k) for k in steps}
        self.h = {k: _symbols("h", n, step=k) for k in (0, *steps)}
        self.y = {k: _symbols("y", p, step=k) for k in steps}
        # The star comes last, so that SymPy sorts it behind y_k and prints y_k - y_k*.
        self.target = {k: _symbols("y", p, step=k, suffix=r"^{\ast}") for k in steps}

    # The network itself ----------------------------------------------------

    def z(self, k: int) -> sympy.Matrix:
        """Return z_k = U x_k + W h_{k-1} + b in the symbol h_{k-1}.

        Parameters
        ----------
        k : int
            The step, from 1 to T.

        Returns
        -------
        sympy.Matrix

        Raises
        ------
        ValueError
            If the network has no such step.
        """
        k = integer(k, "k", 1, self.T)
        q = self.parameters
        return q["U"] * self.x[k] + q["W"] * self.h[k - 1] + q["b"]

    def one_step(self, name: str, k: int) -> sympy.Matrix:
        """Return h_k, y_k or L_k in the symbols that its own equation names.

        Parameters
        ----------
        name : {"h", "y", "L"}
            What is returned.
        k : int
            The step, from 1 to T; h_0 is given and stands for itself.

        Returns
        -------
        sympy.Matrix
            A column.

        Raises
        ------
        ValueError
            If the name is another one, or the network has no such step.
        """
        choice(name, "name", ("h", "y", "L"))
        k = integer(k, "k", 0 if name == "h" else 1, self.T)
        if name == "h":
            return self.h[0] if k == 0 else self.z(k).applyfunc(phi)
        if name == "y":
            q = self.parameters
            return (q["V"] * self.h[k] + q["c"]).applyfunc(sigma)
        error = self.y[k] - self.target[k]
        return sympy.Matrix([sum(e**2 for e in error) / 2])

    @cached_property
    def _substitution(self) -> dict[sympy.Symbol, sympy.Expr]:
        """Each state symbol with its unrolled expression."""
        found: dict[sympy.Symbol, sympy.Expr] = {}
        for k in range(1, self.T + 1):
            for name, symbols in (("h", self.h[k]), ("y", self.y[k])):
                unrolled = self.one_step(name, k).xreplace(found)
                found.update(zip(symbols, unrolled, strict=True))
        return found

    def unroll(self, expression: Any) -> Any:
        """Substitute the states away: only parameters, inputs and h_0 remain.

        Parameters
        ----------
        expression : sympy.Expr or sympy.Matrix
            In the symbols of this network.

        Returns
        -------
        sympy.Expr or sympy.Matrix
            What was given, without the symbols of h_1, …, h_T and y_1, …, y_T.
        """
        return expression.xreplace(self._substitution)

    def roll_up(self, expression: Any) -> Any:
        """Put the state symbols back in: the inverse of `unroll`.

        Parameters
        ----------
        expression : sympy.Expr or sympy.Matrix
            As `unroll` returns it.

        Returns
        -------
        sympy.Expr or sympy.Matrix
            In the symbols of the states.
        """
        return expression.xreplace({e: s for s, e in self._substitution.items()})

    def unrolled(self, name: str, k: int) -> sympy.Matrix:
        """Return h_k, y_k or L_k with all states substituted away.

        Parameters
        ----------
        name, k
            As for `one_step`.

        Returns
        -------
        sympy.Matrix
            A column.

        Raises
        ------
        ValueError
            As `one_step`.
        """
        return self.unroll(self.one_step(name, k))

    # Values of factors and terms -------------------------------------------

    def value(self, factor: Factor | PathTerm) -> sympy.Matrix:
        """Return the Jacobian of a factor, or the product of a path term.

        Rows belong to the numerator, columns to the denominator (numerator layout);
        a matrix in the denominator is read row by row. A parameter in the
        denominator without ∂⁺ gives the total derivative through all earlier steps.

        Parameters
        ----------
        factor : Factor or PathTerm
            Of quantities of this network; the numerator is h_k, y_k or L_k.

        Returns
        -------
        sympy.Matrix

        Raises
        ------
        ValueError
            If the network has no such quantity.
        """
        instance(factor, "factor", Factor, PathTerm)
        if isinstance(factor, PathTerm):
            return sum_over_paths([factor], self.value)[0]
        if factor not in self._jacobians:
            self._jacobians[factor] = self._jacobian(factor)
        return self._jacobians[factor]

    @cached_property
    def _columns(self) -> dict[Quantity, sympy.Matrix]:
        """Every quantity that one can differentiate by, with its symbols."""
        columns = {Quantity(name): q for name, q in self.parameters.items()}
        for name in ("x", "h", "y", "target"):
            columns |= {Quantity(name, k): c for k, c in getattr(self, name).items()}
        return columns

    @cached_property
    def _jacobians(self) -> dict[Factor, sympy.Matrix]:
        return {}

    def _jacobian(self, factor: Factor) -> sympy.Matrix:
        (name, k), below = factor.numerator, factor.denominator
        top = name in ("h", "y", "L") and k in range(
            0 if name == "h" else 1, self.T + 1
        )
        if not top or below not in self._columns:
            raise ValueError(
                "factor must be a derivative of h, y or L by a quantity of this "
                f"network of {self.T} steps, but is {factor}"
            )
        symbols = self._columns[below]
        if factor.immediate or below.step is not None:
            return _jacobian(self.one_step(name, k), symbols)
        return self.roll_up(_jacobian(self.unrolled(name, k), symbols))

    def sum_of_terms(self, terms: Iterable[PathTerm]) -> sympy.Matrix:
        """Return the sum of path terms, in the shape of the parameter.

        Parameters
        ----------
        terms : iterable of PathTerm
            Terms of one parameter, at least one.

        Returns
        -------
        sympy.Matrix

        Raises
        ------
        ValueError
            If there are no terms, or one reaches beyond this network.
        """
        terms = list(terms)
        total = sum_over_paths(terms, self.value)[0]
        shape = self.parameters[terms[0].factors[-1].denominator.name].shape
        return total.reshape(*shape)

    def gradient(self, t: int | Iterable[int], wrt: str = "W") -> sympy.Matrix:
        """Differentiate L_t, or a sum of losses, with ``sympy.diff``.

        Nothing of the path terms enters: the loss is unrolled, each entry of the
        parameter is differentiated, and the state symbols are put back in.

        Parameters
        ----------
        t : int or iterable of int
            The step of the loss, or several.
        wrt : {"W", "U", "b", "V", "c"}
            The parameter.

        Returns
        -------
        sympy.Matrix
            In the shape of the parameter.

        Raises
        ------
        ValueError
            If the network has no such step, or the parameter is unknown.
        """
        choice(wrt, "wrt", RECURRENT + OUTPUT)
        steps = [t] if isinstance(t, int) else list(t)
        for step in steps:
            integer(step, "t", 1, self.T)
        loss = sympy.Add(*(self.unrolled("L", step)[0] for step in steps))
        return self.roll_up(
            self.parameters[wrt].applyfunc(lambda entry: sympy.diff(loss, entry))
        )

    def difference(self, t: int, wrt: str = "W") -> sympy.Matrix:
        """Return Σ path terms - ``sympy.diff``, expanded. It should be exactly 0.

        Parameters
        ----------
        t : int
            The step of the loss.
        wrt : {"W", "U", "b", "V", "c"}
            The parameter.

        Returns
        -------
        sympy.Matrix
            In the shape of the parameter.

        Raises
        ------
        ValueError
            If the network has no such step, or the parameter is unknown.
        """
        t = integer(t, "t", 1, self.T)
        terms = self.sum_of_terms(path_terms(t, wrt))
        return (terms - self.gradient(t, wrt)).applyfunc(sympy.expand)

    # To LaTeX and to numbers -----------------------------------------------

    def compact(self, expression: Any) -> Any:
        """Write z_k for the arguments of φ and φ', and a_k for those of σ and σ'.

        Parameters
        ----------
        expression : sympy.Expr or sympy.Matrix
            In the symbols of this network.

        Returns
        -------
        sympy.Expr or sympy.Matrix
            The same with the short names; for display.
        """
        short: dict[sympy.Expr, sympy.Expr] = {}
        for k in range(1, self.T + 1):
            z = _symbols("z", self.n, step=k)
            a = _symbols("a", self.p, step=k)
            for f, full, names in (
                (phi, self.one_step("h", k), z),
                (sigma, self.one_step("y", k), a),
            ):
                derivative = dphi if f is phi else dsigma
                for entry, name in zip(full, names, strict=True):
                    short[f(entry.args[0])] = f(name)
                    short[derivative(entry.args[0])] = derivative(name)
        return expression.xreplace(short)

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
            for k in range(1, self.T + 1):
                entry = (self.unrolled if unrolled else self.one_step)(name, k)
                right = entry[0] if entry.shape == (1, 1) else entry
                left = Quantity(name, k).latex()
                lines.append(f"{left} &= {sympy.latex(right)}")
        body = " \\\\\n".join(lines)
        return f"\\begin{{aligned}}\n{body}\n\\end{{aligned}}"

    def lambdify(
        self, expression: Any, activation: ActivationName = "tanh"
    ) -> Callable[..., Floats]:
        """Turn an expression into a NumPy function.

        Parameters
        ----------
        expression : sympy.Expr or sympy.Matrix
            In the symbols of this network; states are substituted away.
        activation : str
            The name of the φ to use; σ is the logistic function.

        Returns
        -------
        callable
            ``f(params, x, target, h0=None)`` with the arrays of `rnn_demo.network`. It
            raises ValueError if they hold more or fewer numbers than the network.

        Raises
        ------
        ValueError
            If the activation is unknown.
        """
        active, logistic = get_activation(activation), get_activation("logistic")
        functions = {
            "phi": active.phi,
            "dphi": active.derivative,
            "sigma": logistic.phi,
            "dsigma": logistic.derivative,
        }
        steps = range(1, self.T + 1)
        arguments = [s for q in self.parameters.values() for s in q]
        for columns in (self.x, self.target):
            arguments += [s for k in steps for s in columns[k]]
        arguments += list(self.h[0])
        compiled = sympy.lambdify(
            arguments, self.unroll(expression), modules=[functions, "numpy"], cse=True
        )

        def function(
            params: RNNParams,
            x: ArrayLike,
            target: ArrayLike,
            h0: ArrayLike | None = None,
        ) -> Floats:
            start = np.zeros(self.n) if h0 is None else h0
            arrays = [getattr(params, name) for name in self.parameters]
            flat = [np.ravel(a) for a in (*arrays, x, target, start)]
            if sum(map(len, flat)) != len(arguments):
                raise ValueError(
                    f"the arrays hold {sum(map(len, flat))} numbers; this network "
                    f"(T={self.T}, n={self.n}, m={self.m}, p={self.p}) "
                    f"needs {len(arguments)}"
                )
            return np.asarray(compiled(*np.concatenate(flat)), dtype=float)

        return function

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
        sizes = {name: len(self.parameters[name]) for name in RECURRENT}
        for name, size in (sizes | {"x": self.T * self.m, "h0": self.n}).items():
            found = len(sympy.flatten([values.get(name, [])]))
            if found != size:
                raise ValueError(
                    f"values[{name!r}] must hold {size} numbers, but holds {found}"
                )
        known: dict[sympy.Symbol, sympy.Expr] = {}

        def assign(symbols: sympy.Matrix, numbers: Any) -> None:
            known.update(zip(symbols, sympy.flatten([numbers]), strict=True))

        def evaluate(expression: Any) -> Any:
            return expression.xreplace(known).replace(phi, f).replace(dphi, df)

        for name in RECURRENT:
            assign(self.parameters[name], values[name])
        for k, column in enumerate(values["x"], start=1):
            assign(self.x[k], column)
        assign(self.h[0], values["h0"])
        for k in range(1, self.T + 1):
            assign(self.h[k], list(evaluate(self.one_step("h", k))))
        return evaluate


def _symbols(
    name: str,
    rows: int,
    columns: int | None = None,
    *,
    step: int | None = None,
    suffix: str = "",
) -> sympy.Matrix:
    """Return a matrix of symbols; a single entry carries no unit index."""

    def entry(i: int, j: int) -> sympy.Symbol:
        index = [] if step is None else [str(step)]
        if rows * (columns or 1) > 1:
            unit = f"{i + 1}" if columns is None else f"{i + 1}{j + 1}"
            index.append(unit)
        below = f"_{{{','.join(index)}}}" if index else ""
        return sympy.Symbol(name + below + suffix)

    return sympy.Matrix(rows, columns or 1, entry)


def _jacobian(column: sympy.Matrix, symbols: Iterable[sympy.Symbol]) -> sympy.Matrix:
    symbols = list(symbols)
    return sympy.Matrix(
        len(column), len(symbols), lambda i, j: sympy.diff(column[i], symbols[j])
    )
