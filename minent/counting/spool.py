"""Arrays put aside: in memory up to a limit, beyond it in a temporary file."""

import errno
import os
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from minent.errors import CapacityError
from minent.files import StrPath
from minent.types import Array

# Memory is taken in pieces of this size, bytes: so large that the system uses large pages.
_SLAB = 1 << 25


class Place(NamedTuple):
    """Where an array was put.

    where  the array itself, or where it begins in the file, bytes
    size   entries
    """

    where: Array | int
    size: int
    type: np.dtype[Any]


class Spool:
    """Arrays of any type, written once, read as often as one likes, from any thread.

    limit      bytes to keep in memory
    directory  for the temporary file, which has no name: it is gone however the process ends; None = that of the system
    on_disk    called with the directory before the file is made

    Raises CapacityError when the disk is full.
    """

    def __init__(
        self, limit: int, directory: StrPath | None = None, on_disk: Callable[[str], None] | None = None
    ) -> None:
        self._left = limit
        self._slab: Array = np.empty(0, np.uint8)
        self._directory = directory
        self._on_disk = on_disk
        self._descriptor = -1
        self._end = 0
        self._keeps = False
        self._lock = threading.Lock()

    @classmethod
    def named(cls, path: Path, end: int) -> "Spool":
        """Return a spool that keeps all its arrays in a file that stays, and never changes one.

        end  bytes of arrays that are in the file already
        """
        spool = cls(0, path.parent)
        try:
            spool._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            os.ftruncate(spool._descriptor, end)
        except OSError as error:
            raise cannot_make(path.parent, error) from error
        spool._end = end
        spool._keeps = True
        return spool

    def put(self, array: Array) -> Place:
        """Put a copy of a one-dimensional array aside."""
        with self._lock:
            where = self._reserve(array.nbytes)
        if isinstance(where, int):
            self._write(array, where)
            return Place(where, array.size, array.dtype)
        kept = where.view(array.dtype)
        kept[:] = array
        return Place(kept, array.size, array.dtype)

    def get(self, place: Place, room: Array | None = None) -> Array:
        """Return an array that was put aside, not to be written to.

        room  (>= its bytes,) uint8, to read it into if it is not in memory
        """
        if not isinstance(place.where, int):
            return place.where
        size = place.size * place.type.itemsize
        target = np.empty(size, np.uint8) if room is None else room[:size]
        done = 0
        while done < size:
            done += os.preadv(self._descriptor, [target[done:].data], place.where + done)
        return target.view(place.type)

    def replace(self, place: Place, array: Array) -> Place:
        """Put an array in the place of another of the same size, if it may: else in a place of its own."""
        if array.dtype != place.type or self._keeps:
            return self.put(array)
        if isinstance(place.where, int):
            self._write(array, place.where)
        else:
            place.where[:] = array
        return place

    def sync(self) -> int:
        """Wait until all arrays are on the disk.  Returns the size of the file, bytes."""
        if self._descriptor >= 0:
            os.fdatasync(self._descriptor)
        return self._end

    def close(self) -> None:
        """Give the file back."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> "Spool":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _reserve(self, size: int) -> Array | int:
        """Return memory for so many bytes, or a place in the file."""
        aligned = -(-size // 8) * 8
        if not self._keeps and aligned <= self._left:
            if self._slab.size < aligned:
                self._left -= self._slab.size  # what is left of the last slab stays unused
                if aligned <= self._left:
                    self._slab = np.empty(min(max(_SLAB, aligned), self._left // 8 * 8), np.uint8)
            if self._slab.size >= aligned:
                piece, self._slab = self._slab[:size], self._slab[aligned:]
                self._left -= aligned
                return piece
        self._left = 0
        if self._descriptor < 0:
            self._open()
        where = self._end
        self._end += size
        return where

    def _open(self) -> None:
        try:
            self._directory = self._directory or tempfile.gettempdir()
            if self._on_disk is not None:
                self._on_disk(os.fspath(self._directory))
            with tempfile.TemporaryFile(prefix="minent-", dir=self._directory) as file:
                self._descriptor = os.dup(file.fileno())
        except OSError as error:
            raise cannot_make(self._directory or "the system's folder for temporary files", error) from error

    def _write(self, array: Array, where: int) -> None:
        data = np.ascontiguousarray(array).view(np.uint8).data
        done = 0
        while done < len(data):
            try:
                done += os.pwrite(self._descriptor, data[done:], where + done)
            except OSError as error:
                if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
                    raise CapacityError(
                        f"{self._directory}: the disk is full; make room, or name another --work-dir"
                    ) from error
                raise


def cannot_make(path: StrPath, error: OSError) -> CapacityError:
    """Say in one line why a temporary file cannot be made."""
    return CapacityError(f"{path}: no temporary file can be made here ({error.strerror}); name another --work-dir")
