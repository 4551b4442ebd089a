"""What is known of strings of two and three units, in a hash table."""

import numpy as np

from minent.kernels._jit import kernel
from minent.types import Bytes, Keys, Symbols


@kernel
def rate_strings(units: Symbols, table: Keys, two: Bytes, three: Bytes) -> None:
    """Look up what is known of all strings of two and three units; nothing is known of one with a border in it.

    units  (n,) uint16, 0 = border
    table  (m,) uint64, m a power of two: a hash table by open addressing of string << 8 | what is known, 16 bits a
           unit; at least one 0
    two    (n + 1,) uint8 out: of units i - 1 and i
    three  (n,) uint8 out: of units i - 1 .. i + 1
    """
    before = np.uint64(0)
    here = np.uint64(0)
    for i in range(units.size + 1):
        after = np.uint64(units[i]) if i < units.size else np.uint64(0)
        pair = here << np.uint64(16) | after
        two[i] = _known(table, pair) if here != np.uint64(0) and after != np.uint64(0) else np.uint64(0)
        if i > 0:
            whole = before != np.uint64(0) and here != np.uint64(0) and after != np.uint64(0)
            three[i - 1] = _known(table, before << np.uint64(32) | pair) if whole else np.uint64(0)
        before = here
        here = after


@kernel
def _place(key: int) -> int:
    """Where a string is looked for first."""
    at = np.uint64(key) * np.uint64(0x9E3779B97F4A7C15)
    return at ^ (at >> np.uint64(32))


@kernel
def _known(table: Keys, key: int) -> int:
    """What is known of a string, 0 if it is not in the table."""
    mask = np.uint64(table.size - 1)
    at = _place(key) & mask
    while table[at] != np.uint64(0):
        if table[at] >> np.uint64(8) == np.uint64(key):
            return table[at] & np.uint64(255)
        at = (at + np.uint64(1)) & mask
    return np.uint64(0)


@kernel
def enter_strings(entries: Keys, table: Keys) -> None:
    """Put entries of `rate_strings` into its table.

    entries  (k,) uint64, k below the size of the table
    table    (m,) uint64 out: zeros, m a power of two
    """
    mask = np.uint64(table.size - 1)
    for entry in entries:
        at = _place(entry >> np.uint64(8)) & mask
        while table[at] != np.uint64(0):
            at = (at + np.uint64(1)) & mask
        table[at] = entry
