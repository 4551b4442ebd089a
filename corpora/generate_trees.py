"""Write text of nested templates, as generate.py does, and the tree of each line as brackets beside it.

    python corpora/generate_trees.py --size 1MB --seed 1 --out DIR [--noise 0.2] [--words 20000]

gold_brackets.txt has a line for each line of text.txt: words separated by spaces, and parentheses around the line, each
clause, and what fills each hole.  With letters for ideographs, where `ab` and a template `f[X]` fill the holes of a
template `[X]cd[Y]e`:

    (((ab) cd (f (gh i)) e) ， (jk l) 。)
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from generate import COMMA, STOP, Language, Options, generate, size_in_bytes


def brackets(line: str) -> str:
    """A line of gold_templates.txt as brackets."""
    written: list[str] = []
    opened = ""  # parentheses that wait for the next word
    depth = 0
    tokens = line.split()
    for before, token, after in zip(["", *tokens], tokens, [*tokens[1:], ""], strict=False):
        if depth == 0 and token not in (COMMA, STOP) and before in ("", COMMA, STOP) and not token.startswith("{"):
            opened += "("
        if token.startswith("{") or (token == "[" and not after.startswith("{")):
            opened += "("
        elif token == "}" or (token == "]" and before != "}"):
            written[-1] += ")"
        elif token not in ("[", "]"):
            written.append(opened + token)
            opened = ""
        depth += token.startswith(("{", "[")) - (token in ("}", "]"))
        in_row = depth == 0 and token not in ("}", COMMA, STOP)
        if in_row and after in ("", COMMA, STOP):
            written[-1] += ")"
    return f"({' '.join(written)})"


def generate_trees(directory: str | Path, options: Options) -> Language:
    """Write the files of generate.py with templates, and gold_brackets.txt.  Raises ValueError or OSError."""
    folder = Path(directory)
    language = generate(folder, options)
    with (
        (folder / "gold_templates.txt").open(encoding="utf-8", newline="\n") as lines,
        (folder / "gold_brackets.txt").open("w", encoding="utf-8", newline="\n") as out,
    ):
        out.writelines(brackets(line) + "\n" for line in lines)
    return language


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(
        description="Write an invented corpus of nested templates, with its trees.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        argument_default=argparse.SUPPRESS,
    )
    parser.add_argument("--size", required=True, help="of text.txt at most: 100kB, 10MB, 1GB")
    parser.add_argument("--out", required=True, metavar="DIR", help="where the files go")
    parser.add_argument("--seed", type=int, default=Options.seed, help="of the language and the text")
    parser.add_argument("--words", type=int, default=Options.words, help="size of the lexicon")
    parser.add_argument("--noise", type=float, default=Options.noise, help="share of noise lines")
    given = vars(parser.parse_args(arguments))
    directory = given.pop("out")
    try:
        options = Options(**given | {"size": size_in_bytes(given["size"]), "templates": True})
    except ValueError as error:
        parser.error(str(error))
    generate_trees(directory, options)


if __name__ == "__main__":
    main()
