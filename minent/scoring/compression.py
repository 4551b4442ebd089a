"""How well a tokenizer compresses text: by file and by script; and how two of them differ on a text."""

import math
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from minent.tokenizer import Tokenizer
from minent.types import Array, Counts, Offsets
from minent.vocabulary import Vocabulary

_SCRIPTS = """
    Latin Han Hiragana Katakana Hangul Cyrillic Greek Arabic Hebrew Thai Devanagari Bengali Tamil Telugu Armenian
    Georgian Khmer Lao Myanmar Tibetan Mongolian Ethiopic Sinhala Gujarati Gurmukhi Kannada Malayalam Oriya Bopomofo
"""
_CLASSES = {
    **{script: rf"\p{{Script={script}}}" for script in _SCRIPTS.split()},
    "other letters": r"[\p{L}\p{M}]",
    "digits": r"\p{N}",
    "marks": r"[\p{P}\p{S}]",
    "white space": r"\s",
}
_PARTS = "parts of characters"
_OTHER = "others"


class Compression(NamedTuple):
    """What a text takes as tokens.

    name        of the text, or of the script that pieces are of
    bytes       of the text, all of them, line ends too
    characters  those that begin in it
    tokens      ids
    entropy     bits a byte: entropy of the ids, if each were drawn by itself as often as here
    cost        bits a byte: -log2 of the probability that the vocabulary gives to the ids
    """

    name: str
    bytes: int
    characters: int
    tokens: int
    entropy: float
    cost: float

    @property
    def bytes_per_token(self) -> float:
        """Bytes of a token on average; nan without any."""
        return self.bytes / self.tokens if self.tokens else math.nan

    @property
    def tokens_per_character(self) -> float:
        """Tokens of a character on average; nan without any."""
        return self.tokens / self.characters if self.characters else math.nan


def count_ids(tokenizer: Tokenizer, chunks: Iterable[bytes]) -> Counts:
    """Return how often each id occurs in a text, (ids,) int64."""
    counts = np.zeros(tokenizer.vocab_size, np.int64)
    encoder = tokenizer.encoder()
    for chunk in chunks:
        counts += np.bincount(encoder.feed(chunk), minlength=counts.size)
    return counts + np.bincount(encoder.finish(), minlength=counts.size)


def summarize(vocabulary: Vocabulary, counts: Counts, name: str) -> Compression:
    """Return what ids that occur so often take, see `count_ids`."""
    rows = counts[vocabulary.first_id : vocabulary.first_id + len(vocabulary)]
    letters, offsets = vocabulary.spelling
    lengths = np.diff(offsets)
    characters = np.add.reduceat((letters & 0xC0) != 0x80, offsets[:-1], dtype=np.int64)
    size, tokens = int(rows @ lengths), int(rows.sum())
    seen = rows[rows > 0]
    bits = -float((seen / max(1, tokens)) @ np.log2(seen / max(1, tokens))) * tokens
    cost = -float(rows @ vocabulary.scores) / math.log(2)
    per_byte = 1 / size if size else math.nan
    return Compression(name, size, int(rows @ characters), tokens, bits * per_byte, cost * per_byte)


def by_script(vocabulary: Vocabulary, counts: Counts) -> Iterator[Compression]:
    """Yield what the pieces of each script take, those of most bytes first.

    A piece is of the script of its first letter, or else of the kind of what it begins with.  Entropies are shares:
    those of all scripts add up, by bytes, to that of the text.
    """
    names, class_of = _classes(vocabulary)
    whole = summarize(vocabulary, counts, "")
    found = []
    for number, name in enumerate(names):
        mine = np.zeros_like(counts)
        rows = slice(vocabulary.first_id, vocabulary.first_id + len(vocabulary))
        mine[rows] = np.where(class_of == number, counts[rows], 0)
        part = summarize(vocabulary, mine, name)
        if part.tokens:
            seen = mine[mine > 0]
            bits = -float(seen @ np.log2(seen / whole.tokens))
            found.append(part._replace(entropy=bits / part.bytes))
    yield from sorted(found, key=lambda part: -part.bytes)


def _classes(vocabulary: Vocabulary) -> tuple[list[str], Array]:
    import regex  # type: ignore[import-untyped]  # it has none

    names = [*_CLASSES, _PARTS, _OTHER]
    groups = "|".join(f"({pattern})" for pattern in _CLASSES.values())
    first = regex.compile(groups)
    letter = regex.compile(r"\p{L}")
    known: dict[str, int] = {}

    def class_of(piece: bytes) -> int:
        text = piece.decode(errors="ignore")
        if not text:
            return names.index(_PARTS)
        found = letter.search(text)
        character = found[0] if found else text[0]
        if character not in known:
            match = first.match(character)
            known[character] = match.lastindex - 1 if match else names.index(_OTHER)
        return known[character]

    return names, np.array([class_of(piece) for piece in vocabulary.pieces])


class Agreement(NamedTuple):
    """How two tokenizers cut the same text.

    tokens      of each
    boundaries  places where both cut
    lines       all lines, and those that both cut in the same way
    """

    bytes: int
    tokens: tuple[int, int]
    boundaries: int
    lines: tuple[int, int]

    @property
    def f(self) -> float:
        """Boundaries of both over the mean of those of each: harmonic mean of precision and recall."""
        return 2 * self.boundaries / sum(self.tokens) if sum(self.tokens) else math.nan


def agreement(first: Tokenizer, second: Tokenizer, chunks: Iterable[bytes]) -> Agreement:
    """Cut a text with two tokenizers, line by line, and count where both cut.

    Chunks that do not end with a line are cut there.  A tokenizer that brings text into a normal form sees it so, and
    what then has another length agrees nowhere in its line.
    """
    size = both = n_lines = same = 0
    tokens = [0, 0]
    for chunk in chunks:
        edges = [_edges(tokenizer, chunk) for tokenizer in (first, second)]
        size += len(chunk)
        n_lines += chunk.count(b"\n") + (not chunk.endswith(b"\n"))
        for k in (0, 1):
            tokens[k] += edges[k].size
        both += np.intersect1d(edges[0], edges[1], assume_unique=True).size
        different = np.setxor1d(edges[0], edges[1], assume_unique=True)
        ends = np.flatnonzero(np.frombuffer(chunk, np.uint8) == 10) + 1
        lines = int(np.unique(np.searchsorted(ends, different)).size)
        same += chunk.count(b"\n") + (not chunk.endswith(b"\n")) - lines
    return Agreement(size, (tokens[0], tokens[1]), both, (n_lines, same))


def _edges(tokenizer: Tokenizer, chunk: bytes) -> Offsets:
    """Where tokens end, bytes."""
    lengths = np.diff(tokenizer.vocabulary.spelling[1])
    edges: Offsets = np.cumsum(lengths[tokenizer.encode_lines(chunk).ids - tokenizer.vocabulary.first_id])
    return edges
