"""`minent explain`."""

from collections.abc import Iterator
from itertools import zip_longest

import click

from minent.cli.inputs import load_lexicon, open_corpus
from minent.cli.options import Reading, json_option, make_command, reading_options, threads_option, usage_errors
from minent.cli.output import align, announce_compilation, json_rows, open_output, progress, say, visible, write_rows
from minent.evidence.explanation import ExplainOptions, Explanation, Neighbours, explain
from minent.ngrams import NgramCounts

DEFAULTS = ExplainOptions()

_OTHERS = "(borders)"


@make_command(
    "minent explain lexicon.tsv 研究生 --corpus corpus.txt",
    "minent explain lexicon.tsv 研究生 中国人 --counts counts.mnc --json",
)
@click.argument("model", metavar="MODEL")
@click.argument("words", metavar="WORD...", nargs=-1, required=True)
@click.option("--corpus", multiple=True, metavar="TEXT", help="Look the words up in this text; may be repeated.")
@click.option("--counts", metavar="FILE", help="Look the words up in these counts of characters instead.")
@click.option(
    "--top",
    type=int,
    default=DEFAULTS.top,
    metavar="N",
    show_default=True,
    help="Show so many neighbours on either side, and ways to cut.",
)
@reading_options()
@threads_option
@json_option("Write a line of JSON for each word.")
def command(
    model: str,
    words: tuple[str, ...],
    corpus: tuple[str, ...],
    counts: str | None,
    top: int,
    reading: Reading,
    threads: int,
    as_json: bool,
) -> None:
    """Show the evidence for each WORD, why MODEL has it or not.

    MODEL is a lexicon; a WORD may be in it or not.  With a text: every inner bond, both branching entropies with the
    most frequent neighbours, how it is cut, and what it saves over the best cut into other words.  On a terminal a
    table, else rows of word, field, values.
    """
    with usage_errors():
        options = ExplainOptions(top)
    if corpus and counts is not None:
        raise click.UsageError("Only one of --corpus and --counts can be looked into.")
    lexicon = load_lexicon(model)
    announce_compilation()
    with open_output(None) as stream:
        if corpus:
            with progress() as listener, open_corpus(corpus, reading, listener) as text:
                found = explain(lexicon, words, text, options, threads=threads, progress=listener)
        else:
            found = explain(lexicon, words, None if counts is None else NgramCounts.load(counts), options)
        if as_json:
            write_rows(stream, json_rows(each.as_dict() for each in found))
        else:
            shown = _tables if stream.isatty() else _rows
            write_rows(stream, (row for each in found for row in shown(each)))
    if found[0].same_text is None:
        say("this is what the lexicon itself knows; --corpus or --counts tell more")
    elif not found[0].same_text:
        say(f"{model} was made from another text than this")


def _rows(found: Explanation) -> Iterator[str]:
    """Return rows for programs: the word, what is told of it, values."""
    fields: list[tuple[object, ...]] = [
        ("kept", "yes" if found.kept else "no"),
        ("rule", found.rule),
        ("because", found.because),
    ]
    if found.entry is not None:
        fields += [(f"lexicon.{name}", value) for name, value in found.entry._asdict().items() if name != "word"]
    fields += [("best_cut", *found.parts)] if found.parts else []
    fields += [(name, getattr(found, name)) for name in ("gain", "times", "as_word", "between")]
    fields += [("cut", *cut) for cut in found.cuts]
    fields += [
        ("bond", f"{bond.left} {bond.right}", bond.pmi, bond.left_count, bond.right_count) for bond in found.bonds
    ]
    for name, side in (("before", found.before), ("after", found.after)):
        if side is not None:
            fields += [(f"{name}.entropy", side.entropy), (f"{name}.different", side.different)]
            fields += [(f"{name}.borders", side.others), *((name, *unit) for unit in side.units)]
    for field, *values in fields:
        if not all(value is None or value != value for value in values):
            yield "\t".join(map(_plain, (found.word, field, *values)))


def _plain(value: object) -> str:
    return f"{value:.4f}" if isinstance(value, float) else visible(str(value))


def _tables(found: Explanation) -> Iterator[str]:
    """Return what a person reads on a terminal."""
    name = found.asked if found.asked == found.word else f"{found.asked} as {found.word}"
    yield visible(name)
    yield visible(f"  {'in the lexicon' if found.kept else 'not in the lexicon'}: {found.because}")
    rows: list[tuple[str, ...]] = [
        ("", "times", "as word", "between words", "weakest bond", "entropy before", "entropy after", "saves")
    ]
    if (entry := found.entry) is not None:
        saves = entry.score / entry.count if entry.pmi == entry.pmi else None
        evidence = (None, entry.count, None, entry.pmi, entry.left_entropy, entry.right_entropy, saves)
        rows.append(("lexicon", *map(_number, evidence)))
    if found.times is not None:
        weakest = min((bond.pmi for bond in found.bonds), default=None)
        before, after = (None if side is None else side.entropy for side in (found.before, found.after))
        looked_up = (found.times, found.as_word, found.between, weakest, before, after, found.gain)
        rows.append(("text", *map(_number, looked_up)))
    if len(rows) > 1:
        yield from _indented(rows, range(1, 8))
    if found.parts:
        yield f"\n  best cut into others: {visible(' '.join(found.parts))}"
    if found.bonds:
        bonds = [(f"{bond.left} {bond.right}", *map(_number, bond[2:])) for bond in found.bonds]
        yield from _indented([("bond", "count left", "count right", "pmi"), *bonds], range(1, 4))
    columns = [_column("before", found.before), _column("after", found.after)]
    columns.append([("cut", "times"), *((cut, _number(times)) for cut, times in found.cuts)] if found.cuts else [])
    if any(columns):
        cells = [sum(row, ()) for row in zip_longest(*filter(None, columns), fillvalue=("", ""))]
        yield from _indented(cells, range(1, 7, 2))
    yield ""


def _column(name: str, side: Neighbours | None) -> list[tuple[str, ...]]:
    if side is None:
        return []
    shown = [(unit, _number(times)) for unit, times in side.units]
    rest = side.different - len(shown)
    return [(name, "times"), *shown, *([(f"{rest:,} more", "")] if rest else []), (_OTHERS, _number(side.others))]


def _number(value: object) -> str:
    if value is None or value != value:
        return ""
    return f"{value:.2f}" if isinstance(value, float) else f"{value:,}"


def _indented(rows: list[tuple[str, ...]], right: range) -> Iterator[str]:
    yield ""
    yield from (f"  {line}" for line in align([tuple(map(visible, row)) for row in rows], right))
