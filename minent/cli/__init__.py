"""The command line: a group that imports a command when it is called, and what becomes of errors.

Importing this costs click and nothing else, so that `minent --help` answers at once.
"""

import os
import signal
import sys
from contextlib import suppress
from importlib import import_module
from typing import NoReturn

import click

from minent.cli.options import SETTINGS, example_epilog, show_help_and_exit, verbosity_options
from minent.cli.output import error
from minent.cli.vectors import choose_sort
from minent.errors import MinentError

# Numpy's algebra would start a thread for each CPU, and nothing here multiplies matrices.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# The variable in which a shell asks how a line can go on; the name is click's choice.
COMPLETING = "_MINENT_COMPLETE"

# In the order of the work.  The line is the first one of the command's own help (a test compares them).
COMMANDS = {
    "count": "Count the n-grams of CORPUS, all lengths in one pass.",
    "merge-counts": "Add COUNTS of different texts into one file.",
    "build-lexicon": "Find the words of CORPUS and write them as a lexicon.",
    "mine-templates": "Find templates in CORPUS: words with holes between them.",
    "train-tokenizer": "Find the pieces of CORPUS that a tokenizer cuts text into.",
    "train-crf": "Train a CRF to cut text as SEGMENTED is cut.",
    "segment": "Cut TEXT into words, line by line.",
    "parse": "Parse TEXT by nested templates, line by line.",
    "encode": "Cut TEXT into tokens, and write their ids, line by line.",
    "decode": "Turn ids into the bytes they stand for.",
    "export": "Write MODEL in the format of another program.",
    "evaluate": "Score a segmentation, trees, or a tokenizer.",
    "explain": "Show the evidence for each WORD, why MODEL has it or not.",
    "report": "Describe each FILE on one page for people.",
    "compare": "Show what differs between two lexicons or tokenizers.",
    "inspect": "Show what FILE is, how it was made and what it holds.",
    "completion": "Print what makes SHELL complete what is typed.",
}


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        choose_sort()
        module = import_module(f"{__name__}.{cmd_name.replace('-', '_')}")
        command: click.Command = module.command
        if COMPLETING in os.environ:
            from minent.cli.completion import complete_paths

            return complete_paths(command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def _show_version(ctx: click.Context, parameter: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        from minent.cli.version import version_lines

        click.echo("\n".join(version_lines()))
        ctx.exit()


@click.group(
    cls=_Commands,
    invoke_without_command=True,
    context_settings=SETTINGS,
    epilog=example_epilog("minent build-lexicon corpus.txt -o lexicon.tsv", "minent segment -m lexicon.tsv text.txt"),
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_version,
    help="Show the versions of minent and what it works with, and exit.",
)
@click.pass_context
def _minent(ctx: click.Context) -> None:
    """Words, templates and tokens of any language from raw text alone, by minimum entropy."""
    if ctx.invoked_subcommand is None:
        show_help_and_exit(ctx)


_minent.params.extend(verbosity_options())


class _Terminated(BaseException):
    """A signal asks the program to end; no Exception, so that only what cleans up sees it."""


def _terminate(number: int, frame: object) -> NoReturn:
    signal.signal(number, signal.SIG_IGN)  # a second one must not stop the cleaning up
    raise _Terminated(number)


def main() -> NoReturn:
    """Run `minent` with the arguments of this process, and exit.

    Exit codes: 0 done, or nobody reads the output any more; 1 an expected failure, told in one line; 2 a
    wrong call; 130 interrupted; 143 terminated.  With MINENT_DEBUG=1 in the environment a failure shows its
    traceback.
    """
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) == signal.SIG_DFL:  # nohup has it ignored, and so it stays
            signal.signal(number, _terminate)
    code = _run(sys.argv[1:])
    try:
        if sys.stderr is not None:
            sys.stderr.flush()
    except OSError:  # nothing can be told; the exit code says it
        _silence(2)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if callable(signal.getsignal(number)):  # from here on there is nothing to clean up
            signal.signal(number, signal.SIG_DFL)
    sys.exit(code)


def _run(arguments: list[str]) -> int:
    try:
        code = _call(arguments)
        if sys.stdout is not None:
            sys.stdout.flush()
        return code
    except BrokenPipeError:
        _silence(1)
        return 0
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except _Terminated as terminated:
        return 128 + int(terminated.args[0])
    except (MinentError, OSError, MemoryError) as failure:
        if os.environ.get("MINENT_DEBUG", "0") != "0":
            raise
        _silence(1)
        with suppress(OSError):
            error(_describe(failure))
        return 1


def _call(arguments: list[str]) -> int:
    if instruction := os.environ.get(COMPLETING):
        from minent.cli.completion import answer

        return answer(_minent, instruction)
    # Not `_minent.main`: it has its own ideas of interrupts and broken pipes.
    try:
        with _minent.make_context("minent", arguments) as ctx:
            _minent.invoke(ctx)
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.ClickException as usage:
        usage.show()
        return usage.exit_code
    return 0


def _describe(failure: MinentError | OSError | MemoryError) -> str:
    if isinstance(failure, MemoryError):
        return "out of memory; use less text at a time or a machine with more"
    if isinstance(failure, OSError) and failure.strerror:
        where = "" if failure.filename is None else f"{os.fsdecode(failure.filename)}: "
        return f"{where}{failure.strerror}"
    return str(failure) or type(failure).__name__


def _silence(descriptor: int) -> None:
    """Let what is buffered go nowhere: the interpreter flushes again as it exits, and would complain."""
    with suppress(OSError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, descriptor)
        os.close(nowhere)
