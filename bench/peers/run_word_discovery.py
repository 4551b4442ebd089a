"""Drive word-discovery, where it is present: learn words from a text, or segment a text with learnt words.

run_word_discovery.py probe
run_word_discovery.py learn CORPUS WORDS [--min-count N]     WORDS: word, blank, count; most frequent first
run_word_discovery.py segment WORDS TEXT                     to standard output, by jieba, as its authors do

MINENT_BENCH_WORD_DISCOVERY: the directory of word_discovery.py; MINENT_BENCH_KENLM: that of KenLM's programs.
"""

import ast
import importlib
import os
import re
import sys
import tempfile
import types
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from driver import run

ORDER = 4
MIN_PMI = [0, 2, 4, 6]
MEMORY = 0.5


def directory(variable: str, holds: str) -> Path:
    path = Path(os.environ.get(variable, ""))
    if not os.environ.get(variable) or not (path / holds).is_file():
        raise SystemExit(f"{variable} names no directory that holds {holds}")
    return path.resolve()


def word_discovery() -> Any:
    """Its imports, classes and functions alone: as a module it would start on its authors' corpus."""
    path = directory("MINENT_BENCH_WORD_DISCOVERY", "word_discovery.py") / "word_discovery.py"
    tree = ast.parse(path.read_text(encoding="utf-8"))
    kept = (ast.Import, ast.ImportFrom, ast.ClassDef, ast.FunctionDef)
    tree.body = [node for node in tree.body if isinstance(node, kept)]
    module = types.ModuleType("word_discovery")
    exec(compile(tree, str(path), "exec"), module.__dict__)
    return module


def texts(corpus: Path) -> Iterator[str]:
    """Lines cut as its own reader cuts documents: whatever is not Han, Latin or a digit ends a line."""
    with corpus.open(encoding="utf-8", newline="\n") as file:
        for line in file:
            yield re.sub("[^\u4e00-\u9fa50-9a-zA-Z ]+", "\n", line.rstrip("\n").replace("\u3000", " ").strip())


def learn(corpus: Path, words: Path, min_count: int) -> None:
    module = word_discovery()
    kenlm = directory("MINENT_BENCH_KENLM", "count_ngrams")
    corpus, words = corpus.resolve(), words.resolve()
    with tempfile.TemporaryDirectory() as work:
        os.chdir(work)
        Path("count_ngrams").symlink_to(kenlm / "count_ngrams")
        module.write_corpus(texts(corpus), "corpus")
        module.count_ngrams("corpus", ORDER, "characters", "ngrams", MEMORY)
        counted = module.KenlmNgrams("characters", "ngrams", ORDER, min_count)
        ngrams = module.filter_ngrams(counted.ngrams, counted.total, MIN_PMI)
        trie = module.SimpleTrie()
        for ngram in ngrams:
            trie.add_word(ngram)
        candidates = Counter(word for text in texts(corpus) for word in trie.tokenize(text))
        frequent = {word: count for word, count in candidates.items() if count >= min_count}
        found = module.filter_vocab(frequent, ngrams, ORDER)
    ordered = sorted(found.items(), key=lambda item: -item[1])
    rows = (f"{word} {count}\n" for word, count in ordered if word.strip())  # its top "word" is a line end
    words.write_text("".join(rows), encoding="utf-8")


def jieba() -> Any:
    warnings.simplefilter("ignore")
    return importlib.import_module("jieba")


def segment(words: Path, text: Path) -> None:
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    with tempfile.TemporaryDirectory() as work:
        tokenizer = jieba().Tokenizer(str(words))
        tokenizer.tmp_dir = work  # it leaves a file of its own there
        with text.open(encoding="utf-8", newline="\n") as file:
            for line in file:
                sys.stdout.write(" ".join(tokenizer.cut(line.rstrip("\n"), HMM=False)) + "\n")


def probe() -> None:
    """Fail unless everything that is needed is there."""
    word_discovery()
    directory("MINENT_BENCH_KENLM", "count_ngrams")
    jieba()


if __name__ == "__main__":
    run(__doc__, probe, learn, segment, "--min-count", type=int, default=32)
