"""What is packed is what is unpacked, by Python here and by the page."""

import json
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from slider_figure._fragments import Fragment
from slider_figure._packing import Packer, merged


def unpacked(data):
    """Read a packed figure: for each slot a function of the position."""
    raw = zlib.decompress(data)
    (length,) = struct.unpack_from("<I", raw)
    head = json.loads(raw[4 : 4 + length])
    planes = np.frombuffer(raw[4 + length :], np.uint8).reshape(4, -1)
    zigzag = np.ascontiguousarray(planes.T).view("<u4").ravel()
    numbers = list((zigzag >> 1).astype(np.int64) ^ -(zigzag & 1).astype(np.int64))

    def take(n):
        out, numbers[:n] = np.array(numbers[:n], np.int64), []
        return out

    def wrap(values):
        return values.astype(np.int64).astype(np.int32).astype(np.int64)

    def sums(values, lag):
        for i in range(lag, len(values)):
            values[i] += values[i - lag]
        return wrap(values)

    shape, slots = head["shape"], []
    for slot in head["slots"]:
        sizes = [shape[axis] for axis in slot["axes"]]
        index = sums(take(int(np.prod(sizes))), 1).reshape(sizes)
        rows = [None]
        for skeleton, count, strings, values, n, times, lag, within in slot["groups"]:
            base = sums(take(strings + values), 2)
            varying = sums(take(n), 1)
            table = take(count * n).reshape(count, n)
            for _ in range(within):
                table = np.array([sums(row, lag) for row in table]).reshape(count, n)
            for _ in range(times):
                table = wrap(np.cumsum(table, axis=0))
            for row in table:
                whole = base.copy()
                whole[varying] = row
                words = tuple(head["strings"][k] for k in whole[:strings])
                rows.append(
                    Fragment(
                        head["skeletons"][skeleton],
                        words,
                        whole[strings:].astype(np.int32).tobytes(),
                    )
                )
        slots.append((slot["axes"], index, rows))
    assert numbers == []

    def at(slot, position):
        axes, index, rows = slots[slot]
        return rows[index[tuple(position[axis] for axis in axes)]]

    return at


def fragments():
    """Return a strategy for what an artist draws; many have the same skeleton."""
    numbers = st.sampled_from((3, 200, 40_000, 2**31 - 1)).flatmap(
        lambda span: hnp.arrays(
            np.int32, st.integers(0, 4), elements=st.integers(-span, span)
        )
    )
    return st.builds(
        lambda skeleton, words, values: Fragment(
            skeleton, tuple(words), values.tobytes()
        ),
        st.sampled_from(["<a>", "<b>"]),
        st.lists(st.sampled_from(["x", "é</script>", ""]), max_size=2),
        numbers,
    )


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_every_row_survives(data):
    shape = tuple(data.draw(st.lists(st.integers(1, 4), min_size=1, max_size=3)))
    packer, columns = Packer(shape), []
    choice = data.draw(st.lists(fragments() | st.none(), min_size=1, max_size=5))
    for _ in range(data.draw(st.integers(1, 3))):
        lead = tuple(data.draw(st.sampled_from((1, n))) for n in shape)
        size = int(np.prod(lead))
        picks = data.draw(
            st.lists(st.integers(0, len(choice) - 1), min_size=size, max_size=size)
        )
        index = np.broadcast_to(np.reshape(picks, lead), shape)
        columns.append(index)
        packer.add([choice[k] for k in index.ravel()])
    at = unpacked(packer.packed())
    for position in np.ndindex(shape):
        for slot, index in enumerate(columns):
            assert at(slot, position) == choice[index[position]]


@given(st.lists(st.permutations("abcd").map(lambda p: p[:3]), min_size=1, max_size=6))
def test_one_order_of_drawing_holds_for_all(frames):
    given_frames = [{k: Fragment(k, (), b"") for k in keys} for keys in frames]
    order, rows = merged(given_frames)
    assert len(order) == len(set(order))
    for row, keys in zip(rows, frames, strict=True):
        assert [fragment.skeleton for fragment in row if fragment] == list(keys)


@pytest.mark.parametrize("units", [0, 1, -1, 1000, 123456, -999])
def test_numbers_are_written_as_the_page_writes_them(units):
    text = Fragment("<a x='\x01'>", (), np.array([units], np.int32).tobytes()).text()
    assert float(text[6:-2]) == units / 1000
    assert not text.endswith(".0'>")
