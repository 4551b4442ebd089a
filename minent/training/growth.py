"""Pieces that grow: neighbours in the cheapest cut of the text are joined, round by round."""

from functools import partial

import numpy as np

from minent.steps import Arrays
from minent.training.passes import Workers
from minent.training.pieces import Objective, Pieces, sort_pieces, with_bytes
from minent.types import Counts, Flags

# Rounds at most.  Pieces double in each at first; where they cross words it takes many until all have met.
_ROUNDS = 14
# A round that adds less than this share of new pieces is the last.
_ENOUGH = 0.03
# Pairs have 20 bits for each piece, those of characters spelled in bytes among them.
MOST_PIECES = (1 << 20) - 0x10000
_COUNT = np.uint64(0xFFFFFF)


def grow(
    workers: Workers, begin: Pieces, objective: Objective, *, size: int, min_count: int, longest: int, keep: Flags
) -> tuple[Pieces, Flags]:
    """Find pieces of any length: cut the text, make pieces of frequent neighbours, keep what is frequent, cut again.

    Few of the blocks are enough for all rounds but the last.

    begin      pieces to begin with; counted here
    size       about how many pieces to find
    min_count  least occurrences of a piece
    longest    bytes a piece may have
    keep       (p,) bool: pieces of `begin` that stay

    Returns pieces, and which of them must stay.  Source: joining neighbours is Gage (1994), and BPE (Sennrich et al.
    2016); here many pairs are joined at once, and the text is cut anew, so that no piece stands in the way of another.
    """
    kept = begin.take(np.flatnonzero(keep))
    kept.counts[:] = 0
    size = min(size, MOST_PIECES - len(begin))

    def grow_once(pieces: Pieces, number: int, workers: Workers) -> Arrays:
        counts, pairs = workers.pair(f"growing {number}", objective.trie(pieces), pieces, longest)
        counts = with_bytes(counts, pieces)
        of_pair = (pairs & _COUNT).astype(np.int64)
        are_long = pieces.lengths > 1
        least = _least(np.concatenate([of_pair, counts[are_long]]), size, min_count)
        new = pieces.joined(pairs[of_pair >= least])
        pieces.counts = np.maximum(counts, 1)
        stay = pieces.take(np.flatnonzero(~are_long | (counts >= least)))
        enough = len(new) <= _ENOUGH * int(are_long.sum())
        return *sort_pieces([stay, new, kept]).arrays, np.array([enough])

    def take(number: int, pieces: Pieces, workers: Workers) -> tuple[Pieces, bool]:
        work = partial(grow_once, pieces, number, workers)
        *made, enough = workers.steps.take(f"grow-{number}", work)
        return Pieces.of_arrays(made, begin.alphabet), bool(enough[0])

    pieces, enough, number = begin, False, 0
    while not enough and number < _ROUNDS:
        number += 1
        pieces, enough = take(number, pieces, workers.on_few)
    if workers.has_more:
        pieces, _ = take(number + 1, pieces, workers)
    return pieces, pieces.are_among(kept)


def _least(counts: Counts, size: int, min_count: int) -> int:
    """Return the least count with which no more than `size` are left."""
    counts = counts[counts >= min_count]
    if counts.size <= size:
        return min_count
    return int(np.partition(counts, counts.size - size - 1)[counts.size - size - 1]) + 1
