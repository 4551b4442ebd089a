"""Room for what `minent.kernels.covering` counts."""

import numpy as np

from minent.kernels import covering, skipgrams
from minent.types import Counts, Nats, Nodes, Offsets


def number_pairs(ids: Nodes, starts: Offsets, words: int) -> tuple[Nodes, Nodes]:
    """Number the pairs of words in clauses; see `covering.Text` and `covering.Model`.

    words  how many there are, with 0

    Returns the number of each word and the one before it, and (2, p) the words of each pair.
    """
    pairs = np.empty(ids.size, np.int32)
    named = np.zeros((2, words + ids.size), np.int32)
    named[0, :words] = np.arange(words)
    slots = np.zeros(1 << max(4, (2 * ids.size).bit_length()), np.int32)
    size = skipgrams.number_pairs(ids, starts, words, slots, named, pairs)
    return pairs, named[:, :size].copy()


def empty_model(pair_words: Nodes, store: Nats, holes: Counts, nats: Nats, free: float) -> covering.Model:
    """Return a model that has counted nothing.

    store  nats that it costs to spell each template, 0 for templates 0 and 1
    holes  how many each template has, none in template 0
    """
    first = np.concatenate([[-1, 0], nats.size + 1 + np.cumsum(np.concatenate([[0], holes[2:]]))])
    return covering.Model(
        np.zeros(pair_words.shape[1], np.int64),
        pair_words,
        np.zeros(1024, np.int64),
        np.zeros(1024, np.int64),
        np.zeros(store.size, np.int64),
        np.zeros((2, int(first[-1])), np.int64),
        first,
        store,
        nats,
        np.array([free]),
        np.zeros(1, np.int64),
    )


def with_room(model: covering.Model, words: int) -> covering.Model:
    """Return the model with room for `words` more words that begin a hole."""
    if 2 * (int(model.totals[0]) + words) <= model.keys.size:
        return model
    size = 1 << (3 * (int((model.counts > 0).sum()) + words)).bit_length()
    grown = model._replace(keys=np.zeros(size, np.int64), counts=np.zeros(size, np.int64), totals=np.zeros(1, np.int64))
    covering.move_keys(model, grown)
    return grown


def make_work(model: covering.Model, words: int) -> covering.Work:
    """Return room to weigh what is drawn for clauses of so many words, each with its end."""
    size = 1 << max(10, (4 * words + 1024).bit_length())
    return covering.Work(
        np.full(size, -1, np.int64),
        np.zeros(size, np.int64),
        np.zeros(size // 2, np.int32),
        np.zeros(model.urns.shape, np.int64),
        np.zeros(size // 2, np.int32),
        np.zeros(2, np.int64),
    )


def count(text: covering.Text, cover: covering.Cover, model: covering.Model, words: int = 0) -> covering.Model:
    """Count all clauses as they are covered; returns the model with what is counted."""
    done = 0
    while done < text.times.size:
        model = with_room(model, max(256, int(model.totals[0])))
        done = covering.cover_all(text, cover, model, done)
    return model
