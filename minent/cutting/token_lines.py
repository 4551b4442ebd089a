"""Lines of text to lines of ids or pieces, and lines of ids to text, streaming."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from minent.characters import LINE_SEPARATORS
from minent.errors import FormatError, InputError
from minent.kernels import numbers
from minent.tokenizer import Batch, Tokenizer
from minent.types import Nodes

FORMATS = ("ids", "pieces", "json")

_ESCAPES = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", " ": "\\s"}
_HIDDEN = {code: f"\\u{code:04x}" for code in LINE_SEPARATORS}


@dataclass(frozen=True)
class LineOptions:
    """How lines are encoded and written.

    format    one of FORMATS
    alpha     below 0: the best way to cut a line; else one drawn with probability P^alpha / sum of P^alpha
    seed      of the drawing, 0 to 2^63 - 1; what is drawn depends on it and on where the line stands in its text
    nbest     0: one way for each line; else the so many best, a line each: line number, ln of the probability, tokens
    specials  whether the texts of special tokens become their ids

    Raises InputError if something does not fit.
    """

    format: str = "ids"
    alpha: float = -1.0
    seed: int = 0
    nbest: int = 0
    specials: bool = False

    def __post_init__(self) -> None:
        if self.format not in FORMATS:
            raise InputError(f"the format cannot be {self.format!r}; it is one of {', '.join(FORMATS)}")
        if not self.alpha < float("inf"):
            raise InputError(f"alpha must be a number, not {self.alpha}")
        if not 0 <= self.seed < 2**63 or self.nbest < 0:
            raise InputError("a seed is from 0 to 2^63 - 1, n-best from 0 on")
        if (self.alpha >= 0) + (self.nbest > 0) + self.specials > 1:
            raise InputError("of drawing (alpha), n-best and special tokens only one can be asked for")


def encode_lines(
    tokenizer: Tokenizer, chunks: Iterable[bytes], options: LineOptions, *, threads: int = 1
) -> Iterator[bytes]:
    """Yield a line for each line of a text: its ids, or what `options` says.  No piece goes on over a line end.

    chunks   of a text; those that end with a line end are answered at once
    threads  how many to use; the result is the same for any number
    """
    if options == LineOptions():
        yield from _ids(tokenizer, chunks, threads)
        return
    place, number = 0, 1
    for lines in whole_lines(chunks):
        rows: list[str] = []
        for line in lines:
            rows += _rows(tokenizer, line, options, place, number)
            place += len(line)
            number += 1
        yield "".join([row + "\n" for row in rows]).encode()


def _ids(tokenizer: Tokenizer, chunks: Iterable[bytes], threads: int) -> Iterator[bytes]:
    """The quick way, in memory that does not grow with a line."""
    encoder = tokenizer.encoder()
    is_open = False  # the line under way
    space = b""
    for chunk in chunks:
        first = chunk.find(b"\n") + 1 or len(chunk) if is_open else 0
        if is_open:
            found = encoder.feed(chunk[:first])
            is_open = not chunk[:first].endswith(b"\n")
            if not is_open:
                found = np.concatenate([found, encoder.finish()])
            yield _part(found, space) + (b"" if is_open else b"\n")
            space = space or b" " * bool(found.size)
        whole = max(first, chunk.rfind(b"\n") + 1)
        if whole > first:
            yield _written(tokenizer.encode_lines(chunk[first:whole], threads=threads))
        if whole < len(chunk):
            found = encoder.feed(chunk[whole:])
            is_open = True
            yield _part(found, b"")
            space = b" " * bool(found.size)
    if is_open:
        yield _part(encoder.finish(), space) + b"\n"


def _written(batch: Batch) -> bytes:
    out = np.empty(11 * batch.ids.size + batch.offsets.size, np.uint8)
    return out[: numbers.write_numbers(batch.ids, batch.offsets, out)].tobytes()


def _part(ids: Nodes, space: bytes) -> bytes:
    """Some ids of a line that goes on."""
    if not ids.size:
        return b""
    return space + _written(Batch(ids, np.array([0, ids.size])))[:-1]


def whole_lines(chunks: Iterable[bytes]) -> Iterator[list[bytes]]:
    """Yield the lines of a text with their line ends, several at a time."""
    waiting: list[bytes] = []
    for chunk in chunks:
        waiting.append(chunk)
        if chunk.endswith(b"\n"):
            yield [line + b"\n" for line in b"".join(waiting).split(b"\n")[:-1]]
            waiting = []
        elif b"\n" in chunk:
            *lines, rest = b"".join(waiting).split(b"\n")
            yield [line + b"\n" for line in lines]
            waiting = [rest]
    if last := b"".join(waiting):
        yield [last]


def _rows(tokenizer: Tokenizer, line: bytes, options: LineOptions, place: int, number: int) -> Iterator[str]:
    if options.nbest:
        for ids, score in tokenizer.nbest(line, options.nbest):
            if options.format == "json":
                yield _json(tokenizer, line, ids, {"line": number, "log_probability": score})
            else:
                yield f"{number}\t{score:.6f}\t{_plain(tokenizer, ids, options.format)}"
        return
    if options.alpha >= 0:
        ids = tokenizer.sample(line, options.alpha, options.seed, base=place)
    else:
        ids = tokenizer.encode(line, specials=options.specials)
    yield _json(tokenizer, line, ids, {}) if options.format == "json" else _plain(tokenizer, ids, options.format)


def _plain(tokenizer: Tokenizer, ids: Nodes, form: str) -> str:
    if form == "ids":
        return " ".join(map(str, ids.tolist()))
    return " ".join([visible_piece(tokenizer.id_to_piece(number)) for number in ids.tolist()])


def _json(tokenizer: Tokenizer, line: bytes, ids: Nodes, about: dict[str, Any]) -> str:
    pieces = [tokenizer.id_to_piece(number).decode(errors="backslashreplace") for number in ids.tolist()]
    record = about | {"text": line.decode(errors="backslashreplace"), "ids": ids.tolist(), "pieces": pieces}
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")).translate(_HIDDEN)


def visible_piece(piece: bytes) -> str:
    r"""Return a piece without white space: "\s" for a space, "\n", "\t", "\\", "\xNN" for bytes that are no text."""
    text = piece.decode(errors="surrogateescape")
    return "".join([_visible(character) for character in text])


def _visible(character: str) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    if character in _ESCAPES:
        return _ESCAPES[character]
    return character if character.isprintable() else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def decode_lines(
    tokenizer: Tokenizer, chunks: Iterable[bytes], name: str, *, skip_specials: bool = True
) -> Iterator[bytes]:
    """Yield the bytes of ids in decimal digits, separated by white space; line breaks mean nothing.

    name  of what is read, for messages

    Raises FormatError naming the line of what is no id of this vocabulary.
    """
    waiting = b""
    line = 1
    for chunk in _closed(chunks):
        data = waiting + chunk
        end = max(map(data.rfind, (b" ", b"\n", b"\t", b"\r"))) + 1
        if end:
            yield _decoded(tokenizer, data[:end], name, line, skip_specials)
            line += data.count(b"\n", 0, end)
        waiting = data[end:]


def _closed(chunks: Iterable[bytes]) -> Iterator[bytes]:
    yield from chunks
    yield b"\n"


def _decoded(tokenizer: Tokenizer, data: bytes, name: str, line: int, skip_specials: bool) -> bytes:
    text = np.frombuffer(data, np.uint8)
    ids = np.empty((text.size + 1) // 2, np.int32)
    n, wrong = numbers.read_numbers(text, ids)
    beyond = np.flatnonzero(ids[:n] >= tokenizer.vocab_size)
    if wrong >= 0 or beyond.size:
        number = int(beyond[0]) if beyond.size else n
        before, word = _nth(data, number)
        raise FormatError(
            name,
            f"{word[:40].decode(errors='backslashreplace')!r} is no id of this vocabulary: ids are whole numbers from "
            f"0 to {tokenizer.vocab_size - 1}, separated by spaces",
            line=line + before.count(b"\n"),
        )
    return tokenizer.decode(ids[:n], skip_specials=skip_specials)


def _nth(data: bytes, number: int) -> tuple[bytes, bytes]:
    """The word of this number, from 0 on, and what stands before it."""
    rest = data.split(None, number)[-1] if number else data.lstrip()
    return data[: len(data) - len(rest)], rest.split(None, 1)[0]
