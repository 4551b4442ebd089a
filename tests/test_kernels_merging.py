"""kernels/merging.py against its slow twins: texts are described anew, whole, for every pair that might be merged."""

import math
from itertools import groupby

import naive
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minent.kernels import merging
from minent.types import Array, Counts

# Long runs of one symbol, and many borders, at times.
IDS = st.one_of(
    st.lists(st.sampled_from([0, 1, 2, 3]), max_size=60),
    st.lists(st.sampled_from([0, *[1] * 6, 2, 2]), max_size=60),
    st.lists(st.sampled_from([1, 2]), max_size=60),
    st.lists(st.lists(st.sampled_from([1, 2, 3]), min_size=3, max_size=5), max_size=3).map(
        lambda parts: [symbol for part in parts * 5 for symbol in part]
    ),
)
LIMITS = st.tuples(st.integers(2, 3), st.integers(2, 6))


def blocks(ids: list[int]) -> naive.Text:
    return [[(symbol,) for symbol in run] for is_block, run in groupby(ids, bool) if is_block]


class Compiled:
    def __init__(self, ids: list[int], limits: tuple[int, int], steps: int) -> None:
        word = np.array([0, *ids, 0], np.int32)
        self.limits = limits
        self.text = merging.Text(word, np.ones(word.size, np.uint8), np.empty(word.size, np.int32))
        count = np.bincount(word, minlength=4)
        count[0] = 0
        prices = math.log(max(1, count.sum())) - np.log(np.maximum(count, 1)) + 2 * math.log(2)
        self.logs = np.log(np.maximum(np.arange(count.max() + 2), 1))

        def longer(values: Array) -> Array:
            return np.concatenate([values, np.zeros((steps, *values.shape[1:]), values.dtype)])

        def nodes(value: int) -> Array:
            return np.full(4, value, np.int32)

        columns = (count, count, nodes(1), prices, np.zeros((4, 2), np.int32), nodes(-1), nodes(-1))
        self.words = merging.Words(*map(longer, columns), np.zeros((4 + steps, 2), np.int32))
        self.order = np.empty(word.size, np.int32)
        self.found = merging.sort_places(self.text, 4, self.order)
        assert self.order[: self.found].tolist() == naive.sort_places(word.tolist())
        size = merging.find_pairs(self.text, self.words, self.order, self.found, limits, self.room(0, 0))
        self.pairs = self.room(size + 3 * word.size, 3 * word.size)
        assert merging.find_pairs(self.text, self.words, self.order, self.found, limits, self.pairs) == size
        self.state: Counts = np.array([count.sum(), 4, size, self.pairs.row[:size, 3].sum(), 0], np.int64)

    def room(self, pairs: int, places: int) -> merging.Pairs:
        more = np.empty(places, np.int32)
        more[: self.order.size] = self.order[: more.size]
        heap, queue = np.empty((2, pairs), np.int32)
        rows, starts = np.empty((pairs, 8), np.int32), np.empty(pairs, np.int64)
        return merging.Pairs(rows, starts, np.empty(pairs), heap, np.empty(pairs), queue, more)

    def merge(self, patience: int = 2**62) -> tuple[int, float]:
        """Merge once, if it can be done."""
        saved, course = np.empty(1), np.zeros(2)
        limits = (*self.limits, patience)
        done = merging.merge_pairs(self.text, self.words, self.pairs, limits, self.logs, self.state, course, saved)
        return done, float(saved[0])

    def tokens(self) -> list[int]:
        found, at = [], 0
        while at < self.text.word.size:
            found.append(int(self.text.word[at]))
            at += self.text.width[at]
        return found


@given(IDS, LIMITS)
def test_pairs_are_found_and_weighed(ids: list[int], limits: tuple[int, int]) -> None:
    compiled = Compiled(ids, limits, 0)
    pairs, size = compiled.pairs, int(compiled.state[2])
    names = [((left,), (right,)) for left, right in pairs.row[:size, :2].tolist()]
    assert dict(zip(names, pairs.row[:size, 2].tolist(), strict=True)) == naive.find_pairs(blocks(ids), *limits)
    merging.bound_pairs(compiled.words, pairs, compiled.logs, compiled.state)
    expected = naive.bound_pairs(blocks(ids), *limits)
    bounds = {names[pair]: bound for pair, bound in zip(pairs.heap[:size], pairs.bound[:size].tolist(), strict=True)}
    assert bounds == pytest.approx(expected, abs=1e-9)
    assert all(pairs.bound[(at - 1) // 2] >= pairs.bound[at] for at in range(1, size))
    assert pairs.row[pairs.heap[:size], 6].tolist() == list(range(size))


@settings(max_examples=300)
@given(IDS, LIMITS)
def test_the_pair_that_saves_most_is_merged(ids: list[int], limits: tuple[int, int]) -> None:
    compiled = Compiled(ids, limits, len(ids))
    words, state = compiled.words, compiled.state
    merging.bound_pairs(words, compiled.pairs, compiled.logs, state)
    text = blocks(ids)
    spelled = [(symbol,) for symbol in range(4)]
    while True:
        done, saved = compiled.merge()
        saving = naive.bound_pairs(text, *limits)
        assert done == bool(saving)
        if not done:
            break
        left, right = words.parts[len(spelled)].tolist()
        pair = spelled[left], spelled[right]
        assert saved == pytest.approx(saving[pair], abs=1e-9)
        assert saving[pair] == pytest.approx(max(saving.values()), abs=1e-9)
        spelled.append(pair[0] + pair[1])
        text = naive.merge_pairs(text, pair)
        assert [spelled[word] for word in compiled.tokens() if word] == [word for block in text for word in block]
        counts = [sum(block.count(word) for block in text) for word in spelled[1:]]
        assert words.count[1 : len(spelled)].tolist() == counts
        assert state[0] == sum(counts)
    assert len(set(spelled)) == len(spelled)


def test_it_stops_where_there_is_no_room() -> None:
    compiled = Compiled([1, 2, 3] * 9, (2, 6), 9)
    merging.bound_pairs(compiled.words, compiled.pairs, compiled.logs, compiled.state)
    compiled.pairs = compiled.pairs._replace(places=compiled.pairs.places[: compiled.state[3] + 2])
    assert compiled.merge()[0] == 0
    assert compiled.state[1] == 4


def test_it_stops_when_the_description_has_not_been_shorter_for_long() -> None:
    compiled = Compiled([1, 2, 3, 1, 3, 2] * 3, (2, 6), 9)
    merging.bound_pairs(compiled.words, compiled.pairs, compiled.logs, compiled.state)
    saved, course = np.empty(9), np.zeros(2)
    limits = (2, 6, 2)
    done = merging.merge_pairs(
        compiled.text, compiled.words, compiled.pairs, limits, compiled.logs, compiled.state, course, saved
    )
    totals = np.cumsum(saved[:done])
    assert 2 <= done < 9
    assert compiled.state[4] == 2
    assert (totals[-2:] <= course[1]).all()
    assert course.tolist() == pytest.approx([totals[-1], max(0, totals.max())])
