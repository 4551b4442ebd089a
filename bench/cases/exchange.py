"""Tokenizers handed over: how many strings and lines other programs give other ids."""

import sys
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any
from unicodedata import normalize

from context import Context, Row
from tools import Absent

from minent import Corpus, Tokenizer, TrainOptions, Vocabulary, VocabularyOptions, export_vocabulary, train_vocabulary
from minent.vocabulary import BYTEPIECE

TEXT, OTHER = "mixed_20m.txt", "mixed_heldout.txt"
SIZE = 32_000
STRINGS = 100_000
ANY_BYTES = "any bytes"
RULES = {
    "defaults": VocabularyOptions(),
    "own newlines, digits alone, special tokens first": VocabularyOptions(
        ("<pad>", "<s>", "<|工具 调用|>"), "start", reserved=3, newlines="own", isolate_digits=True
    ),
    "pattern gpt2": VocabularyOptions(pattern="gpt2"),
    "pattern gpt4, nfc": VocabularyOptions(pattern="gpt4", normalization="nfc"),
    ANY_BYTES: VocabularyOptions(),
    "bytepiece": BYTEPIECE,
}
COLUMNS = {
    "program": "",
    "vocabulary": "",
    "ids lost": ",",
    "strings": ",",
    "with other ids": ",",
    "lines": ",",
    "lines with other ids": ",",
    "all lines as one": "",
}

Encode = Callable[[list[str]], list[list[int]]]


def rows(context: Context) -> Iterator[Row]:
    sys.path.insert(0, str(Path(__file__).parents[2] / "corpora"))
    strings = import_module("strings").strings
    text = context.file(TEXT)
    lines = context.file(OTHER).read_text("utf-8").splitlines(keepends=True)
    for name, rules in RULES.items():
        options = TrainOptions((SIZE,), ensure_unicode=name != ANY_BYTES)
        vocabulary = train_vocabulary(Corpus(text), options, rules)
        pieces = [piece.decode(errors="replace") for piece in vocabulary.pieces[256:]]
        drawn = list(strings(STRINGS, seed=1, pieces=pieces, specials=rules.specials))
        for program, (package, load) in PROGRAMS.items():
            if package == "sentencepiece" and rules.pattern != "none":
                continue  # it has none
            try:
                lost, encode = load(vocabulary, context.work / f"{program} {name}")
            except ImportError as error:
                context.skip(program, Absent(str(error)))
                continue

            def differ(texts: Sequence[str], vocabulary: Vocabulary = vocabulary, encode: Encode = encode) -> int:
                ours = Tokenizer(vocabulary).encode_batch(texts).split()
                return sum(a.tolist() != b for a, b in zip(ours, encode(list(texts)), strict=True))

            fit = [_fit(package, vocabulary, given) for given in (drawn, lines)]
            yield {
                "program": program.replace(package, f"{package} {version(package)}"),
                "vocabulary": name,
                "ids lost": lost,
                "strings": len(drawn),
                "with other ids": differ(fit[0]),
                "lines": len(lines),
                "lines with other ids": differ(fit[1]),
                "all lines as one": "other ids" if differ(["".join(fit[1])]) else "the same",
            }


def _fit(package: str, vocabulary: Vocabulary, texts: list[str]) -> list[str]:
    """Texts as SentencePiece can have them: in the normal form, without U+2581."""
    if package != "sentencepiece":
        return texts
    texts = [text.replace("\u2581", " ") for text in texts]
    return [normalize("NFC", text) for text in texts] if vocabulary.options.normalization == "nfc" else texts


def _tokenizers(vocabulary: Vocabulary, path: Path) -> tuple[int, Encode]:
    package: Any = import_module("tokenizers")
    lost = export_vocabulary(vocabulary, "huggingface", path).losses
    theirs = package.Tokenizer.from_file(str(path / "tokenizer.json"))
    theirs.encode_special_tokens = True
    return len(lost), lambda texts: [found.ids for found in theirs.encode_batch(texts)]


def _transformers(vocabulary: Vocabulary, path: Path) -> tuple[int, Encode]:
    package: Any = import_module("transformers")
    lost = export_vocabulary(vocabulary, "huggingface", path).losses
    theirs = package.AutoTokenizer.from_pretrained(path)
    return len(lost), lambda texts: theirs(texts)["input_ids"]


def _saved_again(vocabulary: Vocabulary, path: Path) -> tuple[int, Encode]:
    package: Any = import_module("transformers")
    lost = export_vocabulary(vocabulary, "huggingface", path).losses
    package.AutoTokenizer.from_pretrained(path).save_pretrained(path / "again")
    theirs = package.AutoTokenizer.from_pretrained(path / "again")
    return len(lost), lambda texts: theirs(texts)["input_ids"]


def _sentencepiece(vocabulary: Vocabulary, path: Path) -> tuple[int, Encode]:
    package: Any = import_module("sentencepiece")
    lost = export_vocabulary(vocabulary, "sentencepiece", path).losses
    return len(lost), package.SentencePieceProcessor(model_file=str(path)).encode


PROGRAMS = {
    "tokenizers": ("tokenizers", _tokenizers),
    "transformers": ("transformers", _transformers),
    "transformers, saved again by it": ("transformers", _saved_again),
    "sentencepiece": ("sentencepiece", _sentencepiece),
}
