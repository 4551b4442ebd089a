"""The rules of a vocabulary as rules of reading: where text is cut before pieces are looked for."""

import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any
from unicodedata import normalize

from minent.tokenizing.text import compile_pattern
from minent.training.text import BORDER, Prepare, Rules
from minent.vocabulary import VocabularyOptions

# Characters behind a match, and before it, that it may depend on.
_AHEAD = 1 << 10
_BEHIND = 1 << 8
# A longer match counts as several: no piece is as long.
_LONGEST = 1 << 16
_BORDER_BYTES = BORDER.encode("utf-8", "surrogatepass")

# A step gets text bit by bit, and whether that was all; it returns what is certain.
Step = Callable[[str, bool], str]


def rules_of(options: VocabularyOptions, *, characters: bool, widest: int) -> Rules:
    """Return how text is read for a vocabulary with these options.

    characters  whether a piece of several bytes is whole characters
    widest      bytes of a character that may be a piece
    """
    steps: list[Callable[[], Step]] = []
    if options.normalization == "nfc":
        steps.append(Composer)
    if options.pattern != "none":
        compiled = compile_pattern(options.pattern)
        steps.append(lambda: _Restarted(lambda: PatternCutter(compiled)))
    return Rules(
        lambda: _prepare(options.specials, [make() for make in steps]),
        own_newlines=options.newlines == "own",
        is_alone=str.isdecimal if options.isolate_digits else None,
        characters=characters,
        widest=widest,
    )


def _prepare(specials: tuple[str, ...], steps: list[Step]) -> Prepare:
    """Return what puts borders where special tokens stand, and then does each of the steps."""
    without = _Replacer(specials)

    def prepare(data: bytes, final: bool) -> bytes:
        data = without(data, final) if specials else data
        if not steps:
            return data
        text = data.decode("utf-8", "surrogatepass")
        for step in steps:
            text = step(text, final)
        return text.encode("utf-8", "surrogatepass")

    return prepare


class _Replacer:
    """Puts borders in place of special tokens, the longest where several begin."""

    def __init__(self, specials: tuple[str, ...]) -> None:
        self._marks = sorted((special.encode() for special in specials), key=len, reverse=True)
        self._pattern = re.compile(b"|".join(map(re.escape, self._marks)))
        self._rest = b""

    def __call__(self, data: bytes, final: bool) -> bytes:
        data = self._rest + data
        certain = len(data) if final else max(0, len(data) - len(self._marks[0]) + 1)
        while certain < len(data) and data[certain] & 0xC0 == 0x80:
            certain -= 1
        parts = []
        first = 0
        if any(mark in data for mark in self._marks):
            for match in self._pattern.finditer(data):
                if match.start() >= certain:
                    break
                parts += [data[first : match.start()], _BORDER_BYTES]
                first = match.end()
        certain = max(first, certain)
        self._rest = data[certain:]
        return b"".join([*parts, data[first:certain]])


class Composer:
    """Brings text into normal form C."""

    def __init__(self) -> None:
        self._rest = ""

    def __call__(self, text: str, final: bool) -> str:
        """Do a `Step`."""
        text = self._rest + text
        certain = len(text)
        while not final and certain:
            certain -= 1
            # These join nothing that stands before them.
            if text[certain] < "\x80" or "\u4e00" <= text[certain] <= "\u9fff":
                break
        self._rest = text[certain:]
        return normalize("NFC", text[:certain])


class PatternCutter:
    """Puts borders around the matches of a pattern, where `tokenizing.text.pattern_cuts` finds them in the whole text.

    pattern  compiled
    ahead    characters behind a match that it may depend on; None: as many as patterns have
    """

    def __init__(self, pattern: Any, ahead: int | None = None) -> None:
        self._pattern = pattern
        self._ahead = ahead or _AHEAD
        self._text = ""  # what has been given out, as far as a match may look back, and what has not
        self._at = 0  # where that begins, and the next match may
        self._cuts: set[int] = set()  # there, and behind it

    def __call__(self, text: str, final: bool) -> str:
        """Do a `Step`."""
        self._text += text
        first = self._at
        certain = len(self._text) - (0 if final else self._ahead)
        while self._find(certain):
            pass
        places = [first, *sorted(cut for cut in self._cuts if cut < self._at), self._at]
        found = BORDER.join([self._text[low:high] for low, high in pairwise(places)])
        behind = max(0, self._at - _BEHIND)
        self._cuts = {cut - behind for cut in self._cuts if cut >= self._at}
        self._text, self._at = self._text[behind:], self._at - behind
        return found

    def _find(self, certain: int) -> bool:
        """Note where matches begin and end that are certain.  Returns whether one was so long that it was cut."""
        for match in self._pattern.finditer(self._text, self._at):
            low = match.start()
            high = min(match.end(), low + _LONGEST)
            if high > certain:
                self._at = max(self._at, min(low, certain))
                return False
            self._cuts.update((low, high))
            self._at = high
            if high < match.end():
                return True
        self._at = max(self._at, certain)
        return False


class _Restarted:
    """Does a step anew behind each border."""

    def __init__(self, make: Callable[[], Step]) -> None:
        self._make = make
        self._step = make()

    def __call__(self, text: str, final: bool) -> str:
        parts = text.split(BORDER)
        found = []
        for part in parts[:-1]:
            found.append(self._step(part, True))
            self._step = self._make()
        return BORDER.join([*found, self._step(parts[-1], final)])
