"""Text or n-gram counts -> where some strings of units occur, what stands beside them, how the text is cut there.

Words in a row are strings of units too, of words: see `in_words`.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np

from minent.alphabet import Digest
from minent.characters import LETTERS, NUMBER, WORD_KINDS, UnitRules
from minent.corpus import Corpus
from minent.cutting.phrasing import WordNumbers, cut_phrases, phrase_trie
from minent.cutting.segmenter import Segmenter
from minent.errors import InputError
from minent.kernels.phrases import CutUnits
from minent.lexicon import BESIDE_ALL, SPACES, Lexicon
from minent.ngrams import NgramCounts
from minent.progress import Progress, Silent
from minent.types import Bytes, Nodes, Offsets, Symbols

# Code points that stand for the units of a string; a run of cased letters that is asked for has a number beyond them.
# Or the numbers of words.
Gram: TypeAlias = tuple[int, ...]
RUN = 0x110000


@dataclass
class Side:
    """What stands on one side of a string.

    counts  code point of a unit -> how often it stands there
    others  how often something else does: a border, or what counts leave out; each time a unit of its own
    """

    counts: Counter[int] = field(default_factory=Counter)
    others: int = 0

    @property
    def entropy(self) -> float:
        """The branching entropy, nats; nan for nothing."""
        times = np.array(list(self.counts.values()), np.float64)
        total = times.sum() + self.others
        return float(np.log(total) - (times * np.log(times)).sum() / total) if total else np.nan


@dataclass
class Occurrences:
    """What a text knows of strings of units.

    digest   of the text
    units    of the text, without borders
    words    of the text, as it is cut; None = not known
    times    how often each string occurs, overlaps counted; one that is missing is not known
    as_word  how often each is a word of the best cut, if that is known
    cuts     how each string in question is cut: (n + 1,) flags of the words that begin in it and right after it
    before   what stands before each string in question
    after    what stands after it
    least    n-grams seen fewer times are left out
    """

    digest: str = ""
    units: int = 0
    words: int | None = None
    times: dict[Gram, int] = field(default_factory=dict)
    as_word: dict[Gram, int] = field(default_factory=dict)
    cuts: dict[Gram, Counter[bytes]] = field(default_factory=dict)
    before: dict[Gram, Side] = field(default_factory=dict)
    after: dict[Gram, Side] = field(default_factory=dict)
    least: int = 1


def substrings(gram: Gram) -> Iterator[Gram]:
    """Yield all parts of a string that stand together, the string too."""
    for start in range(len(gram)):
        for end in range(start + 1, len(gram) + 1):
            yield gram[start:end]


def in_corpus(
    corpus: Corpus,
    segmenter: Segmenter,
    grams: Iterable[Gram],
    runs: Sequence[str] = (),
    *,
    threads: int = 1,
    progress: Progress | None = None,
) -> Occurrences:
    """Read a text once for all that is to be known of some strings of units, in memory that does not grow with it.

    runs  of cased letters that are one unit: the first is the unit RUN of a string, the second RUN + 1 ...

    Raises what reading the corpus raises.
    """
    progress = progress or Silent()
    progress.stage("looking", corpus.size)
    window = _Window(sorted(set(grams)), first_run=RUN)
    digest = Digest()
    for document in corpus.documents():
        for cut in segmenter.units(_digested(document.chunks(), digest), threads=threads):
            window.add(_mark_runs(cut, runs), cut.begins)
        digest.end_document()
        window.end()
    window.found.digest = digest.hex()
    return window.found


def in_words(
    corpus: Corpus,
    lexicon: Lexicon,
    words: Sequence[str],
    grams: Iterable[Gram],
    *,
    threads: int = 1,
    progress: Progress | None = None,
) -> Occurrences:
    """Read a text once for all that is to be known of some words in a row: its words are the units, phrases the words.

    words  numbered from 1 on for `grams`: all of the lexicon, and any others; what is none of them is a border

    Memory grows with the longest stretch without a border.  Raises what reading the corpus raises.
    """
    progress = progress or Silent()
    progress.stage("looking", corpus.size)
    segmenter = Segmenter(lexicon)
    numbers = WordNumbers(words, lexicon.rules)
    trie, _ = phrase_trie(lexicon, words)
    window = _Window(sorted(set(grams)), first_run=None)
    digest = Digest()

    def add(pieces: list[Nodes]) -> None:
        spaced = lexicon.about.get(SPACES) == BESIDE_ALL
        row, _ = numbers.join(np.concatenate(pieces), np.zeros(0, np.int64), spaced=spaced)
        window.add(row.astype(np.uint32), cut_phrases(row, trie, 0)[0])

    for document in corpus.documents():
        pieces = [np.full(1, -2, np.int32)]
        for cut in segmenter.units(_digested(document.chunks(), digest), threads=threads):
            ids, _ = numbers.read(cut, cut.code.size)
            borders = np.flatnonzero((ids == 0) | (ids == -2))
            if borders.size:
                add([*pieces, ids[: borders[-1] + 1]])
                pieces = []
                ids = ids[borders[-1] + 1 :]
            pieces.append(ids)
        add(pieces)
        digest.end_document()
        window.end()
    window.found.digest = digest.hex()
    return window.found


def _digested(chunks: Iterable[bytes], digest: Digest) -> Iterator[bytes]:
    for chunk in chunks:
        digest.read(chunk)
        yield chunk


def _mark_runs(cut: CutUnits, runs: Sequence[str]) -> Symbols:
    """Return the units with those numbered apart that are one of `runs`."""
    code = cut.code
    for number, run in enumerate(runs, RUN):
        at = np.flatnonzero((cut.code == ord(LETTERS)) & (np.diff(cut.start) == len(run)))
        for step, character in enumerate(run):
            at = at[cut.characters[cut.start[at] + step] == ord(character)]
        code[at] = number
    return code


class _Window:
    """A stretch of text that moves on: strings are looked for where the text on both sides is there too."""

    def __init__(self, grams: Sequence[Gram], first_run: int | None) -> None:
        self._first_run = first_run
        self.found = Occurrences(words=0)
        # String -> the strings with one unit more that are looked for too; () leads to the single units.
        self._longer: defaultdict[Gram, list[Gram]] = defaultdict(list)
        for part in sorted({part for gram in grams for part in substrings(gram)}):
            self._longer[part[:-1]].append(part)
            self.found.times[part] = self.found.as_word[part] = 0
        self._longest = max(map(len, grams), default=1)
        self._code: Symbols = np.zeros(1, np.uint32)
        self._begins: Bytes = np.ones(1, np.uint8)
        for gram in grams:
            self.found.cuts[gram] = Counter()
            self.found.before[gram] = Side()
            self.found.after[gram] = Side()

    def add(self, code: Symbols, begins: Bytes) -> None:
        """Go on with the next units."""
        in_words = code > 0
        self.found.units += int(in_words.sum())
        self.found.words = (self.found.words or 0) + int(begins[in_words].sum())
        self._code = np.concatenate([self._code, code])
        self._begins = np.concatenate([self._begins, begins])
        last = self._code.size - self._longest
        if last > 1:
            for unit in self._longer[()]:
                self._look(unit, 1 + np.flatnonzero(self._code[1:last] == unit[0]))
            self._code = self._code[last - 1 :]
            self._begins = self._begins[last - 1 :]

    def end(self) -> None:
        """End the document: what follows stands behind a border."""
        self.add(np.zeros(self._longest + 1, np.uint32), np.ones(self._longest + 1, np.uint8))

    def _look(self, gram: Gram, at: Offsets) -> None:
        """Count a string that begins at `at`, and those that go on from it."""
        if not at.size:
            return
        size = len(gram)
        after = self._code[at + size]
        cuts = self._begins[at[:, None] + np.arange(size + 1)]
        self.found.times[gram] += at.size
        self.found.as_word[gram] += int(((cuts[:, 0] & cuts[:, -1]) > cuts[:, 1:-1].any(axis=1)).sum())
        if gram in self.found.cuts:
            self.found.cuts[gram].update(map(bytes, cuts))
            self._count_units(self._code[at - 1], self.found.before[gram])
            self._count_units(after, self.found.after[gram])
        for longer in self._longer.get(gram, ()):
            self._look(longer, at[after == longer[-1]])

    def _count_units(self, units: Symbols, side: Side) -> None:
        unit, times = np.unique(units, return_counts=True)
        for code, count in zip(unit.tolist(), times.tolist(), strict=True):
            run = self._first_run is not None and code >= self._first_run
            if code:
                side.counts[ord(LETTERS) if run else code] += count
            else:
                side.others += count


def in_counts(counts: NgramCounts, rules: UnitRules, grams: Iterable[Gram]) -> Occurrences:
    """Look up strings in counts of characters.

    A string longer than the longest n-grams is not known, nor one with a number or a run of letters that is one unit.

    Raises InputError for counts of bytes.
    """
    if counts.about.get("alphabet") == "bytes":
        raise InputError("these are counts of bytes; words are looked up in counts of characters")
    kinds, _ = rules.tables(counts.alphabet.tolist())
    in_words = np.array([kind in WORD_KINDS for kind in kinds], np.bool_)
    single = counts.count[1 : counts.starts[2]]
    found = Occurrences(str(counts.about.get("corpus-digest", "")), int(single[in_words].sum()))
    found.least = int(counts.about.get("min-count", 1))
    runs = {RUN, ord(LETTERS) if "letters" in rules.runs else RUN, ord(NUMBER) if "digits" in rules.runs else RUN}
    units = counts.alphabet[in_words].tolist()
    for gram in grams:
        for part in substrings(gram):
            if len(part) <= counts.order and runs.isdisjoint(part) and max(part) < RUN:
                found.times[part] = counts.look_up("".join(map(chr, part)))
        if len(gram) < counts.order and gram in found.times:
            text = "".join(map(chr, gram))
            after = {code: counts.look_up(text + chr(code)) for code in units}
            before = {code: counts.look_up(chr(code) + text) for code in units}
            for sides, seen in ((found.after, after), (found.before, before)):
                others = found.times[gram] - sum(seen.values())
                sides[gram] = Side(Counter({code: times for code, times in seen.items() if times}), others)
    return found
