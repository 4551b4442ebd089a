"""kernels/numbers.py against its slow twins."""

import naive
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from minent.kernels import numbers

ROWS = st.lists(st.lists(st.integers(0, 2**31 - 1) | st.integers(0, 12), max_size=5), max_size=5)


@given(ROWS)
def test_write_numbers(rows: list[list[int]]) -> None:
    flat = np.array([number for row in rows for number in row], np.int32)
    offsets = np.cumsum([0, *map(len, rows)])
    out = np.zeros(11 * flat.size + len(rows), np.uint8)
    size = numbers.write_numbers(flat, offsets, out)
    assert out[:size].tobytes() == naive.write_numbers(rows)


@given(st.lists(st.integers(0, 2**31 - 1)), st.lists(st.sampled_from([" ", "\n", "\t ", "\r\n"]), min_size=1))
def test_read_numbers(expected: list[int], spaces: list[str]) -> None:
    text = "".join(f"{spaces[at % len(spaces)]}{number}" for at, number in enumerate(expected)).encode()
    found = np.zeros(len(text), np.int32)
    n, wrong = numbers.read_numbers(np.frombuffer(text, np.uint8), found)
    assert wrong == -1
    assert found[:n].tolist() == naive.read_numbers(text) == expected


def test_read_numbers_tells_what_is_none() -> None:
    for text, number, wrong in (
        (b"1 x", 1, 2),
        (b"1 2x 3", 1, 2),
        (b"12 2147483648", 1, 3),
        (b"-1", 0, 0),
        (b"1.5", 0, 0),
    ):
        found = numbers.read_numbers(np.frombuffer(text, np.uint8), np.zeros(9, np.int32))
        assert found == (number, wrong)
