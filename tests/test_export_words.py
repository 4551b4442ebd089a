"""Lexicons in the formats of other programs; in tests/test_exchange_words.py these read them."""

import csv
import io
import json
import math
import re
import unicodedata
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from naive_words import lexicon
from test_cli import call, run

from minent import Lexicon, export_lexicon
from minent.errors import InputError
from minent.export import FOLDERS, LEXICONS
from minent.export.exported import Exported
from minent.export.words import mecab
from minent.export.words.jieba import JIEBA_TOTAL

WORDS = {
    "天地": 40,
    "玄黄": 20,
    "hello": 9,
    "iPhone": 7,
    "iphone": 2,
    "C++": 6,
    "𠮷野家": 5,
    "卡尔·马克思": 4,
    "A股": 3,
    "Ａ股": 2,
    'a,b"c': 2,
    "#标签": 2,
    "0年": 8,
    "0": 12,
    "hello world": 4,
    "a-b": 1,
    "カ゛": 1,
}
ANY_WORDS = st.dictionaries(
    st.lists(st.text('天地ａA1+·,"#\\|-ゞ゛', min_size=1, max_size=4), min_size=1, max_size=2).map(" ".join),
    st.integers(1, 10**6),
    max_size=10,
)


def made(target: str, words: dict[str, int] = WORDS, runs: str = "digits,letters", **options: Any) -> Exported:
    return LEXICONS[target](lexicon(words, runs), **options)


def text_of(exported: Exported, name: str = "") -> str:
    return exported.files[name].decode()


def lost(exported: Exported) -> dict[str, str]:
    return {loss.word: loss.reason for loss in exported.losses}


@given(ANY_WORDS, st.sampled_from(["none", "digits", "letters", "digits,letters"]))
def test_what_is_not_written_is_listed(words: dict[str, int], runs: str) -> None:
    for target in sorted(set(LEXICONS) - FOLDERS - {"parquet", "csv", "mecab", "jsonl", "hanlp2"}):
        exported = made(target, words, runs)
        rows = text_of(exported).splitlines()
        assert len(rows) + len(exported.losses) == len(words), target
        assert all(loss.count == words[loss.word] for loss in exported.losses)
        assert sum(exported.reasons().values()) == len(exported.losses)


def jieba_rows(data: bytes) -> dict[str, int]:
    """A user dictionary, read by the expression in jieba's source."""
    rows = {}
    for line in data.decode().splitlines():
        match = re.match("^(.+?)( [0-9]+)?( [a-z]+)?$", line)
        assert match is not None
        assert match[3] is None
        rows[match[1]] = int(match[2])
    return rows


def test_jieba() -> None:
    exported = made("jieba")
    rows = jieba_rows(exported.files[""])
    assert list(rows) == ["天地", "玄黄", "hello", "iPhone", "iphone", "C++", "A股", "#标签", "a-b"]
    total = sum(count for word, count in WORDS.items() if " " not in word)
    assert rows["天地"] == round(40 * JIEBA_TOTAL / total)
    assert min(rows.values()) >= 1
    assert lost(exported) == {
        **dict.fromkeys(["𠮷野家", "卡尔·马克思", "Ａ股", 'a,b"c', "カ゛"], "jieba cuts the text at a character of it"),
        **dict.fromkeys(["0年", "0"], "0 is any number here and a zero there"),
        "hello world": "no word has a space there",
    }
    assert text_of(made("jieba-main")).splitlines()[0] == "天地 40"
    assert lost(made("jieba-main")) == lost(exported)
    assert jieba_rows(made("jieba", {"甲": 1, "乙": 10**15}).files[""])["甲"] == 1


def test_zeros_are_zeros_where_digits_are_no_units() -> None:
    assert "0年" in jieba_rows(made("jieba", runs="letters").files[""])


def test_hanlp() -> None:
    exported = made("hanlp", WORDS | {"很多": 2**40})
    rows = [line.split() for line in text_of(exported).splitlines()]
    assert rows[0] == ["天地", "nz", "40"]
    assert rows[-1] == ["很多", "nz", str(2**31 - 1)]
    assert set(lost(exported)) == {"0年", "0", "hello world"}
    assert json.loads(text_of(made("hanlp2"))) == [word for word in WORDS if "0" not in word]


def test_ik() -> None:
    exported = made("ik", WORDS | {"ｉｐ": 1, "ー": 1, "가": 1, "ァ": 1, "㐀": 1, "Ж": 1, "：": 1})
    rows = text_of(exported).splitlines()
    assert rows == ["天地", "玄黄", "hello", "iphone", "𠮷野家", "a股", "A股", "カ゛", "ip", "ー", "가", "ァ", "㐀"]
    assert len(set(rows)) == len(rows)
    assert lost(exported) == {
        **dict.fromkeys(
            ["C++", "卡尔·马克思", 'a,b"c', "#标签", "a-b", "Ж", "："], "IK cuts the text at a character of it"
        ),
        **dict.fromkeys(["0年", "0"], "0 is any number here and a zero there"),
        "hello world": "no word has a space there",
        "iphone": "IK takes another word for the same",
    }


def test_kuromoji() -> None:
    exported = made("kuromoji")
    for row in csv.reader(io.StringIO(text_of(exported))):
        text, tokens, readings, part = row
        assert text == tokens == readings
        assert part == "カスタム名詞"
    assert set(lost(exported)) == {'a,b"c', "#标签", "0年", "0", "hello world"}


def test_kytea() -> None:
    rows = text_of(made("kytea", WORDS | {"a\\b": 1})).splitlines()
    assert rows[0] == "天-地"
    assert r"a-\--b" in rows
    assert r"a-\\-b" in rows
    assert rows[1:2] == ["玄-黄"]


def test_mecab() -> None:
    total = sum(count for word, count in WORDS.items() if " " not in word)
    rows = list(csv.reader(io.StringIO(text_of(made("mecab")))))
    cost = round(-700 * math.log(40 / total))
    assert rows[0] == ["天地", "-1", "-1", str(cost), "名詞", "固有名詞", "一般", "*", "*", "*", "天地", "*", "*"]
    assert [row[10] for row in rows if row[0] == 'a,b"c'] == ['a,b"c']
    rows = list(csv.reader(io.StringIO(text_of(made("mecab", template="5,5,{cost},100%,{word},{word}")))))
    assert rows[0] == ["天地", "5", "5", str(cost), "100%", "天地", "天地"]
    big = {"甲": 1, "乙": 2**62}
    assert [row[3] for row in csv.reader(io.StringIO(text_of(made("mecab", big))))] == ["30083", "0"]


@pytest.mark.parametrize("template", ["", "1,2,3,4", "{cost},a", "-1,-1,{word},x"])
def test_templates_that_do_not_fit(template: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="must say left context"):
        export_lexicon(lexicon(WORDS), "mecab", tmp_path / "x", template=template)


def test_a_whole_dictionary_for_mecab() -> None:
    exported = made("mecab-dict")
    assert set(exported.files) == {"lex.csv", "matrix.def", "char.def", "unk.def", "dicrc"}
    words = {row[0]: row[1:] for row in csv.reader(io.StringIO(text_of(exported, "lex.csv")))}
    assert words["天地"][:2] == ["0", "0"]
    assert not {"hello", "iPhone", "0", "0年", "hello world"} & set(words)  # runs are words by themselves
    assert set(lost(exported)) == {"0年", "hello world"}
    unknown = {row[0]: int(row[3]) for row in csv.reader(io.StringIO(text_of(exported, "unk.def")))}
    total = sum(count for word, count in WORDS.items() if " " not in word)
    assert unknown["DEFAULT"] == round(700 * math.log(2 * total))
    assert unknown["NUMERIC"] == round(-700 * math.log(12 / total))
    assert all(int(cost) <= unknown["DEFAULT"] for _, _, cost, _ in words.values())
    category = {}
    for line in text_of(exported, "char.def").splitlines():
        span, name, *others = line.split()
        if not others:
            first, last = (int(end, 16) for end in span.split(".."))
            assert 0 <= first <= last < 0xFFFF
            category.update(dict.fromkeys(range(first, last + 1), name))
    for character in "3٣":
        assert (category[ord(character)], unicodedata.category(character)) == ("NUMERIC", "Nd")
    assert [category.get(ord(character)) for character in "aЖ \u3000天。"] == [
        "ALPHA",
        "ALPHA",
        "SPACE",
        "SPACE",
        None,
        None,
    ]
    plain = made("mecab-dict", runs="none", words={"0年": 1})
    assert "0年" in text_of(plain, "lex.csv")
    assert set(re.findall(r"\.\.0x\w+ (\w+)", text_of(plain, "char.def"))) == {"SPACE"}


def with_evidence() -> Lexicon:
    given = lexicon({"天地": 3, 'a,b"c': 2, "the end": 1})
    numbers = np.array([1.5, np.nan, 2.0006])
    return Lexicon(given.words, given.count, numbers, numbers, numbers, np.array([9.25, 0.0, 1e6]), given.about)


def test_tables() -> None:
    given = with_evidence()
    assert LEXICONS["plain"](given).files[""].decode() == '天地\na,b"c\nthe end\n'
    text = text_of(LEXICONS["csv"](given))
    assert text.count("\r\n") == text.count("\n") == 4
    header, *rows = csv.reader(io.StringIO(text, newline=""))
    assert tuple(header) == given.columns
    assert rows[1:] == [['a,b"c', "2", "", "", "", "0.0"], ["the end", "1", "2.001", "2.001", "2.001", "1000000.0"]]
    large = lexicon({"天": 2**62 + 1, "地": 2**62 + 3})
    assert [row[1] for row in csv.reader(text_of(LEXICONS["csv"](large)).splitlines())] == [
        "count",
        *map(str, large.count),
    ]
    records = [json.loads(line) for line in text_of(LEXICONS["jsonl"](given)).splitlines()]
    assert [record["word"] for record in records] == given.words
    assert records[1] == {
        "word": 'a,b"c',
        "count": 2,
        "pmi": None,
        "left_entropy": None,
        "right_entropy": None,
        "score": 0.0,
    }
    given.keyness = np.array([0.25, np.nan, 1.0])
    assert [json.loads(line)["keyness"] for line in text_of(LEXICONS["jsonl"](given)).splitlines()] == [0.25, None, 1]


@example([0.0, -0.0])
@given(st.lists(st.floats(-1e3, 1e3) | st.integers(-50, 50).map(lambda number: number / 2000) | st.just(math.nan)))
def test_numbers_are_rounded_as_in_a_lexicon(values: list[float]) -> None:
    given = lexicon({"天" * size: size for size in range(1, len(values) + 1)})
    numbers = np.array(values, np.float64)
    given = Lexicon(given.words, given.count, numbers, numbers, numbers, np.nan_to_num(numbers), given.about)
    stream = io.BytesIO()
    given.write(stream)
    expected = [line.split("\t") for line in stream.getvalue().decode().splitlines() if not line.startswith("#")]
    assert [*csv.reader(io.StringIO(text_of(LEXICONS["csv"](given)), newline=""))] == expected


def test_parquet() -> None:
    pytest.importorskip("pyarrow")
    from pyarrow import parquet

    given = with_evidence()
    table = parquet.read_table(io.BytesIO(LEXICONS["parquet"](given).files[""]))
    assert table.column_names == list(given.columns)
    assert table["word"].to_pylist() == given.words
    assert table["count"].to_pylist() == [3, 2, 1]
    assert table["pmi"].to_pylist() == [1.5, None, 2.0006]


@pytest.mark.parametrize("target", LEXICONS)
def test_an_empty_lexicon(target: str) -> None:
    if target == "parquet":
        pytest.importorskip("pyarrow")
    exported = LEXICONS[target](lexicon({}))
    assert exported.losses == ()
    if target not in FOLDERS:
        assert len(exported.files[""].splitlines()) < 3 or target == "parquet"


def test_what_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there are jieba"):
        export_lexicon(lexicon(WORDS), "huggingface", tmp_path / "x")
    with pytest.raises(InputError, match="not for jieba"):
        export_lexicon(lexicon(WORDS), "jieba", tmp_path / "x", template=mecab.TEMPLATE)
    assert list(tmp_path.iterdir()) == []


# the command ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def place(tmp_path: Path) -> Path:
    lexicon(WORDS, "digits,letters").save(tmp_path / "l.tsv")
    return tmp_path


def test_the_command_lists_what_is_lost(place: Path) -> None:
    told = call("export", place / "l.tsv", "--format", "kuromoji", "-o", place / "k", "--rejects", place / "r.tsv")
    assert "minent: 17 words as kuromoji\n" in told
    assert "minent: warning: 5 of them cannot be expressed there (2: " in told
    assert (place / "r.tsv").read_text("utf-8").splitlines()[:2] == [
        "word\tcount\treason",
        'a,b"c\t2\ta comma, a quote or # is none of a word there',
    ]
    assert (place / "k").read_bytes() == made("kuromoji").files[""]


def test_the_command_writes_a_folder_and_a_stream(place: Path) -> None:
    call("export", place / "l.tsv", "--format", "mecab-dict", "-o", place / "d")
    assert {path.name: path.read_bytes() for path in (place / "d").iterdir()} == made("mecab-dict").files
    done = run("export", "l.tsv", "--format", "mecab", "-o", "-", "--template", "1,1,{cost},x", "-q", cwd=place)
    assert done.stdout == made("mecab", template="1,1,{cost},x").files[""]


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (("l.tsv", "--format", "huggingface", "-o", "x"), 2, "is a lexicon"),
        (("l.tsv", "--format", "jieba", "--template", "{cost}", "-o", "x"), 2, "--template"),
        (("l.tsv", "--format", "mecab-dict", "-o", "-"), 2, "folder"),
        (("l.tsv", "--format", "jieba"), 2, "'-o'"),
        (("l.tsv", "--format", "mecab", "--template", "x", "-o", "x"), 1, "left context"),
        (("l.tsv", "--format", "jieba", "-o", "l.tsv"), 1, "--force"),
        (("none.tsv", "--format", "jieba", "-o", "x"), 1, "No such file"),
    ],
)
def test_wrong_calls(
    place: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], code: int, words: str
) -> None:
    monkeypatch.chdir(place)
    assert words in call("export", *options, code=code)
    assert not (place / "x").exists()
