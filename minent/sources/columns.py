"""A column of Parquet files."""

from collections.abc import Iterator
from typing import Any

from minent.decompress import RawFile
from minent.errors import FormatError, MinentError, MissingExtraError
from minent.sources.records import Bad, joined

MAGIC = b"PAR1"
# Behind it stands the head of a page, so that no text is taken for one.
PAGE = MAGIC + b"\x15"
_ROWS = 4096
_NAMED = 12


def read_column(raw: RawFile, field: str, bad: Bad) -> Iterator[bytes]:
    """Yield the text of a column, row by row, each ending with a line feed.

    raw    can be read from the middle
    field  the name of a column, or of one in a structure, with dots between names
    bad    what is to become of rows without a text

    Raises MissingExtraError without pyarrow, FormatError if there is no such column of text, for a bad row unless they
    are counted, and for a damaged file.
    """
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise MissingExtraError(f"{bad.name}: Parquet needs pyarrow: pip install 'minent[parquet]'") from None
    if not raw.seekable():
        raise FormatError(bad.name, "Parquet cannot be read from a stream; save it to a file and name that")
    try:
        table = parquet.ParquetFile(raw)
        _check(table.schema_arrow, field, bad)
        done = 0
        for batch in table.iter_batches(_ROWS, columns=[field], use_threads=False):
            texts = []
            for row, value in enumerate(_column(batch, field), done + 1):
                if value is None:
                    bad.record(row, f"there is no text in the column {field!r}: mend it")
                else:
                    texts.append(value)
            done += batch.num_rows
            if texts:
                yield joined(texts)
    except MinentError:
        raise
    except (pyarrow.ArrowException, OSError) as error:
        line = " ".join(str(error).split())
        raise FormatError(bad.name, f"this is no Parquet, or damaged ({line}); copy or download it again") from error


def _check(schema: Any, field: str, bad: Bad) -> None:
    """Raise FormatError unless the field is a column of text."""
    import pyarrow

    kind = pyarrow.struct(list(schema))
    for name in [field] if field in schema.names else field.split("."):
        place = kind.get_field_index(name) if pyarrow.types.is_struct(kind) else -1
        if place < 0:
            names = ", ".join(map(repr, schema.names[:_NAMED]))
            raise FormatError(bad.name, f"there is no column {field!r}; there are {names}: name one with --field")
        kind = kind.field(place).type
    if pyarrow.types.is_dictionary(kind):
        kind = kind.value_type
    if not (pyarrow.types.is_string(kind) or pyarrow.types.is_large_string(kind)):
        raise FormatError(bad.name, f"the column {field!r} is no text, but {kind}; name another with --field")


def _column(batch: Any, field: str) -> list[str | None]:
    """Return the texts of a batch."""
    values = batch.column(0).to_pylist()
    if field in batch.schema.names:
        return list(values)
    for name in field.split(".")[1:]:
        values = [None if value is None else value[name] for value in values]
    return list(values)
