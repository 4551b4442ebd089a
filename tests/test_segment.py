"""Words of a text: nothing lost, nothing hidden, the best cut, and the same one however the text arrives."""

import json
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from naive_words import LINE_SEPARATORS, Model, blocks, kind, lexicon, plain, split, units

from minent.characters import RUNS
from minent.cutting.segmenter import Segmenter, segment
from minent.errors import InputError

# Line ends of all sorts, white space, marks, digits, points, letters with and without case, joiners, emoji, controls.
SPECIAL = (
    "\n\n\r\v\f\x1c\x85\u2028\u2029 \t\u3000\u200b\xa0。。，.,.%‰|/\\-12３٣aBéжß\u0301\u3099\u200d\ufe0f\ufeff\xad"
)
COMMON = [*"甲乙丙é", "甲乙", "丙甲甲", "か\u3099", "กั", "甲\u200d", "e\u0301", "aaж", "3,000.5", "1.", ".5", "%\u0301"]
RARE = ["\r\n", "\n\n", "。。", "--", "||", "\\|", "\U0001f468\u200d\U0001f469", "1\ufe0f\u20e3", " \u0301", *SPECIAL]
TEXT = st.lists(
    st.one_of(st.sampled_from(COMMON), st.sampled_from(RARE + COMMON), st.characters(exclude_categories=["Cs"])),
    max_size=30,
).map("".join)
RULES = st.sampled_from(RUNS[1:])
WORDS = st.dictionaries(
    st.one_of(
        st.text("甲乙丙", min_size=1, max_size=4),
        st.text("甲乙กั\u30991３0Aéa.。\u200d", min_size=1, max_size=3),
    ),
    st.integers(1, 9),
    max_size=12,
)
TIES = {"乙": 3, "丙": 7, "乙乙": 1, "丙甲甲": 2, "乙丙甲": 1, "甲": 7, "丙乙乙": 2, "乙甲乙": 3, "甲甲": 2}
DELIMITERS = [" ", "|", "/", "\t", "\u3000", "--", " | ", "ab", "甲", "\u0301", "\U0001f600", "\u200b", "|\\"]


def written(segmenter: Segmenter, text: str, delimiter: str = " ") -> str:
    return b"".join(segmenter.write([text.encode()], delimiter)).decode()


def cut(text: str, words: dict[str, int] | None = None, runs: str = "digits,letters") -> list[str]:
    return [text[start:end] for start, end in segment(text, lexicon(words or {}, runs))]


def pieces(text: str, cuts: list[int]) -> list[bytes]:
    places = [0, *sorted(place % (len(text) + 1) for place in cuts), len(text)]
    return [text[a:b].encode() for a, b in pairwise(places) if a < b]


# nothing is lost -----------------------------------------------------------------------------------------------------


@given(TEXT, WORDS, RULES)
def test_words_and_the_white_space_between_them_rebuild_the_text(text: str, words: dict[str, int], runs: str) -> None:
    spans = segment(text, lexicon(words, runs))
    rebuilt, end = "", 0
    for span in spans:
        assert end <= span.start < span.end
        assert all(kind(character, runs) == "s" for character in text[end : span.start])
        assert not any(kind(character, runs) == "s" for character in text[span.start : span.end])
        rebuilt += text[end : span.start] + text[span.start : span.end]
        end = span.end
    assert rebuilt + text[end:] == text
    assert all(kind(character, runs) == "s" for character in text[end:])


def test_every_character_there_is() -> None:
    # 1.1 million of them, far more than 16 bits can number.
    text = "".join(map(chr, (*range(0xD800), *range(0xE000, 0x110000))))
    segmenter = Segmenter(lexicon({"甲": 1}))
    spans = segmenter.spans(text)
    words = "".join(text[start:end] for start, end in spans)
    assert words == "".join(re.split(r"[\s\u200b]+", text))
    data = text.encode()
    halves = [text[:40_000].encode(), text[40_000:80_000].encode(), text[80_000:].encode()]
    assert b"".join(segmenter.write(halves)) == b"".join(segmenter.write([data]))


def test_lone_surrogates_are_characters() -> None:
    assert cut("甲\ud800\udfff乙") == ["甲", "\ud800", "\udfff", "乙"]


@given(TEXT, WORDS, RULES, st.sampled_from(DELIMITERS))
def test_plain_output_shows_the_spans(text: str, words: dict[str, int], runs: str, delimiter: str) -> None:
    segmenter = Segmenter(lexicon(words, runs))
    output = written(segmenter, text, delimiter)
    assert output == plain(text, segmenter.spans(text), delimiter)
    assert output.count("\n") == text.count("\n")


@given(TEXT, WORDS, RULES, st.sampled_from(DELIMITERS))
def test_plain_output_can_be_split_back(text: str, words: dict[str, int], runs: str, delimiter: str) -> None:
    line = "".join(character for character in text if character not in LINE_SEPARATORS)
    segmenter = Segmenter(lexicon(words, runs))
    expected = [line[start:end] for start, end in segmenter.spans(line)]
    assert split(written(segmenter, line, delimiter), delimiter) == expected


@given(TEXT, WORDS, RULES)
def test_json_says_what_plain_output_says(text: str, words: dict[str, int], runs: str) -> None:
    segmenter = Segmenter(lexicon(words, runs))
    output = b"".join(segmenter.write_json([text.encode()])).decode()
    rows = [json.loads(row) for row in output.splitlines()]  # which breaks at every separator there is
    assert [row["text"] for row in rows] == text.removesuffix("\n").split("\n") if text else rows == []
    assert all(set(row) == {"text", "spans"} for row in rows)
    shown = "\n".join(plain(row["text"], row["spans"], "|") for row in rows)
    assert shown + "\n" * text.endswith("\n") == written(segmenter, text, "|")


# the best cut --------------------------------------------------------------------------------------------------------


def assert_best(text: str, words: dict[str, int], runs: str) -> None:
    model = Model(words, runs)
    spans = segment(text, lexicon(words, runs))
    begins = {start for start, _ in spans}
    for unit in units(text, runs):
        assert unit.symbol or unit.kind == "s" or (unit.start, unit.end) in spans
    for block in blocks(text, runs):
        cuts = [i for i, unit in enumerate(block) if unit.start in begins]
        assert model.score_of(block, [*cuts, len(block)]) == pytest.approx(model.best(block), abs=1e-4)


@given(TEXT, WORDS, RULES)
def test_the_cut_is_the_best_there_is(text: str, words: dict[str, int], runs: str) -> None:
    assert_best(text, words, runs)


@given(st.text("甲乙丙", max_size=30), WORDS)
def test_the_cut_of_letters_is_the_best_there_is(text: str, words: dict[str, int]) -> None:
    assert_best(text, words, "none")


def test_the_more_probable_words_win() -> None:
    words = {"研究": 9, "研究生": 3, "生命": 9, "命": 3, "起源": 5}
    assert cut("研究生命起源", words) == ["研究", "生命", "起源"]
    words["研究生"] = words["命"] = 90
    assert cut("研究生命起源", words) == ["研究生", "命", "起源"]


def test_of_equal_cuts_the_one_whose_last_word_begins_first_wins() -> None:
    assert cut("甲乙丙", {"甲乙": 1, "丙": 1, "甲": 1, "乙丙": 1}) == ["甲", "乙丙"]
    assert cut("甲乙", {"甲乙": 2, "甲": 4, "乙": 2}) == ["甲乙"]  # 2/8 = 4/8 2/4, if the sum were that


def test_units_that_no_word_accounts_for_are_words() -> None:
    assert cut("甲外乙国", {"甲": 3, "国": 2}) == ["甲", "外", "乙", "国"]
    assert cut("外国", {"甲": 3, "外国人": 2}) == ["外", "国"]


def test_counts_beyond_all_measure() -> None:
    huge = 2**62
    assert cut("甲乙", {"甲乙": huge, "甲": huge, "乙": huge}) == ["甲乙"]
    assert cut("甲乙", {"甲乙": 1, "甲": huge, "乙": huge}) == ["甲", "乙"]


def test_without_words() -> None:
    assert cut("甲乙，甲 AB12") == ["甲", "乙", "，", "甲", "AB", "12"]
    assert cut("甲乙", {"。": 3}) == ["甲", "乙"]
    assert cut("") == []


# what a word is ------------------------------------------------------------------------------------------------------


def test_numbers_are_one_word_where_digits_are_units() -> None:
    text = "3,000.5%、1.5.2 ３．５％ ٣٫٣ 1,2,，3 .5 7. 8%% 12‰"
    words = "3,000.5% 、 1.5.2 ３．５％ ٣ ٫ ٣ 1,2 , ，3".replace(" ，3", " ， 3")
    words += " . 5 7 . 8% % 12‰"
    assert cut(text) == cut(text, runs="digits") == words.split(" ")
    assert cut("3,000", runs="letters") == list("3,000")
    assert cut("2024年", {"0年": 5, "年": 5}) == ["2024年"]
    assert cut("2024年", {"2024年": 5}, runs="none") == ["2024年"]


def test_runs_of_letters_are_one_word_where_they_are_units() -> None:
    assert cut("Größe世界ПРИВЕТ") == ["Größe", "世", "界", "ПРИВЕТ"]
    assert cut("'Don’t' we''ll") == ["'", "Don’t", "'", "we", "''", "ll"]
    assert cut("o'c", {"o": 1}, runs="none") == ["o", "'", "c"]
    assert cut("café", {"caf": 9}) == ["café"]
    assert cut("cafe", {"ca": 9, "fe": 9}, runs="digits") == ["ca", "fe"]


def test_equal_marks_in_a_row_are_one_word() -> None:
    assert cut("甲……！！？！——ー。。.") == ["甲", "……", "！！", "？", "！", "——", "ー", "。。", "."]
    assert cut("😀😀😁") == ["😀😀", "😁"]


@pytest.mark.parametrize("runs", RUNS[1:])
@pytest.mark.parametrize(
    "cluster",
    [
        "か\u3099",
        "กั้",
        "क्षि",
        "e\u0301",
        "e\u0301\u0302",
        "1\ufe0f\u20e3",
        "12\u0305",
        "1.5\u0305",
        "%\u0301",
        "5%\u0301",
        "。\u0301",
        "❤\ufe0f",
        "a\u00ad",
        "甲\ufe00",
        "\U0001f468\u200d",
        "甲\u200d\u200d",
    ],
)
def test_joining_characters_stay_with_what_they_join(cluster: str, runs: str) -> None:
    # Whether a lexicon has the base, the joining character, both or neither.
    joining = {character for character in cluster if kind(character, runs) == "j"}
    for known in (set(), {cluster[0]}, joining, set(cluster)):
        words = cut(f"乙{cluster}乙", dict.fromkeys(sorted(known), 3), runs)
        assert not [word for word in words if word[0] in joining], known


def test_a_word_does_not_end_inside_a_cluster() -> None:
    assert cut("かきか\u3099き", {"かき": 5, "か": 90, "き": 5}, "none") == ["かき", "か\u3099", "き"]
    assert cut("กำกั", {"ก": 90, "ำ": 5, "ั": 5, "กั": 1}, "none") == ["ก", "ำ", "กั"]


def test_white_space_of_any_kind_separates_and_stays_out() -> None:
    text = "甲\u3000乙\xa0丙\u200b甲\u2009乙\t丙"
    assert cut(text, {"甲乙": 9, "丙甲": 9, "乙丙": 9}) == list("甲乙丙甲乙丙")


def test_words_that_cannot_be_used_are_named() -> None:
    words = {"甲": 1, "甲。": 2, "乙，丙": 3, "A股": 4, "第1": 5, "第0": 6, "12": 7, "00": 8, "Hello": 9, "丙": 1}
    assert Segmenter(lexicon(words, "digits,letters")).unusable == ["甲。", "乙，丙", "A股", "第1", "12", "00"]
    assert Segmenter(lexicon(words, "none")).unusable == ["甲。", "乙，丙"]
    assert Segmenter(lexicon({"\u200b": 1, "cafe\u0301": 2, "ａ": 3}, "letters")).unusable == ["\u200b"]


@given(WORDS, RULES)
def test_words_that_no_text_can_be_cut_into_are_named(words: dict[str, int], runs: str) -> None:
    assert Segmenter(lexicon(words, runs)).unusable == Model(words, runs).unusable


def test_unusable_words_change_nothing_but_the_total() -> None:
    assert cut("甲。乙A股12", {"甲。": 9, "A股": 9, "12": 9, "甲": 1, "股": 1}) == ["甲", "。", "乙", "A", "股", "12"]


def test_text_is_looked_up_in_its_normal_form_and_comes_out_as_it_was() -> None:
    words = {"カナ": 5, "ア": 1, "한국": 5}
    text = "ｶﾅｱ한국Å"
    spans = segment(text, lexicon(words, "digits", "nfkc"))
    assert [text[start:end] for start, end in spans] == ["ｶﾅ", "ｱ", "한국", "Å"]
    assert cut("ｶﾅ", words) == ["ｶ", "ﾅ"]
    assert written(Segmenter(lexicon(words, "digits", "nfkc")), text, "|") == "ｶﾅ|ｱ|한국|Å"
    half = Segmenter(lexicon({"ｶﾅ": 5}, "digits", "nfkc"))
    assert half.unusable == ["ｶﾅ"]


# lines and delimiters ------------------------------------------------------------------------------------------------

LINES = [
    ("甲乙\r\n丙\r\n", "甲 乙\r\n丙\r\n"),
    ("甲乙\r丙", "甲 乙\r丙"),
    ("甲乙\v丙\f甲\x85乙\u2028丙\u2029甲", "甲 乙\v丙\f甲\x85乙\u2028丙\u2029甲"),
    ("\n\n 甲\n\n", "\n\n甲\n\n"),
    ("  甲 　乙  \n \t \n", "甲 乙\n\n"),
    ("甲\0乙", "甲 \0 乙"),
    ("甲\0\0乙", "甲 \0\0 乙"),
    ("\ufeff甲乙", "\ufeff 甲 乙"),
    ("甲\ufeff乙", "甲\ufeff 乙"),
    ("甲\x1b[31m乙", "甲 \x1b [ 3 1 m 乙"),
]


@pytest.mark.parametrize(("text", "output"), LINES)
def test_line_ends_and_odd_characters(text: str, output: str) -> None:
    segmenter = Segmenter(lexicon({"甲": 3, "乙": 2}))
    assert written(segmenter, text) == output
    for size in range(1, len(text)):
        parts = [text[at : at + size].encode() for at in range(0, len(text), size)]
        assert b"".join(segmenter.write(parts)).decode() == output


def test_json_to_the_letter() -> None:
    segmenter = Segmenter(lexicon({"甲乙": 3}))
    rows = b"".join(segmenter.write_json(['甲乙 \U0001f600"\\\r\n\n\t\u2028\x85\v丙'.encode()])).decode()
    first = '{"text":"甲乙 \U0001f600\\"\\\\\\r","spans":[[0,2],[3,4],[4,5],[5,6]]}\n'
    last = '{"text":"\\t\\u2028\\u0085\\u000b丙","spans":[[4,5]]}\n'
    assert rows == first + '{"text":"","spans":[]}\n' + last


def test_a_delimiter_inside_a_word_is_escaped() -> None:
    segmenter = Segmenter(lexicon({"ab": 5, "甲乙": 5}))
    assert written(segmenter, "甲乙|/\\\\丙", "|") == "甲乙|\\||/|\\\\\\\\|丙"
    assert written(segmenter, "甲乙|/\\\\丙", "/") == "甲乙/|/\\//\\\\\\\\/丙"
    assert written(segmenter, "甲乙|/\\\\丙", "　") == "甲乙　|　/　\\\\　丙"
    assert written(segmenter, "甲-乙--", "--") == "甲--\\---乙--\\-\\-"
    assert written(segmenter, "甲乙丙甲", "乙") == "甲\\乙乙丙乙甲"


@pytest.mark.parametrize("delimiter", ["", *LINE_SEPARATORS, "|\n", "\r\n", "甲\u2028"])
def test_delimiters_that_would_break_lines_are_refused(delimiter: str) -> None:
    with pytest.raises(InputError, match="delimiter"):
        written(Segmenter(lexicon({})), "甲", delimiter)


@pytest.mark.parametrize("delimiter", ["\\", "\\|"])
def test_a_delimiter_that_looks_like_an_escape_is_refused(delimiter: str) -> None:
    with pytest.raises(InputError, match="delimiter"):
        written(Segmenter(lexicon({})), "甲", delimiter)


# however the text arrives --------------------------------------------------------------------------------------------


@given(TEXT, WORDS, RULES, st.lists(st.integers(0, 40), max_size=12), st.integers(1, 3))
@example("1.\n2", {}, "digits", [1, 2, 3], 1)
@example("1,000.5%\u0301", {}, "digits", [1, 2, 3, 4, 5, 6, 7, 8, 9], 1)
@example("甲\u0301\u0301\u0301乙", {"甲": 1}, "none", [1, 2, 3, 4], 2)
def test_any_chunks_and_threads_give_the_same_bytes(
    text: str, words: dict[str, int], runs: str, cuts: list[int], threads: int
) -> None:
    segmenter = Segmenter(lexicon(words, runs))
    chunks = pieces(text, cuts)
    assert b"".join(segmenter.write(chunks, "|", threads=threads)).decode() == written(segmenter, text, "|")
    whole = b"".join(segmenter.write_json([text.encode()]))
    assert b"".join(segmenter.write_json(chunks, threads=threads)) == whole


@given(st.text("甲乙丙", min_size=20, max_size=80), st.lists(st.integers(0, 80), min_size=1, max_size=4))
@example(
    "丙丙乙甲丙乙甲乙甲丙乙甲丙乙甲甲丙甲丙乙甲丙乙丙乙丙丙甲乙丙丙甲乙甲乙乙甲甲甲乙乙乙丙乙丙乙乙丙甲甲丙乙甲乙乙甲丙甲丙丙",
    [30],
)
def test_equal_cuts_are_decided_alike_in_any_chunks(text: str, cuts: list[int]) -> None:
    segmenter = Segmenter(lexicon(TIES))
    assert b"".join(segmenter.write(pieces(text, cuts))).decode() == written(segmenter, text)


def test_many_lines_on_threads_come_in_order() -> None:
    lines = [f"{'甲乙丙' * (number % 7)}{number}\n".encode() for number in range(500)]
    segmenter = Segmenter(lexicon({"甲乙": 3, "丙": 2}))
    whole = b"".join(segmenter.write([b"".join(lines)]))
    for threads in (1, 2, 3):
        assert b"".join(segmenter.write(lines, threads=threads)) == whole


@pytest.mark.parametrize("chunks", [[], [b""], [b"", b""]])
def test_nothing_in_nothing_out(chunks: list[bytes]) -> None:
    segmenter = Segmenter(lexicon({"甲": 1}))
    assert b"".join(segmenter.write(chunks)) == b"".join(segmenter.write_json(chunks)) == b""


def test_a_line_is_answered_before_the_next_is_asked_for() -> None:
    asked = []

    def lines() -> Iterator[bytes]:
        for number in range(3):
            asked.append(number)
            yield "甲乙\n".encode()

    segmenter = Segmenter(lexicon({"甲": 1}))
    for output in (segmenter.write(lines()), segmenter.write_json(lines())):
        asked.clear()
        for number in range(3):
            assert next(output).count(b"\n") == 1
            assert asked == list(range(number + 1))
        assert list(output) == []


@pytest.mark.parametrize("pattern", ["甲", "甲乙丙丁戊", "a1", "か\u3099", "\u3099", ".", "9"])
def test_a_long_line_is_work_in_proportion(pattern: str, monkeypatch: pytest.MonkeyPatch) -> None:
    words = {"甲": 5, "甲甲": 4, "甲甲甲": 3, "乙丙": 3, "丁": 2, "戊甲": 2, "か": 1}
    text = pattern * (2_000_000 // len(pattern.encode()))
    segmenter = Segmenter(lexicon(words, "digits"))
    cut_piece = segmenter._cut
    read = []

    def watched(piece: Any, *, final: bool) -> Any:
        read.append(len(piece.text))
        return cut_piece(piece, final=final)

    whole = written(segmenter, text)
    monkeypatch.setattr(segmenter, "_cut", watched)
    step = (1 << 16) // len(pattern.encode())
    output = b"".join(segmenter.write(text[at : at + step].encode() for at in range(0, len(text), step)))
    assert output.decode() == whole
    assert sum(read) < 4 * len(text.encode())
    assert whole.replace(" ", "") == text


def test_more_characters_than_sixteen_bits_can_number() -> None:
    rare = [
        chr(code)
        for code in (*range(0x3400, 0x4DB0), *range(0x20000, 0x2A6D0), *range(0xAC00, 0xD7A0), *range(0x4E00, 0x8000))
    ]
    text = "甲乙".join([*rare, ""])
    assert len(set(text)) > 1 << 16
    segmenter = Segmenter(lexicon({"甲乙": 9} | dict.fromkeys(rare[::2], 1)))
    expected = "".join(f"{character} 甲乙 " for character in rare)[:-1]
    parts = [text[at : at + 10_000].encode() for at in range(0, len(text), 10_000)]
    assert written(segmenter, text) == expected
    for threads in (1, 2):
        assert b"".join(segmenter.write(parts, threads=threads)).decode() == expected
