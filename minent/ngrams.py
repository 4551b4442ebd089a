"""NgramCounts: a sorted table of n-grams of all orders and their counts."""

import json
import mmap
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from minent import provenance
from minent.errors import FormatError
from minent.files import StrPath, atomic_write
from minent.types import Array, Counts, Nats, Nodes, Offsets, Symbols

_MAGIC = b"minent counts\n"
_ALIGNMENT = 64
# SHA-256 in hex, at the end of the file.
_CHECKSUM = 64
# Pieces of a table that may wait for it.
_UNSUMMED = 16
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

    def columns(self) -> dict[str, "Column"]:
        """Return what `save` writes: the columns, the counts in 32 bits if all of them fit."""
        count = self.count.astype(count_type(int(self.totals[0])), copy=False)
        return {name: Column.of(count if name == "count" else getattr(self, name)) for name in _COLUMNS}

    def save(self, path: StrPath, *, force: bool = False) -> None:
        """Write the table so that `load` can map it into memory; without branching entropies."""
        save_columns(path, self.about, self.columns(), force=force)

    @classmethod
    def load(cls, path: StrPath) -> "NgramCounts":
        """Map a saved table into memory.

        Raises OSError if the file cannot be read, FormatError if it is not a table of counts or is damaged.
        """
        name = str(path)
        with Path(path).open("rb") as stream:
            if stream.read(len(_MAGIC)) != _MAGIC:
                raise FormatError(name, "this is not a minent counts file; make one with minent count -o")
            line = stream.readline(1 << 20)
            base = stream.tell()
            data = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
        damaged = FormatError(name, "the file is damaged: its contents do not match its checksum; count again")
        body = memoryview(data)[:-_CHECKSUM]
        try:
            header = json.loads(line)
            layout = header.pop("columns")
            provenance.check_format(name, header, "counts")
            columns = {}
            for column, types in _COLUMNS.items():
                entry = layout[column]
                dtype = np.dtype(types[types.index(entry["type"])])
                if type(entry["size"]) is not int or type(entry["offset"]) is not int or entry["offset"] < 0:
                    raise damaged
                columns[column] = np.frombuffer(body, dtype, entry["size"], base + entry["offset"])
        except FormatError:
            raise
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
            raise damaged from error
        if sha256(body).hexdigest().encode() != data[-_CHECKSUM:]:
            raise damaged
        if not _is_table(
            **columns, characters=header.get("alphabet") != "bytes"
        ):  # the checksum of a stranger fits too
            raise FormatError(name, "the columns do not fit each other: minent did not write this; count again")
        return cls(**columns, about=header)


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


class Column(NamedTuple):
    """A column on its way into a table.

    type   of its entries
    size   how many there are
    parts  the entries, piece by piece
    """

    type: np.dtype[Any]
    size: int
    parts: Iterable[Array]

    @classmethod
    def of(cls, array: Array) -> "Column":
        """Return an array as a column."""
        return cls(array.dtype, array.size, [array])


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


def save_columns(
    path: StrPath, about: provenance.Fields, columns: Mapping[str, Column], *, force: bool = False, threads: int = 1
) -> None:
    """Write a table: a line of JSON about the columns, the columns, a checksum of all of it.

    threads  with more than one, what has been written is summed up while the next is
    """
    layout: dict[str, Any] = {}
    offset = 0
    for name, column in columns.items():
        layout[name] = {"type": column.type.newbyteorder("<").str, "size": column.size, "offset": offset}
        offset += -(-column.size * column.type.itemsize // _ALIGNMENT) * _ALIGNMENT
    header = json.dumps({**about, "columns": layout}, ensure_ascii=False).encode()
    padding = -(len(_MAGIC) + len(header) + 1) % _ALIGNMENT
    digest = sha256()
    waiting: deque[Future[None]] = deque()
    with atomic_write(path, force=force) as stream, ThreadPoolExecutor(1) as pool:

        def write(data: bytes | memoryview) -> None:
            stream.write(data)
            if threads == 1:
                digest.update(data)
                return
            waiting.append(pool.submit(digest.update, data))
            if len(waiting) > _UNSUMMED:
                waiting.popleft().result()

        write(_MAGIC + header + b" " * padding + b"\n")
        for column in columns.values():
            for part in column.parts:
                write(np.ascontiguousarray(part, column.type.newbyteorder("<")).data)
            write(b"\0" * (-column.size * column.type.itemsize % _ALIGNMENT))
        for update in waiting:
            update.result()
        stream.write(digest.hexdigest().encode())


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
