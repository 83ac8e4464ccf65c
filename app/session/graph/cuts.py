"""The bars across edges at which gradients stop."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import networkx as nx

from app.contract.records import Operation
from app.session.graph_items import CutItem, EdgeItem
from app.session.index import TraceIndex
from app.session.words import what_cuts


def put_cuts(graph: nx.MultiDiGraph[str], index: TraceIndex, node_of: Mapping[int, str]) -> None:
    """One bar behind each operation that cuts: the first edge, walking back from the loss, whose
    value has no history while something upstream wanted a gradient."""
    nearest = dict.fromkeys(row.why.cuts[0] for row in index.trace.gradients if row.why.cuts)
    for operation_id in sorted(nearest):
        node = node_of.get(operation_id)
        if node is not None:
            _put_cut(graph, index, index.operations[operation_id], node)


def _put_cut(
    graph: nx.MultiDiGraph[str], index: TraceIndex, operation: Operation, node: str
) -> None:
    made = {*operation.outputs, *operation.mutates}
    leaving = [
        (target, key, data["item"])
        for _, target, key, data in graph.out_edges(node, keys=True, data=True)
        if data["item"].tensor in made and data["item"].kind == "data"
    ]
    if not leaving:
        return
    bar = f"cut:{operation.id}"
    graph.add_node(bar, item=CutItem(operation.id, f"gradient stops here — {what_cuts(operation)}"))
    first: EdgeItem = leaving[0][2]
    graph.add_edge(node, bar, item=EdgeItem(first.tensor, "cut", "", ""))
    for target, key, item in leaving:
        graph.remove_edge(node, target, key)
        beyond = replace(item, detail="requires_grad = False")
        graph.add_edge(bar, target, item=beyond)
