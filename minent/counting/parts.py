"""Symbols that lie in a spool already -> NgramCounts, without ever holding all of them in memory."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from minent.counting.blocks import Blocks, totals_of
from minent.counting.buckets import Buckets, Section
from minent.counting.reading import Block
from minent.counting.spool import Place, Spool
from minent.kernels import windows
from minent.ngrams import NgramCounts, table_columns
from minent.progress import Progress
from minent.types import Array, Counts


class _Parts(Blocks):
    """Symbols that are numbered as in the table to be made.

    places   uint16, each part with a border, 0, at its end
    symbols  how many different ones there may be
    order    symbols in the longest n-grams
    """

    def __init__(self, places: Sequence[Place], symbols: int, order: int, spool: Spool) -> None:
        self._spool = spool
        self._blocks = [Block(place, place.size) for place in places]
        self.type = np.dtype(np.uint16)
        self.alphabet = np.arange(symbols)
        self.symbol_of, self.pairs, self.closing = None, None, 0
        self.counts: Counts = np.zeros(symbols + 1, np.int64)
        lengths = np.zeros((2, order + 1), np.int64)
        for place in places:
            windows.count_symbols(spool.get(place), self.counts, lengths, 0)
        self.counts[0] = 0
        self.kept: Counts = np.flatnonzero(self.counts)
        self.totals = totals_of(lengths)


def count_parts(
    places: Sequence[Place],
    spool: Spool,
    symbols: int,
    order: int,
    min_count: int,
    *,
    task: int,
    progress: Progress,
) -> NgramCounts:
    """Count n-grams of symbols: the symbols that are there, and longer n-grams seen at least `min_count` times.

    places   parts of the text in the spool: symbols, uint16, 0 = border; each ends with one
    spool    where n-grams are put aside too
    symbols  how many different ones there may be, such that the longest n-grams but for a symbol fit 64 bits
    order    of the longest n-grams
    task     positions that are worked on at a time; the symbols are read once for each task

    The first children of the root are those symbols.  Returns the table, in memory.
    """
    blocks = _Parts(places, symbols, order, spool)
    buckets = Buckets(blocks, order, min_count, task, spool)
    progress.stage("counting", int(blocks.totals[1]), "")
    sections: list[Section] = []
    for step in buckets.plan():
        found, positions = buckets.run(step)
        sections += found
        progress.advance(positions)
    rows: list[list[Any]] = [[] for _ in range(order)]
    for section in sorted(sections, key=lambda section: section.prefix):
        for of_order, each in section.rows:
            rows[of_order - 1].append(each)
    starts = np.cumsum([0, 1, *(sum(each.symbol.size for each in of_order) for of_order in rows)])
    columns = table_columns(blocks.alphabet[: blocks.kept.size], blocks.totals, starts, _columns(rows, spool))
    table: dict[str, Any] = {name: np.concatenate(list(column.parts)) for name, column in columns.items()}
    return NgramCounts(**table)


def _columns(rows: list[list[Any]], spool: Spool) -> Callable[[str], Iterator[Array]]:
    def parts(name: str) -> Iterator[Array]:
        for of_order in rows:
            for each in of_order:
                if (place := getattr(each, name)) is not None:
                    yield spool.get(place)

    return parts
