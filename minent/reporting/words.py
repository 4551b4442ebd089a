"""What a page says of a lexicon."""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from minent.evidence.contexts import Context
from minent.evidence.explanation import Explanation
from minent.lexicon import Entry, Lexicon
from minent.markup import escape_markup
from minent.reporting.charts import Chart, bars, columns, histogram, rank_frequency
from minent.reporting.page import Section, definitions, shortened, table
from minent.types import Nats

_BIT = math.log(2)
# Words longer than this stand together in the picture of lengths.
_LONG = 12


def saves_each(lexicon: Lexicon) -> Nats:
    """Return what each word saves at each occurrence, nats; nan for single units, which have no cut to save over."""
    each: Nats = np.where(np.isnan(lexicon.pmi), np.nan, lexicon.score / np.maximum(lexicon.count, 1))
    return each


def best_words(lexicon: Lexicon, size: int) -> list[Entry]:
    """Return the words of two units or more that save most in the whole corpus."""
    rows = np.flatnonzero(~np.isnan(lexicon.pmi))
    return list(lexicon.select(rows[np.argsort(-lexicon.score[rows], kind="stable")[:size]]))


def doubtful_words(lexicon: Lexicon, size: int) -> list[Entry]:
    """Return the words that save least each time they occur: the first to go if the rule were stricter."""
    each = saves_each(lexicon)
    rows = np.flatnonzero(~np.isnan(each))
    return list(lexicon.select(rows[np.argsort(each[rows], kind="stable")[:size]]))


def describe_lexicon(
    name: str,
    lexicon: Lexicon,
    best: Sequence[Entry],
    doubtful: Sequence[Entry],
    contexts: Mapping[str, Sequence[Context]],
    explained: Mapping[str, Explanation],
) -> list[Section]:
    """Return what there is to say of a lexicon.

    name       of its file
    best       see `best_words`
    doubtful   see `doubtful_words`
    contexts   places of a text where these words stand; empty without a text
    explained  what a text knows of the doubtful ones
    """
    about = lexicon.about
    phrases = int(lexicon.is_phrase.sum())
    words = lexicon.at_level(1)
    total = int(words.count.sum())
    figures = [
        (f"{len(words):,}", "words"),
        (f"{total:,}", "occurrences, in the best cut"),
        (f"{_mean_length(words):.2f}", "characters in a word of the text"),
    ]
    figures += [(f"{phrases:,}", "phrases")] if phrases else []
    if "bits-per-character" in about:
        before, after = (float(about.get(key, "nan")) for key in ("units-bits-per-character", "bits-per-character"))
        figures.append((f"{after:.2f}", f"bits a character, {before:.2f} without words"))
    overview = Section(
        "words",
        f"The words: {name}",
        "Words are kept if they make the text cheaper to read than its single characters do.",
        figures,
        [*_costs(lexicon), rank_frequency("rank-frequency", "How often words occur", "word", _sorted(words.count))],
    )
    overview.charts.append(_lengths(words))
    each = saves_each(lexicon)
    overview.charts.append(
        histogram(
            "savings",
            "What a word saves each time",
            "words of two units or more",
            (each[~np.isnan(each)] / _BIT).tolist(),
            ("bits at each occurrence, over the best cut into other words", "words"),
            lambda bits: f"{bits:.4g}",
        )
    )
    facts = ((key, value) for key, value in about.items() if "bits" not in key)
    overview.parts.append(f"<details><summary>How it was made</summary>{definitions(facts)}</details>")
    return [overview, _best(best, contexts), _doubtful(doubtful, contexts, explained)]


def _sorted(counts: Nats) -> list[int]:
    return sorted(map(int, counts.tolist()), reverse=True)


def _mean_length(words: Lexicon) -> float:
    lengths = np.array([len(word) for word in words.words], np.float64)
    return float(lengths @ words.count / max(1, words.count.sum())) if len(words) else math.nan


def _costs(lexicon: Lexicon) -> list[Chart]:
    """What the text costs, if the lexicon says so."""
    keys = ("units-bits-per-character", "bits-per-character", "units-description-bits", "description-bits")
    if not lexicon.about.keys() >= set(keys):
        return []
    before, after, stored_before, stored_after = (float(lexicon.about[key]) for key in keys)
    values = [
        ("read by characters, bits a character", before, f"{before:.3f}"),
        ("read by words, bits a character", after, f"{after:.3f}"),
    ]
    share = 1 - stored_after / stored_before if stored_before else 0.0
    summary = (
        f"Words save {1 - after / before if before else 0.0:.1%} of the entropy of the text. With the lexicon "
        f"itself written down, text and lexicon take {stored_after / 8:,.0f} bytes instead of "
        f"{stored_before / 8:,.0f}: {abs(share):.1%} {'less' if share >= 0 else 'more'}."
    )
    return [bars("entropy", "What reading the text costs", summary, "bits", values)]


def _lengths(words: Lexicon) -> Chart:
    lengths = np.minimum([len(word) for word in words.words] or [0], _LONG + 1)
    longest = int(lengths.max())
    numbers = range(1, longest + 1)
    labels = [str(number) if number <= _LONG else f"{_LONG}+" for number in numbers]
    of_words = np.bincount(lengths, minlength=longest + 1)[1:] / max(1, len(words))
    counts = words.count if len(words) else np.zeros(1)
    of_text = np.bincount(lengths, counts, minlength=longest + 1)[1:] / max(1, counts.sum())
    most = int(np.argmax(of_words)) + 1 if len(words) else 0
    summary = f"Most words have {most} characters: {of_words.max(initial=0):.0%} of the words" + (
        f", {of_text[most - 1]:.0%} of the text." if most else "."
    )
    series = {"in the lexicon": (100 * of_words).tolist(), "in the text": (100 * of_text).tolist()}
    return columns("lengths", "How long words are", summary, ("characters", "%"), labels, series)


_HEADING = ("word", "times", "saves each, bits", "saves in all, bits", "weakest bond, bits", "before", "after")
_CAPTION = "Before, after: how open the text is on either side, bits of branching entropy."


def _row(entry: Entry) -> tuple[str, ...]:
    numbers = (entry.score / entry.count, entry.score, entry.pmi, entry.left_entropy, entry.right_entropy)
    bits = ("" if value != value else f"{value / _BIT:,.{0 if n == 1 else 1}f}" for n, value in enumerate(numbers))
    return shortened(entry.word), f"{entry.count:,}", *bits


def _best(best: Sequence[Entry], contexts: Mapping[str, Sequence[Context]]) -> Section:
    rows = [(*_row(entry), _shown(contexts.get(entry.word, ())[:1])) for entry in best]
    section = Section("best", "The best words", "They save most in the whole text.")
    section.parts.append(table(_CAPTION, (*_HEADING, "in context"), rows, set(range(1, len(_HEADING)))))
    return section


def _doubtful(
    doubtful: Sequence[Entry], contexts: Mapping[str, Sequence[Context]], explained: Mapping[str, Explanation]
) -> Section:
    rows = []
    for entry in doubtful:
        evidence = []
        if found := explained.get(entry.word):
            if found.parts:
                evidence.append("else cut as <b>" + escape_markup(" ".join(found.parts)) + "</b>")
            if found.times and found.as_word is not None:
                evidence.append(f"a word in {found.as_word:,} of {found.times:,} places")
        notes = "".join(f"<span>{note}</span>" for note in evidence)
        rows.append((*_row(entry), f'<span class="context">{notes}</span>{_shown(contexts.get(entry.word, ()))}'))
    text = "They save least each time they occur, and would be the first to go: the place to look for mistakes."
    section = Section("doubtful", "The most doubtful words", text)
    section.parts.append(table(_CAPTION, (*_HEADING, "evidence"), rows, set(range(1, len(_HEADING)))))
    return section


def _shown(contexts: Sequence[Context]) -> str:
    lines = (
        f"<span>…{escape_markup(context.before)}<b>{shortened(context.word)}</b>{escape_markup(context.after)}…</span>"
        for context in contexts
    )
    return f'<span class="context">{"".join(lines)}</span>' if contexts else ""
