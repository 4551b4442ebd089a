"""What phrases cost to find beside the words, and what reading other text of the kind costs with them."""

from collections.abc import Iterator
from statistics import median

import measure
from context import Context, Row
from measure import Command
from tools import learn_minent

from minent import Corpus, Lexicon, reading_costs

TEXTS = {"zh_news_20m.txt": "zh_news_heldout.txt", "en_20m.txt": "en_heldout.txt"}
COLUMNS = {
    "text": "",
    "levels": "",
    "CPU s": ".2f",
    "start-up CPU s": ".2f",
    "net CPU s": ".2f",
    "wall s": ".2f",
    "peak MiB": ",.0f",
    "words": ",",
    "phrases": ",",
    "held-out bits a character": ".3f",
    "words and phrases to read": ",",
}


def rows(context: Context) -> Iterator[Row]:
    one_line, commands = context.one_line(), {}
    for text in TEXTS:
        for levels in ("1", "2"):
            for name, corpus in ((f"{text} {levels}", context.file(text)), (f"start-up {levels}", one_line)):
                learn = learn_minent([corpus], context.work / name.replace(" ", "-"))
                commands[name] = Command([*learn, "--levels", levels])
    usages = measure.interleave(commands, context.repeat)
    for text, other in TEXTS.items():
        lexicon = Lexicon.load(context.work / f"{text}-2")
        costs = reading_costs(Corpus(context.file(other)), lexicon)
        phrases = int(lexicon.is_phrase.sum())
        for levels, cost in zip(("1", "2"), costs, strict=True):
            used, start_up = usages[f"{text} {levels}"], usages[f"start-up {levels}"]
            yield {
                "text": text,
                "levels": levels,
                "CPU s": median(usage.cpu for usage in used),
                "start-up CPU s": median(usage.cpu for usage in start_up),
                "net CPU s": median(measure.net_cpu(used, start_up)),
                "wall s": median(usage.wall for usage in used),
                "peak MiB": max(usage.rss for usage in used) / 2**20,
                "words": len(lexicon) - phrases,
                "phrases": phrases if levels == "2" else 0,
                "held-out bits a character": cost.bits_per_character,
                "words and phrases to read": cost.words,
            }
