"""How saved things look in a notebook: their first rows, as a table of HTML."""

import math
from collections.abc import Iterable, Sequence
from itertools import islice

from minent.markup import escape_markup

_ROWS = 10


def html_table(caption: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return the first rows under the names of their columns; numbers are aligned, what is missing (nan) is empty."""
    lines = [f"<table><caption>{escape_markup(caption)}</caption>"]
    lines.append(
        "<thead><tr>" + "".join(f"<th>{escape_markup(name)}</th>" for name in columns) + "</tr></thead><tbody>"
    )
    lines += ["<tr>" + "".join(map(_cell, row)) + "</tr>" for row in islice(rows, _ROWS)]
    return "\n".join([*lines, "</tbody></table>"])


def _cell(value: object) -> str:
    if isinstance(value, float):
        text = "" if math.isnan(value) else f"{value:,.3f}"
    else:
        text = f"{value:,}" if isinstance(value, int) else escape_markup(str(value))
    return f'<td style="text-align: {"left" if isinstance(value, str) else "right"}">{text}</td>'
