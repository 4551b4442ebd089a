"""The same bytes from any number of threads and from the same files in any order."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import measure
from context import NEWS, Context, Row
from measure import Command
from tools import learn_minent, segment_minent

COLUMNS = {"output": "", "how": "", "sha256": "", "same": ""}

PARTS = 3


def rows(context: Context) -> Iterator[Row]:
    news = context.file(NEWS)
    parts = _split(news, context.work)
    lexicon, segmented = context.work / "determined.tsv", context.work / "determined.txt"
    builds = {
        "one file, 1 thread": learn_minent([news], lexicon),
        "one file, 2 threads": learn_minent([news], lexicon, threads=2),
        "cut into three files, 1 thread": learn_minent(parts, lexicon),
        "the three backwards, 2 threads": learn_minent(parts[::-1], lexicon, threads=2),
    }
    segments = {
        f"{threads} thread{'s' * (threads > 1)}": segment_minent(lexicon, news, threads=threads) for threads in (1, 2)
    }
    first = ""
    for how, words in builds.items():
        measure.run(Command(words))
        digest = _digest(lexicon)
        first = first or digest
        yield {"output": "lexicon", "how": how, "sha256": digest, "same": _same(first, digest)}
    first = ""
    for how, words in segments.items():
        measure.run(Command(words, segmented))
        digest = _digest(segmented)
        first = first or digest
        yield {"output": "segmented text", "how": how, "sha256": digest, "same": _same(first, digest)}


def _split(path: Path, folder: Path) -> list[Path]:
    """Cut a text at line ends into files of about the same number of lines."""
    with path.open("rb") as file:
        lines = file.readlines()
    parts = [folder / f"part-{number}.txt" for number in range(PARTS)]
    for number, part in enumerate(parts):
        part.write_bytes(b"".join(lines[len(lines) * number // PARTS : len(lines) * (number + 1) // PARTS]))
    return parts


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def _same(first: str, digest: str) -> str:
    return "yes" if first == digest else "NO"
