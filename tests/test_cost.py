"""What reading a text costs, and the exact gain of making one word of several, by counting anew."""

import math

import naive
import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from minent.cost import COST_FIELDS, Cost, cost_of_units, cost_of_words, count_costs, exact_gain
from minent.errors import InputError

BLOCKS = st.lists(st.text("abc", max_size=30), min_size=1, max_size=4)


def text(blocks: list[str]) -> naive.Text:
    return [[(ord(letter) - 96,) for letter in block] for block in blocks]


def cost(cut: naive.Text) -> Cost:
    words = [word for block in cut for word in block]
    different = sorted(set(words))
    units = np.bincount([unit for word in words for unit in word], minlength=4)
    spelled = np.array([unit for word in different for unit in word], np.uint16)
    offsets = np.cumsum([0, *map(len, different)], dtype=np.int64)
    return cost_of_words(units, spelled, offsets, np.array([words.count(word) for word in different], np.int64))


def replace(cut: naive.Text, parts: tuple[naive.Gram, ...]) -> naive.Text:
    """Make one word of several, wherever they stand in a row, from the left."""
    merged: naive.Text = []
    for block in cut:
        merged.append([])
        at = 0
        while at < len(block):
            step = len(parts) if tuple(block[at : at + len(parts)]) == parts else 1
            merged[-1].append(tuple(unit for word in block[at : at + step] for unit in word))
            at += step
    return merged


@given(BLOCKS, st.lists(st.sampled_from("abc"), min_size=2, max_size=5), st.sampled_from(["", "ab", "aa", "bc"]))
@example(["aaa"], ["a", "a"], "")
@example(["aaaaa", "aa"], ["a", "a", "a"], "")
@example(["aa"], ["a", "a"], "")
@example(["ababaaba"], ["a", "b", "a"], "")
@example(["abcabc"], ["a", "b", "c"], "")
def test_the_exact_gain_is_what_counting_anew_says(blocks: list[str], letters: list[str], before: str) -> None:
    cut = text(blocks)
    if before:
        cut = replace(cut, tuple((ord(letter) - 96,) for letter in before))
    parts = tuple((ord(letter) - 96,) for letter in letters)
    merged = replace(cut, parts)
    words = [word for block in cut for word in block]
    occurrences = (len(words) - sum(map(len, merged))) // (len(parts) - 1)
    assume(occurrences)
    shares = [(words.count(part) / len(words), parts.count(part)) for part in dict.fromkeys(parts)]
    gain = exact_gain(occurrences / len(words), shares)
    old, new = cost(cut), cost(merged)
    cheaper = (old.bits_per_character - new.bits_per_character) * math.log(2)
    assert gain == pytest.approx(cheaper * old.mean_length, abs=1e-9)


@given(st.lists(st.integers(1, 9), min_size=2, max_size=2), st.integers(1, 9))
def test_the_gain_is_above_its_bound(rest: list[int], both: int) -> None:
    """F >= p (ln(p / p_a p_b) - 1) for two different parts."""
    total = 2 * both + sum(rest)
    shares = [(both + each) / total for each in rest]
    whole = both / total
    bound = whole * (math.log(whole / (shares[0] * shares[1])) - 1)
    assert exact_gain(whole, [(share, 1) for share in shares]) >= bound - 1e-12


@pytest.mark.parametrize(("whole", "parts"), [(0.0, [(0.5, 2)]), (0.5, [(0.4, 1), (0.6, 1)]), (0.3, [(0.5, 2)])])
def test_shares_no_text_has_are_refused(whole: float, parts: list[tuple[float, int]]) -> None:
    with pytest.raises(InputError, match="as often as"):
        exact_gain(whole, parts)


@given(BLOCKS)
def test_the_price_is_that_of_the_code(blocks: list[str]) -> None:
    cut = replace(text(blocks), ((1,), (2,)))
    found = cost(cut)
    units = [unit for block in cut for word in block for unit in word]
    present = [units.count(unit) for unit in sorted(set(units))]
    table = [len(present) + 1, *present]
    fixed = sum(math.log(n * (n + 1)) for n in table) + len(present) * math.log(1114112) + math.log(2)
    assert found.bits * math.log(2) == pytest.approx(naive.description(cut) + fixed)
    assert (found.units, found.words) == (len(units), sum(map(len, cut)))
    assert found.entropy * found.words == pytest.approx(found.text)
    assert tuple(found.fields) == COST_FIELDS


def test_a_code_for_whole_numbers_can_be_decoded() -> None:
    """Kraft: the probabilities of its words add up to 1."""
    assert np.exp(-count_costs(np.arange(1, 10**6))).sum() == pytest.approx(1, abs=1e-5)


def test_single_units_are_words_too() -> None:
    units = np.array([7, 2, 1, 1])
    assert cost_of_units(units) == cost([[(1,), (1,), (2,), (3,)]])
    assert cost_of_units(units).bits_per_character == 1.5
    assert cost_of_units(np.array([0])).bits_per_character == 0
