"""Drive nlp-zero, where it is installed: learn words from a text, or segment a text with learnt words.

run_nlp_zero.py probe
run_nlp_zero.py learn CORPUS WORDS [--min-proba P]     WORDS: word, tab, count; most frequent first
run_nlp_zero.py segment WORDS TEXT                     to standard output
"""

import collections
import collections.abc
import importlib
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from driver import run


def nlp_zero() -> Any:
    """The module; it looks for a name that Python 3.10 moved, and its regular expressions warn."""
    collections.Iterable = collections.abc.Iterable  # type: ignore[attr-defined]
    warnings.simplefilter("ignore")
    return importlib.import_module("nlp_zero")


def lines(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8", newline="\n") as file:
        for line in file:
            yield line.rstrip("\n")


def learn(corpus: Path, words: Path, min_proba: float | None) -> None:
    module = nlp_zero()
    finder = module.Word_Finder() if min_proba is None else module.Word_Finder(min_proba=min_proba)
    finder.train(lines(corpus))
    finder.find(lines(corpus))
    ordered = sorted(finder.words.items(), key=lambda item: -item[1])
    words.write_text("".join(f"{word}\t{count}\n" for word, count in ordered), encoding="utf-8")


def segment(words: Path, text: Path) -> None:
    module = nlp_zero()
    rows = (line.split("\t") for line in lines(words))
    tokenizer = module.Tokenizer(module.Trie([(word, int(count)) for word, count in rows]))
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    for line in lines(text):
        sys.stdout.write(" ".join(tokenizer.tokenize(line)) + "\n")


if __name__ == "__main__":
    run(__doc__, nlp_zero, learn, segment, "--min-proba", type=float)
