"""What a second thread is worth in counting 100 MB, with and without start-up; and what the second core is worth."""

import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

import measure
from context import Context, Row
from counters import BYTES, CHARACTERS, count_minent
from measure import Command
from texts import empty

COLUMNS = {
    "n-grams": "",
    "threads": "d",
    "CPU s": ".2f",
    "wall s": ".2f",
    "start-up wall s": ".2f",
    "wall, in that of one thread": ">",
    "net of start-up": ">",
    "the work of one twice at once, half the wall": ">",
}

TEXT = "zh_100m.txt"
KINDS = {"1 to 4 characters": CHARACTERS, "1 to 6 bytes": BYTES}
THREADS = (1, 2)


def rows(context: Context) -> Iterator[Row]:
    text, counts = context.file(TEXT), context.work / "counts.mnc"
    commands = {
        (kind, threads, whole): Command(count_minent(path, counts, flags, threads=threads))
        for kind, flags in KINDS.items()
        for threads in THREADS
        for whole, path in ((True, text), (False, empty(context)))
    }
    for kind, flags in KINDS.items():
        commands[kind, 1, "twice"] = _at_once(
            [count_minent(text, context.work / f"counts{copy}.mnc", flags, threads=1) for copy in (1, 2)]
        )
    usages = measure.interleave(commands, context.repeat)
    for kind in KINDS:
        wall, net = {}, {}
        for threads in THREADS:
            whole, start_up = usages[kind, threads, True], usages[kind, threads, False]
            wall[threads] = [usage.wall for usage in whole]
            net[threads] = measure.net_wall(whole, start_up)
            row: Row = {
                "n-grams": kind,
                "threads": threads,
                "CPU s": median(usage.cpu for usage in whole),
                "wall s": median(wall[threads]),
                "start-up wall s": median(usage.wall for usage in start_up),
            }
            if threads > 1:
                row["wall, in that of one thread"] = measure.ratio(wall[threads], wall[1])
                row["net of start-up"] = measure.ratio(net[threads], net[1])
                twice = measure.net_wall(usages[kind, 1, "twice"], usages[kind, 1, False])
                row["the work of one twice at once, half the wall"] = measure.ratio(twice, [2 * one for one in net[1]])
            yield row


def _at_once(calls: Sequence[Sequence[str | Path]]) -> Command:
    """Several programs at the same time."""
    return Command(["sh", "-c", "".join(f"{shlex.join(map(str, call))} & " for call in calls) + "wait"])
