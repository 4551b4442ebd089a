"""Counts fitted to a text, and what a text costs."""

import math
from itertools import pairwise
from pathlib import Path

import naive_words
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minent.corpus import Corpus
from minent.cost import cost_of_words
from minent.cutting.segmenter import Segmenter
from minent.errors import InputError
from minent.finding.discover import LexiconOptions, build_lexicon
from minent.finding.estimation import description_cost, recount, reestimate, text_cost
from minent.lexicon import Lexicon

ZH = Path(__file__).parents[1] / "corpora" / "zh.txt"
TEXT = st.text("甲甲乙乙丙\u0301，\n", min_size=1, max_size=60).filter(lambda text: set(text) - set("，\u0301\n"))
WORDS = st.dictionaries(st.text("甲乙丙", min_size=1, max_size=3), st.integers(1, 9), max_size=6)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("text") / "text.txt"


@settings(max_examples=200)
@given(TEXT, WORDS)
def test_no_round_lowers_the_likelihood(path: Path, text: str, words: dict[str, int]) -> None:
    path.write_text(text)
    lexicon, likelihood = reestimate(Corpus(path), naive_words.lexicon(words), rounds=4)
    assert len(likelihood) == 5
    assert all(after >= before - 1e-9 for before, after in pairwise(likelihood))
    assert (lexicon.count > 0).all()


def test_em_finds_the_shares_of_two_words(tmp_path: Path) -> None:
    """Cut as a word and as two: in the end the text is as probable as can be."""
    (tmp_path / "text").write_text("甲乙\n" * 90 + "甲\n" * 5 + "乙\n" * 5)
    start = naive_words.lexicon({"甲": 10, "乙": 10, "甲乙": 1})
    lexicon, likelihood = reestimate(Corpus(tmp_path / "text"), start, rounds=50)
    assert dict(zip(lexicon.words, lexicon.count.tolist(), strict=True)) == {"甲乙": 90, "甲": 5, "乙": 5}
    assert likelihood[-1] > likelihood[0]


@given(TEXT, WORDS)
def test_words_are_counted_where_they_are_cut(path: Path, text: str, words: dict[str, int]) -> None:
    path.write_text(text)
    alone = {character: 1 for character in "甲乙丙" if character not in words}
    lexicon = naive_words.lexicon(words | alone)
    counted = recount(Corpus(path), lexicon)
    found = [text[start:end] for start, end in Segmenter(lexicon).spans(text)]
    expected = {word: found.count(word) for word in lexicon.words if word in found}
    known = dict(zip(counted.words, counted.count.tolist(), strict=True))
    if "\u0301" not in text:
        assert known == expected
        assert sum(len(word) * count for word, count in known.items()) == sum(c not in "，\n" for c in text)


def test_a_recount_does_not_change_what_is_counted() -> None:
    corpus = Corpus(ZH)
    lexicon = recount(corpus, build_lexicon(corpus, LexiconOptions(runs="digits,letters")))
    assert lexicon.rules.runs == "digits,letters"
    again = recount(corpus, lexicon)
    assert abs(len(again) - len(lexicon)) < 5
    assert "description-bits" not in lexicon.about
    cost = description_cost(corpus, lexicon)
    told = text_cost(corpus, again)
    assert cost.words == pytest.approx(told.words, rel=1e-3)
    assert cost.units == told.units
    assert cost.text == pytest.approx(told.text, rel=1e-3)
    assert told.lexicon == 0 < cost.lexicon


def test_runs_of_letters_keep_their_counts(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("abc 甲乙 abd 甲乙 abc, abd\n" * 5)
    lexicon = build_lexicon(Corpus(tmp_path / "text"), LexiconOptions(runs="letters", min_count=2))
    assert lexicon["abc"].count == 10
    again = recount(Corpus(tmp_path / "text"), lexicon)
    assert dict(zip(again.words, again.count.tolist(), strict=True)) == dict(
        zip(lexicon.words, lexicon.count.tolist(), strict=True)
    )


def test_the_cost_of_another_text(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("甲乙丁，甲")
    found = text_cost(Corpus(tmp_path / "text"), naive_words.lexicon({"甲乙": 2, "甲": 1}))
    assert (found.units, found.words) == (4, 3)
    assert found.text == pytest.approx(-math.log(2 / 4) - math.log(1 / 4) + math.log(4) + math.log(1114112))


def test_the_description_of_a_cut(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("甲乙甲乙，乙")
    found = description_cost(Corpus(tmp_path / "text"), naive_words.lexicon({"甲乙": 2, "丙": 9}))
    assert found == cost_of_words(np.array([0, 3, 2]), np.array([2, 1, 1]), np.array([0, 2, 3]), np.array([2, 1]))


def test_what_cannot_be_counted(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("，。")
    assert len(recount(Corpus(tmp_path / "text"), naive_words.lexicon({"甲": 1}))) == 0
    with pytest.raises(InputError, match="rounds"):
        reestimate(Corpus(tmp_path / "text"), Lexicon.empty(), rounds=0)
