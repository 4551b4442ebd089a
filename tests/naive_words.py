"""Slow, obvious twins of units, word discovery and segmentation, written from what the modules promise."""

import math
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple, TypeAlias

import numpy as np

from minent import provenance
from minent.lexicon import Lexicon

Gram: TypeAlias = tuple[str, ...]
Block: TypeAlias = list["Unit"]

BORDER = ""
LINE_SEPARATORS = "\n\v\f\r\x1c\x1d\x1e\x85\u2028\u2029"


def lexicon(words: Mapping[str, int], runs: str = "none", normalize: str = "none") -> Lexicon:
    """A lexicon without evidence."""
    about = provenance.describe("lexicon", digest="0" * 32, size=0, options={"runs": runs, "normalize": normalize})
    unknown = np.full(len(words), np.nan)
    count = np.array(list(words.values()), np.int64)
    return Lexicon(list(words), count, unknown, unknown, unknown, np.zeros(len(words)), about)


# units ---------------------------------------------------------------------------------------------------------------


class Unit(NamedTuple):
    """What words are made of: text[start:end], written `symbol` in a lexicon, BORDER if no word of one holds it."""

    start: int
    end: int
    symbol: str
    kind: str


def kind(character: str, runs: str) -> str:
    """space, mark, digit, cased letter, joining, letter, point, %: the first letter of each."""
    category = unicodedata.category(character)
    if character.isspace() or character == "\u200b":
        return "s"
    if character in ".,．，%％‰":
        return "m" if "digits" not in runs else "%" if character in "%％‰" else "p"
    if category == "Nd" and "digits" in runs:
        return "d"
    if category in ("Lu", "Ll", "Lt") and "letters" in runs:
        return "c"
    if category[0] == "M" or category == "Cf":
        return "j"
    return "l" if category[0] in "LN" else "m"


def units(text: str, runs: str) -> list[Unit]:
    kinds = "".join(kind(character, runs) for character in text)
    found = []
    start = 0
    while start < len(text):
        first = kinds[start]
        symbol = BORDER
        if first == "d":
            end = re.compile("d(?:[dj]|pd)*%?j*").match(kinds, start).end()  # type: ignore[union-attr]
            symbol = "0"
        elif first == "c":
            end = re.compile("c[cj]*").match(kinds, start).end()  # type: ignore[union-attr]
            symbol = "A"
        elif first in "mp%":
            end = start + 1
            while end < len(text) and (text[end] == text[start] or kinds[end] == "j"):
                end += 1
        else:
            end = start + 1
            if first in "lj":
                symbol = text[start]
        found.append(Unit(start, end, symbol, first))
        start = end
    return found


def blocks(text: str, runs: str) -> list[Block]:
    """Runs of units that words are found in, between white space, marks and line ends."""
    found: list[Block] = [[]]
    for unit in units(text, runs):
        if unit.symbol == BORDER:
            found.append([])
        else:
            found[-1].append(unit)
    return [block for block in found if block]


# segmentation --------------------------------------------------------------------------------------------------------


class Model:
    """Words and their probabilities."""

    def __init__(self, words: Mapping[str, int], runs: str) -> None:
        total = max(1, sum(words.values()))
        self.runs = runs
        self.floor = math.log(0.5 / total)
        self.score: dict[Gram, float] = {}
        self.unusable = []
        for word, count in words.items():
            found = units(word, runs)
            if [unit.symbol for unit in found] == list(word) and (len(word) == 1 or "c" not in {u.kind for u in found}):
                self.score[tuple(word)] = math.log(count / total)
            elif [unit.kind for unit in found] != ["c"]:  # a run of letters is listed, but every run is the unit A
                self.unusable.append(word)
        self.longest = max(map(len, self.score), default=1)

    def ways(self, block: Block, start: int) -> Iterator[tuple[int, float]]:
        """Where a word that begins at a unit may end, and what it scores."""
        end = start + 1
        while end < len(block) and block[end].kind == "j":
            end += 1
        yield end, self.floor
        for end in range(start + 1, min(len(block), start + self.longest) + 1):
            score = self.score.get(tuple(unit.symbol for unit in block[start:end]))
            if score is not None and (end == len(block) or block[end].kind != "j"):
                yield end, score

    def best(self, block: Block) -> float:
        """The highest score of any cut of a block."""
        best = [-math.inf] * len(block) + [0.0]
        for start in reversed(range(len(block))):
            best[start] = max(score + best[end] for end, score in self.ways(block, start))
        return best[0]

    def score_of(self, block: Block, cuts: Sequence[int]) -> float:
        """The score of one cut of a block: the units its words begin with, and its length; -inf if it is none."""
        return sum(
            max((score for to, score in self.ways(block, a) if to == b), default=-math.inf) for a, b in pairwise(cuts)
        )


def plain(text: str, spans: Sequence[Sequence[int]], delimiter: str) -> str:
    """What `segment` prints of a text cut into these words."""
    hidden = "\\" if delimiter.isspace() else "\\" + delimiter[0]
    written = ""
    before = None
    for start, end in [*spans, (len(text), len(text))]:
        ends = "".join(character for character in text[before or 0 : start] if character in LINE_SEPARATORS)
        written += ends or (delimiter if before is not None and start < end else "")
        word = text[start:end]
        if not delimiter.isspace():
            word = "".join("\\" + character if character in hidden else character for character in word)
        written += word
        before = end
    return written


def split(line: str, delimiter: str) -> list[str]:
    """The words of one line of `plain`."""
    if delimiter.isspace():
        return line.split(delimiter) if line else []
    words, word, at = [], "", 0
    while at < len(line):
        if line[at] == "\\":
            word += line[at + 1]
            at += 2
        elif line.startswith(delimiter, at):
            words.append(word)
            word = ""
            at += len(delimiter)
        else:
            word += line[at]
            at += 1
    return [*words, word] if line else []


# discovery -----------------------------------------------------------------------------------------------------------


class Grams:
    """N-grams of units, and how freely each goes on and comes about."""

    def __init__(self, sentences: Sequence[Sequence[str]], order: int) -> None:
        self.count: Counter[Gram] = Counter()
        self.after: defaultdict[Gram, list[object]] = defaultdict(list)
        self.before: defaultdict[Gram, list[object]] = defaultdict(list)
        for sentence in sentences:
            around = [object(), *sentence, object()]  # every border is a symbol of its own
            for size in range(1, order + 1):
                for start in range(len(sentence) - size + 1):
                    gram = tuple(sentence[start : start + size])
                    self.count[gram] += 1
                    self.before[gram].append(around[start])
                    self.after[gram].append(around[start + size + 1])
        self.symbols = sum(map(len, sentences))
        self.after[()] = self.before[()] = [symbol for sentence in sentences for symbol in sentence]
        self.order = order

    def log_p(self, gram: Gram) -> float:
        return math.log(self.count[gram] / self.symbols)

    def weakest_bond(self, gram: Gram) -> float:
        return min(self.log_p(gram) - self.log_p(gram[:cut]) - self.log_p(gram[cut:]) for cut in range(1, len(gram)))

    def autonomy(self, min_count: int = 1) -> dict[Gram, float]:
        """Sum over both sides of the variation of branching entropy, minus its mean over the types of that length.

        What is below min_count is estimated: ln(count) / 2 stands for its entropy if the gram without its outer symbol
        is kept; otherwise each occurrence is a type that varies by nothing.
        """
        kept = {gram for gram, count in self.count.items() if count >= min_count or len(gram) == 1}
        total = dict.fromkeys(kept, 0.0)
        for beside, inner in ((self.after, slice(0, -1)), (self.before, slice(1, None))):
            for size in range(1, self.order + 1):
                weighted = weights = 0.0
                variation = {}
                for gram, count in self.count.items():
                    if len(gram) != size:
                        continue
                    base = entropy(beside[gram[inner]])
                    if gram in kept:
                        variation[gram] = entropy(beside[gram]) - base
                        weighted += math.sqrt(count) * variation[gram]
                        weights += math.sqrt(count)
                    elif gram[inner] in kept:
                        weighted += math.sqrt(count) * (math.log(count) / 2 - base)
                        weights += math.sqrt(count)
                    else:
                        weights += count
                for gram, value in variation.items():
                    total[gram] += value - weighted / weights
        return total


def entropy(events: Sequence[object]) -> float:
    return -sum(count / len(events) * math.log(count / len(events)) for count in Counter(events).values())
