"""`minent train-tokenizer`."""

import math
import time
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import click

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
from minent.cli.output import announce_compilation, corpus_summary, cost_summary, needed_output, progress, say, warn
from minent.count import Resources
from minent.errors import InputError
from minent.train import BYTEPIECE, OBJECTIVES, TrainOptions, merge_vocabularies, train_vocabularies
from minent.vocabulary import BYTEPIECE as BYTEPIECE_RULES
from minent.vocabulary import NEWLINES, NORMALIZATIONS, SPECIAL_IDS, Vocabulary, VocabularyOptions

DEFAULTS = TrainOptions()
RULES = VocabularyOptions()
FORMATS = ("minent", "bytepiece")


@make_command(
    "minent train-tokenizer corpus.txt -o tokenizer.json --vocab-size 32000",
    "minent train-tokenizer corpus/ -o tokenizer.json --vocab-size 64000 --vocab-size 32000",
    "minent train-tokenizer corpus.txt -o old.model --objective bytepiece --format bytepiece",
)
@paths_argument("CORPUS", unless="merge")
@output_options("the vocabulary; needed, with several sizes each is put before its ending", False)
@click.option(
    "--vocab-size",
    type=int,
    multiple=True,
    default=DEFAULTS.vocab_size,
    metavar="N",
    show_default=True,
    help="How many ids there are: 256 bytes, longer pieces, special tokens, reserved ids.  May be given several times.",
)
@click.option(
    "--objective",
    type=click.Choice(OBJECTIVES),
    default=DEFAULTS.objective,
    show_default=True,
    help="What the pieces are chosen for: the text in the fewest of them; in those of the least total -ln p; or as "
    "BytePiece does, to the last byte.",
)
@click.option(
    "--min-count",
    type=int,
    default=DEFAULTS.min_count,
    metavar="N",
    show_default=True,
    help="Drop pieces seen fewer times.",
)
@click.option(
    "--max-piece-length",
    type=int,
    default=DEFAULTS.max_piece_length,
    metavar="N",
    show_default=True,
    help="Bytes of the longest piece.",
)
@click.option("--any-bytes", is_flag=True, help="Let pieces be any bytes, not whole characters alone.")
@click.option(
    "--sample",
    type=int,
    default=DEFAULTS.sample,
    metavar="N",
    show_default=True,
    help="Characters of CORPUS, at most, to find pieces in; they are counted in all of it.",
)
@click.option(
    "--order",
    type=int,
    default=DEFAULTS.order,
    metavar="N",
    show_default=True,
    help="Bytes of the longest n-grams; for --objective bytepiece.",
)
@click.option(
    "--newlines",
    type=click.Choice(NEWLINES),
    default=RULES.newlines,
    show_default=True,
    help="Whether newlines may end a piece, or stand in pieces of their own.",
)
@click.option("--isolate-digits", is_flag=True, help="Make every digit a piece of its own.")
@click.option(
    "--token-price",
    type=float,
    default=RULES.token_price,
    metavar="X",
    show_default=True,
    help="Nats that each token costs beside -ln p where text is cut: fewer tokens, less probable ones.",
)
@click.option(
    "--pattern",
    default=RULES.pattern,
    metavar="none|gpt2|gpt4|REGEX",
    show_default=True,
    help="Cut text into the matches of a pattern first; no piece goes across their ends.",
)
@click.option(
    "--normalization",
    type=click.Choice(NORMALIZATIONS),
    default=RULES.normalization,
    show_default=True,
    help="Bring text into a normal form first; it then comes back in that form.",
)
@click.option(
    "--special",
    "specials",
    multiple=True,
    metavar="TOKEN",
    show_default=" ".join(RULES.specials),
    help="A special token; where it stands in CORPUS it is no text.  May be given several times.",
)
@click.option("--no-specials", is_flag=True, help="Have no special tokens.")
@click.option(
    "--special-ids",
    type=click.Choice(SPECIAL_IDS),
    default=RULES.special_ids,
    show_default=True,
    help="Whether special tokens have the first ids or the last.",
)
@click.option(
    "--reserved",
    type=int,
    default=RULES.reserved,
    metavar="N",
    show_default=True,
    help="Ids to keep free behind the special tokens.",
)
@click.option(
    "--init-from",
    "init",
    multiple=True,
    metavar="FILE",
    help="Begin with the pieces of a vocabulary: all stay where more are wanted, else the best do.  May be given "
    "several times.",
)
@click.option(
    "--merge",
    "merge",
    multiple=True,
    is_eager=True,
    metavar="FILE",
    help="Take the counts of a vocabulary in place of CORPUS, and add those of others: of several texts, each trained "
    "with far more ids than are wanted.  May be given several times.",
)
@click.option(
    "--format",
    "file_format",
    type=click.Choice(FORMATS),
    show_default=FORMATS[0],
    help="Write a file of minent's, or a model that BytePiece loads.",
)
@reading_options()
@threads_option
@memory_options(Resources().memory)
@dry_run_option
def command(
    paths: tuple[str, ...],
    output: str | None,
    force: bool,
    any_bytes: bool,
    no_specials: bool,
    init: tuple[str, ...],
    merge: tuple[str, ...],
    file_format: str | None,
    reading: Reading,
    threads: int,
    memory: int,
    work_dir: str | None,
    resume: bool,
    dry_run: bool,
    **chosen: Any,
) -> None:
    """Find the pieces of CORPUS that a tokenizer cuts text into.

    CORPUS are files, directories, patterns, @FILE for a list of these, or addresses, plain or compressed; "-" or none
    at all is standard input.  It is read twice.  `minent encode` and `minent decode` use the vocabulary.
    """
    with usage_errors():
        chosen["ensure_unicode"] = not any_bytes
        chosen["specials"] = () if no_specials else chosen["specials"] or RULES.specials
        options = TrainOptions(**{field.name: chosen.pop(field.name) for field in fields(TrainOptions)})
        rules = _rules(options, chosen)
        notice = say if verbosity() >= 0 else lambda sentence: None
        resources = Resources(threads, memory, work_dir, resume, notice)
    if dry_run:
        list_inputs(paths)
        return
    begun = time.monotonic()
    names = _outputs(output, options.vocab_size, force=force)
    announce_compilation()
    known = [Vocabulary.load(path) for path in init]
    if merge:
        found = merge_vocabularies([Vocabulary.load(path) for path in merge], options, rules)
    else:
        with progress() as listener, open_corpus(paths, reading, listener, reiterable=True) as corpus:
            found = train_vocabularies(corpus, options, rules, resources, init=known, progress=listener)
    for name, vocabulary in zip(names, found, strict=True):
        (vocabulary.save_bytepiece if file_format == FORMATS[1] else vocabulary.save)(name, force=force)
    for wanted, vocabulary in zip(options.vocab_size, found, strict=True):
        if vocabulary.size < wanted:
            warn(f"only {len(vocabulary):,} pieces were found: {vocabulary.size:,} ids, not {wanted:,}")
        say(_yield(vocabulary))
    say(f"{corpus_summary(found[0].about)} {cost_summary(begun)}")


def _rules(options: TrainOptions, chosen: dict[str, Any]) -> VocabularyOptions:
    """Return the rules of cutting: those of BytePiece if pieces are found as it does.

    Raises InputError if others are asked for then, or do not fit.
    """
    rules = VocabularyOptions(**chosen)
    if options.objective != BYTEPIECE:
        return rules
    theirs = replace(BYTEPIECE_RULES, isolate_digits=rules.isolate_digits)
    for field in fields(VocabularyOptions):
        value = getattr(rules, field.name)
        if value not in (getattr(RULES, field.name), getattr(theirs, field.name)):
            raise InputError(
                f"--objective bytepiece does not go with {field.name.replace('_', '-')} {value!r}: "
                f"BytePiece always has {getattr(theirs, field.name)!r}"
            )
    return theirs


def _outputs(output: str | None, sizes: tuple[int, ...], *, force: bool) -> list[str]:
    """Return the file for each size.  Raises UsageError and InputError as `needed_output` does."""
    if output is None or len(sizes) == 1:
        return [needed_output(output, force=force)]
    if output == "-":
        raise click.UsageError("Vocabularies of several sizes do not go to standard output.")
    path = Path(output)
    return [needed_output(str(path.with_suffix(f".{size}{path.suffix}")), force=force) for size in sizes]


def _yield(vocabulary: Vocabulary) -> str:
    """Say how a text comes out that a vocabulary was trained on."""
    size = int(vocabulary.about["corpus-bytes"])
    tokens = int(vocabulary.counts.sum())
    bits = -float((vocabulary.counts * vocabulary.scores).sum()) / math.log(2)
    return (
        f"{vocabulary.size:,} ids, {len(vocabulary):,} of them pieces; {size / tokens:.3f} bytes per token on this "
        f"text, {bits / size:.3f} bits per byte"
    )
