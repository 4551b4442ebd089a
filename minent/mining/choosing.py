"""Clauses and pairs -> the templates that make the corpus cheapest.

Candidates are tried in the order of the nats that their fixed words cost; one that makes everything cheaper stays (the
order and the greedy choice of Krimp: Vreeken, van Leeuwen & Siebes 2011).  Then each clause takes the template that
costs it least, and templates that save less than they cost to store are given up, as long as there are any.
"""

from typing import NamedTuple

import numpy as np

from minent.kernels import covering, skipgrams
from minent.kernels import templates as matching
from minent.mining.reading import LONGEST_CLAUSE, Clauses
from minent.progress import Progress
from minent.types import Counts, Keys, Nats, Nodes, Offsets

_ROUNDS = 3
# Templates that may take over all that another has covered.
_ALTERNATIVES = 3
# Where a part of a template is no word.
HOLE = -1


class Sample(NamedTuple):
    """Different clauses.

    text   their words, and how often each clause is in the corpus
    share  of the words of the corpus that are in them
    """

    text: covering.Text
    share: float


class Choice(NamedTuple):
    """What is chosen.

    window     words from a fixed word to the next one, at most
    min_count  clauses of the sample that a template must cover
    free       nats that a clause without a template costs beside its words
    """

    window: int
    min_count: int
    free: float


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


def draw_sample(clauses: Clauses, size: int) -> Sample:
    """Return the clauses with the least hashes, each once, as long as all of them have up to `size` words."""
    words = np.zeros(1 << 12, np.int64)
    found = []
    for block in clauses.blocks():
        starts, hashes, lengths = _clauses_of(block)
        np.add.at(words, hashes >> np.uint64(52), lengths)
        found.append((starts, hashes, lengths))
    reached = np.cumsum(words)
    last = max(1, int(np.searchsorted(reached, size, side="right")))
    ids, all_hashes, all_lengths = [], [], []
    for block, (starts, hashes, lengths) in zip(clauses.blocks(), found, strict=True):
        kept = (hashes >> np.uint64(52)) < last
        ids.append(block[_within(starts[kept], lengths[kept])])
        all_hashes.append(hashes[kept])
        all_lengths.append(lengths[kept])
    hashes, lengths = np.concatenate(all_hashes), np.concatenate(all_lengths)
    offsets = np.cumsum(lengths) - lengths
    order = np.argsort(hashes, kind="stable")
    first = np.flatnonzero(np.diff(hashes[order], prepend=hashes[order][:1] + np.uint64(1)) != 0)
    times = np.diff(first, append=order.size)
    chosen = order[first]
    kept_ids = np.concatenate(ids)[_within(offsets[chosen], lengths[chosen])]
    starts = np.concatenate([[0], np.cumsum(lengths[chosen])])
    share = float((lengths[chosen] * times).sum() / max(1, clauses.tokens))
    return Sample(covering.Text(kept_ids, starts, times), share)


def _clauses_of(block: Nodes) -> tuple[Offsets, Keys, Counts]:
    """Where each clause of a block begins, its hash, and its words."""
    starts, hashes = np.empty(block.size, np.int64), np.empty(block.size, np.uint64)
    size = skipgrams.hash_clauses(block, starts, hashes)
    starts = starts[:size]
    return starts, hashes[:size].copy(), np.diff(starts, append=block.size) - 1


def _within(starts: Offsets, lengths: Counts) -> Offsets:
    """The places starts[i] ... starts[i] + lengths[i] - 1 for each i, one after the other."""
    offsets = np.cumsum(lengths) - lengths
    places: Offsets = np.repeat(starts - offsets, lengths) + np.arange(int(lengths.sum()))
    return places


class _Candidates(NamedTuple):
    """Templates that are proposed, what costs most first.

    proposals  the clauses of each
    store      (k + 2,) nats; 0 for templates 0 and 1
    holes      (k + 2,) how many; none for template 0
    """

    proposals: covering.Proposals
    store: Nats
    holes: Counts


def propose(sample: Sample, bonds: skipgrams.Bonds, window: int, min_count: int, *, trivial: bool = False) -> _Candidates:
    """Return the templates proposed for clauses that are seen at least so often."""
    text = sample.text
    hashes, clauses, masks = _propose_all(text, bonds, window)
    order = np.argsort(hashes, kind="stable")
    hashes, clauses, masks = hashes[order], clauses[order], masks[order]
    first = np.flatnonzero(np.concatenate([[True], hashes[1:] != hashes[:-1]])) if hashes.size else np.zeros(0, np.int64)
    sizes = np.diff(first, append=hashes.size)
    times = np.add.reduceat(text.times[clauses], first) if first.size else first
    fixed = _fixed_nats(text, clauses[first], masks[first], bonds.nats)
    lengths = np.diff(text.starts)[clauses[first]]
    holes = _holes(masks[first], lengths)
    words = np.bitwise_count(masks[first]).astype(np.int64)
    # Without a hole it is no template; a word between holes is one of the last resort.
    is_trivial = (words == 1) & (holes == 2)
    kept = np.flatnonzero((times >= min_count) & (holes > 0) & (is_trivial == trivial))
    kept = kept[np.lexsort((hashes[first[kept]], -times[kept] * fixed[kept]))]
    rows = _within(first[kept], sizes[kept])
    group = np.concatenate([[0], np.cumsum(sizes[kept])])
    weight = np.concatenate([[0.0, 0.0], fixed[kept]])
    holes = holes[kept]
    # A bit for each part that says whether it is a hole, and one at the end.
    store = np.concatenate([[0.0, 0.0], fixed[kept] + (holes + words[kept] + 1) * np.log(2)])
    return _Candidates(
        covering.Proposals(clauses[rows], masks[rows], group, weight), store, np.concatenate([[0, 1], holes])
    )


def _propose_all(text: covering.Text, bonds: skipgrams.Bonds, window: int) -> tuple[Keys, Nodes, Keys]:
    found: list[tuple[Keys, Nodes, Keys]] = []
    room = 1 << 20
    begin, clauses = 0, text.times.size
    while begin < clauses:
        rows = np.empty(room, np.uint64), np.empty(room, np.int32), np.empty(room, np.uint64)
        done, size = skipgrams.propose(text.ids, text.starts[begin:], window, bonds, *rows)
        hashes, numbers, masks = (column[:size].copy() for column in rows)
        numbers += begin
        found.append((hashes, numbers, masks))
        begin += done
    if not found:
        return np.zeros(0, np.uint64), np.zeros(0, np.int32), np.zeros(0, np.uint64)
    hashes, numbers, masks = (np.concatenate(column) for column in zip(*found, strict=True))
    return hashes, numbers, masks


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


def _empty_model(words: int, store: Nats, holes: Counts, nats: Nats, free: float) -> covering.Model:
    """Return a model that has counted nothing; room for `words` words in holes."""
    size = 1 << max(6, (2 * words).bit_length())
    first = np.cumsum(holes) - holes
    return covering.Model(
        np.zeros(size, np.uint64),
        np.zeros(size, np.int64),
        np.zeros((2, int(holes.sum()) + nats.size), np.int64),
        np.zeros(store.size, np.int64),
        first,
        store,
        nats,
        np.array([free]),
        np.array([0, 0, 0, size - 1]),
    )


def _with_room(model: covering.Model, words: int) -> covering.Model:
    """Return the model with room for `words` more words in holes."""
    if 2 * (int(model.totals[2]) + words) <= model.keys.size:
        return model
    live = int((model.counts > 0).sum())
    size = 1 << (2 * (live + words) * 2).bit_length()
    totals = model.totals.copy()
    totals[2:] = 0, size - 1
    grown = model._replace(keys=np.zeros(size, np.uint64), counts=np.zeros(size, np.int64), totals=totals)
    covering.move_keys(model, grown)
    return grown


def choose(
    sample: Sample, bonds: skipgrams.Bonds, nats: Nats, options: Choice, progress: Progress
) -> Chosen:
    """Return the templates that make a sample cheapest.

    bonds  words in pairs, and what each word is worth
    nats   (w + 1,) what each word costs to spell, the end of a hole at 0
    """
    text = sample.text
    progress.stage("proposing templates")
    candidates = propose(sample, bonds, options.window, options.min_count)
    progress.stage("choosing templates", 2 * (candidates.proposals.group.size - 1), "")
    cover = covering.Cover(np.ones(text.times.size, np.int32), np.zeros(text.times.size, np.uint64))
    _try_all(text, candidates, cover, nats, options.free, progress)
    kept, cover = _renumbered(cover, np.unique(cover.owner[cover.owner > 1]))
    rows = candidates.proposals.group[kept - 2]
    parts = _parts(text, candidates.proposals.clause[rows], candidates.proposals.mask[rows])
    del candidates
    progress.stage("comparing templates")
    matches = match(text, make_trie(parts))
    dropped = np.zeros(len(parts) + 2, np.int32)
    model = _count(text, cover, parts, nats, options.free)
    gain = np.zeros(dropped.size)
    for _ in range(_ROUNDS):
        model = _assign(text, matches, dropped, cover, model)
        before = int(dropped.sum())
        gain, model = _drop(text, matches, dropped, cover, model, options.min_count)
        if int(dropped.sum()) == before:
            break
    kept, cover = _renumbered(cover, 2 + np.flatnonzero(dropped[2:] == 0))
    parts = [parts[number - 2] for number in kept.tolist()]
    return Chosen(parts, gain[kept], cover, _count(text, cover, parts, nats, options.free))


def _renumbered(cover: covering.Cover, kept: Offsets) -> tuple[Offsets, covering.Cover]:
    """Number the templates that are kept from 2 on, in their order; returns them, too."""
    numbers = np.zeros(int(max(kept.max(initial=1), cover.owner.max(initial=1))) + 1, np.int32)
    numbers[1] = 1
    numbers[kept] = np.arange(2, kept.size + 2)
    return kept, cover._replace(owner=numbers[cover.owner])


def _count(
    text: covering.Text, cover: covering.Cover, parts: list[tuple[int, ...]], nats: Nats, free: float
) -> covering.Model:
    """Return the model of what is covered."""
    store = np.array([0.0, 0.0, *(_spelling(each, nats) for each in parts)])
    holes = np.array([0, 1, *(each.count(HOLE) for each in parts)])
    model = _empty_model(2 * text.ids.size, store, holes, nats, free)
    covering.cover_all(text, cover, model)
    return model


def _try_all(
    text: covering.Text,
    candidates: _Candidates,
    cover: covering.Cover,
    nats: Nats,
    free: float,
    progress: Progress,
) -> None:
    """Take the candidates that make everything cheaper, greedily."""
    model = _empty_model(2 * text.ids.size, candidates.store, candidates.holes, nats, free)
    covering.cover_all(text, cover, model)
    nothing = covering.Matches(np.zeros(0, np.int32), np.zeros(0, np.uint64), np.zeros(text.times.size + 1, np.int64))
    model = _assign(text, nothing, np.zeros(0, np.int32), cover, model)
    proposals = candidates.proposals
    # Words in the clauses of each candidate, with the ends of holes.
    lengths = np.diff(text.starts)[proposals.clause]
    sizes = 2 * np.diff(np.concatenate([[0], np.cumsum(lengths)])[proposals.group])
    scratch = _empty_model(int(sizes.max(initial=1)), np.zeros(1), np.array([LONGEST_CLAUSE]), nats, free)
    scratch = scratch._replace(rows=np.zeros((2, LONGEST_CLAUSE), np.int64))
    groups = proposals.group.size - 1
    # What stands where changes with each template that is taken: all get a second chance.
    for _ in range(2):
        done = 0
        while done < groups:
            before = done
            model = _with_room(model, int(sizes[done]))
            done = covering.try_templates(text, proposals, cover, model, scratch, done, 0.0)
            progress.advance(done - before)


def _parts(text: covering.Text, clauses: Nodes, masks: Keys) -> list[tuple[int, ...]]:
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


def _spelling(parts: tuple[int, ...], nats: Nats) -> float:
    """What a template costs to store."""
    return sum(float(nats[part]) for part in parts if part != HOLE) + (len(parts) + 1) * float(np.log(2))


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
        np.zeros(size, np.uint64), np.zeros(size, np.int32), np.zeros((2, nodes), np.int32), np.zeros((2, nodes), np.int32)
    )
    matching.enter_templates(np.array(rows, np.int32), np.array(starts, np.int64), trie)
    return trie


def match(text: covering.Text, trie: matching.Trie) -> covering.Matches:
    """Return for each clause the templates it could be made from, numbered from 2 on."""
    clauses = text.times.size
    offsets = np.zeros(clauses + 1, np.int64)
    templates, masks = [], []
    room = 1 << 18
    done = 0
    while done < clauses:
        found = np.empty(room, np.int32), np.empty(room, np.uint64)
        base = int(offsets[done])
        local = np.zeros(clauses + 1 - done, np.int64)
        count = matching.match_clauses(text.ids, text.starts[done:], trie, 0, local, *found)
        offsets[done : done + count + 1] = base + local[: count + 1]
        size = int(local[count])
        templates.append(found[0][:size] + np.int32(1))
        masks.append(found[1][:size].copy())
        done += count
    return covering.Matches(
        np.concatenate([np.zeros(0, np.int32), *templates]), np.concatenate([np.zeros(0, np.uint64), *masks]), offsets
    )


def _assign(
    text: covering.Text, matches: covering.Matches, dropped: Nodes, cover: covering.Cover, model: covering.Model
) -> covering.Model:
    """Let each clause take the template that costs least; returns the model of what is covered then."""
    done = 0
    while done < text.times.size:
        model = _with_room(model, 4 * LONGEST_CLAUSE)
        done = covering.assign(text, matches, dropped, cover, model, False, done)
    return model


def _drop(
    text: covering.Text,
    matches: covering.Matches,
    dropped: Nodes,
    cover: covering.Cover,
    model: covering.Model,
    min_count: int,
) -> tuple[Nats, covering.Model]:
    """Give up the templates that save nothing, what covers least first; returns what the others save, and the model."""
    gain = np.zeros(dropped.size)
    for number in (2 + np.argsort(model.used[2:], kind="stable")).tolist():
        if dropped[number]:
            continue
        clauses = np.flatnonzero(cover.owner == number).astype(np.int32)
        model = _with_room(model, int(2 * np.diff(text.starts)[clauses].sum()) + 64)
        masks = cover.mask[clauses]
        dropped[number] = 1
        stays = model.used[number] >= min_count
        bare = int(model.used[1])
        saved = [covering.give_away(text, matches, clauses, 0, dropped, cover, model)]
        for other in _alternatives(matches, clauses, dropped):
            if stays and saved[-1] > 0:
                covering.take_back(text, clauses, number, masks, cover, model)
                model = _with_room(model, int(2 * np.diff(text.starts)[clauses].sum()) + 64)
                saved.append(covering.give_away(text, matches, clauses, other, dropped, cover, model))
        # What a clause costs for being without a template is no saving.
        gain[number] = saved[-1] - float(model.free[0]) * (int(model.used[1]) - bare)
        if stays and saved[-1] > 0:
            dropped[number] = 0
            covering.take_back(text, clauses, number, masks, cover, model)
    return gain, model


def _alternatives(matches: covering.Matches, clauses: Nodes, dropped: Nodes) -> list[int]:
    """The templates that could cover most of some clauses."""
    rows = _within(matches.starts[clauses], matches.starts[clauses + 1] - matches.starts[clauses])
    times = np.bincount(matches.template[rows], minlength=dropped.size)
    times[dropped == 1] = 0
    order = np.lexsort((np.arange(times.size), -times))[:_ALTERNATIVES]
    return order[times[order] > 0].tolist()
