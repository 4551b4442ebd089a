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


@kernel
def _is_space(c: int) -> bool:
    """Whether a code point is white space, or a separator of lines."""
    if c < 128:
        return 9 <= c <= 13 or 28 <= c <= 32
    wide = 0x2000 <= c <= 0x200B or c == 0x2028 or c == 0x2029 or c == 0x202F or c == 0x205F or c == 0x3000
    return wide or c == 0x85 or c == 0xA0 or c == 0x1680


@kernel
def _end_of_word(cut: CutUnits, u: int, spaced: bool, glued: bool) -> int:
    """Where the word ends that begins with unit u."""
    if cut.code[u] == 0:
        return u + 1
    u += 1
    while u < cut.code.size:
        if cut.code[u] != 0:
            if not spaced and cut.begins[u]:
                break
            u += 1
        elif glued and u + 1 < cut.code.size and cut.code[u + 1] != 0 and cut.start[u + 1] == cut.start[u] + 1:
            if _is_space(np.int64(cut.characters[cut.start[u]])):
                break
            u += 2
        else:
            break
    return u


@kernel
def number_clauses(
    cut: CutUnits, first: int, rules: tuple[bool, bool], table: Table, known: Offsets, ids: Nodes
) -> tuple[int, int]:
    """Number the words of a stretch of text, and add those to the table that it does not know.

    first   unit to begin with
    rules   whether words are what stands between white space, single marks within included unless marks are words; else
            they are cut as `cut` says.  Whether marks are words; else clauses end there, as they do at line feeds
    table   slots: more than twice the words; codes and offsets: room for more words; out
    known   (1,) int64: how many words there are; out
    ids     (u + 1,) int32 out: number + 1 of each word, 0 = the end of a clause, one for all that stand in a row

    A word is spelled by its characters, a number as 0.  Returns the unit that is next, before the end if the table has
    no more room, and how many ids are written.
    """
    spaced, marks = rules
    written = 0
    u = first
    while u < cut.code.size:
        low = u
        c = np.int64(cut.characters[cut.start[u]])
        u = _end_of_word(cut, low, spaced, spaced and not marks)
        if cut.code[low] == 0 and (c == 10 or not marks or _is_space(c)):
            if (c == 10 or not _is_space(c)) and (written == 0 or ids[written - 1] != 0):
                ids[written] = 0
                written += 1
            continue
        size = known[0]
        end = table.offsets[size]
        if 2 * size + 2 > table.slots.size or size + 2 > table.offsets.size:
            return low, written
        if end + cut.start[u] - cut.start[low] > table.codes.size:
            return low, written
        last = end
        for i in range(low, u):
            if cut.code[i] == 48:
                table.codes[last] = 48
                last += 1
            else:
                for at in range(cut.start[i], cut.start[i + 1]):
                    table.codes[last] = cut.characters[at]
                    last += 1
        slot = _slot(table.codes, end, last, table)
        if table.slots[slot] == 0:
            table.slots[slot] = size + 1
            table.offsets[size + 1] = last
            known[0] = size + 1
        ids[written] = table.slots[slot]
        written += 1
    return u, written
