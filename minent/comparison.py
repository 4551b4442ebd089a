"""Two lexicons -> what was added, removed and changed from one to the other."""

import math
from typing import NamedTuple

from minent.lexicon import Entry, Lexicon

ADDED, REMOVED, CHANGED = "added", "removed", "changed"


class Change(NamedTuple):
    """A word that is not the same in two lexicons; None where the word is missing.

    change  ADDED, REMOVED or CHANGED
    before  the word in the first lexicon
    after   in the second
    """

    change: str
    word: str
    before: Entry | None
    after: Entry | None

    @property
    def count_ratio(self) -> float:
        """Occurrences in the second lexicon over those in the first; nan if it is in one of them only."""
        return self.after.count / self.before.count if self.before and self.after else math.nan

    @property
    def score_ratio(self) -> float:
        """Nats the word saves in the second lexicon over those in the first; nan if that says nothing."""
        return self.after.score / self.before.score if self.before and self.before.score and self.after else math.nan

    @property
    def importance(self) -> tuple[float, int]:
        """By how much the nats it saves and its occurrences differ; a missing word saves and occurs nothing."""
        scores, counts = ([getattr(row, name) if row else 0 for row in (self.before, self.after)] for name in _RANKED)
        return abs(scores[1] - scores[0]), abs(counts[1] - counts[0])


_RANKED = ("score", "count")


def compare_lexicons(first: Lexicon, second: Lexicon) -> list[Change]:
    """Return the words that are in one lexicon only or whose evidence differs, the most important first.

    How important a difference is: the nats the word saves in one lexicon and not in the other, then its occurrences.
    """
    before, after = ({entry.word: entry for entry in lexicon} for lexicon in (first, second))
    changes = [Change(ADDED, word, None, entry) for word, entry in after.items() if word not in before]
    for word, entry in before.items():
        other = after.get(word)
        if other is None:
            changes.append(Change(REMOVED, word, entry, None))
        elif not _same(entry, other):
            changes.append(Change(CHANGED, word, entry, other))
    return sorted(changes, key=lambda change: (*(-amount for amount in change.importance), change.word))


def _same(first: Entry, second: Entry) -> bool:
    return all(a == b or (a != a and b != b) for a, b in zip(first[1:], second[1:], strict=True))
