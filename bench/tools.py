"""The programs that are compared: minent, and the peers where they are installed."""

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_PEERS = Path(__file__).parent / "peers"

Words = list[str | Path]


class Absent(Exception):  # noqa: N818 (no error: a reason to skip)
    """A peer or a file that a case needs is not here."""


@cache
def minent() -> Path:
    """The installed command beside this Python."""
    path = Path(sys.executable).with_name("minent")
    if not path.is_file():
        raise Absent(f"no command {path.name} beside {sys.executable}: pip install -e .")
    return path


def read_minent_words(path: Path) -> list[str]:
    """Words of a lexicon, in its order."""
    rows = (row for row in path.read_text(encoding="utf-8").split("\n") if row and not row.startswith("#"))
    next(rows)  # the names of the columns
    return [row.split("\t")[0] for row in rows]


def read_peer_words(path: Path) -> list[str]:
    """Words before a tab or blank, in the order of the file."""
    return [row.split()[0] for row in path.read_text(encoding="utf-8").split("\n") if row]


@dataclass(frozen=True)
class Tool:
    """One system with one configuration: how it learns, segments, and shows its words."""

    name: str
    probe: Callable[[], object]
    learn: Callable[[Sequence[Path], Path], Words]
    segment: Callable[[Path, Path], Words]
    read_words: Callable[[Path], list[str]]


def _peer(name: str, script: str, *options: str) -> Tool:
    python = os.environ.get("MINENT_BENCH_PEERS_PYTHON", sys.executable)
    start: Words = [python, "-X", "utf8", _PEERS / script]

    def probe() -> None:
        tried = subprocess.run([*start, "probe"], capture_output=True, text=True, check=False)
        if tried.returncode:
            raise Absent(tried.stderr.strip().rpartition("\n")[2])

    def learn(corpora: Sequence[Path], words: Path) -> Words:
        (corpus,) = corpora
        return [*start, "learn", corpus, words, *options]

    return Tool(name, probe, learn, lambda words, text: [*start, "segment", words, text], read_peer_words)


def learn_minent(corpora: Sequence[Path], words: Path, *, threads: int = 1) -> Words:
    """The command that builds a lexicon."""
    return [minent(), "build-lexicon", *corpora, "-o", words, "--force", "--threads", str(threads)]


def segment_minent(words: Path, text: Path, *, threads: int = 1) -> Words:
    """The command that segments a text to standard output."""
    return [minent(), "segment", "-m", words, text, "--threads", str(threads)]


def mine_minent(text: Path, templates: Path, lexicon: Path | None) -> Words:
    """The command that mines templates: in words of a lexicon, else in what stands between spaces."""
    given: Words = ["--units", "spaces"] if lexicon is None else ["-m", lexicon]
    return [minent(), "mine-templates", text, "-o", templates, *given]


MINENT = Tool("minent", minent, learn_minent, segment_minent, read_minent_words)
MINENT_BEST = Tool(
    "minent, effort best",
    minent,
    lambda corpora, words: [*learn_minent(corpora, words), "--effort", "best"],
    segment_minent,
    read_minent_words,
)
NLP_ZERO = _peer("nlp-zero", "run_nlp_zero.py")
PEERS = (
    NLP_ZERO,
    _peer("nlp-zero, min_proba 1e-6", "run_nlp_zero.py", "--min-proba", "1e-6"),
    _peer("word-discovery, min_count 4", "run_word_discovery.py", "--min-count", "4"),
)
