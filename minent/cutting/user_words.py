"""Words of a user, on top of a lexicon: listed, forced or forbidden, in a file that is quickly written by hand."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from minent.characters import UnitRules, normalizer
from minent.errors import FormatError, InputError
from minent.files import StrPath
from minent.types import Nats

FORCE, NEVER = "force", "never"
_COST = "cost="
# Nats for each character of a forced word: more than all that its neighbours can lose by it.
_FORCED = 4096.0
# How much cheaper than its parts a word is that is only listed.
_LISTED = math.log(2)


@dataclass(frozen=True)
class UserWords:
    """Words of a user, none with white space in it.

    counts     how often a word is to count, as in a lexicon; None: twice as probable as the best cut of it
    costs      -ln p of a word, nats
    forced     cover as much of a text as they can; then the other words cover the rest
    forbidden  no words, whatever the lexicon says; single characters are words where nothing else covers them
    """

    counts: dict[str, int | None] = field(default_factory=dict)
    costs: dict[str, float] = field(default_factory=dict)
    forced: frozenset[str] = frozenset()
    forbidden: frozenset[str] = frozenset()

    @classmethod
    def load(cls, path: StrPath) -> "UserWords":
        """Read a file: a word a line, and behind white space, if need be, what is to become of it: a count, cost=NATS,
        "force" or "never".  Empty lines, and those that begin with #, say nothing.

        Raises OSError if the file cannot be read, FormatError naming the line for one that means nothing.
        """
        name = str(path)
        try:
            lines = Path(path).read_bytes().decode("utf-8-sig").split("\n")
        except UnicodeDecodeError as error:
            raise FormatError(name, "this is not UTF-8; save it as UTF-8", offset=error.start) from None
        counts: dict[str, int | None] = {}
        costs: dict[str, float] = {}
        forced: set[str] = set()
        forbidden: set[str] = set()
        seen: dict[str, int] = {}
        for number, line in enumerate(lines, 1):
            word, *others = line.split() or [""]
            if not word or word.startswith("#"):
                continue
            what = others[0] if others else ""
            cost = _cost(what)
            if word in seen:
                reason = f"the word {word!r} stands in line {seen[word]} already; delete one of the two"
                raise FormatError(name, reason, line=number)
            seen[word] = number
            if len(others) < 2 and what == FORCE:
                forced.add(word)
            elif len(others) < 2 and what == NEVER:
                forbidden.add(word)
            elif len(others) < 2 and cost is not None:
                costs[word] = cost
            elif not others or (len(others) == 1 and _is_count(what)):
                counts[word] = int(what) if what else None
            else:
                reason = (
                    f"behind a word stands a count, {_COST}NATS, {FORCE}, {NEVER}, or nothing; not {' '.join(others)!r}"
                )
                raise FormatError(name, reason, line=number)
        return cls(counts, costs, frozenset(forced), frozenset(forbidden))

    def held(self) -> list[str]:
        """Return the words as a tagger takes them: wherever they stand, they are words.

        Raises InputError where more is said of a word than that it is listed or forced.
        """
        if other := next(
            iter([*(word for word, count in self.counts.items() if count), *self.costs, *self.forbidden]), ""
        ):
            raise InputError(
                f"a tagger knows of no counts, costs and forbidden words: write {other!r} alone, or leave it out"
            )
        return [*self.counts, *sorted(self.forced)]

    def added_to(
        self, words: Sequence[str], score: Nats, floor: float, total: int, rules: UnitRules
    ) -> tuple[list[str], Nats]:
        """Return the words of a lexicon and the user's, and the score, ln p, of each.

        words  and their `score`, (w,), ln p
        floor  score of a character that is no word
        total  of all counts, which the user's do not change
        rules  how text becomes units: the user's words are brought into its normal form
        """
        normal = normalizer(rules.normalize)
        forbidden = {_normalized(word, normal) for word in self.forbidden}
        scores = {word: ln for word, ln in zip(words, score.tolist(), strict=True) if word not in forbidden}
        added: dict[str, float] = {}
        for given, count in self.counts.items():
            word = _normalized(given, normal)
            if count is None:
                added[word] = max(_best_cut(word, scores, floor) + _LISTED, scores.get(word, -math.inf))
            else:
                added[word] = math.log(count / max(1, total))
        added |= {_normalized(word, normal): -cost for word, cost in self.costs.items()}
        added |= {
            word: _FORCED * len(word) + _best_cut(word, scores, floor)
            for word in (_normalized(word, normal) for word in sorted(self.forced))
        }
        scores |= added
        return list(scores), np.array(list(scores.values()), np.float64)


def _cost(text: str) -> float | None:
    try:
        cost = float(text.removeprefix(_COST)) if text.startswith(_COST) else math.nan
    except ValueError:
        return None
    return cost if 0 <= cost < math.inf else None


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdecimal() and 1 <= int(text) < 2**63


def _normalized(word: str, normal: Callable[[int], int]) -> str:
    return "".join(chr(normal(ord(character))) for character in word)


def _best_cut(word: str, scores: dict[str, float], floor: float) -> float:
    """Return the score of the best cut of a word into other words, and single characters."""
    best = [0.0]
    for end in range(1, len(word) + 1):
        ways = (
            best[start] + scores.get(word[start:end], floor if end - start == 1 else -math.inf)
            for start in range(end)
            if end - start < len(word) or len(word) == 1
        )
        best.append(max(ways))
    return best[-1]
