"""Output files that are there whole or not at all."""

import io
import os
import re
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TypeAlias

from minent.errors import InputError

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

StrPath: TypeAlias = str | os.PathLike[str]

_STANDARD = {"/dev/stdin": 0, "/dev/stdout": 1, "/dev/stderr": 2}


def check_target(path: StrPath, *, force: bool) -> None:
    """Raise InputError if `path` cannot become an output file; without `force` an existing file cannot."""
    name = os.fspath(path)
    if not name:
        raise InputError("the name of the output file is empty; give a path")
    mode = _mode(name)
    if mode is None and (name.endswith("/") or not Path(name).resolve().parent.is_dir()):
        raise InputError(f"{name}: the directory for this file does not exist; make it first")
    if mode is not None and stat.S_ISDIR(mode):
        raise InputError(f"{name}: this is a directory; give the name of a file")
    if mode is not None and stat.S_ISREG(mode) and not force and _own_descriptor(name) is None:
        raise InputError(f"{name}: the file exists; pass --force to overwrite it, or give another name")


@contextmanager
def atomic_write(path: StrPath, *, force: bool) -> Iterator[BinaryIO]:
    """Open `path` for writing bytes so that it appears, whole, only if the block ends without an exception.

    The bytes go to a temporary file beside it, without a name where the system has such files, that is synced to
    disk and renamed.  Whatever ends the block early, an interrupt too, removes the temporary file and leaves an
    older `path` as it was.  The new one has
    the older one's permissions, or those the umask gives; a symbolic link stays, its target is replaced.
    Devices, named pipes and /dev/stdout are written directly.

    force    whether an existing file may be replaced

    Raises InputError (see `check_target`), and OSError naming `path` if it cannot be written.
    """
    check_target(path, force=force)
    name = os.fspath(path)
    if (direct := _open_directly(name)) is not None:
        with direct:
            yield direct
        return
    target = Path(name).resolve()
    # Not `tempfile`: its files are for their owner alone, and to ask for the umask is to change it.
    temporary = target.with_name(f".minent-{os.urandom(8).hex()}.tmp")
    try:
        nameless = _open_nameless(target.parent)
        with _open(temporary, "xb", name) if nameless is None else _open(nameless, "wb", name) as stream:
            yield stream
            stream.flush()
            with _naming(name):
                os.fsync(stream.fileno())
                if (mode := _mode(name)) is not None:
                    os.fchmod(stream.fileno(), stat.S_IMODE(mode))
                if nameless is not None:
                    # Any descriptor of a directory to start from: only then the link in /proc is followed.
                    os.link(f"/proc/self/fd/{nameless}", temporary, src_dir_fd=nameless)
        check_target(name, force=force)  # somebody else may have made it in the meantime
        with _naming(name):
            temporary.replace(target)
    except BaseException:
        with suppress(FileNotFoundError):
            temporary.unlink()
        raise


def write_folder(path: StrPath, files: Mapping[str, bytes], *, force: bool) -> None:
    """Write files into a folder, which is made if it is not there; see `atomic_write`.

    files  contents by their names
    force  whether files of these names may be replaced; if not, none is written where one is there

    Raises InputError if `path` cannot be a folder or something must not be replaced, OSError if it cannot be written.
    """
    folder = Path(path)
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder}: this is a file; give the name of a folder")
    if not os.fspath(path) or not folder.exists():
        check_target(os.fspath(path) and folder, force=force)
        folder.mkdir()
    for name in files:
        check_target(folder / name, force=force)
    for name, content in files.items():
        with atomic_write(folder / name, force=force) as stream:
            stream.write(content)


def _open_nameless(directory: Path) -> int | None:
    """Open a file in a directory that is gone if nobody gives it a name, however this process ends; None if that is
    not to be had here."""
    if not hasattr(os, "O_TMPFILE") or not Path("/proc/self/fd").is_dir():
        return None
    try:
        return os.open(directory, os.O_TMPFILE | os.O_WRONLY | os.O_CLOEXEC, 0o666)
    except OSError:  # of a file system without such files; other reasons meet the named file as well
        return None


def _mode(name: str) -> int | None:
    """Return the type and permissions of `name`, None if there is no such file."""
    try:
        return Path(name).stat().st_mode
    except FileNotFoundError:
        return None


def _own_descriptor(name: str) -> int | None:
    """Return N if `name` is /dev/stdout or the like, /dev/fd/N or /proc/self/fd/N."""
    if match := re.fullmatch(r"/(?:dev|proc/self)/fd/(\d+)", name):
        return int(match[1])
    return _STANDARD.get(name)


def _open_directly(name: str) -> BinaryIO | None:
    """Open what no renamed file must replace; None if `name` is, or will be, a regular file."""
    if (own := _own_descriptor(name)) is not None:
        # A duplicate keeps the position and append mode set by the shell; opening anew would truncate.
        with _naming(name):
            return _open(os.dup(own), "wb", name)
    mode = _mode(name)
    return None if mode is None or stat.S_ISREG(mode) else _open(name, "wb", name)


def _open(file: StrPath | int, mode: str, name: str) -> BinaryIO:
    with _naming(name):
        return io.BufferedWriter(_NamedFile(file, mode, name), buffer_size=1 << 16)


class _NamedFile(io.FileIO):
    """A file whose errors name the output file, not the temporary one, and say so on a full disk as well."""

    def __init__(self, file: StrPath | int, mode: str, name: str) -> None:
        super().__init__(os.fspath(file) if not isinstance(file, int) else file, mode)
        self._name = name

    def write(self, data: "ReadableBuffer", /) -> int:
        with _naming(self._name):
            return super().write(data)


@contextmanager
def _naming(name: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror, name) from error
