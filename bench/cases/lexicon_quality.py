"""How well each tool's own lexicon segments text that people have segmented: every token counts (SIGHAN)."""

from collections.abc import Iterator
from pathlib import Path

import measure
from context import NEWS, Context, Row
from tools import MINENT, PEERS, Absent, Tool

from minent.scoring.evaluation import evaluate

COLUMNS = {
    "test": "",
    "learnt from": "",
    "system": "",
    "words": ",",
    "P": ".4f",
    "R": ".4f",
    "F": ".4f",
    "boundary F": ".4f",
    "OOV recall": ".4f",
}

OUT_OF_DOMAIN = ("pku", "msr")
IN_DOMAIN = ("en_brown", "ja_gsd", "th_tud")


def rows(context: Context) -> Iterator[Row]:
    tools = list(context.present([MINENT, *PEERS]))
    for name in OUT_OF_DOMAIN:
        for tool in tools:
            yield _row(context, tool, name, [context.file(NEWS)], NEWS)
    for name in IN_DOMAIN if MINENT in tools else ():
        try:
            corpora = [context.file(f"eval/{name}/{part}.txt") for part in ("train_raw", "raw")]
        except Absent as absent:
            context.skip(name, absent)
        else:
            yield _row(context, MINENT, name, corpora, "train_raw + raw")


def _row(context: Context, tool: Tool, name: str, corpora: list[Path], source: str) -> Row:
    words = context.learnt(tool, corpora)
    segmented = context.work / "segmented.txt"
    measure.run(measure.Command(tool.segment(words, context.file(f"eval/{name}/raw.txt")), segmented))
    with (
        context.file(f"eval/{name}/gold.txt").open(encoding="utf-8", newline="\n") as gold,
        segmented.open(encoding="utf-8", newline="\n") as found,
        context.file(f"eval/{name}/vocab.txt").open(encoding="utf-8", newline="\n") as vocabulary,
    ):
        scores = evaluate(gold, found, vocabulary=vocabulary)
    if scores.differing_lines:
        raise SystemExit(f"{tool.name} changed the text of {scores.differing_lines} lines of {name}")
    return {
        "test": name,
        "learnt from": source,
        "system": tool.name,
        "words": len(tool.read_words(words)),
        "P": scores.words.precision,
        "R": scores.words.recall,
        "F": scores.words.f,
        "boundary F": scores.boundaries.f,
        "OOV recall": scores.vocabulary.oov_recall if scores.vocabulary else 0.0,
    }
