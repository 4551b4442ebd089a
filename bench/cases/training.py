"""What it costs to train a tokenizer: 20 MB of Chinese, English, both, and 100 MB of Chinese."""

from collections.abc import Iterator
from pathlib import Path
from statistics import median

import measure
from context import Context, Row
from measure import Command, Usage
from token_tools import (
    BYTEPIECE,
    HUGGINGFACE,
    LIKE_BYTEPIECE,
    MINENT,
    ONE_THREAD,
    OWN,
    RAW,
    RUSTBPE,
    SENTENCEPIECE,
    TEXTS,
    TokenTool,
    model_of,
)

COLUMNS = {
    "text": "",
    "program": "",
    "cuts text before": "",
    "newlines": "",
    "CPU s": ".2f",
    "in minent's CPU": "",
    "peak MiB": ",.0f",
    "rounds": "d",
}

SIZE = 32_000
LARGE = "zh_100m.txt"
# BytePiece takes as long for any text: it runs on one.
TOOLS = {
    "zh": (MINENT, OWN, LIKE_BYTEPIECE, BYTEPIECE, SENTENCEPIECE, RAW, HUGGINGFACE, RUSTBPE),
    "en": (MINENT, OWN, LIKE_BYTEPIECE, SENTENCEPIECE, RAW, HUGGINGFACE, RUSTBPE),
    "mixed": (MINENT, HUGGINGFACE, RUSTBPE),
    "code": (MINENT, HUGGINGFACE, RUSTBPE),
}


def rows(context: Context) -> Iterator[Row]:
    for text, tools in TOOLS.items():
        corpus = context.file(TEXTS[text][0])
        present = list(context.present(tools))
        yield from _rows(context, f"{text}, {corpus.stat().st_size / 1e6:.0f} MB", corpus, present)
    large = context.file(LARGE)
    yield from _rows(context, f"zh, {large.stat().st_size / 1e6:.0f} MB", large, [MINENT])


def _rows(context: Context, text: str, corpus: Path, tools: list[TokenTool]) -> Iterator[Row]:
    def command(tool: TokenTool) -> Command:
        return Command(tool.train(corpus, model_of(context, tool, corpus, SIZE), SIZE), environment=ONE_THREAD)

    usages = measure.interleave({tool.name: command(tool) for tool in tools if not tool.slow}, context.repeat)
    usages |= {tool.name: [measure.run(command(tool))] for tool in tools if tool.slow}
    ours = usages[MINENT.name]  # it is always here
    for tool in tools:
        mine = usages[tool.name]
        row: Row = {
            "text": text,
            "program": tool.name,
            "cuts text before": tool.cut,
            "newlines": tool.newlines,
            "CPU s": median(usage.cpu for usage in mine),
            "peak MiB": measure.peak(mine) / 2**20,
            "rounds": len(mine),
        }
        if tool is not MINENT:
            row["in minent's CPU"] = _ratio(mine, ours)
        yield row


def _ratio(theirs: list[Usage], ours: list[Usage]) -> str:
    if len(theirs) < len(ours):
        return f"{theirs[0].cpu / median(usage.cpu for usage in ours):.3g}"
    return measure.ratio([usage.cpu for usage in theirs], [usage.cpu for usage in ours])
