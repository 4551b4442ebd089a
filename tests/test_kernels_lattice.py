"""kernels/lattice.py against its slow twins.

Scores are multiples of an eighth, so that sums are exact and the rule for ties is put to the test as well.
"""

from collections import Counter
from collections.abc import Mapping
from itertools import product
from typing import NamedTuple

import naive
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from minent.kernels import lattice
from minent.types import Flags, Keys, Nodes, Symbols

QUARTERS = st.integers(-12, 0).map(lambda quarters: quarters / 4)
SCORES = st.integers(-14, 0).map(lambda quarters: quarters / 4 if quarters > -13 else -np.inf)
# Never the score of a word: nothing is said of which of the two wins.
FLOORS = st.integers(-16, -6).map(lambda quarters: quarters / 4 - 1 / 8)
SYMBOLS = 2
EVERY_WORD = [word for size in (1, 2, 3, 4) for word in product(range(1, SYMBOLS + 1), repeat=size)]
WORDS = st.lists(st.sampled_from(EVERY_WORD), min_size=3, max_size=15, unique=True)
# Borders, the symbols of the words, and one symbol more.
LONG = st.lists(st.sampled_from([0, *range(1, SYMBOLS + 1), *range(1, SYMBOLS + 1), SYMBOLS + 1]), min_size=3)
# Blocks short enough to try every cut.
IDS = st.lists(LONG.map(lambda ids: ids[:8]), min_size=1, max_size=3).map(
    lambda parts: parts[0] + [symbol for part in parts[1:] for symbol in (0, *part)]
)


@st.composite
def models(draw: st.DrawFn) -> naive.Model:
    words = draw(WORDS)
    scores = {word: draw(SCORES) for word in words}
    joins = draw(st.sets(st.integers(1, SYMBOLS + 1), max_size=2))
    return naive.Model(scores, draw(FLOORS), joins)


class Compiled(NamedTuple):
    trie: lattice.Trie
    joins: Flags
    end: Nodes
    node: Mapping[naive.Gram, int]


def compile_model(model: naive.Model, dtype: type = np.uint32) -> Compiled:
    words = list(model.scores)
    units: Symbols = np.array([symbol for word in words for symbol in word], dtype)
    table = lattice.empty_table(units.size)
    end = np.full(len(words), -1, np.int32)
    offsets = np.cumsum([0, *map(len, words)], dtype=np.int64)
    n_nodes = lattice.add_words(units, offsets, SYMBOLS + 2, table, end)
    nodes = naive.add_words(words, SYMBOLS + 2)
    assert n_nodes == SYMBOLS + 2 + sum(len(gram) > 1 for gram in nodes)
    assert end.tolist() == [nodes[word] for word in words]
    edges = {(nodes[gram[:-1]], gram[-1]): node for gram, node in nodes.items() if len(gram) > 1}
    assert_edges(table, edges, n_nodes)
    score = np.full(n_nodes, -np.inf)
    score[end] = list(model.scores.values())
    joins = np.array([symbol in model.joins for symbol in range(n_nodes)])
    return Compiled(lattice.Trie(table, score), joins, end, nodes)


def assert_edges(table: Keys, edges: Mapping[tuple[int, int], int], n_nodes: int) -> None:
    """The table holds these edges and no others, and room enough that look-ups end soon."""
    used = table[table[:, 0] != 2**64 - 1].tolist()
    assert sorted(used) == sorted([node << 21 | symbol, child] for (node, symbol), child in edges.items())
    assert 2 * len(used) <= len(table)
    for node in range(n_nodes):
        for symbol in range(1, SYMBOLS + 2):
            assert lattice._child(table, node, symbol) == edges.get((node, symbol), -1)


def paths(size: int) -> lattice.Paths:
    return lattice.Paths(np.empty(size + 1), np.empty(size + 1, np.int32), np.empty(size + 1, np.int32))


def used(counts: list[int], nodes: Mapping[naive.Gram, int]) -> Counter[naive.Gram | None]:
    """Counts of nodes as counts of words."""
    word_of: dict[int, naive.Gram | None] = {0: None} | {symbol: (symbol,) for symbol in range(1, SYMBOLS + 2)}
    word_of |= {node: word for word, node in nodes.items()}
    return Counter({word_of[node]: count for node, count in enumerate(counts) if count})


@given(WORDS)
def test_words_are_entered_into_a_trie(words: list[naive.Gram]) -> None:
    for dtype in (np.uint16, np.uint32):
        compile_model(naive.Model(dict.fromkeys(words, 0.0), -1.0, set()), dtype)


@given(st.lists(st.integers(0, SYMBOLS), max_size=30), st.integers(1, 6), st.integers(1, 3))
def test_the_ngrams_of_a_trie_are_entered(ids: list[int], order: int, min_count: int) -> None:
    kept, _ = naive.ngrams(ids, order, min_count)
    grams = naive.trie(SYMBOLS, {gram for gram in kept if len(gram) > 1})
    parent = np.array([grams.index(gram[:-1]) for gram in grams], np.int32)
    table = lattice.empty_table(len(grams) - 1 - SYMBOLS)
    lattice.add_edges(parent, np.array([0, *(gram[-1] for gram in grams[1:])], np.uint16), SYMBOLS + 1, table)
    assert_edges(table, naive.add_edges(grams), len(grams))


@settings(max_examples=300)
@given(IDS, models())
def test_the_best_path_is_found_and_counted(ids: list[int], model: naive.Model) -> None:
    compiled = compile_model(model)
    counts = np.zeros(compiled.trie.score.size, np.int64)
    total = lattice.count_words(
        np.array(ids, np.uint16), compiled.joins, compiled.trie, model.floor, paths(len(ids)), counts, (0, len(ids))
    )
    assert (total, used(counts.tolist(), compiled.node)) == naive.count_words(ids, model)


@given(IDS, IDS, IDS, models())
def test_only_the_span_is_counted(before: list[int], ids: list[int], after: list[int], model: naive.Model) -> None:
    compiled = compile_model(model)
    counts = np.zeros(compiled.trie.score.size, np.int64)
    everything = [*before, 0, *ids, 0, *after]
    span = (len(before), len(before) + 1 + len(ids))
    total = lattice.count_words(
        np.array(everything, np.uint16), compiled.joins, compiled.trie, model.floor, paths(len(ids)), counts, span
    )
    assert (total, used(counts.tolist(), compiled.node)) == naive.count_words(ids, model)


def cut(ids: list[int], model: naive.Model, compiled: Compiled, *, final: bool = True) -> list[int]:
    """The decided marks; 9 where nothing was written."""
    begins = np.full(len(ids), 9, np.uint8)
    longest = 0 if final else max(map(len, model.scores), default=1)
    decided = lattice.cut_words(
        np.array(ids, np.uint32),
        len(ids),
        compiled.joins,
        compiled.trie,
        model.floor,
        paths(len(ids)),
        begins,
        longest,
    )
    marks: list[int] = begins[:decided].tolist()
    return marks


@settings(max_examples=300)
@given(IDS, models())
def test_the_best_path_is_cut(ids: list[int], model: naive.Model) -> None:
    expected = [9 if mark is None else mark for mark in naive.begins(ids, model)]
    assert cut(ids, model, compile_model(model)) == expected


@settings(max_examples=200)
@given(LONG, models(), st.lists(LONG, min_size=1, max_size=5))
def test_what_is_decided_stays_whatever_follows(ids: list[int], model: naive.Model, ends: list[list[int]]) -> None:
    compiled = compile_model(model)
    decided = cut(ids, model, compiled, final=False)
    for end in [[], *([symbol] for symbol in range(SYMBOLS + 2)), *ends]:
        whole = cut(ids + end, model, compiled)
        assert whole[: len(decided)] == decided
        # A word or border follows, so that the rest can be cut by itself.
        assert whole[len(decided) : len(decided) + 1] != [0]
        assert decided + cut((ids + end)[len(decided) :], model, compiled) == whole


@given(LONG, models(), st.integers(1, 9))
def test_a_text_that_comes_in_pieces_is_cut_as_a_whole(ids: list[int], model: naive.Model, step: int) -> None:
    compiled = compile_model(model)
    marks: list[int] = []
    carry: list[int] = []
    for low in range(0, len(ids), step):
        carry += ids[low : low + step]
        decided = cut(carry, model, compiled, final=False)
        marks += decided
        del carry[: len(decided)]
    assert marks + cut(carry, model, compiled) == cut(ids, model, compiled)


@given(LONG, models())
def test_whole_blocks_are_decided(ids: list[int], model: naive.Model) -> None:
    compiled = compile_model(model)
    assert len(cut([*ids, 0], model, compiled, final=False)) == len(ids) + 1


def test_decisions_do_not_wait_for_ever() -> None:
    """Two ways to cut that run side by side, until a symbol that no word goes across."""
    model = naive.Model({(1,): -3.0, (1, 1): -4.0, (2,): -1.0}, -9.0, set())
    compiled = compile_model(model)
    assert cut([1] * 100, model, compiled, final=False) == []
    assert cut([*[1] * 101, 2, 2], model, compiled, final=False) == [1, *[1, 0] * 50]


@given(st.data(), models())
def test_redundant_words_give_their_counts_to_their_parts(data: st.DataObject, model: naive.Model) -> None:
    words = sorted(model.scores, key=len, reverse=True)
    weak = [data.draw(st.booleans()) and len(word) > 1 for word in words]
    scores = {word: -np.inf if is_weak else data.draw(QUARTERS) for word, is_weak in zip(words, weak, strict=True)}
    model = naive.Model(scores, model.floor, set())
    assume(words)
    min_gain = data.draw(st.one_of(QUARTERS, st.integers(0, 20).map(float), st.just(-np.inf)))
    times = {word: data.draw(st.integers(0, 9)) for word in words}
    expected = naive.prune_words(words, weak, model, min_gain, times)

    compiled = compile_model(model)
    counts = np.zeros(compiled.trie.score.size, np.int64)
    counts[compiled.end] = list(times.values())
    gain = np.full(len(words), np.nan)
    units = np.array([symbol for word in words for symbol in word], np.uint16)
    lattice.prune_words(
        lattice.Spelling(units, np.cumsum([0, *map(len, words)], dtype=np.int64), compiled.end),
        np.array(weak),
        compiled.trie,
        model.floor,
        min_gain,
        counts,
        gain,
    )
    kept = {word for word, node in zip(words, compiled.end, strict=True) if compiled.trie.score[node] > -np.inf}
    assert (kept, used(counts.tolist(), compiled.node), gain.tolist()) == (expected[0], +expected[1], expected[2])


@given(IDS, models())
def test_all_cuts_are_weighed(ids: list[int], model: naive.Model) -> None:
    compiled = compile_model(model)
    expected = np.zeros(compiled.trie.score.size)
    sums = lattice.Sums(*(np.empty(len(ids) + 1) for _ in range(3)))
    total = lattice.expect_words(
        np.array(ids, np.uint16), compiled.joins, compiled.trie, model.floor, sums, expected, (0, len(ids))
    )
    naive_total, naive_expected = naive.expect_words(ids, model)
    assert total == pytest.approx(naive_total)
    nodes = {symbol: (symbol,) for symbol in range(1, SYMBOLS + 2)}
    nodes |= {node: word for word, node in compiled.node.items()}
    found = {nodes[node]: share for node, share in enumerate(expected.tolist()) if share}
    assert found == pytest.approx({word: share for word, share in naive_expected.items() if share})


def test_improbable_units_do_not_vanish() -> None:
    model = naive.Model({(1,): -800.0, (1, 1): -1.0}, -900.0, set())
    compiled = compile_model(model)
    ids = np.array([1] * 1001, np.uint16)
    expected = np.zeros(compiled.trie.score.size)
    sums = lattice.Sums(*(np.empty(ids.size + 1) for _ in range(3)))
    total = lattice.expect_words(ids, compiled.joins, compiled.trie, model.floor, sums, expected, (0, ids.size))
    assert total == pytest.approx(-800 - 500 + np.log(501))
    assert expected[[1, compiled.node[1, 1]]] == pytest.approx([1, 500])
