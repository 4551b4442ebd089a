"""Tagger: a linear-chain CRF that cuts text into words, learned from text that is cut."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from minent import provenance
from minent.columns import Column, load_columns, save_columns
from minent.errors import FormatError
from minent.files import StrPath
from minent.kernels.crf import Weights
from minent.types import Counts, Keys

# Tag sets by size: what a unit can be in a word.
TAG_SETS = {4: ("S", "E", "B", "M"), 6: ("S", "E", "B", "B2", "B3", "M")}
CLASSES = ("auto", "none", "digits", "digits,letters")
# Weights are whole numbers, this many to one.
ONE = 1024

_MAGIC = b"minent tagger\n"
_MADE = "make one with minent train-crf"
# The columns that are weights, and how many of a tag's there are in a row.
_SPANS = {"unit": 5, "pair": 4, "around": 1, "two": 4, "three": 5}
_COLUMNS = {
    **dict.fromkeys(("alphabet", "pairs", "arounds"), ("<u4",)),
    "strings": ("<u8",),
    **dict.fromkeys((*_SPANS, "step"), ("<i2",)),
}


@dataclass(frozen=True, eq=False)
class Tagger:
    """What a CRF knows; `minent.kernels.crf` says how it is used.

    alphabet  (k,) uint32: unit - 1 -> code point that stands for it, ascending; unit k + 1 is every other character
    pairs     (p,) uint32: left unit << 16 | right unit, ascending; those with weights of their own
    arounds   (a,) uint32: the same for the units on both sides of a unit
    strings   (s,) uint64: string of two or three units << 8 | what is known of it from raw text, see
              `minent.tagging.statistics`; ascending, 16 bits a unit
    weights   int16, in multiples of 1 / ONE; the rows of `pair` and `around` are those of `pairs` and `arounds`, from 1
    about     where it comes from, see `minent.provenance`; "tags" is 4 or 6, "classes" one of CLASSES but "auto"
    """

    alphabet: Counts
    pairs: Keys
    arounds: Keys
    strings: Keys
    weights: Weights
    about: provenance.Fields

    @property
    def tags(self) -> tuple[str, ...]:
        """The names of the tags."""
        return TAG_SETS[int(self.about["tags"])]

    @property
    def classes(self) -> str:
        """Which characters share their weights."""
        return str(self.about["classes"])

    def __repr__(self) -> str:
        return f"Tagger({'/'.join(self.tags)}, {self.alphabet.size:,} characters, {self.pairs.size:,} pairs)"

    def save(self, path: StrPath, *, force: bool = False) -> None:
        """Write the tagger so that `load` can map it into memory.  Raises what `minent.files.atomic_write` raises."""
        arrays = {name: getattr(self, name) for name in ("alphabet", "pairs", "arounds", "strings")}
        arrays |= {name: array.ravel() for name, array in self.weights._asdict().items()}
        columns = {name: Column.of(arrays[name].astype(_COLUMNS[name][0], copy=False)) for name in _COLUMNS}
        save_columns(path, _MAGIC, self.about, columns, force=force)

    @classmethod
    def load(cls, path: StrPath) -> "Tagger":
        """Map a saved tagger into memory.

        Raises OSError if the file cannot be read, FormatError if it is no tagger or is damaged.
        """
        columns, about = load_columns(path, _MAGIC, _COLUMNS, "tagger", made=_MADE)
        count = about.get("tags")
        if count not in TAG_SETS or about.get("classes") not in CLASSES[1:] or not _fits(columns, count):
            raise FormatError(str(path), f"this is not a tagger of this minent: its parts do not fit; {_MADE}")
        named = {name: columns.pop(name).reshape(-1, span * count) for name, span in _SPANS.items()}
        return cls(weights=Weights(**named, step=columns.pop("step")), about=about, **columns)


def _fits(columns: dict[str, Any], count: int) -> bool:
    """Whether the columns of a file have the sizes that belong together."""
    known = columns["strings"].size > 0
    rows = {
        "unit": columns["alphabet"].size + 2,
        "pair": columns["pairs"].size + 1,
        "around": columns["arounds"].size + 1,
        **dict.fromkeys(("two", "three"), 256 * known),
    }
    sizes = {name: rows[name] * span * count for name, span in _SPANS.items()} | {"step": count**2}
    ascending = bool(np.all(np.diff(columns["alphabet"].astype(np.int64)) > 0))
    return all(columns[name].size == size for name, size in sizes.items()) and rows["unit"] <= 1 << 16 and ascending
