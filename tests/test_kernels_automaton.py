"""kernels/automaton.py against its slow twins."""

from typing import NamedTuple

import naive
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from minent.kernels import automaton
from minent.types import Nodes

UNITS = 5
WORDS = st.lists(
    st.lists(st.integers(1, UNITS - 1), min_size=1, max_size=6).map(tuple), min_size=1, max_size=25, unique=True
).map(sorted)


class Trie(NamedTuple):
    """A trie and the way to each node."""

    tree: automaton.Tree
    way: list[naive.Word]
    node: dict[naive.Word, int]


def grown(words: list[naive.Word]) -> Trie:
    units = np.array([unit for word in words for unit in word], np.uint16)
    offsets = np.cumsum([0, *map(len, words)])
    tree = automaton.Tree(*(np.empty(UNITS + units.size + 1, np.int32) for _ in automaton.Tree._fields))
    n = automaton.grow(units, offsets, np.arange(len(words), dtype=np.int32), UNITS, tree)
    tree = automaton.Tree(*(array[:n] for array in tree))
    way: list[naive.Word] = [()]
    for node in range(1, n):
        way.append((*way[tree.parent[node]], int(tree.unit[node])))
    return Trie(tree, way, {path: node for node, path in enumerate(way)})


def order_of(tree: automaton.Tree) -> Nodes:
    return np.argsort(tree.depth, kind="stable")[1:].astype(np.int32)


def placed(tree: automaton.Tree, slots: int = 2000) -> tuple[int, Nodes, Nodes]:
    parents = np.flatnonzero(tree.first >= 0)
    single = tree.following[tree.first[parents]] < 0
    order = np.concatenate([parents[~single], parents[single]]).astype(np.int32)
    row, node_at = np.full(tree.parent.size, -1, np.int32), np.zeros(slots, np.int32)
    free = np.full(slots // 64 + 2, 2**64 - 1, np.uint64)
    top = automaton.place(tree, order, UNITS, free, row, node_at)
    return top, row, node_at


@given(WORDS)
def test_grow(words: list[naive.Word]) -> None:
    tree, way, node = grown(words)
    assert set(way[1:]) == naive.grow(words, UNITS)
    assert len(node) == len(way)
    assert {way[at]: int(tree.piece[at]) for at in np.flatnonzero(tree.piece >= 0)} == {
        word: row for row, word in enumerate(words)
    }
    assert tree.depth.tolist() == list(map(len, way))
    for parent in range(len(way)):
        child, units = int(tree.first[parent]), []
        while child >= 0:
            assert tree.parent[child] == parent
            units.append(int(tree.unit[child]))
            child = int(tree.following[child])
        assert set(units) == naive.place(set(way[1:]), way[parent])
        assert len(units) == len(set(units))


@given(WORDS)
def test_link(words: list[naive.Word]) -> None:
    tree, way, node = grown(words)
    _, row, node_at = placed(tree)
    fail, shorter = np.empty_like(row), np.empty_like(row)
    automaton.link(tree, order_of(tree), row, node_at, fail, shorter)
    for at, path in enumerate(way):
        assert way[fail[at]] == naive.link(set(way[1:]), path)
        expected = next((end for k in range(1, len(path)) if (end := path[k:]) in words), ())
        assert shorter[at] == node.get(expected, 0)


@given(WORDS, st.randoms())
def test_weigh(words: list[naive.Word], random: st.randoms) -> None:  # type: ignore[valid-type]
    tree, way, _ = grown(words)
    counts = np.array([random.randint(1, 9) for _ in words], np.int64)  # type: ignore[attr-defined]
    weight = np.empty(len(way), np.int64)
    automaton.weigh(tree, counts, weight)
    by_word = dict(zip(words, counts.tolist(), strict=True))
    assert weight.tolist() == [naive.weigh(by_word, path) for path in way]


@given(WORDS)
def test_place(words: list[naive.Word]) -> None:
    tree, way, node = grown(words)
    top, row, node_at = placed(tree)
    rows = [int(row[at]) for at in range(len(way)) if tree.first[at] >= 0]
    assert len(set(rows)) == len(rows)
    for at in np.flatnonzero(tree.first >= 0):
        units = naive.place(set(way[1:]), way[at])
        assert {unit for unit in units if node_at[row[at] + 1 + unit] == node[(*way[at], unit)]} == units
    assert not node_at[rows].any()
    assert np.count_nonzero(node_at) == len(way) - 1
    assert top == np.flatnonzero(node_at).max() + 1
    assert placed(tree, slots=top)[0] == -1


@given(WORDS, st.lists(st.integers(0, UNITS - 1), max_size=30))
def test_fill(words: list[naive.Word], read: list[int]) -> None:
    tree, way, _ = grown(words)
    top, row, node_at = placed(tree)
    fail, shorter = np.empty_like(row), np.empty_like(row)
    automaton.link(tree, order_of(tree), row, node_at, fail, shorter)
    table = np.full(top + UNITS + 2, 0xFFFF, np.uint64)
    ends = np.arange(len(way), dtype=np.uint32)  # so that what ends at a node names it
    automaton.fill(tree, order_of(tree), fail, ends, row, table)
    slots = table.tolist()
    here = int(row[0])
    state: naive.Word = ()
    for unit in read:
        while slots[here + 1 + unit] & 0xFFFF != unit:
            here = slots[here] >> 40
        state = naive.fill(set(way[1:]), state, unit)
        assert way[slots[here + 1 + unit] >> 16 & 0xFFFFFF] == state
        here = slots[here + 1 + unit] >> 40
    assert all(slots[here] & 0xFFFF == 0xFFFF for here in row[1:] if here != row[0])
    assert slots[row[0]] == int(row[0]) << 40 | 0xFFFF


@settings(max_examples=50)
@given(WORDS)
def test_list_records(words: list[naive.Word]) -> None:
    tree, way, _ = grown(words)
    _, row, node_at = placed(tree)
    fail, shorter = np.empty_like(row), np.empty_like(row)
    automaton.link(tree, order_of(tree), row, node_at, fail, shorter)
    cost = np.arange(len(words), dtype=np.uint64) + np.uint64(7)
    ending = [at for at in range(len(way)) if way[at] in words and len(way[at]) > 1]
    alone = np.arange(UNITS, dtype=np.uint64) * np.uint64(5)
    ends, records = np.zeros(len(way), np.uint32), np.zeros(UNITS + len(ending), np.uint64)
    ends[ending] = np.arange(UNITS, records.size)
    following = np.zeros(records.size, np.uint32)
    automaton.list_records(tree, order_of(tree), shorter, cost, alone, ends, records, following)
    assert records[:UNITS].tolist() == [0xFF << 24 | unit for unit in range(UNITS)]
    assert following[:UNITS].tolist() == list(range(UNITS))
    for at, path in enumerate(way[1:], 1):
        found = []
        record, many = divmod(int(ends[at]), 8)
        while record >= UNITS:
            entry = int(records[record])
            found.append(way[ending[record - UNITS]])
            less = words.index(found[-1]) + 7 - 5 * sum(found[-1])
            assert (entry >> 32, 256 - (entry >> 24 & 0xFF)) == (less % 2**32, len(found[-1]))
            assert entry & 0xFFFFFF == record
            record = int(following[record])
        assert record == path[-1]
        assert found == naive.list_records(words, path)
        assert many == min(7, len(found))
