"""kernels/precut.py against its slow twins."""

import naive
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from test_kernels_pieces import GRAMS, SINGLE, flat, place

from minent.counting.branching import count_ids
from minent.kernels import precut
from minent.training.bytepiece import _grown, _table

BLOCKS = st.lists(st.text("aé中", min_size=1, max_size=6).map(str.encode), min_size=1, max_size=4)


@settings(max_examples=60)
@given(BLOCKS, BLOCKS, st.integers(1, 4), st.booleans(), st.randoms(use_true_random=False))
def test_blocks_are_cut_by_the_model(
    known: list[bytes], blocks: list[bytes], order: int, unicode: bool, random
) -> None:  # type: ignore[no-untyped-def]
    ids = np.array([symbol for block in known for symbol in (*(byte + 1 for byte in block), 0)], np.uint16)
    ngrams, _ = count_ids(ids, np.arange(256), order, 1)
    # Sums of these are exact, so that ties are ties.
    score = np.array([-random.randrange(1, 12) / 4 for _ in range(ngrams.symbol.size)])
    model = precut.Model(ngrams.first_child, ngrams.symbol, score)
    scores = {}
    for block in known:
        for low in range(len(block)):
            for high in range(low + 1, min(len(block), low + order) + 1):
                scores[block[low:high]] = score[ngrams.find(block[low:high])]
    for byte in range(256):
        scores[bytes([byte])] = score[byte + 1]
    symbols = np.array([symbol for block in blocks for symbol in (*(byte + 1 for byte in block), 0)], np.uint16)
    path = precut.Path(np.empty((2, order)), np.empty((20, order), np.uint8), np.empty((2, order + 1), np.int32))
    begins = np.zeros(symbols.size, np.bool_)
    precut.cut_by_model(symbols, (0, symbols.size), unicode, model, path, begins)
    starts = np.flatnonzero(begins).tolist()
    expected = []
    at = 0
    for block in blocks:
        for piece in naive.cut_by_model(block, scores, order, unicode=unicode):
            expected.append(at)
            at += len(piece)
        at += 1
    assert starts == expected


@given(st.lists(st.lists(GRAMS, min_size=1, max_size=5), max_size=9))
def test_pieces_are_counted_while_the_table_grows(blocks: list[list[naive.Gram]]) -> None:
    symbols = np.array([s for block in blocks for s in (*(s for piece in block for s in piece), 0)], np.uint16)
    starts = [s for block in blocks for s in (*(place == 0 for piece in block for place in range(len(piece))), False)]
    begins = np.array(starts, np.bool_)
    table = _table(2, 3)
    at = size = 0
    while True:
        at, size = precut.count_cut(symbols, begins, at, symbols.size, table, size)
        if at == symbols.size:
            break
        table = _grown(table, size, symbols.size)
    found = {
        tuple(table.letters[table.offset[number] : table.offset[number + 1]].tolist()): int(table.count[number])
        for number in range(size)
    }
    assert found == naive.count_cut(blocks)


@given(st.lists(st.integers(0, 2**64 - 1), max_size=30))
def test_slots_are_filled(hashes: list[int]) -> None:
    slot = np.full(64, -1, np.int32)
    precut.fill_slots(np.array(hashes, np.uint64), slot)
    assert slot.tolist() == naive.fill_slots(hashes, 64)


@given(
    st.dictionaries(GRAMS, st.integers(1, 9), max_size=6),
    st.sets(GRAMS, max_size=8),
    st.lists(st.integers(-12, -1), min_size=1, max_size=5),
)
def test_pieces_are_split(pieces: dict[naive.Gram, int], into: set[naive.Gram], quarters: list[int]) -> None:
    ordered = sorted(into | set(SINGLE))
    score = [quarters[number % len(quarters)] / 4 for number in range(len(ordered))]
    link, number, _ = place(ordered, 5, 500)
    counts = np.zeros(len(ordered), np.int64)
    letters, offsets = flat(list(pieces))
    weights = np.array(list(pieces.values()), np.int64)
    precut.split_pieces(letters, offsets, weights, link, number, np.array(score), counts)
    assert counts.tolist() == [naive.split_pieces(pieces, ordered, score)[place] for place in range(len(ordered))]
