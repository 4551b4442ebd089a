"""Taggers: what is read, learned, saved and cut."""

import json
import math
import random
from collections import Counter, defaultdict
from collections.abc import Callable
from itertools import islice, repeat
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minent.corpus import Corpus
from minent.count import CountOptions, count_ngrams
from minent.cutting import tagged
from minent.cutting.tagged import TaggerSegmenter
from minent.errors import FormatError, InputError
from minent.tagger import Tagger
from minent.tagging.classes import choose_classes, shared, unit_table
from minent.tagging.learning import TaggerOptions, train_tagger
from minent.tagging.segmented import read_segmented
from minent.tagging.weights import named_weights

WORDS = [
    "天地",
    "玄黄",
    "宇宙洪荒",
    "日",
    "月",
    "盈昃",
    "辰宿",
    "列张",
    "寒来暑往",
    "，",
    "秋收",
    "冬藏",
    "1998年",
    "ＷＴＯ",
]
Make = Callable[..., Corpus]


def sentences(number: int, seed: int = 1) -> str:
    draw = random.Random(seed)
    return "".join(" ".join(draw.choices(WORDS, k=draw.randint(3, 12))) + "\n" for _ in range(number))


def columns_of(text: str) -> str:
    rows = []
    for line in text.splitlines():
        for word in line.split():
            tags = "S" if len(word) == 1 else "B" + "M" * (len(word) - 2) + "E"
            rows += [f"{character}\t{tag}\n" for character, tag in zip(word, tags, strict=True)]
        rows.append("\n")
    return "".join(rows)


@pytest.fixture(scope="module")
def tagger(tmp_path_factory: pytest.TempPathFactory) -> Tagger:
    path = tmp_path_factory.mktemp("tagger") / "text"
    path.write_text(sentences(150), "utf-8")
    return train_tagger(Corpus(path), raw=Corpus(path))


# reading -------------------------------------------------------------------------------------------------------------


def words_read(corpus: Corpus, **options: Any) -> list[list[str]]:
    text = read_segmented(corpus, **options)
    characters = ["", *map(chr, text.code_points.tolist())]
    found = []
    for low, high in zip(*text.chains, strict=True):
        line = "".join(" " * int(text.begins[at]) + characters[text.ids[at]] for at in range(low, high))
        found.append(line.split())
    return found


def test_words_are_what_stands_between_white_space(corpus_of: Make) -> None:
    text = "\n天地 玄黄\t日\r\n \n  月\u3000盈昃  \n"
    expected = [["天地", "玄黄", "日"], ["月", "盈昃"]]
    assert words_read(corpus_of(text)) == expected
    assert words_read(corpus_of(text.rstrip("\n"), "a b")) == [*expected, ["a", "b"]]
    assert read_segmented(corpus_of(text)).words == 5


def test_columns_are_the_same_words(corpus_of: Make) -> None:
    text = sentences(20)
    expected = words_read(corpus_of(text))
    columns = columns_of(text)
    assert words_read(corpus_of(columns)) == expected
    assert words_read(corpus_of(columns.rstrip("\n"))) == expected
    assert words_read(corpus_of(columns.replace("\n", "\r\n"))) == expected
    assert words_read(corpus_of(columns.replace("\t", "\tx\t")), form="columns") == expected
    assert words_read(corpus_of("a\tB\n"), form="words") == [["a", "B"]]
    six = "宇\tB\n宙\tB2\n洪\tB3\n荒\tM\n天\tE\n日\tS\n"
    assert words_read(corpus_of(six)) == [["宇宙洪荒天", "日"]]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("天地玄黄\n", "line 1: no line has two words"),
        ("\n\n天\n地\n", "line 3: no line has two words"),
        ("\n \n", "not a word"),
        ("", "not a word"),
        ("天\tB\n地\tX\n", "line 2: there is no tag 'X'"),
        ("天\tB\n地\tx\tE\n", "line 2: this line has 3 columns, not 2"),
        ("天\tB\n地\n", "line 2: this line has 1 columns, not 2"),
        ("天\tB\n日\tS\n", "line 2: the tag S cannot stand here"),
        ("天\tS\n\n日\tE\n", "line 3: the tag E cannot stand here"),
        ("天\tB\n\n日\tS\n", "line 2: the sentence ends within a word"),
        ("天\tS\n天\tB\n", "line 2: the text ends within a word"),
        ("天\tS\n\n天\tS\n", "no line has two words"),
    ],
)
def test_what_is_not_cut_is_refused(corpus_of: Make, text: str, reason: str) -> None:
    with pytest.raises(InputError) as caught:
        read_segmented(corpus_of(text))
    assert reason in str(caught.value)


def test_a_long_line_of_one_word_is_told_of(corpus_of: Make) -> None:
    heard: list[str] = []
    read_segmented(corpus_of("天地 玄黄\n\n" + "天" * 40 + "\n日 月\n"), notice=heard.append)
    assert len(heard) == 1
    assert "line 3: a line of one word of 40 characters" in heard[0]
    with pytest.raises(InputError, match="format"):
        read_segmented(corpus_of("天 地"), "xml")


# features ------------------------------------------------------------------------------------------------------------


def test_characters_share_weights_by_class() -> None:
    codes = list(map(ord, "Ａa１5天 \u3000，"))
    assert "".join(map(chr, shared(codes, "digits,letters"))) == "AA00天\0\0,"
    assert "".join(map(chr, shared(codes, "digits"))) == "Aa00天\0\0,"
    assert "".join(map(chr, shared(codes, "none"))) == "Ａa１5天\0\0，"
    alphabet = np.array(sorted(map(ord, "0天A")), np.uint32)
    assert unit_table(list(map(ord, "天1a 地")), "digits,letters", alphabet).tolist() == [0, 3, 1, 2, 0, 4]
    counts = np.array([3, 2])
    assert choose_classes("auto", list(map(ord, "a天")), counts) == "digits"
    assert choose_classes("auto", list(map(ord, "天a")), counts) == "digits,letters"
    assert choose_classes("none", [], counts) == "none"


def test_strings_are_known_by_the_entropy_of_their_neighbours(corpus_of: Make, tmp_path: Path) -> None:
    """Counted anew from what the module says: each border is a neighbour of its own."""
    lines = ["天地玄黄", "天地日月", "天地", "日月", "日月天地玄", "日月玄"]
    (tmp_path / "raw").write_text("\n".join(lines), "utf-8")
    tagger = train_tagger(corpus_of("天地 玄黄\n日 月\n"), raw=Corpus(tmp_path / "raw"))
    around: dict[str, tuple[Counter[object], Counter[object]]] = defaultdict(lambda: (Counter(), Counter()))
    for number, line in enumerate(lines):
        for size in (2, 3):
            for at in range(len(line) - size + 1):
                left, right = around[line[at : at + size]]
                left[line[at - 1] if at else (number, "left")] += 1
                right[line[at + size] if at + size < len(line) else (number, "right")] += 1

    def step(counter: Counter[object]) -> int:
        total = sum(counter.values())
        bits = -sum(times / total * math.log2(times / total) for times in counter.values())
        return min(15, 1 + math.floor(1.5 * bits + 1e-6))

    unit = {chr(code): number for number, code in enumerate(tagger.alphabet.tolist(), 1)}
    expected = {
        sum(unit[character] << 16 * at for at, character in enumerate(string[::-1])): step(left) << 4 | step(right)
        for string, (left, right) in around.items()
        if sum(left.values()) >= 2
    }
    assert {entry >> 8: entry & 255 for entry in tagger.strings.tolist()} == expected


@pytest.mark.parametrize("order", [3, 4, 5])
def test_counts_know_what_the_text_does(corpus_of: Make, tmp_path: Path, order: int) -> None:
    raw = tmp_path / "raw"
    draw = random.Random(5)
    extra = "".join("".join(draw.choices("天地aＡ1２ 玄黄𠮷，", k=draw.randint(1, 30))) + "\n" for _ in range(300))
    raw.write_text(sentences(50, seed=4).replace(" ", "") + extra + "末", "utf-8")
    corpus = corpus_of(sentences(20))
    read = train_tagger(corpus, raw=Corpus(raw))
    counted = train_tagger(corpus, raw=count_ngrams(Corpus(raw), CountOptions(order=order)))
    if order > 3:
        assert same(counted, read)
    else:
        two = read.strings[read.strings < 1 << 40]
        assert counted.strings.tolist() == two.tolist()


def test_counts_that_do_not_tell(corpus_of: Make, tmp_path: Path) -> None:
    corpus = corpus_of(sentences(9))
    for options in (CountOptions(order=2), CountOptions(alphabet="bytes")):
        with pytest.raises(InputError, match="order 4"):
            train_tagger(corpus, raw=count_ngrams(corpus, options))


# learning ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tags", [4, 6])
def test_what_was_learned_is_said(corpus_of: Make, tags: int) -> None:
    learned = train_tagger(corpus_of(sentences(150)), TaggerOptions(tags=tags))
    new = sentences(30, seed=2)
    segmenter = TaggerSegmenter(learned)
    assert b"".join(segmenter.write([new.replace(" ", "").encode()])).decode() == new


def same(a: Tagger, b: Tagger) -> bool:
    arrays = [
        (*(getattr(each, name) for name in ("alphabet", "pairs", "arounds", "strings")), *each.weights)
        for each in (a, b)
    ]
    return a.about == b.about and all(np.array_equal(*both) for both in zip(*arrays, strict=True))


def test_the_same_text_makes_the_same_tagger(corpus_of: Make, tagger: Tagger, tmp_path: Path) -> None:
    text = sentences(150)
    corpus = corpus_of(text)
    again = train_tagger(corpus, raw=corpus, threads=2)
    raw = tmp_path / "raw"
    raw.write_text(text, "utf-8")
    assert same(again, tagger)
    lines = text.splitlines(keepends=True)
    random.Random(9).shuffle(lines)
    moved = train_tagger(corpus_of("".join(lines[:70]), "".join(lines[70:])), raw=Corpus(raw))
    assert all(np.array_equal(*both) for both in zip(moved.weights, tagger.weights, strict=True))
    other = train_tagger(corpus_of(text), TaggerOptions(seed=1))
    assert not np.array_equal(other.weights.unit, train_tagger(corpus_of(text)).weights.unit)


def test_held_out_text_ends_training(corpus_of: Make, tmp_path: Path) -> None:
    heard: list[str] = []
    held = tmp_path / "held"
    held.write_text(sentences(9, seed=3), "utf-8")
    train_tagger(corpus_of(sentences(60)), TaggerOptions(epochs=9), dev=Corpus(held), notice=heard.append)
    assert 2 <= len(heard) < 9
    assert heard[-2].endswith("F of held-out words 1.0000")


def test_raw_text_without_a_character(corpus_of: Make, tmp_path: Path) -> None:
    (tmp_path / "raw").write_text("\n", "utf-8")
    learned = train_tagger(corpus_of(sentences(9)), raw=Corpus(tmp_path / "raw"))
    assert learned.strings.size == 0
    assert learned.weights.two.shape == (0, 16)
    learned.save(tmp_path / "t")
    assert same(Tagger.load(tmp_path / "t"), learned)


def test_weights_that_go_astray(corpus_of: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("minent.kernels.crf.train_chains", lambda *_: math.nan)
    with pytest.raises(InputError, match="astray in epoch 1: the loss is nan"):
        train_tagger(corpus_of(sentences(9)))


def test_rare_pairs_are_no_features(corpus_of: Make) -> None:
    corpus = corpus_of(sentences(20) + "甲乙 丙\n")
    pairs = [train_tagger(corpus, TaggerOptions(min_freq=least)).pairs.size for least in (1, 2, 1000)]
    assert pairs[0] > pairs[1] > pairs[2] == 0


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"tags": 5}, "tags"),
        ({"classes": "all"}, "classes"),
        ({"min_freq": 0}, "min_freq"),
        ({"epochs": 0}, "epochs"),
        ({"learning_rate": 0.0}, "learning_rate"),
        ({"learning_rate": math.nan}, "learning_rate"),
        ({"seed": -1}, "seed"),
    ],
)
def test_options_that_make_no_sense(options: dict[str, Any], reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        TaggerOptions(**options)


# files ---------------------------------------------------------------------------------------------------------------


def test_what_is_saved_is_loaded(tagger: Tagger, tmp_path: Path) -> None:
    path = tmp_path / "t.crf"
    tagger.save(path)
    assert same(Tagger.load(path), tagger)
    Tagger.load(path).save(tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == path.read_bytes()
    assert repr(tagger).startswith("Tagger(S/E/B/M, ")


def test_any_damage_is_noticed(tagger: Tagger, tmp_path: Path) -> None:
    path = tmp_path / "t.crf"
    tagger.save(path)
    data = path.read_bytes()
    draw = random.Random(3)
    for at in [*range(0, 700, 7), *(draw.randrange(len(data)) for _ in range(30))]:
        path.write_bytes(data[:at] + bytes([data[at] ^ 4]) + data[at + 1 :])
        with pytest.raises(FormatError):
            Tagger.load(path)
    for size in (0, 5, 13, 14, 200, len(data) // 2, len(data) - 1):
        path.write_bytes(data[:size])
        with pytest.raises(FormatError):
            Tagger.load(path)


def test_parts_that_do_not_fit_are_refused(tagger: Tagger, tmp_path: Path) -> None:
    for number, odd in enumerate(
        (
            Tagger(tagger.alphabet[1:], tagger.pairs, tagger.arounds, tagger.strings, tagger.weights, tagger.about),
            Tagger(tagger.alphabet[::-1], tagger.pairs, tagger.arounds, tagger.strings, tagger.weights, tagger.about),
            Tagger(tagger.alphabet, tagger.pairs[1:], tagger.arounds, tagger.strings, tagger.weights, tagger.about),
            Tagger(tagger.alphabet, tagger.pairs, tagger.arounds, tagger.strings[:0], tagger.weights, tagger.about),
            Tagger(*tagger_parts(tagger), tagger.about | {"tags": 6}),
            Tagger(*tagger_parts(tagger), tagger.about | {"classes": "some"}),
            Tagger(*tagger_parts(tagger), tagger.about | {"format": "minent tagger 99"}),
        )
    ):
        odd.save(tmp_path / str(number))
        with pytest.raises(FormatError):
            Tagger.load(tmp_path / str(number))


def tagger_parts(tagger: Tagger) -> tuple[Any, ...]:
    return tagger.alphabet, tagger.pairs, tagger.arounds, tagger.strings, tagger.weights


def test_weights_are_named(tagger: Tagger) -> None:
    rows = list(islice(named_weights(tagger), 500))
    sizes = [abs(row[3]) for row in rows]
    assert sizes == sorted(sizes, reverse=True)
    named = {row[:3]: row[3] for row in named_weights(tagger)}
    assert named["日", "0", "S"] > 0 > named["日", "0", "B"]
    assert named["日月", "-1", "S"] != 0
    assert named["after B", "-1", "E"] != 0
    assert {place for feature, place, _ in named if feature == "日"} == {"-2", "-1", "0", "1", "2"}


# cutting -------------------------------------------------------------------------------------------------------------

TEXT = st.text(alphabet="".join({*"".join(WORDS), *" \n\u3000\r,地a7𠮷\u0301"}), max_size=60)


@settings(max_examples=60)
@given(TEXT)
def test_words_and_white_space_are_the_text(tagger: Tagger, text: str) -> None:
    spans = TaggerSegmenter(tagger).spans(text)
    ends = [0, *(end for span in spans for end in span), len(text)]
    assert ends == sorted(ends)
    assert all(not text[begin:end].strip() for begin, end in zip(ends[::2], ends[1::2], strict=True))
    assert all(text[begin:end].split() == [text[begin:end]] for begin, end in spans)


@given(TEXT, st.integers(1, 9))
@settings(max_examples=60)
def test_it_does_not_matter_how_text_arrives(tagger: Tagger, text: str, size: int) -> None:
    segmenter = TaggerSegmenter(tagger)
    data = [text[at : at + size].encode() for at in range(0, len(text), size)]
    whole = b"".join(segmenter.write([text.encode()])) if text else b""
    assert b"".join(segmenter.write(data)) == whole
    assert b"".join(segmenter.write(data, threads=2)) == whole
    lines = b"".join(segmenter.write_json(data)).decode().splitlines()
    for line, words in zip(map(json.loads, lines), whole.decode().split("\n"), strict=False):
        assert [line["text"][begin:end] for begin, end in line["spans"]] == words.split()
        assert len(line["confidence"]) == len(line["spans"])
        assert all(0 <= chance <= 1 for chance in line["confidence"])


def test_a_long_line_is_cut_in_stretches(tagger: Tagger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tagged, "_LONGEST", 10)
    segmenter = TaggerSegmenter(tagger)
    text = sentences(20).replace(" ", "").replace("\n", "")
    expected = b" ".join(b"".join(segmenter.write([text[at : at + 10].encode()])) for at in range(0, len(text), 10))
    for size in (3, 7, 50, 1000):
        parts = [text[at : at + size].encode() for at in range(0, len(text), size)]
        assert b"".join(segmenter.write(parts)) == expected
    (line,) = b"".join(segmenter.write_json([text.encode()])).splitlines()
    assert len(json.loads(line)["confidence"]) == len(expected.split())


def naive_words(text: str, known: list[str]) -> list[tuple[int, int]]:
    found = []
    at = 0
    while at < len(text):
        size = max((len(word) for word in known if text.startswith(word, at)), default=0)
        found += [(at, at + size)] * bool(size)
        at += size or 1
    return found


@settings(max_examples=60)
@given(TEXT, st.lists(st.sampled_from(["地玄", "地", "玄黄日", "天地玄", "寒来", "a地", "往，秋", "𠮷"]), min_size=1))
def test_given_words_are_words(tagger: Tagger, text: str, words: list[str]) -> None:
    segmenter = TaggerSegmenter(tagger, words)
    assert set(naive_words(text, words)) <= set(segmenter.spans(text))
    lines = b"".join(segmenter.write_json([text.encode()] if text else [])).decode().splitlines()
    for line in map(json.loads, lines):
        sure = dict(zip(map(tuple, line["spans"]), line["confidence"], strict=True))
        assert all(sure[span] == pytest.approx(1, abs=1e-3) for span in naive_words(line["text"], words))


def test_given_words_that_are_none(tagger: Tagger) -> None:
    for word in ("", "天 地", "\n"):
        with pytest.raises(InputError, match="no word"):
            TaggerSegmenter(tagger, [word])


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_given_words_and_the_cuts_of_a_long_line(tagger: Tagger, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr(tagged, "_LONGEST", 3)
    segmenter = TaggerSegmenter(tagger, ["玄黄日", "日黄", "玄", "日"])
    text = "玄玄黄日黄日玄"  # cut behind the third and the sixth
    parts = [text[at : at + size].encode() for at in range(0, len(text), size)]
    assert b"".join(segmenter.write(parts)).decode() == "玄 玄 黄 日黄 日 玄"


def test_sure_and_unsure_words(tagger: Tagger) -> None:
    (line,) = b"".join(TaggerSegmenter(tagger).write_json(["天地玄黄\n".encode()])).splitlines()
    assert json.loads(line)["confidence"] == pytest.approx([1, 1], abs=0.02)
    unknown = "".join(map(chr, range(0x5000, 0x5020)))
    (line,) = b"".join(TaggerSegmenter(tagger).write_json([unknown.encode()])).splitlines()
    assert min(json.loads(line)["confidence"]) < 0.9


def test_characters_beyond_two_bytes(corpus_of: Make) -> None:
    many = "".join(f"{chr(code)} {chr(code + 1)}\n" for code in range(0x20000, 0x31000, 2))
    learned = train_tagger(corpus_of(many), TaggerOptions(epochs=1))
    assert learned.alphabet.size == 65_534
    assert TaggerSegmenter(learned).spans("\U00030fff") == [(0, 1)]


def test_nothing_is_cut_into_nothing(tagger: Tagger) -> None:
    segmenter = TaggerSegmenter(tagger)
    assert segmenter.spans("") == segmenter.spans(" \n\t") == []
    assert list(segmenter.write(repeat(b"", 0))) == []
    assert b"".join(segmenter.write([b"\n", b"  \n"])) == b"\n\n"
