"""kernels/strings.py against its slow twins."""

import naive
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from minent.tagging.decoder import look_up_pairs, pair_table, rate_strings, string_table
from minent.types import Keys

UNIT = st.integers(1, 3) | st.integers(65_530, 65_535)
STRINGS = st.dictionaries(
    st.tuples(UNIT, UNIT) | st.tuples(UNIT, UNIT, UNIT), st.integers(1, 255), min_size=1, max_size=8
)


def table_of(known: dict[tuple[int, ...], int]) -> Keys:
    entries = [
        sum(unit << 16 * at for at, unit in enumerate(string[::-1])) << 8 | code for string, code in known.items()
    ]
    return string_table(np.array(entries, np.uint64))


@given(st.lists(UNIT | st.just(0), max_size=12), STRINGS)
def test_strings_are_looked_up(units: list[int], known: dict[tuple[int, ...], int]) -> None:
    found = rate_strings(np.array(units, np.uint16), table_of(known))
    assert [each.tolist() for each in found] == list(naive.rate_strings(units, known))


PAIRS = st.lists(st.tuples(UNIT | st.just(0), UNIT) | st.tuples(UNIT, st.just(0)), max_size=8, unique=True)


@given(st.lists(UNIT | st.just(0), max_size=12), PAIRS, PAIRS)
def test_pairs_are_looked_up(units: list[int], pairs: list[tuple[int, int]], arounds: list[tuple[int, int]]) -> None:
    tables = (pair_table(np.array([a << 16 | b for a, b in each], np.uint32)) for each in (pairs, arounds))
    found = look_up_pairs(np.array(units, np.uint16), *tables)
    assert [each.tolist() for each in found] == list(naive.look_up_pairs(units, pairs, arounds))


def test_many_strings_are_entered() -> None:
    draw = np.random.default_rng(5)
    strings = list(dict.fromkeys(map(tuple, draw.integers(1, 65_535, (500, 3)).tolist())))
    known = naive.enter_strings(strings, draw.integers(1, 256, len(strings)).tolist())
    text = np.array([unit for string in strings for unit in (*string, 0)], np.uint16)
    _, three = rate_strings(text, table_of(known))
    assert three[1::4].tolist() == list(known.values())


def test_nothing_is_known_without_strings() -> None:
    assert [each.size for each in rate_strings(np.ones(3, np.uint16), string_table(np.zeros(0, np.uint64)))] == [0, 0]
