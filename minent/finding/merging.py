"""Units -> words by merging: neighbours become one word as long as that makes lexicon and text cheaper to describe.

At each step every pair of neighbours is weighed that occurs often enough, and the one is merged that shortens the
description of `minent.cost` most: what it saves in the text, N F_ab of Su Jianlin (2018, kexue.fm/archives/5476), less
what its word costs in the lexicon, plus what its parts cost there if nothing is left of them.  All of this is exact.
Merging goes on for a while after the description begins to grow; the words are those of the step where it was shortest.
What becomes one word is merged in the same order wherever it stands, so that no two words are spelled alike.
"""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from minent.characters import Kind
from minent.cost import spelling_costs
from minent.errors import CapacityError
from minent.kernels import merging as kernels
from minent.types import Array, Counts, Nats, Nodes, Offsets, Symbols
from minent.units import Units

# The shortest description has been found when so many further merges have not led to a shorter one.
LOOK_AHEAD = 50

_STEPS = 4096
_LARGEST = 2**31 - 2


class Merged(NamedTuple):
    """Words from merging: the single ones first, in the order of the units, then those merged, as they came.

    units    (u,)      uint16 or uint32, as in the text: the words one after the other
    offsets  (w + 1,)  int64
    times    (w,)      int64: occurrences in the text, 0 if nothing is left of a word
    parts    (m, 2)    int32: the words each merge made one of, also of those undone in the end
    counts   (m,)      int64: occurrences of their pair
    saved    (m,)      float64 nats: by how much each merge shortened the description
    kept     merges that are not undone: the last words; numbers in `parts` begin with the border, at 0
    """

    units: Symbols
    offsets: Offsets
    times: Counts
    parts: Nodes
    counts: Counts
    saved: Nats
    kept: int


def merge_units(
    units: Units,
    *,
    longest: int,
    min_count: int = 2,
    look_ahead: int = LOOK_AHEAD,
    on_merges: Callable[[int, float], None] | None = None,
) -> Merged:
    """Merge units until the description of text and lexicon is shortest.

    longest     units in the longest word.  A unit and the joining ones behind it are never torn apart, however many;
                a run of cased letters is never part of a longer word
    min_count   occurrences of a pair that may be merged, at least 2
    look_ahead  merge on so many times in search of a shorter description
    on_merges   called from time to time with the number of merges and the nats they have saved together

    Raises CapacityError for a text of more than 2^31 units.
    """
    if units.ids.size > _LARGEST:
        raise CapacityError(f"merging takes texts of up to {_LARGEST:,} characters; use the method autonomy")
    atoms, spelled = _atoms(units)
    text, words, state = _begin(atoms, units, spelled, longest)
    limits = (max(2, min_count), longest, look_ahead)
    logs = np.log(np.maximum(np.arange(int(words.count.max()) + 2), 1))
    pairs = _pairs(text, words, limits[:2], state)
    kernels.bound_pairs(words, pairs, logs, state)
    saved: list[Nats] = []
    course = np.zeros(2)
    done = 0
    while state[4] < look_ahead:
        words = words._replace(**{name: _grown(getattr(words, name), int(state[1]) + _STEPS) for name in words._fields})
        batch = np.empty(_STEPS)
        merged = kernels.merge_pairs(text, words, pairs, limits, logs, state, course, batch)
        saved.append(batch[:merged])
        done += merged
        if on_merges is not None:
            on_merges(done, float(course[0]))
        if merged < batch.size:
            wanted = int(pairs.row[: state[2], 2].max(initial=0))
            if wanted < limits[0]:
                break
            pairs = _with_room(pairs, state, wanted)
    best = done - int(state[4])
    return _undo(words, state, spelled, np.concatenate(saved), best, units.ids.dtype)


def _atoms(units: Units) -> tuple[Nodes, list[tuple[int, ...]]]:
    """Return the words that merging begins with: units, with the joining ones that follow.

    Returns (n,) int32 numbers of words, -1 where a unit joins the one before it; and the units of each word, from 0 on.
    """
    atoms = units.ids.astype(np.int32)
    spelled: list[tuple[int, ...]] = [(unit,) for unit in range(units.kinds.size)]
    joining = (units.kinds == Kind.JOINING)[units.ids]
    joining[1:] &= units.ids[:-1] != 0
    joining[:1] = False
    heads = np.flatnonzero(~joining)
    step = 0
    while heads.size:
        step += 1
        heads = heads[heads + step < atoms.size]
        heads = heads[joining[heads + step]]
        keys = atoms[heads].astype(np.int64) << 32 | units.ids[heads + step]
        found, numbers = np.unique(keys, return_inverse=True)
        atoms[heads] = len(spelled) + numbers
        spelled += [(*spelled[key >> 32], key & 0xFFFFFFFF) for key in found.tolist()]
    atoms[joining] = -1
    return atoms, spelled


def _begin(
    atoms: Nodes, units: Units, spelled: list[tuple[int, ...]], longest: int
) -> tuple[kernels.Text, kernels.Words, Counts]:
    """Return text, words and state before any pair is known."""
    kept = atoms[atoms >= 0] if (atoms < 0).any() else atoms
    size = kept.size + 2
    word = np.zeros(size, np.int32)
    word[1:-1] = kept
    text = kernels.Text(word, np.ones(size, np.uint8), np.empty(size, np.int32))
    n = len(spelled)
    count = np.bincount(word, minlength=n)
    count[0] = 0
    length = np.array([len(each) for each in spelled], np.int32)
    # Too long for any pair.
    length[: units.kinds.size][units.kinds == Kind.CASED] = longest
    price = spelling_costs(np.bincount(units.ids, minlength=units.kinds.size))
    prices = np.array([price[list(each)].sum() + math.log(2) for each in spelled])
    nothing = np.full(n, -1, np.int32)
    words = kernels.Words(
        count,
        count.copy(),
        length,
        prices,
        np.zeros((n, 2), np.int32),
        nothing,
        nothing.copy(),
        np.zeros((n, 2), np.int32),
    )
    return text, words, np.array([count.sum(), n, 0, 0, 0], np.int64)


def _pairs(text: kernels.Text, words: kernels.Words, limits: tuple[int, int], state: Counts) -> kernels.Pairs:
    """Find the pairs there are at first."""
    order = np.empty(text.word.size, np.int32)
    found = kernels.sort_places(text, words.count.size, order)
    pairs = _no_pairs(0, order)
    size = kernels.find_pairs(text, words, order, found, limits, pairs)
    pairs = _no_pairs(size + size // 2 + _STEPS, order)
    kernels.find_pairs(text, words, order, found, limits, pairs)
    state[2] = size
    state[3] = pairs.row[:size, 3].sum()
    return pairs


def _no_pairs(room: int, places: Nodes) -> kernels.Pairs:
    def nodes() -> Nodes:
        return np.empty(room, np.int32)

    rows, starts = np.empty((room, 8), np.int32), np.empty(room, np.int64)
    return kernels.Pairs(rows, starts, np.empty(room), nodes(), np.empty(room), nodes(), places)


def _with_room(pairs: kernels.Pairs, state: Counts, count: int) -> kernels.Pairs:
    """Return the pairs with room for those of a word that occurs so many times."""
    room = {name: int(state[2]) + count for name in pairs._fields} | {"places": int(state[3]) + 2 * count}
    return pairs._replace(**{name: _grown(getattr(pairs, name), size) for name, size in room.items()})


def _grown(array: Array, least: int) -> Array:
    """Return the array, or a longer one that begins with it."""
    if array.shape[0] >= least:
        return array
    grown = np.zeros((max(least, array.shape[0] * 3 // 2), *array.shape[1:]), array.dtype)
    grown[: array.shape[0]] = array
    return grown


def _undo(
    words: kernels.Words, state: Counts, spelled: list[tuple[int, ...]], saved: Nats, kept: int, dtype: np.dtype[Any]
) -> Merged:
    """Take back all merges but the first `kept`; only counts are needed, not where the words stand."""
    first = len(spelled)
    parts = words.parts[first : int(state[1])].copy()
    times = words.count[: int(state[1])].tolist()
    counts = [0] * len(parts)
    remaining = times[: first + kept]
    for row, (left, right) in reversed(list(enumerate(parts.tolist()))):
        # Later merges are undone: this is what the word began with.
        counts[row] = times[first + row]
        times[left] += counts[row]
        times[right] += counts[row]
        if row == kept:
            remaining = times[: first + kept]
    for left, right in parts[:kept].tolist():
        spelled.append(spelled[left] + spelled[right])
    return Merged(
        np.array([unit for word in spelled[1:] for unit in word], dtype),
        np.cumsum([0, *map(len, spelled[1:])], dtype=np.int64),
        np.array(remaining[1:], np.int64),
        parts,
        np.array(counts, np.int64),
        saved,
        kept,
    )
