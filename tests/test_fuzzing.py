"""Some damaged files of every format; `make fuzz` tries as many as one likes."""

from pathlib import Path

import fuzzing
import pytest


@pytest.mark.parametrize("name", sorted(fuzzing.formats()))
def test_damaged_files_are_refused_or_can_be_used(name: str, tmp_path: Path) -> None:
    ends = fuzzing.fuzz(name, 300, 7, tmp_path)
    assert sum(ends.values()) == 300
    assert ends["FormatError"] > 30
    assert ends["used"] > 3  # the changes are small enough to get past the first check


def test_findings_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(path: Path) -> None:
        raise IndexError("out of bounds")

    known = fuzzing.formats()
    monkeypatch.setattr(fuzzing, "formats", lambda: {"lexicon": known["lexicon"]._replace(read=broken)})
    with pytest.raises(fuzzing.FindingError, match="IndexError: out of bounds"):
        fuzzing.fuzz("lexicon", 1, 1, tmp_path)
    assert (tmp_path / "fuzzed-lexicon").exists()
