"""Templates as the rules of a grammar: numbered words, a trie, fixed-point scores."""

from collections.abc import Sequence

import numpy as np

from minent.errors import CapacityError
from minent.kernels import lattice
from minent.kernels.chart import Rules
from minent.templates import Template
from minent.types import Nodes

# Scores are whole numbers of these parts of a nat: their sums are exact.
GRID = 2**20
_HOLE = 1
# Tries know symbols of 21 bits.
_MOST_WORDS = 2**21 - 2


def _preference(template: Template) -> tuple[int, int, int, str]:
    return -len(template.words), -template.holes, template.count, template.pattern


class Grammar:
    """What produces blocks.

    templates  different; a template of a single word and nothing else says nothing and is left out.  In the order in
               which they are preferred, see `minent.parsing.parser.Parser`
    total      a template has the probability count / total, at most 1
    rules      for `minent.kernels.chart`
    longest    fixed words of the longest template, 1 at least

    Raises CapacityError for more than 2 million different words.
    """

    def __init__(self, templates: Sequence[Template], total: int) -> None:
        used = [template for template in templates if len(template.parts) > 1]
        self.templates = sorted(used, key=_preference)
        words = dict.fromkeys(word for template in self.templates for word in template.words)
        if len(words) > _MOST_WORDS:
            raise CapacityError(f"templates are made of up to {_MOST_WORDS:,} different words; leave some of them out")
        self._number = {word: number for number, word in enumerate(words, _HOLE + 1)}
        symbols = [
            _HOLE if part is None else self._number[part] for template in self.templates for part in template.parts
        ]
        units = np.array(symbols, np.uint16 if len(words) + _HOLE < 2**16 else np.uint32)
        offsets = np.cumsum([0, *(len(template.parts) for template in self.templates)], dtype=np.int64)
        edges = lattice.empty_table(units.size)
        last = np.zeros(len(self.templates), np.int32)
        ends = np.full(lattice.add_words(units, offsets, len(words) + _HOLE + 1, edges, last), -1, np.int32)
        ends[last] = np.arange(last.size)
        counts = np.array([template.count for template in self.templates], np.float64)
        score = np.rint(np.log(np.clip(counts / max(1, total), 1e-300, 1)) * GRID).astype(np.int64)
        fixed = [row for template in self.templates for row in self._fixed(template)]
        self.rules = Rules(
            edges,
            ends,
            score,
            np.cumsum([0, *(len(template.words) for template in self.templates)], dtype=np.int64),
            np.array(fixed, np.int32).reshape(-1, 2),
            np.array([template.parts[-1] is None for template in self.templates], np.int32),
        )
        self.longest = max((len(template.words) for template in self.templates), default=1)

    def _fixed(self, template: Template) -> list[tuple[int, bool]]:
        """The number of each fixed word, and whether a hole stands before it."""
        return [
            (self._number[part], at > 0 and template.parts[at - 1] is None)
            for at, part in enumerate(template.parts)
            if part is not None
        ]

    def numbers(self, words: Sequence[str]) -> Nodes:
        """Return the number of each word, (n,) int32; 0 = it is in no template."""
        return np.array([self._number.get(word, 0) for word in words], np.int32)

    def knows(self, word: str) -> bool:
        """Whether a template has this fixed word."""
        return word in self._number
