"""Vocabulary -> tables that the kernels cut text with, made anew at each start: quicker than reading them."""

import math
from typing import NamedTuple

import numpy as np

from minent.errors import CapacityError
from minent.kernels import automaton, tokens
from minent.types import Keys, Offsets, Symbols
from minent.vocabulary import Vocabulary, joins_digit

_FIRST_CHARACTER = 257  # units below are the border and the bytes
_MAX_UNITS = 0xFF00
_MAX_SLOTS = 1 << 24
_MAX_BITS = 20


class Tables(NamedTuple):
    """What the kernels need to cut text.

    code_of  (0x110000,) uint16: unit of each character that is one; (0,) if units are bytes
    bits     costs are multiples of 2^-bits nats
    """

    machine: tokens.Machine
    prices: tokens.Prices
    code_of: Symbols
    end: int  # a unit that is none
    bits: int


def build(vocabulary: Vocabulary, *, characters: bool) -> Tables:
    """Compile the pieces that the vocabulary's own rules can ever use.

    characters  whether units are whole characters if all pieces are; that is quicker, and no path goes through the
                middle of a character that is a piece

    Raises CapacityError if the pieces do not fit the tables.
    """
    rows = usable(vocabulary)
    pieces = [vocabulary.pieces[row] for row in rows]
    alphabet = _alphabet(pieces) if characters else []
    code_of = np.zeros(0x110000 if alphabet else 0, np.uint16)
    code_of[list(map(ord, alphabet))] = np.arange(_FIRST_CHARACTER, _FIRST_CHARACTER + len(alphabet))
    n_units = _FIRST_CHARACTER + len(alphabet)
    # In the order of their bytes pieces are in that of their units as well.
    order = sorted(range(len(pieces)), key=pieces.__getitem__)
    units, offsets = _spell([pieces[place] for place in order], code_of)

    tree = automaton.Tree(*(np.empty(n_units + units.size + 1, np.int32) for _ in automaton.Tree._fields))
    n_nodes = automaton.grow(units, offsets, np.array(rows, np.int32)[order], n_units, tree)
    tree = automaton.Tree(*(array[:n_nodes] for array in tree))
    bits, cost = _costs(vocabulary, int(tree.depth.max()))
    machine, runs = _machine(tree, vocabulary, cost, n_units)
    return Tables(machine, _prices(vocabulary, alphabet, cost, runs), code_of, n_units, bits)


def usable(vocabulary: Vocabulary) -> list[int]:
    """Rows of the pieces that no rule of cutting forbids: by the rules for newlines and digits."""
    options = vocabulary.options
    forbidden = {
        row for row, piece in enumerate(vocabulary.pieces) if b"\n" in piece and not _may_end(piece, options.newlines)
    }
    if options.isolate_digits:
        forbidden |= {row for row, piece in enumerate(vocabulary.pieces) if joins_digit(piece)}
    return [row for row in range(len(vocabulary)) if row not in forbidden]


def _may_end(piece: bytes, newlines: str) -> bool:
    """Whether a piece with newlines is one that the rule for them allows."""
    rest = piece.rstrip(b"\n")
    return not rest or (newlines == "glue" and b"\n" not in rest)


def _alphabet(pieces: list[bytes]) -> list[str]:
    """The characters of two or more bytes that stand in pieces; none if a piece has parts of characters, or if there
    are too many."""
    try:
        text = b"\n".join(piece for piece in pieces if len(piece) > 1).decode()
    except UnicodeDecodeError:
        return []
    alphabet = sorted(character for character in set(text) if character > "\x7f")
    return alphabet if len(alphabet) + _FIRST_CHARACTER < _MAX_UNITS else []


def _spell(pieces: list[bytes], code_of: Symbols) -> tuple[Symbols, Offsets]:
    """The units of pieces one after the other, and where each begins."""
    letters = np.frombuffer(b"".join(pieces), np.uint8)
    cuts = np.cumsum(np.fromiter(map(len, pieces), np.int64, len(pieces)))[:-1]
    units = np.empty(letters.size + cuts.size, np.uint16)
    stop = tokens.to_units(letters, 0, letters.size, cuts, code_of, units, 0)
    units = units[:stop]
    borders = np.flatnonzero(units == 0)
    offsets = np.concatenate([[0], borders - np.arange(borders.size), [stop - borders.size]])
    return units[units != 0], offsets


def _costs(vocabulary: Vocabulary, longest: int) -> tuple[int, Keys]:
    """Costs as whole numbers, and of how many bits the fraction of a nat is: as many as leave room for sums.

    Between the cheapest ways to two places within a piece there is less than 2^28: `kernels.tokens.find_paths`.
    """
    dearest = float(vocabulary.costs.max())
    bits = min(_MAX_BITS, 28 - math.ceil(math.log2(max(1.0, 4 * dearest * (longest + 1)))))
    return bits, np.rint(vocabulary.costs * 2.0**bits).astype(np.uint64)


def _machine(tree: automaton.Tree, vocabulary: Vocabulary, cost: Keys, n_units: int) -> tuple[tokens.Machine, Keys]:
    """Return the automaton of a trie, and the runs that its slots lead to."""
    n_nodes = tree.parent.size
    weight = np.empty(n_nodes, np.int64)
    automaton.weigh(tree, vocabulary.counts, weight)
    heavy = np.argsort(-weight, kind="stable").astype(np.int32)
    parents = heavy[tree.first[heavy] >= 0]
    single = tree.following[tree.first[parents]] < 0
    parents = np.concatenate([parents[~single], parents[single]])
    fail, shorter, row, after = (np.empty(n_nodes, np.int32) for _ in range(4))
    slots = n_nodes + n_nodes // 2 + 4 * n_units
    top = -1
    while top < 0 and slots <= 4 * _MAX_SLOTS:
        node_at = np.zeros(slots, np.int32)
        free = np.arange(slots, dtype=np.int32)
        top = automaton.place(tree, parents, n_units, free, np.zeros(slots, np.bool_), row, node_at)
        slots *= 2
    if not 0 <= top < _MAX_SLOTS - n_units:
        raise CapacityError(f"{n_nodes:,} beginnings of pieces do not fit the tables; take fewer or shorter pieces")

    order = np.argsort(tree.depth, kind="stable").astype(np.int32)[1:]
    automaton.link(tree, order, row, node_at, fail, shorter)
    run = np.empty(n_nodes, np.uint32)
    runs = np.empty(4 * len(vocabulary) + 2, np.uint64)
    needed = automaton.list_runs(tree, heavy[heavy > 0], shorter, cost, run, runs)
    if needed > runs.size:
        runs = np.empty(needed, np.uint64)
        automaton.list_runs(tree, heavy[heavy > 0], shorter, cost, run, runs)
    if needed > _MAX_SLOTS:
        raise CapacityError(f"{needed:,} ends of pieces do not fit the tables; take fewer or shorter pieces")
    size = top + n_units + 1
    rows = np.full(size, 0xFFFF, np.uint64)
    run_at, fails = (np.zeros(size, np.uint32) for _ in range(2))
    automaton.fill(tree, order, fail, run, row, after, (rows, run_at, fails))
    return tokens.Machine(rows, run_at, fails, int(row[0]), int(tree.depth.max())), runs[:needed].copy()


def _prices(vocabulary: Vocabulary, alphabet: list[str], cost: Keys, runs: Keys) -> tokens.Prices:
    """Prices with an entry for each unit by itself: a piece, or the bytes of a character that is none or a dear one."""
    n_pieces = len(vocabulary)
    single = [0xFF << 24, *((int(cost[byte]) << 32) | (0xFF << 24) | byte for byte in range(256))]
    spelling: list[int] = []
    spelling_at = [0]
    costs = cost.tolist()
    for character in alphabet:
        letters = character.encode()
        number = vocabulary.row_of.get(letters, -1)
        by_bytes = sum(costs[byte] for byte in letters)
        if number < 0 or costs[number] > by_bytes:
            number = n_pieces + len(spelling_at) - 1
            spelling += letters
            spelling_at.append(len(spelling))
            price = by_bytes
        else:
            price = costs[number]
        single.append((price << 32) | (0xFF << 24) | number)
    single[0] |= n_pieces + len(spelling_at) - 1
    spelling_at.append(len(spelling))
    n_others = len(spelling_at) - 1
    return tokens.Prices(
        runs,
        np.array(single, np.uint64),
        np.concatenate([vocabulary.costs, np.zeros(n_others)]),
        np.array(spelling, np.int32),
        np.array(spelling_at, np.int64),
    )
