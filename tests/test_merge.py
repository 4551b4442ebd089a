"""Counts merged are counts of everything at once."""

import subprocess
import sys
from dataclasses import replace
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minent.corpus import Corpus
from minent.count import CountOptions, count_ngrams
from minent.errors import CapacityError, InputError
from minent.merge import MergeOptions, merge_counts
from minent.ngrams import NgramCounts

texts = st.lists(st.text("abc天地玄😀\n", max_size=60), min_size=1, max_size=4)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("merge")


def count(place: Path, parts: list[str], order: int, alphabet: str, min_count: int = 1) -> NgramCounts:
    paths = []
    for number, text in enumerate(parts):
        paths.append(place / f"{number}.txt")
        paths[-1].write_text(text, "utf-8", newline="\n")
    return count_ngrams(Corpus(*paths), CountOptions(order, alphabet, min_count))


def saved(place: Path, counts: NgramCounts) -> bytes:
    counts.save(place / "saved.mnc", force=True)
    return (place / "saved.mnc").read_bytes()


@given(texts, st.integers(1, 5), st.sampled_from(["characters", "bytes"]), st.integers(1, 4))
def test_the_same_bytes_as_counting_all_at_once(
    place: Path, parts: list[str], order: int, alphabet: str, min_count: int
) -> None:
    tables = [count(place, [part], order, alphabet) for part in parts]
    expected = saved(place, count(place, parts, order, alphabet, min_count))
    for some in list(permutations(tables))[:3]:
        assert saved(place, merge_counts(some, MergeOptions(min_count))) == expected
    if len(tables) > 2:
        steps = merge_counts([tables[0], merge_counts(tables[1:])], MergeOptions(min_count))
        assert saved(place, steps) == expected


def test_one_table_is_itself(place: Path) -> None:
    table = count(place, ["天地玄黄\n"], 3, "characters")
    assert saved(place, merge_counts([table])) == saved(place, table)


def test_tables_that_do_not_fit(place: Path) -> None:
    table = count(place, ["天地玄黄\n"], 3, "characters")
    with pytest.raises(InputError, match="name at least one"):
        merge_counts([])
    with pytest.raises(InputError, match="table 2 has order 2, the first one 3"):
        merge_counts([table, count(place, ["a"], 2, "characters")])
    with pytest.raises(InputError, match="table 2 has alphabet bytes"):
        merge_counts([table, count(place, ["a"], 3, "bytes")])
    with pytest.raises(InputError, match="table 1 lacks the n-grams seen fewer than 2 times"):
        merge_counts([count(place, ["aa"], 3, "characters", 2), table])
    with pytest.raises(InputError, match="min_count must be at least 1, not 0"):
        MergeOptions(0)


def test_sums_beyond_64_bits(place: Path) -> None:
    table = count(place, ["天"], 1, "characters")
    half = replace(table, count=np.array([2**62, 2**62]), totals=np.array([2**62, 2**62]))
    assert merge_counts([half, table]).look_up("天") == 2**62 + 1
    with pytest.raises(CapacityError, match="exceed"):
        merge_counts([half, half])


def minent(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[bytes]:
    call = [sys.executable, "-m", "minent", *map(str, arguments)]
    return subprocess.run(call, cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, check=False)


def test_at_the_shell(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("天地玄黄\n", "utf-8")
    (tmp_path / "b.txt").write_text("天地人\n", "utf-8")
    for name in ("a", "b"):
        done = minent("count", f"{name}.txt", "-o", f"{name}.mnc", cwd=tmp_path)
        assert b" n-grams (" in done.stderr
        assert b" s, peak memory " in done.stderr
    minent("count", "a.txt", "b.txt", "--min-count", "2", "-o", "both.mnc", cwd=tmp_path)
    done = minent("merge-counts", "b.mnc", "a.mnc", "--min-count", "2", "-o", "merged.mnc", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, b"")
    assert done.stderr.startswith(b"minent: 3 n-grams (2 + 1 + 0 + 0) from 23 bytes of text with digest ")
    assert (tmp_path / "merged.mnc").read_bytes() == (tmp_path / "both.mnc").read_bytes()
    done = minent("merge-counts", "merged.mnc", "a.mnc", "-o", "wrong.mnc", cwd=tmp_path)
    assert (done.returncode, done.stderr.count(b"\n")) == (1, 1)
    assert b"count with --min-count 1" in done.stderr
    assert not (tmp_path / "wrong.mnc").exists()
    assert minent("merge-counts", "-o", "none.mnc", cwd=tmp_path).returncode == 2
    assert minent("merge-counts", "a.mnc", cwd=tmp_path).returncode == 2
    assert minent("merge-counts", "a.mnc", "missing.mnc", "-o", "x.mnc", cwd=tmp_path).returncode == 1
