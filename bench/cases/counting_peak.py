"""Peak memory of counting 20 MB of news: minent beside KenLM at the smallest budgets that it accepts."""

import sys
from collections.abc import Iterator
from statistics import median

import measure
from context import NEWS, Context, Row
from counters import CHARACTERS, count_kenlm, count_minent, kenlm, within
from measure import Command
from texts import empty, spaced
from tools import Absent

COLUMNS = {
    "program": "",
    "CPU s": ".2f",
    "peak MiB": ",.0f",
    "above an empty file's": ",.0f",
    "above that of the imports": ",.0f",
    "peak, in KenLM's least": ".2f",
    "above an empty file's, in KenLM's least": ".2f",
    "above that of the imports, in KenLM's least": ".2f",
}

EMPTY = "minent, empty file"
IMPORTS = "python -c 'import minent.count'"
LIMITS = ("128MB", "64MB")
BUDGETS = ("4G", "400M", "300M", "256M")  # 252M aborts


def rows(context: Context) -> Iterator[Row]:
    news, counts, folder = context.file(NEWS), context.work / "counts.mnc", context.scratch()
    count = count_minent(news, counts, CHARACTERS)
    commands = {
        IMPORTS: Command([sys.executable, "-c", "import minent.count"]),
        EMPTY: Command(count_minent(empty(context), counts, CHARACTERS)),
        "minent": Command(count),
    }
    try:
        commands |= {f"minent, --memory {limit}": Command([*count, *within(limit, folder)]) for limit in LIMITS}
    except Absent as absent:
        context.skip("--memory", absent)
    try:
        kenlm()
        commands |= {f"KenLM, -S {budget}": count_kenlm(spaced(context, news), folder, budget) for budget in BUDGETS}
    except Absent as absent:
        context.skip("KenLM", absent)
    usages = measure.interleave(commands, context.repeat)
    # Of a program that is compared, the highest peak; of what is subtracted from it or compared with it, the least.
    peaks = {name: measure.peak(usages[name]) for name in commands}
    least = {name: min(usage.rss for usage in usages[name]) for name in commands}
    kenlms = [least[name] for name in commands if name.startswith("KenLM")]
    for name in commands:
        row: Row = {
            "program": name,
            "CPU s": median(usage.cpu for usage in usages[name]),
            "peak MiB": peaks[name] / 2**20,
        }
        if name.startswith("minent") and name != EMPTY:
            above = {
                "peak": peaks[name],
                "above an empty file's": peaks[name] - least[EMPTY],
                "above that of the imports": peaks[name] - least[IMPORTS],
            }
            row |= {column: size / 2**20 for column, size in above.items() if column != "peak"}
            if kenlms:
                row |= {f"{column}, in KenLM's least": size / min(kenlms) for column, size in above.items()}
        yield row
