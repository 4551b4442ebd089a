"""Every text of `bad_input` through every command that reads text: done whole, or refused in one line."""

import json
import os
import re
from pathlib import Path

import bad_input
import pytest

from minent import Lexicon, NgramCounts, Template, TemplateSet, Vocabulary
from minent.cli import _run

TEXTS = bad_input.texts()
MAKES = {
    "count text --order 3 -o out": NgramCounts.load,
    "count text --alphabet bytes --order 4 --min-count 2 -o out": NgramCounts.load,
    "build-lexicon text -o out": Lexicon.load,
    "build-lexicon text --levels 2 --min-count 2 -o out": Lexicon.load,
    "mine-templates text --units spaces --min-count 3 -o out": TemplateSet.load,
    "mine-templates text --units characters --min-count 3 -o out": TemplateSet.load,
    "train-tokenizer text --vocab-size 300 -o out": Vocabulary.load,
}
BOM = b"\xef\xbb\xbf"
READS = (
    "segment -m lexicon.tsv text",
    "segment -m lexicon.tsv --json text",
    "segment -m tokenizer.json text",
    "encode -m tokenizer.json text",
    "parse -m templates.tsv --format brackets text",
    "evaluate -m tokenizer.json text",
    "explain lexicon.tsv 我们 --corpus text",
    "report lexicon.tsv tokenizer.json --corpus text -o /dev/stdout",
    "evaluate text text",
)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with models."""
    place = tmp_path_factory.mktemp("bad")
    (place / "sample").write_text("我们的研究生在图书馆里看书\nthe name of the rose\n" * 40, "utf-8")
    assert _run(["-q", "build-lexicon", str(place / "sample"), "-o", str(place / "lexicon.tsv")]) == 0
    pieces = [bytes([byte]) for byte in range(256)] + ["我们".encode(), b"the ", b"\n\n"]
    Vocabulary(pieces, range(1, len(pieces) + 1)).save(place / "tokenizer.json")
    about = {"format": "minent templates 1", "units": "spaces", "separator": "space"}
    TemplateSet([Template.parse("[X] of [Y]")], 9, about).save(place / "templates.tsv")
    return place


def call(
    command: str, place: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> tuple[int, bytes, str]:
    """Run a command in this process; return its exit code, output and messages."""
    monkeypatch.chdir(place)
    capfd.readouterr()
    stdout = os.dup(1)
    output = os.open(place / "output", os.O_RDWR | os.O_CREAT | os.O_TRUNC)
    os.dup2(output, 1)
    try:
        code = _run(["-q", *command.split()])
    finally:
        os.dup2(stdout, 1)
        os.close(stdout)
        os.close(output)
    return code, (place / "output").read_bytes(), capfd.readouterr().err


def told_in_one_line(said: str) -> bool:
    lines = [line for line in said.splitlines() if "warning" not in line]
    return (
        len(lines) == 1
        and lines[0].startswith("minent: error: ")
        and not re.search("[\\x00-\\x1f\\x7f-\\x9f]", lines[0])
    )


@pytest.mark.parametrize("name", TEXTS)
def test_what_is_made_is_whole_or_not_there(
    name: str, place: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (place / "text").write_bytes(TEXTS[name])
    for command, load in MAKES.items():
        (place / "out").unlink(missing_ok=True)
        code, _, said = call(command, place, monkeypatch, capfd)
        if code == 0:
            load(place / "out")
        else:
            assert code == 1, (command, said)
            assert told_in_one_line(said), (command, said)
            assert not (place / "out").exists(), command
    assert not list(place.glob(".minent*"))


@pytest.mark.parametrize("name", TEXTS)
def test_what_is_read_comes_out_whole(
    name: str, place: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    data = TEXTS[name]
    (place / "text").write_bytes(data)
    for command in READS:
        code, out, said = call(command, place, monkeypatch, capfd)
        assert code in (0, 1), (command, said)
        assert told_in_one_line(said) if code else "error" not in said, (command, said)
        if code:
            continue
        if command.startswith("encode"):
            (place / "ids").write_bytes(out)
            assert call("decode -m tokenizer.json ids", place, monkeypatch, capfd)[1] == data
        elif command.startswith("segment") and "--json" not in command:
            assert out.count(b"\n") == data.count(b"\n")
        elif command.startswith("segment"):
            lines = [json.loads(line) for line in out.splitlines()]
            assert "\n".join(line["text"] for line in lines) == data.removeprefix(BOM).decode().removesuffix("\n")
            for line in lines:
                ends = [0, *(end for span in line["spans"] for end in span), len(line["text"])]
                assert ends == sorted(ends)
