"""What has been done of a count: kept in memory, or on disk so that the work goes on after it was killed.

On disk it is a folder with one file of arrays and a journal, a line of JSON for each step that is done.  A step is
written to the journal after its arrays are on the disk; what a killed process wrote behind the last whole line does
not count.
"""

import json
import os
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np

from minent.counting.buckets import Result, Rows, Section
from minent.counting.reading import Block, Read
from minent.counting.spool import Place, Spool, cannot_make
from minent.steps import Folder

Record: TypeAlias = dict[str, Any]

_JOURNAL = "journal"
_ARRAYS = "arrays"


class Work:
    """Steps of a count that are done.

    spool      where their arrays are
    documents  how many have been read
    reads      what was read
    size       most positions of a task; 0 before the first
    results    of the tasks, by their number in the plan
    """

    def __init__(self, spool: Spool) -> None:
        self.spool = spool
        self.documents = 0
        self.reads: list[Read] = []
        self.size = 0
        self.results: dict[int, Result] = {}

    def add_reads(self, documents: int, reads: Sequence[Read]) -> None:
        """So many documents have now been read."""
        self.documents = documents
        self.reads.extend(reads)

    def begin_tasks(self, size: int) -> None:
        """The tasks have at most so many positions; results of others are forgotten."""
        self.size = size
        self.results = {}

    def add_result(self, number: int, result: Result) -> None:
        """One task is done."""
        self.results[number] = result

    def close(self, *, done: bool) -> None:
        """Give the disk back."""
        self.spool.close()


class SavedWork(Work):
    """The same on disk, in a folder for this very work.

    directory  where the folder is or will be
    subject    what makes it this very work: the same words, the same folder
    state      of the inputs; if it has changed since, the work begins anew
    notice     called with a sentence about what has been found

    Raises InputError if another process is at it, CapacityError if the folder cannot be made.
    """

    def __init__(
        self, directory: str | os.PathLike[str], subject: Sequence[str], state: Any, notice: Callable[[str], None]
    ) -> None:
        self._folder = Folder(directory, "count", subject)
        self._folder.make()
        try:
            self._journal = (self._folder.path / _JOURNAL).open("a+b")
        except OSError as error:
            raise cannot_make(self._folder.path, error) from error
        records = self._read()
        head = {"state": state}
        if records and records[0] != head:
            notice("the inputs have changed since this work was begun: beginning anew")
            records = []
        if not records:
            self._journal.truncate(0)
        end = int(records[-1]["end"]) if len(records) > 1 else 0
        super().__init__(Spool.named(self._folder.path / _ARRAYS, end))
        if records:
            for record in records[1:]:
                self._replay(record)
            notice(f"going on: {self.documents:,} inputs have been read, {len(self.results):,} tasks counted")
        else:
            self._write(head)

    def add_reads(self, documents: int, reads: Sequence[Read]) -> None:
        """So many documents have now been read."""
        super().add_reads(documents, reads)
        self._append({"documents": documents, "reads": [_read_to_json(read, self.spool) for read in reads]})

    def begin_tasks(self, size: int) -> None:
        """The tasks have at most so many positions."""
        super().begin_tasks(size)
        self._append({"size": size})

    def add_result(self, number: int, result: Result) -> None:
        """One task is done."""
        super().add_result(number, result)
        self._append({"task": number, "result": _result_to_json(result)})

    def close(self, *, done: bool) -> None:
        """Remove the folder if all is done."""
        super().close(done=done)
        self._journal.close()
        self._folder.close(remove=done)

    def _read(self) -> list[Record]:
        """Read the records, up to one that was not written whole, and forget what is behind them."""
        self._journal.seek(0)
        records: list[Record] = []
        end = 0
        for line in self._journal:
            try:
                record = json.loads(line) if line.endswith(b"\n") else None
            except ValueError:
                record = None
            if not isinstance(record, dict):
                break
            records.append(record)
            end += len(line)
        self._journal.truncate(end)
        return records

    def _replay(self, record: Record) -> None:
        if "reads" in record:
            super().add_reads(record["documents"], [_read_of_json(read, self.spool) for read in record["reads"]])
        elif "size" in record:
            super().begin_tasks(record["size"])
        else:
            super().add_result(record["task"], _result_of_json(record["result"]))

    def _append(self, record: Record) -> None:
        self._write({**record, "end": self.spool.sync()})

    def _write(self, record: Record) -> None:
        self._journal.write(json.dumps(record).encode() + b"\n")
        self._journal.flush()
        os.fsync(self._journal.fileno())


def _place_to_json(place: Place) -> list[Any]:
    return [place.where, place.size, place.type.str]


def _place_of_json(fields: list[Any]) -> Place:
    where, size, kind = fields
    return Place(where, size, np.dtype(kind))


def _read_to_json(read: Read, spool: Spool) -> Record:
    arrays = {name: spool.put(getattr(read, name).reshape(-1)) for name in ("codes", "counts", "lengths", "digest")}
    return {
        "arrays": {name: _place_to_json(place) for name, place in arrays.items()},
        "pairs": None if read.pairs is None else _place_to_json(spool.put(read.pairs)),
        "size": read.size,
        "type": read.type.str,
        "blocks": [[_place_to_json(place), positions] for place, positions in read.blocks],
    }


def _read_of_json(record: Record, spool: Spool) -> Read:
    arrays = {name: spool.get(_place_of_json(place)) for name, place in record["arrays"].items()}
    return Read(
        arrays["codes"],
        arrays["counts"],
        None if record["pairs"] is None else spool.get(_place_of_json(record["pairs"])),
        arrays["lengths"].reshape(2, -1),
        arrays["digest"],
        record["size"],
        np.dtype(record["type"]),
        [Block(_place_of_json(place), positions) for place, positions in record["blocks"]],
    )


def _result_to_json(result: Result) -> list[Any]:
    sections, positions = result
    return [[[section.prefix, [_rows_to_json(*rows) for rows in section.rows]] for section in sections], positions]


def _result_of_json(fields: list[Any]) -> Result:
    sections, positions = fields
    return [Section(tuple(prefix), [_rows_of_json(*fields) for fields in rows]) for prefix, rows in sections], positions


def _rows_to_json(order: int, rows: Rows) -> list[Any]:
    return [order, [place and _place_to_json(place) for place in rows]]


def _rows_of_json(order: int, places: list[Any]) -> tuple[int, Rows]:
    return order, Rows(*(place and _place_of_json(place) for place in places))
