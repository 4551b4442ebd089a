"""Templates: how they are written and read."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minent.errors import FormatError, InputError
from minent.templates import Template, TemplateSet

# No white space, no surrogates.
WORDS = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Zs", "Zl", "Zp")) | st.sampled_from("[]\\|;=#X"),
    min_size=1,
    max_size=4,
)
TEXT = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=9)


@st.composite
def templates(draw: st.DrawFn) -> Template:
    parts: list[str | None] = [draw(WORDS)]
    for _ in range(draw(st.integers(0, 4))):
        if parts[-1] is not None and draw(st.booleans()):
            parts.append(None)
        else:
            parts.append(draw(WORDS))
    if draw(st.booleans()):
        parts.insert(0, None)
    holes = parts.count(None)
    fillers = st.lists(st.tuples(TEXT, st.integers(1, 99)), min_size=1, max_size=3).map(tuple)
    return Template(
        tuple(parts),
        draw(st.integers(1, 1000)),
        draw(st.integers(-99, 999)) / 10,
        tuple(draw(st.integers(-9000, 9000)) / 1000 for _ in range(len(parts) - holes - 1)),
        tuple(draw(fillers) for _ in range(holes)),
        tuple(draw(TEXT) for _ in range(holes)),
        tuple(draw(st.lists(TEXT, max_size=2))),
    )


def written(tmp_path: Path, *rows: str, head: str = "# format: minent templates 1\n# total: 9\n") -> Path:
    path = tmp_path / "templates.tsv"
    columns = "template\tcount\tgain\ttrivial\tpmi\tclasses\tfillers\texamples"
    path.write_text(head + "\n".join([columns, *rows]) + "\n", "utf-8")
    return path


def test_a_template_is_written_with_spaces_and_read_without() -> None:
    template = Template((None, "的", None, "[", None, "\\"))
    assert template.pattern == r"[X] 的 [Y] \[ [Z] \\"
    assert Template.parse(template.pattern).parts == template.parts
    assert Template.parse("[X]是 什么 意思").parts == (None, "是", "什么", "意思")
    assert Template.parse("[X]是 什么 意思").text("") == "[X]是什么意思"
    assert Template.parse("a]b").parts == ("a]b",)
    assert Template((None, "a") * 4).pattern == "[X] a [Y] a [Z] a [X4] a"


def test_trivial_is_one_word_between_holes() -> None:
    assert [Template.parse(each).trivial for each in ("[X]的[Y]", "求[X]", "[X]的", "[X]a b[Y]")] == [
        True,
        *[False] * 3,
    ]


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("[X]", "at least one fixed word"),
        ("a [X] [Y]", "two holes in a row"),
        ("a[", "nor has a backslash"),
        ("a[]b", "nor has a backslash"),
        ("a\\b", "nor has a backslash"),
    ],
)
def test_what_is_no_template(pattern: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        Template.parse(pattern)


@given(st.lists(templates(), max_size=4, unique_by=lambda template: template.parts))
def test_a_table_comes_back_as_it_was(tmp_path_factory: pytest.TempPathFactory, found: list[Template]) -> None:
    path = tmp_path_factory.mktemp("set") / "templates.tsv"
    saved = TemplateSet(found, 1000, {"format": "minent templates 1", "units": "spaces"})
    saved.save(path)
    loaded = TemplateSet.load(path)
    assert list(loaded) == list(saved)
    assert (loaded.total, loaded.units, loaded.edited) == (1000, "spaces", False)
    assert loaded.about == saved.about


def test_the_order_is_that_of_the_gain_then_of_the_pattern() -> None:
    found = TemplateSet([Template(("b",)), Template(("a",)), Template(("c",), gain=2.0)], 9, {})
    assert [template.pattern for template in found] == ["c", "a", "b"]
    assert [template.pattern for template in found[:1]] == ["c"]


def test_a_table_edited_by_hand_is_read_and_known(tmp_path: Path) -> None:
    found = TemplateSet.load(written(tmp_path, "[X]怎么样\t3", "求[X]\t2\t\t\t\t\t钱=4;a\\;b=1"))
    assert found.edited
    assert [template.count for template in found] == [3, 2]
    assert found[1].fillers == ((("钱", 4), ("a;b", 1)),)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("a", "line 4: a row has a template, a count"),
        ("a\tx", "line 4: the count must be a whole number"),
        ("a\t10", "there are 9 clauses in all"),
        ("[X]\t1", "line 4: a template has at least one fixed word"),
        ("a\t1\tnan", "gain must be a number"),
        ("a\t1\t2\tno", "trivial is yes or empty"),
        ("a\t1\t2\t\t3", "1 fixed words have 0 bonds, not 1"),
        ("a [X]\t1\t2\t\t\tb|c", "classes are those of 2 holes, but the template has 1"),
        ("a [X]\t1\t2\t\t\tb\tc", "a filler is written as text=count"),
        ("b\t1\na\t1\na\t1", "line 6: this template stands in line 5 already"),
    ],
)
def test_a_wrong_row_is_named(tmp_path: Path, row: str, reason: str) -> None:
    with pytest.raises(FormatError, match=reason):
        TemplateSet.load(written(tmp_path, row))


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        ("# format: minent lexicon 1\n", "not a minent templates file"),
        ("# format: minent templates 1\n", "total"),
        ("# format: minent templates 1\n# total: 9\n# units: syllables\n", "units cannot be 'syllables'"),
        ("# format: minent templates 9\n# total: 9\n", "newer minent"),
    ],
)
def test_a_wrong_head_is_named(tmp_path: Path, head: str, reason: str) -> None:
    with pytest.raises(FormatError, match=reason):
        TemplateSet.load(written(tmp_path, "a\t1", head=head))


def test_other_files_are_named(tmp_path: Path) -> None:
    path = tmp_path / "x.tsv"
    path.write_bytes(b"# format: minent templates 1\n# total: 1\n\xff")
    with pytest.raises(FormatError, match="not UTF-8"):
        TemplateSet.load(path)
    path.write_bytes(b"# format: minent templates 1\n# total: 1\nword\tcount\n")
    with pytest.raises(FormatError, match="line 3: here the names of the columns must stand"):
        TemplateSet.load(path)
