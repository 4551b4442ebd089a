"""Passes over the text: cutting it into pieces, counting them, their neighbours and what they save."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TypeVar

import numpy as np

from minent.kernels import pieces as kernels
from minent.kernels.pieces import Lattice, Trie
from minent.progress import Progress
from minent.steps import Steps
from minent.training.pieces import Pieces
from minent.training.text import LONGEST_BLOCK, Part, Text
from minent.types import Counts, Keys

_Result = TypeVar("_Result")
# Pairs, of all parts, to bring together before there are more.
_MOST_PAIRS = 1 << 23


class Workers:
    """Threads that go through the parts of a text.

    threads  how many
    steps    what is done of the work that they do
    """

    def __init__(self, text: Text, threads: int, progress: Progress, steps: Steps | None = None) -> None:
        self.text = text
        self.steps = steps or Steps()
        self._threads = threads
        self.progress = progress

    @property
    def has_more(self) -> bool:
        """Whether there are more parts than the few."""
        return self.text.few is not self.text.parts

    @property
    def on_few(self) -> "Workers":
        """The same for few of the parts."""
        return Workers(replace(self.text, parts=self.text.few), self._threads, self.progress, self.steps)

    def each(self, name: str, work: Callable[[Part], _Result]) -> Iterator[_Result]:
        """Yield what `work` makes of each part, in their order."""
        self.progress.stage(name, len(self.text.parts), "part")
        if self._threads == 1:
            for part in self.text.parts:
                yield work(part)
                self.progress.advance(1)
            return
        with ThreadPoolExecutor(self._threads) as pool:
            for result in pool.map(work, self.text.parts):
                yield result
                self.progress.advance(1)

    def cut(self, name: str, trie: Trie, pieces: Pieces) -> Counts:
        """Cut the text into pieces.  Returns how often each occurs, (p + k,): see `Objective.trie`."""
        size = len(pieces) + self.text.alphabet.size

        def work(part: Part) -> Counts:
            symbols = self.text.spool.get(part.place)
            counts = np.zeros(size, np.int64)
            ahead = np.empty(LONGEST_BLOCK + 1, np.uint64)
            kernels.cut_pieces(symbols, (0, symbols.size), trie, ahead, np.empty(0, np.int32), counts)
            return counts

        return sum(self.each(name, work), np.zeros(size, np.int64))

    def pair(self, name: str, trie: Trie, pieces: Pieces, longest: int) -> tuple[Counts, Keys]:
        """Cut the text into pieces; count them and the pairs of neighbours that can be one piece.

        longest  bytes a piece may have

        Returns (p + k,) counts, and (n,) uint64 pairs: number << 44 | number << 24 | count.
        """
        size = len(pieces) + self.text.alphabet.size
        widths = np.zeros(size, np.int32)
        widths[: len(pieces)] = pieces.widths * (self.text.alphabet.joins[pieces.firsts] | (pieces.lengths > 1))

        def work(part: Part) -> tuple[Counts, Keys]:
            symbols = self.text.spool.get(part.place)
            counts = np.zeros(size, np.int64)
            ahead = np.empty(LONGEST_BLOCK + 1, np.uint64)
            numbers = np.empty(symbols.size, np.int32)
            written, _ = kernels.cut_pieces(symbols, (0, symbols.size), trie, ahead, numbers, counts)
            pairs = np.empty(written, np.uint64)
            return counts, _together(pairs[: kernels.pair_pieces(numbers, written, widths, longest, pairs)])

        counts = np.zeros(size, np.int64)
        waiting: list[Keys] = [np.zeros(0, np.uint64)]
        for found, pairs in self.each(name, work):
            counts += found
            waiting.append(pairs)
            if sum(each.size for each in waiting) > max(_MOST_PAIRS, 2 * waiting[0].size):
                waiting = [_together(np.concatenate(waiting))]
        return counts, _together(np.concatenate(waiting))

    def price(self, name: str, trie: Trie, pieces: Pieces, most: int) -> Counts:
        """Cut the text into pieces.  Returns (2, p + k): how often each occurs, and what it saves.

        most  a piece is credited with no more than this for a stretch
        """
        size = len(pieces) + self.text.alphabet.size
        longest = int(pieces.lengths.max())

        def work(part: Part) -> Counts:
            symbols = self.text.spool.get(part.place)
            found, here = np.zeros((2, size), np.int64), np.zeros(size, np.int64)
            room = lattice(longest)
            for low, high in zip(part.starts[:-1].tolist(), part.starts[1:].tolist(), strict=True):
                kernels.price_pieces(symbols, (low, high), trie, room, most, here, found)
            return found

        return sum(self.each(name, work), np.zeros((2, size), np.int64))


def lattice(longest: int) -> Lattice:
    """Return room for the longest block, of pieces of so many symbols at most."""
    n = LONGEST_BLOCK + 2
    ahead, behind, other = (np.empty(n, np.uint64) for _ in range(3))
    following, first = (np.empty(n, np.int32) for _ in range(2))
    return Lattice(ahead, behind, other, following, first, np.empty(n * (longest + 1), np.uint64))


def _together(pairs: Keys) -> Keys:
    """Sort pairs, and bring equal ones together."""
    kernels.sort_pairs(pairs, np.empty_like(pairs))
    return pairs[: kernels.add_pairs(pairs)]
