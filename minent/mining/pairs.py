"""Clauses -> pairs of words that hold together."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np

from minent.kernels import skipgrams as kernels
from minent.types import Array, Bytes, Counts, Keys, Nats, Nodes

_APART = np.uint64(1)


class Pairs(NamedTuple):
    """Pairs of words.

    window  words from the first to the second, at most
    keys   (p,) uint64, ascending: first << 32 | second << 1 | whether other words stand between; 0 is a border
    times  (p,) int64
    pmi    (p,) float64: pointwise mutual information, nats
    """

    window: int
    keys: Keys
    times: Counts
    pmi: Nats

    def pmi_of(self, first: int, second: int, *, apart: bool) -> float:
        """The pointwise mutual information of two words, nats; nan for a pair that is not here."""
        key = np.uint64(first << 32 | second << 1 | apart)
        at = int(np.searchsorted(self.keys, key))
        return float(self.pmi[at]) if at < self.keys.size and self.keys[at] == key else float("nan")


def count_pairs(
    blocks: Callable[[], Iterable[Nodes]], counts: Counts, window: int, min_count: int, min_pmi: float
) -> Pairs:
    """Count the pairs of words at most `window` words apart, and keep those seen often that hold together.

    A pair seen c times, of words seen c_1 and c_2 times, has the pointwise mutual information ln(c n / (c_1 c_2 s)) in
    n words, where s is how many places the second word may have: one right behind the first, else window - 1.

    blocks  the clauses, each time anew
    counts  (w + 1,) int64: of each word in them, of clauses at 0
    """
    often = np.flatnonzero(counts[1:] >= min_count)
    frequent = int(often[-1]) + 1 if often.size else 0
    keys, times = _count(blocks, window, frequent, min_count, int(counts.sum()))
    tokens = int(counts[1:].sum())
    first = (keys >> np.uint64(32)).astype(np.int64)
    second = ((keys & np.uint64(0xFFFFFFFF)) >> _APART).astype(np.int64)
    expected = counts[first] * (counts[second] / tokens)
    places = np.where(keys & _APART, max(1, window - 1), 1)
    pmi = np.log(times / (expected * places))
    kept = (pmi >= min_pmi) | (first == 0) | (second == 0)
    return Pairs(window, keys[kept], times[kept], pmi[kept])


def _count(
    blocks: Callable[[], Iterable[Nodes]], window: int, frequent: int, min_count: int, words: int
) -> tuple[Keys, Counts]:
    """Return the pairs that are seen at least `min_count` times, ascending, and how often."""
    # A slot for each pair or so, up to 16 MB.
    tallies = np.zeros(1 << min(24, max(10, (words * window).bit_length())), np.uint8)
    table = _empty(1 << 7)
    for block in blocks():
        kernels.tally_pairs(block, -1, window, frequent, tallies, 0, table)
    for block in blocks():
        done = -1
        while done < block.size:
            done = kernels.tally_pairs(block, done, window, frequent, tallies, min(min_count, 255), table)
            if done < block.size:
                grown = _empty(4 * table.keys.size)
                kernels.move_pairs(table, grown)
                table = grown
    often = table.times >= min_count
    keys, times = table.keys[often] - _APART, table.times[often]
    order = np.argsort(keys)
    return keys[order], times[order]


def _empty(size: int) -> kernels.Tally:
    return kernels.Tally(np.zeros(size, np.uint64), np.zeros(size, np.int64), np.zeros(1, np.int64))


def levels(times: Counts) -> Bytes:
    """Counts on a logarithmic scale, see `minent.kernels.skipgrams`; 0 for 0."""
    found: Bytes = np.where(times > 0, 1 + np.floor(2 * np.log2(np.maximum(times, 1))), 0).astype(np.uint8)
    return found


def bonds(pairs: Pairs, counts: Counts, min_count: int, nats: Nats) -> kernels.Bonds:
    """Return a table of pairs, and the words, by how often they are.

    counts  (w + 1,) int64: of each word
    nats    (w + 1,) what each word is worth where it is fixed
    """
    size = 1 << max(4, (2 * pairs.keys.size).bit_length())
    words: Array = np.where(counts >= min_count, levels(counts), 0).astype(np.uint8)
    table = kernels.Bonds(np.zeros(size, np.uint64), np.zeros(size, np.uint8), words, nats)
    kernels.enter_pairs(pairs.keys, levels(pairs.times), table)
    return table
