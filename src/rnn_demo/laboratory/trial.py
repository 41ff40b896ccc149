"""One network, one input, and the numbers by which the laboratory looks at it."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rnn_demo._checks import integer, real_array, real_number, square_matrix
from rnn_demo._types import ActivationName, Family, Floats
from rnn_demo.lyapunov import lyapunov_exponents
from rnn_demo.matrices import random_params, scale_to_spectral_radius
from rnn_demo.network import RNNParams, forward, get_activation
from rnn_demo.norms import gradient_norms

__all__ = ["Measurement", "Trial"]

INPUTS = 8  # m; there is one output, which no number here depends on


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
        weights, inputs, start = np.random.default_rng(self.seed).spawn(3)
        params: RNNParams = random_params(
            self.n,
            INPUTS,
            1,
            rho=1.0 if self.rho is None or self.W is not None else self.rho,
            family=self.family,
            input_scale=self.input_strength,
            seed=weights,
        )
        if self.W is not None:
            W = self.W
            if self.rho is not None:
                W = scale_to_spectral_radius(W, self.rho)
            params = params.replace(W=W)
        x = inputs.normal(size=(self.steps, INPUTS))
        last = start.normal(size=self.n)
        last /= np.linalg.norm(last)
        h0 = np.asarray(self.h0)
        if h0.ndim == 0:
            h0 = h0 * start.normal(size=self.n)
        return params, x, h0, last

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
        params, x, h0, last = self.network()
        phi = get_activation(self.activation)
        slopes = phi.derivative(forward(params, x, h0, self.activation).z)
        low, high = np.percentile(slopes, [10, 90], axis=1)
        return Measurement(
            log_norms=gradient_norms(
                params, x, h0=h0, activation=self.activation, final_gradient=last
            ),
            slope_mean=slopes.mean(axis=1),
            slope_low=low,
            slope_high=high,
            running=lyapunov_exponents(params, x, h0, self.activation).running[:, 0],
            eigenvalues=np.linalg.eigvals(params.W).astype(complex),
            saturated=float(np.mean(slopes < phi.gamma / 10)),
        )

    def describe(self) -> str:
        """Return the settings in one line."""
        matrix = f"{self.family} W" if self.W is None else "own W"
        if self.W is None or self.rho is not None:
            matrix += f" with ρ = {1.0 if self.rho is None else self.rho:.4g}"
        start = "own h₀" if np.ndim(self.h0) else f"h₀ of size {self.h0:.3g}"
        return (
            f"n = {self.n}, T = {self.steps}, seed {self.seed}, {self.activation}, "
            f"{matrix}, input strength {self.input_strength:.3g}, {start}"
        )

    def code(self) -> str:
        """Return a program that computes the fields of `Measurement` anew.

        It uses the package's functions and leaves the numbers in variables of the
        same names.  A matrix or state that was given is written out in full.
        """
        rescaled = self.W is not None and self.rho is not None
        scaling = ", scale_to_spectral_radius" if rescaled else ""
        radius = 1.0 if self.rho is None or self.W is not None else self.rho
        lines = [
            '"""Computes the numbers of one trial of the laboratory."""',
            "",
            "import numpy as np",
            "",
            "from rnn_demo import forward, get_activation, gradient_norms",
            f"from rnn_demo import random_params{scaling}",
            "from rnn_demo.lyapunov import lyapunov_exponents",
            "",
            f"n, steps, seed, activation = {self.n}, {self.steps}, {self.seed}, "
            f"{self.activation!r}",
            "",
            "weights, inputs, start = np.random.default_rng(seed).spawn(3)",
            "params = random_params(",
            f"    n, {INPUTS}, 1, rho={float(radius)!r}, family={self.family!r},",
            f"    input_scale={float(self.input_strength)!r}, seed=weights,",
            ")",
        ]
        if self.W is not None:
            lines.append(f"W = {_written(self.W)}")
            if self.rho is not None:
                lines.append(f"W = scale_to_spectral_radius(W, {float(self.rho)!r})")
            lines.append("params = params.replace(W=W)")
        lines += [
            f"x = inputs.normal(size=(steps, {INPUTS}))",
            "last = start.normal(size=n)",
            "last /= np.linalg.norm(last)",
            f"h0 = {_written(self.h0)}"
            if np.ndim(self.h0)
            else f"h0 = {self.h0!r} * start.normal(size=n)",
            "",
            "phi = get_activation(activation)",
            "slopes = phi.derivative(forward(params, x, h0, activation).z)",
            "log_norms = gradient_norms(",
            "    params, x, h0=h0, activation=activation, final_gradient=last",
            ")",
            "slope_mean = slopes.mean(axis=1)",
            "slope_low, slope_high = np.percentile(slopes, [10, 90], axis=1)",
            "running = lyapunov_exponents(params, x, h0, activation).running[:, 0]",
            "eigenvalues = np.linalg.eigvals(params.W)",
            "saturated = float(np.mean(slopes < phi.gamma / 10))",
        ]
        return "\n".join(lines) + "\n"

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


def _written(array: ArrayLike) -> str:
    with np.printoptions(threshold=sys.maxsize, floatmode="unique"):
        return f"np.{np.array(array)!r}"
