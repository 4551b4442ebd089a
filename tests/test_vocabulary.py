"""Vocabularies: what they refuse, and that files come back as they were written."""

import gc
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minent.errors import FormatError, InputError
from minent.vocabulary import BYTEPIECE, Vocabulary, VocabularyOptions

BYTES = [bytes([byte]) for byte in range(256)]
CASES = json.loads((Path(__file__).parent / "golden" / "bytepiece_ids.json").read_text("utf-8"))


def vocabulary(*pieces: bytes, **options: Any) -> Vocabulary:
    return Vocabulary([*BYTES, *pieces], range_of(256 + len(pieces)), VocabularyOptions(**options))


def range_of(size: int) -> list[int]:
    return list(range(1, size + 1))


def saved(vocabulary: Vocabulary) -> bytes:
    stream = io.BytesIO()
    vocabulary.write(stream)
    return stream.getvalue()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tokenizer.json"


def test_pieces_are_sorted_with_their_counts() -> None:
    found = Vocabulary([b"zz", b"abc", *BYTES, b"ab"], [7, 8, *([1] * 256), 9])
    assert found.pieces == [*BYTES, b"ab", b"zz", b"abc"]
    assert found.counts.tolist() == [1] * 256 + [9, 7, 8]
    assert found == Vocabulary(found.pieces, found.counts)
    assert found.scores[256] == pytest.approx(np.log(9 / 280))
    letters, offsets = found.spelling
    assert letters[offsets[256] :].tobytes() == b"abzzabc"


def test_ids() -> None:
    end = vocabulary(b"ab", specials=("<a>", "<b>"), reserved=3)
    assert (end.first_id, end.size, end.specials) == (0, 262, {"<a>": 257, "<b>": 258})
    start = vocabulary(b"ab", specials=("<a>", "<b>"), reserved=3, special_ids="start")
    assert (start.first_id, start.size, start.specials) == (5, 262, {"<a>": 0, "<b>": 1})


@pytest.mark.parametrize(
    ("pieces", "counts", "reason"),
    [
        (BYTES[1:], [1] * 255, "0x00"),
        ([*BYTES, b"a"], [1] * 257, "twice"),
        ([*BYTES, b""], [1] * 257, "has 0 bytes"),
        ([*BYTES, b"x" * 256], [1] * 257, "has 256 bytes"),
        ([*BYTES, "ab"], [1] * 257, "pieces are bytes"),
        (BYTES, [1] * 255, "256 pieces and 255 counts"),
        (BYTES, [0] * 256, "from 1 on"),
        (BYTES, [float("nan")] * 256, "whole number"),
        (BYTES, [True] * 256, "whole number"),
        (BYTES, [2**63] * 256, "2^63"),
        (BYTES, [2**60] * 256, "sum"),
        (BYTES, np.full(256, np.nan), "whole numbers"),
        (BYTES, np.full(256, 2.5), "whole numbers"),
        (BYTES, np.full(256, np.inf), "whole numbers"),
        ([], [], "256 of the 256"),
    ],
)
def test_what_is_no_vocabulary(pieces: Any, counts: Any, reason: str) -> None:
    with pytest.raises(InputError, match=reason.replace("^", r"\^")):
        Vocabulary(pieces, counts)


@pytest.mark.parametrize(
    "options",
    [
        {"specials": ("",)},
        {"specials": ("a", "a")},
        {"specials": ("\ud800",)},
        {"special_ids": "middle"},
        {"reserved": -1},
        {"reserved": 10**18},
        {"reserved": 1.0},
        {"normalization": "nfkd"},
        {"newlines": "none"},
        {"pattern": "("},
        {"pattern": 3},
        {"isolate_digits": "yes"},
        {"token_price": -1},
        {"token_price": 1001},
        {"token_price": float("nan")},
        {"token_price": "5"},
        {"token_price": True},
    ],
)
def test_options_that_do_not_fit(options: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        VocabularyOptions(**options)


def test_too_many_ids() -> None:
    with pytest.raises(InputError, match="at most"):
        vocabulary(reserved=1 << 22)


PIECES = st.lists(st.binary(min_size=2, max_size=5) | st.text(min_size=2, max_size=5).map(str.encode), unique=True)
OPTIONS = st.builds(
    VocabularyOptions,
    specials=st.lists(st.text(st.characters(codec="utf-8"), min_size=1), unique=True, max_size=3),
    special_ids=st.sampled_from(["end", "start"]),
    reserved=st.integers(0, 5),
    normalization=st.sampled_from(["none", "nfc"]),
    newlines=st.sampled_from(["own", "glue"]),
    pattern=st.sampled_from(["none", "gpt4", r"\w+"]),
    isolate_digits=st.booleans(),
    token_price=st.floats(0, 1000),
)


@settings(max_examples=30)
@given(PIECES, OPTIONS)
def test_what_is_saved_comes_back(tmp_path_factory: pytest.TempPathFactory, pieces: list[bytes], options: Any) -> None:
    path = tmp_path_factory.mktemp("saved") / "tokenizer.json"
    pieces = [piece for piece in pieces if len(piece) > 1]
    about = {"format": "minent tokenizer 2", "minent": "0.0", "corpus-digest": "x", "corpus-bytes": 5}
    before = Vocabulary([*BYTES, *pieces], range_of(256 + len(pieces)), options, about)
    before.save(path)
    after = Vocabulary.load(path)
    assert after == before
    assert after.about == about
    assert saved(after) == path.read_bytes()
    # However it is laid out.
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")), indent=2), "utf-8")
    assert Vocabulary.load(path) == before


def test_loading_leaves_the_garbage_collector_as_it_is(path: Path) -> None:
    vocabulary().save(path)
    Vocabulary.load(path)
    assert gc.isenabled()
    gc.disable()
    try:
        Vocabulary.load(path)
        assert not gc.isenabled()
    finally:
        gc.enable()
    path.write_text("{}")
    with pytest.raises(FormatError):
        Vocabulary.load(path)
    assert gc.isenabled()


def test_files_of_the_first_format_have_no_price_for_tokens(path: Path) -> None:
    before = vocabulary(b"ab", newlines="own", token_price=0)
    content = json.loads(saved(before)) | {"format": "minent tokenizer 1"}
    # As minent wrote it then.
    del content["token-price"]
    path.write_text(json.dumps(content | {"checksum": "192d5ab521a9d2a1d88edaf41d62114f"}), "utf-8")
    loaded = Vocabulary.load(path)
    assert loaded == before
    assert json.loads(saved(loaded))["format"] == "minent tokenizer 2"
    path.write_text(json.dumps(content), "utf-8")
    with pytest.raises(FormatError, match="checksum"):
        Vocabulary.load(path)


def test_bytepiece_would_join_digits(path: Path) -> None:
    options = replace(BYTEPIECE, isolate_digits=True)
    Vocabulary([*BYTES, b"ab"], [1] * 257, options).save_bytepiece(path)
    with pytest.raises(InputError, match="would use the piece b'a1'"):
        Vocabulary([*BYTES, b"a1"], [1] * 257, options).save_bytepiece(path, force=True)


def test_a_line_for_each_piece(path: Path) -> None:
    vocabulary("中国".encode(), b"\xe4\xb8").save(path)
    lines = path.read_text("utf-8").splitlines()
    assert '["中国", 257]' in "".join(lines)
    assert '[{"hex": "e4b8"}, 258],' in lines


def changed(content: dict[str, Any], key: str, value: Any) -> bytes:
    return json.dumps({**content, key: value}).encode()


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("newlines", "own", "checksum"),
        ("checksum", "0" * 32, "checksum"),
        ("checksum", None, "checksum"),
        ("corpus-digest", "y", "checksum"),
        ("reserved", 10**18, "reserved"),
        ("specials", "abc", "list"),
        ("specials", [1], "special tokens"),
        ("format", "minent tokenizer 99", "newer"),
        ("format", "minent lexicon 1", "not a minent tokenizer"),
        ("note", [1], "texts and numbers"),
        ("pieces", None, "list of pairs"),
        ("pieces", ["ab"], "list of pairs"),
        ("pieces", [["a", 1, 2]], "list of pairs"),
        ("pieces", [[7, 1]], "is no piece"),
        ("pieces", [[{"hex": "0g"}, 1]], "is no piece"),
        ("pieces", [[{"hex": "00", "x": 1}, 1]], "is no piece"),
        ("pieces", [["\ud800", 1]], "lone surrogate"),
        ("pieces", [["ab", "3"]], "single bytes"),
    ],
)
def test_a_tampered_file_is_refused(path: Path, key: str, value: Any, reason: str) -> None:
    vocabulary(b"ab").save(path)
    path.write_bytes(changed(json.loads(path.read_text("utf-8")), key, value))
    with pytest.raises(FormatError, match=reason) as caught:
        Vocabulary.load(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (b'["b", 99]', b'["b", 98]', "checksum"),
        (b'["b", 99]', b'["b", NaN]', "whole number"),
        (b'["b", 99]', b'["b", Infinity]', "whole number"),
        (b'["b", 99]', b'["b", -1]', "whole number"),
        (b'["b", 99]', b'["a", 99]', "twice"),
        (b'["b", 99],', b"", "0x62"),
        (b'["b", 99]', b'["", 99]', "0 bytes"),
        (b'["b", 99]', b'["' + b"b" * 256 + b'", 99]', "256 bytes"),
        (b'["b", 99]', b'["b", 1' + b"0" * 5000 + b"]", "no JSON"),
        (b'"reserved": 0,', b"", "reserved is missing"),
        (b'"reserved": 0,', b'"reserved": 0, "reserved": 0,', "twice"),
        (b"]}", b"", "no JSON"),
        (b"{", b"[" * 100000 + b"{", "no JSON"),
        (b"{", b"\xff{", "no JSON"),
    ],
)
def test_a_damaged_file_is_refused(path: Path, old: bytes, new: bytes, reason: str) -> None:
    data = saved(vocabulary())
    assert old in data
    path.write_bytes(data.replace(old, new, 1))
    with pytest.raises(FormatError, match=reason):
        Vocabulary.load(path)


@pytest.mark.parametrize("text", ["", "[]", "7", "# format: minent lexicon 1\n", "{}"])
def test_what_is_no_vocabulary_file(path: Path, text: str) -> None:
    path.write_text(text, "utf-8")
    with pytest.raises(FormatError):
        Vocabulary.load(path)


@pytest.mark.parametrize("case", CASES["cases"], ids=lambda case: case["corpus"])
def test_models_of_bytepiece_come_back_byte_for_byte(path: Path, case: dict[str, Any]) -> None:
    path.write_text(case["model"], "utf-8")
    loaded = Vocabulary.load(path)
    assert loaded.options == BYTEPIECE
    again = path.with_name("again")
    loaded.save_bytepiece(again)
    assert again.read_bytes() == path.read_bytes()
    # And by way of our own format.
    loaded.save(path, force=True)
    assert Vocabulary.load(path) == loaded


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda model: model.pop("AA=="), "the id 4, here 3 must follow"),
        (lambda model: model.update({"AA==": [4, "", 1]}), "the id 4, here 3"),
        (lambda model: model.update({"AA==": [True, "", 1]}), "the id True"),
        (lambda model: model.update({"AA==": [3, "", float("nan")]}), "whole number"),
        (lambda model: model.update({"AA==": [3, 1]}), "id, text and count"),
        (lambda model: model.update({"*": [0, "", 1]}), "base64"),
        (lambda model: model.update({"QUI=": [len(model) + 3, "AB", 5]}), "sorted"),
    ],
)
def test_a_tampered_model_of_bytepiece_is_refused(path: Path, change: Any, reason: str) -> None:
    model = json.loads(CASES["cases"][0]["model"])
    change(model)
    path.write_text(json.dumps(model), "utf-8")
    with pytest.raises(FormatError, match=reason):
        Vocabulary.load(path)


def test_bytepiece_cannot_say_everything(path: Path) -> None:
    for options in ({}, {"special_ids": "start"}, {"special_ids": "start", "normalization": "nfc", "newlines": "own"}):
        with pytest.raises(InputError, match="BytePiece"):
            vocabulary(b"ab", **options).save_bytepiece(path)
    assert not path.exists()
