"""What fills holes -> classes of fillers: holes that are filled alike share one.

Two classes are merged as long as that makes it cheaper to send what fills their holes, the pair first that saves most:
agglomeration by the loss of information, as in the information bottleneck (Slonim & Tishby 1999), but by description
length, so that it ends by itself.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from math import lgamma, log

# Holes that are compared, those with most fillers: each is compared with each.
_MOST_HOLES = 200
_NAMED = 3

Counts = Mapping[str, int]


def merging_gain(a: Counts, b: Counts, costs: Mapping[str, float]) -> float:
    """Nats saved by sending two tables of fillers as one; the code is that of `minent.kernels.covering`.

    costs  what it costs to spell each filler
    """
    shared = a.keys() & b.keys()
    size_a, size_b = sum(a.values()), sum(b.values())
    saved = _draws(size_a, len(a)) + _draws(size_b, len(b)) - _draws(size_a + size_b, len(a) + len(b) - len(shared))
    return saved + sum(
        _kind(a[each]) + _kind(b[each]) - _kind(a[each] + b[each]) + costs[each] for each in sorted(shared)
    )


def _draws(n: int, t: int) -> float:
    return lgamma(n + 1) + t * log(2) - lgamma(t + 2)


def _kind(c: int) -> float:
    return lgamma(0.5) - lgamma(c - 0.5)


def find_classes(holes: Sequence[Counts], costs: Mapping[str, float]) -> list[list[int]]:
    """Return the holes that share a class, all holes in some class.

    holes  what fills each, and how often
    """
    order = sorted(range(len(holes)), key=lambda hole: (-sum(holes[hole].values()), hole))
    members = {hole: [hole] for hole in order}
    tables = {hole: dict(holes[hole]) for hole in order[:_MOST_HOLES]}
    gains = {pair: merging_gain(tables[pair[0]], tables[pair[1]], costs) for pair in combinations(sorted(tables), 2)}
    while gains:
        pair = max(gains, key=lambda each: (gains[each], -each[0], -each[1]))
        if gains[pair] <= 0:
            break
        kept, gone = pair
        for filler, count in tables.pop(gone).items():
            tables[kept][filler] = tables[kept].get(filler, 0) + count
        members[kept] += members.pop(gone)
        gains = {each: gain for each, gain in gains.items() if gone not in each and kept not in each}
        for other in sorted(tables):
            if other != kept:
                each = (min(kept, other), max(kept, other))
                gains[each] = merging_gain(tables[each[0]], tables[each[1]], costs)
    return [sorted(each) for each in sorted(members.values())]


def class_name(tables: Iterable[Counts]) -> str:
    """The commonest fillers of the holes of a class; empty if nothing fills them twice."""
    total: dict[str, int] = {}
    for table in tables:
        for filler, count in table.items():
            total[filler] = total.get(filler, 0) + count
    named = sorted((filler for filler, count in total.items() if count > 1), key=lambda each: (-total[each], each))
    return "/".join(named[:_NAMED])
