"""Checks on arguments, shared by the modules of the package.

Every failure is a `ValueError` that names the argument, says what it was and
what was wanted.
"""

from __future__ import annotations

import numbers
from collections.abc import Collection
from typing import Any, ParamSpec, TypeVar, cast

import numpy as np
from numpy.typing import ArrayLike

from rnn_demo._types import Floats, Output

_Name = TypeVar("_Name", bound=str)
_P = ParamSpec("_P")
_R = TypeVar("_R")
_Result = TypeVar("_Result", bound=Floats | float | tuple[Any, ...])


def real_array(
    value: ArrayLike,
    name: str,
    shape: tuple[int | None, ...] | None = None,
    sizes: str | None = None,
) -> Floats:
    """Return `value` as a finite float64 array, or raise.

    Parameters
    ----------
    value : array_like
        Real numbers.
    name : str
        What the caller calls the argument; used in messages.
    shape : tuple of (int or None), optional
        Wanted shape; None matches any length.
    sizes : str, optional
        The wanted shape in the book's letters, for example ``"(T, m)"``.

    Returns
    -------
    ndarray of float64
        The input itself where it already is one.

    Raises
    ------
    ValueError
        If `value` is ragged, not numeric, complex, masked, not finite or of another
        shape.
    """
    unmasked(value, name)
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise ValueError(
            f"{name} must be an array of numbers, but its rows have unequal lengths"
        ) from error
    if array.dtype.kind == "c":
        raise ValueError(f"{name} must be real, but it holds complex numbers")
    if array.dtype.kind not in "biufO":
        raise ValueError(
            f"{name} must hold real numbers, but its type is {array.dtype.name}"
        )
    try:
        with np.errstate(all="ignore"):
            array = array.astype(np.float64, copy=False)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(
            f"{name} must hold real numbers that fit float64, but got "
            f"{type(value).__name__}: {error}"
        ) from error
    if shape is not None and not _fits(array.shape, shape):
        wanted = "(" + ", ".join("any" if s is None else str(s) for s in shape)
        wanted += ",)" if len(shape) == 1 else ")"
        if sizes is not None:
            wanted = f"{sizes} = {wanted}"
        raise ValueError(f"{name} must have shape {wanted}, but has {array.shape}")
    if not np.isfinite(array).all():
        where = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        place = f" at index {where}" if where else ""
        raise ValueError(f"{name} must be finite, but holds {array[where]}{place}")
    return array


def unmasked(value: object, name: str) -> None:
    """Raise ValueError if an array, or one in a list of arrays, has a masked entry.

    NumPy's conversions drop masks, and what is under one is anything.
    """
    if isinstance(value, list | tuple):
        for item in value:
            # Most items are plain numbers, and many.
            if isinstance(item, (list, tuple, np.ma.MaskedArray)):
                unmasked(item, name)
    elif np.ma.is_masked(value):
        raise ValueError(
            f"{name} must have a value everywhere, but has masked entries; fill or "
            "drop them"
        )


def instance(value: object, name: str, *kinds: type) -> None:
    """Raise ValueError unless `value` is of one of the kinds."""
    if not isinstance(value, kinds):
        wanted = " or ".join(kind.__name__ for kind in kinds)
        raise ValueError(
            f"{name} must be {wanted}, but is of type {type(value).__name__}"
        )


def in_range(value: _Result, what: str) -> _Result:
    """Return a computed number, array or tuple of arrays if all is finite, or raise."""
    arrays = value if isinstance(value, tuple) else (value,)
    if not all(np.isfinite(array).all() for array in arrays):
        raise ValueError(
            f"{what} left the float range: choose smaller numbers, a smaller spectral "
            "radius, fewer steps or a bounded activation"
        )
    return value


def _fits(actual: tuple[int, ...], wanted: tuple[int | None, ...]) -> bool:
    return len(actual) == len(wanted) and all(
        w is None or a == w for a, w in zip(actual, wanted, strict=True)
    )


def square_matrix(value: ArrayLike, name: str = "W") -> Floats:
    """Return `value` as a finite, square, nonempty float64 matrix, or raise."""
    matrix = real_array(value, name, (None, None), "(n, n)")
    if matrix.shape[0] != matrix.shape[1] or matrix.shape[0] == 0:
        raise ValueError(
            f"{name} must be square with at least one row, but has shape {matrix.shape}"
        )
    return matrix


def real_number(
    value: ArrayLike,
    name: str,
    minimum: float | None = None,
    below: float | None = None,
) -> float:
    """Return `value` as a finite float with minimum ≤ value < below, or raise."""
    number = float(real_array(value, name, (), "a single number, shape"))
    wanted = []
    if minimum is not None:
        wanted.append((number >= minimum, f"at least {minimum}"))
    if below is not None:
        wanted.append((number < below, f"below {below}"))
    if not all(met for met, _ in wanted):
        told = " and ".join(limit for _, limit in wanted)
        raise ValueError(f"{name} must be {told}, but is {number}")
    return number


def radii(rhos: ArrayLike) -> Floats:
    """Return spectral radii as one row of finite floats, none below 0, or raise."""
    rhos = real_array(rhos, "rhos", (None,), "(R,)")
    if rhos.size == 0 or rhos.min() < 0:
        raise ValueError(
            "rhos must hold at least one spectral radius and none below 0, but is "
            f"{rhos}"
        )
    return rhos


def integer(value: object, name: str, low: int, high: int | None = None) -> int:
    """Return `value` as an int with low ≤ value ≤ high, or raise."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, numbers.Integral):
        raise ValueError(f"{name} must be an integer, but is {value!r}")
    number = int(value)
    if number < low or (high is not None and number > high):
        wanted = f"at least {low}" if high is None else f"between {low} and {high}"
        raise ValueError(f"{name} must be {wanted}, but is {value}")
    return number


def choice(value: object, name: str, options: Collection[_Name]) -> _Name:
    """Return `value` if it is one of the strings in `options`, or raise."""
    if not isinstance(value, str) or value not in options:
        listed = ", ".join(repr(option) for option in options)
        raise ValueError(f"{name} must be one of {listed}, but is {value!r}")
    return cast(_Name, value)


def generator(seed: object) -> np.random.Generator:
    """Return a `numpy.random.Generator` from a seed or a generator, or raise."""
    if isinstance(seed, np.random.Generator):
        return seed
    return np.random.default_rng(integer(seed, "seed (or a numpy Generator)", 0))


def sizes(U: Floats, V: Floats) -> tuple[int, int, int]:
    """Return n, m and p of input weights (..., n, m) and output weights, or raise."""
    n, m, p = *U.shape[-2:], len(V)
    if 0 in (n, m, p):
        raise ValueError(
            f"n, m and p must be at least 1, but U has shape {U.shape} and "
            f"V has shape {V.shape}"
        )
    return n, m, p


def freeze(owner: object, **arrays: Floats) -> None:
    """Give a frozen dataclass its arrays, as read-only copies."""
    for name, array in arrays.items():
        copy = np.array(array, order="C")
        copy.flags.writeable = False
        object.__setattr__(owner, name, copy)


def sequence(x: ArrayLike, m: int) -> Floats:
    """Return inputs of shape (T, m), T ≥ 1."""
    x = real_array(x, "x", (None, m), "(T, m)")
    if len(x) == 0:
        raise ValueError(
            f"x must hold at least one time step, but has shape {x.shape}: T is 0"
        )
    return x


def targets(params: Output, target: ArrayLike, steps: int) -> Floats:
    """Return target of shape (T, p)."""
    return real_array(target, "target", (steps, params.p), "(T, p)")
