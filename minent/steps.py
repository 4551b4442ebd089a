"""Steps of a work that are done, kept in a folder until all is done, so that a killed run goes on where it was."""

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from minent.errors import CapacityError, InputError
from minent.files import StrPath, atomic_write
from minent.types import Array

Arrays: TypeAlias = tuple[Array, ...]

_INPUTS = "inputs"
_SUFFIX = ".step"
_CHECKSUM = 32


class Folder:
    """A folder for one work, and for one process at a time.

    directory  where the folder is or will be
    kind       of work, for its name
    subject    what makes it this very work: the same words, the same folder
    """

    def __init__(self, directory: StrPath, kind: str, subject: Sequence[str]) -> None:
        name = hashlib.sha256(json.dumps(list(subject)).encode()).hexdigest()[:16]
        self.path = Path(directory) / f"minent-{kind}-{name}"
        self._done = self.path.with_name(f"{self.path.name}-done")
        self._lock = -1

    def make(self) -> None:
        """Make the folder unless it is there, and keep other processes out.

        Raises InputError if another process is at it, CapacityError if the folder cannot be made.
        """
        if self._lock >= 0:
            return
        try:
            shutil.rmtree(self._done, ignore_errors=True)  # where a removal was killed
            self.path.mkdir(exist_ok=True)
            lock = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as error:
            raise CapacityError(
                f"{self.path}: no folder can be made here ({error.strerror}); name another --work-dir"
            ) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            raise InputError(f"{self.path}: another process is at this very work; wait for it") from None
        self._lock = lock

    def close(self, *, remove: bool) -> None:
        """Let other processes in; remove the folder if there is nothing more to do."""
        if remove:
            # Under another name first: half a folder would be taken for work that is done in part.
            with suppress(OSError):
                self.path.replace(self._done)
            shutil.rmtree(self._done, ignore_errors=True)
            shutil.rmtree(self.path, ignore_errors=True)
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1


class Steps:
    """Remembers nothing: each step is done when it is asked for."""

    def __enter__(self) -> "Steps":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.close(done=kind is None)

    def take(self, name: str, work: Callable[[], Arrays]) -> Arrays:
        """Return the result of a step: some arrays."""
        return work()

    def close(self, *, done: bool) -> None:
        """Forget all if all is done."""


class SavedSteps(Steps):
    """Keeps the results of steps in a folder for this very work; there is none before the first.

    directory, kind, subject  see `Folder`
    inputs  in what state they are; if they have changed since, the work begins anew
    notice  called with a sentence about what has been found

    Raises InputError at the first step if another process is at this work, CapacityError if there can be no folder.
    """

    def __init__(
        self,
        directory: StrPath,
        kind: str,
        subject: Sequence[str],
        notice: Callable[[str], None],
        inputs: Any = None,
    ) -> None:
        self._folder = Folder(directory, kind, subject)
        self._inputs = json.dumps(inputs).encode()
        self._notice = notice
        self._begun = False

    def take(self, name: str, work: Callable[[], Arrays]) -> Arrays:
        """Return the result of a step, from the folder if it is there."""
        path = self.begin() / f"{name}{_SUFFIX}"
        with suppress(OSError):
            if (found := _unpack(path.read_bytes())) is not None:
                return found
        arrays = work()
        with atomic_write(path, force=True) as stream:
            stream.write(_pack(arrays))
        return arrays

    def has(self, name: str) -> bool:
        """Whether a step seems to be done."""
        return (self.begin() / f"{name}{_SUFFIX}").exists()

    def begin(self) -> Path:
        """Return the folder, with nothing in it but steps of this very work."""
        folder = self._folder.path
        if self._begun:
            return folder
        self._folder.make()
        known = folder / _INPUTS
        done = list(folder.glob(f"*{_SUFFIX}"))
        if done and known.read_bytes() != self._inputs:
            self._notice("the inputs have changed since this work was begun: beginning anew")
            for path in done:
                path.unlink()
        elif done:
            self._notice(f"going on: {len(done)} steps are done")
        with atomic_write(known, force=True) as stream:
            stream.write(self._inputs)
        self._begun = True
        return folder

    def close(self, *, done: bool) -> None:
        """Remove the folder if all is done."""
        self._folder.close(remove=done)


def _pack(arrays: Arrays) -> bytes:
    with BytesIO() as stream:
        for array in arrays:
            np.lib.format.write_array(stream, array)
        body = stream.getvalue()
    return body + hashlib.sha256(body).digest()


def _unpack(data: bytes) -> Arrays | None:
    """Return what was packed, None if it is not whole."""
    body = data[:-_CHECKSUM]
    if hashlib.sha256(body).digest() != data[-_CHECKSUM:]:
        return None
    arrays = []
    with BytesIO(body) as stream:
        while stream.tell() < len(body):
            arrays.append(np.lib.format.read_array(stream))
    return tuple(arrays)
