"""Slow, obvious twins of parsing: all ways to make a block of templates, one by one.

A template is a row of words, None for a hole.  A tree is ("word", i), ("template", number, trees in the holes) or
("row", trees).
"""

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import product
from typing import Any, NamedTuple, TypeAlias

Template: TypeAlias = tuple[str | None, ...]
Tree: TypeAlias = tuple[Any, ...]


class Grammar(NamedTuple):
    """Templates, what each scores, what an element of a row beyond the first scores."""

    templates: tuple[Template, ...]
    scores: tuple[int, ...]
    null: int


def fillings(template: Template, words: Sequence[str], start: int, end: int) -> list[list[tuple[int, int]]]:
    """All ways to lay a template over words[start:end], each as the stretches that its holes take."""
    if not template:
        return [[]] if start == end else []
    part, rest = template[0], template[1:]
    if part is not None:
        fits = start < end and words[start] == part
        return fillings(rest, words, start + 1, end) if fits else []
    return [
        [(start, middle), *others]
        for middle in range(start + 1, end + 1)
        for others in fillings(rest, words, middle, end)
    ]


def derivations(words: tuple[str, ...], grammar: Grammar) -> list[tuple[int, Tree]]:
    """All trees of a clause with their scores, the best first."""

    @cache
    def elements(start: int, end: int) -> list[tuple[int, Tree]]:
        if end == start + 1:
            return [(0, ("word", start))]
        found = []
        for number, template in enumerate(grammar.templates):
            for holes in fillings(template, words, start, end):
                for inside in product(*(blocks(*hole) for hole in holes)):
                    score = grammar.scores[number] + sum(each for each, _ in inside)
                    found.append((score, ("template", number, tuple(tree for _, tree in inside))))
        return found

    @cache
    def rows(start: int, end: int) -> list[tuple[int, tuple[Tree, ...]]]:
        """All rows of one element or more."""
        found = [(score, (tree,)) for score, tree in elements(start, end)]
        for middle in range(start + 1, end):
            for (first, tree), (rest, trees) in product(elements(start, middle), rows(middle, end)):
                found.append((first + grammar.null + rest, (tree, *trees)))
        return found

    @cache
    def blocks(start: int, end: int) -> list[tuple[int, Tree]]:
        return [(score, trees[0] if len(trees) == 1 else ("row", trees)) for score, trees in rows(start, end)]

    return sorted(blocks(0, len(words)), key=lambda each: -each[0])


class Cell(NamedTuple):
    """The best block and element of a stretch, its template, and where the first element of the row ends, else 0."""

    block: int
    element: int | None
    template: int
    split: int


def fill_chart(words: tuple[str, ...], grammar: Grammar, left: bool) -> dict[tuple[int, int], Cell]:
    found: dict[tuple[int, int], Cell] = {}
    for size in range(1, len(words) + 1):
        for start in range(len(words) - size + 1):
            end = start + size
            ways = [(0, -1)] if size == 1 else []
            for number, template in enumerate(grammar.templates if size > 1 else ()):
                for holes in fillings(template, words, start, end):
                    ways.append((grammar.scores[number] + sum(found[hole].block for hole in holes), number))
            element, template = max(ways, key=lambda way: (way[0], -way[1]), default=(None, -1))
            splits = [(element, 1, 0)] if element is not None else []
            for middle in range(start + 1, end):
                if (first := found[start, middle].element) is not None:
                    score = first + grammar.null + found[middle, end].block
                    splits.append((score, 0, middle if left else -middle))
            block, _, split = max(splits)
            found[start, end] = Cell(block, element, template, abs(split))
    return found


def trace_tree(words: tuple[str, ...], grammar: Grammar, left: bool) -> list[tuple[int, int, int, int]]:
    """The nodes of the best tree: first word, last + 1, template or -1 for a row or -2 for a word, depth."""
    chart = fill_chart(words, grammar, left)

    def nodes(start: int, end: int, depth: int) -> Iterator[tuple[int, int, int, int]]:
        cell = chart[start, end]
        inside = []
        if cell.split:
            yield start, end, -1, depth
            inside = [(start, cell.split)]
            while inside[-1][1] < end:
                first = inside[-1][1]
                inside.append((first, chart[first, end].split or end))
        elif end == start + 1:
            yield start, end, -2, depth
        else:
            yield start, end, cell.template, depth
            template = grammar.templates[cell.template]
            ways = fillings(template, words, start, end)
            best = max(sum(chart[hole].block for hole in way) for way in ways)
            ways = [way for way in ways if sum(chart[hole].block for hole in way) == best]
            inside = (max if left else min)(ways, key=lambda way: word_places(template, way, start)[::-1])
        for first, last in inside:
            yield from nodes(first, last, depth + 1)

    return list(nodes(0, len(words), 0))


def word_places(template: Template, holes: list[tuple[int, int]], start: int) -> list[int]:
    """Where the fixed words of a template stand."""
    places = []
    rest = iter(holes)
    for part in template:
        if part is None:
            start = next(rest)[1]
        else:
            places.append(start)
            start += 1
    return places


Item: TypeAlias = tuple[Template, int]


def list_items(words: Sequence[str], templates: Sequence[Template]) -> set[Item]:
    """The beginnings of templates, each up to a fixed word, and the places where this word can stand."""
    beginnings = {template[: at + 1] for template in templates for at, part in enumerate(template) if part is not None}
    return {
        (beginning, end - 1)
        for beginning in beginnings
        for start in range(len(words))
        for end in range(start + 1, len(words) + 1)
        if fillings(beginning, words, start, end)
    }


def sort_items(words: Sequence[str], templates: Sequence[Template]) -> set[Item]:
    """Those of them that begin a template all of whose fixed words are found."""
    found = list_items(words, templates)
    whole = {beginning for beginning, _ in found}
    ends = [template[:-1] if template[-1] is None else template for template in templates]
    kept = [end for end in ends if end in whole]
    return {(beginning, place) for beginning, place in found if any(end[: len(beginning)] == beginning for end in kept)}


def reach_items(words: tuple[str, ...], grammar: Grammar, start: int) -> dict[Item, int]:
    """The best score of each item that can begin at `start`."""
    chart = fill_chart(words, grammar, False)
    found = {}
    for beginning, place in sort_items(words, grammar.templates):
        ways = fillings(beginning, words, start, place + 1) if place >= start else []
        if ways:
            found[beginning, place] = max(sum(chart[hole].block for hole in way) for way in ways)
    return found
