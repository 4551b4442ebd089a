"""kernels/encoding.py against its slow twins."""

import random

import naive
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minent.kernels import encoding
from minent.types import Bytes, Symbols

# Every width of UTF-8 and the borders between them; surrogates too, which file names and JSON can hold.
EDGES = "\0\n\x7f\x80\u07ff\u0800\ud800\udfff\uffff\U00010000\U0010ffff"
TEXT = st.text(st.one_of(st.sampled_from(EDGES), st.characters()))
LINES = st.lists(st.binary(max_size=40).map(lambda line: line.replace(b"\n", b"")), max_size=8)
WIDTHS = pytest.mark.parametrize("dtype", [np.uint16, np.uint32])


def array(data: bytes) -> Bytes:
    return np.frombuffer(data, np.uint8)


def number(text: str, room: int = 1000, dtype: type = np.uint16, pieces: int = 1) -> tuple[list[int], list[int]]:
    """What the kernel makes of `text`, given to it in some pieces."""
    id_of, seen = np.zeros(0x110000, np.int32), np.zeros(room, np.int32)
    step = -(-len(text) // pieces) or 1
    numbers: list[int] = []
    n_seen = 0
    for low in range(0, len(text), step):
        data = array(text[low : low + step].encode("utf-8", "surrogatepass"))
        ids: Symbols = np.empty(data.size, dtype)
        written, n_seen = encoding.code_points_to_ids(data, id_of, seen, n_seen, ids)
        numbers += ids[:written].tolist()
    return numbers, seen[:n_seen].tolist()


@WIDTHS
@given(TEXT, st.integers(1, 4))
def test_characters_are_numbered_as_they_come(dtype: type, text: str, pieces: int) -> None:
    assert number(text, dtype=dtype, pieces=pieces) == naive.code_points_to_ids(text)


@given(st.text(st.characters(min_codepoint=0x80), min_size=1, max_size=5), st.data())
def test_a_text_cut_inside_a_character_says_where(text: str, data: st.DataObject) -> None:
    cut = data.draw(st.integers(1, len(text[-1].encode("utf-8", "surrogatepass")) - 1))
    whole = text.encode("utf-8", "surrogatepass")
    answer = encoding.code_points_to_ids(
        array(whole[:-cut]), np.zeros(0x110000, np.int32), np.zeros(9, np.int32), 0, np.empty(99, np.uint16)
    )
    assert answer == (-1, len(text[:-1].encode("utf-8", "surrogatepass")))


@pytest.mark.parametrize("wrong", [b"\x80", b"\xbf", b"\xf4\x90\x80\x80", b"\xf7\xbf\xbf\xbf", b"\xff\xbf\xbf\xbf"])
def test_bytes_that_begin_no_character_say_where(wrong: bytes) -> None:
    tables = np.zeros(0x110000, np.int32), np.zeros(9, np.int32)
    assert encoding.code_points_to_ids(array(b"ab" + wrong), *tables, 0, np.empty(99, np.uint16)) == (-1, 2)


@given(st.binary(max_size=30))
def test_any_bytes_at_all_stay_inside_the_arrays(data: bytes) -> None:
    ids = np.full(len(data) + 1, 0xFFFF, np.uint16)
    written, _ = encoding.code_points_to_ids(
        array(data), np.zeros(0x110000, np.int32), np.zeros(40, np.int32), 0, ids[:-1]
    )
    assert -1 <= written <= len(data)
    assert ids[-1] == 0xFFFF


def test_a_full_table_of_characters_says_so() -> None:
    tables = np.zeros(0x110000, np.int32), np.zeros(2, np.int32)
    ids = np.empty(9, np.uint16)
    assert encoding.code_points_to_ids(array(b"abab\n"), *tables, 0, ids) == (5, 2)
    assert encoding.code_points_to_ids(array(b"abc"), *tables, 2, ids) == (-2, 0)


@given(st.binary())
def test_bytes_are_numbered_by_value(data: bytes) -> None:
    ids = np.empty(2 * len(data), np.uint16)
    assert ids[: encoding.bytes_to_ids(array(data), ids)].tolist() == naive.bytes_to_ids(data)


@WIDTHS
@given(st.lists(st.integers(0, 9)), st.lists(st.integers(0, 65535), min_size=10, max_size=10))
def test_numbers_become_other_numbers_in_place(dtype: type, ids: list[int], final: list[int]) -> None:
    expected = naive.renumber(ids, final)
    own: Symbols = np.array(ids, dtype)
    other = np.zeros_like(own)
    encoding.renumber(own, np.array(final, dtype), other)
    encoding.renumber(own, np.array(final, dtype), own)
    assert own.tolist() == other.tolist() == expected


def digest(pieces: list[bytes]) -> tuple[int, int]:
    state = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0, 0, 0, 0], np.uint64)
    for piece in pieces:
        encoding.digest_lines(array(piece), state)
    assert state[5] == 0
    return int(state[2]), int(state[3])


@given(LINES, st.integers(1, 9), st.randoms(use_true_random=False))
def test_the_digest_is_a_sum_over_the_lines(lines: list[bytes], step: int, source: random.Random) -> None:
    text = b"".join(line + b"\n" for line in lines)
    assert digest([text]) == naive.digest_lines(lines)
    assert digest([text[low : low + step] for low in range(0, len(text), step)]) == digest([text])
    source.shuffle(lines)
    assert digest([line + b"\n" for line in lines]) == digest([text])


@given(LINES, LINES)
def test_other_lines_have_another_digest(lines: list[bytes], others: list[bytes]) -> None:
    same = sorted(lines) == sorted(others)
    assert same == (naive.digest_lines(lines) == naive.digest_lines(others))


def test_lines_that_differ_little_have_different_digests() -> None:
    rows = [b"", b"\0", b"\0" * 2, b"\0" * 8, b"\0" * 9, b"\0" * 16, b"a", b"a\0", b"\0a", b"abcdefgh", b"abcdefgh\0"]
    rows += [b"a" * size for size in range(2, 40)]
    pairs = [tuple(digest([row + b"\n", other + b"\n"])) for row in rows for other in rows if row <= other]
    assert len(set(pairs)) == len(pairs)
