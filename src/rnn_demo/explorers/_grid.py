"""Positions on the grid of an explorer's controls."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def nearest(grid: NDArray[Any], value: float) -> int:
    """Return the index of the value of a control that is nearest to `value`."""
    return int(np.argmin(abs(grid - value)))
