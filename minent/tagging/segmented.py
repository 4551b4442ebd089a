"""Text that is cut into words -> units and where words begin.

Two formats: a sentence a line, its words separated by white space; or columns separated by tabs, a line for each unit,
the first being the unit, the last its tag, a blank line between sentences, as CRF++ and CoNLL have them.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import NamedTuple

import numpy as np

from minent.alphabet import Digest, Numbering
from minent.characters import Kind, kind_of
from minent.corpus import Corpus, Document
from minent.errors import FormatError, InputError
from minent.kernels import segmented as kernels
from minent.types import Array, Bytes, Counts, Offsets, Symbols

FORMATS = ("words", "columns")

# A line of one word that is longer than this looks like one that nobody has cut.
_LONGEST_ONLY_WORD = 32
_CHUNK = 1 << 18
_OPENS, _GOES_ON, _ENDS, _ALONE = range(4)
_ROLES = {"B": _OPENS, **dict.fromkeys(("M", "I", "B2", "B3", "C", "D"), _GOES_ON), "E": _ENDS, "S": _ALONE}


class Segmented(NamedTuple):
    """Cut text.

    ids          (n,) uint16 or uint32: numbered characters without white space, 0 = border behind each line
    begins       (n,) uint8: 1 where a word begins, and at borders
    code_points  (k,) int32: number - 1 -> code point
    chains       (c,) int64 each: where lines begin and end
    digest       of the text as it was read, 32 hex digits
    size         of it, bytes
    """

    ids: Symbols
    begins: Bytes
    code_points: Array
    chains: tuple[Offsets, Offsets]
    digest: str
    size: int

    @property
    def words(self) -> int:
        """How many words there are."""
        return int(self.begins.sum()) - self.chains[0].size


def read_segmented(
    corpus: Corpus, form: str | None = None, notice: Callable[[str], None] = lambda sentence: None
) -> Segmented:
    """Read cut text.

    form    one of FORMATS; None takes columns where the first line has some and the last is a tag
    notice  called with a sentence about lines that look as if nobody had cut them

    Raises FormatError for a text in which no line is cut, and for columns that are none or whose tags make no words;
    InputError if there is no word at all; and what reading the corpus raises.
    """
    if form not in (None, *FORMATS):
        raise InputError(f"format cannot be {form!r}; use one of {', '.join(FORMATS)}")
    numbering, digest = Numbering(), Digest()
    space = np.zeros(1, np.uint8)
    parts: list[tuple[Symbols, Bytes]] = []
    for document in corpus.documents():
        state = np.array([1, 0, 0])
        lines: list[Counts] = []
        first = len(parts)
        chunks, are_lines = _as_words(document, form, digest)
        for chunk in chain(chunks, [b"\n"]):
            ids = numbering.read(chunk)
            new = numbering.code_points[space.size - 1 :].tolist()
            space = np.append(space, np.array([kind_of(code) == Kind.SPACE for code in new], np.uint8))
            units, begins = np.empty(ids.size, ids.dtype), np.empty(ids.size, np.uint8)
            at = np.empty(chunk.count(b"\n"), np.int64)
            size, borders = kernels.read_words(ids, space, state, units, begins, at)
            parts.append((units[:size], begins[:size]))
            lines.append(at[:borders])
        digest.end_document()
        _check(document.name, parts[first:], np.concatenate(lines) if are_lines else None, notice)
    ids = np.concatenate([part for part, _ in parts] or [np.zeros(0, np.uint16)])
    if not ids.size:
        raise InputError("there is not a word in the segmented text; give lines of words separated by spaces")
    return Segmented(
        ids,
        np.concatenate([part for _, part in parts]),
        numbering.code_points,
        chains_of(ids),
        digest.hex(),
        digest.size,
    )


def chains_of(ids: Symbols) -> tuple[Offsets, Offsets]:
    """Return where each stretch between borders begins and ends."""
    inside = np.concatenate([[False], ids != 0, [False]])
    edges = np.flatnonzero(inside[1:] != inside[:-1])
    return edges[::2].copy(), edges[1::2].copy()


def _check(name: str, parts: list[tuple[Symbols, Bytes]], lines: Counts | None, notice: Callable[[str], None]) -> None:
    """Look after a document that is not cut.

    lines  the line of each chain, None where lines are something else
    """
    ids, begins = (np.concatenate(each) for each in zip(*parts, strict=True))
    low, high = chains_of(ids)
    if not low.size:
        return
    words = np.add.reduceat(begins, np.column_stack([low, high]).ravel(), dtype=np.int64)[::2]
    if words.max() == 1:
        raise FormatError(
            name,
            "no line has two words: this is not segmented; give sentences with white space between their words",
            line=None if lines is None else int(lines[0]),
        )
    odd = np.flatnonzero((words == 1) & (high - low > _LONGEST_ONLY_WORD))
    if odd.size and lines is not None:
        notice(
            f"{name}, line {lines[odd[0]]}: a line of one word of {high[odd[0]] - low[odd[0]]} characters, "
            f"{odd.size:,} such lines in all; are they segmented?"
        )


def _as_words(document: Document, form: str | None, digest: Digest) -> tuple[Iterable[bytes], bool]:
    """Return a document with white space between words, in pieces, and whether its lines are what they were."""
    chunks = document.chunks(_CHUNK)
    first = next(chunks, b"")
    whole = _digested(chain([first], chunks), digest)
    if form == "columns" or (form is None and _has_columns(first)):
        return _words_of_columns(document.name, _lines(whole)), False
    return whole, True


def _digested(chunks: Iterable[bytes], digest: Digest) -> Iterator[bytes]:
    for chunk in chunks:
        digest.read(chunk)
        yield chunk


def _has_columns(chunk: bytes) -> bool:
    """Whether a text begins with a line of columns whose last is a tag."""
    line = next((line for line in chunk.decode().split("\n") if line.strip()), "")
    first, *others = line.rstrip("\r").split("\t")
    return bool(others) and first.strip() == first and others[-1] in _ROLES


def _lines(chunks: Iterable[bytes]) -> Iterator[str]:
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        yield from b"\n".join(whole).decode().split("\n") if whole else ()
    if rest:
        yield rest.decode()


def _words_of_columns(name: str, lines: Iterable[str]) -> Iterator[bytes]:
    """Yield each sentence as a line of words."""
    columns = number = 0
    inside = False
    sentence: list[str] = []
    for number, line in enumerate(lines, 1):
        cells = line.rstrip("\r").split("\t")
        if len(cells) == 1 and not cells[0].strip():
            if inside:
                raise FormatError(name, "the sentence ends within a word; its last tag must be E or S", line=number)
            yield "".join([*sentence, "\n"]).encode()
            sentence = []
            continue
        columns = columns or max(2, len(cells))
        if len(cells) != columns:
            wanted = f"{columns} as before" if number > 1 else "a unit and, behind a tab, its tag"
            raise FormatError(name, f"this line has {len(cells)} columns, not {wanted}", line=number)
        role = _ROLES.get(cells[-1])
        if role is None:
            raise FormatError(name, f"there is no tag {cells[-1]!r}; tags are {' '.join(_ROLES)}", line=number)
        if inside != (role in (_GOES_ON, _ENDS)):
            cure = "a word has begun, which goes on or ends first" if inside else "no word has begun"
            raise FormatError(name, f"the tag {cells[-1]} cannot stand here: {cure}", line=number)
        sentence.append(cells[0] if inside else " " + cells[0])
        inside = role in (_OPENS, _GOES_ON)
    if inside:
        raise FormatError(name, "the text ends within a word; its last tag must be E or S", line=number)
    yield "".join(sentence).encode()
