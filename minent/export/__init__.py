"""Models in the formats of other programs: each format a module, made into files here."""

from collections.abc import Callable

from minent.errors import InputError
from minent.export import bytepiece, huggingface, sentencepiece, tables
from minent.export.exported import Exported
from minent.export.words import hanlp, ik, jieba, kuromoji, kytea, mecab, mecab_dictionary, parquet
from minent.export.words import tables as word_tables
from minent.files import StrPath, atomic_write, write_folder
from minent.lexicon import Lexicon
from minent.vocabulary import Vocabulary

# What a vocabulary can become.
VOCABULARIES: dict[str, Callable[[Vocabulary], Exported]] = {
    "huggingface": huggingface.export,
    "sentencepiece": sentencepiece.export,
    "bytepiece": bytepiece.export,
    "tsv": tables.export_tsv,
    "jsonl": tables.export_jsonl,
}

# What a lexicon can become.
LEXICONS: dict[str, Callable[[Lexicon], Exported]] = {
    "jieba": jieba.export_user,
    "jieba-main": jieba.export_main,
    "hanlp": hanlp.export_dictionary,
    "hanlp2": hanlp.export_list,
    "ik": ik.export,
    "kuromoji": kuromoji.export,
    "mecab": mecab.export,
    "mecab-dict": mecab_dictionary.export,
    "kytea": kytea.export,
    "plain": word_tables.export_plain,
    "csv": word_tables.export_csv,
    "jsonl": word_tables.export_jsonl,
    "parquet": parquet.export,
}

# Formats of several files, in a folder.
FOLDERS = {"huggingface", "mecab-dict"}


def export_vocabulary(vocabulary: Vocabulary, target: str, path: StrPath, *, force: bool = False) -> Exported:
    """Write a vocabulary in the format of another program; return what was written, and what it cannot say.

    target  "huggingface" (a folder for `transformers.AutoTokenizer`), "sentencepiece", "bytepiece" (models of these),
            "tsv" or "jsonl" (tables of all ids)
    path    the file; of huggingface the folder, made if it is not there
    force   whether files there may be replaced

    Raises InputError if there is no such format, if it would cut text in another way, or if files must not be replaced;
    OSError if they cannot be written.
    """
    if target not in VOCABULARIES:
        raise InputError(f"{target!r} is no format for a vocabulary; there are {', '.join(VOCABULARIES)}")
    exported = VOCABULARIES[target](vocabulary)
    _write(exported, target, path, force=force)
    return exported


def export_lexicon(
    lexicon: Lexicon, target: str, path: StrPath, *, force: bool = False, template: str | None = None
) -> Exported:
    """Write a lexicon in the format of another program; return what was written, and which words it cannot have.

    target    "jieba" (to add to its dictionary), "jieba-main" (in the place of it), "hanlp" (1.x), "hanlp2" (2.x), "ik"
              (Elasticsearch, OpenSearch), "kuromoji", "mecab" (to add to a dictionary), "mecab-dict" (a folder, in the
              place of one), "kytea" (to train with), "plain" (the words), "csv", "jsonl", "parquet" (all columns)
    path      the file; of mecab-dict the folder, made if it is not there
    force     whether files there may be replaced
    template  for mecab alone, see `minent.export.words.mecab.export`

    Raises InputError if there is no such format, if the template does not fit, or if files must not be replaced;
    MissingExtraError for parquet without pyarrow; OSError if they cannot be written.
    """
    if target not in LEXICONS:
        raise InputError(f"{target!r} is no format for a lexicon; there are {', '.join(LEXICONS)}")
    if template is not None and target != "mecab":
        raise InputError(f"a template is for the format mecab, not for {target}")
    exported = LEXICONS[target](lexicon) if template is None else mecab.export(lexicon, template)
    _write(exported, target, path, force=force)
    return exported


def _write(exported: Exported, target: str, path: StrPath, *, force: bool) -> None:
    if target in FOLDERS:
        write_folder(path, exported.files, force=force)
    else:
        with atomic_write(path, force=force) as stream:
            stream.write(exported.files[""])
