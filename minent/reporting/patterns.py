"""What a page says of templates."""

from itertools import islice

from minent.markup import escape_markup
from minent.reporting.charts import columns, rank_frequency
from minent.reporting.page import Section, definitions, shortened
from minent.templates import Template, TemplateSet, hole_name

_FILLERS = 4


def describe_templates(name: str, templates: TemplateSet, size: int) -> list[Section]:
    """Return what there is to say of templates.

    name  of their file
    size  templates to show
    """
    shown = [template for template in templates if not template.trivial]
    covered = sum(template.count for template in templates)
    share = covered / templates.total if templates.total else 0.0
    most = max((template.holes for template in shown), default=0)
    holes = [sum(template.holes == number for template in shown) for number in range(most + 1)]
    figures = [
        (f"{len(shown):,}", "templates"),
        (f"{len(templates) - len(shown):,}", "trivial ones, not shown"),
        (f"{share:.0%}", f"of {templates.total:,} clauses written by one"),
    ]
    counts = sorted((template.count for template in shown), reverse=True)
    charts = [rank_frequency("template-counts", "How often templates occur", "template", counts)]
    if shown:
        summary = f"{holes[1] if most else 0:,} templates have one hole; the most holes are {most}."
        labels = [str(number) for number in range(most + 1)]
        axes = ("holes", "templates")
        charts.append(columns("holes", "How many holes templates have", summary, axes, labels, {"templates": holes}))
    section = Section(
        "templates",
        f"The templates: {name}",
        "Fixed words with holes between them; what fills a hole stands in it, the most frequent first.",
        figures,
        charts,
    )
    items = "".join(map(_item, islice(shown, size)))
    section.parts.append(f'<ol class="templates">{items}</ol>')
    section.parts.append(
        f"<details><summary>How they were made</summary>{definitions(templates.about.items())}</details>"
    )
    return [section]


def _item(template: Template) -> str:
    boxes = []
    hole = 0
    for part in template.parts:
        if part is not None:
            boxes.append(f'<span class="fixed">{shortened(part)}</span>')
            continue
        named = template.classes[hole] if hole < len(template.classes) else ""
        fillers = template.fillers[hole][:_FILLERS] if hole < len(template.fillers) else ()
        words = " · ".join(shortened(text, 16) for text, _ in fillers)
        title = escape_markup(hole_name(hole)) + (f" {shortened(named, 24)}" if named else "")
        boxes.append(f'<span class="hole">{title}{f"<small>{words}</small>" if words else ""}</span>')
        hole += 1
    example = f" For example: {shortened(template.examples[0], 60)}" if template.examples else ""
    times = f"{template.count:,} clauses, {template.gain:,.0f} nats saved."
    return f'<li><div class="template">{"".join(boxes)}</div><p class="note">{times}{example}</p></li>'
