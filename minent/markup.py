"""Text in XML and HTML."""

import re
from html import escape

# What XML 1.0 cannot hold.
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def escape_markup(text: str) -> str:
    """Return text as XML and HTML can hold it, in attributes too; what they cannot hold becomes U+FFFD."""
    return escape(_NO_XML.sub("\ufffd", text))
