"""Characters -> units: what a word is made of.  A run of digits, or of cased letters, can be one unit.

The kinds of characters are numbers here because kernels read only literals; `minent.characters.Kind` names them:
0 space or line separator, 1 mark, 2 digit, 3 cased letter, 4 joining character, 5 letter, 6 point within a number,
7 percent sign after one, 8 apostrophe within a run of cased letters.
"""

import numpy as np

from minent.kernels._jit import kernel
from minent.types import Bytes, Counts, Keys, Offsets, Symbols


@kernel
def _end_of_letters(ids: Symbols, kind: Bytes, begin: int) -> int:
    """Where the run of cased letters ends that begins at `begin`, with joining characters and inner apostrophes."""
    j = begin + 1
    while j < ids.size:
        k = kind[ids[j]]
        if k == 3 or k == 4:
            j += 1
        elif k == 8 and j + 1 < ids.size and kind[ids[j + 1]] == 3:
            j += 2
        else:
            break
    return j


@kernel
def join_units(ids: Symbols, kind: Bytes, symbol: Symbols, out: Symbols, start: Offsets) -> int:
    """Group characters into units.

    ids     (n,)  uint16 or uint32: numbered characters, 0 = line feed
    kind    (k,)  uint8: kind of each number
    symbol  (k,)  uint16 or uint32: unit each number becomes; 0 = border, no part of any word
    out     (n,)  like `symbol` out; may be `ids` when `start` is not wanted
    start   (n + 1,) int64 out: where each unit begins, then n; or (0,): not wanted, and runs of borders shrink to one

    A number is digits, with single points between digits, and a percent sign after the last; a run of cased
    letters may have single apostrophes inside.  A joining character belongs to the mark,
    number or run of cased letters before it.  Equal marks in a row are one unit.

    Returns the number of units.
    """
    n = ids.size
    wanted = start.size > 0
    written = 0
    i = 0
    while i < n:
        first = ids[i]
        k = kind[first]
        j = i + 1
        if k == 2:
            while j < n:
                if kind[ids[j]] == 2 or kind[ids[j]] == 4:
                    j += 1
                elif kind[ids[j]] == 6 and j + 1 < n and kind[ids[j + 1]] == 2:
                    j += 2
                else:
                    break
            if j < n and kind[ids[j]] == 7:
                j += 1
                while j < n and kind[ids[j]] == 4:
                    j += 1
        elif k == 3:
            j = _end_of_letters(ids, kind, i)
        elif k != 0 and k != 4 and k != 5:
            while j < n and (ids[j] == first or kind[ids[j]] == 4):
                j += 1
        if wanted:
            start[written] = i
            out[written] = symbol[first]
            written += 1
        elif symbol[first] != 0 or (written > 0 and out[written - 1] != 0):
            out[written] = symbol[first]
            written += 1
        i = j
    if wanted:
        start[written] = n
    return written


@kernel
def cased_runs(ids: Symbols, kind: Bytes) -> tuple[int, int]:
    """Number of cased letters, and the sum of the squared lengths of their runs (their ratio is the run a letter
    stands in).

    ids   (n,)  uint16 or uint32
    kind  (k,)  uint8
    """
    letters = 0
    squares = 0
    run = 0
    for i in range(ids.size):
        k = kind[ids[i]]
        if k == 3:
            run += 1
        elif k != 4:
            letters += run
            squares += run * run
            run = 0
    return letters + run, squares + run * run


@kernel
def count_runs(ids: Symbols, kind: Bytes, keys: Keys, start: Offsets, length: Offsets, counts: Counts) -> int:
    """Count the different runs of cased letters by open addressing.

    ids     (n,)  uint16 or uint32
    kind    (k,)  uint8
    keys    (m,)  uint64 scratch, hash of the run in the slot; m a power of two
    start, length, counts  (m,)  int64 out: where the run first stands, its length, its count; count 0 = empty slot

    Returns how many different runs there are, or -1 when the table is more than half full.
    """
    mask = np.uint64(keys.size - 1)
    used = 0
    i = 0
    n = ids.size
    while i < n:
        if kind[ids[i]] != 3:
            i += 1
            continue
        j = _end_of_letters(ids, kind, i)
        key = np.uint64(0xCBF29CE484222325)
        for c in range(i, j):
            key = (key ^ np.uint64(ids[c])) * np.uint64(0x9E3779B97F4A7C15)
            key ^= key >> np.uint64(29)
        at = key & mask
        while counts[at] != 0:
            if keys[at] == key and length[at] == j - i:
                same = True
                for d in range(j - i):
                    if ids[start[at] + d] != ids[i + d]:
                        same = False
                        break
                if same:
                    break
            at = (at + np.uint64(1)) & mask
        if counts[at] == 0:
            used += 1
            if 2 * used > keys.size:
                return -1
            keys[at] = key
            start[at] = i
            length[at] = j - i
        counts[at] += 1
        i = j
    return used
