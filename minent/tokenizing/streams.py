"""Texts that come, or go, bit by bit."""

import codecs
from collections.abc import Callable, Sequence

import numpy as np

from minent.tokenizing.cutter import Cutter
from minent.tokenizing.text import normalized_so_far, prepare, to_bytes
from minent.types import Nodes
from minent.vocabulary import VocabularyOptions


class Encoder:
    """Encodes a text that comes bit by bit: all that `feed` and `finish` return together is what `encode` returns.

    Ids come as soon as nothing that follows can change them.  With a `pattern` that is at the end only: what a
    regular expression finds may depend on all that follows.
    """

    def __init__(self, cutter: Cutter, options: VocabularyOptions) -> None:
        self._cutter = cutter
        self._options = options
        self._waiting = b""

    def feed(self, data: bytes) -> Nodes:
        """Take the next bytes, return the ids that are certain."""
        self._waiting += data
        if self._options.pattern != "none":
            return np.empty(0, np.int32)
        certain = normalized_so_far(self._waiting, self._options.normalization)
        ready, self._waiting = self._waiting[:certain], self._waiting[certain:]
        return self._cutter.feed(to_bytes(ready, self._options.normalization))

    def finish(self) -> Nodes:
        """Return the ids of the rest.  Another text can follow."""
        data, cuts = prepare(self._waiting, self._options)
        self._waiting = b""
        if self._options.pattern != "none":
            return self._cutter.cut(np.frombuffer(data, np.uint8), cuts)[0]
        return np.concatenate([self._cutter.feed(data), self._cutter.finish()])


class Decoder:
    """Decodes ids that come bit by bit into text, whole characters only.

    decode  ids to bytes
    """

    def __init__(self, decode: Callable[[Sequence[int] | Nodes], bytes]) -> None:
        self._decode = decode
        self._characters = codecs.getincrementaldecoder("utf-8")("replace")

    def feed(self, ids: Sequence[int] | Nodes) -> str:
        """Take the next ids, return the characters that are whole; bytes that are no UTF-8 become U+FFFD.

        Raises InputError if an id is none of the vocabulary's.
        """
        return self._characters.decode(self._decode(ids))

    def finish(self) -> str:
        """Return what is left: U+FFFD for a character that was not finished.  Another text can follow."""
        rest = self._characters.decode(b"", final=True)
        self._characters.reset()
        return rest
