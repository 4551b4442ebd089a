"""Pieces that are given up: those without which the text costs least more, until few enough are left."""

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np

from minent.steps import Arrays
from minent.training.passes import Workers
from minent.training.pieces import UNIT, Objective, Pieces, with_bytes
from minent.types import Flags

# What a round leaves, in pieces wanted; and the least share that it leaves: others gone, what is left saves more.
_STEPS = (1.0, 1.1, 1.3)
_LEFT = 0.7
# Rounds that leave more than this, in pieces wanted, need not see all of the text.
_FAR = 1.15
# What is so near is left at once.
_NEAR = 1.02
# A piece is credited with no more than this many tokens for each stretch of a document: what is frequent in one place
# only will not be seen again.
_TOKENS_CREDITED = 4.0
_NATS_OF_A_TOKEN = 8.0


def prune(
    workers: Workers, pieces: Pieces, objectives: tuple[Objective, Objective], sizes: Sequence[int], keep: Flags
) -> Iterator[Pieces]:
    """Give up pieces until as many are left as each size says, and count them.

    pieces      changed: their counts become those of the text
    objectives  for giving up pieces, and for counting them
    sizes       descending
    keep        (p,) bool: pieces that stay, where a size has room for all of them

    Yields the pieces of each size, counted in the text.  A piece saves, where it stands in the best cut, what the best
    cut without it costs more; the sum of this over the text decides (cf. Kudo 2018, where every piece is cut alone).
    """
    objective, cutting = objectives
    most = int(_TOKENS_CREDITED * UNIT * (objective.token + objective.nat * _NATS_OF_A_TOKEN))
    alphabet = pieces.alphabet

    def give_up(pieces: Pieces, keep: Flags, size: int) -> Arrays:
        left = _left(len(pieces), size)
        on = workers.on_few if left > _FAR * size else workers
        found = on.price(f"pruning to {left:,}", objective.trie(pieces), pieces, most)
        saved = found[1, : len(pieces)].astype(np.float64)
        saved[pieces.are_bytes | keep] = np.inf
        pieces.counts = np.maximum(with_bytes(found[0], pieces), 1)
        left = max(left, int(np.isinf(saved).sum()))
        rows = np.sort(np.argsort(-saved, kind="stable")[:left])
        return *pieces.take(rows).arrays, keep[rows]

    def count(pieces: Pieces) -> Arrays:
        return (with_bytes(workers.cut("counting pieces", cutting.trie(pieces), pieces), pieces),)

    for size in sizes:
        if int((keep | pieces.are_bytes).sum()) > size:
            keep = np.zeros(len(pieces), np.bool_)
        number = 0
        while len(pieces) > size:
            number += 1
            *left, keep = workers.steps.take(f"prune-{size}-{number}", partial(give_up, pieces, keep, size))
            pieces = Pieces.of_arrays(left, alphabet)
        (counts,) = workers.steps.take(f"count-{size}", partial(count, pieces))
        counted = Pieces(pieces.letters, pieces.offsets, counts, alphabet)
        # Where there are fewer than wanted, nothing has told those from the others that the text does without.
        useless = (counts == 0) & ~pieces.are_bytes & ~keep & (len(pieces) < size)
        yield counted.take(np.flatnonzero(~useless))


def _left(pieces: int, size: int) -> int:
    """Return how many pieces the next round leaves."""
    goals = [int(step * size) for step in _STEPS if _NEAR * step * size < pieces]
    return max(goals[-1], int(_LEFT * pieces)) if goals else size
