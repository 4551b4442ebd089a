"""How well the brackets of trees agree with those of a gold standard, and brackets that take no thought to beat.

A bracket is a stretch of a line's text, in characters without white space, so that sides which cut words in different
ways can be compared.  Words of nothing but punctuation (Unicode categories P and S) are left out first.  Brackets have
no labels, and one that stands twice counts once.  One around a single word does not count, and one around the whole
line only where that is said: nobody could get them wrong.  Sums are over all lines.  These are the conventions of Klein
and Manning (2002), "A generative constituent-context model for improved grammar induction", and (2004), "Corpus-based
induction of syntactic structure: models of dependency and constituency".
"""

import random
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any, NamedTuple, TypeAlias

from minent.errors import InputError
from minent.scoring.evaluation import REPORTED_DIFFERENCES, Agreement, Difference, is_punctuation

BASELINES = ("right-branching", "left-branching", "random")
_TOKENS = re.compile(r"[()]|(?:[^\s()\\]|\\.)+")

Stretches: TypeAlias = set[tuple[int, int]]


class Bracketed(NamedTuple):
    """A line as words, and brackets around some of them, each from a word to before another."""

    words: list[str]
    brackets: Stretches


@dataclass(frozen=True)
class BracketScores:
    """The outcome of a comparison.

    brackets         that do not hold the whole line
    all_brackets     these, and those around whole lines of two words or more
    baselines        of the same lines bracketed without looking at them, by the names in BASELINES: all_brackets left
                     out.  Random trees are binary, each as probable as any other
    lines            that are compared
    exact_lines      lines with the same brackets on both sides
    words            of the gold standard, without punctuation
    differing_lines  lines of another text than the gold line; they count as if they had no brackets
    differences      the first REPORTED_DIFFERENCES of them
    """

    brackets: Agreement
    all_brackets: Agreement
    baselines: dict[str, Agreement]
    lines: int
    exact_lines: int
    words: int
    differing_lines: int
    differences: tuple[Difference, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return everything but the texts of `differences`, ready for JSON."""
        return {
            "brackets": self.brackets.as_dict(),
            "all_brackets": self.all_brackets.as_dict(),
            "baselines": {name: part.as_dict() for name, part in self.baselines.items()},
            "lines": self.lines,
            "exact_lines": self.exact_lines,
            "words": self.words,
            "differing_lines": self.differing_lines,
        }


@dataclass
class _Sums:
    """Brackets of the gold standard, of the other side, of both."""

    gold: int = 0
    found: int = 0
    correct: int = 0

    def add(self, gold: Stretches, found: Stretches) -> None:
        self.gold += len(gold)
        self.found += len(found)
        self.correct += len(gold & found)

    def agreement(self) -> Agreement:
        return Agreement(self.gold, self.found, self.correct)


@dataclass
class _Tally:
    """Running sums over the lines."""

    seed: int
    brackets: _Sums = field(default_factory=_Sums)
    all_brackets: _Sums = field(default_factory=_Sums)
    baselines: dict[str, _Sums] = field(default_factory=lambda: {name: _Sums() for name in BASELINES})
    lines: int = 0
    exact_lines: int = 0
    words: int = 0
    differences: list[Difference] = field(default_factory=list)
    differing_lines: int = 0

    def add(self, gold: Bracketed, other: Bracketed) -> None:
        self.lines += 1
        gold, other = without_punctuation(gold), without_punctuation(other)
        text, right = "".join(gold.words), _stretches(gold)
        if text == "".join(other.words):
            found = _stretches(other)
        else:
            found = set()
            self.differing_lines += 1
            if len(self.differences) < REPORTED_DIFFERENCES:
                self.differences.append(Difference(self.lines, text, "".join(other.words)))
        whole = (0, len(text))
        self.words += len(gold.words)
        self.exact_lines += right - {whole} == found - {whole}
        self.brackets.add(right - {whole}, found - {whole})
        around = {whole} if len(gold.words) > 1 else set()
        self.all_brackets.add(right | around, found | (around if found else set()))
        for name, sums in self.baselines.items():
            brackets = branch(len(gold.words), name, f"{self.seed} {self.lines}")
            sums.add(right - {whole}, _stretches(Bracketed(gold.words, brackets)) - {whole})


def evaluate_brackets(gold: Iterable[Bracketed], parsed: Iterable[Bracketed], *, seed: int = 0) -> BracketScores:
    """Compare the brackets of line i with those of gold line i.

    seed  of the random trees

    Raises InputError if one side has more lines.
    """
    tally = _Tally(seed)
    sides = iter(gold), iter(parsed)
    while True:
        a, b = next(sides[0], None), next(sides[1], None)
        if a is None or b is None:
            break
        tally.add(a, b)
    if a is not None or b is not None:
        more, fewer = ("gold standard", "parsed text") if b is None else ("parsed text", "gold standard")
        raise InputError(
            f"the {fewer} has {tally.lines} lines, the {more} more; both must hold the same lines in the same order"
        )
    return BracketScores(
        brackets=tally.brackets.agreement(),
        all_brackets=tally.all_brackets.agreement(),
        baselines={name: sums.agreement() for name, sums in tally.baselines.items()},
        lines=tally.lines,
        exact_lines=tally.exact_lines,
        words=tally.words,
        differing_lines=tally.differing_lines,
        differences=tuple(tally.differences),
    )


def read_brackets(line: str) -> Bracketed:
    r"""Read a line such as `((the (big) house) stands)`, as `Tree.brackets` writes it.

    Words are separated by white space or parentheses; in a word a backslash stands before each parenthesis and each
    backslash.  Raises InputError if the parentheses do not match.
    """
    words: list[str] = []
    opened: list[int] = []
    brackets: Stretches = set()
    for token in _TOKENS.findall(line):
        if token == "(":
            opened.append(len(words))
        elif token != ")":
            words.append(re.sub(r"\\(.)", r"\1", token))
        elif opened:
            brackets.add((opened.pop(), len(words)))
        else:
            raise InputError("a parenthesis is closed that has not been opened; write \\) for one that is a word")
    if opened:
        raise InputError("a parenthesis is not closed; write \\( for one that is a word")
    return Bracketed(words, brackets)


def without_punctuation(line: Bracketed) -> Bracketed:
    """Leave out words of nothing but punctuation."""
    kept = [not all(map(is_punctuation, word)) for word in line.words]
    place = [0, *accumulate(kept)]
    words = [word for word, keep in zip(line.words, kept, strict=True) if keep]
    return Bracketed(words, {(place[start], place[end]) for start, end in line.brackets})


def branch(size: int, baseline: str, seed: object = 0) -> Stretches:
    """Return the brackets of a binary tree over some words, those of two words or more.

    baseline  one of BASELINES; "random" draws one of all trees by `seed`, each with the same probability
    """
    if baseline == "right-branching":
        return {(start, size) for start in range(size - 1)}
    if baseline == "left-branching":
        return {(0, end) for end in range(2, size + 1)}
    return _random_tree(size, random.Random(str(seed)))


def _random_tree(size: int, dice: random.Random) -> Stretches:
    """Draw a binary tree.

    In the order "node, what is left in it, what is right in it", a tree is a row of `size` words and size - 1 nodes; of
    the rotations of any row just one is a tree (the cycle lemma of Dvoretzky and Motzkin 1947).
    """
    is_word = [True] * size + [False] * (size - 1)
    dice.shuffle(is_word)
    sums = list(accumulate(1 if word else -1 for word in is_word))
    first = sums.index(max(sums)) + 1 if size else 0
    brackets: Stretches = set()
    open_nodes: list[list[int]] = []  # where each begins, and how many of its two parts are there
    words = 0
    for word in is_word[first:] + is_word[:first]:
        if not word:
            open_nodes.append([words, 0])
            continue
        words += 1
        while open_nodes:
            open_nodes[-1][1] += 1
            if open_nodes[-1][1] < 2:
                break
            brackets.add((open_nodes.pop()[0], words))
    return brackets


def _stretches(line: Bracketed) -> Stretches:
    """The brackets around two words or more, in characters."""
    place = [0, *accumulate(map(len, line.words))]
    return {(place[start], place[end]) for start, end in line.brackets if end > start + 1}
