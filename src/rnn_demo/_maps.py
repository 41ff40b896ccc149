"""The activations and their derivatives, to the last digit and past float range.

They take arrays entry by entry; φ also takes complex z, which the complex step needs.
"""

from __future__ import annotations

import numpy as np

from rnn_demo._types import Floats, Numbers


def dtanh(z: Floats) -> Floats:
    """Return tanh'(z) = sech² z; unlike 1 − tanh² it does not cancel for large |z|."""
    e: Floats = np.asarray(-2 * np.abs(z))
    np.exp(e, out=e)  # in place: a sweep spends its time in this
    s = 1 + e
    s *= s
    e *= 4
    e /= s
    return e


def sigma(z: Numbers) -> Numbers:
    if np.iscomplexobj(z):  # tanh overflows nowhere; its imaginary part is exact
        return 0.5 + 0.5 * np.tanh(z / 2)
    with np.errstate(over="ignore"):  # 1/(1 + inf) is the right 0
        y: Numbers = 1 / (1 + np.exp(np.negative(z)))
    return y


def dsigma(z: Floats) -> Floats:
    """Return σ'(z) = σ(z) σ(−z), without the cancellation in 1 − σ(z)."""
    e: Floats = np.exp(-np.abs(z))
    return e / (1 + e) ** 2


def relu(z: Numbers) -> Numbers:
    return z * (np.real(z) > 0)


def drelu(z: Floats) -> Floats:
    return np.where(np.asarray(z) > 0, 1.0, 0.0)


def didentity(z: Floats) -> Floats:
    return np.ones_like(z, dtype=float)


def log_dtanh(z: Floats) -> Floats:
    logs: Floats = np.log(4) + log_dsigma(2 * z)  # sech² z = 4 σ'(2z)
    return logs


def log_dsigma(z: Floats) -> Floats:
    logs: Floats = -np.abs(z) - 2 * np.log1p(np.exp(-np.abs(z)))
    return logs
