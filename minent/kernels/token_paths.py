"""All the ways to cut a text into pieces: their sum, a random one, the best few.  Units are bytes here."""

import numpy as np

from minent.kernels._jit import kernel
from minent.types import Keys, Nats, Nodes, Offsets


@kernel
def sum_paths(offsets: Offsets, found: Nodes, cost: Nats, alpha: float, total: Nats) -> None:
    """Sum the probabilities, to the power alpha, of all ways to each place.

    offsets  (n + 1,)  int64: the pieces that end at place i + 1 are found[offsets[i]:offsets[i + 1]]
    found    (f, 2)    int32: units and number of each, from `minent.kernels.tokens.list_matches`
    cost     (numbers,) float64: -ln p of each piece, nats
    total    (n + 1,) float64 out: ln of the sum

    Source: the forward algorithm, Baum et al. (1970).
    """
    total[0] = 0.0
    for i in range(offsets.size - 1):
        highest = -np.inf
        for k in range(offsets[i], offsets[i + 1]):
            highest = max(highest, total[i + 1 - found[k, 0]] - alpha * cost[found[k, 1]])
        rest = 0.0
        for k in range(offsets[i], offsets[i + 1]):
            rest += np.exp(total[i + 1 - found[k, 0]] - alpha * cost[found[k, 1]] - highest)
        total[i + 1] = highest + np.log(rest)


@kernel
def sample_path(
    offsets: Offsets, found: Nodes, cost: Nats, alpha: float, total: Nats, seed: int, base: int, numbers: Nodes
) -> int:
    """Draw one way to cut the text, each with probability P^alpha / sum of P^alpha.

    total    from `sum_paths`
    seed     of the draws: a draw depends on it and on the place, counted from `base`, alone
    numbers  (n,) int32 out: the pieces, the last ones of the array, in order

    Returns where they begin.  Source: forward filtering, backward sampling; the draws are SplitMix64 (Steele, Lea and
    Flood 2014).
    """
    at = numbers.size
    place = offsets.size - 1
    while place > 0:
        bits = np.uint64(seed) + (np.uint64(base) + np.uint64(place)) * np.uint64(0x9E3779B97F4A7C15)
        bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        bits ^= bits >> np.uint64(31)
        rest = np.float64(bits >> np.uint64(11)) / 9007199254740992.0
        chosen = offsets[place] - 1  # what rounding leaves over goes to the last one
        for k in range(offsets[place - 1], offsets[place]):
            rest -= np.exp(total[place - found[k, 0]] - alpha * cost[found[k, 1]] - total[place])
            if rest < 0.0:
                chosen = k
                break
        at -= 1
        numbers[at] = found[chosen, 1]
        place -= found[chosen, 0]
    return at


@kernel
def best_paths(offsets: Offsets, found: Nodes, cost: Keys, best: Keys, way: Offsets) -> None:
    """Find the k cheapest ways to each place.

    cost  (numbers,)     uint64: of each piece
    best  (n + 1, k)     uint64 out: costs, increasing; all ones = there is no such way
    way   (n + 1, k, 2)  int64 out: which of `found` ends the way, and which of the ways to its beginning it goes on

    Ties: the longest last piece first, then the better way to its beginning.
    """
    never = np.uint64(0xFFFFFFFFFFFFFFFF)
    best[:] = never
    best[0, 0] = np.uint64(0)
    for i in range(offsets.size - 1):
        for m in range(offsets[i], offsets[i + 1]):
            start = i + 1 - found[m, 0]
            for rank in range(best.shape[1]):
                if best[start, rank] == never:
                    break
                reached = best[start, rank] + cost[found[m, 1]]
                k = best.shape[1] - 1
                if reached >= best[i + 1, k]:
                    break
                while k > 0 and reached < best[i + 1, k - 1]:
                    best[i + 1, k] = best[i + 1, k - 1]
                    way[i + 1, k, 0] = way[i + 1, k - 1, 0]
                    way[i + 1, k, 1] = way[i + 1, k - 1, 1]
                    k -= 1
                best[i + 1, k] = reached
                way[i + 1, k, 0] = m
                way[i + 1, k, 1] = rank
