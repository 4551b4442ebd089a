"""Raw text, or its counts -> what is known of strings of two and three units: beside how many others they stand.

The branching entropy of what follows a string, in bits, is the logarithm of how many different neighbours it has, each
weighed by how often it is met (accessor variety counts all alike).  It is known in steps, of the right and of the left,
and is a feature of the CRF: where a string has many neighbours, a word may end or begin.  White space, line ends and
rare characters are neighbours of their own each time.

Source: Feng, Chen, Deng & Zheng (2004); Jin & Tanaka-Ishii (2006); Sun & Xu (2011) for the use in a CRF.
"""

from typing import Protocol

import numpy as np

from minent.alphabet import BYTES, Encoded
from minent.counting.branching import count_ids
from minent.errors import InputError
from minent.ngrams import NgramCounts
from minent.progress import Progress
from minent.types import Array, Counts, Keys, Nats

# Steps of a bit, and the last one; step 0 is a string that is not known.
_STEPS = 1.5
_LAST = 15
# What is a whole number of steps but for rounding.
_ROUNDING = 1e-4
# A character of raw text that is seen fewer times is not numbered, nor is a string known.
LEAST = 2
_UNIT = np.uint64(16)


class Known(Protocol):
    """What is known of raw text.

    codes   code points of its characters
    times   (k,) int64: how often each occurs
    digest  of the text, 32 hex digits
    size    of it, bytes
    """

    codes: list[int]
    times: Counts
    digest: str
    size: int

    def strings(self, units: Array) -> Keys:
        """Return (s,) uint64, ascending: string << 8 | left step << 4 | right step, 16 bits a unit.

        units  (k + 1,) uint16: unit of each character, with the border before them at 0; 0 = in no string
        """


class ReadText:
    """Raw text that has been read."""

    def __init__(self, encoded: Encoded, threads: int, progress: Progress) -> None:
        self._ids = encoded.ids
        self._threads = threads
        self._progress = progress
        self.codes: list[int] = encoded.alphabet.tolist()
        self.times: Counts = np.bincount(encoded.ids, minlength=encoded.alphabet.size + 1)[1:]
        self.digest = encoded.digest
        self.size = encoded.size

    def strings(self, units: Array) -> Keys:
        """See `Known`."""
        alphabet = np.arange(1, int(units.max()) + 1)
        counts, _ = count_ids(
            units[self._ids],
            alphabet,
            3,
            LEAST,
            branching=True,
            threads=self._threads,
            progress=self._progress,
        )
        if counts.right is None or counts.left is None:
            return np.zeros(0, np.uint64)
        low, high = int(counts.starts[2]), int(counts.starts[4])
        return _entries(_spelled(counts, 3, alphabet)[low:high], counts.left[low:high], counts.right[low:high])


class CountedText:
    """Counts of raw text; of order 4 they tell of strings of three, of order 3 of those of two alone.

    Raises InputError for counts of bytes, or of a lower order.
    """

    def __init__(self, counts: NgramCounts) -> None:
        if counts.about.get("alphabet") == BYTES or counts.order < 3:
            raise InputError(
                "these counts tell nothing of what stands beside strings; count characters, with --order 4 or more"
            )
        self._counts = counts
        self.codes: list[int] = counts.alphabet.tolist()
        self.times: Counts = counts.count[1 : counts.alphabet.size + 1].astype(np.int64)
        self.digest = str(counts.about.get("corpus-digest", ""))
        self.size = int(counts.about.get("corpus-bytes", 0))

    def strings(self, units: Array) -> Keys:
        """See `Known`."""
        counts = self._counts
        longest = min(counts.order, 4)
        keys = _spelled(counts, longest, units[1:])
        found = []
        for size in range(2, longest):
            here, longer = (slice(*counts.starts[order : order + 2].tolist()) for order in (size, size + 1))
            strings, place = np.unique(keys[here], return_inverse=True)
            times = np.bincount(place, counts.count[here], strings.size)
            often = (times >= LEAST) & (_parts(strings, size) != 0).all(axis=0)
            strings, times = strings[often], times[often]
            mask = (np.uint64(1) << _UNIT * np.uint64(size)) - np.uint64(1)
            long = keys[longer]
            right = _entropy(strings, times, long >> _UNIT, long, counts.count[longer], long & np.uint64(0xFFFF))
            left = _entropy(strings, times, long & mask, long, counts.count[longer], long >> _UNIT * np.uint64(size))
            found.append(_entries(strings, left, right))
        return np.sort(np.concatenate(found))


def _spelled(counts: NgramCounts, order: int, units: Array) -> Keys:
    """Return (n,) uint64: the units of each n-gram up to an order, 16 bits each."""
    keys: Keys = np.append(np.uint64(0), units.astype(np.uint64))[counts.symbol[: counts.starts[order + 1]]]
    parents = counts.parents()
    for size in range(2, order + 1):
        low, high = counts.starts[size : size + 2].tolist()
        keys[low:high] |= keys[parents[low:high]] << _UNIT
    return keys


def _parts(strings: Keys, size: int) -> Keys:
    """Return (size, n) uint64: the units of strings."""
    shifts = _UNIT * np.arange(size, dtype=np.uint64)[:, None]
    parts: Keys = strings >> shifts & np.uint64(0xFFFF)
    return parts


def _entropy(strings: Keys, times: Nats, beside: Keys, longer: Keys, counts: Counts, neighbour: Keys) -> Nats:
    """Return the entropy, in nats, of the neighbours of strings on one side.

    strings, times   (s,) ascending, and how often each occurs
    beside, longer   (n,) the string within each longer one, and the longer one
    counts           (n,) of the longer ones
    neighbour        (n,) the unit that is in it beside; 0 is a border
    """
    inner = neighbour != 0
    longer, first, place = np.unique(longer[inner], return_index=True, return_inverse=True)
    sums = np.bincount(place, counts[inner], longer.size)
    owner = beside[inner][first]
    at = np.minimum(np.searchsorted(strings, owner), max(0, strings.size - 1))
    known = strings[at] == owner if strings.size else np.zeros(owner.size, bool)
    share = np.bincount(at[known], (sums * np.log(sums))[known], strings.size)
    entropy: Nats = np.log(times) - share / times
    return entropy


def _entries(strings: Keys, left: Nats, right: Nats) -> Keys:
    """Return strings with what is known of them, ascending."""
    entries: Keys = np.sort(strings << np.uint64(8) | _steps(left) << np.uint64(4) | _steps(right))
    return entries


def _steps(entropy: Nats) -> Keys:
    """Entropies in nats -> steps, from 1 on."""
    steps = 1 + np.floor(np.maximum(entropy, 0) * (_STEPS / np.log(2)) + _ROUNDING)
    whole: Keys = np.minimum(steps, _LAST).astype(np.uint64)
    return whole
