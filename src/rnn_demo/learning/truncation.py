"""Truncated BPTT: which terms it drops, and what that does to the gradient.

The gradient by W is a double sum over the step t of the loss and the step k ≤ t
at which W acts::

    ∂L/∂W = Σ_t Σ_{k≤t} G_{t,k},   G_{t,k} = ∂L_t/∂h_k ∂⁺h_k/∂W.

A window of length τ keeps the pairs with lag t − k < τ (Williams & Peng 1990).
Chunks of length τ keep the pairs with t and k in the same chunk, which is what
training usually does. Both are wrong in the mean. Random cuts with reweighting
are right in the mean, and noisy (Tallec & Ollivier 2017).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from rnn_demo._checks import generator, integer, real_array, real_number
from rnn_demo._types import ActivationName, Floats, Seed
from rnn_demo.learning.training import Batch, batch_gradient, checked_batch, cut_every
from rnn_demo.network import LOGISTIC, RNNParams, get_activation


def lag_terms(
    params: RNNParams, batch: Batch, activation: ActivationName = "tanh"
) -> Floats:
    """Return the summands of ∂ℓ/∂W, collected by their lag t − k.

    Parameters
    ----------
    params : RNNParams
    batch : Batch
    activation : {"tanh", "logistic", "relu", "identity"}

    Returns
    -------
    (T, n, n) ndarray
        Entry ℓ is Σ_t G_{t,t−ℓ}, averaged over the batch. The sum of all entries
        is the gradient.

    Raises
    ------
    ValueError
        As `rnn_demo.learning.training.batch_gradient`.

    Notes
    -----
    All losses are carried back together. After ℓ steps, slot t holds
    ∂ℓ_t/∂z_{t−ℓ}; one step back is one matrix product for all of them.
    """
    batch = checked_batch(params, batch)
    steps, size, _ = batch.x.shape
    # Cut everywhere, BPTT returns ∂ℓ_t/∂z_t for every t, with lag 0 only.
    now = batch_gradient(params, batch, activation, carry=np.zeros(steps))
    h = np.concatenate([np.zeros((1, size, params.n)), now.h])
    z = batch.x @ params.U.T + h[:-1] @ params.W.T + params.b
    slope = get_activation(activation).derivative(z)

    terms = np.empty((steps, params.n, params.n))
    carried = now.dz
    for lag in range(steps):
        previous = h[: steps - lag]
        terms[lag] = np.tensordot(carried, previous, axes=([0, 1], [0, 1]))
        carried = slope[: steps - lag - 1] * (carried[1:] @ params.W)
    return terms


def window_gradients(
    params: RNNParams, batch: Batch, activation: ActivationName = "tanh"
) -> Floats:
    """Return the truncated gradients by W for the windows τ = 1, …, T.

    Parameters
    ----------
    params, batch, activation
        As for `lag_terms`.

    Returns
    -------
    (T, n, n) ndarray
        Entry τ − 1 keeps the lags below τ; the last is the full gradient.
    """
    return np.cumsum(lag_terms(params, batch, activation), axis=0)


def chunk_gradients(
    params: RNNParams, batch: Batch, activation: ActivationName = "tanh"
) -> Floats:
    """Return the truncated gradients by W for chunks of length τ = 1, …, T.

    Parameters
    ----------
    params, batch, activation
        As for `lag_terms`.

    Returns
    -------
    (T, n, n) ndarray
        Entry τ − 1 keeps the pairs t, k of one chunk; the last is the full
        gradient.
    """
    steps = len(checked_batch(params, batch).x)
    cuts = [cut_every(tau, steps) for tau in range(1, steps + 1)]
    results = (batch_gradient(params, batch, activation, cut) for cut in cuts)
    return np.array([result.gradients.W for result in results])


class Bias(NamedTuple):
    """How approximations compare with the full gradient.

    Attributes
    ----------
    cosine : (...) ndarray
        Cosine of the angle between the two, 1 where they point the same way.
    norm_ratio : (...) ndarray
        Frobenius norm of the approximation divided by that of the gradient.
    """

    cosine: Floats
    norm_ratio: Floats


def bias(approximations: ArrayLike, gradient: ArrayLike) -> Bias:
    """Return cosine and norm ratio of approximate gradients to the full one.

    Parameters
    ----------
    approximations : (..., n, n) array_like
    gradient : (n, n) array_like
        The full gradient, not 0.

    Returns
    -------
    Bias
        A zero approximation has cosine 0.

    Raises
    ------
    ValueError
        If the gradient is 0 or not a matrix, or the shapes do not fit.
    """
    gradient = real_array(gradient, "gradient", (None, None))
    norm = np.linalg.norm(gradient)
    if norm == 0:
        raise ValueError("gradient must not be 0: it has no direction to compare with")
    approximations = real_array(approximations, "approximations")
    if approximations.shape[-2:] != gradient.shape:
        raise ValueError(
            f"approximations must end in the shape {gradient.shape} of the gradient, "
            f"but has {approximations.shape}"
        )
    norms = np.linalg.norm(approximations, axis=(-2, -1))
    inner = np.sum(approximations * gradient, axis=(-2, -1))
    cosine = inner / (np.where(norms > 0, norms, 1.0) * norm)
    return Bias(np.clip(cosine, -1, 1), norms / norm)


def random_cuts(steps: int, probability: float, seed: Seed) -> Floats:
    """Return factors f_t that cut at random and make up for it.

    f_t is 0 with probability q and 1/(1 − q) otherwise, independently. Each
    summand G_{t,k} is multiplied by f_k ⋯ f_{t−1}, whose mean is 1: the gradient
    is right in the mean (Tallec & Ollivier 2017, with constant probability).

    Parameters
    ----------
    steps : int
        Length T of the sequence.
    probability : float
        Probability q of a cut between two steps, 0 ≤ q < 1. The mean distance
        between cuts is 1/q.
    seed : int or numpy.random.Generator

    Returns
    -------
    (T,) ndarray
        For the argument `carry` of `rnn_demo.learning.training.batch_gradient`.

    Raises
    ------
    ValueError
        If an argument is out of range.
    """
    steps = integer(steps, "steps", 1)
    q = real_number(probability, "probability", minimum=0, below=1)
    return np.where(generator(seed).uniform(size=steps) < q, 0.0, 1 / (1 - q))


def echo(delay: int, steps: int, size: int, *, seed: Seed) -> Batch:
    """Return a batch whose target at t is a logistic image of x_{t−delay}.

    Every step after the first `delay` is judged, so that the losses of many steps
    share one sequence, as in language modeling. m = p = 2.

    Parameters
    ----------
    delay, steps, size : int
        Delay d ≥ 0, length T > d, number of sequences.
    seed : int or numpy.random.Generator

    Returns
    -------
    Batch
        Standard normal inputs; target_t = σ(x_{t−d}).

    Raises
    ------
    ValueError
        If an argument is out of range.
    """
    delay, size = integer(delay, "delay", 0), integer(size, "size", 1)
    steps = integer(steps, "steps", delay + 1)
    x = generator(seed).normal(size=(steps, size, 2))
    target = np.zeros_like(x)
    target[delay:] = LOGISTIC.phi(x[: steps - delay])
    return Batch(x, target, (np.arange(steps) >= delay).astype(float))
