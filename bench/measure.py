"""Measure programs as child processes."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median

_LAUNCH = Path(__file__).with_name("launch.py")
_RSS_UNIT = 1 if sys.platform == "darwin" else 1024


@dataclass(frozen=True)
class Usage:
    """What one run cost: user and system CPU seconds, wall seconds, peak resident bytes.

    CPU sums the child and every descendant it waited for; the peak is that of the largest process among them.
    """

    cpu: float
    wall: float
    rss: int


@dataclass(frozen=True)
class Command:
    """A command line, where its output goes and its input comes from (nowhere by default), and what it adds to the
    environment."""

    words: Sequence[str | Path]
    output: Path | None = None
    environment: Mapping[str, str] | None = None
    input: Path | None = None


def run(command: Command) -> Usage:
    """Run a command to its end; SystemExit with its last words if it fails."""
    words = [str(word) for word in command.words]
    with Path(command.output or os.devnull).open("wb") as output, Path(command.input or os.devnull).open("rb") as text:
        done = subprocess.run(
            [sys.executable, "-I", "-S", _LAUNCH, *words],
            stdin=text,
            stdout=output,
            stderr=subprocess.PIPE,
            env={**os.environ, **(command.environment or {})},
            check=False,
        )
    said, _, report = done.stderr.decode("utf-8", "replace").rpartition("\n")
    if done.returncode:
        raise SystemExit(f"failed: {' '.join(words)}\n{said[-2000:] or report}")
    cpu, wall, rss = map(float, report.split())
    return Usage(cpu, wall, int(rss) * _RSS_UNIT)


def interleave(commands: Mapping[str, Command], repeat: int, *, warm: bool = True) -> dict[str, list[Usage]]:
    """Run all commands in turn, `repeat` rounds, so that a change of the machine's pace meets them all.

    warm    whether each runs once before, unmeasured
    """
    if warm:
        for command in commands.values():
            run(command)
    usages: dict[str, list[Usage]] = {name: [] for name in commands}
    for _ in range(repeat):
        for name, command in commands.items():
            usages[name].append(run(command))
    return usages


def peak_disk(command: Command, folder: Path) -> int:
    """Run a command; return the most bytes of disk that were taken below `folder` meanwhile.

    Looks ten times a second, which costs CPU: no run to measure time with.
    """
    most, ended = 0, threading.Event()

    def watch() -> None:
        nonlocal most
        while not ended.wait(0.1):
            most = max(most, _taken(folder))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        run(command)
    finally:
        ended.set()
        watcher.join()
    return most


def _taken(folder: Path) -> int:
    sizes = {}
    for path in (*folder.rglob("*"), *_opened(folder)):
        with suppress(OSError):
            status = path.stat()
            sizes[status.st_dev, status.st_ino] = status.st_blocks * 512
    return sum(sizes.values())


def _opened(folder: Path) -> Iterator[Path]:
    """Files below `folder` that some process has open, those without a name too; none where there is no /proc."""
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            for file in (process / "fd").iterdir():
                with suppress(OSError):
                    if file.readlink().is_relative_to(folder):
                        yield file


def net_cpu(whole: Sequence[Usage], start_up: Sequence[Usage]) -> list[float]:
    """CPU seconds of each round without those of the same command on next to nothing."""
    return [a.cpu - b.cpu for a, b in zip(whole, start_up, strict=True)]


def net_wall(whole: Sequence[Usage], start_up: Sequence[Usage]) -> list[float]:
    """Wall seconds, in the same way."""
    return [a.wall - b.wall for a, b in zip(whole, start_up, strict=True)]


def peak(usages: Sequence[Usage]) -> int:
    """The highest memory of all rounds, in bytes."""
    return max(usage.rss for usage in usages)


def ratio(above: Sequence[float], below: Sequence[float]) -> str:
    """Median, least and greatest of the ratios of each round."""
    ratios = sorted(a / b for a, b in zip(above, below, strict=True))
    return f"{median(ratios):.3g} ({ratios[0]:.3g} to {ratios[-1]:.3g})"
