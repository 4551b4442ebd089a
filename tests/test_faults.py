"""A few faults on a few commands; `make faults` tries as many as one likes."""

import random

import faults
import pytest


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> faults.Bench:
    return faults.Bench(tmp_path_factory.mktemp("faults"), 1)


@pytest.mark.parametrize("fault", faults.FAULTS, ids=lambda fault: fault.__name__)
def test_promises_are_kept(fault: faults.Fault, bench: faults.Bench) -> None:
    names = {faults.killed: "count", faults.no_room: "train-tokenizer", faults.full_disk: "export"}
    assert fault(bench, names.get(fault, "build-lexicon"), random.Random(2))


def test_a_broken_promise_is_found(bench: faults.Bench) -> None:
    folder = bench.folder("count", old=True)
    (folder / "out").write_bytes(b"half")
    with pytest.raises(faults.FaultError, match="changed"):
        faults.check(bench, "count", folder, 1, "minent: error: x\n", (1,), "fault")
    with pytest.raises(faults.FaultError, match="not with the same bytes"):
        faults.check(bench, "count", folder, 0, "", (1,), "fault")
    with pytest.raises(faults.FaultError, match="traceback"):
        faults.check(bench, "count", folder, 1, "Traceback (most recent call last):\n", (1,), "fault")
