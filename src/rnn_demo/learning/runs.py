"""Training runs on tasks with a lag, from several starts, each from a seed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

import numpy as np

from rnn_demo._checks import choice, integer
from rnn_demo._types import Family, Floats
from rnn_demo.learning.tasks import accuracy, adding, explained_variance, first_symbol
from rnn_demo.learning.training import Adam, Batch, train
from rnn_demo.matrices import random_params
from rnn_demo.network import RNNParams

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


#: What is learned, by its name.
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
    rho, family = STARTS[choice(start, "start", STARTS)]
    batches, m, p, score, solved = TASKS[choice(task, "task", TASKS)]
    integer(updates, "updates", 1)
    integer(score_every, "score_every", 1)
    network, training, held_out = _streams(lag, seed)
    params = before = random_params(units, m, p, rho=rho, family=family, seed=network)
    test = next(batches(lag, 200, seed=held_out))
    numbers, scores = [0], [score(params, test)]
    sequences = batches(lag, size, seed=training)
    for update in train(params, sequences, Adam(learning_rate), clip=clip):
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
