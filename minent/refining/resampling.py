"""A cut text -> another cut of it, drawn from a bigram model of its words.

The model is a hierarchical Pitman-Yor process with one table for each word and context: a word is drawn given the word
before, backed by how many words it follows, backed by a bigram model of units within words and the share of words of
its length.  It is cross-fitted: each fold is drawn by a model of the cut of the others.

Source: Teh (2006), "A hierarchical Bayesian language model based on Pitman-Yor processes"; Mochihashi, Yamada & Ueda
(2009), "Bayesian unsupervised word segmentation with nested Pitman-Yor language modeling".
"""

from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np

from minent.errors import CapacityError
from minent.kernels import resampling
from minent.refining.cut import FOLDS, LONGEST_BLOCK, blocks_of, count_words, keep_rules
from minent.types import Bytes, Counts, Flags, Nats, Offsets, Symbols
from minent.units import Units

# Of the bigrams, and of the words that back them.
_DISCOUNTS = (0.7, 0.5)
_STRENGTHS = (10.0, 1000.0)
# Of the bigrams of units within words.
_UNIT_DISCOUNT = 0.75
_LEAST_SHARE = 1e-4
_BORDER = 1e-3

_LARGEST_TABLE = 1 << 32


class Drawn(NamedTuple):
    """A cut that was drawn.

    begins  (n,) uint8: 1 where a word begins
    bits    a unit, that the text costs those models by all cuts: each fold the model of the others
    """

    begins: Bytes
    bits: float


class _Known(NamedTuple):
    """The words of the text: (w,) each, but `units`, which spells them one after the other."""

    units: Symbols
    offsets: Offsets
    n_units: int


def resample(units: Units, begins: Bytes, longest: int, seed: int, threads: int) -> Drawn:
    """Draw a cut of a text into words of the cut it has.

    begins   (n,) uint8: 1 where a word begins
    longest  word in units
    seed     of the draws: each number gives other ones

    Raises CapacityError for more words than can be numbered.
    """
    blocks = blocks_of(units, begins)
    cut = count_words(units, begins, blocks, longest)
    listed = cut.times > 0
    listed[1 : units.kinds.size] = True
    nodes = np.flatnonzero(listed).astype(np.int32)
    number = np.full(cut.times.size, -1, np.int32)
    number[nodes] = np.arange(nodes.size)
    words = resampling.Words(cut.edges, number)
    known = _Known(*cut.spell(nodes), units.kinds.size)
    first = np.empty(blocks[0].size + 1, np.int64)
    numbers = np.empty(int(np.count_nonzero(begins)) + 2 * blocks[0].size + 1, np.int32)
    resampling.spell_words(units.ids, begins, blocks, words, first, numbers)
    drawn = np.ones_like(begins)

    def draw(fold: int) -> float:
        model = _model(numbers, first, (fold, FOLDS), known)
        shape = (LONGEST_BLOCK + 1, longest + 1)
        lattice = resampling.Lattice(np.empty(shape, np.int32), np.zeros(shape), np.zeros(shape[0]))
        cost: float = resampling.sample_words(units.ids, blocks, (fold, FOLDS), words, model, seed, lattice, drawn)
        return cost

    with ThreadPoolExecutor(min(threads, FOLDS)) as pool:
        cost = sum(pool.map(draw, range(FOLDS)))
    return Drawn(keep_rules(units, drawn), cost / np.log(2) / max(1, int(np.count_nonzero(units.ids))))


def _model(numbers: Symbols, first: Offsets, held: tuple[int, int], known: _Known) -> resampling.Bigrams:
    """Make a model of the words of all folds but one."""
    border = known.offsets.size - 1
    size = 1 << 18
    while True:
        table = np.zeros((size, 2), np.uint64)
        if resampling.count_bigrams(numbers, first, held, table) >= 0:
            break
        size *= 4
        if size > _LARGEST_TABLE:
            raise CapacityError("the text has too many different pairs of words; give less text")
    used = table[:, 0] > 0
    before = (table[used, 0] >> np.uint64(32)).astype(np.int64) - 1
    word = (table[used, 0] & np.uint64(0xFFFFFFFF)).astype(np.int64) - 1
    times = np.bincount(before, table[used, 1].astype(np.float64), border + 1)
    followers, contexts = (np.bincount(each, minlength=border + 1) for each in (before, word))
    (discount, unigram_discount), (strength, unigram_strength) = _DISCOUNTS, _STRENGTHS
    base = np.append(_spelling_chances(known, contexts[:-1] > 0), _BORDER)
    backed = unigram_strength + unigram_discount * np.count_nonzero(contexts)
    alone = np.maximum(contexts - unigram_discount, 0.0) + backed * base
    alone /= contexts.sum() + unigram_strength
    share = 1.0 / (times + strength)
    return resampling.Bigrams(table, share, (strength + discount * followers) * share, alone, discount)


def _spelling_chances(known: _Known, seen: Flags) -> Nats:
    """Return (w,) how probable each word is by its units and its length, as far as the words seen tell."""
    lengths = np.diff(known.offsets)
    before = np.zeros(known.units.size, np.int64)
    before[1:] = known.units[:-1]
    before[known.offsets[:-1]] = 0
    pair = before * known.n_units + known.units
    of_seen = np.repeat(seen, lengths)
    pairs, times = np.unique(pair[of_seen], return_counts=True)
    contexts = _sums(pairs // known.n_units, times, known.n_units)
    followers = np.bincount(pairs // known.n_units, minlength=known.n_units)
    single = np.bincount(known.units[of_seen], minlength=known.n_units) + 0.5
    single /= single[1:].sum()
    at = np.minimum(np.searchsorted(pairs, pair), max(0, pairs.size - 1))
    found = pairs[at] == pair if pairs.size else np.zeros(pair.size, np.bool_)
    count = np.where(found, times[at] - _UNIT_DISCOUNT, 0.0) if pairs.size else np.zeros(pair.size)
    context = np.maximum(contexts[before], 1)
    rest = np.where(contexts[before] > 0, _UNIT_DISCOUNT * followers[before] / context, 1.0)
    chance = np.add.reduceat(np.log(count / context + rest * single[known.units]), known.offsets[:-1])
    share = np.bincount(lengths[seen], minlength=int(lengths.max()) + 1) / max(1, int(np.count_nonzero(seen)))
    result: Nats = np.exp(chance) * np.maximum(share, _LEAST_SHARE)[lengths]
    return result


def _sums(index: Counts, values: Counts, size: int) -> Counts:
    """Return (size,) the sums of the values with each index, exactly."""
    total = np.zeros(size, np.int64)
    np.add.at(total, index, values)
    return total
