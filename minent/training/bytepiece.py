"""Pieces as BytePiece 0.6.3 finds them: a model of byte n-grams cuts the text, its pieces are counted and given up by
count.  Source: Su Jianlin (2023), kexue.fm/archives/9752."""

import re
from collections.abc import Iterator, Sequence

import numpy as np

from minent.counting.parts import count_parts
from minent.kernels import precut as kernels
from minent.ngrams import NgramCounts
from minent.progress import Progress
from minent.training.blocks import Composer, PatternCutter
from minent.training.pieces import Pieces, sort_pieces
from minent.training.text import Prepare, Rules, Text
from minent.types import Counts, Flags, Nats, Symbols

# Characters of a block, and newlines at its end: what its own reading allows.
_BLOCKS = r".{,10000}\n{1,100}|.{1,10000}"
_BLOCKS_AND_DIGITS = r"\d|[^\n\d]{,10000}\n{1,100}|[^\n\d]{1,10000}"
_PIECES_AT_FIRST = 1 << 10
# Bytes of memory for each position that is counted at a time.
_POSITION = 16
# Bytes of a block, and so of a piece: characters have up to four.
_LONGEST = 4 * 10_000 + 100


def reading_rules(*, isolate_digits: bool) -> Rules:
    """Return how BytePiece reads text for training: bytes, in its blocks."""
    blocks = re.compile(_BLOCKS_AND_DIGITS if isolate_digits else _BLOCKS)

    def make() -> Prepare:
        compose, cut = Composer(), PatternCutter(blocks, _LONGEST)
        return lambda data, final: cut(compose(data.decode(), final), final).encode("utf-8", "surrogatepass")

    return Rules(make, characters=False, longest=1 << 30)


def find_pieces(
    text: Text, *, order: int, min_count: int, ensure_unicode: bool, memory: int, progress: Progress
) -> Pieces:
    """Cut a text by the n-grams of its bytes.  Returns the pieces there are, not sorted, of any length.

    memory  bytes, for counting at one time; beside it only n-grams, pieces and one part of the text are in memory
    """
    places, spool = [part.place for part in text.parts], text.spool
    task = memory // _POSITION
    ngrams = count_parts(places, spool, 256, order, min_count, task=task, progress=progress)
    model = kernels.Model(ngrams.first_child, ngrams.symbol, _scores(ngrams))
    longest = max(int(np.diff(np.flatnonzero(spool.get(place) == 0), prepend=-1).max()) for place in places)
    path = kernels.Path(np.empty((2, order)), np.empty((longest, order), np.uint8), np.empty((2, order + 1), np.int32))
    progress.stage("cutting", sum(place.size for place in places))
    table, size = _table(_PIECES_AT_FIRST, 8 * _PIECES_AT_FIRST), 0
    for place in places:
        symbols = spool.get(place)
        begins = np.zeros(symbols.size, np.bool_)
        kernels.cut_by_model(symbols, (0, symbols.size), ensure_unicode, model, path, begins)
        table, size = _count(symbols, begins, table, size)
        progress.advance(symbols.size)
    return Pieces(table.letters[: table.offset[size]], table.offset[: size + 1], table.count[:size], text.alphabet)


def _scores(ngrams: NgramCounts) -> Nats:
    """Return (n,) ln p of the last byte of each n-gram given the others; a byte that is not there counts once."""
    counts = ngrams.count.astype(np.int64)
    counts[0] += 256 - ngrams.alphabet.size
    scores: Nats = np.log(counts)
    scores -= scores[ngrams.parents()]
    return scores


def _count(symbols: Symbols, begins: Flags, table: kernels.Table, size: int) -> tuple[kernels.Table, int]:
    """Count the pieces of some text.  Returns the table, with more room if they need it, and how many are in it."""
    at = 0
    while True:
        at, size = kernels.count_cut(symbols, begins, at, symbols.size, table, size)
        if at == symbols.size:
            return table, size
        table = _grown(table, size, _LONGEST)


def _table(pieces: int, letters: int) -> kernels.Table:
    return kernels.Table(
        np.full(4 * pieces, -1, np.int32),
        np.empty(pieces, np.uint64),
        np.zeros(pieces + 1, np.int64),
        np.empty(pieces, np.int64),
        np.empty(letters, np.uint16),
    )


def _grown(table: kernels.Table, size: int, longest: int) -> kernels.Table:
    """Return the table with room for twice as many pieces, and one more of any length."""
    used = int(table.offset[size])
    grown = _table(2 * table.count.size, 2 * table.letters.size + longest)
    grown.hash[:size], grown.count[:size] = table.hash[:size], table.count[:size]
    grown.offset[: size + 1] = table.offset[: size + 1]
    grown.letters[:used] = table.letters[:used]
    kernels.fill_slots(grown.hash[:size], grown.slot)
    return grown


def prune_by_count(found: Pieces, sizes: Sequence[int], *, min_count: int, longest: int) -> Iterator[Pieces]:
    """Give up the rarest pieces; what is given up, and what others say as well, counts for its parts.

    sizes  of pieces, descending

    Yields the pieces of each size.
    """
    kept = (found.lengths == 1) | ((found.lengths <= longest) & (found.counts >= min_count))
    left = sort_pieces([found.take(np.flatnonzero(kept)), _missing(found)])
    pieces = _settled(left, found.take(np.flatnonzero(~kept)))
    for size in sizes:
        if len(pieces) > size:
            order = np.lexsort((np.arange(len(pieces)), -pieces.lengths, -pieces.counts, pieces.lengths > 1))
            kept = np.zeros(len(pieces), np.bool_)
            kept[order[:size]] = True
            pieces = _settled(pieces.take(np.flatnonzero(kept)), pieces.take(np.flatnonzero(~kept)))
        yield pieces


def _missing(found: Pieces) -> Pieces:
    """Return the bytes that are no pieces, each seen once."""
    seen = np.zeros(257, np.bool_)
    seen[found.firsts[found.lengths == 1]] = True
    missing = np.flatnonzero(~seen[1:]) + 1
    return Pieces(
        missing.astype(np.uint16), np.arange(missing.size + 1), np.ones(missing.size, np.int64), found.alphabet
    )


def _settled(left: Pieces, dropped: Pieces) -> Pieces:
    """Count dropped pieces for those they are cut into, and drop what others say as well, until the number stays."""
    left.counts = left.counts + _split(dropped, left)
    while True:
        counts = _split(left, left)
        before = len(left)
        left.counts = counts
        left = left.take(np.flatnonzero(counts))
        if len(left) == before:
            return left


def _split(pieces: Pieces, into: Pieces) -> Counts:
    """Return how often each of `into` occurs in pieces, cut into those of highest probability."""
    counts = np.zeros(len(into), np.int64)
    if len(pieces):
        link, number, _ = into.placed()
        scores = np.log(into.counts) - np.log(int(into.counts.sum()))
        kernels.split_pieces(pieces.letters, pieces.offsets, pieces.counts, link, number, scores, counts)
    return counts
