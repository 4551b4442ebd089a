"""Slow, obvious twins of the kernels that mine templates; `naive` has them all."""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, pairwise
from typing import NamedTuple

from naive_phrases import Unit

Clause = Sequence[int]


def number_clauses(units: list[Unit], spaced: bool, marks: bool) -> list[list[str]]:
    """The words of each clause; an empty clause where several ends stand in a row, or at the end of the text."""
    clauses: list[list[str]] = [[]]
    i = 0
    while i < len(units):
        unit = units[i]
        is_space = unit.characters.isspace()
        if not unit.code and (is_space and "\n" not in unit.characters):
            i += 1
            continue
        if not unit.code and (not marks or "\n" in unit.characters):
            clauses.append([])
            i += 1
            continue
        word = unit.characters if unit.code != "0" else "0"
        i += 1
        while unit.code and i < len(units):
            after = units[i]
            if after.code and (spaced or not after.begins):
                word += after.characters if after.code != "0" else "0"
                i += 1
            elif not after.code and spaced and not marks and i + 1 < len(units) and units[i + 1].code:
                if len(after.characters) > 1 or after.characters.isspace():
                    break
                word += after.characters + (units[i + 1].characters if units[i + 1].code != "0" else "0")
                i += 2
            else:
                break
        clauses[-1].append(word)
    return clauses


def hash_clauses(clauses: Sequence[Clause]) -> list[int]:
    """The first clause that is equal to each."""
    return [list(map(tuple, clauses)).index(tuple(clause)) for clause in clauses]


def tally_pairs(clauses: Sequence[Clause], window: int, frequent: int) -> Counter[tuple[int, int, bool]]:
    found: Counter[tuple[int, int, bool]] = Counter()
    for clause in clauses:
        if clause:
            found.update([(0, clause[0], False), (clause[-1], 0, False)])
        for i, first in enumerate(clause):
            found.update((first, clause[j], j > i + 1) for j in range(i + 1, min(i + window + 1, len(clause))))
    return Counter({pair: n for pair, n in found.items() if max(pair[:2]) <= frequent})


def enter_pairs(levels: Mapping[int, int]) -> dict[int, int]:
    return dict(levels)


def move_pairs(counts: Mapping[int, int]) -> dict[int, int]:
    return dict(counts)


def number_neighbours(clauses: Sequence[Clause], words: int) -> list[int]:
    """The number of each word and the one before it, numbered from `words` on as they come."""
    known: dict[tuple[int, int], int] = {}
    return [known.setdefault(pair, words + len(known)) for clause in clauses for pair in pairwise([0, *clause])]


def masks_of(size: int) -> Iterator[tuple[int, ...]]:
    for words in range(1, size + 1):
        yield from combinations(range(size), words)


def propose(
    clause: Clause, window: int, pairs: Mapping[tuple[int, int, bool], int], words: Sequence[int], nats: Sequence[float]
) -> dict[int, set[int]]:
    """Level -> the masks of all sets of words that are worth most of those that hold together at it."""

    def strength(places: tuple[int, ...]) -> int:
        levels = [words[clause[place]] for place in places]
        if places[0] == 0:
            levels.append(pairs.get((0, clause[0], False), 0))
        if places[-1] == len(clause) - 1:
            levels.append(pairs.get((clause[-1], 0, False), 0))
        for a, b in pairwise(places):
            levels.append(pairs.get((clause[a], clause[b], b > a + 1), 0) if b - a <= window else 0)
        return min(levels)

    every = {places: strength(places) for places in masks_of(len(clause))}
    worth = {places: sum(nats[clause[place]] for place in places) for places in every}
    found = {}
    for least in {*words, *pairs.values()} - {0}:
        best = [places for places, level in every.items() if level >= least]
        most = max((worth[places] for places in best), default=0.0)
        found[least] = {sum(1 << place for place in places) for places in best if abs(worth[places] - most) < 1e-9}
    return {least: masks for least, masks in found.items() if masks}


def template_of(clause: Clause, mask: int) -> tuple[int, ...]:
    """Its words, -1 for a hole."""
    parts: list[int] = []
    for place, word in enumerate(clause):
        if mask >> place & 1:
            parts.append(word)
        elif parts[-1:] != [-1]:
            parts.append(-1)
    return tuple(parts)


def enter_templates(templates: Sequence[tuple[int, ...]]) -> int:
    """How many beginnings there are, the empty one too."""
    beginnings = {()}
    for template in templates:
        words = [(part, place > 0 and template[place - 1] == -1) for place, part in enumerate(template) if part != -1]
        beginnings |= {tuple(words[:size]) for size in range(1, len(words) + 1)}  # type: ignore[arg-type]
    return len(beginnings)


def match_clauses(clause: Clause, templates: Sequence[tuple[int, ...]]) -> dict[int, set[int]]:
    """Template, from 1 on -> all masks that make it of the clause."""
    masks = {mask: template_of(clause, mask) for mask in range(1, 1 << len(clause))}
    found = {number: {mask for mask in masks if masks[mask] == each} for number, each in enumerate(templates, 1)}
    return {number: masks for number, masks in found.items() if masks}


def write_fillers(clauses: Sequence[Clause], masks: Sequence[int], first: Sequence[int]) -> list[tuple[int, list[int]]]:
    """Number of each hole, and the words in it."""
    found = []
    for clause, mask, hole in zip(clauses, masks, first, strict=True):
        rows: list[tuple[int, list[int]]] = []
        for place, word in enumerate(clause):
            if mask >> place & 1:
                continue
            if place and not mask >> (place - 1) & 1:
                rows[-1][1].append(word)
            else:
                rows.append((hole + len(rows), [word]))
        found += rows
    return found


class World(NamedTuple):
    """What is known before clauses are covered.

    templates  how many holes each has, and what it costs to spell; 0 and 1 are no templates
    """

    clauses: list[list[int]]
    times: list[int]
    templates: list[tuple[int, float]]
    nats: list[float]
    free: float

    def draws(self, clause: int, template: int, mask: int) -> list[tuple[object, int, float]]:
        """Urn, kind, what the kind costs to spell: all that is drawn for a clause, but for words of template 0."""
        found: list[tuple[object, int, float]] = [("template", template, self.templates[template][1])]
        if template == 0:
            return found
        for hole, words in write_fillers([self.clauses[clause]], [mask], [0]):
            found.append((("first", template, hole), words[0], self.nats[words[0]]))
            found += [(("after", a), b, self.nats[b]) for a, b in pairwise([*words, 0])]
        return found

    def fixed_cost(self, clause: int, template: int) -> float:
        if template == 0:
            return self.nats[0] + sum(self.nats[word] for word in self.clauses[clause])
        return self.free if template == 1 else 0.0


Cover = list[tuple[int, int]]


def cover_all(world: World, cover: Cover, among: Sequence[int] | None = None) -> float:
    """One draw after the other, from urns: (c - 1/2)/(n + 1) for what was drawn before, else (1 + t/2)/(n + 1)."""
    urns: dict[object, Counter[int]] = {}
    cost = 0.0
    for clause in range(len(cover)) if among is None else among:
        for _ in range(world.times[clause]):
            cost += world.fixed_cost(clause, cover[clause][0])
            for urn, kind, spelling in world.draws(clause, *cover[clause]):
                seen = urns.setdefault(urn, Counter())
                cost += _price(seen, kind, spelling)
                seen[kind] += 1
    return cost


def _price(seen: Counter[int], kind: int, spelling: float) -> float:
    drawn = seen[kind] - 0.5 if seen[kind] else (1 + len(+seen) / 2) * math.exp(-spelling)
    return math.log((seen.total() + 1) / drawn)


def move_keys(counts: Mapping[int, int]) -> dict[int, int]:
    return {key: count for key, count in counts.items() if count}


def try_templates(
    world: World, groups: Sequence[Sequence[tuple[int, int]]], weight: Sequence[float], cover: Cover, worth: float
) -> Cover:
    """Groups: for each template, from number 2 on, clauses and masks."""
    for template, group in enumerate(groups, 2):
        if any(owner == template for owner, _ in cover):
            continue
        tried = list(cover)
        seen = set()
        for clause, mask in group:
            if clause not in seen and weight[cover[clause][0]] < weight[template]:
                tried[clause] = (template, mask)
            seen.add(clause)
        left = {owner for owner, _ in tried} | {0, 1}
        changed = [clause for clause in range(len(cover)) if tried[clause] != cover[clause]]
        taken = sum(world.times[clause] for clause in changed if cover[clause][0] in left)
        if cover_all(world, tried) - cover_all(world, cover) < -worth * taken:
            cover = tried
    return cover


def _cheapest(world: World, clause: int, options: Cover, cover: Cover, *, others: bool) -> tuple[int, int]:
    """The option at the least price, the clauses that `cover` has counted, but for this one if `others`, counted."""
    urns: dict[object, Counter[int]] = {}
    for each in range(len(cover)):
        if each != clause or not others:
            for urn, kind, _ in world.draws(each, *cover[each]):
                urns.setdefault(urn, Counter())[kind] += world.times[each]
    prices = []
    for template, mask in [(0, 0), (1, 0), *options]:
        draws = world.draws(clause, template, mask)
        price = world.fixed_cost(clause, template)
        prices.append(price + sum(_price(urns.get(urn, Counter()), kind, spelling) for urn, kind, spelling in draws))
    return [(0, 0), (1, 0), *options][prices.index(min(prices))]


def assign(world: World, matches: Sequence[Cover], dropped: Sequence[int], cover: Cover, *, every: bool) -> Cover:
    cover = list(cover)
    for clause in range(len(cover)):
        if not every and not matches[clause]:
            continue
        options = [each for each in matches[clause] if not dropped[each[0]]]
        cover[clause] = _cheapest(world, clause, options, cover, others=True)
    return cover


def give_away(
    world: World, matches: Sequence[Cover], clauses: Sequence[int], to: int, dropped: Sequence[int], cover: Cover
) -> Cover:
    cover = list(cover)
    for clause in clauses:
        wanted = [each for each in matches[clause] if each[0] == to]
        options = [each for each in matches[clause] if not dropped[each[0]]]
        cover[clause] = wanted[-1] if wanted else _cheapest(world, clause, options, cover, others=True)
    return cover


def take_back(cover: Cover, clauses: Sequence[int], template: int, masks: Sequence[int]) -> Cover:
    given = dict(zip(clauses, masks, strict=True))
    return [(template, given[clause]) if clause in given else each for clause, each in enumerate(cover)]
