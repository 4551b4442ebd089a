"""build-lexicon --levels 2 and all that reads such a lexicon, through real processes."""

import json
from pathlib import Path

import pytest
from test_cli import assert_one_line_error, run

CORPORA = Path(__file__).parents[1] / "corpora"
CALL = ("--levels", "2", "--min-phrase-count", "3")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with a text, its words, and its words and phrases."""
    place = tmp_path_factory.mktemp("phrases")
    (place / "en.txt").write_bytes((CORPORA / "en.txt").read_bytes())
    assert run("build-lexicon", "en.txt", "-o", "words.tsv", cwd=place).returncode == 0
    done = run("build-lexicon", "en.txt", "-o", "both.tsv", *CALL, cwd=place)
    assert done.returncode == 0
    assert b" words and " in done.stderr and b" phrases from " in done.stderr
    assert b"; read as phrases " in done.stderr
    return place


def rows_of(lexicon: bytes) -> dict[str, list[str]]:
    lines = [line.split("\t") for line in lexicon.decode().splitlines() if not line.startswith("#")]
    return {word: rest for word, *rest in lines[1:]}


def test_words_stay_and_phrases_come(place: Path) -> None:
    words, both = (rows_of((place / name).read_bytes()) for name in ("words.tsv", "both.tsv"))
    assert {word: row for word, row in both.items() if " " not in word} == words
    phrases = {word: row for word, row in both.items() if " " in word}
    assert len(phrases) > 20
    assert all(all(row) for row in phrases.values())  # the evidence is there


def test_standard_input_can_be_read_twice(place: Path) -> None:
    done = run("build-lexicon", *CALL, input=(place / "en.txt").read_bytes())
    assert done.stdout == (place / "both.tsv").read_bytes()


def test_level_1_is_the_default(place: Path) -> None:
    outputs = [run("segment", "-m", name, "en.txt", cwd=place).stdout for name in ("words.tsv", "both.tsv")]
    assert outputs[0] == outputs[1] != b""


def test_segment_into_phrases(place: Path) -> None:
    done = run("segment", "-m", "both.tsv", "--level", "2", "en.txt", cwd=place)
    assert (done.returncode, done.stderr) == (0, b"")
    lines = done.stdout.decode().split("\n")
    words = run("segment", "-m", "both.tsv", "en.txt", cwd=place).stdout.decode().split("\n")
    assert [line.replace("_", " ") for line in lines] == words  # nothing but phrases is joined
    phrases = [word for line in lines for word in line.split(" ") if "_" in word]
    listed = rows_of((place / "both.tsv").read_bytes())
    assert phrases
    assert all(phrase.replace("_", " ") in listed for phrase in phrases if not any(map(str.isdigit, phrase)))
    spans = run("segment", "-m", "both.tsv", "--level", "2", "en.txt", "--json", cwd=place).stdout.splitlines()
    for line, row in zip(lines, map(json.loads, spans), strict=False):
        assert [row["text"][start:end].replace(" ", "_") for start, end in row["spans"]] == line.split()


def test_segment_can_learn_phrases_from_the_text_itself(place: Path) -> None:
    learnt = run("segment", "--level", "2", input=(place / "en.txt").read_bytes())
    assert b"_" in learnt.stdout
    assert run("segment", "--level", "2", input=b"").returncode == 0
    assert run("segment", "--level", "2", input=b"!!\n").stdout == b"!!\n"


def test_a_lexicon_without_phrases_is_said_to_have_none(place: Path) -> None:
    done = run("segment", "-m", "words.tsv", "--level", "2", "en.txt", cwd=place)
    assert done.returncode == 0
    assert_one_line = done.stderr.decode().splitlines()
    assert len(assert_one_line) == 1 and "has no phrases" in assert_one_line[0]
    assert done.stdout == run("segment", "-m", "words.tsv", "en.txt", cwd=place).stdout


def test_limits_of_phrases_are_for_level_2(place: Path) -> None:
    done = run("build-lexicon", "en.txt", "--min-phrase-count", "3", cwd=place)
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"--levels 2" in done.stderr
    wrong = run("build-lexicon", "en.txt", "--levels", "2", "--max-phrase-length", "1", cwd=place)
    assert (wrong.returncode, wrong.stdout) == (2, b"")
    assert b"from 2 to 16" in wrong.stderr


def test_a_wrong_row_is_still_named(place: Path) -> None:
    (place / "wrong.tsv").write_bytes((place / "both.tsv").read_bytes() + b"two  spaces\t4\n")
    assert_one_line_error(run("segment", "-m", "wrong.tsv", "en.txt", cwd=place), "wrong.tsv", "single spaces")


def test_inspect_explain_and_compare_know_phrases(place: Path) -> None:
    about = run("inspect", "both.tsv", cwd=place).stdout.decode()
    assert "\nphrases: " in about and "\nmin-phrase-pmi: 4.0\n" in about
    first = run("inspect", "both.tsv", "--grep", " ", "--head", "1", cwd=place).stdout.decode().splitlines()[-1]
    phrase = first.split("\t")[0]
    assert " " in phrase
    told = run("explain", "both.tsv", phrase, "of the", "the", "--corpus", "en.txt", "--json", cwd=place)
    rows = [json.loads(line) for line in told.stdout.splitlines()]
    assert [row["rule"] for row in rows] == ["min-phrase-gain", "min-phrase-pmi", "run"]
    assert rows[0]["parts"] == phrase.split(" ")
    assert rows[0]["bonds"][0]["left"] == phrase.split(" ")[0]
    counted = run("count", "en.txt", "-o", "en.mnc", cwd=place)
    assert counted.returncode == 0
    assert b"look it up in a text" in run("explain", "both.tsv", "of the", "--counts", "en.mnc", cwd=place).stdout
    changes = run("compare", "words.tsv", "both.tsv", cwd=place).stdout.decode().splitlines()[1:]
    assert len(changes) > 20
    assert all(row.startswith("added\t") and " " in row.split("\t")[1] for row in changes)


def test_keyness_of_phrases(place: Path) -> None:
    text = (place / "en.txt").read_text("utf-8")
    special = "".join(f"{word} quantum gearbox {word[::-1]}\n" for word in sorted(set(text.split()))[:40])
    (place / "new.txt").write_text(special + text, "utf-8")
    ranked = run("build-lexicon", "new.txt", *CALL, "--background", "both.tsv", cwd=place)
    rows = rows_of(ranked.stdout)
    assert float(rows["quantum gearbox"][-1]) > 0.6
    known = {word: float(row[-1]) for word, row in rows.items() if " " in word and row[-1]}
    assert len(known) == sum(" " in word for word in rows)
    assert min(known.values()) < 0.55
    # Words alone, and counts, know nothing of phrases of runs of letters.
    for background in ("words.tsv", "en.mnc"):
        rows = rows_of(run("build-lexicon", "new.txt", *CALL, "--background", background, cwd=place).stdout)
        assert {row[-1] for word, row in rows.items() if " " in word} == {""}


def test_keyness_of_phrases_by_counts(place: Path) -> None:
    text = (CORPORA / "zh.txt").read_text("utf-8")
    (place / "zh.txt").write_text(text, "utf-8")
    (place / "more.txt").write_text(text + "".join(text.splitlines(keepends=True)[:9]) * 3, "utf-8")
    assert run("count", "zh.txt", "-o", "zh.mnc", cwd=place).returncode == 0
    done = run("build-lexicon", "more.txt", "--levels", "2", "--background", "zh.mnc", cwd=place)
    rows = rows_of(done.stdout)
    known = [float(row[-1]) for word, row in rows.items() if " " in word and row[-1]]
    assert known and max(known) > 0.5 > min(known) - 0.2
