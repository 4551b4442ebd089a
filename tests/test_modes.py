"""What `segment` writes beside plain words: the same words, nothing lost, however the text arrives."""

from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from naive_words import kind, lexicon
from test_cli import call
from test_segment import DELIMITERS, RULES, TEXT, WORDS, pieces

from minent.cutting.modes import write_columns, write_spaced, write_standoff
from minent.cutting.segmenter import Segmenter
from minent.errors import InputError

KEEPING = [delimiter for delimiter in DELIMITERS if delimiter != " | "]


def spaced(segmenter: Segmenter, text: str, delimiter: str) -> str:
    return b"".join(write_spaced(segmenter.marked([text.encode()]), delimiter)).decode()


def columns(segmenter: Segmenter, text: str) -> str:
    return b"".join(write_columns(segmenter.marked([text.encode()]))).decode()


def standoff(segmenter: Segmenter, text: str) -> str:
    return b"".join(write_standoff(segmenter.marked([text.encode()]))).decode()


@settings(max_examples=25)
@given(TEXT, WORDS, RULES, st.sampled_from(KEEPING))
def test_white_space_that_is_kept(text: str, words: dict[str, int], runs: str, delimiter: str) -> None:
    segmenter = Segmenter(lexicon(words, runs))
    expected, end = "", 0
    for first, last in segmenter.spans(text):
        word = text[first:last]
        if kind(delimiter[0], runs) != "s":
            word = "".join("\\" + each if each in ("\\", delimiter[0]) else each for each in word)
        expected += delimiter * (first == end > 0) + text[end:first] + word
        end = last
    assert spaced(segmenter, text, delimiter) == expected + text[end:]


@settings(max_examples=25)
@given(TEXT, WORDS, RULES)
def test_columns(text: str, words: dict[str, int], runs: str) -> None:
    segmenter = Segmenter(lexicon(words, runs))
    expected, end = "", 0
    for first, last in segmenter.spans(text):
        expected += "\n" * text[end:first].count("\n")
        tags = "S" if last - first == 1 else "B" + "M" * (last - first - 2) + "E"
        expected += "".join(f"{character}\t{tag}\n" for character, tag in zip(text[first:last], tags, strict=True))
        end = last
    breaks = text[end:].count("\n")
    assert columns(segmenter, text) == expected + "\n" * (breaks or bool(end))


@settings(max_examples=25)
@given(TEXT, WORDS, RULES)
def test_standoff(text: str, words: dict[str, int], runs: str) -> None:
    segmenter = Segmenter(lexicon(words, runs))
    rows = [row.split("\t") for row in standoff(segmenter, text).split("\n")[:-1]]
    spans = segmenter.spans(text)
    assert [row[0] for row in rows] == [f"T{number}" for number in range(1, len(spans) + 1)]
    assert [row[1].split() for row in rows] == [["Word", str(first), str(last)] for first, last in spans]
    assert [row[2] for row in rows] == [text[first:last] for first, last in spans]


@settings(max_examples=40)
@example("甲甲が。。👨\u200d👩甲甲", {}, "none", [8, 29], 1)
@given(TEXT, WORDS, RULES, st.lists(st.integers(0, 40), max_size=12), st.integers(1, 3))
def test_any_chunks_and_threads_give_the_same_bytes(
    text: str, words: dict[str, int], runs: str, cuts: list[int], threads: int
) -> None:
    segmenter = Segmenter(lexicon(words, runs))
    chunks = pieces(text, cuts)
    parts = segmenter.marked(chunks, threads=threads)
    assert b"".join(write_spaced(parts, "|")).decode() == spaced(segmenter, text, "|")
    parts = segmenter.marked(chunks, threads=threads)
    assert b"".join(write_columns(parts)).decode() == columns(segmenter, text)
    parts = segmenter.marked(chunks, threads=threads)
    assert b"".join(write_standoff(parts)).decode() == standoff(segmenter, text)


def test_phrases() -> None:
    given = lexicon({"new": 9, "york": 9, "new york": 5, "in": 3}, "letters")
    segmenter = Segmenter(given, level=2)
    text = "in  new york, new\u00a0york"
    assert spaced(segmenter, text, " ") == "in  new_york , new_york"
    assert spaced(segmenter, text, "|") == "in  new york|, new\u00a0york"
    assert columns(segmenter, "new york") == "n\tB\ne\tM\nw\tM\ny\tM\no\tM\nr\tM\nk\tE\n\n"
    assert standoff(segmenter, text).splitlines()[1] == "T2\tWord 4 12\tnew york"


@pytest.mark.parametrize("delimiter", ["", "\n", "\\", " |"])
def test_delimiters_that_do_not_do(delimiter: str) -> None:
    with pytest.raises(InputError, match="delimiter"):
        write_spaced([], delimiter)


# the command ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def place(tmp_path: Path) -> Path:
    lexicon({"天地": 5, "玄黄": 3}).save(tmp_path / "l.tsv")
    (tmp_path / "a").write_text("天地 玄黄\n地", "utf-8")
    (tmp_path / "b").write_text("天地", "utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--format", "words"], "天地 玄黄\n地"),
        (["--keep-spaces", "-d", "/"], "天地 玄黄\n地"),
        (["--format", "crf"], "天\tB\n地\tE\n玄\tB\n黄\tE\n\n地\tS\n\n"),
        (["--format", "brat"], "T1\tWord 0 2\t天地\nT2\tWord 3 5\t玄黄\nT3\tWord 6 7\t地\n"),
        (["--format", "json"], '{"text":"天地 玄黄","spans":[[0,2],[3,5]]}\n{"text":"地","spans":[[0,1]]}\n'),
    ],
)
def test_formats(place: Path, monkeypatch: pytest.MonkeyPatch, options: list[str], expected: str) -> None:
    monkeypatch.chdir(place)
    call("segment", "a", "-m", "l.tsv", "-o", "out", *options)
    assert Path("out").read_text("utf-8") == expected
    both = call("segment", "a", "b", "-m", "l.tsv", "-o", "both", *options, code=2 if "brat" in options else 0)
    if "brat" in options:
        assert "one at a time" in both
    elif "crf" in options:
        assert Path("both").read_text("utf-8") == expected + "天\tB\n地\tE\n\n"


@pytest.mark.parametrize(
    "options",
    [["--json", "--format", "crf"], ["--json", "--keep-spaces"], ["--format", "brat", "--keep-spaces"]],
)
def test_options_that_do_not_go_together(place: Path, options: list[str]) -> None:
    call("segment", place / "a", "-m", place / "l.tsv", *options, code=2)


def test_a_delimiter_beside_white_space_that_is_kept(place: Path) -> None:
    told = call("segment", place / "a", "-m", place / "l.tsv", "--keep-spaces", "-d", " /", "-o", place / "x", code=1)
    assert "the delimiter ' /' begins with white space" in told
    assert not (place / "x").exists()


# words of a user -----------------------------------------------------------------------------------------------------


def test_a_user_dictionary(place: Path) -> None:
    (place / "u").write_text("# ours\n\n地玄\tforce\n黄。 3\n天 cost=0.5\n", "utf-8")
    (place / "t").write_text("天地玄黄\n" * 3, "utf-8")
    for threads in ("1", "3"):
        out = place / threads
        options = ("--user-dict", place / "u", "--threads", threads, "-o", out)
        told = call("segment", place / "t", "-m", place / "l.tsv", *options)
        assert out.read_text("utf-8") == "天 地玄 黄\n" * 3
        assert "1 words of" in told
        assert "can never be found in a text, such as 黄。" in told


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("玄黄 many", "line 2: behind a word stands a count"),
        ("玄黄 0", "line 2"),
        ("玄黄 cost=-1", "line 2"),
        ("玄黄 cost=inf", "line 2"),
        ("玄黄 3 n", "'3 n'"),
        ("玄黄 force never", "line 2"),
        ("天地", "stands in line 1 already"),
    ],
)
def test_a_wrong_user_dictionary(place: Path, line: str, words: str) -> None:
    (place / "u").write_text(f"天地 never\n{line}\n", "utf-8")
    told = call("segment", place / "a", "-m", place / "l.tsv", "--user-dict", place / "u", code=1)
    assert "u, line 2: " in told
    assert words in told


def test_a_user_dictionary_that_is_no_text_or_is_not_there(place: Path) -> None:
    (place / "u").write_bytes("天地".encode("gb18030"))
    for name, reason in (("u", "not UTF-8"), ("no", "No such file")):
        assert reason in call("segment", place / "a", "-m", place / "l.tsv", "--user-dict", place / name, code=1)
