"""Which templates a clause could be made from, and what would fill their holes.

A template is a row of numbers, one for each fixed word: 2 word, and 1 more if a hole stands before it; behind them 1 if
a hole stands there, else 0.
"""

from typing import NamedTuple

import numpy as np

from minent.kernels._jit import kernel
from minent.types import Keys, Nodes, Offsets


class Trie(NamedTuple):
    """Templates, word by word."""

    keys: Keys  # (m,) uint64: node << 32 | part, and 1 more; 0 = empty; m a power of two
    nodes: Nodes  # (m,) int32: node that it leads to; the root is 0
    ends: Nodes  # (2, nodes) int32: template that ends at a node, without and with a hole behind it; 0 = none
    kinds: Nodes  # (2, nodes) int32: 1 where a word goes on at once, and where one goes on behind a hole


@kernel
def _slot(trie: Trie, node: int, part: int) -> int:
    """Where an edge stands in the table, or would stand."""
    key = (np.uint64(node) << np.uint64(32) | np.uint64(part)) + np.uint64(1)
    mask = np.uint64(trie.keys.size - 1)
    at = key * np.uint64(0x9E3779B97F4A7C15)
    at = (at ^ (at >> np.uint64(29))) & mask
    while trie.keys[at] != 0 and trie.keys[at] != key:
        at = (at + np.uint64(1)) & mask
    return np.int64(at)


@kernel
def enter_templates(parts: Nodes, starts: Offsets, trie: Trie) -> int:
    """Fill an empty trie.

    parts   (n,) int32: the rows of all templates, which are different
    starts  (t + 1,) int64: where each begins; they are numbered from 1 on
    trie    out; room for more than n keys and nodes

    Returns the number of nodes.
    """
    nodes = 1
    for t in range(starts.size - 1):
        node = 0
        for i in range(starts[t], starts[t + 1] - 1):
            part = np.int64(parts[i])
            at = _slot(trie, node, part)
            if trie.keys[at] == 0:
                trie.keys[at] = (np.uint64(node) << np.uint64(32) | np.uint64(part)) + np.uint64(1)
                trie.nodes[at] = nodes
                trie.kinds[part & 1, node] = 1
                nodes += 1
            node = np.int64(trie.nodes[at])
        trie.ends[parts[starts[t + 1] - 1], node] = t + 1
    return nodes


@kernel
def _push(
    stack: Offsets, masks: Keys, visited: Offsets, state: tuple[int, int, int], mask: int, size: int, stamp: int
) -> int:
    """Put a node and a place on the stack unless they were there for this clause; returns the size of the stack."""
    node, place, room = state
    code = node << 6 | place
    at = np.int64((np.uint64(code) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(52))
    while visited[0, at] == stamp:
        if visited[1, at] == code:
            return size
        at = (at + 1) & 4095
    if size >= room:
        return size
    visited[0, at] = stamp
    visited[1, at] = code
    stack[size] = code
    masks[size] = mask | np.uint64(1) << np.uint64(place)
    return size + 1


@kernel
def match_clauses(
    ids: Nodes, starts: Offsets, trie: Trie, begin: int, offsets: Offsets, templates: Nodes, masks: Keys
) -> int:
    """Find the templates that clauses could be made from, each once a clause.

    ids        (n,) int32: words of clauses of up to 64 words, without their ends
    starts     (c + 1,) int64: where each clause begins
    begin      clause to begin with; its rows begin at offsets[begin]
    offsets    (c + 1,) int64 out: where the rows of each clause begin
    templates  (r,) int32 out
    masks      (r,) uint64 out: bit i is set if word i is fixed

    Of a clause that more than 2000 beginnings of templates fit, only those are followed.  Returns how many clauses are
    done, as long as there is room for 4096 more rows.
    """
    stack, stack_masks = np.empty(2048, np.int64), np.empty(2048, np.uint64)
    visited = np.full((2, 4096), -1, np.int64)
    done = np.full(trie.ends.shape[1], -1, np.int64)
    for c in range(begin, starts.size - 1):
        written = offsets[c]
        if written + 4096 > templates.size:
            return c
        low, n = starts[c], starts[c + 1] - starts[c]
        size, read = 0, -1
        while read < size:
            # The root first, then what has been put on the stack, in that order: nothing is taken off.
            node = 0 if read < 0 else stack[read] >> 6
            place = -1 if read < 0 else stack[read] & 63
            mask = np.uint64(0) if read < 0 else stack_masks[read]
            read += 1
            if place >= 0:
                behind = 0 if place == n - 1 else 1
                template = trie.ends[behind, node]
                if template > 0 and (done[node] != c or behind == 0):
                    if behind:
                        done[node] = c
                    templates[written] = template
                    masks[written] = mask
                    written += 1
            for apart in range(2):
                if trie.kinds[apart, node]:
                    last = n if apart else min(n, place + 2)
                    for q in range(place + 1 + apart, last):
                        at = _slot(trie, np.int64(node), np.int64(ids[low + q]) << 1 | apart)
                        if trie.keys[at] != 0:
                            state = (np.int64(trie.nodes[at]), np.int64(q), 2000)
                            size = _push(stack, stack_masks, visited, state, mask, size, c)
        offsets[c + 1] = written
    return starts.size - 1


@kernel
def write_fillers(
    ids: Nodes, starts: Offsets, masks: Keys, first: Offsets, holes: Nodes, hashes: Keys, places: Offsets
) -> int:
    """Write down what fills the holes of clauses.

    ids     (n,) int32: words
    starts  (c + 1,) int64: where each clause begins
    masks   (c,) uint64: bit i is set if word i is fixed
    first   (c,) int64: number of the first hole of each clause
    holes   (r,) int32 out: number of a hole
    hashes  (r,) uint64 out: of the words that fill it
    places  (2, r) int64 out: where these begin and end

    Returns how many holes there are.
    """
    written = 0
    for c in range(masks.size):
        hole = first[c] - 1
        inside = False
        key = np.uint64(0)
        for i in range(starts[c], starts[c + 1] + 1):
            fixed = i == starts[c + 1] or (masks[c] >> np.uint64(i - starts[c])) & np.uint64(1) != 0
            if not fixed:
                if not inside:
                    hole += 1
                    key = np.uint64(0xCBF29CE484222325)
                    places[0, written] = i
                key = (key ^ np.uint64(ids[i])) * np.uint64(0x9E3779B97F4A7C15)
                key ^= key >> np.uint64(31)
            elif inside:
                holes[written] = hole
                hashes[written] = key
                places[1, written] = i
                written += 1
            inside = not fixed
    return written
