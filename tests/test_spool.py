"""spool.py: arrays put aside and got back, from memory and from disk."""

import errno
import os
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import minent.counting.spool
from minent.counting.spool import Place, Spool
from minent.errors import CapacityError

TYPES = [np.uint8, np.uint16, np.uint32, np.int32, np.int64, np.uint64]
# Type and size of arrays; the size is sometimes zero.
ARRAYS = st.lists(st.tuples(st.sampled_from(TYPES), st.integers(0, 40)), max_size=30)


def made(kind: Any, size: int, seed: int = 0) -> Any:
    return ((np.arange(size) + seed) * 1_000_003).astype(kind)


def open_files() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def on_disk(place: Place) -> bool:
    return isinstance(place.where, int)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("spool")


@given(ARRAYS, st.integers(0, 2000), st.sampled_from([8, 64, 1 << 25]), st.booleans())
def test_what_is_put_is_got(folder: Path, arrays: list[tuple[Any, int]], limit: int, slab: int, own_room: bool) -> None:
    """In memory, on disk, some here and some there."""
    room = np.empty(400, np.uint8) if own_room else None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(minent.counting.spool, "_SLAB", slab)
        with Spool(limit, folder) as spool:
            given = [made(kind, size, seed) for seed, (kind, size) in enumerate(arrays)]
            places = [spool.put(array) for array in given]
            for array in given:
                array[:] = 0  # the spool has a copy
            assert [(place.size, place.type) for place in places] == [(array.size, array.dtype) for array in given]
            for _ in range(2):
                for seed, place in enumerate(places):
                    again = spool.get(place, room)
                    assert again.dtype == place.type
                    assert again.tolist() == made(place.type, place.size, seed).tolist()
            in_memory = sum(place.size * place.type.itemsize for place in places if not on_disk(place))
            assert in_memory <= limit
        assert [*folder.iterdir()] == []


def test_memory_comes_first_and_then_the_disk(folder: Path) -> None:
    with Spool(1000, folder) as spool:
        places = [spool.put(made(np.int32, 25)) for _ in range(15)]
        assert [on_disk(place) for place in places] == [False] * 9 + [True] * 6  # 100 bytes are 104 with what is lost
        # It never goes back: what is large would go to the disk and what is small would fill the memory up.
        assert on_disk(spool.put(made(np.uint8, 1)))


def test_parts_of_larger_arrays(folder: Path) -> None:
    """Rows, columns, every other entry: what is put need not lie in one piece."""
    whole = made(np.uint32, 300).reshape(20, 15)
    for limit in (0, 1 << 20):
        with Spool(limit, folder) as spool:
            for part in (whole[3], whole[:, 2], whole[4, ::2], whole[4, ::-1]):
                assert spool.get(spool.put(part)).tolist() == part.tolist()


@pytest.mark.parametrize("limit", [0, 250, 1 << 20])
def test_one_array_in_the_place_of_another(folder: Path, limit: int) -> None:
    with Spool(limit, folder) as spool:
        places = [spool.put(made(np.uint16, 50, seed)) for seed in range(4)]
        same = spool.replace(places[1], made(np.uint16, 50, 7))
        wider = spool.replace(places[2], made(np.uint32, 50, 8))
        assert same.where is places[1].where or same.where == places[1].where
        assert spool.get(same).tolist() == made(np.uint16, 50, 7).tolist()
        assert spool.get(wider).tolist() == made(np.uint32, 50, 8).tolist()
        assert wider.type == np.uint32
        for seed in (0, 3):
            assert spool.get(places[seed]).tolist() == made(np.uint16, 50, seed).tolist()


@pytest.mark.parametrize("limit", [0, 20_000, 1 << 20])
def test_many_threads_put_and_get_at_once(folder: Path, limit: int) -> None:
    with Spool(limit, folder) as spool:

        def work(thread: int) -> int:
            room = np.empty(1000, np.uint8)
            places: list[tuple[int, Place]] = []
            for number in range(200):
                seed = thread * 1000 + number
                places.append((seed, spool.put(made(TYPES[number % 6], number % 100, seed))))
                seed, place = places[number * 7 % len(places)]
                assert spool.get(place, room).tolist() == made(place.type, place.size, seed).tolist()
            return sum(
                spool.get(place).tolist() == made(place.type, place.size, seed).tolist() for seed, place in places
            )

        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(work, range(8))) == [200] * 8


def test_the_folder_is_named_once_before_there_is_a_file(folder: Path) -> None:
    heard: list[tuple[str, int]] = []

    def listen(directory: str) -> None:
        heard.append((directory, open_files()))

    with Spool(100, folder, listen) as spool:
        before = open_files()
        spool.put(made(np.uint8, 90))
        assert heard == []
        for _ in range(3):
            spool.put(made(np.uint8, 90))
        assert heard == [(str(folder), before)]
        assert open_files() == before + 1
    assert open_files() == before


def test_the_folder_of_the_system(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[str] = []
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    with Spool(0, None, heard.append) as spool:
        spool.put(made(np.uint8, 9))
    assert heard == [str(folder)]


def test_no_folder_is_needed_while_the_memory_suffices(monkeypatch: pytest.MonkeyPatch) -> None:
    def none_there() -> str:
        raise FileNotFoundError(errno.ENOENT, "No usable temporary directory found")

    monkeypatch.setattr(tempfile, "gettempdir", none_there)
    with Spool(100) as spool:
        assert spool.get(spool.put(made(np.uint8, 9))).tolist() == made(np.uint8, 9).tolist()
        with pytest.raises(CapacityError, match="name another --work-dir"):
            spool.put(made(np.uint8, 999))


def error_of(spool: Spool) -> str:
    with spool, pytest.raises(CapacityError) as error:
        spool.put(made(np.uint8, 1000))
    message = str(error.value)
    assert "--work-dir" in message
    assert "\n" not in message
    return message


def test_a_folder_that_does_not_exist(tmp_path: Path) -> None:
    assert error_of(Spool(0, tmp_path / "none")).startswith(
        f"{tmp_path / 'none'}: no temporary file can be made here ("
    )
    (tmp_path / "file").touch()
    assert error_of(Spool(0, tmp_path / "file")).startswith(
        f"{tmp_path / 'file'}: no temporary file can be made here ("
    )


def test_a_folder_that_cannot_be_written(open_place: Path, as_nobody: Callable[[], None]) -> None:
    closed = open_place / "closed"
    closed.mkdir(mode=0o555)
    as_nobody()
    assert error_of(Spool(0, closed)).startswith(f"{closed}: no temporary file can be made here (Permission denied)")


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_full_disk(folder: Path, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    def full(*_: object) -> int:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "pwrite", full)
    assert error_of(Spool(0, folder)) == f"{folder}: the disk is full; make room, or name another --work-dir"
    assert [*folder.iterdir()] == []


def test_other_errors_are_what_they_are(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> int:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "pwrite", broken)
    with Spool(0, folder) as spool, pytest.raises(OSError, match="Input/output error"):
        spool.put(made(np.uint8, 9))


def test_what_is_written_and_read_piece_by_piece(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system may take or give less than it is asked for."""
    write, read = os.pwrite, os.preadv
    monkeypatch.setattr(os, "pwrite", lambda file, data, offset: write(file, data[:7], offset))
    monkeypatch.setattr(os, "preadv", lambda file, parts, offset: read(file, [parts[0][:5]], offset))
    with Spool(0, folder) as spool:
        places = [spool.put(made(np.uint32, size)) for size in (40, 0, 1)]
        assert [spool.get(place).tolist() for place in places] == [
            made(np.uint32, size).tolist() for size in (40, 0, 1)
        ]


# a file that stays ---------------------------------------------------------------------------------------------------


def test_a_file_with_a_name_can_be_opened_again(tmp_path: Path) -> None:
    path = tmp_path / "arrays"
    with Spool.named(path, 0) as spool:
        places = [spool.put(made(np.uint16, size, size)) for size in (5, 0, 9)]
        end = spool.sync()
        spool.put(made(np.uint64, 100))  # not synced: not to be there again
    with Spool.named(path, end) as spool:
        assert path.stat().st_size == end == 28
        assert [spool.get(place).tolist() for place in places] == [
            made(np.uint16, size, size).tolist() for size in (5, 0, 9)
        ]
        other = spool.replace(places[0], made(np.uint16, 5, 1))
        assert spool.get(places[0]).tolist() == made(np.uint16, 5, 5).tolist()
        assert spool.get(other).tolist() == made(np.uint16, 5, 1).tolist()
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_file_that_cannot_be_made(tmp_path: Path) -> None:
    with pytest.raises(CapacityError, match=r"none: no temporary file can be made here \(No such file or directory\)"):
        Spool.named(tmp_path / "none" / "arrays", 0)
