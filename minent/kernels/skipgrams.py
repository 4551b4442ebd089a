"""Words of clauses in pairs, and templates that pairs propose.

Clauses are rows of int32 words, numbered from 1 on, the most frequent first; 0 = the end of a clause.  In a pair a word
stands right before another or further before it; the border of a clause stands as word 0 before its first and behind
its last word.  A level is a count on a logarithmic scale: 1 + the whole part of 2 log2.
"""

from typing import NamedTuple

import numpy as np

from minent.kernels._jit import kernel
from minent.types import Bytes, Counts, Keys, Nats, Nodes, Offsets


class Bonds(NamedTuple):
    """Pairs of words that hold together, and words, by level."""

    keys: Keys  # (m,) uint64: a pair, first << 32 | second << 1 | apart, and 1 more; 0 = empty; m a power of two
    levels: Bytes  # (m,) uint8
    words: Bytes  # (w,) uint8: level of each word; 0 for those that are fixed in no template
    nats: Nats  # (w,) float64: what each word is worth where it is fixed


class Tally(NamedTuple):
    """Pairs and how often they are seen."""

    keys: Keys  # (m,) uint64: a pair, and 1 more; 0 = empty; m a power of two
    times: Counts  # (m,) int64
    size: Counts  # (1,) int64: keys


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
def _note(key: int, tallies: Bytes, least: int, table: Tally) -> None:
    """Count a pair by its hash alone, or, if so many have its hash, by itself."""
    mixed = _mixed(key)
    by_hash = mixed & np.uint64(tallies.size - 1)
    if least == 0:
        tallies[by_hash] += tallies[by_hash] < 255
    elif tallies[by_hash] >= least:
        mask = np.uint64(table.keys.size - 1)
        at = mixed & mask
        while table.keys[at] != key + np.uint64(1):
            if table.keys[at] == 0:
                table.keys[at] = key + np.uint64(1)
                table.size[0] += 1
                break
            at = (at + np.uint64(1)) & mask
        table.times[at] += 1


@kernel
def tally_pairs(ids: Nodes, begin: int, window: int, frequent: int, tallies: Bytes, least: int, table: Tally) -> int:
    """Count the pairs of frequent words in clauses, by hash first (Park, Chen & Yu 1995).

    ids       (n,) int32, the last is 0
    begin     word to begin with, -1 for the border before the first
    window    words from the first of a pair to the second, at most
    frequent  words up to this one are
    tallies   (t,) uint8: how often each hash is seen, up to 255; t a power of two; changed only if `least` is 0
    least     count the pairs whose hash is seen so often, at most 255; if it is 0 the hashes
    table     out

    Returns how many words are done: less than all when the keys of the table get too many.
    """
    for i in range(begin, ids.size):
        if 2 * (table.size[0] + window) > table.keys.size:
            return i
        first = np.int64(ids[i]) if i >= 0 else 0
        if first > frequent:
            continue
        # At a border the next word alone.
        for j in range(i + 1, min(i + 1 + (window if first > 0 else 1), ids.size)):
            second = np.int64(ids[j])
            if 0 < second <= frequent or (second == 0 and first > 0 and j == i + 1):
                _note(_pair(first, second, j > i + 1), tallies, least, table)
            if second == 0:
                break
    return ids.size


@kernel
def move_pairs(old: Tally, table: Tally) -> None:
    """Enter what is counted in one table into another (out), which is empty."""
    mask = np.uint64(table.keys.size - 1)
    for i in range(old.keys.size):
        if old.keys[i] != 0:
            at = _mixed(old.keys[i] - np.uint64(1)) & mask
            while table.keys[at] != 0:
                at = (at + np.uint64(1)) & mask
            table.keys[at] = old.keys[i]
            table.times[at] = old.times[i]
            table.size[0] += 1


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
def _best_path(
    clause: Nodes, window: int, bonds: Bonds, least: int, levels: Bytes, nodes: Bytes, value: Nats, back: Nodes
) -> int:
    """The words worth most that hold together at a level, or more, each with the next: a mask.

    value, back  (64,) room
    """
    best = -1
    for i in range(clause.size):
        if nodes[i] < least:
            continue
        most, back[i] = 0.0, -1
        for j in range(max(0, i - window), i):
            if nodes[j] >= least and levels[j, i - j] >= least and value[j] > most:
                most, back[i] = value[j], j
        value[i] = most + bonds.nats[clause[i]]
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
    value, back = np.zeros(64), np.zeros(64, np.int32)
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
            mask = _best_path(clause, window, bonds, least, levels, nodes, value, back)
            known = mask == 0
            for row in range(first, written):
                known = known or masks[row] == mask
            if not known:
                hashes[written] = _hash_of(clause, mask)
                clauses[written] = c
                masks[written] = mask
                written += 1
    return starts.size - 1, written


@kernel
def number_pairs(ids: Nodes, starts: Offsets, words: int, slots: Nodes, named: Nodes, pairs: Nodes) -> int:
    """Number the different pairs of a word and the one before it in its clause, 0 before the first.

    ids     (n,) int32: words of clauses, without their ends
    starts  (c + 1,) int64: where each clause begins
    words   the first number
    slots   (m,) int32, zeros: room; m a power of two, more than n
    named   (words + n, 2) int32 out: the words of each pair
    pairs   (n,) int32 out: number of each pair

    Returns one more than the last number.
    """
    known = words
    mask = np.uint64(slots.size - 1)
    for c in range(starts.size - 1):
        before = np.int64(0)
        for i in range(starts[c], starts[c + 1]):
            word = np.int64(ids[i])
            at = _mixed(_pair(before, word, False)) & mask
            while slots[at] != 0 and (named[slots[at], 0] != before or named[slots[at], 1] != word):
                at = (at + np.uint64(1)) & mask
            if slots[at] == 0:
                slots[at] = known
                named[known, 0] = before
                named[known, 1] = word
                known += 1
            pairs[i] = slots[at]
            before = word
    return known
