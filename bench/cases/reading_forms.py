"""How fast text is read: as it is, in another encoding, in fields of records and columns."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any

from context import NEWS, Context, Row

from minent import Corpus

COLUMNS = {"form": "", "MB of text": ".1f", "records": ",", "CPU s": ".2f", "MB/s of text": ",.0f"}


def rows(context: Context) -> Iterator[Row]:
    lines = [line for line in context.file(NEWS).read_text("utf-8").split("\n") if line]
    size = sum(len(line.encode()) + 1 for line in lines)
    for name, path, options in _forms(context, lines):
        seconds = []
        for _ in range(context.repeat):
            begun = process_time()
            with Corpus(path, **options) as corpus:
                read = sum(len(chunk) for document in corpus.documents() for chunk in document.chunks())
            seconds.append(process_time() - begun)
        if read != size:
            raise AssertionError(f"{name}: {read} bytes instead of {size}")
        row: Row = {"form": name, "MB of text": size / 1e6, "records": len(lines)}
        yield row | {"CPU s": median(seconds), "MB/s of text": size / 1e6 / median(seconds)}


def _forms(context: Context, lines: list[str]) -> Iterator[tuple[str, Path, dict[str, Any]]]:
    """What the same text can be in."""
    path = context.work / "text"
    path.write_text("\n".join([*lines, ""]), "utf-8")
    yield "plain", path, {}
    path.write_bytes("\n".join([*lines, ""]).encode("gb18030"))
    yield "gb18030", path, {"encoding": "gb18030"}
    path.write_bytes("\n".join([*lines, ""]).encode("utf-16"))
    yield "utf-16", path, {"encoding": "utf-16"}
    path = context.work / "text.jsonl"
    with path.open("w", encoding="utf-8") as stream:
        for number, line in enumerate(lines):
            stream.write(json.dumps({"id": number, "meta": {"text": line}, "text": line}, ensure_ascii=False) + "\n")
    yield "JSON lines, text", path, {"field": "text"}
    yield "JSON lines, meta.text", path, {"field": "meta.text"}
    path = context.work / "text.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([("id", "text"), *enumerate(lines)])
    yield "CSV", path, {"field": "text"}
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        print("skipped: reading_forms: Parquet: no package pyarrow", flush=True)
        return
    path = context.work / "text.parquet"
    parquet.write_table(pyarrow.table({"id": range(len(lines)), "text": lines}), path)
    yield "Parquet", path, {"field": "text"}
