"""Which steps the gradient of a batch comes from."""

from __future__ import annotations

import numpy as np

from rnn_demo._types import ActivationName, Floats
from rnn_demo.learning.training import Batch, batch_gradient
from rnn_demo.network import RNNParams


def term_sizes(
    params: RNNParams, batch: Batch, activation: ActivationName = "tanh"
) -> Floats:
    """Return the size of each step's contribution to the gradient by U.

    For one sequence ∂L/∂U = Σ_k (∂L/∂z_k)ᵀ x_kᵀ: the summands of
    `rnn_demo.backprop.immediate_terms` where only the last loss counts. Each is an
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
