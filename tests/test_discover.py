"""Words found in raw text: against invented languages with gold, slow twins, hand-worked cases, and in any order."""

import io
import math
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from importlib import import_module
from itertools import permutations
from pathlib import Path
from typing import Any

import naive_words
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import minent
from minent import alphabet
from minent.alphabet import encode_corpus
from minent.characters import LETTERS, NUMBER, UnitRules
from minent.corpus import Corpus
from minent.counting import branching
from minent.counting.branching import count_ids
from minent.cutting.segmenter import Segmenter
from minent.errors import InputError
from minent.finding.discover import LexiconOptions, autonomy, build_lexicon, min_count_for
from minent.kernels import tries
from minent.lexicon import Entry, Lexicon
from minent.scoring.evaluation import evaluate
from minent.units import character_kinds, make_units

CORPORA = Path(__file__).parents[1] / "corpora"
GOLDEN = Path(__file__).parent / "golden" / "zh_sample_top.tsv"

Build: Any = Callable[..., Lexicon]
TEXT = st.text("甲甲甲乙乙丙丁，\n", min_size=1, max_size=60).filter(lambda text: set(text) - set("，\n"))
OPTIONS = st.fixed_dictionaries(
    {
        "min_count": st.integers(1, 3),
        "min_gain": st.sampled_from([-9.0, 0.0, 1.0, 3.5]),
        "max_word_length": st.sampled_from([1, 2, 3, 8]),
        "max_words": st.sampled_from([0, 0, 1, 3]),
    }
)


def written(lexicon: Lexicon) -> bytes:
    stream = io.BytesIO()
    lexicon.write(stream)
    return stream.getvalue()


@pytest.fixture(scope="session")
def build(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """Build the lexicon of a text."""
    path = tmp_path_factory.mktemp("texts") / "text.txt"

    def build(text: str, **options: Any) -> Lexicon:
        path.write_bytes(text.encode())
        return build_lexicon(Corpus(path), LexiconOptions(**options))

    return build


@cache
def sample(name: str) -> Lexicon:
    return build_lexicon(Corpus(CORPORA / name))


# invented languages --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "precision", "recall", "boundary_f", "word_f"),
    [
        ({"size": 600_000, "seed": 5}, 0.94, 0.86, 0.965, 0.92),
        ({"size": 1_000_000, "seed": 1, "noise": 0.2, "templates": True}, 0.94, 0.83, 0.965, 0.92),
        ({"size": 600_000, "seed": 9, "exponent": 1.3}, 0.90, 0.80, 0.95, 0.90),
    ],
)
def test_the_words_of_an_invented_language_are_found(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    language: dict[str, Any],
    precision: float,
    recall: float,
    boundary_f: float,
    word_f: float,
) -> None:
    monkeypatch.syspath_prepend(CORPORA)
    generator = import_module("generate")
    generator.generate(tmp_path, generator.Options(words=2_000, **language))
    rows = [row.split("\t") for row in (tmp_path / "words.tsv").read_text("utf-8").splitlines()[1:]]
    gold = {word: int(frequency) for word, frequency, of in rows if of == "word" and len(word) > 1}

    lexicon = build_lexicon(Corpus(tmp_path / "text.txt"))
    found = [word for word in lexicon.words if len(word) > 1]
    best = found[:600]
    assert sum(gold.get(word, 0) > 0 for word in best) / len(best) >= precision
    frequent = {word for word, frequency in gold.items() if frequency >= 5}
    assert len(frequent.intersection(found)) / len(frequent) >= recall

    cut = b"".join(Segmenter(lexicon).write([(tmp_path / "text.txt").read_bytes()])).decode()
    scores = evaluate((tmp_path / "gold.txt").read_text("utf-8").splitlines(), cut.splitlines())
    assert scores.differing_lines == 0
    assert scores.boundaries.f >= boundary_f
    assert scores.words.f >= word_f


# slow twins ----------------------------------------------------------------------------------------------------------


@given(TEXT, st.integers(1, 5), st.integers(1, 3))
def test_autonomy_is_that_of_the_slow_twin(
    tmp_path_factory: pytest.TempPathFactory, text: str, order: int, min_count: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "autonomy.txt"
    path.write_bytes(text.encode())
    encoded = encode_corpus(Corpus(path))
    units = make_units(encoded.ids, *character_kinds(encoded.alphabet, UnitRules("none")))
    counts, rest = count_ids(units.ids, units.alphabet, order, min_count, branching=True)
    parent = counts.parents()
    suffix = np.zeros_like(parent)
    tries.link_suffixes(counts.symbol, parent, counts.first_child, suffix)
    values = autonomy(counts, parent, suffix, rest)
    names = [tuple(ngram) for ngram, _ in counts.rows()]
    blocks = [[unit.symbol for unit in block] for block in naive_words.blocks(text, "none")]
    expected = naive_words.Grams(blocks, order).autonomy(min_count)
    assert dict(zip(names, values[1:].tolist(), strict=True)) == pytest.approx(expected, abs=2e-6)
    assert values[0] == 0


def test_autonomy_needs_branching_entropies() -> None:
    counts, rest = count_ids(np.array([1, 2, 0], np.uint16), np.array([65, 66]), 2, 1)
    with pytest.raises(InputError, match="branching"):
        autonomy(counts, counts.parents(), counts.parents(), rest)


@given(TEXT, OPTIONS)
def test_the_evidence_is_that_of_the_slow_twin(build: Build, text: str, options: dict[str, Any]) -> None:
    blocks = [[unit.symbol for unit in block] for block in naive_words.blocks(text, "none")]
    grams = naive_words.Grams(blocks, options["max_word_length"])
    for entry in build(text, runs="none", **options):
        gram = tuple(entry.word)
        assert entry.count <= grams.count[gram]
        assert entry.left_entropy == pytest.approx(naive_words.entropy(grams.before[gram]), abs=1e-6)
        assert entry.right_entropy == pytest.approx(naive_words.entropy(grams.after[gram]), abs=1e-6)
        if len(gram) > 1:
            assert entry.pmi == pytest.approx(grams.weakest_bond(gram), abs=1e-9)
        else:
            assert math.isnan(entry.pmi)
            assert entry.score == 0


@given(TEXT, OPTIONS)
@example("丁丁甲", {"min_count": 1, "min_gain": 3.5, "max_word_length": 2, "max_words": 0})
@example("丁丁丙丙丁丁", {"min_count": 1, "min_gain": -9.0, "max_word_length": 2, "max_words": 1})
def test_no_unit_of_the_text_gets_lost(build: Build, text: str, options: dict[str, Any]) -> None:
    lexicon = build(text, runs="none", **options)
    letters = Counter(text) - Counter({"，": len(text), "\n": len(text)})
    found: Counter[str] = Counter()
    for entry in lexicon:
        found.update(dict.fromkeys(entry.word, 0))
        for letter in entry.word:
            found[letter] += entry.count
    assert found == letters


@given(st.text("กกนนมัิ่\n", min_size=1, max_size=40).filter(str.strip), OPTIONS)
@example("กั", {"min_count": 1})
@example("か\u3099か\u3099か\u3099", {"min_count": 1})
@example("か\u3099", {"min_count": 2})
def test_no_letter_with_joining_characters_gets_lost(build: Build, text: str, options: dict[str, Any]) -> None:
    words = "".join(build(text, runs="none", **options).words)
    assert set(text) - {"\n"} <= set(words)


@given(TEXT, OPTIONS)
def test_the_words_keep_what_the_options_promise(build: Build, text: str, options: dict[str, Any]) -> None:
    lexicon = build(text, runs="none", **options)
    long = [entry for entry in lexicon if len(entry.word) > 1]
    assert all(options["min_count"] <= entry.count for entry in long)
    assert all(len(entry.word) <= options["max_word_length"] for entry in lexicon)
    assert len(long) <= (options["max_words"] or len(text))
    if not options["max_words"]:  # leaving out good words changes what the others save
        assert all(entry.score >= entry.count * options["min_gain"] - 1e-9 for entry in long)
    assert [entry.score for entry in lexicon] == sorted((entry.score for entry in lexicon), reverse=True)
    assert len(set(lexicon.words)) == len(lexicon)


ANY = st.text(
    st.one_of(
        st.sampled_from("甲乙 aBé12.,%\u0301กั\r\n\u2028\u3000\u200b。\0ｶＡ"), st.characters(exclude_categories=["Cs"])
    )
)


@given(ANY.filter(lambda text: bool(naive_words.blocks(text, "none"))), st.sampled_from(["none", "nfc", "nfkc"]))
@example("cafe\u0301 cafe\u0301", "none")
def test_any_text_gives_a_lexicon_that_can_be_used(
    build: Build, tmp_path_factory: pytest.TempPathFactory, text: str, normalize: str
) -> None:
    lexicon = build(text, min_count=1, normalize=normalize)
    path = tmp_path_factory.getbasetemp() / "any_lexicon.tsv"
    path.write_bytes(written(lexicon))
    loaded = Lexicon.load(path)
    assert written(loaded) == written(lexicon)
    assert len(loaded) > 0
    assert Segmenter(loaded).unusable == []


# worked by hand ------------------------------------------------------------------------------------------------------


def test_a_word_by_hand(build: Build) -> None:
    # Cut: 甲乙 three times and six single letters, nine words.  The parts of 甲乙 never stand alone: half a time each.
    lexicon = build("丙甲乙丁\n戊甲乙己\n庚甲乙辛\n", min_count=2)
    gain = math.log(3 / 9) - 2 * math.log(0.5 / 9)
    bond = math.log(3 / 12) - 2 * math.log(3 / 12)
    assert lexicon["甲乙"][:6] == pytest.approx(("甲乙", 3, bond, math.log(3), math.log(3), 3 * gain))
    assert lexicon.words[0] == "甲乙"
    assert sorted(lexicon.words[1:]) == sorted("丙丁戊己庚辛")
    assert {entry.count for entry in lexicon if len(entry.word) == 1} == {1}
    assert lexicon.about["min-count"] == 2
    assert lexicon.about["runs"] == "digits,letters"


@pytest.mark.parametrize("options", [{"min_gain": 5.0}, {"min_pmi": 1.5}, {"min_count": 4}, {"max_word_length": 1}])
def test_a_word_that_is_dropped_gives_its_occurrences_to_its_parts(build: Build, options: dict[str, Any]) -> None:
    lexicon = build("丙甲乙丁\n戊甲乙己\n庚甲乙辛\n", **({"min_count": 2} | options))
    counts = {entry.word: entry.count for entry in lexicon}
    assert counts == {"甲": 3, "乙": 3} | dict.fromkeys("丙丁戊己庚辛", 1)
    assert lexicon.words[:2] == ["乙", "甲"] or lexicon.words[:2] == ["甲", "乙"]


@pytest.mark.parametrize(
    ("size", "least"),
    [(0, 2), (250_000, 2), (999_999, 2), (1_000_000, 3), (3_999_999, 3), (4_000_000, 4), (250_000 * 4**9, 11)],
)
def test_the_least_count_grows_with_the_corpus(size: int, least: int) -> None:
    assert min_count_for(size) == least


@pytest.mark.parametrize(
    "options",
    [
        {"min_count": -1},
        {"max_word_length": 0},
        {"max_word_length": 17},
        {"max_words": -1},
        {"runs": "words"},
        {"runs": ""},
        {"runs": "letters,digits"},
        {"normalize": "nfd"},
        {"min_gain": math.nan},
        {"min_pmi": math.nan},
    ],
)
def test_options_are_checked(options: dict[str, Any]) -> None:
    name = next(iter(options))
    with pytest.raises(InputError, match=name):
        LexiconOptions(**options)


# options on real text ------------------------------------------------------------------------------------------------


def long_words(lexicon: Lexicon) -> list[Entry]:
    """Words of more than one unit."""
    return [entry for entry in lexicon if not math.isnan(entry.pmi)]


def test_max_words_keeps_the_best(build: Build) -> None:
    text = (CORPORA / "zh.txt").read_text("utf-8")
    everything = long_words(sample("zh.txt"))
    worth = {entry.word: entry.score for entry in everything}
    for most in (1, 100, len(everything), len(everything) + 1):
        some = build(text, max_words=most)
        kept = sorted((worth[entry.word] for entry in long_words(some)), reverse=True)
        assert kept == [entry.score for entry in everything[:most]]
    letters = {unit.symbol for block in naive_words.blocks(text, "digits") for unit in block}
    assert letters <= set("".join(build(text, max_words=1).words))


def test_min_pmi_and_min_gain_are_floors(build: Build) -> None:
    text = (CORPORA / "zh.txt").read_text("utf-8")
    words = {entry.word for entry in long_words(sample("zh.txt"))}
    bound = long_words(build(text, min_pmi=4.0))
    assert 0 < len(bound) < len(words)
    assert min(entry.pmi for entry in bound) >= 4.0
    saving = long_words(build(text, min_gain=8.0))
    assert 0 < len(saving) < len(words)
    assert min(entry.score / entry.count for entry in saving) >= 8.0 - 1e-9
    frequent = long_words(build(text, min_count=10))
    assert 0 < len(frequent) < len(words)
    assert min(entry.count for entry in frequent) == 10


MIXED = "用NumPy2算，用NumPy2算；得3,000.5%又得７。\n" * 3


@pytest.mark.parametrize(
    ("runs", "inside", "outside"),
    [
        ("none", set("NumPy用算得又2305７"), {"NumPy", NUMBER * 2, LETTERS}),
        ("digits", {NUMBER}, {LETTERS, *"23"}),
        ("letters", {"NumPy", *"2305７"}, {LETTERS, *"Num"}),
        ("digits,letters", {"NumPy", NUMBER}, {LETTERS, *"235"}),
    ],
)
def test_runs_of_digits_and_letters(build: Build, runs: str, inside: set[str], outside: set[str]) -> None:
    lexicon = build(MIXED, runs=runs, max_word_length=1)
    assert inside <= set(lexicon.words)
    assert not outside & set(lexicon.words)
    assert lexicon.rules.runs == runs
    if "letters" in runs:
        assert lexicon["NumPy"].count == 6
        assert math.isnan(lexicon["NumPy"].left_entropy)
    if "digits" in runs:
        assert lexicon[NUMBER].count == 12
    assert Segmenter(lexicon).unusable == []


def test_runs_are_chosen_by_the_text(build: Build) -> None:
    english = (CORPORA / "en.txt").read_text("utf-8")
    assert sample("en.txt").rules.runs == "digits,letters"
    unspaced = build("".join(character for character in english if character.isalpha() or character == "\n"))
    assert unspaced.rules.runs == "digits"
    assert {"the", "and", "Pellerby"} <= set(unspaced.words)
    assert build("12 34\n").rules.runs == "digits,letters"


def test_words_in_normal_form(build: Build) -> None:
    text = "ｶﾅを読む。カナを書く。\nｶﾅと仮名、カナと仮名\n" * 2
    assert build(text, normalize="none", min_count=2).rules.normalize == "none"
    lexicon = build(text, normalize="nfkc", min_count=2, max_word_length=1)
    assert lexicon.rules.normalize == "nfkc"
    assert (lexicon["カ"].count, lexicon["ナ"].count) == (8, 8)
    assert "ｶ" not in lexicon
    assert "\xc5" in build("\u212b \u212b", normalize="nfc", runs="none", min_count=1)
    # A character whose normal form is two stays what it is.
    assert "\ufb01" in build("\ufb01 \ufb01", normalize="nfkc", runs="none", min_count=1)


@pytest.mark.parametrize("text", ["", "\n\n", "。！\n  、、 ？\n", " \u3000\t\u200b", "\0\x01", "😀😀 …"])
def test_text_without_words(build: Build, text: str) -> None:
    with pytest.raises(InputError, match="no letters"):
        build(text)


@pytest.mark.parametrize("text", ["甲", "1", "a", "甲\n", "か\u3099", "𠮷", "A 1 甲"])
def test_the_smallest_texts(build: Build, text: str) -> None:
    assert len(build(text)) > 0


def test_more_letters_than_sixteen_bits_can_number(build: Build) -> None:
    rare = [*range(0x3400, 0x4DB0), *range(0x4E00, 0x9FF0), *range(0xAC00, 0xD7A0), *range(0x20000, 0x2A6D0)]
    lexicon = build("\n".join(f"{chr(code)}甲乙" for code in rare), min_count=2, max_word_length=3)
    assert len(rare) > 1 << 16
    assert lexicon["甲乙"].count == len(rare)
    assert set(map(chr, rare)) <= set(lexicon.words)


# samples -------------------------------------------------------------------------------------------------------------


def test_english_words_are_counted() -> None:
    text = (CORPORA / "en.txt").read_text("utf-8")
    seen = Counter(re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)*", text))
    counts = {word: times for word, times in seen.items() if times >= 2}
    lexicon = sample("en.txt")
    assert {entry.word: entry.count for entry in lexicon if entry.word.replace("'", "").isalpha()} == counts
    assert lexicon.words[:4] == ["the", "a", "and", "of"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (
            "zh.txt",
            "鹭津 宋砚秋 沈问梅 林知微 气象站 乔松年 梁铁生 顾怀远 白篙河 贺南亭 百叶箱 师傅 自己 什么 没有 装订铺",
        ),
        ("ja.txt", "時計 小夜子 辰造 祖父 航太 振り子 碇ヶ浜 機械 灯台 千尋 レンズ 遊歩道 桟橋 食堂 文字盤 豆腐"),
    ],
)
def test_the_words_of_the_samples_are_found(name: str, words: str) -> None:
    text = (CORPORA / name).read_text("utf-8")
    lexicon = sample(name)
    for word in words.split():
        assert word in lexicon.words[:100]
        assert 0.6 * text.count(word) <= lexicon[word].count <= text.count(word)


def test_the_best_words_of_the_chinese_sample() -> None:
    """What a reviewer sees change: after a change on purpose, run this test with MINENT_UPDATE_GOLDEN=1 and commit."""
    rows = "".join(f"{entry.word}\t{entry.count}\t{entry.score:.1f}\n" for entry in list(sample("zh.txt"))[:50])
    if os.environ.get("MINENT_UPDATE_GOLDEN"):
        GOLDEN.parent.mkdir(exist_ok=True)
        GOLDEN.write_text(rows, "utf-8")
    assert rows == GOLDEN.read_text("utf-8")


# the same bytes ------------------------------------------------------------------------------------------------------


def test_any_number_of_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = written(sample("zh.txt"))
    for threads in (1, 2, 3):
        assert written(build_lexicon(Corpus(CORPORA / "zh.txt"), threads=threads)) == expected
    monkeypatch.setattr(branching, "_TASK", 1000)
    monkeypatch.setattr(branching, "_SCANS", 1 << 30)
    for threads in (1, 2, 3):
        assert written(build_lexicon(Corpus(CORPORA / "zh.txt"), threads=threads)) == expected


@pytest.mark.parametrize("size", [4, 100, 1 << 20])
def test_any_size_of_chunks(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    expected = [written(sample(name)) for name in ("zh.txt", "en.txt")]
    monkeypatch.setattr(alphabet, "_CHUNK", size)
    assert [written(build_lexicon(Corpus(CORPORA / name))) for name in ("zh.txt", "en.txt")] == expected


def test_any_order_of_files(tmp_path: Path) -> None:
    lines = (CORPORA / "ja.txt").read_bytes().splitlines(keepends=True)
    third = len(lines) // 3
    names = [tmp_path / name for name in "abc"]
    for name, part in zip(names, (lines[:third], lines[third : 2 * third], lines[2 * third :]), strict=True):
        name.write_bytes(b"".join(part).removesuffix(b"\n") if name.name == "b" else b"".join(part))
    results = {written(build_lexicon(Corpus(*order))) for order in permutations(names)}
    assert len(results) == 1
    one = written(sample("ja.txt")).splitlines()
    several = results.pop().splitlines()
    assert [line for line in one if not line.startswith(b"# corpus-bytes")] == [
        line for line in several if not line.startswith(b"# corpus-bytes")
    ]


def test_any_seed_of_hashes() -> None:
    program = (
        "import sys; from minent.corpus import Corpus; from minent.finding.discover import build_lexicon;"
        "build_lexicon(Corpus(sys.argv[1])).write(sys.stdout.buffer)"
    )
    for seed in ("0", "1"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(minent.__file__).parents[1])}
        command = [sys.executable, "-c", program, str(CORPORA / "en.txt")]
        done = subprocess.run(command, env=environment, capture_output=True, check=True)
        assert done.stdout == written(sample("en.txt"))


def test_the_header_tells_how_the_lexicon_was_made() -> None:
    header = written(sample("zh.txt")).decode().split("word\t")[0]
    fields = dict(line.removeprefix("# ").split(": ", 1) for line in header.splitlines())
    assert fields["format"] == "minent lexicon 1"
    assert fields["corpus-bytes"] == str((CORPORA / "zh.txt").stat().st_size)
    options = replace(LexiconOptions(), min_count=2, min_gain=3.5, runs="digits,letters")
    assert {key: fields[key.replace("_", "-")] for key in vars(options)} == {
        k: str(v) for k, v in vars(options).items()
    }
