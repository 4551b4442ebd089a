"""`minent count`."""

import click

from minent.alphabet import ALPHABETS
from minent.cli.inputs import list_inputs, open_corpus
from minent.cli.options import (
    dry_run_option,
    errors_option,
    make_command,
    output_options,
    paths_argument,
    threads_option,
)
from minent.cli.output import announce_compilation, progress, say
from minent.count import CountOptions, count_ngrams
from minent.files import check_target

DEFAULTS = CountOptions()


@make_command(
    "minent count corpus.txt -o counts.mnc",
    "minent count news/*.gz --alphabet bytes --order 6 --min-count 8 -o bytes.mnc",
)
@paths_argument("CORPUS")
@output_options("the counts", stdout=False)
@click.option(
    "--order",
    type=click.IntRange(min=1),
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
    type=click.IntRange(min=1),
    default=DEFAULTS.min_count,
    metavar="N",
    show_default=True,
    help="Drop n-grams seen fewer times.",
)
@errors_option
@threads_option
@dry_run_option
@click.pass_context
def command(
    ctx: click.Context,
    paths: tuple[str, ...],
    output: str | None,
    force: bool,
    order: int,
    alphabet: str,
    min_count: int,
    errors: str,
    threads: int,
    dry_run: bool,
) -> None:
    """Count the n-grams of CORPUS, all lengths in one pass.

    CORPUS is files, directories (all files below them) or patterns, plain or compressed with gzip, bzip2, xz or
    zstd; "-" or none at all is standard input.  No n-gram crosses a line end.  `minent inspect` shows the counts.
    """
    options = CountOptions(order=order, alphabet=alphabet, min_count=min_count)
    if dry_run:
        list_inputs(paths)
        return
    if output is None:
        raise click.MissingParameter(ctx=ctx, param_hint="'-o' / '--output'", param_type="option")
    check_target(output, force=force)
    announce_compilation()
    with progress() as listener, open_corpus(paths, errors, listener, reiterable=False) as corpus:
        counts = count_ngrams(corpus, options, threads=threads, progress=listener)
    counts.save(output, force=force)
    say(f"{len(counts):,} n-grams in {visible_name(output)}; {summary(counts.about)}")
