"""Text -> lines of words, spelled as templates spell them."""

from collections.abc import Iterator
from typing import NamedTuple

from minent.characters import NUMBER, Kind, kind_of
from minent.cutting.segmenter import Segmenter
from minent.kernels.phrases import CutUnits
from minent.lexicon import Lexicon
from minent.templates import TemplateSet
from minent.trees.tree import Range

_LINE_END = "\n"
_RUNS = "digits,letters"


class Line(NamedTuple):
    """A line, without its end.

    words    each as a range of characters
    symbols  how a template spells each: a number as 0, all else as it is, in its normal form
    marks    whether each is a mark
    """

    text: str
    words: list[Range]
    symbols: list[str]
    marks: list[bool]


class WordReader:
    """Reads text as words: those of a lexicon; or what stands between white space, where single marks within a word are
    part of it unless marks are words; or characters, where numbers and runs of letters are words.
    """

    def __init__(self, templates: TemplateSet, lexicon: Lexicon | None) -> None:
        self._spaced = templates.units == "spaces"
        self._glued = self._spaced and templates.clauses == "marks"
        if lexicon is None:
            lexicon = Lexicon.empty()
            lexicon.about = {"runs": _RUNS, **templates.about}
        self._segmenter = Segmenter(lexicon)

    def lines(self, text: bytes) -> Iterator[Line]:
        """Yield the lines of a text in valid UTF-8; what follows the last line end is a line if there is anything."""
        whole = text.decode("utf-8", "surrogatepass")
        low = 0  # where the line begins
        line = Line("", [], [], [])
        for cut in self._segmenter.units([text]):
            for start, end, symbol, is_mark in self._words(cut):
                if symbol == _LINE_END:
                    yield line._replace(text=whole[low:start])
                    low, line = end, Line("", [], [], [])
                else:
                    line.words.append((start - low, end - low))
                    line.symbols.append(symbol)
                    line.marks.append(is_mark)
        if low < len(whole):
            yield line._replace(text=whole[low:])

    def _words(self, cut: CutUnits) -> Iterator[tuple[int, int, str, bool]]:
        """Yield for each word and line end its range of characters, its spelling, and whether it is a mark."""
        characters = cut.characters.astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")
        codes, starts = cut.code.tolist(), cut.start.tolist()
        begins = cut.begins.tolist()
        size = len(codes)
        u = 0
        while u < size:
            low, first = u, starts[u]
            u += 1
            if codes[low] == 0:
                is_mark = kind_of(ord(characters[first])) != Kind.SPACE
                if is_mark or characters[first] == _LINE_END:
                    yield first, starts[u], characters[first : starts[u]], is_mark
                continue
            while u < size:
                if codes[u] != 0:
                    if not self._spaced and begins[u]:
                        break
                    u += 1
                elif self._glued and self._joins(u, codes, starts, characters):
                    u += 2
                else:
                    break
            spelled = characters[first : starts[u]]
            if ord(NUMBER) in codes[low:u]:
                spelled = "".join(
                    NUMBER if codes[at] == ord(NUMBER) else characters[starts[at] : starts[at + 1]]
                    for at in range(low, u)
                )
            yield first, starts[u], spelled, False

    @staticmethod
    def _joins(u: int, codes: list[int], starts: list[int], characters: str) -> bool:
        """Whether unit u is a single mark with a word right behind it."""
        if u + 1 == len(codes) or codes[u + 1] == 0 or starts[u + 1] > starts[u] + 1:
            return False
        return kind_of(ord(characters[starts[u]])) != Kind.SPACE
