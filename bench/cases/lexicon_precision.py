"""Share of each tool's first k words of two or more characters that people's segmentations know.

In a lexicon of minent `0` stands for any number: such a word is known if a known word is the same but for its number.
"""

import re
from collections.abc import Iterator

from context import NEWS, Context, Row
from tools import MINENT, MINENT_BEST, PEERS

RANKS = (100, 1_000, 5_000, 20_000)
COLUMNS = {"system": "", "words": ",", **{f"at {k:,}": ".3f" for k in RANKS}}


def rows(context: Context) -> Iterator[Row]:
    known: set[str] = set()
    for name in ("pku", "msr"):
        for part in ("gold", "vocab"):
            known.update(context.file(f"eval/{name}/{part}.txt").read_text(encoding="utf-8").split())
    patterns = {re.sub(r"\d+", "0", word) for word in known}
    for tool in context.present([MINENT, MINENT_BEST, *PEERS]):
        every = tool.read_words(context.learnt(tool, [context.file(NEWS)]))
        words = [word for word in every if len(word) > 1]
        right = known if tool in PEERS else patterns
        shares: Row = {f"at {k:,}": sum(word in right for word in words[:k]) / k for k in RANKS if k <= len(words)}
        yield {"system": tool.name, "words": len(words), **shares}
