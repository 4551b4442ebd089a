"""Cut text -> plain output: the words of each line, separated."""

from typing import NamedTuple

import numpy as np

from minent.kernels._jit import kernel
from minent.types import Bytes, Offsets, Symbols


class Style(NamedTuple):
    """How words are written out."""

    delimiter: Bytes  # (d,) uint8: between words
    hidden: Bytes  # (h,) uint8: in a word, a backslash is put before these bytes and before backslashes; (0,) = never
    inner: Bytes  # (1,) uint8: written for white space within a phrase; (0,) = as it stands, like other characters
    width: Bytes  # (k,) uint8: bytes of each numbered character
    separator: Bytes  # (k,) uint8: 1 = ends a line for some program: written as it is, without delimiters beside it


@kernel
def write_words(
    text: Bytes,
    ids: Symbols,
    kind: Bytes,
    start: Offsets,
    begins: Bytes,
    span: tuple[int, int, bool],
    style: Style,
    out: Bytes,
) -> tuple[int, int, bool]:
    """Write the words of the units begun in the first of `span` up to the second.

    text    (b,)  uint8    UTF-8
    ids     (n,)  uint16 or uint32: its characters, numbered
    kind    (k,)  uint8    kind of each number, 0 = white space
    start   (u + 1,) int64 where each unit begins in `ids`
    begins  (u,)  uint8    1 where a unit begins a word, and at white space that is not within a phrase
    span    first and last unit, and whether the line has begun with a word already
    out     (>= (2 + d) b,) uint8 out

    White space between words, other than line separators, is left out, a delimiter stands between them instead.
    Returns (bytes written, bytes of `text` used, whether the line under way has a word).
    """
    at = read = 0
    first, last, in_line = span
    for u in range(first, last):
        number = ids[start[u]]
        size = 0
        for i in range(start[u], start[u + 1]):
            size += np.int64(style.width[ids[i]])
        if kind[number] == 0 and begins[u]:
            if style.separator[number]:
                for b in range(read, read + size):
                    out[at] = text[b]
                    at += 1
                in_line = False
            read += size
            continue
        if begins[u]:
            if in_line:
                for b in range(style.delimiter.size):
                    out[at] = style.delimiter[b]
                    at += 1
            in_line = True
        inner = kind[number] == 0 and style.inner.size > 0
        if inner:
            out[at] = style.inner[0]
            at += 1
        for b in range(read, read + size * (not inner)):
            if style.hidden.size > 0:
                same = b + style.hidden.size <= text.size
                for h in range(style.hidden.size):
                    same = same and text[b + h] == style.hidden[h]
                if same or text[b] == 92:
                    out[at] = 92
                    at += 1
            out[at] = text[b]
            at += 1
        read += size
    return at, read, in_line
