"""`minent export`."""

from collections.abc import Iterator

import click

from minent.cli.inputs import is_vocabulary, load_lexicon
from minent.cli.options import make_command
from minent.cli.output import (
    announce_compilation,
    needed_output,
    open_output,
    output_path,
    say,
    visible,
    warn,
    write_rows,
)
from minent.cutting.token_lines import visible_piece
from minent.export import FOLDERS, LEXICONS, VOCABULARIES, export_lexicon, export_vocabulary
from minent.export.exported import Exported, Loss, LostWord
from minent.vocabulary import Vocabulary


@make_command(
    "minent export lexicon.tsv --format jieba -o userdict.txt --rejects rejects.tsv",
    "minent export lexicon.tsv --format mecab-dict -o dictionary/",
    "minent export tokenizer.json --format huggingface -o tokenizer/",
    "minent export tokenizer.json --format sentencepiece -o tokenizer.model --rejects rejects.tsv",
)
@click.argument("model", metavar="MODEL")
@click.option(
    "--format",
    "target",
    type=click.Choice([*LEXICONS, *(name for name in VOCABULARIES if name not in LEXICONS)]),
    metavar="NAME",
    required=True,
    help="Of a lexicon: jieba, a user dictionary, jieba-main, in the place of its own; hanlp (1.x), hanlp2 (a list for "
    "2.x); ik (Elasticsearch, OpenSearch); kuromoji; mecab, a user dictionary, mecab-dict, the folder of a whole one; "
    "kytea; plain, csv, jsonl, parquet.  Of a tokenizer: huggingface, a folder that transformers and tokenizers load; "
    "sentencepiece, bytepiece, a model of theirs; tsv, jsonl, a table of all ids.",
)
@click.option("-o", "--output", metavar="PATH", help="The file to write, or the folder; needed.")
@click.option("--force", is_flag=True, help="Overwrite files that are there.")
@click.option(
    "--rejects",
    metavar="FILE",
    help="Where to list what the format cannot express: word, count and reason, or id, piece and reason.",
)
@click.option(
    "--template",
    metavar="ROW",
    show_default="for ipadic",
    help="For mecab: what stands behind each word and a comma, with {word} and {cost} in it, as the dictionary wants "
    "it that the words are added to.",
)
def command(
    model: str, target: str, output: str | None, force: bool, rejects: str | None, template: str | None
) -> None:
    """Write MODEL in the format of another program.

    MODEL is a lexicon, a tokenizer.json, or a model of BytePiece, told apart by its first bytes.  What the format
    cannot express is counted, left out, and listed with --rejects.  Ids of a tokenizer stay the same; where it would
    cut every text in another way, nothing is written.
    """
    if target in FOLDERS and output == "-":
        raise click.UsageError(f"{target} is a folder of files, which does not go to standard output.")
    if output is None or target not in FOLDERS:
        needed_output(output, force=force)
    if rejects is not None:
        needed_output(rejects, force=force)
    if template is not None and target != "mecab":
        raise click.UsageError("--template is for --format mecab.")
    fields = LostWord._fields
    if is_vocabulary(model):
        fields = Loss._fields
        exported, summary = _export_vocabulary(model, target, output_path(output), force=force)
    else:
        lexicon = load_lexicon(model)
        if target not in LEXICONS:
            raise click.UsageError(f"{model} is a lexicon, and {target} is for tokenizers: {', '.join(LEXICONS)}.")
        exported = export_lexicon(lexicon, target, output_path(output), force=force, template=template)
        summary = f"{len(lexicon):,} words as {target}"
    if rejects is not None:
        with open_output(rejects, force=force) as stream:
            write_rows(stream, ["\t".join(fields), *_rows(exported)])
    for warning in exported.warnings:
        warn(warning)
    say(summary)
    if exported.losses:
        reasons = "; ".join(f"{count:,}: {reason}" for reason, count in exported.reasons().items())
        cure = "" if rejects else "; --rejects FILE lists them"
        warn(f"{len(exported.losses):,} of them cannot be expressed there ({reasons}){cure}")


def _export_vocabulary(model: str, target: str, path: str, *, force: bool) -> tuple[Exported, str]:
    announce_compilation()
    vocabulary = Vocabulary.load(model)
    if target not in VOCABULARIES:
        raise click.UsageError(f"{model} is a tokenizer, and {target} is for lexicons: {', '.join(VOCABULARIES)}.")
    exported = export_vocabulary(vocabulary, target, path, force=force)
    return exported, f"{vocabulary.size:,} ids, {len(vocabulary):,} of them pieces, as {target}"


def _rows(exported: Exported) -> Iterator[str]:
    for loss in exported.losses:
        if isinstance(loss, Loss):
            yield f"{loss.id}\t{visible_piece(loss.piece)}\t{loss.reason}"
        else:
            yield f"{visible(loss.word)}\t{loss.count}\t{loss.reason}"
