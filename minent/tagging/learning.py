"""Cut text (+ raw text) -> Tagger.

A linear-chain CRF trained line by line with AdaGrad, which settles how fast each weight learns.  Two or three times
over the text is enough; more is learning by heart.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np

from minent import provenance
from minent.alphabet import encode_corpus
from minent.corpus import Corpus
from minent.errors import InputError
from minent.kernels import crf, resampling
from minent.ngrams import NgramCounts
from minent.progress import Progress, Silent
from minent.tagger import CLASSES, ONE, TAG_SETS, Tagger
from minent.tagging.classes import choose_classes, shared, unit_table
from minent.tagging.decoder import NOTHING_HELD, Decoder, rate_strings, room, string_table
from minent.tagging.pairs import Pairs, number_pairs
from minent.tagging.segmented import Segmented, read_segmented
from minent.tagging.statistics import LEAST, CountedText, Known, ReadText
from minent.types import Bytes, Counts, Offsets, Symbols

# What the sums of squared gradients begin with.
_SQUARES = 0.01
# Units are numbered in 16 bits, the border and the unknown among them.
_MOST_UNITS = 65_534
# Pairs with no larger weight are left out: a fifth of the model, which changes F by less than .0001.
_LEAST_WEIGHT = 0.1
# Chains between two reports of progress.
_REPORT = 4096


@dataclass(frozen=True)
class TaggerOptions:
    """How a CRF is trained.

    tags           4: S E B M; 6: S E B B2 B3 M, slower and a little better on long words
    classes        which characters share their weights: "none", "digits" (all digits, and full and half width of a
                   character), "digits,letters" (all cased letters as well), "auto": the last unless most of the text
                   is cased letters
    min_freq       pairs of characters seen fewer times are no features
    epochs         how many times to go over the text; with held-out text, at most
    learning_rate  of AdaGrad
    seed           of the order in which lines are gone through, another in each epoch
    """

    tags: int = 4
    classes: str = "auto"
    min_freq: int = 1
    epochs: int = 3
    learning_rate: float = 0.2
    seed: int = 0

    def __post_init__(self) -> None:
        if self.tags not in TAG_SETS:
            raise InputError(f"tags must be {' or '.join(map(str, TAG_SETS))}, not {self.tags}")
        if self.classes not in CLASSES:
            raise InputError(f"classes cannot be {self.classes!r}; use one of {', '.join(CLASSES)}")
        if self.min_freq < 1:
            raise InputError(f"min_freq must be at least 1, not {self.min_freq}")
        if self.epochs < 1:
            raise InputError(f"epochs must be at least 1, not {self.epochs}")
        if not 0 < self.learning_rate <= 10:
            raise InputError(f"learning_rate must be above 0 and up to 10, not {self.learning_rate}")
        if self.seed < 0:
            raise InputError(f"seed must be 0 or more, not {self.seed}")


def train_tagger(
    segmented: Corpus,
    options: TaggerOptions | None = None,
    *,
    raw: Corpus | NgramCounts | None = None,
    dev: Corpus | None = None,
    form: str | None = None,
    threads: int = 1,
    progress: Progress | None = None,
    notice: Callable[[str], None] = lambda sentence: None,
) -> Tagger:
    """Train a CRF to cut text as `segmented` is cut.

    raw      text that is not cut, or its counts, of order 4 or more: what it tells of strings becomes features, see
             `minent.tagging.statistics`
    dev      held-out cut text: training ends when its word F falls, and the best weights are kept
    form     of the cut texts, see `minent.tagging.segmented`
    threads  for raw text; training is one thing after the other, and the result is the same for any number
    notice   called with a sentence about odd lines, and about each epoch

    The order of lines and files changes nothing.

    Raises what `read_segmented` and reading the corpora raise, InputError if the weights go astray.
    """
    options = options or TaggerOptions()
    progress = progress or Silent()
    progress.stage("reading", segmented.size)
    text = read_segmented(segmented, form, notice)
    known: Known | None = None
    if isinstance(raw, NgramCounts):
        known = CountedText(raw)
    elif raw is not None:
        known = ReadText(encode_corpus(raw, progress=progress), threads, progress)
    held = read_segmented(dev, form, notice) if dev is not None else None
    learning = _Learning(text, known, held, options)
    best, best_f = None, -1.0
    for epoch in range(1, options.epochs + 1):
        loss = learning.go_over(epoch, progress)
        said = f"epoch {epoch}: loss {loss / max(1, learning.units):.4f} nats a character"
        if held is not None:
            tagger = learning.tagger()
            f = _word_f(tagger, held)
            notice(f"{said}, F of held-out words {f:.4f}")
            if f <= best_f:
                break
            best, best_f = tagger, f
        else:
            notice(said)
    return best or learning.tagger()


class _Learning:
    """A CRF under way."""

    def __init__(self, text: Segmented, raw: Known | None, held: Segmented | None, options: TaggerOptions) -> None:
        self._options = options
        self._tags = tuple(range(options.tags))
        codes = text.code_points.tolist()
        counts = np.bincount(text.ids, minlength=len(codes) + 1)[1:]
        classes = choose_classes(options.classes, codes, counts)
        self._alphabet = _alphabet(codes, counts, raw, classes)
        units = unit_table(codes, classes, self._alphabet)[text.ids]
        self._strings = np.zeros(0, np.uint64)
        if raw is not None:
            table = unit_table(raw.codes, classes, self._alphabet)
            table[table > self._alphabet.size] = 0
            self._strings = raw.strings(table)
        self._pairs, self._arounds = (number_pairs(units, gap, options.min_freq) for gap in (1, 2))
        known = rate_strings(units, string_table(self._strings))
        self._features = crf.Features(units, self._pairs.numbers, self._arounds.numbers, *known, NOTHING_HELD)
        self._spelled = np.empty(units.size, np.uint8)
        crf.spell_tags(units, text.begins, self._tags, self._spelled)
        self._chains = _in_order(text.chains, units, self._spelled)
        self._chain = room(units, options.tags)
        self._weights, self._squares = self._rows(0.0), self._rows(_SQUARES)
        self._random = np.random.default_rng(options.seed)
        self.units = int((text.chains[1] - text.chains[0]).sum())
        described = asdict(options) | {"classes": classes}
        self._about = provenance.describe("tagger", digest=text.digest, size=text.size, options=described)
        for name, other in (("raw", raw), ("dev", held)):
            if other is not None:
                self._about |= {f"{name}-digest": other.digest, f"{name}-bytes": other.size}

    def _rows(self, value: float) -> crf.Weights:
        tags, known = self._options.tags, 256 * bool(self._strings.size)
        shapes = (
            (self._alphabet.size + 2, 5 * tags),
            (self._pairs.size, 4 * tags),
            (self._arounds.size, tags),
            (known, 4 * tags),
            (known, 5 * tags),
            (tags * tags,),
        )
        return crf.Weights(*(np.full(shape, value, np.float32) for shape in shapes))

    def go_over(self, epoch: int, progress: Progress) -> float:
        """Learn each line once, in a drawn order.  Returns the loss; raises InputError if it is no number."""
        low, high = self._chains
        order = self._random.permutation(low.size)
        progress.stage(f"epoch {epoch}", self.units, "")
        loss = 0.0
        for at in range(0, order.size, _REPORT):
            chains = (low[order[at : at + _REPORT]], high[order[at : at + _REPORT]])
            loss += crf.train_chains(
                self._features,
                self._spelled,
                chains,
                self._weights,
                self._squares,
                self._options.learning_rate,
                self._tags,
                self._chain,
            )
            progress.advance(int((chains[1] - chains[0]).sum()))
        if not np.isfinite(loss):
            raise InputError(f"training went astray in epoch {epoch}: the loss is {loss}; use a lower learning rate")
        return loss

    def tagger(self) -> Tagger:
        """Return what has been learned so far, in whole numbers; pairs that say next to nothing are left out."""
        least, most = np.iinfo(np.int16).min, np.iinfo(np.int16).max
        whole = [np.clip(np.rint(each * ONE), least, most).astype(np.int16) for each in self._weights]
        weights = crf.Weights(*whole)
        pairs, pair = _worth(self._pairs, weights.pair)
        arounds, around = _worth(self._arounds, weights.around)
        weights = weights._replace(pair=pair, around=around)
        return Tagger(self._alphabet, pairs, arounds, self._strings, weights, dict(self._about))


def _alphabet(codes: list[int], counts: Counts, raw: Known | None, classes: str) -> Symbols:
    """Return (k,) uint32, ascending: characters to number, all of the cut text, and those often seen in the raw."""
    stands = [np.array(shared(codes, classes), np.int64)]
    times = [counts * LEAST]
    if raw is not None:
        stands.append(np.array(shared(raw.codes, classes), np.int64))
        times.append(raw.times)
    found, place = np.unique(np.concatenate(stands), return_inverse=True)
    total = np.bincount(place, np.concatenate(times), found.size)
    total[found == 0] = 0
    often = np.flatnonzero(total >= LEAST)
    often = np.sort(often[np.argsort(-total[often], kind="stable")[:_MOST_UNITS]])
    return found[often].astype(np.uint32)


def _in_order(chains: tuple[Offsets, Offsets], units: Symbols, spelled: Bytes) -> tuple[Offsets, Offsets]:
    """Return chains sorted by a hash of what they hold, so that the order of lines and files changes nothing."""
    hashes = np.empty((2, chains[0].size), np.uint64)
    for symbols, out in zip((spelled.astype(np.uint16), units), hashes, strict=True):
        resampling.hash_blocks(symbols, chains, out)
    order = np.lexsort(hashes)
    return chains[0][order], chains[1][order]


def _worth(pairs: Pairs, rows: Symbols) -> tuple[Symbols, Symbols]:
    """Return the pairs with weights, 16 bits a unit, and the rows of these."""
    some = np.flatnonzero(np.abs(rows[1:].astype(np.int32)).max(axis=1, initial=0) > _LEAST_WEIGHT * ONE)
    known = pairs.known[some]
    keys = (known >> np.uint64(16) | known & np.uint64(0xFFFF)).astype(np.uint32)
    return keys, np.ascontiguousarray(rows[np.append(0, some + 1)])


def _word_f(tagger: Tagger, held: Segmented) -> float:
    """F of the words of held-out text."""
    units = unit_table(held.code_points.tolist(), tagger.classes, tagger.alphabet)[held.ids]
    begins, _ = Decoder(tagger).cut(units)
    edges = np.flatnonzero(held.begins | begins)
    both = (held.begins & begins)[edges]
    # A word is right if it begins and ends at places that follow each other among all edges of both.
    right = int((both[:-1] & both[1:] & (units[edges[:-1]] != 0)).sum())
    found = int(begins.sum()) - held.chains[0].size
    return 2 * right / max(1, found + held.words)
