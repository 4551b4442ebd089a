"""A clause -> the chart of its blocks, and the best tree."""

from typing import NamedTuple

import numpy as np

from minent.kernels import chart as kernels
from minent.parsing.grammar import Grammar
from minent.types import Counts, Nodes

ROW, WORD = -1, -2

# Items there is room for at first; more as they are needed.
_ROOM = 1024


class Scoring(NamedTuple):
    """How blocks are weighed.

    null  of each element of a row beyond the first, in parts of `grammar.GRID`, not above 0
    left  whether of equally good trees the one is taken that branches to the left
    """

    null: int
    left: bool


class Clause:
    """The best block of every stretch of a clause, memoised: O(n^3) for n words, and a factor for the templates.

    words  (n,) int32, one at least, from `Grammar.numbers`
    """

    def __init__(self, words: Nodes, grammar: Grammar, scoring: Scoring) -> None:
        self.words = words
        self.grammar = grammar
        self.scoring = scoring
        n = words.size
        self.items = _items(words, grammar)
        shape = n + 1, n + 1
        numbers = np.empty((2, *shape), np.int64)
        places = np.empty((2, *shape), np.int32)
        self.chart = kernels.Chart(numbers[0], numbers[1], places[0], places[1])
        reached, tails = np.empty(self.items.order.size, np.int64), np.empty((n, 2), np.int64)
        rules = grammar.rules
        kernels.fill_chart(self.items, rules.score, scoring.null, scoring.left, self.chart, reached, tails)

    @property
    def score(self) -> int:
        """Of the best tree, in parts of `grammar.GRID`."""
        return int(self.chart.block[0, self.words.size])

    def best(self) -> list[list[int]]:
        """Return the nodes of the best tree, each behind the one it is in and what stands before it there.

        A node is: first word, last + 1, template of `Grammar.templates` or ROW or WORD, depth.
        """
        n, longest = self.words.size, self.grammar.longest
        best, back = np.empty((longest, n), np.int64), np.empty((longest, n + 1), np.int32)
        nodes = np.empty((2 * n, 4), np.int32)
        rules, left = self.grammar.rules, self.scoring.left
        size = kernels.trace_tree(self.words, rules, self.chart, left, best, back, nodes)
        found: list[list[int]] = nodes[:size].tolist()
        return found

    def reached(self, start: int) -> Counts:
        """Return the best score of what begins at a word and ends with each item, (q,)."""
        out = np.empty(self.items.order.size, np.int64)
        kernels.reach_items(self.items, start, self.chart.block, out)
        return out


def _items(words: Nodes, grammar: Grammar) -> kernels.Items:
    n = words.size
    first: dict[int, int] = {}
    same = np.array([first.setdefault(word, place) for place, word in enumerate(words.tolist())], np.int32)
    sizes = np.zeros(2, np.int32)
    room = _ROOM
    while True:
        found, items = np.empty((room, 5), np.int32), np.empty((2 * room, 3), np.int32)
        seen = np.empty((n, 2), np.int32)
        if kernels.list_items(words, grammar.rules.edges, same, seen, found, items, sizes):
            break
        room *= 4
    states, size = sizes.tolist()
    sorted_items = kernels.Items(
        np.empty((states, 4), np.int32),
        np.empty(states + 1, np.int32),
        np.empty((size, 3), np.int32),
        np.empty(size, np.int32),
        np.empty(n + 1, np.int32),
    )
    kept = np.empty(states, np.int32)
    states, size = kernels.sort_items(found[:states], items[:size], grammar.rules, kept, sorted_items)
    return kernels.Items(
        sorted_items.state[:states],
        sorted_items.first[: states + 1],
        sorted_items.place[:size],
        sorted_items.order[:size],
        sorted_items.at,
    )
