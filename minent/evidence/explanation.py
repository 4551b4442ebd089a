"""Lexicon + words + text -> for each word the evidence, and the rule that kept or dropped it."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

from minent.characters import LETTERS, normalizer
from minent.corpus import Corpus
from minent.cutting.segmenter import Segmenter
from minent.errors import InputError
from minent.evidence.occurrences import RUN, Gram, Occurrences, Side, in_corpus, in_counts, in_words
from minent.evidence.reasons import Facts, rule_for, rule_for_phrase
from minent.lexicon import Entry, Lexicon
from minent.ngrams import NgramCounts
from minent.progress import Progress

# What a unit that the lexicon does not list counts as: less than one that was seen.
_UNSEEN = 0.5
# Where a word goes on beyond the string that is shown; where a phrase goes on with a word of the string.
_GOES_ON = "…"
_WITHIN = "_"


@dataclass(frozen=True)
class ExplainOptions:
    """How much to tell.

    top  how many neighbours on each side, and ways to cut, at most
    """

    top: int = 10

    def __post_init__(self) -> None:
        if self.top < 0:
            raise InputError(f"top must not be negative, as {self.top} is")


class Bond(NamedTuple):
    """One of the inner bonds of a word.

    left, right              the two parts of the word
    left_count, right_count  how often they occur
    pmi                      nats: ln p(word) - ln p(left) - ln p(right); nan if the word does not occur
    """

    left: str
    right: str
    left_count: int
    right_count: int
    pmi: float


class Neighbours(NamedTuple):
    """What stands on one side of a word.

    entropy    branching entropy, nats
    different  how many different units
    others     how often a border stands there, or what counts leave out; each time a unit of its own
    units      the units and how often each stands there, the most frequent first
    """

    entropy: float
    different: int
    others: int
    units: list[tuple[str, int]]


@dataclass(frozen=True)
class Explanation:
    """All that is known of a word; None = not known.

    asked      the word in question
    word       as a lexicon writes it: a number that is one unit is "0"
    kept       whether the lexicon has it
    rule       which rule of the lexicon kept or dropped it, such as "min-gain"; "unknown" if that cannot be told
    because    the reason, in words
    entry      the row of the lexicon
    parts      the best cut of it into other words
    gain       nats the word saves each time over that cut; of a word that was dropped, what it would save
    times      how often it occurs as a string
    as_word    how often it is a word of the best cut of the text
    between    how often it begins where a word does and ends where one does, be it cut inside or not
    cuts       how its occurrences are cut, and how often
    bonds      its inner bonds
    before     what stands before it
    after      what stands after it
    same_text  whether the text is the one the lexicon was made from; None without a text
    """

    asked: str
    word: str
    kept: bool
    rule: str
    because: str
    entry: Entry | None
    parts: list[str]
    gain: float | None
    times: int | None
    as_word: int | None
    between: int | None
    cuts: list[tuple[str, int]]
    bonds: list[Bond]
    before: Neighbours | None
    after: Neighbours | None
    same_text: bool | None

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain values for JSON; a missing number is None."""
        plain: dict[str, Any] = _plain({**vars(self), "bonds": [bond._asdict() for bond in self.bonds]})
        for side in (self.before, self.after):
            if side is not None:
                plain["before" if side is self.before else "after"] = _plain(side._asdict())
        plain["entry"] = None if self.entry is None else _plain(self.entry._asdict())
        return plain


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return None if value != value else value


class _Word(NamedTuple):
    """A word in question.

    asked    as it was written
    text     as a lexicon writes it
    gram     its units, 0 = a border; of a phrase, the numbers of its words, 0 = no word
    parts    how the units are spelled
    between  what stands between them: a space in a phrase
    """

    asked: str
    text: str
    gram: Gram
    parts: tuple[str, ...]
    between: str = ""

    def part(self, start: int, end: int) -> str:
        """Return some of it."""
        return self.between.join(self.parts[start:end])


def explain(
    lexicon: Lexicon,
    words: Sequence[str],
    text: Corpus | NgramCounts | None = None,
    options: ExplainOptions | None = None,
    *,
    threads: int = 1,
    progress: Progress | None = None,
) -> list[Explanation]:
    """Gather the evidence for words, and find out why the lexicon has them or not.

    words  in the lexicon or not; a number stands for any number where the lexicon says so.  A phrase is words with
           spaces between them
    text   what to look them up in: a corpus, read once for words and once for phrases, in memory that does not grow
           with it; or counts of characters, which do not say how the text is cut, and nothing of phrases; None: only
           what the lexicon itself knows

    Raises InputError for an empty word and for counts of bytes, and what reading the corpus raises.
    """
    segmenter = Segmenter(lexicon)
    runs: list[str] = []
    known = {word: number for number, word in enumerate(lexicon.at_level(1).words, 1)}
    asked = [
        _parse_phrase(word, segmenter, lexicon, known) if _is_phrase(word) else _parse(word, segmenter, lexicon, runs)
        for word in words
    ]
    grams = [word.gram for word in asked if all(word.gram) and not word.between]
    in_a_row = [word.gram for word in asked if all(word.gram) and word.between]
    found, found_phrases = None, None
    if isinstance(text, Corpus):
        if grams or not in_a_row:
            found = in_corpus(text, segmenter, grams, runs, threads=threads, progress=progress)
        if in_a_row:
            found_phrases = in_words(text, lexicon, [*known], in_a_row, threads=threads, progress=progress)
    elif text is not None:
        found = in_counts(text, lexicon.rules, grams)
    names = [*known]
    return [
        _Case(word, lexicon, found_phrases if word.between else found, names).explain((options or ExplainOptions()).top)
        for word in asked
    ]


def _is_phrase(asked: str) -> bool:
    return len(asked.split(" ")) > 1 and asked.split(" ") == asked.split()


def _parse_phrase(asked: str, segmenter: Segmenter, lexicon: Lexicon, known: dict[str, int]) -> _Word:
    """Turn words in a row into numbers; words that the lexicon does not list are entered into `known`."""
    words = [_parse(word, segmenter, lexicon, []) for word in asked.split(" ")]
    parts = tuple(word.text for word in words)
    gram = tuple(known.setdefault(word.text, len(known) + 1) if all(word.gram) else 0 for word in words)
    return _Word(asked, " ".join(parts), gram, parts, " ")


def _parse(asked: str, segmenter: Segmenter, lexicon: Lexicon, runs: list[str]) -> _Word:
    """Turn a word into units; a run of cased letters that is one unit is entered into `runs`."""
    if not asked:
        raise InputError("a word to explain must not be empty")
    gram: Gram = ()
    for piece in segmenter.units([asked.encode("utf-8", "surrogatepass")]):
        gram += tuple(piece.code.tolist())
    if gram == (ord(LETTERS),) and lexicon.rules.is_run(asked):
        normal = normalizer(lexicon.rules.normalize)
        run = "".join(chr(normal(ord(character))) for character in asked)
        if run not in runs:
            runs.append(run)
        return _Word(asked, run, (RUN + runs.index(run),), (run,))
    text = "".join(map(chr, gram)) if all(gram) else asked
    return _Word(asked, text, gram, tuple(text))


class _Case:
    """A word, the lexicon and what a text knows of it."""

    def __init__(self, word: _Word, lexicon: Lexicon, found: Occurrences | None, names: list[str]) -> None:
        self.word = word
        self.names = names
        self.lexicon = lexicon
        self.gram = word.gram
        self.same_text = None if found is None else found.digest == lexicon.about.get("corpus-digest")
        self.found = found if found and word.gram in found.times else None
        self.entry = lexicon.get(word.text)
        self.cuts: Mapping[bytes, int] = self.found.cuts.get(self.gram, {}) if self.found else {}
        self.knows_cuts = self.found is not None and self.found.words is not None
        self.between = sum(times for flags, times in self.cuts.items() if flags[0] and flags[-1])

    def explain(self, top: int) -> Explanation:
        """Gather everything."""
        found, gram = self.found, self.gram
        parts, gain = self._gain()
        bonds = self._bonds()
        weakest = min(bonds, key=lambda bond: bond.pmi, default=None)
        cuts = [(_show_cut(self.word, flags), times) for flags, times in _by_frequency(self.cuts)]
        facts = Facts(
            self.word.text,
            gram,
            self.entry,
            parts,
            gain,
            None if weakest is None else (f"{weakest.left} {weakest.right}", weakest.pmi),
            found.times[gram] if found else None,
            self.between if self.knows_cuts else None,
            cuts[0][0] if cuts else "",
            found.least if found else 1,
        )
        rule, because = (rule_for_phrase if self.word.between else rule_for)(facts, self.lexicon)
        return Explanation(
            self.word.asked,
            self.word.text,
            self.entry is not None,
            rule,
            because,
            self.entry,
            parts,
            gain,
            facts.times,
            found.as_word[gram] if found and self.knows_cuts else None,
            facts.between,
            cuts[:top],
            bonds,
            self._neighbours(found.before.get(gram), top) if found else None,
            self._neighbours(found.after.get(gram), top) if found else None,
            self.same_text,
        )

    def _bonds(self) -> list[Bond]:
        if self.found is None:
            return []
        times = self.found.times
        bonds = []
        for cut in range(1, len(self.gram)):
            left, right = times[self.gram[:cut]], times[self.gram[cut:]]
            both = times[self.gram]
            pmi = math.log(both / left / right * self.found.units) if both else math.nan
            parts = self.word.part(0, cut), self.word.part(cut, len(self.gram))
            bonds.append(Bond(*parts, left, right, pmi))
        return bonds

    def _gain(self) -> tuple[list[str], float | None]:
        """Return the best cut of the word into others, and what the word saves each time over it."""
        if len(self.gram) < 2 or not all(self.gram):
            return [], None
        if self.found is None or self.found.words is None:
            total = int(self.lexicon.at_level(1).count.sum())
            parts, cost = self._best_cut(self._listed, total)
            if self.word.between:  # the words are counted as if there were no phrases
                return parts, self.entry.score / self.entry.count if self.entry else None
            return parts, math.log(self.entry.count / total) + cost if self.entry else None
        as_word, total = self.found.as_word, self.found.words
        if self.entry is not None:
            parts, cost = self._best_cut(lambda start, end: as_word[self.gram[start:end]], total)
            times = as_word[self.gram]
            return parts, math.log(times / total) + cost if times else None
        # As if the word were one: wherever it stands between other words, these lose what is now taken for parts of it.
        inside: dict[Gram, int] = {}
        for flags, times in self.cuts.items():
            if flags[0] and flags[-1]:
                begins = [at for at, flag in enumerate(flags) if flag]
                for start, end in pairwise(begins):
                    part = self.gram[start:end]
                    inside[part] = inside.get(part, 0) + times
        total += self.between - sum(inside.values())
        parts, cost = self._best_cut(
            lambda start, end: as_word[self.gram[start:end]] - inside.get(self.gram[start:end], 0), total
        )
        return parts, math.log(self.between / total) + cost if self.between else None

    def _listed(self, start: int, end: int) -> int:
        entry = self.lexicon.get(self.word.part(start, end))
        return entry.count if entry else 0

    def _best_cut(self, count: Callable[[int, int], int], total: int) -> tuple[list[str], float]:
        """Return the most probable cut into other words of the lexicon and single units, and its -ln p."""
        best: list[tuple[float, list[str]]] = [(0.0, [])]
        for end in range(1, len(self.gram) + 1):
            ways = []
            for start in range(end):
                part = self.word.part(start, end)
                if part != self.word.text and (end - start == 1 or part in self.lexicon):
                    cost, parts = best[start]
                    ways.append((cost - math.log(max(count(start, end), _UNSEEN) / max(total, 1)), [*parts, part]))
            best.append(min(ways))
        return best[-1][1], best[-1][0]

    def _neighbours(self, side: Side | None, top: int) -> Neighbours | None:
        if side is None:
            return None
        spell = (lambda number: self.names[number - 1]) if self.word.between else chr
        units = [(spell(code), times) for code, times in _by_frequency(side.counts)[:top]]
        return Neighbours(side.entropy, len(side.counts), side.others, units)


def _by_frequency(counter: Any) -> list[tuple[Any, int]]:
    return sorted(counter.items(), key=lambda item: (-item[1], item[0]))


def _show_cut(word: _Word, flags: bytes) -> str:
    """Write a string as it is cut: spaces between words, marks where a word, or phrase, goes on."""
    goes_on = _WITHIN if word.between else ""
    units = [word.text] if len(flags) == 2 else word.parts
    words = "".join((" " if flag else goes_on) + unit for unit, flag in zip(units, flags, strict=False))
    return f"{'' if flags[0] else _GOES_ON}{words.strip(' ' + goes_on)}{'' if flags[-1] else _GOES_ON}"
