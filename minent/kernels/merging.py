"""Merging neighbours into words, the pair first whose word makes the description of text and lexicon shortest.

Tokens stay where their first units stood.  Pairs are known by number, and the token a pair begins with knows the pair:
nothing is looked up.  All places of a pair come into being at once, with the younger of its two words, so that the list
of them is written once; later they only vanish.  What a merge saves depends on the counts of the pair and of its words,
and those change for pairs of the two merged words alone, which are linked; and on the number of all words, which falls
and lets everything save less.  So what a pair saved before bounds what it saves now, but for the pairs of merged words;
they are bounded as if their words had lost some more occurrences already, anew whenever these are gone.  Of all pairs
only those must be looked at whose bounds reach up to the best, and of these only those weighed whose words have lost
occurrences since, or which saved as much as the best when they were weighed last.
"""

from typing import NamedTuple

import numpy as np

from minent.kernels._jit import kernel
from minent.types import Bytes, Counts, Nats, Nodes


class Text(NamedTuple):
    """Words in place: (n,) arrays; the first and the last are borders."""

    word: Nodes  # int32, where a word begins; 0 = border
    width: Bytes  # how many places a word takes, at the first and at the last of them
    pair: Nodes  # int32, where a word begins: its pair with the word behind it, -1 = none that is followed


class Words(NamedTuple):
    """(w,) arrays, the border at 0."""

    count: Counts
    floor: Counts  # at most `count`: what pairs are bounded with
    length: Nodes  # int32
    price: Nats  # nats for spelling it in the lexicon
    parts: Nodes  # (w, 2) int32: what it was merged from
    as_left: Nodes  # int32: first pair that begins with it, -1 = none
    as_right: Nodes  # int32: first pair that ends with it
    fresh: Nodes  # (w, 2) int32 scratch, zero


class Pairs(NamedTuple):
    """(p,) arrays, but for the last."""

    row: Nodes  # (p, 8) int32: what is needed together
    #   0, 1  left and right word
    #   2     occurrences, none overlapping, from the left
    #   3     places in the list, some of which may have vanished
    #   4, 5  next pair with the same left word, and with the same right word, -1 = none
    #   6     where it stands in the heap
    #   7     how often its words occurred when `saving` was computed, -1 = never
    start: Counts  # where the list begins
    saving: Nats  # nats that merging it saved when it was last weighed
    heap: Nodes  # int32: pairs, the highest bound first
    bound: Nats  # merging the pair at this place of the heap saves no more nats than this
    queue: Nodes  # int32 scratch
    places: Nodes  # (m,) int32: lists of places


@kernel
def sort_places(text: Text, n_words: int, order: Nodes) -> int:
    """Sort the places of words that are not before a border by their word, the word behind them, and the place.

    text    of single words; `pair` is scratch
    order   (n,) int32 out

    Returns how many there are.
    """
    ends = np.zeros(n_words + 2, np.int64)
    n = text.word.size
    for i in range(n - 1):
        if text.word[i] != 0 and text.word[i + 1] != 0:
            ends[text.word[i + 1] + 1] += 1
    for w in range(n_words + 1):
        ends[w + 1] += ends[w]
    for i in range(n - 1):
        if text.word[i] != 0 and text.word[i + 1] != 0:
            text.pair[ends[text.word[i + 1]]] = i
            ends[text.word[i + 1]] += 1
    found = ends[n_words]
    ends[:] = 0
    for o in range(found):
        ends[text.word[text.pair[o]] + 1] += 1
    for w in range(n_words + 1):
        ends[w + 1] += ends[w]
    for o in range(found):
        w = text.word[text.pair[o]]
        order[ends[w]] = text.pair[o]
        ends[w] += 1
    return found


@kernel
def _occurrences(text: Text, order: Nodes, low: int, high: int) -> int:
    """How often a pair occurs that begins at order[low:high], single words; overlapping ones count once."""
    if text.word[order[low]] != text.word[order[low] + 1]:
        return high - low
    count = 0
    run = 0
    for o in range(low, high):
        run = run + 1 if o > low and order[o] == order[o - 1] + 1 else 1
        count += run & 1
    return count


@kernel
def find_pairs(text: Text, words: Words, order: Nodes, found: int, limits: tuple[int, int], pairs: Pairs) -> int:
    """Enter the pairs of single words that may be merged.

    order, found  from `sort_places`; pairs.places may be the same array
    limits        least count of a pair, longest word
    pairs         out; with no more than (0,) arrays, nothing is written

    Returns how many pairs there are.
    """
    written = pairs.start.size > 0
    if written:
        text.pair[:] = -1
    used = np.int64(0)
    n_pairs = np.int64(0)
    low = np.int64(0)
    while low < found:
        left = np.int64(text.word[order[low]])
        right = np.int64(text.word[order[low] + 1])
        high = low + 1
        while high < found and text.word[order[high]] == left and text.word[order[high] + 1] == right:
            high += 1
        if words.length[left] + words.length[right] <= limits[1]:
            count = _occurrences(text, order, low, high)
            if count >= limits[0]:
                if written:
                    _enter(words, pairs, n_pairs, left, right, count)
                    pairs.start[n_pairs] = used
                    for o in range(low, high):
                        place = order[o]
                        text.pair[place] = n_pairs
                        pairs.places[used] = place
                        used += 1
                    pairs.row[n_pairs, 3] = high - low
                n_pairs += 1
        low = high
    return n_pairs


@kernel
def _enter(words: Words, pairs: Pairs, pair: int, left: int, right: int, count: int) -> None:
    """Make a pair known to its words, without places."""
    pairs.row[pair, 0] = left
    pairs.row[pair, 1] = right
    pairs.row[pair, 2] = count
    pairs.row[pair, 3] = 0
    pairs.row[pair, 7] = -1
    pairs.row[pair, 4] = words.as_left[left]
    words.as_left[left] = pair
    pairs.row[pair, 5] = words.as_right[right]
    words.as_right[right] = pair


@kernel
def _less(price: float, count: int, used: int, logs: Nats) -> float:
    """What is saved when a word occurs `used` times less: in the text, apart from the number of words; in the lexicon.

    The fewer occurrences there are, the more is saved.  price, logs: see `Words`, `merge_pairs`.
    """
    rest = count - used
    if rest <= 0:
        return -used * logs[used] + logs[used] + logs[used + 1] + price
    text = rest * (logs[rest] - logs[count]) - used * logs[count]
    return text + (logs[count] - logs[rest]) + (logs[count + 1] - logs[rest + 1])


@kernel
def _saving(words: Words, occurrences: Counts, pairs: Pairs, pair: int, total: int, logs: Nats) -> float:
    """By how many nats merging a pair shortens the description, see `minent.cost`.

    occurrences  words.count; or words.floor, for a bound
    total        words in the text
    """
    left = pairs.row[pair, 0]
    right = pairs.row[pair, 1]
    count = np.int64(pairs.row[pair, 2])
    text = count * (np.log(float(total)) + logs[count]) - (total - count) * np.log1p(-count / total)
    if left == right:
        parts = _less(words.price[left], occurrences[left], 2 * count, logs)
    else:
        parts = _less(words.price[left], occurrences[left], count, logs)
        parts += _less(words.price[right], occurrences[right], count, logs)
    # Two spellings in one save a bit.
    price = words.price[left] + words.price[right] - 0.6931471805599453
    return text + parts - (price + logs[count] + logs[count + 1])


@kernel
def _before(pairs: Pairs, first: int, second: int) -> bool:
    """Whether the words of the first pair come before those of the second."""
    if pairs.row[first, 0] != pairs.row[second, 0]:
        return pairs.row[first, 0] < pairs.row[second, 0]
    return pairs.row[first, 1] < pairs.row[second, 1]


@kernel
def _sift(pairs: Pairs, pair: int, bound: float, at: int, size: int) -> None:
    """Put a pair where it belongs in the heap, beginning with `at`, a place that is free."""
    while at > 0 and pairs.bound[(at - 1) >> 1] < bound:
        above = (at - 1) >> 1
        pairs.heap[at] = pairs.heap[above]
        pairs.bound[at] = pairs.bound[above]
        pairs.row[pairs.heap[at], 6] = at
        at = above
    _sift_down(pairs, pair, bound, at, size)


@kernel
def _sift_down(pairs: Pairs, pair: int, bound: float, at: int, size: int) -> None:
    """The same where nothing above is worse."""
    while 2 * at + 1 < size:
        below = 2 * at + 1
        if below + 1 < size and pairs.bound[below + 1] > pairs.bound[below]:
            below += 1
        if pairs.bound[below] <= bound:
            break
        pairs.heap[at] = pairs.heap[below]
        pairs.bound[at] = pairs.bound[below]
        pairs.row[pairs.heap[at], 6] = at
        at = below
    pairs.heap[at] = pair
    pairs.bound[at] = bound
    pairs.row[pair, 6] = at


@kernel
def _bound_linked(
    words: Words, pairs: Pairs, first: Nodes, side: int, word: int, min_count: int, logs: Nats, state: Counts
) -> None:
    """Bound the pairs anew that a list leads to, and take those out of it that have become too rare.

    first, side  words.as_left with 0, or words.as_right with 1
    """
    before = np.int64(-1)
    pair = np.int64(first[word])
    while pair != -1:
        following = np.int64(pairs.row[pair, 4 + side])
        if pairs.row[pair, 2] >= min_count:
            bound = _saving(words, words.floor, pairs, pair, state[0], logs)
            _sift(pairs, pair, bound, np.int64(pairs.row[pair, 6]), state[2])
            before = pair
        elif before == -1:
            first[word] = following
        else:
            pairs.row[before, 4 + side] = following
        pair = following


@kernel
def _best(words: Words, pairs: Pairs, min_count: int, logs: Nats, state: Counts) -> tuple[int, float]:
    """Find the pair that saves most, among those whose bound is not below what the best so far saves.

    What a pair saved before is a bound as well, as long as its words occur as often as then.  The bounds of those that
    are weighed are lowered meanwhile, so that they are not looked at in vain again.  Returns the pair, -1 if there is
    none, and what it saves.
    """
    best = -np.inf
    winner = np.int64(-1)
    size = np.int64(0)
    if state[2] > 0:
        pairs.queue[0] = 0
        size = np.int64(1)
    at = 0
    weighed = 0
    while at < size:
        place = np.int64(pairs.queue[at])
        at += 1
        if pairs.bound[place] < best:
            continue
        for below in range(2 * place + 1, min(2 * place + 3, state[2])):
            if pairs.bound[below] >= best and pairs.bound[below] > -np.inf:
                pairs.queue[size] = below
                size += 1
        pair = np.int64(pairs.heap[place])
        left = pairs.row[pair, 0]
        right = pairs.row[pair, 1]
        seen = words.count[left]
        if right != left:
            seen += words.count[right]
        if pairs.row[pair, 7] == seen and pairs.saving[pair] < best:
            continue
        if pairs.row[pair, 2] < min_count:
            pairs.bound[place] = -np.inf
        else:
            saving = _saving(words, words.count, pairs, pair, state[0], logs)
            pairs.row[pair, 7] = seen
            pairs.saving[pair] = saving
            if saving > best or (saving == best and _before(pairs, pair, winner)):
                best = saving
                winner = pair
            pairs.bound[place] = _saving(words, words.floor, pairs, pair, state[0], logs)
        # What has been read of the queue is free.
        pairs.queue[weighed] = place
        weighed += 1
    # From the ends of the heap on, so that what is below is in order.
    for back in range(weighed):
        place = np.int64(pairs.queue[weighed - 1 - back])
        _sift_down(pairs, np.int64(pairs.heap[place]), pairs.bound[place], place, state[2])
    return winner, best


@kernel
def _run(text: Text, at: int, step: int) -> int:
    """How many equal words in a row begin (step 1) or end (step -1) with the word at `at`."""
    word = text.word[at]
    run = 0
    while text.word[at] == word:
        run += 1
        at = at + text.width[at] if step > 0 else at - text.width[at - 1]
    return run


@kernel
def _replace(text: Text, pairs: Pairs, pair: int, new: int) -> int:
    """Make one word of the two at each place of a pair.  The places are put first in its list; returns how many."""
    start = pairs.start[pair]
    done = np.int64(0)
    for o in range(start, start + pairs.row[pair, 3]):
        i = np.int64(pairs.places[o])
        if text.pair[i] != pair:
            continue
        j = i + text.width[i]
        behind = j + text.width[j]
        ahead = i - text.width[i - 1]
        other = text.pair[ahead]
        if other >= 0:
            # Of a run of equal words every second is the first of an occurrence.
            if pairs.row[other, 0] != pairs.row[other, 1] or _run(text, i, -1) % 2 == 0:
                pairs.row[other, 2] -= 1
        other = text.pair[j]
        if other >= 0 and other != pair:
            if pairs.row[other, 0] != pairs.row[other, 1] or _run(text, j, 1) % 2 == 0:
                pairs.row[other, 2] -= 1
        text.pair[ahead] = -1
        text.pair[i] = -1
        text.pair[j] = -1
        text.word[i] = new
        text.width[i] = behind - i
        text.width[behind - 1] = behind - i
        pairs.places[start + done] = i
        done += 1
    return done


@kernel
def _count_fresh(text: Text, words: Words, pairs: Pairs, pair: int, new: int, longest: int) -> int:
    """Count the pairs of a new word: in words.fresh, by the word on the left [0] and on the right [1].

    Places are counted: for the pair of the new word with itself, occurrences are returned.
    """
    itself = 0
    run = 0
    for o in range(pairs.start[pair], pairs.start[pair] + pairs.row[pair, 3]):
        i = np.int64(pairs.places[o])
        left = text.word[i - text.width[i - 1]]
        right = text.word[i + text.width[i]]
        run = run + 1 if left == new else 1
        itself += 1 - (run & 1)
        if left != 0 and words.length[left] + words.length[new] <= longest:
            words.fresh[left, 0] += 1
        if right != 0 and right != new and words.length[right] + words.length[new] <= longest:
            words.fresh[right, 1] += 1
    return itself


@kernel
def _place(
    words: Words, pairs: Pairs, left: int, right: int, at: int, news: tuple[int, int, int], state: Counts
) -> int:
    """Enter a place into the pair of a new word with another, which is made when its first place comes.

    news  the new word; occurrences of its pair with itself; least count

    Returns the pair, or -1 if it is not followed.
    """
    side = 0 if right == news[0] else 1
    other = left if side == 0 else right
    fresh = words.fresh[other, side]
    if fresh > 0:
        count = np.int64(fresh) if other != news[0] else np.int64(news[1])
        if count >= news[2]:
            pair = state[2]
            _enter(words, pairs, pair, left, right, count)
            pairs.start[pair] = state[3]
            state[2] += 1
            state[3] += fresh
            fresh = -2 - pair
        else:
            fresh = -1
        words.fresh[other, side] = fresh
    if fresh > -2:
        return np.int64(-1)
    pair = np.int64(-2 - fresh)
    pairs.places[pairs.start[pair] + pairs.row[pair, 3]] = at
    pairs.row[pair, 3] += 1
    return pair


@kernel
def _merge(
    text: Text, words: Words, pairs: Pairs, pair: int, limits: tuple[int, int, int], logs: Nats, state: Counts
) -> None:
    """Merge a pair, and bring all counts and the heap up to date."""
    left = np.int64(pairs.row[pair, 0])
    right = np.int64(pairs.row[pair, 1])
    new = state[1]
    count = np.int64(pairs.row[pair, 2])
    words.count[left] -= count
    words.count[right] -= count
    words.count[new] = count
    words.floor[new] = count
    words.length[new] = words.length[left] + words.length[right]
    words.price[new] = words.price[left] + words.price[right] - 0.6931471805599453
    words.parts[new, 0] = left
    words.parts[new, 1] = right
    words.as_left[new] = -1
    words.as_right[new] = -1
    state[0] -= count
    state[1] += 1
    first = state[2]
    pairs.row[pair, 3] = _replace(text, pairs, pair, new)
    pairs.row[pair, 2] = 0
    news = (new, _count_fresh(text, words, pairs, pair, new, limits[1]), np.int64(limits[0]))
    start = pairs.start[pair]
    end = start + pairs.row[pair, 3]
    for o in range(start, end):
        i = np.int64(pairs.places[o])
        ahead = i - text.width[i - 1]
        text.pair[ahead] = _place(words, pairs, np.int64(text.word[ahead]), new, ahead, news, state)
        behind = np.int64(text.word[i + text.width[i]])
        if behind != new:
            text.pair[i] = _place(words, pairs, new, behind, i, news, state)
    for o in range(start, end):
        i = np.int64(pairs.places[o])
        words.fresh[text.word[i - text.width[i - 1]], 0] = 0
        words.fresh[text.word[i + text.width[i]], 1] = 0
    for fresh in range(first, state[2]):
        _sift(pairs, fresh, _saving(words, words.floor, pairs, fresh, state[0], logs), fresh, fresh + 1)
    for word in (left, right):
        if words.count[word] < words.floor[word]:
            # Low enough that it need not be done at each merge; exact for rare words.
            words.floor[word] = words.count[word] - (words.count[word] >> 3)
            _bound_linked(words, pairs, words.as_left, 0, word, limits[0], logs, state)
            _bound_linked(words, pairs, words.as_right, 1, word, limits[0], logs, state)


@kernel
def bound_pairs(words: Words, pairs: Pairs, logs: Nats, state: Counts) -> None:
    """Put the pairs found into the heap; arguments as in `merge_pairs`."""
    for pair in range(state[2]):
        _sift(pairs, pair, _saving(words, words.floor, pairs, pair, state[0], logs), pair, pair + 1)


@kernel
def merge_pairs(
    text: Text,
    words: Words,
    pairs: Pairs,
    limits: tuple[int, int, int],
    logs: Nats,
    state: Counts,
    course: Nats,
    saved: Nats,
) -> int:
    """Merge the pair that saves most, again and again, whether or not it saves anything.

    text, words, pairs  updated; `words` with room for saved.size more
    limits  least count of a pair, longest word, merges that may follow the one that led to the shortest description
    logs    (largest count + 2,) natural logarithms of whole numbers; the first is not used
    state   (5,) number of words in the text, of different words with the border, of pairs; used of pairs.places; merges
            since the description was shortest; updated
    course  (2,) nats: what all merges saved, and how much that was at most; updated
    saved   (m,) out: nats by which each merge shortened the description of text and lexicon, see `minent.cost`

    Of pairs that save the same the one with the lowest words comes first.  Returns how many merges there were: fewer
    than m at the limit, if no pair is left, or if the arrays of pairs have no room for those of the next word.
    """
    for done in range(saved.size):
        pair, saving = _best(words, pairs, limits[0], logs, state)
        if pair == -1 or state[4] >= limits[2]:
            return done
        count = np.int64(pairs.row[pair, 2])
        if pairs.start.size < state[2] + count or pairs.places.size < state[3] + 2 * count:
            return done
        saved[done] = saving
        course[0] += saving
        state[4] += 1
        if course[0] > course[1]:
            course[1] = course[0]
            state[4] = 0
        _merge(text, words, pairs, pair, limits, logs, state)
    return np.int64(saved.size)
