"""Arrays in a file that can be mapped into memory: a beginning, a line of JSON, columns, and a checksum of it all."""

import json
import mmap
from collections import deque
from collections.abc import Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from minent import provenance
from minent.errors import FormatError
from minent.files import StrPath, atomic_write
from minent.types import Array

_ALIGNMENT = 64
# SHA-256 in hex, at the end of the file.
_CHECKSUM = 64
# Pieces of a table that may wait for it.
_UNSUMMED = 16


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


def save_columns(
    path: StrPath,
    magic: bytes,
    about: Mapping[str, Any],
    columns: Mapping[str, Column],
    *,
    force: bool = False,
    threads: int = 1,
) -> None:
    """Write a table: what it begins with, a line of JSON about the columns, the columns, a checksum of all of it.

    threads  with more than one, what has been written is summed up while the next is
    """
    layout: dict[str, Any] = {}
    offset = 0
    for name, column in columns.items():
        layout[name] = {"type": column.type.newbyteorder("<").str, "size": column.size, "offset": offset}
        offset += -(-column.size * column.type.itemsize // _ALIGNMENT) * _ALIGNMENT
    header = json.dumps({**about, "columns": layout}, ensure_ascii=False).encode()
    padding = -(len(magic) + len(header) + 1) % _ALIGNMENT
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

        write(magic + header + b" " * padding + b"\n")
        for column in columns.values():
            for part in column.parts:
                write(np.ascontiguousarray(part, column.type.newbyteorder("<")).data)
            write(b"\0" * (-column.size * column.type.itemsize % _ALIGNMENT))
        for update in waiting:
            update.result()
        stream.write(digest.hexdigest().encode())


def load_columns(
    path: StrPath, magic: bytes, types: Mapping[str, tuple[str, ...]], kind: str, *, made: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Map a saved table into memory: the columns, and what it says of its making.

    magic  what it begins with
    types  that each column may have
    kind   of file, see `minent.provenance`
    made   how such a file is made, for messages

    Raises OSError if the file cannot be read, FormatError if it is not such a table or is damaged.
    """
    name = str(path)
    with Path(path).open("rb") as stream:
        if stream.read(len(magic)) != magic:
            raise FormatError(name, f"this is not a minent {kind} file; {made}")
        line = stream.readline(1 << 20)
        base = stream.tell()
        data = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
    damaged = FormatError(name, f"the file is damaged: its contents do not match its checksum; {made}")
    body = memoryview(data)[:-_CHECKSUM]
    try:
        header = json.loads(line)
        layout = header.pop("columns")
        provenance.check_format(name, header, kind)
        columns = {}
        for column, allowed in types.items():
            entry = layout[column]
            dtype = np.dtype(allowed[allowed.index(entry["type"])])
            where = (entry["size"], entry["offset"])
            if set(map(type, where)) != {int} or min(where) < 0:
                raise damaged
            columns[column] = np.frombuffer(body, dtype, entry["size"], base + entry["offset"])
    except FormatError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise damaged from error
    if sha256(body).hexdigest().encode() != data[-_CHECKSUM:]:
        raise damaged
    return columns, header
