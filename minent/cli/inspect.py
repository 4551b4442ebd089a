"""`minent inspect`."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import click
import regex  # type: ignore[import-untyped]  # it has none

from minent.cli.inputs import load_lexicon, load_templates
from minent.cli.options import json_option, make_command
from minent.cli.output import json_rows, open_output, table_for_people, write_rows
from minent.errors import FormatError

_ESCAPES = str.maketrans({"\t": "\\t", "\n": "\\n", "\r": "\\r", "\\": "\\\\"})


class _Table(NamedTuple):
    """What a file holds.

    about    what it is and how it was made
    columns  names; the first column holds text, the others numbers, or text where the cells are escaped already
    rows     in the order of the file
    escaped  whether the text can hold tabs and line ends
    """

    about: Mapping[str, Any]
    columns: tuple[str, ...]
    rows: Iterable[tuple[Any, ...]]
    escaped: bool


@make_command(
    "minent inspect lexicon.tsv",
    "minent inspect counts.mnc --grep '^中' --head 20",
)
@click.argument("file", metavar="FILE")
@click.option("--head", type=click.IntRange(min=0), metavar="N", help="Show the first N rows.")
@click.option(
    "--grep",
    metavar="PATTERN",
    help="Show the rows with a word or n-gram that this regular expression finds.",
)
@click.option("--trivial", is_flag=True, help="Show the trivial templates too: one word between two holes.")
@click.option("--tsv", is_flag=True, help="Show all rows; # lines say how the file was made.")
@json_option("Show JSON: one object about the file, or one line for each row asked for.")
def command(file: str, head: int | None, grep: str | None, tsv: bool, trivial: bool, as_json: bool) -> None:
    """Show what FILE is, how it was made and what it holds.

    FILE is a lexicon, a tokenizer, a tagger, templates or a file of counts; "-" is a lexicon from standard input.  With
    --head, --grep or --tsv its rows are shown: the words or templates that save most first, the pieces by length, then
    by bytes, the n-grams by length, then by code points, or the weights that say most first.  On a
    terminal a table, else, and with --tsv, rows with tabs.
    """
    try:
        finds = regex.compile(grep or "").search
    except regex.error as error:
        raise click.BadParameter(f"this is no regular expression: {error}", param_hint="'--grep'") from None
    table = _open(file, trivial=trivial)
    rows = islice((row for row in table.rows if grep is None or finds(row[0])), head)
    with open_output(None) as stream:
        if tsv or grep is not None or head is not None:
            if as_json:
                write_rows(stream, json_rows(dict(zip(table.columns, row, strict=True)) for row in rows))
            elif stream.isatty() and not tsv:
                write_rows(stream, table_for_people(table.columns, rows))
            else:
                write_rows(stream, _tsv(table, rows))
        else:
            description = (f"{key}: {value}" for key, value in table.about.items())
            write_rows(stream, json_rows([table.about]) if as_json else description)


def _open(path: str, *, trivial: bool) -> _Table:
    if path == "-":
        path = "/dev/stdin"
    if not Path(path).is_file() and not Path(path).is_dir():
        return _lexicon(path)  # of a pipe there is no first look; counts cannot be read from one
    with Path(path).open("rb") as stream:
        beginning = stream.read(64)
    if beginning.startswith(b"minent counts"):
        return _counts(path)
    if beginning.startswith(b"minent tagger"):
        return _tagger(path)
    if beginning.removeprefix(b"\xef\xbb\xbf").startswith(b"# format: minent templates"):
        return _templates(path, trivial=trivial)
    if beginning.startswith((b"#", b"\xef\xbb\xbf#")):
        return _lexicon(path)
    if beginning.lstrip().startswith(b"{"):
        return _vocabulary(path)
    raise FormatError(path, "this is no lexicon, tokenizer, tagger, templates or counts; make one with minent")


def _vocabulary(path: str) -> _Table:
    from minent.cutting.token_lines import visible_piece
    from minent.vocabulary import Vocabulary

    vocabulary = Vocabulary.load(path)
    options = {name.replace("_", "-"): value for name, value in asdict(vocabulary.options).items()}
    options["specials"] = " ".join(vocabulary.options.specials)
    about = vocabulary.about | options | {"pieces": len(vocabulary), "ids": vocabulary.size}
    numbers = zip(vocabulary.counts.tolist(), vocabulary.scores.tolist(), strict=True)
    rows = (
        (visible_piece(piece), row + vocabulary.first_id, *both)
        for row, (piece, both) in enumerate(zip(vocabulary.pieces, numbers, strict=True))
    )
    return _Table(about, ("piece", "id", "count", "score"), rows, escaped=False)


def _lexicon(path: str) -> _Table:
    lexicon = load_lexicon(path)
    phrases = int(lexicon.is_phrase.sum())
    about = lexicon.about | {"words": len(lexicon) - phrases} | ({"phrases": phrases} if phrases else {})
    return _Table(about, lexicon.columns, lexicon.rows(), escaped=False)


def _templates(path: str, *, trivial: bool) -> _Table:
    from minent.templates import COLUMNS

    templates = load_templates(path)
    number = sum(template.trivial for template in templates)
    about = templates.about | {"total": templates.total, "templates": len(templates) - number, "trivial": number}
    rows = (row for row, template in zip(templates.rows(), templates, strict=True) if trivial or not template.trivial)
    return _Table(about, COLUMNS, rows, escaped=False)


def _tagger(path: str) -> _Table:
    from minent.tagger import Tagger
    from minent.tagging.weights import named_weights

    tagger = Tagger.load(path)
    about = tagger.about | {
        "tagset": " ".join(tagger.tags),
        "characters": tagger.alphabet.size,
        "pairs": tagger.pairs.size,
        "pairs around": tagger.arounds.size,
        "strings": tagger.strings.size,
    }
    return _Table(about, ("feature", "place", "tag", "weight"), named_weights(tagger), escaped=True)


def _counts(path: str) -> _Table:
    from minent.ngrams import NgramCounts

    counts = NgramCounts.load(path)
    sizes = [int(size) for size in counts.starts[2:] - counts.starts[1:-1]]
    about = counts.about | {f"{order}-grams": size for order, size in enumerate(sizes, start=1)}
    return _Table(about, ("ngram", "count"), counts.rows(), escaped=True)


def _tsv(table: _Table, rows: Iterable[tuple[Any, ...]]) -> Iterator[str]:
    yield from (f"# {key}: {value}" for key, value in table.about.items())
    yield "\t".join(table.columns)
    for text, *numbers in rows:
        yield "\t".join((_cell(text) if table.escaped else text, *map(_number, numbers)))


def _cell(text: str) -> str:
    return ("\\" if text.startswith("#") else "") + text.translate(_ESCAPES)


def _number(value: float) -> str:
    return "" if value != value else str(value)
