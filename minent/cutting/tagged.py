"""Tagger + text -> words: the segmenter that a CRF is."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

import numpy as np

from minent.characters import Kind, UnitRules
from minent.cutting.segmenter import Segmenter, _Cut, _Piece
from minent.errors import InputError
from minent.tagger import Tagger
from minent.tagging.classes import unit_table
from minent.tagging.decoder import NOTHING_HELD, Decoder
from minent.tagging.segmented import chains_of
from minent.types import Bytes, Nats, Offsets, Symbols

# Characters without white space between them that are tagged at once; a word ends there.
_LONGEST = 1 << 16
_BEGINS, _GOES_ON = 1, 2


class TaggerSegmenter(Segmenter):
    """Cuts text into words as a CRF has learned to; white space is part of no word, and ends the sight of the CRF.

    What stands between white space is cut at every 65,536th character, so that memory does not grow with it.

    words  are words wherever they stand in a text, whatever the CRF says: of those that overlap the one that begins
           first, then the longest.  The CRF cuts the rest in sight of them

    Raises InputError for a word that is empty or has white space in it.
    """

    def __init__(self, tagger: Tagger, words: Iterable[str] = ()) -> None:
        self._tagger = tagger
        self._decoder = Decoder(tagger)
        self._words = _Words(words)
        self._rules = UnitRules("none", "none")
        self._type = np.dtype(np.uint16)
        self.unusable = []

    def _symbols(self, code_points: list[int], kinds: list[Kind], stands_for: list[int]) -> Sequence[int]:
        units: list[int] = unit_table(code_points, self._tagger.classes, self._tagger.alphabet)[1:].tolist()
        return units

    def _cut(self, piece: _Piece, *, final: bool) -> _Cut:
        units = piece.symbol[piece.ids]
        last = units.size - int(np.argmax(np.append(units[::-1] == 0, True)))  # where the last chain begins
        decided = units.size if final else last + (units.size - last) // _LONGEST * _LONGEST
        units = units[:decided]
        cuts = _long_cuts(units)
        inserted = cuts + np.arange(cuts.size)
        units = np.insert(units, cuts, 0)
        held = np.insert(self._words.hold(piece.text, [0, *cuts, decided]), cuts, 0) if self._words else NOTHING_HELD
        begins, features = self._decoder.cut(units, held)

        def rate() -> Nats:
            return np.delete(self._decoder.rate(features, begins), inserted)

        starts = np.arange(piece.ids.size + 1)
        rest = piece.width[piece.ids[decided:]].sum(dtype=np.int64)
        return _Cut(piece, starts, np.delete(begins, inserted), decided, len(piece.text) - int(rest), rate)


class _Words:
    """Words to be found in text."""

    def __init__(self, words: Iterable[str]) -> None:
        self._known = set(words)
        lengths = defaultdict(set)
        for word in self._known:
            if not word or any(character.isspace() for character in word):
                raise InputError(f"{word!r} is no word: white space stands between words; give each on its own")
            lengths[word[0]].add(len(word))
        self._lengths = {first: sorted(sizes, reverse=True) for first, sizes in lengths.items()}
        self._first = re.compile(f"[{re.escape(''.join(sorted(self._lengths)))}]") if self._lengths else None

    def __bool__(self) -> bool:
        return bool(self._known)

    def hold(self, text: bytes, bounds: Sequence[int]) -> Bytes:
        """Return where words begin and go on, uint8 for each character up to the last bound; none goes across one."""
        held = np.zeros(bounds[-1] + 1, np.uint8)
        characters = text.decode("utf-8", "surrogatepass")
        for low, high in pairwise(bounds):
            for begin, end in self._find(characters[low:high]):
                held[low + begin] = _BEGINS
                held[low + begin + 1 : low + end] = _GOES_ON
                held[low + end] = _BEGINS
        return held[:-1]

    def _find(self, text: str) -> Iterator[tuple[int, int]]:
        at = 0
        while self._first is not None and (found := self._first.search(text, at)):
            begin = found.start()
            ends = (begin + length for length in self._lengths[found[0]])
            end = next((end for end in ends if end <= len(text) and text[begin:end] in self._known), None)
            if end is not None:
                yield begin, end
            at = end or begin + 1


def _long_cuts(units: Symbols) -> Offsets:
    """Return where chains that are too long are cut."""
    low, high = chains_of(units)
    long = high - low > _LONGEST
    ranges = [np.arange(a + _LONGEST, b, _LONGEST) for a, b in zip(low[long], high[long], strict=True)]
    return np.concatenate([np.zeros(0, np.int64), *ranges])
