"""Machine code made when minent was built, so that a run need not import the compiler.

The library beside this file holds functions `kernel_0`, `kernel_1` ... and one more, `contents`, which gives a text: a
stamp in its first line, then a line for each function with the call it is made for, a tab, and the format of its
results.  A function takes one block of eight-byte values, writes its results behind them, and returns 0 if all went
well.  `build_kernels.py`, at the root of the repository, makes the library.
"""

import ctypes
import os
import struct
from collections.abc import Iterable, Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

LIBRARY = Path(__file__).with_name("prebuilt.lib")

# What the machine code is made for, and the flags a processor must have for it, as /proc/cpuinfo names them.
_V3 = "abm avx avx2 bmi1 bmi2 cx16 f16c fma lahf_lm movbe pni popcnt sse4_1 sse4_2 ssse3 xsave"
_PROCESSORS = {"x86_64": ("x86-64-v3", set(_V3.split())), "aarch64": ("generic", set[str]())}

# Kinds of arguments: dtype of a number; dtype and number of dimensions of an array; class of a tuple, then how many
# items follow; -1 = no machine code is made for it.
Kind: TypeAlias = np.dtype[Any] | tuple[np.dtype[Any], int] | type | int

_NUMBERS: dict[type, Kind] = {int: np.dtype(np.int64), float: np.dtype(np.float64), bool: np.dtype(np.bool_)}
_first_byte, _address = ctypes.c_char.from_buffer, ctypes.addressof
_FORMATS = {"i": "q", "u": "Q", "f": "d", "b": "?7x"}


def processor() -> str | None:
    """The processor to make machine code for, as LLVM calls it, or None where there is no such code."""
    system = os.uname()
    name, needed = _PROCESSORS.get(system.machine, ("", {"no such"}))
    return name if system.sysname == "Linux" and needed <= _flags() else None


def _flags() -> set[str]:
    try:
        with Path("/proc/cpuinfo").open("rb") as lines:
            return next((set(line.decode().split()) for line in lines if line.startswith(b"flags")), set())
    except OSError:
        return set()


def stamp(processor: str) -> str:
    """Name the kernels as they are now, compiled for a processor."""
    digest = sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return f"{digest.hexdigest()} {processor}"


def spell(kernel: str, kinds: Iterable[Kind]) -> str:
    """Write a call out: the name of the kernel and the kinds of its arguments."""
    words = [kernel]
    for kind in kinds:
        if isinstance(kind, tuple):
            words.append(f"{kind[0].str}[{kind[1]}]")
        elif isinstance(kind, type):
            words.append(f"{kind.__module__}.{kind.__qualname__}")
        else:
            words.append(kind.str if isinstance(kind, np.dtype) else str(kind))
    return " ".join(words)


def read(values: Iterable[Any], kinds: list[Kind], flat: list[Any]) -> None:
    """Append the kinds of the values, and what a block holds of them: a number, or where an array lies and its shape.

    A read-only array is like any other: kernels write only to the arguments they call `out`.
    """
    for value in values:
        kind = type(value)
        if kind is np.ndarray or kind is np.memmap:
            flags = value.flags
            if flags.carray:  # in C order, aligned and writable
                try:
                    address = _address(_first_byte(value))  # four times as fast, where it works
                except ValueError:  # nothing in it
                    address = value.__array_interface__["data"][0]
            elif flags.c_contiguous and flags.aligned:
                address = value.__array_interface__["data"][0]
            else:
                kinds.append(-1)
                continue
            kinds.append((value.dtype, value.ndim))
            flat.append(address)
            flat += value.shape
        elif kind in _NUMBERS:
            kinds.append(_NUMBERS[kind])
            flat.append(value)
        elif isinstance(value, tuple):
            kinds += (kind, len(value))
            read(value, kinds, flat)
        elif isinstance(value, np.generic):
            kinds.append(value.dtype)
            flat.append(value.item())
        else:
            kinds.append(-1)


class MachineCode:
    """A function of the library, for one spelling of calls.

    kinds    of its arguments, see `read`
    results  format of what it returns: a letter of `struct`, "(...)" for a tuple of them, "" for None
    """

    def __init__(self, function: Any, kinds: Iterable[Kind], results: str) -> None:
        arguments = struct.Struct("".join(map(_format, kinds)))
        self._function = function
        self._pack = arguments.pack_into
        self._begin = arguments.size
        self._unpack = struct.Struct(results.strip("()").replace("?", "?7x")).unpack_from
        self._results = results
        self._block = ctypes.c_char * (arguments.size + 8 * len(results.strip("()")))

    def __call__(self, flat: Sequence[Any]) -> Any:
        """Call it with what `read` found.  The arrays must be kept alive meanwhile.

        Raises struct.error, before anything is done, if an integer has more than 64 bits; MemoryError.
        """
        block = self._block()
        self._pack(block, 0, *flat)
        # Kernels raise nothing: all that can fail in them is to get memory.
        if self._function(block):
            raise MemoryError
        if not self._results:
            return None
        results = self._unpack(block, self._begin)
        return results if self._results[0] == "(" else results[0]


def _format(kind: Kind) -> str:
    """How a block holds an argument, in the language of `struct`."""
    if isinstance(kind, tuple):
        return "Q" + "q" * kind[1]
    return _FORMATS[kind.kind] if isinstance(kind, np.dtype) else ""


@cache
def functions() -> dict[str, tuple[Any, str]]:
    """The machine code for these kernels and this processor: by spelled call, a function and the format of its results.

    Empty if it is not wanted: with MINENT_PREBUILT=0 in the environment, or where numba is told to compile otherwise.
    """
    otherwise = any(os.environ.get(name, "0") not in ("", "0") for name in ("NUMBA_DISABLE_JIT", "NUMBA_BOUNDSCHECK"))
    return {} if otherwise or os.environ.get("MINENT_PREBUILT") == "0" else load(LIBRARY)


def load(path: Path) -> dict[str, tuple[Any, str]]:
    """The functions of a library, see `functions`; none if it is missing, of other kernels or not for this machine."""
    able = processor()
    if able is None or not path.exists():
        return {}
    try:
        library = ctypes.CDLL(str(path))
        library.contents.restype = ctypes.c_char_p
        first, *calls = library.contents().decode().splitlines()
    except (OSError, AttributeError):  # for another machine; no such library
        return {}
    if first != stamp(able):
        return {}
    pairs = (call.split("\t") for call in calls)
    return {call: (library[f"kernel_{i}"], results) for i, (call, results) in enumerate(pairs)}


def find(kernel: str, kinds: tuple[Kind, ...]) -> MachineCode | None:
    """The machine code for one kind of call of a kernel, or None if it has to be compiled."""
    function, results = functions().get(spell(kernel, kinds), (None, ""))
    return MachineCode(function, kinds, results) if function else None
