"""`minent count`: its memory, its temporary files, its inputs, through real processes."""

import gzip
import random
from pathlib import Path

import pytest
from test_cli import assert_one_line_error, run
from test_commands import names

from minent.ngrams import NgramCounts

LEAST = "24MB"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with a corpus whose n-grams are more than the least memory holds, and with its counts."""
    place = tmp_path_factory.mktemp("count")
    draw = random.Random(1)
    characters = [chr(code) for code in range(0x4E00, 0x4E00 + 2000)]
    text = "".join("".join(draw.choices(characters, k=49)) + "\n" for _ in range(5000)).encode()
    (place / "corpus.txt").write_bytes(text)
    (place / "corpus.txt.gz").write_bytes(gzip.compress(text))
    (place / "work").mkdir()
    assert run("-q", *["count", "corpus.txt", "-o", "counts.mnc"], cwd=place).returncode == 0
    return place


@pytest.mark.parametrize(
    "size", ["500MB", "2GiB", "1.5g", "24000000", "24000kB", " 30 mb ", "24M", "0.03T", "25000000b"]
)
def test_amounts_of_memory(tmp_path: Path, size: str) -> None:
    (tmp_path / "text").write_text("天地玄黄\n", "utf-8")
    done = run("count", "text", "-o", "counts.mnc", "--memory", size, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, b"")
    assert len(NgramCounts.load(tmp_path / "counts.mnc")) == 10


@pytest.mark.parametrize(
    "size", ["nonsense", "", "MB", "-500MB", "1.5.2g", "500XB", "5e8", "0x1000000", "500MB 5", "inf", "nan"]
)
def test_what_is_no_amount_of_memory(place: Path, size: str) -> None:
    done = run("count", "corpus.txt", "-o", "x", f"--memory={size}", cwd=place)
    assert (done.returncode, done.stdout) == (2, b"")
    assert "is no amount of memory; write 500MB or 2GiB" in " ".join(done.stderr.decode().split())
    assert "x" not in names(place)


@pytest.mark.parametrize("size", ["9" * 400, "9" * 30 + "TB"])
def test_more_memory_than_there_can_be(tmp_path: Path, size: str) -> None:
    """Refused or taken for enough, but no traceback."""
    (tmp_path / "text").write_text("天地玄黄\n", "utf-8")
    done = run("count", "text", "-o", "counts.mnc", "--memory", size, cwd=tmp_path)
    assert done.returncode in (0, 2)
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("size", ["0", "1", "23MB", "22MiB", "0.022g"])
def test_too_little_memory_names_the_least_that_works(place: Path, size: str) -> None:
    done = run("count", "corpus.txt", "-o", "x", "--memory", size, cwd=place)
    assert (done.returncode, done.stdout) == (2, b"")
    assert "memory must be at least 24 MB" in done.stderr.decode()
    assert "x" not in names(place)
    done = run("-q", "count", "corpus.txt", "-o", "-", "--memory", LEAST, cwd=place)
    assert done.stdout == (place / "counts.mnc").read_bytes()


@pytest.mark.parametrize("folder", ["none", "corpus.txt", ""])
def test_a_folder_that_is_none(place: Path, folder: str) -> None:
    done = run("count", "corpus.txt", "-o", "x", "--work-dir", folder, cwd=place)
    assert (done.returncode, done.stdout) == (2, b"")
    assert "--work-dir" in done.stderr.decode()
    assert "x" not in names(place)


def test_work_is_resumed_in_a_folder_only(place: Path) -> None:
    done = run("count", "corpus.txt", "-o", "x", "--resume", cwd=place)
    assert (done.returncode, done.stdout) == (2, b"")
    assert "name a --work-dir" in done.stderr.decode()
    call = ["count", "-", "-o", "x", "--resume", "--work-dir", "work"]
    assert_one_line_error(run(*call, input=b"ab\n", cwd=place), "<stdin>: work on it cannot be resumed")
    assert names(place / "work") == set()


@pytest.mark.parametrize("threads", ["1", "2"])
def test_temporary_files_are_announced_once_unless_quiet(place: Path, tmp_path: Path, threads: str) -> None:
    call = ["count", "corpus.txt", "-o", tmp_path / "counts", "--force", "--threads", threads, "--work-dir", "work"]
    for more in ([], ["--memory", "1GB"]):
        done = run(*call, *more, cwd=place)
        assert done.returncode == 0
        assert b"temporary" not in done.stderr
    done = run(*call, "--memory", LEAST, cwd=place)
    assert done.stderr.decode().count("a temporary file in work\n") == 1
    assert done.stderr.count(b"\n") == 2  # and the summary
    for quiet in (["-q", *call], [*call, "-q"]):
        done = run(*quiet, "--memory", LEAST, cwd=place)
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert names(place / "work") == set()
    assert (tmp_path / "counts").read_bytes() == (place / "counts.mnc").read_bytes()


def test_the_folder_of_the_system_is_named(place: Path, tmp_path: Path) -> None:
    from test_cli import ENVIRONMENT

    call = ["count", "corpus.txt", "-o", "/dev/null", "--memory", LEAST]
    done = run(*call, cwd=place, env={**ENVIRONMENT, "TMPDIR": str(tmp_path)})
    assert f"a temporary file in {tmp_path}\n" in done.stderr.decode()
    assert names(tmp_path) == set()


@pytest.mark.parametrize("memory", [LEAST, "2GiB"])
@pytest.mark.parametrize("threads", ["1", "3"])
def test_the_same_bytes_from_a_pipe_a_file_and_compressed(place: Path, memory: str, threads: str) -> None:
    expected = (place / "counts.mnc").read_bytes()
    text = (place / "corpus.txt").read_bytes()
    call = ["-q", "count", "-o", "-", "--memory", memory, "--threads", threads]
    for sources, options in (
        (["corpus.txt"], {}),
        (["corpus.txt.gz"], {}),
        (["-"], {"input": text}),
        ([], {"input": gzip.compress(text, 1)}),
    ):
        done = run(*call, *sources, cwd=place, **options)
        assert (done.returncode, done.stderr) == (0, b"")
        assert done.stdout == expected


def test_a_full_disk_for_the_output_is_one_line(place: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        assert_one_line_error(run("-q", "count", "corpus.txt", "-o", "-", stdout=full, cwd=place), "No space left")


@pytest.mark.parametrize("errors", ["strict", "replace", "skip"])
@pytest.mark.parametrize("alphabet", ["characters", "bytes"])
def test_text_that_is_not_utf8(tmp_path: Path, errors: str, alphabet: str) -> None:
    (tmp_path / "text").write_bytes("天地\n".encode() + b"\xff" + "天\n".encode() + b"ab\xe5\xa4")
    call = ["-q", "count", "text", "-o", "counts", "--errors", errors, "--alphabet", alphabet]
    done = run(*call, cwd=tmp_path)
    if errors == "strict":
        assert_one_line_error(done, "text, byte 7")
        assert names(tmp_path) == {"text"}
    else:
        assert (done.returncode, done.stderr) == (0, b"")
        counts = NgramCounts.load(tmp_path / "counts")
        assert counts.look_up("天".encode() if alphabet == "bytes" else "天") == 2
        assert counts.look_up("\ufffd".encode() if alphabet == "bytes" else "\ufffd") == (
            2 if errors == "replace" else 0
        )


def test_a_dry_run_says_what_counting_would_take(place: Path) -> None:
    done = run("count", "corpus.txt", "--dry-run", "--memory", "1GB", cwd=place)
    (line,) = done.stderr.decode().splitlines()
    assert line.startswith("minent: would use 1,000,000,000 bytes of memory at most, beside the program itself, and ")
    assert "no temporary disk in " in line
    done = run("count", "corpus.txt", "--dry-run", "--memory", LEAST, "--work-dir", "work", cwd=place)
    assert "bytes of temporary disk in work (for plain text)" in done.stderr.decode()
    done = run("count", "-", "--dry-run", "--memory", LEAST, input=b"ab", cwd=place)
    assert "if the text needs more" in done.stderr.decode()
    assert run("count", "corpus.txt", "--dry-run", "-q", cwd=place).stderr == b""
