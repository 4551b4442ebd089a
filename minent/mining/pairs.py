"""Clauses -> pairs of words that hold together."""

from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np

from minent.kernels import skipgrams as kernels
from minent.mining.reading import Clauses
from minent.types import Array, Bytes, Counts, Keys, Nats

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


def count_pairs(clauses: Clauses, window: int, min_count: int, min_pmi: float, *, memory: int, threads: int) -> Pairs:
    """Count the pairs of words at most `window` words apart, and keep those seen often that hold together.

    A pair seen c times, of words seen c_1 and c_2 times, has the pointwise mutual information ln(c n / (c_1 c_2 s)) in
    n words, where s is how many places the second word may have: one right behind the first, else window - 1.

    memory  bytes that the pairs may take before they are counted: what does not fit is counted in parts
    """
    frequent = int((clauses.counts[1:] >= min_count).sum())
    at_once = clauses.tokens * (window + 1) * 16
    parts = max(1, -(-at_once // max(1 << 20, memory)))
    with ThreadPoolExecutor(threads) as pool:
        counted = list(pool.map(lambda part: _count(clauses, window, frequent, min_count, part, parts), range(parts)))
    keys = np.concatenate([part[0] for part in counted])
    times = np.concatenate([part[1] for part in counted])
    order = np.argsort(keys)
    keys, times = keys[order], times[order]
    first = (keys >> np.uint64(32)).astype(np.int64)
    second = ((keys & np.uint64(0xFFFFFFFF)) >> _APART).astype(np.int64)
    expected = clauses.counts[first] * (clauses.counts[second] / clauses.tokens)
    places = np.where(keys & _APART, max(1, window - 1), 1)
    pmi = np.log(times / (expected * places))
    kept = (pmi >= min_pmi) | (first == 0) | (second == 0)
    return Pairs(window, keys[kept], times[kept], pmi[kept])


def _count(clauses: Clauses, window: int, frequent: int, min_count: int, part: int, parts: int) -> tuple[Keys, Counts]:
    """Count one part of all pairs."""
    pieces = []
    for block in clauses.blocks():
        keys = np.empty((window + 1) * block.size, np.uint64)
        written = kernels.write_pairs(block, window, frequent, part, parts, keys)
        pieces.append(keys[:written].copy())
    keys = np.concatenate([np.zeros(0, np.uint64), *pieces])
    keys.sort()
    starts = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]])) if keys.size else np.zeros(0, np.int64)
    times = np.diff(starts, append=keys.size)
    often = times >= min_count
    return keys[starts[often]], times[often]


def levels(times: Counts) -> Bytes:
    """Counts on a logarithmic scale, see `minent.kernels.skipgrams`; 0 for 0."""
    found: Bytes = np.where(times > 0, 1 + np.floor(2 * np.log2(np.maximum(times, 1))), 0).astype(np.uint8)
    return found


def bonds(clauses: Clauses, pairs: Pairs, min_count: int, nats: Nats) -> kernels.Bonds:
    """Return a table of pairs, and the words, by how often they are.

    nats  (w + 1,) what each word is worth where it is fixed
    """
    size = 1 << max(4, (2 * pairs.keys.size).bit_length())
    words: Array = np.where(clauses.counts >= min_count, levels(clauses.counts), 0).astype(np.uint8)
    table = kernels.Bonds(np.zeros(size, np.uint64), np.zeros(size, np.uint8), words, nats)
    kernels.enter_pairs(pairs.keys, levels(pairs.times), table)
    return table
