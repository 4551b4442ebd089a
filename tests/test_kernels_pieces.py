"""kernels/pieces.py against its slow twins."""

import itertools

import naive
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from minent.kernels import pieces as kernels
from minent.training.passes import lattice
from minent.types import Counts, Keys, Nodes, Offsets, Symbols

GRAMS = st.lists(st.integers(1, 4), min_size=1, max_size=4).map(tuple)
BLOCKS = st.lists(st.lists(st.integers(1, 4), min_size=1, max_size=7).map(tuple), max_size=5)
SINGLE = [(symbol,) for symbol in range(1, 5)]
NONE = 1 << 62


def flat(grams: list[naive.Gram]) -> tuple[Symbols, Offsets]:
    letters = np.array([symbol for gram in grams for symbol in gram], np.uint16)
    return letters, np.cumsum([0, *map(len, grams)])


def place(grams: list[naive.Gram], alphabet: int, size: int) -> tuple[Keys, Nodes, int]:
    letters, offsets = flat(grams)
    link, number = np.full(size, 0xFFFFFFFF, np.uint64), np.full(size, -1, np.int32)
    nodes = np.empty((4, alphabet + len(grams)), np.int32)
    weights = np.arange(len(grams) + 1) * 2000
    return link, number, kernels.place_nodes(letters, offsets, weights, alphabet, link, number, nodes)


def walked(link: Keys, number: Nodes, alphabet: int) -> dict[naive.Gram, int]:
    """What a double array holds."""
    found = {}
    waiting: list[tuple[naive.Gram, int]] = [((), 0)]
    while waiting:
        gram, slot = waiting.pop()
        found[gram] = int(number[slot])
        for symbol in range(1, alphabet):
            child = (int(link[slot]) >> 32) + symbol
            if int(link[child]) & 0xFFFFFFFF == slot:
                waiting.append(((*gram, symbol), child))
    return found


@given(st.sets(st.one_of(GRAMS, st.lists(st.integers(1, 900), min_size=1, max_size=3).map(tuple)), min_size=1))
def test_nodes_are_placed(grams: set[naive.Gram]) -> None:
    ordered = sorted(grams)
    link, number, last = place(ordered, 901, 20_000)
    assert last > 0
    assert walked(link, number, 901) == naive.place_nodes(ordered)


def test_too_little_room_for_nodes_is_told() -> None:
    assert place([(1,), (2,)], 3, 4)[2] == -1


class Case:
    """Pieces with prices, as the twins and the kernels want them: single symbols always, some of them spelled."""

    def __init__(self, grams: set[naive.Gram], prices: list[int], spelled: dict[int, int]) -> None:
        self.grams = sorted(grams | set(SINGLE))
        price = [prices[place % len(prices)] for place in range(len(self.grams))]
        self.priced = [(gram, price[number], number) for number, gram in enumerate(self.grams)]
        link, number, _ = place(self.grams, 5, 500)
        nodes = np.full((500, 2), NONE, np.uint64)
        nodes[:, 0] = link
        for slot in np.flatnonzero(number >= 0):
            nodes[slot, 1] = self.packed(self.priced[number[slot]])
        fallback = np.full(5, NONE, np.uint64)
        for symbol, dear in spelled.items():
            self.priced.append(((symbol,), dear, len(self.grams) + symbol))
            fallback[symbol] = self.packed(self.priced[-1])
        self.trie = kernels.Trie(nodes, fallback)
        self.size = len(self.grams) + 5

    @staticmethod
    def packed(piece: tuple[naive.Gram, int, int]) -> int:
        gram, price, number = piece
        return price << 32 | (255 - len(gram)) << 24 | number


CASES = st.builds(
    Case,
    st.sets(GRAMS, max_size=8),
    st.lists(st.integers(0, 5), min_size=1, max_size=7),
    st.dictionaries(st.integers(1, 4), st.integers(0, 9), max_size=2),
)


def text(blocks: list[naive.Gram]) -> Symbols:
    return np.array([symbol for block in blocks for symbol in (*block, 0)], np.uint16)


@given(CASES, BLOCKS)
def test_blocks_are_cut_at_the_least_price(case: Case, blocks: list[naive.Gram]) -> None:
    symbols = text(blocks)
    numbers, counts = np.zeros(symbols.size, np.int32), np.zeros(case.size, np.int64)
    ahead = np.zeros(9, np.uint64)
    written, price = kernels.cut_pieces(symbols, (0, symbols.size), case.trie, ahead, numbers, counts)
    best = [naive.cut_pieces(block, case.priced) for block in blocks]
    assert numbers[:written].tolist() == [number for cut in best for number in (*(p[2] for p in cut), -1)]
    assert price == sum(map(naive.total, best))
    again: Counts = np.zeros(case.size, np.int64)
    kernels.cut_pieces(symbols, (0, symbols.size), case.trie, ahead, np.zeros(0, np.int32), again)
    assert (
        again.tolist()
        == counts.tolist()
        == np.bincount(numbers[:written][numbers[:written] >= 0], minlength=case.size).tolist()
    )


@settings(max_examples=60)
@given(CASES, BLOCKS, st.integers(0, 20))
def test_what_pieces_save_is_found(case: Case, blocks: list[naive.Gram], most: int) -> None:
    symbols = text(blocks)
    here, found = np.zeros(case.size, np.int64), np.zeros((2, case.size), np.int64)
    kernels.price_pieces(symbols, (0, symbols.size), case.trie, lattice(5), most, here, found)
    counts, saved = naive.price_pieces(blocks, case.priced, most)
    assert found[0].tolist() == [counts[number] for number in range(case.size)]
    assert found[1].tolist() == [saved[number] for number in range(case.size)]
    assert not here.any()


@given(
    st.lists(st.lists(st.integers(0, 3), max_size=6), max_size=4), st.lists(st.integers(0, 3), min_size=4, max_size=4)
)
def test_neighbours_are_paired(blocks: list[list[int]], widths: list[int]) -> None:
    numbers = np.array([number for block in blocks for number in (*block, -1)], np.int32)
    pairs = np.zeros(numbers.size, np.uint64)
    written = kernels.pair_pieces(numbers, numbers.size, np.array(widths, np.int32), 4, pairs)
    found = [(pair >> 44, pair >> 24 & 0xFFFFF, pair & 0xFFFFFF) for pair in pairs[:written].tolist()]
    assert found == [(*pair, 1) for pair in naive.pair_pieces(blocks, dict(enumerate(widths)), 4)]


@given(st.lists(st.tuples(st.integers(0, 2**40 - 1) | st.integers(0, 5), st.integers(0, 2**24 - 1))))
def test_pairs_are_sorted(pairs: list[tuple[int, int]]) -> None:
    keys = np.array([pair << 24 | count for pair, count in pairs], np.uint64)
    kernels.sort_pairs(keys, np.empty_like(keys))
    assert [(key >> 24, key & 0xFFFFFF) for key in keys.tolist()] == naive.sort_pairs(pairs)


@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from([1, 2, 0xFFFFFE]))))
def test_equal_pairs_are_added(pairs: list[tuple[int, int]]) -> None:
    keys = np.sort(np.array([pair << 24 | count for pair, count in pairs], np.uint64))
    size = kernels.add_pairs(keys)
    assert [(key >> 24, key & 0xFFFFFF) for key in keys[:size].tolist()] == naive.add_pairs(pairs)


@given(st.lists(GRAMS, min_size=1, max_size=5), st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), max_size=5))
def test_pairs_are_joined(grams: list[naive.Gram], pairs: list[tuple[int, int]]) -> None:
    pairs = [(first % len(grams), second % len(grams)) for first, second in pairs]
    keys = np.array([first << 44 | second << 24 | 9 for first, second in pairs], np.uint64)
    joined, ends = np.zeros(99, np.uint16), np.zeros(len(pairs) + 1, np.int64)
    kernels.join_pieces(*flat(grams), keys, joined, ends)
    assert [tuple(joined[low:high].tolist()) for low, high in itertools.pairwise(ends)] == naive.join_pieces(
        grams, pairs
    )
