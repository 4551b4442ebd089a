"""Texts at addresses, such as https://, s3://, gs:// and hf://, through fsspec."""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from minent.decompress import RawFile
from minent.errors import InputError, MinentError, MissingExtraError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_ADDRESS = re.compile(r"([a-z][a-z0-9+-]+)://")
_NOT_FOUND = 404
_PATTERN = re.compile(r"[*\[]")


def is_address(path: str) -> bool:
    """Whether `path` begins with the name of a protocol."""
    return _ADDRESS.match(path) is not None


def shown(address: str) -> str:
    """Return an address without a user and password, for messages."""
    return re.sub(r"(?<=://)[^/@]*@", "", address)


def find(address: str) -> list[str]:
    """Return the addresses that one stands for: of a pattern (not of http), what matches it; of a folder what is below.

    Raises MissingExtraError without the packages for it, InputError if there is nothing or it cannot be looked for.
    """
    with _failures(address):
        files, path = _open_system(address)
        over_http = address.startswith("http")
        if not over_http and _PATTERN.search(path):
            matches = [match for match in files.glob(path) if not files.isdir(match)]
        elif not over_http and files.isdir(path):
            below = len(path.rstrip("/"))
            matches = [match for match in files.find(path) if "/." not in match[below:]]
        else:
            files.info(path)
            return [address]
        if not matches:
            raise InputError(f"{shown(address)}: there is no file; check the address")
        return sorted(map(files.unstrip_protocol, matches))


def open_address(address: str) -> RawFile:
    """Open a text, to be read from its beginning.

    Raises MissingExtraError without the packages for it, InputError if it cannot be read.
    """
    with _failures(address):
        files, path = _open_system(address)
        # Over http in one go: not every server gives parts.
        return _RemoteFile(address, files.open(path, "rb", **({"block_size": 0} if address.startswith("http") else {})))


class _RemoteFile(RawFile):
    """A stream of bytes that a package of fsspec gives."""

    def __init__(self, address: str, file: Any) -> None:
        super().__init__(-1, None)
        self._address = address
        self._file = file

    def close(self) -> None:
        """Close the connection; a second time does nothing."""
        if not self.closed:
            self._file.close()
        io.RawIOBase.close(self)

    def _read(self, buffer: "WriteableBuffer") -> int:
        view = memoryview(buffer)
        with _failures(self._address):
            data: bytes = self._file.read(len(view))
        view[: len(data)] = data
        return len(data)


def _open_system(address: str) -> tuple[Any, str]:
    try:
        from fsspec.core import url_to_fs
    except ImportError:
        raise MissingExtraError(f"{shown(address)}: addresses need fsspec: pip install 'minent[remote]'") from None
    files, path = url_to_fs(address)
    return files, path


@contextmanager
def _failures(address: str) -> Iterator[None]:
    """Turn whatever the packages for an address raise into one line that names it."""
    name = shown(address)
    try:
        yield
    except (MinentError, MemoryError):
        raise
    except ImportError as error:
        raise MissingExtraError(f"{name}: {_line(error)}; pip install 'minent[remote]'") from error
    except FileNotFoundError as error:
        # Over http, whatever is wrong is called so; the cause says what it was.
        cause = error.__cause__
        if isinstance(cause, Exception) and getattr(cause, "status", 0) != _NOT_FOUND:
            raise _unreadable(name, cause) from error
        raise InputError(f"{name}: there is no such file; check the address") from error
    except PermissionError as error:
        raise InputError(f"{name}: no permission to read it; check your credentials for it") from error
    except Exception as error:
        # Each protocol has a package, and error classes, of its own.
        raise _unreadable(name, error) from error


def _unreadable(name: str, error: Exception) -> InputError:
    return InputError(f"{name}: cannot be read ({_line(error)}); check the address and the connection")


def _line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
