"""kernels/tries.py against its slow twins."""

from typing import NamedTuple

import naive
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from minent.kernels import tries
from minent.types import Nats, Nodes, Offsets, Symbols

# Sums of these are exact, so that ties are ties.
SCORES = st.one_of(st.just(-np.inf), st.integers(-40, 8).map(lambda quarters: quarters / 4))


class Arrays(NamedTuple):
    symbol: Symbols
    parent: Nodes
    first_child: Offsets
    suffix: Nodes


@st.composite
def nodes(draw: st.DrawFn, min_symbols: int = 1) -> list[naive.Gram]:
    """The n-grams of some text that are frequent enough; with each come its beginnings and ends."""
    n_symbols = draw(st.sampled_from([min_symbols, 3, 6, 300]))
    symbol = st.integers(max(0, n_symbols - 4), n_symbols)
    ids = draw(st.lists(symbol, max_size=40))
    kept, _ = naive.ngrams(ids, draw(st.integers(1, 6)), draw(st.integers(1, 3)))
    return naive.trie(n_symbols, {gram for gram in kept if len(gram) > 1})


def arrays(grams: list[naive.Gram]) -> Arrays:
    number = {gram: node for node, gram in enumerate(grams)}
    children = [sum(bool(other) and other[:-1] == gram for other in grams[node:]) for node, gram in enumerate(grams)]
    return Arrays(
        np.array([0, *(gram[-1] for gram in grams[1:])], np.uint16),
        np.array([number[gram[:-1]] for gram in grams], np.int32),
        np.cumsum([1, *children], dtype=np.int32),
        np.array([number[gram[1:]] for gram in grams], np.int32),
    )


@settings(max_examples=50)
@given(nodes())
def test_suffixes_are_found(grams: list[naive.Gram]) -> None:
    trie = arrays(grams)
    suffix = np.full(len(grams), -1, np.int32)
    tries.link_suffixes(trie.symbol, trie.parent, trie.first_child, suffix)
    assert suffix.tolist() == naive.link_suffixes(grams)


def mark(grams: list[naive.Gram], score: Nats) -> tuple[list[bool], list[float]]:
    trie = arrays(grams)
    best, head, useful = (
        np.zeros(len(grams), np.float32),
        np.zeros(len(grams), np.int32),
        np.zeros(len(grams), np.bool_),
    )
    tries.mark_useful(trie.symbol, trie.parent, trie.suffix, score, best, head, useful)
    assert head.tolist()[1:] == [gram[0] for gram in grams[1:]]
    return useful.tolist()[1:], best.tolist()[1:]


@settings(max_examples=50)
@given(nodes(), st.data())
def test_useful_ngrams_beat_the_cuts_tried(grams: list[naive.Gram], data: st.DataObject) -> None:
    few = data.draw(st.lists(SCORES, min_size=1, max_size=9))
    scores = [0.0, *(data.draw(st.sampled_from(few)) if len(gram) > 1 or len(few) > 4 else -1.0 for gram in grams[1:])]
    expected = naive.mark_useful(grams, dict(zip(grams, scores, strict=True)))
    assert mark(grams, np.array(scores, np.float32)) == expected


@settings(max_examples=30)
@given(st.lists(st.integers(0, 3), min_size=2, max_size=16), st.data())
def test_every_ngram_on_a_best_path_is_useful(ids: list[int], data: st.DataObject) -> None:
    kept, _ = naive.ngrams(ids, 4, 1)
    grams = naive.trie(3, {gram for gram in kept if len(gram) > 1})
    scores = {gram: data.draw(st.integers(-20, 0)) / 4 for gram in grams[1:]}
    useful, _ = mark(grams, np.array([0.0, *scores.values()], np.float32))
    beaten = {gram: -np.inf for gram, is_useful in zip(grams[1:], useful, strict=True) if not is_useful}
    total, _ = naive.count_words(ids[:9], naive.Model(scores, -1000.0, set()))
    without, _ = naive.count_words(ids[:9], naive.Model(scores | beaten, -1000.0, set()))
    assert total == without
