"""How wide text is shown."""

from unicodedata import category, east_asian_width


def display_width(text: str) -> int:
    """Return how many columns of a terminal `text` takes: two for a wide character, none for one that joins."""
    return sum(
        0 if category(character) in ("Mn", "Me", "Cf") else 1 + (east_asian_width(character) in "WF")
        for character in text
    )
