"""Exact n-gram counting: bucket by first symbol, then split each bucket symbol by symbol inside the cache.

One bucket holds every position that begins with one symbol.  Order by order each group of equal n-grams is split by the
next symbol with a counting sort, and groups below `min_count` are dropped at once, which is exact: no extension of
an n-gram is more frequent than the n-gram.  Each order comes out sorted, so the output is a trie in breadth-first
order, and the histogram that splits a group is also the distribution of its next symbol, from which its branching
entropy follows.
"""

from typing import NamedTuple

import numpy as np

from minent.kernels._jit import kernel
from minent.types import Keys, Nats, Nodes, Offsets, Symbols


class Arena(NamedTuple):
    """Where the buckets of one task lie: (m,) entries each, or (0,) in a column nobody needs.

    A window packs the symbols that follow, the next one in the highest bits, zeros after a block border.
    """

    windows: Keys
    positions: Symbols  # uint32 or int64: where the n-gram begins; needed once the windows are used up
    before: Symbols  # symbol before the n-gram; needed for its left branching entropy


class Scratch(NamedTuple):
    """Work space of one thread, for k symbols including the border; counts and marks are zero between calls."""

    histogram: Nodes  # (k,) int32, or int64 for an arena of 2^31 entries
    met: Nodes  # (2 k,) int32: symbols met in a group, kept ones from the left, dropped ones from the right
    marks: Keys  # (k // 64 + 1,) one bit a symbol
    c_log_c: Nats  # table of c ln c; the tables hold multiples of 2^-20, so that their sums are exact
    root: Nats  # table of sqrt c
    half: Nats  # table of sqrt c times half of ln c


class Found(NamedTuple):
    """The n-grams found, a row for each order; row 0 is unused, row 1 the caller fills with one entry a bucket."""

    symbol: Symbols  # (order + 1, r) last symbol
    times: Symbols  # (order + 1, r) how often it occurs: uint32, or int64 for an arena of 2^32 entries
    children: Nodes  # (order + 1, r) how many kept n-grams extend it by one symbol
    right: Nats  # (order + 1, r) float32: entropy of the next symbol, nats; (order + 1, 0) when not wanted
    left: Nats  # (order + 1, r) float32: entropy of the symbol before
    rest: Nats  # (order + 2, buckets, 6) see `_entropy`: three columns for what follows, three for what goes before
    used: Offsets  # (order + 1,)


@kernel
def scatter_windows(ids: Symbols, bits: int, cursor: Offsets, step: Offsets, arena: Arena) -> None:
    """Put every position into the bucket of its symbol, if that has one.

    ids     (n,)  uint16 or uint32
    bits    width of a packed symbol
    cursor  (k,)  int64: END of the bucket of each symbol, moved down to its start, so positions ascend in a bucket;
            for a symbol without a bucket, an entry of the arena that nobody reads
    step    (k,)  int64: 1 for a symbol with a bucket, 0 for one without
    """
    keep_positions = arena.positions.size > 0
    keep_before = arena.before.size > 0
    top = np.uint64(64 - bits)
    width = np.uint64(bits)
    window = np.uint64(0)
    for i in range(ids.size - 1, -1, -1):
        symbol = np.int64(ids[i])
        if symbol == 0:
            window = np.uint64(0)
            continue
        # No branch on whether the symbol has a bucket: that cannot be predicted.
        slot = cursor[symbol] - step[symbol]
        cursor[symbol] = slot
        arena.windows[slot] = window
        if keep_positions:
            arena.positions[slot] = i
        if keep_before:
            arena.before[slot] = ids[i - 1] if i > 0 else 0
        window = (np.uint64(symbol) << top) | (window >> width)


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
def _entropy(total: int, n_met: int, min_count: int, scratch: Scratch, row: Nats, column: int) -> float:
    """Entropy of the types met[:n_met], less the border, in `total` occurrences; the rare ones also enter `row`."""
    sum_c_log_c = 0.0
    sum_root = 0.0
    sum_half = 0.0
    sum_count = 0
    once = 0
    for k in range(n_met):
        symbol = scratch.met[k]
        count = np.int64(scratch.histogram[symbol])
        if symbol == 0:
            continue
        if count == 1:
            once += 1
            continue
        if count < scratch.c_log_c.size:
            sum_c_log_c += scratch.c_log_c[count]
        else:
            sum_c_log_c += np.rint(count * np.log(count) * 1048576.0) / 1048576.0
        if count < min_count:
            sum_root += scratch.root[count]
            sum_half += scratch.half[count]
            sum_count += count
    if min_count > 1:
        sum_root += once
        sum_count += once
    total_c_log_c = np.float64(total) * np.log(total) if total >= scratch.c_log_c.size else scratch.c_log_c[total]
    entropy = max(0.0, (total_c_log_c - sum_c_log_c) / total)
    # The types too rare to be kept, for the mean variation of branching entropy over ALL types: sqrt(c), sqrt(c) (h -
    # entropy), c.  Their own h is never measured; half of ln c is midway between one continuation and c different ones.
    row[column] += sum_root
    row[column + 1] += sum_half - sum_root * entropy
    row[column + 2] += sum_count
    return entropy


@kernel
def _left_entropy(before: Symbols, low: int, high: int, scratch: Scratch, min_count: int, row: Nats) -> float:
    """Entropy of the symbols before[low:high]; each border counts as a symbol of its own."""
    histogram = scratch.histogram
    met = scratch.met
    n_met = 0
    for i in range(low, high):
        symbol = before[i]
        count = histogram[symbol]
        met[n_met] = symbol
        n_met += np.int64(count == 0)  # no branch: which symbols are new cannot be predicted
        histogram[symbol] = count + 1
    entropy = _entropy(high - low, n_met, min_count, scratch, row, 3)
    for k in range(n_met):
        histogram[met[k]] = 0
    return entropy


@kernel
def _next_symbols(windows: Keys, top: int, low: int, high: int, scratch: Scratch) -> int:
    """Histogram the next symbols of windows[low:high].  Returns how many different ones stand in scratch.met."""
    histogram = scratch.histogram
    met = scratch.met
    n_met = 0
    for i in range(low, high):
        symbol = np.int64(windows[i] >> np.uint64(top))
        count = histogram[symbol]
        met[n_met] = symbol
        n_met += np.int64(count == 0)
        histogram[symbol] = count + 1
    return n_met


@kernel
def _part_rare(n_met: int, min_count: int, scratch: Scratch) -> int:
    """Leave the symbols with count >= min_count in met[:kept]; move the rest to the end, their counts negative."""
    histogram = scratch.histogram
    met = scratch.met
    kept = 0
    for k in range(n_met):
        symbol = met[k]
        if symbol != 0 and histogram[symbol] >= min_count:
            met[kept] = symbol
            kept += 1
        else:
            histogram[symbol] = -1
            met[met.size - 1 - (k - kept)] = symbol
    return kept


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
def _split_group(
    arena: Arena, other: Arena, top: int, low: int, high: int, write: int, kept: int, scratch: Scratch
) -> int:
    """Move the windows of the kept next symbols, one symbol on, into the other arena, sorted by that symbol.

    scratch.histogram holds the counts of met[:kept], sorted; every other count is negative.  Returns the end of
    what was written.
    """
    histogram = scratch.histogram
    keep_positions = arena.positions.size > 0
    keep_before = arena.before.size > 0
    step = np.uint64(64 - top)
    for k in range(kept):
        symbol = scratch.met[k]
        count = histogram[symbol]
        histogram[symbol] = write
        write += count
    for i in range(low, high):
        symbol = np.int64(arena.windows[i] >> np.uint64(top))
        slot = histogram[symbol]
        if slot >= 0:
            histogram[symbol] = slot + 1
            other.windows[slot] = arena.windows[i] << step
            if keep_positions:
                other.positions[slot] = arena.positions[i]
            if keep_before:
                other.before[slot] = arena.before[i]
    return write


@kernel
def _split_order(
    arenas: tuple[Arena, Arena],
    order: int,
    groups: tuple[int, int],
    low: int,
    setting: tuple[int, int, int],
    scratch: Scratch,
    found: Found,
) -> None:
    """Split the groups of one bucket that stand in row `order` of `found`, and enter their extensions in the next row.

    arenas   where the groups lie, one after the other from `low` on, and where their extensions go
    groups   the entries first .. last - 1 of that row
    setting  bits of a packed symbol, min_count, number of the bucket
    """
    arena, other = arenas
    bits, min_count, bucket = setting
    top = 64 - bits
    last_order = order == found.used.size - 1
    branching = found.right.shape[1] > 0
    # The longest n-grams need a place only if their own neighbours are to be looked at.
    move = branching or order < found.used.size - 2
    histogram = scratch.histogram
    met = scratch.met
    row = found.rest[order + 1, bucket]
    write = low
    for g in range(groups[0], groups[1]):
        total = np.int64(found.times[order, g])
        high = low + total
        n_met = _next_symbols(arena.windows, top, low, high, scratch)
        if branching:
            found.right[order, g] = _entropy(total, n_met, min_count, scratch, row, 0) if total > 0 else 0.0
        kept = _part_rare(n_met, min_count, scratch)
        if not last_order and kept > 0:
            _sort_symbols(met, kept, scratch.marks)
            child = found.used[order + 1]
            for k in range(kept):
                found.symbol[order + 1, child + k] = met[k]
                found.times[order + 1, child + k] = histogram[met[k]]
            found.used[order + 1] = child + kept
            if move:
                write = _split_group(arena, other, top, low, high, write, kept, scratch)
        found.children[order, g] = 0 if last_order else kept
        for k in range(kept):
            histogram[met[k]] = 0
        for k in range(n_met - kept):
            histogram[met[met.size - 1 - k]] = 0
        if branching:
            found.left[order, g] = _left_entropy(arena.before, low, high, scratch, min_count, row) if total > 0 else 0.0
        low = high


@kernel
def split_buckets(
    ids: Symbols,
    setting: tuple[int, int, int],
    starts: Offsets,
    arenas: tuple[Arena, Arena],
    scratch: Scratch,
    found: Found,
) -> int:
    """Count every n-gram of the buckets from one bucket on, while `found` has room for the next.

    ids      (n,)  the encoded corpus
    setting  bits of a packed symbol; min_count, below which n-grams of two symbols or more are dropped; first bucket
    starts   (b + 1,) int64: where each bucket begins in the first arena; the second is scratch

    Returns the first bucket not counted; it equals b when all are.
    """
    bits, min_count, bucket = setting
    order = found.used.size - 1
    lanes = 64 // bits
    levels = order if found.right.shape[1] > 0 else order - 1
    while bucket < starts.size - 1:
        size = starts[bucket + 1] - starts[bucket]
        for o in range(2, order + 1):
            if found.used[o] + size // min_count > found.symbol.shape[1]:
                return bucket
        here, there = arenas
        first = bucket
        last = bucket + 1
        for o in range(1, levels + 1):
            if o > 1 and (o - 1) % lanes == 0:
                high = starts[bucket]
                for g in range(first, last):
                    high += np.int64(found.times[o, g])
                _refill(ids, bits, o, here.windows, here.positions, starts[bucket], high)
            start = found.used[o + 1] if o < order else 0
            _split_order((here, there), o, (first, last), starts[bucket], (bits, min_count, bucket), scratch, found)
            first = start
            last = found.used[o + 1] if o < order else 0
            here, there = there, here
        bucket += 1
    return bucket
