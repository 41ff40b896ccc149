"""All positions of a figure, small: what changes, and what it changes to.

The fragments of all positions are merged into one order of drawing.  What is the same
at every position goes into the picture; the others become slots.  A slot has a table
of rows of integers, most of which the row before, or the numbers before, nearly tell:
the differences are stored, compressed.  `slider_figure.js` reads what is written here.
"""

from __future__ import annotations

import hashlib
import html
import json
import struct
import zlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from slider_figure._fragments import ID, Fragment
from slider_figure.colors import FONTS

Ints = NDArray[np.int64]
Frame = Mapping[str, Fragment]

# How far back, and how often, the differences within a row are taken.
_WITHIN = ((0, 0), (1, 1), (2, 1), (1, 2), (2, 2))
_ROWS = (0, 1, 2)  # and how often those between rows


class Picture(NamedTuple):
    """What all positions have in common."""

    width: float
    height: float
    definitions: Mapping[str, str]
    gids: Mapping[str, str]
    alt: str


def merged(frames: Sequence[Frame]) -> tuple[list[str], list[dict[str, Fragment]]]:
    """Return one order of drawing that holds for every frame, and the frames in it.

    An artist that is drawn later in one frame than in another has two places.
    """
    order: list[str] = []
    known: dict[tuple[str, ...], list[str]] = {}
    for frame in frames:
        keys = tuple(frame)
        if keys in known:
            continue
        at = {key: i for i, key in enumerate(order)}
        last, names = -1, []
        for key in keys:
            while at.get(key, len(order)) <= last:
                key += "'"
            if key not in at:
                order.insert(last + 1, key)
                at = {key: i for i, key in enumerate(order)}
            last = at[key]
            names.append(key)
        known[keys] = names
    return order, [dict(zip(known[tuple(f)], f.values(), strict=True)) for f in frames]


def svg(
    picture: Picture, order: Sequence[str], frame: Frame, moving: Iterable[str] = ()
) -> str:
    """Return a frame as an ``<svg>`` element for use inside HTML."""
    slots = set(moving)
    size = f"{picture.width:g} {picture.height:g}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="sf-svg" viewBox="0 0 {size}" '
        f'role="img" aria-label="{html.escape(picture.alt)}" '
        f'font-family="{FONTS}" fill="currentColor" stroke-linejoin="round" '
        'stroke-linecap="butt"><defs>',
        *picture.definitions.values(),
        "</defs>",
    ]
    for key in order:
        text = frame[key].text() if key in frame else ""
        name = picture.gids.get(key.rstrip("'"))
        group = ' class="sf-slot"' if key in slots else ""
        if name and (group or text):
            group += f' data-gid="{html.escape(name)}"'
        parts.append(f"<g{group}>{text}</g>" if group else text)
    return "".join([*parts, "</svg>"])


def own(text: str, salt: bytes = b"") -> tuple[str, str]:
    """Give the identifiers of an ``<svg>`` a prefix of their own; return it, too."""
    prefix = f"sf{hashlib.sha256(text.encode() + salt).hexdigest()[:12]}-"
    return text.replace(ID, prefix), prefix


class _Numbered(dict[str, int]):
    """Strings, and the order in which they came."""

    def __missing__(self, string: str) -> int:
        self[string] = number = len(self)
        return number


class Packer:
    """Collects the slots of a figure.

    Parameters
    ----------
    shape : sequence of int
        Number of values of each control.
    """

    def __init__(self, shape: Sequence[int]) -> None:
        self.shape = tuple(shape)
        self.strings, self.skeletons = _Numbered(), _Numbered()
        self.slots: list[dict[str, Any]] = []
        self._numbers: list[Ints] = []

    def add(self, column: Sequence[Fragment | None]) -> None:
        """Store what one slot holds at each position, in the order of the grid."""
        empty: dict[Fragment | None, int] = {None: 0}
        seen = empty.copy()
        grid = np.array([seen.setdefault(f, len(seen)) for f in column])
        grid = grid.reshape(self.shape)
        axes = [k for k in range(grid.ndim) if (grid != grid.take([0], k)).any()]
        # Along the others nothing changes.
        grid = grid[tuple(slice(None if k in axes else 1) for k in range(grid.ndim))]
        fragments = list(seen)
        layouts = [self._laid_out(grid, fragments, axis) for axis in axes or [0]]
        _, groups, numbers, index = min(layouts, key=lambda found: found[0])
        self.slots.append({"axes": axes, "groups": groups})
        self._numbers += [np.diff(index, prepend=0), *numbers]

    def _laid_out(
        self, grid: Ints, fragments: Sequence[Fragment | None], axis: int
    ) -> tuple[float, list[list[int]], list[Ints], Ints]:
        """Return the size of a table, and the table, with rows that follow one axis."""
        tables: dict[tuple[str, int, int], list[list[int]]] = {}
        place: dict[int, tuple[tuple[str, int, int], int]] = {}
        for k in dict.fromkeys(np.moveaxis(grid, axis, -1).ravel().tolist()):
            if (fragment := fragments[k]) is None:
                continue
            numbers = np.frombuffer(fragment.numbers, np.int32)
            kind = (fragment.skeleton, len(fragment.strings), len(numbers))
            rows = tables.setdefault(kind, [])
            place[k] = kind, len(rows)
            rows.append([*(self.strings[s] for s in fragment.strings), *numbers])
        size, groups, stored, first, begins = 0.0, [], [], 1, {}
        for kind, rows in tables.items():
            begins[kind] = first
            first += len(rows)
            table = np.array(rows, dtype=np.int64).reshape(len(rows), -1)
            varying = np.flatnonzero((table != table[0]).any(axis=0))
            cost, how, steps = _predicted(table[:, varying])
            size += cost
            groups.append(
                [self.skeletons[kind[0]], len(rows), *kind[1:], len(varying), *how]
            )
            base = _differences(table[0], 2, 1)
            stored += [base, np.diff(varying, prepend=0), steps.ravel()]
        index = [begins[place[k][0]] + place[k][1] if k in place else 0
                 for k in grid.ravel().tolist()]  # fmt: skip
        return size, groups, stored, np.array(index, dtype=np.int64)

    def packed(self, prefix: str, **more: Any) -> bytes:
        """Return everything, compressed."""
        head = {
            "shape": self.shape,
            "strings": [s.replace(ID, prefix) for s in self.strings],
            "skeletons": [*self.skeletons],
            "slots": self.slots,
            **more,
        }
        text = json.dumps(head, ensure_ascii=False, separators=(",", ":")).encode()
        numbers = np.concatenate([*self._numbers, np.zeros(0, np.int64)])
        wrapped = numbers.astype(np.int32)  # sums wrap around in the same way
        zigzag = ((wrapped << 1) ^ (wrapped >> 31)).astype("<u4")
        planes = zigzag.view(np.uint8).reshape(-1, 4).T.tobytes()
        return zlib.compress(struct.pack("<I", len(text)) + text + planes, 9)


def _differences(row: Ints, lag: int, times: int) -> Ints:
    for _ in range(times):
        step = row.copy()
        step[..., lag:] -= row[..., :-lag]
        row = step
    return row


def _predicted(table: Ints) -> tuple[float, tuple[int, int, int], Ints]:
    """Return how many bits the differences take, how they were taken, and them."""
    if not table.size:
        return 0.0, (0, 0, 0), table
    found = []
    rows = table
    for times in _ROWS:
        for lag, within in _WITHIN:
            steps = _differences(rows, lag, within)
            bits = float(np.log2(2.0 * np.abs(steps) + 1).sum())
            found.append((bits, (times, lag, within), steps))
        rows = np.diff(rows, axis=0, prepend=np.zeros((1, rows.shape[1]), np.int64))
    return min(found, key=lambda one: one[0])
