"""Text -> symbols of pieces: bytes and frequent characters by number, with borders where no piece may go across."""

import numpy as np

from minent.kernels._jit import kernel
from minent.types import Bytes, Counts, Offsets, Symbols


@kernel
def _decode(text: Bytes, i: int) -> tuple[int, int]:
    """The code point of the character at i, a surrogate too, and its bytes."""
    lead = np.int64(text[i])
    if lead < 0x80:
        return lead, 1
    if lead < 0xE0:
        return (lead & 0x1F) << 6 | (np.int64(text[i + 1]) & 0x3F), 2
    code = (lead & 0x0F) << 12 | (np.int64(text[i + 1]) & 0x3F) << 6 | (np.int64(text[i + 2]) & 0x3F)
    if lead < 0xF0:
        return code, 3
    return (code & 0x1FFFF) << 6 | (np.int64(text[i + 3]) & 0x3F), 4


@kernel
def count_characters(text: Bytes, counts: Counts) -> None:
    """Count the characters of whole UTF-8.

    text    (n,)         uint8
    counts  (0x110000,)  int64 out: += occurrences of each code point
    """
    i = 0
    while i < text.size:
        code, width = _decode(text, i)
        counts[code] += 1
        i += width


@kernel
def _end_block(state: Offsets, threshold: int, symbols: Symbols) -> None:
    """Put a border behind the block under way; take it back if its hash is above the threshold."""
    written, start = state[0], state[1]
    if written > start:
        if state[3] & 0x7FFFFFFFFFFFFFFF <= threshold:
            symbols[written] = 0
            written += 1
        else:
            written = start
        state[0] = written
        state[1] = written
    state[3] = -7046029254386353131


@kernel
def number_text(
    text: Bytes, number_of: Symbols, rules: tuple[int, bool, int, int], state: Offsets, symbols: Symbols
) -> int:
    """Turn text into symbols, block by block, until a stretch is full.

    text       (n,)         uint8: whole characters of UTF-8
    number_of  (0x110000,)  uint32: the symbol of each code point, 0 = its bytes, each byte + 1; + 2^16 for one that is
               a block of its own, 2^17 for one that is only a border
    rules      symbols a block may have; whether newlines are blocks of their own; bytes of a stretch; a block is taken
               if its hash, 63 bits, is at most this
    state      (5,) int64: symbols written, where the block under way begins, whether it ends in a newline, its hash,
               bytes of the stretch
    symbols    uint16 out: 2 for each byte of `text`, and what is there already

    A block ends behind its newlines.  Returns how many bytes were read: less than all when the stretch is full, and
    then the block under way has ended.
    """
    longest, own, stretch, threshold = rules
    i = 0
    while i < text.size:
        code, width = _decode(text, i)
        number = np.int64(number_of[code])
        newline = np.int64(code == 10)
        if number > 0xFFFF or (newline != state[2] and (own or newline == 0)) or state[0] - state[1] + 4 > longest:
            _end_block(state, threshold, symbols)
            if state[4] >= stretch:
                state[2] = 0
                return i
        state[2] = newline
        state[4] += width
        i += width
        written = state[0]
        if number & 0xFFFF:
            symbols[written] = number & 0xFFFF
            written += 1
        elif number == 0:
            for k in range(i - width, i):
                symbols[written] = np.uint16(text[k]) + np.uint16(1)
                written += 1
        mixed = (np.uint64(state[3]) ^ np.uint64(code)) * np.uint64(0x9E3779B97F4A7C15)
        state[3] = np.int64(mixed ^ (mixed >> np.uint64(29)))
        state[0] = written
        if number > 0xFFFF:
            _end_block(state, threshold, symbols)
    return i


@kernel
def thin_blocks(symbols: Symbols, starts: Offsets, threshold: int, thinned: Symbols, begins: Offsets) -> int:
    """Take some of the blocks, by what is in them.

    symbols    (n,)      uint16: blocks, a border behind each
    starts     (s + 1,)  int64: where each stretch of blocks begins
    threshold  a block is taken if the hash of its symbols, 63 bits, is at most this
    thinned    (n,)      uint16 out: the blocks taken
    begins     (s + 1,)  int64 out: where each stretch begins there

    Returns how many symbols are taken.
    """
    written = 0
    begins[0] = 0
    for stretch in range(starts.size - 1):
        start = written
        mixed = np.uint64(0xCBF29CE484222325)
        for i in range(starts[stretch], starts[stretch + 1]):
            thinned[written] = symbols[i]
            written += 1
            mixed = (mixed ^ np.uint64(symbols[i])) * np.uint64(0x9E3779B97F4A7C15)
            mixed ^= mixed >> np.uint64(29)
            if symbols[i] == 0:
                if np.int64(mixed & np.uint64(0x7FFFFFFFFFFFFFFF)) > threshold:
                    written = start
                start = written
                mixed = np.uint64(0xCBF29CE484222325)
        begins[stretch + 1] = written
    return written
