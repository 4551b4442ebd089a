"""Cut text -> numbers of its words, by a hash table of their spelling."""

from typing import NamedTuple

import numpy as np

from minent.kernels._jit import kernel
from minent.types import Bytes, Flags, Nodes, Offsets, Symbols


class CutUnits(NamedTuple):
    """A stretch of text as units, cut into words."""

    code: Symbols  # (u,) uint32: code point that stands for each unit; 0 = a border, in no word
    begins: Bytes  # (u,) uint8: 1 where a unit begins a word, and at borders
    start: Offsets  # (u + 1,) int64: where in `characters` each unit begins
    characters: Symbols  # (c,) uint32: normalised code points


class Table(NamedTuple):
    """Words, found by open addressing."""

    slots: Nodes  # (m,) int32: word + 1, 0 = empty; m a power of two, more than there are words
    codes: Symbols  # (u,) uint32: code points of the words, one after the other
    offsets: Offsets  # (w + 1,) int64: word i is codes[offsets[i]:offsets[i + 1]]


@kernel
def _slot(codes: Symbols, low: int, high: int, table: Table) -> int:
    """Where the word codes[low:high] stands in the table, or would stand."""
    mask = np.uint64(table.slots.size - 1)
    key = np.uint64(0xCBF29CE484222325)
    for c in range(low, high):
        key = (key ^ np.uint64(codes[c])) * np.uint64(0x9E3779B97F4A7C15)
        key ^= key >> np.uint64(29)
    at = key & mask
    while table.slots[at] != 0:
        first = table.offsets[table.slots[at] - 1]
        if table.offsets[table.slots[at]] - first == high - low:
            same = True
            for c in range(high - low):
                if table.codes[first + c] != codes[low + c]:
                    same = False
                    break
            if same:
                break
        at = (at + np.uint64(1)) & mask
    return np.int64(at)


@kernel
def enter_words(table: Table) -> None:
    """Fill the slots of a table, which are empty; its words are different."""
    for w in range(table.offsets.size - 1):
        table.slots[_slot(table.codes, table.offsets[w], table.offsets[w + 1], table)] = w + 1


@kernel
def number_words(cut: CutUnits, last: int, letters: bool, table: Table, ids: Nodes, place: Offsets) -> int:
    """Look up the words of the units before `last`, where one begins or the text ends.

    letters  whether a unit of the code point 65 ("A") is a run of cased letters, known by its characters
    ids      (> last,) int32 out: for each word its number in the table + 1, or 0 if it is not there; -1 for a single
             space, or no-break space, that no border stands beside; -2 for borders, one for all that stand in a row
    place    (> last,) int64 out: the unit it begins with

    Returns how many are written.
    """
    n = 0
    u = 0
    while u < last:
        first = u
        u += 1
        if cut.code[first] == 0:
            character = cut.characters[cut.start[first]]
            space = (character == 32 or character == 160) and (n == 0 or ids[n - 1] >= 0)
            if n > 0 and ids[n - 1] < 0:
                ids[n - 1] = -2
            else:
                ids[n] = -1 if space else -2
                place[n] = first
                n += 1
            continue
        while u < last and not cut.begins[u]:
            u += 1
        if letters and u == first + 1 and cut.code[first] == 65:
            at = _slot(cut.characters, cut.start[first], cut.start[u], table)
        else:
            at = _slot(cut.code, first, u, table)
        ids[n] = table.slots[at]
        place[n] = first
        n += 1
    return n


@kernel
def join_words(ids: Nodes, place: Offsets, plain: tuple[Flags, Flags], spaced: bool, words: Nodes) -> int:
    """Leave out the spaces that may stand in a phrase; all that is no numbered word becomes a border.

    ids     (n,) int32, as `number_words` gives them
    place   (n,) int64, likewise; moved along in place; (0,): not wanted
    plain   (w + 1,) bool: whether a space may stand before, and behind, each word only if `spaced`, where the word on
            the other side of the space is plain there too
    words   (n,) int32 out, 0 = border; may be `ids`; (0,): not wanted

    Returns how many are left.
    """
    n = 0
    before = np.int32(-2)
    for i in range(ids.size):
        number = ids[i]
        if number == -1 and before > 0 and i + 1 < ids.size and ids[i + 1] > 0:
            if spaced or not (plain[1][before] and plain[0][ids[i + 1]]):
                before = number
                continue
        before = number
        if words.size > 0:
            words[n] = max(number, np.int32(0))
        if place.size > 0:
            place[n] = place[i]
        n += 1
    return n
