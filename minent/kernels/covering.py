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

An urn is what words, or templates, are drawn from: urn 0 for the first word of template 1, urn v for what follows word
v, urn w for templates, urns from w + 1 on for the first words of the holes of the other templates.  What may be drawn
has a code: of pairs of words their number, else urn << 32 | kind.
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
    pairs: Nodes  # (n,) int32: number, from w on, of each word together with the one before it, 0 at the border
    spelled: Nats  # (c,) float64: what each clause costs word by word, with its end


class Model(NamedTuple):
    """What is counted; changed in place.  Pairs below w are those of a word and 0, the end of a hole."""

    pairs: Counts  # (p,) int64: how often each pair is drawn
    words: Nodes  # (p, 2) int32: of each pair
    keys: Offsets  # (m,) int64: codes of other words that are drawn; 0 = empty; m a power of two
    counts: Counts  # (m,) int64: how often
    used: Counts  # (t,) int64: clauses of each template
    urns: Counts  # (h, 2) int64: how much is drawn from each, and how many kinds
    first: Counts  # (t + 1,) int64: urn of the first hole of each template, of one after the last; -1 for template 0
    store: Nats  # (t,) float64: nats that it costs to spell each template
    nats: Nats  # (w,) float64: what it costs to spell each word
    free: Nats  # (1,) float64: what a clause of template 1 costs beside its words
    totals: Counts  # (1,) int64: keys


class Work(NamedTuple):
    """Draws that are weighed; nothing between two calls."""

    keys: Offsets  # (m,) int64: codes, -1 = empty; m a power of two
    times: Counts  # (m,) int64: how often each is drawn more
    slots: Nodes  # (m / 2,) int32: those in use
    urns: Counts  # (h, 2) int64: how much more is drawn from each, and how many more kinds
    touched: Nodes  # (m / 2,) int32: urns from which something is drawn
    sizes: Counts  # (2,) int64: slots in use, slots that may be used - 1


class Cover(NamedTuple):
    """Which template each clause is made from; changed in place."""

    owner: Nodes  # (c,) int32
    mask: Keys  # (c,) uint64


class Proposals(NamedTuple):
    """Templates and clauses that they could cover."""

    clause: Nodes  # (r,) int32: different for each template
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
    if abs(times) == 1:
        return np.log(x) if times > 0 else -np.log(x - 1.0)
    return 0.0 if times == 0 else _log_gamma(x + times) - _log_gamma(x)


@kernel
def _kind_rise(c: int, times: int) -> float:
    """By how much a kind gets dearer that is drawn more often, or less often, than c times, but for its spelling."""
    if c == 0:
        return 0.5723649429247001 - _log_gamma(times - 0.5) if times > 1 else 0.0
    if c + times == 0:
        return _log_gamma(c - 0.5) - 0.5723649429247001 if c > 1 else 0.0
    return -_gamma_rise(c - 0.5, times)


@kernel
def _draw(text: Text, clause: int, at: int, mask: int, urn: int) -> int:
    """The code of what is drawn for word `at` of a clause, or behind the last: -1 for nothing.

    urn  of the next hole, -1 if no words are drawn
    """
    low = text.starts[clause]
    inside = low + at < text.starts[clause + 1] and (mask >> np.uint64(at)) & np.uint64(1) == 0
    if at > 0 and urn >= 0 and (mask >> np.uint64(at - 1)) & np.uint64(1) == 0:
        return np.int64(text.pairs[low + at]) if inside else np.int64(text.ids[low + at - 1])
    if not inside or urn < 0:
        return -1
    return np.int64(text.pairs[low]) if urn == 0 else urn << 32 | np.int64(text.ids[low + at])


@kernel
def _find(model: Model, code: int) -> int:
    """Where a code stands among the keys, or would stand."""
    mask = np.uint64(model.keys.size - 1)
    at = np.uint64(code) * np.uint64(0x9E3779B97F4A7C15)
    at = (at ^ (at >> np.uint64(29))) & mask
    while model.keys[at] != 0 and model.keys[at] != code:
        at = (at + np.uint64(1)) & mask
    return np.int64(at)


@kernel
def _look(model: Model, code: int) -> tuple[int, int, float]:
    """How often something is drawn, from what, and what it costs the first time, beside the draw."""
    if code >> 32 == 0:
        return model.pairs[code], np.int64(model.words[code, 0]), model.nats[model.words[code, 1]]
    urn, kind = code >> 32, code & 0xFFFFFFFF
    if urn == model.nats.size:
        return model.used[kind], urn, model.store[kind]
    return model.counts[_find(model, code)], urn, model.nats[kind]


@kernel
def _count(model: Model, code: int, times: int) -> None:
    """Draw something so many times more, unless it is nothing."""
    if code < 0:
        return
    if code >> 32 == 0:
        before = model.pairs[code]
        model.pairs[code] = before + times
    elif code >> 32 == model.nats.size:
        before = model.used[code & 0xFFFFFFFF]
        model.used[code & 0xFFFFFFFF] = before + times
    else:
        at = _find(model, code)
        if model.keys[at] == 0:
            model.keys[at] = code
            model.totals[0] += 1
        before = model.counts[at]
        model.counts[at] = before + times
    urn = np.int64(model.words[code, 0]) if code >> 32 == 0 else code >> 32
    model.urns[urn, 0] += times
    model.urns[urn, 1] += np.int64(before == 0) - np.int64(before + times == 0)


@kernel
def _move(text: Text, clause: int, template: int, mask: int, sign: int, model: Model) -> None:
    """Cover a clause with a template, or with sign -1 no longer."""
    times = sign * text.times[clause]
    _count(model, model.nats.size << 32 | template, times)
    urn = model.first[template]
    for at in range(text.starts[clause + 1] - text.starts[clause] + 1):
        code = _draw(text, clause, at, mask, urn)
        urn += code >> 32 > 0
        _count(model, code, times)


@kernel
def cover_all(text: Text, cover: Cover, model: Model, begin: int) -> int:
    """Count clauses as they are covered, from clause `begin` on, none of which the model has counted.

    Returns how many clauses are done: less than all when the keys of the model get too many.
    """
    for clause in range(begin, text.times.size):
        if 2 * (model.totals[0] + 64) > model.keys.size:
            return clause
        _move(text, clause, np.int64(cover.owner[clause]), cover.mask[clause], 1, model)
    return text.times.size


@kernel
def move_keys(old: Model, model: Model) -> None:
    """Enter the words that are still in a hole of the old model into a new one, whose keys are empty (out)."""
    for at in range(old.keys.size):
        if old.keys[at] != 0 and old.counts[at] > 0:
            place = _find(model, old.keys[at])
            model.keys[place] = old.keys[at]
            model.counts[place] = old.counts[at]
            model.totals[0] += 1


@kernel
def _collect(work: Work, code: int, times: int) -> None:
    """Note that something is drawn so many times more, unless it is nothing."""
    if code < 0:
        return
    mask = np.uint64(work.sizes[1])
    at = np.uint64(code) * np.uint64(0x9E3779B97F4A7C15)
    at = (at ^ (at >> np.uint64(29))) & mask
    while work.keys[at] != code:
        if work.keys[at] < 0:
            work.keys[at] = code
            work.slots[work.sizes[0]] = at
            work.sizes[0] += 1
            break
        at = (at + np.uint64(1)) & mask
    work.times[at] += times


@kernel
def _collect_change(
    text: Text, clause: int, mask: int, urn: int, new_mask: int, new_urn: int, times: int, work: Work
) -> None:
    """Note what is drawn for a clause under a new mask, and no longer under the old one."""
    size = text.starts[clause + 1] - text.starts[clause]
    inside = ~np.uint64(mask) if urn >= 0 else np.uint64(0)
    new_inside = ~np.uint64(new_mask) if new_urn >= 0 else np.uint64(0)
    one = np.uint64(1)
    changed = inside ^ new_inside
    changed |= changed << one | (inside & ~(inside << one)) | (new_inside & ~(new_inside << one))
    for at in range(size + 1):
        if at < size and (changed >> np.uint64(at)) & one == 0:
            continue
        old = _draw(text, clause, at, mask, urn)
        new = _draw(text, clause, at, new_mask, new_urn)
        urn += old >> 32 > 0
        new_urn += new >> 32 > 0
        if old != new:
            _collect(work, old, -times)
            _collect(work, new, times)


@kernel
def _collect_move(
    text: Text, clause: int, cover: Cover, template: int, mask: int, times: int, model: Model, work: Work
) -> float:
    """Note what is drawn for a clause with a new template.  Returns by how much the cost rises beside that."""
    owner = np.int64(cover.owner[clause])
    _collect(work, model.nats.size << 32 | owner, -times)
    _collect(work, model.nats.size << 32 | template, times)
    urn, new_urn = model.first[owner], model.first[template]
    _collect_change(text, clause, cover.mask[clause], urn, mask, new_urn, times, work)
    flat = text.spelled[clause] * (np.int64(template == 0) - np.int64(owner == 0))
    return times * (flat + model.free[0] * (np.int64(template == 1) - np.int64(owner == 1)))


@kernel
def _weigh(model: Model, work: Work, worth: float) -> float:
    """By how much the cost would rise if what is noted were drawn, less the worth of templates that lose all."""
    rise = 0.0
    touched = 0
    for row in range(work.sizes[0]):
        code, times = work.keys[work.slots[row]], work.times[work.slots[row]]
        before, urn, spelled = _look(model, code)
        kinds = np.int64(before == 0) - np.int64(before + times == 0)
        rise += _kind_rise(before, times) + kinds * spelled
        rise -= worth * before if kinds < 0 and urn == model.nats.size and code & 0xFFFFFFFF > 1 else 0.0
        if work.urns[urn, 0] == 0 and work.urns[urn, 1] == 0:
            work.touched[touched] = urn
            touched += 1
        work.urns[urn, 0] += times
        work.urns[urn, 1] += kinds
    for row in range(touched):
        urn = np.int64(work.touched[row])
        rise += _gamma_rise(model.urns[urn, 0] + 1.0, work.urns[urn, 0])
        # The sum of ln(1 + k / 2).
        rise -= _gamma_rise(model.urns[urn, 1] + 2.0, work.urns[urn, 1]) - 0.6931471805599453 * work.urns[urn, 1]
        work.urns[urn, 0], work.urns[urn, 1] = 0, 0
    return rise


@kernel
def _close(model: Model, work: Work, taken: bool) -> None:
    """Draw what is noted if it is taken, and forget it."""
    for row in range(work.sizes[0]):
        at = work.slots[row]
        if taken and work.times[at]:
            _count(model, work.keys[at], work.times[at])
        work.keys[at] = -1
        work.times[at] = 0
    work.sizes[0] = 0


@kernel
def _open(work: Work, draws: int) -> None:
    """Use as many slots as so many draws take, or all: a few slots are soon read."""
    size = 1024
    while size < 2 * draws and size < work.keys.size:
        size *= 2
    work.sizes[1] = size - 1


@kernel
def _collect_group(
    text: Text, proposals: Proposals, group: int, cover: Cover, model: Model, work: Work, worth: float
) -> float:
    """Note what is drawn if a template takes its clauses; returns what it costs beside that, nan if work is full."""
    template = group + 2
    rise = 0.0
    for row in range(proposals.group[group], proposals.group[group + 1]):
        clause = np.int64(proposals.clause[row])
        if proposals.weight[cover.owner[clause]] < proposals.weight[template]:
            if 2 * (work.sizes[0] + 264) > work.sizes[1]:
                _close(model, work, False)
                return np.nan
            times = text.times[clause]
            rise += worth * times
            rise += _collect_move(text, clause, cover, template, proposals.mask[row], times, model, work)
    return rise


@kernel
def try_templates(
    text: Text, proposals: Proposals, cover: Cover, model: Model, work: Work, begin: int, worth: float, rises: Nats
) -> int:
    """Take templates, one after the other, that make everything cheaper.

    A template takes all its clauses from templates whose fixed words weigh less, or none; one that is in use is left
    alone.

    work     room for what is drawn for any template's clauses
    begin    number of the first group to try
    worth    nats that a template must save for each clause it takes, unless from one that loses all
    rises    (k,) float64 out: by how much each raises the cost; one at inf is not tried

    Returns how many groups are done: less than all when the keys of the model, or the room, may not suffice.
    """
    for group in range(begin, proposals.group.size - 1):
        template = group + 2
        if model.used[template] > 0 or rises[group] == np.inf:
            continue
        low, high = proposals.group[group], proposals.group[group + 1]
        if 2 * (model.totals[0] + (high - low) * (model.first[template + 1] - model.first[template])) > model.keys.size:
            return group
        draws = 6 * (high - low) + 264
        rise = np.nan
        while np.isnan(rise):
            if 2 * draws > work.keys.size:
                return group
            _open(work, draws)
            rise = _collect_group(text, proposals, group, cover, model, work, worth)
            draws *= 2
        rises[group] = rise + _weigh(model, work, worth)
        _close(model, work, rises[group] < 0.0)
        for row in range(low, high if rises[group] < 0.0 else low):
            clause = np.int64(proposals.clause[row])
            if proposals.weight[cover.owner[clause]] < proposals.weight[template]:
                cover.owner[clause] = template
                cover.mask[clause] = proposals.mask[row]
    return proposals.group.size - 1


@kernel
def _price(text: Text, clause: int, template: int, mask: int, model: Model) -> float:
    """What one more such clause costs, each word at its price before."""
    cost = text.spelled[clause] if template == 0 else model.free[0] * np.int64(template == 1)
    odds = 1.0
    urn = model.first[template]
    for at in range(-1, text.starts[clause + 1] - text.starts[clause] + 1):
        code = model.nats.size << 32 | template if at < 0 else _draw(text, clause, at, mask, urn)
        if code < 0:
            continue
        urn += at >= 0 and code >> 32 > 0
        before, place, spelled = _look(model, code)
        odds *= (model.urns[place, 0] + 1.0) / (before - 0.5 if before > 0 else 1.0 + 0.5 * model.urns[place, 1])
        if before == 0:
            cost += spelled
        if odds > 1e200:
            cost += np.log(odds)
            odds = 1.0
    return cost + np.log(odds)


@kernel
def _cheapest(text: Text, clause: int, matches: Matches, dropped: Nodes, model: Model) -> int:
    """The row of the match that covers a clause at the least price, -1 for template 1, -2 for template 0."""
    best = _price(text, clause, 0, np.uint64(0), model)
    row = -2
    price = _price(text, clause, 1, np.uint64(0), model)
    if price < best:
        best, row = price, -1
    for each in range(matches.starts[clause], matches.starts[clause + 1]):
        template = np.int64(matches.template[each])
        if not dropped[template]:
            price = _price(text, clause, template, matches.mask[each], model)
            if price < best:
                best, row = price, each
    return row


@kernel
def assign(
    text: Text, matches: Matches, dropped: Nodes, cover: Cover, model: Model, every: bool, fixed: bool, begin: int
) -> int:
    """Cover each clause by the template that costs least, as things stand.

    dropped  (t,) int32: 1 for a template that covers nothing
    cover    out
    every    whether clauses that no template could cover choose between templates 0 and 1; else they stay as they are
    fixed    whether the model stays as it is: the clauses are none of those it has counted
    begin    first clause

    Returns how many clauses are done: less than all when the keys of the model get too many.
    """
    for clause in range(begin, text.times.size):
        if not every and matches.starts[clause] == matches.starts[clause + 1]:
            continue
        if not fixed:
            if 2 * (model.totals[0] + 64) > model.keys.size:
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
    text: Text, matches: Matches, clauses: Nodes, to: int, dropped: Nodes, cover: Cover, model: Model, work: Work
) -> float:
    """Cover some clauses by other templates.

    clauses  (n,) int32
    to       the template to take wherever it could be; else, or if it is 0, that which costs least as things stand
    dropped  (t,) int32: 1 for a template that covers nothing
    cover    out
    work     room for twice as many draws as the clauses have

    Returns by how much the cost of everything rises, nats.
    """
    rise = 0.0
    _open(work, 132 * clauses.size)
    for i in range(clauses.size):
        clause = np.int64(clauses[i])
        _move(text, clause, np.int64(cover.owner[clause]), cover.mask[clause], -1, model)
        row = -3
        for each in range(matches.starts[clause], matches.starts[clause + 1]):
            if matches.template[each] == to:
                row = each
        if row < 0:
            row = _cheapest(text, clause, matches, dropped, model)
        template = np.int64(matches.template[row]) if row >= 0 else 2 + row
        mask = matches.mask[row] if row >= 0 else np.uint64(0)
        _move(text, clause, template, mask, 1, model)
        # The way back, as the model has gone forward.
        rise -= _collect_move(text, clause, cover, template, mask, -text.times[clause], model, work)
        cover.owner[clause] = template
        cover.mask[clause] = mask
    rise -= _weigh(model, work, 0.0)
    _close(model, work, False)
    return rise


@kernel
def take_back(text: Text, clauses: Nodes, template: int, masks: Keys, cover: Cover, model: Model, work: Work) -> float:
    """Cover some clauses by one template.

    clauses  (n,) int32
    masks    (n,) uint64
    cover    out
    work     room for twice as many draws as the clauses have

    Returns by how much the cost of everything rises, nats.
    """
    rise = 0.0
    _open(work, 132 * clauses.size)
    for i in range(clauses.size):
        clause = np.int64(clauses[i])
        rise += _collect_move(text, clause, cover, template, masks[i], text.times[clause], model, work)
        cover.owner[clause] = template
        cover.mask[clause] = masks[i]
    rise += _weigh(model, work, 0.0)
    _close(model, work, True)
    return rise
