"""The rules of a vocabulary as rules of reading: where text is cut before pieces are looked for."""

import re
from collections.abc import Callable
from unicodedata import normalize

from minent.training.text import BORDER, Rules
from minent.vocabulary import VocabularyOptions

# How GPT-2 and GPT-4 cut text, as their encoders say (github.com/openai/tiktoken, tiktoken_ext/openai_public.py).
_WORDS = {
    "gpt2": r"'(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s",
    "gpt4": r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|"
    r"\s+(?!\S)|\s",
}
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
        steps.append(_cutter(_WORDS.get(options.pattern, options.pattern)))

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
    import regex  # type: ignore[import-untyped]  # it has none

    find = regex.compile(pattern)

    def cut(text: str) -> str:
        blocks = _BLOCKS.findall(text)
        return BORDER.join([find.sub(lambda match: f"{BORDER}{match[0]}{BORDER}", block) for block in blocks])

    return cut
