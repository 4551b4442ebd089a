"""kernels/units.py against its slow twins."""

from itertools import pairwise

import naive
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minent.characters import Kind
from minent.kernels import units
from minent.types import Bytes, Symbols

# Two characters of each kind, except that one space and one line feed are enough.
KINDS = {
    "\n": Kind.SPACE,
    " ": Kind.SPACE,
    "!": Kind.MARK,
    "-": Kind.MARK,
    "1": Kind.DIGIT,
    "2": Kind.DIGIT,
    "A": Kind.CASED,
    "b": Kind.CASED,
    "´": Kind.JOINING,
    "~": Kind.JOINING,
    "字": Kind.LETTER,
    "符": Kind.LETTER,
    ".": Kind.POINT,
    ",": Kind.POINT,
    "%": Kind.PERCENT,
    "‰": Kind.PERCENT,
    "'": Kind.APOSTROPHE,
    "’": Kind.APOSTROPHE,
}
CHARACTERS = list(KINDS)  # the line feed is number 0
KIND = np.array(list(KINDS.values()), np.uint8)
NUMBERS = "12.,%´"
TEXT = st.one_of(st.text(CHARACTERS), st.text(NUMBERS), st.text("Ab´~' "), st.text("!-.%'´"), st.text("Ab´~'’ 1\n"))
WIDTHS = pytest.mark.parametrize("dtype", [np.uint16, np.uint32])


def numbered(text: str, dtype: type = np.uint16) -> Symbols:
    return np.array([CHARACTERS.index(character) for character in text], dtype)


@WIDTHS
@settings(max_examples=500)
@given(TEXT, st.lists(st.integers(0, 9), min_size=len(CHARACTERS), max_size=len(CHARACTERS)))
def test_characters_are_grouped_into_units(dtype: type, text: str, symbols: list[int]) -> None:
    expected = naive.join_units(text, KINDS)
    ids = numbered(text)
    symbol: Symbols = np.array(symbols, dtype)
    out: Symbols = np.empty(ids.size, dtype)
    start = np.empty(ids.size + 1, np.int64)
    size = units.join_units(ids, KIND, symbol, out, start)
    bounds = start[: size + 1].tolist()
    assert [text[low:high] for low, high in pairwise(bounds)] == expected
    assert out[:size].tolist() == [symbols[CHARACTERS.index(unit[0])] for unit in expected]
    assert bounds[-1] == len(text)


@given(TEXT, st.lists(st.integers(0, 3), min_size=len(CHARACTERS), max_size=len(CHARACTERS)))
def test_units_in_place_keep_one_border_of_many(text: str, symbols: list[int]) -> None:
    found = [symbols[CHARACTERS.index(unit[0])] for unit in naive.join_units(text, KINDS)]
    while found and found[0] == 0:
        del found[0]
    expected = [symbol for place, symbol in enumerate(found) if symbol or found[place - 1]]
    ids = numbered(text)
    size = units.join_units(ids, KIND, np.array(symbols, np.uint16), ids, np.empty(0, np.int64))
    assert ids[:size].tolist() == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1,21.2%字", "1,21.2%/字"),
        ("1..2", "1/../2"),
        ("1.,2", "1/./,/2"),
        ("12.", "12/."),
        (".12", "./12"),
        ("1%%", "1%/%"),
        ("1%´´字", "1%´´/字"),
        ("1´2", "1´2"),
        ("%1", "%/1"),
        ("1A", "1/A"),
        ("A´b字´", "A´b/字/´"),
        ("A'b´'A", "A'b´'A"),
        ("A''b'", "A/''/b/'"),
        ("'A'字", "'/A/'/字"),
        ("A'´b", "A/'´/b"),
        ("!!!--!", "!!!/--/!"),
        ("!´!", "!´!"),
        ("  \n", " / /\n"),
        ("´´", "´/´"),
    ],
)
def test_examples_of_units(text: str, expected: str) -> None:
    assert naive.join_units(text, KINDS) == expected.split("/")
    start = np.empty(len(text) + 1, np.int64)
    size = units.join_units(numbered(text), KIND, KIND.astype(np.uint16), np.empty(len(text), np.uint16), start)
    bounds = start[: size + 1].tolist()
    assert [text[low:high] for low, high in pairwise(bounds)] == expected.split("/")


@WIDTHS
@given(TEXT)
def test_runs_of_cased_letters_are_measured(dtype: type, text: str) -> None:
    assert units.cased_runs(numbered(text, dtype), KIND) == naive.cased_runs(text, KINDS)


def count_runs(ids: Symbols, kind: Bytes, size: int) -> tuple[int, list[tuple[int, int, int]]]:
    start, length, counts = (np.zeros(size, np.int64) for _ in range(3))
    used = units.count_runs(ids, kind, np.empty(size, np.uint64), start, length, counts)
    rows = zip(start.tolist(), length.tolist(), counts.tolist(), strict=True)
    return used, sorted(row for row in rows if row[2])


@WIDTHS
@given(st.lists(TEXT, max_size=5).map(" ".join))
def test_runs_of_cased_letters_are_counted(dtype: type, text: str) -> None:
    expected = naive.count_runs(text, KINDS)
    used, rows = count_runs(numbered(text, dtype), KIND, 256)
    assert {text[start : start + length]: count for start, length, count in rows} == expected
    assert used == len(rows) == len(expected)
    assert all(text.find(text[start : start + length]) <= start for start, length, _ in rows)


@given(st.text("Ab' ", min_size=1, max_size=40))
def test_a_table_of_runs_more_than_half_full_says_so(text: str) -> None:
    different = len(naive.count_runs(text, KINDS))
    for size in (2, 4, 8, 16):
        used, _ = count_runs(numbered(text), KIND, size)
        assert used == (different if 2 * different <= size else -1)
