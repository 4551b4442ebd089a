"""Clauses and pairs -> the templates that make the corpus cheapest.

Candidates are tried in the order of the nats that their fixed words cost; one that makes everything cheaper stays (the
order and the greedy choice of Krimp: Vreeken, van Leeuwen & Siebes 2011).  Then each clause takes the template that
costs it least, and templates that save less than they cost to store are given up, as long as there are any.
"""

from typing import NamedTuple

import numpy as np

from minent.kernels import covering, skipgrams
from minent.kernels import templates as matching
from minent.mining.models import count, empty_model, extended, has_slots, make_work, only, with_room
from minent.mining.proposing import HOLE, Candidates, parts_of, propose
from minent.mining.sampling import Sample, within
from minent.progress import Progress, Silent
from minent.types import Flags, Nats, Nodes, Offsets

_ROUNDS = 3
# Nats for each clause that a template may cost when it is tried first.
_HOPELESS = 2.0
# Templates that may take over all that another has covered.
_ALTERNATIVES = 3


class Choice(NamedTuple):
    """What is chosen.

    window     words from a fixed word to the next one, at most
    min_count  clauses of the sample that a template must cover
    free       nats that a clause without a template costs beside its words
    worth      nats that a template must save for each clause it covers
    """

    window: int
    min_count: int
    free: float
    worth: float


class Chosen(NamedTuple):
    """Templates, and what they cover.

    parts    words, HOLE for a hole
    gain     (t,) nats that each saves less what it costs to store, in the sample
    cover    of the clauses of the sample; template i has the number i + 2
    model    what is counted in it
    """

    parts: list[tuple[int, ...]]
    gain: Nats
    cover: covering.Cover
    model: covering.Model


def choose(sample: Sample, bonds: skipgrams.Bonds, nats: Nats, options: Choice, progress: Progress) -> Chosen:
    """Return the templates that make a sample cheapest.

    bonds  words in pairs, and what each word is worth
    nats   (w + 1,) what each word costs to spell, the end of a hole at 0
    """
    text = sample.text
    progress.stage("proposing templates")
    candidates, trivial = propose(sample, bonds, options.window, options.min_count)
    progress.stage("choosing templates", 2 * (candidates.proposals.group.size - 1), "")
    cover = covering.Cover(np.ones(text.times.size, np.int32), np.zeros(text.times.size, np.uint64))
    model = empty_model(sample.words, candidates.store, candidates.holes, nats, options.free)
    model = count(text, cover, model)
    model = _assign(text, _no_matches(text), np.zeros(0, np.int32), cover, model, every=True)
    rises = np.zeros(candidates.proposals.group.size - 1)
    model = _try_all(text, candidates, cover, model, options.worth, rises, progress)
    # What stands where changes with each template that is taken: those that cost little get a second chance.
    rises[rises > _HOPELESS * candidates.times] = np.inf
    model = _try_all(text, candidates, cover, model, options.worth, rises, progress)
    kept, cover = _renumbered(cover, np.unique(cover.owner[cover.owner > 1]).astype(np.int64))
    model = only(model, kept)
    parts = _parts_of(text, candidates, kept)
    del candidates
    progress.stage("comparing templates")
    matches = match(text.ids, text.starts, make_trie(parts))
    dropped = np.zeros(len(parts) + 2, np.int32)
    able = _able(matches.template, np.repeat(np.arange(text.times.size), np.diff(matches.starts)), dropped.size)
    for number in range(_ROUNDS):
        model = _assign(text, matches, dropped, cover, model, every=number == 0)
        before = int(dropped.sum())
        gain, model = _drop(text, matches, able, dropped, cover, model, options)
        if int(dropped.sum()) == before:
            break
    kept, cover = _renumbered(cover, 2 + np.flatnonzero(dropped[2:] == 0))
    parts = [parts[number - 2] for number in kept.tolist()]
    return _add_trivial(text, trivial, Chosen(parts, gain[kept], cover, only(model, kept)), options)


def _add_trivial(text: covering.Text, trivial: Candidates, chosen: Chosen, options: Choice) -> Chosen:
    """Add the trivial templates that make clauses cheaper that have no template."""
    cover, known = chosen.cover, len(chosen.parts)
    trivial = _without(trivial, cover.owner > 1)
    group = np.concatenate([np.zeros(known, np.int64), trivial.proposals.group])
    weight = np.concatenate([[0.0, 0.0], np.full(known, np.inf), trivial.proposals.weight[2:]])
    candidates = trivial._replace(proposals=trivial.proposals._replace(group=group, weight=weight))
    model = extended(chosen.model, trivial.store[2:], trivial.holes[2:])
    rises = np.where(group[1:] > group[:-1], 0.0, np.inf)
    model = _try_all(text, candidates, cover, model, options.worth, rises, Silent())
    taken = np.unique(cover.owner[cover.owner > known + 1]).astype(np.int64)
    kept, cover = _renumbered(cover, np.concatenate([np.arange(2, known + 2), taken]))
    model = only(model, kept)
    parts = chosen.parts + _parts_of(text, candidates, taken)
    dropped = np.zeros(len(parts) + 2, np.int32)
    dropped[2 : known + 2] = 1  # they keep what they have, and take nothing
    able = _able(cover.owner, np.arange(cover.owner.size), dropped.size)
    gain, model = _drop(text, _no_matches(text), able, dropped, cover, model, options)
    dropped[2 : known + 2] = 0
    gain[2 : known + 2] = chosen.gain
    kept, cover = _renumbered(cover, 2 + np.flatnonzero(dropped[2:] == 0))
    return Chosen([parts[number - 2] for number in kept.tolist()], gain[kept], cover, only(model, kept))


def _without(candidates: Candidates, covered: Flags) -> Candidates:
    """Take some clauses from all candidates."""
    proposals = candidates.proposals
    free = ~covered[proposals.clause]
    group = np.concatenate([[0], np.cumsum(free)])[proposals.group]
    return candidates._replace(
        proposals=proposals._replace(clause=proposals.clause[free], mask=proposals.mask[free], group=group)
    )


def _no_matches(text: covering.Text) -> covering.Matches:
    return covering.Matches(np.zeros(0, np.int32), np.zeros(0, np.uint64), np.zeros(text.times.size + 1, np.int64))


def _parts_of(text: covering.Text, candidates: Candidates, numbers: Offsets) -> list[tuple[int, ...]]:
    """The words and holes of some candidates."""
    rows = candidates.proposals.group[numbers - 2]
    return parts_of(text, candidates.proposals.clause[rows], candidates.proposals.mask[rows])


def _renumbered(cover: covering.Cover, kept: Offsets) -> tuple[Offsets, covering.Cover]:
    """Number the templates that are kept from 2 on, in their order; returns them, too."""
    numbers = np.zeros(int(max(kept.max(initial=1), cover.owner.max(initial=1))) + 1, np.int32)
    numbers[1] = 1
    numbers[kept] = np.arange(2, kept.size + 2)
    return kept, cover._replace(owner=numbers[cover.owner])


def _try_all(
    text: covering.Text,
    candidates: Candidates,
    cover: covering.Cover,
    model: covering.Model,
    worth: float,
    rises: Nats,
    progress: Progress,
) -> covering.Model:
    """Take the candidates that make everything cheaper, greedily; `cover` and the model returned say which.

    rises  (k,) out: what each costs; one at inf is not tried
    """
    proposals = candidates.proposals
    sizes = np.diff(proposals.group)
    work = make_work(model, 1 << 12)
    done, groups = 0, proposals.group.size - 1
    while done < groups:
        before = done
        model = with_room(model, int(sizes[done] * (model.first[done + 3] - model.first[done + 2])) + 4096)
        done = covering.try_templates(text, proposals, cover, model, work, done, worth, rises)
        if done == before:
            work = make_work(model, work.keys.size // 2)
        progress.advance(done - before)
    return model


def make_trie(parts: list[tuple[int, ...]]) -> matching.Trie:
    """Return the templates as a trie, numbered from 1 on."""
    rows: list[int] = []
    starts = [0]
    for template in parts:
        apart = 0
        for part in template:
            if part != HOLE:
                rows.append(2 * part + apart)
            apart = int(part == HOLE)
        rows.append(apart)
        starts.append(len(rows))
    size = 1 << max(4, (2 * len(rows)).bit_length())
    nodes = len(rows) + 1
    trie = matching.Trie(
        np.zeros(size, np.uint64),
        np.zeros(size, np.int32),
        np.zeros((2, nodes), np.int32),
        np.zeros((2, nodes), np.int32),
    )
    matching.enter_templates(np.array(rows, np.int32), np.array(starts, np.int64), trie)
    return trie


def match(ids: Nodes, starts: Offsets, trie: matching.Trie) -> covering.Matches:
    """Return for each clause the templates it could be made from, numbered from 2 on.

    ids, starts  see `covering.Text`
    """
    clauses = starts.size - 1
    offsets = np.zeros(clauses + 1, np.int64)
    templates, masks = [], []
    room = 1 << 18
    done = 0
    while done < clauses:
        found = np.empty(room, np.int32), np.empty(room, np.uint64)
        base = int(offsets[done])
        local = np.zeros(clauses + 1 - done, np.int64)
        count = matching.match_clauses(ids, starts[done:], trie, 0, local, *found)
        offsets[done : done + count + 1] = base + local[: count + 1]
        size = int(local[count])
        templates.append(found[0][:size] + np.int32(1))
        masks.append(found[1][:size].copy())
        done += count
    return covering.Matches(
        np.concatenate([np.zeros(0, np.int32), *templates]), np.concatenate([np.zeros(0, np.uint64), *masks]), offsets
    )


def _assign(
    text: covering.Text,
    matches: covering.Matches,
    dropped: Nodes,
    cover: covering.Cover,
    model: covering.Model,
    *,
    every: bool = False,
) -> covering.Model:
    """Let each clause take the template that costs least; returns the model of what is covered then."""
    done = 0
    while done < text.times.size:
        model = with_room(model, max(4096, int(model.totals[0])))
        done = covering.assign(text, matches, dropped, cover, model, every, False, done)
    return model


def _drop(
    text: covering.Text,
    matches: covering.Matches,
    clauses_of: tuple[Nodes, Offsets],
    dropped: Nodes,
    cover: covering.Cover,
    model: covering.Model,
    options: Choice,
) -> tuple[Nats, covering.Model]:
    """Give up the templates that save nothing, what covers least first; returns what the others save, and the model.

    clauses_of  those that each template could cover, see `_able`
    """
    gain = np.zeros(dropped.size)
    lengths = np.diff(text.starts) + 1
    work = make_work(model, 0)
    able, bounds = clauses_of
    for number in (2 + np.argsort(model.used[2:], kind="stable")).tolist():
        if dropped[number]:
            continue
        clauses = able[bounds[number] : bounds[number + 1]]
        clauses = clauses[cover.owner[clauses] == number]
        words = int(lengths[clauses].sum())
        # More than at first, where others have been given up.
        if not has_slots(work, words):
            work = make_work(model, words)
        model = with_room(model, words)
        masks = cover.mask[clauses]
        dropped[number] = 1
        stays = model.used[number] >= options.min_count
        least = options.worth * int(model.used[number])
        bare = int(model.used[1])
        saved = [covering.give_away(text, matches, clauses, 0, dropped, cover, model, work)]
        for other in _alternatives(matches, clauses, dropped):
            if stays and saved[-1] > least:
                covering.take_back(text, clauses, number, masks, cover, model, work)
                model = with_room(model, words)
                saved.append(covering.give_away(text, matches, clauses, other, dropped, cover, model, work))
        # What a clause costs for being without a template is no saving.
        gain[number] = saved[-1] - float(model.free[0]) * (int(model.used[1]) - bare)
        if stays and saved[-1] > least:
            dropped[number] = 0
            covering.take_back(text, clauses, number, masks, cover, model, work)
    return gain, model


def _able(templates: Nodes, clauses: Offsets, size: int) -> tuple[Nodes, Offsets]:
    """The clauses of each template, ascending, and where those of each of `size` templates begin."""
    pairs = np.sort(templates.astype(np.int64) << 32 | clauses)
    return (pairs & 0xFFFFFFFF).astype(np.int32), np.searchsorted(pairs, np.arange(size + 1) << 32)


def _alternatives(matches: covering.Matches, clauses: Nodes, dropped: Nodes) -> list[int]:
    """The templates that could cover most of some clauses."""
    rows = within(matches.starts[clauses], matches.starts[clauses + 1] - matches.starts[clauses])
    times = np.bincount(matches.template[rows], minlength=dropped.size)
    times[dropped == 1] = 0
    order = np.lexsort((np.arange(times.size), -times))[:_ALTERNATIVES]
    return [int(number) for number in order if times[number] > 0]
