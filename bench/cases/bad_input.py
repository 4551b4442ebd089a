"""Texts that nobody has cleaned, through minent and its peers: who crashes, hangs, loses text without a word."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path

from context import Context, Row
from tools import minent

ENDS = ("whole", "done", "told", "text lost without a word", "hung", "crashed")
COLUMNS = {"program": "", "texts": ",", **dict.fromkeys(ENDS, ","), "which": ""}

PATIENCE = 60
PIECES = 300
_READ_BAD = Path(__file__).parents[1] / "peers" / "read_bad.py"


def rows(context: Context) -> Iterator[Row]:
    sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))
    texts: dict[str, bytes] = import_module("bad_input").texts()
    clean = context.work / "clean.txt"
    clean.write_bytes((Path(__file__).parents[2] / "corpora" / "zh.txt").read_bytes())
    for name, data in texts.items():
        (context.work / f"{name}.text").write_bytes(data)
    words, tokens = context.work / "words.tsv", context.work / "tokens.json"
    _end([minent(), "build-lexicon", clean, "-o", words, "--force"])
    _end([minent(), "train-tokenizer", clean, "--vocab-size", str(PIECES), "-o", tokens, "--force"])
    train = [minent(), "train-tokenizer", clean, "--vocab-size", str(PIECES), "--objective", "bytepiece"]
    _end([*train, "--format", "bytepiece", "-o", context.work / "bytepiece.model", "--force"])
    for command in ("build-lexicon", "train-tokenizer", "count"):
        more = ["--vocab-size", str(PIECES)] if command == "train-tokenizer" else []
        out = context.work / "out"
        yield _row(context, f"minent {command}", texts, [minent(), command, "-q", "--force", "-o", out, *more])
    back = f'{minent()} encode -m {tokens} "$0" | {minent()} decode -m {tokens} | cmp -s - "$0" && printf whole'
    yield _row(context, "minent encode | decode", texts, ["bash", "-o", "pipefail", "-c", back])
    yield _row(context, "minent segment", texts, [minent(), "segment", "-q", "-m", words])
    if folder := os.environ.get("MINENT_BENCH_KENLM"):
        yield _row(context, "KenLM count_ngrams", texts, _kenlm(folder, context))
    peers = {
        "MINENT_BENCH_TOKENIZERS_PYTHON": [
            "sentencepiece_train", "sentencepiece_encode", "tokenizers_train", "tokenizers_encode", "bytepiece_train",
            "bytepiece_encode",
        ],
        "MINENT_BENCH_PEERS_PYTHON": ["jieba_cut"],
    }  # fmt: skip
    for variable, programs in peers.items():
        if python := os.environ.get(variable):
            for program in programs:
                name = program.replace("_", ", ")
                yield _row(context, name, texts, [python, _READ_BAD, program], [str(context.work)])


def _kenlm(folder: str, context: Context) -> list[str | Path]:
    call = f'{folder}/count_ngrams -o 3 -S 400M -T {context.work}/ < "$0" > /dev/null'
    return ["bash", "-c", call]


def _row(
    context: Context, name: str, texts: dict[str, bytes], call: Sequence[str | Path], last: Sequence[str] = ()
) -> Row:
    ends = {text: _end([*call, context.work / f"{text}.text", *last]) for text in texts}
    counted = Counter(ends.values())
    worst = [f"{text} ({end})" for text, end in ends.items() if end in ENDS[3:]]
    return {"program": name, "texts": len(texts), **{end: counted[end] for end in ENDS}, "which": ", ".join(worst[:6])}


def _end(call: Sequence[str | Path]) -> str:
    """How a program ends: one of ENDS."""
    try:
        done = subprocess.run(
            [str(word) for word in call], capture_output=True, stdin=subprocess.DEVNULL, timeout=PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        return "hung"
    if done.returncode < 0 or done.returncode > 128:
        return "crashed"
    if done.returncode:
        return "told"
    said = done.stdout[-20:].decode("utf-8", "replace")
    return "text lost without a word" if said.endswith("lost") else "whole" if said.endswith("whole") else "done"
