"""Word lattices: a hashed trie of words, and unigram Viterbi over it.

A trie is one open-addressing table: the edge from node p by symbol c has the key p << 21 | c (Unicode needs 21
bits) and leads to a node.  Node s is the one-symbol string s, so the first step needs no look-up.  An array of
scores says which nodes are words.
"""

from typing import NamedTuple

import numpy as np

from minent.kernels._jit import kernel
from minent.types import Bytes, Counts, Flags, Keys, Nats, Nodes, Offsets, Symbols


class Trie(NamedTuple):
    """Words and their scores."""

    edges: Keys  # (m, 2) uint64: key, node it leads to; a key of all ones = empty; m a power of two
    score: Nats  # (nodes,) what the word that ends here adds to a path; -inf = no word ends here


class Spelling(NamedTuple):
    """Words spelled out in units."""

    units: Symbols  # (u,) the words one after the other
    offsets: Offsets  # (w + 1,) int64: word i is units[offsets[i]:offsets[i + 1]], at least one unit
    end: Nodes  # (w,) int32: node where each word ends


class Paths(NamedTuple):
    """Best paths to each position of one block of up to b units: (b + 1,) entries each."""

    best: Nats
    start: Nodes  # where the last word begins
    word: Nodes  # its node, 0 = a unit no word accounts for


class Sums(NamedTuple):
    """Sums over the paths of one block of up to b units: (b + 1,) entries each."""

    highest: Nats  # of the paths to here, the score of the best way to arrive
    total: Nats  # sum of the probabilities of all ways to arrive, divided by that of the best; then ln of the sum
    through: Nats  # probability that a word begins here


def empty_table(edges: int) -> Keys:
    """Return the edges of a trie without any, a quarter full at most once it has `edges` of them."""
    return np.full((1 << max(4, (4 * edges).bit_length()), 2), 0xFFFFFFFFFFFFFFFF, np.uint64)


@kernel
def _slot(edges: Keys, node: int, symbol: int) -> int:
    """Where the edge from `node` by `symbol` stands in the table, or would stand."""
    mask = np.uint64(edges.shape[0] - 1)
    key = (np.uint64(node) << np.uint64(21)) | np.uint64(symbol)
    at = key * np.uint64(0x9E3779B97F4A7C15)
    at = (at ^ (at >> np.uint64(32))) & mask
    while edges[at, 0] != key and edges[at, 0] != np.uint64(0xFFFFFFFFFFFFFFFF):
        at = (at + np.uint64(1)) & mask
    return np.int64(at)


@kernel
def _child(edges: Keys, node: int, symbol: int) -> int:
    """The node after the edge from `node` by `symbol`, or -1."""
    mask = np.uint64(edges.shape[0] - 1)
    key = (np.uint64(node) << np.uint64(21)) | np.uint64(symbol)
    at = key * np.uint64(0x9E3779B97F4A7C15)
    at = (at ^ (at >> np.uint64(32))) & mask
    while True:
        found = edges[at, 0]
        if found == key:
            return np.int64(edges[at, 1])
        if found == np.uint64(0xFFFFFFFFFFFFFFFF):
            return np.int64(-1)
        at = (at + np.uint64(1)) & mask


@kernel
def add_edges(parent: Nodes, symbol: Symbols, first: int, edges: Keys) -> None:
    """Enter the edges into nodes first, first + 1, ... of a sorted trie.

    parent  (n,)    int32: node the edge into each node starts from
    symbol  (n,)    uint16 or uint32: symbol on that edge
    edges   (m, 2)  uint64, see `Trie`; empty, from `empty_table`
    """
    for node in range(first, parent.size):
        at = _slot(edges, np.int64(parent[node]), np.int64(symbol[node]))
        edges[at, 0] = (np.uint64(parent[node]) << np.uint64(21)) | np.uint64(symbol[node])
        edges[at, 1] = node


@kernel
def add_words(units: Symbols, offsets: Offsets, n_nodes: int, edges: Keys, end: Nodes) -> int:
    """Enter words.

    units    (u,)      uint32: the words one after the other
    offsets  (w + 1,)  int64: word i is units[offsets[i]:offsets[i + 1]], at least one unit
    n_nodes  nodes there are: one more than the largest symbol
    edges    (m, 2)    uint64, see `Trie`; empty, from `empty_table`
    end      (w,)      int32 out: node where each word ends

    Returns the number of nodes.
    """
    for w in range(end.size):
        node = np.int64(units[offsets[w]])
        for u in range(offsets[w] + 1, offsets[w + 1]):
            at = _slot(edges, node, np.int64(units[u]))
            if edges[at, 0] == np.uint64(0xFFFFFFFFFFFFFFFF):
                edges[at, 0] = (np.uint64(node) << np.uint64(21)) | np.uint64(units[u])
                edges[at, 1] = n_nodes
                n_nodes += 1
            node = np.int64(edges[at, 1])
        end[w] = node
    return n_nodes


@kernel
def _extend(units: Symbols, low: int, high: int, i: int, joins: Flags, trie: Trie, floor: float, paths: Paths) -> None:
    """Extend the best path that ends at unit i by every word that begins there, within the block units[low:high]."""
    here = paths.best[i - low]
    start = np.int32(i - low)
    node = np.int64(units[i])
    end = i + 1
    while end < high and joins[units[end]]:
        end += 1
    if here + floor > paths.best[end - low] and (end > i + 1 or trie.score[node] == -np.inf):
        paths.best[end - low] = here + floor
        paths.start[end - low] = start
        paths.word[end - low] = 0
    end = i + 1
    while node != -1:
        reached = here + trie.score[node]
        if reached > paths.best[end - low]:
            paths.best[end - low] = reached
            paths.start[end - low] = start
            paths.word[end - low] = node
        if end == high:
            break
        node = _child(trie.edges, node, np.int64(units[end]))
        end += 1


@kernel
def _fill_paths(units: Symbols, low: int, last: int, joins: Flags, trie: Trie, floor: float, paths: Paths) -> int:
    """Find the best paths through the block that begins at `low`.  Returns where it ends: at a border or at `last`."""
    high = low
    while high < last and units[high] != 0:
        paths.best[high - low + 1] = -np.inf
        high += 1
    paths.best[0] = 0.0
    for i in range(low, high):
        if paths.best[i - low] != -np.inf and (i == low or not joins[units[i]]):
            _extend(units, low, high, i, joins, trie, floor, paths)
    return high


@kernel
def count_words(
    units: Symbols, joins: Flags, trie: Trie, floor: float, paths: Paths, counts: Counts, spans: tuple[int, int]
) -> float:
    """Cut every block into the words of highest total score, and count them.

    units   (n,)  uint16 or uint32, 0 = border
    joins   (k,)  bool: no word begins with this unit, unless a block does
    floor   score of one unit that is no word, or of a unit with all the joining ones after it
    counts  (nodes,) int64 out: += 1 at the node of each word used, and of each unit that no word accounts for
    spans   only units[first:last] are read; both must be ends of blocks

    Returns the sum of the best scores.  Ties: the earliest start wins.  Source: Viterbi (1967).
    """
    total = 0.0
    low, last = spans
    while low < last:
        if units[low] == 0:
            low += 1
            continue
        high = _fill_paths(units, low, last, joins, trie, floor, paths)
        end = high - low
        total += paths.best[end]
        while end > 0:
            if paths.word[end] == 0:
                for u in range(low + paths.start[end], low + end):
                    counts[units[u]] += 1
            else:
                counts[paths.word[end]] += 1
            end = paths.start[end]
        low = high
    return total


@kernel
def _meeting_point(paths: Paths, first: int, end: int) -> int:
    """The last position that all best paths to the positions first .. end have in common."""
    alive = np.zeros(end + 1, np.bool_)
    n_alive = 0
    for p in range(first, end + 1):
        if paths.best[p] != -np.inf:
            alive[p] = True
            n_alive += 1
    at = end
    while n_alive > 1 or not alive[at]:
        if alive[at]:
            n_alive -= 1
            back = paths.start[at]
            if not alive[back]:
                alive[back] = True
                n_alive += 1
        at -= 1
    return at


@kernel
def cut_words(
    units: Symbols, n: int, joins: Flags, trie: Trie, floor: float, paths: Paths, begins: Bytes, longest: int
) -> int:
    """Cut units into the words of highest total score, as far as they are decided.

    units    (>= n,)  uint16 or uint32, 0 = border
    begins   (>= n,)  uint8 out: 1 where a word begins, 0 where it goes on; borders are left alone
    longest  0: the text ends after unit n.  Otherwise the last block may go on, and this is the length of the
             longest word: only cuts that no continuation can change are written.

    Returns how many units are decided.  The rest as in `count_words`.
    """
    low = 0
    while low < n:
        if units[low] == 0:
            low += 1
            continue
        high = _fill_paths(units, low, n, joins, trie, floor, paths)
        begins[low:high] = 0
        end = high - low
        undecided = high == n and longest > 0
        if undecided:
            first = max(0, end - longest)
            while first > 0 and joins[units[low + first]]:
                first -= 1
            end = _meeting_point(paths, first, end)
            high = low + end
        while end > 0:
            end = paths.start[end]
            begins[low + end] = 1
        low = high
        if undecided:
            break
    return low


@kernel
def prune_words(
    words: Spelling, weak: Flags, trie: Trie, floor: float, min_gain: float, counts: Counts, gain: Nats
) -> None:
    """Remove the words that say hardly more than their parts, and give their occurrences to the parts.

    words     longest first
    weak      (w,)  bool: remove this word whatever it gains
    trie      score: ln p(word); set to -inf where a word is removed
    floor     ln p of a unit that no word accounts for
    min_gain  nats a word must save at each occurrence over the best cut of it by the other words
    counts    (nodes,) int64: occurrences of the words, updated
    gain      (w,)  float64 out: ln p(word) - sum of ln p(parts), 0 for single units

    Source: Su Jianlin (2018), kexue.fm/archives/5476, "removing redundancy".
    """
    offsets = words.offsets
    size = 1
    for w in range(words.end.size):
        size = max(size, offsets[w + 1] - offsets[w] + 1)
    paths = Paths(np.empty(size, np.float64), np.empty(size, np.int32), np.empty(size, np.int32))
    joins = np.zeros(trie.score.size, np.bool_)
    for w in range(words.end.size):
        low = offsets[w]
        high = offsets[w + 1]
        node = words.end[w]
        if high - low == 1:
            gain[w] = 0.0
            continue
        own = trie.score[node]
        trie.score[node] = -np.inf
        paths.best[0] = 0.0
        for i in range(low, high):
            paths.best[i - low + 1] = -np.inf
        for i in range(low, high):
            _extend(words.units, low, high, i, joins, trie, floor, paths)
        gain[w] = own - paths.best[high - low]
        if weak[w] or gain[w] < min_gain:
            at = high - low
            while at > 0:
                counts[paths.word[at]] += counts[node]
                at = paths.start[at]
            counts[node] = 0
        else:
            trie.score[node] = own


@kernel
def _arrive(sums: Sums, at: int, score: float) -> None:
    """Add a way to arrive at a position, by its ln p."""
    if score > sums.highest[at]:
        sums.total[at] = sums.total[at] * np.exp(sums.highest[at] - score) + 1.0
        sums.highest[at] = score
    else:
        sums.total[at] += np.exp(score - sums.highest[at])


@kernel
def _sum_paths(units: Symbols, low: int, last: int, joins: Flags, trie: Trie, floor: float, sums: Sums) -> int:
    """Sum over all paths to each position of a block.  Returns where it ends.

    Afterwards sums.total holds ln of the sum of their probabilities, -inf where there is no path.
    """
    high = low
    while high < last and units[high] != 0:
        high += 1
    sums.highest[: high - low + 1] = -np.inf
    sums.total[: high - low + 1] = 0.0
    sums.highest[0] = 0.0
    sums.total[0] = 1.0
    for i in range(low, high):
        if sums.highest[i - low] == -np.inf or (i > low and joins[units[i]]):
            sums.total[i - low] = -np.inf
            continue
        here = sums.highest[i - low] + np.log(sums.total[i - low])
        sums.total[i - low] = here
        end = i + 1
        while end < high and joins[units[end]]:
            end += 1
        node = np.int64(units[i])
        if end > i + 1 or trie.score[node] == -np.inf:
            _arrive(sums, end - low, here + floor)
        end = i + 1
        while node != -1:
            if trie.score[node] > -np.inf:
                _arrive(sums, end - low, here + trie.score[node])
            if end == high:
                break
            node = _child(trie.edges, node, np.int64(units[end]))
            end += 1
    sums.total[high - low] = sums.highest[high - low] + np.log(sums.total[high - low])
    return high


@kernel
def _expect_from(
    units: Symbols, low: int, high: int, i: int, joins: Flags, trie: Trie, sums: tuple[Sums, float], expected: Nats
) -> float:
    """Add what is expected of the words that begin at unit i, the later ones being done.  Returns their sum.

    sums  and the floor
    """
    paths, floor = sums
    here = paths.total[i - low]
    begins = 0.0
    end = i + 1
    while end < high and joins[units[end]]:
        end += 1
    node = np.int64(units[i])
    if end > i + 1 or trie.score[node] == -np.inf:
        begins += np.exp(here + floor - paths.total[end - low]) * paths.through[end - low]
    end = i + 1
    while node != -1:
        if paths.through[end - low] > 0.0 and trie.score[node] > -np.inf:
            share = np.exp(here + trie.score[node] - paths.total[end - low]) * paths.through[end - low]
            expected[node] += share
            begins += share
        if end == high:
            break
        node = _child(trie.edges, node, np.int64(units[end]))
        end += 1
    return begins


@kernel
def expect_words(
    units: Symbols, joins: Flags, trie: Trie, floor: float, sums: Sums, expected: Nats, span: tuple[int, int]
) -> float:
    """Count the words of all cuts, each cut as often as it is probable given the text: forward-backward.

    trie      score: ln p(word)
    floor     ln p of one unit that is no word, or of a unit with all the joining ones after it
    sums      for the longest block
    expected  (nodes,) float64 out: += expected occurrences at the node of each word; units that no word accounts for
              are not counted

    The rest as in `count_words`.  Sums are of logarithms, so that nothing gets too small.  Returns ln p(text), the sum
    over all cuts.  Source: Baum et al. (1970); Su Jianlin, kexue.fm/archives/5239.
    """
    total = 0.0
    low, last = span
    while low < last:
        if units[low] == 0:
            low += 1
            continue
        high = _sum_paths(units, low, last, joins, trie, floor, sums)
        total += sums.total[high - low]
        sums.through[: high - low] = 0.0
        sums.through[high - low] = 1.0
        for back in range(1, high - low + 1):
            i = high - back
            if sums.total[i - low] > -np.inf:
                sums.through[i - low] = _expect_from(units, low, high, i, joins, trie, (sums, floor), expected)
        low = high
    return total
