"""Room for what `minent.kernels.covering` counts."""

import numpy as np

from minent.kernels import covering, skipgrams
from minent.types import Counts, Nats, Nodes, Offsets

# A clause of n words draws up to n + 2 things before, as many afterwards, and half the slots may be used.
_SLOTS = 6


def make_text(ids: Nodes, starts: Offsets, times: Counts, nats: Nats) -> tuple[covering.Text, Nodes]:
    """Return clauses with what the kernels need to know of them, and (p, 2) the words of each pair of words in them.

    See `covering.Text`, which says what all of them are.
    """
    pairs = np.empty(ids.size, np.int32)
    named = np.zeros((nats.size + ids.size, 2), np.int32)
    named[: nats.size, 0] = np.arange(nats.size)
    slots = np.zeros(1 << max(4, (2 * ids.size).bit_length()), np.int32)
    size = skipgrams.number_pairs(ids, starts, nats.size, slots, named, pairs)
    spelled = nats[0] + (np.add.reduceat(nats[ids], starts[:-1]) if ids.size else np.zeros(0))
    return covering.Text(ids, starts, times, pairs, spelled), named[:size].copy()


def empty_model(pair_words: Nodes, store: Nats, holes: Counts, nats: Nats, free: float) -> covering.Model:
    """Return a model that has counted nothing.

    store  nats that it costs to spell each template, 0 for templates 0 and 1
    holes  how many each template has, none in template 0
    """
    first = np.concatenate([[-1, 0], nats.size + 1 + np.cumsum(np.concatenate([[0], holes[2:]]))])
    return covering.Model(
        np.zeros(pair_words.shape[0], np.int64),
        pair_words,
        np.zeros(1024, np.int64),
        np.zeros(1024, np.int64),
        np.zeros(store.size, np.int64),
        np.zeros((int(first[-1]), 2), np.int64),
        first,
        store,
        nats,
        np.array([free]),
        np.zeros(1, np.int64),
    )


def extended(model: covering.Model, store: Nats, holes: Counts) -> covering.Model:
    """Return the model with more templates.

    store  nats that it costs to spell each of these
    holes  how many each has
    """
    first = np.concatenate([model.first, model.first[-1] + np.cumsum(holes)])
    return model._replace(
        used=np.concatenate([model.used, np.zeros(store.size, np.int64)]),
        urns=np.concatenate([model.urns, np.zeros((int(holes.sum()), 2), np.int64)]),
        first=first,
        store=np.concatenate([model.store, store]),
    )


def only(model: covering.Model, kept: Offsets) -> covering.Model:
    """Return the model with some of its templates, which are numbered from 2 on; all others are in no use."""
    holes = model.first[kept + 1] - model.first[kept]
    borders = model.nats.size + 1
    urns = np.concatenate([np.arange(borders), np.repeat(model.first[kept] - np.cumsum(holes) + holes, holes)])
    urns[borders:] += np.arange(int(holes.sum()))
    numbers = np.zeros(model.urns.shape[0], np.int64)
    numbers[urns] = np.arange(urns.size)
    live = model.counts > 0
    keys = numbers[model.keys[live] >> 32] << 32 | model.keys[live] & 0xFFFFFFFF
    kept = np.concatenate([[0, 1], kept])
    new = model._replace(
        keys=keys,
        counts=model.counts[live],
        used=model.used[kept],
        urns=model.urns[urns],
        first=np.concatenate([[-1, 0, borders], borders + np.cumsum(holes)]),
        store=model.store[kept],
    )
    return with_room(new, keys.size + 1024)


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
    size = 1 << (_SLOTS * words + 1024).bit_length()
    return covering.Work(
        np.full(size, -1, np.int64),
        np.zeros(size, np.int64),
        np.zeros(size // 2, np.int32),
        np.zeros(model.urns.shape, np.int64),
        np.zeros(size // 2, np.int32),
        np.zeros(2, np.int64),
    )


def has_slots(work: covering.Work, words: int) -> bool:
    """Whether there is room to weigh clauses of so many words, each with its end."""
    return work.keys.size > _SLOTS * words + 1024


def count(text: covering.Text, cover: covering.Cover, model: covering.Model) -> covering.Model:
    """Count all clauses as they are covered; returns the model with what is counted."""
    done = 0
    while done < text.times.size:
        model = with_room(model, max(256, int(model.totals[0])))
        done = covering.cover_all(text, cover, model, done)
    return model
