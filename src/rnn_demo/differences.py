"""Numerical gradients: differences of losses, and the complex step.

With θ one entry of a parameter and ε a step::

    central:  (L(θ + ε) − L(θ − ε)) / 2ε,   error O(ε²) and rounding O(1/ε);
    forward:  (L(θ + ε) − L(θ)) / ε,        error O(ε) and rounding O(1/ε);
    complex:  Im L(θ + iε) / ε,             error O(ε²) and no cancellation

(Squire and Trapp, SIAM Review 40, 1998, for the last). None of them uses a
derivative, which makes them a check on one.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from rnn_demo._checks import choice, in_range, real_number
from rnn_demo._perturbed import Run, checked
from rnn_demo._types import ActivationName, Floats, Losses, Numbers, Quotient
from rnn_demo.backprop import bptt
from rnn_demo.many import by_all_of_W
from rnn_demo.network import RNNParams, get_activation

Parameter: TypeAlias = Literal["U", "W", "b", "V", "c", "h0", "x"]
Method: TypeAlias = Literal["central", "forward", "complex"]
# Steps that balance the two errors, for entries and losses of order 1. The
# complex step has no rounding to balance, so it can be as small as floats allow
# while ε times a gradient of any plausible size stays one.
_STEPS: dict[Method, float] = {
    "central": np.finfo(float).eps ** (1 / 3),
    "forward": np.finfo(float).eps ** (1 / 2),
    "complex": 1e-100,
}


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
    loop: bool = False,
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
    loop : bool
        Whether to run one entry at a time, also for W: slow and plain.

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
    run = checked(params, x, target, h0, activation, t)
    eps = _epsilon(run.arrays[choice(wrt, "wrt", run.arrays)], method, step)
    every = by_all_of_W if wrt == "W" and not loop else partial(_one_by_one, wrt)
    return in_range(every(run, eps, partial(_quotient, method)), "a perturbed network")


def numerical_gradient_loop(*arguments: Any, **options: Any) -> Floats:
    """Return the same as `numerical_gradient`, one entry and one run at a time.

    Slow and plain: this is the definition.

    Parameters
    ----------
    *arguments, **options
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
    return numerical_gradient(*arguments, **options | {"loop": True})


def _one_by_one(wrt: str, run: Run, eps: Numbers, quotient: Quotient) -> Floats:
    def slope(index: tuple[int, ...]) -> Any:
        return quotient(lambda delta: run.beside(wrt, index, delta)[0], eps[index])

    with np.errstate(all="ignore"):
        slopes = [slope(index) for index in np.ndindex(eps.shape)]
    return np.reshape(slopes, eps.shape)


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
    approx = numerical_gradient(params, x, target, wrt, h0, activation, t, method, step)
    exact = getattr(bptt(params, x, target, h0, activation, t), wrt)
    kinks = 0
    if get_activation(activation).kink and method != "complex":
        run = checked(params, x, target, h0, activation, t)
        eps = _epsilon(run.arrays[wrt], method, step)
        kinks = _mend_kinks(run, wrt, eps, exact, approx)
    size = np.maximum(np.abs(exact), np.abs(approx))
    scale = np.maximum(size, 1e-3 * size.max())
    error = np.abs(exact - approx) / np.where(scale > 0, scale, 1)
    index = tuple(int(i) for i in np.unravel_index(error.argmax(), error.shape))
    values = (float(error[index]), index, float(exact[index]), float(approx[index]))
    return GradientCheck(*values, kinks)


def _epsilon(theta: Floats, method: Method, step: float | None) -> Numbers:
    """Return ε for every entry, or iε; θ + ε is a float for real steps."""
    choice(method, "method", _STEPS)
    if step is not None and (step := real_number(step, "step")) <= 0:
        raise ValueError(f"step must be positive, but is {step}")
    if method == "complex":
        return np.full(theta.shape, 1j * (step or _STEPS[method]))
    eps: Floats = np.asarray(step or _STEPS[method] * np.maximum(1, np.abs(theta)))
    with np.errstate(over="ignore"):
        eps = (theta + eps) - theta
    if not (np.isfinite(eps) & (eps > 0)).all():
        raise ValueError(
            f"step must change every entry, but {step} is lost in rounding: take a "
            "larger one, or method 'complex'"
        )
    return eps


def _quotient(method: Method, loss: Losses, eps: Any) -> Any:
    """Return the derivative of loss(delta) at 0, by steps of eps."""
    if method == "complex":
        return loss(eps).imag / eps.imag
    if method == "forward":
        return (loss(eps) - loss(0 * eps)) / eps
    return (loss(eps) - loss(-eps)) / (2 * eps)


def _mend_kinks(run: Run, wrt: str, eps: Floats, exact: Floats, approx: Floats) -> int:
    """Set quotients whose step switches a relu unit to one-sided ones; count them.

    Where the steps to both sides switch one, there is nothing to compare with.
    """
    kinks = 0
    for index in map(tuple, np.argwhere(~np.isclose(approx, exact, rtol=1e-6))):
        loss, on = run.beside(wrt, index, 0.0)
        sides = [(e, *run.beside(wrt, index, e)) for e in (-eps[index], eps[index])]
        slopes = [
            (side - loss) / e for e, side, on_too in sides if (on_too == on).all()
        ]
        if len(slopes) < 2:
            kinks += 1
            approx[index] = slopes[0] if slopes else exact[index]
    return kinks
