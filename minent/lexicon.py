"""Lexicon: words, and phrases of them, and the evidence for them, in a table that people can read, edit, load again."""

import codecs
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cached_property
from hashlib import blake2b
from itertools import starmap
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from minent import provenance
from minent.characters import NORMALIZATIONS, RUNS, UnitRules
from minent.errors import FormatError, InputError
from minent.files import StrPath, atomic_write
from minent.notebooks import html_table
from minent.types import Counts, Flags, Nats, Offsets

COLUMNS = ("word", "count", "pmi", "left_entropy", "right_entropy", "score")
# One more column where a lexicon has been ranked against a background.
KEYNESS = "keyness"
# What `about` says of the spaces that a phrase may hold, and the two values of it: see `minent.cutting.phrasing`.
SPACES = "phrase-spaces"
BESIDE_RUNS, BESIDE_ALL = "runs", "all"
_DIGEST = "rows-digest"


class Entry(NamedTuple):
    """A word and the evidence for it; nan where there is none.

    count          how often the word occurs in the best cut of the corpus
    pmi            pointwise mutual information of its weakest inner bond, nats
    left_entropy   branching entropy of the unit before it, nats
    right_entropy  branching entropy of the unit after it, nats
    score          nats that the word saves in the whole corpus over the best cut of it into other words
    keyness        how special the word is to the corpus: 0 = to the background, 1 = to the corpus, see `minent.keyness`
    """

    word: str
    count: int  # type: ignore[assignment]  # a tuple has a method of this name, which nobody misses here
    pmi: float
    left_entropy: float
    right_entropy: float
    score: float
    keyness: float = math.nan


class Lexicon:
    """Words, and phrases of words, the ones that save most first.

    words   different, none empty, no white space in them; a phrase is two words or more, a space between any two.  The
            words are counted as if there were no phrases
    others  (w,) arrays, see `Entry`; no `keyness` without a background
    about   where the lexicon comes from, see `minent.provenance`; "runs" and "normalize" say how text becomes units
    """

    def __init__(
        self,
        words: list[str],
        count: Counts,
        pmi: Nats,
        left_entropy: Nats,
        right_entropy: Nats,
        score: Nats,
        about: provenance.Fields,
        keyness: Nats | None = None,
    ) -> None:
        self.words = words
        self.count = count
        self.pmi = pmi
        self.left_entropy = left_entropy
        self.right_entropy = right_entropy
        self.score = score
        self.about = about
        self.keyness = keyness
        self.edited = False

    @classmethod
    def empty(cls) -> "Lexicon":
        """Return a lexicon without words: text is cut into single units."""
        none = np.zeros(0)
        return cls([], none.astype(np.int64), none, none, none, none, {})

    def __len__(self) -> int:
        return len(self.words)

    def __repr__(self) -> str:
        return f"Lexicon({len(self):,} words from {self.about.get('corpus-bytes', '?')} bytes)"

    def _repr_html_(self) -> str:
        return html_table(repr(self), self.columns, self.rows())

    def __iter__(self) -> Iterator[Entry]:
        return starmap(Entry, self.rows())

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns of the table."""
        return COLUMNS if self.keyness is None else (*COLUMNS, KEYNESS)

    @property
    def _numbers(self) -> list[Counts | Nats]:
        return [getattr(self, name) for name in self.columns[1:]]

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of the table: a word and a number for each of the other `columns`."""
        return zip(self.words, *(column.tolist() for column in self._numbers), strict=True)

    def __contains__(self, word: object) -> bool:
        return word in self._row_of

    def __getitem__(self, word: str) -> Entry:
        return self._entry(self._row_of[word])

    def get(self, word: str) -> Entry | None:
        """Return a word and the evidence for it, None if it is not here."""
        row = self._row_of.get(word)
        return None if row is None else self._entry(row)

    def _entry(self, row: int) -> Entry:
        return Entry(self.words[row], *(column[row].item() for column in self._numbers))

    @cached_property
    def is_phrase(self) -> Flags:
        """Which rows are phrases, (w,) bool."""
        return np.array([" " in word for word in self.words], np.bool_)

    def at_level(self, level: int) -> "Lexicon":
        """Return the words alone, for level 1, or the phrases, for level 2."""
        wanted = self.is_phrase == (level > 1)
        return self if wanted.all() else self.select(np.flatnonzero(wanted))

    def select(self, rows: Offsets) -> "Lexicon":
        """Return some rows, in the order given."""
        return Lexicon(
            [self.words[row] for row in rows.tolist()],
            self.count[rows],
            self.pmi[rows],
            self.left_entropy[rows],
            self.right_entropy[rows],
            self.score[rows],
            self.about,
            None if self.keyness is None else self.keyness[rows],
        )

    @cached_property
    def _row_of(self) -> dict[str, int]:
        return {word: row for row, word in enumerate(self.words)}

    @property
    def rules(self) -> UnitRules:
        """How text becomes the units the words are made of."""
        return UnitRules(str(self.about.get("runs", "digits,letters")), str(self.about.get("normalize", "none")))

    def to_columns(self) -> dict[str, list[str] | Counts | Nats]:
        """Return the columns by their names, as `pandas.DataFrame` and `polars.DataFrame` take them."""
        return {self.columns[0]: self.words, **dict(zip(self.columns[1:], self._numbers, strict=True))}

    @classmethod
    def from_columns(cls, table: Any, about: provenance.Fields | None = None) -> "Lexicon":
        """Make a lexicon of columns by their names: a dict, or a table of pandas, polars or pyarrow.

        table  has "word" and "count"; evidence that it has no column for, or nothing in it, is missing
        about  see the class: that of the lexicon the table was made from, if there is one

        Raises InputError if these can be no words and counts of a lexicon.
        """
        # pyarrow has columns, too, but they have no names there.
        given = set(getattr(table, "column_names", getattr(table, "columns", table)))
        if not {"word", "count"} <= given:
            raise InputError(f"a lexicon needs the columns word and count; there are {', '.join(map(str, given))}")
        words = [getattr(word, "as_py", lambda word=word: word)() for word in table["word"]]
        for row, word in enumerate(words):
            if not isinstance(word, str) or not _is_spelled(word):
                raise InputError(f"row {row}: {word!r} is no word; white space in one is single spaces")
        if len(set(words)) < len(words):
            ((twice, _),) = Counter(words).most_common(1)
            raise InputError(f"the word {twice!r} is there twice; delete one of the two")
        counts = np.asarray(table["count"])
        if counts.dtype.kind not in "iu" or counts.shape != (len(words),) or (counts < 1).any():
            raise InputError("counts must be whole numbers from 1 on, one for each word")
        evidence = [
            np.array(table[name], np.float64) if name in given else np.full(len(words), np.nan)
            for name in (*COLUMNS[2:], *([KEYNESS] if KEYNESS in given else []))
        ]
        pmi, left, right, score, *keyness = evidence
        fields = {} if about is None else {key: value for key, value in about.items() if key != _DIGEST}
        return cls(words, counts.astype(np.int64), pmi, left, right, np.nan_to_num(score), fields, *keyness)

    def write(self, stream: BinaryIO) -> None:
        """Write the table as UTF-8: `#` lines about it, the column names, a line for each word; no evidence = empty."""
        row_format = "%s\t%d\t%.3f\t%.3f\t%.3f\t%.1f" + ("" if self.keyness is None else "\t%.4f")
        rows = "\n".join([*(row_format % row for row in self.rows()), ""])
        body = ("\t".join(self.columns) + "\n" + rows.replace("\tnan", "\t")).encode()
        stream.write(provenance.render({**self.about, _DIGEST: _digest(body)}).encode())
        stream.write(body)

    def save(self, path: StrPath, *, force: bool = False) -> None:
        """Write the table to a file; see `minent.files.atomic_write`."""
        with atomic_write(path, force=force) as stream:
            self.write(stream)

    @classmethod
    def load(cls, path: StrPath) -> "Lexicon":
        """Read a table, checking every row.  `edited` tells whether it was changed since minent wrote it.

        A row may end after the count: a word somebody has added.

        Raises OSError if the file cannot be read, FormatError naming the line if it is no lexicon or a row is wrong.
        """
        name = str(path)
        data = Path(path).read_bytes()
        if data.startswith(b"minent counts"):
            raise FormatError(name, "this is a file of counts, not a lexicon; make one with minent build-lexicon")
        try:
            lines = data.decode("utf-8-sig").replace("\r\n", "\n").split("\n")
        except UnicodeDecodeError as error:
            offset = error.start + (len(codecs.BOM_UTF8) if data.startswith(codecs.BOM_UTF8) else 0)
            raise FormatError(name, "this is not UTF-8; save the lexicon as UTF-8", offset=offset) from None
        about = provenance.parse(lines)
        provenance.check_format(name, about, "lexicon")
        first = next((i for i, line in enumerate(lines) if not line.startswith("#")), len(lines))
        columns = tuple("".join(lines[first : first + 1]).split("\t"))
        if columns not in (COLUMNS, (*COLUMNS, KEYNESS)):
            names = f"{' '.join(COLUMNS)} (and {KEYNESS}, after a ranking against a background)"
            raise FormatError(name, f"here the names of the columns must stand, with tabs: {names}", line=first + 1)
        body = data[data.find(("\n" + COLUMNS[0] + "\t").encode()) + 1 :]
        for key, values in (("runs", RUNS[1:]), ("normalize", NORMALIZATIONS)):
            if about.get(key, values[-1]) not in values:
                raise FormatError(name, f"{key} cannot be {about[key]!r}; write one of {', '.join(values)}")
        fields: provenance.Fields = {key: value for key, value in about.items() if key != _DIGEST}
        words, count, (pmi, left, right, score, *keyness) = _parse_rows(name, lines, first + 1, columns)
        lexicon = cls(words, count, pmi, left, right, score, fields, *keyness)
        lexicon.edited = about.get(_DIGEST) != _digest(body)
        return lexicon


def _digest(body: bytes) -> str:
    return blake2b(body, digest_size=8).hexdigest()


def _parse_rows(
    name: str, lines: list[str], first: int, columns: Sequence[str]
) -> tuple[list[str], Counts, list[Nats]]:
    """Return the words, counts and other numbers of the rows from line `first` (from 0) on.

    Raises FormatError for the first row that is wrong.
    """
    rows = [line.split("\t") for line in lines[first:] if line]
    words = [row[0] for row in rows]
    try:
        if not all(2 <= len(row) <= len(columns) for row in rows) or len(set(words)) < len(words):
            raise ValueError
        if not all(map(_is_spelled, words)) or not all(_is_count(row[1]) for row in rows):
            raise ValueError
        count = np.array([int(row[1]) for row in rows], np.int64)
        evidence = [
            [float(row[c] or "nan") if c < len(row) else math.nan for row in rows] for c in range(2, len(columns))
        ]
        if np.isinf(evidence).any():
            raise ValueError
    except (ValueError, OverflowError):
        raise _wrong_row(name, lines, first, columns) from None
    numbers = [np.array(column, np.float64) for column in evidence]
    numbers[3] = np.nan_to_num(numbers[3])
    return words, count, numbers


def _is_spelled(word: str) -> bool:
    """Whether this is a word, or words with a single space between any two."""
    return word.split() == word.split(" ")


def _is_count(text: str) -> bool:
    """Whether `text` is a whole number from 1 to 2^63 - 1, in plain digits."""
    return text.isascii() and text.isdecimal() and len(text) < 20 and 1 <= int(text) < 2**63


def _wrong_row(name: str, lines: list[str], first: int, columns: Sequence[str]) -> FormatError:
    """Find the first wrong row and say what is wrong with it."""
    seen: dict[str, int] = {}
    for number, line in enumerate(lines[first:], first + 1):
        if not line:
            continue
        word, *numbers = line.split("\t")
        reason = ""
        if not 1 <= len(numbers) < len(columns):
            reason = f"a row has a word, a count and up to {len(columns) - 2} more numbers, separated by tabs"
        elif not _is_spelled(word):
            reason = f"a word is at least one character, and white space in it is single spaces, unlike in {word!r}"
        elif word in seen:
            reason = f"the word {word!r} stands in line {seen[word]} already; delete one of the two"
        elif not _is_count(numbers[0]):
            reason = f"the count must be a whole number from 1 on, not {numbers[0]!r}"
        else:
            for column, number_text in zip(columns[2:], numbers[1:], strict=False):
                try:
                    if not math.isinf(float(number_text or "0")):
                        continue
                except ValueError:
                    pass
                reason = f"{column} must be a number or empty, not {number_text!r}"
                break
        if reason:
            return FormatError(name, reason, line=number)
        seen[word] = number
    return FormatError(name, "the rows cannot be read; write word, tab, count")
