"""Words for HanLP: a dictionary of 1.x, and a list for 2.x, which reads no dictionaries.

Format: `DynamicCustomDictionary.load` of its source (1.8); `TrieDict` of hanlp_trie (0.0.5).
"""

import json

import numpy as np

from minent.export.exported import Exported
from minent.export.words.sieve import NO_SPACE, no_placeholder, sift
from minent.lexicon import Lexicon

_MOST = 2**31 - 1


def export_dictionary(lexicon: Lexicon) -> Exported:
    """Return a custom dictionary of HanLP 1.x: word, part of speech (nz, as for words it is given without), count.

    Its file with the ending .bin must be removed when the dictionary has changed.
    """
    sifted = sift(lexicon, (NO_SPACE, no_placeholder(lexicon.rules)))
    count = np.minimum(sifted.counts, _MOST).tolist()
    rows = map("%s nz %d\n".__mod__, zip(sifted.words, count, strict=True))
    return Exported({"": "".join(rows).encode()}, sifted.losses)


def export_list(lexicon: Lexicon) -> Exported:
    """Return a list in JSON, for HanLP 2.x: `tok.dict_combine = set(json.load(file))`, or `dict_force`."""
    sifted = sift(lexicon, (no_placeholder(lexicon.rules),))
    return Exported({"": (json.dumps(sifted.words, ensure_ascii=False, indent=0) + "\n").encode()}, sifted.losses)
