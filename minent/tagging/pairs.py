"""Pairs of units near each other, numbered: those seen often enough are features of a CRF."""

from typing import NamedTuple

import numpy as np

from minent.kernels import tagging
from minent.types import Keys, Nodes, Symbols


class Pairs(NamedTuple):
    """Pairs of units, numbered.

    numbers  (n + 2 - gap,) int32: of the pairs that begin one unit further left; 0 = none
    known    (p,) uint64: left unit << 32 | right unit of the numbers from 1 on, ascending
    """

    numbers: Nodes
    known: Keys

    @property
    def size(self) -> int:
        """How many numbers there are, with 0."""
        return self.known.size + 1


def number_pairs(ids: Symbols, gap: int, least: int) -> Pairs:
    """Number the pairs of units `gap` apart that are seen at least so often; outside the text are borders.

    ids  (n,) uint16 or uint32: units, 0 = border
    gap  1 or 2
    """
    keys: Keys = np.zeros(ids.size + 2 - gap, np.uint64)
    keys[1:] = ids[: keys.size - 1]
    keys <<= np.uint64(32)
    keys[: ids.size + 1 - gap] |= ids[gap - 1 :]
    keys.sort()
    first = np.flatnonzero(np.append(True, keys[1:] != keys[:-1]))
    often = np.diff(np.append(first, keys.size)) >= least
    known = keys[first[often]]
    known = known[known > 0]
    return Pairs(look_up_pairs(ids, gap, pair_table(known, gap)), known)


def pair_table(known: Keys, gap: int) -> Keys:
    """Return a hash table of pairs that are numbered by their place, from 1 on."""
    table = np.zeros((1 << int(2 * known.size + 1).bit_length(), 2), np.uint64)
    # No units, so that there is nothing but pairs to enter.
    tagging.number_pairs(np.zeros(0, np.uint16), gap, known, table, np.empty(0, np.int32))
    return table


def look_up_pairs(ids: Symbols, gap: int, table: Keys) -> Nodes:
    """Return (n + 2 - gap,) int32: the numbers in a table of the pairs of units `gap` apart, 0 = none."""
    numbers = np.empty(max(0, ids.size + 2 - gap), np.int32)
    tagging.number_pairs(ids, gap, np.zeros(0, np.uint64), table, numbers)
    return numbers
