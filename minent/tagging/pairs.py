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
    table = np.zeros((1 << int(4 * known.size + 1).bit_length(), 2), np.uint64)
    numbers = np.empty(keys.size, np.int32)
    tagging.number_pairs(ids, gap, known, table, numbers)
    return Pairs(numbers, known)
