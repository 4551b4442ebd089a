"""Words of a user on top of a lexicon: what is forced, forbidden or listed, against all ways to cut."""

import math
from itertools import pairwise, product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive_words import lexicon
from test_segment import pieces

from minent.cutting.segmenter import Segmenter
from minent.cutting.user_words import UserWords

LETTERS = st.text("甲乙丙丁", min_size=1, max_size=4)
KNOWN = st.dictionaries(LETTERS, st.integers(1, 99), max_size=8)
TEXT = st.text("甲乙丙丁", max_size=12)


def cut(text: str, words: dict[str, int], user: UserWords, normalize: str = "none") -> list[str]:
    segmenter = Segmenter(lexicon(words, normalize=normalize), user=user)
    return [text[start:end] for start, end in segmenter.spans(text)]


def covered(words: list[str], forced: frozenset[str]) -> int:
    return sum(len(word) for word in words if word in forced)


@settings(max_examples=50)
@given(TEXT, KNOWN, st.frozensets(LETTERS, max_size=3))
def test_forced_words_cover_as_much_as_they_can(text: str, words: dict[str, int], forced: frozenset[str]) -> None:
    found = cut(text, words, UserWords(forced=forced))
    most = 0
    for ends in product((False, True), repeat=max(0, len(text) - 1)):
        places = [0, *(place for place, is_end in enumerate(ends, 1) if is_end), len(text)]
        most = max(most, covered([text[a:b] for a, b in pairwise(places)], forced))
    assert covered(found, forced) == most


@settings(max_examples=50)
@given(TEXT, KNOWN, st.frozensets(LETTERS, max_size=3))
def test_forbidden_words_are_no_words(text: str, words: dict[str, int], forbidden: frozenset[str]) -> None:
    found = cut(text, words, UserWords(forbidden=forbidden))
    assert not [word for word in found if word in forbidden and len(word) > 1]
    left = {word: count for word, count in words.items() if word not in forbidden}
    if sum(words.values()) == sum(left.values()):
        assert found == cut(text, left, UserWords())


@settings(max_examples=50)
@given(LETTERS, KNOWN)
def test_a_word_that_is_listed_is_a_word_by_itself(word: str, words: dict[str, int]) -> None:
    assert cut(word, words, UserWords(counts={word: None})) == [word]


@settings(max_examples=50)
@given(TEXT, KNOWN, st.dictionaries(LETTERS, st.integers(1, 99), max_size=3))
def test_counts_are_shares_of_all_words_of_the_lexicon(
    text: str, words: dict[str, int], counts: dict[str, int | None]
) -> None:
    total = max(1, sum(words.values()))
    costs = {word: -math.log((count or 0) / total) for word, count in counts.items()}
    assert cut(text, words, UserWords(counts)) == cut(text, words, UserWords(costs=costs))


@settings(max_examples=50)
@given(TEXT, KNOWN, st.frozensets(LETTERS, max_size=3), st.lists(st.integers(0, 12), max_size=5), st.integers(1, 3))
def test_any_chunks_and_threads(
    text: str, words: dict[str, int], forced: frozenset[str], cuts: list[int], threads: int
) -> None:
    segmenter = Segmenter(lexicon(words), user=UserWords(forced=forced))
    whole = b"".join(segmenter.write([text.encode()]))
    assert b"".join(segmenter.write(pieces(text, cuts), threads=threads)) == whole


def test_a_word_and_its_cost() -> None:
    words = {"研究": 9, "研究生": 3, "生命": 9, "起源": 5}
    assert cut("研究生命起源", words, UserWords()) == ["研究", "生命", "起源"]
    assert cut("研究生命起源", words, UserWords(costs={"研究生": 0.0, "命": 0.0})) == ["研究生", "命", "起源"]
    assert cut("研究生命起源", words, UserWords(forced=frozenset({"命起"}))) == ["研究生", "命起", "源"]
    assert cut("研究生命起源", words, UserWords(forbidden=frozenset({"生命", "研究"}))) == ["研究生", "命", "起源"]
    assert cut("研究生命起源", words, UserWords(counts={"研究生命起源": None})) == ["研究生命起源"]


def test_words_are_brought_into_the_normal_form() -> None:
    assert cut("ｶﾅｱ", {"カ": 3}, UserWords(forced=frozenset({"ｶﾅ"})), "nfkc") == ["ｶﾅ", "ｱ"]


def test_the_file(tmp_path: Path) -> None:
    path = tmp_path / "u"
    path.write_text("\ufeff# no word\n甲\n\n乙\t12\r\n 丙  cost=1.5\n丁 force\n戊 never", "utf-8")
    user = UserWords.load(path)
    assert user == UserWords({"甲": None, "乙": 12}, {"丙": 1.5}, frozenset("丁"), frozenset("戊"))


def test_without_a_lexicon() -> None:
    assert cut("甲乙丙", {}, UserWords(counts={"甲乙": 3})) == ["甲乙", "丙"]
    assert cut("甲乙丙", {}, UserWords(counts={"甲乙": None})) == ["甲乙", "丙"]


@pytest.mark.parametrize("word", ["甲。", "12", "A股"])
def test_words_that_cannot_be_used_are_named(word: str) -> None:
    user = UserWords(forced=frozenset({word}))
    assert Segmenter(lexicon({}, "digits,letters"), user=user).unusable == [word]
