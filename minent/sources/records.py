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
_MARK = "\0"
_BETWEEN = f",{json.dumps(_MARK)},"


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
    blocks = _Blocks(read, errors, bad)
    kind = kind_of_records(bad.name, blocks.head())
    texts = _json(blocks, field, bad) if kind == "jsonl" else _table(blocks, field, bad, kind)
    for some in texts:
        if some:
            yield joined(some)


class _Blocks:
    """Blocks of whole lines, each as soon as it is there.

    number  how many lines there were before the block
    """

    def __init__(self, read: Callable[[memoryview], int], errors: str, bad: Bad) -> None:
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
            end = data.rfind(b"\n") + 1
            if end:
                yield from self._text(b"".join([*parts, data[:end]]))
                parts = []
            parts.append(data[end:])
            if sum(map(len, parts)) > LONGEST:
                reason = f"the line is longer than {LONGEST >> 20} MiB; is this a text of records?"
                self._bad.refuse(self.number + 1, reason)
        yield from self._text(b"".join(parts))

    def _next(self) -> bytes:
        if self._head:
            data, self._head = self._head.removeprefix(b"\xef\xbb\xbf"), b""
            return data
        return bytes(self._view[: self._read(self._view)])

    def _text(self, data: bytes) -> Iterator[str]:
        """Decode whole lines, one by one where not all of them can be."""
        try:
            lines = [data.decode("utf-8", self._errors)] if data else []
        except UnicodeDecodeError:
            lines = []
            for line in data.removesuffix(b"\n").split(b"\n"):
                try:
                    lines.append(line.decode() + "\n")
                except UnicodeDecodeError as error:
                    byte = f"0x{line[error.start]:02X}"
                    reason = f"{byte} is not UTF-8; name the --encoding, mend it or pass --errors replace"
                    self._bad.record(self.number + len(lines) + 1, reason)
                    lines.append("\n")
        if lines:
            yield "".join(lines)
        self.number += data.count(b"\n")


def _json(blocks: _Blocks, field: str, bad: Bad) -> Iterator[list[str]]:
    path = field.split(".")
    for block in blocks:
        lines = block.split("\n")
        texts = _all_good(lines, field, path)
        if texts is None:
            texts = []
            for number, line in enumerate(lines, blocks.number + 1):
                if not line.strip():
                    continue
                try:
                    record = json.loads(line)
                except (ValueError, RecursionError) as error:
                    where = f" at character {error.pos + 1}" if isinstance(error, json.JSONDecodeError) else ""
                    what = error.msg if isinstance(error, json.JSONDecodeError) else "nested too deeply"
                    bad.record(number, f"this is no JSON ({what}{where}): mend it")
                    continue
                _add(texts, _value(record, field, path), number, field, bad)
        yield texts


def _all_good(lines: list[str], field: str, path: list[str]) -> list[str] | None:
    """Return the texts of lines of JSON, read at once, if nothing is wrong with them; None to look at each."""
    lines = [line for line in lines if line and not line.isspace()]
    try:
        # What stands between is no part of an object, and shows whether each line is one value.
        records = json.loads("[" + _BETWEEN.join(lines) + "]")
    except (ValueError, RecursionError):
        return None
    try:
        texts = [record[field] for record in records[::2]]
    except (KeyError, TypeError):
        texts = [_value(record, field, path) for record in records[::2]]
    good = len(records) == max(0, 2 * len(lines) - 1) and all(each == _MARK for each in records[1::2])
    return texts if good and all(isinstance(text, str) for text in texts) else None


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


def _table(blocks: _Blocks, field: str, bad: Bad, kind: str) -> Iterator[list[str]]:
    left = 0

    def fed() -> Iterator[str]:
        nonlocal left
        for block in blocks:
            lines = _lines(block)
            left = len(lines)
            for line in lines:
                left -= 1
                yield line

    # In TSV a quote is a character like others.
    csv.field_size_limit(LONGEST)
    if kind == "tsv":
        rows = csv.reader(fed(), delimiter="\t", quoting=csv.QUOTE_NONE)
    else:
        rows = csv.reader(fed(), strict=True)
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
            texts.append(row[column])
        if not left:
            yield texts
            texts = []
    yield texts


def _lines(block: str) -> list[str]:
    """Return lines with their ends; only a line feed ends one."""
    *lines, last = block.split("\n")
    return [line + "\n" for line in lines] + ([last] if last else [])


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
