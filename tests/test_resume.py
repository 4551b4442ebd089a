"""Work that goes on after it was killed: the same bytes, and nothing left behind."""

import gzip
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

import minent.count
import minent.counting.reading
from minent.corpus import Corpus
from minent.count import CountOptions, Resources, count_to_file
from minent.counting.work import SavedWork
from minent.errors import CapacityError, InputError

PARTS = 6


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A folder of compressed parts."""
    chance = random.Random(5)
    folder = tmp_path / "corpus"
    folder.mkdir()
    for part in range(PARTS):
        lines = ("".join(chance.choices("的一是不了人我在有他这", k=40)) for _ in range(100 + part))
        (folder / f"{part}.txt.gz").write_bytes(gzip.compress("\n".join(lines).encode()))
    return folder


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(minent.counting.reading, "_STEP", 1)
    monkeypatch.setattr(minent.count, "_SMALLEST_TASK", 500)
    monkeypatch.setattr(minent.count, "_TASKS", {"characters": 40, "bytes": 40})


class Killed(BaseException):
    pass


@pytest.mark.usefixtures("small_steps")
@pytest.mark.parametrize("alphabet", ["characters", "bytes"])
@pytest.mark.parametrize("threads", [1, 2])
def test_killed_at_each_step_in_turn_it_ends_with_the_same_bytes(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, alphabet: str, threads: int
) -> None:
    options = CountOptions(order=4, alphabet=alphabet, min_count=2)
    whole, resumed, work = tmp_path / "whole", tmp_path / "resumed", tmp_path / "work"
    work.mkdir()
    count_to_file(Corpus(corpus), whole, options)
    heard: list[str] = []
    resources = Resources(threads=threads, work_dir=work, resume=True, notice=heard.append)
    append = SavedWork._append
    steps = 0

    def die_after(self: SavedWork, record: dict[str, object]) -> None:
        nonlocal steps
        if steps % 3 == 0:
            self._journal.write(b'{"half a li')
            self._journal.flush()
        else:
            append(self, record)
        steps += 1
        if steps % 3 < 2:
            raise Killed

    monkeypatch.setattr(SavedWork, "_append", die_after)
    kills = 0
    while True:
        try:
            count_to_file(Corpus(corpus), resumed, options, resources, force=True)
            break
        except Killed:
            kills += 1
            assert not resumed.exists()
            assert len(list(work.iterdir())) == 1
    assert kills > 2 * PARTS
    assert resumed.read_bytes() == whole.read_bytes()
    assert list(work.iterdir()) == []
    assert any(f"{PARTS} inputs have been read" in sentence for sentence in heard)


def test_killed_at_random_moments_the_command_ends_with_the_same_bytes(corpus: Path, tmp_path: Path) -> None:
    code = """
import sys, minent.count, minent.counting.reading
from minent.cli import main
minent.counting.reading._STEP, minent.count._SMALLEST_TASK, minent.count._TASKS = 1, 500, {"characters": 40}
main()
"""
    whole, resumed, work = tmp_path / "whole", tmp_path / "resumed", tmp_path / "work"
    work.mkdir()
    command = [sys.executable, "-c", code, "count", str(corpus), "--min-count", "2", "-q"]
    begun = time.monotonic()
    subprocess.run([*command, "-o", whole], check=True)
    longest = time.monotonic() - begun
    chance = random.Random(1)
    for _ in range(20):
        process = subprocess.Popen([*command, "-o", resumed, "--force", "--work-dir", work, "--resume"])
        time.sleep(chance.uniform(0.3, 1) * longest)
        process.kill()
        process.wait()
    subprocess.run([*command, "-o", resumed, "--force", "--work-dir", work, "--resume"], check=True)
    assert resumed.read_bytes() == whole.read_bytes()
    assert list(work.iterdir()) == []
    assert {path.name for path in tmp_path.iterdir()} == {"corpus", "whole", "resumed", "work"}


@pytest.mark.usefixtures("small_steps")
def test_less_memory_than_before_begins_the_tasks_anew(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options, whole, resumed = CountOptions(min_count=2), tmp_path / "whole", tmp_path / "resumed"
    count_to_file(Corpus(corpus), whole, options)
    add = SavedWork.add_result

    def die(self: SavedWork, number: int, result: object) -> None:
        add(self, number, result)  # type: ignore[arg-type]
        raise Killed

    monkeypatch.setattr(SavedWork, "add_result", die)
    resources = Resources(work_dir=tmp_path, resume=True)
    with pytest.raises(Killed):
        count_to_file(Corpus(corpus), resumed, options, resources)
    monkeypatch.undo()
    monkeypatch.setattr(minent.count, "_LARGEST_TASK", 300)
    count_to_file(Corpus(corpus), resumed, options, resources)
    assert resumed.read_bytes() == whole.read_bytes()


@pytest.mark.usefixtures("small_steps")
def test_changed_inputs_begin_anew(corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "counts"
    heard: list[str] = []
    resources = Resources(work_dir=tmp_path, resume=True, notice=heard.append)

    def die(self: SavedWork, size: int) -> None:
        raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(SavedWork, "begin_tasks", die)
        count_to_file(Corpus(corpus), target, None, resources)
    (corpus / "0.txt.gz").write_bytes(gzip.compress("他这".encode()))
    count_to_file(Corpus(corpus), target, None, resources)
    assert heard == ["the inputs have changed since this work was begun: beginning anew"]
    count_to_file(Corpus(corpus), tmp_path / "whole")
    assert target.read_bytes() == (tmp_path / "whole").read_bytes()


def test_one_process_at_a_time(tmp_path: Path) -> None:
    work = SavedWork(tmp_path, ["this"], [], lambda sentence: None)
    with pytest.raises(InputError, match="another process is at this very work"):
        SavedWork(tmp_path, ["this"], [], lambda sentence: None)
    SavedWork(tmp_path, ["that"], [], lambda sentence: None).close(done=True)
    work.close(done=True)
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_resumed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--work-dir"):
        Resources(resume=True)
    with pytest.raises(CapacityError, match=str(tmp_path)):
        SavedWork(tmp_path / "nowhere", ["this"], [], lambda sentence: None)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(InputError, match="cannot be resumed"):
        count_to_file(Corpus(pipe), tmp_path / "counts", None, Resources(work_dir=tmp_path, resume=True))
