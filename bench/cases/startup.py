"""What a user waits for: help, a short line, a small corpus, and the first run with an empty cache."""

import sys
from collections.abc import Iterator
from statistics import median

import measure
from context import NEWS, Context, Row
from measure import Command
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
    rounds = max(context.repeat, 5)
    warm = measure.interleave(
        {
            CLICK: Command([sys.executable, "-c", "import click"]),
            "minent --help": Command([minent(), "--help"]),
            "build-lexicon, 1 MB, warm": Command(build),
            "segment, one short line, warm": Command(segment),
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
    cold = {
        "build-lexicon, 1 MB, first run": Command(build, environment=fresh),
        "then segment, one short line, first run": Command(segment, environment=fresh),
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
