"""Corpus -> TemplateSet: fixed words with holes that make the corpus cheapest to describe.

The corpus is cut into clauses of words.  Words at a distance of up to `window` that are seen together often, and more
often than by chance, are bonds; the paths of bonds through a clause propose templates, the best one for each strength
of bonds (`minent.kernels.skipgrams`).  Of these are kept, greedily, those that lower the cost of the corpus by more
than they cost to store (`minent.kernels.covering` has the formula).
"""

import math
from dataclasses import asdict, dataclass

import numpy as np

from minent import provenance
from minent.characters import NUMBER
from minent.corpus import Corpus
from minent.count import Resources
from minent.counting.spool import Spool
from minent.errors import InputError, NoWordsError
from minent.lexicon import Lexicon
from minent.mining.choosing import Choice, choose
from minent.mining.describing import describe
from minent.mining.pairs import bonds, count_pairs
from minent.mining.reading import LONGEST_CLAUSE, ClauseRules, Clauses
from minent.mining.sampling import Draw, distinct
from minent.progress import Progress, Silent
from minent.templates import CLAUSES, UNITS, TemplateSet
from minent.types import Nats


@dataclass(frozen=True)
class MiningOptions:
    """What makes a template.

    units      one of UNITS: what words are
    clauses    one of CLAUSES: where clauses end
    window     words from a fixed word to the next one, at most, where templates are looked for
    min_count  drop templates that cover fewer clauses, and bonds and words seen fewer times
    min_pmi    nats: pointwise mutual information of a bond
    min_gain   nats that a template must save for each clause it covers, beside what it costs to store
    null_cost  nats that a clause without a template costs beside its words
    sample     words: templates are chosen in so many, at most, of clauses drawn by their hash, and counted in all
    """

    units: str = "words"
    clauses: str = "marks"
    window: int = 8
    min_count: int = 10
    min_pmi: float = -3.0
    min_gain: float = 0.75
    null_cost: float = 1.5
    sample: int = 2_000_000

    def __post_init__(self) -> None:
        if self.units not in UNITS:
            raise InputError(f"units must be one of {', '.join(UNITS)}, not {self.units!r}")
        if self.clauses not in CLAUSES:
            raise InputError(f"clauses must be one of {', '.join(CLAUSES)}, not {self.clauses!r}")
        if not 1 <= self.window < LONGEST_CLAUSE:
            raise InputError(f"window must be from 1 to {LONGEST_CLAUSE - 1}, not {self.window}")
        if self.min_count < 1 or self.sample < 1:
            raise InputError("min_count and sample must be at least 1")
        if math.isnan(self.min_pmi):
            raise InputError("min_pmi must be a number; -inf keeps every bond")


def mine_templates(
    corpus: Corpus,
    lexicon: Lexicon | None = None,
    options: MiningOptions | None = None,
    resources: Resources | None = None,
    *,
    progress: Progress | None = None,
) -> TemplateSet:
    """Return the templates of a corpus, those that save most first.

    lexicon    that the corpus is cut with; None unless options.units are "words"
    resources  what the work may use; the result is the same for any

    Raises what reading the corpus raises, NoWordsError for a corpus without words, InputError without the lexicon, and
    CapacityError for a full disk or too many different words.
    """
    options, resources = options or MiningOptions(), resources or Resources()
    progress = progress or Silent()
    if (options.units == "words") != (lexicon is not None):
        raise InputError(
            "cutting into words needs a lexicon; make one with build-lexicon, or choose other units"
            if lexicon is None
            else f"a lexicon is for cutting into words; there is none for {options.units}"
        )
    rules = ClauseRules(lexicon, options.units == "spaces", options.clauses == "lines")
    with Spool(resources.memory // 2, resources.work_dir) as spool:
        clauses = Clauses(corpus, rules, spool, resources.threads, progress)
        if not clauses.words:
            raise NoWordsError("there are no words in the text; is it empty?")
        progress.stage("counting pairs of words")
        draw = Draw(clauses, options.sample)
        least = max(2, math.ceil(options.min_count * draw.share))
        pairs = count_pairs(draw.blocks, draw.counts, options.window, least, options.min_pmi)
        nats = _nats(clauses)
        sample = distinct(draw, nats)
        table = bonds(pairs, draw.counts, least, nats)
        chosen = choose(
            sample, table, nats, Choice(options.window, least, options.null_cost, options.min_gain), progress
        )
        progress.stage("describing templates")
        separator = " " if options.units == "spaces" else ""
        found = describe(clauses, pairs, sample, chosen, separator)
    about = provenance.describe("templates", digest=clauses.digest, size=clauses.size, options=asdict(options))
    about["separator"] = "space" if separator else "none"
    about["unlisted"] = f"{_unlisted(clauses, lexicon):.3f}"
    return TemplateSet(found, clauses.clauses, about)


def _nats(clauses: Clauses) -> Nats:
    """What each word costs to spell, the end of a hole at 0."""
    nats: Nats = -np.log(np.maximum(clauses.counts, 1) / (clauses.tokens + clauses.clauses))
    return nats


def _unlisted(clauses: Clauses, lexicon: Lexicon | None) -> float:
    """The share of the words of the corpus that the lexicon does not list, without numbers and runs of letters."""
    if lexicon is None:
        return 0.0
    counts = clauses.counts[1:].tolist()
    listed = lexicon.rules
    missing = sum(
        count
        for word, count in zip(clauses.words, counts, strict=True)
        if word not in lexicon and word != NUMBER and not listed.is_run(word)
    )
    return float(missing / max(1, clauses.tokens))
