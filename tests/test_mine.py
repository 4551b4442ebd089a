"""Mining templates, from text to table; the templates of generated text are known."""

import re
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from test_cli import assert_one_line_error, run

from minent import Corpus, Lexicon, MiningOptions, Resources, TemplateSet, mine_templates
from minent.errors import InputError, NoWordsError
from minent.mining import reading
from minent.mining.classes import class_name, find_classes

sys.path.insert(0, str(Path(__file__).parents[1] / "corpora"))
from generate_patterns import Options, generate

SPACES = MiningOptions(units="spaces", min_count=5)


def known_words(folder: Path) -> Lexicon:
    """The words of generated text, as a lexicon."""
    words = Counter(word for line in (folder / "gold.txt").read_text("utf-8").split("\n") for word in line.split())
    rows = [f"{word}\t{count}\n" for word, count in words.items() if not word.isdecimal() and word != "？"]
    head = "# format: minent lexicon 1\nword\tcount\tpmi\tleft_entropy\tright_entropy\tscore\n"
    (folder / "words.tsv").write_text(head + "".join(rows), "utf-8")
    return Lexicon.load(folder / "words.tsv")


def score(found: TemplateSet, expected: dict[str, int]) -> tuple[float, float]:
    """Precision and recall."""
    patterns = {template.pattern for template in found if not template.trivial}
    right = len(patterns & expected.keys())
    return right / max(1, len(patterns)), right / len(expected)


@pytest.mark.parametrize(
    ("kind", "language", "clauses", "noise"),
    [
        ("questions", "zh", "marks", 0.0),
        ("questions", "ko", "marks", 0.2),
        ("titles", "en", "marks", 0.0),
        ("chat", "en", "marks", 0.2),
        ("logs", "en", "lines", 0.2),
    ],
)
def test_known_templates_are_found(tmp_path: Path, kind: str, language: str, clauses: str, noise: float) -> None:
    expected = generate(tmp_path, Options(120_000, kind, language, seed=5, noise=noise))
    lexicon = known_words(tmp_path) if language == "zh" else None
    options = MiningOptions(units="spaces" if lexicon is None else "words", clauses=clauses)
    precision, recall = score(mine_templates(Corpus(tmp_path / "text.txt"), lexicon, options), expected)
    assert precision >= 0.85
    assert recall >= 0.85


def test_the_evidence_is_that_of_the_text(tmp_path: Path) -> None:
    expected = generate(tmp_path, Options(60_000, "chat", "en"))
    found = mine_templates(Corpus(tmp_path / "text.txt"), options=SPACES)
    lines = re.sub("[0-9]+", "0", (tmp_path / "text.txt").read_text("utf-8")).split("\n")[:-1]
    assert found.total == len(lines)
    for template in found:
        assert len(template.pmi) == len(template.words) - 1
        assert len(template.fillers) == len(template.classes) == template.holes
        assert all(example in lines for example in template.examples)
        if template.pattern in expected:
            assert abs(template.count - expected[template.pattern]) <= 0.1 * expected[template.pattern] + 2
    named = {template.pattern: template.classes for template in found}
    first, second = named["find me a flight from [X] to [Y]"]
    assert first == second  # places fill both


def test_the_result_is_the_same_for_any_threads_memory_and_order(tmp_path: Path) -> None:
    generate(tmp_path, Options(50_000, "logs", "en", noise=0.2))
    lines = (tmp_path / "text.txt").read_bytes().splitlines(keepends=True)
    (tmp_path / "b.txt").write_bytes(b"".join(lines[:300]))
    (tmp_path / "a.txt").write_bytes(b"".join(lines[300:]))
    once = mine_templates(Corpus(tmp_path / "text.txt"), options=SPACES)
    resources = Resources(threads=2, memory=40_000_000, work_dir=tmp_path)
    again = mine_templates(Corpus(tmp_path / "a.txt", tmp_path / "b.txt"), None, SPACES, resources)
    assert list(once) == list(again)
    assert once.about == again.about


def test_a_sample_finds_nearly_the_same_and_counts_everything(tmp_path: Path) -> None:
    expected = generate(tmp_path, Options(120_000, "chat", "en"))
    found = mine_templates(Corpus(tmp_path / "text.txt"), options=MiningOptions(units="spaces", sample=8_000))
    counts = {template.pattern: template.count for template in found}
    common = counts.keys() & expected.keys()
    assert len(common) >= 0.7 * len(expected)
    assert all(abs(counts[each] - expected[each]) <= 0.1 * expected[each] + 5 for each in common)


@pytest.mark.parametrize(
    ("units", "text", "pattern"),
    [
        ("characters", "求{}的图\n", "求 [X] 的 图"),
        ("spaces", "सुनो {} कहाँ है\n", "सुनो [X] कहाँ है"),
        ("spaces", "¿dónde está {}?\n", "dónde está [X]"),
    ],
)
def test_other_units_and_scripts(corpus_of: Callable[..., Corpus], units: str, text: str, pattern: str) -> None:
    names = [chr(0x5000 + i) if units == "characters" else chr(0x915 + i % 30) * (1 + i // 30) for i in range(90)]
    other = "".join(
        f"{a}{b}\n" if units == "characters" else f"{a} {b}\n" for a, b in zip(names, names[7:], strict=False)
    )
    found = mine_templates(
        corpus_of("".join(map(text.format, names)) * 2 + other), options=MiningOptions(units, min_count=5)
    )
    assert pattern in [template.pattern for template in found]


def test_text_without_words_is_refused(corpus_of: Callable[..., Corpus]) -> None:
    for text in ("", "...\n\n"):
        with pytest.raises(NoWordsError, match="no words"):
            mine_templates(corpus_of(text), options=SPACES)


def test_long_clauses_are_cut(corpus_of: Callable[..., Corpus], monkeypatch: pytest.MonkeyPatch) -> None:
    line = "".join(f"call w{i % 90} at once " for i in range(1600))
    text = line + "\n\n" + "a " * 65 + "\n" + "b " * 64
    assert mine_templates(corpus_of(text), options=SPACES).total == 103
    monkeypatch.setattr(reading, "_BLOCK", 1000)
    assert mine_templates(corpus_of(text), options=SPACES).total == 103


def test_little_text_has_no_templates(corpus_of: Callable[..., Corpus]) -> None:
    assert len(mine_templates(corpus_of("hello\n"), options=SPACES)) == 0
    assert len(mine_templates(corpus_of("hello there\n" * 100), options=SPACES)) == 0


def test_words_need_a_lexicon(corpus_of: Callable[..., Corpus]) -> None:
    with pytest.raises(InputError, match="needs a lexicon"):
        mine_templates(corpus_of("a b\n"))
    with pytest.raises(InputError, match="there is none for spaces"):
        mine_templates(corpus_of("a b\n"), Lexicon.empty(), SPACES)
    for wrong in ({"units": "x"}, {"clauses": "x"}, {"window": 0}, {"window": 64}, {"min_count": 0}, {"sample": 0}):
        with pytest.raises(InputError):
            MiningOptions(**wrong)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="must be a number"):
        MiningOptions(min_pmi=float("nan"))


def test_classes_are_holes_filled_alike() -> None:
    fruit = {"apple": 30, "pear": 20, "plum": 10}
    towns = {"Rome": 30, "Oslo": 25, "Lima": 9}
    costs = dict.fromkeys([*fruit, *towns, "x"], 10.0)
    assert find_classes([fruit, towns, {**fruit, "x": 1}, {"Rome": 3, "Lima": 3}], costs) == [[0, 2], [1, 3]]
    assert class_name([fruit, fruit]) == "apple/pear/plum"
    assert class_name([{"a": 1}, {"b": 1}]) == ""


def test_the_command_and_inspect(tmp_path: Path) -> None:
    generate(tmp_path, Options(40_000, "logs", "en"))
    done = run("mine-templates", "text.txt", "-o", "logs.tsv", "--clauses", "lines", cwd=tmp_path)
    assert done.returncode == 0
    assert b"no lexicon given" in done.stderr and b" templates in " in done.stderr
    assert TemplateSet.load(tmp_path / "logs.tsv").clauses == "lines"
    piped = run("mine-templates", "--clauses", "lines", "-q", input=(tmp_path / "text.txt").read_bytes())
    assert piped.stdout == (tmp_path / "logs.tsv").read_bytes()
    assert piped.stderr == b""
    shown = run("inspect", "logs.tsv", "--tsv", cwd=tmp_path).stdout.decode()
    assert "# templates: " in shown and "\nINFO user [X] logged in from [Y]\t" in shown
    with (tmp_path / "logs.tsv").open("a", encoding="utf-8") as file:
        file.write("[X] by [Y]\t1\n")
    done = run("inspect", "logs.tsv", "--grep", r"^\[X\] by", cwd=tmp_path)
    assert b"edited by hand" in done.stderr
    assert b"[X] by" not in done.stdout
    assert b"[X] by [Y]\t1\t0.0\tyes" in run("inspect", "logs.tsv", "--tsv", "--trivial", cwd=tmp_path).stdout
    rows = run("mine-templates", "text.txt", "--json", "--min-count", "100", cwd=tmp_path).stdout
    assert b'"fillers": [{"' in rows


def test_wrong_calls_and_other_alphabets(tmp_path: Path) -> None:
    corpora = Path(__file__).parents[1] / "corpora"
    run("build-lexicon", str(corpora / "ja.txt"), "-o", "ja.tsv", cwd=tmp_path)
    (tmp_path / "th.txt").write_text("สวัสดีครับ\n" * 20, "utf-8")
    done = run("mine-templates", "th.txt", "-m", "ja.tsv", cwd=tmp_path)
    assert done.returncode == 0
    assert b"100% of the words of the text are not in ja.tsv" in done.stderr
    done = run("mine-templates", "th.txt", "--units", "words", cwd=tmp_path)
    assert done.returncode == 2 and b"need a lexicon" in done.stderr
    done = run("mine-templates", "th.txt", "--units", "spaces", "-m", "ja.tsv", cwd=tmp_path)
    assert done.returncode == 2 and b"-m is for --units words" in done.stderr
    assert_one_line_error(run("mine-templates", "missing.txt", cwd=tmp_path), "missing.txt: there is no such file")
