"""Which of its vector instructions numpy is told to leave alone."""

import os
from importlib.util import find_spec
from pathlib import Path

# AMD's family of Zen 3 and Zen 4; of the two only Zen 4 has AVX-512.
_ZEN = b"cpu family\t: 25\n"


def choose_sort(processor: Path = Path("/proc/cpuinfo")) -> None:
    """Have numpy sort with AVX2 on Zen 4, whose AVX-512 sorts three to five times slower; before numpy is imported.

    Its AVX-512 sort stores compressed vectors, which that processor does in microcode (numpy/x86-simd-sort, issue 6).
    What the user says in NPY_DISABLE_CPU_FEATURES stands.  Only for numpy as its project builds it: another build may
    refuse to do without AVX-512.
    """
    try:
        with processor.open("rb") as file:
            about = file.read(1 << 12)  # the first processor; there may be hundreds
    except OSError:
        return
    if b"AuthenticAMD" in about and _ZEN in about and b" avx512f " in about and (name := _name_of_avx512()):
        os.environ.setdefault("NPY_DISABLE_CPU_FEATURES", name)


def _name_of_avx512() -> str | None:
    """What this numpy calls the instructions it sorts with; None if it is not from the wheels of its project."""
    spec = find_spec("numpy")
    if spec is None or spec.origin is None:
        return None
    installed = Path(spec.origin).parents[1]
    if not (installed / "numpy.libs").is_dir():
        return None
    versions = [path.name.split("-")[1].split(".") for path in installed.glob("numpy-*.dist-info")]
    new = all((int(major), int(minor)) >= (2, 4) for major, minor, *_ in versions)
    return "X86_V4" if new else "AVX512_SKX"
