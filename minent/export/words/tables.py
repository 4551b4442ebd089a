"""The words alone, and the whole table for spreadsheets and scripts.  Nothing is lost."""

import json
from itertools import repeat

import numpy as np

from minent.export.exported import Exported
from minent.export.words.sieve import quoted
from minent.lexicon import Lexicon

# Digits behind the point, as in a lexicon's file.
_DIGITS = {"count": 0, "score": 1, "keyness": 4}
_MOST_DIGITS = 3


def export_plain(lexicon: Lexicon) -> Exported:
    """Return a word a line."""
    return Exported({"": "\n".join([*lexicon.words, ""]).encode()})


def export_csv(lexicon: Lexicon) -> Exported:
    """Return the columns of the lexicon, after a row of their names, as RFC 4180 has it; no evidence = empty."""
    names = lexicon.columns
    columns = [_spelled(lexicon, name, ",%s", "") for name in names[1:]]
    rows = map("".join, zip(quoted(lexicon.words), *columns, strict=True))
    return Exported({"": "\r\n".join([",".join(names), *rows, ""]).encode()})


def export_jsonl(lexicon: Lexicon) -> Exported:
    """Return an object for each word, with the columns of the lexicon as keys; no evidence = null."""
    words = lexicon.words
    if any(_escaped(character) != character for character in set("".join(words))):
        words = list(map(_escaped, words))
    columns = [_spelled(lexicon, name, f', "{name}": %s', "null") for name in lexicon.columns[1:]]
    rows = map("".join, zip(repeat('{"word": "'), words, repeat('"'), *columns, repeat("}\n"), strict=False))
    return Exported({"": "".join(rows).encode()})


def _escaped(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]


def _spelled(lexicon: Lexicon, name: str, form: str, missing: str) -> list[str]:
    """Return a column of numbers as text, such as `form` has for %s; `missing` stands for nan."""
    values = getattr(lexicon, name)
    digits = _DIGITS.get(name, _MOST_DIGITS)
    show = form.replace("%s", f"%.{digits}f" if digits else "%d").__mod__
    known = ~np.isnan(values)
    scaled = np.where(known, values, 0) * 10.0**digits
    whole = np.rint(scaled)
    low, high = (int(whole.min()), int(whole.max())) if values.size else (0, 0)
    if digits == 0 or high - low > values.size:
        texts = np.empty(values.size, object)
        unsure = known
    else:
        # Few numbers, many times over: each is spelled once; again where rounding was close, or gave zero from below.
        each = np.array([show(number / 10.0**digits) for number in range(low, high + 1)], object)
        texts = each[(whole - low).astype(np.int64)]
        unsure = known & ((np.abs(np.abs(scaled - whole) - 0.5) < 1e-6) | ((whole == 0) & np.signbit(scaled)))
    texts[unsure] = list(map(show, values[unsure].tolist()))
    texts[~known] = form.replace("%s", missing)
    return list(texts)
