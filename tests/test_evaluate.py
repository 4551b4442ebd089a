"""Scores against hand-worked examples and against a slow twin that shares no code with the module."""

import subprocess
import sys
import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minent.errors import InputError
from minent.scoring.evaluation import NORMALIZATIONS, PUNCTUATION, Agreement, Difference, Scores, evaluate


def counts(agreement: Agreement) -> tuple[int, int, int]:
    return agreement.gold, agreement.segmented, agreement.correct


def test_a_line_by_hand() -> None:
    # gold: spans 0-2 2-3 3-5, segmented: 0-2 2-4 4-5
    scores = evaluate(["最小 熵 原理"], ["最小 熵原 理"])
    assert counts(scores.words) == (3, 3, 1)
    assert counts(scores.boundaries) == (2, 2, 1)
    assert counts(scores.types) == (3, 3, 1)
    assert scores.words.precision == scores.words.recall == scores.words.f == 1 / 3
    assert scores.boundaries.f == 0.5
    assert (scores.lines, scores.exact_lines, scores.characters, scores.differing_lines) == (1, 0, 5, 0)
    assert scores.vocabulary is None


def test_precision_and_recall_are_not_mixed_up() -> None:
    scores = evaluate(["a b c d"], ["a bcd"])
    assert counts(scores.words) == (4, 2, 1)
    assert (scores.words.precision, scores.words.recall) == (1 / 2, 1 / 4)
    assert scores.words.f == pytest.approx(1 / 3)
    assert (scores.boundaries.precision, scores.boundaries.recall) == (1.0, 1 / 3)


def test_punctuation_conventions_by_hand() -> None:
    gold, segmented = ["你 好 ， 世界 ！"], ["你好 ，世界 ！"]
    keep = evaluate(gold, segmented)
    assert counts(keep.words) == (5, 3, 1)  # only the exclamation mark
    assert counts(keep.boundaries) == (4, 2, 2)
    drop = evaluate(gold, segmented, punctuation="drop")
    assert counts(drop.words) == (3, 2, 0)  # "，世界" is still one wrong word
    assert counts(drop.boundaries) == (4, 2, 2)
    bound = evaluate(gold, segmented, punctuation="bound")
    assert counts(bound.words) == (3, 2, 1)  # 世界 has been cut free
    assert counts(bound.boundaries) == (1, 0, 0)  # only 你|好 is not given
    assert bound.types == Agreement(3, 2, 1)


def test_bound_also_cuts_the_gold() -> None:
    scores = evaluate(["１．５ 米"], ["１．５米"], punctuation="bound")
    assert counts(scores.words) == (3, 2, 1)


def test_a_line_that_is_right_but_for_punctuation_is_exact_when_punctuation_is_dropped() -> None:
    gold, segmented = ["好 。。"], ["好 。 。"]
    assert evaluate(gold, segmented).exact_lines == 0
    assert evaluate(gold, segmented, punctuation="drop").exact_lines == 1


def test_vocabulary_splits_the_gold_words() -> None:
    scores = evaluate(["a bc d bc"], ["a b c d bc"], vocabulary=["a", " d\r"])
    split = scores.vocabulary
    assert split is not None
    assert (split.iv, split.iv_correct, split.oov, split.oov_correct) == (2, 2, 2, 1)
    assert (split.oov_rate, split.oov_recall, split.iv_recall) == (0.5, 0.5, 1.0)


def test_any_white_space_separates_words() -> None:
    gold = ["ab\u3000cd\xa0ef gh\r"]
    assert evaluate(gold, ["\tab cd ef\u2003gh"]).exact_lines == 1


def test_normalisation_makes_width_and_composition_equal() -> None:
    gold, segmented = ["Ａ１ é"], ["A1 e\u0301"]
    assert evaluate(gold, segmented).differing_lines == 1
    assert evaluate(gold, segmented, normalize="nfc").differing_lines == 1
    nfkc = evaluate(gold, segmented, normalize="nfkc", vocabulary=["Ａ１"])
    assert (nfkc.differing_lines, nfkc.exact_lines, nfkc.characters) == (0, 1, 3)
    assert nfkc.vocabulary is not None
    assert nfkc.vocabulary.iv == 1


def test_white_space_that_normalisation_brings_in_is_no_text() -> None:
    scores = evaluate(["a\xa8b"], ["a\xa8 b"], normalize="nfkc")  # the diaeresis becomes a space and an accent
    assert (scores.characters, scores.differing_lines, scores.words.segmented) == (3, 0, 2)


def test_a_line_of_another_text_counts_as_one_uncut_word_and_is_reported() -> None:
    gold = ["a b"] * 6
    scores = evaluate(gold, ["a b", "a c", "a b", "", "a", "x"])
    assert counts(scores.words) == (12, 8, 4)
    assert counts(scores.types) == (2, 3, 2)
    assert scores.differing_lines == 4
    assert scores.differences == (
        Difference(2, "ab", "ac"),
        Difference(4, "ab", ""),
        Difference(5, "ab", "a"),
    )


@pytest.mark.parametrize(
    ("gold", "segmented", "message"),
    [(3, 1, "3 lines, the segmentation 1"), (2, 5, "2 lines, the segmentation 5")],
)
def test_different_numbers_of_lines(gold: int, segmented: int, message: str) -> None:
    with pytest.raises(InputError, match=message):
        evaluate(["a"] * gold, ["a"] * segmented)


def test_blank_lines_count_inside_but_not_at_the_end() -> None:
    scores = evaluate(["a", "", "b", "", " "], ["a", "\r", "b"])
    assert (scores.lines, scores.exact_lines) == (3, 3)
    with pytest.raises(InputError, match="3 lines, the segmentation 2"):
        evaluate(["a", "", "b"], ["a", "b"])


def test_nothing_scores_zero() -> None:
    scores = evaluate([], [], vocabulary=[], bootstrap=10)
    assert scores.words == Agreement(0, 0, 0, f_interval=(0.0, 0.0))
    assert scores.words.f == 0.0
    assert scores.vocabulary is not None
    assert scores.vocabulary.oov_rate == scores.vocabulary.oov_recall == scores.vocabulary.iv_recall == 0.0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"punctuation": "cut"}, "keep, bound, drop"),
        ({"normalize": "nfd"}, "none, nfc, nfkc"),
        ({"bootstrap": -1}, "0 or more"),
    ],
)
def test_wrong_arguments_name_the_right_ones(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        evaluate(["a"], ["a"], **arguments)  # type: ignore[arg-type]


def test_lines_are_read_one_at_a_time() -> None:
    ahead = 0

    def lines(step: int):  # type: ignore[no-untyped-def]
        nonlocal ahead
        for _ in range(100):
            ahead += step
            assert abs(ahead) <= 1
            yield "a b"

    assert evaluate(lines(1), lines(-1)).exact_lines == 100


def test_bootstrap_is_seeded_and_surrounds_the_score() -> None:
    gold = ["a b c", "ab c", "a bc"] * 30
    segmented = ["a b c", "ab c", "ab c"] * 30
    first = evaluate(gold, segmented, bootstrap=200, seed=7)
    again = evaluate(gold, segmented, bootstrap=200, seed=7)
    other = evaluate(gold, segmented, bootstrap=200, seed=8)
    assert first == again
    assert first != other
    for agreement in (first.words, first.boundaries):
        assert agreement.f_interval is not None
        low, high = agreement.f_interval
        assert 0 < low < agreement.f < high < 1
    assert evaluate(gold, gold, bootstrap=20).words.f_interval == (1.0, 1.0)
    assert first.types.f_interval is None


def test_as_dict_has_counts_and_ratios() -> None:
    scores = evaluate(["a b"], ["ab"], vocabulary=["a"], bootstrap=5).as_dict()
    assert scores["words"]["gold"] == 2
    assert scores["words"]["f"] == 0.0
    assert scores["words"]["f_interval"] == (0.0, 0.0)
    assert scores["vocabulary"]["oov_rate"] == 0.5
    assert scores["lines"] == 1
    assert evaluate(["a"], ["a"]).as_dict()["vocabulary"] is None


def test_importing_the_module_costs_no_numpy() -> None:
    code = "import sys, minent.scoring.evaluation; sys.exit('numpy' in sys.modules or 'numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def naive(gold: list[str], segmented: list[str], vocabulary: set[str], punctuation: str, form: str) -> dict[str, int]:
    """Label every character by the word it lies in; no sets of offsets as in the module."""

    def normal(word: str) -> str:
        return unicodedata.normalize(form.upper(), word) if form != "none" else word

    def words_of(line: str) -> list[str]:
        return [part for word in line.split() if (part := "".join(normal(word).split()))]

    def is_mark(character: str) -> bool:
        return unicodedata.category(character).startswith(("P", "S"))

    def recut(words: list[str]) -> list[str]:
        out = []
        for word in words:
            piece = ""
            for character in word:
                if is_mark(character):
                    out += [piece, character]
                    piece = ""
                else:
                    piece += character
            out.append(piece)
        return [piece for piece in out if piece]

    def placed(words: list[str]) -> list[tuple[int, str]]:
        out, position = [], 0
        for word in words:
            if punctuation == "keep" or not all(is_mark(c) for c in word):
                out.append((position, word))
            position += len(word)
        return out

    def boundaries(words: list[str]) -> list[int]:
        out, position = [], 0
        for left, right in pairwise(words):
            position += len(left)
            if punctuation != "bound" or not (is_mark(left[-1]) or is_mark(right[0])):
                out.append(position)
        return out

    total = dict.fromkeys(
        ("gold", "seg", "hit", "bgold", "bseg", "bhit", "iv", "ivhit", "oov", "oovhit", "exact", "differ"), 0
    )
    gold_types, types = [], []
    known = [normal(word.strip()) for word in vocabulary]
    for a, b in zip(gold, segmented, strict=True):
        g, s = words_of(a), words_of(b)
        if "".join(g) != "".join(s):
            total["differ"] += 1
            s = ["".join(g)] if g else []
        if punctuation == "bound":
            g, s = recut(g), recut(s)
        gp, sp = placed(g), placed(s)
        hits = [word for word in gp if word in sp]
        total["gold"] += len(gp)
        total["seg"] += len(sp)
        total["hit"] += len(hits)
        total["exact"] += gp == sp
        gb, sb = boundaries(g), boundaries(s)
        total["bgold"] += len(gb)
        total["bseg"] += len(sb)
        total["bhit"] += sum(position in sb for position in gb)
        for place in gp:
            kind = "iv" if place[1] in known else "oov"
            total[kind] += 1
            total[kind + "hit"] += place in hits
        gold_types += [word for _, word in gp]
        types += [word for _, word in sp]
    total["tgold"] = len(set(gold_types))
    total["tseg"] = len(set(types))
    total["thit"] = sum(word in types for word in set(gold_types))
    return total


def as_naive(scores: Scores) -> dict[str, int]:
    words, boundaries, types, split = scores.words, scores.boundaries, scores.types, scores.vocabulary
    assert split is not None
    return {
        "gold": words.gold,
        "seg": words.segmented,
        "hit": words.correct,
        "bgold": boundaries.gold,
        "bseg": boundaries.segmented,
        "bhit": boundaries.correct,
        "iv": split.iv,
        "ivhit": split.iv_correct,
        "oov": split.oov,
        "oovhit": split.oov_correct,
        "exact": scores.exact_lines,
        "differ": scores.differing_lines,
        "tgold": types.gold,
        "tseg": types.segmented,
        "thit": types.correct,
    }


_WORDS = st.text(alphabet="ab熵，。!$Ａ\u0301é\xa8ﬁ", max_size=4)
_SPACES = st.sampled_from([" ", "\u3000", "  "])


@st.composite
def line_pairs(draw: st.DrawFn) -> tuple[str, str]:
    """Two cuttings of one text; now and then two texts."""
    words = draw(st.lists(_WORDS, max_size=5))
    text = "".join(words)
    if draw(st.integers(0, 9)) == 0:
        text = draw(_WORDS)
    cuts = sorted(draw(st.sets(st.integers(0, len(text)))) | {0, len(text)})
    space = draw(_SPACES)
    return space.join(words), space.join(text[start:end] for start, end in pairwise(cuts))


@given(
    pairs=st.lists(line_pairs(), max_size=6),
    vocabulary=st.sets(_WORDS, max_size=5),
    punctuation=st.sampled_from(PUNCTUATION),
    normalize=st.sampled_from(NORMALIZATIONS),
)
def test_equals_the_naive_twin(
    pairs: list[tuple[str, str]], vocabulary: set[str], punctuation: str, normalize: str
) -> None:
    # Blank lines at the end are not compared, so the twin gets a last line with text.
    pairs = [*pairs, ("end", "end")]
    gold, segmented = [a for a, _ in pairs], [b for _, b in pairs]
    scores = evaluate(gold, segmented, vocabulary=vocabulary, punctuation=punctuation, normalize=normalize)
    assert as_naive(scores) == naive(gold, segmented, vocabulary, punctuation, normalize)


@given(st.lists(line_pairs(), max_size=6), st.sampled_from(PUNCTUATION))
def test_the_gold_itself_is_perfect(pairs: list[tuple[str, str]], punctuation: str) -> None:
    gold = [a for a, _ in pairs]
    scores = evaluate(gold, gold, punctuation=punctuation)
    assert scores.exact_lines == scores.lines
    for part in (scores.words, scores.boundaries, scores.types):
        assert part.gold == part.segmented == part.correct
