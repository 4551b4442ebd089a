"""What a limit of memory costs in CPU and disk, and whether it holds: the peak above that of counting nothing."""

from collections.abc import Iterator
from pathlib import Path
from statistics import median

import measure
from context import NEWS, Context, Row
from counters import CHARACTERS, count_minent, within
from measure import Command, Usage
from texts import empty, generated
from tools import Absent

COLUMNS = {
    "text": "",
    "--memory": ">",
    "CPU s": ".2f",
    "wall s": ".2f",
    "peak MB": ",.0f",
    "above an empty file's": ",.0f",
    "in the limit": ".2f",
    "temporary disk MB": ",.0f",
    "net CPU, in that of 8 GB": ">",
}

LIMITS = {"128MB": 128e6, "1GB": 1e9, "8GB": 8e9}
UNLIMITED = "8GB"
SIZE = 1_000_000_000


def rows(context: Context) -> Iterator[Row]:
    folder = context.scratch()
    within(UNLIMITED, folder)
    try:
        yield from _rows(context, "zh_100m.txt", context.file("zh_100m.txt"), ("128MB", UNLIMITED))
    except Absent as absent:
        context.skip("zh_100m.txt", absent)
    try:
        yield from _rows(context, NEWS, context.file(NEWS), ("128MB", UNLIMITED))
    except Absent as absent:
        context.skip(NEWS, absent)
    yield from _rows(context, "1 GB, generated", generated(context, SIZE), ("1GB", UNLIMITED))


def _rows(context: Context, name: str, text: Path, limits: tuple[str, ...]) -> Iterator[Row]:
    counts, folder = context.work / "counts.mnc", context.scratch()

    def command(path: Path, limit: str) -> Command:
        return Command([*count_minent(path, counts, CHARACTERS), *within(limit, folder)])

    disk = {limit: measure.peak_disk(command(text, limit), folder) for limit in limits}
    commands = {(limit, path): command(path, limit) for limit in limits for path in (text, empty(context))}
    usages = measure.interleave(commands, context.repeat, warm=False)
    net = {limit: measure.net_cpu(usages[limit, text], usages[limit, empty(context)]) for limit in limits}
    for limit in limits:
        row = _row(usages[limit, text], usages[limit, empty(context)], LIMITS[limit])
        row |= {"text": name, "--memory": limit, "temporary disk MB": disk[limit] / 1e6}
        if limit != UNLIMITED:
            row["net CPU, in that of 8 GB"] = measure.ratio(net[limit], net[UNLIMITED])
        yield row


def _row(usages: list[Usage], start_up: list[Usage], limit: float) -> Row:
    above = measure.peak(usages) - min(usage.rss for usage in start_up)
    return {
        "CPU s": median(usage.cpu for usage in usages),
        "wall s": median(usage.wall for usage in usages),
        "peak MB": measure.peak(usages) / 1e6,
        "above an empty file's": above / 1e6,
        "in the limit": above / limit,
    }
