"""`minent build-lexicon`."""

from dataclasses import asdict

import click

from minent.cli.corpora import describe_inputs, open_corpus
from minent.cli.options import (
    dry_run_option,
    errors_option,
    json_option,
    make_command,
    output_options,
    paths_argument,
    threads_option,
)
from minent.cli.output import announce_compilation, open_output, progress, say, to_json, write_rows
from minent.discover import LexiconOptions, build_lexicon
from minent.evaluate import NORMALIZATIONS

DEFAULTS = LexiconOptions()


@make_command(
    "minent build-lexicon corpus.txt -o lexicon.tsv",
    "zcat news.gz | minent build-lexicon --min-count 20 --json | head",
)
@paths_argument("CORPUS")
@output_options("the lexicon")
@click.option(
    "--min-count",
    type=click.IntRange(min=1),
    default=DEFAULTS.min_count,
    metavar="N",
    show_default=True,
    help="Drop words seen fewer times.",
)
@click.option(
    "--min-pmi",
    type=float,
    default=DEFAULTS.min_pmi,
    metavar="X",
    show_default=True,
    help="Cut where the mutual information of the neighbours is lower, in nats.",
)
@click.option(
    "--max-word-length",
    type=click.IntRange(min=1),
    default=DEFAULTS.max_word_length,
    metavar="N",
    show_default=True,
    help="Characters of the longest word.",
)
@click.option(
    "--max-words",
    type=click.IntRange(min=1),
    default=DEFAULTS.max_words,
    metavar="N",
    show_default=True,
    help="Keep only the best N words.",
)
@click.option(
    "--runs",
    type=click.Choice(["auto", "none", "digits", "letters", "digits,letters"]),
    default=DEFAULTS.runs,
    show_default=True,
    help="Treat unbroken digits or Latin letters as one unit.",
)
@click.option(
    "--normalize",
    type=click.Choice(NORMALIZATIONS),
    default=DEFAULTS.normalize,
    show_default=True,
    help="Unicode normalisation of the text.",
)
@errors_option
@threads_option
@json_option("Write the words as JSON lines instead of a lexicon.")
@dry_run_option
def command(
    paths: tuple[str, ...],
    output: str | None,
    force: bool,
    errors: str,
    threads: int,
    as_json: bool,
    dry_run: bool,
    **options: object,
) -> None:
    """Find the words of CORPUS and write them as a lexicon.

    CORPUS are files, directories or patterns, plain or compressed; standard input without one.
    """
    with open_corpus(paths, errors) as corpus:
        if dry_run:
            describe_inputs(corpus)
            return
        announce_compilation()
        with open_output(output, force=force) as stream:
            with progress() as listener:
                lexicon = build_lexicon(corpus, LexiconOptions(**options), threads=threads, progress=listener)
            if as_json:
                write_rows(stream, (to_json(asdict(entry)) for entry in lexicon.entries))
            else:
                lexicon.write(stream)
    say(f"{len(lexicon)} words")
