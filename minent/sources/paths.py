"""What a source stands for: files, directories, patterns, lists of these, standard input, addresses."""

import errno
import glob
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from minent.decompress import failures_named
from minent.errors import InputError
from minent.sources import remote

STDIN = 0
_CONTROLS = {code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0))}


class Found(NamedTuple):
    """Something to read.

    path    None for standard input
    status  of what the path leads to; None for an address
    """

    path: str | None
    status: os.stat_result | None


def expand(given: str | os.PathLike[str]) -> Iterator[Found]:
    """Find what one source stands for; "@FILE" for what the lines of FILE stand for, "@-" for those of standard input.

    Raises InputError for what is missing or unreadable, a pattern without a match, a directory or list without a file.
    """
    path = os.fsdecode(given)
    if path[:1] == "@" and len(path) > 1 and not os.path.lexists(path):
        yield from _listed(path[1:])
    else:
        yield from _expand_one(path)


def _expand_one(path: str) -> Iterator[Found]:
    if path == "-":
        try:
            yield Found(None, os.fstat(STDIN))
        except OSError:
            raise InputError("<stdin>: is closed; redirect a file or a pipe to it, or name a file") from None
    elif remote.is_address(path) and not os.path.lexists(path):
        for address in remote.find(path):
            yield Found(address, None)
    elif glob.has_magic(path) and not os.path.lexists(path):
        for match in _matches(path):
            yield from _files(match)
    else:
        yield from _files(path)


def _listed(path: str) -> Iterator[Found]:
    """Find what the lines of a file stand for; "-" is the name of a file there."""
    name = "<stdin>" if path == "-" else shown(path)
    with failures_named(name), open(STDIN if path == "-" else path, "rb", closefd=path != "-") as stream:
        lines = [os.fsdecode(line.rstrip(b"\r")) for line in stream.read().split(b"\n")]
    if not any(lines):
        raise InputError(f"{name}: names nothing to read; write a path or a pattern on each line")
    for line in filter(None, lines):
        yield from _expand_one("./-" if line == "-" else line)


def _matches(pattern: str) -> list[str]:
    matches = glob.glob(pattern, recursive=True)  # noqa: PTH207  Path.glob takes no absolute pattern
    if "**" in pattern:
        # It enters directories itself, and through a link that leads back it meets the same file again and
        # again: the shortest name stays.
        longest_first = sorted(matches, key=lambda match: (len(match), match), reverse=True)
        matches = list({os.path.realpath(match): match for match in longest_first if not Path(match).is_dir()}.values())
    if not matches:
        raise InputError(f"{shown(pattern)}: no file matches; check the pattern")
    return sorted(matches, key=os.fsencode)


def _files(path: str) -> Iterator[Found]:
    """Yield `path` itself, or the regular files below it sorted by name; no directory is entered twice."""
    waiting = [path]
    entered: set[tuple[int, int]] = set()
    found = False
    while waiting:
        place = waiting.pop()
        status = _status(place)
        if stat.S_ISDIR(status.st_mode):
            if (status.st_dev, status.st_ino) not in entered:
                entered.add((status.st_dev, status.st_ino))
                waiting += reversed(_visible(place))
        elif place == path or stat.S_ISREG(status.st_mode):
            found = True
            yield Found(place, status)
    if not found:
        raise InputError(f"{shown(path)}: there is no file in this directory (hidden ones do not count); name another")


def _status(path: str) -> os.stat_result:
    """Check that `path` exists and can be read, and say what it is."""
    if not path or "\0" in path:
        raise InputError(f"{path!r}: is not a path; name a file, a directory or a pattern")
    name = shown(path)
    with failures_named(name):
        status = Path(path).stat()
        if not os.access(path, os.R_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    return status


def _visible(directory: str) -> list[str]:
    with failures_named(shown(directory)), os.scandir(directory) as entries:
        return sorted((entry.path for entry in entries if not entry.name.startswith(".")), key=os.fsencode)


def shown(path: str) -> str:
    """Write a path so that any terminal and any encoding can show it on one line."""
    return os.fsencode(path).decode("utf-8", "backslashreplace").translate(_CONTROLS)
