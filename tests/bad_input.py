"""Texts that nobody has cleaned, by name."""

import random
from itertools import cycle, islice

_HAN = "我们的研究生在图书馆里看书，天气很好。\n他们也来了，说今天没有课。\n"
_ENGLISH = "The name of the rose is the name of a rose.\nWhat is the name of it?\n"


def _repeated(text: str, size: int) -> bytes:
    return text.encode() * (size // len(text.encode()) + 1)


def texts() -> dict[str, bytes]:
    """Return the texts; the same ones each time."""
    dice = random.Random(1)
    han = [chr(code) for code in range(0x4E00, 0x4E00 + 3000)]
    every = [chr(code) for code in islice(range(0x20, 0x30000), 0, None, 7) if not 0xD800 <= code <= 0xDFFF]
    return {
        "empty": b"",
        "one character": b"x",
        "one character of three bytes": "天".encode(),
        "newlines": b"\n" * 20_000,
        "spaces": b"   \n \t \n" * 500,
        "ideographic spaces": "\u3000\u3000\n".encode() * 200,
        "punctuation": "。，！？…——\n!!! ??? ...\n".encode() * 200,
        "digits": b"0123 456.789\n" * 200,
        "no line end": _repeated(_HAN, 5_000).rstrip(b"\n"),
        "crlf": _repeated(_HAN + _ENGLISH, 5_000).replace(b"\n", b"\r\n"),
        "cr": _repeated(_HAN + _ENGLISH, 5_000).replace(b"\n", b"\r"),
        "other line ends": "天地\u2028日月\u2029山川\x85水火\x0b风云\x0c\n".encode() * 100,
        "nul": b"a\x00b\x00\x00c\n" * 200,
        "controls": bytes(range(32)) * 50 + b"\x7f\n",
        "c1 controls": "".join(map(chr, range(0x80, 0xA0))).encode() * 20,
        "escapes": b"\x1b[31mred\x1b[0m \x1b]0;title\x07\x1b[2J\n" * 100,
        "right to left": "שלום עולם מה שלומך\nمرحبا بالعالم كيف الحال\n".encode() * 100,
        "bidirectional controls": "ab\u202ecd\u202c \u2066ef\u2069\u200f\n".encode() * 100,
        "byte order mark": b"\xef\xbb\xbf" + _repeated(_HAN, 3_000),
        "byte order marks inside": "天\ufeff地\n".encode() * 100,
        "utf-16 with a mark": (_HAN * 20).encode("utf-16"),
        "utf-16 without one": (_HAN * 20).encode("utf-16-be"),
        "utf-32": (_HAN * 20).encode("utf-32"),
        "gb18030": (_HAN * 20).encode("gb18030"),
        "big5": ("我們的研究生在圖書館看書。\n" * 20).encode("big5"),
        "shift-jis": ("図書館で本を読みます。\n" * 20).encode("shift-jis"),
        "latin-1": ("déjà vu à la carte\n" * 20).encode("latin-1"),
        "mixed encodings": _HAN.encode() + _HAN.encode("gb18030") + _HAN.encode(),
        "overlong": b"abc \xc0\xaf \xe0\x80\xaf def\n",
        "surrogates": b"abc \xed\xa0\x80\xed\xb0\x80 def\n",
        "beyond unicode": b"abc \xf4\x90\x80\x80 \xf8\x88\x80\x80\x80 def\n",
        "cut off": _repeated(_HAN, 3_000) + "天".encode()[:2],
        "wrong far behind": _repeated(_HAN, 600_000) + b"\xff\n",
        "private use": "\ue000\ue001\uf8ff\U000f0000\U0010fffd\n".encode() * 100,
        "unassigned": "\u0378\u0379\ufdd0\uffff\U0001ffff\U000e0fff\n".encode() * 100,
        "beyond the first plane": "𠀀𠀁𠮷野家\n𐐷𐑊\n".encode() * 100,
        "emoji": "👩‍👩‍👧‍👦🏳️‍🌈👍🏽🇯🇵🇨🇳\n".encode() * 100,
        "marks in heaps": ("e" + "\u0301" * 3000 + "\n" + "\u0301" * 50 + "\n").encode(),
        "marks alone": "\u0301\u0302\u0303\n".encode() * 100,
        "variation selectors": "葛\U000e0100葛\ufe00飾\n".encode() * 100,
        "formulas": b"=1+1\n+2\n-3\n@SUM(A1)\n=cmd|' /C calc'!A0\n" * 50,
        "tabs": b"a\tb\tc\n\t\n\ta\n" * 100,
        "remarks": b"# a b c\n#\n## the\n" * 100,
        "backslashes": b"a\\tb \\n \\\\ \\x41 \\\n" * 100,
        "holes": b"[X] of [Y]\n[X]\n] [ [[ ]]\n\\[X]\n" * 100,
        "json": b'{"text": "a b", "id": [1, 2]}\n[]\nnull\n' * 100,
        "special tokens": b"<pad><bos>a b<eos>\n<unk> <s>\n" * 100,
        "sentencepiece's space": "a▁b ▁▁ ▁\n".encode() * 100,
        "one line of one letter": b"a" * 300_000,
        "one line of one character": "天".encode() * 100_000,
        "one line of words": _repeated(_ENGLISH.replace("\n", " "), 300_000),
        "one line of han": "".join(dice.choices(han, k=60_000)).encode(),
        "lines of one character": "".join(f"{letter}\n" for letter in dice.choices(han, k=20_000)).encode(),
        "every character": "".join(f"{letter}\n" if not n % 50 else letter for n, letter in enumerate(every)).encode(),
        "the same line": b"the name of the rose\n" * 5_000,
        "two lines in turn": "".join(islice(cycle(("天地玄黄\n", "宇宙洪荒\n")), 4_000)).encode(),
        "no word twice": "\n".join(f"{chr(0x4E00 + n)}{chr(0x5E00 + n)}" for n in range(4_000)).encode(),
        "noise": dice.randbytes(20_000),
        "noise that is text": "".join(map(chr, (dice.randrange(0x20, 0xD7FF) for _ in range(10_000)))).encode(),
        "gzip's first bytes": b"\x1f\x8b" + _repeated(_HAN, 1_000),
        "zstd's first bytes": b"\x28\xb5\x2f\xfd" + _repeated(_HAN, 1_000),
        "a lexicon": b"# format: minent lexicon 1\nword\tcount\tpmi\tleft_entropy\tright_entropy\tscore\na\t1\n",
    }
