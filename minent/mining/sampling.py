"""Clauses -> some of them, by their hash, each once."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from minent.kernels import covering, skipgrams
from minent.mining.models import make_text
from minent.mining.reading import Clauses
from minent.types import Counts, Keys, Nats, Nodes, Offsets

_CLASSES = 12  # bits


class Draw:
    """The clauses with the least hashes, as long as all of them have up to `size` words.

    counts  (w + 1,) int64: how often each word is in them, clauses at 0
    share   of the words of the corpus that are in them
    """

    def __init__(self, clauses: Clauses, size: int) -> None:
        self._clauses = clauses
        self._all = clauses.tokens <= size
        self.counts: Counts = clauses.counts
        self.share = 1.0
        if not self._all:
            words = np.zeros(1 << _CLASSES, np.int64)
            for block in clauses.blocks():
                _, hashes, lengths = clauses_of(block)
                words += np.bincount(_classes(hashes), lengths, words.size).astype(np.int64)
            self._last = max(1, int(np.searchsorted(np.cumsum(words), size, side="right")))
            self.counts = np.zeros(clauses.counts.size, np.int64)
            for block in self.blocks():
                self.counts += np.bincount(block, minlength=self.counts.size)
            self.share = float(self.counts[1:].sum() / clauses.tokens)

    def blocks(self) -> Iterator[Nodes]:
        """Yield them, some at a time: (n,) int32 words, 0 behind each clause."""
        for block in self._clauses.blocks():
            if self._all:
                yield block
            else:
                _, hashes, lengths = clauses_of(block)
                yield block[np.repeat(_classes(hashes) < self._last, lengths + 1)]


class Sample(NamedTuple):
    """Different clauses.

    text   their words, and how often each clause is in the corpus
    words  (p, 2) int32: of each pair of words in them
    share  of the words of the corpus that are in them
    """

    text: covering.Text
    words: Nodes
    share: float


def distinct(draw: Draw, nats: Nats) -> Sample:
    """Return each clause once, in the order of their hashes.

    nats  (w + 1,) what each word costs to spell, the end of a hole at 0
    """
    ids, all_hashes, all_lengths = [], [], []
    for block in draw.blocks():
        _, hashes, lengths = clauses_of(block)
        ids.append(block[block > 0])
        all_hashes.append(hashes)
        all_lengths.append(lengths)
    hashes, lengths = np.concatenate(all_hashes), np.concatenate(all_lengths)
    offsets = np.cumsum(lengths) - lengths
    order = np.argsort(hashes, kind="stable")
    first = np.flatnonzero(np.diff(hashes[order], prepend=hashes[order][:1] + np.uint64(1)) != 0)
    times = np.diff(first, append=order.size)
    chosen = order[first]
    kept = np.concatenate(ids)[within(offsets[chosen], lengths[chosen])]
    starts = np.concatenate([[0], np.cumsum(lengths[chosen])])
    text, words = make_text(kept, starts, times, nats)
    return Sample(text, words, draw.share)


def clauses_of(block: Nodes) -> tuple[Offsets, Keys, Counts]:
    """Where each clause of a block begins, its hash, and its words."""
    starts, hashes = np.empty(block.size, np.int64), np.empty(block.size, np.uint64)
    size = skipgrams.hash_clauses(block, starts, hashes)
    starts = starts[:size]
    return starts, hashes[:size].copy(), np.diff(starts, append=block.size) - 1


def within(starts: Offsets, lengths: Counts) -> Offsets:
    """The places starts[i] ... starts[i] + lengths[i] - 1 for each i, one after the other."""
    offsets = np.cumsum(lengths) - lengths
    places: Offsets = np.repeat(starts - offsets, lengths) + np.arange(int(lengths.sum()))
    return places


def _classes(hashes: Keys) -> Offsets:
    return (hashes >> np.uint64(64 - _CLASSES)).astype(np.int64)
