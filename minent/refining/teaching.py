"""A cut text -> another cut of it, by a linear-chain CRF that has learned from the first what words look like.

The CRF is weak on purpose: one epoch, at a low rate.  What it has learned is what the cut does as a rule, in sight of
the neighbours of each unit, not what it does here and there.  It is cross-fitted: each fold is tagged by a CRF that has
learned from the others, so that no label can be copied.
"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from minent.kernels import tagging
from minent.refining.cut import FOLDS, LONGEST_BLOCK, keep_rules
from minent.tagging.pairs import number_pairs
from minent.types import Bytes, Offsets
from minent.units import Units

# Pairs of units seen fewer times are no features.
_LEAST_PAIRS = 2
# Of AdaGrad: the rate for a text of one unit, divided by the square root of its length: more text, more steps.
_RATE = 12.0
_SQUARES = 0.01


def tag_anew(units: Units, begins: Bytes, blocks: tuple[Offsets, Offsets], threads: int) -> Bytes:
    """Cut a text as CRFs do that have learned from a cut of the other folds.

    begins  (n,) uint8: 1 where a word begins
    blocks  of this cut, see `blocks_of`
    """
    neighbours, around = (number_pairs(units.ids, gap, _LEAST_PAIRS) for gap in (1, 2))
    features = tagging.Features(units.ids, neighbours.numbers, around.numbers)
    sizes = (units.kinds.size, neighbours.size, around.size)
    rate = _RATE / max(1, units.ids.size) ** 0.5
    tagged = np.ones_like(begins)

    def teach(fold: int) -> None:
        rows = 4 * (LONGEST_BLOCK + 8)
        scores, change, forward = (np.zeros(rows, np.float32) for _ in range(3))
        chain = tagging.Chain(scores, change, forward, np.zeros(rows, np.int32))
        weights, squares = _weights(sizes, 0.0), _weights(sizes, _SQUARES)
        held = (fold, FOLDS)
        tagging.train_tagger(features, begins, blocks, held, weights, squares, rate, chain)
        tagging.tag_words(features, blocks, held, weights, chain, tagged)

    with ThreadPoolExecutor(min(threads, FOLDS)) as pool:
        list(pool.map(teach, range(FOLDS)))
    return keep_rules(units, tagged)


def _weights(sizes: tuple[int, int, int], value: float) -> tagging.Weights:
    shapes = ((sizes[0], 20), (sizes[1], 16), (sizes[2], 4), (16,))
    return tagging.Weights(*(np.full(shape, value, np.float32) for shape in shapes))
