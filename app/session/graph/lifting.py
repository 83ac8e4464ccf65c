"""Edges between drawn nodes: those of operations, moved to the groups around them."""

from __future__ import annotations

from collections.abc import Sequence

import networkx as nx

from app.contract.records import Tensor
from app.session.graph.flows import Flows
from app.session.graph.payloads import EdgeItem, GroupItem, TensorItem
from app.session.language import number, tr
from app.session.numbers import values_counted


class Edges:
    """Collects what flows between nodes, then draws it.

    Between two operations each value has its edge.  From or into several all values go along one
    edge, which carries a gradient if any of them does.
    """

    def __init__(self, graph: nx.MultiDiGraph[str], flows: Flows) -> None:
        self._graph, self._flows = graph, flows
        self._found: dict[tuple[str, str], dict[int, tuple[Tensor, int | None]]] = {}
        self._outside: dict[tuple[str, str], Tensor] = {}

    def add(self, source: str, target: str, tensor: Tensor, consumer: int | None) -> None:
        """`consumer` is the operation that takes the value, None where none does."""
        if source == target:
            return
        between = self._found.setdefault((source, target), {})
        known = between.get(tensor.id)
        if known is None or not self._flows.carries(*known):
            between[tensor.id] = (tensor, consumer)

    def add_outside(self, source: str, target: str, tensor: Tensor) -> None:
        """`source` took the values of `tensor` out of torch, and `target` was given them."""
        if source != target:
            self._outside.setdefault((source, target), tensor)

    def draw(self) -> None:
        for (source, target), tensor in self._outside.items():
            item = EdgeItem(tensor.id, "data", "", tr("as Python values"))
            self._graph.add_edge(source, target, item=item)
        for (source, target), values in self._found.items():
            entries = list(values.values())
            if len(entries) > 1 and (self._is_many(source) or self._is_many(target)):
                self._graph.add_edge(source, target, item=self._together(entries))
            else:
                for tensor, consumer in entries:
                    item = self._flows.edge(tensor, consumer)
                    self._graph.add_edge(source, target, item=item)

    def _is_many(self, key: str) -> bool:
        item = self._graph.nodes[key]["item"]
        return isinstance(item, GroupItem) or (isinstance(item, TensorItem) and item.count > 1)

    def _together(self, entries: Sequence[tuple[Tensor, int | None]]) -> EdgeItem:
        carrying = [tensor for tensor, consumer in entries if self._flows.carries(tensor, consumer)]
        words = values_counted(len(entries))
        if carrying and len(carrying) < len(entries):
            text = tr("{values}, {count} with gradient")
            words = text.format(values=words, count=number(len(carrying)))
        return EdgeItem(
            tensor=(carrying or [entries[0][0]])[0].id,
            kind="gradient" if carrying else "data",
            name="",
            detail=words,
            tensors=tuple(tensor.id for tensor, _ in entries),
        )
