"""Options that several commands share.  Imports click alone: `minent --help` reads this file."""

import math
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, NamedTuple, NoReturn, TypeVar, cast

import click

from minent.errors import InputError

_Function = TypeVar("_Function", bound=Callable[..., Any])

SETTINGS = {"help_option_names": ["-h", "--help"]}

_VERBOSITY = "minent.cli.verbosity"


def verbosity() -> int:
    """Return -1 for --quiet, 1 for --verbose, else 0, wherever on the command line it stands."""
    ctx = click.get_current_context(silent=True)
    return 0 if ctx is None else int(ctx.meta.get(_VERBOSITY, 0))


def show_help_and_exit(ctx: click.Context) -> NoReturn:
    """Show how the command is called, on stderr, and exit with the code of a wrong call."""
    click.echo(ctx.get_help(), err=True)
    ctx.exit(2)


def example_epilog(*examples: str) -> str:
    """Return the end of a help text: lines to paste into a shell."""
    return "\n".join(["\b", "Example:", *(f"  {example}" for example in examples)])


def make_command(*examples: str) -> Callable[[Callable[..., None]], click.Command]:
    """Make a command of a function: --quiet and --verbose added, help that ends in `examples` to paste."""

    def make(function: Callable[..., None]) -> click.Command:
        command = click.command(epilog=example_epilog(*examples), context_settings=SETTINGS)(function)
        command.params.extend(verbosity_options())
        return command

    return make


def _set_verbosity(value: int) -> Callable[[click.Context, click.Parameter, bool], None]:
    def callback(ctx: click.Context, parameter: click.Parameter, given: bool) -> None:
        if given:  # the same option of the group is not undone
            ctx.meta[_VERBOSITY] = value

    return callback


def verbosity_options() -> list[click.Option]:
    """Return --quiet and --verbose for the end of a command's parameters; read them with `verbosity`."""
    flags = (
        (["-q", "--quiet"], -1, "No progress and no summary on stderr; warnings and errors stay."),
        (["-v", "--verbose"], 1, "Name each stage of the work on stderr."),
    )
    return [
        click.Option(names, is_flag=True, expose_value=False, callback=_set_verbosity(value), help=text)
        for names, value, text in flags
    ]


def paths_argument(metavar: str, unless: str = "") -> Callable[[_Function], _Function]:
    """Add the argument `paths`: what to read, standard input if there is none and it is no terminal.

    unless  name of an eager option that says what to read instead
    """

    def or_stdin(ctx: click.Context, parameter: click.Parameter, paths: tuple[str, ...]) -> tuple[str, ...]:
        if ctx.params.get(unless):
            if paths:
                raise click.UsageError(f"--{unless} takes the place of {metavar}: give one of them.")
            return ()
        if paths or ctx.resilient_parsing:
            return paths
        if sys.stdin is None or sys.stdin.isatty():
            show_help_and_exit(ctx)
        return ("-",)

    return click.argument("paths", nargs=-1, metavar=f"[{metavar}]...", callback=or_stdin)


def output_options(what: str, default: str | bool = "standard output") -> Callable[[_Function], _Function]:
    """Add `output` and `force`.

    what     is written there, for the help
    default  what happens without it, for the help; False: nothing to say
    """
    output = click.option("-o", "--output", metavar="FILE", show_default=default, help=f"Where to write {what}.")
    force = click.option("--force", is_flag=True, help="Overwrite the output file if it exists.")
    return lambda function: output(force(function))


def threads_option(function: _Function) -> _Function:
    """Add `threads`."""
    return click.option(
        "--threads",
        type=click.IntRange(min=1),
        metavar="N",
        default=lambda: len(os.sched_getaffinity(0)),
        show_default="all CPUs this process may use",
        help="How many CPUs to use; the result is the same for any number.",
    )(function)


class Size(click.ParamType[int]):
    """An amount of memory or disk: 300MB, 2GiB; kB, MB, GB are powers of 1000, KiB, MiB, GiB and K, M, G of 1024."""

    name = "size"
    _UNITS = {"": 1, "b": 1} | {
        prefix.lower() + unit: base ** (power + 1)
        for power, prefix in enumerate("KMGT")
        for unit, base in (("b", 1000), ("ib", 1024), ("", 1024))
    }

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the number of bytes."""
        if isinstance(value, int):
            return value
        match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*", value, re.IGNORECASE)
        unit = self._UNITS.get(match[2].lower()) if match else None
        size = float(match[1]) * unit if match and unit else math.inf
        if size >= 2**63:
            self.fail(f"{value!r} is no amount of memory; write 500MB or 2GiB", param, ctx)
        return int(size)


def memory_options(default: int, *, resumes: bool = True) -> Callable[[_Function], _Function]:
    """Add `memory`, bytes, `work_dir`, and, unless there is nothing to resume, `resume`."""
    memory = click.option(
        "--memory",
        type=Size(),
        metavar="SIZE",
        default=default,
        show_default=f"{default >> 20} MiB",
        help="How much memory to use beside the program itself; what does not fit goes to a temporary file.",
    )
    others = work_dir_options("what is done") if resumes else _work_dir_option
    return lambda function: memory(others(function))


_work_dir_option = click.option(
    "--work-dir",
    type=click.Path(exists=True, file_okay=False, writable=True),
    metavar="DIR",
    show_default="the system's",
    help="Folder for temporary files.",
)


def work_dir_options(what: str) -> Callable[[_Function], _Function]:
    """Add `work_dir` and `resume`: `what` is kept there, for the help."""
    resume = click.option(
        "--resume",
        is_flag=True,
        help=f"Keep {what} in the folder of --work-dir until all is done; begin with what is there.",
    )
    return lambda function: _work_dir_option(resume(function))


def errors_option(function: _Function) -> _Function:
    """Add `errors`: what to do about text that is not UTF-8."""
    return click.option(
        "--errors",
        type=click.Choice(["strict", "replace", "skip"]),
        default="strict",
        show_default=True,
        help="Invalid UTF-8: stop and say where, replace it by U+FFFD, or skip the bytes.",
    )(function)


class Reading(NamedTuple):
    """How what is read is text, see `minent.corpus.Corpus`."""

    errors: str
    encoding: str
    field: str | None
    skip_bad: bool


def reading_options(*, errors: bool = True, records: bool = True) -> Callable[[_Function], _Function]:
    """Add `reading`: what to do about text that is not as it should be, its encoding, the field it is in.

    errors   whether invalid text can be anything but kept
    records  whether there may be records with fields
    """
    encoding = click.option(
        "--encoding",
        default="utf-8",
        metavar="NAME",
        show_default=True,
        help="Of the text: gb18030, big5, shift_jis, euc_kr, utf-16, windows-1252 ...; auto guesses it.",
    )
    field = click.option(
        "--field",
        metavar="NAME",
        help="Read the text of this field: a key of JSON lines (meta.text: a key within meta), a column of CSV, TSV or "
        "Parquet.",
    )
    skip_bad = click.option("--skip-bad", is_flag=True, help="Leave out records without text in the field, count them.")

    def add(function: _Function) -> _Function:
        @wraps(function)
        def read(
            *, encoding: str, errors: str = "keep", field: str | None = None, skip_bad: bool = False, **others: Any
        ) -> Any:
            return function(reading=Reading(errors, encoding, field, skip_bad), **others)

        wanted = [*([errors_option] if errors else []), encoding, *([field, skip_bad] if records else [])]
        for option in reversed(wanted):
            option(read)
        return cast(_Function, read)

    return add


def dry_run_option(function: _Function) -> _Function:
    """Add `dry_run`."""
    return click.option(
        "--dry-run", is_flag=True, help="List the inputs and their size on disk, read and write nothing."
    )(function)


@contextmanager
def usage_errors() -> Iterator[None]:
    """Let options that do not fit be a wrong call: their class knows what fits, and raises InputError."""
    try:
        yield
    except InputError as error:
        raise click.UsageError(str(error), click.get_current_context()) from error


def json_option(help_text: str) -> Callable[[_Function], _Function]:
    """Add `as_json`."""
    return click.option("--json", "as_json", is_flag=True, help=help_text)
