"""Tagger + text -> words: the segmenter that a CRF is."""

from collections.abc import Sequence

import numpy as np

from minent.characters import Kind, UnitRules
from minent.cutting.segmenter import Segmenter, _Cut, _Piece
from minent.tagger import Tagger
from minent.tagging.classes import unit_table
from minent.tagging.decoder import Decoder
from minent.tagging.segmented import chains_of
from minent.types import Nats, Offsets, Symbols

# Characters without white space between them that are tagged at once; a word ends there.
_LONGEST = 1 << 16


class TaggerSegmenter(Segmenter):
    """Cuts text into words as a CRF has learned to; white space is part of no word, and ends the sight of the CRF.

    What stands between white space is cut at every 65,536th character, so that memory does not grow with it.
    """

    def __init__(self, tagger: Tagger) -> None:
        self._tagger = tagger
        self._decoder = Decoder(tagger)
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
        begins, features = self._decoder.cut(np.insert(units, cuts, 0) if cuts.size else units)

        def rate() -> Nats:
            return np.delete(self._decoder.rate(features, begins), inserted)

        starts = np.arange(piece.ids.size + 1)
        rest = piece.width[piece.ids[decided:]].sum(dtype=np.int64)
        return _Cut(piece, starts, np.delete(begins, inserted), decided, len(piece.text) - int(rest), rate)


def _long_cuts(units: Symbols) -> Offsets:
    """Return where chains that are too long are cut."""
    low, high = chains_of(units)
    long = high - low > _LONGEST
    ranges = [np.arange(a + _LONGEST, b, _LONGEST) for a, b in zip(low[long], high[long], strict=True)]
    return np.concatenate([np.zeros(0, np.int64), *ranges])
