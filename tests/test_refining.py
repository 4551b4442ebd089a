"""refining/ and `build-lexicon --effort best`: the same cut from the same corpus, whatever happens on the way."""

import io
import os
import random
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import naive
import naive_cuts
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive_cuts import Gram
from test_cli import run

from minent.alphabet import encode_corpus
from minent.characters import NUMBER, Kind, UnitRules
from minent.corpus import Corpus
from minent.errors import InputError
from minent.finding.discover import LexiconOptions, build_lexicon
from minent.kernels import resampling as kernels
from minent.progress import Silent
from minent.refining import cut, refine, resampling
from minent.refining.cut import blocks_of, count_words, cut_into, fits, in_order, keep_rules
from minent.refining.resampling import Drawn, resample
from minent.refining.teaching import tag_anew
from minent.steps import Arrays, SavedSteps, Steps
from minent.types import Bytes
from minent.units import Units, character_kinds, make_units

CORPORA = Path(__file__).parents[1] / "corpora"
BEST = LexiconOptions(effort="best")
CONSTANTS = naive_cuts.Constants(
    resampling._DISCOUNTS, resampling._STRENGTHS, resampling._UNIT_DISCOUNT, resampling._LEAST_SHARE, resampling._BORDER
)
# One unit of each kind that there is in units, and two letters more.
KINDS = np.array([Kind.SPACE, Kind.LETTER, Kind.DIGIT, Kind.CASED, Kind.JOINING, Kind.LETTER, Kind.LETTER], np.uint8)
LETTERS = (1, 5, 6)
IDS = st.lists(st.integers(0, KINDS.size - 1), max_size=30)


def units_of(ids: list[int], dtype: type = np.uint16) -> Units:
    return Units(np.array(ids, dtype), np.arange(1, KINDS.size), KINDS)


def marks_for(ids: list[int]) -> st.SearchStrategy[list[int]]:
    return st.lists(st.integers(0, 1), min_size=len(ids), max_size=len(ids))


@pytest.fixture
def no_text_is_too_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refine, "SMALLEST", 0)


def sample(lines: int) -> str:
    """Chinese with numbers, letters, joining characters, and a run without a mark that is longer than a block."""
    draw = random.Random(1)
    text = (CORPORA / "zh.txt").read_text("utf-8").split("\n")[:lines]
    whole = "\n".join(
        "".join(each + draw.choices(["", "\u0301", "12.5", "ab", "a\u0301"], [60, 2, 2, 1, 1])[0] for each in line)
        for line in text
    )
    return whole + "\n" + "".join(draw.choices("的一是不了人我在有他", k=300)) + "甲" + "\u0301" * 100 + "\n"


@pytest.fixture(scope="module")
def mixed(corpus_of: Callable[..., Corpus]) -> Units:
    """The sample as units."""
    encoded = encode_corpus(corpus_of(sample(150)))
    kinds, stands_for = character_kinds(encoded.alphabet, UnitRules("digits,letters"))
    units = in_order(make_units(encoded.ids, kinds, stands_for))
    assert {Kind.DIGIT, Kind.CASED, Kind.JOINING, Kind.LETTER} <= set(units.kinds.tolist())
    return units


def words_in(units: Units, begins: Bytes) -> list[Gram]:
    """Where no border is, what is between two beginnings of words."""
    found: list[list[int]] = []
    fresh = True
    for unit, mark in zip(units.ids.tolist(), begins.tolist(), strict=True):
        if unit and (mark or fresh):
            found.append([])
        if unit:
            found[-1].append(unit)
        fresh = not unit
    return [tuple(word) for word in found]


# the text ------------------------------------------------------------------------------------------------------------


@given(st.lists(st.lists(st.integers(1, 3), max_size=4), max_size=12), st.randoms(use_true_random=False))
def test_blocks_are_put_in_an_order_of_their_own(blocks: list[list[int]], chance: random.Random) -> None:
    ordered = in_order(units_of([unit for block in blocks for unit in (0, *block)])).ids.tolist()
    chance.shuffle(blocks)
    assert in_order(units_of([unit for block in blocks for unit in (*block, 0)])).ids.tolist() == ordered
    found = naive.blocks(ordered)
    assert Counter(found) == Counter(tuple(block) for block in blocks if block)
    assert len(ordered) == sum(len(block) + 1 for block in found)
    assert [a != b for a, b in pairwise(found)].count(True) == max(0, len(set(found)) - 1)  # equal ones side by side


@given(IDS, st.data())
def test_rules_are_kept(ids: list[int], data: st.DataObject) -> None:
    begins = data.draw(marks_for(ids))
    expected = []
    for place, (unit, mark) in enumerate(zip(ids, begins, strict=True)):
        before = ids[place - 1] if place else 0
        if KINDS[unit] == Kind.JOINING and before:
            expected.append(0)
        else:
            alone = KINDS[unit] in (Kind.CASED, Kind.DIGIT) or (place and KINDS[before] == Kind.CASED)
            expected.append(1 if alone else mark)
    assert keep_rules(units_of(ids), np.array(begins, np.uint8)).tolist() == expected


@given(
    st.lists(st.sampled_from([0, *LETTERS, *LETTERS]), max_size=12),
    st.dictionaries(st.lists(st.sampled_from(LETTERS), min_size=2, max_size=4).map(tuple), st.integers(0, 99)),
)
def test_the_words_of_a_lexicon_cut_the_text(ids: list[int], times: dict[Gram, int]) -> None:
    times = {**times, **{(unit,): 3 * unit for unit in range(1, KINDS.size)}}
    total = sum(times.values())
    scores = {word: float(np.log(max(n, 0.5) / total)) for word, n in times.items()}
    spelled = np.array([unit for word in times for unit in word], np.uint16)
    offsets = np.cumsum([0, *map(len, times)], dtype=np.int64)
    begins = cut_into(units_of(ids), (spelled, offsets), np.array(list(times.values()), np.int64))
    found = sum(scores[word] for word in words_in(units_of(ids), begins))
    assert found == pytest.approx(naive.count_words(ids, naive.Model(scores, -99.0, set()))[0])


@given(IDS, st.data(), st.integers(1, 5))
def test_words_are_counted_and_spelled(ids: list[int], data: st.DataObject, longest: int) -> None:
    begins = data.draw(marks_for(ids))
    units = units_of(ids)
    blocks = naive.find_blocks(ids, begins, cut.LONGEST_BLOCK)
    marks = np.array(begins, np.uint8)
    counted = count_words(units, marks, blocks_of(units, marks), longest)
    first, others = (each.tolist() for each in fits(units))
    nodes = np.flatnonzero(counted.times).astype(np.int32)
    spelled, offsets = counted.spell(nodes)
    words = [tuple(spelled[low:high].tolist()) for low, high in pairwise(offsets.tolist())]
    expected = naive.count_cut_words(ids, begins, blocks, (first, others), longest)
    assert dict(zip(words, counted.times[nodes].tolist(), strict=True)) == expected


# the models ----------------------------------------------------------------------------------------------------------


def known_words(ids: list[int], begins: list[int]) -> list[Gram]:
    """All single units, and the words of a cut of up to three."""
    blocks = naive.find_blocks(ids, begins, cut.LONGEST_BLOCK)
    found = naive.count_cut_words(ids, begins, blocks, ([True] * KINDS.size, [True] * KINDS.size), 3)
    return list(dict.fromkeys([*((unit,) for unit in range(1, KINDS.size)), *found]))


def as_words(known: list[Gram]) -> resampling._Known:
    units = np.array([unit for word in known for unit in word], np.uint16)
    return resampling._Known(units, np.cumsum([0, *map(len, known)], dtype=np.int64), KINDS.size)


@settings(max_examples=60)
@given(IDS, st.data(), st.sampled_from([(0, 1), (1, 4)]))
def test_words_are_modelled(ids: list[int], data: st.DataObject, held: tuple[int, int]) -> None:
    """Of no text at all, where all blocks are held, or of all."""
    begins = data.draw(marks_for(ids))
    blocks = naive.find_blocks(ids, begins, cut.LONGEST_BLOCK)
    known = known_words(ids, begins)
    spelled = naive.spell_words(ids, begins, blocks, {word: at for at, word in enumerate(known)})
    numbers = np.array([number for block in spelled for number in block], np.int32)
    first = np.cumsum([0, *map(len, spelled)], dtype=np.int64)[:-1]
    model = resampling._model(numbers, first, held, as_words(known))
    twin = naive_cuts.pitman_yor(spelled, held, known, CONSTANTS)
    every = range(len(known) + 1)
    found = [[kernels._given(model, before, word) for word in every] for before in every]
    assert np.array(found) == pytest.approx(
        np.array([[twin.chance(before, word) for word in every] for before in every])
    )
    # The border, and words of a length unseen, are given a little more than there is.
    assert all(0 < sum(row) < 1.003 for row in found)


def test_a_cut_is_drawn_from_models_of_the_other_folds() -> None:
    """The whole of it: what the text costs, and a cut into words that there were."""
    draw = random.Random(2)
    pieces = [(1, 5), (6,), (5, 6, 1), (1,), (5,), (2, 1)]
    ids: list[int] = []
    begins: list[int] = []
    for _ in range(300):
        for piece in draw.choices(pieces, k=draw.randint(1, 3)):
            ids += piece
            begins += [1, *[0] * (len(piece) - 1)]
        ids.append(0)
        begins.append(1)
    units, marks = units_of(ids), np.array(begins, np.uint8)
    blocks = naive.find_blocks(ids, begins, cut.LONGEST_BLOCK)
    known = known_words(ids, begins)
    number = {word: at for at, word in enumerate(known)}
    spelled = naive.spell_words(ids, begins, blocks, number)
    folds = [naive_cuts.pitman_yor(spelled, (fold, cut.FOLDS), known, CONSTANTS) for fold in range(cut.FOLDS)]
    nats = sum(
        naive.sample_words(tuple(ids[low:high]), number, folds[at // 64 % cut.FOLDS])[0]
        for at, (low, high) in enumerate(blocks)
    )
    drawn = resample(units, marks, 3, 1, 1)
    assert drawn.bits == pytest.approx(nats / np.log(2) / sum(map(bool, ids)))
    assert set(words_in(units, drawn.begins)) <= set(known)
    assert drawn.begins.tolist() != begins
    assert resample(units, marks, 3, 2, 1).begins.tolist() != drawn.begins.tolist()


@pytest.fixture(scope="module")
def by_characters(mixed: Units) -> Bytes:
    """A cut to begin with: words of two units."""
    begins = np.ones(mixed.ids.size, np.uint8)
    begins[1::2] = 0
    return keep_rules(mixed, begins)


@pytest.mark.parametrize("threads", [2, 4, 7])
def test_threads_change_nothing(mixed: Units, by_characters: Bytes, threads: int) -> None:
    blocks = blocks_of(mixed, by_characters)
    assert len(blocks[0]) > 4 * 64
    tagged = [tag_anew(mixed, by_characters, blocks, n).tobytes() for n in (1, threads)]
    drawn = [resample(mixed, by_characters, 5, 1, n) for n in (1, threads)]
    assert tagged[0] == tagged[1]
    assert (drawn[0].begins.tobytes(), drawn[0].bits) == (drawn[1].begins.tobytes(), drawn[1].bits)


@pytest.mark.usefixtures("no_text_is_too_small")
@pytest.mark.parametrize("longest", [1, 2, 5])
def test_a_refined_cut_keeps_the_rules(mixed: Units, by_characters: Bytes, longest: int) -> None:
    begins = refine.refine(mixed, by_characters.copy(), longest, 1, Steps(), Silent())
    assert set(begins.tolist()) <= {0, 1}
    assert keep_rules(mixed, begins.copy()).tolist() == begins.tolist()
    kinds = mixed.kinds.tolist()
    for word in words_in(mixed, begins):
        joined = [unit for unit in word if kinds[unit] == Kind.JOINING]
        # Joining characters are never cut off, as long as a word may be.
        assert len(word) <= longest or joined
        assert all(kinds[unit] not in (Kind.DIGIT, Kind.CASED) for unit in word[1:])
        assert kinds[word[0]] != Kind.CASED or all(kinds[unit] == Kind.JOINING for unit in word[1:])


class Scripted(Steps):
    """Draws nothing: the bits are given."""

    def __init__(self, bits: Callable[[str], float]) -> None:
        self.bits = bits
        self.taken: list[str] = []

    def take(self, name: str, work: Callable[[], Arrays]) -> Arrays:
        self.taken.append(name)
        return np.array([len(self.taken)], np.uint8), np.array([self.bits(name)])


TRIED = [f"plain-{seed}" for seed in range(1, refine.TRIALS + 1)]
TRIED += ["taught", *(f"taught-{seed}" for seed in range(1, refine.TRIALS + 1))]


@pytest.mark.usefixtures("no_text_is_too_small")
@pytest.mark.parametrize("better", ["plain", "taught"])
@pytest.mark.parametrize("last", [refine.TRIALS + 1, refine.TRIALS + 3, refine.MOST_DRAWS])
def test_the_cheaper_cut_is_drawn_on_until_the_cost_falls_no_more(mixed: Units, better: str, last: int) -> None:
    def bits(name: str) -> float:
        kind, _, seed = name.partition("-")
        return (5.0 if kind == better else 6.0) * 0.99 ** min(int(seed or 0), last - 1)

    steps = Scripted(bits)
    begins = refine.refine(mixed, np.ones(mixed.ids.size, np.uint8), 5, 1, steps, Silent())
    assert steps.taken == TRIED + [f"{better}-{seed}" for seed in range(refine.TRIALS + 1, last + 1)]
    assert np.packbits(begins)[0] == len(steps.taken)


def test_small_texts_are_left_alone(mixed: Units, by_characters: Bytes) -> None:
    steps = Scripted(lambda name: 1.0)
    assert refine.refine(mixed, by_characters, 5, 1, steps, Silent()) is by_characters
    assert steps.taken == []


# the command ---------------------------------------------------------------------------------------------------------


def written(corpus: Corpus, options: LexiconOptions = BEST, **others: Any) -> bytes:
    stream = io.BytesIO()
    build_lexicon(corpus, options, **others).write(stream)
    return stream.getvalue()


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The sample in three files."""
    lines = sample(80).splitlines(keepends=True)
    paths = [tmp_path_factory.mktemp("parts") / f"{part}.txt" for part in range(3)]
    for part, path in enumerate(paths):
        path.write_text("".join(lines[part::3]), "utf-8")
    return paths


@pytest.mark.usefixtures("no_text_is_too_small")
def test_the_same_lexicon_for_threads_files_and_pipes(parts: list[Path], tmp_path: Path) -> None:
    expected = written(Corpus(*parts))
    assert expected != written(Corpus(*parts), LexiconOptions())
    assert written(Corpus(*parts), threads=3) == expected
    assert written(Corpus(*parts[::-1])) == expected
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    lines = "".join(path.read_text("utf-8") for path in parts).splitlines(keepends=True)
    random.Random(3).shuffle(lines)
    writer = threading.Thread(target=lambda: pipe.write_text("".join(lines), "utf-8"))
    writer.start()
    assert written(Corpus(pipe)) == expected
    writer.join()


@pytest.mark.usefixtures("no_text_is_too_small")
@pytest.mark.parametrize("longest", [1, 2, 5])
def test_the_words_keep_what_the_options_promise(parts: list[Path], longest: int) -> None:
    options = replace(BEST, max_word_length=longest, runs="digits,letters", min_count=2)
    lexicon = build_lexicon(Corpus(*parts), options)
    for entry in lexicon:
        if "A" <= entry.word[0].upper() <= "Z":
            continue
        assert len(entry.word) <= longest
        assert NUMBER not in entry.word[1:]
        assert len(entry.word) == 1 or (entry.word[0] != "\u0301" and entry.count >= 2)


@settings(max_examples=60)
@given(st.text("甲甲甲乙乙丙丁，\n", min_size=1, max_size=60).filter(lambda text: set(text) - set("，\n")))
def test_no_unit_of_the_text_gets_lost(corpus_of: Callable[..., Corpus], text: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(refine, "SMALLEST", 0)
        lexicon = build_lexicon(corpus_of(text), BEST)
    found: Counter[str] = Counter()
    for entry in lexicon:
        for letter in entry.word:
            found[letter] += entry.count
    assert found == Counter(text) - Counter({"，": len(text), "\n": len(text)})


@settings(max_examples=60)
@given(st.text("กกนนมัิ่\n", min_size=1, max_size=40).filter(str.strip), st.sampled_from([1, 2, 8]))
def test_no_letter_with_joining_characters_gets_lost(corpus_of: Callable[..., Corpus], text: str, longest: int) -> None:
    options = replace(BEST, max_word_length=longest, min_count=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(refine, "SMALLEST", 0)
        words = "".join(build_lexicon(corpus_of(text), options).words)
    assert set(text) - {"\n"} <= set(words)


# steps that are kept -------------------------------------------------------------------------------------------------


class Killed(BaseException):
    pass


@pytest.fixture
def kill(monkeypatch: pytest.MonkeyPatch) -> Callable[..., bytes]:
    """Make a lexicon, but whoever does one step that had not been done is killed."""
    take = SavedSteps.take

    def die(self: SavedSteps, name: str, work: Callable[[], Arrays]) -> Arrays:
        done = []
        arrays = take(self, name, lambda: done.append(name) or work())  # type: ignore[func-returns-value]
        if done:
            raise Killed
        return arrays

    def run_and_kill(*arguments: Any, **options: Any) -> bytes:
        with monkeypatch.context() as patch:
            patch.setattr(SavedSteps, "take", die)
            return written(*arguments, **options)

    return run_and_kill


@pytest.mark.usefixtures("no_text_is_too_small")
def test_killed_after_each_step_in_turn_it_ends_with_the_same_bytes(
    parts: list[Path], tmp_path: Path, kill: Any
) -> None:
    expected = written(Corpus(*parts))
    heard: list[str] = []
    kills = 0
    while True:
        try:
            # The same corpus, in another order each time.
            found = kill(Corpus(*parts[kills % 3 :], *parts[: kills % 3]), work_dir=tmp_path, notice=heard.append)
            break
        except Killed:
            kills += 1
            assert len(list(tmp_path.iterdir())) == 1
    assert found == expected
    assert kills > len(TRIED)
    assert heard == [f"going on: {steps} steps are done" for steps in range(1, kills + 1)]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("no_text_is_too_small")
def test_killed_within_a_step_nothing_of_it_is_left(
    parts: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*arguments: object) -> Drawn:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(refine, "tag_anew", die)
        with pytest.raises(Killed):
            written(Corpus(*parts), work_dir=tmp_path)
    (folder,) = tmp_path.iterdir()
    assert sorted(path.name for path in folder.glob("*.step")) == [f"plain-{seed}.step" for seed in (1, 2, 3)]
    assert written(Corpus(*parts), work_dir=tmp_path) == written(Corpus(*parts))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("no_text_is_too_small")
def test_each_work_has_a_folder_of_its_own(parts: list[Path], tmp_path: Path, kill: Any) -> None:
    for corpus, options in (
        (Corpus(*parts), BEST),
        (Corpus(*parts), replace(BEST, max_word_length=5)),
        (Corpus(*parts), replace(BEST, min_gain=1.0)),
        (Corpus(*parts[1:]), BEST),
    ):
        with pytest.raises(Killed):
            kill(corpus, options, work_dir=tmp_path)
    assert [len(list(folder.glob("*.step"))) for folder in tmp_path.iterdir()] == [1, 1, 1, 1]


def test_no_folder_is_made_where_nothing_is_kept(parts: list[Path], tmp_path: Path) -> None:
    """A small text, and the effort fast."""
    for options in (BEST, LexiconOptions()):
        build_lexicon(Corpus(*parts), options, work_dir=tmp_path)
        assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_is_refused(parts: list[Path]) -> None:
    with pytest.raises(InputError, match="effort cannot be 'worst'; use one of fast, best"):
        LexiconOptions(effort="worst")
    with pytest.raises(InputError, match="the effort is for the method autonomy"):
        LexiconOptions(method="merging", effort="best")
    for arguments, message in (
        (["--effort", "best", "--resume"], "name a --work-dir"),
        (["--effort", "best", "--method", "merging"], "the effort is for the method autonomy"),
        (["--effort", "worst"], "is not one of"),
    ):
        done = run("build-lexicon", parts[0], *arguments)
        assert (done.returncode, done.stdout) == (2, b"")
        assert message in done.stderr.decode()
