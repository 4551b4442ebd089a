"""What commands do with tokenizers, through real processes."""

import json
import random
import subprocess
from pathlib import Path

import pytest
from test_cli import ENVIRONMENT, MINENT, assert_one_line_error, run

from minent import Tokenizer, Vocabulary, VocabularyOptions
from minent.vocabulary import BYTEPIECE

BYTES = [bytes([byte]) for byte in range(256)]
PIECES = ["天地", "玄黄", "天地玄黄", "of", " of", " of the", "the", "he", "\n\n", "。\n"]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with two tokenizers and a text."""
    place = tmp_path_factory.mktemp("tokens")
    for name, pieces in (("t.json", PIECES), ("u.json", PIECES[1:])):
        counts = [*([1] * 256), *range(5, 5 + len(pieces))]
        options = VocabularyOptions(special_ids="start", normalization="none")
        Vocabulary([*BYTES, *(piece.encode() for piece in pieces)], counts, options).save(place / name)
    Vocabulary(BYTES, [1] * 256, BYTEPIECE).save_bytepiece(place / "bp")
    (place / "text").write_text("天地玄黄 of the 天地。\n\n\nlast of the", "utf-8")
    return place


def out(place: Path, *call: str, data: bytes = b"") -> bytes:
    done = run(*call, cwd=place, input=data)
    assert (done.returncode, done.stderr) == (0, b""), done.stderr.decode()
    return done.stdout


def any_bytes(size: int) -> bytes:
    draw = random.Random(4)
    parts = ["天地玄黄".encode(), b" of the", b"\n", b"\xff", b"\xef\xbb\xbf", b"\r\n", b"\x00", b"\xe5\xa4"]
    return b"".join(draw.choices(parts, k=size))


@pytest.mark.parametrize(
    "data", [b"", b"\n", b"\n\n\n", b"a", b"\xef\xbb\xbfa\r\n", b"\xff\xfe\n\x80", any_bytes(20000)]
)
@pytest.mark.parametrize("threads", ["1", "3"])
def test_every_byte_comes_back(place: Path, data: bytes, threads: str) -> None:
    ids = out(place, "-q", "encode", "-m", "t.json", "--threads", threads, data=data)
    assert ids.count(b"\n") == data.count(b"\n") + (data[-1:] not in (b"", b"\n"))
    assert out(place, "-q", "decode", "-m", "t.json", data=ids) == data
    assert out(place, "-q", "decode", "-m", "t.json", data=ids.replace(b"\n", b" ").replace(b" ", b"\r\n\t")) == data


def test_lines_longer_than_what_is_read_at_once(place: Path) -> None:
    data = "天地玄黄 of the ".encode() * 150_000 + b"\n" + b"x" * 2_500_000
    ids = out(place, "-q", "encode", "-m", "t.json", data=data)
    assert [len(line) > 1000 for line in ids.splitlines()] == [True, True]
    tokenizer = Tokenizer.load(place / "t.json")
    assert ids.split() == b" ".join(b"%d" % number for number in tokenizer.encode(data)).split()
    assert out(place, "-q", "decode", "-m", "t.json", data=ids) == data


def test_no_piece_goes_on_over_a_line_end(place: Path) -> None:
    tokenizer = Tokenizer.load(place / "t.json")
    lines = (place / "text").read_bytes().splitlines(keepends=True)
    expected = "".join(" ".join(map(str, tokenizer.encode(line).tolist())) + "\n" for line in lines)
    assert out(place, "encode", "-m", "t.json", "text").decode() == expected
    assert tokenizer.piece_to_id("\n\n") not in map(int, expected.split())


def test_formats(place: Path) -> None:
    pieces = out(place, "encode", "-m", "t.json", "--format", "pieces", data=b"of the\\\t\xff\n x").decode()
    assert pieces == "of \\s the \\\\ \\t \\xff \\n\n\\s x\n"
    rows = out(place, "encode", "-m", "t.json", "--format", "json", data="天地\u2028\n".encode()).decode()
    assert rows.count("\n") == 1 and "\u2028" not in rows
    record = json.loads(rows)
    assert record["text"] == "天地\u2028\n"
    assert record["pieces"][0] == "天地" and len(record["ids"]) == len(record["pieces"])


def test_nbest_and_drawing(place: Path) -> None:
    rows = out(place, "encode", "-m", "t.json", "--nbest", "3", data="天地玄黄\nof\n".encode()).decode().splitlines()
    table = [row.split("\t") for row in rows]
    assert [row[0] for row in table] == ["1", "1", "1", "2", "2"]
    assert float(table[0][1]) > float(table[1][1]) > float(table[2][1])
    best = out(place, "encode", "-m", "t.json", data="天地玄黄\nof\n".encode()).decode().splitlines()
    assert [table[0][2], table[3][2]] == best
    text = "天地玄黄 of the\n".encode() * 30
    calls = [("--alpha", "0.1", "--seed", seed) for seed in ("1", "1", "2")]
    first, again, other = (out(place, "encode", "-m", "t.json", *call, data=text) for call in calls)
    assert first == again != other
    assert len(set(first.splitlines())) > 5  # the same line elsewhere is drawn anew
    assert out(place, "decode", "-m", "t.json", data=first) == text
    ways = out(place, "encode", "-m", "t.json", "--nbest", "2", "--format", "json", data=b"of\n").decode().splitlines()
    assert [json.loads(way)["line"] for way in ways] == [1, 1]


def test_special_tokens(place: Path) -> None:
    text = b"a<eos>b\n"
    assert out(place, "encode", "-m", "t.json", "--specials", data=text).split()[1] == b"2"
    plain = out(place, "encode", "-m", "t.json", data=text)
    assert b"2" not in plain.split()
    assert out(place, "decode", "-m", "t.json", data=b"2 100 1") == b"a"
    assert out(place, "decode", "-m", "t.json", "--keep-specials", data=b"2 100 1") == b"<eos>a<bos>"


@pytest.mark.parametrize(
    ("ids", "parts"),
    [
        (b"5 6\n7 x\n", ("line 2", "'x'")),
        (b"1\n\n\n99999", ("line 4", "'99999'", "0 to 268")),
        (b"5 -1", ("line 1", "'-1'")),
        (b"1.5", ("'1.5'",)),
        (b"12345678901234567890", ("'12345678901234567890'",)),
        (b"\xff", ("line 1", "\\xff")),
    ],
)
def test_what_is_no_id(place: Path, ids: bytes, parts: tuple[str, ...]) -> None:
    assert_one_line_error(run("decode", "-m", "t.json", input=ids, cwd=place), "<stdin>", *parts)


@pytest.mark.parametrize("command", ["encode", "decode", "segment", "evaluate"])
def test_what_is_no_tokenizer(place: Path, tmp_path: Path, command: str) -> None:
    content = json.loads((place / "t.json").read_text("utf-8"))
    content["pieces"][97][1] = 7
    (tmp_path / "bad.json").write_text(json.dumps(content), "utf-8")
    done = run(command, "-m", tmp_path / "bad.json", place / "text")
    assert_one_line_error(done, "bad.json", "checksum")
    assert_one_line_error(run(command, "-m", tmp_path / "none.json", place / "text"), "none.json")


@pytest.mark.parametrize(
    "call",
    [
        ("encode", "text"),
        ("encode", "-m", "t.json", "--alpha", "0.1", "--nbest", "2", "text"),
        ("encode", "-m", "t.json", "--alpha", "nan", "text"),
        ("encode", "-m", "t.json", "--seed", "-1", "text"),
        ("encode", "-m", "t.json", "--nbest", "-2", "text"),
        ("evaluate", "text"),
        ("evaluate", "-m", "t.json", "--bootstrap", "5", "text"),
        ("compare", "a.tsv", "b.tsv", "text"),
    ],
)
def test_wrong_calls(place: Path, call: tuple[str, ...]) -> None:
    done = run(*call, cwd=place)
    assert done.returncode == 2
    assert done.stderr.startswith(b"Usage: ")


def test_segment(place: Path) -> None:
    text = "天地玄黄 of the 天地。\r\n\nx\u2028of\n"
    assert (
        out(place, "segment", "-m", "t.json", data=text.encode()).decode() == "天地玄黄 of the 天地 。\r\n\nx\u2028of\n"
    )
    rows = out(place, "segment", "-m", "t.json", "--json", data=text.encode()).decode().splitlines()
    assert json.loads(rows[0]) == {"text": text[:16], "spans": [[0, 4], [5, 7], [8, 11], [12, 14], [14, 15]]}
    # A byte that is a piece is no word: characters stay whole, and so they do in a line that is read in parts.
    long = "日月天地玄黄" * 300_000
    found = out(place, "segment", "-m", "t.json", data=long.encode()).decode().rstrip("\n")
    assert found == " ".join(["日", "月", "天地玄黄"] * 300_000)


def test_segment_leaves_the_text_as_it_is(place: Path) -> None:
    assert out(place, "segment", "-m", "bp", data="e\u0301x".encode()).decode() == "e \u0301 x"


def test_evaluate(place: Path) -> None:
    rows = [json.loads(row) for row in out(place, "evaluate", "-m", "t.json", "--json", "text").decode().splitlines()]
    text = (place / "text").read_bytes()
    tokens = Tokenizer.load(place / "t.json").encode(text).size
    for row in rows[:2]:
        assert (row["bytes"], row["characters"], row["tokens"]) == (len(text), len(text.decode()), tokens)
        assert row["bytes_per_token"] == pytest.approx(len(text) / tokens)
        assert row["tokens_per_character"] == pytest.approx(tokens / len(text.decode()))
    scripts = {row["name"]: row for row in rows if row["kind"] == "script"}
    assert set(scripts) == {"Han", "Latin", "marks", "white space"}
    assert sum(row["bytes"] for row in scripts.values()) == len(text)
    entropies = [row["entropy"] * row["bytes"] for row in scripts.values()]
    assert sum(entropies) == pytest.approx(rows[1]["entropy"] * len(text))
    table = out(place, "evaluate", "-m", "t.json", "text").decode().splitlines()
    assert table[0].split()[:3] == ["bytes", "characters", "tokens"]
    assert [row.split()[0] for row in table[1:3]] == ["text", "all"]
    assert (
        json.loads(out(place, "evaluate", "-m", "t.json", "--json", "-", data=b"").splitlines()[0])["entropy"] is None
    )


def test_inspect(place: Path) -> None:
    about = out(place, "inspect", "t.json").decode()
    assert (
        "format: minent tokenizer 2\n" in about and "ids: 269\n" in about and "specials: <pad> <bos> <eos>\n" in about
    )
    rows = out(place, "inspect", "t.json", "--grep", "the").decode().splitlines()
    assert "piece\tid\tcount\tscore" in rows
    assert [row.split("\t")[0] for row in rows[-2:]] == ["the", "\\sof\\sthe"]
    assert b"ids: 259" in out(place, "inspect", "bp")


def test_compare(place: Path) -> None:
    done = run("compare", "t.json", "u.json", cwd=place)
    assert done.returncode == 1
    rows = [row.split("\t") for row in done.stdout.decode().splitlines()]
    assert rows[0] == ["change", "piece", "count_a", "count_b"]
    assert ["removed", "天地", "5", ""] in rows
    assert b"1 removed" in done.stderr
    done = run("compare", "t.json", "u.json", "text", cwd=place)
    table = [row.split("\t") for row in done.stdout.decode().splitlines()]
    found = dict(zip(*table, strict=True))
    assert (done.returncode, found["lines"], found["same_lines"]) == (1, "4", "3")
    assert 0.5 < float(found["boundary_f"]) < 1
    assert run("compare", "t.json", "t.json", "text", cwd=place).returncode == 0
    assert run("compare", "t.json", "t.json", cwd=place).returncode == 0
    assert b"other rules" in run("compare", "t.json", "bp", cwd=place).stderr


def test_the_pipe_ends_early(place: Path) -> None:
    (place / "long").write_bytes("天地玄黄 of the\n".encode() * 100_000)
    call = " ".join([*MINENT, "encode -m t.json long | head -n 1"])
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {call}"], cwd=place, env=ENVIRONMENT, capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")
