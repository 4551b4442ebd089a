"""Trees: how a text is made of nested templates, and the ways to write one down."""

import re
from dataclasses import dataclass
from itertools import repeat
from typing import Any, NamedTuple, TypeAlias

from minent.templates import Template, hole_name

# What a node is: what a template makes, several words or blocks in a row, a single word, a mark between clauses.
TEMPLATE, ROW, WORD, MARK = "template", "row", "word", "mark"
# How a row is named in an indented tree and in a picture.
_ROW_NAME = "+"
_ESCAPED = re.compile(r"[()\\]")

Range: TypeAlias = tuple[int, int]


class Node(NamedTuple):
    """A block of words.

    start, end  its words, from `start` to before `end`
    kind        TEMPLATE, ROW, WORD or MARK
    template    that makes it, None for the other kinds
    depth       how many nodes it is in
    """

    start: int
    end: int
    kind: str
    template: Template | None
    depth: int


@dataclass(frozen=True)
class Tree:
    """A text as nested blocks: what fills a hole of a template is a node, and so is each element of a row.

    text       a line
    words      each as a range of characters, text[start:end]; white space lies between them
    nodes      each behind the node it is in and behind what stands before it there; none without words
    score      ln of the probabilities of all templates, and what rows cost, in nats
    separator  what stands between two words of a pattern: nothing, or a space

    A word that is in no node below a template is one of the template's own, fixed words.
    """

    text: str
    words: tuple[Range, ...]
    nodes: tuple[Node, ...]
    score: float
    separator: str = ""

    def __str__(self) -> str:
        return self.indented()

    def word(self, number: int) -> str:
        """Return a word of the text."""
        start, end = self.words[number]
        return self.text[start:end]

    def name(self, node: Node) -> str:
        """Return what stands for a node: the pattern of its template, its word, or "+" for a row."""
        if node.template is not None:
            return node.template.text(self.separator)
        return _ROW_NAME if node.kind == ROW else self._words(node.start, node.end)

    def _words(self, start: int, end: int) -> str:
        """Words in a row, with the white space of the text between them as one space."""
        found = ""
        for number in range(start, end):
            gap = number > start and self.words[number - 1][1] < self.words[number][0]
            found += " " * (gap or (number > start and bool(self.separator))) + self.word(number)
        return found

    def parents(self) -> list[int]:
        """Return for each node the number of the node it is in, -1 for the first."""
        above: list[int] = []
        parents = []
        for number, node in enumerate(self.nodes):
            del above[node.depth :]
            parents.append(above[-1] if above else -1)
            above.append(number)
        return parents

    def children(self) -> list[list[int]]:
        """Return for each node the numbers of the nodes right in it."""
        found: list[list[int]] = [[] for _ in self.nodes]
        for number, parent in enumerate(self.parents()):
            if parent >= 0:
                found[parent].append(number)
        return found

    def own_words(self) -> list[list[int]]:
        """Return for each node the numbers of the words in it that are in no node below it."""
        found = []
        for node, inside in zip(self.nodes, self.children(), strict=True):
            bounds = [node.start, *(at for child in inside for at in self.nodes[child][:2]), node.end]
            gaps = zip(bounds[::2], bounds[1::2], strict=True)
            found.append([at for start, end in gaps for at in range(start, end)])
        return found

    def indented(self) -> str:
        """Write the tree as lines, what is in a node below it and two spaces to the right.

        A template stands as its pattern, and what fills a hole behind the name of the hole; "+" stands for a row of
        blocks, a row of words alone for itself.
        """
        children = self.children()
        lines, holes = [], [""] * len(self.nodes)
        plain = [False] * len(self.nodes)
        for number, node in enumerate(self.nodes):
            if node.kind == TEMPLATE:
                for hole, child in enumerate(children[number]):
                    holes[child] = hole_name(hole) + " "
            if node.kind == ROW and all(self.nodes[child].kind == WORD for child in children[number]):
                for child in children[number]:
                    plain[child] = True
                name = self._words(node.start, node.end)
            else:
                name = self.name(node)
            if not plain[number]:
                lines.append("  " * node.depth + holes[number] + name)
        return "\n".join(lines)

    def brackets(self) -> str:
        """Write the tree in a line: words separated by spaces, what fills a hole and what makes a row in parentheses.

        In a word a backslash stands before each parenthesis and each backslash.  `minent.scoring.bracketing` reads it.
        """
        parents = self.parents()
        opens, closes = [0] * len(self.words), [0] * len(self.words)
        for node, parent in zip(self.nodes, parents, strict=True):
            if node.end > node.start + 1 or parent < 0 or self.nodes[parent].kind == TEMPLATE:
                opens[node.start] += 1
                closes[node.end - 1] += 1
        escaped = map(_ESCAPED.sub, repeat(r"\\\g<0>"), map(self.word, range(len(self.words))))
        parts = zip(opens, escaped, closes, strict=True)
        return " ".join(["(" * opened + word + ")" * closed for opened, word, closed in parts])

    def as_dict(self) -> dict[str, Any]:
        """Return everything ready for JSON: spans in characters of the text; a node names its parent by its number."""
        parents = self.parents()
        nodes = [
            {
                "span": [self.words[node.start][0], self.words[node.end - 1][1]],
                "kind": node.kind,
                "template": None if node.template is None else node.template.pattern,
                "parent": parent,
            }
            for node, parent in zip(self.nodes, parents, strict=True)
        ]
        return {"text": self.text, "score": self.score, "words": [list(word) for word in self.words], "nodes": nodes}

    def expanded(self) -> str:
        """Write the flat pattern of the text: each template in place of the hole it fills, holes for all other words.

        Holes in a row are one hole; marks between clauses stay.
        """
        parts: list[str | None] = []
        for word in self._fixed():
            if word is not None or not parts or parts[-1] is not None:
                parts.append(word)
        return Template(tuple(parts)).text(self.separator) if any(parts) else "".join(hole_name(0) for _ in parts)

    def _fixed(self) -> list[str | None]:
        """For each word of the text the fixed word of a template that it is, or the mark; None = neither."""
        found: list[str | None] = [None] * len(self.words)
        for node, own in zip(self.nodes, self.own_words(), strict=True):
            if node.kind == MARK:
                found[node.start] = self.word(node.start)
            elif node.template is not None:
                for at, word in zip(own, node.template.words, strict=True):
                    found[at] = word
        return found
