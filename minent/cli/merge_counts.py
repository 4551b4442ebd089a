"""`minent merge-counts`."""

import click

from minent.cli.options import make_command, output_options, show_help_and_exit, usage_errors
from minent.cli.output import corpus_summary, counts_summary, needed_output, say
from minent.merge import MergeOptions, merge_counts
from minent.ngrams import NgramCounts

DEFAULTS = MergeOptions()


@make_command(
    "minent merge-counts monday.mnc tuesday.mnc -o week.mnc",
    "minent merge-counts parts/*.mnc --min-count 8 -o all.mnc",
)
@click.argument("files", nargs=-1, metavar="COUNTS...")
@output_options("the sums; needed", False)
@click.option(
    "--min-count",
    type=int,
    default=DEFAULTS.min_count,
    metavar="N",
    show_default=True,
    help="Drop n-grams seen fewer times in all of them.",
)
def command(files: tuple[str, ...], output: str | None, force: bool, min_count: int) -> None:
    """Add COUNTS of different texts into one file.

    COUNTS are files that `minent count` wrote with --min-count 1, of one order and one alphabet.  The result is the
    same, byte for byte, as counting all the texts at once.
    """
    if not files:
        show_help_and_exit(click.get_current_context())
    with usage_errors():
        options = MergeOptions(min_count)
    path = needed_output(output, force=force)
    merged = merge_counts([NgramCounts.load(file) for file in files], options)
    merged.save(path, force=force)
    say(f"{counts_summary(merged.sizes)} {corpus_summary(merged.about)}")
