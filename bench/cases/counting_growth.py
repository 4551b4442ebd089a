"""What counting costs for each byte of text as the text grows, start-up subtracted: one text grown from 1 MB on."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

import measure
import plot
from context import Context, Row
from counters import BYTES, CHARACTERS, count_minent
from measure import Command
from texts import beginning, empty, generated
from tools import Absent

KINDS = {"characters": CHARACTERS, "bytes": BYTES}
COLUMNS = {
    "text": "",
    "MB": ",.0f",
    "rounds": "d",
    **{f"{kind}: {what}": form for kind in KINDS for what, form in (("net CPU s", ".3f"), ("ns a byte", ".1f"))},
}

SIZES = [size * 1_000_000 for size in (1, 3, 10, 30, 100, 300, 1000)]
# What a short text costs is a small part of a run: with this many bytes in all its rounds a difference shows.
BYTES_A_ROUND = 20_000_000


def rows(context: Context) -> Iterator[Row]:
    try:
        yield from _grown(context, "zh_100m.txt", context.file("zh_100m.txt"))
    except Absent as absent:
        context.skip("zh_100m.txt", absent)
    yield from _grown(context, "generated", generated(context, SIZES[-1]))


def _grown(context: Context, name: str, whole: Path) -> Iterator[Row]:
    costs: dict[str, list[float]] = {kind: [] for kind in KINDS}
    for size in SIZES:
        if size > whole.stat().st_size * 1.01:
            break
        text = beginning(context, whole, size)
        rounds = context.repeat * max(1, BYTES_A_ROUND // size)
        row: Row = {"text": name, "MB": size / 1e6, "rounds": rounds}
        for kind, net in _net(context, text, rounds).items():
            costs[kind].append(net / text.stat().st_size * 1e9)
            row |= {f"{kind}: net CPU s": net, f"{kind}: ns a byte": costs[kind][-1]}
        yield row
    greatest = {f"{kind}: ns a byte": max(each) / min(each) for kind, each in costs.items()}
    yield {"text": f"{name}: greatest / least", **greatest}


def _net(context: Context, text: Path, rounds: int) -> dict[str, float]:
    """CPU seconds of each kind of n-grams: the median of the rounds."""
    counts = context.work / "counts.mnc"
    commands = {
        (kind, path): Command(count_minent(path, counts, flags))
        for kind, flags in KINDS.items()
        for path in (text, empty(context))
    }
    usages = measure.interleave(commands, rounds)
    return {kind: median(measure.net_cpu(usages[kind, text], usages[kind, empty(context)])) for kind in KINDS}


def figure(rows: Sequence[Row]) -> str:
    """The costs for each byte, as a picture."""
    measured = [row for row in rows if "MB" in row]
    series = {
        f"{kind}, {Path(text).stem}": [
            (float(row["MB"]), float(row[f"{kind}: ns a byte"])) for row in measured if row["text"] == text
        ]
        for kind in KINDS
        for text in dict.fromkeys(str(row["text"]) for row in measured)
    }
    return plot.svg("What counting costs as the text grows", "MB of text", "CPU, ns a byte", series)
