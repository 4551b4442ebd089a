"""Lexicon + words + text -> places of the text where the words stand, as a concordance shows them."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from minent.corpus import Corpus
from minent.cutting.segmenter import Segmenter
from minent.kernels.phrases import CutUnits
from minent.progress import Progress, Silent

# Places of one word that are looked at in a piece of text: a string that is seldom the word costs no more.
_LOOKS = 200
# Two places count as different if what is next to the word differs, in so many characters on both sides.
_NEXT = 3


class Context(NamedTuple):
    """A place of the text where a word stands, in one line of the text."""

    before: str
    word: str
    after: str


def find_contexts(
    corpus: Corpus,
    segmenter: Segmenter,
    words: Sequence[str],
    *,
    wanted: int = 3,
    width: int = 16,
    most: int = 50_000_000,
    threads: int = 1,
    progress: Progress | None = None,
) -> dict[str, list[Context]]:
    """Return for each word the first places, each with other neighbours, where the cut of the text has it.

    words   phrases too: wherever they begin and end with words
    wanted  places of each word
    width   characters to show on either side at most
    most    characters of text after which nothing more is read

    Raises what reading the corpus raises.
    """
    progress = progress or Silent()
    progress.stage("looking up", corpus.size)
    found: dict[str, list[Context]] = {word: [] for word in words}
    size = 0
    for document in corpus.documents():
        for cut in segmenter.units(document.chunks(), threads=threads):
            piece = _Piece(cut)
            for word, places in found.items():
                if len(places) < wanted:
                    _add(places, piece.contexts(word, width), wanted)
            size += cut.characters.size
            if size >= most or all(len(places) >= wanted for places in found.values()):
                return found
    return found


def _add(places: list[Context], contexts: Iterator[Context], wanted: int) -> None:
    for context in contexts:
        if not any(_alike(context, other) for other in places):
            places.append(context)
            if len(places) == wanted:
                return


def _alike(first: Context, second: Context) -> bool:
    return first.before[-_NEXT:] == second.before[-_NEXT:] or first.after[:_NEXT] == second.after[:_NEXT]


class _Piece:
    """A piece of text and how it is cut."""

    def __init__(self, cut: CutUnits) -> None:
        self._text = cut.characters.astype("<u4").tobytes().decode("utf-32-le")
        self._starts = cut.start
        # Where words begin and end, in characters; whether nothing begins between two of them is told by their numbers.
        self._edges = np.append(cut.start[:-1][cut.begins.astype(np.bool_)], cut.start[-1])

    def contexts(self, word: str, width: int) -> Iterator[Context]:
        """Yield places where a word stands, or where the words of a phrase do."""
        for spelled in dict.fromkeys((word, word.replace(" ", ""))):
            at = -1
            for _ in range(_LOOKS):
                at = self._text.find(spelled, at + 1)
                if at < 0:
                    break
                end = at + len(spelled)
                first, last = np.searchsorted(self._edges, [at, end]).tolist()
                whole = first < last < self._edges.size and self._edges[first] == at and self._edges[last] == end
                if whole and (last == first + 1 or " " in word):
                    before = self._text[max(0, at - width) : at].rpartition("\n")[2]
                    after = self._text[end : end + width].partition("\n")[0]
                    yield Context(before, spelled, after)
