"""What characters are to words, and which runs of them are one unit.

In the words of a lexicon a number is written as NUMBER and a run of cased letters as LETTERS; no other unit is
written so, because where runs are units their characters are not.
"""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from functools import cache, cached_property
from itertools import pairwise
from typing import Literal

from minent.errors import InputError

NUMBER = "0"
LETTERS = "A"

RUNS = ("auto", "none", "digits", "letters", "digits,letters")
NORMALIZATIONS = ("none", "nfc", "nfkc")


class Kind(IntEnum):
    """What a character can be to a word; `minent.kernels.units` reads the numbers."""

    SPACE = 0  # white space, line separators, zero width space: between words
    MARK = 1  # punctuation, symbols, controls, unassigned: a word of its own
    DIGIT = 2
    CASED = 3  # letters of scripts with case: Latin, Greek, Cyrillic ..., which put spaces between words
    JOINING = 4  # combining marks, joiners: belong to the character before them
    LETTER = 5
    POINT = 6  # a mark that can stand between two digits of a number
    PERCENT = 7  # a mark that can end a number
    APOSTROPHE = 8  # a mark that can stand between two cased letters of a word


# What words are made of.
WORD_KINDS = frozenset({Kind.DIGIT, Kind.CASED, Kind.JOINING, Kind.LETTER})
_KIND_OF_CATEGORY = {"Nd": Kind.DIGIT, "Lu": Kind.CASED, "Ll": Kind.CASED, "Lt": Kind.CASED, "Cf": Kind.JOINING}
_KIND_OF_CLASS = {"M": Kind.JOINING, "L": Kind.LETTER, "N": Kind.LETTER}
_KIND_OF_CHARACTER = {
    "\u200b": Kind.SPACE,
    **dict.fromkeys(".,．，", Kind.POINT),
    **dict.fromkeys("%％‰", Kind.PERCENT),
    **dict.fromkeys("'’", Kind.APOSTROPHE),
}
# The characters that end a line for some program; only the line feed does for minent.
LINE_SEPARATORS = frozenset(map(ord, "\n\v\f\r\x1c\x1d\x1e\x85\u2028\u2029"))


@cache
def kind_of(code_point: int) -> Kind:
    """The kind of a character, from its Unicode category."""
    if 0x4E00 <= code_point < 0xA000:  # the bulk of a Chinese alphabet, not looked up one by one
        return Kind.LETTER
    character = chr(code_point)
    if character in _KIND_OF_CHARACTER:
        return _KIND_OF_CHARACTER[character]
    if character.isspace():
        return Kind.SPACE
    category = unicodedata.category(character)
    return _KIND_OF_CATEGORY.get(category) or _KIND_OF_CLASS.get(category[0], Kind.MARK)


def normalizer(form: str) -> Callable[[int], int]:
    """Map a code point to its normal form where that is one character, else to itself.

    form  "none", "nfc" or "nfkc".  Longer normal forms are left alone, so that text can be cut where it was read.
    """
    if form == "none":
        return lambda code_point: code_point

    name: Literal["NFC", "NFKC"] = "NFC" if form == "nfc" else "NFKC"

    def normal(code_point: int) -> int:
        text = unicodedata.normalize(name, chr(code_point))
        return ord(text) if len(text) == 1 else code_point

    return normal


@dataclass(frozen=True)
class UnitRules:
    """Which runs are units, and how characters are normalised.

    runs       one of RUNS except "auto"
    normalize  "none", "nfc" or "nfkc", see `normalizer`
    """

    runs: str
    normalize: str = "none"

    def __post_init__(self) -> None:
        if self.runs not in RUNS[1:]:
            raise InputError(f"runs cannot be {self.runs!r}; use one of {', '.join(RUNS[1:])}")
        if self.normalize not in NORMALIZATIONS:
            raise InputError(f"normalize cannot be {self.normalize!r}; use one of {', '.join(NORMALIZATIONS)}")

    @cached_property
    def _demoted(self) -> dict[Kind, Kind]:
        """Kinds that are nothing special under these rules."""
        demoted: dict[Kind, Kind] = {}
        if "digits" not in self.runs:
            demoted |= {Kind.DIGIT: Kind.LETTER, Kind.POINT: Kind.MARK, Kind.PERCENT: Kind.MARK}
        if "letters" not in self.runs:
            demoted |= {Kind.CASED: Kind.LETTER, Kind.APOSTROPHE: Kind.MARK}
        return demoted

    def tables(self, code_points: list[int]) -> tuple[list[Kind], list[int]]:
        """Return for each character its kind and the code point that stands for its unit (0: a border, in no word)."""
        normal = normalizer(self.normalize)
        kinds = []
        stands_for = []
        for code in map(normal, code_points):
            kind = kind_of(code)
            kind = self._demoted.get(kind, kind)
            kinds.append(kind)
            if kind == Kind.DIGIT:
                stands_for.append(ord(NUMBER))
            elif kind == Kind.CASED:
                stands_for.append(ord(LETTERS))
            else:
                stands_for.append(code if kind in (Kind.LETTER, Kind.JOINING) else 0)
        return kinds, stands_for

    def is_run(self, word: str) -> bool:
        """Whether `word` is a run of cased letters that is one unit: a word by itself, whatever a lexicon says."""
        kinds, _ = self.tables(list(map(ord, word)))
        return kinds[0] == Kind.CASED and set(kinds) <= {Kind.CASED, Kind.JOINING, Kind.APOSTROPHE}

    def can_be_cut(self, word: str) -> bool:
        """Whether some text holds `word`, as a lexicon writes it, as a sequence of units."""
        kinds, stands_for = self.tables(list(map(ord, word)))
        if stands_for != list(map(ord, word)) or (len(word) > 1 and Kind.CASED in kinds):
            return False
        # What follows a number as a digit or a joining character belongs to the number.
        return all(a != Kind.DIGIT or b not in (Kind.DIGIT, Kind.JOINING) for a, b in pairwise(kinds))
