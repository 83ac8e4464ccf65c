"""Graphs to lay out, and what must hold of every layout."""

from __future__ import annotations

import random
from collections.abc import Hashable, Iterator
from itertools import combinations, pairwise
from typing import Any, TypeAlias

import networkx as nx
from hypothesis import strategies as st

from graphviz_render import Box, Layout, Route
from graphviz_render.geometry import along
from graphviz_render.layered.axes import Axes
from graphviz_render.layered.ranking import rank
from graphviz_render.layered.rows import Rows, make_rows
from graphviz_render.model import Direction
from graphviz_render.problem import Problem, read

Graph: TypeAlias = "nx.MultiDiGraph[Any]"
SLACK = 1.0
"""Graphviz rounds some coordinates to whole points."""


def graph_of(*edges: tuple[Hashable, Hashable], **clusters: list[Hashable]) -> Graph:
    """Nodes of 100 x 40 in the order of the edges, and clusters by their nodes."""
    graph: Graph = nx.MultiDiGraph(clusters={key: frame() for key in clusters})
    graph.add_edges_from(edges)
    for node in graph:
        graph.nodes[node].update(width=100, height=40)
    for cluster, nodes in clusters.items():
        for node in nodes:
            graph.nodes[node]["cluster"] = cluster
    return graph


def frame(parent: Hashable = None) -> dict[str, Any]:
    return {"parent": parent, "margin": 16, "header": 26}


def operations(count: int, *, labels: bool = False, seed: int = 1) -> Graph:
    """Return a graph like a trace: a long path with short branches, 1.1 edges to a node."""
    chance = random.Random(seed)
    graph: Graph = nx.MultiDiGraph()
    room = {"label_width": 60, "label_height": 16} if labels else {}
    for node in range(count):
        width, height = chance.choice((104, 272)), chance.choice((28, 48, 84))
        graph.add_node(f"op:{node}", width=width, height=height)
    for node in range(1, count):
        before = max(0, node - chance.choice((1, 1, 1, 2, 3)))
        graph.add_edge(f"op:{before}", f"op:{node}", **room)
        if chance.random() < 0.1:
            graph.add_edge(f"op:{chance.randrange(max(0, node - 20), node)}", f"op:{node}", **room)
    return graph


def rows_of(graph: Graph) -> tuple[Rows, Problem]:
    """As the layered engine orders them, in no particular order yet."""
    problem, _ = read(graph, {})
    return make_rows(problem, Axes.of(problem), rank(problem)), problem


@st.composite
def acyclic(
    draw: st.DrawFn, *, clusters: bool = False, labels: bool = True, most: int = 12
) -> Graph:
    """Small graphs of any shape: parallel edges, loose nodes, labels, nested clusters."""
    count = draw(st.integers(1, most))
    graph: Graph = nx.MultiDiGraph(clusters={})
    if clusters:
        for cluster in range(draw(st.integers(1, 4))):
            parents = st.sampled_from([None, *graph.graph["clusters"]])
            graph.graph["clusters"][f"c{cluster}"] = frame(draw(parents))
    homes = st.sampled_from([None, *graph.graph["clusters"]])
    for node in range(count):
        size = {"width": draw(st.integers(1, 300)), "height": draw(st.integers(1, 120))}
        graph.add_node(node, cluster=draw(homes), **size)
    ends = st.tuples(st.integers(0, count - 1), st.integers(0, count - 1), st.booleans())
    for first, second, labelled in draw(st.lists(ends, max_size=2 * count)):
        if first != second:
            room = {"label_width": 70, "label_height": 16} if labels and labelled else {}
            graph.add_edge(min(first, second), max(first, second), **room)
    return graph


# ------------------------------------------------------------------------------ what must hold


def assert_sound(graph: Graph, layout: Layout) -> None:
    """Everything is there, at its size, apart from everything else, and edges meet their nodes."""
    assert set(layout.nodes) == set(graph)
    assert set(layout.edges) == set(graph.edges(keys=True))
    for node, box in layout.nodes.items():
        data = graph.nodes[node]
        assert (box.width, box.height) == (data["width"], data["height"])
        assert is_within(box, Box(0, 0, layout.width, layout.height))
    for (one, box), (two, other) in combinations(layout.nodes.items(), 2):
        assert not overlap(box, other), f"{one!r} {box} lies on {two!r} {other}"
    for (tail, head, _), route in layout.edges.items():
        assert on_border(route.points[0], layout.nodes[tail])
        assert on_border(route.points[-1], layout.nodes[head])
        if route.kind == "spline":
            assert len(route.points) % 3 == 1
        if route.kind == "tunnel":
            assert len(route.points) == 4
    _assert_labels_have_room(graph, layout)
    _assert_clusters_are_frames(graph, layout)


def assert_runs(graph: Graph, layout: Layout, direction: Direction) -> None:
    """Every edge leads down, or right."""
    for tail, head in graph.edges():
        before, after = layout.nodes[tail], layout.nodes[head]
        if direction == "TB":
            assert before.bottom <= after.y
        else:
            assert before.right <= after.x


def _assert_labels_have_room(graph: Graph, layout: Layout) -> None:
    rooms = []
    for edge, route in layout.edges.items():
        data = graph.edges[edge]
        if "label_width" not in data or route.kind == "tunnel":
            assert route.label is None
            continue
        assert route.label is not None
        width, height = data["label_width"], data["label_height"]
        room = Box(route.label[0] - width / 2, route.label[1] - height / 2, width, height)
        assert is_within(room, Box(0, 0, layout.width, layout.height))
        assert not any(overlap(room, box) for box in layout.nodes.values())
        rooms.append(room)
    assert not any(overlap(one, two) for one, two in combinations(rooms, 2))


def _assert_clusters_are_frames(graph: Graph, layout: Layout) -> None:
    clusters = graph.graph.get("clusters") or {}
    homes = {node: set(around(graph, graph.nodes[node].get("cluster"))) for node in graph}
    held = set().union(*homes.values())
    assert set(layout.clusters) == held
    for cluster, box in layout.clusters.items():
        data = clusters[cluster]
        room = Box(
            box.x + data["margin"],
            box.y + data["margin"] + data["header"],
            box.width - 2 * data["margin"],
            box.height - 2 * data["margin"] - data["header"],
        )
        for node, node_box in layout.nodes.items():
            if cluster in homes[node]:
                assert is_within(node_box, room), f"{node!r} {node_box} not in {cluster} {room}"
            else:
                assert not overlap(node_box, box), f"{node!r} {node_box} in {cluster} {box}"
        for other, other_box in layout.clusters.items():
            if other == cluster:
                continue
            if cluster in around(graph, other):
                assert is_within(other_box, room)
            elif other not in around(graph, cluster):
                assert not overlap(box, other_box)


def around(graph: Graph, cluster: Hashable) -> Iterator[Hashable]:
    while cluster is not None:
        yield cluster
        cluster = graph.graph["clusters"][cluster]["parent"]


def overlap(one: Box, two: Box) -> bool:
    return (
        one.x + SLACK < two.right
        and two.x + SLACK < one.right
        and one.y + SLACK < two.bottom
        and two.y + SLACK < one.bottom
    )


def is_within(inner: Box, outer: Box) -> bool:
    return (
        inner.x >= outer.x - SLACK
        and inner.y >= outer.y - SLACK
        and inner.right <= outer.right + SLACK
        and inner.bottom <= outer.bottom + SLACK
    )


def on_border(point: tuple[float, float], box: Box) -> bool:
    x, y = point
    beside = min(abs(x - box.x), abs(x - box.right))
    above = min(abs(y - box.y), abs(y - box.bottom))
    inside = (
        box.x - 2 * SLACK <= x <= box.right + 2 * SLACK
        and box.y - 2 * SLACK <= y <= box.bottom + 2 * SLACK
    )
    return inside and min(beside, above) <= 2 * SLACK


def crosses_a_node(route: Route, layout: Layout, ends: tuple[Hashable, Hashable]) -> bool:
    """Whether a polyline of upright and level pieces runs through a node that is not its own."""
    points = along(route)
    for (x, y), (next_x, next_y) in pairwise(points):
        piece = Box(
            min(x, next_x) - SLACK,
            min(y, next_y) - SLACK,
            abs(x - next_x) + 2 * SLACK,
            abs(y - next_y) + 2 * SLACK,
        )
        if any(overlap(piece, box) for key, box in layout.nodes.items() if key not in ends):
            return True
    return False
