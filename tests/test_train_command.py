"""`minent train-tokenizer`, through real processes."""

import random
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from test_cli import assert_one_line_error, run
from test_commands import names

from minent.vocabulary import Vocabulary, VocabularyOptions

SAMPLES = Path(__file__).parents[1] / "corpora"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    for name in ("zh.txt", "en.txt"):
        (tmp_path / name).write_bytes((SAMPLES / name).read_bytes())
    return tmp_path


def train(place: Path, *arguments: str, **options: object) -> str:
    """Train a vocabulary, return what was said."""
    done = run("train-tokenizer", *arguments, cwd=place, **options)
    assert (done.returncode, done.stdout) == (0, b""), done.stderr
    return done.stderr.decode()


def test_a_tokenizer_is_trained_and_gives_its_text_back(place: Path) -> None:
    said = train(place, "zh.txt", "en.txt", "-o", "t.json", "--vocab-size", "900")
    size = sum((place / name).stat().st_size for name in ("zh.txt", "en.txt"))
    assert re.search(r"900 ids, 897 of them pieces; [\d.]+ bytes per token on this text, [\d.]+ bits per byte", said)
    assert f"from {size:,} bytes of text with digest" in said
    vocabulary = Vocabulary.load(place / "t.json")
    assert vocabulary.size == 900
    ids = run("encode", "-m", "t.json", "zh.txt", cwd=place)
    assert ids.returncode == 0, ids.stderr
    assert run("decode", "-m", "t.json", cwd=place, input=ids.stdout).stdout == (place / "zh.txt").read_bytes()
    assert len(ids.stdout.split()) < vocabulary.counts.sum()


def test_standard_input_is_read_twice(place: Path) -> None:
    train(place, "zh.txt", "-o", "t.json", "--vocab-size", "500")
    said = train(place, "-o", "again.json", "--vocab-size", "500", input=(place / "zh.txt").read_bytes())
    assert "<stdin> is read twice: copying it" in said
    assert (place / "t.json").read_bytes() == (place / "again.json").read_bytes()


def test_tokens_have_a_price(place: Path) -> None:
    train(place, "en.txt", "-o", "t.json", "--vocab-size", "900")
    train(place, "en.txt", "-o", "free.json", "--vocab-size", "900", "--token-price", "0")
    dear, free = (Vocabulary.load(place / name) for name in ("t.json", "free.json"))
    assert (dear.options.token_price, free.options.token_price) == (VocabularyOptions().token_price, 0)
    assert dear.pieces == free.pieces
    assert dear.counts.sum() < free.counts.sum()


def test_work_is_resumed_from_its_folder(place: Path) -> None:
    (place / "work").mkdir()
    train(place, "zh.txt", "-o", "t.json", "--vocab-size", "500")
    train(place, "zh.txt", "-o", "again.json", "--vocab-size", "500", "--work-dir", "work", "--resume")
    assert (place / "t.json").read_bytes() == (place / "again.json").read_bytes()
    assert names(place / "work") == set()
    assert_one_line_error(run("train-tokenizer", "-o", "x", "--work-dir", "work", "--resume", cwd=place, input=b"a"))
    assert run("train-tokenizer", "zh.txt", "-o", "x", "--resume", cwd=place).returncode == 2


def test_several_sizes_have_a_file_each(place: Path) -> None:
    train(place, "zh.txt", "-o", "t.json", "--vocab-size", "500", "--vocab-size", "300", "-q")
    assert names(place) == {"zh.txt", "en.txt", "t.500.json", "t.300.json"}
    assert Vocabulary.load(place / "t.300.json").size == 300
    done = run("train-tokenizer", "zh.txt", "-o", "-", "--vocab-size", "500", "--vocab-size", "300", cwd=place)
    assert done.returncode == 2
    assert_one_line_error(
        run("train-tokenizer", "zh.txt", "-o", "t.json", "--vocab-size", "300", "--vocab-size", "9999", cwd=place),
        "t.300.json: the file exists",
    )


def test_models_of_bytepiece(place: Path) -> None:
    train(place, "en.txt", "-o", "t.model", "--vocab-size", "500", "--objective", "bytepiece", "--format", "bytepiece")
    vocabulary = Vocabulary.load(place / "t.model")
    assert vocabulary.specials == {"<pad>": 0, "<bos>": 1, "<eos>": 2}
    done = run("train-tokenizer", "en.txt", "-o", "x", "--objective", "bytepiece", "--newlines", "own", cwd=place)
    assert done.returncode == 2
    assert "does not go with newlines 'own'" in " ".join(done.stderr.decode().split())
    done = run("train-tokenizer", "en.txt", "-o", "x", "--format", "bytepiece", "--vocab-size", "500", cwd=place)
    assert_one_line_error(done, "a BytePiece model cannot say")
    assert "x" not in names(place)


def test_a_text_with_few_pieces_is_told(place: Path) -> None:
    (place / "few").write_bytes(b"abab\n" * 9)
    assert "warning: only " in train(place, "few", "-o", "t.json", "--no-specials", "-q")
    assert Vocabulary.load(place / "t.json").specials == {}


def test_vocabularies_are_extended_and_merged(place: Path) -> None:
    train(place, "zh.txt", "-o", "zh.json", "--vocab-size", "600")
    train(place, "en.txt", "-o", "en.json", "--vocab-size", "600")
    train(place, "en.txt", "-o", "more.json", "--vocab-size", "900", "--init-from", "zh.json")
    assert set(Vocabulary.load(place / "zh.json").pieces) <= set(Vocabulary.load(place / "more.json").pieces)
    train(place, "--merge", "zh.json", "--merge", "en.json", "-o", "both.json", "--vocab-size", "700")
    assert Vocabulary.load(place / "both.json").size == 700
    done = run("train-tokenizer", "zh.txt", "--merge", "zh.json", "-o", "x", cwd=place)
    assert done.returncode == 2
    assert "--merge takes the place of CORPUS" in done.stderr.decode()


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["zh.txt", "--vocab-size", "258"], 1, "a vocabulary of 258 is too small: 256 bytes, 3 special tokens"),
        (["empty"], 1, "the corpus is empty"),
        (["zh.txt", "--pattern", "("], 2, "is no regular expression"),
        (["zh.txt", "--special", "a", "--special", "a"], 2, "special tokens must be different"),
        (["zh.txt", "--min-count", "0"], 2, "min_count must be at least 1"),
        (["zh.txt", "--memory", "100MB", "--threads", "1"], 1, "training needs at least 240 MB"),
        (["zh.txt", "--init-from", "en.txt"], 1, "this is no JSON"),
    ],
)
def test_what_does_not_fit(place: Path, arguments: list[str], code: int, message: str) -> None:
    (place / "empty").write_bytes(b"")
    done = run("train-tokenizer", *arguments, "-o", "x", cwd=place)
    assert done.returncode == code, done.stderr
    assert message in " ".join(done.stderr.decode().split())
    assert b"Traceback" not in done.stderr
    assert "x" not in names(place)


@pytest.mark.parametrize("objective", ["tokens", "bytepiece"])
def test_killed_at_random_moments_it_ends_with_the_same_bytes(place: Path, objective: str) -> None:
    command = [sys.executable, "-m", "minent", "train-tokenizer", "en.txt", "-q", "--force"]
    command += ["--objective", objective, "--vocab-size", "500", "--vocab-size", "400"]
    resumed = [*command, "-o", "resumed.json", "--work-dir", "work", "--resume"]
    (place / "work").mkdir()
    for _ in range(2):  # what compiles takes longer
        begun = time.monotonic()
        subprocess.run([*command, "-o", "whole.json"], cwd=place, check=True)
    longest = time.monotonic() - begun
    chance = random.Random(objective)
    for _ in range(6):
        process = subprocess.Popen(resumed, cwd=place)
        time.sleep(chance.uniform(0.3, 1) * longest)
        process.kill()
        process.wait()
    subprocess.run(resumed, cwd=place, check=True)
    for size in (500, 400):
        assert (place / f"resumed.{size}.json").read_bytes() == (place / f"whole.{size}.json").read_bytes()
    assert list((place / "work").iterdir()) == []
