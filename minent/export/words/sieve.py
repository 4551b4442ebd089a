"""Which words of a lexicon another program can have, and which not."""

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np

from minent.characters import NUMBER, UnitRules
from minent.export.exported import LostWord
from minent.lexicon import Lexicon
from minent.types import Counts

# What a character must not be in a word there, and why.
Rule: TypeAlias = tuple[Callable[[str], object], str]

NO_SPACE: Rule = (str.isspace, "no word has a space there")


class Sifted(NamedTuple):
    """What is left of a lexicon, in its order, and what is not."""

    words: list[str]
    counts: Counts
    losses: tuple[LostWord, ...]


def no_placeholder(rules: UnitRules) -> Rule:
    """Forbid the character that stands for any number in the words of a lexicon."""
    digits = "digits" in rules.runs
    return (lambda character: digits and character == NUMBER), f"{NUMBER} is any number here and a zero there"


def alphabet(words: list[str]) -> list[str]:
    """Return the characters of some words."""
    codes = np.frombuffer("".join(words).encode("utf-32-le"), np.uint32)
    return list(map(chr, np.unique(codes).tolist()))


def sift(lexicon: Lexicon, rules: Sequence[Rule]) -> Sifted:
    """Part the words without a forbidden character from those with one.

    rules  the first that a word breaks is the reason given
    """
    words = lexicon.words
    letters = alphabet(words)
    forbidden: dict[str, int] = {}
    for number, (test, _) in reversed(list(enumerate(rules))):
        forbidden |= {character: number for character in letters if test(character)}
    if not forbidden:
        return Sifted(words, lexicon.count, ())
    found = re.compile("[" + re.escape("".join(forbidden)) + "]").search
    lost = [row for row, word in enumerate(words) if found(word)]
    losses = []
    for row in lost:
        reason = rules[min(forbidden.get(character, len(rules)) for character in words[row])][1]
        losses.append(LostWord(words[row], int(lexicon.count[row]), reason))
    kept = np.ones(len(words), np.bool_)
    kept[lost] = False
    return Sifted([words[row] for row in np.flatnonzero(kept).tolist()], lexicon.count[kept], tuple(losses))


def quoted(words: list[str]) -> list[str]:
    """Return words as fields of CSV."""
    text = "".join(words)
    if "," not in text and '"' not in text:
        return words
    return ['"' + word.replace('"', '""') + '"' if "," in word or '"' in word else word for word in words]
