"""What to say about bytes that are not UTF-8: where, why, and which encoding they look like."""

import codecs
import re
from typing import NamedTuple

from minent.errors import FormatError

# Bytes on either side of the failure that are looked at.
_REACH = 4096
# Share of the non-ASCII characters that must be everyday ones before an encoding is named.
_CONVINCING = 0.8

_NOT_TEXT = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


class _Candidate(NamedTuple):
    """An encoding whose everyday characters begin with a known set of bytes."""

    codec: str  # as Python calls it
    name: str  # as the world calls it
    everyday: frozenset[int]  # first bytes of common characters and of punctuation


def _first_bytes(*spans: tuple[int, int]) -> frozenset[int]:
    return frozenset(byte for first, last in spans for byte in range(first, last + 1))


# Most of these decode each other's text without an error, but into rare characters: each lists the rows of
# its code table for punctuation, its own letters and its common ideographs.  On a tie the earlier one wins:
# its rows are a part of the rows of a later one.
_CANDIDATES = (
    _Candidate("cp949", "CP949", _first_bytes((0xA1, 0xA3), (0xB0, 0xC8))),
    _Candidate("euc_jp", "EUC-JP", _first_bytes((0xA1, 0xA1), (0xA3, 0xA5), (0xB0, 0xCF))),
    _Candidate("gb18030", "GB18030", _first_bytes((0xA1, 0xA1), (0xA3, 0xA3), (0xB0, 0xD7))),
    _Candidate("cp932", "CP932", _first_bytes((0x81, 0x83), (0x88, 0x97))),
    _Candidate("cp950", "CP950", _first_bytes((0xA1, 0xC6))),
    _Candidate("cp1252", "WINDOWS-1252", _first_bytes((0x80, 0x80), (0x85, 0x85), (0x91, 0x97), (0xA0, 0xFF))),
)


def not_utf8(name: str, data: bytes, start: int, offset: int, error: UnicodeDecodeError) -> FormatError:
    """Describe why data[start:] is not UTF-8 and how to mend it.

    name    the document, for the message
    data    what is at hand of the text around the failure, from the start of a line if possible
    start   where in `data` decoding began
    offset  where `data` begins in the document, bytes
    error   what decoding data[start:] raised
    """
    position = start + error.start
    cure = "pass --errors replace"
    if error.reason == "unexpected end of data":
        cut = data[position:].hex(" ").upper()
        reason = f"the last character is cut off after {cut}; complete the file or {cure}"
    else:
        reason = f"0x{data[position]:02X} is not UTF-8; "
        if encoding := likely_encoding(data, position, offset):
            reason += f"this looks like {encoding}: pass --encoding {encoding.lower()}, or {cure}"
        else:
            reason += f"mend the text or {cure}"
    return FormatError(name, reason, offset=offset + position)


def likely_encoding(data: bytes, position: int, offset: int) -> str | None:
    """Name the encoding that `data` was probably written in; None if none convinces."""
    if data[position : position + 2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) and position + offset == 0:
        return "UTF-16"
    # No lead or trail byte of the candidates is a line feed, so after one a character begins in all of them.
    start = data.rfind(b"\n", 0, max(0, position - _REACH)) + 1
    if position - start > 2 * _REACH:
        start = position
    sample = data[start : position + _REACH]
    if b"\0" in sample:
        return _utf16_without_mark(sample, (offset + start) % 2)
    if _NOT_TEXT.search(sample) or _is_damaged_utf8(sample):
        return None
    best, best_score = None, _CONVINCING
    for candidate in _CANDIDATES:
        score = _everyday_share(sample, candidate)
        if score > best_score:
            best, best_score = candidate.name, score
    return best


def _utf16_without_mark(sample: bytes, parity: int) -> str | None:
    """Tell the byte order by spaces and line feeds: the wrong way round they are characters nobody uses."""
    little, big = (sample[parity:].decode(name, "replace") for name in ("UTF-16LE", "UTF-16BE"))
    name, text, other = ("UTF-16LE", little, big) if _blanks(little) > _blanks(big) else ("UTF-16BE", big, little)
    readable = sum(character.isprintable() or character.isspace() for character in text)
    return name if _blanks(text) > _blanks(other) and readable >= _CONVINCING * len(text) else None


def _blanks(text: str) -> int:
    return text.count(" ") + text.count("\n")


def _is_damaged_utf8(sample: bytes) -> bool:
    """Whether at least as many characters beyond ASCII are right as are wrong."""
    text = sample.decode("utf-8", "replace")
    wrong = text.count("\ufffd")
    return sum(character > "\x7f" for character in text) >= 2 * wrong


def _everyday_share(sample: bytes, candidate: _Candidate) -> float:
    """Share of everyday characters among those beyond ASCII; 0 where the bytes do not decode."""
    try:
        # An incremental decoder does not mind a character cut off at the end of the sample.
        text = codecs.getincrementaldecoder(candidate.codec)().decode(sample)
    except UnicodeDecodeError:
        return 0.0
    foreign = [character for character in text if character > "\x7f"]
    # Accented letters are few among plain ones; without this, every text would pass as Western European.
    if candidate.codec == "cp1252" and len(foreign) * 3 > sum(map(str.isalpha, text)):
        return 0.0
    everyday = sum(character.encode(candidate.codec, "replace")[0] in candidate.everyday for character in foreign)
    return everyday / max(1, len(foreign))
