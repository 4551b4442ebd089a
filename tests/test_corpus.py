"""corpus.py, with decompress.py and encodings.py: what comes out of files, pipes and standard input."""

import bz2
import codecs
import gc
import gzip
import io
import itertools
import lzma
import os
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from xopen import xopen

from minent.corpus import Corpus, Document
from minent.errors import CapacityError, FormatError, InputError


def zst(data: bytes) -> bytes:
    packed = io.BytesIO()
    with xopen(packed, "wb", threads=0, format="zst") as file:
        file.write(data)
    return packed.getvalue()


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": zst,
}
COMPRESSIONS = [name for name in PACKERS if name != "plain"]
TEXT = "第一行。\r\n\r\n第二行 second\rlone CR\x0b\x0c\x85\u2028still\0the second\n𠮷 last, no end".encode()


def naive(data: bytes, errors: str = "strict") -> bytes:
    """The slow twin: the whole input at once, with Python's decoder."""
    return data.removeprefix(codecs.BOM_UTF8).decode("utf-8", errors.replace("skip", "ignore")).encode()


def only(*sources: str | os.PathLike[str], **options: object) -> Document:
    (document,) = Corpus(*sources, **options).documents()  # type: ignore[arg-type]
    return document


def text_of(*sources: str | os.PathLike[str], size: int = 1 << 20, **options: object) -> bytes:
    documents = Corpus(*sources, **options).documents()  # type: ignore[arg-type]
    return b"".join(chunk for document in documents for chunk in document.chunks(size))


def error_of(*sources: str | os.PathLike[str], **options: object) -> str:
    """The one line that reading these sources ends in."""
    with pytest.raises(InputError) as caught:
        text_of(*sources, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@contextmanager
def pipe(data: bytes, step: int | None = None) -> Iterator[int]:
    """The reading end of a pipe into which a thread writes `data`, `step` bytes at a time."""
    reader, writer = os.pipe()

    def write() -> None:
        with os.fdopen(writer, "wb", buffering=0) as file:
            for start in range(0, len(data), step or max(1, len(data))):
                file.write(data[start : start + (step or len(data))])

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield reader
    finally:
        thread.join()
        os.close(reader)


@contextmanager
def standard_input(descriptor: int) -> Iterator[None]:
    kept = os.dup(0)
    os.dup2(descriptor, 0)
    try:
        yield
    finally:
        os.dup2(kept, 0)
        os.close(kept)


# Characters of one to four bytes, line ends, marks, and enough line feeds to matter.
texts = st.text(st.sampled_from("ab\n\n\r\0é中\ufeff\ufffd𠮷\u2028"), max_size=60).map(str.encode)
# Whole characters, parts of characters, bytes that never occur, surrogates, overlong forms.
DIRT = b"a \n \xe4\xb8\xad \xf0\xa0\xae\xb7 \xef\xbb\xbf \xef\xbb \xe4 \xb8 \xf0\x9f \xff \xed\xa0\x80 \xc0\xaf"
dirty_texts = st.lists(st.sampled_from(DIRT.split(b" ")), max_size=14).map(b"".join)
sizes = st.integers(1, 40)


@pytest.fixture(scope="session")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("scratch") / "file"


@given(text=texts, marked=st.booleans(), size=sizes, packer=st.sampled_from(sorted(PACKERS)))
@settings(deadline=None, max_examples=300)
def test_chunks_of_a_file_rebuild_it(scratch: Path, text: bytes, marked: bool, size: int, packer: str) -> None:
    data = codecs.BOM_UTF8 * marked + text
    scratch.write_bytes(PACKERS[packer](data))
    chunks = list(only(scratch).chunks(size))
    assert b"".join(chunks) == naive(data)
    for number, chunk in enumerate(chunks, 1):
        assert 0 < len(chunk) <= max(4, size)
        chunk.decode()
        # It ends after its last line feed, except at the end of the text.
        assert chunk.rfind(b"\n") in (-1, len(chunk) - 1) or number == len(chunks)


@pytest.mark.parametrize("spool", [True, False])
@given(text=texts, size=sizes, step=st.integers(1, 9), packer=st.sampled_from(sorted(PACKERS)))
@settings(deadline=None, max_examples=150)
def test_chunks_of_a_slow_pipe_rebuild_it(text: bytes, size: int, step: int, packer: str, spool: bool) -> None:
    with pipe(PACKERS[packer](codecs.BOM_UTF8 + text), step) as descriptor:
        assert text_of(f"/dev/fd/{descriptor}", size=size, reiterable=spool) == text


@given(data=dirty_texts, size=sizes, errors=st.sampled_from(["strict", "replace", "skip"]))
@settings(deadline=None, max_examples=500)
def test_invalid_bytes_as_the_naive_twin(scratch: Path, data: bytes, size: int, errors: str) -> None:
    scratch.write_bytes(data)
    document = only(scratch, errors=errors)
    try:
        expected = naive(data, errors)
    except UnicodeDecodeError as error:
        with pytest.raises(FormatError) as caught:
            list(document.chunks(size))
        mark = len(codecs.BOM_UTF8) if data.startswith(codecs.BOM_UTF8) else 0
        assert caught.value.offset == error.start + mark
    else:
        assert b"".join(document.chunks(size)) == expected


@given(text=texts)
@settings(deadline=None)
def test_lines_split_at_line_feeds_only(scratch: Path, text: bytes) -> None:
    scratch.write_bytes(text)
    expected = text.removeprefix(codecs.BOM_UTF8).decode().split("\n")
    assert list(only(scratch).lines()) == expected[: -1 if expected[-1] == "" else None]


def test_a_line_longer_than_many_chunks(tmp_path: Path) -> None:
    path = tmp_path / "long"
    path.write_bytes("中𠮷".encode() * 500_000 + b"\nshort\n")
    assert max(map(len, only(path).chunks(1 << 16))) <= 1 << 16
    assert text_of(path, size=1 << 16) == path.read_bytes()
    assert list(only(path).lines()) == ["中𠮷" * 500_000, "short"]


@pytest.mark.parametrize("packer", PACKERS)
def test_every_way_in_gives_the_same_text(tmp_path: Path, packer: str) -> None:
    packed = PACKERS[packer](TEXT)
    path = tmp_path / "misleading.txt.bz2"  # the bytes decide, not the name
    path.write_bytes(packed)
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    writer = threading.Thread(target=lambda: fifo.write_bytes(packed))
    writer.start()
    assert text_of(fifo) == TEXT
    writer.join()
    with pipe(packed) as descriptor, standard_input(descriptor):
        assert text_of("-") == TEXT
    with pipe(packed) as descriptor, standard_input(descriptor):
        assert text_of("/dev/stdin", reiterable=False) == TEXT
    with path.open("rb") as file, standard_input(file.fileno()):
        assert text_of("-", "-") == TEXT * 2
    assert text_of(path, str(path)) == TEXT * 2
    path.write_bytes(packed * 3)  # the members of a compressed file are one text
    assert text_of(path) == TEXT * 3


def test_how_a_text_may_begin(tmp_path: Path) -> None:
    mark = codecs.BOM_UTF8
    for data, text in {
        **dict.fromkeys((b"", mark, *(pack(b"") for pack in PACKERS.values())), b""),
        mark + mark + b"a\n" + mark + b"b": mark + b"a\n" + mark + b"b",
        b"BZh9 is how bzip2 begins": b"BZh9 is how bzip2 begins",
    }.items():
        (tmp_path / "file").write_bytes(data)
        assert text_of(tmp_path / "file") == text


@pytest.mark.parametrize("packer", COMPRESSIONS)
def test_truncated_and_damaged_compression(tmp_path: Path, packer: str) -> None:
    noise = "".join(map(chr, itertools.accumulate(range(1, 800), lambda a, b: (a * 31 + b) % 20000 + 0x4E00)))
    packed = PACKERS[packer](noise.encode())
    path = tmp_path / "damaged"
    for length in {*range(10, 60), *range(60, len(packed), 97), *range(len(packed) - 12, len(packed))}:
        path.write_bytes(packed[:length])
        for errors in ("strict", "replace"):
            assert error_of(path, errors=errors).startswith(f"{path}: the compressed data ends too early; ")
    path.write_bytes(packed[:20] + bytes(len(packed) - 20))
    assert error_of(path).startswith(f"{path}: the compressed data is damaged (")


def test_a_stream_is_answered_line_by_line() -> None:
    reader, writer = os.pipe()
    chunks = only(f"/dev/fd/{reader}", reiterable=False).chunks()
    os.write(writer, b"first\nsec")
    assert next(chunks) == b"first\n"
    os.write(writer, b"ond\nthird")
    assert next(chunks) == b"second\n"
    os.close(writer)
    assert list(chunks) == [b"third"]
    os.close(reader)


def test_a_stream_is_copied_once_and_announced(tmp_path: Path) -> None:
    announced: list[str] = []
    read: list[int] = []
    with pipe(TEXT) as descriptor, standard_input(descriptor):
        corpus = Corpus("-", "/dev/stdin", on_spool=announced.append, on_read=read.append)
        assert corpus.size is None and announced == []
        first, second = corpus.documents()
        assert b"".join(first.chunks()) == TEXT
    assert announced == [first.name] == ["<stdin>"]
    assert corpus.size == 2 * len(TEXT)
    assert b"".join(second.chunks()) == b"".join(first.chunks()) == TEXT
    assert len(announced) == 1
    assert sum(read) == 3 * len(TEXT)
    corpus.close()
    with pytest.raises(InputError, match="only once"):
        list(first.chunks())


def test_a_stream_without_a_copy_is_read_once() -> None:
    with pipe(TEXT) as descriptor, Corpus(f"/dev/fd/{descriptor}", reiterable=False) as corpus:
        assert b"".join(next(corpus.documents()).chunks()) == TEXT
        assert corpus.size is None
        with pytest.raises(InputError, match=r"only once; save it to a file"):
            list(next(corpus.documents()).chunks())


def test_the_copy_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = sum(1 for _ in Path("/dev/fd").iterdir())
    with pipe(TEXT) as descriptor:
        corpus: Corpus | None = Corpus(f"/dev/fd/{descriptor}")
        assert corpus is not None
        documents = list(corpus.documents())
        chunks = documents[0].chunks(4)
        next(chunks)  # and never finished
        corpus = None
        gc.collect()
        assert b"".join(documents[0].chunks()) == TEXT  # a document keeps the copy alive
    del documents, chunks
    gc.collect()
    assert list(tmp_path.iterdir()) == []
    assert sum(1 for _ in Path("/dev/fd").iterdir()) == before


def test_no_place_for_a_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
    with pipe(TEXT) as descriptor, pytest.raises(CapacityError, match=r"no place .* set TMPDIR"):
        text_of(f"/dev/fd/{descriptor}")
    if not Path("/dev/full").exists():
        pytest.skip("no device that is always full")
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda prefix: open("/dev/full", "w+b"))  # noqa: PTH123, SIM115
    with pipe(TEXT) as descriptor, pytest.raises(CapacityError, match=r"no room in .* set TMPDIR"):
        text_of(f"/dev/fd/{descriptor}")


def test_two_passes_at_the_same_time(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(TEXT)
    with (tmp_path / "a").open("rb") as file, standard_input(file.fileno()), pipe(TEXT) as descriptor:
        for document in Corpus("-", tmp_path / "a", f"/dev/fd/{descriptor}").documents():
            pairs = list(zip(document.chunks(8), document.chunks(8), strict=True))
            assert b"".join(one for one, _ in pairs) == b"".join(other for _, other in pairs) == TEXT


def test_redirected_file_goes_on_where_the_shell_stopped(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"header\n" + TEXT)
    with (tmp_path / "a").open("rb", buffering=0) as file, standard_input(file.fileno()):
        file.seek(7)
        corpus = Corpus("-", on_spool=lambda name: pytest.fail(f"copied {name}"))
        assert corpus.size == len(TEXT)
        for document in itertools.chain(corpus.documents(), corpus.documents()):
            assert b"".join(document.chunks()) == TEXT


def test_standard_input_of_a_process() -> None:
    script = "from minent import Corpus\nfor d in Corpus('-').documents(): print(ascii([*d.lines()]), d.name)"
    command = [sys.executable, "-c", script]
    result = subprocess.run(command, input="一\n二".encode(), capture_output=True, check=True)
    assert result.stdout.decode() == "['\\u4e00', '\\u4e8c'] <stdin>\n"
    closed = ["sh", "-c", 'exec "$@" <&-', "sh", *command]
    result = subprocess.run(closed, capture_output=True, check=False)
    assert b"InputError: <stdin>: is closed" in result.stderr


@pytest.mark.parametrize("packer", PACKERS)
def test_reading_is_reported_in_bytes_on_disk(tmp_path: Path, packer: str) -> None:
    paths = [tmp_path / "a", tmp_path / "b"]
    for path in paths:
        path.write_bytes(PACKERS[packer](TEXT * 5000))
    read: list[int] = []
    corpus = Corpus(*paths, on_read=read.append)
    assert corpus.size == sum(path.stat().st_size for path in paths)
    for document in corpus.documents():
        for _ in document.chunks():
            pass
    assert sum(read) == corpus.size and min(read) > 0


def test_a_failing_listener_is_not_taken_for_damage(tmp_path: Path) -> None:
    (tmp_path / "a.gz").write_bytes(gzip.compress(TEXT))

    def stop(amount: int) -> None:
        raise LookupError(amount)

    with pytest.raises(LookupError):
        text_of(tmp_path / "a.gz", on_read=stop)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in (
        "b.txt",
        "a/2.txt",
        "a/10.txt",
        "a/deep/x.txt",
        "c/.hidden/no.txt",
        ".no.txt",
        "c/y.md",
        "é.txt",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"{name}\n")
    return tmp_path


def names(*sources: str | os.PathLike[str]) -> list[str]:
    return [document.name for document in Corpus(*sources).documents()]


def test_a_directory_is_its_files_in_order(tree: Path) -> None:
    inside = ["a/10.txt", "a/2.txt", "a/deep/x.txt", "b.txt", "c/y.md", "é.txt"]
    os.mkfifo(tree / "a" / "pipe")  # would wait for a writer that never comes
    assert names(tree) == names(f"{tree}/") == [f"{tree}/{name}" for name in inside]
    assert text_of(tree) == "".join(f"{name}\n" for name in inside).encode()
    assert names(tree / "b.txt", tree / "a", tree / "b.txt") == [
        f"{tree}/{name}" for name in ("b.txt", "a/10.txt", "a/2.txt", "a/deep/x.txt", "b.txt")
    ]
    assert names(tree / ".no.txt") == [f"{tree}/.no.txt"]  # named outright


def test_links_in_a_directory(tree: Path) -> None:
    (tree / "a" / "loop").symlink_to(tree)
    (tree / "a" / "file").symlink_to(tree / ".no.txt")
    below = ["10.txt", "2.txt", "deep/x.txt", "file", "loop/b.txt", "loop/c/y.md", "loop/é.txt"]
    assert names(tree / "a") == [f"{tree}/a/{name}" for name in below]
    assert names(f"{tree}/**/x.txt") == [f"{tree}/a/deep/x.txt"]
    (tree / "a" / "nowhere").symlink_to(tree / "missing")
    assert error_of(tree) == f"{tree}/a/nowhere: there is no such file; check the path"
    (tree / "a" / "nowhere").unlink()
    (tree / "a" / "self").symlink_to("self")
    assert error_of(tree).startswith(f"{tree}/a/self: cannot be read (")


def test_patterns(tree: Path) -> None:
    assert names(f"{tree}/*.txt") == [f"{tree}/b.txt", f"{tree}/é.txt"]
    assert names(f"{tree}/[ac]") == names(f"{tree}/a", f"{tree}/c")
    assert names(f"{tree}/**/*.txt") == [
        f"{tree}/{name}" for name in ("a/10.txt", "a/2.txt", "a/deep/x.txt", "b.txt", "é.txt")
    ]
    assert names(f"{tree}/**") == names(tree)
    (tree / "[b].txt").write_text("really so called")
    assert names(f"{tree}/[b].txt") == [f"{tree}/[b].txt"]


def test_names_that_are_not_utf8(tmp_path: Path) -> None:
    raw = os.fsencode(tmp_path) + b"/\xd6\xd0\x1b.txt"
    try:
        with open(raw, "wb") as file:  # noqa: PTH123
            file.write(b"\xff")
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    shown = f"{tmp_path}/\\xd6\\xd0\\x1b.txt"
    for source in (os.fsdecode(raw), tmp_path, f"{tmp_path}/*.txt"):
        assert names(source) == [shown]
        assert text_of(source, errors="skip") == b""
        assert error_of(source).startswith(f"{shown}, byte 0: 0xFF is not UTF-8")


def test_sources_are_checked_first(tmp_path: Path) -> None:
    (tmp_path / "empty" / ".git").mkdir(parents=True)
    (tmp_path / "empty" / ".git" / "config").touch()
    (tmp_path / "good").touch()
    cases: dict[str, str] = {
        f"{tmp_path}/missing": "missing: there is no such file; check the path",
        f"{tmp_path}/good/file": "good/file: cannot be read (Not a directory); check the path and the disk",
        f"{tmp_path}/*.txt": "*.txt: no file matches; check the pattern",
        f"{tmp_path}/empty": "empty: there is no file in this directory (hidden ones do not count)",
        "": "'': is not a path; name a file, a directory or a pattern",
        "a\0b": "'a\\x00b': is not a path; name a file, a directory or a pattern",
    }
    for source, message in cases.items():
        with pytest.raises(InputError, match=re.escape(message)):
            Corpus(tmp_path / "good", source)  # before anything is read
    assert "nothing to read" in error_of()
    assert "choose one of strict, replace, skip" in error_of(tmp_path / "good", errors="ignore")


def test_gone_or_changed_since_the_check(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(TEXT)
    document = only(path)
    path.unlink()
    with pytest.raises(InputError, match="file: there is no such file"):
        list(document.chunks())
    path.mkdir()
    with pytest.raises(InputError, match=r"file: cannot be read \(Is a directory\)"):
        list(document.chunks())


def test_a_file_that_must_not_be_read(open_place: Path, as_nobody: Callable[[], None]) -> None:
    path = open_place / "file"
    path.touch()
    path.chmod(0)
    as_nobody()
    assert "file: no permission to read it" in error_of(open_place)


SAMPLES = {
    "GB18030": ("gb18030", "今天的天气很好，我们一起去公园里散步，看见许多人在湖边聊天。\n"),
    "CP950": ("big5", "今天天氣很好，我們一起去公園裡散步，看見許多人在湖邊聊天。\n"),
    "CP932": ("shift_jis", "今日は天気がいいので、みんなで公園を散歩しました。\n"),
    "EUC-JP": ("euc_jp", "今日は天気がいいので、みんなで公園を散歩しました。\n"),
    "CP949": ("euc_kr", "오늘은 날씨가 좋아서 우리는 공원에서 산책을 했습니다.\n"),
    "WINDOWS-1252": ("cp1252", "Le garçon déjà âgé rêvait d’un été à la plage.\n"),
    "UTF-16": ("utf-16", "今天的天气很好。\n"),
    "UTF-16LE": ("utf-16-le", "今天的天气很好，一起去公园里看看。\n"),
    "UTF-16BE": ("utf-16-be", "今天的天气很好，一起去公园里看看。\n"),
}


@pytest.mark.parametrize("name", SAMPLES)
def test_the_encoding_that_would_fit_is_named(tmp_path: Path, name: str) -> None:
    codec, text = SAMPLES[name]
    path = tmp_path / "foreign"
    for data in (text.encode(codec), (text * 900).encode(codec)):
        path.write_bytes(data)
        assert f"looks like {name}: pass --encoding {name.lower()}, or pass --errors" in error_of(path)
    if not name.startswith("UTF-16"):  # also after much plain text, on one line and on many
        for ascii_text in (b"id,name\n" * 5000, b"0123456789" * 5000):
            path.write_bytes(ascii_text + text.encode(codec))
            assert f"--encoding {name.lower()}" in error_of(path)


def test_no_encoding_is_named_for_what_is_none(tmp_path: Path) -> None:
    chinese = SAMPLES["GB18030"][1].encode()
    path = tmp_path / "file"
    for data, offset, byte in (
        (chinese * 9 + b"\xff" + chinese, len(chinese) * 9, "FF"),  # damaged UTF-8
        (b"\x7fELF\x01\x02\0\0\xd0\xd1\0", 8, "D0"),
        ("Сегодня хорошая погода.".encode("cp1251"), 0, "D1"),
    ):
        path.write_bytes(data)
        assert error_of(path) == f"{path}, byte {offset}: 0x{byte} is not UTF-8; mend the text or pass --errors replace"


def test_a_last_character_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "cut"
    path.write_bytes(codecs.BOM_UTF8 + "一\n二".encode()[:-1])
    chunks = only(path).chunks()
    assert next(chunks) == "一\n".encode()  # what was right is handed out
    with pytest.raises(FormatError, match="cut, byte 7: the last character is cut off after E4 BA; complete"):
        next(chunks)
    assert text_of(path, errors="replace") == "一\n\ufffd".encode()
    assert text_of(path, errors="skip") == "一\n".encode()


def test_importing_it_loads_no_heavy_package() -> None:
    script = "import sys, minent.corpus; print(sorted({'numpy', 'numba', 'click', 'xopen'} & sys.modules.keys()))"
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert result.stdout == b"[]\n"
