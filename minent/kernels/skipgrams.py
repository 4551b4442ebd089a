"""Words of clauses in pairs, and templates that pairs propose.

Clauses are rows of int32 words, numbered from 1 on, the most frequent first; 0 = the end of a clause.  In a pair a word
stands right before another or further before it; the border of a clause stands as word 0 before its first and behind
its last word.  A level is a count on a logarithmic scale: 1 + the whole part of 2 log2.
"""

from typing import NamedTuple

import numpy as np

from minent.kernels._jit import kernel
from minent.types import Bytes, Keys, Nats, Nodes, Offsets


class Bonds(NamedTuple):
    """Pairs of words that hold together, and words, by level."""

    keys: Keys  # (m,) uint64: a pair as `write_pairs` writes it, and 1 more; 0 = empty; m a power of two
    levels: Bytes  # (m,) uint8
    words: Bytes  # (w,) uint8: level of each word; 0 for those that are fixed in no template
    nats: Nats  # (w,) float64: what each word is worth where it is fixed


@kernel
def _pair(first: int, second: int, apart: bool) -> int:
    """A pair as a number."""
    return np.uint64(first) << np.uint64(32) | np.uint64(second) << np.uint64(1) | np.uint64(apart)


@kernel
def _mixed(key: int) -> int:
    """A hash of a pair."""
    mixed = key * np.uint64(0x9E3779B97F4A7C15)
    return mixed ^ (mixed >> np.uint64(29))


@kernel
def hash_clauses(ids: Nodes, starts: Offsets, hashes: Keys) -> int:
    """Find the clauses, and a hash of the words of each.

    ids     (n,) int32, the last is 0
    starts  (n,) int64 out: where each begins, up to its 0
    hashes  (n,) uint64 out

    Returns how many there are.
    """
    found = 0
    key = np.uint64(0xCBF29CE484222325)
    begin = 0
    for i in range(ids.size):
        if ids[i] != 0:
            key = (key ^ np.uint64(ids[i])) * np.uint64(0x9E3779B97F4A7C15)
            key ^= key >> np.uint64(29)
            continue
        starts[found] = begin
        hashes[found] = key
        found += 1
        key = np.uint64(0xCBF29CE484222325)
        begin = i + 1
    return found


@kernel
def write_pairs(ids: Nodes, window: int, frequent: int, part: int, parts: int, keys: Keys) -> int:
    """Write the pairs of frequent words in clauses.

    ids       (n,) int32, the last is 0
    window    words from the first of a pair to the second, at most
    frequent  words up to this one are
    part      which of `parts` shares of all pairs to write, by a hash
    keys      (n (window + 1),) uint64 out, or as many as there are

    Returns how many are written.
    """
    written = 0
    for i in range(ids.size):
        first = np.int64(ids[i])
        before = np.int64(ids[i - 1]) if i > 0 else 0
        # The border before the first word and behind the last; other neighbours are found below.
        if (before == 0 and 0 < first <= frequent) or (first == 0 and 0 < before <= frequent):
            key = _pair(before, first, False)
            if np.int64(_mixed(key) % np.uint64(parts)) == part:
                keys[written] = key
                written += 1
        if first == 0 or first > frequent:
            continue
        for j in range(i + 1, min(i + window + 1, ids.size)):
            second = np.int64(ids[j])
            if second == 0:
                break
            if second <= frequent:
                key = _pair(first, second, j > i + 1)
                if np.int64(_mixed(key) % np.uint64(parts)) == part:
                    keys[written] = key
                    written += 1
    return written


@kernel
def enter_pairs(pairs: Keys, pair_levels: Bytes, bonds: Bonds) -> None:
    """Fill the table of bonds, which is empty.

    pairs        (p,) uint64, different
    pair_levels  (p,) uint8
    bonds        out; room for more than p
    """
    mask = np.uint64(bonds.keys.size - 1)
    for i in range(pairs.size):
        at = _mixed(pairs[i]) & mask
        while bonds.keys[at] != 0:
            at = (at + np.uint64(1)) & mask
        bonds.keys[at] = pairs[i] + np.uint64(1)
        bonds.levels[at] = pair_levels[i]


@kernel
def _level(bonds: Bonds, first: int, second: int, apart: bool) -> int:
    """The level of a pair, 0 if it does not hold together."""
    key = _pair(first, second, apart)
    mask = np.uint64(bonds.keys.size - 1)
    at = _mixed(key) & mask
    while bonds.keys[at] != 0:
        if bonds.keys[at] == key + np.uint64(1):
            return np.int64(bonds.levels[at])
        at = (at + np.uint64(1)) & mask
    return 0


@kernel
def _read_levels(clause: Nodes, window: int, bonds: Bonds, levels: Bytes, nodes: Bytes, seen: Bytes) -> None:
    """Look up how strongly the words of a clause hold.

    levels  (64, window + 1) uint8 out: of the pair of word i and the one j behind it
    nodes   (64,) uint8 out: up to which level a word may be fixed
    seen    (256,) uint8 out: 1 for each level that there is
    """
    n = clause.size
    seen[:] = 0
    for i in range(n):
        word = np.int64(clause[i])
        level = np.int64(bonds.words[word])
        if level > 0 and i == 0:
            level = min(level, _level(bonds, 0, word, False))
        if level > 0 and i == n - 1:
            level = min(level, _level(bonds, word, 0, False))
        nodes[i] = level
        seen[level] = 1
    for i in range(n):
        for step in range(1, min(window, n - 1 - i) + 1):
            level = 0
            if nodes[i] > 0 and nodes[i + step] > 0:
                level = _level(bonds, np.int64(clause[i]), np.int64(clause[i + step]), step > 1)
            levels[i, step] = level
            seen[level] = 1
    seen[0] = 0


@kernel
def _best_path(clause: Nodes, window: int, bonds: Bonds, least: int, levels: Bytes, nodes: Bytes) -> int:
    """The words worth most that hold together at a level, or more, each with the next: a mask."""
    n = clause.size
    value = np.zeros(64)
    back = np.full(64, -1, np.int64)
    best = -1
    for i in range(n):
        if nodes[i] < least:
            continue
        for j in range(max(0, i - window), i):
            if nodes[j] >= least and levels[j, i - j] >= least and value[j] > value[i]:
                value[i] = value[j]
                back[i] = j
        value[i] += bonds.nats[clause[i]]
        if best < 0 or value[i] > value[best]:
            best = i
    mask = np.uint64(0)
    while best >= 0:
        mask |= np.uint64(1) << np.uint64(best)
        best = back[best]
    return mask


@kernel
def _hash_of(clause: Nodes, mask: int) -> int:
    """A hash of the template that a mask makes of a clause."""
    key = np.uint64(0xCBF29CE484222325)
    inside = False
    for i in range(clause.size):
        fixed = (mask >> np.uint64(i)) & np.uint64(1) != 0
        if fixed or not inside:
            part = np.uint64(clause[i]) if fixed else np.uint64(0)
            key = (key ^ part) * np.uint64(0x9E3779B97F4A7C15)
            key ^= key >> np.uint64(31)
        inside = not fixed
    return key


@kernel
def propose(
    ids: Nodes, starts: Offsets, window: int, bonds: Bonds, hashes: Keys, clauses: Nodes, masks: Keys
) -> tuple[int, int]:
    """Propose templates for clauses: for each level of a pair or word in it the words worth most that hold at it.

    ids      (n,) int32: words of clauses of up to 64 words, without their ends
    starts   (c + 1,) int64: where each clause begins
    hashes   (r,) uint64 out: of templates; equal templates have equal hashes
    clauses  (r,) int32 out: the clause each is for
    masks    (r,) uint64 out: bit i is set if word i is fixed

    Returns how many clauses are done, as long as there is room for 128 more rows, and how many rows are written.
    """
    levels = np.zeros((64, window + 1), np.uint8)
    nodes, seen = np.zeros(64, np.uint8), np.zeros(256, np.uint8)
    written = 0
    for c in range(starts.size - 1):
        if written + 128 > hashes.size:
            return c, written
        clause = ids[starts[c] : starts[c + 1]]
        _read_levels(clause, window, bonds, levels, nodes, seen)
        first = written
        for least in range(127, 0, -1):
            if not seen[least]:
                continue
            mask = _best_path(clause, window, bonds, least, levels, nodes)
            known = mask == 0
            for row in range(first, written):
                known = known or masks[row] == mask
            if not known:
                hashes[written] = _hash_of(clause, mask)
                clauses[written] = c
                masks[written] = mask
                written += 1
    return starts.size - 1, written
