"""Lexicon + text -> the counts of its words there, by the best cut or by all cuts (EM), and what reading it costs."""

import math
from dataclasses import dataclass
from itertools import compress

import numpy as np

from minent.alphabet import encode_corpus
from minent.characters import LETTERS, Kind
from minent.corpus import Corpus
from minent.cost import COST_FIELDS, Cost, cost_of_words
from minent.errors import InputError
from minent.kernels import lattice
from minent.lexicon import Lexicon
from minent.types import Counts, Flags, Keys, Nats, Nodes, Offsets, Symbols
from minent.units import Units, character_kinds, make_units

_CODE_POINTS = 0x110000
# Occurrences a unit is taken to have that the lexicon does not hold, before they are counted.
_UNSEEN = 0.5


def recount(corpus: Corpus, lexicon: Lexicon) -> Lexicon:
    """Count the words of a lexicon anew, where its segmentation of a corpus puts them; single units are added to it.

    Its phrases are left out: here and below, a lexicon is its words.

    Raises what reading the corpus raises.
    """
    reading = _read(corpus, lexicon)
    counts, _ = reading.best(_log_shares(np.maximum(reading.counts, reading.alone * _UNSEEN)))
    return reading.lexicon(lexicon.at_level(1), counts)


def reestimate(corpus: Corpus, lexicon: Lexicon, rounds: int = 5) -> tuple[Lexicon, list[float]]:
    """Fit the counts of a lexicon to a corpus by EM: expected counts over all cuts; p = count / total; again.

    rounds  at least 1; each reads the corpus once, and none lowers the likelihood of the text

    Returns the lexicon, with counts rounded, less what rounds to 0, and single units added; and ln p(text) before each
    round and after the last.  Raises what reading the corpus raises, and InputError for no rounds.

    Source: Su Jianlin, kexue.fm/archives/5239; Dempster, Laird & Rubin (1977).
    """
    if rounds < 1:
        raise InputError(f"rounds must be 1 or more, not {rounds}")
    reading = _read(corpus, lexicon)
    counts: Nats = np.maximum(reading.counts, reading.alone * _UNSEEN)
    likelihood = []
    for _ in range(rounds):
        counts, total = reading.expected(_log_shares(counts))
        likelihood.append(total)
    likelihood.append(reading.expected(_log_shares(counts))[1])
    return reading.lexicon(lexicon.at_level(1), np.rint(counts).astype(np.int64)), likelihood


def text_cost(corpus: Corpus, lexicon: Lexicon) -> Cost:
    """What a text costs that is read with the words of a lexicon, which it need not have been made from.

    A word is sent by its share of the lexicon's T occurrences and one more, c / (T + 1); that one more announces a unit
    which is no word, ln 1114112 nats.  The lexicon itself is not counted: `Cost.lexicon` is 0.

    Raises what reading the corpus raises.
    """
    reading = _read(corpus, lexicon)
    total = int(reading.counts.sum()) + 1
    scores = np.full(reading.counts.size, -np.inf)
    known = reading.counts > 0
    scores[known] = np.log(reading.counts[known] / total)
    counts, _ = reading.best(scores, floor=-math.log(total) - math.log(_CODE_POINTS))
    text = counts[known] @ -scores[known]
    text += counts[~known].sum() * (math.log(total) + math.log(_CODE_POINTS))
    return Cost(int(counts @ reading.lengths), int(counts.sum()), float(text), 0.0)


def description_cost(corpus: Corpus, lexicon: Lexicon) -> Cost:
    """What a lexicon and a text cost together where the lexicon cuts the text, with the counts of that cut.

    Words that do not occur there are left out, single units added.  Raises what reading the corpus raises.
    """
    reading = _read(corpus, lexicon)
    counts, _ = reading.best(_log_shares(np.maximum(reading.counts, reading.alone * _UNSEEN)))
    _, units, offsets, end = reading.words(counts)
    return cost_of_words(reading.unit_counts, units, offsets, counts[end])


def _log_shares(counts: Nats) -> Nats:
    """Return ln of the shares of all occurrences, -inf for none."""
    with np.errstate(divide="ignore"):
        shares: Nats = np.log(counts / max(1.0, counts.sum()))
    return shares


@dataclass(frozen=True)
class _Reading:
    """A corpus, and the words it can be cut into by nodes of a trie: (nodes,) arrays.

    rows     (w,) bool: words of the lexicon that some text can be cut into
    runs     (w,) bool: runs of letters among the other words, which are one unit all together
    units    of the corpus
    spelled  (u,) of the same type and (w' + 1,) int64: those words in units
    end      (w',) int32: their nodes
    edges    of the trie
    counts   what the lexicon says, 0 = no word
    unit_counts  (k + 1,) of the single units in the corpus, the border at 0
    lengths  in units, 0 where no word ends
    """

    rows: Flags
    runs: Flags
    units: Units
    spelled: tuple[Symbols, Offsets]
    end: Nodes
    edges: Keys
    counts: Counts
    unit_counts: Counts
    lengths: Counts

    @property
    def alone(self) -> Flags:
        """Which nodes are single units that occur."""
        alone = np.zeros(self.counts.size, np.bool_)
        alone[1 : self.unit_counts.size] = self.unit_counts[1:] > 0
        return alone

    def _longest(self) -> int:
        ends = np.flatnonzero(self.units.ids == 0)
        return int(np.diff(ends, prepend=-1, append=self.units.ids.size).max()) + 1

    def best(self, scores: Nats, floor: float = -1e6) -> tuple[Counts, float]:
        """Count the words of the best cut.  Returns the counts and the sum of the scores."""
        size = self._longest()
        paths = lattice.Paths(np.empty(size), np.empty(size, np.int32), np.empty(size, np.int32))
        counts = np.zeros(scores.size, np.int64)
        ids = self.units.ids
        joins = self.units.kinds == Kind.JOINING
        total = lattice.count_words(ids, joins, lattice.Trie(self.edges, scores), floor, paths, counts, (0, ids.size))
        return counts, total

    def expected(self, scores: Nats) -> tuple[Nats, float]:
        """Count the words of all cuts.  Returns the expected counts and ln p(text)."""
        size = self._longest()
        sums = lattice.Sums(np.empty(size), np.empty(size), np.empty(size))
        counts = np.zeros(scores.size)
        ids = self.units.ids
        joins = self.units.kinds == Kind.JOINING
        # A unit with the joining ones behind it, where that is no word: the same in every round.
        floor = math.log(_UNSEEN / max(1, ids.size))
        total = lattice.expect_words(ids, joins, lattice.Trie(self.edges, scores), floor, sums, counts, (0, ids.size))
        return counts, total

    def words(self, counts: Counts) -> tuple[Nodes, Symbols, Offsets, Nodes]:
        """Return single units counted but not in the lexicon; all words in units, as `spelled`; and their nodes."""
        more = self.alone & (counts > 0)
        more[self.end[np.diff(self.spelled[1]) == 1]] = False
        nodes = np.flatnonzero(more).astype(np.int32)
        units = np.concatenate([self.spelled[0], nodes.astype(self.spelled[0].dtype)])
        offsets = np.concatenate([self.spelled[1], self.spelled[1][-1] + np.arange(1, nodes.size + 1)])
        return nodes, units, offsets, np.concatenate([self.end, nodes])

    def lexicon(self, old: Lexicon, counts: Counts) -> Lexicon:
        """Return the lexicon with these counts, the single units of the corpus in it, and without what has none.

        Runs of letters that are listed one by one keep their counts.
        """
        more, units, offsets, end = self.words(counts)
        times = counts[end]
        listed = np.flatnonzero(self.runs)
        if listed.size:
            times = np.where(np.isin(end, np.flatnonzero(self.units.kinds == Kind.CASED)), 0, times)
        rows = np.concatenate([np.flatnonzero(self.rows), np.full(more.size, -1), listed])
        words = [*compress(old.words, self.rows), *map(chr, self.units.alphabet[more - 1].tolist())]
        words += [old.words[i] for i in listed.tolist()]
        score = np.concatenate([times * _gains(units, offsets, times, self.units.kinds.size), np.zeros(listed.size)])
        times = np.concatenate([times, old.count[listed]])
        order = np.lexsort((-times, -score))
        order = order[times[order] > 0]
        pmi, left, right = (
            np.append(column, np.nan)[rows[order]] for column in (old.pmi, old.left_entropy, old.right_entropy)
        )
        # What the text costs is another matter now, and there are no phrases.
        stale = {key for key in old.about if "phrase" in key or key.removeprefix("units-") in COST_FIELDS}
        about = {key: value for key, value in old.about.items() if key not in stale | {"word-bits-per-character"}}
        return Lexicon([words[i] for i in order.tolist()], times[order], pmi, left, right, score[order], about)


def _read(corpus: Corpus, lexicon: Lexicon) -> _Reading:
    """Read a corpus as units, and the words of a lexicon as those units."""
    lexicon = lexicon.at_level(1)
    encoded = encode_corpus(corpus, normalize=lexicon.rules.normalize)
    units = make_units(encoded.ids, *character_kinds(encoded.alphabet, lexicon.rules))
    number = {chr(code): unit for unit, code in enumerate(units.alphabet.tolist(), 1)}
    rules = lexicon.rules
    runs = np.array([rules.is_run(word) for word in lexicon.words], np.bool_)
    rows = np.array([rules.can_be_cut(word) and number.keys() >= set(word) for word in lexicon.words], np.bool_) & ~runs
    words = list(compress(lexicon.words, rows))
    spelled = np.array([number[character] for word in words for character in word], units.ids.dtype)
    offsets = np.cumsum([0, *map(len, words)], dtype=np.int64)
    edges = lattice.empty_table(spelled.size)
    end = np.zeros(len(words), np.int32)
    nodes = lattice.add_words(spelled, offsets, units.kinds.size, edges, end)
    counts = np.zeros(nodes, np.int64)
    counts[end] = lexicon.count[rows]
    lengths = np.zeros(nodes, np.int64)
    lengths[1 : units.kinds.size] = 1
    lengths[end] = np.diff(offsets)
    if LETTERS in number and units.kinds[number[LETTERS]] == Kind.CASED:
        # Listed one by one, each run is this unit.
        counts[number[LETTERS]] += lexicon.count[runs].sum()
    unit_counts = np.bincount(units.ids, minlength=units.kinds.size)
    return _Reading(rows, runs, units, (spelled, offsets), end, edges, counts, unit_counts, lengths)


def _gains(units: Symbols, offsets: Offsets, times: Counts, n_units: int) -> Nats:
    """What each word saves at each occurrence over the best cut of it into the others, nats; 0 for single units."""
    if not times.size:
        return np.zeros(0)
    longest_first = np.argsort(-np.diff(offsets), kind="stable")
    words = [units[offsets[i] : offsets[i + 1]] for i in longest_first.tolist()]
    sorted_units = np.concatenate(words)
    sorted_offsets = np.cumsum([0, *map(len, words)], dtype=np.int64)
    edges = lattice.empty_table(units.size)
    end = np.zeros(times.size, np.int32)
    scores = np.full(lattice.add_words(sorted_units, sorted_offsets, n_units, edges, end), -np.inf)
    scores[end] = np.log(np.maximum(times[longest_first], 0.5) / max(1, times.sum()))
    gain = np.zeros(times.size)
    lattice.prune_words(
        lattice.Spelling(sorted_units, sorted_offsets, end),
        np.zeros(times.size, np.bool_),
        lattice.Trie(edges, scores),
        float(np.log(0.25 / max(1, times.sum()))),
        -np.inf,
        np.zeros(scores.size, np.int64),
        gain,
    )
    result = np.zeros(times.size)
    result[longest_first] = gain
    return result
