"""What it costs to learn a lexicon from 20 MB of news, start-up (imports too) subtracted."""

from collections.abc import Iterator
from statistics import median

import measure
from context import NEWS, Context, Row
from measure import Command
from tools import MINENT, NLP_ZERO, learn_minent

COLUMNS = {
    "system": "",
    "CPU s": ".2f",
    "start-up CPU s": ".2f",
    "net CPU s": ".3f",
    "wall s": ".2f",
    "peak MiB": ",.0f",
    "times faster than nlp-zero, net CPU": ".1f",
}


def rows(context: Context) -> Iterator[Row]:
    news, one_line, words = context.file(NEWS), context.one_line(), context.work / "speed"
    commands: dict[str, Command] = {}
    for tool in context.present([MINENT, NLP_ZERO]):
        commands[tool.name] = Command(tool.learn([news], words))
        commands[f"{tool.name}, start-up"] = Command(tool.learn([one_line], words))
        if tool is MINENT:
            name = "minent, 2 threads"
            commands[name] = Command(learn_minent([news], words, threads=2))
            commands[f"{name}, start-up"] = Command(learn_minent([one_line], words, threads=2))
    usages = measure.interleave(commands, context.repeat)
    systems = [name for name in commands if not name.endswith(", start-up")]
    net = {name: measure.net_cpu(usages[name], usages[f"{name}, start-up"]) for name in systems}
    for name in systems:
        row: Row = {
            "system": name,
            "CPU s": median(usage.cpu for usage in usages[name]),
            "start-up CPU s": median(usage.cpu for usage in usages[f"{name}, start-up"]),
            "net CPU s": median(net[name]),
            "wall s": median(usage.wall for usage in usages[name]),
            "peak MiB": max(usage.rss for usage in usages[name]) / 2**20,
        }
        if NLP_ZERO.name in net and name != NLP_ZERO.name:
            ratios = [theirs / ours for theirs, ours in zip(net[NLP_ZERO.name], net[name], strict=True)]
            row["times faster than nlp-zero, net CPU"] = median(ratios)
        yield row
