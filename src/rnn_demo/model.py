"""The recurrent network: parameters, activations, forward pass and loss.

    z_t = U x_t + W h_{t-1} + b,   h_t = φ(z_t),   y_t = σ(V h_t + c),
    L_t = ½‖y_t − target_t‖²,      L = Σ_t L_t,    t = 1, …, T.

Arrays hold time along the first axis: row t − 1 belongs to time t.
"""

from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import replace as _replace
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from rnn_demo._validation import (
    generator,
    inputs,
    integer,
    real_array,
    real_number,
    targets,
)
from rnn_demo.spectral import random_matrix


# The maps below also take complex z, which the complex-step derivative needs.
def _tanh(z, out=None):
    return np.tanh(z, out=out)


def _tanh_derivative(z):
    """Return tanh'(z) = sech² z; unlike 1 − tanh² it does not cancel for large |z|."""
    e = np.exp(-2 * np.abs(z))
    return 4 * e / (1 + e) ** 2


def _logistic(z, out=None):
    if np.iscomplexobj(z):
        # Complex infinities would turn into NaN: keep the exponent from growing.
        nonnegative = np.real(z) >= 0
        e = np.exp(np.where(nonnegative, np.negative(z), z))
        return np.divide(np.where(nonnegative, 1, e), 1 + e, out=out)
    with np.errstate(over="ignore"):  # 1/(1 + inf) is the right 0
        return np.divide(1, 1 + np.exp(np.negative(z)), out=out)


def _logistic_derivative(z):
    """Return σ'(z) = σ(z) σ(−z), without the cancellation in 1 − σ(z)."""
    e = np.exp(-np.abs(z))
    return e / (1 + e) ** 2


def _relu(z, out=None):
    z = np.asarray(z)
    return np.multiply(z, z.real > 0, out=out)


def _relu_derivative(z):
    return np.where(np.asarray(z) > 0, 1.0, 0.0)


def _identity(z, out=None):
    return np.positive(z, out=out)


def _identity_derivative(z):
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
        γ = sup |φ'|.
    """

    name: str
    phi: Callable
    derivative: Callable
    gamma: float


ACTIVATIONS = MappingProxyType(
    {
        activation.name: activation
        for activation in (
            Activation("tanh", _tanh, _tanh_derivative, 1.0),
            Activation("logistic", _logistic, _logistic_derivative, 0.25),
            Activation("relu", _relu, _relu_derivative, 1.0),
            Activation("identity", _identity, _identity_derivative, 1.0),
        )
    }
)


def get_activation(name):
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

    U: np.ndarray
    W: np.ndarray
    b: np.ndarray
    V: np.ndarray
    c: np.ndarray

    def __post_init__(self):
        U = real_array(self.U, "U", (None, None), "(n, m)")
        V = real_array(self.V, "V", (None, None), "(p, n)")
        n, m = U.shape
        p = V.shape[0]
        if 0 in (n, m, p):
            raise ValueError(
                f"n, m and p must be at least 1, but U has shape {U.shape} and "
                f"V has shape {V.shape}"
            )
        checked = {
            "U": U,
            "W": real_array(self.W, "W", (n, n), "(n, n), with n the rows of U,"),
            "b": real_array(self.b, "b", (n,), "(n,), with n the rows of U,"),
            "V": real_array(V, "V", (p, n), "(p, n), with n the rows of U,"),
            "c": real_array(self.c, "c", (p,), "(p,), with p the rows of V,"),
        }
        for name, array in checked.items():
            array = np.array(array, order="C")
            array.flags.writeable = False
            object.__setattr__(self, name, array)

    @property
    def n(self):
        """Size of the hidden state."""
        return self.U.shape[0]

    @property
    def m(self):
        """Size of the input."""
        return self.U.shape[1]

    @property
    def p(self):
        """Size of the output."""
        return self.V.shape[0]

    def replace(self, **changes):
        """Return a copy with some of the parameters replaced."""
        return _replace(self, **changes)


def random_params(n, m, p, *, rho=1.0, family="gaussian", input_scale=1.0, seed):
    """Return a random network.

    Entries of U are normal with variance input_scale²/m, those of V with
    variance 1/n; b and c are 0; W is `random_matrix` times ρ.

    Parameters
    ----------
    n, m, p : int
        Sizes of the hidden state, the input and the output.
    rho : float
        Spectral radius of W, at least 0.
    family : str
        Family of W; see `rnn_demo.spectral.random_matrix`.
    input_scale : float
        Strength of the input weights, at least 0.
    seed : int or numpy.random.Generator

    Returns
    -------
    RNNParams

    Raises
    ------
    ValueError
        If a size is below 1, `rho` or `input_scale` is negative, the family is
        unknown or the seed is neither a nonnegative integer nor a Generator.
    """
    n, m, p = integer(n, "n", 1), integer(m, "m", 1), integer(p, "p", 1)
    rho = real_number(rho, "rho", minimum=0)
    input_scale = real_number(input_scale, "input_scale", minimum=0)
    rng = generator(seed)
    W = rho * random_matrix(n, family, seed=rng)
    U = input_scale * rng.normal(scale=m**-0.5, size=(n, m))
    V = rng.normal(scale=n**-0.5, size=(p, n))
    return RNNParams(U=U, W=W, b=np.zeros(n), V=V, c=np.zeros(p))


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

    z: np.ndarray
    h: np.ndarray
    y: np.ndarray
    h0: np.ndarray


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
    per_step: np.ndarray


def forward(params, x, h0=None, activation="tanh"):
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


def hidden_states(params, x, h0, phi):
    """Return z and h of shape (T, n) for arguments that are already checked."""
    with np.errstate(all="ignore"):
        z, h = recurrence(params.W, params.U, params.b, x, h0, phi)
    if not (np.isfinite(z).all() and np.isfinite(h).all()):
        finite = np.isfinite(z).all(axis=1) & np.isfinite(h).all(axis=1)
        raise ValueError(
            f"the hidden state left the float range at t = {finite.argmin() + 1}; "
            "use a smaller spectral radius, fewer steps or a bounded activation"
        )
    return z, h


def recurrence(W, U, b, x, h0, phi):
    """Iterate z_t = W h_{t-1} + U x_t + b, h_t = φ(z_t), for any dtype."""
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


def loss(params, x, target, h0=None, activation="tanh"):
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
