"""All ids in a table, a line each: for people, spreadsheets and scripts."""

import json
from collections.abc import Iterator
from typing import Any

from minent.cutting.token_lines import visible_piece
from minent.export.exported import Exported
from minent.vocabulary import Vocabulary

_COLUMNS = ("id", "kind", "piece", "count", "score")


def export_tsv(vocabulary: Vocabulary) -> Exported:
    r"""Return a row of names, then a row for each id.

    Columns: id; kind, one of piece, special and reserved; piece, with "\s" for a space and "\xNN" for a byte that is
    no text; count and score, ln of its probability, of pieces alone.
    """
    lines = ["\t".join(_COLUMNS)]
    for row in _rows(vocabulary):
        row["piece"] = visible_piece(row["piece"])
        lines.append("\t".join(str(row.get(column, "")) for column in _COLUMNS))
    return _of_lines(lines)


def export_jsonl(vocabulary: Vocabulary) -> Exported:
    """Return an object for each id, with the columns of `export_tsv`; "hex" for a piece that is no text."""
    lines = []
    for row in _rows(vocabulary):
        piece = row.pop("piece")
        try:
            row["piece"] = piece.decode()
        except UnicodeDecodeError:
            row["hex"] = piece.hex()
        lines.append(json.dumps(row, ensure_ascii=False))
    return _of_lines(lines)


def _of_lines(lines: list[str]) -> Exported:
    return Exported({"": ("\n".join(lines) + "\n").encode()})


def _rows(vocabulary: Vocabulary) -> Iterator[dict[str, Any]]:
    """Yield what there is to say of each id, in their order."""
    behind = 0 if vocabulary.first_id else len(vocabulary)
    others = [
        {"id": number, "kind": "special", "piece": special.encode()} for special, number in vocabulary.specials.items()
    ]
    for number in range(behind + len(others), behind + len(others) + vocabulary.options.reserved):
        others.append({"id": number, "kind": "reserved", "piece": b""})
    if not behind:
        yield from others
    numbers = zip(vocabulary.pieces, vocabulary.counts.tolist(), vocabulary.scores.tolist(), strict=True)
    for number, (piece, count, score) in enumerate(numbers, start=vocabulary.first_id):
        yield {"id": number, "kind": "piece", "piece": piece, "count": count, "score": score}
    if behind:
        yield from others
