"""The CRFs that are compared: minent, and python-crfsuite and Wapiti where they are, with the same ten features."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import measure
from measure import Command, Usage
from tools import Absent, Words, minent

from minent.scoring.evaluation import Scores, evaluate

_PEERS = Path(__file__).parent / "peers"
# What Wapiti calls the features; the label before is one more, as with all.
_WINDOWS = ["-2", "-1", "0", "1", "2", "-2 -1", "-1 0", "0 1", "1 2", "-1 1"]
_PATTERNS = [f"u:{n}=" + "/".join(f"%x[{at},0]" for at in window.split()) for n, window in enumerate(_WINDOWS)]
_PATTERNS.append("b")


@dataclass(frozen=True)
class Crf:
    """One program with one configuration.

    learn    cut text and where the model goes -> command
    segment  model, text, where the words go -> a run, measured, of the program itself
    net      what the training alone has cost, where the program says so
    """

    name: str
    probe: Callable[[], object]
    learn: Callable[[Path, Path], Words]
    segment: Callable[[Path, Path, Path], Usage]
    net: Callable[[Path, Usage], float] = lambda model, usage: usage.cpu


def minent_crf(name: str = "minent", *options: str | Path) -> Crf:
    """minent's own, with options of train-crf."""

    def segment(model: Path, text: Path, words: Path) -> Usage:
        return measure.run(Command([minent(), "segment", "-m", model, text, "--threads", "1"], words))

    def learn(gold: Path, model: Path) -> Words:
        return [minent(), "train-crf", gold, "-o", model, "--force", "--threads", "1", *options]

    return Crf(name, minent, learn, segment)


def crfsuite(algorithm: str, *settings: str) -> Crf:
    """python-crfsuite; its training alone is what counts, not the making of strings in Python."""
    start: Words = [os.environ.get("MINENT_BENCH_CRFSUITE_PYTHON", sys.executable), "-X", "utf8"]
    start.append(_PEERS / "run_crfsuite.py")

    def probe() -> None:
        tried = subprocess.run([*start, "probe"], capture_output=True, text=True, check=False)
        if tried.returncode:
            raise Absent(tried.stderr.strip().rpartition("\n")[2])

    given = [word for setting in settings for word in ("--set", setting)]
    return Crf(
        " ".join(["CRFsuite", algorithm, *settings]),
        probe,
        lambda gold, model: [*start, "learn", gold, model, "--algorithm", algorithm, *given],
        lambda model, text, words: measure.run(Command([*start, "segment", model, text], words)),
        lambda model, usage: float(model.with_name(f"{model.name}.cpu").read_text("utf-8")),
    )


def wapiti(algorithm: str, *settings: str) -> Crf:
    """Wapiti, one thread; reading and writing columns is in its time, making them of text is not."""
    program = os.environ.get("MINENT_BENCH_WAPITI", "")

    def probe() -> None:
        if not Path(program).is_file():
            raise Absent("no program named by MINENT_BENCH_WAPITI")

    def learn(gold: Path, model: Path) -> Words:
        columns, patterns = (model.with_name(f"{model.name}.{part}") for part in ("columns", "patterns"))
        columns.write_text("".join(_columns(gold)), "utf-8")
        patterns.write_text("\n".join(_PATTERNS) + "\n", "utf-8")
        return [program, "train", "-a", algorithm, "-t", "1", "-p", patterns, *settings, columns, model]

    def segment(model: Path, text: Path, words: Path) -> Usage:
        columns, labels = (words.with_name(f"{words.name}.{part}") for part in ("columns", "labels"))
        lines = text.read_text("utf-8").split("\n")[:-1]
        columns.write_text("".join("".join(f"{c}\n" for c in line) + "\n" for line in lines if line), "utf-8")
        usage = measure.run(Command([program, "label", "-l", "-m", model, columns, labels]))
        found = iter(labels.read_text("utf-8").split("\n\n"))
        words.write_text("".join(_joined(line, next(found).split()) if line else "\n" for line in lines), "utf-8")
        return usage

    return Crf(" ".join(["Wapiti", algorithm, *settings]), probe, learn, segment)


def _columns(gold: Path) -> Iterable[str]:
    for line in gold.read_text("utf-8").split("\n"):
        for word in line.split():
            tags = "S" if len(word) == 1 else "B" + "M" * (len(word) - 2) + "E"
            yield "".join(f"{c}\t{tag}\n" for c, tag in zip(word, tags, strict=True))
        if line.strip():
            yield "\n"


def _joined(line: str, tags: list[str]) -> str:
    return "".join(c + " " * (tag in "ES") for c, tag in zip(line, tags, strict=True)).rstrip() + "\n"


def score(gold: Path, words: Path, vocabulary: Path) -> Scores:
    """Every token counts (SIGHAN); the interval of F is from 1,000 resamples of the lines."""
    with (
        gold.open(encoding="utf-8", newline="\n") as right,
        words.open(encoding="utf-8", newline="\n") as found,
        vocabulary.open(encoding="utf-8", newline="\n") as known,
    ):
        scores = evaluate(right, found, vocabulary=known, bootstrap=1000)
    if scores.differing_lines:
        raise SystemExit(f"the text of {scores.differing_lines} lines has changed")
    return scores
