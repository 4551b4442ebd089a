"""Numpy is told to sort without AVX-512 on the one processor where that is slow."""

from pathlib import Path

import pytest

from minent.cli import vectors

ZEN_4 = "processor\t: 0\nvendor_id\t: AuthenticAMD\ncpu family\t: 25\nflags\t\t: fpu avx2 avx512f avx512dq\n"
VARIABLE = "NPY_DISABLE_CPU_FEATURES"


@pytest.fixture
def numpy_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Returns a function that puts a numpy of a version in place, and gives what is asked of it for a processor."""

    def ask(version: str, about: str | None, wheel: bool = True) -> str | None:
        for path in ("numpy", f"numpy-{version}.dist-info", *(["numpy.libs"] if wheel else [])):
            (tmp_path / path).mkdir()
        (tmp_path / "numpy" / "__init__.py").touch()
        processor = tmp_path / "cpuinfo"
        if about is not None:
            processor.write_text(about, "ascii")
        found = type("Spec", (), {"origin": str(tmp_path / "numpy" / "__init__.py")})
        monkeypatch.setattr(vectors, "find_spec", lambda name: found)
        vectors.choose_sort(processor)
        return vectors.os.environ.get(VARIABLE)

    monkeypatch.setenv(VARIABLE, "")
    monkeypatch.delenv(VARIABLE)
    return ask


@pytest.mark.parametrize(("version", "name"), [("2.4.0", "X86_V4"), ("3.0.1", "X86_V4"), ("2.3.5", "AVX512_SKX")])
def test_zen_4(numpy_of, version, name):
    assert numpy_of(version, ZEN_4) == name


@pytest.mark.parametrize(
    "about",
    [
        None,
        ZEN_4.replace("AMD", "Intel"),
        ZEN_4.replace(": 25", ": 26"),
        ZEN_4.replace(" avx512f", ""),
    ],
    ids=["unknown", "Intel", "Zen 5", "Zen 3"],
)
def test_other_processors(numpy_of, about):
    assert numpy_of("2.4.0", about) is None


def test_numpy_built_otherwise(numpy_of):
    assert numpy_of("2.4.0", ZEN_4, wheel=False) is None


def test_what_the_user_says_stands(numpy_of, monkeypatch):
    monkeypatch.setenv(VARIABLE, "AVX2")
    assert numpy_of("2.4.0", ZEN_4) == "AVX2"
