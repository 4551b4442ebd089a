"""Write text of any size in an invented unspaced language, with the truth about it beside it.

    python corpora/generate.py --size 10MB --seed 1 --out DIR [--noise 0.2] [--words 20000] [--templates]

corpora/README.md describes the language and the files.  The same arguments give the same bytes on every
platform: only raw bits of the random generator, integers and decimal arithmetic decide anything, since the
floating-point functions of numpy may round differently from one processor to the next.
"""

import argparse
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal, localcontext
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

Ints: TypeAlias = NDArray[np.int64]
Units: TypeAlias = NDArray[np.uint16]

COMMA, STOP = "，", "。"
HAN_FIRST, HAN_COUNT = 0x4E00, 20902  # ideographs that every font has and no normalisation changes
ALPHABET_MAX = 6000
SUFFIXES = 40
TEMPLATE_COUNT = 60
TEMPLATE_DEPTH = 3
WORDS_MIN, WORDS_MAX = 100, 500_000
BLOCK_LINES = 4096
AMBIGUITY = 40  # one word in so many is replaced by an ambiguous pair
FLATTENING = 2  # in Zipf's law: without it the first word would be a tenth of the text, in no language it is
SHAPES = ("[]a[]", "[]a", "a[]b", "[]a[]b", "a[]b[]", "a[]b[]c", "[]a[]b[]", "a[]b[]c[]")

# Symbols a line is made of.  The first five stand for something still to be chosen and never reach a file.
# The openings of the templates follow, then the words by rank, then the characters that are no words.
EMPTY, PHRASE, WORD, TEMPLATE, NOISE = range(5)
LINE_END, HOLE_OPEN, HOLE_CLOSE, TEMPLATE_CLOSE, COMMA_ID, STOP_ID, FIRST_TEMPLATE = range(5, 12)


@dataclass(frozen=True)
class Options:
    """What to generate.

    size       bytes of text.txt at most; less than one line below it
    seed       chooses the language and the text
    words      size of the lexicon
    exponent   the word of rank r (from 1) is drawn in proportion to (r + 2) ** -exponent
    noise      share of the lines that are random characters, 0 to 1
    templates  whether sentences come from templates, with two more files beside the text
    """

    size: int
    seed: int = 1
    words: int = 20_000
    exponent: float = 1.0
    noise: float = 0.0
    templates: bool = False

    def __post_init__(self) -> None:
        if self.size < 1 or self.seed < 0:
            raise ValueError("size must be at least 1 and seed at least 0")
        if not WORDS_MIN <= self.words <= WORDS_MAX:
            raise ValueError(f"words must be between {WORDS_MIN} and {WORDS_MAX}, not {self.words}")
        if not 0 <= self.noise <= 1 or not 0 <= self.exponent <= 4:
            raise ValueError("noise must be between 0 and 1, exponent between 0 and 4")


class Dice:
    """Independent streams of integers that depend on (seed, stream) alone."""

    def __init__(self, seed: int, stream: int) -> None:
        self._bits = np.random.PCG64(np.random.SeedSequence([seed, stream]))

    def below(self, limit: int | Ints, size: int) -> Ints:
        """`size` integers from 0 to below `limit`: one limit for all or one for each, at most 2**31."""
        high = self._bits.random_raw(size) >> np.uint64(32)
        return ((high * np.asarray(limit, np.uint64)) >> np.uint64(32)).astype(np.int64)


class Zipf:
    """Draws ranks 0..count-1, rank r in proportion to (r + 1 + FLATTENING) ** -exponent."""

    def __init__(self, count: int, exponent: float) -> None:
        power = -Decimal(str(exponent))
        with localcontext(Context(prec=15)):
            weights = [Decimal(rank + 1 + FLATTENING) ** power for rank in range(count)]
            scale = 2**30 / sum(weights, Decimal(0))
            shares = [max(1, int(weight * scale)) for weight in weights]
        self._ends: Ints = np.cumsum(shares, dtype=np.int64)

    def draw(self, dice: Dice, size: int) -> Ints:
        """`size` ranks."""
        return np.searchsorted(self._ends, dice.below(int(self._ends[-1]), size), side="right")


class Lexicon(NamedTuple):
    """Invented words.

    alphabet   characters, most productive first
    words      1 to 4 characters each, most frequent first
    ambiguous  pairs of words that, written without a space, read as another pair or as one word too
    """

    alphabet: list[str]
    words: list[str]
    ambiguous: list[tuple[str, str]]


def make_lexicon(dice: Dice, count: int) -> Lexicon:
    """A lexicon of `count` words in which words share characters and overlap."""
    code_points = np.argsort(dice.below(2**31, HAN_COUNT), kind="stable") + HAN_FIRST
    alphabet = [chr(code) for code in code_points[: min(ALPHABET_MAX, 300 + count // 10)]]
    singles = alphabet[: count * 12 // 100 : 2]
    lexicon = dict.fromkeys(singles)
    ambiguous: dict[tuple[str, str], None] = {}

    def some(items: Sequence[str], percent: int) -> list[str]:
        return [items[i] for i in dice.below(len(items), count * percent // 100)]

    def morphemes(size: int) -> list[str]:
        # A limit that is itself drawn makes low indices likelier: some characters stand in very many words.
        return [alphabet[i] for i in dice.below(dice.below(len(alphabet), size) + 1, size)]

    for a, b, c in zip(some(singles, 6), morphemes(count * 6 // 100), some(singles, 6), strict=True):
        lexicon |= dict.fromkeys((a + b, b + c))
        ambiguous |= dict.fromkeys(((a + b, c), (a, b + c)))
    size = count * 45 // 100
    lexicon |= dict.fromkeys(map("".join, zip(morphemes(size), morphemes(size), strict=True)))
    pairs = [word for word in lexicon if len(word) == 2]
    firsts, seconds = some(singles, 6) + some(pairs, 7), some(pairs, 6) + some(pairs, 7)
    compounds = list(zip(firsts, seconds, strict=True))
    lexicon |= dict.fromkeys(map("".join, compounds))
    ambiguous |= dict.fromkeys(compounds)
    derived = zip(some(pairs, 12), some(alphabet[:SUFFIXES], 12), strict=True)
    lexicon |= dict.fromkeys(map("".join, derived))
    while missing := count - len(lexicon):
        letters = morphemes(4 * missing)
        lexicon |= dict.fromkeys("".join(letters[i : i + 4]) for i in range(0, 4 * missing, 4))

    rarity = (0, 1, 8, 24, 32)  # short words tend to be frequent
    keys = dice.below(2**31, count).tolist()
    ranked = sorted((key * rarity[len(word)], word) for key, word in zip(keys, lexicon, strict=True))
    return Lexicon(alphabet, [word for _, word in ranked], list(ambiguous))


def make_templates(dice: Dice, words: Sequence[str]) -> list[tuple[str | None, ...]]:
    """Distinct templates, most frequent first: a row of literal words, with None for each hole."""
    literals = [word for word in words if len(word) <= 2][:80]
    found: dict[tuple[str | None, ...], None] = {}
    while len(found) < TEMPLATE_COUNT:
        shape = SHAPES[len(found) % len(SHAPES)].replace("[]", "_")
        chosen = dice.below(len(literals), len(shape)).tolist()
        row = tuple(None if part == "_" else literals[i] for part, i in zip(shape, chosen, strict=True))
        if len({part for part in row if part}) == len([part for part in row if part]):
            found[row] = None
    return list(found)


def pattern(template: Sequence[str | None]) -> str:
    """A template as templates.tsv shows it: [X]w1[Y]w2."""
    names = iter("XYZ")
    return "".join(f"[{next(names)}]" if part is None else part for part in template)


class Language:
    """What `options` fix before the first line.

    lexicon    the words
    templates  rows of literal words, None for a hole, most frequent first; empty without templates
    """

    def __init__(self, options: Options) -> None:
        dice = Dice(options.seed, 0)
        self.lexicon = lexicon = make_lexicon(dice, options.words)
        self.templates = make_templates(dice, lexicon.words) if options.templates else []
        self.first_word = FIRST_TEMPLATE + len(self.templates)
        wordless = sorted(set(lexicon.alphabet).difference(lexicon.words))
        self.tokens = [COMMA, STOP, *lexicon.words, *wordless]
        self.kinds = ["punctuation"] * 2 + ["word"] * len(lexicon.words) + ["noise"] * len(wordless)
        symbols = [COMMA_ID, STOP_ID, *range(self.first_word, self.first_word + len(self.tokens) - 2)]
        self.token_symbols = np.array(symbols)
        self._symbol = dict(zip(self.tokens, symbols, strict=True))
        self._zipf = Zipf(options.words, options.exponent)
        self._template_zipf = Zipf(TEMPLATE_COUNT, options.exponent)
        self._pair_zipf = Zipf(len(lexicon.ambiguous), options.exponent)
        self._pairs = np.array([[self._symbol[word] for word in pair] for pair in lexicon.ambiguous])
        self._noise_symbols = np.array([self._symbol[character] for character in lexicon.alphabet])
        self._noise_limit = round(options.noise * 2**30)
        rows = [self._template_row(number) for number in range(len(self.templates))]
        self._row_lengths = np.array([len(row) for row in rows])
        self._rows = np.array([row + [-1] * (max(map(len, rows)) - len(row)) for row in rows])
        marks = {HOLE_OPEN: "[", HOLE_CLOSE: "]", TEMPLATE_CLOSE: "}"}
        marks |= {FIRST_TEMPLATE + number: f"{{{number + 1}" for number in range(len(self.templates))}
        written = {symbol: token for token, symbol in self._symbol.items()}
        self.text_units = self._units(written, "")
        self.gold_units = self._units(written, " ")
        self.tree_units = self._units(written | marks, " ")

    def _template_row(self, number: int) -> list[int]:
        """The symbols of a template; its holes, still to be filled, are EMPTY."""
        row = [FIRST_TEMPLATE + number]
        for part in self.templates[number]:
            row += [HOLE_OPEN, EMPTY, HOLE_CLOSE] if part is None else [self._symbol[part]]
        return [*row, TEMPLATE_CLOSE]

    def _units(self, written: dict[int, str], separator: str) -> Units:
        """UTF-16 units of each symbol, a row of equal width each, zeros where there is nothing to write."""
        width = len(separator) + 4
        table = np.zeros((self.first_word + len(self.tokens) - 2, width), np.uint16)
        table[LINE_END, -1] = ord("\n")
        for symbol, token in written.items():
            row = [ord(character) for character in separator + token]
            table[symbol, : len(row)] = row
        return table

    def block(self, dice: Dice) -> Ints:
        """The symbols of the next BLOCK_LINES lines."""
        noisy = dice.below(2**30, BLOCK_LINES) < self._noise_limit
        clauses = np.where(noisy, 1, 1 + dice.below(8, BLOCK_LINES))
        count = int(clauses.sum())
        last = np.zeros(count, np.bool_)
        last[np.cumsum(clauses) - 1] = True
        stream = np.full((count, 3), EMPTY)
        stream[:, 0] = np.where(dice.below(3, count) > 0, TEMPLATE, PHRASE) if self.templates else PHRASE
        stream[:, 1] = np.where(last | (dice.below(4, count) == 0), STOP_ID, COMMA_ID)
        stream[last, 2] = LINE_END
        stream[np.repeat(noisy, clauses), :2] = (NOISE, EMPTY)
        stream = stream[stream != EMPTY]
        for depth in range(1, TEMPLATE_DEPTH + 1 if self.templates else 1):
            stream = self._fill_templates(stream, depth, dice)
        stream = _repeat(stream, PHRASE, WORD, 2, 7, dice)
        stream = _repeat(stream, NOISE, NOISE, 8, 72, dice)
        stream = self._choose_words(stream, dice)
        at = np.flatnonzero(stream == NOISE)
        stream[at] = self._noise_symbols[dice.below(len(self._noise_symbols), len(at))]
        return stream

    def _choose_words(self, stream: Ints, dice: Dice) -> Ints:
        """Replace each WORD by one of the lexicon, now and then by two that are an ambiguous pair."""
        at = np.flatnonzero(stream == WORD)
        stream[at] = self._zipf.draw(dice, len(at)) + self.first_word
        at = at[dice.below(AMBIGUITY, len(at)) == 0]
        pairs = self._pairs[self._pair_zipf.draw(dice, len(at))]
        stream[at] = pairs[:, 0]
        return np.insert(stream, at + 1, pairs[:, 1])

    def _fill_templates(self, stream: Ints, depth: int, dice: Dice) -> Ints:
        """Replace each TEMPLATE by a drawn one, its holes by WORD, PHRASE or (not the last time) TEMPLATE."""
        at = np.flatnonzero(stream == TEMPLATE)
        chosen = self._template_zipf.draw(dice, len(at))
        repeats = np.ones(len(stream), np.int64)
        repeats[at] = self._row_lengths[chosen]
        starts = (np.cumsum(repeats) - repeats)[at]
        filled = np.repeat(stream, repeats)
        rows = self._rows[chosen]
        inside = rows >= 0
        filled[(starts[:, None] + np.arange(rows.shape[1]))[inside]] = rows[inside]
        holes = np.flatnonzero(filled == EMPTY)
        fillings = np.array([WORD, WORD, PHRASE, TEMPLATE if depth < TEMPLATE_DEPTH else WORD])
        filled[holes] = fillings[dice.below(4, len(holes))]
        return filled


def _repeat(stream: Ints, old: int, new: int, fewest: int, most: int, dice: Dice) -> Ints:
    """Replace each symbol `old` by `fewest` to `most` symbols `new`."""
    at = np.flatnonzero(stream == old)
    stream[at] = new
    repeats = np.ones(len(stream), np.int64)
    repeats[at] = fewest + dice.below(most - fewest + 1, len(at))
    return np.repeat(stream, repeats)


def _write(units: Units, stream: Ints) -> bytes:
    """The symbols of whole lines as UTF-8; a separator at the start of a line is dropped."""
    rows = units[stream]
    written: bytes = rows[rows != 0].astype("<u2").tobytes()
    return written.decode("utf-16-le").replace("\n ", "\n").removeprefix(" ").encode()


def _blocks(language: Language, options: Options) -> Iterator[tuple[Ints, bytes]]:
    """Blocks of whole lines, as symbols and as raw text, until options.size bytes of text are full."""
    dice = Dice(options.seed, 1)
    room = options.size
    while room:
        stream = language.block(dice)
        text = _write(language.text_units, stream)
        if len(text) > room:
            text = text[: text.rfind(b"\n", 0, room) + 1]
            ends = np.flatnonzero(stream == LINE_END) + 1
            stream = stream[: ends[text.count(b"\n") - 1] if text else 0]
            room = len(text)
        if text:
            yield stream, text
        room -= len(text)


def generate(directory: str | Path, options: Options) -> Language:
    """Write the files of README.md into `directory`, made if need be; return the language they are in.

    Memory does not depend on options.size.  Raises ValueError (from Options) or OSError.
    """
    folder = Path(directory)
    folder.mkdir(parents=True, exist_ok=True)
    language = Language(options)
    counts = np.zeros(len(language.text_units), np.int64)
    tables = {"text.txt": language.text_units, "gold.txt": language.gold_units}
    if options.templates:
        tables["gold_templates.txt"] = language.tree_units
    files = {name: (folder / name).open("wb") for name in tables}
    try:
        for stream, text in _blocks(language, options):
            counts += np.bincount(stream, minlength=len(counts))
            files["text.txt"].write(text)
            for name in files.keys() - {"text.txt"}:
                files[name].write(_write(tables[name], stream))
    finally:
        for file in files.values():
            file.close()
    frequencies = counts[language.token_symbols].tolist()
    tokens = zip(language.tokens, frequencies, language.kinds, strict=True)
    listed = [row for row in tokens if row[1] or row[2] == "word"]
    listed.sort(key=lambda row: (-row[1], row[0]))
    _write_table(folder / "words.tsv", ("word", "frequency", "kind"), listed)
    if options.templates:
        uses = counts[FIRST_TEMPLATE : language.first_word].tolist()
        numbered = enumerate(zip(language.templates, uses, strict=True), 1)
        rows = [(number, pattern(template), used) for number, (template, used) in numbered]
        _write_table(folder / "templates.tsv", ("template", "pattern", "frequency"), rows)
    return language


def _write_table(path: Path, header: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    lines = ["\t".join(map(str, row)) + "\n" for row in (header, *rows)]
    path.write_bytes("".join(lines).encode())


def size_in_bytes(text: str) -> int:
    """1500, 10kB, 10MB, 1GB (powers of 1000) or KiB, MiB, GiB (of 1024), in bytes; ValueError otherwise."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(?:([kmg])(i?))?b?", text.strip().lower(), re.ASCII)
    if not found:
        raise ValueError(f"not a size such as 100kB, 10MB or 1GB: {text}")
    number, prefix, binary = found.groups()
    base = 1024 if binary else 1000
    return int(Decimal(number) * base ** (1 + "kmg".index(prefix) if prefix else 0))


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(
        description="Write an invented corpus and the truth about it.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        argument_default=argparse.SUPPRESS,
    )
    parser.add_argument("--size", required=True, help="of text.txt at most: 100kB, 10MB, 1GB")
    parser.add_argument("--out", required=True, metavar="DIR", help="where the files go")
    parser.add_argument("--seed", type=int, default=Options.seed, help="of the language and the text")
    parser.add_argument("--words", type=int, default=Options.words, help="size of the lexicon")
    parser.add_argument("--exponent", type=float, default=Options.exponent, help="of Zipf's law")
    parser.add_argument("--noise", type=float, default=Options.noise, help="share of noise lines")
    parser.add_argument("--templates", action="store_true", default=False, help="nested templates")
    given = vars(parser.parse_args(arguments))
    directory = given.pop("out")
    try:
        options = Options(**given | {"size": size_in_bytes(given["size"])})
    except ValueError as error:
        parser.error(str(error))
    generate(directory, options)


if __name__ == "__main__":
    main()
