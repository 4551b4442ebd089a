"""Tokenizer: text to ids and back, with a vocabulary."""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from itertools import accumulate
from typing import NamedTuple, TypeAlias

import numpy as np

from minent.errors import InputError
from minent.files import StrPath
from minent.kernels import tokens
from minent.tokenizing import machine
from minent.tokenizing.cutter import Cutter, Rules
from minent.tokenizing.paths import Lattice
from minent.tokenizing.streams import Decoder, Encoder
from minent.tokenizing.text import prepare, to_bytes
from minent.types import Array, Bytes, Keys, Nats, Nodes, Offsets
from minent.vocabulary import Vocabulary

_DECODED = 1 << 20  # bytes that are decoded at a time
_CHUNK = 1 << 16  # bytes in which line ends are looked for at a time

Text: TypeAlias = str | bytes
Ids: TypeAlias = Sequence[int] | Nodes


class Encoding(NamedTuple):
    """Ids, and where they lie in the text.

    text        the bytes that were cut: the text in its normal form, if the vocabulary asks for one
    ids         (n,)    int32
    bytes       (n, 2)  int64: first byte and last + 1 of each
    characters  (n, 2)  int64: first and last + 1 of the characters that each has a part of
    """

    text: Bytes
    ids: Nodes
    bytes: Offsets
    characters: Offsets


class Batch(NamedTuple):
    """The ids of several texts, one after the other.

    ids      (n,)      int32
    offsets  (t + 1,)  int64: text i has ids[offsets[i]:offsets[i + 1]]
    """

    ids: Nodes
    offsets: Offsets

    def split(self) -> list[Nodes]:
        """Return the ids of each text."""
        return np.split(self.ids, self.offsets[1:-1])


class Healing(NamedTuple):
    """Where to go on with a text whose last pieces are taken back.

    ids         what stays of the ids
    prefix      bytes the next piece must begin with
    candidates  (c,) int32: the pieces that do
    weights     (c,) float64: how probable each is among them, by the counts of the vocabulary
    """

    ids: Nodes
    prefix: bytes
    candidates: Nodes
    weights: Nats


class _Spelling(NamedTuple):
    """The bytes of ids, see `kernels.tokens.to_bytes`."""

    words: Keys
    places: Keys


class Tokenizer:
    """Cuts text into the pieces of a vocabulary: the way of highest weight, by exact Viterbi.

    The weight W of a way is P exp(-token_price n): the probability P of its n pieces, and less for each of them where
    tokens have a price.  Costs, -ln W, are fixed point, so that a text is cut the same way however it comes; of two
    ways equally cheap the one whose last piece is longer wins, from the end of the text backwards.  With the options of
    BytePiece sums are of doubles, line by line, as BytePiece has them: the ids are the same to the last tie.  Without
    normalisation decode(encode(data)) == data for all bytes.

    Threads can share a tokenizer.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self._idle: list[Cutter] = []
        self._texts: list[Bytes] = []  # room to decode into

    @classmethod
    def load(cls, path: StrPath) -> "Tokenizer":
        """Load a tokenizer.json or a model of BytePiece; see `Vocabulary.load`."""
        return cls(Vocabulary.load(path))

    def save(self, path: StrPath, *, force: bool = False) -> None:
        """Save the vocabulary as tokenizer.json; see `Vocabulary.save`."""
        self.vocabulary.save(path, force=force)

    def __repr__(self) -> str:
        return f"Tokenizer({self.vocabulary!r})"

    @property
    def vocab_size(self) -> int:
        """How many ids there are."""
        return self.vocabulary.size

    def piece_to_id(self, piece: Text) -> int:
        """Return the id of a piece, or of a special token given as str.  Raises InputError if there is none."""
        if isinstance(piece, str) and piece in self.vocabulary.specials:
            return self.vocabulary.specials[piece]
        row = self.vocabulary.row_of.get(to_bytes(piece, "none"))
        if row is None:
            raise InputError(f"{piece!r} is no piece of this vocabulary")
        return row + self.vocabulary.first_id

    def id_to_piece(self, number: int) -> bytes:
        """Return the bytes of an id; of a special token its text, of a reserved id nothing.

        Raises InputError if there is no such id.
        """
        return self._bytes_of(np.array([number]), skip_specials=False)

    # Text to ids.

    def encode(self, text: Text, *, specials: bool = False) -> Nodes:
        """Return the ids of a text, (n,) int32.

        specials  whether the texts of special tokens become their ids; otherwise they are text like any other

        Raises InputError if the text is neither str nor bytes, or has a lone surrogate.
        """
        if specials and (parts := self._parts(to_bytes(text, "none"))):
            pieces = [part if isinstance(part, int) else self.encode(part) for part in parts]
            return np.concatenate([np.atleast_1d(np.asarray(piece, np.int32)) for piece in pieces])
        data, cuts = prepare(text, self.vocabulary.options)
        with self._cutter() as cutter:
            return cutter.cut(np.frombuffer(data, np.uint8), cuts)[0]

    def _parts(self, data: bytes) -> list[bytes | int]:
        """Cut a text at its special tokens, the longest first where several begin; none if it has none."""
        numbers = {special.encode(): number for special, number in self.vocabulary.specials.items()}
        if not numbers:
            return []
        pattern = b"(" + b"|".join(map(re.escape, sorted(numbers, key=len, reverse=True))) + b")"
        parts = re.split(pattern, data)
        return [numbers[part] if odd % 2 else part for odd, part in enumerate(parts)] if len(parts) > 1 else []

    def tokenize(self, text: Text) -> list[bytes]:
        """Return the pieces of a text."""
        pieces, first = self.vocabulary.pieces, self.vocabulary.first_id
        return [pieces[number - first] for number in self.encode(text).tolist()]

    def encode_with_offsets(self, text: Text) -> Encoding:
        """Return the ids of a text, and where they lie in it; see `encode`."""
        data = np.frombuffer(to_bytes(text, self.vocabulary.options.normalization), np.uint8)
        ids = self.encode(text)
        edges = np.concatenate([[0], np.cumsum(self.lengths[ids])])
        begins = np.cumsum(data & 0xC0 != 0x80)  # of a byte: the number of its character, from 1 on
        spans = np.column_stack([edges[:-1], edges[1:]])
        characters = np.maximum(begins[spans - [0, 1]] - [1, 0], 0)
        return Encoding(data, ids, spans, characters)

    def encode_batch(self, texts: Iterable[Text], *, threads: int = 1) -> Batch:
        """Return the ids of each text, as `encode` does, much quicker than one by one where texts are short.

        threads  how many to use; the result is the same for any number
        """
        options = self.vocabulary.options
        prepared = [prepare(text, options) for text in texts]
        ends = np.fromiter(accumulate(len(data) for data, _ in prepared), np.int64, len(prepared))
        starts = ends - np.fromiter((len(data) for data, _ in prepared), np.int64, len(prepared))
        inner = [cuts + start for (_, cuts), start in zip(prepared, starts, strict=True) if cuts.size]
        text = np.frombuffer(b"".join([data for data, _ in prepared]), np.uint8)
        return self._encode_parts(text, ends, np.concatenate([np.empty(0, np.int64), *inner]), threads)

    def encode_lines(self, data: bytes, *, threads: int = 1) -> Batch:
        r"""Return the ids of each line, as `encode` does, the line's "\n" among them; nothing goes on over a line end.

        threads  how many to use; the result is the same for any number
        """
        options = self.vocabulary.options
        if options.pattern != "none":
            return self.encode_batch(data.splitlines(keepends=True) if b"\r" not in data else _lines(data))
        text = np.frombuffer(to_bytes(data, options.normalization), np.uint8)
        ends = _line_ends(text)
        if text.size and (not ends.size or ends[-1] < text.size):
            ends = np.append(ends, text.size)
        return self._encode_parts(text, ends, np.empty(0, np.int64), threads)

    def _encode_parts(self, text: Bytes, ends: Offsets, inner: Offsets, threads: int) -> Batch:
        """Encode the parts of a text.

        ends   (p,) int64: where each part ends; the last one where the text does
        inner  (k,) int64: further places in the parts that no piece crosses
        """
        if not ends.size:
            return Batch(np.empty(0, np.int32), np.zeros(1, np.int64))
        shares = np.searchsorted(ends, np.linspace(0, text.size, threads + 1)[1:-1])
        edges = np.unique([0, *shares, ends.size])

        def encode(share: tuple[int, int]) -> tuple[Nodes, Offsets]:
            low, high = share
            first, last = int(ends[low - 1]) if low else 0, int(ends[high - 1])
            cuts = ends[low : high - 1]
            within = inner[np.searchsorted(inner, first) : np.searchsorted(inner, last)]
            both = np.concatenate([cuts, within])
            order = np.argsort(both, kind="stable")
            with self._cutter() as cutter:
                ids, counts = cutter.cut(text[first:last], both[order] - first)
            return ids, np.append(counts[order < cuts.size], ids.size)

        found = list(_on_threads(encode, list(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)), threads))
        sizes = accumulate((ids.size for ids, _ in found), initial=0)
        offsets = [counts + size for (_, counts), size in zip(found, sizes, strict=False)]
        ids = found[0][0] if len(found) == 1 else np.concatenate([ids for ids, _ in found])
        return Batch(ids, np.concatenate([[0], *offsets]))

    def encoder(self) -> Encoder:
        """Return an encoder for a text that comes bit by bit."""
        return Encoder(Cutter(self._tables, self._rules), self.vocabulary.options)

    # Ids to text.

    def decode(self, ids: Ids, *, skip_specials: bool = True) -> bytes:
        """Return the bytes of ids.

        skip_specials  whether special tokens are left out; otherwise their texts are there.  Reserved ids are nothing.

        Raises InputError naming the first id that is none.
        """
        return self._bytes_of(np.asarray(ids), skip_specials)

    def decode_text(self, ids: Ids, errors: str = "replace") -> str:
        """Return the text of ids; bytes that are no UTF-8 as `bytes.decode` has it, by default as U+FFFD."""
        return self.decode(ids).decode(errors=errors)

    def decoder(self) -> Decoder:
        """Return a decoder for ids that come bit by bit."""
        return Decoder(self.decode)

    def _bytes_of(self, ids: Array, skip_specials: bool) -> bytes:
        if ids.size and (ids.ndim != 1 or ids.dtype.kind not in "iu"):
            raise InputError("ids are one row of whole numbers")
        if ids.size and not 0 <= ids.min() <= ids.max() < self.vocab_size:
            wrong = np.flatnonzero((ids < 0) | (ids >= self.vocab_size))[0]
            raise InputError(f"id {ids[wrong]}, number {wrong + 1}, is none: ids are 0 to {self.vocab_size - 1}")
        spelling = self._spellings[int(skip_specials)]
        numbers = np.ascontiguousarray(ids, np.int32)
        try:
            text = self._texts.pop()  # what is used again costs less than new memory
        except IndexError:
            text = np.empty(_DECODED + int(self.lengths.max()) + 16, np.uint8)
        parts = []
        while numbers.size:
            done, size = tokens.to_bytes(numbers, *spelling, text)
            parts.append(text[:size].tobytes())
            numbers = numbers[done:]
        self._texts.append(text)
        return b"".join(parts)

    @cached_property
    def _spellings(self) -> list[_Spelling]:
        """The bytes of all ids: special tokens with their texts, then without."""
        vocabulary = self.vocabulary
        both = []
        for texts in (vocabulary.options.specials, ("",) * len(vocabulary.options.specials)):
            others = [text.encode() for text in texts] + [b""] * vocabulary.options.reserved
            pieces = others + vocabulary.pieces if vocabulary.first_id else vocabulary.pieces + others
            lengths = np.fromiter(map(len, pieces), np.int64, len(pieces))
            firsts = np.concatenate([[0], np.cumsum((lengths[:-1] + 7) // 8)])
            filled = b"".join([piece + bytes(-len(piece) % 8) for piece in pieces]) + bytes(16)
            both.append(_Spelling(np.frombuffer(filled, "<u8"), (firsts << 32 | lengths).astype(np.uint64)))
        return both

    @cached_property
    def lengths(self) -> Offsets:
        """(ids,) bytes of each id."""
        return (self._spellings[0].places & np.uint64(0xFFFFFFFF)).astype(np.int64)

    # Other ways to cut.

    def sample(self, text: Text, alpha: float, seed: int, *, base: int = 0) -> Nodes:
        """Return the ids of one way to cut the text, drawn with probability W^alpha / sum of W^alpha over all ways.

        alpha  from 0 on: 0 makes all ways equal, 1 is the model itself, more comes nearer to `encode`; without a price
               for tokens W is P
        seed   from 0 to 2^63 - 1
        base   where the text begins in a larger one: the same text elsewhere is drawn anew

        Raises InputError as `encode` does.  Source: Kudo (2018); Su Jianlin, kexue.fm/archives/9811.
        """
        return self._lattice(text).sample(alpha, seed, base) + np.int32(self.vocabulary.first_id)

    def nbest(self, text: Text, k: int) -> list[tuple[Nodes, float]]:
        """Return the ids of the k ways of most weight to cut the text, the best first, as `encode` has it, and ln W.

        Raises InputError as `encode` does, CapacityError if the text is too long for so many.
        """
        first = self.vocabulary.first_id
        rows = self._lattice(text).best(k)
        return [(way + np.int32(first), -float(self.vocabulary.costs[way].sum())) for way in rows]

    def log_normalizer(self, text: Text, alpha: float = 1.0) -> float:
        """Return ln of the sum of W^alpha over all ways to cut the text.

        For alpha = 1 and without a price for tokens that is ln p(text).
        """
        return self._lattice(text).log_sum(alpha)

    def log_probability(self, ids: Ids) -> float:
        """Return ln of the probability of pieces: the sum of their scores, nats; other ids count nothing."""
        rows = np.asarray(ids, np.int64) - self.vocabulary.first_id
        return float(self.vocabulary.scores[rows[(rows >= 0) & (rows < len(self.vocabulary))]].sum())

    # Completion.

    def prefix_search(self, prefix: Text) -> Nodes:
        """Return the ids of the pieces that begin with `prefix`, in the order of their bytes, (c,) int32."""
        start = to_bytes(prefix, "none")
        pieces, rows = self._sorted
        low = high = bisect_left(pieces, start)
        while high < len(pieces) and pieces[high].startswith(start):
            high += 1
        return rows[low:high] + np.int32(self.vocabulary.first_id)

    @cached_property
    def _sorted(self) -> tuple[list[bytes], Nodes]:
        rows = sorted(range(len(self.vocabulary)), key=self.vocabulary.pieces.__getitem__)
        return [self.vocabulary.pieces[row] for row in rows], np.array(rows, np.int32)

    def heal(self, ids: Ids, pieces: int = 1) -> Healing:
        """Take the last pieces of a text back, and say what can stand there instead, to let a model complete the text.

        pieces  how many to take back, at most all

        Raises InputError as `decode` does.  Source: Su Jianlin, kexue.fm/archives/9762.
        """
        given = np.asarray(ids, np.int32)
        keep = max(0, given.size - pieces)
        prefix = self.decode(given[keep:])
        candidates = self.prefix_search(prefix)
        counts = self.vocabulary.counts[candidates - self.vocabulary.first_id]
        return Healing(given[:keep], prefix, candidates, counts / max(1, int(counts.sum())))

    # Tables.

    @cached_property
    def _tables(self) -> machine.Tables:
        return machine.build(self.vocabulary, characters=True)

    @cached_property
    def _byte_tables(self) -> machine.Tables:
        """Tables whose units are bytes: all ways to cut, those through the middle of a character too."""
        return machine.build(self.vocabulary, characters=False)

    @property
    def _rules(self) -> Rules:
        vocabulary = self.vocabulary
        return Rules(len(vocabulary), vocabulary.first_id, in_nats=not vocabulary.unlike_bytepiece())

    @contextmanager
    def _cutter(self) -> Iterator[Cutter]:
        """Lend a cutter that no other thread has; one whose text was not finished is not lent again."""
        try:
            cutter = self._idle.pop()
        except IndexError:
            cutter = Cutter(self._tables, self._rules)
        yield cutter
        self._idle.append(cutter)

    def _lattice(self, text: Text) -> Lattice:
        data, cuts = prepare(text, self.vocabulary.options)
        return Lattice(self._byte_tables, len(self.vocabulary), np.frombuffer(data, np.uint8), cuts)


def _line_ends(text: Bytes) -> Offsets:
    """Where lines end, bit by bit: memory that is used again costs less than new memory."""
    chunks = range(0, text.size, _CHUNK)
    ends = [np.flatnonzero(text[first : first + _CHUNK] == 10) + (first + 1) for first in chunks]
    return np.concatenate([np.empty(0, np.int64), *ends])


def _lines(data: bytes) -> list[bytes]:
    lines = [line + b"\n" for line in data.split(b"\n")]
    return [*lines[:-1], lines[-1][:-1]] if lines[-1] != b"\n" else lines[:-1]


def _on_threads(
    function: Callable[[tuple[int, int]], tuple[Nodes, Offsets]], items: list[tuple[int, int]], threads: int
) -> Iterator[tuple[Nodes, Offsets]]:
    if threads == 1 or len(items) == 1:
        return map(function, items)
    from concurrent.futures import ThreadPoolExecutor  # takes longer to import than a line to encode

    with ThreadPoolExecutor(threads) as pool:
        return iter(list(pool.map(function, items)))
