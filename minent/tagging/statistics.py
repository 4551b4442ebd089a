"""Raw text -> what is known of strings of two and three units: beside how many others they stand.

The branching entropy of what follows a string, in bits, is the logarithm of how many different neighbours it has, each
weighed by how often it is met (accessor variety counts all alike).  It is known in steps, of the right and of the left,
and is a feature of the CRF: where a string has many neighbours, a word may end or begin.

Source: Feng, Chen, Deng & Zheng (2004); Jin & Tanaka-Ishii (2006); Sun & Xu (2011) for the use in a CRF.
"""

import numpy as np

from minent.alphabet import Encoded
from minent.counting.branching import count_ids
from minent.progress import Progress
from minent.types import Array, Keys, Nats

# Steps of a bit, and the last one; step 0 is a string that is not known.
_STEPS = 1.5
_LAST = 15
# A character of raw text that is seen fewer times is not numbered, nor is a string known.
LEAST = 2


def know_strings(raw: Encoded, units: Array, threads: int, progress: Progress) -> Keys:
    """Return (s,) uint64, ascending: string << 8 | left step << 4 | right step, 16 bits a unit.

    units  (k + 1,) uint16: unit of each symbol; 0 = border
    """
    ids = units[raw.ids]
    counts, _ = count_ids(
        ids, np.arange(1, int(units.max()) + 1), 3, LEAST, branching=True, threads=threads, progress=progress
    )
    if counts.right is None or counts.left is None:
        return np.zeros(0, np.uint64)
    second, third, end = counts.starts[2:5].tolist()
    key = counts.symbol.astype(np.uint64)
    parents = counts.parents()
    for low, high in ((second, third), (third, end)):
        key[low:high] |= key[parents[low:high]] << np.uint64(16)
    known = _steps(counts.left[second:end]) << np.uint64(4) | _steps(counts.right[second:end])
    entries: Keys = np.sort(key[second:end] << np.uint64(8) | known)
    return entries


def _steps(entropy: Nats) -> Keys:
    """Entropies in nats -> steps, from 1 on."""
    steps = 1 + np.floor(np.maximum(entropy, 0) * np.float32(_STEPS / np.log(2)))
    whole: Keys = np.minimum(steps, _LAST).astype(np.uint64)
    return whole
