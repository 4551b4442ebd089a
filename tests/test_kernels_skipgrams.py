"""kernels/skipgrams.py against its slow twins."""

from itertools import pairwise

import naive
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from minent.kernels import skipgrams
from minent.mining.models import make_text

CLAUSES = st.lists(st.lists(st.integers(1, 4), min_size=1, max_size=6), min_size=1, max_size=5)


def ids_of(clauses: list[list[int]]) -> np.ndarray:
    return np.array([word for clause in clauses for word in [*clause, 0]], np.int32)


def key_of(first: int, second: int, apart: bool) -> int:
    return first << 32 | second << 1 | apart


@given(CLAUSES)
def test_equal_clauses_have_equal_hashes(clauses: list[list[int]]) -> None:
    ids = ids_of(clauses)
    starts, hashes = np.empty(ids.size, np.int64), np.empty(ids.size, np.uint64)
    size = skipgrams.hash_clauses(ids, starts, hashes)
    assert [
        ids[start : start + len(clause)].tolist() for start, clause in zip(starts[:size], clauses, strict=True)
    ] == (clauses)
    found = hashes[:size].tolist()
    assert [found.index(each) for each in found] == naive.hash_clauses(clauses)


def tally(size: int) -> skipgrams.Tally:
    return skipgrams.Tally(np.zeros(size, np.uint64), np.zeros(size, np.int64), np.zeros(1, np.int64))


def counted(table: skipgrams.Tally) -> dict[int, int]:
    used = table.keys > 0
    found = dict(zip((table.keys[used] - np.uint64(1)).tolist(), table.times[used].tolist(), strict=True))
    assert table.size[0] == len(found)
    return found


@given(CLAUSES, st.integers(1, 4), st.integers(1, 5), st.integers(1, 3), st.sampled_from([4, 1 << 16]))
def test_frequent_pairs_are_counted(
    clauses: list[list[int]], window: int, frequent: int, least: int, tallies: int
) -> None:
    ids = ids_of(clauses)
    by_hash, table = np.zeros(tallies, np.uint8), tally(32)
    assert skipgrams.tally_pairs(ids, -1, window, frequent, by_hash, 0, table) == ids.size
    expected = {key_of(*pair): count for pair, count in naive.tally_pairs(clauses, window, frequent).items()}
    assert by_hash.sum() == sum(expected.values())
    assert not counted(table)
    done = -1
    while (done := skipgrams.tally_pairs(ids, done, window, frequent, by_hash, least, table)) < ids.size:
        larger = tally(2 * table.keys.size)
        skipgrams.move_pairs(table, larger)
        assert counted(larger) == naive.move_pairs(counted(table))
        table = larger
    found = counted(table)
    often = {pair: count for pair, count in expected.items() if count >= least}
    assert often.items() <= found.items() <= expected.items()
    if tallies > 4:
        assert found == often


@given(CLAUSES)
def test_pairs_of_neighbours_are_numbered(clauses: list[list[int]]) -> None:
    ids = np.array([word for clause in clauses for word in clause], np.int32)
    text, words = make_text(ids, np.cumsum([0, *map(len, clauses)]), np.ones(len(clauses), np.int64), np.arange(5.0))
    assert text.spelled.tolist() == [sum(clause) for clause in clauses]
    assert text.pairs.tolist() == naive.number_neighbours(clauses, 5)
    expected = [pair for clause in clauses for pair in pairwise([0, *clause])]
    assert [tuple(each) for each in words[text.pairs].tolist()] == expected
    assert words[:5].tolist() == [[word, 0] for word in range(5)]


def bonds_of(pairs: dict[int, int], words: list[int], nats: list[float]) -> skipgrams.Bonds:
    size = 1 << (2 * len(pairs) + 1).bit_length()
    table = skipgrams.Bonds(
        np.zeros(size, np.uint64), np.zeros(size, np.uint8), np.array(words, np.uint8), np.array(nats)
    )
    skipgrams.enter_pairs(np.array([*pairs], np.uint64), np.array([*pairs.values()], np.uint8), table)
    return table


@given(st.dictionaries(st.integers(0, 2**60), st.integers(1, 100), max_size=20))
def test_pairs_are_entered(pairs: dict[int, int]) -> None:
    table = bonds_of(pairs, [0], [0.0])
    used = table.keys > 0
    found = dict(zip((table.keys[used] - np.uint64(1)).tolist(), table.levels[used].tolist(), strict=True))
    assert found == naive.enter_pairs(pairs)


PAIRS = st.dictionaries(st.tuples(st.integers(0, 4), st.integers(0, 4), st.booleans()), st.integers(1, 4), max_size=30)
LEVELS = st.lists(st.integers(0, 4), min_size=5, max_size=5)
NATS = st.lists(st.sampled_from([1.0, 1.5, 2.25, 3.0]), min_size=5, max_size=5)


@settings(max_examples=300)
@given(CLAUSES, st.integers(1, 4), PAIRS, LEVELS, NATS)
def test_templates_are_proposed(
    clauses: list[list[int]], window: int, pairs: dict[tuple[int, int, bool], int], words: list[int], nats: list[float]
) -> None:
    ids = np.array([word for clause in clauses for word in clause], np.int32)
    starts = np.cumsum([0, *map(len, clauses)])
    bonds = bonds_of({key_of(*pair): level for pair, level in pairs.items()}, words, nats)
    rows = np.empty(1000, np.uint64), np.empty(1000, np.int32), np.empty(1000, np.uint64)
    done, size = skipgrams.propose(ids, starts, window, bonds, *rows)
    assert done == len(clauses)
    hashes, numbers, masks = (column[:size].tolist() for column in rows)
    for number, clause in enumerate(clauses):
        expected = naive.propose(clause, window, pairs, words, nats)
        found = {mask for each, mask in zip(numbers, masks, strict=True) if each == number}
        assert found <= set().union(*expected.values())
        assert all(found & best for best in expected.values())
    templates = [naive.template_of(clauses[number], mask) for number, mask in zip(numbers, masks, strict=True)]
    assert [hashes.index(each) for each in hashes] == [templates.index(each) for each in templates]
