"""Slow, obvious twins of the kernels that cut text into tokens.  Words are tuples of units, pieces are bytes."""

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TypeAlias

Word: TypeAlias = tuple[int, ...]


def grow(words: Sequence[Word], n_units: int) -> set[Word]:
    """The nodes of a trie of words and of all single units, by the way to them."""
    return {word[:size] for word in words for size in range(1, len(word) + 1)} | {(unit,) for unit in range(n_units)}


def link(nodes: set[Word], node: Word) -> Word:
    """The longest proper end of a node that is a node."""
    return next((node[at:] for at in range(1, len(node)) if node[at:] in nodes), ())


def weigh(counts: Mapping[Word, int], node: Word) -> int:
    return sum(count for word, count in counts.items() if word[: len(node)] == node)


def place(nodes: set[Word], node: Word) -> set[int]:
    """The units that lead from a node to others."""
    return {other[-1] for other in nodes if other[:-1] == node}


def fill(nodes: set[Word], state: Word, unit: int) -> Word:
    """Where the automaton goes: the longest end of what it has read that is a node."""
    read = (*state, unit)
    return read if read in nodes else link(nodes, read)


def list_records(words: Sequence[Word], node: Word) -> list[Word]:
    """The words of two or more units that end a node, the longest first."""
    return [node[at:] for at in range(len(node) - 1) if node[at:] in words]


def to_units(data: bytes, cuts: Sequence[int], alphabet: Sequence[str]) -> list[int]:
    """Bytes are units 1 .. 256, characters of the alphabet the units behind them, a border is 0."""
    found: list[int] = []
    edges = [0, *cuts, len(data)]
    for number, (low, high) in enumerate(pairwise(edges)):
        found += [0] * (number > 0)
        while low < high:
            for size in (4, 3, 2, 1):
                try:
                    character = data[low : min(high, low + size)].decode()
                except UnicodeDecodeError:
                    continue
                if len(character) == 1 and character in alphabet:
                    found.append(257 + alphabet.index(character))
                    low += size
                    break
            else:
                found.append(data[low] + 1)
                low += 1
    return found


def scan(words: Sequence[Word], units: Sequence[int]) -> list[list[Word]]:
    """The words of two or more units that end with each unit, the longest first."""
    ends = [tuple(units[: at + 1]) for at in range(len(units))]
    return [[word for word in sorted(words, key=len, reverse=True) if end[-len(word) :] == word] for end in ends]


def find_paths(cost: Mapping[bytes, float], data: bytes) -> list[bytes]:
    """The cheapest pieces of a text; of two ways that are equally cheap the one with the longer last piece."""
    longest = max(map(len, cost))
    best, last = [0.0], [b""]
    for end in range(1, len(data) + 1):
        ends = [data[start:end] for start in range(max(0, end - longest), end)]  # the longest first
        ways = [(best[end - len(piece)] + cost[piece], piece) for piece in ends if piece in cost]
        found = min(ways, key=lambda way: way[0])
        best.append(found[0])
        last.append(found[1])
    pieces: list[bytes] = []
    end = len(data)
    while end > 0:
        pieces.append(last[end])
        end -= len(last[end])
    return pieces[::-1]


def cut(cost: Mapping[bytes, float], data: bytes) -> list[bytes]:
    return find_paths(cost, data)


def find_paths_in_nats(cost: Mapping[bytes, float], lines: Sequence[bytes]) -> list[bytes]:
    return [piece for line in lines for piece in find_paths(cost, line)]


def list_matches(cost: Mapping[bytes, object], data: bytes) -> list[list[bytes]]:
    """The pieces that end with each byte, the longest first."""
    return [
        [data[start : end + 1] for start in range(end + 1) if data[start : end + 1] in cost] for end in range(len(data))
    ]


def settled(lengths: Sequence[int], last: int, longest: int) -> int:
    """The last place that is on the ways to all places from last - longest to last."""

    def way(place: int) -> set[int]:
        return {0} if place == 0 else {place} | way(place - lengths[place - 1])

    return max(set.intersection(*(way(place) for place in range(max(0, last - longest), last + 1))))


def trace(pieces: Sequence[bytes], borders: Sequence[int]) -> tuple[list[bytes], list[int]]:
    """Pieces and, after how many of them there are borders, how many follow each."""
    return list(pieces), [len(pieces) - border for border in borders]


def to_bytes(pieces: Sequence[bytes]) -> bytes:
    return b"".join(pieces)


def ways(cost: Mapping[bytes, float], data: bytes) -> Iterator[tuple[bytes, ...]]:
    """All ways to cut a text."""
    if not data:
        yield ()
    for size in range(1, len(data) + 1):
        if data[:size] in cost:
            for rest in ways(cost, data[size:]):
                yield (data[:size], *rest)


def sum_paths(cost: Mapping[bytes, float], data: bytes, alpha: float) -> float:
    return math.log(sum(math.exp(-alpha * sum(cost[piece] for piece in way)) for way in ways(cost, data)))


def sample_path(cost: Mapping[bytes, float], data: bytes, alpha: float) -> dict[tuple[bytes, ...], float]:
    """How probable each way is."""
    total = sum_paths(cost, data, alpha)
    return {way: math.exp(-alpha * sum(cost[piece] for piece in way) - total) for way in ways(cost, data)}


def best_paths(cost: Mapping[bytes, int], data: bytes, k: int) -> list[int]:
    """What the k cheapest ways cost."""
    return sorted(sum(cost[piece] for piece in way) for way in ways(cost, data))[:k]


def write_numbers(rows: Sequence[Sequence[int]]) -> bytes:
    return b"".join(" ".join(map(str, row)).encode() + b"\n" for row in rows)


def read_numbers(data: bytes) -> list[int]:
    return [int(word) for word in data.split()]
