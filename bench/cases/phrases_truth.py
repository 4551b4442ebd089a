"""What the phrases of a generated text are, whose words are known: by type, most occurrences decide.

A phrase of the text is a word that level 1 has cut apart; or words that the generator has put side by side on purpose
(all that it does on purpose is what can be read in two ways); or other words in a row; or it begins or ends in a word.
"""

import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import accumulate, pairwise
from pathlib import Path

import measure
from context import Context, Row
from texts import GENERATE
from tools import learn_minent

from minent import Lexicon, Segmenter

RANKS = (100, 1_000)
KINDS = ("a word cut apart", "two readings", "other words", "broken")
COLUMNS = {"text": "", "phrases": "", "found in it": ",", **dict.fromkeys(KINDS, ".3f")}
TEXTS = {"10 MB, generated": (), "10 MB, generated with templates": ("--templates",)}


def rows(context: Context) -> Iterator[Row]:
    for text, options in TEXTS.items():
        folder = context.work / f"truth{len(options)}"
        subprocess.run([sys.executable, GENERATE, "--size", "10MB", "--out", folder, *options], check=True)
        measure.run(measure.Command([*learn_minent([folder / "text.txt"], folder / "both.tsv"), "--levels", "2"]))
        lexicon = Lexicon.load(folder / "both.tsv")
        kinds = _kinds(lexicon, folder)
        names = lexicon.at_level(2).words
        for rank in (*(rank for rank in RANKS if rank < len(names)), len(names)):
            found = Counter(kinds[name] for name in names[:rank] if name in kinds)
            total = sum(found.values())
            name = "all" if rank == len(names) else f"the first {rank:,}"
            yield {"text": text, "phrases": name, "found in it": total, **{kind: found[kind] / total for kind in KINDS}}


def _kinds(lexicon: Lexicon, folder: Path) -> dict[str, str]:
    known = {row.split("\t")[0] for row in (folder / "words.tsv").read_text(encoding="utf-8").split("\n")}
    listed = {phrase.replace(" ", ""): phrase for phrase in lexicon.at_level(2).words}
    text = (folder / "text.txt").read_bytes()
    cuts = [b"".join(Segmenter(lexicon, level=level).write([text])).decode().split("\n") for level in (1, 2)]
    gold = (folder / "gold.txt").read_text(encoding="utf-8").split("\n")
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for right, as_words, as_phrases in zip(gold, *cuts, strict=True):
        truth, words = _bounds(right), _bounds(as_words)
        for start, end in pairwise(sorted(_bounds(as_phrases))):
            phrase = "".join(right.split())[start:end]
            if sum(start < at < end for at in words) and phrase in listed:
                inner = sum(start < at < end for at in truth)
                whole = start in truth and end in truth
                found[listed[phrase]][_kind(phrase, known, whole=whole, inner=inner)] += 1
    return {phrase: max(kinds, key=lambda kind: kinds[kind]) for phrase, kinds in found.items()}


def _kind(phrase: str, known: set[str], *, whole: bool, inner: int) -> str:
    if not whole:
        return KINDS[3]
    if not inner:
        return KINDS[0]
    return KINDS[1 if _readings(phrase, known) > 1 else 2]


def _bounds(line: str) -> set[int]:
    return {0, *accumulate(map(len, line.split()))}


def _readings(text: str, known: set[str]) -> int:
    """In how many ways known words can be put together to a text."""
    ways = [1]
    for end in range(1, len(text) + 1):
        ways.append(sum(ways[start] for start in range(end) if text[start:end] in known))
    return ways[-1]
