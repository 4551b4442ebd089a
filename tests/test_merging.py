"""Merging units into words, from the text to the lexicon."""

import io
import math
from itertools import groupby, permutations, product
from pathlib import Path

import naive
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minent.alphabet import encode_corpus
from minent.characters import Kind, UnitRules
from minent.corpus import Corpus
from minent.cost import cost_of_units, cost_of_words, exact_gain
from minent.cutting.segmenter import Segmenter
from minent.errors import CapacityError, InputError
from minent.finding import merging
from minent.finding.discover import LexiconOptions, build_lexicon
from minent.finding.merging import Merged, merge_units
from minent.lexicon import Lexicon
from minent.units import Units, character_kinds, make_units

CORPORA = Path(__file__).parents[1] / "corpora"

IDS = st.one_of(
    st.lists(st.sampled_from([0, 1, 1, 2, 2, 3]), min_size=1, max_size=120),
    st.lists(st.lists(st.integers(0, 3), min_size=3, max_size=8), min_size=1, max_size=3).map(
        lambda parts: [symbol for part in parts * 9 for symbol in part]
    ),
)


def units(ids: list[int], kinds: dict[int, Kind] | None = None) -> Units:
    names = [Kind.SPACE, *((kinds or {}).get(unit, Kind.LETTER) for unit in (1, 2, 3))]
    return Units(np.array(ids, np.uint16), np.array([97, 98, 99]), np.array(names, np.uint8))


def blocks(ids: list[int]) -> naive.Text:
    return [[(symbol,) for symbol in run] for is_block, run in groupby(ids, bool) if is_block]


def words(merged: Merged) -> dict[naive.Gram, int]:
    spelled = [tuple(word.tolist()) for word in np.split(merged.units, merged.offsets[1:-1])]
    assert len(set(spelled)) == len(spelled)
    return {word: count for word, count in zip(spelled, merged.times.tolist(), strict=True) if count}


@settings(max_examples=200)
@given(IDS, st.integers(1, 5), st.integers(2, 3), st.sampled_from([1, 3, 50]))
def test_merging_stops_where_the_description_is_shortest(
    ids: list[int], longest: int, min_count: int, look_ahead: int
) -> None:
    text = blocks(ids)
    steps = [text]
    spelled = [(symbol,) for symbol in range(4)]
    merged = merge_units(units(ids), longest=longest, min_count=min_count, look_ahead=look_ahead)
    for (left, right), count, saved in zip(merged.parts.tolist(), merged.counts.tolist(), merged.saved, strict=True):
        pair = spelled[left], spelled[right]
        spelled.append(pair[0] + pair[1])
        there_are = naive.find_pairs(text, min_count, longest)
        assert there_are[pair] == count
        before, text = text, naive.merge_pairs(text, pair)
        steps.append(text)
        assert naive.description(before) - naive.description(text) == pytest.approx(saved, abs=1e-9)
    lengths = [naive.description(step) for step in steps]
    assert lengths[merged.kept] == pytest.approx(min(lengths), abs=1e-9)
    assert len(steps) - 1 - merged.kept == look_ahead or not naive.find_pairs(text, min_count, longest)
    best = [word for block in steps[merged.kept] for word in block]
    assert words(merged) == {word: best.count(word) for word in set(best)}


def sample() -> Units:
    encoded = encode_corpus(Corpus(CORPORA / "zh.txt"))
    return make_units(encoded.ids, *character_kinds(encoded.alphabet, UnitRules("digits")))


def test_the_first_merges_gain_what_the_formula_says() -> None:
    text = sample()
    merged = merge_units(text, longest=8)
    unit_counts = np.bincount(text.ids, minlength=text.kinds.size)
    times = unit_counts.tolist()
    times[0] = 0
    cost = cost_of_units(unit_counts)
    spelled: list[list[int]] = [[unit] for unit in range(text.kinds.size)]
    for (left, right), count in zip(merged.parts.tolist()[:200], merged.counts.tolist(), strict=False):
        total = sum(times)
        parts = {part: (left, right).count(part) for part in (left, right)}
        gain = exact_gain(count / total, [(times[part] / total, n) for part, n in parts.items()])
        for part, n in parts.items():
            times[part] -= n * count
        times.append(count)
        spelled.append(spelled[left] + spelled[right])
        before = cost
        flat = np.array([unit for word in spelled[1:] for unit in word])
        offsets = np.cumsum([0, *map(len, spelled[1:])], dtype=np.int64)
        cost = cost_of_words(unit_counts, flat, offsets, np.array(times[1:]))
        cheaper = (before.bits_per_character - cost.bits_per_character) * math.log(2)
        assert gain == pytest.approx(cheaper * before.mean_length, abs=1e-9)


def test_what_merging_saves_is_what_the_costs_differ_by() -> None:
    text = sample()
    unit_counts = np.bincount(text.ids, minlength=text.kinds.size)
    reports: list[tuple[int, float]] = []
    merged = merge_units(text, longest=8, on_merges=lambda *report: reports.append(report))
    after = cost_of_words(unit_counts, merged.units, merged.offsets, merged.times)
    saved = (cost_of_units(unit_counts).bits - after.bits) * math.log(2)
    assert merged.saved[: merged.kept].sum() == pytest.approx(saved)
    assert merged.saved.cumsum()[merged.kept :].max() < saved
    assert len(merged.saved) == merged.kept + merging.LOOK_AHEAD
    assert reports[-1] == (len(merged.saved), pytest.approx(merged.saved.sum()))
    assert after.units == (text.ids > 0).sum()


def test_joining_units_stay_with_what_they_join() -> None:
    ids = [1, 3, 3, 2, 1, 3, 3, 2, 0, 3, 1, 0, 1, 3, 3, 2, 1, 3, 3, 2, 2, 1, 3]
    merged = merge_units(units(ids, {3: Kind.JOINING}), longest=8)
    found = words(merged)
    assert sum(len(word) * count for word, count in found.items()) == sum(map(bool, ids))
    assert not [word for word in found if word[0] == 3 and word != (3,)]
    assert found[(3,)] == 1  # where a block begins


def test_runs_of_letters_stay_alone() -> None:
    merged = merge_units(units([1, 2, 1, 2, 1, 2, 3, 3, 3, 3] * 9, {1: Kind.CASED}), longest=8)
    assert not [word for word in words(merged) if 1 in word and len(word) > 1]


def test_nothing_to_merge() -> None:
    for ids in ([], [0], [1], [1, 0, 2], [1, 2, 3]):
        assert len(merge_units(units(ids), longest=8).saved) == 0


def test_too_long_a_text_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merging, "_LARGEST", 2)
    with pytest.raises(CapacityError, match="autonomy"):
        merge_units(units([1, 2, 3]), longest=8)


# lexicons ------------------------------------------------------------------------------------------------------------


def written(lexicon: Lexicon) -> bytes:
    stream = io.BytesIO()
    lexicon.write(stream)
    return stream.getvalue()


def test_words_of_the_sample() -> None:
    lexicon = build_lexicon(Corpus(CORPORA / "zh.txt"), LexiconOptions(method="merging"))
    assert {"渡口", "气象站", "什么"} <= set(lexicon.words)
    assert all(len(word) == 1 or count >= 2 for word, count in zip(lexicon.words, lexicon.count, strict=True))
    assert np.isnan(lexicon.pmi).all()
    assert (lexicon.score[:100] > 0).all()
    assert "min-gain" not in lexicon.about
    about = {key: float(lexicon.about[key]) for key in ("description-bits", "units-description-bits")}
    assert about["description-bits"] < about["units-description-bits"]
    other = build_lexicon(Corpus(CORPORA / "zh.txt"))
    assert about["units-description-bits"] == float(other.about["units-description-bits"])
    assert about["description-bits"] < float(other.about["description-bits"])
    assert Segmenter(lexicon).spans("气象站的渡口")[0] == (0, 3)


def test_the_order_of_files_makes_no_difference(tmp_path: Path) -> None:
    """Of pairs that save the same the words decide, not the place."""
    texts = ["丙丁丙丁甲乙", "甲乙甲乙丙丁", "戊己戊己戊己", "己戊，甲甲甲甲甲"]
    paths = [tmp_path / str(number) for number in range(len(texts))]
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text * 3 + "\n")
    options = LexiconOptions(method="merging")
    assert len({written(build_lexicon(Corpus(*order), options)) for order in permutations(paths)}) == 1


def test_fewer_and_rarer_words(tmp_path: Path) -> None:
    path = CORPORA / "zh.txt"
    few = build_lexicon(Corpus(path), LexiconOptions(method="merging", max_words=20, min_count=5))
    longer = [(word, count) for word, count, *_ in few if len(word) > 1]
    assert len(longer) == 20
    assert min(count for _, count in longer) >= 5


@pytest.mark.parametrize("option", [{"min_gain": 1.0}, {"min_pmi": 0.0}])
def test_thresholds_are_not_for_merging(option: dict[str, float]) -> None:
    with pytest.raises(InputError, match="autonomy"):
        LexiconOptions(method="merging", **option)
    with pytest.raises(InputError, match="autonomy, merging"):
        LexiconOptions(method="magic")


def test_repeats_are_merged_from_the_left(tmp_path: Path) -> None:
    for letters, times in product(("哈", "哈哈"), (3, 4, 7)):
        (tmp_path / "text").write_text("\n".join([letters * times, "呵"] * 20))
        lexicon = build_lexicon(Corpus(tmp_path / "text"), LexiconOptions(method="merging"))
        assert sum(len(word) * count for word, count, *_ in lexicon) == 20 * (len(letters) * times + 1)
