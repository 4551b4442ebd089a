"""Models in the formats of other programs: each format a module, made into files here."""

from collections.abc import Callable

from minent.errors import InputError
from minent.export import bytepiece, huggingface, sentencepiece, tables
from minent.export.exported import Exported
from minent.files import StrPath, atomic_write, write_folder
from minent.vocabulary import Vocabulary

# What a vocabulary can become.
VOCABULARIES: dict[str, Callable[[Vocabulary], Exported]] = {
    "huggingface": huggingface.export,
    "sentencepiece": sentencepiece.export,
    "bytepiece": bytepiece.export,
    "tsv": tables.export_tsv,
    "jsonl": tables.export_jsonl,
}

# Formats of several files, in a folder.
FOLDERS = {"huggingface"}


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
    if target in FOLDERS:
        write_folder(path, exported.files, force=force)
    else:
        with atomic_write(path, force=force) as stream:
            stream.write(exported.files[""])
    return exported
