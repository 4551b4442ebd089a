"""What all tests share: the same hypothesis examples on every run and every machine."""

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from minent.corpus import Corpus

NOBODY = 65534

settings.register_profile("minent", derandomize=True, deadline=None)
settings.load_profile("minent")


@pytest.fixture
def open_place(tmp_path: Path) -> Iterator[Path]:
    """A directory that another user can reach too."""
    if os.geteuid() != 0:
        yield tmp_path
        return
    # Not below TMPDIR, which may be closed to others.
    with tempfile.TemporaryDirectory(dir="/tmp") as directory:
        Path(directory).chmod(0o755)
        yield Path(directory)


@pytest.fixture
def as_nobody() -> Iterator[Callable[[], None]]:
    """Give up the rights of root, to whom nothing is forbidden, for the rest of the test."""
    root = os.geteuid() == 0
    yield (lambda: os.seteuid(NOBODY)) if root else (lambda: None)
    if root:
        os.seteuid(0)


@pytest.fixture(scope="module")
def corpus_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Corpus]:
    """Make a corpus of some texts; the next one takes the place of its files."""
    directory = tmp_path_factory.mktemp("corpora")

    def write(*documents: str | bytes, errors: str = "strict") -> Corpus:
        paths = [directory / f"{place}.txt" for place in range(len(documents))]
        for path, document in zip(paths, documents, strict=True):
            path.write_bytes(document.encode() if isinstance(document, str) else document)
        return Corpus(*paths, errors=errors)

    return write
