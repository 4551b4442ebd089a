"""The corpus of a command."""

from minent.cli.output import open_output, say, write_rows
from minent.corpus import Corpus
from minent.progress import Progress


def open_corpus(paths: tuple[str, ...], errors: str, listener: Progress, *, reiterable: bool) -> Corpus:
    """Return the corpus of `paths`; reading it advances `listener`, copying a stream of it is announced."""
    return Corpus(
        *paths,
        errors=errors,
        reiterable=reiterable,
        on_spool=lambda name: say(f"{name} is needed more than once: copying it to a temporary file first"),
        on_read=listener.advance,
    )


def list_inputs(paths: tuple[str, ...]) -> None:
    """Print what would be read, without reading it: bytes on disk, number of documents, path."""
    rows = ["bytes\tdocuments\tinput"]
    for path in paths:
        corpus = Corpus(path)
        size = "unknown" if corpus.size is None else corpus.size
        rows.append(f"{size}\t{sum(1 for _ in corpus.documents())}\t{path}")
    with open_output(None) as stream:
        write_rows(stream, rows)
