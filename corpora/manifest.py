"""Describe what lies in this folder: manifest.json, and the type/token curves in README.md.

python corpora/manifest.py            write both anew
python corpora/manifest.py --check    exit 1 and say so if either does not tell the truth
"""

import argparse
import hashlib
import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from generate import Options, generate

HERE = Path(__file__).parent
MANIFEST = HERE / "manifest.json"
README = HERE / "README.md"
BEGIN, END = "<!-- curves: written by manifest.py -->\n", "<!-- curves end -->\n"

SAMPLES = {  # file: language (BCP 47), script (ISO 15924)
    "en.txt": ("en", "Latn"),
    "ja.txt": ("ja", "Jpan"),
    "zh.txt": ("zh-Hans", "Hans"),
}
PINNED = (
    Options(100_000, seed=1),
    Options(100_000, seed=2, words=2_000, exponent=1.2, noise=0.2, templates=True),
)
STEPS = 10  # rows of a curve
BAR = 40  # characters of the longest bar


def describe(path: Path) -> dict[str, Any]:
    """Size and digest of a file."""
    data = path.read_bytes()
    return {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def describe_sample(name: str) -> dict[str, Any]:
    """The manifest entry of a sample text; `characters` leaves out the line ends."""
    language, script = SAMPLES[name]
    lines = (HERE / name).read_text("utf-8").splitlines()
    return {
        "file": name,
        "language": language,
        "script": script,
        **describe(HERE / name),
        "characters": sum(map(len, lines)),
        "lines": len(lines),
        "author": "written for this project",
        "licence": "MIT",
    }


def describe_generated(options: Options) -> dict[str, Any]:
    """The manifest entry of one run of the generator."""
    with tempfile.TemporaryDirectory() as folder:
        generate(folder, options)
        files = {path.name: describe(path) for path in sorted(Path(folder).iterdir())}
    return {"options": asdict(options), "files": files}


def build_manifest() -> str:
    """What manifest.json should hold; samples that are not there yet are left out."""
    names = [name for name in SAMPLES if (HERE / name).exists()]
    content = {
        "samples": [describe_sample(name) for name in names],
        "generated": [describe_generated(options) for options in PINNED],
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def curve(lines: list[str]) -> list[tuple[int, int, int]]:
    """(characters read, distinct characters, distinct bigrams) at STEPS equal steps."""
    total = sum(map(len, lines))
    characters: set[str] = set()
    bigrams: set[str] = set()
    points: list[tuple[int, int, int]] = []
    read = 0
    for line in lines:
        for start in range(len(line)):
            characters.add(line[start])
            if start:  # no bigram crosses a line end
                bigrams.add(line[start - 1 : start + 1])
            read += 1
            if read == total * (len(points) + 1) // STEPS:
                points.append((read, len(characters), len(bigrams)))
    return points


def build_curves() -> str:
    """The tables between the marks of README.md."""
    names = [name for name in SAMPLES if (HERE / name).exists()]
    parts = ["```text\n"]
    for name in names:
        points = curve((HERE / name).read_text("utf-8").splitlines())
        parts.append(f"{name:<8}    read  characters  bigrams\n")
        for read, characters, bigrams in points:
            bar = "#" * round(BAR * bigrams / points[-1][2])
            parts.append(f"{read:16,}  {characters:10,}  {bigrams:7,}  {bar}\n")
        parts.append("\n")
    return "".join(parts[:-1]) + "```\n"


def build_readme() -> str:
    """README.md with its curves made anew."""
    before, rest = README.read_text("utf-8").split(BEGIN)
    _, after = rest.split(END)
    return before + BEGIN + build_curves() + END + after


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="Rebuild manifest.json and the curves of README.md.")
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 if they are not true")
    check = parser.parse_args().check
    wrong = []
    for path, content in ((MANIFEST, build_manifest()), (README, build_readme())):
        if path.exists() and path.read_bytes() == content.encode():
            continue
        wrong.append(path.name)
        if not check:
            path.write_bytes(content.encode())
    if check and wrong:
        print(f"{', '.join(wrong)}: out of date; run python corpora/manifest.py", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
