"""`minent count`."""

import tempfile
import time
from typing import Any

import click

from minent.alphabet import ALPHABETS
from minent.cli.inputs import list_inputs, open_corpus
from minent.cli.options import (
    Reading,
    dry_run_option,
    make_command,
    memory_options,
    output_options,
    paths_argument,
    reading_options,
    threads_option,
    usage_errors,
    verbosity,
)
from minent.cli.output import (
    announce_compilation,
    corpus_summary,
    cost_summary,
    counts_summary,
    needed_output,
    progress,
    say,
)
from minent.count import CountOptions, Resources, count_to_file, disk_needed

DEFAULTS = CountOptions()


@make_command(
    "minent count corpus.txt -o counts.mnc",
    "minent count 'news/*.gz' --alphabet bytes --order 6 --min-count 8 -o bytes.mnc",
)
@paths_argument("CORPUS")
@output_options("the counts; needed except with --dry-run", default=False)
@click.option(
    "--order",
    type=int,
    default=DEFAULTS.order,
    metavar="N",
    show_default=True,
    help="Symbols in the longest n-grams.",
)
@click.option(
    "--alphabet",
    type=click.Choice(ALPHABETS),
    default=DEFAULTS.alphabet,
    show_default=True,
    help="What the n-grams are made of.",
)
@click.option(
    "--min-count",
    type=int,
    default=DEFAULTS.min_count,
    metavar="N",
    show_default=True,
    help="Drop n-grams seen fewer times.",
)
@reading_options()
@threads_option
@memory_options(Resources().memory)
@dry_run_option
def command(
    paths: tuple[str, ...],
    output: str | None,
    force: bool,
    reading: Reading,
    threads: int,
    memory: int,
    work_dir: str | None,
    resume: bool,
    dry_run: bool,
    **chosen: Any,
) -> None:
    """Count the n-grams of CORPUS, all lengths in one pass.

    CORPUS are files, directories, patterns, @FILE for a list of these, or addresses, plain or compressed; "-" or none
    at all is standard input.  No n-gram crosses a line end.  `minent inspect` shows the counts.
    """
    with usage_errors():
        options = CountOptions(**chosen)
        # Known here alone: the context of the command belongs to this thread.
        notice = say if verbosity() >= 0 else lambda sentence: None
        resources = Resources(threads, memory, work_dir, resume, notice)
    if dry_run:
        size = list_inputs(paths)
        say(_needs(size, options, resources))
        return
    begun = time.monotonic()
    path = needed_output(output, force=force)
    announce_compilation()
    with progress() as listener, open_corpus(paths, reading, listener) as corpus:
        saved = count_to_file(corpus, path, options, resources, force=force, progress=listener)
    say(f"{counts_summary(saved.sizes)} {corpus_summary(saved.about)} {cost_summary(begun)}")


def _needs(size: int | None, options: CountOptions, resources: Resources) -> str:
    """Say what counting would take of memory and disk."""
    folder = resources.work_dir or tempfile.gettempdir()
    memory = f"would use {resources.memory:,} bytes of memory at most, beside the program itself"
    if size is None:
        return f"{memory}, and temporary disk in {folder} if the text needs more"
    disk = disk_needed(size, options, resources)
    return f"{memory}, and {f'up to {disk:,} bytes of' if disk else 'no'} temporary disk in {folder} (for plain text)"
