"""Where texts come from: encodings, fields of records and columns, lists, addresses."""

import csv
import functools
import gzip
import http.server
import io
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_cli import call, run
from test_corpus import error_of, pipe, text_of

from minent.corpus import Corpus
from minent.errors import FormatError, InputError, MissingExtraError
from minent.sources import records
from minent.sources.remote import shown

ANYTHING = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
CHINESE = "最小熵原理，天地玄黄。\n宇宙洪荒\r\n日月盈昃 abc\n" * 3


def expected(texts: list[str]) -> bytes:
    """What comes out of records with these texts."""
    return "".join(text.removesuffix("\n") + "\n" for text in texts).encode()


# encodings -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "encoding", ["gb18030", "big5", "shift_jis", "euc_kr", "utf-16", "utf-16-le", "utf-8", "cp1252"]
)
def test_texts_in_other_encodings(tmp_path: Path, encoding: str) -> None:
    text = {"shift_jis": "最小のエントロピー\n", "euc_kr": "최소 엔트로피\n", "cp1252": "Größe, déjà vu\n"}.get(
        encoding, "最小\n天地玄黃\n"
    )
    path = tmp_path / "a.txt"
    path.write_bytes(text.encode(encoding))
    for size in (4, 7, 1 << 20):
        assert text_of(path, encoding=encoding, size=size) == text.encode()
    (tmp_path / "a.gz").write_bytes(gzip.compress(path.read_bytes()))
    assert text_of(tmp_path / "a.gz", encoding=encoding) == text.encode()
    with pipe(path.read_bytes(), 1) as descriptor:
        assert text_of(f"/dev/fd/{descriptor}", encoding=encoding) == text.encode()


@given(
    data=st.binary(max_size=60).map(b"(".__add__),
    encoding=st.sampled_from(["gb18030", "big5", "utf-16-le", "utf-16-be", "shift_jis"]),
)
@settings(max_examples=60)
def test_invalid_bytes_as_python_has_them(tmp_path_factory: pytest.TempPathFactory, data: bytes, encoding: str) -> None:
    path = tmp_path_factory.getbasetemp() / "invalid"
    path.write_bytes(data)
    for errors, handler in (("replace", "replace"), ("skip", "ignore")):
        wanted = data.decode(encoding, handler).encode("utf-8", "replace").removeprefix(b"\xef\xbb\xbf")
        assert text_of(path, encoding=encoding, errors=errors) == wanted
    try:
        data.decode(encoding)
    except UnicodeDecodeError as error:
        assert f"byte {error.start}: " in error_of(path, encoding=encoding)


def test_where_invalid_bytes_are(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes("天地".encode("utf-16-le"))
    assert "name utf-16-le or utf-16-be" in error_of(path, encoding="utf-16")
    path.write_bytes("天地\n".encode("gb18030") * 200_000 + b"\xff\n")
    assert "byte 1000000: FF is not gb18030; name another --encoding" in error_of(path, encoding="gb18030")


@pytest.mark.parametrize("encoding", ["gb18030", "big5", "utf-8", "utf-16", "utf-8-sig", "utf-16-le"])
def test_an_encoding_is_guessed(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "a"
    text = ("plain to begin with\n" * 9 + CHINESE).replace("黄", "黃")
    path.write_bytes(text.encode(encoding))
    assert text_of(path, encoding="auto") == text.encode()
    path.write_text("plain\n", "ascii")
    assert text_of(path, encoding="auto") == b"plain\n"
    path.write_bytes(b"")
    assert text_of(path, encoding="auto") == b""


def test_an_encoding_that_cannot_be_told(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(bytes(range(128, 256)) * 3)
    assert "cannot be told; name it with --encoding" in error_of(path, encoding="auto")


@pytest.mark.parametrize("encoding", ["klingon", "", "rot13", "hex", "utf-8\0"])
def test_what_is_no_encoding(tmp_path: Path, encoding: str) -> None:
    with pytest.raises(InputError, match="there is no encoding"):
        Corpus(tmp_path, encoding=encoding)


# records -------------------------------------------------------------------------------------------------------------


@given(texts=st.lists(ANYTHING, max_size=8), size=st.sampled_from([5, 16, 1 << 20]), escaped=st.booleans())
@settings(max_examples=60)
def test_json_lines(tmp_path_factory: pytest.TempPathFactory, texts: list[str], size: int, escaped: bool) -> None:
    path = tmp_path_factory.getbasetemp() / "a.jsonl"
    rows = [json.dumps({"id": 1, "meta": {"text": text}}, ensure_ascii=escaped) for text in texts]
    path.write_text("\n".join([*rows, ""]), "utf-8", newline="")
    assert text_of(path, field="meta.text", size=size) == expected(texts).removeprefix(b"\xef\xbb\xbf")


@given(texts=st.lists(ANYTHING.filter(lambda text: "\0" not in text), max_size=8), end=st.sampled_from(["\n", "\r\n"]))
@settings(max_examples=60)
def test_csv(tmp_path_factory: pytest.TempPathFactory, texts: list[str], end: str) -> None:
    path = tmp_path_factory.getbasetemp() / "a.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator=end, quoting=csv.QUOTE_ALL)  # a lone CR, too
        writer.writerow(["id", "the text"])
        writer.writerows(enumerate(texts))
    assert text_of(path, field="the text") == expected(texts).removeprefix(b"\xef\xbb\xbf")


def test_what_records_look_like(tmp_path: Path) -> None:
    contents = {
        "a.csv": 'id,text\n1,"甲 ""乙"""\n',
        "b.tsv": 'id\ttext\n1\t甲 "乙"\n',
        "c.ndjson": '{"text": "甲 \\"乙\\""}\n',
        "csv": '\ufeffid,text\r\n1,"甲 ""乙"""',
        "tsv": 'id\ttext\r\n1\t甲 "乙"\r\n',
        "json": '\ufeff\n {"text": "甲 \\"乙\\""}',
    }
    for name, content in contents.items():
        (tmp_path / name).write_text(content, "utf-8", newline="")
        assert text_of(tmp_path / name, field="text").strip() == '甲 "乙"'.encode(), name
        (tmp_path / f"{name}.gz").write_bytes(gzip.compress(content.encode()))
        assert text_of(tmp_path / f"{name}.gz", field="text").strip() == '甲 "乙"'.encode(), name
        with pipe(content.encode(), 3) as descriptor:
            assert text_of(f"/dev/fd/{descriptor}", field="text").strip() == '甲 "乙"'.encode(), name
    assert text_of(*sorted(tmp_path.glob("*.*")), field="text").count(b"\n") == 9


def test_fields(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"a.b": "dotted", "a": {"b": "nested"}, "m": [{"c": "first"}, "x\\ud800"]}\n\n', "utf-8")
    assert text_of(path, field="a.b") == b"dotted\n"
    assert text_of(path, field="m.0.c") == b"first\n"
    assert text_of(path, field="m.1") == "x\ufffd\n".encode()


BAD_JSON = [
    ('{"text": "a"', "line 2: this is no JSON (Expecting ',' delimiter at character 13)"),
    ('{"test": "a"}', "line 2: there is no field 'text'; there are 'test'"),
    ('{"text": 3}', "line 2: the field 'text' is no text, but 3"),
    ('{"text": null}', "line 2: the field 'text' is no text, but null"),
    ('["text"]', "line 2: there is no field 'text'; no keys"),
    ("[" * 100_000, "line 2: this is no JSON"),
    (b'{"text": "\xff"}', "line 2: 0xFF is not UTF-8"),
]


@pytest.mark.parametrize(("line", "reason"), BAD_JSON)
def test_bad_json(tmp_path: Path, line: str | bytes, reason: str) -> None:
    path = tmp_path / "a.jsonl"
    data = line.encode() if isinstance(line, str) else line
    path.write_bytes(b'{"text": "good"}\n' + data + b'\n{"text": "too"}\n')
    assert f"a.jsonl, {reason}" in error_of(path, field="text")
    assert "--skip-bad" in error_of(path, field="text")
    told: list[tuple[str, int]] = []
    corpus = Corpus(path, field="text", skip_bad=True, on_bad=lambda name, count: told.append((name, count)))
    assert [line for document in corpus.documents() for line in document.lines()] == ["good", "too"]
    assert told == [(str(path), 1)]


BAD_CSV = [
    ("甲", "line 4: the row has 1 columns and the first one 2"),
    ('"甲"乙,1', "line 4: this is no row of CSV"),
    ('甲,"乙\n', "line 4: this is no row of CSV"),
]


@pytest.mark.parametrize(("row", "reason"), BAD_CSV)
def test_bad_csv(tmp_path: Path, row: str, reason: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f'text,id\n"a\nb",1\n{row}\n', "utf-8")
    assert f"a.csv, {reason}" in error_of(path, field="text")
    assert text_of(path, field="text", skip_bad=True) == b"a\nb\n"


def test_columns_that_are_not_there(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id,body\n1,甲\n", "utf-8")
    for skip_bad in (False, True):
        reason = error_of(path, field="text", skip_bad=skip_bad)
        assert "a.csv, line 1: there is no column 'text'; there are 'id', 'body'" in reason
    assert "the name of the field is empty" in error_of(path, field="")


def test_a_record_that_does_not_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "LONGEST", 1 << 16)
    path = tmp_path / "a.csv"
    path.write_text('text\n"' + "甲\n" * 100_000, "utf-8")
    assert "line 2: this is no row of CSV (field larger than field limit" in error_of(path, field="text")
    path = tmp_path / "a.jsonl"
    path.write_text("{" + "甲" * 400_000, "utf-8")
    assert "line 1: the line is longer than" in error_of(path, field="text")


def test_records_in_another_encoding(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("id,正文\n1,天地玄黄，宇宙洪荒\n".encode("gb18030"))
    assert text_of(path, field="正文", encoding="gb18030") == "天地玄黄，宇宙洪荒\n".encode()
    assert text_of(path, field="正文", encoding="auto") == "天地玄黄，宇宙洪荒\n".encode()


def test_records_are_answered_as_they_come(tmp_path: Path) -> None:
    script = "import sys\nfrom minent.corpus import Corpus\n"
    script += "for document in Corpus('-', field='t', reiterable=False).documents():\n"
    script += (
        "    for chunk in document.chunks():\n        sys.stdout.buffer.write(chunk)\n        sys.stdout.flush()\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for number in range(3):
            process.stdin.write(b'{"t": "line %d"}\n' % number)
            process.stdin.flush()
            assert process.stdout.readline() == b"line %d\n" % number
        process.stdin.close()


# Parquet -------------------------------------------------------------------------------------------------------------


def parquet(path: Path, **columns: Any) -> Path:
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet as writer

    writer.write_table(pyarrow.table(columns), path, row_group_size=1000)
    return path


def test_parquet(tmp_path: Path) -> None:
    texts = [f"第{number}行\nsecond" for number in range(10_000)]
    path = parquet(tmp_path / "a.parquet", id=range(10_000), text=texts, meta=[{"t": text, "n": 1} for text in texts])
    assert text_of(path, field="text") == expected(texts)
    assert text_of(path, field="meta.t", size=100) == expected(texts)
    assert text_of(path, path, field="text") == expected(texts * 2)
    (tmp_path / "unnamed").write_bytes(path.read_bytes())
    assert text_of(tmp_path / "unnamed", field="text") == expected(texts)
    with pipe(path.read_bytes(), 1 << 14) as descriptor:
        assert text_of(f"/dev/fd/{descriptor}", field="text") == expected(texts)
    with pipe(b"PAR1") as descriptor:
        assert "cannot be read from a stream" in error_of(f"/dev/fd/{descriptor}", field="text", reiterable=False)


def test_bad_parquet(tmp_path: Path) -> None:
    path = parquet(tmp_path / "a.parquet", id=[1, 2, 3], text=["甲", None, "乙"], meta=[{"t": 1}] * 3)
    assert "a.parquet: row 2: there is no text in the column 'text'" in error_of(path, field="text")
    assert text_of(path, field="text", skip_bad=True) == "甲\n乙\n".encode()
    assert "there is no column 'body'; there are 'id', 'text', 'meta'" in error_of(path, field="body")
    assert "there is no column 'meta.x'" in error_of(path, field="meta.x")
    assert "the column 'id' is no text, but int64" in error_of(path, field="id", skip_bad=True)
    assert "this is Parquet; name the column" in error_of(path)
    path.write_bytes(path.read_bytes()[:-9])
    assert "this is no Parquet, or damaged" in error_of(path, field="text")


def test_without_pyarrow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    (tmp_path / "a.parquet").write_bytes(b"PAR1")
    with pytest.raises(MissingExtraError, match=r"pip install 'minent\[parquet\]'"):
        text_of(tmp_path / "a.parquet", field="text")


# lists ---------------------------------------------------------------------------------------------------------------


def test_lists_of_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a", "b 1", "-", "sub/c", "@d"):
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_text(f"{name}\n")
    Path("list").write_text("b 1\r\n\n-\nsub\n[a]\n@d")
    assert text_of("@list") == b"b 1\n-\nsub/c\na\n@d\n"
    assert text_of("@d") == b"@d\n"  # a file of this name
    Path("empty").write_text("\n\n")
    assert "empty: names nothing to read" in error_of("@empty")
    Path("wrong").write_text("a\nno such file\n")
    assert "no such file: there is no such file" in error_of("@wrong")
    assert "missing: there is no such file" in error_of("@missing")
    done = run("segment", "@-", "--errors", "skip", "-q", input=b"a\nsub/c\n", cwd=tmp_path)
    assert done.stdout.decode() == "a\nsub / c\n"


# addresses -----------------------------------------------------------------------------------------------------------


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """A folder, and the address at which a server shows it."""
    pytest.importorskip("aiohttp", reason="addresses need minent[remote]")
    pytest.importorskip("fsspec", reason="addresses need minent[remote]")
    folder = tmp_path_factory.mktemp("served")
    handler = functools.partial(_Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as made:
        thread = threading.Thread(target=made.serve_forever)
        thread.start()
        yield folder, f"http://127.0.0.1:{made.server_address[1]}"
        made.shutdown()
        thread.join()


def test_texts_over_http(server: tuple[Path, str]) -> None:
    folder, address = server
    (folder / "a.txt").write_text(CHINESE * 1000, "utf-8", newline="")
    (folder / "b.txt.gz").write_bytes(gzip.compress(b"packed\n"))
    (folder / "c.jsonl").write_text('{"text": "field"}\n')
    assert text_of(f"{address}/a.txt") == (CHINESE * 1000).encode()
    assert (
        text_of(f"{address}/a.txt", f"{address}/b.txt.gz", reiterable=False) == (CHINESE * 1000).encode() + b"packed\n"
    )
    assert text_of(f"{address}/c.jsonl", field="text") == b"field\n"
    told: list[str] = []
    corpus = Corpus(f"{address}/a.txt", on_spool=told.append)
    for _ in range(2):
        assert b"".join(*(document.chunks() for document in corpus.documents())) == (CHINESE * 1000).encode()
    assert told == [f"{address}/a.txt"]
    with pytest.raises(InputError, match="cannot be resumed"):
        Corpus(f"{address}/a.txt").fingerprint()


def test_parquet_over_http(server: tuple[Path, str]) -> None:
    folder, address = server
    parquet(folder / "a.parquet", text=["甲", "乙"])
    assert text_of(f"{address}/a.parquet", field="text", reiterable=False) == "甲\n乙\n".encode()


def test_addresses_that_lead_nowhere(server: tuple[Path, str]) -> None:
    _, address = server
    assert f"{address}/no.txt: there is no such file" in error_of(f"{address}/no.txt")
    assert "cannot be read" in error_of("http://127.0.0.1:1/x")
    assert "127.0.0.1:1/x: cannot be read" in error_of("nosuch://127.0.0.1:1/x")


def test_a_user_and_password_are_not_shown() -> None:
    assert shown("https://user:secret@host/a@b") == "https://host/a@b"


def test_other_file_systems(tmp_path: Path) -> None:
    fsspec = pytest.importorskip("fsspec")
    memory = fsspec.filesystem("memory")
    for name in ("/corpus/b.txt", "/corpus/a.txt", "/corpus/sub/c.csv", "/corpus/.hidden"):
        memory.pipe(name, f"{name}\n".encode())
    assert text_of("memory://corpus") == b"/corpus/a.txt\n/corpus/b.txt\n/corpus/sub/c.csv\n"
    assert text_of("memory://corpus/*.txt", reiterable=False) == b"/corpus/a.txt\n/corpus/b.txt\n"
    assert "there is no file" in error_of("memory://corpus/*.zip")
    assert "there is no such file" in error_of("memory://nowhere/a")


def test_without_fsspec(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'minent\[remote\]'"):
        Corpus("s3://bucket/a.txt")


# the commands --------------------------------------------------------------------------------------------------------


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "a.jsonl").write_text('{"text": "天地 玄黄"}\n{"text": 3}\n', "utf-8")
    (tmp_path / "gb.txt").write_bytes("天地，玄黄\n".encode("gb18030"))
    return tmp_path


def test_fields_at_the_shell(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(place)
    asked = ("a.jsonl", "-o", "out", "--field", "text")
    assert "a.jsonl, line 2: the field 'text' is no text, but 3" in call("segment", *asked, code=1)
    told = call("segment", *asked, "--skip-bad")
    assert "minent: warning: a.jsonl: 1 bad records left out\n" in told
    assert Path("out").read_text("utf-8") == "天 地 玄 黄\n"
    assert "the name of the field is empty" in call("segment", "a.jsonl", "-o", "out", "--force", "--field", "", code=2)


def test_encodings_at_the_shell(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(place)
    assert "byte 0: 0xCC is not UTF-8" in call("segment", "gb.txt", "-o", "out", code=1)
    for encoding in ("gb18030", "auto"):
        call("segment", "gb.txt", "--encoding", encoding, "-o", encoding)
        assert Path(encoding).read_text("utf-8").replace(" ", "") == "天地，玄黄\n"
    assert "there is no encoding 'x'" in call("segment", "gb.txt", "--encoding", "x", "-o", "out", code=2)
    Path("gold").write_bytes("天地 玄黄\n".encode("gb18030"))
    done = run("evaluate", "gold", "gold", "--encoding", "gb18030", "--json")
    assert json.loads(done.stdout)["words"]["f"] == 1.0


def test_io_is_bounded(tmp_path: Path) -> None:
    # Records come out a piece at a time, whatever there is of them.
    path = tmp_path / "a.jsonl"
    path.write_text('{"t": "' + "甲" * 1000 + '"}\n' * 1, "utf-8")
    stream = io.BytesIO(path.read_bytes() * 2000)
    bad = records.Bad("a", skip=False)
    pieces = [len(piece) for piece in records.read_records(stream.readinto, "t", "strict", bad)]
    assert sum(pieces) == 2000 * 3001
    assert max(pieces) < 1 << 19
    with pytest.raises(FormatError):
        list(records.read_records(io.BytesIO(b"{}\n").readinto, "t", "strict", bad))
