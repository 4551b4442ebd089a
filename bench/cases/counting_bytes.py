"""CPU for each byte of text that n-grams of up to six bytes cost: minent on 100 MB, a loop in Python on less."""

from collections.abc import Iterator
from statistics import median

import measure
from context import Context, Row
from counters import BYTES, count_loop, count_minent
from measure import Command
from texts import beginning, empty

COLUMNS = {
    "counter": "",
    "MB of text": ".1f",
    "CPU s": ".2f",
    "start-up CPU s": ".2f",
    "net ns a byte": ",.1f",
    "net MB/s": ".2f",
    "peak MiB": ",.0f",
    "ns a byte, in those of minent on 100 MB": ">",
}

TEXT = "zh_100m.txt"
SAMPLES = (2_000_000, 20_000_000)


def rows(context: Context) -> Iterator[Row]:
    text, counts = context.file(TEXT), context.work / "counts.mnc"
    samples = [beginning(context, text, size) for size in SAMPLES]
    commands = {("minent", path): Command(count_minent(path, counts, BYTES)) for path in (text, *samples)}
    commands |= {("a dictionary in Python", path): count_loop(path) for path in samples}
    starts = {
        "minent": Command(count_minent(empty(context), counts, BYTES)),
        "a dictionary in Python": count_loop(empty(context)),
    }
    measure.run(
        commands["minent", text]
    )  # its compiled code is in the cache from here on; the loop has nothing to warm
    usages = measure.interleave({**commands, **starts}, context.repeat, warm=False)
    cost = {
        (name, path): [cpu / path.stat().st_size for cpu in measure.net_cpu(usages[name, path], usages[name])]
        for name, path in commands
    }
    for (name, path), costs in cost.items():
        row: Row = {
            "counter": name,
            "MB of text": path.stat().st_size / 1e6,
            "CPU s": median(usage.cpu for usage in usages[name, path]),
            "start-up CPU s": median(usage.cpu for usage in usages[name]),
            "net ns a byte": median(costs) * 1e9,
            "net MB/s": 1e-6 / median(costs),
            "peak MiB": measure.peak(usages[name, path]) / 2**20,
        }
        if name != "minent":
            row["ns a byte, in those of minent on 100 MB"] = measure.ratio(costs, cost["minent", text])
        yield row
