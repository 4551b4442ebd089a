"""A linear-chain CRF over the units of a line: training, the best tags, and how sure they are.

Tags: 0 = a word by itself (S), 1 = end (E), 2 = beginning (B), then the second unit, the third ..., the last tag being
all the others inside a word (M).  Of four tags that is S E B M, of six S E B B2 B3 M.  A chain is what stands between
two borders, and has words from end to end: other tags are never summed or chosen.

Features: the units at distances -2 .. 2, the four pairs of neighbours among them, the pair around the unit, what is
known of the strings of two and three units near it, and the tag before.  What is read by features at positions next to
each other has its weights together, so that they are added at once, and the gradient is the mirror image.

The kernels are told `tags`, 0, 1 ... below their number, as a tuple: its length is a constant for the compiler.
"""

from typing import NamedTuple

import numpy as np

from minent.kernels._jit import kernel
from minent.types import Bytes, Nats, Nodes, Offsets, Symbols


class Features(NamedTuple):
    """A text as features of the CRF."""

    unit: Symbols  # (n,) uint16, 0 = border
    pair: Nodes  # (n + 1,) int32: number of the pair of units i - 1 and i, 0 = none; outside the text are borders
    around: Nodes  # (n,) int32: number of the pair of units i - 1 and i + 1, 0 = none
    two: Bytes  # (n + 1,) uint8: what is known of the string of units i - 1 and i; or (0,): nothing is known of any
    three: Bytes  # (n,) uint8: of units i - 1 .. i + 1; or (0,)
    held: Bytes  # (n,) uint8: 1 = a word must begin here, 2 = must go on; or (0,): nothing must


class Weights(NamedTuple):
    """Weights of the features for t tags: float32, or int16 in multiples of 2^-10."""

    unit: Nats  # (k, 5 t): added to the tags of units i - 2 .. i + 2 for the unit at i
    pair: Nats  # (p, 4 t): to those of units i - 2 .. i + 1 for the pair of i - 1 and i; row 0 is not read
    around: Nats  # (a, t): to those of unit i; row 0 is not read
    two: Nats  # (256, 4 t) as `pair`, or (0, 4 t)
    three: Nats  # (256, 5 t) as `unit`, or (0, 5 t)
    step: Nats  # (t * t,): from each tag to each; steps that no words make are not read


class Chain(NamedTuple):
    """Work space for a chain of up to b units, flat, t tags a row; row 4 is the first unit."""

    scores: Nats  # (t * (b + 8),) float32: scores, then exp of them
    change: Nats  # (t * (b + 8),) float32: what training takes the weights to be wrong by
    forward: Nats  # (t * b,) float32: scaled sums
    live: Bytes  # (b + 8,) uint8: where `change` is worth a step
    total: Nodes  # (t * (b + 8),) int32: scores of whole numbers
    back: Nodes  # (t * b,) int32: best tag before


@kernel
def _allowed(before: int, after: int, tags: tuple[int, ...]) -> bool:
    """Whether words make this step: a word goes on with its next tag or its end, another begins behind an end."""
    if before < 2:
        return after == 0 or after == 2
    return after == 1 or after == min(before + 1, len(tags) - 1)


@kernel
def _tag(inside: int, last: bool, tags: tuple[int, ...]) -> int:
    """The tag of a unit that has so many units of its word before it."""
    if last:
        return 0 if inside == 0 else 1
    return min(2 + inside, len(tags) - 1)


@kernel
def spell_tags(units: Symbols, begins: Bytes, tags: tuple[int, ...], spelled: Bytes) -> None:
    """Turn words into tags.

    units    (n,) uint16, 0 = border
    begins   (n,) uint8: 1 where a word begins
    spelled  (n,) uint8 out: tags; 0 at borders
    """
    inside = 0
    for i in range(units.size):
        if begins[i]:
            inside = 0
        last = i + 1 == units.size or begins[i + 1] != 0 or units[i + 1] == 0
        spelled[i] = _tag(inside, last, tags)
        inside += 1
        if units[i] == 0:
            spelled[i] = 0
            inside = 0


@kernel
def _add(rows: Nats, number: int, span: int, tags: tuple[int, ...], scores: Nats, at: int) -> None:
    """Add the weights of a feature to the tags of `span` units."""
    row = rows[number]
    out = scores[at : at + span * len(tags)]
    for k in range(span * len(tags)):
        out[k] += row[k]


@kernel
def _score(features: Features, weights: Weights, low: int, high: int, tags: tuple[int, ...], scores: Nats) -> None:
    """Add up the scores of the tags of a chain."""
    t = len(tags)
    scores[: t * (high - low + 8)] = 0
    for i in range(low - 2, high + 2):
        unit = np.int64(features.unit[i]) if i >= low and i < high else 0
        _add(weights.unit, unit, 5, tags, scores, t * (i - low + 2))
    for i in range(low, high + 1):
        pair = np.int64(features.pair[i])
        if pair != 0:
            _add(weights.pair, pair, 4, tags, scores, t * (i - low + 2))
    for i in range(low, high):
        around = np.int64(features.around[i])
        if around != 0:
            _add(weights.around, around, 1, tags, scores, t * (i - low + 4))
    if features.two.size > 0:
        for i in range(low, high + 1):
            _add(weights.two, np.int64(features.two[i]), 4, tags, scores, t * (i - low + 2))
        for i in range(low, high):
            _add(weights.three, np.int64(features.three[i]), 5, tags, scores, t * (i - low + 2))


@kernel
def _forbid(features: Features, low: int, high: int, tags: tuple[int, ...], scores: Nats, lowest: float) -> None:
    """Let a chain begin and end with a word, and words begin and go on where they must."""
    t = len(tags)
    size = high - low
    if features.held.size > 0:
        for i in range(low, high):
            for k in range(t):
                begins = k == 0 or k == 2
                if features.held[i] == 1 + begins:
                    scores[t * (i - low + 4) + k] = lowest
    for k in range(t):
        if k != 0 and k != 2:
            scores[4 * t + k] = lowest
        if k > 1:
            scores[t * (size + 3) + k] = lowest


@kernel
def _sum_forward(size: int, moves: Nats, tags: tuple[int, ...], chain: Chain) -> float:
    """Turn scores into their exp, each row scaled, and sum over the ways to get there.  Returns ln of the sum of all.

    moves  (t * t,) float32: exp of the weights of the steps
    """
    t = len(tags)
    scores = chain.scores
    forward = chain.forward
    loss = np.float64(0)
    product = np.float64(1)
    for i in range(size):
        row = t * (i + 4)
        highest = scores[row]
        for k in range(1, t):
            highest = max(highest, scores[row + k])
        loss += highest
        total = np.float32(1e-30)
        for after in range(t):
            ways = np.float32(1)
            if i > 0:
                ways = np.float32(0)
                for before in range(t):
                    if _allowed(before, after, tags):
                        ways += forward[t * (i - 1) + before] * moves[t * before + after]
            scores[row + after] = np.exp(scores[row + after] - highest)
            ways *= scores[row + after]
            forward[t * i + after] = ways
            total += ways
        share = np.float32(1) / total
        for k in range(t):
            forward[t * i + k] *= share
        product *= total
        if product < 1e-200 or product > 1e200:
            loss += np.log(product)
            product = np.float64(1)
    return loss + np.log(product)


@kernel
def _sum_backward(size: int, moves: Nats, tags: tuple[int, ...], chain: Chain, step: Nats) -> None:
    """Fill `change` with the probabilities of the tags; add to `step` those of the steps."""
    t = len(tags)
    scores = chain.scores
    forward = chain.forward
    change = chain.change
    behind = np.ones(t, np.float32)
    ahead = np.empty(t, np.float32)
    for k in range(t):
        change[t * (size + 3) + k] = forward[t * (size - 1) + k]
    for back in range(2, size + 1):
        i = size - back
        row = t * (i + 4)
        for k in range(t):
            ahead[k] = scores[row + t + k] * behind[k]
        total = np.float32(1e-30)
        for before in range(t):
            ways = np.float32(0)
            for after in range(t):
                if _allowed(before, after, tags):
                    ways += moves[t * before + after] * ahead[after]
            behind[before] = ways
            total += forward[t * i + before] * ways
        share = np.float32(1) / total
        largest = np.float32(1e-30)
        for before in range(t):
            here = forward[t * i + before] * share
            change[row + before] = here * behind[before]
            for after in range(t):
                if _allowed(before, after, tags):
                    step[t * before + after] += here * moves[t * before + after] * ahead[after]
            largest = max(largest, behind[before])
        share = np.float32(1) / largest
        for k in range(t):
            behind[k] *= share


@kernel
def _learn(
    weights: Nats, squares: Nats, number: int, span: int, tags: tuple[int, ...], change: Nats, at: int, rate: float
) -> None:
    """One step of AdaGrad for weights that stand together."""
    row = weights[number]
    square = squares[number]
    wrong = change[at : at + span * len(tags)]
    for k in range(span * len(tags)):
        sum_ = square[k] + wrong[k] * wrong[k]
        square[k] = sum_
        row[k] -= rate * wrong[k] / np.sqrt(sum_)


@kernel
def _learn_chain(
    features: Features,
    span: tuple[int, int],
    weights: Weights,
    squares: Weights,
    rate: float,
    tags: tuple[int, ...],
    chain: Chain,
) -> None:
    """Change the weights that the scores of a chain came from, where it is worth it."""
    t = len(tags)
    low, high = span
    change = chain.change
    live = chain.live
    for i in range(high - low + 8):
        largest = np.float32(0)
        for k in range(t):
            largest = max(largest, abs(change[t * i + k]))
        live[i] = largest > np.float32(0.0078125)
    for i in range(low - 2, high + 2):
        r = i - low + 2
        four = live[r] | live[r + 1] | live[r + 2] | live[r + 3]
        if four | live[r + 4]:
            unit = np.int64(features.unit[i]) if i >= low and i < high else 0
            _learn(weights.unit, squares.unit, unit, 5, tags, change, t * r, rate)
            if i >= low and i < high and features.three.size > 0:
                three = np.int64(features.three[i])
                _learn(weights.three, squares.three, three, 5, tags, change, t * r, rate)
        if i >= low and i <= high and four:
            pair = np.int64(features.pair[i])
            if pair != 0:
                _learn(weights.pair, squares.pair, pair, 4, tags, change, t * r, rate)
            if features.two.size > 0:
                _learn(weights.two, squares.two, np.int64(features.two[i]), 4, tags, change, t * r, rate)
        if i >= low and i < high and live[r + 2]:
            around = np.int64(features.around[i])
            if around != 0:
                _learn(weights.around, squares.around, around, 1, tags, change, t * (r + 2), rate)


@kernel
def train_chains(
    features: Features,
    spelled: Bytes,
    chains: tuple[Offsets, Offsets],
    weights: Weights,
    squares: Weights,
    rate: float,
    tags: tuple[int, ...],
    chain: Chain,
) -> float:
    """Train the CRF on chains in the order given: a step of AdaGrad for each.

    spelled  (n,) uint8: the right tags
    chains   (c,) int64 each: where chains begin and end
    weights  float32 out: changed
    squares  float32 out: sums of squared gradients, changed; they begin above 0
    rate     of learning; weights that stand beside nothing more wrong than 2^-7 are left alone
    chain    for the longest chain

    Returns the sum of -ln p of the right tags, each chain by the weights it met.
    Source: Lafferty, McCallum & Pereira (2001); Duchi, Hazan & Singer (2011).
    """
    t = len(tags)
    moves = np.zeros(t * t, np.float32)
    step = np.empty(t * t, np.float32)
    pace = np.float32(rate)
    change = chain.change
    loss = np.float64(0)
    for c in range(chains[0].size):
        low = chains[0][c]
        high = chains[1][c]
        size = high - low
        for k in range(t * t):
            moves[k] = np.exp(weights.step[k])
            step[k] = np.float32(0)
        _score(features, weights, low, high, tags, chain.scores)
        for i in range(low, high):
            loss -= chain.scores[t * (i - low + 4) + spelled[i]]
        _forbid(features, low, high, tags, chain.scores, -np.inf)
        loss += _sum_forward(size, moves, tags, chain)
        change[: 4 * t] = np.float32(0)
        change[t * (size + 4) : t * (size + 8)] = np.float32(0)
        _sum_backward(size, moves, tags, chain, step)
        for i in range(low, high):
            change[t * (i - low + 4) + spelled[i]] -= np.float32(1)
            if i > low:
                k = t * np.int64(spelled[i - 1]) + spelled[i]
                step[k] -= np.float32(1)
                loss -= weights.step[k]
        _learn_chain(features, (low, high), weights, squares, pace, tags, chain)
        for k in range(t * t):
            squares.step[k] += step[k] * step[k]
            weights.step[k] -= pace * step[k] / np.sqrt(squares.step[k])
    return loss


@kernel
def _end(units: Symbols, low: int) -> int:
    """Where the chain ends that begins here."""
    high = low
    while high < units.size and units[high] != 0:
        high += 1
    return high


@kernel
def tag_chains(features: Features, weights: Weights, tags: tuple[int, ...], chain: Chain, begins: Bytes) -> None:
    """Cut a text into words by the tags of highest total score.

    weights  int16
    chain    for the longest chain
    begins   (n,) uint8 out: 1 where a word begins, 0 where it goes on; 1 at borders

    Ties: the lowest tag at the end, then the lowest before it, and so on.  Source: Viterbi (1967).
    """
    units = features.unit
    low = 0
    while low < units.size:
        high = _end(units, low)
        if high == low:
            begins[low] = 1
            low += 1
            continue
        _score(features, weights, low, high, tags, chain.total)
        _forbid(features, low, high, tags, chain.total, -268435456)
        tag = _best_tags(high - low, weights.step, tags, chain)
        for back in range(1, high - low + 1):
            begins[high - back] = tag == 0 or tag == 2
            tag = chain.back[len(tags) * (high - back - low) + tag]
        low = high


@kernel
def _best_tags(size: int, step: Nats, tags: tuple[int, ...], chain: Chain) -> int:
    """Find the best tags of a chain.  Returns the last; `back` leads to the others.

    Scores are less the highest of the row before, so that they stay small however long the chain is.
    """
    t = len(tags)
    scores = chain.total
    top = 0
    for i in range(1, size):
        row = t * (i + 4)
        highest = -1073741824
        for after in range(t):
            best = -1073741824
            way = 0
            for before in range(t):
                if _allowed(before, after, tags):
                    score = scores[row - t + before] + step[t * before + after]
                    if score > best:
                        best = score
                        way = before
            scores[row + after] += best - top
            highest = max(highest, scores[row + after])
            chain.back[t * i + after] = way
        top = highest
    last = t * (size + 3)
    return 0 if scores[last] >= scores[last + 1] else 1


@kernel
def rate_words(
    features: Features, weights: Weights, tags: tuple[int, ...], chain: Chain, begins: Bytes, chances: Nats
) -> None:
    """Tell how probable each word of a cut text is: that it begins where it does and ends where it does.

    weights  int16
    begins   (n,) uint8: 1 where a word begins
    chances  (n,) float32 out: at the first unit of each word; at others it is left alone
    """
    t = len(tags)
    moves = np.zeros(t * t, np.float32)
    for k in range(t * t):
        moves[k] = np.exp(np.float32(weights.step[k]) / np.float32(1024))
    units = features.unit
    low = 0
    while low < units.size:
        high = _end(units, low)
        if high == low:
            low += 1
            continue
        _score(features, weights, low, high, tags, chain.total)
        for k in range(t * (high - low + 8)):
            chain.scores[k] = np.float32(chain.total[k]) / np.float32(1024)
        _forbid(features, low, high, tags, chain.scores, -np.inf)
        _sum_forward(high - low, moves, tags, chain)
        _rate_chain(low, high, moves, tags, chain, begins, chances)
        low = high


@kernel
def _rate_chain(
    low: int, high: int, moves: Nats, tags: tuple[int, ...], chain: Chain, begins: Bytes, chances: Nats
) -> None:
    """Multiply, from the end of each word back, the chance of each tag given the one before it."""
    t = len(tags)
    behind = np.ones(t, np.float32)
    ahead = np.empty(t, np.float32)
    chance = np.float32(1)
    after = 0
    inside = 0
    for back in range(1, high - low + 1):
        i = high - back
        last = i + 1 == high or begins[i + 1] != 0
        if last:
            chance = np.float32(1)
            inside = 0
            while begins[i - inside] == 0 and i - inside > low:
                inside += 1
        here = _tag(inside, last, tags)
        row = t * (i - low + 4)
        total = np.float32(1e-30)
        if i + 1 < high:
            largest = np.float32(1e-30)
            for k in range(t):
                ahead[k] = chain.scores[row + t + k] * behind[k]
            for before in range(t):
                ways = np.float32(0)
                for k in range(t):
                    if _allowed(before, k, tags):
                        ways += moves[t * before + k] * ahead[k]
                behind[before] = ways
                largest = max(largest, ways)
            if not last:
                chance *= moves[t * here + after] * ahead[after] / max(behind[here], np.float32(1e-30))
            for k in range(t):
                behind[k] /= largest
        for k in range(t):
            total += chain.forward[t * (i - low) + k] * behind[k]
        if inside == 0:
            chances[i] = chance * chain.forward[t * (i - low) + here] * behind[here] / total
        inside -= 1
        after = here
