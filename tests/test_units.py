"""units.py: what words are made of."""

import naive
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minent.characters import LETTERS, NUMBER, RUNS, Kind, UnitRules, kind_of
from minent.types import Counts, Symbols
from minent.units import character_kinds, choose_runs, count_cased_runs, make_units

TEXT = st.text(st.sampled_from("\n \u200b!?0129.,%'’aZé\u0301\u200d字あก\u0e31𠮷Ａ１"))
EVERY_RUNS = pytest.mark.parametrize("runs", RUNS[1:])


def encode(text: str) -> tuple[Symbols, Counts]:
    """Characters as numbers in the order of their code points; the line feed is the border."""
    alphabet = sorted({*text} - {"\n"})
    ids = np.array([0 if character == "\n" else alphabet.index(character) + 1 for character in text], np.uint16)
    return ids, np.array([ord(character) for character in alphabet], np.int64)


def kinds_under(rules: UnitRules, text: str) -> dict[str, int]:
    """The kind of each character where digits and cased letters may be letters like others."""
    kinds = {character: kind_of(ord(character)) for character in text}
    plain = set()
    if "digits" not in rules.runs:
        plain |= {Kind.DIGIT}
        kinds = {c: Kind.MARK if kind in (Kind.POINT, Kind.PERCENT) else kind for c, kind in kinds.items()}
    if "letters" not in rules.runs:
        plain |= {Kind.CASED}
        kinds = {c: Kind.MARK if kind == Kind.APOSTROPHE else kind for c, kind in kinds.items()}
    return {character: Kind.LETTER if kind in plain else kind for character, kind in kinds.items()}


@EVERY_RUNS
@given(TEXT)
def test_a_corpus_becomes_units(runs: str, text: str) -> None:
    rules = UnitRules(runs)
    kinds = kinds_under(rules, text)
    expected = [""]  # one border before the text, to be dropped again
    for unit in naive.join_units(text, kinds):
        kind = kinds[unit[0]]
        symbol = {Kind.DIGIT: NUMBER, Kind.CASED: LETTERS, Kind.LETTER: unit, Kind.JOINING: unit}.get(Kind(kind), "")
        if symbol or expected[-1]:
            expected.append(symbol)
    ids, alphabet = encode(text)
    units = make_units(ids, *character_kinds(alphabet, rules))
    names = ["", *map(chr, units.alphabet.tolist())]
    assert [names[unit] for unit in units.ids.tolist()] == expected[1:]
    assert units.ids.dtype == np.uint16
    assert units.alphabet.tolist() == sorted(units.alphabet.tolist())
    assert units.kinds[0] == Kind.SPACE
    assert set(names[1:]) >= {symbol for symbol in expected if symbol}
    for name, kind in zip(names[1:], units.kinds.tolist()[1:], strict=True):
        special = {NUMBER: Kind.DIGIT} if "digits" in runs else {}
        special |= {LETTERS: Kind.CASED} if "letters" in runs else {}
        assert kind == special.get(name, kinds_under(rules, name)[name])


def test_the_kinds_of_the_border_and_the_characters() -> None:
    _, alphabet = encode("a字")
    kinds, stands_for = character_kinds(alphabet, UnitRules("letters"))
    assert kinds.dtype == np.uint8
    assert kinds.tolist() == [Kind.SPACE, Kind.CASED, Kind.LETTER]
    assert stands_for.tolist() == [0, ord(LETTERS), ord("字")]


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        ("It is a truth universally acknowledged", "digits,letters"),
        ("itisatruthuniversallyacknowledged", "digits"),
        ("最小熵原理 is the minimum entropy principle", "digits,letters"),
        ("最小熵原理", "digits,letters"),
        ("一二三itisatruthuniversallyacknowledged四五六", "digits"),
        ("", "digits,letters"),
    ],
)
def test_letters_are_joined_where_spaces_stand_between_words(text: str, runs: str) -> None:
    assert choose_runs("auto", *encode(text)) == runs
    for chosen in RUNS[1:]:
        assert choose_runs(chosen, *encode(text)) == chosen


@given(TEXT, st.integers(1, 3))
def test_runs_of_cased_letters_are_counted(text: str, min_count: int) -> None:
    ids, alphabet = encode(text)
    kinds, _ = character_kinds(alphabet, UnitRules("letters"))
    columns = [column.tolist() for column in count_cased_runs(ids, kinds, min_count)]
    found = {text[start : start + length]: count for start, length, count in zip(*columns, strict=True)}
    runs = naive.count_runs(text, {character: kind_of(ord(character)) for character in text})
    assert found == {run: count for run, count in runs.items() if count >= min_count}
    assert len(columns[0]) == len(found)


def test_more_runs_than_a_small_table_holds() -> None:
    words = [f"{chr(97 + i // 676)}{chr(97 + i // 26 % 26)}{chr(97 + i % 26)}" for i in range(26**3)]
    text = " ".join(words + words[:100])
    ids, alphabet = encode(text)
    kinds, _ = character_kinds(alphabet, UnitRules("letters"))
    assert count_cased_runs(ids, kinds, 1)[0].size == 26**3
    start, length, count = count_cased_runs(ids, kinds, 2)
    assert sorted(text[low : low + 3] for low in start.tolist()) == words[:100]
    assert (set(length.tolist()), set(count.tolist())) == ({3}, {2})
