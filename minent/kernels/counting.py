"""Exact n-gram counting: bucket by first symbol, then split each bucket symbol by symbol inside the cache.

One bucket holds every position that begins with one symbol.  Order by order each group of equal n-grams is split by the
next symbol with a counting sort, and groups below `min_count` are dropped at once, which is exact: no extension of
an n-gram is more frequent than the n-gram.  Each order comes out sorted, so the output is a trie in breadth-first order, and
the histogram that splits a group is also the distribution of its next symbol, from which its branching entropy follows.
"""

from typing import NamedTuple

import numpy as np

from minent.kernels._jit import kernel
from minent.types import Counts, Keys, Nats, Nodes, Offsets, Symbols


class Arena(NamedTuple):
    """Where the buckets of one task lie: (m,) entries each; `positions` are (0,) when nobody needs them.

    A window packs the symbols that follow, the next one in the highest bits, zeros after a block border.
    """

    windows: Keys
    positions: Symbols
    other_windows: Keys
    other_positions: Symbols


class Scratch(NamedTuple):
    """Work space of one thread, for k symbols including the border; everything zero between calls."""

    histogram: Counts  # (k,)
    met: Nodes  # (2 k,) symbols met in a group: kept ones from the left, dropped ones from the right
    marks: Keys  # (k // 64 + 1,) one bit a symbol
    c_log_c: Nats  # table of c ln c
    root: Nats  # table of sqrt c


class Found(NamedTuple):
    """The n-grams found, a row for each order; rows 0 is unused, row 1 filled in by the caller with one entry a bucket."""

    symbol: Symbols  # (order + 1, r) last symbol
    count: Counts  # (order + 1, r)
    children: Nodes  # (order + 1, r) how many kept n-grams extend it by one symbol
    right: Nats  # (order + 1, r) entropy of the next symbol, nats; (order + 1, 0) when not wanted
    left: Nats  # (order + 1, r) entropy of the symbol before
    rest: Nats  # (order + 2, buckets, 6) see `_rest`: three columns for what follows, three for what goes before
    used: Offsets  # (order + 1,)


@kernel
def count_symbols(ids: Symbols, counts: Counts, run_lengths: Counts) -> None:
    """Count the symbols, and how many n-grams of each order end at each position.

    ids          (n,)  uint16 or uint32, 0 = block border
    counts       (k,)  int64 out: += occurrences of each id
    run_lengths  (order + 1,) int64 out: += positions with exactly r symbols since the border (last entry: r or more)
    """
    longest = run_lengths.size - 1
    run = 0
    for i in range(ids.size):
        symbol = ids[i]
        counts[symbol] += 1
        if symbol == 0:
            run = 0
        else:
            if run < longest:
                run += 1
            run_lengths[run] += 1


@kernel
def scatter_windows(ids: Symbols, first: int, last: int, bits: int, cursor: Offsets, arena: Arena) -> None:
    """Put every position whose symbol lies in [first, last) into the bucket of that symbol.

    ids     (n,)  uint16 or uint32
    bits    width of a packed symbol
    cursor  (last - first,) int64: END of each bucket; moved down to its start, so positions ascend in a bucket
    """
    keep = arena.positions.size > 0
    top = np.uint64(64 - bits)
    step = np.uint64(bits)
    window = np.uint64(0)
    for i in range(ids.size - 1, -1, -1):
        symbol = np.int64(ids[i])
        if symbol == 0:
            window = np.uint64(0)
            continue
        if symbol >= first and symbol < last:
            slot = cursor[symbol - first] - 1
            cursor[symbol - first] = slot
            arena.windows[slot] = window
            if keep:
                arena.positions[slot] = i
        window = (np.uint64(symbol) << top) | (window >> step)


@kernel
def _refill(ids: Symbols, bits: int, order: int, windows: Keys, positions: Symbols, low: int, high: int) -> None:
    """Pack the symbols after the first `order` of each n-gram once the windows are used up."""
    for i in range(low, high):
        window = np.uint64(0)
        at = np.int64(positions[i]) + order
        for lane in range(64 // bits):
            if at + lane >= ids.size or ids[at + lane] == 0:
                break
            window |= np.uint64(ids[at + lane]) << np.uint64(64 - bits * (lane + 1))
        windows[i] = window


@kernel
def _rest(scratch: Scratch, count: int, entropy: float, row: Nats, column: int) -> None:
    """Account for a type too rare to be kept, for the mean variation of branching entropy over ALL types.

    row[column] += sqrt(c); row[column + 1] += sqrt(c) (h - entropy), where h, never measured for a type below
    min_count, is taken as half of ln c, midway between one continuation and c different ones; row[column + 2] += c.
    """
    row[column + 2] += count
    row[column] += scratch.root[count]
    row[column + 1] += scratch.root[count] * (0.5 * scratch.c_log_c[count] / count - entropy)


@kernel
def _left_entropy(
    ids: Symbols, positions: Symbols, low: int, high: int, scratch: Scratch, min_count: int, row: Nats
) -> float:
    """Entropy of the symbol before the n-grams at positions[low:high]; each border counts as a symbol of its own."""
    histogram = scratch.histogram
    met = scratch.met
    n_met = 0
    for i in range(low, high):
        at = np.int64(positions[i])
        if at > 0:
            symbol = ids[at - 1]
            if symbol != 0:
                if histogram[symbol] == 0:
                    met[n_met] = symbol
                    n_met += 1
                histogram[symbol] += 1
    total = 0.0
    for k in range(n_met):
        c = histogram[met[k]]
        total += scratch.c_log_c[c] if c < scratch.c_log_c.size else c * np.log(c)
    entropy = np.log(high - low) - total / (high - low)
    for k in range(n_met):
        c = histogram[met[k]]
        histogram[met[k]] = 0
        if c < min_count:
            _rest(scratch, c, entropy, row, 3)
    return entropy


@kernel
def _next_symbols(windows: Keys, top: int, low: int, high: int, min_count: int, scratch: Scratch) -> tuple[int, int]:
    """Histogram the next symbols of windows[low:high].

    Leaves the counts in scratch.histogram, the symbols with count >= min_count in met[:kept], the others
    (the border among them) in met[-dropped:].  Returns (kept, dropped).
    """
    histogram = scratch.histogram
    met = scratch.met
    n_met = 0
    for i in range(low, high):
        symbol = np.int64(windows[i] >> np.uint64(top))
        if histogram[symbol] == 0:
            met[n_met] = symbol
            n_met += 1
        histogram[symbol] += 1
    kept = 0
    for k in range(n_met):
        symbol = met[k]
        if symbol != 0 and histogram[symbol] >= min_count:
            met[kept] = symbol
            kept += 1
        else:
            met[met.size - 1 - (k - kept)] = symbol
    return kept, n_met - kept


@kernel
def _right_entropy(total: int, kept: int, dropped: int, scratch: Scratch, min_count: int, row: Nats) -> float:
    """Entropy of the next symbol from what `_next_symbols` left."""
    met = scratch.met
    sum_c_log_c = 0.0
    for k in range(kept + dropped):
        symbol = met[k] if k < kept else met[met.size - 1 - (k - kept)]
        if symbol != 0:
            c = scratch.histogram[symbol]
            sum_c_log_c += scratch.c_log_c[c] if c < scratch.c_log_c.size else c * np.log(c)
    entropy = np.log(total) - sum_c_log_c / total
    for k in range(dropped):
        symbol = met[met.size - 1 - k]
        if symbol != 0:
            _rest(scratch, scratch.histogram[symbol], entropy, row, 0)
    return entropy


@kernel
def _sort_symbols(met: Nodes, size: int, marks: Keys) -> None:
    """Sort the distinct symbols met[:size] in place: by insertion when few, by a bit set when many."""
    if size <= 24:
        for a in range(1, size):
            symbol = met[a]
            b = a - 1
            while b >= 0 and met[b] > symbol:
                met[b + 1] = met[b]
                b -= 1
            met[b + 1] = symbol
        return
    for a in range(size):
        marks[met[a] >> 6] |= np.uint64(1) << np.uint64(met[a] & 63)
    a = 0
    for word in range(marks.size):
        mark = marks[word]
        marks[word] = 0
        bit = 0
        while mark != 0:
            if mark & np.uint64(1):
                met[a] = word * 64 + bit
                a += 1
            mark >>= np.uint64(1)
            bit += 1


@kernel
def _split_group(arena: Arena, top: int, low: int, high: int, write: int, kept: int, scratch: Scratch) -> int:
    """Move the windows of the kept next symbols, one symbol on, into the other half of the arena, sorted by that symbol.

    scratch.histogram holds the counts of met[:kept], sorted; every other count is negative.  Returns the end of what was written.
    """
    histogram = scratch.histogram
    keep = arena.positions.size > 0
    step = np.uint64(64 - top)
    for k in range(kept):
        symbol = scratch.met[k]
        count = histogram[symbol]
        histogram[symbol] = write
        write += count
    for i in range(low, high):
        slot = histogram[np.int64(arena.windows[i] >> np.uint64(top))]
        if slot >= 0:
            histogram[np.int64(arena.windows[i] >> np.uint64(top))] = slot + 1
            arena.other_windows[slot] = arena.windows[i] << step
            if keep:
                arena.other_positions[slot] = arena.positions[i]
    return write


@kernel
def _split_order(
    ids: Symbols, arena: Arena, order: int, groups: tuple[int, int], low: int, setting: tuple[int, int, int], scratch: Scratch, found: Found
) -> None:
    """Split the groups of one bucket that stand in row `order` of `found`, and enter their extensions in the next row.

    groups   the entries first .. last - 1 of that row
    low      where they lie in the arena, one after the other
    setting  bits of a packed symbol, min_count, number of the bucket
    """
    bits, min_count, bucket = setting
    top = 64 - bits
    last_order = order == found.used.size - 1
    branching = found.right.shape[1] > 0
    histogram = scratch.histogram
    met = scratch.met
    row = found.rest[order + 1, bucket]
    write = low
    for g in range(groups[0], groups[1]):
        total = found.count[order, g]
        if total == 0:
            found.children[order, g] = 0
            if branching:
                found.right[order, g] = 0.0
                found.left[order, g] = 0.0
            continue
        high = low + total
        kept, dropped = _next_symbols(arena.windows, top, low, high, min_count, scratch)
        if branching:
            found.right[order, g] = _right_entropy(total, kept, dropped, scratch, min_count, row)
        for k in range(dropped):
            histogram[met[met.size - 1 - k]] = -1
        if not last_order and kept > 0:
            _sort_symbols(met, kept, scratch.marks)
            child = found.used[order + 1]
            for k in range(kept):
                found.symbol[order + 1, child + k] = met[k]
                found.count[order + 1, child + k] = histogram[met[k]]
            found.used[order + 1] = child + kept
            write = _split_group(arena, top, low, high, write, kept, scratch)
        found.children[order, g] = 0 if last_order else kept
        for k in range(kept):
            histogram[met[k]] = 0
        for k in range(dropped):
            histogram[met[met.size - 1 - k]] = 0
        if branching:
            found.left[order, g] = _left_entropy(ids, arena.positions, low, high, scratch, min_count, row)
        low = high


@kernel
def split_buckets(
    ids: Symbols, bits: int, min_count: int, bucket: int, starts: Offsets, arena: Arena, scratch: Scratch, found: Found
) -> int:
    """Count every n-gram of the buckets from number `bucket` on, while `found` has room for the next bucket.

    ids        (n,)  the encoded corpus
    bits       width of a packed symbol
    min_count  n-grams of two symbols or more seen fewer times are dropped
    starts     (b + 1,) int64: where each bucket begins in the arena

    Returns the first bucket not counted; it equals b when all are.
    """
    order = found.used.size - 1
    lanes = 64 // bits
    levels = order if found.right.shape[1] > 0 else order - 1
    while bucket < starts.size - 1:
        low = starts[bucket]
        size = starts[bucket + 1] - low
        for o in range(2, order + 1):
            if found.used[o] + size // min_count > found.symbol.shape[1]:
                return bucket
        half = arena
        first = bucket
        last = bucket + 1
        for o in range(1, levels + 1):
            if o > 1 and (o - 1) % lanes == 0:
                high = low
                for g in range(first, last):
                    high += found.count[o, g]
                _refill(ids, bits, o, half.windows, half.positions, low, high)
            start = found.used[o + 1] if o < order else 0
            _split_order(ids, half, o, (first, last), low, (bits, min_count, bucket), scratch, found)
            first = start
            last = found.used[o + 1] if o < order else 0
            half = Arena(half.other_windows, half.other_positions, half.windows, half.positions)
        bucket += 1
    return bucket
