"""The command line that the drivers of the peers share: probe, learn, segment."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any


def run(
    description: str | None,
    probe: Callable[[], object],
    learn: Callable[[Path, Path, Any], None],
    segment: Callable[[Path, Path], None],
    option: str,
    **settings: Any,
) -> None:
    """Do what the arguments say; `option`, with `settings` for argparse, is the third argument of `learn`."""
    parser = argparse.ArgumentParser(description=description)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("probe")
    learning = commands.add_parser("learn")
    learning.add_argument("corpus", type=Path)
    learning.add_argument("words", type=Path)
    learning.add_argument(option, dest="value", **settings)
    segmenting = commands.add_parser("segment")
    segmenting.add_argument("words", type=Path)
    segmenting.add_argument("text", type=Path)
    arguments = parser.parse_args()
    if arguments.command == "learn":
        learn(arguments.corpus, arguments.words, arguments.value)
    elif arguments.command == "segment":
        segment(arguments.words, arguments.text)
    else:
        probe()
