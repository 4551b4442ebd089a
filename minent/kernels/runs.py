"""Sorted windows -> n-grams of all orders: runs of equal windows are the longest n-grams, runs of these runs, one
symbol shorter, the next, and so on.

Everything streams: a block of windows is turned into the runs that end in it, those into the runs of the order above,
while all of it is in the cache.
"""

from typing import NamedTuple

import numpy as np

from minent.kernels._jit import kernel
from minent.types import Keys, Nodes, Offsets, Symbols


class Runs(NamedTuple):
    """Runs under way, a row for each order; entry 0 is the one that goes on in the next block."""

    key: Keys  # (order + 1, block + order + 2) the symbols after the bucket's, the last in the lowest bits
    end: Offsets  # (order + 1, block + order + 2) where it ends among the windows
    kept: Offsets  # (order + 1, block + order + 2) n-grams one symbol longer kept up to its end
    closed: Offsets  # (2, order + 1) end and kept of the run before entry 0


class Found(NamedTuple):
    """The n-grams found, a row for each order."""

    symbol: Symbols  # (order + 1, r) last symbol
    times: Symbols  # (order + 1, r) uint32 or int64: how often it occurs
    children: Nodes  # (order + 1, r) int32: how many kept n-grams extend it by one symbol
    used: Offsets  # (order + 1,)
    total: Offsets  # (order + 1,) those taken away before, too


@kernel
def sort_small(windows: Keys, bounds: Offsets, largest: int) -> None:
    """Sort the buckets of at most `largest` windows, by insertion.

    windows  (m,)  uint32 or uint64, changed in place
    bounds   (2, b) int64: where each bucket begins, and where it ends
    """
    for bucket in range(bounds.shape[1]):
        low = bounds[0, bucket]
        high = bounds[1, bucket]
        if high - low > largest:
            continue
        for i in range(low + 1, high):
            window = windows[i]
            at = i
            while at > low and windows[at - 1] > window:
                windows[at] = windows[at - 1]
                at -= 1
            windows[at] = window


@kernel
def _read_windows(windows: Keys, low: int, high: int, order: int, runs: Runs) -> int:
    """Continue the longest n-grams with windows[low:high].  Returns the entry of the run under way."""
    here = 0
    previous = runs.key[order, 0]
    for i in range(low, high):
        key = np.uint64(windows[i])
        here += np.int64(key != previous)  # no branch: whether two neighbours differ cannot be predicted
        runs.key[order, here] = key
        runs.end[order, here] = i + 1
        previous = key
    return here


@kernel
def _join_runs(order: int, n_closed: int, bits: int, runs: Runs) -> int:
    """Continue the n-grams one symbol shorter with the closed runs of `order`.  Returns the entry under way there."""
    above = order - 1
    here = 0
    previous = runs.key[above, 0]
    for r in range(n_closed):
        key = runs.key[order, r] >> np.uint64(bits)
        here += np.int64(key != previous)
        runs.key[above, here] = key
        runs.end[above, here] = runs.end[order, r]
        runs.kept[above, here] = runs.kept[order, r]
        previous = key
    return here


@kernel
def _keep_runs(order: int, n_closed: int, setting: tuple[int, int], runs: Runs, found: Found) -> None:
    """Enter the closed runs of one order that are n-grams and frequent enough."""
    bits, min_count = setting
    mask = (np.uint64(1) << np.uint64(bits)) - np.uint64(1)
    end = runs.closed[0, order]
    kept = runs.closed[1, order]
    at = found.used[order]
    ahead = found.total[order] - at
    longest = order == found.used.size - 1
    for r in range(n_closed):
        count = runs.end[order, r] - end
        end = runs.end[order, r]
        symbol = runs.key[order, r] & mask
        found.symbol[order, at] = symbol
        found.times[order, at] = count
        if longest:
            found.children[order, at] = 0
        else:
            found.children[order, at] = runs.kept[order, r] - kept
            kept = runs.kept[order, r]
        at += np.int64(count >= min_count) & np.int64(symbol != 0)
        runs.kept[order, r] = ahead + at
    runs.closed[0, order] = end
    runs.closed[1, order] = kept
    found.used[order] = at
    found.total[order] = ahead + at


@kernel
def _count_block(
    windows: Keys, low: int, high: int, last: bool, base: int, setting: tuple[int, int], runs: Runs, found: Found
) -> None:
    """Continue the n-grams of a bucket with windows[low:high]; the last block closes all runs."""
    order = found.used.size - 1
    here = _read_windows(windows, low, high, order, runs)
    while True:
        n_closed = here + np.int64(last)
        _keep_runs(order, n_closed, setting, runs, found)
        if order > base + 1:
            here = _join_runs(order, n_closed, setting[0], runs)
        runs.key[order, 0] = runs.key[order, n_closed]
        runs.end[order, 0] = runs.end[order, n_closed]
        runs.kept[order, 0] = runs.kept[order, n_closed]
        order -= 1
        if order == base:
            break


@kernel
def _open_bucket(windows: Keys, low: int, base: int, bits: int, runs: Runs, found: Found) -> None:
    """Let the first runs of a bucket begin."""
    order = found.used.size - 1
    for o in range(base + 1, order + 1):
        runs.key[o, 0] = np.uint64(windows[low]) >> np.uint64(bits * (order - o))
        runs.end[o, 0] = low
        runs.closed[0, o] = low
        runs.closed[1, o] = found.total[min(o + 1, order)]


@kernel
def count_runs(
    windows: Keys,
    bounds: Offsets,
    symbols: Offsets,
    setting: tuple[int, int, int],
    at: Offsets,
    runs: Runs,
    found: Found,
) -> bool:
    """Enter the n-grams of sorted buckets, in order, while `found` has room for a block of windows.

    windows  (m,)  uint32 or uint64, sorted within each bucket
    bounds   (2, b) int64: where each bucket begins, and where it ends; none is empty
    symbols  (b,)  int64: last of the symbols that all n-grams of a bucket begin with
    setting  bits of a packed symbol; min_count; how many symbols the n-grams of a bucket have in common: that
             n-gram is kept
    at       (2,)  int64: bucket and window to go on with; moved on.  The window is -1 where a bucket begins

    Returns whether all is done.
    """
    bits, min_count, base = setting
    order = found.used.size - 1
    # The last block of a bucket closes one run more than it has windows, and one more again in each shorter order.
    block = runs.key.shape[1] - order - 2
    room = found.symbol.shape[1] - block - order - 2
    while at[0] < symbols.size:
        bucket = at[0]
        low = bounds[0, bucket]
        end = bounds[1, bucket]
        if at[1] < 0:
            _open_bucket(windows, low, base, bits, runs, found)
            runs.closed[1, base] = found.total[base + 1]
            at[1] = low
        while at[1] < end:
            for o in range(base, order + 1):
                if found.used[o] > room:
                    return False
            high = min(at[1] + block, end)
            _count_block(windows, at[1], high, high == end, base, (bits, min_count), runs, found)
            at[1] = high
        row = found.used[base]
        found.symbol[base, row] = symbols[bucket]
        found.times[base, row] = end - low
        found.children[base, row] = found.total[base + 1] - runs.closed[1, base]
        found.used[base] += 1
        found.total[base] += 1
        at[0] += 1
        at[1] = -1
    return True
