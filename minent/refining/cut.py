"""A text of units that is cut into words: begins[i] says whether a word begins at unit i."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from minent.characters import Kind
from minent.errors import CapacityError
from minent.kernels import lattice, resampling
from minent.types import Bytes, Counts, Flags, Keys, Nodes, Offsets, Symbols
from minent.units import Units

# Blocks are what stands between borders; longer ones are cut where a word begins.
LONGEST_BLOCK = 64
# Cross-fitting: what is said of a part of the text comes from the others.
FOLDS = 4

_MOST_NODES = 1 << 30


class CutWords(NamedTuple):
    """The words of a cut text, as a trie: nodes 1 .. k are the single units.

    edges   (e, 2)   see `minent.kernels.lattice.Trie`
    parent  (nodes,) int32
    symbol  (nodes,) uint16 or uint32: on the edge from the parent
    times   (nodes,) int64: how often the word that ends here occurs, 0 if it is none
    length  (nodes,) int64: in units
    """

    edges: Keys
    parent: Nodes
    symbol: Symbols
    times: Counts
    length: Counts

    def spell(self, nodes: Nodes) -> tuple[Symbols, Offsets]:
        """Return words spelled out in units, one after the other, and (w + 1,) where each begins."""
        length = self.length[nodes]
        table = np.zeros((nodes.size, int(length.max(initial=1))), self.symbol.dtype)
        at = nodes
        for step in range(table.shape[1]):
            alive = length > step
            table[alive, length[alive] - 1 - step] = self.symbol[at[alive]]
            at = self.parent[at]
        return table[np.arange(table.shape[1]) < length[:, None]], np.concatenate([[0], np.cumsum(length)])


def in_order(units: Units) -> Units:
    """Return the units with the blocks between borders sorted by a hash.

    What is learned then depends on what stands in a corpus, not on the order of its lines or files; and blocks that are
    equal are neighbours, so that none is in two folds.
    """
    ends = np.flatnonzero(np.append(units.ids, 0) == 0)
    starts = np.concatenate([np.zeros(1, np.int64), ends[:-1] + 1])
    starts, ends = starts[ends > starts], ends[ends > starts]
    hashes = np.empty(starts.size, np.uint64)
    resampling.hash_blocks(units.ids, (starts, ends), hashes)
    order = np.argsort(hashes, kind="stable")
    starts, size = starts[order], (ends - starts)[order]
    after = np.cumsum(size + 1)
    ids = np.zeros(int(after[-1]) if after.size else 0, units.ids.dtype)
    resampling.gather_blocks(units.ids, (starts, starts + size), after - size - 1, ids)
    return replace(units, ids=ids)


def cut_into(units: Units, spelled: tuple[Symbols, Offsets], times: Counts) -> Bytes:
    """Cut a text into the words of highest total probability; every unit is one of them.

    spelled  in units, one after the other, and (w + 1,) where each begins
    times    (w,) occurrences
    """
    edges = lattice.empty_table(spelled[0].size)
    end = np.zeros(times.size, np.int32)
    score = np.full(lattice.add_words(*spelled, units.kinds.size, edges, end), -np.inf)
    total = max(1, int(times.sum()))
    score[end] = np.log(np.maximum(times, 0.5) / total)
    borders = np.flatnonzero(units.ids == 0)
    longest = int(np.diff(borders, prepend=-1, append=units.ids.size).max()) + 1
    paths = lattice.Paths(np.empty(longest), np.empty(longest, np.int32), np.empty(longest, np.int32))
    begins = np.ones(units.ids.size, np.uint8)
    joins = units.kinds == Kind.JOINING
    floor = float(np.log(0.25 / total))
    lattice.cut_words(units.ids, units.ids.size, joins, lattice.Trie(edges, score), floor, paths, begins, 0)
    return keep_rules(units, begins)


def keep_rules(units: Units, begins: Bytes) -> Bytes:
    """Cut before numbers, around runs of letters, never before a joining character within a block; in place."""
    ids = units.ids
    alone = (units.kinds == Kind.CASED)[ids]
    begins[alone | (units.kinds == Kind.DIGIT)[ids]] = 1
    begins[1:][alone[:-1]] = 1
    inner = (units.kinds == Kind.JOINING)[ids]
    inner[:1] = False
    inner[1:] &= ids[:-1] != 0
    begins[inner] = 0
    return begins


def fits(units: Units) -> tuple[Flags, Flags]:
    """Whether a word of several units may begin with a unit, and go on with it: (k,) each."""
    cased = units.kinds == Kind.CASED
    return ~(cased | (units.kinds == Kind.JOINING)), ~(cased | (units.kinds == Kind.DIGIT))


def blocks_of(units: Units, begins: Bytes) -> tuple[Offsets, Offsets]:
    """Return where blocks begin and end, (b,) int64 each; the longest has LONGEST_BLOCK units."""
    size = int(np.count_nonzero(units.ids[:-1] == 0)) + 1 + 2 * (units.ids.size // LONGEST_BLOCK)
    low, high = np.empty(size, np.int64), np.empty(size, np.int64)
    found = resampling.find_blocks(units.ids, begins, LONGEST_BLOCK, low, high)
    return low[:found].copy(), high[:found].copy()


def count_words(units: Units, begins: Bytes, blocks: tuple[Offsets, Offsets], longest: int) -> CutWords:
    """Count the words of a cut text; of those of more than `longest` units the units are counted.

    Raises CapacityError for more different words than can be numbered.
    """
    size = 1 << 16
    single = units.kinds.size
    while size < _MOST_NODES:
        room = single + size
        edges = np.full((2 * size, 2), 0xFFFFFFFFFFFFFFFF, np.uint64)
        parent, symbol = np.zeros(room, np.int32), np.zeros(room, units.ids.dtype)
        symbol[:single] = np.arange(single)
        count = np.zeros(room, np.int64)
        trie = resampling.Grown(edges, parent, symbol, count)
        nodes = resampling.count_cut_words(units.ids, begins, blocks, fits(units), longest, trie)
        if nodes >= 0:
            length = np.ones(nodes, np.int64)
            length[0] = 0
            at = parent[:nodes]
            while at.any():
                length[at > 0] += 1
                at = parent[at]
            return CutWords(edges, parent[:nodes], symbol[:nodes], count[:nodes], length)
        size *= 4
    raise CapacityError(f"the text has more than {_MOST_NODES:,} different words; give less text")
