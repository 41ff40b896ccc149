"""One network, one input, and the numbers by which the laboratory looks at it."""

from __future__ import annotations

import csv
import inspect
import io
import sys
from collections.abc import Mapping
from dataclasses import dataclass, fields
from textwrap import indent
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rnn_demo._checks import integer, real_array, real_number, square_matrix
from rnn_demo._types import ActivationName, Family, Floats
from rnn_demo.lyapunov import lyapunov_exponents
from rnn_demo.matrices import random_params, scale_to_spectral_radius
from rnn_demo.network import RNNParams, forward, get_activation
from rnn_demo.norms import gradient_norms
from rnn_demo.words import _

__all__ = ["Measurement", "Trial"]

_HEAD = '''"""Computes the numbers of one trial of the laboratory."""

from __future__ import annotations

import numpy as np

from rnn_demo import (
    forward,
    get_activation,
    gradient_norms,
    lyapunov_exponents,
    random_params,
    scale_to_spectral_radius,
)
'''


class Measurement(NamedTuple):
    """What `Trial.run` measures; row t − 1 belongs to time t.

    Attributes
    ----------
    log_norms : (T,) ndarray
        log10 ‖∂L_T/∂h_t‖₂, where ∂L_T/∂h_T is a random vector of length 1.
    slope_mean, slope_low, slope_high : (T,) ndarray
        Mean, 10th and 90th percentile of the slopes φ'(z_t) over the hidden units.
    running : (T,) ndarray
        Estimate of the largest Lyapunov exponent from the first t steps.
    eigenvalues : (n,) ndarray of complex
        Eigenvalues of W.
    saturated : float
        Share of all slopes that are below γ/10.
    """

    log_norms: Floats
    slope_mean: Floats
    slope_low: Floats
    slope_high: Floats
    running: Floats
    eigenvalues: NDArray[np.complex128]
    saturated: float


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


@dataclass(frozen=True, eq=False)
class Trial:
    """A network and its input, from numbers that fit on one line.

    Parameters
    ----------
    n : int
        Number of hidden units; with `W` it is the size of W, whatever is given here.
    steps : int
        Length T of the sequence.
    seed : int
        Seed of everything random, at least 0.
    activation : {"tanh", "logistic", "relu", "identity"}
    family : {"gaussian", "orthogonal", "symmetric", "nonnormal"}
        Family of W; see `rnn_demo.matrices.random_matrix`.
    rho : float, optional
        Spectral radius to which W is scaled.  Without it, a random W has radius 1
        and a W that is given stays as it is.
    input_strength : float
        Each entry of U x_t has about this standard deviation.
    h0 : float or (n,) array_like
        The state at the start, or the standard deviation of a random one.
    W : (n, n) array_like, optional
        A matrix to take in place of a random one.

    Raises
    ------
    ValueError
        If a value is out of range; by `run`, also if the hidden state leaves the
        float range.
    """

    n: int = 64
    steps: int = 100
    seed: int = 0
    activation: ActivationName = "tanh"
    family: Family = "gaussian"
    rho: float | None = None
    input_strength: float = 1.0
    h0: float | ArrayLike = 0.5
    W: ArrayLike | None = None

    def __post_init__(self) -> None:
        get_activation(self.activation)
        integer(self.steps, "steps", 1)
        integer(self.seed, "seed", 0)
        real_number(self.input_strength, "input_strength", minimum=0)
        if self.W is not None:
            W = square_matrix(self.W)
            object.__setattr__(self, "W", W)
            object.__setattr__(self, "n", len(W))
        integer(self.n, "n", 1)
        h0: float | Floats
        if np.ndim(self.h0) == 0:
            h0 = real_number(self.h0, "h0", minimum=0)
        else:
            h0 = real_array(self.h0, "h0", (self.n,), "(n,)")
        object.__setattr__(self, "h0", h0)

    def _settings(self) -> dict[str, Any]:
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def network(self) -> tuple[RNNParams, Floats, Floats, Floats]:
        """Return the network and what runs through it.

        Returns
        -------
        params : RNNParams
        x : (T, 8) ndarray
            Independent standard normal inputs.
        h0 : (n,) ndarray
        last : (n,) ndarray
            ∂L_T/∂h_T as a column, in a random direction, of length 1.
        """
        settings = self._settings()
        del settings["activation"]
        return network(**settings)

    def run(self) -> Measurement:
        """Measure the network.

        Returns
        -------
        Measurement

        Raises
        ------
        ValueError
            If the network cannot be made, or its state leaves the float range.
        """
        return Measurement(*measure(self.activation, *self.network()))

    def describe(self) -> str:
        """Return the settings in one line."""
        matrix = _("own W")
        if self.W is None:
            matrix = _("{family} W").format(family=_(self.family))
        if self.W is None or self.rho is not None:
            rho = 1.0 if self.rho is None else self.rho
            matrix += _(" with ρ = {rho:.4g}").format(rho=rho)
        start = _("own h₀")
        if not np.ndim(self.h0):
            start = _("h₀ of size {size:.3g}").format(size=self.h0)
        return _(
            "n = {n}, T = {steps}, seed {seed}, {activation}, {matrix}, input strength "
            "{strength:.3g}, {start}"
        ).format(
            n=self.n,
            steps=self.steps,
            seed=self.seed,
            activation=_(self.activation),
            matrix=matrix,
            strength=self.input_strength,
            start=start,
        )

    def code(self) -> str:
        """Return a program that computes the fields of `Measurement` anew.

        It holds the two functions that computed them here, and leaves the numbers in
        variables of the same names.  A matrix or state that was given is written out
        in full.
        """
        settings = self._settings()
        activation = settings.pop("activation")
        with np.printoptions(threshold=sys.maxsize, floatmode="unique"):
            given = "".join(
                f"    {name}={'np.' * isinstance(value, np.ndarray)}{value!r},\n"
                for name, value in settings.items()
            )
        return (
            f"{_HEAD}\n\n{inspect.getsource(network)}\n\n{inspect.getsource(measure)}"
            f"\n\n({', '.join(Measurement._fields)}) = measure(\n    {activation!r},\n"
            f"    *network(\n{indent(given, '    ')}    ),\n)\n"
        )

    def tables(self, measurement: Measurement) -> dict[str, str]:
        """Return the numbers of a measurement as CSV, with all their digits.

        Parameters
        ----------
        measurement : Measurement

        Returns
        -------
        dict of str to str
            ``"steps"`` has a row per time step, ``"eigenvalues"`` one per eigenvalue.
        """
        m = measurement
        t = np.arange(1, len(m.log_norms) + 1)
        columns = {
            "t": t,
            "log10_gradient_norm": m.log_norms,
            "slope_mean": m.slope_mean,
            "slope_10th_percentile": m.slope_low,
            "slope_90th_percentile": m.slope_high,
            "lyapunov_running": m.running,
        }
        parts = {"real": m.eigenvalues.real, "imaginary": m.eigenvalues.imag}
        return {"steps": _csv(columns), "eigenvalues": _csv(parts)}


def _csv(columns: Mapping[str, NDArray[Any]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    # tolist gives Python's numbers, whose text has all digits.
    writer.writerows(zip(*(c.tolist() for c in columns.values()), strict=True))
    return out.getvalue()
