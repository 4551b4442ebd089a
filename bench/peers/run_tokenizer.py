"""Train a tokenizer of another project, or count the tokens that one makes of a text.

    python run_tokenizer.py PEER probe
    python run_tokenizer.py PEER train CORPUS MODEL SIZE
    python run_tokenizer.py PEER count MODEL TEXT

`count` prints JSON: tokens; entropy of the tokens, bits for each byte; whether the text comes back.

PEER: bytepiece, sentencepiece (unigram, as it comes), sentencepiece-raw (the same, without cutting text at spaces and
scripts before, and nothing normalized), huggingface (BPE of bytes, cut by the pattern of GPT-2), rustbpe (cut by that
of GPT-4).
"""

import base64
import json
import math
import sys
from collections import Counter
from pathlib import Path
from typing import ClassVar

_PART = 1 << 16


class Texts:
    """The text of a file in parts of whole lines, to be read more than once."""

    def __init__(self, path):
        self._path = path

    def __iter__(self):
        with open(self._path, encoding="utf-8", newline="\n") as file:  # noqa: PTH123 (parts, not the whole)
            while lines := file.readlines(_PART):
                yield "".join(lines)


class BytePiece:
    @staticmethod
    def probe():
        import bytepiece  # noqa: F401

    @staticmethod
    def train(corpus, model, size):
        from bytepiece import Trainer

        trainer = Trainer(max_vocab_size=size)
        trainer.train(Texts(corpus), workers=1)
        trainer.save(model)

    @staticmethod
    def load(model):
        from bytepiece import Tokenizer

        tokenizer = Tokenizer(model)
        return tokenizer.encode, tokenizer.decode


class SentencePiece:
    OPTIONS: ClassVar = {}
    KEEPS_NEWLINES = False

    @staticmethod
    def probe():
        import sentencepiece  # noqa: F401

    @classmethod
    def train(cls, corpus, model, size):
        from sentencepiece import SentencePieceTrainer

        with open(model, "wb") as file:  # noqa: PTH123
            SentencePieceTrainer.train(
                input=corpus,
                model_writer=file,
                vocab_size=size,
                model_type="unigram",
                max_sentence_length=1 << 20,
                num_threads=1,
                minloglevel=2,
                **cls.OPTIONS,
            )

    @classmethod
    def load(cls, model):
        from sentencepiece import SentencePieceProcessor

        tokenizer = SentencePieceProcessor(model_file=model)

        def encode(text):
            # A newline is no part of a line to it; where nothing may get lost each is a token, of a byte.
            return [
                number
                for line in text.split("\n")
                for number in (*tokenizer.encode(line), *([-1] if cls.KEEPS_NEWLINES else []))
            ][: -1 if cls.KEEPS_NEWLINES else None]

        def decode(ids):
            lines = [[]]
            for number in ids:
                if number < 0:
                    lines.append([])
                else:
                    lines[-1].append(number)
            return "\n".join(map(tokenizer.decode, lines))

        return encode, decode


class RawSentencePiece(SentencePiece):
    OPTIONS: ClassVar = {
        "split_by_whitespace": False,
        "split_by_unicode_script": False,
        "split_by_number": False,
        "max_sentencepiece_length": 36,
        "normalization_rule_name": "identity",
        "add_dummy_prefix": False,
        "remove_extra_whitespaces": False,
        "byte_fallback": True,
        "character_coverage": 0.9999,
    }
    KEEPS_NEWLINES = True


class HuggingFace:
    @staticmethod
    def probe():
        import tokenizers  # noqa: F401

    @staticmethod
    def train(corpus, model, size):
        from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

        tokenizer = Tokenizer(models.BPE())
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        tokenizer.decoder = decoders.ByteLevel()
        alphabet = pre_tokenizers.ByteLevel.alphabet()
        trainer = trainers.BpeTrainer(vocab_size=size, initial_alphabet=alphabet, show_progress=False)
        tokenizer.train_from_iterator(Texts(corpus), trainer)
        tokenizer.save(model)

    @staticmethod
    def load(model):
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(model)
        return lambda text: tokenizer.encode(text).ids, tokenizer.decode


class RustBpe:
    @staticmethod
    def probe():
        import rustbpe  # noqa: F401
        import tiktoken  # noqa: F401

    @staticmethod
    def train(corpus, model, size):
        import rustbpe

        tokenizer = rustbpe.Tokenizer()
        tokenizer.train_from_iterator(iter(Texts(corpus)), size)
        ranks = [base64.b64encode(bytes(token)).decode() for token, _ in tokenizer.get_mergeable_ranks()]
        Path(model).write_text(json.dumps({"pattern": tokenizer.get_pattern(), "ranks": ranks}), "utf-8")

    @staticmethod
    def load(model):
        import tiktoken

        known = json.loads(Path(model).read_text("utf-8"))
        ranks = {base64.b64decode(token): rank for rank, token in enumerate(known["ranks"])}
        tokenizer = tiktoken.Encoding("rustbpe", pat_str=known["pattern"], mergeable_ranks=ranks, special_tokens={})
        return tokenizer.encode_ordinary, tokenizer.decode


PEERS = {
    "bytepiece": BytePiece,
    "sentencepiece": SentencePiece,
    "sentencepiece-raw": RawSentencePiece,
    "huggingface": HuggingFace,
    "rustbpe": RustBpe,
}


def count(peer, model, text):
    encode, decode = peer.load(model)
    counts, size, same = Counter(), 0, True
    for part in Texts(text):
        ids = list(encode(part))
        counts.update(ids)
        size += len(part.encode())
        same = same and decode(ids) == part
    tokens = sum(counts.values())
    bits = -sum(n * math.log2(n / tokens) for n in counts.values())
    print(json.dumps({"tokens": tokens, "entropy": bits / size, "same": same}))


def main(name, what, *arguments):
    peer = PEERS[name]
    if what == "probe":
        peer.probe()
    elif what == "train":
        corpus, model, size = arguments
        peer.train(corpus, model, int(size))
    else:
        count(peer, *arguments)


main(*sys.argv[1:])
