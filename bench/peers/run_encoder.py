"""Encode slices of a text with one program, and say what each took.

    python run_encoder.py PROGRAM probe
    python run_encoder.py PROGRAM prepare VOCABULARY CORPUS MODEL
    python run_encoder.py PROGRAM serve MODEL
    python run_encoder.py PROGRAM line MODEL

VOCABULARY is a tokenizer.json of minent.  `prepare` writes the same pieces and scores as a model of the program, as far
as it can say them; for programs with ranks of a BPE instead, which are trained on the first 5 MB of CORPUS by rustbpe.
`serve` reads lines "document|lines PATH FIRST LAST" and answers each with JSON: CPU seconds, ids, and for documents the
CPU seconds of decoding and whether the bytes come back.  `line` loads a model and encodes one line.
"""

import base64
import json
import math
import sys
import time
from pathlib import Path

_SAMPLE = 5_000_000
_BPE_SIZE = 32_000


def unigram(vocabulary):
    """Pieces of a vocabulary, how often each occurs, and its score: ln p less what each token costs beside."""
    content = json.loads(Path(vocabulary).read_bytes())
    rows, price = content["pieces"], content.get("token-price", 0.0)
    pieces = [piece.encode() if isinstance(piece, str) else bytes.fromhex(piece["hex"]) for piece, _ in rows]
    counts = [count for _, count in rows]
    total = math.log(sum(counts))
    return [(piece, count, math.log(count) - total - price) for piece, count in zip(pieces, counts, strict=True)]


def texts_of(vocabulary, space=" "):
    """The pieces that are text, with their scores, and the scores of the single bytes."""
    single, texts = {}, {}
    for piece, _, score in unigram(vocabulary):
        if len(piece) == 1:
            single[piece[0]] = score
        try:
            text = piece.decode()
        except UnicodeDecodeError:
            continue
        if "\0" not in text and "\u2581" not in text:
            texts.setdefault(text.replace(" ", space), score)
    return single, texts


class Minent:
    @staticmethod
    def probe():
        import minent  # noqa: F401

    @staticmethod
    def prepare(vocabulary, corpus, model):
        Path(model).write_bytes(Path(vocabulary).read_bytes())

    @staticmethod
    def load(model):
        from minent import Tokenizer

        made = Tokenizer.load(model)
        return made.encode, lambda lines: made.encode_lines(b"".join(lines)).ids, made.decode


class SentencePiece:
    @staticmethod
    def probe():
        import sentencepiece.sentencepiece_model_pb2  # noqa: F401

    @staticmethod
    def prepare(vocabulary, corpus, model):
        from sentencepiece import sentencepiece_model_pb2

        single, texts = texts_of(vocabulary, "\u2581")
        made = sentencepiece_model_pb2.ModelProto()
        rows = [("<unk>", 0.0, 2), *((f"<0x{byte:02X}>", score, 6) for byte, score in sorted(single.items()))]
        for piece, score, kind in (*rows, *((text, score, 1) for text, score in texts.items())):
            made.pieces.add(piece=piece, score=score, type=kind)
        spec, rules = made.trainer_spec, made.normalizer_spec
        spec.model_type, spec.vocab_size, spec.byte_fallback = 1, len(made.pieces), True
        spec.unk_id, spec.bos_id, spec.eos_id, spec.pad_id = 0, -1, -1, -1
        rules.name, rules.add_dummy_prefix, rules.remove_extra_whitespaces = "identity", False, False
        rules.escape_whitespaces = True
        Path(model).write_bytes(made.SerializeToString())

    @staticmethod
    def load(model):
        from sentencepiece import SentencePieceProcessor

        made = SentencePieceProcessor(model_file=model)
        return text_encoder(made.encode, lambda texts: made.encode(texts, num_threads=1), made.decode)


class Tokenizers:
    @staticmethod
    def probe():
        import tokenizers  # noqa: F401

    @staticmethod
    def prepare(vocabulary, corpus, model):
        from tokenizers import Tokenizer, decoders, models

        single, texts = texts_of(vocabulary)
        rows = [("<unk>", 0.0), *((f"<0x{byte:02X}>", score) for byte, score in sorted(single.items()))]
        made = Tokenizer(models.Unigram([*rows, *texts.items()], unk_id=0, byte_fallback=True))
        made.decoder = decoders.Sequence([decoders.ByteFallback(), decoders.Fuse()])
        made.save(model)

    @staticmethod
    def load(model):
        from tokenizers import Tokenizer

        made = Tokenizer.from_file(model)

        def lines(texts):
            return [found.ids for found in made.encode_batch(texts, add_special_tokens=False)]

        return text_encoder(lambda text: made.encode(text, add_special_tokens=False).ids, lines, made.decode)


class Tokie(Tokenizers):
    @staticmethod
    def probe():
        import tokenizers  # noqa: F401
        import tokie  # noqa: F401

    @staticmethod
    def load(model):
        from tokie import Tokenizer

        made = Tokenizer.from_json(model)

        def document(data):
            return made.encode_batch_flat([data.decode()], add_special_tokens=False)[0]

        def lines(parts):
            return made.encode_batch_flat([part.decode() for part in parts], add_special_tokens=False)[0]

        return document, lines, lambda ids: bytes(made.decode_bytes(ids.tolist()))


class Kitoken(SentencePiece):
    @staticmethod
    def probe():
        import kitoken
        import sentencepiece.sentencepiece_model_pb2  # noqa: F401

        kitoken.Kitoken.from_sentencepiece_file  # noqa: B018

    @staticmethod
    def load(model):
        from kitoken import Kitoken

        made = Kitoken.from_sentencepiece_file(model)
        encode, lines, _ = text_encoder(made.encode, made.encode_all, None)
        return encode, lines, lambda ids: bytes(made.decode(ids))


class BytePiece:
    @staticmethod
    def probe():
        import ahocorasick
        import bytepiece  # noqa: F401

        ahocorasick.Automaton().add_word(b"bytes", 0)  # it must be built with AHOCORASICK_BYTES=1

    @staticmethod
    def prepare(vocabulary, corpus, model):
        rows = sorted((len(piece), piece, count) for piece, count, _ in unigram(vocabulary))
        said = {
            base64.b64encode(piece).decode(): [number, piece.decode(errors="ignore"), count]
            for number, (_, piece, count) in enumerate(rows, 3)
        }
        Path(model).write_text(json.dumps(said), encoding="utf-8")

    @staticmethod
    def load(model):
        from bytepiece import Tokenizer

        made = Tokenizer(model)
        return text_encoder(made.encode, lambda texts: [made.encode(text) for text in texts], made.decode)


class TikToken:
    @staticmethod
    def probe():
        import rustbpe  # noqa: F401
        import tiktoken  # noqa: F401

    @staticmethod
    def prepare(vocabulary, corpus, model):
        import rustbpe

        made = rustbpe.Tokenizer()
        with open(corpus, encoding="utf-8", newline="\n") as file:  # noqa: PTH123
            made.train_from_iterator(iter(file.read(_SAMPLE).splitlines(keepends=True)), _BPE_SIZE)
        rows = [f"{base64.b64encode(bytes(piece)).decode()} {rank}" for piece, rank in made.get_mergeable_ranks()]
        Path(model).write_text("\n".join([*rows, ""]), encoding="utf-8")
        Path(f"{model}.pattern").write_text(made.get_pattern(), encoding="utf-8")

    @staticmethod
    def load(model):
        from tiktoken import Encoding

        lines = (line.split() for line in Path(model).read_text(encoding="utf-8").splitlines())
        ranks = {base64.b64decode(piece): int(rank) for piece, rank in lines}
        pattern = Path(f"{model}.pattern").read_text(encoding="utf-8")
        made = Encoding("bench", pat_str=pattern, mergeable_ranks=ranks, special_tokens={})
        encode, lines, _ = text_encoder(
            made.encode_ordinary, lambda texts: made.encode_ordinary_batch(texts, num_threads=1), None
        )
        return encode, lines, made.decode_bytes


class Gigatoken(TikToken):
    @staticmethod
    def probe():
        import gigatoken  # noqa: F401
        import rustbpe  # noqa: F401

    @staticmethod
    def load(model):
        from gigatoken import Tokenizer

        made = Tokenizer.from_tiktoken(model, "gpt4")
        return made.encode, lambda lines: made.encode_batch(lines, parallel=False), made.decode


def text_encoder(encode, encode_lines, decode):
    """For programs that take text, which is a part of their work."""

    def document(data):
        return encode(data.decode())

    def lines(parts):
        return encode_lines([part.decode() for part in parts])

    return document, lines, lambda ids: decode(ids).encode()


PROGRAMS = {
    "minent": Minent,
    "sentencepiece": SentencePiece,
    "tokenizers": Tokenizers,
    "tokie": Tokie,
    "kitoken": Kitoken,
    "bytepiece": BytePiece,
    "tiktoken": TikToken,
    "gigatoken": Gigatoken,
}


def timed(function, argument):
    begin = time.process_time()
    found = function(argument)
    return time.process_time() - begin, found


def serve(program, model):
    document, lines, decode = program.load(model)
    for request in sys.stdin:
        kind, path, first, last = request.split()
        data = Path(path).read_bytes()[int(first) : int(last)]
        answer = {}
        if kind == "document":
            answer["seconds"], ids = timed(document, data)
            answer["ids"] = len(ids)
            answer["decoding"], again = timed(decode, ids)
            answer["same"] = again == data
        else:
            answer["seconds"], _ = timed(lines, data.splitlines(keepends=True))
        print(json.dumps(answer), flush=True)


def main():
    program, command, *rest = sys.argv[1:]
    chosen = PROGRAMS[program]
    if command == "line":
        chosen.load(*rest)[0]("有人说话，有人听话。\n".encode())
    elif command == "serve":
        serve(chosen, *rest)
    else:
        getattr(chosen, command)(*rest)


if __name__ == "__main__":
    main()
