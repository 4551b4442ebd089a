"""The bytes of one open file: as they lie on disk, or decompressed."""

import io
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, cast

from minent.errors import FormatError, InputError, MinentError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

# What compressed data begins with.  "BZh" alone could be text: bzip2's level and the mark of a block or of
# the end must follow.
_BZIP2_MARKS = (b"1AY&SY", b"\x17\x72\x45\x38\x50\x90")
_MAGIC = {b"\x1f\x8b": "gz", b"\xfd7zXZ\0": "xz", b"\x28\xb5\x2f\xfd": "zst"}
_MAGIC.update({b"BZh%d%b" % (level, mark): "bz2" for level in range(1, 10) for mark in _BZIP2_MARKS})

_HEAD_SIZE = 1 << 16


class RawFile(io.RawIOBase):
    """The bytes on disk, read from a place of its own, so that several passes do not disturb each other.

    descriptor  open for reading; belongs to this object, which closes it
    position    where in the file to begin, bytes; None for a stream, which has no places
    """

    def __init__(self, descriptor: int, position: int | None) -> None:
        self._descriptor = descriptor
        self._position = position
        self._start = position or 0
        self._head = b""
        self.consumed = 0  # bytes read so far

    def readable(self) -> bool:
        """Tell decompressors that this can be read."""
        return True

    def close(self) -> None:
        """Close the descriptor; a second time does nothing."""
        if not self.closed:
            os.close(self._descriptor)
        super().close()

    def seekable(self) -> bool:
        """Tell readers of columns whether they can jump about."""
        return self._position is not None

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Go on reading at another place, counted from where this began, where it is, or the end of the file."""
        if self._position is None:
            raise InputError("a stream cannot be read from the middle; save it to a file")
        if whence == os.SEEK_END:
            self._position = os.fstat(self._descriptor).st_size + offset
        else:
            self._position = offset + (self._start if whence == os.SEEK_SET else self._position - len(self._head))
        self._head = b""
        return self._position - self._start

    def tell(self) -> int:
        """Return the place it is at, counted from where this began."""
        return self.seek(0, os.SEEK_CUR)

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        """Put into `buffer` what there is, waiting only for the first byte; return its size, 0 at the end."""
        if self._head:
            view = memoryview(buffer)
            count = min(len(view), len(self._head))
            view[:count], self._head = self._head[:count], self._head[count:]
            return count
        count = self._read(buffer)
        self.consumed += count
        return count

    def _read(self, buffer: "WriteableBuffer") -> int:
        if self._position is None:
            return os.readv(self._descriptor, [buffer])
        count = os.preadv(self._descriptor, [buffer], self._position)
        self._position += count
        return count

    def head(self, marks: Iterable[bytes]) -> bytes:
        """Return the first bytes, enough of them to tell which of some marks they begin with; they are read again."""
        head = b""
        # A slow stream may give a byte at a time: wait for more only as long as it could matter.
        while any(mark.startswith(head) and mark != head for mark in marks):
            more = self.read(_HEAD_SIZE)
            if not more:
                break
            head += more
        self._head = head + self._head
        return head

    def text_reader(self) -> Callable[[memoryview], int]:
        """Recognise the compression by its first bytes and return a function like `readinto` for the text."""
        head = self.head(_MAGIC)
        for magic, compression in _MAGIC.items():
            if head.startswith(magic):
                from xopen import xopen  # costs more than most plain files take to read

                # threads=0: in this process, on this very file.
                file = xopen(cast("IO[bytes]", self), "rb", threads=0, format=compression)
                return cast("io.BufferedIOBase", file).readinto
        return self.readinto


@contextmanager
def failures_named(name: str) -> Iterator[None]:
    """Turn whatever reading or decompressing raises into one line that names the file.

    Raises InputError for a file that cannot be read, FormatError for damaged compressed data.
    """
    try:
        yield
    except (MinentError, MemoryError):
        raise
    except EOFError as error:
        raise FormatError(name, "the compressed data ends too early; copy or download the file again") from error
    except Exception as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise cannot_read(name, error) from error
        # Every decompressor has its own error class, and which one is at work depends on what is installed.
        raise FormatError(name, f"the compressed data is damaged ({error}); copy or download it again") from error


def cannot_read(name: str, error: OSError) -> InputError:
    """Say in one line why the operating system refused."""
    if isinstance(error, FileNotFoundError):
        return InputError(f"{name}: there is no such file; check the path")
    if isinstance(error, PermissionError):
        return InputError(f"{name}: no permission to read it; ask its owner or run chmod u+r on it")
    return InputError(f"{name}: cannot be read ({error.strerror or error}); check the path and the disk")
