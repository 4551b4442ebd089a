"""Do the brackets of `parse` agree with those of generated text, whose trees are known, and of treebanks?

Generated text is given as words, and each clause counts as a sentence; it is parsed with the templates it is made of,
and with those that are mined in it.  Treebanks (CoNLL-U) are given as the raw text in them; templates are mined in
other text of the language.  Brackets around a single word or a whole sentence do not count.
"""

import subprocess
import sys
from collections.abc import Iterator
from itertools import compress, pairwise
from pathlib import Path

import measure
from context import NEWS, Context, Row
from texts import GENERATE
from tools import MINENT, Absent, mine_minent

from minent import Lexicon, Parser, Template, TemplateSet
from minent.scoring.bracketing import Bracketed, evaluate_brackets, read_brackets, without_punctuation
from minent.scoring.treebanks import read_treebank

COLUMNS = {
    "text": "",
    "templates": "",
    "known": ",",
    "sentences": ",",
    "gold brackets": ",",
    "P": ".3f",
    "R": ".3f",
    "F": ".3f",
    "right-branching F": ".3f",
    "left-branching F": ".3f",
    "random F": ".3f",
}

GENERATED, SENTENCES = "4MB", 5000
# Treebank -> the text that templates are mined in, and whether its words stand between spaces.
TREEBANKS = {
    "en_ewt": ("en_20m.txt", True),
    "zh_gsdsimp": (NEWS, False),
}
LENGTHS = (10, 40)


def rows(context: Context) -> Iterator[Row]:
    yield from _generated(context)
    for name, (corpus, spaced) in TREEBANKS.items():
        try:
            treebank, text = context.file(f"eval/ud/{name}-ud-test.conllu"), context.file(corpus)
        except Absent as absent:
            context.skip(name, absent)
        else:
            yield from _treebank(context, name, treebank, text, spaced=spaced)


def _generated(context: Context) -> Iterator[Row]:
    folder = context.work / "trees"
    script = GENERATE.with_name("generate_trees.py")
    subprocess.run([sys.executable, script, "--size", GENERATED, "--out", folder], check=True)
    table = (folder / "templates.tsv").read_text("utf-8").splitlines()[1:]
    known = [Template(Template.parse(row.split("\t")[1]).parts, max(1, int(row.split("\t")[2]))) for row in table]
    true = TemplateSet(known, sum(template.count for template in known), {"units": "spaces"})
    lines = (folder / "gold_brackets.txt").read_text("utf-8").splitlines()
    gold = [clause for line in lines[:SENTENCES] for clause in _clauses(read_brackets(line))]
    texts = [" ".join(clause.words) for clause in gold]
    mined = _mined(context, folder / "gold.txt", None)
    for name, templates in (("those it is made of", true), ("mined in it", mined)):
        yield _row(f"{GENERATED}, generated", name, gold, texts, Parser(templates))


def _clauses(line: Bracketed) -> Iterator[Bracketed]:
    """The clauses of a generated line."""
    marks = [at for at, word in enumerate(line.words) if word in "，。"]
    for before, mark in pairwise([-1, *marks]):
        inside = {(a - before - 1, b - before - 1) for a, b in line.brackets if before < a and b <= mark}
        yield Bracketed(line.words[before + 1 : mark], inside)


def _treebank(context: Context, name: str, treebank: Path, text: Path, *, spaced: bool) -> Iterator[Row]:
    lines = treebank.read_text("utf-8").splitlines()
    raw = [line.removeprefix("# text = ") for line in lines if line.startswith("# text = ")]
    gold = list(map(without_punctuation, read_treebank(lines, name)))
    words = None if spaced else context.learnt(MINENT, [text])
    templates, lexicon = _mined(context, text, words), None if words is None else Lexicon.load(words)
    parser = Parser(templates, lexicon)
    for longest in LENGTHS:
        kept = [len(sentence.words) <= longest for sentence in gold]
        sides = list(compress(gold, kept)), list(compress(raw, kept))
        yield _row(f"{name}, up to {longest} words", f"mined in {text.name}", *sides, parser)


def _mined(context: Context, text: Path, lexicon: Path | None) -> TemplateSet:
    path = context.work / f"{text.parent.name}-{text.stem}-templates.tsv"
    if not path.exists():
        measure.run(measure.Command(mine_minent(text, path, lexicon)))
    return TemplateSet.load(path)


def _row(text: str, what: str, gold: list[Bracketed], texts: list[str], parser: Parser) -> Row:
    scores = evaluate_brackets(gold, (read_brackets(parser.parse(line).brackets()) for line in texts))
    return {
        "text": text,
        "templates": what,
        "known": len(parser.templates),
        "sentences": scores.lines,
        "gold brackets": scores.brackets.gold,
        "P": scores.brackets.precision,
        "R": scores.brackets.recall,
        "F": scores.brackets.f,
        **{f"{baseline} F": part.f for baseline, part in scores.baselines.items()},
    }
