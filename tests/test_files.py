import errno
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from minent.errors import InputError
from minent.files import atomic_write, check_target


def names(directory: Path) -> list[str]:
    return [path.name for path in directory.iterdir()]


def test_the_file_appears_whole_and_alone(tmp_path: Path) -> None:
    target = tmp_path / "out"
    with atomic_write(target, force=False) as stream:
        stream.write(b"a" * 100_000)
        assert not target.exists()
    assert target.read_bytes() == b"a" * 100_000
    assert names(tmp_path) == ["out"]


@pytest.mark.parametrize("failure", [ValueError, KeyboardInterrupt, SystemExit])
def test_whatever_ends_the_block_early_leaves_things_as_they_were(tmp_path: Path, failure: type[BaseException]) -> None:
    target = tmp_path / "out"
    target.write_bytes(b"old")
    with pytest.raises(failure), atomic_write(target, force=True) as stream:
        stream.write(b"new")
        raise failure
    assert target.read_bytes() == b"old"
    assert names(tmp_path) == ["out"]


def test_an_existing_file_needs_force(tmp_path: Path) -> None:
    target = tmp_path / "out"
    target.write_bytes(b"old")
    with (
        pytest.raises(InputError, match="out: the file exists; pass --force"),
        atomic_write(target, force=False),
    ):
        pytest.fail("the block must not run")
    with atomic_write(target, force=True) as stream:
        stream.write(b"new")
    assert target.read_bytes() == b"new"


def test_a_file_made_by_somebody_else_meanwhile_stays(tmp_path: Path) -> None:
    target = tmp_path / "out"
    with pytest.raises(InputError, match="the file exists"), atomic_write(target, force=False) as stream:
        stream.write(b"mine")
        target.write_bytes(b"theirs")
    assert target.read_bytes() == b"theirs"
    assert names(tmp_path) == ["out"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("", "name of the output file is empty"),
        (".", "this is a directory"),
        ("no/out", "directory for this file does not exist"),
        ("out/", "directory for this file does not exist"),
    ],
)
def test_impossible_targets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, message: str) -> None:
    monkeypatch.chdir(tmp_path)
    for force in (False, True):
        with pytest.raises(InputError, match=message):
            check_target(name, force=force)
        with pytest.raises(InputError, match=message), atomic_write(name, force=force):
            pytest.fail("the block must not run")
    assert names(tmp_path) == []


def test_permissions_follow_the_umask_or_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "out"
    code = f"""
import os
from minent.files import atomic_write
os.umask(0o027)
for _ in range(2):
    with atomic_write({str(target)!r}, force=True) as stream:
        pass
    print(oct(os.stat({str(target)!r}).st_mode & 0o777))
    os.chmod({str(target)!r}, 0o604)
"""
    # The umask belongs to the whole process, so it is set in another one.
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["0o640", "0o604"]


def test_a_symbolic_link_stays_and_its_target_is_written(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    link = tmp_path / "link"
    link.symlink_to("there/out")
    with atomic_write(link, force=False) as stream:
        stream.write(b"new")
    assert link.is_symlink()
    assert (tmp_path / "there" / "out").read_bytes() == b"new"
    assert names(tmp_path / "there") == ["out"]


def test_names_that_are_not_utf8_and_names_as_long_as_they_may_be(tmp_path: Path) -> None:
    for name in (os.fsdecode(b"\xff\xfe"), "n" * 255):
        target = tmp_path / name
        with atomic_write(target, force=False) as stream:
            stream.write(b"x")
        assert target.read_bytes() == b"x"


def test_devices_are_written_directly() -> None:
    with atomic_write("/dev/null", force=False) as stream:
        stream.write(b"x")
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


def test_a_full_device_names_itself() -> None:
    with (
        pytest.raises(OSError, match="/dev/full") as caught,
        atomic_write("/dev/full", force=False) as stream,
    ):
        stream.write(b"x")
    assert caught.value.errno == errno.ENOSPC


def test_a_named_pipe_is_written_directly(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    with atomic_write(pipe, force=False) as stream:
        stream.write(b"x")
    reader.join()
    assert got == [b"x"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


@pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
def test_standard_output_keeps_its_place_in_a_file(tmp_path: Path, name: str) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"old\n")
    code = f"""
from minent.files import atomic_write
with atomic_write({name!r}, force=False) as stream:
    stream.write(b"new\\n")
"""
    with log.open("ab") as stdout:
        subprocess.run([sys.executable, "-c", code], stdout=stdout, check=True)
    assert log.read_bytes() == b"old\nnew\n"


def test_a_directory_that_must_not_be_written_names_the_target(open_place: Path, as_nobody: Callable[[], None]) -> None:
    open_place.chmod(0o555)
    target = open_place / "out"
    as_nobody()
    with pytest.raises(PermissionError, match=str(target)), atomic_write(target, force=False):
        pytest.fail("the block must not run")
