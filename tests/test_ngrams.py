"""ngrams.py: tables of counts, saved and loaded."""

import json
import random
from dataclasses import replace
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import naive
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minent.corpus import Corpus
from minent.count import CountOptions, count_ngrams
from minent.errors import FormatError, InputError
from minent.ngrams import NgramCounts

TEXT = "abracadabra\n字𠮷字𠮷字\nabra"
COLUMNS = ("alphabet", "starts", "symbol", "count", "first_child", "totals")


def count(directory: Path, text: str = TEXT, order: int = 3, alphabet: str = "characters") -> NgramCounts:
    (directory / "corpus.txt").write_bytes(text.encode())
    return count_ngrams(Corpus(directory / "corpus.txt"), CountOptions(order, alphabet))


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("counts")
    count(directory).save(directory / "counts")
    return directory / "counts"


@pytest.mark.parametrize("alphabet", ["characters", "bytes"])
def test_what_is_saved_is_loaded(tmp_path: Path, alphabet: str) -> None:
    counts = count(tmp_path, alphabet=alphabet)
    counts.save(tmp_path / "counts")
    loaded = NgramCounts.load(tmp_path / "counts")
    for name in COLUMNS:
        column, again = getattr(counts, name), getattr(loaded, name)
        assert (column.dtype, column.tolist()) == (again.dtype, again.tolist())
        assert not again.flags.writeable
    assert loaded.about == counts.about
    assert (loaded.right, loaded.left) == (None, None)
    assert list(loaded.rows()) == list(counts.rows())
    assert repr(loaded) == repr(counts) == f"NgramCounts({len(counts):,} n-grams of order 1 to 3)"
    loaded.save(tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == (tmp_path / "counts").read_bytes()


def test_a_file_that_exists_is_kept_unless_forced(saved: Path, tmp_path: Path) -> None:
    target = tmp_path / "counts"
    target.write_bytes(b"old")
    counts = NgramCounts.load(saved)
    with pytest.raises(InputError, match="the file exists"):
        counts.save(target)
    assert target.read_bytes() == b"old"
    counts.save(target, force=True)
    assert target.read_bytes() == saved.read_bytes()


def test_a_table_can_replace_the_file_it_is_mapped_from(tmp_path: Path) -> None:
    count(tmp_path).save(tmp_path / "counts")
    before = (tmp_path / "counts").read_bytes()
    counts = NgramCounts.load(tmp_path / "counts")
    counts.save(tmp_path / "counts", force=True)
    assert (tmp_path / "counts").read_bytes() == before
    assert counts.look_up("abra") == 0
    assert counts.look_up("abr") == 3


def test_rows_come_order_by_order_and_sorted_by_code_points(tmp_path: Path) -> None:
    rows = [ngram for ngram, _ in count(tmp_path, "b\uffffa𠮷\nab").rows()]
    assert rows == ["a", "b", "\uffff", "𠮷", "ab", "a𠮷", "b\uffff", "\uffffa", "b\uffffa", "\uffffa𠮷"]


def test_ngrams_of_bytes_come_in_hex(tmp_path: Path) -> None:
    rows = list(count(tmp_path, "é\na", order=2, alphabet="bytes").rows())
    assert rows == [("0a", 1), ("61", 1), ("a9", 1), ("c3", 1), ("a90a", 1), ("c3a9", 1)]


@given(st.text("ab字𠮷", max_size=5))
def test_look_up_finds_every_count(saved: Path, ngram: str) -> None:
    counts = NgramCounts.load(saved)
    expected = naive.ngram_counts(TEXT, 3)
    assert counts.look_up(ngram) == (expected[ngram] if ngram else sum(map(len, TEXT.split("\n"))))
    for row, times in counts.rows():
        assert counts.look_up(row) == times == expected[row]


def test_look_up_of_what_is_not_there(saved: Path, tmp_path: Path) -> None:
    counts = NgramCounts.load(saved)
    for ngram in ("z", "az", "zb", "\0", "\U0010ffff", "ab\n", "abra", "\n"):
        assert counts.look_up(ngram) == 0
    in_bytes = count(tmp_path, alphabet="bytes")
    assert in_bytes.look_up(b"abr") == in_bytes.look_up("abr") == 3
    assert in_bytes.look_up("字".encode()) == 3
    assert in_bytes.look_up(b"a\n") == 1
    assert in_bytes.look_up(b"\nab") == 0
    assert in_bytes.look_up(b"\xff") == 0


@pytest.mark.parametrize("order", [1, 2, 4])
def test_the_table_is_a_trie(tmp_path: Path, order: int) -> None:
    counts = count(tmp_path, order=order)
    rows = ["", *(ngram for ngram, _ in counts.rows())]
    parents = counts.parents()
    assert parents.dtype == np.int32
    assert [rows[parent] for parent in parents.tolist()] == ["", *(row[:-1] for row in rows[1:])]
    children = dict(enumerate(pairwise(counts.first_child.tolist())))
    assert len(children) == counts.starts[-2]  # the longest have none
    for node, row in enumerate(rows):
        low, high = children.get(node, (0, 0))
        assert rows[low:high] == [other for other in rows if other and other[:-1] == row]
        if row:
            assert counts.alphabet[counts.symbol[node] - 1] == ord(row[-1])
    assert counts.order == order
    assert [len(rows[start]) for start in counts.starts.tolist()[:-1]] == list(range(order + 1))
    assert counts.starts[-1] == len(counts) + 1 == len(rows)
    # Symbols without the end of a line, pairs and so on.
    sizes = [len(line) for line in TEXT.split("\n")]
    assert counts.totals.tolist()[0] == sum(sizes)
    assert counts.totals.tolist()[1:] == [sum(max(0, size - n) for size in sizes) for n in range(order)]


# files that are no tables --------------------------------------------------------------------------------------------


def load_error(path: Path) -> str:
    with pytest.raises(FormatError) as error:
        NgramCounts.load(path)
    message = str(error.value)
    assert message.startswith(f"{path}")
    assert "\n" not in message
    return message


@pytest.mark.parametrize(
    "content", [b"", b"minent", "第一行\n".encode(), b"\x1f\x8b\x08\0", b"# format: minent lexicon 1\n"]
)
def test_a_foreign_file(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file").write_bytes(content)
    assert "this is not a minent counts file" in load_error(tmp_path / "file")


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        NgramCounts.load(tmp_path / "missing")
    with pytest.raises(IsADirectoryError):
        NgramCounts.load(tmp_path)


def test_a_file_too_short_or_too_long(saved: Path, tmp_path: Path) -> None:
    whole = saved.read_bytes()
    for size in {*range(0, len(whole), 7), *range(len(whole) - 70, len(whole)), whole.index(b"\n", 20) + 1}:
        (tmp_path / "file").write_bytes(whole[:size])
        assert "is damaged" in load_error(tmp_path / "file") or size < len(b"minent counts\n")
    for more in (b"\0", b"\n", b"0" * 64, bytes(64), whole[-64:], whole):
        (tmp_path / "file").write_bytes(whole + more)
        assert "is damaged" in load_error(tmp_path / "file")


def test_any_damage_is_noticed(saved: Path, tmp_path: Path) -> None:
    """To the header, the columns, the zeros between them, the checksum."""
    whole = bytearray(saved.read_bytes())
    source = random.Random(1)
    for place, byte in enumerate(whole):
        damaged = whole.copy()
        damaged[place] = source.choice([byte ^ 1 << source.randrange(8), ord('"'), ord("9"), ord("\n"), 0xFF])
        if damaged[place] != byte:
            (tmp_path / "file").write_bytes(damaged)
            load_error(tmp_path / "file")


def rewrite(saved: Path, target: Path, **changes: object) -> None:
    """The same table with other words in its header."""
    magic, header, _ = saved.read_bytes().split(b"\n", 2)
    fields = json.loads(header) | changes
    columns = saved.read_bytes()[len(magic) + len(header) + 2 :]
    line = json.dumps({name: value for name, value in fields.items() if value is not None}).encode()
    line += b" " * (-(len(magic) + len(line) + 2) % 64)
    body = magic + b"\n" + line + b"\n" + columns[:-64]
    target.write_bytes(body + sha256(body).hexdigest().encode())


def test_headers_made_by_hand(saved: Path, tmp_path: Path) -> None:
    target = tmp_path / "file"
    rewrite(saved, target)
    for name in COLUMNS:
        assert np.array_equal(getattr(NgramCounts.load(target), name), getattr(NgramCounts.load(saved), name))
    rewrite(saved, target, format="minent counts 2")
    assert "a newer minent wrote this file" in load_error(target)
    rewrite(saved, target, format="minent lexicon 1")
    assert "this is not a minent counts file: it says it is a 'minent lexicon 1'" in load_error(target)
    layout = json.loads(saved.read_bytes().split(b"\n", 2)[1])["columns"]
    wrong: tuple[object, ...] = (
        None,
        [],
        {},
        5,
        {**layout, "count": 3},
        *({**layout, "count": {**layout["count"], "type": name}} for name in (None, 8, "O", "<,8", "(8", ">i8", "<f8")),
        {**layout, "count": {**layout["count"], "size": 1 << 70}},
        {**layout, "count": {**layout["count"], "size": 1 << 40}},
        {**layout, "count": {**layout["count"], "offset": 1 << 40}},
        {**layout, "count": {**layout["count"], "offset": -(1 << 40)}},
        {**layout, "count": {**layout["count"], "offset": "0"}},
    )
    for columns in wrong:
        rewrite(saved, target, columns=columns)
        assert "is damaged" in load_error(target)


def test_counts_are_as_wide_as_they_must_be(saved: Path, tmp_path: Path) -> None:
    counts = NgramCounts.load(saved)
    assert counts.count.dtype == np.uint32
    replace(counts, count=counts.count.astype(np.int64)).save(tmp_path / "same")
    assert (tmp_path / "same").read_bytes() == saved.read_bytes()
    many = [2**32 - 1, 2**32, 2**62]
    for most, kind in zip(many, (np.uint32, np.int64, np.int64), strict=True):
        count, totals = counts.count.astype(np.int64), counts.totals.copy()
        count[0] = totals[0] = totals[1] = most
        count[1] = most - 5
        replace(counts, count=count, totals=totals).save(tmp_path / "counts", force=True)
        loaded = NgramCounts.load(tmp_path / "counts")
        assert loaded.count.dtype == kind
        assert loaded.count.tolist() == count.tolist()


def test_the_checksum_is_that_of_the_file(saved: Path) -> None:
    whole = saved.read_bytes()
    assert whole[-64:].decode() == sha256(whole[:-64]).hexdigest()
    assert len(whole) % 64 == 0


@pytest.mark.parametrize("header", [b"", b"5", b"[]", b"null", b'"text"', b"{}", b"[" * 100_000, b"{", b"\xff", b"NaN"])
def test_headers_that_are_none(tmp_path: Path, header: bytes) -> None:
    (tmp_path / "file").write_bytes(b"minent counts\n" + header + b"\n" + bytes(64))
    load_error(tmp_path / "file")
