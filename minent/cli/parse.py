"""`minent parse`."""

from collections.abc import Iterator
from typing import Any

import click

from minent.cli.inputs import load_lexicon, load_templates, open_corpus
from minent.cli.options import Reading, make_command, output_options, paths_argument, reading_options, usage_errors
from minent.cli.output import announce_compilation, open_output, progress, warn
from minent.corpus import Corpus
from minent.parsing.lines import FORMATS, TreeLineOptions, write_trees
from minent.parsing.parser import BRANCHING, ParseOptions, Parser

DEFAULTS = ParseOptions()
LINES = TreeLineOptions()

_NAMED_TEMPLATES = 3


@make_command(
    "minent parse -m templates.tsv --lexicon lexicon.tsv questions.txt",
    "echo 'the name of the rose' | minent parse -m templates.tsv --format svg -o tree.svg",
)
@paths_argument("TEXT")
@click.option("-m", "--model", metavar="FILE", required=True, help="Templates, from minent mine-templates.")
@click.option(
    "--lexicon",
    metavar="FILE",
    show_default="none",
    help="The lexicon that the templates were mined with, if their words are those of one.",
)
@click.option(
    "--format",
    type=click.Choice(FORMATS),
    default=LINES.format,
    show_default=True,
    help="Indented trees, an empty line behind each; a line of brackets; a line of JSON; one picture of all trees.",
)
@click.option("--expand", is_flag=True, help="Write the flat pattern of each line instead of its tree.")
@click.option(
    "--nbest",
    type=int,
    default=LINES.nbest,
    metavar="K",
    show_default="only the best",
    help="Write the K best trees of each line, each with the line's number and its score.",
)
@click.option(
    "--null-score",
    type=float,
    default=DEFAULTS.null_score,
    metavar="X",
    show_default=True,
    help="Nats for each word or block beyond the first where no template matches.",
)
@click.option(
    "--branching",
    type=click.Choice(BRANCHING),
    default=DEFAULTS.branching,
    show_default=True,
    help="To which side the tree goes on where two are equally good.",
)
@click.option(
    "--max-words",
    type=int,
    default=DEFAULTS.max_words,
    metavar="N",
    show_default=True,
    help="Cut clauses of more words than this.",
)
@output_options("the trees")
@click.option(
    "--line-buffered", is_flag=True, help="Answer each line at once, as on a terminal, also in a pipe or file."
)
@reading_options()
def command(
    paths: tuple[str, ...],
    model: str,
    lexicon: str | None,
    format: str,  # noqa: A002  the name of the option
    expand: bool,
    nbest: int,
    output: str | None,
    force: bool,
    line_buffered: bool,
    reading: Reading,
    **chosen: Any,
) -> None:
    """Parse TEXT by nested templates, line by line.

    TEXT are files, directories, patterns, @FILE for a list of these, or addresses, plain or compressed; "-" or none
    at all is standard input.  A line is cut into clauses at its marks; each clause becomes the tree of templates
    within templates that is most probable.
    """
    announce_compilation()
    with usage_errors():
        options = ParseOptions(**chosen)
        lines = TreeLineOptions(format, nbest, expand)
    templates = load_templates(model)
    parser = Parser(templates, None if lexicon is None else load_lexicon(lexicon), options)
    if parser.unusable:
        some = ", ".join(template.pattern for template in parser.unusable[:_NAMED_TEMPLATES])
        warn(f"{len(parser.unusable):,} of {len(templates):,} templates hold words that {lexicon} has not: {some}")
    with (
        progress() as listener,
        open_corpus(paths, reading, listener) as corpus,
        open_output(output, force=force) as stream,
    ):
        at_once = line_buffered or stream.isatty()
        if stream.isatty():
            listener.close()  # a bar would stand between the lines
        else:
            listener.stage("parsing", corpus.size)
        for piece in write_trees(parser, _chunks(corpus), lines):
            stream.write(piece)
            if at_once:
                stream.flush()


def _chunks(corpus: Corpus) -> Iterator[bytes]:
    """Yield all documents as one text: the last line of one is no line of the next."""
    for document in corpus.documents():
        chunk = b"\n"
        for chunk in document.chunks():
            yield chunk
        if not chunk.endswith(b"\n"):
            yield b"\n"
