"""What special tokens are for, by their texts."""

import re

_ROLES = {
    "unk": "unk",
    "unknown": "unk",
    "bos": "bos",
    "s": "bos",
    "begin_of_text": "bos",
    "startoftext": "bos",
    "eos": "eos",
    "/s": "eos",
    "end_of_text": "eos",
    "endoftext": "eos",
    "pad": "pad",
    "mask": "mask",
    "sep": "sep",
    "cls": "cls",
}


def role_of(special: str) -> str:
    """Return what other programs take a special token for: "pad" for <pad>, [PAD], <|pad|>; "" if for nothing."""
    return _ROLES.get(re.sub(r"^[<\[|]+|[>\]|]+$", "", special).lower(), "")
