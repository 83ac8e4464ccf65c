"""The layout problem in numbers: the input and output of the engines.

Engines know nodes, edges and clusters by position, in columns.  So a key may be anything that can
be hashed, a problem crosses to another process as it is, and a large one is quick to walk through.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from math import isfinite
from typing import TYPE_CHECKING, Any, cast

from graphviz_render.model import (
    NODE_GAP,
    RANK_GAP,
    Box,
    Direction,
    EdgeId,
    Layout,
    LayoutError,
    Options,
    Point,
    Route,
)

if TYPE_CHECKING:
    import networkx as nx

OUTSIDE = -1
"""The cluster of a node, or the parent of a cluster, outside all clusters."""


@dataclass(slots=True)
class Problem:
    """Sizes in logical pixels; `node_gap` is kept beside nodes, `rank_gap` between ranks."""

    direction: Direction = "TB"
    node_gap: float = NODE_GAP
    rank_gap: float = RANK_GAP
    widths: list[float] = field(default_factory=list)
    heights: list[float] = field(default_factory=list)
    cluster_of: list[int] = field(default_factory=list)
    tails: list[int] = field(default_factory=list)
    heads: list[int] = field(default_factory=list)
    label_widths: list[float] = field(default_factory=list)
    label_heights: list[float] = field(default_factory=list)
    minlens: list[int] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)
    parents: list[int] = field(default_factory=list)
    margins: list[float] = field(default_factory=list)
    headers: list[float] = field(default_factory=list)
    before: list[Point | None] = field(default_factory=list)
    """For each node its middle in the earlier picture, or None for a new one; empty if there is no
    earlier picture."""

    def columns(self) -> dict[str, Any]:
        """Return plain data for JSON.  `Problem(**columns)` reads it back."""
        return {entry.name: getattr(self, entry.name) for entry in fields(self)}


@dataclass(slots=True)
class Placement:
    """The answer: a box per node, a route per edge, a box or None per cluster."""

    width: float
    height: float
    nodes: list[Box]
    routes: list[Route]
    clusters: list[Box | None]


@dataclass(frozen=True, slots=True)
class Names:
    """The keys of the numbers in a problem."""

    nodes: list[Hashable]
    edges: list[EdgeId]
    clusters: list[Hashable]

    def label(self, placement: Placement) -> Layout:
        boxes = zip(self.clusters, placement.clusters, strict=True)
        return Layout(
            placement.width,
            placement.height,
            dict(zip(self.nodes, placement.nodes, strict=True)),
            dict(zip(self.edges, placement.routes, strict=True)),
            {key: box for key, box in boxes if box is not None},
        )


def read(graph: nx.MultiDiGraph[Any], options: Options) -> tuple[Problem, Names]:
    """Return the problem of a graph, read from its attributes, and its keys.

    Raises `LayoutError` naming the node, edge or cluster whose attribute is missing or makes no
    sense.
    """
    direction = options.get("direction", "TB")
    if direction not in ("TB", "LR"):
        raise LayoutError(f"The direction {direction!r} is unknown: it is 'TB' or 'LR'.")
    problem = Problem(
        direction, options.get("node_gap", NODE_GAP), options.get("rank_gap", RANK_GAP)
    )
    clusters: Mapping[Hashable, Mapping[str, Any]] = graph.graph.get("clusters") or {}
    places = {key: place for place, key in enumerate(clusters)}
    _read_clusters(problem, clusters, places)
    nodes = _read_nodes(problem, graph, places)
    if before := options.get("before"):
        problem.before = [before.get(node) for node in nodes]
    return problem, Names(list(nodes), _read_edges(problem, graph, nodes), list(clusters))


def _read_clusters(
    problem: Problem,
    clusters: Mapping[Hashable, Mapping[str, Any]],
    places: Mapping[Hashable, int],
) -> None:
    for key, data in clusters.items():
        name = f"cluster {key!r}"
        problem.parents.append(_place(places, data.get("parent"), name))
        problem.margins.append(_length(data, "margin", name, 8.0))
        problem.headers.append(_length(data, "header", name, 0.0))
    for key, place in places.items():
        above, steps = problem.parents[place], 0
        while above != OUTSIDE:
            above, steps = problem.parents[above], steps + 1
            if steps > len(places):
                raise LayoutError(f"Cluster {key!r} lies within itself: its parents form a circle.")


def _read_nodes(
    problem: Problem, graph: nx.MultiDiGraph[Any], places: Mapping[Hashable, int]
) -> dict[Hashable, int]:
    nodes: dict[Hashable, int] = {}
    for key, data in graph.nodes(data=True):
        nodes[key] = len(nodes)
        name = f"node {key!r}"
        problem.widths.append(_length(data, "width", name))
        problem.heights.append(_length(data, "height", name))
        problem.cluster_of.append(_place(places, data.get("cluster"), name))
    return nodes


def _read_edges(
    problem: Problem, graph: nx.MultiDiGraph[Any], nodes: Mapping[Hashable, int]
) -> list[EdgeId]:
    names: list[EdgeId] = []
    for tail, head, key, data in graph.edges(keys=True, data=True):
        names.append((tail, head, key))
        problem.tails.append(nodes[tail])
        problem.heads.append(nodes[head])
        name = f"edge {tail!r} -> {head!r}"
        width = _length(data, "label_width", name, 0.0)
        height = _length(data, "label_height", name, 0.0)
        has_label = width > 0 and height > 0
        problem.label_widths.append(width if has_label else 0.0)
        problem.label_heights.append(height if has_label else 0.0)
        problem.minlens.append(max(1, round(_length(data, "minlen", name, 1.0))))
        problem.weights.append(_length(data, "weight", name, 1.0))
    return names


def _place(places: Mapping[Hashable, int], key: Hashable, name: str) -> int:
    if key is None:
        return OUTSIDE
    if key not in places:
        raise LayoutError(f"The {name} names the cluster {key!r}, which graph['clusters'] lacks.")
    return places[key]


def _length(
    data: Mapping[str, Any], attribute: str, name: str, default: float | None = None
) -> float:
    value = data.get(attribute, default)
    if value is None:
        raise LayoutError(f"The {name} has no {attribute}: set it in logical pixels.")
    if not isinstance(value, (int, float)) or not isfinite(value) or value < 0:
        raise LayoutError(f"The {attribute} of {name} is {value!r}: it is a number, 0 or more.")
    return float(cast(float, value))


def clusters_around(problem: Problem, node: int) -> Iterator[int]:
    """Yield the clusters around a node, innermost first."""
    cluster = problem.cluster_of[node]
    while cluster != OUTSIDE:
        yield cluster
        cluster = problem.parents[cluster]


def innermost_first(parents: list[int]) -> list[int]:
    """Return clusters in an order in which each comes after those inside it."""
    depths = []
    for cluster in range(len(parents)):
        depth, above = 0, parents[cluster]
        while above != OUTSIDE:
            depth, above = depth + 1, parents[above]
        depths.append(depth)
    return sorted(range(len(parents)), key=lambda cluster: -depths[cluster])
