"""Text -> lines of words, as the templates that are to parse it spell them."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from minent.characters import LETTERS, Kind, kind_of
from minent.lexicon import Lexicon
from minent.segmenter import Segmenter
from minent.templates import TemplateSet
from minent.trees import Range

_BORDER = "\0"
_LINE_END = "\n"


class Line(NamedTuple):
    """A line, without its end.

    words    each as a range of characters
    symbols  how a template spells each
    marks    whether each is a mark
    """

    text: str
    words: list[Range]
    symbols: list[str]
    marks: list[bool]


class WordReader:
    """Reads text as the words of a lexicon; without one as what stands between spaces and marks, or as characters."""

    def __init__(self, templates: TemplateSet, lexicon: Lexicon | None) -> None:
        if lexicon is None:
            lexicon = Lexicon.empty()
            lexicon.about = templates.about
        self._joined = templates.units == "spaces"
        self._letters = "letters" in lexicon.rules.runs
        self._segmenter = Segmenter(lexicon)

    def lines(self, text: bytes) -> Iterator[Line]:
        """Yield the lines of a text in valid UTF-8; what follows the last line end is a line if there is anything."""
        whole = text.decode("utf-8", "surrogatepass")
        low = 0  # where the line begins
        line = Line("", [], [], [])
        for start, end, symbol in self._words(text):
            if symbol == _LINE_END:
                yield Line(whole[low:start], *line[1:])
                low, line = end, Line("", [], [], [])
            elif not symbol.startswith(_BORDER):
                line.words.append((start - low, end - low))
                line.symbols.append(symbol)
                line.marks.append(False)
            elif kind_of(ord(symbol[1])) != Kind.SPACE:
                line.words.append((start - low, end - low))
                line.symbols.append(symbol[1:])
                line.marks.append(True)
        if low < len(whole):
            yield Line(whole[low:], *line[1:])

    def _words(self, text: bytes) -> Iterator[tuple[int, int, str]]:
        """Yield first and last + 1 character and the spelling of each word, that of a border behind a mark of it."""
        for cut in self._segmenter.units([text]):
            begins = cut.begins
            if self._joined:
                border = cut.code == 0
                begins = border.copy()
                begins[:1] = True
                begins[1:] |= border[:-1]
            first = np.flatnonzero(begins)
            codes = cut.code.astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")
            characters = cut.characters.astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")
            places = cut.start[np.append(first, cut.code.size)].tolist()
            units = [*first.tolist(), cut.code.size]
            for at in range(len(first)):
                code = codes[units[at] : units[at + 1]]
                start, end = places[at], places[at + 1]
                if code == _BORDER:
                    spelled = characters[start:end]
                    yield start, end, spelled if spelled == _LINE_END else _BORDER + spelled
                else:
                    run = self._joined or (self._letters and code == LETTERS)
                    yield start, end, characters[start:end] if run else code
