"""`minent compare`."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import click

from minent.cli.inputs import load_lexicon
from minent.cli.options import json_option, make_command
from minent.cli.output import json_rows, open_output, say, write_rows
from minent.comparison import Change, compare_lexicons

_COLUMNS = ("change", "word", "count_a", "count_b", "count_ratio", "score_a", "score_b", "score_ratio")


@make_command(
    "minent compare monday.tsv tuesday.tsv | head",
    "minent compare old.tsv new.tsv --json | jq -r 'select(.change == \"added\").word'",
)
@click.argument("first", metavar="A")
@click.argument("second", metavar="B")
@json_option("Write JSON lines instead.")
def command(first: str, second: str, as_json: bool) -> None:
    """Show what differs between the lexicons A and B.

    Words added, removed and changed from A to B, as rows: counts, scores (nats saved) and what B has of A; those that
    save most in one and not in the other come first.  The exit code is 1 if they differ, 0 if not.
    """
    a, b = load_lexicon(first), load_lexicon(second)
    changes = compare_lexicons(a, b)
    with open_output(None) as stream:
        records = map(_record, changes)
        write_rows(stream, json_rows(records) if as_json else _rows(records))
    kinds = Counter(change.change for change in changes)
    other_rules = a.rules != b.rules
    if other_rules:
        say(f"text becomes units in another way: {a.rules} in {first}, {b.rules} in {second}")
    unchanged = len(a) - kinds["removed"] - kinds["changed"]
    say(f"{', '.join(f'{kinds[kind]:,} {kind}' for kind in ('added', 'removed', 'changed'))}, {unchanged:,} the same")
    if changes or other_rules:
        click.get_current_context().exit(1)


def _record(change: Change) -> dict[str, Any]:
    before, after = change.before, change.after
    counts = (before and before.count, after and after.count, change.count_ratio)
    scores = (before and before.score, after and after.score, change.score_ratio)
    return dict(zip(_COLUMNS, (change.change, change.word, *counts, *scores), strict=True))


def _rows(records: Iterable[dict[str, Any]]) -> Iterator[str]:
    heading = "\t".join(_COLUMNS)
    for record in records:
        if heading:
            yield heading
            heading = ""
        yield "\t".join(map(_cell, record.values()))


def _cell(value: Any) -> str:
    if value is None or value != value:
        return ""
    return f"{value:.4g}" if isinstance(value, float) and abs(value) < 1000 else str(value)
