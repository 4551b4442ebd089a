"""`minent build-lexicon`."""

import time
from dataclasses import asdict
from typing import Any

import click

from minent.characters import NORMALIZATIONS, RUNS
from minent.cli.inputs import list_inputs, load_background, open_corpus
from minent.cli.options import (
    Reading,
    dry_run_option,
    json_option,
    make_command,
    output_options,
    paths_argument,
    reading_options,
    threads_option,
    usage_errors,
    verbosity,
    work_dir_options,
)
from minent.cli.output import (
    announce_compilation,
    corpus_summary,
    cost_summary,
    json_rows,
    open_output,
    progress,
    say,
    write_rows,
)
from minent.errors import InputError
from minent.finding.discover import EFFORTS, METHODS, LexiconOptions, build_lexicon
from minent.finding.phrases import PhraseOptions, add_phrases
from minent.keyness import rank_by_keyness
from minent.lexicon import Lexicon

DEFAULTS = LexiconOptions()
PHRASES = PhraseOptions()


@make_command(
    "minent build-lexicon corpus.txt -o lexicon.tsv",
    "zcat news.gz | minent build-lexicon --min-count 20 --json | head",
    "minent build-lexicon patents.txt --background news.tsv | head",
    "minent build-lexicon corpus.txt --levels 2 -o lexicon.tsv",
)
@paths_argument("CORPUS")
@output_options("the lexicon")
@click.option(
    "--method",
    type=click.Choice(METHODS),
    default=DEFAULTS.method,
    show_default=True,
    help="Cut where pieces are most autonomous, and prune; or merge neighbours until lexicon and text together are "
    "cheapest to describe.",
)
@click.option(
    "--effort",
    type=click.Choice(EFFORTS),
    default=DEFAULTS.effort,
    show_default=True,
    help="With best, models that learn from each other cut better, in some 40 times the time; not for merging.",
)
@click.option(
    "--min-count",
    type=int,
    default=DEFAULTS.min_count,
    metavar="N",
    show_default=True,
    help="Drop words seen fewer times; 0: a limit that grows with the corpus, 2 for merging.",
)
@click.option(
    "--min-gain",
    type=float,
    default=DEFAULTS.min_gain,
    metavar="X",
    show_default="3.5; with --effort best 3",
    help="Nats a word must save each time over the best cut of it into other words; not for merging.",
)
@click.option(
    "--min-pmi",
    type=float,
    default=DEFAULTS.min_pmi,
    metavar="X",
    show_default=True,
    help="Nats of mutual information in the weakest inner bond of a word; not for merging.",
)
@click.option(
    "--max-word-length",
    type=int,
    default=DEFAULTS.max_word_length,
    metavar="N",
    show_default=True,
    help="Longest word: characters, or runs joined by --runs.",
)
@click.option(
    "--max-words",
    type=int,
    default=DEFAULTS.max_words,
    metavar="N",
    show_default=True,
    help="Keep only the best words of several characters; 0 is all.",
)
@click.option(
    "--runs",
    type=click.Choice(RUNS),
    default=DEFAULTS.runs,
    show_default=True,
    help="What is one unit when it stands together; auto: digits, and cased letters (Latin, Cyrillic ...) "
    "where the text has spaces between its words.",
)
@click.option(
    "--normalize",
    type=click.Choice(NORMALIZATIONS),
    default=DEFAULTS.normalize,
    show_default=True,
    help="Unicode normalisation, character by character.",
)
@click.option(
    "--levels",
    type=click.IntRange(1, 2),
    show_default="1",
    help="With 2, find phrases too, of words in a row; CORPUS is then read once more.",
)
@click.option(
    "--max-phrase-length",
    type=int,
    default=PHRASES.max_phrase_length,
    metavar="N",
    show_default=True,
    help="Longest phrase, in words.",
)
@click.option(
    "--min-phrase-count",
    type=int,
    default=PHRASES.min_phrase_count,
    metavar="N",
    show_default=True,
    help="Drop phrases seen fewer times; 0: a limit that grows with the corpus.",
)
@click.option(
    "--min-phrase-gain",
    type=float,
    default=PHRASES.min_phrase_gain,
    metavar="X",
    show_default=True,
    help="Nats a phrase must save each time over its parts; not for merging.",
)
@click.option(
    "--min-phrase-pmi",
    type=float,
    default=PHRASES.min_phrase_pmi,
    metavar="X",
    show_default=True,
    help="Nats of mutual information in the weakest bond between words of a phrase; not for merging.",
)
@click.option(
    "--background",
    metavar="FILE",
    help="A lexicon or counts of other text: rank what is special to CORPUS first, by a column more, keyness.",
)
@reading_options()
@threads_option
@work_dir_options("what the effort best has done")
@json_option("Write JSON lines instead: the words and their evidence.")
@dry_run_option
def command(
    paths: tuple[str, ...],
    output: str | None,
    force: bool,
    levels: int | None,
    background: str | None,
    reading: Reading,
    threads: int,
    work_dir: str | None,
    resume: bool,
    as_json: bool,
    dry_run: bool,
    **chosen: Any,
) -> None:
    """Find the words of CORPUS and write them as a lexicon.

    CORPUS are files, directories, patterns, @FILE for a list of these, or addresses, plain or compressed; "-" or none
    at all is standard input.  The lexicon is a table to read, edit and segment with; the words that save most come
    first, or those that are special to CORPUS where a --background says what is not.  With --levels 2 there are
    phrases in it, words with a space between any two.
    """
    with usage_errors():
        phrases = PhraseOptions(**{name: chosen.pop(name) for name in asdict(PHRASES)})
        options = LexiconOptions(**chosen)
        if resume and work_dir is None:
            raise InputError("work can be resumed only from a folder of its own: name a --work-dir")
    if levels != 2 and phrases != PHRASES:
        raise click.UsageError("What is said of phrases is for --levels 2.")
    if dry_run:
        list_inputs(paths)
        return
    # Known here alone: the context of the command belongs to this thread.
    notice = say if verbosity() >= 0 else lambda sentence: None
    begun = time.monotonic()
    announce_compilation()
    known = None if background is None else load_background(background)
    with open_output(output, force=force) as stream:
        with progress() as listener, open_corpus(paths, reading, listener, reiterable=levels == 2) as corpus:
            lexicon = build_lexicon(
                corpus,
                options,
                threads=threads,
                work_dir=work_dir if resume else None,
                notice=notice,
                progress=listener,
            )
            if levels == 2:
                lexicon = add_phrases(corpus, lexicon, phrases, threads=threads, progress=listener)
        if known is not None:
            lexicon = rank_by_keyness(lexicon, known)
        if as_json:
            write_rows(stream, json_rows(dict(zip(lexicon.columns, row, strict=True)) for row in lexicon.rows()))
        else:
            lexicon.write(stream)
    say(_cost(lexicon))
    phrases_found = int(lexicon.is_phrase.sum())
    found = f"{len(lexicon) - phrases_found:,} words" + (f" and {phrases_found:,} phrases" if levels == 2 else "")
    say(f"{found} {corpus_summary(lexicon.about)} {cost_summary(begun)}")


def _cost(lexicon: Lexicon) -> str:
    """Say what the text costs as words, and as single characters."""
    about = lexicon.about
    phrases = (
        f"; read as phrases {about['phrase-bits-per-character']} bits a character instead of "
        f"{about['word-bits-per-character']}, {int(about['phrase-saved-bits']):,} bits less"
        if "phrase-saved-bits" in about
        else ""
    )
    return (
        f"the text costs {about['bits-per-character']} bits a character ({about['bits-per-word']} bits a word of "
        f"{about['characters-per-word']} characters), {about['units-bits-per-character']} in single characters; "
        f"lexicon and text {int(about['description-bits']):,} bits, {int(about['units-description-bits']):,} before"
        + phrases
    )
