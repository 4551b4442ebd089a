"""How well a CRF cuts text it has not seen, with and without what raw text says of strings.

Raw text: the news, and the texts of training and test without their cuts.  The training text of pku is a stand-in for
that of the bakeoff (the same newspaper, of two months; its first 18,897 lines are one), that of msr a seventh of it.
"""

from collections.abc import Iterator
from pathlib import Path

import measure
from context import NEWS, Context, Row
from crf_tools import minent_crf, score
from measure import Command

COLUMNS = {
    "test": "",
    "trained on": "",
    "features": "",
    "tags": "",
    "P": ".4f",
    "R": ".4f",
    "F": ".4f",
    "95 %": "",
    "OOV recall": ".4f",
    "training, CPU s": ".1f",
    "model MB": ".1f",
}

MONTH = 18_897
TEXTS = (("pku", 0), ("pku", MONTH), ("msr", 0))


def rows(context: Context) -> Iterator[Row]:
    for name, first in TEXTS:
        gold = context.file(f"eval/{name}/train_gold.txt")
        trained = "all of train_gold"
        if first:
            trained = f"its first {first:,} lines"
            lines = gold.read_text("utf-8").split("\n")[:first]
            gold = context.work / "first.txt"
            gold.write_text("\n".join([*lines, ""]), "utf-8")
        raw = [context.file(path) for path in (NEWS, f"eval/{name}/train_raw.txt", f"eval/{name}/raw.txt")]
        for features, texts in (
            ("plain", []),
            ("and raw text, train and test", raw[1:]),
            ("and raw text, news too", raw),
        ):
            for tags in ("4", "6"):
                given = [word for text in texts for word in ("--raw", text)]
                yield {
                    "test": name,
                    "trained on": trained,
                    "features": features,
                    "tags": tags,
                    **_scores(context, name, gold, ["--tags", tags, *given]),
                }


def _scores(context: Context, name: str, gold: Path, options: list[str | Path]) -> Row:
    crf = minent_crf("minent", *options)
    model, words = context.work / "tagger.crf", context.work / "words.txt"
    usage = measure.run(Command(crf.learn(gold, model)))
    crf.segment(model, context.file(f"eval/{name}/raw.txt"), words)
    scores = score(context.file(f"eval/{name}/gold.txt"), words, context.file(f"eval/{name}/vocab.txt"))
    assert scores.words.f_interval is not None
    return {
        "P": scores.words.precision,
        "R": scores.words.recall,
        "F": scores.words.f,
        "95 %": "{:.4f} to {:.4f}".format(*scores.words.f_interval),
        "OOV recall": scores.vocabulary.oov_recall if scores.vocabulary else 0.0,
        "training, CPU s": usage.cpu,
        "model MB": model.stat().st_size / 1e6,
    }
