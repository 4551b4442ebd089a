"""Characters that share their weights in a CRF; the text itself stays as it is."""

import numpy as np

from minent.characters import LETTERS, NUMBER, Kind, kind_of, normalizer
from minent.types import Array, Counts


def shared(code_points: list[int], classes: str) -> list[int]:
    """Return for each character the code point that stands for it, 0 for white space, which is in no word.

    classes  "none": only itself; "digits": characters with one normal form (NFKC) of one character, full and half
             width among them, are the same, and so are all digits; "digits,letters": all cased letters as well
    """
    normal = normalizer("none" if classes == "none" else "nfkc")
    found = []
    for code in map(normal, code_points):
        kind = kind_of(code)
        if kind == Kind.SPACE:
            code = 0
        elif kind == Kind.DIGIT and "digits" in classes:
            code = ord(NUMBER)
        elif kind == Kind.CASED and "letters" in classes:
            code = ord(LETTERS)
        found.append(code)
    return found


def choose_classes(classes: str, code_points: list[int], counts: Counts) -> str:
    """Resolve "auto": cased letters are one class where they are the smaller part of what words are made of."""
    if classes != "auto":
        return classes
    kinds = np.array([kind_of(code) for code in code_points])
    cased = int(counts[kinds == Kind.CASED].sum())
    letters = int(counts[kinds == Kind.LETTER].sum())
    return "digits" if cased > letters else "digits,letters"


def unit_table(code_points: list[int], classes: str, alphabet: Counts) -> Array:
    """Return (k + 1,) uint16: the unit of each character, with the border before them at 0.

    alphabet  (a,) uint32: unit - 1 -> code point, ascending; unit a + 1 is every other character
    """
    codes = np.array(shared(code_points, classes), np.uint32)
    place = np.searchsorted(alphabet, codes)
    found = np.append(alphabet, np.uint32(0))[place] == codes
    units = np.where(found, place + 1, alphabet.size + 1)
    return np.append(0, np.where(codes == 0, 0, units)).astype(np.uint16)
