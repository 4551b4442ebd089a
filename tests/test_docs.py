"""The pages in docs: what is made of the code is up to date, what is marked as running runs, links lead somewhere."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from test_readme import REPOSITORY, fenced_blocks, linked_files, machine, named_commands, run_blocks

from minent.cli import COMMANDS

__all__ = ["machine"]  # a fixture

DOCS = REPOSITORY / "docs"
PAGES = sorted(DOCS.glob("*.md"))


def test_made_pages_are_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, DOCS / "make.py", "--check"], capture_output=True, check=False, cwd=REPOSITORY
    )
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_commands_and_links(page: Path) -> None:
    text = page.read_text("utf-8")
    if page.stem not in ("api", "cli"):  # made of the code
        assert named_commands(text) - set(COMMANDS) == set()
    assert {target for target in linked_files(text) if not (DOCS / target).exists()} == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_marked_blocks_run(page: Path, machine: dict[str, str], tmp_path: Path) -> None:
    if "<!-- runs -->" in page.read_text("utf-8"):
        run_blocks(page, machine, tmp_path)


def test_blocks_end() -> None:
    assert all(fenced_blocks(page.read_text("utf-8")) is not None for page in PAGES)


def test_the_chinese_readme_has_the_same_commands_tables_and_links() -> None:
    texts = [(REPOSITORY / name).read_text("utf-8") for name in ("README.md", "README.zh.md")]
    commands = [[(block.mark, re.sub(r" +#.*", "", block.content)) for block in fenced_blocks(text)] for text in texts]
    assert commands[0] == commands[1]
    numbers = [re.findall(r"\| ([\d.]+)(?= )", text) for text in texts]
    assert numbers[0] == numbers[1]
    links = [linked_files(text) - {"README.md", "README.zh.md"} for text in texts]
    assert links[0] == links[1]
