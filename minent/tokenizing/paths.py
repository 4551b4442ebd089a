"""All the ways to cut a text: their sum, a random one, the best few."""

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from minent.errors import CapacityError, InputError
from minent.kernels import token_paths, tokens
from minent.tokenizing.machine import Tables
from minent.types import Bytes, Nats, Nodes, Offsets

_STEP = 1 << 20  # bytes of text that are held with all their pieces, if it has line ends
_MAX_WAYS = 1 << 27
_LINE_END = 11


class _Matches(NamedTuple):
    """The pieces of a stretch of text: see `kernels.token_paths.sum_paths`."""

    base: int
    offsets: Offsets
    found: Nodes


class Lattice:
    """All the ways to cut one text, over bytes.

    tables    of bytes, see `machine.build`
    n_pieces  pieces of the vocabulary
    text      (n,) uint8
    cuts      (k,) int64: places no piece crosses
    """

    def __init__(self, tables: Tables, n_pieces: int, text: Bytes, cuts: Offsets) -> None:
        self._tables = tables
        self._n_pieces = n_pieces
        warm = tables.machine.warm
        units = np.zeros(warm + text.size + cuts.size + 1, np.uint16)
        stop = tokens.to_units(text, 0, text.size, cuts, tables.code_of, units, warm)
        self._units = units[: stop + 1]
        self._size = stop - warm

    def _stretches(self) -> Iterator[_Matches]:
        """Yield the pieces of stretches that no piece goes across."""
        units, warm = self._units, self._tables.machine.warm
        ended = (units[:-1] == _LINE_END) & (units[1:] != _LINE_END)
        edges = np.flatnonzero(ended[warm:-1]) + warm + 1 if self._size > _STEP else np.empty(0, np.int64)
        first, last = warm, warm + self._size
        while first < last:
            stop = last
            if last - first > _STEP:
                later = edges[np.searchsorted(edges, first + _STEP) :]
                stop = int(later[0]) if later.size else last
            yield self._matches(first, stop)
            first = stop

    def _matches(self, first: int, last: int) -> _Matches:
        tables = self._tables
        units = self._units[first - tables.machine.warm : last + 1].copy()
        span = (tables.machine.warm, units.size - 1)
        units[-1] = tables.machine.end
        ends = np.empty(units.size, np.uint32)
        tokens.scan(units, *span, tables.machine, ends)
        offsets = np.empty(last - first + 1, np.int64)
        found = np.empty((4 * (last - first) + 64, 2), np.int32)
        needed = tokens.list_matches(span, ends, tables.prices, offsets, found)
        if needed > found.shape[0]:
            found = np.empty((needed, 2), np.int32)
            tokens.list_matches(span, ends, tables.prices, offsets, found)
        return _Matches(first - tables.machine.warm, offsets, found)

    def _totals(self, matches: _Matches, alpha: float) -> Nats:
        total = np.empty(matches.offsets.size)
        token_paths.sum_paths(matches.offsets, matches.found, self._tables.prices.cost, alpha, total)
        return total

    def log_sum(self, alpha: float) -> float:
        """ln of the sum over all ways of P^alpha."""
        return math.fsum(float(self._totals(matches, _checked(alpha))[-1]) for matches in self._stretches())

    def sample(self, alpha: float, seed: int, base: int) -> Nodes:
        """Rows of the pieces of one way, drawn with probability P^alpha / sum of P^alpha.

        base  added to the places that the draws depend on
        """
        if not 0 <= seed < 2**63:
            raise InputError(f"a seed is a whole number from 0 to 2^63 - 1, not {seed}")
        drawn = [np.empty(0, np.int32)]
        for matches in self._stretches():
            total = self._totals(matches, _checked(alpha))
            numbers = np.empty(total.size - 1, np.int32)
            at = token_paths.sample_path(
                matches.offsets,
                matches.found,
                self._tables.prices.cost,
                alpha,
                total,
                seed,
                base + matches.base,
                numbers,
            )
            drawn.append(numbers[at:])
        return self._pieces(np.concatenate(drawn))

    def best(self, k: int) -> list[Nodes]:
        """Rows of the pieces of the k cheapest ways, the cheapest first; fewer if there are no more."""
        if k < 1:
            raise InputError(f"n-best takes a number from 1 on, not {k}")
        if (self._size + 1) * k > _MAX_WAYS:
            raise CapacityError(
                f"the {k:,} best ways of a text of {self._size:,} bytes take too much memory; take fewer"
            )
        matches = self._matches(self._tables.machine.warm, self._tables.machine.warm + self._size)
        cost = np.rint(self._tables.prices.cost * 2.0**self._tables.bits).astype(np.uint64)
        best = np.empty((self._size + 1, k), np.uint64)
        way = np.empty((self._size + 1, k, 2), np.int64)
        token_paths.best_paths(matches.offsets, matches.found, cost, best, way)
        return [self._way(matches, way, rank) for rank in range(k) if best[-1, rank] != 0xFFFFFFFFFFFFFFFF]

    def _way(self, matches: _Matches, way: Offsets, rank: int) -> Nodes:
        numbers = []
        place = self._size
        while place > 0:
            which, rank = way[place, rank]
            units, number = matches.found[which]
            numbers.append(number)
            place -= units
        return self._pieces(np.array(numbers[::-1], np.int32))

    def _pieces(self, numbers: Nodes) -> Nodes:
        return numbers[numbers < self._n_pieces]


def _checked(alpha: float) -> float:
    if not 0.0 <= alpha < math.inf:
        raise InputError(f"alpha is a number from 0 on, not {alpha}")
    return float(alpha)
