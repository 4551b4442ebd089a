"""Pictures of trees: SVG that needs no other file, is read on a light and on a dark page, and says itself in words."""

from collections.abc import Sequence
from typing import NamedTuple

from minent.markup import escape_markup
from minent.trees.tree import ROW, TEMPLATE, Tree
from minent.widths import display_width

# Pixels: of a column of text, between two neighbours, between two levels, around everything; a line of text.
_COLUMN, _GAP, _LEVEL, _MARGIN, _TEXT = 9.5, 18, 48, 20, 22
_STYLE = (
    "text{font:15px ui-monospace,'Noto Sans Mono CJK SC',monospace;fill:#1b1f24;text-anchor:middle}"
    ".fixed{font-weight:bold;fill:#0b5cad}.made{fill:#57606a;font-size:13px}"
    "path{fill:none;stroke:#8c959f;stroke-width:1.3}.paper{fill:#fff}"
    "@media(prefers-color-scheme:dark){text{fill:#e6edf3}.fixed{fill:#79b8ff}.made{fill:#9aa4af}"
    "path{stroke:#6e7681}.paper{fill:#0d1117}}"
)


class _Shape(NamedTuple):
    """A node or a fixed word.  Numbers in `inside` are those of shapes further on."""

    text: str
    kind: str  # class of the text
    depth: int
    inside: list[int]


def draw_trees(trees: Sequence[Tree]) -> str:
    """Return one picture, the trees below each other.

    The words stand below each tree, those that belong to a template itself bold; above them what makes each block.
    """
    drawn = [_draw(tree) for tree in trees]
    width = max((size[0] for _, size in drawn), default=0) + 2 * _MARGIN
    height = sum(size[1] + _MARGIN for _, size in drawn) + _MARGIN
    title = "Trees of nested templates" if len(trees) != 1 else f"Nested templates of: {trees[0].text}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" '
        f'height="{height:.0f}" role="img">',
        f"<title>{escape_markup(title)}</title>",
        f"<desc>{escape_markup(chr(10).join(tree.brackets() for tree in trees))}</desc>",
        f"<style>{_STYLE}</style>",
        f'<rect class="paper" width="{width:.0f}" height="{height:.0f}" rx="8"/>',
    ]
    top: float = _MARGIN
    for content, size in drawn:
        parts += [f'<g transform="translate({_MARGIN} {top:.0f})">', *content, "</g>"]
        top += size[1] + _MARGIN
    return "\n".join([*parts, "</svg>", ""])


def _draw(tree: Tree) -> tuple[list[str], tuple[float, float]]:
    """Return what a tree is drawn with, and its width and height."""
    shapes = _shapes(tree)
    # From behind, so that what is inside is measured first.
    widths = [0.0] * len(shapes)
    for number in range(len(shapes) - 1, -1, -1):
        inner = [widths[child] for child in shapes[number].inside]
        widths[number] = max(_COLUMN * display_width(shapes[number].text), sum(inner) + _GAP * max(0, len(inner) - 1))
    lowest = max((shape.depth for shape in shapes), default=0)
    left = [0.0] * len(shapes)
    lines, texts = [], []
    for number, shape in enumerate(shapes):
        x, y = left[number] + widths[number] / 2, _TEXT + _LEVEL * (shape.depth if shape.inside else lowest)
        texts.append(f'<text class="{shape.kind}" x="{x:.1f}" y="{y:.0f}">{escape_markup(shape.text)}</text>')
        inner_width = sum(widths[child] for child in shape.inside) + _GAP * max(0, len(shape.inside) - 1)
        at = left[number] + (widths[number] - inner_width) / 2
        for child in shape.inside:
            left[child] = at
            below = _TEXT + _LEVEL * (shapes[child].depth if shapes[child].inside else lowest)
            lines.append(f'<path d="M{x:.1f} {y + 6:.0f}L{at + widths[child] / 2:.1f} {below - 17:.0f}"/>')
            at += widths[child] + _GAP
    return lines + texts, (widths[0] if widths else 0.0, _TEXT + _LEVEL * lowest + 8)


def _shapes(tree: Tree) -> list[_Shape]:
    """Nodes and fixed words, each behind the one it is in."""
    found = []
    for node, own in zip(tree.nodes, tree.own_words(), strict=True):
        kind = "made" if node.kind in (TEMPLATE, ROW) else "word"
        found.append((node.start, node.depth, tree.name(node), kind))
        if node.kind == TEMPLATE:
            found += [(at, node.depth + 1, tree.word(at), "fixed") for at in own]
    shapes: list[_Shape] = []
    above: list[_Shape] = []
    for _, depth, text, kind in sorted(found):
        del above[depth:]
        if above:
            above[-1].inside.append(len(shapes))
        shapes.append(_Shape(text, kind, depth, []))
        above.append(shapes[-1])
    return shapes
