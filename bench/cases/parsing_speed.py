"""How long a sentence takes to parse, warm, with templates mined in news; and a line of 100,000 words without a mark.

Sentences are words of the news in a row, marks left out, so that nothing cuts them.  CPU seconds of the thread that
parses; each sentence once before, unmeasured.
"""

from collections.abc import Iterator
from statistics import median
from time import thread_time

import measure
from context import NEWS, Context, Row
from measure import Command
from tools import MINENT, mine_minent, minent

from minent import ParseOptions, Parser, TemplateSet
from minent.lexicon import Lexicon

COLUMNS = {"what": "", "words": ",", "sentences": "", "median ms": ".2f", "largest ms": ".2f", "peak MiB": ",.0f"}

SIZES = {10: 200, 40: 100, 100: 40, 200: 20, 1000: 2}  # words -> sentences
NBEST = 10
LONG = 100_000


def rows(context: Context) -> Iterator[Row]:
    news = context.file(NEWS)
    lexicon = context.learnt(MINENT, [news])
    templates = context.work / "templates.tsv"
    measure.run(Command(mine_minent(news, templates, lexicon)))
    loaded = TemplateSet.load(templates)
    text = news.read_bytes()[:3_000_000].rpartition(b"\n")[0]
    trees = Parser(loaded, Lexicon.load(lexicon)).parse_lines(text)
    words = [tree.word(at) for (tree,) in trees for at in range(len(tree.words)) if tree.word(at).isalnum()]
    # Given as words, so that the time is that of the parser.
    given = TemplateSet(loaded, loaded.total, {**loaded.about, "units": "spaces"})
    parser = Parser(given, options=ParseOptions(max_words=max(SIZES)))
    for size, number in SIZES.items():
        sentences = [" ".join(words[at * size : (at + 1) * size]) for at in range(number)]
        yield _row("best tree", size, [_milliseconds(parser, each, 0) for each in sentences])
        if size <= 200:
            times = [_milliseconds(parser, each, NBEST) for each in sentences[: max(2, number // 10)]]
            yield _row(f"{NBEST} best trees", size, times)
    line = context.work / "long-line.txt"
    line.write_text("".join(words[:LONG]) + "\n", "utf-8")
    command = [minent(), "parse", "-m", templates, "--lexicon", lexicon, "--format", "brackets"]
    usages = measure.interleave(
        {"long": Command([*command, line]), "start-up": Command([*command, context.one_line()])}, context.repeat
    )
    net = [1000 * cpu for cpu in measure.net_cpu(usages["long"], usages["start-up"])]
    yield _row("one line, as a command, start-up subtracted", LONG, net) | {
        "peak MiB": measure.peak(usages["long"]) / 2**20
    }


def _milliseconds(parser: Parser, sentence: str, nbest: int) -> float:
    def parse() -> None:
        parser.nbest(sentence, nbest) if nbest else parser.parse(sentence)

    parse()
    begun = thread_time()
    parse()
    return 1000 * (thread_time() - begun)


def _row(what: str, words: int, times: list[float]) -> Row:
    return {
        "what": what,
        "words": words,
        "sentences": len(times),
        "median ms": median(times),
        "largest ms": max(times),
    }
