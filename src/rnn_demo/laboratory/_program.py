"""Computes the numbers of one trial of the laboratory."""

from typing import Any

import numpy as np

from rnn_demo._types import ActivationName, Family, Floats
from rnn_demo.lyapunov import lyapunov_exponents
from rnn_demo.matrices import random_params, scale_to_spectral_radius
from rnn_demo.network import RNNParams, forward, get_activation
from rnn_demo.norms import gradient_norms


def network(
    n: int,
    steps: int,
    seed: int,
    family: Family,
    rho: float | None,
    input_strength: float,
    h0: Any,
    W: Any,
) -> tuple[RNNParams, Floats, Floats, Floats]:
    """Return the network, its input, its state at the start, and the last gradient."""
    weights, inputs, start = np.random.default_rng(seed).spawn(3)
    radius = 1.0 if rho is None or W is not None else rho
    params = random_params(
        n, 8, 1, rho=radius, family=family, input_scale=input_strength, seed=weights
    )
    if W is not None:
        params = params.replace(
            W=W if rho is None else scale_to_spectral_radius(W, rho)
        )
    x = inputs.normal(size=(steps, 8))
    last = start.normal(size=n)
    if np.ndim(h0) == 0:
        h0 = h0 * start.normal(size=n)
    return params, x, h0, last / np.linalg.norm(last)


def measure(
    activation: ActivationName, params: RNNParams, x: Floats, h0: Floats, last: Floats
) -> tuple[Any, ...]:
    """Return the fields of a `Measurement`."""
    phi = get_activation(activation)
    slopes = phi.derivative(forward(params, x, h0, activation).z)
    low, high = np.percentile(slopes, [10, 90], axis=1)
    norms = gradient_norms(params, x, h0=h0, activation=activation, final_gradient=last)
    running = lyapunov_exponents(params, x, h0, activation).running[:, 0]
    eigenvalues = np.linalg.eigvals(params.W).astype(complex)
    saturated = float(np.mean(slopes < phi.gamma / 10))
    return norms, slopes.mean(axis=1), low, high, running, eigenvalues, saturated
