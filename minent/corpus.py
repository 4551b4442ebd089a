"""Texts from wherever they are, as a stream of documents: valid UTF-8 in bounded memory."""

import codecs
import errno
import os
import shutil
import stat
import tempfile
import weakref
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import IO, NamedTuple

from minent.decompress import RawFile, cannot_read, failures_named
from minent.encodings import not_utf8
from minent.errors import CapacityError, InputError
from minent.sources import remote
from minent.sources.forms import Form
from minent.sources.paths import STDIN, Found, expand, shown

# A character takes up to four bytes: a smaller buffer might never hold one.
_SMALLEST_CHUNK = 4


class Piece(NamedTuple):
    """Some text of a document, as it was read.

    offset   where it begins in the document, bytes
    text     ends with a line feed, unless the document ends or a line is too long
    at_hand  the text and what has been read behind it, to guess its encoding by
    """

    offset: int
    text: memoryview
    at_hand: memoryview

    def copy(self) -> "Piece":
        """Return a piece that stays."""
        data = memoryview(bytes(self.at_hand))
        return Piece(self.offset, data[: len(self.text)], data)

    @property
    def is_open(self) -> bool:
        """Whether its last line goes on, or the document ends without a line feed."""
        return self.text[-1] != 0x0A


class Document:
    """One text of a corpus, read from its start on every pass.  Corpus.documents() makes them.

    name  for messages: the path as the user gave it, undecodable bytes as \\xNN; "<stdin>" for standard input
    """

    def __init__(
        self,
        name: str,
        open_raw: Callable[[], RawFile],
        form: Form,
        on_read: Callable[[int], None] | None,
        on_bad: Callable[[str, int], None] | None,
    ) -> None:
        self.name = name
        self._open_raw = open_raw
        self._form = form
        self._on_read = on_read
        self._on_bad = on_bad

    def chunks(self, size: int = 1 << 20) -> Iterator[bytes]:
        """Read the text in pieces that never split a character.

        size  of the longest piece, bytes (at least 4 are allowed; replacement characters may add to it)

        A piece ends right after its last line feed; only a line longer than `size` is cut elsewhere.  From a
        stream that is not compressed complete lines are handed on as they arrive.  Line ends stay as they
        are; a leading byte order mark is dropped.

        Raises InputError when the source cannot be read, or not again; FormatError for invalid bytes, if the corpus is
        strict, for bad records, and for damaged data; MissingExtraError without a package that is needed; CapacityError
        without room to copy a stream.
        """
        for piece in self.pieces(size):
            if text := self.check(piece):
                yield text

    def pieces(self, size: int = 1 << 20) -> Iterator[Piece]:
        """Read the text in the same pieces, but unchecked: they may hold invalid UTF-8.

        A piece is good until the next is asked for.  Raises what chunks() raises, but for invalid UTF-8.
        """
        buffer = bytearray(max(size, _SMALLEST_CHUNK))
        view = memoryview(buffer)
        filled = 0  # bytes in the buffer; those carried over from the last round hold no line feed
        offset = 0  # where the buffer begins in the document
        reported = 0
        ended = False
        with self._open_raw() as raw:
            with failures_named(self.name):
                read, bad = self._form.reader(raw, self.name)
            while not ended:
                with failures_named(self.name):
                    count = read(view[filled:])
                ended = count == 0
                if self._on_read is not None and raw.consumed > reported:
                    self._on_read(raw.consumed - reported)
                    reported = raw.consumed
                end = buffer.rfind(b"\n", filled, filled + count) + 1
                filled += count
                if not end:
                    if filled < len(buffer) and not ended:
                        continue
                    end = filled if ended else _whole_characters(buffer, filled)
                marked = offset == 0 and self._form.errors != "keep" and buffer.startswith(codecs.BOM_UTF8)
                start = len(codecs.BOM_UTF8) if marked else 0
                if start < end:
                    yield Piece(offset + start, view[start:end].toreadonly(), view[start:filled])
                view[: filled - end] = view[end:filled]
                filled -= end
                offset += end
        if bad.count and self._on_bad is not None:
            self._on_bad(self.name, bad.count)

    def check(self, piece: Piece) -> bytes:
        """Return a piece as valid UTF-8: invalid bytes are replaced or dropped, refused or kept, as the corpus says.

        Raises FormatError for invalid UTF-8 in a strict corpus.
        """
        if self._form.errors == "keep":
            return bytes(piece.text)
        try:
            return codecs.decode(piece.text, "utf-8", self._form.handler).encode()
        except UnicodeDecodeError as error:
            raise not_utf8(self.name, bytes(piece.at_hand), 0, piece.offset, error) from None

    def lines(self) -> Iterator[str]:
        """Read the text line by line; only a line feed ends a line, and it is taken off.

        Raises what chunks() raises.
        """
        unfinished: list[str] = []
        for chunk in self.chunks():
            first, *others = chunk.decode().split("\n")
            unfinished.append(first)
            if others:
                yield "".join(unfinished)
                unfinished = [others.pop()]
                yield from others
        if last := "".join(unfinished):
            yield last


def _whole_characters(buffer: bytearray, filled: int) -> int:
    """Return how many of the bytes come before a character that may go on behind them."""
    for back in range(1, min(4, filled) + 1):
        lead = buffer[filled - back]
        if lead >= 0xC0:
            width = 2 + (lead >= 0xE0) + (lead >= 0xF0)
            return filled - back if back < width else filled
        if lead < 0x80:
            break
    return filled


class Corpus:
    """Texts from files, directories, patterns, addresses and standard input, plain or compressed (gz, bz2, xz, zst).

    sources     paths; a directory stands for the files below it, sorted by name, hidden ones left out; a
                pattern (*, ?, [...], ** for any depth) for what it matches, unless a file has that very name;
                "@FILE" for what the lines of a file stand for; "-" for standard input; an address (https://, s3://,
                gs://, hf:// ...) for what fsspec finds there
    errors      what to do about invalid UTF-8: "strict" raises, "replace" puts U+FFFD, "skip" drops the bytes, "keep"
                leaves all bytes as they are, a byte order mark too
    encoding    of the texts, as Python calls it; "auto": guessed from the beginning of each
    field       of records whose text is wanted: a key of JSON lines (keys within it behind dots), the name of a column
                of CSV, TSV or Parquet; each text ends its line.  None: the sources are texts themselves
    skip_bad    leave out records that are none, or have no text in the field, instead of raising FormatError
    reiterable  copy what can be read only once, or is far away (standard input, a pipe, a device, an address) to a
                temporary file when it is first needed; otherwise stream it, and a second pass over it is an InputError
    on_spool    called with the name of such a source before the copy starts
    on_read     called with the number of bytes just read, compressed ones as they lie on disk: in each pass
                they add up to `size`; of Parquet, only what is needed is read
    on_bad      called with the name of a document and the number of its records left out, when it has been read

    Raises InputError for no source, one that is missing or unreadable, a pattern without a match, a directory
    without a file, and for options that mean nothing; MissingExtraError for addresses without fsspec.
    """

    def __init__(
        self,
        *sources: str | os.PathLike[str],
        errors: str = "strict",
        encoding: str = "utf-8",
        field: str | None = None,
        skip_bad: bool = False,
        reiterable: bool = True,
        on_spool: Callable[[str], None] | None = None,
        on_read: Callable[[int], None] | None = None,
        on_bad: Callable[[str, int], None] | None = None,
    ) -> None:
        if not sources:
            raise InputError("there is nothing to read; name a file, a directory, a pattern, or - for standard input")
        self._form = Form(errors, encoding, field, skip_bad)
        self._on_read = on_read
        self._on_bad = on_bad
        self._sources: list[_Source] = []
        streams: dict[tuple[int, int], _Source] = {}
        for given in sources:
            for found in expand(given):
                source = _Source(found, on_spool, reiterable)
                if source.size is None and found.status is not None:
                    # The bytes of a stream come only once, by whatever names it is called.
                    source = streams.setdefault((found.status.st_dev, found.status.st_ino), source)
                self._sources.append(source)

    def __repr__(self) -> str:
        names = [source.name for source in self._sources[:3]]
        more = [f"{len(self._sources) - 3:,} more"] if len(self._sources) > 3 else []
        return f"Corpus({', '.join(map(repr, names))}{''.join(f', and {each}' for each in more)})"

    def documents(self) -> Iterator[Document]:
        """Go through the documents in order; each call starts anew."""
        for source in self._sources:
            yield Document(source.name, source.open, self._form, self._on_read, self._on_bad)

    @property
    def size(self) -> int | None:
        """Bytes on disk of all sources; None while one of them is a stream that has not been copied."""
        sizes = [source.size for source in self._sources]
        return None if None in sizes else sum(size for size in sizes if size is not None)

    def fingerprint(self) -> tuple[list[str], list[list[int]]]:
        """Return names that tell this corpus from others, and in what state its files are: sizes and times of change.

        Raises InputError if a part of it can be read only once.
        """
        names = [repr(self._form)]
        states = []
        for source in self._sources:
            if source.size is None or source.path is None or source.status is None:
                raise InputError(f"{source.name}: work on it cannot be resumed; save it to a file and name that")
            names.append(os.path.abspath(source.path))  # noqa: PTH100
            states.append([source.status.st_size, source.status.st_mtime_ns])
        return names, states

    def close(self) -> None:
        """Remove the temporary files; the streams copied there cannot be read again."""
        for source in self._sources:
            source.forget()

    def __enter__(self) -> "Corpus":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Source:
    """Where one document comes from.

    path        None for standard input
    status      of what the path leads to; None for an address
    on_spool    see Corpus; called only if `reiterable`
    """

    def __init__(
        self,
        found: Found,
        on_spool: Callable[[str], None] | None,
        reiterable: bool,
    ) -> None:
        self.path, self.status = path, status = found
        self.name = "<stdin>" if path is None else shown(path if status else remote.shown(path))
        self.size: int | None = None
        self._on_spool = on_spool
        # Parquet is read from the middle.
        self._reiterable = reiterable or (status is None and self.name.endswith(".parquet"))
        self._start: int | None = None  # where reading begins; None for a stream
        self._used = False
        self._spool: IO[bytes] | None = None
        if status is not None and stat.S_ISREG(status.st_mode):
            # Whoever redirected a file to standard input may have read the first lines of it.
            self._start = os.lseek(STDIN, 0, os.SEEK_CUR) if path is None else 0
            self.size = max(0, status.st_size - self._start)

    def open(self) -> RawFile:
        """Open the source for one pass.  Raises InputError, or CapacityError without room for a copy."""
        if self._start is None and self._spool is None:
            if self._used:
                raise InputError(f"{self.name}: can be read only once; save it to a file and name that")
            self._used = True
            if self._reiterable:
                if self._on_spool is not None:
                    self._on_spool(self.name)
                self._copy()
        if self._spool is not None:
            return RawFile(os.dup(self._spool.fileno()), 0)
        return self._open_itself()

    def forget(self) -> None:
        """Remove the copy, if there is one."""
        if self._spool is not None:
            self._spool.close()
            self._spool = self.size = None

    def _open_itself(self) -> RawFile:
        if self.path is not None and self.status is None:
            return remote.open_address(self.path)
        with failures_named(self.name):
            descriptor = os.dup(STDIN) if self.path is None else os.open(self.path, os.O_RDONLY)
        return RawFile(descriptor, self._start)

    def _copy(self) -> None:
        """Copy the stream to a file without a name, which is gone however this process ends."""
        with self._open_itself() as stream:
            try:
                spool = tempfile.TemporaryFile(prefix="minent-")  # noqa: SIM115  it outlives this function
            except OSError as error:
                raise CapacityError(f"there is no place for a copy of {self.name} ({error}); set TMPDIR") from error
            try:
                shutil.copyfileobj(stream, spool)
                spool.flush()
            except BaseException as error:
                with suppress(OSError):  # what could not be written cannot be written on closing either
                    spool.close()
                if not isinstance(error, OSError):
                    raise
                if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
                    where = tempfile.gettempdir()
                    raise CapacityError(
                        f"there is no room in {where} for a copy of {self.name}; set TMPDIR to a larger disk"
                    ) from error
                raise cannot_read(self.name, error) from error
        self.size = stream.consumed
        self._spool = spool
        weakref.finalize(self, spool.close)
