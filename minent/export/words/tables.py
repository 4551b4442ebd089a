"""The words alone, and the whole table for spreadsheets and scripts.  Nothing is lost."""

import json
from collections.abc import Sequence

import numpy as np

from minent.export.exported import Exported
from minent.export.words.sieve import quoted
from minent.lexicon import Lexicon
from minent.types import Counts, Nats

# Digits behind the point, as in a lexicon's file.
_DIGITS = {"count": 0, "score": 1, "keyness": 4}
_MOST_DIGITS = 3


def export_plain(lexicon: Lexicon) -> Exported:
    """Return a word a line."""
    return Exported({"": "\n".join([*lexicon.words, ""]).encode()})


def export_csv(lexicon: Lexicon) -> Exported:
    """Return the columns of the lexicon, after a row of their names, as RFC 4180 has it; no evidence = empty."""
    names = lexicon.columns
    rows = _weave([quoted(lexicon.words), *_numbers(lexicon, "")], ["", *[","] * (len(names) - 1), "\r\n"])
    return Exported({"": (",".join(names) + "\r\n" + rows).encode()})


def export_jsonl(lexicon: Lexicon) -> Exported:
    """Return an object for each word, with the columns of the lexicon as keys; no evidence = null."""
    words = lexicon.words
    if any(_escaped(character) != character for character in set("".join(words))):
        words = list(map(_escaped, words))
    before = ['{"word": "', *(f', "{name}": ' for name in lexicon.columns[1:]), "}\n"]
    before[1] = '"' + before[1]
    return Exported({"": _weave([words, *_numbers(lexicon, "null")], before).encode()})


def _escaped(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]


def _weave(columns: Sequence[list[str]], around: Sequence[str]) -> str:
    """Return the columns row by row; `around` has what stands before each of them, and behind the last."""
    step = len(columns) + len(around)
    size = len(columns[0])
    parts = [""] * (size * step)
    for number, text in enumerate(around):
        parts[2 * number :: step] = [text] * size
    for number, column in enumerate(columns):
        parts[2 * number + 1 :: step] = column
    return "".join(parts)


def _numbers(lexicon: Lexicon, missing: str) -> list[list[str]]:
    """Return all columns but the words, as text."""
    names = lexicon.columns[1:]
    return [_spelled(getattr(lexicon, name), _DIGITS.get(name, _MOST_DIGITS), missing) for name in names]


def _spelled(values: Counts | Nats, digits: int, missing: str) -> list[str]:
    """Return numbers, (n,), as text; `missing` for nan."""
    show = f"%.{digits}f".__mod__ if digits else "%d".__mod__
    known = ~np.isnan(values)
    scaled = np.where(known, values, 0) * 10.0**digits
    whole = np.rint(scaled)
    low, high = (int(whole.min()), int(whole.max())) if values.size else (0, 0)
    if high - low > values.size:
        texts = np.full(values.size, missing, object)
        texts[known] = list(map(show, values[known].tolist()))
        return list(texts)
    # Few numbers, many times over: each is spelled once; again where rounding was close, or gave zero from below.
    texts = np.array([show(number / 10**digits) for number in range(low, high + 1)], object)[(whole - low).astype(int)]
    texts[~known] = missing
    unsure = known & ((np.abs(np.abs(scaled - whole) - 0.5) < 1e-6) | ((whole == 0) & np.signbit(scaled)))
    texts[unsure] = list(map(show, values[unsure].tolist()))
    return list(texts)
