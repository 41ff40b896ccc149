"""Numerical gradients: differences of losses, and the complex step.

With θ one entry of a parameter and ε a step::

    central:  (L(θ + ε) − L(θ − ε)) / 2ε,   error O(ε²) and rounding O(1/ε);
    forward:  (L(θ + ε) − L(θ)) / ε,        error O(ε) and rounding O(1/ε);
    complex:  Im L(θ + iε) / ε,             error O(ε²) and no cancellation

(Squire and Trapp, SIAM Review 40, 1998, for the last). None of them uses a
derivative, which makes them a check on one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rnn_demo._checks import choice, in_range, integer, real_number, targets
from rnn_demo._types import ActivationName, Floats, Map, Numbers
from rnn_demo.backprop import bptt
from rnn_demo.many import by_all_of_W
from rnn_demo.network import (
    LOGISTIC,
    RNNParams,
    get_activation,
    hidden_states,
    inputs,
    steps,
)

Parameter: TypeAlias = Literal["U", "W", "b", "V", "c", "h0", "x"]
Method: TypeAlias = Literal["central", "forward", "complex"]
_WRT: tuple[Parameter, ...] = ("U", "W", "b", "V", "c", "h0", "x")
# Steps that balance the two errors, for entries and losses of order 1. The
# complex step has no rounding to balance, so it can be as small as floats allow
# while ε times a gradient of any plausible size stays one.
_STEPS: dict[Method, float] = {
    "central": np.finfo(float).eps ** (1 / 3),
    "forward": np.finfo(float).eps ** (1 / 2),
    "complex": 1e-100,
}


class _Run(NamedTuple):
    """All that the loss depends on; arrays may be complex."""

    U: Numbers
    W: Numbers
    b: Numbers
    V: Numbers
    c: Numbers
    h0: Numbers
    x: Numbers
    target: Floats  # of the steps that count
    stop: int  # the last of them
    phi: Map

    def steps(self) -> Iterator[tuple[Numbers, Numbers]]:
        """Yield z_t and h_t up to the last step that counts."""
        drive = (self.x @ self.U.T + self.b)[: self.stop]
        h0 = self.h0 + 0 * drive[0]  # complex where the drive is
        return steps(self.W.dot, drive, h0, self.phi)

    def moved(self, wrt: str, index: tuple[int, ...], delta: complex) -> _Run:
        """Return the run with one entry of one parameter moved by delta."""
        theta = getattr(self, wrt) + np.zeros((), type(delta))
        theta[index] += delta
        return self._replace(**{wrt: theta})

    def loss_beside(self, wrt: str, index: tuple[int, ...], delta: complex) -> Any:
        """Return the loss, real or complex, with one entry moved by delta."""
        run = self.moved(wrt, index, delta)
        h = np.array([h for _, h in run.steps()])[-len(self.target) :]
        error = LOGISTIC.phi(h @ run.V.T + run.c) - self.target
        return 0.5 * np.sum(error**2)

    def units_on(self) -> NDArray[np.bool_]:
        """Return whether z_t > 0, for every unit and step."""
        return np.array([z > 0 for z, _ in self.steps()])


def _run(
    params: RNNParams,
    x: ArrayLike,
    target: ArrayLike,
    h0: ArrayLike | None,
    activation: ActivationName,
    t: int | None,
) -> _Run:
    phi = get_activation(activation)
    x, h0 = inputs(params, x, h0)
    target = targets(params, target, len(x))
    stop = len(x) if t is None else integer(t, "t", 1, len(x))
    hidden_states(params, x[:stop], h0, phi)  # raises if not finite
    U, W, b, V, c = (getattr(params, name) for name in "UWbVc")
    counted = target if t is None else target[stop - 1 : stop]
    return _Run(U, W, b, V, c, h0, x, counted, stop, phi.phi)


def numerical_gradient(
    params: RNNParams,
    x: ArrayLike,
    target: ArrayLike,
    wrt: Parameter = "W",
    h0: ArrayLike | None = None,
    activation: ActivationName = "tanh",
    t: int | None = None,
    method: Method = "central",
    step: float | None = None,
) -> Floats:
    """Return the gradient of L, or of L_t, by one parameter, from losses alone.

    Parameters
    ----------
    params : RNNParams
    x : (T, m) array_like
        Inputs.
    target : (T, p) array_like
        Targets.
    wrt : {"U", "W", "b", "V", "c", "h0", "x"}
        What to differentiate by.
    h0 : (n,) array_like, optional
        State before the first step; zeros if not given.
    activation : {"tanh", "logistic", "relu", "identity"}
    t : int, optional
        Time, 1 ≤ t ≤ T, of the single loss L_t; the whole L if not given.
    method : {"central", "forward", "complex"}
    step : float, optional
        ε, the same for every entry. By default ``ε_mach^(1/3) · max(1, |θ|)`` for
        central, ``ε_mach^(1/2) · max(1, |θ|)`` for forward, and 1e-100 for complex.

    Returns
    -------
    ndarray
        Of the shape of the parameter.

    Raises
    ------
    ValueError
        As `rnn_demo.backprop.bptt`; if `wrt` or `method` is unknown; or if `step` is
        not positive or so small that θ + ε = θ.

    Notes
    -----
    Equal to `numerical_gradient_loop` up to rounding, and the same but for W. All
    networks with one perturbed entry of W advance together: one product with the
    unperturbed W for the whole batch, and then for copy (i, j) the term ε h_{t-1,j}
    added to z_{t,i}, h being its own state.
    """
    if wrt != "W":
        arguments = (params, x, target, wrt, h0, activation, t, method, step)
        return numerical_gradient_loop(*arguments)
    run = _run(params, x, target, h0, activation, t)
    quotient = partial(_quotient, method)
    gradient = by_all_of_W(run, _epsilon(params.W, method, step), quotient)
    return in_range(gradient, "a perturbed network")


def numerical_gradient_loop(
    params: RNNParams,
    x: ArrayLike,
    target: ArrayLike,
    wrt: Parameter = "W",
    h0: ArrayLike | None = None,
    activation: ActivationName = "tanh",
    t: int | None = None,
    method: Method = "central",
    step: float | None = None,
) -> Floats:
    """Return the same as `numerical_gradient`, one entry and one run at a time.

    Slow and plain: this is the definition.

    Parameters
    ----------
    params, x, target, wrt, h0, activation, t, method, step
        As for `numerical_gradient`.

    Returns
    -------
    ndarray
        As `numerical_gradient`.

    Raises
    ------
    ValueError
        As `numerical_gradient`.
    """
    run = _run(params, x, target, h0, activation, t)
    theta: Floats = getattr(run, choice(wrt, "wrt", _WRT))
    eps = _epsilon(theta, method, step)
    gradient = np.empty(theta.shape)
    with np.errstate(all="ignore"):
        for index in np.ndindex(theta.shape):
            loss = partial(run.loss_beside, wrt, index)
            gradient[index] = _quotient(method, loss, eps[index])
    return in_range(gradient, "a perturbed network")


class GradientCheck(NamedTuple):
    """The entry where two gradients differ most.

    Attributes
    ----------
    max_relative_error : float
        The size of analytic − numeric over the larger of the two, or over a thousandth
        of the largest entry of the gradient if that is larger still.
    index : tuple of int
        Where the error is largest.
    analytic, numeric : float
        The two values there.
    kinks : int
        How many entries a difference cannot judge as it is, since its step switches a
        relu unit, where the loss has no derivative. `rnn_demo.backprop.bptt` takes
        φ'(0) = 0, the derivative of the side on which the unit stays off; such an
        entry is compared with the difference to the side where no unit switches, or
        left out where there is none.
    """

    max_relative_error: float
    index: tuple[int, ...]  # type: ignore[assignment] # not the method of a tuple
    analytic: float
    numeric: float
    kinks: int = 0


def check_gradient(
    params: RNNParams,
    x: ArrayLike,
    target: ArrayLike,
    wrt: Parameter = "W",
    h0: ArrayLike | None = None,
    activation: ActivationName = "tanh",
    t: int | None = None,
    method: Method = "central",
    step: float | None = None,
) -> GradientCheck:
    """Compare `rnn_demo.backprop.bptt` with `numerical_gradient`, entry by entry.

    Differences of losses have an absolute error, so an entry far below the
    largest one has few correct digits for no fault of the gradient. Entries
    below a thousandth of the largest one are therefore compared with that.

    Parameters
    ----------
    params, x, target, wrt, h0, activation, t, method, step
        As for `numerical_gradient`.

    Returns
    -------
    GradientCheck

    Raises
    ------
    ValueError
        As `numerical_gradient`.
    """
    numeric = numerical_gradient(
        params, x, target, wrt, h0, activation, t, method, step
    )
    analytic = getattr(bptt(params, x, target, h0, activation, t), wrt)
    kinks = 0
    if get_activation(activation).kink and method != "complex":
        run = _run(params, x, target, h0, activation, t)
        eps = _epsilon(getattr(run, wrt), method, step)
        kinks = _beside_kinks(run, wrt, eps, analytic, numeric)
    size = np.maximum(np.abs(analytic), np.abs(numeric))
    scale = np.maximum(size, 1e-3 * size.max())
    error = np.abs(analytic - numeric) / np.where(scale > 0, scale, 1)
    index = tuple(int(i) for i in np.unravel_index(error.argmax(), error.shape))
    return GradientCheck(
        float(error[index]), index, float(analytic[index]), float(numeric[index]), kinks
    )


def _epsilon(theta: Floats, method: Method, step: float | None) -> Floats:
    """Return ε for every entry, such that θ + ε is a float for real steps."""
    choice(method, "method", _STEPS)
    if step is not None and (step := real_number(step, "step")) <= 0:
        raise ValueError(f"step must be positive, but is {step}")
    if method == "complex":
        return np.full(theta.shape, step or _STEPS[method])
    eps: Floats = np.asarray(step or _STEPS[method] * np.maximum(1, np.abs(theta)))
    with np.errstate(over="ignore"):
        eps = (theta + eps) - theta
    if not (np.isfinite(eps) & (eps > 0)).all():
        raise ValueError(
            f"step must change every entry, but {step} is lost in rounding: take a "
            "larger one, or method 'complex'"
        )
    return eps


def _quotient(method: Method, loss: Callable[[Any], Any], eps: Any) -> Any:
    """Return the derivative of loss(delta) at 0, by steps of eps."""
    if method == "complex":
        return loss(1j * eps).imag / eps
    if method == "forward":
        return (loss(eps) - loss(0 * eps)) / eps
    return (loss(eps) - loss(-eps)) / (2 * eps)


def _beside_kinks(
    run: _Run, wrt: str, eps: Floats, analytic: Floats, numeric: Floats
) -> int:
    """Set quotients whose step switches a relu unit to one-sided ones; count them.

    Where the steps to both sides switch one, there is nothing to compare with.
    """
    on, kinks = run.units_on(), 0
    for index in map(tuple, np.argwhere(~np.isclose(numeric, analytic, rtol=1e-6))):
        sides = (-eps[index], eps[index])
        stay = [e for e in sides if (run.moved(wrt, index, e).units_on() == on).all()]
        if len(stay) < 2:
            kinks += 1
            numeric[index] = analytic[index]
        if len(stay) == 1:
            loss = partial(run.loss_beside, wrt, index)
            numeric[index] = _quotient("forward", loss, stay[0])
    return kinks
