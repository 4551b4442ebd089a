"""kernels/covering.py against its slow twins: the cost of everything, drawn one by one, and what lowers it."""

import math
from typing import Any

import naive
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minent.kernels import covering
from minent.mining.models import empty_model, make_text, make_work

WORTH = 0.01


class Case:
    """Some clauses, the templates that they could be made from, and a cover."""

    def __init__(self, draw: Any) -> None:
        clause = st.lists(st.integers(1, 4), min_size=1, max_size=5).map(tuple)
        self.clauses = [list(each) for each in draw(st.lists(clause, min_size=1, max_size=6, unique=True))]
        times = [draw(st.integers(1, 3)) for _ in self.clauses]
        # No two sums are equal by chance.
        nats = [1.0 + draw(st.floats(0, 3)) for _ in range(5)]
        masks = [
            (each, mask) for each in self.clauses for mask in range(1, 1 << len(each)) if mask + 1 < 1 << len(each)
        ]
        drawn = draw(st.lists(st.sampled_from(masks), max_size=4)) if masks else []
        parts = sorted({naive.template_of(*each) for each in drawn})
        self.parts = parts
        templates = [(0, 0.0), (1, 0.0), *((each.count(-1), 1.0 + draw(st.floats(0, 2))) for each in parts)]
        self.world = naive.World(self.clauses, times, templates, nats, 0.7)
        self.matches = [
            [(number + 1, min(masks)) for number, masks in sorted(naive.match_clauses(each, parts).items())]
            for each in self.clauses
        ]
        self.cover = [draw(st.sampled_from([(0, 0), (1, 0), *each])) for each in self.matches]
        self.dropped = [0, 0, *(draw(st.integers(0, 1)) for _ in parts)]

    def text(self) -> covering.Text:
        ids = np.array([word for clause in self.clauses for word in clause], np.int32)
        starts = np.cumsum([0, *map(len, self.clauses)])
        return make_text(ids, starts, np.array(self.world.times), np.array(self.world.nats))[0]

    def kernel_cover(self) -> covering.Cover:
        owner, mask = zip(*self.cover, strict=True)
        return covering.Cover(np.array(owner, np.int32), np.array(mask, np.uint64))

    def model(self, *, size: int = 1024) -> covering.Model:
        text = self.text()
        holes, store = (np.array(each) for each in zip(*self.world.templates, strict=True))
        nats = np.array(self.world.nats)
        words = make_text(text.ids, text.starts, text.times, nats)[1]
        model = empty_model(words, store, holes, nats, self.world.free)
        return model._replace(keys=np.zeros(size, np.int64), counts=np.zeros(size, np.int64))

    def counted(self) -> tuple[covering.Text, covering.Cover, covering.Model]:
        text, cover, model = self.text(), self.kernel_cover(), self.model()
        assert covering.cover_all(text, cover, model, 0) == len(self.clauses)
        return text, cover, model

    def kernel_matches(self) -> covering.Matches:
        rows = [row for each in self.matches for row in each]
        return covering.Matches(
            np.array([number for number, _ in rows], np.int32),
            np.array([mask for _, mask in rows], np.uint64),
            np.cumsum([0, *map(len, self.matches)]),
        )


CASES = st.composite(Case)()


def covered(cover: covering.Cover) -> list[tuple[int, int]]:
    return list(zip(cover.owner.tolist(), cover.mask.tolist(), strict=True))


def counts_of(model: covering.Model) -> dict[int, int]:
    used = model.keys > 0
    return dict(zip(model.keys[used].tolist(), model.counts[used].tolist(), strict=True))


def agrees(case: Case, cover: covering.Cover, model: covering.Model) -> bool:
    """Whether a model says what it would say had it counted this cover from the start."""
    fresh = case.model()
    covering.cover_all(case.text(), cover, fresh, 0)
    same = [np.array_equal(getattr(model, name), getattr(fresh, name)) for name in ("pairs", "urns", "used")]
    return all(same) and naive.move_keys(counts_of(model)) == counts_of(fresh)


@given(CASES, st.data())
def test_the_rise_is_that_of_all_draws(case: Case, data: st.DataObject) -> None:
    text, cover, model = case.counted()
    template = data.draw(st.integers(0, len(case.parts) + 1))
    masks = {clause: mask for clause, found in enumerate(case.matches) for each, mask in found if each == template}
    masks = masks if template > 1 else dict.fromkeys(range(len(case.clauses)), 0)
    rows = np.array([*masks], np.int32), template, np.array([*masks.values()], np.uint64)
    rise = covering.take_back(text, *rows, cover, model, make_work(model, 99))
    expected = naive.take_back(case.cover, [*masks], template, [*masks.values()])
    costs = [naive.cover_all(case.world, each) for each in (case.cover, expected)]
    assert rise == pytest.approx(costs[1] - costs[0], abs=1e-5)
    assert covered(cover) == expected
    assert agrees(case, cover, model)


@given(CASES)
def test_keys_move_without_those_that_count_nothing(case: Case) -> None:
    text, cover, model = case.counted()
    work = make_work(model, 99)
    covering.take_back(text, np.array([0], np.int32), 0, np.zeros(1, np.uint64), cover, model, work)
    other = case.model(size=2048)
    covering.move_keys(model, other)
    assert counts_of(other) == naive.move_keys(counts_of(model))
    assert other.totals[0] == len(counts_of(other))


@given(CASES)
def test_templates_are_taken_that_make_everything_cheaper(case: Case) -> None:
    case.cover = [(1, 0)] * len(case.clauses)
    text, cover, model = case.counted()
    templates = range(2, len(case.parts) + 2)
    groups = [
        [(clause, mask) for clause, found in enumerate(case.matches) for each, mask in found if each == number]
        for number in templates
    ]
    weight = [0.0, 0.0, *(1.0 + len(each) + 0.1 * number for number, each in enumerate(case.parts))]
    rows = [row for group in groups for row in group]
    proposals = covering.Proposals(
        np.array([clause for clause, _ in rows], np.int32),
        np.array([mask for _, mask in rows], np.uint64),
        np.cumsum([0, *map(len, groups)]),
        np.array(weight),
    )
    rises = np.zeros(len(groups))
    assert covering.try_templates(text, proposals, cover, model, make_work(model, 99), 0, WORTH, rises) == len(groups)
    assert covered(cover) == naive.try_templates(case.world, groups, weight, case.cover, WORTH)
    assert agrees(case, cover, model)


@given(CASES, st.booleans())
def test_clauses_take_the_template_that_costs_least(case: Case, every: bool) -> None:
    text, cover, model = case.counted()
    dropped = np.array(case.dropped, np.int32)
    assert covering.assign(text, case.kernel_matches(), dropped, cover, model, every, False, 0) == len(case.clauses)
    assert covered(cover) == naive.assign(case.world, case.matches, case.dropped, case.cover, every=every)
    assert agrees(case, cover, model)
    before = counts_of(model)
    covering.assign(text, case.kernel_matches(), dropped, cover, model, every, True, 0)
    assert counts_of(model) == before


@given(CASES, st.data())
def test_clauses_are_given_away_and_taken_back(case: Case, data: st.DataObject) -> None:
    text, cover, model = case.counted()
    template = data.draw(st.integers(0, len(case.parts) + 1))
    clauses = [number for number, (owner, _) in enumerate(case.cover) if owner == template]
    masks = [case.cover[clause][1] for clause in clauses]
    to = data.draw(st.sampled_from([0, *range(2, len(case.parts) + 2)]))
    chosen = np.array(clauses, np.int32)
    dropped, work = np.array(case.dropped, np.int32), make_work(model, 99)
    rise = covering.give_away(text, case.kernel_matches(), chosen, to, dropped, cover, model, work)
    expected = naive.give_away(case.world, case.matches, clauses, to, case.dropped, case.cover)
    assert covered(cover) == expected
    costs = [naive.cover_all(case.world, each) for each in (case.cover, expected)]
    assert rise == pytest.approx(costs[1] - costs[0], abs=1e-5)
    back = covering.take_back(text, chosen, template, np.array(masks, np.uint64), cover, model, work)
    assert back == pytest.approx(-rise, abs=1e-5)
    assert covered(cover) == naive.take_back(expected, clauses, template, masks) == case.cover
    assert agrees(case, cover, model)


def test_the_series_of_gamma_is_close() -> None:
    for c in (2, 3, 7, 8, 9, 100, 10**6):
        model = Case.__new__(Case)
        model.clauses, model.parts = [[1]], []
        model.world = naive.World([[1]], [c], [(0, 0.0), (1, 0.0)], [1.0] * 5, 0.0)
        model.cover = [(0, 0)]
        text, cover, counted = model.counted()
        rows = np.zeros(1, np.int32), 1, np.zeros(1, np.uint64)
        rise = covering.take_back(text, *rows, cover, counted, make_work(counted, 9))
        draws = math.lgamma(c + 1) - (math.lgamma(c - 0.5) - math.lgamma(0.5))
        assert rise == pytest.approx(2 * (draws + 1.0) - 2.0 * c, rel=1e-7, abs=1e-6)
