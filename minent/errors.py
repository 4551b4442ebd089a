"""Everything minent raises on purpose.  A message says what happened, where, and what to do about it."""

# Of the reason a message gives, characters.
_LONGEST = 400


class MinentError(Exception):
    """Base of all expected failures: one line for the user, exit code 1 at the shell."""


class InputError(MinentError, ValueError):
    """The input or an argument cannot be used as it is."""


class NoWordsError(InputError):
    """There is nothing but white space and marks in a corpus: no words to find."""


class FormatError(InputError):
    """A file breaks its format.

    path     the file, as the user named it
    reason   what is wrong and the cure
    line     1-based line number, where lines make sense
    offset   0-based byte offset, where they do not
    """

    def __init__(self, path: str, reason: str, *, line: int | None = None, offset: int | None = None) -> None:
        where = path
        if line is not None:
            where += f", line {line}"
        if offset is not None:
            where += f", byte {offset}"
        if len(reason) > _LONGEST:  # it quotes what stands in the file, whatever that is
            reason = f"{reason[: _LONGEST // 2]} … {reason[-_LONGEST // 2 :]}"
        super().__init__(f"{where}: {reason}")
        self.path = path
        self.line = line
        self.offset = offset


class MissingExtraError(MinentError, ImportError):
    """An optional package is needed; the message names the extra that installs it."""


class CapacityError(MinentError):
    """A limit of the program or of the machine is reached."""
