"""What it costs to read a text as words: entropy, mean word length, and the length of a description of both.

A text of n units (characters, or runs joined to one), cut into N words of which word w occurs c_w times, costs at best

    T = sum over w of c_w ln(N / c_w) = N H            H = -sum p_w ln p_w, nats a word, with p_w = c_w / N
    L = H / l = T / n                                  l = n / N, units a word

nats, L nats for each unit (Su Jianlin 2018, kexue.fm/archives/5476).  That T can be decoded the words must be known,
and how often each occurs.  The description length counts this in, as the code below sends it; q(m) = ln m + ln(m + 1)
is the cost of a whole number m from 1 on, because the sum of 1 / m(m + 1) is 1 (it is how many words occur m times
under Zipf's law).

    units    K of them: q(K + 1); each a code point, ln 1114112, and its count n_x in the text, q(n_x)
    lexicon  for each word its length k in unary, (k + 1) ln 2; its units, sum of ln(n / n_x); its count, q(c_w);
             length 0 ends the list, ln 2
    text     T, each word by its share of all, as an arithmetic coder does

Where the text has white space, marks and line ends, and how joined runs are spelled, is taken to be known: whatever
the words are, it costs the same.  No word goes across such a border, so the lengths of the stretches between them tell
the decoder where to stop.  The spelling is priced by the units of the text, not by those of the lexicon, so that the
price of one word does not depend on the other words: what a change of the lexicon saves can be known without pricing
all of it again.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from minent.errors import InputError
from minent.types import Counts, Nats, Offsets, Symbols

COST_FIELDS = ("bits-per-word", "characters-per-word", "bits-per-character", "description-bits")

_CODE_POINTS = 0x110000
_BIT = math.log(2)


class Cost(NamedTuple):
    """What a text costs, cut into words.

    units    of the text
    words    of the text, N
    text     nats: T
    lexicon  nats: units and lexicon
    """

    units: int
    words: int
    text: float
    lexicon: float

    @property
    def entropy(self) -> float:
        """H, nats a word."""
        return self.text / max(1, self.words)

    @property
    def mean_length(self) -> float:
        """Units a word."""
        return self.units / max(1, self.words)

    @property
    def bits_per_character(self) -> float:
        """L in bits; a joined run counts as one character."""
        return self.text / _BIT / max(1, self.units)

    @property
    def bits(self) -> float:
        """The whole description: units, lexicon and text."""
        return (self.text + self.lexicon) / _BIT

    @property
    def fields(self) -> dict[str, str]:
        """What a saved lexicon says of it: COST_FIELDS, in bits and units."""
        values = (self.entropy / _BIT, self.mean_length, self.bits_per_character)
        return dict(zip(COST_FIELDS, [*(f"{value:.4f}" for value in values), f"{self.bits:.0f}"], strict=True))


def cost_of_words(unit_counts: Counts, units: Symbols, offsets: Offsets, times: Counts) -> Cost:
    """Price a text by its words.

    unit_counts  (k + 1,) how often each unit occurs in the text; not the border, at 0
    units        (u,) the words one after the other
    offsets      (w + 1,) word i is units[offsets[i]:offsets[i + 1]]
    times        (w,) how often each occurs in the text; words that do not are left out
    """
    used = times > 0
    length = np.diff(offsets)
    spelled = (
        np.add.reduceat(np.append(spelling_costs(unit_counts)[units], 0.0), offsets[:-1])[used] if used.size else 0
    )
    present = unit_counts[1:][unit_counts[1:] > 0]
    table = count_costs(np.array([present.size + 1])).sum() + present.size * math.log(_CODE_POINTS)
    table += count_costs(present).sum()
    words = np.sum(spelled) + used.sum() * _BIT + count_costs(times[used]).sum() + _BIT
    total = int(times.sum())
    text = np.sum(times[used] * np.log(max(1, total) / times[used]))
    return Cost(int((times * length).sum()), total, float(text), float(table + words))


def cost_of_units(unit_counts: Counts) -> Cost:
    """Price a text with every unit a word; see `cost_of_words`."""
    size = unit_counts.size - 1
    return cost_of_words(unit_counts, np.arange(1, size + 1), np.arange(size + 1), unit_counts[1:])


def spelling_costs(unit_counts: Counts) -> Nats:
    """Return (k + 1,) float64 nats: what each unit adds to the price of a word it stands in; 0 for the border."""
    costs = np.log(max(1, int(unit_counts[1:].sum())) / np.maximum(unit_counts, 1)) + _BIT
    costs[0] = 0.0
    return costs


def count_costs(numbers: Counts) -> Nats:
    """Return q of whole numbers from 1 on, nats."""
    costs: Nats = np.log(numbers) + np.log(numbers + 1.0)
    return costs


def exact_gain(whole: float, parts: Sequence[tuple[float, int]]) -> float:
    """What making one word of several saves for each word of the text before: N F is by how much T falls, in nats.

    whole  share of the words: occurrences of the parts in a row, none overlapping, from the left / N; above 0
    parts  for each different part its share and how often it stands in the whole

        F = p ln(p / prod p_i^m_i) - (1 - (k - 1) p) ln(1 - (k - 1) p) + sum over i of (p_i - m_i p) ln(1 - m_i p / p_i)

    with k the sum of the m_i and 0 ln 0 = 0; for two different parts this is (2.11), for k different ones (2.16) of
    the source.  F = (L before - L after) l, l before.  Raises InputError for shares that no text has.

    Source: Su Jianlin (2018), kexue.fm/archives/5476; the rule for repeated parts is this project's.
    """
    rest = 1 - (sum(times for _, times in parts) - 1) * whole
    left = [share - times * whole for share, times in parts]
    if whole <= 0 or rest <= 0 or min(left) < -1e-12:
        raise InputError("the parts of a word occur at least as often as the word, and a word at least once")
    gain = whole * (math.log(whole) - sum(times * math.log(share) for share, times in parts)) - rest * math.log(rest)
    for (share, times), remains in zip(parts, left, strict=True):
        if remains > 1e-12:
            gain += remains * math.log1p(-times * whole / share)
    return gain
