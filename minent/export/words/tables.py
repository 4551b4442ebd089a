"""The words alone, and the whole table for spreadsheets and scripts.  Nothing is lost."""

import json

import numpy as np

from minent.export.exported import Exported
from minent.export.words.sieve import alphabet, quoted
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
    rows = map(b"".join, zip(_encoded(quoted(lexicon.words)), *columns, strict=True))
    return Exported({"": b"\r\n".join([",".join(names).encode(), *rows, b""])})


def export_jsonl(lexicon: Lexicon) -> Exported:
    """Return an object for each word, with the columns of the lexicon as keys; no evidence = null."""
    words = lexicon.words
    if any(_escaped(character) != character for character in alphabet(words)):
        words = list(map(_escaped, words))
    names = lexicon.columns
    # What stands between two words is part of a column: fewer parts, and quicker.
    begin, end = f'{{"{names[0]}": "', "}\n"
    forms = [f', "{name}": %s' for name in names[1:]]
    forms = ['"' + forms[0], *forms[1:-1], forms[-1] + end + begin]
    columns = [_spelled(lexicon, name, form, "null") for name, form in zip(names[1:], forms, strict=True)]
    rows = b"".join(map(b"".join, zip(_encoded(words), *columns, strict=True)))
    return Exported({"": (begin.encode() + rows).removesuffix(begin.encode())})


def _escaped(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]


def _encoded(words: list[str]) -> list[bytes]:
    """Return words as UTF-8; no word has a line feed."""
    return "\n".join(words).encode().split(b"\n") if words else []


def _spelled(lexicon: Lexicon, name: str, form: str, missing: str) -> list[bytes]:
    """Return a column of numbers as text, such as `form` has for %s; `missing` stands for nan."""
    values = getattr(lexicon, name)
    digits = _DIGITS.get(name, _MOST_DIGITS)
    show = form.replace("%s", f"%.{digits}f" if digits else "%d").__mod__
    known = ~np.isnan(values)
    scaled = values if digits == 0 else np.where(known, values, 0) * 10.0**digits
    whole = values if digits == 0 else np.rint(scaled) + 0.0  # -0.0 becomes 0.0
    # Few numbers, many times over: each is spelled once, and again where rounding was close, or gave zero from below.
    if values.size and whole.max() - whole.min() < values.size:
        low = whole.min()
        numbers, place = np.arange(low, whole.max() + 1), (whole - low).astype(np.int64)
    else:
        numbers, place = np.unique(whole, return_inverse=True)
    numbers = numbers / 10.0**digits if digits else numbers
    texts = np.array([show(number).encode() for number in numbers.tolist()], object)[place]
    unsure = known & ((np.abs(np.abs(scaled - whole) - 0.5) < 1e-6) | ((whole == 0) & np.signbit(scaled)))
    texts[unsure] = [show(number).encode() for number in values[unsure].tolist()]
    texts[~known] = form.replace("%s", missing).encode()
    return list(texts)
