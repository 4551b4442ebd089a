"""kernels/runs.py against its slow twin."""

from typing import NamedTuple

import naive
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minent.kernels import runs


class Case(NamedTuple):
    """Buckets: the last of the `base` symbols that a bucket has in common, and what stands behind each place of it."""

    buckets: list[tuple[int, list[naive.Gram]]]
    base: int
    order: int
    bits: int


@st.composite
def cases(draw: st.DrawFn) -> Case:
    largest = draw(st.sampled_from([1, 2, 3, 15, 200, 70_000]))
    bits = largest.bit_length()
    lanes = draw(st.integers(1, min(12, 64 // bits)))
    base = draw(st.integers(1, 4))
    # Few different symbols, so that n-grams repeat, and borders, behind which there is nothing.
    symbol = st.sampled_from([0, 0, *{1, largest, max(1, largest - 1)}, *[largest] * 3])
    behind = st.lists(symbol, min_size=lanes, max_size=lanes).map(border_ends)
    bucket = st.tuples(st.integers(1, largest), st.lists(behind, min_size=1, max_size=25))
    return Case(draw(st.lists(bucket, max_size=6)), base, base + lanes, bits)


def border_ends(symbols: list[int]) -> naive.Gram:
    size = symbols.index(0) if 0 in symbols else len(symbols)
    return (*symbols[:size], *[0] * (len(symbols) - size))


def pack(symbols: naive.Gram, bits: int) -> int:
    return sum(symbol << bits * place for place, symbol in enumerate(reversed(symbols)))


def count(case: Case, min_count: int, block: int, spare: int, gap: int) -> dict[int, list[tuple[int, int, int]]]:
    """What the kernel finds, taken away each time it says that there is no more room.

    block  windows at a time
    spare  rows more than one block needs
    gap    windows between two buckets
    """
    order, base, bits = case.order, case.base, case.bits
    sizes = np.array([len(behind) for _, behind in case.buckets], np.int64)
    ends = np.cumsum(sizes + gap, dtype=np.int64)
    bounds = np.stack([ends - sizes, ends])
    width = np.uint64 if bits * (order - base) > 32 else np.uint32
    windows = np.full(int(sizes.sum()) + gap * sizes.size + 1, 0xDEADBEEF, width)
    for (_, behind), low, high in zip(case.buckets, *bounds.tolist(), strict=True):
        windows[low:high] = sorted(pack(symbols, bits) for symbols in behind)
    symbols = np.array([symbol for symbol, _ in case.buckets], np.int64)
    wide, rows = (order + 1, block + order + 2), (order + 1, block + order + 2 + spare)
    under_way = runs.Runs(
        np.empty(wide, np.uint64),
        np.empty(wide, np.int32),
        np.empty(wide, np.int32),
        np.empty((2, order + 1), np.int64),
    )
    found = runs.Found(
        np.empty(rows, np.uint32),
        np.empty(rows, np.uint32),
        np.empty(rows, np.int32),
        np.zeros(order + 1, np.int64),
        np.zeros(order + 1, np.int64),
    )
    at = np.array([0, -1])
    result: dict[int, list[tuple[int, int, int]]] = {size: [] for size in range(base, order + 1)}
    done = False
    while not done:
        found.used[:] = 0
        done = runs.count_runs(windows, bounds, symbols, (bits, min_count, base), at, under_way, found)
        for size, rows_of_order in result.items():
            columns = (column[size, : found.used[size]].tolist() for column in found[:3])
            rows_of_order += list(zip(*columns, strict=True))
            assert found.total[size] == len(rows_of_order)
    return result


@settings(max_examples=300)
@given(
    cases(),
    st.integers(1, 5),
    st.sampled_from([1, 2, 3, 7, 512]),
    st.sampled_from([0, 1, 5, 1000]),
    st.sampled_from([0, 2]),
)
def test_the_ngrams_of_all_orders_are_read_off(case: Case, min_count: int, block: int, spare: int, gap: int) -> None:
    expected = naive.sorted_runs(case.buckets, case.base, case.order, min_count)
    assert count(case, min_count, block, spare, gap) == expected


@pytest.mark.parametrize(("bits", "lanes"), [(1, 15), (2, 15), (4, 8), (5, 12), (8, 8), (16, 2), (16, 4), (17, 3)])
def test_windows_that_are_full(bits: int, lanes: int) -> None:
    """The largest symbol everywhere: no bit of 32 or 64 is lost."""
    largest = (1 << bits) - 1
    full = (largest,) * lanes
    case = Case(
        [(largest, [(largest,) * size + (0,) * (lanes - size) for size in range(lanes)] + [full] * 3)],
        1,
        lanes + 1,
        bits,
    )
    expected = {size: [(largest, lanes + 4 - size, int(size <= lanes))] for size in range(1, lanes + 2)}
    assert count(case, 1, 2, 0, 0) == expected == naive.sorted_runs(case.buckets, 1, lanes + 1, 1)


def test_a_worked_example() -> None:
    """Behind "a": "b" and a border, twice "bc", "c" and a border."""
    case = Case([(1, [(2, 0), (2, 3), (2, 3), (3, 0)])], 1, 3, 2)
    assert count(case, 1, 3, 0, 0) == {1: [(1, 4, 2)], 2: [(2, 3, 1), (3, 1, 0)], 3: [(3, 2, 0)]}
    assert count(case, 2, 3, 0, 0) == {1: [(1, 4, 1)], 2: [(2, 3, 1)], 3: [(3, 2, 0)]}
    assert count(case, 4, 3, 0, 0) == {1: [(1, 4, 0)], 2: [], 3: []}


@given(st.lists(st.lists(st.integers(0, 2**32 - 1), max_size=9), max_size=6), st.integers(0, 9), st.booleans())
def test_small_buckets_are_sorted(buckets: list[list[int]], largest: int, wide: bool) -> None:
    ends = np.cumsum([len(bucket) for bucket in buckets], dtype=np.int64)
    bounds = np.stack([ends - [len(bucket) for bucket in buckets], ends]).astype(np.int64)
    windows = np.array([window for bucket in buckets for window in bucket], np.uint64 if wide else np.uint32)
    expected = naive.sorted_buckets(windows.tolist(), [(low, high) for low, high in bounds.T.tolist()], largest)
    runs.sort_small(windows, bounds, largest)
    assert windows.tolist() == expected
