"""How fast text is segmented on one core, start-up subtracted, in lines and as one line of 10 MB."""

from collections.abc import Iterator
from statistics import median

import measure
from context import NEWS, Context, Row
from measure import Command
from tools import MINENT, segment_minent

COLUMNS = {
    "text": "",
    "MB": ".1f",
    "CPU s": ".2f",
    "start-up CPU s": ".2f",
    "MB/s, net": ".1f",
    "wall s": ".2f",
    "peak MiB": ",.0f",
}

LONG = 10_000_000


def rows(context: Context) -> Iterator[Row]:
    news = context.file(NEWS)
    lexicon = context.learnt(MINENT, [news])
    content = news.read_bytes()[:LONG]
    content = content[: content.rindex(b"\n") + 1]
    lines, one_line = context.work / "lines.txt", context.work / "long-line.txt"
    lines.write_bytes(content)
    one_line.write_bytes(content.replace(b"\n", b" "))
    texts = {"20 MB of news": news, "its first 10 MB": lines, "the same in one line": one_line}
    commands = {name: Command(segment_minent(lexicon, text)) for name, text in texts.items()}
    commands["start-up"] = Command(segment_minent(lexicon, context.one_line()))
    usages = measure.interleave(commands, context.repeat)
    for name, text in texts.items():
        size = text.stat().st_size / 1e6
        yield {
            "text": name,
            "MB": size,
            "CPU s": median(usage.cpu for usage in usages[name]),
            "start-up CPU s": median(usage.cpu for usage in usages["start-up"]),
            "MB/s, net": size / median(measure.net_cpu(usages[name], usages["start-up"])),
            "wall s": median(usage.wall for usage in usages[name]),
            "peak MiB": max(usage.rss for usage in usages[name]) / 2**20,
        }
