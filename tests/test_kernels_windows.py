"""kernels/windows.py against its slow twins."""

from collections import Counter
from itertools import pairwise
from typing import Any, NamedTuple

import naive
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from minent.kernels import windows
from minent.types import Keys, Nodes, Symbols


class Text(NamedTuple):
    """A block of symbols.

    positions  how many of them n-grams begin with; the others only follow
    """

    ids: list[int]
    positions: int
    largest: int
    bits: int

    def array(self, dtype: type = np.uint8) -> Symbols:
        """The symbols in the narrowest type that holds them, or a wider one."""
        widest = max(np.dtype(dtype), np.dtype(np.min_scalar_type(self.largest)))
        return np.array(self.ids, widest)


@st.composite
def texts(draw: st.DrawFn, symbols: tuple[int, ...] = (1, 2, 3, 9, 255, 300, 70_000)) -> Text:
    """Few different symbols, so that they repeat, with borders among them."""
    largest = draw(st.sampled_from(symbols))
    some = draw(st.lists(st.integers(max(1, largest - 6), largest), min_size=1, max_size=3))
    ids = draw(st.lists(st.sampled_from([0, *some * 4]), max_size=50))
    return Text(ids, draw(st.integers(0, len(ids))), largest, largest.bit_length())


def draw_lanes(data: st.DataObject, bits: int) -> int:
    return data.draw(st.integers(1, 64 // bits), "lanes")


def pack(symbols: naive.Gram, bits: int) -> int:
    packed = 0
    for symbol in symbols:
        packed = packed << bits | symbol
    return packed


class Room(NamedTuple):
    """Where buckets go: those of some keys, one behind the other in an order of their own, with gaps between.

    bounds  of the bucket of each key
    cursor  the end of each bucket, `outside` for other keys
    """

    bounds: dict[int, tuple[int, int]]
    cursor: Nodes
    windows: Keys

    def found(self) -> dict[int, list[int]]:
        """What is in each bucket, sorted."""
        return {key: sorted(self.windows[low:high].tolist()) for key, (low, high) in self.bounds.items()}

    def check(self, expected: dict[int, list[int]]) -> None:
        """All that was to come into a bucket is there, and nothing went elsewhere but to the last entry."""
        assert self.found() == expected
        assert {key: self.cursor[key] for key in self.bounds} == {key: low for key, (low, _) in self.bounds.items()}
        inside = {place for low, high in self.bounds.values() for place in range(low, high)}
        outside = [place for place in range(self.windows.size - 1) if place not in inside]
        assert set(self.windows[outside].tolist()) <= {BLANK}


BLANK = 0xDEADBEEF


def room_for(sizes: dict[int, int], n_keys: int, wide: bool, *, outside: int | None = 0, gap: int = 0) -> Room:
    """Outside None: the last window is for the keys that have no bucket, and they lead there."""
    end = 0
    bounds = {}
    for key, size in sizes.items():
        bounds[key] = (end, end + size)
        end += size + gap
    cursor = np.full(n_keys, end if outside is None else outside, np.int32)
    for key, (_, high) in bounds.items():
        cursor[key] = high
    return Room(bounds, cursor, np.full(end + 1, BLANK, np.uint64 if wide else np.uint32))


@given(texts((1, 2, 9, 255)), st.integers(1, 9), st.booleans(), st.lists(st.integers(0, 50), max_size=4))
def test_pairs_and_blocks_are_counted_in_any_pieces(text: Text, order: int, closes: bool, cuts: list[int]) -> None:
    closing = text.largest if closes else 0
    pairs, blocks = np.zeros(65536, np.int64), np.zeros((2, order + 1), np.int64)
    before = run = 0
    for low, high in pairwise([0, *sorted(cuts), 50]):
        ids = text.array()[low:high]
        before, run = windows.count_pairs(ids, closing, pairs, blocks, before, run)
    expected, lengths, rest, last = naive.count_pairs(text.ids, closing, order)
    assert {divmod(pair, 256): int(pairs[pair]) for pair in np.flatnonzero(pairs).tolist()} == dict(expected)
    assert (blocks.tolist(), run, before) == (lengths, rest, last)


@given(texts(), st.data())
def test_positions_go_to_the_bucket_of_their_symbol(text: Text, data: st.DataObject) -> None:
    lanes = draw_lanes(data, text.bits)
    first = data.draw(st.integers(max(1, text.largest - 7), text.largest))
    last = data.draw(st.integers(first + 1, text.largest + 1))
    expected = naive.buckets(text.ids, text.positions, lanes)
    sizes = {symbol: len(expected.get((symbol,), ())) for symbol in range(first, last)}
    room = room_for(sizes, text.largest + 1, text.bits * lanes > 32, outside=None)
    packing = (text.bits, lanes)
    windows.scatter_symbols(text.array(np.uint16), text.positions, packing, (first, last), room.cursor, room.windows)
    assert set(room.cursor.tolist()[:first] + room.cursor.tolist()[last:]) <= {room.windows.size - 1}
    room.check({symbol: packed(expected, (symbol,), text.bits) for symbol in sizes})


@given(texts((1, 2, 3, 9, 243)), st.booleans(), st.integers(0, 2), st.data())
def test_positions_go_to_the_bucket_of_their_pair(text: Text, closes: bool, gap: int, data: st.DataObject) -> None:
    closing = text.largest if closes else 0
    lanes = draw_lanes(data, 8)
    expected = naive.buckets(text.ids, text.positions, lanes, closing=closing, keys=2)
    some = sorted({*expected, (text.largest, text.largest)})
    wanted = data.draw(st.lists(st.sampled_from(some), unique=True))
    sizes = {first << 8 | second: len(expected.get((first, second), ())) for first, second in wanted}
    room = room_for({key: size for key, size in sizes.items() if size}, 1 << 16, 8 * lanes > 32, gap=gap)
    windows.scatter_pairs(text.array(), text.positions, (8, lanes, closing), room.cursor, room.windows)
    room.check({key: packed(expected, divmod(key, 256), 8) for key, size in sizes.items() if size})


def packed(buckets: dict[naive.Gram, list[naive.Gram]], key: naive.Gram, bits: int) -> list[int]:
    return sorted(pack(behind, bits) for behind in buckets.get(key, ()))


@st.composite
def prefixes(draw: st.DrawFn) -> tuple[Text, int, int, naive.Gram]:
    """A text, a closing symbol, symbols in a window, and an n-gram, of the text most of the time."""
    text = draw(texts())
    closing = text.largest if draw(st.booleans()) else 0
    lanes = draw(st.integers(1, 64 // text.bits))
    size = draw(st.integers(1, lanes))
    at = draw(st.integers(0, len(text.ids)))
    prefix = tuple(symbol for symbol in text.ids[at : at + size] if symbol)
    return text, closing, lanes, prefix or (text.largest,)


def kernel_prefix(prefix: naive.Gram, bits: int, lanes: int) -> tuple[int, int, int]:
    return prefix[0], pack(prefix[1:], bits), bits * (lanes - len(prefix))


@given(prefixes())
def test_what_follows_an_ngram_is_counted(drawn: tuple[Text, int, int, naive.Gram]) -> None:
    text, closing, lanes, prefix = drawn
    counts: Any = np.zeros(text.largest + 1, np.int64)
    wanted = kernel_prefix(prefix, text.bits, lanes)
    windows.count_after(text.array(), text.positions, (text.bits, lanes, closing), wanted, counts)
    found = Counter({symbol: int(counts[symbol]) for symbol in np.flatnonzero(counts).tolist()})
    assert found == naive.count_after(text.ids, text.positions, prefix, closing)


@given(prefixes(), st.integers(0, 2), st.data())
def test_positions_of_an_ngram_go_to_the_bucket_of_what_follows(
    drawn: tuple[Text, int, int, naive.Gram], gap: int, data: st.DataObject
) -> None:
    text, closing, lanes, prefix = drawn
    behind = lanes - len(prefix)
    expected = naive.buckets(text.ids, text.positions, behind, closing=closing, prefix=prefix)
    some = data.draw(st.lists(st.sampled_from([*expected]), unique=True)) if expected else []
    room = room_for({key: len(expected[key,]) for (key,) in some}, text.largest + 1, text.bits * behind > 32, gap=gap)
    wanted = kernel_prefix(prefix, text.bits, lanes)
    packing = (text.bits, lanes, closing)
    windows.scatter_after(text.array(), text.positions, packing, wanted, room.cursor, room.windows)
    room.check({key: packed(expected, (key,), text.bits) for (key,) in some})


def test_a_worked_example() -> None:
    """ "abab" and "ab", in pairs: behind the first "ab" comes "ab", behind the others a border."""
    ids = np.array([1, 2, 1, 2, 0, 1, 2], np.uint8)
    cursor = np.zeros(65536, np.int32)
    cursor[0x0102] = 3
    found = np.zeros(4, np.uint32)
    windows.scatter_pairs(ids, 7, (8, 2, 0), cursor, found)
    assert found.tolist() == [0x0102, 0, 0, 0]
    assert cursor[0x0102] == 0
    counts = np.zeros(3, np.int64)
    windows.count_after(ids, 5, (2, 3, 0), (1, 2, 2), counts)
    assert counts.tolist() == [1, 1, 0]


@given(texts((1, 2, 3, 9, 300, 70_000)), st.integers(1, 9), st.lists(st.integers(0, 50), max_size=4))
def test_symbols_and_blocks_are_counted_in_any_pieces(text: Text, order: int, cuts: list[int]) -> None:
    ids = text.array(np.uint16)
    counts, blocks = np.zeros(text.largest + 1, np.int64), np.zeros((2, order + 1), np.int64)
    run = 0
    for low, high in pairwise([0, *sorted(cuts), 50]):
        run = windows.count_symbols(ids[low:high], counts, blocks, run)
    assert (counts.tolist(), blocks.tolist(), run) == naive.count_symbols(text.ids, text.largest, order)
