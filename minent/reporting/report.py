"""Saved things (+ text) -> a page for people, and its charts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePath
from typing import TypeAlias

from minent import __version__
from minent.corpus import Corpus
from minent.cutting.segmenter import Segmenter
from minent.errors import InputError
from minent.evidence.contexts import Context, find_contexts
from minent.evidence.explanation import ExplainOptions, Explanation, explain
from minent.lexicon import Lexicon
from minent.progress import Progress
from minent.reporting.charts import Chart, draw
from minent.reporting.page import Section, page
from minent.reporting.patterns import describe_templates
from minent.reporting.tokens import describe_tokenizer
from minent.reporting.words import best_words, describe_lexicon, doubtful_words
from minent.scoring.compression import count_ids
from minent.templates import TemplateSet
from minent.tokenizer import Tokenizer
from minent.vocabulary import Vocabulary

Reported: TypeAlias = Lexicon | TemplateSet | Vocabulary

# Places to show of each word, and characters on either side of it.
_CONTEXTS, _WIDTH = 3, 12


@dataclass(frozen=True)
class ReportOptions:
    """What to show.

    top   words, doubtful words, templates and pieces to show, each
    title of the page; empty = by what is in it
    """

    top: int = 30
    title: str = ""

    def __post_init__(self) -> None:
        if not 0 <= self.top <= 200:
            raise InputError(f"top must be from 0 to 200, so that the page stays small, not {self.top}")


@dataclass(frozen=True)
class Report:
    """A page on some saved things.

    title     of the page
    lead      a sentence below it
    sections  the parts of the page
    """

    title: str
    lead: str
    sections: list[Section]

    @cached_property
    def html(self) -> str:
        """One page that needs no other file."""
        return page(self.title, self.lead, self.sections, f"Made by minent {__version__}.")

    def _repr_html_(self) -> str:
        return self.html

    @property
    def charts(self) -> dict[str, str]:
        """The SVG of each chart, by names of files."""
        charts = [chart for section in self.sections for chart in section.charts]
        return {f"{_free(chart, charts[:number])}.svg": draw(chart, alone=True) for number, chart in enumerate(charts)}


def make_report(
    things: Mapping[str, Reported],
    corpus: Corpus | None = None,
    options: ReportOptions | None = None,
    *,
    threads: int = 1,
    progress: Progress | None = None,
) -> Report:
    """Describe lexicons, templates and tokenizers for people.

    things  by the names that the page shall give them
    corpus  a text that can be read several times: words are shown in it, the tokenizer is measured on it

    Raises what reading the corpus raises, and InputError without things.
    """
    if not things:
        raise InputError("there is nothing to report on")
    options = options or ReportOptions()
    sections = []
    for name, thing in things.items():
        short = PurePath(name).name
        if isinstance(thing, Lexicon):
            sections += _words(short, thing, corpus, options.top, threads, progress)
        elif isinstance(thing, TemplateSet):
            sections += describe_templates(short, thing, options.top)
        else:
            counts = None
            if corpus is not None:
                tokenizer = Tokenizer(thing)
                counts = count_ids(tokenizer, (chunk for document in corpus.documents() for chunk in document.chunks()))
            sections += describe_tokenizer(short, thing, counts, options.top)
    _tell_apart(sections)
    return Report(options.title or _title(things.values()), _lead(things.values()), sections)


def _words(
    name: str, lexicon: Lexicon, corpus: Corpus | None, top: int, threads: int, progress: Progress | None
) -> list[Section]:
    best, doubtful = best_words(lexicon, top), doubtful_words(lexicon, top)
    contexts: dict[str, list[Context]] = {}
    explained: list[Explanation] = []
    if corpus is not None:
        words = [entry.word for entry in [*best, *doubtful]]
        segmenter = Segmenter(lexicon)
        contexts = find_contexts(
            corpus, segmenter, words, wanted=_CONTEXTS, width=_WIDTH, threads=threads, progress=progress
        )
        if doubtful:
            asked = [entry.word for entry in doubtful]
            explained = explain(lexicon, asked, corpus, ExplainOptions(0), threads=threads, progress=progress)
    return describe_lexicon(name, lexicon, best, doubtful, contexts, {found.asked: found for found in explained})


def _title(things: Iterable[Reported]) -> str:
    """Say what is on the page."""
    kinds = {Lexicon: "words", TemplateSet: "templates", Vocabulary: "tokens"}
    *others, last = dict.fromkeys(kinds[type(thing)] for thing in things)
    return (f"{', '.join(others)} and {last}" if others else last).capitalize()


def _lead(things: Iterable[Reported]) -> str:
    """Say what was read."""
    sizes = {str(thing.about.get("corpus-digest")): thing.about.get("corpus-bytes") for thing in things}
    texts = [
        f"{int(size):,} bytes of text (digest {digest[:12]})" for digest, size in sizes.items() if size is not None
    ]
    return f"Found in {' and in '.join(texts)}." if texts else "Nothing is known of the text they come from."


def _tell_apart(sections: Sequence[Section]) -> None:
    """Give sections of the same name different ones."""
    seen: dict[str, int] = {}
    for section in sections:
        seen[section.name] = seen.get(section.name, 0) + 1
        if seen[section.name] > 1:
            section.name += f"-{seen[section.name]}"


def _free(chart: Chart, before: Sequence[Chart]) -> str:
    """The name of a chart, numbered if others before it have the same."""
    times = sum(other.name == chart.name for other in before)
    return f"{chart.name}-{times + 1}" if times else chart.name
