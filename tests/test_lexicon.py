"""The table of words: written, read back, edited by hand, and every edit that goes wrong."""

import io
import math
from pathlib import Path

import naive_words
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minent import provenance
from minent.cutting.segmenter import Segmenter
from minent.errors import FormatError, InputError
from minent.lexicon import COLUMNS, Entry, Lexicon

NAN = math.nan
ABOUT = provenance.describe(
    "lexicon", digest="ab" * 16, size=123, options={"min_count": 2, "runs": "digits", "normalize": "nfc"}
)
HEADER = (
    "# format: minent lexicon 1\n"
    f"# minent: {ABOUT['minent']}\n"
    f"# corpus-digest: {'ab' * 16}\n"
    "# corpus-bytes: 123\n"
    "# min-count: 2\n"
    "# runs: digits\n"
    "# normalize: nfc\n"
)
NAMES = "word\tcount\tpmi\tleft_entropy\tright_entropy\tscore\n"
ROWS = "鹭津\t33\t5.125\t2.500\t1.250\t330.5\n河\t7\t\t0.000\t-0.250\t0.0\nnan\t1\t\t\t\t-12.0\n"


def some() -> Lexicon:
    return Lexicon(
        ["鹭津", "河", "nan"],
        np.array([33, 7, 1]),
        np.array([5.125, NAN, NAN]),
        np.array([2.5, 0.0, NAN]),
        np.array([1.25, -0.25, NAN]),
        np.array([330.5, 0.0, -12.0]),
        ABOUT,
    )


def written(lexicon: Lexicon) -> str:
    stream = io.BytesIO()
    lexicon.write(stream)
    return stream.getvalue().decode()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "words.tsv"


def load(path: Path, text: str | bytes) -> Lexicon:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return Lexicon.load(path)


def reason(path: Path, text: str | bytes) -> FormatError:
    """The error for this file: one line that names it."""
    with pytest.raises(FormatError) as caught:
        load(path, text)
    message = str(caught.value)
    assert message.startswith(str(path))
    assert "\n" not in message
    return caught.value


def same(a: float, b: float) -> bool:
    return a == b or (math.isnan(a) and math.isnan(b))


# as written ----------------------------------------------------------------------------------------------------------


def test_the_table_to_the_letter() -> None:
    *header, digest, names, first, second, third = written(some()).splitlines(keepends=True)
    assert "".join(header) == HEADER
    assert digest.startswith("# rows-digest: ")
    assert len(digest) == len("# rows-digest: ") + 16 + 1
    assert (names, first + second + third) == (NAMES, ROWS)


def test_what_was_written_is_read_back(path: Path) -> None:
    lexicon = load(path, written(some()))
    assert len(lexicon) == 3
    assert not lexicon.edited
    for entry, original in zip(lexicon, some(), strict=True):
        assert all(map(same, entry[1:], original[1:]))
    assert lexicon["鹭津"] == Entry("鹭津", 33, 5.125, 2.5, 1.25, 330.5) == next(iter(lexicon))
    assert isinstance(lexicon["鹭津"].count, int)
    assert "鹭津" in lexicon
    assert "津" not in lexicon
    assert (lexicon.rules.runs, lexicon.rules.normalize) == ("digits", "nfc")
    assert lexicon.about == {key: str(value) for key, value in ABOUT.items()}
    assert written(lexicon) == written(some())


def test_a_missing_word_is_a_key_error() -> None:
    with pytest.raises(KeyError, match="津"):
        some()["津"]


def test_save_writes_the_same_and_keeps_what_is_there(path: Path) -> None:
    some().save(path)
    assert path.read_text("utf-8") == written(some())
    with pytest.raises(InputError, match="--force"):
        some().save(path)
    some().save(path, force=True)


def test_a_lexicon_says_what_it_is() -> None:
    assert repr(some()) == "Lexicon(3 words from 123 bytes)"


WORDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(lambda word: word.split() == [word])
EVIDENCE = st.one_of(st.just(NAN), st.floats(-1e6, 1e6))


@given(st.dictionaries(WORDS, st.tuples(st.integers(1, 2**40), EVIDENCE, EVIDENCE, EVIDENCE, st.floats(-1e9, 1e9))))
def test_any_table_comes_back(tmp_path_factory: pytest.TempPathFactory, rows: dict[str, tuple[float, ...]]) -> None:
    columns = zip(*rows.values(), strict=True) if rows else ([], [], [], [], [])
    count, pmi, left, right, score = (np.array(column) for column in columns)
    original = Lexicon(list(rows), count.astype(np.int64), pmi, left, right, score, ABOUT)
    lexicon = load(tmp_path_factory.getbasetemp() / "any.tsv", written(original))
    assert lexicon.words == list(rows)
    assert not lexicon.edited
    for entry, row in zip(lexicon, rows.values(), strict=True):
        assert entry.count == row[0]
        for read, wrote in zip(entry[2:6], row[1:], strict=True):
            assert same(read, wrote) or read == pytest.approx(wrote, abs=0.051)
    assert written(lexicon) == written(original)


def test_no_words(path: Path) -> None:
    lexicon = load(path, written(naive_words.lexicon({})))
    assert len(lexicon) == len(lexicon.words) == len(list(lexicon)) == 0
    assert not lexicon.edited
    assert written(lexicon) == written(naive_words.lexicon({}))
    assert Segmenter(lexicon).spans("a b") == [(0, 1), (2, 3)]


# edited by hand ------------------------------------------------------------------------------------------------------


def test_rows_may_end_after_the_count(path: Path) -> None:
    lexicon = load(path, written(some()) + "渡口\t4\n茶\t5\t1.5\n")
    assert lexicon.edited
    assert lexicon.words == ["鹭津", "河", "nan", "渡口", "茶"]
    assert (lexicon["渡口"].count, lexicon["渡口"].score) == (4, 0)
    assert math.isnan(lexicon["渡口"].pmi)
    assert lexicon["茶"].pmi == 1.5
    assert written(lexicon).endswith("渡口\t4\t\t\t\t0.0\n茶\t5\t1.500\t\t\t0.0\n")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("33", "34"),
        ("鹭津", "鹭津镇"),
        ("河\t7\t\t0.000\t-0.250\t0.0\n", ""),
        ("1.250", "1.251"),
        ("rows-digest: ", "rows-digest: 0"),
        ("# rows-digest: ", "# "),
    ],
)
def test_any_change_of_the_rows_is_noticed(path: Path, old: str, new: str) -> None:
    assert old in written(some())
    assert load(path, written(some()).replace(old, new, 1)).edited


def test_a_remark_in_the_header_changes_no_row(path: Path) -> None:
    lexicon = load(path, "# thanks to everybody\n" + written(some()))
    assert not lexicon.edited
    assert lexicon.rules.runs == "digits"


@pytest.mark.parametrize("header", ["# format: minent lexicon 1\n", "#format:minent lexicon 1\n#\n# my own words\n"])
def test_a_table_made_by_hand(path: Path, header: str) -> None:
    lexicon = load(path, header + NAMES + "\n鹭津\t33\n\n河\t7")
    assert [(entry.word, entry.count) for entry in lexicon] == [("鹭津", 33), ("河", 7)]
    assert (lexicon.rules.runs, lexicon.rules.normalize) == ("digits,letters", "none")
    assert lexicon.edited


def test_editors_may_change_line_ends_and_put_a_byte_order_mark(path: Path) -> None:
    text = written(some())
    for changed in ("\ufeff" + text, text.replace("\n", "\r\n"), "\ufeff" + text.replace("\n", "\r\n"), text[:-1]):
        lexicon = load(path, changed)
        assert written(lexicon) == text
        assert lexicon.rules.runs == "digits"
    assert not load(path, "\ufeff" + text).edited


def test_words_may_be_what_looks_like_something_else(path: Path) -> None:
    words = {"#": 1, "word": 2, "#format:": 3, '"': 4, "nan": 5, "1": 6, "\0": 7, "\u200b": 8, "e\u0301": 9}
    assert {entry.word: entry.count for entry in load(path, written(naive_words.lexicon(words)))} == words


# edited wrongly ------------------------------------------------------------------------------------------------------

FIRST_ROW = written(some()).count("\n") - 2


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("渡口", "tabs"),
        ("渡口 4", "tabs"),
        ("渡口\t4\t1\t2\t3\t4\t5", "tabs"),
        ("渡口\t4\t\t\t\t\t", "tabs"),
        ("\t4", "white space"),
        (" \t4", "white space"),
        ("渡  口\t4", "white space"),
        ("渡口 \t4", "white space"),
        ("渡\u3000口\t4", "white space"),
        ("渡\u2028口\t4", "white space"),
        ("渡\x85\t4", "white space"),
        ("渡\r口\t4", "white space"),
        ("\x0b渡\t4", "white space"),
        ("渡口\t", "count"),
        ("渡口\tfour", "count"),
        ("渡口\t4.0", "count"),
        ("渡口\t4e3", "count"),
        ("渡口\t1,000", "count"),
        ("渡口\t0", "count"),
        ("渡口\t-4", "count"),
        ("渡口\tnan", "count"),
        ("渡口\tinf", "count"),
        (f"渡口\t{2**63}", "count"),
        (f"渡口\t{10**100}", "count"),
        ("渡口\t" + "9" * 5000, "count"),
        ("渡口\t²", "count"),
        ("渡口\t4\tmuch", "pmi"),
        ("渡口\t4\t1,5", "pmi"),
        ("渡口\t4\tinf", "pmi"),
        ("渡口\t4\t1\t-inf", "left_entropy"),
        ("渡口\t4\t1\t\t1e999", "right_entropy"),
        ("渡口\t4\t1\t2\t3\tx", "score"),
    ],
)
@pytest.mark.parametrize("line", [FIRST_ROW, FIRST_ROW + 1, FIRST_ROW + 3])
def test_a_wrong_row_is_named(path: Path, row: str, says: str, line: int) -> None:
    lines = written(some()).split("\n")
    lines.insert(line - 1, row)
    error = reason(path, "\n".join(lines))
    assert error.line == line
    assert f"line {line}: " in str(error)
    assert says in str(error)


def test_the_first_of_two_wrong_rows_is_named(path: Path) -> None:
    assert reason(path, written(some()) + "a\t1\nb\t0\nc\n").line == FIRST_ROW + 4


@pytest.mark.parametrize("count", [" 4", "4 ", "+4", "1_000"])
def test_a_count_is_read_the_same_whatever_else_is_in_the_file(path: Path, count: str) -> None:
    # Either such a count is wrong, or it is not what is wrong here.
    text = written(some()) + f"渡口\t{count}\n"
    try:
        load(path, text)
    except FormatError as error:
        assert error.line == FIRST_ROW + 3
    else:
        assert reason(path, text + "茶\t0\n").line == FIRST_ROW + 4


def test_a_word_that_stands_there_twice(path: Path) -> None:
    error = reason(path, written(some()) + "茶\t3\n\n鹭津\t3\n")
    assert error.line == FIRST_ROW + 5
    assert f"line {FIRST_ROW} already" in str(error)
    assert "'鹭津'" in str(error)


@pytest.mark.parametrize(
    ("names", "line"), [("", 1), (NAMES.replace("\t", " "), 1), (NAMES.replace("pmi", "PMI"), 1), ("\n" + NAMES, 1)]
)
def test_wrong_names_of_columns(path: Path, names: str, line: int) -> None:
    error = reason(path, HEADER + names + ROWS)
    assert error.line == HEADER.count("\n") + line
    assert "word count pmi left_entropy right_entropy score" in str(error)


def test_only_the_header(path: Path) -> None:
    assert reason(path, HEADER).line == HEADER.count("\n") + 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "鹭津\n",
        NAMES + ROWS,
        HEADER.replace("# format: minent lexicon 1\n", "") + NAMES + ROWS,
        HEADER.replace("minent lexicon", "minent counts") + NAMES,
        HEADER.replace("minent lexicon", "something") + NAMES,
        HEADER.replace("lexicon 1", "lexicon one") + NAMES,
        '{"format": "minent lexicon 1"}',
        HEADER.replace("\n", "\r") + NAMES.replace("\n", "\r"),
    ],
)
def test_a_foreign_file(path: Path, text: str) -> None:
    assert "not a minent lexicon" in str(reason(path, text))


def test_a_newer_format(path: Path) -> None:
    assert "upgrade" in str(reason(path, HEADER.replace("lexicon 1", "lexicon 2") + NAMES + ROWS))


@pytest.mark.parametrize("encoding", ["utf-16", "gb18030"])
def test_other_encodings(path: Path, encoding: str) -> None:
    error = reason(path, written(some()).encode(encoding))
    assert "UTF-8" in str(error)
    assert error.offset is not None


@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"])
def test_a_byte_that_is_not_utf8_is_named(path: Path, start: bytes) -> None:
    data = start + written(some()).encode() + "河".encode()[:2] + b"\t3\n"
    error = reason(path, data)
    assert error.offset == len(data) - 5
    assert f"byte {len(data) - 5}: " in str(error)


@pytest.mark.parametrize(
    ("old", "new"), [("runs: digits", "runs: numbers"), ("runs: digits", "runs: auto"), ("ize: nfc", "ize: nfd")]
)
def test_a_rule_for_units_that_does_not_exist(path: Path, old: str, new: str) -> None:
    assert new.partition(": ")[2] in str(reason(path, written(some()).replace(old, new)))


def test_a_missing_file_is_an_os_error(path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Lexicon.load(path)


def test_the_columns_are_those_of_an_entry() -> None:
    assert Entry._fields == (*COLUMNS, "keyness")
