"""Templates + text -> trees: the projective cover of each clause by nested templates that has the best score."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from minent.characters import WORD_KINDS, Kind, kind_of
from minent.errors import InputError
from minent.lexicon import Lexicon
from minent.parsing import clauses as charts
from minent.parsing.clauses import Clause, Scoring
from minent.parsing.grammar import GRID, Grammar
from minent.parsing.ranking import TreeRanking
from minent.parsing.words import Line, WordReader
from minent.templates import TemplateSet
from minent.trees.tree import MARK, ROW, TEMPLATE, WORD, Node, Tree
from minent.types import Nodes

BRANCHING = ("right", "left")


@dataclass(frozen=True)
class ParseOptions:
    """How text is parsed.

    null_score  nats, at most 0: what each element of a row beyond the first costs
    branching   one of BRANCHING: of equally good trees the one that branches to this side is taken
    max_words   a longer clause is cut after so many words, and so on, and each part parsed by itself

    Raises InputError if something does not fit.
    """

    null_score: float = -20.0
    branching: str = "right"
    max_words: int = 200

    def __post_init__(self) -> None:
        if not -1e6 <= self.null_score <= 0:
            raise InputError(f"the null score is from -1,000,000 to 0, not {self.null_score}")
        if self.branching not in BRANCHING:
            raise InputError(f"branching is one of {', '.join(BRANCHING)}, not {self.branching!r}")
        if not 1 <= self.max_words <= 2000:
            raise InputError(f"the most words of a clause are from 1 to 2,000, not {self.max_words}")


_DEFAULTS = ParseOptions()

_NAMES = {"words": "words of a lexicon", "spaces": "what stands between spaces", "characters": "characters"}
_KINDS = {charts.ROW: ROW, charts.WORD: WORD}


class _Part(NamedTuple):
    """A stretch of a line: a clause, or as much of it as is parsed at once, or a mark between clauses."""

    start: int
    end: int
    is_mark: bool


class Parser:
    """Parses text by nested templates.

    Every line is cut into clauses at its marks, but for marks that are words of a template.  Every block of a clause
    is a word, or what one template makes, whose holes are blocks, or, where nothing matches, a row of these.  The score
    of a template is ln of its probability, that of a row `null_score` for each element beyond the first; the best sum
    is taken.  Of equally good ways to make a block a template goes before a row, then the one with more fixed words,
    with more holes, the rarer one, and then by how they are written.  What is still equal is decided by where trees
    branch to.  To the right: of a template the last fixed word stands as far to the left as it can, then the one before
    it, and so on; the first element of a row is as short as it can be, then the next.  To the left it is the other way
    round: as far to the right, as long.

    templates  with a lexicon, if their words are those of one
    lexicon    the one they were mined with
    unusable   templates that no text holds, because the lexicon cuts out other words

    Raises InputError without a lexicon that is needed, and if no template can be used; CapacityError for more than 2
    million different words.
    """

    def __init__(
        self, templates: TemplateSet, lexicon: Lexicon | None = None, options: ParseOptions = _DEFAULTS
    ) -> None:
        if (lexicon is None) == (templates.units == "words"):
            need = "the lexicon they were mined with" if lexicon is None else "no lexicon"
            raise InputError(f"the words of these templates are {_NAMES[templates.units]}: give {need}")
        self.templates = templates
        self.options = options
        self._reader = WordReader(templates, lexicon)
        self.unusable = [] if lexicon is None else [each for each in templates if not _can_be_cut(each.words, lexicon)]
        if len(templates) and len(self.unusable) == len(templates):
            raise InputError(
                "the lexicon has not all the words of a single template; give the one they were mined with"
            )
        self._grammar = Grammar(templates, templates.total)
        self._scoring = Scoring(round(options.null_score * GRID), options.branching == "left")

    def parse(self, text: str) -> Tree:
        """Return the best tree of a line.  Raises InputError for a text of more lines."""
        return self._best(self._line(text))

    def nbest(self, text: str, k: int) -> list[Tree]:
        """Return the k best trees of a line, or all if there are fewer; equals in the order that `Parser` says.

        Raises InputError for a text of more lines.
        """
        return self._ranked(self._line(text), k)

    def parse_lines(self, text: bytes, nbest: int = 0) -> Iterator[list[Tree]]:
        """Yield for each line of a text its best tree, or its `nbest` best ones.

        text  valid UTF-8
        """
        for line in self._reader.lines(text):
            yield self._ranked(line, nbest) if nbest else [self._best(line)]

    def _line(self, text: str) -> Line:
        if "\n" in text:
            raise InputError("this text has more than one line; parse each by itself")
        empty = Line(text, [], [], [])
        return next(self._reader.lines(text.encode("utf-8", "surrogatepass")), empty)

    def _parts(self, line: Line) -> list[_Part]:
        size = len(line.words)
        ends_clause = self.templates.clauses == "marks"
        marks = [
            at for at in range(size) if ends_clause and line.marks[at] and not self._grammar.knows(line.symbols[at])
        ]
        parts: list[_Part] = []
        for before, mark in pairwise([-1, *marks, size]):
            cuts = [*range(before + 1, mark, self.options.max_words), mark]
            parts += [_Part(start, end, False) for start, end in pairwise(cuts)]
            parts.append(_Part(mark, mark + 1, True))
        return parts[:-1]

    def _numbers(self, line: Line, part: _Part) -> Nodes:
        return self._grammar.numbers(line.symbols[part.start : part.end])

    def _best(self, line: Line) -> Tree:
        score = 0
        found = []
        parts = self._parts(line)
        for part in parts:
            numbers = self._numbers(line, part)
            if not numbers.any():  # no template has any of these words
                found.append(_row(numbers.size))
                score += self._scoring.null * (numbers.size - 1)
            else:
                clause = Clause(numbers, self._grammar, self._scoring)
                found.append(clause.best())
                score += clause.score
        return self._tree(line, parts, found, score)

    def _ranked(self, line: Line, k: int) -> list[Tree]:
        parts = self._parts(line)
        ranking = TreeRanking([Clause(self._numbers(line, part), self._grammar, self._scoring) for part in parts])
        trees = []
        for rank in range(k):
            found = ranking.get(rank)
            if found is None:
                break
            trees.append(self._tree(line, parts, found[1], found[0]))
        return trees

    def _tree(self, line: Line, parts: list[_Part], found: list[list[list[int]]], score: int) -> Tree:
        """Put the nodes of the parts of a line together."""
        several = len(parts) > 1
        nodes = [Node(0, len(line.words), ROW, None, 0)] if several else []
        for part, inside in zip(parts, found, strict=True):
            for start, end, template, depth in inside:
                made = self._grammar.templates[template] if template >= 0 else None
                kind = MARK if part.is_mark else _KINDS.get(template, TEMPLATE)
                nodes.append(Node(start + part.start, end + part.start, kind, made, depth + several))
        return Tree(line.text, tuple(line.words), tuple(nodes), score / GRID, self.templates.separator)


def parse(
    text: str,
    templates: TemplateSet,
    lexicon: Lexicon | None = None,
    options: ParseOptions = _DEFAULTS,
) -> Tree:
    """Return the best tree of a line; see `Parser`, which is quicker for more than one."""
    return Parser(templates, lexicon, options).parse(text)


def _row(size: int) -> list[list[int]]:
    """The nodes of words that no template has."""
    if size == 1:
        return [[0, 1, charts.WORD, 0]]
    return [[0, size, charts.ROW, 0], *([at, at + 1, charts.WORD, 1] for at in range(size))]


def _can_be_cut(words: Iterable[str], lexicon: Lexicon) -> bool:
    """Whether a text can be cut into these words."""
    return all(word in lexicon or _is_single(word) or lexicon.rules.is_run(word) for word in words)


def _is_single(word: str) -> bool:
    """Whether this is a mark, or a character with what belongs to it."""
    kinds = [kind_of(ord(character)) for character in word]
    return kinds[0] not in WORD_KINDS or set(kinds[1:]) <= {Kind.JOINING}
