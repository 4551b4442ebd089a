"""The samples are what the manifest says, and the generator tells the truth about the text it writes."""

import hashlib
import importlib
import json
import re
import sys
import unicodedata
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

CORPORA = Path(__file__).parent.parent / "corpora"
sys.path.insert(0, str(CORPORA))
generator = importlib.import_module("generate")
manifest = importlib.import_module("manifest")

SAMPLES = sorted(manifest.SAMPLES)
SIZE = 300_000
OPTIONS = generator.Options(SIZE, seed=5, words=3_000, noise=0.2, templates=True)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("generated")
    generator.generate(path, OPTIONS)
    return path


def lines_of(path):
    text = path.read_bytes().decode()
    assert text.endswith("\n")
    return text[:-1].split("\n")


def table_of(path):
    header, *rows = (line.split("\t") for line in lines_of(path))
    return [dict(zip(header, row, strict=True)) for row in rows]


def test_manifest_and_curves_are_true():
    # This runs the generator with the pinned options: it must write on this machine what it wrote on others.
    assert (CORPORA / "manifest.json").read_text("utf-8") == manifest.build_manifest()
    assert (CORPORA / "README.md").read_text("utf-8") == manifest.build_readme()


def test_every_text_is_in_the_manifest():
    listed = {sample["file"] for sample in json.loads((CORPORA / "manifest.json").read_text("utf-8"))["samples"]}
    assert listed == {path.name for path in CORPORA.glob("*.txt")} == set(SAMPLES)


@pytest.mark.parametrize("name", SAMPLES)
def test_sample_is_clean_text_of_some_size(name):
    data = (CORPORA / name).read_bytes()
    text = data.decode()
    assert len(data) >= 30_000
    assert not set(text) & {"\r", "\t", "\ufeff", "\ufffd"}
    assert unicodedata.is_normalized("NFC", text)
    lines = lines_of(CORPORA / name)
    assert all(line == line.strip() and line for line in lines)


@pytest.mark.parametrize("name", SAMPLES)
def test_sample_repeats_no_sentence(name):
    text = (CORPORA / name).read_text("utf-8")
    sentences = [re.sub(r"\W", "", part) for part in re.split(r"[。！？\n]|[.!?]\W", text)]
    repeated = [sentence for sentence, count in Counter(sentences).items() if count > 1 and len(sentence) > 7]
    assert not repeated


def test_a_changed_sample_is_noticed(tmp_path, monkeypatch, capsys):
    for name in ("README.md", "ja.txt"):
        (tmp_path / name).write_bytes((CORPORA / name).read_bytes())
    monkeypatch.setattr(manifest, "HERE", tmp_path)
    monkeypatch.setattr(manifest, "MANIFEST", tmp_path / "manifest.json")
    monkeypatch.setattr(manifest, "README", tmp_path / "README.md")
    monkeypatch.setattr(manifest, "PINNED", ())
    monkeypatch.setattr(sys, "argv", ["manifest.py"])
    assert manifest.main() == 0
    monkeypatch.setattr(sys, "argv", ["manifest.py", "--check"])
    assert manifest.main() == 0
    with (tmp_path / "ja.txt").open("ab") as sample:
        sample.write("海は青い。\n".encode())
    assert manifest.main() == 1
    assert "manifest.json" in capsys.readouterr().err


def test_curve_counts_characters_and_bigrams():
    points = manifest.curve(["abab", "ab", "bcab"])
    assert points[-1] == (10, 3, 4)  # ab ba bc ca; b|a and b|b stand across line ends
    assert [read for read, _, _ in points] == list(range(1, 11))


def test_same_arguments_same_bytes(folder, tmp_path):
    generator.generate(tmp_path, OPTIONS)
    names = {"text.txt", "gold.txt", "gold_templates.txt", "templates.tsv", "words.tsv"}
    assert {path.name for path in tmp_path.iterdir()} == names
    for name in names:
        assert (tmp_path / name).read_bytes() == (folder / name).read_bytes()


def test_output_is_pinned(folder):
    # Changing what a seed means changes every number measured on generated text: do it on purpose only.
    digest = hashlib.sha256((folder / "gold_templates.txt").read_bytes()).hexdigest()
    assert digest == "96aecf212b8e816d81a47ff9fc3fd1531949dcacf31f9b7b694950406e3d89b4"


@pytest.mark.parametrize("field", ["seed", "words", "noise", "exponent"])
def test_every_option_matters(field, folder, tmp_path):
    values = {"size": 20_000, "seed": 5, "words": 3_000, "noise": 0.2, "templates": True}
    values[field] = {"seed": 6, "words": 3_001, "noise": 0.3, "exponent": 1.1}[field]
    generator.generate(tmp_path, generator.Options(**values))
    assert not (folder / "text.txt").read_bytes().startswith((tmp_path / "text.txt").read_bytes())


@pytest.mark.parametrize("size", [1, 100, 2_000, 250_000])
def test_size_is_a_bound_and_smaller_is_a_prefix(size, folder, tmp_path):
    generator.generate(tmp_path, generator.Options(size, 5, 3_000, noise=0.2, templates=True))
    text = (tmp_path / "text.txt").read_bytes()
    whole = (folder / "text.txt").read_bytes()
    assert whole.startswith(text) and len(text) <= size
    assert len(text) + whole[len(text) :].index(b"\n") + 1 > size


def test_text_of_several_blocks_is_full(tmp_path):
    size = 1_500_000  # a block of lines is about a third of it
    generator.generate(tmp_path, generator.Options(size))
    text = (tmp_path / "text.txt").read_bytes()
    longest = max(map(len, text.split(b"\n")))
    assert size - 2 * longest < len(text) <= size and text.endswith(b"\n")
    assert text.count(b"\n") > 2 * generator.BLOCK_LINES
    assert {path.name for path in tmp_path.iterdir()} == {"text.txt", "gold.txt", "words.tsv"}
    assert (tmp_path / "gold.txt").read_bytes().replace(b" ", b"") == text


def test_gold_joins_to_text(folder):
    for text, gold in zip(lines_of(folder / "text.txt"), lines_of(folder / "gold.txt"), strict=True):
        tokens = gold.split(" ")
        assert all(tokens) and "".join(tokens) == text
        assert not re.search("[^一-龥，。]", text)


def test_words_are_counted_and_complete(folder):
    rows = table_of(folder / "words.tsv")
    gold = Counter(token for line in lines_of(folder / "gold.txt") for token in line.split(" "))
    assert {row["word"]: int(row["frequency"]) for row in rows if row["frequency"] != "0"} == gold
    assert {row["kind"] for row in rows if row["word"] in "，。"} == {"punctuation"}
    words = [row["word"] for row in rows if row["kind"] == "word"]
    assert len(words) == len(set(words)) == 3_000
    assert {len(word) for word in words} == {1, 2, 3, 4}
    noise = [row for row in rows if row["kind"] == "noise"]
    assert noise and all(len(row["word"]) == 1 and int(row["frequency"]) for row in noise)
    frequencies = [int(row["frequency"]) for row in rows]
    assert frequencies == sorted(frequencies, reverse=True)


def test_words_share_characters_and_overlap(folder):
    language = generator.Language(OPTIONS)
    words = set(language.lexicon.words)
    assert len({character for word in words for character in word}) <= len(language.lexicon.alphabet) == 600
    joined = Counter(left + right for left, right in language.lexicon.ambiguous)
    assert all({left, right} <= words for left, right in language.lexicon.ambiguous)
    assert all(count == 2 or text in words for text, count in joined.items())
    assert sum(count == 2 for count in joined.values()) > 150
    seen = Counter()
    for line in lines_of(folder / "gold.txt"):
        seen.update(left + " " + right for left, right in pairwise(line.split(" ")) if left + right in joined)
    assert seen.total() > 500
    both = [text for text in joined if seen[f"{text[0]} {text[1:]}"] and seen[f"{text[:2]} {text[2:]}"]]
    assert len(both) > 30


def test_frequencies_follow_zipf(tmp_path):
    language = generator.generate(tmp_path, generator.Options(SIZE, seed=3, words=1_000))
    frequency = {row["word"]: int(row["frequency"]) for row in table_of(tmp_path / "words.tsv")}
    counts = [frequency[word] for word in language.lexicon.words]
    total = sum(counts)
    weights = [1 / (rank + 2) for rank in range(1, 1_001)]
    for first, last in ((0, 1), (1, 10), (10, 100), (100, 1_000)):
        expected = sum(weights[first:last]) / sum(weights)
        assert sum(counts[first:last]) / total == pytest.approx(expected, rel=0.1)


def test_noise_share_and_marks(folder):
    lines = lines_of(folder / "gold.txt")
    noise = [line for line in lines if not line.endswith(" 。")]
    assert len(noise) / len(lines) == pytest.approx(0.2, abs=0.03)
    for line in noise:
        tokens = line.split(" ")
        assert 8 <= len(tokens) <= 72
        assert all(len(token) == 1 and token not in "，。" for token in tokens)


def parse(tokens, patterns, depth=1):
    """Read what stands up to a closing bracket: the plain tokens, the templates used, the deepest nesting."""
    plain, used, deepest = [], [], 0
    while tokens and tokens[-1] not in ("]", "}"):
        token = tokens.pop()
        if not token.startswith("{"):
            plain.append(token)
            continue
        shape = ""
        deepest = max(deepest, depth)
        used.append(token[1:])
        while (part := tokens.pop()) != "}":
            if part != "[":
                shape += part
                plain.append(part)
                continue
            shape += f"[{'XYZ'[shape.count('[')]}]"
            inside = parse(tokens, patterns, depth + 1)
            assert inside[0] and tokens.pop() == "]"
            plain += inside[0]
            used += inside[1]
            deepest = max(deepest, inside[2])
        assert shape == patterns[token[1:]]
    return plain, used, deepest


def test_brackets_nest_and_agree_with_the_templates(folder):
    rows = table_of(folder / "templates.tsv")
    patterns = {row["template"]: row["pattern"] for row in rows}
    assert len(set(patterns.values())) == len(rows) == generator.TEMPLATE_COUNT
    uses, depths = Counter(), Counter()
    gold = lines_of(folder / "gold.txt")
    for line, words in zip(lines_of(folder / "gold_templates.txt"), gold, strict=True):
        tokens = line.split(" ")[::-1]
        plain, used, deepest = parse(tokens, patterns)
        assert not tokens and " ".join(plain) == words
        uses.update(used)
        depths[deepest] += 1
    assert {row["template"]: int(row["frequency"]) for row in rows} == {key: uses[key] for key in patterns}
    assert set(depths) == set(range(generator.TEMPLATE_DEPTH + 1))


@pytest.mark.parametrize(
    ("text", "size"), [("1500", 1500), ("10kB", 10_000), ("1.5 MB", 1_500_000), ("2GiB", 2**31), ("7b", 7)]
)
def test_sizes(text, size):
    assert generator.size_in_bytes(text) == size


@pytest.mark.parametrize("text", ["", "MB", "-5", "10 TB", "1e3", "5xB", "nan"])
def test_wrong_sizes(text):
    with pytest.raises(ValueError, match="not a size"):
        generator.size_in_bytes(text)


@pytest.mark.parametrize(
    "wrong",
    [{"size": 0}, {"seed": -1}, {"words": 99}, {"words": 500_001}, {"noise": 1.1}, {"exponent": -1.0}],
)
def test_wrong_options(wrong):
    with pytest.raises(ValueError, match="must be"):
        generator.Options(**{"size": 1_000, **wrong})


def test_command_line(tmp_path, capsys):
    generator.main(["--size", "20kB", "--seed", "5", "--out", str(tmp_path / "new" / "folder"), "--noise", "0.5"])
    generator.generate(tmp_path, generator.Options(20_000, 5, noise=0.5))
    assert (tmp_path / "new/folder/text.txt").read_bytes() == (tmp_path / "text.txt").read_bytes()
    with pytest.raises(SystemExit) as stopped:
        generator.main(["--size", "20kB", "--out", str(tmp_path), "--noise", "2"])
    assert stopped.value.code == 2 and "noise must be" in capsys.readouterr().err
