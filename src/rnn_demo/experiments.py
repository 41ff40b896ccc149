"""Training runs on tasks with a lag, from several starts, each from a seed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

import numpy as np

from rnn_demo._types import ActivationName, Family, Floats
from rnn_demo._validation import choice, in_float_range, integer
from rnn_demo.model import RNNParams, random_params
from rnn_demo.tasks import accuracy, adding, explained_variance, first_symbol
from rnn_demo.training import Adam, Batch, batch_gradient, train

#: Label of each start, with the spectral radius and the family of W.
STARTS: dict[str, tuple[float, Family]] = {
    "ρ = 0.5": (0.5, "gaussian"),
    "ρ = 0.9": (0.9, "gaussian"),
    "ρ = 1.0": (1.0, "gaussian"),
    "ρ = 1.2": (1.2, "gaussian"),
    "orthogonal": (1.0, "orthogonal"),
}


class Task(NamedTuple):
    """A task as the runs need it.

    Attributes
    ----------
    batches : callable
        ``batches(lag, size, seed=...)`` yields batches.
    inputs, outputs : int
        Sizes m and p.
    score : callable
        ``score(params, batch)``; 1 is perfect.
    solved : float
        Score at which a run stops.
    """

    batches: Callable[..., Iterator[Batch]]
    inputs: int
    outputs: int
    score: Callable[[RNNParams, Batch], float]
    solved: float


TASKS = {
    "first symbol": Task(first_symbol, 4, 4, accuracy, 0.99),
    "adding": Task(adding, 2, 1, explained_variance, 0.9),
}


class Run(NamedTuple):
    """One training run.

    Attributes
    ----------
    start : str
        Key of `STARTS`.
    lag : int
        Dial of the task: the lag of `first_symbol`, the steps of `adding`.
    seed : int
    updates : (E,) ndarray
        Numbers of updates after which the network was scored, from 0.
    scores : (E,) ndarray
        Scores on held-out sequences.
    before, after : RNNParams
        The network at the start and at the end.
    """

    start: str
    lag: int
    seed: int
    updates: Floats
    scores: Floats
    before: RNNParams
    after: RNNParams


def learn(
    start: str,
    lag: int,
    seed: int,
    task: Literal["first symbol", "adding"] = "first symbol",
    *,
    updates: int = 400,
    units: int = 32,
    size: int = 16,
    learning_rate: float = 3e-3,
    clip: float = 1.0,
    score_every: int = 25,
) -> Run:
    """Train one network by BPTT with Adam and clipping; the same for every start.

    Parameters
    ----------
    start : str
        Key of `STARTS`: how W begins.
    lag : int
        Dial of the task.
    seed : int
        Seed of the network, of the batches and of the held-out sequences. Runs
        with the same seed and lag see the same sequences whatever their start.
    task : {"first symbol", "adding"}
    updates : int
        Updates at most; the run stops once the held-out score is good enough.
    units, size : int
        Hidden units, and sequences in a batch.
    learning_rate, clip : float
        Step size of Adam and threshold of clipping.
    score_every : int
        Updates between two scores.

    Returns
    -------
    Run

    Raises
    ------
    ValueError
        If the start or the task is unknown, or a number is out of range.
    """
    choice(start, "start", STARTS)
    choice(task, "task", TASKS)
    integer(updates, "updates", 1)
    integer(score_every, "score_every", 1)
    batches, m, p, score, solved = TASKS[task]
    network, training, held_out = _streams(lag, seed)
    rho, family = STARTS[start]
    params = before = random_params(units, m, p, rho=rho, family=family, seed=network)
    test = next(batches(lag, 200, seed=held_out))
    numbers, scores = [0], [score(params, test)]
    for update in train(
        params, batches(lag, size, seed=training), Adam(learning_rate), clip=clip
    ):
        params = update.params
        if update.number % score_every == 0 or update.number == updates:
            numbers.append(update.number)
            scores.append(score(params, test))
            if scores[-1] >= solved or update.number == updates:
                break
    return Run(start, lag, seed, np.array(numbers), np.array(scores), before, params)


def _streams(lag: int, seed: int) -> list[np.random.Generator]:
    """Return independent generators for the network, the batches and the test."""
    seeds = np.random.SeedSequence([integer(seed, "seed", 0), integer(lag, "lag", 1)])
    return [np.random.default_rng(s) for s in seeds.spawn(3)]


@in_float_range
def term_sizes(
    params: RNNParams, batch: Batch, activation: ActivationName = "tanh"
) -> Floats:
    """Return the size of each step's contribution to the gradient by U.

    For one sequence ∂L/∂U = Σ_k (∂L/∂z_k)ᵀ x_kᵀ: the summands of
    `rnn_demo.bptt.immediate_terms` where only the last loss counts. Each is an
    outer product, with Frobenius norm ‖∂L/∂z_k‖₂ ‖x_k‖₂.

    Parameters
    ----------
    params : RNNParams
    batch : Batch
    activation : {"tanh", "logistic", "relu", "identity"}

    Returns
    -------
    (T, B) ndarray
        Entry (k − 1, s) is the norm of the summand k for sequence s, divided by B.
    """
    dz = batch_gradient(params, batch, activation).dz
    sizes: Floats = np.linalg.norm(dz, axis=2) * np.linalg.norm(batch.x, axis=2)
    return sizes


@in_float_range
def step_shares(
    params: RNNParams, batch: Batch, activation: ActivationName = "tanh"
) -> Floats:
    """Return which share of the gradient by U each step supplies.

    The sizes of `term_sizes`, averaged over the batch and divided by their sum over
    the steps. Summands may cancel in the gradient, so this compares sizes.

    Parameters
    ----------
    params, batch, activation
        As for `term_sizes`.

    Returns
    -------
    (T,) ndarray
        Entry k − 1 belongs to step k; they sum to 1.
    """
    size = term_sizes(params, batch, activation).mean(axis=1)
    shares: Floats = size / size.sum()
    return shares
