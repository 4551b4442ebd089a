"""kernels/encoding.py against its slow twins."""

import random
from itertools import pairwise
from typing import NamedTuple

import naive
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minent.alphabet import BYTES_OF_TEXT
from minent.counting.reading import LINE_FEED
from minent.kernels import encoding
from minent.types import Bytes, Symbols

# Every width of UTF-8 and the borders between them; surrogates too, which file names and JSON can hold.
EDGES = "\0\n\x7f\x80\u07ff\u0800\ud800\udfff\uffff\U00010000\U0010ffff"
TEXT = st.text(st.one_of(st.sampled_from(EDGES), st.characters()))
LINES = st.lists(st.binary(max_size=40).map(lambda line: line.replace(b"\n", b"")), max_size=8)
WIDTHS = pytest.mark.parametrize("dtype", [np.uint16, np.uint32])
# Bytes where the rules of UTF-8 change, and what there may be of a character.
RULES = [0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xEC, 0xED, 0xEE, 0xEF]
RULES += [0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xF7, 0xF8, 0xFF]
WRONG = st.one_of(
    st.sampled_from([b"\xc0\x80", b"\xe0\x80\x80", b"\xe0\x9f\xbf", b"\xf0\x80\x80\x80", b"\xf0\x8f\xbf\xbf"]),
    st.sampled_from(
        [b"\xed\xa0\x80", b"\xed\xbf\xbf", b"\xf4\x90\x80\x80", b"\xf7\xbf\xbf\xbf", b"\xfb\xbf\xbf\xbf\xbf"]
    ),
    st.lists(st.sampled_from(RULES), min_size=1, max_size=4).map(bytes),
    st.binary(min_size=1, max_size=3),
)


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """Valid text, and the same with some bytes put in, taken away, put in the place of others, or cut off."""
    data = bytearray(draw(st.text(st.one_of(st.sampled_from("ab\n é字𠮷"), st.characters()), max_size=12)).encode())
    for _ in range(draw(st.integers(0, 2))):
        low = draw(st.integers(0, len(data)))
        high = min(len(data), low + draw(st.integers(0, 3)))
        data[low:high] = draw(st.one_of(st.just(b""), WRONG))
    return bytes(data[: draw(st.integers(0, len(data)))] if draw(st.booleans()) else data)


MUTATED = st.one_of(mutated(), mutated(), st.binary(max_size=30))
ID_OF, SEEN, IDS = np.zeros(0x110000, np.int32), np.zeros(9, np.int32), np.zeros(9, np.uint16)


def array(data: bytes) -> Bytes:
    return np.frombuffer(data, np.uint8)


class Numbered(NamedTuple):
    written: int
    sound: bool
    numbers: list[int]
    characters: list[int]


def number(data: bytes, room: int = 1000, dtype: type = np.uint16) -> Numbered:
    """What the kernel makes of one text."""
    tables = np.zeros(0x110000, np.int32), np.zeros(room, np.int32)
    ids: Symbols = np.full(len(data) + 1, 0xFFFF, dtype)
    written, n_seen, sound = encoding.code_points_to_ids(array(data), *tables, 0, ids[:-1])
    assert ids[-1] == 0xFFFF
    assert -2 <= written <= len(data)
    return Numbered(
        written, bool(sound), ids[: max(0, written)].tolist(), tables[1][: n_seen if written >= 0 else 0].tolist()
    )


def in_utf8(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


@WIDTHS
@given(TEXT, st.integers(1, 4))
def test_characters_are_numbered_as_they_come(dtype: type, text: str, pieces: int) -> None:
    tables = np.zeros(0x110000, np.int32), np.zeros(1000, np.int32)
    step = -(-len(text) // pieces) or 1
    numbers: list[int] = []
    n_seen = 0
    for low in range(0, len(text), step):
        data = array(in_utf8(text[low : low + step]))
        ids: Symbols = np.empty(data.size, dtype)
        written, n_seen, sound = encoding.code_points_to_ids(data, *tables, n_seen, ids)
        assert sound
        numbers += ids[:written].tolist()
    assert (numbers, tables[1][:n_seen].tolist()) == naive.code_points_to_ids(text)


@given(MUTATED)
def test_characters_of_what_may_be_no_text(data: bytes) -> None:
    """Sound is what is valid but for surrogates; and then the numbers are right."""
    found = number(data)
    assert (found.written >= 0 and found.sound) == naive.is_utf8(data, "surrogatepass")
    if found.sound:
        assert (found.numbers, found.characters) == naive.code_points_to_ids(data.decode("utf-8", "surrogatepass"))


@given(MUTATED)
def test_what_is_utf8(data: bytes) -> None:
    assert encoding.is_utf8(array(data)) == naive.is_utf8(data)


def test_characters_of_every_size_are_utf8() -> None:
    for low in (0, 0x800, 0x1000, 0xD000, 0xD800, 0xE000, 0xF800, 0x10000, 0x3F800, 0x40000, 0x10F800):
        whole = in_utf8("".join(map(chr, range(low, low + 0x800))))
        assert encoding.is_utf8(array(whole)) == naive.is_utf8(whole) == (low != 0xD800)
        assert number(whole, 0x800).sound


@pytest.mark.parametrize(
    "tail", [b"", b"\x80", b"\xbf", b"\x80\x80", b"\xbf\xbf", b"a", b"\x80a", b"\x80\x80a", b"\xc0\x80"]
)
def test_every_first_byte_and_what_may_follow(tail: bytes) -> None:
    """Overlong, surrogates, beyond U+10FFFF, cut off, bytes out of place."""
    for first in range(256):
        for second in RULES:
            data = bytes([first, second]) + tail
            assert encoding.is_utf8(array(data)) == naive.is_utf8(data), data
            written, _, sound = encoding.code_points_to_ids(array(data), ID_OF, SEEN, 0, IDS)
            assert (written >= 0 and sound) == naive.is_utf8(data, "surrogatepass"), data
            ID_OF[SEEN] = 0


def test_a_full_table_of_characters_says_so() -> None:
    tables = np.zeros(0x110000, np.int32), np.zeros(2, np.int32)
    ids = np.empty(9, np.uint16)
    assert encoding.code_points_to_ids(array(b"abab\n"), *tables, 0, ids) == (5, 2, True)
    assert encoding.code_points_to_ids(array(b"abc"), *tables, 2, ids)[0] == -2
    assert encoding.code_points_to_ids(array(b"bab"), *tables, 2, ids) == (3, 2, True)


@given(st.binary(), st.text())
def test_bytes_are_numbered_in_their_order(data: bytes, text: str) -> None:
    """Those that there are in UTF-8."""
    some = bytes(byte for byte in data if byte in naive.bytes_of_text()) + text.encode()
    ids = np.zeros(len(some) + 1, np.uint8)
    encoding.bytes_to_ids(array(some), ids)
    assert ids.tolist() == [*naive.bytes_to_ids(some), 0]


def test_the_numbers_of_bytes() -> None:
    every = np.arange(256, dtype=np.uint8)
    ids = np.zeros(256, np.uint8)
    encoding.bytes_to_ids(every, ids)
    assert ids[BYTES_OF_TEXT].tolist() == [*range(1, BYTES_OF_TEXT.size + 1)]
    assert BYTES_OF_TEXT.tolist() == naive.bytes_of_text()
    assert BYTES_OF_TEXT[LINE_FEED - 1] == ord("\n")


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


@given(LINES, st.lists(st.integers(0, 60)), st.integers(1, 9), st.randoms(use_true_random=False))
def test_the_digest_is_a_sum_over_the_lines_however_they_come(
    lines: list[bytes], cuts: list[int], step: int, source: random.Random
) -> None:
    text = b"".join(line + b"\n" for line in lines)
    assert digest([text]) == naive.digest_lines(lines)
    assert digest([text[low : low + step] for low in range(0, len(text), step)]) == digest([text])
    places = [0, *sorted(cut for cut in cuts if cut < len(text)), len(text)]
    assert digest([text[low:high] for low, high in pairwise(places)]) == digest([text])
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
