"""Strings of two and three units in hash tables: their numbers, or what is known of them.

A table is (m,) uint64, m a power of two, of entries string << bits | number, the string with 16 bits a unit, by open
addressing; at least one is 0, which is no entry.
"""

import numpy as np

from minent.kernels._jit import kernel
from minent.types import Bytes, Keys, Nodes, Symbols


@kernel
def _place(key: int) -> int:
    """Where a string is looked for first."""
    at = np.uint64(key) * np.uint64(0x9E3779B97F4A7C15)
    return at ^ (at >> np.uint64(32))


@kernel
def enter_strings(entries: Keys, bits: int, table: Keys) -> None:
    """Put entries into a table.

    entries  (k,) uint64, k below the size of the table
    bits     of a number
    table    (m,) uint64 out: zeros
    """
    mask = np.uint64(table.size - 1)
    for entry in entries:
        at = _place(entry >> np.uint64(bits)) & mask
        while table[at] != np.uint64(0):
            at = (at + np.uint64(1)) & mask
        table[at] = entry


@kernel
def _number(table: Keys, key: int, bits: int) -> int:
    """The number of a string, 0 if it is not in the table."""
    mask = np.uint64(table.size - 1)
    at = _place(key) & mask
    while table[at] != np.uint64(0):
        if table[at] >> np.uint64(bits) == np.uint64(key):
            return table[at] & ((np.uint64(1) << np.uint64(bits)) - np.uint64(1))
        at = (at + np.uint64(1)) & mask
    return np.uint64(0)


@kernel
def look_up_pairs(units: Symbols, pairs: Keys, arounds: Keys, pair: Nodes, around: Nodes) -> None:
    """Look up the pairs of units side by side, and of those on both sides of each.

    units           (n,) uint16; outside the text are borders, 0
    pairs, arounds  tables with numbers of 32 bits
    pair            (n + 1,) int32 out: number of units i - 1 and i, 0 = none
    around          (n,) int32 out: of units i - 1 and i + 1
    """
    before = np.uint64(0)
    here = np.uint64(0)
    for i in range(units.size + 1):
        after = np.uint64(units[i]) if i < units.size else np.uint64(0)
        pair[i] = _number(pairs, here << np.uint64(16) | after, 32)
        if i > 0:
            around[i - 1] = _number(arounds, before << np.uint64(16) | after, 32)
        before = here
        here = after


@kernel
def rate_strings(units: Symbols, table: Keys, two: Bytes, three: Bytes) -> None:
    """Look up what is known of all strings of two and three units; nothing is known of one with a border in it.

    units  (n,) uint16, 0 = border
    table  with numbers of 8 bits
    two    (n + 1,) uint8 out: of units i - 1 and i
    three  (n,) uint8 out: of units i - 1 .. i + 1
    """
    before = np.uint64(0)
    here = np.uint64(0)
    for i in range(units.size + 1):
        after = np.uint64(units[i]) if i < units.size else np.uint64(0)
        pair = here << np.uint64(16) | after
        two[i] = _number(table, pair, 8) if here != np.uint64(0) and after != np.uint64(0) else np.uint64(0)
        if i > 0:
            whole = before != np.uint64(0) and here != np.uint64(0) and after != np.uint64(0)
            three[i - 1] = _number(table, before << np.uint64(32) | pair, 8) if whole else np.uint64(0)
        before = here
        here = after
