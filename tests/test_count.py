"""count.py: exact n-gram counts of a corpus."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import naive
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import minent.alphabet
import minent.count
from minent.alphabet import ALPHABETS, BYTES, CHARACTERS
from minent.corpus import Corpus
from minent.count import LONGEST_ORDER, CountOptions, count_ids, count_ngrams
from minent.errors import InputError
from minent.ngrams import NgramCounts

# Few characters, so that n-grams repeat; of every width in UTF-8, and astral ones.
LINE = st.one_of(
    st.text("ab"), st.text("aé字𠮷"), st.text(st.characters(exclude_categories=["Cs"])), st.just("\0\r\x85")
)
TEXT = st.lists(LINE, max_size=6).map(lambda lines: "\n".join(lines).lstrip("\ufeff"))
DOCUMENTS = st.lists(TEXT, min_size=1, max_size=3)


@pytest.fixture(scope="module")
def corpus_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Corpus]:
    directory = tmp_path_factory.mktemp("corpora")

    def write(*documents: str) -> Corpus:
        paths = [directory / f"{place}.txt" for place in range(len(documents))]
        for path, document in zip(paths, documents, strict=True):
            path.write_bytes(document.encode())
        return Corpus(*paths)

    return write


def expected_rows(documents: list[str], options: CountOptions) -> list[tuple[str, int]]:
    found: Counter[str | bytes] = Counter()
    for document in documents:
        found.update(
            naive.ngram_counts(document if options.alphabet == CHARACTERS else document.encode(), options.order)
        )
    kept = [(ngram, count) for ngram, count in found.items() if count >= options.min_count]
    kept.sort(key=lambda row: (len(row[0]), row[0]))
    return [(ngram if isinstance(ngram, str) else ngram.hex(), count) for ngram, count in kept]


def expected_totals(documents: list[str], options: CountOptions) -> list[int]:
    rows = expected_rows(documents, CountOptions(options.order, options.alphabet))
    width = 1 if options.alphabet == CHARACTERS else 2
    return [sum(count for ngram, count in rows if len(ngram) == order * width) for order in range(1, options.order + 1)]


@pytest.mark.parametrize("alphabet", ALPHABETS)
@settings(max_examples=80)
@given(
    documents=DOCUMENTS,
    order=st.integers(1, 8),
    min_count=st.one_of(st.integers(1, 4), st.integers(1, 32)),
    chunk=st.sampled_from([4, 9, 1 << 16]),
    task=st.sampled_from([1, 5, 1 << 21]),
    threads=st.integers(1, 3),
)
def test_every_ngram_is_counted_exactly(
    corpus_of: Callable[..., Corpus],
    alphabet: str,
    documents: list[str],
    order: int,
    min_count: int,
    chunk: int,
    task: int,
    threads: int,
) -> None:
    options = CountOptions(order, alphabet, min_count)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(minent.alphabet, "_CHUNK", chunk)
        patch.setattr(minent.count, "_TASK", task)
        patch.setattr(minent.count, "_SCANS", 1 << 30)
        patch.setattr(minent.count, "_TABLE", task)
        counts = count_ngrams(corpus_of(*documents), options, threads=threads)
    assert list(counts.rows()) == expected_rows(documents, options)
    assert counts.totals.tolist()[1:] == expected_totals(documents, options)
    assert counts.order == order


@pytest.mark.parametrize("min_count", [1, 2, 3, 8, 32])
@pytest.mark.parametrize("alphabet", ALPHABETS)
def test_prose_is_counted_exactly(
    corpus_of: Callable[..., Corpus], alphabet: str, min_count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Real frequencies: many symbols, some of them in thousands of places."""
    text = Path(__file__).parents[1].joinpath("corpora", "zh.txt").read_text()[:6000]
    for task in (100, 1 << 21):
        monkeypatch.setattr(minent.count, "_TASK", task)
        monkeypatch.setattr(minent.count, "_SCANS", 1 << 30)
        options = CountOptions(8, alphabet, min_count)
        assert list(count_ngrams(corpus_of(text), options).rows()) == expected_rows([text], options)


@pytest.mark.parametrize("alphabet", ALPHABETS)
def test_one_symbol_again_and_again(corpus_of: Callable[..., Corpus], alphabet: str) -> None:
    counts = count_ngrams(corpus_of("a" * 50_000), CountOptions(LONGEST_ORDER, alphabet))
    name = "a" if alphabet == CHARACTERS else "61"
    assert list(counts.rows()) == [(name * order, 50_001 - order) for order in range(1, LONGEST_ORDER + 1)]


def test_more_characters_than_sixteen_bits_can_number(corpus_of: Callable[..., Corpus]) -> None:
    """Three symbols fit in a window, so that windows are filled again; order 8 needs it twice."""
    every = "".join(chr(code) for code in [*range(0x100, 0xD800), *range(0x1F000, 0x1F000 + 12_000)])
    assert len(set(every)) > 2**16
    tail = "𠮷🀀🀁𠮷🀀🀁🀂🀃🀄🀅\n" * 3
    options = CountOptions(8, min_count=2)
    counts = count_ngrams(corpus_of(every, tail), options)
    assert list(counts.rows()) == expected_rows([every, tail], options)
    options = CountOptions(2)
    counts = count_ngrams(corpus_of(every, tail), options, threads=2)
    assert counts.symbol.dtype == np.uint32
    assert list(counts.rows()) == expected_rows([every, tail], options)


@pytest.mark.parametrize("alphabet", ALPHABETS)
@pytest.mark.parametrize("documents", [[""], ["", ""], ["\n\n"]])
def test_an_empty_corpus(corpus_of: Callable[..., Corpus], alphabet: str, documents: list[str], tmp_path: Path) -> None:
    options = CountOptions(alphabet=alphabet)
    counts = count_ngrams(corpus_of(*documents), options)
    assert list(counts.rows()) == expected_rows(documents, options)
    counts.save(tmp_path / "counts")
    assert list(NgramCounts.load(tmp_path / "counts").rows()) == list(counts.rows())


def test_nothing_is_frequent_enough(corpus_of: Callable[..., Corpus]) -> None:
    counts = count_ngrams(corpus_of("abc"), CountOptions(2, min_count=2))
    assert list(counts.rows()) == []
    assert len(counts) == 0
    assert counts.totals.tolist() == [3, 3, 2]


def test_the_root_counts_all_symbols(corpus_of: Callable[..., Corpus]) -> None:
    """The rare ones too."""
    for min_count in (1, 2, 3):
        counts = count_ngrams(corpus_of("aab\nb"), CountOptions(2, min_count=min_count))
        assert counts.look_up("") == counts.totals[0] == 4


@pytest.mark.parametrize("alphabet", ALPHABETS)
@pytest.mark.parametrize("min_count", [1, 3])
def test_the_same_bytes_whatever_the_threads_and_tasks(
    corpus_of: Callable[..., Corpus],
    alphabet: str,
    min_count: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = Path(__file__).parents[1].joinpath("corpora", "ja.txt").read_text()[:5000]
    lines = text.splitlines(keepends=True)
    corpora = [[text], ["".join(lines[3:]), "".join(lines[:3])], [*lines[::-1]]]
    saved = set()
    for documents in corpora:
        for threads, task, chunk in ((1, 1 << 21, 1 << 16), (2, 300, 50), (3, 2000, 4)):
            monkeypatch.setattr(minent.count, "_TASK", task)
            monkeypatch.setattr(minent.count, "_SCANS", 1 << 30)
            monkeypatch.setattr(minent.alphabet, "_CHUNK", chunk)
            counts = count_ngrams(corpus_of(*documents), CountOptions(5, alphabet, min_count), threads=threads)
            counts.save(tmp_path / "counts", force=True)
            saved.add((tmp_path / "counts").read_bytes())
    assert len(saved) == 1


@settings(max_examples=30)
@given(ids=st.lists(st.integers(0, 3), max_size=40), min_count=st.integers(1, 3))
def test_entropies_are_the_same_on_any_number_of_threads(ids: list[int], min_count: int) -> None:
    symbols = np.array(ids, np.uint16)
    answers = set()
    for threads, task in ((1, 1 << 21), (1, 1), (2, 1), (3, 5)):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(minent.count, "_TASK", task)
            patch.setattr(minent.count, "_SCANS", 1 << 30)
            table, rest = count_ids(symbols, np.arange(3), 4, min_count, branching=True, threads=threads)
        assert table.right is not None and table.left is not None
        answers.add((table.count.tobytes(), table.right.tobytes(), table.left.tobytes(), rest.tobytes()))
    assert len(answers) == 1


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"order": 0}, "order must be from 1 to 16, not 0"),
        ({"order": 17}, "order must be from 1 to 16, not 17"),
        ({"alphabet": "words"}, "alphabet must be one of characters, bytes, not 'words'"),
        ({"min_count": 0}, "min_count must be at least 1, not 0"),
    ],
)
def test_options_are_checked(options: dict[str, int], says: str) -> None:
    with pytest.raises(InputError, match=says):
        CountOptions(**options)  # type: ignore[arg-type]


def test_what_the_counts_say_about_themselves(corpus_of: Callable[..., Corpus]) -> None:
    about = count_ngrams(corpus_of("ab"), CountOptions(2, BYTES, 1)).about
    assert about["format"] == "minent counts 1"
    assert about["corpus-bytes"] == 2
    assert (about["order"], about["alphabet"], about["min-count"]) == (2, BYTES, 1)


class Recorder:
    """Progress that remembers."""

    def __init__(self) -> None:
        self.stages: list[tuple[str, int | None]] = []
        self.done: list[int] = []

    def stage(self, name: str, total: int | None = None, unit: str = "B") -> None:
        self.stages.append((name, total))
        self.done.append(0)

    def advance(self, amount: int) -> None:
        self.done[-1] += amount


def test_progress_adds_up(corpus_of: Callable[..., Corpus], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(minent.count, "_TASK", 2)
    monkeypatch.setattr(minent.count, "_SCANS", 1 << 30)
    progress = Recorder()
    count_ngrams(corpus_of("abcabc", "a"), progress=progress, threads=2)
    assert progress.stages == [("reading", 7), ("counting", 7)]
    assert progress.done[1] == 7
