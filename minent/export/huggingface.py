"""A folder that `transformers.AutoTokenizer` loads, its tokenizer.json for `tokenizers` too.

The model is a Unigram over bytes, which are written as the characters of GPT-2's table.  Its cut is the way of highest
score, of equal ones that with the longest last piece, as here: with the same scores ids are the same.  Format: sources
of tokenizers 0.23, models/unigram, pre_tokenizers/byte_level.rs; of transformers 5.23, tokenization_utils_base.py.
"""

import json
from collections.abc import Container, Iterator
from typing import Any

import numpy as np

from minent.errors import InputError
from minent.export.exported import Exported, Loss
from minent.export.roles import role_of
from minent.tokenizing import machine
from minent.types import Nats
from minent.vocabulary import PATTERNS, Vocabulary

# Byte -> character: these bytes stand for themselves, the others follow from U+0100 on.
_TABLE = {byte: chr(byte) for byte in (*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100))}
_TABLE |= {byte: chr(0x100 + number) for number, byte in enumerate(sorted(set(range(256)) - set(_TABLE)))}
_ALPHABET = set(_TABLE.values())

# As in `minent.tokenizing.text`, for Oniguruma: possessive intervals are none there, and `$` means every line end.
_PATTERNS = {
    "gpt2": r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s",
    "gpt4": r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s+\z"
    r"|\s*[\r\n]|\s+(?!\S)|\s",
}
_NEWLINES = {"glue": r"[^\n]*\n+|[^\n]+", "own": r"\n+"}


def export(vocabulary: Vocabulary) -> Exported:
    """Return tokenizer.json and tokenizer_config.json.

    What the rules for newlines and digits forbid stays in the vocabulary with a score that no way will take.  Special
    tokens are such everywhere, but transformers is told to take their texts in a text for text, unless it is asked
    with `split_special_tokens=False`.  Raises InputError if a special token has the name of a byte.
    """
    names, losses = _names(vocabulary)
    pre_tokenizers = [_split(pattern) for pattern in _split_at(vocabulary)]
    pre_tokenizers.append(_byte_level())
    content = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [_added(special, number) for special, number in vocabulary.specials.items()],
        "normalizer": {"type": "NFC"} if vocabulary.options.normalization == "nfc" else None,
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": pre_tokenizers},
        "post_processor": None,
        "decoder": _byte_level(),
    }
    lines = [f" {_json(key)}: {_json(value)},\n" for key, value in content.items()]
    rows = ",\n".join(f"[{_json(name)}, {score}]" for name, score in zip(names, _scores(vocabulary), strict=True))
    model = f' "model": {{"type": "Unigram", "unk_id": null, "byte_fallback": false, "vocab": [\n{rows}\n]}}\n'
    files = {
        "tokenizer.json": ("{\n" + "".join(lines) + model + "}\n").encode(),
        "tokenizer_config.json": (_json(_config(vocabulary), indent=2) + "\n").encode(),
    }
    return Exported(files, losses, tuple(_warnings(vocabulary)))


def _json(value: Any, indent: int | None = None) -> str:
    return json.dumps(value, ensure_ascii=False, indent=indent)


def _warnings(vocabulary: Vocabulary) -> Iterator[str]:
    pattern, form = vocabulary.options.pattern, vocabulary.options.normalization
    if pattern not in PATTERNS:
        yield (
            "the pattern is handed over as it stands, and another engine (Oniguruma) reads it there: where the two do "
            "not find the same, ids differ"
        )
    elif pattern != "none":
        yield "the tables of Unicode there are older: the newest letters and numbers are none to its patterns"
    if form == "nfc":
        yield "the tables of Unicode there are older: its normal form C does not reorder the newest marks"


def _added(special: str, number: int) -> dict[str, Any]:
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    return {"id": number, "content": special} | flags


def _byte_level() -> dict[str, Any]:
    return {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False, "use_regex": False}


def _split(pattern: str) -> dict[str, Any]:
    return {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": False}


def _split_at(vocabulary: Vocabulary) -> Iterator[str]:
    """Yield patterns that no piece goes across the matches of."""
    if vocabulary.options.pattern != "none":
        yield _PATTERNS.get(vocabulary.options.pattern, vocabulary.options.pattern)
    yield _NEWLINES[vocabulary.options.newlines]


def _config(vocabulary: Vocabulary) -> dict[str, Any]:
    config: dict[str, Any] = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "clean_up_tokenization_spaces": False,
        "split_special_tokens": True,
        "model_max_length": 10**30,
    }
    others = []
    for special in vocabulary.specials:
        role = role_of(special)
        if role and f"{role}_token" not in config:
            config[f"{role}_token"] = special
        else:
            others.append(special)
    return config | ({"additional_special_tokens": others} if others else {})


def _names(vocabulary: Vocabulary) -> tuple[list[str], tuple[Loss, ...]]:
    """Return what each id of the model is called, and what cannot be called as it should.

    Special tokens and reserved ids behind the pieces are none of the model's; before them they must be.
    """
    specials = vocabulary.specials
    names = list(specials) if vocabulary.first_id else []
    names += [_placeholder(number, specials) for number in range(len(names), vocabulary.first_id)]
    losses = []
    for special, number in specials.items():
        if special != spell(special.encode()) and set(special) <= _ALPHABET:
            losses.append(Loss(number, special.encode(), "a special token that is decoded as other bytes"))
    for number, piece in enumerate(vocabulary.pieces, start=vocabulary.first_id):
        name = spell(piece)
        if name in specials:
            if len(piece) == 1:
                raise InputError(
                    f"the special token {name!r} is what Hugging Face's tokenizers call the byte {piece[0]}, without "
                    "which no text can be cut; give it another text"
                )
            losses.append(Loss(number, piece, "the name of a special token there"))
            name = _placeholder(number, specials)
        names.append(name)
    return names, tuple(sorted(losses))


def spell(piece: bytes) -> str:
    """Return a piece as this format has it, a character for each byte."""
    return piece.decode("latin-1").translate(_TABLE)


def _placeholder(number: int, specials: Container[str]) -> str:
    """Return a name that no text has: a space is none of the characters that stand for bytes."""
    name = f"<no piece {number}>"
    while name in specials:
        name = f"<{name}>"
    return name


def _scores(vocabulary: Vocabulary) -> list[str]:
    """Return the score of each id of the model, as JSON."""
    if not vocabulary.unlike_bytepiece():
        scores = vocabulary.scores.copy()
    else:
        bits = machine.build(vocabulary, characters=True).bits
        scores = machine.fixed_costs(vocabulary, bits).astype(np.float64) / -(2.0**bits)
    # Dearer than the same bytes one by one, whatever the piece or special token.
    longest = max(map(len, [*vocabulary.pieces, *(special.encode() for special in vocabulary.specials)]))
    never = np.floor(scores.min() * (longest + 1))
    usable = np.zeros(scores.size, np.bool_)
    usable[machine.usable(vocabulary)] = True
    scores[~usable] = never
    return exact_decimals(np.concatenate([np.full(vocabulary.first_id, never), scores]))


def exact_decimals(values: Nats) -> list[str]:
    """Return numbers, (n,), as decimals that any reader takes for the very same doubles.

    The one that tokenizers uses takes the digits for a whole number, rounds that to a double and divides it by a power
    of ten, rounding again: with the shortest decimals a score in eight is off by one bit, and ways that are equally
    good are so no longer.  The digits here are a double without rounding.  Source: serde_json, de.rs.
    """
    texts = [repr(value) for value in values.tolist()]
    open_places = np.arange(values.size)
    for digits in range(1, 23):  # the powers of ten that are doubles
        power = 10.0**digits
        left = np.abs(values[open_places])
        whole = np.rint(left * power)
        found = (whole / power == left) & (whole < 2.0**63)
        for place, number in zip(open_places[found].tolist(), whole[found].tolist(), strict=True):
            text = str(int(number)).zfill(digits + 1)
            texts[place] = f"{'-' if values[place] < 0 else ''}{text[:-digits]}.{text[-digits:]}"
        open_places = open_places[~found]
    return texts
