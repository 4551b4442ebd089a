"""One text that nobody has cleaned, through one program: python read_bad.py PROGRAM TEXT FOLDER.

Says "whole" if the text came back as it was, "lost" if it did not, "done" where nothing comes back.  What a program
raises is left to Python.
"""

import sys
from pathlib import Path

PIECES = 300


def sentencepiece_train(text: Path, folder: Path) -> str:
    import sentencepiece

    sentencepiece.SentencePieceTrainer.train(
        input=str(text), model_prefix=str(folder / "trained"), vocab_size=PIECES, byte_fallback=True, minloglevel=2
    )
    return "done"


def sentencepiece_encode(text: Path, folder: Path) -> str:
    import sentencepiece

    if not (folder / "model.model").exists():
        sentencepiece.SentencePieceTrainer.train(
            input=str(folder / "clean.txt"), model_prefix=str(folder / "model"), vocab_size=PIECES, byte_fallback=True,
            minloglevel=2, hard_vocab_limit=False,
        )  # fmt: skip
    processor = sentencepiece.SentencePieceProcessor(model_file=str(folder / "model.model"))
    data = text.read_bytes()
    return "whole" if processor.decode_ids(processor.encode(data), out_type=bytes) == data else "lost"


def tokenizers_train(text: Path, folder: Path) -> str:
    from tokenizers import ByteLevelBPETokenizer

    ByteLevelBPETokenizer().train([str(text)], vocab_size=PIECES, show_progress=False)
    return "done"


def tokenizers_encode(text: Path, folder: Path) -> str:
    from tokenizers import ByteLevelBPETokenizer

    tokenizer = ByteLevelBPETokenizer()
    tokenizer.train([str(folder / "clean.txt")], vocab_size=PIECES, show_progress=False)
    content = text.read_bytes().decode()
    return "whole" if tokenizer.decode(tokenizer.encode(content).ids) == content else "lost"


def bytepiece_train(text: Path, folder: Path) -> str:
    from bytepiece import Trainer

    class Lines:
        def __iter__(self):  # type: ignore[no-untyped-def]
            with text.open(encoding="utf-8", newline="") as lines:
                yield from lines

    trainer = Trainer(order=6, max_vocab_size=PIECES, min_count=2)
    trainer.train(Lines(), workers=1, batch_size=1000)
    trainer.save(str(folder / "trained.model"))
    return "done"


def bytepiece_encode(text: Path, folder: Path) -> str:
    from bytepiece import Tokenizer

    tokenizer = Tokenizer(str(folder / "bytepiece.model"))
    content = text.read_bytes().decode()
    return "whole" if tokenizer.decode(tokenizer.encode(content)) == content else "lost"


def jieba_cut(text: Path, folder: Path) -> str:
    import jieba

    jieba.setLogLevel(60)
    data = text.read_bytes()
    return "whole" if "".join(jieba.cut(data)).encode() == data else "lost"


if __name__ == "__main__":
    program, text, folder = sys.argv[1:]
    sys.stdout.write(globals()[program](Path(text), Path(folder)))
