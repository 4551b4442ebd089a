"""UTF-8 text and bytes -> symbol ids, and the digest that names a corpus whatever the order of its lines."""

import numpy as np

from minent.kernels._jit import kernel
from minent.types import Bytes, Keys, Nodes, Symbols


@kernel
def code_points_to_ids(text: Bytes, id_of: Nodes, seen: Nodes, n_seen: int, ids: Symbols) -> tuple[int, int]:
    """Number the characters of `text` by first appearance; a line feed becomes 0, the block border.

    text    (n,)        uint8   valid UTF-8
    id_of   (0x110000,) int32   code point -> provisional id, 0 = not seen yet; extended here
    seen    (m,)        int32   provisional id - 1 -> code point; extended here
    n_seen  how many of `seen` are in use
    ids     (>= n,)     uint16 or uint32   out

    Returns (ids written, new n_seen); (-1, byte offset) where a character is cut off or cannot begin; (-2, 0) when
    `seen` is full.
    """
    i = 0
    n = text.size
    written = 0
    while i < n:
        lead = np.int64(text[i])
        if lead < 0x80:
            code = lead
            width = 1
        elif lead >= 0xE0 and lead < 0xF0:
            if i + 2 >= n:
                return -1, i
            code = ((lead & 0x0F) << 12) | ((np.int64(text[i + 1]) & 0x3F) << 6) | (np.int64(text[i + 2]) & 0x3F)
            width = 3
        elif lead < 0xE0:
            if i + 1 >= n or lead < 0xC0:
                return -1, i
            code = ((lead & 0x1F) << 6) | (np.int64(text[i + 1]) & 0x3F)
            width = 2
        else:
            if i + 3 >= n:
                return -1, i
            code = ((lead & 0x07) << 18) | ((np.int64(text[i + 1]) & 0x3F) << 12)
            code |= ((np.int64(text[i + 2]) & 0x3F) << 6) | (np.int64(text[i + 3]) & 0x3F)
            width = 4
            if code > 0x10FFFF:
                return -1, i
        i += width
        if code == 10:
            ids[written] = 0
        else:
            number = id_of[code]
            if number == 0:
                if n_seen == seen.size:
                    return -2, 0
                seen[n_seen] = code
                n_seen += 1
                number = n_seen
                id_of[code] = number
            ids[written] = number
        written += 1
    return written, n_seen


@kernel
def bytes_to_ids(data: Bytes, ids: Symbols) -> int:
    """Byte b becomes id b + 1; after each line feed stands a 0, the block border.

    data  (n,)        uint8
    ids   (>= 2 n,)   uint16  out

    Returns the number of ids written.
    """
    written = 0
    for i in range(data.size):
        byte = data[i]
        ids[written] = np.int64(byte) + 1
        written += 1
        if byte == 10:
            ids[written] = 0
            written += 1
    return written


@kernel
def renumber(ids: Symbols, final: Symbols, out: Symbols) -> None:
    """out[i] = final[ids[i]]: provisional ids become final ones.

    ids    (n,)  uint16 or uint32
    final  (k,)  same type: provisional id -> final id
    out    (n,)  same type, may be `ids` itself
    """
    for i in range(ids.size):
        out[i] = final[ids[i]]


@kernel
def digest_lines(data: Bytes, state: Keys) -> None:
    """Add the 128-bit hashes of the lines that end in `data` to a sum that does not depend on their order.

    data   (n,)  uint8
    state  (6,)  uint64: two hash halves of the line under way, two sums of the hashes of whole lines, the bytes of
                 the line that are not hashed yet, and how many bytes it has

    Eight bytes at a time are mixed into both halves by multiplication; the line end adds the length and mixes again.
    """
    first, second, word, length = state[0], state[1], state[4], state[5]
    for i in range(data.size):
        byte = np.uint64(data[i])
        end = byte == 10
        if not end:
            word = (word << np.uint64(8)) | byte
            length += np.uint64(1)
            if length & np.uint64(7):
                continue
        else:
            first ^= length * np.uint64(0xD6E8FEB86659FD93)
        first = (first ^ word) * np.uint64(0xFF51AFD7ED558CCD)
        first ^= first >> np.uint64(47)
        second = (second + word) * np.uint64(0xC4CEB9FE1A85EC53)
        second ^= second >> np.uint64(43)
        word = np.uint64(0)
        if end:
            state[2] += first * np.uint64(0x9E3779B97F4A7C15)
            state[3] += (second ^ (first >> np.uint64(32))) * np.uint64(0xE7037ED1A0B428DB)
            first = np.uint64(0x9E3779B97F4A7C15)
            second = np.uint64(0xC2B2AE3D27D4EB4F)
            length = np.uint64(0)
    state[0], state[1], state[4], state[5] = first, second, word, length
