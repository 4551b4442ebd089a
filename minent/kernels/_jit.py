"""The one decorator behind every kernel.

A compiled caller does not notice that a compiled callee in another file has changed, so no kernel calls a kernel of
another file; module globals are frozen into the cache, so kernels read only literal constants of their own file.
"""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

_Function = TypeVar("_Function", bound=Callable[..., Any])


def _can_write(directory: Path) -> bool:
    """Whether a file can be made in `directory`, or in the nearest folder above it that exists."""
    while not directory.exists() and directory != directory.parent:
        directory = directory.parent
    return os.access(directory, os.W_OK | os.X_OK)


def _place_cache() -> None:
    """Give numba a place for compiled code where it would find none and refuse to import."""
    if os.environ.get("NUMBA_CACHE_DIR"):
        return
    home_cache = Path(os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser())
    if not _can_write(Path(__file__).parent / "__pycache__") and not _can_write(home_cache):
        # A private directory: compiled code is executed, so nobody else may be able to put it there.
        os.environ["NUMBA_CACHE_DIR"] = tempfile.mkdtemp(prefix="minent-kernels-")


_place_cache()

import numba  # noqa: E402
from numba.core import event  # noqa: E402


def kernel(function: _Function) -> _Function:
    """Compile `function` on first call, without the GIL, and keep the machine code on disk.

    No `fastmath` and no `parallel`: results must be the same bytes on any number of threads.
    """
    compiled: Any = numba.njit(nogil=True, cache=True, error_model="numpy")(function)
    return cast(_Function, compiled)


class _Announcer(event.Listener):
    def __init__(self, announce: Callable[[], None]) -> None:
        self._announce: Callable[[], None] | None = announce

    def on_start(self, event: Any) -> None:
        if self._announce is not None:
            self._announce()
            self._announce = None

    def on_end(self, event: Any) -> None:
        pass


def on_first_compilation(announce: Callable[[], None]) -> None:
    """Call `announce` once, before the first kernel that is not in the cache is compiled."""
    event.register("numba:compile", _Announcer(announce))  # type: ignore[no-untyped-call]
