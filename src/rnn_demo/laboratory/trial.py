"""One network, one input, and the numbers by which the laboratory looks at it."""

import inspect
import sys
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rnn_demo._checks import integer, real_array, real_number, square_matrix
from rnn_demo._types import ActivationName, Family, Floats
from rnn_demo.laboratory import _program
from rnn_demo.network import RNNParams, get_activation
from rnn_demo.words import _

__all__ = ["Measurement", "Trial"]


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
        if np.ndim(self.h0) == 0:
            h0: ArrayLike = real_number(self.h0, "h0", minimum=0)
        else:
            h0 = real_array(self.h0, "h0", (self.n,), "(n,)")
        object.__setattr__(self, "h0", h0)

    def _settings(self) -> dict[str, Any]:
        """Return the settings that make the network."""
        return {k: value for k, value in vars(self).items() if k != "activation"}

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
        return _program.network(**self._settings())

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
        return Measurement(*_program.measure(self.activation, *self.network()))

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
        told = {"activation": _(self.activation), "matrix": matrix, "start": start}
        return _(
            "n = {n}, T = {steps}, seed {seed}, {activation}, {matrix}, input strength "
            "{strength:.3g}, {start}"
        ).format(**vars(self) | told, strength=self.input_strength)

    def code(self) -> str:
        """Return a program that computes the fields of `Measurement` anew.

        It is the module that computed them here, and leaves the numbers in variables
        of the same names.  A matrix or state that was given is written out in full.
        """
        with np.printoptions(threshold=sys.maxsize, floatmode="unique"):
            given = "".join(
                f"        {name}={'np.' * isinstance(value, np.ndarray)}{value!r},\n"
                for name, value in self._settings().items()
            )
        return (
            f"{inspect.getsource(_program)}\n\n({', '.join(Measurement._fields)}) = "
            f"measure(\n    {self.activation!r},\n    *network(\n{given}    ),\n)\n"
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
        m, t = measurement, np.arange(1, len(measurement.log_norms) + 1)
        header = (
            "t,log10_gradient_norm,slope_mean,slope_10th_percentile,"
            "slope_90th_percentile,lyapunov_running"
        )
        steps = t, m.log_norms, m.slope_mean, m.slope_low, m.slope_high, m.running
        parts = m.eigenvalues.real, m.eigenvalues.imag
        return {
            "steps": _csv(header, *steps),
            "eigenvalues": _csv("real,imaginary", *parts),
        }


def _csv(header: str, *columns: NDArray[Any]) -> str:
    # tolist gives Python's numbers, whose text has all digits.
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return "\n".join([header, *(",".join(map(str, row)) for row in rows)]) + "\n"
