"""explain, compare and build-lexicon --background, through real processes."""

import json
from itertools import product
from pathlib import Path

import pytest
from test_cli import assert_one_line_error, run
from test_commands import WORDS, on_a_terminal, text_of

from minent.cli.output import align, display_width

SPECIAL = "".join(f"{first}鹭津{second}渡口\n" for first, second in product(WORDS, WORDS))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with two corpora, a lexicon of each and counts of the first."""
    place = tmp_path_factory.mktemp("words")
    (place / "a.txt").write_text(text_of(300), "utf-8")
    (place / "b.txt").write_text(text_of(300, seed=2) + SPECIAL, "utf-8")
    for call in ("build-lexicon a.txt -o a.tsv", "build-lexicon b.txt -o b.tsv", "count a.txt -o a.mnc"):
        assert run(*call.split(), cwd=place).returncode == 0
    return place


def fields(output: bytes) -> list[list[str]]:
    return [line.split("\t") for line in output.decode().splitlines()]


# explain -------------------------------------------------------------------------------------------------------------


def test_explain_in_a_pipe_is_rows(place: Path) -> None:
    done = run("explain", "a.tsv", "天地", "地玄", "--corpus", "a.txt", cwd=place)
    assert (done.returncode, done.stderr) == (0, b"")
    rows = fields(done.stdout)
    times = str((place / "a.txt").read_text("utf-8").count("天地"))
    assert [row[1:] for row in rows if row[0] == "天地"][:3] == [["kept", "yes"], ["rule", "min-gain"], rows[2][1:]]
    for row in (["天地", "times", times], ["天地", "as_word", times], ["天地", "lexicon.count", times]):
        assert row in rows
    assert ["天地", "best_cut", "天", "地"] in rows
    assert ["地玄", "kept", "no"] in rows
    assert next(row for row in rows if row[:2] == ["地玄", "cut"])[:3] == ["地玄", "cut", "…地 玄…"]
    assert {row[2] for row in rows if row[:2] == ["地玄", "bond"]} == {"地 玄"}
    assert "keyness" not in done.stdout.decode()


def test_explain_json_has_an_object_for_each_word(place: Path) -> None:
    call = ["explain", "a.tsv", "天地", "地玄", "--json", "--top", "2"]
    records = [json.loads(line) for line in run(*call, "--corpus", "a.txt", cwd=place).stdout.splitlines()]
    assert [record["word"] for record in records] == ["天地", "地玄"]
    assert [record["kept"] for record in records] == [True, False]
    assert records[0]["same_text"] is True
    assert len(records[0]["before"]["units"]) == 2
    by_counts = [json.loads(line) for line in run(*call, "--counts", "a.mnc", cwd=place).stdout.splitlines()]
    for name in ("times", "bonds", "before", "after"):
        assert by_counts[0][name] == records[0][name]
    assert by_counts[0]["as_word"] is None


def test_explain_says_where_its_knowledge_ends(place: Path) -> None:
    done = run("explain", "a.tsv", "天地", cwd=place)
    assert b"what the lexicon itself knows" in done.stderr
    assert ["天地", "rule", "min-gain"] in fields(done.stdout)
    assert not any(row[1] == "times" for row in fields(done.stdout))
    assert b"another text" in run("explain", "a.tsv", "天地", "--corpus", "b.txt", cwd=place).stderr
    assert run("explain", "-q", "a.tsv", "天地", "--corpus", "b.txt", cwd=place).stderr == b""


def test_explain_reads_several_texts_and_standard_input(place: Path) -> None:
    text = (place / "a.txt").read_bytes()
    whole = run("explain", "a.tsv", "天地", "--corpus", "a.txt", cwd=place).stdout
    assert run("explain", "a.tsv", "天地", "--corpus", "-", input=text, cwd=place).stdout == whole
    half = text.rindex(b"\n", 0, len(text) // 2) + 1
    (place / "half").write_bytes(text[:half])
    (place / "rest").write_bytes(text[half:])
    call = ["explain", "a.tsv", "天地", "--corpus", "half", "--corpus", "rest", "--threads", "2"]
    assert run(*call, cwd=place).stdout == whole


def test_explain_on_a_terminal_is_a_table(place: Path) -> None:
    code, shown = on_a_terminal("-q", "explain", "a.tsv", "天地", "地玄", "--corpus", "a.txt", cwd=place)
    lines = shown.replace("\r\n", "\n").split("\n")
    assert code == 0
    assert lines[0] == "天地"
    assert lines[1].startswith("  in the lexicon: it saves ")
    bonds = next(number for number, line in enumerate(lines) if line.startswith("  bond"))
    assert lines[bonds + 1].startswith("  天 地 ")
    # The last column ends below each other, wide characters or not.
    assert len(lines[bonds]) == len(lines[bonds + 1]) + len("天地")
    assert not any("\t" in line for line in lines)


def test_wide_characters_are_counted_right() -> None:
    assert [display_width(text) for text in ("", "ab", "中a", "ｶ", "Ａ", "e\u0301", "か\u3099", "ไม่", "…")] == [
        *(0, 2, 3, 1, 2, 1, 2, 2, 1)
    ]
    assert list(align([("词", "9"), ("words", "1,234")], right={1})) == ["词         9", "words  1,234"]


@pytest.mark.parametrize(
    ("call", "code", "part"),
    [
        ("explain a.tsv", 2, "WORD"),
        ("explain a.tsv 天 --corpus a.txt --counts a.mnc", 2, "Only one"),
        ("explain a.tsv 天 --top -1", 2, "top"),
        ("explain no.tsv 天", 1, "no.tsv"),
        ("explain a.mnc 天", 1, "not a lexicon"),
        ("explain a.tsv 天 --counts a.tsv", 1, "a.tsv"),
        ("explain a.tsv 天 --corpus no.txt", 1, "no.txt"),
        ("compare a.tsv", 2, "B"),
        ("compare a.tsv a.mnc", 1, "not a lexicon"),
        ("build-lexicon a.txt --background no.tsv -o x", 1, "no.tsv"),
        ("build-lexicon a.txt --background a.txt -o x", 1, "a.txt"),
    ],
)
def test_what_goes_wrong(place: Path, call: str, code: int, part: str) -> None:
    done = run(*call.split(), cwd=place)
    assert (done.returncode, done.stdout) == (code, b"")
    assert not (place / "x").exists()
    if code == 1:
        assert_one_line_error(done, part)
    else:
        assert part in done.stderr.decode()


def test_an_empty_word_is_an_error(place: Path) -> None:
    assert_one_line_error(run("explain", "a.tsv", "", cwd=place), "empty")


# compare -------------------------------------------------------------------------------------------------------------


def test_compare_exits_as_diff_does(place: Path) -> None:
    same = run("compare", "a.tsv", "a.tsv", cwd=place)
    assert (same.returncode, same.stdout) == (0, b"")
    assert b"0 added, 0 removed, 0 changed" in same.stderr
    differs = run("compare", "a.tsv", "b.tsv", cwd=place)
    assert differs.returncode == 1
    heading, *rows = fields(differs.stdout)
    assert heading[:4] == ["change", "word", "count_a", "count_b"]
    assert {row[0] for row in rows if row[1] in ("鹭津", "渡口")} == {"added"}
    assert next(row for row in rows if row[1] == "鹭津")[2:4] == ["", "100"]
    summary = " ".join(differs.stderr.decode().split()[1:3])
    assert summary == f"{sum(row[0] == 'added' for row in rows)} added,"
    quiet = run("-q", "compare", "a.tsv", "b.tsv", cwd=place)
    assert (quiet.returncode, quiet.stdout, quiet.stderr) == (1, differs.stdout, b"")


def test_compare_json_has_the_same_rows(place: Path) -> None:
    done = run("-q", "compare", "a.tsv", "b.tsv", "--json", cwd=place)
    records = [json.loads(line) for line in done.stdout.splitlines()]
    rows = fields(run("-q", "compare", "a.tsv", "b.tsv", cwd=place).stdout)
    assert [record["word"] for record in records] == [row[1] for row in rows[1:]]
    assert list(records[0]) == rows[0]
    added = next(record for record in records if record["word"] == "鹭津")
    assert (added["count_a"], added["count_b"], added["count_ratio"]) == (None, 100, None)


def test_compare_sees_that_text_becomes_other_units(place: Path) -> None:
    (place / "runs.tsv").write_bytes((place / "a.tsv").read_bytes().replace(b"# runs: digits,letters", b"# runs: none"))
    done = run("compare", "a.tsv", "runs.tsv", cwd=place)
    assert (done.returncode, done.stdout) == (1, b"")
    assert b"units in another way" in done.stderr


# background ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("background", ["a.tsv", "a.mnc"])
def test_a_background_brings_up_what_is_special(place: Path, background: str) -> None:
    done = run("build-lexicon", "b.txt", "--background", background, cwd=place)
    assert done.returncode == 0
    header = [line for line in done.stdout.decode().splitlines() if line.startswith("#")]
    assert f"# background: {'lexicon' if background == 'a.tsv' else 'counts'}" in header
    digest = next(line for line in (place / "a.tsv").read_text("utf-8").splitlines() if "corpus-digest" in line)
    assert digest.replace("corpus-digest", "background-corpus") in header
    names, *rows = fields(done.stdout)[len(header) :]
    assert names[-1] == "keyness"
    assert {row[0] for row in rows[:2]} == {"鹭津", "渡口"}
    assert {row[0] for row in rows} == {row[0] for row in fields((place / "b.tsv").read_bytes()) if len(row) == 6} - {
        "word"
    }


def test_a_ranked_lexicon_is_used_as_any_other(place: Path) -> None:
    call = "build-lexicon b.txt --background a.tsv --force -o ranked.tsv"
    assert run(*call.split(), cwd=place).returncode == 0
    as_json = run(*call.split()[:4], "--json", cwd=place).stdout
    first = json.loads(as_json.splitlines()[0])
    assert 0.5 < first["keyness"] < 1
    shown = run("inspect", "ranked.tsv", "--head", "1", "--json", cwd=place).stdout
    assert json.loads(shown)["word"] == first["word"]
    assert set(json.loads(shown)) == set(first)
    segmented = [run("segment", "-m", model, "b.txt", cwd=place).stdout for model in ("ranked.tsv", "b.tsv")]
    assert segmented[0] == segmented[1]
    explained = fields(run("explain", "ranked.tsv", "鹭津", cwd=place).stdout)
    assert ["鹭津", "lexicon.keyness"] in [row[:2] for row in explained]
