"""The templates that save most in 10 MB of Chinese news and of English, for people to judge."""

from collections.abc import Iterator
from itertools import islice

import measure
from context import NEWS, Context, Row
from measure import Command
from texts import beginning
from tools import learn_minent, minent

from minent import TemplateSet

SHOWN = 50
COLUMNS = {"text": "", "template": "", "count": ",", "gain, nats": ",.0f", "what fills it": ""}


def rows(context: Context) -> Iterator[Row]:
    for name, file in (("zh", NEWS), ("en", "en_20m.txt")):
        text = beginning(context, context.file(file), 10_000_000)
        found, words = context.work / f"{name}.templates.tsv", context.work / f"{name}.words.tsv"
        options = ["--units", "spaces"]
        if name == "zh":
            measure.run(Command(learn_minent([text], words)))
            options = ["-m", words]
        measure.run(Command([minent(), "mine-templates", text, *options, "-o", found, "--force"]))
        for template in islice((each for each in TemplateSet.load(found) if not each.trivial), SHOWN):
            yield {
                "text": name,
                "template": _cell(template.pattern),
                "count": template.count,
                "gain, nats": template.gain,
                "what fills it": _cell(
                    " · ".join(", ".join(filler for filler, _ in each[:3]) for each in template.fillers)
                ),
            }


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
