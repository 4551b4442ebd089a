"""Programs that encode text, each in a process of its own that is asked slice by slice."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeAlias

import measure
from context import Context
from measure import Command
from tools import Absent, Words, minent

_SCRIPT = Path(__file__).parent / "peers" / "run_encoder.py"
_ONE_THREAD = {"RAYON_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false", "OMP_NUM_THREADS": "1"}

TEXTS = {
    "zh": ("zh_news_20m.txt", "zh_news_heldout.txt"),
    "en": ("en_20m.txt", "en_heldout.txt"),
    "mixed": ("mixed_20m.txt", "mixed_heldout.txt"),
}

Answer: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class Encoder:
    """
    name      of the program
    pieces    which vocabulary it gets
    cut       where it cuts text before it looks for pieces
    newlines  what becomes of them
    """

    name: str
    pieces: str = "minent's"
    cut: str = "nowhere"
    newlines: str = "end pieces"

    @property
    def start(self) -> Words:
        """The beginning of its command line."""
        python = sys.executable if self.name == "minent" else os.environ.get("MINENT_BENCH_TOKENIZERS_PYTHON")
        return [python or sys.executable, "-X", "utf8", _SCRIPT, self.name]

    def probe(self) -> None:
        """Raise Absent if it is not installed."""
        tried = subprocess.run([*self.start, "probe"], capture_output=True, text=True, check=False)
        if tried.returncode:
            raise Absent(tried.stderr.strip().rpartition("\n")[2])

    def prepare(self, vocabulary: Path, corpus: Path) -> Path:
        """Its model of a vocabulary of minent, or of a BPE learnt from the corpus; made once."""
        model = vocabulary.with_name(f"{vocabulary.stem}.{self.name}")
        if not model.exists():
            subprocess.run([*self.start, "prepare", vocabulary, corpus, model], check=True)
        return model


_BPE = {"pieces": "BPE of 5 MB", "cut": "GPT-4"}
MINENT = Encoder("minent")
SENTENCEPIECE = Encoder("sentencepiece")
PEERS = (
    SENTENCEPIECE,
    Encoder("tokenizers"),
    Encoder("tokie"),
    Encoder("kitoken"),
    Encoder("bytepiece"),
    Encoder("tiktoken", **_BPE),
    Encoder("gigatoken", **_BPE),
)


def present(context: Context) -> list[Encoder]:
    """minent, and the peers that are installed; a line for each other one."""
    found = [MINENT]
    for peer in PEERS:
        try:
            peer.probe()
        except Absent as absent:
            context.skip(peer.name, absent)
        else:
            found.append(peer)
    return found


def vocabulary(context: Context, corpus: Path, size: int) -> Path:
    """The tokenizer that minent learns from a corpus, learnt once for all cases of a run."""
    path = context.work / f"{corpus.stem}-{size}.json"
    if not path.exists():
        words: Words = [minent(), "train-tokenizer", corpus, "-o", path, "--vocab-size", str(size), "--threads", "1"]
        measure.run(Command(words))
    return path


class Server:
    """A program that runs and answers."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def ask(self, kind: str, path: Path, first: int, last: int) -> Answer:
        """Let it encode the bytes of a file from `first` to `last`; see run_encoder.py."""
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(f"{kind} {path} {first} {last}\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise SystemExit(f"failed: {self._process.args!r}")
        found: Answer = json.loads(answer)
        return found


@contextmanager
def serving(encoders: Sequence[Encoder], models: Sequence[Path]) -> Iterator[list[Server]]:
    """Start the programs; end them after the block."""
    processes = [
        subprocess.Popen(
            [*encoder.start, "serve", model],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **_ONE_THREAD},
        )
        for encoder, model in zip(encoders, models, strict=True)
    ]
    try:
        yield [Server(process) for process in processes]
    finally:
        for process in processes:
            process.communicate()


def slices(path: Path, size: int) -> list[tuple[int, int]]:
    """Where slices of whole lines of about so many bytes lie in a file; the first one is for warming up."""
    data = path.read_bytes()
    edges = [0]
    while edges[-1] + size < len(data) and (end := data.find(b"\n", edges[-1] + size - 1)) >= 0:
        edges.append(end + 1)
    return list(pairwise(edges))
