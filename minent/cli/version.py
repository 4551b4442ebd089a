"""What `minent --version` shows: with what, and on what, minent works.  Nothing of it is imported for that."""

import platform
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from minent import __version__

_PACKAGES = ("numpy", "numba", "click")
# Vector instructions that kernels and numpy make use of, as /proc/cpuinfo names them.
_VECTORS = ("avx", "avx2", "avx512f", "avx512vl", "avx512_vbmi2", "asimd", "sve")


def version_lines(processor: Path = Path("/proc/cpuinfo")) -> Iterator[str]:
    """Yield the version, those of the packages, how kernels are compiled, and what the processor is."""
    yield f"minent {__version__}"
    packages = ", ".join(f"{name} {_installed(name)}" for name in _PACKAGES)
    yield f"{platform.python_implementation()} {platform.python_version()}, {packages}"
    library = Path(__file__).parents[1] / "kernels" / "prebuilt.lib"
    yield f"kernels compiled {'when minent was installed' if library.exists() else 'by numba when they are needed'}"
    yield f"{platform.system()} {platform.machine()}, {_processor(processor)}"


def _installed(name: str) -> str:
    """Return the version of a package, by the folder that describes it."""
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        return "missing"
    folders = Path(spec.origin).parents[1].glob(f"{name}-*.dist-info")
    return next((folder.name.removesuffix(".dist-info").partition("-")[2] for folder in folders), "of unknown version")


def _processor(path: Path) -> str:
    try:
        with path.open("rb") as file:
            about = file.read(1 << 12).decode("ascii", "replace")  # the first processor; there may be hundreds
    except OSError:
        return "an unknown processor"
    fields = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in about.splitlines())}
    flags = set((fields.get("flags") or fields.get("Features") or "").split())
    vectors = " ".join(name for name in _VECTORS if name in flags) or "no vector instructions known"
    return f"{fields.get('model name', 'a processor')} with {vectors}"
