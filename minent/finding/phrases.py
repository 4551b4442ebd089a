"""Corpus + Lexicon of words -> the same Lexicon with phrases: units of units.

The corpus is cut into the words of the lexicon, these are numbered, and what finds words in characters finds phrases in
words (`minent.finding.discover`): sequences of words that are more autonomous than their parts, that save something
over them, and whose weakest bond is strong; or, where the words come from merging, what merging on makes of them.
"""

import math
from dataclasses import asdict, dataclass, replace
from itertools import compress, pairwise
from typing import NamedTuple

import numpy as np

from minent import provenance
from minent.characters import LETTERS, Kind
from minent.corpus import Corpus
from minent.cost import Cost, cost_of_units, cost_of_words
from minent.counting.branching import LONGEST_ORDER
from minent.cutting.phrasing import WordNumbers, phrase_trie
from minent.cutting.segmenter import Segmenter
from minent.errors import InputError
from minent.finding.discover import LexiconOptions, find_words, min_count_for
from minent.finding.pruning import Words
from minent.kernels import lattice
from minent.lexicon import BESIDE_ALL, BESIDE_RUNS, SPACES, Lexicon
from minent.progress import Progress, Silent
from minent.types import Array, Nodes, Symbols
from minent.units import Units

# In text with spaces between its words there are 3 to 6 letters to a space, in text with spaces between clauses 15 and
# more.
_MOST_LETTERS_TO_A_SPACE = 10


@dataclass(frozen=True)
class PhraseOptions:
    """What makes a phrase.

    max_phrase_length  in words
    min_phrase_count   drop phrases seen fewer times; 0 = by the size of the corpus, see `discover.min_count_for`
    min_phrase_gain    nats a phrase must save at each occurrence over its words; not for merging
    min_phrase_pmi     nats: pointwise mutual information of the weakest bond between its words; not for merging
    """

    max_phrase_length: int = 6
    min_phrase_count: int = 0
    min_phrase_gain: float = 3.5
    min_phrase_pmi: float = 4.0

    def __post_init__(self) -> None:
        if not 2 <= self.max_phrase_length <= LONGEST_ORDER:
            raise InputError(f"max_phrase_length must be from 2 to {LONGEST_ORDER}, not {self.max_phrase_length}")
        if self.min_phrase_count < 0:
            raise InputError(f"min_phrase_count must not be negative, as {self.min_phrase_count} is")
        if np.isnan(self.min_phrase_gain) or np.isnan(self.min_phrase_pmi):
            raise InputError("min_phrase_gain and min_phrase_pmi must be numbers; -inf keeps everything")


class _Text(NamedTuple):
    """A corpus as words.

    ids         (n,) uint16 or uint32: row of the lexicon + 1; 0 = a border, or a word that is not in the lexicon
    characters  in words; a number counts as one
    spaced      whether its spaces stand between words everywhere, not only beside numbers and runs of letters
    """

    ids: Symbols
    characters: int
    spaced: bool


def add_phrases(
    corpus: Corpus,
    lexicon: Lexicon,
    options: PhraseOptions | None = None,
    *,
    threads: int = 1,
    progress: Progress | None = None,
) -> Lexicon:
    """Return a lexicon with the phrases of a corpus beside its words; phrases that it has are left out.

    corpus   as a rule the one that the words come from
    lexicon  of words; the counts of these stay as they are
    threads  how many tasks run at once; the result is the same for any number

    Raises what reading the corpus raises, and CapacityError for more than 2 million different words.
    """
    options = options or PhraseOptions()
    progress = progress or Silent()
    lexicon = lexicon.at_level(1)
    text = _read(corpus, lexicon, threads, progress)
    options = replace(options, min_phrase_count=options.min_phrase_count or min_count_for(text.characters))
    kinds = np.full(len(lexicon) + 1, Kind.LETTER, np.uint8)
    kinds[0] = Kind.SPACE
    units = Units(text.ids, np.arange(1, len(lexicon) + 1), kinds)
    method = str(lexicon.about.get("method", LexiconOptions.method))
    found = _no_words(units) if not text.ids.any() else find_words(units, _as_words(options, method), threads, progress)
    shaping = {key.replace("_", "-"): value for key, value in asdict(options).items()}
    if method == "merging":
        del shaping["min-phrase-gain"], shaping["min-phrase-pmi"]
    about = {**lexicon.about, **shaping, SPACES: BESIDE_ALL if text.spaced else BESIDE_RUNS, **_costs(text, found)}
    return _with_phrases(lexicon, found, about)


def _as_words(options: PhraseOptions, method: str) -> LexiconOptions:
    common = LexiconOptions(method, min_count=options.min_phrase_count, max_word_length=options.max_phrase_length)
    if method == "merging":
        return common
    return replace(common, min_gain=options.min_phrase_gain, min_pmi=options.min_phrase_pmi)


def _no_words(units: Units) -> Words:
    none = np.zeros(0)
    return Words(units.ids[:0], np.zeros(1, np.int64), none.astype(np.int64), none, none, none, none)


def _read(corpus: Corpus, lexicon: Lexicon, threads: int, progress: Progress) -> _Text:
    """Cut a corpus into words, and number them by their rows."""
    numbers = WordNumbers(lexicon.words, lexicon.rules)
    ids, characters = _numbered(corpus, lexicon, numbers, threads, progress)
    # Whether spaces stand between all words is seen where neither word is a number or a run of letters.
    lengths = np.array([0, *map(len, lexicon.words)], np.int64) * (numbers.plain[0] & numbers.plain[1])
    letters = int(lengths @ np.bincount(np.maximum(ids, 0), minlength=lengths.size))
    spaced = letters < _MOST_LETTERS_TO_A_SPACE * numbers.count_spaces(ids)
    words, _ = numbers.join(ids, np.zeros(0, np.int64), spaced=spaced)
    return _Text(words, characters, spaced)


def _numbered(
    corpus: Corpus, lexicon: Lexicon, numbers: WordNumbers, threads: int, progress: Progress
) -> tuple[Nodes, int]:
    """Return the words of a corpus as `WordNumbers.read` gives them, and how many characters there are in them."""
    progress.stage("cutting into words", corpus.size)
    border = np.full(1, -2, np.int32)
    pieces = [border]
    characters = 0
    segmenter = Segmenter(lexicon)
    letters = "letters" in lexicon.rules.runs
    for document in corpus.documents():
        for cut in segmenter.units(document.chunks(), threads=threads):
            pieces.append(numbers.read(cut, cut.code.size)[0])
            # A run of letters has as many characters as are there, a number one.
            runs = (cut.code == ord(LETTERS)) & letters
            characters += int((cut.code > 0).sum() + (np.diff(cut.start)[runs] - 1).sum())
        pieces.append(border)
    return np.concatenate(pieces), characters


def _costs(text: _Text, found: Words) -> provenance.Fields:
    """Say what the text costs as words and as phrases, without the words that are not in the lexicon."""
    counts = np.bincount(text.ids, minlength=1)
    before = cost_of_units(counts)
    after = cost_of_words(counts, found.units, found.offsets, found.times)
    size = max(1, text.characters)
    bits = [f"{cost.bits_per_character * cost.units / size:.4f}" for cost in (before, after)]
    return {
        "word-bits-per-character": bits[0],
        "phrase-bits-per-character": bits[1],
        "phrase-saved-bits": f"{before.bits - after.bits:.0f}",
    }


def _with_phrases(lexicon: Lexicon, found: Words, about: provenance.Fields) -> Lexicon:
    """Put words and phrases in one table, what saves most first."""
    longer = np.diff(found.offsets) > 1
    numbers = found.units.tolist()
    phrases = [
        " ".join([lexicon.words[number - 1] for number in numbers[low:high]])
        for low, high in compress(pairwise(found.offsets.tolist()), longer)
    ]

    def column(of_words: Array, of_found: Array) -> Array:
        return np.concatenate([of_words, of_found[longer]])

    both = Lexicon(
        lexicon.words + phrases,
        column(lexicon.count, found.times),
        column(lexicon.pmi, found.pmi),
        column(lexicon.left_entropy, found.left),
        column(lexicon.right_entropy, found.right),
        column(lexicon.score, found.times * found.gain),
        about,
    )
    return both.select(np.lexsort((-both.count, -both.score)))


def reading_costs(corpus: Corpus, lexicon: Lexicon, *, threads: int = 1) -> tuple[Cost, Cost]:
    """What a text costs that is read with the words of a lexicon, and what with its phrases.

    Each is sent by its share of the lexicon's T occurrences and one more, c / (T + 1); that one more announces a word
    which the lexicon does not list, spelled in ln 1114112 nats a character and once more for its end.  Cost.units are
    characters, spaces left out; a number is one.  The lexicon itself is not counted: `Cost.lexicon` is 0.

    Raises what reading the corpus raises.
    """
    listed = lexicon.at_level(1)
    numbers = WordNumbers(listed.words, listed.rules)
    trie, total = phrase_trie(lexicon, listed.words)
    ids, characters = _numbered(corpus, listed, numbers, threads, Silent())
    counts = np.bincount(np.maximum(ids, 0), minlength=len(listed) + 1)[1:]
    unlisted = int((ids == 0).sum())
    lengths = np.array([len(word) for word in listed.words], np.int64)
    spelling = (characters - int(lengths @ counts) + unlisted) * math.log(0x110000)
    words_total = int(listed.count.sum())
    as_words = float(counts @ np.log((words_total + 1) / listed.count)) + unlisted * math.log(words_total + 1)
    words, _ = numbers.join(ids, np.zeros(0, np.int64), spaced=lexicon.about.get(SPACES) == BESIDE_ALL)
    size = words.size + 1
    paths = lattice.Paths(np.empty(size), np.empty(size, np.int32), np.empty(size, np.int32))
    used = np.zeros(trie.score.size, np.int64)
    joins = np.zeros(trie.score.size, np.bool_)
    score = lattice.count_words(words, joins, trie, -1e6, paths, used, (0, words.size))
    n = int(used.sum()) + unlisted
    as_phrases = -score + n * math.log((total + 1) / total) + unlisted * math.log(total)
    return (
        Cost(characters, int(counts.sum()) + unlisted, as_words + spelling, 0.0),
        Cost(characters, n, as_phrases + spelling, 0.0),
    )
