"""Two graphs beside each other: laid out as one, so that what both have lies in one place.

What only one of them has gets room of its own, which stays empty in the other.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from app.session.graph.part import EdgeKey
from app.session.look import geometry as g
from graphviz_render import Box, Layout, Route
from graphviz_render.model import EdgeId

if TYPE_CHECKING:
    import networkx as nx

    from app.session.comparing.pairing import Pairing

_ONLY_FIRST: Final = "first|"
"""Before the keys of what only the first graph has; all else has the key of the second."""
_MOST_THROUGH: Final = 200
"""Nodes through whose empty room an edge of the other graph may lead."""


@dataclass(frozen=True, slots=True)
class Projection:
    """One of the two graphs in their union: the keys there, by its own keys.

    An edge may follow several edges of the union, through nodes that only the other graph has.
    A frame without a key crosses one of the other graph and gets a box around its `contents`.
    """

    nodes: Mapping[str, str]
    edges: Mapping[EdgeKey, Sequence[EdgeKey]]
    frames: Mapping[str, str | None]
    contents: Mapping[str, frozenset[str]]

    def layout(self, union: Layout) -> Layout:
        """Return the layout of this graph, given that of the union."""
        nodes: dict[Hashable, Box] = {key: union.nodes[other] for key, other in self.nodes.items()}
        frames: dict[Hashable, Box] = {
            key: _around(union, self.contents[key]) if other is None else union.clusters[other]
            for key, other in self.frames.items()
        }
        edges: dict[EdgeId, Route] = {
            key: _joined([union.edges[edge] for edge in along]) for key, along in self.edges.items()
        }
        return Layout(union.width, union.height, nodes, edges, frames)


@dataclass(frozen=True, slots=True)
class Union:
    """`graph` has sizes, for the layout."""

    graph: nx.MultiDiGraph[str]
    first: Projection
    second: Projection


def union(first: nx.MultiDiGraph[str], second: nx.MultiDiGraph[str], pairing: Pairing) -> Union:
    """Return one graph for the layout of two measured graphs.  All three are separate copies."""
    return _Uniting(first, second, pairing).union()


class _Uniting:
    def __init__(
        self, first: nx.MultiDiGraph[str], second: nx.MultiDiGraph[str], pairing: Pairing
    ) -> None:
        self._first, self._second = first, second
        self._graph = second.copy()
        self._graph.graph["clusters"] = {
            key: dict(data) for key, data in second.graph["clusters"].items()
        }
        self._nodes = {
            pair.first: pair.second or _ONLY_FIRST + pair.first
            for pair in pairing.nodes
            if pair.first is not None
        }
        self._common = {pair.second for pair in pairing.nodes if pair.first and pair.second}
        self._frames = _Frames(first, self._graph, self._nodes, self._common, pairing.frames)

    def union(self) -> Union:
        self._add_nodes()
        second = self._edges_of_second()
        first = self._edges_of_first()
        self._frames.unite()
        for key, other in self._nodes.items():
            if other.startswith(_ONLY_FIRST):
                self._frames.put(key, other)
        contents = self._frames.contents
        return Union(
            self._graph,
            Projection(self._nodes, first, self._frames.of_first, contents),
            Projection(
                {key: key for key in self._second},
                second,
                {key: key for key in self._second.graph["clusters"]},
                {},
            ),
        )

    def _add_nodes(self) -> None:
        for key, other in self._nodes.items():
            size = self._first.nodes[key]
            known = self._graph.nodes.get(other, {"width": 0.0, "height": 0.0})
            self._graph.add_node(
                other,
                width=max(size["width"], known["width"]),
                height=max(size["height"], known["height"]),
            )

    def _edges_of_second(self) -> dict[EdgeKey, Sequence[EdgeKey]]:
        """Return the paths of the second graph's edges; those through the first leave the union."""
        back = {other: key for key, other in self._nodes.items()}
        only = {key for key, other in self._nodes.items() if other.startswith(_ONLY_FIRST)}
        found: dict[EdgeKey, Sequence[EdgeKey]] = {}
        for edge in list(self._second.edges(keys=True)):
            found[edge] = [edge]
            source, target, number = edge
            if not {source, target} <= self._common:
                continue
            if self._first.has_edge(back[source], back[target], number):
                continue
            if through := _path(self._first, back[source], back[target], only):
                found[edge] = [
                    (self._nodes[one], self._nodes[other], key) for one, other, key in through
                ]
                self._graph.remove_edge(*edge)
        return found

    def _edges_of_first(self) -> dict[EdgeKey, Sequence[EdgeKey]]:
        """Add the edges of the first graph, but for those through the second; return the paths."""
        only = set(self._second) - self._common
        found: dict[EdgeKey, Sequence[EdgeKey]] = {}
        for one, other, number, room in self._first.edges(keys=True, data=True):
            source, target = self._nodes[one], self._nodes[other]
            edge: EdgeKey = source, target, number
            is_past = not self._second.has_edge(*edge) and {source, target} <= self._common
            if is_past and (through := _path(self._second, source, target, only)):
                found[one, other, number] = through
                continue
            known = self._graph.edges[edge] if self._graph.has_edge(*edge) else {}
            self._graph.add_edge(source, target, key=number, **_larger(known, room))
            found[one, other, number] = [edge]
        return found


def _larger(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    return {key: max(one.get(key, 0), other.get(key, 0)) for key in {**one, **other}}


def _path(graph: nx.MultiDiGraph[str], start: str, end: str, through: set[str]) -> list[EdgeKey]:
    """Return the shortest path between two nodes through at least one of `through`, or none."""
    came: dict[str, str] = {}
    waiting = [start]
    for node in waiting:  # which grows meanwhile
        for inner in graph.successors(node):
            if inner == end and node != start:
                path = [end, node]
                while path[-1] != start:
                    path.append(came[path[-1]])
                path.reverse()
                return [(one, other, _number(graph, one, other)) for one, other in pairwise(path)]
            if inner in through and inner not in came and len(came) < _MOST_THROUGH:
                came[inner] = node
                waiting.append(inner)
    return []


def _number(graph: nx.MultiDiGraph[str], source: str, target: str) -> int:
    """Return the number of the first edge between two nodes."""
    numbers: list[int] = [
        number for _, other, number in graph.out_edges(source, keys=True) if other == target
    ]
    return min(numbers)


class _Frames:
    """Puts the frames of the first graph around and between those of the second."""

    def __init__(
        self,
        first: nx.MultiDiGraph[str],
        graph: nx.MultiDiGraph[str],
        nodes: Mapping[str, str],
        common: set[str],
        pairs: Mapping[str, str],
    ) -> None:
        self._first, self._graph, self._nodes, self._common = first, graph, nodes, common
        self._clusters: dict[str, dict[str, Any]] = graph.graph["clusters"]
        self._pairs = pairs
        self.of_first: dict[str, str | None] = {}
        self.contents = {
            key: frozenset(nodes[node] for node in inside)
            for key, inside in _contents(first).items()
        }

    def unite(self) -> None:
        clusters: Mapping[str, Mapping[str, Any]] = self._first.graph["clusters"]
        for key in sorted(clusters, key=lambda one: len(list(_outer(clusters, one)))):
            partner = self._pairs.get(key)
            if partner in self._clusters and partner is not None:
                self.of_first[key] = partner
                header = max(clusters[key]["header"], self._clusters[partner]["header"])
                self._clusters[partner]["header"] = header
            else:
                self.of_first[key] = self._insert(key, clusters[key])

    def _insert(self, key: str, cluster: Mapping[str, Any]) -> str | None:
        """Add a frame that only the first graph has; return its key, None if it crosses another."""
        outer = self._kept(cluster["parent"])
        inside = self.contents[key] & self._common
        tops: set[str] = set()
        for node in inside:
            top, is_frame = node, False
            while (above := self._above(top, is_frame)) != outer:
                if above is None:
                    return None
                top, is_frame = above, True
            tops.add(top)
        frames = tops & self._clusters.keys()
        if any(not self._common_in(frame) <= inside for frame in frames):
            return None
        new = _ONLY_FIRST + key
        self._clusters[new] = {**cluster, "parent": outer}
        for top in tops:
            if top in frames:
                self._clusters[top]["parent"] = new
            else:
                self._graph.nodes[top]["cluster"] = new
        return new

    def put(self, node: str, other: str) -> None:
        """Put a node that only the first graph has into its frame."""
        frame = self._kept(self._first.nodes[node].get("cluster"))
        if frame is not None:
            self._graph.nodes[other]["cluster"] = frame

    def _kept(self, frame: str | None) -> str | None:
        """Return the place of a frame of the first graph: its own, or the nearest around it."""
        clusters: Mapping[str, Mapping[str, Any]] = self._first.graph["clusters"]
        while frame is not None and self.of_first.get(frame) is None:
            frame = clusters[frame]["parent"]
        return None if frame is None else self.of_first[frame]

    def _above(self, key: str, is_frame: bool) -> str | None:
        if is_frame:
            return self._clusters[key]["parent"]  # type: ignore[no-any-return]
        return self._graph.nodes[key].get("cluster")

    def _common_in(self, frame: str) -> set[str]:
        return {
            node
            for node in self._common
            if frame in _chain(self._clusters, self._graph.nodes[node].get("cluster"))
        }


def _contents(graph: nx.MultiDiGraph[str]) -> dict[str, set[str]]:
    """Return the nodes in each frame, at any depth."""
    clusters: Mapping[str, Mapping[str, Any]] = graph.graph["clusters"]
    found: dict[str, set[str]] = {key: set() for key in clusters}
    for node, data in graph.nodes(data=True):
        for one in _chain(clusters, data.get("cluster")):
            found[one].add(node)
    return found


def _chain(clusters: Mapping[str, Mapping[str, Any]], frame: str | None) -> Iterator[str]:
    while frame is not None:
        yield frame
        frame = clusters[frame]["parent"]


def _outer(clusters: Mapping[str, Mapping[str, Any]], frame: str) -> Iterator[str]:
    return _chain(clusters, clusters[frame]["parent"])


# ----------------------------------------------------------------------------------- layouts


def _around(layout: Layout, nodes: Iterable[str]) -> Box:
    """Return the box of a frame around some nodes."""
    boxes = [layout.nodes[node] for node in nodes]
    left, top = min(box.x for box in boxes), min(box.y for box in boxes)
    right, bottom = max(box.right for box in boxes), max(box.bottom for box in boxes)
    margin, header = g.FRAME_PADDING, g.GROUP_HEADER
    return Box(
        left - margin,
        top - header,
        right - left + 2 * margin,
        bottom - top + header + margin,
    )


def _joined(routes: Sequence[Route]) -> Route:
    """Return one route along several, which is straight where they are in line."""
    first, last = routes[0], routes[-1]
    if len(routes) == 1:
        return first
    label = next((route.label for route in routes if route.label is not None), None)
    if any(route.kind == "tunnel" for route in routes):
        return Route("tunnel", [*first.points[:2], *last.points[-2:]], label)
    points = list(first.points)
    for route in routes[1:]:
        (x, y), (to_x, to_y) = points[-1], route.points[0]
        if x != to_x:
            middle = (y + to_y) / 2
            points += [(x, middle), (to_x, middle)]
        points += route.points
    return Route("polyline", _without_straight(points), label)


def _without_straight(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Leave out points between two others on one upright or level line."""
    kept = [points[0]]
    for at, after in pairwise(points[1:]):
        before = kept[-1]
        if not (before[0] == at[0] == after[0] or before[1] == at[1] == after[1]):
            kept.append(at)
    return [*kept, points[-1]]
