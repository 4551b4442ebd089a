"""UTF-8 text and bytes -> symbol ids, and the digest that names a corpus whatever the order of its lines."""

import numpy as np

from minent.kernels._jit import kernel
from minent.types import Bytes, Keys, Nodes, Symbols


@kernel
def _four_bytes(text: Bytes, i: int) -> int:
    """The code point of a character of four bytes, -1 if it is cut off."""
    if i + 3 >= text.size:
        return -1
    code = (np.int64(text[i]) & 0x07) << 18 | (np.int64(text[i + 1]) & 0x3F) << 12
    return code | (np.int64(text[i + 2]) & 0x3F) << 6 | (np.int64(text[i + 3]) & 0x3F)


@kernel
def _followers(text: Bytes, i: int) -> int:
    """The second to the fourth byte ^ 0x80, or-ed."""
    return (np.int64(text[i + 1]) ^ 0x80) | (np.int64(text[i + 2]) ^ 0x80) | (np.int64(text[i + 3]) ^ 0x80)


@kernel
def code_points_to_ids(text: Bytes, id_of: Nodes, seen: Nodes, n_seen: int, ids: Symbols) -> tuple[int, int, bool]:
    """Number the characters of `text` by first appearance; a line feed becomes 0, the block border.

    text    (n,)        uint8   UTF-8
    id_of   (0x110000,) int32   code point -> provisional id, 0 = not seen yet; extended here
    seen    (m,)        int32   provisional id - 1 -> code point; extended here
    n_seen  how many of `seen` are in use
    ids     (>= n,)     uint16 or uint32   out

    Returns ids written, new n_seen, and whether all bytes but the first of a character are such as follow.  Surrogates
    are numbered.  Instead of the ids written: -1 where a character is cut off or no such character exists; -2 when
    `seen` is full.
    """
    i = 0
    n = text.size
    written = 0
    followers = 0
    while i < n:
        lead = np.int64(text[i])
        if lead < 0x80:
            code = lead
            i += 1
        elif lead >= 0xE0 and lead < 0xF0:
            if i + 2 >= n:
                return -1, n_seen, False
            second = np.int64(text[i + 1])
            third = np.int64(text[i + 2])
            code = ((lead & 0x0F) << 12) | ((second & 0x3F) << 6) | (third & 0x3F)
            followers |= (second ^ 0x80) | (third ^ 0x80)
            if code < 0x800:
                return -1, n_seen, False
            i += 3
        elif lead < 0xE0:
            if i + 1 >= n or lead < 0xC2:
                return -1, n_seen, False
            second = np.int64(text[i + 1])
            code = ((lead & 0x1F) << 6) | (second & 0x3F)
            followers |= second ^ 0x80
            i += 2
        else:
            code = _four_bytes(text, i)
            if code < 0x10000 or code > 0x10FFFF or lead > 0xF4:
                return -1, n_seen, False
            followers |= _followers(text, i)
            i += 4
        number = id_of[code]
        if number == 0 and code != 10:  # the line feed keeps its 0
            if n_seen == seen.size:
                return -2, n_seen, True
            seen[n_seen] = code
            n_seen += 1
            number = n_seen
            id_of[code] = number
        ids[written] = number
        written += 1
    return written, n_seen, followers & 0xC0 == 0


@kernel
def is_utf8(text: Bytes) -> bool:
    """Whether text, (n,) uint8, is whole characters of valid UTF-8 (RFC 3629)."""
    i = 0
    n = text.size
    followers = 0
    while i < n:
        lead = np.int64(text[i])
        if lead < 0x80:
            i += 1
        elif lead >= 0xE0 and lead < 0xF0:
            if i + 2 >= n:
                return False
            second = np.int64(text[i + 1])
            followers |= (second ^ 0x80) | (np.int64(text[i + 2]) ^ 0x80)
            # More bytes than it needs; a surrogate.
            if (lead == 0xE0 and second < 0xA0) or (lead == 0xED and second >= 0xA0):
                return False
            i += 3
        elif lead < 0xE0:
            if i + 1 >= n or lead < 0xC2:
                return False
            followers |= np.int64(text[i + 1]) ^ 0x80
            i += 2
        else:
            code = _four_bytes(text, i)
            if code < 0x10000 or code > 0x10FFFF or lead > 0xF4:
                return False
            followers |= _followers(text, i)
            i += 4
    return followers & 0xC0 == 0


@kernel
def bytes_to_ids(text: Bytes, ids: Symbols) -> None:
    """Number the bytes of valid UTF-8 in their order: of the 256 bytes 13 never occur, so that 0 is left for a border.

    text  (n,)     uint8
    ids   (>= n,)  uint8 out: byte + 1 below 0xC0, byte - 1 above
    """
    for i in range(text.size):
        ids[i] = text[i] + np.uint8(1) - np.uint8(2) * np.uint8(text[i] > 0xC0)


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
def _eight_bytes(data: Bytes, i: int) -> int:
    """The number that eight bytes are, the first one the lowest; the compiler makes one load of it."""
    at = np.uint64(i)
    word = np.uint64(0)
    for k in range(8):
        word |= np.uint64(data[at + np.uint64(k)]) << np.uint64(8 * k)
    return word


@kernel
def _mix(first: int, second: int, word: int) -> tuple[int, int]:
    """Mix eight bytes of a line into both halves of its hash."""
    first = (first ^ word) * np.uint64(0xFF51AFD7ED558CCD)
    second = (second + word) * np.uint64(0xC4CEB9FE1A85EC53)
    return first ^ (first >> np.uint64(47)), second ^ (second >> np.uint64(43))


@kernel
def digest_lines(data: Bytes, state: Keys) -> None:
    """Add the 128-bit hashes of the lines that end in `data` to a sum that does not depend on their order.

    data   (n,)  uint8
    state  (6,)  uint64: two hash halves of the line under way, two sums of the hashes of whole lines, the bytes of
                 the line that are not hashed yet, and how many bytes it has

    Eight bytes at a time are mixed into both halves by multiplication; the line end adds the length and mixes again.
    """
    first, second, word, length = state[0], state[1], state[4], state[5]
    i = 0
    while i < data.size:
        if length & np.uint64(7) == np.uint64(0):
            while i + 8 <= data.size:
                eight = _eight_bytes(data, i)
                # Where a byte is a line feed, its highest bit is set here.
                odd = eight ^ np.uint64(0x0A0A0A0A0A0A0A0A)
                if (odd - np.uint64(0x0101010101010101)) & ~odd & np.uint64(0x8080808080808080):
                    break
                first, second = _mix(first, second, eight)
                length += np.uint64(8)
                i += 8
            if i == data.size:
                break
        byte = np.uint64(data[i])
        i += 1
        if byte != 10:
            word |= byte << (np.uint64(8) * (length & np.uint64(7)))
            length += np.uint64(1)
            if length & np.uint64(7):
                continue
            first, second = _mix(first, second, word)
        else:
            first, second = _mix(first ^ (length * np.uint64(0xD6E8FEB86659FD93)), second, word)
            state[2] += first * np.uint64(0x9E3779B97F4A7C15)
            state[3] += (second ^ (first >> np.uint64(32))) * np.uint64(0xE7037ED1A0B428DB)
            first = np.uint64(0x9E3779B97F4A7C15)
            second = np.uint64(0xC2B2AE3D27D4EB4F)
            length = np.uint64(0)
        word = np.uint64(0)
    state[0], state[1], state[4], state[5] = first, second, word, length
