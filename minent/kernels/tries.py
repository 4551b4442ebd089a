"""Sorted n-gram tries: suffix links, and which n-grams are worth trying as words.

Nodes are numbered breadth first: 0 is the root, then come the symbols (node s is symbol s), then the longer n-grams,
order by order, sorted.
"""

import numpy as np

from minent.kernels._jit import kernel
from minent.types import Flags, Nats, Nodes, Offsets, Symbols


@kernel
def link_suffixes(symbol: Symbols, parent: Nodes, first_child: Offsets, suffix: Nodes) -> None:
    """Find the node of each n-gram without its first symbol.

    symbol       (n,)      uint16 or uint32: last symbol of each node; node 0 is the root
    parent       (n,)      int32: node of the n-gram without its last symbol
    first_child  (n + 1,)  int32 or int64: children of node i are first_child[i] .. first_child[i + 1] - 1, sorted
    suffix       (n,)      int32 out; 0 for single symbols.  It always exists: no n-gram is more frequent than its
                           suffix.
    """
    for node in range(symbol.size):
        if parent[node] == 0:
            suffix[node] = 0
            continue
        of_parent = suffix[parent[node]]
        low = first_child[of_parent]
        high = first_child[of_parent + 1]
        wanted = symbol[node]
        while high - low > 1:
            middle = (low + high) >> 1
            if symbol[middle] <= wanted:
                low = middle
            else:
                high = middle
        suffix[node] = low


@kernel
def mark_useful(
    symbol: Symbols, parent: Nodes, suffix: Nodes, score: Nats, best: Nats, head: Nodes, useful: Flags
) -> None:
    """Mark the n-grams that can stand on a best path: those scored higher than every cut of them that is tried here.

    score   (n,)  what the n-gram adds to a path as one word; -inf = it is no word
    best    (n,)  like `score` out: score of the n-gram, or of its best cut found
    head    (n,)  int32 out: node of the first symbol
    useful  (n,)  bool out

    Tried are the last symbol split off, and the first symbol split off, recursively: a lower bound, so nothing
    useful is lost.
    """
    for node in range(1, symbol.size):
        above = parent[node]
        if above == 0:
            head[node] = node
            best[node] = score[node]
            useful[node] = True
            continue
        head[node] = head[above]
        cut = max(best[above] + best[np.int64(symbol[node])], best[head[node]] + best[suffix[node]])
        useful[node] = score[node] > cut
        best[node] = max(score[node], cut)
