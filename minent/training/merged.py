"""Pieces that have been counted before, given up without the text: each is cut alone."""

from collections.abc import Iterator, Sequence

import numpy as np

from minent.kernels import pieces as kernels
from minent.training.passes import lattice
from minent.training.pieces import Objective, Pieces, with_bytes
from minent.types import Counts, Symbols

# Share of the pieces that a round leaves.
_LEFT = 0.9


def prune_alone(pieces: Pieces, objective: Objective, sizes: Sequence[int]) -> Iterator[Pieces]:
    """Give up the pieces that save least over the cheapest cut of each into others, and count them for those.

    sizes  descending

    Yields the pieces of each size.  Source: Kudo (2018), "Subword Regularization", 3.2, on counts in place of a text.
    """
    for size in sizes:
        while len(pieces) > size:
            saved = _saved(pieces, objective)
            left = max(size, int(len(pieces) * _LEFT))
            kept = np.zeros(len(pieces), np.bool_)
            kept[np.argsort(-saved, kind="stable")[:left]] = True
            dropped, pieces = pieces.take(np.flatnonzero(~kept)), pieces.take(np.flatnonzero(kept))
            pieces.counts = pieces.counts + _parts(dropped, pieces, objective)
        yield pieces


def _saved(pieces: Pieces, objective: Objective) -> Counts:
    """Return (p,) float64: what each piece saves where it occurs; without end for the bytes."""
    symbols = _blocks(pieces)
    size = len(pieces) + pieces.alphabet.size
    here, found = np.zeros(size, np.int64), np.zeros((2, size), np.int64)
    room = lattice(int(pieces.lengths.max()))
    kernels.price_pieces(symbols, (0, symbols.size), objective.trie(pieces), room, 1 << 62, here, found)
    saved: Counts = found[1, : len(pieces)] * pieces.counts.astype(np.float64)
    saved[pieces.are_bytes] = np.inf
    return saved


def _parts(dropped: Pieces, into: Pieces, objective: Objective) -> Counts:
    """Return (p,) how often each of `into` occurs in dropped pieces."""
    symbols = _blocks(dropped)
    size = len(into) + into.alphabet.size
    numbers, ahead = np.empty(symbols.size, np.int32), np.empty(int(dropped.lengths.max()) + 1, np.uint64)
    trie = objective.trie(into)
    written, _ = kernels.cut_pieces(symbols, (0, symbols.size), trie, ahead, numbers, np.zeros(size, np.int64))
    ends = numbers[:written] < 0
    weights = dropped.counts[np.cumsum(ends)[~ends]]
    counts = np.zeros(size, np.int64)
    np.add.at(counts, numbers[:written][~ends], weights)
    return with_bytes(counts, into)


def _blocks(pieces: Pieces) -> Symbols:
    """Return pieces as a text, each a block."""
    return np.insert(pieces.letters, pieces.offsets[1:], 0)
