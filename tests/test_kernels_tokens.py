"""kernels/tokens.py against its slow twins."""

import math
from itertools import pairwise
from typing import NamedTuple

import naive
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from minent.kernels import tokens
from minent.tokenizing import machine
from minent.types import Offsets, Symbols
from minent.vocabulary import Vocabulary, VocabularyOptions

BYTES = [bytes([byte]) for byte in range(256)]
NO_CUTS = np.empty(0, np.int64)
# Characters of one to four bytes, one that no piece has, and what is no UTF-8.
LETTERS = ["a", "b", "é", "中", "国", "𝄞"]
TEXTS = st.lists(
    st.sampled_from([letter.encode() for letter in LETTERS] + ["语".encode(), b"\xe4", b"\xb8", b"\xf0\x9d"]),
    max_size=12,
).map(b"".join)
PIECES = st.lists(
    st.lists(st.sampled_from(LETTERS), min_size=1, max_size=4).map(lambda letters: "".join(letters).encode()),
    max_size=12,
    unique=True,
)
TORN = st.lists(st.sampled_from([b"\xe4\xb8", b"\xb8\xada", b"a\xe4", b"\xad\xe5"]), unique=True)


class Model(NamedTuple):
    vocabulary: Vocabulary
    tables: machine.Tables

    @property
    def alphabet(self) -> list[str]:
        """The characters that are units."""
        points = np.flatnonzero(self.tables.code_of)
        return [chr(point) for point in points[np.argsort(self.tables.code_of[points])]]

    @property
    def costs(self) -> dict[bytes, int]:
        nats = -self.vocabulary.scores * 2.0**self.tables.bits
        return dict(zip(self.vocabulary.pieces, map(round, nats.tolist()), strict=True))

    @property
    def nats(self) -> dict[bytes, float]:
        return dict(zip(self.vocabulary.pieces, (-self.vocabulary.scores).tolist(), strict=True))

    def units(self, data: bytes) -> Symbols:
        """Units, as many before them as the automaton needs, and the end behind them."""
        warm = self.tables.machine.warm
        units = np.zeros(warm + len(data) + 1, np.uint16)
        text = np.frombuffer(data, np.uint8)
        stop = tokens.to_units(text, 0, text.size, NO_CUTS, self.tables.code_of, units, warm)
        units[stop] = self.tables.machine.end
        return units[: stop + 1]

    def ends(self, units: Symbols) -> Symbols:
        ends = np.zeros(units.size, np.uint32)
        tokens.scan(units, self.tables.machine.warm, units.size - 1, self.tables.machine, ends)
        return ends

    def listed(self, end: int) -> list[tuple[int, int, int]]:
        """Units, cost and number of the pieces that end where a scan found this, the longest first."""
        prices, found = self.tables.prices, []
        record = end >> 3 & 0x1FFFFF
        while not found or found[-1][0] > 1:
            entry = int(prices.records[record])
            assert entry & 0xFFFFFF == record
            less = (entry >> 32 ^ 1 << 31) - (1 << 31)
            found.append((256 - (entry >> 24 & 0xFF), less, int(prices.numbers[record])))
            record = int(prices.shorter[record])
        assert end & 7 == min(7, len(found) - 1)
        return found

    def pieces_of(self, back: Symbols) -> list[bytes]:
        ids, borders = np.empty(4 * back.size, np.int32), np.empty(back.size, np.int64)
        at, _ = tokens.trace(back, back.size, self.tables.prices, len(self.vocabulary), 0, ids, borders)
        return [self.vocabulary.pieces[row] for row in ids[at:]]


@st.composite
def models(draw: st.DrawFn, *, characters: bool | None = None) -> Model:
    pieces = sorted({*BYTES, *draw(PIECES), *(draw(TORN) if characters is None and draw(st.booleans()) else [])})
    counts = [draw(st.integers(1, 4)) for _ in pieces] if len(pieces) < 270 else [1] * len(pieces)
    vocabulary = Vocabulary(pieces, counts)
    whole = draw(st.booleans()) if characters is None else characters
    return Model(vocabulary, machine.build(vocabulary, characters=whole))


def window(room: int) -> tokens.Window:
    size = 256 + room
    made = tokens.Window(np.full(size, 0xF000000000000000, np.uint64), np.full(size, np.inf), np.zeros(1, np.int64))
    made.cost[255], made.nats[255] = 0xB000000000000000, 0
    return made


@settings(max_examples=40)
@given(models(), TEXTS, st.sets(st.integers(0, 40)))
def test_to_units(model: Model, data: bytes, places: set[int]) -> None:
    cuts = sorted(place for place in places if place <= len(data))
    units = np.zeros(len(data) + len(cuts), np.uint16)
    text = np.frombuffer(data, np.uint8)
    stop = tokens.to_units(text, 0, text.size, np.array(cuts, np.int64), model.tables.code_of, units, 0)
    assert units[:stop].tolist() == naive.to_units(data, cuts, model.alphabet)


@pytest.mark.parametrize(
    "data", [b"\xe0\x80\xaf", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xf8\x88\x80\x80\x80"]
)
def test_what_is_no_character_is_bytes(data: bytes) -> None:
    code_of = np.ones(0x110000, np.uint16)  # even if every number were a character
    units = np.zeros(9, np.uint16)
    stop = tokens.to_units(np.frombuffer(data, np.uint8), 0, len(data), NO_CUTS, code_of, units, 0)
    if data.startswith(b"\xed"):  # a surrogate: there is no piece that has one
        assert stop == 1
    else:
        assert units[:stop].tolist() == naive.to_units(data, [], [])


@settings(max_examples=40)
@given(models(), TEXTS, st.integers(1, 400))
def test_scan(model: Model, data: bytes, times: int) -> None:
    units = model.units(data * times)  # long ones are scanned in eight places at a time
    found = model.ends(units)[model.tables.machine.warm : -1]
    words = [tuple(naive.to_units(piece, [], model.alphabet)) for piece in model.vocabulary.pieces]
    plain = units[model.tables.machine.warm : -1].tolist()
    longest = max(map(len, words))
    for at in range(0, len(plain), max(1, len(plain) // 50)):
        begin = max(0, at + 1 - longest)
        expected = naive.scan([word for word in words if len(word) > 1], plain[begin : at + 1])[-1]
        assert [words[number] for _, _, number in model.listed(int(found[at]))[:-1]] == expected


def paths(model: Model, data: bytes, step: int) -> list[bytes]:
    units = model.units(data)
    ends, back, warm, state = (
        model.ends(units),
        np.zeros(units.size, np.uint32),
        model.tables.machine.warm,
        window(step),
    )
    for first in range(warm, units.size - 1, step):
        last = min(first + step, units.size - 1)
        # Wherever the text is cut in two.
        block, block_ends = units[first - warm : last + 1].copy(), ends[first - warm :].copy()
        tokens.find_paths(
            block, (warm, warm + last - first), block_ends, model.tables.prices, state, back[first - warm :]
        )
    return model.pieces_of(back[: units.size - 1 - warm])


@settings(max_examples=40)
@given(models(), TEXTS, st.integers(1, 9))
def test_find_paths(model: Model, data: bytes, step: int) -> None:
    assert paths(model, data, step) == naive.find_paths(model.costs, data)


@settings(max_examples=40)
@given(models(), TEXTS, st.integers(1, 9))
def test_cut(model: Model, data: bytes, length: int) -> None:
    units, warm = model.units(data), model.tables.machine.warm
    ends, back, before = np.zeros(warm + length + 1, np.uint32), np.zeros(units.size, np.uint32), units.copy()
    tables = model.tables
    tokens.cut(units, (warm, units.size - 1), tables.machine, tables.prices, window(length), ends, back)
    assert model.pieces_of(back[: units.size - 1 - warm]) == naive.cut(model.costs, data)
    assert units.tolist() == before.tolist()


def test_more_pieces_end_at_a_place_than_a_slot_can_say() -> None:
    vocabulary = Vocabulary([*BYTES, *(b"a" * size for size in range(2, 40))], [*([1] * 256), *range(38, 0, -1)])
    model = Model(vocabulary, machine.build(vocabulary, characters=True))
    for size in (6, 7, 8, 9, 10, 17, 90):
        assert paths(model, b"a" * size, 1000) == naive.find_paths(model.costs, b"a" * size)
        assert len(model.listed(int(model.ends(model.units(b"a" * size))[-2]))) == min(size, 39)


def test_find_paths_of_a_long_text() -> None:
    """Costs begin anew many times; a unit costs more than a million."""
    vocabulary = Vocabulary([*BYTES, b"ab", b"bcd", b"abc", b"dd"], [*([1] * 256), 9, 5, 7, 3])
    model = Model(vocabulary, machine.build(vocabulary, characters=True))
    data = b"abcdxabddcd" * 700
    assert paths(model, data, 1000) == naive.find_paths(model.costs, data)


@settings(max_examples=40)
@given(models(), st.lists(TEXTS.map(lambda data: data + b"\n"), max_size=3))
def test_find_paths_in_nats(model: Model, lines: list[bytes]) -> None:
    assume(all(line != b"\n" for line in lines))
    units = model.units(b"".join(lines))
    back, warm = np.zeros(units.size, np.uint32), model.tables.machine.warm
    span = (warm, units.size - 1)
    tokens.find_paths_in_nats(
        units, span, model.ends(units), model.tables.prices, window(units.size), back, len(model.vocabulary)
    )
    found = model.pieces_of(back[: units.size - 1 - warm])
    assert found == naive.find_paths_in_nats(model.nats, lines)


@settings(max_examples=40)
@given(models(characters=False), TEXTS)
def test_list_matches(model: Model, data: bytes) -> None:
    units = model.units(data)
    warm = model.tables.machine.warm
    offsets: Offsets = np.zeros(len(data) + 1, np.int64)
    for room in (0, 20 * len(data) + 1):
        found = np.zeros((room, 2), np.int32)
        n = tokens.list_matches((warm, units.size - 1), model.ends(units), model.tables.prices, offsets, found)
    assert n == offsets[-1]
    pieces = [[model.vocabulary.pieces[row] for _, row in found[a:b]] for a, b in pairwise(offsets.tolist())]
    assert pieces == naive.list_matches(model.nats, data)
    assert all(units == len(model.vocabulary.pieces[row]) for units, row in found[:n])


@given(st.lists(st.integers(1, 5), min_size=1, max_size=30), st.integers(0, 5))
def test_settled(sizes: list[int], longest: int) -> None:
    lengths = [min(size, place) for place, size in enumerate(sizes, 1)]
    back = np.array([(256 - length) << 24 for length in lengths], np.uint32)
    alive = np.zeros(len(lengths) + 1, np.bool_)
    found = tokens.settled(back, len(lengths), longest, alive)
    assert not alive.any()
    assert found == naive.settled(lengths, len(lengths), longest)


@settings(max_examples=40)
@given(models(), st.lists(TEXTS, min_size=1, max_size=4))
def test_trace(model: Model, texts: list[bytes]) -> None:
    warm = model.tables.machine.warm
    text = np.frombuffer(b"".join(texts), np.uint8)
    cuts = np.cumsum([len(data) for data in texts])[:-1]
    units = np.zeros(warm + text.size + len(texts) + 1, np.uint16)
    stop = tokens.to_units(text, 0, text.size, cuts, model.tables.code_of, units, warm)
    units[stop] = model.tables.machine.end
    units = units[: stop + 1]
    back = np.zeros(units.size, np.uint32)
    tokens.find_paths(units, (warm, stop), model.ends(units), model.tables.prices, window(stop), back)
    ids, borders = np.empty(4 * stop, np.int32), np.empty(stop, np.int64)
    at, border = tokens.trace(back, stop - warm, model.tables.prices, len(model.vocabulary), 7, ids, borders)
    parts = [naive.find_paths(model.costs, data) for data in texts]
    before = np.cumsum([len(part) for part in parts])[:-1].tolist()
    pieces, following = naive.trace([piece for part in parts for piece in part], before)
    assert [model.vocabulary.pieces[number - 7] for number in ids[at:]] == pieces
    assert borders[border:].tolist() == following


@given(st.lists(st.sampled_from(["中".encode(), b"a", b"", b"\xff\x00", b"eight by", b"nine byte", b"x" * 17])))
def test_to_bytes(pieces: list[bytes]) -> None:
    distinct = sorted(set(pieces))
    words = b"".join(piece.ljust(-(-len(piece) // 8) * 8, b"?") for piece in distinct) + bytes(16)
    firsts = np.cumsum([0, *(-(-len(piece) // 8) for piece in distinct)])[:-1]
    places = (firsts[: len(distinct)] << 32 | np.array([len(piece) for piece in distinct], np.int64)).astype(np.uint64)
    ids = np.array([distinct.index(piece) for piece in pieces], np.int32)
    whole = naive.to_bytes(pieces)
    for room in (len(whole), len(whole) // 2, 0):
        text = np.zeros(room + 16, np.uint8)
        done, size = tokens.to_bytes(ids, np.frombuffer(words, "<u8"), places, text)
        assert text[:size].tobytes() == naive.to_bytes(pieces[:done]) == whole[:size]
        assert done == len(pieces) or size + len(pieces[done]) > room


def test_costs_leave_room() -> None:
    """The dearest unit, as often as the longest piece has units, stays far below what cannot be reached."""
    vocabulary = Vocabulary([*BYTES, b"x" * 255], [*([1] * 255), 2**62, 1])
    model = Model(vocabulary, machine.build(vocabulary, characters=True))
    assert max(model.costs.values()) * 256 < 2**28
    assert math.isclose(model.costs[b"a"] / 2**model.tables.bits, 62 * math.log(2), rel_tol=1e-3)
    assert model.tables.bits < 20
    data = b"a" * 300 + b"x" * 255 + b"a" * 300
    assert paths(model, data, 100) == naive.find_paths(model.costs, data)


def test_dear_units_in_a_row_leave_room() -> None:
    """The dearest there can be: characters of four bytes, spelled out, with costs just below the limit."""
    vocabulary = Vocabulary([*BYTES, "𝄞a".encode()], [*([1] * 255), 3 * 10**18, 1], VocabularyOptions(token_price=0))
    model = Model(vocabulary, machine.build(vocabulary, characters=True))
    assert 4 * max(model.costs.values()) * 3 > 2**28 * 0.98
    for size in range(40):
        data = "𝄞".encode() * size + "𝄞a".encode() + b"\xff" * 3
        assert paths(model, data, 1000) == naive.find_paths(model.costs, data)
