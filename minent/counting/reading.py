"""Corpus -> symbols put aside, in the numbers they get while reading, and all that one pass over the text can count."""

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import Any, NamedTuple

import numpy as np

from minent.alphabet import BYTES, BYTES_OF_TEXT, Digest, Numbering
from minent.corpus import Corpus, Document, Piece
from minent.counting.spool import Place, Spool
from minent.kernels import encoding, windows
from minent.types import Bytes, Counts, Keys, Symbols

# Number of the line feed among bytes, see `bytes_to_ids`: behind it a block ends.
LINE_FEED = 11

# Text read at once, bytes, and symbols in a block at least: both fit the second-level cache.
_PIECE = 1 << 18
_BLOCK = 1 << 17
# More readers would wait for the one who fetches the text.
_READERS = 6
# Pieces of text that may wait for each of them.
_AHEAD = 2
# Text, bytes on disk, after which what has been read is handed over at the end of a document.
_STEP = 1 << 25


class Block(NamedTuple):
    """Symbols.

    positions  how many of them n-grams of this block begin with; those behind them begin n-grams of the next
    """

    place: Place
    positions: int


class Read(NamedTuple):
    """Some text that has been read; the parts of a corpus may be read apart, in any order.

    codes    (c,) int64: number - 1 -> code point or byte
    counts   (c,) int64: how often each occurs
    pairs    (65536,) int64: occurrences of each pair of bytes, 256 first + second number; None for characters
    lengths  (2, order + 1) int64: see `minent.kernels.windows.count_symbols`
    digest   (2,) uint64: see `Digest.sums`
    size     bytes of decoded text
    type     of the numbers: uint8, uint16 or uint32
    blocks   of numbers, 0 = border
    """

    codes: Counts
    counts: Counts
    pairs: Counts | None
    lengths: Counts
    digest: Keys
    size: int
    type: np.dtype[Any]
    blocks: list[Block]


def read_corpus(
    corpus: Corpus,
    alphabet: str,
    order: int,
    spool: Spool,
    take: Callable[[int, list[Read]], None],
    *,
    skip: int = 0,
    threads: int = 1,
) -> None:
    """Read a corpus once; the symbols go to a spool.

    alphabet  "characters": lines are blocks, the line feed is no symbol.  "bytes": every byte is one; a block ends
              after a line feed
    order     symbols in the longest n-grams: so far a block looks ahead
    take      called now and then with the number of documents read so far, and what was read since the last time
    skip      documents read before

    Raises what reading the corpus raises, and what the spool raises.
    """
    kind = _ByteReader if alphabet == BYTES else _CharacterReader
    done, text = skip, 0
    with _Team(lambda: kind(spool, order), min(threads, _READERS)) as team:
        for document in islice(corpus.documents(), skip, None):
            text += team.read(document)
            done += 1
            if text >= _STEP:
                take(done, team.finish())
                text = 0
        take(done, team.finish())


class _Team:
    """Readers that take turns, each on a thread of its own if there are several."""

    def __init__(self, make: Callable[[], "_Reader"], size: int) -> None:
        self._make = make
        self._readers = [make() for _ in range(size)]
        self._pools = [ThreadPoolExecutor(1) for _ in range(size)] if size > 1 else []
        self._waiting: deque[Future[None]] = deque()
        self._turn = 0

    def __enter__(self) -> "_Team":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            # What fails here was caused before whatever ended the reading.
            if kind is None or issubclass(kind, Exception):
                self._wait(0)
        finally:
            for pool in self._pools:
                pool.shutdown(cancel_futures=True)

    def read(self, document: Document) -> int:
        """Read a document.  Returns its bytes."""
        is_open = False
        size = 0
        for piece in document.pieces(_PIECE):
            if not is_open:  # else the line goes on, with the same reader
                self._turn = (self._turn + 1) % len(self._readers)
            reader = self._readers[self._turn]
            self._do(reader.read, document, piece.copy() if self._pools else piece)
            is_open = piece.is_open
            size += len(piece.text)
        if is_open:
            self._do(self._readers[self._turn].end_document)
        return size

    def finish(self) -> list[Read]:
        """Return what has been read, and begin anew."""
        self._wait(0)
        reads = [reader.finish() for reader in self._readers]
        self._readers = [self._make() for _ in self._readers]
        return reads

    def _do(self, step: Callable[..., None], *arguments: object) -> None:
        if not self._pools:
            step(*arguments)
            return
        self._waiting.append(self._pools[self._turn].submit(step, *arguments))
        self._wait(_AHEAD * len(self._pools))

    def _wait(self, most: int) -> None:
        """Wait until at most so many pieces are under way; of several errors the first in the text is raised."""
        while len(self._waiting) > most:
            try:
                self._waiting.popleft().result()
            except BaseException:
                self._waiting.clear()
                raise


class _Reader(ABC):
    """Numbers text, and counts what can be counted at once."""

    _pairs: Counts | None = None
    _closing = 0

    def __init__(self, spool: Spool, order: int) -> None:
        self._spool = spool
        self._digest = Digest()
        self._lengths = np.zeros((2, order + 1), np.int64)
        self._blocks: list[Block] = []
        self._type: type[Any] = np.uint8
        self._ahead = order
        self._room: Symbols = np.empty(0, np.uint8)
        self._used = 0
        self._run = 0

    def read(self, document: Document, piece: Piece) -> None:
        """Read some text; where a line is cut, the next piece goes on with it."""
        text: memoryview | bytes = piece.text
        if not self._number(np.frombuffer(text, np.uint8)):
            text = document.check(piece)
            self._number(np.frombuffer(text, np.uint8))
        self._digest.read(text)

    def end_document(self) -> None:
        """End the last line of a document that has no line feed."""
        self._digest.end_document()
        border = self._make_room(1)
        border[0] = 0
        self._add(1, border)

    def finish(self) -> Read:
        """Return what has been read; the last line must have ended."""
        if self._used:
            self._end_block()
        codes, counts = self._counted()
        kind = np.dtype(self._type)
        return Read(codes, counts, self._pairs, self._lengths, self._digest.sums, self._digest.size, kind, self._blocks)

    @abstractmethod
    def _counted(self) -> tuple[Counts, Counts]:
        """Return what the numbers from 1 on stand for, and how often each occurs."""

    @abstractmethod
    def _number(self, text: Bytes) -> bool:
        """Add a piece of text, if it is valid; say whether it is."""

    @abstractmethod
    def _count(self, ids: Symbols) -> None:
        """Count new symbols."""

    def _make_room(self, size: int) -> Symbols:
        """Return room for more symbols behind those of the block under way."""
        if self._room.size < self._used + size or self._room.dtype != self._type:
            room: Symbols = np.empty(max(self._used + size, _BLOCK + 2 * _PIECE), self._type)
            room[: self._used] = self._room[: self._used]
            self._room = room
        return self._room[self._used :]

    def _add(self, size: int, ids: Symbols) -> None:
        """Add the first symbols of what `_make_room` gave."""
        self._count(ids[:size])
        self._used += size
        if self._used >= _BLOCK:
            self._end_block()

    def _end_block(self) -> None:
        """Put the block aside; if it ends within a line, its last symbols begin the next one too."""
        ends = self._room[self._used - 1] in (0, self._closing)
        positions = self._used if ends else self._used - self._ahead
        self._blocks.append(Block(self._spool.put(self._room[: self._used]), positions))
        left = self._used - positions
        self._room[:left] = self._room[positions : self._used]
        self._used = left


class _CharacterReader(_Reader):
    def __init__(self, spool: Spool, order: int) -> None:
        super().__init__(spool, order)
        self._type = np.uint16
        self._numbering = Numbering()
        self._counts: Counts = np.zeros(1 << 16, np.int64)

    def _counted(self) -> tuple[Counts, Counts]:
        codes = self._numbering.code_points.astype(np.int64)
        return codes, self._counts[1 : codes.size + 1]

    def _number(self, text: Bytes) -> bool:
        ids, sound = self._numbering.number(text, self._make_room(text.size))
        if not sound:
            return False
        if ids.dtype != self._type:
            self._type = self._numbering.dtype
            self._counts = np.concatenate([self._counts, np.zeros(0x110001 - self._counts.size, np.int64)])
            self._make_room(ids.size)[: ids.size] = ids
        self._add(ids.size, ids)
        return True

    def _count(self, ids: Symbols) -> None:
        self._run = windows.count_symbols(ids, self._counts, self._lengths, self._run)


class _ByteReader(_Reader):
    _pairs: Counts
    _closing = LINE_FEED

    def __init__(self, spool: Spool, order: int) -> None:
        super().__init__(spool, order)
        self._pairs = np.zeros(1 << 16, np.int64)
        self._before = 0

    def _counted(self) -> tuple[Counts, Counts]:
        counts: Counts = self._pairs.reshape(256, 256).sum(axis=1)
        return BYTES_OF_TEXT, counts[1 : BYTES_OF_TEXT.size + 1]

    def _number(self, text: Bytes) -> bool:
        if not encoding.is_utf8(text):
            return False
        room = self._make_room(text.size)
        encoding.bytes_to_ids(text, room)
        self._add(text.size, room)
        return True

    def _count(self, ids: Symbols) -> None:
        self._before, self._run = windows.count_pairs(
            ids, self._closing, self._pairs, self._lengths, self._before, self._run
        )
