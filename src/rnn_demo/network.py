"""The recurrent network: parameters, activations, forward pass and loss.

::

    z_t = U x_t + W h_{t-1} + b,   h_t = φ(z_t),   y_t = σ(V h_t + c),
    L_t = ½‖y_t − target_t‖²,      L = Σ_t L_t,    t = 1, …, T.

Arrays hold time along the first axis: row t − 1 belongs to time t.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from rnn_demo._checks import in_float_range, instance, real_array, targets
from rnn_demo._types import ActivationName, Floats, Map, Numbers


# The maps below also take complex z, which the complex-step derivative needs.
def _tanh_derivative(z: Floats) -> Floats:
    """Return tanh'(z) = sech² z; unlike 1 − tanh² it does not cancel for large |z|."""
    e: Floats = np.exp(-2 * np.abs(z))
    return 4 * e / (1 + e) ** 2


def _logistic(z: Numbers, out: Numbers | None = None) -> Numbers:
    y: Numbers
    if np.iscomplexobj(z):
        # Complex infinities would turn into NaN: keep the exponent from growing.
        nonnegative = np.real(z) >= 0
        e = np.exp(np.where(nonnegative, np.negative(z), z))
        y = np.divide(np.where(nonnegative, 1, e), 1 + e, out=out)
        return y
    with np.errstate(over="ignore"):  # 1/(1 + inf) is the right 0
        y = np.divide(1, 1 + np.exp(np.negative(z)), out=out)
    return y


def _logistic_derivative(z: Floats) -> Floats:
    """Return σ'(z) = σ(z) σ(−z), without the cancellation in 1 − σ(z)."""
    e: Floats = np.exp(-np.abs(z))
    return e / (1 + e) ** 2


def _relu(z: Numbers, out: Numbers | None = None) -> Numbers:
    z = np.asarray(z)
    return np.multiply(z, z.real > 0, out=out)


def _relu_derivative(z: Floats) -> Floats:
    return np.where(np.asarray(z) > 0, 1.0, 0.0)


def _identity_derivative(z: Floats) -> Floats:
    return np.ones_like(z, dtype=float)


@dataclass(frozen=True)
class Activation:
    """An activation function φ with its derivative.

    Attributes
    ----------
    name : str
    phi : callable
        φ, entry by entry: ``phi(z, out=None)``.
    derivative : callable
        φ' as a function of z (not of h), accurate to rounding also where φ
        saturates. For relu the value at the kink z = 0 is 0.
    gamma : float
        ``γ = sup |φ'|``.
    """

    name: ActivationName
    phi: Map
    derivative: Callable[[Floats], Floats]
    gamma: float


#: Every `Activation` by its name.
ACTIVATIONS = MappingProxyType(
    {
        activation.name: activation
        for activation in (
            Activation("tanh", np.tanh, _tanh_derivative, 1.0),
            Activation("logistic", _logistic, _logistic_derivative, 0.25),
            Activation("relu", _relu, _relu_derivative, 1.0),
            Activation("identity", np.positive, _identity_derivative, 1.0),
        )
    }
)


def get_activation(name: ActivationName) -> Activation:
    """Return the activation called `name`.

    Parameters
    ----------
    name : {"tanh", "logistic", "relu", "identity"}

    Returns
    -------
    Activation

    Raises
    ------
    ValueError
        If there is none of that name.
    """
    if not isinstance(name, str) or name not in ACTIVATIONS:
        listed = ", ".join(repr(known) for known in ACTIVATIONS)
        raise ValueError(f"activation must be one of {listed}, but is {name!r}")
    return ACTIVATIONS[name]


@dataclass(frozen=True, eq=False)
class RNNParams:
    """The five parameters of the network, as read-only float64 copies.

    Parameters
    ----------
    U : (n, m) array_like
        Input weights.
    W : (n, n) array_like
        Recurrent weights.
    b : (n,) array_like
        Bias of the hidden state.
    V : (p, n) array_like
        Output weights.
    c : (p,) array_like
        Bias of the output.

    Raises
    ------
    ValueError
        If shapes do not fit one another, or an entry is not a finite real number.
    """

    U: Floats
    W: Floats
    b: Floats
    V: Floats
    c: Floats

    def __init__(
        self, U: ArrayLike, W: ArrayLike, b: ArrayLike, V: ArrayLike, c: ArrayLike
    ) -> None:
        U = real_array(U, "U", (None, None), "(n, m)")
        V = real_array(V, "V", (None, None), "(p, n)")
        n, m = U.shape
        p = V.shape[0]
        if 0 in (n, m, p):
            raise ValueError(
                f"n, m and p must be at least 1, but U has shape {U.shape} and "
                f"V has shape {V.shape}"
            )
        checked = {
            "U": U,
            "W": real_array(W, "W", (n, n), "(n, n), with n the rows of U,"),
            "b": real_array(b, "b", (n,), "(n,), with n the rows of U,"),
            "V": real_array(V, "V", (p, n), "(p, n), with n the rows of U,"),
            "c": real_array(c, "c", (p,), "(p,), with p the rows of V,"),
        }
        for name, array in checked.items():
            array = np.array(array, order="C")
            array.flags.writeable = False
            object.__setattr__(self, name, array)

    @property
    def n(self) -> int:
        """Size of the hidden state."""
        return len(self.U)

    @property
    def m(self) -> int:
        """Size of the input."""
        return int(self.U.shape[1])

    @property
    def p(self) -> int:
        """Size of the output."""
        return len(self.V)

    def replace(self, **changes: ArrayLike) -> RNNParams:
        """Return a copy with some of the parameters replaced.

        Parameters
        ----------
        **changes : array_like
            By name, such as ``W=W``.

        Returns
        -------
        RNNParams

        Raises
        ------
        ValueError
            If shapes no longer fit, or an entry is not a finite real number.
        """
        old = {name: getattr(self, name) for name in ("U", "W", "b", "V", "c")}
        return RNNParams(**old | changes)


def inputs(
    params: RNNParams, x: ArrayLike, h0: ArrayLike | None = None
) -> tuple[Floats, Floats]:
    """Check what a network is run on.

    Parameters
    ----------
    params : RNNParams
    x : (T, m) array_like
        Inputs, T ≥ 1.
    h0 : (n,) array_like, optional
        State before the first step; zeros if not given.

    Returns
    -------
    x, h0 : ndarray
        As float64.
    """
    instance(params, "params", RNNParams)
    x = real_array(x, "x", (None, params.m), "(T, m)")
    if x.shape[0] == 0:
        raise ValueError(
            f"x must hold at least one time step, but has shape {x.shape}: T is 0"
        )
    if h0 is None:
        return x, np.zeros(params.n)
    return x, real_array(h0, "h0", (params.n,), "(n,)")


class Trajectory(NamedTuple):
    """What a forward pass computes; row t − 1 belongs to time t.

    Attributes
    ----------
    z : (T, n) ndarray
        Pre-activations.
    h : (T, n) ndarray
        Hidden states.
    y : (T, p) ndarray
        Outputs.
    h0 : (n,) ndarray
        The given state before the first step.
    """

    z: Floats
    h: Floats
    y: Floats
    h0: Floats


class Loss(NamedTuple):
    """The loss L and its summands.

    Attributes
    ----------
    total : float
        L = Σ_t L_t.
    per_step : (T,) ndarray
        L_t = ½‖y_t − target_t‖².
    """

    total: float
    per_step: Floats


@in_float_range
def forward(
    params: RNNParams,
    x: ArrayLike,
    h0: ArrayLike | None = None,
    activation: ActivationName = "tanh",
) -> Trajectory:
    """Run the network: h_t = φ(U x_t + W h_{t-1} + b), y_t = σ(V h_t + c).

    Parameters
    ----------
    params : RNNParams
    x : (T, m) array_like
        Inputs.
    h0 : (n,) array_like, optional
        State before the first step; zeros if not given.
    activation : {"tanh", "logistic", "relu", "identity"}

    Returns
    -------
    Trajectory

    Raises
    ------
    ValueError
        If a shape is wrong, T is 0, an entry is not finite, the activation is
        unknown, or the hidden state leaves the float range, as it may with relu
        and identity.
    """
    phi = get_activation(activation).phi
    x, h0 = inputs(params, x, h0)
    z, h = hidden_states(params, x, h0, phi)
    return Trajectory(z, h, _logistic(h @ params.V.T + params.c), h0)


def hidden_states(
    params: RNNParams, x: Floats, h0: Floats, phi: Map
) -> tuple[Floats, Floats]:
    """Return z and h for arguments that are already checked.

    Parameters
    ----------
    params : RNNParams
    x : (T, m) ndarray
    h0 : (n,) ndarray
    phi : callable
        φ, as `Activation.phi`.

    Returns
    -------
    z, h : (T, n) ndarray

    Raises
    ------
    ValueError
        If the hidden state leaves the float range.
    """
    with np.errstate(all="ignore"):
        z, h = recurrence(params.W, params.U, params.b, x, h0, phi)
    finite = np.isfinite(z)  # and with it h, for every φ here
    if not finite.all():
        t = finite.all(axis=1).argmin() + 1
        raise ValueError(
            f"the hidden state left the float range at t = {t}; "
            "use a smaller spectral radius, fewer steps or a bounded activation"
        )
    return z, h


def recurrence(
    W: Numbers, U: Numbers, b: Numbers, x: Numbers, h0: Numbers, phi: Map
) -> tuple[Numbers, Numbers]:
    """Iterate z_t = W h_{t-1} + U x_t + b, h_t = φ(z_t), for any dtype.

    Parameters
    ----------
    W, U, b : (n, n), (n, m) and (n,) ndarray
        Parameters.
    x : (T, m) ndarray
        Inputs.
    h0 : (n,) ndarray
        Initial state.
    phi : callable
        φ, as `Activation.phi`.

    Returns
    -------
    z, h : (T, n) ndarray
        Nothing is checked: they may hold infinities.
    """
    (steps, m), n = x.shape, b.size
    # z_t = [W U b] (h_{t-1}, x_t, 1): at these sizes a step costs what its calls
    # cost, and this makes it two. Column order suits a product with a vector.
    WUb = np.asfortranarray(np.column_stack([W, U, b]))
    columns = np.ones((steps + 1, n + m + 1), np.result_type(WUb, x, h0))
    columns[0, :n] = h0
    columns[:-1, n:-1] = x
    h = columns[1:, :n]
    z = np.empty_like(h, order="C")
    for column, z_t, h_t in zip(columns[:-1], z, h, strict=True):
        WUb.dot(column, z_t)  # the method: np.dot spends a quarter on dispatch
        phi(z_t, h_t)
    return z, h.copy()


@in_float_range
def loss(
    params: RNNParams,
    x: ArrayLike,
    target: ArrayLike,
    h0: ArrayLike | None = None,
    activation: ActivationName = "tanh",
) -> Loss:
    """Return L_t = ½‖y_t − target_t‖² for every t, and L = Σ_t L_t.

    Parameters
    ----------
    params : RNNParams
    x : (T, m) array_like
        Inputs.
    target : (T, p) array_like
        Targets.
    h0 : (n,) array_like, optional
        State before the first step; zeros if not given.
    activation : {"tanh", "logistic", "relu", "identity"}

    Returns
    -------
    Loss

    Raises
    ------
    ValueError
        As `forward`, and if `target` does not have the shape (T, p).
    """
    y = forward(params, x, h0, activation).y
    target = targets(params, target, y.shape[0])
    per_step = 0.5 * np.sum((y - target) ** 2, axis=1)
    return Loss(float(per_step.sum()), per_step)
