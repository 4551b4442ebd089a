"""kernels/phrases.py against its slow twins."""

from itertools import pairwise

import naive
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from naive_phrases import Unit

from minent.kernels import phrases

WORDS = st.lists(st.text("甲乙A", min_size=1, max_size=3), unique=True, max_size=6)
UNIT = st.one_of(
    st.tuples(st.sampled_from("甲乙"), st.booleans()).map(lambda unit: Unit(unit[0], unit[1], unit[0])),
    st.text("Aa甲", min_size=1, max_size=3).map(lambda run: Unit("A", True, run)),
    st.sampled_from([" ", " ", "\xa0", "\u3000", "!", "!!"]).map(lambda border: Unit("", True, border)),
)


def table_of(words: list[str]) -> phrases.Table:
    codes = np.array([ord(character) for word in words for character in word], np.uint32)
    offsets = np.cumsum([0, *map(len, words)], dtype=np.int64)
    table = phrases.Table(np.zeros(16, np.int32), codes, offsets)
    phrases.enter_words(table)
    return table


def cut_of(units: list[Unit]) -> phrases.CutUnits:
    return phrases.CutUnits(
        np.array([ord(unit.code) if unit.code else 0 for unit in units], np.uint32),
        np.array([unit.begins for unit in units], np.uint8),
        np.cumsum([0, *(len(unit.characters) for unit in units)], dtype=np.int64),
        np.array([ord(character) for unit in units for character in unit.characters], np.uint32),
    )


@given(WORDS)
def test_words_are_entered_once(words: list[str]) -> None:
    slots = table_of(words).slots
    assert sorted(slots[slots > 0].tolist()) == sorted(naive.enter_words(words).values())


@settings(max_examples=500)
@given(st.lists(UNIT, max_size=12), st.booleans(), WORDS)
def test_words_are_numbered(units: list[Unit], letters: bool, words: list[str]) -> None:
    ids, place = np.empty(len(units) + 1, np.int32), np.empty(len(units) + 1, np.int64)
    size = phrases.number_words(cut_of(units), len(units), letters, table_of(words), ids, place)
    assert [*zip(ids[:size].tolist(), place[:size].tolist(), strict=True)] == naive.number_words(units, letters, words)


PLAIN = st.lists(st.booleans(), min_size=4, max_size=4)


@settings(max_examples=500)
@given(st.lists(st.integers(-2, 3), max_size=12), PLAIN, PLAIN, st.booleans())
def test_spaces_between_words_are_left_out(ids: list[int], first: list[bool], last: list[bool], spaced: bool) -> None:
    places = np.arange(len(ids), dtype=np.int64) * 7
    expected = naive.join_words([*zip(ids, places.tolist(), strict=True)], (first, last), spaced)
    numbers = np.array(ids, np.int32)
    plain = np.array(first, np.bool_), np.array(last, np.bool_)
    nothing = np.zeros(0, np.int64), np.zeros(0, np.int32)
    assert phrases.join_words(numbers, nothing[0], plain, spaced, nothing[1]) == len(expected)
    size = phrases.join_words(numbers, places, plain, spaced, numbers)  # in place
    assert [*zip(numbers[:size].tolist(), places[:size].tolist(), strict=True)] == expected


NUMBERED = st.one_of(
    UNIT,
    st.sampled_from(["12", "3.5"]).map(lambda run: Unit("0", True, run)),
    st.sampled_from(["\n", "-", "\t"]).map(lambda border: Unit("", True, border)),
)


@settings(max_examples=500)
@given(st.lists(NUMBERED, max_size=12), st.booleans(), st.booleans())
def test_clauses_are_numbered(units: list[Unit], spaced: bool, marks: bool) -> None:
    cut = cut_of(units)
    # No room for more than two words at first.
    slots, codes, offsets, known = (
        np.zeros(8, np.int32),
        np.zeros(4, np.uint32),
        np.zeros(3, np.int64),
        np.zeros(1, np.int64),
    )
    table = phrases.Table(slots, codes, offsets)
    found: list[int] = []
    unit = 0
    while unit < len(units):
        ids = np.empty(len(units) + 1, np.int32)
        unit, size = phrases.number_clauses(cut, unit, (spaced, marks), table, known, ids)
        found += ids[:size].tolist()
        slots, codes, offsets = np.zeros(64, np.int32), np.zeros(64, np.uint32), np.zeros(32, np.int64)
        codes[: table.codes.size], offsets[: table.offsets.size] = table.codes[:64], table.offsets[:32]
        table = phrases.Table(slots, codes, offsets)
        phrases.enter_words(phrases.Table(slots, codes, offsets[: known[0] + 1]))
    bounds = table.offsets[: known[0] + 1].tolist()
    text = "".join(map(chr, table.codes.tolist()))
    words = [text[low:high] for low, high in pairwise(bounds)]
    assert len(set(words)) == len(words)
    clauses: list[list[str]] = [[]]
    for each in found:
        if each:
            clauses[-1].append(words[each - 1])
        else:
            clauses.append([])
    assert [each for each in clauses if each] == [each for each in naive.number_clauses(units, spaced, marks) if each]
