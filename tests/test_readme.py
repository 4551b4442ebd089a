"""README.md keeps its word: what it marked as running runs, the commands and files it names are there.

A fenced block of sh or python right after the line `<!-- runs -->` is executed.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import pytest

from minent.cli import COMMANDS

REPOSITORY = Path(__file__).parents[1]
RUNS = "<!-- runs -->"
PRINTS = "<!-- prints -->"
TEST_COMMAND = "<!-- test command -->"


class Block(NamedTuple):
    """A fenced block.

    line      of its first line of content, from 1
    language  the word after the fence
    mark      the last line before the fence that is not blank
    """

    line: int
    language: str
    mark: str
    content: str


def fenced_blocks(text: str) -> list[Block]:
    blocks: list[Block] = []
    fence = language = mark = ""
    first = 0
    content: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        if fence:
            if line.strip() == fence:
                blocks.append(Block(first, language, mark, "".join(content)))
                fence = mark = ""
            else:
                content.append(line + "\n")
        elif opening := re.fullmatch(r"\s*(```+|~~~+)\s*(\w*).*", line):
            fence, language = opening.groups()
            first, content = number + 1, []
        elif line.strip():
            mark = line.strip()
    assert not fence, f"the block that begins in line {first} has no end"
    return blocks


def named_commands(text: str) -> set[str]:
    """COMMAND of each `minent COMMAND` in code: in a fenced block that is not Python, or at the start of `code`."""
    pattern = r"minent(?: +-[\w-]+)* +([a-z][\w-]*)"
    shell = (re.sub(r"(^|\s)#.*", "", block.content) for block in fenced_blocks(text) if block.language != "python")
    found = {name for code in shell for name in re.findall(rf"(?<![\w.-]){pattern}", code)}
    return found | set(re.findall(rf"`{pattern}", text))


def linked_files(text: str) -> set[str]:
    """Targets of links and images that are no addresses on the net and no headings of the same page."""
    prose = re.sub(r"^\s*(```+|~~~+).*?^\s*\1\s*$", "", text, flags=re.MULTILINE | re.DOTALL)
    targets = re.findall(r"\]\(<?([^)\s>]+)", prose)
    targets += re.findall(r"^\s*\[[^\]]+\]:\s*<?([^\s>]+)", prose, re.MULTILINE)
    targets += re.findall(r"\b(?:src|href)=\"([^\"]+)\"", prose)
    return {target.partition("#")[0] for target in targets if not re.match(r"[a-z][a-z0-9+.-]*:|#", target)}


@pytest.fixture(scope="module")
def readme() -> str:
    return (REPOSITORY / "README.md").read_text("utf-8")


@pytest.fixture
def machine(tmp_path: Path) -> dict[str, str]:
    """An environment where `minent` and `python` are the ones under test; the corpora are in `tmp_path`."""
    programs = tmp_path / ".programs"
    programs.mkdir()
    python = shlex.quote(sys.executable)
    for name, command in (("minent", f"{python} -m minent"), ("python", python), ("python3", python)):
        wrapper = programs / name
        wrapper.write_text(f'#!/bin/sh\nexec {command} "$@"\n')
        wrapper.chmod(0o755)
    shutil.copytree(REPOSITORY / "corpora", tmp_path / "corpora", ignore=shutil.ignore_patterns("__pycache__"))
    path = os.pathsep.join([str(programs), os.environ["PATH"]])
    package = os.pathsep.join(filter(None, [str(REPOSITORY), os.environ.get("PYTHONPATH")]))
    return {**os.environ, "PATH": path, "PYTHONPATH": package}


def run_blocks(page: Path, machine: dict[str, str], place: Path) -> None:
    """Run the marked blocks of a page, one after the other in one folder: a block may use what those before it made.

    A block marked as what the one before it prints is compared.  Blocks that need a package are left out without it.
    """
    ways = {"sh": ["bash", "-e", "-o", "pipefail", "-c"], "python": [sys.executable, "-c"]}
    text = page.read_text("utf-8")
    blocks = fenced_blocks(text)
    marks = [match[0] for match in re.finditer(r"<!-- runs(?: with \w+)? -->|<!-- prints -->", text)]
    assert [block.mark for block in blocks if block.mark in marks] == marks, "a mark must stand right before a block"
    printed: str | None = None
    for block in blocks:
        where = f"{page.name}, line {block.line}"
        if block.mark == PRINTS:
            assert printed in (None, block.content), where
        if not block.mark.startswith("<!-- runs"):
            continue
        assert block.language in ways, f"{where}: only {' and '.join(ways)} can run"
        needed = re.fullmatch(r"<!-- runs with (\w+) -->", block.mark)
        if needed and find_spec(needed[1]) is None:
            printed = None
            continue
        done = subprocess.run(
            [*ways[block.language], block.content],
            cwd=place,
            env=machine,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, f"{where}: {done.stderr.decode()}"
        printed = done.stdout.decode()


def test_marked_blocks_run(machine: dict[str, str], tmp_path: Path) -> None:
    run_blocks(REPOSITORY / "README.md", machine, tmp_path)


def test_the_test_command_stands_alone_behind_its_mark(readme: str) -> None:
    # .ci/run takes it from there.
    blocks = [block for block in fenced_blocks(readme) if block.mark == TEST_COMMAND]
    assert len(blocks) == readme.count(TEST_COMMAND) == 1
    assert blocks[0].language == "sh"
    assert "pytest" in blocks[0].content


def test_named_commands_exist(readme: str) -> None:
    assert named_commands(readme)
    assert named_commands(readme) - set(COMMANDS) == set()


def test_linked_files_exist(readme: str) -> None:
    assert {target for target in linked_files(readme) if not (REPOSITORY / target).exists()} == set()


def test_the_reader_of_readme_sees_what_is_there() -> None:
    text = (
        "`minent count` [a](LICENSE#x) [b](https://c.d/e) [f](#g)\n[h]: docs/i.md\n"
        "<!-- runs -->\n\n```sh\nzcat x | .venv/bin/minent -q segment  # minent with-comment\npip install minent\n```\n"
        "~~~python\nimport minent as m\n```\n~~~\n"
    )
    assert fenced_blocks(text) == [
        Block(6, "sh", RUNS, "zcat x | .venv/bin/minent -q segment  # minent with-comment\npip install minent\n"),
        Block(10, "python", "", "import minent as m\n```\n"),
    ]
    assert named_commands(text) == {"count", "segment"}
    assert linked_files(text) == {"LICENSE", "docs/i.md"}
