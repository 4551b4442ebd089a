"""Tagger + units -> where words begin, and how probable they are."""

import numpy as np

from minent.kernels import crf
from minent.kernels import strings as kernels
from minent.tagger import Tagger
from minent.tagging.segmented import chains_of
from minent.types import Bytes, Keys, Nats, Nodes, Symbols

NOTHING_HELD: Bytes = np.zeros(0, np.uint8)


class Decoder:
    """Finds the best tags of units that are numbered as the tagger has it; threads may share one."""

    def __init__(self, tagger: Tagger) -> None:
        # Those of a file are read-only, which would be other types to the compiler.
        self._weights = crf.Weights(*(np.require(each, requirements=["C", "W"]) for each in tagger.weights))
        self._tags = tuple(range(len(tagger.tags)))
        self._pairs, self._arounds = (pair_table(keys) for keys in (tagger.pairs, tagger.arounds))
        self._strings = string_table(tagger.strings)

    def cut(self, units: Symbols, held: Bytes = NOTHING_HELD) -> tuple[Bytes, crf.Features]:
        """Cut units into words.

        units  (n,) uint16, 0 = border
        held   (n,) uint8: 1 where a word must begin, 2 where one must go on, which is not behind a border; or (0,)

        Returns (n,) uint8, 1 where a word begins and at borders, and the features, for `rate`.
        """
        pairs = look_up_pairs(units, self._pairs, self._arounds)
        features = crf.Features(units, *pairs, *rate_strings(units, self._strings), held)
        begins = np.ones(units.size, np.uint8)
        crf.tag_chains(features, self._weights, self._tags, room(units, len(self._tags)), begins)
        return begins, features

    def rate(self, features: crf.Features, begins: Bytes) -> Nats:
        """Return (n,) float32: the marginal probability of the word that begins at each unit; nan where none does."""
        chances = np.full(begins.size, np.nan, np.float32)
        chain = room(features.unit, len(self._tags))
        crf.rate_words(features, self._weights, self._tags, chain, begins, chances)
        return chances


def room(units: Symbols, tags: int) -> crf.Chain:
    """Return work space for the longest chain of a text."""
    low, high = chains_of(units)
    rows = int((high - low).max(initial=1)) + 8
    scores, change, forward = (np.empty(tags * rows, np.float32) for _ in range(3))
    total, back = (np.empty(tags * rows, np.int32) for _ in range(2))
    return crf.Chain(scores, change, forward, np.empty(rows, np.uint8), total, back)


def pair_table(pairs: Keys) -> Keys:
    """Return the hash table of pairs, (p,) 16 bits a unit, that are numbered by their place, from 1 on."""
    return _table(pairs.astype(np.uint64) << np.uint64(32) | np.arange(1, pairs.size + 1, dtype=np.uint64), 32)


def look_up_pairs(units: Symbols, pairs: Keys, arounds: Keys) -> tuple[Nodes, Nodes]:
    """Return the numbers of pairs in their tables, see `minent.kernels.crf.Features`."""
    pair, around = np.empty(units.size + 1, np.int32), np.empty(units.size, np.int32)
    kernels.look_up_pairs(units, pairs, arounds, pair, around)
    return pair, around


def string_table(strings: Keys) -> Keys:
    """Return the hash table of what is known of strings, (0,) if nothing is."""
    return _table(strings.astype(np.uint64), 8) if strings.size else np.zeros(0, np.uint64)


def _table(entries: Keys, bits: int) -> Keys:
    table = np.zeros(1 << int(2 * entries.size).bit_length(), np.uint64)
    kernels.enter_strings(entries, bits, table)
    return table


def rate_strings(units: Symbols, table: Keys) -> tuple[Bytes, Bytes]:
    """Return what is known of the strings of two and three units, see `minent.kernels.crf.Features`."""
    if not table.size:
        return np.zeros(0, np.uint8), np.zeros(0, np.uint8)
    two, three = np.empty(units.size + 1, np.uint8), np.empty(units.size, np.uint8)
    kernels.rate_strings(units, table, two, three)
    return two, three
