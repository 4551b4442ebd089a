"""`minent segment`."""

import click

from minent.cli.inputs import open_corpus
from minent.cli.options import (
    errors_option,
    json_option,
    make_command,
    output_options,
    paths_argument,
    threads_option,
)
from minent.cli.output import announce_compilation, corpus_summary, open_output, progress, say
from minent.corpus import Corpus
from minent.lexicon import Lexicon
from minent.progress import Progress
from minent.segment import Segmenter


@make_command(
    "minent segment -m lexicon.tsv text.txt -o words.txt",
    "cat novel.txt | minent segment | head",
)
@paths_argument("TEXT")
@click.option(
    "-m",
    "--model",
    metavar="FILE",
    help="Lexicon from `minent build-lexicon`.  [default: learn one from TEXT itself first]",
)
@click.option(
    "-d",
    "--delimiter",
    default=" ",
    metavar="STRING",
    help="Put this between the words; inside a word it is escaped with a backslash.  [default: a space]",
)
@output_options("the words  [default: standard output]")
@click.option(
    "--line-buffered",
    is_flag=True,
    help="Write lines as soon as they are ready, as on a terminal, also to a file or pipe.",
)
@errors_option
@threads_option
@json_option('Write {"text": line, "spans": [[start, end], ...]} for each line, in characters.')
def command(
    paths: tuple[str, ...],
    model: str | None,
    delimiter: str,
    output: str | None,
    force: bool,
    line_buffered: bool,
    errors: str,
    threads: int,
    as_json: bool,
) -> None:
    """Cut TEXT into words, line by line.

    TEXT are files, directories or patterns, plain or compressed; "-" or none at all is standard input.  One line
    in is one line out.
    """
