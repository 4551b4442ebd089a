"""What BytePiece 0.6.3 makes of texts, as test cases: run it where BytePiece is installed.

    python bench/peers/encode_bytepiece.py OUTPUT.json

Trains small models on the sample corpora, and writes them with the ids that BytePiece gives to many strings.
"""

import json
import random
import sys
import tempfile
from pathlib import Path

import bytepiece  # type: ignore[import-not-found]

CORPORA = Path(__file__).parents[2] / "corpora"
SIZES = {"zh": 700, "en": 500}


class Lines:
    """Lines that can be read more than once."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __iter__(self):  # type: ignore[no-untyped-def]
        with self.path.open(encoding="utf-8", newline="") as lines:
            yield from lines


def strings() -> list[str]:
    """Pieces of the corpora, runs of one character, decomposed accents, line ends of all kinds, random characters."""
    chance = random.Random(0)
    found = ["", " ", "\n", "\n\n\n", "a\n\nb", "a\r\nb\r", "e\u0301a\u030a 가", "\ufeffBOM", "𝄞𠮷", "\x00\x01\x7f"]
    found += ["a" * 300, "的" * 200, "\n" * 50, " " * 70, "ab" * 99, "<pad><bos><eos>"]
    for name in ("zh", "en", "ja"):
        text = (CORPORA / f"{name}.txt").read_text("utf-8")
        for size in (1, 2, 5, 20, 100, 700):
            for _ in range(6):
                start = chance.randrange(len(text) - size)
                found.append(text[start : start + size])
    kinds = ("abcde \n", "的一是不了\n，。", "éèàüñ", "0123456789.", "中文abc\n 12", "\u0300\u0301ae가각")
    for kind in kinds:
        found += ["".join(chance.choice(kind) for _ in range(chance.randrange(1, 60))) for _ in range(8)]
    for _ in range(30):
        codes = (
            chance.choice([chance.randrange(0x80), chance.randrange(0x3000), chance.randrange(0x20000)])
            for _ in range(20)
        )
        found.append("".join(chr(code) for code in codes if not 0xD800 <= code < 0xE000))
    return found


def main() -> None:
    """Write the test cases."""
    cases = []
    for name, size in SIZES.items():
        trainer = bytepiece.Trainer(order=4, max_vocab_size=size, min_count=2)
        trainer.train(Lines(CORPORA / f"{name}.txt"))
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model"
            trainer.save(str(path))
            model = path.read_text("utf-8")
            tokenizer = bytepiece.Tokenizer(str(path))
        cases.append({"corpus": name, "model": model, "ids": [tokenizer.encode(text) for text in strings()]})
    text = json.dumps({"strings": strings(), "cases": cases}, separators=(",", ":"))
    Path(sys.argv[1]).write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    main()
