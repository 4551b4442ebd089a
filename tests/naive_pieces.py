"""Slow, obvious twins of the kernels that train tokenizers; `naive` has them all."""

import itertools
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

Gram: TypeAlias = tuple[int, ...]
# Symbols, price, number.
Priced: TypeAlias = tuple[Gram, int, int]

# symbols -------------------------------------------------------------------------------------------------------------


def count_characters(text: str) -> Counter[int]:
    return Counter(map(ord, text))


def number_text(
    text: str, number_of: Mapping[str, int], *, alone: str, borders: str, longest: int, own: bool
) -> list[list[int]]:
    """The blocks of a text, as symbols: bytes where a character has no number."""
    blocks: list[list[int]] = [[]]
    before = ""
    for character in text:
        lone = character in alone + borders
        ends_line = before == "\n" and character != "\n"
        if own and before:
            ends_line = (before == "\n") != (character == "\n")
        if lone or before in tuple(alone + borders) or ends_line or len(blocks[-1]) + 4 > longest:
            blocks.append([])
        if character not in borders:
            number = number_of.get(character)
            blocks[-1] += [byte + 1 for byte in character.encode()] if number is None else [number]
        before = character
    return [block for block in blocks if block]


def block_hash(text: str) -> int:
    """The 63 bits that decide whether a block is in a sample."""
    return _hash(map(ord, text), -7046029254386353131 % 2**64)


def _hash(numbers: Iterable[int], mixed: int) -> int:
    for number in numbers:
        mixed = (mixed ^ number) * 0x9E3779B97F4A7C15 % 2**64
        mixed ^= mixed >> 29
    return mixed % 2**63


def thin_blocks(stretches: Sequence[Sequence[Sequence[int]]], threshold: int) -> list[list[Sequence[int]]]:
    """The blocks of each stretch whose hash, with the border behind them, is low."""
    return [
        [block for block in stretch if _hash([*block, 0], 0xCBF29CE484222325) <= threshold] for stretch in stretches
    ]


# pieces --------------------------------------------------------------------------------------------------------------


def place_nodes(pieces: Sequence[Gram]) -> dict[Gram, int]:
    """Every beginning of a piece, and the number of the piece if it is one, else -1."""
    beginnings = {piece[:length] for piece in pieces for length in range(len(piece) + 1)}
    return {beginning: pieces.index(beginning) if beginning in pieces else -1 for beginning in beginnings}


def cuts(block: Gram, pieces: Sequence[Priced]) -> Iterator[list[Priced]]:
    """All ways to make a block of pieces."""
    if not block:
        yield []
    for piece in pieces:
        if block[: len(piece[0])] == piece[0]:
            for rest in cuts(block[len(piece[0]) :], pieces):
                yield [piece, *rest]


def total(cut: Sequence[Priced]) -> int:
    return sum(price for _, price, _ in cut)


def cut_pieces(block: Gram, pieces: Sequence[Priced]) -> list[Priced]:
    """The cheapest cut; of several that with the longest last piece, then the longest before, and the least number."""
    return min(cuts(block, pieces), key=lambda cut: (total(cut), [(-len(p[0]), p[2]) for p in reversed(cut)]))


def places(cut: Sequence[Priced]) -> list[tuple[int, int]]:
    """Where each piece begins, and its number."""
    return [(sum(len(before[0]) for before in cut[:place]), piece[2]) for place, piece in enumerate(cut)]


def price_pieces(blocks: Sequence[Gram], pieces: Sequence[Priced], most: int) -> tuple[Counter[int], Counter[int]]:
    """How often each piece is used, and what the cheapest cuts without it cost more, and one each, `most` in all."""
    counts: Counter[int] = Counter()
    saved: Counter[int] = Counter()
    for block in blocks:
        best = cut_pieces(block, pieces)
        for place in places(best):
            counts[place[1]] += 1
            others = [total(cut) for cut in cuts(block, pieces) if place not in places(cut)]
            if others:
                saved[place[1]] += min(others) - total(best) + 1
    return counts, Counter({number: min(most, sum_) for number, sum_ in saved.items()})


def pair_pieces(blocks: Sequence[Sequence[int]], widths: Mapping[int, int], longest: int) -> list[tuple[int, int]]:
    """Neighbours that may be one piece."""
    pairs = [pair for block in blocks for pair in itertools.pairwise(block)]
    return [(a, b) for a, b in pairs if widths[a] and widths[b] and widths[a] + widths[b] <= longest]


def sort_pairs(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    return sorted(pairs, key=lambda pair: pair[0])


def add_pairs(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Pairs and their counts, one of each, in order."""
    return [(key, min(2**24 - 1, sum(count for pair, count in pairs if pair == key))) for key in sorted(dict(pairs))]


def join_pieces(pieces: Sequence[Gram], pairs: Sequence[tuple[int, int]]) -> list[Gram]:
    return [pieces[first] + pieces[second] for first, second in pairs]


# precut --------------------------------------------------------------------------------------------------------------


def cut_by_model(block: bytes, score: Mapping[bytes, float], order: int, *, unicode: bool) -> list[bytes]:
    """The block cut at the best states; score is ln p of the last byte of an n-gram, given the others."""
    before: list[float] = []
    back: list[list[int]] = []
    for at in range(len(block)):
        here, froms = [], []
        for state in range(order):
            own = score.get(block[at - state : at + 1], -math.inf) if state <= at else -math.inf
            if state == 0 and unicode and 0x80 <= block[at] < 0xC0:
                own = -math.inf
            ways = {
                other: before[other] + own
                for other in range(order)
                if at and (state == 0 or state == min(other + 1, order - 1))
            }
            best = max(ways.values(), default=own)
            here.append(best)
            froms.append(0 if best == -math.inf else min((o for o in ways if ways[o] == best), default=0))
        before = here
        back.append(froms)
    state = before.index(max(before))
    begins = []
    for at in range(len(block) - 1, -1, -1):
        if state == 0:
            begins.append(at)
        state = back[at][state]
    ends = [*sorted(begins)[1:], len(block)]
    return [block[low:high] for low, high in zip(sorted(begins), ends, strict=True)]


def count_cut(blocks: Sequence[Sequence[Gram]]) -> Counter[Gram]:
    return Counter(piece for block in blocks for piece in block)


def fill_slots(hashes: Sequence[int], size: int) -> list[int]:
    """A table with open addressing: each number at the first free slot from where its hash says."""
    slots = [-1] * size
    for number, mixed in enumerate(hashes):
        at = (mixed >> 8) % size
        while slots[at] >= 0:
            at = (at + 1) % size
        slots[at] = number
    return slots


def split_pieces(pieces: Mapping[Gram, int], into: Sequence[Gram], score: Sequence[float]) -> Counter[int]:
    """How often each of `into` occurs in pieces, with how often they do."""
    priced = [(piece, -value, number) for number, (piece, value) in enumerate(zip(into, score, strict=True))]
    counts: Counter[int] = Counter()
    for piece, weight in pieces.items():
        for _, _, number in cut_pieces(piece, priced):  # type: ignore[arg-type]
            counts[number] += weight
    return counts
