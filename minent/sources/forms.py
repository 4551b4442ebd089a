"""How the bytes of a source are text: compressed, in some encoding, or in a field of records."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from minent.decompress import RawFile
from minent.errors import FormatError, InputError
from minent.sources import columns
from minent.sources.records import Bad, read_records
from minent.sources.transcoding import UTF8, check_encoding, is_utf8, transcoded

# What to do about invalid bytes, and what Python's decoder calls it.
ERRORS = {"strict": "strict", "replace": "replace", "skip": "ignore", "keep": "keep"}


@dataclass(frozen=True)
class Form:
    """What text is made of bytes.

    errors    about invalid bytes: "strict" raises, "replace" puts U+FFFD, "skip" drops them, "keep" leaves them where
              nothing has to be decoded, and replaces them where it has
    encoding  of the bytes, as Python calls it; "auto": guessed
    field     of records, in JSON lines, CSV, TSV or Parquet, whose text is wanted; None: the bytes are the text
    skip_bad  leave out records that are none or without text, instead of raising FormatError

    Raises InputError for what means nothing.
    """

    errors: str = "strict"
    encoding: str = UTF8
    field: str | None = None
    skip_bad: bool = False

    def __post_init__(self) -> None:
        if self.errors not in ERRORS:
            raise InputError(f"errors={self.errors!r} means nothing; choose one of {', '.join(ERRORS)}")
        if self.field == "":
            raise InputError("the name of the field is empty; name a key or a column")
        check_encoding(self.encoding)

    @property
    def handler(self) -> str:
        """What Python's decoder calls `errors`."""
        return ERRORS[self.errors]

    def reader(self, raw: RawFile, name: str) -> tuple[Callable[[memoryview], int], Bad]:
        """Return a function like `readinto` for the text of a source, and where bad records of it are counted.

        name  of the source, for messages

        Raises FormatError for Parquet without a field.
        """
        if self.field is None and raw.head([columns.PAGE]).startswith(columns.PAGE):
            raise FormatError(name, "this is Parquet; name the column whose text is wanted with --field")
        handler = "replace" if self.errors == "keep" else self.handler
        if self.field is not None and raw.head([columns.MAGIC]).startswith(columns.MAGIC):
            bad = Bad(name, skip=self.skip_bad, unit="row")
            return _Chunks(columns.read_column(raw, self.field, bad)).readinto, bad
        bad = Bad(name, skip=self.skip_bad)
        read = raw.text_reader()
        if not is_utf8(self.encoding):
            read = _Chunks(transcoded(read, name, self.encoding, handler)).readinto
        if self.field is not None:
            read = _Chunks(read_records(read, self.field, handler, bad)).readinto
        return read, bad


class _Chunks:
    """Pieces of bytes as a stream."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._rest = memoryview(b"")

    def readinto(self, view: memoryview) -> int:
        """Put into `view` what there is; return its size, 0 at the end."""
        while not self._rest:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._rest = memoryview(chunk)
        size = min(len(view), len(self._rest))
        view[:size], self._rest = self._rest[:size], self._rest[size:]
        return size
