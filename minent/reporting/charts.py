"""Pictures of numbers: SVG that is read on light and dark pages, on a phone and in print, and says itself in words."""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from minent.markup import escape_markup

# So narrow that the text is not small on a phone, where a picture is as wide as the screen.
_WIDTH, _HEIGHT = 440, 290
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 424, 44, 236
_BAR = 52

STYLE = """
.chart{--ink:#1f2328;--soft:#59636e;--grid:#d8dee4;--first:#2a6fdb;--second:#d9730d}
.chart text{font:13px system-ui,sans-serif;fill:var(--soft)}
.chart .strong{fill:var(--ink);font-weight:600}
.chart .grid{stroke:var(--grid);fill:none}
.chart .first{fill:var(--first)}.chart .second{fill:var(--second)}
.chart .line{fill:none;stroke:var(--first);stroke-width:2.5;stroke-linejoin:round}
.chart .guide{fill:none;stroke:var(--second);stroke-width:1.5;stroke-dasharray:5 5}
@media(prefers-color-scheme:dark){
.chart{--ink:#e6edf3;--soft:#a3adb8;--grid:#30373f;--first:#6ea8ff;--second:#f0a35e}}
@media print{.chart{--ink:#000;--soft:#333;--grid:#ccc;--first:#2a6fdb;--second:#d9730d}}
"""
_PAPER = ".paper{fill:#fff}@media(prefers-color-scheme:dark){.paper{fill:#0d1117}}"


class Chart(NamedTuple):
    """A picture, and the same in words and numbers.

    name     of a file for it, without its ending
    title    a line
    summary  what the picture shows, a sentence
    height   of the picture, its width is always the same
    shapes   SVG elements
    heading  of the table of its numbers
    rows     of that table
    """

    name: str
    title: str
    summary: str
    height: int
    shapes: str
    heading: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


def draw(chart: Chart, *, alone: bool) -> str:
    """Return the SVG of a chart: a file of its own, or a part of a page that has the STYLE."""
    frame = f'viewBox="0 0 {_WIDTH} {chart.height}"'
    if alone:
        frame += f' xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{chart.height}"'
    return "\n".join(
        [
            f'<svg class="chart" role="img" {frame}>',
            f"<title>{escape_markup(chart.title)}</title>",
            f"<desc>{escape_markup(chart.summary)}</desc>",
            f'<style>{STYLE}{_PAPER}</style><rect class="paper" width="100%" height="100%" rx="8"/>' if alone else "",
            chart.shapes,
            "</svg>",
            "",
        ]
    )


def bars(name: str, title: str, summary: str, unit: str, values: Sequence[tuple[str, float, str]]) -> Chart:
    """Return bars below each other, each below its label.

    values  label, length, and the value as it is written
    """
    longest = max((length for _, length, _ in values), default=1.0) or 1.0
    shapes = []
    for row, (label, length, shown) in enumerate(values):
        y = 8 + row * _BAR
        width = (_WIDTH - 32) * length / longest
        shapes += [
            _text(16, y + 14, label, "start"),
            _text(_WIDTH - 16, y + 14, shown, "end", "strong"),
            f'<rect class="first" x="16" y="{y + 22}" width="{max(width, 1):.1f}" height="14" rx="3"/>',
        ]
    rows = [(label, shown) for label, _, shown in values]
    return Chart(name, title, summary, 8 + _BAR * len(values), "\n".join(shapes), ("", unit), rows)


def columns(
    name: str,
    title: str,
    summary: str,
    axes: tuple[str, str],
    labels: Sequence[str],
    series: dict[str, Sequence[float]],
) -> Chart:
    """Return columns beside each other.

    axes    what the labels say, and what the heights say
    labels  below each group of columns; not all of many are written
    series  one or two: name -> a height, not negative, for each label
    """
    top = max((max(heights, default=0.0) for heights in series.values()), default=0.0) or 1.0
    step = _step(top / 4)
    steps = math.ceil(top / step - 1e-9)

    def up(height: float) -> float:
        return _BOTTOM - height / (steps * step) * (_BOTTOM - _TOP)

    shapes = [_grid(up(number * step), _number(number * step)) for number in range(steps + 1)]
    room = (_RIGHT - _LEFT) / max(1, len(labels))
    every = math.ceil(max(1, len(labels) * max(map(len, labels), default=1)) * 8 / (_RIGHT - _LEFT))
    wide = room * 0.86 / len(series)
    for number, label in enumerate(labels):
        if number % every == 0:
            shapes.append(_text(_LEFT + (number + 0.5) * room, _BOTTOM + 18, label, "middle"))
        for which, (colour, heights) in enumerate(zip(("first", "second"), series.values(), strict=False)):
            if heights[number] > 0:
                x = _LEFT + number * room + room * 0.07 + which * wide
                y = min(up(heights[number]), _BOTTOM - 1)
                shapes.append(
                    f'<rect class="{colour}" x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{_BOTTOM - y:.1f}"/>'
                )
    shapes += _named(axes, list(series))
    rows = [
        (label, *(_number(height) for height in each)) for label, *each in zip(labels, *series.values(), strict=True)
    ]
    return Chart(name, title, summary, _HEIGHT, "\n".join(shapes), (axes[0], *series), rows)


def rank_frequency(name: str, title: str, unit: str, counts: Sequence[int]) -> Chart:
    """Return counts, the greatest first, over their ranks, both logarithmic.

    unit  what is counted, such as "word"
    """
    size = len(counts)
    ranks = sorted(
        {round(10 ** (power / 16)) for power in range(int(16 * math.log10(max(1, size))) + 1)} | {max(1, size)}
    )
    points = [(rank, counts[rank - 1]) for rank in ranks if rank <= size]
    if not points:
        return Chart(name, title, f"There is no {unit}.", 40, _text(16, 24, "nothing", "start"), ("rank", "times"), [])
    most, least = points[0][1], points[-1][1]
    across, up = math.log10(max(size, 10)), max(1.0, math.log10(max(1, most)))

    def place(rank: float, count: float) -> tuple[float, float]:
        x = _LEFT + math.log10(rank) / across * (_RIGHT - _LEFT)
        return x, _BOTTOM - math.log10(max(1.0, count)) / up * (_BOTTOM - _TOP)

    shapes = [_grid(place(1, 10**power)[1], _short(10**power)) for power in range(int(up + 1e-9) + 1)]
    for power in range(int(across + 1e-9) + 1):
        shapes.append(_text(place(10**power, 1)[0], _BOTTOM + 18, _short(10**power), "middle"))
    # As Zipf has it: the count of a rank is that of the first by the rank.
    last = min(size, most)
    shapes.append(_path("guide", [place(1, most), place(last, most / last)]))
    shapes.append(_path("line", [place(*point) for point in points]))
    shapes += _named(("rank", "times"), [f"each {unit}", "Zipf: 1 / rank"])
    half = next((rank for rank, total in enumerate(_sums(counts), 1) if 2 * total >= sum(counts)), size)
    summary = (
        f"The most frequent {unit} occurs {most:,} times, number {points[-1][0]:,}, the last one, {least:,} times; "
        f"the first {half:,} make half of all occurrences."
    )
    rows = [(f"{rank:,}", f"{count:,}") for rank, count in points[:: max(1, len(points) // 16)]]
    return Chart(name, title, summary, _HEIGHT, "\n".join(shapes), ("rank", "times"), rows)


def histogram(
    name: str, title: str, what: str, values: Sequence[float], axes: tuple[str, str], form: Callable[[float], str]
) -> Chart:
    """Return how many values are how great, in at most 24 steps of a round size.

    what  the values are of, in the plural
    form  writes a value
    """
    if not values:
        return Chart(name, title, f"There are no {what}.", 40, _text(16, 24, "nothing", "start"), axes, [])
    ordered = sorted(values)
    # A few far ones would leave no room for the others: they go into the last step.
    low, high = ordered[0], ordered[min(len(ordered) - 1, int(len(ordered) * 0.995))]
    step = _step(max(high - low, 1e-9) / 23)
    first = math.floor(low / step)
    bins = [0] * (math.floor(high / step) - first + 1)
    for value in ordered:
        bins[min(math.floor(value / step) - first, len(bins) - 1)] += 1
    labels = [form((first + number) * step) for number in range(len(bins))]
    middle = ordered[len(ordered) // 2]
    summary = f"{len(ordered):,} {what}, from {form(ordered[0])} to {form(ordered[-1])}; half are below {form(middle)}."
    return columns(name, title, summary, axes, labels, {what: bins})


def _sums(counts: Sequence[int]) -> list[int]:
    total = 0
    return [total := total + count for count in counts]


def _named(axes: tuple[str, str], series: Sequence[str]) -> list[str]:
    """What the axes show, and the names of several series."""
    shapes = [
        _text((_LEFT + _RIGHT) / 2, _BOTTOM + 42, axes[0], "middle"),
        _text(8, 18, axes[1], "start"),
    ]
    if len(series) > 1:
        at = float(_RIGHT)
        for colour, name in reversed(list(zip(("first", "second"), series, strict=False))):
            at -= 7.2 * len(name)
            shapes.append(_text(at, 18, name, "start"))
            shapes.append(f'<rect class="{colour}" x="{at - 16:.1f}" y="8" width="11" height="11" rx="2"/>')
            at -= 34
    return shapes


def _grid(y: float, label: str) -> str:
    return f'<path class="grid" d="M{_LEFT} {y:.1f}H{_RIGHT}"/>{_text(_LEFT - 8, y + 4, label, "end")}'


def _path(kind: str, points: Sequence[tuple[float, float]]) -> str:
    return f'<path class="{kind}" d="M{"L".join(f"{x:.1f} {y:.1f}" for x, y in points)}"/>'


def _text(x: float, y: float, words: str, anchor: str, kind: str = "") -> str:
    name = f' class="{kind}"' if kind else ""
    return f'<text{name} x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape_markup(words)}</text>'


def _step(least: float) -> float:
    """The first of 1, 2, 5, 10, 20 ... times a power of ten that is not below."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= least * (1 - 1e-9))


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.3g}"


def _short(value: int) -> str:
    for power, letter in ((9, "G"), (6, "M"), (3, "k")):
        if value >= 10**power:
            return f"{value // 10**power}{letter}"
    return str(value)
