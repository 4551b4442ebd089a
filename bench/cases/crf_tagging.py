"""Cutting text with a trained CRF, from file to file on one core, start-up subtracted; peers on a tenth of the text."""

from collections.abc import Iterator
from pathlib import Path
from statistics import median

import measure
from context import NEWS, Context, Row
from crf_tools import Crf, crfsuite, minent_crf, wapiti
from measure import Command

COLUMNS = {
    "CRF": "",
    "trained on": "",
    "M characters": ".2f",
    "CPU s, net": ".2f",
    "M characters/s": ".2f",
    "peak MiB": ",.0f",
}

PEERS = (crfsuite("ap"), wapiti("l-bfgs"))
TRAINED = "msr"


def rows(context: Context) -> Iterator[Row]:
    news = context.file(NEWS)
    plain, raw = minent_crf(), minent_crf("minent, --raw news", "--raw", news)
    for crf, name in (
        (plain, "msr"),
        (plain, "pku"),
        (raw, "pku"),
        (minent_crf("minent, --tags 6", "--tags", "6"), "pku"),
    ):
        model = context.work / "tagger.crf"
        measure.run(Command(crf.learn(context.file(f"eval/{name}/train_gold.txt"), model)))
        yield _row(context, crf, name, model, news, context.repeat)
    for peer in context.present(PEERS):
        model = context.work / "peer.model"
        measure.run(Command(peer.learn(context.file(f"eval/{TRAINED}/train_gold.txt"), model)))
        yield _row(context, peer, TRAINED, model, context.file("zh_news_heldout.txt"), 1)


def _row(context: Context, crf: Crf, trained: str, model: Path, text: Path, rounds: int) -> Row:
    words = context.work / "words.txt"
    whole, empty = [], []
    for _ in range(rounds + 1):  # the first is for warming up
        whole.append(crf.segment(model, text, words))
        empty.append(crf.segment(model, context.one_line(), words))
    net = median(measure.net_cpu(whole[1:], empty[1:]))
    size = len(text.read_text("utf-8")) / 1e6
    return {
        "CRF": crf.name,
        "trained on": trained,
        "M characters": size,
        "CPU s, net": net,
        "M characters/s": size / net,
        "peak MiB": measure.peak(whole) / 2**20,
    }
