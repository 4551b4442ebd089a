"""parse, and evaluate --brackets, through real processes."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from test_cli import assert_one_line_error, run

from minent import Template, TemplateSet

TEXT = "what is the name of the rose?\n\na b\n"
GOLD = "((what is ((the name) of (the rose))) ?)\n\n(a b)\n"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with templates and a text."""
    place = tmp_path_factory.mktemp("parsing")
    patterns = ("[X] of [Y]", "what is [X]", "the [X]")
    about = {"format": "minent templates 1", "units": "spaces", "separator": "space"}
    TemplateSet(map(Template.parse, patterns), 9, about).save(place / "templates.tsv")
    TemplateSet([Template.parse("[X] 的 [Y]")], 9, about | {"units": "words"}).save(place / "words.tsv")
    (place / "text.txt").write_text(TEXT, "utf-8")
    (place / "gold.txt").write_text(GOLD, "utf-8")
    return place


def test_each_line_gets_an_answer(place: Path) -> None:
    done = run("parse", "-m", "templates.tsv", "text.txt", "--format", "brackets", cwd=place)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode() == "((what is ((the (name)) of (the (rose)))) ?)\n\n(a b)\n"
    trees = run("parse", "-m", "templates.tsv", cwd=place, input=TEXT.encode()).stdout.decode()
    assert trees.split("\n\n")[0].startswith("+\n  what is [X]\n    [X] [X] of [Y]\n      [X] the [X]\n")
    assert trees.endswith("  ?\n\n\na b\n\n")
    flat = run("parse", "-m", "templates.tsv", "text.txt", "--expand", cwd=place).stdout.decode()
    assert flat == "what is the [X] of the [Y] ?\n\n[X]\n"
    rows = run("parse", "-m", "templates.tsv", "text.txt", "--format", "json", cwd=place).stdout.decode()
    assert [json.loads(row)["text"] for row in rows.splitlines()] == TEXT.splitlines()


def test_files_and_the_best_few(place: Path) -> None:
    (place / "open.txt").write_text("the a of b", "utf-8")
    call = ["parse", "-m", "templates.tsv", "open.txt", "text.txt", "--nbest", "2"]
    rows = [row.split("\t") for row in run(*call, "--format", "brackets", cwd=place).stdout.decode().splitlines()]
    assert [row[0] for row in rows] == ["1", "1", "2", "2", "3", "4"]
    assert [row[2] for row in rows[:2]] == ["((the (a)) of (b))", "(the ((a) of (b)))"]
    assert float(rows[0][1]) == pytest.approx(-4.394449)
    found = [json.loads(row) for row in run(*call, "--format", "json", cwd=place).stdout.splitlines()]
    assert [row["line"] for row in found] == [1, 1, 2, 2, 3, 4]
    assert run(*call, cwd=place).stdout.decode().startswith("1\t-4.394449\n[X] of [Y]\n  [X] the [X]\n")


def test_a_picture(place: Path) -> None:
    done = run("parse", "-m", "templates.tsv", "text.txt", "--format", "svg", "-o", "trees.svg", cwd=place)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert len(ElementTree.parse(place / "trees.svg").getroot().findall("{http://www.w3.org/2000/svg}g")) == 3
    many = run("parse", "-m", "templates.tsv", "--format", "svg", cwd=place, input=b"a\n" * 1001)
    assert_one_line_error(many, "a picture has up to 1,000 trees")


def test_what_cannot_be_parsed(place: Path) -> None:
    assert_one_line_error(run("parse", "-m", "words.tsv", "text.txt", cwd=place), "give the lexicon")
    (place / "broken.tsv").write_text((place / "templates.tsv").read_text("utf-8") + "[X] [Y]\t1\n", "utf-8")
    assert_one_line_error(run("parse", "-m", "broken.tsv", "text.txt", cwd=place), "broken.tsv, line")
    assert_one_line_error(run("parse", "-m", "text.txt", "text.txt", cwd=place), "not a minent templates file")
    assert_one_line_error(run("parse", "-m", "templates.tsv", cwd=place, input=b"a\xff\n"), "not UTF-8")
    assert run("parse", "-m", "templates.tsv", cwd=place, input=b"").stdout == b""
    for wrong in (["--null-score", "1"], ["--nbest", "-1"], ["--expand", "--format", "json"], ["--max-words", "0"]):
        assert run("parse", "-m", "templates.tsv", "text.txt", *wrong, cwd=place).returncode == 2


def test_evaluate_brackets(place: Path) -> None:
    parsed = run("parse", "-m", "templates.tsv", "text.txt", "--format", "brackets", cwd=place).stdout
    done = run("evaluate", "--brackets", "gold.txt", "-", cwd=place, input=parsed)
    assert (done.returncode, done.stderr) == (0, b"")
    rows = {line[:16].strip(): line[16:].split() for line in done.stdout.decode().splitlines()}
    assert rows["brackets"] == ["3", "3", "3", "1.0000", "1.0000", "1.0000"]
    assert rows["with whole lines"][:3] == ["5", "5", "5"]
    assert rows["left-branching"][:3] == ["3", "5", "0"]
    found = json.loads(run("evaluate", "--brackets", "gold.txt", "-", "--json", cwd=place, input=parsed).stdout)
    assert (found["brackets"]["f"], found["exact_lines"], found["words"]) == (1.0, 3, 9)
    (place / "other.txt").write_text("(a b)\n\n(a b)\n", "utf-8")
    other = run("evaluate", "--brackets", "gold.txt", "other.txt", cwd=place)
    assert other.returncode == 0
    assert "1 of 3 lines differ in their text; each of them counts as if it had no brackets" in other.stderr.decode()
    assert run("evaluate", "--brackets", "gold.txt", "other.txt", "--bootstrap", "9", cwd=place).returncode == 2
    assert_one_line_error(run("evaluate", "--brackets", "gold.txt", "templates.tsv", cwd=place), "templates.tsv, line")
