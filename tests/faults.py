"""Faults at random moments of every command that writes: python tests/faults.py --runs N.

The promise of each: an exit code that says what happened, one clear line or none, what was there before untouched or
the new one whole, no temporary file left over; with --resume, the same bytes once it runs to its end.
"""

import argparse
import bz2
import gzip
import lzma
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, TypeAlias

REPOSITORY = Path(__file__).parents[1]
OLD = b"what was there before\n"
SLOWEST = 120.0


class Task(NamedTuple):
    """A command that writes `out`, a file, or a folder if it ends with a slash."""

    arguments: str
    out: str = "out"
    resumes: bool = False


TASKS = {
    "count": Task("count text.txt --order 5 -o out", resumes=True),
    "count within little memory": Task("count text.txt --order 5 --memory 24MB -o out", resumes=True),
    "count bytes": Task("count text.txt --alphabet bytes --order 6 --threads 2 -o out", resumes=True),
    "merge-counts": Task("merge-counts a.mnc b.mnc -o out"),
    "build-lexicon": Task("build-lexicon text.txt -o out"),
    "build-lexicon, effort": Task("build-lexicon text.txt --effort best -o out", resumes=True),
    "build-lexicon, phrases": Task("build-lexicon text.txt --levels 2 -o out"),
    "mine-templates": Task("mine-templates text.txt --units characters -o out"),
    "train-tokenizer": Task("train-tokenizer text.txt --vocab-size 800 -o out", resumes=True),
    "export": Task("export tokenizer.json --format huggingface -o out/", out="out/"),
    "report": Task("report lexicon.tsv --corpus text.txt -o out"),
    "segment": Task("segment -m lexicon.tsv text.txt"),
    "encode": Task("encode -m tokenizer.json text.txt"),
}


class FaultError(Exception):
    """A promise that was not kept."""


class Bench:
    """A folder with inputs, and what each task makes of them."""

    def __init__(self, place: Path, seed: int) -> None:
        self.place = place
        self.inputs = place / "inputs"
        self.inputs.mkdir()
        dice = random.Random(seed)
        words = [
            "".join(chr(0x4E00 + dice.randrange(700)) for _ in range(dice.choice((1, 2, 2, 3)))) for _ in range(900)
        ]
        lines = ("".join(dice.choices(words, k=dice.randrange(4, 16))) for _ in range(9_000))
        (self.inputs / "text.txt").write_text("\n".join(lines) + "\n", "utf-8")
        self.made: dict[str, dict[str, bytes]] = {}
        self.seconds: dict[str, float] = {}
        (self.inputs / "other.txt").write_text(
            "\n".join("".join(dice.choices(words, k=9)) for _ in range(3_000)), "utf-8"
        )
        for arguments in ("count text.txt --order 4 -o a.mnc", "count other.txt --order 4 -o b.mnc"):
            self.done(arguments.split(), self.inputs)
        self.done(["build-lexicon", "text.txt", "-o", "lexicon.tsv"], self.inputs)
        self.done(["train-tokenizer", "text.txt", "--vocab-size", "600", "-o", "tokenizer.json"], self.inputs)

    def done(self, arguments: Sequence[str], folder: Path) -> None:
        ended = subprocess.run(
            [sys.executable, "-m", "minent", *arguments],
            cwd=folder,
            env=environment(),
            capture_output=True,
            check=False,
        )
        if ended.returncode:
            raise FaultError(f"{' '.join(arguments)}: {ended.stderr.decode()}")

    def expected(self, name: str) -> dict[str, bytes]:
        """What a task makes when nothing happens."""
        if name not in self.made:
            folder = self.folder(name, old=False)
            begun = time.monotonic()
            code, said = run(TASKS[name], folder)
            self.seconds[name] = time.monotonic() - begun
            if code:
                raise FaultError(f"{name}: {said}")
            self.made[name] = found(folder)
            shutil.rmtree(folder)
        return self.made[name]

    def folder(self, name: str, *, old: bool) -> Path:
        """A new folder with the inputs and, unless it is to be a folder, something old in the place of the output."""
        folder = Path(tempfile.mkdtemp(dir=self.place))
        for path in self.inputs.iterdir():
            (folder / path.name).symlink_to(path)
        (folder / "tmp").mkdir()
        if old and not TASKS[name].out.endswith("/"):
            (folder / "out").write_bytes(OLD)
        return folder


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(REPOSITORY), **(more or {})}


def start(
    task: Task,
    folder: Path,
    more: Sequence[str] = (),
    env: Mapping[str, str] | None = None,
    limit: Callable[[], None] | None = None,
) -> "subprocess.Popen[bytes]":
    """Start a task in a folder; what it prints goes to `out` if it names no output."""
    arguments = task.arguments.split()
    named = "-o" in arguments
    with (folder / "said").open("wb") as said, Path(os.devnull if named else folder / "out").open("wb") as out:
        return subprocess.Popen(
            [sys.executable, "-m", "minent", *arguments, *(["--force"] if named else []), *more],
            cwd=folder,
            env=environment({"TMPDIR": str(folder / "tmp"), **(env or {})}),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=said,
            preexec_fn=limit,
        )


def run(
    task: Task,
    folder: Path,
    more: Sequence[str] = (),
    env: Mapping[str, str] | None = None,
    limit: Callable[[], None] | None = None,
) -> tuple[int, str]:
    """Run a task to its end; return its exit code and what it said."""
    process = start(task, folder, more, env, limit)
    try:
        code = process.wait(SLOWEST)
    except subprocess.TimeoutExpired:
        process.kill()
        raise FaultError(f"{task.arguments}: takes more than {SLOWEST:.0f} seconds") from None
    return code, (folder / "said").read_text("utf-8", "replace")


def found(folder: Path) -> dict[str, bytes]:
    """What stands in the place of the output."""
    out = folder / "out"
    if out.is_dir():
        return {path.name: path.read_bytes() for path in out.iterdir()}
    return {"out": out.read_bytes()} if out.exists() else {}


def check(bench: Bench, name: str, folder: Path, code: int, said: str, allowed: Sequence[int], fault: str) -> str:
    """See that the promise was kept.  Returns how it ended."""
    problem = ""
    told = [line for line in said.splitlines() if line.startswith("minent: error:")]
    now, whole = found(folder), bench.expected(name)
    printed = "-o" not in TASKS[name].arguments.split()
    untouched = now in ({}, {"out": OLD}) or printed or (TASKS[name].out.endswith("/") and now.items() <= whole.items())
    if "Traceback" in said or "Error:" in said.replace("minent: error:", ""):
        problem = "a traceback"
    elif code not in (0, *allowed):
        problem = f"exit code {code}"
    elif code == 0 and now != whole:
        problem = "done, but not with the same bytes"
    elif code == 1 and len(told) != 1:
        problem = f"{len(told)} lines of error"
    elif code not in (0, -signal.SIGKILL) and not untouched and now != whole:
        problem = "what was there before has changed"
    elif code == -signal.SIGKILL and not untouched and now != whole:
        problem = "half an output"
    elif left := [path for path in [*folder.glob(".minent*"), *(folder / "tmp").iterdir()] if code != -signal.SIGKILL]:
        problem = f"left over: {left[0].name}"
    if problem:
        raise FaultError(f"{fault}, {name}: {problem}; it said {said!r}; see {folder}")
    shutil.rmtree(folder)
    return {0: "done", 1: "refused"}.get(code, "ended")


def killed(bench: Bench, name: str, dice: random.Random) -> str:
    """kill -9 at a random moment; with --resume, again until it is done."""
    bench.expected(name)
    folder = bench.folder(name, old=True)
    more = []
    if TASKS[name].resumes and dice.random() < 0.7:
        (folder / "work").mkdir()
        more = ["--work-dir", "work", "--resume"]
    for _ in range(4 if more else 1):
        process = start(TASKS[name], folder, more)
        time.sleep(dice.uniform(0, 1.2 * bench.seconds[name]))
        process.kill()
        code = process.wait()
        if code == 0:
            break
    said = (folder / "said").read_text("utf-8", "replace")
    if more and code != 0:
        code, said = run(TASKS[name], folder, more)
        if code or list((folder / "work").iterdir()):
            raise FaultError(f"killed and resumed, {name}: exit code {code}, {said!r}; see {folder}")
    return check(bench, name, folder, code, said, (-signal.SIGKILL,), "killed")


def signalled(bench: Bench, name: str, dice: random.Random) -> str:
    """SIGINT, SIGTERM or SIGHUP at a random moment."""
    bench.expected(name)
    folder = bench.folder(name, old=True)
    number = dice.choice((signal.SIGINT, signal.SIGTERM, signal.SIGHUP))
    process = start(TASKS[name], folder)
    # Before the program is there, the signal meets the interpreter alone.
    time.sleep(dice.uniform(0.4, 0.5 + 1.2 * bench.seconds[name]))
    process.send_signal(number)
    try:
        code = process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        raise FaultError(f"{number.name}, {name}: it goes on for 20 seconds; see {folder}") from None
    said = (folder / "said").read_text("utf-8", "replace")
    return check(bench, name, folder, code, said, (128 + number, -number), number.name)


def no_room(bench: Bench, name: str, dice: random.Random) -> str:
    """No file may become larger than so many bytes."""
    size = dice.choice((0, 1_000, 20_000, 200_000, 2_000_000))
    bench.expected(name)
    folder = bench.folder(name, old=True)

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    code, said = run(TASKS[name], folder, env={"NUMBA_CACHE_DIR": str(bench.place / "numba")}, limit=limit)
    if size < 1_000 and not said:  # nothing can be said either
        said = "minent: error:" if code == 1 else ""
    return check(bench, name, folder, code, said, (1,), f"files of {size:,} bytes")


def full_disk(bench: Bench, name: str, dice: random.Random) -> str:
    """A file system of its own with little room, for output and temporary files."""
    size = dice.choice((64, 256, 1024, 4096))
    bench.expected(name)
    folder = bench.folder(name, old=False)
    disk = folder / "tmp"
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}k", "none", disk], capture_output=True, check=False
    )
    if mounted.returncode:
        shutil.rmtree(folder)
        return "not possible here"
    try:
        (folder / "out").symlink_to(disk / "out")
        if TASKS[name].out.endswith("/"):
            (disk / "out").mkdir()
        code, said = run(TASKS[name], folder)
        whole = found(folder) == bench.expected(name)
        rest = [path for path in disk.iterdir() if path.name != "out"]
        if ((code == 0) != whole and code not in (0, 1)) or rest or "Traceback" in said:
            raise FaultError(f"disk of {size} KiB, {name}: {code}, {said!r}, {rest}")
        if code == 0 and not whole:
            raise FaultError(f"disk of {size} KiB, {name}: done, but not whole")
    finally:
        subprocess.run(["umount", "-l", disk], check=True)
    shutil.rmtree(folder)
    return "refused" if code else "done"


def little_memory(bench: Bench, name: str, dice: random.Random) -> str:
    """An address space so small that the work or the start does not fit."""
    size = dice.choice((300, 400, 500, 700, 1000, 1500)) << 20
    bench.expected(name)
    folder = bench.folder(name, old=True)
    code, said = run(TASKS[name], folder, limit=lambda: resource.setrlimit(resource.RLIMIT_AS, (size, size)))
    if code != 0 and "minent: error:" not in said:  # the interpreter or a library could not even start
        shutil.rmtree(folder)
        return "did not start"
    return check(bench, name, folder, code, said, (1,), f"memory of {size >> 20} MiB")


def other_surroundings(bench: Bench, name: str, dice: random.Random) -> str:
    """Another hash seed, locale, time zone, umask, and no place to write but the output's."""
    bench.expected(name)
    folder = bench.folder(name, old=True)
    env = {
        "PYTHONHASHSEED": str(dice.randrange(1000)),
        "LC_ALL": dice.choice(("C", "POSIX", "tr_TR.UTF-8", "C.UTF-8")),
        "TZ": dice.choice(("UTC", "Asia/Kathmandu")),
        "HOME": "/nonexistent",
        "XDG_CACHE_HOME": "/nonexistent",
    }
    code, said = run(TASKS[name], folder, env=env, limit=lambda: os.umask(0o077) and None)
    return check(bench, name, folder, code, said, (), "other surroundings")


def cut_off_input(bench: Bench, name: str, dice: random.Random) -> str:
    """A compressed text that ends too early."""
    if "text.txt" not in TASKS[name].arguments:
        return "no text"
    bench.expected(name)
    folder = bench.folder(name, old=True)
    data = (bench.inputs / "text.txt").read_bytes()
    packed = dice.choice((gzip.compress, bz2.compress, lzma.compress))(data)
    (folder / "text.txt").unlink()
    (folder / "text.txt").write_bytes(packed[: dice.randrange(20, len(packed))])
    code, said = run(TASKS[name], folder)
    if code == 0:
        raise FaultError(f"cut off, {name}: done all the same; see {folder}")
    return check(bench, name, folder, code, said, (1,), "cut off")


def vanishing_input(bench: Bench, name: str, dice: random.Random) -> str:
    """A text that is removed, or cut to nothing, while it is being read."""
    if "text.txt" not in TASKS[name].arguments:
        return "no text"
    bench.expected(name)
    folder = bench.folder(name, old=True)
    (folder / "text.txt").unlink()
    shutil.copy(bench.inputs / "text.txt", folder / "text.txt")
    process = start(TASKS[name], folder)
    time.sleep(dice.uniform(0, bench.seconds[name]))
    (folder / "text.txt").unlink()
    code = process.wait(SLOWEST)
    return check(bench, name, folder, code, (folder / "said").read_text("utf-8"), (1,), "vanishing")


Fault: TypeAlias = Callable[[Bench, str, random.Random], str]
FAULTS: tuple[Fault, ...] = (
    killed,
    signalled,
    no_room,
    full_disk,
    little_memory,
    other_surroundings,
    cut_off_input,
    vanishing_input,
)


def main() -> None:
    """Try random faults on random tasks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    ends: Counter[tuple[str, str]] = Counter()
    findings = []
    with tempfile.TemporaryDirectory() as place:
        bench = Bench(Path(place), arguments.seed)
        for number in range(arguments.runs):
            dice = random.Random(f"{arguments.seed} {number}")
            fault, name = dice.choice(FAULTS), dice.choice(list(TASKS))
            try:
                ends[fault.__name__, fault(bench, name, dice)] += 1
            except FaultError as error:
                findings.append(str(error))
                sys.stdout.write(f"run {number}: {error}\n")
                sys.stdout.flush()
    for (fault_name, end), times in sorted(ends.items()):
        sys.stdout.write(f"{fault_name}\t{end}\t{times}\n")
    sys.exit(f"{len(findings)} promises were not kept" if findings else 0)


if __name__ == "__main__":
    main()
