"""What there is to count, cut into tasks that each fit the memory of a thread.

The positions of a corpus are cut by the symbols their n-grams begin with.  What one n-gram begins too often for one
task is cut by the symbol that follows it, and so on.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple, TypeAlias

import numpy as np

from minent.counting.blocks import Blocks
from minent.types import Counts, Flags, Offsets

Prefix: TypeAlias = tuple[int, ...]

# Numbers of the first and the last byte that goes on a character, see `minent.kernels.encoding.bytes_to_ids`.
_FIRST_CONTINUING = 0x80 + 1
_LAST_CONTINUING = 0xBF + 1


class Task(NamedTuple):
    """What one thread does at a time: n-grams that begin with a prefix and one of several keys.

    prefix  symbols
    pairs   whether the keys are pairs of bytes, 256 first + second; else they are symbols
    keys    (b,) int64: ascending; symbols are consecutive where the prefix is empty
    counts  (b,) int64: positions of each key
    alone   whether no other task has keys between these
    """

    prefix: Prefix
    pairs: bool
    keys: Offsets
    counts: Counts
    alone: bool

    @property
    def positions(self) -> int:
        """How many n-grams of each order it has to look at."""
        return int(self.counts.sum())

    @property
    def base(self) -> int:
        """How many symbols the n-grams of one key have in common."""
        return len(self.prefix) + 1 + self.pairs

    def sections(self) -> Iterator[tuple[Prefix, int, int]]:
        """Yield stretches of keys that no other task has keys between: what they begin with, first key, end."""
        breaks = [0] if self.alone else [0, *(np.flatnonzero(np.diff(_kinds(self.keys))) + 1).tolist()]
        for start, stop in zip(breaks, [*breaks[1:], self.keys.size], strict=True):
            yield self.prefix + _symbols(int(self.keys[start]), self.pairs), start, stop


class Level(NamedTuple):
    """N-grams of one order that are known beforehand; what they begin comes behind them.

    prefix    what they begin with, or the n-gram itself if it is one
    order     of the n-grams
    symbols   (r,) int64: their last symbols
    counts    (r,) int64: how often they occur
    children  (r,) int64: how many kept n-grams extend each by one symbol
    """

    prefix: Prefix
    order: int
    symbols: Counts
    counts: Counts
    children: Counts

    @property
    def positions(self) -> int:
        """How many n-grams of each order it has to look at."""
        return 0


def plan(
    blocks: Blocks, order: int, min_count: int, size: int, following: Callable[[Prefix], Counts]
) -> Iterator[Task | Level]:
    """Yield what is to be done to count n-grams.

    order      symbols in the longest n-grams
    min_count  drop n-grams seen fewer times
    size       positions in a task at most
    following  returns (k,) how often each symbol follows an n-gram, borders first
    """
    cut = _Cut(order, min_count, size, following)
    if blocks.pairs is None or order == 1:
        yield from cut.tasks((), False, blocks.kept, blocks.counts)
        return
    pairs = np.flatnonzero(blocks.pairs >= min_count)
    pairs = pairs[(pairs > 255) & (pairs & 255 > 0)]
    children = np.bincount(pairs >> 8, minlength=blocks.counts.size)
    yield Level((), 1, blocks.kept, blocks.counts[blocks.kept], children[blocks.kept])
    if order == 2 or blocks.pairs[pairs].sum() <= size:
        yield from cut.tasks((), True, pairs, blocks.pairs)
        return
    # Tasks by the places of bytes in characters: their rhythm is easy to predict, see `scatter_pairs`.
    first, second = _continues(pairs >> 8), _continues(pairs & 255)
    for place in (~first, first & second, first & ~second):
        yield from cut.tasks((), True, pairs[place], blocks.pairs, alone=False)


class _Cut:
    """How work is cut; see `plan` for the arguments."""

    def __init__(self, order: int, min_count: int, size: int, following: Callable[[Prefix], Counts]) -> None:
        self._order = order
        self._min_count = min_count
        self._size = size
        self._following = following

    def tasks(
        self, prefix: Prefix, pairs: bool, keys: Offsets, counts: Counts, *, alone: bool = True
    ) -> Iterator[Task | Level]:
        """Cut what begins with a prefix and some keys; counts: of all there are."""
        if not keys.size:
            return
        counts = counts[keys]
        if len(prefix) + 1 + pairs == self._order:
            symbols = keys & 255 if pairs else keys
            yield Level(prefix + _symbols(int(keys[0]), pairs), self._order, symbols, counts, np.zeros_like(keys))
            return
        ends = np.cumsum(counts)
        heavy = np.flatnonzero(counts > self._size)
        start = 0
        while start < keys.size:
            if counts[start] > self._size:
                yield from self._heavy(prefix + _symbols(int(keys[start]), pairs), int(counts[start]))
                start += 1
                continue
            later = heavy[heavy > start]
            stop = self._stop(ends[: int(later[0]) if later.size else keys.size], start)
            yield Task(prefix, pairs, keys[start:stop], counts[start:stop], alone)
            start = stop

    def _stop(self, ends: Counts, start: int) -> int:
        """Return where a task stops that begins at a key, so that all up to the last end are of about the same size."""
        before = int(ends[start - 1]) if start else 0
        left = int(ends[-1]) - before
        wanted = before + left / -(-left // self._size)
        stop = int(np.searchsorted(ends, wanted))  # with this key the task reaches its size
        fits = ends[stop] - before <= self._size
        nearer = stop == start or ends[stop] - wanted < wanted - ends[stop - 1]
        return stop + 1 if fits and nearer else max(stop, start + 1)

    def _heavy(self, prefix: Prefix, count: int) -> Iterator[Task | Level]:
        """Cut what begins with one n-gram."""
        counts = self._following(prefix)
        keys = np.flatnonzero(counts >= self._min_count)
        keys = keys[keys > 0]
        values = (np.array([value]) for value in (prefix[-1], count, keys.size))
        yield Level(prefix, len(prefix), *values)
        yield from self.tasks(prefix, False, keys, counts)


def _symbols(key: int, pairs: bool) -> Prefix:
    return (key >> 8, key & 255) if pairs else (key,)


def _continues(numbers: Offsets) -> Flags:
    """Which bytes go on a character."""
    return (numbers >= _FIRST_CONTINUING) & (numbers <= _LAST_CONTINUING)


def _kinds(pairs: Offsets) -> Offsets:
    """Pairs of one kind stand together in one task: those of one first byte whose second ones are of one kind."""
    second = pairs & 255
    return (pairs >> 8) * 4 + (second >= _FIRST_CONTINUING) + (second > _LAST_CONTINUING)
