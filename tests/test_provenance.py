from dataclasses import asdict, dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minent import __version__
from minent.errors import FormatError
from minent.provenance import FORMATS, check_format, describe, parse, render


@dataclass(frozen=True)
class Options:
    min_count: int = 5
    min_pmi: float = 0.5
    runs: str = "auto"


def test_describe_keeps_the_order_and_takes_the_options_of_a_dataclass() -> None:
    fields = describe("lexicon", digest="ab12", size=1000, options=asdict(Options()))
    assert list(fields.items()) == [
        ("format", f"minent lexicon {FORMATS['lexicon']}"),
        ("minent", __version__),
        ("corpus-digest", "ab12"),
        ("corpus-bytes", 1000),
        ("min-count", 5),
        ("min-pmi", 0.5),
        ("runs", "auto"),
    ]


def test_render_by_hand() -> None:
    fields = {"format": "minent counts 1", "order": 4, "x": 1e-05, "exact": True, "odd": "a\tb\\n\r\n"}
    expected = "# format: minent counts 1\n# order: 4\n# x: 1e-05\n# exact: true\n# odd: a\\tb\\\\n\\r\\n\n"
    assert render(fields) == expected
    assert parse(expected.splitlines()) == {
        "format": "minent counts 1",
        "order": "4",
        "x": "1e-05",
        "exact": "true",
        "odd": "a\tb\\n\r\n",
    }


def test_parse_stops_at_the_first_other_line_and_skips_remarks() -> None:
    lines = iter(["# edited by hand, with care\n", "# a: 1\r\n", "#b:2", "word\tcount\n", "# c: 3\n"])
    assert parse(lines) == {"a": "1", "b": "2"}


@given(st.dictionaries(st.from_regex(r"[a-z][a-z-]*", fullmatch=True), st.text()))
def test_what_is_rendered_is_parsed_back(fields: dict[str, str]) -> None:
    rendered = render(fields)
    assert rendered.count("\n") == len(fields)
    assert parse(rendered.split("\n")) == fields


def test_check_format_takes_its_own_kind_and_older_versions() -> None:
    check_format("x", describe("lexicon", digest="", size=0, options={}), "lexicon")


@pytest.mark.parametrize(
    ("found", "message"),
    [
        ({}, "does not say what it is"),
        ({"format": "minent counts 1"}, "it says it is a 'minent counts 1'"),
        ({"format": "minent lexicon x"}, "not a minent lexicon file"),
        ({"format": "minent lexicon 99"}, "a newer minent wrote this file .* upgrade minent"),
    ],
)
def test_check_format_refuses_the_rest_by_name(found: dict[str, str], message: str) -> None:
    with pytest.raises(FormatError, match=f"^words.tsv: .*{message}"):
        check_format("words.tsv", found, "lexicon")
