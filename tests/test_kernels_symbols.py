"""kernels/symbols.py against its slow twins."""

import itertools

import naive
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from minent.kernels import symbols
from minent.types import Symbols

TEXTS = st.text(st.sampled_from("ab1\n\n中国é𠮷\udfff"), max_size=40)
NUMBERS = {"中": 300, "é": 257}
START = -7046029254386353131


@given(TEXTS)
def test_characters_are_counted(text: str) -> None:
    counts = np.zeros(0x110000, np.int64)
    symbols.count_characters(np.frombuffer(text.encode("utf-8", "surrogatepass"), np.uint8), counts)
    found = {code: counts[code] for code in np.flatnonzero(counts).tolist()}
    assert found == naive.count_characters(text)


def number(text: str, pieces: list[int], rules: tuple[int, bool, int, int]) -> list[list[int]]:
    """Read a text piece by piece."""
    number_of: Symbols = np.zeros(0x110000, np.uint32)
    number_of[:0x80] = np.arange(1, 0x81)
    for character, symbol in NUMBERS.items():
        number_of[ord(character)] = symbol
    number_of[ord("1")] |= 1 << 16
    number_of[0xDFFF] = 1 << 17
    state = np.array([0, 0, 0, START, 0])
    out = np.zeros(8 * len(text) + 8, np.uint16)
    bounds = [0, *sorted(min(at, len(text)) for at in pieces), len(text)]
    for low, high in itertools.pairwise(bounds):
        rest = np.frombuffer(text[low:high].encode("utf-8", "surrogatepass"), np.uint8)
        while rest.size:
            read = symbols.number_text(rest, number_of, rules, state, out)
            if read < rest.size:
                assert state[0] == state[1]
                assert state[4] >= rules[2]
                state[4] = 0
            rest = rest[read:]
    symbols.number_text(np.frombuffer(b"\xed\xbf\xbf", np.uint8), number_of, rules, state, out)
    blocks = "".join(chr(symbol) for symbol in out[: state[0]].tolist()).split("\0")
    return [list(map(ord, block)) for block in blocks if block]


@given(TEXTS, st.lists(st.integers(0, 40), max_size=4), st.integers(5, 30), st.booleans(), st.sampled_from([1, 5, 99]))
def test_text_becomes_blocks_however_it_arrives(
    text: str, pieces: list[int], longest: int, own: bool, stretch: int
) -> None:
    found = number(text, pieces, (longest, own, stretch, 2**63 - 1))
    assert found == naive.number_text(
        text, NUMBERS | ascii_numbers(), alone="1", borders="\udfff", longest=longest, own=own
    )


def ascii_numbers() -> dict[str, int]:
    return {chr(code): code + 1 for code in range(0x80)}


@given(st.lists(st.text(st.sampled_from("ab中"), min_size=1, max_size=5), max_size=12), st.integers(0, 2**63 - 1))
def test_a_sample_takes_blocks_by_what_is_in_them(lines: list[str], threshold: int) -> None:
    found = number("".join(line + "\n" for line in lines), [], (2048, False, 99, threshold))
    taken = [line + "\n" for line in lines if naive.block_hash(line + "\n") <= threshold]
    assert len(found) == len(taken)
    assert [len(block) for block in found] == list(map(len, taken))


BLOCKS = st.lists(st.lists(st.integers(1, 9), min_size=1, max_size=5), max_size=5)


@given(st.lists(BLOCKS, max_size=4), st.integers(0, 2**63 - 1))
def test_few_blocks_are_taken_of_each_stretch(stretches: list[list[list[int]]], threshold: int) -> None:
    flat = [[symbol for block in stretch for symbol in [*block, 0]] for stretch in stretches]
    text = np.array([symbol for stretch in flat for symbol in stretch], np.uint16)
    starts = np.concatenate([[0], np.cumsum([len(stretch) for stretch in flat])]).astype(np.int64)
    thinned, begins = np.empty_like(text), np.empty_like(starts)
    taken = symbols.thin_blocks(text, starts, threshold, thinned, begins)
    expected = [
        [symbol for block in stretch for symbol in [*block, 0]] for stretch in naive.thin_blocks(stretches, threshold)
    ]
    found = [thinned[low:high].tolist() for low, high in itertools.pairwise(begins.tolist())]
    assert found == expected
    assert taken == begins[-1]
