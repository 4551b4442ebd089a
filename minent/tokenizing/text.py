"""Text before it is cut: bytes in normal form, and places that no piece may cross."""

import unicodedata
from collections.abc import Iterator
from typing import Any

import numpy as np

from minent.errors import InputError
from minent.types import Offsets
from minent.vocabulary import VocabularyOptions

# Where GPT-2 and GPT-4 cut text before they merge; from the sources of tiktoken, openai_public.py.
_KNOWN = {
    "gpt2": r"'(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s",
    "gpt4": r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$"
    r"|\s*[\r\n]|\s+(?!\S)|\s",
}


def to_bytes(text: object, normalization: str) -> bytes:
    """Return text as bytes, in the normal form that is asked for; bytes that are no UTF-8 stay as they are.

    Raises InputError if it is neither text nor bytes, or holds a lone surrogate, which UTF-8 cannot say.
    """
    if isinstance(text, str):
        if normalization == "nfc":
            text = unicodedata.normalize("NFC", text)
        try:
            return text.encode()
        except UnicodeEncodeError as error:
            raise InputError(
                f"character {error.start} of the text is a lone surrogate (U+{ord(text[error.start]):04X}), which has "
                "no UTF-8; repair the text, or pass the bytes it was read from"
            ) from None
    if not isinstance(text, bytes | bytearray | memoryview):
        raise InputError(f"a text is str or bytes, not {type(text).__name__}")
    data = bytes(text)
    if normalization == "none" or data.isascii():
        return data
    return unicodedata.normalize("NFC", data.decode(errors="surrogateescape")).encode(errors="surrogateescape")


def normalized_so_far(data: bytes, normalization: str) -> int:
    """How many of the first bytes of a text have the same normal form whatever follows."""
    if normalization == "none":
        return len(data)
    # Nothing joins what stands before an ASCII character to it; what follows may.
    for back in range(1, len(data) + 1):
        if data[-back] < 0x80:
            return len(data) - back
    return 0


def pattern_cuts(data: bytes, pattern: str) -> Offsets:
    """Return where the matches of a pattern begin and end inside the text, bytes, increasing."""
    if pattern == "none":
        return np.empty(0, np.int64)
    text = data.decode(errors="surrogateescape")
    places = np.fromiter(_edges(compile_pattern(pattern), text), np.int64)
    if not data.isascii():
        places = _byte_offsets(text)[places]
    places = np.unique(places)
    return places[(places > 0) & (places < len(data))]


def compile_pattern(pattern: str) -> Any:
    """Return a pattern by its name, or as it is, as the package regex has it."""
    import regex  # type: ignore[import-untyped]  # it has none

    return regex.compile(_KNOWN.get(pattern, pattern))


def _edges(compiled: Any, text: str) -> Iterator[int]:
    for match in compiled.finditer(text):
        yield from match.span()


def _byte_offsets(text: str) -> Offsets:
    """(n + 1,) where each character begins, bytes; a byte that is no UTF-8 is a character."""
    points = np.frombuffer(text.encode("utf-32-le", errors="surrogatepass"), "<u4")
    width = 1 + (points > 0x7F).astype(np.int64) + (points > 0x7FF) + (points > 0xFFFF)
    width[(points >= 0xDC80) & (points <= 0xDCFF)] = 1
    return np.concatenate([[0], np.cumsum(width)])


def prepare(text: object, options: VocabularyOptions) -> tuple[bytes, Offsets]:
    """Return the bytes of a text and where it is cut.  Raises InputError as `to_bytes` does."""
    data = to_bytes(text, options.normalization)
    return data, pattern_cuts(data, options.pattern)
