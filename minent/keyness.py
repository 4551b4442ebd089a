"""Lexicon + background -> the same lexicon, what is special to its corpus first.

A word that occurs w times in the corpus and, rescaled to the size of the corpus, b times in the background is w of
w + b times in the corpus.  For rare words that share is luck: each is mixed with the share of all words, as if every
word had been seen mean(w + b) times more.  Source: Su Jianlin (2019), kexue.fm/archives/6540.
"""

import math
from hashlib import blake2b
from itertools import product, starmap
from operator import add
from typing import NamedTuple

import numpy as np

from minent import provenance
from minent.characters import NUMBER, WORD_KINDS
from minent.errors import InputError
from minent.lexicon import BESIDE_ALL, SPACES, Lexicon
from minent.ngrams import NgramCounts
from minent.types import Counts, Nats


class _Known(NamedTuple):
    """What a background knows of the words of a lexicon.

    times  (w,) float64: how often each occurs there; nan where the background cannot tell
    scale  size of the corpus / size of the background
    """

    times: Nats
    scale: float


def rank_by_keyness(lexicon: Lexicon, background: Lexicon | NgramCounts) -> Lexicon:
    """Return a lexicon sorted by what is special to its corpus, with the column `keyness`.

    background  a lexicon: a word it does not list counts as one that the background does not have; or counts of
                characters: words are looked up as n-grams, those longer than the longest n-grams are estimated from
                these.  What a background cannot tell gets nan and comes last: of counts, numbers and runs of letters
                that are units; of a lexicon without phrases, phrases.

    Keyness is (w + a m) / (t + m), with w how often a word occurs, t the same with the background added (rescaled to
    the same size), m the mean of t and a the sum of w over that of t: from 0, special to the background, to 1.

    Raises InputError for counts of bytes, and for a background without any words.
    """
    known = _from_lexicon(lexicon, background) if isinstance(background, Lexicon) else _from_counts(lexicon, background)
    keyness = smoothed_ratio(lexicon.count, known.times * known.scale)
    # Stable: words as special as each other stay as they were, what saves most first.
    order = np.argsort(-keyness, kind="stable")
    return Lexicon(
        [lexicon.words[row] for row in order.tolist()],
        lexicon.count[order],
        lexicon.pmi[order],
        lexicon.left_entropy[order],
        lexicon.right_entropy[order],
        lexicon.score[order],
        {**lexicon.about, **_about(background)},
        keyness[order],
    )


def smoothed_ratio(times: Counts, background: Nats) -> Nats:
    """Return (w,) float64: the share of its occurrences that each word has in the corpus, smoothed.

    times, background  (w,) occurrences in the corpus and in a background of the same size; nan = not known
    """
    known = ~np.isnan(background)
    both = times + background
    mean = both[known].mean() if known.any() else 1.0
    share = times[known].sum() / both[known].sum() if known.any() else 0.5
    ratio: Nats = (times + share * mean) / (both + mean)
    return ratio


def _from_lexicon(lexicon: Lexicon, background: Lexicon) -> _Known:
    total = int(background.at_level(1).count.sum())
    if not total:
        raise InputError("the background is a lexicon without words; name another")
    count_of = dict(zip(background.words, background.count.tolist(), strict=True))
    times = np.array([count_of.get(word, 0) for word in lexicon.words], np.float64)
    if not background.is_phrase.any():
        times[lexicon.is_phrase] = np.nan
    return _Known(times, float(lexicon.at_level(1).count.sum()) / total)


def _from_counts(lexicon: Lexicon, counts: NgramCounts) -> _Known:
    if counts.about.get("alphabet") == "bytes":
        raise InputError("the background is counts of bytes; words are looked up in counts of characters")
    kinds, _ = lexicon.rules.tables(counts.alphabet.tolist())
    in_words = [kind in WORD_KINDS for kind in kinds]
    size = int(counts.count[1 : counts.starts[2]][in_words].sum())
    if not size:
        raise InputError("the background is counts of a text without letters; name another")
    rules = lexicon.rules
    runs = "digits" in rules.runs
    between = (" ", "") if lexicon.about.get(SPACES) == BESIDE_ALL else ("",)

    def times(word: str) -> float:
        parts = word.split(" ")
        if (runs and NUMBER in word) or any(map(rules.is_run, parts)):
            return math.nan
        ways = product(between, repeat=len(parts) - 1)
        return sum(
            _estimate(counts, parts[0] + "".join(starmap(add, zip(way, parts[1:], strict=True)))) for way in ways
        )

    words = lexicon.at_level(1)
    length = np.array([len(word) for word in words.words], np.int64)
    return _Known(np.array([times(word) for word in lexicon.words]), float(words.count @ length) / size)


def _estimate(counts: NgramCounts, word: str) -> float:
    """Return how often a word occurs: looked up, or if it is too long, as if only the last characters mattered."""
    order = counts.order
    times = float(counts.look_up(word[:order]))
    for end in range(order + 1, len(word) + 1):
        before = counts.look_up(word[end - order : end - 1]) if order > 1 else int(counts.count[0])
        times *= counts.look_up(word[end - order : end]) / before if before else 0.0
    return times


def _about(background: Lexicon | NgramCounts) -> provenance.Fields:
    """Return the fields that name a background: its corpus and, because people may change them, the rows it has."""
    corpus = background.about.get("corpus-digest", "unknown")
    if isinstance(background, NgramCounts):
        return {"background": "counts", "background-corpus": corpus}
    rows = "".join(
        f"{word}\t{count}\n" for word, count in zip(background.words, background.count.tolist(), strict=True)
    )
    digest = blake2b(rows.encode(), digest_size=8).hexdigest()
    return {"background": "lexicon", "background-corpus": corpus, "background-rows": digest}
