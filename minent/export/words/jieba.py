"""Dictionaries of jieba 0.42: one to add to its own, and one in the place of it.

What jieba does not cut as a block of its own is in no word, whatever a dictionary says: `re_han_default` of its source.
Format: `re_userdict`, `Tokenizer.gen_pfdict` and `Tokenizer.add_word` there.
"""

import re
from collections.abc import Iterable

import numpy as np

from minent.export.exported import Exported
from minent.export.words.sieve import NO_SPACE, Rule, Sifted, no_placeholder, sift
from minent.lexicon import Lexicon

# The sum of all frequencies in jieba's own dictionary.
JIEBA_TOTAL = 60_101_967

_IN_BLOCKS = re.compile(r"[\u4e00-\u9fd5a-zA-Z0-9+#&._%-]")
_FOREIGN: Rule = (lambda character: not _IN_BLOCKS.match(character), "jieba cuts the text at a character of it")


def export_user(lexicon: Lexicon) -> Exported:
    """Return a dictionary for `jieba.load_userdict`: word, frequency.

    Frequencies are shares of the lexicon's words, in jieba's own measure.  Without any, it would read the last part
    of some words as one.
    """
    sifted = _sift(lexicon)
    total = max(1, sum(lexicon.at_level(1).count.tolist()))
    frequency = np.maximum(1, np.rint(sifted.counts * (JIEBA_TOTAL / total))).astype(np.int64)
    return _of_rows(sifted, frequency.tolist())


def export_main(lexicon: Lexicon) -> Exported:
    """Return a dictionary for `jieba.Tokenizer(path)`, which then cuts by it alone (with HMM=False): word, count."""
    sifted = _sift(lexicon)
    return _of_rows(sifted, sifted.counts.tolist())


def _sift(lexicon: Lexicon) -> Sifted:
    return sift(lexicon, (NO_SPACE, no_placeholder(lexicon.rules), _FOREIGN))


def _of_rows(sifted: Sifted, frequency: Iterable[int]) -> Exported:
    rows = map("%s %d\n".__mod__, zip(sifted.words, frequency, strict=True))
    return Exported({"": "".join(rows).encode()}, sifted.losses)
