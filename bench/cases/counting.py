"""CPU that n-grams of up to four characters cost in 100 MB, start-up subtracted: minent, all orders; KenLM, order 4."""

from collections.abc import Iterator
from statistics import median

import measure
from context import Context, Row
from counters import CHARACTERS, count_kenlm, count_minent, kenlm
from measure import Command, Usage
from texts import empty, spaced
from tools import Absent

COLUMNS = {
    "counter": "",
    "CPU s": ".2f",
    "start-up CPU s": ".2f",
    "net CPU s": ".2f",
    "wall s": ".2f",
    "peak MiB": ",.0f",
    "temporary disk MB": ",.0f",
    "net CPU, in that of minent": ">",
    "CPU, in the net CPU of minent": ">",
}

TEXT = "zh_100m.txt"
BUDGETS = {"KenLM, -S 80%, its default": "", "KenLM, -S 4G": "4G", "KenLM, -S 400M": "400M"}


def rows(context: Context) -> Iterator[Row]:
    text, counts, folder = context.file(TEXT), context.work / "counts.mnc", context.scratch()
    own = {"TMPDIR": str(folder)}
    commands = {"minent": Command(count_minent(text, counts, CHARACTERS), environment=own)}
    starts = {"minent": Command(count_minent(empty(context), counts, CHARACTERS), environment=own)}
    try:
        kenlm()
        for name, memory in BUDGETS.items():
            commands[name] = count_kenlm(spaced(context, text), folder, memory)
            starts[name] = count_kenlm(spaced(context, context.one_line()), folder, memory)  # aborts on nothing at all
    except Absent as absent:
        context.skip("KenLM", absent)
    disk = {name: measure.peak_disk(command, folder) for name, command in commands.items()}
    both = commands | {f"{name}, start-up": command for name, command in starts.items()}
    usages = measure.interleave(both, context.repeat, warm=False)
    minent = measure.net_cpu(usages["minent"], usages["minent, start-up"])
    for name in commands:
        start_up = usages[f"{name}, start-up"]
        yield _row(name, usages[name], start_up, disk[name], None if name == "minent" else minent)


def _row(name: str, usages: list[Usage], start_up: list[Usage], disk: int, minent: list[float] | None) -> Row:
    net = measure.net_cpu(usages, start_up)
    row: Row = {
        "counter": name,
        "CPU s": median(usage.cpu for usage in usages),
        "start-up CPU s": median(usage.cpu for usage in start_up),
        "net CPU s": median(net),
        "wall s": median(usage.wall for usage in usages),
        "peak MiB": measure.peak(usages) / 2**20,
        "temporary disk MB": disk / 1e6,
    }
    if minent:
        row["net CPU, in that of minent"] = measure.ratio(net, minent)
        row["CPU, in the net CPU of minent"] = measure.ratio([usage.cpu for usage in usages], minent)
    return row
