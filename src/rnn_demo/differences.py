"""Numerical gradients: differences of losses, and the complex step.

With θ one entry of a parameter and ε a step::

    central:  (L(θ + ε) − L(θ − ε)) / 2ε,   error O(ε²) and rounding O(1/ε);
    forward:  (L(θ + ε) − L(θ)) / ε,        error O(ε) and rounding O(1/ε);
    complex:  Im L(θ + iε) / ε,             error O(ε²) and no cancellation

(Squire and Trapp, SIAM Review 40, 1998, for the last). None of them uses a
derivative, which makes them a check on one.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from rnn_demo._checks import choice, in_float_range, integer, real_number, targets
from rnn_demo._types import ActivationName, Floats, Ints, Numbers
from rnn_demo.backprop import bptt
from rnn_demo.network import (
    RNNParams,
    get_activation,
    hidden_states,
    inputs,
    recurrence,
)

_logistic = get_activation("logistic").phi

Parameter: TypeAlias = Literal["U", "W", "b", "V", "c", "h0", "x"]
Method: TypeAlias = Literal["central", "forward", "complex"]
_WRT: tuple[Parameter, ...] = ("U", "W", "b", "V", "c", "h0", "x")
_METHODS: tuple[Method, ...] = ("central", "forward", "complex")
# Steps that balance the two errors, for entries and losses of order 1. The
# complex step has no rounding to balance, so it can be as small as floats allow
# while ε times a gradient of any plausible size stays one.
_STEPS: dict[Method, float] = {
    "central": np.finfo(float).eps ** (1 / 3),
    "forward": np.finfo(float).eps ** (1 / 2),
    "complex": 1e-100,
}
# Floats in one array of perturbed states. Small enough for the second-level cache.
_CHUNK = 32_768
# Multiplications in one product. Beyond 100³ OpenBLAS splits it over threads, which
# for products as short as these mostly wait for one another.
_PRODUCT = 1_000_000
# Steps whose outputs go through σ and the loss together: those of one step are few.
_STEPS_AT_ONCE = 16


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
    Equal to `numerical_gradient_loop` up to rounding. One entry of U or W
    changes a single entry of z_t, so all perturbed networks advance together:
    one product with the unperturbed W for the whole batch, and then for copy
    (i, j) of ∂/∂W the term ε h_{t-1,j} added to z_{t,i}, h being its own state.
    """
    run = _Run(params, x, target, wrt, h0, activation, t)
    eps = _steps(run.theta, method, step).ravel()
    gradient = np.empty(eps.size)
    with np.errstate(all="ignore"):
        unperturbed = run.loss(run.theta)

    def fill(entries: Ints) -> None:
        with np.errstate(all="ignore"):  # which each thread has for itself
            gradient[entries] = _quotient(
                partial(run.batch_loss, entries), unperturbed, eps[entries], method
            )

    copies = min(
        _CHUNK // max(params.n, params.p),
        max(64, _PRODUCT // (params.n * (params.n + 1))),
    )
    copies = max(1, copies)
    chunks = [
        np.arange(start, min(start + copies, eps.size))
        for start in range(0, eps.size, copies)
    ]
    # Here, as it brings logging, which an import of the package need not wait for.
    from concurrent.futures import ThreadPoolExecutor

    # A chunk's time goes to functions of NumPy that let other threads run.
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(fill, chunks))
    return _finite(gradient.reshape(run.theta.shape))


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
    run = _Run(params, x, target, wrt, h0, activation, t)
    eps = _steps(run.theta, method, step)
    gradient = np.empty(run.theta.shape)

    def loss_at(index: tuple[int, ...], delta: complex) -> Any:
        perturbed = run.theta.astype(np.result_type(delta, float))
        perturbed[index] += delta
        return run.loss(perturbed)

    with np.errstate(all="ignore"):
        unperturbed = run.loss(run.theta)
        for index in np.ndindex(run.theta.shape):
            gradient[index] = _quotient(
                partial(loss_at, index),
                unperturbed,
                eps[index],
                method,
            )
    return _finite(gradient)


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
    """

    max_relative_error: float
    index: tuple[int, ...]  # type: ignore[assignment] # not the method of a tuple
    analytic: float
    numeric: float


@in_float_range
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
    size = np.maximum(np.abs(analytic), np.abs(numeric))
    scale = np.maximum(size, 1e-3 * size.max())
    error = np.abs(analytic - numeric) / np.where(scale > 0, scale, 1)
    index = tuple(int(i) for i in np.unravel_index(error.argmax(), error.shape))
    return GradientCheck(
        float(error[index]), index, float(analytic[index]), float(numeric[index])
    )


def _steps(theta: Floats, method: Method, step: float | None) -> Floats:
    """Return ε for every entry, such that θ + ε is a float for real steps."""
    choice(method, "method", _METHODS)
    if step is not None:
        step = real_number(step, "step")
        if step <= 0:
            raise ValueError(f"step must be positive, but is {step}")
    if method == "complex":
        return np.full(theta.shape, _STEPS[method] if step is None else step)
    if step is None:
        eps = _STEPS[method] * np.maximum(1, np.abs(theta))
    else:
        eps = np.full(theta.shape, step)
    with np.errstate(over="ignore"):
        eps = (theta + eps) - theta
    if not (np.isfinite(eps) & (eps > 0)).all():
        raise ValueError(
            f"step must change every entry, but {step} is lost in rounding: take a "
            "larger one, or method 'complex'"
        )
    return eps


def _quotient(
    loss_at: Callable[[Any], Any], unperturbed: Any, eps: Any, method: Method
) -> Any:
    """Return the derivative of loss_at(delta) at 0, by steps of eps."""
    if method == "complex":
        return loss_at(1j * eps).imag / eps
    if method == "forward":
        return (loss_at(eps) - unperturbed) / eps
    return (loss_at(eps) - loss_at(-eps)) / (2 * eps)


def _finite(gradient: Floats) -> Floats:
    if not np.isfinite(gradient).all():
        raise ValueError(
            "a perturbed network left the float range; use a smaller step, a "
            "smaller spectral radius, fewer steps or a bounded activation"
        )
    return gradient


class _Run:
    """The loss as a function of one parameter, the others held fixed."""

    def __init__(
        self,
        params: RNNParams,
        x: ArrayLike,
        target: ArrayLike,
        wrt: Parameter,
        h0: ArrayLike | None,
        activation: ActivationName,
        t: int | None,
    ) -> None:
        choice(wrt, "wrt", _WRT)
        self.phi = get_activation(activation).phi
        x, h0 = inputs(params, x, h0)
        self.target = targets(params, target, x.shape[0])
        # Losses that count, as rows.
        if t is None:
            self.first, self.stop = 0, x.shape[0]
        else:
            self.stop = integer(t, "t", 1, x.shape[0])
            self.first = self.stop - 1
        hidden_states(params, x[: self.stop], h0, self.phi)  # raises if not finite
        self.arrays = {
            name: getattr(params, name) for name in ("U", "W", "b", "V", "c")
        }
        self.arrays |= {"h0": h0, "x": x}
        self.wrt, self.theta = wrt, self.arrays[wrt]

    def loss(self, theta: Numbers) -> Any:
        """Return the loss with the parameter at `theta`, real or complex."""
        a = self.arrays | {self.wrt: theta}
        x = a["x"][: self.stop]
        _, h = recurrence(a["W"], a["U"], a["b"], x, a["h0"], self.phi)
        y = _logistic(h[self.first :] @ a["V"].T + a["c"])
        return 0.5 * np.sum((y - self.target[self.first : self.stop]) ** 2)

    def batch_loss(self, entries: Ints, delta: Numbers) -> Numbers:
        """Return the losses with entry e of the parameter moved by delta, for each e.

        Column r of every array is a network of its own: the one that has
        ``entries[r]``, a flat index into the parameter, moved by ``delta[r]``.
        """
        a, wrt, copies = self.arrays, self.wrt, np.arange(entries.size)
        n, p = a["V"].T.shape
        i, *rest = np.unravel_index(entries, self.theta.shape)
        j = rest[0] if rest else np.zeros_like(i)  # a vector is one column
        # Flat indices of the entries (i, r) and (j, r): twice as fast as pairs.
        ir = i * entries.size + copies
        jr = j * entries.size + copies

        # A last row of ones lets the product with [W drive_t] add the drive.
        h = np.ones((n + 1, entries.size), dtype=delta.dtype)
        h[:n] = a["h0"][:, None]
        if wrt == "h0":
            h[i, copies] += delta
        z = np.empty((n, entries.size), dtype=delta.dtype)
        outputs = np.empty((_STEPS_AT_ONCE, p, entries.size), dtype=delta.dtype)
        z_flat, h_flat = z.reshape(-1), h.reshape(-1)
        V_c = np.column_stack([a["V"], a["c"]])
        W_drive = np.column_stack([a["W"], a["b"]])
        drive = a["x"][: self.stop] @ a["U"].T + a["b"]
        losses = np.zeros(entries.size, dtype=delta.dtype)
        for t, drive_t in enumerate(drive):
            W_drive[:, n] = drive_t
            _product(W_drive, h, z)
            if wrt == "W":  # (W + δ e_i e_jᵀ) h = W h + δ h_j e_i
                z_flat[ir] += delta * h_flat[jr]
            elif wrt == "U":
                z_flat[ir] += delta * a["x"][t, j]
            elif wrt == "b":
                z_flat[ir] += delta
            elif wrt == "x":
                now = i == t
                z[:, now] += delta[now] * a["U"][:, j[now]]
            self.phi(z, out=h[:n])
            if t < self.first:
                continue
            k = (t - self.first) % _STEPS_AT_ONCE
            _product(V_c, h, outputs[k])
            if wrt == "V":
                outputs[k].reshape(-1)[ir] += delta * h_flat[jr]
            elif wrt == "c":
                outputs[k].reshape(-1)[ir] += delta
            if k == _STEPS_AT_ONCE - 1 or t == self.stop - 1:
                target = self.target[t - k : t + 1, :, None]
                error = _logistic(outputs[: k + 1]) - target
                losses += 0.5 * np.einsum("tpr,tpr->r", error, error)
        return losses


def _product(matrix: Floats, columns: Numbers, out: Numbers) -> None:
    """Write matrix @ columns into out, for a real matrix and maybe complex columns."""
    if np.iscomplexobj(columns):
        out.real = matrix @ columns.real
        out.imag = matrix @ columns.imag
    else:
        np.dot(matrix, columns, out=out)
