"""`minent evaluate`."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import click
import numpy as np
from click.core import ParameterSource

from minent.cli.inputs import open_corpus
from minent.cli.options import Reading, json_option, make_command, reading_options, usage_errors
from minent.cli.output import align, announce_compilation, json_rows, open_output, progress, visible, warn, write_rows
from minent.corpus import Corpus
from minent.scoring.bracketing import BracketScores, evaluate_brackets
from minent.scoring.compression import Compression, by_script, count_ids, summarize
from minent.scoring.evaluation import NORMALIZATIONS, PUNCTUATION, Agreement, Difference, EvaluateOptions, Scores
from minent.scoring.evaluation import evaluate as evaluate_lines
from minent.scoring.treebanks import read_treebank
from minent.tokenizer import Tokenizer

DEFAULTS = EvaluateOptions()

_OF_WORDS = ("vocab", "punctuation", "normalize", "bootstrap")
_EXCERPT = 20  # characters before and after the first difference


@make_command(
    "minent evaluate gold.txt segmented.txt",
    "minent segment -m lexicon.tsv raw.txt | minent evaluate gold.txt - --vocab words.txt --json",
    "minent evaluate -m tokenizer.json text.txt",
    "minent parse -m templates.tsv --format brackets raw.txt | minent evaluate --brackets gold.conllu -",
)
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("-m", "--model", metavar="FILE", help="A tokenizer: tell how well it compresses each PATH.")
@click.option(
    "--brackets", is_flag=True, help="Score trees: GOLD is a line of brackets for each line, or a treebank in CoNLL-U."
)
@click.option("--vocab", metavar="FILE", help="Known words, one a line: adds the recall of known and of unknown words.")
@click.option(
    "--punctuation",
    "--punct",
    type=click.Choice(PUNCTUATION),
    default=DEFAULTS.punctuation,
    show_default=True,
    help="keep: every token counts (SIGHAN). bound: punctuation is cut out of both sides first. "
    "drop: tokens of punctuation only do not count.",
)
@click.option(
    "--normalize",
    "--norm",
    type=click.Choice(NORMALIZATIONS),
    default=DEFAULTS.normalize,
    show_default=True,
    help="Unicode normalisation of the words before they are compared.",
)
@click.option(
    "--bootstrap",
    type=int,
    default=DEFAULTS.bootstrap,
    metavar="N",
    show_default=True,
    help="Resample the lines N times for a 95% interval of F.",
)
@click.option(
    "--seed",
    type=int,
    default=DEFAULTS.seed,
    metavar="N",
    show_default=True,
    help="Seed of the resampling, and of random trees.",
)
@reading_options(records=False)
@json_option("Print counts and unrounded ratios as one JSON object.")
def command(
    paths: tuple[str, ...],
    model: str | None,
    brackets: bool,
    vocab: str | None,
    reading: Reading,
    as_json: bool,
    **chosen: Any,
) -> None:
    """Score a segmentation, trees, or a tokenizer.

    PATH are two files, GOLD and SEGMENTED: line i of SEGMENTED is compared with line i of GOLD; words are separated by
    white space.  "-" is standard input.  The ratios are of words, of the boundaries between them, and of distinct words
    (types).

    With -m PATH are texts: files, directories, patterns, @FILE for a list of these, or addresses.  For each, all
    together, and each script: bytes of a token, tokens of a character, and bits a byte, by the entropy of the tokens
    and by the probabilities of the vocabulary.

    With --brackets lines of PARSED, from minent parse --format brackets, are compared with those of GOLD, without
    labels and punctuation: brackets of a single word never count, those of a whole line only in the row "with whole
    lines".  Trees that branch to one side only, and random binary trees, stand below.
    """
    if model is not None:
        _refuse((*_OF_WORDS, "brackets", "seed", "errors", "encoding"), "-m")
        _measure(model, paths, as_json)
        return
    if len(paths) != 2:
        raise click.UsageError("Name two files, GOLD and SEGMENTED; or a tokenizer with -m.")
    gold, segmented = paths
    with usage_errors():
        options = EvaluateOptions(**chosen)
    if [gold, segmented, vocab].count("-") > 1:
        raise click.UsageError("Only one of the inputs can be standard input.")
    if brackets:
        _refuse(_OF_WORDS, "--brackets")
        _compare_trees(gold, segmented, options.seed, reading, as_json)
        return
    scores = evaluate_lines(
        _lines(gold, reading),
        _lines(segmented, reading),
        vocabulary=None if vocab is None else _lines(vocab, reading),
        **asdict(options),
    )
    with open_output(None) as stream:
        write_rows(stream, json_rows([scores.as_dict()]) if as_json else _table(scores))
    _warn_of(scores, "counts as one uncut word", "segmentation")


def _warn_of(scores: Scores | BracketScores, outcome: str, other: str) -> None:
    """Tell of lines with another text than their gold lines."""
    if scores.differing_lines:
        count = f"{scores.differing_lines} of {scores.lines}"
        warn(f"{count} lines differ in their text; each of them {outcome}")
        for difference in scores.differences:
            warn(_described(difference, other))


def _refuse(names: tuple[str, ...], beside: str) -> None:
    """Raise UsageError if one of these options is given."""
    ctx = click.get_current_context()
    given = [name for name in names if ctx.get_parameter_source(name) == ParameterSource.COMMANDLINE]
    if given:
        raise click.UsageError(f"--{given[0]} does not go with {beside}; leave out one of them.")


def _compare_trees(gold: str, parsed: str, seed: int, reading: Reading, as_json: bool) -> None:
    sides = (read_treebank(_lines(path, reading), path) for path in (gold, parsed))
    scores = evaluate_brackets(*sides, seed=seed)
    with open_output(None) as stream:
        write_rows(stream, json_rows([scores.as_dict()]) if as_json else _bracket_table(scores))
    _warn_of(scores, "counts as if it had no brackets", "parsed text")


def _bracket_table(scores: BracketScores) -> Iterator[str]:
    yield f"{'':<16} {'gold':>10} {'parsed':>10} {'correct':>10} {'precision':>9} {'recall':>9} {'F':>9}"
    yield _row("brackets", scores.brackets, 16)
    yield _row("with whole lines", scores.all_brackets, 16)
    for name, part in scores.baselines.items():
        yield _row(name, part, 16)
    yield f"lines {scores.lines}, exact {scores.exact_lines}, words {scores.words}"


def _measure(model: str, paths: tuple[str, ...], as_json: bool) -> None:
    announce_compilation()
    tokenizer = Tokenizer.load(model)
    vocabulary = tokenizer.vocabulary
    with progress() as listener, open_corpus(paths, "keep", listener) as corpus:
        listener.stage("encoding", corpus.size)
        documents = [(document.name, count_ids(tokenizer, document.chunks())) for document in corpus.documents()]
    total = np.sum([counts for _, counts in documents], axis=0)
    rows = [("file", summarize(vocabulary, counts, name)) for name, counts in documents]
    rows.append(("total", summarize(vocabulary, total, "all")))
    rows += [("script", part) for part in by_script(vocabulary, total)]
    with open_output(None) as stream:
        write_rows(stream, json_rows(_record(kind, part) for kind, part in rows) if as_json else _compressed(rows))


def _record(kind: str, part: Compression) -> dict[str, Any]:
    ratios = {"bytes_per_token": part.bytes_per_token, "tokens_per_character": part.tokens_per_character}
    record = part._asdict()
    return {"kind": kind} | record | ratios


def _compressed(rows: list[tuple[str, Compression]]) -> Iterator[str]:
    heading = ["", "bytes", "characters", "tokens", "bytes/token", "tokens/char", "entropy bits/byte", "cost bits/byte"]
    cells = [
        [
            visible(part.name),
            *(f"{number:,}" for number in (part.bytes, part.characters, part.tokens)),
            *(
                "" if number != number else f"{number:.4f}"
                for number in (part.bytes_per_token, part.tokens_per_character, part.entropy, part.cost)
            ),
        ]
        for _, part in rows
    ]
    return align([heading, *cells], right=range(1, 8))


def _lines(path: str, reading: Reading) -> Iterator[str]:
    with Corpus(path, errors=reading.errors, encoding=reading.encoding, reiterable=False) as corpus:
        for document in corpus.documents():
            yield from document.lines()


def _table(scores: Scores) -> Iterator[str]:
    yield f"{'':<10} {'gold':>10} {'segmented':>10} {'correct':>10} {'precision':>9} {'recall':>9} {'F':>9}"
    for name, part in (("words", scores.words), ("boundaries", scores.boundaries), ("types", scores.types)):
        yield _row(name, part)
    if known := scores.vocabulary:
        recall = f"OOV recall {known.oov_recall:.4f}, IV recall {known.iv_recall:.4f}"
        yield f"OOV rate {known.oov_rate:.4f}, {recall}"
    yield f"lines {scores.lines}, exact {scores.exact_lines}, characters {scores.characters}"


def _row(name: str, part: Agreement, width: int = 10) -> str:
    row = f"{name:<{width}} {part.gold:>10} {part.segmented:>10} {part.correct:>10}"
    row += f" {part.precision:>9.4f} {part.recall:>9.4f} {part.f:>9.4f}"
    if part.f_interval is None:
        return row
    low, high = part.f_interval
    return f"{row}  95%: {low:.4f} to {high:.4f}"


def _described(difference: Difference, other: str) -> str:
    gold, segmented = difference.gold, difference.segmented
    first = next((i for i, (a, b) in enumerate(zip(gold, segmented, strict=False)) if a != b), None)
    start = max(0, (min(len(gold), len(segmented)) if first is None else first) - _EXCERPT)
    excerpts = (text[start : start + 2 * _EXCERPT] for text in (gold, segmented))
    return "line {}: the gold text has {!r}, the {other} {!r}".format(difference.line, *excerpts, other=other)
