"""kernels/splitting.py against its slow twins; n-grams through `count_ids`, which lays out the memory."""

import math

import naive
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import minent.counting.branching
from minent.counting.branching import count_ids, symbol_counts
from minent.kernels import splitting
from minent.ngrams import NgramCounts
from minent.types import Symbols


@st.composite
def encoded(draw: st.DrawFn, symbols: tuple[int, ...] = (1, 2, 3, 9, 300, 70_000)) -> tuple[list[int], int]:
    """Symbols with borders among them, and the largest symbol there may be; few different ones, so that they repeat."""
    largest = draw(st.sampled_from(symbols))
    some = draw(st.lists(st.integers(max(1, largest - 6), largest), min_size=1, max_size=4))
    symbol = st.sampled_from([0, *some * 4])
    return draw(st.lists(symbol, max_size=60)), largest


def array(ids: list[int], largest: int) -> Symbols:
    return np.array(ids, np.uint16 if largest < 2**16 else np.uint32)


def nodes_of(table: NgramCounts) -> list[naive.Gram]:
    grams: list[naive.Gram] = [()]
    for parent, symbol in zip(table.parents().tolist()[1:], table.symbol.tolist()[1:], strict=True):
        grams.append((*grams[parent], symbol))
    return grams


@given(encoded(), st.integers(1, 9))
def test_symbols_and_ngrams_are_summed_up(text: tuple[list[int], int], order: int) -> None:
    ids, largest = text
    counts, totals = symbol_counts(array(ids, largest), largest, order)
    expected, _, _ = naive.count_symbols(ids, largest, order)
    assert counts.tolist() == expected
    sizes = [len(block) for block in naive.blocks(ids)]
    assert totals.tolist()[1:] == [sum(max(0, size - wanted + 1) for size in sizes) for wanted in range(1, order + 1)]
    assert totals[0] == sum(sizes)


@given(encoded(), st.data())
def test_windows_hold_what_follows_each_position(text: tuple[list[int], int], data: st.DataObject) -> None:
    ids, largest = text
    bits = largest.bit_length()
    first = data.draw(st.integers(max(1, largest - 7), largest))
    last = data.draw(st.integers(first, largest + 1))
    sizes = [ids.count(symbol) for symbol in range(first, last)]
    n = sum(sizes)
    cursor = np.full(largest + 1, n)
    cursor[first:last] = np.cumsum(np.array(sizes, np.int64), dtype=np.int64)
    step = np.zeros(largest + 1, np.int64)
    step[first:last] = 1
    room = n + 1  # the last entry is for symbols without a bucket
    arena = splitting.Arena(
        np.empty(room, np.uint64), np.empty(room, np.uint32), np.empty(room, array([], largest).dtype)
    )
    splitting.scatter_windows(array(ids, largest), bits, cursor, step, arena)
    assert cursor[first:last].tolist() == [sum(sizes[:bucket]) for bucket in range(len(sizes))]
    arena = splitting.Arena(*(column[:n] for column in arena))
    symbols = [symbol for symbol, size in enumerate(sizes, first) for _ in range(size)]
    rows = zip(symbols, arena.positions.tolist(), arena.before.tolist(), arena.windows.tolist(), strict=True)
    lanes = 64 // bits
    assert [
        (symbol, position, before, unpack(window, bits, lanes)) for symbol, position, before, window in rows
    ] == naive.windows(ids, first, last, lanes)


def unpack(window: int, bits: int, lanes: int) -> naive.Gram:
    symbols = [window >> (64 - bits * lane) & ((1 << bits) - 1) for lane in range(1, lanes + 1)]
    while symbols and symbols[-1] == 0:
        symbols.pop()
    return tuple(symbols)


@pytest.mark.parametrize("branching", [True, False])
@settings(max_examples=60)
@given(encoded(), st.integers(1, 8), st.integers(1, 5), st.integers(1, 3), st.sampled_from([1, 3, 10, 1 << 20]))
def test_every_ngram_is_counted_with_its_entropies(
    branching: bool, text: tuple[list[int], int], order: int, min_count: int, threads: int, room: int
) -> None:
    ids, largest = text
    expected, expected_rest = naive.ngrams(ids, order, min_count)
    with pytest.MonkeyPatch.context() as patch:
        # Little room: many tasks, each in many steps.
        patch.setattr(minent.counting.branching, "_TASK", room if largest < 1000 else max(room, 10))
        patch.setattr(minent.counting.branching, "_SCANS", 1 << 30)
        patch.setattr(minent.counting.branching, "_TABLE", min(room, 1 << 12))
        alphabet = np.arange(1, largest + 1)
        table, rest = count_ids(array(ids, largest), alphabet, order, min_count, branching=branching, threads=threads)
    nodes = nodes_of(table)
    found = {gram: count for gram, count in zip(nodes[1:], table.count.tolist()[1:], strict=True) if count}
    assert found == {gram: evidence.times for gram, evidence in expected.items()}
    assert nodes == naive.trie(largest, {gram for gram in expected if len(gram) > 1})
    assert table.starts.tolist()[1:] == [sum(len(gram) < size for gram in nodes) for size in range(1, order + 2)]
    assert table.count[0] == sum(map(bool, ids))
    if branching:
        assert table.right is not None and table.left is not None
        assert min(*table.right.tolist(), *table.left.tolist()) >= 0
        rows = dict(zip(nodes, zip(table.right.tolist(), table.left.tolist(), strict=True), strict=True))
        for gram, evidence in expected.items():
            assert rows[gram] == pytest.approx((evidence.right, evidence.left), rel=1e-6, abs=1e-6)
        np.testing.assert_allclose(rest, expected_rest, rtol=1e-6, atol=1e-4)
        symbols = [symbol for symbol in ids if symbol]
        assert [table.right[0], table.left[0]] == pytest.approx([naive.entropy(symbols)] * 2, abs=1e-6)
    else:
        assert table.right is None and table.left is None


def test_groups_of_many_symbols_are_sorted_and_measured() -> None:
    """More next symbols than insertion sort takes, and counts beyond the table of logarithms."""
    ids = [symbol for follower in range(3, 300) for symbol in (follower % 2 + 1, follower) * (follower % 3 + 1)]
    ids += [0, *[1, 2] * 5000]
    table, _ = count_ids(array(ids, 300), np.arange(1, 301), 3, 2, branching=True)
    expected, _ = naive.ngrams(ids, 3, 2)
    nodes = nodes_of(table)
    assert nodes == naive.trie(300, {gram for gram in expected if len(gram) > 1})
    assert table.right is not None and table.left is not None
    for gram in ((1,), (2,), (1, 2), (2, 1), (1, 2, 1), (2, 1, 2)):
        node = nodes.index(gram)
        assert table.count[node] == expected[gram].times
        assert table.right[node] == pytest.approx(expected[gram].right, abs=1e-6)
        assert table.left[node] == pytest.approx(expected[gram].left, abs=1e-6)


def test_a_worked_example() -> None:
    """ "ab" twice in "abab" and once in "ab": after it comes "a" once and a border twice."""
    table, rest = count_ids(np.array([1, 2, 1, 2, 0, 1, 2], np.uint16), np.array([97, 98]), 2, 2, branching=True)
    assert nodes_of(table) == [(), (1,), (2,), (1, 2)]
    assert table.count.tolist() == [6, 3, 3, 3]
    assert table.totals.tolist() == [6, 6, 4]
    assert table.right is not None and table.left is not None
    assert table.right[3] == pytest.approx(math.log(3))
    assert table.left[3] == pytest.approx(math.log(3))
    # "ba" occurs once, below min_count: sqrt(1), sqrt(1) (0 - entropy of "b" on its right), 1; the same for "a" on
    # its left.  "aba" and "bab" occur once; only "ab" is kept, as the beginning of one and the end of the other.
    assert rest[2] == pytest.approx([1, -math.log(3), 1, 1, -math.log(3), 1])
    assert rest[3] == pytest.approx([1, -math.log(3), 1, 1, -math.log(3), 1])
