"""Cuts that have been made, kept in a folder until all is done, so that a killed run goes on where it was."""

import hashlib
import json
import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np

from minent.files import StrPath, atomic_write
from minent.refining.resampling import Drawn


class Steps:
    """Remembers nothing: each step is done when it is asked for."""

    def take(self, name: str, work: Callable[[], Drawn]) -> Drawn:
        """Return the result of a step."""
        return work()

    def close(self) -> None:
        """All is done."""


class SavedSteps(Steps):
    """Keeps the results of steps in a folder for this very work.

    directory  where the folder is or will be
    subject    what makes it this very work
    size       units of the text
    notice     called with a sentence about what has been found
    """

    def __init__(self, directory: StrPath, subject: Sequence[str], size: int, notice: Callable[[str], None]) -> None:
        name = hashlib.sha256(json.dumps(list(subject)).encode()).hexdigest()[:16]
        self._folder = Path(directory) / f"minent-lexicon-{name}"
        self._size = size
        if done := len(list(self._folder.glob("*.cut"))):
            notice(f"going on: {done} steps of refining are done")

    def take(self, name: str, work: Callable[[], Drawn]) -> Drawn:
        """Return the result of a step, from the folder if it is there."""
        path = self._folder / f"{name}.cut"
        with suppress(OSError):
            if (found := self._read(path.read_bytes())) is not None:
                return found
        drawn = work()
        body = np.float64(drawn.bits).tobytes() + np.packbits(drawn.begins).tobytes()
        self._folder.mkdir(parents=True, exist_ok=True)
        with atomic_write(path, force=True) as stream:
            stream.write(body)
            stream.write(hashlib.sha256(body).digest())
        return drawn

    def _read(self, data: bytes) -> Drawn | None:
        """Return what was written, None if it is not whole."""
        body, checksum = data[:-32], data[-32:]
        if hashlib.sha256(body).digest() != checksum or len(body) != 8 + (self._size + 7) // 8:
            return None
        begins = np.unpackbits(np.frombuffer(body, np.uint8, -1, 8), count=self._size)
        return Drawn(begins, float(np.frombuffer(body, np.float64, 1)[0]))

    def close(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self._folder, ignore_errors=True)
