"""What commands read."""

from pathlib import Path
from typing import TYPE_CHECKING

from minent.cli.options import Reading, usage_errors
from minent.cli.output import open_output, say, visible, warn, write_rows
from minent.corpus import Corpus
from minent.progress import Progress
from minent.sources.forms import Form

if TYPE_CHECKING:
    from minent.lexicon import Lexicon
    from minent.ngrams import NgramCounts
    from minent.templates import TemplateSet
    from minent.vocabulary import Vocabulary

_COUNTS = b"minent counts"
_TEMPLATES = b"# format: minent templates"
_TAGGER = b"minent tagger"


def open_corpus(
    paths: tuple[str, ...], reading: Reading | str, listener: Progress, *, reiterable: bool = False
) -> Corpus:
    """Return the corpus of `paths`; reading it advances `listener`, copying a stream of it is announced.

    reading  how what is there is text, or only what to do about invalid UTF-8
    """
    with usage_errors():
        form = Form(reading) if isinstance(reading, str) else Form(*reading)
    told: set[str] = set()

    def tell(name: str, count: int) -> None:
        if name not in told:  # once, however often it is read
            told.add(name)
            warn(f"{name}: {count:,} bad records left out")

    return Corpus(
        *paths,
        errors=form.errors,
        encoding=form.encoding,
        field=form.field,
        skip_bad=form.skip_bad,
        on_bad=tell,
        reiterable=reiterable,
        on_spool=lambda name: say(f"{name} is read twice: copying it to a temporary file first"),
        on_read=listener.advance,
    )


def list_inputs(paths: tuple[str, ...]) -> int | None:
    """Print what would be read, without reading it: bytes on disk, number of documents, path.

    Returns the bytes of all, None if they are not known.
    """
    sizes = []
    rows = ["bytes\tdocuments\tinput"]
    for path in paths:
        corpus = Corpus(path)
        sizes.append(corpus.size)
        documents = sum(1 for _ in corpus.documents())
        rows.append(f"{'unknown' if corpus.size is None else corpus.size}\t{documents}\t{visible(path)}")
    with open_output(None) as stream:
        write_rows(stream, rows)
    return None if None in sizes else sum(size for size in sizes if size is not None)


def load_lexicon(path: str) -> "Lexicon":
    """Load a lexicon, and say so if it is not as minent wrote it.  Raises what `Lexicon.load` raises."""
    from minent.lexicon import Lexicon

    lexicon = Lexicon.load(path)
    if lexicon.edited:
        say(f"{path}: edited by hand since minent wrote it")
    return lexicon


def load_templates(path: str) -> "TemplateSet":
    """Load templates, and say so if they are not as minent wrote them.  Raises what `TemplateSet.load` raises."""
    from minent.templates import TemplateSet

    templates = TemplateSet.load(path)
    if templates.edited:
        say(f"{path}: edited by hand since minent wrote it")
    return templates


def load_any(path: str) -> "Lexicon | TemplateSet | Vocabulary":
    """Load a lexicon, templates or a tokenizer, told by its first bytes.  Raises what their `load` raises."""
    if is_vocabulary(path):
        from minent.vocabulary import Vocabulary

        return Vocabulary.load(path)
    return load_templates(path) if is_templates(path) else load_lexicon(path)


def load_background(path: str) -> "Lexicon | NgramCounts":
    """Load a lexicon or counts.  Raises what `Lexicon.load` and `NgramCounts.load` raise."""
    if is_counts(path):
        from minent.ngrams import NgramCounts

        return NgramCounts.load(path)
    return load_lexicon(path)


def is_counts(path: str) -> bool:
    """Whether a regular file begins as one of counts.  Raises OSError if it cannot be read."""
    return _begins(path).startswith(_COUNTS)


def is_tagger(path: str) -> bool:
    """Whether a regular file begins as a tagger does.  Raises OSError if it cannot be read."""
    return _begins(path).startswith(_TAGGER)


def is_templates(path: str) -> bool:
    """Whether a regular file begins as templates do.  Raises OSError if it cannot be read."""
    return _begins(path).removeprefix(b"\xef\xbb\xbf").startswith(_TEMPLATES)


def is_vocabulary(path: str) -> bool:
    """Whether a regular file begins as a tokenizer does.  Raises OSError if it cannot be read."""
    return _begins(path).lstrip().startswith(b"{")


def _begins(path: str) -> bytes:
    """The first bytes of a regular file; of a pipe there is no first look, and counts and taggers come from none."""
    if not Path(path).is_file():
        return b""
    with Path(path).open("rb") as stream:
        return stream.read(64)
