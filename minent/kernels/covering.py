"""Templates that cover clauses, chosen by what all of it costs.

A clause is sent as the template it is made from and what fills the holes, word by word, each hole closed by the word 0.
Templates are drawn from a Pitman-Yor process whose base spells them; the word that begins a hole from one for each
hole, one that follows in a hole from one for each word before it, whatever the hole, all with the frequencies of words
in the corpus as their base; every kind sits at one table.  So the cost of everything follows from counts, whatever the
order (Pitman & Yor 1997; Johnson, Griffiths & Goldwater 2007 for templates in this place):

    n draws of t kinds, kind i drawn c_i times:
    ln G(n + a) - ln G(a) - sum_{k < t} ln(a + d k) - sum_i [ln G(c_i - d) - ln G(1 - d) - cost of spelling i]

with strength a = 1, discount d = 1/2.  Templates 0 and 1 are no templates, and cost nothing to spell: in template 0
each word of a clause costs what its frequency says; template 1 is a hole alone, its words like those of any hole, and
has a price for each clause.  A cover of a clause is a mask: bit i is set if its word i is fixed.
"""

from typing import NamedTuple

import numpy as np

from minent.kernels._jit import kernel
from minent.types import Counts, Keys, Nats, Nodes, Offsets


class Text(NamedTuple):
    """Clauses, each different from the others."""

    ids: Nodes  # (n,) int32: words, from 1 on
    starts: Offsets  # (c + 1,) int64: where each clause begins
    times: Counts  # (c,) int64: how often it stands in the text


class Model(NamedTuple):
    """What is counted; changed in place."""

    keys: Keys  # (m,) uint64: row << 32 | word, and 1 more; 0 = empty; m a power of two
    counts: Counts  # (m,) int64
    rows: Counts  # (2, 2 h) int64: words, and different words, that begin a hole, and that follow in it
    used: Counts  # (t,) int64: clauses of each template
    first: Counts  # (t,) int64: row of the first hole of each template
    store: Nats  # (t,) float64: nats that it costs to spell each template
    nats: Nats  # (w,) float64: what it costs to spell each word
    free: Nats  # (1,) float64: what a clause of template 1 costs beside its words
    totals: Counts  # (4,) int64: clauses, templates in use, keys, slots that may be used - 1


class Cover(NamedTuple):
    """Which template each clause is made from; changed in place."""

    owner: Nodes  # (c,) int32
    mask: Keys  # (c,) uint64


class Proposals(NamedTuple):
    """Templates and clauses that they could cover."""

    clause: Nodes  # (r,) int32: ascending for each template
    mask: Keys  # (r,) uint64
    group: Offsets  # (k + 1,) int64: the rows of template number i + 2 begin at group[i]
    weight: Nats  # (k + 2,) float64: what the fixed words of each template cost to spell; 0 for templates 0 and 1


class Matches(NamedTuple):
    """For each clause the templates that could cover it, without templates 0 and 1."""

    template: Nodes  # (r,) int32
    mask: Keys  # (r,) uint64
    starts: Offsets  # (c + 1,) int64


@kernel
def _log_gamma(x: float) -> float:
    """Stirling's series from 8 on; below, by the recurrence."""
    product = 1.0
    while x < 8.0:
        product *= x
        x += 1.0
    series = (x - 0.5) * np.log(x) - x + 0.9189385332046727 + 1.0 / (12.0 * x) - 1.0 / (360.0 * x * x * x)
    return series - np.log(product)


@kernel
def _gamma_rise(x: float, times: int) -> float:
    """ln G(x + times) - ln G(x)."""
    if times == 1:
        return np.log(x)
    if times == -1:
        return -np.log(x - 1.0)
    return _log_gamma(x + times) - _log_gamma(x)


@kernel
def _kind_rise(c: int, times: int) -> float:
    """By how much a kind gets dearer that is drawn more often, or less often, than c times, but for its spelling."""
    if c == 0:
        return 0.5723649429247001 - _log_gamma(times - 0.5) if times > 1 else 0.0
    if c + times == 0:
        return _log_gamma(c - 0.5) - 0.5723649429247001 if c > 1 else 0.0
    return -_gamma_rise(c - 0.5, times)


@kernel
def _find(model: Model, row: int, word: int) -> int:
    """Where a word of a row stands, or would stand."""
    key = (np.uint64(row) << np.uint64(32) | np.uint64(word)) + np.uint64(1)
    mask = np.uint64(model.totals[3])
    at = key * np.uint64(0x9E3779B97F4A7C15)
    at = (at ^ (at >> np.uint64(29))) & mask
    while model.keys[at] != 0 and model.keys[at] != key:
        at = (at + np.uint64(1)) & mask
    return np.int64(at)


@kernel
def _add_word(model: Model, row: int, word: int, times: int) -> float:
    """Count a word in a row, or take it out; returns by how much the cost rises."""
    at = _find(model, row, word)
    if model.keys[at] == 0:
        model.keys[at] = (np.uint64(row) << np.uint64(32) | np.uint64(word)) + np.uint64(1)
        model.counts[at] = 0
        model.totals[2] += 1
    before = model.counts[at]
    model.counts[at] = before + times
    rise = _gamma_rise(model.rows[0, row] + 1.0, times) + _kind_rise(before, times)
    model.rows[0, row] += times
    if before == 0:
        rise += model.nats[word] - np.log(1.0 + 0.5 * model.rows[1, row])
        model.rows[1, row] += 1
    elif before + times == 0:
        model.rows[1, row] -= 1
        rise -= model.nats[word] - np.log(1.0 + 0.5 * model.rows[1, row])
    return rise


@kernel
def _fill(text: Text, clause: int, mask: int, first: int, times: int, model: Model, own: Model) -> float:
    """Put what a mask leaves open into holes, so many times; returns by how much the cost rises.

    first  row of `own` for the first hole
    """
    rise = 0.0
    row = first - 1
    followers = model.rows.shape[1] - model.nats.size
    before = 0
    low, high = text.starts[clause], text.starts[clause + 1]
    for i in range(low, high + 1):
        word = np.int64(0)
        if i < high and (mask >> np.uint64(i - low)) & np.uint64(1) == 0:
            word = np.int64(text.ids[i])
        if before == 0 and word > 0:
            row += 1
            rise += _add_word(own, row, word, times)
        elif before > 0:
            rise += _add_word(model, followers + before, word, times)
        before = word
    return rise


@kernel
def _use(model: Model, template: int, times: int) -> float:
    """Count clauses of a template, or take them out; returns by how much the cost rises."""
    before = model.used[template]
    model.used[template] = before + times
    rise = _gamma_rise(model.totals[0] + 1.0, times) + _kind_rise(before, times)
    model.totals[0] += times
    if before == 0:
        rise += model.store[template] - np.log(1.0 + 0.5 * model.totals[1])
        model.totals[1] += 1
    elif before + times == 0:
        model.totals[1] -= 1
        rise -= model.store[template] - np.log(1.0 + 0.5 * model.totals[1])
    return rise


@kernel
def _spelling(text: Text, clause: int, model: Model) -> float:
    """What a clause costs word by word."""
    cost = model.nats[0]
    for i in range(text.starts[clause], text.starts[clause + 1]):
        cost += model.nats[text.ids[i]]
    return cost


@kernel
def _move(text: Text, clause: int, template: int, mask: int, sign: int, model: Model) -> float:
    """Cover a clause with a template, or with sign -1 no longer; returns by how much the cost rises."""
    times = sign * text.times[clause]
    rise = _use(model, template, times)
    if template == 0:
        return rise + times * _spelling(text, clause, model)
    if template == 1:
        rise += times * model.free[0]
    return rise + _fill(text, clause, mask, model.first[template], times, model, model)


@kernel
def cover_all(text: Text, cover: Cover, model: Model) -> float:
    """Count the clauses as they are covered, in a model that is empty.  Returns the cost of everything, nats."""
    cost = 0.0
    for clause in range(text.times.size):
        cost += _move(text, clause, np.int64(cover.owner[clause]), cover.mask[clause], 1, model)
    return cost


@kernel
def move_keys(old: Model, model: Model) -> None:
    """Enter the words that are still in a hole of the old model into a new one, whose keys are empty (out)."""
    for at in range(old.totals[3] + 1):
        if old.keys[at] != 0 and old.counts[at] > 0:
            key = old.keys[at] - np.uint64(1)
            place = _find(model, np.int64(key >> np.uint64(32)), np.int64(key & np.uint64(0xFFFFFFFF)))
            model.keys[place] = old.keys[at]
            model.counts[place] = old.counts[at]
            model.totals[2] += 1


@kernel
def _accept(model: Model, scratch: Model, first: int) -> None:
    """Put the holes of a new template, their rows counted from 0 in `scratch`, into the model."""
    for at in range(scratch.totals[3] + 1):
        if scratch.keys[at] != 0 and scratch.counts[at] > 0:
            key = scratch.keys[at] - np.uint64(1)
            row = first + np.int64(key >> np.uint64(32))
            word = np.int64(key & np.uint64(0xFFFFFFFF))
            place = _find(model, row, word)
            if model.keys[place] == 0:
                model.keys[place] = (np.uint64(row) << np.uint64(32) | np.uint64(word)) + np.uint64(1)
                model.totals[2] += 1
            model.counts[place] = scratch.counts[at]
    for row in range(scratch.rows.shape[1]):
        if scratch.rows[0, row] > 0:
            model.rows[0, first + row] = scratch.rows[0, row]
            model.rows[1, first + row] = scratch.rows[1, row]


@kernel
def _open_scratch(text: Text, proposals: Proposals, group: int, scratch: Model) -> int:
    """Empty as much of `scratch` as the clauses of a template need.  Returns the words they have at most."""
    words = 0
    for row in range(proposals.group[group], proposals.group[group + 1]):
        clause = np.int64(proposals.clause[row])
        words += 2 * (text.starts[clause + 1] - text.starts[clause])
    size = 64
    while size < 2 * words and size < scratch.keys.size:
        size *= 2
    scratch.keys[:size] = 0
    scratch.rows[:] = 0
    scratch.totals[3] = size - 1
    return words


@kernel
def try_templates(
    text: Text, proposals: Proposals, cover: Cover, model: Model, scratch: Model, begin: int, worth: float
) -> int:
    """Take templates, one after the other, that make everything cheaper.

    A template takes all its clauses from templates whose fixed words weigh less, or none; one that is in use is left
    alone.

    scratch  room: keys for the words of any template's clauses, 128 rows; model.nats
    begin    number of the first group to try
    worth    nats that a template must save for each clause it takes

    Returns how many groups are done: less than all when the keys of the model may get too many.
    """
    for group in range(begin, proposals.group.size - 1):
        if model.used[group + 2] > 0:
            continue
        words = _open_scratch(text, proposals, group, scratch)
        if 2 * (model.totals[2] + words) > model.keys.size:
            return group
        template = group + 2
        low, high = proposals.group[group], proposals.group[group + 1]
        rise = 0.0
        last = -1
        for row in range(low, high):
            clause = np.int64(proposals.clause[row])
            owner = np.int64(cover.owner[clause])
            if clause != last and proposals.weight[owner] < proposals.weight[template]:
                rise += worth * text.times[clause]
                rise += _move(text, clause, owner, cover.mask[clause], -1, model)
                rise += _use(model, template, text.times[clause])
                rise += _fill(text, clause, proposals.mask[row], 0, text.times[clause], model, scratch)
            last = clause
        taken = rise < 0.0
        if taken:
            _accept(model, scratch, model.first[template])
        last = -1
        for row in range(low, high):
            clause = np.int64(proposals.clause[row])
            owner = np.int64(cover.owner[clause])
            if clause != last and proposals.weight[owner] < proposals.weight[template]:
                if taken:
                    cover.owner[clause] = template
                    cover.mask[clause] = proposals.mask[row]
                else:
                    _use(model, template, -text.times[clause])
                    _fill(text, clause, proposals.mask[row], 0, -text.times[clause], model, scratch)
                    _move(text, clause, owner, cover.mask[clause], 1, model)
            last = clause
    return proposals.group.size - 1


@kernel
def _price(text: Text, clause: int, template: int, mask: int, model: Model) -> float:
    """What one more such clause costs, each word at its price before."""
    n, t, c = model.totals[0], model.totals[1], model.used[template]
    cost = np.log(n + 1.0)
    cost += -np.log(c - 0.5) if c > 0 else model.store[template] - np.log(1.0 + 0.5 * t)
    if template == 0:
        return cost + _spelling(text, clause, model)
    if template == 1:
        cost += model.free[0]
    row = model.first[template] - 1
    followers = model.rows.shape[1] - model.nats.size
    before = 0
    low, high = text.starts[clause], text.starts[clause + 1]
    for i in range(low, high + 1):
        word = np.int64(0)
        if i < high and (mask >> np.uint64(i - low)) & np.uint64(1) == 0:
            word = np.int64(text.ids[i])
        if before > 0 or word > 0:
            row += before == 0
            place = row if before == 0 else followers + before
            at = _find(model, place, word)
            c = model.counts[at] if model.keys[at] != 0 else 0
            cost += np.log(model.rows[0, place] + 1.0)
            cost += -np.log(c - 0.5) if c > 0 else model.nats[word] - np.log(1.0 + 0.5 * model.rows[1, place])
        before = word
    return cost


@kernel
def _cheapest(text: Text, clause: int, matches: Matches, dropped: Nodes, model: Model) -> int:
    """The row of the match that covers a clause at the least price, -1 for template 1, -2 for template 0."""
    best = _price(text, clause, 0, np.uint64(0), model)
    row = -2
    price = _price(text, clause, 1, np.uint64(0), model)
    if price < best:
        best = price
        row = -1
    for each in range(matches.starts[clause], matches.starts[clause + 1]):
        template = np.int64(matches.template[each])
        if not dropped[template]:
            price = _price(text, clause, template, matches.mask[each], model)
            if price < best:
                best = price
                row = each
    return row


@kernel
def assign(text: Text, matches: Matches, dropped: Nodes, cover: Cover, model: Model, fixed: bool, begin: int) -> int:
    """Cover each clause by the template that costs least, as things stand.

    dropped  (t,) int32: 1 for a template that covers nothing
    cover    out
    fixed    whether the model stays as it is: the clauses are none of those it has counted
    begin    first clause

    Returns how many clauses are done: less than all when the keys of the model get too many.
    """
    for clause in range(begin, text.times.size):
        if not fixed:
            if 2 * (model.totals[2] + 2 * (text.starts[clause + 1] - text.starts[clause])) > model.keys.size:
                return clause
            _move(text, clause, np.int64(cover.owner[clause]), cover.mask[clause], -1, model)
        row = _cheapest(text, clause, matches, dropped, model)
        cover.owner[clause] = matches.template[row] if row >= 0 else 2 + row
        cover.mask[clause] = matches.mask[row] if row >= 0 else np.uint64(0)
        if not fixed:
            _move(text, clause, np.int64(cover.owner[clause]), cover.mask[clause], 1, model)
    return text.times.size


@kernel
def give_away(
    text: Text, matches: Matches, clauses: Nodes, to: int, dropped: Nodes, cover: Cover, model: Model
) -> float:
    """Cover some clauses by other templates.

    clauses  (n,) int32
    to       the template to take wherever it could be; else, or if it is 0, that which costs least as things stand
    dropped  (t,) int32: 1 for a template that covers nothing
    cover    out

    Returns by how much the cost of everything rises, nats.
    """
    rise = 0.0
    for at in range(clauses.size):
        clause = np.int64(clauses[at])
        rise += _move(text, clause, np.int64(cover.owner[clause]), cover.mask[clause], -1, model)
        row = -3
        for each in range(matches.starts[clause], matches.starts[clause + 1]):
            if matches.template[each] == to:
                row = each
        if row < 0:
            row = _cheapest(text, clause, matches, dropped, model)
        cover.owner[clause] = matches.template[row] if row >= 0 else 2 + row
        cover.mask[clause] = matches.mask[row] if row >= 0 else np.uint64(0)
        rise += _move(text, clause, np.int64(cover.owner[clause]), cover.mask[clause], 1, model)
    return rise


@kernel
def take_back(text: Text, clauses: Nodes, template: int, masks: Keys, cover: Cover, model: Model) -> float:
    """Cover some clauses by one template.

    clauses  (n,) int32
    masks    (n,) uint64
    cover    out

    Returns by how much the cost of everything rises, nats.
    """
    rise = 0.0
    for at in range(clauses.size):
        clause = np.int64(clauses[at])
        rise += _move(text, clause, np.int64(cover.owner[clause]), cover.mask[clause], -1, model)
        cover.owner[clause] = template
        cover.mask[clause] = masks[at]
        rise += _move(text, clause, template, masks[at], 1, model)
    return rise
