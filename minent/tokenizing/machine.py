"""Vocabulary -> tables that the kernels cut text with, made anew at each start: quicker than reading them."""

import math
from typing import NamedTuple

import numpy as np

from minent.errors import CapacityError
from minent.kernels import automaton, tokens
from minent.types import Bytes, Counts, Keys, Nodes, Offsets, Symbols
from minent.vocabulary import Vocabulary, joins_digit

_FIRST_CHARACTER = 257  # units below are the border and the bytes
_MAX_UNITS = 0xFF00
_MAX_SLOTS = 1 << 24
_MAX_RECORDS = 1 << 21
_MAX_BITS = 20


class Tables(NamedTuple):
    """What the kernels need to cut text.

    code_of  (0x110000,) uint16: unit of each character that is one; (0,) if units are bytes
    bits     costs are multiples of 2^-bits nats
    """

    machine: tokens.Machine
    prices: tokens.Prices
    code_of: Symbols
    bits: int


def build(vocabulary: Vocabulary, *, characters: bool) -> Tables:
    """Compile the pieces that the vocabulary's own rules can ever use.

    characters  whether units are whole characters if all pieces are; that is quicker, and no path goes through the
                middle of a character that is a piece

    Raises CapacityError if the pieces do not fit the tables.
    """
    letters, edges = vocabulary.spelling
    alphabet = _alphabet(letters, edges) if characters else []
    code_of = np.zeros(0x110000 if alphabet else 0, np.uint16)
    code_of[list(map(ord, alphabet))] = np.arange(_FIRST_CHARACTER, _FIRST_CHARACTER + len(alphabet))
    n_units = _FIRST_CHARACTER + len(alphabet)
    units, offsets = _spell(letters, edges, code_of)
    rows = usable(vocabulary)
    words, ends = units, offsets
    if rows.size < len(vocabulary):
        sizes = np.diff(offsets)
        words = units[np.repeat(np.isin(np.arange(sizes.size), rows), sizes)]
        ends = np.concatenate([[0], np.cumsum(sizes[rows])])

    tree = automaton.Tree(*(np.empty(n_units + words.size + 1, np.int32) for _ in automaton.Tree._fields))
    n_nodes = automaton.grow(words, ends, rows, n_units, tree)
    tree = automaton.Tree(*(array[:n_nodes] for array in tree))
    longest = int(tree.depth.max())
    bits = _bits(vocabulary, longest)
    cost = fixed_costs(vocabulary, bits)
    alone, prices = _prices(vocabulary, alphabet, units, offsets, cost, longest)
    return Tables(*_machine(tree, vocabulary.counts, cost, alone, prices), code_of, bits)


def usable(vocabulary: Vocabulary) -> Nodes:
    """Rows of the pieces that no rule of cutting forbids: by the rules for newlines and digits."""
    options, pieces = vocabulary.options, vocabulary.pieces
    letters, edges = vocabulary.spelling
    with_newline = np.unique(np.searchsorted(edges, np.flatnonzero(letters == 10), side="right") - 1).tolist()
    forbidden = {row for row in with_newline if not _may_end(pieces[row], options.newlines)}
    if options.isolate_digits:
        forbidden |= {row for row, piece in enumerate(pieces) if joins_digit(piece)}
    allowed = np.ones(len(pieces), np.bool_)
    allowed[list(forbidden)] = False
    return np.flatnonzero(allowed).astype(np.int32)


def _may_end(piece: bytes, newlines: str) -> bool:
    """Whether a piece with newlines is one that the rule for them allows."""
    rest = piece.rstrip(b"\n")
    return not rest or (newlines == "glue" and b"\n" not in rest)


def _alphabet(letters: Bytes, edges: Offsets) -> list[str]:
    """The characters of two or more bytes that stand in pieces; none if a piece has parts of characters, or if there
    are too many.

    letters, edges  as in `Vocabulary.spelling`: the single bytes come first
    """
    if (letters[edges[256:-1]] & 0xC0 == 0x80).any():
        return []
    try:
        text = letters[256:].tobytes().decode()
    except UnicodeDecodeError:
        return []
    there = np.zeros(0x110000, np.bool_)
    there[np.frombuffer(text.encode("utf-32-le"), "<u4")] = True
    alphabet = [*map(chr, 0x80 + np.flatnonzero(there[0x80:]))]
    return alphabet if len(alphabet) + _FIRST_CHARACTER < _MAX_UNITS else []


def _spell(letters: Bytes, edges: Offsets, code_of: Symbols) -> tuple[Symbols, Offsets]:
    """The units of pieces one after the other, and where each begins."""
    units = np.empty(letters.size + edges.size, np.uint16)
    stop = tokens.to_units(letters, 0, letters.size, edges[1:-1], code_of, units, 0)
    borders = np.flatnonzero(units[:stop] == 0)
    offsets = np.concatenate([[0], borders - np.arange(borders.size), [stop - borders.size]])
    return units[:stop][units[:stop] != 0], offsets


def fixed_costs(vocabulary: Vocabulary, bits: int) -> Keys:
    """(n,) what each piece costs: multiples of 2^-bits nats."""
    return np.rint(vocabulary.costs * 2.0**bits).astype(np.uint64)


def _bits(vocabulary: Vocabulary, longest: int) -> int:
    """Of how many bits the fraction of a nat is: as many as leave room for sums.

    longest + 1 units cost less than 2^28, and less than that is between the cheapest ways to two places within a piece:
    see `kernels.tokens.find_paths`.
    """
    dearest = float(vocabulary.costs.max())
    return min(_MAX_BITS, 28 - math.ceil(math.log2(max(1.0, 4 * dearest * (longest + 1)))))


def _machine(
    tree: automaton.Tree, counts: Counts, cost: Keys, alone: Keys, single: tokens.Prices
) -> tuple[tokens.Machine, tokens.Prices]:
    """Return the automaton of a trie, and the prices of all its pieces.

    alone, single  from `_prices`
    """
    n_nodes, n_units = tree.parent.size, alone.size
    weight = np.empty(n_nodes, np.int64)
    automaton.weigh(tree, counts, weight)
    rank = 0xFFFF - (1000 * np.log2(weight + 1)).astype(np.uint16)  # numpy sorts these much quicker
    heavy = np.argsort(rank, kind="stable").astype(np.int32)
    parents = heavy[tree.first[heavy] >= 0]
    lonely = tree.following[tree.first[parents]] < 0
    parents = np.concatenate([parents[~lonely], parents[lonely]])
    fail, shorter, row = (np.empty(n_nodes, np.int32) for _ in range(3))
    size = n_nodes + parents.size + n_nodes // 2 + 4 * n_units + 1024
    top = -1
    while top < 0 and size <= 4 * _MAX_SLOTS:
        node_at = np.zeros(size, np.int32)
        top = automaton.place(
            tree, parents, n_units, np.full(size // 64 + 2, 0xFFFFFFFFFFFFFFFF, np.uint64), row, node_at
        )
        size *= 2
    ending = heavy[(tree.piece[heavy] >= 0) & (tree.depth[heavy] > 1)]
    if not 0 <= top < _MAX_SLOTS - n_units - 2 or n_units + ending.size > _MAX_RECORDS:
        raise CapacityError(f"{n_nodes:,} beginnings of pieces do not fit the tables; take fewer or shorter pieces")

    order = np.argsort(tree.depth.astype(np.uint8), kind="stable").astype(np.int32)[1:]
    automaton.link(tree, order, row, node_at, fail, shorter)
    records = np.empty(n_units + ending.size, np.uint64)
    next_shorter = np.empty(records.size, np.uint32)
    ends = np.zeros(n_nodes, np.uint32)
    ends[ending] = np.arange(n_units, records.size)
    automaton.list_records(tree, order, shorter, cost, alone, ends, records, next_shorter)
    slots = np.full(top + n_units + 2, 0xFFFF, np.uint64)
    automaton.fill(tree, order, fail, ends, row, slots)
    machine = tokens.Machine(slots, int(row[0]), n_units, int(tree.depth.max()))
    numbers = np.concatenate([single.numbers, tree.piece[ending]])
    return machine, single._replace(records=records, shorter=next_shorter, numbers=numbers)


def _prices(
    vocabulary: Vocabulary, alphabet: list[str], units: Symbols, offsets: Offsets, cost: Keys, longest: int
) -> tuple[Keys, tokens.Prices]:
    """What each unit costs by itself, as a piece, or as the bytes of a character that is none or a dear one; and prices
    without records.

    units, offsets  of all pieces, see `_spell`
    """
    n_pieces = len(vocabulary)
    rows = np.flatnonzero(np.diff(offsets) == 1)
    numbers = np.full(_FIRST_CHARACTER + len(alphabet), -1, np.int32)
    numbers[units[offsets[rows]]] = rows
    spelling = np.frombuffer("".join(alphabet).encode(), np.uint8)
    begins = np.flatnonzero(spelling & 0xC0 != 0x80)
    by_bytes = np.add.reduceat(cost[spelling], begins) if alphabet else cost[:0]
    own = numbers[_FIRST_CHARACTER:]
    price = np.where(own < 0, by_bytes, np.minimum(cost[own], by_bytes))
    alone = np.concatenate([np.zeros(1, np.uint64), cost[:256], price])
    spelled = (own < 0) | (cost[own] > by_bytes)
    lengths = np.diff(begins, append=spelling.size)
    n_spelled = np.count_nonzero(spelled)
    own[spelled] = n_pieces + np.arange(n_spelled)
    numbers[0] = n_pieces + n_spelled  # the border
    spelling_at = np.concatenate([[0], np.cumsum(lengths[spelled])])
    # Where most pieces are a few units long, none or one ends at most places.
    certain = int(np.average(np.diff(offsets), weights=vocabulary.counts) < 3)
    return alone, tokens.Prices(
        cost[:0],
        units[:0].astype(np.uint32),
        numbers,
        np.concatenate([vocabulary.costs, np.zeros(n_spelled + 1)]),
        spelling[np.repeat(spelled, lengths)].astype(np.int32),
        np.append(spelling_at, spelling_at[-1]),
        8 * (longest + 1),
        certain,
    )
