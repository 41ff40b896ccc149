"""LSTM, GRU and leaky networks: forward pass, exact gradients, Jacobians, norms.

All three read z^j_t = U_j x_t + W_j (…) + b_j, one for each gate j, and end in the
book's output y_t = σ(V h_t + c) and loss L_t = ½‖y_t − target_t‖². With σ the
logistic function and ∘ the product entry by entry:

LSTM with forget gate (Hochreiter & Schmidhuber, Neural Computation 9, 1997; Gers,
Schmidhuber & Cummins, Neural Computation 12, 2000; no peepholes)::

    f_t = σ(z^f_t),  i_t = σ(z^i_t),  o_t = σ(z^o_t),  g_t = tanh(z^g_t),
    c_t = f_t ∘ c_{t-1} + i_t ∘ g_t,    h_t = o_t ∘ tanh(c_t).

GRU (Cho et al., EMNLP 2014, with biases added). As there, the reset gate acts on
the state before the matrix, z^g_t = U_g x_t + W_g (r_t ∘ h_{t-1}) + b_g, not on
the product W_g h_{t-1}, as some libraries have it; and u_t = 1 keeps the old state::

    u_t = σ(z^u_t),  r_t = σ(z^r_t),  g_t = tanh(z^g_t),
    h_t = u_t ∘ h_{t-1} + (1 − u_t) ∘ g_t.

Leaky network (Jaeger et al., Neural Networks 20, 2007), its leak a parameter::

    h_t = α ∘ h_{t-1} + (1 − α) ∘ tanh(z^g_t),    α = σ(a).

The *state* s_t is what a step needs from the step before: (c_t, h_t), 2n numbers,
for the LSTM, and h_t for the other two. Arrays hold time along the first axis.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, TypeVar

import numpy as np
from numpy.typing import ArrayLike

from rnn_demo._checks import (
    choice,
    generator,
    integer,
    real_array,
    real_number,
    targets,
)
from rnn_demo._types import Floats, Seed
from rnn_demo.backprop import output_gradient
from rnn_demo.matrices import random_matrix, random_params
from rnn_demo.network import Loss, get_activation
from rnn_demo.norms import last_gradient, log_norms

__all__ = [
    "CELLS",
    "GRUParams",
    "GatedTrajectory",
    "LSTMParams",
    "LeakyParams",
    "bptt",
    "forward",
    "gradient_norms",
    "keep_bias_sweep",
    "loss",
    "path_terms",
    "random_gated",
    "step_jacobians",
    "with_keep_bias",
]

_logistic, _tanh = get_activation("logistic"), get_activation("tanh")
_sigma, _dsigma, _dtanh = _logistic.phi, _logistic.derivative, _tanh.derivative


class _LSTMStep(NamedTuple):
    """What the derivative of a step of an LSTM needs."""

    source: Floats  # what the recurrent matrix of each gate is applied to
    z: Floats
    f: Floats
    i: Floats
    o: Floats
    g: Floats
    c0: Floats
    c: Floats
    s: Floats  # tanh(c)


class _GRUStep(NamedTuple):
    """The same for a GRU."""

    source: Floats
    z: Floats
    u: Floats
    r: Floats
    g: Floats
    h0: Floats
    fresh: Floats  # 1 − u, without cancellation


class _LeakyStep(NamedTuple):
    """The same for a leaky network."""

    source: Floats
    g: Floats
    h0: Floats
    a: Floats
    zg: Floats
    keep: Floats
    fresh: Floats


# --------------------------------------------------------------------------
# Parameters and one step, forward and backward
#
# A step takes the drive U_j x_t + b_j of all gates, (..., gates, n), and the state
# before, (..., size); leading axes are a batch. Gate 0 is the one that keeps.
# --------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _GatedParams:
    """What the parameters of the three networks share; `GATES` names their gates."""

    GATES: ClassVar[tuple[str, ...]] = ()

    U: Floats
    W: Floats
    b: Floats
    V: Floats
    c: Floats

    def __init__(
        self, U: ArrayLike, W: ArrayLike, b: ArrayLike, V: ArrayLike, c: ArrayLike
    ) -> None:
        gates = len(self.GATES)
        U = real_array(U, "U", (gates, None, None), "(gates, n, m)")
        V = real_array(V, "V", (None, None), "(p, n)")
        n, p = U.shape[1], V.shape[0]
        if 0 in (*U.shape, p):
            raise ValueError(
                f"n, m and p must be at least 1, but U has shape {U.shape} and "
                f"V has shape {V.shape}"
            )
        self._freeze(
            U=U,
            W=real_array(W, "W", (gates, n, n), "(gates, n, n)"),
            b=real_array(b, "b", (gates, n), "(gates, n)"),
            V=real_array(V, "V", (p, n), "(p, n)"),
            c=real_array(c, "c", (p,), "(p,)"),
        )

    def _freeze(self, **arrays: Floats) -> None:
        for name, array in arrays.items():
            array = np.array(array, order="C")
            array.flags.writeable = False
            object.__setattr__(self, name, array)

    @property
    def n(self) -> int:
        """Number of hidden units."""
        return int(self.U.shape[1])

    @property
    def m(self) -> int:
        """Size of the input."""
        return int(self.U.shape[2])

    @property
    def p(self) -> int:
        """Size of the output."""
        return len(self.V)

    @property
    def size(self) -> int:
        """Size of the state s_t."""
        return self.n

    def replace(self, **changes: ArrayLike) -> Self:
        """Return a copy with some of the parameters replaced.

        Parameters
        ----------
        **changes : array_like
            By name, such as ``W=W``.

        Returns
        -------
        LeakyParams, GRUParams or LSTMParams
            Of the same kind.

        Raises
        ------
        ValueError
            If shapes no longer fit, or an entry is not a finite real number.
        """
        old = {field.name: getattr(self, field.name) for field in fields(self)}
        return type(self)(**old | changes)

    def _with_keep_bias(self, bias: float) -> Self:
        b = self.b.copy()
        b[0] = bias
        return self.replace(b=b)

    def _drive(self, x: Floats) -> Floats:
        drive: Floats = np.einsum("gij,tj->tgi", self.U, x) + self.b
        return drive

    def _split(self, dz: Floats) -> tuple[Floats, dict[str, Floats]]:
        """Return ∂L/∂z of the gates, (T, gates, n), and what is no gate's."""
        return dz, {}


@dataclass(frozen=True, eq=False, init=False)
class LSTMParams(_GatedParams):
    """Parameters of an LSTM, as read-only float64 copies.

    Parameters
    ----------
    U : (4, n, m) array_like
        Input weights of the gates f, i, o, g, in this order.
    W : (4, n, n) array_like
        Recurrent weights.
    b : (4, n) array_like
        Biases.
    V : (p, n) array_like
        Output weights.
    c : (p,) array_like
        Output bias; not to be confused with the cell c_t.

    Raises
    ------
    ValueError
        If shapes do not fit one another, or an entry is not a finite real number.
    """

    GATES: ClassVar[tuple[str, ...]] = ("f", "i", "o", "g")

    @property
    def size(self) -> int:
        """Size of the state s_t = (c_t, h_t)."""
        return 2 * self.n

    def _step(self, drive: Floats, state: Floats) -> tuple[Floats, _LSTMStep]:
        c0, h0 = np.split(state, 2, axis=-1)
        z = drive + _times(self.W, h0)
        f, i, o = (_sigma(z[..., j, :]) for j in range(3))
        g = np.tanh(z[..., 3, :])
        c = f * c0 + i * g
        s = np.tanh(c)
        source = np.broadcast_to(h0[..., None, :], z.shape)
        step = _LSTMStep(source, z, f, i, o, g, c0, c, s)
        return np.concatenate([c, o * s], axis=-1), step

    def _pull(self, q: _LSTMStep, gradient: Floats) -> tuple[Floats, Floats]:
        dc, dh = np.split(gradient, 2, axis=-1)
        dc = dc + dh * q.o * _dtanh(q.c)
        dz = self._gate_slopes(q)
        dz[..., 0, :] *= dc * q.c0
        dz[..., 1, :] *= dc * q.g
        dz[..., 2, :] *= dh * q.s
        dz[..., 3, :] *= dc * q.i
        return np.concatenate([dc * q.f, _times_back(self.W, dz)], axis=-1), dz

    def _gate_slopes(self, q: _LSTMStep) -> Floats:
        z = q.z
        return np.concatenate([_dsigma(z[..., :3, :]), _dtanh(z[..., 3:, :])], axis=-2)

    def _jacobian(self, q: _LSTMStep) -> Floats:
        df, di, do, dg = self._gate_slopes(q)
        Wf, Wi, Wo, Wg = self.W
        # h_{t-1} reaches c_t through three gates, and h_t through c_t and o_t.
        gates = _rows(q.c0 * df, Wf) + _rows(q.g * di, Wi) + _rows(q.i * dg, Wg)
        output = q.o * _dtanh(q.c)
        lower = _rows(output, gates) + _rows(q.s * do, Wo)
        return np.block([[np.diag(q.f), gates], [np.diag(output * q.f), lower]])


@dataclass(frozen=True, eq=False, init=False)
class GRUParams(_GatedParams):
    """Parameters of a GRU, as read-only float64 copies.

    Parameters
    ----------
    U : (3, n, m) array_like
        Input weights of the gates u, r, g, in this order.
    W : (3, n, n) array_like
        Recurrent weights.
    b : (3, n) array_like
        Biases.
    V : (p, n) array_like
        Output weights.
    c : (p,) array_like
        Output bias.

    Raises
    ------
    ValueError
        If shapes do not fit one another, or an entry is not a finite real number.
    """

    GATES: ClassVar[tuple[str, ...]] = ("u", "r", "g")

    def _step(self, drive: Floats, state: Floats) -> tuple[Floats, _GRUStep]:
        h0 = state
        gates = drive[..., :2, :] + _times(self.W[:2], h0)
        u, r = _sigma(gates[..., 0, :]), _sigma(gates[..., 1, :])
        zg = drive[..., 2, :] + (r * h0) @ self.W[2].T
        z = np.concatenate([gates, zg[..., None, :]], axis=-2)
        g = np.tanh(zg)
        fresh = _sigma(-gates[..., 0, :])
        source = np.stack([h0, h0, r * h0], axis=-2)
        return u * h0 + fresh * g, _GRUStep(source, z, u, r, g, h0, fresh)

    def _pull(self, q: _GRUStep, gradient: Floats) -> tuple[Floats, Floats]:
        dh = gradient
        du, dr, dg = np.moveaxis(self._gate_slopes(q), -2, 0)
        zg = dh * q.fresh * dg
        reset = zg @ self.W[2]
        update = dh * (q.h0 - q.g) * du
        dz = np.stack([update, reset * q.h0 * dr, zg], axis=-2)
        back = dh * q.u + reset * q.r + _times_back(self.W[:2], dz[..., :2, :])
        return back, dz

    def _gate_slopes(self, q: _GRUStep) -> Floats:
        z = q.z
        return np.concatenate([_dsigma(z[..., :2, :]), _dtanh(z[..., 2:, :])], axis=-2)

    def _jacobian(self, q: _GRUStep) -> Floats:
        total: Floats = np.sum(list(self._terms(q).values()), axis=0)
        return total

    def _terms(self, q: _GRUStep) -> dict[str, Floats]:
        du, dr, dg = self._gate_slopes(q)
        Wu, Wr, Wg = self.W
        candidate = _rows(q.fresh * dg, Wg)
        return {
            "keep": np.diag(q.u),
            "u": _rows((q.h0 - q.g) * du, Wu),
            "g": candidate * q.r,
            "r": candidate @ _rows(q.h0 * dr, Wr),
        }


@dataclass(frozen=True, eq=False)
class LeakyParams(_GatedParams):
    """Parameters of a leaky network, as read-only float64 copies.

    Parameters
    ----------
    U : (1, n, m) array_like
        Input weights.
    W : (1, n, n) array_like
        Recurrent weights.
    b : (1, n) array_like
        Biases.
    V : (p, n) array_like
        Output weights.
    c : (p,) array_like
        Output bias.
    a : (n,) array_like
        The kept share of each unit is α = σ(a).

    Raises
    ------
    ValueError
        If shapes do not fit one another, or an entry is not a finite real number.
    """

    GATES: ClassVar[tuple[str, ...]] = ("g",)

    a: Floats

    def __init__(
        self,
        U: ArrayLike,
        W: ArrayLike,
        b: ArrayLike,
        V: ArrayLike,
        c: ArrayLike,
        a: ArrayLike,
    ) -> None:
        super().__init__(U, W, b, V, c)
        self._freeze(a=real_array(a, "a", (self.n,), "(n,)"))

    def _with_keep_bias(self, bias: float) -> Self:
        return self.replace(a=np.full(self.n, bias))

    def _drive(self, x: Floats) -> Floats:
        candidate = super()._drive(x)
        keep = np.broadcast_to(self.a, candidate.shape)
        return np.concatenate([keep, candidate], axis=1)

    def _split(self, dz: Floats) -> tuple[Floats, dict[str, Floats]]:
        return dz[:, 1:], {"a": dz[:, 0].sum(axis=0)}

    def _step(self, drive: Floats, state: Floats) -> tuple[Floats, _LeakyStep]:
        h0 = state
        a, zg = drive[..., 0, :], drive[..., 1, :] + h0 @ self.W[0].T
        keep, fresh, g = _sigma(a), _sigma(-a), np.tanh(zg)
        step = _LeakyStep(h0[..., None, :], g, h0, a, zg, keep, fresh)
        return keep * h0 + fresh * g, step

    def _pull(self, q: _LeakyStep, gradient: Floats) -> tuple[Floats, Floats]:
        dh = gradient
        zg = dh * q.fresh * _dtanh(q.zg)
        da = dh * (q.h0 - q.g) * _dsigma(q.a)
        return dh * q.keep + zg @ self.W[0], np.stack([da, zg], axis=-2)

    def _jacobian(self, q: _LeakyStep) -> Floats:
        return np.diag(q.keep) + _rows(q.fresh * _dtanh(q.zg), self.W[0])


GatedParams: TypeAlias = LSTMParams | GRUParams | LeakyParams
Cell: TypeAlias = Literal["leaky", "gru", "lstm"]
_Kind = TypeVar("_Kind", bound=_GatedParams)

CELLS: dict[Cell, type[LeakyParams | GRUParams | LSTMParams]] = {
    "leaky": LeakyParams,
    "gru": GRUParams,
    "lstm": LSTMParams,
}
"""The kinds of network by name."""


def _times(W: Floats, h: Floats) -> Floats:
    """Return W_j h for every gate j: (..., gates, n)."""
    gates, n, _ = W.shape
    return (h @ W.reshape(gates * n, n).T).reshape(*h.shape[:-1], gates, n)


def _times_back(W: Floats, dz: Floats) -> Floats:
    """Return Σ_j W_jᵀ dz_j: (..., n)."""
    gates, n, _ = W.shape
    return dz.reshape(*dz.shape[:-2], gates * n) @ W.reshape(gates * n, n)


def _rows(factors: Floats, matrix: Floats) -> Floats:
    """Return diag(factors) matrix."""
    return factors[:, None] * matrix


# --------------------------------------------------------------------------
# Making networks
# --------------------------------------------------------------------------


def random_gated(
    cell: Cell,
    n: int,
    m: int,
    p: int,
    *,
    rho: float = 1.0,
    input_scale: float = 1.0,
    keep_bias: float = 0.0,
    seed: Seed,
) -> GatedParams:
    """Return a random LSTM, GRU or leaky network.

    Parameters
    ----------
    cell : {"lstm", "gru", "leaky"}
    n, m, p : int
        Sizes of the hidden state, the input and the output.
    rho : float
        Spectral radius of each recurrent matrix, at least 0.
    input_scale : float
        Entries of each U_j are normal with variance input_scale²/m.
    keep_bias : float
        What `with_keep_bias` sets.
    seed : int or numpy.random.Generator

    Returns
    -------
    LSTMParams, GRUParams or LeakyParams
        U_g, W_g and V are those of `rnn_demo.matrices.random_params` with the same
        arguments and seed; the gates are drawn after them. Other biases are 0.

    Raises
    ------
    ValueError
        As `rnn_demo.matrices.random_params`, and if the cell is unknown or
        `keep_bias` is not a finite number.
    """
    kind = CELLS[choice(cell, "cell", tuple(CELLS))]
    rng = generator(seed)
    plain = random_params(n, m, p, rho=rho, input_scale=input_scale, seed=rng)
    gates = len(kind.GATES)
    U, W = np.empty((gates, plain.n, plain.m)), np.empty((gates, plain.n, plain.n))
    U[-1], W[-1] = plain.U, plain.W
    for j in range(gates - 1):
        W[j] = rho * random_matrix(plain.n, "gaussian", seed=rng)
        U[j] = input_scale * rng.normal(scale=plain.m**-0.5, size=plain.U.shape)
    leak = {"a": np.zeros(plain.n)} if kind is LeakyParams else {}
    params = kind(U=U, W=W, b=np.zeros((gates, plain.n)), V=plain.V, c=plain.c, **leak)
    return with_keep_bias(params, keep_bias)


def with_keep_bias(params: _Kind, bias: float) -> _Kind:
    """Return a copy with one bias in all units that decides what share is kept.

    Parameters
    ----------
    params : LSTMParams, GRUParams or LeakyParams
    bias : float
        All entries of b_f of an LSTM, of b_u of a GRU, or of a, with α = σ(a), of
        a leaky network.

    Returns
    -------
    LSTMParams, GRUParams or LeakyParams

    Raises
    ------
    ValueError
        If the bias is not a finite number.
    """
    bias = real_number(bias, "bias")
    _check_kind(params)
    return params._with_keep_bias(bias)


# --------------------------------------------------------------------------
# Forward, loss and gradients
# --------------------------------------------------------------------------


class GatedTrajectory(NamedTuple):
    """What a forward pass computes; row t − 1 belongs to time t.

    Attributes
    ----------
    state : (T, size) ndarray
        s_t: (c_t, h_t) for an LSTM, h_t for the others.
    h : (T, n) ndarray
        Hidden states.
    y : (T, p) ndarray
        Outputs.
    gates : dict of str to (T, n) ndarray
        Values of the gates by the names in `GATES`, the candidate g among them.
    state0 : (size,) ndarray
        The given state before the first step.
    """

    state: Floats
    h: Floats
    y: Floats
    gates: dict[str, Floats]
    state0: Floats


def forward(
    params: GatedParams, x: ArrayLike, state0: ArrayLike | None = None
) -> GatedTrajectory:
    """Run the network over an input.

    Parameters
    ----------
    params : LSTMParams, GRUParams or LeakyParams
    x : (T, m) array_like
        Inputs.
    state0 : (size,) array_like, optional
        State before the first step, (c_0, h_0) for an LSTM; zeros if not given.

    Returns
    -------
    GatedTrajectory

    Raises
    ------
    ValueError
        If a shape is wrong, T is 0 or an entry is not finite.
    """
    x, state0 = _inputs(params, x, state0)
    states, caches = _run(params, params._drive(x), state0)
    h = states[:, -params.n :]
    gates = {
        name: np.array([getattr(q, name) for q in caches]) for name in params.GATES
    }
    return GatedTrajectory(states, h, _sigma(h @ params.V.T + params.c), gates, state0)


def loss(
    params: GatedParams,
    x: ArrayLike,
    target: ArrayLike,
    state0: ArrayLike | None = None,
) -> Loss:
    """Return L_t = ½‖y_t − target_t‖² for every t, and L = Σ_t L_t.

    Parameters
    ----------
    params : LSTMParams, GRUParams or LeakyParams
    x : (T, m) array_like
        Inputs.
    target : (T, p) array_like
        Targets.
    state0 : (size,) array_like, optional
        State before the first step; zeros if not given.

    Returns
    -------
    rnn_demo.network.Loss

    Raises
    ------
    ValueError
        As `forward`, and if `target` does not have the shape (T, p).
    """
    y = forward(params, x, state0).y
    per_step = 0.5 * np.sum((y - targets(params, target, len(y))) ** 2, axis=1)
    return Loss(float(per_step.sum()), per_step)


def bptt(
    params: GatedParams,
    x: ArrayLike,
    target: ArrayLike,
    state0: ArrayLike | None = None,
    t: int | None = None,
) -> dict[str, Floats]:
    """Return the gradients of L, or of the single loss L_t.

    Parameters
    ----------
    params : LSTMParams, GRUParams or LeakyParams
    x : (T, m) array_like
        Inputs.
    target : (T, p) array_like
        Targets.
    state0 : (size,) array_like, optional
        State before the first step; zeros if not given.
    t : int, optional
        Time, 1 ≤ t ≤ T, of the single loss L_t; the whole L if not given.

    Returns
    -------
    dict of str to ndarray
        The gradient by each parameter, under its name and of its shape, and by
        ``"x"``, ``"state0"`` and ``"state"``. Row k − 1 of the last is ∂L/∂s_k, in
        which the parts of s_k count as independent of each other.

    Raises
    ------
    ValueError
        As `loss`, and if t is out of range.
    """
    x, state0 = _inputs(params, x, state0)
    steps = len(x)
    target = targets(params, target, steps)
    if t is not None:
        integer(t, "t", 1, steps)
    states, caches = _run(params, params._drive(x), state0)
    h = states[:, -params.n :]
    da = output_gradient(params, h, target)
    if t is not None:
        da[np.arange(steps) != t - 1] = 0
    g = np.zeros_like(states)
    g[:, -params.n :] = da @ params.V
    pulled = []
    carried = np.zeros(params.size)
    for k in range(steps - 1, -1, -1):
        g[k] += carried
        carried, dz_k = params._pull(caches[k], g[k])
        pulled.append(dz_k)
    dz, leak = params._split(np.array(pulled[::-1]))
    source = np.array([q.source for q in caches])
    return {
        "U": np.einsum("tgi,tj->gij", dz, x),
        "W": np.einsum("tgi,tgj->gij", dz, source),
        "b": dz.sum(axis=0),
        **leak,
        "V": da.T @ h,
        "c": da.sum(axis=0),
        "x": np.einsum("tgi,gij->tj", dz, params.U),
        "state0": carried,
        "state": g,
    }


def step_jacobians(
    params: GatedParams, x: ArrayLike, state0: ArrayLike | None = None
) -> Floats:
    """Return ∂s_t/∂s_{t-1} for t = 1, …, T, written down from the formulas.

    Parameters
    ----------
    params : LSTMParams, GRUParams or LeakyParams
    x : (T, m) array_like
        Inputs.
    state0 : (size,) array_like, optional
        State before the first step; zeros if not given.

    Returns
    -------
    (T, size, size) ndarray
        Entry t − 1 is ∂s_t/∂s_{t-1}. For an LSTM it has four blocks,
        [[∂c_t/∂c_{t-1}, ∂c_t/∂h_{t-1}], [∂h_t/∂c_{t-1}, ∂h_t/∂h_{t-1}]], where
        h_{t-1} is held fixed in the first column and c_{t-1} in the second; the
        first block is then exactly diag(f_t).

    Raises
    ------
    ValueError
        As `forward`.
    """
    x, state0 = _inputs(params, x, state0)
    _, caches = _run(params, params._drive(x), state0)
    return np.array([params._jacobian(q) for q in caches])


def path_terms(
    params: LSTMParams | GRUParams,
    x: ArrayLike,
    t: int,
    state0: ArrayLike | None = None,
) -> dict[str, Floats]:
    """Return the summands of one step's Jacobian, one for each path.

    Parameters
    ----------
    params : LSTMParams or GRUParams
    x : (T, m) array_like
        Inputs.
    t : int
        Time; 1 ≤ t ≤ T for a GRU, 2 ≤ t ≤ T for an LSTM.
    state0 : (size,) array_like, optional
        State before the first step; zeros if not given.

    Returns
    -------
    dict of str to (n, n) ndarray
        For a GRU the summands of ∂h_t/∂h_{t-1}: ``"keep"`` = diag(u_t), and the
        paths through ``"u"``, ``"g"`` and ``"r"``. For an LSTM those of
        ∂c_t/∂c_{t-1} with o_{t-1} held fixed, where h_{t-1} = o_{t-1} ∘ tanh(c_{t-1})
        moves with c_{t-1}: ``"keep"`` = diag(f_t), and the paths through ``"f"``,
        ``"i"`` and ``"g"``.

    Raises
    ------
    ValueError
        As `forward`; and if t is out of range or the network is of another kind.
    """
    if not isinstance(params, (LSTMParams, GRUParams)):
        raise ValueError(
            "params must be LSTMParams or GRUParams, but is of type "
            f"{type(params).__name__}"
        )
    x, state0 = _inputs(params, x, state0)
    t = integer(t, "t", 2 if isinstance(params, LSTMParams) else 1, len(x))
    _, caches = _run(params, params._drive(x[:t]), state0)
    if isinstance(params, GRUParams):
        return params._terms(caches[-1])
    before, q = caches[-2:]
    df, di, _, dg = params._gate_slopes(q)
    inward = before.o * _dtanh(before.c)
    return {
        "keep": np.diag(q.f),
        "f": _rows(q.c0 * df, params.W[0]) * inward,
        "i": _rows(q.g * di, params.W[1]) * inward,
        "g": _rows(q.i * dg, params.W[3]) * inward,
    }


# --------------------------------------------------------------------------
# Norms against the lag
# --------------------------------------------------------------------------


def gradient_norms(
    params: GatedParams,
    x: ArrayLike,
    target: ArrayLike | None = None,
    state0: ArrayLike | None = None,
    *,
    final_gradient: ArrayLike | None = None,
) -> Floats:
    """Return log10 ‖∂L_T/∂s_k‖₂ for k = 1, …, T.

    Parameters
    ----------
    params : LSTMParams, GRUParams or LeakyParams
    x : (T, m) array_like
        Inputs.
    target : (T, p) array_like, optional
        Targets, of which only the last counts; zeros if not given.
    state0 : (size,) array_like, optional
        State before the first step; zeros if not given.
    final_gradient : (n,) array_like, optional
        Vector to carry back in place of ∂L_T/∂h_T.

    Returns
    -------
    (T,) ndarray
        Entry k − 1 belongs to k; −inf where the gradient is exactly 0. The norm is
        that of the gradient by the whole state: both c_k and h_k for an LSTM.

    Raises
    ------
    ValueError
        As `loss`; and if both `target` and `final_gradient` are given.
    """
    x, state0 = _inputs(params, x, state0)
    drive = params._drive(x)[:, None]
    norms: Floats = _norms(params, drive, state0, target, final_gradient)[0]
    return norms


def keep_bias_sweep(
    biases: ArrayLike,
    params: GatedParams,
    x: ArrayLike,
    target: ArrayLike | None = None,
    state0: ArrayLike | None = None,
    *,
    final_gradient: ArrayLike | None = None,
) -> Floats:
    """Return `gradient_norms` for `with_keep_bias` at each bias of a grid.

    Parameters
    ----------
    biases : (B,) array_like
    params : LSTMParams, GRUParams or LeakyParams
    x, target, state0, final_gradient
        As for `gradient_norms`.

    Returns
    -------
    (B, T) ndarray
        Row j holds log10 ‖∂L_T/∂s_k‖₂, k = 1, …, T, for ``biases[j]``; all are
        computed in one pass.

    Raises
    ------
    ValueError
        As `gradient_norms`; and if `biases` is empty or not one-dimensional.
    """
    biases = real_array(biases, "biases", (None,), "(B,)")
    if biases.size == 0:
        raise ValueError("biases must hold at least one number, but is empty")
    x, state0 = _inputs(params, x, state0)
    neutral = with_keep_bias(params, 0.0)._drive(x)
    drive = np.repeat(neutral[:, None], biases.size, axis=1)
    drive[:, :, 0] += biases[:, None]
    return _norms(params, drive, state0, target, final_gradient)


def _norms(
    params: GatedParams,
    drive: Floats,
    state0: Floats,
    target: ArrayLike | None,
    final_gradient: ArrayLike | None,
) -> Floats:
    """Return log10 norms, (B, T), for a drive of shape (T, B, gates, n)."""
    start = last_gradient(params, drive, target, final_gradient)
    states, caches = _run(params, drive, np.tile(state0, (drive.shape[1], 1)))
    g = np.zeros_like(states[-1])
    g[:, -params.n :], log_scale = start(states[-1, :, -params.n :])

    def pull(k: int, g: Floats) -> tuple[Floats, float]:
        return params._pull(caches[k - 1], g)[0], 0.0

    return log_norms(len(drive), g, pull, log_scale).T


def _run(params: GatedParams, drive: Floats, state: Floats) -> tuple[Floats, list[Any]]:
    """Return all states, (T, ..., size), and what each step's derivative needs."""
    states, caches = [], []
    for drive_t in drive:
        state, cache = params._step(drive_t, state)
        states.append(state)
        caches.append(cache)
    return np.array(states), caches


def _inputs(
    params: GatedParams, x: ArrayLike, state0: ArrayLike | None
) -> tuple[Floats, Floats]:
    _check_kind(params)
    x = real_array(x, "x", (None, params.m), "(T, m)")
    if x.shape[0] == 0:
        raise ValueError(f"x must hold at least one time step, but has shape {x.shape}")
    if state0 is None:
        return x, np.zeros(params.size)
    names = "(2n,)" if isinstance(params, LSTMParams) else "(n,)"
    return x, real_array(state0, "state0", (params.size,), names)


def _check_kind(params: object) -> None:
    if not isinstance(params, _GatedParams):
        raise ValueError(
            "params must be LSTMParams, GRUParams or LeakyParams, but is of type "
            f"{type(params).__name__}"
        )
