"""Parsing: against all trees there are, on long lines, with words of every kind."""

import naive_parsing
import pytest
from hypothesis import given
from hypothesis import strategies as st
from naive_parsing import Grammar, Tree
from test_kernels_chart import NULL, SCORES, TEMPLATES, clause_of

from minent import Lexicon, ParseOptions, Parser, Template, TemplateSet, parse
from minent.errors import InputError
from minent.parsing.ranking import Edge, Ranking, TreeRanking

HEADER = "# format: minent lexicon 1\n# runs: digits,letters\nword\tcount\tpmi\tleft_entropy\tright_entropy\tscore\n"


def templates_of(*patterns: str, **about: str | int | float) -> TemplateSet:
    return TemplateSet(map(Template.parse, patterns), 2 * len(patterns), {"units": "spaces", **about})


def brackets(text: str, *patterns: str, **chosen: object) -> str:
    return parse(text, templates_of(*patterns), options=ParseOptions(**chosen)).brackets()  # type: ignore[arg-type]


def nested(nodes: list[list[int]]) -> Tree:
    """Nodes in a row as a tree of the slow twin."""
    first, end, made, depth = nodes[0]
    inside: list[list[list[int]]] = []
    for node in nodes[1:]:
        if node[3] == depth + 1:
            inside.append([])
        inside[-1].append(node)
    assert all(first <= node[0] < node[1] <= end for node in nodes)
    trees = tuple(map(nested, inside))
    return ("word", first) if made == -2 else ("row", trees) if made == -1 else ("template", made, trees)


@given(st.lists(st.sampled_from("xaabb"), min_size=1, max_size=5).map(tuple), TEMPLATES, SCORES, NULL, st.booleans())
def test_all_trees_in_the_order_of_their_scores(
    words: tuple[str, ...], templates: list[tuple[str | None, ...]], scores: list[int], null: int, left: bool
) -> None:
    clause, grammar = clause_of(words, templates, scores, null, left)
    expected = naive_parsing.derivations(words, grammar)
    ranking = TreeRanking([clause])
    found = []
    while (tree := ranking.get(len(found))) is not None:
        found.append(tree)
    assert found[0] == (clause.score, [clause.best()])
    assert [score for score, _ in found] == [score for score, _ in expected]
    trees = {nested(nodes) for _, (nodes,) in found}
    assert trees == {tree for _, tree in expected}
    assert len(trees) == len(found)
    assert all(score == weigh(nested(nodes), grammar) for score, (nodes,) in found)


def weigh(tree: Tree, grammar: Grammar) -> int:
    kind, *rest = tree
    if kind == "word":
        return 0
    inside = sum(weigh(each, grammar) for each in rest[-1])
    return inside + (grammar.scores[rest[0]] if kind == "template" else grammar.null * (len(rest[0]) - 1))


@given(st.integers(1, 3), st.data())
def test_the_best_trees_of_a_line_are_those_of_its_clauses_together(size: int, data: st.DataObject) -> None:
    templates: list[tuple[str | None, ...]] = [("a", None), (None, "b", None), ("a", None, "b")]
    clauses = [
        clause_of(
            data.draw(st.lists(st.sampled_from("xab"), min_size=1, max_size=4).map(tuple)), templates, [-1, -2, 0], -3
        )[0]
        for _ in range(size)
    ]
    scores = [0]
    for clause in clauses:
        own = [score for score, _ in naive_parsing.derivations(words_of(clause.words.tolist()), grammar_of(templates))]
        scores = [score + other for score in scores for other in own]
    ranking = TreeRanking(clauses)
    found = [tree for rank in range(12) if (tree := ranking.get(rank)) is not None]
    assert [score for score, _ in found] == sorted(scores, reverse=True)[:12]
    assert len({repr(tree) for tree in found}) == len(found)


def words_of(numbers: list[int]) -> tuple[str, ...]:
    return tuple("x" if number == 0 else "ab"[number - 2] for number in numbers)


def grammar_of(templates: list[tuple[str | None, ...]]) -> Grammar:
    return clause_of(("a",), templates, [-1, -2, 0], -3)[1]


def test_a_ranking_is_as_deep_as_it_must_be() -> None:
    """No recursion: a chain of vertices, each of two ways, has as many derivations as the sums of powers of two."""
    chain: Ranking[int] = Ranking(
        lambda vertex: (
            [Edge(0, ()), Edge(-(2**vertex), ())]
            if vertex < 40
            else [Edge(0, (vertex - 40,))]
            if vertex == 40
            else [Edge(0, (vertex - 1, (vertex - 41) % 40))]
        )
    )
    scores = [found.score for rank in range(20) if (found := chain.get(3000, rank)) is not None]
    assert len(scores) == 20
    assert scores == sorted(scores, reverse=True)
    assert scores[0] == 0


def test_a_template_in_the_hole_of_another() -> None:
    patterns = ("[X] of [Y]", "what is [X]", "the [X]")
    assert brackets("what is the name of the rose", *patterns) == "(what is ((the (name)) of (the (rose))))"
    tree = parse("what is the name of the rose", templates_of(*patterns))
    assert tree.score == pytest.approx(4 * -1.791759, abs=1e-5)


def test_where_nothing_matches_words_and_blocks_stand_in_a_row() -> None:
    assert brackets("a b c", "x [Y]") == "(a b c)"
    assert parse("a b c", templates_of("x [Y]")).score == -40
    assert brackets("a x b", "x [Y]") == "(a (x (b)))"
    assert brackets("a x", "x [Y]") == "(a x)"
    # A template is no better than a row if it costs more.
    rare = TemplateSet([Template.parse("x [Y]")], 10**8, {"units": "spaces"})
    assert parse("x a", rare).brackets() == "(x (a))"
    assert Parser(rare, options=ParseOptions(null_score=-1)).parse("x a").brackets() == "(x a)"


@pytest.mark.parametrize(
    ("text", "patterns", "right", "left"),
    [
        # The last hole as long as it can be, or as short.
        ("a of b of c", ["[X] of [Y]"], "((a) of ((b) of (c)))", "(((a) of (b)) of (c))"),
        ("p a a a r", ["p [X] a [Y]"], "(p (a) a (a r))", "(p (a a) a (r))"),
        # More fixed words; more holes; the rarer one.
        ("p a q", ["p [X]", "p a [X]"], "(p a (q))", "(p a (q))"),
        ("p a q", ["p [X]", "[X] a [Y]"], "((p) a (q))", "((p) a (q))"),
        # The first element of a row as short as it can be, or as long.
        ("a x a x a y", ["a [X] a"], "(a x (a (x) a) y)", "((a (x a x) a) y)"),
    ],
)
def test_ties(text: str, patterns: list[str], right: str, left: str) -> None:
    assert brackets(text, *patterns) == right
    assert brackets(text, *patterns, branching="left") == left


def test_of_equal_templates_the_rarer_one_is_outside() -> None:
    often, rarely = Template(("p", None), 5), Template(("q", None), 5)
    for first, second in ((often, rarely), (rarely, often)):
        rare = Template(first.parts, 2)
        found = parse("p q x", TemplateSet([rare, second], 10, {"units": "spaces"}))
        assert found.brackets() == "(p (q (x)))"
    a, b = Template((None, "a"), 5), Template(("b", None), 5)
    assert parse("b x a", TemplateSet([a, Template(b.parts, 4)], 9, {"units": "spaces"})).brackets() == "(b ((x) a))"
    assert parse("b x a", TemplateSet([Template(a.parts, 4), b], 9, {"units": "spaces"})).brackets() == "((b (x)) a)"


def test_templates_that_say_nothing_or_are_none() -> None:
    assert brackets("a b", "a") == "(a b)"
    assert brackets("a b") == "(a b)"
    assert brackets("a b", "a b") == "(a b)"
    assert parse("a b", TemplateSet([Template(("a", "b"), 5)], 1, {"units": "spaces"})).score == 0


def test_marks_end_clauses() -> None:
    patterns = ("[X] of [Y]", "the [X]")
    assert brackets("a of b, the c! d", *patterns) == "(((a) of (b)) , (the (c)) ! d)"
    assert brackets("?!", *patterns) == "(? !)"
    # Unless a template has the mark, or marks are words.
    assert brackets("if a, then b.", "if [X] , then [Y]") == "((if (a) , then (b)) .)"
    lines = TemplateSet([Template.parse("[X] : error")], 2, {"units": "spaces", "clauses": "lines"})
    assert parse("10 : 30 : error", lines).brackets() == "((10 : 30) : error)"


def test_no_words_one_word() -> None:
    for text in ("", "  "):
        tree = parse(text, templates_of("a [X]"))
        assert (tree.words, tree.nodes, tree.score, str(tree), tree.brackets(), tree.expanded()) == (
            (),
            (),
            0,
            *[""] * 3,
        )
        assert Parser(templates_of("a [X]")).nbest(text, 3) == [tree]
    for word in ("a", "x"):
        tree = parse(word, templates_of("a [X]"))
        assert (tree.brackets(), tree.expanded(), tree.score) == (f"({word})", "[X]", 0)
        assert Parser(templates_of("a [X]")).nbest(word, 3) == [tree]


def test_nbest() -> None:
    trees = Parser(templates_of("[X] of [Y]", "the [X]")).nbest("the a of b", 3)
    assert [tree.brackets() for tree in trees] == ["((the (a)) of (b))", "(the ((a) of (b)))", "((the a) of (b))"]
    assert [round(tree.score, 2) for tree in trees] == [-2.77, -2.77, -21.39]


def test_long_clauses_are_cut_and_long_lines_end() -> None:
    assert brackets("a of b of c of d", "[X] of [Y]", max_words=3) == "(((a) of (b)) (of c of) d)"
    text = " ".join(["a", "of"] * 10_000)
    tree = parse(text, templates_of("[X] of [Y]"))
    assert len(tree.words) == 20_000
    assert len(str(tree).splitlines()) == 19_901
    assert max(node.depth for node in tree.nodes) == 101
    deep = Parser(templates_of("[X] of [Y]"), options=ParseOptions(max_words=300)).parse(text[:1500])
    assert deep.brackets().count("(") > 300


def test_words_are_those_that_templates_are_mined_with() -> None:
    chars = TemplateSet([Template.parse("[X] 0 [Y]"), Template.parse("[X] 的 [Y]")], 2, {"units": "characters"})
    assert parse("我有12.5个", chars).brackets() == "((我 有) 12.5 (个))"
    spaced = templates_of("the [X]", "[X] 0 [Y]")
    assert parse("the well-known 3:45 x", spaced).brackets() == "(the (well-known 3:45 x))"
    assert parse("a 3.5 b", spaced).brackets() == "((a) 3.5 (b))"
    # Words without case, and of two kinds, stay whole.
    assert parse("ก้าน the x2y -- b", spaced).brackets() == "((ก้าน (the (x2y))) -- b)"


@pytest.fixture
def lexicon(tmp_path_factory: pytest.TempPathFactory) -> Lexicon:
    path = tmp_path_factory.mktemp("lexicon") / "lexicon.tsv"
    path.write_text(HEADER + "什么\t5\n意思\t5\n0年\t3\n", "utf-8")
    return Lexicon.load(path)


def test_words_of_a_lexicon(lexicon: Lexicon) -> None:
    templates = TemplateSet([Template.parse("[X] 是 什么 意思"), Template.parse("0年 [X]")], 2, {"units": "words"})
    tree = parse("1998年好是什么意思？", templates, lexicon)
    assert tree.brackets() == "(((1998年 (好)) 是 什么 意思) ？)"
    assert tree.expanded() == "0年[X]是什么意思？"
    assert Parser(templates, lexicon).unusable == []


def test_a_lexicon_of_another_alphabet(lexicon: Lexicon) -> None:
    templates = TemplateSet([Template.parse("[X] 怎么样"), Template.parse("有没有 [X]")], 2, {"units": "words"})
    with pytest.raises(InputError, match="not all the words of a single template"):
        Parser(templates, lexicon)
    more = TemplateSet([*templates, Template.parse("什么 [X]")], 3, {"units": "words"})
    assert [each.pattern for each in Parser(more, lexicon).unusable] == ["[X] 怎么样", "有没有 [X]"]
    single = TemplateSet(map(Template.parse, ("[X] か\u3099", "[X] ……", "[X] don't", "0 [X]")), 4, {"units": "words"})
    assert Parser(single, lexicon).unusable == []
    with pytest.raises(InputError, match="words of a lexicon: give the lexicon"):
        Parser(templates)
    with pytest.raises(InputError, match="characters: give no lexicon"):
        Parser(TemplateSet([], 1, {"units": "characters"}), lexicon)


def test_lines() -> None:
    parser = Parser(templates_of("a [X]"))
    text = "a b\n\nc\u2028d\ne"
    found = [tree for (tree,) in parser.parse_lines(text.encode())]
    assert [tree.text for tree in found] == text.split("\n")
    assert found == [parser.parse(line) for line in text.split("\n")]
    assert [len(trees) for trees in parser.parse_lines(b"a b\nc\n", 5)] == [2, 1]
    with pytest.raises(InputError, match="more than one line"):
        parser.parse("a\nb")


@pytest.mark.parametrize(
    "wrong", [{"null_score": 1}, {"null_score": float("nan")}, {"branching": "up"}, {"max_words": 0}]
)
def test_options_that_do_not_fit(wrong: dict[str, object]) -> None:
    with pytest.raises(InputError):
        ParseOptions(**wrong)  # type: ignore[arg-type]
