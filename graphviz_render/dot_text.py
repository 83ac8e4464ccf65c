"""Writes a networkx graph as a DOT document with nested clusters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from graphviz_render.model import Direction, LayoutError
from graphviz_render.quoting import quote_name, quote_text, quote_url

if TYPE_CHECKING:
    import networkx as nx

_POINTS: Final = 72.0
_INDENT: Final = "  "
_PREFIX: Final = "cluster_"
"""What makes a subgraph a frame."""


def dot_source(graph: nx.MultiDiGraph[Any], *, direction: Direction = "TB") -> str:
    """Return DOT for `graph`; equal graphs give equal text.

    The graph, its nodes, edges and clusters may have an attribute `dot`: a mapping of Graphviz's
    own attributes (label, shape, fillcolor, tooltip, URL, ...).  Strings are plain text, never
    markup; a cluster inherits what it does not set from the one around it.  `width` and `height` of
    a node, in pixels, are the least it is drawn with; `minlen` and `weight` of an edge are passed
    on.

    A notebook shows it with the graphviz package:

    >>> import graphviz, networkx as nx
    >>> source = dot_source(nx.MultiDiGraph([("x", "linear")]))
    >>> '"x" -> "linear"' in graphviz.Source(source).source
    True

    Raises `LayoutError` where two nodes or clusters have the same text, or a cluster is unknown.
    """
    return "\n".join(_document(graph, direction)) + "\n"


def _document(graph: nx.MultiDiGraph[Any], direction: Direction) -> Iterator[str]:
    nodes = _named(graph.nodes, "nodes")
    yield "digraph {"
    yield f"{_INDENT}graph [{_listed({'rankdir': direction, **graph.graph.get('dot', {})})}]"
    yield from _members(graph, nodes)
    for tail, head, data in graph.edges(data=True):
        attributes = _bracketed(_edge_attributes(data))
        yield f"{_INDENT}{nodes[tail]} -> {nodes[head]}{attributes}"
    yield "}"


def _members(graph: nx.MultiDiGraph[Any], names: Mapping[Hashable, str]) -> Iterator[str]:
    """Yield nodes and nested subgraphs.  Not recursive, because nesting may be deep."""
    clusters: Mapping[Hashable, Mapping[str, Any]] = graph.graph.get("clusters") or {}
    titles = _named(clusters, "clusters", _PREFIX)
    children = _by_parent({key: data.get("parent") for key, data in clusters.items()}, titles)
    nodes = _by_parent({key: data.get("cluster") for key, data in graph.nodes(data=True)}, titles)
    pending: list[tuple[Hashable, int, bool]] = [(None, 1, False)]
    while pending:
        cluster, depth, closing = pending.pop()
        if closing:
            yield _INDENT * (depth - 1) + "}"
            continue
        if cluster is not None:
            yield f"{_INDENT * (depth - 1)}subgraph {titles[cluster]} {{"
            yield f"{_INDENT * depth}graph{_bracketed(_cluster_attributes(clusters[cluster]))}"
            pending.append((cluster, depth, True))
        for node in nodes.get(cluster, ()):
            attributes = _node_attributes(graph.nodes[node])
            yield f"{_INDENT * depth}{names[node]}{_bracketed(attributes)}"
        pending += [(child, depth + 1, False) for child in reversed(children.get(cluster, []))]


def _by_parent(
    parents: Mapping[Hashable, Hashable], known: Mapping[Hashable, str]
) -> dict[Hashable, list[Hashable]]:
    children: dict[Hashable, list[Hashable]] = {}
    for child, parent in parents.items():
        if parent is not None and parent not in known:
            raise LayoutError(
                f"{child!r} names the cluster {parent!r}, which graph['clusters'] lacks."
            )
        children.setdefault(parent, []).append(child)
    return children


def _named(keys: Any, kind: str, prefix: str = "") -> dict[Hashable, str]:
    """Return the quoted name of each key."""
    names = {key: quote_name(f"{prefix}{key}") for key in keys}
    if len(set(names.values())) < len(names):
        twice = Counter(names.values()).most_common(1)[0][0]
        raise LayoutError(f"Two {kind} would both be called {twice}: give them different names.")
    return names


def _node_attributes(data: Mapping[str, Any]) -> dict[str, Any]:
    sizes = {name: data[name] / _POINTS for name in ("width", "height") if name in data}
    return {**sizes, **data.get("dot", {})}


def _edge_attributes(data: Mapping[str, Any]) -> dict[str, Any]:
    passed_on = {name: data[name] for name in ("minlen", "weight") if name in data}
    return {**passed_on, **data.get("dot", {})}


def _cluster_attributes(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return a cluster's attributes, always with a label: it would inherit that of its parent."""
    margin = {"margin": data["margin"]} if "margin" in data else {}
    return {"label": "", **margin, **data.get("dot", {})}


def _bracketed(attributes: Mapping[str, Any]) -> str:
    return f" [{_listed(attributes)}]" if attributes else ""


def _listed(attributes: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={_value(name, value)}" for name, value in attributes.items())


def _value(name: str, value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return f"{value:.6g}"
    if name.endswith(("URL", "href")):
        return quote_url(str(value))
    return quote_text(str(value))
