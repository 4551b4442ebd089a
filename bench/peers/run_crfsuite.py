"""Drive python-crfsuite: train on cut text, or cut text, with the features of minent's tagger as strings.

run_crfsuite.py probe
run_crfsuite.py learn GOLD MODEL [--algorithm NAME] [--set NAME=VALUE]   MODEL.cpu: CPU seconds of the training alone
run_crfsuite.py segment MODEL TEXT                                       to standard output
"""

import argparse
import importlib
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def crfsuite() -> Any:
    return importlib.import_module("pycrfsuite")


def lines(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8", newline="\n") as file:
        for line in file:
            yield line.rstrip("\n")


def features(text: str) -> list[list[str]]:
    """Five characters, four pairs of neighbours, the pair around."""
    padded = f"__{text}__"
    rows = []
    for at in range(len(text)):
        a, b, c, d, e = padded[at : at + 5]
        rows.append(
            [f"0{a}", f"1{b}", f"2{c}", f"3{d}", f"4{e}", f"5{a}{b}", f"6{b}{c}", f"7{c}{d}", f"8{d}{e}", f"9{b}{d}"]
        )
    return rows


def tags(words: list[str]) -> list[str]:
    return list("".join("S" if len(word) == 1 else "B" + "M" * (len(word) - 2) + "E" for word in words))


def learn(gold: Path, model: Path, algorithm: str, settings: list[str]) -> None:
    trainer = crfsuite().Trainer(algorithm, verbose=False)
    for setting in settings:
        name, _, value = setting.partition("=")
        trainer.set(name, float(value))
    for line in lines(gold):
        if words := line.split():
            trainer.append(features("".join(words)), tags(words))
    begun = time.process_time()
    trainer.train(str(model))
    model.with_name(f"{model.name}.cpu").write_text(str(time.process_time() - begun), "utf-8")


def segment(model: Path, text: Path) -> None:
    tagger = crfsuite().Tagger()
    tagger.open(str(model))
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    for line in lines(text):
        marks = tagger.tag(features(line)) if line else []
        sys.stdout.write("".join(c + " " * (tag in "ES") for c, tag in zip(line, marks, strict=True)).rstrip() + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["probe", "learn", "segment"])
    parser.add_argument("paths", type=Path, nargs="*")
    parser.add_argument("--algorithm", default="lbfgs")
    parser.add_argument("--set", action="append", default=[])
    arguments = parser.parse_args()
    if arguments.what == "probe":
        try:
            crfsuite()
        except ImportError as error:
            sys.exit(str(error))
    elif arguments.what == "learn":
        learn(*arguments.paths, arguments.algorithm, arguments.set)
    else:
        segment(*arguments.paths)


if __name__ == "__main__":
    main()
