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

from dataclasses import dataclass
from typing import ClassVar, Literal, NamedTuple, Self, TypeAlias, TypeVar

import numpy as np
from numpy.typing import ArrayLike

from rnn_demo._checks import (
    choice,
    freeze,
    generator,
    instance,
    integer,
    real_array,
    real_number,
    sequence,
    sizes,
    targets,
)
from rnn_demo._maps import dsigma, dtanh, sigma
from rnn_demo._scaled import last_gradient
from rnn_demo._types import Floats, Seed
from rnn_demo.backprop import output_gradient
from rnn_demo.matrices import random_matrix, random_params
from rnn_demo.network import Loss
from rnn_demo.norms import log_norms


class _Step(NamedTuple):
    """One step of a network, for its derivative; leading axes are a batch.

    A leaky network counts its leak as a gate of its own, before the one it has.
    """

    before: Floats  # s_{t-1}, (..., size)
    source: Floats  # what the matrix of each gate is applied to, (..., gates, n)
    z: Floats  # pre-activations, (..., gates, n)
    gates: Floats  # σ of them, and tanh of the last
    after: Floats  # s_t


def _squash(z: Floats) -> Floats:
    return np.concatenate([sigma(z[..., :-1, :]), np.tanh(z[..., -1:, :])], axis=-2)


def _slopes(z: Floats) -> Floats:
    return np.concatenate([dsigma(z[..., :-1, :]), dtanh(z[..., -1:, :])], axis=-2)


def _each(gates: Floats) -> Floats:
    """Return arrays (..., gates, n) gate by gate."""
    return np.moveaxis(gates, -2, 0)


def _times(W: Floats, h: Floats) -> Floats:
    """Return W_j h for every gate j: (..., gates, n)."""
    gates, n, _ = W.shape
    return (h @ W.reshape(gates * n, n).T).reshape(*h.shape[:-1], gates, n)


# --------------------------------------------------------------------------
# Parameters and one step, forward and backward
#
# A step takes the drive U_j x_t + b_j of all gates, (..., gates, n), and the state
# before, (..., size). The way back takes ∂L/∂s_t, through this step only, to
# ∂L/∂s_{t-1} and ∂L/∂z. Gate 0 is the one that keeps.
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

    def __post_init__(self) -> None:
        gates = len(self.GATES)
        U = real_array(self.U, "U", (gates, None, None), "(gates, n, m)")
        V = real_array(self.V, "V", (None, None), "(p, n)")
        n, _, p = sizes(U, V)
        shapes = {
            "U": (U.shape, "(gates, n, m)"),
            "W": ((gates, n, n), "(gates, n, n)"),
            "b": ((gates, n), "(gates, n)"),
            "V": ((p, n), "(p, n)"),
            "c": ((p,), "(p,)"),
            "a": ((n,), "(n,)"),
        }
        arrays = vars(self).items()
        checked = {name: real_array(a, name, *shapes[name]) for name, a in arrays}
        freeze(self, **checked)

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
        return type(self)(**vars(self) | changes)

    def _drive(self, x: Floats) -> Floats:
        drive: Floats = np.einsum("gij,tj->tgi", self.U, x) + self.b
        return drive


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

    def _step(self, drive: Floats, state: Floats) -> _Step:
        c0, h0 = np.split(state, 2, axis=-1)
        z = drive + _times(self.W, h0)
        f, i, o, g = _each(gates := _squash(z))
        c = f * c0 + i * g
        source = np.broadcast_to(h0[..., None, :], z.shape)
        after = np.concatenate([c, o * np.tanh(c)], axis=-1)
        return _Step(state, source, z, gates, after)

    def _back(self, q: _Step, gradient: Floats) -> tuple[Floats, Floats]:
        c0, c = q.before[..., : self.n], q.after[..., : self.n]
        f, i, o, g = _each(q.gates)
        dc, dh = np.split(gradient, 2, axis=-1)
        dc = dc + dh * o * dtanh(c)
        by_gates = np.stack([dc * c0, dc * g, dh * np.tanh(c), dc * i], axis=-2)
        dz = by_gates * _slopes(q.z)
        return np.concatenate([dc * f, np.tensordot(dz, self.W, 2)], axis=-1), dz


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

    def _step(self, drive: Floats, h0: Floats) -> _Step:
        z = drive.copy()
        z[..., :2, :] += _times(self.W[:2], h0)
        reset = sigma(z[..., 1, :]) * h0
        z[..., 2, :] += reset @ self.W[2].T
        u, _, g = _each(gates := _squash(z))
        source = np.stack([h0, h0, reset], axis=-2)
        return _Step(h0, source, z, gates, u * h0 + sigma(-z[..., 0, :]) * g)

    def _back(self, q: _Step, dh: Floats) -> tuple[Floats, Floats]:
        h0, (u, r, g), (du, dr, dg) = q.before, _each(q.gates), _each(_slopes(q.z))
        dz_g = dh * sigma(-q.z[..., 0, :]) * dg
        reset = dz_g @ self.W[2]
        dz = np.stack([dh * (h0 - g) * du, reset * h0 * dr, dz_g], axis=-2)
        return dh * u + reset * r + np.tensordot(dz[..., :2, :], self.W[:2], 2), dz


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

    def _drive(self, x: Floats) -> Floats:
        candidate = super()._drive(x)
        leak = np.broadcast_to(self.a, candidate.shape)
        return np.concatenate([leak, candidate], axis=1)

    def _step(self, drive: Floats, h0: Floats) -> _Step:
        z = drive.copy()
        z[..., 1, :] += h0 @ self.W[0].T
        keep, g = _each(gates := _squash(z))
        after = keep * h0 + sigma(-z[..., 0, :]) * g
        return _Step(h0, h0[..., None, :], z, gates, after)

    def _back(self, q: _Step, dh: Floats) -> tuple[Floats, Floats]:
        h0, (keep, g), (dkeep, dg) = q.before, _each(q.gates), _each(_slopes(q.z))
        dz_g = dh * sigma(-q.z[..., 0, :]) * dg
        dz = np.stack([dh * (h0 - g) * dkeep, dz_g], axis=-2)
        return dh * keep + dz_g @ self.W[0], dz


GatedParams: TypeAlias = LSTMParams | GRUParams | LeakyParams
Cell: TypeAlias = Literal["leaky", "gru", "lstm"]
_Kind = TypeVar("_Kind", bound=_GatedParams)

CELLS: dict[Cell, type[LeakyParams | GRUParams | LSTMParams]] = {
    "leaky": LeakyParams,
    "gru": GRUParams,
    "lstm": LSTMParams,
}
"""The kinds of network by name."""


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
    kind = CELLS[choice(cell, "cell", CELLS)]
    rng = generator(seed)
    plain = random_params(n, m, p, rho=rho, input_scale=input_scale, seed=rng)
    U, W = [], []
    for _ in kind.GATES[:-1]:
        W.append(rho * random_matrix(plain.n, "gaussian", seed=rng))
        U.append(input_scale * rng.normal(scale=plain.m**-0.5, size=plain.U.shape))
    arrays = {"U": np.array([*U, plain.U]), "W": np.array([*W, plain.W])}
    arrays |= {"b": np.zeros((len(kind.GATES), plain.n)), "V": plain.V, "c": plain.c}
    if kind is LeakyParams:
        arrays["a"] = np.zeros(plain.n)
    return with_keep_bias(kind(**arrays), keep_bias)


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
    instance(params, "params", LSTMParams, GRUParams, LeakyParams)
    if isinstance(params, LeakyParams):
        return params.replace(a=np.full(params.n, bias))
    b = params.b.copy()
    b[0] = bias
    return params.replace(b=b)


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
    steps = _run(params, params._drive(x), state0)
    state = np.array([q.after for q in steps])
    h = state[:, -params.n :]
    # Not the leak, which is no gate.
    values = _each(np.array([q.gates for q in steps]))[-len(params.GATES) :]
    gates = dict(zip(params.GATES, values, strict=True))
    return GatedTrajectory(state, h, sigma(h @ params.V.T + params.c), gates, state0)


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
    target = targets(params, target, len(x))
    drive = params._drive(x)
    steps = _run(params, drive, state0)
    h = np.array([q.after for q in steps])[:, -params.n :]
    da = output_gradient(params, h, target)
    if t is not None:
        da[np.arange(len(x)) != integer(t, "t", 1, len(x)) - 1] = 0
    state, dz = np.zeros((len(x), params.size)), np.empty_like(drive)
    state[:, -params.n :] = da @ params.V
    later = np.zeros(params.size)
    for k in range(len(x) - 1, -1, -1):
        state[k] += later
        later, dz[k] = params._back(steps[k], state[k])
    leak = {}
    if isinstance(params, LeakyParams):
        leak, dz = {"a": dz[:, 0].sum(axis=0)}, dz[:, 1:]
    return {
        "U": np.einsum("tgi,tj->gij", dz, x),
        "W": np.einsum("tgi,tgj->gij", dz, np.array([q.source for q in steps])),
        "b": dz.sum(axis=0),
        **leak,
        "V": da.T @ h,
        "c": da.sum(axis=0),
        "x": np.einsum("tgi,gij->tj", dz, params.U),
        "state0": later,
        "state": state,
    }


def step_jacobians(
    params: GatedParams, x: ArrayLike, state0: ArrayLike | None = None
) -> Floats:
    """Return ∂s_t/∂s_{t-1} for t = 1, …, T.

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
    steps = _run(params, params._drive(x), state0)
    # On the way back, a unit vector becomes a row of the Jacobian.
    return np.array([params._back(q, np.eye(params.size))[0] for q in steps])


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
    instance(params, "params", LSTMParams, GRUParams)
    x, state0 = _inputs(params, x, state0)
    t = integer(t, "t", 2 if isinstance(params, LSTMParams) else 1, len(x))
    steps = _run(params, params._drive(x[:t]), state0)
    q = steps[-1]
    # The W_j of a gate acts on what moves with the state, by these factors.
    if isinstance(params, LSTMParams):
        inward = dict.fromkeys("fig", steps[-2].gates[2] * dtanh(q.before[: params.n]))
    else:
        inward = {"u": np.ones(params.n), "g": q.gates[1], "r": np.ones(params.n)}
    # ∂c_t/∂z^j_t, or ∂h_t/∂z^j_t
    by_gates = params._back(q, np.eye(params.size)[: params.n])[1]
    terms = {"keep": np.diag(q.gates[0])}
    for name, factor in inward.items():
        j = params.GATES.index(name)
        terms[name] = by_gates[:, j] @ params.W[j] * factor
    return terms


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
    rows = _norms(np.zeros(1), params, x, target, state0, final_gradient)
    return np.asarray(rows[0])


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
    neutral = with_keep_bias(params, 0.0)
    return _norms(biases, neutral, x, target, state0, final_gradient)


def _norms(
    biases: Floats,
    params: GatedParams,
    x: ArrayLike,
    target: ArrayLike | None,
    state0: ArrayLike | None,
    final_gradient: ArrayLike | None,
) -> Floats:
    """Return log10 norms, (B, T), with each bias added to the one that keeps."""
    x, state0 = _inputs(params, x, state0)
    start = last_gradient(params, x, target, final_gradient)
    drive = np.repeat(params._drive(x)[:, None], len(biases), axis=1)
    drive[:, :, 0] += biases[:, None]
    steps = _run(params, drive, np.tile(state0, (len(biases), 1)))
    g = np.zeros((len(biases), params.size))
    g[:, -params.n :], log_scale = start(steps[-1].after[:, -params.n :])

    def pull(k: int, g: Floats) -> tuple[Floats, float]:
        return params._back(steps[k - 1], g)[0], 0.0

    return log_norms(len(x), g, pull, log_scale).T


def _run(params: GatedParams, drive: Floats, state: Floats) -> list[_Step]:
    steps = []
    for drive_t in drive:
        steps.append(params._step(drive_t, state))
        state = steps[-1].after
    return steps


def _inputs(
    params: GatedParams, x: ArrayLike, state0: ArrayLike | None
) -> tuple[Floats, Floats]:
    instance(params, "params", LSTMParams, GRUParams, LeakyParams)
    x = sequence(x, params.m)
    if state0 is None:
        return x, np.zeros(params.size)
    names = "(2n,)" if isinstance(params, LSTMParams) else "(n,)"
    return x, real_array(state0, "state0", (params.size,), names)
