"""Corpus -> NgramCounts: exact n-gram counting, all orders at once, inside a stated memory."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np

from minent import provenance
from minent.alphabet import ALPHABETS, BYTES, CHARACTERS
from minent.columns import Column, save_columns
from minent.corpus import Corpus
from minent.counting.blocks import Blocks
from minent.counting.branching import LONGEST_ORDER, count_ids, memory_needed
from minent.counting.buckets import Buckets, Rows, fits, window_type
from minent.counting.reading import read_corpus
from minent.counting.spool import Spool
from minent.counting.work import SavedWork, Work
from minent.errors import CapacityError, InputError
from minent.files import StrPath
from minent.ngrams import MAGIC, NgramCounts, table_columns
from minent.progress import Progress, Silent
from minent.types import Array

# Share of the memory for symbols and n-grams; what is beyond it goes to the disk, because windows cannot.
_PUT_ASIDE = 3 / 16
# What is needed besides, bytes: tables of characters, blocks, n-grams under way.
_FIXED = 16_000_000
_PER_THREAD = 4_000_000
# Tasks, if the memory allows so few: less memory is touched for the first time if they are small, the symbols are read
# less often if they are large.  A little less than whole numbers, since what has one beginning stays together; those of
# bytes are three by themselves.
_TASKS = {CHARACTERS: 3.5, BYTES: 2.5}
_SMALLEST_TASK = 1 << 20
# On one thread a text of bytes is one task if its windows take no more bytes than this: to put together what three
# tasks find costs more.
_WHOLE_TEXT = 1 << 27
_LEAST_TASK = 1 << 16
_LARGEST_TASK = (1 << 31) - 2


@dataclass(frozen=True)
class CountOptions:
    """What to count.

    order      symbols in the longest n-grams
    alphabet   "characters" or "bytes"
    min_count  drop n-grams seen fewer times
    """

    order: int = 4
    alphabet: str = "characters"
    min_count: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.order <= LONGEST_ORDER:
            raise InputError(f"order must be from 1 to {LONGEST_ORDER}, not {self.order}")
        if self.alphabet not in ALPHABETS:
            raise InputError(f"alphabet must be one of {', '.join(ALPHABETS)}, not {self.alphabet!r}")
        if self.min_count < 1:
            raise InputError(f"min_count must be at least 1, not {self.min_count}")


@dataclass(frozen=True)
class Resources:
    """What counting may use; the result is the same for any.

    threads   how many tasks run at once
    memory    bytes, beside the program itself; what does not fit goes to a temporary file
    work_dir  folder for it; None = that of the system
    resume    keep what is done in work_dir until all is done, and begin with what is there
    notice    called with a sentence before a temporary file is made, and when work is resumed
    """

    threads: int = 1
    memory: int = 2 << 30
    work_dir: StrPath | None = None
    resume: bool = False
    notice: Callable[[str], None] = lambda sentence: None

    def __post_init__(self) -> None:
        if self.threads < 1:
            raise InputError(f"threads must be at least 1, not {self.threads}")
        least = _FIXED + 2 * _PER_THREAD
        if self.memory < least:
            raise InputError(f"memory must be at least {-(-least // 1_000_000)} MB, not {self.memory:,} bytes")
        if self.resume and self.work_dir is None:
            raise InputError("work can be resumed only from a folder of its own: name a --work-dir")


def disk_needed(size: int, options: CountOptions, resources: Resources) -> int:
    """Return how many bytes of temporary disk counting may take at most, for so many bytes of text."""
    symbols = size * (2 if options.alphabet == CHARACTERS else 1)
    # An n-gram is kept as its last symbol, its count and how many go on with one symbol more.
    ngrams = options.order * (size // options.min_count) * (2 + 4 + 4)
    return symbols + ngrams if resources.resume or symbols + ngrams > resources.memory * _PUT_ASIDE else 0


class Saved(NamedTuple):
    """What a file of counts holds.

    sizes  n-grams of each order, from 1 on
    about  where they come from
    """

    sizes: list[int]
    about: provenance.Fields


def count_ngrams(
    corpus: Corpus,
    options: CountOptions | None = None,
    resources: Resources | None = None,
    *,
    progress: Progress | None = None,
) -> NgramCounts:
    """Count the n-grams of a corpus exactly; no n-gram crosses a line end.  The counts are returned in memory.

    Raises what reading the corpus raises, and CapacityError if a temporary file is needed and cannot be written.
    """
    with _Count(corpus, options or CountOptions(), resources or Resources(), progress or Silent()) as count:
        columns: dict[str, Any] = {name: np.concatenate(list(column.parts)) for name, column in count.columns().items()}
        return NgramCounts(**columns, about=count.about)


def count_to_file(
    corpus: Corpus,
    path: StrPath,
    options: CountOptions | None = None,
    resources: Resources | None = None,
    *,
    force: bool = False,
    progress: Progress | None = None,
) -> Saved:
    """Count the n-grams of a corpus into a file for `NgramCounts.load`, without ever holding all of them in memory.

    force  overwrite the file

    Raises what `count_ngrams` and `minent.files.atomic_write` raise.
    """
    with _Count(corpus, options or CountOptions(), resources or Resources(), progress or Silent()) as count:
        columns = count.columns()
        save_columns(path, MAGIC, count.about, columns, force=force, threads=count.threads)
        (starts,) = columns["starts"].parts
        return Saved(np.diff(starts[1:]).tolist(), count.about)


class _Count:
    """A corpus that has been counted."""

    def __init__(self, corpus: Corpus, options: CountOptions, resources: Resources, progress: Progress) -> None:
        self._options = options
        self._resources = resources
        # Each takes some memory before it does anything.
        most = int((resources.memory * (1 - _PUT_ASIDE) - _FIXED) / (2 * _PER_THREAD))
        self.threads = max(1, min(resources.threads, most))
        self._rows: dict[int, list[Rows]] = {order: [] for order in range(1, options.order + 1)}
        self._long: NgramCounts | None = None
        self._work = self._begin(corpus)
        try:
            self._read_and_count(corpus, progress)
        except BaseException:
            self._work.close(done=False)
            raise

    def __enter__(self) -> "_Count":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._work.close(done=kind is None)

    def _begin(self, corpus: Corpus) -> Work:
        resources = self._resources
        if resources.resume and resources.work_dir is not None:
            names, state = corpus.fingerprint()
            subject = [*names, *map(str, asdict(self._options).values())]
            return SavedWork(resources.work_dir, subject, state, resources.notice)

        def announce(directory: str) -> None:
            resources.notice(f"this is more than the memory holds: going on with a temporary file in {directory}")

        return Work(Spool(int(resources.memory * _PUT_ASIDE), resources.work_dir, announce))

    def _read_and_count(self, corpus: Corpus, progress: Progress) -> None:
        options, work, threads = self._options, self._work, self.threads
        order, min_count = options.order, options.min_count
        progress.stage("reading", corpus.size)
        read_corpus(corpus, options.alphabet, order, work.spool, work.add_reads, skip=work.documents, threads=threads)
        blocks = Blocks(work.reads, min_count, work.spool, threads)
        self.about = provenance.describe("counts", digest=blocks.digest, size=blocks.size, options=asdict(options))
        self._alphabet, self._totals = blocks.alphabet, blocks.totals
        if fits(blocks, order):
            self._count_tasks(blocks, progress)
            return
        threads, task = self._long_tasks(blocks)
        self._long, _ = count_ids(
            blocks.ids(),
            blocks.alphabet,
            order,
            min_count,
            known=(np.concatenate([[0], blocks.counts[blocks.kept]]), blocks.totals),
            task=task,
            threads=threads,
            progress=progress,
        )

    def _long_tasks(self, blocks: Blocks) -> tuple[int, int]:
        """Return how many tasks may run at once where windows hold too little, and how many positions one may have.

        Raises CapacityError if the memory does not hold the symbols and the least task.
        """
        order, min_count = self._options.order, self._options.min_count
        symbols = int(blocks.counts.sum()) * max(2, blocks.type.itemsize)
        largest = memory_needed(int(blocks.counts.max(initial=1)), order, min_count)
        left = self._resources.memory - _FIXED - symbols
        if left < largest:
            least = -(-(_FIXED + symbols + largest) // 1_000_000)
            raise CapacityError(
                f"n-grams of {order} symbols, of {blocks.alphabet.size:,} different ones, need {least:,} MB of memory "
                "for this text, beside the n-grams themselves; allow more memory or a lower order"
            )
        threads = min(self.threads, left // largest)
        return threads, int(left / threads / memory_needed(1000, order, min_count) * 1000)

    def _count_tasks(self, blocks: Blocks, progress: Progress) -> None:
        options, work = self._options, self._work
        most = self._task_size(blocks)
        if not 0 < work.size <= most:
            work.begin_tasks(most)
        buckets = Buckets(blocks, options.order, options.min_count, work.size, work.spool)
        known = dict(work.results)
        plan = list(enumerate(buckets.plan()))
        waiting = [(number, task) for number, task in plan if number not in known]
        progress.stage("counting", sum(task.positions for _, task in plan), "")
        progress.advance(sum(positions for _, positions in known.values()))
        with ThreadPoolExecutor(self.threads) as pool:
            for (number, _), result in zip(waiting, pool.map(buckets.run, [task for _, task in waiting]), strict=True):
                work.add_result(number, result)
                progress.advance(result[1])
        sections = [section for number, _ in plan for section in work.results[number][0]]
        for section in sorted(sections, key=lambda section: section.prefix):
            for order, rows in section.rows:
                self._rows[order].append(rows)

    def columns(self) -> dict[str, Column]:
        """Return the columns of the table, each to be read once."""
        if self._long is not None:
            return self._long.columns()
        sizes = [sum(rows.symbol.size for rows in of_order) for of_order in self._rows.values()]
        starts = np.cumsum([0, 1, *sizes])
        return table_columns(self._alphabet, self._totals, starts, self._parts)

    def _parts(self, name: str) -> Iterator[Array]:
        """Yield a column of all n-grams that have it, order by order."""
        for of_order in self._rows.values():
            for rows in of_order:
                if (place := getattr(rows, name)) is not None:
                    yield self._work.spool.get(place)

    def _task_size(self, blocks: Blocks) -> int:
        """Return how many positions a task may have."""
        threads = self.threads
        left = self._resources.memory * (1 - _PUT_ASIDE) - _FIXED - _PER_THREAD * threads
        window = np.dtype(window_type(blocks, self._options.order)).itemsize
        room = int(left / threads / window)
        tasks = _TASKS[self._options.alphabet]
        if threads > tasks or self._options.alphabet == CHARACTERS:  # as many for each thread
            tasks = -(-tasks // threads) * threads - 0.5
        wanted = int(int(blocks.totals[0]) / tasks) + 1
        least = _WHOLE_TEXT // window if threads == 1 and self._options.alphabet == BYTES else _SMALLEST_TASK
        return min(max(least, wanted), max(_LEAST_TASK, room), _LARGEST_TASK)
