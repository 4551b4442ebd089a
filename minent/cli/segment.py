"""`minent segment`."""

from collections.abc import Iterator

import click

from minent.cli.inputs import is_tagger, is_vocabulary, load_lexicon, open_corpus
from minent.cli.options import (
    errors_option,
    json_option,
    make_command,
    output_options,
    paths_argument,
    threads_option,
)
from minent.cli.output import Listener, announce_compilation, open_output, progress, say, warn
from minent.corpus import Corpus
from minent.cutting.segmenter import Segmenter, TokenSegmenter
from minent.cutting.tagged import TaggerSegmenter
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
    "--words",
    metavar="FILE",
    help="With a tagger: words that are words wherever they stand, one a line (what follows a tab is not read).",
)
@output_options("the words")
@click.option(
    "--line-buffered",
    is_flag=True,
    help="Answer each line at once, as on a terminal, also in a pipe or file.",
)
@errors_option
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
    words: str | None,
    output: str | None,
    force: bool,
    line_buffered: bool,
    errors: str,
    threads: int,
    as_json: bool,
) -> None:
    """Cut TEXT into words, line by line.

    TEXT are files, directories or patterns, plain or compressed; "-" or none at all is standard input.  Each
    line in is one line out, with a delimiter between its words instead of the white space.
    """
    announce_compilation()
    with (
        progress() as listener,
        open_corpus(paths, errors, listener, reiterable=model is None) as corpus,
        open_output(output, force=force) as stream,
    ):
        tags = model is not None and is_tagger(model)
        if words is not None and not tags:
            raise click.UsageError("--words is for a tagger; words of a lexicon can be written into it.")
        if model is not None and (tags or is_vocabulary(model)):
            if level > 1:
                raise click.UsageError("Only a lexicon has phrases: --level is not for other models.")
            segmenter: Segmenter = (
                TaggerSegmenter(Tagger.load(model), _words(words)) if tags else TokenSegmenter(Tokenizer.load(model))
            )
        else:
            lexicon = _learn(corpus, level, threads, listener) if model is None else load_lexicon(model)
            if lexicon is None:
                return
            if model is not None and level > 1 and not lexicon.is_phrase.any():
                warn(f"{model} has no phrases; build-lexicon --levels 2 finds some")
            segmenter = Segmenter(lexicon, level=level)
        if segmenter.unusable:
            some = ", ".join(segmenter.unusable[:_NAMED_WORDS])
            warn(f"{len(segmenter.unusable):,} words of {model} can never be found in a text, such as {some}")
        if stream.isatty():
            listener.close()  # a bar would stand between the lines
        else:
            listener.stage("segmenting", corpus.size)
        at_once = line_buffered or stream.isatty()
        if at_once:
            threads = 1  # more of them answer only when each has something to do
        for piece in _pieces(segmenter, corpus, delimiter, threads, as_json):
            stream.write(piece)
            if at_once:
                stream.flush()


def _words(path: str | None) -> list[str]:
    """The words in a file, one a line."""
    lines = [line for document in Corpus(path).documents() for line in document.lines()] if path else []
    return [word for line in lines if (word := line.split("\t")[0].strip())]


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


def _pieces(segmenter: Segmenter, corpus: Corpus, delimiter: str, threads: int, as_json: bool) -> Iterator[bytes]:
    """Yield the output; the last line of a document without a line feed gets one if another document follows."""
    last = b""
    for document in corpus.documents():
        if last and not last.endswith(b"\n"):
            yield b"\n"
        chunks = document.chunks()
        if as_json:
            pieces = segmenter.write_json(chunks, threads=threads)
        else:
            pieces = segmenter.write(chunks, delimiter, threads=threads)
        for last in pieces:
            yield last
