"""Blocks of symbols -> n-grams of all orders, sorted.

A task reads all blocks, puts the windows of its positions into buckets, sorts each bucket and reads the n-grams off the
sorted windows.
"""

import threading
from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

import numpy as np

from minent.counting.blocks import Blocks
from minent.counting.plan import Level, Prefix, Task, plan
from minent.counting.spool import Place, Spool
from minent.kernels import runs, windows
from minent.ngrams import count_type, symbol_type
from minent.types import Array, Bytes, Counts, Keys

# Bits of a window.
WINDOW = 64

# N-grams collected before they are put aside, and windows turned into n-grams at a time: both stay in the cache.
_ROWS = 1 << 15
_BLOCK = 1 << 9


# Buckets up to this size are sorted here: to call numpy costs more.
_SMALL = 24


class Rows(NamedTuple):
    """Some consecutive n-grams of one order; see `minent.ngrams.NgramCounts`."""

    symbol: Place
    times: Place
    children: Place | None  # None for the longest n-grams


class Section(NamedTuple):
    """N-grams with no others between them.

    prefix  what the first of them begins with: sections are in order when their prefixes are
    rows    pairs of an order and some n-grams of that order, in order
    """

    prefix: Prefix
    rows: list[tuple[int, Rows]]


# Sections, and how many positions they were counted from.
Result: TypeAlias = tuple[list[Section], int]


class _Arena(NamedTuple):
    """What one thread works in."""

    block: Bytes
    windows: Keys
    runs: runs.Runs
    found: runs.Found


class Buckets:
    """The work of counting one corpus.

    blocks     the corpus
    order      symbols in the longest n-grams; see `fits`
    min_count  drop n-grams seen fewer times
    size       positions in a task at most
    results    where the n-grams go
    """

    def __init__(self, blocks: Blocks, order: int, min_count: int, size: int, results: Spool) -> None:
        self._blocks = blocks
        self._order = order
        self._min_count = min_count
        self._size = size
        self._results = results
        self._bits = bits_of(blocks)
        self._symbol_type = symbol_type(blocks.alphabet.size)
        self._count_type = count_type(int(blocks.totals[0]))
        self._local = threading.local()

    def plan(self) -> Iterator[Task | Level]:
        """Yield what is to be done."""
        return plan(self._blocks, self._order, self._min_count, self._size, self._following)

    def run(self, task: Task | Level) -> Result:
        """Do one piece of the work."""
        if isinstance(task, Level):
            rows = self._put(task.order, task.symbols, task.counts, task.children)
            return [Section(task.prefix, [(task.order, rows)])], 0
        arena = self._arena(task.positions)
        ends = np.cumsum(task.counts)
        self._scatter(task, ends, arena)
        bounds = np.stack([ends - task.counts, ends])
        runs.sort_small(arena.windows, bounds, _SMALL)
        for low, high in bounds.T[task.counts > _SMALL].tolist():
            arena.windows[low:high].sort()
        symbols = task.keys & 255 if task.pairs else task.keys
        sections = [
            Section(prefix, list(self._count(task.base, bounds[:, start:stop], symbols[start:stop], arena)))
            for prefix, start, stop in task.sections()
        ]
        return sections, int(ends[-1])

    def _count(self, base: int, bounds: Counts, symbols: Counts, arena: _Arena) -> Iterator[tuple[int, Rows]]:
        """Yield the n-grams of sorted buckets."""
        found = arena.found
        found.total[:] = 0
        bounds = np.ascontiguousarray(bounds)
        at = np.array([0, -1])
        setting = (self._bits, self._min_count, base)
        done = False
        while not done:
            found.used[:] = 0
            done = runs.count_runs(arena.windows, bounds, symbols, setting, at, arena.runs, found)
            for order in range(base, self._order + 1):
                if used := int(found.used[order]):
                    yield order, self._put(order, *(column[order, :used] for column in found[:3]))

    def _put(self, order: int, symbol: Array, times: Array, children: Array) -> Rows:
        put = self._results.put
        if self._blocks.symbol_of is not None:
            symbol = self._blocks.symbol_of[symbol]
        return Rows(
            put(symbol.astype(self._symbol_type, copy=False)),
            put(times.astype(self._count_type, copy=False)),
            put(children.astype(np.int32, copy=False)) if order < self._order else None,
        )

    def _arena(self, size: int) -> _Arena:
        """Return the arena of this thread, with room for so many windows and one that nobody reads."""
        arena: _Arena | None = getattr(self._local, "arena", None)
        if arena is None or arena.windows.size <= size:
            # Room for the largest task: what is not used is never touched.
            most = min(self._size, int(self._blocks.totals[0]))
            arena = self._local.arena = self._allocate(max(size, most) + 1)
        return arena

    def _allocate(self, size: int) -> _Arena:
        rows, block = (self._order + 1, _ROWS), (self._order + 1, _BLOCK + self._order + 2)
        return _Arena(
            self._blocks.memory(),
            np.empty(size, window_type(self._blocks, self._order)),
            runs.Runs(
                np.empty(block, np.uint64),
                np.empty(block, np.int64),
                np.empty(block, np.int64),
                np.empty((2, self._order + 1), np.int64),
            ),
            runs.Found(
                np.empty(rows, self._symbol_type),
                np.empty(rows, self._count_type),
                np.empty(rows, np.int32),
                np.zeros(self._order + 1, np.int64),
                np.zeros(self._order + 1, np.int64),
            ),
        )

    def _scatter(self, task: Task, ends: Counts, arena: _Arena) -> None:
        """Put the windows of a task into buckets that end at `ends`."""
        by_symbol = not task.prefix and not task.pairs
        lanes = self._order - task.base if not task.prefix else self._order - 1
        packing = (self._bits, lanes, self._blocks.closing)
        # Nobody reads the last window; where there is a branch, 0 is the end of no bucket.
        outside = arena.windows.size - 1 if by_symbol else 0
        cursor = np.full(1 << 16 if task.pairs else self._blocks.counts.size, outside, np.int32)
        cursor[task.keys] = ends
        for number in range(len(self._blocks)):
            ids, size = self._blocks.read(number, arena.block)
            if by_symbol:
                span = (int(task.keys[0]), int(task.keys[-1]) + 1)
                windows.scatter_symbols(ids, size, packing[:2], span, cursor, arena.windows)
            elif task.pairs:
                windows.scatter_pairs(ids, size, packing, cursor, arena.windows)
            else:
                windows.scatter_after(ids, size, packing, self._packed(task.prefix), cursor, arena.windows)

    def _packed(self, prefix: Prefix) -> tuple[int, int, int]:
        """Return what the kernels want to know of a prefix."""
        others = 0
        for symbol in prefix[1:]:
            others = others << self._bits | symbol
        return prefix[0], others, self._bits * (self._order - len(prefix) - 1)

    def _following(self, prefix: Prefix) -> Counts:
        """Return (k,) int64: how often each symbol follows an n-gram; borders first."""
        counts: Counts = np.zeros(self._blocks.counts.size, np.int64)
        memory = self._blocks.memory()
        packing = (self._bits, self._order - 1, self._blocks.closing)
        for number in range(len(self._blocks)):
            ids, size = self._blocks.read(number, memory)
            windows.count_after(ids, size, packing, self._packed(prefix), counts)
        return counts


def bits_of(blocks: Blocks) -> int:
    """Return how many bits a symbol takes in a window."""
    return 8 if blocks.pairs is not None else max(1, int(blocks.alphabet.size).bit_length())


def window_type(blocks: Blocks, order: int) -> type[np.uint32] | type[np.uint64]:
    """Return the type of a window."""
    lanes = order - (1 if blocks.pairs is None else 2)
    return np.uint64 if lanes * bits_of(blocks) > 32 else np.uint32


def fits(blocks: Blocks, order: int) -> bool:
    """Whether what follows the first symbol of the longest n-grams fits one window."""
    return (order - 1) * bits_of(blocks) <= WINDOW
