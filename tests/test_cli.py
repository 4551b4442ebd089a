"""The manners of the program, through real processes; tests/test_commands.py has what each command does."""

import inspect
import os
import platform
import shlex
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click
import numpy as np
import pytest
from click.testing import CliRunner

import minent
from minent.cli import COMMANDS
from minent.cli.version import version_lines
from minent.errors import MinentError

# `python -m minent` must find the package from any directory, installed or not.
ENVIRONMENT = {
    **os.environ,
    "PYTHONPATH": os.pathsep.join(filter(None, [str(Path(minent.__file__).parents[1]), os.environ.get("PYTHONPATH")])),
}
MINENT = [sys.executable, "-m", "minent"]
HEAVY = ("numpy", "numba", "tqdm", "regex", "xopen", "importlib.metadata")


def run(*arguments: str | bytes | Path, **options: Any) -> subprocess.CompletedProcess[bytes]:
    options = {"stdin": subprocess.DEVNULL, "env": ENVIRONMENT} | options
    if "input" in options:
        del options["stdin"]
    options.setdefault("stdout", subprocess.PIPE)
    return subprocess.run([*MINENT, *arguments], stderr=subprocess.PIPE, check=False, **options)


def call(name: str, *arguments: str | Path, code: int = 0) -> str:
    """Run a command in this process, which is quicker; return what it tells, the error included.  Data go to -o."""
    done = CliRunner().invoke(load(name), [str(argument) for argument in arguments])
    told = done.output + (str(done.exception) if isinstance(done.exception, MinentError | OSError) else "")
    expected = isinstance(done.exception, MinentError | OSError | SystemExit | None)
    assert (done.exit_code, expected) == (code, True), told or done.exception
    return told


def load(name: str) -> click.Command:
    command: click.Command = import_module(f"minent.cli.{name.replace('-', '_')}").command
    return command


def help_of(name: str) -> str:
    return load(name).get_help(click.Context(load(name), info_name=f"minent {name}"))


def assert_one_line_error(done: subprocess.CompletedProcess[bytes], *parts: str) -> None:
    text = done.stderr.decode()
    assert done.returncode == 1, text
    assert text.startswith("minent: error: ")
    assert text.count("\n") == 1
    for part in parts:
        assert part in text


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    path = tmp_path / "gold.txt"
    path.write_text("最小 熵 原理\n", encoding="utf-8")
    return path


def test_version() -> None:
    done = run("--version")
    assert (done.returncode, done.stderr) == (0, b"")
    first, packages, kernels, processor = done.stdout.decode().splitlines()
    assert first == f"minent {minent.__version__}"
    assert f"numpy {np.__version__}, numba {version('numba')}, click {version('click')}" in packages
    assert kernels.startswith("kernels compiled ")
    assert platform.machine() in processor


def test_version_of_an_unknown_processor(tmp_path: Path) -> None:
    assert [*version_lines(tmp_path / "none")][-1].endswith("an unknown processor")
    (tmp_path / "arm").write_text("processor\t: 0\nFeatures\t: fp asimd\n")
    assert [*version_lines(tmp_path / "arm")][-1].endswith("a processor with asimd")


def completed(words: str) -> list[str]:
    asked = {"_MINENT_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(len(words.split(" ")) - 1)}
    done = run(env={**ENVIRONMENT, **asked})
    assert (done.returncode, done.stderr) == (0, b"")
    return done.stdout.decode().split()


def test_completion() -> None:
    assert completed("minent seg") == ["plain,segment"]
    assert "plain,--user-dict" in completed("minent segment --u")
    assert completed("minent segment --format b") == ["plain,brat"]
    assert completed("minent segment x") == ["file,x"]
    assert completed("minent segment -m x") == ["file,x"]
    assert completed("minent explain model x") == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(shell: str) -> None:
    done = run("completion", shell)
    assert done.returncode == 0
    assert f"_MINENT_COMPLETE={shell}_complete" in done.stdout.decode()
    if program := shutil.which(shell):
        subprocess.run([program, "-n"], input=done.stdout, check=True)


def test_help_lists_the_commands_in_the_order_of_the_work() -> None:
    done = run("--help")
    assert (done.returncode, done.stderr) == (0, b"")
    listed = done.stdout.decode().partition("Commands:\n")[2].partition("\n\n")[0]
    assert [line.split()[0] for line in listed.splitlines()] == list(COMMANDS)


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], [], ["no-such-command"]])
def test_help_and_version_import_nothing_heavy(arguments: list[str]) -> None:
    code = f"""
import atexit, sys
atexit.register(lambda: print(*[name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr))
from minent.cli import main
sys.argv = ["minent", *{arguments!r}]
sys.stderr.flush()
main()
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=ENVIRONMENT,
        capture_output=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert done.stderr.decode().splitlines()[-1] == ""


@pytest.mark.parametrize("name", COMMANDS)
def test_the_line_in_the_list_is_the_first_of_the_help(name: str) -> None:
    assert inspect.cleandoc(load(name).help or "").partition("\n\n")[0].replace("\n", " ") == COMMANDS[name]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_parameter_is_documented(name: str) -> None:
    command = load(name)
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.name
            assert parameter.help[0].isupper() or parameter.help.startswith(("keep", "count")), parameter.help
            assert parameter.help.endswith((".", "]")), parameter.help
        else:
            word = (parameter.metavar or "").strip("[].")
            assert word, parameter.name
            assert word in (command.help or ""), word


@pytest.mark.parametrize("name", COMMANDS)
def test_help_ends_with_an_example_that_parses(name: str) -> None:
    example = help_of(name).rpartition("Example:\n")[2]
    lines = example.splitlines()
    assert lines
    assert any(f"minent {name}" in line for line in lines)
    for line in lines:
        for stage in line.split("|"):
            program, *arguments = shlex.split(stage)
            if program == "minent":
                known = {option for parameter in load(arguments[0]).params for option in parameter.opts}
                used = {word for word in arguments if word.startswith("-") and word != "-"}
                assert used <= known, used - known


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_a_command_fits_the_screen_and_names_its_defaults(name: str) -> None:
    done = run(name, "--help")
    assert (done.returncode, done.stderr) == (0, b"")
    before_example = done.stdout.decode().rpartition("Example:\n")[0]
    assert max(map(len, before_example.splitlines())) <= 80


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ([], "Usage: minent"),
        (["-q"], "Usage: minent"),
        (["evaluat"], "No such command 'evaluat'"),
        (["--nonsense"], "--nonsense"),
        (["evaluate", "--nonsense"], "--nonsense"),
        (["evaluate", "only-one"], "SEGMENTED"),
        (["evaluate", "-", "-"], "standard input"),
        (["evaluate", "a", "b", "--punct", "cut"], "keep"),
    ],
)
def test_a_wrong_call_exits_2_and_shows_how_on_stderr(arguments: list[str], part: str) -> None:
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, b"")
    assert part in done.stderr.decode()


def test_a_missing_file_is_one_line_and_exit_1(tmp_path: Path, gold: Path) -> None:
    done = run("evaluate", tmp_path / "no.txt", gold)
    assert done.stdout == b""
    assert_one_line_error(done, "no.txt")


def test_names_that_are_no_text_cannot_break_the_message(tmp_path: Path, gold: Path) -> None:
    done = run("evaluate", b"a\n\x1b[31m\xff", gold, cwd=tmp_path)
    assert_one_line_error(done, "\\x1b[31m\\xff")
    assert b"\x1b" not in done.stderr


def test_debug_shows_the_traceback(gold: Path) -> None:
    done = run("evaluate", "no.txt", gold, env={**ENVIRONMENT, "MINENT_DEBUG": "1"})
    assert done.returncode == 1
    assert done.stderr.startswith(b"Traceback")


@pytest.mark.parametrize("help_or_work", ["help", "work"])
def test_a_full_disk_is_one_line(gold: Path, help_or_work: str) -> None:
    arguments = ["--help"] if help_or_work == "help" else ["evaluate", str(gold), str(gold)]
    with Path("/dev/full").open("wb") as full:
        assert_one_line_error(run(*arguments, stdout=full), "No space left")


@pytest.mark.parametrize("arguments", [["--help"], ["evaluate", "--help"], ["evaluate", "gold.txt", "gold.txt"]])
def test_nobody_reading_is_no_failure(gold: Path, arguments: list[str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as pipe:
        done = run(*arguments, stdout=pipe, cwd=gold.parent)
    assert (done.returncode, done.stderr) == (0, b"")


def test_closed_standard_streams_are_no_traceback(gold: Path) -> None:
    call = shlex.join([*MINENT, "evaluate", str(gold), str(gold)])
    for closing, code in ((">&-", 1), ("2>&-", 0), ("<&-", 0)):
        done = subprocess.run(["bash", "-c", f"{call} {closing}"], env=ENVIRONMENT, capture_output=True, check=False)
        assert done.returncode == code
        assert b"Traceback" not in done.stderr


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_signals_end_it_quietly_with_their_exit_code(gold: Path, number: signal.Signals, code: int) -> None:
    pipe = gold.parent / "pipe"
    os.mkfifo(pipe)
    process = subprocess.Popen(
        [*MINENT, "evaluate", gold, pipe],
        env=ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(number, signal.SIG_DFL),  # whoever runs the tests may ignore it
    )
    with pipe.open("wb"):  # waits until the program has opened it too
        out = err = None
        while out is None:
            process.send_signal(number)
            # One that comes just before the read begins does not end it.
            with suppress(subprocess.TimeoutExpired):
                out, err = process.communicate(timeout=5)
    assert (process.returncode, out, err) == (code, b"", b"")


def test_python_m_minent_and_the_table_agree_with_the_files() -> None:
    directory = Path(minent.__file__).parent / "cli"
    files = {path.stem.replace("_", "-") for path in directory.glob("*.py")}
    assert files - {"--init--", "inputs", "options", "output", "vectors", "version"} == set(COMMANDS)


def test_the_exit_code_says_it_where_nothing_can_be_told(tmp_path: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        call = [*MINENT, "count", "no such file", "-o", "out"]
        done = subprocess.run(call, env=ENVIRONMENT, cwd=tmp_path, stdin=subprocess.DEVNULL, stderr=full, check=False)
    assert done.returncode == 1
