"""How well a segmentation agrees with a gold standard: words, boundaries, word types, unknown words.

Words are compared as spans of the line's text without its white space, so that a segmentation may keep the
natural spaces of the text.  Three conventions say what becomes of punctuation (Unicode categories P and S):

keep    every token counts, as in the scoring script of the SIGHAN bakeoffs
bound   every punctuation mark is cut out of both sides first: its boundaries are given and earn nothing, and
        it is no word itself
drop    words of nothing but punctuation do not count, and the segmentation gets no help around them
"""

import unicodedata
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from itertools import accumulate, pairwise, repeat, zip_longest
from typing import Any, Literal, TypeAlias, TypeVar

from minent.errors import InputError

PUNCTUATION = ("keep", "bound", "drop")
REPORTED_DIFFERENCES = 3

_CONFIDENCE = 0.95

_T = TypeVar("_T")
_Triple: TypeAlias = tuple[int, int, int]  # gold, segmented, correct
_Interval: TypeAlias = tuple[float, float]
_Form: TypeAlias = Literal["NFC", "NFKC"] | None
_FORMS: dict[str, _Form] = {"none": None, "nfc": "NFC", "nfkc": "NFKC"}
NORMALIZATIONS = tuple(_FORMS)


@dataclass(frozen=True)
class Agreement:
    """How many things the gold standard has, the segmentation has, and both have.

    A ratio without cases is 0.0.  `f_interval` is a 95% interval of `f`, None unless it was asked for.
    """

    gold: int
    segmented: int
    correct: int
    f_interval: _Interval | None = None

    @property
    def precision(self) -> float:
        """Share of what the segmentation has that is correct."""
        return _share(self.correct, self.segmented)

    @property
    def recall(self) -> float:
        """Share of what the gold standard has that was found."""
        return _share(self.correct, self.gold)

    @property
    def f(self) -> float:
        """Harmonic mean of precision and recall."""
        p, r = self.precision, self.recall
        return 2 * p * r / (p + r) if p + r else 0.0

    def as_dict(self) -> dict[str, Any]:
        """Return counts and ratios, ready for JSON."""
        return asdict(self) | {"precision": self.precision, "recall": self.recall, "f": self.f}


@dataclass(frozen=True)
class VocabularySplit:
    """Gold words by whether a vocabulary has them: in vocabulary (iv) or out of it (oov)."""

    iv: int
    iv_correct: int
    oov: int
    oov_correct: int

    @property
    def oov_rate(self) -> float:
        """Share of the gold words that the vocabulary lacks."""
        return _share(self.oov, self.iv + self.oov)

    @property
    def oov_recall(self) -> float:
        """Share of the gold words out of the vocabulary that were found."""
        return _share(self.oov_correct, self.oov)

    @property
    def iv_recall(self) -> float:
        """Share of the gold words in the vocabulary that were found."""
        return _share(self.iv_correct, self.iv)

    def as_dict(self) -> dict[str, Any]:
        """Return counts and ratios, ready for JSON."""
        ratios = {"oov_rate": self.oov_rate, "oov_recall": self.oov_recall, "iv_recall": self.iv_recall}
        return asdict(self) | ratios


@dataclass(frozen=True)
class Difference:
    """A line (1-based) whose text without white space, normalised, is not the same on both sides."""

    line: int
    gold: str
    segmented: str


@dataclass(frozen=True)
class Scores:
    """The outcome of an evaluation.

    words             tokens, as spans of the text
    boundaries        between two words; the ends of a line never count
    types             distinct words
    vocabulary        gold words known and unknown, None without a vocabulary
    lines             compared; blank lines at the end are not
    exact_lines       lines whose words are all the gold words
    characters        of the gold text, white space left out
    differing_lines   lines of another text than the gold line; each counts as one uncut word
    differences       the first REPORTED_DIFFERENCES of them
    """

    words: Agreement
    boundaries: Agreement
    types: Agreement
    vocabulary: VocabularySplit | None
    lines: int
    exact_lines: int
    characters: int
    differing_lines: int
    differences: tuple[Difference, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return everything but the texts of `differences`, ready for JSON."""
        return {
            "words": self.words.as_dict(),
            "boundaries": self.boundaries.as_dict(),
            "types": self.types.as_dict(),
            "vocabulary": None if self.vocabulary is None else self.vocabulary.as_dict(),
            "lines": self.lines,
            "exact_lines": self.exact_lines,
            "characters": self.characters,
            "differing_lines": self.differing_lines,
        }


@dataclass(frozen=True)
class EvaluateOptions:
    """How two segmentations are compared.

    punctuation  one of PUNCTUATION, see the module
    normalize    one of NORMALIZATIONS: applied to each word of all inputs
    bootstrap    number of resamples of the lines for a 95% interval of F; 0: none
    seed         of the resampling
    """

    punctuation: str = "keep"
    normalize: str = "none"
    bootstrap: int = 0
    seed: int = 0

    def __post_init__(self) -> None:
        if self.punctuation not in PUNCTUATION:
            raise InputError(f"punctuation must be one of {', '.join(PUNCTUATION)}, not {self.punctuation!r}")
        if self.normalize not in NORMALIZATIONS:
            raise InputError(f"normalize must be one of {', '.join(NORMALIZATIONS)}, not {self.normalize!r}")
        if self.bootstrap < 0 or self.seed < 0:
            raise InputError(f"bootstrap and seed must be 0 or more, not {self.bootstrap} and {self.seed}")


_DEFAULTS = EvaluateOptions()


def evaluate(
    gold_lines: Iterable[str],
    segmented_lines: Iterable[str],
    *,
    vocabulary: Iterable[str] | None = None,
    punctuation: str = _DEFAULTS.punctuation,
    normalize: str = _DEFAULTS.normalize,
    bootstrap: int = _DEFAULTS.bootstrap,
    seed: int = _DEFAULTS.seed,
) -> Scores:
    """Compare two segmentations of the same text line by line.

    gold_lines, segmented_lines   line i against line i, words separated by white space (any of Unicode's)
    vocabulary                    the known words, for the recall of known and unknown ones
    the others                    see EvaluateOptions

    Raises InputError for options that do not fit, and if one side has more lines.
    """
    EvaluateOptions(punctuation, normalize, bootstrap, seed)  # checks them
    form = _FORMS[normalize]
    known = None if vocabulary is None else {_normalized(word.strip(), form) for word in vocabulary}
    tally = _Tally(known, keep_lines=bootstrap > 0)
    for number, (gold, segmented) in enumerate(_paired(gold_lines, segmented_lines), start=1):
        text, gold_ends = _cut(gold, form)
        other_text, ends = _cut(segmented, form)
        if text != other_text:
            tally.differ(Difference(number, text, other_text))
            ends = {len(text)} if text else set()
        tally.add(_line(text, gold_ends, punctuation), _line(text, ends, punctuation), text)
    scores = tally.scores()
    if not bootstrap:
        return scores
    word_interval, boundary_interval = _intervals(tally.per_line, bootstrap, seed)
    return replace(
        scores,
        words=replace(scores.words, f_interval=word_interval),
        boundaries=replace(scores.boundaries, f_interval=boundary_interval),
    )


@dataclass(frozen=True)
class _Line:
    """What counts of one side of a line: words as (start, end), and boundaries, both in characters."""

    words: set[tuple[int, int]]
    boundaries: set[int]


@dataclass
class _Tally:
    """Running sums over the lines."""

    known: set[str] | None
    keep_lines: bool
    words: _Triple = (0, 0, 0)
    boundaries: _Triple = (0, 0, 0)
    # Six counts a line, of words and of boundaries.
    per_line: "array[int]" = field(default_factory=lambda: array("q"))
    gold_types: set[str] = field(default_factory=set)
    types: set[str] = field(default_factory=set)
    oov: int = 0
    oov_correct: int = 0
    lines: int = 0
    exact_lines: int = 0
    characters: int = 0
    differing_lines: int = 0
    differences: list[Difference] = field(default_factory=list)

    def differ(self, difference: Difference) -> None:
        self.differing_lines += 1
        if len(self.differences) < REPORTED_DIFFERENCES:
            self.differences.append(difference)

    def add(self, gold: _Line, segmented: _Line, text: str) -> None:
        self.lines += 1
        self.characters += len(text)
        self.exact_lines += gold.words == segmented.words
        words = _overlap(gold.words, segmented.words)
        boundaries = _overlap(gold.boundaries, segmented.boundaries)
        self.words = _sum(self.words, words)
        self.boundaries = _sum(self.boundaries, boundaries)
        if self.keep_lines:
            self.per_line.extend((*words, *boundaries))
        self.types.update(text[start:end] for start, end in segmented.words)
        self.gold_types.update(text[start:end] for start, end in gold.words)
        if self.known is not None:
            unknown = {(start, end) for start, end in gold.words if text[start:end] not in self.known}
            self.oov += len(unknown)
            self.oov_correct += len(unknown & segmented.words)

    def split(self) -> VocabularySplit | None:
        if self.known is None:
            return None
        gold, _, correct = self.words
        return VocabularySplit(gold - self.oov, correct - self.oov_correct, self.oov, self.oov_correct)

    def scores(self) -> Scores:
        return Scores(
            words=Agreement(*self.words),
            boundaries=Agreement(*self.boundaries),
            types=Agreement(*_overlap(self.gold_types, self.types)),
            vocabulary=self.split(),
            lines=self.lines,
            exact_lines=self.exact_lines,
            characters=self.characters,
            differing_lines=self.differing_lines,
            differences=tuple(self.differences),
        )


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _overlap(gold: set[_T], segmented: set[_T]) -> _Triple:
    return len(gold), len(segmented), len(gold & segmented)


def _sum(a: _Triple, b: _Triple) -> _Triple:
    return a[0] + b[0], a[1] + b[1], a[2] + b[2]


def _normalized(word: str, form: _Form) -> str:
    return word if form is None else unicodedata.normalize(form, word)


def _cut(line: str, form: _Form) -> tuple[str, set[int]]:
    """Return the text without white space and where its words end."""
    words = line.split()
    if form is not None:
        # NFKC turns some marks into a space and an accent; that space is white space like any other.
        words = ["".join(_normalized(word, form).split()) for word in words]
    return "".join(words), set(accumulate(len(word) for word in words)) - {0}


@cache
def is_punctuation(character: str) -> bool:
    """Whether a character is a punctuation mark or a symbol: Unicode categories P and S."""
    return unicodedata.category(character)[0] in "PS"


def _line(text: str, ends: set[int], punctuation: str) -> _Line:
    given: set[int] = set()
    if punctuation == "bound":
        for position, character in enumerate(text):
            if is_punctuation(character):
                given.update((position, position + 1))
    words = set(pairwise(sorted({0} | ends | given)))
    if punctuation != "keep":
        words = {word for word in words if not all(map(is_punctuation, text[slice(*word)]))}
    return _Line(words, ends - given - {len(text)})


def _paired(gold: Iterable[str], segmented: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Pair the lines; InputError, naming both counts, once one side has no more."""
    pairs = zip_longest(_without_end_blanks(gold), _without_end_blanks(segmented))
    for number, (a, b) in enumerate(pairs):
        if a is None or b is None:
            longer = number + 1 + sum(1 for _ in pairs)
            counts = (number, longer) if a is None else (longer, number)
            raise InputError(
                "the gold standard has {} lines, the segmentation {}; both must hold the same lines in the "
                "same order".format(*counts)
            )
        yield a, b


def _without_end_blanks(lines: Iterable[str]) -> Iterator[str]:
    blanks = 0
    for line in lines:
        if line.strip():
            yield from repeat("", blanks)
            blanks = 0
            yield line
        else:
            blanks += 1


def _intervals(per_line: "array[int]", samples: int, seed: int) -> tuple[_Interval, _Interval]:
    """Return the intervals of the F of words and of boundaries when lines are drawn with replacement."""
    import numpy as np

    rows = np.frombuffer(per_line, dtype=np.int64).reshape(-1, 6)
    if not len(rows):
        return (0.0, 0.0), (0.0, 0.0)
    random = np.random.default_rng(seed)
    totals = np.empty((samples, 6))
    for sample in totals:
        drawn = np.bincount(random.integers(0, len(rows), len(rows)), minlength=len(rows))
        sample[:] = drawn @ rows
    tails = [(1 - _CONFIDENCE) / 2, (1 + _CONFIDENCE) / 2]
    # F is twice the correct by the sum of both sides; that sum is 0 only where nothing can be correct.
    words, boundaries = (
        np.quantile(2 * correct / np.maximum(gold + segmented, 1), tails)
        for gold, segmented, correct in (totals[:, :3].T, totals[:, 3:].T)
    )
    return (float(words[0]), float(words[1])), (float(boundaries[0]), float(boundaries[1]))
