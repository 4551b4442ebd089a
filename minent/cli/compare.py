"""`minent compare`."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from minent.cli.inputs import is_vocabulary, load_lexicon, open_corpus
from minent.cli.options import json_option, make_command
from minent.cli.output import (
    announce_compilation,
    json_rows,
    open_output,
    progress,
    say,
    table_for_people,
    visible,
    write_rows,
)
from minent.comparison import Change, compare_lexicons

if TYPE_CHECKING:
    from minent.tokenizer import Tokenizer
    from minent.vocabulary import Vocabulary

_COLUMNS = ("change", "word", "count_a", "count_b", "count_ratio", "score_a", "score_b", "score_ratio")


@make_command(
    "minent compare monday.tsv tuesday.tsv | head",
    "minent compare a.json b.json text.txt",
    "minent compare old.tsv new.tsv --json | jq -r 'select(.change == \"added\").word'",
)
@click.argument("first", metavar="A")
@click.argument("second", metavar="B")
@click.argument("texts", nargs=-1, metavar="[TEXT]...")
@json_option("Write JSON lines instead.")
def command(first: str, second: str, texts: tuple[str, ...], as_json: bool) -> None:
    """Show what differs between two lexicons or tokenizers.

    Words added, removed and changed from A to B, as rows: counts, scores (nats saved) and what B has of A; those that
    save most in one and not in the other come first.  Of tokenizers, pieces; and with TEXT, instead, how they cut it,
    line by line.  The exit code is 1 if they differ, 0 if not.
    """
    if is_vocabulary(first) or is_vocabulary(second):
        _compare_tokenizers(first, second, texts, as_json)
        return
    if texts:
        raise click.UsageError("A TEXT is for comparing tokenizers.")
    a, b = load_lexicon(first), load_lexicon(second)
    changes = compare_lexicons(a, b)
    with open_output(None) as stream:
        records = map(_record, changes)
        _show(stream, records, as_json)
    kinds = Counter(change.change for change in changes)
    other_rules = a.rules != b.rules
    if other_rules:
        say(f"text becomes units in another way: {a.rules} in {first}, {b.rules} in {second}")
    unchanged = len(a) - kinds["removed"] - kinds["changed"]
    say(f"{', '.join(f'{kinds[kind]:,} {kind}' for kind in ('added', 'removed', 'changed'))}, {unchanged:,} the same")
    if changes or other_rules:
        click.get_current_context().exit(1)


def _compare_tokenizers(first: str, second: str, texts: tuple[str, ...], as_json: bool) -> None:
    from minent.tokenizer import Tokenizer

    tokenizers = (Tokenizer.load(first), Tokenizer.load(second))
    a, b = (tokenizer.vocabulary for tokenizer in tokenizers)
    if texts:
        differ = _cut_both(*tokenizers, texts, as_json)
    else:
        records = list(_pieces(a, b))
        differ = bool(records) or a.options != b.options
        with open_output(None) as stream:
            _show(stream, records, as_json)
        kinds = Counter(record["change"] for record in records)
        same = len(a) - kinds["removed"] - kinds["changed"]
        say(f"{', '.join(f'{kinds[kind]:,} {kind}' for kind in ('added', 'removed', 'changed'))}, {same:,} the same")
    if a.options != b.options:
        say(f"text is cut by other rules: {a.options} in {first}, {b.options} in {second}")
    if differ:
        click.get_current_context().exit(1)


def _pieces(a: "Vocabulary", b: "Vocabulary") -> Iterator[dict[str, Any]]:
    """What differs between two vocabularies, what occurs most first."""
    from minent.cutting.token_lines import visible_piece

    counts = [dict(zip(each.pieces, each.counts.tolist(), strict=True)) for each in (a, b)]
    both = {piece: tuple(count.get(piece) for count in counts) for piece in {**counts[0], **counts[1]}}
    for piece, (before, after) in sorted(both.items(), key=lambda row: (-max(filter(None, row[1])), row[0])):
        if before != after:
            change = "added" if before is None else "removed" if after is None else "changed"
            yield {"change": change, "piece": visible_piece(piece), "count_a": before, "count_b": after}


def _cut_both(a: "Tokenizer", b: "Tokenizer", texts: tuple[str, ...], as_json: bool) -> bool:
    from minent.scoring.compression import agreement

    announce_compilation()
    with progress() as listener, open_corpus(texts, "keep", listener) as corpus:
        listener.stage("encoding", corpus.size)
        rows = [(document.name, agreement(a, b, document.chunks())) for document in corpus.documents()]
    records = [
        {"text": visible(name), "bytes": found.bytes, "tokens_a": found.tokens[0], "tokens_b": found.tokens[1]}
        | {"boundary_f": found.f, "lines": found.lines[0], "same_lines": found.lines[1]}
        for name, found in rows
    ]
    with open_output(None) as stream:
        _show(stream, records, as_json)
    return any(found.lines[0] != found.lines[1] for _, found in rows)


def _record(change: Change) -> dict[str, Any]:
    before, after = change.before, change.after
    counts = (before and before.count, after and after.count, change.count_ratio)
    scores = (before and before.score, after and after.score, change.score_ratio)
    return dict(zip(_COLUMNS, (change.change, change.word, *counts, *scores), strict=True))


def _show(stream: BinaryIO, records: Iterable[dict[str, Any]], as_json: bool) -> None:
    """Write records as JSON, on a terminal as a table, else as rows with tabs."""
    if as_json or not stream.isatty():
        write_rows(stream, json_rows(records) if as_json else _rows(records))
        return
    rest = iter(records)
    if first := next(rest, None):
        write_rows(stream, table_for_people(tuple(first), (tuple(record.values()) for record in chain([first], rest))))


def _rows(records: Iterable[dict[str, Any]]) -> Iterator[str]:
    heading = True
    for record in records:
        if heading:
            yield "\t".join(record)
            heading = False
        yield "\t".join(map(_cell, record.values()))


def _cell(value: Any) -> str:
    if value is None or value != value:
        return ""
    return f"{value:.4g}" if isinstance(value, float) and abs(value) < 1000 else str(value)
