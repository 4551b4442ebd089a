"""The one decorator behind every kernel.

A compiled caller does not notice that a compiled callee in another file has changed, so no kernel calls a kernel of
another file; module globals are frozen into the cache, so kernels read only literal constants of their own file.
"""

import struct
from collections.abc import Callable
from contextlib import suppress
from functools import update_wrapper
from typing import Any, TypeVar, cast

from minent.kernels import _prebuilt

_Function = TypeVar("_Function", bound=Callable[..., Any])


class Kernel:
    """A compiled function: each call takes the machine code made for it when minent was built, else numba's."""

    def __init__(self, function: Callable[..., Any]) -> None:
        update_wrapper(self, function)
        self._function = function
        self.name = f"{function.__module__}.{function.__name__}"
        self._found: dict[tuple[_prebuilt.Kind, ...], _prebuilt.MachineCode | None] = {}

    def __call__(self, *arguments: Any) -> Any:
        if not _prebuilt.functions():
            return self.compiled(*arguments)
        kinds: list[_prebuilt.Kind] = []
        flat: list[Any] = []
        _prebuilt.read(arguments, kinds, flat)
        call = tuple(kinds)
        try:
            code = self._found[call]
        except KeyError:
            code = self._found[call] = _prebuilt.find(self.name, call)
        if code is not None:
            with suppress(struct.error):  # an integer of more than 64 bits is left to numba
                return code(flat)
        return self.compiled(*arguments)

    @property
    def compiled(self) -> Any:
        """What numba makes of it."""
        known = vars(self)
        if "_compiled" not in known:
            from minent.kernels._compiler import compiled

            known.setdefault("_compiled", compiled(self._function))  # one for all threads
        return known["_compiled"]

    @property
    def _numba_type_(self) -> Any:
        """Numba asks for this where another kernel calls this one."""
        return self.compiled._numba_type_


def kernel(function: _Function) -> _Function:
    """Make a compiled function that runs without the GIL, from machine code if there is some, else through numba."""
    return cast(_Function, Kernel(function))


announcements: list[Callable[[], None]] = []


def on_first_compilation(announce: Callable[[], None]) -> None:
    """Call `announce` once, before the first kernel that is neither built nor in numba's cache is compiled."""
    announcements.append(announce)
