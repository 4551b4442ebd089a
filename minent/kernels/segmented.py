"""Text cut by white space -> units and where words begin."""

from minent.kernels._jit import kernel
from minent.types import Bytes, Counts, Symbols


@kernel
def read_words(
    ids: Symbols, space: Bytes, state: Counts, units: Symbols, begins: Bytes, lines: Counts
) -> tuple[int, int]:
    """Drop the white space of a text; one border stands behind each line that has a word.

    ids     (n,) uint16 or uint32: numbered characters, 0 = line feed
    space   (k,) uint8: 1 = white space
    state   (3,) int64: the line, whether a word of it is under way, whether it has a word; goes on with the text
    units   (n,) like ids out
    begins  (n,) uint8 out: 1 where a word begins, and at borders
    lines   (l,) int64 out: the line of each border; l at least the line feeds among the ids

    Returns the units written, and the borders among them.
    """
    at = 0
    borders = 0
    for i in range(ids.size):
        if ids[i] == 0:
            if state[2]:
                units[at] = 0
                begins[at] = 1
                lines[borders] = state[0]
                at += 1
                borders += 1
            state[0] += 1
            state[1] = 0
            state[2] = 0
        elif space[ids[i]]:
            state[1] = 0
        else:
            units[at] = ids[i]
            begins[at] = state[1] == 0
            at += 1
            state[1] = 1
            state[2] = 1
    return at, borders
