"""kernels/token_paths.py against its slow twins."""

import math
from collections import Counter
from typing import NamedTuple

import naive
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minent.kernels import token_paths
from minent.types import Nats, Nodes, Offsets

PIECES = st.dictionaries(st.text("ab", min_size=2, max_size=4).map(str.encode), st.integers(1, 40), max_size=8).map(
    lambda costs: {b"a": 17, b"b": 23} | costs
)
TEXTS = st.text("ab", max_size=7).map(str.encode)
ALPHAS = st.sampled_from([0.0, 0.1, 0.5, 1.0, 3.0])
EIGHTH = 1 / 8  # nats in a unit of cost


class Lattice(NamedTuple):
    pieces: list[bytes]
    cost: Nats
    offsets: Offsets
    found: Nodes


def lattice(costs: dict[bytes, int], data: bytes) -> Lattice:
    pieces = list(costs)
    matches = naive.list_matches(costs, data)
    offsets = np.cumsum([0, *map(len, matches)])
    found = [(len(piece), pieces.index(piece)) for some in matches for piece in some]
    cost = np.array([cost * EIGHTH for cost in costs.values()])
    return Lattice(pieces, cost, offsets, np.array(found, np.int32).reshape(-1, 2))


def nats(costs: dict[bytes, int]) -> dict[bytes, float]:
    return {piece: cost * EIGHTH for piece, cost in costs.items()}


@given(PIECES, TEXTS, ALPHAS)
def test_sum_paths(costs: dict[bytes, int], data: bytes, alpha: float) -> None:
    _, cost, offsets, found = lattice(costs, data)
    total = np.empty(len(data) + 1)
    token_paths.sum_paths(offsets, found, cost, alpha, total)
    for size in range(len(data) + 1):
        assert total[size] == pytest.approx(naive.sum_paths(nats(costs), data[:size], alpha), abs=1e-9)


def test_sums_stay_exact_over_a_long_text() -> None:
    """Two pieces for each place: the number of ways is a Fibonacci number."""
    data = b"a" * 2000
    offsets = np.array([0, 1, *range(3, 2 * len(data), 2)])
    found = np.array([(1, 0)] + [(2, 1), (1, 0)] * (len(data) - 1), np.int32)
    total = np.empty(len(data) + 1)
    token_paths.sum_paths(offsets, found, np.array([5.0, 9.0]), 0.0, total)
    a, b = 1, 1
    for _ in data[1:]:
        a, b = b, a + b
    assert total[-1] == pytest.approx(math.log(b), rel=1e-12)


@given(PIECES, TEXTS, ALPHAS, st.integers(0, 2**63 - 1), st.integers(0, 2**40))
def test_sample_path(costs: dict[bytes, int], data: bytes, alpha: float, seed: int, base: int) -> None:
    pieces, cost, offsets, found = lattice(costs, data)
    total, numbers = np.empty(len(data) + 1), np.empty(len(data), np.int32)
    token_paths.sum_paths(offsets, found, cost, alpha, total)
    at = token_paths.sample_path(offsets, found, cost, alpha, total, seed, base, numbers)
    assert tuple(pieces[number] for number in numbers[at:]) in naive.sample_path(nats(costs), data, alpha)


def test_samples_are_drawn_as_often_as_they_are_probable() -> None:
    costs, data, alpha, n = {b"a": 8, b"b": 9, b"ab": 12, b"ba": 10, b"bab": 20}, b"abab", 0.7, 20000
    pieces, cost, offsets, found = lattice(costs, data)
    total, numbers = np.empty(len(data) + 1), np.empty(len(data), np.int32)
    token_paths.sum_paths(offsets, found, cost, alpha, total)
    drawn: Counter[tuple[bytes, ...]] = Counter()
    for seed in range(n):
        at = token_paths.sample_path(offsets, found, cost, alpha, total, seed, 0, numbers)
        drawn[tuple(pieces[number] for number in numbers[at:])] += 1
    expected = naive.sample_path(nats(costs), data, alpha)
    assert set(drawn) == set(expected)
    # Chi squared: with 4 to 6 degrees of freedom more than 30 is rarer than one in ten thousand.
    assert sum((drawn[way] - n * share) ** 2 / (n * share) for way, share in expected.items()) < 30


@given(PIECES, TEXTS, st.integers(1, 6))
def test_best_paths(costs: dict[bytes, int], data: bytes, k: int) -> None:
    pieces, _, offsets, found = lattice(costs, data)
    best, way = np.empty((len(data) + 1, k), np.uint64), np.empty((len(data) + 1, k, 2), np.int64)
    token_paths.best_paths(offsets, found, np.array(list(costs.values()), np.uint64), best, way)
    expected = naive.best_paths(costs, data, k)
    assert [cost for cost in best[-1].tolist() if cost != 2**64 - 1] == expected
    seen = set()
    for rank in range(len(expected)):
        place, cost, path = len(data), 0, []
        while place > 0:
            which, rank = way[place, rank]
            path.append(pieces[found[which, 1]])
            cost += costs[path[-1]]
            place -= found[which, 0]
        assert b"".join(path[::-1]) == data
        seen.add((cost, tuple(path)))
    assert sorted(cost for cost, _ in seen) == expected
