"""train-crf and what commands do with a tagger, through real processes."""

import json
from pathlib import Path

import pytest
from test_cli import assert_one_line_error, run
from test_tagger import columns_of, sentences


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with a tagger, and what it was made from."""
    place = tmp_path_factory.mktemp("crf")
    (place / "cut.txt").write_text(sentences(150), "utf-8")
    (place / "columns.txt").write_text(columns_of(sentences(150)), "utf-8")
    (place / "raw.txt").write_text(sentences(50, seed=4).replace(" ", ""), "utf-8")
    (place / "uncut.txt").write_text("\n天地玄黄\n", "utf-8")
    done = run("train-crf", "cut.txt", "-o", "t.crf", cwd=place)
    assert (done.returncode, done.stdout) == (0, b"")
    assert b"epoch 3: loss" in done.stderr
    assert b"pairs from" in done.stderr
    return place


def test_a_tagger_cuts_text(place: Path) -> None:
    text = sentences(20, seed=2)
    done = run("-q", "segment", "-m", "t.crf", cwd=place, input=text.replace(" ", "").encode())
    assert (done.returncode, done.stdout.decode(), done.stderr) == (0, text, b"")
    done = run("segment", "-m", "t.crf", "-d", "/", cwd=place, input="天地 玄黄/日\n月".encode())
    assert done.stdout.decode() in ("天地/玄黄/\\//日\n月", "天地/玄黄\\//日\n月", "天地/玄黄/\\/日\n月")


def test_words_of_ones_own(place: Path) -> None:
    (place / "mine.txt").write_text("地玄\n\n黄日月 force\n", "utf-8")
    done = run("segment", "-m", "t.crf", "--user-dict", "mine.txt", cwd=place, input="天地玄黄日月\n".encode())
    assert done.stdout.decode() == "天 地玄 黄日月\n"


def test_json_tells_how_sure_each_word_is(place: Path) -> None:
    done = run("segment", "-m", "t.crf", "--json", cwd=place, input="天地 玄黄\n\n日\n".encode())
    first, second, third = map(json.loads, done.stdout.splitlines())
    assert (first["text"], first["spans"]) == ("天地 玄黄", [[0, 2], [3, 5]])
    assert all(0.5 < chance <= 1 for chance in (*first["confidence"], *third["confidence"]))
    assert second == {"text": "", "spans": [], "confidence": []}


def test_the_same_tagger_however_it_is_made(place: Path) -> None:
    cut = (place / "cut.txt").read_bytes()
    done = run("-q", "train-crf", "-o", "piped.crf", "--threads", "2", cwd=place, input=cut)
    assert (done.returncode, done.stderr) == (0, b"")
    assert (place / "piped.crf").read_bytes() == (place / "t.crf").read_bytes()
    call = "train-crf columns.txt --tags 6 --raw raw.txt -o columns.crf"
    assert run(*call.split(), cwd=place).returncode == 0
    assert run("segment", "raw.txt", "-m", "columns.crf", cwd=place).stdout == sentences(50, seed=4).encode()


def test_counts_take_the_place_of_text(place: Path) -> None:
    assert run("count", "raw.txt", "-o", "raw.mnc", "--force", cwd=place).returncode == 0
    call = "train-crf columns.txt --tags 6 --counts raw.mnc -o counted.crf"
    assert run(*call.split(), cwd=place).returncode == 0
    assert (place / "counted.crf").read_bytes() == (place / "columns.crf").read_bytes()


def test_held_out_text(place: Path) -> None:
    call = "train-crf cut.txt --dev cut.txt --epochs 9 -o dev.crf --force"
    done = run(*call.split(), cwd=place)
    assert done.returncode == 0
    assert b"F of held-out words 1.0000" in done.stderr
    assert b"epoch 9" not in done.stderr


def test_inspect_shows_a_tagger(place: Path) -> None:
    lines = run("inspect", "t.crf", cwd=place).stdout.decode().splitlines()
    assert {"format: minent tagger 1", "tags: 4", "tagset: S E B M", "strings: 0"} <= set(lines)
    rows = run("inspect", "t.crf", "--grep", "^日$", "--json", cwd=place).stdout.splitlines()
    found = {(row["place"], row["tag"]): row["weight"] for row in map(json.loads, rows)}
    assert found["0", "S"] > 0 > found["0", "B"]


def test_dry_run_reads_nothing(place: Path) -> None:
    done = run("train-crf", "cut.txt", "--raw", "raw.txt", "--dry-run", cwd=place)
    assert [line.split("\t")[-1] for line in done.stdout.decode().splitlines()] == ["input", "cut.txt", "raw.txt"]


@pytest.mark.parametrize(
    ("call", "code", "part"),
    [
        ("train-crf cut.txt", 2, "-o"),
        ("train-crf cut.txt -o x --epochs 0", 2, "epochs"),
        ("train-crf cut.txt -o t.crf", 1, "--force"),
        ("train-crf cut.txt -o x --raw raw.txt --counts raw.mnc", 2, "--counts"),
        ("train-crf uncut.txt -o x", 1, "line 2"),
        ("train-crf cut.txt --dev uncut.txt -o x", 1, "uncut.txt"),
        ("segment raw.txt -m t.crf --level 2", 2, "level"),
        ("segment raw.txt -m half.crf", 1, "half.crf"),
        ("segment raw.txt -m t.crf --user-dict never.txt", 1, "a tagger knows"),
        ("segment raw.txt -m t.crf --user-dict no.txt", 1, "no.txt"),
        ("build-lexicon raw.txt --background t.crf -o x", 1, "t.crf"),
    ],
)
def test_what_goes_wrong(place: Path, call: str, code: int, part: str) -> None:
    (place / "never.txt").write_text("天 never\n", "utf-8")
    (place / "half.crf").write_bytes((place / "t.crf").read_bytes()[:3000])
    done = run(*call.split(), cwd=place)
    assert (done.returncode, done.stdout) == (code, b"")
    assert part in done.stderr.decode()
    if code == 1:
        assert_one_line_error(done, part)
    assert not (place / "x").exists()
