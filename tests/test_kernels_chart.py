"""kernels/chart.py against its slow twins."""

from itertools import pairwise

import naive
import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from naive_parsing import Grammar, Item, Template

from minent.kernels import chart as kernels
from minent.parsing import grammar as rules
from minent.parsing.clauses import Clause, Scoring
from minent.templates import Template as NamedTemplate

TEMPLATES = st.lists(
    st.lists(st.sampled_from(["a", "b", None]), min_size=2, max_size=5)
    .filter(lambda row: any(row) and all(a or b for a, b in pairwise(row)))
    .map(tuple),
    unique=True,
    max_size=5,
)
SCORES = st.lists(st.integers(-3, 0), min_size=5, max_size=5)
NULL = st.sampled_from([-5, -1, 0])
WORDS = st.lists(st.sampled_from("xaabb"), min_size=1, max_size=7).map(tuple)


def clause_of(
    words: tuple[str, ...], templates: list[Template], scores: list[int], null: int, left: bool = False
) -> tuple[Clause, Grammar]:
    """A clause, and what it is parsed with: templates in the order in which they are preferred."""
    compiled = rules.Grammar([NamedTemplate(parts) for parts in templates], 1)
    grammar = Grammar(tuple(each.parts for each in compiled.templates), tuple(scores[: len(templates)]), null)
    compiled.rules = compiled.rules._replace(score=np.array(grammar.scores, np.int64))
    return Clause(compiled.numbers(words), compiled, Scoring(null, left)), grammar


def items_of(words: tuple[str, ...], parents: list[tuple[int, int]], items: list[tuple[int, int]]) -> list[Item]:
    """The items as beginnings of templates.  Parents: the state before each state, 1 = a hole between."""
    last = {state: words[place] for place, state in items}
    beginnings: list[Template] = [()]
    for state, (parent, gap) in enumerate(parents[1:], 1):
        beginnings.append((*beginnings[parent], *([None] if gap else []), last[state]))
    return [(beginnings[state], place) for place, state in items]


@given(WORDS, TEMPLATES)
def test_list_items(words: tuple[str, ...], templates: list[Template]) -> None:
    grammar = rules.Grammar([NamedTemplate(parts) for parts in templates], 1)
    numbers = grammar.numbers(words)
    same = np.array([words.index(word) for word in words], np.int32)
    found, items = np.empty((99, 5), np.int32), np.empty((500, 3), np.int32)
    seen, sizes = np.empty((len(words), 2), np.int32), np.zeros(2, np.int32)
    assert kernels.list_items(numbers, grammar.rules.edges, same, seen, found, items, sizes)
    states, size = sizes.tolist()
    listed = items_of(words, found[:states, 1:3].tolist(), items[:size, :2].tolist())
    # A word that stands first is listed even if no template begins with it.
    single = {((word,), place) for place, word in enumerate(words) if any(word in row for row in templates)}
    assert set(listed) == naive.list_items(words, templates) | single
    assert len(set(listed)) == size
    # The items of a state are linked in the order of their places.
    for first, last in found[1:states, 3:].tolist():
        while first != last:
            assert items[first, 0] < items[items[first, 2], 0]
            first = items[first, 2]
        assert items[last, 2] == -1
    # It says so if there is no room.
    edges = grammar.rules.edges
    assert not any(kernels.list_items(numbers, edges, same, seen, found[:n], items, sizes) for n in range(1, states))
    assert not any(kernels.list_items(numbers, edges, same, seen, found, items[:n], sizes) for n in range(size))


@given(WORDS, TEMPLATES)
def test_sort_items(words: tuple[str, ...], templates: list[Template]) -> None:
    clause, grammar = clause_of(words, templates, [0] * 5, 0)
    items = clause.items
    listed = items_of(words, items.state[:, :2].tolist(), items.place[:, :2].tolist())
    assert sorted(map(repr, listed)) == sorted(map(repr, naive.sort_items(words, grammar.templates)))
    for state, (parent, gap, closes, trails) in enumerate(items.state.tolist()):
        own = listed[items.first[state] : items.first[state + 1]]
        assert [place for _, place in own] == sorted(place for _, place in own)
        if state:
            beginning = own[0][0]
            assert {each for each, _ in own} == {beginning}
            for number, whole in ((closes, beginning), (trails, (*beginning, None))):
                assert number == (grammar.templates.index(whole) if whole in grammar.templates else -1)
        for row in range(items.first[state], items.first[state + 1]):
            if parent > 0 and not gap:
                beside = listed[items.place[row, 2]]
                assert beside == (beginning[:-1], listed[row][1] - 1)
    order = items.order.tolist()
    assert sorted(order) == list(range(len(listed)))
    for place in range(len(words)):
        assert {listed[row][1] for row in order[items.at[place] : items.at[place + 1]]} <= {place}
    assert items.at[-1] == len(order)


@given(WORDS, TEMPLATES, SCORES, NULL, st.booleans())
def test_fill_chart(
    words: tuple[str, ...], templates: list[Template], scores: list[int], null: int, left: bool
) -> None:
    clause, grammar = clause_of(words, templates, scores, null, left)
    chart = clause.chart
    for (start, end), cell in naive.fill_chart(words, grammar, left).items():
        assert chart.block[start, end] == cell.block
        assert chart.element[start, end] == (-(2**62) if cell.element is None else cell.element)
        assert chart.template[start, end] == cell.template
        assert chart.split[start, end] == cell.split
    # And the best of all trees there are.
    assert clause.score == naive.derivations(words[:5], grammar)[0][0] if len(words) <= 5 else True


@given(WORDS, TEMPLATES, SCORES, NULL)
def test_reach_items(words: tuple[str, ...], templates: list[Template], scores: list[int], null: int) -> None:
    clause, grammar = clause_of(words, templates, scores, null)
    items = clause.items
    listed = items_of(words, items.state[:, :2].tolist(), items.place[:, :2].tolist())
    for start in range(len(words)):
        reached = dict(zip(listed, clause.reached(start).tolist(), strict=True))
        assert {item: score for item, score in reached.items() if score > -(2**62)} == naive.reach_items(
            words, grammar, start
        )


@given(WORDS, TEMPLATES, SCORES, NULL, st.booleans())
def test_trace_tree(
    words: tuple[str, ...], templates: list[Template], scores: list[int], null: int, left: bool
) -> None:
    clause, grammar = clause_of(words, templates, scores, null, left)
    assert [tuple(node) for node in clause.best()] == naive.trace_tree(words, grammar, left)
