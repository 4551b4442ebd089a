"""Positions into buckets: each position of a corpus goes to the bucket of the symbols its n-grams begin with, with a
window of those that follow.

A window packs them into one number, the next symbol in the highest bits, zeros after a block border, so that sorting
the windows of a bucket sorts its n-grams.
"""

import numpy as np

from minent.kernels._jit import kernel
from minent.types import Counts, Keys, Nodes, Symbols


@kernel
def count_symbols(ids: Symbols, counts: Counts, blocks: Counts, run: int) -> int:
    """Count the symbols, and the blocks by their length.

    ids     (n,)  uint16 or uint32, 0 = block border
    counts  (k,)  int64 out: += occurrences of each id
    blocks  (2, order + 1) int64 out: += how many blocks of so many symbols end here, and how many symbols they have;
            the last entry is for `order` and more
    run     symbols since the last border before `ids`

    Returns the symbols since the last border.
    """
    longest = blocks.shape[1] - 1
    for i in range(ids.size):
        symbol = ids[i]
        counts[symbol] += 1
        if symbol == 0:
            length = min(run, longest)
            blocks[0, length] += 1
            blocks[1, length] += run
            run = 0
        else:
            run += 1
    return run


@kernel
def count_pairs(ids: Symbols, closing: int, pairs: Counts, blocks: Counts, before: int, run: int) -> tuple[int, int]:
    """Count the pairs of neighbours, and the blocks by their length.

    ids     (n,)      uint8, 0 = block border
    closing the symbol behind which there is a border that is not written down
    pairs   (65536,)  int64 out: += occurrences of each pair, 256 first + second, where a border counts as a symbol
    blocks  (2, order + 1) int64 out: += how many blocks of so many symbols end here, and how many symbols they have;
            the last entry is for `order` and more
    before  the symbol before `ids`
    run     symbols since the last border before `ids`

    Returns the last symbol, 0 if a border follows, and the symbols since the last border.
    """
    longest = blocks.shape[1] - 1
    for i in range(ids.size):
        symbol = np.int64(ids[i])
        pairs[before << 8 | symbol] += 1
        before = symbol
        run += 1
        if symbol == closing or symbol == 0:
            if symbol == 0:
                run -= 1
            else:
                pairs[symbol << 8] += 1
            length = min(run, longest)
            blocks[0, length] += 1
            blocks[1, length] += run
            run = 0
            before = np.int64(0)
    return before, run


@kernel
def _pushed(window: int, symbol: int, top: int, width: int) -> int:
    """The window of the position before that of a symbol; nothing is seen across a border."""
    return np.uint64(0) if symbol == 0 else (np.uint64(symbol) << top) | (window >> width)


@kernel
def scatter_symbols(
    ids: Symbols, size: int, packing: tuple[int, int], span: tuple[int, int], cursor: Nodes, windows: Keys
) -> None:
    """Put every position whose symbol lies in a range into the bucket of that symbol.

    ids      (n,)  uint16 or uint32, 0 = block border
    size     positions; the ids behind them only follow
    packing  bits of a symbol in a window, symbols in a window
    span     first symbol with a bucket, first symbol behind these
    cursor   (k,)  int32: END of the bucket of each symbol, moved down to its start; for the border and for symbols
             outside the range an entry of `windows` that nobody reads
    windows  (m,)  uint32 or uint64 out
    """
    bits, lanes = packing
    first, last = span
    width = np.uint64(bits)
    top = np.uint64(bits * (lanes - 1))
    count = np.uint64(last - first)
    window = np.uint64(0)
    for i in range(ids.size - 1, size - 1, -1):
        window = _pushed(window, np.int64(ids[i]), top, width)
    for i in range(size - 1, -1, -1):
        symbol = np.int64(ids[i])
        # No branch on whether the symbol has a bucket: that cannot be predicted.
        slot = cursor[symbol] - np.int32(np.uint64(symbol - first) < count)
        cursor[symbol] = slot
        windows[slot] = window
        window = _pushed(window, symbol, top, width)


@kernel
def scatter_pairs(ids: Symbols, size: int, packing: tuple[int, int, int], cursor: Nodes, windows: Keys) -> None:
    """Put every position into the bucket of its pair of symbols, 256 first + second, if that has one.

    ids      (n,)  uint8, 0 = block border
    size     positions; the ids behind them only follow
    packing  bits of a symbol in a window; symbols in a window; the symbol behind which there is a border that is not
             written down, 0 = none
    cursor   (65536,) int32: END of the bucket of each pair, moved down to its start; 0 for a pair without a bucket
    windows  (m,)  uint32 or uint64 out
    """
    bits, lanes, closing = packing
    width = np.uint64(bits)
    top = np.uint64(bits * (lanes - 1))
    window = np.uint64(0)
    following = np.int64(0)
    for i in range(ids.size - 1, -1, -1):
        symbol = np.int64(ids[i])
        if symbol == closing:
            following = np.int64(0)
            window = np.uint64(0)
        pair = symbol << 8 | following
        slot = cursor[pair] - 1
        # A branch: where the places of bytes in characters decide who has a bucket, their rhythm makes it predictable.
        if slot >= 0 and i < size:
            cursor[pair] = slot
            windows[slot] = window
        # The second symbol of one position is the first in the window of the next.
        window = (np.uint64(following) << top) | (window >> width)
        following = symbol
        if symbol == 0:
            window = np.uint64(0)


@kernel
def _matches(symbol: int, window: int, wanted: tuple[int, int, int, int]) -> bool:
    """Whether the n-gram of a symbol and the window behind it begins with a prefix, see `count_after`."""
    first, others, rest, bits = wanted
    # Two shifts: by 64 bits at once nothing can be shifted.
    return symbol == first and (window >> np.uint64(rest)) >> np.uint64(bits) == np.uint64(others)


@kernel
def count_after(
    ids: Symbols, size: int, packing: tuple[int, int, int], prefix: tuple[int, int, int], counts: Counts
) -> None:
    """Count the symbols that follow one n-gram.

    ids      (n,)  uint8, uint16 or uint32, 0 = block border
    size     positions; the ids behind them only follow
    packing  as for `scatter_pairs`; a window must have room for a symbol behind the prefix
    prefix   first symbol of the n-gram; the others, packed; bits of a window behind the symbol that follows it
    counts   (k,)  int64 out: += occurrences; a border counts as a symbol
    """
    bits, lanes, closing = packing
    first, others, rest = prefix
    width = np.uint64(bits)
    top = np.uint64(bits * (lanes - 1))
    mask = (np.uint64(1) << width) - np.uint64(1)
    window = np.uint64(0)
    for i in range(ids.size - 1, -1, -1):
        symbol = np.int64(ids[i])
        if symbol == closing:
            window = np.uint64(0)
        if i < size and _matches(symbol, window, (first, others, rest, bits)):
            counts[np.int64((window >> np.uint64(rest)) & mask)] += 1
        window = _pushed(window, symbol, top, width)


@kernel
def scatter_after(
    ids: Symbols, size: int, packing: tuple[int, int, int], prefix: tuple[int, int, int], cursor: Nodes, windows: Keys
) -> None:
    """Put every position of one n-gram into the bucket of the symbol that follows it; the window is what follows that.

    cursor  (k,)  int32: END of the bucket of each symbol, moved down to its start; 0 for one without a bucket

    The other arguments are those of `count_after` and `scatter_symbols`.
    """
    bits, lanes, closing = packing
    first, others, rest = prefix
    width = np.uint64(bits)
    top = np.uint64(bits * (lanes - 1))
    mask = (np.uint64(1) << width) - np.uint64(1)
    window = np.uint64(0)
    for i in range(ids.size - 1, -1, -1):
        symbol = np.int64(ids[i])
        if symbol == closing:
            window = np.uint64(0)
        if i < size and _matches(symbol, window, (first, others, rest, bits)):
            following = np.int64((window >> np.uint64(rest)) & mask)
            slot = cursor[following] - 1
            if slot >= 0:
                cursor[following] = slot
                windows[slot] = window & ((np.uint64(1) << np.uint64(rest)) - np.uint64(1))
        window = _pushed(window, symbol, top, width)
