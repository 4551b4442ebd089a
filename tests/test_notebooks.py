"""Lexicons as tables of pandas, polars and pyarrow, and how things look in a notebook."""

import math
from importlib import import_module
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from naive_words import lexicon

from minent import Corpus, Lexicon, Template, TemplateSet, Vocabulary
from minent.errors import InputError


def evidence() -> Lexicon:
    given = lexicon({"天地": 3, "<b>": 2, "a b": 1}, "digits")
    numbers = np.array([1.5, np.nan, 2.0])
    return Lexicon(given.words, given.count, numbers, numbers, numbers, np.array([9.25, 0.0, 1e6]), given.about)


def same(a: Lexicon, b: Lexicon) -> bool:
    columns = a.to_columns(), b.to_columns()
    return [*columns[0]] == [*columns[1]] and all(
        np.array_equal(np.asarray(columns[0][name]), np.asarray(columns[1][name]), equal_nan=name != "word")
        for name in columns[0]
    )


@pytest.mark.parametrize("package", ["", "pandas.DataFrame", "polars.DataFrame", "pyarrow.table"])
@pytest.mark.parametrize("keyness", [False, True])
def test_there_and_back(package: str, keyness: bool) -> None:
    given = evidence()
    if keyness:
        given.keyness = np.array([0.5, 0.25, 1.0])
    columns: Any = given.to_columns()
    if package:
        module, _, name = package.partition(".")
        pytest.importorskip(module)
        columns = getattr(import_module(module), name)(columns)
    again = Lexicon.from_columns(columns, given.about)
    assert same(again, given)
    assert again.rules == given.rules
    assert all(type(word) is str for word in again.words)


def test_what_is_missing_is_missing() -> None:
    made = Lexicon.from_columns({"word": ["甲", "乙"], "count": [2, 1], "pmi": [None, 3.0], "other": [0, 0]})
    assert [entry.word for entry in made] == ["甲", "乙"]
    assert math.isnan(made.pmi[0])
    assert np.isnan(made.left_entropy).all()
    assert made.score.tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"word": ["甲"]}, "needs the columns word and count"),
        ({"word": ["甲", ""], "count": [1, 1]}, "row 1: '' is no word"),
        ({"word": ["a  b"], "count": [1]}, "row 0"),
        ({"word": [3], "count": [1]}, "row 0: 3 is no word"),
        ({"word": ["甲", "甲"], "count": [1, 1]}, "'甲' is there twice"),
        ({"word": ["甲"], "count": [0]}, "whole numbers from 1 on"),
        ({"word": ["甲"], "count": [1.5]}, "whole numbers from 1 on"),
        ({"word": ["甲"], "count": [1, 2]}, "one for each word"),
    ],
)
def test_what_is_no_lexicon(columns: dict[str, Any], reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        Lexicon.from_columns(columns)


def test_tables_in_a_notebook() -> None:
    template = Template(Template.parse("[X] of [Y]").parts, 3)
    templates = TemplateSet([template], 9, {"units": "spaces", "separator": "space"})
    vocabulary = Vocabulary([*(bytes([byte]) for byte in range(256)), "天地".encode(), b"\xff\xfe"], [1] * 258)
    for thing, wanted in (
        (evidence(), ["<b>", "9.250"]),
        (templates, ["[X] of [Y]"]),
        (vocabulary, ["天地", r"\xff\xfe"]),
    ):
        table = ElementTree.fromstring(thing._repr_html_())
        cells = [cell.text for cell in table.iter("td")]
        assert set(wanted) <= set(cells)
        caption = table.find("caption")
        assert caption is not None
        assert (caption.text or "").startswith(repr(thing))
    long = lexicon({"天" * size: 1 for size in range(1, 99)})
    assert len([*ElementTree.fromstring(long._repr_html_()).iter("tr")]) == 11


def test_a_corpus_says_what_it_is(tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.txt" for number in range(5)]
    for path in paths:
        path.touch()
    assert repr(Corpus(paths[0])) == f"Corpus('{paths[0]}')"
    assert repr(Corpus(tmp_path)).endswith(", and 2 more)")
