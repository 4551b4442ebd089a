"""What is handed over, in the hands of those who take it: the packages of the `dev` group.

Without them these tests are skipped; `make exchange` runs them, and fails where one of the packages is missing.
"""

import importlib
import json
import os
import subprocess
import sys
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from test_readme import fenced_blocks

from minent import Corpus, Tokenizer, TrainOptions, Vocabulary, VocabularyOptions, export_vocabulary, train_vocabularies
from minent.errors import InputError
from minent.vocabulary import BYTEPIECE

PAGE = Path(__file__).parents[1] / "docs" / "tokenizer.md"
EXCHANGES = "<!-- exchanges -->"
CORPORA = PAGE.parents[1] / "corpora"
sys.path.insert(0, str(CORPORA))
strings = importlib.import_module("strings").strings

SPECIALS = ("<pad>", "<s>", "<|工具 调用|>")
RULES = {
    "as trained": VocabularyOptions(),
    "own newlines, digits alone": VocabularyOptions(SPECIALS, "start", reserved=3, newlines="own", isolate_digits=True),
    "gpt2": VocabularyOptions(pattern="gpt2", newlines="own"),
    "gpt4, nfc": VocabularyOptions(SPECIALS, pattern="gpt4", normalization="nfc", isolate_digits=True),
    "any bytes": VocabularyOptions(("<s>",), "start", reserved=1),
    "bytepiece": BYTEPIECE,
}


os.environ.setdefault("HF_HUB_OFFLINE", "1")  # nothing here is to be found there


def taken(name: str) -> Any:
    """A package of others, or a reason to skip."""
    if os.environ.get("MINENT_EXCHANGE") == "required":
        return importlib.import_module(name)
    return pytest.importorskip(name, reason=f"{name} is not installed: pip install -e '.[dev]'")


@pytest.fixture(scope="module")
def tokenizers() -> Any:
    return taken("tokenizers")


@pytest.fixture(scope="module")
def transformers() -> Any:
    return taken("transformers")


@pytest.fixture(scope="module")
def sentencepiece() -> Any:
    return taken("sentencepiece")


@pytest.fixture(scope="module")
def trained() -> list[Vocabulary]:
    """A vocabulary of whole characters, and one of any bytes."""
    corpus = Corpus(*(CORPORA / name for name in ("en.txt", "ja.txt", "zh.txt")))
    options = (TrainOptions((3000,)), TrainOptions((3000,), ensure_unicode=False))
    return [train_vocabularies(corpus, each)[0] for each in options]


@pytest.fixture(scope="module", params=RULES)
def tokenizer(request: pytest.FixtureRequest, trained: list[Vocabulary]) -> Tokenizer:
    source = trained[request.param == "any bytes"]
    extra = {piece.encode(): 40 for piece in ("a\nb", "\n\n", "\nc", "19", "2a", " é", "<0x41>", "的\n")}
    counts = extra | dict(zip(source.pieces, source.counts.tolist(), strict=True))
    return Tokenizer(Vocabulary([*counts], [*counts.values()], RULES[request.param]))


@pytest.fixture(scope="module")
def texts(tokenizer: Tokenizer) -> list[str]:
    vocabulary = tokenizer.vocabulary
    pieces = [piece.decode(errors="replace") for piece in vocabulary.pieces[256:]]
    return list(strings(2000, seed=5, pieces=pieces, specials=vocabulary.options.specials))


@pytest.fixture(scope="module")
def ids(tokenizer: Tokenizer, texts: list[str]) -> list[list[int]]:
    return [found.tolist() for found in tokenizer.encode_batch(texts).split()]


@pytest.fixture(scope="module")
def asked(tokenizer: Tokenizer, texts: list[str], ids: list[list[int]]) -> list[list[int]]:
    """Ids where the texts of special tokens are asked for."""
    found = [tokenizer.encode(text, specials=True).tolist() for text in texts]
    assert found != ids
    return found


@pytest.fixture(scope="module")
def folder(tokenizer: Tokenizer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("exported")
    assert export_vocabulary(tokenizer.vocabulary, "huggingface", path / "hf").losses == ()
    return path


def test_tokenizers_gives_the_same_ids(
    tokenizers: Any, tokenizer: Tokenizer, texts: list[str], ids: list[list[int]], asked: list[list[int]], folder: Path
) -> None:
    theirs = tokenizers.Tokenizer.from_file(str(folder / "hf" / "tokenizer.json"))
    assert [found.ids for found in theirs.encode_batch(texts)] == asked
    theirs.encode_special_tokens = True
    assert [found.ids for found in theirs.encode_batch(texts)] == ids
    written = json.loads((folder / "hf" / "tokenizer.json").read_text("utf-8"))
    assert json.loads(theirs.to_str())["model"]["vocab"] == written["model"]["vocab"]
    assert theirs.decode_batch(ids) == [tokenizer.decode_text(found) for found in ids]
    for special, number in tokenizer.vocabulary.specials.items():
        assert (theirs.token_to_id(special), theirs.id_to_token(number)) == (number, special)


def test_transformers_gives_the_same_ids(
    transformers: Any,
    tokenizer: Tokenizer,
    texts: list[str],
    ids: list[list[int]],
    asked: list[list[int]],
    folder: Path,
) -> None:
    theirs = transformers.AutoTokenizer.from_pretrained(folder / "hf")
    assert theirs(texts)["input_ids"] == ids
    assert theirs(texts, split_special_tokens=False)["input_ids"] == asked
    for text, found in zip(texts[:200], asked, strict=False):
        kept = tokenizer.decode(found, skip_specials=False).decode()
        assert theirs.decode(found, skip_special_tokens=False) == kept == normal(tokenizer, text)
        assert theirs.decode(found, skip_special_tokens=True) == tokenizer.decode_text(found)
    numbers = {special: theirs.convert_tokens_to_ids(special) for special in tokenizer.vocabulary.specials}
    assert numbers == tokenizer.vocabulary.specials
    assert theirs.pad_token_id == numbers.get("<pad>")
    # Saved again by them.
    theirs.save_pretrained(folder / "again")
    again = transformers.AutoTokenizer.from_pretrained(folder / "again")
    assert again("天地 玄黄\n <pad>")["input_ids"] == tokenizer.encode("天地 玄黄\n <pad>").tolist()


def normal(tokenizer: Tokenizer, text: str) -> str:
    return unicodedata.normalize("NFC", text) if tokenizer.vocabulary.options.normalization == "nfc" else text


def test_sentencepiece_gives_the_same_ids(
    sentencepiece: Any, tokenizer: Tokenizer, texts: list[str], tmp_path: Path
) -> None:
    vocabulary = tokenizer.vocabulary
    if vocabulary.options.pattern != "none":
        with pytest.raises(InputError, match="no pattern"):
            export_vocabulary(vocabulary, "sentencepiece", tmp_path / "m")
        return
    lost = {loss.id for loss in export_vocabulary(vocabulary, "sentencepiece", tmp_path / "m").losses}
    theirs = sentencepiece.SentencePieceProcessor(model_file=str(tmp_path / "m"))
    assert theirs.get_piece_size() == vocabulary.size + 128
    for special, number in vocabulary.specials.items():
        assert (theirs.piece_to_id(special), theirs.is_control(number)) == (number, True)
    assert theirs.pad_id() == vocabulary.specials.get("<pad>", -1)
    given = [normal(tokenizer, text).replace("▁", " ") for text in texts]
    found = theirs.encode(given)
    assert theirs.decode(found) == given
    wanted = [tokenizer.encode(text).tolist() for text in given]
    differ = [(ours, other) for ours, other in zip(wanted, found, strict=True) if ours != other]
    differ = [(ours, other) for ours, other in differ if lost.isdisjoint(ours)]
    assert len(differ) <= 2
    for ours, other in differ:  # as good a way but for the rounding
        assert abs(tokenizer.log_probability(ours) - tokenizer.log_probability(other)) < 2.0**-13 * len(ours)


@pytest.mark.usefixtures("transformers", "sentencepiece")
def test_the_recipe_in_the_readme(trained: list[Vocabulary], tmp_path: Path) -> None:
    (recipe,) = [block for block in fenced_blocks(PAGE.read_text("utf-8")) if block.mark == EXCHANGES]
    trained[0].save(tmp_path / "zh.json")
    export_vocabulary(trained[0], "huggingface", tmp_path / "zh-hf")
    export_vocabulary(trained[0], "sentencepiece", tmp_path / "zh.model")
    path = os.pathsep.join([str(PAGE.parents[1]), *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = os.environ | {"PYTHONPATH": path}
    subprocess.run([sys.executable, "-c", recipe.content], cwd=tmp_path, env=environment, check=True)
