"""Corpus -> Vocabulary: the pieces that a text costs least in."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np

from minent import provenance
from minent.corpus import Corpus
from minent.count import Resources
from minent.counting.spool import Spool
from minent.errors import InputError
from minent.kernels import pieces as kernels
from minent.progress import Progress, Silent
from minent.steps import Arrays, SavedSteps, Steps
from minent.training import bytepiece
from minent.training.blocks import rules_of
from minent.training.growth import grow
from minent.training.merged import prune_alone
from minent.training.passes import Workers
from minent.training.pieces import Objective, Pieces, sort_pieces, with_bytes
from minent.training.pruning import prune
from minent.training.text import LONGEST_BLOCK, Alphabet, Rules, read_parts, read_symbols
from minent.vocabulary import MAX_PIECE_LENGTH, Vocabulary, VocabularyOptions

TOKENS, ENTROPY, BYTEPIECE = OBJECTIVES = ("tokens", "entropy", "bytepiece")
_OBJECTIVES = {TOKENS: Objective(token=1.0, nat=0.02), ENTROPY: Objective(token=0.0, nat=0.03)}
# How many pieces to prune from, for each that is wanted, and at least.
_SEEDS = 1.7
_LEAST_SEEDS = 2000
# What is needed beside the text, bytes: tables of pieces and pairs.
_FIXED = 200_000_000
_PER_THREAD = 40_000_000


@dataclass(frozen=True)
class TrainOptions:
    """How pieces are found.

    vocab_size       how many ids the vocabularies have: bytes, longer pieces, special tokens, reserved ids
    objective         "tokens": the text in the fewest pieces; "entropy": in those of the least total -ln p;
                      "bytepiece": as BytePiece 0.6.3 finds them, to the last byte
    min_count         least occurrences of a piece
    max_piece_length  bytes of the longest piece
    ensure_unicode    whether a piece of several bytes is whole characters
    sample            characters of the corpus, at most, to find pieces in; they are counted in all of it.  Blocks are
                      chosen by what is in them
    order             bytes of the longest n-grams; "bytepiece" alone

    Raises InputError if something does not fit.
    """

    vocab_size: tuple[int, ...] = (32_000,)
    objective: str = TOKENS
    min_count: int = 2
    max_piece_length: int = 36
    ensure_unicode: bool = True
    sample: int = 20_000_000
    order: int = 6

    def __post_init__(self) -> None:
        object.__setattr__(self, "vocab_size", tuple(self.vocab_size))
        if not self.vocab_size:
            raise InputError("vocab_size is empty; say how large the vocabulary should be")
        if self.objective not in OBJECTIVES:
            raise InputError(f"objective must be one of {', '.join(OBJECTIVES)}, not {self.objective!r}")
        if self.min_count < 1:
            raise InputError(f"min_count must be at least 1, not {self.min_count}")
        if not 1 <= self.max_piece_length <= MAX_PIECE_LENGTH:
            raise InputError(f"max_piece_length must be from 1 to {MAX_PIECE_LENGTH}, not {self.max_piece_length}")
        if self.sample < 1:
            raise InputError(f"sample must be at least 1 character, not {self.sample}")
        if not 1 <= self.order <= 8:
            raise InputError(f"order must be from 1 to 8, not {self.order}")


def train_vocabularies(
    corpus: Corpus,
    options: TrainOptions | None = None,
    rules: VocabularyOptions | None = None,
    resources: Resources | None = None,
    *,
    init: Sequence[Vocabulary] = (),
    progress: Progress | None = None,
) -> list[Vocabulary]:
    """Find the pieces of a corpus, for vocabularies of several sizes at once.

    rules  how text is cut before, and which ids are no pieces
    init   vocabularies to begin with: where more ids are wanted than the first has, all its pieces stay

    Returns a vocabulary for each size, in their order.  It has fewer pieces where the corpus has no more.

    Raises InputError for a size too small, an empty corpus, too little memory; what reading the corpus raises;
    CapacityError if the disk for what the memory does not hold is full.
    """
    options, rules, resources = options or TrainOptions(), rules or VocabularyOptions(), resources or Resources()
    sizes = _pieces_wanted(options, rules)
    progress = progress or Silent()
    if not isinstance(corpus, Corpus):
        raise InputError(f"the text must be a Corpus, which can be read twice, not {type(corpus).__name__}")
    if options.objective == BYTEPIECE:
        reading, sample = bytepiece.reading_rules(isolate_digits=rules.isolate_digits), sys.maxsize
    else:
        reading = rules_of(rules, characters=options.ensure_unicode, widest=options.max_piece_length)
        sample = options.sample
    with _steps(corpus, resources, options, rules, init) as steps, _spool(resources, steps) as spool:
        text = read_symbols(corpus, reading, spool, sample, progress, steps)
        if not text.parts:
            raise InputError("the corpus is empty: there is nothing to learn pieces from")
        descending = sorted(set(sizes), reverse=True)
        cutting = Objective.of_price(rules.token_price)
        workers = Workers(text, resources.threads, progress, steps)
        if options.objective == BYTEPIECE:
            found = dict(_train_as_bytepiece(workers, options, descending, _FIXED))
        else:
            found = dict(_train(workers, options, descending, init, cutting))
        if text.sampled:
            _recount(corpus, reading, list(found.values()), cutting, steps, progress)
    return [_vocabulary(found[size], text.digest, text.size, options, rules) for size in sizes]


def train_vocabulary(
    corpus: Corpus,
    options: TrainOptions | None = None,
    rules: VocabularyOptions | None = None,
    resources: Resources | None = None,
    *,
    init: Sequence[Vocabulary] = (),
    progress: Progress | None = None,
) -> Vocabulary:
    """Find the pieces of a corpus, for the first size that the options name; see `train_vocabularies`."""
    options = options or TrainOptions()
    options = replace(options, vocab_size=options.vocab_size[:1])
    return train_vocabularies(corpus, options, rules, resources, init=init, progress=progress)[0]


def merge_vocabularies(
    vocabularies: Sequence[Vocabulary], options: TrainOptions | None = None, rules: VocabularyOptions | None = None
) -> list[Vocabulary]:
    """Bring vocabularies of different texts together, by their counts alone.

    rules  of the new ones; None: those of the first

    Returns a vocabulary for each size that the options name.  Pieces that are given up count for those they are cut
    into: the more pieces there were, the nearer this comes to a vocabulary of all the texts.

    Raises InputError for a size too small, or if there are none to merge.
    """
    if not vocabularies:
        raise InputError("there are no vocabularies to merge; name at least one")
    options, rules = options or TrainOptions(), rules or vocabularies[0].options
    sizes = _pieces_wanted(options, rules)
    descending = sorted(set(sizes), reverse=True)
    as_text = "".join(piece.decode(errors="ignore") for each in vocabularies for piece in each.pieces)
    characters = options.ensure_unicode and options.objective != BYTEPIECE
    alphabet = Alphabet.of(as_text, characters=characters)
    pieces = sort_pieces([Pieces.spelling_of(each.pieces, each.counts, alphabet) for each in vocabularies])
    if options.objective == BYTEPIECE:
        limits = {"min_count": options.min_count, "longest": options.max_piece_length}
        merged = bytepiece.prune_by_count(pieces, descending, **limits)
    else:
        merged = prune_alone(pieces, _OBJECTIVES[options.objective], descending)
    found = dict(zip(descending, merged, strict=True))
    digest = provenance.add_digests(str(each.about.get("corpus-digest", f"{0:032x}")) for each in vocabularies)
    size = sum(int(each.about.get("corpus-bytes", 0)) for each in vocabularies)
    return [_vocabulary(found[wanted], digest, size, options, rules) for wanted in sizes]


def _pieces_wanted(options: TrainOptions, rules: VocabularyOptions) -> list[int]:
    """Return how many pieces each vocabulary has.  Raises InputError for one without room for all bytes."""
    others = len(rules.specials) + rules.reserved
    for size in options.vocab_size:
        if size < 256 + others:
            raise InputError(
                f"a vocabulary of {size} is too small: 256 bytes, {len(rules.specials)} special tokens and "
                f"{rules.reserved} reserved ids make {256 + others}"
            )
    return [size - others for size in options.vocab_size]


def _steps(
    corpus: Corpus, resources: Resources, options: TrainOptions, rules: VocabularyOptions, init: Sequence[Vocabulary]
) -> Steps:
    """Return what is done of this very training.  Raises InputError if the corpus cannot be read again."""
    if not resources.resume or resources.work_dir is None:
        return Steps()
    names, state = corpus.fingerprint()
    known = [vocabulary.checksum for vocabulary in init]
    subject = [*names, repr(options), repr(rules), *known]
    return SavedSteps(resources.work_dir, "tokenizer", subject, resources.notice, state)


def _spool(resources: Resources, steps: Steps) -> Spool:
    """Return where the text is put aside.  Raises InputError if the memory does not hold what is needed beside it."""
    needed = _FIXED + _PER_THREAD * resources.threads
    if resources.memory < needed:
        raise InputError(
            f"training needs at least {needed // 1_000_000} MB of memory with {resources.threads} threads, not "
            f"{resources.memory:,} bytes; allow more, or fewer threads"
        )

    if isinstance(steps, SavedSteps):
        path = steps.begin() / "symbols"
        return Spool.named(path, path.stat().st_size if steps.has("text") else 0)

    def announce(directory: str) -> None:
        resources.notice(f"the text is more than the memory holds: putting it into a temporary file in {directory}")

    return Spool(resources.memory - needed, resources.work_dir, announce)


def _train(
    workers: Workers, options: TrainOptions, sizes: Sequence[int], init: Sequence[Vocabulary], cutting: Objective
) -> Iterator[tuple[int, Pieces]]:
    """Yield the pieces of each size, largest first."""
    objective = _OBJECTIVES[options.objective]
    alphabet = workers.text.alphabet
    single = Pieces.single(alphabet)
    known = [Pieces.spelling_of(vocabulary.pieces, vocabulary.counts, alphabet) for vocabulary in init]
    if init and len(init[0]) >= sizes[0]:
        begin = sort_pieces([single.take(np.arange(256)), *known])
        keep = np.zeros(len(begin), np.bool_)
    else:
        begin = sort_pieces([single, *known])
        begin, keep = grow(
            workers,
            begin,
            _OBJECTIVES[TOKENS],
            size=max(_LEAST_SEEDS, int(_SEEDS * sizes[0])),
            min_count=options.min_count,
            longest=options.max_piece_length,
            keep=begin.are_among(known[0]) if known else np.zeros(len(begin), np.bool_),
        )
    return zip(sizes, prune(workers, begin, (objective, cutting), sizes, keep), strict=True)


def _train_as_bytepiece(
    workers: Workers, options: TrainOptions, sizes: Sequence[int], memory: int
) -> Iterator[tuple[int, Pieces]]:
    """Yield the pieces of each size, largest first."""

    def find() -> Arrays:
        return bytepiece.find_pieces(
            workers.text,
            order=options.order,
            min_count=options.min_count,
            ensure_unicode=options.ensure_unicode,
            memory=memory,
            progress=workers.progress,
        ).arrays

    found = Pieces.of_arrays(workers.steps.take("cut", find), workers.text.alphabet)
    longest = options.max_piece_length
    return zip(sizes, bytepiece.prune_by_count(found, sizes, min_count=options.min_count, longest=longest), strict=True)


def _recount(
    corpus: Corpus, reading: Rules, found: Sequence[Pieces], objective: Objective, steps: Steps, progress: Progress
) -> None:
    """Count pieces in a whole corpus, not in a sample of it."""
    alphabet = found[0].alphabet

    def count() -> Arrays:
        progress.stage("counting pieces in all of the text", corpus.size)
        tries = [objective.trie(pieces) for pieces in found]
        counts = [np.zeros(len(pieces) + alphabet.size, np.int64) for pieces in found]
        ahead = np.empty(LONGEST_BLOCK + 1, np.uint64)
        for symbols, _ in read_parts(corpus, reading, alphabet, 1.0):
            for trie, of_size in zip(tries, counts, strict=True):
                kernels.cut_pieces(symbols, (0, symbols.size), trie, ahead, np.empty(0, np.int32), of_size)
        return tuple(counts)

    for pieces, of_size in zip(found, steps.take("counts", count), strict=True):
        pieces.counts = with_bytes(of_size, pieces)


def _vocabulary(pieces: Pieces, digest: str, size: int, options: TrainOptions, rules: VocabularyOptions) -> Vocabulary:
    """Return pieces as a vocabulary that says how it was made."""
    made = asdict(options)
    del made["vocab_size"]  # the file has a size of its own
    about = provenance.describe("tokenizer", digest=digest, size=size, options=made)
    return Vocabulary(pieces.spelled(), np.maximum(pieces.counts, 1), rules, about)
