"""What it takes to load a large tokenizer and encode one line, in a process of its own."""

import sys
from collections.abc import Iterator
from statistics import median

import measure
from context import Context, Row
from encoders import MINENT, TEXTS, present, vocabulary
from measure import Command
from tools import minent

COLUMNS = {
    "program": "",
    "CPU s": ".3f",
    "interpreter, and numpy if it needs that, CPU s": ".3f",
    "net CPU s": ".3f",
    "wall s": ".3f",
    "peak MiB": ",.0f",
}

SIZE = 64_000
NUMPY = "import numpy"
BARE = "pass"


def rows(context: Context) -> Iterator[Row]:
    corpus = context.file(TEXTS["zh"][0])
    made = vocabulary(context, corpus, SIZE)
    commands = {code: Command([sys.executable, "-c", code]) for code in (NUMPY, BARE)}
    commands["minent encode"] = Command([minent(), "encode", "-m", made, context.one_line()])
    for encoder in present(context):
        if encoder.pieces == MINENT.pieces:
            commands[encoder.name] = Command([*encoder.start, "line", encoder.prepare(made, corpus)])
    usages = measure.interleave(commands, max(context.repeat, 9))
    for name, found in usages.items():
        row: Row = {
            "program": name,
            "CPU s": median(usage.cpu for usage in found),
            "wall s": median(usage.wall for usage in found),
            "peak MiB": measure.peak(found) / 2**20,
        }
        if name not in (NUMPY, BARE):
            below = usages[NUMPY if name in ("minent", "minent encode", "bytepiece") else BARE]
            row["interpreter, and numpy if it needs that, CPU s"] = median(usage.cpu for usage in below)
            row["net CPU s"] = median(measure.net_cpu(found, below))
        yield row
