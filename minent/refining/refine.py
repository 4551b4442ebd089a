"""A cut of a text -> a better one: the text costs less.

Two views teach each other: a CRF sees the units around a place, a bigram model of words sees the words before and
after.  Whether the CRF may speak, and for how long the bigram model goes on, is decided by what the text costs each
model that has not seen it, without knowing what the words are.
"""

from collections.abc import Callable

import numpy as np

from minent.progress import Progress
from minent.refining.cut import blocks_of
from minent.refining.resampling import Drawn, resample
from minent.refining.teaching import tag_anew
from minent.steps import Arrays, Steps
from minent.types import Bytes
from minent.units import Units

# Texts of fewer units are not refined: what a fold knows is too little for the others.
SMALLEST = 200_000
# Draws after which the cut with a CRF is compared with the one without: the first of them only mends what is rare.
TRIALS = 3
# Drawing ends when the cost falls by less than this share, and at the latest with the last.
_LEAST_FALL = 1 / 2500
MOST_DRAWS = 20


def refine(units: Units, begins: Bytes, longest: int, threads: int, steps: Steps, progress: Progress) -> Bytes:
    """Return a better cut of a text: where words begin, (n,) uint8.

    units    as `in_order` puts them
    begins   (n,) uint8: where words begin so far
    longest  word in units
    """
    if units.ids.size < SMALLEST:
        return begins

    def take(name: str, work: Callable[[], Drawn]) -> Drawn:
        packed, bits = steps.take(name, lambda: _pack(work()))
        return Drawn(np.unpackbits(packed, count=units.ids.size), float(bits[0]))

    def draw(name: str, begins: Bytes, seed: int) -> Drawn:
        drawn = take(f"{name}-{seed}", lambda: resample(units, begins, longest, seed, threads))
        progress.stage(f"drawing words ({name}, {seed}): {drawn.bits:.4f} bits a unit", None, "")
        return drawn

    def try_out(name: str, begins: Bytes) -> Drawn:
        drawn = draw(name, begins, 1)
        for seed in range(2, TRIALS + 1):
            drawn = draw(name, drawn.begins, seed)
        return drawn

    plain = try_out("plain", begins)
    progress.stage("learning what words look like", None, "")
    taught = take("taught", lambda: Drawn(tag_anew(units, begins, blocks_of(units, begins), threads), 0.0))
    best, name = try_out("taught", taught.begins), "taught"
    if plain.bits < best.bits:
        best, name = plain, "plain"
    for seed in range(TRIALS + 1, MOST_DRAWS + 1):
        before = best.bits
        best = draw(name, best.begins, seed)
        if best.bits > before * (1 - _LEAST_FALL):
            break
    return best.begins


def _pack(drawn: Drawn) -> Arrays:
    return np.packbits(drawn.begins), np.array([drawn.bits])
