"""count.py: exact n-gram counts of a corpus, the same bytes whatever the resources."""

import re
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import naive
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import minent.count
import minent.counting.branching
import minent.counting.buckets
import minent.counting.reading
import minent.counting.spool
from minent.alphabet import ALPHABETS, BYTES, CHARACTERS
from minent.corpus import Corpus
from minent.count import CountOptions, Resources, count_ngrams, count_to_file, disk_needed
from minent.counting.branching import LONGEST_ORDER, count_ids
from minent.counting.parts import count_parts
from minent.counting.spool import Spool
from minent.errors import CapacityError, InputError
from minent.ngrams import NgramCounts
from minent.progress import Silent

CORPORA = Path(__file__).parents[1] / "corpora"
# Few characters, so that n-grams repeat; of every width in UTF-8, and astral ones.
LINE = st.one_of(
    st.text("ab"),
    st.text("aé字𠮷"),
    st.text(st.characters(exclude_categories=["Cs"])),
    st.sampled_from(["\0\r\x85", "\0" * 9, "a" * 70, "ab字" * 30]),
)
TEXT = st.lists(LINE, max_size=6).map(lambda lines: "\n".join(lines).lstrip("\ufeff"))
DOCUMENTS = st.lists(TEXT, min_size=1, max_size=3)
ORDERS = st.one_of(st.integers(1, 8), st.integers(1, LONGEST_ORDER))
MIN_COUNTS = st.one_of(st.integers(1, 4), st.integers(1, 32))


class Sizes(NamedTuple):
    """How the work is cut: each of these is a size of something inside."""

    piece: int = 1 << 18
    block: int = 1 << 17
    task: int = 1 << 31
    windows: int = 1 << 9
    spare_rows: int = 1 << 15
    in_memory: int = 1 << 30

    def set(self, patch: pytest.MonkeyPatch) -> None:
        patch.setattr(minent.counting.reading, "_PIECE", self.piece)
        patch.setattr(minent.counting.reading, "_BLOCK", self.block)
        patch.setattr(minent.count, "_LARGEST_TASK", self.task)
        patch.setattr(minent.count, "_PUT_ASIDE", self.in_memory / (1 << 40))
        patch.setattr(minent.counting.buckets, "_BLOCK", self.windows)
        patch.setattr(minent.counting.buckets, "_ROWS", self.windows + LONGEST_ORDER + 2 + self.spare_rows)
        patch.setattr(minent.counting.branching, "_TASK", self.task)
        patch.setattr(minent.counting.branching, "_SCANS", 1 << 30)
        patch.setattr(minent.counting.branching, "_TABLE", min(self.task, 1 << 12))


TINY = Sizes(piece=4, block=LONGEST_ORDER + 1, task=3, windows=1, spare_rows=0, in_memory=100)
SIZES = st.one_of(
    st.just(Sizes()),
    st.just(TINY),
    st.builds(
        Sizes,
        piece=st.sampled_from([4, 9, 50, 1 << 18]),
        block=st.sampled_from([LONGEST_ORDER + 1, 40, 1 << 17]),
        task=st.sampled_from([1, 5, 30, 1 << 31]),
        windows=st.sampled_from([1, 3, 512]),
        spare_rows=st.sampled_from([0, 20, 1 << 15]),
        in_memory=st.sampled_from([0, 100, 1000, 1 << 30]),
    ),
)
# With a memory so large as this the share of it for the spool is `in_memory`.
ENOUGH = 1 << 40


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
    totals = [
        sum(count for ngram, count in rows if len(ngram) == order * width) for order in range(1, options.order + 1)
    ]
    return [totals[0], *totals]


def check(counts: NgramCounts, documents: list[str], options: CountOptions) -> None:
    assert list(counts.rows()) == expected_rows(documents, options)
    assert counts.totals.tolist() == expected_totals(documents, options)
    assert counts.order == options.order
    assert counts.count[0] == counts.totals[0]


@pytest.mark.parametrize("alphabet", ALPHABETS)
@settings(max_examples=120)
@given(documents=DOCUMENTS, order=ORDERS, min_count=MIN_COUNTS, sizes=SIZES, threads=st.integers(1, 3))
def test_every_ngram_is_counted_exactly(
    corpus_of: Callable[..., Corpus],
    alphabet: str,
    documents: list[str],
    order: int,
    min_count: int,
    sizes: Sizes,
    threads: int,
) -> None:
    options = CountOptions(order, alphabet, min_count)
    with pytest.MonkeyPatch.context() as patch:
        sizes.set(patch)
        counts = count_ngrams(corpus_of(*documents), options, Resources(threads, ENOUGH))
    check(counts, documents, options)


@pytest.mark.parametrize("min_count", [1, 2, 3, 8, 32])
@pytest.mark.parametrize("alphabet", ALPHABETS)
def test_prose_is_counted_exactly(
    corpus_of: Callable[..., Corpus], alphabet: str, min_count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Real frequencies: many symbols, some of them in thousands of places."""
    text = (CORPORA / "zh.txt").read_text()[:6000]
    for order in (3, 6, 9):
        options = CountOptions(order, alphabet, min_count)
        expected = expected_rows([text], options)
        for task in (100, 1 << 31):
            Sizes(task=task, piece=1000, block=3000).set(monkeypatch)
            assert list(count_ngrams(corpus_of(text), options).rows()) == expected


@pytest.mark.parametrize("alphabet", ALPHABETS)
@pytest.mark.parametrize("sizes", [Sizes(), Sizes(task=20_000, piece=999, block=1000)])
def test_one_symbol_again_and_again(
    corpus_of: Callable[..., Corpus], alphabet: str, sizes: Sizes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line longer than a block, and an n-gram of any order too frequent for a task."""
    sizes.set(monkeypatch)
    counts = count_ngrams(corpus_of("a" * 50_000), CountOptions(LONGEST_ORDER, alphabet))
    name = "a" if alphabet == CHARACTERS else "61"
    assert list(counts.rows()) == [(name * order, 50_001 - order) for order in range(1, LONGEST_ORDER + 1)]


@pytest.mark.parametrize("task", [1, 2, 7, 60, 400])
@pytest.mark.parametrize("alphabet", ALPHABETS)
def test_what_is_too_frequent_for_a_task_is_cut(
    corpus_of: Callable[..., Corpus], alphabet: str, task: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At every depth, with n-grams before, between and behind that are not."""
    documents = ["天地玄黄天地" * 40 + "宇宙\n" + "é" * 90, "a" * 130 + "b" + "a" * 60 + "\n", "\n天地玄é天b\n" * 9]
    Sizes(task=task, block=200, windows=3, spare_rows=5).set(monkeypatch)
    for order in (2, 3, 6, 9):
        for min_count in (1, 3, 40):
            options = CountOptions(order, alphabet, min_count)
            for threads in (1, 2):
                check(count_ngrams(corpus_of(*documents), options, Resources(threads)), documents, options)


def test_more_characters_than_sixteen_bits_can_number(
    corpus_of: Callable[..., Corpus], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three symbols fit in a window, so that windows are filled again; order 8 needs it twice."""
    every = "".join(chr(code) for code in [*range(0x100, 0xD800), *range(0x1F000, 0x1F000 + 12_000)])
    assert len(set(every)) > 2**16
    tail = "𠮷🀀🀁𠮷🀀🀁🀂🀃🀄🀅\n" * 3
    options = CountOptions(8, min_count=2)
    counts = count_ngrams(corpus_of(every, tail), options)
    assert list(counts.rows()) == expected_rows([every, tail], options)
    options = CountOptions(2)
    expected = expected_rows([every, tail], options)
    monkeypatch.setattr(minent.counting.spool, "_SLAB", 1 << 16)
    for threads, in_memory in ((1, 1 << 30), (2, 1 << 30), (2, 300_000)):
        Sizes(in_memory=in_memory, block=20_000).set(monkeypatch)
        counts = count_ngrams(corpus_of(every, tail), options, Resources(threads, ENOUGH))
        assert counts.symbol.dtype == np.uint32
        assert list(counts.rows()) == expected


@pytest.mark.parametrize("alphabet", ALPHABETS)
@pytest.mark.parametrize("order", [1, 4, LONGEST_ORDER])
@pytest.mark.parametrize("documents", [[""], ["", ""], ["\n\n"], ["\n", "", "\n"]])
def test_an_empty_corpus(
    corpus_of: Callable[..., Corpus], alphabet: str, order: int, documents: list[str], tmp_path: Path
) -> None:
    options = CountOptions(order, alphabet)
    for threads in (1, 2):
        counts = count_ngrams(corpus_of(*documents), options, Resources(threads))
        check(counts, documents, options)
        counts.save(tmp_path / "counts", force=True)
        assert list(NgramCounts.load(tmp_path / "counts").rows()) == list(counts.rows())


@pytest.mark.parametrize("alphabet", ALPHABETS)
def test_nothing_is_frequent_enough(corpus_of: Callable[..., Corpus], alphabet: str) -> None:
    for order in (1, 2, LONGEST_ORDER):
        counts = count_ngrams(corpus_of("abc"), CountOptions(order, alphabet, min_count=2))
        assert list(counts.rows()) == []
        assert len(counts) == 0
        assert counts.totals.tolist() == [3, 3, 2, 1, *[0] * 13][: order + 1]


def test_the_root_counts_all_symbols(corpus_of: Callable[..., Corpus]) -> None:
    """The rare ones too."""
    for min_count in (1, 2, 3):
        counts = count_ngrams(corpus_of("aab\nb"), CountOptions(2, min_count=min_count))
        assert counts.look_up("") == counts.totals[0] == 4


@pytest.mark.parametrize("alphabet", ALPHABETS)
def test_the_last_line_feed_makes_a_byte_but_no_character(corpus_of: Callable[..., Corpus], alphabet: str) -> None:
    options = CountOptions(3, alphabet)
    for documents in (["ab", "cd\n", "ab"], ["ab\n", "cd"], ["abcdab"], ["ab\n\ncd\n\n"], ["\n", "ab"]):
        check(count_ngrams(corpus_of(*documents), options), documents, options)


# the same bytes ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("alphabet", ALPHABETS)
@pytest.mark.parametrize(("order", "min_count"), [(5, 1), (5, 3), (9, 2), (12, 2)])
def test_the_same_bytes_whatever_the_resources(
    corpus_of: Callable[..., Corpus],
    alphabet: str,
    order: int,
    min_count: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = (CORPORA / "ja.txt").read_text()[:4000]
    lines = text.splitlines(keepends=True)
    corpora = [[text], ["".join(lines[3:]), "".join(lines[:3])], [*lines[::-1]]]
    options = CountOptions(order, alphabet, min_count)
    saved = set()
    for documents in corpora:
        for threads, sizes, memory in (
            (1, Sizes(), 2 << 30),
            (2, Sizes(piece=50, block=100, task=300, in_memory=5000), ENOUGH),
            (3, Sizes(piece=4, block=999, task=2000, windows=7, spare_rows=0, in_memory=0), ENOUGH),
            (3, Sizes(piece=7000), 30_000_000),
        ):
            sizes.set(monkeypatch)
            resources = Resources(threads, memory, tmp_path)
            count_to_file(corpus_of(*documents), tmp_path / "counts", options, resources, force=True)
            saved.add((tmp_path / "counts").read_bytes())
            assert [path.name for path in tmp_path.iterdir()] == ["counts"]
        count_ngrams(corpus_of(*documents), options).save(tmp_path / "counts", force=True)
        saved.add((tmp_path / "counts").read_bytes())
    assert len(saved) == 1


@pytest.mark.parametrize("alphabet", ALPHABETS)
@pytest.mark.parametrize("min_count", [1, 2])
def test_what_is_saved_is_what_is_counted(
    corpus_of: Callable[..., Corpus], tmp_path: Path, alphabet: str, min_count: int
) -> None:
    options = CountOptions(3, alphabet, min_count)
    saved = count_to_file(corpus_of("abracadabra\n字"), tmp_path / "counts", options)
    loaded = NgramCounts.load(tmp_path / "counts")
    assert (saved.sizes, saved.about) == (loaded.sizes, loaded.about)
    check(loaded, ["abracadabra\n字"], options)
    with pytest.raises(InputError, match="the file exists"):
        count_to_file(corpus_of("ab"), tmp_path / "counts", options)
    assert list(NgramCounts.load(tmp_path / "counts").rows()) == list(loaded.rows())


@settings(max_examples=30)
@given(ids=st.lists(st.integers(0, 3), max_size=40), min_count=st.integers(1, 3))
def test_entropies_are_the_same_on_any_number_of_threads(ids: list[int], min_count: int) -> None:
    symbols = np.array(ids, np.uint16)
    answers = set()
    for threads, task in ((1, 1 << 21), (1, 1), (2, 1), (3, 5)):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(minent.counting.branching, "_TASK", task)
            patch.setattr(minent.counting.branching, "_SCANS", 1 << 30)
            table, rest = count_ids(symbols, np.arange(3), 4, min_count, branching=True, threads=threads)
        assert table.right is not None and table.left is not None
        answers.add((table.count.tobytes(), table.right.tobytes(), table.left.tobytes(), rest.tobytes()))
    assert len(answers) == 1


# options and resources -----------------------------------------------------------------------------------------------


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


@pytest.mark.parametrize(
    ("resources", "says"),
    [
        ({"threads": 0}, "threads must be at least 1, not 0"),
        ({"memory": 0}, "memory must be at least 24 MB, not 0 bytes"),
        ({"memory": 23_999_999}, "memory must be at least 24 MB, not 23,999,999 bytes"),
        ({"resume": True}, "name a --work-dir"),
    ],
)
def test_resources_are_checked(resources: dict[str, int], says: str) -> None:
    with pytest.raises(InputError, match=says):
        Resources(**resources)  # type: ignore[arg-type]


def test_the_least_memory_is_enough(corpus_of: Callable[..., Corpus]) -> None:
    text = (CORPORA / "zh.txt").read_text()[:3000]
    for threads in (1, 8):
        for alphabet in ALPHABETS:
            options = CountOptions(4, alphabet, 2)
            check(count_ngrams(corpus_of(text), options, Resources(threads, 24_000_000)), [text], options)


def test_long_orders_say_how_much_memory_they_need(corpus_of: Callable[..., Corpus]) -> None:
    text = "".join(map(chr, range(0x4E00, 0x4E20))) * 2 + "天" * 200_000
    options = CountOptions(LONGEST_ORDER, min_count=2)
    for threads in (1, 2):
        with pytest.raises(CapacityError, match="n-grams of 16 symbols") as error:
            count_ngrams(corpus_of(text), options, Resources(threads, 24_000_000))
        least = re.search(r"need ([\d,]+) MB", str(error.value))
        assert least is not None
        memory = int(least[1].replace(",", "")) * 1_000_000
        counts = count_ngrams(corpus_of(text), options, Resources(threads, memory))
        assert counts.look_up("天" * LONGEST_ORDER) == 200_001 - LONGEST_ORDER


def test_the_folder_for_temporary_files_is_used_and_left_clean(
    corpus_of: Callable[..., Corpus], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Sizes(in_memory=2000, block=100).set(monkeypatch)
    text = (CORPORA / "zh.txt").read_text()[:2000]
    heard: list[str] = []
    used: list[int] = []
    close = minent.counting.spool.Spool.close
    monkeypatch.setattr(minent.counting.spool.Spool, "close", lambda spool: (used.append(spool._end), close(spool)))
    for alphabet in ALPHABETS:
        options = CountOptions(4, alphabet)
        resources = Resources(2, ENOUGH, tmp_path, notice=heard.append)
        check(count_ngrams(corpus_of(text), options, resources), [text], options)
        assert 0 < used.pop() <= disk_needed(len(text.encode()), options, resources)
        (sentence,) = heard
        assert str(tmp_path) in sentence
        heard.clear()
        assert [*tmp_path.iterdir()] == []
    with pytest.raises(CapacityError, match="none: no temporary file can be made here"):
        count_ngrams(corpus_of(text), CountOptions(), Resources(2, ENOUGH, tmp_path / "none"))


def test_no_disk_is_needed_for_little_text() -> None:
    assert disk_needed(1_000_000, CountOptions(), Resources()) == 0
    assert disk_needed(1_000_000_000, CountOptions(), Resources()) > 0
    assert disk_needed(1_000_000_000, CountOptions(min_count=64), Resources(memory=64 << 30)) == 0
    assert disk_needed(1000, CountOptions(), Resources(work_dir=tempfile.gettempdir(), resume=True)) > 0


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


@pytest.mark.parametrize(("order", "task", "most"), [(4, 3, 7), (4, 1 << 31, 7), (16, 1 << 31, 7), (4, 2, 6)])
def test_progress_adds_up(
    corpus_of: Callable[..., Corpus], monkeypatch: pytest.MonkeyPatch, order: int, task: int, most: int
) -> None:
    """The borders that follow an n-gram too frequent for a task are no work: nobody comes by there again."""
    Sizes(task=task).set(monkeypatch)
    progress = Recorder()
    count_ngrams(corpus_of("abcabc", "a"), CountOptions(order), Resources(2), progress=progress)
    assert progress.stages == [("reading", 7), ("counting", most)]
    assert progress.done[1] == most


def test_progress_of_long_orders(corpus_of: Callable[..., Corpus]) -> None:
    progress = Recorder()
    text = "".join(map(chr, range(0x4E00, 0x4E80)))
    count_ngrams(corpus_of(text), CountOptions(LONGEST_ORDER), progress=progress)
    assert progress.stages == [("reading", 3 * 128), ("counting", 128)]
    assert progress.done[1] == 128


@settings(max_examples=30)
@given(
    st.lists(st.lists(st.sampled_from([0, 1, 2, 256]), max_size=30), min_size=1, max_size=4),
    st.integers(1, 8),
    st.integers(1, 3),
    st.sampled_from([1, 3, 1000]),
)
def test_parts_that_lie_in_a_spool(parts: list[list[int]], order: int, min_count: int, task: int) -> None:
    """The same as all in memory, however few positions are counted at a time."""
    arrays = [np.array([*part, 0], np.uint16) for part in parts]
    expected, _ = count_ids(np.concatenate(arrays), np.arange(256), order, min_count)
    spool = Spool(1 << 20)
    places = [spool.put(array) for array in arrays]
    found = count_parts(places, spool, 256, order, min_count, task=task, progress=Silent())
    there = expected.count > 0  # symbols that do not occur are not in the one, and in the other
    there[0] = True
    assert found.count.tolist() == expected.count[there].tolist()
    assert found.symbol.tolist() == expected.symbol[there].tolist()
    assert found.parents().tolist() == (np.cumsum(there) - 1)[expected.parents()[there]].tolist()
