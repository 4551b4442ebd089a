"""Corpus -> Lexicon: find the words of a language from raw text alone.

The method "merging" stands in `minent.finding.merging`.  The method "autonomy", the default:

1. Count n-grams of units and their branching entropies on both sides.
2. Cut the corpus so that the autonomy of the pieces is highest: the normalised variation of branching entropy of
   Magistry & Sagot (2012).
3. Count the pieces and remove redundancy, longest first (Su Jianlin 2018, kexue.fm/archives/5476): a word stays when
   the mutual information of its parts, ln p(word) - sum of ln p(parts), is at least `min_gain` nats, and when its
   weakest inner bond, pointwise mutual information over n-gram counts, is at least `min_pmi`; else it is cut into
   the parts.

With the effort "best" the words found so cut the corpus (Viterbi), the cut is refined (`minent.refining`), and its
pieces are counted and pruned as in 3.
"""

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np

from minent import provenance
from minent.alphabet import Encoded, encode_corpus
from minent.characters import LETTERS, NORMALIZATIONS, RUNS, Kind, UnitRules
from minent.corpus import Corpus
from minent.cost import cost_of_units, cost_of_words
from minent.counting.branching import LONGEST_ORDER, count_ids
from minent.errors import InputError, NoWordsError
from minent.files import StrPath
from minent.finding.merging import merge_units
from minent.finding.pruning import Words, drop, finish, in_turn, ranked
from minent.kernels import lattice, tries
from minent.lexicon import Lexicon
from minent.ngrams import NgramCounts
from minent.progress import Progress, Silent
from minent.refining.cut import blocks_of, count_words, cut_into, in_order
from minent.refining.refine import refine
from minent.steps import SavedSteps, Steps
from minent.types import Bytes, Counts, Flags, Nats, Nodes, Offsets, Symbols
from minent.units import Units, character_kinds, choose_runs, count_cased_runs, make_units

METHODS = ("autonomy", "merging")
EFFORTS = ("fast", "best")
# A better cut needs less pruning.
_MIN_GAIN = {"fast": 3.5, "best": 3.0}

# Score of a unit that nothing accounts for, in autonomy: so low that it is used only where there is no other way.
_NO_WAY = -1e6


@dataclass(frozen=True)
class LexiconOptions:
    """What makes a word.

    method           one of METHODS: cut the corpus where pieces are most autonomous and drop what says no more than
                     its parts; or merge neighbours until lexicon and text are cheapest to describe
    effort           one of EFFORTS: how long to look for the best cut of the corpus; not for merging
    min_count        drop words seen fewer times; 0 = by the size of the corpus, see `min_count_for`; 2 when merging
    min_gain         nats a word must save at each occurrence over the best cut of it into other words; None = 3.5, or
                     3.0 with the effort best; not for merging
    min_pmi          nats: pointwise mutual information of the weakest inner bond of a word; not for merging
    max_word_length  in units (a unit is a character, or a joined run)
    max_words        keep only the best words; 0 = all.  Single units are always kept
    runs             one of RUNS: which runs of characters are one unit
    normalize        see `minent.characters.normalizer`
    """

    method: str = "autonomy"
    effort: str = "fast"
    min_count: int = 0
    min_gain: float | None = None
    min_pmi: float = -math.inf
    max_word_length: int = 12
    max_words: int = 0
    runs: str = "auto"
    normalize: str = "none"

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise InputError(f"method cannot be {self.method!r}; use one of {', '.join(METHODS)}")
        if self.effort not in EFFORTS:
            raise InputError(f"effort cannot be {self.effort!r}; use one of {', '.join(EFFORTS)}")
        if self.method == "merging" and (self.min_gain, self.min_pmi) != (type(self).min_gain, type(self).min_pmi):
            raise InputError("min_gain and min_pmi are for the method autonomy; what merging keeps is what saves bits")
        if self.method == "merging" and self.effort != type(self).effort:
            raise InputError("the effort is for the method autonomy; merging has no other")
        if self.min_count < 0:
            raise InputError(f"min_count must not be negative, as {self.min_count} is")
        if not 1 <= self.max_word_length <= LONGEST_ORDER:
            raise InputError(f"max_word_length must be from 1 to {LONGEST_ORDER}, not {self.max_word_length}")
        if math.isnan(self.min_gain or 0.0) or math.isnan(self.min_pmi):
            raise InputError("min_gain and min_pmi must be numbers; -inf keeps everything")
        if self.max_words < 0:
            raise InputError(f"max_words must not be negative, as {self.max_words} is")
        if self.runs not in RUNS:
            raise InputError(f"runs cannot be {self.runs!r}; use one of {', '.join(RUNS)}")
        if self.normalize not in NORMALIZATIONS:
            raise InputError(f"normalize cannot be {self.normalize!r}; use one of {', '.join(NORMALIZATIONS)}")


def build_lexicon(
    corpus: Corpus,
    options: LexiconOptions | None = None,
    *,
    threads: int = 1,
    work_dir: StrPath | None = None,
    notice: Callable[[str], None] = lambda sentence: None,
    progress: Progress | None = None,
) -> Lexicon:
    """Find the words of a corpus.

    threads   how many tasks run at once; the result is the same for any number
    work_dir  folder in which the steps of the effort best are kept until all is done; a run that was killed goes on
              with what is there
    notice    called with a sentence if it does

    Raises what reading the corpus raises, and NoWordsError when there is nothing but white space and marks in it.
    """
    options = options or LexiconOptions()
    progress = progress or Silent()
    encoded = encode_corpus(corpus, normalize=options.normalize, progress=progress)
    merging = options.method == "merging"
    options = replace(
        options,
        min_count=options.min_count or (2 if merging else min_count_for(encoded.ids.size)),
        min_gain=_MIN_GAIN[options.effort] if options.min_gain is None and not merging else options.min_gain,
        runs=choose_runs(options.runs, encoded.ids, encoded.alphabet),
    )
    rules = UnitRules(options.runs, options.normalize)
    kinds, stands_for = character_kinds(encoded.alphabet, rules)
    runs = _letters_runs(encoded, kinds, options.min_count)
    units = make_units(encoded.ids, kinds, stands_for)
    if units.alphabet.size == 0:
        raise NoWordsError(
            "the corpus holds no letters, only white space and marks (or nothing): there are no words to find"
        )
    unit_counts = np.bincount(units.ids, minlength=units.kinds.size)
    before = cost_of_units(unit_counts)
    about = provenance.describe("lexicon", digest=encoded.digest, size=encoded.size, options=_shaping(options))
    steps = Steps()
    if work_dir is not None and options.effort == "best":
        steps = SavedSteps(work_dir, "lexicon", [f"{name}: {value}" for name, value in about.items()], notice)
    with steps:
        words = find_words(units, options, threads, progress, steps)
    after = cost_of_words(unit_counts, words.units, words.offsets, words.times)
    about |= {f"units-{name}": value for name, value in before.fields.items()} | after.fields
    return _to_lexicon(units, words, runs, about)


def _shaping(options: LexiconOptions) -> dict[str, Any]:
    """Return the options that shape a lexicon."""
    unused = ("effort", "min_gain", "min_pmi") if options.method == "merging" else ()
    return {name: value for name, value in asdict(options).items() if name not in unused}


def find_words(
    units: Units, options: LexiconOptions, threads: int, progress: Progress, steps: Steps | None = None
) -> Words:
    """Find the words of a text as units; the options say how, and give a least count that is not 0."""
    if options.method == "merging":
        return _merge(units, cost_of_units(np.bincount(units.ids, minlength=units.kinds.size)).bits, options, progress)
    return _cut_and_prune(units, options, threads, steps or Steps(), progress)


def _cut_and_prune(units: Units, options: LexiconOptions, threads: int, steps: Steps, progress: Progress) -> Words:
    """The method "autonomy"."""
    order = options.max_word_length
    counts, rest = count_ids(
        units.ids, units.alphabet, order, options.min_count, branching=True, threads=threads, progress=progress
    )
    progress.stage("finding words", None, "")
    parent = counts.parents()
    suffix = np.zeros_like(parent)
    tries.link_suffixes(counts.symbol, parent, counts.first_child, suffix)
    score = autonomy(counts, parent, suffix, rest)
    for length in range(2, order + 1):
        score[counts.starts[length] : counts.starts[length + 1]] *= length
    score[~_can_be_words(counts, units, parent)] = -np.inf
    used = _cut(units, counts, parent, suffix, score, threads)
    single = int(counts.starts[2])
    nodes = np.concatenate([single + np.flatnonzero(used[single:]), np.arange(1, single)])
    cut = (*_spell(counts, parent, nodes), used[nodes])
    words = _prune(_with_evidence(counts, parent, suffix, cut, nodes), single, options)
    if options.effort == "fast":
        return finish(words, single, options.max_words)
    del score, used
    cut = _refine(units, words, options.max_word_length, threads, steps, progress)
    nodes = _find(counts, parent, *cut[:2])
    words = _prune(_with_evidence(counts, parent, suffix, cut, nodes), single, options)
    return finish(words, single, options.max_words)


def _refine(
    units: Units, words: Words, longest: int, threads: int, steps: Steps, progress: Progress
) -> tuple[Symbols, Offsets, Counts]:
    """Cut the corpus with the words and refine the cut.  Returns its words spelled out in units, and their counts."""
    text = in_order(units)
    begins = cut_into(text, (words.units, words.offsets), words.times)
    begins = refine(text, begins, longest, threads, steps, progress)
    cut = count_words(text, begins, blocks_of(text, begins), longest)
    listed = cut.times > 0
    listed[1 : units.kinds.size] = True
    nodes = np.flatnonzero(listed).astype(np.int32)
    return *cut.spell(nodes), cut.times[nodes]


def _merge(units: Units, bits: float, options: LexiconOptions, progress: Progress) -> Words:
    """The method "merging"; `bits` is what describing the text as single units takes."""
    reported = 0

    def report(merges: int, saved: float) -> None:
        nonlocal reported
        if merges > reported and merges >= min(2 * reported, reported + 8192):
            reported = merges
            progress.stage(f"merging: {bits - saved / math.log(2):,.0f} bits after {merges:,} merges", None, "")

    progress.stage(f"merging: {bits:,.0f} bits", None, "")
    merged = merge_units(units, longest=options.max_word_length, min_count=options.min_count, on_merges=report)
    length = np.diff(merged.offsets)
    order = np.argsort(-length, kind="stable")
    unknown = np.full(order.size, np.nan)
    spelled = in_turn(merged.units, merged.offsets, order)
    words = Words(*spelled, merged.times[order], np.zeros(order.size), unknown, unknown, unknown)
    # What later merges have left too few of goes back to its parts.
    words = drop(words, units.kinds.size, (length[order] > 1) & (words.times < options.min_count), -np.inf)
    return finish(words, units.kinds.size, options.max_words)


def min_count_for(size: int) -> int:
    """The least count of a word in a corpus of `size` characters: 2, one more for each fourfold growth over 250,000."""
    return 2 + max(0, int(math.log2(max(1, size) / 250_000) // 2))


def autonomy(counts: NgramCounts, parent: Nodes, suffix: Nodes, rest: Nats) -> Nats:
    """How freely each n-gram stands among others: its normalised variation of branching entropy, of both sides.

    counts  with branching entropies
    rest    what `count_ids` says of the n-grams too rare to be in `counts`

    The variation is the branching entropy of an n-gram minus that of the n-gram without its outer symbol on the
    same side; from it the mean over the types of the same length is taken, weighted by the square roots of their
    counts.

    Returns (n,) float32 nats; 0 for the root.  Source: Magistry & Sagot (2012), "Unsupervized word segmentation:
    the case for Mandarin Chinese".
    """
    if counts.right is None or counts.left is None:
        raise InputError("the counts hold no branching entropies; count with branching=True")
    total = np.zeros(counts.symbol.size, np.float32)
    for entropy, outer, rare in ((counts.right, parent, rest[:, :3]), (counts.left, suffix, rest[:, 3:])):
        for order in range(1, counts.order + 1):
            low, high = counts.starts[order : order + 2]
            variation = entropy[low:high] - entropy[outer[low:high]]
            weight = np.sqrt(counts.count[low:high])
            # What extends a rare n-gram is hardly freer than that n-gram: close to no variation, but a type.
            unseen = counts.totals[order] - counts.count[low:high].sum() - rare[order, 2]
            weights = weight.sum() + rare[order, 0] + unseen
            mean = ((weight * variation).sum() + rare[order, 1]) / weights if weights else 0.0
            total[low:high] += variation - mean
    return total


def _can_be_words(counts: NgramCounts, units: Units, parent: Nodes) -> Flags:
    """Which n-grams may be words: not those that hold a run of cased letters or begin with a joining character."""
    fits = np.ones(counts.symbol.size, np.bool_)
    single = counts.starts[2]
    cased = units.kinds == Kind.CASED
    fits[1:single] = ~(cased | (units.kinds == Kind.JOINING))[1:]
    for order in range(2, counts.order + 1):
        low, high = counts.starts[order : order + 2]
        fits[low:high] = fits[parent[low:high]] & ~cased[counts.symbol[low:high]]
    fits[:single] = True
    return fits


def _cut(units: Units, counts: NgramCounts, parent: Nodes, suffix: Nodes, score: Nats, threads: int) -> Counts:
    """Cut the corpus into the n-grams of highest total score.  Returns (n,) how often each is used."""
    size = counts.symbol.size
    useful = np.zeros(size, np.bool_)
    # No cut goes before a joining character, so none of it may be counted on.
    possible = score.copy()
    possible[1 : counts.starts[2]][units.kinds[1:] == Kind.JOINING] = -np.inf
    tries.mark_useful(
        counts.symbol, parent, suffix, possible, np.zeros(size, np.float32), np.zeros(size, np.int32), useful
    )
    useful[: counts.starts[2]] = True
    on_the_way = useful.copy()
    for order in range(counts.order, 1, -1):
        low, high = counts.starts[order : order + 2]
        on_the_way[parent[low:high][on_the_way[low:high]]] = True
    nodes = np.flatnonzero(on_the_way)
    number = np.zeros(size, np.int32)
    number[nodes] = np.arange(nodes.size)
    edges = lattice.empty_table(nodes.size - int(counts.starts[2]))
    lattice.add_edges(number[parent[nodes]], counts.symbol[nodes], int(counts.starts[2]), edges)
    trie = lattice.Trie(edges, np.where(useful[nodes], score[nodes], np.float32(-np.inf)).astype(np.float64))
    used = np.zeros(size, np.int64)
    used[nodes] = _count_words(units, trie, _NO_WAY, threads)
    return used


def _count_words(units: Units, trie: lattice.Trie, floor: float, threads: int) -> Counts:
    """Count the words of the best paths through the corpus, on several threads."""
    joins = units.kinds == Kind.JOINING
    ends = np.flatnonzero(units.ids == 0)
    longest = int(np.diff(ends, prepend=-1, append=units.ids.size).max())
    cuts = np.searchsorted(ends, np.linspace(0, units.ids.size, threads + 1)[1:-1].astype(np.int64))
    borders = [0, *ends[np.minimum(cuts, ends.size - 1)].tolist(), units.ids.size] if ends.size else [0, units.ids.size]

    def count(span: tuple[int, int]) -> Counts:
        counts = np.zeros(trie.score.size, np.int64)
        paths = lattice.Paths(np.empty(longest + 1), np.empty(longest + 1, np.int32), np.empty(longest + 1, np.int32))
        lattice.count_words(units.ids, joins, trie, floor, paths, counts, span)
        return counts

    with ThreadPoolExecutor(threads) as pool:
        total: Counts = np.sum(list(pool.map(count, pairwise(borders))), axis=0)
        return total


def _prune(words: Words, single: int, options: LexiconOptions) -> Words:
    """Drop what is rare or says hardly more than its parts; what is dropped gives its occurrences to the parts."""
    weak = (np.diff(words.offsets) > 1) & ((words.times < options.min_count) | (words.pmi < options.min_pmi))
    return drop(words, single, weak, options.min_gain or 0.0)


def _with_evidence(
    counts: NgramCounts, parent: Nodes, suffix: Nodes, cut: tuple[Symbols, Offsets, Counts], nodes: Nodes
) -> Words:
    """Return words, longest first, with what counts say of them.

    cut    the words spelled out in units, (w + 1,) where each begins, and (w,) occurrences
    nodes  (w,) of the counts; -1 = not counted
    """
    if counts.right is None or counts.left is None:
        raise InputError("the counts hold no branching entropies; count with branching=True")
    units, offsets, times = cut
    longest_first = np.argsort(-np.diff(offsets), kind="stable")
    units, offsets = in_turn(units, offsets, longest_first)
    nodes = nodes[longest_first]
    known = np.flatnonzero(nodes >= 0)
    pmi, left, right = np.full((3, nodes.size), np.nan)
    pmi[known] = _weakest_bond(counts, parent, suffix, nodes[known], np.diff(offsets)[known])
    left[known], right[known] = counts.left[nodes[known]], counts.right[nodes[known]]
    return Words(units, offsets, times[longest_first], np.zeros(nodes.size), pmi, left, right)


def _spell(counts: NgramCounts, parent: Nodes, nodes: Nodes) -> tuple[Symbols, Offsets]:
    """Return n-grams spelled out one after the other, and where they begin and end."""
    length = np.searchsorted(counts.starts, nodes, "right") - 1
    units = np.zeros((nodes.size, int(length.max())), counts.symbol.dtype)
    at = nodes
    for step in range(units.shape[1]):
        alive = length > step
        units[alive, length[alive] - 1 - step] = counts.symbol[at[alive]]
        at = parent[at]
    return units[np.arange(units.shape[1]) < length[:, None]], np.concatenate([[0], np.cumsum(length)])


def _find(counts: NgramCounts, parent: Nodes, units: Symbols, offsets: Offsets) -> Nodes:
    """Return (w,) the nodes of words, -1 for those that are not counted."""
    length = np.diff(offsets)
    nodes = units[offsets[:-1]].astype(np.int64)
    for depth in range(2, int(length.max()) + 1):
        rows = np.flatnonzero((length >= depth) & (nodes >= 0))
        low, high = counts.starts[depth : depth + 2]
        keys = np.append(parent[low:high].astype(np.int64) << 32 | counts.symbol[low:high], np.iinfo(np.int64).max)
        wanted = nodes[rows] << 32 | units[offsets[rows] + depth - 1]
        at = np.searchsorted(keys, wanted)
        nodes[rows] = np.where(keys[at] == wanted, low + at, -1)
    return nodes.astype(np.int32)


def _weakest_bond(counts: NgramCounts, parent: Nodes, suffix: Nodes, nodes: Nodes, length: Counts) -> Nats:
    """The least pointwise mutual information over the inner bonds of each n-gram, nats; nan for single symbols."""
    log_p = np.log(np.maximum(counts.count, 1) / max(1, int(counts.count[0])))
    weakest = np.full(nodes.size, np.nan)
    for size in range(2, int(length.max()) + 1):
        rows = np.flatnonzero(length == size)
        beginnings, ends = [nodes[rows]], [nodes[rows]]
        for _ in range(size - 1):
            beginnings.append(parent[beginnings[-1]])
            ends.append(suffix[ends[-1]])
        bonds = [log_p[nodes[rows]] - log_p[beginnings[size - left]] - log_p[ends[left]] for left in range(1, size)]
        weakest[rows] = np.min(bonds, axis=0)
    return weakest


def _letters_runs(encoded: Encoded, kinds: Bytes, min_count: int) -> list[tuple[str, int]]:
    """The runs of cased letters that occur often enough, and their counts, sorted; none where runs are not joined."""
    characters = ["", *map(chr, encoded.alphabet.tolist())]
    columns = (column.tolist() for column in count_cased_runs(encoded.ids, kinds, min_count))
    return sorted(
        ("".join([characters[number] for number in encoded.ids[start : start + length].tolist()]), count)
        for start, length, count in zip(*columns, strict=True)
    )


def _to_lexicon(units: Units, words: Words, runs: list[tuple[str, int]], about: provenance.Fields) -> Lexicon:
    """Write the units out as text and put the words that save most first."""
    text = units.alphabet[words.units.astype(np.int64) - 1].astype("<u4").tobytes().decode("utf-32-le")
    bounds = words.offsets.tolist()
    spelled = [text[low:high] for low, high in pairwise(bounds)] + [word for word, _ in runs]
    unknown = np.full(len(runs), np.nan)
    times = np.concatenate([words.times, np.array([count for _, count in runs], np.int64)])
    pmi = np.concatenate([words.pmi, unknown])
    left = np.concatenate([words.left, unknown])
    right = np.concatenate([words.right, unknown])
    score = np.concatenate([words.times * words.gain, np.zeros(len(runs))])
    order = ranked(times, score)
    if runs:  # listed one by one instead of all together
        order = order[order != spelled.index(LETTERS)]
    return Lexicon(
        [spelled[i] for i in order.tolist()], times[order], pmi[order], left[order], right[order], score[order], about
    )
