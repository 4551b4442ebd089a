"""Pieces that are given up: those without which the text costs least more, until few enough are left."""

from collections.abc import Iterator, Sequence

import numpy as np

from minent.training.passes import Workers
from minent.training.pieces import UNIT, Objective, Pieces, with_bytes
from minent.types import Flags

# Share of the pieces that a round leaves, far from the size wanted and near it: others gone, what is left saves more.
_LEFT = 0.7
_LEFT_AT_LAST = 1.15
# A piece is credited with no more than this many tokens for each stretch of a document: what is frequent in one place
# only will not be seen again.
_TOKENS_CREDITED = 4.0
_NATS_OF_A_TOKEN = 8.0


def prune(
    workers: Workers, pieces: Pieces, objective: Objective, sizes: Sequence[int], keep: Flags
) -> Iterator[Pieces]:
    """Give up pieces until as many are left as each size says, and count them.

    pieces  changed: their counts become those of the text
    sizes   descending
    keep    (p,) bool: pieces that stay

    Yields the pieces of each size, counted in the text.  A piece saves, where it stands in the best cut, what the best
    cut without it costs more; the sum of this over the text decides (cf. Kudo 2018, where every piece is cut alone).
    """
    most = int(_TOKENS_CREDITED * UNIT * (objective.token + objective.nat * _NATS_OF_A_TOKEN))
    for size in sizes:
        while len(pieces) > size:
            found = workers.price(f"pruning to {size:,}", objective.trie(pieces), pieces, most)
            saved = found[1, : len(pieces)].astype(np.float64)
            saved[pieces.are_bytes | keep] = np.inf
            pieces.counts = np.maximum(with_bytes(found[0], pieces), 1)
            left = size
            if len(pieces) > _LEFT_AT_LAST * size * 1.1:
                left = max(int(_LEFT_AT_LAST * size), int(_LEFT * len(pieces)))
            left = max(left, int(np.isinf(saved).sum()))
            rows = np.sort(np.argsort(-saved, kind="stable")[:left])
            pieces, keep = pieces.take(rows), keep[rows]
        counts = with_bytes(workers.cut("counting pieces", objective.trie(pieces), pieces), pieces)
        counted = Pieces(pieces.letters, pieces.offsets, counts, pieces.alphabet)
        # Where there are fewer than wanted, nothing has told those from the others that the text does without.
        useless = (counts == 0) & ~pieces.are_bytes & ~keep & (len(pieces) < size)
        yield counted.take(np.flatnonzero(~useless))
