"""Numba, for calls of kernels that no machine code was made for.  Importing this imports the compiler: slow."""

import atexit
import os
import shutil
import stat
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from minent.kernels._jit import announcements


def _can_write(directory: Path) -> bool:
    """Whether a file can be made in `directory`, or in the nearest folder above it that exists."""
    while not directory.exists() and directory != directory.parent:
        directory = directory.parent
    return os.access(directory, os.W_OK | os.X_OK)


def _private_directory() -> str:
    """A temporary directory of this user alone, the same each time: what lies in it is executed."""
    directory = Path(tempfile.gettempdir()) / f"minent-kernels-{os.getuid()}"
    with suppress(OSError):
        directory.mkdir(mode=0o700, exist_ok=True)
        state = directory.lstat()
        if stat.S_ISDIR(state.st_mode) and state.st_uid == os.getuid() and state.st_mode & 0o077 == 0:
            return str(directory)
    # Somebody else was there first: compile for this run alone.
    private = tempfile.mkdtemp(prefix="minent-kernels-")
    atexit.register(shutil.rmtree, private, ignore_errors=True)
    return private


def _place_cache() -> None:
    """Give numba a place for compiled code where it would find none and refuse to import."""
    if os.environ.get("NUMBA_CACHE_DIR"):
        return
    home_cache = Path(os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser())
    if not _can_write(Path(__file__).parent / "__pycache__") and not _can_write(home_cache):
        os.environ["NUMBA_CACHE_DIR"] = _private_directory()


_place_cache()

import numba  # noqa: E402
from llvmlite import binding  # type: ignore[import-untyped]  # noqa: E402
from numba.core import event  # noqa: E402

# Here choices without branches are to stay what they are: what comes cannot be foreseen.
_UNFORESEEN = {"minent.kernels.tokens"}


def say_what_is_foreseen(module: str) -> None:
    """Tell LLVM whether it may make branches of choices that wait for memory, in the code of a module from now on.

    That it does is good where they can be foreseen, and half as fast where they cannot.  Only x86 knows the option.
    """
    binding.set_option("minent", f"-x86-cmov-converter={str(module not in _UNFORESEEN).lower()}")


def compiled(function: Callable[..., Any]) -> Any:
    """Compile `function` on first call, without the GIL, and keep the machine code on disk.

    No `fastmath` and no `parallel`: results must be the same bytes on any number of threads.  A kernel whose name
    begins with "_" is part of another: it is always inlined, because arrays are dear to pass.
    """
    private = function.__name__.startswith("_")
    return numba.njit(nogil=True, cache=True, error_model="numpy", forceinline=private)(function)


class _Announcer(event.Listener):
    def on_start(self, event: Any) -> None:
        say_what_is_foreseen(event.data["dispatcher"].py_func.__module__)
        while announcements:
            announcements.pop()()

    def on_end(self, event: Any) -> None:
        pass


event.register("numba:compile", _Announcer())  # type: ignore[no-untyped-call]
