"""What it costs to mine templates: 10 MB of news and of English, 100 MB inside --memory; beside nlp-zero's finder.

nlp-zero lists every path of bonds through a clause, so it is slowest on little text, where its least probability of a
bond lets every pair pass.  It gets clauses whose words stand apart; minent cuts the text by itself.  Neither looks for
the same templates: nlp-zero's bonds must be a hundred-thousandth of all pairs, minent's must be seen 10 times.
"""

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import measure
from context import NEWS, Context, Row
from measure import Command
from texts import beginning
from tools import NLP_ZERO, Absent, Words, learn_minent, minent, segment_minent

ENGLISH, LARGE = "en_20m.txt", "zh_100m.txt"
PATIENCE = 300  # CPU seconds that nlp-zero gets
COLUMNS = {
    "text": "",
    "system": "",
    "CPU s": ".1f",
    "CPU s a MB": ".2f",
    "peak MiB": ",.0f",
    "templates": ",",
    "times minent's CPU a MB": "",
}


def rows(context: Context) -> Iterator[Row]:
    news = beginning(context, context.file(NEWS), 10_000_000)
    words = context.work / "mining.tsv"
    measure.run(Command(learn_minent([news], words)))
    pace: dict[str, float] = {}
    for name, text, options in (
        ("zh, 10 MB", news, ["-m", words]),
        ("en, 10 MB", beginning(context, context.file(ENGLISH), 10_000_000), ["--units", "spaces"]),
        ("zh, 100 MB, --memory 500MB", context.file(LARGE), ["-m", words, "--memory", "500MB"]),
    ):
        row = _measure(text, [minent(), "mine-templates", text, *options, "--threads", "1", "--force", "-o"], context)
        pace[name] = float(row["CPU s a MB"])
        yield {"text": name, "system": "minent", **row}
    try:
        NLP_ZERO.probe()
    except Absent as absent:
        context.skip(NLP_ZERO.name, absent)
        return
    clauses = _clauses(context, words, news)
    script = Path(__file__).parents[1] / "peers" / "run_nlp_zero_templates.py"
    python = NLP_ZERO.learn([news], words)[:3]
    for size in (100_000, 1_000_000, 10_000_000):
        text = beginning(context, clauses, size)
        command = ["prlimit", f"--cpu={PATIENCE}", *python, script, "learn", text]
        name = {"text": f"zh, {size / 1e6:g} MB as words", "system": "nlp-zero"}
        try:
            row = _measure(text, command, context)
        except SystemExit:
            least = PATIENCE / (text.stat().st_size / 1e6) / pace["zh, 10 MB"]
            yield {**name, "times minent's CPU a MB": f"no result in {PATIENCE} s: more than {least:,.0f}"}
            continue
        yield {**name, **row, "times minent's CPU a MB": f"{float(row['CPU s a MB']) / pace['zh, 10 MB']:.2f}"}


def _measure(text: Path, command: Words, context: Context) -> Row:
    found = context.work / "found.tsv"
    usage = measure.run(Command([*command, found]))
    lines = found.read_text(encoding="utf-8").splitlines()
    return {
        "CPU s": usage.cpu,
        "CPU s a MB": usage.cpu / (text.stat().st_size / 1e6),
        "peak MiB": usage.rss / 2**20,
        "templates": sum(not line.startswith(("#", "template\t")) for line in lines),
    }


def _clauses(context: Context, words: Path, text: Path) -> Path:
    """The clauses of a text, one a line, words with spaces between them."""
    cut, clauses = context.work / "cut.txt", context.work / "clauses.txt"
    measure.run(Command(segment_minent(words, text), output=cut))
    with cut.open(encoding="utf-8", newline="\n") as lines, clauses.open("w", encoding="utf-8") as file:
        for line in lines:
            for is_clause, group in groupby(line.split(), key=lambda word: any(map(str.isalnum, word))):
                if is_clause:
                    file.write(" ".join(group) + "\n")
    return clauses
