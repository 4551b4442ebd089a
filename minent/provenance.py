"""What a saved file says about its making: format, minent version, corpus, and the options that shaped it.

Threads, memory, paths and times never enter, so that the same work gives the same bytes.
"""

import re
from collections.abc import Iterable, Mapping
from itertools import takewhile
from typing import TypeAlias

from minent import __version__
from minent.errors import FormatError

# Kind of file -> version of its format.  Raised whenever an older minent could misread a newer file.
FORMATS = {"counts": 1, "lexicon": 1, "tagger": 1, "templates": 1, "tokenizer": 2}

Value: TypeAlias = str | int | float
Fields: TypeAlias = dict[str, Value]

_ESCAPES = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_UNESCAPES = {escaped: plain for plain, escaped in _ESCAPES.items()}


def describe(kind: str, *, digest: str, size: int, options: Mapping[str, Value]) -> Fields:
    """Return the ordered fields that a file of `kind` (a key of FORMATS) carries.

    digest   of the corpus, in hex; the same for the same lines in any order
    size     of the corpus: bytes of decoded text
    options  those that change the result, as `dataclasses.asdict` gives them; "_" in a name becomes "-"
    """
    fields: Fields = {
        "format": f"minent {kind} {FORMATS[kind]}",
        "minent": __version__,
        "corpus-digest": digest,
        "corpus-bytes": size,
    }
    fields.update((name.replace("_", "-"), value) for name, value in options.items())
    return fields


def add_digests(digests: Iterable[str]) -> str:
    """Return the digest of several corpora together: it is two sums of 64 bits over their lines, in hex."""
    sums = [0, 0]
    for digest in digests:
        for half in (0, 1):
            sums[half] = (sums[half] + int(digest[16 * half : 16 * half + 16], 16)) % 2**64
    return "".join(f"{half:016x}" for half in sums)


def check_format(path: str, fields: Mapping[str, Value], kind: str) -> int:
    """Return the version of the format of a file of `kind`, whose `fields` were read from `path`.

    Raises FormatError unless it is such a file, and one we can read.
    """
    found = str(fields.get("format", ""))
    name, _, version = found.rpartition(" ")
    if name != f"minent {kind}" or not re.fullmatch("[0-9]{1,9}", version):
        what = f"it says it is a {found!r}" if found else "its header does not say what it is"
        raise FormatError(path, f"this is not a minent {kind} file: {what}; make one with minent")
    if int(version) > FORMATS[kind]:
        raise FormatError(
            path,
            f"a newer minent wrote this file (format {version}, this minent {__version__} reads up to "
            f"{FORMATS[kind]}); upgrade minent",
        )
    return int(version)


def render(fields: Mapping[str, Value]) -> str:
    """Return `fields` as lines of the form `# key: value`, in their order, each ended by a newline."""
    return "".join(f"# {key}: {_escape(value)}\n" for key, value in fields.items())


def parse(lines: Iterable[str]) -> dict[str, str]:
    """Read back what `render` wrote from the `#` lines that begin `lines`; the rest is not looked at.

    Values come back as text.  A `#` line without `key: value` is somebody's own remark and is passed over.
    """
    fields = {}
    for line in takewhile(lambda line: line.startswith("#"), lines):
        key, colon, value = line.rstrip("\r\n").removeprefix("#").partition(":")
        if colon:
            fields[key.strip()] = _unescape(value.removeprefix(" "))
    return fields


def _escape(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return re.sub(r"[\\\n\r\t]", lambda match: _ESCAPES[match[0]], str(value))


def _unescape(text: str) -> str:
    return re.sub(r"\\[\\nrt]", lambda match: _UNESCAPES[match[0]], text)
