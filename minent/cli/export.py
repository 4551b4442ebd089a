"""`minent export`."""

from collections.abc import Iterator

import click

from minent.cli.options import make_command
from minent.cli.output import announce_compilation, needed_output, open_output, output_path, say, warn, write_rows
from minent.cutting.token_lines import visible_piece
from minent.export import FOLDERS, VOCABULARIES, export_vocabulary
from minent.export.exported import Loss
from minent.vocabulary import Vocabulary


@make_command(
    "minent export tokenizer.json --format huggingface -o tokenizer/",
    "minent export tokenizer.json --format sentencepiece -o tokenizer.model --rejects rejects.tsv",
)
@click.argument("model", metavar="MODEL")
@click.option(
    "--format",
    "target",
    type=click.Choice(list(VOCABULARIES)),
    required=True,
    help="For whom: huggingface, a folder that transformers and tokenizers load; sentencepiece, bytepiece, a model of "
    "theirs; tsv, jsonl, a table of all ids.",
)
@click.option("-o", "--output", metavar="PATH", help="The file to write, for huggingface the folder; needed.")
@click.option("--force", is_flag=True, help="Overwrite files that are there.")
@click.option("--rejects", metavar="FILE", help="Where to list what the format cannot express: id, piece, reason.")
def command(model: str, target: str, output: str | None, force: bool, rejects: str | None) -> None:
    """Write MODEL in the format of another program.

    MODEL is a tokenizer.json, or a model of BytePiece.  Ids stay the same.  What the format cannot express is counted,
    and listed with --rejects; where it would cut every text in another way, nothing is written.
    """
    if target in FOLDERS and output == "-":
        raise click.UsageError(f"{target} is a folder of files, which does not go to standard output.")
    if output is None or target not in FOLDERS:
        needed_output(output, force=force)
    if rejects is not None:
        needed_output(rejects, force=force)
    announce_compilation()
    vocabulary = Vocabulary.load(model)
    exported = export_vocabulary(vocabulary, target, output_path(output), force=force)
    if rejects is not None:
        with open_output(rejects, force=force) as stream:
            write_rows(stream, _rows(exported.losses))
    for warning in exported.warnings:
        warn(warning)
    say(f"{vocabulary.size:,} ids, {len(vocabulary):,} of them pieces, as {target}")
    if exported.losses:
        reasons = "; ".join(f"{count:,}: {reason}" for reason, count in exported.reasons().items())
        cure = "" if rejects else "; --rejects FILE lists them"
        warn(f"{len(exported.losses):,} of them cannot be expressed there ({reasons}){cure}")


def _rows(losses: tuple[Loss, ...]) -> Iterator[str]:
    yield "\t".join(Loss._fields)
    for loss in losses:
        yield f"{loss.id}\t{visible_piece(loss.piece)}\t{loss.reason}"
