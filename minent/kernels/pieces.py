"""Pieces of text: a trie of them, the cheapest cut of a text into them, and what a text would cost without each.

A text is symbols, uint16: bytes and characters by number, 0 at the borders no piece may cross.  Prices are whole
numbers, so that sums are exact; a piece is a uint64 `price << 32 | (255 - symbols) << 24 | number`.  Of two cuts of one
price the least such value wins: that with the longer last piece.  Price of a block: below 2^30.
"""

from typing import NamedTuple

import numpy as np

from minent.kernels._jit import kernel
from minent.types import Counts, Keys, Nodes, Offsets, Symbols


class Trie(NamedTuple):
    """A double array: the child of a node by symbol s is at slot (link >> 32) + s, if the link there names the node."""

    nodes: Keys  # (m, 2) uint64: link: where the children are << 32 | slot of the parent, 0xFFFFFFFF = free; the root
    #                             is slot 0; and the piece that ends here, 2^62 = none does
    spelled: Keys  # (k,) uint64: each symbol as the pieces it falls back on; 2^62 = on none


class Lattice(NamedTuple):
    """Room for one block and all pieces found in it."""

    ahead: Keys  # (n + 1,) uint64: price of the cheapest cut up to here, and its last piece
    behind: Keys  # (n + 1,) uint64: price of the cheapest cut from here on
    other: (
        Keys  # (n + 1,) uint64: price of the cheapest cut of the block without the piece of the best that begins here
    )
    next: Nodes  # (n + 2,) int32: where the next piece of the best cut begins, from here on; n = none does
    first: Nodes  # (n + 1,) int32: which of the pieces found is the first that begins here
    piece: Keys  # (e,) uint64: pieces found, by where they begin, then by length


@kernel
def _room_for(symbols: Nodes, n: int, taken: Symbols, cursor: Nodes) -> int:
    """Find where `n` children fit, ascending symbols.  Returns what is to be added to a symbol."""
    free, crowded, top = cursor[0], cursor[1], cursor[2]
    while taken[free]:
        free += 1
    cursor[0] = free
    least = symbols[0]
    slot = free if n == 1 else max(free, crowded)
    tries = 0
    while True:
        while taken[slot]:
            slot += 1
        fits = True
        for k in range(1, n):
            if taken[slot + symbols[k] - least]:
                fits = False
                break
        if fits:
            return slot - least
        tries += 1
        slot += 1
        if tries == 500:
            cursor[1] = slot
            slot = max(slot, top + 1)


@kernel
def _children(letters: Symbols, offsets: Offsets, node: tuple[int, int, int], symbols: Nodes, starts: Nodes) -> int:
    """Find the symbols that the pieces below a node go on with, and where each begins.  Returns how many."""
    first, last, depth = node
    n = 0
    before = -1
    for piece in range(first, last):
        symbol = np.int32(letters[offsets[piece] + depth])
        if symbol != before:
            symbols[n] = symbol
            starts[n] = piece
            n += 1
            before = symbol
    starts[n] = last
    return n


@kernel
def place_nodes(
    letters: Symbols, offsets: Offsets, weights: Counts, alphabet: int, link: Keys, number: Nodes, nodes: Nodes
) -> int:
    """Build the double array of pieces, what is often passed close together.

    letters   (u,)      uint16: the pieces one after the other, sorted by their symbols, all different
    offsets   (p + 1,)  int64: piece i is letters[offsets[i]:offsets[i + 1]], at least one symbol
    weights   (p + 1,)  int64: how often the pieces before piece i occur
    alphabet  one more than the largest symbol
    link      (m,)      uint64 out, all 0xFFFFFFFF; see `Trie`
    number    (m,)      int32 out, all -1: the piece that ends at each slot
    nodes     (4, s)    int32: room for nodes under way: first piece, last piece + 1, depth, slot

    Returns the largest slot in use, -1 if there is too little room.
    """
    cursor = np.array([alphabet, alphabet, alphabet], np.int32)
    symbols, starts = np.empty(alphabet, np.int32), np.empty(alphabet + 1, np.int32)
    taken = np.zeros(link.size + alphabet, np.uint8)
    nodes[0, 0], nodes[1, 0], nodes[2, 0], nodes[3, 0] = 0, offsets.size - 1, 0, 0
    waiting, later = 1, nodes.shape[1]
    least = weights[offsets.size - 1] >> 10
    while waiting:
        waiting -= 1
        first, last, depth, slot = nodes[0, waiting], nodes[1, waiting], nodes[2, waiting], nodes[3, waiting]
        if weights[last] - weights[first] < least:
            later -= 1
            nodes[0, later], nodes[1, later], nodes[2, later], nodes[3, later] = first, last, depth, slot
        else:
            if offsets[first + 1] - offsets[first] == depth:
                number[slot] = first
                first += 1
            n = _children(letters, offsets, (first, last, depth), symbols, starts)
            if n:
                base = _room_for(symbols, n, taken, cursor)
                if base + alphabet > link.size or waiting + n > later:
                    return -1
                link[slot] = (link[slot] & np.uint64(0xFFFFFFFF)) | (np.uint64(base) << np.uint64(32))
                cursor[2] = max(cursor[2], base + symbols[n - 1])
            for k in range(n - 1, -1, -1):
                child = base + symbols[k]
                taken[child] = 1
                link[child] = np.uint64(slot)
                nodes[0, waiting], nodes[1, waiting] = starts[k], starts[k + 1]
                nodes[2, waiting], nodes[3, waiting] = depth + 1, child
                waiting += 1
        if waiting == 0:
            least >>= 3
            while later < nodes.shape[1]:
                for k in range(4):
                    nodes[k, waiting] = nodes[k, later]
                waiting += 1
                later += 1
    return np.int64(cursor[2])


@kernel
def _cut_block(symbols: Symbols, low: int, n: int, trie: Trie, ahead: Keys) -> None:
    """Find the cheapest cut of symbols[low : low + n] up to each position."""
    root = np.int64(trie.nodes[0, 0] >> np.uint64(32))
    ahead[0] = np.uint64(0)
    for i in range(1, n + 1):
        ahead[i] = np.uint64(0xFFFFFFFFFFFFFFFF)
    for i in range(n):
        here = ahead[i] & np.uint64(0xFFFFFFFF00000000)
        symbol = np.int64(symbols[low + i])
        ahead[i + 1] = min(ahead[i + 1], here + trie.spelled[symbol])
        parent = np.int64(0)
        slot = root + symbol
        link = trie.nodes[slot, 0]
        j = i
        while np.int64(link & np.uint64(0xFFFFFFFF)) == parent:
            j += 1
            ahead[j] = min(ahead[j], here + trie.nodes[slot, 1])
            if j == n:
                break
            parent = slot
            slot = np.int64(link >> np.uint64(32)) + np.int64(symbols[low + j])
            link = trie.nodes[slot, 0]


@kernel
def cut_pieces(
    symbols: Symbols, span: tuple[int, int], trie: Trie, ahead: Keys, numbers: Nodes, counts: Counts
) -> tuple[int, int]:
    """Cut every block into the pieces of least total price, and count them.

    symbols  (n,)  uint16, 0 = border
    span     only symbols[first:last] are read; both must be ends of blocks
    ahead    (b + 1,) uint64: room for the longest block
    numbers  (t,)  int32 out: the pieces, in order, and -1 behind each block; an empty array: not wanted
    counts   (p,)  int64 out: += 1 for each piece

    Returns how many numbers were written, and the sum of the prices.  Source: Viterbi (1967).
    """
    low, last = span
    written = 0
    price = np.uint64(0)
    while low < last:
        if symbols[low] == 0:
            low += 1
            continue
        high = low + 1
        while high < last and symbols[high] != 0:
            high += 1
        _cut_block(symbols, low, high - low, trie, ahead)
        price += ahead[high - low] >> np.uint64(32)
        begin = written
        at = high - low
        while at > 0:
            piece = np.int64(ahead[at] & np.uint64(0xFFFFFFFF))
            number = piece & 0xFFFFFF
            counts[number] += 1
            if numbers.size:
                numbers[written] = number
                written += 1
            at -= 255 - (piece >> 24)
        if numbers.size:
            end = written - 1
            while begin < end:
                other = numbers[begin]
                numbers[begin] = numbers[end]
                numbers[end] = other
                begin += 1
                end -= 1
            numbers[written] = -1
            written += 1
        low = high
    return written, np.int64(price)


@kernel
def _enter(begin: int, end: int, piece: int, lattice: Lattice, size: int) -> int:
    """Note a piece, if it is one, and how the cheapest cut that ends in it compares.  Returns how many are noted."""
    here = lattice.ahead[begin] & np.uint64(0xFFFFFFFF00000000)
    lattice.ahead[end] = min(lattice.ahead[end], here + piece)
    lattice.piece[size] = piece
    return size + np.int64(piece < np.uint64(0x4000000000000000))


@kernel
def _find_pieces(symbols: Symbols, low: int, n: int, trie: Trie, lattice: Lattice) -> None:
    """Find all pieces in a block, and the cheapest cut up to each position."""
    root = np.int64(trie.nodes[0, 0] >> np.uint64(32))
    lattice.ahead[0] = np.uint64(0)
    for i in range(1, n + 1):
        lattice.ahead[i] = np.uint64(0xFFFFFFFFFFFFFFFF)
    size = 0
    for i in range(n):
        lattice.first[i] = size
        symbol = np.int64(symbols[low + i])
        size = _enter(i, i + 1, trie.spelled[symbol], lattice, size)
        parent = np.int64(0)
        slot = root + symbol
        link = trie.nodes[slot, 0]
        j = i
        while np.int64(link & np.uint64(0xFFFFFFFF)) == parent:
            j += 1
            size = _enter(i, j, trie.nodes[slot, 1], lattice, size)
            if j == n:
                break
            parent = slot
            slot = np.int64(link >> np.uint64(32)) + np.int64(symbols[low + j])
            link = trie.nodes[slot, 0]
    lattice.first[n] = size


@kernel
def _length(piece: int) -> int:
    """The symbols of a piece."""
    return 255 - np.int64((piece >> np.uint64(24)) & np.uint64(0xFF))


@kernel
def _price_rest(n: int, lattice: Lattice) -> None:
    """Find the cheapest cut of a block from each position on, and where the pieces of its best cut begin."""
    mask = np.uint64(0xFFFFFFFF00000000)
    lattice.behind[n] = np.uint64(0)
    for i in range(n - 1, -1, -1):
        least = np.uint64(0x4000000000000000)
        for e in range(lattice.first[i], lattice.first[i + 1]):
            piece = lattice.piece[e]
            least = min(least, (piece & mask) + lattice.behind[i + _length(piece)])
        lattice.behind[i] = least
        lattice.other[i] = np.uint64(0x4000000000000000)
    at = n
    lattice.next[n + 1] = n
    while at > 0:
        begin = at - _length(lattice.ahead[at])
        for i in range(begin + 1, at + 1):
            lattice.next[i] = at
        at = begin
    lattice.next[0] = 0


@kernel
def _price_others(n: int, lattice: Lattice) -> None:
    """Find the cheapest cut of a block without each piece of its best cut.

    A cut without that piece covers its first symbol by another one, and any cut that does so is without it.
    """
    mask = np.uint64(0xFFFFFFFF00000000)
    for i in range(n):
        here = lattice.ahead[i] & mask
        best = np.uint64(0)
        if lattice.next[i] == i:
            best = lattice.ahead[lattice.next[i + 1]] & ~mask
        for e in range(lattice.first[i + 1] - 1, lattice.first[i] - 1, -1):
            piece = lattice.piece[e]
            end = i + _length(piece)
            begin = lattice.next[i]
            if begin >= end:
                break
            if piece & ~mask == best:
                begin = lattice.next[i + 1]
            through = here + (piece & mask) + lattice.behind[end]
            while begin < end:
                lattice.other[begin] = min(lattice.other[begin], through)
                begin = lattice.next[begin + 1]


@kernel
def _add_savings(n: int, lattice: Lattice, counts: Counts, here: Counts, touched: Nodes, size: int) -> int:
    """Count the pieces of the best cut of a block; what each saves goes to `here`.  Returns the size of `touched`."""
    price = lattice.ahead[n] & np.uint64(0xFFFFFFFF00000000)
    at = n
    while at > 0:
        piece = np.int64(lattice.ahead[at] & np.uint64(0xFFFFFFFF))
        number = piece & 0xFFFFFF
        counts[number] += 1
        at -= 255 - (piece >> 24)
        other = lattice.other[at]
        if other < np.uint64(0x4000000000000000):
            if here[number] == 0:
                touched[size] = number
                size += 1
            here[number] += np.int64((other - price) >> np.uint64(32)) + 1
    return size


@kernel
def price_pieces(
    symbols: Symbols, span: tuple[int, int], trie: Trie, lattice: Lattice, most: int, here: Counts, found: Counts
) -> None:
    """Cut the blocks of one stretch of text as `cut_pieces` does, and find what each piece saves there.

    What an occurrence saves is how much more the cheapest cut of its block costs without it.

    symbols  (n,)    uint16, 0 = border
    span     only symbols[first:last] are read; both must be ends of blocks
    lattice  room for the longest block
    most     a piece is credited with no more than this for the whole stretch
    here     (p,)    int64: room, all 0, and so it is left
    found    (2, p)  int64 out: += 1 for each piece, += what it saves
    """
    touched = np.empty(here.size, np.int32)
    size = 0
    low, last = span
    while low < last:
        if symbols[low] == 0:
            low += 1
            continue
        high = low + 1
        while high < last and symbols[high] != 0:
            high += 1
        n = high - low
        _find_pieces(symbols, low, n, trie, lattice)
        _price_rest(n, lattice)
        _price_others(n, lattice)
        size = _add_savings(n, lattice, found[0], here, touched, size)
        low = high
    for t in range(size):
        number = touched[t]
        found[1, number] += min(here[number], most)
        here[number] = 0


@kernel
def pair_pieces(numbers: Nodes, size: int, width: Nodes, longest: int, pairs: Keys) -> int:
    """List the neighbours that can be one piece.

    numbers  (>= size,) int32: pieces as `cut_pieces` writes them, below 2^20
    width    (p,)  int32: bytes of each piece; 0 for one that is never part of another
    longest  bytes a piece may have
    pairs    (>= size,) uint64 out: number << 44 | number of the next << 24 | 1

    Returns how many there are.
    """
    written = 0
    for i in range(1, size):
        left, right = numbers[i - 1], numbers[i]
        if left < 0 or right < 0:
            continue
        first, second = width[left], width[right]
        pairs[written] = (np.uint64(left) << np.uint64(44)) | (np.uint64(right) << np.uint64(24)) | np.uint64(1)
        written += np.int64(first > 0) & np.int64(second > 0) & np.int64(first + second <= longest)
    return written


@kernel
def sort_pairs(pairs: Keys, room: Keys) -> None:
    """Sort pairs, ten bits at a time from the lowest; equal ones stay in their order.

    pairs  (n,)  uint64: pair << 24 | count, changed in place
    room   (n,)  uint64
    """
    ends = np.zeros((4, 1024), np.int64)
    for i in range(pairs.size):
        for digit in range(4):
            ends[digit, np.int64((pairs[i] >> np.uint64(24 + 10 * digit)) & np.uint64(1023))] += 1
    for digit in range(4):
        total = 0
        for value in range(1024):
            count = ends[digit, value]
            ends[digit, value] = total
            total += count
        shift = np.uint64(24 + 10 * digit)
        source, target = (pairs, room) if digit % 2 == 0 else (room, pairs)
        for i in range(pairs.size):
            value = np.int64((source[i] >> shift) & np.uint64(1023))
            target[ends[digit, value]] = source[i]
            ends[digit, value] += 1


@kernel
def add_pairs(pairs: Keys) -> int:
    """Bring equal pairs together.

    pairs  (n,)  uint64, sorted: pair << 24 | its count; changed in place: the different ones and the sums of their
           counts, at most 2^24 - 1

    Returns how many different ones there are.
    """
    most = np.uint64(0xFFFFFF)
    written = -1
    for i in range(pairs.size):
        if written >= 0 and pairs[i] >> np.uint64(24) == pairs[written] >> np.uint64(24):
            total = (pairs[written] & most) + (pairs[i] & most)
            pairs[written] = (pairs[written] & ~most) | min(total, most)
        else:
            written += 1
            pairs[written] = pairs[i]
    return written + 1


@kernel
def join_pieces(letters: Symbols, offsets: Offsets, pairs: Keys, joined: Symbols, ends: Offsets) -> None:
    """Write the pieces of each pair one behind the other.

    letters  (u,)      uint16: the pieces one after the other
    offsets  (p + 1,)  int64: piece i is letters[offsets[i]:offsets[i + 1]]
    pairs    (n,)      uint64: number << 44 | number << 24, what is below does not count
    joined   (v,)      uint16 out: the new pieces one after the other
    ends     (n + 1,)  int64 out: their offsets
    """
    at = 0
    ends[0] = 0
    for pair in range(pairs.size):
        for shift in (44, 24):
            piece = np.int64((pairs[pair] >> np.uint64(shift)) & np.uint64(0xFFFFF))
            for i in range(offsets[piece], offsets[piece + 1]):
                joined[at] = letters[i]
                at += 1
        ends[pair + 1] = at
