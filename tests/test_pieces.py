"""corpus.py: the pieces of a document, as they were read, and what is made of them."""

import codecs
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_corpus import dirty_texts, only, sizes

from minent.corpus import Corpus, Piece
from minent.errors import FormatError, InputError


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pieces") / "text"


@given(text=dirty_texts, marked=st.booleans(), size=sizes)
@settings(max_examples=300)
def test_pieces_are_the_text_as_it_is(path: Path, text: bytes, marked: bool, size: int) -> None:
    """Less its mark; each says where it stands, and what has been read behind it."""
    mark = codecs.BOM_UTF8 if marked or text.startswith(codecs.BOM_UTF8) else b""
    data = mark + text.removeprefix(codecs.BOM_UTF8)
    path.write_bytes(data)
    at = len(mark)
    for piece in only(path).pieces(size):
        assert piece.offset == at
        assert 0 < len(piece.text) <= max(4, size)
        assert bytes(piece.text) == data[at : at + len(piece.text)]
        assert bytes(piece.at_hand) == data[at : at + len(piece.at_hand)]
        assert len(piece.at_hand) >= len(piece.text)
        at += len(piece.text)
        assert piece.is_open == (data[at - 1] != ord("\n"))
        # It ends after its last line feed, except at the end of the text.
        assert b"\n" not in bytes(piece.text)[:-1] or not piece.is_open or at == len(data)
    assert at == len(data)


@given(text=dirty_texts, size=sizes, errors=st.sampled_from([("replace", "replace"), ("skip", "ignore")]))
@settings(max_examples=300)
def test_pieces_can_be_checked_one_by_one(path: Path, text: bytes, size: int, errors: tuple[str, str]) -> None:
    """Also when all have been read: a copy stays."""
    path.write_bytes(text)
    document = only(path, errors=errors[0])
    expected = text.removeprefix(codecs.BOM_UTF8).decode("utf-8", errors[1]).encode()
    assert b"".join(document.check(piece) for piece in document.pieces(size)) == expected
    kept = [piece.copy() for piece in document.pieces(size)]
    assert b"".join(map(document.check, kept)) == expected
    assert [(piece.offset, bytes(piece.text), bytes(piece.at_hand)) for piece in kept] == [
        (piece.offset, bytes(piece.text), bytes(piece.at_hand)) for piece in document.pieces(size)
    ]


def test_a_piece_cannot_be_written_to(path: Path) -> None:
    path.write_bytes(b"ab\n")
    (piece,) = only(path).pieces()
    with pytest.raises(TypeError):
        piece.text[0] = 0


def test_a_strict_document_refuses_a_piece(path: Path) -> None:
    path.write_bytes(b"")
    piece = Piece(100, memoryview(b"ab\xff"), memoryview(b"ab\xff\n"))
    with pytest.raises(FormatError) as caught:
        only(path).check(piece)
    assert (caught.value.path, caught.value.offset) == (str(path), 102)


def test_what_tells_one_corpus_from_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_bytes(b"ab")
    (tmp_path / "b").write_bytes(b"")
    monkeypatch.chdir(tmp_path)
    names, state = Corpus("a", "b").fingerprint()
    assert names[1:] == [str(tmp_path / "a"), str(tmp_path / "b")]
    assert [size for size, _ in state] == [2, 0]
    assert Corpus(tmp_path).fingerprint() == (names, state)
    assert Corpus("b", "a").fingerprint()[0] != names
    assert Corpus("a", "b", errors="skip").fingerprint()[0] != names
    (tmp_path / "a").write_bytes(b"abc")
    assert Corpus("a", "b").fingerprint()[1] != state
    with pytest.raises(InputError, match="cannot be resumed"):
        Corpus("a", "/dev/null").fingerprint()
