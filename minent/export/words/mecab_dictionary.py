"""A whole dictionary for MeCab 0.996: the lexicon and nothing else, so that MeCab cuts text as `minent segment` does.

Each word has its own cost and all contexts are one, so the cheapest way is the cut of highest probability.  White space
is skipped; a number and a run of letters, where the lexicon has them as units, is a word of its own; so is every other
character that no word accounts for.  Format: `Dictionary::compile`, `CharProperty::compile`, `Tokenizer::lookup` of
MeCab's source.
"""

from collections.abc import Iterator
from itertools import compress, groupby

import numpy as np

from minent.characters import NUMBER, Kind, UnitRules
from minent.export.exported import Exported
from minent.export.words.mecab import COST_FACTOR, costs
from minent.export.words.sieve import NO_SPACE, alphabet, no_placeholder, quoted, sift
from minent.lexicon import Lexicon

_DICRC = f"""\
cost-factor = {COST_FACTOR}
bos-feature = BOS/EOS,*
eval-size = 1
unk-eval-size = 1
config-charset = UTF-8
dictionary-charset = UTF-8
"""
# name, whether words that begin here are looked for even if some are known, whether runs are one, longest otherwise
_CATEGORIES = """\
DEFAULT 1 0 1
SPACE 0 1 0
NUMERIC 1 1 0
ALPHA 1 1 0
PERCENT 1 0 1
"""
# A mark of percent belongs to the number before it; runs are of characters that each share a category with the next.
_CATEGORY = {Kind.SPACE: "SPACE", Kind.DIGIT: "NUMERIC", Kind.CASED: "ALPHA", Kind.PERCENT: "PERCENT NUMERIC"}
# Its table ends before the last code point of the first plane; what is beyond has the category of U+0000.
_CODES = range(1, 0xFFFF)


def export(lexicon: Lexicon) -> Exported:
    """Return the files of a folder; `mecab-dict-index -d DIR -o DIR -f UTF-8 -t UTF-8` compiles them."""
    rules = lexicon.rules
    words = lexicon.at_level(1)
    total = sum(words.count.tolist())
    sifted = sift(lexicon, (NO_SPACE, no_placeholder(rules)))
    # Runs of letters are words whatever a dictionary says; in it, they would be parts of longer ones.
    letters = alphabet(sifted.words)
    kinds, _ = rules.tables(list(map(ord, letters)))
    cased = {letter for letter, kind in zip(letters, kinds, strict=True) if kind == Kind.CASED}
    kept = [word[0] not in cased or not rules.is_run(word) for word in sifted.words]
    fields = quoted(list(compress(sifted.words, kept)))
    rows = map("%s,0,0,%d,*\n".__mod__, zip(fields, compress(costs(sifted.counts, total), kept), strict=False))
    # A character that is no word costs as much as half an occurrence, as in `minent.cutting.segmenter`.
    (floor,) = costs(np.ones(1, np.int64), 2 * total)
    number = words.get(NUMBER) if "digits" in rules.runs else None
    numeric = floor if number is None else costs(np.array([number.count]), total)[0]
    unknown = {"DEFAULT": floor, "SPACE": floor, "NUMERIC": numeric, "ALPHA": 0, "PERCENT": floor}
    files = {
        "lex.csv": "".join(rows),
        "matrix.def": "1 1\n0 0 0\n",
        "char.def": _CATEGORIES + "".join(_ranges(rules)),
        "unk.def": "".join(f"{name},0,0,{cost},*\n" for name, cost in unknown.items()),
        "dicrc": _DICRC,
    }
    losses = tuple(loss for loss in sifted.losses if number is None or loss.word != NUMBER)
    return Exported({name: text.encode() for name, text in files.items()}, losses, tuple(_warnings(rules)))


def _ranges(rules: UnitRules) -> Iterator[str]:
    """Yield lines for the characters that are not of the default category."""
    kinds, _ = rules.tables(list(_CODES))
    at = _CODES.start
    for kind, group in groupby(kinds):
        size = len(list(group))
        if kind in _CATEGORY:
            yield f"0x{at:04X}..0x{at + size - 1:04X} {_CATEGORY[kind]}\n"
        at += size


def _warnings(rules: UnitRules) -> Iterator[str]:
    yield "equal marks in a row are a word each there; a mark within a number or a word, as in 3.5 or don't, cuts it"
    if rules.normalize != "none":
        yield f"MeCab looks text up as it stands: bring it into the normal form {rules.normalize.upper()} before"
