"""Training of vocabularies: what pieces there are, how they are counted, on what they do not depend."""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any
from unicodedata import normalize

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minent.corpus import Corpus
from minent.count import Resources
from minent.errors import InputError
from minent.steps import Arrays, SavedSteps
from minent.tokenizing.text import pattern_cuts
from minent.train import TrainOptions, merge_vocabularies, train_vocabularies, train_vocabulary
from minent.training import blocks
from minent.training import text as training_text
from minent.vocabulary import BYTEPIECE, Vocabulary, VocabularyOptions

ROOT = Path(__file__).parents[1]
SAMPLES = [ROOT / "corpora" / name for name in ("zh.txt", "en.txt", "ja.txt")]
CASES = json.loads((Path(__file__).parent / "golden" / "bytepiece.json").read_text("utf-8"))
PLAIN = VocabularyOptions(specials=())
MakeCorpus = Callable[..., Corpus]
TEXTS = st.text(st.sampled_from("ab 1\n中国é𠮷。"), min_size=1, max_size=60)


def pieces_of(vocabulary: Vocabulary) -> dict[bytes, int]:
    """The pieces of several bytes, and their counts."""
    rows = zip(vocabulary.pieces, vocabulary.counts.tolist(), strict=True)
    return {piece: count for piece, count in rows if len(piece) > 1}


def weight(vocabulary: Vocabulary) -> int:
    """The bytes of the text that a vocabulary was counted in; a byte that is not there counts once."""
    rows = zip(vocabulary.pieces, vocabulary.counts.tolist(), strict=True)
    return sum(len(piece) * count for piece, count in rows)


@pytest.mark.parametrize("objective", ["tokens", "entropy"])
def test_several_sizes_come_from_one_run(objective: str) -> None:
    options = TrainOptions((700, 2000, 400), objective)
    found = train_vocabularies(Corpus(*SAMPLES), options, VocabularyOptions(specials=("<x>",), reserved=7))
    assert [vocabulary.size for vocabulary in found] == [700, 2000, 400]
    tokens = {vocabulary.size: int(vocabulary.counts.sum()) for vocabulary in found}
    assert tokens[2000] < tokens[700] < tokens[400]
    assert set(found[2].pieces) <= set(found[0].pieces) <= set(found[1].pieces)
    assert found[0].about["corpus-bytes"] == sum(path.stat().st_size for path in SAMPLES)


def test_pieces_are_counted_in_the_text() -> None:
    text = b"".join(path.read_bytes() for path in SAMPLES)
    vocabulary = train_vocabulary(Corpus(*SAMPLES), TrainOptions((1000,)))
    unseen = sum(bytes([byte]) not in vocabulary.pieces or text.count(byte) == 0 for byte in range(256))
    counted = weight(vocabulary)
    # Bytes that are never a token of their own count once, too.
    assert len(text) <= counted <= len(text) + 256
    assert counted - len(text) >= unseen


def test_fewer_tokens_than_with_less_entropy_and_the_other_way_round() -> None:
    tokens, entropy = (
        train_vocabulary(Corpus(*SAMPLES), TrainOptions((1500,), objective)) for objective in ("tokens", "entropy")
    )
    assert tokens.counts.sum() < entropy.counts.sum()
    assert (tokens.counts * tokens.scores).sum() < (entropy.counts * entropy.scores).sum()


def test_what_the_text_repeats_becomes_a_piece(corpus_of: MakeCorpus) -> None:
    corpus = corpus_of("最小熵原理\n" * 9 + "熵\n最\n" * 3)
    assert pieces_of(train_vocabulary(corpus, TrainOptions((261,)), PLAIN))["最小熵原理\n".encode()] == 9


@settings(max_examples=40)
@given(
    st.lists(TEXTS, min_size=1, max_size=4),
    st.builds(
        TrainOptions,
        st.just((300, 258)),
        st.sampled_from(["tokens", "entropy", "bytepiece"]),
        min_count=st.integers(1, 3),
        max_piece_length=st.integers(1, 9),
        ensure_unicode=st.booleans(),
    ),
    st.booleans(),
)
def test_any_text_has_a_vocabulary(
    corpus_of: MakeCorpus, texts: list[str], options: TrainOptions, digits: bool
) -> None:
    rules = replace(PLAIN, isolate_digits=digits)
    if options.objective == "bytepiece":
        rules = replace(BYTEPIECE, specials=(), isolate_digits=digits)
    found = train_vocabularies(corpus_of(*texts), options, rules)
    backwards = train_vocabularies(corpus_of(*reversed(texts)), options, rules, Resources(threads=2))
    assert found == backwards
    for vocabulary, size in zip(found, (300, 258), strict=True):
        assert vocabulary.size <= size
        for piece in pieces_of(vocabulary):
            assert len(piece) <= options.max_piece_length
            assert b"\n" not in piece.rstrip(b"\n")
            if options.ensure_unicode:
                piece.decode()
            assert not (digits and b"1" in piece)


@pytest.mark.parametrize("objective", ["tokens", "bytepiece"])
def test_nothing_but_the_text_decides(tmp_path: Path, objective: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not threads, nor the order of files, nor the memory: what it does not hold goes to the disk."""
    monkeypatch.setattr(training_text, "_FEW", 20_000)
    options = TrainOptions((900,), objective)
    rules = BYTEPIECE if objective == "bytepiece" else VocabularyOptions()
    notices: list[str] = []
    tight = Resources(2, memory=280_000_000, work_dir=tmp_path, notice=notices.append)
    first = written(train_vocabularies(Corpus(*SAMPLES), options, rules))
    assert written(train_vocabularies(Corpus(*reversed(SAMPLES)), options, rules, tight)) == first
    assert len(notices) == 1
    assert str(tmp_path) in notices[0]
    assert not list(tmp_path.iterdir())


def test_a_sample_is_counted_in_all_of_the_text() -> None:
    size = sum(path.stat().st_size for path in SAMPLES)
    options = TrainOptions((600,), sample=20_000)
    found = train_vocabulary(Corpus(*SAMPLES), options)
    assert found == train_vocabulary(Corpus(*reversed(SAMPLES)), options, None, Resources(threads=2))
    assert size <= weight(found) <= size + 256
    assert found != train_vocabulary(Corpus(*SAMPLES), TrainOptions((600,)))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.get('file', 'odd')}-{'-'.join(case['models'])}")
def test_models_are_those_of_bytepiece(corpus_of: MakeCorpus, case: dict[str, Any]) -> None:
    """bench/peers/train_bytepiece.py writes what is expected here."""
    if "file" in case:
        corpus = Corpus(ROOT / case["file"])
    else:
        corpus = corpus_of("".join(part * times for part, times in case["parts"]))
    chosen = dict(case["options"])
    rules = replace(BYTEPIECE, isolate_digits=chosen.pop("isolate_digits"))
    options = TrainOptions(tuple(map(int, case["models"])), "bytepiece", **chosen)
    for vocabulary, expected in zip(train_vocabularies(corpus, options, rules), case["models"].values(), strict=True):
        with BytesIO() as stream:
            vocabulary.write_bytepiece(stream)
            assert hashlib.sha256(stream.getvalue()).hexdigest() == expected


# rules ---------------------------------------------------------------------------------------------------------------


def learned(corpus: Corpus, **rules: Any) -> set[str]:
    options = {"specials": ()} | rules
    return {p.decode() for p in pieces_of(train_vocabulary(corpus, TrainOptions((400,)), VocabularyOptions(**options)))}


def test_newlines_end_pieces_or_stand_alone(corpus_of: MakeCorpus) -> None:
    corpus = corpus_of("abc\n\n" * 9 + "abc\nx" * 9)
    assert "abc\n\n" in learned(corpus)
    own = learned(corpus, newlines="own")
    assert {"abc", "\n\n"} <= own
    assert all(not piece.strip("\n") or "\n" not in piece for piece in own)


def test_no_piece_goes_across_a_match(corpus_of: MakeCorpus) -> None:
    text = "it's 2024 in the café, 1234567 times\n" * 9
    corpus = corpus_of(text)
    assert any(" " in piece.strip() for piece in learned(corpus))
    assert {" the", "'s", " 2024", " café", " 1234567"} <= learned(corpus, pattern="gpt2")
    found = learned(corpus, pattern="gpt4")
    assert {" the", "'s", "202", ",", "\n"} - {",", "\n"} <= found
    assert not any(re.search(r"\d{4}", piece) for piece in found)
    assert {"it's", "2024"} <= learned(corpus, pattern=r"\S+")
    assert "(" not in "".join(learned(corpus_of("a(b" * 9), pattern=r"\w"))


def test_special_tokens_are_no_text(corpus_of: MakeCorpus) -> None:
    corpus = corpus_of("one<sep>two\n" * 9, "<se" * 5 + "\n", "x" * 70_000 + "<sep>" + "y")
    found = train_vocabulary(corpus, TrainOptions((500,)), VocabularyOptions(specials=("<sep>", "<se")))
    assert not any(b"<" in piece for piece in pieces_of(found))
    assert {b"one", b"two\n"} <= set(found.pieces)
    assert any(b"<sep>" in piece for piece in pieces_of(train_vocabulary(corpus, TrainOptions((500,)), PLAIN)))


def test_text_is_brought_into_normal_form(corpus_of: MakeCorpus) -> None:
    corpus = corpus_of("cafe\u0301 " * 9)
    assert any("é" in piece for piece in learned(corpus, normalization="nfc"))
    assert any("e\u0301" in piece for piece in learned(corpus))


def test_pieces_of_any_bytes(corpus_of: MakeCorpus) -> None:
    corpus = corpus_of("".join(chr(code) for code in range(0x4E00, 0x4E40)) * 3)
    vocabulary = train_vocabulary(corpus, TrainOptions((300,), ensure_unicode=False, max_piece_length=2), PLAIN)
    assert b"\xe4\xb8" in vocabulary.pieces


# vocabularies to begin with, to merge --------------------------------------------------------------------------------


def test_a_vocabulary_is_extended_and_shrunk(corpus_of: MakeCorpus) -> None:
    old = train_vocabulary(Corpus(SAMPLES[1]), TrainOptions((500,)))
    more, smaller = train_vocabularies(Corpus(SAMPLES[0]), TrainOptions((900, 400)), init=[old])
    assert (more.size, smaller.size) == (900, 400)
    assert set(old.pieces) <= set(more.pieces)
    less = train_vocabulary(Corpus(SAMPLES[0]), TrainOptions((450,)), init=[more])
    assert less.size == 450
    assert set(less.pieces) <= set(more.pieces)


@pytest.mark.parametrize("objective", ["tokens", "entropy", "bytepiece"])
def test_vocabularies_are_merged_by_their_counts(objective: str) -> None:
    options = TrainOptions((1500,), objective)
    rules = replace(BYTEPIECE if objective == "bytepiece" else VocabularyOptions(), specials=())
    parts = [train_vocabulary(Corpus(path), options, rules) for path in SAMPLES]
    merged, small = merge_vocabularies(parts, replace(options, vocab_size=(4000, 600)))
    assert merged == merge_vocabularies(parts[::-1], replace(options, vocab_size=(4000,)))[0]
    if objective == "tokens":
        sums: Counter[bytes] = Counter()
        for part in parts:
            sums.update(dict(zip(part.pieces, part.counts.tolist(), strict=True)))
        assert dict(zip(merged.pieces, merged.counts.tolist(), strict=True)) == sums
    assert small.size <= 600
    assert weight(small) == sum(map(weight, parts))
    assert small.about["corpus-digest"] == train_vocabulary(Corpus(*SAMPLES), options, rules).about["corpus-digest"]


# going on ------------------------------------------------------------------------------------------------------------


class Killed(BaseException):
    pass


def written(vocabularies: list[Vocabulary]) -> list[bytes]:
    streams = [BytesIO() for _ in vocabularies]
    for vocabulary, stream in zip(vocabularies, streams, strict=True):
        vocabulary.write(stream)
    return [stream.getvalue() for stream in streams]


@pytest.mark.parametrize("objective", ["tokens", "entropy", "bytepiece"])
def test_killed_after_each_step_in_turn_it_ends_with_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, objective: str
) -> None:
    monkeypatch.setattr(training_text, "_FEW", 5_000)
    rules = BYTEPIECE if objective == "bytepiece" else VocabularyOptions()
    options = TrainOptions((600, 400), objective, sample=20_000)
    corpus = Corpus(SAMPLES[0])
    expected = written(train_vocabularies(corpus, options, rules))
    heard: list[str] = []
    resources = Resources(work_dir=tmp_path, resume=True, notice=heard.append)
    take = SavedSteps.take

    def die(self: SavedSteps, name: str, work: Callable[[], Arrays]) -> Arrays:
        done = []
        arrays = take(self, name, lambda: done.append(name) or work())  # type: ignore[func-returns-value]
        if done:
            raise Killed
        return arrays

    kills = 0
    with monkeypatch.context() as patch:
        patch.setattr(SavedSteps, "take", die)
        while True:
            try:
                found = train_vocabularies(corpus, options, rules, resources)
                break
            except Killed:
                kills += 1
                assert len(list(tmp_path.iterdir())) == 1
    assert written(found) == expected
    assert kills > (2 if objective == "bytepiece" else 8)
    assert heard == [f"going on: {steps} steps are done" for steps in range(1, kills + 1)]
    assert list(tmp_path.iterdir()) == []


def test_killed_while_it_reads_it_reads_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    options, resources = TrainOptions((500,)), Resources(work_dir=tmp_path, resume=True)
    expected = written(train_vocabularies(Corpus(*SAMPLES), options))

    def die(*arguments: object) -> list[training_text.Part]:
        raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(training_text, "_thinned", die)
        train_vocabularies(Corpus(*SAMPLES), options, None, resources)
    (symbols,) = tmp_path.glob("*/symbols")
    assert symbols.stat().st_size > 0
    assert written(train_vocabularies(Corpus(*SAMPLES), options, None, resources)) == expected
    assert list(tmp_path.iterdir()) == []


# patterns ------------------------------------------------------------------------------------------------------------


@settings(max_examples=200)
@given(
    st.text(st.sampled_from("ab1'l \n\n\r é中<>"), max_size=60),
    st.lists(st.integers(0, 60), max_size=6),
    st.sampled_from(["gpt2", "gpt4", r"\S+", r"[a-c]+|\s", r"(?<=a)b|\n+", r"(?s).+", "x*"]),
)
def test_training_cuts_where_the_tokenizer_does(text: str, parts: list[int], pattern: str) -> None:
    """However the text comes."""
    options = VocabularyOptions(pattern=pattern, specials=("<>",))
    prepare = blocks.rules_of(options, characters=True, widest=4).prepare
    assert prepare is not None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "_AHEAD", 2)
        step = prepare()
        bounds = [0, *sorted(min(at, len(text)) for at in parts), len(text)]
        found = b"".join(step(text[low:high].encode(), False) for low, high in pairwise(bounds)) + step(b"", True)
    cut = [part for part in found.decode("utf-8", "surrogatepass").split(training_text.BORDER) if part]
    expected = []
    for part in text.split("<>"):
        data = part.encode()
        edges = [0, *pattern_cuts(data, pattern).tolist(), len(data)]
        expected += [data[low:high].decode() for low, high in pairwise(edges) if low < high]
    assert cut == expected


def test_a_match_without_end_counts_as_several(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "_LONGEST", 10)
    for size in (1, 7, 100):
        cutter = blocks.PatternCutter(re.compile("a+"))
        text = "b" + "a" * 35 + "b"
        found = [cutter(text[at : at + size], False) for at in range(0, len(text), size)]
        assert [len(part) for part in "".join([*found, cutter("", True)]).split(training_text.BORDER)] == [
            1, 10, 10, 10, 5, 1
        ]  # fmt: skip


@given(st.text(st.sampled_from("e\u0301\u0300한ᄒ\u1161\u11abn中 \u3099か"), max_size=30), st.lists(st.integers(0, 30)))
def test_text_is_composed_however_it_comes(text: str, parts: list[int]) -> None:
    compose = blocks.Composer()
    bounds = [0, *sorted(min(at, len(text)) for at in parts), len(text)]
    found = "".join(compose(text[low:high], False) for low, high in pairwise(bounds)) + compose("", True)
    assert found == normalize("NFC", text)


# what does not fit ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "rules", "message"),
    [
        ({"vocab_size": (258,)}, {}, "256 bytes, 3 special tokens and 0 reserved ids make 259"),
        ({"vocab_size": (300, 1)}, {"reserved": 5}, "a vocabulary of 1 is too small"),
        ({"vocab_size": ()}, {}, "vocab_size is empty"),
        ({"objective": "x"}, {}, "objective must be one of tokens, entropy, bytepiece, not 'x'"),
        ({"min_count": 0}, {}, "min_count must be at least 1"),
        ({"max_piece_length": 256}, {}, "max_piece_length must be from 1 to 255"),
        ({"sample": 0}, {}, "sample must be at least 1"),
        ({"order": 9}, {}, "order must be from 1 to 8"),
    ],
)
def test_options_that_do_not_fit(
    corpus_of: MakeCorpus, options: dict[str, Any], rules: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=re.escape(message)):
        train_vocabularies(corpus_of("a"), TrainOptions(**options), VocabularyOptions(**rules))


def test_texts_that_do_not_fit(corpus_of: MakeCorpus) -> None:
    for objective in ("tokens", "bytepiece"):
        with pytest.raises(InputError, match="the corpus is empty"):
            train_vocabulary(corpus_of("", ""), TrainOptions((300,), objective))
    with pytest.raises(InputError, match="must be a Corpus, which can be read twice, not generator"):
        train_vocabulary((line for line in ["a"]), TrainOptions((300,)))  # type: ignore[arg-type]
    with pytest.raises(InputError, match="training needs at least 240 MB of memory with 1 threads"):
        train_vocabulary(corpus_of("a"), TrainOptions((300,)), None, Resources(memory=100_000_000))
    with pytest.raises(InputError, match="no vocabularies to merge"):
        merge_vocabularies([])
