"""Lexicons handed over: words a second to a file, and whether MeCab and jieba then cut as minent does."""

import os
import re
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from time import process_time

import numpy as np
from context import NEWS, Context, Row
from tools import MINENT, Absent

from minent import Lexicon, Segmenter, export_lexicon
from minent.export import LEXICONS

HELD_OUT = "zh_news_heldout.txt"
WORDS = 1_000_000
LINES = 4000
COLUMNS = {
    "format": "",
    "words": ",",
    "CPU s": ".2f",
    "words a second": ",.0f",
    "blocks of ideographs": ",",
    "cut in another way": ",",
}


def rows(context: Context) -> Iterator[Row]:
    news = context.file(NEWS)
    learnt = Lexicon.load(context.learnt(MINENT, [news]))
    large = _large(news.read_text("utf-8"), learnt)
    lines = context.file(HELD_OUT).read_text("utf-8").splitlines()[:LINES]
    blocks = [block for line in lines for block in re.findall("[\u4e00-\u9fd5]+", line)]
    segmenter = Segmenter(learnt)
    ours = [[block[start:end] for start, end in segmenter.spans(block)] for block in blocks]
    cutters = {"jieba-main": _jieba, "mecab-dict": _mecab}
    for target in LEXICONS:
        path = context.work / target
        seconds = []
        for _ in range(context.repeat):
            begun = process_time()
            export_lexicon(large, target, path, force=True)
            seconds.append(process_time() - begun)
        row: Row = {
            "format": target,
            "words": WORDS,
            "CPU s": median(seconds),
            "words a second": WORDS / median(seconds),
        }
        if target in cutters:
            export_lexicon(learnt, target, path, force=True)
            try:
                cut = cutters[target](path)
            except Absent as absent:
                context.skip(target, absent)
            else:
                row["blocks of ideographs"] = len(blocks)
                row["cut in another way"] = sum(cut(block) != own for block, own in zip(blocks, ours, strict=True))
        yield row


def _large(text: str, learnt: Lexicon) -> Lexicon:
    """A lexicon of a million words, of two to five characters of a text, with the evidence of others."""
    text = "".join(re.findall("[\u4e00-\u9fff]+", text))
    found: dict[str, None] = {}
    for size in range(2, 6):
        found |= dict.fromkeys(text[at : at + size] for at in range(0, len(text) - size, 7))
    words = list(found)[:WORDS]
    of = np.random.default_rng(1).integers(0, len(learnt), len(words))
    evidence = (learnt.pmi[of], learnt.left_entropy[of], learnt.right_entropy[of], learnt.score[of])
    return Lexicon(words, learnt.count[of], *evidence, learnt.about)


def _jieba(path: Path) -> Callable[[str], list[str]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it is older than this Python
        try:
            import jieba
        except ImportError:
            raise Absent("no package jieba") from None
    tokenizer = jieba.Tokenizer(str(path))
    tokenizer.tmp_dir = str(path.parent)
    return lambda text: list(tokenizer.cut(text, HMM=False))


def _mecab(path: Path) -> Callable[[str], list[str]]:
    try:
        import fugashi
    except ImportError:
        raise Absent("no package fugashi") from None
    script = "import fugashi, sys; fugashi.build_dictionary(sys.argv[1])"
    call = f"mecab-dict-index -f UTF-8 -t UTF-8 -d {path} -o {path}"
    subprocess.run([sys.executable, "-c", script, call], check=True, capture_output=True)
    tagger = fugashi.GenericTagger(f"-r {os.devnull} -d {path}")
    return lambda text: [word.surface for word in tagger(text)]
