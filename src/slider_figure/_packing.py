"""All positions of a figure, small: what changes, and what it changes to.

The fragments of all positions are merged into one order of drawing.  What is the same
at every position goes into the picture; the others become slots.  A slot has a table
of rows of integers, most of which the row before, or the numbers before, nearly tell:
the differences are stored, compressed.  `slider_figure.js` reads what is written here.
"""

import hashlib
import html
import itertools
import json
import zlib
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from slider_figure._fragments import ID, Fragment
from slider_figure._recorder import Renderer
from slider_figure.colors import FONTS

Ints = NDArray[np.int64]
Row = Sequence[Fragment | None]
Frame = Mapping[str, Fragment | None]


def merged(frames: Sequence[Mapping[str, Fragment]]) -> tuple[list[str], list[Row]]:
    """Return one order of drawing that holds for every frame, and the frames in it.

    An artist that is drawn later in one frame than in another has two places.
    """
    order: list[str] = []
    names: dict[tuple[str, ...], list[str]] = {}
    for keys in dict.fromkeys(map(tuple, frames)):
        names[keys], last = [], -1
        for key in keys:
            while key in order[: last + 1]:
                key = f"'{key}"
            if key not in order:
                order.insert(last + 1, key)
            last = order.index(key)
            names[keys].append(key)
    named = (dict(zip(names[tuple(f)], f.values(), strict=True)) for f in frames)
    return order, [[frame.get(key) for key in order] for frame in named]


def svg(drawn: Renderer, alt: str, frame: Frame, moving: Collection[str] = ()) -> str:
    """Return a frame as an ``<svg>`` element for use inside HTML.

    Its identifiers have a prefix of their own.
    """
    parts = []
    for key, fragment in frame.items():
        drawing = fragment.text() if fragment else ""
        group = ' class="sf-slot"' if key in moving else ""
        if (gid := key.split("#", 2)[2]) and (group or drawing):
            group += f' data-gid="{html.escape(gid)}"'
        parts.append(f"<g{group}>{drawing}</g>" if group else drawing)
    text = (
        '<svg xmlns="http://www.w3.org/2000/svg" class="sf-svg" '
        f'viewBox="0 0 {drawn.width:g} {drawn.height:g}" '
        f'role="img" aria-label="{html.escape(alt)}" '
        f'font-family="{FONTS}" fill="currentColor" stroke-linejoin="round" '
        f'stroke-linecap="butt"><defs>{"".join(drawn.definitions.values())}</defs>'
        f"{''.join(parts)}</svg>"
    )
    return text.replace(ID, f"sf{hashlib.sha256(text.encode()).hexdigest()[:12]}-")


class Packer:
    """Collects the slots of a figure.

    Parameters
    ----------
    shape : sequence of int
        Number of values of each control.
    """

    def __init__(self, shape: Sequence[int]) -> None:
        self.shape = tuple(shape)
        # The number of a string is how many came before.
        self.strings: dict[str, int] = defaultdict(itertools.count().__next__)
        self.skeletons: dict[str, int] = defaultdict(itertools.count().__next__)
        self.slots: list[dict[str, Any]] = []
        self._numbers: list[Ints] = []

    def add(self, column: Row) -> None:
        """Store what one slot holds at each position, in the order of the grid."""
        tables: dict[tuple[str, int, int], list[Fragment]] = {}
        # A row is near to that of the next value of the first control.
        grid = np.arange(len(column)).reshape(self.shape)
        found = dict.fromkeys(column[k] for k in grid.ravel("F").tolist())
        for fragment in filter(None, found):
            kind = fragment.skeleton, len(fragment.strings), len(fragment.numbers) // 4
            tables.setdefault(kind, []).append(fragment)
        place: dict[Fragment | None, int] = {None: 0}
        groups, stored = [], []
        for (skeleton, *counts), rows in tables.items():
            place |= {fragment: k for k, fragment in enumerate(rows, len(place))}
            words = [[self.strings[word] for word in row.strings] for row in rows]
            numbers = [np.frombuffer(row.numbers, np.int32) for row in rows]
            table: Ints = np.hstack([np.array(words, np.int64), numbers])
            varying = np.flatnonzero((table != table[0]).any(axis=0))
            how, steps = _predicted(table[:, varying])
            head = self.skeletons[skeleton], len(rows), *counts, len(varying), *how
            groups.append(head)
            base = _differences(table[0], 2, 1)
            stored += [base, np.diff(varying, prepend=0), steps.ravel()]
        grid = np.array([place[fragment] for fragment in column]).reshape(self.shape)
        axes = [k for k in range(grid.ndim) if (grid != grid.take([0], k)).any()]
        # Along the others nothing changes.
        grid = grid[tuple(slice(None if k in axes else 1) for k in range(grid.ndim))]
        self.slots.append({"axes": axes, "groups": groups})
        self._numbers += [np.diff(grid.ravel(), prepend=0), *stored]

    def packed(self, sentences: Sequence[str] = (), **more: Any) -> bytes:
        """Return everything, and the sentence of each position, compressed."""
        head = dict(shape=self.shape, slots=self.slots, sentences=sentences, **more)
        head |= dict(strings=[*self.strings], skeletons=[*self.skeletons])
        text = json.dumps(head, ensure_ascii=False, separators=(",", ":")).encode()
        planes = _planes(np.concatenate([*self._numbers, np.zeros(0, np.int64)]))
        return zlib.compress(len(text).to_bytes(4, "little") + text + planes, 9)


def _planes(numbers: Ints) -> bytes:
    """Return the lowest bytes of all integers first; the sign is the lowest bit."""
    wrapped = numbers.ravel().astype(np.int32)  # sums wrap around in the same way
    zigzag = ((wrapped << 1) ^ (wrapped >> 31)).astype("<u4")
    return zigzag.view(np.uint8).reshape(-1, 4).T.tobytes()


def _differences(numbers: Ints, lag: int, times: int) -> Ints:
    """Return the differences of numbers `lag` apart in a row, taken several times."""
    for _ in range(times):
        step = numbers.copy()
        step[..., lag:] -= numbers[..., :-lag]
        numbers = step
    return numbers


def _predicted(table: Ints) -> tuple[tuple[int, int, int], Ints]:
    """Return how differences are to be taken to be small when compressed, and them."""
    found = {}
    for times, lag, within in itertools.product((0, 1, 2), (1, 2), (0, 1, 2)):
        steps = _differences(table.T, 1, times).T
        found[times, lag, within] = _differences(steps, lag, within)
    how = min(found, key=lambda how: len(zlib.compress(_planes(found[how]), 1)))
    return how, found[how]
