"""A trie as an Aho-Corasick automaton in a double array, for `minent.kernels.tokens`."""

from typing import NamedTuple

import numpy as np

from minent.kernels._jit import kernel
from minent.types import Counts, Keys, Nodes, Offsets, Symbols


class Tree(NamedTuple):
    """A trie: node 0 is the root, all others stand behind their parents."""

    parent: Nodes  # (n,) int32; the root is its own
    unit: Nodes  # (n,) int32: unit on the edge into each node
    piece: Nodes  # (n,) int32: row of the piece that ends here, -1 = none
    depth: Nodes  # (n,) int32: units on the way from the root
    first: Nodes  # (n,) int32: first child, -1 = none
    following: Nodes  # (n,) int32: next child of the same parent, -1 = none


@kernel
def grow(units: Symbols, offsets: Offsets, rows: Nodes, n_units: int, tree: Tree) -> int:
    """Make a trie of words.

    units    (u,)      uint16: the words one after the other
    offsets  (w + 1,)  int64: word i is units[offsets[i]:offsets[i + 1]], at least one unit
    rows     (w,)      int32: row of the piece that each word is
    tree     out: nodes 1 .. n_units - 1 are the single units, the last one is the border, unit 0

    Returns the number of nodes.
    """
    tree.piece[:] = -1
    tree.first[:] = -1
    for node in range(n_units):
        tree.parent[node] = 0
        tree.unit[node] = node
        tree.depth[node] = min(node, 1)
    n = n_units
    bits = 1
    while (1 << bits) < units.size + 2:
        bits += 1
    edges = np.zeros(1 << bits, np.uint64)  # a hash table of edges: parent and unit, 0 = nothing
    child = np.empty(1 << bits, np.int32)
    low = np.uint64((1 << bits) - 1)
    for word in range(rows.size):
        node = np.int64(units[offsets[word]])
        for k in range(offsets[word] + 1, offsets[word + 1]):
            edge = (np.uint64(node) << np.uint64(16)) | np.uint64(units[k])
            at = (edge * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(64 - bits)
            while edges[at] != edge and edges[at] != np.uint64(0):
                at = (at + np.uint64(1)) & low
            if edges[at] == np.uint64(0):
                edges[at] = edge
                child[at] = n
                tree.parent[n] = node
                tree.unit[n] = units[k]
                tree.depth[n] = tree.depth[node] + 1
                n += 1
            node = np.int64(child[at])
        tree.piece[node] = rows[word]
    tree.parent[n] = 0
    tree.unit[n] = 0
    tree.depth[n] = 1
    for node in range(n, 0, -1):
        tree.following[node] = tree.first[tree.parent[node]]
        tree.first[tree.parent[node]] = node
    return n + 1


@kernel
def link(tree: Tree, order: Nodes, row: Nodes, node_at: Nodes, fail: Nodes, shorter: Nodes) -> None:
    """Find the longest proper ends of each node that are nodes too.

    order    (n - 1,) int32: all nodes but the root, none before a less deep one
    row      (n,) int32, node_at (s,) int32: from `place`
    fail     (n,) int32 out: the longest such node
    shorter  (n,) int32 out: the longest such node where a piece ends, 0 = none

    Source: Aho and Corasick (1975).
    """
    fail[0] = shorter[0] = 0
    for k in range(order.size):
        node = np.int64(order[k])
        found = np.int64(0)
        if tree.depth[node] > 1:
            unit = np.int64(tree.unit[node])
            back = np.int64(fail[tree.parent[node]])
            found = unit
            while back != 0:
                other = np.int64(node_at[row[back] + 1 + unit]) if tree.first[back] >= 0 else 0
                if tree.parent[other] == back:
                    found = other
                    break
                back = np.int64(fail[back])
        fail[node] = found
        shorter[node] = found
        if tree.piece[found] < 0:
            shorter[node] = shorter[found]


@kernel
def weigh(tree: Tree, counts: Counts, weight: Counts) -> None:
    """Add up how often the pieces at and below each node occur: what is used most is to lie together in memory.

    counts  (p,) int64
    weight  (n,) int64 out
    """
    weight[:] = 0
    for node in range(tree.parent.size - 1, 0, -1):
        if tree.piece[node] >= 0:
            weight[node] += counts[tree.piece[node]]
        weight[tree.parent[node]] += weight[node]


@kernel
def _free_from(free: Keys, at: int) -> np.uint64:
    """Which of the 64 slots from `at` on are free, the first one in the lowest bit."""
    shift = np.uint64(at & 63)
    later = free[(at >> 6) + 1] << np.uint64(1)
    return (free[at >> 6] >> shift) | (later << (np.uint64(63) - shift))


@kernel
def _take(free: Keys, at: int) -> None:
    """Mark a slot as taken."""
    free[at >> 6] &= ~(np.uint64(1) << np.uint64(at & 63))


@kernel
def place(tree: Tree, order: Nodes, n_units: int, free: Keys, row: Nodes, node_at: Nodes) -> int:
    """Put the children of each node into slots row + 1 + unit that nobody else has; slot `row` is the node's own.

    order    (k,) int32: the nodes with children, those first that are to lie in front, those with one child last
    free     (> s // 64 + 1,) uint64: a bit for each slot, all set; used up
    row      (n,) int32 out: row of each node in `order`
    node_at  (s,) int32, all 0; out: the node in each slot that is a child's

    Returns how many slots are used up to the last one, or -1 if there are too few.
    """
    top = np.int64(0)
    begin = np.int64(0)
    one = np.uint64(1)
    for k in range(order.size):
        node = order[k]
        first = np.int64(tree.first[node])
        if k > 0 and tree.following[first] < 0 and tree.following[tree.first[order[k - 1]]] >= 0:
            begin = np.int64(0)  # the single ones fill the holes
        chosen = begin
        fits = np.uint64(0)
        while True:  # 64 rows at a time
            if chosen + 64 + n_units >= node_at.size:
                return -1
            fits = free[chosen >> 6]
            child = first
            while child >= 0 and fits != 0:
                fits &= _free_from(free, chosen + 1 + np.int64(tree.unit[child]))
                child = np.int64(tree.following[child])
            if fits != 0:
                break
            chosen += 64
        if chosen > begin + 1024:
            begin += 64  # too full there
        while fits & one == 0:
            fits >>= one
            chosen += 1
        row[node] = chosen
        _take(free, chosen)
        child = first
        while child >= 0:
            at = chosen + 1 + np.int64(tree.unit[child])
            _take(free, at)
            node_at[at] = child
            top = max(top, at + 1)
            child = np.int64(tree.following[child])
    return top


@kernel
def fill(tree: Tree, order: Nodes, fail: Nodes, ends: Symbols, row: Nodes, slots: Keys) -> None:
    """Write the double array, see `minent.kernels.tokens.Machine`.

    order  as in `link`
    ends   (n,) uint32: from `list_records`
    row    (n,) int32: from `place`; out: where a node has no children, the row of the longest end of it that has some
    slots  (s,) uint64 out, all empty before
    """
    high = np.uint64(40)
    slots[row[0]] = (np.uint64(row[0]) << high) | np.uint64(0xFFFF)
    for k in range(order.size):
        node = order[k]
        back = np.uint64(row[fail[node]])
        if tree.first[node] >= 0:
            slots[row[node]] = (back << high) | np.uint64(0xFFFF)
        else:
            row[node] = np.int32(back)
    for k in range(order.size):
        node = order[k]
        at = row[tree.parent[node]] + 1 + tree.unit[node]
        slots[at] = (
            (np.uint64(row[node]) << high) | (np.uint64(ends[node]) << np.uint64(16)) | np.uint64(tree.unit[node])
        )


@kernel
def list_records(
    tree: Tree, order: Nodes, below: Nodes, cost: Keys, alone: Keys, ends: Symbols, records: Keys, shorter: Symbols
) -> None:
    """Write the records of all pieces, see `minent.kernels.tokens.Prices`.

    order    as in `link`
    below    (n,) int32: `shorter` from `link`
    cost     (p,) uint64: of each piece
    alone    (u,) uint64: of each unit by itself
    ends     (n,) uint32: the record of each node where a piece of two or more units ends; out: for each node the record
             of the longest piece that ends there, in all but the last three bits, which say how many of two or more
             units there are; 7 = or more
    records  (r,) uint64 out: those of single units come first
    shorter  (r,) uint32 out
    """
    by_units = np.empty(ends.size, np.uint64)  # what the units of each node cost one by one
    by_units[0] = 0
    for unit in range(alone.size):
        records[unit] = np.uint64(0xFF000000) | np.uint64(unit)
        shorter[unit] = unit
    for k in range(order.size):
        node = np.int64(order[k])
        by_units[node] = by_units[tree.parent[node]] + alone[tree.unit[node]]
        other = np.int64(below[node])
        longest = np.uint64(tree.unit[node]) << np.uint64(3)
        if other > 0:
            longest = np.uint64(ends[other])
        if tree.depth[node] > 1 and tree.piece[node] >= 0:
            record = np.uint64(ends[node])
            size = np.uint64(256 - tree.depth[node])
            less = cost[tree.piece[node]] - by_units[node]  # modulo 2^64: most are negative
            records[record] = (less << np.uint64(32)) | (size << np.uint64(24)) | record
            shorter[record] = np.uint32(longest >> np.uint64(3))
            longest = (record << np.uint64(3)) | min(np.uint64(7), (longest & np.uint64(7)) + np.uint64(1))
        ends[node] = np.uint32(longest)
