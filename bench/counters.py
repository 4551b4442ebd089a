"""The programs that count n-grams, as commands to measure: minent, KenLM, a loop in Python."""

import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

from measure import Command
from tools import Absent, Words, minent

CHARACTERS = ("--alphabet", "characters", "--order", "4", "--min-count", "2")
BYTES = ("--alphabet", "bytes", "--order", "6", "--min-count", "2")
SMALLEST = "smallest budgets"

_LOOP = Path(__file__).parent / "peers" / "count_bytes.py"


@cache
def _offered() -> frozenset[str]:
    shown = subprocess.run([minent(), "count", "--help"], capture_output=True, text=True, check=True)
    return frozenset(re.findall(r"--[a-z][a-z-]*", shown.stdout))


def need(*flags: str) -> None:
    """Absent if `minent count` lacks one of the flags."""
    for flag in flags:
        if flag not in _offered():
            raise Absent(f"this minent has no `count {flag}`")


def count_minent(text: Path | str, counts: Path, kind: tuple[str, ...], *, threads: int = 1) -> Words:
    """The command that counts with the memory minent allows itself; "-" is standard input."""
    return [minent(), "count", text, "-o", counts, "--force", *kind, "--threads", str(threads)]


def within(memory: str, folder: Path) -> Words:
    """What to add to it for a limit of memory, with temporary files in `folder`."""
    need("--memory", "--work-dir")
    return ["--memory", memory, "--work-dir", folder]


@cache
def kenlm() -> Path:
    """KenLM's program that counts n-grams of one order."""
    folder = os.environ.get("MINENT_BENCH_KENLM")
    if not folder or not (Path(folder) / "count_ngrams").is_file():
        raise Absent("MINENT_BENCH_KENLM names no directory that holds count_ngrams")
    return Path(folder).resolve() / "count_ngrams"


def count_kenlm(spaced: Path, folder: Path, memory: str = "") -> Command:
    """Order 4 of words with a space between any two, to nowhere; its own limit of memory if none is given."""
    limit = ["-S", memory] if memory else []
    vocabulary = folder.with_name("kenlm-vocabulary")
    words = [kenlm(), "-o", "4", *limit, "-T", f"{folder}/", "--write_vocab_list", vocabulary]
    return Command(words, input=spaced)


def count_loop(text: Path) -> Command:
    """Bytes of order 1 to 6, seen at least twice, by a loop over a dictionary."""
    return Command([sys.executable, "-I", "-S", _LOOP, text])
