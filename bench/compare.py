"""Turn the JSON lines of run.py into Markdown tables, the last run of each case.

python bench/compare.py results.jsonl                            to standard output
python bench/compare.py results.jsonl --into bench/RESULTS.md    between the markers of each case

Markers: <!-- bench:CASE --> and <!-- /bench:CASE -->; what stands around them is left alone.  A case that has a
figure gets it above its table, from a file CASE.svg beside the document.
"""

import argparse
import importlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

Record = dict[str, Any]


def last_runs(lines: Iterable[str]) -> dict[str, list[Record]]:
    """Case -> the records of its last run."""
    runs: dict[str, list[Record]] = {}
    for record in map(json.loads, lines):
        records = runs.setdefault(record["case"], [])
        if records and records[0]["date"] != record["date"]:
            records.clear()
        records.append(record)
    return runs


def table(case: str, records: list[Record]) -> str:
    """A Markdown table with a line on when and where; text columns left, figures right."""
    columns: dict[str, str] = importlib.import_module(f"cases.{case}").COLUMNS
    lines = [
        "| " + " | ".join(columns) + " |",
        "| " + " | ".join("---:" if form else "---" for form in columns.values()) + " |",
    ]
    for record in records:
        row = record["row"]
        cells = [format(row[name], form) if name in row else "" for name, form in columns.items()]
        lines.append("| " + " | ".join(cells) + " |")
    head = records[0]
    machine = ", ".join(f"{key} {value}" for key, value in head["machine"].items())
    lines += ["", f"{head['date'][:10]}, commit {head['commit']}, repeat {head['repeat']}; {machine}."]
    return "\n".join(lines)


def insert(document: str, case: str, text: str) -> str:
    """The document with `text` between the markers of the case; SystemExit if it has none."""
    start, end = f"<!-- bench:{case} -->", f"<!-- /bench:{case} -->"
    before, opened, rest = document.partition(start)
    _, closed, after = rest.partition(end)
    if not opened or not closed:
        raise SystemExit(f"the document has no {start} followed by {end}")
    return f"{before}{start}\n{text}\n{end}{after}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", type=Path, nargs="+")
    parser.add_argument("--into", type=Path, help="document with markers")
    arguments = parser.parse_args()
    lines = [line for path in arguments.results for line in path.read_text(encoding="utf-8").splitlines()]
    runs = last_runs(lines)
    tables = {case: table(case, records) for case, records in runs.items()}
    if arguments.into is None:
        print("\n\n".join(f"## {case}\n\n{text}" for case, text in sorted(tables.items())))
        return
    document = arguments.into.read_text(encoding="utf-8")
    for case, text in tables.items():
        figure = getattr(importlib.import_module(f"cases.{case}"), "figure", None)
        if figure:
            picture = arguments.into.with_name(f"{case}.svg")
            picture.write_text(figure([record["row"] for record in runs[case]]), encoding="utf-8")
            text = f"![{case}]({picture.name})\n\n{text}"
        document = insert(document, case, text)
    arguments.into.write_text(document, encoding="utf-8")


if __name__ == "__main__":
    main()
