"""Slow, obvious twins of what refines a cut: kernels/tagging.py, kernels/resampling.py and the models around them."""

import math
from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from itertools import groupby, pairwise, product, takewhile
from typing import NamedTuple, TypeAlias

__all__ = [
    "count_bigrams",
    "count_cut_words",
    "find_blocks",
    "gather_blocks",
    "hash_blocks",
    "number_pairs",
    "sample_words",
    "spell_words",
    "tag_words",
    "train_tagger",
]

Gram: TypeAlias = tuple[int, ...]
Pair: TypeAlias = tuple[int, int]
Span: TypeAlias = tuple[int, int]
Held: TypeAlias = tuple[int, int]
Feature: TypeAlias = tuple[Hashable, ...]

B, M, E, S = range(4)


def ways(size: int) -> Iterator[Gram]:
    """All ways to cut `size` units: where the words begin."""
    for marks in product((False, True), repeat=size - 1):
        yield (0, *(place for place, mark in enumerate(marks, 1) if mark))


def words_of(block: Gram, starts: Gram) -> list[Gram]:
    return [block[start:end] for start, end in pairwise((*starts, len(block)))]


def is_held(number: int, held: Held) -> bool:
    """Whether a block is of the fold."""
    return number // 64 % held[1] == held[0]


# tagging -------------------------------------------------------------------------------------------------------------


def number_pairs(units: Sequence[int], gap: int, known: Sequence[Pair]) -> list[int]:
    """The place, from 1 on, of each pair of units so far apart; the text stands between two borders."""
    text = [0, *units, 0]
    return [known.index(pair) + 1 if pair in known else 0 for pair in zip(text, text[gap:], strict=False)]


class Tagger(NamedTuple):
    """What a CRF knows.  A weight belongs to a feature and a tag; of steps the tag before is the feature."""

    neighbours: Sequence[Pair]
    around: Sequence[Pair]
    weights: dict[tuple[Feature, int], float]
    squares: dict[tuple[Feature, int], float]

    def features(self, units: Sequence[int], block: Span, place: int) -> list[Feature]:
        """What tells of a unit: the five units around it, the pairs of neighbours among them, the pair beside it."""
        low, high = block
        before = [*takewhile(bool, reversed(units[:low])), 0, 0][:2]
        after = [*takewhile(bool, units[high:]), 0, 0][:2]
        view = [*reversed(before), *units[low:high], *after][place - low :][:5]
        found: list[Feature] = [("unit", at, view[at]) for at in range(5)]
        found += [("pair", at, *view[at : at + 2]) for at in range(4) if tuple(view[at : at + 2]) in self.neighbours]
        return found + [("around", view[1], view[3])] * ((view[1], view[3]) in self.around)

    def score(self, units: Sequence[int], block: Span, tags: Gram) -> float:
        here = [(feature, tag) for at, tag in enumerate(tags) for feature in self.features(units, block, block[0] + at)]
        return sum(self.weights[each] for each in (*here, *((("step", a), b) for a, b in pairwise(tags))))

    def learn(self, weight: tuple[Feature, int], wrong: float, rate: float) -> None:
        self.squares[weight] += wrong**2
        self.weights[weight] -= rate * wrong / math.sqrt(self.squares[weight])


def tags_of(starts: Gram, size: int) -> Gram:
    return tuple(
        tag
        for start, end in pairwise((*starts, size))
        for tag in ((S,) if end == start + 1 else (B, *[M] * (end - start - 2), E))
    )


def every_tags(size: int) -> list[Gram]:
    """All tags that words can have."""
    return [tags_of(starts, size) for starts in ways(size)]


def train_tagger(
    tagger: Tagger, units: Sequence[int], begins: Sequence[int], blocks: Sequence[Span], held: Held, rate: float
) -> None:
    """Learn each block but those held: a step for each time a feature occurs, one for all steps from tag to tag."""
    for number, (low, high) in enumerate(blocks):
        if is_held(number, held):
            continue
        size = high - low
        gold = tags_of((0, *(at for at in range(1, size) if begins[low + at])), size)
        weighed = {tags: math.exp(tagger.score(units, (low, high), tags)) for tags in every_tags(size)}
        total = sum(weighed.values())
        for at in range(size):
            for feature in tagger.features(units, (low, high), low + at):
                for tag in range(4):
                    expected = sum(weight for tags, weight in weighed.items() if tags[at] == tag) / total
                    tagger.learn((feature, tag), expected - (gold[at] == tag), rate)
        for step in product(range(4), range(4)):
            expected = sum(weight * list(pairwise(tags)).count(step) for tags, weight in weighed.items()) / total
            tagger.learn((("step", step[0]), step[1]), expected - list(pairwise(gold)).count(step), rate)


def tag_words(tagger: Tagger, units: Sequence[int], blocks: Sequence[Span], held: Held) -> list[int | None]:
    """1 where a word begins, 0 where it goes on, None where nothing is said.

    Of equally good cuts the one that ends with a word of one unit, then the one of the lowest tag before, ...
    """
    marks: list[int | None] = [None] * len(units)
    for number, (low, high) in enumerate(blocks):
        if is_held(number, held):
            best = max(
                every_tags(high - low),
                key=lambda tags: (tagger.score(units, (low, high), tags), tags[-1], [-tag for tag in reversed(tags)]),
            )
            marks[low:high] = [int(tag in (B, S)) for tag in best]
    return marks


# resampling ----------------------------------------------------------------------------------------------------------


def hash_blocks(blocks: Sequence[Gram]) -> list[int]:
    hashes = []
    for block in blocks:
        mixed = 0
        for unit in block:
            mixed = (mixed ^ unit) * 0x9E3779B97F4A7C15 % 2**64
            mixed ^= mixed >> 29
        hashes.append(mixed * 0xBF58476D1CE4E5B9 % 2**64)
    return hashes


def gather_blocks(blocks: Sequence[Gram], targets: Sequence[int]) -> dict[int, int]:
    """Place -> unit."""
    return {target + at: unit for block, target in zip(blocks, targets, strict=True) for at, unit in enumerate(block)}


def find_blocks(units: Sequence[int], begins: Sequence[int], longest: int) -> list[Span]:
    """Runs without a border; of a longer one as much as there may be, up to the beginning of a word if there is one."""
    found = []
    for is_block, run in groupby(range(len(units)), lambda place: units[place] != 0):
        rest = list(run) if is_block else []
        while len(rest) > longest:
            size = max((at for at in range(1, longest + 1) if begins[rest[at]]), default=longest)
            found.append((rest[0], rest[size]))
            del rest[:size]
        if rest:
            found.append((rest[0], rest[-1] + 1))
    return found


def cut_words(units: Sequence[int], begins: Sequence[int], block: Span) -> list[Gram]:
    low, high = block
    return words_of(tuple(units[low:high]), (0, *(at for at in range(1, high - low) if begins[low + at])))


def count_cut_words(
    units: Sequence[int],
    begins: Sequence[int],
    blocks: Sequence[Span],
    fits: tuple[Sequence[bool], Sequence[bool]],
    longest: int,
) -> Counter[Gram]:
    """The words that are counted, in the order in which they come first; the units of those that are not."""

    def fit(word: Gram) -> bool:
        good = fits[0][word[0]] and all(fits[1][unit] for unit in word[1:])
        return len(word) == 1 or (len(word) <= longest and good)

    words = [word for block in blocks for word in cut_words(units, begins, block)]
    return Counter(part for word in words for part in ([word] if fit(word) else [(unit,) for unit in word]))


def spell_words(
    units: Sequence[int], begins: Sequence[int], blocks: Sequence[Span], words: Mapping[Gram, int]
) -> list[list[int]]:
    """The numbers of the words of each block, behind a border; at last a border by itself."""
    border = max(words.values(), default=-1) + 1
    spelled = [[border, *(words.get(word, border) for word in cut_words(units, begins, block))] for block in blocks]
    return [*spelled, [border]]


def count_bigrams(spelled: Sequence[Sequence[int]], held: Held) -> Counter[Pair]:
    """Each word with the word before it, and each block's end with its last; blocks as `spell_words` leaves them."""
    return Counter(
        pair
        for number, (block, after) in enumerate(pairwise(spelled))
        if not is_held(number, held)
        for pair in pairwise((*block, after[0]))
    )


class Bigrams(NamedTuple):
    """Words are numbered; the number behind the last is the border."""

    times: Mapping[Pair, int]
    share: Sequence[float]
    backing: Sequence[float]
    alone: Sequence[float]
    discount: float

    def chance(self, before: int, word: int) -> float:
        """P(word | before)."""
        seen = max(self.times.get((before, word), 0) - self.discount, 0.0)
        return seen * self.share[before] + self.backing[before] * self.alone[word]


def sample_words(block: Gram, words: Mapping[Gram, int], model: Bigrams) -> tuple[float, dict[Gram, float]]:
    """What a block costs by all cuts into known words, nats; the probability of each of them, by where words begin."""
    border = len(model.alone) - 1
    chances = {}
    for starts in ways(len(block)):
        found = words_of(block, starts)
        if set(found) <= words.keys():
            numbers = [border, *(words[word] for word in found), border]
            chances[starts] = math.prod(model.chance(before, word) for before, word in pairwise(numbers))
    total = math.fsum(chances.values())
    return -math.log(total), {starts: chance / total for starts, chance in chances.items()}


# models --------------------------------------------------------------------------------------------------------------


class Constants(NamedTuple):
    """Of the Pitman-Yor processes: of the bigrams, of the words that back them, of the units that spell these."""

    discounts: tuple[float, float]
    strengths: tuple[float, float]
    unit_discount: float
    least_share: float  # of words of a length
    border: float  # how probable the border is before anything is known of it


def pitman_yor(spelled: Sequence[Sequence[int]], held: Held, words: Sequence[Gram], constants: Constants) -> Bigrams:
    """Model the words of all blocks but those held; one table for each word and context."""
    times = count_bigrams(spelled, held)
    every = range(len(words) + 1)
    (discount, word_discount), (strength, word_strength) = constants.discounts, constants.strengths
    contexts = [sum(word == here for _, word in times) for here in every]
    followers = [sum(before == here for before, _ in times) for here in every]
    occurs = [sum(n for (before, _), n in times.items() if before == here) for here in every]
    base = [*spelling_chances(words, {words[word] for _, word in times if word < len(words)}, constants)]
    base.append(constants.border)
    types = sum(map(bool, contexts))
    return Bigrams(
        times,
        [1 / (n + strength) for n in occurs],
        [(strength + discount * kinds) / (n + strength) for kinds, n in zip(followers, occurs, strict=True)],
        [
            (max(n - word_discount, 0) + (word_strength + word_discount * types) * chance)
            / (sum(contexts) + word_strength)
            for n, chance in zip(contexts, base, strict=True)
        ],
        discount,
    )


def spelling_chances(words: Sequence[Gram], seen: set[Gram], constants: Constants) -> Iterator[float]:
    """How probable each word is as units one after the other, and as one of its length."""
    units = {unit for word in words for unit in word}
    alone = Counter(unit for word in seen for unit in word)
    pairs = Counter(pair for word in seen for pair in pairwise((0, *word)))
    smooth = alone.total() + 0.5 * len(units)
    for word in words:
        chance = 1.0
        for before, unit in pairwise((0, *word)):
            n = sum(count for (left, _), count in pairs.items() if left == before)
            kinds = sum(left == before for left, _ in pairs)
            single = (alone[unit] + 0.5) / smooth
            backing = constants.unit_discount * kinds / n if n else 1.0
            chance *= max(pairs[before, unit] - constants.unit_discount, 0) / max(n, 1) + backing * single
        share = sum(len(other) == len(word) for other in seen) / max(1, len(seen))
        yield chance * max(share, constants.least_share)
