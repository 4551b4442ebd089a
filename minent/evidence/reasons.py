"""What is known of a word -> the rule of its lexicon that kept or dropped it, and the reason in words."""

import math
from collections.abc import Iterator
from typing import NamedTuple

from minent.characters import LETTERS, Kind
from minent.evidence.occurrences import RUN, Gram
from minent.lexicon import Entry, Lexicon


class Facts(NamedTuple):
    """What is known of a word; None = not known.

    text     as a lexicon writes it
    gram     its units; 0 = a border; of a phrase, its words
    entry    its row in the lexicon, None if there is none
    parts    the best cut of it into other words
    gain     nats it saves, or would save, each time over that cut
    weakest  its weakest inner bond and how many nats that is; None for single units too
    times    how often it occurs as a string
    between  how often it begins where a word does and ends where one does
    cut      how it is cut most often
    least    strings seen fewer times count as not seen
    """

    text: str
    gram: Gram
    entry: Entry | None
    parts: list[str]
    gain: float | None
    weakest: tuple[str, float] | None
    times: int | None
    between: int | None
    cut: str
    least: int


def rule_for(word: Facts, lexicon: Lexicon) -> tuple[str, str]:
    """Return the rule that kept or dropped a word, such as "min-gain", and the reason; "unknown" if nobody can tell."""
    if reason := _form(word, lexicon):
        return reason
    return _dropped(word, lexicon) if word.entry is None else _kept(word, word.entry, lexicon)


def rule_for_phrase(phrase: Facts, lexicon: Lexicon) -> tuple[str, str]:
    """Return the same for words in a row."""
    if not all(phrase.gram):
        return "mark", "a phrase is words with single spaces between them, without marks"
    if phrase.entry is not None:
        if math.isnan(phrase.entry.pmi) and lexicon.about.get("method") != "merging":
            return "hand", "somebody has listed it: its row holds no evidence"
        return "min-phrase-gain", _evidence(phrase, phrase.entry, lexicon, "min-phrase-")
    return next(_broken_phrase(phrase, lexicon), ("autonomy", _ELSEWHERE.format(" ".join(phrase.parts))))


def _broken_phrase(phrase: Facts, lexicon: Lexicon) -> Iterator[tuple[str, str]]:
    longest = _option(lexicon, "max-phrase-length")
    if longest is None:
        yield "levels", "the lexicon was made of words alone (levels 2 finds phrases)"
    elif len(phrase.gram) > longest:
        yield "max-phrase-length", f"it has {len(phrase.gram)} words, and max-phrase-length is {longest:g}"
    if phrase.times is None or phrase.between is None:
        yield "unknown", "it is not in the lexicon, which says no more; look it up in a text"
        return
    min_count = _option(lexicon, "min-phrase-count") or 1
    if phrase.times < min_count:
        yield "min-phrase-count", f"it is seen {phrase.times} times (min-phrase-count {min_count:g})"
    least = _option(lexicon, "min-phrase-pmi")
    if phrase.weakest is not None and least is not None and phrase.weakest[1] < least:
        bond = f"{phrase.weakest[0]}, is {phrase.weakest[1]:.2f} nats"
        yield "min-phrase-pmi", f"its weakest bond, {bond} (min-phrase-pmi {least:g})"
    least = _option(lexicon, "min-phrase-gain")
    if phrase.gain is not None and least is not None and phrase.gain < least:
        saves = f"it would save {phrase.gain:.2f} nats each time over {' '.join(phrase.parts)}"
        yield "min-phrase-gain", f"{saves} (min-phrase-gain {least:g})"


def _option(lexicon: Lexicon, name: str) -> float | None:
    """Return an option that the lexicon was made with, if it says."""
    try:
        return float(lexicon.about[name])
    except (KeyError, ValueError):
        return None


def _form(word: Facts, lexicon: Lexicon) -> tuple[str, str] | None:
    """Return the rule and the reason if the letters of the word alone decide."""
    kinds, _ = lexicon.rules.tables(list(map(ord, word.text)))
    never = "" if word.entry is None else "; the row in the lexicon never matches"
    if not all(word.gram):
        what = "white space" if Kind.SPACE in kinds else "a mark"
        return "mark", f"it holds {what}: that is no part of any word{never}"
    if word.gram[0] >= RUN:
        listed = f"; it is listed when it is seen often enough{_limit('min-count', lexicon)}" if not word.entry else ""
        return "run", f"a run of letters is one unit, always a word{listed}"
    if len(word.gram) > 1 and "letters" in lexicon.rules.runs and ord(LETTERS) in word.gram:
        return "run", f"a run of letters is a word by itself and never part of another{never}"
    if len(word.gram) > 1 and kinds[0] == Kind.JOINING:
        return "joining", f"it begins with {word.text[0]!r}, which belongs to the character before it{never}"
    if lexicon.about.get("effort") == "best" and Kind.DIGIT in kinds[1:] and len(word.gram) > 1:
        return "number", f"a number begins a word, and here it stands within one{never}"
    longest = _option(lexicon, "max-word-length")
    if word.entry is None and longest is not None and len(word.gram) > longest:
        return "max-word-length", f"it has {len(word.gram)} units, and max-word-length is {longest:g}"
    return None


def _kept(word: Facts, entry: Entry, lexicon: Lexicon) -> tuple[str, str]:
    if len(word.gram) == 1:
        return "unit", "every single unit is a word"
    if math.isnan(entry.pmi) and lexicon.about.get("method") == "merging" and entry.score:
        saves = f"it saves {entry.score / entry.count:.2f} nats each time over {' '.join(word.parts)}"
        return (
            "merging",
            f"merging made it, since that shortens lexicon and text; {saves}, and is seen {entry.count} times",
        )
    if math.isnan(entry.pmi):
        return "hand", "somebody has listed it: its row holds no evidence"
    return "min-gain", _evidence(word, entry, lexicon, "min-")


def _evidence(word: Facts, entry: Entry, lexicon: Lexicon, prefix: str) -> str:
    saves = f"it saves {entry.score / entry.count:.2f} nats each time over {' '.join(word.parts)}"
    seen = f"is seen {entry.count} times"
    bond = "" if math.isnan(entry.pmi) else f"its weakest bond is {entry.pmi:.2f} nats"
    reasons = zip((saves, seen, bond), ("gain", "count", "pmi"), strict=True)
    return ", ".join(reason + _limit(prefix + name, lexicon) for reason, name in reasons if reason)


def _dropped(word: Facts, lexicon: Lexicon) -> tuple[str, str]:
    """Return the first rule that a word which is not listed breaks, in the order of the work."""
    return next(_broken(word, lexicon), ("autonomy", _ELSEWHERE.format(" ".join(word.parts))))


_ELSEWHERE = "it would save enough over {}, but the branching entropies put the cuts elsewhere"


def _broken(word: Facts, lexicon: Lexicon) -> Iterator[tuple[str, str]]:
    if word.times is None:
        yield "unknown", "it is not in the lexicon, which says no more; look it up in a text"
        return
    min_count = _option(lexicon, "min-count") or 1
    if word.times < max(min_count, word.least):
        seen = f"fewer than {word.least}" if word.least > 1 and not word.times else f"{word.times}"
        yield "min-count", f"it is seen {seen} times (min-count {min_count:g})"
    if len(word.gram) == 1:
        yield "unit", "as a word of its own it is never seen where the lexicon comes from"
    min_pmi = _option(lexicon, "min-pmi")
    if word.weakest is not None and min_pmi is not None and word.weakest[1] < min_pmi:
        yield "min-pmi", f"its weakest bond, {word.weakest[0]}, is {word.weakest[1]:.2f} nats (min-pmi {min_pmi:g})"
    if word.between is None:
        yield "unknown", "counts do not say how the text is cut; look it up in the text itself"
        return
    if word.between < min_count:
        stands = f"of {word.times} times only {word.between} stand between two cuts of the text"
        yield "autonomy", f"{stands} (min-count {min_count:g}); most often it is cut as {word.cut}"
    min_gain = _option(lexicon, "min-gain")
    if word.gain is not None and min_gain is not None and word.gain < min_gain:
        saves = f"it would save {word.gain:.2f} nats each time over {' '.join(word.parts)}"
        yield "min-gain", f"{saves} (min-gain {min_gain:g})"
    max_words = _option(lexicon, "max-words")
    if max_words and sum(len(listed) > 1 for listed in lexicon.words) >= max_words:
        yield "max-words", f"others save more, and max-words is {max_words:g}"


def _limit(name: str, lexicon: Lexicon) -> str:
    least = _option(lexicon, name)
    return "" if least is None or math.isinf(least) else f" ({name} {least:g})"
