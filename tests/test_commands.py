"""What each command does, through real processes.  Its manners are in tests/test_cli.py."""

import json
import os
import random
import re
import select
import shlex
import signal
import subprocess
import termios
from pathlib import Path

import pytest
from test_cli import ENVIRONMENT, MINENT, assert_one_line_error, run

from minent.widths import display_width

WORDS = ("天地", "玄黄", "宇宙", "洪荒", "日月", "盈昃", "辰宿", "列张", "寒来暑往", "秋收冬藏")


def text_of(lines: int, seed: int = 1) -> str:
    draw = random.Random(seed)
    return "".join("".join(draw.choices(WORDS, k=12)) + "。\n" for _ in range(lines))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with a corpus, its lexicon and its counts."""
    place = tmp_path_factory.mktemp("commands")
    (place / "corpus.txt").write_text(text_of(300), encoding="utf-8")
    for call in ("build-lexicon corpus.txt -o lexicon.tsv", "count corpus.txt -o counts.mnc"):
        done = run(*call.split(), cwd=place)
        assert done.returncode == 0, done.stderr.decode()
    return place


def words_in(lexicon: bytes) -> list[str]:
    rows = [line for line in lexicon.decode().splitlines() if not line.startswith("#")]
    assert rows[0].startswith("word\tcount\t")
    return [row.split("\t")[0] for row in rows[1:]]


def names(directory: Path) -> set[str]:
    return {path.name for path in directory.iterdir()}


def test_build_lexicon_finds_the_words(place: Path) -> None:
    assert set(words_in((place / "lexicon.tsv").read_bytes())) >= set(WORDS)


def test_build_lexicon_from_standard_input_to_standard_output(place: Path) -> None:
    corpus = (place / "corpus.txt").read_bytes()
    piped = run("build-lexicon", input=corpus)
    assert piped.returncode == 0
    assert piped.stdout == (place / "lexicon.tsv").read_bytes()
    assert run("-q", "build-lexicon", "-", "-o", "-", input=corpus).stdout == piped.stdout


def test_the_lexicon_is_the_same_for_any_threads_and_any_order_of_files(place: Path, tmp_path: Path) -> None:
    lines = (place / "corpus.txt").read_bytes().splitlines(keepends=True)
    (tmp_path / "a").write_bytes(b"".join(lines[:100]))
    (tmp_path / "b").write_bytes(b"".join(lines[100:]))
    expected = (place / "lexicon.tsv").read_bytes()
    for call in ("a b --threads 1", "b a --threads 2", ". --threads 3"):
        assert run("build-lexicon", *call.split(), cwd=tmp_path).stdout == expected


def test_build_lexicon_json_has_the_same_words(place: Path) -> None:
    done = run("build-lexicon", "corpus.txt", "--json", cwd=place)
    records = [json.loads(line) for line in done.stdout.splitlines()]
    assert [record["word"] for record in records] == words_in((place / "lexicon.tsv").read_bytes())
    assert set(records[0]) == {"word", "count", "pmi", "left_entropy", "right_entropy", "score"}


def test_build_lexicon_options_reach_the_work_and_the_header(place: Path) -> None:
    call = "build-lexicon corpus.txt --min-count 7 --max-word-length 2 --max-words 5 --runs none --normalize nfkc"
    done = run(*call.split(), cwd=place)
    header = done.stdout.decode()
    for line in ("# min-count: 7", "# max-word-length: 2", "# max-words: 5", "# runs: none", "# normalize: nfkc"):
        assert line + "\n" in header
    assert "寒来暑往" not in words_in(done.stdout)
    assert str(place) not in header


def test_build_lexicon_by_merging_says_how_the_description_falls(place: Path) -> None:
    done = run("-v", "build-lexicon", "corpus.txt", "--method", "merging", cwd=place)
    assert done.returncode == 0
    assert set(words_in(done.stdout)) >= {"天地", "寒来暑往"}
    assert "# method: merging\n" in done.stdout.decode()
    said = done.stderr.decode()
    falling = [int(bits.replace(",", "")) for bits in re.findall("merging: ([0-9,]+) bits", said)]
    assert falling[0] > falling[1]
    summary = re.search("lexicon and text ([0-9,]+) bits, ([0-9,]+) before", said)
    assert summary
    after, before = (int(bits.replace(",", "")) for bits in summary.groups())
    assert after < before == falling[0]
    assert f"# description-bits: {after}\n" in done.stdout.decode()
    done = run("build-lexicon", "corpus.txt", "--method", "merging", "--min-gain", "1", cwd=place)
    assert done.returncode == 2
    assert b"autonomy" in done.stderr


@pytest.mark.parametrize("text", [b"", b"\n\n", "，。！\n".encode()])
def test_build_lexicon_of_no_words_is_one_error_and_no_output(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "corpus.txt").write_bytes(text)
    done = run("-q", "build-lexicon", "corpus.txt", "-o", "lexicon.tsv", cwd=tmp_path)
    assert_one_line_error(done, "no letters")
    assert (done.stdout, names(tmp_path)) == (b"", {"corpus.txt"})


@pytest.mark.parametrize("call", ["build-lexicon corpus.txt", "count corpus.txt", "segment -m lexicon.tsv corpus.txt"])
def test_an_existing_output_needs_force(place: Path, tmp_path: Path, call: str) -> None:
    target = tmp_path / "out"
    target.write_bytes(b"old")
    assert_one_line_error(run("-q", *call.split(), "-o", target, cwd=place), "out: the file exists", "--force")
    assert target.read_bytes() == b"old"
    assert run("-q", *call.split(), "-o", target, "--force", cwd=place).returncode == 0
    assert len(target.read_bytes()) > 3
    assert names(tmp_path) == {"out"}


def test_invalid_text_is_named_by_its_byte_or_replaced(place: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.txt").write_bytes("天地\n".encode() + b"\xff\n")
    call = ["-q", "segment", "-m", place / "lexicon.tsv", "bad.txt"]
    done = run(*call, "-o", "out.txt", cwd=tmp_path)
    assert_one_line_error(done, "bad.txt, byte 7")
    assert names(tmp_path) == {"bad.txt"}
    assert run(*call, "--errors", "skip", cwd=tmp_path).stdout == "天地\n\n".encode()
    assert run(*call, "--errors", "replace", cwd=tmp_path).stdout == "天地\n\ufffd\n".encode()


def test_a_signal_while_reading_leaves_no_file(place: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
        process = subprocess.Popen(
            [*MINENT, "-q", "build-lexicon", "pipe", "-o", "out.tsv"],
            env=ENVIRONMENT,
            cwd=tmp_path,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        with pipe.open("wb"):  # waits until the program has opened it too
            # Where there are files without names nothing else is to be seen meanwhile.
            assert all(name.startswith(".minent-") for name in names(tmp_path) - {"pipe"})
            process.send_signal(number)
            out, err = process.communicate()
        assert (process.returncode, out, err) == (code, b"", b"")
        assert names(tmp_path) == {"pipe"}


def test_segment_with_a_model(place: Path) -> None:
    done = run("segment", "-m", place / "lexicon.tsv", input="天地玄黄，宇宙洪荒。\n\n日月".encode())
    assert done.stdout.decode() == "天地 玄黄 ， 宇宙 洪荒 。\n\n日月"


def test_segment_with_another_delimiter(place: Path) -> None:
    done = run("segment", "-m", place / "lexicon.tsv", "-d", "|", input="天地玄黄|".encode())
    assert done.stdout.decode() == "天地|玄黄|\\|"


def test_segment_json_spans_rebuild_each_line(place: Path) -> None:
    lines = ["  天地 玄黄，", "", "宇宙\t洪荒\r", "日月"]
    done = run("segment", "-m", place / "lexicon.tsv", "--json", input="\n".join(lines).encode())
    records = [json.loads(line) for line in done.stdout.decode().split("\n")[:-1]]
    assert [record["text"] for record in records] == lines
    words = [[record["text"][start:end] for start, end in record["spans"]] for record in records]
    assert words == [["天地", "玄黄", "，"], [], ["宇宙", "洪荒"], ["日月"]]


def test_segment_without_a_model_learns_from_the_text_and_says_so(place: Path) -> None:
    corpus = (place / "corpus.txt").read_bytes()
    done = run("segment", input=corpus)
    assert done.returncode == 0
    assert b"learning a lexicon from the text itself" in done.stderr
    assert b"temporary file" in done.stderr
    assert done.stdout == run("segment", "-m", "lexicon.tsv", "corpus.txt", cwd=place).stdout
    quiet = run("segment", "-q", "corpus.txt", cwd=place)
    assert (quiet.stdout, quiet.stderr) == (done.stdout, b"")


@pytest.mark.parametrize("model", [[], ["-m", "lexicon.tsv"]])
def test_segment_of_nothing_is_nothing(place: Path, model: list[str]) -> None:
    done = run("segment", "-q", *model, input=b"", cwd=place)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_segment_keeps_the_last_line_of_a_file_apart_from_the_next_file(place: Path, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("天地", encoding="utf-8")
    (tmp_path / "b").write_text("玄黄\n", encoding="utf-8")
    done = run("segment", "-m", place / "lexicon.tsv", "a", "b", "a", cwd=tmp_path)
    assert done.stdout.decode() == "天地\n玄黄\n天地"


def test_segment_names_the_wrong_line_of_an_edited_lexicon(place: Path, tmp_path: Path) -> None:
    lexicon = (place / "lexicon.tsv").read_text(encoding="utf-8")
    line = lexicon.count("\n") + 1
    (tmp_path / "wrong.tsv").write_text(lexicon + "新词\tmany\n", encoding="utf-8")
    done = run("-q", "segment", "-m", tmp_path / "wrong.tsv", input=b"")
    assert_one_line_error(done, f"wrong.tsv, line {line}", "'many'")


def test_segment_uses_a_word_added_by_hand_and_says_that_the_lexicon_is_edited(place: Path, tmp_path: Path) -> None:
    lexicon = (place / "lexicon.tsv").read_text(encoding="utf-8")
    (tmp_path / "mine.tsv").write_text(lexicon + "天地玄黄\t9999\n", encoding="utf-8")
    done = run("segment", "-m", tmp_path / "mine.tsv", input="天地玄黄\n".encode())
    assert done.stdout.decode() == "天地玄黄\n"
    assert b"edited by hand" in done.stderr


def test_segment_answers_line_by_line(place: Path) -> None:
    process = subprocess.Popen(
        [*MINENT, "segment", "-m", place / "lexicon.tsv", "--line-buffered"],
        env=ENVIRONMENT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    for question, answer in (("天地玄黄", "天地 玄黄"), ("日月盈昃", "日月 盈昃")):
        process.stdin.write(question.encode() + b"\n")
        process.stdin.flush()
        ready, _, _ = select.select([process.stdout], [], [], 120)
        assert ready, "no answer before the end of the input"
        assert process.stdout.readline().decode() == answer + "\n"
    process.stdin.close()
    assert process.stdout.read() == b""
    process.stdout.close()
    assert process.wait() == 0


def test_head_stops_the_program_silently_under_pipefail(place: Path) -> None:
    (place / "long.txt").write_text(text_of(20_000), encoding="utf-8")
    call = shlex.join([*MINENT, "-q", "segment", "-m", "lexicon.tsv", "long.txt"])
    done = subprocess.run(
        ["bash", "-c", f'set -o pipefail; {call} | head -n 1; echo "${{PIPESTATUS[0]}}"'],
        env=ENVIRONMENT,
        cwd=place,
        capture_output=True,
        check=False,
    )
    assert done.stdout.decode().splitlines()[1:] == ["0"]
    assert done.stderr == b""


def test_quiet_and_verbose_on_either_side(place: Path) -> None:
    call = ["build-lexicon", "corpus.txt"]
    assert b"digest" in run(*call, cwd=place).stderr
    for quiet in (["-q", *call], [*call, "-q"], ["--quiet", *call]):
        assert run(*quiet, cwd=place).stderr == b""
    for verbose in (["-v", *call], [*call, "--verbose"]):
        assert b"minent: counting\n" in run(*verbose, cwd=place).stderr


@pytest.mark.parametrize("call", ["build-lexicon", "-q count -o out.mnc"])
def test_dry_run_lists_the_inputs_and_does_nothing(place: Path, tmp_path: Path, call: str) -> None:
    corpus = place / "corpus.txt"
    done = run(*call.split(), corpus, corpus, "--dry-run", cwd=tmp_path)
    row = f"{corpus.stat().st_size}\t1\t{corpus}\n"
    assert done.stdout.decode() == "bytes\tdocuments\tinput\n" + 2 * row
    assert (done.stderr, names(tmp_path)) == (b"", set())
    assert_one_line_error(run(*call.split(), "no.txt", "--dry-run", cwd=tmp_path), "no.txt")


@pytest.mark.parametrize(
    ("call", "part"),
    [
        ("evaluate corpus.txt corpus.txt --bootstrap -1", "bootstrap"),
        ("count corpus.txt", "Missing option '-o'"),
        ("count corpus.txt -o x --order 0", "order"),
        ("count corpus.txt -o x --threads 0", "threads"),
        ("build-lexicon corpus.txt --max-word-length 0", "max_word_length"),
        ("build-lexicon corpus.txt --runs all", "runs"),
        ("inspect lexicon.tsv --grep (", "regular expression"),
    ],
)
def test_impossible_options_are_a_wrong_call(place: Path, call: str, part: str) -> None:
    done = run(*call.split(), cwd=place)
    assert (done.returncode, done.stdout) == (2, b"")
    assert part in done.stderr.decode()
    assert "x" not in names(place)


@pytest.mark.parametrize("call", ["build-lexicon", "count -o x", "segment"])
def test_nothing_to_read_on_a_terminal_shows_the_help(call: str, tmp_path: Path) -> None:
    master, slave = os.openpty()
    done = run(*call.split(), stdin=slave, cwd=tmp_path)
    os.close(slave)
    os.close(master)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.startswith(b"Usage: minent " + call.split()[0].encode())


def on_a_terminal(*arguments: str, cwd: Path) -> tuple[int, str]:
    """Run with stdout and stderr on a terminal; return the exit code and what the terminal got."""
    master, slave = os.openpty()
    termios.tcsetwinsize(slave, (24, 80))
    process = subprocess.Popen(
        [*MINENT, *arguments], env=ENVIRONMENT, cwd=cwd, stdin=subprocess.DEVNULL, stdout=slave, stderr=slave
    )
    os.close(slave)
    shown = b""
    while True:
        try:
            data = os.read(master, 1 << 16)
        except OSError:  # how Linux reports that the other end is closed
            data = b""
        if not data:
            break
        shown += data
    os.close(master)
    return process.wait(), shown.decode()


def test_a_terminal_shows_controls_and_a_pipe_gets_them(place: Path, tmp_path: Path) -> None:
    (tmp_path / "text").write_text("天\x1b]0;evil\x07地\x9b31m\r日月\r\n", encoding="utf-8")
    call = ["-q", "segment", "-m", str(place / "lexicon.tsv"), "text"]
    code, shown = on_a_terminal(*call, cwd=tmp_path)
    assert code == 0
    assert "\x1b" not in shown
    assert "\x07" not in shown
    assert "\x9b" not in shown
    assert "\\x1b" in shown
    assert "\\x9b" in shown
    assert "\\r" in shown
    piped = run(*call, cwd=tmp_path).stdout
    assert b"\x1b" in piped
    assert "\x9b".encode() in piped


def test_rows_are_a_table_on_a_terminal(place: Path, tmp_path: Path) -> None:
    _, shown = on_a_terminal("inspect", "lexicon.tsv", "--head", "300", cwd=place)
    heading, *rows = shown.replace("\r\n", "\n").rstrip("\n").split("\n")
    assert heading.split() == ["word", "count", "pmi", "left_entropy", "right_entropy", "score"]
    assert len({display_width(row) for row in rows if len(row.split()) == 6}) == 1
    piped = run("inspect", "lexicon.tsv", "--head", "300", cwd=place).stdout.decode().splitlines()
    assert [row.split()[0] for row in rows] == [row.split("\t")[0] for row in piped if not row.startswith("#")][1:]
    columns = "word\tcount\tpmi\tleft_entropy\tright_entropy\tscore"
    (tmp_path / "long.tsv").write_text(f"# format: minent lexicon 1\n{columns}\n{'長' * 99}\t1\n", "utf-8")
    _, shown = on_a_terminal("compare", str(place / "lexicon.tsv"), "long.tsv", cwd=tmp_path)
    assert "長" * 20 + "…" in shown
    assert "長" * 23 not in shown
    assert on_a_terminal("compare", "long.tsv", "long.tsv", cwd=tmp_path)[0] == 0


def test_a_bar_is_shown_on_a_terminal_only(place: Path) -> None:
    code, shown = on_a_terminal("build-lexicon", "corpus.txt", "-o", "/dev/null", cwd=place)
    assert code == 0
    assert "reading" in shown
    assert "digest" in shown
    _, quiet = on_a_terminal("-q", "build-lexicon", "corpus.txt", "-o", "/dev/null", cwd=place)
    assert quiet == ""
    assert b"reading" not in run("build-lexicon", "corpus.txt", cwd=place).stderr


def test_count_and_inspect_rows(tmp_path: Path) -> None:
    (tmp_path / "text").write_bytes(b"#a\\\n#\tb\r\n")
    for call in ("count text -o counts.mnc --order 2", "count text -o bytes.mnc --alphabet bytes --order 1"):
        assert run("-q", *call.split(), cwd=tmp_path).returncode == 0
    shown = run("inspect", "counts.mnc", "--tsv", cwd=tmp_path).stdout.decode().split("\n")
    rows = [line for line in shown if not line.startswith("# ")]
    assert rows == [
        "ngram\tcount",
        "\\t\t1",
        "\\r\t1",
        "\\#\t2",
        "\\\\\t1",
        "a\t1",
        "b\t1",
        "\\tb\t1",
        "\\#\\t\t1",
        "\\#a\t1",
        "a\\\\\t1",
        "b\\r\t1",
        "",
    ]
    assert "# alphabet: characters" in shown
    described = run("inspect", "counts.mnc", cwd=tmp_path).stdout.decode()
    assert "format: minent counts 1\n" in described
    assert "1-grams: 6\n2-grams: 5\n" in described
    as_json = run("inspect", "counts.mnc", "--json", "--grep", r"^\t", cwd=tmp_path).stdout
    assert [json.loads(line) for line in as_json.splitlines()] == [
        {"ngram": "\t", "count": 1},
        {"ngram": "\tb", "count": 1},
    ]
    assert b"\n0a\t2\n" in run("inspect", "bytes.mnc", "--tsv", cwd=tmp_path).stdout


def test_count_to_standard_output_is_the_file(place: Path) -> None:
    assert run("count", "corpus.txt", "-o", "-", cwd=place).stdout == (place / "counts.mnc").read_bytes()


def test_inspect_a_lexicon(place: Path) -> None:
    description = run("inspect", "lexicon.tsv", cwd=place).stdout.decode()
    assert description.startswith("format: minent lexicon 1\nminent: ")
    words = words_in((place / "lexicon.tsv").read_bytes())
    assert description.endswith(f"words: {len(words)}\n")
    about = json.loads(run("inspect", "lexicon.tsv", "--json", cwd=place).stdout)
    assert about["words"] == len(words)
    assert words_in(run("inspect", "lexicon.tsv", "--tsv", cwd=place).stdout) == words
    assert words_in(run("inspect", "lexicon.tsv", "--head", "3", cwd=place).stdout) == words[:3]
    found = words_in(run("inspect", "lexicon.tsv", "--grep", r"^\p{Han}来", cwd=place).stdout)
    assert found == [word for word in words if word[1:2] == "来"]
    assert "寒来暑往" in found


def test_a_lexicon_can_come_through_a_pipe(place: Path) -> None:
    lexicon = (place / "lexicon.tsv").read_bytes()
    expected = run("inspect", "lexicon.tsv", cwd=place).stdout
    assert run("inspect", "-", input=lexicon).stdout == expected
    segmented = run("segment", "-q", "-m", "/dev/stdin", place / "corpus.txt", input=lexicon).stdout
    assert segmented == run("segment", "-q", "-m", "lexicon.tsv", "corpus.txt", cwd=place).stdout


def test_inspect_what_is_not_ours(place: Path) -> None:
    assert_one_line_error(
        run("inspect", "corpus.txt", cwd=place),
        "corpus.txt: this is no lexicon, tokenizer, tagger, templates or counts",
    )
    assert_one_line_error(run("inspect", ".", cwd=place), "Is a directory")
    damaged = bytearray((place / "counts.mnc").read_bytes())
    damaged[-100] ^= 1
    (place / "damaged.mnc").write_bytes(damaged)
    assert_one_line_error(run("inspect", "damaged.mnc", cwd=place), "damaged")


def test_evaluate_prints_a_table_or_json(tmp_path: Path) -> None:
    (tmp_path / "gold").write_text("最小 熵 原理\n好 。\n", encoding="utf-8")
    (tmp_path / "known").write_text("原理\n好\n", encoding="utf-8")
    segmented = "最小 熵原 理\n好。\n".encode()
    done = run("evaluate", "gold", "-", "--vocab", "known", input=segmented, cwd=tmp_path)
    lines = done.stdout.decode().splitlines()
    rows = [line.split() for line in lines]
    assert rows[1] == ["words", "5", "4", "1", "0.2500", "0.2000", "0.2222"]
    assert rows[2] == ["boundaries", "3", "2", "1", "0.5000", "0.3333", "0.4000"]
    assert lines[4] == "OOV rate 0.6000, OOV recall 0.3333, IV recall 0.0000"
    done = run("evaluate", "gold", "-", "--json", "--punct", "drop", "--bootstrap", "9", input=segmented, cwd=tmp_path)
    scores = json.loads(done.stdout)
    assert (scores["words"]["gold"], scores["words"]["correct"], scores["lines"]) == (4, 1, 2)
    assert len(scores["words"]["f_interval"]) == 2
    assert scores["vocabulary"] is None


def test_evaluate_reports_lines_that_differ(tmp_path: Path) -> None:
    (tmp_path / "gold").write_text("天地 玄黄\n宇宙\n", encoding="utf-8")
    done = run("-q", "evaluate", "gold", "-", input="天地\n宇宙\n".encode(), cwd=tmp_path)
    assert done.returncode == 0
    assert "1 of 2 lines differ" in done.stderr.decode()
    assert "line 1: the gold text has '天地玄黄', the segmentation '天地'" in done.stderr.decode()
    assert_one_line_error(run("evaluate", "gold", "-", input=b"\xe5\xa4\xa9", cwd=tmp_path), "2 lines", "1;")


def test_text_without_words_is_cut_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "marks").write_text("。，！\n\n、、 ……\n", "utf-8")
    assert run("segment", "marks", cwd=tmp_path).stdout.decode() == "。 ， ！\n\n、、 ……\n"
    assert_one_line_error(run("build-lexicon", "marks", cwd=tmp_path), "no words to find")
