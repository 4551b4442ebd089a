"""Precision and recall of the templates of generated text, whose templates are known.

Chinese is cut three times: with the words that it was made from; with a lexicon learnt from the text itself, where a
word can be a template's words in one, or begin with the end of a filler; and into characters, with thresholds for them.
So patterns are compared without the spaces between their words.
"""

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import measure
from context import Context, Row
from texts import GENERATE
from tools import learn_minent, minent

from minent import TemplateSet

SIZE = "10MB"
NOISES = ("0", "0.2")
TEXTS = (
    ("questions", "zh"),
    ("questions", "en"),
    ("questions", "ko"),
    ("titles", "zh"),
    ("titles", "en"),
    ("chat", "zh"),
    ("chat", "en"),
    ("logs", "en"),
)
COLUMNS = {
    "text": "",
    "words": "",
    "noise": "",
    "known": ",",
    "found": ",",
    "precision": ".3f",
    "recall": ".3f",
    "CPU s": ".1f",
}


def rows(context: Context) -> Iterator[Row]:
    totals: dict[tuple[str, str], Counter[str]] = {}
    for kind, language in TEXTS:
        for noise in NOISES:
            folder = context.work / f"{kind}-{language}-{noise}"
            options = ["--kind", kind, "--language", language, "--size", SIZE, "--noise", noise, "--out", folder]
            subprocess.run([sys.executable, GENERATE.with_name("generate_patterns.py"), *options], check=True)
            for words, lexicon in _lexicons(folder, language):
                row, counts = _score(folder, kind, lexicon)
                total = totals.setdefault((words if words in ("learnt", "characters") else "known", noise), Counter())
                total.update(counts)
                yield {"text": f"{kind}, {language}", "words": words, "noise": noise, **row}
    for (words, noise), counts in totals.items():
        yield {"text": "all", "words": words, "noise": noise, **_rates(counts)}


def _lexicons(folder: Path, language: str) -> Iterator[tuple[str, list[str | Path]]]:
    if language != "zh":
        yield "between spaces", ["--units", "spaces"]
        return
    gold = Counter((folder / "gold.txt").read_text(encoding="utf-8").split())
    listed = (f"{word}\t{count}\n" for word, count in gold.items() if not word.isdecimal() and word != "？")
    head = "# format: minent lexicon 1\nword\tcount\tpmi\tleft_entropy\tright_entropy\tscore\n"
    (folder / "known.tsv").write_text(head + "".join(listed), encoding="utf-8")
    yield "known", ["-m", folder / "known.tsv"]
    measure.run(measure.Command(learn_minent([folder / "text.txt"], folder / "learnt.tsv")))
    yield "learnt", ["-m", folder / "learnt.tsv"]
    # A character says little of the next: what templates save beside it is more, and by chance.
    yield "characters", ["--units", "characters", "--min-gain", "4", "--min-count", "100"]


def _score(folder: Path, kind: str, words: list[str | Path]) -> tuple[Row, Counter[str]]:
    clauses = ["--clauses", "lines"] if kind == "logs" else []
    command = [minent(), "mine-templates", folder / "text.txt", *words, *clauses, "-o", folder / "found.tsv", "--force"]
    usage = measure.run(measure.Command([*command, "--threads", "1"]))
    found = {_joined(each.pattern) for each in TemplateSet.load(folder / "found.tsv") if not each.trivial}
    listed = (folder / "templates.tsv").read_text(encoding="utf-8").splitlines()[1:]
    known = {_joined(row.split("\t")[0]) for row in listed}
    counts = Counter({"known": len(known), "found": len(found), "right": len(known & found)})
    return {**_rates(counts), "CPU s": usage.cpu}, counts


def _rates(counts: Counter[str]) -> Row:
    return {
        "known": counts["known"],
        "found": counts["found"],
        "precision": counts["right"] / max(1, counts["found"]),
        "recall": counts["right"] / counts["known"],
    }


def _joined(pattern: str) -> str:
    return pattern.replace(" ", "")
