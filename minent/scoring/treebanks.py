"""Sentences with brackets from files: a line of brackets for each, or dependency trees in CoNLL-U.

A head and all that depends on it, directly or not, make a bracket: each head of a projective tree gives one.  Of
another tree those heads give none that have other words between their dependents.  Punctuation is left out of that.
Words are syntactic words; those of a multiword token are one word if, one after the other, they do not spell it.

Format: https://universaldependencies.org/format.html
"""

from collections.abc import Iterable, Iterator
from itertools import accumulate, chain
from typing import NamedTuple

from minent.errors import FormatError, InputError
from minent.scoring.bracketing import Bracketed, Stretches, read_brackets
from minent.scoring.evaluation import is_punctuation

_COLUMNS = 10
_ID, _FORM, _HEAD = 0, 1, 6


def read_treebank(lines: Iterable[str], name: str) -> Iterator[Bracketed]:
    """Yield the sentences of a file, in brackets or in CoNLL-U, which has tabs in its first line that is no remark.

    name  of the file, for messages

    Raises FormatError naming the line that is wrong.
    """
    numbered = enumerate(lines, 1)
    first = []
    for number, line in numbered:
        first.append((number, line))
        if line.strip() and not line.startswith("#"):
            break
    rest = chain(first, numbered)
    return _dependencies(rest, name) if first and "\t" in first[-1][1] else _brackets(rest, name)


def _brackets(lines: Iterable[tuple[int, str]], name: str) -> Iterator[Bracketed]:
    for number, line in lines:
        try:
            yield read_brackets(line)
        except InputError as error:
            raise FormatError(name, str(error), line=number) from None


class _Word(NamedTuple):
    """A syntactic word: where it stands in the file, its form, its head (from 1 on, 0 = none)."""

    line: int
    form: str
    head: int


def _dependencies(lines: Iterable[tuple[int, str]], name: str) -> Iterator[Bracketed]:
    words: list[_Word] = []
    tokens: list[tuple[int, int, str]] = []  # multiword ones: first word, last one, form
    for number, line in chain(lines, [(0, "")]):
        if line.startswith("#"):
            continue
        if not line.strip():
            if words:
                yield _sentence(words, tokens, name)
            words, tokens = [], []
            continue
        cells = line.split("\t")
        if len(cells) != _COLUMNS:
            raise FormatError(name, f"a line of CoNLL-U has {_COLUMNS} columns, not {len(cells)}", line=number)
        first, dash, last = cells[_ID].partition("-")
        form, expected = "".join(cells[_FORM].split()), str(len(words) + 1)
        if "." in first:
            continue  # a word that is not in the text
        if dash and first == expected and last.isdecimal():
            tokens.append((int(first), int(last), form))
        elif first == expected and cells[_HEAD].isdecimal():
            words.append(_Word(number, form, int(cells[_HEAD])))
        else:
            reason = f"here word {expected} of a sentence must stand, with the number of its head"
            raise FormatError(name, reason, line=number)


def _sentence(words: list[_Word], tokens: list[tuple[int, int, str]], name: str) -> Bracketed:
    """Put a sentence together."""
    plain = [at for at, word in enumerate(words) if not all(map(is_punctuation, word.form))]
    members: list[list[int]] = [[] for _ in words]  # of each head, by their places in `plain`
    for counted, number in enumerate(plain):
        word, head = words[number], number
        for _ in words:
            members[head].append(counted)
            if words[head].head == 0:
                break
            head = words[head].head - 1
            if head >= len(words):
                raise FormatError(name, "the head is no word of the sentence", line=word.line)
        else:
            raise FormatError(name, "no way leads from this word to the root of the sentence", line=word.line)
    brackets = {
        (plain[those[0]], plain[those[-1]] + 1) for those in members if those and those[-1] - those[0] < len(those)
    }
    return _joined([word.form for word in words], brackets, tokens)


def _joined(forms: list[str], brackets: Stretches, tokens: list[tuple[int, int, str]]) -> Bracketed:
    """Make one word of the words of each multiword token that they do not spell."""
    parts: set[int] = set()  # words but the first of such a token
    for first, last, form in tokens:
        if "".join(forms[first - 1 : last]) != form:
            forms[first - 1 : first] = [form]
            parts.update(range(first, min(last, len(forms))))
    place = list(accumulate((at not in parts for at in range(len(forms))), initial=0))
    words = [form for at, form in enumerate(forms) if at not in parts]
    # A bracket that begins within a token begins with it.
    return Bracketed(words, {(place[start] - (start in parts), place[end]) for start, end in brackets})
