"""The rules of a vocabulary as rules of reading: where text is cut before pieces are looked for."""

import re
from collections.abc import Callable
from itertools import pairwise
from unicodedata import normalize

from minent.tokenizing.text import pattern_cuts
from minent.training.text import BORDER, Rules
from minent.vocabulary import VocabularyOptions

_BLOCKS = re.compile(r"[^\n]*\n+|[^\n]+")


def rules_of(options: VocabularyOptions, *, characters: bool, widest: int) -> Rules:
    """Return how text is read for a vocabulary with these options.

    characters  whether a piece of several bytes is whole characters
    widest      bytes of a character that may be a piece
    """
    steps: list[Callable[[str], str]] = []
    if options.specials:
        # The longest first: one may begin as another does.
        texts = sorted(options.specials, key=len, reverse=True)
        specials = re.compile("|".join(map(re.escape, texts)))
        steps.append(lambda text: specials.sub(BORDER, text))
    if options.normalization == "nfc":
        steps.append(lambda text: normalize("NFC", text))
    if options.pattern != "none":
        steps.append(_cutter(options.pattern))

    def prepare(text: str) -> str:
        for step in steps:
            text = step(text)
        return text

    return Rules(
        prepare if steps else None,
        tuple(special.encode() for special in options.specials) if len(steps) == bool(options.specials) else None,
        own_newlines=options.newlines == "own",
        is_alone=str.isdecimal if options.isolate_digits else None,
        characters=characters,
        widest=widest,
    )


def _cutter(pattern: str) -> Callable[[str], str]:
    """Return what puts borders around the matches of a pattern, in each line with its newlines."""

    def cut(block: str) -> str:
        data = block.encode("utf-8", "surrogateescape")
        bounds = [0, *pattern_cuts(data, pattern).tolist(), len(data)]
        return BORDER.join([data[low:high].decode() for low, high in pairwise(bounds)])

    return lambda text: BORDER.join(map(cut, _BLOCKS.findall(text)))
