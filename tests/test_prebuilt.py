"""Machine code made ahead of time: the same results as compiling at run time, which takes its place where it must."""

import importlib
import math
import os
import shutil
import sys
import tomllib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from test_kernels import PACKAGE, ROOT, python

from minent.kernels import _prebuilt

TOY = """
from typing import Any, NamedTuple

import numpy as np

from minent.kernels._jit import kernel


class Pair(NamedTuple):
    left: Any
    right: Any


@kernel
def _twice(value):
    return 2 * value


@kernel
def fill(out, number, ratio, flag):
    for i in range(out.size):
        out[i] = _twice(number) + ratio if flag else i


@kernel
def measure(pairs, bounds):
    here, there = pairs
    total = 0.0
    for i in range(bounds[0], bounds[1]):
        total += here.left[i] / 3.0 + there.right[i, 1] * 1.1
    return here.left.size, total, total > 1.0, np.uint32(7), np.float32(0.1)


@kernel
def total(values):
    result = 0.0
    for value in values.flat:
        result += value * 0.1
    return result


@kernel
def longest(shape):
    return shape.shape[1]


@kernel
def is_odd(number):
    return number % 2 == 1


@kernel
def reserve(size):
    room = np.zeros(size, np.uint8)
    room[size // 2] = 3
    return room[size // 2] + room[0]


@kernel
def logarithm(number):
    return np.log(number)
"""

# A call of every function, and what it is to be called with.
CALLS: dict[str, Callable[[ModuleType], tuple[Any, ...]]] = {
    "fill": lambda toy: (np.zeros(5, np.float32), 3, 0.7, True),
    "measure": lambda toy: (
        (toy.Pair(np.arange(6, dtype=np.uint16), np.ones((4, 3))), toy.Pair(np.zeros(1, np.uint16), np.eye(4, 3))),
        (0, 3),
    ),
    "total": lambda toy: (np.linspace(0, 1, 1000),),
    "longest": lambda toy: (np.zeros((2, 3), np.int32),),
    "is_odd": lambda toy: (3,),
    "reserve": lambda toy: (10,),
    "logarithm": lambda toy: (0.3,),
}

BUILD = f"""
import json, sys
from pathlib import Path
sys.path[:0] = [{str(ROOT)!r}, {str(Path(__file__).parent)!r}, sys.argv[1]]
import build_kernels, minent_toy, test_prebuilt
for name, arguments in test_prebuilt.CALLS.items():
    getattr(minent_toy, name)(*arguments(minent_toy))
build_kernels.build([getattr(minent_toy, name) for name in test_prebuilt.CALLS], Path(sys.argv[1]) / "toy.lib")
print(json.dumps("done"))
"""

# In a process of its own: a call, what comes of it, and whether that took the compiler.
USE = """
import json, sys
from pathlib import Path
from minent.kernels import _prebuilt
sys.path.insert(0, sys.argv[1])
_prebuilt.LIBRARY = Path(sys.argv[1]) / "toy.lib"
import minent_toy
print(json.dumps([minent_toy.is_odd(3), "numba" in sys.modules]))
"""

pytestmark = [
    pytest.mark.skipif(_prebuilt.processor() is None, reason="no machine code is made for this processor"),
    pytest.mark.skipif(not shutil.which("cc"), reason="there is no C compiler"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the toy kernels lie, and a library of them."""
    place = tmp_path_factory.mktemp("toy")
    (place / "minent_toy.py").write_text(TOY)
    python(BUILD, str(place), MINENT_PREBUILT="0", NUMBA_CPU_NAME=str(_prebuilt.processor()), NUMBA_CPU_FEATURES="")
    return place


@pytest.fixture
def toy(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The toy kernels, imported anew."""
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setattr(_prebuilt, "LIBRARY", folder / "toy.lib")
    for name in ("MINENT_PREBUILT", "NUMBA_DISABLE_JIT", "NUMBA_BOUNDSCHECK"):
        monkeypatch.delenv(name, raising=False)
    _prebuilt.functions.cache_clear()
    yield importlib.import_module("minent_toy")
    del sys.modules["minent_toy"]
    _prebuilt.functions.cache_clear()


def was_compiled(kernel: Any) -> bool:
    return "_compiled" in vars(kernel)


def exactly(value: Any) -> Any:
    """A value that is equal only to the same value of the same type."""
    if isinstance(value, tuple):
        return tuple(map(exactly, value))
    return type(value), value.hex() if isinstance(value, float) else value


@pytest.mark.parametrize("name", CALLS)
def test_it_does_what_the_compiled_function_does(toy: ModuleType, name: str) -> None:
    kernel = getattr(toy, name)
    one, other = CALLS[name](toy), CALLS[name](toy)
    result = kernel(*one)
    assert not was_compiled(kernel)
    assert exactly(result) == exactly(kernel.compiled(*other))
    for mine, others in zip(one, other, strict=True):
        if isinstance(mine, np.ndarray):
            assert mine.tobytes() == others.tobytes()


def test_results_have_the_types_of_python(toy: ModuleType) -> None:
    assert exactly(toy.is_odd(3)) == (bool, True)
    assert exactly(toy.is_odd(np.int64(2))) == (bool, False)
    assert exactly(toy.longest(np.zeros((2, 3), np.int32))) == (int, 3)
    assert exactly(toy.logarithm(np.float64(0.3))) == (float, math.log(0.3).hex())
    assert toy.fill(np.zeros(1, np.float32), 1, 0.5, np.True_) is None
    assert [kind for kind, _ in exactly(toy.measure(*CALLS["measure"](toy)))] == [int, float, bool, int, float]
    assert not any(was_compiled(getattr(toy, name)) for name in CALLS)


def test_empty_and_read_only_arrays_are_like_others(toy: ModuleType) -> None:
    assert toy.total(np.empty(0)) == 0.0
    assert toy.longest(np.empty((0, 5), np.int32)) == 5
    fixed = np.linspace(0, 1, 1000)
    fixed.flags.writeable = False
    assert toy.total(fixed) == toy.total(fixed.copy())
    assert toy.total(np.frombuffer(b"")) == 0.0
    assert not was_compiled(toy.total)


def test_a_mapped_file_is_an_array(toy: ModuleType, tmp_path: Path) -> None:
    values = np.linspace(0, 1, 100)
    values.tofile(tmp_path / "values")
    assert toy.total(np.memmap(tmp_path / "values", np.float64, "r")) == toy.total(values)
    assert not was_compiled(toy.total)


@pytest.mark.parametrize(
    "values",
    [np.linspace(0, 1, 100)[::3], np.linspace(0, 1, 100, dtype=np.float32), np.asfortranarray(np.ones((3, 4)))],
    ids=["strided", "another type", "in the order of Fortran"],
)
def test_other_arrays_are_compiled_for(toy: ModuleType, values: Any) -> None:
    assert toy.total(values) == pytest.approx(0.1 * values.sum())
    assert was_compiled(toy.total)
    assert toy.total(np.empty(0)) == 0.0  # and those there is machine code for go on as before


def test_a_large_integer_is_compiled_for(toy: ModuleType) -> None:
    assert toy.is_odd(2**63 - 1) is True
    assert not was_compiled(toy.is_odd)
    assert toy.is_odd(2**63 + 1) is True
    assert was_compiled(toy.is_odd)


def test_no_memory_is_told(toy: ModuleType) -> None:
    with pytest.raises(MemoryError):
        toy.reserve(2**60)
    assert toy.reserve(10) == 3
    assert not was_compiled(toy.reserve)


def test_threads_run_at_once(toy: ModuleType) -> None:
    values = [np.arange(size, dtype=np.float64) for size in range(1, 2000)]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(toy.total, values)) == [toy.total(each) for each in values]
    assert not was_compiled(toy.total)


def test_the_compiler_is_not_imported(folder: Path) -> None:
    assert python(USE, str(folder)) == [True, False]


@pytest.mark.parametrize("variable", [{"MINENT_PREBUILT": "0"}, {"NUMBA_BOUNDSCHECK": "1"}, {"NUMBA_DISABLE_JIT": "1"}])
def test_it_can_be_declined(folder: Path, tmp_path: Path, variable: dict[str, str]) -> None:
    assert python(USE, str(folder), NUMBA_CACHE_DIR=str(tmp_path), **variable) == [True, True]


def test_a_library_of_other_kernels_is_refused(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(PACKAGE, tmp_path / "minent", ignore=shutil.ignore_patterns("__pycache__"))
    places = {"PYTHONPATH": str(tmp_path), "NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    assert python(USE, str(folder), **places) == [True, False]
    with (tmp_path / "minent" / "kernels" / "units.py").open("a") as source:
        source.write("# changed\n")
    assert python(USE, str(folder), **places) == [True, True]


def test_a_library_is_refused_where_it_might_not_run(toy: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _prebuilt.load(_prebuilt.LIBRARY)
    able = _prebuilt._flags()
    with monkeypatch.context() as patch:
        patch.setattr(_prebuilt, "_PROCESSORS", {})
        assert _prebuilt.load(_prebuilt.LIBRARY) == {}
    with monkeypatch.context() as patch:
        patch.setattr(_prebuilt, "_PROCESSORS", dict.fromkeys(_prebuilt._PROCESSORS, ("other", able)))
        assert _prebuilt.load(_prebuilt.LIBRARY) == {}
    for machine, (name, needed) in _prebuilt._PROCESSORS.items():
        with monkeypatch.context() as patch:
            patch.setattr(_prebuilt, "_PROCESSORS", {machine: (name, {*needed, "a flag of the future"})})
            assert _prebuilt.load(_prebuilt.LIBRARY) == {}
    monkeypatch.setattr(_prebuilt, "_flags", set)
    assert (_prebuilt.load(_prebuilt.LIBRARY) == {}) == any(_prebuilt._PROCESSORS[os.uname().machine][1])


def test_what_is_no_library_is_refused(tmp_path: Path) -> None:
    assert _prebuilt.load(tmp_path / "missing") == {}
    (tmp_path / "text").write_text("text")
    assert _prebuilt.load(tmp_path / "text") == {}
    assert _prebuilt.load(Path(np._core._multiarray_umath.__file__)) == {}


def test_the_script_that_builds_is_shipped() -> None:
    target = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["sdist"]
    assert {"/build_kernels.py", "/corpora"} <= set(target["include"])
