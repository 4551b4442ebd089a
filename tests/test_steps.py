"""Steps that are kept: taken once, whole or not at all, by one process at a time."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from minent.errors import CapacityError, InputError
from minent.steps import Arrays, SavedSteps, Steps

RESULT = (np.arange(9), np.array([0.1, np.nan]), np.zeros(0, np.uint16), np.array([[True], [False]]))


def silent(sentence: str) -> None:
    pass


def never() -> Arrays:
    pytest.fail("done again")


def saved(place: Path, *subject: str, **others: Any) -> SavedSteps:
    return SavedSteps(place, "test", subject, **{"notice": silent} | others)


def assert_same(found: Arrays, expected: Arrays) -> None:
    assert [(array.dtype, array.tobytes()) for array in found] == [(each.dtype, each.tobytes()) for each in expected]


def test_a_step_is_done_once(tmp_path: Path) -> None:
    heard: list[str] = []
    with pytest.raises(KeyboardInterrupt), saved(tmp_path, "this", notice=heard.append) as steps:
        assert list(tmp_path.iterdir()) == []
        assert steps.take("one", lambda: RESULT) is RESULT
        assert_same(steps.take("one", never), RESULT)
        raise KeyboardInterrupt
    with saved(tmp_path, "that", notice=heard.append) as steps:
        assert steps.take("one", lambda: ()) == ()
    with saved(tmp_path, "this", notice=heard.append) as steps:
        assert_same(steps.take("one", never), RESULT)
        assert steps.take("two", lambda: RESULT[:1]) == RESULT[:1]
    assert heard == ["going on: 1 steps are done"]
    assert list(tmp_path.iterdir()) == []


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda data: b"",
    "short": lambda data: data[:20],
    "cut off": lambda data: data[:-1],
    "too long": lambda data: data + b"\0",
    "one bit": lambda data: data[:50] + bytes([data[50] ^ 4]) + data[51:],
    "the first": lambda data: bytes([data[0] ^ 1]) + data[1:],
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_step_is_done_again(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    steps = saved(tmp_path, "this")
    steps.take("one", lambda: RESULT)
    (path,) = tmp_path.glob("*/one.step")
    whole = path.read_bytes()
    path.write_bytes(damage(whole))
    assert steps.take("one", lambda: RESULT) is RESULT
    assert path.read_bytes() == whole
    steps.close(done=True)


def test_changed_inputs_begin_anew(tmp_path: Path) -> None:
    heard: list[str] = []
    steps = saved(tmp_path, "this", inputs=[[3, 1]])
    steps.take("one", lambda: RESULT)
    steps.close(done=False)
    with saved(tmp_path, "this", inputs=[[3, 2]], notice=heard.append) as steps:
        assert steps.take("one", lambda: RESULT) is RESULT
    assert heard == ["the inputs have changed since this work was begun: beginning anew"]


def test_one_process_at_a_time(tmp_path: Path) -> None:
    first = saved(tmp_path, "this")
    first.take("one", lambda: RESULT)
    with pytest.raises(InputError, match="another process is at this very work"):
        saved(tmp_path, "this").take("one", never)
    first.close(done=True)
    assert list(tmp_path.iterdir()) == []


def test_where_no_folder_can_be_made(tmp_path: Path) -> None:
    with pytest.raises(CapacityError, match=r"nowhere.*--work-dir"):
        saved(tmp_path / "nowhere", "this").take("one", lambda: RESULT)


def test_nothing_is_kept_where_nobody_asks_for_it() -> None:
    with Steps() as steps:
        assert steps.take("one", lambda: RESULT) is RESULT
        assert steps.take("one", lambda: ()) == ()


def test_a_removal_that_is_killed_leaves_nothing_that_looks_like_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = SavedSteps(tmp_path, "x", ["a"], lambda sentence: None)
    (steps.begin() / "data").write_text("needed by the step")
    steps.take("one", lambda: (np.zeros(1),))
    with monkeypatch.context() as broken:
        broken.setattr(shutil, "rmtree", lambda path, ignore_errors: None)  # killed before
        steps.close(done=True)
    again = SavedSteps(tmp_path, "x", ["a"], lambda sentence: None)
    assert list(again.begin().iterdir()) == [again.begin() / "inputs"]
    again.close(done=True)
    assert not list(tmp_path.iterdir())
