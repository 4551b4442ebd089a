"""Rows of whole numbers as lines of text, and back."""

import numpy as np

from minent.kernels._jit import kernel
from minent.types import Bytes, Nodes, Offsets


@kernel
def write_numbers(numbers: Nodes, offsets: Offsets, out: Bytes) -> int:
    """Write a line for each row: its numbers in decimal digits, a space between them.

    numbers  (n,)      int32, from 0 on
    offsets  (r + 1,)  int64: row i is numbers[offsets[i]:offsets[i + 1]]
    out      (>= 11 n + r,) uint8 out

    Returns how many bytes are written.
    """
    at = 0
    for row in range(offsets.size - 1):
        for i in range(offsets[row], offsets[row + 1]):
            number = np.int64(numbers[i])
            width = 1
            limit = 10
            while number >= limit:
                limit *= 10
                width += 1
            for k in range(at + width - 1, at - 1, -1):
                out[k] = 48 + number % 10
                number //= 10
            out[at + width] = 32
            at += width + 1
        if offsets[row] < offsets[row + 1]:
            at -= 1
        out[at] = 10
        at += 1
    return at


@kernel
def read_numbers(text: Bytes, numbers: Nodes) -> tuple[int, int]:
    """Read whole numbers in decimal digits, with spaces, tabs or line ends between them.

    numbers  (>= (b + 1) / 2,) int32 out

    Returns how many there are, and the byte where something else stands or a number is 2^31 or more, else -1.
    """
    n = 0
    i = 0
    while i < text.size:
        if text[i] == 32 or (text[i] >= 9 and text[i] <= 13):
            i += 1
            continue
        begin = i
        number = np.int64(0)
        while i < text.size and text[i] >= 48 and text[i] < 58 and number < 2147483648:
            number = 10 * number + (np.int64(text[i]) - 48)
            i += 1
        ends = i == text.size or text[i] == 32 or (text[i] >= 9 and text[i] <= 13)
        if not ends or number >= 2147483648:
            return n, begin
        numbers[n] = number
        n += 1
    return n, -1
