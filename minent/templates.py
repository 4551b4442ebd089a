"""Templates: fixed words with holes between them, and the evidence for them, in a table that people can read and edit.

A template is written as its parts with a space between any two: `[X] 是 什么 意思`.  A hole, one word or more, is
written [X], [Y], [Z], [X4] and so on; any name of letters and digits is read, and none says anything.  In a word a
backslash stands before each opening bracket and each backslash.  Beside a hole the space may be missing: `[X]的[Y]` is
read as `[X] 的 [Y]`.
"""

import codecs
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO, TypeAlias, overload

from minent import provenance
from minent.errors import FormatError, InputError
from minent.files import StrPath, atomic_write
from minent.notebooks import html_table

COLUMNS = ("template", "count", "gain", "trivial", "pmi", "classes", "fillers", "examples")
# What `about` says of the words: what they are, what stands between them in text, where clauses end.
UNITS, CLAUSES = ("words", "spaces", "characters"), ("marks", "lines")
_DIGEST = "rows-digest"

Part: TypeAlias = str | None
Fillers: TypeAlias = tuple[tuple[str, int], ...]

_ESCAPES = {"\t": "\\t", "\n": "\\n", "\r": "\\r"}
_UNESCAPES = {escaped: plain for plain, escaped in _ESCAPES.items()}
_PARTS = re.compile(r"\[[^\W_]+\]|(?:[^\s\[\\]|\\[\[\\])+|\s+")


@dataclass(frozen=True)
class Template:
    """Fixed words and holes, and the evidence for them.

    parts     words, None for a hole; no two holes in a row, one word at least
    count     clauses of the corpus that it is the cheapest way to write
    gain      nats that it saves in the whole corpus, less what it costs to store
    pmi       pointwise mutual information of each two fixed words that follow each other, nats
    fillers   for each hole what fills it, and how often, the most frequent first
    classes   for each hole the name of the class of words that fill it, empty if there is none
    examples  clauses that it writes

    Raises InputError for parts that make no template.
    """

    parts: tuple[Part, ...]
    count: int = 1
    gain: float = 0.0
    pmi: tuple[float, ...] = ()
    fillers: tuple[Fillers, ...] = ()
    classes: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.words:
            raise InputError("a template has at least one fixed word")
        if any(before is None and after is None for before, after in pairwise(self.parts)):
            raise InputError("two holes in a row are one hole; put a word between them")
        if any(len(word.split()) != 1 or word != word.strip() for word in self.words):
            raise InputError("a word of a template is at least one character and holds no white space")

    @property
    def words(self) -> tuple[str, ...]:
        """The fixed words."""
        return tuple(part for part in self.parts if part is not None)

    @property
    def holes(self) -> int:
        """How many holes there are."""
        return self.parts.count(None)

    @property
    def trivial(self) -> bool:
        """Whether it is a single word between two holes, which says little of a clause: `[X] 的 [Y]`."""
        return len(self.parts) == 3 and self.holes == 2

    @property
    def pattern(self) -> str:
        """How it is written; `Template.parse` reads it."""
        return self.text(" ")

    def text(self, separator: str) -> str:
        """Write the template as a clause is written: `[X]是什么意思` with nothing between words."""
        names = map(hole_name, range(len(self.parts)))
        return separator.join(next(names) if part is None else _escape(part, "[") for part in self.parts)

    @classmethod
    def parse(cls, pattern: str) -> "Template":
        """Read a template without evidence.  Raises InputError."""
        parts: list[Part] = []
        at = 0
        for match in _PARTS.finditer(pattern):
            if match.start() != at:
                break
            at = match.end()
            if match[0].startswith("["):
                parts.append(None)
            elif not match[0].isspace():
                parts.append(_unescape(match[0]))
        if at < len(pattern):
            raise InputError(
                f"in the template {pattern!r} a bracket or a backslash is neither part of a hole, such as [X], "
                "nor has a backslash before it"
            )
        return cls(tuple(parts))


def hole_name(number: int) -> str:
    """How hole `number`, from 0 on, is written: [X], [Y], [Z], [X4] ..."""
    return f"[{'XYZ'[number]}]" if number < 3 else f"[X{number + 1}]"


class TemplateSet(Sequence[Template]):
    """Templates, those that save most first, those that save the same by how they are written.

    templates  different
    total      clauses that the counts refer to: a template has the probability count / total
    about      where they come from, see `minent.provenance`; "units" (see UNITS), "clauses" (see CLAUSES) and, but for
               words of a lexicon, "runs" and "normalize" say how text becomes words
    """

    def __init__(self, templates: Iterable[Template], total: int, about: provenance.Fields) -> None:
        self._templates = sorted(templates, key=lambda template: (-template.gain, template.pattern))
        self.total = total
        self.about = about
        self.edited = False

    @overload
    def __getitem__(self, index: int) -> Template: ...
    @overload
    def __getitem__(self, index: slice) -> list[Template]: ...
    def __getitem__(self, index: int | slice) -> Template | list[Template]:
        return self._templates[index]

    def __len__(self) -> int:
        return len(self._templates)

    def __repr__(self) -> str:
        return f"TemplateSet({len(self):,} templates from {self.about.get('corpus-bytes', '?')} bytes)"

    def _repr_html_(self) -> str:
        rows = ((each.pattern, each.count, float(each.gain)) for each in self)
        return html_table(repr(self), ("template", "count", "gain"), rows)

    @property
    def units(self) -> str:
        """What the words are, one of UNITS."""
        return str(self.about.get("units", UNITS[0]))

    @property
    def clauses(self) -> str:
        """Where clauses end, one of CLAUSES: at each mark and line end, or at line ends, and marks are words."""
        return str(self.about.get("clauses", CLAUSES[0]))

    @property
    def separator(self) -> str:
        """What stands between two words of a text: nothing, or a space."""
        return " " if self.about.get("separator", "none") == "space" else ""

    def rows(self) -> Iterator[tuple[str, int, float, str, str, str, str, str]]:
        """Yield the rows of the table, see COLUMNS."""
        for template in self:
            yield (
                template.pattern,
                template.count,
                round(template.gain, 1),
                "yes" if template.trivial else "",
                " ".join(f"{bond:.3f}" for bond in template.pmi),
                _join((_escape(name, "|") for name in template.classes), "|"),
                _join(map(_fillers_cell, template.fillers), "|"),
                _join((_escape(example, "|") for example in template.examples), "|"),
            )

    def write(self, stream: BinaryIO) -> None:
        """Write the table as UTF-8: `#` lines about it, the column names, a line for each template."""
        lines = ("\t".join(map(str, row)) + "\n" for row in self.rows())
        body = "".join(["\t".join(COLUMNS) + "\n", *lines]).encode("utf-8", "surrogatepass")
        about = {**self.about, "total": self.total, _DIGEST: _digest(body)}
        stream.write(provenance.render(about).encode())
        stream.write(body)

    def save(self, path: StrPath, *, force: bool = False) -> None:
        """Write the table to a file; see `minent.files.atomic_write`."""
        with atomic_write(path, force=force) as stream:
            self.write(stream)

    @classmethod
    def load(cls, path: StrPath) -> "TemplateSet":
        """Read a table, checking every row.  `edited` tells whether it was changed since minent wrote it.

        A row may end after the count: a template somebody has added.

        Raises OSError if the file cannot be read, FormatError naming the line if it holds no templates or a row is
        wrong.
        """
        name = str(path)
        data = Path(path).read_bytes()
        try:
            lines = data.decode("utf-8-sig").replace("\r\n", "\n").split("\n")
        except UnicodeDecodeError as error:
            offset = error.start + (len(codecs.BOM_UTF8) if data.startswith(codecs.BOM_UTF8) else 0)
            raise FormatError(name, "this is not UTF-8; save the templates as UTF-8", offset=offset) from None
        about = provenance.parse(lines)
        provenance.check_format(name, about, "templates")
        for key, values in (("units", UNITS), ("clauses", CLAUSES), ("separator", ("none", "space"))):
            if about.get(key, values[0]) not in values:
                raise FormatError(name, f"{key} cannot be {about[key]!r}; write one of {', '.join(values)}")
        if not _is_count(about.get("total", "")):
            raise FormatError(name, "a line '# total: ' must say how many clauses the counts refer to")
        first = next((i for i, line in enumerate(lines) if not line.startswith("#")), len(lines))
        if tuple("".join(lines[first : first + 1]).split("\t")) != COLUMNS:
            names = " ".join(COLUMNS)
            raise FormatError(name, f"here the names of the columns must stand, with tabs: {names}", line=first + 1)
        total = int(about["total"])
        seen: dict[tuple[Part, ...], int] = {}
        templates = []
        for number, line in enumerate(lines[first + 1 :], first + 2):
            if not line:
                continue
            try:
                template = _read_row(line.split("\t"))
                if template.parts in seen:
                    raise InputError(f"this template stands in line {seen[template.parts]} already; delete one of them")
                if template.count > total:
                    raise InputError(f"the count is {template.count}, but there are {total} clauses in all")
            except InputError as error:
                raise FormatError(name, str(error), line=number) from None
            seen[template.parts] = number
            templates.append(template)
        kept = {key: value for key, value in about.items() if key not in (_DIGEST, "total")}
        found = cls(templates, total, dict[str, provenance.Value](kept))
        body = data[data.find(("\n" + COLUMNS[0] + "\t").encode()) + 1 :]
        found.edited = about.get(_DIGEST) != _digest(body)
        return found


def _digest(body: bytes) -> str:
    return blake2b(body, digest_size=8).hexdigest()


def _read_row(cells: list[str]) -> Template:
    """Read a row of the table.  Raises InputError saying what is wrong with it."""
    if not 2 <= len(cells) <= len(COLUMNS):
        raise InputError(f"a row has a template, a count and up to {len(COLUMNS) - 2} more cells, separated by tabs")
    pattern, count, gain, trivial, bonds, classes, fillers, examples = cells + [""] * (len(COLUMNS) - len(cells))
    template = Template.parse(pattern)
    if not _is_count(count):
        raise InputError(f"the count must be a whole number from 1 on, not {count!r}")
    if trivial not in ("", "yes"):
        raise InputError(f"trivial is yes or empty, not {trivial!r}; what a template is follows from its parts")
    pmi = tuple(_number("pmi", bond) for bond in bonds.split())
    if pmi and len(pmi) != len(template.words) - 1:
        raise InputError(f"{len(template.words)} fixed words have {len(template.words) - 1} bonds, not {len(pmi)}")
    names = tuple(map(_unescape, _split(classes, "|")))
    filled = tuple(map(_read_fillers, _split(fillers, "|")))
    for column, found in (("classes", names), ("fillers", filled)):
        if found and len(found) != template.holes:
            raise InputError(f"{column} are those of {len(found)} holes, but the template has {template.holes}")
    shown = tuple(map(_unescape, _split(examples, "|")))
    return Template(template.parts, int(count), _number("gain", gain or "0"), pmi, filled, names, shown)


def _fillers_cell(fillers: Fillers) -> str:
    return ";".join(f"{_escape(text, ';|')}={count}" for text, count in fillers)


def _read_fillers(cell: str) -> Fillers:
    found = []
    for entry in _split(cell, ";"):
        text, _, count = entry.rpartition("=")
        if not text or not _is_count(count):
            raise InputError(f"a filler is written as text=count, unlike {entry!r}")
        found.append((_unescape(text), int(count)))
    return tuple(found)


def _number(column: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InputError(f"{column} must be a number, not {text!r}")
    return value


def _is_count(text: str) -> bool:
    """Whether `text` is a whole number from 1 to 2^63 - 1, in plain digits."""
    return text.isascii() and text.isdecimal() and len(text) < 20 and 1 <= int(text) < 2**63


def _escape(text: str, marks: str) -> str:
    return "".join(_ESCAPES.get(each, "\\" + each if each in marks or each == "\\" else each) for each in text)


def _unescape(text: str) -> str:
    return re.sub(r"\\(.)", lambda match: _UNESCAPES.get(match[0], match[1]), text)


def _join(items: Iterable[str], mark: str) -> str:
    """Write a list in a cell, nothing if all of it is empty."""
    cells = list(items)
    return mark.join(cells) if any(cells) else ""


def _split(cell: str, mark: str) -> list[str]:
    """Cut a cell where `mark` stands without a backslash before it; what is escaped stays so."""
    items = [""] if cell else []
    for part in re.findall(r"\\.|.", cell):
        if part == mark:
            items.append("")
        else:
            items[-1] += part
    return items
