"""A corpus -> symbols of pieces, in stretches, put aside; read twice: once to count characters, once to number them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np

from minent.alphabet import Digest
from minent.corpus import Corpus, Document
from minent.counting.spool import Place, Spool
from minent.kernels import symbols as kernels
from minent.progress import Progress
from minent.steps import Arrays, Steps
from minent.types import Bytes, Counts, Nodes, Offsets, Symbols

# Symbols of a block that kernels have room for.
LONGEST_BLOCK = 2048
# Bytes of one document that count as one place where a piece occurs: at most, and of how many parts of the corpus.
_STRETCH = 1 << 16
_STRETCHES = 256
# Bytes of text put aside together.
_PART = 1 << 20
_CHUNK = 1 << 16
# Symbols that are enough to find out which pieces can be frequent.
_FEW = 5_000_000
_MOST_SYMBOLS = 0xFFFF
_ALONE = 1 << 16
_BORDER = 1 << 17
# What stands for a border in prepared text: no text has it.
BORDER = "\udfff"

# A document's text bit by bit, and whether that was all -> text with the borders it wants, whole characters.
Prepare = Callable[[bytes, bool], bytes]


@dataclass(frozen=True)
class Rules:
    """How text becomes blocks that no piece crosses, and what the smallest pieces are.

    prepare      gives each document what brings it into normal form, and borders into it; None: nothing does
    own_newlines newlines are blocks of their own
    is_alone     characters that are blocks of their own
    characters   whether pieces are whole characters, or any bytes
    widest       bytes of a character that may be a symbol
    longest      symbols a block may have: a longer one is cut, so that its price fits 30 bits
    """

    prepare: Callable[[], Prepare] | None = None
    own_newlines: bool = False
    is_alone: Callable[[str], bool] | None = None
    characters: bool = True
    widest: int = 4
    longest: int = LONGEST_BLOCK


class Alphabet:
    """Symbols: 1 to 256 are the bytes, those behind are characters of two bytes and more, most frequent first.

    counts  (0x110000,) int64: how often each character occurs
    rules   how text becomes blocks

    size       one more than the largest symbol
    number_of  (0x110000,) uint32, see `kernels.symbols.number_text`
    spelling   the bytes of each symbol; symbol 0 has none
    width      (size,) int32: their number
    joins      (size,) bool: whether the symbol may be part of a longer piece
    """

    def __init__(self, counts: Counts, rules: Rules) -> None:
        codes = np.flatnonzero(counts[0x80:] > 1) + 0x80 if rules.characters else np.zeros(0, np.int64)
        codes = codes[1 + np.searchsorted((0x80, 0x800, 0x10000), codes, "right") <= rules.widest]
        codes = codes[np.argsort(-counts[codes], kind="stable")][: _MOST_SYMBOLS - 256]
        self.number_of: Symbols = np.zeros(0x110000, np.uint32)
        self.number_of[codes] = np.arange(257, 257 + codes.size)
        self.number_of[:0x80] = np.arange(1, 0x81)
        if rules.is_alone is not None:
            alone = [code for code in np.flatnonzero(counts).tolist() if rules.is_alone(chr(code))]
            self.number_of[alone] |= _ALONE
        self.number_of[ord(BORDER)] = _BORDER
        self.spelling = [b"", *(bytes([byte]) for byte in range(256)), *(chr(code).encode() for code in codes.tolist())]
        self.width: Nodes = np.array([len(letters) for letters in self.spelling], np.int32)
        self.joins = np.ones(self.size, np.bool_)
        if rules.characters:
            self.joins[0x81:257] = False

    @classmethod
    def of(cls, text: str, *, characters: bool) -> "Alphabet":
        """Return the symbols of all characters of a text."""
        counts = np.zeros(0x110000, np.int64)
        counts[list({ord(character) for character in text})] = 2
        return cls(counts, Rules(characters=characters))

    def symbols(self, piece: bytes) -> list[int]:
        """Return the symbols of some bytes, of characters where they are such."""
        try:
            characters = [character.encode() for character in piece.decode()]
        except UnicodeDecodeError:
            characters = [piece]
        number = self._number_of
        return [
            symbol for each in characters for symbol in ([number[each]] if each in number else [b + 1 for b in each])
        ]

    @cached_property
    def _number_of(self) -> dict[bytes, int]:
        return {letters: symbol for symbol, letters in enumerate(self.spelling)}

    @property
    def size(self) -> int:
        """One more than the largest symbol."""
        return len(self.spelling)


class Part(NamedTuple):
    """Stretches put aside together.

    place   of their symbols
    starts  (s + 1,) int64: where each begins
    """

    place: Place
    starts: Offsets


@dataclass
class Text:
    """A corpus as symbols.

    parts     those of its sample
    few       about _FEW symbols of them, of blocks chosen by what is in them; the same if there are no more
    alphabet  what the symbols are
    digest    of the lines
    size      bytes of the corpus
    sampled   whether the parts are less than all
    """

    alphabet: Alphabet
    digest: str
    size: int
    sampled: bool
    spool: Spool
    parts: list[Part] = field(default_factory=list)
    few: list[Part] = field(default_factory=list)


def read_symbols(
    corpus: Corpus, rules: Rules, spool: Spool, sample: int, progress: Progress, steps: Steps | None = None
) -> Text:
    """Read a corpus twice, into symbols.

    sample  about how many characters to take at most, from blocks chosen by what is in them
    steps   what has been read; the spool is then one that stays

    Raises what reading the corpus raises.
    """
    steps = steps or Steps()

    def count() -> Arrays:
        progress.stage("counting characters", corpus.size)
        counts, digest = count_characters(corpus, rules)
        codes = np.flatnonzero(counts)
        return codes, counts[codes], np.frombuffer(digest.hex().encode(), np.uint8), np.array([digest.size])

    codes, found, digest, size = steps.take("characters", count)
    counts: Counts = np.zeros(0x110000, np.int64)
    counts[codes] = found
    total = int(counts.sum())
    alphabet = Alphabet(counts, rules)
    read = Text(alphabet, digest.tobytes().decode(), int(size[0]), total > sample, spool)
    stretch = min(_STRETCH, read.size // _STRETCHES + 1)

    def put() -> Arrays:
        progress.stage("reading", corpus.size)
        for part, starts in read_parts(corpus, rules, alphabet, min(1.0, sample / max(total, 1)), stretch):
            read.parts.append(Part(spool.put(part), starts))
        read.few = _thinned(read.parts, spool)
        spool.sync()
        return *_pack(read.parts), *(() if read.few is read.parts else _pack(read.few))

    packed = steps.take("text", put)
    if not read.parts:
        read.parts = _unpack(packed[:4])
        read.few = _unpack(packed[4:]) or read.parts
    return read


def _thinned(parts: list[Part], spool: Spool) -> list[Part]:
    """Put few of the blocks aside once more."""
    size = sum(part.place.size for part in parts)
    if size <= _FEW:
        return parts
    threshold = int(_FEW / size * 2.0**63)
    few = []
    for part in parts:
        symbols = spool.get(part.place)
        thinned, begins = np.empty_like(symbols), np.empty_like(part.starts)
        taken = kernels.thin_blocks(symbols, part.starts, threshold, thinned, begins)
        few.append(Part(spool.put(thinned[:taken]), begins))
    return few


def count_characters(corpus: Corpus, rules: Rules) -> tuple[Counts, Digest]:
    """Return how often each character occurs in a corpus, (0x110000,), and the digest of its lines."""
    counts: Counts = np.zeros(0x110000, np.int64)
    digest = Digest()
    for document in corpus.documents():
        for text in _prepared(document, rules, digest):
            kernels.count_characters(np.frombuffer(text, np.uint8), counts)
        digest.end_document()
    counts[ord(BORDER)] = 0
    return counts, digest


def _pack(parts: list[Part]) -> Arrays:
    """Return where parts are, to be kept; nothing if they are in memory."""
    places = [part.place.where for part in parts if isinstance(part.place.where, int)]
    if not places or len(places) < len(parts):
        return ()
    starts = [part.starts for part in parts]
    sizes = [part.place.size for part in parts]
    return np.array(places), np.array(sizes), np.array([each.size for each in starts]), np.concatenate(starts)


def _unpack(packed: Arrays) -> list[Part]:
    if not packed:
        return []
    places, sizes, n_starts, starts = packed
    rows = zip(places.tolist(), sizes.tolist(), np.split(starts, np.cumsum(n_starts)[:-1]), strict=True)
    return [Part(Place(where, size, np.dtype(np.uint16)), of_part) for where, size, of_part in rows]


def read_parts(
    corpus: Corpus, rules: Rules, alphabet: Alphabet, share: float, stretch: int = _STRETCH
) -> Iterator[tuple[Symbols, Offsets]]:
    """Yield a corpus as symbols: parts of it, good until the next is asked for, and where their stretches begin.

    share    of the blocks to take
    stretch  its bytes

    Raises what reading the corpus raises.
    """
    threshold = min(int(share * 2.0**63), 2**63 - 1)
    room = _Room(alphabet, (rules.longest, rules.own_newlines, stretch, threshold))
    for document in corpus.documents():
        for text in _prepared(document, rules, None):
            yield from room.add(np.frombuffer(text, np.uint8))
        room.end_stretch()
    if room.starts[-1]:
        yield room.take()


class _Room:
    """Symbols under way: whole stretches, and the one that grows."""

    def __init__(self, alphabet: Alphabet, rules: tuple[int, bool, int, int]) -> None:
        self._alphabet = alphabet
        self._rules = rules
        self._symbols: Symbols = np.zeros(_PART + (_PART >> 1), np.uint16)
        self._state: Offsets = np.array([0, 0, 0, -7046029254386353131, 0], np.int64)
        self.starts = [0]

    def add(self, text: Bytes) -> Iterator[tuple[Symbols, Offsets]]:
        """Turn text into symbols; yield what is full."""
        while text.size:
            if self._state[0] > _PART and self.starts[-1]:
                yield self.take()
            if self._state[0] + 2 * text.size + 2 > self._symbols.size:
                self._symbols = np.concatenate([self._symbols, np.zeros(2 * text.size + _PART, np.uint16)])
            read = kernels.number_text(text, self._alphabet.number_of, self._rules, self._state, self._symbols)
            if read < text.size:
                self.starts.append(int(self._state[0]))
                self._state[4] = 0
            text = text[read:]

    def end_stretch(self) -> None:
        """End the document."""
        border = np.frombuffer(BORDER.encode("utf-8", "surrogatepass"), np.uint8)
        kernels.number_text(border, self._alphabet.number_of, self._rules, self._state, self._symbols)
        self._state[2] = self._state[4] = 0
        if self._state[0] > self.starts[-1]:
            self.starts.append(int(self._state[0]))

    def take(self) -> tuple[Symbols, Offsets]:
        """Return the whole stretches, and begin anew behind them."""
        end = self.starts[-1]
        taken = self._symbols[:end].copy(), np.array(self.starts, np.int64)
        rest = int(self._state[0]) - end
        self._symbols[:rest] = self._symbols[end : end + rest].copy()
        self._state[:2] -= end
        self.starts = [0]
        return taken


def _prepared(document: Document, rules: Rules, digest: Digest | None) -> Iterator[bytes]:
    """Yield the text of a document, prepared if it has to be."""
    prepare = rules.prepare() if rules.prepare is not None else lambda data, final: data
    for chunk in document.chunks(_CHUNK):
        if digest is not None:
            digest.read(chunk)
        yield prepare(chunk, False)
    yield prepare(b"", True)
