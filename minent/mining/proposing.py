"""Clauses and pairs -> templates proposed for clauses."""

from typing import NamedTuple

import numpy as np

from minent.kernels import covering, skipgrams
from minent.mining.reading import LONGEST_CLAUSE
from minent.mining.sampling import Sample, within
from minent.types import Counts, Keys, Nats, Nodes, Offsets

# Where a part of a template is no word.
HOLE = -1
_CLASSES = 20  # bits of a hash


class Candidates(NamedTuple):
    """Templates that are proposed, what costs most first.

    proposals  the clauses of each
    store      (k + 2,) nats; 0 for templates 0 and 1
    holes      (k + 2,) how many; none for template 0
    times      (k,) clauses that each could cover
    """

    proposals: covering.Proposals
    store: Nats
    holes: Counts
    times: Counts


def propose(sample: Sample, bonds: skipgrams.Bonds, window: int, min_count: int) -> tuple[Candidates, Candidates]:
    """Return the templates proposed for clauses that are seen at least so often, and the trivial ones among them apart.

    A template without a hole is none.
    """
    text = sample.text
    hashes, clauses, masks = _propose_all(text, bonds, window)
    # Most templates are of one clause, and gone before all are sorted.
    tallies = np.bincount(_class_of(hashes), text.times[clauses], 1 << _CLASSES)
    often = np.flatnonzero(tallies[_class_of(hashes)] >= min_count)
    order = often[np.argsort(hashes[often], kind="stable")]
    hashes, clauses, masks = hashes[order], clauses[order], masks[order]
    # A template could cover some clauses in several ways: the first is as good as any.
    once = np.concatenate([[True], (hashes[1:] != hashes[:-1]) | (clauses[1:] != clauses[:-1])])[: hashes.size]
    hashes, clauses, masks = hashes[once], clauses[once], masks[once]
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
        store, number = np.concatenate([[0.0, 0.0], store]), np.concatenate([[0, 1], holes[kept]])
        return Candidates(proposals, store, number, times[kept])

    return candidates(order[(usual & ~trivial)[order]]), candidates(order[(usual & trivial)[order]])


def _class_of(hashes: Keys) -> Offsets:
    return (hashes >> np.uint64(64 - _CLASSES)).astype(np.int64)


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
