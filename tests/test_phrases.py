"""Phrases: the best grouping of the words, the evidence that a slow count gives, the same however the text is read."""

import io
import json
import math
import re
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import naive_words
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive_phrases import groupings, phrase_shares

from minent.corpus import Corpus
from minent.cost import exact_gain
from minent.cutting.phrasing import WordNumbers
from minent.cutting.segmenter import Segmenter, segment
from minent.errors import CapacityError, InputError
from minent.evidence.explanation import explain
from minent.finding.discover import LexiconOptions, build_lexicon
from minent.finding.estimation import recount, text_cost
from minent.finding.phrases import PhraseOptions, add_phrases, reading_costs
from minent.lexicon import BESIDE_ALL, BESIDE_RUNS, SPACES, Lexicon

CORPORA = Path(__file__).parents[1] / "corpora"
WORDS = {"甲乙": 30, "丙": 20, "丁": 20, "A": 9, "new": 20, "york": 20, "city": 10, "0年": 9}
PHRASES = {"甲乙 丙": 9, "丙 丁 丙": 3, "丁 甲乙": 2, "new york": 8, "new york city": 5, "york 丙": 2, "0年 new": 1}
TEXT = st.lists(
    st.sampled_from(
        ["甲乙", "丙", "丁", "new", "york", "city", "1999年", " ", " ", " ", "\n", "，", "  ", "\xa0", "x"]
    ),
    max_size=16,
).map("".join)
EVERYTHING = PhraseOptions(min_phrase_count=1, min_phrase_gain=-math.inf, min_phrase_pmi=-math.inf)
Write = Callable[..., Corpus]


def with_phrases(phrases: dict[str, int], words: dict[str, int] | None = None, spaces: str = BESIDE_RUNS) -> Lexicon:
    found = naive_words.lexicon({**(words or WORDS), **phrases}, "digits,letters")
    found.about[SPACES] = spaces
    return found


def table(lexicon: Lexicon) -> bytes:
    stream = io.BytesIO()
    lexicon.write(stream)
    return stream.getvalue()


def rows_of_words(text: str, lexicon: Lexicon) -> list[list[tuple[int, int]]]:
    """The words of a text, in rows that a phrase can stand in."""
    spaced = lexicon.about[SPACES] == BESIDE_ALL
    plain = re.compile("[^\x00-\x7f]")
    rows: list[list[tuple[int, int]]] = [[]]
    for start, end in segment(text, lexicon):
        if re.fullmatch("[，x]+", text[start:end]):
            rows.append([])
            continue
        between = text[rows[-1][-1][1] : start] if rows[-1] else ""
        close = not between or (
            between in (" ", "\xa0") and (spaced or not (plain.match(text[start - 2]) and plain.match(text[start])))
        )
        if not close:
            rows.append([])
        rows[-1].append((start, end))
    return rows


# cutting -------------------------------------------------------------------------------------------------------------


@settings(max_examples=300)
@given(TEXT, st.sampled_from([BESIDE_RUNS, BESIDE_ALL]))
def test_the_best_grouping_of_the_words_is_chosen(text: str, spaces: str) -> None:
    lexicon = with_phrases(PHRASES, spaces=spaces)
    shares = phrase_shares(WORDS, PHRASES)
    found = {span.start: span.end for span in segment(text, lexicon, level=2)}
    assert sorted(found) == [*found]
    for row in filter(None, rows_of_words(text, lexicon)):
        names = ["0年" if "年" in text[start:end] else text[start:end] for start, end in row]

        def score(grouping: list[tuple[str, ...]]) -> float:
            return sum(math.log(shares.get(group, 0) or (1e-300 if len(group) > 1 else 0.1)) for group in grouping)

        starts = [at for at, (start, _) in enumerate(row) if start in found]
        assert starts[0] == 0
        chosen = [tuple(names[a:b]) for a, b in pairwise([*starts, len(row)])]
        assert all(len(group) == 1 or " ".join(group) in PHRASES for group in chosen)
        best = max(map(score, groupings(names)))
        assert score(chosen) == pytest.approx(best, abs=1e-4)
        for a, b in pairwise([*starts, len(row)]):
            assert found[row[a][0]] == row[b - 1][1]


@given(TEXT, st.lists(st.integers(0, 99), max_size=5), st.sampled_from([" ", "|", " | ", "\t"]))
def test_phrases_do_not_depend_on_how_a_text_arrives(text: str, cuts: list[int], delimiter: str) -> None:
    segmenter = Segmenter(with_phrases(PHRASES), level=2)
    places = [0, *sorted(place % (len(text) + 1) for place in cuts), len(text)]
    chunks = [text[a:b].encode() for a, b in pairwise(places) if a < b]
    whole = b"".join(segmenter.write([text.encode()] if text else [], delimiter))
    assert b"".join(segmenter.write(chunks, delimiter)) == whole
    assert b"".join(segmenter.write_json(chunks)) == b"".join(segmenter.write_json([text.encode()] if text else []))


@given(TEXT)
def test_spans_of_phrases_hold_their_spaces(text: str) -> None:
    segmenter = Segmenter(with_phrases(PHRASES), level=2)
    for line in b"".join(segmenter.write_json([text.encode()] if text else [])).decode().splitlines():
        row = json.loads(line)
        for start, end in row["spans"]:
            assert row["text"][start:end].strip(" \xa0") == row["text"][start:end] != ""
    assert segmenter.spans(text) == segment(text, with_phrases(PHRASES), level=2)


@pytest.mark.parametrize(
    ("delimiter", "written"),
    [
        (" ", "in new_york city"),
        ("|", "in|new york|city"),
        (" |", "in |new\\ york |city"),
        ("\t", "in\tnew_york\tcity"),
    ],
)
def test_the_space_in_a_phrase_is_written(delimiter: str, written: str) -> None:
    segmenter = Segmenter(with_phrases({"new york": 8}), level=2)
    assert b"".join(segmenter.write([b"in new york city"], delimiter)).decode() == written


def test_level_1_cuts_as_if_there_were_no_phrases() -> None:
    text = "甲乙丙丁 new york甲乙丙 1999年 new york city"
    assert segment(text, with_phrases(PHRASES)) == segment(text, naive_words.lexicon(WORDS, "digits,letters"))
    assert segment(text, naive_words.lexicon(WORDS), level=2) == segment(text, naive_words.lexicon(WORDS))


def test_a_phrase_of_words_that_are_not_listed_is_named() -> None:
    segmenter = Segmenter(with_phrases({"甲乙 丙": 2, "甲乙 戊己": 2, "new jersey": 3}), level=2)
    assert segmenter.unusable == ["甲乙 戊己"]  # any run of letters is a word
    with pytest.raises(InputError, match="level must be 1 or 2"):
        Segmenter(Lexicon.empty(), level=3)


# finding -------------------------------------------------------------------------------------------------------------


def test_the_evidence_for_phrases_is_that_of_a_slow_count(corpus_of: Write) -> None:
    text = "the cat sat on the mat。the cat ran，the cat sat down\nthe cat sat on the 3 mats\nthe dog sat on the mat\n"
    corpus = corpus_of(text * 3)
    words = build_lexicon(corpus, LexiconOptions(min_count=1))
    found = add_phrases(corpus, words, EVERYTHING)
    rows = re.sub(r"\d+", "0", text * 3).replace("。", "\n").replace("，", "\n").split("\n")
    grams = naive_words.Grams([row.split() for row in rows if row], EVERYTHING.max_phrase_length)
    phrases = found.at_level(2)
    assert len(phrases) > 3
    for entry in phrases:
        gram = tuple(entry.word.split(" "))
        assert entry.pmi == pytest.approx(grams.weakest_bond(gram), abs=1e-6)
        assert entry.left_entropy == pytest.approx(naive_words.entropy(grams.before[gram]), abs=1e-3)
        assert entry.right_entropy == pytest.approx(naive_words.entropy(grams.after[gram]), abs=1e-3)
        assert 0 < entry.count <= grams.count[gram]
    assert str([*found.at_level(1).rows()]) == str([*words.rows()])  # the words stay as they are


def test_phrases_keep_the_rules(corpus_of: Write) -> None:
    corpus = Corpus(CORPORA / "en.txt")
    words = build_lexicon(corpus)
    options = PhraseOptions(max_phrase_length=3, min_phrase_count=4, min_phrase_gain=1.0, min_phrase_pmi=2.0)
    found = add_phrases(corpus, words, options)
    phrases = found.at_level(2)
    assert len(phrases) > 3
    text = (CORPORA / "en.txt").read_text("utf-8")
    for entry in phrases:
        assert 2 <= len(entry.word.split(" ")) <= 3
        assert 4 <= entry.count <= len(re.findall(r"(?<![\w'’])" + re.escape(entry.word), text))
        assert entry.pmi >= 2
        assert entry.score >= entry.count * 1.0
    assert [*found.score] == sorted(found.score, reverse=True)
    assert {key: found.about[key] for key in ("max-phrase-length", "min-phrase-count", "phrase-spaces")} == {
        "max-phrase-length": 3,
        "min-phrase-count": 4,
        "phrase-spaces": BESIDE_RUNS,
    }


def test_phrases_do_not_cross_marks_and_line_ends(corpus_of: Write) -> None:
    corpus = corpus_of("big red fox\nbig, red fox\nbig  red fox\nbig\tred fox\nbig。red fox\n" * 30 + "big red fox\n")
    found = add_phrases(corpus, build_lexicon(corpus), EVERYTHING)
    whole = found.get("big red fox")
    assert "red fox" in found or whole
    explained = explain(found, ["big red"], corpus)[0]
    assert explained.times == 31


@pytest.mark.parametrize("method", ["autonomy", "merging"])
def test_the_same_bytes_for_any_threads_and_order(method: str, tmp_path: Path) -> None:
    for name in ("en", "ja", "zh"):
        (tmp_path / f"{name}.txt").write_bytes((CORPORA / f"{name}.txt").read_bytes())
    paths = [tmp_path / f"{name}.txt" for name in ("en", "ja", "zh")]
    options = LexiconOptions(method=method)

    def found(paths: list[Path], threads: int) -> bytes:
        corpus = Corpus(*paths)
        lexicon = build_lexicon(corpus, options, threads=threads)
        phrases = add_phrases(corpus, lexicon, threads=threads)
        assert phrases.is_phrase.any()
        return table(phrases)

    assert found(paths, 1) == found(paths[::-1], 3)


def test_merging_goes_on_to_phrases(corpus_of: Write) -> None:
    corpus = Corpus(CORPORA / "en.txt")
    words = build_lexicon(corpus, LexiconOptions(method="merging"))
    found = add_phrases(corpus, words)
    assert found.is_phrase.sum() > 10
    assert "min-phrase-pmi" not in found.about
    assert int(found.about["phrase-saved-bits"]) > 0
    # The first merge is the pair of words that makes the text cheapest to read by (2.11), but for its price.
    rows = [row.split() for row in re.findall(r"[\w'’ ]+", (CORPORA / "en.txt").read_text("utf-8"))]
    pairs = Counter(pair for row in rows for pair in pairwise(row) if pair[0] != pair[1])
    single = Counter(word for row in rows for word in row)
    total = sum(single.values())
    best = max(pairs, key=lambda p: exact_gain(pairs[p] / total, [(single[w] / total, 1) for w in p]))
    assert any(" ".join(best) in phrase for phrase in found.at_level(2).words)


def test_nothing_to_find(corpus_of: Write) -> None:
    corpus = corpus_of("one\ntwo\nthree\n")
    found = add_phrases(corpus, build_lexicon(corpus, LexiconOptions(min_count=2)))
    assert not found.is_phrase.any()
    empty = add_phrases(corpus, Lexicon.empty())
    assert len(empty) == 0


@pytest.mark.parametrize("wrong", [{"max_phrase_length": 1}, {"min_phrase_count": -1}, {"min_phrase_pmi": math.nan}])
def test_wrong_options_are_named(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=next(iter(wrong))):
        PhraseOptions(**wrong)


def test_spaces_stand_between_words_where_there_are_many(corpus_of: Write) -> None:
    # Hangul has no case: its words are found, and the spaces between them are part of phrases.
    lines = ["나는 학교에 간다", "나는 집에 간다", "너는 학교에 온다", "우리는 학교에 간다"]
    corpus = corpus_of("\n".join(lines * 20) + "\n")
    found = add_phrases(corpus, build_lexicon(corpus), EVERYTHING)
    assert found.about[SPACES] == BESIDE_ALL
    assert any(" " in entry.word for entry in found.at_level(2))
    corpus = corpus_of("海边的渡口很安静 雾里的渡口也很安静 山上的人们看着海边的渡口\n" * 20)
    assert add_phrases(corpus, build_lexicon(corpus)).about[SPACES] == BESIDE_RUNS


# saved, costs, evidence ----------------------------------------------------------------------------------------------


def test_phrases_are_saved_and_added_by_hand(tmp_path: Path) -> None:
    corpus = Corpus(CORPORA / "en.txt")
    found = add_phrases(corpus, build_lexicon(corpus))
    path = tmp_path / "both.tsv"
    found.save(path)
    loaded = Lexicon.load(path)
    assert (loaded.words, loaded.edited, table(loaded)) == (found.words, False, table(found))
    assert [*loaded.at_level(2).words] == [word for word in found.words if " " in word]
    path.write_bytes(path.read_bytes() + b"harbour of mist\t3\n")
    edited = Lexicon.load(path)
    assert edited.edited
    assert explain(edited, ["harbour of mist"])[0].rule == "hand"
    text = "the harbour of mist"
    assert [text[a:b] for a, b in segment(text, edited, level=2)][-1] == "harbour of mist"


def test_phrases_make_a_text_cheaper_to_read() -> None:
    corpus = Corpus(CORPORA / "en.txt")
    found = add_phrases(corpus, build_lexicon(corpus), PhraseOptions(min_phrase_pmi=-math.inf))
    as_words, as_phrases = reading_costs(corpus, found)
    assert as_phrases.text < as_words.text
    assert as_phrases.words < as_words.words
    assert as_phrases.units == as_words.units
    listed = found.at_level(1)
    only_words = reading_costs(corpus, listed)
    assert only_words[0] == as_words
    assert only_words[1].text == pytest.approx(as_words.text, rel=1e-6)


def test_what_reading_costs_is_counted_by_hand(corpus_of: Write) -> None:
    corpus = corpus_of("new york甲乙丙, zz\n")
    lexicon = with_phrases({"new york": 2}, {"new": 3, "york": 2, "甲乙": 4, "丙": 1})
    as_words, as_phrases = reading_costs(corpus, lexicon)
    spelled = math.log(11) + 3 * math.log(0x110000)
    assert as_words.text == pytest.approx(spelled - sum(math.log(count / 11) for count in (3, 2, 4, 1)))
    spelled = math.log(9) + 3 * math.log(0x110000)
    assert as_phrases.text == pytest.approx(spelled - sum(math.log(count / 9) for count in (2, 4, 1)), rel=1e-5)
    assert (as_words.units, as_words.words, as_phrases.words) == (12, 5, 4)


def test_the_evidence_in_the_text_is_that_of_the_lexicon() -> None:
    corpus = Corpus(CORPORA / "en.txt")
    found = add_phrases(corpus, build_lexicon(corpus))
    entries = [*found.at_level(2)][:5]
    for entry, told in zip(entries, explain(found, [entry.word for entry in entries], corpus), strict=True):
        assert (told.kept, told.rule, told.same_text) == (True, "min-phrase-gain", True)
        assert min(bond.pmi for bond in told.bonds) == pytest.approx(entry.pmi, abs=1e-3)
        assert told.before is not None and told.before.entropy == pytest.approx(entry.left_entropy, abs=1e-3)
        assert told.after is not None and told.after.entropy == pytest.approx(entry.right_entropy, abs=1e-3)
        assert told.as_word is not None and told.as_word == pytest.approx(entry.count, rel=0.2)


def test_counting_anew_leaves_phrases_out() -> None:
    corpus = Corpus(CORPORA / "en.txt")
    words = build_lexicon(corpus)
    found = add_phrases(corpus, words)
    assert table(recount(corpus, found)) == table(recount(corpus, words))
    assert text_cost(corpus, found) == text_cost(corpus, words)
    assert table(add_phrases(corpus, found)) == table(found)  # old phrases make room for new ones


@pytest.mark.parametrize(
    ("phrase", "rule", "says"),
    [
        ("of the", "min-phrase-pmi", "weakest bond, of the"),
        ("the a", "min-phrase-count", "seen 0 times"),
        ("a b c d e f g", "max-phrase-length", "7 words"),
        ("of ,", "mark", "without marks"),
    ],
)
def test_the_rule_that_dropped_a_phrase(phrase: str, rule: str, says: str) -> None:
    corpus = Corpus(CORPORA / "en.txt")
    told = explain(add_phrases(corpus, build_lexicon(corpus)), [phrase], corpus)[0]
    assert (told.kept, told.rule) == (False, rule)
    assert says in told.because


def test_numbers_of_words_have_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("minent.cutting.phrasing._MOST_WORDS", 2)
    with pytest.raises(CapacityError, match="up to 2 different words"):
        WordNumbers(["a", "b", "c"], Lexicon.empty().rules)
    assert WordNumbers(["a", "b"], Lexicon.empty().rules).type == np.uint16
