"""What is handed over to other programs, read with the eyes of those who wrote it down."""

import json
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_cli import assert_one_line_error, run

from minent import Vocabulary, VocabularyOptions, export_vocabulary
from minent.errors import InputError
from minent.export import FOLDERS, VOCABULARIES
from minent.export.exported import Exported
from minent.export.huggingface import exact_decimals, spell
from minent.export.roles import role_of

BYTES = [bytes([byte]) for byte in range(256)]
PIECES = ["天地", "玄黄", " of", "of the", "a\n", "\nb", "\n\n", "19", "▁a", "x\0y", "<0x41>", "<pad>"]
NORMAL, UNKNOWN, CONTROL, UNUSED, BYTE = 1, 2, 3, 5, 6


def vocabulary(*pieces: str | bytes, **options: Any) -> Vocabulary:
    longer = [piece.encode() if isinstance(piece, str) else piece for piece in pieces]
    return Vocabulary([*BYTES, *longer], [*range(1, 257 + len(longer))], VocabularyOptions(**options))


def made(target: str, given: Vocabulary) -> Exported:
    return VOCABULARIES[target](given)


def huggingface(given: Vocabulary) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(made("huggingface", given).files["tokenizer.json"])
    return content


def fields(data: bytes) -> Iterator[tuple[int, Any]]:
    """The fields of a message of protocol buffers."""

    def varint(at: int) -> tuple[int, int]:
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value, at

    at = 0
    while at < len(data):
        tag, at = varint(at)
        if tag & 7 == 0:
            value, at = varint(at)
            yield tag >> 3, value
        elif tag & 7 == 5:
            yield tag >> 3, struct.unpack("<f", data[at : at + 4])[0]
            at += 4
        else:
            assert tag & 7 == 2
            size, at = varint(at)
            yield tag >> 3, data[at : at + size]
            at += size


def sentencepiece(given: Vocabulary) -> tuple[list[tuple[str, float, int]], dict[int, Any]]:
    """Rows of a model, and the fields of its trainer."""
    messages = list(fields(made("sentencepiece", given).files[""]))
    rows = [dict(fields(content)) for number, content in messages if number == 1]
    trainer = dict(next(fields(content) for number, content in messages if number == 2))
    return [(row[1].decode(), row[2], row[3]) for row in rows], trainer


@pytest.mark.parametrize("special_ids", ["start", "end"])
def test_every_id_has_its_place(special_ids: str) -> None:
    given = vocabulary(*PIECES[:8], b"\xe5\xa4", specials=("<pad>", "<unk>", "特"), special_ids=special_ids, reserved=2)
    content = huggingface(given)
    names = [name for name, _ in content["model"]["vocab"]]
    rows, trainer = sentencepiece(given)
    assert len(set(names)) == len(names)
    assert len({name for name, _, _ in rows}) == len(rows) == given.size + 127 == trainer[4]
    assert {token["content"]: token["id"] for token in content["added_tokens"]} == given.specials
    for special, number in given.specials.items():
        assert names[number : number + 1] == ([special] if special_ids == "start" else [])
        assert rows[number][0] == special
    for number, piece in enumerate(given.pieces, start=given.first_id):
        assert names[number] == spell(piece)
        if len(piece) > 1 and piece != b"\xe5\xa4":
            assert rows[number][0] == piece.decode().replace(" ", "▁")
    assert [row[2] for row in rows[given.first_id :][:256]] == [BYTE, *[NORMAL] * 127, *[BYTE] * 128]
    assert [name for name, _, kind in rows if kind == UNKNOWN] == ["<unk>"]
    assert trainer[40] == given.specials["<unk>"]
    assert (trainer[43], trainer[48]) == (given.specials["<pad>"], b"<pad>")
    assert trainer[41] == 2**64 - 1  # none


@pytest.mark.parametrize("special_ids", ["start", "end"])
def test_names_that_meet(special_ids: str) -> None:
    specials = ("▁of", "<no piece 4>", "<no▁piece▁4>", "<<no piece 4>>", "a▁b", "[unk]", "<unk>")
    given = vocabulary(" of", "a b", "<unk>", specials=specials, special_ids=special_ids, reserved=2)
    names = [name for name, _ in huggingface(given)["model"]["vocab"]]
    rows, _ = sentencepiece(given)
    assert len(set(names)) == len(names)
    assert len({name for name, _, _ in rows}) == len(rows)
    assert [rows[number][0] for number in given.specials.values()] == list(specials)
    assert {loss.piece for loss in made("sentencepiece", given).losses} == {b" of", b"a b", b"<unk>"}


def test_the_bytes_of_gpt2() -> None:
    assert spell(bytes(range(256)))[:0x22] == "".join(map(chr, range(0x100, 0x121))) + "!"
    assert spell(b" \n\x7f\xa0\xad\xff") == "ĠĊġłŃÿ"
    assert len(set(spell(bytes(range(256))))) == 256


def test_what_the_rules_forbid_is_there_and_not_used() -> None:
    given = vocabulary(*PIECES[:8], newlines="own", isolate_digits=True)
    rows, _ = sentencepiece(given)
    forbidden = [name for name, _, kind in rows if kind == UNUSED]
    assert sorted(forbidden) == sorted(["a\n", "\nb", "19"])
    scores = dict(map(tuple, huggingface(given)["model"]["vocab"]))
    bytewise = 2 * min(scores[spell(byte)] for byte in BYTES)
    assert {name for name, score in scores.items() if score < bytewise} == {spell(name.encode()) for name in forbidden}


def test_losses() -> None:
    given = vocabulary(*PIECES, b"\xe5\xa4", specials=("<pad>", "<é>", "<0x42>"))
    first = given.row_of

    def lost(target: str) -> dict[bytes, tuple[int, str]]:
        return {loss.piece: (loss.id, loss.reason) for loss in made(target, given).losses}

    assert lost("huggingface") == {
        b"<pad>": (first[b"<pad>"], "the name of a special token there"),
        "<é>".encode(): (given.specials["<é>"], "a special token that is decoded as other bytes"),
    }
    assert lost("sentencepiece") == {
        "▁a".encode(): (first["▁a".encode()], "U+2581, which stands for a space there"),
        b"x\0y": (first[b"x\0y"], "U+0000, which no piece has there"),
        b"<0x41>": (first[b"<0x41>"], "the name of something else there"),
        b"<pad>": (first[b"<pad>"], "the name of something else there"),
        b"\xe5\xa4": (first[b"\xe5\xa4"], "no UTF-8"),
        b"<0x42>": (given.specials["<0x42>"], "the name of something else there"),
    }
    assert made("sentencepiece", given).reasons()["the name of something else there"] == 3
    numbers = [loss.id for loss in made("sentencepiece", given).losses]
    assert numbers == sorted(numbers)


@pytest.mark.parametrize(
    ("target", "options", "reason"),
    [
        ("sentencepiece", {"pattern": "gpt4"}, "--pattern none"),
        ("bytepiece", {}, "BytePiece"),
        ("huggingface", {"specials": ("a",)}, "the byte 97"),
        ("huggingface", {"specials": ("é",), "special_ids": "start"}, "the byte 233"),
        ("gguf", {}, "there are huggingface"),
    ],
)
def test_what_is_refused(tmp_path: Path, target: str, options: dict[str, Any], reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        export_vocabulary(vocabulary("天地", **options), target, tmp_path / "x")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("target", "options", "words"),
    [
        ("huggingface", {}, []),
        ("huggingface", {"normalization": "nfc", "pattern": "gpt4"}, ["letters", "marks"]),
        ("huggingface", {"pattern": r"\w+"}, ["Oniguruma"]),
        ("sentencepiece", {}, []),
        ("sentencepiece", {"normalization": "nfc"}, ["normal form C"]),
    ],
)
def test_what_is_warned_of(target: str, options: dict[str, Any], words: list[str]) -> None:
    warnings = made(target, vocabulary(**options)).warnings
    assert [word in warning for word, warning in zip(words, warnings, strict=True)] == [True] * len(words)


def read_as_serde_does(text: str) -> float:
    """The digits as a whole number, rounded to a double; divided by a power of ten, and rounded again."""
    whole, _, digits = text.partition(".")
    return float(int(whole + digits)) / 10.0 ** len(digits)


@given(st.lists(st.floats(-20000, -1e-6) | st.integers(1, 2**26).map(lambda cost: cost / -(2.0**20)), min_size=1))
def test_decimals_that_any_reader_reads_alike(values: list[float]) -> None:
    texts = exact_decimals(np.array(values))
    assert [float(text) for text in texts] == values
    assert [read_as_serde_does(text) for text in texts] == values


def test_the_shortest_decimals_would_not_do() -> None:
    assert any(
        read_as_serde_does(repr(-cost / 2.0**20)) != -cost / 2.0**20 for cost in range(12 << 20, (12 << 20) + 99)
    )


@pytest.mark.parametrize(
    ("special", "role"),
    [("<pad>", "pad"), ("[PAD]", "pad"), ("<|endoftext|>", "eos"), ("<s>", "bos"), ("</s>", "eos"), ("<x>", "")],
)
def test_roles(special: str, role: str) -> None:
    assert role_of(special) == role


def test_transformers_are_told_what_special_tokens_are_for() -> None:
    files = made("huggingface", vocabulary(specials=("<s>", "<bos>", "<pad>", "<tool>"))).files
    config = json.loads(files["tokenizer_config.json"])
    assert config["split_special_tokens"] is True
    assert (config["bos_token"], config["pad_token"]) == ("<s>", "<pad>")
    assert config["additional_special_tokens"] == ["<bos>", "<tool>"]


@pytest.mark.parametrize("special_ids", ["start", "end"])
def test_tables(special_ids: str) -> None:
    given = vocabulary(" of", b"\xe5\xa4", specials=("<a b>",), reserved=1, special_ids=special_ids)
    header, *lines = made("tsv", given).files[""].decode().splitlines()
    records = [json.loads(line) for line in made("jsonl", given).files[""].decode().splitlines()]
    assert header.split("\t") == ["id", "kind", "piece", "count", "score"]
    rows = [line.split("\t") for line in lines]
    assert [int(row[0]) for row in rows] == [record["id"] for record in records] == list(range(given.size))
    place = given.first_id + given.row_of[b" of"]
    assert rows[place][1:4] == ["piece", r"\sof", str(given.counts[given.row_of[b" of"]])]
    assert records[place]["piece"] == " of"
    assert float(rows[place][4]) == records[place]["score"] == given.scores[given.row_of[b" of"]]
    place = given.first_id + given.row_of[b"\xe5\xa4"]
    assert (rows[place][2], records[place]["hex"]) == (r"\xe5\xa4", "e5a4")
    assert rows[given.specials["<a b>"]][1:] == ["special", r"<a\sb>", "", ""]
    assert records[given.specials["<a b>"] + 1] == {"id": given.specials["<a b>"] + 1, "kind": "reserved", "piece": ""}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    vocabulary(*PIECES, b"\xe5\xa4").save(tmp_path / "t.json")
    return tmp_path


def test_the_command_writes_a_folder_once(place: Path) -> None:
    call = ("export", "t.json", "--format", "huggingface", "-o", "folder")
    done = run(*call, cwd=place)
    assert done.returncode == 0
    assert sorted(path.name for path in (place / "folder").iterdir()) == ["tokenizer.json", "tokenizer_config.json"]
    lines = done.stderr.decode().splitlines()
    assert lines[0] == "minent: 272 ids, 269 of them pieces, as huggingface"
    assert lines[1].startswith("minent: warning: 1 of them cannot be expressed there (1: the name of a special")
    assert_one_line_error(run(*call, cwd=place), "--force")
    assert run(*call, "--force", cwd=place).returncode == 0
    assert_one_line_error(run(*call[:-1], "t.json", cwd=place), "folder")
    assert_one_line_error(run(*call[:-1], "no/folder", cwd=place), "make it first")


def test_the_command_lists_what_is_lost(place: Path) -> None:
    done = run("export", "t.json", "--format", "sentencepiece", "-o", "m", "--rejects", "r.tsv", "-q", cwd=place)
    assert done.returncode == 0
    assert done.stderr.decode().startswith("minent: warning: 5 of them")
    rows = [line.split("\t") for line in (place / "r.tsv").read_text("utf-8").splitlines()]
    assert rows[0] == ["id", "piece", "reason"]
    assert [row[1] for row in rows[1:]] == [r"\xe5\xa4", r"x\u0000y", "▁a", "<pad>", "<0x41>"]


@pytest.mark.parametrize("target", sorted(set(VOCABULARIES) - FOLDERS - {"bytepiece"}))
def test_the_command_writes_to_standard_output(place: Path, target: str) -> None:
    done = run("export", "t.json", "--format", target, "-o", "-", "-q", cwd=place)
    assert (done.returncode, done.stdout) == (0, made(target, Vocabulary.load(place / "t.json")).files[""])


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (("t.json", "--format", "huggingface"), 2),
        (("t.json", "--format", "huggingface", "-o", "-"), 2),
        (("t.json", "--format", "huggingface", "-o", ""), 1),
        (("t.json", "--format", "gguf", "-o", "x"), 2),
        (("t.json", "--format", "bytepiece", "-o", "x"), 1),
        (("t.json", "--format", "tsv", "-o", "t.json"), 1),
        (("none.json", "--format", "tsv", "-o", "x"), 1),
    ],
)
def test_wrong_calls(place: Path, call: tuple[str, ...], code: int) -> None:
    done = run("export", *call, cwd=place)
    assert done.returncode == code
    assert not (place / "x").exists()
