"""Puts bars on edges at which gradients stop."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import networkx as nx

from app.contract.records import Operation
from app.session.graph.payloads import CutItem, EdgeItem, FrameItem
from app.session.language import tr
from app.session.run import Run
from app.session.words import what_cuts


def put_cuts(
    graph: nx.MultiDiGraph[str],
    run: Run,
    node_of: Callable[[int], str | None],
    frames: Mapping[str, FrameItem],
) -> None:
    """One bar behind each operation that cuts: the first edge, walking back from the loss, whose
    value has no history while something upstream wanted a gradient."""
    for operation_id in sorted(run.cutting):
        node = node_of(operation_id)
        if node is not None:
            bar = _put_cut(graph, run.operations[operation_id], node)
            if bar is not None:
                _frame(graph, bar, frames)


def _put_cut(graph: nx.MultiDiGraph[str], operation: Operation, node: str) -> str | None:
    """Put a bar on an edge and return its key; None if there is no edge."""
    outside = operation.reason == "to_python"
    made = {*(operation.inputs if outside else operation.outputs), *operation.mutates}
    leaving: list[tuple[str, EdgeItem]] = []
    for _, target, key, data in list(graph.out_edges(node, keys=True, data=True)):
        cut, rest = _parted(data["item"], made)
        if cut is not None:
            leaving.append((target, cut))
            graph.remove_edge(node, target, key)
            if rest is not None:
                graph.add_edge(node, target, key, item=rest)
    if not leaving:
        return None
    bar = f"cut:{operation.id}"
    words = tr("gradient stops here — {what}").format(what=what_cuts(operation))
    graph.add_node(bar, item=CutItem(operation.id, words))
    graph.add_edge(node, bar, item=EdgeItem(leaving[0][1].tensor, "cut", "", ""))
    for target, item in leaving:
        detail = item.detail if outside else "requires_grad = False"
        graph.add_edge(bar, target, item=replace(item, detail=detail))

    return bar


def _frame(graph: nx.MultiDiGraph[str], bar: str, frames: Mapping[str, FrameItem]) -> None:
    """Put the bar into the innermost frame that contains both ends."""
    between = [*graph.predecessors(bar), *graph.successors(bar)]
    chains = [list(_frames_around(graph.nodes[node].get("cluster"), frames)) for node in between]
    shared = next((key for key in chains[0] if all(key in chain for chain in chains)), None)
    if shared is not None:
        graph.nodes[bar]["cluster"] = shared


def _frames_around(key: str | None, frames: Mapping[str, FrameItem]) -> Iterator[str]:
    """Yield a frame and those around it, from the inside out."""
    while key is not None:
        yield key
        key = frames[key].parent


def _parted(item: EdgeItem, made: set[int]) -> tuple[EdgeItem | None, EdgeItem | None]:
    """Split an edge into the part of these values, whose history is cut, and the rest."""
    values = item.tensors or (item.tensor,)
    cut = [value for value in values if value in made]
    rest = tuple(value for value in values if value not in made)
    if not cut or (item.kind == "gradient" and not rest):
        return None, item
    lone = EdgeItem(cut[0], "data", item.name, item.detail, tuple(cut) if len(cut) > 1 else ())
    return lone, replace(item, tensor=rest[0], tensors=rest) if rest else None
