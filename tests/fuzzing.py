"""Damaged, changed and made-up files for everything that reads one: python tests/fuzzing.py FORMAT --runs N.

A file is refused with one of our errors, or it can be used; anything else is a finding, and the file is kept.  Half of
the time the checksum is made to fit again, so that what stands behind it is reached.
"""

import argparse
import hashlib
import io
import json
import random
import re
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np

from minent import Lexicon, NgramCounts, Parser, Segmenter, Template, TemplateSet, Tokenizer, Vocabulary
from minent.corpus import Corpus
from minent.count import CountOptions, count_ngrams
from minent.errors import MinentError
from minent.scoring.treebanks import read_treebank
from minent.vocabulary import BYTEPIECE

MEMORY = 4 << 30
LONGEST = 10.0  # seconds for one file
_NUMBERS = [b"0", b"-1", b"1", b"255", b"256", b"2147483648", b"9223372036854775807", b"9223372036854775808", b"1e400"]
_NUMBERS += [b"nan", b"-inf", b"1000000000", b"0.5", b"1" * 400, b"true", b"null", b"[]", b"{}", b'""']
_WORDS = [
    b"\t",
    b"\n",
    b"\r\n",
    b"\\",
    b'"',
    b"#",
    b"[X]",
    b"]",
    b"\xff",
    b"\xed\xa0\x80",
    b"\x00",
    b"\xef\xbb\xbf",
    b" ",
]


class Format(NamedTuple):
    """One kind of file.

    seeds  whole files
    read   loads a file and uses it a little
    mend   makes the checksum fit
    """

    seeds: list[bytes]
    read: Callable[[Path], object]
    mend: Callable[[bytes], bytes]


def _as_it_is(data: bytes) -> bytes:
    return data


def _written(thing: Lexicon | TemplateSet | Vocabulary) -> bytes:
    stream = io.BytesIO()
    thing.write(stream)
    return stream.getvalue()


def _use_counts(path: Path) -> None:
    counts = NgramCounts.load(path)
    for ngram, _ in islice(counts.rows(), 50):
        counts.look_up(bytes.fromhex(ngram) if counts.about.get("alphabet") == "bytes" else ngram)


def _mend_counts(data: bytes) -> bytes:
    return data[:-64] + hashlib.sha256(data[:-64]).hexdigest().encode()


def _use_lexicon(path: Path) -> None:
    lexicon = Lexicon.load(path)
    if len(lexicon):
        Segmenter(lexicon).spans("我们ab 12 of the")


def _use_templates(path: Path) -> None:
    templates = TemplateSet.load(path)
    Parser(templates).parse("what is the a of b")


def _use_vocabulary(path: Path) -> None:
    vocabulary = Vocabulary.load(path)
    text = "the 我们 \x00\xff".encode()
    tokenizer = Tokenizer(vocabulary)
    if vocabulary.options.normalization == "none":
        assert tokenizer.decode(tokenizer.encode(text)) == text


def _use_treebank(path: Path) -> None:
    list(read_treebank(path.read_text("utf-8", "replace").splitlines(), path.name))


def _mend_vocabulary(data: bytes) -> bytes:
    """Let the file say the checksum that its content has, if it can be read so far."""
    try:
        content = json.loads(data)
        checksum = content.pop("checksum")
        rows = content.pop("pieces")
    except (ValueError, KeyError, AttributeError, RecursionError):
        return data
    if not isinstance(checksum, str) or not checksum.isascii():
        return data
    digest = hashlib.blake2b(
        json.dumps(content, ensure_ascii=False, sort_keys=True).encode("utf-8", "replace"), digest_size=16
    )
    try:
        pieces = [piece.encode() if isinstance(piece, str) else bytes.fromhex(piece["hex"]) for piece, _ in rows]
        ordered = sorted(zip(pieces, (count for _, count in rows), strict=True), key=lambda row: (len(row[0]), row[0]))
        digest.update(b"".join(piece for piece, _ in ordered))
        digest.update(np.cumsum([0, *(len(piece) for piece, _ in ordered)]).astype("<i8").tobytes())
        digest.update(np.array([count for _, count in ordered], "<i8").tobytes())
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
        return data
    return data.replace(checksum.encode(), digest.hexdigest().encode(), 1)


def formats() -> dict[str, Format]:
    """Every format that is read, with some whole files."""
    with tempfile.TemporaryDirectory() as folder:
        text = Path(folder, "text")
        text.write_text("我们的研究生的研究\nthe name of the rose\n12 我们的\n", "utf-8")
        counts = []
        for options in (CountOptions(3), CountOptions(2, "bytes"), CountOptions(1, min_count=9)):
            count_ngrams(Corpus(text), options).save(Path(folder, "c"), force=True)
            counts.append(Path(folder, "c").read_bytes())
    numbers = [np.array(column, float) for column in ([1.5, 2.0], [0.5, np.nan], [1.0, 1.0], [9.0, 3.0])]
    lexicon = Lexicon(["我们", "of the"], np.array([5, 2]), *numbers, {"format": "minent lexicon 1", "corpus-bytes": 9})
    keyed = Lexicon(["a\\", "b"], np.array([5, 2]), *numbers, {"format": "minent lexicon 1"}, np.array([0.5, np.nan]))
    about = {"format": "minent templates 1", "units": "spaces", "separator": "space", "clauses": "marks"}
    shown = Template((None, "of", None), 7, 20.0, (), ((("x|", 4), ("=;", 3)), (("y", 1),)), ("c", ""), ("a of b",))
    templates = TemplateSet([shown, Template(("what", "is", None), 2, 1.0, (0.5,))], 20, about)
    pieces = [bytes([byte]) for byte in range(256)] + ["我们".encode(), b"the", b"\xff\xfe"]
    vocabulary = Vocabulary(pieces, range(1, len(pieces) + 1), about={"corpus-bytes": 9})
    bytepiece = io.BytesIO()
    Vocabulary(pieces, [1] * len(pieces), BYTEPIECE).write_bytepiece(bytepiece)
    trees = [
        b"((what is ((the name) of (the rose))) ?)\n(a b)\n",
        b"# text = a b\n1\ta\t_\t_\t_\t_\t2\t_\t_\t_\n2\tb\t_\t_\t_\t_\t0\t_\t_\t_\n\n",
    ]
    return {
        "counts": Format(counts, _use_counts, _mend_counts),
        "lexicon": Format([_written(lexicon), _written(keyed)], _use_lexicon, _as_it_is),
        "templates": Format([_written(templates)], _use_templates, _as_it_is),
        "tokenizer": Format([_written(vocabulary)], _use_vocabulary, _mend_vocabulary),
        "bytepiece": Format([bytepiece.getvalue()], _use_vocabulary, _as_it_is),
        "treebank": Format(trees, _use_treebank, _as_it_is),
    }


def changed(data: bytes, seeds: list[bytes], dice: random.Random) -> bytes:
    """Return a file with one to six changes."""
    for _ in range(dice.choice((1, 1, 1, 2, 3, 6))):
        data = dice.choice(_CHANGES)(data, seeds, dice)
    return data


def _place(data: bytes, dice: random.Random) -> tuple[int, int]:
    start = dice.randrange(len(data) + 1)
    return start, min(len(data), start + dice.choice((1, 1, 2, 4, 8, 30, 200)))


def _flip(data: bytes, seeds: list[bytes], dice: random.Random) -> bytes:
    if not data:
        return data
    at = dice.randrange(len(data))
    return data[:at] + bytes([data[at] ^ 1 << dice.randrange(8)]) + data[at + 1 :]


def _delete(data: bytes, seeds: list[bytes], dice: random.Random) -> bytes:
    start, end = _place(data, dice)
    return data[:start] + data[end:]


def _repeat(data: bytes, seeds: list[bytes], dice: random.Random) -> bytes:
    start, end = _place(data, dice)
    return data[:end] + data[start:end] * dice.choice((1, 1, 2, 50)) + data[end:]


def _truncate(data: bytes, seeds: list[bytes], dice: random.Random) -> bytes:
    return data[: dice.randrange(len(data) + 1)]


def _insert(data: bytes, seeds: list[bytes], dice: random.Random) -> bytes:
    at = dice.randrange(len(data) + 1)
    return data[:at] + dice.choice([*_NUMBERS, *_WORDS, dice.randbytes(8)]) + data[at:]


def _overwrite(data: bytes, seeds: list[bytes], dice: random.Random) -> bytes:
    """Put a number of the width of a column somewhere."""
    size = dice.choice((2, 4, 8))
    at = dice.randrange(len(data) + 1) // size * size
    value = dice.choice((0, 1, 2, 255, 256, 2**15, 2**16 - 1, 2**31 - 1, 2**31, 2**32 - 1, 2**62, 2**63, 2**64 - 1))
    return data[:at] + (value % 2 ** (8 * size)).to_bytes(size, "little") + data[at + size :]


def _renumber(data: bytes, seeds: list[bytes], dice: random.Random) -> bytes:
    """Put another number for one that is written in digits."""
    found = [match.span() for match in re.finditer(rb"-?[0-9][0-9.]*", data[: 1 << 14])]
    if not found:
        return data
    start, end = dice.choice(found)
    return data[:start] + dice.choice(_NUMBERS) + data[end:]


def _swap_lines(data: bytes, seeds: list[bytes], dice: random.Random) -> bytes:
    lines = data.split(b"\n")
    first, second = (dice.randrange(len(lines)) for _ in range(2))
    lines[first], lines[second] = lines[second], lines[first]
    return b"\n".join(lines)


def _splice(data: bytes, seeds: list[bytes], dice: random.Random) -> bytes:
    other = dice.choice(seeds)
    return data[: _place(data, dice)[0]] + other[_place(other, dice)[0] :]


_CHANGES = (_flip, _delete, _repeat, _truncate, _insert, _overwrite, _renumber, _swap_lines, _splice)


class FindingError(Exception):
    """A file that does something else than to be refused or used."""


def fuzz(name: str, runs: int, seed: int, place: Path) -> Counter[str]:
    """Try files of one format.  Returns how many were refused, by the class of the error, and how many could be used.

    Raises FindingError for the first that does anything else; it stands in `place` then.
    """
    kind = formats()[name]
    ends: Counter[str] = Counter()
    path = place / f"fuzzed-{name}"
    for number in range(runs):
        dice = random.Random(f"{seed} {number}")
        data = changed(dice.choice(kind.seeds), kind.seeds, dice)
        if dice.random() < 0.5:
            data = kind.mend(data)
        path.write_bytes(data)
        begun = time.monotonic()
        try:
            kind.read(path)
            ends["used"] += 1
        except MinentError as error:
            ends[type(error).__name__] += 1
            if "\n" in str(error) or len(str(error)) > 2000:
                raise FindingError(
                    f"{path}: run {number} of seed {seed}: the message is not one line: {error}"
                ) from error
        except Exception as error:
            raise FindingError(f"{path}: run {number} of seed {seed}: {type(error).__name__}: {error}") from error
        if time.monotonic() - begun > LONGEST:
            raise FindingError(f"{path}: run {number} of seed {seed} takes {time.monotonic() - begun:.0f} seconds")
    path.unlink(missing_ok=True)
    return ends


def main() -> None:
    """Fuzz one format, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("formats", nargs="*", help="all if none is named")
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        for name in arguments.formats or formats():
            begun = time.monotonic()
            try:
                ends = fuzz(name, arguments.runs, arguments.seed, Path(folder))
            except FindingError as finding:
                kept = Path(f"fuzzed-{name}")
                kept.write_bytes(Path(folder, kept.name).read_bytes())
                sys.exit(f"{kept}: {finding}")
            told = ", ".join(f"{end} {times:,}" for end, times in sorted(ends.items()))
            sys.stdout.write(f"{name}\t{arguments.runs}\t{told}\t{time.monotonic() - begun:.0f} s\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
