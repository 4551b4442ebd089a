"""Data on stdout, everything else on stderr.  Imports click alone: `minent --help` reads this file."""

import re
import sys
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any, BinaryIO, cast

import click

from minent.cli.options import verbosity
from minent.progress import Silent
from minent.widths import display_width

_ROWS_AT_ONCE = 4096
_ROWS_SHOWN_AT_ONCE, _WIDEST_CELL = 200, 44

_HIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
# The controls in UTF-8, save the tabs and line ends that rows are made of.
_HIDDEN_IN_ROWS = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)|\xc2[\x80-\x9f]")
_SHORT = {"\t": "\\t", "\n": "\\n", "\r": "\\r"}


def visible(text: str) -> str:
    r"""Return `text` with controls, line ends and undecodable bytes as escapes: ESC becomes \x1b."""
    return _HIDDEN.sub(lambda match: _escape(match[0]), text)


def _escape(character: str) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # how Python passes on a byte of a file name that is not UTF-8
        return f"\\x{code - 0xDC00:02x}"
    return _SHORT.get(character) or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")


def error(message: str) -> None:
    """Tell why the work ends here."""
    _tell(f"minent: error: {message}")


def warn(message: str) -> None:
    """Tell what the user must know, --quiet or not."""
    _tell(f"minent: warning: {message}")


def say(message: str) -> None:
    """Tell what is nice to know: a notice or the summary.  --quiet silences it."""
    if verbosity() >= 0:
        _tell(f"minent: {message}")


def _tell(message: str) -> None:
    line = visible(message)
    if "tqdm" in sys.modules:  # then there may be a bar to write above
        sys.modules["tqdm"].tqdm.write(line, file=sys.stderr)
    else:
        click.echo(line, err=True)


def output_path(path: str | None) -> str:
    """Return the file to open for `path`: that of standard output for None and "-"."""
    return "/dev/stdout" if path is None or path == "-" else path


def needed_output(path: str | None, *, force: bool) -> str:
    """Return the file to write to.  Raises UsageError without one, InputError as `check_target` does."""
    from minent.files import check_target

    if path is None:
        raise click.UsageError("Missing option '-o' / '--output'.", click.get_current_context())
    target = output_path(path)
    check_target(target, force=force)
    return target


@contextmanager
def open_output(path: str | None, *, force: bool = False) -> Iterator[BinaryIO]:
    """Open the output file, or standard output for None and "-"; on a terminal controls are made visible.

    Raises InputError and OSError as `minent.files.atomic_write` does.
    """
    from minent.files import atomic_write

    with atomic_write(output_path(path), force=force) as stream:
        yield cast(BinaryIO, _Terminal(stream)) if stream.isatty() else stream


class _Terminal:
    """A stream that shows each write at once and keeps the text from steering the terminal."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def write(self, data: bytes) -> int:
        self._stream.write(_HIDDEN_IN_ROWS.sub(lambda match: _escape(match[0].decode()).encode(), data))
        self._stream.flush()
        return len(data)

    def flush(self) -> None:
        """Do nothing: every write has been shown."""

    def isatty(self) -> bool:
        """Say that it is one."""
        return True


def align(rows: Sequence[Sequence[str]], right: Container[int]) -> Iterator[str]:
    """Return rows of cells as lines with columns below each other.

    right  numbers of the columns that end below each other instead of beginning so
    """
    widths = [max(map(display_width, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = []
        for number, (cell, width) in enumerate(zip(row, widths, strict=True)):
            padding = " " * (width - display_width(cell))
            cells.append(padding + cell if number in right else cell + padding)
        yield "  ".join(cells).rstrip()


def table_for_people(heading: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """Return rows as lines for a terminal: columns below each other, numbers to the right, long cells cut.

    So many rows are seen at a time that it begins at once; columns only grow wider.
    """
    rest = iter(rows)
    widths = [0] * len(heading)
    is_number: list[bool] = []
    shown: list[Sequence[str]] = [tuple(heading)]
    while batch := list(islice(rest, _ROWS_SHOWN_AT_ONCE)):
        if not is_number:
            is_number = [
                all(isinstance(cell, int | float | None) for cell in column) for column in zip(*batch, strict=True)
            ]
        shown += [tuple(map(_cell, row)) for row in batch]
        widths = [
            max(width, *map(display_width, column))
            for width, column in zip(widths, zip(*shown, strict=True), strict=True)
        ]
        # A row of blanks as wide as the columns have become keeps the batches in line.
        ruler = tuple(" " * width for width in widths)
        lines = align([*shown, ruler], [number for number, right in enumerate(is_number) if right])
        yield from islice(lines, len(shown))
        shown = []
    yield from ("  ".join(cells) for cells in shown)


def _cell(value: object) -> str:
    if value is None or value != value:
        return ""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value:,}" if isinstance(value, int) else f"{value:,.3f}"
    text = visible(str(value))
    while display_width(text) > _WIDEST_CELL:
        text = text[: max(1, len(text) - max(1, (display_width(text) - _WIDEST_CELL) // 2) - 1)] + "…"
    return text


def write_rows(stream: BinaryIO, rows: Iterable[str]) -> None:
    """Write `rows`, each as a line of UTF-8, many at a time."""
    rest = iter(rows)
    while batch := list(islice(rest, _ROWS_AT_ONCE)):
        stream.write(("\n".join(batch) + "\n").encode())


def json_rows(records: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Return each record as JSON on one line, every script readable; a missing number (nan) is null."""
    import json

    for record in records:
        plain = {key: None if value != value else value for key, value in record.items()}
        yield json.dumps(plain, ensure_ascii=False, allow_nan=False)


def corpus_summary(about: Mapping[str, Any]) -> str:
    """Say what corpus a saved thing was made from; `about` as in `minent.provenance`."""
    return f"from {int(about['corpus-bytes']):,} bytes of text with digest {about['corpus-digest']}"


def counts_summary(sizes: Sequence[int]) -> str:
    """Say how many n-grams there are of each order, from the shortest on."""
    return f"{sum(sizes):,} n-grams ({' + '.join(f'{size:,}' for size in sizes)})"


def cost_summary(begun: float) -> str:
    """Say what the work has cost since `begun`, seconds of `time.monotonic`: time and, of the whole process, memory."""
    import resource
    import time

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return f"in {time.monotonic() - begun:.1f} s, peak memory {peak:,.0f} MiB"


class Listener(Silent):
    """Hears long work and says nothing; until `close`, others show it."""

    def close(self) -> None:
        """Show no more until the next stage."""


@contextmanager
def progress() -> Iterator[Listener]:
    """Show long work: a bar if stderr is a terminal, else a line per stage with --verbose, else nothing."""
    if verbosity() >= 0 and sys.stderr is not None and sys.stderr.isatty():
        listener: Listener = _Bar()
    else:
        listener = _Stages() if verbosity() > 0 else Listener()
    try:
        yield listener
    finally:
        listener.close()


class _Stages(Listener):
    def stage(self, name: str, total: int | None = None, unit: str = "B") -> None:
        say(name)


class _Bar(Listener):
    """One bar, for the current stage."""

    def __init__(self) -> None:
        self._bar: Any = None

    def stage(self, name: str, total: int | None = None, unit: str = "B") -> None:
        from tqdm import tqdm

        self.close()
        self._bar = tqdm(desc=name, total=total, unit=unit, unit_scale=True, leave=False, dynamic_ncols=True)

    def advance(self, amount: int) -> None:
        if self._bar is not None:
            self._bar.update(amount)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None


def announce_compilation() -> None:
    """Say so once if this machine has to compile the kernels first."""
    from minent.kernels._jit import on_first_compilation

    if verbosity() >= 0:  # known here alone: the context of the command belongs to this thread
        on_first_compilation(lambda: _tell("minent: compiling for this machine, once; later runs start at once"))
