"""Text in other encodings, as UTF-8."""

import codecs
from collections.abc import Callable, Iterator

from minent.encodings import likely_encoding
from minent.errors import FormatError, InputError

AUTO, UTF8 = "auto", "utf-8"
_STEP = 1 << 18
# Bytes that are looked at for something beyond ASCII before the encoding is guessed.
_HEAD = 1 << 20
_MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


def check_encoding(encoding: str) -> None:
    """Raise InputError unless this is "auto" or the name of an encoding of text."""
    try:
        if encoding == AUTO or isinstance("".encode(encoding), bytes):
            return
    except (LookupError, ValueError):
        pass
    raise InputError(
        f"there is no encoding {encoding!r}; such are utf-8, gb18030, big5, shift_jis, euc_kr, utf-16, windows-1252, "
        f"or {AUTO} to guess"
    )


def is_utf8(encoding: str) -> bool:
    """Whether text in this encoding can be read as it stands."""
    return encoding != AUTO and codecs.lookup(encoding).name == UTF8


def transcoded(read: Callable[[memoryview], int], name: str, encoding: str, errors: str) -> Iterator[bytes]:
    """Yield a text as UTF-8, as soon as there is some of it.

    read      gives its bytes
    name      of it, for messages
    encoding  of it; "auto": guessed by its first bytes
    errors    what Python's decoder is to do about invalid bytes: "strict", "replace" or "ignore"

    Raises FormatError for invalid bytes if `errors` is strict, and where no encoding can be guessed.
    """
    view = memoryview(bytearray(_STEP))
    data = b""
    if encoding == AUTO:
        while len(data) < _HEAD and data.isascii() and b"\0" not in data and (size := read(view)):
            data += view[:size]
        encoding = _guessed(name, data)
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    if is_utf8(encoding):
        # Checked by whoever reads it, who can say more about what is wrong.
        yield data
        while size := read(view):
            yield bytes(view[:size])
        return
    seen = 0
    while data or (size := read(view)):
        yield _decode(decoder, data or bytes(view[:size]), name, encoding, seen)
        seen += len(data) or size
        data = b""
    yield _decode(decoder, b"", name, encoding, seen)


def _decode(decoder: codecs.IncrementalDecoder, data: bytes, name: str, encoding: str, seen: int) -> bytes:
    """Return some more text; without data, what is left."""
    waiting = len(decoder.getstate()[0])
    try:
        return decoder.decode(data, final=not data).encode("utf-8", "replace")
    except UnicodeDecodeError as error:
        wrong = error.object[error.start : error.end].hex(" ").upper()
        reason = f"{wrong} is not {encoding}; name another --encoding, mend the text or pass --errors replace"
        raise FormatError(name, reason, offset=seen - waiting + error.start) from None
    except UnicodeError:  # what the decoders of UTF-16 and UTF-32 raise without a mark
        reason = f"{encoding} begins with a byte order mark, and this does not; name {encoding}-le or {encoding}-be"
        raise FormatError(name, reason, offset=0) from None


def _guessed(name: str, data: bytes) -> str:
    for mark, encoding in _MARKS.items():
        if data.startswith(mark):
            return encoding
    if b"\0" not in data:
        try:
            codecs.getincrementaldecoder(UTF8)().decode(data)
            return UTF8
        except UnicodeDecodeError as error:
            position = error.start
    else:
        position = data.index(b"\0")
    if guess := likely_encoding(data, position, 0):
        return guess
    raise FormatError(name, "its encoding cannot be told; name it with --encoding", offset=position)
