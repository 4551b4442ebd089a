"""How long work reports where it stands, without knowing who listens."""

from typing import Protocol


class Progress(Protocol):
    """Called by long work; the shell turns it into a bar, a library user into whatever they like."""

    def stage(self, name: str, total: int | None = None, unit: str = "B") -> None:
        """Begin a stage of `total` units (None: unknown); it replaces the stage before it."""

    def advance(self, amount: int) -> None:
        """`amount` more units of the current stage are done."""


class Silent:
    """The default listener: hears everything, says nothing."""

    def stage(self, name: str, total: int | None = None, unit: str = "B") -> None:
        """Ignore the stage."""

    def advance(self, amount: int) -> None:
        """Ignore the step."""
