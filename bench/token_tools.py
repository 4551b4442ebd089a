"""The programs that train tokenizers: minent, and the peers where they are installed."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import measure
from context import Context
from measure import Command
from tools import Absent, Words, minent

_SCRIPT = Path(__file__).parent / "peers" / "run_tokenizer.py"

TEXTS = {
    "zh": ("zh_news_20m.txt", "zh_news_heldout.txt"),
    "en": ("en_20m.txt", "en_heldout.txt"),
    "mixed": ("mixed_20m.txt", "mixed_heldout.txt"),
    "code": ("code_20m.txt", "code_heldout.txt"),
}


@dataclass(frozen=True)
class Counted:
    """What a text takes.

    tokens   ids
    entropy  of the ids, bits for each byte of the text
    same     whether it comes back
    """

    tokens: int
    entropy: float
    same: bool


@dataclass(frozen=True)
class TokenTool:
    """One system with one configuration.

    cut       where it cuts text before it looks for pieces
    newlines  what becomes of them
    slow      a training takes minutes: it is measured once, without a round before
    """

    name: str
    cut: str
    newlines: str
    probe: Callable[[], object]
    train: Callable[[Path, Path, int], Words]
    count: Callable[[Path, Path], Counted]
    slow: bool = False


def _minent(name: str, newlines: str, *options: str, slow: bool = False) -> TokenTool:
    def train(corpus: Path, model: Path, size: int) -> Words:
        rest = ["--vocab-size", str(size), "--threads", "1", "--force", *options]
        return [minent(), "train-tokenizer", corpus, "-o", model, *rest]

    def count(model: Path, text: Path) -> Counted:
        found = json.loads(_said([minent(), "evaluate", "-m", model, text, "--json"]).split("\n")[0])
        return Counted(int(found["tokens"]), float(found["entropy"]), _again(model, text) == text.read_bytes())

    return TokenTool(name, "nowhere", newlines, minent, train, count, slow)


def _again(model: Path, text: Path) -> bytes:
    """What comes back of a text."""
    encoded = subprocess.run([minent(), "encode", "-m", model, text], capture_output=True, check=True)
    return subprocess.run(
        [minent(), "decode", "-m", model], input=encoded.stdout, capture_output=True, check=True
    ).stdout


def _peer(name: str, peer: str, cut: str, newlines: str, *, slow: bool = False) -> TokenTool:
    python = os.environ.get("MINENT_BENCH_TOKENIZERS_PYTHON", sys.executable)
    start: Words = [python, "-X", "utf8", _SCRIPT, peer]

    def probe() -> None:
        tried = subprocess.run([*start, "probe"], capture_output=True, text=True, check=False)
        if tried.returncode:
            raise Absent(tried.stderr.strip().rpartition("\n")[2])

    def count(model: Path, text: Path) -> Counted:
        return Counted(**json.loads(_said([*start, "count", model, text])))

    def train(corpus: Path, model: Path, size: int) -> Words:
        return [*start, "train", corpus, model, str(size)]

    return TokenTool(name, cut, newlines, probe, train, count, slow)


def _said(words: Sequence[str | Path]) -> str:
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout


MINENT = _minent("minent", "end pieces")
OWN = _minent("minent, --newlines own", "stand alone", "--newlines", "own")
ENTROPY = _minent("minent, --objective entropy", "end pieces", "--objective", "entropy", "--token-price", "0")
LIKE_BYTEPIECE = _minent("minent, --objective bytepiece", "end pieces", "--objective", "bytepiece")
BYTEPIECE = _peer("bytepiece", "bytepiece", "nowhere", "end pieces", slow=True)
SENTENCEPIECE = _peer("sentencepiece", "sentencepiece", "at spaces and scripts", "are lost", slow=True)
RAW = _peer("sentencepiece, not cut before", "sentencepiece-raw", "nowhere", "stand alone", slow=True)
HUGGINGFACE = _peer("tokenizers, BPE", "huggingface", "GPT-2", "stand alone")
RUSTBPE = _peer("rustbpe", "rustbpe", "GPT-4", "end pieces")


def trained(context: Context, tool: TokenTool, corpus: Path, size: int) -> Path:
    """The model that a tool makes, made once for all cases of a run."""
    path = model_of(context, tool, corpus, size)
    if not path.exists():
        measure.run(Command(tool.train(corpus, path, size), environment=ONE_THREAD))
    return path


def model_of(context: Context, tool: TokenTool, corpus: Path, size: int) -> Path:
    """Where that model is or will be."""
    name = "".join(letter if letter.isalnum() else "-" for letter in tool.name)
    return context.work / f"{name}-{corpus.stem}-{size}.model"


ONE_THREAD = {"RAYON_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
