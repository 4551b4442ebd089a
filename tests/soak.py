"""Random commands on random corpora with random faults, for as long as one likes: python tests/soak.py --minutes 60.

Beside them one process runs commands again and again in itself, on texts that nobody has cleaned: its memory and its
open files must not grow.
"""

import argparse
import gc
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import bad_input
import faults

# Between two looks at the memory: commands run; and by how much it may grow after the first half.
_ROUND = 40
_GROWTH, _SLACK = 1.02, 4_000_000
_COMMANDS = (
    "count text --order 3 -o out --force",
    "count text --alphabet bytes --order 4 --threads 2 -o out --force",
    "build-lexicon text -o out --force",
    "mine-templates text --units spaces --min-count 3 -o out --force",
    "train-tokenizer text --vocab-size 300 -o out --force",
    "segment -m lexicon.tsv text",
    "segment -m lexicon.tsv --json text",
    "encode -m tokenizer.json text",
    "parse -m templates.tsv text",
    "evaluate -m tokenizer.json text",
    "explain lexicon.tsv 我们 --corpus text",
    "inspect lexicon.tsv",
    "inspect text",
)


def repeat(place: Path, seconds: float, seed: int) -> str:
    """Run commands in this process until the time is over.  Returns how memory and open files went.

    Raises FaultError if they grow, or a command does what it must not.
    """
    from minent import Template, TemplateSet
    from minent.cli import _run

    os.chdir(place)
    texts = bad_input.texts()
    Path("sample").write_text("我们的研究生在图书馆里看书\nthe name of the rose\n" * 40, "utf-8")
    _run(["-q", "build-lexicon", "sample", "-o", "lexicon.tsv"])
    _run(["-q", "train-tokenizer", "sample", "--vocab-size", "280", "-o", "tokenizer.json"])
    about = {"format": "minent templates 1", "units": "spaces", "separator": "space"}
    TemplateSet([Template.parse("[X] of [Y]")], 9, about).save("templates.tsv")
    dice, end, seen = random.Random(seed), time.monotonic() + seconds, []
    null = os.open(os.devnull, os.O_WRONLY)
    while time.monotonic() < end or len(seen) < 8:
        for _ in range(_ROUND):
            name, command = dice.choice(list(texts)), dice.choice(_COMMANDS)
            Path("text").write_bytes(texts[name])
            os.dup2(null, 1)
            if _run(["-q", *command.split()]) not in (0, 1):
                raise faults.FaultError(f"{command}, with the text {name!r}")
        gc.collect()
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        seen.append((pages * os.sysconf("SC_PAGE_SIZE"), len(list(Path("/proc/self/fd").iterdir()))))
    half = seen[len(seen) // 2 :]
    (memory, files), (last_memory, last_files) = half[0], half[-1]
    told = f"{len(seen) * _ROUND:,} commands; memory {memory >> 20} to {last_memory >> 20} MiB"
    told += f", open files {files} to {last_files}"
    if last_memory > memory * _GROWTH + _SLACK or last_files > files:
        raise faults.FaultError(told)
    return told


def main() -> None:
    """Soak."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--repeat", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        if arguments.repeat:
            sys.stderr.write(repeat(place, 60 * arguments.minutes, arguments.seed) + "\n")
            return
        begun = time.monotonic()
        call = [
            sys.executable,
            __file__,
            "--repeat",
            "--minutes",
            str(arguments.minutes),
            "--seed",
            str(arguments.seed),
        ]
        beside = subprocess.Popen(call, stderr=(place / "told").open("wb"), env=faults.environment())
        ends: Counter[str] = Counter()
        findings, number = [], 0
        while time.monotonic() - begun < 60 * arguments.minutes:
            bench = faults.Bench(Path(tempfile.mkdtemp(dir=place)), arguments.seed + number)
            for _ in range(60):
                number += 1
                dice = random.Random(f"{arguments.seed} {number}")
                fault, name = dice.choice(faults.FAULTS), dice.choice(list(faults.TASKS))
                try:
                    ends[fault(bench, name, dice)] += 1
                except faults.FaultError as error:
                    findings.append(str(error))
                    sys.stdout.write(f"{error}\n")
                if time.monotonic() - begun > 60 * arguments.minutes:
                    break
        if beside.wait():
            findings.append("the process beside them")
        sys.stdout.write(f"{number} faults: {dict(ends)}\n{(place / 'told').read_text('utf-8').splitlines()[-1]}\n")
        sys.exit(f"{len(findings)} findings" if findings else 0)


if __name__ == "__main__":
    main()
