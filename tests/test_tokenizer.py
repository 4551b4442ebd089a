"""Tokenizers: nothing is lost, however a text comes; the same ids as BytePiece; other ways to cut."""

import json
import math
from itertools import pairwise
from pathlib import Path
from typing import Any

import naive
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minent import Tokenizer, Vocabulary, VocabularyOptions
from minent.errors import CapacityError, InputError
from minent.tokenizing import cutter, machine, paths
from minent.types import Nodes

BYTES = [bytes([byte]) for byte in range(256)]
CASES = json.loads((Path(__file__).parent / "golden" / "bytepiece_ids.json").read_text("utf-8"))
PIECES = ["ab", "abc", "bc", "中国", "国人", "é", "c\n", "\n\n", "a\nb", " a", "a ", "12", "x1", "𝄞a", "a" * 9]
TEXTS = st.lists(
    st.sampled_from([*PIECES, *"abc中国人é𝄞1 \n", "\r"]).map(str.encode) | st.binary(max_size=3), max_size=25
).map(b"".join)


def tokenizer(*pieces: str | bytes, **options: Any) -> Tokenizer:
    chosen = [piece.encode() if isinstance(piece, str) else piece for piece in pieces or PIECES]
    counts = [*([1] * 256), *(3 + row % 4 for row in range(len(chosen)))]
    return Tokenizer(Vocabulary([*BYTES, *chosen], counts, VocabularyOptions(**options)))


@pytest.fixture(scope="module")
def kinds() -> list[Tokenizer]:
    """By rules and by units: with a part of a character among the pieces units are bytes."""
    rules: list[dict[str, Any]] = [
        {},
        {"newlines": "own"},
        {"special_ids": "start", "reserved": 2},
        {"isolate_digits": True},
        {"pattern": "gpt4"},
        {"pattern": r"[a-c]+|\s"},
        {"token_price": 0},
    ]
    return [tokenizer(*PIECES, *more, **rule) for rule in rules for more in ([], [b"\xe4\xb8", b"\xadx"])]


NUMBERS = st.integers(0, 13)


@settings(max_examples=300)
@given(number=NUMBERS, text=TEXTS)
def test_nothing_is_lost(kinds: list[Tokenizer], number: int, text: bytes) -> None:
    chosen = kinds[number]
    assert chosen.decode(chosen.encode(text)) == text
    assert b"".join(chosen.tokenize(text)) == text


@given(number=NUMBERS, text=TEXTS, sizes=st.lists(st.integers(1, 9), min_size=1))
def test_streams_give_the_same(kinds: list[Tokenizer], number: int, text: bytes, sizes: list[int]) -> None:
    chosen = kinds[number]
    encoder, decoder = chosen.encoder(), chosen.decoder()
    for _ in range(2):  # it can be used again
        parts, at, turn = [], 0, 0
        while at < len(text):
            step = sizes[turn % len(sizes)]
            parts.append(encoder.feed(text[at : at + step]))
            at, turn = at + step, turn + 1
        parts.append(encoder.finish())
        assert np.concatenate(parts).tolist() == chosen.encode(text).tolist()
        shown = [decoder.feed(part) for part in parts] + [decoder.finish()]
        assert "".join(shown) == text.decode(errors="replace")


def test_a_decoder_gives_whole_characters() -> None:
    decoder = tokenizer().decoder()
    assert [decoder.feed([byte]) for byte in "中𝄞".encode()] == ["", "", "中", "", "", "", "𝄞"]
    decoder.feed(["中".encode()[0]])
    assert decoder.finish() == "\ufffd"
    assert decoder.finish() == ""


@given(number=NUMBERS, texts=st.lists(TEXTS, max_size=6), threads=st.integers(1, 4))
def test_batches_give_the_same(kinds: list[Tokenizer], number: int, texts: list[bytes], threads: int) -> None:
    chosen = kinds[number]
    batch = chosen.encode_batch(iter(texts), threads=threads)
    assert batch.offsets.size == len(texts) + 1
    assert [ids.tolist() for ids in batch.split()] == [chosen.encode(text).tolist() for text in texts] or not texts


@given(number=NUMBERS, text=TEXTS, threads=st.integers(1, 3))
def test_lines_are_cut_each_by_itself(kinds: list[Tokenizer], number: int, text: bytes, threads: int) -> None:
    chosen = kinds[number]
    lines = [line + b"\n" for line in text.split(b"\n")]
    lines[-1] = lines[-1][:-1]
    expected = [chosen.encode(line).tolist() for line in lines if line]
    batch = chosen.encode_lines(text, threads=threads)
    assert [ids.tolist() for ids in batch.split() if ids.size] == expected
    assert batch.offsets.size == len(expected) + 1


@given(text=TEXTS, step=st.integers(8, 40))
def test_small_steps_give_the_same(kinds: list[Tokenizer], text: bytes, step: int) -> None:
    expected = [kind.encode(text).tolist() for kind in kinds]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cutter, "_STEP", step)
        patch.setattr(cutter, "_BLOCK", 7)
        fresh = [Tokenizer(kind.vocabulary) for kind in kinds[:4]]
        assert [kind.encode(text).tolist() for kind in fresh] == expected[:4]


def test_ways_that_never_meet() -> None:
    """The ways to one place and to the next share nothing: what is undecided grows with the text."""
    chosen = tokenizer("aa")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cutter, "_STEP", 64)
        for size in (5001, 5000):
            ids = chosen.encode(b"a" * size)
            assert ids.tolist() == [97] * (size % 2) + [chosen.piece_to_id("aa")] * (size // 2)


@pytest.mark.parametrize("limit", ["_MAX_RECORDS", "_MAX_SLOTS"])
def test_more_pieces_than_tables_hold(monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    monkeypatch.setattr(machine, limit, 250)
    with pytest.raises(CapacityError, match="beginnings of pieces do not fit"):
        tokenizer("ab", "abc").encode("abc")


def test_newlines() -> None:
    glue, own = tokenizer("a\n", "\n\n", "a\n\n", "\na"), tokenizer("a\n", "\n\n", "a\n\n", "\na", newlines="own")
    assert glue.tokenize("a\n\na\na") == [b"a\n\n", b"a\n", b"a"]
    assert own.tokenize("a\n\na\na") == [b"a", b"\n\n", b"a", b"\n", b"a"]


def test_digits_stand_alone() -> None:
    pieces = ["12", "x1", "中١", "١"]
    assert tokenizer(*pieces).tokenize("x12中١") == [b"x1", b"2", "中١".encode()]
    isolated = tokenizer(*pieces, isolate_digits=True)
    assert isolated.tokenize("x12中١") == [b"x", b"1", b"2", *split("中"), "١".encode()]


def split(text: str) -> list[bytes]:
    return [bytes([byte]) for byte in text.encode()]


@pytest.mark.parametrize(
    ("pattern", "text", "parts"),
    [
        ("gpt2", "I've  2021년 a\n\n b", ["I", "'ve", " ", " 2021", "년", " a", "\n\n", " b"]),
        ("gpt4", "I'VE  2021년 a\n\n b", ["I", "'VE", " ", " ", "202", "1", "년", " a", "\n\n", " b"]),
    ],
)
def test_known_patterns(pattern: str, text: str, parts: list[str]) -> None:
    # With nothing but whole parts for pieces, each part is one token.
    pieces = {part for part in parts if len(part.encode()) > 1}
    assert tokenizer(*sorted(pieces), pattern=pattern).tokenize(text) == [part.encode() for part in parts]


def test_normal_form() -> None:
    chosen = tokenizer("é", normalization="nfc")
    assert chosen.tokenize("e\u0301") == ["é".encode()]
    assert chosen.tokenize("e\u0301".encode() + b"\xff") == ["é".encode(), b"\xff"]
    assert tokenizer("é").tokenize("e\u0301") == split("e\u0301")
    encoder = chosen.encoder()
    parts = [encoder.feed(bytes([byte])) for byte in "ae\u0301e".encode()]
    assert b"".join(chosen.decode(part) for part in [*parts, encoder.finish()]).decode() == "aée"


@pytest.mark.parametrize("case", CASES["cases"], ids=lambda case: case["corpus"])
def test_the_same_ids_as_bytepiece(tmp_path: Path, case: dict[str, Any]) -> None:
    (tmp_path / "model").write_text(case["model"], "utf-8")
    chosen = Tokenizer.load(tmp_path / "model")
    assert [chosen.encode(text).tolist() for text in CASES["strings"]] == case["ids"]
    assert [ids.tolist() for ids in chosen.encode_batch(CASES["strings"], threads=2).split()] == case["ids"]
    # By doubles or by fixed point: ties as rounding would have them are rare.
    options = VocabularyOptions(token_price=0)
    fixed = Tokenizer(Vocabulary(chosen.vocabulary.pieces, chosen.vocabulary.counts, options))
    texts = [text for text in CASES["strings"] if "\u0301" not in text and "\u0300" not in text]
    same = [fixed.encode(text).tolist() == [number - 3 for number in chosen.encode(text)] for text in texts]
    assert np.mean(same) > 0.97


@given(
    TEXTS.filter(lambda text: 0 < len(text) < 10),
    st.sampled_from([0.0, 0.3, 1.0]),
    st.integers(1, 5),
    st.sampled_from([0.0, 0.5, 5.0]),
)
def test_all_ways(text: bytes, alpha: float, k: int, price: float) -> None:
    chosen = tokenizer(token_price=price)
    cost = dict(zip(chosen.vocabulary.pieces, (price - chosen.vocabulary.scores).tolist(), strict=True))
    cost = {piece: nats for piece, nats in cost.items() if b"\n" not in piece or piece in (b"\n", b"\n\n", b"c\n")}
    assert chosen.log_normalizer(text, alpha) == pytest.approx(naive.sum_paths(cost, text, alpha))
    assert tuple(decoded(chosen, chosen.sample(text, alpha, 5))) in set(naive.ways(cost, text))
    best = chosen.nbest(text, k)
    ids = chosen.encode(text)
    assert best[0][1] == pytest.approx(chosen.log_probability(ids) - price * ids.size, abs=1e-3)
    expected = sorted((-sum(cost[piece] for piece in way) for way in naive.ways(cost, text)), reverse=True)[:k]
    assert [score for _, score in best] == pytest.approx(expected, abs=1e-3)
    assert len({tuple(ids.tolist()) for ids, _ in best}) == len(best)
    assert all(chosen.decode(ids) == text for ids, _ in best)


@given(TEXTS)
def test_the_dearer_tokens_are_the_fewer_there_are(text: bytes) -> None:
    by_price = [tokenizer(token_price=price) for price in (0, 1, 5, 1000)]
    ids = [chosen.encode(text) for chosen in by_price]
    sizes = [each.size for each in ids]
    assert sizes == sorted(sizes, reverse=True)
    costs = [-chosen.log_probability(each) for chosen, each in zip(by_price, ids, strict=True)]
    assert all(before <= after + 0.1 for before, after in pairwise(costs))


def decoded(chosen: Tokenizer, ids: Nodes) -> list[bytes]:
    return [chosen.id_to_piece(number) for number in ids]


def test_drawing_does_not_depend_on_how_a_text_is_stretched() -> None:
    chosen, text = tokenizer(), "abc中国人\n\nabcabc 12\n".encode() * 40
    before = chosen.sample(text, 0.2, 3)
    total = chosen.log_normalizer(text, 0.2)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paths, "_STEP", 30)
        assert chosen.sample(text, 0.2, 3).tolist() == before.tolist()
        assert chosen.log_normalizer(text, 0.2) == pytest.approx(total)
    assert chosen.sample(text, 0.2, 4).tolist() != before.tolist()
    assert chosen.sample(text, 0.2, 3, base=1).tolist() != before.tolist()
    assert chosen.sample(text, 50.0, 3).size == chosen.encode(text).size
    assert chosen.sample(b"", 0.2, 3).size == 0


@pytest.mark.parametrize("alpha", [-0.1, math.nan, math.inf])
def test_what_alpha_cannot_be(alpha: float) -> None:
    with pytest.raises(InputError, match="alpha"):
        tokenizer().sample(b"ab", alpha, 1)


def test_what_cannot_be_drawn() -> None:
    chosen = tokenizer()
    for seed in (-1, 2**63):
        with pytest.raises(InputError, match="seed"):
            chosen.sample(b"ab", 1.0, seed)
    with pytest.raises(InputError, match="n-best"):
        chosen.nbest(b"ab", 0)
    with pytest.raises(CapacityError, match="fewer"):
        chosen.nbest(b"ab" * 100, 1 << 24)


def test_special_tokens() -> None:
    chosen = tokenizer("ab", specials=("<s>", "<s>x", "é"), reserved=1)
    first = len(chosen.vocabulary)
    assert chosen.vocab_size == first + 4
    text = "ab<s>x<s>éab"
    assert chosen.decode(chosen.encode(text)) == text.encode()
    assert max(chosen.encode(text)) < first
    ids = chosen.encode(text, specials=True)
    assert ids.tolist() == [256, first + 1, first, first + 2, 256]
    assert chosen.decode(ids) == b"abab"
    assert chosen.decode(ids, skip_specials=False) == text.encode()
    assert chosen.encode("ab", specials=True).tolist() == [256]
    assert chosen.piece_to_id("<s>") == first
    assert chosen.id_to_piece(first) == b"<s>"
    assert chosen.decode([first + 3], skip_specials=False) == b""
    with pytest.raises(InputError, match="no piece"):
        chosen.piece_to_id(b"<s>")
    assert tokenizer("ab", specials=()).encode("<pad>", specials=True).size == 5


@pytest.mark.parametrize(
    ("ids", "reason"),
    [
        ([3, 999], "id 999, number 2"),
        ([-1], "id -1, number 1"),
        ([2**40], "is none"),
        ([1.5], "whole numbers"),
        ([[1, 2]], "one row"),
        (["a"], "whole numbers"),
    ],
)
def test_ids_out_of_range(ids: Any, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        tokenizer("ab").decode(ids)


def test_text_that_is_none() -> None:
    chosen = tokenizer()
    with pytest.raises(InputError, match=r"character 1 .* lone surrogate"):
        chosen.encode("a\udc80")
    with pytest.raises(InputError, match="str or bytes"):
        chosen.encode(7)  # type: ignore[arg-type]
    assert chosen.encode(b"").tolist() == []
    assert chosen.decode([]) == b""
    assert chosen.decode_text(chosen.encode(b"a\xff")) == "a\ufffd"


@given(number=st.integers(0, 3), text=TEXTS)
def test_offsets(kinds: list[Tokenizer], number: int, text: bytes) -> None:
    found = kinds[number].encode_with_offsets(text)
    assert found.text.tobytes() == text
    pieces = [text[a:b] for a, b in found.bytes]
    assert pieces == decoded(kinds[number], found.ids)
    try:
        characters = text.decode()
    except UnicodeDecodeError:
        return
    for (low, high), (first, last) in zip(found.bytes.tolist(), found.characters.tolist(), strict=True):
        begin = len(characters[:first].encode())
        end = begin + len(characters[first:last].encode())
        assert begin <= low < high <= end  # all that a token has a part of, and no more
        assert len(characters[first + 1 : last].encode()) < high - begin or last - first == 1
        assert begin + len(characters[first].encode()) > low
        assert end - len(characters[last - 1].encode()) < high


def test_completion() -> None:
    chosen = tokenizer("ab", "abc", "abd", "bcd")
    assert [chosen.id_to_piece(number) for number in chosen.prefix_search("ab")] == [b"ab", b"abc", b"abd"]
    assert chosen.prefix_search("").size == 260
    assert chosen.prefix_search("zz").size == 0
    healing = chosen.heal(chosen.encode("xxab"))
    assert (healing.ids.tolist(), healing.prefix) == (chosen.encode("xx").tolist(), b"ab")
    assert decoded(chosen, healing.candidates) == [b"ab", b"abc", b"abd"]
    assert healing.weights.tolist() == [3 / 12, 4 / 12, 5 / 12]
    assert chosen.heal([], 3).ids.size == 0


def test_save_and_load(tmp_path: Path) -> None:
    chosen = tokenizer(newlines="own")
    chosen.save(tmp_path / "t.json")
    again = Tokenizer.load(tmp_path / "t.json")
    assert again.vocabulary == chosen.vocabulary
    assert repr(again) == "Tokenizer(Vocabulary(271 pieces, 3 special tokens))"
    assert again.encode("abc中国").tolist() == chosen.encode("abc中国").tolist()
