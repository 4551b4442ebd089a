"""`minent decode`."""

import click

from minent.cli.inputs import open_corpus
from minent.cli.options import make_command, output_options, paths_argument
from minent.cli.output import announce_compilation, open_output, progress
from minent.cutting.token_lines import decode_lines
from minent.tokenizer import Tokenizer


@make_command(
    "minent decode -m tokenizer.json ids.txt -o text.txt",
    "echo 301 17 256 | minent decode -m tokenizer.json",
)
@paths_argument("IDS")
@click.option("-m", "--model", metavar="FILE", required=True, help="A tokenizer.json, or a model of BytePiece.")
@click.option("--keep-specials", is_flag=True, help="Write the texts of special tokens; otherwise they are left out.")
@output_options("the text")
def command(paths: tuple[str, ...], model: str, keep_specials: bool, output: str | None, force: bool) -> None:
    """Turn ids into the bytes they stand for.

    IDS are files of numbers separated by white space, plain or compressed; "-" or none at all is standard input.  Line
    breaks mean nothing here: the ends of the lines are in the ids.
    """
    announce_compilation()
    tokenizer = Tokenizer.load(model)
    with (
        progress() as listener,
        open_corpus(paths, "keep", listener) as corpus,
        open_output(output, force=force) as stream,
    ):
        listener.stage("decoding", corpus.size)
        for document in corpus.documents():
            for data in decode_lines(tokenizer, document.chunks(), document.name, skip_specials=not keep_specials):
                stream.write(data)
