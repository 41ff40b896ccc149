"""The recurrent network: parameters, activations, forward pass and loss.

::

    z_t = U x_t + W h_{t-1} + b,   h_t = φ(z_t),   y_t = σ(V h_t + c),
    L_t = ½‖y_t − target_t‖²,      L = Σ_t L_t,    t = 1, …, T.

Arrays hold time along the first axis: row t − 1 belongs to time t.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from rnn_demo import _checks, _maps
from rnn_demo._checks import choice, in_range, instance, real_array, targets
from rnn_demo._types import ActivationName, Floats, Map, Numbers


@dataclass(frozen=True)
class Activation:
    """An activation function φ with its derivative.

    Attributes
    ----------
    name : str
    phi : callable
        φ, entry by entry.
    derivative : callable
        φ' as a function of z (not of h), accurate to rounding also where φ
        saturates. For relu the value at the kink z = 0 is 0.
    gamma : float
        ``γ = sup |φ'|``.
    log_derivative : callable, optional
        ln φ' as a function of z, for a φ that saturates: it exists where φ' underflows.
    linear : bool
        Whether φ' is the same everywhere, so that gradients need no state.
    kink : bool
        Whether φ' jumps at z = 0.
    """

    name: str
    phi: Map
    derivative: Callable[[Floats], Floats]
    gamma: float
    log_derivative: Callable[[Floats], Floats] | None = None
    linear: bool = False
    kink: bool = False


_TANH = Activation("tanh", np.tanh, _maps.dtanh, 1.0, _maps.log_dtanh)
LOGISTIC = Activation("logistic", _maps.sigma, _maps.dsigma, 0.25, _maps.log_dsigma)
_RELU = Activation("relu", _maps.relu, _maps.drelu, 1.0, kink=True)
_IDENTITY = Activation("identity", np.positive, _maps.didentity, 1.0, linear=True)
#: Every `Activation` by its name.
ACTIVATIONS = MappingProxyType(
    {phi.name: phi for phi in (_TANH, LOGISTIC, _RELU, _IDENTITY)}
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
    return ACTIVATIONS[choice(name, "activation", ACTIVATIONS)]


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
        n, _, p = _checks.sizes(U, V)
        _checks.freeze(
            self,
            U=U,
            W=real_array(W, "W", (n, n), "(n, n), with n the rows of U,"),
            b=real_array(b, "b", (n,), "(n,), with n the rows of U,"),
            V=real_array(V, "V", (p, n), "(p, n), with n the rows of U,"),
            c=real_array(c, "c", (p,), "(p,), with p the rows of V,"),
        )

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
        return RNNParams(**vars(self) | changes)


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
    x = _checks.sequence(x, params.m)
    h0 = np.zeros(params.n) if h0 is None else h0
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
    x, h0 = inputs(params, x, h0)
    z, h = hidden_states(params, x, h0, get_activation(activation))
    with np.errstate(all="ignore"):
        y = in_range(LOGISTIC.phi(h @ params.V.T + params.c), "the output")
    return Trajectory(z, h, y, h0)


def steps(
    times_W: Map, drive: Iterable[Numbers], h: Numbers, phi: Map
) -> Iterator[tuple[Numbers, Numbers]]:
    """Iterate z_t = W h_{t-1} + drive_t, h_t = φ(z_t), of many or complex networks.

    Parameters
    ----------
    times_W : callable
        From h_{t-1} to W h_{t-1}, for every network of a batch.
    drive : iterable of (..., n) ndarray
        U x_t + b, for t = 1, …, T.
    h : (..., n) ndarray
        h_0.
    phi : callable
        φ, as `Activation.phi`.

    Yields
    ------
    z, h : (..., n) ndarray
        z_t and h_t. Nothing is checked: they may hold infinities.
    """
    for drive_t in drive:
        z = times_W(h)
        z += drive_t
        h = phi(z)
        yield z, h


def hidden_states(
    params: RNNParams, x: Floats, h0: Floats, phi: Activation, needed: bool = True
) -> tuple[Floats, Floats]:
    """Return all z_t and h_t, for arguments that are checked.

    Parameters
    ----------
    params : RNNParams
    x : (T, ..., m) ndarray
        Inputs of one sequence or of a batch.
    h0 : (..., n) ndarray
    phi : Activation
    needed : bool
        Whether more than the slopes φ'(z_t) is needed of them. If not, and the slopes
        depend on no state, zeros are returned.

    Returns
    -------
    z, h : (T, ..., n) ndarray

    Raises
    ------
    ValueError
        If the hidden state leaves the float range.
    """
    h, before = np.zeros((len(x), *h0.shape)), h0
    if phi.linear and not needed:
        return h, h
    times_W = params.W.dot if h0.ndim == 1 else lambda h: h @ params.W.T
    with np.errstate(all="ignore"):
        z = x @ params.U.T + params.b
        for z_t, h_t in zip(z, h, strict=True):
            z_t += times_W(before)
            h_t[:] = phi.phi(z_t)
            before = h_t
    if not np.isfinite(z).all():
        raise out_of_range(z)
    return z, h


def out_of_range(z: Iterable[Floats]) -> ValueError:
    """Return the error that names the first time at which a z_t is not finite.

    Parameters
    ----------
    z : iterable of (..., n) ndarray

    Returns
    -------
    ValueError
    """
    t = [bool(np.isfinite(z_t).all()) for z_t in z].index(False) + 1
    return ValueError(
        f"the hidden state left the float range at t = {t}; use a smaller spectral "
        "radius, fewer steps or a bounded activation"
    )


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
        As `forward`, if `target` does not have the shape (T, p), or if the loss
        leaves the float range.
    """
    y = forward(params, x, h0, activation).y
    error = y - targets(params, target, len(y))
    with np.errstate(over="ignore"):
        per_step = 0.5 * np.sum(error**2, axis=1)
        total = in_range(per_step.sum(), "the loss")
    return Loss(float(total), per_step)
