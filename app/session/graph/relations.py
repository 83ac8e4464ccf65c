"""Parts of the drawn graph: all nodes before one, after one, or between two."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import networkx as nx

from app.session.graph.part import Part


def upstream(graph: nx.MultiDiGraph[str], key: str) -> Part:
    """Return a node and all that it depends on.  Raises KeyError for a key that is not drawn."""
    return part_of(graph, {*_known(graph, nx.ancestors, key), key})


def downstream(graph: nx.MultiDiGraph[str], key: str) -> Part:
    """Return a node and all that depends on it.  Raises KeyError for a key that is not drawn."""
    return part_of(graph, {*_known(graph, nx.descendants, key), key})


def between(graph: nx.MultiDiGraph[str], one: str, other: str) -> Part:
    """Return all paths between two nodes, in whichever direction they lead.

    Empty if there is no path.  Raises KeyError for a key that is not drawn.
    """
    for first, last in ((one, other), (other, one)):
        after = {*_known(graph, nx.descendants, first), first}
        if last in after:
            return part_of(graph, after & {*nx.ancestors(graph, last), last})
    return Part()


def part_of(graph: nx.MultiDiGraph[str], keys: Iterable[str]) -> Part:
    """Return the drawn ones of these nodes with all edges among them."""
    inside = graph.subgraph(keys)
    return Part(frozenset(inside), frozenset(inside.edges(keys=True)))


def _known(graph: nx.MultiDiGraph[str], found: Any, key: str) -> set[str]:
    if key not in graph:
        raise KeyError(key)
    result: set[str] = found(graph, key)
    return result
