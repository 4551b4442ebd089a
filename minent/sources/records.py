"""Fields of records: JSON lines, CSV and TSV.  The text of each record ends its line."""

import csv
import json
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

from minent.errors import FormatError

# A record is in memory as a whole; a longer one is none, but a quote left open or a line end missing.
LONGEST = 1 << 26
_STEP = 1 << 18
_SPACE = b" \t\r\n\xef\xbb\xbf"
_NAMED = 12


class Bad:
    """What becomes of bad records: they are refused, or counted and left out.

    name    of the document, for messages
    unit    what records are counted in there: "line" or "row"
    """

    def __init__(self, name: str, *, skip: bool, unit: str = "line") -> None:
        self.name = name
        self.count = 0
        self._skip = skip
        self._unit = unit

    def record(self, number: int, reason: str) -> None:
        """Count a bad record, or raise FormatError for it."""
        if not self._skip:
            self.refuse(number, f"{reason}, or pass --skip-bad")
        self.count += 1

    def refuse(self, number: int, reason: str) -> NoReturn:
        """Raise FormatError: what the whole document is, is not a matter of a record."""
        if self._unit == "line":
            raise FormatError(self.name, reason, line=number)
        raise FormatError(self.name, f"{self._unit} {number}: {reason}")


def kind_of_records(name: str, head: bytes) -> str:
    """Return what a text of records is, "jsonl", "csv" or "tsv", by the end of its name, else by how it begins."""
    base, _, ending = name.lower().rpartition(".")
    if ending in ("gz", "bz2", "xz", "zst"):
        ending = base.rpartition(".")[2]
    if ending in ("csv", "tsv"):
        return ending
    if ending in ("jsonl", "ndjson", "json", "jsonlines") or head.lstrip(_SPACE)[:1] in (b"{", b"["):
        return "jsonl"
    return "tsv" if b"\t" in head.partition(b"\n")[0] else "csv"


def read_records(read: Callable[[memoryview], int], field: str, errors: str, bad: Bad) -> Iterator[bytes]:
    """Yield the text of a field of all records, as soon as there is some.

    read    gives the records, as UTF-8
    field   of JSON: a key, or keys and numbers of places with dots between them; else the name of a column
    errors  what Python's decoder is to do about invalid bytes: "strict", "replace" or "ignore"
    bad     what is to become of records that are bad: no record at all, or without text in the field

    Raises FormatError for a bad record, unless they are counted, and where there is no such column.
    """
    lines = _Lines(read, errors, bad)
    kind = kind_of_records(bad.name, lines.head())
    yield from _json(lines, field, bad) if kind == "jsonl" else _table(lines, field, bad, kind)


class _Lines:
    """Lines of text with their ends, each as soon as it is there.

    at_hand  how many are left of those that have been read
    number   of the last one, from 1
    """

    def __init__(self, read: Callable[[memoryview], int], errors: str, bad: Bad) -> None:
        self.at_hand = 0
        self.number = 0
        self._read = read
        self._errors = errors
        self._bad = bad
        self._view = memoryview(bytearray(_STEP))
        self._head = b""

    def head(self) -> bytes:
        """Return how the text begins."""
        while not self._head.strip(_SPACE) and (size := self._read(self._view)):
            self._head += self._view[:size]
        return self._head

    def __iter__(self) -> Iterator[str]:
        parts: list[bytes] = []
        while data := self._next():
            *lines, rest = data.split(b"\n")
            self.at_hand = len(lines)
            for line in lines:
                self.at_hand -= 1
                yield self._text(b"".join([*parts, line, b"\n"]))
                parts = []
            parts.append(rest)
            if sum(map(len, parts)) > LONGEST:
                self._bad.refuse(
                    self.number + 1, f"the line is longer than {LONGEST >> 20} MiB; is this a text of records?"
                )
        if last := b"".join(parts):
            yield self._text(last)

    def _next(self) -> bytes:
        if self._head:
            data, self._head = self._head.removeprefix(b"\xef\xbb\xbf"), b""
            return data
        return bytes(self._view[: self._read(self._view)])

    def _text(self, line: bytes) -> str:
        self.number += 1
        try:
            return line.decode("utf-8", self._errors)
        except UnicodeDecodeError as error:
            self._bad.record(
                self.number,
                f"0x{line[error.start]:02X} is not UTF-8; name the --encoding, mend it or pass --errors replace",
            )
            return "\n"


def _json(lines: _Lines, field: str, bad: Bad) -> Iterator[bytes]:
    path = field.split(".")
    texts: list[str] = []
    for line in lines:
        if line.strip():
            try:
                record = json.loads(line.rstrip())
            except (ValueError, RecursionError) as error:
                where = f" at character {error.pos + 1}" if isinstance(error, json.JSONDecodeError) else ""
                what = error.msg if isinstance(error, json.JSONDecodeError) else "nested too deeply"
                bad.record(lines.number, f"this is no JSON ({what}{where}): mend it")
                continue
            _add(texts, _value(record, field, path), lines.number, field, bad)
        if not lines.at_hand and texts:
            yield joined(texts)
            texts = []
    if texts:
        yield joined(texts)


def _value(record: Any, field: str, path: list[str]) -> Any:
    """Return what a field holds, KeyError if it is not there."""
    if isinstance(record, dict) and field in record:
        return record[field]
    for key in path:
        if isinstance(record, dict) and key in record:
            record = record[key]
        elif isinstance(record, list) and key.isascii() and key.isdecimal() and int(key) < len(record):
            record = record[int(key)]
        else:
            keys = f"there are {', '.join(map(repr, list(record)[:_NAMED]))}" if isinstance(record, dict) else "no keys"
            return KeyError(f"there is no field {field!r}; {keys}: name one of them")
    return record


def _table(lines: _Lines, field: str, bad: Bad, kind: str) -> Iterator[bytes]:
    # In TSV a quote is a character like others.
    csv.field_size_limit(LONGEST)
    if kind == "tsv":
        rows = csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
    else:
        rows = csv.reader(lines, strict=True)
    column = width = -1
    texts: list[str] = []
    while True:
        first = rows.line_num + 1
        try:
            row = next(rows, None)
        except csv.Error as error:
            bad.record(first, f"this is no row of {kind.upper()} ({error}): mend it, such as a quote left open")
            continue
        if row is None:
            break
        if row and column < 0:
            if field not in row:
                names = ", ".join(map(repr, row[:_NAMED]))
                bad.refuse(first, f"there is no column {field!r}; there are {names}: name one of them with --field")
            column, width = row.index(field), len(row)
        elif row and len(row) != width:
            bad.record(first, f"the row has {len(row)} columns and the first one {width}: mend it")
        elif row:
            _add(texts, row[column], first, field, bad)
        if not lines.at_hand and texts:
            yield joined(texts)
            texts = []
    if texts:
        yield joined(texts)


def _add(texts: list[str], value: Any, number: int, field: str, bad: Bad) -> None:
    if isinstance(value, str):
        texts.append(value)
    elif isinstance(value, KeyError):
        bad.record(number, str(value.args[0]))
    else:
        bad.record(number, f"the field {field!r} is no text, but {json.dumps(value)[:40]}: name another")


def joined(texts: list[str]) -> bytes:
    """Return texts, each ending with a line feed; half a surrogate pair, which JSON can spell, becomes U+FFFD."""
    text = "\n".join([text.removesuffix("\n") for text in texts])
    try:
        return (text + "\n").encode()
    except UnicodeEncodeError:
        return (text + "\n").encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()
