"""What `segment` writes beside words and JSON: white space kept, columns for CRF programs, standoff for brat."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from minent.characters import LINE_SEPARATORS, Kind, kind_of
from minent.errors import InputError
from minent.types import Bytes, Flags, Offsets

_NEWLINE, _TAB, _BACKSLASH, _UNDERSCORE = b"\n\t\\_"
# What a character is to a word.
GOES_ON, BEGINS, OUTSIDE, INNER_SPACE = range(4)


class MarkedText(NamedTuple):
    """A stretch of text that begins with a word, or with white space before one, and ends with one.

    text   UTF-8
    width  (c,) uint8: bytes of each character
    mark   (c,) uint8: GOES_ON in a word, BEGINS one, white space OUTSIDE of words, INNER_SPACE within a phrase
    """

    text: bytes
    width: Bytes
    mark: Bytes


def check_delimiter(delimiter: str, *, keep_spaces: bool = False) -> None:
    """Raise InputError for what cannot stand between words: it would break lines, or look like something else."""
    if not delimiter or delimiter[0] == "\\" or not LINE_SEPARATORS.isdisjoint(map(ord, delimiter)):
        raise InputError(
            "the delimiter must be one character or more, hold no line end and not begin with a backslash; "
            "use a space, a tab or a mark"
        )
    if keep_spaces and _is_space(delimiter[0]) and not all(map(_is_space, delimiter)):
        raise InputError(
            f"the delimiter {delimiter!r} begins with white space, which is kept and looks the same; begin with a mark"
        )


def _is_space(character: str) -> bool:
    return kind_of(ord(character)) == Kind.SPACE


def write_spaced(pieces: Iterable[MarkedText], delimiter: str) -> Iterator[bytes]:
    """Yield the words with all white space where it is; the delimiter stands between words that touch.

    delimiter  one that is not white space can stand in a word: there a backslash is put before its first character, and
               before each backslash; without delimiters and these, the text is as it was.  Where it is white space,
               that within a phrase is written "_"

    Raises InputError for what `check_delimiter` refuses.
    """
    check_delimiter(delimiter, keep_spaces=True)
    return _write_spaced(pieces, delimiter)


def _write_spaced(pieces: Iterable[MarkedText], delimiter: str) -> Iterator[bytes]:
    between = np.frombuffer(delimiter.encode(), np.uint8)
    hidden = b"" if _is_space(delimiter[0]) else delimiter[0].encode()
    touches = False
    for text, width, mark in pieces:
        data = np.frombuffer(text, np.uint8)
        start = np.cumsum(width, dtype=np.int64) - width
        begins = mark == BEGINS
        begins[1:] &= mark[:-1] != OUTSIDE
        begins[:1] &= touches
        places = [np.repeat(start[begins], between.size)]
        values = [np.tile(between, int(begins.sum()))]
        dropped = None
        if hidden:
            at = np.flatnonzero(_is_one_of(data, start, (hidden, b"\\")))
            places.append(start[at])
            values.append(np.full(at.size, _BACKSLASH, np.uint8))
        elif (inner := mark == INNER_SPACE).any():
            data = data.copy()
            dropped = np.repeat(inner, width)
            dropped[start[inner]] = False
            data[start[inner]] = _UNDERSCORE
        # Of several at one place, the first given comes first.
        where = np.concatenate(places)
        out = np.insert(data, where, np.concatenate(values))
        yield (out if dropped is None else out[~np.insert(dropped, where, False)]).tobytes()
        if mark.size:  # or nothing was decided
            touches = int(mark[-1]) != OUTSIDE


def _is_one_of(data: Bytes, start: Offsets, characters: tuple[bytes, ...]) -> Flags:
    """Which characters of UTF-8, beginning at `start`, are one of a few; (c,) bool."""
    found = np.zeros(start.size, np.bool_)
    for character in characters:
        same = np.ones(start.size, np.bool_)
        for place, byte in enumerate(character):  # of the same first byte, so of the same length
            same[same] = data[start[same] + place] == byte
        found |= same
    return found


def write_columns(pieces: Iterable[MarkedText]) -> Iterator[bytes]:
    """Yield a line for each character: itself, a tab, and where it stands in its word; an empty line behind each line.

    B, M and E are beginning, middle and end, S a word of one character.  White space is left out.
    """
    tags = np.frombuffer(b"MEBS", np.uint8)
    open_line = False
    for text, width, mark in pieces:
        data = np.frombuffer(text, np.uint8)
        size = width.astype(np.int64)
        start = np.cumsum(size) - size
        ends = np.append(mark[1:] % 3 != GOES_ON, True)
        shown = mark < OUTSIDE
        ends_line = (mark == OUTSIDE) & (data[start] == _NEWLINE)
        length = np.where(shown, size + 3, ends_line)
        at = np.cumsum(length) - length
        out = np.full(int(length.sum()), _NEWLINE, np.uint8)
        kept = np.repeat(shown, size)
        out[(np.arange(data.size) + np.repeat(at - start, size))[kept]] = data[kept]
        behind = (at + size)[shown]
        out[behind] = _TAB
        out[behind + 1] = tags[2 * (mark[shown] == BEGINS) + ends[shown]]
        yield out.tobytes()
        if shown.any():
            open_line = not ends_line[np.flatnonzero(shown)[-1] :].any()
        elif ends_line.any():
            open_line = False
    if open_line:
        yield b"\n"


def write_standoff(pieces: Iterable[MarkedText]) -> Iterator[bytes]:
    """Yield a line for each word, as brat has it in .ann files beside a text.

    T and its number, a tab, "Word" and where it begins and ends in the whole text, in characters, a tab, the word.
    """
    offset = written = 0
    for data, _, mark in pieces:
        text = data.decode("utf-8", "surrogatepass")
        begin = np.flatnonzero(mark == BEGINS)
        stops = np.append(np.flatnonzero((mark == BEGINS) | (mark == OUTSIDE)), mark.size)
        end = stops[np.searchsorted(stops, begin, side="right")]
        rows = []
        for number, (first, last) in enumerate(zip(begin.tolist(), end.tolist(), strict=True), written + 1):
            rows.append(f"T{number}\tWord {first + offset} {last + offset}\t{text[first:last]}\n")
        offset += len(text)
        written += len(rows)
        yield "".join(rows).encode("utf-8", "surrogatepass")
