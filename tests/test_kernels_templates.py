"""kernels/templates.py against its slow twins."""

import naive
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from minent.kernels import templates
from minent.mining.choosing import make_trie

CLAUSES = st.lists(st.lists(st.integers(1, 3), min_size=1, max_size=6), min_size=1, max_size=4)
MASKED = st.tuples(st.lists(st.integers(1, 3), min_size=1, max_size=6), st.integers(1, 63))


def some_templates(masked: list[tuple[list[int], int]]) -> list[tuple[int, ...]]:
    found = {naive.template_of(clause, mask) for clause, mask in masked}
    return sorted(template for template in found if set(template) != {-1})


@settings(max_examples=300)
@given(CLAUSES, st.lists(MASKED, max_size=8))
def test_templates_are_found(clauses: list[list[int]], masked: list[tuple[list[int], int]]) -> None:
    known = some_templates(masked)
    trie = make_trie(known)
    assert trie.nodes.max() + 1 == naive.enter_templates(known)
    offsets = np.zeros(len(clauses) + 1, np.int64)
    found, masks = np.empty(1 << 15, np.int32), np.empty(1 << 15, np.uint64)
    ids = np.array([word for clause in clauses for word in clause], np.int32)
    done = templates.match_clauses(ids, np.cumsum([0, *map(len, clauses)]), trie, 0, offsets, found, masks)
    assert done == len(clauses)
    for number, clause in enumerate(clauses):
        rows = slice(offsets[number], offsets[number + 1])
        expected = naive.match_clauses(clause, known)
        assert sorted(found[rows].tolist()) == sorted(expected)
        assert all(mask in expected[each] for each, mask in zip(found[rows], masks[rows].tolist(), strict=True))


@given(st.lists(MASKED, min_size=1, max_size=5))
def test_fillers_are_written(masked: list[tuple[list[int], int]]) -> None:
    clauses = [clause for clause, _ in masked]
    masks = [mask for _, mask in masked]
    first = [7 * number for number in range(len(masked))]
    ids = np.array([word for clause in clauses for word in clause], np.int32)
    holes, hashes, places = (
        np.empty(ids.size, np.int32),
        np.empty(ids.size, np.uint64),
        np.empty((2, ids.size), np.int64),
    )
    size = templates.write_fillers(
        ids,
        np.cumsum([0, *map(len, clauses)]),
        np.array(masks, np.uint64),
        np.array(first, np.int64),
        holes,
        hashes,
        places,
    )
    found = [(hole, ids[low:high].tolist()) for hole, low, high in zip(holes[:size], *places[:, :size], strict=True)]
    expected = naive.write_fillers(clauses, masks, first)
    assert found == expected
    words = [tuple(each) for _, each in expected]
    seen = hashes[:size].tolist()
    assert [seen.index(each) for each in seen] == [words.index(each) for each in words]
