"""minent: the words, templates and tokens of any language from raw text alone, by minimum entropy."""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

# Public name -> module that defines it, never of the same name: the module would hide the function.
#  Imported on first use (PEP 562), so `import minent` costs milliseconds.
_PUBLIC = {
    "Corpus": "corpus",
    "Change": "comparison",
    "Cost": "cost",
    "CountOptions": "count",
    "Entry": "lexicon",
    "ExplainOptions": "evidence.explanation",
    "Explanation": "evidence.explanation",
    "Lexicon": "lexicon",
    "LexiconOptions": "finding.discover",
    "MergeOptions": "merge",
    "MinentError": "errors",
    "MiningOptions": "mine",
    "NgramCounts": "ngrams",
    "ParseOptions": "parsing.parser",
    "Parser": "parsing.parser",
    "PhraseOptions": "finding.phrases",
    "Report": "reporting.report",
    "ReportOptions": "reporting.report",
    "Resources": "count",
    "Scores": "scoring.evaluation",
    "Segmenter": "cutting.segmenter",
    "Span": "cutting.segmenter",
    "Tagger": "tagger",
    "TaggerOptions": "tagging.learning",
    "TaggerSegmenter": "cutting.tagged",
    "Template": "templates",
    "TemplateSet": "templates",
    "Tokenizer": "tokenizer",
    "TrainOptions": "train",
    "Tree": "trees.tree",
    "UserWords": "cutting.user_words",
    "Vocabulary": "vocabulary",
    "VocabularyOptions": "vocabulary",
    "add_phrases": "finding.phrases",
    "build_lexicon": "finding.discover",
    "compare_lexicons": "comparison",
    "count_ngrams": "count",
    "description_cost": "finding.estimation",
    "evaluate": "scoring.evaluation",
    "evaluate_brackets": "scoring.bracketing",
    "exact_gain": "cost",
    "explain": "evidence.explanation",
    "export_lexicon": "export",
    "export_vocabulary": "export",
    "make_report": "reporting.report",
    "merge_counts": "merge",
    "merge_vocabularies": "train",
    "mine_templates": "mine",
    "parse": "parsing.parser",
    "rank_by_keyness": "keyness",
    "reading_costs": "finding.phrases",
    "recount": "finding.estimation",
    "reestimate": "finding.estimation",
    "segment": "cutting.segmenter",
    "text_cost": "finding.estimation",
    "train_tagger": "tagging.learning",
    "train_vocabularies": "train",
    "train_vocabulary": "train",
}

__all__ = ["__version__", *sorted(_PUBLIC)]


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PUBLIC[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_PUBLIC})
