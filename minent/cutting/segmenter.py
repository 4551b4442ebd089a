"""Model + text -> words, streaming: memory does not grow with the text, nor with a line as long as words end in it."""

import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from itertools import compress
from typing import Any, NamedTuple

import numpy as np

from minent.alphabet import Numbering
from minent.characters import LINE_SEPARATORS, Kind, UnitRules, normalizer
from minent.cutting.modes import INNER_SPACE, OUTSIDE, MarkedText, check_delimiter
from minent.cutting.phrasing import PhraseCutter
from minent.cutting.user_words import UserWords
from minent.errors import InputError
from minent.kernels import lattice, writing
from minent.kernels.phrases import CutUnits
from minent.kernels.units import join_units
from minent.lexicon import Lexicon
from minent.rounding import on_grid
from minent.tokenizer import Tokenizer
from minent.types import Bytes, Flags, Nats, Offsets, Symbols
from minent.vocabulary import Vocabulary

# What text can be cut into: words, or phrases.
LEVELS = (1, 2)
# A space in a phrase where white space stands between phrases: a mark, so it is in no phrase of any text.
_INNER_SPACE = b"_"
# Of confidences.
_DECIMALS = 4
# Line feeds end lines; the other separators would break lines of JSON for some readers.
_ESCAPED_IN_JSON = {code: f"\\u{code:04x}" for code in LINE_SEPARATORS}


class Span(NamedTuple):
    """A word as a range of characters: text[start:end]."""

    start: int
    end: int


class _Piece(NamedTuple):
    """A stretch of text as numbered characters, with the tables that say what they are."""

    text: bytes
    ids: Symbols
    kind: Bytes
    symbol: Symbols
    stands_for: Symbols  # code points of the units
    normal: Symbols  # normalised code points
    width: Bytes
    separator: Bytes


class _Cut(NamedTuple):
    """A stretch of text cut into words, as far as they are decided."""

    piece: _Piece
    start: Offsets  # (units + 1,) where each unit begins in the numbered characters
    begins: Bytes  # 1 where a unit begins a word, and at white space
    decided: int  # units
    used: int  # bytes of text they take
    rate: Callable[[], Nats] | None = None  # -> (decided,) float32: how probable the word is that begins at each unit


class Segmenter:
    """Cuts text into the words of a lexicon so that the product of their probabilities is highest (Viterbi).

    White space is never part of a word.  A punctuation mark is a word, equal ones in a row are one word; so is a
    number, and a run of cased letters, where the lexicon treats them as units.  A unit the lexicon does not account
    for is a word of its own.

    level     1: words; 2: phrases, where the lexicon has any, and words; see `minent.cutting.phrasing`
    unusable  words of the lexicon that no text can be cut into under its rules: with marks in them, or letters
              where runs are units; and phrases of words that are not in it
    user      words on top of those of the lexicon
    """

    def __init__(self, lexicon: Lexicon, *, level: int = 1, user: UserWords | None = None) -> None:
        if level not in LEVELS:
            raise InputError(f"level must be 1 or 2, not {level}")
        self._phrases = PhraseCutter(lexicon) if level > 1 and lexicon.is_phrase.any() else None
        lexicon = lexicon.at_level(1)
        self._rules = lexicon.rules
        total = max(1, sum(lexicon.count.tolist()))
        self._floor = float(on_grid(np.log(0.5 / total)))
        listed, ln_p = lexicon.words, np.log(lexicon.count / total)
        if user is not None:
            listed, ln_p = user.added_to(listed, ln_p, self._floor, total, self._rules)
        characters = sorted(set("".join(listed)))
        kinds, stands_for = self._rules.tables(list(map(ord, characters)))
        plain = {
            character
            for character, kind, code in zip(characters, kinds, stands_for, strict=True)
            if kind in (Kind.LETTER, Kind.JOINING) and ord(character) == code
        }
        fits = [plain.issuperset(word) or self._rules.can_be_cut(word) for word in listed]
        self.unusable = [
            word for word, usable in zip(listed, fits, strict=True) if not usable and not self._rules.is_run(word)
        ]
        self.unusable += self._phrases.unusable if self._phrases else []
        words = list(compress(listed, fits))
        alphabet = sorted(set("".join(words)))
        kinds, _ = self._rules.tables(list(map(ord, alphabet)))
        self._unit_of = {ord(character): unit for unit, character in enumerate(alphabet, 1)}
        # Two units for all that no word holds: one that stands by itself, and one that joins.
        self._unknown = len(alphabet) + 1
        self._joins = np.array([False, *(kind == Kind.JOINING for kind in kinds), False, True])
        codes = np.frombuffer("".join(words).encode("utf-32-le"), np.uint32)
        self._type = np.dtype(np.uint16 if self._unknown + 1 < 2**16 else np.uint32)
        units = (np.searchsorted(np.array([*map(ord, alphabet)], np.uint32), codes) + 1).astype(self._type)
        length = np.array([len(word) for word in words], np.int64)
        offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(length)])
        edges = lattice.empty_table(units.size)
        end = np.zeros(len(words), np.int32)
        score = np.full(lattice.add_words(units, offsets, self._unknown + 2, edges, end), -np.inf)
        score[end] = on_grid(ln_p[fits])
        self._trie = lattice.Trie(edges, score)
        self._longest = int(length.max(initial=1))

    def spans(self, text: str) -> list[Span]:
        """The words of `text`, in order; what lies between them is white space."""
        piece = self._characters().read(text.encode("utf-8", "surrogatepass"))
        return [Span(start, end) for start, end in _words(self._cut(piece, final=True))]

    def write(self, chunks: Iterable[bytes], delimiter: str = " ", *, threads: int = 1) -> Iterator[bytes]:
        """Yield the words of a document, separated by `delimiter`, with the line ends as they are.

        chunks     of valid UTF-8, as `minent.corpus.Document.chunks` gives them
        delimiter  between words; one that is not white space can stand in a word: there a backslash is put before
                   each of its first character, and before each backslash.  Where it is white space, that within a
                   phrase is written "_"

        Raises InputError for a delimiter that is empty, holds a line separator, or begins with a backslash.
        """
        check_delimiter(delimiter)
        return self._write(chunks, delimiter, threads)

    def _write(self, chunks: Iterable[bytes], delimiter: str, threads: int) -> Iterator[bytes]:
        hidden = b"" if delimiter.isspace() else delimiter[0].encode()
        inner = b"" if hidden else _INNER_SPACE
        arrays = [np.frombuffer(part, np.uint8) for part in (delimiter.encode(), hidden, inner)]
        in_line = False
        for cut in self._cuts(chunks, threads):
            piece = cut.piece
            out = np.empty((2 + arrays[0].size) * cut.used, np.uint8)
            style = writing.Style(arrays[0], arrays[1], arrays[2], piece.width, piece.separator)
            size, _, in_line = writing.write_words(
                np.frombuffer(piece.text, np.uint8),
                piece.ids,
                piece.kind,
                cut.start,
                cut.begins,
                (0, cut.decided, in_line),
                style,
                out,
            )
            yield out[:size].tobytes()

    def write_json(self, chunks: Iterable[bytes], *, threads: int = 1) -> Iterator[bytes]:
        """Yield for each line of a document {"text": line, "spans": [[start, end], ...]} and a line feed.

        The spans are the words, in characters of the line; the line feed at its end is not part of the text.  A model
        that knows how probable each word is adds "confidence": [p, ...].
        """
        text: list[str] = []
        spans: list[list[int]] = []
        chances: list[float] = []
        rated = False
        size = 0
        for cut in self._cuts(chunks, threads):
            lines = cut.piece.text[: cut.used].decode("utf-8", "surrogatepass").split("\n")
            words = _words(cut)
            rates = _rates(cut)
            rated |= rates is not None
            rows = []
            begin = 0
            for number, line in enumerate(lines):
                while words and words[0][0] < begin + len(line) + (number == len(lines) - 1):
                    word = words.popleft()
                    spans.append([word[0] - begin + size, word[1] - begin + size])
                    if rates is not None:
                        chances.append(rates.popleft())
                text.append(line)
                size += len(line)
                begin += len(line) + 1
                if number < len(lines) - 1:
                    rows.append(_json_line("".join(text), spans, chances if rated else None))
                    text, spans, chances, size = [], [], [], 0
            if rows:
                yield "".join(rows).encode()
        if size:
            yield _json_line("".join(text), spans, chances if rated else None).encode()

    def units(self, chunks: Iterable[bytes], *, threads: int = 1) -> Iterator[CutUnits]:
        """Yield the units of a document, piece by piece, and how they are cut into words.

        A piece begins with a word, which need not be the first of its line if the line is long.
        """
        for cut in self._cuts(chunks, threads):
            yield _cut_units(cut.piece, cut.start[: cut.decided + 1], cut.begins)

    def marked(self, chunks: Iterable[bytes], *, threads: int = 1) -> Iterator[MarkedText]:
        """Yield the text of a document, piece by piece, with what each character is to a word: see `cutting.modes`."""
        for cut in self._cuts(chunks, threads):
            start = cut.start[: cut.decided + 1]
            ids = cut.piece.ids[: start[-1]]
            mark = np.zeros(ids.size, np.uint8)
            mark[start[:-1]] = cut.begins[: cut.decided]
            space = cut.piece.kind[ids] == Kind.SPACE
            mark[space] = np.where(mark[space], OUTSIDE, INNER_SPACE)
            yield MarkedText(cut.piece.text[: cut.used], cut.piece.width[ids], mark)

    def _characters(self) -> "_Characters":
        return _Characters(self._rules, self._symbols, self._type)

    def _symbols(self, code_points: list[int], kinds: list[Kind], stands_for: list[int]) -> Sequence[int]:
        """Return the units of characters; 0 = a border, in no word."""
        return [
            self._unit_of.get(code, self._unknown + (kind == Kind.JOINING)) if code else 0
            for code, kind in zip(stands_for, kinds, strict=True)
        ]

    def _cuts(self, chunks: Iterable[bytes], threads: int) -> Iterator[_Cut]:
        """Cut a document piece by piece; pieces that end with a line are cut on several threads."""
        characters = self._characters()
        waiting: deque[Future[_Cut]] = deque()
        carry = b""
        pending: list[bytes] = []
        with ThreadPoolExecutor(threads) as pool:
            for chunk, last in _mark_last(chunks):
                pending.append(chunk)
                final = last or chunk.endswith(b"\n")
                # What is carried is cut again: wait until as much again has come, so that a long line stays linear.
                if not final and sum(map(len, pending)) < len(carry):
                    continue
                piece = characters.read(b"".join([carry, *pending]))
                pending = []
                carry = b""
                waiting.append(pool.submit(self._cut, piece, final=final))
                while waiting and (not final or len(waiting) > 2 * threads):
                    cut = waiting.popleft().result()
                    carry = cut.piece.text[cut.used :]
                    yield cut
                if waiting and threads == 1:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()

    def _cut(self, piece: _Piece, *, final: bool) -> _Cut:
        """Cut one piece; unless it is the final one of its line, only as far as nothing that follows can change."""
        n = piece.ids.size
        units = np.empty(n, piece.symbol.dtype)
        start = np.empty(n + 1, np.int64)
        size = join_units(piece.ids, piece.kind, piece.symbol, units, start)
        begins = np.ones(size, np.uint8)
        # The last unit may go on; so may a number before the point that is last.
        decided = size if final else max(0, size - 2)
        borders = np.flatnonzero(units[:decided] == 0)
        longest_block = int(np.diff(borders, prepend=-1, append=decided).max(initial=1))
        paths = lattice.Paths(
            np.empty(longest_block + 1), np.empty(longest_block + 1, np.int32), np.empty(longest_block + 1, np.int32)
        )
        longest = 0 if final else self._longest
        decided = lattice.cut_words(units, decided, self._joins, self._trie, self._floor, paths, begins, longest)
        if self._phrases is not None:
            decided = self._phrases.cut(_cut_units(piece, start[: decided + 1], begins), decided, final=final)
        rest = piece.width[piece.ids[start[decided] :]].sum(dtype=np.int64)
        used = len(piece.text) - int(rest)
        return _Cut(piece, start[: size + 1], begins, decided, used)


class TokenSegmenter(Segmenter):
    """Cuts text into the pieces of a tokenizer, and at white space, which is part of no word; never within a character.

    The text stays as it is: the tokenizer's normal form does not count here.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        vocabulary = tokenizer.vocabulary
        options = replace(vocabulary.options, normalization="none")
        self._tokenizer = Tokenizer(Vocabulary(vocabulary.pieces, vocabulary.counts, options))
        self._rules = UnitRules("none", "none")
        self._unit_of = {}
        self._unknown = 1
        self._type = np.dtype(np.uint16)
        self.unusable = []

    def _cut(self, piece: _Piece, *, final: bool) -> _Cut:
        ids = self._tokenizer.encode(piece.text) if final else self._tokenizer.encoder().feed(piece.text)
        ends = np.cumsum(self._tokenizer.lengths[ids])
        start = np.concatenate([[0], np.cumsum(piece.width[piece.ids], dtype=np.int64)])
        begins = np.ones(piece.ids.size, np.uint8)
        begins[np.isin(start[:-1], ends, invert=True)] = 0
        space = piece.kind[piece.ids] == Kind.SPACE
        begins[space] = begins[:1] = 1
        begins[1:][space[:-1]] = 1
        decided = int(np.searchsorted(start, ends[-1] if ids.size else 0, side="right")) - 1
        return _Cut(piece, np.arange(piece.ids.size + 1), begins, decided, int(start[decided]))


class _Characters:
    """Numbers the characters of a stream and looks each new one up once."""

    def __init__(
        self,
        rules: UnitRules,
        symbols: Callable[[list[int], list[Kind], list[int]], Sequence[int]],
        dtype: np.typing.DTypeLike,
    ) -> None:
        self._rules = rules
        self._symbols = symbols
        self._numbering = Numbering()
        self._kind = np.array([Kind.SPACE], np.uint8)
        self._symbol: Symbols = np.zeros(1, dtype)
        self._stands_for = np.zeros(1, np.uint32)
        self._normal = np.array([ord("\n")], np.uint32)
        self._width = np.ones(1, np.uint8)
        self._separator = np.ones(1, np.uint8)

    def read(self, text: bytes) -> _Piece:
        """Number the characters of the next piece."""
        ids = self._numbering.read(text)
        new = self._numbering.code_points[self._kind.size - 1 :].tolist()
        if new:
            kinds, stands_for = self._rules.tables(new)
            symbols = self._symbols(new, kinds, stands_for)
            normal = list(map(normalizer(self._rules.normalize), new))
            widths = [1 + (code > 0x7F) + (code > 0x7FF) + (code > 0xFFFF) for code in new]
            # New arrays, because the old ones may be in use on another thread.
            self._kind = np.append(self._kind, np.array(kinds, np.uint8))
            self._symbol = np.append(self._symbol, np.array(symbols, self._symbol.dtype))
            self._stands_for = np.append(self._stands_for, np.array(stands_for, np.uint32))
            self._normal = np.append(self._normal, np.array(normal, np.uint32))
            self._width = np.append(self._width, np.array(widths, np.uint8))
            self._separator = np.append(self._separator, np.array([code in LINE_SEPARATORS for code in new], np.uint8))
        tables = (self._kind, self._symbol, self._stands_for, self._normal, self._width, self._separator)
        return _Piece(text, ids, *tables)


def segment(text: str, lexicon: Lexicon, *, level: int = 1) -> list[Span]:
    """The words of `text`, in order; see `Segmenter`, which is quicker for more than one text."""
    return Segmenter(lexicon, level=level).spans(text)


def _cut_units(piece: _Piece, start: Offsets, begins: Bytes) -> CutUnits:
    """Return the first units of a piece; (u + 1,) `start` says how many."""
    code = piece.stands_for[piece.ids[start[:-1]]]
    return CutUnits(code, begins[: code.size], start, piece.normal[piece.ids[: start[-1]]])


def _words(cut: _Cut) -> deque[list[int]]:
    """First and last + 1 character of each decided word, counted from the beginning of the piece."""
    bounds = np.append(_word_starts(cut), cut.decided)
    edges = cut.start[bounds]
    is_word = _is_word(cut, bounds[:-1])
    return deque(np.column_stack([edges[:-1], edges[1:]])[is_word].tolist())


def _rates(cut: _Cut) -> deque[float] | None:
    """How probable each decided word is, None if the model does not say."""
    if cut.rate is None:
        return None
    starts = _word_starts(cut)
    chances = cut.rate()[starts[_is_word(cut, starts)]]
    return deque(np.round(chances.astype(np.float64), _DECIMALS).tolist())


def _word_starts(cut: _Cut) -> Offsets:
    return np.flatnonzero(cut.begins[: cut.decided])


def _is_word(cut: _Cut, units: Offsets) -> Flags:
    is_word: Flags = cut.piece.kind[cut.piece.ids[cut.start[units]]] != Kind.SPACE
    return is_word


def _json_line(text: str, spans: list[list[int]], chances: list[float] | None) -> str:
    record: dict[str, Any] = {"text": text, "spans": spans}
    if chances is not None:
        record["confidence"] = chances
    line = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
    return line.translate(_ESCAPED_IN_JSON) + "\n"


def _mark_last(chunks: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Yield each chunk and whether it is the last, as soon as its line end says that it need not wait for that."""
    before: bytes | None = None
    for chunk in chunks:
        if before is not None:
            yield before, False
        before = chunk
        if chunk.endswith(b"\n"):
            yield chunk, False
            before = None
    if before is not None:
        yield before, True
