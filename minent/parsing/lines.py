"""Lines of text to trees as text, streaming."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from minent.characters import LINE_SEPARATORS
from minent.cutting.token_lines import whole_lines
from minent.errors import InputError
from minent.parsing.parser import Parser
from minent.trees.pictures import draw_trees
from minent.trees.tree import Tree

FORMATS = ("tree", "brackets", "json", "svg")

_HIDDEN = {code: f"\\u{code:04x}" for code in LINE_SEPARATORS}


@dataclass(frozen=True)
class TreeLineOptions:
    """How trees are written.

    format        one of FORMATS: indented, and an empty line behind each tree; a line of brackets; a line of JSON; one
                  picture of all trees
    nbest         0: one tree for each line; else the so many best, each with the line's number and its score
    expand        whether the flat pattern is written instead, a line for each tree
    max_pictures  trees that a picture may have

    Raises InputError if something does not fit.
    """

    format: str = "tree"
    nbest: int = 0
    expand: bool = False
    max_pictures: int = 1000

    def __post_init__(self) -> None:
        if self.format not in FORMATS:
            raise InputError(f"the format cannot be {self.format!r}; it is one of {', '.join(FORMATS)}")
        if self.nbest < 0:
            raise InputError("n-best is from 0 on")
        if self.expand and self.format not in ("tree", "brackets"):
            raise InputError("a flat pattern is a line of text: it goes with no JSON and no picture")


def write_trees(parser: Parser, chunks: Iterable[bytes], options: TreeLineOptions) -> Iterator[bytes]:
    """Yield what is written for each line of a text, in order.

    chunks  of a text in valid UTF-8; lines that end with them are answered at once

    Raises InputError for more trees than a picture may have.
    """
    number = 1
    drawn: list[Tree] = []
    for lines in whole_lines(chunks):
        rows = []
        for trees in parser.parse_lines(b"".join(lines), options.nbest):
            if options.format == "svg":
                drawn += trees
            else:
                rows += [_written(tree, options, number) for tree in trees]
            number += 1
        if len(drawn) > options.max_pictures:
            most = f"{options.max_pictures:,}"
            raise InputError(f"a picture has up to {most} trees; draw fewer lines, or write brackets or JSON")
        if rows:
            yield "".join(rows).encode("utf-8", "surrogatepass")
    if options.format == "svg":
        yield draw_trees(drawn).encode()


def _written(tree: Tree, options: TreeLineOptions, number: int) -> str:
    """A tree with the line's number, from 1 on, and its score if there may be others for the line."""
    if options.format == "json":
        about = {"line": number} if options.nbest else {}
        row = json.dumps(about | tree.as_dict(), ensure_ascii=False, separators=(",", ":"))
        return row.translate(_HIDDEN) + "\n"
    heading = f"{number}\t{tree.score:.6f}" if options.nbest else ""
    if options.expand or options.format == "brackets":
        line = tree.expanded() if options.expand else tree.brackets()
        return f"{heading}\t{line}\n" if heading else f"{line}\n"
    indented = str(tree)
    return "".join(f"{part}\n" for part in (heading, indented) if part) + "\n"
