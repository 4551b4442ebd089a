"""Lines over a logarithmic axis, as SVG that can be read on a light and on a dark page."""

import math
from collections.abc import Mapping, Sequence
from html import escape

_WIDTH, _HEIGHT = 760, 420
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 740, 104, 360
_COLOURS = ("#2f81f7", "#1a9c4b", "#e5701a", "#b35ad6")
_STYLE = """
text { font: 14px system-ui, sans-serif; fill: #1f2328 }
.paper { fill: #ffffff }
.grid { stroke: #d0d7de }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 }
.paper { fill: #0d1117 }
.grid { stroke: #3d444d }
}
"""


def svg(title: str, across: str, up: str, series: Mapping[str, Sequence[tuple[float, float]]]) -> str:
    """A picture of lines.

    across, up  what the axes show
    series      name of a line -> its points, x positive and y not negative; the y axis starts at 0
    """
    points = [point for line in series.values() for point in line]
    marks = sorted({x for x, _ in points})
    step = _step(max(y for _, y in points) / 5)
    steps = math.ceil(max(y for _, y in points) / step)

    def place(x: float, y: float) -> tuple[float, float]:
        share = math.log(x / marks[0]) / math.log(marks[-1] / marks[0]) if len(marks) > 1 else 0.5
        return _LEFT + share * (_RIGHT - _LEFT - 20) + 10, _BOTTOM - y / (steps * step) * (_BOTTOM - _TOP)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">',
        f"<title>{escape(title)}</title>",
        f"<style>{_STYLE}</style>",
        f'<rect class="paper" width="{_WIDTH}" height="{_HEIGHT}" rx="8"/>',
        _text(_LEFT, 28, f"{title}: {up}", "start"),
        _text((_LEFT + _RIGHT) / 2, _HEIGHT - 16, across, "middle"),
    ]
    for number in range(steps + 1):
        y = place(marks[0], number * step)[1]
        parts.append(f'<path class="grid" d="M{_LEFT} {y:.1f}H{_RIGHT}"/>')
        parts.append(_text(_LEFT - 10, y + 5, f"{number * step:g}", "end"))
    for x in marks:
        parts.append(_text(place(x, 0)[0], _BOTTOM + 22, f"{x:g}", "middle"))
    for number, (name, line) in enumerate(series.items()):
        parts += _line(number, name, [place(x, y) for x, y in line])
    return "\n".join([*parts, "</svg>", ""])


def _line(number: int, name: str, places: Sequence[tuple[float, float]]) -> list[str]:
    colour = _COLOURS[number % len(_COLOURS)]
    path = "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
    row, column = divmod(number, 2)
    key, level = _LEFT + column * 260, 56 + row * 22
    return [
        f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2.5"/>',
        *(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>' for x, y in places),
        f'<circle cx="{key + 6}" cy="{level}" r="6" fill="{colour}"/>',
        _text(key + 18, level + 5, name, "start"),
    ]


def _step(least: float) -> float:
    """The first of 1, 2, 5, 10, 20 ... times a power of ten that is not below."""
    power = 10 ** math.floor(math.log10(least))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= least)


def _text(x: float, y: float, words: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'
