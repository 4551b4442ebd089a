"""Text to tokens: the pieces that end at each place, the cheapest path through them, and their bytes again.

A text is a row of units: whole characters where all pieces are made of whole characters, single bytes elsewhere.  Byte
b is unit b + 1, unit 0 is a border that no piece crosses, and `Machine.end` stops a scan.
"""

from typing import NamedTuple

import numpy as np

from minent.kernels._jit import kernel
from minent.types import Bytes, Flags, Keys, Nats, Nodes, Offsets, Symbols


class Machine(NamedTuple):
    """What finds pieces in a row of units: an Aho-Corasick automaton in a double array.

    A state is a row: where its next units are looked up.  Slot row + 1 + unit belongs to it if the slot holds that
    unit; in slot `row` is the row to try where a unit is not found.

    A slot: row to go on with 24 bits, first record 21, pieces of two or more units that end here 3, unit 16 (all ones:
    none).
    """

    slots: Keys  # (s,)
    root: int
    end: int  # a unit that is none
    warm: int  # units of the longest piece: after so many the state is that of a scan from the beginning


class Prices(NamedTuple):
    """Pieces and what they cost.

    A record: cost less that of its units one by one 32 bits, modulo 2^32; 256 - units 8; its own place among the
    records 24.  Record u is that of unit u by itself: its first 32 bits are 0.

    Numbers: rows of the vocabulary, then units that are spelled out in bytes, then the border.
    """

    records: Keys  # (r,)
    shorter: Symbols  # (r,) uint32: record of the next shorter piece that ends where each does; of a unit, its own
    numbers: Nodes  # (r,) int32: number of each record
    cost: Nats  # (numbers,) float64: the same in nats, not rounded
    spelling: Nodes  # (s,) int32: rows of the bytes of units that are spelled out
    spelling_at: Offsets  # (k + 1,) int64
    stride: int  # so many units, and those of the longest piece beside, each by itself, cost less than 9 * 2^28
    certain: int  # 1 if at most places no piece or one ends that has more than a unit, else 0


class Window(NamedTuple):
    """The last 256 places of a path, as it is found, and room for those that follow."""

    cost: Keys  # (256 + b,) uint64: of the cheapest way to each place, (cost less that of all units one by one) << 32
    nats: Nats  # (256 + b,) float64: the same in nats, where sums are not rounded
    before: Offsets  # (1,) int64: the last unit


@kernel
def _character(text: Bytes, i: int, last: int, code_of: Symbols) -> tuple[int, int]:
    """The unit that the character of two to four bytes at byte i is, and its bytes; 0, 1 if it is none, or no UTF-8."""
    a = np.int64(text[i])
    unit = np.int64(0)
    width = 1
    if a < 0xE0 and i + 1 < last:
        b = np.int64(text[i + 1]) ^ 0x80
        if b < 0x40:
            unit = np.int64(code_of[((a & 0x1F) << 6) | b])
            width = 2
    elif a < 0xF0 and i + 2 < last:
        b = np.int64(text[i + 1]) ^ 0x80
        c = np.int64(text[i + 2]) ^ 0x80
        point = ((a & 0xF) << 12) | (b << 6) | c
        if (b | c) < 0x40 and point >= 0x800:
            unit = np.int64(code_of[point])
            width = 3
    elif a >= 0xF0 and a < 0xF5 and i + 3 < last:
        b = np.int64(text[i + 1]) ^ 0x80
        c = np.int64(text[i + 2]) ^ 0x80
        d = np.int64(text[i + 3]) ^ 0x80
        point = ((a & 0x7) << 18) | (b << 12) | (c << 6) | d
        if (b | c | d) < 0x40 and point >= 0x10000 and point < 0x110000:
            unit = np.int64(code_of[point])
            width = 4
    return unit, width if unit > 0 else 1


@kernel
def _are_letters(text: Bytes, i: int) -> bool:
    """Whether the eight bytes from i on are all below 0x80.  Compilers make one load of them."""
    word = np.uint64(0)
    for k in range(8):
        word |= np.uint64(text[np.uint64(i + k)]) << np.uint64(8 * k)
    return word & np.uint64(0x8080808080808080) == np.uint64(0)


@kernel
def to_units(text: Bytes, first: int, last: int, cuts: Offsets, code_of: Symbols, units: Symbols, at: int) -> int:
    """Number the characters and bytes of text[first:last].

    cuts     (k,) int64, increasing, within the text: a border is put before each of these bytes
    code_of  (0x110000,) uint16: unit of each character that is one, 0 elsewhere; (0,): units are bytes
    units    (>= at + last - first + k,) uint16 out: from `at` on

    Returns where the units end.
    """
    cut = 0
    i = first
    characters = code_of.size > 0
    while i < last:
        stop = last
        if cut < cuts.size:
            stop = min(last, cuts[cut])
        while i < stop:
            while characters and i + 2 < stop:  # three bytes: by far the most frequent, one after the other
                a = np.int64(text[np.uint64(i)])
                b = np.int64(text[np.uint64(i + 1)]) ^ 0x80
                c = np.int64(text[np.uint64(i + 2)]) ^ 0x80
                found = np.int64(code_of[np.uint64(((a & 0xF) << 12) | ((b & 0x3F) << 6) | (c & 0x3F))])
                if a & 0xF0 != 0xE0 or (b | c) >= 0x40 or (a == 0xE0 and b < 0x20) or found == 0:
                    break
                units[np.uint64(at)] = found
                i += 3
                at += 1
            if i >= stop:
                break
            unit = np.int64(text[np.uint64(i)]) + 1
            if unit <= 0x80 and i + 8 <= stop and _are_letters(text, i):
                for k in range(8):
                    units[np.uint64(at + k)] = np.uint16(text[np.uint64(i + k)]) + np.uint16(1)
                i += 8
                at += 8
                continue
            width = 1
            if unit > 0xC2 and characters:
                found, width = _character(text, i, stop, code_of)
                unit = found if found > 0 else unit
            units[np.uint64(at)] = unit
            i += width
            at += 1
        while cut < cuts.size and cuts[cut] <= i:
            units[at] = 0
            at += 1
            cut += 1
    while cut < cuts.size:
        units[at] = 0
        at += 1
        cut += 1
    return at


@kernel
def _step(units: Symbols, slots: Keys, ends: Symbols, i: np.uint64, row: np.uint64) -> tuple[np.uint64, np.uint64]:
    """Look unit i up in a row, or get the next row to try.  Without branches: what comes cannot be foreseen.

    What is written to `ends` holds once the unit is found.
    """
    unit = np.uint64(units[i])
    slot = slots[row + np.uint64(1) + unit]
    back = slots[row]
    ends[i] = np.uint32(slot >> np.uint64(16))
    found = (slot & np.uint64(0xFFFF)) == unit
    return i + np.uint64(found), (slot if found else back) >> np.uint64(40)


@kernel
def _finish(units: Symbols, slots: Keys, ends: Symbols, i: np.uint64, row: np.uint64, last: np.uint64) -> None:
    """Go on from i to `last`."""
    while i < last:
        i, row = _step(units, slots, ends, i, row)


@kernel
def scan(units: Symbols, first: int, last: int, machine: Machine, ends: Symbols) -> None:
    """Find the pieces that end with each unit.

    units  (u,)  uint16: `machine.warm` more before `first`; at `last` the unit `machine.end`
    ends   (u,)  uint32 out: for each unit from `first` to `last`, with eight bits before them that mean nothing, the
           record of the longest piece that ends with it 21 bits, pieces of two or more units 3 (7 = or more)

    Eight places are worked on at a time, so that the memory has always something to fetch.  Source: Aho and Corasick
    (1975); Aoe (1989).
    """
    slots = machine.slots
    warm = machine.warm
    part = (last - first) // 8 if last - first >= 32 * warm else np.int64(0)
    row0 = row1 = row2 = row3 = row4 = row5 = row6 = row7 = np.uint64(machine.root)
    i7 = np.uint64(first + 7 * part - warm)
    stop = np.uint64(last)
    if part > 0:
        i0 = np.uint64(first - warm)
        i1 = np.uint64(first + part - warm)
        i2 = np.uint64(first + 2 * part - warm)
        i3 = np.uint64(first + 3 * part - warm)
        i4 = np.uint64(first + 4 * part - warm)
        i5 = np.uint64(first + 5 * part - warm)
        i6 = np.uint64(first + 6 * part - warm)
        step = np.uint64(part)
        begin = np.uint64(first)
        # Until none is behind: the one that is farthest behind may have to go to the end of its part.
        while (
            i0 < begin + step
            or i1 < begin + np.uint64(2) * step
            or i2 < begin + np.uint64(3) * step
            or i3 < begin + np.uint64(4) * step
            or i4 < begin + np.uint64(5) * step
            or i5 < begin + np.uint64(6) * step
            or i6 < begin + np.uint64(7) * step
        ):
            for _ in range(16):
                i0, row0 = _step(units, slots, ends, i0, row0)
                i1, row1 = _step(units, slots, ends, i1, row1)
                i2, row2 = _step(units, slots, ends, i2, row2)
                i3, row3 = _step(units, slots, ends, i3, row3)
                i4, row4 = _step(units, slots, ends, i4, row4)
                i5, row5 = _step(units, slots, ends, i5, row5)
                i6, row6 = _step(units, slots, ends, i6, row6)
                i7, row7 = _step(units, slots, ends, i7, row7)
        # Where each of them stands something may be written that is not found yet.
        _finish(units, slots, ends, i0, row0, min(i0 + np.uint64(1), stop))
        _finish(units, slots, ends, i1, row1, min(i1 + np.uint64(1), stop))
        _finish(units, slots, ends, i2, row2, min(i2 + np.uint64(1), stop))
        _finish(units, slots, ends, i3, row3, min(i3 + np.uint64(1), stop))
        _finish(units, slots, ends, i4, row4, min(i4 + np.uint64(1), stop))
        _finish(units, slots, ends, i5, row5, min(i5 + np.uint64(1), stop))
        _finish(units, slots, ends, i6, row6, min(i6 + np.uint64(1), stop))
    _finish(units, slots, ends, i7, row7, stop)


@kernel
def _reached(records: Keys, cost: Keys, i: np.uint64, at: np.uint64) -> np.uint64:
    """What the cheapest way to place i costs whose last piece is that of a record; below, the record itself."""
    record = records[at]
    return cost[i + ((record >> np.uint64(24)) & np.uint64(0xFF))] + record


@kernel
def find_paths(
    units: Symbols, span: tuple[int, int], ends: Symbols, prices: Prices, window: Window, back: Symbols
) -> None:
    """Find the cheapest path to each place of units[first:last], going on from the window.

    ends  as from `scan`
    back  (>= last - first,) uint32 out: of the last piece of each path, 256 - units 8 bits, its record 24

    Costs are whole numbers, so that the path is the same wherever the text is cut in two; counted from what the units
    cost one by one, so that no path is dearer than one to a place before.  Ties: the longest last piece wins.  Source:
    Viterbi (1967).
    """
    first, last = span
    records, shorter, cost = prices.records, prices.shorter, window.cost
    unreached = np.uint64(0xF000000000000000)
    before = cost[255]
    cost[255] = unreached
    for start in range(first, last, cost.size - 256):
        n = min(last - start, cost.size - 256)
        cost[256 : 256 + n] = unreached
        for begin in range(0, n, prices.stride):
            end = min(begin + prices.stride, n)
            for k in range(begin, end):
                i = np.uint64(k)
                found = np.uint64(ends[np.uint64(start) + i])
                at = (found >> np.uint64(3)) & np.uint64(0x1FFFFF)
                many = np.int64(found & np.uint64(7))  # known before they are: a wrong guess need not wait for memory
                best = before | np.uint64(0xFF000000) | np.uint64(units[np.uint64(start) + i])
                other = _reached(records, cost, i, at)
                if many > prices.certain:  # rather a branch too many than a loop: what is foreseen costs nothing
                    at = np.uint64(shorter[at])
                    other = min(other, _reached(records, cost, i, at))
                    if many > 2:
                        at = np.uint64(shorter[at])
                        other = min(other, _reached(records, cost, i, at))
                        if many > 3:
                            at = np.uint64(shorter[at])
                            other = min(other, _reached(records, cost, i, at))
                            for _ in range(4, many):
                                at = np.uint64(shorter[at])
                                other = min(other, _reached(records, cost, i, at))
                            while many == 7 and np.uint64(shorter[at]) != at:
                                at = np.uint64(shorter[at])
                                other = min(other, _reached(records, cost, i, at))
                # Only now, so that the unit by itself, where it was looked up, did not wait for this.
                cost[i + np.uint64(255)] = before
                best = min(best, other)
                back[np.uint64(start - first) + i] = np.uint32(best & np.uint64(0xFFFFFFFF))
                before = best & np.uint64(0xFFFFFFFF00000000)
            # Below 9 * 2^28 begin anew from 11 * 2^28.
            if before < np.uint64(0x9000000000000000):
                most = before + np.uint64(0x3000000000000000)  # what pieces can still begin at costs less
                for k in range(end, end + 255):
                    cost[k] = min(cost[k], most) - before + np.uint64(0xB000000000000000)
                before = np.uint64(0xB000000000000000)
        for k in range(255):
            cost[k] = cost[n + k]
        cost[255] = unreached
    cost[255] = before


@kernel
def cut(
    units: Symbols,
    span: tuple[int, int],
    machine: Machine,
    prices: Prices,
    window: Window,
    ends: Symbols,
    back: Symbols,
) -> None:
    """Scan units[first:last] and find the paths through them, stretch by stretch: what was found stays in the cache.

    units  as in `scan`; changed meanwhile
    ends   (e,) uint32: scratch, for stretches of e - 1 - `machine.warm` units
    back   as in `find_paths`
    """
    first, last = span
    warm = machine.warm
    length = ends.size - 1 - warm
    for begin in range(first, last, length):
        end = min(begin + length, last)
        beyond = units[end]
        units[end] = machine.end
        block = units[begin - warm : end + 1]
        scan(block, warm, warm + end - begin, machine, ends)
        find_paths(block, (warm, warm + end - begin), ends, prices, window, back[begin - first : end - first])
        units[end] = beyond


@kernel
def _spelled(prices: Prices, number: int, n_pieces: int, nats: float) -> float:
    """What a path costs with one more piece, or with the bytes of a unit that is spelled out, added one by one."""
    if number < n_pieces:
        return nats + prices.cost[number]
    k = number - n_pieces
    for s in range(prices.spelling_at[k], prices.spelling_at[k + 1]):
        nats += prices.cost[prices.spelling[s]]
    return nats


@kernel
def find_paths_in_nats(
    units: Symbols, span: tuple[int, int], ends: Symbols, prices: Prices, window: Window, back: Symbols, n_pieces: int
) -> None:
    """As `find_paths`, but costs are not rounded: sums are of doubles from the left to the right, line by line.

    A line ends after its newlines.  Source: BytePiece 0.6.3, whose ids these are.
    """
    first, last = span
    n = last - first
    nats = window.nats
    before = window.before[0]
    for i in range(n):
        unit = np.int64(units[first + i])
        if before == 0 or (before == 11 and unit != 11):
            nats[255 + i] = 0.0
        before = unit
        at = np.int64((ends[first + i] >> np.uint32(3)) & np.uint32(0x1FFFFF))
        best = np.inf
        chosen = np.uint64(0)
        while True:
            record = prices.records[at]
            size = (record >> np.uint64(24)) & np.uint64(0xFF)
            reached = nats[i + np.int64(size)]
            if size == np.uint64(0xFF):
                reached = _spelled(prices, np.int64(prices.numbers[at]), n_pieces, reached)
            else:
                reached += prices.cost[prices.numbers[at]]
            if reached < best:
                best = reached
                chosen = record
            if size == np.uint64(0xFF):
                break
            at = np.int64(prices.shorter[at])
        nats[256 + i] = best
        back[i] = np.uint32(chosen & np.uint64(0xFFFFFFFF))
    for k in range(256):
        nats[k] = nats[n + k]
    window.before[0] = before


@kernel
def list_matches(span: tuple[int, int], ends: Symbols, prices: Prices, offsets: Offsets, found: Nodes) -> int:
    """List the pieces that end with each of the units from `first` to `last`, the longest first.

    ends     (u,)      uint32, from `scan`
    offsets  (n + 1,)  int64 out: the pieces that end with unit first + i are found[offsets[i]:offsets[i + 1]]
    found    (f, 2)    int32 out: units and number of each

    Returns how many there are; if that is more than f, only so many are written.
    """
    first, last = span
    n = 0
    offsets[0] = 0
    for i in range(first, last):
        at = np.int64((ends[i] >> np.uint32(3)) & np.uint32(0x1FFFFF))
        size = np.int64(0)
        while size != 1:
            record = prices.records[at]
            size = 256 - np.int64((record >> np.uint64(24)) & np.uint64(0xFF))
            if n < found.shape[0]:
                found[n, 0] = size
                found[n, 1] = prices.numbers[at]
            n += 1
            at = np.int64(prices.shorter[at])
        offsets[i - first + 1] = n
    return n


@kernel
def settled(back: Symbols, last: int, longest: int, alive: Flags) -> int:
    """The last place that the paths to all of the places last - longest .. last have in common.

    back   (>= last,) from `find_paths`: how the path to place i + 1 ends
    alive  (> last,) bool, all False, before and afterwards
    """
    n_alive = 0
    at = last
    for place in range(max(0, last - longest), last + 1):
        alive[place] = True
        n_alive += 1
    while n_alive > 1 or not alive[at]:
        if alive[at]:
            alive[at] = False
            n_alive -= 1
            start = at - 256 + (np.int64(back[at - 1]) >> 24)
            if not alive[start]:
                alive[start] = True
                n_alive += 1
        at -= 1
    alive[at] = False
    return at


@kernel
def trace(
    back: Symbols, last: int, prices: Prices, n_pieces: int, first_id: int, ids: Nodes, borders: Offsets
) -> tuple[int, int]:
    """Write the ids of the pieces on the path to place `last`, and where borders lie among them.

    back      (>= last,) from `find_paths`
    ids       (i,) int32 out: the last ones, in order; i at least the bytes of the text
    borders   (b,) int64 out: the last ones, in order: how many ids come after each border; b at least the borders

    Returns where in `ids` and in `borders` they begin.
    """
    at, border = ids.size, borders.size
    end_of_text = prices.spelling_at.size - 2 + n_pieces
    while last > 0:
        entry = np.uint64(back[np.uint64(last - 1)])
        last -= 256 - np.int64(entry >> np.uint64(24))
        number = np.int64(prices.numbers[entry & np.uint64(0xFFFFFF)])
        if number < n_pieces:
            at -= 1
            ids[np.uint64(at)] = number + first_id
        elif number == end_of_text:
            border -= 1
            borders[border] = ids.size - at
        else:
            k = number - n_pieces
            for s in range(prices.spelling_at[k + 1] - 1, prices.spelling_at[k] - 1, -1):
                at -= 1
                ids[at] = prices.spelling[s] + first_id
    return at, border


@kernel
def _put(letters: np.uint64, text: Bytes, at: np.uint64) -> None:
    """Write eight bytes.  Compilers make one store of them."""
    for k in range(8):
        text[at + np.uint64(k)] = np.uint8((letters >> np.uint64(8 * k)) & np.uint64(0xFF))


@kernel
def to_bytes(ids: Nodes, words: Keys, places: Keys, text: Bytes) -> tuple[int, int]:
    """Write the bytes of pieces one after the other, as many pieces as there is room for.

    ids     (n,) int32: pieces, all from 0 to p - 1
    words   (w,) uint64: the pieces one after the other, each filled up to whole words, and two words more
    places  (p,) uint64: the first word of each piece << 32, its bytes
    text    (t,) uint8 out: 16 bytes larger than what fits, what is written there means nothing

    Returns how many pieces are written, and how many bytes.  Sixteen are written whether they are needed or not: that
    cannot be foreseen.
    """
    eight = np.uint64(8)
    room = np.uint64(max(0, text.size - 16))
    at = np.uint64(0)
    for i in range(ids.size):
        place = places[np.uint64(ids[i])]
        end = at + (place & np.uint64(0xFFFFFFFF))
        if end > room:
            return i, np.int64(at)
        word = place >> np.uint64(32)
        _put(words[word], text, at)
        _put(words[word + np.uint64(1)], text, at + eight)
        at += np.uint64(16)
        while at < end:
            word += np.uint64(1)
            _put(words[word + np.uint64(1)], text, at)
            at += eight
        at = end
    return ids.size, np.int64(at)
