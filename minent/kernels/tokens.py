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

    A state is a row: where its next units are looked up.  Slot row + unit belongs to it if the slot holds that unit.
    """

    rows: Keys  # (slots,) row to go on with 24 bits, row to try after that one 24, unit 16 (all ones: empty slot)
    run_at: Symbols  # (slots,) uint32: run of the pieces of two or more units that end here
    fails: Symbols  # (slots,) uint32: for each row the one to try where a unit is not found in it
    root: int
    warm: int  # units of the longest piece: after so many the state is that of a scan from the beginning


class Prices(NamedTuple):
    """Pieces and what they cost.

    An entry: cost 32 bits, 256 - units 8, number 24.  A run: place in `runs` 24 bits, entries 8.

    Numbers: rows of the vocabulary, then units that are spelled out in bytes, then the border.
    """

    runs: Keys  # (r,) entries of at least two units, the longest piece first, at least two in a run
    single: Keys  # (units,) the entry of each unit by itself
    cost: Nats  # (numbers,) float64: the same in nats, not rounded
    spelling: Nodes  # (s,) int32: rows of the bytes of units that are spelled out
    spelling_at: Offsets  # (k + 1,) int64


class Window(NamedTuple):
    """The last 256 places of a path, as it is found."""

    cost: Keys  # (256,) uint64: cost << 32 of the cheapest way to each place
    nats: Nats  # (256,) float64: the same in nats, where sums are not rounded
    place: Offsets  # (2,) int64: units done; unit before


@kernel
def _character(text: Bytes, i: int, last: int, code_of: Symbols) -> tuple[int, int]:
    """The unit that the character of two or four bytes at byte i is, and its bytes; 0, 1 if it is none, or no UTF-8."""
    a = np.int64(text[i])
    unit = np.int64(0)
    width = 1
    if a < 0xE0 and i + 1 < last:
        b = np.int64(text[i + 1]) ^ 0x80
        if b < 0x40:
            unit = np.int64(code_of[((a & 0x1F) << 6) | b])
            width = 2
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
            a = np.int64(text[i])
            unit = a + 1
            width = 1
            if a >= 0xC2 and characters:
                found = np.int64(0)
                if a >= 0xE0 and a < 0xF0 and i + 2 < stop:  # by far the most frequent
                    b = np.int64(text[i + 1]) ^ 0x80
                    c = np.int64(text[i + 2]) ^ 0x80
                    point = ((a & 0xF) << 12) | ((b & 0x3F) << 6) | (c & 0x3F)
                    found = np.int64(code_of[point]) if (b | c) < 0x40 and point >= 0x800 else np.int64(0)
                    width = 3 if found > 0 else 1
                else:
                    found, width = _character(text, i, stop, code_of)
                unit = found if found > 0 else unit
            units[at] = unit
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
def _step(
    units: Symbols, machine: Machine, ends: Symbols, i: np.uint64, row: np.uint64, after: np.uint64
) -> tuple[np.uint64, np.uint64, np.uint64]:
    """Look unit i up in a row, or try the next row.  Without branches: what comes cannot be foreseen."""
    unit = np.uint64(units[i])
    slot = machine.rows[row + unit]
    run = machine.run_at[row + unit]
    later = np.uint64(machine.fails[after])
    found = np.uint64((slot & np.uint64(0xFFFF)) == unit)
    mask = np.uint64(0) - found
    ends[i] = ends[i] ^ ((ends[i] ^ run) & np.uint32(mask))
    row = after ^ ((after ^ (slot >> np.uint64(40))) & mask)
    after = later ^ ((later ^ ((slot >> np.uint64(16)) & np.uint64(0xFFFFFF))) & mask)
    return i + found, row, after


@kernel
def scan(units: Symbols, first: int, last: int, machine: Machine, ends: Symbols) -> None:
    """Find the pieces that end with each unit.

    units  (u,)  uint16: `machine.warm` more before `first`; at `last` a unit that the root does not know
    ends   (u,)  uint32 out: for each unit from `first` to `last` the run of pieces that end with it

    Four places are worked on at a time, so that the memory has always something to fetch.  Source: Aho and Corasick
    (1975); Aoe (1989).
    """
    root = np.uint64(machine.root)
    quarter = np.int64(0)
    if last - first >= 16 * machine.warm:
        quarter = (last - first) // 4
    i3 = np.uint64(first + 3 * quarter - machine.warm)
    end3 = np.uint64(last)
    row3 = after3 = root
    if quarter > 0:
        i0 = np.uint64(first - machine.warm)
        i1 = np.uint64(first + quarter - machine.warm)
        i2 = np.uint64(first + 2 * quarter - machine.warm)
        end0 = np.uint64(first + quarter)
        end1 = np.uint64(first + 2 * quarter)
        end2 = np.uint64(first + 3 * quarter)
        row0 = row1 = row2 = after0 = after1 = after2 = root
        while i0 < end0 or i1 < end1 or i2 < end2 or i3 < end3:
            for _ in range(16):
                i0, row0, after0 = _step(units, machine, ends, i0, row0, after0)
                i1, row1, after1 = _step(units, machine, ends, i1, row1, after1)
                i2, row2, after2 = _step(units, machine, ends, i2, row2, after2)
                i3, row3, after3 = _step(units, machine, ends, i3, row3, after3)
    while i3 < end3:
        i3, row3, after3 = _step(units, machine, ends, i3, row3, after3)


@kernel
def find_paths(
    units: Symbols, span: tuple[int, int], ends: Symbols, prices: Prices, window: Window, back: Symbols
) -> None:
    """Find the cheapest path to each place of units[first:last], going on from the window.

    ends  as from `scan`
    back  (>= last - first,) uint32 out: 256 - units and number of the last piece of each path

    Costs are whole numbers, so that the path is the same wherever the text is cut in two.  Ties: the longest last
    piece wins.  Source: Viterbi (1967).
    """
    first, last = span
    high = np.uint64(0xFFFFFFFF00000000)
    low = np.uint64(0xFF)
    byte = np.uint64(24)
    one = np.uint64(1)
    ring = window.cost
    done = np.uint64(window.place[0])
    before = ring[done & low]
    for i in range(first, last):
        done += one
        # How many there are is known before they are there: a wrong guess does not wait for the memory.
        run = np.uint64(ends[i])
        at = run >> np.uint64(8)
        a = prices.runs[at]
        b = prices.runs[at + one]
        best = before + prices.single[np.uint64(units[i])]
        other = min(ring[(done + (a >> byte)) & low] + a, ring[(done + (b >> byte)) & low] + b)
        for _ in range(2, np.int64(run & low)):
            at += one
            b = prices.runs[at + one]
            other = min(other, ring[(done + (b >> byte)) & low] + b)
        best = min(best, other)
        before = best & high
        ring[done & low] = before
        back[i - first] = np.uint32(best)
        if before >= np.uint64(0x4000000000000000):  # 2^30: begin anew from 2^29, but keep what cannot be reached
            drop = before - np.uint64(0x2000000000000000)
            for k in range(256):
                if ring[k] < np.uint64(0x7000000000000000):
                    ring[k] = max(ring[k], drop) - drop
            before -= drop
    window.place[0] = np.int64(done)
    window.place[1] = np.int64(units[last - 1])


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
    ring = window.nats
    done = window.place[0]
    before = window.place[1]
    for i in range(first, last):
        unit = np.int64(units[i])
        if before == 0 or (before == 11 and unit != 11):
            ring[done & 255] = 0.0
        before = unit
        done += 1
        at = np.int64(ends[i] >> np.uint32(8))
        best = np.inf
        chosen = np.uint64(0)
        for k in range(at, at + np.int64(ends[i] & np.uint32(0xFF))):
            entry = prices.runs[k]
            if entry >> np.uint64(32) < np.uint64(0x70000000):
                start = (done + np.int64((entry >> np.uint64(24)) & np.uint64(0xFF))) & 255
                reached = ring[start] + prices.cost[np.int64(entry & np.uint64(0xFFFFFF))]
                if reached < best:
                    best = reached
                    chosen = entry
        entry = prices.single[unit]
        number = np.int64(entry & np.uint64(0xFFFFFF))
        reached = _spelled(prices, number, n_pieces, ring[(done - 1) & 255])
        if reached < best:
            best = reached
            chosen = entry
        ring[done & 255] = best
        back[i - first] = np.uint32(chosen)
    window.place[0] = done
    window.place[1] = before


@kernel
def list_matches(
    units: Symbols, span: tuple[int, int], ends: Symbols, prices: Prices, offsets: Offsets, found: Nodes
) -> int:
    """List the pieces that end with each unit of units[first:last], the longest first.

    ends     (u,)      uint32, from `minent.kernels.tokens.scan`
    offsets  (n + 1,)  int64 out: the pieces that end with unit first + i are found[offsets[i]:offsets[i + 1]]
    found    (f, 2)    int32 out: units and number of each

    Returns how many there are; if that is more than f, only so many are written.
    """
    first, last = span
    n = 0
    offsets[0] = 0
    for i in range(first, last):
        at = np.int64(ends[i] >> np.uint32(8))
        for k in range(at, at + np.int64(ends[i] & np.uint32(0xFF))):
            entry = prices.runs[k]
            if entry >> np.uint64(32) < np.uint64(0x70000000):
                if n < found.shape[0]:
                    found[n, 0] = 256 - np.int64((entry >> np.uint64(24)) & np.uint64(0xFF))
                    found[n, 1] = np.int64(entry & np.uint64(0xFFFFFF))
                n += 1
        if n < found.shape[0]:
            found[n, 0] = 1
            found[n, 1] = np.int64(prices.single[units[i]] & np.uint64(0xFFFFFF))
        n += 1
        offsets[i - first + 1] = n
    return n


@kernel
def settled(back: Symbols, last: int, longest: int, alive: Flags) -> int:
    """The last place that the paths to all of the places last - longest .. last have in common.

    back   (>= last,) from `find_paths`: how the path to place i + 1 ends
    alive  (> last,) bool, all False, before and afterwards
    """
    n_alive = 0
    for place in range(max(0, last - longest), last + 1):
        alive[place] = True
        n_alive += 1
    at = last
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
    at = ids.size
    border = borders.size
    end_of_text = prices.spelling_at.size - 2 + n_pieces
    while last > 0:
        entry = np.int64(back[last - 1])
        number = entry & 0xFFFFFF
        if number < n_pieces:
            at -= 1
            ids[at] = number + first_id
        elif number == end_of_text:
            border -= 1
            borders[border] = ids.size - at
        else:
            k = number - n_pieces
            for s in range(prices.spelling_at[k + 1] - 1, prices.spelling_at[k] - 1, -1):
                at -= 1
                ids[at] = prices.spelling[s] + first_id
        last -= 256 - (entry >> 24)
    return at, border


@kernel
def to_bytes(ids: Nodes, words: Keys, firsts: Nodes, lengths: Offsets, text: Bytes) -> int:
    """Write the bytes of pieces one after the other.

    ids      (n,) int32: pieces, all from 0 to p - 1
    words    (w,) uint64: the pieces one after the other, each filled up to whole words, and a word more
    firsts   (p,) int32: where each piece begins there
    lengths  (p,) int64: bytes of each
    text     (t,) uint8 out: eight bytes larger than the text, what is written there means nothing

    Returns where they end.  Eight bytes at a time: compilers make one store of them.
    """
    eight = np.uint64(8)
    at = np.uint64(0)
    for i in range(ids.size):
        word = np.uint64(firsts[ids[i]])
        end = at + np.uint64(lengths[ids[i]])
        while at < end:
            letters = words[word]
            for k in range(8):
                text[at + np.uint64(k)] = np.uint8((letters >> (eight * np.uint64(k))) & np.uint64(0xFF))
            word += np.uint64(1)
            at += eight
        at = end
    return np.int64(at)
