"""The k best derivations of a hypergraph, one after the other, and those of a clause's chart.

Source: Huang and Chiang (2005), "Better k-best Parsing", algorithm 3, without recursion, so that no chart is too deep.
"""

import heapq
from collections.abc import Callable, Hashable, Iterable
from typing import Generic, NamedTuple, TypeAlias, TypeVar

from minent.parsing.clauses import ROW, WORD, Clause
from minent.types import Counts

_Vertex = TypeVar("_Vertex", bound=Hashable)

_NEVER = -(2**62)


class Edge(NamedTuple, Generic[_Vertex]):
    """A way to derive a vertex.

    score  of its best derivation
    tails  what it is derived from, two vertices at most; their scores are added
    name   what is not in them
    """

    score: int
    tails: tuple[_Vertex, ...]
    name: int = 0


class Derivation(NamedTuple, Generic[_Vertex]):
    """A derivation: an edge, and which of the derivations of each of its tails, 0 = the best."""

    score: int
    edge: Edge[_Vertex]
    ranks: tuple[int, ...]


class Ranking(Generic[_Vertex]):
    """Derivations of vertices, the best first; of equals that of the edge listed first, then of lower ranks.

    edges  those into a vertex; no vertex is derived from itself
    """

    def __init__(self, edges: Callable[[_Vertex], Iterable[Edge[_Vertex]]]) -> None:
        self._edges = edges
        self._found: dict[_Vertex, _Queue[_Vertex]] = {}

    def get(self, vertex: _Vertex, rank: int) -> Derivation[_Vertex] | None:
        """Return the derivation of this rank, from 0 on; None if there are no more."""
        wanted = [(vertex, rank)]
        while wanted:
            vertex, rank = wanted[-1]
            queue = self._queue(vertex)
            if rank < len(queue.done) or queue.is_spent:
                wanted.pop()
                continue
            missing = [need for need in queue.needs() if not self._knows(need)]
            if missing:
                wanted += missing
                continue
            queue.step(self._score)
        done = self._queue(vertex).done
        return done[rank] if rank < len(done) else None

    def _queue(self, vertex: _Vertex) -> "_Queue[_Vertex]":
        if vertex not in self._found:
            self._found[vertex] = _Queue(self._edges(vertex))
        return self._found[vertex]

    def _knows(self, need: tuple[_Vertex, int]) -> bool:
        queue = self._queue(need[0])
        return need[1] < len(queue.done) or queue.is_spent

    def _score(self, vertex: _Vertex, rank: int) -> int | None:
        done = self._queue(vertex).done
        return done[rank].score if rank < len(done) else None


_Entry: TypeAlias = tuple[int, int, tuple[int, ...]]  # minus the score, number of the edge, ranks


class _Queue(Generic[_Vertex]):
    """What derives one vertex."""

    def __init__(self, edges: Iterable[Edge[_Vertex]]) -> None:
        self._edges = list(edges)
        self._heap: list[_Entry] = [
            (-edge.score, number, (0,) * len(edge.tails)) for number, edge in enumerate(self._edges)
        ]
        heapq.heapify(self._heap)
        self._last: _Entry | None = None  # whose successors are not in the heap yet
        self.done: list[Derivation[_Vertex]] = []

    @property
    def is_spent(self) -> bool:
        return not self._heap and self._last is None

    def _successors(self) -> list[tuple[int, tuple[int, ...]]]:
        """Of the last derivation: which rank goes up by one, and the ranks.  Each is the successor of one alone."""
        if self._last is None:
            return []
        ranks = self._last[2]
        first = max((at for at, rank in enumerate(ranks) if rank), default=0)
        return [(at, (*ranks[:at], ranks[at] + 1, *ranks[at + 1 :])) for at in range(first, len(ranks))]

    def needs(self) -> list[tuple[_Vertex, int]]:
        """What must be known of the tails before `step`: a vertex, and a rank."""
        if self._last is None:
            return []
        tails = self._edges[self._last[1]].tails
        return [(tails[at], rank) for at, ranks in self._successors() for rank in (ranks[at] - 1, ranks[at])]

    def step(self, score: Callable[[_Vertex, int], int | None]) -> None:
        """Find the next derivation, if there is one."""
        if self._last is not None:
            minus, number, _ = self._last
            tails = self._edges[number].tails
            for at, ranks in self._successors():
                before, after = score(tails[at], ranks[at] - 1), score(tails[at], ranks[at])
                if before is not None and after is not None:
                    heapq.heappush(self._heap, (minus + before - after, number, ranks))
            self._last = None
        if self._heap:
            self._last = heapq.heappop(self._heap)
            minus, number, ranks = self._last
            self.done.append(Derivation(-minus, self._edges[number], ranks))


_LINE, _BLOCK, _ELEMENT, _ITEM = range(4)

# What it is, number of the clause, first word, last + 1; of an item instead of the last its number.
_Stretch: TypeAlias = tuple[int, int, int, int]


class TreeRanking:
    """The trees of clauses in a row, the best first; a score is the sum of those of the clauses."""

    def __init__(self, clauses: list[Clause]) -> None:
        self._clauses = clauses
        self._reached: dict[tuple[int, int], Counts] = {}
        self._ranking: Ranking[_Stretch] = Ranking(self._edges)

    def get(self, rank: int) -> tuple[int, list[list[list[int]]]] | None:
        """Return the score of the tree of this rank, from 0 on, and the nodes of each clause, see `Clause.best`."""
        line: _Stretch = (_LINE, len(self._clauses), 0, 0)
        whole = found = self._ranking.get(line, rank)
        if whole is None:
            return None
        trees = []
        while found is not None and found.edge.tails:
            line, block = found.edge.tails
            trees.append(self._nodes(block, found.ranks[1]))
            found = self._ranking.get(line, found.ranks[0])
        return whole.score, trees[::-1]

    def _known(self, vertex: _Stretch, rank: int) -> Derivation[_Stretch]:
        found = self._ranking.get(vertex, rank)
        return found if found is not None else Derivation(_NEVER, Edge(_NEVER, ()), ())

    def _nodes(self, block: _Stretch, rank: int) -> list[list[int]]:
        nodes = []
        waiting = [(block, rank, 0)]
        while waiting:
            vertex, rank, depth = waiting.pop()
            found = self._known(vertex, rank)
            _, _, start, end = vertex
            if vertex[0] == _BLOCK and len(found.edge.tails) == 1:
                vertex, rank = found.edge.tails[0], found.ranks[0]
                found = self._known(vertex, rank)
            if vertex[0] == _ELEMENT:
                nodes.append([start, end, found.edge.name, depth])
                inside = self._holes(found)
            else:
                nodes.append([start, end, ROW, depth])
                inside = self._row(found)
            waiting += [(tail, rank, depth + 1) for tail, rank in reversed(inside)]
        return nodes

    def _row(self, found: Derivation[_Stretch]) -> list[tuple[_Stretch, int]]:
        elements = []
        while len(found.edge.tails) == 2:
            elements.append((found.edge.tails[0], found.ranks[0]))
            found = self._known(found.edge.tails[1], found.ranks[1])
        return [*elements, (found.edge.tails[0], found.ranks[0])]

    def _holes(self, found: Derivation[_Stretch]) -> list[tuple[_Stretch, int]]:
        blocks: list[tuple[_Stretch, int]] = []
        while found.edge.tails:
            tails = list(zip(found.edge.tails, found.ranks, strict=True))
            if tails[-1][0][0] == _BLOCK:
                blocks.append(tails.pop())
            if not tails:
                break
            found = self._known(*tails[0])
        return blocks[::-1]

    def _edges(self, vertex: _Stretch) -> list[Edge[_Stretch]]:
        kind, number, start, end = vertex
        if kind == _LINE:
            if number == 0:
                return [Edge(0, ())]
            score = sum(clause.score for clause in self._clauses[:number])
            last = number - 1
            return [Edge(score, ((_LINE, last, 0, 0), (_BLOCK, last, 0, self._clauses[last].words.size)))]
        if kind == _BLOCK:
            return self._into_block(number, start, end)
        return self._into_element(number, start, end) if kind == _ELEMENT else self._into_item(number, start, end)

    def _into_block(self, number: int, start: int, end: int) -> list[Edge[_Stretch]]:
        clause = self._clauses[number]
        element, block = clause.chart.element, clause.chart.block
        edges = [Edge(int(element[start, end]), ((_ELEMENT, number, start, end),))]
        for middle in self._ordered(number, range(start + 1, end)):
            score = int(element[start, middle]) + int(block[middle, end]) + clause.scoring.null
            edges.append(Edge(score, ((_ELEMENT, number, start, middle), (_BLOCK, number, middle, end))))
        return [edge for edge in edges if edge.score > _NEVER // 2]

    def _into_element(self, number: int, start: int, end: int) -> list[Edge[_Stretch]]:
        clause = self._clauses[number]
        items, score, reached = clause.items, clause.grammar.rules.score, self._from(number, start)
        if end == start + 1:
            return [Edge(0, (), WORD)]
        found = []
        for place in self._ordered(number, range(start, end)):
            for item in items.order[items.at[place] : items.at[place + 1]].tolist():
                closes, trails = items.state[items.place[item, 1], 2:].tolist()
                base, tail = int(reached[item]), (_ITEM, number, start, item)
                if base == _NEVER:
                    continue
                if closes >= 0 and place == end - 1:
                    found.append(Edge(base + int(score[closes]), (tail,), closes))
                if trails >= 0 and place < end - 1:
                    block = int(clause.chart.block[place + 1, end])
                    tails = (tail, (_BLOCK, number, place + 1, end))
                    found.append(Edge(base + int(score[trails]) + block, tails, trails))
        return sorted(found, key=lambda edge: edge.name)

    def _into_item(self, number: int, start: int, item: int) -> list[Edge[_Stretch]]:
        clause = self._clauses[number]
        items, block, reached = clause.items, clause.chart.block, self._from(number, start)
        place, state, beside = items.place[item].tolist()
        before, gap = items.state[state, :2].tolist()
        if before == 0:
            return [Edge(int(reached[item]), ((_BLOCK, number, start, place),) if gap else ())]
        if not gap:
            return [Edge(int(reached[item]), ((_ITEM, number, start, beside),))]
        edges = []
        for other in self._ordered(number, range(*items.first[before : before + 2].tolist())):
            first = int(items.place[other, 0]) + 1
            if start < first < place and reached[other] > _NEVER:
                tails = ((_ITEM, number, start, other), (_BLOCK, number, first, place))
                edges.append(Edge(int(reached[other]) + int(block[first, place]), tails))
        return edges

    def _ordered(self, number: int, places: range) -> range:
        """Places in the order in which they are preferred."""
        return places[::-1] if self._clauses[number].scoring.left else places

    def _from(self, number: int, start: int) -> Counts:
        if (number, start) not in self._reached:
            self._reached[number, start] = self._clauses[number].reached(start)
        return self._reached[number, start]
