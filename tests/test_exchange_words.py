"""Lexicons in the hands of those who take them: jieba, MeCab, HanLP.  A package that is missing is skipped.

`make exchange` runs them, and fails where one of the packages is missing.
"""

import json
import math
import os
import re
import subprocess
import sys
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from naive_words import lexicon
from test_exchange import taken
from test_readme import fenced_blocks

from minent import Corpus, Lexicon, Segmenter, build_lexicon, export_lexicon
from minent.export.words.jieba import JIEBA_TOTAL
from minent.export.words.mecab import COST_FACTOR

EXCHANGES = "<!-- exchanges words -->"
CORPUS = Path(__file__).parents[1] / "corpora" / "zh.txt"


@pytest.fixture(scope="module")
def words() -> Lexicon:
    return build_lexicon(Corpus(CORPUS))


@pytest.fixture(scope="module")
def jieba() -> ModuleType:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it is older than this Python
        package: ModuleType = taken("jieba")
    package.setLogLevel("WARNING")
    return package


@pytest.fixture(scope="module")
def fugashi() -> ModuleType:
    package: ModuleType = taken("fugashi")
    return package


def jieba_of(jieba: ModuleType, path: Path) -> Any:
    tokenizer = jieba.Tokenizer(str(path))
    tokenizer.tmp_dir = str(path.parent)  # for its cache
    return tokenizer


def add_words(tokenizer: Any, path: Path) -> None:
    with path.open("rb") as stream:  # what it opens itself it leaves open
        tokenizer.load_userdict(stream)


def ours(segmenter: Segmenter, text: str) -> list[str]:
    return [text[start:end] for start, end in segmenter.spans(text)]


def assert_both_are_best(
    cost: Callable[[str, float], float], cuts: Sequence[tuple[list[str], list[str]]], unknown: float
) -> None:
    """The cuts of the other program, who counts a character that is no word as `unknown`, and ours, who counts 1/2."""
    for theirs, our_own in cuts:
        assert "".join(theirs) == "".join(our_own)
        for one, another, half in ((theirs, our_own, unknown), (our_own, theirs, 0.5)):
            assert sum(cost(word, half) for word in one) <= sum(cost(word, half) for word in another) + 1e-4


def test_jieba_has_as_many_words_as_we_say(jieba: ModuleType) -> None:
    rows = (Path(jieba.__file__).parent / "dict.txt").read_text("utf-8").splitlines()
    assert sum(int(row.split(" ")[1]) for row in rows) == JIEBA_TOTAL


def test_jieba_cuts_by_the_lexicon_alone(jieba: ModuleType, words: Lexicon, tmp_path: Path) -> None:
    export_lexicon(words, "jieba-main", tmp_path / "dict.txt")
    tokenizer = jieba_of(jieba, tmp_path / "dict.txt")
    segmenter = Segmenter(words)
    blocks = re.findall("[\u4e00-\u9fd5]+", CORPUS.read_text("utf-8"))[:1500]
    total = sum(words.count.tolist())

    def cost(word: str, unknown: float) -> float:
        entry = words.get(word)
        return math.log(total) - math.log(entry.count if entry else unknown)

    cuts = [(list(tokenizer.cut(block, HMM=False)), ours(segmenter, block)) for block in blocks]
    assert_both_are_best(cost, cuts, 1)
    assert sum(theirs == our_own for theirs, our_own in cuts) > 0.98 * len(cuts)


def test_jieba_learns_the_words(jieba: ModuleType, words: Lexicon, tmp_path: Path) -> None:
    (tmp_path / "dict.txt").write_text("渡 5000\n口 9000\n鹭 20\n津 700\n的 9000000\n在 900000\n", "utf-8")
    tokenizer = jieba_of(jieba, tmp_path / "dict.txt")
    assert list(tokenizer.cut("鹭津的渡口", HMM=False)) == list("鹭津的渡口")
    losses = export_lexicon(words, "jieba", tmp_path / "user.txt").losses
    add_words(tokenizer, tmp_path / "user.txt")
    assert list(tokenizer.cut("鹭津的渡口", HMM=False)) == ["鹭津", "的", "渡口"]
    kept = set(words.words) - {loss.word for loss in losses}
    assert kept <= {word for word, frequency in tokenizer.FREQ.items() if frequency}


def test_what_jieba_cannot_have(jieba: ModuleType, tmp_path: Path) -> None:
    given = lexicon({"𠮷野家": 9, "卡尔·马克思": 9, "天地玄黄": 9, "Ａ股": 9, "C++": 9, "hello world": 9, "甲": 1})
    losses = export_lexicon(given, "jieba", tmp_path / "user.txt").losses
    (tmp_path / "dict.txt").write_text("天 1\n", "utf-8")
    tokenizer = jieba_of(jieba, tmp_path / "dict.txt")
    add_words(tokenizer, tmp_path / "user.txt")
    for loss in losses:  # even if they are put in by hand
        tokenizer.add_word(loss.word, 10**6)
    found = {word for word in given.words if list(tokenizer.cut(word, HMM=False)) == [word]}
    assert found == set(given.words) - {loss.word for loss in losses}


# MeCab ---------------------------------------------------------------------------------------------------------------


def compiled(folder: Path) -> Path:
    """Compile a dictionary, in another process, which says on standard output all that it does."""
    script = "import fugashi, sys; fugashi.build_dictionary(sys.argv[1])"
    arguments = f"mecab-dict-index -f UTF-8 -t UTF-8 -d {folder} -o {folder}"
    subprocess.run([sys.executable, "-c", script, arguments], check=True, capture_output=True)
    return folder


def tagger_of(fugashi: ModuleType, folder: Path, *more: str) -> Callable[[str], list[str]]:
    tagger = fugashi.GenericTagger(" ".join(["-r", os.devnull, "-d", str(folder), *more]))
    return lambda text: [node.surface for node in tagger(text)]


def test_mecab_cuts_by_the_lexicon_alone(fugashi: ModuleType, words: Lexicon, tmp_path: Path) -> None:
    export_lexicon(words, "mecab-dict", tmp_path / "dic")
    cut = tagger_of(fugashi, compiled(tmp_path / "dic"))
    segmenter = Segmenter(words)
    lines = re.findall("[\u4e00-\u9fd5]+", CORPUS.read_text("utf-8"))[:1500]
    total = sum(words.count.tolist())

    def cost(word: str, unknown: float) -> float:
        entry = words.get(word)
        exact = math.log(total) - math.log(entry.count if entry else unknown)
        return round(exact * COST_FACTOR) / COST_FACTOR

    cuts = [(cut(line), ours(segmenter, line)) for line in lines]
    for theirs, our_own in cuts:
        assert sum(cost(word, 0.5) for word in theirs) <= sum(cost(word, 0.5) for word in our_own) + 1e-9
    assert sum(theirs == our_own for theirs, our_own in cuts) > 0.98 * len(cuts)


def test_mecab_knows_numbers_letters_and_white_space(fugashi: ModuleType, tmp_path: Path) -> None:
    given = lexicon({"天地": 9, "the": 9, "0": 3, 'a,"': 2, "年": 2}, "digits,letters")
    export_lexicon(given, "mecab-dict", tmp_path / "dic")
    cut = tagger_of(fugashi, compiled(tmp_path / "dic"))
    text = '天地　there 1998年Größe 。。 𠮷a,"天%5%天'
    assert cut(text) == ["天地", "there", "1998", "年", "Größe", "。", "。", "𠮷", 'a,"', "天", "%", "5%", "天"]


def test_words_are_added_to_a_dictionary_of_mecab(fugashi: ModuleType, tmp_path: Path) -> None:
    export_lexicon(lexicon({"天": 5, "地": 5, "玄": 5}), "mecab-dict", tmp_path / "dic")
    folder = compiled(tmp_path / "dic")
    given = lexicon({"天地": 9, 'a,b"': 1})
    export_lexicon(given, "mecab", tmp_path / "user.csv", template="0,0,{cost},x,{word}")
    script = "import fugashi, sys; fugashi.build_dictionary(sys.argv[1])"
    arguments = f"mecab-dict-index -f UTF-8 -t UTF-8 -d {folder} -u {tmp_path}/user.dic {tmp_path}/user.csv"
    subprocess.run([sys.executable, "-c", script, arguments], check=True, capture_output=True)
    assert tagger_of(fugashi, folder)("天地玄") == list("天地玄")
    assert tagger_of(fugashi, folder, "-u", f"{tmp_path}/user.dic")('天地玄a,b"') == ["天地", "玄", 'a,b"']


def test_hanlp_finds_the_words(words: Lexicon, tmp_path: Path) -> None:
    trie = taken("hanlp_trie")
    export_lexicon(words, "hanlp2", tmp_path / "words.json")
    known = trie.TrieDict(set(json.loads((tmp_path / "words.json").read_text("utf-8"))))
    assert next(text for text in known.split("鹭津的渡口") if not isinstance(text, str))[:2] == (0, 2)


@pytest.mark.usefixtures("jieba", "fugashi")
def test_the_recipe_in_the_readme(words: Lexicon, tmp_path: Path) -> None:
    readme = Path(__file__).parents[1] / "docs" / "lexicon.md"
    (recipe,) = [block for block in fenced_blocks(readme.read_text("utf-8")) if block.mark == EXCHANGES]
    for target, name in (("jieba", "userdict.txt"), ("jieba-main", "dict.txt"), ("mecab-dict", "mecab")):
        export_lexicon(words, target, tmp_path / name)
    environment = os.environ | {"TMPDIR": str(tmp_path)}  # for jieba's cache
    subprocess.run([sys.executable, "-c", recipe.content], cwd=tmp_path, env=environment, check=True)
