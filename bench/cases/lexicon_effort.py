"""What the effort "best" adds: segmentation with the plain lexicon it saves, and what learning it costs.

No gold enters the learning, and one configuration, the defaults, serves all sets.  Intervals are of F, from 1,000
resamples of the lines of the test.  Beside unspaced English stands a unigram model of all frequent strings, fitted
by EM.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import measure
import numpy as np
from context import NEWS, Context, Row
from measure import Command, Usage
from tools import Absent, learn_minent, read_minent_words, segment_minent

from minent import Corpus, CountOptions, Lexicon, count_ngrams, reestimate
from minent.scoring.evaluation import evaluate

COLUMNS = {
    "test": "",
    "learnt from": "",
    "system": "",
    "words": ",",
    "P": ".4f",
    "R": ".4f",
    "F": ".4f",
    "95 %": "",
    "boundary F": ".4f",
    "OOV recall": ".4f",
    "learning, CPU s": ".1f",
    "wall s": ".1f",
    "peak MiB": ",.0f",
}

_BOTH = [f"eval/{name}/{part}.txt" for name in ("pku", "msr") for part in ("train_raw", "raw")]
SOURCES = (
    (("pku", "msr"), "texts of both and zh_news_20m", (*_BOTH, NEWS)),
    (("pku", "msr"), NEWS, (NEWS,)),
    (("pku", "msr"), "zh_100m.txt", ("zh_100m.txt",)),
    *(
        ((name,), "train_raw + raw", [f"eval/{name}/{part}.txt" for part in ("train_raw", "raw")])
        for name in ("en_brown", "ja_gsd", "th_tud")
    ),
)


def rows(context: Context) -> Iterator[Row]:
    for tests, source, names in SOURCES:
        try:
            corpora = [context.file(name) for name in names]
            texts = {test: context.file(f"eval/{test}/raw.txt") for test in tests}
        except Absent as absent:
            context.skip(source, absent)
            continue
        systems: dict[str, tuple[Path, Usage | None]] = {}
        for effort in ("fast", "best"):
            words = context.work / f"effort-{len(systems)}"
            command = Command([*learn_minent(corpora, words), "--effort", effort])
            systems[f"minent, effort {effort}"] = words, measure.run(command)
        if tests == ("en_brown",):
            systems["unigram model, EM"] = _unigrams(corpora, context.work / "unigrams"), None
        for test, text in texts.items():
            for system, (words, usage) in systems.items():
                yield {
                    "test": test,
                    "learnt from": source,
                    "system": system,
                    **_scores(context, test, text, words, usage),
                }


def _scores(context: Context, test: str, text: Path, words: Path, usage: Usage | None) -> Row:
    segmented = context.work / "segmented.txt"
    measure.run(Command(segment_minent(words, text), segmented))
    gold, vocabulary = (context.file(f"eval/{test}/{part}.txt") for part in ("gold", "vocab"))
    with (
        gold.open(encoding="utf-8", newline="\n") as right,
        segmented.open(encoding="utf-8", newline="\n") as found,
        vocabulary.open(encoding="utf-8", newline="\n") as known,
    ):
        scores = evaluate(right, found, vocabulary=known, bootstrap=1000)
    assert scores.words.f_interval is not None
    row: Row = {
        "words": len(read_minent_words(words)),
        "P": scores.words.precision,
        "R": scores.words.recall,
        "F": scores.words.f,
        "95 %": "{:.3f} to {:.3f}".format(*scores.words.f_interval),
        "boundary F": scores.boundaries.f,
        "OOV recall": scores.vocabulary.oov_recall if scores.vocabulary else 0.0,
    }
    if usage is not None:
        row |= {"learning, CPU s": usage.cpu, "wall s": usage.wall, "peak MiB": usage.rss / 2**20}
    return row


def _unigrams(corpora: Sequence[Path], path: Path) -> Path:
    """Fit a unigram model of all strings of up to 12 letters seen ten times: 10 rounds of EM."""
    corpus = Corpus(*map(str, corpora))
    counts = count_ngrams(corpus, CountOptions(order=12, min_count=10))
    rows = [(word, count) for word, count in counts.rows() if word.isalpha()]
    none = np.full(len(rows), np.nan)
    about = {"format": "minent lexicon 1", "runs": "digits", "normalize": "none"}
    strings = Lexicon(
        [word for word, _ in rows], np.array([count for _, count in rows]), none, none, none, np.zeros(len(rows)), about
    )
    fitted, _ = reestimate(corpus, strings, rounds=10)
    fitted.save(path, force=True)
    return path
