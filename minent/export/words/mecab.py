"""A user dictionary for MeCab 0.996, as CSV to be compiled against the dictionary it is added to.

Format: `Dictionary::compile` of its source: surface, left and right context, cost, features.  A context of -1 is looked
up by the features, which needs the sources of that dictionary; an empty one would be that of the beginning of a text.
"""

import re

import numpy as np

from minent.errors import InputError
from minent.export.exported import Exported
from minent.export.words.sieve import NO_SPACE, no_placeholder, quoted, sift
from minent.lexicon import Lexicon
from minent.types import Counts

# What follows the surface, for dictionaries with the features of ipadic.
TEMPLATE = "-1,-1,{cost},名詞,固有名詞,一般,*,*,*,{word},*,*"

# Costs are -ln p times this, as in the dictionaries of MeCab.
COST_FACTOR = 700
_MOST = 2**15 - 1
_FIELDS = re.compile(r"\{(word|cost)\}")


def export(lexicon: Lexicon, template: str | None = None) -> Exported:
    """Return a user dictionary.

    template  what stands behind the surface and a comma, with {word} and {cost}; None: TEMPLATE

    Raises InputError for a template without {cost}, or with less than four columns.
    """
    template = TEMPLATE if template is None else template
    if "{cost}" not in template or template.count(",") < 3:
        raise InputError(
            f"the template {template!r} must say left context, right context, {{cost}} and features, with commas "
            f"between them, such as {TEMPLATE}"
        )
    sifted = sift(lexicon, (NO_SPACE, no_placeholder(lexicon.rules)))
    total = sum(lexicon.at_level(1).count.tolist())
    fields = quoted(sifted.words)
    row = _FIELDS.sub(lambda field: "%s" if field[1] == "word" else "%d", template.replace("%", "%%"))
    order = ["word", *_FIELDS.findall(template)]
    columns = {"word": fields, "cost": costs(sifted.counts, total)}
    rows = map(f"%s,{row}\n".__mod__, zip(*(columns[name] for name in order), strict=True))
    return Exported({"": "".join(rows).encode()}, sifted.losses)


def costs(count: Counts, total: int) -> list[int]:
    """Return for words of a `count`, (n,), of `total` their costs; MeCab has 16 bits for one."""
    cost = np.rint(np.log(count / max(1, total)) * -COST_FACTOR)
    return list(np.clip(cost, -_MOST, _MOST).astype(np.int64).tolist())
