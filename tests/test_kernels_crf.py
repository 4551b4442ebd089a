"""kernels/crf.py against its slow twins.

Weights are multiples of an eighth, so that scores are exact and the rule for ties is put to the test as well.
"""

import math
from itertools import pairwise, product
from typing import NamedTuple

import naive
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive_crf import Crf, Feature, Gram, Span, Weight

from minent.kernels import crf as kernels
from minent.tagger import ONE
from minent.tagging.decoder import look_up_pairs, pair_table, rate_strings, room, string_table
from minent.tagging.segmented import chains_of
from minent.types import Bytes, Nats

SYMBOLS = 3
EVERY_PAIR = [pair for pair in product(range(SYMBOLS + 1), repeat=2) if any(pair)]
PAIRS = st.lists(st.sampled_from(EVERY_PAIR), max_size=8, unique=True)
STRINGS = st.dictionaries(
    st.tuples(*[st.integers(1, SYMBOLS)] * 2) | st.tuples(*[st.integers(1, SYMBOLS)] * 3),
    st.integers(1, 255),
    max_size=8,
)
# Chains short enough to try every cut.
CHAIN = st.lists(st.integers(1, SYMBOLS), min_size=1, max_size=5)
TAGS = st.sampled_from([4, 6])


class Case(NamedTuple):
    """A cut text, what are features, and a seed for weights."""

    tags: int
    units: list[int]
    begins: list[int]
    pairs: list[Span]
    arounds: list[Span]
    known: dict[Gram, int] | None
    seed: int
    held: list[int] = []  # noqa: RUF012  it stays empty

    @property
    def array(self) -> "np.typing.NDArray[np.uint16]":
        return np.array(self.units, np.uint16)

    @property
    def names(self) -> tuple[int, ...]:
        return tuple(range(self.tags))

    @property
    def features(self) -> kernels.Features:
        tables = (
            pair_table(np.array([a << 16 | b for a, b in known], np.uint32)) for known in (self.pairs, self.arounds)
        )
        known = rate_strings(self.array, self.table)
        held = np.array(self.held, np.uint8)
        return kernels.Features(self.array, *look_up_pairs(self.array, *tables), *known, held)

    @property
    def table(self) -> "np.typing.NDArray[np.uint64]":
        keys = {string: sum(unit << 16 * at for at, unit in enumerate(string[::-1])) for string in self.known or {}}
        entries = [key << 8 | (self.known or {})[string] for string, key in keys.items()]
        table = string_table(np.array(entries, np.uint64))
        return table if self.known is None or table.size else np.zeros(2, np.uint64)

    @property
    def chain(self) -> kernels.Chain:
        """Full of rubbish."""
        chain = room(self.array, self.tags)
        for array in chain:
            array.fill(np.nan if array.dtype.kind == "f" else 77)
        return chain

    @property
    def spelled(self) -> Bytes:
        spelled = np.full(len(self.units), 99, np.uint8)
        kernels.spell_tags(self.array, np.array(self.begins, np.uint8), self.names, spelled)
        return spelled

    def weights(self, low: int, high: int) -> kernels.Weights:
        """Weights of `low` to `high` eighths."""
        draw = np.random.default_rng(self.seed)
        rows = 256 * (self.known is not None)
        shapes = (
            (SYMBOLS + 1, 5 * self.tags),
            (len(self.pairs) + 1, 4 * self.tags),
            (len(self.arounds) + 1, self.tags),
            (rows, 4 * self.tags),
            (rows, 5 * self.tags),
            (self.tags**2,),
        )
        return kernels.Weights(*((draw.integers(low, high + 1, shape) / 8).astype(np.float32) for shape in shapes))

    def named(self, weights: kernels.Weights) -> dict[Weight, float]:
        """The weights by feature and tag."""
        rows: dict[Feature, list[float]] = {}

        def name(kind: str, number: int, first: int, array: Nats, *what: int) -> None:
            for at, row in enumerate(array[number].reshape(-1, self.tags).tolist()):
                rows[(kind, first - at, *what) if kind != "around" else (kind, *what)] = row

        for unit in range(SYMBOLS + 1):
            name("unit", unit, 2, weights.unit, unit)
        for number, pair in enumerate(self.pairs, 1):
            name("pair", number, 1, weights.pair, *pair)
        for number, pair in enumerate(self.arounds, 1):
            name("around", number, 0, weights.around, *pair)
        for code in () if self.known is None else sorted({0, *self.known.values()}):
            name("two", code, 1, weights.two, code)
            name("three", code, 1, weights.three, code)
        for before in range(self.tags):
            rows["step", before] = weights.step.reshape(self.tags, -1)[before].tolist()
        return {(feature, tag): row[tag] for feature, row in rows.items() for tag in range(self.tags)}

    def crf(self, weights: kernels.Weights) -> Crf:
        return Crf(self.tags, self.pairs, self.arounds, self.known, self.named(weights))

    @property
    def texts(self) -> list[tuple[Gram, Gram]]:
        """Each chain and its right tags."""
        spans = naive.crf_chains(self.units)
        return [(tuple(self.units[low:high]), tuple(self.spelled[low:high].tolist())) for low, high in spans]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    chains = draw(st.lists(CHAIN, min_size=1, max_size=3))
    units = [0, *(unit for chain in chains for unit in (*chain, 0))][draw(st.integers(0, 1)) :]
    units = units[: len(units) - draw(st.integers(0, 1))]
    marks = draw(st.lists(st.integers(0, 1), min_size=len(units), max_size=len(units)))
    begins = [
        int(mark or unit == 0 or before == 0) for mark, unit, before in zip(marks, units, [0, *units], strict=False)
    ]
    known = draw(st.none() | STRINGS)
    return Case(draw(TAGS), units, begins, draw(PAIRS), draw(PAIRS), known, draw(st.integers(0, 999)))


@given(cases())
def test_words_are_spelled(case: Case) -> None:
    expected = [0] * len(case.units)
    for low, high in naive.crf_chains(case.units):
        starts = [at for at in range(low, high) if case.begins[at]]
        for start, end in pairwise((*starts, high)):
            expected[start:end] = naive.spell_tags(end - start, case.tags)
    assert case.spelled.tolist() == expected


@settings(max_examples=60)
@given(cases(), st.sampled_from([0.125, 0.5]))
def test_training_goes_up_the_gradient(case: Case, rate: float) -> None:
    weights, squares = case.weights(-8, 8), case.weights(1, 8)
    crf, named = case.crf(weights), case.named(squares)
    expected = naive.train_chains(crf, named, case.texts, rate, 2**-7)
    unread = [each[0].tolist() for each in (weights.pair, weights.around)]
    loss = kernels.train_chains(
        case.features, case.spelled, chains_of(case.array), weights, squares, rate, case.names, case.chain
    )
    assert loss == pytest.approx(expected, rel=1e-4, abs=1e-4)
    assert case.named(weights) == pytest.approx(crf.weights, rel=1e-3, abs=1e-3)
    assert case.named(squares) == pytest.approx(named, rel=1e-3, abs=1e-3)
    assert [each[0].tolist() for each in (weights.pair, weights.around)] == unread


@pytest.mark.parametrize("tags", [4, 6])
def test_gradients_are_those_of_finite_differences(tags: int) -> None:
    """In a chain where no feature stands twice, squares grow by the squared derivatives of the loss."""
    units = [1, 2, 3]
    case = Case(tags, units, [1, 0, 1], [(1, 2), (2, 3)], [(1, 3)], {(1, 2): 5, (1, 2, 3): 9}, 3)
    weights, squares = case.weights(-8, 8), case.weights(1, 1)
    crf, (text,) = case.crf(weights), case.texts
    kernels.train_chains(
        case.features, case.spelled, chains_of(case.array), weights, squares, 0.1, case.names, case.chain
    )
    grown = {weight: square - 0.125 for weight, square in case.named(squares).items() if weight[0][0] != "three"}
    for weight, square in grown.items():
        if weight[0] in [("unit", place, 0) for place in range(-2, 3)] or (weight[0][0] == "two" and weight[0][2] == 0):
            continue  # edges and what is not known stand several times
        sides = [crf._replace(weights=crf.weights | {weight: crf.weights[weight] + side}) for side in (1e-5, -1e-5)]
        up, down = (each.loss(*text) for each in sides)
        assert math.sqrt(max(0, square)) == pytest.approx(abs(up - down) / 2e-5, abs=2e-3)


def test_what_is_right_is_left_alone() -> None:
    case = Case(4, [1, 2], [1, 0], [], [], None, 0)
    weights, squares = case.weights(0, 0), case.weights(1, 1)
    weights.unit[1, 10] = 30  # B for 1, E for 2
    weights.unit[2, 9] = 30
    before = weights.unit.copy()
    loss = kernels.train_chains(
        case.features, case.spelled, chains_of(case.array), weights, squares, 0.5, case.names, case.chain
    )
    assert loss == pytest.approx(0, abs=1e-6)
    assert (weights.unit == before).all()


def test_training_is_steady_where_scores_are_large() -> None:
    """Differences of scores that float32 cannot take the exponential of."""
    case = Case(4, [1, 2, 3, 1, 2], [1, 0, 1, 0, 0], [], [], None, 1)
    weights, squares = case.weights(0, 0), case.weights(1, 1)
    weights.unit[:, 8] = 1000
    loss = kernels.train_chains(
        case.features, case.spelled, chains_of(case.array), weights, squares, 0.5, case.names, case.chain
    )
    assert np.isfinite(loss)
    assert all(np.isfinite(each).all() for each in (*weights, *squares))


def whole(weights: kernels.Weights) -> kernels.Weights:
    return kernels.Weights(*((each * ONE).astype(np.int16) for each in weights))


@st.composite
def held_cases(draw: st.DrawFn) -> Case:
    """Where the words of the case are, in part, what must be."""
    case = draw(cases())
    shown = draw(st.lists(st.booleans(), min_size=len(case.units), max_size=len(case.units)))
    held = [(2 - begin) * show for begin, show in zip(case.begins, shown, strict=True)]
    return case._replace(held=draw(st.sampled_from([held, []])))


def held_of(case: Case) -> list[int]:
    return case.held or [0] * len(case.units)


@given(held_cases(), st.sampled_from([1, 16]))
def test_the_best_tags_are_found(case: Case, largest: int) -> None:
    weights = case.weights(-largest, largest)
    begins = np.full(len(case.units), 9, np.uint8)
    kernels.tag_chains(case.features, whole(weights), case.names, case.chain, begins)
    assert begins.tolist() == naive.tag_chains(case.crf(weights), case.units, held_of(case))


def test_scores_stay_small_in_long_chains() -> None:
    case = Case(4, [1, 2] * 100_000, [], [], [], None, 0)
    weights = whole(case.weights(0, 0))
    weights.unit[1, 10] = weights.unit[2, 9] = 30_000  # B for 1, E for 2
    weights.unit[:, :4] = 30_000
    begins = np.zeros(len(case.units), np.uint8)
    kernels.tag_chains(case.features, weights, case.names, case.chain, begins)
    assert begins.tolist() == [1, 0] * 100_000


@settings(max_examples=60)
@given(held_cases())
def test_words_are_as_probable_as_all_taggings_that_have_them(case: Case) -> None:
    weights = case.weights(-8, 8)
    chances = np.full(len(case.units), -1, np.float32)
    begins = np.array(case.begins, np.uint8)
    kernels.rate_words(case.features, whole(weights), case.names, case.chain, begins, chances)
    expected = naive.rate_words(case.crf(weights), case.units, case.begins, held_of(case))
    assert chances.tolist() == pytest.approx(
        [-1 if chance is None else chance for chance in expected], rel=1e-4, abs=1e-5
    )
