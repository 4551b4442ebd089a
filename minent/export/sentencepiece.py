"""A model that `sentencepiece` loads.

Ids are the same.  Pieces of text are pieces there, with U+2581 for a space; a character that is none is spelled in
bytes, which have ids of their own.  Behind all others come ids that are needed there and never used here: <unk>, and
the ASCII characters once more, as bytes.  The cut is the way of highest score, of equal ones that with the longest last
piece.  Format: sources of sentencepiece 0.2, sentencepiece_model.proto, model_interface.cc, unigram_model.cc.
"""

import struct
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from minent.errors import InputError
from minent.export.exported import Exported, Loss
from minent.export.roles import role_of
from minent.tokenizing import machine
from minent.types import Nats
from minent.vocabulary import Vocabulary

_NORMAL, _UNKNOWN, _CONTROL, _UNUSED, _BYTE = 1, 2, 3, 5, 6
_SPACE = "\u2581"
_MAX_PIECE = 8000
# Sums are of floats there: with so many bits for the fraction of a nat they are exact up to 2^(24 - bits) nats.
_BITS = 13


class _Row(NamedTuple):
    """What stands for an id."""

    name: str
    score: float
    kind: int


def export(vocabulary: Vocabulary) -> Exported:
    """Return the model.

    What the rules for newlines and digits forbid is there as "unused".  Lost are pieces that are no text, and those
    with U+2581 or U+0000 in them.  Raises InputError if there is a pattern: it cannot be said there, nor done before.
    """
    if vocabulary.options.pattern != "none":
        raise InputError(
            f"a SentencePiece model has no pattern, and {vocabulary.options.pattern!r} changes where text is cut: "
            "export to huggingface, or train with --pattern none"
        )
    rows, losses = _rows(vocabulary)
    normalizer = _text(1, "identity") + _number(3, 0) + _number(4, 0) + _number(5, 1)
    pieces = b"".join([_message(1, _text(1, row.name) + _float(2, row.score) + _number(3, row.kind)) for row in rows])
    model = pieces + _message(2, _trainer(rows)) + _message(3, normalizer)
    warning = "a SentencePiece model does not bring text into normal form C: do that before text is given to it"
    return Exported({"": model}, tuple(losses), (warning,) if vocabulary.options.normalization == "nfc" else ())


def _rows(vocabulary: Vocabulary) -> tuple[list[_Row], list[Loss]]:
    """Return what stands for each id, and what is lost."""
    others: list[_Row] = []
    losses: list[Loss] = []
    taken = {_byte(byte) for byte in range(256)}
    for special, number in vocabulary.specials.items():
        if reason := _wrong(special, taken):
            losses.append(Loss(number, special.encode(), reason))
            others.append(_placeholder(number, taken))
        else:
            unknown = role_of(special) == "unk" and all(row.kind != _UNKNOWN for row in others)
            others.append(_Row(special, 0.0, _UNKNOWN if unknown else _CONTROL))
            taken.add(special)
    first = vocabulary.first_id
    behind = len(others) + (0 if first else len(vocabulary))
    others += [_placeholder(behind + number, taken) for number in range(vocabulary.options.reserved)]
    extra = [_Row(_byte(byte), 0.0, _BYTE) for byte in range(1, 128)]
    if all(row.kind != _UNKNOWN for row in others):
        extra.append(_Row(_free("<unk>", taken), 0.0, _UNKNOWN))
    pieces = list(_pieces(vocabulary, taken, losses))
    return (others + pieces if first else pieces + others) + extra, sorted(losses)


def _pieces(vocabulary: Vocabulary, taken: set[str], losses: list[Loss]) -> Iterator[_Row]:
    """Yield what stands for each piece; add what is lost to `losses`."""
    usable = set(machine.usable(vocabulary))
    for row, (piece, score) in enumerate(zip(vocabulary.pieces, _scores(vocabulary).tolist(), strict=True)):
        if len(piece) == 1 and not 0 < piece[0] < 128:
            yield _Row(_byte(piece[0]), score, _BYTE)
            continue
        try:
            text = piece.decode()
            name = text.replace(" ", _SPACE)
            reason = "U+2581, which stands for a space there" if _SPACE in text else _wrong(name, taken)
        except UnicodeDecodeError:
            reason = "no UTF-8"
        number = row + vocabulary.first_id
        if reason:
            losses.append(Loss(number, piece, reason))
            yield _placeholder(number, taken)
        else:
            yield _Row(name, score, _NORMAL if row in usable else _UNUSED)


def _wrong(text: str, taken: set[str]) -> str:
    """Why a text can be no name; "" if it can."""
    if text in taken:
        return "the name of something else there"
    if "\0" in text:
        return "U+0000, which no piece has there"
    return "too long" if len(text.encode()) >= _MAX_PIECE else ""


def _byte(byte: int) -> str:
    return f"<0x{byte:02X}>"


def _placeholder(number: int, taken: set[str]) -> _Row:
    """Return what stands for an id that no text has."""
    return _Row(_free(f"<no{_SPACE}piece{_SPACE}{number}>", taken), 0.0, _CONTROL)


def _free(name: str, taken: set[str]) -> str:
    """Return a name that nothing else has, and take it."""
    while name in taken:
        name = f"<{name}>"
    taken.add(name)
    return name


def _scores(vocabulary: Vocabulary) -> Nats:
    """Return the scores of the pieces on a grid, so that sums of floats are exact."""
    return np.rint(-vocabulary.costs * 2.0**_BITS) / 2.0**_BITS


# Trainer's options by their numbers: what a model was trained with that no piece goes across, none of it here.
_SPLIT_BY_SCRIPT, _SPLIT_BY_WHITESPACE, _SPLIT_BY_NUMBER = 21, 22, 23
_ROLES = {"unk": (40, 45), "bos": (41, 46), "eos": (42, 47), "pad": (43, 48)}


def _trainer(rows: list[_Row]) -> bytes:
    """Return the message TrainerSpec: what kind of model it is, which special token is what."""
    fields = _number(3, 1) + _number(4, len(rows))
    for option in (_SPLIT_BY_SCRIPT, _SPLIT_BY_WHITESPACE, _SPLIT_BY_NUMBER):
        fields += _number(option, 0)
    fields += _number(35, 1)  # byte_fallback
    for role, (id_field, name_field) in _ROLES.items():
        kind = _UNKNOWN if role == "unk" else _CONTROL
        wanted = (number for number, row in enumerate(rows) if row.kind == kind and role in ("unk", role_of(row.name)))
        number = next(wanted, -1)
        fields += _number(id_field, number)
        if number >= 0:
            fields += _text(name_field, rows[number].name)
    return fields


# Protocol buffers: each field is its number and how it is written, then the value.
# Source: protobuf.dev, encoding.


def _varint(number: int) -> bytes:
    """Return seven bits a byte, the lowest first; the highest bit says that more follows."""
    digits = bytearray()
    number &= 2**64 - 1
    while number > 0x7F:
        digits.append(number & 0x7F | 0x80)
        number >>= 7
    digits.append(number)
    return bytes(digits)


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _float(field: int, value: float) -> bytes:
    return _varint(field << 3 | 5) + struct.pack("<f", value)


def _message(field: int, content: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(content)) + content


def _text(field: int, text: str) -> bytes:
    return _message(field, text.encode())
