"""Short strings of all kinds, for programs that must agree on every string.

    from strings import strings
    for text in strings(100_000, seed=1, pieces=["...", ...], specials=["<pad>"]):

The same arguments give the same strings.  All are valid Unicode without lone surrogates; some are empty.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

SAMPLES = ("zh.txt", "ja.txt", "en.txt")
BLOCKS = (  # first and last code point: letters and marks of many scripts, some signs
    *((0x20, 0x7E), (0xA0, 0xFF), (0x100, 0x24F), (0x250, 0x2AF), (0x300, 0x36F), (0x370, 0x3FF), (0x400, 0x52F)),
    *((0x531, 0x58F), (0x591, 0x5F4), (0x600, 0x6FF), (0x700, 0x74F), (0x780, 0x7BF), (0x7C0, 0x7FA), (0x900, 0x97F)),
    *((0x980, 0x9FE), (0xA01, 0xA76), (0xB82, 0xBFA), (0xC00, 0xC7F), (0xD00, 0xD7F), (0xD81, 0xDF4), (0xE01, 0xE5B)),
    *((0xE81, 0xEDF), (0xF00, 0xFDA), (0x1000, 0x109F), (0x10A0, 0x10FF), (0x1100, 0x11FF), (0x1200, 0x139F)),
    *((0x13A0, 0x13FD), (0x1401, 0x167F), (0x16A0, 0x16F8), (0x1780, 0x17F9), (0x1800, 0x18AA), (0x1E00, 0x1FFE)),
    *((0x2000, 0x206F), (0x2070, 0x20BF), (0x2100, 0x218B), (0x2190, 0x23FF), (0x2500, 0x259F), (0x2600, 0x27BF)),
    *((0x2C80, 0x2CFF), (0x2D30, 0x2D7F), (0x3000, 0x303F), (0x3041, 0x30FF), (0x3105, 0x318E), (0x3400, 0x4DBF)),
    *((0x4E00, 0x9FFF), (0xA000, 0xA48C), (0xAC00, 0xD7A3), (0xF900, 0xFAD9), (0xFE00, 0xFE4F), (0xFF01, 0xFFEE)),
    *((0x10000, 0x100FA), (0x10400, 0x1044F), (0x12000, 0x12399), (0x13000, 0x1342E), (0x1D400, 0x1D7FF)),
    *((0x1E900, 0x1E95F), (0x1F300, 0x1FAFF), (0x20000, 0x2A6DF), (0xE0001, 0xE007F), (0xF0000, 0x10FFFD)),
)
DIGITS = "0123456789٠١٢٣۴۵६७८๓๔０１２𝟘𝟙²½Ⅳ四"
BLANKS = " \t\n\r\v\f\x1c\x1f\x85\xa0\u1680\u2003\u2028\u2029\u202f\u3000\ufeff\u200b"
EMOJI = ("👍🏽", "👩‍👩‍👧‍👦", "🇨🇳", "🇩🇪", "☝️", "❤️‍🔥", "🏴\U000e0067\U000e0062\U000e007f", "😀", "7️⃣", "🧑🏿‍🚀")
WORDS = ("def", "return", "self.", "I'm", "they'LL", "naïve", "foo_bar", "0x1F", "http://", "://", "==", "    ", "\n\t")

Draw = random.Random


def strings(
    count: int, *, seed: int, pieces: Sequence[str] = (), specials: Sequence[str] = (), texts: Sequence[str] = ()
) -> Iterator[str]:
    """Yield strings of every kind in turn, drawn with a seed.

    pieces    to be glued together
    specials  to stand in other text
    texts     to take stretches of, beside the samples here
    """
    draw = Draw(seed)
    texts = (*texts, *(Path(__file__).with_name(name).read_text("utf-8") for name in SAMPLES))

    def stretch() -> str:
        text = draw.choice(texts)
        start = draw.randrange(len(text))
        return text[start : start + draw.choice((1, 3, 10, 40, 200))]

    def glued() -> str:
        return "".join(draw.choices(pieces or WORDS, k=draw.randint(1, 12)))

    def run() -> str:
        part = draw.choice((draw.choice(pieces or WORDS), draw.choice("a 中\nΩ🙂0."), _character(draw)))
        return part * draw.choice((2, 3, 5, 17, 64, 300))

    def with_specials() -> str:
        parts = draw.choices((*specials, *(special[:-1] for special in specials), "<0x0A>", "▁"), k=3)
        return stretch()[:20].join([*parts, ""])

    def mixed() -> str:
        return "".join(draw.choice(kinds)() for _ in range(3))

    makers = (of_block, emoji, blanks, digits, words, marks, any_characters)
    kinds: list[Callable[[], str]] = [stretch, glued, run, with_specials, *(partial(maker, draw) for maker in makers)]
    kinds.append(mixed)
    yield ""
    for number in range(count - 1):
        yield kinds[number % len(kinds)]()


def _character(draw: Draw) -> str:
    """Any character there is, of the ones with short codes as often as of the others."""
    code = draw.randrange(draw.choice((0x80, 0x800, 0x10000, 0x110000)))
    return chr(code) if not 0xD800 <= code < 0xE000 else "\ufffd"


def any_characters(draw: Draw) -> str:
    """Characters that have nothing to do with each other, assigned or not."""
    return "".join(_character(draw) for _ in range(draw.randint(1, 40)))


def of_block(draw: Draw) -> str:
    """Characters of one script, with spaces between some."""
    first, last = draw.choice(BLOCKS)
    letters = [chr(draw.randint(first, last)) for _ in range(draw.randint(1, 8))]
    return "".join(draw.choices([*letters, " "], k=draw.randint(1, 40)))


def emoji(draw: Draw) -> str:
    """Emoji of several characters, some of them torn."""
    text = "".join(draw.choices((*EMOJI, " ", "ok"), k=draw.randint(1, 8)))
    return text[draw.randint(0, 2) :]


def blanks(draw: Draw) -> str:
    """White space, line ends and controls, with some letters."""
    return "".join(draw.choices(BLANKS * 2 + "ab中" + "".join(map(chr, range(32))), k=draw.randint(1, 30)))


def digits(draw: Draw) -> str:
    """Digits of several scripts among letters."""
    return "".join(draw.choices(DIGITS * 2 + "ab.,- 年", k=draw.randint(1, 30)))


def words(draw: Draw) -> str:
    """What stands in programs and in letters."""
    return draw.choice(("", " ")).join(draw.choices(WORDS, k=draw.randint(1, 15)))


def marks(draw: Draw) -> str:
    """Letters with marks that normal forms reorder or join."""
    letters = "aeo" * 2 + "\u0301\u0323\u0308\u0345가\u1161\u11a8\u0915\u093cΩ\u212b"
    return "".join(draw.choices(letters, k=draw.randint(1, 20)))
