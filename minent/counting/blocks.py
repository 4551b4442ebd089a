"""A corpus that has been read, as blocks of symbols in the order of their code points or bytes."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from minent.alphabet import Digest
from minent.counting.reading import LINE_FEED, Block, Read
from minent.counting.spool import Spool
from minent.kernels import encoding
from minent.types import Bytes, Counts, Symbols


class Blocks:
    """A corpus that has been read: its symbols, as often as one likes, and their counts.

    reads      its parts
    min_count  symbols seen fewer times become borders: no n-gram is more frequent than its rarest symbol
    spool      where their blocks are
    threads    how many blocks are numbered anew at once

    Characters are numbered as symbols of the table to be made; for bytes `symbol_of` says which symbol a number is.

    type       of a number: uint8, uint16 or uint32
    counts     (c,) int64: occurrences of each number
    kept       (k,) int64: numbers seen min_count times and more, ascending; of characters, the others are borders
    alphabet   (k,) int64: their code points or bytes, ascending
    symbol_of  (c,) number -> symbol; None where they are the same
    pairs      (65536,) int64: occurrences of each pair of bytes, 256 first + second number; None for characters
    closing    the number behind which a block ends without a border: that of the line feed among bytes, 0 = none
    totals     (order + 1,) int64: n-grams of each order, with the rare symbols
    digest     of the lines
    size       bytes of decoded text
    """

    def __init__(self, reads: Sequence[Read], min_count: int, spool: Spool, threads: int = 1) -> None:
        self._spool = spool
        self.type = max((read.type for read in reads), key=lambda kind: kind.itemsize)
        self.digest = Digest.of([read.digest for read in reads])
        self.size = sum(read.size for read in reads)
        self.totals = totals_of(np.sum([read.lengths for read in reads], axis=0))
        codes, counts = _sum_counts(reads)
        is_kept = counts >= min_count
        self.alphabet: Counts = codes[is_kept]
        symbol_of: Symbols = np.zeros(codes.size + 1, self.type)
        symbol_of[1:][is_kept] = np.arange(1, self.alphabet.size + 1)
        self.pairs: Counts | None = None
        self._blocks: list[Block] = []
        if reads[0].pairs is None:
            self.closing = 0
            with ThreadPoolExecutor(threads) as pool:
                each = map if threads == 1 else pool.map
                for read in reads:
                    self._blocks.extend(each(self._renumbering(read, codes, symbol_of), read.blocks))
            self.kept: Counts = np.arange(1, self.alphabet.size + 1)
            self.counts: Counts = np.concatenate([[0], counts[is_kept]])
            self.symbol_of: Symbols | None = None
        else:
            self.closing = LINE_FEED
            self.pairs = np.sum([read.pairs for read in reads if read.pairs is not None], axis=0)
            self._blocks = [block for read in reads for block in read.blocks]
            self.kept = np.flatnonzero(is_kept) + 1
            self.counts = np.concatenate([[0], counts])
            self.symbol_of = symbol_of

    def __len__(self) -> int:
        return len(self._blocks)

    def memory(self) -> Bytes:
        """Return what `read` needs; one for each thread."""
        return np.empty(max((block.place.size for block in self._blocks), default=0) * self.type.itemsize, np.uint8)

    def read(self, number: int, memory: Bytes) -> tuple[Symbols, int]:
        """Return the symbols of a block, (n,), good until the next is read, and how many of them are positions."""
        place, positions = self._blocks[number]
        return self._spool.get(place, memory), positions

    def _renumbering(self, read: Read, codes: Counts, symbol_of: Symbols) -> Callable[[Block], Block]:
        """Return what turns the numbers of a block of a part into symbols."""
        final: Symbols = np.zeros(read.codes.size + 1, self.type)
        final[1:] = symbol_of[np.searchsorted(codes, read.codes) + 1]

        def renumber(block: Block) -> Block:
            numbers = self._spool.get(block.place).astype(self.type, copy=False)
            symbols = np.empty_like(numbers)
            encoding.renumber(numbers, final, symbols)
            return Block(self._spool.replace(block.place, symbols), block.positions)

        return renumber

    def ids(self) -> Symbols:
        """Return all symbols, (n,) uint16 or uint32, in memory, with borders between the blocks."""
        memory = self.memory()
        parts: list[Symbols] = [np.zeros(1, np.uint16)]
        for number in range(len(self)):
            ids, size = self.read(number, memory)
            ids = ids[:size]
            ends = np.flatnonzero(ids == self.closing) + 1 if self.closing else np.zeros(0, np.int64)
            symbols = ids if self.symbol_of is None else self.symbol_of[ids]
            parts.append(np.insert(symbols.astype(max(self.type, np.dtype(np.uint16))), ends, 0))
        return np.concatenate(parts)


def totals_of(lengths: Counts) -> Counts:
    """Return (order + 1,) how many n-grams of each order there are in blocks of given lengths, see `count_symbols`."""
    number, symbols = (np.cumsum(of_length[::-1])[::-1] for of_length in lengths)
    totals: Counts = symbols - np.maximum(np.arange(lengths.shape[1]) - 1, 0) * number
    return totals


def _sum_counts(reads: Sequence[Read]) -> tuple[Counts, Counts]:
    """Return code points or bytes, ascending, and how often each occurs."""
    codes, place = np.unique(np.concatenate([read.codes for read in reads]), return_inverse=True)
    counts = np.zeros(codes.size, np.int64)
    np.add.at(counts, place, np.concatenate([read.counts for read in reads]))
    return codes, counts
