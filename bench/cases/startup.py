"""What a user waits for: help, a short line, a small corpus, nothing at all, and the first run with an empty cache."""

import sys
from collections.abc import Iterator
from statistics import median

import measure
from context import NEWS, Context, Row
from counters import CHARACTERS, count_minent
from measure import Command
from texts import empty
from tools import learn_minent, minent, segment_minent

COLUMNS = {
    "command": "",
    "best wall s": ".3f",
    "median wall s": ".3f",
    "CPU s": ".3f",
    "times `import click`, best wall": ".2f",
}

MEGABYTE = 1_000_000
CLICK = "python -c 'import click'"


def rows(context: Context) -> Iterator[Row]:
    content = context.file(NEWS).read_bytes()[:MEGABYTE]
    corpus = context.work / "megabyte.txt"
    corpus.write_bytes(content[: content.rindex(b"\n") + 1])
    lexicon = context.work / "megabyte.tsv"
    build = learn_minent([corpus], lexicon)
    segment = segment_minent(lexicon, context.one_line())
    counts = context.work / "megabyte.mnc"
    count = count_minent(corpus, counts, CHARACTERS)
    rounds = max(context.repeat, 5)
    warm = measure.interleave(
        {
            CLICK: Command([sys.executable, "-c", "import click"]),
            "minent --help": Command([minent(), "--help"]),
            "build-lexicon, 1 MB, warm": Command(build),
            "segment, one short line, warm": Command(segment),
            "count, empty file, warm": Command(count_minent(empty(context), counts, CHARACTERS)),
            "count, 1 MB, warm": Command(count),
        },
        rounds,
    )
    click = min(usage.wall for usage in warm[CLICK])
    for name, usages in warm.items():
        row = _row(name, usages)
        if name == "minent --help":
            row["times `import click`, best wall"] = min(usage.wall for usage in usages) / click
        yield row
    fresh = {"NUMBA_CACHE_DIR": str(context.work / "fresh-cache")}
    other = {"NUMBA_CACHE_DIR": str(context.work / "another-cache")}
    cold = {
        "build-lexicon, 1 MB, first run": Command(build, environment=fresh),
        "then segment, one short line, first run": Command(segment, environment=fresh),
        "count, 1 MB, first run": Command(count, environment=other),
    }
    for name, usages in measure.interleave(cold, 1, warm=False).items():
        yield _row(name, usages)


def _row(name: str, usages: list[measure.Usage]) -> Row:
    return {
        "command": name,
        "best wall s": min(usage.wall for usage in usages),
        "median wall s": median(usage.wall for usage in usages),
        "CPU s": median(usage.cpu for usage in usages),
    }
