"""kernels/resampling.py against its slow twins."""

import math
from collections import Counter
from itertools import permutations, product
from random import Random
from typing import NamedTuple

import naive
import naive_cuts
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive_cuts import Gram, Span

from minent.characters import Kind
from minent.kernels import lattice, resampling
from minent.refining import cut as cutting
from minent.refining.cut import blocks_of, count_words
from minent.types import Bytes, Keys, Nodes, Offsets, Symbols
from minent.units import Units

SYMBOLS = 3
NO_EDGE = 2**64 - 1
DTYPES = st.sampled_from([np.uint16, np.uint32])
UNITS = st.lists(st.sampled_from([0, *range(1, SYMBOLS + 1), 1, 2]), min_size=1, max_size=20)
SINGLE = [(symbol,) for symbol in range(1, SYMBOLS + 1)]
LONGER = [word for size in (2, 3, 4) for word in product(range(1, SYMBOLS + 1), repeat=size)]
WORDS = st.lists(st.sampled_from(LONGER), max_size=12, unique=True)
FITS = st.lists(st.booleans(), min_size=SYMBOLS + 1, max_size=SYMBOLS + 1)
# Fold, of how many: all blocks of a short text are of the fold 0.
HELD = st.sampled_from([(0, 1), (0, 4), (1, 4)])


class Cut(NamedTuple):
    units: list[int]
    begins: list[int]
    blocks: list[Span]

    @property
    def spans(self) -> tuple[Offsets, Offsets]:
        low, high = np.array(self.blocks, np.int64).reshape(-1, 2).T.copy()
        return low, high

    def arrays(self, dtype: type = np.uint16) -> tuple[Symbols, Bytes, tuple[Offsets, Offsets]]:
        return np.array(self.units, dtype), np.array(self.begins, np.uint8), self.spans

    @property
    def tuples(self) -> list[Gram]:
        return [tuple(self.units[low:high]) for low, high in self.blocks]


def units_of(ids: list[int]) -> Units:
    symbols = max(ids, default=0)
    return Units(np.array(ids, np.uint16), np.arange(symbols), np.full(symbols + 1, Kind.LETTER, np.uint8))


@st.composite
def cuts(draw: st.DrawFn, longest: int = 6) -> Cut:
    units = draw(UNITS)
    begins = draw(st.lists(st.integers(0, 1), min_size=len(units), max_size=len(units)))
    return Cut(units, begins, naive.find_blocks(units, begins, longest))


def many_blocks() -> Cut:
    """Blocks of three folds."""
    draw = np.random.default_rng(3)
    units = [unit for size in draw.integers(1, 5, 300) for unit in (*draw.integers(1, SYMBOLS + 1, size).tolist(), 0)]
    begins = draw.integers(0, 2, len(units)).tolist()
    return Cut(units, begins, naive.find_blocks(units, begins, 9))


# blocks --------------------------------------------------------------------------------------------------------------


@settings(max_examples=300)
@given(UNITS, st.data(), st.integers(1, 6), DTYPES)
def test_blocks_are_found(units: list[int], data: st.DataObject, longest: int, dtype: type) -> None:
    begins = data.draw(st.lists(st.integers(0, 1), min_size=len(units), max_size=len(units)))
    expected = naive.find_blocks(units, begins, longest)
    low, high = np.empty(len(expected), np.int64), np.empty(len(expected), np.int64)
    marks = np.array(begins, np.uint8)
    assert resampling.find_blocks(np.array(units, dtype), marks, longest, low, high) == len(expected)
    assert list(zip(low.tolist(), high.tolist(), strict=True)) == expected


@given(UNITS, st.data(), st.integers(1, 5))
def test_there_is_room_for_all_blocks(units: list[int], data: st.DataObject, longest: int) -> None:
    begins = data.draw(st.lists(st.integers(0, 1), min_size=len(units), max_size=len(units)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cutting, "LONGEST_BLOCK", longest)
        low, high = blocks_of(units_of(units), np.array(begins, np.uint8))
    assert list(zip(low.tolist(), high.tolist(), strict=True)) == naive.find_blocks(units, begins, longest)


@given(cuts(), DTYPES)
def test_blocks_are_hashed(cut: Cut, dtype: type) -> None:
    hashes = np.empty(len(cut.blocks), np.uint64)
    units, _, spans = cut.arrays(dtype)
    resampling.hash_blocks(units, spans, hashes)
    assert hashes.tolist() == naive.hash_blocks(cut.tuples)


def test_different_blocks_have_different_hashes() -> None:
    units = [0, 1, 2, 3, 2**16, 2**21 - 1]
    blocks = [block for size in range(1, 5) for block in product(units[1:], repeat=size)]
    assert len(set(naive.hash_blocks(blocks))) == len(blocks)


@given(cuts(), st.randoms(use_true_random=False), DTYPES)
def test_blocks_are_gathered(cut: Cut, chance: Random, dtype: type) -> None:
    order = list(range(len(cut.blocks)))
    chance.shuffle(order)
    targets = [0] * len(order)
    room = 0
    for block in order:
        targets[block] = room + chance.randrange(2)
        room = targets[block] + len(cut.tuples[block])
    out: Symbols = np.full(room, 9, dtype)
    units, _, spans = cut.arrays(dtype)
    resampling.gather_blocks(units, spans, np.array(targets, np.int64), out)
    assert {at: unit for at, unit in enumerate(out.tolist()) if unit != 9} == naive.gather_blocks(cut.tuples, targets)


# counts --------------------------------------------------------------------------------------------------------------


class Counted(NamedTuple):
    nodes: int
    trie: resampling.Grown
    words: Counter[Gram]


def count(cut: Cut, fits: tuple[list[bool], list[bool]], longest: int, room: tuple[int, int], dtype: type) -> Counted:
    """Count into a trie with room for so many nodes and a table of so many rows."""
    single = SYMBOLS + 1
    edges = np.full((room[1], 2), NO_EDGE, np.uint64)
    symbol: Symbols = np.zeros(room[0], dtype)
    parent, counts = np.zeros(room[0], np.int32), np.zeros(room[0], np.int64)
    counts[single:] = 9  # rubbish
    symbol[:single] = range(single)
    trie = resampling.Grown(edges, parent, symbol, counts)
    units, begins, spans = cut.arrays(dtype)
    masks = (np.array(fits[0]), np.array(fits[1]))
    nodes = resampling.count_cut_words(units, begins, spans, masks, longest, trie)
    return Counted(nodes, trie, naive.count_cut_words(cut.units, cut.begins, cut.blocks, fits, longest))


@settings(max_examples=300)
@given(cuts(), FITS, FITS, st.integers(1, 6), DTYPES)
def test_the_words_of_a_cut_are_counted(
    cut: Cut, first: list[bool], others: list[bool], longest: int, dtype: type
) -> None:
    counted = count(cut, (first, others), longest, (64, 128), dtype)
    single = SYMBOLS + 1
    number = {(symbol,): symbol for symbol in range(1, single)} | naive.add_words(list(counted.words), single)
    assert counted.nodes == single + sum(len(gram) > 1 for gram in number)
    for gram, node in number.items():
        assert counted.trie.count[node] == counted.words[gram]
        assert counted.trie.symbol[node] == gram[-1]
        assert counted.trie.parent[node] == number.get(gram[:-1], 0)
    used = counted.trie.edges[counted.trie.edges[:, 0] != NO_EDGE].tolist()
    edges = [[number[gram[:-1]] << 21 | gram[-1], node] for gram, node in number.items() if len(gram) > 1]
    assert sorted(used) == sorted(edges)


@settings(max_examples=300)
@given(cuts(), st.integers(SYMBOLS + 1, 20), st.sampled_from([8, 16, 32, 64]))
def test_counting_ends_where_there_is_no_room(cut: Cut, room: int, rows: int) -> None:
    every = [True] * (SYMBOLS + 1)
    counted = count(cut, (every, every), 9, (room, rows), np.uint16)
    needed = SYMBOLS + 1 + sum(len(gram) > 1 for gram in naive.add_words(list(counted.words), SYMBOLS + 1))
    assert counted.nodes == (needed if needed <= min(room, rows // 2) else -1)


def test_counting_ends_where_there_are_more_units_than_half_the_rows() -> None:
    """As in a text of more than 65,536 different characters: there are more units than words that fit."""
    single = SYMBOLS + 1
    room = single + 2
    parent, symbol, counts = np.zeros(99, np.int32), np.zeros(99, np.uint16), np.zeros(99, np.int64)
    symbol[:single] = range(single)
    trie = resampling.Grown(np.full((4, 2), NO_EDGE, np.uint64), parent[:room], symbol[:room], counts[:room])
    every = np.ones(single, np.bool_)
    # Three words of two units, where there is room for two.
    units, begins = np.array([1, 2, 2, 3, 3, 1], np.uint16), np.array([1, 0] * 3, np.uint8)
    spans = np.array([0]), np.array([6])
    assert resampling.count_cut_words(units, begins, spans, (every, every), 9, trie) == -1
    assert not counts[room:].any()


def test_counting_begins_anew_with_more_room() -> None:
    units = units_of([unit for pair in permutations(range(1, 301), 2) for unit in (*pair, *pair, 0)])
    begins = np.ones(units.ids.size, np.uint8)
    begins[1::5] = begins[3::5] = 0
    counted = count_words(units, begins, blocks_of(units, begins), 2)
    assert Counter(counted.times.tolist()) == {0: 301, 2: 300 * 299}
    assert (counted.length[301:] == 2).all()


class Trie(NamedTuple):
    """Known words: all single units, and some longer ones, numbered as they come."""

    words: resampling.Words
    number: dict[Gram, int]


def known(longer: list[Gram]) -> Trie:
    words = [*longer, *SINGLE]  # numbers are not nodes
    edges = lattice.empty_table(4 * len(words))
    end = np.zeros(len(words), np.int32)
    units = np.array([symbol for word in words for symbol in word], np.uint16)
    nodes = lattice.add_words(units, np.cumsum([0, *map(len, words)], dtype=np.int64), SYMBOLS + 1, edges, end)
    number = np.full(nodes, -1, np.int32)
    number[end] = range(len(words))
    return Trie(resampling.Words(edges, number), {word: at for at, word in enumerate(words)})


def spell(cut: Cut, trie: Trie, dtype: type = np.uint16) -> tuple[Nodes, Offsets, list[list[int]]]:
    """The numbers of the words, where blocks begin, and both as the twin says."""
    spelled = naive.spell_words(cut.units, cut.begins, cut.blocks, trie.number)
    first = np.full(len(cut.blocks) + 1, -1, np.int64)
    numbers = np.full(sum(map(len, spelled)), -1, np.int32)
    units, begins, spans = cut.arrays(dtype)
    resampling.spell_words(units, begins, spans, trie.words, first, numbers)
    return numbers, first, spelled


@settings(max_examples=200)
@given(cuts(), WORDS, DTYPES)
def test_words_are_numbered(cut: Cut, longer: list[Gram], dtype: type) -> None:
    numbers, first, spelled = spell(cut, known(longer), dtype)
    assert numbers.tolist() == [number for block in spelled for number in block]
    assert first.tolist() == np.cumsum([0, *map(len, spelled)]).tolist()[:-1]


def as_counts(table: Keys) -> dict[tuple[int, int], int]:
    return {((key >> 32) - 1, (key & 0xFFFFFFFF) - 1): n for key, n in table.tolist() if key}


@settings(max_examples=200)
@given(cuts(), WORDS, HELD, st.sampled_from([2, 4, 8, 16, 64]))
def test_neighbours_are_counted(cut: Cut, longer: list[Gram], held: tuple[int, int], rows: int) -> None:
    numbers, first, spelled = spell(cut, known(longer))
    expected = naive.count_bigrams(spelled, held)
    table = np.zeros((rows, 2), np.uint64)
    pairs = resampling.count_bigrams(numbers, first, held, table)
    assert pairs == (len(expected) if 2 * len(expected) <= rows else -1)
    if pairs >= 0:
        assert as_counts(table) == expected


@pytest.mark.parametrize("fold", range(3))
def test_a_fold_is_left_out_of_counting(fold: int) -> None:
    numbers, first, spelled = spell(many_blocks(), known(LONGER[:9]))
    table = np.zeros((512, 2), np.uint64)
    resampling.count_bigrams(numbers, first, (fold, 3), table)
    assert as_counts(table) == naive.count_bigrams(spelled, (fold, 3))


# draws ---------------------------------------------------------------------------------------------------------------


class Models(NamedTuple):
    compiled: resampling.Bigrams
    naive: naive_cuts.Bigrams


def models(n_words: int, seed: int, spread: float = 1.0) -> Models:
    """Some pairs of words that have been seen, and chances of every size, or with less spread of similar ones."""
    draw = np.random.default_rng(seed)
    border = n_words
    times = {
        (int(a), int(b)): int(n) for a, b, n in draw.integers(0, (border + 1, border + 1, 9), (3 * border, 3)) if n
    }
    table = np.zeros((1 << (2 * len(times)).bit_length(), 2), np.uint64)
    for (before, word), n in times.items():
        table[resampling._slot(table, before, word)] = (before + 1) << 32 | (word + 1), n
    share, backing, alone = np.exp(-draw.exponential((3 * spread, spread, 6 * spread), (border + 1, 3))).T.copy()
    return Models(
        resampling.Bigrams(table, share, backing, alone, 0.7),
        naive_cuts.Bigrams(times, share.tolist(), backing.tolist(), alone.tolist(), 0.7),
    )


class Draw(NamedTuple):
    cost: float
    begins: list[int]


def draw(cut: Cut, trie: Trie, model: Models, held: tuple[int, int], seed: int, dtype: type = np.uint16) -> Draw:
    units, _, spans = cut.arrays(dtype)
    longest = max(map(len, trie.number))
    shape = (max((high - low for low, high in cut.blocks), default=0) + 1, longest + 1)
    work = resampling.Lattice(np.full(shape, 7, np.int32), np.full(shape, np.nan), np.full(shape[0], np.nan))
    begins = np.full(units.size, 9, np.uint8)
    cost = resampling.sample_words(units, spans, held, trie.words, model.compiled, seed, work, begins)
    return Draw(cost, begins.tolist())


def starts(begins: list[int], block: Span) -> Gram:
    assert set(begins[slice(*block)]) <= {0, 1}
    return tuple(at for at in range(block[1] - block[0]) if begins[block[0] + at])


@settings(max_examples=200)
@given(cuts(), WORDS, HELD, st.integers(0, 999), DTYPES)
def test_all_cuts_are_weighed_and_one_is_drawn(
    cut: Cut, longer: list[Gram], held: tuple[int, int], seed: int, dtype: type
) -> None:
    trie = known(longer)
    model = models(len(trie.number), seed)
    drawn = draw(cut, trie, model, held, seed, dtype)
    cost = 0.0
    undrawn = [9] * len(cut.units)
    for number, (block, span) in enumerate(zip(cut.tuples, cut.blocks, strict=True)):
        if naive_cuts.is_held(number, held):
            paid, chances = naive.sample_words(block, trie.number, model.naive)
            cost += paid
            assert chances[starts(drawn.begins, span)] > 0
            undrawn[slice(*span)] = drawn.begins[slice(*span)]
    assert drawn.cost == pytest.approx(cost, rel=1e-9, abs=1e-9)
    assert drawn.begins == undrawn


@pytest.mark.parametrize("fold", range(3))
def test_only_the_blocks_of_a_fold_are_drawn(fold: int) -> None:
    cut, trie = many_blocks(), known(LONGER[::2])
    model = models(len(trie.number), 1)
    drawn = draw(cut, trie, model, (fold, 3), 1)
    mine = [number for number in range(len(cut.blocks)) if naive_cuts.is_held(number, (fold, 3))]
    cost = sum(naive.sample_words(cut.tuples[number], trie.number, model.naive)[0] for number in mine)
    assert drawn.cost == pytest.approx(cost, rel=1e-9)
    places = {place for number in mine for place in range(*cut.blocks[number])}
    assert {place for place, mark in enumerate(drawn.begins) if mark != 9} == places


def assert_drawn_from(chances: dict[Gram, float], found: Counter[Gram]) -> None:
    """Pearson's chi-square, what is rare taken together; five standard deviations are never seen."""
    times = found.total()
    cells = {cut: chance * times for cut, chance in chances.items() if chance * times >= 5}
    rare = times - sum(cells.values())
    assert set(found) <= {cut for cut, chance in chances.items() if chance > 0}
    squares = sum((found[cut] - expected) ** 2 / expected for cut, expected in cells.items())
    seen_rarely = times - sum(found[cut] for cut in cells)
    assert abs(seen_rarely - rare) <= 5 * math.sqrt(rare + 1)
    free = len(cells) - 1
    assert free > 2
    assert squares <= free + 5 * math.sqrt(2 * free)


@pytest.mark.parametrize(("seed", "block"), [(0, (1, 2, 1, 2, 3)), (1, (1, 1, 1, 1, 1, 1)), (2, (3, 1, 2, 2, 1, 3))])
def test_each_cut_is_drawn_as_often_as_it_is_probable(seed: int, block: Gram) -> None:
    trie = known(LONGER[seed % 2 :: 2] if seed else LONGER)
    model = models(len(trie.number), seed, 0.1)
    _, chances = naive.sample_words(block, trie.number, model.naive)
    one = Cut(list(block), [1] * len(block), [(0, len(block))])
    by_seed = Counter(starts(draw(one, trie, model, (0, 1), each).begins, (0, len(block))) for each in range(4000))
    assert_drawn_from(chances, by_seed)
    # And with one seed, by where the block stands.
    spans = [(at, at + len(block)) for at in range(0, 4000 * (len(block) + 1), len(block) + 1)]
    many = Cut([*block, 0] * 4000, [], spans)
    begins = draw(many, trie, model, (0, 1), seed).begins
    assert_drawn_from(chances, Counter(starts(begins, span) for span in spans))


def test_improbable_words_do_not_vanish() -> None:
    """A block that costs more than the smallest number there is."""
    trie = known([(1, 1)])
    alone = np.array([1e-100, 1e-120, 0, 0, 0.5])
    flat = np.ones(5)
    model = resampling.Bigrams(np.zeros((2, 2), np.uint64), flat, flat, alone, 0.7)
    size = 60
    one = Cut([1] * size, [1] * size, [(0, size)])
    drawn = draw(one, trie, Models(model, naive_cuts.Bigrams({}, [], [], [], 0.7)), (0, 1), 1)
    assert drawn.cost == pytest.approx(-30 * math.log(1e-100) - math.log(0.5))
    assert drawn.begins == [1, 0] * 30


def test_long_words_of_improbable_units_do_not_overflow() -> None:
    trie = known([(1,) * 16])
    alone = np.array([1e-100, 1e-50, 0, 0, 0.5])
    flat = np.ones(5)
    model = resampling.Bigrams(np.zeros((2, 2), np.uint64), flat, flat, alone, 0.7)
    one = Cut([1] * 16, [1] * 16, [(0, 16)])
    work = resampling.Lattice(np.empty((17, 17), np.int32), np.zeros((17, 17)), np.zeros(17))
    resampling._fill(np.array(one.units, np.uint16), 0, 16, trie.words, work)
    resampling._filter(16, model, work)  # drawing from what this leaves would never end
    assert work.scale[16] == pytest.approx(math.log(1e-100))
