"""How fast text that no encoder has seen becomes ids, on one core, and ids become text again."""

from collections.abc import Iterator
from statistics import median

from context import Context, Row
from encoders import MINENT, TEXTS, Answer, Encoder, present, serving, slices, vocabulary
from measure import ratio

COLUMNS = {
    "text": "",
    "program": "",
    "pieces": "",
    "cuts text before": "",
    "newlines": "",
    "text comes back": "",
    "bytes a token": ".2f",
    "document, MB/s": ".1f",
    "best": ".1f",
    "lines, MB/s": ".1f",
    "decoded, MB/s": ".0f",
    "minent's times as fast, document": "",
}

SIZE = 32_000
SLICE = 250_000


def rows(context: Context) -> Iterator[Row]:
    encoders = present(context)
    for text, names in TEXTS.items():
        corpus, heldout = map(context.file, names)
        made = vocabulary(context, corpus, SIZE)
        models = [encoder.prepare(made, corpus) for encoder in encoders]
        found: dict[str, tuple[list[Answer], list[Answer]]] = {encoder.name: ([], []) for encoder in encoders}
        documents, lines = [], []
        with serving(encoders, models) as servers:
            warming, *parts = slices(heldout, SLICE)
            for server in servers:
                server.ask("document", heldout, *warming)
                server.ask("lines", heldout, *warming)
            # Each slice goes to each program once, the programs in turn.
            for number, part in enumerate(parts):
                kind = "lines" if number % 2 else "document"
                (lines if number % 2 else documents).append(part[1] - part[0])
                for encoder, server in zip(encoders, servers, strict=True):
                    found[encoder.name][number % 2].append(server.ask(kind, heldout, *part))
        for encoder in encoders:
            yield _row(text, encoder, found, documents, lines)


def _row(
    text: str,
    encoder: Encoder,
    found: dict[str, tuple[list[Answer], list[Answer]]],
    documents: list[int],
    lines: list[int],
) -> Row:
    whole, by_line = found[encoder.name]
    speeds = [size / answer["seconds"] / 1e6 for size, answer in zip(documents, whole, strict=True)]
    row: Row = {
        "text": text,
        "program": encoder.name,
        "pieces": encoder.pieces,
        "cuts text before": encoder.cut,
        "newlines": encoder.newlines,
        "text comes back": "yes" if all(answer["same"] for answer in whole) else "no",
        "bytes a token": sum(documents) / sum(answer["ids"] for answer in whole),
        "document, MB/s": median(speeds),
        "best": max(speeds),
        "lines, MB/s": median(size / answer["seconds"] / 1e6 for size, answer in zip(lines, by_line, strict=True)),
        "decoded, MB/s": median(size / answer["decoding"] / 1e6 for size, answer in zip(documents, whole, strict=True)),
    }
    if encoder is not MINENT:
        ours = [answer["seconds"] for answer in found[MINENT.name][0]]
        row["minent's times as fast, document"] = ratio([answer["seconds"] for answer in whole], ours)
    return row
