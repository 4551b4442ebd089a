"""A dictionary for IK Analyzer, in Elasticsearch or OpenSearch.

IK folds the text, but not what it reads from files: letters become small, wide characters narrow.  It knows some blocks
of Unicode and cuts at everything else.  Format: `Dictionary.loadDictFile`, `CharacterUtil.regularize` and
`CharacterUtil.identifyCharType` of its source.
"""

from bisect import bisect

from minent.export.exported import Exported, LostWord
from minent.export.words.sieve import NO_SPACE, Rule, alphabet, no_placeholder, sift
from minent.lexicon import Lexicon

# A wide capital letter becomes a narrow one, and is not made small.
_FOLDED = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {code: code + 32 for code in range(65, 91)}
# First and last + 1 of what it knows: digits, letters; jamo, kana, ideographs, hangul, wide and narrow forms; and, half
# by half, all beyond the first plane.
_KNOWN = (
    *(0x30, 0x3A, 0x41, 0x5B, 0x61, 0x7B, 0x1100, 0x1200, 0x3040, 0x3100, 0x3130, 0x3190, 0x31F0, 0x3200),
    *(0x3400, 0x4DC0, 0x4E00, 0xA000, 0xAC00, 0xD7B0, 0xF900, 0xFB00, 0xFF00, 0xFFF0, 0x10000, 0x110000),
)


def _is_unknown(character: str) -> bool:
    return bisect(_KNOWN, _FOLDED.get(ord(character), ord(character))) % 2 == 0


_UNKNOWN: Rule = (_is_unknown, "IK cuts the text at a character of it")


def export(lexicon: Lexicon) -> Exported:
    """Return a dictionary for `ext_dict` in IKAnalyzer.cfg.xml: folded words, one a line."""
    words, count, losses = sift(lexicon, (NO_SPACE, no_placeholder(lexicon.rules), _UNKNOWN))
    if not any(ord(character) in _FOLDED for character in alphabet(words)):
        return Exported({"": "\n".join([*words, ""]).encode()}, losses)
    first: dict[str, str] = {}
    doubled = []
    for word, number in zip(words, count.tolist(), strict=True):
        if first.setdefault(word.translate(_FOLDED), word) != word:
            doubled.append(LostWord(word, number, "IK takes another word for the same"))
    return Exported({"": "\n".join([*first, ""]).encode()}, (*losses, *doubled))
