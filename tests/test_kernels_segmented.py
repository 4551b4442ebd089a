"""kernels/segmented.py against its slow twin."""

import naive
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from minent.kernels import segmented

LINES = st.lists(st.text(alphabet="ab \t", max_size=8), max_size=5).map(lambda lines: "".join(f"{x}\n" for x in lines))


@given(LINES, st.integers(0, 20))
def test_words_are_read(text: str, cut: int) -> None:
    """In two pieces: what is under way goes on."""
    numbers = {"\n": 0, "a": 1, " ": 2, "b": 3, "\t": 4}
    state = np.array([1, 0, 0])
    units, begins, lines = [], [], []
    for part in (text[:cut], text[cut:]):
        ids = np.array([numbers[character] for character in part], np.uint16)
        room = np.full(ids.size, 9, np.uint16), np.full(ids.size, 9, np.uint8), np.zeros(part.count("\n"), np.int64)
        size, borders = segmented.read_words(ids, np.array([0, 0, 1, 0, 1], np.uint8), state, *room)
        units += room[0][:size].tolist()
        begins += room[1][:size].tolist()
        lines += room[2][:borders].tolist()
    expected = naive.read_words(text)
    assert ([numbers.get(str(unit), 0) for unit in expected[0]], *expected[1:]) == (units, begins, lines)
