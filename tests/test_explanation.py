"""Words explained: the evidence against slow twins and the lexicon's own, each rule by hand."""

import json
import math
from collections import Counter
from functools import cache
from pathlib import Path

import naive_words
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from minent.corpus import Corpus, Document
from minent.count import CountOptions, count_ngrams
from minent.cutting.segmenter import Segmenter
from minent.errors import InputError
from minent.evidence.explanation import ExplainOptions, Explanation, explain
from minent.finding.discover import LexiconOptions, build_lexicon
from minent.lexicon import Lexicon

CORPORA = Path(__file__).parents[1] / "corpora"
ALL = ExplainOptions(top=10_000)


@pytest.fixture(scope="session")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("texts") / "text.txt"


def explained(path: Path, text: str, lexicon: Lexicon, *words: str) -> list[Explanation]:
    path.write_text(text, "utf-8", newline="")
    return explain(lexicon, words, Corpus(path), ALL)


def one(path: Path, text: str, lexicon: Lexicon, word: str) -> Explanation:
    return explained(path, text, lexicon, word)[0]


def with_options(lexicon: Lexicon, **options: float) -> Lexicon:
    lexicon.about.update((name.replace("_", "-"), value) for name, value in options.items())
    return lexicon


# slow twins ----------------------------------------------------------------------------------------------------------

TEXT = st.text("甲甲甲乙乙丙1.aé\u0301，， \n", max_size=50)
WORDS = st.dictionaries(st.text("甲乙丙0", min_size=1, max_size=4), st.integers(1, 99), max_size=6)
WORD = st.text("甲甲乙丙0", min_size=1, max_size=4)
RUNS = st.sampled_from(["none", "digits", "digits,letters"])


def naive_cuts(text: str, runs: str, lexicon: Lexicon, word: str) -> Counter[str]:
    """How each occurrence of a word is cut, as it is shown."""
    found: Counter[str] = Counter()
    for line in text.split("\n"):
        units = naive_words.units(line, runs)
        begin = {start for start, _ in Segmenter(lexicon).spans(line)}
        flags = [unit.symbol == naive_words.BORDER or unit.start in begin for unit in units] + [True]
        for at in range(len(units) - len(word) + 1):
            if [unit.symbol for unit in units[at : at + len(word)]] == list(word):
                shown = "".join(" " * flag + unit for unit, flag in zip(word, flags[at:], strict=False)).strip()
                found["…" * (not flags[at]) + shown + "…" * (not flags[at + len(word)])] += 1
    return found


@given(TEXT, RUNS, WORDS, WORD)
@example("甲甲甲甲", "none", {"甲甲": 9}, "甲甲")
@example("1甲12甲", "digits", {"0甲": 9}, "0甲")
def test_the_evidence_is_that_of_the_slow_twin(
    path: Path, text: str, runs: str, words: dict[str, int], word: str
) -> None:
    lexicon = naive_words.lexicon(words, runs)
    blocks = [[unit.symbol for unit in block] for block in naive_words.blocks(text, runs)]
    grams = naive_words.Grams(blocks, len(word))
    gram = tuple(naive_words.units(word, runs)[0].symbol if len(word) == 1 else word)
    found = one(path, text, lexicon, word)
    if "00" in word and runs != "none":
        assert len(found.word) < len(word)  # digits in a row are one number
        return
    assert (found.asked, found.word, found.kept) == (word, word, word in words)
    assert found.times == grams.count[gram]
    cuts = naive_cuts(text, runs, lexicon, word)
    assert dict(found.cuts) == cuts
    assert found.as_word == cuts[word]
    assert found.between == sum(times for cut, times in cuts.items() if "…" not in cut)
    for side, beside in ((found.before, grams.before[gram]), (found.after, grams.after[gram])):
        assert side is not None
        units = Counter(unit for unit in beside if isinstance(unit, str))
        assert dict(side.units) == units
        assert (side.different, side.others) == (len(units), len(beside) - units.total())
        if beside:
            assert side.entropy == pytest.approx(naive_words.entropy(beside), abs=1e-12)
    for cut, bond in enumerate(found.bonds, 1):
        assert (bond.left, bond.right) == (word[:cut], word[cut:])
        assert (bond.left_count, bond.right_count) == (grams.count[gram[:cut]], grams.count[gram[cut:]])
        if found.times:
            assert bond.pmi == pytest.approx(grams.log_p(gram) - grams.log_p(gram[:cut]) - grams.log_p(gram[cut:]))
    json.dumps(found.as_dict(), allow_nan=False)


@given(TEXT, RUNS, WORDS, st.lists(WORD, min_size=2, max_size=4))
def test_several_words_are_explained_as_each_alone(
    path: Path, text: str, runs: str, words: dict[str, int], asked: list[str]
) -> None:
    lexicon = naive_words.lexicon(words, runs)
    together = explained(path, text, lexicon, *asked)
    assert [each.as_dict() for each in together] == [one(path, text, lexicon, word).as_dict() for word in asked]


@given(TEXT, WORDS, WORD)
def test_any_size_of_pieces(path: Path, text: str, words: dict[str, int], word: str) -> None:
    lexicon = naive_words.lexicon(words, "digits")
    expected = one(path, text, lexicon, word).as_dict()
    with pytest.MonkeyPatch.context() as patch:
        chunks = Document.chunks
        patch.setattr(Document, "chunks", lambda document: chunks(document, 4))
        assert one(path, text, lexicon, word).as_dict() == expected


@given(st.text("甲甲乙丙，\n", max_size=50), WORD.filter(lambda word: "0" not in word))
def test_counts_know_the_same_as_the_text(path: Path, text: str, word: str) -> None:
    lexicon = naive_words.lexicon({}, "none")
    known = one(path, text, lexicon, word)
    counts = count_ngrams(Corpus(path), CountOptions(order=5))
    found = explain(lexicon, [word], counts, ALL)[0]
    assert (found.as_word, found.between, found.cuts) == (None, None, [])
    for name in ("times", "bonds", "before", "after"):
        assert found.as_dict()[name] == known.as_dict()[name]


# the lexicon's own evidence ------------------------------------------------------------------------------------------


@cache
def sample(name: str) -> Lexicon:
    return build_lexicon(Corpus(CORPORA / name))


@pytest.mark.parametrize("name", ["zh.txt", "ja.txt", "en.txt"])
def test_a_text_says_what_its_lexicon_says(name: str) -> None:
    lexicon = sample(name)
    for found in explain(lexicon, lexicon.words[:200], Corpus(CORPORA / name), threads=2):
        entry = found.entry
        assert entry is not None
        assert (found.kept, found.same_text) == (True, True)
        if lexicon.rules.is_run(entry.word):
            assert (found.rule, found.times, found.as_word) == ("run", entry.count, entry.count)
            continue
        assert found.before is not None
        assert found.after is not None
        assert found.before.entropy == pytest.approx(entry.left_entropy, abs=2e-6)
        assert found.after.entropy == pytest.approx(entry.right_entropy, abs=2e-6)
        assert found.rule == ("unit" if len(entry.word) == 1 else "min-gain")
        if found.bonds:
            assert min(bond.pmi for bond in found.bonds) == pytest.approx(entry.pmi, abs=1e-9)


def test_without_a_text_there_is_what_the_lexicon_knows() -> None:
    lexicon = sample("zh.txt")
    kept, dropped = explain(lexicon, ["气象站", "气象站的站"])
    assert kept.entry == lexicon["气象站"]
    assert (kept.rule, kept.times, kept.before, kept.bonds, kept.same_text) == ("min-gain", None, None, [], None)
    assert kept.gain is not None
    assert f"{kept.entry.score / kept.entry.count:.2f} nats" in kept.because
    assert (dropped.kept, dropped.rule, dropped.gain) == (False, "unknown", None)
    assert "look it up" in dropped.because


# worked by hand ------------------------------------------------------------------------------------------------------


def test_what_a_listed_word_saves(path: Path) -> None:
    found = one(path, "甲乙甲乙丙\n", naive_words.lexicon({"甲乙": 8, "丙": 1, "甲": 1}), "甲乙")
    # Three words: 甲乙 twice, 丙; neither 甲 nor 乙 stands alone.
    assert (found.times, found.as_word, found.parts) == (2, 2, ["甲", "乙"])
    assert found.gain == pytest.approx(math.log(2 / 3) - 2 * math.log(0.5 / 3))
    assert found.rule == "hand"
    alone = explain(naive_words.lexicon({"甲乙": 8, "丙": 1, "甲": 1}), ["甲乙"])[0]
    assert alone.gain == pytest.approx(math.log(8 / 10) - math.log(1 / 10) - math.log(0.5 / 10))


def test_what_a_word_would_save(path: Path) -> None:
    lexicon = with_options(naive_words.lexicon({"甲": 50, "乙": 50, "丙": 1}), min_count=2, min_gain=3.5)
    found = one(path, "甲乙丙甲丙乙\n甲乙\n", lexicon, "甲乙")
    # Eight words; were 甲乙 one of them, it would be two of six, and 甲 and 乙 one each.
    assert (found.times, found.as_word, found.between, found.cuts) == (2, 0, 2, [("甲 乙", 2)])
    assert found.gain == pytest.approx(math.log(2 / 6) - 2 * math.log(1 / 6))
    assert (found.kept, found.rule) == (False, "min-gain")
    assert found.because == "it would save 2.48 nats each time over 甲 乙 (min-gain 3.5)"


@pytest.mark.parametrize(
    ("word", "rule", "says"),
    [
        ("甲乙", "hand", "listed"),
        ("丙", "unit", "single unit"),
        ("甲丁", "min-count", "seen 1 times (min-count 2)"),
        ("丁戊", "min-count", "seen 0 times"),
        ("乙丙", "min-pmi", "weakest bond, 乙 丙"),
        ("甲乙甲乙甲", "max-word-length", "5 units"),
        ("甲，", "mark", "a mark"),
        ("甲  乙", "mark", "white space"),
        ("甲 乙", "levels", "words alone"),
        ("\u0301甲", "joining", "belongs to the character before"),
        ("甲A", "run", "never part of another"),
        ("abc", "run", "min-count 2"),
        ("庚辛", "autonomy", "cut as …庚辛"),
    ],
)
def test_each_rule(path: Path, word: str, rule: str, says: str) -> None:
    text = "甲乙丙乙丙甲乙乙乙丙丙\n甲丁丙\n己庚辛己庚辛\n甲\u0301甲\u0301甲\n"
    lexicon = naive_words.lexicon({"甲乙": 9, "丙": 9, "己庚辛": 9}, "digits,letters")
    with_options(lexicon, min_count=2, min_gain=3.5, min_pmi=9 if rule == "min-pmi" else -math.inf, max_word_length=4)
    found = one(path, text, lexicon, word)
    assert (found.rule, found.kept) == (rule, word in lexicon)
    assert says in found.because


def test_a_row_that_never_matches_says_so(path: Path) -> None:
    lexicon = naive_words.lexicon({"甲，乙": 9, "A甲": 9, "甲": 9}, "digits,letters")
    for found in explained(path, "甲，乙A甲\n", lexicon, "甲，乙", "A甲"):
        assert found.kept
        assert "never matches" in found.because


def test_numbers_and_runs_of_letters_are_units(path: Path) -> None:
    text = "于1998年，2024年购iPhone或iPad\niPhone手机\n"
    lexicon = naive_words.lexicon({"0年": 2, "iPhone": 2}, "digits,letters")
    year, phone, other = explained(path, text, lexicon, "1998年", "iPhone", "Phone")
    assert (year.asked, year.word, year.times, year.as_word) == ("1998年", "0年", 2, 2)
    assert (phone.word, phone.rule, phone.times) == ("iPhone", "run", 2)
    assert phone.after is not None
    assert dict(phone.after.units) == {"或": 1, "手": 1}
    assert (other.times, other.kept) == (0, False)


def test_only_the_most_frequent_neighbours_are_listed(path: Path) -> None:
    path.write_text("甲乙甲乙甲丙甲丁甲", "utf-8")
    found = explain(naive_words.lexicon({}), ["甲"], Corpus(path), ExplainOptions(top=1))[0]
    assert found.after is not None
    assert (found.after.units, found.after.different, found.after.others) == ([("乙", 2)], 3, 1)
    assert found.after.entropy == pytest.approx(math.log(5) - 2 / 5 * math.log(2))


def test_counts_that_cannot_tell(path: Path) -> None:
    path.write_text("甲乙1998年\n甲乙\n甲丙\n", "utf-8")
    lexicon = with_options(naive_words.lexicon({"甲": 1}, "digits"), min_count=3)
    counts = count_ngrams(Corpus(path), CountOptions(order=2, min_count=2))
    rare, known, year, long = explain(lexicon, ["甲丙", "甲乙", "0年", "甲乙甲"], counts)
    assert (rare.rule, rare.because) == ("min-count", "it is seen fewer than 2 times (min-count 3)")
    assert (known.rule, known.times, known.before) == ("min-count", 2, None)
    assert (year.times, long.times, year.rule, long.rule) == (None, None, "unknown", "unknown")
    with pytest.raises(InputError, match="bytes"):
        explain(lexicon, ["甲"], count_ngrams(Corpus(path), CountOptions(alphabet="bytes")))


def test_what_cannot_be_asked(path: Path) -> None:
    with pytest.raises(InputError, match="empty"):
        explain(Lexicon.empty(), ["甲", ""])
    with pytest.raises(InputError, match="top"):
        ExplainOptions(top=-1)
    assert one(path, "", Lexicon.empty(), "甲").times == 0


def test_the_rule_is_the_one_that_dropped_the_word(path: Path) -> None:
    """Every candidate that a looser --min-gain keeps is said to be dropped by that rule."""
    text = (CORPORA / "zh.txt").read_text("utf-8")
    strict, loose = (build_lexicon(Corpus(CORPORA / "zh.txt"), LexiconOptions(min_gain=gain)) for gain in (6, -99))
    dropped = [word for word in loose.words if len(word) > 1 and word not in strict]
    found = explained(path, text, strict, *dropped)
    assert len(dropped) > 50
    assert sum(each.rule == "min-gain" for each in found) > 0.9 * len(dropped)


def test_max_words_can_be_the_reason(path: Path) -> None:
    lexicon = with_options(naive_words.lexicon({"丙丁": 9, "甲": 1}), min_count=2, min_gain=3.5, max_words=1)
    text = "甲乙丙丁\n" * 30 + "丙丁戊\n" * 900
    found = one(path, text, lexicon, "甲乙")
    assert found.gain is not None
    assert found.gain > 3.5
    assert found.rule == "max-words"
    del lexicon.about["max-words"]
    assert one(path, text, lexicon, "甲乙").because.endswith("the branching entropies put the cuts elsewhere")


def test_rules_of_other_ways_to_find_words() -> None:
    merged = build_lexicon(Corpus(CORPORA / "zh.txt"), LexiconOptions(method="merging"))
    longest = max(merged, key=lambda entry: entry.score)
    assert explain(merged, [longest.word])[0].rule == "merging"
    best = with_options(naive_words.lexicon({"甲": 5, "0": 5}, "digits"), effort="best")
    assert [found.rule for found in explain(best, ["甲0", "0"])] == ["number", "unit"]
