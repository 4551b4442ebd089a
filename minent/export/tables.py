"""All ids in a table, a line each: for people, spreadsheets and scripts."""

import json
from collections.abc import Iterator
from typing import NamedTuple

from minent.export.exported import Exported
from minent.token_lines import visible_piece
from minent.vocabulary import Vocabulary


class _Row(NamedTuple):
    """An id; count and score are those of pieces alone."""

    id: int
    kind: str
    piece: bytes
    count: int | None = None
    score: float | None = None


def export_tsv(vocabulary: Vocabulary) -> Exported:
    r"""Return a row of names, then a row for each id: `piece` with "\s" for a space, "\xNN" for a byte that is no text.

    Columns: id; kind, "piece", "special" or "reserved"; piece; count; score, ln of its probability.
    """
    lines = ["\t".join(_Row._fields)]
    for row in _rows(vocabulary):
        cells = (row.id, row.kind, visible_piece(row.piece), row.count, row.score)
        lines.append("\t".join("" if cell is None else str(cell) for cell in cells))
    return _of_lines(lines)


def export_jsonl(vocabulary: Vocabulary) -> Exported:
    """Return an object for each id, with the fields that it has; "hex" in place of "piece" where that is no text."""
    lines = []
    for row in _rows(vocabulary):
        record = row._asdict()
        try:
            record["piece"] = row.piece.decode()
        except UnicodeDecodeError:
            record["piece"] = None
            record["hex"] = row.piece.hex()
        lines.append(json.dumps({key: value for key, value in record.items() if value is not None}, ensure_ascii=False))
    return _of_lines(lines)


def _of_lines(lines: list[str]) -> Exported:
    return Exported({"": ("\n".join(lines) + "\n").encode()})


def _rows(vocabulary: Vocabulary) -> Iterator[_Row]:
    others = [_Row(number, "special", special.encode()) for special, number in vocabulary.specials.items()]
    last = len(others) + (0 if vocabulary.first_id else len(vocabulary))
    others += [_Row(last + place, "reserved", b"") for place in range(vocabulary.options.reserved)]
    numbers = zip(vocabulary.pieces, vocabulary.counts.tolist(), vocabulary.scores.tolist(), strict=True)
    pieces = (_Row(number, "piece", *row) for number, row in enumerate(numbers, start=vocabulary.first_id))
    if vocabulary.first_id:
        yield from others
    yield from pieces
    if not vocabulary.first_id:
        yield from others
