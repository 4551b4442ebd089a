"""Measure programs as child processes."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

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
    """A command line, where its output goes (nowhere by default), and what it adds to the environment."""

    words: Sequence[str | Path]
    output: Path | None = None
    environment: Mapping[str, str] | None = None


def run(command: Command) -> Usage:
    """Run a command to its end; SystemExit with its last words if it fails."""
    words = [str(word) for word in command.words]
    with Path(command.output or os.devnull).open("wb") as output:
        done = subprocess.run(
            [sys.executable, "-I", "-S", _LAUNCH, *words],
            stdin=subprocess.DEVNULL,
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


def net_cpu(whole: Sequence[Usage], start_up: Sequence[Usage]) -> list[float]:
    """CPU seconds of each round without those of the same command on next to nothing."""
    return [a.cpu - b.cpu for a, b in zip(whole, start_up, strict=True)]
