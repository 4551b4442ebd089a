"""Counts + counts -> counts: texts counted apart give, byte for byte, what counting them all at once gives."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from minent import provenance
from minent.errors import CapacityError, InputError
from minent.ngrams import NgramCounts, first_children, symbol_type
from minent.types import Counts, Nodes

# Code points need 21 bits: a node and a symbol fit one key.
_SYMBOL_BITS = 21
_MOST = 2**63 - 1


@dataclass(frozen=True)
class MergeOptions:
    """What to keep.

    min_count  drop n-grams seen fewer times in all the texts together
    """

    min_count: int = 1

    def __post_init__(self) -> None:
        if self.min_count < 1:
            raise InputError(f"min_count must be at least 1, not {self.min_count}")


def merge_counts(tables: Sequence[NgramCounts], options: MergeOptions | None = None) -> NgramCounts:
    """Add counts of different texts.  The order of the tables makes no difference, nor does merging in several steps.

    tables  of one order and one alphabet, each with every n-gram of its text: counted with min_count 1

    Raises InputError if the tables do not fit together, CapacityError if a count would exceed 2^63 - 1.
    """
    min_count = (options or MergeOptions()).min_count
    about = _about(tables, min_count)
    totals = np.sum([table.totals for table in tables], axis=0)
    merge = _Merge(tables)
    symbols = merge.add_symbols(min_count)
    columns = [(np.zeros(1, np.int64), np.array([totals[1]]), np.array([symbols.size], np.int64))]
    for order in range(1, tables[0].order + 1):
        columns.append(merge.add_order(order, min_count))
    starts = np.cumsum([0, *(symbol.size for symbol, _, _ in columns)])
    children = np.concatenate([of_order for _, _, of_order in columns[:-1]])
    return NgramCounts(
        symbols,
        starts,
        np.concatenate([symbol for symbol, _, _ in columns]).astype(symbol_type(symbols.size)),
        np.concatenate([count for _, count, _ in columns]),
        first_children(children),
        totals,
        about=about,
    )


class _Merge:
    """The n-grams of several tables, brought together order by order."""

    def __init__(self, tables: Sequence[NgramCounts]) -> None:
        self._tables = tables
        self._parents = [table.parents() for table in tables]
        # Where each node of each table went; -1 = dropped.
        self._nodes: list[Nodes] = [np.full(table.symbol.size, -1, np.int64) for table in tables]
        for nodes in self._nodes:
            nodes[0] = 0
        self._symbol_of: list[Counts] = []
        self._size = 1
        self._children: Counts = np.zeros(1, np.int64)

    def add_symbols(self, min_count: int) -> Counts:
        """Bring the alphabets together.  Returns the symbols that occur often enough."""
        alphabet, place = np.unique(np.concatenate([table.alphabet for table in self._tables]), return_inverse=True)
        counts = np.zeros(alphabet.size, np.int64)
        np.add.at(counts, place, np.concatenate([table.count[1 : table.starts[2]] for table in self._tables]))
        kept: Counts = alphabet[counts >= min_count]
        for table in self._tables:
            at = np.minimum(np.searchsorted(kept, table.alphabet), max(0, kept.size - 1))
            known = kept[at] == table.alphabet if kept.size else np.zeros(at.size, np.bool_)
            self._symbol_of.append(np.concatenate([[0], np.where(known, at + 1, 0)]))
        return kept

    def add_order(self, order: int, min_count: int) -> tuple[Counts, Counts, Counts]:
        """Return symbol, count and number of children of the n-grams of one order; the children are filled in later."""
        keys, counts, rows = [], [], []
        for table, parents, nodes, symbol_of in zip(
            self._tables, self._parents, self._nodes, self._symbol_of, strict=True
        ):
            low, high = table.starts[order : order + 2]
            above = nodes[parents[low:high]]
            symbol = symbol_of[table.symbol[low:high]]
            row = np.flatnonzero((above >= 0) & (symbol > 0))
            keys.append(above[row] << _SYMBOL_BITS | symbol[row])
            counts.append(table.count[low:high][row])
            rows.append(low + row)
        unique, place = np.unique(np.concatenate(keys), return_inverse=True)
        count = np.zeros(unique.size, np.int64)
        np.add.at(count, place, np.concatenate(counts))
        kept = count >= min_count
        number = np.where(kept, self._size + np.cumsum(kept) - 1, -1)
        split = np.cumsum([row.size for row in rows])[:-1]
        for nodes, row, places in zip(self._nodes, rows, np.split(place, split), strict=True):
            nodes[row] = number[places]
        unique, count = unique[kept], count[kept]
        first_above = self._size - self._children.size
        if order > 1:
            self._children += np.bincount((unique >> _SYMBOL_BITS) - first_above, minlength=self._children.size)
        self._children = np.zeros(unique.size, np.int64)
        self._size += unique.size
        return unique & ((1 << _SYMBOL_BITS) - 1), count, self._children


def _about(tables: Sequence[NgramCounts], min_count: int) -> provenance.Fields:
    """Check that the tables fit together.  Returns what the merged one says of itself."""
    if not tables:
        raise InputError("there are no counts to merge; name at least one file")
    options: dict[str, Any] = {name: tables[0].about.get(name) for name in ("order", "alphabet")}
    for number, table in enumerate(tables, 1):
        if int(table.about.get("min-count", 1)) != 1:
            raise InputError(
                f"table {number} lacks the n-grams seen fewer than {table.about['min-count']} times, and sums would be "
                "wrong; count with --min-count 1, and give --min-count when merging"
            )
        for name, value in options.items():
            if table.about.get(name) != value:
                raise InputError(
                    f"table {number} has {name} {table.about.get(name)}, the first one {value}; merge what is alike"
                )
    if sum(int(table.count[0]) for table in tables) > _MOST:
        raise CapacityError("the sums exceed 2^63 - 1; merge fewer tables")
    return provenance.describe(
        "counts",
        digest=provenance.add_digests(str(table.about["corpus-digest"]) for table in tables),
        size=sum(int(table.about["corpus-bytes"]) for table in tables),
        options={**options, "min_count": min_count},
    )
