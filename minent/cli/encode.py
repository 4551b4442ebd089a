"""`minent encode`."""

from typing import Any

import click

from minent.cli.inputs import open_corpus
from minent.cli.options import (
    Reading,
    make_command,
    output_options,
    paths_argument,
    reading_options,
    threads_option,
    usage_errors,
)
from minent.cli.output import announce_compilation, open_output, progress
from minent.cutting.token_lines import FORMATS, LineOptions, encode_lines
from minent.tokenizer import Tokenizer

DEFAULTS = LineOptions()


@make_command(
    "minent encode -m tokenizer.json text.txt -o ids.txt",
    "minent encode -m tokenizer.json < a.txt | minent decode -m tokenizer.json | cmp - a.txt",
)
@paths_argument("TEXT")
@click.option("-m", "--model", metavar="FILE", required=True, help="A tokenizer.json, or a model of BytePiece.")
@click.option(
    "--format",
    type=click.Choice(FORMATS),
    default=DEFAULTS.format,
    show_default=True,
    help="Ids; pieces, with \\s for a space in them; or JSON, both.",
)
@click.option(
    "--alpha",
    type=float,
    default=DEFAULTS.alpha,
    metavar="A",
    show_default="the best way",
    help="Draw a way to cut each line, with probability P^A / sum of P^A; 0: all ways are equal.",
)
@click.option("--seed", type=int, default=DEFAULTS.seed, metavar="N", show_default=True, help="Seed of the drawing.")
@click.option(
    "--nbest",
    type=int,
    default=DEFAULTS.nbest,
    metavar="K",
    show_default="only the best",
    help="Write the K best ways for each line, each with the line's number and ln of its probability.",
)
@click.option("--specials", is_flag=True, help="Let the texts of special tokens become their ids.")
@output_options("the ids")
@click.option(
    "--line-buffered", is_flag=True, help="Answer each line at once, as on a terminal, also in a pipe or file."
)
@reading_options(errors=False)
@threads_option
def command(
    paths: tuple[str, ...],
    model: str,
    output: str | None,
    force: bool,
    line_buffered: bool,
    reading: Reading,
    threads: int,
    **chosen: Any,
) -> None:
    """Cut TEXT into tokens, and write their ids, line by line.

    TEXT are files, directories, patterns, @FILE for a list of these, or addresses, plain or compressed; "-" or none
    at all is standard input.  Each line in is one line out; the ids of a line end with those of its line end, so that
    `minent decode` gives the same bytes back, whatever they are.
    """
    with usage_errors():
        options = LineOptions(**chosen)
    announce_compilation()
    tokenizer = Tokenizer.load(model)
    with (
        progress() as listener,
        open_corpus(paths, reading, listener) as corpus,
        open_output(output, force=force) as stream,
    ):
        at_once = line_buffered or stream.isatty()
        if stream.isatty():
            listener.close()  # a bar would stand between the lines
        else:
            listener.stage("encoding", corpus.size)
        for document in corpus.documents():
            for lines in encode_lines(tokenizer, document.chunks(), options, threads=1 if at_once else threads):
                stream.write(lines)
                if at_once:
                    stream.flush()
