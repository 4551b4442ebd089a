"""Scores of brackets by hand and against a slow twin; brackets from files; generated trees."""

import random
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minent import Parser, Template, TemplateSet
from minent.errors import FormatError, InputError
from minent.scoring.bracketing import (
    BASELINES,
    Bracketed,
    branch,
    evaluate_brackets,
    read_brackets,
    without_punctuation,
)
from minent.scoring.evaluation import Agreement
from minent.scoring.treebanks import read_treebank

sys.path.insert(0, str(Path(__file__).parents[1] / "corpora"))
import generate_trees

CONLLU = """# sent_id = 1
# text = We don't like the big house.
1\tWe\twe\tPRON\t_\t_\t4\tnsubj\t_\t_
2-3\tdon't\t_\t_\t_\t_\t_\t_\t_\t_
2\tdo\tdo\tAUX\t_\t_\t4\taux\t_\t_
3\tn't\tnot\tPART\t_\t_\t4\tadvmod\t_\t_
4\tlike\tlike\tVERB\t_\t_\t0\troot\t_\t_
5\tthe\tthe\tDET\t_\t_\t7\tdet\t_\t_
6\tbig\tbig\tADJ\t_\t_\t7\tamod\t_\t_
7\thouse\thouse\tNOUN\t_\t_\t4\tobj\t_\t_
7.1\tit\t_\t_\t_\t_\t_\t_\t_\t_
8\t.\t.\tPUNCT\t_\t_\t4\tpunct\t_\t_

1\tah\t_\t_\t_\t_\t0\troot\t_\t_

"""


def bracketed(*lines: str) -> list[Bracketed]:
    return list(map(read_brackets, lines))


def test_a_line_by_hand() -> None:
    scores = evaluate_brackets(bracketed("((a b) (c (d e)))"), bracketed("((a b) ((c d) e))"))
    assert scores.brackets == Agreement(3, 3, 2)
    assert scores.all_brackets == Agreement(4, 4, 3)
    # a(b(c(de))), (((ab)c)d)e
    assert scores.baselines["right-branching"] == Agreement(3, 3, 2)
    assert scores.baselines["left-branching"] == Agreement(3, 3, 1)
    assert (scores.lines, scores.exact_lines, scores.words, scores.differing_lines) == (1, 0, 5, 0)
    assert scores.as_dict()["brackets"]["f"] == pytest.approx(2 / 3)


def test_what_does_not_count() -> None:
    # Single words, the same stretch twice, punctuation, the whole line.
    (once,) = bracketed("(((a b)) (c) ( , ) (d ( ! )))")
    scores = evaluate_brackets([once], bracketed("(a b) c , d !"))
    assert scores.brackets == Agreement(1, 1, 1)
    assert scores.all_brackets == Agreement(2, 2, 2)
    assert (scores.words, scores.exact_lines) == (4, 1)
    assert without_punctuation(once).words == ["a", "b", "c", "d"]
    for line in ("", "a", "(a)", "(. a)"):
        assert evaluate_brackets(bracketed(line), bracketed(line)).all_brackets == Agreement(0, 0, 0)


def test_other_words_of_the_same_text() -> None:
    scores = evaluate_brackets(
        bracketed("((天地 玄) 黄)"),
        bracketed(
            "((天 地 玄) 黄)",
        ),
    )
    assert scores.brackets == Agreement(1, 1, 1)


def test_other_text() -> None:
    scores = evaluate_brackets(bracketed("(a b) c", "(a b) c"), bracketed("(a b) d", "(a b) c"))
    assert scores.brackets == Agreement(2, 1, 1)
    assert scores.differing_lines == 1
    (difference,) = scores.differences
    assert (difference.line, difference.gold, difference.segmented) == (1, "abc", "abd")


@pytest.mark.parametrize(("gold", "parsed", "fewer"), [(1, 3, "gold standard"), (3, 1, "parsed text")])
def test_sides_of_other_length(gold: int, parsed: int, fewer: str) -> None:
    with pytest.raises(InputError, match=f"the {fewer} has 1 lines"):
        evaluate_brackets(bracketed(*["a"] * gold), bracketed(*["a"] * parsed))


def trees(words: int) -> st.SearchStrategy[str]:
    word = st.sampled_from(["a", "bc", ",", r"\(", "…"])
    return st.recursive(word, lambda inner: st.lists(inner, max_size=words).map(lambda row: f"({' '.join(row)})"))


@given(trees(3), st.randoms(use_true_random=False))
def test_against_a_slow_twin(line: str, dice: random.Random) -> None:
    gold = read_brackets(line)
    size = len(gold.words)
    other = Bracketed(gold.words, {tuple(sorted(dice.sample(range(size + 1), 2))) for _ in range(size)})

    def sets(side: Bracketed) -> set[tuple[int, ...]]:
        kept = [at for at, word in enumerate(side.words) if word not in (",", "(", "…")]
        held = {tuple(at for at in kept if start <= at < end) for start, end in side.brackets}
        return {each for each in held if 1 < len(each) < len(kept)}

    scores = evaluate_brackets([gold], [other])
    a, b = sets(gold), sets(other)
    assert scores.brackets == Agreement(len(a), len(b), len(a & b))


@given(st.integers(0, 30), st.sampled_from(BASELINES), st.integers(0, 9))
def test_baselines_are_binary_trees(size: int, baseline: str, seed: int) -> None:
    found = branch(size, baseline, seed)
    assert len(found) == max(0, size - 1)
    assert found == branch(size, baseline, seed)
    assert all(not (a < c < b < d) for a, b in found for c, d in found)
    assert all(0 <= start < end - 1 < size for start, end in found)


def test_random_trees_are_equally_probable() -> None:
    drawn = Counter(tuple(sorted(branch(4, "random", seed))) for seed in range(5000))
    assert len(drawn) == 5
    # Chi squared: with 4 degrees of freedom more than 25 is rarer than one in ten thousand.
    assert sum((count - 1000) ** 2 / 1000 for count in drawn.values()) < 25


@pytest.mark.parametrize("line", ["(a", "a)", "(a))("])
def test_brackets_that_do_not_match(line: str) -> None:
    with pytest.raises(FormatError, match="gold, line 2: a parenthesis is"):
        list(read_treebank(["a b", line], "gold"))


def test_a_treebank() -> None:
    first, second = read_treebank(CONLLU.splitlines(), "gold")
    assert first.words == ["We", "do", "n't", "like", "the", "big", "house", "."]
    assert {bracket for bracket in first.brackets if bracket[1] > bracket[0] + 1} == {(0, 7), (4, 7)}
    assert evaluate_brackets([first], bracketed("We don't like (the big house).")).brackets == Agreement(1, 1, 1)
    assert second == Bracketed(["ah"], {(0, 1)})


def test_words_that_do_not_spell_their_token_are_one() -> None:
    heads = {"1 zur": 0, "2-3 zum": "_", "2 zu": 4, "3 dem": 4, "4 Ort": 1}
    lines = "|".join(f"{word} _ _ _ _ {head} _ _ _" for word, head in heads.items())
    (found,) = read_treebank(lines.replace(" ", "\t").split("|"), "gold")
    assert found.words == ["zur", "zum", "Ort"]
    assert found.brackets >= {(0, 3), (1, 3)}


@given(st.integers(1, 7), st.randoms(use_true_random=False))
def test_a_projective_tree_has_a_bracket_for_each_head(size: int, dice: random.Random) -> None:
    """Heads are drawn; a head whose dependents, in any depth, stand in a row with it makes a bracket."""
    order = dice.sample(range(size), size)
    heads = {word: dice.choice(order[:at]) if at else -1 for at, word in enumerate(order)}
    lines = [f"{word + 1}\tw{word}" + "\t_" * 4 + f"\t{heads[word] + 1}" + "\t_" * 3 for word in range(size)]
    (found,) = read_treebank(lines, "gold")

    def below(head: int) -> set[int]:
        return {head}.union(*(below(word) for word in heads if heads[word] == head))

    held = [sorted(below(word)) for word in range(size)]
    rows = {(row[0], row[-1] + 1) for row in held if all(b == a + 1 for a, b in pairwise(row))}
    assert found == Bracketed([f"w{word}" for word in range(size)], rows)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("1\ta\t0", "line 2: a line of CoNLL-U has 10 columns, not 3"),
        ("2-3\ta" + "\t_" * 8, "line 2: here word 1 of a sentence must stand"),
        ("2\ta\t_\t_\t_\t_\t0\t_\t_\t_", "line 2: here word 1 of a sentence must stand"),
        ("1\ta\t_\t_\t_\t_\t_\t_\t_\t_", "line 2: here word 1 of a sentence must stand"),
        ("1\ta\t_\t_\t_\t_\t7\t_\t_\t_", "line 2: the head is no word"),
        ("1\ta\t_\t_\t_\t_\t1\t_\t_\t_", "line 2: no way leads from this word to the root"),
    ],
)
def test_treebanks_that_are_wrong(line: str, reason: str) -> None:
    with pytest.raises(FormatError, match=reason):
        list(read_treebank(["# remark", line], "gold"))


def test_brackets_of_generated_lines() -> None:
    assert generate_trees.brackets("{3 [ ab ] cd [ {8 f [ gh i ] } ] e } ， jk l 。") == (
        "(((ab) cd (f (gh i)) e) ， (jk l) 。)"
    )


def test_trees_of_generated_text_are_found(tmp_path: Path) -> None:
    language = generate_trees.generate_trees(tmp_path, generate_trees.Options(30_000, seed=2, templates=True))
    rows = [row.split("\t") for row in (tmp_path / "templates.tsv").read_text("utf-8").splitlines()[1:]]
    known = [Template(parts, max(1, int(row[2]))) for parts, row in zip(language.templates, rows, strict=True)]
    parser = Parser(TemplateSet(known, sum(each.count for each in known), {"units": "spaces"}))
    parsed = [trees[0] for trees in parser.parse_lines((tmp_path / "gold.txt").read_bytes())]
    gold = read_treebank((tmp_path / "gold_brackets.txt").read_text("utf-8").splitlines(), "gold")
    scores = evaluate_brackets(gold, (read_brackets(tree.brackets()) for tree in parsed))
    assert scores.differing_lines == 0
    assert scores.brackets.f > 0.85
    assert max(part.f for part in scores.baselines.values()) < 0.2
