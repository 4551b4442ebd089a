"""`minent segment`."""

from collections.abc import Callable, Iterable, Iterator

import click

from minent.cli.inputs import is_tagger, is_vocabulary, load_lexicon, open_corpus
from minent.cli.options import (
    Reading,
    json_option,
    make_command,
    output_options,
    paths_argument,
    reading_options,
    threads_option,
)
from minent.cli.output import Listener, announce_compilation, open_output, progress, say, warn
from minent.corpus import Corpus
from minent.cutting.modes import check_delimiter, write_columns, write_spaced, write_standoff
from minent.cutting.segmenter import Segmenter, TokenSegmenter
from minent.cutting.tagged import TaggerSegmenter
from minent.cutting.user_words import UserWords
from minent.errors import NoWordsError
from minent.finding.discover import build_lexicon
from minent.finding.phrases import add_phrases
from minent.lexicon import Lexicon
from minent.tagger import Tagger
from minent.tokenizer import Tokenizer

_NAMED_WORDS = 3


@make_command(
    "minent segment -m lexicon.tsv text.txt -o words.txt",
    "cat novel.txt | minent segment | head",
    "minent segment -m lexicon.tsv text.txt --level 2 -d /",
    "minent segment -m lexicon.tsv text.txt --user-dict my-words.txt --format crf",
)
@paths_argument("TEXT")
@click.option(
    "-m",
    "--model",
    metavar="FILE",
    show_default="learn one from TEXT first",
    help="A lexicon, a tagger (train-crf) or a tokenizer to segment with.",
)
@click.option(
    "--level",
    type=click.IntRange(1, 2),
    default=1,
    show_default=True,
    help="With 2, cut into phrases; the lexicon must have some (build-lexicon --levels 2).",
)
@click.option(
    "-d",
    "--delimiter",
    default=" ",
    metavar="STRING",
    show_default="a space",
    help="What stands between words; in a word, a backslash comes before it.  If it is white space, that in a phrase "
    "becomes _.",
)
@click.option(
    "--keep-spaces",
    is_flag=True,
    help="Leave all white space where it is; the delimiter stands between words that touch.",
)
@click.option(
    "--format",
    "target",
    type=click.Choice(["words", "json", "crf", "brat"]),
    show_default="words",
    help="How: words, with a delimiter; json, as --json; crf, a line for each character, tab, B, M, E or S; brat, "
    "standoff annotation of one text.",
)
@click.option(
    "--user-dict",
    metavar="FILE",
    help="Words on top of the lexicon, one a line; behind white space a count, cost=NATS, force or never.  On a tagger "
    "words alone: they are words wherever they stand.",
)
@output_options("the words")
@click.option(
    "--line-buffered",
    is_flag=True,
    help="Answer each line at once, as on a terminal, also in a pipe or file.",
)
@reading_options()
@threads_option
@json_option(
    'Write a line {"text": ..., "spans": [[start, end], ...]} for each line, in characters; with a tagger also '
    '"confidence": [probability of the word, ...].'
)
def command(
    paths: tuple[str, ...],
    model: str | None,
    level: int,
    delimiter: str,
    keep_spaces: bool,
    target: str | None,
    user_dict: str | None,
    output: str | None,
    force: bool,
    line_buffered: bool,
    reading: Reading,
    threads: int,
    as_json: bool,
) -> None:
    """Cut TEXT into words, line by line.

    TEXT are files, directories, patterns, @FILE for a list of these, or addresses, plain or compressed; "-" or none
    at all is standard input.  Each line in is one line out, with a delimiter between its words instead of the white
    space.
    """
    target = _target(target, as_json, keep_spaces)
    user = None if user_dict is None else UserWords.load(user_dict)
    announce_compilation()
    with (
        progress() as listener,
        open_corpus(paths, reading, listener, reiterable=model is None) as corpus,
        open_output(output, force=force) as stream,
    ):
        if target == "brat" and len(list(corpus.documents())) > 1:
            raise click.UsageError("brat counts characters from the beginning of a text: give one at a time.")
        tags = model is not None and is_tagger(model)
        if model is not None and (tags or is_vocabulary(model)):
            if level > 1:
                raise click.UsageError("Only a lexicon has phrases: --level is not for other models.")
            if user is not None and not tags:
                raise click.UsageError("A tokenizer has no words: --user-dict is for lexicons and taggers.")
            segmenter: Segmenter = (
                TaggerSegmenter(Tagger.load(model), user.held() if user else ())
                if tags
                else TokenSegmenter(Tokenizer.load(model))
            )
        else:
            lexicon = _learn(corpus, level, threads, listener) if model is None else load_lexicon(model)
            if lexicon is None:
                return
            if model is not None and level > 1 and not lexicon.is_phrase.any():
                warn(f"{model} has no phrases; build-lexicon --levels 2 finds some")
            segmenter = Segmenter(lexicon, level=level, user=user)
        if segmenter.unusable:
            some = ", ".join(segmenter.unusable[:_NAMED_WORDS])
            source = model or user_dict
            warn(f"{len(segmenter.unusable):,} words of {source} can never be found in a text, such as {some}")
        if stream.isatty():
            listener.close()  # a bar would stand between the lines
        else:
            listener.stage("segmenting", corpus.size)
        at_once = line_buffered or stream.isatty()
        if at_once:
            threads = 1  # more of them answer only when each has something to do
        write = _writer(segmenter, target, delimiter, keep_spaces=keep_spaces, threads=threads)
        for piece in _pieces(corpus, write):
            stream.write(piece)
            if at_once:
                stream.flush()


def _learn(corpus: Corpus, level: int, threads: int, listener: Listener) -> Lexicon | None:
    """Return the lexicon of the text itself; None for a text without a single byte, from which there is none."""
    if not any(True for document in corpus.documents() for _ in document.chunks()):
        return None
    say("no model given: learning a lexicon from the text itself first")
    try:
        lexicon = build_lexicon(corpus, threads=threads, progress=listener)
        return add_phrases(corpus, lexicon, threads=threads, progress=listener) if level > 1 else lexicon
    except NoWordsError:
        return Lexicon.empty()  # marks are words of their own, whatever a lexicon says


def _target(target: str | None, as_json: bool, keep_spaces: bool) -> str:
    """Return the format to write.  Raises UsageError for options that do not go together."""
    if as_json and target not in (None, "json"):
        raise click.UsageError(f"--json and --format {target} are two formats: give one of them.")
    target = "json" if as_json else target or "words"
    if keep_spaces and target != "words":
        raise click.UsageError(f"--keep-spaces is for words; {target} has its own way with white space.")
    return target


def _writer(
    segmenter: Segmenter, target: str, delimiter: str, *, keep_spaces: bool, threads: int
) -> Callable[[Iterable[bytes]], Iterator[bytes]]:
    """Return what makes output of the chunks of a document.  Raises InputError for a delimiter that does not do."""
    check_delimiter(delimiter, keep_spaces=keep_spaces)
    if target == "json":
        return lambda chunks: segmenter.write_json(chunks, threads=threads)
    if target == "words" and not keep_spaces:
        return lambda chunks: segmenter.write(chunks, delimiter, threads=threads)
    if target == "words":
        return lambda chunks: write_spaced(segmenter.marked(chunks, threads=threads), delimiter)
    shown = write_columns if target == "crf" else write_standoff
    return lambda chunks: shown(segmenter.marked(chunks, threads=threads))


def _pieces(corpus: Corpus, write: Callable[[Iterable[bytes]], Iterator[bytes]]) -> Iterator[bytes]:
    """Yield the output; the last line of a document without a line feed gets one if another document follows."""
    last = b""
    for document in corpus.documents():
        if last and not last.endswith(b"\n"):
            yield b"\n"
        for last in write(document.chunks()):
            yield last
