"""HTML: one page that needs no other file and no script, on light and dark screens, on a phone, in print."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from minent.markup import escape_markup
from minent.reporting.charts import STYLE, Chart, draw

_STYLE = """
:root{color-scheme:light dark;--ink:#1f2328;--soft:#59636e;--paper:#fff;--card:#f6f8fa;--edge:#d8dee4;
--first:#2a6fdb;--hole:#fff4e5;--hole-ink:#8a4500}
@media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#a3adb8;--paper:#0d1117;--card:#161b22;--edge:#30373f;
--first:#6ea8ff;--hole:#3a2a14;--hole-ink:#f0b775}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);
font:16px/1.55 system-ui,'Noto Sans','Noto Sans CJK SC',sans-serif}
main{max-width:64rem;margin:0 auto;padding:2.5rem 1.25rem 4rem}
h1{font-size:1.9rem;line-height:1.2;margin:0 0 .4rem}h2{font-size:1.35rem;margin:3rem 0 .3rem}
h3{font-size:1rem;margin:0 0 .2rem}
p{max-width:44rem;margin:.4rem 0 1rem}.lead{font-size:1.1rem;color:var(--soft)}
nav a{margin-right:1rem;white-space:nowrap}a{color:var(--first)}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(9.5rem,1fr));gap:.75rem;margin:1.4rem 0}
.figure{background:var(--card);border:1px solid var(--edge);border-radius:.6rem;padding:.8rem 1rem}
.figure b{display:block;font-size:1.45rem;line-height:1.25}.figure span{color:var(--soft);font-size:.88rem}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,25rem),1fr));gap:1rem;margin:1.2rem 0}
figure{margin:0;background:var(--card);border:1px solid var(--edge);border-radius:.6rem;padding:1rem;min-width:0}
figure svg{display:block;width:100%;height:auto}figcaption p{color:var(--soft);font-size:.92rem;margin:.1rem 0 .6rem}
details{font-size:.88rem;margin-top:.6rem}summary{cursor:pointer;color:var(--soft)}
.wide{overflow-x:auto;margin:1rem 0}
table{border-collapse:collapse;width:100%;font-size:.94rem;font-variant-numeric:tabular-nums}
caption{text-align:left;color:var(--soft);padding-bottom:.4rem}
th,td{padding:.34rem .7rem .34rem 0;text-align:left;vertical-align:baseline;border-bottom:1px solid var(--edge)}
th{font-weight:600;white-space:nowrap;color:var(--soft);font-size:.86rem}
.number{text-align:right;white-space:nowrap}td:first-child{font-weight:600;white-space:nowrap}
.context{color:var(--soft);white-space:nowrap;font-weight:400}.context b{color:var(--ink)}
.context span{display:block}
.templates{list-style:none;margin:1rem 0;padding:0}
.templates li{border-bottom:1px solid var(--edge);padding:.8rem 0;break-inside:avoid}
.template{display:flex;flex-wrap:wrap;gap:.3rem;align-items:stretch;margin-bottom:.35rem}
.fixed,.hole{border-radius:.45rem;padding:.2rem .6rem;border:1px solid var(--edge);font-weight:600;
background:var(--card)}
.hole{background:var(--hole);color:var(--hole-ink);border-style:dashed;font-weight:400}
.hole small{display:block;font-size:.8rem}
.note{color:var(--soft);font-size:.92rem;margin:0}
footer{margin-top:3.5rem;color:var(--soft);font-size:.88rem;border-top:1px solid var(--edge);padding-top:1rem}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1.2rem;font-size:.92rem}dt{color:var(--soft)}
dd{margin:0;overflow-wrap:anywhere}
@media(max-width:40rem){dl{grid-template-columns:1fr}dd{margin-bottom:.4rem}main{padding:1.5rem 1rem 3rem}}
@media print{:root{--ink:#000;--soft:#333;--paper:#fff;--card:#fff;--edge:#ccc;--hole:#fff;--hole-ink:#000}
main{max-width:none;padding:0}nav{display:none}figure,tr{break-inside:avoid}.charts{grid-template-columns:1fr 1fr}
body{font-size:11pt}.wide{overflow:visible}.context{white-space:normal}}
"""


@dataclass
class Section:
    """A part of the page.

    name     for links, one word
    title    a line
    text     a sentence or two
    figures  numbers to see first: what is written large, and what it is
    charts   pictures
    parts    HTML below them, made by the functions of this module
    """

    name: str
    title: str
    text: str
    figures: list[tuple[str, str]] = field(default_factory=list)
    charts: list[Chart] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)


def page(title: str, lead: str, sections: Sequence[Section], ending: str) -> str:
    """Return a whole page of HTML.  Its parts are plain text but for those of the sections."""
    links = "\n".join(f'<a href="#{section.name}">{escape_markup(section.title)}</a>' for section in sections)
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width,initial-scale=1">',
            f"<title>{escape_markup(title)}</title><style>{_STYLE}{STYLE}</style></head><body><main>",
            f'<h1>{escape_markup(title)}</h1><p class="lead">{escape_markup(lead)}</p>',
            f'<nav aria-label="Parts of this page">{links}</nav>' if len(sections) > 1 else "",
            *map(_section, sections),
            f"<footer>{escape_markup(ending)}</footer></main></body></html>",
            "",
        ]
    )


def _section(section: Section) -> str:
    figures = "".join(
        f'<div class="figure"><b>{escape_markup(value)}</b><span>{escape_markup(name)}</span></div>'
        for value, name in section.figures
    )
    charts = "".join(map(_figure, section.charts))
    return "\n".join(
        [
            f'<section id="{section.name}"><h2>{escape_markup(section.title)}</h2><p>{escape_markup(section.text)}</p>',
            f'<div class="figures">{figures}</div>' if figures else "",
            f'<div class="charts">{charts}</div>' if charts else "",
            *section.parts,
            "</section>",
        ]
    )


def _figure(chart: Chart) -> str:
    caption = f"<figcaption><h3>{escape_markup(chart.title)}</h3><p>{escape_markup(chart.summary)}</p></figcaption>"
    numbers = table(
        "", chart.heading, [tuple(map(escape_markup, row)) for row in chart.rows], set(range(1, len(chart.heading)))
    )
    details = f"<details><summary>The numbers</summary>{numbers}</details>" if chart.rows else ""
    return f"<figure>{caption}{draw(chart, alone=False)}{details}</figure>"


def table(caption: str, heading: Sequence[str], rows: Iterable[Sequence[str]], numbers: set[int]) -> str:
    """Return a table.

    heading  plain text
    rows     of HTML
    numbers  columns that hold numbers
    """

    def row(cells: Sequence[str], tag: str, more: str = "") -> str:
        kinds = (' class="number"' if number in numbers else "" for number in range(len(cells)))
        return "<tr>" + "".join(f"<{tag}{more}{kind}>{cell}</{tag}>" for cell, kind in zip(cells, kinds, strict=True))

    return "\n".join(
        [
            f'<div class="wide"><table>{f"<caption>{escape_markup(caption)}</caption>" if caption else ""}',
            f"<thead>{row(tuple(map(escape_markup, heading)), 'th', ' scope=col')}</thead><tbody>",
            *(row(cells, "td") for cells in rows),
            "</tbody></table></div>",
        ]
    )


def definitions(pairs: Iterable[tuple[str, object]]) -> str:
    """Return names and what they mean, as HTML."""
    return (
        "<dl>"
        + "".join(f"<dt>{escape_markup(name)}</dt><dd>{escape_markup(str(value))}</dd>" for name, value in pairs)
        + "</dl>"
    )


def shortened(text: str, most: int = 40) -> str:
    """Return plain text as HTML, cut if it is long."""
    return escape_markup(text if len(text) <= most else text[: most - 1] + "…")
