"""Write questions, product titles, chat intents or log lines of any size, made from known templates.

    python corpora/generate_patterns.py --kind questions --language zh --size 10MB --out DIR [--seed 1] [--noise 0.2]

text.txt    a line each: a template, its holes filled, most often with a mark at the end; or noise: 3 to 12 words drawn
            at random from all words of the language, as frequent as they are in the lines that are not noise
gold.txt    the same lines, words with spaces between them
templates.tsv  pattern and how often it was used; a number in a pattern is the word 0

The same arguments give the same bytes on every platform.
"""

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from generate import Dice, Zipf, size_in_bytes
from patterns import FILLINGS, TEMPLATES, WORDS

KINDS = sorted({kind for kind, _ in TEMPLATES})
LANGUAGES = sorted({language for _, language in TEMPLATES})
INVENTED = {"zh": 300, "en": 300, "ko": 200}  # nouns and names beside the listed ones
SYLLABLES = {
    "zh": "安白昌德恩方光海嘉凯乐梅宁欧平奇瑞思泰维雅泽博晨",
    "en": ("ba", "den", "kor", "li", "mo", "nar", "pel", "ro", "sim", "ta", "vex", "zu", "gri", "fal", "hum", "jo"),
    "ko": "가나다라마바사아자차카타파하온유림산별솔빈",
}
NUMBERS = 500
LINES_AT_ONCE = 512


@dataclass(frozen=True)
class Options:
    """What to generate.

    size      bytes of text.txt at most
    kind      one of KINDS
    language  one of LANGUAGES
    seed      chooses words and lines
    noise     share of lines without a template, 0 to 1
    """

    size: int
    kind: str = "questions"
    language: str = "zh"
    seed: int = 1
    noise: float = 0.0

    def __post_init__(self) -> None:
        if (self.kind, self.language) not in TEMPLATES:
            known = ", ".join(" ".join(each) for each in TEMPLATES)
            raise ValueError(f"there are no {self.kind} in {self.language}; there are: {known}")
        if self.size < 1 or self.seed < 0 or not 0 <= self.noise <= 1:
            raise ValueError("size must be at least 1, seed at least 0, noise between 0 and 1")


class _Language:
    """Words by list, each list drawn from by Zipf's law."""

    def __init__(self, language: str, seed: int) -> None:
        dice = Dice(seed, 2)
        self.words = {name: words.split() for name, words in WORDS[language].items()}
        syllables = SYLLABLES[language]
        for name in ("noun", "name"):
            drawn = dice.below(len(syllables), 3 * INVENTED[language]).reshape(-1, 3)
            lengths = 2 + dice.below(2, INVENTED[language])
            made = ["".join(syllables[i] for i in row[:size]) for row, size in zip(drawn, lengths, strict=True)]
            known = {word for words in self.words.values() for word in words}
            self.words[name] += [word for word in dict.fromkeys(made) if word not in known]
        # Which word of a list is the commonest is left to the seed.
        for words in self.words.values():
            order = dice.below(2**31, len(words)).argsort(kind="stable")
            words[:] = [words[i] for i in order]
        self._zipf = {name: Zipf(len(words), 1.0) for name, words in self.words.items()}
        self._drawn: dict[str, list[int]] = {name: [] for name in self.words}
        self._dice = dice

    def draw(self, name: str) -> str:
        """A word of a list."""
        waiting = self._drawn[name]
        if not waiting:
            waiting.extend(self._zipf[name].draw(self._dice, LINES_AT_ONCE).tolist())
        return self.words[name][waiting.pop()]


def pattern(template: str) -> str:
    """A template as `minent inspect` shows it: `[X] w [Y]`."""
    names = iter("XYZ")
    parts = ("0" if part == "{number}" else f"[{next(names)}]" if part[0] == "{" else part for part in template.split())
    return " ".join(parts)


def make_lines(options: Options) -> Iterator[tuple[list[str], str, int]]:
    """Words, final mark, and number of the template, -1 for noise, of one line after the other, without end."""
    templates = [template.split() for template in TEMPLATES[options.kind, options.language]]
    language = _Language(options.language, options.seed)
    dice, zipf = Dice(options.seed, 3), Zipf(len(templates), 1.0)
    marks = ("？", "？", "") if options.language == "zh" else ("?", "?", "")
    marks = marks if options.kind == "questions" else ("",)
    seen: list[str] = []
    limit = round(options.noise * 2**30)
    while True:
        chosen = zipf.draw(dice, LINES_AT_ONCE).tolist()
        rolls = dice.below(2**30, LINES_AT_ONCE).tolist()
        small = iter(dice.below(2**30, 16 * LINES_AT_ONCE).tolist())
        for number, roll in zip(chosen, rolls, strict=True):
            mark = marks[next(small) % len(marks)]
            if roll < limit and len(seen) > 1000:
                picks = [next(small) for _ in range(3 + next(small) % 10)]
                yield [seen[pick % len(seen)] for pick in picks], mark, -1
                continue
            words: list[str] = []
            for part in templates[number]:
                if part == "{number}":
                    words.append(str(1 + next(small) % NUMBERS))
                elif part[0] == "{":
                    ways = FILLINGS[part[1:-1]]
                    way = ways[next(small) % len(ways)].split()
                    words += [language.draw(each[1:-1]) for each in way]
                else:
                    words.append(part)
            seen += words
            del seen[:-50_000]
            yield words, mark, number


def generate(directory: str | Path, options: Options) -> dict[str, int]:
    """Write the files into `directory`, made if need be; return how often each pattern was used."""
    folder = Path(directory)
    folder.mkdir(parents=True, exist_ok=True)
    separator = "" if options.language == "zh" else " "
    used: Counter[int] = Counter()
    written = 0
    with (folder / "text.txt").open("wb") as text, (folder / "gold.txt").open("wb") as gold:
        for words, mark, number in make_lines(options):
            line = (separator.join(words) + mark + "\n").encode()
            written += len(line)
            if written > options.size:
                break
            text.write(line)
            gold.write((" ".join([*words, mark]).strip() + "\n").encode())
            used[number] += number >= 0
    templates = TEMPLATES[options.kind, options.language]
    counts = {pattern(template): used[number] for number, template in enumerate(templates)}
    rows = "".join(f"{each}\t{count}\n" for each, count in counts.items())
    (folder / "templates.tsv").write_bytes(f"pattern\tfrequency\n{rows}".encode())
    return counts


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(
        description="Write lines made from known templates.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        argument_default=argparse.SUPPRESS,
    )
    parser.add_argument("--size", required=True, help="of text.txt at most: 100kB, 10MB, 1GB")
    parser.add_argument("--out", required=True, metavar="DIR", help="where the files go")
    parser.add_argument("--kind", choices=KINDS, default=Options.kind, help="what the lines are")
    parser.add_argument("--language", choices=LANGUAGES, default=Options.language)
    parser.add_argument("--seed", type=int, default=Options.seed, help="of words and lines")
    parser.add_argument("--noise", type=float, default=Options.noise, help="share of lines without a template")
    given = vars(parser.parse_args(arguments))
    directory = given.pop("out")
    try:
        generate(directory, Options(**given | {"size": size_in_bytes(given["size"])}))
    except ValueError as error:
        parser.error(str(error))


if __name__ == "__main__":
    main()
