"""Slow, obvious twins of phrases: words as numbers, spaces that stand in phrases, and the best cut into phrases."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple


class Unit(NamedTuple):
    """A unit of cut text; code "" = a border."""

    code: str
    begins: bool
    characters: str


def enter_words(words: Sequence[str]) -> dict[str, int]:
    """The number of each word."""
    return {word: number for number, word in enumerate(words, 1)}


def number_words(units: Sequence[Unit], letters: bool, words: Sequence[str]) -> list[tuple[int, int]]:
    """The number of each word and the unit it begins with; 0 = no word, -1 = single space, -2 = borders in a row."""
    number = enter_words(words)
    text = "".join("w" if unit.code else "s" if unit.characters in " \xa0" else "b" for unit in units)
    found = []
    for match in re.finditer("[sb]+|w", text):
        at = match.start()
        if match[0] != "w":
            found.append((-1 if match[0] == "s" else -2, at))
        elif units[at].begins or not found or found[-1][0] < 0:
            end = at + 1
            while end < len(units) and units[end].code and not units[end].begins:
                end += 1
            run = letters and end == at + 1 and units[at].code == "A"
            word = units[at].characters if run else "".join(unit.code for unit in units[at:end])
            found.append((number.get(word, 0), at))
    return found


def join_words(
    found: Sequence[tuple[int, int]], plain: tuple[Sequence[bool], Sequence[bool]], spaced: bool
) -> list[tuple[int, int]]:
    """The same without the spaces that may stand in a phrase, and 0 for all that is no numbered word."""
    left = []
    for at, (number, place) in enumerate(found):
        beside = [found[other][0] if 0 <= other < len(found) else 0 for other in (at - 1, at + 1)]
        within = number == -1 and min(beside) > 0
        if not (within and (spaced or not (plain[1][beside[0]] and plain[0][beside[1]]))):
            left.append((max(number, 0), place))
    return left


def groupings(words: Sequence[str]) -> Iterator[list[tuple[str, ...]]]:
    """Every way to put words in a row into groups."""
    for cuts in range(2 ** max(0, len(words) - 1)):
        places = [0, *(at for at in range(1, len(words)) if cuts >> (at - 1) & 1), len(words)]
        yield [tuple(words[a:b]) for a, b in pairwise(places)]


def phrase_shares(words: Mapping[str, int], phrases: Mapping[str, int]) -> dict[tuple[str, ...], float]:
    """The share of each word of a phrase, and of each phrase, in a text: the words are counted without phrases."""
    alone = dict(words)
    for phrase, count in phrases.items():
        for word in phrase.split(" "):
            alone[word] = alone.get(word, 0) - count
    total = max(1, sum(words.values()) - sum(count * phrase.count(" ") for phrase, count in phrases.items()))
    shares = {(word,): max(count, 0.5) / total for word, count in alone.items()}
    return shares | {tuple(phrase.split(" ")): count / total for phrase, count in phrases.items()}
