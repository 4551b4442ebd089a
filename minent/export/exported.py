"""What an export comes to: files, and what they cannot say."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple


class Loss(NamedTuple):
    """Something of a vocabulary that the other format cannot express."""

    id: int
    piece: bytes
    reason: str


class LostWord(NamedTuple):
    """A word of a lexicon that the other format cannot express."""

    word: str
    count: int  # type: ignore[assignment]  # a tuple has a method of this name, which nobody misses here
    reason: str


@dataclass(frozen=True)
class Exported:
    """A model in the format of another program.

    files     their contents by their names in a folder; "": a format of a single file
    losses    what is not in them, or not as it was, in the order of the ids or words
    warnings  what else makes the other program go its own ways, a sentence each
    """

    files: Mapping[str, bytes]
    losses: tuple[Loss, ...] | tuple[LostWord, ...] = ()
    warnings: tuple[str, ...] = ()

    def reasons(self) -> dict[str, int]:
        """Return how many losses each reason has, the most frequent first."""
        return dict(Counter(loss.reason for loss in self.losses).most_common())
