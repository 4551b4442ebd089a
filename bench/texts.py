"""Texts made from the corpora for a case, once for all cases of a run."""

import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from context import Context

GENERATE = Path(__file__).parents[1] / "corpora" / "generate.py"


def empty(context: Context) -> Path:
    """A file with nothing in it."""
    return _made(context.work / "empty.txt", ())


def spaced(context: Context, text: Path) -> Path:
    """The characters of a text with a space between any two, its white space dropped: words, to KenLM."""

    def lines() -> Iterator[bytes]:
        with text.open(encoding="utf-8", newline="\n") as file:
            for line in file:
                yield (" ".join("".join(line.split())) + "\n").encode()

    return _made(context.work / f"{text.stem}-spaced.txt", lines())


def beginning(context: Context, text: Path, size: int) -> Path:
    """The whole lines within the first `size` bytes of a text; the text itself if it is no longer than 1 % more."""
    if text.stat().st_size <= size * 1.01:
        return text
    with text.open("rb") as file:
        content = file.read(size)
    return _made(context.work / f"{text.stem}-{size}.txt", (content[: content.rindex(b"\n") + 1],))


def generated(context: Context, size: int) -> Path:
    """Text of the generator in corpora/, with as many n-grams of each length as Chinese news of 20 MB has."""
    folder = context.work / f"generated-{size}"
    if not folder.exists():
        options = ("--size", str(size), "--words", "100000", "--seed", "1", "--out", folder)
        subprocess.run([sys.executable, GENERATE, *options], check=True)
        (folder / "gold.txt").unlink()
    return folder / "text.txt"


def _made(path: Path, parts: Iterable[bytes]) -> Path:
    if not path.exists():
        with path.open("wb") as file:
            file.writelines(parts)
    return path
