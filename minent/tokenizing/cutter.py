"""Text -> ids in bounded memory, however long its lines are."""

from typing import NamedTuple

import numpy as np

from minent.kernels import tokens
from minent.tokenizing.machine import Tables
from minent.types import Bytes, Nodes, Offsets, Symbols

_STEP = 1 << 18  # bytes of text that are worked on at a time
_BLOCK = 1 << 13  # units that are scanned before paths go through them: what was found stays in the cache
_ROOM = 1 << 10  # places a window has room for: few, so that they stay in the cache too
_UNREACHED, _START = np.uint64(0xF000000000000000), np.uint64(0xB000000000000000)


class Rules(NamedTuple):
    """What a cutter needs beside its tables: how many pieces there are, the first one's id, whether sums are of doubles
    as in BytePiece."""

    n_pieces: int
    first_id: int
    in_nats: bool


class Cutter:
    """Cuts a text that comes bit by bit; for one text after the other, on one thread."""

    def __init__(self, tables: Tables, rules: Rules) -> None:
        self._tables = tables
        self._rules = rules
        self._warm = tables.machine.warm
        self._ends = np.empty(self._warm + _BLOCK + 1, np.uint32)
        self._units = np.empty(0, np.uint16)
        self._back = np.empty(0, np.uint32)
        self._alive = np.zeros(1, np.bool_)
        self._ids = np.empty(0, np.int32)
        self._borders = np.empty(0, np.int64)
        self._pending = 0
        self._tail = b""
        self._window = tokens.Window(np.empty(256 + _ROOM, np.uint64), np.empty(256 + _BLOCK), np.empty(1, np.int64))
        self._begin()

    def _begin(self) -> None:
        self._window.cost[:256] = _UNREACHED
        self._window.nats[:256] = np.inf
        self._window.cost[255] = _START
        self._window.nats[255] = 0.0
        self._window.before[:] = 0
        self._pending = 0
        self._before = np.zeros(self._warm, np.uint16)  # units, for the state to begin with
        self._tail = b""

    def cut(self, text: Bytes, cuts: Offsets) -> tuple[Nodes, Offsets]:
        """Return the ids of a whole text, and how many there are before each of the cuts.

        text  (n,) uint8
        cuts  (k,) int64, increasing: no piece crosses these places; each is a border
        """
        ids, borders = [], []
        first, cut = 0, 0
        while first < text.size or cut < cuts.size:
            last = self._stop(text, first)
            next_cut = int(np.searchsorted(cuts, last)) if last < text.size else cuts.size
            found, at = self._advance(text, first, last, cuts[cut:next_cut], ends=last == text.size)
            ids.append(found)
            borders.append(at)
            first, cut = last, next_cut
        self._begin()
        return (ids[0], borders[0]) if len(ids) == 1 else _joined(ids, borders)

    def _stop(self, text: Bytes, first: int) -> int:
        """Where the next step ends: not within a character; the more is undecided the later, so that no text takes
        more than linear time."""
        last = first + max(_STEP, self._pending)
        if last >= text.size:
            return int(text.size)
        for back in range(1, 4):
            if text[last - back] & 0xC0 == 0xC0:
                return last - back
            if text[last - back] < 0x80:
                break
        return last

    def feed(self, data: bytes) -> Nodes:
        """Take the next bytes of a text, return the ids that nothing later can change."""
        data = self._tail + data
        text = np.frombuffer(data, np.uint8)
        keep = _unfinished(data)
        self._tail = data[len(data) - keep :]
        ids = []
        first = 0
        while first < text.size - keep:
            last = min(self._stop(text, first), text.size - keep)
            ids.append(self._advance(text, first, last, _NO_CUTS)[0])
            first = last
        return np.concatenate([_NO_IDS, *ids])

    def finish(self) -> Nodes:
        """Return the ids of the rest of a text; the next one begins."""
        rest = np.frombuffer(self._tail, np.uint8)
        found, _ = self._advance(rest, 0, rest.size, _NO_CUTS, ends=True)
        self._begin()
        return found

    def _advance(
        self, text: Bytes, first: int, last: int, cuts: Offsets, *, ends: bool = False
    ) -> tuple[Nodes, Offsets]:
        """Find the paths through text[first:last] and return what is settled; all if the text ends."""
        tables, warm = self._tables, self._warm
        room = warm + last - first + cuts.size + 1
        if self._units.size < room:
            self._units = np.empty(room, np.uint16)
        units = self._units
        units[:warm] = self._before
        stop = tokens.to_units(text, first, last, cuts, tables.code_of, units, warm)
        if self._back.size < self._pending + stop - warm:
            grown = np.empty(2 * self._pending + stop - warm, np.uint32)
            grown[: self._pending] = self._back[: self._pending]
            self._back = grown
        self._before = units[stop - warm : stop].copy()
        self._find(units, warm, stop)
        self._pending += stop - warm
        if self._alive.size <= self._pending:
            self._alive = np.zeros(self._back.size + 1, np.bool_)
        return self._emit(self._pending if ends else tokens.settled(self._back, self._pending, warm, self._alive))

    def _find(self, units: Symbols, first: int, last: int) -> None:
        machine, prices, rules = self._tables.machine, self._tables.prices, self._rules
        back = self._back[self._pending :]
        if not rules.in_nats:
            tokens.cut(units, (first, last), machine, prices, self._window, self._ends, back)
            return
        for begin in range(first, last, _BLOCK):
            end = min(begin + _BLOCK, last)
            beyond, units[end] = units[end], machine.end
            block = units[begin - self._warm : end + 1]
            span = (self._warm, self._warm + end - begin)
            tokens.scan(block, *span, machine, self._ends)
            found = back[begin - first :]
            tokens.find_paths_in_nats(block, span, self._ends, prices, self._window, found, rules.n_pieces)
            units[end] = beyond

    def _emit(self, last: int) -> tuple[Nodes, Offsets]:
        """Return the ids up to place `last`, which the path goes through, and the borders among them."""
        rules, prices = self._rules, self._tables.prices
        if self._borders.size < last:
            self._ids = np.empty(4 * last, np.int32)  # a unit is up to four bytes, and may have to be spelled out
            self._borders = np.empty(last, np.int64)
        at, border = tokens.trace(self._back, last, prices, rules.n_pieces, rules.first_id, self._ids, self._borders)
        found = self._ids[at:].copy()
        self._back[: self._pending - last] = self._back[last : self._pending]
        self._pending -= last
        return found, found.size - self._borders[border:]


_NO_IDS = np.empty(0, np.int32)
_NO_CUTS = np.empty(0, np.int64)


def _joined(ids: list[Nodes], borders: list[Offsets]) -> tuple[Nodes, Offsets]:
    starts = np.cumsum([0, *(part.size for part in ids)])
    shifted = [part + start for part, start in zip(borders, starts, strict=False)]
    return np.concatenate([_NO_IDS, *ids]), np.concatenate([_NO_CUTS, *shifted])


def _unfinished(data: bytes) -> int:
    """How many bytes at the end may be the beginning of a character that goes on."""
    for back in range(1, min(4, len(data) + 1)):
        byte = data[-back]
        if byte >= 0xC0:
            needed = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return back if back < needed else 0
        if byte < 0x80:
            break
    return 0
