"""Words in a row -> phrases: the words of cut text as numbers, and a second cut, of these, by Viterbi.

A phrase is a sequence of words that no mark and no line end stands between.  In a lexicon its words stand with a
space between any two.  In the text they stand side by side, or with a single space between them where spaces are
between words: beside numbers and runs of cased letters; beside all other letters only if `SPACES` says so.
"""

from collections.abc import Sequence
from itertools import chain, compress

import numpy as np

from minent.characters import Kind, UnitRules
from minent.errors import CapacityError
from minent.kernels import lattice
from minent.kernels import phrases as kernels
from minent.lexicon import BESIDE_ALL, SPACES, Lexicon
from minent.rounding import on_grid
from minent.types import Bytes, Nodes, Offsets, Symbols

# Tries know symbols of 21 bits.
_MOST_WORDS = 2**21 - 2


class WordNumbers:
    """Numbers the words of cut text, from 1 on, in the order given.

    words  different
    rules  how text becomes units

    Raises CapacityError for more than 2 million words.
    """

    def __init__(self, words: Sequence[str], rules: UnitRules) -> None:
        if len(words) > _MOST_WORDS:
            raise CapacityError(f"phrases are made of up to {_MOST_WORDS:,} different words; raise the least count")
        self._letters = "letters" in rules.runs
        self.type = np.dtype(np.uint16 if len(words) < 2**16 else np.uint32)
        codes = np.frombuffer("".join(words).encode("utf-32-le", "surrogatepass"), np.uint32).copy()
        offsets = np.cumsum([0, *map(len, words)], dtype=np.int64)
        self._table = kernels.Table(np.zeros(1 << max(4, (2 * len(words)).bit_length()), np.int32), codes, offsets)
        kernels.enter_words(self._table)
        characters = sorted(set("".join(words)))
        kinds, _ = rules.tables(list(map(ord, characters)))
        plain = {each for each, kind in zip(characters, kinds, strict=True) if kind in (Kind.LETTER, Kind.JOINING)}
        # Whether each word begins, and ends, neither with a number nor with a run of letters.
        self.plain = (
            np.array([False, *(word[0] in plain for word in words)], np.bool_),
            np.array([False, *(word[-1] in plain for word in words)], np.bool_),
        )

    def read(self, cut: kernels.CutUnits, last: int) -> tuple[Nodes, Offsets]:
        """Return for each word before unit `last` its number and the unit it begins with.

        0 is a word without a number, -1 a single space, -2 a border.
        """
        ids, place = np.empty(last + 1, np.int32), np.empty(last + 1, np.int64)
        size = kernels.number_words(cut, last, self._letters, self._table, ids, place)
        return ids[:size], place[:size]

    def join(self, ids: Nodes, place: Offsets, *, spaced: bool) -> tuple[Symbols, Offsets]:
        """Leave out the spaces that may stand in a phrase.

        ids     overwritten
        place   the units that the words begin with, moved along in place; (0,): not wanted
        spaced  whether a space may stand between any two words

        Returns (n,) uint16 or uint32 words, 0 = border, and the units they begin with.
        """
        size = kernels.join_words(ids, place, self.plain, spaced, ids)
        return ids[:size].astype(self.type), place[:size]

    def count_spaces(self, ids: Nodes) -> int:
        """Return how many spaces may stand in a phrase only if they may between any two words."""
        nothing = np.zeros(0, np.int64), np.zeros(0, np.int32)
        sizes = [kernels.join_words(ids, nothing[0], self.plain, spaced, nothing[1]) for spaced in (False, True)]
        return sizes[0] - sizes[1]


class PhraseCutter:
    """Cuts the words of a text into phrases so that the product of their probabilities is highest.

    lexicon   with phrases
    unusable  phrases that no text can be cut into: with words in them that are not in the lexicon
    """

    def __init__(self, lexicon: Lexicon) -> None:
        rules = lexicon.rules
        phrases = [phrase.split(" ") for phrase in compress(lexicon.words, lexicon.is_phrase)]
        known = lexicon.at_level(1)
        self.unusable = [
            " ".join(words)
            for words in phrases
            if not all(word in known or len(word) == 1 or rules.is_run(word) for word in words)
        ]
        words = sorted(set(chain.from_iterable(phrases)))
        self._numbers = WordNumbers(words, rules)
        self._spaced = lexicon.about.get(SPACES) == BESIDE_ALL
        self._trie, _ = phrase_trie(lexicon, words)
        self._longest = max(map(len, phrases), default=1)

    def cut(self, cut: kernels.CutUnits, decided: int, *, final: bool) -> int:
        """Join words to phrases: `cut.begins` becomes 0 where a phrase goes on, with a word or a space.

        decided  units that are cut into words
        final    whether the text ends there; else only that is joined which nothing that follows can change

        Returns how many units are decided now.
        """
        ids, place = self._numbers.read(cut, decided)
        if not final and ids.size and ids[-1] == -1:
            ids, place = ids[:-1], place[:-1]  # a phrase may go on behind it
        words, place = self._numbers.join(ids, place, spaced=self._spaced)
        begins, done = cut_phrases(words, self._trie, 0 if final else self._longest)
        within = place[:done][begins[:done] == 0]
        cut.begins[within] = 0
        cut.begins[(within - 1)[cut.code[within - 1] == 0]] = 0
        return int(place[done]) if done < place.size else decided


def cut_phrases(words: Symbols, trie: lattice.Trie, longest: int) -> tuple[Bytes, int]:
    """Cut words into the phrases of highest total score.

    words    (n,) uint16 or uint32, 0 = border
    longest  0, or words in the longest phrase: then the last stretch may go on, see `lattice.cut_words`

    Returns (n,) uint8, 0 where a phrase goes on, and how many words are decided.
    """
    borders = np.flatnonzero(words == 0)
    size = 1 + int(np.diff(borders, prepend=-1, append=words.size).max(initial=1))
    paths = lattice.Paths(np.empty(size), np.empty(size, np.int32), np.empty(size, np.int32))
    begins = np.ones(words.size, np.uint8)
    joins = np.zeros(trie.score.size, np.bool_)
    # Every word is one phrase or more: the floor is never reached.
    return begins, lattice.cut_words(words, words.size, joins, trie, -1e6, paths, begins, longest)


def phrase_trie(lexicon: Lexicon, words: Sequence[str]) -> tuple[lattice.Trie, int]:
    """Return the phrases of a lexicon, and `words`, numbered from 1 on; score: ln p.

    words  different; those of all phrases, at least

    Returns also how many words and phrases a text has.
    """
    listed, found = lexicon.at_level(1), lexicon.at_level(2)
    phrases = [phrase.split(" ") for phrase in found.words]
    number = {word: i for i, word in enumerate(words, 1)}
    spelled = [number[word] for phrase in phrases for word in phrase]
    units = np.array(spelled, np.uint16 if len(words) < 2**16 else np.uint32)
    offsets = np.cumsum([0, *map(len, phrases)], dtype=np.int64)
    edges = lattice.empty_table(units.size)
    end = np.zeros(len(phrases), np.int32)
    score = np.full(lattice.add_words(units, offsets, len(words) + 1, edges, end), -np.inf)
    # The words are counted as if there were no phrases: what is in phrases is not alone.
    inside = np.bincount(units, np.repeat(found.count, np.diff(offsets)), len(words) + 1)[1:]
    times = np.array([entry.count if (entry := listed.get(word)) else 0 for word in words], np.float64) - inside
    total = max(1, int(listed.count.sum()) - int(found.count @ (np.diff(offsets) - 1)))
    score[1 : len(words) + 1] = on_grid(np.log(np.maximum(times, 0.5) / total))
    score[end] = on_grid(np.log(found.count / total))
    return lattice.Trie(edges, score), total
