"""kernels/tagging.py against its slow twins.

Weights are multiples of an eighth, so that scores are exact and the rule for ties is put to the test as well.
"""

from collections import Counter
from collections.abc import Sequence
from itertools import product
from typing import NamedTuple

import naive
import naive_cuts
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive_cuts import Pair, Span, Tagger

from minent.kernels import tagging
from minent.tagging.pairs import number_pairs
from minent.types import Nats

SYMBOLS = 3
EVERY_PAIR = [pair for pair in product(range(SYMBOLS + 1), range(SYMBOLS + 1)) if any(pair)]
PAIRS = st.lists(st.sampled_from(EVERY_PAIR), max_size=8, unique=True)
# Borders, and symbols that occur again.
UNITS = st.lists(st.sampled_from([0, *range(1, SYMBOLS + 1), 1, 2]), min_size=1, max_size=14)
# Blocks short enough to try every cut; what is longer stands in blocks side by side.
LONGEST = 5


class Case(NamedTuple):
    """A cut text, pairs that are features, and weights."""

    units: list[int]
    begins: list[int]
    blocks: list[Span]
    neighbours: list[Pair]
    around: list[Pair]
    seed: int

    @property
    def features(self) -> tagging.Features:
        pair, around = (
            np.array(naive.number_pairs(self.units, gap, known), np.int32)
            for gap, known in ((1, self.neighbours), (2, self.around))
        )
        return tagging.Features(np.array(self.units, np.uint16), pair, around)

    @property
    def spans(self) -> tuple[Nats, Nats]:
        low, high = np.array(self.blocks, np.int64).reshape(-1, 2).T.copy()
        return low, high

    @property
    def chain(self) -> tagging.Chain:
        """Full of rubbish."""
        rows = 4 * (max((high - low for low, high in self.blocks), default=0) + 8)
        scores, change, forward = (np.full(rows, np.nan, np.float32) for _ in range(3))
        return tagging.Chain(scores, change, forward, np.full(rows, -1, np.int32))

    def weights(self, low: int, high: int) -> tagging.Weights:
        """Weights of `low` to `high` eighths."""
        draw = np.random.default_rng(self.seed)
        shapes = ((SYMBOLS + 1, 20), (len(self.neighbours) + 1, 16), (len(self.around) + 1, 4), (16,))
        return tagging.Weights(*((draw.integers(low, high + 1, shape) / 8).astype(np.float32) for shape in shapes))

    def named(self, weights: tagging.Weights) -> dict[tuple[naive_cuts.Feature, int], float]:
        """The weights by feature and tag."""
        rows: dict[naive_cuts.Feature, list[float]] = {}
        for unit, at in product(range(SYMBOLS + 1), range(5)):
            rows["unit", at, unit] = weights.unit[unit].reshape(5, 4)[4 - at].tolist()
        for (number, pair), at in product(enumerate(self.neighbours, 1), range(4)):
            rows["pair", at, *pair] = weights.pair[number].reshape(4, 4)[3 - at].tolist()
        for number, pair in enumerate(self.around, 1):
            rows["around", *pair] = weights.around[number].tolist()
        for before in range(4):
            rows["step", before] = weights.step.reshape(4, 4)[before].tolist()
        return {(feature, tag): row[tag] for feature, row in rows.items() for tag in range(4)}


@st.composite
def cases(draw: st.DrawFn) -> Case:
    units = draw(UNITS)
    begins = draw(st.lists(st.integers(0, 1), min_size=len(units), max_size=len(units)))
    return case(units, begins, draw(PAIRS), draw(PAIRS), draw(st.integers(0, 999)))


def case(units: list[int], begins: list[int], neighbours: list[Pair], around: list[Pair], seed: int) -> Case:
    return Case(units, begins, naive.find_blocks(units, begins, LONGEST), neighbours, around, seed)


def text_of_many_blocks() -> Case:
    """Blocks of three folds."""
    draw = np.random.default_rng(7)
    units = [unit for size in draw.integers(1, 4, 300) for unit in (*draw.integers(1, SYMBOLS + 1, size).tolist(), 0)]
    begins = draw.integers(0, 2, len(units)).tolist()
    return case(units, begins, EVERY_PAIR[::2], EVERY_PAIR[1::2], 7)


@settings(max_examples=300)
@given(UNITS | st.just([]), st.sampled_from([1, 2]), PAIRS, st.sampled_from([np.uint16, np.uint32]))
def test_pairs_are_numbered(units: list[int], gap: int, known: list[Pair], dtype: type) -> None:
    table = np.zeros((1 << len(known).bit_length(), 2), np.uint64)
    numbers = np.full(max(0, len(units) + 2 - gap), -1, np.int32)
    keys = np.array([left << 32 | right for left, right in known], np.uint64)
    tagging.number_pairs(np.array(units, dtype), gap, keys, table, numbers)
    assert numbers.tolist() == naive.number_pairs(units, gap, known)


def test_pairs_of_large_units_are_numbered() -> None:
    units = [2**21 - 1, 2**16, 1, 2**21 - 1, 2**16]
    known = [(2**16, 1), (2**21 - 1, 2**16), (0, 2**21 - 1), (2**16, 0)]
    numbers = np.zeros(6, np.int32)
    keys = np.array([left << 32 | right for left, right in known], np.uint64)
    tagging.number_pairs(np.array(units, np.uint32), 1, keys, np.zeros((8, 2), np.uint64), numbers)
    assert numbers.tolist() == naive.number_pairs(units, 1, known) == [3, 2, 1, 0, 2, 4]


@given(st.lists(st.integers(0, 3), max_size=30), st.sampled_from([1, 2]), st.sampled_from([np.uint16, np.uint32]))
def test_pairs_seen_twice_are_features(ids: list[int], gap: int, dtype: type) -> None:
    text = [0, *ids, 0]
    times = Counter(zip(text, text[gap:], strict=False))
    known = sorted(pair for pair, n in times.items() if n >= 2 and any(pair))
    found = number_pairs(np.array(ids, dtype), gap, 2)
    assert (found.numbers.tolist(), found.size) == (naive.number_pairs(ids, gap, known), len(known) + 1)


def assert_trained(case: Case, held: tuple[int, int], rate: float) -> None:
    weights, squares = case.weights(-16, 16), case.weights(1, 8)
    tagger = Tagger(case.neighbours, case.around, case.named(weights), case.named(squares))
    naive.train_tagger(tagger, case.units, case.begins, case.blocks, held, rate)
    unread = [each[0].tolist() for each in (weights.pair, weights.around)]
    begins = np.array(case.begins, np.uint8)
    tagging.train_tagger(case.features, begins, case.spans, held, weights, squares, rate, case.chain)
    assert case.named(weights) == pytest.approx(tagger.weights, rel=1e-4, abs=1e-4)
    assert case.named(squares) == pytest.approx(tagger.squares, rel=1e-4, abs=1e-4)
    assert [each[0].tolist() for each in (weights.pair, weights.around)] == unread


@settings(max_examples=200)
@given(cases(), st.sampled_from([0.125, 0.5]))
def test_training_goes_up_the_gradient(case: Case, rate: float) -> None:
    assert_trained(case, (1, 2), rate)


@pytest.mark.parametrize("fold", range(3))
def test_a_fold_is_left_out_of_training(fold: int) -> None:
    assert_trained(text_of_many_blocks(), (fold, 3), 0.125)


def test_training_is_steady_where_scores_are_large() -> None:
    """Differences of scores that float32 cannot take the exponential of."""
    one = case([1, 2, 3, 1, 2], [1, 0, 1, 0, 0], [], [], 1)
    weights, squares = one.weights(0, 0), one.weights(1, 1)
    weights.unit[:, 11] = 1000
    tagging.train_tagger(
        one.features, np.array(one.begins, np.uint8), one.spans, (1, 2), weights, squares, 0.5, one.chain
    )
    assert all(np.isfinite(each).all() for each in (*weights, *squares))


def tagged(case: Case, held: tuple[int, int], weights: tagging.Weights) -> list[int | None]:
    begins = np.full(len(case.units), 9, np.uint8)
    tagging.tag_words(case.features, case.spans, held, weights, case.chain, begins)
    return [None if mark == 9 else mark for mark in begins.tolist()]


@settings(max_examples=300)
@given(cases(), st.sampled_from([1, 16]))
def test_the_best_tags_are_found(case: Case, largest: int) -> None:
    weights = case.weights(-largest, largest)
    tagger = Tagger(case.neighbours, case.around, case.named(weights), {})
    assert tagged(case, (0, 2), weights) == naive.tag_words(tagger, case.units, case.blocks, (0, 2))


@pytest.mark.parametrize("fold", range(3))
def test_only_the_blocks_of_a_fold_are_tagged(fold: int) -> None:
    case = text_of_many_blocks()
    weights = case.weights(-8, 8)
    tagger = Tagger(case.neighbours, case.around, case.named(weights), {})
    assert tagged(case, (fold, 3), weights) == naive.tag_words(tagger, case.units, case.blocks, (fold, 3))


def test_what_was_learned_is_said() -> None:
    """Every 1 begins a word that 2 ends; 3 is a word by itself."""
    units = [1, 2, 3, 0, 3, 1, 2, 0] * 20
    begins = [int(unit != 2) for unit in units]
    learned = case(units, begins, EVERY_PAIR, EVERY_PAIR, 0)
    weights, squares = learned.weights(0, 0), learned.weights(1, 1)
    tagging.train_tagger(
        learned.features, np.array(begins, np.uint8), learned.spans, (1, 2), weights, squares, 0.5, learned.chain
    )
    expected: Sequence[int | None] = [None if unit == 0 else mark for unit, mark in zip(units, begins, strict=True)]
    assert tagged(learned, (0, 1), weights) == expected
