"""Clauses and pairs -> templates proposed for clauses."""

from typing import NamedTuple

import numpy as np

from minent.kernels import covering, skipgrams
from minent.mining.reading import LONGEST_CLAUSE, Clauses
from minent.types import Counts, Keys, Nats, Nodes, Offsets

# Where a part of a template is no word.
HOLE = -1


class Sample(NamedTuple):
    """Different clauses.

    text   their words, and how often each clause is in the corpus
    share  of the words of the corpus that are in them
    """

    text: covering.Text
    share: float


def draw_sample(clauses: Clauses, size: int) -> Sample:
    """Return the clauses with the least hashes, each once, as long as all of them have up to `size` words."""
    words = np.zeros(1 << 12, np.int64)
    found = []
    for block in clauses.blocks():
        starts, hashes, lengths = clauses_of(block)
        np.add.at(words, hashes >> np.uint64(52), lengths)
        found.append((starts, hashes, lengths))
    reached = np.cumsum(words)
    last = max(1, int(np.searchsorted(reached, size, side="right")))
    ids, all_hashes, all_lengths = [], [], []
    for block, (starts, hashes, lengths) in zip(clauses.blocks(), found, strict=True):
        kept = (hashes >> np.uint64(52)) < last
        ids.append(block[within(starts[kept], lengths[kept])])
        all_hashes.append(hashes[kept])
        all_lengths.append(lengths[kept])
    hashes, lengths = np.concatenate(all_hashes), np.concatenate(all_lengths)
    offsets = np.cumsum(lengths) - lengths
    order = np.argsort(hashes, kind="stable")
    first = np.flatnonzero(np.diff(hashes[order], prepend=hashes[order][:1] + np.uint64(1)) != 0)
    times = np.diff(first, append=order.size)
    chosen = order[first]
    kept_ids = np.concatenate(ids)[within(offsets[chosen], lengths[chosen])]
    starts = np.concatenate([[0], np.cumsum(lengths[chosen])])
    share = float((lengths[chosen] * times).sum() / max(1, clauses.tokens))
    return Sample(covering.Text(kept_ids, starts, times), share)


def clauses_of(block: Nodes) -> tuple[Offsets, Keys, Counts]:
    """Where each clause of a block begins, its hash, and its words."""
    starts, hashes = np.empty(block.size, np.int64), np.empty(block.size, np.uint64)
    size = skipgrams.hash_clauses(block, starts, hashes)
    starts = starts[:size]
    return starts, hashes[:size].copy(), np.diff(starts, append=block.size) - 1


def within(starts: Offsets, lengths: Counts) -> Offsets:
    """The places starts[i] ... starts[i] + lengths[i] - 1 for each i, one after the other."""
    offsets = np.cumsum(lengths) - lengths
    places: Offsets = np.repeat(starts - offsets, lengths) + np.arange(int(lengths.sum()))
    return places


class Candidates(NamedTuple):
    """Templates that are proposed, what costs most first.

    proposals  the clauses of each
    store      (k + 2,) nats; 0 for templates 0 and 1
    holes      (k + 2,) how many; none for template 0
    """

    proposals: covering.Proposals
    store: Nats
    holes: Counts


def propose(sample: Sample, bonds: skipgrams.Bonds, window: int, min_count: int) -> tuple[Candidates, Candidates]:
    """Return the templates proposed for clauses that are seen at least so often, and the trivial ones among them apart.

    A template without a hole is none.
    """
    text = sample.text
    hashes, clauses, masks = _propose_all(text, bonds, window)
    order = np.argsort(hashes, kind="stable")
    hashes, clauses, masks = hashes[order], clauses[order], masks[order]
    first = np.flatnonzero(np.concatenate([[True], hashes[1:] != hashes[:-1]])[: hashes.size])
    sizes = np.diff(first, append=hashes.size)
    times = np.add.reduceat(text.times[clauses], first) if first.size else first
    fixed = _fixed_nats(text, clauses[first], masks[first], bonds.nats)
    holes = _holes(masks[first], np.diff(text.starts)[clauses[first]])
    words = np.bitwise_count(masks[first]).astype(np.int64)
    usual = (times >= min_count) & (holes > 0)
    trivial = (words == 1) & (holes == 2)
    order = np.lexsort((hashes[first], -times * fixed))

    def candidates(kept: Offsets) -> Candidates:
        rows = within(first[kept], sizes[kept])
        group = np.concatenate([[0], np.cumsum(sizes[kept])])
        # A bit for each part that says whether it is a hole, and one at the end.
        store = fixed[kept] + (holes[kept] + words[kept] + 1) * np.log(2)
        weight = np.concatenate([[0.0, 0.0], fixed[kept]])
        proposals = covering.Proposals(clauses[rows], masks[rows], group, weight)
        return Candidates(proposals, np.concatenate([[0.0, 0.0], store]), np.concatenate([[0, 1], holes[kept]]))

    return candidates(order[(usual & ~trivial)[order]]), candidates(order[(usual & trivial)[order]])


def _propose_all(text: covering.Text, bonds: skipgrams.Bonds, window: int) -> tuple[Keys, Nodes, Keys]:
    """Return the hash of a template, a clause, and the mask of it there, for each template of each clause."""
    room = 1 << 20
    hashes, clauses, masks = [np.zeros(0, np.uint64)], [np.zeros(0, np.int32)], [np.zeros(0, np.uint64)]
    begin = 0
    while begin < text.times.size:
        rows = np.empty(room, np.uint64), np.empty(room, np.int32), np.empty(room, np.uint64)
        done, size = skipgrams.propose(text.ids, text.starts[begin:], window, bonds, *rows)
        hashes.append(rows[0][:size].copy())
        clauses.append(rows[1][:size] + np.int32(begin))
        masks.append(rows[2][:size].copy())
        begin += done
    return np.concatenate(hashes), np.concatenate(clauses), np.concatenate(masks)


def _fixed_nats(text: covering.Text, clauses: Nodes, masks: Keys, nats: Nats) -> Nats:
    """What the fixed words of each row cost to spell."""
    total = np.zeros(clauses.size)
    for bit in range(LONGEST_CLAUSE):
        rows = np.flatnonzero((masks >> np.uint64(bit)) & np.uint64(1))
        total[rows] += nats[text.ids[text.starts[clauses[rows]] + bit]]
    return total


def _holes(masks: Keys, lengths: Counts) -> Counts:
    """How many holes each mask leaves in a clause of so many words."""
    words = np.where(lengths < 64, (np.uint64(1) << (lengths % 64).astype(np.uint64)) - np.uint64(1), ~np.uint64(0))
    free = ~masks & words
    found: Counts = np.bitwise_count(free & ~(free << np.uint64(1))).astype(np.int64)
    return found


def parts_of(text: covering.Text, clauses: Nodes, masks: Keys) -> list[tuple[int, ...]]:
    """The words and holes of templates that clauses and masks make."""
    found = []
    for clause, mask in zip(clauses.tolist(), masks.tolist(), strict=True):
        words = text.ids[text.starts[clause] : text.starts[clause + 1]].tolist()
        parts: list[int] = []
        for place, word in enumerate(words):
            if mask >> place & 1:
                parts.append(word)
            elif not parts or parts[-1] != HOLE:
                parts.append(HOLE)
        found.append(tuple(parts))
    return found
