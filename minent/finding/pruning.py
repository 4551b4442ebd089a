"""Words that were found -> those without redundancy; what is removed gives its occurrences to its parts."""

from typing import NamedTuple

import numpy as np

from minent.kernels import lattice
from minent.types import Counts, Flags, Nats, Offsets, Symbols


class Words(NamedTuple):
    """Words under way, longest first.

    units    (u,)      uint16 or uint32: the words one after the other
    offsets  (w + 1,)  int64
    times    (w,)      int64: occurrences in the cut corpus
    gain     (w,)      float64 nats
    pmi      (w,)      float64 nats; nan for single units
    left     (w,)      float32 nats: branching entropy on this side, nan where it is not known
    right    (w,)      float32 nats
    """

    units: Symbols
    offsets: Offsets
    times: Counts
    gain: Nats
    pmi: Nats
    left: Nats
    right: Nats


def drop(words: Words, n_units: int, weak: Flags, min_gain: float) -> Words:
    """Remove the weak words and those that gain less than `min_gain`; their occurrences go to their parts."""
    edges = lattice.empty_table(words.units.size)
    end = np.zeros(weak.size, np.int32)
    n_nodes = lattice.add_words(words.units, words.offsets, n_units, edges, end)
    total = max(1, int(words.times.sum()))
    score = np.full(n_nodes, -np.inf)
    score[end] = np.log(np.maximum(words.times, 0.5) / total)
    score[end[weak]] = -np.inf
    times = np.zeros(n_nodes, np.int64)
    times[end] = words.times
    gain = np.zeros(weak.size)
    spelling = lattice.Spelling(words.units, words.offsets, end)
    # Every unit is a word here, however rare: the floor is below them all and never reached.
    floor = np.log(0.25 / total)
    lattice.prune_words(spelling, weak, lattice.Trie(edges, score), floor, min_gain, times, gain)
    return _select(words._replace(times=times[end], gain=gain), score[end] > -np.inf)


def finish(words: Words, single: int, max_words: int) -> Words:
    """Keep the best words of several units, if they are limited, and what is used."""
    if max_words:
        weak = np.zeros(words.times.size, np.bool_)
        best_first = ranked(words.times, words.times * words.gain)
        weak[best_first[np.diff(words.offsets)[best_first] > 1][max_words:]] = True
        words = drop(words, single, weak, -np.inf)
    return _select(words, words.times > 0)


def ranked(times: Counts, score: Nats) -> Offsets:
    """The order in which words are listed: what saves most first, then what is most frequent."""
    order: Offsets = np.lexsort((-times, -score))
    return order


def in_turn(units: Symbols, offsets: Offsets, order: Offsets) -> tuple[Symbols, Offsets]:
    """Return words spelled out one after the other, in another order, and where they begin and end."""
    length = np.diff(offsets)[order]
    ends = np.cumsum(length)
    at = np.repeat(offsets[:-1][order] - ends + length, length) + np.arange(ends[-1])
    return units[at], np.concatenate([[0], ends])


def _select(words: Words, kept: Flags) -> Words:
    """Return some of the words."""
    length = np.diff(words.offsets)
    return Words(
        words.units[np.repeat(kept, length)],
        np.concatenate([np.zeros(1, np.int64), np.cumsum(length[kept])]),
        words.times[kept],
        words.gain[kept],
        words.pmi[kept],
        words.left[kept],
        words.right[kept],
    )
