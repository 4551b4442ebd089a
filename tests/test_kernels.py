"""House rules for kernels, and how compiled code behaves where minent is installed."""

import ast
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import naive
import pytest

import minent
from minent.kernels import _prebuilt

PACKAGE = Path(minent.__file__).parent
SOURCES = sorted(path for path in (PACKAGE / "kernels").glob("*.py") if not path.name.startswith("_"))
ROOT = Path(__file__).parents[1]

Node = ast.FunctionDef


def functions(path: Path) -> list[Node]:
    return [node for node in ast.parse(path.read_text()).body if isinstance(node, Node)]


def kernels(path: Path) -> list[Node]:
    return [node for node in functions(path) if [ast.unparse(mark) for mark in node.decorator_list] == ["kernel"]]


EVERY_KERNEL = [pytest.param(path, node, id=f"{path.stem}.{node.name}") for path in SOURCES for node in kernels(path)]

PUBLIC = {f"{path.stem}.{node.name}" for path in SOURCES for node in kernels(path) if not node.name.startswith("_")}


def names(node: ast.AST) -> set[str]:
    return {child.id for child in ast.walk(node) if isinstance(child, ast.Name)}


def test_the_kernels_are_found() -> None:
    assert len(SOURCES) >= 8
    assert len(EVERY_KERNEL) >= 46
    assert {"lattice.prune_words", "splitting.split_buckets", "runs.count_runs", "units.count_runs"} <= PUBLIC


@pytest.mark.parametrize(("path", "kernel"), EVERY_KERNEL)
def test_every_kernel_has_a_twin_that_it_is_compared_with(path: Path, kernel: Node) -> None:
    if kernel.name.startswith("_"):
        reached = {node.name for node in kernels(path) if not node.name.startswith("_")}
        for _ in kernels(path):
            reached |= {name for node in kernels(path) if node.name in reached for name in names(node)}
        assert kernel.name in reached, "no public kernel leads to it"
    else:
        twin = naive.TWINS.get(f"{path.stem}.{kernel.name}", kernel.name)
        tests = (Path(__file__).parent / f"test_kernels_{path.stem}.py").read_text()
        assert callable(getattr(naive, twin))
        assert f"naive.{twin}(" in tests


def test_no_twin_is_left_over() -> None:
    assert set(naive.TWINS) <= PUBLIC


@pytest.mark.parametrize(("path", "kernel"), EVERY_KERNEL)
def test_kernels_are_short(path: Path, kernel: Node) -> None:
    assert ast.get_docstring(kernel)
    first = kernel.body[1]
    assert kernel.end_lineno is not None
    assert kernel.end_lineno - first.lineno + 1 <= 60
    arguments = kernel.args
    assert not (arguments.vararg or arguments.kwarg or arguments.kwonlyargs or arguments.defaults)
    assert len(arguments.args) <= 8


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_kernels_import_little_and_never_one_another(path: Path) -> None:
    imported = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            imported.add(node.module or "")
    assert imported <= {"numpy", "typing", "minent.types", "minent.kernels._jit"}


@pytest.mark.parametrize(("path", "kernel"), EVERY_KERNEL)
def test_kernels_raise_nothing_and_read_no_globals(path: Path, kernel: Node) -> None:
    """Globals are frozen into the cache; only functions and record types of the same file are the same in it."""
    own = {node.name for node in ast.parse(path.read_text()).body if isinstance(node, Node | ast.ClassDef)}
    local = {child.id for child in ast.walk(kernel) if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Store)}
    local |= {argument.arg for argument in kernel.args.args}
    body = ast.Module(kernel.body, [])
    annotations = {
        name for child in ast.walk(body) if isinstance(child, ast.AnnAssign) for name in names(child.annotation)
    }
    assert names(body) - local - own - annotations <= {
        "np",
        "range",
        "min",
        "max",
        "len",
        "abs",
        "int",
        "float",
        "bool",
    }
    assert not any(isinstance(child, ast.Raise | ast.Assert | ast.Try) for child in ast.walk(kernel))


# A typical session: every step of the main road, on both alphabets.
SESSION = """
import importlib, json, sys
from minent.kernels._jit import on_first_compilation
compiled = []
on_first_compilation(lambda: compiled.append(True))
from minent import Corpus, CountOptions, LexiconOptions, PhraseOptions, Segmenter
from minent import add_phrases, build_lexicon, count_ngrams, reestimate
from minent import TrainOptions, train_vocabulary
from minent.refining import refine
corpus = Corpus(sys.argv[1])
lexicon = build_lexicon(corpus)
build_lexicon(corpus, LexiconOptions(runs="digits,letters", max_words=50))
merged = build_lexicon(corpus, LexiconOptions(method="merging"))
refine.SMALLEST = 0
best = build_lexicon(corpus, LexiconOptions(effort="best"))
fitted, likelihood = reestimate(corpus, merged, rounds=1)
segmenter = Segmenter(lexicon)
out = [chunk.decode() for document in corpus.documents() for chunk in segmenter.write(document.chunks(), "|")]
out += [chunk.decode() for document in corpus.documents() for chunk in segmenter.write_json(document.chunks(50))]
phrases = add_phrases(corpus, lexicon, PhraseOptions(min_phrase_count=2, min_phrase_pmi=-9))
joiner = Segmenter(phrases, level=2)
out += [chunk.decode() for document in corpus.documents() for chunk in joiner.write(document.chunks())]
out += ["%d-%d" % span for span in segmenter.spans(sys.argv[2])]
# With windows of 32 bits and of 64, and for characters with more than one window holds.
for order, alphabet in ((3, "characters"), (5, "characters"), (12, "characters"), (3, "bytes"), (9, "bytes")):
    counts = count_ngrams(corpus, CountOptions(order=order, alphabet=alphabet, min_count=2))
    out += [f"{ngram} {count}" for ngram, count in counts.rows()]
from minent.training import text
text._FEW = 1000
for objective in ("tokens", "bytepiece"):
    vocabulary = train_vocabulary(corpus, TrainOptions((300,), objective))
    out += [f"{piece} {count}" for piece, count in zip(vocabulary.pieces, vocabulary.counts.tolist())]
from minent import Tokenizer, Vocabulary, VocabularyOptions
pieces = sorted({bytes([byte]) for byte in range(256)} | {word.encode() for word in lexicon.words})
for options in (VocabularyOptions(), VocabularyOptions(special_ids="start", normalization="nfc", token_price=0)):
    tokenizer = Tokenizer(Vocabulary(pieces, [1] * len(pieces), options))
    ids = tokenizer.encode(sys.argv[2])
    out += [str([ids.tolist(), tokenizer.decode(ids).decode(), tokenizer.encode_lines(b"a\\nb").ids.tolist()])]
    out += [str([tokenizer.sample(sys.argv[2], 0.5, 1).tolist(), len(tokenizer.nbest(sys.argv[2], 2))])]
from minent import TaggerSegmenter, train_tagger
import pathlib, tempfile
with tempfile.TemporaryDirectory() as folder:
    cut = pathlib.Path(folder) / "cut"
    cut.write_bytes(b"".join(part for document in corpus.documents() for part in segmenter.write(document.chunks())))
    tagger = TaggerSegmenter(train_tagger(Corpus(cut), raw=corpus))
out += [part.decode() for document in corpus.documents() for part in tagger.write(document.chunks())]
list(tagger.write_json([b"ab"]))
from minent.cutting.token_lines import LineOptions, decode_lines, encode_lines
out += [part.decode() for part in encode_lines(tokenizer, [b"ab\\n", b"c"], LineOptions())]
out += [part.decode() for part in decode_lines(tokenizer, [b"100 101"], "")]
from minent import Parser, Template, TemplateSet
templates = TemplateSet(map(Template.parse, ("[X] 的 [Y]", "他 [X]")), 3, {"units": "characters"})
out += [tree.brackets() for tree in Parser(templates).nbest(sys.argv[2], 3)]
out += [Parser(templates).parse(sys.argv[2]).brackets()]
import tempfile
from minent import MiningOptions, mine_templates
with tempfile.NamedTemporaryFile("w", encoding="utf-8") as asked:
    pairs = [(a, b) for a in "abcdefgh" for b in "ijklmnop"]
    asked.write("".join(f"who is {a}{b} of {b}\\nis {b}{a} red or {a}\\nwho is {a}\\n" for a, b in pairs))
    asked.flush()
    for units, sample in (("spaces", 1000), ("characters", 99)):
        mining = MiningOptions(units, min_count=2, min_gain=0.0, sample=sample)
        found = mine_templates(Corpus(asked.name), options=mining)
        out += [f"{template.pattern} {template.count} {template.gain:.6g}" for template in found]
for found in (lexicon, merged, best, fitted, phrases):
    out += ["%s %d %.6g %.6g %.6g %.6g" % row for row in found.rows()]
signatures = {}
compiler = "numba" in sys.modules
for stem in sys.argv[3:] if compiler else ():
    for name, function in vars(importlib.import_module("minent.kernels." + stem)).items():
        if hasattr(function, "compiled") and hasattr(function.compiled, "signatures"):
            from numba.core.types import unliteral
            several = function.compiled.signatures
            signatures[f"{stem}.{name}"] = [[str(unliteral(kind)) for kind in one] for one in several]
print(json.dumps({"compiler": compiler, "compiled": compiled, "out": out, "signatures": signatures}))
"""


def environment(**more: str) -> dict[str, str]:
    keep = {name: value for name, value in os.environ.items() if not name.startswith(("NUMBA_", "MINENT_"))}
    return {**keep, "PYTHONPATH": str(PACKAGE.parent), "PYTHONWARNINGS": "error", **more}


def python(code: str, *arguments: str, **variables: str) -> Any:
    done = subprocess.run(
        [sys.executable, "-P", "-c", code, *arguments],
        env=environment(**variables),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


def session(corpus: Path, **variables: str) -> Any:
    return python(SESSION, str(corpus), "他说：“你好”，5% off.", *(path.stem for path in SOURCES), **variables)


@pytest.fixture(scope="module")
def cold_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Any]]:
    """A cache of compiled code, and what the session said that filled it."""
    directory = tmp_path_factory.mktemp("cache")
    yield directory, session(ROOT / "corpora" / "zh.txt", NUMBA_CACHE_DIR=str(directory), MINENT_PREBUILT="0")


# For how many types of arrays a kernel is compiled, if not for one.
TYPES = {
    **dict.fromkeys(("windows.count_after", "windows.scatter_after", "windows._matches"), 0),  # rarely needed
    **dict.fromkeys(("windows.scatter_symbols", "windows.scatter_pairs"), 2),  # windows of 32 bits and of 64
    **dict.fromkeys(("runs.count_runs", "runs._open_bucket", "runs._count_block", "runs._read_windows"), 2),
    "runs.sort_small": 2,
    **dict.fromkeys(("crf._add", "crf._score", "crf._forbid"), 2),  # weights that learn, and whole numbers
}


def test_a_typical_session_compiles_every_kernel_once(cold_cache: tuple[Path, Any]) -> None:
    _, answer = cold_cache
    assert answer["compiled"]
    found = {name: len({tuple(one) for one in several}) for name, several in answer["signatures"].items()}
    assert found == {**dict.fromkeys(found, 1), **TYPES}


def test_the_second_session_compiles_nothing(cold_cache: tuple[Path, Any]) -> None:
    directory, first = cold_cache
    second = session(ROOT / "corpora" / "zh.txt", NUMBA_CACHE_DIR=str(directory), MINENT_PREBUILT="0")
    assert second["compiled"] == []
    assert second["out"] == first["out"]


def test_the_first_compilation_is_announced_once(tmp_path: Path) -> None:
    code = """
import json, numpy as np
from minent.kernels import encoding
from minent.kernels._jit import on_first_compilation
heard = []
on_first_compilation(lambda: heard.append(len(heard)))
ids = np.zeros(2, np.uint16)
before = len(heard)
encoding.renumber(ids, ids, ids)
encoding.bytes_to_ids(np.zeros(1, np.uint8), ids)
print(json.dumps([before, heard]))
"""
    assert python(code, NUMBA_CACHE_DIR=str(tmp_path), MINENT_PREBUILT="0") == [0, [0]]


@pytest.mark.skipif(not _prebuilt.load(_prebuilt.LIBRARY), reason="there is no library: make kernels")
def test_a_typical_session_needs_no_compiler(cold_cache: tuple[Path, Any]) -> None:
    _, compiled = cold_cache
    prebuilt = session(ROOT / "corpora" / "zh.txt")
    assert not prebuilt["compiler"]
    assert prebuilt["out"] == compiled["out"]


@pytest.mark.parametrize("prebuilt", ["0", "1"])
def test_it_runs_where_nothing_can_be_written(tmp_path: Path, prebuilt: str) -> None:
    """Neither beside the package nor at home: even root can make no file below a file."""
    shutil.copytree(PACKAGE, tmp_path / "minent", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "minent" / "kernels" / "__pycache__").touch()
    home, temporary = tmp_path / "home", tmp_path / "temporary"
    home.touch()
    temporary.mkdir()
    code = """
import json, minent
from minent.alphabet import Numbering
print(json.dumps([minent.__file__, Numbering().read("甲乙甲".encode()).tolist()]))
"""
    places = {"PYTHONPATH": str(tmp_path), "HOME": str(home), "XDG_CACHE_HOME": "", "TMPDIR": str(temporary)}
    answer = python(code, **places, MINENT_PREBUILT=prebuilt)
    assert answer == [str(tmp_path / "minent" / "__init__.py"), [1, 2, 1]]


def test_compiled_and_plain_python_agree(tmp_path: Path, cold_cache: tuple[Path, Any]) -> None:
    """The whole road without the compiler, where an index out of range is an error as well."""
    directory, _ = cold_cache
    lines = (ROOT / "corpora" / "zh.txt").read_text().splitlines()
    corpus = tmp_path / "corpus.txt"
    corpus.write_text("\n".join([*lines[:4], "Straße, 12.5% und\t汉字 𠮷𠮷", ""]))
    plain = session(corpus, NUMBA_DISABLE_JIT="1", PYTHONWARNINGS="error,ignore:overflow:RuntimeWarning")
    assert plain["signatures"] == {}
    assert plain["out"] == session(corpus, NUMBA_CACHE_DIR=str(directory), MINENT_PREBUILT="0")["out"]
