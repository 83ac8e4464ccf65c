"""What a backward pass could reach, and what cuts it off from the rest.

Gradients go from the roots (what backward was called on) back along the links of `Flow`.  A value
is alive where one arrives.  The values from which the roots were computed, but which are not
alive, lie behind cuts; on that part a graph is built, whose dominators are the operations that
every path to the loss goes through.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

import networkx as nx

from app.contract.records import BackwardPass, Operation
from app.session.explain.dominance import CutTree, Node
from app.session.explain.flow import Flow, FlowEdge

_LOSS = "loss"
"""The start of every path; other nodes are values by their ids and cuts as ~id (below zero)."""

_MOST_NAMED = 16
"""The largest number of cuts that are named for a variable."""


@dataclass(frozen=True, slots=True)
class Cuts:
    """The operations at which the gradient stops before it reaches a variable.

    `through` are those that every path goes through, in the order of the forward pass; `also` the
    others on the path with the fewest cuts: with both removed the gradient would arrive.
    `nearest` are those where it stops, coming from the loss, the last first; not integers computed
    from what had lost its history before (`idx == target` after an argmax).
    """

    through: tuple[Operation, ...]
    also: tuple[Operation, ...]
    nearest: tuple[Operation, ...]

    @property
    def all(self) -> tuple[Operation, ...]:
        return tuple(sorted({o.id: o for o in (*self.through, *self.also, *self.nearest)}.values(),
                            key=lambda operation: operation.event))  # fmt: skip


NOTHING = Cuts((), (), ())


class Reach:
    """What a backward pass reaches from its roots."""

    def __init__(self, flow: Flow, backward: BackwardPass) -> None:
        self.backward = backward
        self._flow = flow
        self._operations = flow.run.operations

    @cached_property
    def alive(self) -> set[int]:
        """The values at which a gradient arrives, along recorded operations."""
        tensors = self._flow.run.tensors
        found = {root for root in self.backward.roots if tensors[root].requires_grad}
        stack = list(found)
        while stack:
            for link in self._flow.links(stack.pop()):
                if link.passes and link.source not in found:
                    found.add(link.source)
                    stack.append(link.source)
        return found

    def cuts(self, values: Iterable[int]) -> Cuts:
        """Return what separates a variable (its values, all of them not alive) from the loss."""
        behind = [value for value in values if value in self._graph]
        if not behind:
            return NOTHING
        through = self._shared_dominators(behind)
        path = self._cuts_on_best_path(min(behind, key=lambda value: self._distances[value]))
        also = [number for number in path if number not in through]
        nearest: dict[int, None] = {}
        for value in behind:
            nearest.update(dict.fromkeys(self._nearest[value]))
        by_id = self._operations.__getitem__
        stops = sorted(map(by_id, nearest), key=lambda operation: -operation.event)
        if not stops:
            stops = [by_id(number) for number in (*through[-1:], *also[-1:])][:1]
        return Cuts(tuple(map(by_id, through)), tuple(map(by_id, also)), tuple(stops))

    def leads_here(self, values: Iterable[int]) -> bool:
        """Return whether the loss was computed from one of these values, by any path."""
        return any(value in self.alive or value in self._graph for value in values)

    # --------------------------------------------------------------------- the part behind cuts

    @cached_property
    def _graph(self) -> nx.DiGraph[Node]:
        """The graph from the loss back to what is behind cuts; all alive values are the loss."""
        graph: nx.DiGraph[Node] = nx.DiGraph()
        graph.add_node(_LOSS)
        stack: list[tuple[int, Node]] = [(value, _LOSS) for value in sorted(self.alive)]
        for root in self.backward.roots:
            if root not in self.alive:
                graph.add_edge(_LOSS, root)
                stack.append((root, root))
        entered: set[int] = {value for value, _ in stack}
        while stack:
            value, node = stack.pop()
            for link in self._flow.links(value):
                if link.source in self.alive:
                    continue
                graph.add_edge(self._past(graph, node, link), link.source)
                if link.source not in entered:
                    entered.add(link.source)
                    stack.append((link.source, link.source))
        return graph

    def _past(self, graph: nx.DiGraph[Node], node: Node, link: FlowEdge) -> Node:
        """Return the node from which a link continues: its operation's, if that cuts."""
        if not link.cut or link.operation is None:
            return node
        cut = ~link.operation.id
        graph.add_edge(node, cut)
        return cut

    @cached_property
    def _order(self) -> list[Node]:
        """The nodes in an order in which each comes after those that lead to it."""
        return list(nx.topological_sort(self._graph))

    @cached_property
    def _tree(self) -> CutTree:
        """The tree of cuts by dominance: under each are the cuts that only it leads to."""
        tree = CutTree(_LOSS)
        for node in self._order[1:]:
            tree.add(node, self._graph.predecessors(node), _is_cut(node))
        return tree

    def _dominating_cuts(self, value: int) -> Iterator[int]:
        return (~cut for cut in self._tree.above(value) if isinstance(cut, int))

    def _shared_dominators(self, values: list[int]) -> list[int]:
        """Return the cuts on all paths from these values, in forward order."""
        first, *others = ([*self._dominating_cuts(value)] for value in values)
        shared = [cut for cut in first if all(cut in other for other in others)]
        return shared[-_MOST_NAMED:]

    # -------------------------------------------------------------------- the path with fewest cuts

    @cached_property
    def _distances(self) -> dict[Node, int]:
        """The smallest number of cuts between each node and the loss, its own included."""
        return {node: count for node, (count, _) in self._best.items()}

    @cached_property
    def _best(self) -> dict[Node, tuple[int, Node | None]]:
        """For each node, by breadth-first search: (fewest cuts so far, the node before)."""
        best: dict[Node, tuple[int, Node | None]] = {_LOSS: (0, None)}
        queue: deque[Node] = deque([_LOSS])
        while queue:
            node = queue.popleft()
            count = best[node][0]
            for after in self._graph.successors(node):
                cost = count + _is_cut(after)
                if after not in best or cost < best[after][0]:
                    best[after] = (cost, node)
                    (queue.append if _is_cut(after) else queue.appendleft)(after)
        return best

    def _cuts_on_best_path(self, value: int) -> list[int]:
        """Return the cuts on the path with the fewest, in the order of the forward pass."""

        def walk() -> Iterator[int]:
            node: Node | None = value
            while node is not None:
                if isinstance(node, int) and node < 0:
                    yield ~node
                node = self._best[node][1]

        return list(islice(walk(), _MOST_NAMED))

    @cached_property
    def _nearest(self) -> dict[Node, tuple[int, ...]]:
        """For each node the first cuts on the paths from the loss to it."""
        nearest: dict[Node, tuple[int, ...]] = {_LOSS: ()}
        for node in self._order[1:]:
            before = [nearest[p] for p in self._graph.predecessors(node)]
            if not all(before):  # nothing cuts between the loss and here
                nearest[node] = self._stop(node)
            elif all(one is before[0] for one in before):
                nearest[node] = before[0]
            else:
                merged = dict.fromkeys(cut for one in before for cut in one)
                nearest[node] = tuple(islice(merged, _MOST_NAMED))
        return nearest

    def _stop(self, node: Node) -> tuple[int, ...]:
        """Return the operation of a cut, if what it cuts had a history."""
        if not (isinstance(node, int) and node < 0):
            return ()
        is_late = self._operations[~node].reason == "no_input_requires_grad"
        return () if is_late else (~node,)


def _is_cut(node: Node) -> bool:
    return isinstance(node, int) and node < 0
