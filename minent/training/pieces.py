"""Pieces under way: sorted by their symbols, with counts, prices and the trie that a text is cut with."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from minent.kernels import pieces as kernels
from minent.kernels.pieces import Trie
from minent.training.text import Alphabet
from minent.types import Array, Counts, Flags, Keys, Nats, Nodes, Offsets, Symbols

_NO_PIECE = 1 << 62
_FREE = 0xFFFFFFFF
# Price of a piece, in units of 1 / 2^16: those that a token costs, and of a nat; see `Pieces.set_prices`.
UNIT = 1 << 16
# A block has up to 2^11 characters, each up to four bytes: so many units for the rarest piece, of so many nats.
_DEAREST = 1.9
_MOST_NATS = 24.0


class Pieces:
    """Pieces, among them all that are one byte.

    letters   (u,)      uint16: their symbols one after the other, in ascending order of their symbols
    offsets   (p + 1,)  int64: piece i is letters[offsets[i]:offsets[i + 1]]
    counts    (p,)      int64: how often each occurs
    alphabet  what the symbols are
    """

    def __init__(self, letters: Symbols, offsets: Offsets, counts: Counts, alphabet: Alphabet) -> None:
        self.letters = letters
        self.offsets = offsets
        self.counts = counts
        self.alphabet = alphabet

    @classmethod
    def single(cls, alphabet: Alphabet) -> "Pieces":
        """Return the pieces of one symbol."""
        n = alphabet.size - 1
        return cls(np.arange(1, n + 1, dtype=np.uint16), np.arange(n + 1), np.ones(n, np.int64), alphabet)

    @classmethod
    def spelling_of(cls, spelled: Sequence[bytes], counts: Counts, alphabet: Alphabet) -> "Pieces":
        """Return pieces given as bytes, in their order."""
        letters = [alphabet.symbols(piece) for piece in spelled]
        offsets = np.concatenate([[0], np.cumsum([len(each) for each in letters])])
        return cls(np.array([symbol for each in letters for symbol in each], np.uint16), offsets, counts, alphabet)

    @classmethod
    def of_arrays(cls, arrays: Sequence[Array], alphabet: Alphabet) -> "Pieces":
        """Return the pieces that `arrays` were of."""
        letters, offsets, counts = arrays
        return cls(letters, offsets, counts, alphabet)

    def __len__(self) -> int:
        return self.counts.size

    @property
    def arrays(self) -> tuple[Symbols, Offsets, Counts]:
        """What they are made of, but for the alphabet."""
        return self.letters, self.offsets, self.counts

    @property
    def lengths(self) -> Counts:
        """(p,) int64: symbols of each."""
        return np.diff(self.offsets)

    @property
    def widths(self) -> Nodes:
        """(p,) int32: bytes of each."""
        return np.add.reduceat(self.alphabet.width[self.letters], self.offsets[:-1])

    @property
    def firsts(self) -> Symbols:
        """(p,) uint16: first symbol of each."""
        return self.letters[self.offsets[:-1]]

    @property
    def are_bytes(self) -> Flags:
        """(p,) bool: those that are one byte, which stay whatever happens."""
        alone: Flags = (self.lengths == 1) & (self.firsts <= 256)
        return alone

    def spelled(self) -> list[bytes]:
        """Return the bytes of each."""
        spelling = self.alphabet.spelling
        letters = [spelling[symbol] for symbol in self.letters.tolist()]
        bounds = self.offsets.tolist()
        return [b"".join(letters[low:high]) for low, high in pairwise(bounds)]

    def are_among(self, others: "Pieces") -> Flags:
        """Return (p,) bool: those that are among others, too."""
        longest = int(max(self.lengths.max(), others.lengths.max(initial=1)))
        among: Flags = np.isin(self.keys(longest), others.keys(longest))
        return among

    def keys(self, longest: int) -> Array:
        """Return (p,) bytes in the order of the pieces, of 2 * longest bytes each."""
        # Zeros behind: symbols begin at 1, and the most significant byte comes first.
        rows = np.zeros((len(self), longest), ">u2")
        rows[np.arange(longest) < self.lengths[:, None]] = self.letters
        return rows.view(f"S{2 * longest}")[:, 0]

    def take(self, rows: Array) -> "Pieces":
        """Return some of them, in the order of `rows`.

        rows  (k,) which
        """
        lengths = self.lengths[rows]
        offsets = np.concatenate([[0], np.cumsum(lengths)])
        places = np.arange(offsets[-1]) + np.repeat(self.offsets[rows] - offsets[:-1], lengths)
        return Pieces(self.letters[places], offsets, self.counts[rows], self.alphabet)

    def joined(self, pairs: Keys) -> "Pieces":
        """Return the pieces that pairs of them make, not sorted, each with the count of its pair.

        pairs  (n,) uint64: number << 44 | number << 24 | count
        """
        left, right = (pairs >> np.uint64(44)).astype(np.int64), (pairs >> np.uint64(24)).astype(np.int64) & 0xFFFFF
        size = int(self.lengths[left].sum() + self.lengths[right].sum())
        letters, offsets = np.empty(size, np.uint16), np.empty(pairs.size + 1, np.int64)
        kernels.join_pieces(self.letters, self.offsets, pairs, letters, offsets)
        return Pieces(letters, offsets, (pairs & np.uint64(0xFFFFFF)).astype(np.int64), self.alphabet)

    def placed(self) -> tuple[Keys, Nodes, int]:
        """Return the double array of the pieces: see `kernels.pieces.place_nodes`, and how many slots there are."""
        weights = np.concatenate([[0], np.cumsum(self.counts)])
        size = int(self.letters.size * 1.2) + 4 * self.alphabet.size + 100_000
        while True:
            link, number = np.full(size, _FREE, np.uint64), np.full(size, -1, np.int32)
            nodes = np.empty((4, self.alphabet.size + len(self)), np.int32)
            last = kernels.place_nodes(self.letters, self.offsets, weights, self.alphabet.size, link, number, nodes)
            if last >= 0:
                return link, number, min(size, last + 1 + self.alphabet.size)
            size *= 2

    def trie(self, prices: Array, spelled: Keys) -> Trie:
        """Return the trie of the pieces.

        prices   (p,) whole numbers
        spelled  (k,) the symbols as bytes, see `Objective.trie`
        """
        link, number, size = self.placed()
        table = np.full((size, 2), _NO_PIECE, np.uint64)
        table[:, 0] = link[:size]
        ends = np.flatnonzero(number[:size] >= 0)
        rows = number[ends]
        table[ends, 1] = pack(prices[rows], self.lengths[rows], rows)
        return Trie(table, spelled)


def pack(prices: Array, lengths: Array, numbers: Array) -> Keys:
    """Return pieces as `kernels.pieces` takes them."""
    low = ((255 - lengths) << 24 | numbers).astype(np.uint64)
    return prices.astype(np.uint64) << np.uint64(32) | low


def sort_pieces(pieces: Sequence[Pieces]) -> Pieces:
    """Bring pieces together, sorted; counts of equal ones are added."""
    lengths = np.concatenate([each.lengths for each in pieces])
    together = Pieces(
        np.concatenate([each.letters for each in pieces]),
        np.concatenate([[0], np.cumsum(lengths)]),
        np.concatenate([each.counts for each in pieces]),
        pieces[0].alphabet,
    )
    keys = together.keys(int(lengths.max()))
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    first = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))
    ordered = together.take(order[first])
    ordered.counts = np.add.reduceat(together.counts[order], first)
    return ordered


class Objective:
    """What a piece costs.

    token  units for each piece
    nat    units for each nat of -ln p
    """

    def __init__(self, token: float, nat: float) -> None:
        self.token = token
        self.nat = nat

    @classmethod
    def of_price(cls, token_price: float) -> "Objective":
        """Return what a tokenizer with this price for tokens goes by, in units that suit: see `kernels.pieces`."""
        nat = _DEAREST / (token_price + _MOST_NATS)
        return cls(token_price * nat, nat)

    def prices(self, counts: Counts) -> Counts:
        """Return (p,) the price of pieces seen so often."""
        total = float(counts.sum())
        nats: Nats = np.log(total) - np.log(np.maximum(counts, 0.5))
        return np.rint(UNIT * (self.token + self.nat * nats)).astype(np.int64)

    def trie(self, pieces: Pieces) -> Trie:
        """Return the trie of the pieces, priced by their counts.

        A character falls back on its bytes: it is then numbered len(pieces) + its symbol.
        """
        prices = self.prices(pieces.counts)
        alphabet = pieces.alphabet
        of_byte = np.zeros(256, np.int64)
        rows = np.flatnonzero(pieces.are_bytes)
        of_byte[pieces.firsts[rows].astype(np.int64) - 1] = prices[rows]
        spelled = np.full(alphabet.size, _NO_PIECE, np.uint64)
        characters = np.arange(257, alphabet.size)
        if characters.size:
            letters = np.frombuffer(b"".join(alphabet.spelling[257:]), np.uint8)
            starts = np.concatenate([[0], np.cumsum(alphabet.width[257:])])[:-1]
            sums = np.add.reduceat(of_byte[letters], starts)
            spelled[257:] = pack(sums, np.ones(sums.size, np.int64), len(pieces) + characters)
        return pieces.trie(prices, spelled)


def with_bytes(counts: Counts, pieces: Pieces) -> Counts:
    """Return (p,) the counts of pieces from those of a cut with `Objective.trie`: characters as their bytes."""
    found = counts[: len(pieces)].copy()
    alphabet = pieces.alphabet
    row_of = np.zeros(256, np.int64)
    rows = np.flatnonzero(pieces.are_bytes)
    row_of[pieces.firsts[rows].astype(np.int64) - 1] = rows
    for symbol in np.flatnonzero(counts[len(pieces) :]).tolist():
        letters = np.frombuffer(alphabet.spelling[symbol], np.uint8)
        np.add.at(found, row_of[letters], counts[len(pieces) + symbol])
    return found
