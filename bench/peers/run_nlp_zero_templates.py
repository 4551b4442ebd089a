"""Drive nlp-zero's Template_Finder, where it is installed: learn templates from text whose words stand apart.

run_nlp_zero_templates.py probe
run_nlp_zero_templates.py learn WORDS TEMPLATES     TEMPLATES: template, tab, count; most frequent first
"""

import sys
from pathlib import Path

from run_nlp_zero import lines, nlp_zero


def learn(corpus: Path, templates: Path) -> None:
    finder = nlp_zero().Template_Finder(str.split, window=3)
    finder.train(lines(corpus))
    finder.find(lines(corpus))
    ordered = sorted(finder.templates.items(), key=lambda item: -item[1])
    shown = (("".join("[X]" if part is None else str(part) for part in template), count) for template, count in ordered)
    templates.write_text("".join(f"{template}\t{count}\n" for template, count in shown), encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1] == "probe":
        nlp_zero()
    else:
        learn(Path(sys.argv[2]), Path(sys.argv[3]))
