"""Whether encoding is linear: one letter a million times, and one line of 100 MB, beside what is normal."""

from collections.abc import Iterator
from pathlib import Path
from statistics import median

from context import Context, Row
from encoders import MINENT, TEXTS, serving, vocabulary
from measure import ratio

COLUMNS = {
    "pieces of": "",
    "text": "",
    "MB": ".0f",
    "MB/s": ".1f",
    "time for each byte, times that of the first": "",
}

SIZE = 32_000
LONG = "zh_100m.txt"


def rows(context: Context) -> Iterator[Row]:
    for text in ("zh", "en"):
        corpus, heldout = map(context.file, TEXTS[text])
        texts = {"held-out text, one document": heldout, "a, 1,000,000 times": _made(context, "a.txt", b"a" * 10**6)}
        if text == "zh":
            long = context.file(LONG)
            texts["100 MB with its line ends"] = long
            one_line = long.read_bytes().replace(b"\n", b" ")
            texts["the same in one line"] = _made(context, "one-line-100m.txt", one_line)
        sizes = {name: path.stat().st_size for name, path in texts.items()}
        seconds: dict[str, list[float]] = {name: [] for name in texts}
        made = vocabulary(context, corpus, SIZE)
        with serving([MINENT], [MINENT.prepare(made, corpus)]) as (server,):
            server.ask("document", heldout, 0, 1_000_000)
            for _ in range(context.repeat):
                for name, path in texts.items():
                    answer = server.ask("document", path, 0, sizes[name])
                    seconds[name].append(answer["seconds"] / sizes[name])
        normal = seconds["held-out text, one document"]
        for name, taken in seconds.items():
            row: Row = {"pieces of": text, "text": name, "MB": sizes[name] / 1e6, "MB/s": 1e-6 / median(taken)}
            if taken is not normal:
                row["time for each byte, times that of the first"] = ratio(taken, normal)
            yield row


def _made(context: Context, name: str, content: bytes) -> Path:
    path = context.work / name
    if not path.exists():
        path.write_bytes(content)
    return path
