"""kernels/writing.py against its slow twin."""

import naive
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from minent.kernels import writing

SPACES = " \t\u3000\u200b"
SEPARATORS = "\n\r\u2028"
CHARACTERS = [*"\na|\\é字𠮷/", *SPACES, *SEPARATORS[1:]]
KIND = np.array([0 if character in SPACES + SEPARATORS else 1 for character in CHARACTERS], np.uint8)
STYLE = {
    "width": np.array([len(character.encode()) for character in CHARACTERS], np.uint8),
    "separator": np.array([character in SEPARATORS for character in CHARACTERS], np.uint8),
}
DELIMITERS = st.sampled_from([" ", "\t", " | ", "|", "|a", "字", "𠮷é", "\\", "//"])
WORD = st.text("a|\\é字𠮷/", min_size=1, max_size=3)


@st.composite
def texts(draw: st.DrawFn) -> list[naive.Unit]:
    parts = draw(st.lists(st.one_of(WORD, WORD, st.sampled_from([*SPACES, *SEPARATORS, "字" * 100]))))
    return [naive.Unit(part, draw(st.booleans()), part in SPACES + SEPARATORS, part in SEPARATORS) for part in parts]


def style_of(delimiter: str, hidden: str, inner: str) -> writing.Style:
    arrays = [np.frombuffer(part.encode(), np.uint8) for part in (delimiter, hidden, inner)]
    return writing.Style(arrays[0], arrays[1], arrays[2], **STYLE)


@settings(max_examples=300)
@given(
    texts(),
    DELIMITERS,
    st.sampled_from(["", "_"]),
    st.booleans(),
    st.data(),
)
def test_words_are_written(
    units: list[naive.Unit], delimiter: str, inner: str, in_line: bool, data: st.DataObject
) -> None:
    hidden = "" if delimiter.isspace() else delimiter[0]
    first = data.draw(st.integers(0, len(units)))
    text = "".join(unit.text for unit in units)
    bounds = np.cumsum([0, *(len(unit.text) for unit in units)], dtype=np.int64)
    style = style_of(delimiter, hidden, inner)
    out = np.empty((2 + len(delimiter.encode())) * len(text.encode()), np.uint8)
    size, read, has_word = writing.write_words(
        np.frombuffer(text[bounds[first] :].encode(), np.uint8),
        np.array([CHARACTERS.index(character) for character in text], np.uint16),
        KIND,
        bounds,
        np.array([unit.begins for unit in units], np.uint8),
        (first, len(units), in_line),
        style,
        out,
    )
    expected, has_word_too = naive.write_words(units[first:], delimiter, hidden, in_line, inner)
    assert out[:size].tobytes().decode() == expected
    assert read == len(text[bounds[first] :].encode())
    assert bool(has_word) == has_word_too


def read_back(written: str, delimiter: str) -> list[str]:
    """Words of one line, written with a delimiter that is no white space."""
    words = [""]
    place = 0
    while place < len(written):
        if written[place] == "\\":
            words[-1] += written[place + 1]
            place += 2
        elif written.startswith(delimiter, place):
            words.append("")
            place += len(delimiter)
        else:
            words[-1] += written[place]
            place += 1
    return words


@given(st.lists(WORD, min_size=1), st.sampled_from(["|", "|a", "字", "𠮷é", "//"]))
def test_words_can_be_told_apart_whatever_stands_in_them(words: list[str], delimiter: str) -> None:
    units = [naive.Unit(word, True, False, False) for word in words]
    written, _ = naive.write_words(units, delimiter, delimiter[0], False)
    assert read_back(written, delimiter) == words
