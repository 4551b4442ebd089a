"""NgramCounts: a sorted table of n-grams of all orders and their counts."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from minent import provenance
from minent.columns import Column, load_columns, save_columns
from minent.errors import FormatError
from minent.files import StrPath
from minent.types import Array, Counts, Nats, Nodes, Offsets, Symbols

MAGIC = b"minent counts\n"
# Entries of a column that are checked at once.
_CHECKED = 1 << 20
# Columns of a saved table and the types they may have.
_COLUMNS = {
    "alphabet": ("<i8",),
    "starts": ("<i8",),
    "symbol": ("<u2", "<u4"),
    "count": ("<u4", "<i8"),
    "first_child": ("<i4", "<i8"),
    "totals": ("<i8",),
}


@dataclass(frozen=True)
class NgramCounts:
    """N-grams as a trie in breadth-first order: the root, then all n-grams order by order, sorted by their symbols.

    alphabet     (k,)          int64: symbol - 1 -> code point or byte, ascending; node s of order 1 is symbol s
    starts       (order + 2,)  int64: nodes of order o are starts[o] .. starts[o + 1] - 1; the root is node 0
    symbol       (n,)          uint16 or uint32: last symbol of each n-gram
    count        (n,)          uint32, or int64 if one does not fit; the root counts all symbols
    first_child  (m + 1,)      int32 or int64: the n-grams that extend node i are first_child[i] .. first_child[i + 1]
                               - 1; only for the m nodes shorter than the longest n-grams
    totals       (order + 1,)  int64: n-grams of each order in the corpus, pruned ones too
    right, left  (n,) or None  float32 nats: branching entropy of the next symbol, of the one before; every border
                               counts as a symbol of its own
    about        where the counts come from, see `minent.provenance`; "alphabet" is "characters" or "bytes"
    """

    alphabet: Counts
    starts: Offsets
    symbol: Symbols
    count: Counts
    first_child: Offsets
    totals: Counts
    right: Nats | None = None
    left: Nats | None = None
    about: provenance.Fields = field(default_factory=dict)

    @property
    def order(self) -> int:
        """Symbols in the longest n-grams."""
        return self.starts.size - 2

    @property
    def sizes(self) -> list[int]:
        """N-grams of each order, from 1 on."""
        sizes: list[int] = np.diff(self.starts[1:]).tolist()
        return sizes

    def __len__(self) -> int:
        return self.symbol.size - 1

    def __repr__(self) -> str:
        return f"NgramCounts({len(self):,} n-grams of order 1 to {self.order})"

    def parents(self) -> Nodes:
        """Return (n,) int32: the node of each n-gram without its last symbol; 0 for the root."""
        children = np.diff(self.first_child)
        parent = np.zeros(self.symbol.size, np.int32)
        parent[1:] = np.repeat(np.arange(children.size, dtype=np.int32), children)
        return parent

    def look_up(self, ngram: str | bytes) -> int:
        """Return how often an n-gram occurs, 0 if it is not in the table."""
        node = self.find(ngram)
        return 0 if node is None else int(self.count[node])

    def find(self, ngram: str | bytes) -> int | None:
        """Return the node of an n-gram, None if it is not in the table."""
        if len(ngram) > self.order:
            return None
        node = 0
        for code in ngram if isinstance(ngram, bytes) else map(ord, ngram):
            symbol = int(np.searchsorted(self.alphabet, code)) + 1
            if symbol > self.alphabet.size or self.alphabet[symbol - 1] != code:
                return None
            low, high = self.first_child[node : node + 2]
            child = int(low + np.searchsorted(self.symbol[low:high], symbol))
            if child == high or self.symbol[child] != symbol:
                return None
            node = child
        return node

    def rows(self) -> Iterator[tuple[str, int]]:
        """Yield each n-gram and its count, sorted by order, then by code points; n-grams of bytes in hex."""
        names = [
            chr(code) if self.about.get("alphabet") != "bytes" else f"{code:02x}" for code in self.alphabet.tolist()
        ]
        above = [""]
        for order in range(1, self.order + 1):
            low, high = self.starts[order : order + 2]
            first = self.starts[order - 1]
            children = np.diff(self.first_child[first : low + 1])
            owner = np.repeat(np.arange(children.size), children)
            here = [
                above[parent] + names[symbol - 1]
                for parent, symbol in zip(owner.tolist(), self.symbol[low:high].tolist(), strict=True)
            ]
            yield from zip(here, self.count[low:high].tolist(), strict=True)
            above = here

    def columns(self) -> dict[str, Column]:
        """Return what `save` writes: the columns, the counts in 32 bits if all of them fit."""
        count = self.count.astype(count_type(int(self.totals[0])), copy=False)
        return {name: Column.of(count if name == "count" else getattr(self, name)) for name in _COLUMNS}

    def save(self, path: StrPath, *, force: bool = False) -> None:
        """Write the table so that `load` can map it into memory; without branching entropies."""
        save_columns(path, MAGIC, self.about, self.columns(), force=force)

    @classmethod
    def load(cls, path: StrPath) -> "NgramCounts":
        """Map a saved table into memory.

        Raises OSError if the file cannot be read, FormatError if it is not a table of counts or is damaged.
        """
        columns, about = load_columns(path, MAGIC, _COLUMNS, "counts", made="make one with minent count -o")
        if not _is_table(**columns, characters=about.get("alphabet") != "bytes"):  # the checksum of a stranger fits too
            raise FormatError(str(path), "the columns do not fit each other: minent did not write this; count again")
        return cls(**columns, about=about)


def _is_table(
    alphabet: Counts,
    starts: Offsets,
    symbol: Symbols,
    count: Counts,
    first_child: Offsets,
    totals: Counts,
    characters: bool,
) -> bool:
    """Whether columns are those of a table, so that nothing that is looked up leads out of them.

    characters  whether the alphabet is of characters, not of bytes
    """
    order = starts.size - 2
    if order < 1 or starts[0] != 0 or starts[1] != 1 or (np.diff(starts) < 0).any() or starts[2] != 1 + alphabet.size:
        return False
    if totals.size != order + 1 or not symbol.size == count.size == starts[-1] or first_child.size != starts[-2] + 1:
        return False
    known = 0x110000 if characters else 0x100
    if ((alphabet < 0) | (alphabet >= known)).any() or (np.diff(alphabet) <= 0).any():
        return False
    if (first_child[starts[:-1]] != starts[1:]).any() or (totals < 0).any():
        return False
    for low in range(0, first_child.size - 1, _CHECKED):
        if (np.diff(first_child[low : low + _CHECKED + 1]) < 0).any():
            return False
    for low in range(1, symbol.size, _CHECKED):
        high = min(low + _CHECKED, symbol.size)
        if symbol[low:high].min() < 1 or symbol[low:high].max() > alphabet.size or count[low:high].min() < 1:
            return False
        # The children of one n-gram are in order: what does not rise begins the children of another.
        falls = low + 1 + np.flatnonzero(symbol[low + 1 : high + 1] <= symbol[low : min(high, symbol.size - 1)])
        if (first_child[np.searchsorted(first_child, falls)] != falls).any():
            return False
    return True


def table_columns(
    alphabet: Counts, totals: Counts, starts: Offsets, parts: Callable[[str], Iterable[Array]]
) -> dict[str, Column]:
    """Return the columns of a table whose n-grams come in pieces.

    parts  yields the symbols ("symbol") and counts ("times") of all n-grams from order 1 on, never an empty piece, and
           how many n-grams extend each of them but the longest ("children")
    """
    size, inner = int(starts[-1]), int(starts[-2])
    counts = np.dtype(count_type(int(totals[0])))
    first = np.dtype(np.int32 if size < 2**31 else np.int64)

    def behind_root(name: str, root: int, kind: np.dtype[Any]) -> Iterator[Array]:
        yield np.array([root], kind)
        for part in parts(name):
            yield part.astype(kind, copy=False)

    def first_children() -> Iterator[Array]:
        at = np.ones(1, first)
        yield at
        for children in behind_root("children", alphabet.size, first):
            ends = at[-1] + np.cumsum(children, dtype=first)
            yield ends
            at = ends

    symbols = np.dtype(symbol_type(alphabet.size))
    return {
        "alphabet": Column.of(alphabet),
        "starts": Column.of(starts),
        "symbol": Column(symbols, size, behind_root("symbol", 0, symbols)),
        "count": Column(counts, size, behind_root("times", int(totals[0]), counts)),
        "first_child": Column(first, inner + 1, first_children()),
        "totals": Column.of(totals),
    }


def symbol_type(size: int) -> type[np.uint16] | type[np.uint32]:
    """Return the type of the symbols of an alphabet of `size`, and the border."""
    return np.uint16 if size < 2**16 else np.uint32


def count_type(largest: int) -> type[np.uint32] | type[np.int64]:
    """Return the type of counts that are no larger."""
    return np.uint32 if largest < 2**32 else np.int64


def first_children(children: Counts) -> Offsets:
    """Return the column `first_child` of NgramCounts for all but the longest n-grams, with so many children each."""
    first: Offsets = np.empty(children.size + 1, np.int32 if children.sum() < 2**31 - 1 else np.int64)
    first[0] = 1
    first[1:] = children
    np.cumsum(first, out=first)
    return first
