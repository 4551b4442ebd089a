"""Slow, obvious twins of the compiled kernels, in plain Python: no arrays, no tricks, exponential time where that is
the shortest way to say what is meant.

A twin has the name of its kernel; TWINS names those of the kernels, "module.kernel", that have another one.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from functools import cache
from itertools import groupby, takewhile
from typing import NamedTuple, TypeAlias

from naive_crf import *  # noqa: F403  the twins of the CRF
from naive_cuts import *  # noqa: F403  the twins of what refines a cut
from naive_parsing import *  # noqa: F403  they are twins as well
from naive_phrases import enter_words, join_words, number_words  # noqa: F401  the same
from naive_pieces import *  # noqa: F403  they are twins as well
from naive_templates import *  # noqa: F403  they are twins as well
from naive_tokens import *  # noqa: F403  they are twins as well

TWINS = {
    "splitting.scatter_windows": "windows",
    "splitting.split_buckets": "ngrams",
    "lattice.cut_words": "begins",
    "runs.count_runs": "sorted_runs",
    "runs.sort_small": "sorted_buckets",
    "skipgrams.number_pairs": "number_neighbours",
    "windows.scatter_symbols": "buckets",
    "windows.scatter_pairs": "buckets",
    "windows.scatter_after": "buckets",
}

Gram: TypeAlias = tuple[int, ...]

# encoding ------------------------------------------------------------------------------------------------------------


def code_points_to_ids(text: str) -> tuple[list[int], list[int]]:
    """The number of each character, and the characters in the order of their numbers, which begin at 1."""
    seen = list(dict.fromkeys(text.replace("\n", "")))
    number = {character: place for place, character in enumerate(seen, 1)} | {"\n": 0}
    return [number[character] for character in text], [ord(character) for character in seen]


def is_utf8(data: bytes, errors: str = "strict") -> bool:
    try:
        data.decode("utf-8", errors)
    except UnicodeDecodeError:
        return False
    return True


def bytes_to_ids(data: bytes) -> list[int]:
    """The place of each byte among those that there are in UTF-8; places begin at 1."""
    return [bytes_of_text().index(byte) + 1 for byte in data]


@cache
def bytes_of_text() -> list[int]:
    codes = [*range(0xD800), *range(0xE000, 0x110000)]
    return sorted(set("".join(map(chr, codes)).encode()))


def renumber(ids: list[int], final: list[int]) -> list[int]:
    return [final[number] for number in ids]


def digest_lines(lines: list[bytes]) -> tuple[int, int]:
    """The two halves of the digest: sums, in 64 bits, of a hash of each line."""
    halves = [line_hash(line) for line in lines]
    return sum(first for first, _ in halves) % 2**64, sum(second for _, second in halves) % 2**64


def line_hash(line: bytes) -> tuple[int, int]:
    first, second = 0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F
    whole = len(line) // 8 * 8
    words = [line[at : at + 8] for at in range(0, whole, 8)] + [line[whole:]]
    for place, word in enumerate(words, 1):
        if place == len(words):
            first ^= len(line) * 0xD6E8FEB86659FD93 % 2**64
        number = int.from_bytes(word, "little")
        first = (first ^ number) * 0xFF51AFD7ED558CCD % 2**64
        first ^= first >> 47
        second = (second + number) * 0xC4CEB9FE1A85EC53 % 2**64
        second ^= second >> 43
    return first * 0x9E3779B97F4A7C15 % 2**64, (second ^ (first >> 32)) * 0xE7037ED1A0B428DB % 2**64


# counting ------------------------------------------------------------------------------------------------------------


def blocks(ids: Sequence[int]) -> list[Gram]:
    """The stretches between the borders, which are 0."""
    return [tuple(run) for is_block, run in groupby(ids, bool) if is_block]


def ended(ids: Sequence[int], order: int) -> tuple[list[list[int]], int]:
    """How many blocks of each length have ended, and their symbols (the last: `order` or more); the symbols behind."""
    *whole, last = "".join("x" if symbol else " " for symbol in ids).split(" ")
    sizes = [[len(block) for block in whole if min(len(block), order) == length] for length in range(order + 1)]
    return [[len(some) for some in sizes], [sum(some) for some in sizes]], len(last)


def count_symbols(ids: Sequence[int], n_symbols: int, order: int) -> tuple[list[int], list[list[int]], int]:
    """How often each symbol occurs, and what `ended` says."""
    times = Counter(ids)
    return [times[symbol] for symbol in range(n_symbols + 1)], *ended(ids, order)


def windows(ids: Sequence[int], first: int, last: int, lanes: int) -> list[tuple[int, int, int, Gram]]:
    """Symbol, position, symbol before (0: border) and the next `lanes` symbols as far as the block goes, sorted."""
    found = []
    for place, symbol in enumerate(ids):
        if first <= symbol < last and symbol:
            rest = blocks(ids[place:])[0][1:]
            found.append((symbol, place, ids[place - 1] if place else 0, rest[:lanes]))
    return sorted(found)


# windows -------------------------------------------------------------------------------------------------------------


def written(ids: Sequence[int], closing: int) -> list[int]:
    """The symbols with the borders behind the closing ones; 0: there are none."""
    return [each for symbol in ids for each in ((symbol, 0) if symbol == closing and closing else (symbol,))]


def count_pairs(ids: Sequence[int], closing: int, order: int) -> tuple[Counter[Gram], list[list[int]], int, int]:
    """Each symbol with the one before it, a border at first; what `ended` says; the last symbol."""
    whole = written(ids, closing)
    return Counter(zip([0, *whole], whole, strict=False)), *ended(whole, order), [0, *whole][-1]


def buckets(
    ids: Sequence[int], size: int, lanes: int, *, closing: int = 0, prefix: Gram = (), keys: int = 1
) -> dict[Gram, list[Gram]]:
    """The `keys` symbols behind the prefix -> for each of the first `size` positions the `lanes` symbols behind these.

    All stop at borders; a border counts as a key, but nothing goes on behind it.
    """
    found: dict[Gram, list[Gram]] = defaultdict(list)
    for place in range(size):
        block = takewhile(bool, written(ids[place:], closing))
        line = (*block, *[0] * (len(prefix) + keys + lanes))
        if line[0] and line[: len(prefix)] == prefix:
            key = line[len(prefix) : len(prefix) + keys]
            found[key].append(line[len(prefix) + keys :][:lanes])
    return found


def count_after(ids: Sequence[int], size: int, prefix: Gram, closing: int = 0) -> Counter[int]:
    """How often each symbol, or a border, follows the prefix."""
    return Counter(
        {key: len(places) for (key,), places in buckets(ids, size, 0, closing=closing, prefix=prefix).items()}
    )


# runs ----------------------------------------------------------------------------------------------------------------


def sorted_runs(
    found: Sequence[tuple[int, Sequence[Gram]]], base: int, order: int, min_count: int
) -> dict[int, list[tuple[int, int, int]]]:
    """For each order from `base` on the last symbol, count and number of kept extensions of each kept n-gram.

    found  of n-grams of `base` symbols the last one, and the `order - base` symbols behind each place of it, 0 = border
    """

    def kept(behind: Sequence[Gram], size: int) -> dict[Gram, int]:
        times = Counter(after[:size] for after in behind if 0 not in after[:size])
        return {gram: times[gram] for gram in sorted(times) if times[gram] >= min_count or not size}

    rows: dict[int, list[tuple[int, int, int]]] = {size: [] for size in range(base, order + 1)}
    for symbol, behind in found:
        for size in range(order - base + 1):
            longer = kept(behind, size + 1) if base + size < order else {}
            for gram, count in kept(behind, size).items():
                children = sum(other[:size] == gram for other in longer)
                rows[base + size].append(((symbol, *gram)[-1], count, children))
    return rows


# entropies -----------------------------------------------------------------------------------------------------------


class Evidence(NamedTuple):
    times: int
    right: float  # entropy of the symbol after, nats
    left: float


def entropy(symbols: Sequence[Hashable]) -> float:
    return sum(n / len(symbols) * math.log(len(symbols) / n) for n in Counter(symbols).values())


def occurrences(ids: Sequence[int], order: int) -> dict[Gram, list[tuple[Hashable, Hashable]]]:
    """For each n-gram the symbols before and after each time it occurs; each border is a symbol of its own."""
    padded: list[Hashable] = [object() if symbol == 0 else symbol for symbol in [0, *ids, 0]]
    found: dict[Gram, list[tuple[Hashable, Hashable]]] = defaultdict(list)
    for low in range(1, len(padded)):
        for high in range(low + 1, min(low + order + 1, len(padded))):
            gram = tuple(symbol for symbol in padded[low:high] if isinstance(symbol, int))
            if len(gram) == high - low:
                found[gram].append((padded[low - 1], padded[high]))
    return found


def ngrams(ids: Sequence[int], order: int, min_count: int) -> tuple[dict[Gram, Evidence], list[list[float]]]:
    """All symbols, the longer n-grams seen at least `min_count` times, and what `count_ids` says of the rest."""
    found = occurrences(ids, order + 1)
    kept = {
        gram: Evidence(len(around), entropy([after for _, after in around]), entropy([before for before, _ in around]))
        for gram, around in found.items()
        if len(gram) == 1 or (len(gram) <= order and len(around) >= min_count)
    }
    rest = [[0.0] * 6 for _ in range(order + 2)]
    for gram, around in found.items():
        count = len(around)
        if len(gram) == 1 or count >= min_count:
            continue
        for column, shorter, side in ((0, gram[:-1], "right"), (3, gram[1:], "left")):
            if shorter in kept:
                variation = math.log(count) / 2 - getattr(kept[shorter], side)
                for step, value in enumerate((math.sqrt(count), math.sqrt(count) * variation, count)):
                    rest[len(gram)][column + step] += value
    return kept, rest


def ngram_counts(text: str | bytes, order: int) -> Counter[str | bytes]:
    """The n-grams of one document of characters or bytes; a line feed is a byte like others but no character."""
    lines: Sequence[str | bytes] = text.split("\n") if isinstance(text, str) else re.findall(rb"[^\n]*\n|[^\n]+", text)
    return Counter(
        line[low : low + size] for line in lines for size in range(1, order + 1) for low in range(len(line) - size + 1)
    )


# tries ---------------------------------------------------------------------------------------------------------------


def trie(n_symbols: int, longer: set[Gram]) -> list[Gram]:
    """The n-gram of each node: the root, all symbols, then the longer ones sorted, order by order."""
    return [(), *((symbol,) for symbol in range(1, n_symbols + 1)), *sorted(longer, key=lambda gram: (len(gram), gram))]


def link_suffixes(nodes: list[Gram]) -> list[int]:
    return [nodes.index(gram[1:]) for gram in nodes]


def mark_useful(nodes: list[Gram], score: Mapping[Gram, float]) -> tuple[list[bool], list[float]]:
    """Whether each n-gram (the root aside) scores more than the cuts tried, and the best score of the two."""

    def cut(gram: Gram) -> float:
        return max(best(gram[:-1]) + best(gram[-1:]), best(gram[:1]) + best(gram[1:]))

    def best(gram: Gram) -> float:
        return score[gram] if len(gram) == 1 else max(score[gram], cut(gram))

    useful = [len(gram) == 1 or score[gram] > cut(gram) for gram in nodes[1:]]
    return useful, [best(gram) for gram in nodes[1:]]


# lattice -------------------------------------------------------------------------------------------------------------


def add_edges(nodes: list[Gram]) -> dict[tuple[int, int], int]:
    """(node, symbol) -> node."""
    return {(nodes.index(gram[:-1]), gram[-1]): node for node, gram in enumerate(nodes) if len(gram) > 1}


def add_words(words: Sequence[Gram], n_nodes: int) -> dict[Gram, int]:
    """The node of each beginning of a word: symbol s is node s, the others are numbered as they come."""
    nodes: dict[Gram, int] = {}
    for word in words:
        nodes[word[:1]] = word[0]
        for size in range(2, len(word) + 1):
            if word[:size] not in nodes:
                nodes[word[:size]] = n_nodes
                n_nodes += 1
    return nodes


class Piece(NamedTuple):
    start: int
    word: Gram | None  # None: a unit that no word accounts for, with the joining ones after it
    score: float


class Model(NamedTuple):
    scores: Mapping[Gram, float]  # -inf: no word
    floor: float
    joins: set[int]


def cuts(block: Gram, model: Model, start: int = 0) -> Iterator[list[Piece]]:
    """All ways to cut a block from `start` on."""
    if start == len(block):
        yield []
    elif start == 0 or block[start] not in model.joins:
        end = start + 1
        while end < len(block) and block[end] in model.joins:
            end += 1
        alone = model.scores.get(block[start : start + 1], -math.inf) == -math.inf
        pieces = [(end, Piece(start, None, model.floor))] if alone or end > start + 1 else []
        for end in range(start + 1, len(block) + 1):
            word = block[start:end]
            if word in model.scores and model.scores[word] > -math.inf:
                pieces.append((end, Piece(start, word, model.scores[word])))
        for end, piece in pieces:
            for others in cuts(block, model, end):
                yield [piece, *others]


def best_cut(block: Gram, model: Model) -> list[Piece]:
    """Highest total score; of equal ones the earliest start of the last piece, then of the one before, ..."""
    return max(
        cuts(block, model),
        key=lambda pieces: (sum(piece.score for piece in pieces), [-piece.start for piece in reversed(pieces)]),
    )


def count_words(ids: Sequence[int], model: Model) -> tuple[float, Counter[Gram]]:
    """The sum of the best scores, and how often each word is used, or each unit that no word accounts for."""
    total = 0.0
    used: Counter[Gram] = Counter()
    for block in blocks(ids):
        pieces = best_cut(block, model)
        for piece, end in zip(pieces, [*(piece.start for piece in pieces[1:]), len(block)], strict=True):
            total += piece.score
            used.update([piece.word] if piece.word else [(unit,) for unit in block[piece.start : end]])
    return total, used


def begins(ids: Sequence[int], model: Model) -> list[int | None]:
    """1 where a word begins, 0 where it goes on, None at borders."""
    marks: list[int | None] = []
    for is_block, run in groupby(ids, bool):
        block = tuple(run)
        starts = {piece.start for piece in best_cut(block, model)} if is_block else set()
        marks += [int(place in starts) if is_block else None for place in range(len(block))]
    return marks


def prune_words(
    words: Sequence[Gram], weak: Sequence[bool], model: Model, min_gain: float, counts: Mapping[Gram, int]
) -> tuple[set[Gram], Counter[Gram | None], list[float]]:
    """The words that stay, the new counts, and the gain of each word.  Longest words come first."""
    scores = dict(model.scores)
    new: Counter[Gram | None] = Counter(counts)
    gains = []
    for word, is_weak in zip(words, weak, strict=True):
        if len(word) == 1:
            gains.append(0.0)
            continue
        own = scores.pop(word)
        parts = best_cut(word, model._replace(scores=scores))
        gains.append(own - sum(part.score for part in parts))
        if is_weak or gains[-1] < min_gain:
            for part in parts:
                new[part.word] += new[word]
            new[word] = 0
        else:
            scores[word] = own
    return set(scores), new, gains


def expect_words(ids: Sequence[int], model: Model) -> tuple[float, Counter[Gram]]:
    """ln p of all blocks, summed over all cuts, and how often each word is to be expected in them."""
    total = 0.0
    expected: Counter[Gram] = Counter()
    for block in blocks(ids):
        weighed = [(math.exp(sum(piece.score for piece in cut)), cut) for cut in cuts(block, model)]
        whole = sum(weight for weight, _ in weighed)
        total += math.log(whole) if whole else -math.inf
        for weight, cut in weighed:
            for piece in cut:
                if piece.word is not None and whole:
                    expected[piece.word] += weight / whole  # type: ignore[assignment]
    return total, expected


# merging -------------------------------------------------------------------------------------------------------------

Pair: TypeAlias = tuple[Gram, Gram]
Text: TypeAlias = list[list[Gram]]  # blocks of words


def sort_places(words: Sequence[int]) -> list[int]:
    """Places before which and behind which no border stands, by the two words and the place."""
    inner = [place for place in range(len(words) - 1) if words[place] and words[place + 1]]
    return sorted(inner, key=lambda place: (words[place], words[place + 1], place))


def find_pairs(text: Text, min_count: int, longest: int) -> dict[Pair, int]:
    """How often two words stand side by side, not overlapping, if often enough and not too long together."""
    there_are = {(block[i], block[i + 1]) for block in text for i in range(len(block) - 1)}
    counts = {pair: sum(map(len, text)) - sum(map(len, merge_pairs(text, pair))) for pair in there_are}
    return {pair: n for pair, n in counts.items() if n >= min_count and len(pair[0] + pair[1]) <= longest}


def merge_pairs(text: Text, pair: Pair) -> Text:
    """Make one word of two, wherever they stand side by side, from the left."""
    merged: Text = []
    for block in text:
        merged.append([])
        at = 0
        while at < len(block):
            step = 2 if tuple(block[at : at + 2]) == pair else 1
            merged[-1].append(tuple(unit for word in block[at : at + step] for unit in word))
            at += step
    return merged


def description(text: Text) -> float:
    """Nats to describe a text and its words, without what is the same for all ways to cut it."""
    units = Counter(unit for block in text for word in block for unit in word)
    words = Counter(word for block in text for word in block)
    lexicon = sum(math.log(n) + math.log(n + 1) for n in words.values())
    lexicon += sum((len(word) + 1) * math.log(2) for word in words)
    lexicon += sum(math.log(units.total() / units[unit]) for word in words for unit in word)
    return lexicon + sum(n * math.log(words.total() / n) for n in words.values())


def bound_pairs(text: Text, min_count: int, longest: int) -> dict[Pair, float]:
    """What merging each pair saves of the description."""
    before = description(text)
    return {pair: before - description(merge_pairs(text, pair)) for pair in find_pairs(text, min_count, longest)}


# units ---------------------------------------------------------------------------------------------------------------


def unit_pattern(kinds: Mapping[str, int]) -> re.Pattern[str]:
    """A unit, over characters of given kinds (see `minent.alphabet.Kind`)."""

    def some(*wanted: int) -> str:
        members = [re.escape(character) for character, kind in kinds.items() if kind in wanted]
        return f"[{''.join(members)}]" if members else "(?!)"

    digit, cased, joining, point, percent, apostrophe = map(some, (2, 3, 4, 6, 7, 8))
    number = f"{digit}(?:{digit}|{joining}|{point}{digit})*(?:{percent}{joining}*)?"
    word = f"{cased}(?:{cased}|{joining}|{apostrophe}{cased})*"
    marks = f"({some(1, 6, 7, 8)})(?:\\1|{joining})*"
    return re.compile(f"{number}|{word}|{marks}|.", re.DOTALL)


def join_units(text: str, kinds: Mapping[str, int]) -> list[str]:
    return [match[0] for match in unit_pattern(kinds).finditer(text)]


def count_runs(text: str, kinds: Mapping[str, int]) -> Counter[str]:
    """The runs of cased letters, with the joining characters and single apostrophes between and the joining after."""
    pattern = "".join({3: "c", 4: "j", 8: "a"}.get(kinds[character], " ") for character in text)
    return Counter(text[match.start() : match.end()] for match in re.finditer("c(?:c|j|ac)*", pattern))


def cased_runs(text: str, kinds: Mapping[str, int]) -> tuple[int, int]:
    """How many cased letters there are, and the sum of the squares of how many stand together but for joining ones."""
    pattern = "".join({3: "c", 4: ""}.get(kinds[character], " ") for character in text)
    return pattern.count("c"), sum(len(run) ** 2 for run in pattern.split())


# writing -------------------------------------------------------------------------------------------------------------


class Unit(NamedTuple):
    text: str
    begins: bool
    is_space: bool
    ends_line: bool


def write_words(units: Sequence[Unit], delimiter: str, hidden: str, in_line: bool, inner: str = "") -> tuple[str, bool]:
    """What is written, and whether the line under way has a word."""
    out = ""
    for unit in units:
        if unit.is_space and not unit.begins and inner:
            out += inner
            continue
        if unit.is_space and unit.begins:
            if unit.ends_line:
                out += unit.text
                in_line = False
            continue
        if unit.begins and in_line:
            out += delimiter
        in_line = in_line or unit.begins
        out += re.sub(f"({re.escape(hidden)}|\\\\)", r"\\\1", unit.text) if hidden else unit.text
    return out, in_line


def sorted_buckets(windows: Sequence[int], bounds: Sequence[tuple[int, int]], largest: int) -> list[int]:
    """The windows, those of each bucket of at most `largest` in order."""
    found = list(windows)
    for low, high in bounds:
        if high - low <= largest:
            found[low:high] = sorted(found[low:high])
    return found
