"""NgramCounts: a sorted table of n-grams of all orders and their counts."""

import json
import mmap
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np

from minent import provenance
from minent.errors import FormatError
from minent.files import StrPath, atomic_write
from minent.types import Counts, Nats, Nodes, Offsets, Symbols

_MAGIC = b"minent counts\n"
_ALIGNMENT = 64
# Columns of a saved table and the types they may have.
_COLUMNS = {
    "alphabet": ("<i8",),
    "starts": ("<i8",),
    "symbol": ("<u2", "<u4"),
    "count": ("<i8",),
    "first_child": ("<i4", "<i8"),
    "totals": ("<i8",),
}


@dataclass(frozen=True)
class NgramCounts:
    """N-grams as a trie in breadth-first order: the root, then all n-grams order by order, sorted by their symbols.

    alphabet     (k,)          int64: symbol - 1 -> code point or byte, ascending; node s of order 1 is symbol s
    starts       (order + 2,)  int64: nodes of order o are starts[o] .. starts[o + 1] - 1; the root is node 0
    symbol       (n,)          uint16 or uint32: last symbol of each n-gram
    count        (n,)          int64; the root counts all symbols
    first_child  (n + 1,)      int64: the n-grams that extend node i are first_child[i] .. first_child[i + 1] - 1
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

    def __len__(self) -> int:
        return self.symbol.size - 1

    def __repr__(self) -> str:
        return f"NgramCounts({len(self):,} n-grams of order 1 to {self.order})"

    def parents(self) -> Nodes:
        """Return (n,) int32: the node of each n-gram without its last symbol; 0 for the root."""
        children = np.diff(self.first_child)
        parent = np.zeros(self.symbol.size, np.int32)
        parent[1:] = np.repeat(np.arange(self.symbol.size, dtype=np.int32), children)
        return parent

    def look_up(self, ngram: str | bytes) -> int:
        """Return how often an n-gram occurs, 0 if it is not in the table."""
        node = 0
        for code in ngram if isinstance(ngram, bytes) else map(ord, ngram):
            symbol = int(np.searchsorted(self.alphabet, code)) + 1
            if symbol > self.alphabet.size or self.alphabet[symbol - 1] != code:
                return 0
            low, high = self.first_child[node : node + 2]
            child = int(low + np.searchsorted(self.symbol[low:high], symbol))
            if child == high or self.symbol[child] != symbol:
                return 0
            node = child
        return int(self.count[node])

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

    def save(self, path: StrPath, *, force: bool = False) -> None:
        """Write the table so that `load` can map it into memory: a line of JSON about the columns, then the columns."""
        columns = {name: np.ascontiguousarray(getattr(self, name)) for name in _COLUMNS}
        digest = blake2b(digest_size=16)
        layout: dict[str, Any] = {}
        offset = 0
        for name, column in columns.items():
            layout[name] = {"type": column.dtype.newbyteorder("<").str, "size": column.size, "offset": offset}
            offset += -(-column.nbytes // _ALIGNMENT) * _ALIGNMENT
            digest.update(column.astype(column.dtype.newbyteorder("<"), copy=False).data)
        header = json.dumps(
            {**self.about, "columns": layout, "checksum": digest.hexdigest()}, ensure_ascii=False
        ).encode()
        padding = -(len(_MAGIC) + len(header) + 1) % _ALIGNMENT
        with atomic_write(path, force=force) as stream:
            stream.write(_MAGIC + header + b" " * padding + b"\n")
            for column in columns.values():
                stream.write(column.astype(column.dtype.newbyteorder("<"), copy=False).data)
                stream.write(b"\0" * (-column.nbytes % _ALIGNMENT))

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
        try:
            header = json.loads(line)
            layout, checksum = header.pop("columns"), header.pop("checksum")
            provenance.check_format(name, header, "counts")
            columns = {}
            digest = blake2b(digest_size=16)
            for column, types in _COLUMNS.items():
                entry = layout[column]
                dtype = np.dtype(types[types.index(entry["type"])])
                columns[column] = np.frombuffer(data, dtype, entry["size"], base + entry["offset"])
                digest.update(columns[column].data)
        except FormatError:
            raise
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
            raise damaged from error
        if digest.hexdigest() != checksum:
            raise damaged
        return cls(**columns, about=header)


def symbol_type(size: int) -> type[np.uint16] | type[np.uint32]:
    """Return the type of the symbols of an alphabet of `size`, and the border."""
    return np.uint16 if size < 2**16 else np.uint32


def first_children(children: Counts) -> Offsets:
    """Return the column `first_child` of NgramCounts for nodes with so many children each."""
    first: Offsets = np.empty(children.size + 1, np.int32 if children.size < 2**31 else np.int64)
    first[0] = 1
    first[1:] = children
    np.cumsum(first, out=first)
    return first
