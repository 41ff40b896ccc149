"""Training by backpropagation through time, on batches of sequences.

A batch has B sequences of equal length, and its loss is their mean::

    ℓ = 1/B Σ_s Σ_t w_t ½‖y_t^(s) − target_t^(s)‖²,

where the weight w_t is 0 for the steps that are not judged. The recursion is the
one of `rnn_demo.backprop`, with a factor f_t that truncation may put into it::

    δ_t = Vᵀ ∂ℓ/∂a_t + f_t Wᵀ dz_{t+1},   dz_t = φ'(z_t) ∘ δ_t,   a_t = V h_t + c.

f_t = 1 gives the gradient. f_t = 0 stops it between the steps t + 1 and t.

Clipping by norm, algorithm 1 of Pascanu, Mikolov & Bengio (ICML 2013)::

    g ← g · min(1, θ / ‖g‖₂),

where g is the gradient by all parameters, strung together into one vector. Its
direction stays, its length is at most θ. Clipping each entry instead, which turns
the direction, is due to Mikolov, Statistical language models based on neural
networks, thesis, 2012.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from rnn_demo._checks import in_range, instance, integer, real_array, real_number
from rnn_demo._types import ActivationName, Floats
from rnn_demo.backprop import backward
from rnn_demo.network import LOGISTIC, RNNParams, get_activation, hidden_states


class Batch(NamedTuple):
    """Sequences of equal length with their targets; time is the first axis.

    Attributes
    ----------
    x : (T, B, m) ndarray
        Inputs.
    target : (T, B, p) ndarray
        Targets; those of steps with weight 0 are not looked at.
    weight : (T,) ndarray
        Weight w_t of the loss at each step.
    """

    x: Floats
    target: Floats
    weight: Floats


class ParamGradients(NamedTuple):
    """Gradients by the five parameters, each of its parameter's shape."""

    U: Floats
    W: Floats
    b: Floats
    V: Floats
    c: Floats


class BatchGradient(NamedTuple):
    """What one backward pass over a batch computes.

    Attributes
    ----------
    loss : float
        The mean loss ℓ.
    gradients : ParamGradients
        Its gradients.
    dz : (T, B, n) ndarray
        ∂ℓ/∂z_t for each sequence; row t − 1 belongs to time t.
    h : (T, B, n) ndarray
        Hidden states.
    """

    loss: float
    gradients: ParamGradients
    dz: Floats
    h: Floats


def predict(
    params: RNNParams, x: ArrayLike, activation: ActivationName = "tanh"
) -> Floats:
    """Return the outputs y_t of every sequence; each starts at h_0 = 0.

    Parameters
    ----------
    params : RNNParams
    x : (T, B, m) array_like
        Inputs.
    activation : {"tanh", "logistic", "relu", "identity"}

    Returns
    -------
    (T, B, p) ndarray
        Row t − 1 belongs to time t.

    Raises
    ------
    ValueError
        If `x` has another shape, or the activation is unknown.
    """
    x = _batch_inputs(params, x)
    h0 = np.zeros((x.shape[1], params.n))
    _, h = hidden_states(params, x, h0, get_activation(activation))
    return LOGISTIC.phi(h @ params.V.T + params.c)


def batch_gradient(
    params: RNNParams,
    batch: Batch,
    activation: ActivationName = "tanh",
    carry: ArrayLike | None = None,
) -> BatchGradient:
    """Return the mean loss of a batch and its gradients, by BPTT.

    Parameters
    ----------
    params : RNNParams
    batch : Batch
    activation : {"tanh", "logistic", "relu", "identity"}
    carry : (T,) array_like, optional
        The factors f_t; entry t − 1 multiplies what step t receives from step
        t + 1, and the last entry multiplies nothing. All 1 if not given.

    Returns
    -------
    BatchGradient

    Raises
    ------
    ValueError
        If a shape is wrong, an entry is not finite, or the activation is unknown.
    """
    phi = get_activation(activation)
    x, target, weight = checked_batch(params, batch)
    if carry is not None:
        carry = real_array(carry, "carry", (len(x),), "(T,)")
    h0 = np.zeros((x.shape[1], params.n))
    z, h = hidden_states(params, x, h0, phi)
    a = h @ params.V.T + params.c
    error = LOGISTIC.phi(a) - target
    weight = weight[:, None, None] / len(h0)
    da = weight * LOGISTIC.derivative(a) * error
    _, dz = backward(params.W, phi.derivative(z), da @ params.V, carry)
    pairs = zip(dz[:0:-1], h[-2::-1], strict=True)
    gradients = ParamGradients(
        U=_sum_of_outer_products(dz, x),
        # One product for all t would have too long and thin a shape to be fast.
        W=sum((d.T @ before for d, before in pairs), np.zeros_like(params.W)),
        b=dz.sum(axis=(0, 1)),
        V=_sum_of_outer_products(da, h),
        c=da.sum(axis=(0, 1)),
    )
    return BatchGradient(float(np.sum(0.5 * weight * error**2)), gradients, dz, h)


def checked_batch(params: RNNParams, batch: Batch) -> Batch:
    """Return a batch as float64 arrays that fit the network, or raise.

    Parameters
    ----------
    params : RNNParams
    batch : Batch

    Returns
    -------
    Batch

    Raises
    ------
    ValueError
        If a shape is wrong or an entry is not finite.
    """
    instance(batch, "batch", Batch)
    x = _batch_inputs(params, batch.x)
    shape = (*x.shape[:2], params.p)
    target = real_array(batch.target, "target", shape, "(T, B, p)")
    return Batch(x, target, real_array(batch.weight, "weight", shape[:1], "(T,)"))


def _batch_inputs(params: RNNParams, x: ArrayLike) -> Floats:
    instance(params, "params", RNNParams)
    x = real_array(x, "x", (None, None, params.m), "(T, B, m)")
    if 0 in x.shape:
        raise ValueError(f"x must hold at least one step, but has shape {x.shape}")
    return x


def _sum_of_outer_products(left: Floats, right: Floats) -> Floats:
    """Return Σ_{t,s} left[t, s] right[t, s]ᵀ as one matrix product."""
    return left.reshape(-1, left.shape[-1]).T @ right.reshape(-1, right.shape[-1])


def cut_every(tau: int, steps: int) -> Floats:
    """Return factors f_t that cut the backward pass into chunks of τ steps.

    Parameters
    ----------
    tau : int
        Length of a chunk, at least 1; the last one may be shorter.
    steps : int
        Length T of the sequence.

    Returns
    -------
    (T,) ndarray
        0 at the last step of each chunk, 1 elsewhere.

    Raises
    ------
    ValueError
        If one of the two is not an integer above 0.
    """
    tau, steps = integer(tau, "tau", 1), integer(steps, "steps", 1)
    return np.where(np.arange(1, steps + 1) % tau == 0, 0.0, 1.0)


class Clipped(NamedTuple):
    """Clipped gradients.

    Attributes
    ----------
    gradients : tuple of ndarray
        In the given order and shapes; a named tuple stays one.
    norm : float
        ‖g‖₂ before clipping.
    """

    gradients: tuple[Floats, ...]
    norm: float


def clip_by_norm(gradients: ArrayLike, max_norm: float) -> Clipped:
    """Scale all gradients by one factor, so that their common norm is at most θ.

    Parameters
    ----------
    gradients : sequence of array_like
        One array for each parameter, of any shapes.
    max_norm : float
        The threshold θ, above 0.

    Returns
    -------
    Clipped
        New arrays and the norm before; it is inf if it exceeds the float range,
        and the arrays are right even then.

    Raises
    ------
    ValueError
        If `gradients` is not a nonempty sequence of finite real arrays, or
        `max_norm` is not a finite number above 0. A NaN is an error to be found,
        not one to be clipped.
    """
    if not isinstance(gradients, Sequence) or isinstance(gradients, (str, bytes)):
        raise ValueError(
            "gradients must be a sequence of arrays, one for each parameter, but is "
            f"of type {type(gradients).__name__}"
        )
    if not gradients:
        raise ValueError("gradients must hold at least one array, but is empty")
    max_norm = real_number(max_norm, "max_norm")
    if max_norm <= 0:
        raise ValueError(f"max_norm must be above 0, but is {max_norm}")
    arrays = [real_array(g, f"gradients[{i}]") for i, g in enumerate(gradients)]
    size, root = _joint_norm(arrays)
    norm = size * root
    if norm <= max_norm:
        clipped = [g.copy() for g in arrays]
    else:
        clipped = [g / size * (max_norm / root) for g in arrays]
    make = getattr(type(gradients), "_make", tuple)  # a named tuple stays one
    return Clipped(make(clipped), norm)


def _joint_norm(arrays: Sequence[Floats]) -> tuple[float, float]:
    """Return a and b such that ‖g‖₂ of all arrays together is a b, which may overflow.

    Entries over the largest one, a, have squares that neither overflow nor all vanish.
    """
    size = max((float(np.abs(g).max(initial=0.0)) for g in arrays), default=0.0)
    squares = sum(float(np.sum((g / size) ** 2)) for g in arrays) if size else 0.0
    return size, squares**0.5


def global_norm(gradients: Iterable[ArrayLike]) -> float:
    """Return ‖g‖₂ of all gradients strung together into one vector.

    Parameters
    ----------
    gradients : iterable of array_like
        One array for each parameter, of any shapes.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If an entry is not finite, or the norm leaves the float range.
    """
    arrays = [real_array(g, f"gradients[{i}]") for i, g in enumerate(gradients)]
    size, root = _joint_norm(arrays)
    return in_range(size * root, "the norm of the gradients")


class Adam:
    """Adam: steps of about η in each coordinate, whatever the gradient's size.

    With m and v the running means of g and g², corrected for their start at 0,
    θ ← θ − η m / (√v + ε).

    Parameters
    ----------
    learning_rate : float
        The step size η, at least 0.
    beta1, beta2 : float
        Decay of the two running means per update, at least 0 and below 1.
    epsilon : float
        Keeps the quotient finite where the gradient is 0; at least 0.

    Raises
    ------
    ValueError
        If a number is out of range.

    References
    ----------
    Kingma & Ba, Adam: a method for stochastic optimization, ICLR 2015.
    """

    def __init__(
        self,
        learning_rate: float,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
    ) -> None:
        self.learning_rate = real_number(learning_rate, "learning_rate", minimum=0)
        self.beta1 = real_number(beta1, "beta1", minimum=0, below=1)
        self.beta2 = real_number(beta2, "beta2", minimum=0, below=1)
        self.epsilon = real_number(epsilon, "epsilon", minimum=0)
        self.mean: Floats | float = 0.0
        self.square: Floats | float = 0.0
        self.updates = 0

    def update(self, gradients: Sequence[ArrayLike]) -> list[Floats]:
        """Return what to add to each parameter.

        Parameters
        ----------
        gradients : sequence of array_like
            By U, W, b, V and c; the shapes are those of the first update.

        Returns
        -------
        list of ndarray
            In the same order and shapes.

        Raises
        ------
        ValueError
            If there are not five, an entry is not a finite real number, or a square
            or a step leaves the float range.
        """
        arrays = [real_array(g, f"gradients[{i}]") for i, g in enumerate(gradients)]
        if len(arrays) != 5:
            raise ValueError(f"gradients must hold 5 arrays, but holds {len(arrays)}")
        g = np.concatenate([array.ravel() for array in arrays])
        beta1, beta2, number = self.beta1, self.beta2, self.updates + 1
        mean = beta1 * self.mean + (1 - beta1) * g
        with np.errstate(all="ignore"):
            # An infinite square would pass for a step of 0, in every later update.
            square = beta2 * self.square + (1 - beta2) * g**2
            in_range(square, "the square of a gradient")
            self.mean, self.square, self.updates = mean, square, number
            root = np.sqrt(square / (1 - beta2**number))
            step = -self.learning_rate * (mean / (1 - beta1**number))
            step = in_range(step / (root + self.epsilon), "a step of Adam")
        parts = np.split(step, np.cumsum([array.size for array in arrays])[:-1])
        return [s.reshape(g.shape) for s, g in zip(parts, arrays, strict=True)]


class Update(NamedTuple):
    """One update of `train`.

    Attributes
    ----------
    number : int
        1 for the first update.
    params : RNNParams
        The parameters after it.
    loss : float
        Mean loss of its batch, before it.
    norm : float
        Norm of the gradient, before clipping.
    """

    number: int
    params: RNNParams
    loss: float
    norm: float


def train(
    params: RNNParams,
    batches: Iterable[Batch],
    optimizer: Adam,
    *,
    clip: float | None = None,
    truncate: int | None = None,
    activation: ActivationName = "tanh",
) -> Iterator[Update]:
    """Train a network, one update for each batch; a generator.

    Parameters
    ----------
    params : RNNParams
        Where to start; not changed.
    batches : iterable of Batch
        It may go on forever: the caller stops asking.
    optimizer : Adam
        Or anything with such a method `update`.
    clip : float, optional
        Threshold of `clip_by_norm`; no clipping if not given.
    truncate : int, optional
        Chunk length τ of truncated BPTT: the gradient does not pass from one
        chunk to the one before it, while the state passes forward. Parameters
        are updated once for each batch. No truncation if not given.
    activation : {"tanh", "logistic", "relu", "identity"}

    Yields
    ------
    Update

    Raises
    ------
    ValueError
        As `batch_gradient` and `clip_by_norm`; or if an update
        makes a parameter leave the float range.
    """
    if not callable(getattr(optimizer, "update", None)):
        raise ValueError(
            f"optimizer must have a method update, but is {type(optimizer).__name__}"
        )
    for number, batch in enumerate(batches, start=1):
        batch = checked_batch(params, batch)
        carry = None if truncate is None else cut_every(truncate, len(batch.x))
        result = batch_gradient(params, batch, activation, carry)
        gradients: tuple[Floats, ...] = result.gradients
        norm = global_norm(gradients)
        if clip is not None:
            gradients = clip_by_norm(gradients, clip).gradients
        changes = zip(vars(params).items(), optimizer.update(gradients), strict=True)
        moved = {name: array + change for (name, array), change in changes}
        params = params.replace(**moved)
        yield Update(number, params, result.loss, norm)
