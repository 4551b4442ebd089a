"""Text -> symbols: characters or bytes, numbered, with 0 at the borders that n-grams may not cross."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from minent.characters import normalizer
from minent.corpus import Corpus
from minent.errors import InputError
from minent.kernels import encoding
from minent.progress import Progress, Silent
from minent.types import Bytes, Counts, Keys, Nodes, Symbols

CHARACTERS = "characters"
BYTES = "bytes"
ALPHABETS = (CHARACTERS, BYTES)
# The bytes that occur in valid UTF-8, in the order of their numbers, which begin at 1; see `bytes_to_ids`.
BYTES_OF_TEXT: Counts = np.array([*range(0xC0), *range(0xC2, 0xF5)])

# Small enough that the memory of one piece of text serves the next.
_CHUNK = 1 << 16
# Symbols to make room for at first, however large the files are.
_MOST_AT_FIRST = 1 << 30


class Numbering:
    """Characters numbered by first appearance, from 1; 0 is the line feed.  Grows as it reads."""

    def __init__(self) -> None:
        self._id_of: Nodes = np.zeros(0x110000, np.int32)
        self._seen: Nodes = np.zeros(0xFFFF, np.int32)
        self._size = 0
        self._surrogates = False
        self.dtype: type[np.uint16] | type[np.uint32] = np.uint16

    def read(self, text: bytes, room: Symbols | None = None) -> Symbols:
        """Return the numbers of the characters of valid UTF-8, as (n,) uint16; uint32 once there are more than 65,535.

        room  (>= bytes,) array they are written to if it has the right type
        """
        ids, _ = self.number(np.frombuffer(text, np.uint8), room)
        if text and not ids.size:
            raise InputError("text to number is not UTF-8; decode it through a Corpus")
        return ids

    def number(self, text: Bytes, room: Symbols | None = None) -> tuple[Symbols, bool]:
        """Return the same for text, (n,) uint8, that may be invalid, and whether it is not; none if it breaks off."""
        ids = np.empty(text.size, self.dtype) if room is None or room.dtype != self.dtype else room
        written, size, sound = encoding.code_points_to_ids(text, self._id_of, self._seen, self._size, ids)
        new = self._seen[self._size : size]
        self._surrogates |= bool(((new >= 0xD800) & (new < 0xE000)).any())
        self._size = size
        if written == -2:
            self._seen = np.concatenate([self._seen, np.zeros(0x110000 - self._size, np.int32)])
            self.dtype = np.uint32
            return self.number(text, room)
        if written == -1:
            return ids[:0], False
        # Once there has been a surrogate, the kernel does not notice the next.
        return ids[:written], sound and not (self._surrogates and not encoding.is_utf8(text))

    @property
    def code_points(self) -> Nodes:
        """The characters numbered so far, (k,) int32: number - 1 -> code point."""
        return self._seen[: self._size]


class Digest:
    """A name for the lines read, the same in any order: the sum of 128-bit hashes of the lines."""

    def __init__(self) -> None:
        self._state = np.array([*_SEEDS, 0, 0, 0, 0], np.uint64)
        self.size = 0

    def read(self, text: bytes | memoryview) -> None:
        """Go on with the next piece of the document."""
        encoding.digest_lines(np.frombuffer(text, np.uint8), self._state)
        self.size += len(text)

    @property
    def sums(self) -> Keys:
        """The sums of both halves of the hashes of the lines that have ended, (2,) uint64."""
        return self._state[2:4]

    @staticmethod
    def of(sums: Sequence[Keys]) -> str:
        """Return the digest of texts read apart, 32 hex digits."""
        first, second = np.stack(sums).sum(axis=0, dtype=np.uint64).tolist()
        return f"{first:016x}{second:016x}"

    def end_document(self) -> None:
        """End the last line of a document that has no line feed."""
        if self._state[5]:
            encoding.digest_lines(np.frombuffer(b"\n", np.uint8), self._state)

    def hex(self) -> str:
        """The digest of the lines that have ended, 32 hex digits."""
        return Digest.of([self.sums])


_SEEDS = (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F)


class Encoded(NamedTuple):
    """The characters of a corpus as numbers."""

    ids: Symbols  # (n,) uint16 or uint32: symbols, 0 = border
    alphabet: Counts  # (k,) int64: symbol - 1 -> code point, ascending
    digest: str
    size: int  # bytes of decoded text


def encode_corpus(corpus: Corpus, *, normalize: str = "none", progress: Progress | None = None) -> Encoded:
    """Read a corpus once, into characters numbered in the order of their code points; the line feed is a border.

    normalize  see `normalizer`

    Raises what reading the corpus raises.
    """
    progress = progress or Silent()
    progress.stage("reading", corpus.size)
    numbering = Numbering()
    digest = Digest()
    store = _Store(corpus.size)
    for document in corpus.documents():
        for chunk in document.chunks(_CHUNK):
            store.add(numbering.read(chunk, store.room(len(chunk))))
            digest.read(chunk)
        digest.end_document()
        store.add(np.zeros(1, np.uint16))
    normal = normalizer(normalize)
    normalized = np.array([normal(code) for code in numbering.code_points.tolist()], np.int64)
    alphabet = np.unique(normalized)
    final = np.zeros(normalized.size + 1, store.ids.dtype)
    final[1:] = np.searchsorted(alphabet, normalized) + 1
    encoding.renumber(store.ids, final, store.ids)
    return Encoded(store.ids, alphabet, digest.hex(), digest.size)


class _Store:
    """Symbols under way: one array that grows, because touching new memory costs more than filling it."""

    def __init__(self, size: int | None) -> None:
        self._ids: Symbols = np.empty(min(size or _CHUNK, _MOST_AT_FIRST), np.uint16)
        self._used = 0

    def room(self, size: int) -> Symbols:
        """Return the free end of the array, at least `size` long."""
        if self._ids.size < self._used + size:
            self._grow(self._used + size, self._ids.dtype)
        return self._ids[self._used :]

    def add(self, ids: Symbols) -> None:
        """Add symbols, unless they stand in `room` already."""
        if ids.dtype.itemsize > self._ids.dtype.itemsize:
            self._grow(self._used + ids.size, ids.dtype)
        if not np.may_share_memory(ids, self._ids):
            self.room(ids.size)[: ids.size] = ids
        self._used += ids.size

    def _grow(self, least: int, dtype: np.dtype[Any]) -> None:
        grown = np.empty(max(least, self._ids.size * 3 // 2), dtype)
        grown[: self._used] = self.ids
        self._ids = grown

    @property
    def ids(self) -> Symbols:
        """What has been added."""
        return self._ids[: self._used]
