"""characters.py: what characters are to words, and which runs of them are units."""

import sys
import unicodedata

import pytest

from minent.characters import (
    LETTERS,
    LINE_SEPARATORS,
    NORMALIZATIONS,
    NUMBER,
    RUNS,
    Kind,
    UnitRules,
    kind_of,
    normalizer,
)
from minent.errors import InputError

EVERY_RUNS = pytest.mark.parametrize("runs", RUNS[1:])


@pytest.mark.parametrize(
    ("kind", "characters"),
    [
        (Kind.SPACE, " \t\n\u00a0\u3000\u200b\u2028\u2029\x85\x1c"),
        (Kind.MARK, "!。“-_€+\0\ue000\U0010ffff\u0378\ud800"),
        (Kind.DIGIT, "07٣०０𝟗"),
        (Kind.CASED, "aZéßǅЖλԱａ𐐀"),
        (Kind.JOINING, "\u0301\u0e31\u093f\u200d\ufe0f\u00ad\ufeff\U000e0100"),
        (Kind.LETTER, "字あ한กअאب𠮷ªʰ々Ⅷ½²"),
        (Kind.POINT, ".,．，"),
        (Kind.PERCENT, "%％‰"),
        (Kind.APOSTROPHE, "'’"),
    ],
)
def test_what_characters_are(kind: Kind, characters: str) -> None:
    assert {character: kind_of(ord(character)) for character in characters} == dict.fromkeys(characters, kind)


def test_every_code_point_has_a_kind() -> None:
    for code in {*range(0x3000), *range(0, sys.maxunicode + 1, 97), sys.maxunicode}:
        kind = kind_of(code)
        assert isinstance(kind, Kind)
        if chr(code).isspace():
            assert kind == Kind.SPACE


def test_the_numbers_of_the_kinds_are_those_the_kernels_read() -> None:
    assert [kind.name for kind in sorted(Kind)] == [
        "SPACE",
        "MARK",
        "DIGIT",
        "CASED",
        "JOINING",
        "LETTER",
        "POINT",
        "PERCENT",
        "APOSTROPHE",
    ]
    assert list(map(int, sorted(Kind))) == list(range(9))


def test_line_separators_are_those_of_python_and_white_space() -> None:
    ends_line = {code for code in range(0x3000) if len(f"a{chr(code)}b".splitlines()) == 2}
    assert ends_line == LINE_SEPARATORS
    assert {kind_of(code) for code in LINE_SEPARATORS} == {Kind.SPACE}


@pytest.mark.parametrize("form", NORMALIZATIONS)
def test_normal_forms_of_one_character(form: str) -> None:
    normal = normalizer(form)
    for code in {*range(0x3400), *range(0xF900, 0x10000), 0x2F800, 0x1D7CE}:
        whole = chr(code) if form == "none" else unicodedata.normalize(form.upper(), chr(code))  # type: ignore[arg-type]
        assert chr(normal(code)) == (whole if len(whole) == 1 else chr(code))


def test_rules_are_checked() -> None:
    for wrong in ("auto", "", "letters,digits", "all"):
        with pytest.raises(InputError, match="runs cannot be"):
            UnitRules(wrong)


@EVERY_RUNS
def test_what_stands_for_characters(runs: str) -> None:
    digits, letters = "digits" in runs, "letters" in runs
    kinds, stands_for = UnitRules(runs).tables([ord(character) for character in "7a字\u0301 !.%"])
    assert kinds == [
        Kind.DIGIT if digits else Kind.LETTER,
        Kind.CASED if letters else Kind.LETTER,
        Kind.LETTER,
        Kind.JOINING,
        Kind.SPACE,
        Kind.MARK,
        Kind.POINT if digits else Kind.MARK,
        Kind.PERCENT if digits else Kind.MARK,
    ]
    assert [chr(code) if code else "" for code in stands_for] == [
        NUMBER if digits else "7",
        LETTERS if letters else "a",
        "字",
        "\u0301",
        "",
        "",
        "",
        "",
    ]


def test_normal_forms_stand_for_characters() -> None:
    kinds, stands_for = UnitRules("none", "nfkc").tables([ord("Ａ"), ord("\u3000"), ord("ﬁ")])
    assert kinds == [Kind.LETTER, Kind.SPACE, Kind.LETTER]
    assert stands_for == [ord("A"), 0, ord("ﬁ")]
