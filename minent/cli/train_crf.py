"""`minent train-crf`."""

import time
from typing import Any

import click

from minent.cli.inputs import list_inputs, open_corpus
from minent.cli.options import (
    dry_run_option,
    errors_option,
    make_command,
    output_options,
    paths_argument,
    threads_option,
    usage_errors,
)
from minent.cli.output import (
    announce_compilation,
    corpus_summary,
    cost_summary,
    needed_output,
    progress,
    say,
)
from minent.corpus import Corpus
from minent.errors import InputError
from minent.ngrams import NgramCounts
from minent.tagger import CLASSES
from minent.tagging.learning import TaggerOptions, train_tagger
from minent.tagging.segmented import FORMATS

DEFAULTS = TaggerOptions()


@make_command(
    "minent train-crf segmented.txt -o tagger.crf",
    "minent train-crf train.txt --dev dev.txt --raw news.txt.gz -o tagger.crf",
)
@paths_argument("SEGMENTED")
@output_options("the tagger", default=False)
@click.option(
    "--raw",
    multiple=True,
    metavar="TEXT",
    help="Text that is not segmented, best of the kind to be cut, the more the better: beside how many others a string "
    "stands there tells of words that SEGMENTED does not have.  May be given again.",
)
@click.option("--counts", metavar="FILE", help="Counts of such text (count --order 4) instead, for text of any size.")
@click.option(
    "--dev",
    multiple=True,
    metavar="SEGMENTED",
    help="Held-out segmented text: stop when its F falls, keep the best.  May be given again.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    show_default="by the first line",
    help="Words: lines of words with white space between; columns: lines of a character, a tab and its tag (CoNLL).",
)
@click.option(
    "--tags",
    type=int,
    default=DEFAULTS.tags,
    metavar="4|6",
    show_default=True,
    help="What a character can be in a word. 4: S E B M; 6: S E B B2 B3 M, which takes longer and knows more of long "
    "words.",
)
@click.option(
    "--classes",
    type=click.Choice(CLASSES),
    default=DEFAULTS.classes,
    show_default=True,
    help="Which characters count as one: all digits (and full and half width), all cased letters as well; auto: both, "
    "unless most of the text is cased letters.",
)
@click.option(
    "--min-freq",
    type=int,
    default=DEFAULTS.min_freq,
    metavar="N",
    show_default=True,
    help="Pairs of characters seen fewer times are no features.",
)
@click.option(
    "--epochs",
    type=int,
    default=DEFAULTS.epochs,
    metavar="N",
    show_default=True,
    help="How many times to go over SEGMENTED; with --dev, at most.",
)
@click.option(
    "--learning-rate", type=float, default=DEFAULTS.learning_rate, metavar="X", show_default=True, help="Of AdaGrad."
)
@click.option(
    "--seed", type=int, default=DEFAULTS.seed, metavar="N", show_default=True, help="Seed of the order of the lines."
)
@errors_option
@threads_option
@dry_run_option
def command(
    paths: tuple[str, ...],
    output: str | None,
    force: bool,
    raw: tuple[str, ...],
    counts: str | None,
    dev: tuple[str, ...],
    form: str | None,
    errors: str,
    threads: int,
    dry_run: bool,
    **chosen: Any,
) -> None:
    """Train a CRF to cut text as SEGMENTED is cut.

    SEGMENTED are files, directories or patterns, plain or compressed; "-" or none at all is standard input.  A sentence
    a line, its words separated by white space; or columns.  The tagger is for segment -m.
    """
    with usage_errors():
        options = TaggerOptions(**chosen)
        if raw and counts is not None:
            raise InputError("--raw and --counts say the same of other text: give one of them")
    if dry_run:
        list_inputs((*paths, *raw, *dev))
        return
    begun = time.monotonic()
    target = needed_output(output, force=force)
    announce_compilation()
    with progress() as listener, open_corpus(paths, errors, listener) as segmented:
        others = [Corpus(*each, errors=errors, on_read=listener.advance) if each else None for each in (raw, dev)]
        counted = NgramCounts.load(counts) if counts is not None else None
        tagger = train_tagger(
            segmented,
            options,
            raw=others[0] if counted is None else counted,
            dev=others[1],
            form=form,
            threads=threads,
            progress=listener,
            notice=say,
        )
    tagger.save(target, force=force)
    size = f"{tagger.alphabet.size:,} characters, {tagger.pairs.size + tagger.arounds.size:,} pairs"
    say(f"{size} {corpus_summary(tagger.about)} {cost_summary(begun)}")
