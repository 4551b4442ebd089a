"""Words drawn anew by a bigram model of words: forward filtering, backward sampling over the lattice of known words."""

from typing import NamedTuple

import numpy as np

from minent.kernels._jit import kernel
from minent.types import Bytes, Counts, Flags, Keys, Nats, Nodes, Offsets, Symbols


class Grown(NamedTuple):
    """A trie of words that grows, with room for m nodes."""

    edges: Keys  # (e, 2) uint64, see `minent.kernels.lattice.Trie`; e a power of two
    parent: Nodes  # (m,) int32
    symbol: Symbols  # (m,) uint16 or uint32: on the edge from the parent
    count: Counts  # (m,) int64: how often the word that ends here occurs


class Words(NamedTuple):
    """Known words, numbered from 0; the number behind the last stands for the border before and after a block."""

    edges: Keys  # (m, 2) uint64: see `minent.kernels.lattice.Trie`
    number: Nodes  # (nodes,) int32: the word that ends here, -1 = none


class Bigrams(NamedTuple):
    """A model of words and their neighbours.

    P(w | v) = (max(count(v w) - discount, 0)) share(v) + backing(v) alone(w)
    """

    table: Keys  # (m, 2) uint64: (v + 1) << 32 | w + 1, count; a key of 0 = empty; m a power of two
    share: Nats  # (w + 1,) float64
    backing: Nats  # (w + 1,) float64
    alone: Nats  # (w + 1,) float64
    discount: float


class Lattice(NamedTuple):
    """Work space for a block of up to b units and words of up to l."""

    word: Nodes  # (b + 1, l + 1) int32: word of this length that ends here, -1 = none
    sums: Nats  # (b + 1, l + 1) float64: sum over the ways to arrive by it, scaled
    scale: Nats  # (b + 1,) float64: ln of the scale


@kernel
def _edge(edges: Keys, node: int, symbol: int) -> int:
    """Where the edge from `node` by `symbol` stands in the table, or would stand."""
    mask = np.uint64(edges.shape[0] - 1)
    key = (np.uint64(node) << np.uint64(21)) | np.uint64(symbol)
    at = key * np.uint64(0x9E3779B97F4A7C15)
    at = (at ^ (at >> np.uint64(32))) & mask
    while edges[at, 0] != key and edges[at, 0] != np.uint64(0xFFFFFFFFFFFFFFFF):
        at = (at + np.uint64(1)) & mask
    return np.int64(at)


@kernel
def _child(edges: Keys, node: int, symbol: int) -> int:
    """The node after the edge from `node` by `symbol`, or -1."""
    at = _edge(edges, node, symbol)
    return np.int64(edges[at, 1]) if edges[at, 0] != np.uint64(0xFFFFFFFFFFFFFFFF) else np.int64(-1)


@kernel
def _slot(table: Keys, before: int, word: int) -> int:
    """Where a pair of words stands in the table, or would stand."""
    mask = np.uint64(table.shape[0] - 1)
    key = (np.uint64(before + 1) << np.uint64(32)) | np.uint64(word + 1)
    at = key * np.uint64(0x9E3779B97F4A7C15)
    at = (at ^ (at >> np.uint64(32))) & mask
    while table[at, 0] != key and table[at, 0] != np.uint64(0):
        at = (at + np.uint64(1)) & mask
    return np.int64(at)


@kernel
def hash_blocks(units: Symbols, blocks: tuple[Offsets, Offsets], hashes: Keys) -> None:
    """Hash the units of each block.

    blocks  (b,) int64 each: where blocks begin and end
    hashes  (b,) uint64 out
    """
    for b in range(hashes.size):
        mixed = np.uint64(0)
        for i in range(blocks[0][b], blocks[1][b]):
            mixed = (mixed ^ np.uint64(units[i])) * np.uint64(0x9E3779B97F4A7C15)
            mixed ^= mixed >> np.uint64(29)
        hashes[b] = mixed * np.uint64(0xBF58476D1CE4E5B9)


@kernel
def gather_blocks(units: Symbols, blocks: tuple[Offsets, Offsets], targets: Offsets, out: Symbols) -> None:
    """Copy blocks to where they shall begin.

    blocks   (b,) int64 each: where blocks begin and end
    targets  (b,) int64: where in `out` each shall begin
    """
    for b in range(targets.size):
        for i in range(blocks[0][b], blocks[1][b]):
            out[targets[b] + i - blocks[0][b]] = units[i]


@kernel
def find_blocks(units: Symbols, begins: Bytes, longest: int, low: Offsets, high: Offsets) -> int:
    """Find the blocks between borders; those longer than `longest` are cut where a word begins, if they can be.

    begins     (n,)    uint8: 1 where a word begins
    low, high  (>= b,) int64 out: where blocks begin and end

    Returns how many there are.
    """
    found = 0
    i = 0
    while i < units.size:
        if units[i] == 0:
            i += 1
            continue
        low[found] = i
        cut = i
        end = i
        while end < units.size and units[end] != 0 and end - i < longest:
            end += 1
            if end < units.size and begins[end] != 0:
                cut = end
        if end < units.size and units[end] != 0 and cut > i:
            end = cut
        high[found] = end
        found += 1
        i = end
    return found


@kernel
def count_cut_words(
    units: Symbols, begins: Bytes, blocks: tuple[Offsets, Offsets], fits: tuple[Flags, Flags], longest: int, trie: Grown
) -> int:
    """Count the words of a cut text.

    begins   (n,)  uint8: 1 where a word begins
    blocks   (b,)  int64 each: where blocks begin and end
    fits     (k,)  bool each: whether a word of several units may begin with a unit, and go on with it
    longest  in units; of longer words, and of those that do not fit, the units are counted
    trie     out: with no words, its first k nodes being the single units

    Returns the number of nodes, or -1 as soon as there is no room for more.
    """
    nodes = fits[0].size
    limit = min(trie.symbol.size, trie.edges.shape[0] // 2)
    for b in range(blocks[0].size):
        i = blocks[0][b]
        high = blocks[1][b]
        while i < high:
            end = i + 1
            good = end == high or begins[end] != 0 or fits[0][units[i]]
            while end < high and begins[end] == 0:
                good = good and fits[1][units[end]]
                end += 1
            good = good and end - i <= longest
            node = np.int64(units[i])
            for at in range(i + 1, end):
                if not good:
                    trie.count[node] += 1
                    node = np.int64(units[at])
                    continue
                slot = _edge(trie.edges, node, np.int64(units[at]))
                if trie.edges[slot, 0] == np.uint64(0xFFFFFFFFFFFFFFFF):
                    if nodes >= limit:
                        return -1
                    trie.edges[slot, 0] = (np.uint64(node) << np.uint64(21)) | np.uint64(units[at])
                    trie.edges[slot, 1] = nodes
                    trie.parent[nodes] = node
                    trie.symbol[nodes] = units[at]
                    trie.count[nodes] = 0
                    nodes += 1
                node = np.int64(trie.edges[slot, 1])
            trie.count[node] += 1
            i = end
    return nodes


@kernel
def spell_words(
    units: Symbols, begins: Bytes, blocks: tuple[Offsets, Offsets], words: Words, first: Offsets, numbers: Nodes
) -> None:
    """Number the words of a cut text, with a border before each block and behind the last.

    words    a word that is none of them is a border too
    first    (b + 1,) int64 out: where the numbers of each block begin, with the border before it
    numbers  (>= tokens + b + 1,) int32 out
    """
    border = np.int32(0)
    for node in range(words.number.size):
        border = max(border, words.number[node] + np.int32(1))
    written = 0
    for b in range(blocks[0].size):
        first[b] = written
        numbers[written] = border
        written += 1
        i = blocks[0][b]
        high = blocks[1][b]
        while i < high:
            node = np.int64(units[i])
            i += 1
            while i < high and begins[i] == 0:
                if node >= 0:
                    node = _child(words.edges, node, np.int64(units[i]))
                i += 1
            known = node >= 0 and words.number[node] >= 0
            numbers[written] = words.number[node] if known else border
            written += 1
    numbers[written] = border
    first[blocks[0].size] = written


@kernel
def count_bigrams(numbers: Nodes, first: Offsets, held: tuple[int, int], table: Keys) -> int:
    """Count neighbours in all folds but one.

    numbers  as `spell_words` leaves them, and `first`
    held     fold, of how many: its blocks are left out; 64 blocks in a row are of one fold
    table    (m, 2) uint64 out: see `Bigrams`; zeros before

    Returns how many different pairs there are, or -1 as soon as they fill more than half of the table.
    """
    pairs = 0
    for b in range(first.size - 1):
        if b // 64 % held[1] == held[0]:
            continue
        for i in range(first[b], first[b + 1]):
            before = np.int64(numbers[i])
            word = np.int64(numbers[i + 1])
            at = _slot(table, before, word)
            if table[at, 0] == np.uint64(0):
                pairs += 1
                if 2 * pairs > table.shape[0]:
                    return -1
                table[at, 0] = (np.uint64(before + 1) << np.uint64(32)) | np.uint64(word + 1)
            table[at, 1] += np.uint64(1)
    return pairs


@kernel
def _given(model: Bigrams, before: int, word: int) -> float:
    """P(word | before)."""
    chance = model.backing[before] * model.alone[word]
    at = _slot(model.table, before, word)
    count = np.float64(model.table[at, 1])
    if count > model.discount:
        chance += (count - model.discount) * model.share[before]
    return chance


@kernel
def _fill(units: Symbols, low: int, high: int, words: Words, lattice: Lattice) -> None:
    """Find the known words of a block."""
    longest = lattice.word.shape[1] - 1
    lattice.word[: high - low + 1] = -1
    for i in range(low, high):
        node = np.int64(units[i])
        for length in range(1, min(longest, high - i) + 1):
            lattice.word[i - low + length, length] = words.number[node]
            if i + length < high:
                node = _child(words.edges, node, np.int64(units[i + length]))
                if node < 0:
                    break


@kernel
def _filter(size: int, model: Bigrams, lattice: Lattice) -> None:
    """Sum over the ways to each position, by the last word."""
    border = model.alone.size - 1
    word = lattice.word
    sums = lattice.sums
    longest = word.shape[1] - 1
    lattice.scale[0] = 0.0
    for end in range(1, size + 1):
        total = 0.0
        highest = lattice.scale[end - 1]
        for length in range(2, min(longest, end) + 1):
            if word[end, length] >= 0:
                highest = max(highest, lattice.scale[end - length])
        for length in range(1, min(longest, end) + 1):
            here = np.int64(word[end, length])
            ways = 0.0
            if here >= 0:
                start = end - length
                if start == 0:
                    ways = _given(model, border, here)
                for other in range(1, min(longest, start) + 1):
                    before = np.int64(word[start, other])
                    if before >= 0:
                        ways += sums[start, other] * _given(model, before, here)
                ways *= np.exp(lattice.scale[start] - highest)
            sums[end, length] = ways
            total += ways
        lattice.scale[end] = highest + np.log(total)
        for length in range(1, min(longest, end) + 1):
            sums[end, length] /= total


@kernel
def sample_words(
    units: Symbols,
    blocks: tuple[Offsets, Offsets],
    held: tuple[int, int],
    words: Words,
    model: Bigrams,
    seed: int,
    lattice: Lattice,
    begins: Bytes,
) -> float:
    """Draw a cut of each block of a fold into known words, with its probability under a model.

    blocks  (b,) int64 each: where blocks begin and end
    held    fold, of how many; only its blocks are read
    words   every single unit must be one
    seed    with where a block begins, the seed of its draws
    begins  (n,) uint8 out: 1 where a word begins, 0 where it goes on

    Returns what the blocks cost by all cuts, nats.
    Source: Mochihashi, Yamada & Ueda (2009), forward filtering and backward sampling.
    """
    border = model.alone.size - 1
    longest = lattice.word.shape[1] - 1
    chance = np.empty(longest + 1)
    cost = 0.0
    for b in range(blocks[0].size):
        if b // 64 % held[1] != held[0]:
            continue
        low = blocks[0][b]
        high = blocks[1][b]
        _fill(units, low, high, words, lattice)
        _filter(high - low, model, lattice)
        begins[low:high] = 0
        state = (np.uint64(seed) << np.uint64(40)) ^ np.uint64(low)
        end = high - low
        after = border
        while end > 0:
            total = 0.0
            for length in range(1, min(longest, end) + 1):
                here = np.int64(lattice.word[end, length])
                chance[length] = lattice.sums[end, length] * _given(model, here, after) if here >= 0 else 0.0
                total += chance[length]
            if after == border:
                cost -= lattice.scale[end] + np.log(total)
            # splitmix64, Steele, Lea & Flood (2014)
            state += np.uint64(0x9E3779B97F4A7C15)
            mixed = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
            rest = np.float64((mixed ^ (mixed >> np.uint64(31))) >> np.uint64(11)) * 2.0**-53 * total
            drawn = 0
            for length in range(1, min(longest, end) + 1):
                if chance[length] > 0.0 and (drawn == 0 or rest >= 0.0):
                    drawn = length
                rest -= chance[length]
            after = np.int64(lattice.word[end, drawn])
            end -= drawn
            begins[low + end] = 1
    return cost
