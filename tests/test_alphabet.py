"""alphabet.py: characters and bytes as numbers, and back."""

import gzip
from collections.abc import Callable
from pathlib import Path

import naive
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import minent.alphabet
from minent.alphabet import Digest, Encoded, Numbering, encode_corpus
from minent.corpus import Corpus
from minent.errors import InputError

TEXT = st.text(st.one_of(st.sampled_from("ab\n\r é字𠮷\0\U0010ffff"), st.characters(exclude_categories=["Cs"])))
DOCUMENTS = st.lists(TEXT.map(lambda text: text.lstrip("\ufeff")), min_size=1, max_size=3)


# numbering -----------------------------------------------------------------------------------------------------------


@given(st.lists(TEXT, max_size=5), st.booleans())
def test_characters_are_numbered_across_pieces(pieces: list[str], own_room: bool) -> None:
    numbering = Numbering()
    room = None if own_room else np.empty(1000, np.uint16)
    numbers = [number for piece in pieces for number in numbering.read(piece.encode(), room).tolist()]
    assert (numbers, numbering.code_points.tolist()) == naive.code_points_to_ids("".join(pieces))


def test_numbers_grow_wider_when_there_are_more_characters() -> None:
    characters = [chr(code) for code in range(1, 0x12000) if code != 10 and not 0xD800 <= code < 0xE000][: 2**16 + 5]
    numbering = Numbering()
    first = numbering.read("".join(characters[:-6]).encode())
    assert first.dtype == np.uint16
    assert first.tolist() == list(range(1, 2**16))
    again = numbering.read(("\n" + characters[0] + characters[2**16 - 2]).encode(), np.empty(99, np.uint16))
    assert again.dtype == np.uint16
    assert again.tolist() == [0, 1, 2**16 - 1]
    wider = numbering.read("".join([characters[0], *characters[-8:]]).encode(), np.empty(99, np.uint16))
    assert wider.dtype == numbering.dtype == np.uint32
    assert wider.tolist() == [1, *range(2**16 - 2, 2**16 + 6)]
    room = np.empty(99, np.uint32)
    assert np.shares_memory(numbering.read(b"\1\n", room), room)
    assert numbering.code_points.tolist() == [*map(ord, characters)]


def test_text_that_is_not_utf8_is_refused() -> None:
    for wrong in (b"\x80", b"\xff", b"\xe5\xad"):
        with pytest.raises(InputError, match="not UTF-8; decode it through a Corpus"):
            Numbering().read("字".encode() + wrong)


SURROGATES = [b"\xed\xa0\x80", b"\xed\xbf\xbf"]
WRONG = [b"\xff", b"\x80", b"\xe5\xad", b"\xf0\xa0\xae", b"\xc0\x80", b"\xe0\x80\x80", b"\xf4\x90\x80\x80", *SURROGATES]
PARTS = st.lists(st.one_of(TEXT.map(str.encode), st.sampled_from(WRONG)), max_size=4).map(b"".join)


@given(st.lists(PARTS, max_size=6))
def test_what_is_invalid_is_said_to_be_and_spoils_nothing(pieces: list[bytes]) -> None:
    numbering = Numbering()
    valid = ""
    numbers: list[int] = []
    for piece in pieces:
        ids, sound = numbering.number(np.frombuffer(piece, np.uint8))
        assert sound == naive.is_utf8(piece)
        if sound:
            valid += piece.decode()
            numbers += ids.tolist()
    # Some numbers may have gone to characters of what was invalid.
    characters = numbering.code_points.tolist()
    assert len({*characters}) == len(characters)
    assert "".join(chr([10, *characters][number]) for number in numbers) == valid


def test_surrogates_are_noticed_again_and_again() -> None:
    numbering = Numbering()
    for text in (b"\xed\xa0\x80\xff", b"\xed\xa0\x80", b"a\xed\xa0\x80", b"\xed\xbf\xbf\xff", b"\xed\xbf\xbf"):
        _, sound = numbering.number(np.frombuffer(text, np.uint8))
        assert not sound
    _, sound = numbering.number(np.frombuffer("a字".encode(), np.uint8))
    assert sound


# digest --------------------------------------------------------------------------------------------------------------


def digest(*documents: str) -> str:
    whole = Digest()
    for document in documents:
        whole.read(document.encode())
        whole.end_document()
    assert whole.size == sum(len(document.encode()) for document in documents)
    return whole.hex()


@given(DOCUMENTS)
def test_the_digest_is_that_of_the_lines_in_any_order(documents: list[str]) -> None:
    lines = [line for document in documents for line in document.removesuffix("\n").split("\n") if document]
    first, second = naive.digest_lines([line.encode() for line in lines])
    assert digest(*documents) == f"{first:016x}{second:016x}"
    assert digest(*documents[::-1]) == digest(*documents)


@given(DOCUMENTS, st.integers(1, 9))
def test_digests_of_texts_read_apart_add_up(documents: list[str], step: int) -> None:
    parts = [Digest() for _ in documents]
    for part, document in zip(parts, documents, strict=True):
        data = document.encode()
        for low in range(0, len(data), step):
            part.read(memoryview(data)[low : low + step])
        part.end_document()
    assert Digest.of([part.sums for part in parts]) == digest(*documents)


def test_the_last_line_feed_makes_no_difference_but_others_do() -> None:
    assert digest("a\nb") == digest("b\na\n") == digest("a", "b\n")
    assert len({digest(text) for text in ("", "\n", "a", "a\n\n", "ab", "a\nb", "a\nb\n\n", "a\na")}) == 8
    assert digest("") == "0" * 32


# encoding ------------------------------------------------------------------------------------------------------------


def decode(encoded: Encoded) -> str:
    symbols = ["\n", *map(chr, encoded.alphabet.tolist())]
    return "".join(symbols[number] for number in encoded.ids.tolist())


@given(DOCUMENTS, st.sampled_from([4, 7, 1 << 16]))
def test_characters_of_a_corpus(corpus_of: Callable[..., Corpus], documents: list[str], chunk: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(minent.alphabet, "_CHUNK", chunk)
        encoded = encode_corpus(corpus_of(*documents))
    assert decode(encoded) == "".join(document + "\n" for document in documents)
    assert encoded.alphabet.tolist() == sorted({ord(character) for text in documents for character in text} - {10})
    assert encoded.ids.dtype == np.uint16
    assert encoded.size == sum(len(document.encode()) for document in documents)
    assert encoded.digest == digest(*documents)


def test_a_worked_example(corpus_of: Callable[..., Corpus]) -> None:
    encoded = encode_corpus(corpus_of("乙甲\r\n", "", "甲"))
    assert list(map(chr, encoded.alphabet.tolist())) == ["\r", "乙", "甲"]
    assert encoded.ids.tolist() == [2, 3, 1, 0, 0, 0, 3, 0]


def test_normal_forms_share_a_number(corpus_of: Callable[..., Corpus]) -> None:
    text = "Ａ1e\u0301\u212bﬁ㍻Å\n１"
    for form, expected in (
        ("none", text),
        ("nfc", text.replace("\u212b", "Å")),
        ("nfkc", text.replace("\u212b", "Å").replace("Ａ", "A").replace("１", "1")),
    ):
        encoded = encode_corpus(corpus_of(text), normalize=form)
        assert decode(encoded) == expected + "\n"
        assert encoded.alphabet.tolist() == sorted({*map(ord, expected)} - {10})
        assert encoded.digest == digest(text)


def test_text_much_longer_than_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where room was made for less."""
    monkeypatch.setattr(minent.alphabet, "_CHUNK", 100)
    text = "典字\n" * 3000
    (tmp_path / "a.txt.gz").write_bytes(gzip.compress(text.encode()))
    encoded = encode_corpus(Corpus(tmp_path / "a.txt.gz"))
    assert encoded.ids.tolist() == [1, 2, 0] * 3000 + [0]


def test_many_characters_after_few(corpus_of: Callable[..., Corpus]) -> None:
    """What was numbered in 16 bits goes on in 32."""
    few = "甲乙\n" * 1000
    many = "".join(chr(code) for code in range(0x20000, 0x20000 + 2**16))
    encoded = encode_corpus(corpus_of(few, many, few))
    assert encoded.ids.dtype == np.uint32
    assert decode(encoded) == "\n".join([few, many, few, ""])


class Recorder:
    """Progress that remembers."""

    def __init__(self) -> None:
        self.heard: list[object] = []

    def stage(self, name: str, total: int | None = None, unit: str = "B") -> None:
        self.heard.append((name, total, unit))

    def advance(self, amount: int) -> None:
        self.heard.append(amount)


def test_reading_says_how_much_there_is(corpus_of: Callable[..., Corpus]) -> None:
    progress = Recorder()
    encode_corpus(corpus_of("字", "\n"), progress=progress)
    assert progress.heard == [("reading", 4, "B")]
