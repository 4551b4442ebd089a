"""Training a CRF to cut Chinese: CPU, memory and F beside CRFsuite and Wapiti, with the same features and tags.

Peers run once, to their own stop, with their defaults, and two with a weaker penalty, which suits such texts.  The
text of pku is a stand-in for that of the bakeoff (the same newspaper, of two months), that of msr a seventh of it.
All of it takes half an hour.
"""

from collections.abc import Iterator
from pathlib import Path
from statistics import median

import measure
from context import Context, Row
from crf_tools import Crf, crfsuite, minent_crf, score, wapiti
from measure import Command

COLUMNS = {
    "text": "",
    "M characters": ".2f",
    "CRF": "",
    "training, CPU s": ".2f",
    "times minent's": ".0f",
    "peak MiB": ",.0f",
    "model MB": ".1f",
    "F": ".4f",
    "95 %": "",
}

PEERS = (
    crfsuite("lbfgs"),
    crfsuite("lbfgs", "c2=0.05"),
    crfsuite("ap"),
    wapiti("l-bfgs"),
    wapiti("l-bfgs", "-1", "0.1"),
    wapiti("sgd-l1"),
)
# Minutes of each peer on msr become a quarter of an hour on pku: there, the quickest of each kind.
SETS = {"msr": PEERS, "pku": (crfsuite("ap"), wapiti("l-bfgs"))}


def rows(context: Context) -> Iterator[Row]:
    mine = minent_crf()
    tiny = context.work / "tiny.txt"
    tiny.write_text("他们 来 了\n我 去\n", "utf-8")
    for name, peers in SETS.items():
        gold = context.file(f"eval/{name}/train_gold.txt")
        model = context.work / f"{name}.crf"
        commands = {
            "whole": Command(mine.learn(gold, model)),
            "start-up": Command(mine.learn(tiny, tiny.with_suffix(".crf"))),
        }
        usages = measure.interleave(commands, context.repeat)
        cost = median(measure.net_cpu(usages["whole"], usages["start-up"]))
        yield _row(context, name, mine, model, cost, measure.peak(usages["whole"]), cost)
        for peer in context.present(peers):
            model = context.work / "peer.model"
            usage = measure.run(Command(peer.learn(gold, model)))
            yield _row(context, name, peer, model, peer.net(model, usage), usage.rss, cost)


def _row(context: Context, name: str, crf: Crf, model: Path, cpu: float, peak: int, ours: float) -> Row:
    words = context.work / "words.txt"
    crf.segment(model, context.file(f"eval/{name}/raw.txt"), words)
    scores = score(context.file(f"eval/{name}/gold.txt"), words, context.file(f"eval/{name}/vocab.txt"))
    text = context.file(f"eval/{name}/train_raw.txt").read_text("utf-8")
    assert scores.words.f_interval is not None
    return {
        "text": name,
        "M characters": (len(text) - text.count("\n")) / 1e6,
        "CRF": crf.name,
        "training, CPU s": cpu,
        "times minent's": cpu / ours,
        "peak MiB": peak / 2**20,
        "model MB": model.stat().st_size / 1e6,
        "F": scores.words.f,
        "95 %": "{:.4f} to {:.4f}".format(*scores.words.f_interval),
    }
