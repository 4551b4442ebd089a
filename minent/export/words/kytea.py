"""Words to train KyTea with: a partially annotated corpus of them.

Format: http://phontron.com/kytea/io.html, and the default marks of `PartCorpusIO` in its source.
"""

import re

from minent.export.exported import Exported
from minent.export.words.sieve import NO_SPACE, no_placeholder, sift
from minent.lexicon import Lexicon

_MARKS = re.compile(r"([ ?|/&\\-])")


def export(lexicon: Lexicon) -> Exported:
    """Return a corpus for `train-kytea -part`: a word a line, with "-" (no word ends here) between its characters."""
    sifted = sift(lexicon, (NO_SPACE, no_placeholder(lexicon.rules)))
    text = "\n".join([*map("-".join, sifted.words), ""])
    if _MARKS.search("".join(sifted.words)):
        text = "\n".join(["-".join([_MARKS.sub(r"\\\1", each) for each in word]) for word in sifted.words] + [""])
    return Exported({"": text.encode()}, sifted.losses)
