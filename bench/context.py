"""What a case gets: the data, a place to work in, and the means to skip what is not here."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeAlias, TypeVar

import measure
from tools import Absent, Tool


class _Probed(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def probe(self) -> Callable[[], Any]: ...


_Tool = TypeVar("_Tool", bound=_Probed)
Row: TypeAlias = dict[str, str | int | float]

NEWS = "zh_news_20m.txt"


@dataclass
class Context:
    """
    data      folder of corpora, see README.md
    work      empty folder, deleted in the end
    repeat    measured rounds
    """

    case: str
    data: Path
    work: Path
    repeat: int
    _learnt: dict[tuple[str, tuple[Path, ...]], Path] = field(default_factory=dict)

    def file(self, name: str) -> Path:
        path = self.data / name
        if not path.is_file():
            raise Absent(f"no file {name} in the data folder")
        return path

    def present(self, tools: Iterable[_Tool]) -> Iterator[_Tool]:
        """The tools that are installed; a line for each other one."""
        for tool in tools:
            try:
                tool.probe()
            except Absent as absent:
                self.skip(tool.name, absent)
            else:
                yield tool

    def skip(self, what: str, absent: Absent) -> None:
        print(f"skipped: {self.case}: {what}: {absent}", flush=True)

    def learnt(self, tool: Tool, corpora: Sequence[Path]) -> Path:
        """The words that a tool learns from these files, learnt once for all cases."""
        key = (tool.name, tuple(corpora))
        if key not in self._learnt:
            path = self.work / f"words-{len(self._learnt)}"
            measure.run(measure.Command(tool.learn(corpora, path)))
            self._learnt[key] = path
        return self._learnt[key]

    def scratch(self) -> Path:
        """The folder that programs get for their temporary files."""
        folder = self.work / "scratch"
        folder.mkdir(exist_ok=True)
        return folder

    def one_line(self) -> Path:
        """A text of next to nothing that every tool accepts: what a run on it costs is start-up."""
        path = self.work / "one-line.txt"
        path.write_text("有人说话，有人听话。\n", encoding="utf-8")
        return path
