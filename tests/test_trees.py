"""What trees look like: indented, in brackets, as JSON, as a flat pattern, as a picture."""

import json
import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_parser import templates_of

from minent import Parser, Tree
from minent.scoring.bracketing import read_brackets
from minent.trees.pictures import draw_trees
from minent.trees.tree import ROW, WORD

SVG = "{http://www.w3.org/2000/svg}"
PARSER = Parser(templates_of("[X] of [Y]", "what is [X]", "the [X]", separator="space"))
LINES = st.lists(st.sampled_from(["a", "of", "the", "what is", "(", "\\", "b)c", ",", "名"]), max_size=9).map(" ".join)


def test_indented() -> None:
    assert str(PARSER.parse("what is the name of the big rose, a b the c?")).split("\n") == [
        "+",
        "  what is [X]",
        "    [X] [X] of [Y]",
        "      [X] the [X]",
        "        [X] name",
        "      [Y] the [X]",
        "        [X] big rose",
        "  ,",
        "  +",
        "    a",
        "    b",
        "    the [X]",
        "      [X] c",
        "  ?",
    ]


def test_json() -> None:
    tree = PARSER.parse(" the a, b ")
    assert json.loads(json.dumps(tree.as_dict())) == {
        "text": " the a, b ",
        "score": tree.score,
        "words": [[1, 4], [5, 6], [6, 7], [8, 9]],
        "nodes": [
            {"span": [1, 9], "kind": "row", "template": None, "parent": -1},
            {"span": [1, 6], "kind": "template", "template": "the [X]", "parent": 0},
            {"span": [5, 6], "kind": "word", "template": None, "parent": 1},
            {"span": [6, 7], "kind": "mark", "template": None, "parent": 0},
            {"span": [8, 9], "kind": "word", "template": None, "parent": 0},
        ],
    }


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("what is the name of the rose", "what is the [X] of the [Y]"),
        ("a b the c", "[X] the [Y]"),
        ("the a, b", "the [X] , [Y]"),
        ("x", "[X]"),
        ("a of b of c of d of e", "[X] of [Y] of [Z] of [X4] of [X5]"),
    ],
)
def test_the_flat_pattern(text: str, pattern: str) -> None:
    assert PARSER.parse(text).expanded() == pattern


@given(LINES)
def test_brackets_come_back(line: str) -> None:
    tree = PARSER.parse(line)
    read = read_brackets(tree.brackets())
    assert read.words == [tree.word(number) for number in range(len(tree.words))]
    several = {(node.start, node.end) for node in tree.nodes if node.end > node.start + 1}
    assert {bracket for bracket in read.brackets if bracket[1] > bracket[0] + 1} == several


@given(LINES)
def test_every_word_is_in_one_place(line: str) -> None:
    tree = PARSER.parse(line)
    own = [word for words in tree.own_words() for word in words]
    assert sorted(own) == list(range(len(tree.words)))
    for node, inside, words in zip(tree.nodes, tree.children(), tree.own_words(), strict=True):
        assert len(inside) == (node.template.holes if node.template else len(inside) * (node.kind == ROW))
        if node.template is not None:
            assert [tree.word(word) for word in words] == list(node.template.words)
        elif node.kind == WORD:
            assert node.end == node.start + 1


def texts(picture: str) -> list[str]:
    return [each.text or "" for each in ElementTree.fromstring(picture).iter(f"{SVG}text")]


def test_a_picture() -> None:
    tree = PARSER.parse("the <b> & c of d")
    picture = draw_trees([tree])
    marks = ["+", "<", "b", ">", "&", "[X] of [Y]", "c", "of", "d"]
    assert texts(picture) == ["+", "the", *marks[1:]]
    root = ElementTree.fromstring(picture)
    assert root.get("role") == "img"
    assert root.findtext(f"{SVG}title") == "Nested templates of: the <b> & c of d"
    assert root.findtext(f"{SVG}desc") == tree.brackets()
    assert "prefers-color-scheme:dark" in picture
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", picture)
    assert "url(" not in picture


@given(st.lists(LINES, max_size=3))
def test_nothing_in_a_picture_overlaps(lines: list[str]) -> None:
    trees = [PARSER.parse(line) for line in lines]
    root = ElementTree.fromstring(draw_trees(trees))
    width, height = float(root.get("width", "0")), float(root.get("height", "0"))
    groups = root.findall(f"{SVG}g")
    assert root.findtext(f"{SVG}desc") == "\n".join(tree.brackets() for tree in trees)
    top = 0.0
    for group, tree in zip(groups, trees, strict=True):
        x, y = map(float, re.findall(r"[\d.]+", group.get("transform", "")))
        assert y >= top
        rows: dict[str, list[tuple[float, float]]] = {}
        for each in group.findall(f"{SVG}text"):
            wide = sum(2 if character == "名" else 1 for character in each.text or "")
            middle = float(each.get("x", "0"))
            rows.setdefault(each.get("y", ""), []).append((middle - 4.5 * wide, middle + 4.5 * wide))
            top = max(top, y + float(each.get("y", "0")))
            assert x + middle + 4.5 * wide < width
        for spans in rows.values():
            assert all(a[1] < b[0] for a, b in zip(sorted(spans), sorted(spans)[1:], strict=False))
        words = [each.text for each in group.findall(f"{SVG}text") if each.get("class") in ("word", "fixed")]
        assert sorted(filter(None, words)) == sorted(tree.word(number) for number in range(len(tree.words)))
    assert top < height


def test_pictures_hold_what_xml_can() -> None:
    tree = Tree("a\x01\ud800", ((0, 3),), (PARSER.parse("a").nodes[0],), 0.0)
    assert texts(draw_trees([tree])) == ["a\ufffd\ufffd"]
    assert texts(draw_trees([])) == []
