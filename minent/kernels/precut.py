"""BytePiece: text cut by a model of byte n-grams, pieces counted, pieces split into others.

Sums are of float64, in its order, so that ties come out as there.

Text is symbols, uint16: each byte + 1, 0 at the borders of blocks.
"""

from typing import NamedTuple

import numpy as np

from minent.kernels._jit import kernel
from minent.types import Bytes, Counts, Flags, Keys, Nats, Nodes, Offsets, Symbols


class Model(NamedTuple):
    """N-grams as a trie in breadth-first order, see `minent.ngrams`; node s of order 1 is symbol s."""

    first_child: Offsets  # (m + 1,) int32 or int64
    symbol: Symbols  # (n,) uint16: last symbol of each n-gram
    score: Nats  # (n,) float64: ln p of the last symbol, given the others


class Path(NamedTuple):
    """Room for the longest block, n symbols, and n-grams of `order` symbols."""

    score: Nats  # (2, order) float64: of the best way to each state, at this place and the one before
    back: Bytes  # (n, order) uint8: the state before
    node: Nodes  # (2, order + 1) int32: n-gram of each length that ends here, and at the place before; -1 = none


class Table(NamedTuple):
    """Different pieces, in the order of their appearance."""

    slot: Nodes  # (2^k,) int32: number of the piece with this hash, or with one that led here; -1 = free
    hash: Keys  # (p,) uint64
    offset: Offsets  # (p + 1,) int64: piece i is letters[offset[i]:offset[i + 1]]
    count: Counts  # (p,) int64
    letters: Symbols  # (u,) uint16


@kernel
def _child(model: Model, node: int, symbol: int) -> int:
    """The n-gram that is longer by one symbol, -1 if there is none."""
    if node < 0 or node >= model.first_child.size - 1:
        return -1
    low, high = model.first_child[node], model.first_child[node + 1]
    end = high
    while low < high:
        middle = (low + high) >> 1
        if model.symbol[middle] < symbol:
            low = middle + 1
        else:
            high = middle
    return low if low < end and model.symbol[low] == symbol else -1


@kernel
def _step(symbol: int, at: int, unicode: bool, model: Model, path: Path) -> None:
    """Go on to the symbol at a place in a block."""
    order = path.score.shape[1]
    here, before = at & 1, 1 - (at & 1)
    path.node[before, 0] = 0
    for state in range(order):
        node = _child(model, path.node[before, state], symbol) if state <= at else -1
        path.node[here, state + 1] = node
        score = model.score[node] if node >= 0 else -np.inf
        if state == 0 and unicode and symbol > 0x80 and symbol <= 0xC0:
            score = -np.inf
        best = -np.inf
        back = 0
        if at == 0:
            best = score
        elif state == 0:
            for other in range(order):
                if path.score[before, other] + score > best:
                    best = path.score[before, other] + score
                    back = other
        else:
            for other in range(state - 1, order if state == order - 1 else state):
                if path.score[before, other] + score > best:
                    best = path.score[before, other] + score
                    back = other
        path.score[here, state] = best
        path.back[at, state] = back


@kernel
def cut_by_model(
    symbols: Symbols, span: tuple[int, int], unicode: bool, model: Model, path: Path, begins: Flags
) -> None:
    """Cut every block where the n-gram model says it is best.

    symbols  (n,)  uint16, 0 = border
    span     only symbols[first:last] are read; both must be ends of blocks
    unicode  whether no piece begins within a character
    begins   (n,)  bool out: where a piece begins; borders are left alone

    A state is how many symbols of its piece a symbol can see before itself, at most order - 1.  Ties: the lowest state
    before.  A block that no path leads through is cut into bytes from there on.  Source: Su Jianlin (2021, 2023),
    kexue.fm/archives/3956 and 9752.
    """
    order = path.score.shape[1]
    low, last = span
    while low < last:
        if symbols[low] == 0:
            low += 1
            continue
        n = 0
        while low + n < last and symbols[low + n] != 0:
            _step(np.int64(symbols[low + n]), n, unicode, model, path)
            n += 1
        state = 0
        end = (n - 1) & 1
        for other in range(1, order):
            if path.score[end, other] > path.score[end, state]:
                state = other
        for at in range(n - 1, -1, -1):
            begins[low + at] = state == 0
            state = np.int64(path.back[at, state])
        low += n


@kernel
def _find(symbols: Symbols, low: int, high: int, table: Table) -> tuple[int, int, int]:
    """The slot of a piece, its number or -1, and its hash."""
    mixed = np.uint64(0xCBF29CE484222325)
    for i in range(low, high):
        mixed = (mixed ^ np.uint64(symbols[i])) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(29)
    mask = table.slot.size - 1
    slot = np.int64(mixed >> np.uint64(8)) & mask
    while True:
        number = table.slot[slot]
        if number < 0:
            return slot, -1, mixed
        start = table.offset[number]
        if table.hash[number] == mixed and table.offset[number + 1] - start == high - low:
            same = True
            for i in range(high - low):
                if table.letters[start + i] != symbols[low + i]:
                    same = False
                    break
            if same:
                return slot, np.int64(number), mixed
        slot = (slot + 1) & mask


@kernel
def count_cut(symbols: Symbols, begins: Flags, low: int, last: int, table: Table, size: int) -> tuple[int, int]:
    """Count the pieces of a text that has been cut, as long as there is room.

    symbols  (n,)  uint16, 0 = border
    begins   (n,)  bool: where a piece begins
    low      where to begin
    last     where to end; an end of a block
    table    out
    size     pieces in it

    Returns where to go on, and the pieces in the table.
    """
    while low < last:
        if symbols[low] == 0:
            low += 1
            continue
        high = low + 1
        while high < last and symbols[high] != 0 and not begins[high]:
            high += 1
        slot, number, mixed = _find(symbols, low, high, table)
        if number < 0:
            end = table.offset[size] + high - low
            if size + 1 >= table.count.size or end > table.letters.size or 2 * size > table.slot.size:
                return low, size
            number = size
            for i in range(high - low):
                table.letters[table.offset[size] + i] = symbols[low + i]
            table.slot[slot] = number
            table.hash[number] = mixed
            table.count[number] = 0
            size += 1
            table.offset[size] = end
        table.count[number] += 1
        low = high
    return low, size


@kernel
def fill_slots(hashes: Keys, slot: Nodes) -> None:
    """Enter pieces into a larger table.

    hashes  (p,)    uint64
    slot    (2^k,)  int32 out, all -1; more than p
    """
    mask = slot.size - 1
    for number in range(hashes.size):
        at = np.int64(hashes[number] >> np.uint64(8)) & mask
        while slot[at] >= 0:
            at = (at + 1) & mask
        slot[at] = number


@kernel
def split_pieces(
    letters: Symbols, offsets: Offsets, weights: Counts, link: Keys, number: Nodes, score: Nats, counts: Counts
) -> None:
    """Cut pieces into those of highest total score.

    letters  (u,)      uint16: the pieces to be cut one after the other, each byte + 1
    offsets  (p + 1,)  int64: piece i is letters[offsets[i]:offsets[i + 1]]
    weights  (p,)      int64: how often each occurs
    link     (m,)      uint64: double array of the pieces to cut into, see `kernels.pieces.Trie`
    number   (m,)      int32: the piece that ends at each slot, -1 = none
    score    (k,)      float64: ln p of each
    counts   (k,)      int64 out: += the weights of what has the piece in it, each time

    Ties: the longest last piece.  Every byte must be a piece.
    """
    longest = 0
    for p in range(weights.size):
        longest = max(longest, offsets[p + 1] - offsets[p])
    best, last, start = np.empty(longest + 1), np.empty(longest + 1, np.int32), np.empty(longest + 1, np.int64)
    root = np.int64(link[0] >> np.uint64(32))
    for p in range(weights.size):
        low = offsets[p]
        n = offsets[p + 1] - low
        best[0] = 0.0
        for i in range(1, n + 1):
            best[i] = -np.inf
        for i in range(n):
            parent = np.int64(0)
            slot = root + np.int64(letters[low + i])
            j = i
            while np.int64(link[slot] & np.uint64(0xFFFFFFFF)) == parent:
                j += 1
                if number[slot] >= 0 and best[i] + score[number[slot]] > best[j]:
                    best[j] = best[i] + score[number[slot]]
                    last[j] = number[slot]
                    start[j] = i
                if j == n:
                    break
                parent = slot
                slot = np.int64(link[slot] >> np.uint64(32)) + np.int64(letters[low + j])
        while n > 0:
            counts[last[n]] += weights[p]
            n = start[n]
