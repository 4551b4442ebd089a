"""Write docs/cli.md from `minent --help` and docs/api.md from the docstrings: python docs/make.py [--check]."""

import ast
import inspect
import sys
import textwrap
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, TypeAlias

import click

import minent
from minent import cli

DOCS = Path(__file__).parent
WIDTH = 100
_NOTE = "<!-- made by docs/make.py (make docs): changes here are lost -->"

_Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef


def cli_page() -> str:
    """Return the help of all commands."""
    parts = [
        "# Commands",
        _NOTE,
        "`minent COMMAND --help` says the same. Exit codes: 0 done, 1 an expected failure, told in one line, 2 a wrong "
        "call; `compare` ends with 1 if there is a difference.",
        _fenced(_help(cli._minent, "minent")),
    ]
    for name in cli.COMMANDS:
        command = import_module(f"minent.cli.{name.replace('-', '_')}").command
        parts += [f"## minent {name}", _fenced(_help(command, f"minent {name}"))]
    return "\n\n".join(parts) + "\n"


def _help(command: click.Command, name: str) -> str:
    context = click.Context(command, info_name=name, terminal_width=WIDTH, max_content_width=WIDTH)
    return "\n".join(line.rstrip() for line in command.get_help(context).splitlines())


def api_page() -> str:
    """Return the docstrings of all public names."""
    parts = ["# Python", _NOTE, "`import minent` costs milliseconds: a name is loaded when it is first used."]
    for name in minent.__all__:
        thing = getattr(minent, name)
        if callable(thing):
            tree = ast.parse(textwrap.dedent(inspect.getsource(thing))).body[0]
            parts += [f"## {name}", *_described(name, tree, thing)]
    return "\n\n".join(parts) + "\n"


def _described(name: str, tree: ast.stmt, thing: Any) -> Iterator[str]:
    about = inspect.getdoc(thing) or ""
    if not isinstance(tree, ast.ClassDef):
        yield _fenced(f"{_call(name, tree)}\n\n{about}")
        return
    members = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    made = next((_call(name, node) for node in members if node.name == "__init__"), f"{name}{_fields(tree)}")
    yield _fenced(f"{made.removesuffix(' -> None')}\n\n{about}")
    for node in members:
        if not node.name.startswith("_") and (text := ast.get_docstring(node)):
            is_value = any(ast.unparse(mark) in ("property", "cached_property") for mark in node.decorator_list)
            heading = (
                f"{node.name}: {ast.unparse(node.returns)}" if is_value and node.returns else _call(node.name, node)
            )
            yield f"### {name}.{node.name}"
            yield _fenced(f"{heading}\n\n{text}")


def _call(name: str, tree: ast.stmt) -> str:
    """How a function is called; long ones with a line for each argument."""
    assert isinstance(tree, _Function)
    given = [*tree.args.posonlyargs, *tree.args.args]
    if given and given[0].arg in ("self", "cls"):
        del given[0]
    defaults = [None] * (len(given) - len(tree.args.defaults)) + [*tree.args.defaults]
    shown = [_argument(*pair) for pair in zip(given, defaults, strict=True)]
    if tree.args.vararg:
        shown.append("*" + _argument(tree.args.vararg, None))
    elif tree.args.kwonlyargs:
        shown.append("*")
    shown += [_argument(*pair) for pair in zip(tree.args.kwonlyargs, tree.args.kw_defaults, strict=True)]
    ending = f" -> {ast.unparse(tree.returns)}" if tree.returns else ""
    return _lines(name, shown, ending.replace("'", ""))


def _fields(tree: ast.ClassDef) -> str:
    """What a dataclass or named tuple is made of."""
    fields = [node for node in tree.body if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)]
    shown = [
        f"{ast.unparse(node.target)}: {ast.unparse(node.annotation)}"
        + (f" = {ast.unparse(node.value)}" if node.value else "")
        for node in fields
    ]
    return _lines("", shown, "") if shown else ""


def _argument(argument: ast.arg, default: ast.expr | None) -> str:
    kind = f": {ast.unparse(argument.annotation)}" if argument.annotation else ""
    return f"{argument.arg}{kind}" + (f" = {ast.unparse(default)}" if default else "")


def _lines(name: str, arguments: list[str], ending: str) -> str:
    line = f"{name}({', '.join(arguments)}){ending}"
    return line if len(line) <= WIDTH else f"{name}(\n" + "".join(f"    {each},\n" for each in arguments) + f"){ending}"


def _fenced(text: str) -> str:
    return f"```text\n{text.strip()}\n```"


def main(arguments: list[str]) -> int:
    """Write the pages, or, with --check, say whether they are as they should be."""
    stale = []
    for name, page in (("cli.md", cli_page()), ("api.md", api_page())):
        path = DOCS / name
        if not path.exists() or path.read_text("utf-8") != page:
            stale.append(name)
            if "--check" not in arguments:
                path.write_text(page, "utf-8")
    if stale and "--check" in arguments:
        sys.stderr.write(f"out of date: {', '.join(stale)}; run make docs\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
