"""Pages for people: what they say, that they need nothing else, that no text gets out of hand in them."""

import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import ClassVar
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_cli import assert_one_line_error, run

from minent import Corpus, Lexicon, Segmenter, Template, TemplateSet, Vocabulary, make_report
from minent.errors import InputError
from minent.evidence.contexts import Context, find_contexts
from minent.reporting.charts import Chart, bars, columns, draw, histogram, rank_frequency
from minent.reporting.report import Report, ReportOptions
from minent.reporting.words import best_words, doubtful_words

HOSTILE = "<script>alert(1)</script>&\"'\x00\ufffe"
ABOUT = {
    "format": "minent lexicon 1",
    "corpus-digest": "00ff" * 8,
    "corpus-bytes": 1234,
    "units-bits-per-character": "8.0",
    "bits-per-character": "6.0",
    "units-description-bits": "8000",
    "description-bits": "7000",
}


def lexicon_of(rows: list[tuple[str, int, float, float]]) -> Lexicon:
    """Rows: word, count, weakest bond, what it saves."""
    words, count, pmi, score = map(list, zip(*rows, strict=True))
    side = np.ones(len(words))
    return Lexicon(words, np.array(count), np.array(pmi), side, side, np.array(score), dict(ABOUT))  # type: ignore[arg-type]


LEXICON = lexicon_of(
    [
        ("研究", 9, 3.0, 90.0),
        ("研究生", 2, 4.0, 2.0),
        ("生", 5, np.nan, 0.0),
        ("的", 50, np.nan, 0.0),
        ("我们", 7, 2.0, 14.0),
    ]
)
TEMPLATES = TemplateSet(
    [
        Template((None, "是", "什么"), 7, 20.0, (1.0,), ((("猫", 4), (HOSTILE, 3)),), ("动物",), ("猫是什么",)),
        Template((None, "的", None), 90, 5.0),
    ],
    100,
    {"format": "minent templates 1", "units": "words"},
)


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    """The bytes and some pieces."""
    pieces = [bytes([byte]) for byte in range(256)] + ["研究".encode(), b"the", b"\x1b[31m<b>"]
    return Vocabulary(pieces, range(1, len(pieces) + 1))


class _Balance(HTMLParser):
    """Whether every element that must be closed is, in order; and what the page would fetch or run."""

    EMPTY: ClassVar = {"meta", "path", "rect"}

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.names: list[str] = []
        self.fetched: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for key, value in attrs:
            if key == "id":
                self.names.append(str(value))
            if key in ("src", "href") and not str(value).startswith("#"):
                self.fetched.append(str(value))
        if tag not in ("meta",):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open[-1] != tag:
            assert self.open.pop() in ("tr",), tag  # whose end HTML lets one leave out
        self.open.pop()


def checked(report: Report) -> str:
    html = report.html
    balance = _Balance()
    balance.feed(html)
    assert not balance.open
    assert not balance.fetched
    assert "script" not in balance.tags
    assert not re.search(r"@import|url\(|\son\w+=", html)
    assert len(set(balance.names)) == len(balance.names)
    assert len(html.encode()) < 300_000
    for svg in report.charts.values():
        picture = ElementTree.fromstring(svg)
        assert picture.find("{*}title") is not None
        assert (picture.findtext("{*}desc") or "").strip()
    return html


def test_a_page_on_everything(vocabulary: Vocabulary) -> None:
    report = make_report({"a/words.tsv": LEXICON, "t.tsv": TEMPLATES, "tokenizer.json": vocabulary})
    html = checked(report)
    assert report.title == "Words, templates and tokens"
    assert "1,234 bytes of text" in report.lead
    assert [section.name for section in report.sections] == ["words", "best", "doubtful", "templates", "tokenizer"]
    assert "save 25.0% of the entropy" in html
    assert "875 bytes instead of 1,000: 12.5% less" in html
    assert "[X] 动物" in html
    assert "的</span>" not in html  # trivial templates are not shown
    assert {"entropy.svg", "rank-frequency.svg", "holes.svg", "scripts.svg"} <= report.charts.keys()
    assert report.html == make_report({"a/words.tsv": LEXICON, "t.tsv": TEMPLATES, "tokenizer.json": vocabulary}).html


def test_nothing_gets_out_of_hand() -> None:
    word = HOSTILE.replace(" ", "")
    html = checked(make_report({HOSTILE: lexicon_of([(word, 3, 1.0, 5.0), ("x" * 500, 1, 1.0, 1.0)])}))
    assert "&lt;script&gt;" in html
    assert "x" * 41 not in html
    assert "\x00" not in html


def test_little_to_tell(vocabulary: Vocabulary, corpus_of: Callable[..., Corpus]) -> None:
    for thing in (Lexicon.empty(), TemplateSet([], 0, {}), lexicon_of([("的", 1, np.nan, 0.0)])):
        checked(make_report({"it": thing}, options=ReportOptions(top=0, title="It")))
    checked(make_report({"one": vocabulary, "two": vocabulary}, corpus_of("")))
    with pytest.raises(InputError, match="nothing"):
        make_report({})


def test_the_best_and_the_doubtful() -> None:
    assert [entry.word for entry in best_words(LEXICON, 2)] == ["研究", "我们"]
    assert [entry.word for entry in doubtful_words(LEXICON, 9)] == ["研究生", "我们", "研究"]


def test_words_in_their_places(corpus_of: Callable[..., Corpus], vocabulary: Vocabulary) -> None:
    corpus = corpus_of("我们的研究生的\n研究的我们", "的研究我们")
    found = find_contexts(corpus, Segmenter(LEXICON), ["研究", "研究生", "我们", "的 研究", "没有"], width=2)
    assert found["研究生"] == [Context("们的", "研究生", "的")]
    assert found["研究"] == [Context("", "研究", "的我"), Context("的", "研究", "我们")]
    assert found["的 研究"] == [Context("", "的研究", "我们")]
    assert found["没有"] == []
    report = make_report({"words.tsv": LEXICON, "t.json": vocabulary}, corpus)
    html = checked(report)
    assert "else cut as <b>研究 生</b>" in html
    assert "a word in 1 of 1 places" in html
    assert "in the text given" in html


@given(st.lists(st.integers(1, 10**12), max_size=60), st.lists(st.floats(-1e9, 1e9), max_size=40), st.text(max_size=20))
def test_charts_of_any_numbers(counts: list[int], values: list[float], name: str) -> None:
    charts = [
        rank_frequency("a", name, "word", sorted(counts, reverse=True)),
        histogram("b", name, "words", values, ("x", "y"), lambda value: f"{value:.3g}"),
        bars("c", name, name, "u", [(name, abs(value), "v") for value in values]),
        columns("d", name, name, ("x", "y"), [name] * len(values), {"h": [abs(value) for value in values]}),
    ]
    for chart in charts:
        picture = ElementTree.fromstring(draw(chart, alone=True))
        for rect in picture.iter("{http://www.w3.org/2000/svg}rect"):
            if rect.get("class") in ("first", "second"):
                assert _inside(rect, chart)


def _inside(rect: ElementTree.Element, chart: Chart) -> bool:
    left, top, width, height = (float(str(rect.get(key))) for key in ("x", "y", "width", "height"))
    return left >= 0 and top >= 0 and left + width <= 440.2 and top + height <= chart.height + 0.2


def test_the_numbers_of_a_histogram() -> None:
    chart = histogram("h", "t", "words", [1.0, 1.5, 2.0, 9.0], ("bits", "words"), lambda value: f"{value:g}")
    assert sum(int(count) for _, count in chart.rows) == 4
    assert chart.summary == "4 words, from 1 to 9; half are below 2."


def test_the_command(tmp_path: Path) -> None:
    LEXICON.save(tmp_path / "lexicon.tsv")
    TEMPLATES.save(tmp_path / "templates.tsv")
    (tmp_path / "text.txt").write_text("我们的研究生\n", "utf-8")
    call = ["report", "lexicon.tsv", "templates.tsv", "--corpus", "text.txt", "-o", "page.html", "--charts", "charts"]
    done = run(*call, cwd=tmp_path)
    assert done.returncode == 0
    page = (tmp_path / "page.html").read_bytes()
    assert done.stderr.decode() == f"minent: {len(page):,} bytes, 6 charts\n"
    assert len(list((tmp_path / "charts").iterdir())) == 6
    assert_one_line_error(run(*call, cwd=tmp_path), "--force")
    assert run(*call, "--force", "-q", "--threads", "2", cwd=tmp_path).stderr == b""
    assert (tmp_path / "page.html").read_bytes() == page
    assert run("report", "lexicon.tsv", cwd=tmp_path).returncode == 2
    assert run("report", "lexicon.tsv", "-o", "-", "--top", "201", cwd=tmp_path).returncode == 2
    (tmp_path / "broken.tsv").write_text("# format: minent lexicon 1\nword\n")
    assert_one_line_error(run("report", "broken.tsv", "-o", "-", cwd=tmp_path), "broken.tsv, line 2")
