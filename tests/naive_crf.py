"""Slow, obvious twins of the CRF: every way to cut a chain is weighed."""

import math
from collections.abc import Hashable, Iterator, Mapping, Sequence
from itertools import groupby, pairwise, product
from typing import NamedTuple, TypeAlias

from naive_cuts import number_pairs

__all__ = [
    "crf_chains",
    "enter_strings",
    "look_up_pairs",
    "rate_strings",
    "rate_words",
    "read_words",
    "spell_tags",
    "tag_chains",
    "train_chains",
]

Gram: TypeAlias = tuple[int, ...]
Span: TypeAlias = tuple[int, int]
Feature: TypeAlias = tuple[Hashable, ...]
Weight: TypeAlias = tuple[Feature, int]


def crf_chains(units: Sequence[int]) -> list[Span]:
    """Where the stretches between borders begin and end."""
    runs = [(bool(unit), [at for at, _ in run]) for unit, run in groupby(enumerate(units), lambda each: each[1] != 0)]
    return [(places[0], places[-1] + 1) for inside, places in runs if inside]


def spell_tags(size: int, tags: int) -> Gram:
    """The tags of a word: 0 = S, 1 = E, 2 = B, then B2 ..., the last being all that is left."""
    return (0,) if size == 1 else (*(min(2 + inside, tags - 1) for inside in range(size - 1)), 1)


def spelled_ways(size: int, tags: int) -> Iterator[tuple[Gram, Gram]]:
    """All ways to cut a chain: where words begin, and the tags."""
    for marks in product((False, True), repeat=size - 1):
        starts = (0, *(place for place, mark in enumerate(marks, 1) if mark))
        sizes = [end - start for start, end in pairwise((*starts, size))]
        yield starts, tuple(tag for each in sizes for tag in spell_tags(each, tags))


class Crf(NamedTuple):
    """What a CRF knows.

    tags     how many
    pairs    neighbours that are features
    arounds  units on both sides of one that are features
    known    of strings, None: of none
    weights  of feature and tag
    """

    tags: int
    pairs: Sequence[Span]
    arounds: Sequence[Span]
    known: Mapping[Gram, int] | None
    weights: dict[Weight, float]

    def features(self, chain: Gram, at: int) -> list[Feature]:
        """What tells of a unit; places are counted from it."""
        text = (0, 0, *chain, 0, 0)
        view = text[at : at + 5]
        found: list[Feature] = [("unit", place, view[place + 2]) for place in range(-2, 3)]
        for place in range(-2, 2):
            pair = view[place + 2 : place + 4]
            found += [("pair", place, *pair)] * (pair in self.pairs)
        found += [("around", view[1], view[3])] * ((view[1], view[3]) in self.arounds)
        if self.known is not None:
            # Strings that have a part in the chain: two units, or three about one of the chain.
            for place in range(-2, 2):
                if any(view[place + 2 : place + 4]):
                    found.append(("two", place, self.known.get(view[place + 2 : place + 4], 0)))
            text = (0, *text, 0)
            for place in range(-3, 2):
                three = text[at + place + 3 : at + place + 6]
                if three[1]:
                    found.append(("three", place, self.known.get(three, 0)))
        return found

    def score(self, chain: Gram, tags: Gram) -> float:
        here = [(feature, tag) for at, tag in enumerate(tags) for feature in self.features(chain, at)]
        return sum(self.weights[each] for each in (*here, *((("step", a), b) for a, b in pairwise(tags))))

    def probabilities(self, chain: Gram) -> dict[Gram, float]:
        """The probability of each tagging that has words."""
        weighed = {tags: math.exp(self.score(chain, tags)) for _, tags in spelled_ways(len(chain), self.tags)}
        total = sum(weighed.values())
        return {tags: weight / total for tags, weight in weighed.items()}

    def loss(self, chain: Gram, tags: Gram) -> float:
        return -math.log(self.probabilities(chain)[tags])


def train_chains(
    crf: Crf, squares: dict[Weight, float], texts: Sequence[tuple[Gram, Gram]], rate: float, least: float
) -> float:
    """Learn chains with their right tags.

    A step for each time a feature stands beside a unit, if some tag of the units it is read at is wrong by more than
    `least`; one for all steps from tag to tag.
    """

    def learn(weight: Weight, wrong: float) -> None:
        squares[weight] += wrong**2
        crf.weights[weight] -= rate * wrong / math.sqrt(squares[weight])

    loss = 0.0
    for chain, right in texts:
        loss += crf.loss(chain, right)
        chances = crf.probabilities(chain)
        wrong = [
            [sum(p for tags, p in chances.items() if tags[at] == tag) - (right[at] == tag) for tag in range(crf.tags)]
            for at in range(len(chain))
        ]
        steps = {
            step: sum(p * list(pairwise(tags)).count(step) for tags, p in chances.items())
            - list(pairwise(right)).count(step)
            for step in product(range(crf.tags), repeat=2)
        }
        live = [max(map(abs, row)) > least for row in wrong]
        reads = [crf.features(chain, at) for at in range(len(chain))]
        for at, features in enumerate(reads):
            for feature in features:
                place = feature[1] if feature[0] != "around" else -1
                assert isinstance(place, int)
                begin = at + place
                first, last = {"unit": (-2, 2), "pair": (-1, 2), "two": (-1, 2), "three": (-1, 3), "around": (1, 1)}[
                    str(feature[0])
                ]
                if any(live[max(0, begin + first) : max(0, begin + last + 1)]):
                    for tag in range(crf.tags):
                        learn((feature, tag), wrong[at][tag])
        for (before, after), value in steps.items():
            learn((("step", before), after), value)
    return loss


def is_held_to(starts: Gram, held: Sequence[int]) -> bool:
    """Whether words begin where they must, and go on where they must."""
    return all(not mark or (at in starts) == (mark == 1) for at, mark in enumerate(held))


def tag_chains(crf: Crf, units: Sequence[int], held: Sequence[int]) -> list[int]:
    """1 where a word begins, and at borders.  Of equally good taggings the one with the lowest tags from the end on."""
    begins = [1] * len(units)
    for low, high in crf_chains(units):
        chain = tuple(units[low:high])
        starts, _ = max(
            (way for way in spelled_ways(high - low, crf.tags) if is_held_to(way[0], held[low:high])),
            key=lambda way: (crf.score(chain, way[1]), [-tag for tag in way[1][::-1]]),
        )
        begins[low:high] = [int(at in starts) for at in range(high - low)]
    return begins


def rate_words(crf: Crf, units: Sequence[int], begins: Sequence[int], held: Sequence[int]) -> list[float | None]:
    """The probability of each word, at its first unit: that of all taggings that have it, of those that may be."""
    chances: list[float | None] = [None] * len(units)
    for low, high in crf_chains(units):
        may = {tags for starts, tags in spelled_ways(high - low, crf.tags) if is_held_to(starts, held[low:high])}
        each = {tags: p for tags, p in crf.probabilities(tuple(units[low:high])).items() if tags in may}
        each = {tags: p / sum(each.values()) for tags, p in each.items()}
        starts = [at for at in range(high - low) if at == 0 or begins[low + at]]
        for start, end in pairwise((*starts, high - low)):
            word = spell_tags(end - start, crf.tags)
            chances[low + start] = sum(p for tags, p in each.items() if tags[start:end] == word)
    return chances


def enter_strings(strings: Sequence[Gram], known: Sequence[int]) -> dict[Gram, int]:
    return dict(zip(strings, known, strict=True))


def look_up_pairs(units: Sequence[int], pairs: Sequence[Span], arounds: Sequence[Span]) -> tuple[list[int], list[int]]:
    """The places, from 1 on, of the pairs side by side and of those around each unit."""
    return number_pairs(units, 1, pairs), number_pairs(units, 2, arounds)


def rate_strings(units: Sequence[int], known: Mapping[Gram, int]) -> tuple[list[int], list[int]]:
    """What is known of each two and three units of a text between two borders."""
    text = (0, *units, 0)
    two = [known.get(pair, 0) for pair in pairwise(text)]
    return two, [known.get(text[at : at + 3], 0) for at in range(len(units))]


def read_words(text: str) -> tuple[list[int | str], list[int], list[int]]:
    """The characters of words, 0 behind each line that has one; where words begin; the lines that have one."""
    units: list[int | str] = []
    begins: list[int] = []
    lines = []
    for number, line in enumerate(text.split("\n")[:-1], 1):
        words = line.split()
        for word in words:
            units += word
            begins += [1, *[0] * (len(word) - 1)]
        if words:
            units.append(0)
            begins.append(1)
            lines.append(number)
    return units, begins, lines
