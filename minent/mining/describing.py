"""Templates that are chosen -> templates with evidence: counts, bonds, what fills their holes, examples."""

import math
from itertools import pairwise

import numpy as np

from minent.kernels import covering
from minent.kernels import templates as kernels
from minent.mining.choosing import Chosen, make_trie, match
from minent.mining.classes import class_name, find_classes
from minent.mining.models import make_text
from minent.mining.pairs import Pairs
from minent.mining.proposing import HOLE
from minent.mining.reading import Clauses
from minent.mining.sampling import Sample, clauses_of, within
from minent.templates import Fillers, Template
from minent.types import Counts, Nodes, Offsets

_FILLERS = 50  # of each hole are compared
_SHOWN_FILLERS = 10
_EXAMPLES = 3


def describe(clauses: Clauses, pairs: Pairs, sample: Sample, chosen: Chosen, separator: str) -> list[Template]:
    """Return the templates with all that is known of them.

    separator  between the words of an example
    """
    counts = chosen.model.used if sample.share >= 1 else _count_all(clauses, chosen)
    fillers = _fillers(clauses, sample, chosen, separator)
    names = _class_names(fillers, chosen, clauses)
    examples = _examples(clauses, sample, chosen, separator)
    found = []
    hole = 0
    for number, (parts, gain) in enumerate(zip(chosen.parts, chosen.gain.tolist(), strict=True), 2):
        count = int(counts[number])
        holes = slice(hole, hole + parts.count(HOLE))
        hole = holes.stop
        if not count:
            continue
        store = float(chosen.model.store[number])
        found.append(
            Template(
                tuple(None if part == HOLE else clauses.words[part - 1] for part in parts),
                count,
                (gain + store) / sample.share - store,
                _bonds(parts, count, clauses, pairs),
                tuple(each[:_SHOWN_FILLERS] for each in fillers[holes]),
                tuple(names[holes]),
                tuple(examples[number]),
            )
        )
    return found


def _count_all(clauses: Clauses, chosen: Chosen) -> Counts:
    """Let each clause of the corpus take its template, as the sample has it; return how many clauses each has."""
    counts = np.zeros(len(chosen.parts) + 2, np.int64)
    trie = make_trie(chosen.parts)
    dropped = np.zeros(counts.size, np.int32)
    known = _codes(chosen.model.words)
    order = np.argsort(known)
    known, drawn = known[order], chosen.model.pairs[order]
    for block in clauses.blocks():
        starts, _, lengths = clauses_of(block)
        found = match(block[within(starts, lengths)], np.concatenate([[0], np.cumsum(lengths)]), trie)
        rows = np.diff(found.starts)
        some = rows > 0
        starts, lengths = starts[some], lengths[some]
        found = found._replace(starts=np.concatenate([[0], np.cumsum(rows[some])]))
        cut = np.concatenate([[0], np.cumsum(lengths)])
        times = np.ones(lengths.size, np.int64)
        text, words = make_text(block[within(starts, lengths)], cut, times, chosen.model.nats)
        places = np.minimum(np.searchsorted(known, _codes(words)), known.size - 1)
        model = chosen.model._replace(pairs=np.where(known[places] == _codes(words), drawn[places], 0), words=words)
        cover = covering.Cover(np.zeros(lengths.size, np.int32), np.zeros(lengths.size, np.uint64))
        covering.assign(text, found, dropped, cover, model, False, True, 0)
        counts += np.bincount(cover.owner, minlength=counts.size)
    return counts


def _codes(words: Nodes) -> Offsets:
    """Pairs of words as numbers."""
    codes: Offsets = words[:, 0].astype(np.int64) << 32 | words[:, 1]
    return codes


def _bonds(parts: tuple[int, ...], count: int, clauses: Clauses, pairs: Pairs) -> tuple[float, ...]:
    """The mutual information of fixed words that follow each other; of those too far apart what the template says."""
    places = [place for place, part in enumerate(parts) if part != HOLE]
    found = []
    for first, second in pairwise(places):
        a, b, apart = parts[first], parts[second], second > first + 1
        pmi = pairs.pmi_of(a, b, apart=apart)
        if math.isnan(pmi):
            places_of_b = max(1, pairs.window - 1) if apart else 1
            pmi = math.log(count * clauses.tokens / (int(clauses.counts[a]) * int(clauses.counts[b]) * places_of_b))
        found.append(pmi)
    return tuple(found)


def _fillers(clauses: Clauses, sample: Sample, chosen: Chosen, separator: str) -> list[Fillers]:
    """What fills each hole in the sample, and how often, the most frequent first."""
    text, cover = sample.text, chosen.cover
    covered = np.flatnonzero(cover.owner > 1)
    ids, starts = _some_clauses(text, covered)
    room = ids.size
    holes, hashes, places = np.empty(room, np.int32), np.empty(room, np.uint64), np.empty((2, room), np.int64)
    borders = chosen.model.nats.size + 1
    first = chosen.model.first[cover.owner[covered]] - borders
    size = kernels.write_fillers(ids, starts, cover.mask[covered], first, holes, hashes, places)
    holes, hashes = holes[:size], hashes[:size]
    clause = np.searchsorted(starts, places[0, :size], side="right") - 1
    times = text.times[covered][clause]
    order = np.lexsort((hashes, holes))
    changes = (np.diff(holes[order]) != 0) | (np.diff(hashes[order]) != 0)
    begins = np.flatnonzero(np.concatenate([[True], changes])[:size])
    totals = np.add.reduceat(times[order], begins) if size else times
    rows = order[begins]
    ranked = np.lexsort((hashes[rows], -totals, holes[rows]))
    bounds = np.searchsorted(holes[rows][ranked], np.arange(chosen.model.urns.shape[0] - borders + 1))
    found: list[Fillers] = []
    for low, high in pairwise(bounds.tolist()):
        best = ranked[low : min(high, low + _FILLERS)]
        spelled = []
        for row, total in zip(rows[best].tolist(), totals[best].tolist(), strict=True):
            words = ids[places[0, row] : places[1, row]].tolist()
            spelled.append((separator.join(clauses.words[word - 1] for word in words), total))
        found.append(tuple(sorted(spelled, key=lambda each: (-each[1], each[0]))))
    return found


def _class_names(fillers: list[Fillers], chosen: Chosen, clauses: Clauses) -> list[str]:
    """The name of the class that each hole has."""
    tables = [dict(each) for each in fillers]
    # Spelled by characters: what a filler costs matters little as long as it is the same everywhere.
    per_character = math.log(1 + len({character for word in clauses.words for character in word}))
    costs = {filler: (1 + len(filler)) * per_character for table in tables for filler in table}
    names = [""] * len(tables)
    used = [hole for hole, table in enumerate(tables) if table]
    for members in find_classes([tables[hole] for hole in used], costs):
        name = class_name(tables[used[member]] for member in members)
        for member in members:
            names[used[member]] = name
    return names


def _examples(clauses: Clauses, sample: Sample, chosen: Chosen, separator: str) -> list[list[str]]:
    """A few clauses of each template, those with the least hashes."""
    owner = chosen.cover.owner
    order = np.argsort(owner, kind="stable")
    bounds = np.searchsorted(owner[order], np.arange(len(chosen.parts) + 3))
    found = []
    for low, high in pairwise(bounds.tolist()):
        ids, starts = _some_clauses(sample.text, order[low : min(high, low + _EXAMPLES)])
        texts = [ids[begin:end].tolist() for begin, end in pairwise(starts.tolist())]
        found.append([separator.join(clauses.words[word - 1] for word in text) for text in texts])
    return found


def _some_clauses(text: covering.Text, clauses: Offsets) -> tuple[Nodes, Offsets]:
    """Return the words of some clauses, and where each begins in them."""
    starts = text.starts[clauses]
    lengths = text.starts[clauses + 1] - starts
    return text.ids[within(starts, lengths)], np.concatenate([[0], np.cumsum(lengths)])
