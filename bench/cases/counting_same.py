"""The same bytes for any number of threads, any limit of memory, and a file, a pipe or compressed text."""

import gzip
import hashlib
import itertools
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import measure
from context import NEWS, Context, Row
from counters import BYTES, CHARACTERS, count_minent, within
from measure import Command
from tools import Words

COLUMNS = {"n-grams": "", "runs": "d", "sha256 of the most frequent output": "", "all the same": ""}

THREADS = (1, 2, 3)
LIMITS = ("64MB", "128MB", "8GB")
KINDS = {"1 to 4 characters": CHARACTERS, "1 to 6 bytes": BYTES}


def rows(context: Context) -> Iterator[Row]:
    news, counts, folder = context.file(NEWS), context.work / "counts.mnc", context.scratch()
    limits = {limit: within(limit, folder) for limit in LIMITS}
    compressed = context.work / "news.txt.gz"
    compressed.write_bytes(gzip.compress(news.read_bytes(), 1))
    for kind, flags in KINDS.items():
        digests: Counter[str] = Counter()
        for threads, limit, source in itertools.product(THREADS, limits.values(), (news, "-", compressed)):
            command = [*count_minent(source, counts, flags, threads=threads), *limit]
            measure.run(Command(_piped(news, command) if source == "-" else command))
            digests[hashlib.sha256(counts.read_bytes()).hexdigest()[:16]] += 1
        ((digest, _),) = digests.most_common(1)
        yield {
            "n-grams": kind,
            "runs": digests.total(),
            "sha256 of the most frequent output": digest,
            "all the same": "yes" if len(digests) == 1 else f"NO: {len(digests)} outputs",
        }


def _piped(text: Path, command: Words) -> Words:
    return ["sh", "-c", 'cat "$0" | "$@"', text, *command]
