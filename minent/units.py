"""A corpus of characters -> a corpus of units, what words are made of."""

from dataclasses import dataclass

import numpy as np

from minent.characters import Kind, UnitRules
from minent.kernels import units as kernels
from minent.types import Bytes, Counts, Offsets, Symbols

# In text with spaces a cased letter stands, on average, in a word of 5 to 8 letters; in text without, in a clause
# of 30 or more.
_LONGEST_MEAN_RUN = 20


@dataclass(frozen=True)
class Units:
    """A corpus as units.

    ids       (n,) uint16 or uint32: units, 0 = border
    alphabet  (k,) int64: unit - 1 -> code point that stands for it, ascending
    kinds     (k + 1,) uint8: kind of each unit, the border at 0
    """

    ids: Symbols
    alphabet: Counts
    kinds: Bytes


def character_kinds(alphabet: Counts, rules: UnitRules) -> tuple[Bytes, Counts]:
    """Return (k + 1,) kinds and (k + 1,) code points that stand for the units, of the symbols; 0 is the border."""
    kinds, stands_for = rules.tables(alphabet.tolist())
    return np.array([Kind.SPACE, *kinds], np.uint8), np.array([0, *stands_for], np.int64)


def choose_runs(runs: str, ids: Symbols, alphabet: Counts) -> str:
    """Resolve "auto": digits are always joined, cased letters where the text puts spaces between its words."""
    if runs != "auto":
        return runs
    kinds, _ = character_kinds(alphabet, UnitRules("letters"))
    letters, squares = kernels.cased_runs(ids, kinds)
    return "digits,letters" if squares <= _LONGEST_MEAN_RUN * letters else "digits"


def make_units(ids: Symbols, kinds: Bytes, stands_for: Counts) -> Units:
    """Group the characters of a corpus into units, in place, and leave out what is in no word.

    ids                (n,) uint16 or uint32: numbered characters, 0 = border; overwritten
    kinds, stands_for  what `character_kinds` says of them
    """
    units = np.unique(stands_for[stands_for > 0])
    symbol = np.where(stands_for > 0, np.searchsorted(units, stands_for) + 1, 0).astype(ids.dtype)
    written = kernels.join_units(ids, kinds, symbol, ids, np.zeros(0, np.int64))
    unit_kinds = np.zeros(units.size + 1, np.uint8)
    unit_kinds[symbol] = kinds
    unit_kinds[0] = Kind.SPACE
    return Units(ids[:written], units, unit_kinds)


def count_cased_runs(ids: Symbols, kinds: Bytes, min_count: int) -> tuple[Offsets, Offsets, Counts]:
    """Return where each run of cased letters seen at least `min_count` times first stands, its length, its count."""
    size = 1 << 16
    while True:
        keys = np.empty(size, np.uint64)
        start, length, counts = (np.zeros(size, np.int64) for _ in range(3))
        if kernels.count_runs(ids, kinds, keys, start, length, counts) >= 0:
            used = np.flatnonzero(counts >= min_count)
            return start[used], length[used], counts[used]
        size *= 4
