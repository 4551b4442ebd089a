"""A chart of blocks: which template, or which row, makes the best of every stretch of a clause.

Words are numbers: 0 = in no template, 1 is kept for a hole.  Templates are paths of a trie (`minent.kernels.lattice`
has its table of edges; node s is the one-symbol string s).  A state is a node whose last symbol is a fixed word, as
far as the words of this clause lead there; an item is a state and a place where this last word stands.  Scores are
whole numbers, multiples of 2^-20 nats; -2^62 = there is no such thing.
"""

from typing import NamedTuple

import numpy as np

from minent.kernels._jit import kernel
from minent.types import Counts, Keys, Nodes


class Rules(NamedTuple):
    """Templates as a trie, and as rows of fixed words; numbered so that of two equally good ones the first wins."""

    edges: Keys  # (m, 2) uint64, see `minent.kernels.lattice.Trie`
    ends: Nodes  # (nodes,) int32: the template that ends here, -1 = none
    score: Counts  # (t,) int64: ln of the probability
    offsets: Counts  # (t + 1,): the fixed words of template i are fixed[offsets[i]:offsets[i + 1]]
    fixed: Nodes  # (f, 2) int32: word, and 1 where a hole stands before it
    open: Nodes  # (t,) int32: 1 where a hole stands at the end


class Items(NamedTuple):
    """The states of a clause, 0 = nothing read yet, and the items of each, in the order of their places."""

    state: (
        Nodes  # (s, 4) int32: the state before, 1 = a hole between; template that ends here; that ends in a hole here
    )
    first: Nodes  # (s + 1,) int32: the items of state i are place[first[i]:first[i + 1]]
    place: Nodes  # (q, 3) int32: where the last word stands; its state; item of the state before that ends just before
    order: Nodes  # (q,) int32: the items in the order of their places
    at: Nodes  # (n + 1,) int32: those at place i are order[at[i]:at[i + 1]]


class Chart(NamedTuple):
    """For every stretch of words from i to before j, at [i, j]; n words, (n + 1, n + 1) each."""

    block: Counts  # int64: the best of all: a word, what a template makes, or a row of these
    element: Counts  # int64: the best without rows
    template: Nodes  # int32: the template that makes the element
    split: Nodes  # int32: where the first element of the row ends; 0 = the block is no row


@kernel
def _child(edges: Keys, node: int, symbol: int) -> int:
    """The node after the edge from `node` by `symbol`, or -1."""
    mask = np.uint64(edges.shape[0] - 1)
    key = (np.uint64(node) << np.uint64(21)) | np.uint64(symbol)
    at = key * np.uint64(0x9E3779B97F4A7C15)
    at = (at ^ (at >> np.uint64(32))) & mask
    while True:
        found = edges[at, 0]
        if found == key:
            return np.int64(edges[at, 1])
        if found == np.uint64(0xFFFFFFFFFFFFFFFF):
            return np.int64(-1)
        at = (at + np.uint64(1)) & mask


@kernel
def _add(found: Nodes, items: Nodes, sizes: Nodes, node: int, parent: int, gap: int, place: int, known: int) -> int:
    """Enter an item, and its state if it is not `known` yet (-1).  Returns the state, or -1 if there is no room."""
    state = known
    q = sizes[1]
    if q == items.shape[0] or (state < 0 and sizes[0] == found.shape[0]):
        return np.int64(-1)
    if state < 0:
        state = np.int64(sizes[0])
        sizes[0] += 1
        found[state, 0] = node
        found[state, 1] = parent
        found[state, 2] = gap
        found[state, 3] = q
    else:
        items[found[state, 4], 2] = q
    found[state, 4] = q
    items[q, 0] = place
    items[q, 1] = state
    items[q, 2] = -1
    sizes[1] += 1
    return np.int64(state)


@kernel
def list_items(words: Nodes, edges: Keys, same: Nodes, seen: Nodes, found: Nodes, items: Nodes, sizes: Nodes) -> bool:
    """Find the states of a clause, each after the one before it, and their items.

    words  (n,) int32
    same   (n,) int32: the first place with the same word
    seen   (n, 2) int32: work space
    found  (room, 5) int32 out: node, state before, 1 = a hole between; first and last item
    items  (room, 3) int32 out: place of the last word, state, the next item of the state or -1
    sizes  (2,) int32 out: states, with state 0 that nothing leads to, and items

    Returns whether there was room for all of them.
    """
    seen[:] = -1
    found[0] = -1
    sizes[0] = 1
    sizes[1] = 0
    state = np.int64(0)
    while state < sizes[0]:
        # The words right behind the state.
        node = np.int64(found[state, 0])
        item = np.int64(found[state, 3])
        place = np.int64(-1)
        while True:
            if state > 0:
                if item < 0:
                    break
                place = np.int64(items[item, 0])
                item = np.int64(items[item, 2])
            if place + 1 < words.size and words[place + 1] > 0:
                symbol = np.int64(words[place + 1])
                child = _child(edges, node, symbol) if state > 0 else symbol
                if child >= 0:
                    slot = same[place + 1]
                    known = np.int64(seen[slot, 1]) if seen[slot, 0] == 2 * state else np.int64(-1)
                    known = _add(found, items, sizes, child, state, 0, place + 1, known)
                    if known < 0:
                        return False
                    seen[slot, 0] = 2 * state
                    seen[slot, 1] = known
            if state == 0:
                place += 1
                if place + 1 >= words.size:
                    break
        # Those behind a hole.
        node = _child(edges, node, 1) if state > 0 else np.int64(1)
        if node >= 0:
            low = np.int64(items[found[state, 3], 0]) + 2 if state > 0 else np.int64(1)
            for k in range(low, words.size):
                child = _child(edges, node, np.int64(words[k])) if words[k] > 0 else np.int64(-1)
                if child >= 0:
                    slot = same[k]
                    known = np.int64(seen[slot, 1]) if seen[slot, 0] == 2 * state + 1 else np.int64(-1)
                    known = _add(found, items, sizes, child, state, 1, k, known)
                    if known < 0:
                        return False
                    seen[slot, 0] = 2 * state + 1
                    seen[slot, 1] = known
        state += 1
    return True


@kernel
def sort_items(found: Nodes, items: Nodes, rules: Rules, kept: Nodes, sorted_items: Items) -> tuple[int, int]:
    """Keep the states that lead to the last fixed word of a template, and sort their items.

    found         (s, 5) int32, from `list_items`; items likewise, (q, 3)
    kept          (s,) int32 out: the number of each state in `sorted_items`, -1 = not kept
    sorted_items  out: room for all states and items; 0 states lead to state 0

    Returns the numbers of states and items kept.
    """
    kept[:] = -1
    for s in range(found.shape[0] - 1, 0, -1):
        hole = _child(rules.edges, np.int64(found[s, 0]), 1)
        if rules.ends[found[s, 0]] >= 0 or (hole >= 0 and rules.ends[hole] >= 0):
            kept[s] = 0
        if kept[s] == 0 and found[s, 1] > 0:
            kept[found[s, 1]] = 0
    kept[0] = 0
    n_states = np.int64(1)
    n_items = np.int64(0)
    sorted_items.state[0] = -1
    sorted_items.first[0] = 0
    sorted_items.first[1] = 0
    sorted_items.at[:] = 0
    for s in range(1, found.shape[0]):
        if kept[s] < 0:
            continue
        kept[s] = n_states
        hole = _child(rules.edges, np.int64(found[s, 0]), 1)
        sorted_items.state[n_states, 0] = kept[found[s, 1]]
        sorted_items.state[n_states, 1] = found[s, 2]
        sorted_items.state[n_states, 2] = rules.ends[found[s, 0]]
        sorted_items.state[n_states, 3] = rules.ends[hole] if hole >= 0 else np.int32(-1)
        before = np.int64(sorted_items.first[kept[found[s, 1]]])
        item = np.int64(found[s, 3])
        while item >= 0:
            place = items[item, 0]
            # Both run through places in order.
            while before < sorted_items.first[kept[found[s, 1]] + 1] and sorted_items.place[before, 0] < place - 1:
                before += 1
            sorted_items.place[n_items, 0] = place
            sorted_items.place[n_items, 1] = n_states
            sorted_items.place[n_items, 2] = before
            sorted_items.at[place + 1] += 1
            n_items += 1
            item = np.int64(items[item, 2])
        n_states += 1
        sorted_items.first[n_states] = n_items
    for k in range(1, sorted_items.at.size):
        sorted_items.at[k] += sorted_items.at[k - 1]
    for q in range(n_items - 1, -1, -1):
        # Filled from behind: at[k + 1] comes down to where place k begins.
        k = np.int64(sorted_items.place[q, 0]) + 1
        sorted_items.at[k] -= 1
        sorted_items.order[sorted_items.at[k]] = q
    for k in range(1, sorted_items.at.size):
        sorted_items.at[k - 1] = sorted_items.at[k]
    sorted_items.at[sorted_items.at.size - 1] = n_items
    return n_states, n_items


@kernel
def _reach(items: Items, item: int, start: int, block: Counts, reached: Counts) -> int:
    """The best score of what ends with an item and begins at `start`; `reached` knows the items at earlier places."""
    place = np.int64(items.place[item, 0])
    state = np.int64(items.place[item, 1])
    before = np.int64(items.state[state, 0])
    best = np.int64(-4611686018427387904)
    if before == 0:
        if items.state[state, 1] == 0:
            return np.int64(0) if place == start else best
        return np.int64(block[start, place]) if place > start else best
    if items.state[state, 1] == 0:
        return np.int64(reached[items.place[item, 2]])
    for other in range(items.first[before], items.first[before + 1]):
        end = np.int64(items.place[other, 0]) + 1
        if end >= place:
            break
        if end > start and reached[other] > best - block[end, place]:
            best = reached[other] + block[end, place]
    return best


@kernel
def reach_items(items: Items, start: int, block: Counts, reached: Counts) -> None:
    """Find for each item the best score of what begins at `start` and ends with it.

    block    of a chart that `fill_chart` has filled
    reached  (q,) int64 out
    """
    for q in items.order:
        reached[q] = _reach(items, np.int64(q), start, block, reached)


@kernel
def _fill_row(chart: Chart, start: int, end: int, null: int, left: bool) -> None:
    """Compare the element from `start` to `end` with the rows there."""
    best = np.int64(chart.element[start, end])
    split = np.int64(0)
    for middle in range(start + 1, end):
        score = chart.element[start, middle]
        if score == -4611686018427387904:
            continue
        score += null + chart.block[middle, end]
        if score > best or (left and split > 0 and score == best):
            best = score
            split = middle
    chart.block[start, end] = best
    chart.split[start, end] = split


@kernel
def fill_chart(
    items: Items, score: Counts, null: int, left: bool, chart: Chart, reached: Counts, tails: Counts
) -> None:
    """Find the best block of each stretch of a clause.

    score    (t,) int64: of each template, not above 0
    null     of each element of a row beyond the first, not above 0
    left     whether of equally good rows that with the longest first element is taken, not that with the shortest
    chart    out, on and above the diagonal
    reached  (q,) int64: work space
    tails    (n, 2) int64: work space

    An element is a single word or what a template makes.  Of equally good ones that of the template with the lowest
    number is taken, and an element before a row.

    Source: the chart of Earley (1970) without its predictions, since a block may stand wherever a hole is.
    """
    never = np.int64(-4611686018427387904)
    n = items.at.size - 1
    for start in range(n - 1, -1, -1):
        reached[:] = never
        tails[:, 0] = never
        for end in range(start + 1, n + 1):
            best = np.int64(0) if end == start + 1 else never
            made = np.int64(-1)
            for at in range(items.at[end - 1], items.at[end]):
                q = np.int64(items.order[at])
                reached[q] = _reach(items, q, start, chart.block, reached)
                if reached[q] == never:
                    continue
                template = np.int64(items.state[items.place[q, 1], 2])
                if template >= 0:
                    found = reached[q] + score[template]
                    if found > best or (found == best and template < made):
                        best = found
                        made = template
                template = np.int64(items.state[items.place[q, 1], 3])
                if template >= 0:
                    found = reached[q] + score[template]
                    if found > tails[end - 1, 0] or (found == tails[end - 1, 0] and template < tails[end - 1, 1]):
                        tails[end - 1, 0] = found
                        tails[end - 1, 1] = template
            for place in range(start, end - 1):
                if tails[place, 0] == never:
                    continue
                found = tails[place, 0] + chart.block[place + 1, end]
                template = tails[place, 1]
                if found > best or (found == best and template < made):
                    best = found
                    made = template
            chart.element[start, end] = best
            chart.template[start, end] = made
            _fill_row(chart, start, end, null, left)


@kernel
def _place_words(words: Nodes, rules: Rules, chart: Chart, node: Nodes, left: bool, best: Counts, back: Nodes) -> None:
    """Find where the fixed words of the template of a node stand: places[i] of word i, at back[n, i]."""
    start = np.int64(node[0])
    end = np.int64(node[1])
    low = rules.offsets[node[2]]
    size = rules.offsets[node[2] + 1] - low
    never = np.int64(-4611686018427387904)
    best[:size, start:end] = never
    for w in range(size):
        gap = rules.fixed[low + w, 1] == 1
        for k in range(start + w, end):
            if words[k] != rules.fixed[low + w, 0]:
                continue
            if w == 0:
                if gap and k > start:
                    best[w, k] = chart.block[start, k]
                elif not gap and k == start:
                    best[w, k] = 0
                continue
            if not gap:
                best[w, k] = best[w - 1, k - 1]
                back[w, k] = k - 1
                continue
            for j in range(start, k - 1):
                if best[w - 1, j] == never:
                    continue
                found = best[w - 1, j] + chart.block[j + 1, k]
                if found > best[w, k] or (left and found == best[w, k]):
                    best[w, k] = found
                    back[w, k] = j
    last = end - 1
    if rules.open[node[2]] == 1:
        highest = never
        for k in range(start, end - 1):
            if best[size - 1, k] == never:
                continue
            found = best[size - 1, k] + chart.block[k + 1, end]
            if found > highest or (left and found == highest):
                highest = found
                last = k
    for w in range(size - 1, -1, -1):
        back[w, words.size] = last
        last = np.int64(back[w, last])


@kernel
def trace_tree(words: Nodes, rules: Rules, chart: Chart, left: bool, best: Counts, back: Nodes, nodes: Nodes) -> int:
    """Read the best tree of a clause off its chart.

    words  (n,) int32, one at least
    left   whether of equally good ways to fill the holes of a template the last fixed word stands as far to the right
           as it can, then the one before it; else each as far to the left
    best   (longest, n) int64: work space, longest = fixed words of the longest template
    back   (longest, n + 1) int32: work space
    nodes  (3 n, 4) int32 out: first word, last + 1, template (-1 = row, -2 = word), depth; what fills a hole and the
           elements of a row are nodes, each behind the one it is in and behind what stands before it there

    Returns how many nodes there are.
    """
    # What waits lies at the end, the next one first.
    waiting = nodes.shape[0] - 1
    nodes[waiting] = 0
    nodes[waiting, 1] = words.size
    size = 0
    while waiting < nodes.shape[0]:
        start = np.int64(nodes[waiting, 0])
        end = np.int64(nodes[waiting, 1])
        depth = nodes[waiting, 3]
        waiting += 1
        nodes[size, 0] = start
        nodes[size, 1] = end
        nodes[size, 3] = depth
        size += 1
        split = np.int64(chart.split[start, end])
        if split > 0:
            nodes[size - 1, 2] = -1
            ends = 0
            while split > 0:
                back[0, ends] = split
                ends += 1
                split = np.int64(chart.split[split, end])
            back[0, ends] = end
            for k in range(ends, -1, -1):
                waiting -= 1
                nodes[waiting, 0] = back[0, k - 1] if k > 0 else start
                nodes[waiting, 1] = back[0, k]
                nodes[waiting, 3] = depth + 1
            continue
        nodes[size - 1, 2] = chart.template[start, end] if end > start + 1 else -2
        if end == start + 1:
            continue
        _place_words(words, rules, chart, nodes[size - 1], left, best, back)
        low = rules.offsets[nodes[size - 1, 2]]
        fixed = rules.offsets[nodes[size - 1, 2] + 1] - low
        for w in range(fixed, -1, -1):
            first = np.int64(back[w - 1, words.size]) + 1 if w > 0 else start
            last = np.int64(back[w, words.size]) if w < fixed else end
            if last > first:
                waiting -= 1
                nodes[waiting, 0] = first
                nodes[waiting, 1] = last
                nodes[waiting, 3] = depth + 1
    return size
