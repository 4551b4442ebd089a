"""A linear-chain CRF that tags each unit as beginning, middle or end of a word, or a word by itself (B, M, E, S).

Features: the units at distances -2 .. 2, the four pairs of neighbours among them, the pair around the unit; and the
tag before.  A pair of neighbours is read by four features at four positions next to each other, so its weights stand
together and are added at once; so are the five of a unit.  The gradient is the mirror image.
"""

from typing import NamedTuple

import numpy as np

from minent.kernels._jit import kernel
from minent.types import Bytes, Keys, Nats, Nodes, Offsets, Symbols


class Features(NamedTuple):
    """A text as features of the CRF."""

    units: Symbols  # (n,) uint16 or uint32, 0 = border
    pair: Nodes  # (n + 1,) int32: number of the pair of units i - 1 and i, 0 = none; outside the text are borders
    around: Nodes  # (n,) int32: number of the pair of units i - 1 and i + 1, 0 = none


class Weights(NamedTuple):
    """Weights of the features: float32.  The tags are 0 = B, 1 = M, 2 = E, 3 = S."""

    unit: Nats  # (k, 20): added to 4 tags of units i - 2 .. i + 2 for the unit at i
    pair: Nats  # (p, 16): to those of units i - 2 .. i + 1 for the pair of i - 1 and i
    around: Nats  # (a, 4): to those of unit i
    step: Nats  # (16,): from each tag to each; steps that no words make are not read


class Chain(NamedTuple):
    """Work space for a block of up to b units, flat, 4 tags a row: float32."""

    scores: Nats  # (4 * (b + 8),) scores; row 4 is the first unit
    change: Nats  # (4 * (b + 8),) what training takes the weights to be wrong by
    forward: Nats  # (4 * b,) scaled sums
    back: Nodes  # (4 * b,) int32: best tag before


@kernel
def _slot(table: Keys, key: int) -> int:
    """Where a key stands in the table, or would stand; keys are not 0."""
    mask = np.uint64(table.shape[0] - 1)
    at = np.uint64(key)
    at *= np.uint64(0x9E3779B97F4A7C15)
    at = (at ^ (at >> np.uint64(32))) & mask
    while table[at, 0] != np.uint64(key) and table[at, 0] != np.uint64(0):
        at = (at + np.uint64(1)) & mask
    return np.int64(at)


@kernel
def number_pairs(units: Symbols, gap: int, known: Keys, table: Keys, numbers: Nodes) -> None:
    """Number the pairs of units i and i + gap by their place among the known ones, from 1 on; 0 = not among them.

    gap      1 or 2
    known    (p,) uint64: left unit << 32 | right unit, which are not both 0
    table    (m, 2) uint64: zeros; m a power of two above p
    numbers  (n + 2 - gap,) int32 out: the pair of units i - 1 and i - 1 + gap; outside the text are borders
    """
    for k in range(known.size):
        at = _slot(table, known[k])
        table[at, 0] = known[k]
        table[at, 1] = k + 1
    n = units.size
    for i in range(numbers.size):
        left = np.uint64(units[i - 1]) if i > 0 else np.uint64(0)
        right = np.uint64(units[i - 1 + gap]) if i - 1 + gap < n else np.uint64(0)
        key = (left << np.uint64(32)) | right
        numbers[i] = 0
        if key != np.uint64(0):
            at = _slot(table, key)
            numbers[i] = table[at, 1]


@kernel
def _near(units: Symbols, low: int, high: int, i: int) -> int:
    """The unit at i, which is up to 2 beside a block; behind a border is nothing but borders."""
    if i < 0 or i >= units.size:
        return 0
    if (i == low - 2 and units[low - 1] == 0) or (i == high + 1 and units[high] == 0):
        return 0
    return np.int64(units[i])


@kernel
def _score(features: Features, weights: Weights, low: int, high: int, scores: Nats) -> None:
    """Add up the scores of the tags of a block."""
    units = features.units
    n = units.size
    scores[: 4 * (high - low + 8)] = np.float32(0)
    opened = low > 0 and units[low - 1] != 0
    closed = high < n and units[high] != 0
    for i in range(low - 2, high + 2):
        unit = _near(units, low, high, i)
        at = 4 * (i - low + 2)
        for k in range(20):
            scores[at + k] += weights.unit[unit, k]
    for i in range(low - 1 if opened else low, high + 2 if closed else high + 1):
        pair = features.pair[i]
        if pair != 0:
            at = 4 * (i - low + 2)
            for k in range(16):
                scores[at + k] += weights.pair[pair, k]
    for i in range(low, high):
        around = features.around[i]
        if around != 0:
            at = 4 * (i - low + 4)
            for k in range(4):
                scores[at + k] += weights.around[around, k]


@kernel
def _allowed(step: int) -> bool:
    """Whether words make this step, from tag step // 4 to tag step % 4: after B or M comes M or E, else B or S."""
    before = step // 4
    after = step % 4
    return (after == 1 or after == 2) == (before == 0 or before == 1)


@kernel
def _tag(begins: Bytes, i: int, low: int, high: int) -> int:
    """The tag of a unit, by where words begin; a block begins and ends with a word."""
    last = i + 1 == high or begins[i + 1] != 0
    if i == low or begins[i] != 0:
        return 3 if last else 0
    return 2 if last else 1


@kernel
def _sum_forward(size: int, moves: Nats, chain: Chain) -> None:
    """Turn scores into probabilities of unit and tag, each row scaled, and sum over the ways to get there.

    moves  (16,) float32: exp of the weights of the steps, 0 where words make no such step
    """
    scores = chain.scores
    forward = chain.forward
    for i in range(size):
        row = 4 * (i + 4)
        highest = max(max(scores[row], scores[row + 1]), max(scores[row + 2], scores[row + 3]))
        for k in range(4):
            scores[row + k] = np.exp(scores[row + k] - highest)
        if i == 0:
            scores[row + 1] = np.float32(0)
            scores[row + 2] = np.float32(0)
        if i == size - 1:
            scores[row] = np.float32(0)
            scores[row + 1] = np.float32(0)
        total = np.float32(1e-30)
        for after in range(4):
            ways = np.float32(1)
            if i > 0:
                ways = np.float32(0)
                for before in range(4):
                    ways += forward[4 * (i - 1) + before] * moves[4 * before + after]
            ways *= scores[row + after]
            forward[4 * i + after] = ways
            total += ways
        share = np.float32(1) / total
        for k in range(4):
            forward[4 * i + k] *= share


@kernel
def _sum_backward(size: int, moves: Nats, chain: Chain, step: Nats) -> None:
    """Fill `change` with the probabilities of the tags; add to `step` those of the steps."""
    scores = chain.scores
    forward = chain.forward
    change = chain.change
    behind = np.ones(4, np.float32)
    ahead = np.empty(4, np.float32)
    for k in range(4):
        change[4 * (size + 3) + k] = forward[4 * (size - 1) + k]
    for back in range(2, size + 1):
        i = size - back
        row = 4 * (i + 4)
        for k in range(4):
            ahead[k] = scores[row + 4 + k] * behind[k]
        total = np.float32(1e-30)
        for before in range(4):
            ways = np.float32(0)
            for after in range(4):
                ways += moves[4 * before + after] * ahead[after]
            behind[before] = ways
            total += forward[4 * i + before] * ways
        share = np.float32(1) / total
        largest = np.float32(1e-30)
        for before in range(4):
            here = forward[4 * i + before] * share
            change[row + before] = here * behind[before]
            for after in range(4):
                step[4 * before + after] += here * moves[4 * before + after] * ahead[after]
            largest = max(largest, behind[before])
        for k in range(4):
            behind[k] /= largest


@kernel
def _learn(weights: Nats, squares: Nats, change: Nats, at: int, rate: float) -> None:
    """One step of AdaGrad for weights that stand together."""
    for k in range(weights.size):
        wrong = change[at + k]
        squares[k] += wrong * wrong
        weights[k] -= np.float32(rate) * wrong / np.sqrt(squares[k])


@kernel
def _learn_block(
    features: Features, low: int, high: int, weights: Weights, squares: Weights, change: Nats, rate: float
) -> None:
    """Change all weights that the scores of a block came from."""
    units = features.units
    n = units.size
    opened = low > 0 and units[low - 1] != 0
    closed = high < n and units[high] != 0
    for i in range(low - 2, high + 2):
        unit = _near(units, low, high, i)
        _learn(weights.unit[unit], squares.unit[unit], change, 4 * (i - low + 2), rate)
    for i in range(low - 1 if opened else low, high + 2 if closed else high + 1):
        pair = features.pair[i]
        if pair != 0:
            _learn(weights.pair[pair], squares.pair[pair], change, 4 * (i - low + 2), rate)
    for i in range(low, high):
        around = features.around[i]
        if around != 0:
            _learn(weights.around[around], squares.around[around], change, 4 * (i - low + 4), rate)


@kernel
def train_tagger(
    features: Features,
    begins: Bytes,
    blocks: tuple[Offsets, Offsets],
    held: tuple[int, int],
    weights: Weights,
    squares: Weights,
    rate: float,
    chain: Chain,
) -> None:
    """Train the CRF on a cut text, once over it: AdaGrad, a step for each block.

    begins   (n,)  uint8: 1 where a word begins
    blocks   (b,)  int64 each: where blocks begin and end
    held     fold, of how many: its blocks are left out; 64 blocks in a row are of one fold
    weights  out: changed
    squares  out: sums of squared gradients, changed; they begin above 0
    rate     of learning
    chain    for the longest block

    Source: Lafferty, McCallum & Pereira (2001); Duchi, Hazan & Singer (2011).
    """
    moves = np.empty(16, np.float32)
    step = np.empty(16, np.float32)
    change = chain.change
    for b in range(blocks[0].size):
        if b // 64 % held[1] == held[0]:
            continue
        low = blocks[0][b]
        high = blocks[1][b]
        size = high - low
        for k in range(16):
            moves[k] = np.exp(weights.step[k]) if _allowed(k) else np.float32(0)
            step[k] = np.float32(0)
        _score(features, weights, low, high, chain.scores)
        _sum_forward(size, moves, chain)
        change[:16] = np.float32(0)
        change[4 * (size + 4) : 4 * (size + 8)] = np.float32(0)
        _sum_backward(size, moves, chain, step)
        before = 0
        for i in range(low, high):
            tag = _tag(begins, i, low, high)
            change[4 * (i - low + 4) + tag] -= np.float32(1)
            if i > low:
                step[4 * before + tag] -= np.float32(1)
            before = tag
        _learn_block(features, low, high, weights, squares, change, rate)
        _learn(weights.step, squares.step, step, 0, rate)


@kernel
def tag_words(
    features: Features,
    blocks: tuple[Offsets, Offsets],
    held: tuple[int, int],
    weights: Weights,
    chain: Chain,
    begins: Bytes,
) -> None:
    """Cut the blocks of one fold into words by the tags of highest total score.

    held    fold, of how many; only its blocks are read
    begins  (n,)  uint8 out: 1 where a word begins, 0 where it goes on; other folds and borders are left alone

    Ties: the lowest tag, but S before E at the end of a block.  The rest as in `train_tagger`.  Source: Viterbi (1967).
    """
    for b in range(blocks[0].size):
        if b // 64 % held[1] != held[0]:
            continue
        low = blocks[0][b]
        high = blocks[1][b]
        _score(features, weights, low, high, chain.scores)
        tag = _best_tags(high - low, weights.step, chain)
        for back in range(1, high - low + 1):
            begins[high - back] = tag == 0 or tag == 3
            tag = chain.back[4 * (high - back - low) + tag]


@kernel
def _best_tags(size: int, step: Nats, chain: Chain) -> int:
    """Find the best tags of a block.  Returns the last; `back` leads to the others."""
    scores = chain.scores
    scores[17] = -np.inf
    scores[18] = -np.inf
    for i in range(1, size):
        row = 4 * (i + 4)
        for after in range(4):
            best = np.float32(-np.inf)
            way = 0
            for before in range(4):
                score = scores[row - 4 + before] + step[4 * before + after]
                if score > best and _allowed(4 * before + after):
                    best = score
                    way = before
            scores[row + after] += best
            chain.back[4 * i + after] = way
    last = 4 * (size + 3)
    return 2 if scores[last + 2] > scores[last + 3] else 3
