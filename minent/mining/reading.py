"""Corpus -> clauses of numbered words, put aside, and the words."""

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from minent.alphabet import Digest
from minent.characters import UnitRules
from minent.corpus import Corpus
from minent.counting.spool import Place, Spool
from minent.cutting.segmenter import Segmenter
from minent.errors import CapacityError
from minent.kernels import phrases as kernels
from minent.kernels.phrases import CutUnits
from minent.lexicon import Lexicon
from minent.progress import Progress
from minent.types import Counts, Nodes

# A mask has a bit for each word.
LONGEST_CLAUSE = 64
# Pairs of words are packed into 64 bits.
_MOST_WORDS = 2**24 - 1
_BLOCK = 1 << 20


class ClauseRules(NamedTuple):
    """How text becomes clauses of words.

    lexicon  whose words; None where they are characters, or what stands between white space
    spaced   whether words are what stands between white space
    marks    whether marks are words; else clauses end there
    """

    lexicon: Lexicon | None
    spaced: bool
    marks: bool

    @property
    def cutter(self) -> Lexicon:
        """The lexicon that text is cut with: without one, characters, numbers and runs of letters are words."""
        if self.lexicon is not None:
            return self.lexicon.at_level(1)
        bare = Lexicon.empty()
        rules = UnitRules("digits,letters")
        bare.about = {"runs": rules.runs, "normalize": rules.normalize}
        return bare


class Collector:
    """Numbers the words of cut text as they come.

    Raises CapacityError for more than 16 million different words.
    """

    def __init__(self, rules: ClauseRules) -> None:
        self._rules = (rules.spaced, rules.marks)
        self._table = kernels.Table(
            np.zeros(1 << 12, np.int32), np.empty(1 << 14, np.uint32), np.zeros(1 << 11, np.int64)
        )
        self._known = np.zeros(1, np.int64)

    def read(self, cut: CutUnits) -> Nodes:
        """Return the clauses of a stretch of text: the number of each word, from 1 on, 0 at the ends."""
        ids = np.empty(cut.code.size + 1, np.int32)
        pieces = []
        unit = 0
        while unit < cut.code.size:
            unit, size = kernels.number_clauses(cut, unit, self._rules, self._table, self._known, ids)
            pieces.append(ids[:size].copy())
            if unit < cut.code.size:
                self._grow(cut.characters.size)
        return np.concatenate([ids[:0], *pieces])

    def _grow(self, characters: int) -> None:
        """Make room for twice the words, and for the longest word of a piece."""
        known = int(self._known[0])
        if known >= _MOST_WORDS:
            raise CapacityError(
                f"templates are made of up to {_MOST_WORDS:,} different words; cut the text with a lexicon or into "
                "characters"
            )
        end = int(self._table.offsets[known])
        codes = np.empty(2 * end + characters, np.uint32)
        codes[:end] = self._table.codes[:end]
        offsets = np.zeros(4 * known + 1024, np.int64)
        offsets[: known + 1] = self._table.offsets[: known + 1]
        slots = np.zeros(1 << (4 * known + 1024).bit_length(), np.int32)
        self._table = kernels.Table(slots, codes, offsets)
        kernels.enter_words(kernels.Table(slots, codes, offsets[: known + 1]))

    def words(self) -> list[str]:
        """The words, in the order of their numbers."""
        known = int(self._known[0])
        offsets = self._table.offsets[: known + 1].tolist()
        text = self._table.codes[: offsets[-1]].astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")
        return [text[low:high] for low, high in pairwise(offsets)]


class Clauses:
    """The clauses of a corpus, cut after every LONGEST_CLAUSE words.

    words    the most frequent first, equally frequent ones by code points; numbered from 1 on
    counts   (w + 1,) int64: occurrences of each, of the ends of clauses at 0
    digest   of the corpus, and its size in bytes
    """

    def __init__(
        self, corpus: Corpus, rules: ClauseRules, spool: Spool, threads: int = 1, progress: Progress | None = None
    ) -> None:
        if progress is not None:
            progress.stage("cutting into words", corpus.size)
        self._spool = spool
        self._places: list[Place] = []
        counts = np.zeros(1, np.int64)
        collector = Collector(rules)
        digest = Digest()
        for block in self._blocks_of(corpus, rules, collector, digest, threads):
            kept = _cut_long(block)
            found = np.bincount(kept, minlength=counts.size)
            found[: counts.size] += counts
            counts = found
            self._places.append(spool.put(kept))
        self.digest, self.size = digest.hex(), digest.size
        words = collector.words()
        counts = np.concatenate([counts, np.zeros(len(words) + 1 - counts.size, np.int64)])
        times = counts[1:].tolist()
        order = sorted(range(len(words)), key=lambda word: (-times[word], words[word]))
        order = order[: int((counts[1:] > 0).sum())]
        self.words = [words[word] for word in order]
        self.counts: Counts = counts[np.array([0, *(word + 1 for word in order)])]
        rank = np.zeros(len(words) + 1, np.int32)
        rank[np.array(order, np.int64) + 1] = np.arange(1, len(order) + 1)
        for number, place in enumerate(self._places):
            self._places[number] = spool.replace(place, rank[spool.get(place)])

    @property
    def clauses(self) -> int:
        """How many clauses there are."""
        return int(self.counts[0])

    @property
    def tokens(self) -> int:
        """How many words they have."""
        return int(self.counts[1:].sum())

    def blocks(self) -> Iterator[Nodes]:
        """Yield all clauses, some at a time: (n,) int32 words, 0 behind each clause."""
        for place in self._places:
            yield self._spool.get(place)

    @staticmethod
    def _blocks_of(
        corpus: Corpus, rules: ClauseRules, collector: Collector, digest: Digest, threads: int
    ) -> Iterator[Nodes]:
        """Yield clauses, many at a time; one beyond all measure is cut where it would be cut later."""
        segmenter = Segmenter(rules.cutter)
        waiting: list[Nodes] = []
        for document in corpus.documents():
            rest = np.zeros(0, np.int32)
            for cut in segmenter.units(_digested(document.chunks(), digest), threads=threads):
                ids = collector.read(cut)
                ends = np.flatnonzero(ids == 0)
                last = int(ends[-1]) + 1 if ends.size else 0
                if last:
                    waiting += [rest, ids[:last]]
                    rest = ids[:0]
                if sum(piece.size for piece in waiting) >= _BLOCK:
                    yield np.concatenate(waiting)
                    waiting = []
                rest = np.concatenate([rest, ids[last:]])
                if rest.size >= _BLOCK:
                    whole = rest.size // LONGEST_CLAUSE * LONGEST_CLAUSE
                    waiting += [rest[:whole], np.zeros(1, np.int32)]
                    rest = rest[whole:].copy()
            waiting += [rest, np.zeros(1, np.int32)]
            digest.end_document()
        yield np.concatenate([np.zeros(1, np.int32), *waiting])


def _cut_long(block: Nodes) -> Nodes:
    """End clauses after every LONGEST_CLAUSE words; leave out empty ones."""
    ends = np.flatnonzero(block == 0)
    lengths = np.diff(ends, prepend=-1) - 1
    cuts = np.maximum(lengths - 1, 0) // LONGEST_CLAUSE
    if cuts.any():
        steps = np.arange(int(cuts.sum())) - np.repeat(np.cumsum(cuts) - cuts, cuts) + 1
        block = np.insert(block, np.repeat(ends - lengths, cuts) + LONGEST_CLAUSE * steps, 0)
    return block[(block > 0) | (np.concatenate([[0], block[:-1]]) > 0)]


def _digested(chunks: Iterator[bytes], digest: Digest) -> Iterator[bytes]:
    for chunk in chunks:
        digest.read(chunk)
        yield chunk
