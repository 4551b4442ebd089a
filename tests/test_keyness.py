"""What is special to a corpus, and what differs between two lexicons."""

import io
import math
from pathlib import Path

import naive_words
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minent.comparison import ADDED, CHANGED, REMOVED, compare_lexicons
from minent.corpus import Corpus
from minent.count import CountOptions, count_ngrams
from minent.errors import FormatError, InputError
from minent.keyness import rank_by_keyness, smoothed_ratio
from minent.lexicon import Lexicon
from minent.ngrams import NgramCounts

WORDS = st.dictionaries(st.text("甲乙丙丁", min_size=1, max_size=3), st.integers(1, 1000), min_size=1)


def written(lexicon: Lexicon) -> str:
    stream = io.BytesIO()
    lexicon.write(stream)
    return stream.getvalue().decode()


@pytest.fixture(scope="session")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("texts") / "text.txt"


def counts_of(path: Path, text: str, **options: int) -> NgramCounts:
    path.write_text(text, "utf-8")
    return count_ngrams(Corpus(path), CountOptions(**options))  # type: ignore[arg-type]


# keyness -------------------------------------------------------------------------------------------------------------


@given(WORDS, WORDS)
def test_keyness_is_the_smoothed_ratio(words: dict[str, int], background: dict[str, int]) -> None:
    ranked = rank_by_keyness(naive_words.lexicon(words), naive_words.lexicon(background))
    scale = sum(words.values()) / sum(background.values())
    both = {word: times + scale * background.get(word, 0) for word, times in words.items()}
    share = sum(words.values()) / sum(both.values())
    mean = sum(both.values()) / len(both)
    expected = {word: (times + share * mean) / (both[word] + mean) for word, times in words.items()}
    assert {entry.word: entry.keyness for entry in ranked} == pytest.approx(expected)
    assert {entry.word: entry.count for entry in ranked} == words
    keyness = [entry.keyness for entry in ranked]
    assert keyness == sorted(keyness, reverse=True)
    assert all(0 < value <= 1 for value in keyness)


@given(WORDS, st.integers(2, 50))
def test_nothing_is_special_to_a_text_like_its_background(words: dict[str, int], factor: int) -> None:
    lexicon = naive_words.lexicon(words)
    ranked = rank_by_keyness(lexicon, naive_words.lexicon({word: factor * times for word, times in words.items()}))
    assert ranked.keyness == pytest.approx(0.5)


def test_words_as_special_as_each_other_stay_as_they_were() -> None:
    lexicon = naive_words.lexicon({"丁": 5, "甲": 9, "丙": 5, "乙": 5})
    assert rank_by_keyness(lexicon, naive_words.lexicon({"戊": 1})).words == ["丁", "甲", "丙", "乙"]


def test_what_is_not_known_has_no_keyness() -> None:
    ratio = smoothed_ratio(np.array([4, 6, 9]), np.array([4.0, 2.0, np.nan]))
    assert ratio[:2] == pytest.approx([(4 + 10 / 16 * 8) / 16, (6 + 10 / 16 * 8) / 16])
    assert math.isnan(ratio[2])
    assert np.isnan(smoothed_ratio(np.array([4]), np.array([np.nan]))).all()


def test_counts_are_looked_up_and_rescaled_by_their_letters(path: Path) -> None:
    counts = counts_of(path, "甲乙，丙\n甲丙 丙。\n")  # six letters
    ranked = rank_by_keyness(naive_words.lexicon({"甲乙": 3, "乙丙": 2, "丙": 2}), counts)  # twelve
    expected = smoothed_ratio(np.array([3, 2, 2]), np.array([2.0, 0.0, 6.0]))
    assert {entry.word: entry.keyness for entry in ranked} == pytest.approx(
        dict(zip(["甲乙", "乙丙", "丙"], expected.tolist(), strict=True))
    )
    assert ranked.about["background"] == "counts"
    assert ranked.about["background-corpus"] == counts.about["corpus-digest"]


@pytest.mark.parametrize(
    ("order", "times"), [(4, 2), (3, 2 * 2 / 2), (2, 2 * 2 / 3 * 2 / 3), (1, 2 * 3 / 11 * 3 / 11 * 2 / 11)]
)
def test_a_word_too_long_for_the_counts_is_estimated(path: Path, order: int, times: float) -> None:
    counts = counts_of(path, "甲乙丙丁戊甲乙丙丁\n丙乙\n", order=order)
    lexicon = naive_words.lexicon({"甲乙丙丁": 11, "庚": 1})
    expected = smoothed_ratio(lexicon.count, np.array([times, 0]) * 45 / 11)
    assert rank_by_keyness(lexicon, counts)["甲乙丙丁"].keyness == pytest.approx(expected[0])


def test_counts_say_nothing_of_numbers_and_runs_of_letters(path: Path) -> None:
    counts = counts_of(path, "1998年甲abc\n")
    ranked = rank_by_keyness(naive_words.lexicon({"0年": 9, "abc": 9, "甲": 1}, "digits,letters"), counts)
    assert [(entry.word, math.isnan(entry.keyness)) for entry in ranked] == [
        ("甲", False),
        ("0年", True),
        ("abc", True),
    ]


def test_a_background_that_says_nothing(path: Path) -> None:
    lexicon = naive_words.lexicon({"甲": 1})
    with pytest.raises(InputError, match="without words"):
        rank_by_keyness(lexicon, Lexicon.empty())
    with pytest.raises(InputError, match="without letters"):
        rank_by_keyness(lexicon, counts_of(path, "，。\n"))
    path.write_text("甲", "utf-8")
    with pytest.raises(InputError, match="bytes"):
        rank_by_keyness(lexicon, count_ngrams(Corpus(path), CountOptions(alphabet="bytes")))


# the column in the table ---------------------------------------------------------------------------------------------


@given(WORDS, WORDS)
def test_a_ranked_lexicon_comes_back(path: Path, words: dict[str, int], background: dict[str, int]) -> None:
    ranked = rank_by_keyness(naive_words.lexicon(words), naive_words.lexicon(background))
    ranked.save(path, force=True)
    lexicon = Lexicon.load(path)
    assert not lexicon.edited
    assert lexicon.words == ranked.words
    assert lexicon.columns == (*naive_words.lexicon(words).columns, "keyness")
    assert lexicon.keyness == pytest.approx(ranked.keyness, abs=6e-5)
    assert written(lexicon) == written(ranked)


def test_a_ranked_lexicon_is_edited_by_hand(path: Path) -> None:
    text = written(rank_by_keyness(naive_words.lexicon({"甲": 3}), naive_words.lexicon({"乙": 1})))
    assert text.endswith("score\tkeyness\n甲\t3\t\t\t\t0.0\t1.0000\n")
    assert "# background: lexicon\n# background-corpus: 0000" in text
    path.write_text(text + "乙\t4\n丙\t5\t\t\t\t\t0.25\n", "utf-8")
    lexicon = Lexicon.load(path)
    assert lexicon.edited
    assert math.isnan(lexicon["乙"].keyness)
    assert lexicon["丙"].keyness == 0.25
    for row, says in (("丁\t1\t\t\t\t\tmuch", "keyness"), ("丁\t1\t\t\t\t\t1\t1", "up to 5 more")):
        path.write_text(text + row, "utf-8")
        with pytest.raises(FormatError, match=says):
            Lexicon.load(path)


def test_the_rows_of_a_background_are_named() -> None:
    lexicon = naive_words.lexicon({"甲": 3})
    digests = [
        rank_by_keyness(lexicon, naive_words.lexicon(background)).about["background-rows"]
        for background in ({"乙": 1}, {"乙": 2}, {"丙": 1}, {"乙": 1})
    ]
    assert len(set(digests)) == 3
    assert digests[0] == digests[3]


# comparison ----------------------------------------------------------------------------------------------------------


@given(WORDS, WORDS)
def test_the_changes_make_the_second_of_the_first(first: dict[str, int], second: dict[str, int]) -> None:
    changes = compare_lexicons(naive_words.lexicon(first), naive_words.lexicon(second))
    made = dict(first)
    for change in changes:
        assert (change.before and change.before.count) == first.get(change.word)
        assert change.change == (ADDED if change.before is None else REMOVED if change.after is None else CHANGED)
        if change.after is None:
            del made[change.word]
        else:
            assert made.get(change.word) != change.after.count
            made[change.word] = change.after.count
    assert made == second
    importance = [change.importance for change in changes]
    assert importance == sorted(importance, reverse=True)
    assert {change.word for change in compare_lexicons(naive_words.lexicon(second), naive_words.lexicon(first))} == {
        change.word for change in changes
    }


@given(WORDS)
def test_a_lexicon_does_not_differ_from_itself(words: dict[str, int]) -> None:
    assert compare_lexicons(naive_words.lexicon(words), naive_words.lexicon(words)) == []


def test_evidence_and_importance() -> None:
    first, second = naive_words.lexicon({"甲": 2, "乙": 8, "丙": 1}), naive_words.lexicon({"甲": 2, "乙": 2, "丁": 1})
    first.score = np.array([10.0, 8.0, 0.5])
    second.score = np.array([10.0, 9.0, 3.0])
    first.pmi = np.array([1.0, np.nan, np.nan])
    rows = [
        (each.change, each.word, each.importance, each.count_ratio, each.score_ratio)
        for each in compare_lexicons(first, second)
    ]
    nan = pytest.approx(math.nan, nan_ok=True)
    assert rows == [
        ("added", "丁", (3, 1), nan, nan),
        ("changed", "乙", (1, 6), 0.25, 9 / 8),
        ("removed", "丙", (0.5, 1), nan, nan),
        ("changed", "甲", (0, 0), 1, 1),
    ]
