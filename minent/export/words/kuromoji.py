"""A user dictionary for kuromoji, the Japanese analyzer of Lucene, in Elasticsearch, OpenSearch or Solr.

Format: `UserDictionary.open` of its source (Lucene 9): text, segments, readings, part of speech.
"""

from minent.export.exported import Exported
from minent.export.words.sieve import NO_SPACE, Rule, no_placeholder, sift
from minent.lexicon import Lexicon

_PART_OF_SPEECH = "カスタム名詞"
_SEPARATORS: Rule = ('",#'.__contains__, "a comma, a quote or # is none of a word there")


def export(lexicon: Lexicon) -> Exported:
    """Return a dictionary for `user_dictionary`.  Readings are needed there; a lexicon has none, so words read as they
    are written.  A word that is found there always wins."""
    sifted = sift(lexicon, (NO_SPACE, no_placeholder(lexicon.rules), _SEPARATORS))
    rows = [f"{word},{word},{word},{_PART_OF_SPEECH}\n" for word in sifted.words]
    return Exported({"": "".join(rows).encode()}, sifted.losses)
