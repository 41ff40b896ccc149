"""Two tasks with a dial for the lag, as endless streams of batches.

Both ask for something that happened long before the answer is due, and judge
the last output only (Hochreiter & Schmidhuber 1997; Le, Jaitly & Hinton 2015).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import numpy as np

from rnn_demo._checks import generator, integer, real_number
from rnn_demo._types import ActivationName, Floats, Seed
from rnn_demo.learning.training import Batch, checked_batch, predict
from rnn_demo.network import RNNParams


def first_symbol(
    lag: int, size: int, *, symbols: int = 4, noise: float = 0.1, seed: Seed
) -> Iterator[Batch]:
    """Remember the first symbol, and name it `lag` steps later.

    x_1 is one of the unit vectors e_1, …, e_K, drawn uniformly. x_2, …, x_T with
    T = lag + 1 are independent normal numbers that say nothing. The target of
    the last step is x_1.

    Parameters
    ----------
    lag : int
        Steps between the symbol and the answer, at least 1.
    size : int
        Sequences in a batch.
    symbols : int
        Number K of symbols, at least 2. The network needs m = p = K.
    noise : float
        Standard deviation of the inputs x_2, …, x_T, at least 0 and below 1e300.
    seed : int or numpy.random.Generator

    Yields
    ------
    Batch
        Fresh sequences each time.

    Raises
    ------
    ValueError
        If an argument is out of range.
    """
    lag, size = integer(lag, "lag", 1), integer(size, "size", 1)
    symbols = integer(symbols, "symbols", 2)
    # Normal numbers times this stay floats.
    noise = real_number(noise, "noise", minimum=0, below=1e300)
    rng = generator(seed)

    def draw() -> Batch:
        x = noise * rng.normal(size=(lag + 1, size, symbols))
        x[0] = np.eye(symbols)[rng.integers(symbols, size=size)]
        return _judged_at_the_end(x, x[0])

    return (draw() for _ in count())


def adding(steps: int, size: int, *, seed: Seed) -> Iterator[Batch]:
    """Add the two numbers that are marked, each in its half of the sequence.

    The first input is uniform on [0, 1) at every step. The second is 1 at two
    steps, one in each half, and 0 elsewhere. The sum of the two marked numbers
    lies in [0, 2); the target is half of it, so that it is in the range of the
    logistic output.

    Parameters
    ----------
    steps : int
        Length T, at least 2. The lag from the first marked number to the answer
        is at least T/2 and less than T.
    size : int
        Sequences in a batch.
    seed : int or numpy.random.Generator

    Yields
    ------
    Batch
        Fresh sequences each time. The network needs m = 2, p = 1.

    Raises
    ------
    ValueError
        If an argument is out of range.
    """
    steps, size = integer(steps, "steps", 2), integer(size, "size", 1)
    rng = generator(seed)
    sequences = np.arange(size)

    def draw() -> Batch:
        x = np.zeros((steps, size, 2))
        x[:, :, 0] = rng.uniform(size=(steps, size))
        first = rng.integers(steps // 2, size=size)
        second = rng.integers(steps // 2, steps, size=size)
        x[first, sequences, 1] = x[second, sequences, 1] = 1
        total = x[first, sequences, 0] + x[second, sequences, 0]
        return _judged_at_the_end(x, total[:, None] / 2)

    return (draw() for _ in count())


def _judged_at_the_end(x: Floats, answer: Floats) -> Batch:
    target = np.zeros((*x.shape[:2], answer.shape[1]))
    target[-1] = answer
    weight = np.zeros(len(x))
    weight[-1] = 1
    return Batch(x, target, weight)


def accuracy(
    params: RNNParams, batch: Batch, activation: ActivationName = "tanh"
) -> float:
    """Return the share of sequences whose largest last output is the right one.

    Guessing among K symbols gives 1/K.

    Parameters
    ----------
    params : RNNParams
    batch : Batch
    activation : {"tanh", "logistic", "relu", "identity"}

    Returns
    -------
    float

    Raises
    ------
    ValueError
        As `rnn_demo.learning.training.batch_gradient`.
    """
    batch = checked_batch(params, batch)
    y = predict(params, batch.x, activation)[-1]
    return float(np.mean(y.argmax(axis=1) == batch.target[-1].argmax(axis=1)))


def explained_variance(
    params: RNNParams, batch: Batch, activation: ActivationName = "tanh"
) -> float:
    """Return 1 − (mean squared error of y_T) / (variance of the target).

    1 is perfect, and always answering with the mean gives 0. It can be negative.

    Parameters
    ----------
    params : RNNParams
    batch : Batch
    activation : {"tanh", "logistic", "relu", "identity"}

    Returns
    -------
    float

    Raises
    ------
    ValueError
        As `rnn_demo.learning.training.batch_gradient`; or if all targets are equal.
    """
    batch = checked_batch(params, batch)
    target = batch.target[-1]
    y = predict(params, batch.x, activation)[-1]
    if (variance := np.var(target)) == 0:
        raise ValueError("batch must have targets that differ, but all are equal")
    return float(1 - np.mean((y - target) ** 2) / variance)
