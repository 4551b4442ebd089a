"""Numbered symbols -> NgramCounts with branching entropies, and n-grams too long to be sorted at once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np

from minent.counting.blocks import totals_of
from minent.kernels import splitting, windows
from minent.ngrams import NgramCounts, first_children, symbol_type
from minent.progress import Progress, Silent
from minent.rounding import on_grid
from minent.types import Counts, Nats, Nodes, Symbols

LONGEST_ORDER = 16

# Positions one thread takes at a time, at least: few enough that the arena is reused and stays near the processor.
_TASK = 1 << 21
# How often one thread had better read the whole corpus, once for each task; in a large corpus the tasks grow instead.
_SCANS = 3
# Up to this many positions, of 16 to 28 bytes each.
_LARGEST_TASK = 1 << 24
# Counts up to here have their logarithms ready.
_TABLE = 1 << 12


def symbol_counts(ids: Symbols, n_symbols: int, order: int) -> tuple[Counts, Counts]:
    """Return (n_symbols + 1,) occurrences of each symbol, and (order + 1,) how many n-grams of each order there are."""
    counts = np.zeros(n_symbols + 1, np.int64)
    blocks = np.zeros((2, order + 1), np.int64)
    run = windows.count_symbols(ids, counts, blocks, 0)
    blocks[:, min(run, order)] += (1, run)  # the last one may have no border behind it
    return counts, totals_of(blocks)


def count_ids(
    ids: Symbols,
    alphabet: Counts,
    order: int,
    min_count: int,
    *,
    branching: bool = False,
    known: tuple[Counts, Counts] | None = None,
    task: int = _LARGEST_TASK,
    threads: int = 1,
    progress: Progress | None = None,
) -> tuple[NgramCounts, Nats]:
    """Count the n-grams of an encoded corpus: all symbols, and longer n-grams seen at least `min_count` times.

    ids        (n,) uint16 or uint32: symbols, 0 = border
    alphabet   (k,) int64: what the symbols are
    branching  also measure the branching entropies of every n-gram
    known      what `symbol_counts` says; the totals may be those of a corpus before its rare symbols became borders
    task       positions one thread takes at a time, at most, unless one symbol has more; see `memory_needed`

    Returns the counts and (order + 2, 6) float64: for the n-grams of each order below min_count whose beginning is
    kept, summed over types of count c, with h half of ln c: sqrt(c), sqrt(c) (h - entropy of the n-gram without its
    last symbol), c; then the same three with "end" for "beginning", "first" for "last", and the entropy before.
    """
    progress = progress or Silent()
    counts, totals = known or symbol_counts(ids, alphabet.size, order)
    counts[0] = 0
    progress.stage("counting", int(totals[1]), "")
    task = min(max(_TASK, int(totals[1]) // (_SCANS * threads)), task)
    work = _Work(ids, counts, order, min_count, branching, task)
    pieces: list[list[_Piece]] = [[] for _ in range(order)]
    rest = []
    with ThreadPoolExecutor(threads) as pool:
        for found, found_rest, size in pool.map(work.count_range, *zip(*work.ranges(), strict=True)):
            for rows in found:
                for of_order, piece in zip(pieces, rows, strict=True):
                    of_order.append(piece)
            rest.append(found_rest)
            progress.advance(size)
    table = _assemble(alphabet, counts, totals, pieces, branching)
    return table, np.concatenate(rest, axis=1).sum(axis=1)


def memory_needed(positions: int, order: int, min_count: int) -> int:
    """Return the bytes of one thread that counts so many positions at a time, without branching entropies."""
    # Two arenas of windows and places, and the n-grams of one bucket: symbol, count and number of children.
    return positions * 2 * (8 + 4) + positions // min_count * (order + 1) * (4 + 4 + 4)


class _Piece(NamedTuple):
    """Some n-grams of one order."""

    symbol: Symbols
    times: Symbols
    children: Nodes
    right: Nats
    left: Nats


class _Memory(NamedTuple):
    """What one thread works in, reused from task to task: the first touch of memory costs more than the counting."""

    arenas: tuple[splitting.Arena, splitting.Arena]
    scratch: splitting.Scratch
    found: splitting.Found


class _Work:
    """Ranges of first symbols, counted one at a time on any thread."""

    def __init__(self, ids: Symbols, counts: Counts, order: int, min_count: int, branching: bool, task: int) -> None:
        self._ids = ids
        self._counts = counts
        self._order = order
        self._min_count = min_count
        self._branching = branching
        self._task = task
        self._bits = max(1, (counts.size - 1).bit_length())
        self._local = threading.local()

    def ranges(self) -> list[tuple[int, int]]:
        """Consecutive ranges of first symbols with about `task` positions each; at least one range, maybe empty."""
        ranges = []
        first = 1
        ends = np.cumsum(self._counts)
        while first < self._counts.size:
            last = int(np.searchsorted(ends, ends[first - 1] + self._task, "right"))
            last = min(max(last, first + 1), self._counts.size)
            ranges.append((first, last))
            first = last
        return ranges or [(1, 1)]

    def _memory(self) -> _Memory:
        memory: _Memory | None = getattr(self._local, "memory", None)
        if memory is None:
            memory = self._local.memory = self._allocate()
        return memory

    def _allocate(self) -> _Memory:
        ranges = self.ranges()
        # One entry more than the largest range has positions, for those of the symbols outside.
        size = max(int(self._counts[first:last].sum()) for first, last in ranges) + 1
        levels = self._order if self._branching else self._order - 1
        positions = size if levels > 64 // self._bits else 0
        symbols = self._counts.size
        most = int(self._counts.max(initial=0)) // self._min_count
        rows = max(_TABLE, most, *(last - first for first, last in ranges))
        entropies = rows if self._branching else 0
        table = np.arange(max(_TABLE, self._min_count), dtype=np.float64)

        def arena() -> splitting.Arena:
            return splitting.Arena(
                np.empty(size, np.uint64),
                np.empty(positions, np.uint32 if self._ids.size < 2**32 else np.int64),
                np.empty(size if self._branching else 0, self._ids.dtype),
            )

        return _Memory(
            (arena(), arena()),
            splitting.Scratch(
                np.zeros(symbols, np.int32 if size < 2**31 else np.int64),
                np.zeros(2 * symbols, np.int32),
                np.zeros(symbols // 64 + 1, np.uint64),
                on_grid(table * np.log(np.maximum(table, 1))),
                on_grid(np.sqrt(table)),
                on_grid(0.5 * np.sqrt(table) * np.log(np.maximum(table, 1))),
            ),
            splitting.Found(
                np.empty((self._order + 1, rows), self._ids.dtype),
                np.empty((self._order + 1, rows), np.uint32 if size < 2**32 else np.int64),
                np.empty((self._order + 1, rows), np.int32),
                np.empty((self._order + 1, entropies), np.float32),
                np.empty((self._order + 1, entropies), np.float32),
                np.empty((0, 0, 0)),
                np.empty(self._order + 1, np.int64),
            ),
        )

    def count_range(self, first: int, last: int) -> tuple[list[list[_Piece]], Nats, int]:
        """Count the n-grams whose first symbol is in [first, last).

        Returns lists of one piece for each order, what `Found.rest` holds, and the number of positions.
        """
        memory = self._memory()
        ends = np.cumsum(self._counts[first:last])
        step = np.zeros(self._counts.size, np.int64)
        step[first:last] = 1
        cursor = np.full(step.size, memory.arenas[0].windows.size - 1)
        cursor[first:last] = ends
        splitting.scatter_windows(self._ids, self._bits, cursor, step, memory.arenas[0])
        starts = np.concatenate([[0], ends])
        found = memory.found._replace(rest=np.zeros((self._order + 2, last - first, 6)))
        found.symbol[1, : last - first] = np.arange(first, last)
        found.times[1, : last - first] = self._counts[first:last]
        pieces = []
        bucket = 0
        while bucket < last - first:
            found.used[:] = 0
            setting = (self._bits, self._min_count, bucket)
            done = splitting.split_buckets(self._ids, setting, starts, memory.arenas, memory.scratch, found)
            ranges = [(bucket, done), *((0, int(used)) for used in found.used[2:])]
            pieces.append([_copy(found, order, *span) for order, span in enumerate(ranges, 1)])
            bucket = done
        return pieces, found.rest, int(starts[-1])


def _copy(found: splitting.Found, order: int, low: int, high: int) -> _Piece:
    """Take what was found out of the memory that will be used again."""
    return _Piece(
        found.symbol[order, low:high].copy(),
        found.times[order, low:high].copy(),
        found.children[order, low:high].copy(),
        found.right[order, low:high].copy(),
        found.left[order, low:high].copy(),
    )


def _assemble(
    alphabet: Counts, counts: Counts, totals: Counts, pieces: list[list[_Piece]], branching: bool
) -> NgramCounts:
    """Put the n-grams of all orders behind the root."""
    sizes = [sum(piece.symbol.size for piece in of_order) for of_order in pieces]
    starts = np.cumsum([0, 1, *sizes])
    frequency = counts[counts > 0] / max(1, totals[1])
    entropy = -np.sum(frequency * np.log(frequency))

    def column(name: str, root: float, dtype: np.typing.DTypeLike) -> Any:
        values = [getattr(piece, name) for of_order in pieces for piece in of_order]
        return np.concatenate([np.array([root], dtype), *values], dtype=dtype)

    children = column("children", alphabet.size, np.int32)[: starts[-2]]  # the longest n-grams were not extended
    return NgramCounts(
        alphabet,
        starts,
        column("symbol", 0, symbol_type(alphabet.size)),
        column("times", float(totals[1]), np.int64),
        first_children(children),
        totals,
        column("right", entropy, np.float32) if branching else None,
        column("left", entropy, np.float32) if branching else None,
    )
