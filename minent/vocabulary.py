"""Vocabulary: the pieces a tokenizer cuts bytes into, how often each occurs, and the rules for cutting."""

import gc
import json
import math
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from functools import cached_property
from hashlib import blake2b
from itertools import accumulate, groupby
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from minent import provenance
from minent.errors import FormatError, InputError
from minent.files import StrPath, atomic_write
from minent.notebooks import html_table
from minent.types import Bytes, Counts, Nats, Offsets

SPECIAL_IDS = ("end", "start")
NORMALIZATIONS = ("none", "nfc")
NEWLINES = ("glue", "own")
PATTERNS = ("none", "gpt2", "gpt4")

# Limits of what is read: far beyond any vocabulary in use, and small enough to be refused before memory is asked for.
MAX_PIECE_LENGTH = 255
MAX_VOCABULARY = 1 << 22
MAX_TOKEN_PRICE = 1000
_MAX_FILE = 1 << 30

_BYTES = [bytes([byte]) for byte in range(256)]
_CHECKSUM = "checksum"
_PRICE = "token-price"


@dataclass(frozen=True)
class VocabularyOptions:
    r"""How text is prepared and cut before pieces are looked for, and which ids are no pieces.

    specials        texts of special tokens, different, none empty; in a text they are ordinary bytes unless asked for
    special_ids     "end": pieces have the ids from 0 on, special tokens those behind; "start": special tokens first,
                    as in BytePiece
    reserved        ids kept free behind the special tokens
    normalization   "none": any bytes come back as they were; "nfc": text is brought into normal form C first
    newlines        "glue": a piece may end in newlines, and goes on with nothing else after one (BytePiece);
                    "own": newlines stand in pieces of their own
    pattern         "none", "gpt2", "gpt4" or a regular expression: no piece goes across the ends of its matches
    isolate_digits  whether a digit is always a piece of its own
    token_price     nats, from 0 on: what each token costs beside -ln p.  A text is cut where its tokens cost least in
                    sum; the dearer they are, the fewer there are, and the less probable.  0: the most probable cut

    Raises InputError if something does not fit.
    """

    specials: tuple[str, ...] = ("<pad>", "<bos>", "<eos>")
    special_ids: str = "end"
    reserved: int = 0
    normalization: str = "none"
    newlines: str = "glue"
    pattern: str = "none"
    isolate_digits: bool = False
    token_price: float = 5.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "specials", tuple(self.specials))
        choices = (("special_ids", SPECIAL_IDS), ("normalization", NORMALIZATIONS), ("newlines", NEWLINES))
        for name, values in choices:
            if getattr(self, name) not in values:
                raise InputError(f"{name} cannot be {getattr(self, name)!r}; it is one of {', '.join(values)}")
        if any(not _is_text(special) for special in self.specials) or len(set(self.specials)) < len(self.specials):
            raise InputError(f"special tokens must be different texts, none of them empty, not {self.specials}")
        if type(self.reserved) is not int or not 0 <= self.reserved <= MAX_VOCABULARY:
            raise InputError(f"reserved must be a number of ids from 0 to {MAX_VOCABULARY}, not {self.reserved!r}")
        if type(self.isolate_digits) is not bool:
            raise InputError(f"isolate_digits must be true or false, not {self.isolate_digits!r}")
        price = self.token_price
        if type(price) not in (int, float) or not 0 <= price <= MAX_TOKEN_PRICE:
            raise InputError(f"token_price must be a number of nats from 0 to {MAX_TOKEN_PRICE}, not {price!r}")
        object.__setattr__(self, "token_price", float(price))
        if self.pattern not in PATTERNS:
            _check_pattern(self.pattern)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and value != "" and not any("\ud800" <= character <= "\udfff" for character in value)


def _check_pattern(pattern: object) -> None:
    import regex  # type: ignore[import-untyped]  # it has none

    try:
        regex.compile(pattern)
    except (regex.error, TypeError) as error:
        raise InputError(f"the pattern {pattern!r} is no regular expression: {error}") from None


# What BytePiece 0.6.3 does with every model.
BYTEPIECE = VocabularyOptions(special_ids="start", newlines="glue", normalization="nfc", token_price=0.0)


class Vocabulary:
    """Pieces, how often each occurs, and the rules for cutting a text into them.

    pieces   different, none empty or longer than 255 bytes, all 256 single bytes among them; in any order, kept in the
             order of (length, bytes)
    counts   (n,) whole numbers from 1 on, in the order of `pieces`; their sum is below 2^63
    options  rules of cutting, special tokens
    about    where the vocabulary comes from, see `minent.provenance`

    Raises InputError if the pieces or counts do not fit.
    """

    def __init__(
        self,
        pieces: Sequence[bytes],
        counts: Sequence[int] | Counts,
        options: VocabularyOptions | None = None,
        about: provenance.Fields | None = None,
    ) -> None:
        self.options = options or VocabularyOptions()
        self.about: provenance.Fields = about or {}
        _check_pieces(pieces, len(self.options.specials) + self.options.reserved)
        values = _checked_counts(counts, len(pieces))
        groups = groupby(sorted(pieces, key=len), len)
        ordered = [piece for _, group in groups for piece in sorted(group)]  # quick if they are in order already
        if ordered != pieces:
            row_of = {piece: row for row, piece in enumerate(pieces)}
            values = values[[row_of[piece] for piece in ordered]]
        self.pieces: list[bytes] = ordered
        self.counts: Counts = values

    def __len__(self) -> int:
        return len(self.pieces)

    def __repr__(self) -> str:
        return f"Vocabulary({len(self):,} pieces, {len(self.options.specials)} special tokens)"

    def _repr_html_(self) -> str:
        rows = zip(self.pieces[256:], self.counts[256:].tolist(), strict=True)
        shown = ((piece.decode("utf-8", "backslashreplace"), count) for piece, count in rows)
        return html_table(f"{self!r}: those longer than a byte", ("piece", "count"), shown)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Vocabulary):
            return NotImplemented
        same = self.options == other.options and self.pieces == other.pieces
        return same and bool((self.counts == other.counts).all())

    __hash__ = None  # type: ignore[assignment]

    @property
    def size(self) -> int:
        """How many ids there are: pieces, special tokens, reserved ones."""
        return len(self.pieces) + len(self.options.specials) + self.options.reserved

    @property
    def first_id(self) -> int:
        """The id of the first piece; the others follow."""
        return self.size - len(self.pieces) if self.options.special_ids == "start" else 0

    @property
    def specials(self) -> dict[str, int]:
        """The special tokens and their ids."""
        first = 0 if self.options.special_ids == "start" else len(self.pieces)
        return {special: first + number for number, special in enumerate(self.options.specials)}

    @cached_property
    def row_of(self) -> dict[bytes, int]:
        """Where each piece stands in `pieces`."""
        return {piece: row for row, piece in enumerate(self.pieces)}

    @cached_property
    def scores(self) -> Nats:
        """(n,) ln count - ln total: the log-probability of each piece, nats."""
        scores: Nats = np.log(self.counts) - np.log(int(self.counts.sum()))
        return scores

    @cached_property
    def costs(self) -> Nats:
        """(n,) what each piece costs where text is cut, nats: token price - score."""
        costs: Nats = self.options.token_price - self.scores
        return costs

    @cached_property
    def spelling(self) -> tuple[Bytes, Offsets]:
        """All pieces one after the other, (b,); piece i lies between offsets i and i + 1, (n + 1,)."""
        offsets = np.fromiter(accumulate(map(len, self.pieces), initial=0), np.int64, len(self.pieces) + 1)
        return np.frombuffer(b"".join(self.pieces), np.uint8), offsets

    def _header(self) -> dict[str, Any]:
        """What a file says before the pieces."""
        about = {key: value for key, value in self.about.items() if key not in ("format", "minent")}
        first = provenance.describe("tokenizer", digest="", size=0, options={})
        rules = {name.replace("_", "-"): value for name, value in asdict(self.options).items()}
        return {"format": first["format"], "minent": self.about.get("minent", first["minent"])} | about | rules

    def write(self, stream: BinaryIO) -> None:
        """Write the vocabulary as JSON, a line for each piece: its text, or its bytes in hex, and its count."""
        header = self._header()
        lines = [f"{_json(key)}: {_json(value)},\n" for key, value in header.items()]
        lines.append(f"{_json(_CHECKSUM)}: {_json(self.checksum)},\n")
        rows = zip(map(_spell, self.pieces), self.counts.tolist(), strict=True)
        body = ",\n".join([f"[{piece}, {count}]" for piece, count in rows])
        stream.write(("{\n" + "".join(lines) + '"pieces": [\n' + body + "\n]}\n").encode())

    @property
    def checksum(self) -> str:
        """A hash of all that its file holds, in hex."""
        return self._digest(self._header())

    def _digest(self, header: dict[str, Any]) -> str:
        """A hash of all that a file holds, however it is laid out."""
        digest = blake2b(_json(header, sort_keys=True).encode(), digest_size=16)
        letters, offsets = self.spelling
        for array in (letters, offsets.astype("<i8"), self.counts.astype("<i8")):
            digest.update(array.tobytes())
        return digest.hexdigest()

    def save(self, path: StrPath, *, force: bool = False) -> None:
        """Write the vocabulary to a file; see `minent.files.atomic_write`."""
        with atomic_write(path, force=force) as stream:
            self.write(stream)

    def unlike_bytepiece(self) -> list[str]:
        """Name the options that BytePiece does not have; it would give other ids.

        Isolated digits are what its training has: it does not know of them any more when it cuts text.
        """
        names = [option.name for option in fields(VocabularyOptions) if option.name != "isolate_digits"]
        own, theirs = self.options, BYTEPIECE
        return [f"{name} {getattr(own, name)!r}" for name in names if getattr(own, name) != getattr(theirs, name)]

    def write_bytepiece(self, stream: BinaryIO) -> None:
        """Write the vocabulary as a model of BytePiece 0.6.3, byte for byte as BytePiece would.

        Raises InputError if BytePiece would cut text in another way or give other ids.
        """
        if unlike := self.unlike_bytepiece():
            raise InputError(f"a BytePiece model cannot say {', '.join(unlike)}; BytePiece always has {BYTEPIECE}")
        if self.options.isolate_digits and any(map(joins_digit, self.pieces)):
            piece = next(filter(joins_digit, self.pieces))
            raise InputError(f"a BytePiece model cannot say isolate_digits True, and would use the piece {piece!r}")
        rows = [
            f'    "{b64encode(piece).decode()}": [\n        {number},\n        '
            f"{_json(piece.decode(errors='ignore'))},\n        {count}\n    ]"
            for number, (piece, count) in enumerate(zip(self.pieces, self.counts.tolist(), strict=True), start=3)
        ]
        stream.write(("{\n" + ",\n".join(rows) + "\n}").encode())

    def save_bytepiece(self, path: StrPath, *, force: bool = False) -> None:
        """Write a model of BytePiece to a file, see `write_bytepiece` and `minent.files.atomic_write`."""
        with atomic_write(path, force=force) as stream:
            self.write_bytepiece(stream)

    @classmethod
    def load(cls, path: StrPath) -> "Vocabulary":
        """Read what `save` wrote, or a model of BytePiece, checking everything.

        Raises OSError if the file cannot be read, FormatError if it is neither, damaged or changed.
        """
        name = str(path)
        with Path(path).open("rb") as stream:
            data = stream.read(_MAX_FILE + 1)
        if len(data) > _MAX_FILE:
            raise FormatError(name, f"this file is larger than {_MAX_FILE >> 20} MiB; it is no vocabulary")
        try:
            with _no_collection():
                content = json.loads(data, object_pairs_hook=_without_repetition)
        except (ValueError, RecursionError) as error:
            reason = str(error) if isinstance(error, InputError) else "this is no JSON"
            raise FormatError(name, f"{reason}; a vocabulary is made by minent train-tokenizer") from None
        if not isinstance(content, dict):
            raise FormatError(name, "this JSON is no vocabulary; one is made by minent train-tokenizer")
        try:
            with _no_collection():
                return _from_content(name, content) if "format" in content else _from_bytepiece(content)
        except FormatError:
            raise
        except InputError as error:
            raise FormatError(name, str(error)) from None
        except UnicodeEncodeError:
            raise FormatError(name, "a text in it has a lone surrogate, which UTF-8 cannot hold") from None


@contextmanager
def _no_collection() -> Iterator[None]:
    """Keep Python from looking for garbage among the many new objects of a file: that is a third of the loading."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def joins_digit(piece: bytes) -> bool:
    """Whether a digit and something else stand in a piece."""
    text = piece.decode(errors="replace")
    return len(text) > 1 and any(map(str.isdecimal, text))


def _json(value: Any, *, sort_keys: bool = False) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=sort_keys)


def _spell(piece: bytes) -> str:
    try:
        return _json(piece.decode())
    except UnicodeDecodeError:
        return '{"hex": "' + piece.hex() + '"}'


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) < len(pairs):
        ((twice, _),) = Counter(key for key, _ in pairs).most_common(1)
        raise InputError(f"{twice!r} stands in it twice")
    return content


def _from_content(name: str, content: dict[str, Any]) -> Vocabulary:
    version = provenance.check_format(name, content, "tokenizer")
    rows = content.pop("pieces", None)
    checksum = content.pop(_CHECKSUM, None)
    chosen = {}
    for option in fields(VocabularyOptions):
        key = option.name.replace("_", "-")
        if key == _PRICE and version == 1:
            chosen[option.name] = 0.0  # tokens had no price then
            continue
        if key not in content:
            raise InputError(f"{key} is missing; the file is damaged")
        chosen[option.name] = content.pop(key)
    if not isinstance(chosen["specials"], list):
        raise InputError("specials must be a list of texts")
    if not all(isinstance(value, str | int | float) for value in content.values()):
        raise InputError("what a vocabulary says of its making must be texts and numbers")
    if not isinstance(rows, list) or set(map(type, rows)) != {list} or set(map(len, rows)) != {2}:
        raise InputError("pieces must be a list of pairs, a piece and its count")
    try:
        pieces = [piece.encode() if type(piece) is str else _read_piece(piece) for piece, _ in rows]
    except UnicodeEncodeError as error:
        raise InputError(f"the piece {error.object!r} has a lone surrogate") from None
    vocabulary = Vocabulary(pieces, [count for _, count in rows], VocabularyOptions(**chosen), content)
    header = vocabulary._header()
    if version == 1:
        header["format"] = content["format"]
        del header[_PRICE]
    if checksum != vocabulary._digest(header):
        raise InputError(
            "its checksum does not fit: it was damaged or changed since it was written; take a fresh copy, or make "
            "the change in Python with minent.Vocabulary and save it"
        )
    return vocabulary


def _read_piece(value: object) -> bytes:
    try:
        if isinstance(value, dict) and list(value) == ["hex"]:
            return bytes.fromhex(value["hex"])
    except (ValueError, TypeError):
        pass
    raise InputError(f'{_shorten(value)} is no piece: write text, or {{"hex": ...}} for bytes that are no text')


def _from_bytepiece(content: dict[str, Any]) -> Vocabulary:
    pieces, counts = [], []
    for number, (key, row) in enumerate(content.items(), start=3):
        try:
            piece = b64decode(key, validate=True)
        except ValueError:
            raise InputError(f"{_shorten(key)} is neither a field of a minent file nor a piece in base64") from None
        if not isinstance(row, list) or len(row) != 3:
            raise InputError(f"with the piece {piece!r} there must be its id, text and count")
        if type(row[0]) is not int or row[0] != number:
            raise InputError(f"the piece {piece!r} has the id {_shorten(row[0])}, here {number} must follow")
        pieces.append(piece)
        counts.append(row[2])
    vocabulary = Vocabulary(pieces, counts, BYTEPIECE)
    if vocabulary.pieces != pieces:
        raise InputError("the pieces of a BytePiece model are sorted by length, then by bytes; these are not")
    return vocabulary


def _shorten(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _check_pieces(pieces: Sequence[bytes], others: int) -> None:
    """Raise InputError unless these can be the pieces of a vocabulary with so many other ids."""
    if len(pieces) + others > MAX_VOCABULARY:
        raise InputError(f"a vocabulary has at most {MAX_VOCABULARY:,} ids, this one has {len(pieces) + others:,}")
    if set(map(type, pieces)) - {bytes}:
        wrong = next(piece for piece in pieces if type(piece) is not bytes)
        raise InputError(f"pieces are bytes, not {_shorten(wrong)}")
    if pieces and not 0 < min(map(len, pieces)) <= max(map(len, pieces)) <= MAX_PIECE_LENGTH:
        row = next(row for row, piece in enumerate(pieces) if not 0 < len(piece) <= MAX_PIECE_LENGTH)
        raise InputError(f"piece {row} has {len(pieces[row])} bytes; a piece has 1 to {MAX_PIECE_LENGTH} bytes")
    distinct = set(pieces)
    if len(distinct) < len(pieces):
        ((twice, _),) = Counter(pieces).most_common(1)
        raise InputError(f"the piece {twice!r} is there twice")
    if missing := [byte for byte in _BYTES if byte not in distinct]:
        some = ", ".join(f"0x{byte[0]:02x}" for byte in missing[:3])
        raise InputError(f"{len(missing)} of the 256 single bytes are no pieces ({some}); all must be")


def _checked_counts(counts: Sequence[int] | Counts, size: int) -> Counts:
    """Return the counts as an array.  Raises InputError unless there are `size` of them, all from 1 on."""
    if not isinstance(counts, np.ndarray):
        if counts and (set(map(type, counts)) != {int} or min(counts) < 1 or max(counts) >= 2**63):
            wrong = next(count for count in counts if type(count) is not int or not 1 <= count < 2**63)
            raise InputError(f"a count must be a whole number from 1 on and below 2^63, not {_shorten(wrong)}")
        values = np.array(counts, np.int64)
    else:
        if counts.dtype.kind not in "iu" or (counts < 1).any() or (counts >= 2**63).any():
            raise InputError("counts must be whole numbers from 1 on and below 2^63")
        values = counts.astype(np.int64)
    if values.shape != (size,):
        raise InputError(f"there are {size:,} pieces and {values.size:,} counts")
    if math.fsum(values.tolist()) >= 2**63:
        raise InputError("the sum of the counts must be below 2^63")
    return values
