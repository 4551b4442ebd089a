"""What a page says of a tokenizer."""

from collections.abc import Sequence

import numpy as np

from minent.cutting.token_lines import visible_piece
from minent.reporting.charts import Chart, bars, columns, rank_frequency
from minent.reporting.page import Section, definitions, shortened, table
from minent.scoring.compression import by_script, summarize
from minent.types import Counts
from minent.vocabulary import Vocabulary

# Pieces of more characters stand together in the picture of lengths.
_LONG = 16


def describe_tokenizer(name: str, vocabulary: Vocabulary, counts: Counts | None, size: int) -> list[Section]:
    """Return what there is to say of a tokenizer.

    name    of its file
    counts  (ids,) int64: how often each id occurs in a text; None = as in the text it was trained on
    size    pieces to show
    """
    where = "in the text given" if counts is not None else "in training"
    if counts is None:
        counts = np.zeros(vocabulary.size, np.int64)
        counts[vocabulary.first_id : vocabulary.first_id + len(vocabulary)] = vocabulary.counts
    whole = summarize(vocabulary, counts, "all")
    used = int((counts > 0).sum())
    figures = [(f"{vocabulary.size:,}", "ids"), (f"{used:,}", f"used {where}")]
    if whole.tokens:
        figures += [
            (f"{whole.bytes_per_token:.3f}", "bytes a token"),
            (f"{whole.tokens_per_character:.3f}", "tokens a character"),
            (f"{whole.entropy:.3f}", "bits a byte: entropy of the ids"),
        ]
    scripts = list(by_script(vocabulary, counts))
    shown = sorted(scripts[:12], key=lambda part: -part.bytes_per_token)
    values = [
        (f"{part.name}, {part.bytes:,} bytes", part.bytes_per_token, f"{part.bytes_per_token:.2f}") for part in shown
    ]
    summary = "What a piece is of is told by its first letter." + (
        f" {shown[0].name} fares best, {shown[-1].name} worst." if len(shown) > 1 else ""
    )
    charts = [bars("scripts", f"Bytes a token {where}, by script", summary, "bytes a token", values)] if values else []
    often = sorted((int(count) for count in counts if count), reverse=True)
    charts.append(rank_frequency("token-counts", f"How often tokens occur {where}", "token", often))
    charts.append(_lengths(vocabulary, counts))
    section = Section(
        "tokenizer",
        f"The tokenizer: {name}",
        "Pieces of bytes; text is cut so that its pieces are most probable together.",
        figures,
        charts,
    )
    order = np.argsort(-counts, kind="stable")[:size].tolist()
    section.parts.append(_pieces(f"The most frequent pieces {where}", vocabulary, order, counts))
    lengths = np.zeros(vocabulary.size)
    rows = slice(vocabulary.first_id, vocabulary.first_id + len(vocabulary))
    lengths[rows] = np.diff(vocabulary.spelling[1])
    section.parts.append(
        _pieces("The longest pieces", vocabulary, np.argsort(-lengths, kind="stable")[:size].tolist(), counts)
    )
    section.parts.append(
        f"<details><summary>How it was made</summary>{definitions(vocabulary.about.items())}</details>"
    )
    return [section]


def _lengths(vocabulary: Vocabulary, counts: Counts) -> Chart:
    lengths = np.array([len(piece.decode(errors="replace")) for piece in vocabulary.pieces] or [0])
    lengths = np.minimum(lengths, _LONG + 1)
    longest = int(lengths.max())
    labels = [str(number) if number <= _LONG else f"{_LONG}+" for number in range(1, longest + 1)]
    times = counts[vocabulary.first_id : vocabulary.first_id + len(vocabulary)]
    of_pieces = np.bincount(lengths, minlength=longest + 1)[1:] / max(1, len(vocabulary))
    of_text = np.bincount(lengths, times, minlength=longest + 1)[1:] / max(1, int(times.sum()))
    most = int(np.argmax(of_text)) + 1
    summary = f"Tokens of {most} character{'s' * (most > 1)} are the most frequent: {of_text[most - 1]:.0%} of all."
    series = {"in the vocabulary": (100 * of_pieces).tolist(), "in the text": (100 * of_text).tolist()}
    return columns("piece-lengths", "How long pieces are", summary, ("characters", "%"), labels, series)


def _pieces(caption: str, vocabulary: Vocabulary, ids: Sequence[int], counts: Counts) -> str:
    rows = [
        (shortened(visible_piece(vocabulary.pieces[number - vocabulary.first_id])), str(number), f"{counts[number]:,}")
        for number in ids
        if 0 <= number - vocabulary.first_id < len(vocabulary)
    ]
    return table(caption, ("piece", "id", "times"), rows, {1, 2})
